//! What is one ordinary emoji: only that can stand for a custom one.

const JOINER: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';

/// Whether `text` can stand for a custom emoji. Telegram refuses a rich message where another text does
/// (`RICH_MESSAGE_EMOJI_INVALID`); in a classic one it only drops the custom emoji.
pub(super) fn is_emoji(text: &str) -> bool {
    let bare: Vec<char> = text.chars().filter(|c| !is_selector(*c)).collect();
    match bare.as_slice() {
        ['0'..='9' | '#' | '*', KEYCAP] => true,
        [one, other] if is_region(*one) && is_region(*other) => true,
        chars => chars.split(|c| *c == JOINER).all(is_picture),
    }
}

/// One picture with a skin tone, or the tags of a flag behind it.
fn is_picture(chars: &[char]) -> bool {
    match chars {
        [] => false,
        [picture, rest @ ..] => {
            let is_tagged = rest.iter().all(|c| matches!(c, '\u{e0020}'..='\u{e007f}'));
            is_pictograph(*picture) && (is_tagged || matches!(rest, ['\u{1f3fb}'..='\u{1f3ff}']))
        }
    }
}

/// Says whether a symbol is shown as a picture.
fn is_selector(c: char) -> bool {
    c == '\u{fe0f}'
}

fn is_region(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// The blocks of Unicode that hold emoji, and single ones elsewhere (Unicode 17, `emoji-data.txt`).
fn is_pictograph(c: char) -> bool {
    matches!(c,
        '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '↔'..='↙' | '↩' | '↪' | '⌚' | '⌛' | '⌨' | '⏏' | '⏩'..='⏳'
        | '⏸'..='⏺' | 'Ⓜ' | '▪' | '▫' | '▶' | '◀' | '◻'..='◾' | '\u{2600}'..='\u{27bf}' | '⤴' | '⤵' | '⬅'..='⬇'
        | '⬛' | '⬜' | '⭐' | '⭕' | '〰' | '〽' | '㊗' | '㊙' | '\u{1f004}' | '\u{1f0cf}'
        | '\u{1f170}'..='\u{1f19a}' | '\u{1f201}'..='\u{1f251}' | '\u{1f300}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::is_emoji;

    #[test]
    fn what_is_no_emoji_stands_for_none() {
        for (text, expected) in [
            ("👍", true),
            ("👍🏽", true),
            ("👨‍👩‍👧", true),
            ("❤️", true),
            ("1️⃣", true),
            ("🇺🇦", true),
            ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", true),
            ("ok", false),
            ("", false),
            ("0", false),
            ("‹", false),
            ("👍👍", false),
            ("👍 👍", false),
            ("🇺", false),
        ] {
            assert_eq!(is_emoji(text), expected, "{text}");
        }
    }
}
