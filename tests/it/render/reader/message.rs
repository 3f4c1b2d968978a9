//! Messages as a sequence of characters.

use tgsync::sandbox::entities::{Formatted, Kind};

use super::{Code, Glyph, Look, Style};

/// A character of a message.
pub(super) struct Shown {
    pub glyph: Glyph,
    /// The blanks before it, if it is the first on its line.
    pub indent: Option<usize>,
    /// Whether a message begins with it.
    pub begins: bool,
}

pub(super) fn read(messages: &[Formatted]) -> Vec<Shown> {
    let mut out = Vec::new();
    for message in messages {
        let looks = looks(message);
        let mut at = 0;
        let (mut gap, mut indent, mut begins) = (true, Some(0), true);
        for c in message.text.chars() {
            let look = looks[at].clone();
            at += c.len_utf16();
            if matches!(c, ' ' | '\n') && look.code.is_none() {
                gap = true;
                indent = if c == '\n' { Some(0) } else { indent.map(|blanks| blanks + 1) };
                continue;
            }
            out.push(Shown { glyph: Glyph { c, gap, look }, indent: indent.take(), begins });
            (gap, begins) = (false, false);
        }
    }
    out
}

/// How each code unit looks.
fn looks(message: &Formatted) -> Vec<Look> {
    let mut looks = vec![Look::default(); message.text.encode_utf16().count()];
    for entity in &message.entities {
        for look in &mut looks[entity.offset..entity.end()] {
            match &entity.kind {
                Kind::Bold => look.styles[Style::Bold as usize] = true,
                Kind::Italic => look.styles[Style::Italic as usize] = true,
                Kind::Underline => look.styles[Style::Underline as usize] = true,
                Kind::Strikethrough => look.styles[Style::Struck as usize] = true,
                Kind::Spoiler => look.styles[Style::Hidden as usize] = true,
                Kind::Code => look.code = Some(Code::Span),
                Kind::Pre { language } => look.code = Some(Code::Block(language.clone().unwrap_or_default())),
                Kind::TextLink { url } => look.url = Some(url.clone()),
                _ => {}
            }
        }
    }
    looks
}
