//! The lock in a repository: what is committed, what is left alone, what git knows.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]

use std::fs;

use tgsync::ids::BlobId;
use tgsync::state::{Git, Identity, KnownAt, LostLock, Person, judge};

use crate::support::repo::{LOCK, Repo, World, lock_path, lock_text, nobody, rel};

/// A repository with content and a committed lock.
fn project(world: &World) -> Repo {
    let repo = world.init("project");
    repo.write("content/a.md", "a\n");
    repo.commit_all("first");
    repo.commit_lock(1, &[("a", 10)]);
    repo
}

fn head(repo: &Repo) -> Option<(String, u64)> {
    let text = fs::read_to_string(repo.dir.join(LOCK)).ok()?;
    tgsync::lock::sniff(&text)
}

fn judged(repo: &Repo) -> Result<(), LostLock> {
    let current = head(repo);
    let current = current.as_ref().map(|(lineage, serial)| (lineage.as_str(), *serial));
    judge(current, &repo.open().known_locks(&lock_path()), None)
}

#[test]
fn the_commit_holds_the_lock_and_leaves_staged_work_alone() {
    let world = World::new();
    let repo = project(&world);
    repo.write("content/staged.md", "s\n");
    repo.write("content/a.md", "changed and staged\n");
    repo.git(&["add", "-A"]);
    repo.write("content/a.md", "and changed again\n");
    repo.write("content/untracked.md", "u\n");
    let before = repo.status();
    repo.commit_lock(2, &[("a", 10), ("b", 11)]);
    assert_eq!(repo.status(), before, "only the lock is committed");
    assert_eq!(repo.git(&["diff", "--name-only", "HEAD~", "HEAD"]), LOCK);
    assert_eq!(repo.git(&["show", "HEAD:state.lock.json"]) + "\n", repo.read(LOCK));
    repo.git(&["fsck", "--strict"]);
}

#[test]
fn a_commit_is_made_only_when_there_is_something_new() {
    let world = World::new();
    let repo = project(&world);
    let head = repo.head();
    assert_eq!(repo.open().commit_lock(&lock_path(), "again", &nobody()).unwrap(), None);
    assert_eq!(repo.head(), head);
    assert_eq!(repo.status(), "");
}

#[test]
fn a_staged_deletion_of_the_lock_does_not_survive_its_commit() {
    let world = World::new();
    let repo = project(&world);
    repo.git(&["rm", "-q", "--cached", LOCK]);
    repo.commit_lock(2, &[("a", 10)]);
    assert_eq!(repo.status(), "");
}

#[test]
fn the_first_commit_of_a_repository() {
    let world = World::new();
    let repo = world.init("fresh");
    repo.write("content/a.md", "a\n");
    repo.git(&["add", "-A"]);
    assert_eq!(repo.open().head_commit().unwrap(), None);
    assert_eq!(repo.open().branch().as_deref(), Some("main"));
    repo.commit_lock(1, &[("a", 10)]);
    assert_eq!(repo.git(&["ls-tree", "--name-only", "-r", "HEAD"]), LOCK);
    assert_eq!(repo.status(), "A  content/a.md");
    assert_eq!(repo.git(&["symbolic-ref", "HEAD"]), "refs/heads/main");
}

#[test]
fn a_detached_head_moves_and_no_branch_does() {
    let world = World::new();
    let repo = project(&world);
    let main = repo.git(&["rev-parse", "main"]);
    repo.git(&["checkout", "-q", "--detach"]);
    assert_eq!(repo.open().branch(), None);
    assert_eq!(repo.open().upstream(), None);
    let id = repo.commit_lock(2, &[("a", 10)]);
    assert_eq!((repo.head(), repo.git(&["rev-parse", "main"])), (id, main));
    assert_eq!(repo.status(), "");
}

#[test]
fn who_commits() {
    let world = World::new();
    let repo = world.init("who");
    let shown = || repo.git(&["log", "-1", "--format=%an <%ae> / %cn <%ce> %cI"]);
    repo.commit_lock(1, &[]);
    assert_eq!(shown(), "tgsync <tgsync@localhost> / tgsync <tgsync@localhost> 2026-11-20T10:00:00+00:00");
    repo.git(&["config", "user.name", "Config"]);
    repo.git(&["config", "user.email", "config@example.org"]);
    repo.commit_lock(2, &[]);
    assert!(shown().starts_with("Config <config@example.org> / Config <config@example.org>"));
    repo.put_lock(3, &[]);
    let given = |name: &str| Person { name: Some(name.to_owned()), email: None };
    let identity = Identity { author: given("A <x>\n"), committer: given("  "), ..nobody() };
    repo.open().commit_lock(&lock_path(), "given", &identity).unwrap();
    assert!(shown().starts_with("A x <config@example.org> / Config <config@example.org>"), "{}", shown());
}

#[test]
fn a_project_in_a_folder_of_the_repository() {
    let world = World::new();
    let whole = world.init("whole");
    whole.write("docs/other.md", "o\n");
    whole.write("channel/content/a.md", "a\n");
    whole.commit_all("first");
    let part = Repo { dir: whole.dir.join("channel") };
    part.commit_lock(1, &[("a", 10)]);
    assert_eq!(whole.git(&["diff", "--name-only", "HEAD~", "HEAD"]), "channel/state.lock.json");
    assert_eq!(part.open().known_locks(&lock_path()).len(), 1);
    part.write("content/a.md", "b\n");
    part.write("content/n/ew.md", "n\n");
    whole.write("docs/other.md", "changed\n");
    let dirty = part.open().dirty(&rel("content")).unwrap();
    assert_eq!(dirty, [rel("content/a.md"), rel("content/n/ew.md")]);
    assert_eq!(
        part.open().dirty(&rel("")).unwrap().len(),
        2,
        "the rest of the repository is not the project"
    );
}

#[test]
fn a_linked_worktree_is_a_checkout_like_any_other() {
    let world = World::new();
    let repo = project(&world);
    repo.git(&["worktree", "add", "-q", "-b", "side", "../side"]);
    let side = Repo { dir: world.path("side") };
    side.commit_lock(2, &[("a", 10)]);
    assert_eq!(side.open().branch().as_deref(), Some("side"));
    assert_eq!((side.status(), repo.status()), (String::new(), String::new()));
    assert_eq!(repo.git(&["log", "--format=%s", "main..side"]), "update the lock");
}

#[test]
fn an_ignored_lock_is_refused_with_the_way_on() {
    let world = World::new();
    let repo = world.init("ignored");
    repo.write(".gitignore", "*.json\n");
    repo.put_lock(1, &[]);
    let error = repo.open().commit_lock(&lock_path(), "m", &nobody()).unwrap_err();
    assert!(error.what.contains("git ignores `state.lock.json`"), "{error}");
    assert!(error.hint.unwrap().contains("git: {commit: false}"));
}

#[test]
fn repositories_that_can_not_be_used_are_named() {
    let world = World::new();
    assert!(Git::discover(&world.path("")).unwrap().is_none(), "outside git");
    world.run(&["init", "-q", "--bare", "bare.git"]);
    let error = Git::discover(&world.path("bare.git")).unwrap_err();
    assert!(error.what.contains("bare"), "{error}");
    world.run(&["init", "-q", "--object-format=sha256", "sha256"]);
    let error = Git::discover(&world.path("sha256")).unwrap_err();
    assert!(error.what.contains("not supported (sha256)"), "{error}");
    let reftable = world.init("reftable");
    reftable.git(&["config", "core.repositoryformatversion", "1"]);
    reftable.git(&["config", "extensions.refstorage", "reftable"]);
    let error = Git::discover(&reftable.dir).unwrap_err();
    assert!(error.what.contains("not supported (reftable)"), "{error}");
}

#[test]
fn a_lost_lock_is_noticed() {
    let world = World::new();
    let repo = project(&world);
    assert_eq!(judged(&repo), Ok(()));
    let newest = repo.commit_lock(2, &[("a", 10), ("b", 11)]);
    // Gone from disk, then from the index, then from `HEAD`.
    let missing = || {
        let lost = judged(&repo).unwrap_err();
        assert!(matches!(&lost, LostLock::Missing(seen) if seen.serial == 2), "{lost}");
        lost.hint(LOCK)
    };
    fs::remove_file(repo.dir.join(LOCK)).unwrap();
    missing();
    repo.git(&["rm", "-q", "--cached", LOCK]);
    missing();
    repo.git(&["commit", "-q", "-m", "away with it"]);
    let hint = missing();
    assert_eq!(hint, format!("restore it: `git checkout {} -- {LOCK}`", &newest[..12]));
    repo.git(&["checkout", &newest, "--", LOCK]);
    assert_eq!(judged(&repo), Ok(()));
}

#[test]
fn a_lock_that_a_revert_rewound_is_noticed() {
    let world = World::new();
    let repo = project(&world);
    repo.commit_lock(2, &[("a", 10), ("b", 11)]);
    repo.git(&["revert", "--no-edit", "HEAD"]);
    let lost = judged(&repo).unwrap_err();
    assert!(matches!(&lost, LostLock::Older { serial: 1, newest } if newest.serial == 2), "{lost}");
}

#[test]
fn a_lock_behind_upstream_or_of_another_lineage_is_noticed() {
    let world = World::new();
    let remote = world.remote();
    let url = remote.display().to_string();
    let here = world.clone(&url, "here", &[]);
    here.commit_lock(1, &[("a", 10)]);
    here.git(&["push", "-q"]);
    let there = world.clone(&url, "there", &[]);
    there.commit_lock(2, &[("a", 10), ("b", 11)]);
    there.git(&["push", "-q"]);
    assert_eq!(judged(&here), Ok(()), "nothing is known of it before a fetch");
    here.git(&["fetch", "-q"]);
    let lost = judged(&here).unwrap_err();
    assert!(
        matches!(&lost, LostLock::Older { newest, .. } if newest.at == Some(KnownAt::Upstream("origin/main".into())))
    );
    assert_eq!(lost.hint(LOCK), "`git pull`");
    here.git(&["pull", "-q"]);
    here.write(LOCK, &lock_text("another", 9, &[]));
    assert!(matches!(judged(&here), Err(LostLock::OtherLineage { .. })));
}

#[test]
fn a_staged_lock_of_a_fresh_repository_is_known() {
    let world = World::new();
    let repo = world.init("fresh");
    repo.put_lock(3, &[]);
    repo.git(&["add", LOCK]);
    fs::remove_file(repo.dir.join(LOCK)).unwrap();
    let lost = judged(&repo).unwrap_err();
    assert_eq!(lost.hint(LOCK), "restore it: `git checkout -- state.lock.json`");
}

#[test]
fn sources_are_kept_in_the_object_database() {
    let world = World::new();
    let repo = project(&world);
    let git = repo.open();
    let blob = git.keep_source(b"never committed\n").unwrap();
    assert_eq!(blob, BlobId::of(b"never committed\n"));
    assert_eq!(git.source(&blob).unwrap(), b"never committed\n");
    assert_eq!(git.source(&BlobId::of(b"a\n")).unwrap(), b"a\n", "a committed one");
    assert_eq!(git.source(&BlobId::of(b"unknown")), None);
    assert_eq!(git.source(&BlobId("../../etc/passwd".into())), None);
    assert_eq!(repo.git(&["cat-file", "-p", &blob.0]), "never committed");
    assert_eq!(repo.status(), "");
}

#[test]
fn an_index_that_another_git_holds_does_not_keep_the_lock_from_its_commit() {
    let world = World::new();
    let repo = project(&world);
    repo.write(".git/index.lock", "");
    repo.put_lock(2, &[("a", 10)]);
    let done = repo.open().commit_lock(&lock_path(), "m", &nobody()).unwrap().unwrap();
    assert!(done.note.unwrap().contains("`git reset -- state.lock.json`"));
    fs::remove_file(repo.dir.join(".git/index.lock")).unwrap();
    repo.git(&["reset", "-q", "--", LOCK]);
    assert_eq!(repo.status(), "");
}
