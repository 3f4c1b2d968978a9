//! The rights that `docs/action.md` asks for are the least: without any one of them a step fails and names it.
#![expect(clippy::disallowed_methods, reason = "the document is read")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{apply, channel, plan_only};
use crate::support::chat;
use crate::support::git_server::Rules;
use crate::support::github::REPOSITORY;
use crate::support::hosted::{Hosted, Job, Merge};

/// Job and right of each line of the table.
fn documented() -> Vec<(String, String)> {
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/action.md")).unwrap();
    let section = document.split("\n## ").find(|section| section.starts_with("Rights\n")).unwrap();
    let row = |line: &str| {
        let mut cells = line.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).skip(1);
        Some((cells.next()?, cells.next()?))
    };
    section.lines().filter(|line| line.starts_with("| ") && line.contains(": ")).filter_map(row).collect()
}

/// A channel with a change to publish, which a pull request showed, and a message that somebody deleted.
fn busy() -> Hosted {
    let hosted = channel();
    hosted.pull(7, |project| project.put("a.md", "", "One."));
    hosted.merge(7, Merge::Squash);
    let last = hosted.project.ids()[1];
    hosted.project.server().human(json!({"do": "delete", "chat_id": chat::CHANNEL, "message_id": last}));
    hosted
}

fn restore() -> Value {
    json!({"command": "apply", "refresh": "true"})
}

fn read_only(hosted: &Hosted, inputs: &Value) -> Job {
    let server = hosted.serve_git_with(Rules { read_only: true, ..Rules::default() });
    hosted.on_main_of(&server, "push", inputs)
}

#[test]
fn without_a_right_a_step_fails_and_names_it() {
    let rows = documented();
    assert_eq!(rows.len(), 7, "{rows:?}");
    for (job, right) in rows {
        let hosted = busy();
        let before = hosted.project.texts();
        let failed = match (job.as_str(), right.as_str()) {
            // The checkout is GitHub's own: without the right there is nothing to run in.
            ("plan", "contents: read") => continue,
            ("plan", "pull-requests: write") => {
                hosted.pull(8, |project| project.put("c.md", "", "Two."));
                hosted.hub.deny("pulls");
                hosted.on_pull(8, REPOSITORY, &plan_only())
            }
            ("apply", "contents: write") => read_only(&hosted, &apply()),
            ("nightly", "contents: write") => read_only(&hosted, &restore()),
            ("apply", "pull-requests: write") => {
                hosted.hub.deny("pulls");
                hosted.on_main("push", &apply())
            }
            ("nightly", "pull-requests: write") => {
                hosted.hub.deny("pulls");
                hosted.on_main("schedule", &restore())
            }
            ("nightly", "issues: write") => {
                hosted.hub.deny("issues");
                hosted.on_main("schedule", &json!({"command": "verify"}))
            }
            _ => panic!("`{right}` of {job} is documented and not tried"),
        };
        let failed = failed.expect(1).says(&format!("permissions: {{{right}}}"));
        assert!(failed.run.all().contains("::error title=tgsync::"), "{}", failed.run.all());
        if right == "contents: write" {
            assert_eq!(failed.output("failure_reason"), "preflight");
            assert_eq!(hosted.project.texts(), before, "nothing may be sent that can't be recorded");
        }
    }
}

#[test]
fn what_a_job_does_without_a_right_it_is_told_to_do_without() {
    let hosted = busy();
    hosted.hub.deny("pulls");
    hosted.hub.deny("issues");
    hosted.on_main("schedule", &json!({"command": "verify", "comment": "false"})).expect(6);
    hosted.on_main("push", &json!({"command": "apply", "comment": "false"})).expect(0);
    assert_eq!(hosted.project.texts()[0], "One.");
}
