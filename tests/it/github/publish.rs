//! Jobs on the branch itself: dispatch, doctor, a protected branch.
#![expect(clippy::disallowed_methods, reason = "a hook is written by hand")]

use serde_json::json;

use super::{apply, channel};

#[test]
fn a_person_without_a_token_gets_help_from_a_job() {
    let hosted = channel();
    hosted.on_main("workflow_dispatch", &json!({"command": "doctor"})).expect(0).says("news");
    hosted
        .on_main("workflow_dispatch", &json!({"command": "resolve", "slug": "nobody", "not-sent": "true"}))
        .expect(64)
        .says("::error title=tgsync::");
    hosted.on_main("workflow_dispatch", &json!({"command": "rm -rf"})).expect(64).says("check, plan, apply");
    let job = hosted.on_main("workflow_dispatch", &json!({"command": "check"})).expect(0);
    assert_eq!(job.output("exit_code"), "0");
}

#[test]
fn secrets_are_hidden_before_anything_is_said() {
    let hosted = channel();
    let job = hosted.on_main("push", &apply()).expect(0);
    let all = job.run.all();
    let first: Vec<&str> = all.lines().take_while(|line| line.starts_with("::add-mask::")).collect();
    assert_eq!(first.len(), 2, "{all}");
    let rest: String = all.lines().skip(first.len()).collect();
    assert!(!rest.contains("AAE-secret") && !rest.contains("ghs_"), "{all}");
    assert!(!job.summary.contains("AAE-secret"));
}

#[test]
fn a_protected_branch_does_not_take_the_lock_and_it_is_found_all_the_same() {
    let hosted = channel();
    let hook = hosted.project.remote().join("hooks/update");
    // A rule that no preflight sees: only the update of this one branch is refused, over http as GitHub does it.
    let refused = "#!/bin/sh\n[ \"$1\" != refs/heads/main ] || { echo 'GH006: protected branch'; exit 1; }\n";
    hosted.push(|project| project.put("a.md", "", "One."));
    let server = hosted.serve_git();
    std::fs::write(&hook, refused).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();

    let job = hosted.on_main_of(&server, "push", &apply()).expect(4);
    let job = job.says("the lock is on the branch `tgsync/state-").says("merge it into `main`");
    let job = job.says("until then runs go on from the journal, and nothing is sent again");
    assert_eq!(job.output("failure_reason"), "state_push");
    assert!(job.summary.contains("merge it into"), "{}", job.summary);
    assert_eq!(hosted.project.texts(), ["One.", "Beta."]);
    // The next run finds it: nothing is sent twice, and it says the same.
    let before = hosted.project.calls().len();
    hosted.on_main_of(&server, "schedule", &apply()).expect(4).says("tgsync/state-");
    assert_eq!((hosted.project.texts().len(), hosted.project.calls().len()), (2, before));
    // More comes meanwhile, and is published beside what is there.
    std::fs::remove_file(&hook).unwrap();
    hosted.push(|project| project.put("b.md", "", "Two."));
    std::fs::write(&hook, refused).unwrap();
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let job = hosted.on_main_of(&server, "push", &apply()).expect(4);
    assert_eq!((hosted.project.texts(), job.output("held")), (vec!["One.".into(), "Two.".into()], "0"));

    // A person merges the branch that the last run named.
    std::fs::remove_file(&hook).unwrap();
    let all = job.run.all();
    let branch =
        all.split("the lock is on the branch `").nth(1).and_then(|rest| rest.split('`').next()).unwrap();
    hosted.project.git_run(&["fetch", "--quiet", "origin"]);
    hosted.project.git_run(&["reset", "--quiet", "--hard", "origin/main"]);
    hosted.project.git_run(&["merge", "--quiet", "--no-edit", &format!("origin/{branch}")]);
    hosted.project.git_run(&["push", "--quiet", "origin", "main"]);
    hosted.on_main_of(&server, "schedule", &apply()).expect(0);
    assert_eq!(hosted.project.texts(), ["One.", "Two."]);
}

#[test]
fn the_lock_is_committed_by_the_bot_and_starts_nothing() {
    let hosted = channel();
    hosted.project.git_run(&["fetch", "--quiet", "origin"]);
    let commit = hosted.project.git_run(&["log", "-1", "--format=%B", "origin/main"]);
    assert!(commit.contains("tgsync: a, b") && commit.contains("[skip ci]"), "{commit}");
}

#[test]
fn a_merge_queue_plans_and_comments_nowhere() {
    let hosted = channel();
    hosted.push(|project| project.put("a.md", "", "Queued."));
    let event = json!({"action": "checks_requested", "merge_group": {"head_ref": "refs/heads/gh-readonly-queue/main/pr-7"}});
    let job = hosted.job(("merge_group", &event, "refs/heads/main"), &super::plan_only(), false).expect(0);
    assert_eq!(job.output("to_edit"), "1");
    assert!(job.summary.contains("+ Queued."));
    assert!(hosted.hub.requests().iter().all(|request| !request.starts_with("POST")));
}

#[test]
fn content_with_an_error_is_applied_by_nobody() {
    let hosted = channel();
    hosted.push(|project| project.put("a.md", "tegs: [x]", "One."));
    let job = hosted.on_main("push", &apply()).expect(3);
    assert_eq!(job.output("failure_reason"), "invalid");
    assert_eq!(hosted.project.texts(), ["Alpha.", "Beta."]);
}
