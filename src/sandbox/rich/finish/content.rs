//! What must be there: blocks with something in them, emoji that are emoji, dates that are dates.

use crate::sandbox::entities;
use crate::sandbox::rich::block::{self, Block};
use crate::sandbox::rich::text::{Kind, Span, Text};
use crate::sandbox::rich::{cells, emoji, map};

const CONTENT_REQUIRED: &str = "RICH_MESSAGE_CONTENT_REQUIRED";

/// Most buttons of a row.
const MAX_BUTTONS: usize = 8;

/// How far ahead a date may be, in seconds: about 1098 days.
const MAX_AHEAD_S: i64 = 1098 * 24 * 60 * 60;

/// Refuses what is empty or is not what it says.
pub(super) fn check(blocks: &[Block], now_s: i64) -> Result<(), String> {
    let mut result = Ok(());
    let mut is_visible = false;
    block::each(blocks, &mut |block| {
        if result.is_ok() {
            result = check_block(block, now_s);
        }
        is_visible = is_visible || shows(block);
    });
    result?;
    if is_visible { Ok(()) } else { Err("RICH_MESSAGE_EMPTY".into()) }
}

/// Whether something of the block itself can be seen.
fn shows(block: &Block) -> bool {
    match block {
        Block::Divider | Block::Map(_) | Block::MathematicalExpression { .. } | Block::Buttons { .. } => true,
        block if block.about().is_some() => true,
        block => block.texts().into_iter().any(|text| {
            let mut has_object = false;
            text.each_span(&mut |span| {
                has_object |= matches!(span.kind, Kind::MathematicalExpression { .. } | Kind::Button { .. });
            });
            has_object || !entities::is_blank(&text.plain())
        }),
    }
}

fn check_block(block: &Block, now_s: i64) -> Result<(), String> {
    let is_hollow = match block {
        Block::List { items } => items.is_empty(),
        Block::Table(table) => table.cells.is_empty() || table.cells.iter().any(Vec::is_empty),
        Block::MathematicalExpression { expression: text } | Block::Anchor { name: text } => text.is_empty(),
        Block::Buttons { buttons, .. } => buttons.is_empty(),
        _ => false,
    };
    if is_hollow || block.children().into_iter().any(<[Block]>::is_empty) {
        return Err(CONTENT_REQUIRED.into());
    }
    match block {
        Block::Buttons { buttons, align } => {
            let is_aligned = align.as_deref().is_none_or(|align| cells::ALIGNS.contains(&align));
            if buttons.len() > MAX_BUTTONS || !is_aligned {
                return Err("RICH_MESSAGE_INVALID".into());
            }
            buttons.iter().try_for_each(|button| check_text(button.label(), now_s))?;
        }
        Block::Map(map) => map::check(map)?,
        _ => {}
    }
    block.texts().into_iter().try_for_each(|text| check_text(text, now_s))
}

fn check_text(text: &Text, now_s: i64) -> Result<(), String> {
    let mut result = Ok(());
    text.each_span(&mut |span| {
        if result.is_ok() {
            result = check_span(span, now_s);
        }
    });
    if result.is_ok() && text.is_empty() { Err(CONTENT_REQUIRED.into()) } else { result }
}

fn check_span(span: &Span, now_s: i64) -> Result<(), String> {
    if span.text.as_ref().is_some_and(Text::is_empty) {
        return Err(CONTENT_REQUIRED.into());
    }
    match &span.kind {
        Kind::CustomEmoji { custom_emoji_id, alternative_text } => {
            let is_id = custom_emoji_id.parse::<i64>().is_ok_and(|id| id != 0);
            if is_id && emoji::is_one(alternative_text) {
                Ok(())
            } else {
                Err("RICH_MESSAGE_EMOJI_INVALID".into())
            }
        }
        Kind::DateTime { unix_time, date_time_format } => {
            if *unix_time <= 0 || !is_format(date_time_format) {
                Err("RICH_MESSAGE_DATE_INVALID".into())
            } else if *unix_time > now_s.saturating_add(MAX_AHEAD_S) {
                Err("RICH_MESSAGE_DATE_TOO_LONG".into())
            } else {
                Ok(())
            }
        }
        Kind::MathematicalExpression { expression: text }
        | Kind::Anchor { name: text }
        | Kind::Reference { name: text }
            if text.is_empty() =>
        {
            Err(CONTENT_REQUIRED.into())
        }
        Kind::Button { button } => check_text(button.label(), now_s),
        _ => Ok(()),
    }
}

/// `r|w?[dD]?[tT]?`, as it is documented.
fn is_format(format: &str) -> bool {
    let rest = format.strip_prefix('w').unwrap_or(format);
    let rest = rest.strip_prefix(['d', 'D']).unwrap_or(rest);
    let rest = rest.strip_prefix(['t', 'T']).unwrap_or(rest);
    format == "r" || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::{check, is_format};
    use crate::sandbox::rich::html;
    use crate::sandbox::rich::library::Library;

    #[test]
    fn hollow_blocks_are_refused() {
        for (source, expected) in [
            ("<p>x</p>", ""),
            ("<hr>", ""),
            ("<p>&nbsp;</p><p>x</p>", ""),
            ("<p><tg-math>x</tg-math></p>", ""),
            ("", "EMPTY"),
            (" \n", "EMPTY"),
            ("<p>&nbsp;</p>", "EMPTY"),
            ("<a name=\"x\"></a>", "EMPTY"),
            ("x<p> </p>", "CONTENT_REQUIRED"),
            ("x<h1></h1>", "CONTENT_REQUIRED"),
            ("x<pre></pre>", "CONTENT_REQUIRED"),
            ("x<ul></ul>", "CONTENT_REQUIRED"),
            ("x<ul><li></li></ul>", "CONTENT_REQUIRED"),
            ("x<blockquote></blockquote>", "CONTENT_REQUIRED"),
            ("x<details><summary>s</summary></details>", "CONTENT_REQUIRED"),
            ("x<table></table>", "CONTENT_REQUIRED"),
            ("x<table><tr></tr></table>", "CONTENT_REQUIRED"),
            ("x<tg-collage></tg-collage>", "CONTENT_REQUIRED"),
            ("x<tg-math-block></tg-math-block>", "CONTENT_REQUIRED"),
            ("x<tg-button-row></tg-button-row>", "CONTENT_REQUIRED"),
            ("<p>x<a href=\"https://a.b\"></a></p>", "CONTENT_REQUIRED"),
            ("<tg-emoji emoji-id=\"5\">👍</tg-emoji>", ""),
            ("<tg-emoji emoji-id=\"5\">thumb</tg-emoji>", "EMOJI_INVALID"),
            ("<tg-emoji emoji-id=\"x\">👍</tg-emoji>", "EMOJI_INVALID"),
            ("<img src=\"tg://emoji?id=5\" alt=\"\">", "EMOJI_INVALID"),
            ("<tg-time unix=\"100\" format=\"wDT\">x</tg-time>", ""),
            ("<tg-time unix=\"0\">x</tg-time>", "DATE_INVALID"),
            ("<tg-time unix=\"1\" format=\"x\">x</tg-time>", "DATE_INVALID"),
            ("<tg-time unix=\"94867201\">x</tg-time>", "DATE_TOO_LONG"),
        ] {
            let answer = html::read(source, &Library::default()).and_then(|blocks| check(&blocks, 0));
            let expected = if expected.is_empty() { Ok(()) } else { Err(format!("RICH_MESSAGE_{expected}")) };
            assert_eq!(answer, expected, "{source}");
        }
    }

    #[test]
    fn formats_have_an_order() {
        for (format, expected) in
            [("", true), ("r", true), ("wdt", true), ("DT", true), ("tw", false), ("rt", false)]
        {
            assert_eq!(is_format(format), expected, "{format}");
        }
    }
}
