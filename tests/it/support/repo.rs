//! Real repositories in a temporary folder, with the `git` program as an independent judge.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![expect(clippy::unwrap_used, reason = "helpers fail the test they help")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use git2::ConfigLevel;
use tgsync::ids::{BlobId, Digest, MessageId, RelPath, Slug, TargetName, Timestamp};
use tgsync::lock::{self, Event, Kind, Lock, SentPart, What};
use tgsync::state::{Git, Identity, Person};

pub(crate) const LOCK: &str = "state.lock.json";

/// A `git` that knows nothing of this machine's configuration.
pub(crate) fn git_command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(dir)
        .env_clear()
        .env("PATH", env!("PATH"))
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Ann")
        .env("GIT_AUTHOR_EMAIL", "ann@example.org")
        .env("GIT_COMMITTER_NAME", "Ann")
        .env("GIT_COMMITTER_EMAIL", "ann@example.org");
    command
}

/// Let libgit2 see no configuration but the repositories' own.
#[expect(unsafe_code, reason = "the search path is process-wide")]
fn isolate() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for level in [ConfigLevel::ProgramData, ConfigLevel::System, ConfigLevel::XDG, ConfigLevel::Global] {
            // SAFETY: called once, before any repository is opened by this process.
            unsafe { git2::opts::set_search_path(level, "/nonexistent") }.unwrap();
        }
    });
}

/// A folder that goes away, holding repositories.
pub(crate) struct World {
    dir: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        isolate();
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A fresh repository on `main`, without a commit.
    pub(crate) fn init(&self, name: &str) -> Repo {
        self.run(&["init", "-q", "-b", "main", name]);
        Repo { dir: self.path(name) }
    }

    /// A bare repository with one commit that has `content/a.md`, a clone of it, and the remote's path.
    pub(crate) fn remote(&self) -> PathBuf {
        let seed = self.init("seed");
        seed.write("content/a.md", "a\n");
        seed.commit_all("first");
        self.run(&["clone", "-q", "--bare", "seed", "remote.git"]);
        self.path("remote.git")
    }

    pub(crate) fn clone(&self, url: &str, name: &str, options: &[&str]) -> Repo {
        let mut args = vec!["clone", "-q"];
        args.extend(options);
        args.extend([url, name]);
        self.run(&args);
        Repo { dir: self.path(name) }
    }

    pub(crate) fn run(&self, args: &[&str]) -> String {
        run(self.dir.path(), args)
    }
}

fn run(dir: &Path, args: &[&str]) -> String {
    let output = git_command(dir).args(args).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "git {args:?}: {error}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// One checkout.
pub(crate) struct Repo {
    pub(crate) dir: PathBuf,
}

impl Repo {
    pub(crate) fn git(&self, args: &[&str]) -> String {
        run(&self.dir, args)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.dir.join(path)).unwrap()
    }

    pub(crate) fn commit_all(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    pub(crate) fn status(&self) -> String {
        self.git(&["status", "--porcelain"])
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn open(&self) -> Git {
        Git::discover(&self.dir).unwrap().expect("a repository")
    }

    /// Put a lock with these posts on disk.
    pub(crate) fn put_lock(&self, serial: u64, posts: &[(&str, i32)]) {
        self.write(LOCK, &lock_text("6f1c0a52e9b7", serial, posts));
    }

    /// Put a lock on disk and commit it as a run does.
    pub(crate) fn commit_lock(&self, serial: u64, posts: &[(&str, i32)]) -> String {
        self.put_lock(serial, posts);
        let done = self.open().commit_lock(&lock_path(), "update the lock", &nobody()).unwrap();
        done.expect("something to commit").id.0
    }
}

pub(crate) fn lock_path() -> RelPath {
    rel(LOCK)
}

pub(crate) fn rel(path: &str) -> RelPath {
    RelPath::new(Path::new(path)).unwrap()
}

/// An identity that leaves everything to git's config.
pub(crate) fn nobody() -> Identity {
    let at = "2026-11-20T10:00:00Z".parse().unwrap();
    Identity { author: Person::default(), committer: Person::default(), at }
}

/// A lock of a lineage whose posts are single messages.
pub(crate) fn lock_text(lineage: &str, serial: u64, posts: &[(&str, i32)]) -> String {
    let mut lock = Lock::new(lineage.to_owned());
    lock.serial = serial;
    for (slug, id) in posts {
        lock.fold(&sent(slug, *id));
    }
    lock::to_json(&lock)
}

pub(crate) fn sent(slug: &str, id: i32) -> Event {
    let at: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
    let record = SentPart {
        rendered_as: "html/1".into(),
        blob: BlobId::of(slug.as_bytes()),
        file: rel(&format!("content/{slug}.md")),
        fixed: None,
        items: Vec::new(),
        keep: false,
        kind: Kind::Text,
        links: std::collections::BTreeMap::new(),
        markup: None,
        more: false,
        opts: Digest::of("opts"),
        text: Digest::of(&(slug, id)),
        topic: None,
    };
    let slug: Slug = slug.parse().unwrap();
    let target: TargetName = "news".parse().unwrap();
    Event {
        target,
        what: What::Sent {
            slug,
            part: 0,
            ids: vec![MessageId(id)],
            at,
            record,
            files: Vec::new(),
            shown: Vec::new(),
            left: Vec::new(),
        },
    }
}

/// The posts and their ids in the text of a lock.
pub(crate) fn posts_in(text: &str) -> Vec<(String, i32)> {
    let lock = lock::parse(text).unwrap();
    let target = lock.target(&"news".parse().unwrap());
    target.posts.iter().map(|(slug, post)| (slug.to_string(), post.first_id().unwrap().0)).collect()
}
