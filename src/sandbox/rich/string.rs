//! What happens to every string on its way to the server.

use crate::sandbox::entities;

/// Where a string is cut, in bytes: a character that begins here or later is not seen.
const MAX_BYTES: usize = 34_996;

/// The string without carriage returns, separators and some marks, its tabs as spaces; silently cut when it is long.
pub(super) fn clean(text: &str) -> String {
    let mut cleaned = entities::clean(text);
    if let Some((at, _)) = cleaned.char_indices().find(|(at, _)| *at >= MAX_BYTES) {
        cleaned.truncate(at);
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn long_strings_are_cut_between_characters() {
        for (c, kept) in [("a", 34_996), ("é", 17_498), ("€", 11_666), ("😀", 8749)] {
            assert_eq!(clean(&c.repeat(40_000)).chars().count(), kept, "{c}");
        }
        assert_eq!(clean("a\tb\r\n\u{2028}c\u{30a}"), "a b\nc");
    }
}
