//! How large a rich message is, in each unit that Telegram bounds.

use std::ops::{Add, Sub};

use super::html::{NOTHING, block_html};
use super::tree::{Block, Inline, Rich};
use crate::render::limits;

/// The size of a rich message, or of blocks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measure {
    /// Code points of text, of formulas and of what stands for custom emoji; at most [`limits::RICH_CHARS`].
    pub chars: usize,
    /// Bytes of the HTML with the longest possible links to posts; at most [`limits::RICH_BYTES`].
    pub bytes: usize,
    /// Blocks with those within them, items and rows; at most [`limits::RICH_BLOCKS`].
    pub blocks: usize,
    /// How deep blocks are nested; at most [`limits::RICH_DEPTH`].
    pub depth: usize,
    /// Pictures and files; at most [`limits::RICH_MEDIA`].
    pub media: usize,
    /// Columns of the widest table; at most [`limits::RICH_COLUMNS`].
    pub columns: usize,
}

impl Measure {
    /// What a message holds.
    pub const MESSAGE: Self = Self {
        chars: limits::RICH_CHARS,
        bytes: limits::RICH_BYTES,
        blocks: limits::RICH_BLOCKS,
        depth: limits::RICH_DEPTH,
        media: limits::RICH_MEDIA,
        columns: limits::RICH_COLUMNS,
    };

    /// Whether no unit is beyond that of `limits`.
    pub fn fits(&self, limits: &Self) -> bool {
        self.chars <= limits.chars
            && self.bytes <= limits.bytes
            && self.blocks <= limits.blocks
            && self.depth <= limits.depth
            && self.media <= limits.media
            && self.columns <= limits.columns
    }
}

/// The size of both, one behind the other.
impl Add for Measure {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            chars: self.chars + other.chars,
            bytes: self.bytes + other.bytes,
            blocks: self.blocks + other.blocks,
            depth: self.depth.max(other.depth),
            media: self.media + other.media,
            columns: self.columns.max(other.columns),
        }
    }
}

/// What is left of a whole without a part of it; as deep and wide as the whole at most.
impl Sub for Measure {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            chars: self.chars - other.chars,
            bytes: self.bytes - other.bytes,
            blocks: self.blocks - other.blocks,
            media: self.media - other.media,
            ..self
        }
    }
}

/// Measures `rich`, which must be tidied.
pub fn measure(rich: &Rich) -> Measure {
    let whole = rich.blocks.iter().map(measure_block).fold(Measure::default(), Measure::add);
    Measure { bytes: whole.bytes.saturating_sub(1), ..whole }
}

/// Measures one block of a message, with the line end that stands before it.
pub fn measure_block(block: &Block) -> Measure {
    if matches!(block, Block::Break { .. }) {
        return Measure::default();
    }
    let longest = "x".repeat(limits::POST_LINK_BYTES);
    let html = block_html(block, &|_| Some(longest.clone()));
    Measure { bytes: html.len() + 1, ..count(block) }
}

/// How deep the blocks of `block` are nested, itself included.
pub(super) fn depth(block: &Block) -> usize {
    count(block).depth
}

/// All but the bytes. Where Telegram's way of counting is not known, the larger number is taken: an item and the only
/// paragraph in it are two blocks, an item is a level of its own.
fn count(block: &Block) -> Measure {
    if matches!(block, Block::Break { .. }) {
        return Measure::default();
    }
    let own = match block {
        Block::Pre { code: text, .. } | Block::Math(text) => text.chars().count(),
        _ => 0,
    };
    let texts: usize = block.texts().into_iter().map(|content| chars(content)).sum();
    let mut size = Measure { chars: own + texts, blocks: 1, depth: 1, ..Measure::default() };
    for inner in block.inner() {
        let within = inner.iter().map(count).fold(Measure::default(), Measure::add);
        // The text of a paragraph that is alone in a quote or item belongs to it: 16 nested quotes were accepted.
        let is_own = matches!(block, Block::Quote { .. } | Block::List(_));
        let is_sole = matches!(inner.as_slice(), [Block::Paragraph(_)]);
        let depth = if is_own && is_sole { 0 } else { within.depth };
        size = Measure { depth: size.depth.max(1 + depth), ..(size + within) };
    }
    match block {
        Block::List(list) => {
            let empty = list.items.iter().filter(|item| item.is_empty()).count();
            size.chars += empty * NOTHING.chars().count();
            size.blocks += list.items.len();
            size.depth += 1;
        }
        Block::Table(table) => {
            size.blocks += table.rows.len();
            size.columns = table.rows.iter().map(Vec::len).max().unwrap_or_default();
        }
        Block::Picture { .. } | Block::File { .. } => size.media = 1,
        _ => {}
    }
    size
}

fn chars(content: &[Inline]) -> usize {
    let one = |inline: &Inline| {
        inline.text().chars().count() + inline.content().map_or(0, |content| chars(content))
    };
    content.iter().map(one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::rich::tree::{Item, Link, List};

    fn words(text: &str) -> Vec<Inline> {
        vec![Inline::Text(text.into())]
    }

    fn nested(levels: usize, wrap: &dyn Fn(Vec<Block>) -> Block) -> Measure {
        let mut blocks = vec![Block::Paragraph(words("é"))];
        for _ in 0..levels {
            blocks = vec![wrap(blocks)];
        }
        measure(&Rich { blocks })
    }

    #[test]
    fn depth_is_counted_as_it_was_seen() {
        let quote = |blocks| Block::Quote { blocks, credit: Vec::new() };
        let details = |blocks| Block::Details { open: false, summary: words("s"), blocks };
        assert_eq!(nested(16, &quote).depth, 16);
        assert_eq!(nested(17, &quote).depth, 17);
        assert_eq!(nested(15, &details).depth, 16);
        assert_eq!(nested(16, &details).depth, 17);
    }

    #[test]
    fn everything_is_counted() {
        let item = |blocks| Item { task: None, blocks };
        let list = Block::List(List {
            start: None,
            items: vec![item(vec![Block::Paragraph(words("ab"))]), item(Vec::new())],
        });
        let link = Inline::Link { to: Link::Post("a".parse().unwrap()), content: words("x") };
        let math = Inline::Math("x^2".into());
        let rich = Rich { blocks: vec![list, Block::Paragraph(vec![link, Inline::Break, math])] };
        let size = measure(&rich);
        assert_eq!((size.chars, size.blocks, size.depth), (2 + 1 + 5, 5, 2));
        let html =
            "<ul><li>ab</li><li>\u{2060}</li></ul>\n<p><a href=\"\">x</a><br><tg-math>x^2</tg-math></p>";
        assert_eq!(size.bytes, html.len() + limits::POST_LINK_BYTES);
        let sum = rich.blocks.iter().map(measure_block).fold(Measure::default(), Measure::add);
        assert_eq!(sum, Measure { bytes: size.bytes + 1, ..size });
    }
}
