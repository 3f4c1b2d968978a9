//! What an apply does and what it leaves alone.

use serde_json::json;

use super::support::{Project, chat};

fn three() -> Project {
    Project::new().post("a.md", "First post.").post("b.md", "Second post.").post("c.md", "Third post.")
}

#[test]
fn a_second_apply_changes_nothing() {
    let project = three().git();
    project.apply().expect(0);
    assert_eq!(project.texts(), ["First post.", "Second post.", "Third post."]);
    let lock = project.read("state.lock.json");
    project.settled();
    assert_eq!(project.read("state.lock.json"), lock);
}

#[test]
fn one_word_of_one_post_edits_that_message() {
    let project = three().git();
    project.apply().expect(0);
    let ids = project.ids();
    project.put("b.md", "", "Second thought.");
    project.server().forget_requests();
    project.apply().expect(0);
    let calls = project.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].method.as_str(), calls[0].message_id()), ("editMessageText", ids[1]));
    assert_eq!(project.ids(), ids);
    assert_eq!(project.texts(), ["First post.", "Second thought.", "Third post."]);
    project.settled();
}

#[test]
fn renaming_a_file_does_nothing() {
    let project = three().git();
    project.apply().expect(0);
    project.rename("content/a.md", "content/deep/er/z.md");
    project.settled();
    assert_eq!(project.texts().len(), 3);
}

#[test]
fn deleting_a_file_does_nothing_without_prune() {
    let project = three().git();
    project.apply().expect(0);
    project.remove("content/b.md");
    project.plan().expect(0).says("No changes").says("1 post is in the channel without a source: `b`");
    project.settled();
    project.run(&["plan", "--prune"]).expect(0).says("1 to delete");
    project.apply_with(&["--prune"]).expect(0);
    assert_eq!(project.texts(), ["First post.", "Third post."]);
    project.settled();
}

#[test]
fn an_emptied_content_folder_deletes_nothing() {
    let project = three().git();
    project.apply().expect(0);
    for file in ["a", "b", "c"] {
        project.remove(&format!("content/{file}.md"));
    }
    project.settled();
    project.server().forget_requests();
    project.apply_with(&["--prune", "--allow", "deletes"]).expect(0).says("nothing is pruned");
    std::fs::remove_dir(project.path("content")).unwrap();
    let gone = project.apply_with(&["--prune", "--allow", "deletes"]);
    assert!(gone.code != 4, "{}", gone.all());
    assert_eq!(project.methods(), [""; 0]);
    assert_eq!(project.texts().len(), 3);
}

#[test]
fn a_file_that_fails_to_parse_deletes_nothing() {
    for broken in
        ["---\nslug: b\nstatus: [\n---\n\nx\n", "no front matter", "---\nslug: b\n", "---\nslug: B!\n---\nx"]
    {
        let project = three().git();
        project.apply().expect(0);
        project.write("content/b.md", broken);
        project.server().forget_requests();
        project.apply_with(&["--prune"]).expect(3).says("content/b.md:");
        // Narrowed to what is whole, the run goes on and still deletes nothing.
        project.apply_with(&["--only", "a"]).expect(0);
        assert_eq!(project.methods(), [""; 0], "{broken}");
        assert_eq!(project.texts().len(), 3);
    }
}

#[test]
fn only_never_deletes() {
    let project = three().config("targets:\n  news: {chat: \"@sandbox\", prune: true}\n").git();
    project.apply().expect(0);
    project.remove("content/b.md");
    project.put("a.md", "", "First post, again.");
    project.apply_with(&["--only", "*"]).expect(0);
    assert_eq!(project.texts(), ["First post, again.", "Second post.", "Third post."]);
    project.run(&["apply", "--yes", "--only", "a", "--prune"]).expect(64);
    project.apply().expect(0);
    assert_eq!(project.texts(), ["First post, again.", "Third post."]);
}

#[test]
fn only_the_selected_posts_are_sent() {
    let project = three().git();
    project.apply_with(&["--only", "c", "--only", "content/a*"]).expect(0);
    assert_eq!(project.texts(), ["First post.", "Third post."]);
    project.apply().expect(0);
    assert_eq!(project.texts(), ["First post.", "Third post.", "Second post."]);
}

#[test]
fn posts_go_out_by_date_then_by_slug() {
    let project = Project::new()
        .post("b.md", "undated b")
        .post("a.md", "undated a")
        .post_with("z.md", "date: 2025-01-01", "oldest")
        .post_with("y.md", "date: 2025-06-01", "newer");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["oldest", "newer", "undated a", "undated b"]);
    project.settled();
}

#[test]
fn nothing_is_sent_without_a_yes() {
    let project = three();
    project.run(&["apply"]).expect(5).says("there is no terminal").says("`--yes`");
    assert_eq!(project.methods(), [""; 0]);
    assert_eq!(project.report()["exit_code"], 5);
}

#[test]
fn several_targets_are_served_side_by_side() {
    let project = Project::new()
        .config("targets:\n  one: {chat: \"@sandbox\", default: true}\n  two: {chat: -1001000000003}\n")
        .post_with("a.md", "targets: [one, two]", "Both.")
        .post_with("b.md", "targets: two", "Two only.")
        .post("c.md", "Default.");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Both.", "Default."]);
    assert_eq!(project.server().texts(chat::PRIVATE), ["Both.", "Two only."]);
    project.settled();
    project.put("a.md", "targets: [one, two]", "Both again.");
    project.apply_with(&["--target", "two"]).expect(0);
    assert_eq!(project.texts()[0], "Both.");
    assert_eq!(project.server().texts(chat::PRIVATE)[0], "Both again.");
    project.apply().expect(0);
    project.settled();
}

#[test]
fn the_report_tells_what_became_of_every_change() {
    let project = three().git();
    let plan = project.plan_json(&[]);
    project.apply().expect(0);
    let report = project.report();
    assert_eq!(report["plan_id"], plan["plan_id"]);
    assert_eq!((&report["exit_code"], &report["failure_reason"]), (&json!(0), &json!(null)));
    assert_eq!(report["done"].as_array().unwrap().len(), 3);
    assert_eq!(report["done"][0]["messages"][0]["url"], format!("https://t.me/sandbox/{}", project.ids()[0]));
    assert_eq!(report["lock"]["commit"], project.git_run(&["rev-parse", "HEAD"]));
}
