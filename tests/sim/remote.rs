//! The remote: the lock on its branch, and the journal on a ref.

use std::hash::{DefaultHasher, Hash as _};
use std::time::Duration;

use tgsync::lease::{Document, Found, project};
use tgsync::lock::{Lock, merge};
use tgsync::ports::{JournalRef, Pages, StateError, SwapError, Version};

use crate::bot::{gate, stay_alive};
use crate::check;
use crate::disk::LINEAGE;
use crate::history::canonical;
use crate::world::{Shared, Trouble, World, guard};

/// A push that is under way for so long may still arrive.
const SLOW: u64 = 60;

const PUSH: [Trouble; 7] = [
    Trouble::Die,
    Trouble::Half,
    Trouble::Lost,
    Trouble::Unanswered(0),
    Trouble::Unanswered(SLOW),
    Trouble::Pause,
    Trouble::PauseAfter,
];

/// What is there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Remote {
    journal: Option<Pages>,
    /// Counts what the ref held.
    version: u64,
    lock: Option<Lock>,
    /// What the branch said before that.
    former: Option<Lock>,
    /// The branch takes no pushes of runs.
    pub protected: bool,
    known: Option<Result<Lock, String>>,
    /// The run that has the lease, and after how many operations it took it.
    holder: Option<(String, u64)>,
    /// Operations until now.
    pub moment: u64,
}

impl Remote {
    /// The lock on the branch.
    pub(crate) fn lock(&self) -> Lock {
        self.lock.clone().unwrap_or_else(|| Lock::new(LINEAGE.into()))
    }

    /// Ref and branch as text.
    pub(crate) fn text(&self) -> String {
        let pages = self.journal.iter().map(|pages| pages.base.clone() + &pages.journal);
        let locks = self.lock.iter().chain(&self.former).map(|lock| serde_json::to_string(lock).unwrap());
        pages.chain(locks).chain([self.protected.to_string()]).collect()
    }

    /// All that is known: the journal folded over its base, or the branch.
    pub(crate) fn known(&mut self) -> Result<&Lock, String> {
        let known = self.known.take().unwrap_or_else(|| self.project());
        self.known.insert(known).as_ref().map_err(Clone::clone)
    }

    fn project(&self) -> Result<Lock, String> {
        let found = self.document().map(|document| Found { version: self.version(), document });
        project("the journal", found.as_ref(), &self.lock()).map_err(|error| error.to_string())
    }

    fn document(&self) -> Option<Document> {
        self.journal.as_ref().map(|pages| Document::parse(pages).unwrap())
    }

    fn version(&self) -> Version {
        Version(self.version.to_string())
    }

    fn swap(&mut self, from: Option<&Version>, to: &Pages, compare: bool) -> Result<Version, SwapError> {
        let now = self.journal.is_some().then(|| self.version());
        if compare && now.as_ref() != from {
            return Err(SwapError::Lost);
        }
        self.version += 1;
        (self.journal, self.known) = (Some(to.clone()), None);
        let holder = self.document().and_then(|document| Some(document.holder()?.run.clone()));
        if holder.as_ref() != self.holder.as_ref().map(|(run, _)| run) {
            self.holder = holder.map(|run| (run, self.moment));
        }
        Ok(self.version())
    }

    /// Somebody pushes a lock: what both sides say is merged, as `src/state/git.rs` does it.
    fn push_lock(&mut self, base: &Lock, lock: &Lock) -> Result<(), String> {
        let there = self.lock();
        let merged = if there == *base {
            lock.clone()
        } else {
            merge(Some(base), lock, &there).map_err(|error| error.to_string())?
        };
        self.former = self.lock.replace(merged);
        self.known = None;
        Ok(())
    }

    pub(crate) fn revert_lock(&mut self) {
        (self.lock, self.known) = (self.former.take(), None);
    }

    pub(crate) fn can_revert(&self) -> bool {
        self.former.is_some()
    }

    pub(crate) fn delete_journal(&mut self) {
        (self.journal, self.known) = (None, None);
    }

    /// Whether another run than this one took the lease after that moment.
    pub(crate) fn is_anothers(&self, run: &str, began: u64) -> bool {
        let holder = self.holder.as_ref().filter(|_| self.journal.is_some());
        holder.is_some_and(|(holder, at)| holder != run && *at > began)
    }

    pub(crate) fn has_journal(&self) -> bool {
        self.journal.is_some()
    }

    /// There is a journal, and the branch knows of it: else nobody could miss it.
    pub(crate) fn has_known_journal(&self) -> bool {
        self.journal.is_some() && self.lock.is_some()
    }
}

/// The journal's ref as a run sees it.
#[derive(Debug, Clone)]
pub(crate) struct Ref(pub Shared);

impl JournalRef for Ref {
    fn name(&self) -> &'static str {
        "refs/tgsync/-1001000000001-7/journal"
    }

    async fn read(&self) -> Result<Option<(Version, Pages)>, StateError> {
        let mut world = guard(&self.0);
        let held = world.remote.journal.clone().map(|held| (world.remote.version(), held));
        let version = held.as_ref().map(|(version, _)| version.0.clone());
        world.saw(&version);
        Ok(held)
    }

    async fn swap(&self, from: Option<&Version>, to: &Pages) -> Result<Version, SwapError> {
        let trouble = gate(&self.0, "push the journal", false, &PUSH).await;
        let answer = guard(&self.0).push(from, to, trouble);
        stay_alive(&self.0).await;
        answer
    }
}

impl World {
    /// Pushes that are under way, and what those who had a lease may still do.
    pub(crate) fn hash_pushes(&self, hasher: &mut DefaultHasher) {
        for (at, from, pages) in &self.late_pushes {
            let text = pages.base.clone() + &pages.journal;
            let from = from.as_ref().map(|from| *from == self.remote.version());
            (self.now.duration_since(*at).as_millis(), from, canonical(&text, self.now)).hash(hasher);
        }
        let deposed =
            self.runs.iter().map(|(run, began)| self.remote.is_anothers(&format!("run-{run}"), *began));
        (deposed.collect::<Vec<bool>>(), &self.overdue).hash(hasher);
        if self.sleeps {
            (self.remote.version, self.unaware.is_some(), self.is_missed()).hash(hasher);
        }
    }

    fn push(&mut self, from: Option<&Version>, to: &Pages, trouble: Trouble) -> Result<Version, SwapError> {
        let unknown = || Err(SwapError::Unknown("connection closed".into()));
        let compare = self.git.compares;
        let answer = match trouble {
            Trouble::Lost => unknown(),
            Trouble::Unanswered(0) | Trouble::Half => {
                let _ = self.remote.swap(from, to, compare);
                unknown()
            }
            Trouble::Unanswered(seconds) => {
                let at = self.now.checked_add(Duration::from_secs(seconds)).unwrap();
                self.late_pushes.push((at, from.cloned(), to.clone()));
                unknown()
            }
            _ => self.remote.swap(from, to, compare),
        };
        check::after_write(self);
        self.saw(&format!("{answer:?}"));
        match trouble {
            Trouble::Half => self.die(),
            Trouble::PauseAfter if self.halt.is_none() => self.pause(),
            _ => {}
        }
        answer
    }

    /// A push that took its time arrives.
    pub(crate) fn land_pushes(&mut self) {
        let due = |(at, ..): &(_, _, _)| *at <= self.now;
        let (due, rest) = std::mem::take(&mut self.late_pushes).into_iter().partition(due);
        self.late_pushes = rest;
        let due: Vec<(_, Option<Version>, Pages)> = due;
        for (_, from, to) in due {
            let landed = self.remote.swap(from.as_ref(), &to, self.git.compares);
            self.tell(|| {
                format!("late: a push of the journal, {}", if landed.is_ok() { "taken" } else { "refused" })
            });
            check::after_write(self);
        }
    }
}

/// Push the lock to the branch; `false`: the branch takes none.
pub(crate) async fn push_lock(world: &Shared, base: &Lock, lock: &Lock) -> Result<bool, StateError> {
    let can = [Trouble::Die, Trouble::Half, Trouble::Fail, Trouble::Pause];
    let trouble = gate(world, "push the lock", false, &can).await;
    let pushed = {
        let mut world = guard(world);
        let refused = trouble == Trouble::Fail || world.remote.protected;
        let pushed = if refused { Ok(false) } else { world.remote.push_lock(base, lock).map(|()| true) };
        if trouble == Trouble::Half {
            world.die();
        }
        world.saw(&pushed.is_ok());
        check::after_write(&mut world);
        pushed
    };
    stay_alive(world).await;
    pushed.map_err(StateError::new)
}
