//! Push the lock. Whoever loses the race for the branch merges by post and tries again; nobody's posts get lost.

use std::cell::RefCell;
use std::path::Path;

use git2::build::CheckoutBuilder;
use git2::{Direction, ErrorClass, ErrorCode, IndexEntry, Oid, PushOptions, RemoteCallbacks};

use super::git::{CommitId, Git, Upstream, scrub, trouble};
use super::git_commit::Identity;
use super::git_local;
use super::git_remote::{Auth, Place, RemoteFailure};
use crate::ids::RelPath;
use crate::lock::{self, Lock};
use crate::ports::StateError;

/// How often a lost race is run again.
const ATTEMPTS: usize = 5;

/// What a push did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// What the remote branch holds now.
    pub commit: CommitId,
    /// Others had pushed meanwhile: the lock on the branch holds their posts too, so what was read before is stale.
    pub merged: bool,
    /// Set when the checkout could not follow: what to do.
    pub note: Option<String>,
}

/// Why nothing was pushed. The commit stays on the local branch in every case.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// A protected branch or a hook, in the remote's own words: trying again would not help.
    #[error("`{to}` refuses the push: {reason}")]
    Refused { to: String, reason: String },
    #[error(transparent)]
    State(#[from] StateError),
}

impl From<RemoteFailure> for PushError {
    fn from(failure: RemoteFailure) -> Self {
        Self::State(failure.state)
    }
}

/// What became of one attempt.
enum Sent {
    Done,
    /// Somebody was faster, or nobody knows: the next look at the branch tells.
    Again(String),
    Refused(String),
}

impl Git {
    /// Push `HEAD` to a branch of a remote. Where others were faster, the lock is merged by post and the rest by git.
    pub fn push(
        &self,
        to: &Upstream,
        lock: &RelPath,
        identity: &Identity,
        auth: &Auth,
    ) -> Result<Pushed, PushError> {
        let ours = self.head_oid()?.ok_or_else(|| StateError::new("there is no commit to push yet"))?;
        let mut attempted = ours;
        let mut last = String::new();
        for _ in 0..ATTEMPTS {
            let theirs = self.fetch_tip(to, auth)?;
            if let Some(theirs) = theirs.filter(|theirs| self.is_in(attempted, *theirs)) {
                return Ok(self.follow(to, ours, if attempted == ours { ours } else { theirs }));
            }
            let next = match theirs {
                Some(theirs) if !self.is_in(theirs, ours) => {
                    let split = Split { git: self, to, ours, theirs, path: self.in_repo(lock) };
                    split.join(identity)?
                }
                _ => ours,
            };
            attempted = next;
            match self.send(to, next, theirs, auth)? {
                Sent::Done => {
                    self.note_tip(to, next)?;
                    return Ok(self.follow(to, ours, next));
                }
                Sent::Again(reason) => last = reason,
                Sent::Refused(reason) => return Err(PushError::Refused { to: to.name(), reason }),
            }
        }
        Err(StateError::new(format!("`{}` moved {ATTEMPTS} times while we were pushing: {last}", to.name()))
            .hint("nothing is lost: the lock is committed here; push it with `git pull` and `git push`")
            .into())
    }

    /// Push `HEAD` to a branch of its own, for people to merge; the branch. The same lock always goes to the same one.
    pub fn push_aside(&self, to: &Upstream, lock: &RelPath, auth: &Auth) -> Result<Upstream, PushError> {
        let ours = self.head_oid()?.ok_or_else(|| StateError::new("there is no commit to push yet"))?;
        let state = self.blob_in(ours, &self.in_repo(lock)).unwrap_or(ours).to_string();
        let branch = format!("tgsync/state-{}", state.get(..12).unwrap_or(&state));
        let aside = Upstream { remote: to.remote.clone(), branch };
        match self.send(&aside, ours, None, auth)? {
            // One of this name holds this very lock.
            Sent::Done | Sent::Again(_) => Ok(aside),
            Sent::Refused(reason) => Err(PushError::Refused { to: aside.name(), reason }),
        }
    }

    /// Whether `commit` is part of the history of `tip`.
    pub(super) fn is_in(&self, commit: Oid, tip: Oid) -> bool {
        commit == tip || self.repo.graph_descendant_of(tip, commit).unwrap_or(false)
    }

    /// Whether every commit after `base` up to `tip` changes one file and nothing else.
    pub(super) fn only_changes(&self, path: &str, base: Oid, tip: Oid) -> bool {
        let mut at = tip;
        while at != base {
            let Ok(commit) = self.repo.find_commit(at) else { return false };
            let (1, Ok(parent)) = (commit.parent_count(), commit.parent_id(0)) else { return false };
            let Some(blob) = self.blob_in(at, path) else { return false };
            if self.tree_with(Some(parent), path, blob) != Ok(commit.tree_id()) {
                return false;
            }
            at = parent;
        }
        true
    }

    /// Move the branch of the remote from `expected` to `next`, or find that it is elsewhere.
    fn send(&self, to: &Upstream, next: Oid, expected: Option<Oid>, auth: &Auth) -> Result<Sent, StateError> {
        if let Place::Local(path) = self.place(&to.remote, Direction::Push, auth)? {
            return self.send_local(to, next, expected, &path);
        }
        let expected = expected.unwrap_or(Oid::ZERO_SHA1);
        let answer = RefCell::new(None);
        let talk = RefCell::new(String::new());
        let mut callbacks = RemoteCallbacks::new();
        callbacks.push_update_reference(|_, status| {
            *answer.borrow_mut() = status.map(str::to_owned);
            Ok(())
        });
        callbacks.sideband_progress(|bytes| {
            talk.borrow_mut().push_str(&String::from_utf8_lossy(bytes));
            true
        });
        callbacks.push_negotiation(|updates| {
            let moved = updates.iter().any(|update| update.src() != expected);
            let stale = || git2::Error::new(ErrorCode::NotFastForward, ErrorClass::Reference, "it has moved");
            if moved { Err(stale()) } else { Ok(()) }
        });
        let mut options = PushOptions::new();
        options.remote_callbacks(callbacks);
        let refspec = format!("{next}:{}", to.remote_ref());
        let result = self.talk(&to.remote, Direction::Push, auth, |remote| {
            remote.push(&[refspec.as_str()], Some(&mut options))
        });
        drop(options);
        judge_push(result, answer.into_inner(), &talk.into_inner())
    }

    fn send_local(
        &self,
        to: &Upstream,
        next: Oid,
        expected: Option<Oid>,
        path: &Path,
    ) -> Result<Sent, StateError> {
        let target = git_local::open_target(&to.remote, path)?;
        let moved = git_local::copy_history(&self.repo, &target, next)
            .and_then(|()| git_local::move_branch(&target, &to.remote_ref(), expected, next))
            .map_err(|error| trouble(&format!("can't push to `{}`", to.name()), &error))?;
        Ok(moved.map_or_else(Sent::Again, |()| Sent::Done))
    }

    /// Let the local branch and the checkout follow what was pushed, where nobody's work is in the way.
    fn follow(&self, to: &Upstream, ours: Oid, pushed: Oid) -> Pushed {
        let merged = pushed != ours;
        let done = Pushed { commit: pushed.into(), merged, note: None };
        let branch = self.branch();
        let ours_follows =
            branch.as_ref().is_none_or(|branch| *branch == to.branch) || self.upstream().as_ref() == Some(to);
        if !merged || !ours_follows {
            return done;
        }
        let note = self.move_checkout(branch, ours, pushed).err().map(|error| {
            format!(
                "the lock is pushed, but this checkout can't follow it ({}); commit or stash your changes, then `git pull`",
                scrub(error.message())
            )
        });
        Pushed { note, ..done }
    }

    pub(super) fn move_checkout(
        &self,
        branch: Option<String>,
        from: Oid,
        to: Oid,
    ) -> Result<(), git2::Error> {
        let tree = self.repo.find_commit(to)?.tree()?;
        self.repo.checkout_tree(tree.as_object(), Some(CheckoutBuilder::new().safe()))?;
        match branch {
            Some(branch) => {
                let name = format!("refs/heads/{branch}");
                self.repo.reference_matching(&name, to, true, from, "tgsync: follow the remote").map(drop)
            }
            None => self.repo.set_head_detached(to),
        }
    }
}

/// `push` of libgit2 says `Ok` when the server refused: the answer for the ref is what counts.
fn judge_push(
    result: Result<(), RemoteFailure>,
    answer: Option<String>,
    talk: &str,
) -> Result<Sent, StateError> {
    match (result, answer) {
        (Ok(()), None) => Ok(Sent::Done),
        (Ok(()), Some(reason)) => {
            let raced = ["non-fast-forward", "failed to update ref", "lock ref", "fetch first", "stale info"];
            if raced.iter().any(|words| reason.contains(words)) {
                return Ok(Sent::Again(reason));
            }
            Ok(Sent::Refused(scrub(&with_talk(&reason, talk))))
        }
        (Err(failure), _) if failure.code == ErrorCode::NotFastForward || failure.unknown => {
            Ok(Sent::Again(failure.state.what))
        }
        (Err(failure), _) => Err(failure.state),
    }
}

/// The server's reason and what its hook said, on one line.
fn with_talk(reason: &str, talk: &str) -> String {
    let words: Vec<&str> = talk.split_whitespace().collect();
    let talk: String = words.join(" ").chars().filter(|c| !c.is_control()).take(500).collect();
    if talk.is_empty() { reason.to_owned() } else { format!("{reason} ({talk})") }
}

/// Our history and theirs, grown apart.
struct Split<'a> {
    git: &'a Git,
    to: &'a Upstream,
    ours: Oid,
    theirs: Oid,
    /// The lock's path in the repository.
    path: String,
}

impl Split<'_> {
    /// One commit that holds both.
    fn join(&self, identity: &Identity) -> Result<Oid, StateError> {
        let repo = &self.git.repo;
        let base = repo.merge_base(self.ours, self.theirs).map_err(|_| {
            StateError::new(format!("this branch and `{}` have no common history here", self.to.name()))
                .hint("nothing is lost: `git pull`, then `git push`")
        })?;
        let lock = self.lock(base)?;
        let ours = repo.find_commit(self.ours).map_err(|error| self.failed(&error))?;
        let theirs = repo.find_commit(self.theirs).map_err(|error| self.failed(&error))?;
        let (author, committer) = self.git.signatures(identity)?;
        let message = ours.message().unwrap_or("update the lock");
        let linear = lock.filter(|_| self.only_lock_since(base));
        let (tree, parents, author) = match linear {
            Some(lock) => {
                (self.git.tree_with(Some(self.theirs), &self.path, lock)?, vec![&theirs], ours.author())
            }
            None => (self.merged_tree(base, lock)?, vec![&ours, &theirs], author),
        };
        let message = match linear {
            Some(_) => message.to_owned(),
            None => format!("Merge `{}`\n\n{message}", self.to.name()),
        };
        repo.find_tree(tree)
            .and_then(|tree| repo.commit(None, &author, &committer, &message, &tree, &parents))
            .map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &git2::Error) -> StateError {
        trouble(&format!("can't merge with `{}`", self.to.name()), error)
    }

    /// The lock of both sides; `None` when neither has one.
    fn lock(&self, base: Oid) -> Result<Option<Oid>, StateError> {
        let at = |commit| self.git.blob_in(commit, &self.path);
        let (base, ours, theirs) = (at(base), at(self.ours), at(self.theirs));
        if ours == theirs || theirs == base {
            return Ok(ours);
        }
        if ours == base {
            return Ok(theirs);
        }
        let (Some(ours), Some(theirs)) = (ours, theirs) else { return Ok(ours.or(theirs)) };
        let base = base.map(|base| self.parse(base)).transpose()?;
        let merged = lock::merge(base.as_ref(), &self.parse(ours)?, &self.parse(theirs)?).map_err(|error| {
            StateError::new(format!("the lock can't be merged with that of `{}`: {error}", self.to.name()))
                .hint("nothing is lost: both locks are in git; `git pull`, settle what is named, then `git push`")
        })?;
        let blob = self.git.repo.blob(lock::to_json(&merged).as_bytes());
        blob.map(Some).map_err(|error| self.failed(&error))
    }

    fn parse(&self, blob: Oid) -> Result<Lock, StateError> {
        let text = self.git.text_of(blob).unwrap_or_default();
        lock::parse(&text).map_err(|error| {
            StateError::new(format!(
                "a lock to be merged with that of `{}` can't be read: {error}",
                self.to.name()
            ))
            .hint(error.hint())
        })
    }

    /// Whether every commit of ours since `base` changes the lock alone: then they are made anew on top of theirs.
    fn only_lock_since(&self, base: Oid) -> bool {
        self.git.only_changes(&self.path, base, self.ours)
    }

    /// Git's merge of everything but the lock.
    fn merged_tree(&self, base: Oid, lock: Option<Oid>) -> Result<Oid, StateError> {
        let repo = &self.git.repo;
        let tree = |commit| repo.find_commit(commit).and_then(|commit| commit.tree());
        let merge = || -> Result<_, git2::Error> {
            let mut index = repo.merge_trees(&tree(base)?, &tree(self.ours)?, &tree(self.theirs)?, None)?;
            let _ = index.conflict_remove(Path::new(&self.path));
            match lock {
                Some(lock) => index.add(&entry(&self.path, lock))?,
                None => index.remove_path(Path::new(&self.path))?,
            }
            Ok(index)
        };
        let mut index = merge().map_err(|error| self.failed(&error))?;
        if let Some(path) = first_conflict(&index) {
            return Err(StateError::new(format!("`{path}` was changed here and on `{}`", self.to.name()))
                .hint("nothing is lost: the lock is committed here; `git pull`, settle the conflict, then `git push`"));
        }
        index.write_tree_to(repo).map_err(|error| self.failed(&error))
    }
}

fn first_conflict(index: &git2::Index) -> Option<String> {
    let conflict = index.conflicts().ok()?.flatten().next()?;
    let entry = conflict.our.or(conflict.their).or(conflict.ancestor)?;
    Some(String::from_utf8_lossy(&entry.path).into_owned())
}

/// An index entry that stands for a blob alone, for an index that never meets the disk.
fn entry(path: &str, id: Oid) -> IndexEntry {
    let never = git2::IndexTime::new(0, 0);
    IndexEntry {
        ctime: never,
        mtime: never,
        dev: 0,
        ino: 0,
        mode: git2::FileMode::Blob.into(),
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: ErrorCode, unknown: bool) -> RemoteFailure {
        RemoteFailure { code, unknown, state: StateError::new("broken") }
    }

    #[test]
    fn what_the_server_says_decides() {
        let said = |text: &str| judge_push(Ok(()), Some(text.to_owned()), "remote: no\n  way\u{7}\n");
        assert!(matches!(judge_push(Ok(()), None, ""), Ok(Sent::Done)));
        for raced in ["non-fast-forward", "failed to update ref", "cannot lock ref 'refs/heads/main': is at"]
        {
            assert!(matches!(said(raced), Ok(Sent::Again(_))), "{raced}");
        }
        let Ok(Sent::Refused(reason)) = said("protected branch hook declined") else { panic!() };
        assert_eq!(reason, "protected branch hook declined (remote: no way)");
    }

    #[test]
    fn a_broken_connection_is_looked_into_and_a_refused_token_is_not() {
        let generic = ErrorCode::GenericError;
        for (code, unknown) in [(ErrorCode::NotFastForward, false), (generic, true)] {
            assert!(matches!(judge_push(Err(failure(code, unknown)), None, ""), Ok(Sent::Again(_))));
        }
        assert!(judge_push(Err(failure(generic, false)), None, "").is_err());
    }
}
