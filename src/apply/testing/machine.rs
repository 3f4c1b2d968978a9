//! The machine that a run lives on: a disk and a clock in memory, and a fuse that ends it anywhere.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;

use crate::apply::Stop;
use crate::ids::Timestamp;
use crate::lock::{Entry, Lock};
use crate::ports::{Clock, StateError, StateStore};

/// Lets a run live for so many more steps.
#[derive(Debug, Clone, Default)]
pub(in crate::apply) struct Fuse {
    pub(super) left: Arc<Mutex<Option<usize>>>,
    pub(super) blown: Arc<Notify>,
}

impl Fuse {
    pub(super) async fn burn(&self) {
        let dead = match &mut *guard(&self.left) {
            None => false,
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
        };
        if dead {
            self.blown.notify_one();
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn set(&self, left: Option<usize>) {
        *guard(&self.left) = left;
    }
}

pub(super) fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

/// Moves on when somebody sleeps.
#[derive(Debug, Clone)]
pub(in crate::apply) struct Watch {
    pub(super) now: Arc<Mutex<Timestamp>>,
    pub slept: Arc<Mutex<Vec<u64>>>,
    /// Requested during the first sleep of at least this many seconds.
    pub stop: Arc<Mutex<Option<(u64, Stop)>>>,
}

impl Clock for Watch {
    async fn now(&self) -> Timestamp {
        *guard(&self.now)
    }

    async fn sleep(&self, duration: Duration) {
        let stop = guard(&self.stop).clone().filter(|(from, _)| duration.as_secs() >= *from);
        if let Some((_, stop)) = stop {
            stop.request();
            return std::future::pending().await;
        }
        guard(&self.slept).push(duration.as_secs());
        let mut now = guard(&self.now);
        *now = now.checked_add(duration).unwrap();
    }
}

/// The lock file and the journal.
#[derive(Debug, Default)]
pub(in crate::apply) struct Disk {
    pub lock: Option<Lock>,
    pub journal: String,
    /// The append or save, counted from zero, that fails; with it all later ones if the second is set.
    pub fails: Option<(usize, bool)>,
    pub(super) operations: usize,
}

#[derive(Debug, Clone)]
pub(in crate::apply) struct Store {
    pub(super) disk: Arc<Mutex<Disk>>,
    pub(super) fuse: Fuse,
}

impl Store {
    pub(super) fn check(&self) -> Result<(), StateError> {
        let mut disk = guard(&self.disk);
        let operation = disk.operations;
        disk.operations += 1;
        match disk.fails {
            Some((at, all)) if operation == at || all && operation > at => {
                Err(StateError::new("no space left on device"))
            }
            _ => Ok(()),
        }
    }
}

impl StateStore for Store {
    async fn append(&mut self, entries: &[Entry]) -> Result<(), StateError> {
        self.fuse.burn().await;
        self.check()?;
        for entry in entries {
            guard(&self.disk).journal += &(serde_json::to_string(entry).unwrap() + "\n");
        }
        self.fuse.burn().await;
        Ok(())
    }

    async fn save(&mut self, lock: &Lock) -> Result<(), StateError> {
        self.fuse.burn().await;
        self.check()?;
        guard(&self.disk).lock = Some(crate::lock::parse(&crate::lock::to_json(lock)).unwrap());
        self.fuse.burn().await;
        guard(&self.disk).journal.clear();
        self.fuse.burn().await;
        Ok(())
    }

    async fn tend(&mut self) -> Result<Option<Duration>, StateError> {
        Ok(None)
    }
}
