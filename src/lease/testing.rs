//! A ref and a clock in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Document, Found, Holder, Lease, Terms, Turn, Verdict, Watch, project};
use crate::ids::{TargetName, Timestamp};
use crate::lock::{Entry, Event, Lock, Note, What};
use crate::ports::{Clock, JournalRef, Pages, StateError, SwapError, Version};

/// What goes wrong with a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is done, and the answer is lost.
    LostAnswer,
    /// It is not done, and nobody says so.
    LostPush,
    Refused,
}

#[derive(Debug, Default)]
struct Remote {
    held: Option<Pages>,
    version: usize,
    faults: VecDeque<Fault>,
    pushes: usize,
}

#[derive(Debug, Clone, Default)]
pub(super) struct MemoryRef(Arc<Mutex<Remote>>);

impl MemoryRef {
    pub(super) fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.0.lock().unwrap().faults.extend(faults);
    }

    pub(super) fn pushes(&self) -> usize {
        self.0.lock().unwrap().pushes
    }

    pub(super) fn remove(&self) {
        self.0.lock().unwrap().held = None;
    }

    pub(super) fn document(&self) -> Document {
        Document::parse(self.0.lock().unwrap().held.as_ref().unwrap()).unwrap()
    }
}

impl JournalRef for MemoryRef {
    fn name(&self) -> &'static str {
        "refs/tgsync/-1-2/journal"
    }

    async fn read(&self) -> Result<Option<(Version, Pages)>, StateError> {
        let remote = self.0.lock().unwrap();
        Ok(remote.held.clone().map(|held| (Version(remote.version.to_string()), held)))
    }

    async fn swap(&self, from: Option<&Version>, to: &Pages) -> Result<Version, SwapError> {
        let mut remote = self.0.lock().unwrap();
        remote.pushes += 1;
        let fault = remote.faults.pop_front();
        match fault {
            Some(Fault::Refused) => return Err(StateError::new("no").into()),
            Some(Fault::LostPush) => return Err(SwapError::Unknown("connection closed".into())),
            _ => {}
        }
        let now = remote.held.is_some().then(|| Version(remote.version.to_string()));
        if now.as_ref() != from {
            return Err(SwapError::Lost);
        }
        remote.version += 1;
        remote.held = Some(to.clone());
        match fault {
            Some(Fault::LostAnswer) => Err(SwapError::Unknown("connection closed".into())),
            _ => Ok(Version(remote.version.to_string())),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct MemoryClock(Arc<Mutex<Timestamp>>);

impl MemoryClock {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new("2026-11-21T10:00:00Z".parse().unwrap())))
    }

    pub(super) fn pass(&self, time: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }

    pub(super) fn time(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl Clock for MemoryClock {
    async fn now(&self) -> Timestamp {
        self.time()
    }

    async fn sleep(&self, duration: Duration) {
        self.pass(duration);
    }
}

pub(super) const TERMS: Terms = Terms::TEXT;

pub(super) fn names() -> std::collections::BTreeSet<TargetName> {
    [crate::lock::testing::target()].into()
}

pub(super) fn lock() -> Lock {
    Lock::new("6f1c0a52e9b7".into())
}

pub(super) fn holder(run: &str, clock: &MemoryClock) -> Holder {
    Holder {
        run: run.to_owned(),
        who: format!("run {run}"),
        since: clock.time(),
        lease: TERMS.ttl.as_secs(),
        call: TERMS.call.as_secs(),
        home: None,
    }
}

pub(super) async fn look(watch: &mut Watch, at: &MemoryRef, branch: &Lock, clock: &MemoryClock) -> Verdict {
    let found = Found::read(at).await.unwrap();
    watch.look(found.as_ref(), (branch, &names()), (clock.time(), false), &TERMS)
}

/// Wait until it is our turn; the lease, not yet taken, and what is known.
pub(super) async fn wait(
    at: &MemoryRef,
    run: &str,
    branch: &Lock,
    clock: &MemoryClock,
) -> (Lease<MemoryRef>, Lock, Turn) {
    let mut watch = Watch::default();
    let turn = loop {
        match look(&mut watch, at, branch, clock).await {
            Verdict::Take(turn) => break turn,
            Verdict::Wait { .. } => clock.pass(Duration::from_secs(20)),
        }
    };
    let found = Found::read(at).await.unwrap();
    let state = project("journal", found.as_ref(), branch).unwrap();
    let base = super::sections(&state, &names());
    let lease = Lease::new(at.clone(), TERMS, holder(run, clock), found.as_ref(), (turn, base));
    (lease, state, turn)
}

pub(super) fn intent(id: &str, slug: &str) -> Entry {
    Entry { id: id.to_owned(), what: Note::Intent(Box::new(crate::lock::testing::intent(slug))) }
}

pub(super) fn sent(id: &str, slug: &str, message: i32) -> Entry {
    Entry { id: id.to_owned(), what: Note::Outcome(crate::lock::testing::sent(slug, 0, &[message])) }
}

pub(super) fn fact(id: &str, what: What) -> Entry {
    Entry { id: id.to_owned(), what: Note::Fact(Event { target: crate::lock::testing::target(), what }) }
}
