//! What is in the object store: the hash cache that lets a second run upload nothing. Like posts it changes only by events.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{ObjectKey, RelPath, Sha256Hex};

/// Objects of posts. What lies in `mirror.sources` is remembered in the store itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MirrorLock {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "super::json::unique")]
    pub objects: BTreeMap<ObjectKey, StoredObject>,
    /// The store that these are in. Another one is not assumed to have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
}

/// One object as it was put there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoredObject {
    pub etag: String,
    /// Absent for `index.json`, which is made and not copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<RelPath>,
    pub sha256: Sha256Hex,
    pub size: u64,
    /// `mirror.on_uploaded` has not been told of it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untold: bool,
}

/// Something that happened to the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum MirrorEvent {
    /// A store was opened; what another one held says nothing about this one.
    Opened { store: String },
    /// An object is there, put there by us or found as we would have put it.
    Stored { key: ObjectKey, object: StoredObject },
    /// `mirror.on_uploaded` took note of these.
    Told { keys: BTreeSet<ObjectKey> },
    /// An object is not there any more, or not as recorded.
    Lost { key: ObjectKey },
}

impl MirrorLock {
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.store.is_none()
    }

    pub fn fold(&mut self, event: &MirrorEvent) {
        match event {
            MirrorEvent::Opened { store } => {
                if self.store.as_ref() != Some(store) {
                    self.objects.clear();
                    self.store = Some(store.clone());
                }
            }
            MirrorEvent::Stored { key, object } => {
                self.objects.insert(key.clone(), object.clone());
            }
            MirrorEvent::Told { keys } => {
                for key in keys {
                    if let Some(object) = self.objects.get_mut(key) {
                        object.untold = false;
                    }
                }
            }
            MirrorEvent::Lost { key } => {
                self.objects.remove(key);
            }
        }
    }
}

/// Three-way, by key. An object that both sides changed differently is left out: the next run puts it there again, which
/// does no harm, while a claim that is wrong does.
pub(super) fn merge(base: Option<&MirrorLock>, ours: &MirrorLock, theirs: &MirrorLock) -> MirrorLock {
    let none = MirrorLock::default();
    let base = base.unwrap_or(&none);
    if ours.store != theirs.store {
        return match () {
            () if theirs.store == base.store => ours.clone(),
            () if ours.store == base.store => theirs.clone(),
            () => none,
        };
    }
    let keys: BTreeSet<&ObjectKey> = ours.objects.keys().chain(theirs.objects.keys()).collect();
    let merged = keys.into_iter().filter_map(|key| {
        let (base, ours, theirs) = (base.objects.get(key), ours.objects.get(key), theirs.objects.get(key));
        let object = match () {
            () if ours == theirs || theirs == base => ours,
            () if ours == base => theirs,
            () => None,
        };
        Some((key.clone(), object?.clone()))
    });
    MirrorLock { objects: merged.collect(), store: ours.store.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> StoredObject {
        let file = RelPath::new(std::path::Path::new("content/a/a.jpg")).unwrap();
        let sha256 = Sha256Hex::of(text.as_bytes());
        StoredObject { etag: "e".into(), file: Some(file), sha256, size: 1, untold: true }
    }

    fn key(name: &str) -> ObjectKey {
        ObjectKey(name.into())
    }

    /// A store that holds objects, written `key=content`.
    fn mirror(store: &str, objects: &[&str]) -> MirrorLock {
        let mut mirror = MirrorLock::default();
        mirror.fold(&MirrorEvent::Opened { store: store.into() });
        for (name, text) in objects.iter().map(|object| object.split_once('=').unwrap()) {
            mirror.fold(&MirrorEvent::Stored { key: key(name), object: object(text) });
        }
        mirror
    }

    #[test]
    fn events_are_folded() {
        let mut lock = mirror("one", &["a=1", "b=1", "a=2"]);
        assert_eq!(lock.objects[&key("a")], object("2"));
        lock.fold(&MirrorEvent::Told { keys: [key("a"), key("gone")].into() });
        assert_eq!((lock.objects[&key("a")].untold, lock.objects[&key("b")].untold), (false, true));
        lock.fold(&MirrorEvent::Lost { key: key("b") });
        lock.fold(&MirrorEvent::Opened { store: "one".into() });
        assert_eq!(lock.objects.len(), 1, "the same store");
        lock.fold(&MirrorEvent::Opened { store: "two".into() });
        assert_eq!(lock, mirror("two", &[]));
    }

    #[test]
    fn both_sides_are_kept_and_contradictions_are_not() {
        let base = mirror("s", &["same=1", "gone=1", "both=1", "ours=1"]);
        let ours = mirror("s", &["same=1", "both=2", "ours=2", "new=1"]);
        let theirs = mirror("s", &["same=1", "gone=1", "both=3", "ours=1", "more=1"]);
        let expected = mirror("s", &["same=1", "ours=2", "new=1", "more=1"]);
        assert_eq!(merge(Some(&base), &ours, &theirs), expected);
        assert_eq!(merge(Some(&base), &theirs, &ours), expected);
        assert_eq!(merge(None, &ours, &ours), ours);
    }

    #[test]
    fn a_store_that_one_side_left_stays_left() {
        let (old, moved, other) = (mirror("s", &["a=1"]), mirror("t", &["b=1"]), mirror("u", &["c=1"]));
        let more = mirror("s", &["a=1", "d=1"]);
        assert_eq!(merge(Some(&old), &moved, &more), moved);
        assert_eq!(merge(Some(&old), &more, &moved), moved);
        assert!(merge(Some(&old), &moved, &other).is_empty());
    }
}
