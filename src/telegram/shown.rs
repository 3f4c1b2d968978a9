//! What subscribers see of a message, digested alike from the answer to a send or an edit and from a forwarded copy. Only
//! what stays as it is until somebody edits it: a link preview comes and goes with its page, and is left out (Bot API 10.3,
//! checked 2026-11-21).

use serde_json::{Map, Value, json};

use crate::ids::Digest;
use crate::lock::Kind;

/// Fields of a `Message` that are digested as they are told, `entities` apart.
const SAID: [&str; 4] = ["text", "caption", "show_caption_above_media", "has_media_spoiler"];

/// Fields that hold a file. An animation comes with a `document` that is the same file.
const HOLDERS: [(&str, Kind); 5] = [
    ("video", Kind::Video),
    ("animation", Kind::Animation),
    ("audio", Kind::Audio),
    ("voice", Kind::Voice),
    ("document", Kind::Document),
];

/// What a bot is told of a file apart from what identifies it: other for every bot, or of no concern to a reader.
const OF_A_FILE: [&str; 5] = ["file_id", "file_size", "file_name", "thumbnail", "cover"];

/// Nothing that is shown is nested deeper: rich blocks are limited to 16 levels (Bot API 10.1, checked 2026-11-21), each
/// of which is a few of JSON.
const MAX_DEPTH: usize = 100;

/// Digest of what is seen of a `Message`; `None`: it tells of nothing to be seen. Of protected content, of which only a
/// copy can be read, and of that copy the buttons are left out: a copy has none of them.
pub(super) fn digest(message: &Value, copied: bool) -> Option<Digest> {
    let mut seen = Map::new();
    for name in SAID {
        seen.extend(message.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    for name in ["entities", "caption_entities"] {
        seen.extend(message.get(name).map(|told| (name.to_owned(), entities(told))));
    }
    if let Some(rich) = message.get("rich_message") {
        seen.insert("rich_message".to_owned(), bare(rich, 0));
    }
    if let Some((name, unique)) = holder(message) {
        seen.insert(name.to_owned(), unique);
    }
    if seen.is_empty() {
        return None;
    }
    if !copied && !is_protected(message) {
        seen.extend(buttons(message).map(|buttons| ("buttons".to_owned(), buttons)));
    }
    Some(Digest::of(&seen))
}

fn is_protected(message: &Value) -> bool {
    message.get("has_protected_content").and_then(Value::as_bool).unwrap_or_default()
}

/// The kind of a message, if tgsync sends messages of it.
pub(super) fn kind(message: &Value) -> Option<Kind> {
    if message.get("rich_message").is_some() {
        return Some(Kind::Rich);
    }
    if message.get("photo").is_some() {
        return Some(Kind::Photo);
    }
    let held = HOLDERS.into_iter().find(|(name, _)| message.get(*name).is_some()).map(|(_, kind)| kind);
    held.or_else(|| message.get("text").map(|_| Kind::Text))
}

/// Text or caption, or what is written in a rich message: its pieces, in their order.
pub(super) fn text(message: &Value) -> String {
    let said = ["text", "caption"].into_iter().find_map(|name| message.get(name)?.as_str());
    match (said, message.get("rich_message")) {
        (Some(said), _) => said.to_owned(),
        (None, Some(rich)) => {
            let mut out = String::new();
            written(rich, &mut out, 0);
            out
        }
        (None, None) => String::new(),
    }
}

/// `file_unique_id` of the file that a message holds.
pub(super) fn unique(message: &Value) -> Option<String> {
    holder(message).and_then(|(_, unique)| unique.as_str().map(str::to_owned))
}

fn holder(message: &Value) -> Option<(&'static str, Value)> {
    if let Some(sizes) = message.get("photo") {
        let pixels = |size: &&Value| {
            let side = |name| size.get(name).and_then(Value::as_u64).unwrap_or_default();
            side("width").saturating_mul(side("height"))
        };
        let largest = sizes.as_array().into_iter().flatten().max_by_key(pixels);
        return Some(("photo", largest.and_then(|size| size.get("file_unique_id")).cloned()?));
    }
    let (name, _) = HOLDERS.into_iter().find(|(name, _)| message.get(*name).is_some())?;
    Some((name, message.get(name)?.get("file_unique_id")?.clone()))
}

/// In one order, and without what a person who is named is called today.
fn entities(told: &Value) -> Value {
    let number = |entity: &Value, name: &str| entity.get(name).and_then(Value::as_i64).unwrap_or_default();
    let mut entities: Vec<Value> = told.as_array().into_iter().flatten().map(|one| bare(one, 0)).collect();
    entities.sort_by_cached_key(|entity| {
        (number(entity, "offset"), -number(entity, "length"), entity.to_string())
    });
    entities.into()
}

/// Rows of texts with their addresses: other buttons don't survive a forward.
fn buttons(message: &Value) -> Option<Value> {
    let rows = message.get("reply_markup")?.get("inline_keyboard")?.as_array()?;
    let button = |button: &Value| json!([button.get("text"), button.get("url")]);
    let row = |row: &Value| row.as_array().into_iter().flatten().map(button).collect::<Vec<_>>();
    Some(rows.iter().map(row).collect::<Vec<_>>().into()).filter(|_| !rows.is_empty())
}

fn bare(value: &Value, depth: usize) -> Value {
    match value {
        _ if depth > MAX_DEPTH => Value::Null,
        Value::Array(items) => items.iter().map(|item| bare(item, depth + 1)).collect(),
        Value::Object(fields) => {
            let stays = |(name, _): &(&String, &Value)| !OF_A_FILE.contains(&name.as_str());
            let field = |(name, value): (&String, &Value)| {
                let value = match name.as_str() {
                    "user" => value.get("id").cloned().unwrap_or_default(),
                    _ => bare(value, depth + 1),
                };
                (name.clone(), value)
            };
            Value::Object(fields.iter().filter(stays).map(field).collect())
        }
        other => other.clone(),
    }
}

/// Keys of rich blocks and texts below which there is something to read, in reading order.
const WRITTEN: [&str; 10] = [
    "label",
    "summary",
    "blocks",
    "items",
    "text",
    "cells",
    "expression",
    "alternative_text",
    "caption",
    "credit",
];

fn written(value: &Value, out: &mut String, depth: usize) {
    match value {
        _ if depth > MAX_DEPTH => {}
        Value::String(text) => out.push_str(text),
        Value::Array(items) => {
            let is_text = items.iter().any(Value::is_string);
            for (index, item) in items.iter().enumerate() {
                if !is_text && index > 0 && !out.ends_with('\n') {
                    out.push('\n');
                }
                written(item, out, depth + 1);
            }
        }
        Value::Object(fields) => {
            WRITTEN
                .iter()
                .filter_map(|name| fields.get(*name))
                .for_each(|value| written(value, out, depth + 1));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(message: &Value) -> Option<Digest> {
        digest(message, false)
    }

    fn photo(sizes: &Value) -> Value {
        json!({ "photo": sizes, "caption": "c" })
    }

    #[test]
    fn what_nobody_edited_is_the_same() {
        let size = |unique: &str, width: u32| json!({ "file_id": unique, "file_unique_id": unique, "width": width, "height": 9, "file_size": 7 });
        let bold = json!({ "type": "bold", "offset": 0, "length": 2 });
        let link = json!({ "type": "text_link", "offset": 0, "length": 2, "url": "https://a.com/" });
        let named = |name: &str| {
            let user = json!({ "id": 5, "first_name": name });
            json!({ "text": "hi", "entities": [{ "type": "text_mention", "offset": 0, "length": 2, "user": user }] })
        };
        let block = |id: &str| {
            let photo = json!([{ "file_id": id, "file_unique_id": "u" }]);
            json!({ "rich_message": { "blocks": [{ "type": "photo", "photo": photo }] } })
        };
        let same = [
            (
                json!({ "text": "hi" }),
                json!({ "text": "hi", "message_id": 8, "date": 7, "forward_origin": {} }),
            ),
            (
                json!({ "text": "hi" }),
                json!({ "text": "hi", "link_preview_options": { "is_disabled": true } }),
            ),
            (
                json!({ "text": "hi", "entities": [bold, link] }),
                json!({ "text": "hi", "entities": [link, bold] }),
            ),
            (named("Ada"), named("Ada L.")),
            (photo(&json!([size("s", 90), size("l", 900)])), photo(&json!([size("l", 900), size("m", 320)]))),
            (block("one"), block("two")),
            (
                json!({ "text": "hi", "reply_markup": { "inline_keyboard": [] } }),
                json!({ "text": "hi", "reply_markup": { "keyboard": [] } }),
            ),
        ];
        for (one, two) in same {
            assert_eq!(of(&one), of(&two), "{one} {two}");
            assert!(of(&one).is_some(), "{one}");
        }
    }

    #[test]
    fn what_is_seen_makes_a_difference() {
        let file = |kind: &str, unique: &str| json!({ kind: { "file_id": "f", "file_unique_id": unique } });
        let button = |url: &str| {
            let rows = json!([[{ "text": "Docs", "url": url }]]);
            json!({ "text": "hi", "reply_markup": { "inline_keyboard": rows } })
        };
        let shown = [
            json!({ "text": "hi" }),
            json!({ "text": "ho" }),
            json!({ "caption": "hi" }),
            json!({ "text": "hi", "entities": [{ "type": "bold", "offset": 0, "length": 2 }] }),
            button("https://a.com/"),
            button("https://b.com/"),
            file("video", "a"),
            file("video", "b"),
            file("audio", "a"),
            json!({ "video": { "file_unique_id": "a" }, "has_media_spoiler": true }),
            json!({ "video": { "file_unique_id": "a" }, "caption": "c" }),
            json!({ "video": { "file_unique_id": "a" }, "caption": "c", "show_caption_above_media": true }),
            json!({ "rich_message": { "blocks": [{ "type": "paragraph", "text": "hi" }] } }),
        ];
        let digests: std::collections::BTreeSet<String> =
            shown.iter().map(|message| of(message).unwrap().to_string()).collect();
        assert_eq!(digests.len(), shown.len());
        for nothing in [json!({}), json!({ "message_id": 7, "pinned_message": {} }), json!([]), json!(null)] {
            assert_eq!(of(&nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_copy_has_no_buttons_and_so_has_what_is_only_copied() {
        let rows = json!([[{ "text": "Docs", "url": "https://a.com/" }]]);
        let mut message = json!({ "text": "hi", "reply_markup": { "inline_keyboard": rows } });
        let bare = of(&json!({ "text": "hi" }));
        assert_eq!((of(&message) == bare, digest(&message, true)), (false, bare.clone()));
        message["has_protected_content"] = true.into();
        assert_eq!(of(&message), bare);
    }

    #[test]
    fn rich_text_is_read_in_order() {
        let blocks = json!([
            { "type": "heading", "size": 2, "text": "T" },
            { "type": "list", "items": [{ "label": "•", "blocks": [{ "type": "paragraph", "text": ["a", { "type": "bold", "text": "b" }] }] }] },
        ]);
        assert_eq!(text(&json!({ "rich_message": { "blocks": blocks } })), "T\n•ab");
    }
}
