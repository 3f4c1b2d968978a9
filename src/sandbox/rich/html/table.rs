//! `table`, its rows and its cells.

use super::block::{Reader, elements, split_off};
use super::inline;
use super::token::MALFORMED;
use super::tree::Element;
use crate::sandbox::rich::block::{Block, Cell, Table};
use crate::sandbox::rich::cells::{ALIGNS, VALIGNS};

impl Reader<'_> {
    /// A table. Alignments that are not known are refused; without one a cell is `left` and `middle`.
    pub(super) fn table(self, element: &Element) -> Result<Block, String> {
        let (caption, rest) = split_off(element, "caption")?;
        let mut cells = Vec::new();
        for row in elements(rest)? {
            if row.name() != "tr" {
                return Err(MALFORMED.into());
            }
            let row = elements(&row.children)?;
            cells.push(row.into_iter().map(cell).collect::<Result<Vec<Cell>, _>>()?);
        }
        Ok(Block::Table(Table {
            cells,
            is_bordered: element.tag.has("bordered"),
            is_striped: element.tag.has("striped"),
            is_compact: element.tag.has("compact"),
            caption,
        }))
    }
}

fn cell(element: &Element) -> Result<Cell, String> {
    if !matches!(element.name(), "td" | "th") {
        return Err(MALFORMED.into());
    }
    let text = inline::read(&element.children)?;
    let one_of = |name: &str, known: [&str; 3], default: &str| {
        let value = element.tag.get(name).unwrap_or(default);
        if known.contains(&value) { Ok(value.to_owned()) } else { Err(MALFORMED.to_owned()) }
    };
    Ok(Cell {
        text: Some(text).filter(|text| !text.is_empty()),
        is_header: element.name() == "th",
        colspan: span(element, "colspan")?,
        rowspan: span(element, "rowspan")?,
        align: one_of("align", ALIGNS, "left")?,
        valign: one_of("valign", VALIGNS, "middle")?,
    })
}

/// How many columns or rows a cell spans; 0 counts as 1.
fn span(element: &Element, name: &str) -> Result<usize, String> {
    let Some(text) = element.tag.get(name) else {
        return Ok(1);
    };
    let count = text.trim().parse::<u16>().map_err(|_| format!("Invalid table cell {name} specified"))?;
    Ok(usize::from(count).max(1))
}
