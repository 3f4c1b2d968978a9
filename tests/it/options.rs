//! What a post can ask for, as the sandbox then has it.

use serde_json::{Value, json};

use super::support::{Project, chat, day};

const FORUM: &str = "targets:\n  news: {chat: -1001000000004, topics: {releases: 2}}\n";

fn message(project: &Project, index: usize) -> Value {
    project.server().messages(chat::CHANNEL)[index].clone()
}

/// The calls that send or edit, by the text they carry.
fn params(project: &Project, text: &str) -> Value {
    let calls = project.calls();
    calls
        .iter()
        .find(|call| call.text().contains(text))
        .unwrap_or_else(|| panic!("{calls:#?}"))
        .params
        .clone()
}

#[test]
fn silent_and_protected() {
    let project = Project::new()
        .post_with("a.md", "silent: true\nprotect_content: true", "Alpha.")
        .post("b.md", "Beta.");
    project.apply().expect(0);
    assert_eq!(params(&project, "Alpha")["disable_notification"], "true");
    assert_eq!(message(&project, 0)["has_protected_content"], true);
    assert_eq!(params(&project, "Beta")["disable_notification"], "false");
    // Fixed when sent: another wish is told and changes nothing.
    project.put("a.md", "", "Alpha.");
    project
        .plan()
        .expect(0)
        .says("No changes")
        .says("`a`: `silent`, `protect_content`, `topic` and `reply_to` are fixed");
    project.settled();
    project.put("a.md", "", "Alpha two.");
    project.apply().expect(0);
    project.plan().expect(0).says("are fixed");
}

#[test]
fn link_previews() {
    let project = Project::new()
        .post_with("a.md", "link_preview: false", "See https://example.org.")
        .post_with(
            "b.md",
            "link_preview: {url: \"https://example.org/b\", size: large, above: true}",
            "Beta.",
        )
        .post("c.md", "See https://example.org.");
    project.apply().expect(0);
    assert_eq!(message(&project, 0)["link_preview_options"], json!({"is_disabled": true}));
    let second = &message(&project, 1)["link_preview_options"];
    assert_eq!(
        *second,
        json!({"url": "https://example.org/b", "prefer_large_media": true, "show_above_text": true})
    );
    project.put("a.md", "", "See https://example.org.");
    project.plan().expect(0).says("link preview");
    project.apply().expect(0);
    assert_eq!(message(&project, 0)["link_preview_options"], message(&project, 2)["link_preview_options"]);
    project.settled();
}

#[test]
fn buttons_come_change_and_go() {
    let keys = "buttons: [[{text: Docs, url: \"https://example.org/\"}, {text: Next, url: \"post:b\"}], [{text: File, url: b.md}]]";
    let project = Project::new().post_with("a.md", keys, "Alpha.").post("b.md", "Beta.").git();
    project.apply().expect(0);
    let ids = project.ids();
    let keyboard = |index| message(&project, index)["reply_markup"]["inline_keyboard"].clone();
    let link = format!("https://t.me/sandbox/{}", ids[1]);
    assert_eq!(keyboard(0)[0][0], json!({"text": "Docs", "url": "https://example.org/"}));
    assert_eq!(keyboard(0)[0][1]["url"], link);
    assert_eq!(keyboard(0)[1][0]["url"], link);
    project.put("a.md", "buttons: [[{text: Docs, url: \"https://example.org/new\"}]]", "Alpha.");
    project.plan().expect(0).says("buttons").says("- [ Docs → https://example.org/ ] [ Next → post:b ]");
    project.apply().expect(0);
    assert_eq!(keyboard(0), json!([[{"text": "Docs", "url": "https://example.org/new"}]]));
    project.put("a.md", "", "Alpha.");
    project.apply().expect(0);
    assert_eq!(keyboard(0), Value::Null);
    project.settled();
}

#[test]
fn pins_come_and_go() {
    let project = Project::new().post_with("a.md", "pin: true", "Alpha.").post("b.md", "Beta.");
    project.apply().expect(0);
    let ids = project.ids();
    assert_eq!(project.server().pinned(chat::CHANNEL), [ids[0]]);
    project.put("a.md", "", "Alpha.");
    project.put("b.md", "pin: true", "Beta.");
    project.apply().expect(0);
    assert_eq!(project.server().pinned(chat::CHANNEL), [ids[1]]);
    project.settled();
    // Edited and unpinned at once.
    project.put("b.md", "", "Beta two.");
    project.apply().expect(0);
    assert_eq!(project.server().pinned(chat::CHANNEL), [0; 0]);
    project.settled();
}

#[test]
fn topics_by_name_and_by_id() {
    let project = Project::new().config(FORUM);
    let url = format!("{}/bot{}/createForumTopic", project.server().url(), super::support::TOKEN);
    let topic = |name: &str| {
        let body = json!({"chat_id": chat::FORUM, "name": name}).to_string();
        let reply = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let reply = reply.post(&url).header("content-type", "application/json").body(body).send().unwrap();
        let reply: Value = reply.json().unwrap();
        reply["result"]["message_thread_id"].as_i64().unwrap()
    };
    let (first, second) = (topic("Releases"), topic("Talk"));
    let project = project
        .config(&format!("targets:\n  news: {{chat: {}, topics: {{releases: {first}}}}}\n", chat::FORUM));
    project.put("a.md", "topic: releases", "Alpha.");
    project.put("b.md", &format!("topic: {second}"), "Beta.");
    project.put("c.md", "", "Gamma.");
    project.apply().expect(0);
    let threads: Vec<Value> =
        project.server().messages(chat::FORUM).iter().map(|m| m["message_thread_id"].clone()).collect();
    assert_eq!(threads, [json!(first), json!(second), Value::Null]);
    project.put("a.md", &format!("topic: {second}"), "Alpha.");
    project.plan().expect(0).says("are fixed");
    project.settled();

    // Links name the topic that the message is in, whatever its file says later.
    project.put("c.md", "", "Gamma, see [a](post:a) and [b](post:b).");
    project.put("a.md", &format!("topic: {second}"), "Alpha, edited.");
    project.apply().expect(0);
    let messages = project.server().messages(chat::FORUM);
    let bare = -1_000_000_000_000 - chat::FORUM;
    let link =
        |topic: i64, message: &Value| format!("https://t.me/c/{bare}/{topic}/{}", message["message_id"]);
    let links: Vec<&Value> =
        messages[2]["entities"].as_array().unwrap().iter().map(|entity| &entity["url"]).collect();
    assert_eq!(links, [&json!(link(first, &messages[0])), &json!(link(second, &messages[1]))]);
    project.settled();
    project.put("d.md", "topic: nowhere", "Delta.");
    project.plan().expect(3).says("content/d.md:3").says("nowhere");
}

#[test]
fn a_reply_comes_after_the_post_it_replies_to() {
    let project = Project::new()
        .post_with("a.md", "reply_to: b\ndate: 2024-01-01", "Answer to the answer.")
        .post_with("b.md", "reply_to: z\ndate: 2024-06-01", "Answer.")
        .post_with("z.md", "date: 2025-01-01", "Question.");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Question.", "Answer.", "Answer to the answer."]);
    let ids = project.ids();
    assert_eq!(message(&project, 1)["reply_to_message"]["message_id"], ids[0]);
    assert_eq!(message(&project, 2)["reply_to_message"]["message_id"], ids[1]);
    project.settled();
}

#[test]
fn a_reply_waits_for_a_post_that_waits() {
    let project = Project::new().post_with("a.md", "reply_to: z", "Answer.").post_with(
        "z.md",
        "publish_at: 2026-01-03T00:00:00Z",
        "Question.",
    );
    project.plan().expect(0).says("waits for the post it replies to");
    project.apply().expect(0);
    assert_eq!(project.texts(), [""; 0]);
    project.server().advance(day(3));
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Question.", "Answer."]);
    project.settled();
}

#[test]
fn replies_in_a_circle_are_an_error_or_wait() {
    let project =
        Project::new().post_with("a.md", "reply_to: b", "A.").post_with("b.md", "reply_to: a", "B.");
    let run = project.apply();
    assert!(run.code == 3 || run.code == 0 && run.all().contains("waits for"), "{}", run.all());
    assert_eq!(project.methods(), [""; 0]);
    project.put("a.md", "reply_to: a", "A.");
    project.put("b.md", "reply_to: nobody", "B.");
    project.apply().expect(3).says("nobody");
}

#[test]
fn a_rename_moves_the_record() {
    let project = Project::new().post("old.md", "Alpha.").post("b.md", "See [old](post:old).").git();
    project.apply().expect(0);
    let ids = project.ids();
    project.remove("content/old.md");
    project.put("new.md", "renamed_from: old", "Alpha.");
    project.put("b.md", "", "See [old](post:new).");
    project.server().forget_requests();
    project.plan().expect(0).says("> ").says("nothing is sent");
    project.apply_with(&["--prune"]).expect(0);
    assert_eq!(project.ids(), ids);
    assert!(project.lock()["targets"]["news"]["posts"]["new"].is_object());
    assert!(project.lock()["targets"]["news"]["posts"]["old"].is_null());
    project.settled();
    // Without `renamed_from` it is another post.
    project.remove("content/new.md");
    project.put("newer.md", "", "Alpha.");
    project.put("b.md", "", "See [old](post:newer).");
    project.plan().expect(0).says("1 to send");
}

#[test]
fn what_is_to_be_kept_is_kept() {
    let project = Project::new().post_with("a.md", "keep: true", "Alpha.").post("b.md", "Beta.").git();
    project.apply().expect(0);
    project.put("a.md", "keep: true\nstatus: archived", "Alpha.");
    project.put("b.md", "status: archived", "Beta.");
    project.plan().expect(0).says("says `keep`: skipped").says("1 to delete");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Alpha."]);
    project.settled();
}

#[test]
fn drafts_and_archived_posts() {
    let project = Project::new()
        .post_with("a.md", "status: draft", "Alpha.")
        .post_with("b.md", "status: archived", "Beta.")
        .post("c.md", "Gamma.");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Gamma."]);
    project.put("c.md", "status: draft", "Gamma two.");
    project.plan().expect(0).says("`c` is a draft now").says("No changes");
    project.put("a.md", "", "Alpha.");
    project.put("c.md", "status: archived", "Gamma.");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Alpha."]);
    // An archived post that comes back is a new message.
    project.put("c.md", "", "Gamma.");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Alpha.", "Gamma."]);
    project.settled();
}

#[test]
fn a_post_waits_for_its_time() {
    // The sandbox begins on 2026-01-01.
    let project = Project::new()
        .post_with("a.md", "publish_at: 2026-01-02T12:00:00+02:00\npin: true", "Alpha.")
        .post("b.md", "See [it](post:a).")
        .git();
    let id = project.plan_id();
    project.plan().expect(0).says("scheduled").says("2026-01-02T10:00:00Z");
    project.apply_with(&["--expect-plan", &id]).expect(0).says("1 done, 2 skipped");
    assert_eq!(project.report()["skipped"][0]["why"], "waits for its time, 2026-01-02T10:00:00Z");
    assert_eq!(project.texts(), ["See it."]);
    project.settled_but_scheduled();
    project.server().advance(34 * 3600 - 60);
    project.apply().expect(0);
    assert_eq!(project.texts(), ["See it."]);
    project.server().advance(120);
    project.plan().expect(0).says("1 to send");
    // The approval from before it fell due still counts.
    project.apply_with(&["--expect-plan", &id]).expect(0);
    assert_eq!(project.texts(), ["See it.", "Alpha."]);
    let link = message(&project, 0)["entities"][0]["url"].clone();
    assert_eq!(link, format!("https://t.me/sandbox/{}", project.ids()[1]));
    assert_eq!(project.server().pinned(chat::CHANNEL), [project.ids()[1]]);
    project.settled();
}

#[test]
fn a_time_that_was_missed_by_far_is_held() {
    let project = Project::new().post_with("a.md", "publish_at: 2026-01-02T10:00:00Z", "Alpha.");
    project.server().advance(day(5));
    project.plan().expect(0).says("1 to send");
    project.server().advance(day(5));
    project.plan().expect(0).says("too late").says("`max_late`");
    project.apply().expect(5).says("max_late");
    assert_eq!(project.texts(), [""; 0]);
    project.put("a.md", "publish_at: 2026-01-10T10:00:00Z", "Alpha.");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Alpha."]);
}

#[test]
fn a_post_expires() {
    let project =
        Project::new().post_with("a.md", "expires_at: 2026-01-02T10:00:00Z", "Alpha.").post("b.md", "Beta.");
    project.apply().expect(0);
    project.settled();
    project.server().advance(35 * 3600);
    project.plan().expect(0).says("expired").says("1 to delete");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Beta."]);
    project.settled();
}

#[test]
fn links_between_posts_are_filled_in() {
    let project = Project::new()
        .post("a.md", "To [b](post:b), [[c]] and [itself](a.md).")
        .post("b.md", "Back to [a](post:a).")
        .post("c.md", "To [b](b.md).");
    project.apply().expect(0);
    let ids = project.ids();
    let links = |index: usize| -> Vec<String> {
        let entities = message(&project, index)["entities"].clone();
        let links = entities.as_array().unwrap().iter().filter(|entity| entity["type"] == "text_link");
        links.map(|entity| entity["url"].as_str().unwrap().to_owned()).collect()
    };
    let to = |id: i64| format!("https://t.me/sandbox/{id}");
    assert_eq!(links(0), [to(ids[1]), to(ids[2]), to(ids[0])]);
    assert_eq!(links(1), [to(ids[0])]);
    assert_eq!(links(2), [to(ids[1])]);
    // Five calls: three sends, one edit of `a`, none of the others.
    assert_eq!(project.methods(), ["sendMessage", "sendMessage", "sendMessage", "editMessageText"]);
    project.settled();
}

#[test]
fn links_in_a_private_channel() {
    let project = Project::new()
        .config("targets:\n  news: {chat: -1001000000003}\n")
        .post("a.md", "To [b](post:b).")
        .post("b.md", "Back to [a](post:a).");
    project.apply().expect(0);
    let messages = project.server().messages(chat::PRIVATE);
    let first = messages[0]["entities"][0]["url"].as_str().unwrap();
    assert_eq!(first, format!("https://t.me/c/1000000003/{}", messages[1]["message_id"]));
    project.settled();
    let out = project.run(&["where", first]).expect(0).out;
    assert!(out.contains(" b "), "{out}");
}

#[test]
fn the_old_text_is_at_hand_though_what_it_linked_to_is_gone() {
    let keys = "buttons: [[{text: There, url: sub/b.md}]]";
    let project = Project::new()
        .post_with("a.md", keys, "To [b](sub/b.md), [c](c.md), [d](post:d).")
        .post("sub/b.md", "Beta.")
        .post("c.md", "Gamma.")
        .post("d.md", "Delta.")
        .git();
    project.apply().expect(0);
    project.rename("content/sub/b.md", "content/b.md");
    project.remove("content/c.md");
    project.remove("content/d.md");
    project.put("a.md", "", "To nothing.");
    let run = project.plan().expect(0).never_says("not at hand");
    run.says("- To b <post:b>, c <post:c>, d <post:d>.").says("- [ There → post:b ]").says("+ To nothing.");
}

#[test]
fn referrers_follow_a_restored_post() {
    let project = Project::new()
        .post("a.md", "See [b](post:b).")
        .post_with("b.md", "pin: true", "Beta.")
        .post("c.md", "Gamma.")
        .git();
    project.apply().expect(0);
    let old = project.ids()[1];
    project.server().human(json!({"do": "delete", "chat_id": chat::CHANNEL, "message_id": old}));
    project.put("b.md", "pin: true", "Beta two.");
    project.apply().expect(0).says("^").says("deleted in Telegram");
    assert_eq!(project.texts(), ["See b.", "Gamma.", "Beta two."]);
    let new = project.ids()[2];
    assert_eq!(message(&project, 0)["entities"][0]["url"], format!("https://t.me/sandbox/{new}"));
    assert_eq!(project.server().pinned(chat::CHANNEL), [new]);
    project.settled();
}

#[test]
fn old_posts_become_tombstones_and_come_back() {
    let project = Project::new().post("a.md", "Alpha.").post("b.md", "See [a](post:a).").git();
    project.apply().expect(0);
    let ids = project.ids();
    project.server().advance(day(3));
    project.remove("content/a.md");
    project.put("b.md", "", "No link.");
    project.plan_json(&["--prune"]);
    project
        .run(&["plan", "--prune"])
        .expect(0)
        .says("older than 48 h")
        .says("- Alpha.")
        .says("+ This post was removed.");
    project.apply_with(&["--prune"]).expect(0).says("tombstone");
    assert_eq!(project.texts(), ["This post was removed.", "No link."]);
    assert_eq!(project.lock()["targets"]["news"]["posts"]["a"]["gone"], "tombstone");
    project.server().forget_requests();
    project.apply_with(&["--prune"]).expect(0);
    assert_eq!(project.methods(), [""; 0]);
    project.put("a.md", "", "Alpha is back.");
    project.plan().expect(0).says("source is back").says("- This post was removed.").says("+ Alpha is back.");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Alpha is back.", "No link."]);
    assert_eq!(project.ids(), ids);
    project.settled();
}

#[test]
fn a_tombstone_whose_source_comes_back_unchanged() {
    let project = Project::new()
        .post_with("a.md", "buttons: [[{text: x, url: \"https://example.org/\"}]]", "Alpha.")
        .git();
    project.apply().expect(0);
    let text = project.read("content/a.md");
    project.server().advance(day(3));
    project.write("content/a.md", text.replace("slug: a\n", "slug: a\nstatus: archived\n"));
    project.apply().expect(0);
    assert_eq!(project.texts(), ["This post was removed."]);
    assert_eq!(message(&project, 0)["reply_markup"], Value::Null);
    project.settled();
    project.write("content/a.md", &text);
    project.apply().expect(0);
    assert_eq!(project.texts(), ["Alpha."]);
    assert!(message(&project, 0)["reply_markup"].is_object());
    project.settled();
}

#[test]
fn old_posts_are_kept_where_that_is_wanted() {
    let config = "targets:\n  news: {chat: \"@sandbox\", on_undeletable: keep}\n";
    let project = Project::new().config(config).post("a.md", "Alpha.").post("b.md", "Beta.").git();
    project.apply().expect(0);
    project.server().advance(day(3));
    project.remove("content/a.md");
    project.apply_with(&["--prune"]).expect(0).says("delete it by hand");
    assert_eq!(project.texts(), ["Alpha.", "Beta."]);
    assert_eq!(project.lock()["targets"]["news"]["posts"]["a"]["gone"], "kept");
    project.server().forget_requests();
    project.apply_with(&["--prune"]).expect(0);
    assert_eq!(project.methods(), [""; 0]);
    project.put("a.md", "", "Alpha.");
    project.apply().expect(0);
    project.settled();
    assert_eq!(project.texts(), ["Alpha.", "Beta."]);
}

#[test]
fn tables_are_as_wide_as_the_config_allows() {
    let table = "| a | b |\n|---|---|\n| cd | 1234 |\n";
    let project = Project::new().post("a.md", table);
    project.apply().expect(0);
    assert_eq!(project.texts(), ["a  | b\n---+-----\ncd | 1234"]);
    let project = project.config("targets: {news: {chat: \"@sandbox\"}}\ntables: {columns: 8}\n");
    project.apply().expect(0);
    assert_eq!(project.texts(), ["a: cd\nb: 1234"]);
    project.settled();
}

#[test]
fn tags_and_defaults() {
    let project = Project::new()
        .config("targets: {news: {chat: \"@sandbox\"}}\ndefaults:\n  - {match: \"quiet/**\", silent: true, tags: [calm]}\n")
        .post_with("quiet/a.md", "tags: [one, two_words]", "Alpha.")
        .post("quiet/b.md", "Beta.")
        .post("loud.md", "Gamma.");
    project.apply().expect(0);
    let texts = project.texts();
    assert!(texts.iter().any(|text| text.ends_with("#calm")), "{texts:?}");
    assert!(texts.iter().any(|text| text.ends_with("#one #two_words")), "{texts:?}");
    assert_eq!(params(&project, "Beta")["disable_notification"], "true");
    assert_eq!(params(&project, "Gamma")["disable_notification"], "false");
    project.settled();
}
