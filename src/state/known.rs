//! Whether the lock at hand is the newest one that anybody knows of. A lost lock must never fill the channel again.

use std::fmt;

use crate::ids::BlobId;

/// A lock that git knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownLock {
    pub at: KnownAt,
    /// The bytes of this version.
    pub blob: BlobId,
    pub lineage: String,
    pub serial: u64,
}

/// Where git knows it from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownAt {
    /// The tip of the upstream branch, `origin/main`.
    Upstream(String),
    /// `HEAD` or a commit before it, by id.
    Commit(String),
    /// Staged, not committed.
    Index,
}

impl fmt::Display for KnownAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upstream(name) => write!(f, "`{name}`"),
            Self::Commit(id) => write!(f, "commit `{}`", short(id)),
            Self::Index => f.write_str("git's index"),
        }
    }
}

/// Enough of an object id for people and for git.
pub(super) fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// Where a newer or another lock was seen, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `None`: this checkout remembers it, git does not know it.
    pub at: Option<KnownAt>,
    pub lineage: String,
    pub serial: u64,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(at) => write!(f, "{at} has serial {} of lineage `{}`", self.serial, self.lineage),
            None => {
                write!(f, "this checkout has seen serial {} of lineage `{}`", self.serial, self.lineage)
            }
        }
    }
}

/// Why the lock at hand must not be applied from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LostLock {
    #[error("the lock is missing, but {0}; a plan without it would send every post again")]
    Missing(Seen),
    #[error(
        "the lock is older than another: it has serial {serial}, {newest}; posts sent since would be sent again"
    )]
    Older { serial: u64, newest: Seen },
    #[error("the lock is of lineage `{lineage}`, but {known}; it does not describe the same messages")]
    OtherLineage { lineage: String, known: Seen },
    #[error("`{upstream}` has another lock than this branch; posts that only it knows would be sent again")]
    Diverged { upstream: String },
}

impl LostLock {
    /// The way on. `lock` is the path of the lock in the project.
    pub fn hint(&self, lock: &str) -> String {
        let seen = match self {
            Self::Missing(seen)
            | Self::Older { newest: seen, .. }
            | Self::OtherLineage { known: seen, .. } => seen,
            Self::Diverged { .. } => return "`git pull`".to_owned(),
        };
        match &seen.at {
            // A pull would leave a lock that was put there by hand.
            Some(KnownAt::Upstream(name)) if matches!(self, Self::OtherLineage { .. }) => {
                format!("restore it: `git checkout {name} -- {lock}`")
            }
            Some(KnownAt::Upstream(_)) => "`git pull`".to_owned(),
            Some(KnownAt::Commit(id)) => format!("restore it: `git checkout {} -- {lock}`", short(id)),
            Some(KnownAt::Index) => format!("restore it: `git checkout -- {lock}`"),
            None => format!(
                "restore `{lock}` from a backup or another checkout; if a new channel is wanted, remove `.tgsync/seen.json`"
            ),
        }
    }
}

/// Judge the lock at hand (lineage and serial; `None` when there is none) by what git knows, the most authoritative
/// first, and by what this checkout remembers.
pub fn judge(
    current: Option<(&str, u64)>,
    known: &[KnownLock],
    remembered: Option<(&str, u64)>,
) -> Result<(), LostLock> {
    let in_git = known.iter().map(|lock| Seen {
        at: Some(lock.at.clone()),
        lineage: lock.lineage.clone(),
        serial: lock.serial,
    });
    let here = remembered.map(|(lineage, serial)| Seen { at: None, lineage: lineage.to_owned(), serial });
    let seen: Vec<Seen> = in_git.chain(here).collect();
    // The first one says which lineage counts: history may well hold locks of a channel that was given up.
    let Some(first) = seen.first() else { return Ok(()) };
    let newest = seen
        .iter()
        .filter(|lock| lock.lineage == first.lineage)
        // Among equals one that can be checked out from here.
        .max_by_key(|lock| (lock.serial, matches!(lock.at, Some(KnownAt::Commit(_)))))
        .unwrap_or(first);
    let Some((lineage, serial)) = current else { return Err(LostLock::Missing(newest.clone())) };
    if let Some(known) = [Some(first), seen.iter().find(|lock| lock.at.is_none())]
        .into_iter()
        .flatten()
        .find(|lock| lock.lineage != lineage)
    {
        return Err(LostLock::OtherLineage { lineage: lineage.to_owned(), known: known.clone() });
    }
    if serial < newest.serial {
        return Err(LostLock::Older { serial, newest: newest.clone() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(at: KnownAt, lineage: &str, serial: u64) -> KnownLock {
        KnownLock { at, blob: BlobId::of(b""), lineage: lineage.to_owned(), serial }
    }

    fn commit(id: &str) -> KnownAt {
        KnownAt::Commit(id.to_owned())
    }

    #[test]
    fn a_lock_that_nobody_knows_better_passes() {
        let at = |serial| [known(commit("aaaa"), "one", serial)];
        assert_eq!(judge(None, &[], None), Ok(()));
        assert_eq!(judge(Some(("one", 1)), &[], None), Ok(()));
        assert_eq!(judge(Some(("one", 5)), &at(5), Some(("one", 5))), Ok(()));
        assert_eq!(judge(Some(("one", 6)), &at(5), Some(("one", 5))), Ok(()));
    }

    #[test]
    fn a_missing_lock_is_refused_with_the_commit_to_restore_it_from() {
        let locks = [
            known(commit("aaaa000011112222"), "one", 3),
            known(commit("bbbb000011112222"), "one", 4),
            known(KnownAt::Upstream("origin/main".into()), "one", 4),
            known(commit("cccc"), "zero", 90),
        ];
        let lost = judge(None, &locks, None).unwrap_err();
        assert!(lost.to_string().starts_with("the lock is missing, but commit `bbbb00001111` has serial 4"));
        assert_eq!(
            lost.hint("state.lock.json"),
            "restore it: `git checkout bbbb00001111 -- state.lock.json`"
        );
        let lost = judge(None, &[], Some(("one", 7))).unwrap_err();
        assert!(lost.to_string().contains("this checkout has seen serial 7"), "{lost}");
        assert!(lost.hint("state.lock.json").contains(".tgsync/seen.json"));
    }

    #[test]
    fn an_older_lock_is_refused() {
        let upstream = [known(KnownAt::Upstream("origin/main".into()), "one", 9)];
        let lost = judge(Some(("one", 8)), &upstream, None).unwrap_err();
        assert!(matches!(&lost, LostLock::Older { serial: 8, newest } if newest.serial == 9));
        assert_eq!(lost.hint("x"), "`git pull`");
        let lost = judge(Some(("two", 8)), &upstream, None).unwrap_err();
        assert_eq!(lost.hint("x"), "restore it: `git checkout origin/main -- x`");
        // Rewound by a revert: `HEAD` itself is not the newest.
        let history = [known(commit("new"), "one", 5), known(commit("old"), "one", 6)];
        assert!(matches!(judge(Some(("one", 5)), &history, None), Err(LostLock::Older { .. })));
        assert!(matches!(judge(Some(("one", 5)), &[], Some(("one", 6))), Err(LostLock::Older { .. })));
    }

    #[test]
    fn another_lineage_is_refused_unless_it_lies_behind() {
        let head = [known(commit("aaaa"), "one", 5), known(commit("bbbb"), "zero", 90)];
        assert_eq!(judge(Some(("one", 5)), &head, None), Ok(()));
        let lost = judge(Some(("zero", 90)), &head, None).unwrap_err();
        assert!(matches!(&lost, LostLock::OtherLineage { lineage, .. } if lineage == "zero"));
        assert!(matches!(judge(Some(("one", 5)), &[], Some(("two", 1))), Err(LostLock::OtherLineage { .. })));
    }
}
