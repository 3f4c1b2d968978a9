//! The lock in memory and the journal beside it, in step: what is folded was written down before.

use std::time::Duration;

use crate::ids::{TargetName, Timestamp};
use crate::lock::{Entry, Event, Intent, IntentVerb, Lock, MirrorEvent, Note, What};
use crate::ports::{StateError, StateStore};

/// The one place through which an apply changes the lock.
pub struct Ledger<S> {
    lock: Lock,
    store: S,
    ids: ulid::Generator,
    /// Sends that were written down together and not begun yet.
    announced: Vec<(String, Intent)>,
}

impl<S> std::fmt::Debug for Ledger<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("serial", &self.lock.serial).finish_non_exhaustive()
    }
}

impl<S: StateStore> Ledger<S> {
    pub fn new(lock: Lock, store: S) -> Self {
        Self { lock, store, ids: ulid::Generator::new(), announced: Vec::new() }
    }

    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    pub fn into_parts(self) -> (Lock, S) {
        (self.lock, self.store)
    }

    /// Write down that a run begins.
    pub async fn begin(&mut self, now: Timestamp) -> Result<(), StateError> {
        let lineage = self.lock.lineage.clone();
        self.write(now, Note::Run { lineage, epoch: None }).await.map(drop)
    }

    /// Write down sends that are about to be made one after another, in one stroke.
    pub async fn announce(&mut self, intents: Vec<Intent>) -> Result<(), StateError> {
        let named: Vec<(String, Intent)> =
            intents.into_iter().map(|intent| (self.new_id(intent.at), intent)).collect();
        let entry = |(id, intent): &(String, Intent)| Entry {
            id: id.clone(),
            what: Note::Intent(Box::new(intent.clone())),
        };
        self.store.append(&named.iter().map(entry).collect::<Vec<_>>()).await?;
        self.announced.extend(named);
        Ok(())
    }

    /// Whether this part of this post was announced.
    pub fn is_announced(&self, intent: &Intent) -> bool {
        self.announced.iter().any(|(_, announced)| is_same(announced, intent))
    }

    /// Write down that what was announced for this target is not going to be sent.
    pub async fn withdraw(&mut self, target: &TargetName) -> Result<(), StateError> {
        let announced = std::mem::take(&mut self.announced);
        let (theirs, rest) = announced.into_iter().partition(|(_, intent)| intent.target == *target);
        self.announced = rest;
        let end = |(id, _): (String, Intent)| Entry { id, what: Note::NotAttempted(true) };
        let theirs: Vec<(String, Intent)> = theirs;
        let ends: Vec<Entry> = theirs.into_iter().map(end).collect();
        if ends.is_empty() { Ok(()) } else { self.store.append(&ends).await }
    }

    /// Write down a call that is about to be made, unless it was announced; its id.
    pub async fn intend(&mut self, intent: &Intent) -> Result<String, StateError> {
        if let Some(place) = self.announced.iter().position(|(_, announced)| is_same(announced, intent)) {
            return Ok(self.announced.remove(place).0);
        }
        if intent.verb == IntentVerb::Send {
            // What was announced is not what is to be sent now.
            self.withdraw(&intent.target).await?;
        }
        self.write(intent.at, Note::Intent(Box::new(intent.clone()))).await
    }

    /// Write down and fold what the call of `intent` did, and that the change it completes is done. It is folded even
    /// when it can't be written down: it happened, and the lock that is saved in the end must know it.
    pub async fn outcome(&mut self, id: &str, intent: &Intent, what: What) -> Result<(), StateError> {
        let event = Event { target: intent.target.clone(), what };
        let written = self.close(id, Note::Outcome(event.clone())).await;
        self.lock.fold(&event);
        intent.completion().iter().for_each(|done| self.lock.fold(done));
        written
    }

    /// Whether a call may still be made; after how long to ask again at the latest.
    pub async fn tend(&mut self) -> Result<Option<Duration>, StateError> {
        self.store.tend().await
    }

    /// Write down that a call was not made after all.
    pub async fn not_attempted(&mut self, id: &str) -> Result<(), StateError> {
        self.close(id, Note::NotAttempted(true)).await
    }

    /// Write down that a call certainly did nothing.
    pub async fn refused(&mut self, id: &str, error: String) -> Result<(), StateError> {
        self.close(id, Note::Refused { error }).await
    }

    /// Write down that nobody knows what a call did, and fold what that leaves; like an outcome in any case.
    pub async fn unknown(&mut self, id: &str, intent: &Intent, error: String) -> Result<(), StateError> {
        let written = self.close(id, Note::Unknown { error }).await;
        intent.unseen(id).iter().for_each(|event| self.lock.fold(event));
        written
    }

    /// Write down and fold what no call stands behind: all of it or nothing.
    pub async fn facts(
        &mut self,
        now: Timestamp,
        target: &TargetName,
        facts: impl IntoIterator<Item = What>,
    ) -> Result<(), StateError> {
        let events = facts.into_iter().map(|what| Event { target: target.clone(), what });
        let entries: Vec<Entry> =
            events.map(|event| Entry { id: self.new_id(now), what: Note::Fact(event) }).collect();
        self.store.append(&entries).await?;
        for entry in &entries {
            if let Note::Fact(event) = &entry.what {
                self.lock.fold(event);
            }
        }
        Ok(())
    }

    /// Write down and fold what happened to the object store. It is folded even when it can't be written down.
    pub async fn mirror(&mut self, now: Timestamp, events: Vec<MirrorEvent>) -> Result<(), StateError> {
        let entries: Vec<Entry> = events
            .iter()
            .map(|event| Entry { id: self.new_id(now), what: Note::Mirror(event.clone()) })
            .collect();
        let written = self.store.append(&entries).await;
        for event in &events {
            self.lock.fold_mirror(event);
        }
        written
    }

    async fn close(&mut self, id: &str, what: Note) -> Result<(), StateError> {
        self.store.append(&[Entry { id: id.to_owned(), what }]).await
    }

    async fn write(&mut self, now: Timestamp, what: Note) -> Result<String, StateError> {
        let id = self.new_id(now);
        self.store.append(&[Entry { id: id.clone(), what }]).await?;
        Ok(id)
    }

    /// A name for something that is written down at this moment.
    pub(super) fn new_id(&mut self, now: Timestamp) -> String {
        let at = std::time::SystemTime::UNIX_EPOCH
            + std::time::Duration::from_millis(now.as_millisecond().unsigned_abs());
        // The generator only fails when a millisecond's random part overflows; the next random id is as good.
        self.ids.generate_from_datetime(at).unwrap_or_else(|_| ulid::Ulid::from_datetime(at)).to_string()
    }
}

/// The same call, whenever it is made.
fn is_same(announced: &Intent, now: &Intent) -> bool {
    *announced == Intent { at: announced.at, after: announced.after, ..now.clone() }
}
