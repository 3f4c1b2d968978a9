//! What each code unit of a text is: lists of entities can differ and mean the same, this can't.

use tgsync::render::tree::{Block, Body, Inline, Link, Style, Text};
use tgsync::sandbox::entities::{Formatted, Kind};

use super::POST_LINK;

/// Everything that holds for one UTF-16 code unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Unit {
    styles: [bool; 5],
    quote: Option<bool>,
    /// Code, link, emoji or date, with its data.
    whole: String,
}

/// As the tree means it.
pub(super) fn of_text(text: &Text<'_>) -> Vec<Unit> {
    let mut units = Vec::new();
    blocks(&text.blocks, &Unit::default(), &mut units);
    units
}

fn push(text: &str, unit: &Unit, units: &mut Vec<Unit>) {
    units.extend(text.encode_utf16().map(|_| unit.clone()));
}

fn blocks(blocks: &[Block<'_>], around: &Unit, units: &mut Vec<Unit>) {
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            push(block.gap.as_str(), around, units);
        }
        match &block.body {
            Body::Paragraph(content) => inlines(content, around, units),
            Body::Pre { language, code } => {
                let whole = format!("pre {}", language.as_deref().unwrap_or_default());
                push(code, &Unit { whole, ..around.clone() }, units);
            }
            Body::Quote { expandable, blocks: inner } => {
                blocks_in_quote(inner, *expandable, units);
            }
        }
    }
}

fn blocks_in_quote(inner: &[Block<'_>], expandable: bool, units: &mut Vec<Unit>) {
    blocks(inner, &Unit { quote: Some(expandable), ..Unit::default() }, units);
}

fn inlines(content: &[Inline<'_>], around: &Unit, units: &mut Vec<Unit>) {
    for inline in content {
        let opaque = |whole: String| Unit { whole, styles: [false; 5], ..around.clone() };
        match inline {
            Inline::Text(text) => push(text, around, units),
            Inline::Style(style, content) => {
                let mut inner = around.clone();
                inner.styles[place(*style)] = true;
                inlines(content, &inner, units);
            }
            Inline::Code(code) => push(code, &opaque("code".into()), units),
            Inline::Time { unix, format, text } => {
                push(text, &opaque(format!("time {unix} {format}")), units);
            }
            Inline::Emoji { id, alt } => {
                push(alt, &Unit { whole: format!("emoji {id}"), ..around.clone() }, units);
            }
            Inline::Link { to, content } => {
                let url = match to {
                    Link::Url(url) => url.as_ref(),
                    Link::Post(_) => POST_LINK,
                };
                inlines(content, &Unit { whole: link(url), ..around.clone() }, units);
            }
        }
    }
}

/// Links to people come back as their ids.
fn link(url: &str) -> String {
    let url = if url.starts_with("tg://user?") { "tg://user" } else { url };
    format!("link {url}")
}

fn place(style: Style) -> usize {
    match style {
        Style::Bold => 0,
        Style::Italic => 1,
        Style::Underline => 2,
        Style::Strike => 3,
        Style::Spoiler => 4,
    }
}

/// As the message has it.
pub(super) fn of_message(message: &Formatted) -> Vec<Unit> {
    let mut units = vec![Unit::default(); message.text.encode_utf16().count()];
    for entity in &message.entities {
        for unit in &mut units[entity.offset..entity.end()] {
            match &entity.kind {
                Kind::Bold => unit.styles[0] = true,
                Kind::Italic => unit.styles[1] = true,
                Kind::Underline => unit.styles[2] = true,
                Kind::Strikethrough => unit.styles[3] = true,
                Kind::Spoiler => unit.styles[4] = true,
                Kind::Blockquote => unit.quote = Some(false),
                Kind::ExpandableBlockquote => unit.quote = Some(true),
                kind => unit.whole = whole(kind),
            }
        }
    }
    units
}

fn whole(kind: &Kind) -> String {
    match kind {
        Kind::Code => "code".into(),
        Kind::Pre { language } => format!("pre {}", language.as_deref().unwrap_or_default()),
        Kind::TextLink { url } => link(url),
        Kind::TextMention { user } => link(&format!("tg://user?id={}", user.id)),
        Kind::CustomEmoji { custom_emoji_id } => format!("emoji {custom_emoji_id}"),
        Kind::DateTime { unix_time, date_time_format } => format!("time {unix_time} {date_time_format}"),
        other => panic!("{other:?} was not written"),
    }
}
