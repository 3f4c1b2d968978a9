//! What a run writes down, kept here and pushed: intents before their calls are made, the rest with the next of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Lease;
use super::document::target_of;
use crate::ids::TargetName;
use crate::lock::{self, Entry, Lock, Note, What};
use crate::ports::{Clock, JournalRef, StateError, StateStore};

/// A store whose journal is a copy: where a target has a lease, its ref is what counts.
#[derive(Debug)]
pub struct Leased<S, R, C> {
    inner: S,
    clock: C,
    leases: Vec<Seat<R>>,
    /// Something is to be written even if nothing is to be done.
    owes: bool,
    /// Calls under way, by the id of their intent: which lease they are made under.
    open: BTreeMap<String, usize>,
}

/// A lease and the targets that it is for.
#[derive(Debug)]
struct Seat<R> {
    targets: BTreeSet<TargetName>,
    lease: Lease<R>,
}

impl<S: StateStore + Send, R: JournalRef + Sync + Send, C: Clock + Sync + Send> Leased<S, R, C> {
    /// Without any lease it is the store itself. `owes`: something is to be written even if nothing is to be done.
    pub fn new(inner: S, clock: C, leases: Vec<(BTreeSet<TargetName>, Lease<R>)>, owes: bool) -> Self {
        let leases = leases.into_iter().map(|(targets, lease)| Seat { targets, lease }).collect();
        Self { inner, clock, leases, owes, open: BTreeMap::new() }
    }

    /// Whether the leases are to be taken, and given back with the lock.
    pub fn owes(&self) -> bool {
        self.owes || self.is_used()
    }

    pub fn inner(&self) -> &S {
        &self.inner
    }

    pub fn inner_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    pub fn leases(&self) -> impl Iterator<Item = &Lease<R>> {
        self.leases.iter().map(|seat| &seat.lease)
    }

    /// Whether nothing has a lease: the journal is local.
    pub fn is_local(&self) -> bool {
        self.leases.is_empty()
    }

    /// The first lease that was lost.
    pub fn deposed(&self) -> Option<&StateError> {
        self.leases().find_map(Lease::deposed)
    }

    /// Something was written down under a lease, which is to be given back.
    pub fn is_used(&self) -> bool {
        self.leases().any(Lease::is_used)
    }

    /// Take what no call has taken yet, and say in the lock how far it holds the journal: pushed to the branch, it gives
    /// the leases back.
    pub async fn conclude(&mut self, lock: &mut Lock) -> Result<(), StateError> {
        for seat in &mut self.leases {
            if !seat.lease.is_taken() {
                seat.lease.push(&self.clock).await?;
            }
            if let Some(error) = seat.lease.deposed() {
                return Err(error.clone());
            }
            lock::fold_late(lock, seat.lease.evidence());
            for name in &seat.targets {
                if let Some(section) = lock.targets.get_mut(name) {
                    section.journal = Some(seat.lease.pin());
                }
            }
        }
        Ok(())
    }

    /// Give the leases back with everything that `lock` says: it can't be pushed to the branch.
    pub async fn free(&mut self, lock: &Lock) -> Result<(), StateError> {
        for seat in &mut self.leases {
            let mut state = Lock::new(lock.lineage.clone());
            let section = |name: &TargetName| Some((name.clone(), lock.targets.get(name)?.clone()));
            state.targets = seat.targets.iter().filter_map(section).collect();
            seat.lease.free(&state, &self.clock).await?;
        }
        Ok(())
    }

    /// Which lease an entry belongs to.
    fn seat(&mut self, entry: &Entry) -> Option<usize> {
        let seat = match target_of(&entry.what) {
            Some(target) => self.leases.iter().position(|seat| seat.targets.contains(target)),
            None => self.open.get(&entry.id).copied(),
        };
        match &entry.what {
            Note::Intent(_) => self.open.extend(seat.map(|seat| (entry.id.clone(), seat))),
            _ => drop(self.open.remove(&entry.id)),
        }
        seat
    }

    /// A copy says that it is one.
    fn copies(&self, entries: &[Entry]) -> Vec<Entry> {
        let epoch = self.leases().map(|lease| lease.document().epoch()).max();
        let copy = |entry: &Entry| match &entry.what {
            Note::Run { lineage, .. } => {
                Entry { id: entry.id.clone(), what: Note::Run { lineage: lineage.clone(), epoch } }
            }
            _ => entry.clone(),
        };
        entries.iter().map(copy).collect()
    }

    /// Push what was written down, for something that can't be undone: it must not be done on what is not true any more.
    async fn push(&mut self, seat: usize) -> Result<(), StateError> {
        let lease = &mut self.leases[seat].lease;
        lease.push(&self.clock).await?;
        if lease.evidence().is_empty() {
            return Ok(());
        }
        Err(StateError::new("the run that had the journal before told what became of its last call")
            .hint("nothing more is sent on what was believed until then; run it again"))
    }

    /// The calls were not made, because their intents could not be pushed.
    async fn give_up(&mut self, entries: &[Entry]) {
        let intents = entries.iter().filter(|entry| matches!(entry.what, Note::Intent(_)));
        let ends: Vec<Entry> =
            intents.map(|entry| Entry { id: entry.id.clone(), what: Note::NotAttempted(true) }).collect();
        for end in &ends {
            if let Some(seat) = self.seat(end) {
                self.leases[seat].lease.write([end.clone()]);
            }
        }
        // What can't be written here is an intent more that somebody has to look into.
        let _ = self.inner.append(&ends).await;
    }
}

/// Whether something follows at once that can't be undone: a call, or updates that the platform is told to forget.
fn precedes(note: &Note) -> bool {
    match note {
        Note::Intent(_) => true,
        Note::Fact(event) => match &event.what {
            What::Marking { .. } | What::Stray { .. } => true,
            What::Heard { posts, .. } => !posts.is_empty(),
            _ => false,
        },
        _ => false,
    }
}

impl<S: StateStore + Send, R: JournalRef + Sync + Send, C: Clock + Sync + Send> StateStore
    for Leased<S, R, C>
{
    async fn append(&mut self, entries: &[Entry]) -> Result<(), StateError> {
        self.inner.append(&self.copies(entries)).await?;
        let mut due = BTreeSet::new();
        for entry in entries {
            let Some(seat) = self.seat(entry) else { continue };
            self.leases[seat].lease.write([entry.clone()]);
            if precedes(&entry.what) {
                due.insert(seat);
            }
        }
        for seat in due {
            if let Err(error) = self.push(seat).await {
                self.give_up(entries).await;
                return Err(error);
            }
        }
        Ok(())
    }

    async fn save(&mut self, lock: &Lock) -> Result<(), StateError> {
        self.inner.save(lock).await
    }

    async fn tend(&mut self) -> Result<Option<Duration>, StateError> {
        let mut next = None;
        for seat in &mut self.leases {
            let pause = seat.lease.tend(&self.clock).await?;
            next = Some(next.map_or(pause, |next: Duration| next.min(pause)));
        }
        Ok(next)
    }
}
