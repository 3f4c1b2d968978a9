//! Raw HTML, read a second time: tags, comments and text.

use pulldown_cmark::{Event, Parser};

/// A piece of HTML.
pub(super) enum Piece<'h> {
    Text(String),
    /// Name in lower case, and what stands behind it.
    Open(String, &'h str),
    Close(String),
}

/// The elements of HTML; any other name in angle brackets is meant literally.
const ELEMENTS: &str = " a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button \
    canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed \
    fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe \
    img input ins kbd label legend li link main map mark menu meta meter nav nobr noframes noscript object ol optgroup \
    option output p param picture pre progress q rp rt ruby s samp script search section select slot small source span \
    strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u ul \
    var video wbr tg-spoiler tg-emoji tg-time ";

/// The pieces of `html`, each with the number of line ends before it.
pub(super) fn pieces(html: &str) -> Vec<(usize, Piece<'_>)> {
    let mut out = Vec::new();
    let mut rest = html;
    while !rest.is_empty() {
        let line = html[..html.len() - rest.len()].matches('\n').count();
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
        } else if let Some((piece, behind)) = tag(rest) {
            out.push((line, piece));
            rest = behind;
        } else {
            let end = rest.char_indices().skip(1).find(|(_, c)| *c == '<').map_or(rest.len(), |(at, _)| at);
            out.push((line, Piece::Text(decoded(&rest[..end]))));
            rest = &rest[end..];
        }
    }
    out
}

fn tag(html: &str) -> Option<(Piece<'_>, &str)> {
    let inner = html.strip_prefix('<')?;
    let (closes, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
    let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(inner.len());
    let name = inner[..end].to_ascii_lowercase();
    if name.is_empty() || !ELEMENTS.contains(&format!(" {name} ")) {
        return None;
    }
    let mut quote = None;
    let close = inner[end..].find(|c| {
        let Some(mark) = quote else {
            quote = matches!(c, '"' | '\'').then_some(c);
            return c == '>';
        };
        quote = (c != mark).then_some(mark);
        false
    })?;
    let behind = &inner[end + close + 1..];
    Some((if closes { Piece::Close(name) } else { Piece::Open(name, &inner[end..end + close]) }, behind))
}

/// The value of an attribute.
pub(super) fn attribute(tag: &str, name: &str) -> Option<String> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.find(&format!("{name}="))? + name.len() + 1;
    let value = &tag[at..];
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split([' ', '\n']).next()?,
    };
    Some(decoded(value))
}

/// Character references are those of Markdown.
fn decoded(text: &str) -> String {
    let mut out = String::new();
    for (index, piece) in text.split('&').enumerate() {
        let reference = piece.find(';').filter(|_| index > 0).map(|end| format!("&{}", &piece[..=end]));
        let known = reference.and_then(|reference| match Parser::new(&reference).nth(1) {
            Some(Event::Text(text)) if *text != *reference => Some((text.to_string(), reference.len() - 1)),
            _ => None,
        });
        let (decoded, behind) = known.unwrap_or_else(|| ((if index > 0 { "&" } else { "" }).into(), 0));
        out.push_str(&decoded);
        out.push_str(&piece[behind..]);
    }
    out
}
