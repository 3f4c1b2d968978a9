//! A stretch of a rich message as a message of its own.

use std::ops::Range;

use super::{BEGIN, SOLID, has_running_header};
use crate::render::rich::tree::{Block, Inline, Item, List, Rich, Table};

/// What stands at `range` of the script; what is around it is opened and closed again, and rows have their header.
/// `starts` says where the blocks of the message begin: a piece of it is had without a walk through all of it.
pub(super) fn slice(rich: &Rich, starts: &[usize], range: Range<usize>) -> Rich {
    let from = starts.partition_point(|start| *start <= range.start).saturating_sub(1);
    let to = starts.partition_point(|start| *start < range.end).clamp(from, rich.blocks.len());
    let mut walk = Walk { at: starts[from], range };
    Rich { blocks: walk.blocks(&rich.blocks[from.min(to)..to]) }
}

struct Walk {
    /// Bytes so far.
    at: usize,
    range: Range<usize>,
}

impl Walk {
    fn blocks(&mut self, blocks: &[Block]) -> Vec<Block> {
        blocks.iter().filter_map(|block| self.block(block)).collect()
    }

    fn block(&mut self, block: &Block) -> Option<Block> {
        if matches!(block, Block::Break { .. }) {
            return None;
        }
        let is_begun = self.sign(BEGIN);
        Some(match block {
            Block::Rule | Block::Math(_) | Block::Picture { .. } | Block::File { .. } => {
                return is_begun.then(|| block.clone());
            }
            Block::Break { .. } => return None,
            Block::Paragraph(content) => Block::Paragraph(some(self.inlines(content))?),
            Block::Heading { level, content } => {
                Block::Heading { level: *level, content: some(self.inlines(content))? }
            }
            Block::Footer(content) => Block::Footer(some(self.inlines(content))?),
            Block::Pre { language, code } => {
                Block::Pre { code: self.text(code)?, language: language.clone() }
            }
            Block::Folded { content, credit } => {
                let (content, credit) = (self.inlines(content), self.credit(credit));
                some_of(!content.is_empty() || !credit.is_empty())?;
                Block::Folded { content, credit }
            }
            Block::Aside { content, credit } => {
                let (content, credit) = (self.inlines(content), self.credit(credit));
                some_of(!content.is_empty() || !credit.is_empty())?;
                Block::Aside { content, credit }
            }
            Block::Quote { blocks, credit } => {
                let (blocks, credit) = (self.blocks(blocks), self.credit(credit));
                some_of(!blocks.is_empty() || !credit.is_empty())?;
                Block::Quote { blocks, credit }
            }
            Block::Details { open, summary, blocks } => {
                Block::Details { open: *open, blocks: some(self.blocks(blocks))?, summary: summary.clone() }
            }
            Block::List(list) => self.list(list)?,
            Block::Table(table) => self.table(table)?,
        })
    }

    /// Numbers go on; an item that is cut keeps its own.
    fn list(&mut self, list: &List) -> Option<Block> {
        let mut first = None;
        let mut items = Vec::new();
        for (index, item) in list.items.iter().enumerate() {
            let is_begun = self.sign(BEGIN);
            let blocks = self.blocks(&item.blocks);
            if is_begun || !blocks.is_empty() {
                first.get_or_insert(index as u64);
                items.push(Item { task: item.task, blocks });
            }
        }
        let start = list.start.map(|start| start.saturating_add(first.unwrap_or_default()));
        Some(Block::List(List { start, items: some(items)? }))
    }

    fn table(&mut self, table: &Table) -> Option<Block> {
        let header = usize::from(has_running_header(table));
        let (header, body) = table.rows.split_at(header);
        let rows: Vec<_> = body.iter().filter(|_| self.sign(BEGIN)).cloned().collect();
        let rows = header.iter().cloned().chain(some(rows)?).collect();
        Some(Block::Table(Table { rows, ..table.clone() }))
    }

    fn credit(&mut self, credit: &[Inline]) -> Vec<Inline> {
        if !credit.is_empty() && self.sign(BEGIN) { credit.to_vec() } else { Vec::new() }
    }

    fn inlines(&mut self, content: &[Inline]) -> Vec<Inline> {
        content.iter().filter_map(|inline| self.inline(inline)).collect()
    }

    fn inline(&mut self, inline: &Inline) -> Option<Inline> {
        Some(match inline {
            Inline::Text(text) => Inline::Text(self.text(text)?),
            Inline::Code(code) => Inline::Code(self.text(code)?),
            Inline::Break => return self.sign('\n').then_some(Inline::Break),
            Inline::Anchor(_) => return self.sign(BEGIN).then(|| inline.clone()),
            Inline::Math(_) | Inline::Emoji { .. } | Inline::Time { .. } => {
                return self.sign(SOLID).then(|| inline.clone());
            }
            Inline::Style(style, content) => Inline::Style(*style, some(self.inlines(content))?),
            Inline::Link { to, content } => {
                Inline::Link { content: some(self.inlines(content))?, to: to.clone() }
            }
            Inline::Reference { name, content } => {
                Inline::Reference { content: some(self.inlines(content))?, name: name.clone() }
            }
        })
    }

    fn text(&mut self, text: &str) -> Option<String> {
        let begin = self.at;
        self.at += text.len();
        let within = |place: usize| place.clamp(begin, self.at) - begin;
        let piece = &text[within(self.range.start)..within(self.range.end)];
        (!piece.is_empty()).then(|| piece.to_owned())
    }

    /// Passes what is one character of the script; answers whether it is in the range.
    fn sign(&mut self, sign: char) -> bool {
        let at = self.at;
        self.at += sign.len_utf8();
        self.range.contains(&at)
    }
}

fn some<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

fn some_of(is_some: bool) -> Option<()> {
    is_some.then_some(())
}
