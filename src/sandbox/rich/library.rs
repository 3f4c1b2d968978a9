//! `media` of `InputRichMessage`: files that Rich HTML refers to by an id.

use std::collections::BTreeMap;

use serde_json::Value;

use super::files::{Files, Source};
use super::media::{Kind, is_web};
use crate::sandbox::params::Fields;

/// Longest id of a file.
const MAX_ID: usize = 64;

/// Files by their id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Library {
    files: BTreeMap<String, (Kind, Source)>,
}

impl Library {
    /// Reads an array of `InputRichMessageMedia`.
    pub(super) fn read(value: Option<&Value>, known: &Files<'_>) -> Result<Self, String> {
        let list = match value {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Array(list)) => list,
            Some(_) => return Err("Field \"media\" must be of type Array".into()),
        };
        let mut files = BTreeMap::new();
        for value in list {
            let (id, medium) = entry(value).map_err(malformed)?;
            let file = known.input_media(&medium, malformed)?;
            if files.insert(id, file).is_some() {
                return Err(malformed("identifier is used twice"));
            }
        }
        Ok(Self { files })
    }

    /// The kind and file behind a `src`: an address itself, or a reference to a file of the library.
    pub(super) fn resolve(&self, kind: Kind, src: &str) -> Result<(Kind, Source), String> {
        if src.is_empty() {
            return Err(kind.error("INVALID"));
        }
        if is_web(src) {
            return Ok((kind, Source::Web(src.to_owned())));
        }
        let id =
            src.strip_prefix("tg://").and_then(|rest| rest.strip_prefix(kind.name())?.strip_prefix("?id="));
        let id = id.ok_or_else(|| kind.error("URL_INVALID"))?;
        match self.files.get(id) {
            Some((found, file)) if kind.may_be(*found) => Ok((*found, file.clone())),
            _ => Err(kind.error("NO_MEDIA_FOUND")),
        }
    }
}

fn malformed(why: impl AsRef<str>) -> String {
    format!("can't parse InputRichMessageMedia: {}", why.as_ref())
}

/// The id and the `InputMedia…`.
fn entry(value: &Value) -> Result<(String, Fields<'_>), String> {
    let object = value.as_object().ok_or("expected an Object")?;
    let fields = Fields(object);
    let id = fields.required_text("id")?;
    let is_id = (1..=MAX_ID).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !is_id {
        return Err("invalid identifier specified".into());
    }
    Ok((id, fields.object("media")?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Files, Kind, Library, Source, Value};

    fn read(value: &Value) -> Result<Library, String> {
        Library::read(Some(value), &Files::of(None))
    }

    #[test]
    fn references_lead_to_files_of_their_kind() {
        let gif = json!([{"id": "x", "media": {"type": "animation", "media": "https://a.b/x.gif"}}]);
        let library = read(&gif).unwrap();
        let found = Ok((Kind::Animation, Source::Web("https://a.b/x.gif".into())));
        assert_eq!(library.resolve(Kind::Video, "tg://video?id=x"), found);
        for (kind, src, expected) in [
            (Kind::Photo, "tg://photo?id=x", "RICH_MESSAGE_PHOTO_NO_MEDIA_FOUND"),
            (Kind::Video, "tg://video?id=y", "RICH_MESSAGE_VIDEO_NO_MEDIA_FOUND"),
            (Kind::Photo, "", "RICH_MESSAGE_PHOTO_INVALID"),
            (Kind::Photo, "tg://video?id=x", "RICH_MESSAGE_PHOTO_URL_INVALID"),
            (Kind::Audio, "a.mp3", "RICH_MESSAGE_AUDIO_URL_INVALID"),
        ] {
            assert_eq!(library.resolve(kind, src), Err(expected.into()), "{src}");
        }
    }

    #[test]
    fn bad_files_are_refused() {
        let file = json!({"type": "photo", "media": "https://a.b/c"});
        for (value, expected) in [
            (json!({}), "Field \"media\" must be of type Array"),
            (json!([{"id": "a b", "media": file}]), "invalid identifier"),
            (json!([{"id": "a"}]), "Can't find field \"media\""),
            (json!([{"id": "a", "media": file}, {"id": "a", "media": file}]), "used twice"),
            (json!([{"id": "a", "media": {"type": "photo", "media": "attach://a"}}]), "media not found"),
            (
                json!([{"id": "a", "media": {"type": "sticker", "media": "x"}}]),
                "type \"sticker\" is unsupported",
            ),
        ] {
            let refused = read(&value).unwrap_err();
            assert!(refused.contains(expected), "{value}: {refused}");
        }
    }
}
