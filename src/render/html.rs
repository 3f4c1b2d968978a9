//! The tree as Telegram's classic HTML: the only place that escapes.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::limits;
use super::scan::find;
use super::tree::{Block, Body, Gap, Inline, Link, Style, Text};
use crate::ids::Slug;

/// What a block takes, roughly, in bytes.
const BLOCK: usize = 256;

/// The `text` parameter of `sendMessage` with `parse_mode=HTML`. A post without a URL is plain text.
pub fn html(text: &Text<'_>, url_of: &dyn Fn(&Slug) -> Option<String>) -> String {
    let mut writer = Writer { out: String::with_capacity(text.blocks.len() * BLOCK), url_of };
    writer.blocks(&text.blocks);
    writer.out
}

/// The form that is digested: links to posts stay `post:SLUG`, so that it does not depend on message ids.
pub fn canonical(text: &Text<'_>) -> String {
    html(text, &|slug| Some(format!("post:{slug}")))
}

/// `text` as HTML that says just that.
pub fn escape(text: &str) -> String {
    let mut writer = Writer { out: String::with_capacity(text.len()), url_of: &|_| None };
    writer.text(text);
    writer.out
}

/// The bytes that `text` takes.
pub(super) fn text_bytes(text: &str) -> usize {
    let special = text.bytes().filter(|byte| is_special(*byte, false));
    text.len() + special.map(|byte| reference(byte).len() - 1).sum::<usize>()
}

/// The bytes of the tags around an inline node, with links to posts at their longest.
pub(super) fn inline_tag_bytes(node: &Inline<'_>) -> usize {
    let hollow = match node {
        Inline::Text(_) => return 0,
        Inline::Style(style, _) => Inline::Style(*style, Vec::new()),
        Inline::Code(_) => Inline::Code(Cow::default()),
        Inline::Link { to, .. } => Inline::Link { to: to.clone(), content: Vec::new() },
        Inline::Emoji { id, .. } => Inline::Emoji { id: *id, alt: Cow::default() },
        Inline::Time { unix, format, .. } => {
            Inline::Time { unix: *unix, format: format.clone(), text: Cow::default() }
        }
    };
    tag_bytes(Body::Paragraph(vec![hollow]))
}

/// As [`inline_tag_bytes`], for a block.
pub(super) fn block_tag_bytes(body: &Body<'_>) -> usize {
    match body {
        Body::Paragraph(_) => 0,
        Body::Pre { language, .. } => {
            tag_bytes(Body::Pre { language: language.clone(), code: Cow::default() })
        }
        Body::Quote { expandable, .. } => {
            tag_bytes(Body::Quote { expandable: *expandable, blocks: Vec::new() })
        }
    }
}

fn tag_bytes(hollow: Body<'_>) -> usize {
    let text = Text { blocks: vec![Block::plain(Gap::Blank, hollow)] };
    html(&text, &|_| Some("x".repeat(limits::POST_LINK_BYTES))).len()
}

struct Writer<'a> {
    out: String,
    url_of: &'a dyn Fn(&Slug) -> Option<String>,
}

impl Writer<'_> {
    fn blocks(&mut self, blocks: &[Block<'_>]) {
        for (index, block) in blocks.iter().enumerate() {
            if index > 0 {
                self.out.push_str(block.gap.as_str());
            }
            match &block.body {
                Body::Paragraph(content) => self.inlines(content),
                Body::Pre { language, code } => self.pre(language.as_deref(), code),
                Body::Quote { expandable, blocks } => {
                    self.out.push_str(if *expandable { "<blockquote expandable>" } else { "<blockquote>" });
                    self.blocks(blocks);
                    self.out.push_str("</blockquote>");
                }
            }
        }
    }

    /// The language counts only when `code` covers exactly what `pre` covers.
    fn pre(&mut self, language: Option<&str>, code: &str) {
        self.out.push_str("<pre>");
        if let Some(language) = language {
            self.out.push_str("<code class=\"language-");
            self.attribute(language);
            self.out.push_str("\">");
        }
        self.text(code);
        self.out.push_str(if language.is_some() { "</code></pre>" } else { "</pre>" });
    }

    fn inlines(&mut self, content: &[Inline<'_>]) {
        for inline in content {
            match inline {
                Inline::Text(text) => self.text(text),
                Inline::Style(style, content) => {
                    let tag = tag_of(*style);
                    self.all(["<", tag, ">"]);
                    self.inlines(content);
                    self.all(["</", tag, ">"]);
                }
                Inline::Code(code) => {
                    self.out.push_str("<code>");
                    self.text(code);
                    self.out.push_str("</code>");
                }
                Inline::Link { to, content } => self.link(to, content),
                Inline::Emoji { id, alt } => {
                    let _ = write!(self.out, "<tg-emoji emoji-id=\"{id}\">");
                    self.text(alt);
                    self.out.push_str("</tg-emoji>");
                }
                Inline::Time { unix, format, text } => self.time(*unix, format, text),
            }
        }
    }

    fn link(&mut self, to: &Link<'_>, content: &[Inline<'_>]) {
        let url = match to {
            Link::Url(url) => Some(Cow::Borrowed(url.as_ref())),
            Link::Post(slug) => (self.url_of)(slug).map(Cow::Owned),
        };
        let Some(url) = url else {
            return self.inlines(content);
        };
        self.out.push_str("<a href=\"");
        self.attribute(&url);
        self.out.push_str("\">");
        self.inlines(content);
        self.out.push_str("</a>");
    }

    fn time(&mut self, unix: i32, format: &str, text: &str) {
        let _ = write!(self.out, "<tg-time unix=\"{unix}\"");
        if !format.is_empty() {
            self.out.push_str(" format=\"");
            self.attribute(format);
            self.out.push('"');
        }
        self.out.push('>');
        self.text(text);
        self.out.push_str("</tg-time>");
    }

    fn all(&mut self, pieces: [&str; 3]) {
        for piece in pieces {
            self.out.push_str(piece);
        }
    }

    fn text(&mut self, text: &str) {
        self.escape(text, false);
    }

    fn attribute(&mut self, value: &str) {
        self.escape(value, true);
    }

    fn escape(&mut self, text: &str, quotes: bool) {
        push_escaped(text, quotes, &mut self.out);
    }
}

/// Appends `text` as HTML; `quotes` of attributes have to be escaped, too.
pub(super) fn push_escaped(text: &str, quotes: bool, out: &mut String) {
    let mut rest = text;
    while let Some(at) = find(rest, |byte| is_special(byte, quotes)) {
        out.push_str(&rest[..at]);
        out.push_str(reference(rest.as_bytes()[at]));
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

#[expect(
    clippy::needless_bitwise_bool,
    reason = "branches keep the compiler from testing many bytes at a time"
)]
fn is_special(byte: u8, quotes: bool) -> bool {
    (byte == b'<') | (byte == b'>') | (byte == b'&') | (quotes & (byte == b'"'))
}

/// How a special byte is written.
fn reference(byte: u8) -> &'static str {
    match byte {
        b'<' => "&lt;",
        b'>' => "&gt;",
        b'&' => "&amp;",
        _ => "&quot;",
    }
}

fn tag_of(style: Style) -> &'static str {
    match style {
        Style::Bold => "b",
        Style::Italic => "i",
        Style::Underline => "u",
        Style::Strike => "s",
        Style::Spoiler => "tg-spoiler",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bodies: Vec<Body<'_>>) -> Text<'_> {
        Text { blocks: bodies.into_iter().map(|body| Block::plain(Gap::Blank, body)).collect() }
    }

    fn words(text: &str) -> Vec<Inline<'_>> {
        vec![Inline::Text(text.into())]
    }

    #[test]
    fn every_node_has_its_tag() {
        let table = [
            (Inline::Text("<&>\"".into()), "&lt;&amp;&gt;\""),
            (Inline::Style(Style::Bold, words("x")), "<b>x</b>"),
            (Inline::Style(Style::Italic, words("x")), "<i>x</i>"),
            (Inline::Style(Style::Underline, words("x")), "<u>x</u>"),
            (Inline::Style(Style::Strike, words("x")), "<s>x</s>"),
            (Inline::Style(Style::Spoiler, words("x")), "<tg-spoiler>x</tg-spoiler>"),
            (Inline::Code("a<b".into()), "<code>a&lt;b</code>"),
            (Inline::Emoji { id: 7, alt: "👍".into() }, "<tg-emoji emoji-id=\"7\">👍</tg-emoji>"),
            (
                Inline::Time { unix: 9, format: "wD".into(), text: "x".into() },
                "<tg-time unix=\"9\" format=\"wD\">x</tg-time>",
            ),
            (
                Inline::Time { unix: 9, format: "".into(), text: "x".into() },
                "<tg-time unix=\"9\">x</tg-time>",
            ),
            (
                Inline::Link { to: Link::Url("https://a.b/?c=\"&d".into()), content: words("x") },
                "<a href=\"https://a.b/?c=&quot;&amp;d\">x</a>",
            ),
        ];
        for (inline, expected) in table {
            assert_eq!(html(&text(vec![Body::Paragraph(vec![inline])]), &|_| None), expected);
        }
    }

    #[test]
    fn blocks_are_separated_and_wrapped() {
        let pre = |language: Option<&'static str>| Body::Pre {
            language: language.map(Into::into),
            code: "a>b".into(),
        };
        let inner = vec![Block::paragraph(Gap::Blank, words("a")), Block::paragraph(Gap::Line, words("b"))];
        let tree = text(vec![
            pre(None),
            pre(Some("c\"")),
            Body::Quote { expandable: true, blocks: inner.clone() },
            Body::Quote { expandable: false, blocks: inner },
        ]);
        assert_eq!(
            html(&tree, &|_| None),
            "<pre>a&gt;b</pre>\n\n<pre><code class=\"language-c&quot;\">a&gt;b</code></pre>\n\n\
             <blockquote expandable>a\nb</blockquote>\n\n<blockquote>a\nb</blockquote>"
        );
    }

    #[test]
    fn a_post_without_an_address_is_text() {
        let link = Inline::Link { to: Link::Post("a".parse().unwrap()), content: words("x") };
        let tree = text(vec![Body::Paragraph(vec![link])]);
        assert_eq!(html(&tree, &|_| None), "x");
        assert_eq!(
            html(&tree, &|slug| Some(format!("https://t.me/{slug}/1"))),
            "<a href=\"https://t.me/a/1\">x</a>"
        );
        assert_eq!(canonical(&tree), "<a href=\"post:a\">x</a>");
    }
}
