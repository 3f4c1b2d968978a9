//! Tables: aligned monospace text where it fits, else a list of rows.

use std::collections::HashMap;

use pulldown_cmark::Alignment;
use unicode_width::UnicodeWidthStr as _;

use super::inline::push_text;
use super::{Context, Lower, set_gap};
use crate::diagnostic::Diagnostic;
use crate::render::clean::{Edge, clean, trim_edge};
use crate::render::codes;
use crate::render::link::Scope;
use crate::render::markdown::{Kind, Node, Tag};
use crate::render::tree::{Block, Gap, Inline, Link, Role, Style};

/// The cells of a table in the tree's words; the first row is the header.
type Rows<'n> = Vec<Vec<Vec<Inline<'n>>>>;

impl<'n> Lower<'n, '_, '_> {
    pub(super) fn table(
        &mut self,
        alignments: &[Alignment],
        rows: &'n [Node<'n>],
        cx: Context<'_>,
        out: &mut Vec<Block<'n>>,
    ) {
        let cells: Rows<'n> =
            rows.iter().map(|row| row.children.iter().map(|cell| self.cell(cell, cx)).collect()).collect();
        for row in rows {
            note_extra_cells(self.scope, row);
        }
        let must_be_list = cx.is_codeless() || cells.iter().flatten().any(|cell| needs_text(cell));
        let grid = if must_be_list {
            None
        } else {
            Grid::new(&cells, alignments, self.scope.settings.table_columns)
        };
        let Some(grid) = grid else {
            return self.rows(cells, cx, out);
        };
        for struck in rows.iter().flat_map(|row| row.children).filter(|cell| has_strike(cell)) {
            let message = "a table can't show struck-out text: it is shown plainly";
            self.scope.warn(codes::TABLE_STRIKE, message, &struck.range);
        }
        self.pre(None, grid.to_string().into(), cx, out);
        if let Some(list) = link_list(grid.links) {
            self.line(list, Role::Inner, Context { gap: Gap::Line, ..cx }, out);
        }
    }

    fn cell(&mut self, cell: &'n Node<'n>, cx: Context<'_>) -> Vec<Inline<'n>> {
        let mut content = self.content(cell.children, Context { margin: "", ..cx });
        trim_edge(&mut content, Edge::Start);
        trim_edge(&mut content, Edge::End);
        content
    }

    /// Each row as a paragraph of lines `header: cell`.
    fn rows(&mut self, cells: Rows<'n>, cx: Context<'_>, out: &mut Vec<Block<'n>>) {
        let mut rows = cells.into_iter();
        let header = rows.next().unwrap_or_default();
        if rows.len() == 0 {
            return self.row(&[], header, cx, out);
        }
        for (index, row) in rows.enumerate() {
            let at = out.len();
            self.row(&header, row, cx, out);
            set_gap(out, at, if index == 0 { cx.gap } else { Gap::Blank });
        }
    }

    fn row(
        &mut self,
        header: &[Vec<Inline<'n>>],
        row: Vec<Vec<Inline<'n>>>,
        cx: Context<'_>,
        out: &mut Vec<Block<'n>>,
    ) {
        let mut content = Vec::new();
        for (column, cell) in row.into_iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            if !content.is_empty() {
                push_text(&mut content, format!("\n{}", cx.margin));
            }
            match header.get(column) {
                Some(name) if !name.is_empty() => {
                    content.extend(label(name, cx));
                    push_text(&mut content, ": ");
                    content.extend(cell);
                }
                // The name of the row.
                Some(_) if column == 0 => content.extend(label(&cell, cx)),
                _ => content.extend(cell),
            }
        }
        self.line(content, Role::Plain, cx, out);
    }
}

/// Notes what the parser has dropped of a row.
pub(in crate::render) fn note_extra_cells(scope: &mut Scope<'_>, row: &Node<'_>) {
    let begin = row.children.last().map_or(row.range.end, |cell| cell.range.end);
    let body = scope.notes.post.body();
    let rest = body.get(begin..row.range.end).unwrap_or_default();
    let text = rest.trim_matches(|c: char| c == '|' || c.is_whitespace());
    if !text.is_empty() {
        let message = "the row has more cells than the header: the rest is left out";
        let warning = Diagnostic::warning(codes::EXTRA_CELL, message);
        let hint = "add a column to the header, or write `\\|` for a bar that is text";
        scope.notes.add(warning.hint(hint), &(begin..row.range.end));
    }
}

/// A column's name, bold unless everything is.
fn label<'n>(name: &[Inline<'n>], cx: Context<'_>) -> Vec<Inline<'n>> {
    if cx.has(Style::Bold) {
        return name.to_vec();
    }
    vec![Inline::Style(Style::Bold, name.to_vec())]
}

/// Whether a cell says something that a line of monospace text can't: what is hidden must not be shown.
fn needs_text(cell: &[Inline<'_>]) -> bool {
    cell.iter().any(|inline| match inline {
        Inline::Style(Style::Spoiler, _) | Inline::Emoji { .. } | Inline::Time { .. } => true,
        Inline::Style(_, content) | Inline::Link { content, .. } => needs_text(content),
        Inline::Text(text) => text.contains('\n'),
        Inline::Code(_) => false,
    })
}

fn has_strike(node: &Node<'_>) -> bool {
    use crate::render::markdown::Element;
    matches!(node.kind, Kind::Markdown(Tag::Strikethrough) | Kind::Html(Element::Style(Style::Strike)))
        || node.children.iter().any(has_strike)
}

/// What stood behind the links of a table, below it.
fn link_list<'n>(links: Vec<(Link<'n>, Vec<Inline<'n>>)>) -> Option<Vec<Inline<'n>>> {
    let mut content = Vec::new();
    for (index, (to, text)) in links.into_iter().enumerate() {
        let line_end = if index > 0 { "\n" } else { "" };
        push_text(&mut content, format!("{line_end}[{}] ", index + 1));
        let text = match &to {
            Link::Url(url) => vec![Inline::Text(url.clone())],
            Link::Post(_) => text,
        };
        content.push(Inline::Link { to, content: text });
    }
    (!content.is_empty()).then_some(content)
}

/// A table as lines of equal columns.
struct Grid<'a, 'n> {
    rows: Vec<Vec<Field>>,
    widths: Vec<usize>,
    alignments: &'a [Alignment],
    /// The links of its cells, in the order of their numbers.
    links: Vec<(Link<'n>, Vec<Inline<'n>>)>,
    numbers: HashMap<Link<'n>, usize>,
}

struct Field {
    text: String,
    width: usize,
}

impl<'a, 'n> Grid<'a, 'n> {
    /// `None` when it would be wider than `columns`.
    fn new(cells: &Rows<'n>, alignments: &'a [Alignment], columns: usize) -> Option<Self> {
        let mut grid = Self {
            rows: Vec::new(),
            widths: vec![0; alignments.len()],
            alignments,
            links: Vec::new(),
            numbers: HashMap::new(),
        };
        for row in cells {
            let fields: Vec<Field> = row.iter().map(|cell| grid.field(cell)).collect();
            for (width, field) in grid.widths.iter_mut().zip(&fields) {
                *width = field.width.max(*width);
            }
            let total = grid.widths.iter().sum::<usize>() + 3 * alignments.len().saturating_sub(1);
            if total > columns {
                return None;
            }
            grid.rows.push(fields);
        }
        Some(grid)
    }

    fn field(&mut self, cell: &[Inline<'n>]) -> Field {
        let mut text = String::new();
        self.collect(cell, &mut text);
        let text = text.replace(['\n', '\t'], " ");
        let text = clean(&text, &mut false).into_owned();
        Field { width: text.width(), text }
    }

    /// The text of a cell; links get numbers, equal ones the same.
    fn collect(&mut self, cell: &[Inline<'n>], out: &mut String) {
        for inline in cell {
            match inline {
                Inline::Text(text)
                | Inline::Code(text)
                | Inline::Emoji { alt: text, .. }
                | Inline::Time { text, .. } => out.push_str(text),
                Inline::Style(_, content) => self.collect(content, out),
                Inline::Link { to, content } => {
                    self.collect(content, out);
                    let number = self.number(to, content);
                    for piece in [" [", &number.to_string(), "]"] {
                        out.push_str(piece);
                    }
                }
            }
        }
    }

    fn number(&mut self, to: &Link<'n>, content: &[Inline<'n>]) -> usize {
        if let Some(number) = self.numbers.get(to) {
            return *number;
        }
        self.links.push((to.clone(), content.to_vec()));
        self.numbers.insert(to.clone(), self.links.len());
        self.links.len()
    }

    fn line(&self, row: &[Field]) -> String {
        let cells = self.widths.iter().enumerate().map(|(column, width)| {
            let (text, used) = row.get(column).map_or(("", 0), |field| (field.text.as_str(), field.width));
            let space = width.saturating_sub(used);
            let left = match self.alignments[column] {
                Alignment::Right => space,
                Alignment::Center => space / 2,
                Alignment::Left | Alignment::None => 0,
            };
            format!("{}{text}{}", " ".repeat(left), " ".repeat(space - left))
        });
        cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned()
    }
}

impl std::fmt::Display for Grid<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_headless = |row: &[Field]| row.iter().all(|field| field.text.is_empty());
        let begin = usize::from(self.rows.len() > 1 && is_headless(&self.rows[0]));
        for (index, row) in self.rows.iter().enumerate().skip(begin) {
            if index == 1 && begin == 0 {
                let dashes = self.widths.iter().map(|width| "-".repeat(*width));
                f.write_str(&dashes.collect::<Vec<_>>().join("-+-"))?;
                f.write_str("\n")?;
            }
            writeln!(f, "{}", self.line(row))?;
        }
        Ok(())
    }
}
