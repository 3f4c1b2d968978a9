//! The places where a text may be cut.

use std::ops::Range;

use super::long::Kind;
use super::words::{lines, within};
use crate::render::tree::{Block, Body, Gap, Inline, Role, Text};

/// A place where one part may end and the next begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// What is between the parts: white space, or nothing.
    pub(super) gap: Range<usize>,
    pub(super) kind: Kind,
}

/// All places of `text` but those within words, in order. `visible` are its characters.
pub(super) fn places(text: &Text<'_>, visible: &str) -> Vec<Place> {
    let mut walk = Walk { visible, at: 0, quoted: false, places: Vec::new() };
    walk.blocks(&text.blocks);
    walk.places
}

struct Walk<'t> {
    visible: &'t str,
    /// Bytes so far.
    at: usize,
    quoted: bool,
    places: Vec<Place>,
}

impl Walk<'_> {
    fn blocks(&mut self, blocks: &[Block<'_>]) {
        for (index, block) in blocks.iter().enumerate() {
            if index > 0 {
                self.between(&blocks[index - 1], block);
            }
            match &block.body {
                Body::Paragraph(content) => self.paragraph(content),
                Body::Pre { code, .. } => self.code(code),
                Body::Quote { blocks, .. } => {
                    self.quoted = true;
                    self.blocks(blocks);
                    self.quoted = false;
                }
            }
        }
    }

    fn between(&mut self, before: &Block<'_>, after: &Block<'_>) {
        let begin = self.at;
        self.at += after.gap.as_str().len();
        let announces = self.visible[..begin].ends_with(':');
        let kind = match (before.role, after.role) {
            _ if after.gap == Gap::Break => Kind::Break,
            (Role::Heading | Role::Bullet, _) => Kind::Orphan,
            (_, Role::Tags) => Kind::Tied,
            (Role::Item | Role::Inner, Role::Item | Role::Bullet) => Kind::Item,
            _ if announces => Kind::Tied,
            (_, Role::Inner) => Kind::Close,
            _ if self.quoted => Kind::Close,
            (_, Role::Heading | Role::Rule) => Kind::Section,
            _ if after.gap == Gap::Line => Kind::Item,
            _ => Kind::Block,
        };
        self.places.push(Place { gap: begin..self.at, kind });
    }

    /// Lines of code; the next part begins with a line that has something on it.
    fn code(&mut self, code: &str) {
        let begin = self.at;
        self.at += code.len();
        self.places.extend(lines(code, begin));
    }

    fn paragraph(&mut self, content: &[Inline<'_>]) {
        let begin = self.at;
        let mut ranges = Vec::new();
        self.inlines(content, &mut ranges);
        let text = &self.visible[begin..self.at];
        self.places.extend(within(text, begin, &ranges, self.quoted));
    }

    fn inlines(&mut self, content: &[Inline<'_>], ranges: &mut Vec<Range<usize>>) {
        for inline in content {
            let begin = self.at;
            match inline {
                Inline::Text(text) => {
                    self.at += text.len();
                    continue;
                }
                Inline::Code(text) | Inline::Emoji { alt: text, .. } | Inline::Time { text, .. } => {
                    self.at += text.len();
                }
                Inline::Style(_, content) | Inline::Link { content, .. } => self.inlines(content, ranges),
            }
            ranges.push(begin..self.at);
        }
    }
}
