//! How long a text is and how many entities it has, as Telegram counts them.

use super::html::html;
use super::limits;
use super::tree::{Block, Body, Inline, Link, Style, Text};

/// The size of a text in each unit that Telegram bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measure {
    /// Code points after parsing; at most [`limits::TEXT_CHARS`].
    pub chars: usize,
    /// Bytes of the HTML with the longest possible links to posts; at most [`limits::RAW_BYTES`].
    pub bytes: usize,
    /// Entities without custom emoji; beyond [`limits::ENTITIES`] formatting is lost.
    pub entities: usize,
    /// Estimate of the size of all entities; see [`limits::ENTITY_BYTES`].
    pub entity_bytes: usize,
}

/// Measures `text`, which must be tidied.
pub fn measure(text: &Text) -> Measure {
    let longest = "x".repeat(limits::POST_LINK_BYTES);
    let mut walk = Walk::default();
    walk.blocks(&text.blocks);
    let entities = walk.whole + walk.pieces();
    Measure {
        chars: walk.at,
        bytes: html(text, &|_| Some(longest.clone())).len(),
        entities,
        entity_bytes: entities * limits::ENTITY_OVERHEAD + walk.data,
    }
}

#[derive(Default)]
struct Walk {
    /// Code points so far.
    at: usize,
    /// Quotes, code, links and dates.
    whole: usize,
    /// Bytes of addresses and languages.
    data: usize,
    /// The styles around the current place.
    active: [bool; 5],
    /// Ranges of each style, touching ones united.
    ranges: [Vec<(usize, usize)>; 5],
}

impl Walk {
    fn blocks(&mut self, blocks: &[Block]) {
        for (index, block) in blocks.iter().enumerate() {
            if index > 0 {
                self.at += block.gap.as_str().len();
            }
            match &block.body {
                Body::Paragraph(content) => self.inlines(content),
                Body::Pre { language, code } => {
                    self.data += language.as_ref().map_or(0, String::len);
                    self.opaque(code);
                }
                Body::Quote { blocks, .. } => {
                    self.whole += 1;
                    self.blocks(blocks);
                }
            }
        }
    }

    fn inlines(&mut self, content: &[Inline]) {
        for inline in content {
            match inline {
                Inline::Text(text) | Inline::Emoji { alt: text, .. } => self.styled(text),
                Inline::Style(style, content) => {
                    let before = std::mem::replace(&mut self.active[*style as usize], true);
                    self.inlines(content);
                    self.active[*style as usize] = before;
                }
                Inline::Code(text) | Inline::Time { text, .. } => self.opaque(text),
                Inline::Link { to, content } => {
                    self.whole += 1;
                    self.data += match to {
                        Link::Url(url) => url.len(),
                        Link::Post(_) => limits::POST_LINK_BYTES,
                    };
                    self.inlines(content);
                }
            }
        }
    }

    /// Styles don't reach into code and dates.
    fn opaque(&mut self, text: &str) {
        self.whole += 1;
        self.at += count(text);
    }

    fn styled(&mut self, text: &str) {
        let end = self.at + count(text);
        for (active, ranges) in self.active.iter().zip(&mut self.ranges) {
            match ranges.last_mut() {
                _ if !active => {}
                Some(last) if last.1 == self.at => last.1 = end,
                _ => ranges.push((self.at, end)),
            }
        }
        self.at = end;
    }

    /// A running style is cut where another one starts.
    fn pieces(&self) -> usize {
        let mut starts: Vec<usize> = self.ranges.iter().flatten().map(|range| range.0).collect();
        starts.sort_unstable();
        starts.dedup();
        let inside = |(begin, end): &(usize, usize)| {
            starts.partition_point(|s| s < end) - starts.partition_point(|s| s <= begin)
        };
        self.ranges.iter().flatten().map(|range| 1 + inside(range)).sum()
    }
}

fn count(text: &str) -> usize {
    text.chars().count()
}

const _: () = assert!(Style::Spoiler as usize == 4, "`Walk` has a place for each style");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::Gap;

    fn sizes(content: Vec<Inline>) -> (usize, usize) {
        let text = Text { blocks: vec![Block::paragraph(Gap::Blank, content)] };
        let measure = measure(&text);
        (measure.chars, measure.entities)
    }

    #[test]
    fn fragments_are_counted_as_telegram_cuts_them() {
        let text = |text: &str| Inline::Text(text.into());
        let bold = |content: Vec<Inline>| Inline::Style(Style::Bold, content);
        let italic = |content: Vec<Inline>| Inline::Style(Style::Italic, content);
        let code = || Inline::Code("c".into());
        let emoji = Inline::Emoji { id: 1, alt: "😀".into() };
        let table = [
            (vec![text("é😀")], (2, 0)),
            (vec![bold(vec![text("a")]), bold(vec![text("b")])], (2, 1)),
            (vec![bold(vec![text("a")]), text(" "), bold(vec![text("b")])], (3, 2)),
            (vec![bold(vec![text("1"), italic(vec![text("2")]), text("3")])], (3, 3)),
            (vec![bold(vec![italic(vec![text("2")])])], (1, 2)),
            (vec![bold(vec![text("1"), code(), text("3")])], (3, 3)),
            (vec![bold(vec![emoji])], (1, 1)),
            (vec![bold(vec![bold(vec![text("a")]), text("b")])], (2, 1)),
        ];
        for (content, expected) in table {
            let shown = format!("{content:?}");
            assert_eq!(sizes(content), expected, "{shown}");
        }
    }

    #[test]
    fn links_to_posts_count_with_their_longest_form() {
        let link =
            Inline::Link { to: Link::Post("a".parse().unwrap()), content: vec![Inline::Text("x".into())] };
        let text = Text { blocks: vec![Block::paragraph(Gap::Blank, vec![link])] };
        assert_eq!(measure(&text).bytes, "<a href=\"\">x</a>".len() + limits::POST_LINK_BYTES);
    }
}
