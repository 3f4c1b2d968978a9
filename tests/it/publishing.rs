//! The lock in git: committed alone, pushed, merged, and old texts fetched when a clone lacks them.
#![expect(clippy::disallowed_methods, reason = "tests look at files by hand")]

use std::process::{Command, Stdio};

use super::support::Project;

fn two() -> Project {
    Project::new().post("a.md", "Alpha.\n\nThe old second paragraph.").post("b.md", "Beta.").git_with_remote()
}

#[test]
fn the_lock_is_committed_alone_and_pushed() {
    let project = two();
    project.write("content/draft.txt", "not committed");
    project.git_run(&["add", "content/draft.txt"]);
    project.apply().expect(0).says("pushed to `origin/main`");
    assert_eq!(
        project.git_run(&["show", "--name-only", "--format=%s%n%an", "HEAD"]),
        "tgsync: a, b\nAnn\n\nstate.lock.json"
    );
    assert_eq!(project.git_run(&["status", "--porcelain"]), "A  content/draft.txt");
    assert_eq!(project.git_run(&["rev-parse", "HEAD"]), project.git_run(&["rev-parse", "origin/main"]));
    assert_eq!(
        project.git_run(&["ls-remote", "origin", "main"]).split('\t').next(),
        Some(project.git_run(&["rev-parse", "HEAD"]).as_str())
    );
    assert_eq!(project.report()["lock"]["pushed"], true);
}

#[test]
fn nothing_is_committed_when_nothing_happened() {
    let project = two();
    project.apply().expect(0);
    let head = project.git_run(&["rev-parse", "HEAD"]);
    project.settled();
    assert_eq!(project.git_run(&["rev-parse", "HEAD"]), head);
}

#[test]
fn flags_decide_about_commit_and_push() {
    let project = two();
    let (head, remote) = (project.git_run(&["rev-parse", "HEAD"]), project.git_run(&["ls-remote", "origin"]));
    project.apply_with(&["--no-commit"]).expect(0);
    assert_eq!(project.git_run(&["rev-parse", "HEAD"]), head);
    assert!(project.git_run(&["status", "--porcelain"]).contains("state.lock.json"));
    project.apply_with(&["--no-push"]).expect(0);
    assert_ne!(
        project.git_run(&["rev-parse", "HEAD"]),
        head,
        "what was left uncommitted is committed by the next run"
    );
    assert_eq!(project.git_run(&["ls-remote", "origin"]), remote);
    project.apply().expect(0);
    assert_ne!(
        project.git_run(&["ls-remote", "origin"]),
        remote,
        "what was left unpushed is pushed by the next run"
    );
    project.settled();
}

#[test]
fn two_clones_that_publish_one_after_the_other_both_survive() {
    let project = two();
    project.apply().expect(0);
    let clone = project.clone_of_remote("clone", &[]);
    project.put("mine.md", "", "Mine.");
    project.commit("mine");
    clone.put("yours.md", "", "Yours.");
    clone.commit("yours");
    project.git_run(&["push", "--quiet"]);
    project.apply().expect(0);
    let run = clone.apply();
    assert_eq!(run.code, 5, "the clone is behind: {}", run.all());
    clone.git_run(&["pull", "--quiet", "--no-rebase", "--no-edit"]);
    clone.apply().expect(0);
    let mut texts = project.texts();
    texts.sort();
    assert_eq!(texts.len(), 4, "{texts:?}");
    project.git_run(&["pull", "--quiet", "--no-rebase"]);
    for slug in ["a", "b", "mine", "yours"] {
        assert!(project.lock()["targets"]["news"]["posts"][slug].is_object(), "{slug} is lost");
    }
    project.settled();
}

#[test]
fn a_push_in_between_is_merged_by_post() {
    let project = two();
    project.apply().expect(0);
    let clone = project.clone_of_remote("clone", &[]);
    project.put("mine.md", "", "Mine.");
    clone.put("yours.md", "", "Yours.");
    // Both publish without having seen the other; then one pushes after the other.
    project.commit("mine");
    clone.commit("yours");
    project.apply_with(&["--no-push"]).expect(0);
    clone.apply().expect(0).says("pushed");
    let late = project.apply();
    let late = late.expect(5).says("`origin/main` has another lock than this branch");
    late.says("git pull");
    project.run(&["init"]).expect(0);
    let driver = format!("{} lock merge %O %A %B", env!("CARGO_BIN_EXE_tgsync"));
    project.git_run(&["config", "merge.tgsync.driver", &driver]);
    project.commit("init");
    project.git_run(&["pull", "--quiet", "--no-rebase", "--no-edit"]);
    project.apply().expect(0);
    clone.git_run(&["pull", "--quiet", "--no-rebase", "--no-edit"]);
    for checkout in [&project, &clone] {
        for slug in ["a", "b", "mine", "yours"] {
            assert!(checkout.lock()["targets"]["news"]["posts"][slug].is_object(), "{slug} is lost");
        }
    }
    assert_eq!(project.texts().len(), 4);
    clone.settled();
}

#[test]
fn a_race_between_two_runs_is_decided_by_the_push() {
    let project = two();
    project.apply().expect(0);
    let clone = project.clone_of_remote("clone", &[]);
    project.put("mine.md", "", "Mine.");
    project.commit("mine");
    clone.put("yours.md", "", "Yours.");
    clone.commit("yours");
    for index in 0..8 {
        project.put(&format!("more{index}.md"), "", "More.");
    }
    // This one stands still in the middle of its sends while the other fetches, sends and pushes.
    let mut first = project.command(&["apply", "--yes"]);
    let first = first.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let signal = |name: &str| {
        let pid = first.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    };
    project.server().forget_requests();
    while project.calls().is_empty() {
        std::thread::yield_now();
    }
    signal("-STOP");
    clone.apply().expect(0);
    signal("-CONT");
    let first = first.wait_with_output().unwrap();
    let said = String::from_utf8(first.stderr).unwrap();
    assert!(first.status.success() && said.contains("the lock was merged by post"), "{said}");
    clone.git_run(&["pull", "--quiet", "--no-rebase", "--no-edit"]);
    for checkout in [&project, &clone] {
        let posts = checkout.lock()["targets"]["news"]["posts"].clone();
        assert_eq!(posts.as_object().unwrap().len(), 12);
    }
    assert_eq!(project.texts().len(), 12);
    project.settled();
    clone.settled();
}

#[test]
fn a_branch_that_can_not_be_pushed_to_stops_before_anything_is_sent() {
    let project = two();
    std::fs::rename(project.remote(), project.folder().join("gone.git")).unwrap();
    project.apply().expect(1).says("so nothing was sent").says("--no-push");
    assert_eq!(project.methods(), [""; 0]);
    assert_eq!(project.report()["failure_reason"], "preflight");
    project.apply_with(&["--no-push"]).expect(0);
}

#[test]
fn a_shallow_clone_shows_the_old_text() {
    let project = two();
    project.apply().expect(0);
    project.put("a.md", "", "Alpha.\n\nThe new second paragraph.");
    project.commit("change");
    for index in 0..3 {
        project.write("other.txt", format!("{index}"));
        project.commit("other");
    }
    project.git_run(&["push", "--quiet"]);
    let clone = project.clone_of_remote("shallow", &["--depth", "1"]);
    assert!(
        !clone
            .git_try(&[
                "cat-file",
                "-e",
                clone.lock()["targets"]["news"]["posts"]["a"]["blob"].as_str().unwrap()
            ])
            .0
    );
    clone.plan().expect(0).says("- The old second paragraph.").says("+ The new second paragraph.");
    // Without the remote the plan is the same, but for the old text.
    let far = project.clone_of_remote("far", &["--depth", "1"]);
    far.git_run(&["remote", "set-url", "origin", "file:///nowhere.git"]);
    far.plan().expect(0).says("the old text is not at hand").says("+ The new second paragraph.");
    assert_eq!(far.plan_id(), clone.plan_id());
    clone.apply().expect(0);
    assert_eq!(clone.texts()[0], "Alpha.\n\nThe new second paragraph.");
    project.git_run(&["pull", "--quiet"]);
    project.settled();
}

#[test]
fn git_merge_merges_two_locks() {
    let project = Project::new().post("a.md", "Alpha.").git();
    project.run(&["init"]).expect(0);
    let driver = format!("{} lock merge %O %A %B", env!("CARGO_BIN_EXE_tgsync"));
    assert_eq!(project.git_run(&["config", "merge.tgsync.driver"]), "tgsync lock merge %O %A %B");
    project.git_run(&["config", "merge.tgsync.driver", &driver]);
    project.commit("init");
    project.apply().expect(0);
    project.git_run(&["checkout", "--quiet", "-b", "side"]);
    project.put("side.md", "", "Side.");
    project.commit("side");
    project.apply().expect(0);
    project.git_run(&["checkout", "--quiet", "main"]);
    std::fs::remove_dir_all(project.path(".tgsync")).unwrap();
    project.put("main.md", "", "Main.");
    project.commit("main");
    project.apply().expect(0);
    project.git_run(&["merge", "--quiet", "--no-edit", "side"]);
    let posts = project.lock()["targets"]["news"]["posts"].clone();
    assert_eq!(posts.as_object().unwrap().keys().collect::<Vec<_>>(), ["a", "main", "side"]);
    project.settled();
}

#[test]
fn git_merge_names_a_post_that_both_sides_changed() {
    let project = Project::new().post("a.md", "Alpha.").post("b.md", "Beta.").git();
    project.run(&["init"]).expect(0);
    let driver = format!("{} lock merge %O %A %B", env!("CARGO_BIN_EXE_tgsync"));
    project.git_run(&["config", "merge.tgsync.driver", &driver]);
    project.commit("init");
    project.apply().expect(0);
    project.git_run(&["checkout", "--quiet", "-b", "side"]);
    project.put("a.md", "", "Alpha of the side.");
    project.commit("side");
    project.apply().expect(0);
    project.git_run(&["checkout", "--quiet", "main"]);
    std::fs::remove_dir_all(project.path(".tgsync")).unwrap();
    project.put("a.md", "", "Alpha of main.");
    project.commit("main");
    project.apply().expect(0);
    let (merged, said) = project.git_try(&["merge", "--no-edit", "side"]);
    assert!(!merged && said.contains("changed on both sides: `a` of target `news`"), "{said}");
    assert_eq!(project.git_run(&["diff", "--name-only", "--diff-filter=U"]), "content/a.md\nstate.lock.json");
    project.plan().expect(3).says("conflict markers");
}

#[test]
fn outside_git_the_lock_is_saved_and_a_note_says_so() {
    let project = Project::new().post("a.md", "Alpha.");
    project.apply().expect(0).says("not a git repository");
    project.settled();
    project.apply_with(&["--commit"]).expect(64).says("no git repository");
}

#[test]
fn the_first_commit_of_a_repository_is_the_lock() {
    let project = Project::new().post("a.md", "Alpha.");
    project.git_run(&["init", "--quiet", "--initial-branch=main"]);
    project.apply().expect(0);
    assert_eq!(project.git_run(&["show", "--name-only", "--format=", "HEAD"]), "state.lock.json");
    project.settled();
}

#[test]
fn a_clean_tree_can_be_required() {
    let project = two().config("targets: {news: {chat: \"@sandbox\"}}\ngit: {require_clean: true}\n");
    project.commit("config");
    project.git_run(&["push", "--quiet"]);
    project.put("a.md", "", "Not committed.");
    project.apply().expect(5).says("`content/a.md` is not committed").says("require_clean");
    assert_eq!(project.methods(), [""; 0]);
    project.commit("now");
    project.apply().expect(0);
}

#[test]
fn a_project_in_a_folder_of_a_repository() {
    let project = Project::new().git();
    project.write("channel/tgsync.yaml", "targets: {news: {chat: \"@sandbox\"}}\n");
    project.write("channel/content/a.md", "---\nslug: a\n---\nAlpha.\n");
    project.commit("channel");
    project.run(&["-C", "channel", "apply", "--yes"]).expect(0);
    assert_eq!(project.git_run(&["show", "--name-only", "--format=", "HEAD"]), "channel/state.lock.json");
    assert!(project.exists("channel/.tgsync/report.json"));
    project.server().forget_requests();
    project.run(&["--config", "channel/tgsync.yaml", "apply", "--yes"]).expect(0).says("No changes");
    assert_eq!(project.methods(), [""; 0]);
}
