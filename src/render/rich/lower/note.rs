//! Footnotes: raised numbers in the text, the notes as a list behind a rule.

use super::{Context, Lower, Lowered};
use crate::render::codes;
use crate::render::lower::Footnotes;
use crate::render::markdown::{Kind, Node, Tag};
use crate::render::rich::NOTE;
use crate::render::rich::tree::{Block, Inline, Item, Link, List, Style};

/// Finds all definitions, wherever they stand.
pub(super) fn define<'n>(nodes: &'n [Node<'n>], notes: &mut Footnotes<'n>) {
    for node in nodes {
        if let Kind::Markdown(Tag::FootnoteDefinition(label)) = &node.kind {
            notes.define(label, node);
        }
        define(node.children, notes);
    }
}

impl<'n> Lower<'n, '_, '_> {
    pub(super) fn note_reference(&mut self, label: &'n str, cx: Context, out: &mut Vec<Inline>) {
        if !self.footnotes.is_defined(label) {
            return out.push(Inline::Text(format!("[^{label}]")));
        }
        let number = self.footnotes.refer(label);
        let mut sign = Inline::Text(number.to_string());
        if !cx.linked {
            sign = Inline::Link { to: Link::Place(format!("{NOTE}{number}")), content: vec![sign] };
        }
        out.push(if cx.has(Style::Sup) { sign } else { Inline::Style(Style::Sup, vec![sign]) });
    }

    /// Writes the notes: a note may refer to further ones.
    pub(super) fn footnotes(&mut self, out: &mut Lowered) {
        let mut items = Vec::new();
        let mut last = None;
        while let Some(node) = self.footnotes.numbered(items.len() + 1) {
            let mut blocks = self.inner(node.children, Context::default());
            name_note(&mut blocks, items.len() + 1);
            items.push(Item { task: None, blocks });
            last = Some(node);
        }
        for node in self.footnotes.unused() {
            self.scope.warn(codes::UNUSED_NOTE, "nothing refers to this footnote", &node.range);
            items.push(Item { task: None, blocks: self.inner(node.children, Context::default()) });
            last = Some(node);
        }
        if let Some(node) = last {
            let list = Block::List(List { start: Some(1), items });
            self.add(vec![Block::Rule, list], node.range.clone(), out);
        }
    }
}

/// Makes the first text of a note the one that its references lead to.
fn name_note(blocks: &mut Vec<Block>, number: usize) {
    let name = format!("{NOTE}{number}");
    match blocks.first_mut() {
        Some(Block::Paragraph(content)) if !super::inline::text_of(content).trim().is_empty() => {
            *content = vec![Inline::Reference { name, content: std::mem::take(content) }];
        }
        _ => {
            let content = vec![Inline::Text(number.to_string())];
            blocks.insert(0, Block::Paragraph(vec![Inline::Reference { name, content }]));
        }
    }
}
