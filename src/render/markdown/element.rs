//! Which HTML elements mean what in a message.

use bumpalo::Bump;

use super::Tag as Markdown;
use super::extra::Extra;
use super::structure::markdown_of;
use super::tag;
use crate::content::Format;
use crate::render::tree::Style;

/// An element that a message can express.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::render) enum Element<'a> {
    Style(Style),
    /// With the language of `class="language-…"`.
    Code(Option<&'a str>),
    Pre,
    Sub,
    Sup,
    /// With its `href`.
    Link(&'a str),
    /// With its `emoji-id`.
    Emoji(&'a str),
    Time {
        unix: &'a str,
        format: &'a str,
    },
    Quote {
        expandable: bool,
    },
    Details {
        open: bool,
    },
    Summary,
    /// In rich messages only.
    Extra(Extra),
    /// Text that stands around the content: quotation marks, what an abbreviation stands for.
    Around {
        before: &'static str,
        after: &'a str,
    },
    /// Script or style: its content is not for readers.
    Hidden,
    /// Nothing of its own: the content counts.
    Plain,
    /// As [`Self::Plain`], although there should be more to it.
    Unknown,
}

impl Element<'_> {
    /// Whether it stands on lines of its own whatever is in it.
    pub(super) fn is_block(&self) -> bool {
        match self {
            Self::Quote { .. } | Self::Details { .. } | Self::Summary | Self::Pre => true,
            Self::Extra(extra) => extra.is_block(),
            _ => false,
        }
    }
}

/// What a tag of some name is.
#[derive(Debug, PartialEq)]
pub(super) enum Class<'a> {
    Element(Element<'a>),
    /// HTML that Markdown has a form for.
    Markdown(Markdown<'a>),
    Break,
    Rule,
    Picture,
    /// HTML that only separates blocks.
    Division,
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
    "aside", "center", "dir", "fieldset", "form", "frame", "frameset", "head", "legend", "noframes",
    "optgroup", "option", "title",
];

const DIVISIONS: &[&str] = &[
    "address",
    "article",
    "body",
    "colgroup",
    "div",
    "figcaption",
    "figure",
    "footer",
    "header",
    "hgroup",
    "html",
    "main",
    "nav",
    "p",
    "search",
    "section",
    "tbody",
    "tfoot",
    "thead",
];

const VOIDS: &[&str] =
    &["area", "base", "basefont", "col", "embed", "input", "link", "meta", "param", "source", "track", "wbr"];

const INLINES: &[&str] = &[
    "audio", "bdi", "bdo", "big", "button", "canvas", "data", "datalist", "dialog", "font", "iframe",
    "label", "map", "meter", "nobr", "noscript", "object", "output", "picture", "progress", "rp", "rt",
    "ruby", "select", "slot", "small", "svg", "template", "textarea", "time", "video",
];

/// Reads an opening tag; `name` is its name in lower case.
pub(super) fn classify<'a>(name: &str, tag: tag::Tag<'a>, format: Format, arena: &'a Bump) -> Class<'a> {
    if let Some(markdown) = markdown_of(name, tag, arena) {
        return Class::Markdown(markdown);
    }
    if format == Format::Rich
        && let Some(extra) = Extra::of(name)
    {
        return Class::Element(Element::Extra(extra));
    }
    let value = |attribute: &str| tag.attribute(attribute, arena).unwrap_or_default();
    Class::Element(match name {
        "b" | "strong" | "mark" => Element::Style(Style::Bold),
        "i" | "em" | "cite" | "dfn" | "var" => Element::Style(Style::Italic),
        "u" | "ins" => Element::Style(Style::Underline),
        "s" | "strike" | "del" => Element::Style(Style::Strike),
        "tg-spoiler" => Element::Style(Style::Spoiler),
        "span" if value("class") == "tg-spoiler" => Element::Style(Style::Spoiler),
        "code" => Element::Code(value("class").strip_prefix("language-")),
        "kbd" | "samp" | "tt" => Element::Code(None),
        "q" => Element::Around { before: "“", after: "”" },
        "abbr" | "acronym" => match value("title") {
            title if title.trim().is_empty() => Element::Plain,
            title => Element::Around { before: "", after: arena.alloc_str(&format!(" ({})", title.trim())) },
        },
        "span" => Element::Plain,
        "pre" => Element::Pre,
        "sub" => Element::Sub,
        "sup" => Element::Sup,
        "a" => tag.attribute("href", arena).map_or(Element::Plain, Element::Link),
        "tg-emoji" => Element::Emoji(value("emoji-id")),
        "tg-time" => Element::Time { unix: value("unix"), format: value("format") },
        "blockquote" => Element::Quote { expandable: tag.has("expandable") },
        "details" => Element::Details { open: tag.has("open") },
        "summary" => Element::Summary,
        "br" => return Class::Break,
        "hr" => return Class::Rule,
        "img" => return Class::Picture,
        "script" | "style" => return Class::Script,
        name if DIVISIONS.contains(&name) => return Class::Division,
        name if BLOCKS.contains(&name) => return Class::Block,
        name if VOIDS.contains(&name) => return Class::Void,
        name if INLINES.contains(&name) => Element::Unknown,
        _ => return Class::Literal,
    })
}
