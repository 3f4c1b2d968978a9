//! Rich HTML cut into tags and texts. The only place that knows its syntax.

use super::reference;

/// A piece of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// References are decoded, blanks stand as they were.
    Text(String),
    Start {
        tag: Tag,
        /// Written `<x/>`.
        is_closed: bool,
    },
    End(String),
}

/// A start tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Tag {
    /// Lower-cased.
    pub name: String,
    /// Names lower-cased, values decoded; the first of a name counts.
    pub attributes: Vec<(String, String)>,
}

impl Tag {
    /// The value of an attribute; empty for one without a value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// How the server calls markup that it can't read.
pub(super) const MALFORMED: &str = "RICH_MESSAGE_INVALID";

/// Cuts the source.
///
/// How the server takes malformed tags is not known. Here a `<` that begins no tag, no comment and no declaration is
/// refused, as in classic HTML; a tag that the end of the source cuts in two is dropped, because the source itself may
/// have been cut.
pub(super) fn tokens(source: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        let at = rest.find('<').unwrap_or(rest.len());
        let (text, markup) = rest.split_at(at);
        if !text.is_empty() {
            out.push(Token::Text(reference::decode(text)));
        }
        if markup.is_empty() {
            break;
        }
        let Some((token, length)) = tag(markup)? else {
            break;
        };
        out.extend(token);
        rest = &markup[length..];
    }
    Ok(out)
}

/// A token, or none for a comment, and how long it is.
type Cut = (Option<Token>, usize);

/// The tag at the start of `markup`, which begins with `<`. `None`: the source ends within it.
fn tag(markup: &str) -> Result<Option<Cut>, String> {
    let is_letter = |at: usize| markup.as_bytes().get(at).is_some_and(u8::is_ascii_alphabetic);
    if markup.starts_with("<!--") {
        return Ok(markup.find("-->").map(|end| (None, end + "-->".len())));
    }
    if markup.starts_with("<!") || markup.starts_with("<?") {
        return Ok(markup.find('>').map(|end| (None, end + 1)));
    }
    if markup.starts_with("</") && is_letter(2) {
        let Some(end) = markup.find('>') else {
            return Ok(None);
        };
        let name = markup[2..end].trim_ascii_end().to_ascii_lowercase();
        let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        return if is_name { Ok(Some((Some(Token::End(name)), end + 1))) } else { Err(MALFORMED.into()) };
    }
    if is_letter(1) {
        let cut = start(markup);
        return if cut.as_ref().is_some_and(has_stray) { Err(MALFORMED.into()) } else { Ok(cut) };
    }
    // `<` and `</` may be what a cut left over.
    if matches!(markup, "<" | "</") { Ok(None) } else { Err(MALFORMED.into()) }
}

/// Whether the names in a start tag hold what belongs elsewhere: a tag that was not closed, or a quote too many.
fn has_stray(cut: &Cut) -> bool {
    let Some(Token::Start { tag, .. }) = &cut.0 else {
        return false;
    };
    let mut names = std::iter::once(&tag.name).chain(tag.attributes.iter().map(|(name, _)| name));
    names.any(|name| name.contains(['<', '"', '\'']))
}

fn start(markup: &str) -> Option<Cut> {
    let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>');
    let mut rest = &markup[1..];
    let name = take(&mut rest, |c| !is_end(c)).to_ascii_lowercase();
    let mut tag = Tag { name, attributes: Vec::new() };
    loop {
        let blank = take(&mut rest, |c| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            let is_closed = blank.ends_with('/');
            return Some((Some(Token::Start { tag, is_closed }), markup.len() - after.len()));
        }
        if rest.is_empty() {
            return None;
        }
        let (name, value) = attribute(&mut rest)?;
        if !tag.has(&name) {
            tag.attributes.push((name, value));
        }
    }
}

/// The attribute here; at least one character is taken. `None`: the source ends within its value.
fn attribute(rest: &mut &str) -> Option<(String, String)> {
    let first = rest.chars().next()?.len_utf8();
    let tail = rest[first..].find(|c: char| c.is_ascii_whitespace() || matches!(c, '=' | '/' | '>'));
    let (name, after) = rest.split_at(tail.map_or(rest.len(), |at| first + at));
    let name = name.to_ascii_lowercase();
    *rest = after;
    let mut value = rest.trim_ascii_start();
    if let Some(after) = value.strip_prefix('=') {
        value = after.trim_ascii_start();
    } else {
        return Some((name, String::new()));
    }
    let text = if let Some(quote @ ('"' | '\'')) = value.chars().next() {
        let (text, after) = value[1..].split_once(quote)?;
        value = after;
        text
    } else {
        take(&mut value, |c| !c.is_ascii_whitespace() && c != '>')
    };
    *rest = value;
    Some((name, reference::decode(text)))
}

/// Takes the characters that `keep` from the front.
fn take<'a>(rest: &mut &'a str, keep: impl Fn(char) -> bool) -> &'a str {
    let end = rest.find(|c| !keep(c)).unwrap_or(rest.len());
    let (taken, after) = rest.split_at(end);
    *rest = after;
    taken
}

#[cfg(test)]
mod tests {
    use super::{Tag, Token, tokens};

    fn shown(source: &str) -> Result<String, String> {
        let show = |token: &Token| match token {
            Token::Text(text) => format!("{text:?}"),
            Token::End(name) => format!("/{name}"),
            Token::Start { tag: Tag { name, attributes }, is_closed } => {
                let attributes: Vec<String> = attributes.iter().map(|(k, v)| format!(" {k}={v:?}")).collect();
                format!("{name}{}{}", attributes.concat(), if *is_closed { "/" } else { "" })
            }
        };
        Ok(tokens(source)?.iter().map(show).collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn sources_are_cut() {
        for (source, expected) in [
            ("a<B>b</b >c", r#""a", b, "b", /b, "c""#),
            (r#"<a HREF="x&amp;y>z" title='"'>"#, r#"a href="x&y>z" title="\"""#),
            ("<ol start=3 reversed>", r#"ol start="3" reversed="""#),
            ("<br/><br /><img src=x/>", r#"br/, br/, img src="x/""#),
            ("<td a=1 a=2 = b>", r#"td a="1" =="" b="""#),
            ("a<!-- <b> -->b<!doctype html>", r#""a", "b""#),
            ("a<!-- b", r#""a""#),
            ("a<b", r#""a""#),
            ("a<b title='x>", r#""a""#),
            ("a</", r#""a""#),
            ("x > y", r#""x > y""#),
        ] {
            assert_eq!(shown(source).as_deref(), Ok(expected), "{source}");
        }
    }

    #[test]
    fn a_bare_bracket_is_refused() {
        for source in ["1 < 2", "<>", "</ b>", "a<é>", "<b <i>x", "</b <i>x", "<a x='y'z'>"] {
            assert_eq!(shown(source), Err("RICH_MESSAGE_INVALID".into()), "{source}");
        }
    }
}
