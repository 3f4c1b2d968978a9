//! Tables: as they are, unless they have more columns than Telegram shows.

use std::ops::Range;

use pulldown_cmark::Alignment;

use super::inline::text_of;
use super::{Context, Lower};
use crate::render::clean::is_blank;
use crate::render::lower::note_extra_cells;
use crate::render::markdown::Node;
use crate::render::rich::tree::{Align, Block, Inline, Item, List, Style, Table};
use crate::render::{codes, limits};

impl<'n> Lower<'n, '_, '_> {
    pub(super) fn markdown_table(
        &mut self,
        alignments: &[Alignment],
        node: &'n Node<'n>,
        cx: Context,
        out: &mut Vec<Block>,
    ) {
        let mut rows = Vec::new();
        for row in node.children {
            note_extra_cells(self.scope, row);
            rows.push(row.children.iter().map(|cell| self.content(cell.children, cx)).collect());
        }
        let columns = alignments.iter().map(|alignment| match alignment {
            Alignment::None => None,
            Alignment::Left => Some(Align::Left),
            Alignment::Center => Some(Align::Center),
            Alignment::Right => Some(Align::Right),
        });
        self.table(Table { columns: columns.collect(), header: true, rows }, &node.range, cx, out);
    }

    pub(super) fn table(&mut self, table: Table, range: &Range<usize>, cx: Context, out: &mut Vec<Block>) {
        let (columns, most) = (table.columns.len(), limits::RICH_COLUMNS);
        if columns <= most {
            return out.push(Block::Table(table));
        }
        let message =
            format!("a table of {columns} columns, {most} are allowed: it is shown as a list of its rows");
        self.scope.warn(codes::WIDE_TABLE, message, range);
        let (header, rows) = match table.rows.split_first() {
            Some((header, rows)) if table.header && !rows.is_empty() => (header.as_slice(), rows),
            _ => (&[][..], table.rows.as_slice()),
        };
        out.push(list_of(header, rows, cx));
    }
}

/// Each row as an item of lines `column: cell`.
fn list_of(header: &[Vec<Inline>], rows: &[Vec<Vec<Inline>>], cx: Context) -> Block {
    let item = |row: &Vec<Vec<Inline>>| {
        let mut content = Vec::new();
        for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !is_blank(&text_of(cell))) {
            if !content.is_empty() {
                content.push(Inline::Break);
            }
            if let Some(name) = header.get(column).filter(|name| !is_blank(&text_of(name))) {
                content.extend(label(name, cx));
                content.push(Inline::Text(": ".into()));
            }
            content.extend(cell.iter().cloned());
        }
        Item { task: None, blocks: vec![Block::Paragraph(content)] }
    };
    Block::List(List { start: None, items: rows.iter().map(item).collect() })
}

/// A column's name, bold unless everything is.
fn label(name: &[Inline], cx: Context) -> Vec<Inline> {
    let is_bold = |inline: &Inline| matches!(inline, Inline::Style(Style::Bold, _));
    if cx.has(Style::Bold) || name.iter().any(is_bold) {
        return name.to_vec();
    }
    vec![Inline::Style(Style::Bold, name.to_vec())]
}
