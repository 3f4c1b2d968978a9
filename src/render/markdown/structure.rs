//! HTML that Markdown has a form for: headings, lists, definitions, tables become what Markdown would have made.

use std::ops::Range;

use bumpalo::Bump;
use pulldown_cmark::{Alignment, HeadingLevel};

use super::{Kind, Node, Tag as Markdown, tag};

/// The Markdown element that an opening tag stands for. A header cell is a `TableHead` until its table is complete.
pub(super) fn markdown_of<'a>(name: &str, tag: tag::Tag<'a>, arena: &'a Bump) -> Option<Markdown<'a>> {
    Some(match name {
        "h1" => Markdown::Heading(HeadingLevel::H1),
        "h2" => Markdown::Heading(HeadingLevel::H2),
        "h3" => Markdown::Heading(HeadingLevel::H3),
        "h4" => Markdown::Heading(HeadingLevel::H4),
        "h5" => Markdown::Heading(HeadingLevel::H5),
        "h6" => Markdown::Heading(HeadingLevel::H6),
        "ul" | "menu" => Markdown::List(None),
        "ol" => {
            let start = tag.attribute("start", arena).and_then(|start| start.parse().ok());
            Markdown::List(Some(start.unwrap_or(1)))
        }
        "li" => Markdown::Item,
        "dl" => Markdown::DefinitionList,
        "dt" => Markdown::DefinitionListTitle,
        "dd" => Markdown::DefinitionListDefinition,
        "table" => Markdown::Table(&[]),
        "caption" => Markdown::Paragraph,
        "tr" => Markdown::TableRow,
        "td" => Markdown::TableCell,
        "th" => Markdown::TableHead,
        _ => return None,
    })
}

/// Where the heading `source` ends in braces with words that are neither `#id` nor `.class`.
pub(super) fn braces_of(source: &str) -> Option<Range<usize>> {
    let line = source.trim_end().trim_end_matches(['=', '-', '#']).trim_end();
    let open = line.rfind('{').filter(|_| line.ends_with('}'))?;
    let mut words = line[open + 1..line.len() - 1].split_whitespace();
    words.any(|word| !word.starts_with(['#', '.'])).then_some(open..line.len())
}

/// Attributes whose effect is lost.
pub(super) fn lost_attributes(name: &str) -> &'static [&'static str] {
    match name {
        "ol" => &["type", "reversed"],
        "li" => &["value"],
        "td" | "th" => &["colspan", "rowspan"],
        "span" => &["style", "hidden"],
        "div" | "p" | "section" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => &["align", "hidden"],
        _ => &[],
    }
}

/// Elements that end where their parent ends, or where a sibling begins, and the parents within which that holds.
pub(super) fn implied_ends(name: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match name {
        "li" => (&["li"], &["ul", "ol", "menu"]),
        "dt" | "dd" => (&["dt", "dd"], &["dl"]),
        "td" | "th" => (&["td", "th"], &["tr", "table"]),
        "tr" => (&["tr", "td", "th", "caption"], &["table"]),
        _ => (&[], &[]),
    }
}

/// The node of an HTML element whose end has come, complete: only items in a list, only rows in a table. What stood
/// elsewhere in a table comes out, to stand before it.
pub(super) fn complete<'a>(
    kind: Kind<'a>,
    range: Range<usize>,
    children: &'a [Node<'a>],
    arena: &'a Bump,
) -> (Vec<Node<'a>>, Node<'a>) {
    match kind {
        Kind::Markdown(Markdown::List(_)) => {
            let items = only_items(children, arena);
            (Vec::new(), Node::branch(kind, range, items))
        }
        Kind::Markdown(Markdown::Table(_)) => {
            let (before, rows) = only_rows(children, &range, arena);
            let columns = rows.iter().map(|row| row.children.len()).max().unwrap_or_default();
            let alignments = arena.alloc_slice_fill_copy(columns, Alignment::None);
            (before, Node::branch(Kind::Markdown(Markdown::Table(alignments)), range, rows))
        }
        _ => (Vec::new(), Node::branch(kind, range, children)),
    }
}

fn is(node: &Node<'_>, wanted: &[Markdown<'_>]) -> bool {
    matches!(&node.kind, Kind::Markdown(tag) if wanted.contains(tag))
}

/// An element around `children`.
fn element<'a>(tag: Markdown<'a>, range: Range<usize>, children: Vec<Node<'a>>, arena: &'a Bump) -> Node<'a> {
    Node::branch(Kind::Markdown(tag), range, arena.alloc_slice_fill_iter(children))
}

/// Text between items is an item, too; a list there belongs to the item before it.
fn only_items<'a>(children: &'a [Node<'a>], arena: &'a Bump) -> &'a [Node<'a>] {
    let mut items: Vec<(Range<usize>, Vec<Node<'a>>)> = Vec::new();
    let mut is_loose = false;
    for child in children.iter().filter(|child| !child.is_blank()) {
        let is_item = is(child, &[Markdown::Item]);
        let is_list = matches!(child.kind, Kind::Markdown(Markdown::List(_)));
        match items.last_mut() {
            Some((_, content)) if !is_item && (is_loose || is_list) => content.push(child.clone()),
            _ if is_item => items.push((child.range.clone(), child.children.to_vec())),
            _ => items.push((child.range.clone(), vec![child.clone()])),
        }
        is_loose = !is_item && !is_list;
    }
    let items = items.into_iter().map(|(range, content)| element(Markdown::Item, range, content, arena));
    arena.alloc_slice_fill_iter(items)
}

/// What is no row, then rows of cells, the first one a header, if need be an empty one.
fn only_rows<'a>(
    children: &'a [Node<'a>],
    range: &Range<usize>,
    arena: &'a Bump,
) -> (Vec<Node<'a>>, &'a [Node<'a>]) {
    let mut rows: Vec<(Range<usize>, Vec<Node<'a>>)> = Vec::new();
    let mut before = Vec::new();
    let mut is_open = false;
    for child in children.iter().filter(|child| !child.is_blank()) {
        let is_cell = is(child, &[Markdown::TableCell, Markdown::TableHead]);
        match rows.last_mut() {
            Some((_, cells)) if is_cell && is_open => cells.push(child.clone()),
            _ if is_cell => rows.push((child.range.clone(), vec![child.clone()])),
            _ if is(child, &[Markdown::TableRow]) => {
                rows.push((child.range.clone(), child.children.to_vec()));
            }
            _ => before.push(child.clone()),
        }
        is_open = is_cell;
    }
    for (_, cells) in &mut rows {
        only_cells(cells, arena);
    }
    rows.retain(|(_, cells)| !cells.is_empty());
    let has_header =
        rows.first().is_some_and(|(_, cells)| cells.iter().all(|cell| is(cell, &[Markdown::TableHead])));
    if let Some((_, first)) = rows.first().filter(|_| !has_header) {
        let empty = first.iter().map(|_| element(Markdown::TableCell, range.clone(), Vec::new(), arena));
        rows.insert(0, (range.clone(), empty.collect()));
    }
    for cell in rows.iter_mut().flat_map(|(_, cells)| cells) {
        cell.kind = Kind::Markdown(Markdown::TableCell);
    }
    let rows = rows.into_iter().enumerate().map(|(index, (range, cells))| {
        let tag = if index == 0 { Markdown::TableHead } else { Markdown::TableRow };
        element(tag, range, cells, arena)
    });
    (before, arena.alloc_slice_fill_iter(rows))
}

fn only_cells<'a>(children: &mut Vec<Node<'a>>, arena: &'a Bump) {
    children.retain(|child| !child.is_blank());
    for child in children.iter_mut().filter(|child| !is(child, &[Markdown::TableCell, Markdown::TableHead])) {
        *child = element(Markdown::TableCell, child.range.clone(), vec![child.clone()], arena);
    }
}
