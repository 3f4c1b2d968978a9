//! Commit the lock and nothing else.

use std::path::Path;

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, IndexAddOption, Oid, Signature, Time};

use super::git::{CommitId, Git, trouble};
use crate::ids::{RelPath, Timestamp};
use crate::ports::StateError;

/// Name and address as given in the environment (`GIT_AUTHOR_NAME` and so on).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub name: Option<String>,
    pub email: Option<String>,
}

/// Who commits, and when. What is not given comes from git's config, then from our own default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub author: Person,
    pub committer: Person,
    pub at: Timestamp,
}

const OUR_NAME: &str = "tgsync";
const OUR_EMAIL: &str = "tgsync@localhost";

/// A commit of the lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    pub id: CommitId,
    /// Set when git's index could not be brought up to date: the commit is made, `git status` is confused.
    pub note: Option<String>,
}

impl Git {
    /// Commit everything that git does not ignore, as a person would with `git add --all && git commit`.
    pub fn commit_all(&self, message: &str, identity: &Identity) -> Result<(), StateError> {
        let failed = |error: git2::Error| trouble("can't commit", &error);
        let mut index = self.repo.index().map_err(failed)?;
        index.add_all(["*"], IndexAddOption::DEFAULT, None).map_err(failed)?;
        index.update_all(["*"], None).map_err(failed)?;
        index.write().map_err(failed)?;
        let tree = index.write_tree().and_then(|tree| self.repo.find_tree(tree)).map_err(failed)?;
        let parent = self.head_oid()?.map(|head| self.repo.find_commit(head)).transpose().map_err(failed)?;
        let (author, committer) = self.signatures(identity)?;
        let parents: Vec<_> = parent.iter().collect();
        self.repo
            .commit(Some("HEAD"), &author, &committer, message, &tree, &parents)
            .map(drop)
            .map_err(failed)
    }

    /// Commit the lock at `path` as it is on disk: `HEAD`'s tree plus the lock, whatever the index holds. Staged and
    /// unstaged work of people stays as it is. `None`: `HEAD` has these very bytes.
    pub fn commit_lock(
        &self,
        path: &RelPath,
        message: &str,
        identity: &Identity,
    ) -> Result<Option<Committed>, StateError> {
        let path = self.in_repo(path);
        let head = self.head_oid()?;
        self.check_not_ignored(&path, head)?;
        let failed = |error: git2::Error| trouble("can't commit the lock", &error);
        let blob = self.repo.blob_path(&self.workdir()?.join(&path)).map_err(failed)?;
        // Before the commit: dying in between leaves a staged lock, which is the truth.
        let note = self.refresh_index(&path).err();
        if head.is_some_and(|head| self.blob_in(head, &path) == Some(blob)) {
            return Ok(None);
        }
        let tree = self.tree_with(head, &path, blob)?;
        let tree = self.repo.find_tree(tree).map_err(failed)?;
        let parent = head.map(|head| self.repo.find_commit(head)).transpose().map_err(failed)?;
        let (author, committer) = self.signatures(identity)?;
        let parents: Vec<_> = parent.iter().collect();
        let id =
            self.repo.commit(Some("HEAD"), &author, &committer, message, &tree, &parents).map_err(failed)?;
        Ok(Some(Committed { id: id.into(), note }))
    }

    pub(super) fn workdir(&self) -> Result<&Path, StateError> {
        self.repo.workdir().ok_or_else(|| StateError::new("the git repository has no checkout"))
    }

    fn check_not_ignored(&self, path: &str, head: Option<Oid>) -> Result<(), StateError> {
        let tracked = head.is_some_and(|head| self.blob_in(head, path).is_some());
        if !tracked && self.repo.is_path_ignored(path).unwrap_or(false) {
            return Err(StateError::new(format!("git ignores `{path}`, so it can't be committed"))
                .hint("take it out of `.gitignore`, or set `git: {commit: false}` in the config"));
        }
        Ok(())
    }

    /// The tree of a commit (nothing: the empty one) with one file replaced.
    pub(super) fn tree_with(&self, base: Option<Oid>, path: &str, blob: Oid) -> Result<Oid, StateError> {
        let build = || {
            let base = match base {
                Some(commit) => self.repo.find_commit(commit)?.tree()?,
                None => self.repo.find_tree(self.repo.treebuilder(None)?.write()?)?,
            };
            TreeUpdateBuilder::new().upsert(path, blob, FileMode::Blob).create_updated(&self.repo, &base)
        };
        build().map_err(|error| trouble("can't commit the lock", &error))
    }

    /// Make the index entry of the lock, and only that, what is on disk. The index may be one that libgit2 can't
    /// write (split, sparse), so this is no reason not to commit.
    fn refresh_index(&self, path: &str) -> Result<(), String> {
        let refresh = || {
            let mut index = self.repo.index()?;
            index.read(true)?;
            index.add_path(Path::new(path))?;
            index.write()
        };
        refresh().map_err(|error| {
            let error = trouble("git's index could not be updated", &error);
            format!("{}; `git reset -- {path}` brings it up to date", error.what)
        })
    }

    /// Author and committer: as given, else git's config, else our own.
    pub(super) fn signatures(
        &self,
        identity: &Identity,
    ) -> Result<(Signature<'static>, Signature<'static>), StateError> {
        let config = self.repo.config().ok();
        let from_config = |key: &str| config.as_ref().and_then(|config| config.get_string(key).ok());
        let sign = |person: &Person, role: &str| {
            let pick = |given: &Option<String>, key: &str, ours: &str| {
                let keys = [format!("{role}.{key}"), format!("user.{key}")];
                let candidates = given.iter().cloned().chain(keys.iter().filter_map(|key| from_config(key)));
                candidates
                    .map(|text| plain(&text))
                    .find(|text| !text.is_empty())
                    .unwrap_or_else(|| ours.to_owned())
            };
            let name = pick(&person.name, "name", OUR_NAME);
            let email = pick(&person.email, "email", OUR_EMAIL);
            Signature::new(&name, &email, &Time::new(identity.at.as_second(), 0))
                .map_err(|error| trouble("can't use this identity for a commit", &error))
        };
        Ok((sign(&identity.author, "author")?, sign(&identity.committer, "committer")?))
    }
}

/// Without what would end a field of a commit's header.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect::<String>().trim().to_owned()
}
