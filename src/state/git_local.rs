//! Remotes on this machine, read and written as repositories. libgit2's own transport for them is not used: it
//! overwrites branches, runs no hooks, and a fetch into a shallow clone makes it forget that it is shallow.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;

use git2::{ErrorCode, ObjectType, Odb, Oid, PackBuilder, Repository};

use super::git::trouble;
use crate::ports::StateError;

/// Open the repository of a remote.
pub(super) fn open(remote: &str, path: &Path) -> Result<Repository, StateError> {
    Repository::open(path).map_err(|error| {
        if error.code() == ErrorCode::Owner {
            StateError::new(format!("the repository of `{remote}` belongs to another user")).hint(format!(
                "if you trust it: `git config --global --add safe.directory {}`",
                path.display()
            ))
        } else {
            trouble(&format!("`{remote}` can't be opened"), &error)
        }
    })
}

/// Open it to push to. What git would do there and we can't is refused.
pub(super) fn open_target(remote: &str, path: &Path) -> Result<Repository, StateError> {
    let target = open(remote, path)?;
    if !target.is_bare() {
        return Err(StateError::new(format!(
            "`{remote}` has a checkout: only a bare repository can be pushed to"
        ))
        .hint("push yourself (`git push`) and set `git: {push: false}`"));
    }
    let hooks = target
        .config()
        .and_then(|config| config.get_path("core.hookspath"))
        .unwrap_or_else(|_| target.path().join("hooks"));
    let hooks = target.path().join(hooks);
    let names =
        ["pre-receive", "update", "reference-transaction", "proc-receive", "post-receive", "post-update"];
    if let Some(hook) = names.into_iter().find(|name| is_program(&hooks.join(name))) {
        return Err(StateError::new(format!("`{remote}` has a `{hook}` hook, which can't be run from here"))
            .hint("push yourself (`git push`) and set `git: {push: false}`, or reach the remote over http"));
    }
    Ok(target)
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

/// Copy a commit and what it stands on, as far as `to` does not have it.
pub(super) fn copy_history(from: &Repository, to: &Repository, tip: Oid) -> Result<(), git2::Error> {
    let odb = to.odb()?;
    let mut copy = Copy { from, odb: &odb, pack: from.packbuilder()?, seen: BTreeSet::new() };
    let mut commits = vec![tip];
    while let Some(id) = commits.pop() {
        if !copy.is_new(id) {
            continue;
        }
        let commit = from.find_commit(id)?;
        copy.pack.insert_object(id, None)?;
        copy.tree(commit.tree_id())?;
        commits.extend(written_parents(&commit));
    }
    copy.finish()
}

/// The parents that a commit names; `parents` leaves them out where a clone is shallow, and the other side must not
/// get a commit without them.
fn written_parents(commit: &git2::Commit<'_>) -> Vec<Oid> {
    let header = String::from_utf8_lossy(commit.raw_header_bytes()).into_owned();
    header.lines().filter_map(|line| Oid::from_str(line.strip_prefix("parent ")?).ok()).collect()
}

struct Copy<'a> {
    from: &'a Repository,
    odb: &'a Odb<'a>,
    pack: PackBuilder<'a>,
    seen: BTreeSet<Oid>,
}

impl Copy<'_> {
    fn is_new(&mut self, id: Oid) -> bool {
        self.seen.insert(id) && !self.odb.exists(id)
    }

    fn tree(&mut self, root: Oid) -> Result<(), git2::Error> {
        let mut trees = vec![root];
        while let Some(id) = trees.pop() {
            if !self.is_new(id) {
                continue;
            }
            self.pack.insert_object(id, None)?;
            for entry in &self.from.find_tree(id)? {
                match entry.kind() {
                    Some(ObjectType::Tree) => trees.push(entry.id()),
                    Some(ObjectType::Blob) if self.is_new(entry.id()) => {
                        self.pack.insert_object(entry.id(), None)?;
                    }
                    // A submodule's commit lives in another repository.
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), git2::Error> {
        if self.pack.object_count() == 0 {
            return Ok(());
        }
        let mut writer = self.odb.packwriter()?;
        let mut written = Ok(());
        self.pack.foreach(|bytes| {
            written = writer.write_all(bytes);
            written.is_ok()
        })?;
        written.map_err(|error| git2::Error::from_str(&error.to_string()))?;
        writer.commit().map(drop)
    }
}

/// Move a branch by compare-and-swap; `None` for one that must not exist yet. `Err` of the reason when it is
/// elsewhere.
pub(super) fn move_branch(
    target: &Repository,
    branch: &str,
    expected: Option<Oid>,
    next: Oid,
) -> Result<Result<(), String>, git2::Error> {
    let moved = match expected {
        Some(old) => target.reference_matching(branch, next, true, old, "push"),
        None => target.reference(branch, next, false, "push"),
    };
    match moved {
        Ok(_) => Ok(Ok(())),
        Err(error) => match error.code() {
            ErrorCode::Exists | ErrorCode::Modified | ErrorCode::NotFound | ErrorCode::Locked => {
                Ok(Err(error.message().to_owned()))
            }
            _ => Err(error),
        },
    }
}
