//! A lease: pushes by compare-and-swap, the fence before every call, and what is left to do for one who lost it.

use std::time::Duration;

use super::Terms;
use super::document::{Document, Holder};
use super::watch::{Found, Turn, later, unusable};
use crate::ids::Timestamp;
use crate::lock::{Entry, JournalPin, Lock, Note, What};
use crate::ports::{Clock, JournalRef, StateError, SwapError, Version};

/// How often a push of unknown fate, or one that others came before, is tried again.
const ATTEMPTS: usize = 5;

/// Who pushes, and where.
#[derive(Debug)]
pub struct Lease<R> {
    at: R,
    terms: Terms,
    me: Holder,
    /// As the ref holds it, or will with the first push.
    document: Document,
    /// What the ref holds.
    version: Option<Version>,
    taken: bool,
    /// When the last push that went through was begun.
    good: Timestamp,
    /// Written down here and not yet pushed.
    pending: Vec<Entry>,
    pushes: u64,
    /// What others told since it was taken, and nobody here has folded.
    evidence: Vec<Entry>,
    /// Why nothing may be sent any more.
    deposed: Option<StateError>,
}

/// What another look at the ref came to.
enum Look {
    /// The push of unknown fate went through.
    Landed,
    /// It did not, and may be tried again on what is there now.
    Again,
    Lost(StateError),
}

impl<R: JournalRef> Lease<R> {
    /// A lease that the first push takes. `base` is what the targets of this chat are, nothing of it in the log any more;
    /// the ref was looked for when `me` began.
    pub fn new(at: R, terms: Terms, me: Holder, found: Option<&Found>, (turn, base): (Turn, Lock)) -> Self {
        Self {
            at,
            terms,
            good: me.since,
            document: Document::take(base, turn.epoch, me.clone()),
            me,
            version: found.map(|found| found.version.clone()),
            taken: false,
            pending: Vec::new(),
            pushes: 0,
            evidence: Vec::new(),
            deposed: None,
        }
    }

    pub fn at(&self) -> &R {
        &self.at
    }

    /// Whether the ref says that it is ours.
    pub fn is_taken(&self) -> bool {
        self.taken
    }

    /// Who has it now, and that nothing more is sent.
    pub fn deposed(&self) -> Option<&StateError> {
        self.deposed.as_ref()
    }

    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What a lock that holds everything says: whoever reads it on the branch knows that the lease was given back.
    pub fn pin(&self) -> JournalPin {
        self.document.pin()
    }

    /// Answers to sends of a run before, which came while this one had the lease.
    pub fn evidence(&self) -> &[Entry] {
        &self.evidence
    }

    /// Something was written down or pushed under it.
    pub fn is_used(&self) -> bool {
        self.taken || !self.pending.is_empty()
    }

    /// Write down what goes with the next push.
    pub fn write(&mut self, entries: impl IntoIterator<Item = Entry>) {
        self.pending.extend(entries);
    }

    /// Push what was written down; take the lease with it if that was not done yet.
    pub async fn push<C: Clock>(&mut self, clock: &C) -> Result<(), StateError> {
        if let Some(error) = &self.deposed {
            return Err(error.clone());
        }
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let start = clock.now().await;
            if self.version.is_none() && !self.taken && start > later(self.good, self.for_calls()) {
                return Err(self.depose(self.late_to_begin()).await);
            }
            let nonce = self.nonce();
            let next = self.document.with(&self.pending, nonce);
            let error = match self.at.swap(self.version.as_ref(), &next.pages()).await {
                Ok(version) => {
                    self.landed(version, next, start);
                    return Ok(());
                }
                Err(SwapError::State(error)) => return Err(error),
                Err(error) => error,
            };
            last = error.to_string();
            match self.look_again(next, start).await? {
                Look::Landed => return Ok(()),
                Look::Again => {}
                Look::Lost(error) => return Err(self.depose(error).await),
            }
        }
        Err(StateError::new(format!("the journal `{}` could not be pushed: {last}", self.at.name()))
            .hint("what was done is recorded here; run it again"))
    }

    /// Whether a call may be made now; the lease is renewed for it where too little is left. After how long to ask again.
    pub async fn tend<C: Clock>(&mut self, clock: &C) -> Result<Duration, StateError> {
        let pause = self.terms.ttl / 3;
        if !self.taken {
            return self.deposed.clone().map_or(Ok(pause), Err);
        }
        for _ in 0..ATTEMPTS {
            if clock.now().await <= later(self.good, pause.min(self.for_calls())) {
                return self.deposed.clone().map_or(Ok(pause), Err);
            }
            self.push(clock).await?;
        }
        Err(StateError::new(format!("pushes to `{}` take too long to hold the lease", self.at.name()))
            .hint("run it again when the remote answers faster, or set a longer `patience.lease`"))
    }

    /// How long after a push calls may begin.
    fn for_calls(&self) -> Duration {
        self.terms.ttl.saturating_sub(self.terms.call)
    }

    /// Give it back, everything that is known in its base: for a lock that can't be pushed to the branch.
    pub async fn free<C: Clock>(&mut self, state: &Lock, clock: &C) -> Result<(), StateError> {
        let names = state.targets.keys().cloned().collect();
        let base = super::document::sections(state, &names);
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let start = clock.now().await;
            let nonce = self.nonce();
            let next = self.document.freed(base.clone(), nonce);
            match self.at.swap(self.version.as_ref(), &next.pages()).await {
                Ok(version) => {
                    self.landed(version, next, start);
                    return Ok(());
                }
                Err(SwapError::State(error)) => return Err(error),
                Err(error) => last = error.to_string(),
            }
            match self.look_again(next, start).await? {
                Look::Landed => return Ok(()),
                Look::Again => {}
                Look::Lost(error) => return Err(self.depose(error).await),
            }
        }
        Err(StateError::new(format!("the journal `{}` could not be pushed: {last}", self.at.name())))
    }

    fn landed(&mut self, version: Version, document: Document, start: Timestamp) {
        self.version = Some(version);
        self.document = document;
        self.pending.clear();
        self.good = self.good.max(start);
        self.taken = true;
    }

    fn nonce(&mut self) -> String {
        self.pushes += 1;
        format!("{}-{}", self.me.run, self.pushes)
    }

    /// What became of a push that was not answered with success.
    async fn look_again(&mut self, pushed: Document, start: Timestamp) -> Result<Look, StateError> {
        let Some(found) = Found::read(&self.at).await? else {
            // Whoever finds no ref waits until no call of ours can begin any more.
            let in_time = self.taken && start <= later(self.good, self.for_calls());
            let never_was = !self.taken && self.version.is_none();
            self.version = None;
            return Ok(if in_time || never_was { Look::Again } else { Look::Lost(self.gone()) });
        };
        let Found { version, document } = found;
        if !document.is_of(self.document.epoch(), &self.me.run) {
            let untouched = !self.taken && self.version.as_ref() == Some(&version);
            let freed = document.nonce() == pushed.nonce();
            return Ok(match () {
                () if freed => {
                    self.landed(version, document, start);
                    Look::Landed
                }
                () if untouched => Look::Again,
                () => Look::Lost(self.lost_to(&document)),
            });
        }
        if document.nonce() == pushed.nonce() || document.has(&self.pending) {
            self.landed(version, document, start);
            return Ok(Look::Landed);
        }
        if let Some(who) = document.stale() {
            return Ok(Look::Lost(self.unlocked(who)));
        }
        // Others have added evidence: ours goes behind it.
        let new = document.log().iter().filter(|entry| !self.document.log().contains(entry));
        self.evidence.extend(new.cloned());
        self.taken = true;
        self.version = Some(version);
        self.document = document;
        Ok(Look::Again)
    }

    fn gone(&self) -> StateError {
        StateError::new(format!("the journal `{}` is gone: somebody removed the ref", self.at.name())).hint(
            "nothing more is sent; the next run waits until nothing can be under way, and asks what was sent",
        )
    }

    /// There was no ref, and nothing tells whether another run came and went meanwhile: a ref that was removed looks the same.
    fn late_to_begin(&self) -> StateError {
        StateError::new(format!(
            "too much time went by since the journal `{}` was looked for and was not there",
            self.at.name()
        ))
        .hint("nothing was sent; run it again: files that were uploaded meanwhile are not uploaded again")
    }

    fn unlocked(&self, who: &str) -> StateError {
        StateError::new(format!("the lease on `{}` was ended with `tgsync unlock` by {who}", self.at.name()))
            .hint("nothing more is sent; run it again to go on")
    }

    fn lost_to(&self, document: &Document) -> StateError {
        let name = self.at.name();
        let what = match document.holder() {
            Some(holder) => format!("the lease on `{name}` was taken by {} at {}", holder.who, holder.since),
            None => format!("the lease on `{name}` was taken and given back by another run"),
        };
        StateError::new(what)
            .hint("nothing more is sent; what was done is in the journal, the other run goes on from it")
    }

    /// Nothing more may be sent. What the platform answered to us and nobody knows is told to whoever has the lease.
    async fn depose(&mut self, error: StateError) -> StateError {
        self.deposed = Some(error.clone());
        if self.taken {
            let late = std::mem::take(&mut self.pending);
            if let Err(error) = tell_late(&self.at, &late, &self.me.run).await {
                tracing::warn!(
                    error = error.what,
                    "what was sent could not be told to the run that took over"
                );
                self.pending = late;
            }
        }
        error
    }

    /// Answers to sends that nobody was told of.
    pub fn is_owed(&self) -> bool {
        self.deposed.is_some() && !late(&self.pending).is_empty()
    }
}

/// Add what the platform answered to sends of a run that has no lease any more. What is known already is left out.
pub async fn tell_late<R: JournalRef>(at: &R, entries: &[Entry], run: &str) -> Result<(), StateError> {
    let late = late(entries);
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        let Some(found) = Found::read(at).await? else { return Ok(()) };
        let new: Vec<Entry> =
            late.iter().filter(|entry| !found.document.log().contains(entry)).cloned().collect();
        if new.is_empty() {
            return Ok(());
        }
        let next = found.document.with(&new, format!("{run}-late-{attempt}"));
        match at.swap(Some(&found.version), &next.pages()).await {
            Ok(_) => return Ok(()),
            Err(SwapError::State(error)) => return Err(error),
            Err(error) => last = error.to_string(),
        }
    }
    Err(StateError::new(format!("the journal `{}` could not be pushed: {last}", at.name())))
}

/// Say that the holder has ended. Its log stays, and whoever takes the lease waits until nothing of it can be under way.
pub async fn unlock<R: JournalRef>(at: &R, who: &str, run: &str) -> Result<Option<Holder>, StateError> {
    let mut last = String::new();
    for attempt in 0..ATTEMPTS {
        let Some(found) = Found::read(at).await? else { return Ok(None) };
        let Some(holder) = found.document.holder().cloned() else { return Ok(None) };
        let next = found.document.marked(who.to_owned(), format!("{run}-unlock-{attempt}"));
        match at.swap(Some(&found.version), &next.pages()).await {
            Ok(_) => return Ok(Some(holder)),
            Err(SwapError::State(error)) => return Err(error),
            Err(error) => last = error.to_string(),
        }
    }
    Err(StateError::new(format!("the journal `{}` could not be pushed: {last}", at.name())))
}

/// The answers to sends among these entries, as evidence for whoever has the lease.
pub fn late(entries: &[Entry]) -> Vec<Entry> {
    let sent = entries.iter().filter_map(|entry| match &entry.what {
        Note::Outcome(event) if matches!(event.what, What::Sent { .. }) => {
            Some(Entry { id: entry.id.clone(), what: Note::Late(event.clone()) })
        }
        _ => None,
    });
    sent.collect()
}

/// What the targets of a chat are, by the ref and the branch.
pub fn project(name: &str, found: Option<&Found>, branch: &Lock) -> Result<Lock, StateError> {
    match found {
        None => Ok(branch.clone()),
        Some(found) => found.document.project(branch).map_err(|error| unusable(name, &error)),
    }
}
