//! Bot tokens: what looks like one is refused where it doesn't belong, and never shown.

use std::ops::Range;

use crate::diagnostic::Diagnostic;

/// Whether a text holds something that looks like a bot token: digits, a colon, and 30 or more characters of a secret.
pub fn holds_token(text: &str) -> bool {
    !ranges(text).is_empty()
}

fn ranges(text: &str) -> Vec<Range<usize>> {
    let secret = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'-';
    let bytes = text.as_bytes();
    let mut ranges = Vec::new();
    for (colon, _) in text.match_indices(':') {
        let digits = bytes[..colon].iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let behind = bytes[colon + 1..].iter().take_while(|b| secret(b)).count();
        if digits >= 6 && behind >= 30 {
            ranges.push(colon - digits..colon + 1 + behind);
        }
    }
    ranges
}

/// Hides tokens in everything that a problem shows.
pub fn hide_tokens(problem: &mut Diagnostic) {
    let hide = |text: &mut String| {
        for range in ranges(text) {
            let stars = "*".repeat(range.len());
            text.replace_range(range, &stars);
        }
    };
    hide(&mut problem.message);
    problem.hint.iter_mut().for_each(hide);
    if let Some(place) = &mut problem.place {
        hide(&mut place.excerpt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_from_other_texts() {
        let secret = "A".repeat(35);
        for (text, is_token) in [
            (format!("123456:{secret}"), true),
            (format!("https://api.telegram.org/bot123456:{secret}/"), true),
            (format!("12345:{secret}"), false),
            (format!("é123456:{}", &secret[..29]), false),
            ("https://t.me/x:443".to_owned(), false),
            ("12:30:00".to_owned(), false),
        ] {
            assert_eq!(holds_token(&text), is_token, "{text}");
        }
    }
}
