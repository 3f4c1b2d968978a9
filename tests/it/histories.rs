//! The histories that break simpler programs, through the binary: whatever became of a send, its post is there once.

use std::process::Stdio;

use serde_json::{Value, json};

use super::lease;
use super::support::{PERSON, Project, TOKEN, chat};

/// Where the bot may edit posts of others, and where it may not.
const CHATS: [(&str, i64); 2] = [("@sandbox", chat::CHANNEL), ("@sandbox_strict", chat::STRICT)];

/// `a` is there, `b` is to be sent.
fn project(name: &str) -> Project {
    let config = format!("targets: {{news: {{chat: \"{name}\"}}}}\n");
    let project = Project::new().config(&config).post("a.md", "Alpha.").git();
    project.apply().expect(0);
    project.put("b.md", "", "Beta.");
    project
}

fn human(project: &Project, chat: i64, action: &str, rest: &Value) -> i64 {
    let mut what = json!({"do": action, "chat_id": chat});
    what.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    project.server().human(what)["message_id"].as_i64().unwrap()
}

/// Start a run and kill it in a call that is never answered, after so many of its kind.
fn killed_in(project: &Project, (method, after): (&str, usize), done: bool) {
    project.fault(json!({"method": method, "kind": "hang", "done": done, "after": after}));
    let mut command = project.command(&["apply", "--yes"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut run = project.server().follow(command);
    let before = run.calls().hung;
    while run.calls().hung == before {
        assert!(run.goes_on(), "it ended before it was killed");
    }
    run.kill();
    run.wait();
}

#[test]
fn what_is_late_is_waited_for_and_what_is_later_is_removed() {
    for (name, id) in CHATS {
        for (delay, says) in [(100, "was sent: it is message"), (3 * 3600, "was not sent")] {
            let project = project(name);
            project.fault(json!({"method": "sendMessage", "kind": "late", "delay_s": delay}));
            project.apply().expect(0).says(says);
            assert_eq!(project.server().texts(id), ["Alpha.", "Beta."]);
            project.settled();
            project.server().advance(delay);
            project.put("c.md", "", "Gamma.");
            let run = project.apply().expect(0);
            if delay > 3600 {
                run.says("late: a copy of `b` arrived after all").says("it was deleted");
            }
            assert_eq!(project.server().texts(id), ["Alpha.", "Beta.", "Gamma."]);
            project.settled();
        }
    }
}

#[test]
fn a_gap_does_not_end_what_is_looked_at() {
    for (name, id) in CHATS {
        let project = project(name);
        let theirs: Vec<i64> =
            (0..5).map(|_| human(&project, id, "post", &json!({"text": PERSON}))).collect();
        project.kill_in(1, true, &[]);
        for message in theirs {
            human(&project, id, "delete", &json!({"message_id": message}));
        }
        project.apply().expect(0).says("settled: `b` of news was sent");
        assert_eq!(project.server().texts(id), ["Alpha.", "Beta."]);
        project.settled();
    }
}

#[test]
fn of_two_in_doubt_none_is_taken_for_the_other() {
    let config = "targets:\n  news: {chat: \"@sandbox\", scratch_chat: 1000}\ngit: {batch: 2}\n";
    let project = lease::project(2).config(config);
    project.commit("batches");
    project.git_run(&["push", "--quiet"]);
    let clone = lease::fresh(&project, "first");
    killed_in(&clone, ("sendMessage", 1), true);
    let ids = project.ids();
    human(&project, chat::CHANNEL, "delete", &json!({"message_id": ids[0]}));
    let clone = lease::fresh(&project, "second");
    clone.apply().expect(0).says("`p02` of news was sent").says("`p01` of news was not sent");
    assert_eq!(project.texts(), ["Post 2.", "Post 1."]);
    assert_eq!(project.ids()[0], ids[1]);
    lease::fresh(&project, "third").settled();
}

#[test]
fn a_person_s_correction_does_not_hide_whose_it_is() {
    for (name, id) in CHATS {
        let project = project(name);
        project.kill_in(1, true, &[]);
        let message = *project.server().ids(id).last().unwrap();
        human(&project, id, "edit", &json!({"message_id": message, "text": "Beta, corrected."}));
        project.apply().expect(0).says("settled: `b` of news was sent").says("made sure of");
        assert_eq!(project.server().texts(id), ["Alpha.", "Beta."]);
        assert_eq!(*project.server().ids(id).last().unwrap(), message);
        project.settled();
    }
}

#[test]
fn the_same_words_of_a_person_stay_theirs() {
    for (name, id) in CHATS {
        let project = project(name);
        project.kill_in(1, false, &[]);
        let theirs = human(&project, id, "post", &json!({"text": "Beta."}));
        project.apply().expect(0).says("settled: `b` of news was not sent");
        project.put("b.md", "", "Beta two.");
        project.apply().expect(0);
        assert_eq!(project.server().texts(id), ["Alpha.", "Beta.", "Beta two."]);
        assert_eq!(project.server().ids(id)[1], theirs);
        project.settled();
    }
}

#[test]
fn where_nobody_listened_the_same_words_are_asked_about() {
    let project = project("@sandbox").config("targets: {news: {chat: \"@sandbox\", scratch_chat: 1000}}\n");
    project.kill_in(1, false, &[]);
    human(&project, chat::CHANNEL, "post", &json!({"text": "Beta."}));
    project.server().call(TOKEN, "setWebhook", &json!({"url": "https://example.org/bot"}));
    let run = project.apply().expect(4).says("so would a copy that a person made");
    run.says("tgsync resolve b --sent-as ID");
    // With the updates back it can be told.
    project.server().call(TOKEN, "deleteWebhook", &json!({}));
    project.run(&["resolve", "b"]).expect(0).says("was not sent");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Alpha.", "Beta.", "Beta."]);
    project.settled();
}

#[test]
fn an_edit_of_a_run_before_has_not_the_last_word() {
    for (name, id) in CHATS {
        let project = project(name);
        project.apply().expect(0);
        project.put("a.md", "", "Alpha one.");
        project.fault(json!({"method": "editMessageText", "kind": "late", "delay_s": 100, "times": 4}));
        project.apply().expect(1);
        project.put("a.md", "", "Alpha two.");
        project.apply().expect(0).says("waiting:");
        project.server().advance(300);
        assert_eq!(project.server().texts(id), ["Alpha two.", "Beta."]);
        project.settled();
    }
}

#[test]
fn what_another_program_posts_is_not_taken_for_it_where_it_can_be_read() {
    for (name, id) in CHATS {
        let project = project(name);
        project.kill_in(1, true, &[]);
        project.server().call(TOKEN, "sendMessage", &json!({"chat_id": id, "text": "Of another program."}));
        project.apply().expect(0).says("settled: `b` of news was sent");
        assert_eq!(project.server().texts(id), ["Alpha.", "Beta.", "Of another program."]);
        project.settled();
    }
}

#[test]
fn a_source_that_changed_or_went_away_meanwhile() {
    for (name, id) in CHATS {
        let better = project(name);
        better.kill_in(1, true, &[]);
        better.put("b.md", "", "Beta, better.");
        better.apply().expect(0).says("settled: `b` of news was sent");
        assert_eq!(better.server().texts(id), ["Alpha.", "Beta, better."]);
        better.settled();
        let gone = project(name);
        gone.kill_in(1, true, &[]);
        gone.remove("content/b.md");
        gone.apply_with(&["--prune"]).expect(0).says("settled: `b` of news was sent");
        assert_eq!(gone.server().texts(id), ["Alpha."]);
        gone.settled();
    }
}

#[test]
fn a_marker_does_not_stay_whenever_a_run_dies() {
    for (name, id) in CHATS {
        for (method, done) in [("sendDocument", true), ("sendDocument", false), ("deleteMessage", false)] {
            for goes in [false, true] {
                let project = project(name);
                project.kill_in(1, false, &[]);
                killed_in(&project, (method, 0), done);
                if goes {
                    project.remove("content/b.md");
                }
                project.apply().expect(0);
                project.server().advance(3600);
                project.apply().expect(0);
                let wanted: &[&str] = if goes { &["Alpha."] } else { &["Alpha.", "Beta."] };
                assert_eq!(project.server().texts(id), wanted, "{method} {done}");
                project.settled();
            }
        }
    }
}

/// Nothing is sent after it that would find it: a run that has nothing to do does.
#[test]
fn a_marker_that_comes_late_does_not_stay() {
    for (name, id) in CHATS {
        for kind in ["late", "drop_after"] {
            let project = project(name);
            project.kill_in(1, false, &[]);
            project.fault(json!({"method": "sendDocument", "kind": kind, "delay_s": 110}));
            project.apply().expect(0);
            project.server().advance(3600);
            project.apply().expect(0);
            assert_eq!(project.server().texts(id), ["Alpha.", "Beta."], "{name} {kind}");
            project.settled();
        }
    }
}

#[test]
fn a_marker_of_the_first_run_of_a_chat_does_not_stay() {
    for (name, id) in CHATS {
        for kind in ["late", "drop_after"] {
            let config = format!("targets: {{news: {{chat: \"{name}\"}}}}\n");
            let project = Project::new().config(&config).post("a.md", "Alpha.").git();
            project.kill_in(1, false, &[]);
            project.fault(json!({"method": "sendDocument", "kind": kind, "delay_s": 110}));
            project.apply().expect(0);
            project.server().advance(3600);
            project.apply().expect(0);
            assert_eq!(project.server().texts(id), ["Alpha."], "{name} {kind}");
            project.settled();
        }
    }
}

#[test]
fn what_can_not_be_looked_at_now_is_looked_at_by_the_next_run() {
    const NEXT: &str = "the next `apply` finds out what became of it";
    for (name, id) in CHATS {
        let project = project(name);
        project.fault(json!({"method": "sendMessage", "kind": "server_error"}));
        project.fault(json!({"method": "sendDocument", "kind": "drop_before", "times": 3}));
        project.apply().expect(4).says("no marker could be sent").says(NEXT).never_says("tgsync resolve");
        assert!(project.report()["in_doubt"][0]["hint"].as_str().unwrap().contains(NEXT));
        project.run(&["status"]).expect(4).says(NEXT);
        project.apply().expect(0);
        assert_eq!(project.server().texts(id), ["Alpha.", "Beta."]);
        project.server().advance(3600);
        project.apply().expect(0);
        project.settled();
    }
}

#[test]
fn rich_messages_and_topics_are_settled_like_all_others() {
    for done in [false, true] {
        for (name, id) in CHATS {
            let project = project(name);
            project.put("b.md", "format: rich", "# Beta\n\n- one\n- two\n");
            project.kill_in(1, done, &[]);
            let says = if done { "`b` of news was sent" } else { "`b` of news was not sent" };
            project.apply().expect(0).says(says);
            assert_eq!(project.server().ids(id).len(), 2, "{name} {done}");
            project.settled();
        }
        let server = super::support::Server::start();
        let topic = json!({"chat_id": chat::FORUM, "name": "Releases"});
        let topic = server.call(TOKEN, "createForumTopic", &topic)["message_thread_id"].clone();
        let config = format!("targets: {{news: {{chat: {}, topics: {{releases: {topic}}}}}}}\n", chat::FORUM);
        let project = Project::beside(server).config(&config).post("a.md", "Alpha.").git();
        project.apply().expect(0);
        project.put("b.md", "topic: releases", "Beta.");
        project.kill_in(1, done, &[]);
        project.apply().expect(0);
        let messages = project.server().messages(chat::FORUM);
        let of_topic = |message: &&Value| message["text"] == "Beta." && message["message_thread_id"] == topic;
        assert_eq!((messages.len(), messages.iter().filter(of_topic).count()), (2, 1), "{messages:#?}");
        project.settled();
    }
}
