//! The files that a rich message shows, out of the answer of its call: the blocks that it became tell of them, in the
//! order of the HTML, among pictures that came from the web (Bot API `RichMessage`, checked 2026-11-21).

use serde::Deserialize;
use serde_json::Value;

use super::reply;
use super::sent::Holder;
use crate::lock::Attachment;
use crate::media::{FileRef, Kind, rich_id};

/// How elements begin that show a file.
const SHOWN: [&str; 4] = ["<img src=\"", "<video src=\"", "<audio src=\"", "<tg-document src=\""];

#[derive(Deserialize)]
struct Message {
    rich_message: Blocks,
}

#[derive(Deserialize)]
struct Blocks {
    blocks: Value,
}

/// Each of `items`, as Telegram has it; `None` where the answer does not tell for certain. An id of the wrong file would
/// be sent in place of the right one.
pub(super) fn files(body: &[u8], html: &str, items: &[Attachment]) -> Vec<Option<FileRef>> {
    let mut files = vec![None; items.len()];
    let places = places(html, items.len());
    let Ok(message) = reply::result::<Message>(body) else { return files };
    let mut shown = Vec::new();
    collect(&message.rich_message.blocks, &mut shown);
    if shown.len() != places.len() {
        return files;
    }
    for (block, place) in shown.into_iter().zip(places) {
        let Some(index) = place else { continue };
        let of_its_kind = block["type"] == name(items[index].kind);
        let holder = Some(block).filter(|_| of_its_kind).map(Holder::deserialize);
        files[index] = holder.and_then(Result::ok).and_then(Holder::file);
    }
    files
}

/// What each element shows, in order: one of so many items, or something from the web.
fn places(html: &str, items: usize) -> Vec<Option<usize>> {
    let ids: Vec<String> = (0..items).map(rich_id).collect();
    let place = |at: usize| {
        let begin = SHOWN.iter().find(|begin| html[at..].starts_with(**begin))?;
        let source = html[at + begin.len()..].split('"').next().unwrap_or_default();
        let id = source.strip_prefix("tg://").and_then(|source| source.split_once("?id=")).map(|(_, id)| id);
        Some(id.and_then(|id| ids.iter().position(|known| known == id)))
    };
    // In texts and addresses it is escaped.
    html.match_indices('<').filter_map(|(at, _)| place(at)).collect()
}

/// The blocks that hold a file, in order.
fn collect<'v>(value: &'v Value, shown: &mut Vec<&'v Value>) {
    for block in value.as_array().into_iter().flatten() {
        let is_file = Kind::ALL.iter().any(|kind| block["type"] == name(*kind));
        if is_file {
            shown.push(block);
        }
        collect(&block["items"], shown);
        collect(&block["blocks"], shown);
    }
}

/// The type of a block with such a file, and of `InputMedia`.
pub(super) fn name(kind: Kind) -> &'static str {
    if kind == Kind::Voice { "voice_note" } else { kind.word() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telegram::testing::attachment as item;
    use serde_json::json;

    fn told(html: &str, kinds: &[Kind], blocks: &Value) -> Vec<String> {
        let body = json!({"ok": true, "result": {"message_id": 7, "rich_message": {"blocks": blocks}}});
        let items: Vec<Attachment> = kinds.iter().copied().map(item).collect();
        let files = files(body.to_string().as_bytes(), html, &items);
        files.into_iter().map(|file| file.map_or("-".to_owned(), |file| file.file_id)).collect()
    }

    fn photo(id: &str) -> Value {
        let size =
            |id: &str, width: u32| json!({"file_id": id, "file_unique_id": "u", "width": width, "height": 9});
        json!({"type": "photo", "photo": [size("small", 90), size(id, 900)]})
    }

    fn file(kind: &str, id: &str) -> Value {
        json!({"type": kind, kind: {"file_id": id, "file_unique_id": "u"}})
    }

    #[test]
    fn files_are_told_from_pictures_of_the_web_wherever_they_stand() {
        let html = "<p>&lt;img src=\"tg://photo?id=f01\"</p><img src=\"https://e.org/?id=f02\"/><ul><li><figure><img \
                    src=\"tg://photo?id=f01\" tg-spoiler/><figcaption>x</figcaption></figure></li></ul><details>\
                    <summary>s</summary><video src=\"tg://video?id=f02\"></video></details>\
                    <tg-document src=\"tg://document?id=f03\"></tg-document>";
        let kinds = [Kind::Photo, Kind::Animation, Kind::Document];
        let blocks = json!([
            {"type": "paragraph", "text": "x"},
            photo("web"),
            {"type": "list", "items": [{"blocks": [photo("one")], "label": "•"}]},
            {"type": "details", "summary": "s", "blocks": [file("animation", "two")]},
            file("document", "three"),
        ]);
        assert_eq!(told(html, &kinds, &blocks), ["one", "two", "three"]);
    }

    #[test]
    fn what_is_not_certain_is_not_known() {
        let html = "<img src=\"tg://photo?id=f01\"/><video src=\"tg://video?id=f02\"></video>";
        let kinds = [Kind::Photo, Kind::Video];
        for (blocks, expected) in [
            (json!([photo("a"), file("video", "b")]), ["a", "b"]),
            (json!([photo("a"), file("animation", "b")]), ["a", "-"]),
            (json!([photo("a"), {"type": "video", "video": {"file_id": "b"}}]), ["a", "-"]),
            (json!([photo("a")]), ["-", "-"]),
            (json!([photo("a"), photo("x"), file("video", "b")]), ["-", "-"]),
            (json!({"type": "photo"}), ["-", "-"]),
            (json!("nothing"), ["-", "-"]),
        ] {
            assert_eq!(told(html, &kinds, &blocks), expected, "{blocks}");
        }
        let items = [item(Kind::Photo)];
        for body in [r#"{"ok":true,"result":true}"#, r#"{"ok":true,"result":{"rich_message":7}}"#, ""] {
            assert_eq!(files(body.as_bytes(), html, &items), [None]);
        }
    }
}
