//! Everything below one prefix: the media of posts, which the lock remembers, or a source, which its own list does.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::plan::{Input, Item, MirrorPlan, Verb, Want, plan, slug_of};
use super::transfer::{Moved, Task, transfer};
use super::{Index, IndexEntry, MAX_INDEX, Notice};
use crate::content::index_key;
use crate::ids::{ObjectKey, Sha256Hex, Slug};
use crate::lock::{MirrorEvent, MirrorLock, StoredObject};
use crate::ports::{Body, Held, LocalFile, MediaStore, StateError, StoreError, Upload};

/// Requests without a body at once.
const AT_ONCE: usize = 16;
/// Events that are written down together: a put can be repeated, so nothing is lost with the last ones.
const BATCH: usize = 32;

/// Whose files these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Posts,
    Source,
}

/// What should be below a prefix, and what is known to be.
#[derive(Debug)]
pub struct Shelf {
    pub whose: Whose,
    pub prefix: String,
    /// The store's name.
    pub store: String,
    /// Where objects are to be had.
    pub base: Option<String>,
    pub wants: Vec<Want>,
    pub files: BTreeMap<ObjectKey, LocalFile>,
    pub staying: BTreeSet<Slug>,
    pub prune: bool,
    pub known: MirrorLock,
    /// Somebody wants to be told of new objects.
    pub tells: bool,
}

/// What carrying a plan out needs beside the store.
pub struct Hands<'a> {
    /// Whether the run shall end.
    pub stop: &'a (dyn Fn() -> bool + Sync),
    /// Told of bytes that are through.
    pub progress: &'a (dyn Fn(u64) + Sync),
    pub kind_of: fn(&str) -> &'static str,
}

impl std::fmt::Debug for Hands<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hands").finish_non_exhaustive()
    }
}

/// What became of a plan.
#[derive(Debug, Default)]
pub struct Report {
    pub uploaded: usize,
    pub bytes: u64,
    /// Objects that were there already, as they should be.
    pub found: usize,
    pub deleted: usize,
    pub unchanged: usize,
    pub failed: Vec<Failed>,
    /// Not begun.
    pub skipped: usize,
    /// Objects that `mirror.on_uploaded` was told of.
    pub told: usize,
}

/// One object that is not as it should be.
#[derive(Debug)]
pub struct Failed {
    pub key: ObjectKey,
    pub file: Option<String>,
    pub error: StoreError,
}

impl Report {
    pub fn add(&mut self, other: Self) {
        self.uploaded += other.uploaded;
        self.bytes += other.bytes;
        self.found += other.found;
        self.deleted += other.deleted;
        self.unchanged += other.unchanged;
        self.failed.extend(other.failed);
        self.skipped += other.skipped;
        self.told += other.told;
    }

    /// Everything is as it should be.
    pub fn is_good(&self) -> bool {
        self.failed.is_empty() && self.skipped == 0
    }

    pub fn did_anything(&self) -> bool {
        self.uploaded + self.found + self.deleted + self.told > 0
    }
}

impl Shelf {
    /// Compare; `there` is a listing of the store.
    pub fn plan(&self, there: Option<&BTreeMap<ObjectKey, Held>>, force: bool) -> MirrorPlan {
        let input = Input {
            wants: &self.wants,
            lock: &self.known,
            store: &self.store,
            there,
            force,
            staying: &self.staying,
            prune: self.prune,
            prefix: &self.prefix,
            base: self.base.as_deref(),
        };
        let mut plan = plan(&input);
        if self.whose == Whose::Source {
            // It is its own memory: written whenever it would say something else.
            plan.index = !plan.items.is_empty();
        }
        plan
    }

    /// Whether a key would be ours: below the prefix, and, where posts are, below a slug.
    pub fn owns(&self, key: &ObjectKey) -> bool {
        match self.whose {
            Whose::Posts => slug_of(&self.prefix, key).is_some(),
            Whose::Source => *key != index_key(&self.prefix),
        }
    }

    /// Everything of this prefix that the store has.
    pub async fn list(&self, store: &impl MediaStore) -> Result<BTreeMap<ObjectKey, Held>, StoreError> {
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        Ok(store.list(&prefix).await?.into_iter().collect())
    }

    /// A source remembers in the store.
    pub async fn remember(&mut self, store: &impl MediaStore) -> Result<(), StoreError> {
        let bytes = store.load(&index_key(&self.prefix), MAX_INDEX).await?;
        let index = bytes.as_deref().and_then(Index::read);
        self.known = MirrorLock {
            objects: index.map(|index| index.remembered(&self.prefix)).unwrap_or_default(),
            store: Some(self.store.clone()),
        };
        Ok(())
    }

    /// Whether something is wanted of which nothing is known here, though the store may have it.
    pub fn has_gaps(&self) -> bool {
        match self.whose {
            Whose::Posts => self.known.store.as_ref() != Some(&self.store),
            Whose::Source => self.wants.iter().any(|want| !self.known.objects.contains_key(&want.key)),
        }
    }

    /// Objects that the store has as they are wanted, though nothing here knows: another store, or a run that died.
    pub async fn look(&self, store: &impl MediaStore) -> Result<Vec<MirrorEvent>, StoreError> {
        let there = self.list(store).await?;
        let known = |want: &&Want| {
            self.known.store.as_ref() == Some(&self.store) && self.known.objects.contains_key(&want.key)
        };
        let candidates = self
            .wants
            .iter()
            .filter(|want| !known(want))
            .filter(|want| there.get(&want.key).is_some_and(|held| held.size == want.size));
        let look = |want: Want| async move {
            let held = store.head(&want.key).await?;
            let held =
                held.filter(|held| held.sha256.as_ref() == Some(&want.sha256) && held.size == want.size);
            Ok::<_, StoreError>(held.map(|held| self.stored(want, held.etag.unwrap_or_default())))
        };
        let found = stream::iter(candidates.cloned()).map(look).buffer_unordered(AT_ONCE);
        Ok(found.try_collect::<Vec<_>>().await?.into_iter().flatten().collect())
    }

    fn stored(&self, want: Want, etag: String) -> MirrorEvent {
        let object = StoredObject {
            etag,
            file: Some(want.file),
            sha256: want.sha256,
            size: want.size,
            untold: self.tells,
        };
        MirrorEvent::Stored { key: want.key, object }
    }

    /// Carry a plan out: puts, then what is to go, then the list. `record` writes events down before they are folded.
    pub async fn carry_out<S: MediaStore>(
        &mut self,
        store: &S,
        plan: &MirrorPlan,
        hands: &Hands<'_>,
        mut record: impl AsyncFnMut(Vec<MirrorEvent>) -> Result<(), StateError>,
    ) -> Result<Report, StateError> {
        let mut report = Report { unchanged: plan.unchanged, ..Report::default() };
        let moved = self.put_all(store, plan, hands, &mut record).await?;
        report.uploaded = moved.done;
        report.bytes = moved.bytes;
        report.skipped = moved.skipped;
        let failed =
            |(task, error): (Task, StoreError)| Failed { key: task.key, file: Some(task.file.name), error };
        report.failed.extend(moved.failed.into_iter().map(failed));
        // What could not be replaced may still be linked to: nothing is removed while something is amiss.
        if report.is_good() {
            self.delete_all(store, plan, &mut report, &mut record).await?;
        }
        if plan.index
            && let Err(error) = self.put_index(store, &mut record).await?
        {
            report.failed.push(Failed { key: index_key(&self.prefix), file: None, error });
        }
        Ok(report)
    }

    async fn put_all<S: MediaStore>(
        &mut self,
        store: &S,
        plan: &MirrorPlan,
        hands: &Hands<'_>,
        record: &mut impl AsyncFnMut(Vec<MirrorEvent>) -> Result<(), StateError>,
    ) -> Result<Moved, StateError> {
        let task = |item: &Item| {
            let (file, sha256) = (self.files.get(&item.key)?.clone(), item.sha256.clone()?);
            Some(Task { kind: (hands.kind_of)(item.key.as_str()), key: item.key.clone(), file, sha256 })
        };
        let tasks: Vec<Task> = plan.puts().filter_map(task).collect();
        let wants: BTreeMap<ObjectKey, Want> =
            self.wants.iter().map(|want| (want.key.clone(), want.clone())).collect();
        let mut batch = Vec::new();
        let moved = transfer(store, tasks, (hands.stop, hands.progress), async |task: &Task, etag| {
            batch.push(self.stored(wants[&task.key].clone(), etag));
            if batch.len() < BATCH {
                return Ok(());
            }
            self.fold(std::mem::take(&mut batch), record).await
        })
        .await;
        // Those that are there are there, whatever became of the others.
        self.fold(batch, record).await?;
        moved
    }

    /// Write down, then fold.
    pub async fn fold(
        &mut self,
        events: Vec<MirrorEvent>,
        record: &mut impl AsyncFnMut(Vec<MirrorEvent>) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        for event in &events {
            self.known.fold(event);
        }
        if events.is_empty() { Ok(()) } else { record(events).await }
    }

    async fn delete_all<S: MediaStore>(
        &mut self,
        store: &S,
        plan: &MirrorPlan,
        report: &mut Report,
        record: &mut impl AsyncFnMut(Vec<MirrorEvent>) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        let keys: Vec<ObjectKey> = plan.deletes().map(|item| item.key.clone()).collect();
        let delete = |key: ObjectKey| async move { (store.delete(&key).await, key) };
        let done: Vec<_> = stream::iter(keys).map(delete).buffer_unordered(AT_ONCE).collect().await;
        let mut events = Vec::new();
        for (outcome, key) in done {
            match outcome {
                Ok(()) => events.push(MirrorEvent::Lost { key }),
                Err(error) => report.failed.push(Failed { key, file: None, error }),
            }
        }
        report.deleted = events.len();
        self.fold(events, record).await
    }

    /// The list of what is there now.
    pub async fn put_index<S: MediaStore>(
        &mut self,
        store: &S,
        record: &mut impl AsyncFnMut(Vec<MirrorEvent>) -> Result<(), StateError>,
    ) -> Result<Result<(), StoreError>, StateError> {
        let (objects, base) = (&self.known.objects, self.base.as_deref());
        let index = match self.whose {
            Whose::Posts => Index::of_posts(objects, &self.prefix, base),
            Whose::Source => Index::of_source(objects, base),
        };
        let (json, key) = (index.to_json(), index_key(&self.prefix));
        let sha256 = Sha256Hex::of(json.as_bytes());
        let body = Body::Bytes(json.as_bytes());
        let upload = Upload { body, kind: "application/json", sha256: &sha256, progress: &|_| {} };
        let etag = match store.put(&key, &upload).await {
            Ok(etag) => etag,
            Err(error) => return Ok(Err(error)),
        };
        if self.whose == Whose::Posts {
            let object = StoredObject { etag, file: None, sha256, size: json.len() as u64, untold: false };
            self.fold(vec![MirrorEvent::Stored { key, object }], record).await?;
        }
        Ok(Ok(()))
    }

    /// What somebody has to be told of; `None`: nothing, or nobody.
    pub fn notice(&self) -> Option<(Notice, BTreeSet<ObjectKey>)> {
        let untold = self.known.objects.iter().filter(|(_, object)| object.untold && object.file.is_some());
        let untold: Vec<(&ObjectKey, &StoredObject)> = untold.collect();
        let keys: BTreeSet<ObjectKey> = untold.iter().map(|(key, _)| (*key).clone()).collect();
        let base = self.base.as_deref();
        let entries: Vec<IndexEntry> = match self.whose {
            Whose::Posts => Index::of_posts(untold, &self.prefix, base).objects,
            Whose::Source => Index::of_source(untold, base).objects,
        };
        (self.tells && !keys.is_empty()).then(|| (Notice::new(&self.store, entries), keys))
    }
}

/// The verbs of a plan counted, for the guard.
impl MirrorPlan {
    /// Deletions as part of what is recorded, in percent; from ten objects up.
    pub fn delete_percent(&self, known: &MirrorLock) -> usize {
        let files = known.objects.values().filter(|object| object.file.is_some()).count();
        let deletes =
            self.items.iter().filter(|item| item.verb == Verb::Delete && item.file.is_some()).count();
        if files < 10 { 0 } else { deletes * 100 / files }
    }
}
