//! Pull requests: annotations, the comment, the summary, outputs; from a branch and from a fork.

use serde_json::json;

use super::{apply, channel, plan_only};
use crate::support::Project;
use crate::support::github::REPOSITORY;
use crate::support::hosted::Hosted;

#[test]
fn a_pull_request_shows_what_subscribers_will_see() {
    let hosted = channel();
    let head = hosted.pull(7, |project| {
        project.put("a.md", "title: Alpha", "Alpha **bold** and more.");
        project.put("c.md", "", "Gamma: 1 < 2 & `<b>`.");
    });
    let job = hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    let job = job.says("::notice file=content/a.md,line=").says("title=tgsync%3A edit a::");
    for (name, value) in
        [("has_changes", "true"), ("to_send", "1"), ("to_edit", "1"), ("to_delete", "0"), ("exit_code", "0")]
    {
        assert_eq!(job.output(name), value, "{name}");
    }
    assert!(job.project.exists(job.output("plan_json_path")), "{:?}", job.outputs);

    let comments = hosted.hub.comments(7);
    let [comment] = comments.as_slice() else { panic!("{comments:#?}") };
    assert!(comment.starts_with("<!-- tgsync:plan:news:"), "{comment}");
    for said in [
        "1 to send, 1 to edit, 0 to delete",
        "1 notification",
        "- Alpha.",
        "+ Alpha bold and more.",
        "+ Gamma: 1 < 2 & `<b>`.",
        job.output("plan_id"),
        &head[..12],
        "/o/channel/actions/runs/",
    ] {
        assert!(comment.contains(said), "{said}\n{comment}");
    }
    for said in ["1 to send, 1 to edit", "- Alpha.", "+ Gamma: 1 < 2 & `<b>`.", job.output("plan_id")] {
        assert!(job.summary.contains(said), "{said}\n{}", job.summary);
    }
    assert!(!comment.contains("<strong>"), "{comment}");

    // One more commit: the same comment, written anew.
    hosted.push_to_pull(7, |project| project.put("c.md", "", "Gamma two."));
    hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    let again = hosted.hub.comments(7);
    assert_eq!(again.len(), 1);
    assert!(again[0].contains("+ Gamma two.") && !again[0].contains("1 < 2"), "{}", again[0]);

    // Then one with an error: annotated where it is, and what stands there is stale.
    hosted.push_to_pull(7, |project| project.put("c.md", "tegs: [x]", "Gamma three."));
    let broken =
        hosted.on_pull(7, REPOSITORY, &plan_only()).expect(3).says("::error file=content/c.md,line=3");
    assert_eq!((broken.output("exit_code"), broken.output("failure_reason")), ("3", "invalid"));
    assert!(broken.summary.contains("content/c.md:3"), "{}", broken.summary);
    let stale = hosted.hub.comments(7);
    assert!(
        stale.len() == 1 && stale[0].contains("**Stale.**") && stale[0].contains("Gamma two."),
        "{stale:#?}"
    );
    hosted.push_to_pull(7, |project| project.put("c.md", "", "Gamma four."));
    hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    assert!(!hosted.hub.comments(7)[0].contains("Stale"));
}

#[test]
fn nothing_to_say_is_not_said() {
    let hosted = channel();
    hosted.pull(7, |project| project.write("README.md", "words"));
    let job = hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    assert_eq!(job.output("has_changes"), "false");
    assert_eq!(hosted.hub.comments(7), [""; 0]);
    // A plan that became empty is told where the fuller one stood.
    hosted.push_to_pull(7, |project| project.put("a.md", "", "Other."));
    hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    hosted.push_to_pull(7, |project| project.put("a.md", "", "Alpha."));
    hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    let comments = hosted.hub.comments(7);
    assert!(comments.len() == 1 && comments[0].contains("no changes"), "{comments:#?}");
}

#[test]
fn a_run_that_took_longer_overwrites_nothing() {
    let hosted = channel();
    hosted.pull(7, |project| project.put("a.md", "", "One."));
    let head = hosted.project.git_run(&["rev-parse", "pull-7"]);
    hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    let newer = hosted.hub.comments(7)[0].replace("{\"run\":102,", "{\"run\":999999,");
    hosted.hub.edit(7, 0, &newer);
    hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0).says("is of a later run and stays");
    assert_eq!(hosted.hub.comments(7), [newer], "{head}");
}

#[test]
fn a_comment_of_a_person_is_left_alone_and_approves_nothing() {
    let hosted = channel();
    hosted.pull(7, |project| project.put("a.md", "", "One."));
    hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    let forged = hosted.hub.comments(7)[0].clone();
    hosted.pull(8, |project| project.put("b.md", "", "Two."));
    hosted.hub.comment(8, "mallory", "User", &forged);
    hosted.on_pull(8, REPOSITORY, &plan_only()).expect(0);
    let comments = hosted.hub.comments(8);
    assert_eq!((comments.len(), comments[0] == forged), (2, true), "{comments:#?}");
}

#[test]
fn a_long_plan_is_cut_with_a_word() {
    let hosted = channel();
    hosted.pull(7, |project| {
        for number in 0..30 {
            project.put(&format!("p{number}.md"), "", &format!("Слово {number}.\n\n").repeat(700));
        }
    });
    let job = hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    let comment = &hosted.hub.comments(7)[0];
    assert!(comment.encode_utf16().count() <= 65_536);
    assert!(comment.encode_utf16().count() > 55_000, "much was left out");
    assert!(comment.contains("**Cut here:**") && comment.contains(job.output("plan_id")), "{comment}");
    assert_eq!(comment.matches("<details>").count(), comment.matches("</details>").count());
    assert!(job.summary.len() > comment.len());
}

#[test]
fn a_fork_gets_its_comment_from_a_job_that_runs_nothing_of_it() {
    let hosted = channel();
    hosted.pull(7, |project| {
        project.put("a.md", "", "From a fork.");
        project.write(
            "tgsync.yaml",
            "targets:\n  news: {chat: \"@sandbox\", tombstone_text: \"${GITHUB_TOKEN} ${HOME}\"}\n",
        );
    });
    hosted.hub.open(7, "else:branch of mine", &hosted.project.git_run(&["rev-parse", "pull-7"]));
    hosted.hub.deny("pulls");
    let job = hosted.on_pull(7, "else/channel", &plan_only());
    job.expect(3).says("GITHUB_TOKEN");
    hosted.push_to_pull(7, |project| {
        project.write("tgsync.yaml", "targets:\n  news:\n    chat: \"@sandbox\"\n");
    });
    hosted.hub.open(7, "else:branch of mine", &hosted.project.git_run(&["rev-parse", "pull-7"]));
    let job =
        hosted.on_pull(7, "else/channel", &plan_only()).expect(0).says("the pull request comes from a fork");
    assert!(job.summary.contains("From a fork."), "{}", job.summary);
    assert_eq!(hosted.hub.comments(7), [""; 0]);
    hosted.hub.allow("pulls");

    let trusted = hosted.on_workflow_run(7, "else:branch of mine", &plan_only()).expect(0);
    let comments = hosted.hub.comments(7);
    assert!(comments.len() == 1 && comments[0].contains("+ From a fork."), "{comments:#?}");
    assert_eq!(
        trusted.project.read("content/a.md"),
        hosted.project.read("content/a.md"),
        "nothing of the fork is checked out"
    );
    // Somebody else's branch of that name, or a commit that is not the newest any more, is not commented on.
    hosted.on_workflow_run(7, "other:branch of mine", &plan_only()).expect(0).says("nothing to show");
}

#[test]
fn a_right_that_is_missing_is_named() {
    let hosted = channel();
    hosted.pull(7, |project| project.put("a.md", "", "One."));
    hosted.hub.deny("pulls");
    let job =
        hosted.on_pull(7, REPOSITORY, &plan_only()).expect(1).says("permissions: {pull-requests: write}");
    assert!(job.summary.contains("+ One."), "what is known is in the summary: {}", job.summary);
    assert_eq!(job.output("to_edit"), "1");
    hosted.on_pull(7, REPOSITORY, &json!({"command": "plan", "comment": "false"})).expect(0);
    hosted.hub.deny("read");
    hosted.on_pull(7, REPOSITORY, &plan_only()).expect(1).says("permissions: {pull-requests: read}");
    hosted.push(|project| project.put("b.md", "", "Two."));
    hosted.on_main("push", &apply()).expect(1).says("permissions: {pull-requests: read}");
    assert_eq!(hosted.project.texts()[1], "Beta.", "nobody knows what was approved, so nothing was sent");
}

#[test]
fn a_proxy_out_of_order_is_asked_again_and_nothing_is_written_twice() {
    let hosted = channel();
    hosted.pull(7, |project| project.put("a.md", "", "One."));
    hosted.hub.break_down(2);
    hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    assert_eq!(hosted.hub.comments(7).len(), 1);
    let written = hosted.hub.requests().iter().filter(|request| request.starts_with("POST")).count();
    assert_eq!(written, 1);
}

#[test]
fn every_target_has_its_comment() {
    let config =
        "targets:\n  news: {chat: \"@sandbox\", default: true}\n  staging: {chat: \"-1001000000003\"}\n";
    let project = Project::new().config(config).post_with("a.md", "targets: [news, staging]", "Alpha.");
    let hosted = Hosted::new(project);
    hosted.pull(7, |project| project.put("a.md", "targets: [news, staging]", "Alpha two."));
    hosted.on_pull(7, REPOSITORY, &plan_only()).expect(0);
    let comments = hosted.hub.comments(7);
    assert_eq!(comments.len(), 2, "{comments:#?}");
    assert!(comments[0].contains("@sandbox") && comments[1].contains("-1001000000003"), "{comments:#?}");
    // A job for one of them writes that one's.
    hosted.push_to_pull(7, |project| project.put("a.md", "targets: [news, staging]", "Alpha three."));
    hosted.on_pull(7, REPOSITORY, &json!({"command": "plan", "target": "staging"})).expect(0);
    let comments = hosted.hub.comments(7);
    assert!(comments[0].contains("Alpha two.") && comments[1].contains("Alpha three."), "{comments:#?}");
}
