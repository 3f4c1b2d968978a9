//! What people did in the channel: found without touching it, and repaired.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::sandbox::media::{gif, jpeg, mp4};
use super::support::{Project, Server, chat, day};
use tgsync::sandbox::{Options, parse_chat_spec};

/// The person's chat with the bot.
const SCRATCH: &str = "targets:\n  news:\n    chat: \"@sandbox\"\n    scratch_chat: 1000\n";
const NO_SCRATCH: &str = "targets:\n  news:\n    chat: \"@sandbox\"\n";

/// A file that differs from all others of another number.
fn numbered(mut bytes: Vec<u8>, number: u8) -> Vec<u8> {
    bytes.push(number);
    bytes
}

/// Posts of every kind, which become fifty messages.
fn fifty(config: &str) -> Project {
    let project = Project::new().config(config);
    for number in 1..=23 {
        project.put(
            &format!("t{number:02}.md"),
            "",
            &format!("Text **{number}** of https://example.org/{number}."),
        );
    }
    project.put("t24.md", "buttons: [[{text: Go, url: 'https://e.org'}]]", "Text with a [link](post:t01).");
    project.put("t25.md", "protect_content: true\npin: true", "Protected.");
    for number in 1..=5 {
        let body = format!("# Rich {number}\n\n| a | b |\n|---|---|\n| 1 | {number} |\n\n- one\n- two");
        project.put(&format!("r{number}.md"), "format: rich", &body);
        with_file(&project, &format!("p{number}"), "a.jpg", &numbered(jpeg(120, 80), number), "A *picture*.");
    }
    for number in 1..=4 {
        with_file(
            &project,
            &format!("d{number}"),
            "a.pdf",
            &numbered(b"%PDF-1.7\n%%EOF\n".to_vec(), number),
            "",
        );
    }
    with_file(&project, "v1", "a.mp4", &mp4(true), "A video.");
    with_file(&project, "g1", "a.gif", &gif(100, 100), "An animation.");
    for number in 1..=6 {
        project.write(&format!("content/trip/{number}.jpg"), numbered(jpeg(200, 100), number));
    }
    let list: Vec<String> = (1..=6).map(|number| format!("{number}.jpg")).collect();
    project.put("trip.md", &format!("media: [{}]", list.join(", ")), "The trip.");
    project.put("guide.md", "", "One.\n\n<!-- tgsync:break -->\n\nTwo.\n\n<!-- tgsync:break -->\n\nThree.");
    project.apply_with(&["--allow", "sends"]).expect(0);
    assert_eq!(project.ids().len(), 50);
    project.settled();
    project.server().forget_requests();
    project
}

fn with_file(project: &Project, slug: &str, name: &str, bytes: &[u8], text: &str) {
    project.write(&format!("content/{slug}/{name}"), bytes);
    project.write(
        &format!("content/{slug}/index.md"),
        format!("---\nslug: {slug}\nmedia: [{name}]\n---\n\n{text}\n"),
    );
}

fn ids_of(project: &Project, slug: &str) -> Vec<i64> {
    let parts = project.lock()["targets"]["news"]["posts"][slug]["parts"].clone();
    let ids = parts.as_array().unwrap().iter().flat_map(|part| part["ids"].as_array().unwrap().clone());
    ids.map(|id| id.as_i64().unwrap()).collect()
}

fn human(project: &Project, action: &str, id: i64, rest: &Value) {
    let mut what = json!({"do": action, "chat_id": chat::CHANNEL, "message_id": id});
    what.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    project.server().human(what);
}

/// A text, a file of an album and a rich message are deleted; a text and a caption are edited.
fn meddle(project: &Project) -> (BTreeSet<i64>, BTreeSet<i64>) {
    let deleted = [ids_of(project, "t03")[0], ids_of(project, "trip")[2], ids_of(project, "r2")[0]];
    for id in deleted {
        human(project, "delete", id, &json!({}));
    }
    let edited = [ids_of(project, "t07")[0], ids_of(project, "p3")[0]];
    human(project, "edit", edited[0], &json!({"text": "A word of mine."}));
    human(project, "edit", edited[1], &json!({"caption": "A caption of mine."}));
    (deleted.into(), edited.into())
}

/// The ids that `verify --format json` names, by state.
fn states(found: &Value) -> BTreeMap<String, BTreeSet<i64>> {
    let mut states: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
    for target in found["targets"].as_array().unwrap() {
        for message in target["messages"].as_array().unwrap() {
            let state = message["state"].as_str().unwrap().to_owned();
            states.entry(state).or_default().insert(message["id"].as_i64().unwrap());
        }
    }
    states
}

/// What the channel says, in order, with what people see of files.
fn shown(project: &Project) -> Vec<Value> {
    let bare = |mut message: Value| {
        let fields = message.as_object_mut().unwrap();
        for name in ["message_id", "date", "edit_date", "media_group_id"] {
            fields.remove(name);
        }
        message
    };
    project.messages().into_iter().map(bare).collect()
}

/// No call but to the person's chat could have changed anything.
fn touched_nothing(project: &Project) {
    for call in project.calls() {
        let there = &call.params["chat_id"];
        let probes = call.method == "editMessageText" && call.text().trim().is_empty() && !call.succeeded();
        assert!(probes || *there == json!(1000) || *there == json!("1000"), "{call:?}");
    }
}

#[test]
fn with_a_scratch_chat_exactly_what_people_did_is_named_and_repaired() {
    let project = fifty(SCRATCH);
    let before = shown(&project);
    project.run(&["verify"]).expect(0).says("50 messages: 50 in sync, 0 edited, 0 deleted, 0 unknown.");
    assert_eq!(project.server().messages(1000), Vec::<Value>::new(), "copies are deleted");
    let (deleted, edited) = meddle(&project);
    let meddled = project.messages();
    let run = project.run(&["verify", "--format", "json"]).expect(6);
    let found = run.json();
    let states = states(&found);
    assert_eq!((states.get("deleted"), states.get("edited")), (Some(&deleted), Some(&edited)), "{states:?}");
    assert_eq!(states["in_sync"].len(), 45, "{found:#}");
    assert_eq!(project.messages(), meddled);
    touched_nothing(&project);
    let run =
        project.run(&["verify"]).expect(6).says("50 messages: 45 in sync, 2 edited, 3 deleted, 0 unknown.");
    run.says("content/t03.md").says("content/p3/index.md").says("apply --refresh");
    let plan = project.run(&["plan", "--refresh"]).expect(0);
    plan.says("2 to restore").says("edited in Telegram");
    project.apply_with(&["--refresh", "--allow", "sends"]).expect(0);
    project.run(&["verify"]).expect(0).says("50 in sync");
    project.settled();
    let sorted = |mut messages: Vec<Value>| {
        messages.sort_by_key(Value::to_string);
        messages
    };
    let links = |messages: Vec<Value>| sorted(messages).into_iter().map(|message| message["text"].clone());
    assert!(links(shown(&project)).eq(links(before)));
}

#[test]
fn without_a_scratch_chat_what_is_gone_is_named_and_the_rest_made_sure_of() {
    let project = fifty(NO_SCRATCH);
    let (deleted, edited) = meddle(&project);
    let meddled = project.messages();
    let found = project.run(&["verify", "--format", "json"]).expect(6).json();
    let states = states(&found);
    assert_eq!(states.keys().collect::<Vec<_>>(), ["deleted", "unknown"]);
    assert_eq!(states["deleted"], deleted);
    assert_eq!(states["unknown"].len(), 47);
    assert_eq!(project.messages(), meddled);
    touched_nothing(&project);
    project.run(&["verify"]).expect(6).says("47 unknown").says("scratch_chat");
    project.apply_with(&["--refresh", "--allow", "sends"]).expect(0);
    project.settled();
    let texts: Vec<String> = project.messages().iter().map(Value::to_string).collect();
    assert!(!texts.iter().any(|text| text.contains("of mine")), "{edited:?}");
    assert_eq!(texts.len(), 50);
    let project = project.config(SCRATCH);
    project.run(&["verify"]).expect(0).says("50 in sync");
}

#[test]
fn edits_that_are_to_stay_stay_and_are_named() {
    for (keep, code, says) in [
        ("on_drift: keep", 0, "`on_drift: keep` leaves it so"),
        ("on_drift: fail", 1, "`on_drift: fail` stops here"),
    ] {
        let config = format!("{SCRATCH}    {keep}\n");
        let project = Project::new().config(&config).post("a.md", "A.").post("b.md", "B.");
        project.apply().expect(0);
        let id = ids_of(&project, "b")[0];
        human(&project, "edit", id, &json!({"text": "Mine."}));
        project.server().forget_requests();
        project.run(&["verify"]).expect(6).says(&format!("#{id}  b"));
        project.run(&["plan", "--refresh"]).expect(0).says(says);
        project.apply_with(&["--refresh"]).expect(code).says(says);
        assert_eq!(project.texts(), ["A.", "Mine."]);
        touched_nothing(&project);
        // What the source says next takes its place, unless nobody may touch it.
        if code == 0 {
            project.put("b.md", "", "C.");
            project.apply_with(&["--refresh"]).expect(0);
            assert_eq!(project.texts(), ["A.", "C."]);
        }
    }
}

#[test]
fn what_is_missing_is_restored_reported_or_forgotten() {
    for (what, texts) in [("restore", vec!["B.", "A. b"]), ("report", vec!["B."]), ("forget", vec!["B."])] {
        let config = format!("{NO_SCRATCH}    on_missing: {what}\n");
        let project = Project::new().config(&config);
        let project = project.post_with("a.md", "pin: true", "A. [b](post:b)").post("b.md", "B.");
        project.apply().expect(0);
        human(&project, "delete", ids_of(&project, "a")[0], &json!({}));
        project.run(&["verify"]).expect(6).says("deleted: 1 message");
        let run = project.apply_with(&["--refresh"]).expect(0);
        assert_eq!(project.texts(), texts, "{what}");
        match what {
            "restore" => {
                assert_eq!(project.server().pinned(chat::CHANNEL), [*project.ids().last().unwrap()]);
                project.settled();
                project.run(&["verify"]).expect(0);
            }
            "report" => {
                run.says("`on_missing: report` leaves it so");
                project.run(&["verify"]).expect(6);
            }
            // It is a post like one that was never sent, and the next apply sends it.
            _ => {
                project.run(&["verify"]).expect(0).says("1 message:").never_says("deleted:");
            }
        }
    }
}

#[test]
fn a_budget_looks_at_the_oldest_first() {
    let config = "targets:\n  news:\n    chat: \"@sandbox\"\n";
    let project = Project::new().config(config);
    for number in 0..10 {
        project.put(&format!("p{number}.md"), "", &format!("Post {number}."));
    }
    project.apply().expect(0);
    project.server().advance(day(1));
    let mut seen = BTreeSet::new();
    for run in 1..=3 {
        project.server().forget_requests();
        let found = project.run(&["verify", "--budget", "4", "--format", "json"]).expect(0).json();
        assert!(project.calls().len() <= 4);
        let messages = found["targets"][0]["messages"].as_array().unwrap().clone();
        let looked = messages.iter().filter(|message| message["how"] == "there");
        let looked: Vec<i64> = looked.map(|message| message["id"].as_i64().unwrap()).collect();
        assert_eq!(looked.len(), 4);
        assert_eq!(found["summary"]["not_looked_at"], 6);
        seen.extend(looked);
        assert_eq!(seen.len(), (4 * run).min(10));
        project.server().advance(60);
    }
    // A channel that nobody remembers is looked at from another place each day.
    let first = |project: &Project| {
        project.remove(".tgsync/checked.json");
        project.server().forget_requests();
        project.run(&["verify", "--budget", "1"]).expect(0);
        project.calls()[0].message_id()
    };
    let today = first(&project);
    project.server().advance(day(1));
    assert_ne!(first(&project), today);
}

#[test]
fn posts_without_a_source_that_are_gone_are_forgotten() {
    let project = Project::new().post("a.md", "A.").post("b.md", "B.").post("c.md", "C.");
    project.apply().expect(0);
    project.remove("content/a.md");
    project.put("b.md", "status: draft", "B.");
    for slug in ["a", "b"] {
        human(&project, "delete", ids_of(&project, slug)[0], &json!({}));
    }
    project.run(&["plan", "--refresh"]).expect(0).says("2 to forget");
    project.apply_with(&["--refresh"]).expect(0);
    let posts = project.lock()["targets"]["news"]["posts"].clone();
    assert_eq!(posts.as_object().unwrap().keys().collect::<Vec<_>>(), ["c"]);
    project.run(&["verify"]).expect(0);
}

#[test]
fn posts_of_others_are_named_or_deleted() {
    let config = |what: &str| format!("{NO_SCRATCH}    foreign: {what}\n");
    let project = Project::new().config(&config("report")).post("a.md", "A.");
    project.apply().expect(0);
    let post = |text: &str| {
        let message = json!({"do": "post", "chat_id": chat::CHANNEL, "text": text});
        project.server().human(message)["message_id"].as_i64().unwrap()
    };
    let (first, second) = (post("Mine."), post("Mine too."));
    let found = project.run(&["verify", "--format", "json"]).expect(6).json();
    let ids: Vec<i64> = found["targets"][0]["foreign"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_i64().unwrap())
        .collect();
    assert_eq!(ids, [first, second]);
    project.run(&["verify"]).expect(6).says("of others: 2 posts");
    project.run(&["plan", "--refresh"]).expect(0).says(&format!("2 posts of others: #{first}, #{second}"));
    project.apply_with(&["--refresh"]).expect(0);
    assert_eq!(project.texts(), ["A.", "Mine.", "Mine too."]);
    // Its author thinks better of it.
    human(&project, "delete", second, &json!({}));
    project.run(&["verify"]).expect(6).says("of others: 1 post");

    project.write("tgsync.yaml", config("delete") + "guard: {max_deletes: 0}\n");
    project.plan().expect(0).says("No changes");
    project.apply_with(&["--refresh"]).expect(5).says("max_deletes");
    assert_eq!(project.texts(), ["A.", "Mine."]);
    project.run(&["plan", "--refresh"]).expect(0).says(&format!("foreign-{first}")).says("of somebody else");
    project.apply_with(&["--refresh", "--allow", "deletes"]).expect(0);
    assert_eq!(project.texts(), ["A."]);
    assert_eq!(project.lock()["targets"]["news"]["watch"], Value::Null, "nothing of it is kept");
    project.apply_with(&["--refresh"]).expect(0);
    project.run(&["verify"]).expect(0);
    project.settled();
}

#[test]
fn a_bot_that_may_not_delete_what_others_post_says_so() {
    let config = "targets:\n  news:\n    chat: \"@fewer\"\n    foreign: delete\n";
    let chats = vec![parse_chat_spec("-1001000000009:channel:fewer:can_post_messages").unwrap()];
    let server = Server::with(Options { chats, ..Options::default() });
    let project = Project::beside(server).config(config).post("a.md", "A.");
    project.apply().expect(0);
    project.server().human(json!({"do": "post", "chat_id": "@fewer", "text": "Mine."}));
    project.apply_with(&["--refresh"]).expect(1).says("can_delete_messages");
    assert_eq!(project.server().texts(-1_001_000_000_009), ["A.", "Mine."]);
}
