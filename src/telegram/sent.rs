//! The messages that a call made or changed, out of its answer: ids above all, for what was sent must be known.

use std::iter;

use serde::Deserialize;
use serde_json::Value;

use super::{reply, rich, shown};
use crate::ids::{Digest, MessageId};
use crate::lock::Content;
use crate::media::FileRef;
use crate::ports::Sent;

/// What an answer tells of messages that were just sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    Known(Vec<Sent>),
    /// `message_id: 0`: accepted, published later under an id nobody tells.
    Later,
    /// Sent, and the answer can't be read.
    Unreadable,
    /// Sent, and the answer tells of so many others than were asked for.
    Miscounted(usize),
}

/// Only the id of a `Message`, so that nothing else in it can keep it from being read.
#[derive(Deserialize)]
struct Id {
    message_id: Value,
}

/// The file of a `Message`, or of a block of a rich one.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Holder {
    photo: Option<Vec<PhotoSize>>,
    video: Option<File>,
    animation: Option<File>,
    audio: Option<File>,
    voice: Option<File>,
    voice_note: Option<File>,
    document: Option<File>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PhotoSize {
    file_id: String,
    file_unique_id: String,
    width: u64,
    height: u64,
}

/// `Video` and its like.
#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    file_id: String,
    file_unique_id: String,
}

/// The one message of text that the result is.
pub(super) fn message(body: &[u8]) -> Told {
    one(body, Vec::new)
}

fn one(body: &[u8], files: impl FnOnce() -> Files) -> Told {
    let ids = reply::result::<Id>(body).map(|id| vec![id]);
    told(ids, || vec![(files(), shown(body))])
}

/// The messages that a send of `content` made.
pub(super) fn messages(body: &[u8], content: &Content) -> Told {
    let count = content.messages();
    if count == 1 {
        return one(body, || files(body, content));
    }
    let ids = reply::result::<Vec<Id>>(body);
    if let Some(other) = ids.as_ref().ok().map(Vec::len).filter(|len| *len != count) {
        return Told::Miscounted(other);
    }
    told(ids, || {
        let holders = reply::result::<Vec<Holder>>(body).unwrap_or_default();
        let files = holders.into_iter().map(|holder| vec![holder.file()]);
        let messages = reply::result::<Vec<Value>>(body).unwrap_or_default().into_iter();
        let shown = messages.map(|message| shown::digest(&message, false));
        let padded = files.chain(iter::repeat(vec![None])).zip(shown.chain(iter::repeat(None)));
        padded.take(count).collect()
    })
}

/// The files of a message, in the order of its content; `None` for one that nothing was told of.
type Files = Vec<Option<FileRef>>;

/// What a message holds: its files, and the digest of what is seen of it.
type Held = (Files, Option<Digest>);

/// What the one message that the result is holds, as far as the answer tells.
pub(super) fn held(body: &[u8], content: &Content) -> Held {
    (files(body, content), shown(body))
}

fn files(body: &[u8], content: &Content) -> Files {
    match content {
        Content::Text { .. } => Vec::new(),
        Content::Rich { html, items } => rich::files(body, html, items),
        Content::Media { .. } | Content::Caption { .. } | Content::Grave { .. } => {
            vec![reply::result::<Holder>(body).ok().and_then(Holder::file)]
        }
    }
}

fn shown(body: &[u8]) -> Option<Digest> {
    reply::result::<Value>(body).ok().and_then(|message| shown::digest(&message, false))
}

fn told(ids: Result<Vec<Id>, String>, held: impl FnOnce() -> Vec<Held>) -> Told {
    let numbers = ids.unwrap_or_default().into_iter().map(|id| id.message_id.as_i64());
    let numbers: Option<Vec<i32>> = numbers.map(|id| i32::try_from(id?).ok().filter(|id| *id >= 0)).collect();
    match numbers {
        Some(ids) if ids.contains(&0) => Told::Later,
        Some(ids) if !ids.is_empty() => {
            let sent = ids.into_iter().zip(held());
            let sent = sent.map(|(id, (files, shown))| Sent { id: MessageId(id), files, shown });
            Told::Known(sent.collect())
        }
        _ => Told::Unreadable,
    }
}

impl Holder {
    /// An animation comes with a `document` that is the same file.
    pub(super) fn file(self) -> Option<FileRef> {
        let sizes = self.photo.unwrap_or_default().into_iter();
        let largest = sizes.max_by_key(|size| size.width.saturating_mul(size.height));
        let photo = largest.map(|size| File { file_id: size.file_id, file_unique_id: size.file_unique_id });
        let found = photo.or(self.video).or(self.animation).or(self.audio).or(self.voice).or(self.voice_note);
        let found = found.or(self.document)?;
        let whole = !found.file_id.is_empty() && !found.file_unique_id.is_empty();
        whole.then_some(FileRef { file_id: found.file_id, unique: found.file_unique_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Kind;
    use crate::telegram::testing::attachment;

    fn known(id: i32, file: Option<&str>) -> Sent {
        let file = file.map(|id| FileRef { file_id: id.to_owned(), unique: format!("u{id}") });
        Sent { id: MessageId(id), files: vec![file], shown: None }
    }

    /// An album of so many files, or one.
    fn media(count: usize) -> Content {
        Content::Media { items: vec![attachment(Kind::Photo); count], above: false }
    }

    /// What was told, without what is seen of it.
    fn unseen(told: Told) -> Told {
        let Told::Known(sent) = told else { return told };
        Told::Known(sent.into_iter().map(|sent| Sent { shown: None, ..sent }).collect())
    }

    #[test]
    fn an_id_is_found_in_any_message() {
        let deep = format!(
            r#"{{"ok":true,"result":{{"x":{}1{},"message_id":9}}}}"#,
            "[".repeat(500),
            "]".repeat(500)
        );
        let only = |id| Told::Known(vec![known(id, None)]);
        let cases = [
            (r#"{"ok":true,"result":{"message_id":118,"date":"soon"}}"#, only(118)),
            (r#"{"ok":true,"result":{"text":"\ud83d","message_id":5}}"#, only(5)),
            (r#"{"ok":true,"result":{"message_id":6,"photo":{},"video":7}}"#, only(6)),
            (r#"{"ok":true,"result":{"message_id":6,"document":{"file_id":"\ud83d"}}}"#, only(6)),
            (deep.as_str(), only(9)),
            (r#"{"ok":true,"result":{"message_id":0}}"#, Told::Later),
            (r#"{"ok":true,"result":{"message_id":-4}}"#, Told::Unreadable),
            (r#"{"ok":true,"result":{"message_id":2147483648}}"#, Told::Unreadable),
            (r#"{"ok":true,"result":{"message_id":"7"}}"#, Told::Unreadable),
            (r#"{"ok":true,"result":{}}"#, Told::Unreadable),
            (r#"{"ok":true,"result":[]}"#, Told::Unreadable),
            (r#"{"ok":true,"result":true}"#, Told::Unreadable),
            (r#"{"ok":true}"#, Told::Unreadable),
        ];
        for (body, expected) in cases {
            assert_eq!(unseen(messages(body.as_bytes(), &media(1))), expected, "{body}");
        }
    }

    #[test]
    fn an_album_is_known_whole_or_not_at_all() {
        let photo = |id: i32| {
            format!(r#"{{"message_id":{id},"photo":[{{"file_id":"{id}","file_unique_id":"u{id}"}}]}}"#)
        };
        let list = |items: &[String]| format!(r#"{{"ok":true,"result":[{}]}}"#, items.join(","));
        let bare = r#"{"message_id":9}"#.to_owned();
        let cases = [
            (list(&[photo(7), photo(8)]), Told::Known(vec![known(7, Some("7")), known(8, Some("8"))])),
            (list(&[photo(7), bare.clone()]), Told::Known(vec![known(7, Some("7")), known(9, None)])),
            (
                list(&[r#"{"message_id":7,"photo":1}"#.to_owned(), photo(8)]),
                Told::Known(vec![known(7, None), known(8, None)]),
            ),
            (list(&[photo(7)]), Told::Miscounted(1)),
            (list(&[photo(7), photo(8), bare]), Told::Miscounted(3)),
            (list(&[]), Told::Miscounted(0)),
            (list(&[photo(7), r#"{"message_id":0}"#.to_owned()]), Told::Later),
            (list(&[photo(7), "{}".to_owned()]), Told::Unreadable),
            (list(&[photo(7), r#"{"message_id":-1}"#.to_owned()]), Told::Unreadable),
            (r#"{"ok":true,"result":{"message_id":7}}"#.to_owned(), Told::Unreadable),
        ];
        for (body, expected) in cases {
            assert_eq!(unseen(messages(body.as_bytes(), &media(2))), expected, "{body}");
        }
    }

    #[test]
    fn what_is_seen_is_told_of_each_message() {
        let one = |text: &str| format!(r#"{{"message_id":7,"text":"{text}"}}"#);
        let body = format!(r#"{{"ok":true,"result":[{},{}]}}"#, one("a"), one("b"));
        let Told::Known(sent) = messages(body.as_bytes(), &media(2)) else { panic!() };
        let alone = |text: &str| shown(format!(r#"{{"ok":true,"result":{}}}"#, one(text)).as_bytes());
        assert_eq!((&sent[0].shown, &sent[1].shown), (&alone("a"), &alone("b")));
        assert!(alone("a").is_some() && alone("a") != alone("b"));
    }

    #[test]
    fn the_file_is_what_the_message_holds() {
        let file = |id: &str| format!(r#"{{"file_id":"{id}","file_unique_id":"u{id}","file_size":3}}"#);
        let size = |id: &str, w: u32, h: u32| {
            format!(r#"{{"file_id":"{id}","file_unique_id":"u{id}","width":{w},"height":{h}}}"#)
        };
        let cases = [
            (
                format!(
                    r#""photo":[{},{},{}]"#,
                    size("s", 90, 60),
                    size("l", 1280, 960),
                    size("m", 320, 240)
                ),
                Some("l"),
            ),
            (format!(r#""photo":[{},{}]"#, file("a"), file("b")), Some("b")),
            (format!(r#""photo":[],"video":{}"#, file("v")), Some("v")),
            (format!(r#""document":{},"animation":{}"#, file("d"), file("a")), Some("a")),
            (format!(r#""audio":{}"#, file("a")), Some("a")),
            (format!(r#""voice":{}"#, file("v")), Some("v")),
            (format!(r#""document":{}"#, file("d")), Some("d")),
            (r#""document":{"file_id":"d"}"#.to_owned(), None),
            (r#""document":{"file_unique_id":"d"}"#.to_owned(), None),
            (r#""text":"hi""#.to_owned(), None),
        ];
        for (fields, expected) in cases {
            let body = format!(r#"{{"ok":true,"result":{{"message_id":7,{fields}}}}}"#);
            let told = unseen(messages(body.as_bytes(), &media(1)));
            assert_eq!(told, Told::Known(vec![known(7, expected)]), "{fields}");
            assert_eq!(held(body.as_bytes(), &media(1)).0, known(7, expected).files, "{fields}");
        }
        assert_eq!(held(br#"{"ok":true,"result":true}"#, &media(1)), (vec![None], None));
        assert_eq!(held(b"", &Content::Text { html: String::new() }), (Vec::new(), None));
    }
}
