//! A send of unknown fate that no evidence settles: recorded, shown, never repeated by itself, decided by a person.

use serde_json::json;

use super::support::{PERSON, Project, chat};

/// `b` was sent or was not, and nobody knows.
fn in_doubt(done: bool) -> Project {
    let project = Project::new()
        .post("a.md", "Alpha.")
        .post("b.md", "Beta.\n\nSecond paragraph.")
        .post("c.md", "Gamma.")
        .git();
    project.lose(2, done);
    project
}

#[test]
fn a_doubt_is_recorded_and_shown() {
    let project = in_doubt(true);
    let doubt = &project.lock()["targets"]["news"]["doubt"][0];
    assert_eq!((&doubt["slug"], &doubt["after"]), (&json!("b"), &json!(project.ids()[0])));
    assert_eq!(doubt["payload"]["html"], "Beta.\n\nSecond paragraph.");
    let report = project.report();
    assert_eq!((&report["exit_code"], &report["failure_reason"]), (&json!(4), &json!("in_doubt")));
    assert_eq!(report["in_doubt"][0]["slug"], "b");
    assert_eq!(report["skipped"][0]["slug"], "c");
    let after = project.ids()[0];
    let run = project.plan().expect(0).says("! b").says("in doubt").says("behind a send in doubt");
    run.says(&format!("after message {after}")).says("tgsync resolve b --sent-as ID");
    let run = project.run(&["status"]).expect(4).says("tgsync resolve b").says("`Beta.`");
    run.says(&format!("after message {after}"));
    assert_eq!(project.git_run(&["status", "--porcelain"]), "", "the doubt is committed");
}

#[test]
fn a_doubt_holds_back_sends_and_nothing_else() {
    let project = in_doubt(false);
    project.put("a.md", "", "Alpha two.");
    project.put("d.md", "", "Delta.");
    // Nor is it looked for again: a person was asked.
    project.apply().expect(4).says("1 done, 2 skipped, 1 in doubt");
    assert_eq!(project.methods(), ["editMessageText"]);
    project.put("a.md", "status: archived", "Alpha two.");
    project.apply().expect(4);
    assert_eq!(project.methods(), ["editMessageText", "deleteMessage"]);
    assert_eq!(project.texts(), [PERSON]);
}

#[test]
fn another_target_goes_on() {
    let config = "targets:\n  news: {chat: \"@sandbox\"}\n  team: {chat: -1001000000003}\n";
    let project = Project::new().config(config).post_with("a.md", "targets: [news]", "Alpha.");
    project.lose(1, true);
    project.put("b.md", "targets: [team]", "Beta.");
    project.apply().expect(4);
    assert_eq!(project.server().texts(chat::PRIVATE), ["Beta."]);
    let doubts = |target: &str| project.lock()["targets"][target]["doubt"].as_array().map_or(0, Vec::len);
    assert_eq!((doubts("news"), doubts("team")), (1, 0));
}

#[test]
fn a_target_of_the_same_chat_waits() {
    let config = "targets:\n  one: {chat: \"@sandbox\"}\n  two: {chat: -1001000000001}\n";
    let project = Project::new().config(config).post_with("a.md", "targets: [one]", "Alpha.").git();
    project.lose(1, false);
    project.put("b.md", "targets: [two]", "Beta.");
    project.apply_with(&["--target", "two"]).expect(4).says("behind a send in doubt");
    assert_eq!(project.report()["failure_reason"], "in_doubt");
    assert_eq!(project.texts(), [PERSON]);
    project.run(&["resolve", "a", "--not-sent"]).expect(0);
    project.apply().expect(0);
    project.settled();
}

#[test]
fn it_was_sent() {
    let project = in_doubt(true);
    let id = project.ids()[1].to_string();
    let before = project.git_run(&["rev-parse", "HEAD"]);
    project.run(&["resolve", "b", "--sent-as", &id]).expect(0).says(&id);
    assert_ne!(project.git_run(&["rev-parse", "HEAD"]), before, "a decision is committed");
    assert_eq!(project.git_run(&["status", "--porcelain"]), "");
    project.run(&["status"]).expect(0);
    // What was sent is made sure of, and the rest follows.
    project.apply().expect(0);
    assert_eq!(project.methods(), ["editMessageText", "sendMessage"]);
    assert_eq!(project.texts(), ["Alpha.", "Beta.\n\nSecond paragraph.", "Gamma."]);
    project.settled();
}

#[test]
fn it_was_not_sent() {
    let project = in_doubt(false);
    project.run(&["resolve", "b", "--not-sent"]).expect(0);
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Alpha.", PERSON, "Beta.\n\nSecond paragraph.", "Gamma."]);
    project.settled();
}

#[test]
fn the_source_changed_while_it_was_in_doubt() {
    let project = in_doubt(true);
    project.put("b.md", "", "Beta, better.");
    project.apply().expect(4);
    let id = project.ids()[1].to_string();
    project.run(&["resolve", "b", "--sent-as", &id]).expect(0);
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Alpha.", "Beta, better.", "Gamma."]);
    project.settled();
}

#[test]
fn the_source_went_away_while_it_was_in_doubt() {
    let project = in_doubt(true);
    project.remove("content/b.md");
    project.plan().expect(0).says("! b").says("in doubt");
    project.apply_with(&["--prune"]).expect(4);
    let id = project.ids()[1].to_string();
    project.run(&["resolve", "b", "--sent-as", &id]).expect(0);
    project.apply_with(&["--prune"]).expect(0);
    assert_eq!(project.texts(), ["Alpha.", "Gamma."]);
    project.settled();
}

#[test]
fn a_wrong_answer_is_refused() {
    let project = in_doubt(true);
    let first = project.ids()[0].to_string();
    let lock = project.read("state.lock.json");
    for (args, code, words) in [
        (&["resolve", "b", "--sent-as", &first] as &[&str], 64, "is `a`"),
        (&["resolve", "b", "--sent-as", "1"], 64, "was there before"),
        (&["resolve", "b", "--sent-as", "0"], 64, "--sent-as"),
        (&["resolve", "b", "--not-sent", "--sent-as", "9"], 64, "cannot be used with"),
        (&["resolve", "c", "--not-sent"], 64, "is not in doubt"),
        (&["resolve", "zzz", "--not-sent"], 64, "is not in doubt"),
    ] {
        project.run(args).expect(code).says(words);
    }
    assert_eq!(project.read("state.lock.json"), lock);
}

#[test]
fn an_id_that_is_not_there_is_found_by_the_edit() {
    let project = in_doubt(false);
    project.run(&["resolve", "b", "--sent-as", "999"]).expect(0);
    // There is no such message: it is restored, as configured.
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Alpha.", PERSON, "Beta.\n\nSecond paragraph.", "Gamma."]);
    project.settled();
}

#[test]
fn a_renamed_post_takes_its_doubt_along() {
    let project = in_doubt(true);
    project.remove("content/b.md");
    project.put("better.md", "renamed_from: b", "Beta.\n\nSecond paragraph.");
    let run = project.plan().expect(0);
    let sends = project.plan_json(&[])["summary"]["send"].as_u64().unwrap();
    assert_eq!(sends, 0, "{}", run.all());
    project.apply().expect(4);
    assert_eq!(project.texts().len(), 2, "a post in doubt was sent again under its new name");
}

#[test]
fn a_restore_in_doubt_is_not_repeated() {
    let project = Project::new().post("a.md", "Alpha.");
    project.apply().expect(0);
    let id = project.ids()[0];
    project.server().human(json!({"do": "delete", "chat_id": chat::CHANNEL, "message_id": id}));
    project.put("a.md", "", "Alpha two.");
    project.lose(2, true).says("tgsync resolve a");
    project.apply().expect(4);
    assert_eq!(project.texts(), [PERSON]);
    let id = project.ids()[0].to_string();
    project.run(&["resolve", "a", "--sent-as", &id]).expect(0);
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Alpha two."]);
    project.settled();
}
