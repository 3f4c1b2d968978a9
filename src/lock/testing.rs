//! Small locks and events for the tests of this room.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Content, Event, Intent, IntentVerb, Kind, Lock, Payload, Pending, Preview, SentPart, What};
use crate::ids::{BlobId, Digest, MessageId, RelPath, TargetName, Timestamp};

pub(crate) fn target() -> TargetName {
    "news".parse().unwrap()
}

pub(crate) fn digest(text: &str) -> Digest {
    Digest::of(text)
}

fn at() -> Timestamp {
    "2026-11-20T10:00:00Z".parse().unwrap()
}

pub(crate) fn record(slug: &str, text: &str) -> SentPart {
    SentPart {
        rendered_as: "html/1".into(),
        blob: BlobId::of(slug.as_bytes()),
        file: RelPath::new(Path::new(&format!("content/{slug}.md"))).unwrap(),
        fixed: None,
        items: Vec::new(),
        keep: false,
        kind: Kind::Text,
        links: BTreeMap::new(),
        markup: None,
        more: false,
        opts: digest("opts"),
        text: digest(text),
        topic: None,
    }
}

pub(crate) fn sent(slug: &str, part: usize, ids: &[i32]) -> Event {
    let ids = ids.iter().copied().map(MessageId).collect();
    let what = What::Sent {
        slug: slug.parse().unwrap(),
        part,
        ids,
        at: at(),
        record: record(slug, slug),
        files: Vec::new(),
        shown: Vec::new(),
        left: Vec::new(),
    };
    Event { target: target(), what }
}

fn bold(slug: &str) -> Payload {
    payload(Content::Text { html: format!("<b>{slug}</b>") })
}

/// With nothing but what it says.
pub(crate) fn payload(content: Content) -> Payload {
    Payload {
        content,
        buttons: Vec::new(),
        preview: Preview::default(),
        protect: false,
        reply_to: None,
        silent: false,
    }
}

pub(crate) fn pending(id: &str, slug: &str) -> Pending {
    Pending {
        after: MessageId(141),
        at: at(),
        blob: BlobId::of(slug.as_bytes()),
        id: id.to_owned(),
        left: Vec::new(),
        part: 0,
        payload: bold(slug),
        slug: slug.parse().unwrap(),
        topic: None,
        record: record(slug, slug),
        completes: None,
    }
}

pub(crate) fn intent(slug: &str) -> Intent {
    Intent {
        target: target(),
        slug: slug.parse().unwrap(),
        part: 0,
        verb: IntentVerb::Send,
        at: at(),
        after: MessageId(141),
        ids: Vec::new(),
        left: Vec::new(),
        payload: Some(bold(slug)),
        topic: None,
        record: Some(record(slug, slug)),
        completes: None,
    }
}

pub(crate) fn ids_of(lock: &Lock, slug: &str) -> Vec<i32> {
    let target = lock.target(&target());
    target.posts[&slug.parse().unwrap()].ids().map(|id| id.0).collect()
}
