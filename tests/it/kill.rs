//! Killed in the middle of any call, before or after its effect: the next run goes on where that one stopped.
#![expect(clippy::disallowed_methods, reason = "tests set up files by hand")]

use serde_json::json;

use super::support::Project;

const WANTED: [&str; 4] = ["About us. Read the rules.", "Be kind. See about.", "An answer.", "Buy."];

/// Sends, links to earlier and later posts, a reply, a button and a pin.
fn project() -> Project {
    Project::new()
        .post("about.md", "About us. Read [the rules](post:rules).")
        .post_with("reply.md", "reply_to: rules", "An *answer*.")
        .post_with("rules.md", "pin: true\ndate: 2026-01-01", "Be kind. See [about](about.md).")
        .post_with("shop.md", "buttons: [[{text: Rules, url: \"post:rules\"}]]", "Buy.")
        .git()
}

#[track_caller]
fn assert_converged(project: &Project, context: &str) {
    project.apply().expect(0);
    let mut texts = project.texts();
    texts.sort();
    let mut wanted = WANTED.map(str::to_owned);
    wanted.sort();
    assert_eq!(texts, wanted, "{context}");
    let entities = project.server().messages(super::support::chat::CHANNEL);
    let links = entities.iter().filter(|m| m["entities"].to_string().contains("text_link")).count();
    assert_eq!(links, 2, "{context}: {entities:#?}");
    assert_eq!(project.server().pinned(super::support::chat::CHANNEL).len(), 1, "{context}");
    project.settled();
}

fn calls_of_a_whole_run() -> usize {
    let project = project();
    project.apply().expect(0);
    assert_converged(&project, "without a kill");
    let project = self::project();
    project.apply().expect(0);
    project.calls().len()
}

#[test]
fn a_run_killed_in_any_call_is_gone_on_with() {
    let calls = calls_of_a_whole_run();
    for call in 1..=calls {
        for done in [false, true] {
            let context = format!("killed in call {call}, done: {done}");
            let project = project();
            let id = project.plan_id();
            project.kill_in(call, done, &["--expect-plan", &id]);
            // The approval of the whole plan still covers the rest.
            project.apply_with(&["--expect-plan", &id]).expect(0).never_says("tgsync resolve");
            assert_converged(&project, &context);
        }
    }
}

#[test]
fn a_run_killed_again_and_again_converges() {
    let project = project();
    for round in 0..12 {
        let plan = project.plan_json(&[]);
        let calls = plan["summary"]["calls"].as_u64().unwrap();
        if calls == 0 {
            break;
        }
        project.kill_in(1, round % 2 == 0, &[]);
    }
    assert_converged(&project, "killed in every first call");
}

#[test]
fn edits_and_deletes_killed_in_the_middle_are_done_again() {
    for call in 1..=4 {
        for done in [false, true] {
            let project = project();
            project.apply().expect(0);
            project.put("about.md", "", "About us. Read [the rules](post:rules)!");
            project.put("rules.md", "date: 2026-01-01", "Be kind. See [about](about.md).");
            project.remove("content/reply.md");
            project.put("shop.md", "", "Buy.");
            project.kill_in(call, done, &["--prune"]);
            assert_eq!(project.plan_json(&[])["summary"]["blocked"], 0);
            project.apply_with(&["--prune"]).expect(0);
            let mut texts = project.texts();
            texts.sort();
            assert_eq!(texts, ["About us. Read the rules!", "Be kind. See about.", "Buy."]);
            project.settled();
        }
    }
}

#[test]
fn a_torn_journal_is_mended() {
    let project = project();
    project.kill_in(2, true, &[]);
    let mut journal = std::fs::read(project.path(".tgsync/journal.jsonl")).unwrap();
    journal.extend_from_slice(b"{\"id\":\"01");
    project.write(".tgsync/journal.jsonl", journal);
    assert_converged(&project, "a torn journal");
    project.write(".tgsync/journal.jsonl", "garbage\n");
    project.server().forget_requests();
    project.apply().expect(1).says("journal.jsonl").says("line 1");
    assert_eq!(project.methods(), [""; 0]);
}

#[test]
fn a_journal_of_another_lock_is_refused() {
    let project = project();
    project.kill_in(2, true, &[]);
    let journal = project.read(".tgsync/journal.jsonl");
    let other = self::project();
    other.apply().expect(0);
    other.write(".tgsync/journal.jsonl", journal);
    other.apply().expect(5).says("does not fit the lock").says("lineage");
}

#[test]
fn two_runs_in_one_checkout_never_overlap() {
    let project = project();
    project.fault(json!({"kind": "hang", "method": "sendMessage"}));
    let mut first = project.command(&["apply", "--yes"]);
    let mut first = first.stderr(std::process::Stdio::null()).spawn().unwrap();
    while project.calls().is_empty() {
        std::thread::yield_now();
    }
    project.apply().expect(5).says("another run is going on");
    assert_eq!(project.report()["failure_reason"], "locked");
    assert_eq!(project.calls().len(), 1);
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn an_interrupt_ends_after_the_call_under_way() {
    let project = project();
    project
        .fault(json!({"kind": "too_many_requests", "retry_after": 20, "method": "sendMessage", "after": 1}));
    let mut command = project.command(&["apply", "--yes"]);
    // Real time: it waits for its appointment, however late the signal comes.
    command.env_remove("TGSYNC_CLOCK");
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    while project.calls().len() < 2 {
        std::thread::yield_now();
    }
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("interrupted"), "{said}");
    assert_ne!(output.status.code(), Some(0), "an interrupted run is not done: {said}");
    project.apply().expect(0);
    assert_converged(&project, "interrupted");
}

#[test]
fn an_approval_of_two_targets_outlives_a_run_that_stopped_in_either() {
    let project = || {
        let config = "targets:\n  one: {chat: \"@sandbox\", default: true}\n  two: {chat: -1001000000003, default: true}\n";
        Project::new()
            .config(config)
            .post("a.md", "Alpha. See [b](post:b).")
            .post_with("b.md", "targets: [one, two]\npin: true", "Beta.")
            .post_with("c.md", "targets: [two]\npublish_at: 2026-01-02T00:00:00Z", "Gamma.")
            .git()
    };
    let whole = project();
    whole.apply().expect(0);
    let (calls, requests) = (whole.calls().len(), whole.server().requests().len());
    for half in 0..calls {
        let project = project();
        let id = project.plan_id();
        // One call is told to come back much later: its target stops there, the other one goes on.
        let first = requests - calls + half;
        project.fault(json!({"kind": "too_many_requests", "retry_after": 9999, "after": first}));
        project.apply_with(&["--expect-plan", &id]);
        project.apply_with(&["--expect-plan", &id]).expect(0);
        project.server().advance(86_400);
        project.apply_with(&["--expect-plan", &id]).expect(0);
        // A run of the very same job finds nothing to do.
        project.server().forget_requests();
        project.apply_with(&["--expect-plan", &id]).expect(0);
        assert_eq!(project.methods(), [""; 0]);
        assert_eq!(project.texts(), ["Alpha. See b.", "Beta."]);
        assert_eq!(project.server().texts(super::support::chat::PRIVATE).len(), 3);
        project.settled();
    }
}

#[test]
fn an_approval_without_the_name_of_the_chat_holds_with_it() {
    let config = "targets:\n  news: {chat: \"${TELEGRAM_CHAT_ID}\"}\n";
    let project =
        Project::new().config(config).post("a.md", "Alpha.").git().env("TELEGRAM_CHAT_ID", "@sandbox");
    project.put("b.md", "publish_at: 2027-01-01T00:00:00Z", "Beta.");
    let id = project.plan_id();
    project.apply_with(&["--expect-plan", &id]).expect(0);
    let project = project.without_env("TELEGRAM_CHAT_ID");
    project.put("a.md", "", "Alpha two.");
    let id = project.plan_id();
    let project = project.env("TELEGRAM_CHAT_ID", "@sandbox");
    project.apply_with(&["--expect-plan", &id]).expect(0);
}
