//! Which HTML elements mean what in a message.

use super::tag::Tag;
use crate::render::tree::Style;

/// An element that a message can express.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::render) enum Element {
    Style(Style),
    /// With the language of `class="language-…"`.
    Code(Option<String>),
    Pre,
    Sub,
    Sup,
    /// With its `href`.
    Link(String),
    /// With its `emoji-id`.
    Emoji(String),
    Time {
        unix: String,
        format: String,
    },
    Quote {
        expandable: bool,
    },
    Details,
    Summary,
    /// Nothing of its own: the content counts.
    Unknown,
}

/// What a tag of some name is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Class {
    Element(Element),
    Break,
    Rule,
    Picture,
    /// HTML that separates blocks, but can't be expressed.
    Block,
    /// HTML without content that can't be expressed.
    Void,
    /// Holds no text for readers.
    Script,
    /// Not an HTML element: text in angle brackets.
    Literal,
}

const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "body",
    "caption",
    "center",
    "colgroup",
    "dd",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "frame",
    "frameset",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hgroup",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "noframes",
    "ol",
    "optgroup",
    "option",
    "p",
    "search",
    "section",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
];

const VOIDS: &[&str] =
    &["area", "base", "basefont", "col", "embed", "input", "link", "meta", "param", "source", "track", "wbr"];

const INLINES: &[&str] = &[
    "abbr", "acronym", "audio", "bdi", "bdo", "big", "button", "canvas", "cite", "data", "datalist", "dfn",
    "dialog", "font", "iframe", "kbd", "label", "map", "mark", "meter", "nobr", "noscript", "object",
    "output", "picture", "progress", "q", "rp", "rt", "ruby", "samp", "select", "slot", "small", "span",
    "svg", "template", "textarea", "time", "tt", "var", "video",
];

/// Reads an opening tag; `name` is its name in lower case.
pub(super) fn classify(name: &str, tag: &Tag<'_>) -> Class {
    let value = |attribute: &str| tag.attribute(attribute).unwrap_or_default();
    Class::Element(match name {
        "b" | "strong" => Element::Style(Style::Bold),
        "i" | "em" => Element::Style(Style::Italic),
        "u" | "ins" => Element::Style(Style::Underline),
        "s" | "strike" | "del" => Element::Style(Style::Strike),
        "tg-spoiler" => Element::Style(Style::Spoiler),
        "span" if value("class") == "tg-spoiler" => Element::Style(Style::Spoiler),
        "code" => Element::Code(value("class").strip_prefix("language-").map(Into::into)),
        "pre" => Element::Pre,
        "sub" => Element::Sub,
        "sup" => Element::Sup,
        "a" => tag.attribute("href").map_or(Element::Unknown, Element::Link),
        "tg-emoji" => Element::Emoji(value("emoji-id")),
        "tg-time" => Element::Time { unix: value("unix"), format: value("format") },
        "blockquote" => Element::Quote { expandable: tag.attribute("expandable").is_some() },
        "details" => Element::Details,
        "summary" => Element::Summary,
        "br" => return Class::Break,
        "hr" => return Class::Rule,
        "img" => return Class::Picture,
        "script" | "style" => return Class::Script,
        name if BLOCKS.contains(&name) => return Class::Block,
        name if VOIDS.contains(&name) => return Class::Void,
        name if INLINES.contains(&name) => Element::Unknown,
        _ => return Class::Literal,
    })
}
