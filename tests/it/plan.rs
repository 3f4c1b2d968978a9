//! What a plan says: the same as the apply then does, without network and secret, under an id that lasts.
#![expect(clippy::disallowed_methods, reason = "tests set up files by hand")]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::support::{Call, Project, day};

/// The posts of most tests here: links both ways, a button, a pin, a reply.
fn rich() -> Project {
    Project::new()
        .post("about.md", "About us. Read [the rules](post:rules).")
        .post_with("rules.md", "pin: true", "# Rules\n\nBe kind. See [about](about.md).")
        .post_with("reply.md", "reply_to: rules\nsilent: true", "An *answer*.")
        .post_with(
            "shop.md",
            "buttons: [[{text: Rules, url: \"post:rules\"}, {text: Web, url: https://example.org}]]",
            "Buy.",
        )
}

fn due(plan: &Value) -> Vec<&Value> {
    let changes = plan["targets"].as_array().unwrap().iter().flat_map(|t| t["changes"].as_array().unwrap());
    changes.filter(|change| !matches!(change["verb"].as_str(), Some("scheduled" | "blocked"))).collect()
}

fn has(change: &Value, list: &str, wanted: impl Into<Value>) -> bool {
    let wanted = wanted.into();
    change[list].as_array().unwrap().iter().any(|item| *item == wanted || item["id"] == wanted)
}

/// The readable form of a post without the addresses of its links.
fn without_addresses(text: &str) -> String {
    let (first, rest) = text.split_once(" <").unwrap_or((text, ""));
    match rest.split_once('>') {
        Some((_, rest)) => format!("{first}{}", without_addresses(rest)),
        None => text.to_owned(),
    }
}

/// The text of a message as the sandbox took it.
fn said(call: &Call) -> &str {
    call.reply["result"]["text"].as_str().unwrap()
}

/// Every call that changed something stands in the plan, and nothing else was planned.
#[track_caller]
fn assert_planned(plan: &Value, calls: &[Call]) {
    let changes = due(plan);
    let sent: Vec<i64> = calls
        .iter()
        .filter(|call| call.method == "sendMessage")
        .map(|call| call.reply["result"]["message_id"].as_i64().unwrap())
        .collect();
    for call in calls {
        assert!(call.succeeded(), "{call:?}");
        let id = call.message_id();
        let fresh = sent.contains(&id);
        let fits = |change: &&&Value| {
            let after = change["after"].as_str().unwrap_or_default();
            let here =
                has(change, "messages", id) || fresh && change["messages"].as_array().unwrap().is_empty();
            match call.method.as_str() {
                "sendMessage" => change["verb"] == "send" && without_addresses(after).starts_with(said(call)),
                "editMessageText" => change["verb"] == "edit" && !has(change, "reasons", "pin") && here,
                "pinChatMessage" | "unpinChatMessage" => has(change, "reasons", "pin") && here,
                "deleteMessage" => change["verb"] == "delete" && here,
                other => panic!("an unexpected call of {other}"),
            }
        };
        assert!(changes.iter().any(|change| fits(&change)), "not in the plan: {call:?}\n{plan:#}");
    }
    assert_eq!(plan["summary"]["calls"], calls.len(), "{plan:#}\n{calls:#?}");
}

#[test]
fn an_apply_does_what_the_plan_said() {
    let project = rich().post("old.md", "Goes away.").git();
    let plan = project.plan_json(&[]);
    project.apply().expect(0);
    assert_planned(&plan, &project.calls());

    project.put("about.md", "", "About all of us. Read [the rules](post:rules).");
    project.put("rules.md", "", "# Rules\n\nBe kind. See [about](about.md).");
    project.put("news.md", "", "Fresh. See [[about]].");
    project.remove("content/old.md");
    project.server().forget_requests();
    let plan = project.plan_json(&["--prune"]);
    project.apply_with(&["--prune"]).expect(0);
    assert_planned(&plan, &project.calls());
    project.settled();
}

#[test]
fn a_plan_needs_no_network_and_no_secret() {
    let project = rich().git();
    let with = project.plan_json(&[]);
    project.apply().expect(0);
    project.put("about.md", "", "About us two.");
    let later = project.plan_json(&[]);
    let project = project
        .without_env("TELEGRAM_BOT_TOKEN")
        .without_env("TGSYNC_CLOCK")
        .env("TGSYNC_API_URL", "http://127.0.0.1:1");
    project.server().forget_requests();
    assert_eq!(project.plan_json(&[]), later);
    assert_ne!(project.plan_id(), with["plan_id"]);
    project.run(&["status"]).expect(0);
    assert_eq!(project.server().requests().len(), 0, "a plan asked the network");
    project.apply().expect(1).says("TELEGRAM_BOT_TOKEN");
}

#[test]
fn a_dry_run_changes_nothing_with_any_flag() {
    let project = rich().git();
    project.apply().expect(0);
    project.remove("content/shop.md");
    project.put("about.md", "", "About you.");
    project.server().forget_requests();
    let before = project.git_run(&["rev-parse", "HEAD"]);
    let lock = project.read("state.lock.json");
    for args in [
        &["--prune"] as &[&str],
        &["--rerender"],
        &["--only", "a*"],
        &["--format", "json"],
        &["--format", "markdown"],
        &["--format", "github"],
        &["--out", "../plan.json"],
        &["--detailed-exitcode"],
    ] {
        let run = project.run(&[&["plan"], args].concat());
        assert!(run.code == 0 || run.code == 2, "{}", run.all());
    }
    assert_eq!(project.methods(), [""; 0]);
    assert_eq!(project.git_run(&["rev-parse", "HEAD"]), before);
    assert_eq!(project.read("state.lock.json"), lock);
    assert_eq!(project.git_run(&["status", "--porcelain"]), "M content/about.md\n D content/shop.md");
}

#[test]
fn the_plan_id_outlives_form_and_time() {
    let project = rich().git();
    let id = project.plan_id();
    project.write("content/about.md", "---\n# a comment\nslug:   \"about\"\ntitle: Another title\ntags: []\n---\nAbout us.\nRead [the rules](rules.md).\n\n\n");
    assert_eq!(project.plan_id(), id, "a reformatted file");
    project.rename("content/rules.md", "content/sub/laws.md");
    project.write("content/about.md", "---\nslug: about\n---\nAbout us. Read [the rules](sub/laws.md).\n");
    project
        .write("content/sub/laws.md", project.read("content/sub/laws.md").replace("about.md", "../about.md"));
    assert_eq!(project.plan_id(), id, "another file name");
    project.server().advance(day(400));
    assert_eq!(project.plan_id(), id, "another day");
    project.commit("more");
    assert_eq!(project.plan_id(), id, "another commit");
    project.apply_with(&["--expect-plan", &id]).expect(0);
    project.settled();
}

type Edit = Box<dyn Fn(&Project)>;

#[test]
fn the_plan_id_dies_with_any_payload() {
    let keys = |keys: &'static str| move |project: &Project| project.put("a.md", keys, "Text.");
    let changes: [(&str, Edit); 10] = [
        ("text", Box::new(|project| project.put("a.md", "", "Text!"))),
        ("formatting", Box::new(|project| project.put("a.md", "", "*Text.*"))),
        ("button", Box::new(keys("buttons: [[{text: x, url: https://example.org}]]"))),
        ("preview", Box::new(keys("link_preview: false"))),
        ("silent", Box::new(keys("silent: true"))),
        ("protect", Box::new(keys("protect_content: true"))),
        ("pin", Box::new(keys("pin: true"))),
        ("reply", Box::new(keys("reply_to: b"))),
        ("tags", Box::new(keys("tags: [x]"))),
        ("time", Box::new(keys("publish_at: 2030-01-01T10:00:00Z"))),
    ];
    let project = Project::new().post("a.md", "Text.").post("b.md", "Other.");
    let mut seen = BTreeSet::from([project.plan_id()]);
    for (what, change) in changes {
        change(&project);
        assert!(seen.insert(project.plan_id()), "{what} does not change the plan id");
    }
    project.put("a.md", "slug: c", "Text.");
    project.write("content/a.md", "---\nslug: c\n---\nText.");
    assert!(seen.insert(project.plan_id()), "the slug does not change the plan id");
}

#[test]
fn another_plan_than_the_approved_one_is_refused() {
    let project = rich().git();
    let id = project.plan_id();
    project.put("shop.md", "", "Buy now!");
    let refused = project.apply_with(&["--expect-plan", &id]).expect(5);
    let refused = refused.says("Approved and not planned any more:").says("Planned now and not approved:");
    let refused = refused.says("Buy now!").says(&id).says("--expect-plan p1-");
    refused.never_says("panicked");
    assert_eq!(project.report()["failure_reason"], "plan_changed");
    assert_eq!(project.methods(), [""; 0]);
    let now = project.plan_id();
    project.apply_with(&["--expect-plan", &now]).expect(0);
}

#[test]
fn a_saved_plan_is_carried_out_or_refused() {
    let project = rich().git();
    project.run(&["plan", "--out", "../saved.json"]).expect(0);
    project.put("shop.md", "", "Buy now!");
    project.apply_with(&["../saved.json"]).expect(5).says("Buy now!");
    project.write("../broken.json", "{\"schema\":\"x\"}");
    project.apply_with(&["../broken.json"]).expect(5).says("not a saved plan");
    project.apply_with(&["../nowhere.json"]).expect(5).says("nowhere.json");
    assert_eq!(project.methods(), [""; 0]);
    project.run(&["plan", "--out", "../saved.json"]).expect(0);
    project.apply_with(&["../saved.json"]).expect(0);
    project.settled();
}

#[test]
fn a_plan_that_was_carried_out_half_way_is_still_approved() {
    let all = rich().git();
    all.apply().expect(0);
    let (calls, requests) = (all.calls().len(), all.server().requests().len());
    for half in 1..calls {
        let project = rich().git();
        let id = project.plan_id();
        let first = requests - calls + half;
        project.fault(json!({"kind": "too_many_requests", "retry_after": 9999, "after": first}));
        project.apply_with(&["--expect-plan", &id]).expect(4);
        // The approval of the whole holds for the rest.
        project.apply_with(&["--expect-plan", &id]).expect(0);
        assert_eq!(project.texts(), all.texts(), "after {half} of {calls} calls");
        project.settled();
    }
}

#[test]
fn detailed_exit_codes_tell_changes_from_none() {
    let project = rich().git();
    project.run(&["plan", "--detailed-exitcode"]).expect(2);
    project.apply().expect(0);
    project.run(&["plan", "--detailed-exitcode"]).expect(0);
}

#[test]
fn a_read_only_lock_still_plans() {
    let project = rich().git();
    project.apply().expect(0);
    let path = project.path("state.lock.json");
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).unwrap();
    project.put("about.md", "", "Changed.");
    project.plan().expect(0).says("1 to edit");
    project.server().forget_requests();
    project.apply().expect(1).says("read-only");
    assert_eq!(project.methods(), [""; 0]);
}
