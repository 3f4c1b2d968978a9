//! The tree as readable text, for diffs and previews: what subscribers read, without tags.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::NOTE;
use super::tree::{Align, Block, Inline, Item, Link, List, Rich, Style, Table, visible_inlines};
use crate::render::limits;
use crate::render::plain::{fenced, ticked};

/// Headings begin with `#`, items with their marker, quoted lines with `> `; hidden text is `||…||`, code stands in
/// backticks, links are `text <address>` with `post:SLUG` for posts and `#name` for places of the same message, numbers of
/// notes `[1]`. Other styles are dropped. Tables are aligned, or written row by row when that would be too wide.
pub fn plain(rich: &Rich) -> String {
    blocks(&rich.blocks)
}

fn blocks(blocks: &[Block]) -> String {
    let said = blocks.iter().filter(|block| !matches!(block, Block::Break { .. }));
    said.map(block).collect::<Vec<_>>().join("\n\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Paragraph(content) | Block::Footer(content) => text(content),
        Block::Heading { level, content } => format!("{} {}", "#".repeat((*level).into()), text(content)),
        Block::Pre { language, code } => {
            let mut out = String::new();
            fenced(language.as_deref(), code, &mut out);
            out
        }
        Block::Math(math) => format!("$$\n{math}\n$$"),
        Block::Rule => "———".to_owned(),
        Block::Break { .. } => String::new(),
        Block::List(list) => items(list),
        Block::Quote { blocks: inner, credit } => prefixed(&credited(blocks(inner), credit), "> ", "> "),
        Block::Folded { content, credit } | Block::Aside { content, credit } => {
            prefixed(&credited(text(content), credit), "> ", "> ")
        }
        Block::Details { summary, blocks: inner, .. } => {
            format!("▸ {}\n{}", text(summary), prefixed(&blocks(inner), "  ", "  "))
        }
        Block::Table(table) => grid(table).unwrap_or_else(|| rows(table)),
        Block::Picture { url, caption, credit, spoiler } => picture(url, *spoiler, caption, credit),
        Block::File { item, caption, credit } => picture(item.name(), item.spoiler, caption, credit),
    }
}

fn picture(to: &str, spoiler: bool, caption: &[Inline], credit: &[Inline]) -> String {
    let caption = credited(text(caption), credit);
    let hidden = if spoiler { "||" } else { "" };
    format!("{hidden}![{caption}]({to}){hidden}")
}

fn credited(text_above: String, credit: &[Inline]) -> String {
    match (text_above.is_empty(), credit.is_empty()) {
        (_, true) => text_above,
        (true, false) => text(credit),
        (false, false) => format!("{text_above}\n— {}", text(credit)),
    }
}

/// Every line behind `then`, the first one behind `first`; no blanks at the ends of lines.
fn prefixed(text: &str, first: &str, then: &str) -> String {
    let line = |(index, line): (usize, &str)| {
        let prefix = if index == 0 { first } else { then };
        format!("{prefix}{line}").trim_end().to_owned()
    };
    text.split('\n').enumerate().map(line).collect::<Vec<_>>().join("\n")
}

fn items(list: &List) -> String {
    let is_loose = list.items.iter().any(|item| item.blocks.len() > 1 && !is_tight(item));
    let numbers =
        list.start.map(|start| start..).into_iter().flatten().map(Some).chain(std::iter::repeat(None));
    let item = |(item, number): (&Item, Option<u64>)| {
        let marker = number.map_or_else(|| "• ".to_owned(), |number| format!("{number}. "));
        let tick = match item.task {
            Some(true) => "☑ ",
            Some(false) => "☐ ",
            None => "",
        };
        let inner = if is_tight(item) {
            item.blocks.iter().map(block).collect::<Vec<_>>().join("\n")
        } else {
            blocks(&item.blocks)
        };
        prefixed(&inner, &format!("{marker}{tick}"), &" ".repeat(marker.width()))
    };
    let items: Vec<String> = list.items.iter().zip(numbers).map(item).collect();
    items.join(if is_loose { "\n\n" } else { "\n" })
}

/// Whether an item is a line of text, with no more than lists below it.
fn is_tight(item: &Item) -> bool {
    item.blocks.iter().skip(1).all(|block| matches!(block, Block::List(_)))
}

/// The table in columns, unless it would be too wide or a cell has lines.
fn grid(table: &Table) -> Option<String> {
    let cells: Vec<Vec<String>> =
        table.rows.iter().map(|row| row.iter().map(|cell| text(cell)).collect()).collect();
    let columns = cells.iter().map(Vec::len).max()?;
    let mut widths = vec![0; columns];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    let total = widths.iter().sum::<usize>() + 3 * columns.saturating_sub(1);
    if total > 2 * limits::TABLE_COLUMNS || cells.iter().flatten().any(|cell| cell.contains('\n')) {
        return None;
    }
    let mut lines: Vec<String> = cells.iter().map(|row| line(row, &widths, &table.columns)).collect();
    if table.header {
        let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        lines.insert(1, dashes.join("-+-"));
    }
    Some(lines.join("\n"))
}

fn line(row: &[String], widths: &[usize], columns: &[Option<Align>]) -> String {
    let cells = widths.iter().enumerate().map(|(column, width)| {
        let cell = row.get(column).map_or("", String::as_str);
        let space = width.saturating_sub(cell.width());
        let left = match columns.get(column).copied().flatten() {
            Some(Align::Right) => space,
            Some(Align::Center) => space / 2,
            Some(Align::Left) | None => 0,
        };
        format!("{}{cell}{}", " ".repeat(left), " ".repeat(space - left))
    });
    cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned()
}

/// Each row as lines `column: cell`.
fn rows(table: &Table) -> String {
    let (header, rows) = match table.rows.split_first() {
        Some((header, rows)) if table.header && !rows.is_empty() => (header.as_slice(), rows),
        _ => (&[][..], table.rows.as_slice()),
    };
    let row = |row: &Vec<Vec<Inline>>| {
        let cells = row.iter().enumerate().filter(|(_, cell)| !cell.is_empty());
        let lines = cells.map(|(column, cell)| match header.get(column) {
            Some(name) if !name.is_empty() => format!("{}: {}", text(name), text(cell)),
            _ => text(cell),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    rows.iter().map(row).collect::<Vec<_>>().join("\n\n")
}

fn text(content: &[Inline]) -> String {
    let mut out = String::new();
    inlines(content, &mut out);
    out
}

fn inlines(content: &[Inline], out: &mut String) {
    for inline in content {
        match inline {
            Inline::Style(Style::Spoiler, content) => {
                out.push_str("||");
                inlines(content, out);
                out.push_str("||");
            }
            Inline::Style(_, content) | Inline::Reference { content, .. } => inlines(content, out),
            Inline::Code(code) => ticked(code, out),
            Inline::Math(math) => {
                let _ = write!(out, "${math}$");
            }
            Inline::Link { to, content } => link(to, content, out),
            Inline::Text(_)
            | Inline::Break
            | Inline::Anchor(_)
            | Inline::Emoji { .. }
            | Inline::Time { .. } => {
                out.push_str(inline.text());
            }
        }
    }
}

fn link(to: &Link, content: &[Inline], out: &mut String) {
    if matches!(to, Link::Place(name) if name.starts_with(NOTE)) {
        out.push('[');
        inlines(content, out);
        return out.push(']');
    }
    let address = match to {
        Link::Url(url) => url.clone(),
        Link::Post(slug) => format!("post:{slug}"),
        Link::Place(name) => format!("#{name}"),
    };
    let mut text = String::new();
    visible_inlines(content, &mut text);
    inlines(content, out);
    if text != address {
        let _ = write!(out, " <{address}>");
    }
}
