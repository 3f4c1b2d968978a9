//! A stretch of a text as a text of its own.

use std::borrow::Cow;
use std::ops::Range;

use crate::render::tree::{Block, Body, Gap, Inline, Text};

/// Where each block of a text begins, its gap included, in bytes of the visible characters.
pub(super) fn starts(text: &Text<'_>) -> Vec<usize> {
    let mut walk = Walk { at: 0, range: 0..0 };
    let start = |(index, block): (usize, &Block<'_>)| {
        let start = walk.at;
        walk.at += if index == 0 { 0 } else { block.gap.as_str().len() };
        walk.body(&block.body);
        start
    };
    text.blocks.iter().enumerate().map(start).collect()
}

/// What stands at `range` of the visible characters, in bytes; what is around it is opened and closed again. `starts`
/// are those of the text: a piece of a long text is had without a walk through all of it.
pub(super) fn slice<'t>(text: &'t Text<'_>, starts: &[usize], range: Range<usize>) -> Text<'t> {
    let from = starts.partition_point(|start| *start <= range.start).saturating_sub(1);
    let to = starts.partition_point(|start| *start < range.end).max(from);
    let gap = text.blocks.get(from).filter(|_| from > 0).map_or(0, |block| block.gap.as_str().len());
    let at = starts.get(from).map_or(0, |start| start + gap);
    let mut walk = Walk { at, range };
    Text { blocks: walk.blocks(&text.blocks[from..to]) }
}

struct Walk {
    /// Bytes so far.
    at: usize,
    range: Range<usize>,
}

impl Walk {
    fn blocks<'t>(&mut self, blocks: &'t [Block<'_>]) -> Vec<Block<'t>> {
        let mut out = Vec::new();
        for (index, block) in blocks.iter().enumerate() {
            if index > 0 {
                self.at += block.gap.as_str().len();
            }
            if let Some(body) = self.body(&block.body) {
                let gap = if out.is_empty() { Gap::Blank } else { block.gap };
                out.push(Block { gap, role: block.role, body });
            }
        }
        out
    }

    fn body<'t>(&mut self, body: &'t Body<'_>) -> Option<Body<'t>> {
        Some(match body {
            Body::Paragraph(content) => Body::Paragraph(some(self.inlines(content))?),
            Body::Pre { language, code } => {
                Body::Pre { code: self.text(code)?, language: language.as_deref().map(Cow::Borrowed) }
            }
            Body::Quote { expandable, blocks } => {
                Body::Quote { expandable: *expandable, blocks: some(self.blocks(blocks))? }
            }
        })
    }

    fn inlines<'t>(&mut self, content: &'t [Inline<'_>]) -> Vec<Inline<'t>> {
        content.iter().filter_map(|inline| self.inline(inline)).collect()
    }

    fn inline<'t>(&mut self, inline: &'t Inline<'_>) -> Option<Inline<'t>> {
        Some(match inline {
            Inline::Text(text) => Inline::Text(self.text(text)?),
            Inline::Code(code) => Inline::Code(self.text(code)?),
            Inline::Emoji { id, alt } => Inline::Emoji { alt: self.text(alt)?, id: *id },
            Inline::Time { unix, format, text } => {
                Inline::Time { text: self.text(text)?, unix: *unix, format: Cow::Borrowed(format) }
            }
            Inline::Style(style, content) => Inline::Style(*style, some(self.inlines(content))?),
            Inline::Link { to, content } => {
                Inline::Link { content: some(self.inlines(content))?, to: to.borrowed() }
            }
        })
    }

    fn text<'t>(&mut self, text: &'t str) -> Option<Cow<'t, str>> {
        let begin = self.at;
        self.at += text.len();
        let within = |place: usize| place.clamp(begin, self.at) - begin;
        let piece = &text[within(self.range.start)..within(self.range.end)];
        (!piece.is_empty()).then_some(Cow::Borrowed(piece))
    }
}

fn some<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}
