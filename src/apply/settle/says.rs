//! What a message says, as far as it can be compared: without formatting, and without what Telegram normalizes.

use crate::ids::Digest;
use crate::lock::{Content, Kind, Payload};
use crate::ports::Seen;

/// Whether a message says what a send of this payload says; of an album, what one of its items says. `None`: it can't
/// be told.
pub(super) fn says(payload: &Payload, seen: &Seen) -> Option<bool> {
    match &payload.content {
        Content::Text { html } => {
            Some(seen.kind == Some(Kind::Text) && bare(&plain(html)) == bare(&seen.text))
        }
        // How a rich message reads as plain text is not documented: only that it is the same tells something. One of
        // nothing but pictures says nothing.
        Content::Rich { html, .. } if seen.kind == Some(Kind::Rich) => {
            let sent = letters(&plain(html));
            (!sent.is_empty() && sent == letters(&seen.text)).then_some(true)
        }
        Content::Rich { .. } => Some(false),
        Content::Media { items, .. } => {
            let mut captions = items.iter().map(|item| bare(&plain(&item.html)));
            let text = bare(&seen.text);
            Some(seen.kind.is_some_and(Kind::has_file) && captions.any(|caption| caption == text))
        }
        Content::Caption { .. } | Content::Grave { .. } => None,
    }
}

/// What a copy of it would say; `None` where that can't be compared.
pub(super) fn digest(payload: &Payload) -> Option<Digest> {
    match &payload.content {
        Content::Text { html } => Some(Digest::of(&bare(&plain(html)))),
        Content::Media { items, .. } if items.len() == 1 => Some(Digest::of(&bare(&plain(&items[0].html)))),
        _ => None,
    }
}

/// The same of a message that was read.
pub(super) fn digest_of(seen: &Seen) -> Digest {
    Digest::of(&bare(&seen.text))
}

/// The first line of a payload as its readers see it, to look for; empty when it is a file without a caption.
pub fn first_line(payload: &Payload) -> String {
    let html = payload.content.html();
    let text = plain(html);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(60).collect()
}

/// Telegram's HTML without its tags.
fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for (index, piece) in html.split('<').enumerate() {
        let text = if index == 0 { piece } else { piece.split_once('>').map_or("", |(_, text)| text) };
        out.push_str(text);
    }
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// Without white space, which Telegram trims, and characters it drops.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect()
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::testing::payload;

    fn seen(kind: Kind, text: &str) -> Seen {
        Seen {
            kind: Some(kind),
            text: text.into(),
            file: None,
            date: None,
            origin: None,
            shown: Digest::of("x"),
            copied: false,
        }
    }

    #[test]
    fn what_is_said_is_compared_without_its_form() {
        let html = |html: &str| payload(Content::Text { html: html.into() });
        let rich = |html: &str| payload(Content::Rich { html: html.into(), items: Vec::new() });
        for (payload, kind, text, expected) in [
            (html("<b>A</b> &amp; b\n"), Kind::Text, "A & b", Some(true)),
            (html("A  b"), Kind::Text, "A b", Some(true)),
            (html("A"), Kind::Text, "B", Some(false)),
            (html("A"), Kind::Photo, "A", Some(false)),
            (html("&amp;lt;"), Kind::Text, "&lt;", Some(true)),
            (rich("<h1>A</h1><p>b</p>"), Kind::Rich, "A\nb", Some(true)),
            (rich("<ol><li>b</li></ol>"), Kind::Rich, "1. b", None),
            (rich("<img src=\"tg://photo?id=f01\"/>"), Kind::Rich, "", None),
            (rich("A"), Kind::Text, "A", Some(false)),
        ] {
            assert_eq!(says(&payload, &seen(kind, text)), expected, "{payload:?} {text}");
        }
        assert_eq!(digest(&html("<i>A</i> b")), Some(digest_of(&seen(Kind::Text, "A b"))));
    }

    #[test]
    fn the_first_line_is_what_readers_see() {
        let payload = payload(Content::Text { html: "\n<b>A &lt; b</b>\nc".into() });
        assert_eq!(first_line(&payload), "A < b");
    }
}
