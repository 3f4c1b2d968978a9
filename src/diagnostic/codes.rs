//! Every code a diagnostic can carry, with what `tgsync explain CODE` says about it. One table per room.

use super::Code;

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub code: Code,
    /// A few words, lower case.
    pub title: &'static str,
    /// A paragraph: what it means and how it is put right.
    pub explanation: &'static str,
}

/// Declares the codes of one room and their table at once, so that no code lacks an entry.
macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal, $explanation:literal;)*) => {
        $(
            #[doc = $title]
            pub const $name: $crate::diagnostic::Code = $crate::diagnostic::Code($code);
        )*
        /// The entries of this room, by code.
        pub const ENTRIES: &[$crate::diagnostic::codes::Entry] = &[
            $($crate::diagnostic::codes::Entry { code: $name, title: $title, explanation: $explanation },)*
        ];
    };
}

pub mod config;
pub mod front_matter;
pub mod lock;
pub mod media;
pub mod posts;
pub mod reading;

/// The tables of all rooms, in the order of their numbers.
pub const ENTRIES: &[&[Entry]] = &[
    reading::ENTRIES,
    front_matter::ENTRIES,
    posts::ENTRIES,
    config::ENTRIES,
    lock::ENTRIES,
    media::ENTRIES,
];

/// The entry of a code such as `TG0201`, in any case.
pub fn find(code: &str) -> Option<&'static Entry> {
    ENTRIES.iter().copied().flatten().find(|entry| entry.code.0.eq_ignore_ascii_case(code))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test reads the sources of this crate")]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_in_order() {
        let codes: Vec<&str> = ENTRIES.iter().copied().flatten().map(|e| e.code.0).collect();
        assert!(codes.is_sorted(), "{codes:?}");
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len(), "{codes:?}");
        for code in codes {
            let digits = code.strip_prefix("TG").unwrap_or_default();
            assert!(digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()), "{code}");
        }
    }

    #[test]
    fn explanations_say_something() {
        for entry in ENTRIES.iter().copied().flatten() {
            assert!(entry.title.len() > 5 && !entry.title.ends_with('.'), "{entry:?}");
            assert!(entry.explanation.len() > 80 && entry.explanation.ends_with('.'), "{entry:?}");
        }
    }

    #[test]
    fn codes_are_found_in_any_case() {
        assert_eq!(find("tg0201").map(|e| e.code), Some(front_matter::MISSING_SLUG));
        assert_eq!(find("TG9999"), None);
    }

    #[test]
    fn every_code_in_the_sources_has_an_entry() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for file in walkdir::WalkDir::new(root) {
            let file = file.unwrap();
            if file.path().extension().is_none_or(|e| e != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(file.path()).unwrap();
            for (at, _) in text.match_indices("Code(\"TG") {
                let code = text[at + 6..].split('"').next().unwrap();
                assert!(find(code).is_some(), "{}: {code}", file.path().display());
            }
        }
    }
}
