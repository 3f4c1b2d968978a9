//! Links, addresses, mentions and tags that the server finds in text by itself.

use std::ops::Range;

use crate::sandbox::entities::{self, Kind as Found};
use crate::sandbox::rich::block::Block;
use crate::sandbox::rich::text::{Kind, Text};

/// Something found: where, in bytes of what was searched, and what it is.
type Place = (Range<usize>, Kind);

/// Marks what is found in the texts of a block, not in those of its children. Code is not searched.
pub(super) fn mark(block: &mut Block) {
    if !matches!(block, Block::Pre { .. }) {
        block.texts_mut().into_iter().for_each(mark_text);
    }
}

/// What stands in for a text that is not searched: no address goes on behind it.
const GAP: char = '\n';

fn mark_text(text: &mut Text) {
    let mut searched = String::new();
    gather(text, &mut searched);
    let places = find(&searched);
    if !places.is_empty() {
        let whole = std::mem::replace(text, Text::Plain(String::new()));
        *text = marked(whole, &mut 0, &places);
    }
}

fn gather(text: &Text, out: &mut String) {
    match text {
        Text::Plain(text) => out.push_str(text),
        Text::Parts(parts) => parts.iter().for_each(|part| gather(part, out)),
        Text::Span(span) => match &span.text {
            Some(text) if span.kind.is_searched() => gather(text, out),
            _ => out.push(GAP),
        },
    }
}

fn find(text: &str) -> Vec<Place> {
    let mut places = Vec::new();
    let (mut unit, mut byte) = (0, 0);
    for entity in entities::found(text) {
        let start = byte + bytes_of(&text[byte..], entity.offset - unit);
        let end = start + bytes_of(&text[start..], entity.length);
        (unit, byte) = (entity.end(), end);
        places.extend(meaning(&entity.kind, &text[start..end]).map(|kind| (start..end, kind)));
    }
    places
}

/// How many bytes the first code units of the text take.
fn bytes_of(text: &str, units: usize) -> usize {
    let mut left = units;
    let chars = text.chars().take_while(|c| {
        let fits = left >= c.len_utf16();
        left = left.saturating_sub(c.len_utf16());
        fits
    });
    chars.map(char::len_utf8).sum()
}

fn meaning(found: &Found, text: &str) -> Option<Kind> {
    let text = text.to_owned();
    Some(match found {
        Found::Mention => Kind::Mention { username: text.trim_start_matches('@').to_owned() },
        Found::Hashtag => Kind::Hashtag { hashtag: text },
        Found::Cashtag => Kind::Cashtag { cashtag: text },
        Found::BotCommand => Kind::BotCommand { bot_command: text },
        Found::Url => Kind::Url { url: entities::url::check(&text).unwrap_or(text) },
        Found::Email => Kind::EmailAddress { email_address: text },
        Found::BankCardNumber => Kind::BankCardNumber { bank_card_number: text },
        _ => return None,
    })
}

/// Marks the places in a text that begins at `at` of what was searched. A place in several pieces is marked in each.
fn marked(text: Text, at: &mut usize, places: &[Place]) -> Text {
    match text {
        Text::Plain(text) => {
            let start = *at;
            *at += text.len();
            Text::join(pieces(&text, start, places))
        }
        Text::Parts(parts) => Text::join(parts.into_iter().map(|part| marked(part, at, places)).collect()),
        Text::Span(mut span) => {
            if span.text.is_some() && span.kind.is_searched() {
                span.text = span.text.map(|text| marked(text, at, places));
            } else {
                *at += GAP.len_utf8();
            }
            Text::Span(span)
        }
    }
}

fn pieces(text: &str, start: usize, places: &[Place]) -> Vec<Text> {
    let end = start + text.len();
    let first = places.partition_point(|(range, _)| range.end <= start);
    let mut parts = Vec::new();
    let mut done = start;
    for (range, kind) in places[first..].iter().take_while(|(range, _)| range.start < end) {
        let (from, to) = (range.start.max(start), range.end.min(end));
        parts.push(Text::Plain(text[done - start..from - start].to_owned()));
        parts.push(Text::span(kind.clone(), Text::Plain(text[from - start..to - start].to_owned())));
        done = to;
    }
    parts.push(Text::Plain(text[done - start..].to_owned()));
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::mark;
    use crate::sandbox::rich::html;
    use crate::sandbox::rich::library::Library;

    fn detected(source: &str) -> Value {
        let mut blocks = html::read(source, &Library::default()).unwrap();
        mark(&mut blocks[0]);
        json!(blocks)[0]["text"].clone()
    }

    #[test]
    fn addresses_are_found() {
        for (source, expected) in [
            ("plain", json!("plain")),
            (
                "😀 a.com, @name",
                json!(["😀 ", {"type": "url", "text": "a.com", "url": "http://a.com/"}, ", ",
                       {"type": "mention", "text": "@name", "username": "name"}]),
            ),
            (
                "#tag $USD /cmd me@a.com",
                json!([{"type": "hashtag", "text": "#tag", "hashtag": "#tag"}, " ",
                       {"type": "cashtag", "text": "$USD", "cashtag": "$USD"}, " ",
                       {"type": "bot_command", "text": "/cmd", "bot_command": "/cmd"}, " ",
                       {"type": "email_address", "text": "me@a.com", "email_address": "me@a.com"}]),
            ),
            (
                "<b>a</b>.com",
                json!([{"type": "bold", "text": {"type": "url", "text": "a", "url": "http://a.com/"}},
                       {"type": "url", "text": ".com", "url": "http://a.com/"}]),
            ),
        ] {
            assert_eq!(detected(source), expected, "{source}");
        }
    }

    #[test]
    fn code_and_links_are_not_searched() {
        for source in [
            "<pre>a.com</pre>",
            "<code>a.com</code>",
            "<a href=\"https://b.com\">a.com</a>",
            "<tg-math>a.com</tg-math>",
        ] {
            let text = detected(source);
            assert!(!text.to_string().contains("http://a.com"), "{source}: {text}");
        }
        let split = detected("@<code>x</code>name");
        assert_eq!(split, json!(["@", {"type": "code", "text": "x"}, "name"]));
    }
}
