//! The shape of a table: how its cells may stand, and how many columns they make.

use super::block::Cell;

pub(super) const ALIGNS: [&str; 3] = ["left", "center", "right"];
pub(super) const VALIGNS: [&str; 3] = ["top", "middle", "bottom"];

/// Most columns of a table.
pub(super) const MAX_COLUMNS: usize = 20;

/// How many columns the rows take, with the cells that reach down into them. Counting ends where there are too many.
pub(super) fn columns(rows: &[Vec<Cell>]) -> usize {
    // Cells that reach into the rows below: their columns, and for how many rows more.
    let mut reaching: Vec<(usize, usize)> = Vec::new();
    let mut most = 0;
    for row in rows {
        let above: usize = reaching.iter().map(|(columns, _)| columns).sum();
        let own: usize = row.iter().map(|cell| cell.colspan).sum();
        most = most.max(above + own);
        if most > MAX_COLUMNS {
            break;
        }
        for (_, left) in &mut reaching {
            *left -= 1;
        }
        reaching.extend(row.iter().map(|cell| (cell.colspan, cell.rowspan - 1)));
        reaching.retain(|(_, left)| *left > 0);
    }
    most
}

#[cfg(test)]
mod tests {
    use super::{Cell, columns};

    #[test]
    fn spans_count() {
        let cell = |colspan, rowspan| {
            let (align, valign) = ("left".into(), "top".into());
            Cell { text: None, is_header: false, colspan, rowspan, align, valign }
        };
        assert_eq!(columns(&[]), 0);
        assert_eq!(columns(&[vec![cell(1, 1), cell(3, 1)], vec![cell(1, 1)]]), 4);
        assert_eq!(
            columns(&[vec![cell(2, 3)], vec![cell(1, 1)], vec![cell(1, 1); 4], vec![cell(1, 1); 5]]),
            6
        );
    }
}
