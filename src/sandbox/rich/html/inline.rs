//! Elements within text to `RichText`.

use serde_json::{Map, Value, json};

use super::block::CONTENT_REQUIRED;
use super::tree::{Element, Node, is_inline};
use crate::sandbox::rich::button::Button;
use crate::sandbox::rich::text::{Kind, Text};

/// Reads a run of text whose blanks collapse, without blanks at its ends.
pub(super) fn read<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Result<Text, String> {
    let text = Reader { keeps_blanks: false, after_blank: true }.nodes(nodes)?;
    Ok(trimmed(text).unwrap_or_else(|| Text::Plain(String::new())))
}

/// Reads a text in which every blank counts.
pub(super) fn read_verbatim<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Result<Text, String> {
    Reader { keeps_blanks: true, after_blank: false }.nodes(nodes)
}

struct Reader {
    keeps_blanks: bool,
    /// Whether a blank here would be one too many: at the start, and behind another.
    after_blank: bool,
}

impl Reader {
    fn nodes<'a>(&mut self, nodes: impl IntoIterator<Item = &'a Node>) -> Result<Text, String> {
        let mut parts = Vec::new();
        for node in nodes {
            match node {
                Node::Text(text) if self.keeps_blanks => parts.push(Text::Plain(text.clone())),
                Node::Text(text) => parts.push(Text::Plain(self.collapse(text))),
                Node::Element(element) => parts.extend(self.element(element)?),
            }
        }
        Ok(Text::join(parts))
    }

    fn collapse(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            // A no-break space is none of these: it stays.
            let is_blank = c.is_ascii_whitespace();
            if !is_blank {
                out.push(c);
            } else if !self.after_blank {
                out.push(' ');
            }
            self.after_blank = is_blank;
        }
        out
    }

    /// What an element becomes; nothing when it only formats and holds nothing.
    fn element(&mut self, element: &Element) -> Result<Option<Text>, String> {
        if !is_inline(element) {
            return Err(CONTENT_REQUIRED.into());
        }
        let kind = match element.name() {
            "br" => {
                self.after_blank = false;
                return Ok(Some(Text::Plain("\n".into())));
            }
            "a" => return self.link(element).map(Some),
            "tg-emoji" | "img" | "tg-math" | "tg-button" => {
                self.after_blank = false;
                return object(element).map(Some);
            }
            "tg-reference" => Kind::Reference { name: attribute(element, "name") },
            "tg-time" => date_time(element),
            name => style(name),
        };
        let text = self.nodes(&element.children)?;
        let is_style = !matches!(kind, Kind::Reference { .. } | Kind::DateTime { .. });
        Ok(if is_style && text == Text::Plain(String::new()) { None } else { Some(Text::span(kind, text)) })
    }

    /// `a` with a name is an anchor before its text, `a` with an address is a link; it may be both.
    fn link(&mut self, element: &Element) -> Result<Text, String> {
        let anchor = element.tag.get("name").map(|name| Text::mark(Kind::Anchor { name: name.to_owned() }));
        let text = self.nodes(&element.children)?;
        let text = match element.tag.get("href") {
            Some(url) => Text::span(Kind::Url { url: url.to_owned() }, text),
            None => text,
        };
        Ok(Text::join(anchor.into_iter().chain([text]).collect()))
    }
}

fn attribute(element: &Element, name: &str) -> String {
    element.tag.get(name).unwrap_or_default().to_owned()
}

fn style(name: &str) -> Kind {
    match name {
        "b" | "strong" => Kind::Bold,
        "i" | "em" => Kind::Italic,
        "u" | "ins" => Kind::Underline,
        "s" | "strike" | "del" => Kind::Strikethrough,
        "sub" => Kind::Subscript,
        "sup" => Kind::Superscript,
        "mark" => Kind::Marked,
        "code" => Kind::Code,
        // `tg-spoiler`, the last of the inline elements.
        _ => Kind::Spoiler,
    }
}

/// A date; a time that is no number is 0, which is refused later.
fn date_time(element: &Element) -> Kind {
    Kind::DateTime {
        unix_time: element.tag.get("unix").and_then(|unix| unix.parse().ok()).unwrap_or(0),
        date_time_format: attribute(element, "format"),
    }
}

/// What stands in a text like a character.
fn object(element: &Element) -> Result<Text, String> {
    let kind = match element.name() {
        "tg-emoji" => Kind::CustomEmoji {
            custom_emoji_id: attribute(element, "emoji-id"),
            alternative_text: element.raw_text().trim().to_owned(),
        },
        "img" => Kind::CustomEmoji {
            custom_emoji_id: emoji_id(&attribute(element, "src")),
            alternative_text: attribute(element, "alt"),
        },
        "tg-math" => Kind::MathematicalExpression { expression: element.raw_text().trim().to_owned() },
        _ => Kind::Button { button: button(element)? },
    };
    Ok(Text::mark(kind))
}

/// The id in `tg://emoji?id=N`.
fn emoji_id(src: &str) -> String {
    src.strip_prefix("tg://emoji?id=").unwrap_or_default().to_owned()
}

/// `tg-button`: its `type` names what happens, other attributes say with what.
pub(super) fn button(element: &Element) -> Result<Button, String> {
    let text = read(&element.children)?;
    let value = |name: &str| Value::from(attribute(element, name));
    let kind = attribute(element, "type");
    let action = match kind.as_str() {
        "url" => value("url"),
        "callback_data" => value("data"),
        "web_app" | "login_url" => json!({"url": value("url")}),
        "switch_inline_query" | "switch_inline_query_current_chat" => value("query"),
        "switch_inline_query_chosen_chat" => chosen_chat(element),
        "copy_text" => json!({"text": value("text")}),
        "disabled" => json!({}),
        _ => return Err("BUTTON_TYPE_INVALID".into()),
    };
    Ok(Button::new(text, &attribute(element, "style"), Map::from_iter([(kind, action)])))
}

fn chosen_chat(element: &Element) -> Value {
    let kinds = ["user", "bot", "group", "channel"];
    let kinds = kinds
        .map(|kind| (format!("allow_{kind}_chats"), element.tag.has(&format!("allow-{kind}-chats")).into()));
    let query = ("query".to_owned(), attribute(element, "query").into());
    kinds.into_iter().chain([query]).collect::<Map<_, _>>().into()
}

/// Without the blank at the end, which is one at most; nothing when nothing is left.
fn trimmed(text: Text) -> Option<Text> {
    match text {
        Text::Plain(text) => {
            let text = text.strip_suffix(' ').unwrap_or(&text);
            (!text.is_empty()).then(|| Text::Plain(text.to_owned()))
        }
        Text::Parts(mut parts) => {
            let last = parts.pop().and_then(trimmed);
            parts.extend(last);
            Some(Text::join(parts)).filter(|text| *text != Text::Plain(String::new()))
        }
        Text::Span(mut span) => {
            if let Some(text) = span.text.take() {
                let is_lasting =
                    matches!(span.kind, Kind::Reference { .. } | Kind::DateTime { .. } | Kind::Url { .. });
                match trimmed(text) {
                    None if !is_lasting => return None,
                    text => span.text = Some(text.unwrap_or_else(|| Text::Plain(String::new()))),
                }
            }
            Some(Text::Span(span))
        }
    }
}
