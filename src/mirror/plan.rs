//! What should be in the store beside what is recorded to be there.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Index;
use crate::content::index_key;
use crate::ids::{ObjectKey, RelPath, Sha256Hex, Slug};
use crate::lock::{MirrorLock, StoredObject};
use crate::ports::Held;

/// A file that should be in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    pub key: ObjectKey,
    pub file: RelPath,
    pub sha256: Sha256Hex,
    pub size: u64,
}

/// What a plan is made of.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Files of posts that are published.
    pub wants: &'a [Want],
    pub lock: &'a MirrorLock,
    /// The store's name; objects recorded of another one say nothing.
    pub store: &'a str,
    /// What was found there, where it was listed.
    pub there: Option<&'a BTreeMap<ObjectKey, Held>>,
    /// Upload everything again.
    pub force: bool,
    /// Posts whose objects stay though nothing wants them now: drafts that were sent, posts on hold or not selected.
    pub staying: &'a BTreeSet<Slug>,
    /// Objects that nothing wants are removed.
    pub prune: bool,
    pub prefix: &'a str,
    pub base: Option<&'a str>,
}

/// What carrying it out would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MirrorPlan {
    /// By key.
    pub items: Vec<Item>,
    pub unchanged: usize,
    /// Objects that nothing wants and that stay because nobody asked to prune.
    pub left: Vec<ObjectKey>,
    /// The list of objects has to be written.
    pub index: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub key: ObjectKey,
    pub verb: Verb,
    pub size: u64,
    /// `None`: a list of objects.
    pub file: Option<RelPath>,
    /// What it shall hold; `None`: nothing.
    pub sha256: Option<Sha256Hex>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    Upload,
    /// Another content at the same key.
    Replace,
    Delete,
}

impl MirrorPlan {
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && !self.index
    }

    /// Items that put something there.
    pub fn puts(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.verb != Verb::Delete)
    }

    pub fn deletes(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| item.verb == Verb::Delete)
    }

    /// Bytes to move.
    pub fn bytes(&self) -> u64 {
        self.puts().map(|item| item.size).sum()
    }
}

/// The post that a key belongs to.
pub fn slug_of(prefix: &str, key: &ObjectKey) -> Option<Slug> {
    let below = match prefix {
        "" => key.as_str(),
        prefix => key.as_str().strip_prefix(prefix)?.strip_prefix('/')?,
    };
    below.split_once('/')?.0.parse().ok()
}

/// Compare.
pub fn plan(input: &Input<'_>) -> MirrorPlan {
    let recorded = recorded(input);
    let mut plan = MirrorPlan::default();
    for want in input.wants {
        let known = recorded.get(&want.key);
        let same = known.is_some_and(|object| object.sha256 == want.sha256 && object.size == want.size);
        if same && !input.force {
            plan.unchanged += 1;
            continue;
        }
        let taken = known.is_some() || input.there.is_some_and(|there| there.contains_key(&want.key));
        plan.items.push(Item {
            key: want.key.clone(),
            verb: if taken { Verb::Replace } else { Verb::Upload },
            size: want.size,
            file: Some(want.file.clone()),
            sha256: Some(want.sha256.clone()),
        });
    }
    remove(input, &recorded, &mut plan);
    plan.items.sort_by(|a, b| a.key.cmp(&b.key));
    plan.index = index_is_stale(input, &recorded, &plan);
    plan
}

/// What the lock says of this store, less what a listing shows to be otherwise.
fn recorded<'a>(input: &Input<'a>) -> BTreeMap<&'a ObjectKey, &'a StoredObject> {
    if input.lock.store.as_deref() != Some(input.store) {
        return BTreeMap::new();
    }
    let holds = |(key, object): &(&ObjectKey, &StoredObject)| {
        input.there.is_none_or(|there| there.get(*key).is_some_and(|held| is_same(object, held)))
    };
    input.lock.objects.iter().filter(holds).collect()
}

/// Whether a store may still have what was put there, by size and, where both are known, entity tag.
fn is_same(object: &StoredObject, held: &Held) -> bool {
    let other_tag = held.etag.as_ref().is_some_and(|etag| *etag != object.etag);
    held.size == object.size && !other_tag
}

fn remove(input: &Input<'_>, recorded: &BTreeMap<&ObjectKey, &StoredObject>, plan: &mut MirrorPlan) {
    let wanted: BTreeSet<&ObjectKey> = input.wants.iter().map(|want| &want.key).collect();
    let index = index_key(input.prefix);
    let stays =
        |key: &ObjectKey| slug_of(input.prefix, key).is_some_and(|slug| input.staying.contains(&slug));
    for (key, object) in recorded {
        if wanted.contains(key) || **key == index || stays(key) {
            continue;
        }
        if !input.prune {
            plan.left.push((*key).clone());
            continue;
        }
        plan.items.push(Item {
            key: (*key).clone(),
            verb: Verb::Delete,
            size: object.size,
            file: object.file.clone(),
            sha256: None,
        });
    }
}

/// Whether the list that is there differs from the one that would be right afterwards.
fn index_is_stale(
    input: &Input<'_>,
    recorded: &BTreeMap<&ObjectKey, &StoredObject>,
    plan: &MirrorPlan,
) -> bool {
    let there = recorded.get(&index_key(input.prefix));
    if !plan.items.is_empty() {
        return true;
    }
    let files = recorded.iter().filter(|(_, object)| object.file.is_some());
    let (mut files, none) = (files.peekable(), there.is_none());
    if files.peek().is_none() && none {
        return false;
    }
    let index =
        Index::of_posts(recorded.iter().map(|(key, object)| (*key, *object)), input.prefix, input.base);
    let right = Sha256Hex::of(index.to_json().as_bytes());
    there.is_none_or(|there| there.sha256 != right) || input.force
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::MirrorEvent;

    const STORE: &str = "http://127.0.0.1:9000/media/";

    fn key(name: &str) -> ObjectKey {
        ObjectKey(name.into())
    }

    fn file(name: &str) -> RelPath {
        RelPath::new(std::path::Path::new("content")).unwrap().below(name)
    }

    /// Written `key=content`.
    fn wants(list: &[&str]) -> Vec<Want> {
        let want = |text: &&str| {
            let (name, content) = text.split_once('=').unwrap();
            let (sha256, size) = (Sha256Hex::of(content.as_bytes()), content.len() as u64);
            Want { key: key(name), file: file(name), sha256, size }
        };
        list.iter().map(want).collect()
    }

    /// A lock after these were put there, and their list.
    fn lock(list: &[&str]) -> crate::lock::Lock {
        let mut lock = crate::lock::Lock::new("6f1c0a52e9b7".into());
        lock.fold_mirror(&MirrorEvent::Opened { store: STORE.into() });
        let mut put = |key: ObjectKey, file: Option<RelPath>, sha256: Sha256Hex, size: u64| {
            let etag = format!("tag-{}", &sha256.as_str()[..8]);
            let object = StoredObject { etag, file, sha256, size, untold: false };
            lock.fold_mirror(&MirrorEvent::Stored { key, object });
        };
        for want in wants(list) {
            put(want.key, Some(want.file), want.sha256, want.size);
        }
        let index = Index::of_posts(&lock.mirror.objects, "", None).to_json();
        let object = StoredObject {
            etag: "index".into(),
            file: None,
            sha256: Sha256Hex::of(index.as_bytes()),
            size: index.len() as u64,
            untold: false,
        };
        lock.fold_mirror(&MirrorEvent::Stored { key: index_key(""), object });
        lock
    }

    fn input<'a>(wants: &'a [Want], lock: &'a MirrorLock, staying: &'a BTreeSet<Slug>) -> Input<'a> {
        Input {
            wants,
            lock,
            store: STORE,
            there: None,
            force: false,
            staying,
            prune: false,
            prefix: "",
            base: None,
        }
    }

    fn items(plan: &MirrorPlan) -> Vec<String> {
        plan.items.iter().map(|item| format!("{:?} {}", item.verb, item.key)).collect()
    }

    #[test]
    fn what_is_recorded_is_not_put_again() {
        let (wants, none) = (wants(&["a/1=x", "a/2=yy"]), BTreeSet::new());
        let lock = lock(&["a/1=x", "a/2=yy"]);
        let planned = plan(&input(&wants, &lock.mirror, &none));
        assert_eq!((planned.is_empty(), planned.unchanged), (true, 2));
        let forced = plan(&Input { force: true, ..input(&wants, &lock.mirror, &none) });
        assert_eq!((items(&forced), forced.index), (vec!["Replace a/1".into(), "Replace a/2".into()], true));
    }

    #[test]
    fn what_files_hold_decides() {
        let (wants, none) = (wants(&["a/1=X", "a/2=yy", "b/3=z"]), BTreeSet::new());
        let lock = lock(&["a/1=x", "a/2=yy", "c/4=w"]);
        let input = input(&wants, &lock.mirror, &none);
        let planned = plan(&input);
        assert_eq!(items(&planned), ["Replace a/1", "Upload b/3"]);
        assert_eq!((planned.left.len(), planned.bytes(), planned.index), (1, 2, true));
        let pruned = plan(&Input { prune: true, ..input });
        assert_eq!(items(&pruned), ["Replace a/1", "Upload b/3", "Delete c/4"]);
        let staying = BTreeSet::from(["c".parse().unwrap()]);
        let kept = plan(&Input { prune: true, staying: &staying, ..input });
        assert_eq!((items(&kept), kept.left.len()), (items(&planned), 0));
    }

    #[test]
    fn another_store_has_nothing_until_it_is_listed() {
        let (wants, none) = (wants(&["a/1=x"]), BTreeSet::new());
        let lock = lock(&["a/1=x"]);
        let moved = Input { store: "http://127.0.0.1:9000/other/", ..input(&wants, &lock.mirror, &none) };
        assert_eq!(items(&plan(&moved)), ["Upload a/1"]);
    }

    #[test]
    fn a_listing_has_the_last_word() {
        let (wants, none) = (wants(&["a/1=x", "a/2=yy", "a/3=zzz"]), BTreeSet::new());
        let lock = lock(&["a/1=x", "a/2=yy", "a/3=zzz"]);
        let held = |size, etag: Option<&str>| Held { size, etag: etag.map(str::to_owned), sha256: None };
        let index = lock.mirror.objects[&index_key("")].clone();
        let there = BTreeMap::from([
            (key("a/1"), held(1, None)),
            (key("a/2"), held(2, Some("another"))),
            (index_key(""), held(index.size, Some("index"))),
        ]);
        let planned = plan(&Input { there: Some(&there), ..input(&wants, &lock.mirror, &none) });
        assert_eq!(items(&planned), ["Replace a/2", "Upload a/3"]);
    }

    #[test]
    fn the_list_is_written_when_it_is_not_right() {
        let none = BTreeSet::new();
        let mut stale = lock(&["a/1=x"]);
        stale.fold_mirror(&MirrorEvent::Lost { key: index_key("") });
        let planned = plan(&input(&wants(&["a/1=x"]), &stale.mirror, &none));
        assert_eq!((planned.index, planned.items.len()), (true, 0));
        let moved = lock(&["a/1=x"]);
        let planned =
            plan(&Input { base: Some("https://e.org"), ..input(&wants(&["a/1=x"]), &moved.mirror, &none) });
        assert!(planned.index, "the public address changed");
        assert!(
            plan(&input(&[], &MirrorLock::default(), &none)).is_empty(),
            "nothing, and no list of nothing"
        );
    }

    #[test]
    fn keys_tell_their_post() {
        let slug = |prefix: &str, name: &str| slug_of(prefix, &key(name)).map(|slug| slug.to_string());
        assert_eq!(slug("", "a/1"), Some("a".into()));
        assert_eq!(slug("m/n", "m/n/a/b/1"), Some("a".into()));
        for (prefix, name) in [("m", "mm/a/1"), ("m", "a/1"), ("", "index.json"), ("", "A b/1")] {
            assert_eq!(slug(prefix, name), None, "{prefix} {name}");
        }
    }
}
