//! What came to a branch, commit by commit, and what the repository was at one of them.

use std::path::{Component, Path, PathBuf};

use git2::{
    AutotagOption, Delta, Direction, FetchOptions, ObjectType, Oid, Repository, TreeWalkMode, TreeWalkResult,
};

use super::git::{CommitId, Git, trouble};
use super::git_local;
use super::git_remote::{Auth, Place};
use crate::ids::RelPath;
use crate::ports::StateError;

/// A commit that came to the branch, with all that it brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landed {
    pub commit: CommitId,
    /// What the branch was before; `None` for the first commit.
    pub before: Option<CommitId>,
    /// Files of the project that it changed, added or removed.
    pub files: Vec<RelPath>,
}

impl Git {
    /// What came to the branch that is checked out after `since`, the newest first, merged branches as one. With no `since`: all
    /// of it. At most `most`; `None` when there is more, or when this clone's history ends before.
    pub fn landed(&self, since: Option<&CommitId>, most: usize) -> Result<Option<Vec<Landed>>, StateError> {
        let failed = |error: git2::Error| trouble("can't read the history", &error);
        let since = match since {
            Some(id) => match Oid::from_str(&id.0).ok().filter(|id| self.repo.find_commit(*id).is_ok()) {
                Some(oid) => Some(oid),
                None => return Ok(None),
            },
            None => None,
        };
        let mut landed = Vec::new();
        let mut next = self.head_oid()?;
        while let Some(id) = next {
            let known = |since: Oid| since == id || self.repo.graph_descendant_of(since, id).unwrap_or(false);
            if since.is_some_and(known) {
                return Ok(Some(landed));
            }
            if landed.len() >= most {
                return Ok(None);
            }
            let commit = self.repo.find_commit(id).map_err(failed)?;
            let before = commit.parent_ids().next();
            landed.push(Landed {
                commit: id.into(),
                before: before.map(CommitId::from),
                files: self.changed(before, id).map_err(failed)?,
            });
            next = before;
        }
        let whole = since.is_none() && !self.repo.is_shallow();
        Ok(whole.then_some(landed))
    }

    fn changed(&self, before: Option<Oid>, after: Oid) -> Result<Vec<RelPath>, git2::Error> {
        let tree = |id: Oid| self.repo.find_commit(id).and_then(|commit| commit.tree());
        let (old, new) = (before.map(tree).transpose()?, tree(after)?);
        let diff = self.repo.diff_tree_to_tree(old.as_ref(), Some(&new), None)?;
        let mut files = Vec::new();
        for delta in diff.deltas().filter(|delta| delta.status() != Delta::Unmodified) {
            for file in [delta.old_file(), delta.new_file()] {
                let path = file.path().map(|path| path.to_string_lossy().into_owned());
                files.extend(path.and_then(|path| self.in_project(&path)));
            }
        }
        files.dedup();
        Ok(files)
    }

    /// Move the checkout forward to a commit that brings nothing but another lock; whether it could.
    pub fn follow_lock(&self, tip: &CommitId, lock: &RelPath) -> Result<bool, StateError> {
        let failed = |error: git2::Error| trouble("can't follow the lock", &error);
        let (Some(head), Ok(tip)) = (self.head_oid()?, Oid::from_str(&tip.0)) else { return Ok(false) };
        let only_lock = || self.changed(Some(head), tip).map(|files| files.iter().all(|file| file == lock));
        if !self.is_in(head, tip) || !only_lock().map_err(failed)? {
            return Ok(false);
        }
        self.move_checkout(self.branch(), head, tip).map_err(failed)?;
        Ok(true)
    }

    /// The newest commit that both contain.
    pub fn merge_base(&self, one: &CommitId, other: &CommitId) -> Option<CommitId> {
        let oid = |id: &CommitId| Oid::from_str(&id.0).ok();
        self.repo.merge_base(oid(one)?, oid(other)?).ok().map(CommitId::from)
    }

    /// A text file of the project at a commit; `None` when it was not there.
    pub fn text_at(&self, commit: &CommitId, file: &RelPath) -> Option<String> {
        let blob = self.blob_in(Oid::from_str(&commit.0).ok()?, &self.in_repo(file))?;
        self.text_of(blob)
    }

    /// Fetch a ref that is no branch, such as `refs/pull/7/head`; the commit it names, or `None` when there is no such
    /// ref.
    pub fn fetch_ref(&self, remote: &str, name: &str, auth: &Auth) -> Result<Option<CommitId>, StateError> {
        let tip = match self.place(remote, Direction::Fetch, auth)? {
            Place::Local(path) => {
                let source = git_local::open(remote, &path)?;
                let Ok(tip) = source.refname_to_id(name) else { return Ok(None) };
                git_local::copy_history(&source, &self.repo, tip)
                    .map_err(|error| trouble(&format!("can't fetch `{name}`"), &error))?;
                Some(tip)
            }
            Place::Http { .. } => self.talk(remote, Direction::Fetch, auth, |remote| {
                let mut connection = remote.connect_auth(Direction::Fetch, None, None)?;
                let tip =
                    connection.list()?.iter().find(|head| head.name() == name).map(git2::RemoteHead::oid);
                if tip.is_some_and(|tip| self.repo.find_commit(tip).is_err()) {
                    let mut options = FetchOptions::new();
                    options.update_fetchhead(false).download_tags(AutotagOption::None);
                    connection.remote().download(&[name], Some(&mut options))?;
                }
                Ok(tip)
            })?,
        };
        Ok(tip.map(CommitId::from))
    }

    /// Write the project as it was at a commit into an empty folder. Symbolic links and submodules are left out: what is
    /// written is data of somebody else.
    pub fn export(&self, commit: &CommitId, to: &Path) -> Result<(), StateError> {
        let failed = |error: git2::Error| trouble(&format!("can't read the files of {commit}"), &error);
        let id = Oid::from_str(&commit.0).map_err(failed)?;
        let root = self.repo.find_commit(id).and_then(|commit| commit.tree()).map_err(failed)?;
        let tree = if self.prefix.is_empty() {
            root
        } else {
            let entry = root.get_path(Path::new(&self.prefix)).map_err(failed)?;
            self.repo.find_tree(entry.id()).map_err(failed)?
        };
        let mut outcome = Ok(());
        tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
            let is_file = entry.kind() == Some(ObjectType::Blob) && entry.filemode() != 0o120_000;
            let name = entry.name().ok().map(|name| format!("{folder}{name}"));
            let Some(name) = name.filter(|_| is_file) else { return TreeWalkResult::Ok };
            outcome = write(&self.repo, entry.id(), to, &name);
            if outcome.is_ok() { TreeWalkResult::Ok } else { TreeWalkResult::Abort }
        })
        .or_else(|error| if outcome.is_err() { Ok(()) } else { Err(failed(error)) })?;
        outcome
    }
}

fn write(repo: &Repository, blob: Oid, to: &Path, name: &str) -> Result<(), StateError> {
    // A tree may hold any name: one that leads elsewhere is not written.
    let path = PathBuf::from(name);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Ok(());
    }
    let blob = repo.find_blob(blob).map_err(|error| trouble(&format!("can't read `{name}`"), &error))?;
    super::disk::put(&to.join(path), blob.content())
        .map_err(|error| super::disk::failed(&format!("can't write `{name}`"), &error))
}
