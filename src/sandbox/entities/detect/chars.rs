//! Character classes of the server's matchers, and steps back and forth in a text.

use unicode_normalization::char::is_combining_mark;

/// Where each run of ten decimal digits (general category Nd) begins, Unicode 14.
const DIGIT_RUNS: [char; 66] = [
    '\u{30}',
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{ff10}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e950}',
    '\u{1fbf0}',
];

/// General category L*: alphabetic, but no mark, no letter number and no circled letter.
pub(super) fn is_letter(c: char) -> bool {
    let circled = matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}');
    c.is_alphabetic() && !c.is_numeric() && !is_combining_mark(c) && !circled
}

pub(super) fn is_decimal(c: char) -> bool {
    let run = DIGIT_RUNS.partition_point(|start| *start <= c);
    run > 0 && u32::from(c) - u32::from(DIGIT_RUNS[run - 1]) < 10
}

pub(super) fn is_word(c: char) -> bool {
    c == '_' || c.is_numeric() || is_letter(c)
}

/// General category Z*.
pub(super) fn is_separator(c: char) -> bool {
    c.is_whitespace() && !c.is_control()
}

/// What hashtags are made of.
pub(super) fn is_tag_letter(c: char) -> bool {
    matches!(c, '_' | '\u{200c}' | '\u{b7}' | '\u{d80}'..='\u{dff}') || is_letter(c) || is_decimal(c)
}

/// `[A-Za-z0-9_]`.
pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What may stand anywhere in a link.
pub(super) fn is_link(c: char) -> bool {
    match c {
        '\u{200c}' | '\u{200d}' | '\u{2010}'..='\u{2015}' => true,
        '\u{2000}'..='\u{206f}' => false,
        _ => !is_separator(c),
    }
}

/// What may stand in the path of a link.
pub(super) fn is_path(c: char) -> bool {
    !matches!(c, '\n' | '<' | '>' | '"' | '«' | '»') && is_link(c)
}

/// What a link never ends in.
pub(super) fn is_bad_end(byte: u8) -> bool {
    b".:;,('?!`".contains(&byte)
}

pub(super) fn before(text: &str, at: usize) -> Option<char> {
    text[..at].chars().next_back()
}

pub(super) fn after(text: &str, at: usize) -> Option<char> {
    text[at..].chars().next()
}

/// End of the run of characters from `at` on that `keep` accepts.
pub(super) fn run(text: &str, at: usize, keep: impl Fn(char) -> bool) -> usize {
    text[at..].find(|c| !keep(c)).map_or(text.len(), |n| at + n)
}

/// Start of the run of characters before `at` that `keep` accepts.
pub(super) fn run_back(text: &str, at: usize, keep: impl Fn(char) -> bool) -> usize {
    let tail = text[..at].chars().rev().take_while(|c| keep(*c)).map(char::len_utf8).sum::<usize>();
    at - tail
}

/// End of the run of `[A-Za-z0-9_]` from `at` on.
pub(super) fn run_name(text: &str, at: usize) -> usize {
    at + text.as_bytes()[at..].iter().take_while(|b| is_name(**b)).count()
}

#[cfg(test)]
mod tests {
    use super::{is_decimal, is_letter, is_separator};

    #[test]
    fn classes_follow_the_general_category() {
        assert!("aßжא漢ª".chars().all(is_letter));
        assert!(!"1Ⅷⓐ\u{301}_-".chars().any(is_letter));
        assert!("09٣९𝟜".chars().all(is_decimal));
        assert!(!"½Ⅷa/:".chars().any(is_decimal));
        assert!(" \u{a0}\u{2003}\u{2028}".chars().all(is_separator));
        assert!(!"\n\ta".chars().any(is_separator));
    }
}
