//! The lock: what is read is written canonically and whole, and two that grew from one lose nothing when they are merged.

use std::collections::BTreeSet;

use tgsync::ids::{MessageId, TargetName};
use tgsync::lock::{Lock, LockError, MergeError, merge, parse, sniff, to_json};

use super::history::{History, Script};

/// A lock as text, or else choices that make three of a history that parts.
pub(super) fn holds(bytes: &[u8]) {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.trim_start().starts_with('{') => read(text),
        _ => merges(&mut Script(bytes)),
    }
}

fn read(text: &str) {
    let lock = match parse(text) {
        Ok(lock) => lock,
        Err(error) => return assert!(!error.hint().is_empty() && !error.to_string().is_empty()),
    };
    assert_eq!(sniff(text), Some((lock.lineage.clone(), lock.serial)));
    assert_eq!(doubled_key(text), None, "one of the two is lost");
    for path in lock.targets.values().flat_map(|target| target.posts.values()).map(|post| &post.file) {
        assert!(!path.as_str().split('/').any(|part| part == ".."), "{path} leads out");
    }
    let canonical = stays(&lock);
    let whole = canonical.trim_end().len();
    for cut in [1, whole / 2, text.len() % whole, whole - 1] {
        if let Some(head) = canonical.get(..cut) {
            assert!(matches!(parse(head), Err(LockError::Truncated(_))), "cut off: {head}");
        }
    }
    merged(Some(&lock), &lock, &lock);
}

/// What is written is read back, and written the same.
fn stays(lock: &Lock) -> String {
    let canonical = to_json(lock);
    let again = parse(&canonical).unwrap_or_else(|error| panic!("{error}: {canonical}"));
    assert_eq!(again, *lock);
    assert_eq!(to_json(&again), canonical);
    canonical
}

/// Two runs go on from one state, each in its own clone.
fn merges(script: &mut Script<'_>) {
    let mut before = History::new();
    let lengths = [script.pick(24), script.pick(16), script.pick(16)];
    before.play(script, lengths[0]);
    let [mut ours, mut theirs] = [before.clone(), before.clone()];
    ours.play(script, lengths[1]);
    theirs.come_after(&ours);
    theirs.play(script, lengths[2]);
    for history in [&before, &ours, &theirs] {
        stays(&history.lock);
        merged(Some(&history.lock), &history.lock, &history.lock);
        merged(None, &history.lock, &history.lock);
    }
    let base = Some(&before.lock);
    let both = merged(base, &ours.lock, &theirs.lock);
    let other = merged(base, &theirs.lock, &ours.lock);
    assert_eq!(both.is_some(), other.is_some(), "whichever is ours");
    if let (Some(both), Some(other)) = (both, other) {
        assert_eq!(ids(&both), ids(&other), "whichever is ours");
        assert_eq!(both.mirror, other.mirror);
    }
    assert_eq!(merged(base, &ours.lock, &before.lock).map(unnumbered), Some(unnumbered(ours.lock.clone())));
    assert_eq!(
        merged(base, &before.lock, &theirs.lock).map(unnumbered),
        Some(unnumbered(theirs.lock.clone()))
    );
}

fn unnumbered(lock: Lock) -> Lock {
    Lock { serial: 0, ..lock }
}

/// The merge, if there is one. A message is missing from it only where one side took it out.
fn merged(base: Option<&Lock>, ours: &Lock, theirs: &Lock) -> Option<Lock> {
    let merged = match merge(base, ours, theirs) {
        Ok(merged) => merged,
        Err(MergeError::Posts(conflicts)) => {
            let read = parse(&conflicts.marked());
            assert!(matches!(read, Err(LockError::Conflict(_))), "nobody applies from it: {read:?}");
            return None;
        }
        Err(_) => return None,
    };
    stays(&merged);
    assert!(merged.serial > ours.serial.max(theirs.serial));
    if ours == theirs {
        assert_eq!(unnumbered(merged.clone()), unnumbered(ours.clone()), "both sides are the same");
    }
    let known = base.map(ids).unwrap_or_default();
    let (ours, theirs, all) = (ids(ours), ids(theirs), ids(&merged));
    for id in ours.union(&theirs).filter(|id| !all.contains(*id)) {
        let taken_out = known.contains(id) && !(ours.contains(id) && theirs.contains(id));
        assert!(taken_out, "{id:?} is lost");
    }
    Some(merged)
}

/// Every message and every doubt of every target.
fn ids(lock: &Lock) -> BTreeSet<(TargetName, Option<MessageId>, String)> {
    let of_target = |(name, target): (&TargetName, &tgsync::lock::TargetLock)| {
        let posts = target.posts.values().flat_map(tgsync::lock::Recorded::ids);
        let posts = posts.map(|id| (name.clone(), Some(id), String::new()));
        let doubts = target.doubt.iter().map(|pending| (name.clone(), None, pending.id.clone()));
        posts.chain(doubts).collect::<Vec<_>>()
    };
    lock.targets.iter().flat_map(of_target).collect()
}

/// A key that stands twice in one object, which most readers of JSON take for one.
fn doubled_key(text: &str) -> Option<String> {
    let error = serde_json::from_str::<strict::Once>(text).err()?;
    Some(error.to_string())
}

/// JSON whose objects have every key once.
mod strict {
    use std::collections::BTreeSet;
    use std::fmt;

    use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

    pub(super) struct Once;

    impl<'de> Deserialize<'de> for Once {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Self)
        }
    }

    impl<'de> Visitor<'de> for Once {
        type Value = Self;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
            Ok(self)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
            Ok(self)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
            Ok(self)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
            Ok(self)
        }

        fn visit_str<E>(self, _: &str) -> Result<Self, E> {
            Ok(self)
        }

        fn visit_unit<E>(self) -> Result<Self, E> {
            Ok(self)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
            while items.next_element::<Self>()?.is_some() {}
            Ok(self)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self, A::Error> {
            let mut seen = BTreeSet::new();
            while let Some((key, _)) = entries.next_entry::<String, Self>()? {
                if !seen.insert(key.clone()) {
                    return Err(A::Error::custom(format!("`{key}` stands twice")));
                }
            }
            Ok(self)
        }
    }
}
