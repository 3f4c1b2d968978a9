//! Tables: each cell with its header, in either of the two layouts.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::compare::Cursor;
use super::{Glyph, Placed, Style, Table, Want};

impl Cursor<'_> {
    /// Monospace lines; a rule below the header says where the columns are. Links are numbers, with a list below.
    pub(super) fn grid(&mut self, table: &Table) -> Result<(), String> {
        let block = self.block();
        let mut lines: Vec<&str> = block.split('\n').collect();
        let has_header = table.rows.first().is_some_and(|row| row.iter().any(|cell| !cell.is_empty()));
        let rows = if has_header { &table.rows[..] } else { &table.rows[1..] };
        let rule = if has_header && lines.len() > 1 { lines.remove(1) } else { "" };
        let mut urls: Vec<&str> = Vec::new();
        if lines.len() != rows.len() {
            return Err(format!("a table of {} rows has {} lines", rows.len(), lines.len()));
        }
        for (line, row) in lines.iter().zip(rows) {
            let fields = if has_header { fields(line, rule) } else { line.split(" |").collect() };
            for (column, cell) in row.iter().enumerate() {
                let wanted = plain(cell, &mut urls);
                let found: Vec<&str> =
                    fields.get(column).map_or("", |field| *field).split_whitespace().collect();
                let found = found.join(" ");
                let wanted = wanted.split_whitespace().collect::<Vec<_>>().join(" ");
                if found != wanted {
                    return Err(format!("cell {found:?} instead of {wanted:?} in line {line:?}"));
                }
            }
        }
        for (index, url) in urls.iter().enumerate() {
            format!("[{}]", index + 1).chars().try_for_each(|c| self.sign(c))?;
            for c in url.chars() {
                let linked = self.peek().and_then(|shown| shown.glyph.look.url.as_deref());
                if linked != Some(url) {
                    return Err(format!("{linked:?} instead of {url}"));
                }
                self.sign(c)?;
            }
        }
        Ok(())
    }

    /// Each cell behind the name of its column; empty cells are left out. A first column without a name has the names of
    /// the rows.
    pub(super) fn list(&mut self, table: &Table) -> Result<(), String> {
        let Some((header, rows)) = table.rows.split_first() else {
            return Ok(());
        };
        let names_rows = header.first().is_none_or(Vec::is_empty);
        for row in rows {
            for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                if column == 0 && names_rows {
                    self.cell(cell, true)?;
                    continue;
                }
                if let Some(name) = header.get(column).filter(|name| !name.is_empty()) {
                    self.cell(name, true)?;
                    self.sign(':')?;
                }
                self.cell(cell, false)?;
            }
        }
        Ok(())
    }

    fn cell(&mut self, cell: &[Placed], bold: bool) -> Result<(), String> {
        for placed in cell {
            match &placed.want {
                Want::Glyph(glyph) => {
                    let mut glyph = glyph.clone();
                    glyph.look.styles[Style::Bold as usize] |= bold && glyph.look.code.is_none();
                    self.glyph(&glyph)?;
                }
                Want::Note { label: number, .. } => number.chars().try_for_each(|digit| self.sign(digit))?,
                _ => return Err("a block in a cell".into()),
            }
        }
        Ok(())
    }
}

/// The line cut where the rule has its crosses, in columns of the display.
fn fields<'l>(line: &'l str, rule: &str) -> Vec<&'l str> {
    let mut out = Vec::new();
    let mut rest = line;
    for width in rule.split("-+-").map(str::len) {
        let end = rest
            .char_indices()
            .map(|(at, _)| at)
            .chain([rest.len()])
            .rfind(|at| rest[..*at].width() <= width);
        let (field, behind) = rest.split_at(end.unwrap_or(0));
        out.push(field);
        rest = behind.strip_prefix(" | ").or_else(|| behind.strip_prefix(" |")).unwrap_or("");
    }
    out
}

/// The text of a cell, with numbers behind its links.
fn plain<'c>(cell: &'c [Placed], urls: &mut Vec<&'c str>) -> String {
    let mut out = String::new();
    let mut open: Option<&'c str> = None;
    let close = |open: &mut Option<&'c str>, out: &mut String, urls: &mut Vec<&'c str>| {
        let Some(url) = open.take() else { return };
        let known = urls.iter().position(|known| *known == url).unwrap_or_else(|| {
            urls.push(url);
            urls.len() - 1
        });
        let _ = write!(out, " [{}]", known + 1);
    };
    for (at, placed) in cell.iter().enumerate() {
        match &placed.want {
            Want::Glyph(Glyph { c, gap, look }) => {
                if open != look.url.as_deref() {
                    close(&mut open, &mut out, urls);
                    open = look.url.as_deref();
                }
                if *gap && !out.is_empty() {
                    out.push(' ');
                }
                out.push(*c);
            }
            Want::Note { label: number, gap } => {
                let goes_on = matches!(cell.get(at + 1).map(|placed| &placed.want),
                    Some(Want::Glyph(glyph)) if glyph.look.url.as_deref() == open);
                if !goes_on {
                    close(&mut open, &mut out, urls);
                }
                if *gap && !out.is_empty() {
                    out.push(' ');
                }
                out.push_str(number);
            }
            _ => {}
        }
    }
    close(&mut open, &mut out, urls);
    out
}
