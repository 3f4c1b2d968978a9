//! Attachments → parameters of `sendPhoto` and its like, and `InputMedia` objects, with the files that go along (Bot API
//! 10.3, checked 2026-11-20).

use std::path::Path;

use serde_json::{Map, Value, json};

use super::rich;
use crate::ids::{RelPath, Sha256Hex};
use crate::lock::{self, Attachment, Thumbnail};
use crate::media::{Kind, rich_id};

/// What stands where a picture stood: 640 × 360, of one grey.
const REMOVED: &[u8] = include_bytes!("removed.png");

/// The same of a document.
const REMOVED_TEXT: &str = "This file was removed.\n";

/// A file whose bytes are a field of the form that a call is posted as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Enclosure {
    /// The name of the field.
    pub(super) field: String,
    pub(super) file: RelPath,
    /// What was planned to be sent.
    pub(super) sha256: Sha256Hex,
    /// Bytes.
    pub(super) size: u64,
    /// What it holds, if it is no file of the repository.
    pub(super) made: Option<&'static [u8]>,
}

/// The parameters of a call that sends one file, and what it uploads. The file itself is a field named as its kind.
pub(super) fn single(item: &Attachment, above: bool) -> (Map<String, Value>, Vec<Enclosure>) {
    let mut parameters = captioned(item, above);
    parameters.append(&mut described(item));
    let mut files = Vec::new();
    match &item.file_id {
        Some(id) => drop(parameters.insert(item.kind.word().to_owned(), id.as_str().into())),
        None => files.push(enclosure(item.kind.word().to_owned(), item)),
    }
    files.extend(thumbnail(item, 0, &mut parameters));
    (parameters, files)
}

/// `InputMedia` objects in the order of the items, and what they upload.
pub(super) fn inputs(items: &[Attachment], above: bool) -> (Vec<Value>, Vec<Enclosure>) {
    let mut files = Vec::new();
    let input = |(index, item): (usize, &Attachment)| {
        let mut input = captioned(item, above);
        input.append(&mut described(item));
        self::input(input, item, index, &mut files)
    };
    (items.iter().enumerate().map(input).collect(), files)
}

/// `InputRichMessageMedia` objects, and what they upload. Captions stand in the message itself.
pub(super) fn shown(items: &[Attachment]) -> (Vec<Value>, Vec<Enclosure>) {
    let mut files = Vec::new();
    let medium = |(index, item): (usize, &Attachment)| {
        let medium = input(described(item), item, index, &mut files);
        json!({ "id": rich_id(index), "media": medium })
    };
    (items.iter().enumerate().map(medium).collect(), files)
}

/// Completes an `InputMedia` object with its type and its file, and notes what it uploads.
fn input(
    mut input: Map<String, Value>,
    item: &Attachment,
    index: usize,
    files: &mut Vec<Enclosure>,
) -> Value {
    input.insert("type".to_owned(), rich::name(item.kind).into());
    let media = item.file_id.clone().unwrap_or_else(|| {
        let field = format!("file{index}");
        let media = format!("attach://{field}");
        files.push(enclosure(field, item));
        media
    });
    input.insert("media".to_owned(), media.into());
    files.extend(thumbnail(item, index, &mut input));
    Value::Object(input)
}

/// The parameters of a caption. Telegram wants its place to be the same throughout an album, and knows none for some
/// kinds.
pub(super) fn caption(html: &str, above: Option<bool>) -> Map<String, Value> {
    let mut parameters = Map::new();
    let mut set = |name: &str, value: Value| parameters.insert(name.to_owned(), value);
    set("caption", html.into());
    set("parse_mode", "HTML".into());
    if let Some(above) = above {
        set("show_caption_above_media", above.into());
    }
    parameters
}

/// The parameters of an item's caption, as far as its kind knows them.
fn captioned(item: &Attachment, above: bool) -> Map<String, Value> {
    caption(&item.html, is_visual(item.kind).then_some(above))
}

fn is_visual(kind: Kind) -> bool {
    matches!(kind, Kind::Photo | Kind::Video | Kind::Animation)
}

/// What calls and `InputMedia` objects name alike: how the file is shown.
fn described(item: &Attachment) -> Map<String, Value> {
    let mut parameters = Map::new();
    let mut set = |name: &str, value: Value| parameters.insert(name.to_owned(), value);
    if is_visual(item.kind) {
        set("has_spoiler", item.spoiler.into());
    }
    match item.kind {
        Kind::Video => drop(set("supports_streaming", true.into())),
        // Otherwise the server may make a video or an animation of it.
        Kind::Document => drop(set("disable_content_type_detection", true.into())),
        Kind::Photo | Kind::Animation | Kind::Audio | Kind::Voice => {}
    }
    parameters
}

/// Names the thumbnail among `parameters` and answers what is uploaded for it. Thumbnails go with uploads only, and not
/// with every kind.
fn thumbnail(item: &Attachment, index: usize, parameters: &mut Map<String, Value>) -> Option<Enclosure> {
    let may_have = matches!(item.kind, Kind::Video | Kind::Animation | Kind::Audio | Kind::Document);
    let thumbnail = item.thumbnail.as_ref().filter(|_| may_have && item.file_id.is_none())?;
    let field = format!("thumbnail{index}");
    parameters.insert("thumbnail".to_owned(), json!(format!("attach://{field}")));
    let Thumbnail { file, sha256, size } = thumbnail.clone();
    Some(Enclosure { field, file, sha256, size, made: None })
}

fn enclosure(field: String, item: &Attachment) -> Enclosure {
    Enclosure { field, file: item.file.clone(), sha256: item.sha256.clone(), size: item.size, made: None }
}

/// A file that is in no repository.
pub(super) fn marker(field: &str, content: &'static str) -> Enclosure {
    made(field, "marker.txt", content.as_bytes())
}

/// `InputMedia` of an empty file that stands where one of this kind stood, and the file. In an album it has to be of the
/// same class: a picture for what is seen, a document for documents.
pub(super) fn grave(html: &str, of: lock::Kind) -> (Value, Enclosure) {
    let seen = matches!(of, lock::Kind::Photo | lock::Kind::Video | lock::Kind::Animation);
    let (kind, file) = if seen {
        (Kind::Photo, made("file0", "removed.png", REMOVED))
    } else {
        (Kind::Document, made("file0", "removed.txt", REMOVED_TEXT.as_bytes()))
    };
    let mut input = caption(html, seen.then_some(false));
    input.insert("type".to_owned(), kind.word().into());
    input.insert("media".to_owned(), format!("attach://{}", file.field).into());
    if !seen {
        input.insert("disable_content_type_detection".to_owned(), true.into());
    }
    (Value::Object(input), file)
}

fn made(field: &str, name: &str, content: &'static [u8]) -> Enclosure {
    Enclosure {
        field: field.to_owned(),
        file: RelPath::new(Path::new(name)).expect("it is a plain name"),
        sha256: Sha256Hex::of(content),
        size: content.len() as u64,
        made: Some(content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telegram::testing::attachment as item;

    fn rel(path: &str) -> RelPath {
        RelPath::new(Path::new(path)).unwrap()
    }

    fn full(kind: Kind) -> Attachment {
        let thumbnail = Thumbnail { file: rel("content/a/t.jpg"), sha256: Sha256Hex::of(b"t"), size: 2 };
        Attachment { html: "<b>c</b>".to_owned(), spoiler: true, thumbnail: Some(thumbnail), ..item(kind) }
    }

    fn fields(files: &[Enclosure]) -> Vec<(&str, &str, u64)> {
        files.iter().map(|file| (file.field.as_str(), file.file.as_str(), file.size)).collect()
    }

    const FILE: &str = "content/a/x.bin";
    const THUMBNAIL: (&str, &str, u64) = ("thumbnail0", "content/a/t.jpg", 2);

    #[test]
    fn every_kind_is_told_what_its_method_knows() {
        let text = json!({ "caption": "<b>c</b>", "parse_mode": "HTML" });
        let visual = json!({ "show_caption_above_media": true, "has_spoiler": true });
        let thumbnail = json!({ "thumbnail": "attach://thumbnail0" });
        let streaming = json!({ "supports_streaming": true });
        let as_it_is = json!({ "disable_content_type_detection": true });
        let cases: [(Kind, &[&Value]); 6] = [
            (Kind::Photo, &[&visual]),
            (Kind::Video, &[&visual, &thumbnail, &streaming]),
            (Kind::Animation, &[&visual, &thumbnail]),
            (Kind::Audio, &[&thumbnail]),
            (Kind::Voice, &[]),
            (Kind::Document, &[&thumbnail, &as_it_is]),
        ];
        for (kind, more) in cases {
            let (parameters, files) = single(&full(kind), true);
            let mut expected = text.as_object().unwrap().clone();
            for more in more {
                expected.extend(more.as_object().unwrap().clone());
            }
            assert_eq!(parameters, expected, "{kind:?}");
            let mut uploads = vec![(kind.word(), FILE, 1)];
            uploads.extend(more.contains(&&thumbnail).then_some(THUMBNAIL));
            assert_eq!(fields(&files), uploads, "{kind:?}");
        }
    }

    #[test]
    fn what_is_off_is_stated_as_well() {
        let (parameters, _) = single(&item(Kind::Photo), false);
        let expected = json!({
            "caption": "", "parse_mode": "HTML", "show_caption_above_media": false, "has_spoiler": false
        });
        assert_eq!(Value::Object(parameters), expected);
    }

    #[test]
    fn a_file_that_telegram_has_is_named_and_its_thumbnail_stays_here() {
        let known = Attachment { file_id: Some("AgAC-7".to_owned()), ..full(Kind::Video) };
        let (parameters, files) = single(&known, false);
        assert_eq!((parameters["video"].as_str(), parameters.get("thumbnail")), (Some("AgAC-7"), None));
        assert_eq!(files, []);
        let (inputs, files) = inputs(&[known], false);
        assert_eq!((inputs[0]["media"].as_str(), inputs[0].get("thumbnail")), (Some("AgAC-7"), None));
        assert_eq!(files, []);
    }

    #[test]
    fn an_album_mixes_uploads_and_what_telegram_has() {
        let known = Attachment { file_id: Some("AgAC-7".to_owned()), ..item(Kind::Photo) };
        let (inputs, files) = inputs(&[item(Kind::Photo), known, full(Kind::Video)], false);
        let photo = json!({
            "type": "photo", "media": "attach://file0", "caption": "", "parse_mode": "HTML",
            "show_caption_above_media": false, "has_spoiler": false
        });
        let mut same = photo.clone();
        same["media"] = "AgAC-7".into();
        let video = json!({
            "type": "video", "media": "attach://file2", "thumbnail": "attach://thumbnail2",
            "caption": "<b>c</b>", "parse_mode": "HTML", "show_caption_above_media": false, "has_spoiler": true,
            "supports_streaming": true
        });
        assert_eq!(inputs, [photo, same, video]);
        let thumbnail = ("thumbnail2", "content/a/t.jpg", 2);
        assert_eq!(fields(&files), [("file0", FILE, 1), ("file2", FILE, 1), thumbnail]);
    }
}
