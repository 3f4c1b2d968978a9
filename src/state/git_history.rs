//! Which locks git knows: upstream's, `HEAD`'s, the staged one, and those of history.

use std::collections::BTreeSet;
use std::path::Path;

use git2::{Oid, Sort};

use super::git::{CommitId, Git, oid_of};
use super::known::{KnownAt, KnownLock};
use crate::ids::{BlobId, RelPath};
use crate::lock::sniff;

/// How far back history is searched, in commits.
const COMMITS: usize = 2_000;
/// How many versions of the lock are read from it, the newest first.
const VERSIONS: usize = 20;

impl Git {
    /// What git knows of the lock at `path`, the most authoritative first: the upstream tip as last fetched, `HEAD`,
    /// the index, then history. Every version once.
    pub fn known_locks(&self, path: &RelPath) -> Vec<KnownLock> {
        let path = self.in_repo(path);
        let head = self.head_oid().ok().flatten();
        let upstream = self.upstream().and_then(|up| Some((self.upstream_tip(&up)?, up.name())));
        let mut found = Found { git: self, blobs: BTreeSet::new(), locks: Vec::new() };
        if let Some((tip, name)) = &upstream {
            // One that `HEAD` contains can be restored without a pull.
            let at = if self.contains(head, *tip) { commit(*tip) } else { KnownAt::Upstream(name.clone()) };
            found.add(self.blob_in(*tip, &path), at);
        }
        if let Some(head) = head {
            found.add(self.blob_in(head, &path), commit(head));
        }
        let staged = self.repo.index().ok().and_then(|index| index.get_path(Path::new(&path), 0));
        found.add(staged.map(|entry| entry.id), KnownAt::Index);
        let tips: Vec<Oid> = head.into_iter().chain(upstream.map(|(tip, _)| tip)).collect();
        self.walk(&tips, &path, &mut found);
        found.locks
    }

    /// The upstream branch, as last fetched, if it changed the lock since this branch left it.
    pub fn upstream_with_another_lock(&self, path: &RelPath) -> Option<String> {
        let path = self.in_repo(path);
        let (head, upstream) = (self.head_oid().ok()??, self.upstream()?);
        let tip = self.upstream_tip(&upstream)?;
        if self.contains(Some(head), tip) {
            return None;
        }
        let ours = self.blob_in(head, &path);
        // Without a common past at hand (a shallow clone) our own lock is what can be compared with.
        let base = self.repo.merge_base(head, tip).ok();
        let before = base.map_or(ours, |base| self.blob_in(base, &path));
        let theirs = self.blob_in(tip, &path)?;
        (Some(theirs) != before && Some(theirs) != ours).then(|| upstream.name())
    }

    /// The commit that brought this version of a file, as far as history is here.
    pub fn commit_with(&self, file: &RelPath, blob: &BlobId) -> Option<CommitId> {
        let (file, blob) = (self.in_repo(file), oid_of(blob)?);
        let mut walk = self.repo.revwalk().ok()?;
        walk.set_sorting(Sort::TIME | Sort::TOPOLOGICAL).ok()?;
        walk.push(self.head_oid().ok()??).ok()?;
        let has = |id: Oid| self.blob_in(id, &file) == Some(blob);
        let is_new = |id: &Oid| {
            let commit = self.repo.find_commit(*id);
            has(*id) && commit.is_ok_and(|commit| !commit.parent_ids().any(has))
        };
        walk.flatten().take(COMMITS).find(is_new).map(CommitId::from)
    }

    fn contains(&self, head: Option<Oid>, commit: Oid) -> bool {
        head.is_some_and(|head| {
            head == commit || self.repo.graph_descendant_of(head, commit).unwrap_or(false)
        })
    }

    /// Best effort: a history that ends in the middle (a shallow clone) ends the search.
    fn walk(&self, tips: &[Oid], path: &str, found: &mut Found<'_>) {
        let Ok(mut walk) = self.repo.revwalk() else { return };
        if walk.set_sorting(Sort::TIME | Sort::TOPOLOGICAL).is_err() {
            return;
        }
        for tip in tips {
            let _ = walk.push(*tip);
        }
        for id in walk.flatten().take(COMMITS) {
            if found.blobs.len() >= VERSIONS {
                return;
            }
            found.add(self.blob_in(id, path), commit(id));
        }
    }
}

fn commit(id: Oid) -> KnownAt {
    KnownAt::Commit(id.to_string())
}

struct Found<'a> {
    git: &'a Git,
    blobs: BTreeSet<Oid>,
    locks: Vec<KnownLock>,
}

impl Found<'_> {
    fn add(&mut self, blob: Option<Oid>, at: KnownAt) {
        let Some(blob) = blob.filter(|blob| self.blobs.insert(*blob)) else { return };
        let head = self.git.text_of(blob).and_then(|text| sniff(&text));
        self.locks.extend(head.map(|(lineage, serial)| KnownLock {
            at,
            blob: BlobId(blob.to_string()),
            lineage,
            serial,
        }));
    }
}
