//! What the server finds in plain text by itself: mentions, hashtags, commands, card numbers, links and e-mails.

mod address;
mod card;
mod chars;
mod domain;
mod tags;
mod web;

use super::entity::{Entity, Kind};
use super::order::sort;

/// A range of bytes of the text.
type Span = std::ops::Range<usize>;

/// Entities found in a text, in order and apart from each other.
pub(in crate::sandbox) fn find(text: &str) -> Vec<Entity> {
    let mut found: Vec<Entity> = Vec::new();
    let mut add = |kind: &Kind, spans: Vec<Span>| {
        found.extend(spans.into_iter().map(|s| Entity::new(kind.clone(), s.start, s.end)));
    };
    add(&Kind::Mention, tags::mentions(text));
    add(&Kind::BotCommand, tags::commands(text));
    add(&Kind::Hashtag, tags::hashtags(text));
    add(&Kind::Cashtag, tags::cashtags(text));
    add(&Kind::BankCardNumber, card::numbers(text));
    add(&Kind::Url, web::app_links(text));
    for span in web::candidates(text) {
        if let Some((kind, span)) = address::classify(text, span) {
            add(&kind, vec![span]);
        }
    }
    apart(text, found)
}

/// Keeps the first of those that overlap and turns bytes into UTF-16 code units.
fn apart(text: &str, mut found: Vec<Entity>) -> Vec<Entity> {
    sort(&mut found);
    let mut end = 0;
    let mut units = 0;
    let mut out = Vec::new();
    for entity in found.into_iter().filter(|e| e.length > 0) {
        if entity.offset < end {
            continue;
        }
        units += text[end..entity.offset].encode_utf16().count();
        let length = text[entity.offset..entity.end()].encode_utf16().count();
        end = entity.end();
        out.push(Entity::new(entity.kind, units, units + length));
        units += length;
    }
    out
}
