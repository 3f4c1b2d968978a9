//! The repository around a project: where it is, which branch, what is uncommitted, source files by object id.

use std::fmt;
use std::path::{Path, PathBuf};

use git2::{
    ConfigLevel, ErrorClass, ErrorCode, Oid, Repository, RepositoryInitOptions, RepositoryOpenFlags, Status,
    StatusOptions,
};

use crate::ids::{BlobId, RelPath};
use crate::ports::StateError;

/// The object id of a commit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CommitId(pub String);

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<Oid> for CommitId {
    fn from(oid: Oid) -> Self {
        Self(oid.to_string())
    }
}

/// The branch of a remote that this checkout belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// `origin`.
    pub remote: String,
    /// `main`, without `refs/heads/`.
    pub branch: String,
}

impl Upstream {
    /// `origin/main`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.remote, self.branch)
    }

    pub(super) fn remote_ref(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }
}

/// A project inside a git repository. Paths that go in and out are relative to the project, which may be a folder of
/// the repository. Everything blocks; what talks to a remote belongs on a thread where that is allowed
/// (`tokio::task::spawn_blocking`).
pub struct Git {
    pub(super) repo: Repository,
    /// The project's folder within the checkout; empty when it is the whole.
    pub(super) prefix: String,
}

impl fmt::Debug for Git {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Git").field("path", &self.repo.path()).field("prefix", &self.prefix).finish()
    }
}

impl Git {
    /// The repository that `root`, the project's folder, lies in; `None` outside git.
    pub fn discover(root: &Path) -> Result<Option<Self>, StateError> {
        let none: [&Path; 0] = [];
        let repo = match Repository::open_ext(root, RepositoryOpenFlags::empty(), none) {
            Ok(repo) => repo,
            Err(error) if error.code() == ErrorCode::NotFound && error.class() != ErrorClass::Config => {
                return Ok(None);
            }
            Err(error) => return Err(unusable(root, &error)),
        };
        let Some(workdir) = repo.workdir() else {
            return Err(StateError::new("the git repository here is bare: it has no checkout")
                .hint("run in a clone of it"));
        };
        let prefix = prefix_of(root, workdir)?;
        Ok(Some(Self { repo, prefix }))
    }

    /// The commit that is checked out; `None` before the first one.
    pub fn head_commit(&self) -> Result<Option<CommitId>, StateError> {
        Ok(self.head_oid()?.map(CommitId::from))
    }

    pub(super) fn head_oid(&self) -> Result<Option<Oid>, StateError> {
        match self.repo.head().and_then(|head| head.peel_to_commit()) {
            Ok(commit) => Ok(Some(commit.id())),
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => Ok(None),
            Err(error) => Err(trouble("can't read `HEAD`", &error)),
        }
    }

    /// The branch that is checked out, one without a commit too; `None` when `HEAD` is detached, as in most CI runs.
    pub fn branch(&self) -> Option<String> {
        let head = self.repo.find_reference("HEAD").ok()?;
        let target = head.symbolic_target().ok()??;
        Some(target.strip_prefix("refs/heads/")?.to_owned())
    }

    /// What the branch follows, from `branch.NAME.remote` and `branch.NAME.merge`.
    pub fn upstream(&self) -> Option<Upstream> {
        let config = self.repo.config().ok()?;
        let branch = self.branch()?;
        let remote = config.get_string(&format!("branch.{branch}.remote")).ok()?;
        let merge = config.get_string(&format!("branch.{branch}.merge")).ok()?;
        let merge = merge.strip_prefix("refs/heads/")?.to_owned();
        (remote != ".").then_some(Upstream { remote, branch: merge })
    }

    /// Whether there is a remote of this name.
    pub fn has_remote(&self, name: &str) -> bool {
        self.repo.find_remote(name).is_ok()
    }

    /// Uncommitted files below a folder: changed, new or removed, staged or not; ignored ones are not.
    pub fn dirty(&self, under: &RelPath) -> Result<Vec<RelPath>, StateError> {
        let mut options = StatusOptions::new();
        options
            .pathspec(self.in_repo(under))
            .disable_pathspec_match(true)
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .include_ignored(false);
        let statuses = self
            .repo
            .statuses(Some(&mut options))
            .map_err(|error| trouble("can't compare the content with git", &error))?;
        Ok(statuses
            .iter()
            .filter(|entry| entry.status() != Status::CURRENT)
            .filter_map(|entry| self.in_project(&String::from_utf8_lossy(entry.path_bytes())))
            .collect())
    }

    /// Whether git ignores a file of the project, be it there or not.
    pub fn ignores(&self, file: &RelPath) -> bool {
        self.repo.is_path_ignored(self.in_repo(file)).unwrap_or(false)
    }

    /// Register a merge driver in this clone's config; `.gitattributes` says for which files.
    pub fn set_merge_driver(&self, name: &str, command: &str) -> Result<(), StateError> {
        let failed = |error: git2::Error| trouble("can't write git's config", &error);
        let mut config =
            self.repo.config().and_then(|config| config.open_level(ConfigLevel::Local)).map_err(failed)?;
        config.set_str(&format!("merge.{name}.driver"), command).map_err(failed)
    }

    /// Make a repository, on the branch `main`.
    pub fn init(root: &Path) -> Result<(), StateError> {
        let mut options = RepositoryInitOptions::new();
        options.initial_head("main");
        Repository::init_opts(root, &options)
            .map(drop)
            .map_err(|error| trouble("can't make a git repository", &error))
    }

    /// Put a source file into the object database, so that an uncommitted version can be read back.
    pub fn keep_source(&self, bytes: &[u8]) -> Result<BlobId, StateError> {
        let oid = self.repo.blob(bytes).map_err(|error| trouble("can't write to git's objects", &error))?;
        Ok(BlobId(oid.to_string()))
    }

    /// A source file by its object id; `None` when it is not here, as in a shallow clone.
    pub fn source(&self, blob: &BlobId) -> Option<Vec<u8>> {
        let oid = oid_of(blob)?;
        self.repo.find_blob(oid).ok().map(|blob| blob.content().to_vec())
    }

    /// A path of the project, as the repository spells it.
    pub(super) fn in_repo(&self, path: &RelPath) -> String {
        match (self.prefix.as_str(), path.as_str()) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}/{path}"),
        }
    }

    /// A path of the repository, as the project spells it; `None` outside the project.
    pub(super) fn in_project(&self, path: &str) -> Option<RelPath> {
        let inside =
            if self.prefix.is_empty() { path } else { path.strip_prefix(&self.prefix)?.strip_prefix('/')? };
        RelPath::new(Path::new(inside)).ok()
    }

    /// Where git keeps the last known tip of an upstream branch.
    pub(super) fn tracking_ref(&self, upstream: &Upstream) -> String {
        let configured = self
            .repo
            .find_remote(&upstream.remote)
            .ok()
            .and_then(|remote| {
                let source = upstream.remote_ref();
                remote
                    .refspecs()
                    .filter(|spec| spec.direction() == git2::Direction::Fetch && spec.src_matches(&source))
                    .find_map(|spec| spec.transform(&source).ok())
            })
            .and_then(|name| name.as_str().ok().map(str::to_owned));
        configured.unwrap_or_else(|| format!("refs/remotes/{}", upstream.name()))
    }

    /// The last known tip of an upstream branch.
    pub(super) fn upstream_tip(&self, upstream: &Upstream) -> Option<Oid> {
        self.repo.refname_to_id(&self.tracking_ref(upstream)).ok()
    }

    /// The blob at a path of the repository in a commit.
    pub(super) fn blob_in(&self, commit: Oid, path: &str) -> Option<Oid> {
        let tree = self.repo.find_commit(commit).and_then(|commit| commit.tree()).ok()?;
        let entry = tree.get_path(Path::new(path)).ok()?;
        (entry.kind() == Some(git2::ObjectType::Blob)).then(|| entry.id())
    }

    /// The text of a blob; `None` when it is missing or not text.
    pub(super) fn text_of(&self, blob: Oid) -> Option<String> {
        let blob = self.repo.find_blob(blob).ok()?;
        String::from_utf8(blob.content().to_vec()).ok()
    }
}

/// A full object id. Ids come from a lock that anybody may have edited; git2 would complete a short one with zeros.
pub(super) fn oid_of(blob: &BlobId) -> Option<Oid> {
    if blob.0.len() == 40 { Oid::from_str(&blob.0).ok() } else { None }
}

fn prefix_of(root: &Path, workdir: &Path) -> Result<String, StateError> {
    let outside = || StateError::new("the project is not inside the checkout that git found for it");
    let root = canonical(root)?;
    let inside = root.strip_prefix(canonical(workdir)?).map_err(|_| outside())?;
    RelPath::new(inside).map(|path| path.as_str().to_owned()).map_err(|_| outside())
}

fn canonical(path: &Path) -> Result<PathBuf, StateError> {
    path.canonicalize()
        .map_err(|error| super::disk::failed(&format!("can't resolve `{}`", path.display()), &error))
}

/// Why a repository can't be opened, in terms of what its owner can do.
fn unusable(root: &Path, error: &git2::Error) -> StateError {
    let message = error.message();
    if error.code() == ErrorCode::Owner {
        return StateError::new("the git repository belongs to another user").hint(format!(
            "if you trust it: `git config --global --add safe.directory {}`",
            safe_directory(root)
        ));
    }
    let kind = [("refstorage", "reftable"), ("object format", "sha256"), ("objectformat", "sha256")]
        .into_iter()
        .find_map(|(word, kind)| message.contains(word).then_some(kind));
    match kind {
        Some(kind) => StateError::new(format!("the git repository is of a kind that is not supported ({kind})"))
            .hint("use a repository with sha1 objects and file refs, or run outside git with `git: {commit: false}`"),
        None => trouble("can't open the git repository", error),
    }
}

/// The checkout's top folder, as git compares it.
fn safe_directory(root: &Path) -> String {
    let top = root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(root);
    top.canonicalize().unwrap_or_else(|_| top.to_owned()).display().to_string()
}

/// An error of libgit2 with what was tried.
pub(super) fn trouble(what: &str, error: &git2::Error) -> StateError {
    let state = StateError::new(format!("{what}: {}", scrub(error.message())));
    if error.code() == ErrorCode::Locked {
        return state
            .hint("another git process is at work; if there is none, remove the `.lock` file it left");
    }
    state
}

/// Take `user:password@` out of every URL in a text.
pub(super) fn scrub(text: &str) -> String {
    let mut parts = text.split("://");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end =
            part.find(|c: char| c == '/' || c.is_whitespace() || c == '\'' || c == '"').unwrap_or(part.len());
        let (host, rest) = part.split_at(end);
        out.push_str("://");
        out.push_str(host.rsplit_once('@').map_or(host, |(_, host)| host));
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_scrubbed() {
        for (text, expected) in [
            ("no url", "no url"),
            ("https://host/a", "https://host/a"),
            ("https://user:pa@ss@host/a", "https://host/a"),
            ("at 'https://token@host:8080': no", "at 'https://host:8080': no"),
            ("http://a:b@c and ssh://git@d/e@f", "http://c and ssh://d/e@f"),
        ] {
            assert_eq!(scrub(text), expected);
        }
    }

    #[test]
    fn short_object_ids_are_not_completed() {
        assert_eq!(oid_of(&BlobId("ce0136".into())), None);
        assert_eq!(oid_of(&BlobId("z".repeat(40))), None);
        assert!(oid_of(&BlobId::of(b"x")).is_some());
    }
}
