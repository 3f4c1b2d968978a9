//! Whether a text is one emoji, as the alternative of a custom emoji must be.

/// Longest emoji there is, in code points: a family with skin tones, or the flag of a region.
const MAX_LENGTH: usize = 12;

/// Characters that only continue an emoji: joiner, variation, keycap, skin tones, tags.
fn continues(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
}

/// Characters that have an emoji form, by their ranges: more than there are emoji, but no letters.
fn begins(c: char) -> bool {
    matches!(
        c,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
            | '\u{2194}'..='\u{21aa}'
            | '\u{231a}'..='\u{23ff}'
            | '\u{24c2}'
            | '\u{25aa}'..='\u{27bf}'
            | '\u{2934}'..='\u{2935}'
            | '\u{2b05}'..='\u{2b55}'
            | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
            | '\u{1f000}'..='\u{1faff}'
    )
}

/// Whether the text can be one emoji. Two that are joined by nothing are not.
pub(super) fn is_one(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let Some(first) = chars.first() else {
        return false;
    };
    let is_keycap = matches!(first, '0'..='9' | '#' | '*') && chars.last() == Some(&'\u{20e3}');
    let is_flag = |c: &char| matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
    if chars.len() == 2 && chars.iter().all(is_flag) {
        return true;
    }
    let follows = |pair: &[char]| continues(pair[1]) || (pair[0] == '\u{200d}' && begins(pair[1]));
    chars.len() <= MAX_LENGTH && (begins(*first) || is_keycap) && chars.windows(2).all(follows)
}

#[cfg(test)]
mod tests {
    use super::is_one;

    #[test]
    fn words_are_no_emoji() {
        for (text, expected) in [
            ("👍", true),
            ("👍🏽", true),
            ("❤️", true),
            ("👩‍💻", true),
            ("1️⃣", true),
            ("🇩🇪", true),
            ("", false),
            ("a", false),
            ("1", false),
            ("smile", false),
            ("👍👍", false),
            ("👍 ", false),
        ] {
            assert_eq!(is_one(text), expected, "{text}");
        }
    }
}
