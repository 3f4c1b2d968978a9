//! A checkout's disk: the lock file and the journal beside it.

use tgsync::lock::{Entry, Lock, Note, replay};
use tgsync::ports::{StateError, StateStore};

use crate::bot::gate;
use crate::check;
use crate::world::{Shared, Trouble, guard};

pub(crate) const LINEAGE: &str = "6f1c0a52e9b7";

/// What is there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk {
    lock: Option<Lock>,
    journal: Vec<Entry>,
    /// The same as a run that starts now would read it.
    known: Option<Lock>,
}

impl Disk {
    pub(crate) fn lock(&self) -> Lock {
        self.lock.clone().unwrap_or_else(|| Lock::new(LINEAGE.into()))
    }

    /// Lock and journal as text.
    pub(crate) fn text(&self) -> String {
        let lines = self.journal.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n");
        self.lock.iter().map(|lock| serde_json::to_string(lock).unwrap()).chain(lines).collect()
    }

    /// All that is known: the journal folded into the lock.
    pub(crate) fn known(&mut self) -> Result<&Lock, String> {
        if self.known.is_none() {
            let mut lock = self.lock();
            replay(&mut lock, &self.journal)
                .map_err(|error| format!("the journal can't be folded: {error}"))?;
            self.known = Some(lock);
        }
        Ok(self.known.as_ref().unwrap())
    }

    pub(crate) fn append(&mut self, entries: &[Entry]) {
        self.journal.extend_from_slice(entries);
        self.known = None;
    }

    pub(crate) fn replace(&mut self, lock: &Lock) {
        self.lock = Some(lock.clone());
        self.known = None;
    }

    pub(crate) fn forget_journal(&mut self) {
        self.journal.clear();
        self.known = None;
    }
}

/// The store of a run on this disk.
#[derive(Debug)]
pub(crate) struct Store {
    pub world: Shared,
    /// The disk outlives the run; that of a machine that is rented does not, and nothing goes wrong on it.
    pub kept: bool,
}

impl Store {
    pub(crate) fn forget(&mut self) {
        guard(&self.world).disk.forget_journal();
    }
}

impl StateStore for Store {
    async fn append(&mut self, entries: &[Entry]) -> Result<(), StateError> {
        if !self.kept {
            return Ok(());
        }
        let names: Vec<&str> = entries.iter().map(|entry| name(&entry.what)).collect();
        let trouble =
            gate(&self.world, &format!("write {}", names.join(", ")), false, &[Trouble::Die, Trouble::Fail])
                .await;
        let mut world = guard(&self.world);
        world.saw(&(trouble == Trouble::Fail));
        if trouble == Trouble::Fail {
            return Err(StateError::new("no space left on device"));
        }
        world.disk.append(entries);
        check::after_write(&mut world);
        Ok(())
    }

    async fn tend(&mut self) -> Result<Option<std::time::Duration>, StateError> {
        Ok(None)
    }

    async fn save(&mut self, lock: &Lock) -> Result<(), StateError> {
        if !self.kept {
            return Ok(());
        }
        let can = [Trouble::Die, Trouble::Half, Trouble::Fail];
        let trouble = gate(&self.world, "save the lock", false, &can).await;
        {
            let mut world = guard(&self.world);
            world.saw(&(trouble == Trouble::Fail));
            if trouble == Trouble::Fail {
                return Err(StateError::new("no space left on device"));
            }
            world.disk.replace(lock);
            if trouble == Trouble::Half {
                world.die();
            } else {
                world.disk.forget_journal();
            }
            check::after_write(&mut world);
        }
        crate::bot::stay_alive(&self.world).await;
        Ok(())
    }
}

fn name(note: &Note) -> &'static str {
    match note {
        Note::Run { .. } => "run",
        Note::Intent(_) => "intent",
        Note::Outcome(_) => "outcome",
        Note::Refused { .. } => "refused",
        Note::Unknown { .. } => "unknown",
        Note::NotAttempted(_) => "not attempted",
        Note::Fact(_) => "fact",
        Note::Mirror(_) => "mirror",
        Note::Late(_) => "late",
    }
}
