//! Text with entities as HTML.

use super::{escaped, link};
use crate::sandbox::entities::{Entity, Formatted, Kind};

/// Entities that cross each other, which there are not, would end where the outer one does.
pub(super) fn html(text: &Formatted) -> String {
    let mut out = String::new();
    let mut entities = text.entities.iter().peekable();
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut position = 0;
    for c in text.text.chars() {
        while let Some((_, close)) = open.pop_if(|(end, _)| *end <= position) {
            out.push_str(close);
        }
        while let Some(entity) = entities.next_if(|entity| entity.offset <= position) {
            let outer = open.last().map_or(usize::MAX, |(end, _)| *end);
            let (tag, close) = tags(entity);
            out.push_str(&tag);
            open.push(((entity.offset + entity.length).min(outer), close));
        }
        out.push_str(&escaped(c.encode_utf8(&mut [0; 4])));
        position += c.len_utf16();
    }
    out.extend(open.iter().rev().map(|(_, close)| *close));
    out
}

fn tags(entity: &Entity) -> (String, &'static str) {
    let (open, close) = match &entity.kind {
        Kind::Bold => ("<b>", "</b>"),
        Kind::Italic => ("<i>", "</i>"),
        Kind::Underline => ("<u>", "</u>"),
        Kind::Strikethrough => ("<s>", "</s>"),
        Kind::Spoiler => ("<span class=\"spoiler\">", "</span>"),
        Kind::Code => ("<code>", "</code>"),
        Kind::Pre { .. } => ("<pre>", "</pre>"),
        Kind::Blockquote | Kind::ExpandableBlockquote => ("<blockquote>", "</blockquote>"),
        Kind::TextLink { url } => match link(url) {
            Some(tag) => return (tag, "</a>"),
            None => ("<span>", "</span>"),
        },
        _ => ("<span>", "</span>"),
    };
    (open.into(), close)
}

#[cfg(test)]
mod tests {
    use super::html;
    use crate::sandbox::entities::parse_detecting;

    #[test]
    fn entities_become_tags() {
        for (source, expected) in [
            ("a &lt;b&gt; \"", "a &lt;b&gt; &quot;"),
            ("<b>😀<i>x</i></b>y", "<b>😀</b><b><i>x</i></b>y"),
            ("<a href=\"https://a.com/?a&amp;b\">x</a>", "<a href=\"https://a.com/?a&amp;b\">x</a>"),
            ("<tg-spoiler>x</tg-spoiler> #tag", "<span class=\"spoiler\">x</span> <span>#tag</span>"),
        ] {
            assert_eq!(html(&parse_detecting(source, 100, true).unwrap()), expected);
        }
    }
}
