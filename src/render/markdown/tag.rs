//! Raw HTML as it stands in Markdown: tags, attributes, comments, character references.

use std::borrow::Cow;
use std::ops::Range;

use bumpalo::Bump;
use pulldown_cmark::{Event, Parser};

use crate::render::scan::{find, find_pair};

/// A piece of raw HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'h> {
    Text(&'h str),
    Open(Tag<'h>),
    /// The name as written.
    Close(&'h str),
    Comment(&'h str),
    /// A declaration, processing instruction or CDATA section.
    Other,
}

/// An opening tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tag<'h> {
    /// The name as written.
    pub(super) name: &'h str,
    /// All attributes as written, valid.
    attributes: &'h str,
}

impl<'h> Tag<'h> {
    /// A tag without attributes.
    pub(super) fn named(name: &'h str) -> Self {
        Self { name, attributes: "" }
    }

    /// Names as written, values without quotes and not decoded.
    fn attributes(self) -> impl Iterator<Item = (&'h str, &'h str)> {
        let mut scan = Scan { rest: self.attributes };
        std::iter::from_fn(move || {
            scan.blanks();
            scan.attribute()
        })
    }

    fn raw(self, name: &str) -> Option<&'h str> {
        self.attributes().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(super) fn has(self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The decoded value of an attribute; empty when it has none.
    pub(super) fn attribute(self, name: &str, arena: &'h Bump) -> Option<&'h str> {
        self.raw(name).map(|value| in_arena(decode(value), arena))
    }
}

/// `text` as long as the arena lives.
pub(super) fn in_arena<'a>(text: Cow<'a, str>, arena: &'a Bump) -> &'a str {
    match text {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => arena.alloc_str(&text),
    }
}

/// The tokens of `html` with their byte ranges, without gaps. What is no valid tag is text.
pub(super) fn tokens(html: &str) -> impl Iterator<Item = (Range<usize>, Token<'_>)> {
    let mut at = 0;
    let mut ahead = None;
    std::iter::from_fn(move || {
        let rest = Some(&html[at..]).filter(|rest| !rest.is_empty())?;
        let (length, token) = ahead.take().or_else(|| markup(rest)).unwrap_or_else(|| {
            let (text, behind) = text(rest);
            ahead = behind;
            (text.len(), Token::Text(text))
        });
        at += length;
        Some((at - length..at, token))
    })
}

/// The text that `html` begins with, and the markup behind it.
fn text(html: &str) -> (&str, Option<(usize, Token<'_>)>) {
    let mut from = usize::from(html.starts_with('<'));
    while let Some(length) = find(&html[from..], |byte| byte == b'<') {
        let at = from + length;
        if let Some(found) = markup(&html[at..]) {
            return (&html[..at], Some(found));
        }
        from = at + 1;
    }
    (html, None)
}

/// The markup at the start of `html`, if there is some.
fn markup(html: &str) -> Option<(usize, Token<'_>)> {
    let rest = html.strip_prefix('<')?;
    if rest.starts_with(['!', '?']) {
        return Some(declaration(html, rest));
    }
    let mut scan = Scan { rest };
    if let Some(close) = rest.strip_prefix('/') {
        scan.rest = close;
        let name = scan.name()?;
        scan.blanks();
        scan.rest = scan.rest.strip_prefix('>')?;
        return Some((html.len() - scan.rest.len(), Token::Close(name)));
    }
    let tag = scan.tag()?;
    Some((html.len() - scan.rest.len(), Token::Open(tag)))
}

/// The comment or declaration that `html` begins with; `rest` is what follows its `<`.
fn declaration<'h>(html: &'h str, rest: &'h str) -> (usize, Token<'h>) {
    if let Some(comment) = rest.strip_prefix("!--") {
        let end = comment.find("-->").unwrap_or(comment.len());
        return ((4 + end + 3).min(html.len()), Token::Comment(&comment[..end]));
    }
    let end = match rest.as_bytes() {
        [b'?', ..] => "?>",
        _ if rest.starts_with("![CDATA[") => "]]>",
        _ => ">",
    };
    (html.find(end).map_or(html.len(), |at| at + end.len()), Token::Other)
}

struct Scan<'h> {
    rest: &'h str,
}

impl<'h> Scan<'h> {
    fn take_while(&mut self, accept: impl Fn(&u8) -> bool) -> &'h str {
        let end = self.rest.bytes().position(|byte| !accept(&byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn blanks(&mut self) -> bool {
        !self.take_while(u8::is_ascii_whitespace).is_empty()
    }

    fn name(&mut self) -> Option<&'h str> {
        self.rest.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(())?;
        Some(self.take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'-'))
    }

    /// From the name to behind `>` or `/>`.
    fn tag(&mut self) -> Option<Tag<'h>> {
        let name = self.name()?;
        let behind = self.rest;
        loop {
            let spaced = self.blanks();
            let attributes = &behind[..behind.len() - self.rest.len()];
            if let Some(rest) = self.rest.strip_prefix("/>").or_else(|| self.rest.strip_prefix('>')) {
                self.rest = rest;
                return Some(Tag { name, attributes });
            }
            if !spaced {
                return None;
            }
            self.attribute()?;
        }
    }

    fn attribute(&mut self) -> Option<(&'h str, &'h str)> {
        let name =
            self.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.' | b'-'));
        if name.is_empty() {
            return None;
        }
        let after_name = self.rest;
        self.blanks();
        let Some(rest) = self.rest.strip_prefix('=') else {
            self.rest = after_name;
            return Some((name, ""));
        };
        self.rest = rest;
        self.blanks();
        let quote = self.rest.bytes().next().filter(|byte| matches!(byte, b'"' | b'\''));
        let Some(quote) = quote else {
            let value = self.take_while(|byte| {
                !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'=' | b'<' | b'>' | b'`')
            });
            return (!value.is_empty()).then_some((name, value));
        };
        let quoted = &self.rest[1..];
        let end = find(quoted, |byte| byte == quote)?;
        self.rest = &quoted[end + 1..];
        Some((name, &quoted[..end]))
    }
}

/// Longest name of a character reference, `&` and `;` included.
const MAX_REFERENCE: usize = 34;

/// Character references replaced, with the Markdown parser's own table.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if find(text, |byte| byte == b'&').is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(MAX_REFERENCE).position(|b| b == b';').map_or(1, |end| end + 1);
        let (reference, after) = rest.split_at(end);
        out.push_str(&decode_one(reference));
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn decode_one(reference: &str) -> Cow<'_, str> {
    // The most common ones need no parser.
    match reference {
        "&amp;" => return Cow::Borrowed("&"),
        "&lt;" => return Cow::Borrowed("<"),
        "&gt;" => return Cow::Borrowed(">"),
        "&nbsp;" => return Cow::Borrowed("\u{a0}"),
        _ => {}
    }
    let is_reference = |b: u8| b.is_ascii_alphanumeric() || b"&#;".contains(&b);
    if reference.len() < 3 || !reference.bytes().all(is_reference) {
        return Cow::Borrowed(reference);
    }
    let texts = Parser::new(reference).filter_map(|event| match event {
        Event::Text(text) => Some(text.into_string()),
        _ => None,
    });
    Cow::Owned(texts.collect())
}

/// Runs of blanks and line ends as one space, as HTML has it. No-break spaces stay.
pub(super) fn collapse(text: &str) -> Cow<'_, str> {
    let Some(mut at) = run(text) else {
        return Cow::Borrowed(text);
    };
    if text.trim_ascii_start().is_empty() {
        return Cow::Borrowed(" ");
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while at < rest.len() {
        out.push_str(&rest[..at]);
        out.push(' ');
        rest = rest[at..].trim_ascii_start();
        at = run(rest).unwrap_or(rest.len());
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Where blanks and line ends stand that are not just one space.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "branches keep the compiler from testing many bytes at a time"
)]
fn run(text: &str) -> Option<usize> {
    let other = find(text, |byte| matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r'));
    let before = &text[..other.unwrap_or(text.len())];
    find_pair(before, |one, next| (one == b' ') & (next == b' '))
        .or_else(|| other.map(|at| at - usize::from(before.ends_with(' '))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        let tokens = tokens(html).map(|(range, token)| match token {
            Token::Text(text) => format!("[{text}]"),
            Token::Open(tag) => format!("<{} {:?}>", tag.name, tag.attributes().collect::<Vec<_>>()),
            Token::Close(name) => format!("</{name}>"),
            Token::Comment(text) => format!("#{text}#"),
            Token::Other => format!("?{}?", &html[range]),
        });
        tokens.collect()
    }

    #[test]
    fn html_is_cut_into_tokens() {
        let table = [
            ("a <B> c</b >", "[a ]<B []>[ c]</b>"),
            ("<a\nhref=\"x>y\" b='1' c=d e/>", r#"<a [("href", "x>y"), ("b", "1"), ("c", "d"), ("e", "")]>"#),
            ("1 < 2 <3> <", "[1 < 2 <3> <]"),
            ("<!-- a > -->b<!-- c", "# a > #[b]# c#"),
            ("<!DOCTYPE x><?php ?>", "?<!DOCTYPE x>??<?php ?>?"),
            ("<a b=\"c>", "[<a b=\"c>]"),
            ("é<b>", "[é]<b []>"),
        ];
        for (html, expected) in table {
            assert_eq!(shown(html), expected, "{html}");
        }
    }

    #[test]
    fn blanks_collapse() {
        for (text, expected) in
            [("a b", "a b"), (" \n\ta  é\r\n", " a é "), ("\n", " "), (" ", " "), ("\u{a0} ", "\u{a0} ")]
        {
            assert_eq!(collapse(text), expected, "{text:?}");
        }
    }

    #[test]
    fn references_are_decoded() {
        let table = [
            ("a&amp;b &lt; &nbsp;&#65;&#x42;", "a&b < \u{a0}AB"),
            ("&unknown; & &; &a b;", "&unknown; & &; &a b;"),
            ("&amp;lt;", "&lt;"),
            ("AT&T; x&é;", "AT&T; x&é;"),
        ];
        for (text, expected) in table {
            assert_eq!(decode(text), expected, "{text}");
        }
    }
}
