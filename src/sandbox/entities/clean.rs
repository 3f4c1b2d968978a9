//! Clean-up of text: control characters, separators, marks; with the shift of entities that follows.

use super::entity::{Entity, Kind};

/// What becomes of a character.
fn cleaned(c: char) -> Option<char> {
    match c {
        '\r' | '\u{2028}'..='\u{202e}' | '\u{30a}' | '\u{333}' | '\u{33f}' => None,
        '\n' => Some('\n'),
        '\0'..='\x1f' => Some(' '),
        _ => Some(c),
    }
}

/// Cleans a text that has no entities: control characters, separators and marks.
pub fn string(text: &str) -> String {
    tame_marks(&text.chars().filter_map(cleaned).collect::<String>())
}

/// Cleans a text and moves its entities along. Offsets must lie between characters.
pub(super) fn text(text: &str, entities: &mut [Entity]) -> Result<String, String> {
    let mut moved = Vec::with_capacity(text.len() + 1);
    let mut out = String::with_capacity(text.len());
    let mut unit = 0;
    for c in text.chars() {
        // Both halves of a pair begin at the place of the character; no entity may end in between.
        moved.extend(std::iter::repeat_n(Some(unit), 1));
        moved.extend(std::iter::repeat_n(None, c.len_utf16() - 1));
        if let Some(c) = cleaned(c) {
            out.push(c);
            unit += c.len_utf16();
        }
    }
    moved.push(Some(unit));
    for entity in entities {
        let (begin, end) = place(&moved, entity)?;
        *entity = Entity::new(entity.kind.clone(), begin, end);
    }
    Ok(tame_marks(&out))
}

fn place(moved: &[Option<usize>], entity: &Entity) -> Result<(usize, usize), String> {
    let begins = entity.offset;
    let begin = match moved.get(begins) {
        Some(Some(begin)) => *begin,
        Some(None) => return Err("entity begins in a middle of a UTF-16 symbol".to_owned()),
        None => {
            return Err(format!("entity begins after the end of the text at UTF-16 offset {begins}"));
        }
    };
    match moved.get(entity.end()) {
        Some(Some(end)) => Ok((begin, *end)),
        Some(None) => {
            Err(format!("entity beginning at UTF-16 offset {begins} ends in a middle of a UTF-16 symbol"))
        }
        None => Err(format!(
            "entity beginning at UTF-16 offset {begins} ends after the end of the text at UTF-16 offset {}",
            entity.end()
        )),
    }
}

/// In each run of direction marks all but the last become zero-width non-joiners. Lengths stay.
fn tame_marks(text: &str) -> String {
    let is_mark = |c: char| matches!(c, '\u{200e}' | '\u{200f}');
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let followed = chars.peek().is_some_and(|next| is_mark(*next));
        out.push(if is_mark(c) && followed { '\u{200c}' } else { c });
    }
    out
}

/// Whether nothing in the text can be seen.
pub(in crate::sandbox) fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        matches!(
            c,
            ' ' | '\n'
                | '\t'
                | '\0'
                | '\u{a0}'
                | '\u{1680}'
                | '\u{180e}'
                | '\u{2000}'..='\u{200f}'
                | '\u{202e}'
                | '\u{202f}'
                | '\u{205f}'
                | '\u{2800}'
                | '\u{3000}'
                | '\u{feff}'
                | '\u{fffc}'
                | '\u{e0000}'..='\u{e007f}'
        )
    })
}

/// Drops entities that cover nothing.
pub(super) fn drop_empty(entities: &mut Vec<Entity>) {
    entities.retain(|e| e.length > 0 && !matches!(&e.kind, Kind::TextLink { url } if url.is_empty()));
}

/// Cuts blanks: at the end everywhere, at the start only as far as the first entity.
pub(super) fn trim(text: &str, entities: &mut Vec<Entity>) -> String {
    let blank = [' ', '\n'];
    let text = text.trim_end_matches(blank);
    let end = text.encode_utf16().count();
    for entity in entities.iter_mut() {
        entity.length = entity.end().min(end).saturating_sub(entity.offset);
    }
    entities.retain(|e| e.length > 0);
    super::order::sort(entities);

    let leading = text.len() - text.trim_start_matches(blank).len();
    let cut = leading.min(entities.first().map_or(leading, |e| e.offset));
    for entity in entities.iter_mut() {
        entity.offset -= cut;
    }
    text[cut..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::{is_blank, string, text, trim};
    use crate::sandbox::entities::entity::{Entity, Kind};

    #[test]
    fn characters_are_replaced_or_dropped() {
        let table = [
            ("a\tb\r\nc", "a b\nc"),
            ("a\u{30a}", "a"),
            ("\u{200e}\u{200f}\u{200e}x", "\u{200c}\u{200c}\u{200e}x"),
            ("a\u{2028}b\u{7f}", "ab\u{7f}"),
        ];
        for (input, expected) in table {
            assert_eq!(string(input), expected);
        }
    }

    #[test]
    fn entities_follow_the_text() {
        let mut entities = vec![Entity::new(Kind::Bold, 1, 4)];
        assert_eq!(text("\r😀\rx", &mut entities).unwrap(), "😀x");
        assert_eq!(entities, [Entity::new(Kind::Bold, 0, 2)]);
        assert!(text("😀", &mut [Entity::new(Kind::Bold, 1, 2)]).is_err());
        assert!(text("a", &mut [Entity::new(Kind::Bold, 0, 2)]).is_err());
    }

    #[test]
    fn leading_blanks_stay_inside_an_entity() {
        let mut entities = vec![Entity::new(Kind::Bold, 1, 4)];
        assert_eq!(trim(" \na \n", &mut entities), "\na");
        assert_eq!(entities, [Entity::new(Kind::Bold, 0, 2)]);
    }

    #[test]
    fn some_odd_characters_count_as_visible() {
        assert!(is_blank(" \u{200b}\u{3000}\u{feff}"));
        assert!(!is_blank("\u{2060}"));
    }
}
