//! The journal in git: the intents of a run outlive its machine, and runs take turns.

use serde_json::{Value, json};

use super::support::Project;
use super::support::git_server::{GitServer, Rules};

pub(crate) const REF: &str = "refs/tgsync/-1001000000001-123456/journal";

pub(crate) fn project(posts: usize) -> Project {
    let project = Project::new().env("TGSYNC_JOURNAL", "git");
    for n in 1..=posts {
        project.put(&format!("p{n:02}.md"), "", &format!("Post {n}."));
    }
    project.git_with_remote()
}

pub(crate) fn texts(posts: usize) -> Vec<String> {
    (1..=posts).map(|n| format!("Post {n}.")).collect()
}

/// The lines of the journal on the remote.
pub(crate) fn journal(project: &Project) -> Vec<Value> {
    let remote = project.remote().display().to_string();
    let text = project.git_run(&["-C", &remote, "show", &format!("{REF}:journal.jsonl")]);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lock on the remote's `main`.
pub(crate) fn on_main(project: &Project) -> Value {
    let remote = project.remote().display().to_string();
    serde_json::from_str(&project.git_run(&["-C", &remote, "show", "main:state.lock.json"])).unwrap()
}

#[test]
fn a_run_takes_the_journal_and_gives_it_back_with_the_lock() {
    let project = project(2);
    project.apply().expect(0);
    assert_eq!(project.texts(), texts(2));
    let lock = on_main(&project);
    let lines = journal(&project);
    let pin = &lock["targets"]["news"]["journal"];
    assert_eq!(*pin, json!({"epoch": 1, "kind": "git", "watermark": lines.len() - 1}));
    assert_eq!(lines[0]["epoch"], 1);
    project.settled();
    // The next run takes over at once, also from a fresh clone.
    let clone = project.clone_of_remote("second", &[]);
    clone.settled();
    clone.put("p03.md", "", "Post 3.");
    clone.commit("a third");
    clone.apply().expect(0);
    assert_eq!(on_main(&project)["targets"]["news"]["journal"]["epoch"], 2);
    assert_eq!(project.texts(), texts(3));
    // An older checkout learns of it by itself, or is told to pull.
    project.apply().expect(5).says("this checkout is superseded").says("git pull");
    project.git_run(&["pull", "--quiet"]);
    project.settled();
}

/// The remote of a project over HTTP.
pub(crate) fn over_http(project: &Project, rules: Rules) -> GitServer {
    let server = GitServer::start(project.folder(), rules);
    project.git_run(&["remote", "set-url", "origin", &server.url("remote.git")]);
    let remote = project.remote().display().to_string();
    project.git_run(&["-C", &remote, "config", "http.receivepack", "true"]);
    server
}

/// A fresh clone whose remote is where `project` has it.
pub(crate) fn fresh(project: &Project, name: &str) -> Project {
    let clone = project.clone_of_remote(name, &[]);
    let url = project.git_run(&["remote", "get-url", "origin"]);
    clone.git_run(&["remote", "set-url", "origin", &url]);
    clone
}

#[test]
fn pushes_are_counted() {
    for (posts, expected) in [(1, 2), (5, 6)] {
        let project = project(posts);
        let server = over_http(&project, Rules::default());
        project.apply().expect(0);
        assert_eq!(project.texts(), texts(posts));
        assert_eq!(server.pushes(), expected, "{posts} posts");
        project.settled();
        assert_eq!(server.pushes(), expected, "nothing to do, nothing to push");
    }
}

#[test]
fn sixty_posts_take_few_pushes() {
    let config = |batch: usize| {
        format!(
            "targets:\n  news: {{chat: \"@sandbox\", scratch_chat: 1000}}\ngit: {{batch: {batch}}}\nguard: {{max_sends: 99}}\n"
        )
    };
    for (batch, most) in [(1, 61), (4, 16)] {
        let project = project(60).config(&config(batch));
        project.commit("batches");
        project.git_run(&["push", "--quiet"]);
        let server = over_http(&project, Rules::default());
        project.apply().expect(0);
        assert_eq!(project.texts(), texts(60));
        assert!(server.pushes() <= most, "{} pushes in batches of {batch}", server.pushes());
        project.settled();
    }
}

#[test]
fn what_can_not_be_read_back_is_sent_one_by_one() {
    let project = project(4).config("targets:\n  news: {chat: \"@sandbox\"}\ngit: {batch: 4}\n");
    project.commit("batches without a scratch chat");
    project.git_run(&["push", "--quiet"]);
    let server = over_http(&project, Rules::default());
    project.apply().expect(0);
    assert_eq!((project.texts(), server.pushes()), (texts(4), 5));
}

#[test]
fn targets_of_one_chat_share_a_journal() {
    let config = "targets:\n  one: {chat: \"@sandbox\", default: true}\n  two: {chat: -1001000000001}\n";
    let project = project(2).config(config);
    project.put("q01.md", "targets: [two]", "Also here.");
    project.commit("two targets");
    project.git_run(&["push", "--quiet"]);
    project.apply().expect(0);
    assert_eq!(project.texts().len(), 3);
    let remote = project.remote().display().to_string();
    let refs = project.git_run(&["-C", &remote, "for-each-ref", "--format=%(refname)", "refs/tgsync"]);
    assert_eq!(refs, REF);
    let lock = on_main(&project);
    assert_eq!(lock["targets"]["one"]["journal"], lock["targets"]["two"]["journal"]);
    // A run of one of them takes the journal of both.
    project.put("q01.md", "targets: [two]", "Also there.");
    project.commit("changed");
    project.apply_with(&["--target", "two"]).expect(0);
    let lock = on_main(&project);
    assert_eq!(lock["targets"]["one"]["journal"], lock["targets"]["two"]["journal"]);
    project.settled();
}

#[test]
fn the_kind_of_journal_is_pinned() {
    let project = project(1);
    project.apply().expect(0);
    project.put("p02.md", "", "Post 2.");
    project.commit("a second");
    let local = ["--journal", "local"];
    project.apply_with(&local).expect(5).says("target `news` has its journal in git").says("--journal git");
    project.run(&["resolve", "p02", "--not-sent", "--journal", "local"]).expect(5);
    assert_eq!(project.report()["failure_reason"], "locked");
    project.apply_with(&["--journal", "auto"]).expect(0);
    assert_eq!(project.texts(), texts(2));

    let here = self::project(1);
    here.apply_with(&local).expect(0);
    here.put("p02.md", "", "Post 2.");
    here.commit("a second");
    here.apply().expect(5).says("has its journal in the checkouts").says("tgsync state journal news");
    here.apply_with(&["--journal", "auto"]).expect(0);
    assert_eq!(here.texts(), texts(2));
    here.run(&["state", "journal", "news"]).expect(0).says("keeps its journal in git");
    here.put("p03.md", "", "Post 3.");
    here.commit("a third");
    here.apply().expect(0);
    assert_eq!(here.texts(), texts(3));
    assert_eq!(on_main(&here)["targets"]["news"]["journal"]["epoch"], 1);
    here.run(&["state", "journal", "news"]).expect(0).says("in git already");
}

#[test]
fn in_ci_the_journal_is_in_git() {
    for (name, kind) in [("CI", "git"), ("GITHUB_ACTIONS", "git"), ("NOTHING", "local")] {
        let project = project(1).env("TGSYNC_JOURNAL", "auto").env(name, "true");
        project.apply().expect(0);
        assert_eq!(on_main(&project)["targets"]["news"]["journal"]["kind"], kind, "{name}");
    }
}
