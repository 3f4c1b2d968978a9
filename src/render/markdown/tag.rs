//! Raw HTML as it stands in Markdown: tags, attributes, comments, character references.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Parser};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tag<'h> {
    /// The name as written.
    pub(super) name: &'h str,
    /// Names as written, values without quotes and not decoded.
    attributes: Vec<(&'h str, &'h str)>,
}

impl<'h> Tag<'h> {
    /// A tag without attributes.
    pub(super) fn named(name: &'h str) -> Self {
        Self { name, attributes: Vec::new() }
    }

    /// The decoded value of an attribute; empty when it has none.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let found = self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| decode(value).into_owned())
    }
}

/// The tokens of `html` with their byte ranges, without gaps. What is no valid tag is text.
pub(super) fn tokens(html: &str) -> impl Iterator<Item = (Range<usize>, Token<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &html[at..];
        let (length, token) = if rest.is_empty() {
            return None;
        } else {
            next(rest)
        };
        at += length;
        Some((at - length..at, token))
    })
}

fn next(html: &str) -> (usize, Token<'_>) {
    if let Some(found) = markup(html) {
        return found;
    }
    let mut from = 1;
    loop {
        let ahead = html.as_bytes()[from.min(html.len())..].iter();
        let end = ahead.take_while(|b| **b != b'<').count() + from;
        if end == html.len() || markup(&html[end..]).is_some() {
            return (end, Token::Text(&html[..end]));
        }
        from = end + 1;
    }
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
    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'h str {
        let end = self.rest.find(|c| !accept(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn blanks(&mut self) -> bool {
        !self.take_while(|c| c.is_ascii_whitespace()).is_empty()
    }

    fn name(&mut self) -> Option<&'h str> {
        self.rest.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(())?;
        Some(self.take_while(|c| c.is_ascii_alphanumeric() || c == '-'))
    }

    /// From the name to behind `>` or `/>`.
    fn tag(&mut self) -> Option<Tag<'h>> {
        let name = self.name()?;
        let mut attributes = Vec::new();
        loop {
            let spaced = self.blanks();
            if let Some(rest) = self.rest.strip_prefix("/>").or_else(|| self.rest.strip_prefix('>')) {
                self.rest = rest;
                return Some(Tag { name, attributes });
            }
            if !spaced {
                return None;
            }
            attributes.push(self.attribute()?);
        }
    }

    fn attribute(&mut self) -> Option<(&'h str, &'h str)> {
        let name = self.take_while(|c| c.is_ascii_alphanumeric() || "_:.-".contains(c));
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
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some(quote) = quote else {
            let value = self.take_while(|c| !c.is_ascii_whitespace() && !"\"'=<>`".contains(c));
            return (!value.is_empty()).then_some((name, value));
        };
        let (value, rest) = self.rest[1..].split_once(quote)?;
        self.rest = rest;
        Some((name, value))
    }
}

/// Longest name of a character reference, `&` and `;` included.
const MAX_REFERENCE: usize = 34;

/// Character references replaced, with the Markdown parser's own table.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
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
pub(super) fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' | '\t' | '\r' | '\n' | '\x0c' => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(html: &str) -> String {
        let tokens = tokens(html).map(|(range, token)| match token {
            Token::Text(text) => format!("[{text}]"),
            Token::Open(tag) => format!("<{} {:?}>", tag.name, tag.attributes),
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
