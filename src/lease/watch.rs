//! When a lease may be taken: a decision about what was just read, by the clock of the one who wants it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Document, DocumentError, Holder, Terms};
use crate::ids::{TargetName, Timestamp};
use crate::lock::{JournalKind, Lock};
use crate::ports::{JournalRef, StateError, Version};

/// What a ref held when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub version: Version,
    pub document: Document,
}

impl Found {
    /// Read a ref; `None`: there is none.
    pub async fn read<R: JournalRef>(at: &R) -> Result<Option<Self>, StateError> {
        let Some((version, pages)) = at.read().await? else { return Ok(None) };
        let document = Document::parse(&pages).map_err(|error| unusable(at.name(), &error))?;
        Ok(Some(Self { version, document }))
    }
}

/// A document that does not fit, with the way on.
pub(super) fn unusable(name: &str, error: &DocumentError) -> StateError {
    let hint = match error {
        DocumentError::Newer(_) => "update tgsync; an older version must not write it",
        DocumentError::Lineage { .. } => "restore the lock that it belongs to from git's history",
        _ => {
            "its former versions are in the remote's object store; put a good one back with `git push`, or remove the ref: then every send that is planned is in doubt"
        }
    };
    StateError::new(format!("the journal `{name}` can't be used: {error}")).hint(hint)
}

/// What to do about a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Take it.
    Take(Turn),
    /// Look again, at the latest then: if it is the same until then, it may be taken.
    Wait { until: Timestamp, holder: Option<Holder> },
}

/// How a lease comes to its next holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub epoch: u64,
    /// When the last call of a holder who did not give it back has ended at the latest. `None`: it was given back.
    pub quiet: Option<Timestamp>,
    /// Nobody knows what was under way: every send that is planned is in doubt.
    pub lost: bool,
}

/// Somebody who wants a lease and looks at its ref again and again.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// What it was when it last was something else, and since when.
    seen: Option<(Option<Version>, Timestamp)>,
    /// It changed while we looked: its holder is alive.
    alive: bool,
}

impl Watch {
    /// Judge what was read at `now`. `branch` is the lock on the branch, fetched after it; `names` are the targets of the
    /// chat there; `dead`: the holder's process is known to have ended.
    pub fn look(
        &mut self,
        found: Option<&Found>,
        (branch, names): (&Lock, &BTreeSet<TargetName>),
        (now, dead): (Timestamp, bool),
        terms: &Terms,
    ) -> Verdict {
        let known = names.iter().filter_map(|name| branch.targets.get(name)?.journal.as_ref());
        let known = known.filter(|pin| pin.kind == JournalKind::Git).map(|pin| pin.epoch).max().unwrap_or(0);
        let since = self.since(found, now);
        let found = found.map(|found| &found.document).filter(|document| document.epoch() >= known);
        let Some(document) = found else { return lost_or_new(known, since, now, terms) };
        let terms = &with_those_of(document.holder(), terms);
        let turn = |quiet| Verdict::Take(Turn { epoch: document.epoch() + 1, quiet, lost: false });
        if document.is_released(branch) {
            return turn(None);
        }
        if dead {
            return turn(Some(later(now, terms.call)));
        }
        let until = later(since, terms.ttl);
        if now >= until || document.stale().is_some() {
            return turn(Some(later(until, terms.call)));
        }
        Verdict::Wait { until, holder: document.holder().cloned() }
    }

    /// Whether its holder has been seen at work.
    pub fn is_alive(&self) -> bool {
        self.alive
    }

    /// Since when it has been what it is.
    fn since(&mut self, found: Option<&Found>, now: Timestamp) -> Timestamp {
        let version = found.map(|found| &found.version);
        match &self.seen {
            Some((seen, since)) if seen.as_ref() == version => *since,
            before => {
                self.alive |= before.is_some();
                self.seen = Some((version.cloned(), now));
                now
            }
        }
    }
}

/// There is no ref, or an older one than the branch knows.
fn lost_or_new(known: u64, since: Timestamp, now: Timestamp, terms: &Terms) -> Verdict {
    if known == 0 {
        return Verdict::Take(Turn { epoch: 1, quiet: None, lost: false });
    }
    let quiet = later(since, terms.ttl + terms.call);
    let until = later(quiet, terms.late);
    if now < until {
        return Verdict::Wait { until, holder: None };
    }
    Verdict::Take(Turn { epoch: known + 1, quiet: Some(quiet), lost: true })
}

/// A holder that allows itself more time gets it.
fn with_those_of(holder: Option<&Holder>, own: &Terms) -> Terms {
    let Some(holder) = holder else { return *own };
    Terms {
        ttl: own.ttl.max(Duration::from_secs(holder.lease)),
        call: own.call.max(Duration::from_secs(holder.call)),
        late: own.late,
    }
}

pub(super) fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
