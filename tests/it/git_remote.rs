//! The lock and a remote: pushes, lost races, refusals, and what a shallow clone lacks.
#![expect(clippy::disallowed_methods, reason = "tests look at the disk themselves")]
#![expect(clippy::unwrap_used, reason = "helpers fail the test they help")]

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use tgsync::ids::BlobId;
use tgsync::ports::StateError;
use tgsync::state::{Auth, PushError, Pushed, Upstream};

use crate::support::git_server::{GitServer, Rules};
use crate::support::repo::{LOCK, Repo, World, lock_path, lock_text, nobody, posts_in};

fn main_branch() -> Upstream {
    Upstream { remote: "origin".into(), branch: "main".into() }
}

fn push(repo: &Repo, auth: &Auth) -> Result<Pushed, PushError> {
    repo.open().push(&main_branch(), &lock_path(), &nobody(), auth)
}

fn no_auth() -> Auth {
    Auth::default()
}

fn token(token: &str) -> Auth {
    Auth { token: Some(token.to_owned()), host: None }
}

/// `x-access-token:s3cret` in base64.
const BASIC: &str = "Basic eC1hY2Nlc3MtdG9rZW46czNjcmV0";

fn at_remote(world: &World, what: &str) -> String {
    world.run(&["-C", "remote.git", "show", what])
}

fn state(error: PushError) -> StateError {
    match error {
        PushError::State(state) => state,
        PushError::Refused { .. } => panic!("{error}"),
    }
}

fn hook(remote: &Path, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = remote.join("hooks").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Two clones of a remote, by its address.
fn two(world: &World, url: &str) -> (Repo, Repo) {
    let first = world.clone(url, "first", &[]);
    first.commit_lock(1, &[("a", 10)]);
    push(&first, &no_auth()).unwrap();
    let second = world.clone(url, "second", &[]);
    (first, second)
}

#[test]
fn a_lost_race_keeps_the_posts_of_both() {
    let local = World::new();
    let path = local.remote().display().to_string();
    both_survive(&local, &path);
    let file = World::new();
    let url = format!("file://{}", file.remote().display());
    both_survive(&file, &url);
    let http = World::new();
    http.remote();
    let server = GitServer::start(&http.path(""), Rules::default());
    both_survive(&http, &server.url("remote.git"));
}

fn both_survive(world: &World, url: &str) {
    let (first, second) = two(world, url);
    first.commit_lock(2, &[("a", 10), ("b", 11)]);
    second.commit_lock(2, &[("a", 10), ("c", 12)]);
    let pushed = push(&first, &no_auth()).unwrap();
    assert_eq!((pushed.merged, pushed.note), (false, None));
    let pushed = push(&second, &no_auth()).unwrap();
    assert_eq!((pushed.merged, pushed.note), (true, None));
    let text = at_remote(world, "main:state.lock.json") + "\n";
    let all = [("a".to_owned(), 10), ("b".to_owned(), 11), ("c".to_owned(), 12)];
    assert_eq!(posts_in(&text), all, "{url}");
    assert_eq!(tgsync::lock::sniff(&text).unwrap().1, 3);
    // One line of commits, the checkout where the branch is, and nothing left over.
    assert_eq!(world.run(&["-C", "remote.git", "log", "--format=%p", "-1", "main"]).split(' ').count(), 1);
    assert_eq!((second.read(LOCK), second.status()), (text, String::new()));
    assert_eq!(second.head(), pushed.commit.0);
    assert_eq!(second.git(&["rev-parse", "origin/main"]), pushed.commit.0);
    assert_eq!(second.git(&["status", "-sb"]), "## main...origin/main");
    assert_eq!(world.run(&["-C", "remote.git", "for-each-ref", "refs/tgsync"]), "");
    world.run(&["-C", "remote.git", "fsck", "--strict"]);
}

#[test]
fn work_of_people_is_merged_with_theirs() {
    let world = World::new();
    let path = world.remote().display().to_string();
    let (first, second) = two(&world, &path);
    first.write("content/b.md", "b\n");
    first.commit_all("write b");
    first.commit_lock(2, &[("a", 10), ("b", 11)]);
    push(&first, &no_auth()).unwrap();
    second.write("content/c.md", "c\n");
    second.commit_all("write c");
    second.commit_lock(2, &[("a", 10), ("c", 12)]);
    second.write("content/staged.md", "s\n");
    second.git(&["add", "content/staged.md"]);
    second.write("content/untracked.md", "u\n");
    let before = second.status();
    let pushed = push(&second, &no_auth()).unwrap();
    assert!(pushed.merged && pushed.note.is_none(), "{pushed:?}");
    assert_eq!(second.status(), before);
    assert_eq!(world.run(&["-C", "remote.git", "log", "--format=%p", "-1", "main"]).split(' ').count(), 2);
    assert_eq!(at_remote(&world, "main:content/b.md"), "b");
    assert_eq!(at_remote(&world, "main:content/c.md"), "c");
    assert_eq!(posts_in(&at_remote(&world, "main:state.lock.json")).len(), 3);
}

#[test]
fn a_conflict_in_content_is_named_and_nothing_is_lost() {
    let world = World::new();
    let path = world.remote().display().to_string();
    let (first, second) = two(&world, &path);
    for (repo, text) in [(&first, "one\n"), (&second, "two\n")] {
        repo.write("content/a.md", text);
        repo.commit_all("rewrite a");
    }
    first.commit_lock(2, &[("a", 10), ("b", 11)]);
    push(&first, &no_auth()).unwrap();
    let ours = second.commit_lock(2, &[("a", 10), ("c", 12)]);
    let before = at_remote(&world, "main");
    let error = state(push(&second, &no_auth()).unwrap_err());
    assert!(error.what.contains("`content/a.md` was changed here and on `origin/main`"), "{error}");
    assert_eq!((second.head(), second.status(), at_remote(&world, "main")), (ours, String::new(), before));
}

#[test]
fn a_post_that_both_changed_is_named_and_nothing_is_lost() {
    let world = World::new();
    let path = world.remote().display().to_string();
    let (first, second) = two(&world, &path);
    first.commit_lock(2, &[("a", 11)]);
    push(&first, &no_auth()).unwrap();
    let ours = second.commit_lock(2, &[("a", 12)]);
    let before = at_remote(&world, "main");
    let error = state(push(&second, &no_auth()).unwrap_err());
    assert!(error.what.contains("`a` of target `news`"), "{error}");
    assert!(error.hint.unwrap().contains("nothing is lost"));
    assert_eq!((second.head(), at_remote(&world, "main")), (ours, before));
    assert_eq!(posts_in(&second.read(LOCK)), [("a".to_owned(), 12)]);
}

#[test]
fn another_lineage_on_the_remote_is_refused() {
    let world = World::new();
    let path = world.remote().display().to_string();
    let (first, second) = two(&world, &path);
    first.write(LOCK, &lock_text("another", 9, &[]));
    first.commit_all("another");
    push(&first, &no_auth()).unwrap();
    second.commit_lock(2, &[("a", 10), ("c", 12)]);
    let error = state(push(&second, &no_auth()).unwrap_err());
    assert!(error.what.contains("different lineage"), "{error}");
}

#[test]
fn local_changes_in_the_way_keep_the_checkout_where_it_is() {
    let world = World::new();
    let path = world.remote().display().to_string();
    let (first, second) = two(&world, &path);
    first.write("content/a.md", "theirs\n");
    first.commit_all("rewrite a");
    first.commit_lock(2, &[("a", 10), ("b", 11)]);
    push(&first, &no_auth()).unwrap();
    let ours = second.commit_lock(2, &[("a", 10), ("c", 12)]);
    second.write("content/a.md", "not committed\n");
    let pushed = push(&second, &no_auth()).unwrap();
    assert!(pushed.note.unwrap().contains("`git pull`"));
    assert_eq!(posts_in(&at_remote(&world, "main:state.lock.json")).len(), 3);
    assert_eq!((second.head(), second.read("content/a.md")), (ours, "not committed\n".to_owned()));
    assert_eq!(second.status(), " M content/a.md");
}

#[test]
fn a_detached_checkout_pushes_to_the_branch_it_is_told() {
    let world = World::new();
    let path = world.remote().display().to_string();
    let (first, second) = two(&world, &path);
    first.commit_lock(2, &[("a", 10), ("b", 11)]);
    push(&first, &no_auth()).unwrap();
    second.git(&["checkout", "-q", "--detach"]);
    second.commit_lock(2, &[("a", 10), ("c", 12)]);
    let pushed = push(&second, &no_auth()).unwrap();
    assert_eq!(second.head(), pushed.commit.0);
    assert_eq!((second.status(), second.open().branch()), (String::new(), None));
    assert_eq!(posts_in(&second.read(LOCK)).len(), 3);
}

#[test]
fn a_branch_that_the_remote_does_not_have_is_made() {
    let world = World::new();
    let path = world.remote().display().to_string();
    let repo = world.clone(&path, "repo", &[]);
    let id = repo.commit_lock(1, &[("a", 10)]);
    let to = Upstream { remote: "origin".into(), branch: "tgsync/lock".into() };
    let pushed = repo.open().push(&to, &lock_path(), &nobody(), &no_auth()).unwrap();
    assert_eq!((pushed.commit.0.as_str(), pushed.merged), (id.as_str(), false));
    assert_eq!(world.run(&["-C", "remote.git", "rev-parse", "tgsync/lock"]), id);
    let again = repo.open().push(&to, &lock_path(), &nobody(), &no_auth()).unwrap();
    assert_eq!(again.commit.0, id, "nothing left to push");
}

#[test]
fn the_first_push_to_an_empty_remote() {
    let world = World::new();
    world.run(&["init", "-q", "--bare", "-b", "main", "remote.git"]);
    let server = GitServer::start(&world.path(""), Rules::default());
    for (name, url) in
        [("a", world.path("remote.git").display().to_string()), ("b", server.url("remote.git"))]
    {
        let repo = world.init(name);
        repo.git(&["remote", "add", "origin", &url]);
        let to = Upstream { remote: "origin".into(), branch: name.to_owned() };
        assert_eq!(repo.open().fetch_upstream(&to, &lock_path(), &no_auth()).unwrap(), None);
        let error = state(repo.open().push(&to, &lock_path(), &nobody(), &no_auth()).unwrap_err());
        assert!(error.what.contains("no commit to push yet"), "{error}");
        let id = repo.commit_lock(1, &[("a", 10)]);
        repo.open().push(&to, &lock_path(), &nobody(), &no_auth()).unwrap();
        assert_eq!(world.run(&["-C", "remote.git", "rev-parse", name]), id);
    }
}

/// As the commands do it: where an asynchronous program allows to block.
#[test]
fn a_push_from_an_asynchronous_program() {
    let world = World::new();
    world.remote();
    let server = GitServer::start(&world.path(""), Rules::default());
    let repo = world.clone(&server.url("remote.git"), "repo", &[]);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let remote = repo.dir.clone();
    let asked = async move {
        let ask = move || Repo { dir: remote }.open().can_push("origin", &no_auth());
        tokio::task::spawn_blocking(ask).await.unwrap()
    };
    assert_eq!(runtime.block_on(asked), Ok(()));
    let id = repo.commit_lock(1, &[("a", 10)]);
    let pushing = async move { tokio::task::block_in_place(|| push(&repo, &no_auth())) };
    let pushed = runtime.block_on(async { tokio::spawn(pushing).await.unwrap() });
    assert_eq!(pushed.unwrap().commit.0, id);
}

#[test]
fn upstream_s_lock_is_fetched() {
    let world = World::new();
    let path = world.remote().display().to_string();
    let (first, second) = two(&world, &path);
    let text = first.read(LOCK);
    first.commit_lock(2, &[("a", 10), ("b", 11)]);
    push(&first, &no_auth()).unwrap();
    let git = second.open();
    assert_eq!(git.upstream(), Some(main_branch()));
    let lock = git.fetch_upstream(&main_branch(), &lock_path(), &no_auth()).unwrap().unwrap();
    assert_eq!(lock, first.read(LOCK));
    assert_eq!(second.read(LOCK), text, "the checkout stays");
    assert_eq!(git.known_locks(&lock_path()).iter().map(|lock| lock.serial).max(), Some(2));
    let missing = Upstream { remote: "origin".into(), branch: "nowhere".into() };
    assert_eq!(git.fetch_upstream(&missing, &lock_path(), &no_auth()).unwrap(), None);
}

#[test]
fn remotes_that_can_not_be_used_are_named() {
    let world = World::new();
    let repo = world.init("repo");
    repo.commit_lock(1, &[]);
    let error = state(push(&repo, &no_auth()).unwrap_err());
    assert!(error.what.contains("no git remote `origin`"), "{error}");
    for (url, expected) in [
        ("git@github.com:a/b.git", "`ssh` remote, which is not supported yet"),
        ("ssh://git@github.com/a/b", "`ssh` remote, which is not supported yet"),
        ("/nonexistent/x.git", "can't be opened"),
        ("http://user:s3cret@127.0.0.1:1/x.git", "can't be reached"),
    ] {
        repo.git(&["config", "remote.origin.url", url]);
        let error = repo.open().can_push("origin", &no_auth()).unwrap_err();
        assert!(error.what.contains(expected), "{url}: {error}");
        assert!(!format!("{error:?}").contains("s3cret"));
    }
    let other = world.init("other");
    repo.git(&["config", "remote.origin.url", &other.dir.display().to_string()]);
    let error = repo.open().can_push("origin", &no_auth()).unwrap_err();
    assert!(error.what.contains("only a bare repository"), "{error}");
}

#[test]
fn hooks_of_a_remote_on_this_machine_are_not_passed_over() {
    let world = World::new();
    let remote = world.remote();
    hook(&remote, "pre-receive", "#!/bin/sh\nexit 1\n");
    let repo = world.clone(&remote.display().to_string(), "repo", &[]);
    repo.commit_lock(1, &[]);
    let before = at_remote(&world, "main");
    assert!(repo.open().can_push("origin", &no_auth()).is_err());
    let error = state(push(&repo, &no_auth()).unwrap_err());
    assert!(error.what.contains("`pre-receive` hook"), "{error}");
    assert_eq!(at_remote(&world, "main"), before);
}

#[test]
fn a_protected_branch_is_a_refusal_of_its_own_kind() {
    let world = World::new();
    let remote = world.remote();
    hook(&remote, "pre-receive", "#!/bin/sh\necho main is protected >&2\nexit 1\n");
    let server = GitServer::start(&world.path(""), Rules::default());
    let repo = world.clone(&server.url("remote.git"), "repo", &[]);
    let id = repo.commit_lock(1, &[("a", 10)]);
    let before = at_remote(&world, "main");
    let Err(PushError::Refused { to, reason }) = push(&repo, &no_auth()) else { panic!("not refused") };
    assert_eq!(to, "origin/main");
    assert!(reason.contains("pre-receive hook declined") && reason.contains("main is protected"), "{reason}");
    assert_eq!((server.pushes(), repo.head(), at_remote(&world, "main")), (1, id, before));
}

#[test]
fn passwords() {
    let world = World::new();
    world.remote();
    let rules = Rules { authorization: BASIC.into(), ..Rules::default() };
    let server = GitServer::start(&world.path(""), rules);
    let url = server.url("remote.git");
    let repo = world.clone(&world.path("remote.git").display().to_string(), "repo", &[]);
    repo.git(&["remote", "set-url", "origin", &url]);
    repo.commit_lock(1, &[("a", 10)]);
    for auth in [no_auth(), token("wr0ng")] {
        let error = repo.open().can_push("origin", &auth).unwrap_err();
        assert!(error.what.contains("`origin` does not let us in"), "{error}");
        let error = state(push(&repo, &auth).unwrap_err());
        assert!(error.hint.as_ref().unwrap().contains("GITHUB_TOKEN"), "{error}");
        assert!(!format!("{error:?}").contains("wr0ng"));
    }
    assert_eq!(server.pushes(), 0);
    repo.open().can_push("origin", &token("s3cret")).unwrap();
    push(&repo, &token("s3cret")).unwrap();
    // In the URL itself, and as `actions/checkout` leaves it.
    repo.commit_lock(2, &[("a", 10)]);
    repo.git(&["remote", "set-url", "origin", &url.replace("http://", "http://x-access-token:s3cret@")]);
    push(&repo, &no_auth()).unwrap();
    repo.commit_lock(3, &[("a", 10)]);
    repo.git(&["remote", "set-url", "origin", &url]);
    let key = format!("http.{}.extraheader", server.url(""));
    repo.git(&["config", &key, &format!("AUTHORIZATION: {BASIC}")]);
    push(&repo, &no_auth()).unwrap();
    assert_eq!(repo.head(), world.run(&["-C", "remote.git", "rev-parse", "main"]));
    // A token replaces the header instead of joining it.
    repo.commit_lock(4, &[("a", 10)]);
    push(&repo, &token("s3cret")).unwrap();
    // A header for another server stays here.
    repo.git(&["config", "--unset", &key]);
    repo.git(&["config", "http.https://github.com/.extraheader", &format!("AUTHORIZATION: {BASIC}")]);
    assert!(repo.open().can_push("origin", &no_auth()).is_err());
    // Last of all git's credential helpers are asked; on most people's machines they know.
    let helper = "!f() { echo username=x-access-token; echo password=s3cret; }; f";
    repo.git(&["config", "credential.helper", helper]);
    repo.commit_lock(5, &[("a", 10)]);
    push(&repo, &no_auth()).unwrap();
}

#[test]
fn a_moved_repository_is_followed_within_its_server_only() {
    let world = World::new();
    world.remote();
    let other = GitServer::start(&world.path(""), Rules::default());
    let away = Rules { redirect: Some(("/old.git".into(), other.url("remote.git"))), ..Rules::default() };
    let server = GitServer::start(&world.path(""), away);
    let repo = world.clone(&server.url("remote.git"), "repo", &[]);
    repo.git(&["remote", "set-url", "origin", &server.url("old.git")]);
    repo.commit_lock(1, &[("a", 10)]);
    let error = state(push(&repo, &token("s3cret")).unwrap_err());
    assert!(error.what.contains("redirects to another host"), "{error}");
    assert_eq!(other.arrived(), [], "no credentials for strangers");
    let near = Rules { redirect: Some(("/old.git".into(), "/remote.git".into())), ..Rules::default() };
    let server = GitServer::start(&world.path(""), near);
    repo.git(&["remote", "set-url", "origin", &server.url("old.git")]);
    push(&repo, &no_auth()).unwrap();
    assert_eq!(repo.head(), world.run(&["-C", "remote.git", "rev-parse", "main"]));
}

/// A server on which somebody else pushes a post in the middle of each of the first `times` pushes.
fn racing(world: &World, times: usize) -> (GitServer, Repo) {
    let path = world.remote().display().to_string();
    let (first, second) = two(world, &path);
    let rival = Arc::new(Mutex::new((first, vec![("a".to_owned(), 10)])));
    let rules = Rules {
        before_push: Some(Box::new(move |before| {
            if before >= times {
                return;
            }
            let mut rival = rival.lock().unwrap();
            let id = 100 + i32::try_from(before).unwrap();
            rival.1.push((format!("rival-{before}"), id));
            let posts: Vec<(&str, i32)> = rival.1.iter().map(|(slug, id)| (slug.as_str(), *id)).collect();
            let text = lock_text("6f1c0a52e9b7", 10 + before as u64, &posts);
            rival.0.write(LOCK, &text);
            rival.0.commit_all("rival");
            rival.0.git(&["push", "-q"]);
        })),
        ..Rules::default()
    };
    let server = GitServer::start(&world.path(""), rules);
    second.git(&["remote", "set-url", "origin", &server.url("remote.git")]);
    second.commit_lock(2, &[("a", 10), ("mine", 50)]);
    (server, second)
}

#[test]
fn a_race_lost_between_look_and_push_is_run_again() {
    let world = World::new();
    let (server, repo) = racing(&world, 3);
    let pushed = push(&repo, &no_auth()).unwrap();
    assert!(pushed.merged && pushed.note.is_none(), "{pushed:?}");
    assert_eq!(server.pushes(), 4);
    let slugs: Vec<String> = posts_in(&repo.read(LOCK)).into_iter().map(|(slug, _)| slug).collect();
    assert_eq!(slugs, ["a", "mine", "rival-0", "rival-1", "rival-2"]);
    assert_eq!(repo.head(), world.run(&["-C", "remote.git", "rev-parse", "main"]));
}

#[test]
fn a_race_that_never_ends_is_given_up() {
    let world = World::new();
    let (server, repo) = racing(&world, usize::MAX);
    let ours = repo.head();
    let error = state(push(&repo, &no_auth()).unwrap_err());
    assert!(error.what.contains("moved 5 times"), "{error}");
    assert_eq!((server.pushes(), repo.head()), (5, ours));
    assert_eq!(posts_in(&repo.read(LOCK)).len(), 2);
}

#[test]
fn a_push_whose_answer_is_lost_is_found_to_be_done() {
    let world = World::new();
    world.remote();
    let server = GitServer::start(&world.path(""), Rules { lose_answers: 1, ..Rules::default() });
    let repo = world.clone(&server.url("remote.git"), "repo", &[]);
    let id = repo.commit_lock(1, &[("a", 10)]);
    let pushed = push(&repo, &no_auth()).unwrap();
    assert_eq!((pushed.commit.0.as_str(), server.pushes()), (id.as_str(), 1));
    assert_eq!(world.run(&["-C", "remote.git", "rev-parse", "main"]), id);
}

/// A remote whose `content/a.md` had another text one commit ago.
fn with_history(world: &World) -> BlobId {
    let path = world.remote().display().to_string();
    let repo = world.clone(&path, "writer", &[]);
    repo.write("content/a.md", "new\n");
    repo.commit_all("second");
    repo.git(&["push", "-q"]);
    BlobId::of(b"a\n")
}

#[test]
fn a_shallow_clone_gets_the_sources_it_lacks() {
    let world = World::new();
    let old = with_history(&world);
    let rules = Rules { authorization: BASIC.into(), ..Rules::default() };
    let server = GitServer::start(&world.path(""), rules);
    let file = format!("file://{}", world.path("remote.git").display());
    for (name, url) in [("by-file", None), ("by-http", Some(server.url("remote.git")))] {
        let repo = world.clone(&file, name, &["--depth", "1"]);
        if let Some(url) = url {
            repo.git(&["remote", "set-url", "origin", &url]);
        }
        let git = repo.open();
        assert_eq!(git.source(&old), None);
        let unknown = BlobId::of(b"never pushed");
        git.fetch_sources(&[unknown.clone(), old.clone(), old.clone()], "origin", &token("s3cret")).unwrap();
        assert_eq!(git.source(&old).as_deref(), Some(&b"a\n"[..]), "{name}");
        assert_eq!(git.source(&unknown), None);
        assert_eq!(repo.git(&["rev-list", "--count", "HEAD"]), "1", "as shallow as before");
        assert_eq!(repo.status(), "");
        repo.git(&["fsck"]);
    }
    let repo = world.clone(&file, "wrong", &["--depth", "1"]);
    repo.git(&["remote", "set-url", "origin", &server.url("remote.git")]);
    let error = repo.open().fetch_sources(&[old], "origin", &token("wr0ng")).unwrap_err();
    assert!(error.what.contains("does not let us in"), "{error}");
}

#[test]
fn a_shallow_clone_pushes_and_merges() {
    let world = World::new();
    with_history(&world);
    let server = GitServer::start(&world.path(""), Rules::default());
    let file = format!("file://{}", world.path("remote.git").display());
    for (name, url) in [("by-http", server.url("remote.git")), ("by-file", file)] {
        let rival = world.clone(&url, &format!("{name}-rival"), &[]);
        let repo = world.clone(&url, name, &["--depth", "1"]);
        let mut posts =
            fs::read_to_string(rival.dir.join(LOCK)).map_or_else(|_| vec![], |text| posts_in(&text));
        let theirs = format!("{name}-theirs");
        posts.push((theirs, 10 + i32::try_from(posts.len()).unwrap()));
        let serial = 1 + posts.len() as u64;
        let known: Vec<(&str, i32)> = posts.iter().map(|(slug, id)| (slug.as_str(), *id)).collect();
        rival.commit_lock(serial, &known);
        rival.git(&["push", "-q"]);
        let ours = format!("{name}-ours");
        let mut mine = known[..known.len() - 1].to_vec();
        mine.push((&ours, 90 + i32::try_from(posts.len()).unwrap()));
        repo.commit_lock(serial, &mine);
        let pushed = push(&repo, &no_auth()).unwrap();
        assert!(pushed.merged && pushed.note.is_none(), "{pushed:?}");
        assert_eq!(repo.status(), "");
        assert_eq!(posts_in(&repo.read(LOCK)).len(), posts.len() + 1, "{name}");
    }
    world.run(&["-C", "remote.git", "fsck", "--strict"]);
}
