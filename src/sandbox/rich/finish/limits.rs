//! Limits of a rich message (Bot API 10.3, checked 2026-11-20).

use crate::sandbox::rich::block::{self, Block};
use crate::sandbox::rich::cells;
use crate::sandbox::rich::text::Text;

/// Characters, counted in code points.
const MAX_TEXT: usize = 32_768;
/// Blocks, nested ones, list items and rows of tables included.
const MAX_BLOCKS: usize = 500;
/// Levels of nesting.
const MAX_DEPTH: usize = 16;
/// Files.
const MAX_MEDIA: usize = 50;

/// Refuses what is too much of something.
pub(super) fn check(blocks: &[Block]) -> Result<(), String> {
    let (mut text, mut count, mut media, mut columns, mut depth) = (0, 0, 0, 0, depth(blocks));
    block::each(blocks, &mut |block| {
        text += characters(block);
        count += 1 + parts(block);
        media += usize::from(block.about().is_some());
        if let Block::Table(table) = block {
            columns = columns.max(cells::columns(&table.cells));
        }
        depth = block.texts().into_iter().map(Text::depth).fold(depth, usize::max);
    });
    let limits = [
        (text, MAX_TEXT, "TEXT_TOO_LONG"),
        (count, MAX_BLOCKS, "BLOCKS_TOO_MANY"),
        (depth, MAX_DEPTH, "DEPTH_INVALID"),
        (media, MAX_MEDIA, "MEDIA_TOO_MANY"),
        (columns, cells::MAX_COLUMNS, "TABLE_COLS_TOO_MANY"),
    ];
    match limits.into_iter().find(|(value, most, _)| value > most) {
        Some((_, _, error)) => Err(format!("RICH_MESSAGE_{error}")),
        None => Ok(()),
    }
}

/// Characters of the block itself.
fn characters(block: &Block) -> usize {
    let texts: usize = block.texts().into_iter().map(Text::length).sum();
    let own = match block {
        Block::MathematicalExpression { expression } => expression.chars().count(),
        Block::Buttons { buttons, .. } => buttons.iter().map(|button| button.label().length()).sum(),
        _ => 0,
    };
    texts + own
}

/// What counts as a block without being one.
fn parts(block: &Block) -> usize {
    match block {
        Block::List { items } => items.len(),
        Block::Table(table) => table.cells.len(),
        _ => 0,
    }
}

/// How deep blocks stand in each other.
///
/// Known: 16 quotations around a text are taken and 17 are not; with `details` it is 15 and 16. So the text of a
/// quotation that holds nothing else is no level of its own, and a paragraph in `details` is one. An item of a list is
/// taken as a quotation in this, and as a level beside its list, which is not known. Formatting within text is counted
/// for itself, to the same limit.
fn depth(blocks: &[Block]) -> usize {
    blocks.iter().map(levels).max().unwrap_or(0)
}

fn levels(block: &Block) -> usize {
    let inner = |blocks: &[Block]| match blocks {
        [Block::Paragraph { .. }] => 0,
        blocks => depth(blocks),
    };
    match block {
        Block::Blockquote { blocks, .. } => 1 + inner(blocks),
        Block::List { items } => 2 + items.iter().map(|item| inner(&item.blocks)).max().unwrap_or(0),
        _ => 1 + block.children().into_iter().map(depth).max().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::{Block, Text, check};
    use crate::sandbox::rich::html;
    use crate::sandbox::rich::library::Library;
    use crate::sandbox::rich::text::Kind;

    fn refused(source: &str) -> Option<String> {
        check(&html::read(source, &Library::default()).unwrap()).err()
    }

    fn nested(open: &str, close: &str, times: usize) -> String {
        format!("{}x{}", open.repeat(times), close.repeat(times))
    }

    #[test]
    fn blocks_are_nested_sixteen_deep() {
        let depth = Some("RICH_MESSAGE_DEPTH_INVALID".to_owned());
        for (open, close, most) in [
            ("<blockquote>", "</blockquote>", 16),
            ("<details><summary>s</summary>", "</details>", 15),
            ("<ul><li>", "</li></ul>", 8),
            ("<b>", "</b>", 16),
        ] {
            assert_eq!(refused(&nested(open, close, most)), None, "{most} {open}");
            assert_eq!(refused(&nested(open, close, most + 1)), depth, "{} {open}", most + 1);
        }
    }

    #[test]
    fn everything_with_a_number_is_counted() {
        for (at, over, error) in [
            ("<p>x</p>".repeat(500), "<p>x</p>".repeat(501), "BLOCKS_TOO_MANY"),
            (
                format!("<ul>{}</ul>", "<li>x</li>".repeat(249)),
                format!("<ul>{}</ul>", "<li>x</li>".repeat(250)),
                "BLOCKS_TOO_MANY",
            ),
            (
                format!("<table>{}</table>", "<tr><td>x</td></tr>".repeat(499)),
                format!("<table>{}</table>", "<tr><td>x</td></tr>".repeat(500)),
                "BLOCKS_TOO_MANY",
            ),
            (
                "<img src=\"https://a.b/c\">".repeat(50),
                format!("<tg-collage>{}</tg-collage>", "<img src=\"https://a.b/c\">".repeat(51)),
                "MEDIA_TOO_MANY",
            ),
            (
                format!("<table><tr>{}</tr></table>", "<td>x</td>".repeat(20)),
                "<table><tr><td colspan=20>x</td><td>x</td></tr></table>".to_owned(),
                "TABLE_COLS_TOO_MANY",
            ),
            ("x".repeat(32_768), "x".repeat(32_769), "TEXT_TOO_LONG"),
        ] {
            assert_eq!(refused(&at), None, "{error}");
            assert_eq!(refused(&over), Some(format!("RICH_MESSAGE_{error}")));
        }
    }

    #[test]
    fn characters_that_are_not_shown_count() {
        let emoji =
            Kind::CustomEmoji { custom_emoji_id: "1".into(), alternative_text: "👍".repeat(32_768) };
        let formula = |extra: &str| {
            let text = Text::join(vec![Text::Plain(extra.into()), Text::mark(emoji.clone())]);
            check(&[Block::Paragraph { text }])
        };
        assert_eq!(formula(""), Ok(()));
        assert_eq!(formula("x"), Err("RICH_MESSAGE_TEXT_TOO_LONG".into()));
    }
}
