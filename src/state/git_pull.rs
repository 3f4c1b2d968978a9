//! Follow the upstream branch: forward and nothing else, and never over anybody's work.

use git2::Oid;

use super::git::{CommitId, Git, Upstream, scrub};
use super::git_remote::Auth;
use crate::ids::RelPath;
use crate::ports::StateError;

/// What following the upstream branch came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pulled {
    /// It has nothing new for us.
    Already,
    /// The checkout is at its tip now.
    To(CommitId),
    /// Both sides have moved, ours by commits of the lock alone, which an earlier run could not push: a push joins them.
    Apart,
}

/// Where a checkout stands beside its upstream branch, as last fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has all content of upstream.
    Current,
    /// Upstream has newer content.
    Behind,
    /// Both have content that the other lacks.
    Apart,
}

impl Git {
    /// Where the checkout stands. What lacks nothing but newer locks follows, where nobody's work is in the way.
    pub fn catch_up(&self, with: &Upstream, lock: &RelPath) -> Result<Standing, StateError> {
        let (Some(theirs), Some(ours)) = (self.upstream_tip(with), self.head_oid()?) else {
            return Ok(Standing::Current);
        };
        let lock = self.in_repo(lock);
        if self.is_in(theirs, ours) {
            return Ok(Standing::Current);
        }
        let behind = self.is_in(ours, theirs);
        if !self.same_but(&lock, ours, theirs) {
            let base = self.repo.merge_base(ours, theirs).ok();
            let only_lock = base.is_some_and(|base| self.same_but(&lock, base, theirs));
            return Ok(match (behind, only_lock) {
                (true, _) => Standing::Behind,
                (false, true) => Standing::Current,
                (false, false) => Standing::Apart,
            });
        }
        if behind {
            self.move_checkout(self.branch(), ours, theirs).map_err(|error| cant_follow(with, &error))?;
        }
        Ok(Standing::Current)
    }

    /// Whether two commits are the same but for one file.
    fn same_but(&self, path: &str, one: Oid, other: Oid) -> bool {
        let tree = self.repo.find_commit(other).map(|commit| commit.tree_id());
        let with = |blob| self.tree_with(Some(one), path, blob).ok();
        let same = self.blob_in(other, path).and_then(with);
        same.is_some() && same == tree.ok()
    }

    /// Fetch the upstream branch, and move branch and checkout forward to it. Uncommitted changes stay; where they are in
    /// the way, nothing is moved. Without knowing where the lock is, no commit counts as one of the lock.
    pub fn pull(&self, from: &Upstream, lock: Option<&RelPath>, auth: &Auth) -> Result<Pulled, StateError> {
        let (Some(theirs), Some(ours)) = (self.fetch_tip(from, auth)?, self.head_oid()?) else {
            return Ok(Pulled::Already);
        };
        if self.is_in(theirs, ours) {
            return Ok(Pulled::Already);
        }
        if !self.is_in(ours, theirs) {
            let base = self.repo.merge_base(ours, theirs).ok();
            let of_lock = |(base, lock)| self.only_changes(&self.in_repo(lock), base, ours);
            return if base.zip(lock).is_some_and(of_lock) { Ok(Pulled::Apart) } else { Err(apart(from)) };
        }
        self.move_checkout(self.branch(), ours, theirs).map_err(|error| cant_follow(from, &error))?;
        Ok(Pulled::To(theirs.into()))
    }
}

fn cant_follow(upstream: &Upstream, error: &git2::Error) -> StateError {
    let why = scrub(error.message());
    StateError::new(format!("this checkout can't follow `{}`: {why}", upstream.name()))
        .hint("commit, stash or undo what was changed here; nothing of it was touched")
}

fn apart(from: &Upstream) -> StateError {
    StateError::new(format!("this branch and `{}` have grown apart", from.name()))
        .hint("join them by hand, with `git pull --rebase` or `git pull --no-rebase`")
}
