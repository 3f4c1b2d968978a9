//! HTML elements that classic messages don't have.

use super::{Context, Lower};
use crate::render::markdown::{Extra, Kind, Node};
use crate::render::rich::tree::{Block, Style};

impl<'n> Lower<'n, '_, '_> {
    pub(super) fn extra(&mut self, extra: Extra, node: &'n Node<'n>, cx: Context, out: &mut Vec<Block>) {
        match extra {
            Extra::Mark => self.styled(Style::Mark, node, cx, out),
            Extra::Figure => self.figure(node, cx, out),
            Extra::Footer => out.push(Block::Footer(self.content(node.children, cx))),
            Extra::Aside => {
                let (rest, credit) = self.credit(node.children, cx);
                out.push(Block::Aside { content: self.content_of(&rest, cx), credit });
            }
            Extra::Paragraph | Extra::Caption | Extra::Cite => self.blocks(node.children, cx, out),
        }
    }
}

/// Whether a node only keeps others apart.
pub(super) fn is_blank(node: &Node<'_>) -> bool {
    match &node.kind {
        Kind::Text(text) => text.trim().is_empty(),
        Kind::SoftBreak | Kind::HardBreak | Kind::BlockBreak => true,
        _ => false,
    }
}
