//! HTML that Markdown has a form for: headings, lists, definitions, tables become what Markdown would have made.

use std::ops::Range;

use pulldown_cmark::{Alignment, HeadingLevel, Tag as Markdown};

use super::tag::Tag;
use super::{Kind, Node};

/// The Markdown element that an opening tag stands for. A header cell is a `TableHead` until its table is complete.
pub(super) fn markdown_of(name: &str, tag: &Tag<'_>) -> Option<Markdown<'static>> {
    Some(match name {
        "h1" => heading(HeadingLevel::H1),
        "h2" => heading(HeadingLevel::H2),
        "h3" => heading(HeadingLevel::H3),
        "h4" => heading(HeadingLevel::H4),
        "h5" => heading(HeadingLevel::H5),
        "h6" => heading(HeadingLevel::H6),
        "ul" | "menu" => Markdown::List(None),
        "ol" => {
            Markdown::List(Some(tag.attribute("start").and_then(|start| start.parse().ok()).unwrap_or(1)))
        }
        "li" => Markdown::Item,
        "dl" => Markdown::DefinitionList,
        "dt" => Markdown::DefinitionListTitle,
        "dd" => Markdown::DefinitionListDefinition,
        "table" => Markdown::Table(Vec::new()),
        "caption" => Markdown::Paragraph,
        "tr" => Markdown::TableRow,
        "td" => Markdown::TableCell,
        "th" => Markdown::TableHead,
        _ => return None,
    })
}

fn heading(level: HeadingLevel) -> Markdown<'static> {
    Markdown::Heading { level, id: None, classes: Vec::new(), attrs: Vec::new() }
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

/// Completes an element whose end has come: only items in a list, only rows in a table. What stood elsewhere in a table
/// comes out, to stand before it.
pub(super) fn complete<'a>(node: &mut Node<'a>) -> Vec<Node<'a>> {
    match &mut node.kind {
        Kind::Markdown(Markdown::List(_)) => {
            only_items(&mut node.children);
            Vec::new()
        }
        Kind::Markdown(Markdown::Table(alignments)) => {
            let before = only_rows(&mut node.children, &node.range);
            let columns = node.children.iter().map(|row| row.children.len()).max().unwrap_or_default();
            *alignments = vec![Alignment::None; columns];
            before
        }
        _ => Vec::new(),
    }
}

fn is_blank(node: &Node<'_>) -> bool {
    match &node.kind {
        Kind::Text(text) => text.trim().is_empty(),
        Kind::BlockBreak | Kind::SoftBreak => true,
        _ => false,
    }
}

fn is(node: &Node<'_>, wanted: &[Markdown<'static>]) -> bool {
    matches!(&node.kind, Kind::Markdown(tag) if wanted.contains(tag))
}

fn element<'a>(tag: Markdown<'static>, range: Range<usize>, children: Vec<Node<'a>>) -> Node<'a> {
    Node { kind: Kind::Markdown(tag), range, children, block: true }
}

/// Text between items is an item, too; a list there belongs to the item before it.
fn only_items<'a>(children: &mut Vec<Node<'a>>) {
    let mut items: Vec<Node<'a>> = Vec::new();
    let mut is_loose = false;
    for child in children.drain(..).filter(|child| !is_blank(child)) {
        let is_item = is(&child, &[Markdown::Item]);
        let is_list = matches!(child.kind, Kind::Markdown(Markdown::List(_)));
        match items.last_mut() {
            Some(last) if !is_item && (is_loose || is_list) => last.children.push(child),
            _ if is_item => items.push(child),
            _ => items.push(element(Markdown::Item, child.range.clone(), vec![child])),
        }
        is_loose = !is_item && !is_list;
    }
    *children = items;
}

/// Leaves rows of cells, the first one a header, if need be an empty one.
fn only_rows<'a>(children: &mut Vec<Node<'a>>, range: &Range<usize>) -> Vec<Node<'a>> {
    let mut rows: Vec<Node<'a>> = Vec::new();
    let mut before = Vec::new();
    let mut is_open = false;
    for child in children.drain(..).filter(|child| !is_blank(child)) {
        let is_cell = is(&child, &[Markdown::TableCell, Markdown::TableHead]);
        match rows.last_mut() {
            Some(row) if is_cell && is_open => row.children.push(child),
            _ if is_cell => rows.push(element(Markdown::TableRow, child.range.clone(), vec![child])),
            _ if is(&child, &[Markdown::TableRow]) => rows.push(child),
            _ => before.push(child),
        }
        is_open = is_cell;
    }
    for row in &mut rows {
        only_cells(&mut row.children);
    }
    rows.retain(|row| !row.children.is_empty());
    let is_header = |row: &Node<'_>| row.children.iter().all(|cell| is(cell, &[Markdown::TableHead]));
    match rows.first_mut() {
        Some(first) if is_header(first) => first.kind = Kind::Markdown(Markdown::TableHead),
        Some(first) => {
            let empty =
                first.children.iter().map(|_| element(Markdown::TableCell, range.clone(), Vec::new()));
            let header = element(Markdown::TableHead, range.clone(), empty.collect());
            rows.insert(0, header);
        }
        None => {}
    }
    for cell in rows.iter_mut().flat_map(|row| &mut row.children) {
        cell.kind = Kind::Markdown(Markdown::TableCell);
    }
    *children = rows;
    before
}

fn only_cells(children: &mut Vec<Node<'_>>) {
    children.retain(|child| !is_blank(child));
    for child in children.iter_mut().filter(|child| !is(child, &[Markdown::TableCell, Markdown::TableHead])) {
        let inner = std::mem::replace(child, element(Markdown::TableCell, child.range.clone(), Vec::new()));
        child.children.push(inner);
    }
}
