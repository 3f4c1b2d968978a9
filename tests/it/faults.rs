//! Everything that goes wrong between us and Telegram: no message is lost, none is there twice.

use serde_json::{Value, json};

use super::support::{FOREIGN_TOKEN, Project, Server, chat};

fn three() -> Project {
    Project::new().post("a.md", "Alpha.").post("b.md", "Beta.").post("c.md", "Gamma.").git()
}

/// The channel says this and nothing twice.
#[track_caller]
fn assert_texts(project: &Project, wanted: &[&str]) {
    assert_eq!(project.texts(), wanted);
}

fn fault(method: &str, kind: &str) -> Value {
    json!({"method": method, "kind": kind})
}

#[test]
fn a_token_that_nobody_has_is_refused() {
    let server = Server::with(tgsync::sandbox::Options {
        tokens: Some(vec![super::support::TOKEN.to_owned()]),
        ..tgsync::sandbox::Options::default()
    });
    let project = Project::beside(server).post("a.md", "Alpha.").env("TELEGRAM_BOT_TOKEN", FOREIGN_TOKEN);
    project.apply().expect(1).says("Unauthorized").says("check the token");
    assert_eq!(project.report()["failure_reason"], "preflight");
    let project = project.env("TELEGRAM_BOT_TOKEN", "not a token");
    project.apply().expect(1).says("TELEGRAM_BOT_TOKEN").never_says("not a token");
    let project = project.without_env("TELEGRAM_BOT_TOKEN");
    project.apply().expect(1).says("`TELEGRAM_BOT_TOKEN` is not set");
    assert_eq!(project.methods(), [""; 0]);
    let project = project.env("TELEGRAM_BOT_TOKEN", super::support::TOKEN);
    project.apply().expect(0);
    assert_texts(&project, &["Alpha."]);
}

#[test]
fn another_bot_is_refused_before_any_call_that_changes_something() {
    let project = three();
    project.apply().expect(0);
    project.put("a.md", "", "Alpha, better.");
    project.server().forget_requests();
    let project = project.env("TELEGRAM_BOT_TOKEN", FOREIGN_TOKEN);
    project.apply().expect(5).says("the bot is 654321").says("tgsync state rebind news");
    assert_eq!(project.methods(), [""; 0]);
    assert_texts(&project, &["Alpha.", "Beta.", "Gamma."]);
}

#[test]
fn another_chat_is_refused_before_any_call_that_changes_something() {
    let project = three();
    project.apply().expect(0);
    let project = project.config("targets:\n  news: {chat: \"@sandbox_strict\"}\n");
    project.put("a.md", "", "Alpha, better.");
    project.server().forget_requests();
    project.apply().expect(5).says("the chat is").says("tgsync state rebind news");
    assert_eq!(project.methods(), [""; 0]);
    assert_texts(&project, &["Alpha.", "Beta.", "Gamma."]);
    assert_eq!(project.server().texts(chat::STRICT).len(), 0);
}

#[test]
fn a_chat_that_is_not_there_is_refused() {
    let project = three().config("targets:\n  news: {chat: \"@nobody_is_here\"}\n");
    project.apply().expect(1).says("chat not found").says("check the token, the chat");
    assert_eq!(project.methods(), [""; 0]);
}

#[test]
fn a_missing_right_is_found_before_anything_is_sent() {
    let project = three().config("targets:\n  news: {chat: \"@sandbox_strict\"}\n");
    project.put("b.md", "pin: true", "Beta.");
    project.apply().expect(1).says("may not pin").says("can_edit_messages");
    assert_eq!(project.methods(), [""; 0]);
    project.put("b.md", "", "Beta.");
    project.apply().expect(0);
    assert_eq!(project.server().texts(chat::STRICT), ["Alpha.", "Beta.", "Gamma."]);
}

#[test]
fn a_right_lost_half_way_stops_the_run_and_nothing_is_lost() {
    let project = three();
    project.fault(json!({"method": "sendMessage", "kind": "revoke_right", "right": "post", "after": 1}));
    let run = project.apply().expect(4);
    let run = run.says("1 done, 1 skipped, 0 in doubt, 1 failed");
    run.says("administrator");
    assert_texts(&project, &["Alpha."]);
    // Without the right the next run is refused before anything happens.
    project.apply().expect(1).says("may not post");
    assert_texts(&project, &["Alpha."]);
}

#[test]
fn a_flood_wait_is_obeyed_exactly() {
    let project = three();
    project.fault(json!({"method": "sendMessage", "kind": "too_many_requests", "retry_after": 37, "after": 1, "times": 2}));
    let before = project.server().now_ms();
    project.apply().expect(0);
    let waited = (project.server().now_ms() - before) / 1000;
    assert!((74..90).contains(&waited), "waited {waited} s");
    assert_texts(&project, &["Alpha.", "Beta.", "Gamma."]);
    project.settled();
}

#[test]
fn a_flood_wait_of_hours_is_reported_and_the_next_run_goes_on() {
    let project = three();
    project.fault(
        json!({"method": "sendMessage", "kind": "too_many_requests", "retry_after": 20_000, "after": 1}),
    );
    project.apply().expect(4).says("20000 s");
    assert_texts(&project, &["Alpha."]);
    project.apply().expect(0);
    assert_texts(&project, &["Alpha.", "Beta.", "Gamma."]);
    project.settled();
}

#[test]
fn flood_limits_of_the_server_are_kept() {
    let server =
        Server::with(tgsync::sandbox::Options { rate_limits: true, ..tgsync::sandbox::Options::default() });
    let mut project = Project::beside(server);
    for index in 0..30 {
        project = project.post(&format!("p{index:02}.md"), &format!("Post {index}."));
    }
    project.apply_with(&["--allow", "sends"]).expect(0);
    let refused = project.calls().iter().filter(|call| !call.succeeded()).count();
    assert_eq!(refused, 0, "it was told to wait");
    assert_eq!(project.texts().len(), 30);
    project.settled();
}

/// Faults after which nobody knows whether a send was carried out, and whether it was.
fn unknown_fates() -> Vec<(Value, bool)> {
    vec![
        (fault("sendMessage", "server_error"), false),
        (json!({"method": "sendMessage", "kind": "bad_gateway", "done": false}), false),
        (json!({"method": "sendMessage", "kind": "bad_gateway", "done": true}), true),
        (fault("sendMessage", "drop_before"), false),
        (fault("sendMessage", "drop_after"), true),
        (fault("sendMessage", "truncate"), true),
        (json!({"method": "sendMessage", "kind": "late", "delay_s": 1}), true),
    ]
}

#[test]
fn what_became_of_a_send_of_unknown_fate_is_found_out() {
    for (mut fault, done) in unknown_fates() {
        for chat in ["@sandbox", "@sandbox_strict"] {
            let project = three().config(&format!("targets: {{news: {{chat: \"{chat}\"}}}}\n"));
            fault["after"] = json!(1);
            project.fault(fault.clone());
            // What was found in the chat is made sure of by an edit.
            let changes = 3 + usize::from(done);
            let run =
                project.apply().expect(0).says(&format!("{changes} done, 0 skipped, 0 in doubt, 0 failed"));
            run.says(if done {
                "settled: `b` of news was sent"
            } else {
                "settled: `b` of news was not sent"
            });
            let id = if chat == "@sandbox" { chat::CHANNEL } else { chat::STRICT };
            assert_eq!(project.server().texts(id), ["Alpha.", "Beta.", "Gamma."], "{fault}");
            project.apply().expect(0);
            project.settled();
        }
    }
}

#[test]
fn edits_of_unknown_fate_are_repeated_until_they_hold() {
    for (mut fault, _) in unknown_fates() {
        let project = three();
        project.apply().expect(0);
        project.put("b.md", "", "Beta two.");
        fault["method"] = json!("editMessageText");
        fault["times"] = json!(2);
        project.fault(fault);
        project.apply().expect(0);
        project.server().advance(5);
        assert_texts(&project, &["Alpha.", "Beta two.", "Gamma."]);
        project.settled();
    }
}

#[test]
fn deletes_and_pins_of_unknown_fate_are_repeated() {
    for (mut fault, _) in unknown_fates() {
        let project = three();
        project.put("a.md", "pin: true", "Alpha.");
        fault["method"] = json!("pinChatMessage");
        project.fault(fault.clone());
        project.apply().expect(0);
        project.remove("content/b.md");
        project.put("a.md", "", "Alpha.");
        fault["method"] = json!("deleteMessage");
        project.fault(fault.clone());
        fault["method"] = json!("unpinChatMessage");
        project.fault(fault);
        project.apply_with(&["--prune"]).expect(0);
        project.server().advance(5);
        assert_texts(&project, &["Alpha.", "Gamma."]);
        assert_eq!(project.server().pinned(chat::CHANNEL), [0; 0]);
        project.settled();
    }
}

#[test]
fn an_edit_that_never_gets_through_fails_and_the_others_wait() {
    let project = three();
    project.apply().expect(0);
    project.put("a.md", "", "Alpha two.");
    project.put("b.md", "", "Beta two.");
    project.fault(json!({"method": "editMessageText", "kind": "server_error", "times": 4}));
    project.apply().expect(1).says("1 skipped, 0 in doubt, 1 failed");
    project.apply().expect(0);
    assert_texts(&project, &["Alpha two.", "Beta two.", "Gamma."]);
    project.settled();
}

#[test]
fn a_server_that_is_not_there_changes_nothing() {
    let project = three().env("TGSYNC_API_URL", "http://127.0.0.1:1").without_env("TGSYNC_CLOCK");
    project.apply().expect(1).says("does not answer").says("nothing was sent");
    assert!(!project.exists("state.lock.json"));
}

#[test]
fn a_group_that_moved_stops_the_run_and_names_the_way_on() {
    let project = Project::new()
        .config("targets:\n  news: {chat: -1001000000004}\n")
        .post("a.md", "Alpha.")
        .post("b.md", "Beta.");
    project
        .fault(json!({"method": "sendMessage", "kind": "migrate", "to": -1_001_000_009_999_i64, "after": 1}));
    let run = project.apply().expect(4).says("1 done, 0 skipped, 0 in doubt, 1 failed");
    run.says("-1001000009999").says("tgsync state rebind");
    let project = project.config("targets:\n  news: {chat: -1001000009999}\n");
    project.apply().expect(5).says("tgsync state rebind news");
    project.run(&["state", "rebind", "news"]).expect(0);
    // What was said before the move is history of a chat that is no more: both are new there.
    project.apply().expect(0);
    assert_eq!(project.server().texts(-1_001_000_009_999).iter().filter(|t| *t == "Beta.").count(), 1);
    project.settled();
}

#[test]
fn a_message_that_a_person_deleted_is_sent_again_when_it_is_edited() {
    let project = three();
    project.apply().expect(0);
    let id = project.ids()[0];
    project.server().human(json!({"do": "delete", "chat_id": chat::CHANNEL, "message_id": id}));
    project.settled();
    project.put("a.md", "", "Alpha two.");
    project.apply().expect(0).says("deleted in Telegram");
    assert_texts(&project, &["Beta.", "Gamma.", "Alpha two."]);
    project.settled();
}

#[test]
fn a_deleted_message_is_reported_or_forgotten_as_configured() {
    for (policy, code, says, left) in [
        ("report", 1, "it was deleted in Telegram", &["Beta.", "Gamma."] as &[&str]),
        ("forget", 0, "not tracked any more", &["Beta.", "Gamma."]),
    ] {
        let config = format!("targets:\n  news: {{chat: \"@sandbox\", on_missing: {policy}}}\n");
        let project = three().config(&config);
        project.apply().expect(0);
        let id = project.ids()[0];
        project.server().human(json!({"do": "delete", "chat_id": chat::CHANNEL, "message_id": id}));
        project.put("a.md", "", "Alpha two.");
        project.apply().expect(code).says(says);
        assert_texts(&project, left);
    }
}

#[test]
fn a_message_that_a_person_deleted_counts_as_deleted() {
    let project = three();
    project.put("a.md", "pin: true", "Alpha.");
    project.apply().expect(0);
    let id = project.ids()[0];
    project.server().human(json!({"do": "delete", "chat_id": chat::CHANNEL, "message_id": id}));
    project.put("a.md", "", "Alpha.");
    project.apply().expect(0);
    project.settled();
    project.remove("content/a.md");
    project.apply_with(&["--prune"]).expect(0);
    assert_texts(&project, &["Beta.", "Gamma."]);
    project.settled();
}

#[test]
fn an_edit_that_changes_nothing_counts_as_done() {
    let project = three();
    project.apply().expect(0);
    let id = project.ids()[1];
    project.put("b.md", "", "Beta two.");
    project
        .server()
        .human(json!({"do": "edit", "chat_id": chat::CHANNEL, "message_id": id, "text": "Beta two."}));
    project.apply().expect(0).says("1 done");
    project.settled();
}

#[test]
fn one_post_that_telegram_refuses_does_not_stop_the_others() {
    let project = three();
    let project = project.config("targets:\n  news: {chat: -1001000000004}\n");
    project.put("b.md", "topic: 77", "Beta.");
    project
        .apply()
        .expect(4)
        .says("message thread not found")
        .says("2 done, 0 skipped, 0 in doubt, 1 failed");
    assert_eq!(project.server().texts(chat::FORUM), ["Alpha.", "Gamma."]);
    project.put("b.md", "", "Beta.");
    project.apply().expect(0);
    assert_eq!(project.server().texts(chat::FORUM), ["Alpha.", "Gamma.", "Beta."]);
}
