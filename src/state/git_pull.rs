//! Follow the upstream branch: forward and nothing else, and never over anybody's work.

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

impl Git {
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
        self.move_checkout(self.branch(), ours, theirs).map_err(|error| {
            let why = scrub(error.message());
            StateError::new(format!("this checkout can't follow `{}`: {why}", from.name()))
                .hint("commit, stash or undo what was changed here; nothing of it was touched")
        })?;
        Ok(Pulled::To(theirs.into()))
    }
}

fn apart(from: &Upstream) -> StateError {
    StateError::new(format!("this branch and `{}` have grown apart", from.name()))
        .hint("join them by hand, with `git pull --rebase` or `git pull --no-rebase`")
}
