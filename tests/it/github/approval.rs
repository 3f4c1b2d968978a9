//! Approval is recomputed from git: what a merged pull request showed is applied, anything else is held.

use serde_json::json;

use super::{apply, channel, channel_with};
use crate::support::Project;
use crate::support::chat;
use crate::support::hosted::{Hosted, Merge};

fn texts(hosted: &Hosted) -> Vec<String> {
    hosted.project.texts()
}

#[test]
fn what_was_shown_is_published_however_it_is_merged() {
    for (number, how) in [(7, Merge::Commit), (8, Merge::Squash), (9, Merge::Rebase)] {
        let hosted = channel();
        hosted.pull(number, |project| project.put("a.md", "", "Shown."));
        hosted.push_to_pull(number, |project| project.put("c.md", "", "Gamma."));
        hosted.merge(number, how);
        let job = hosted.on_main("push", &apply()).expect(0);
        assert_eq!(texts(&hosted), ["Shown.", "Beta.", "Gamma."], "{how:?}");
        assert_eq!((job.output("done"), job.output("held"), job.output("failure_reason")), ("2", "0", ""));
        assert_eq!(job.output("lock_changed"), "true");
        assert!(job.output("published_urls").contains("https://t.me/sandbox/"), "{:?}", job.outputs);
        let comments = hosted.hub.comments(number);
        assert!(comments.len() == 1 && comments[0].contains("https://t.me/sandbox/"), "{comments:#?}");
        assert!(comments[0].contains("### Published to `news`"), "{comments:#?}");
        // The lock came to the branch, and nothing is left.
        hosted.on_main("schedule", &apply()).expect(0);
        assert_eq!(hosted.hub.comments(number).len(), 1);
        assert_eq!(texts(&hosted).len(), 3);
    }
}

#[test]
fn what_changed_between_approval_and_merge_is_held_and_the_rest_goes_on() {
    let hosted = channel();
    hosted.pull(7, |project| {
        project.put("a.md", "", "Shown.");
        project.put("c.md", "", "Gamma.");
    });
    hosted.merge(7, Merge::Squash);
    // A commit that came with it says something else than its last commit did: a conflict that was solved while merging.
    hosted.project.put("c.md", "", "Never shown.");
    hosted.project.commit("more");
    hosted.project.git_run(&["push", "--quiet", "origin", "main"]);
    let more = hosted.project.git_run(&["rev-parse", "HEAD"]);
    hosted.hub.merged(7, &[more]);

    let job = hosted.on_main("push", &apply()).expect(5);
    assert_eq!(texts(&hosted), ["Shown.", "Beta."]);
    assert_eq!(
        (job.output("done"), job.output("held"), job.output("failure_reason")),
        ("1", "1", "plan_changed")
    );
    assert!(job.summary.contains("- Gamma.") && job.summary.contains("+ Never shown."), "{}", job.summary);
    let report = job.project.report();
    assert_eq!(report["held"][0]["slug"], "c");

    // The next scheduled run holds it, too.
    let again = hosted.on_main("schedule", &apply()).expect(5);
    assert_eq!(texts(&hosted).len(), 2);
    // The printed step publishes it.
    let id = named(&again.run.all());
    hosted
        .on_main("workflow_dispatch", &json!({"command": "apply", "expect-plan": "p1-0000000000000000"}))
        .expect(5);
    assert_eq!(texts(&hosted).len(), 2, "another id approves nothing");
    hosted.on_main("workflow_dispatch", &json!({"command": "apply", "expect-plan": id})).expect(0);
    assert_eq!(texts(&hosted), ["Shown.", "Beta.", "Never shown."]);
    hosted.on_main("schedule", &apply()).expect(0);
}

#[test]
fn wording_and_time_change_nothing() {
    let hosted = channel();
    hosted.pull(7, |project| project.put("a.md", "", "Shown *here*."));
    hosted.merge(7, Merge::Squash);
    // A direct push reformats the file: other bytes, the same message.
    hosted.push(|project| project.put("a.md", "title: Other", "Shown _here_.\n\n"));
    hosted.project.server().advance(100_000);
    hosted.on_main("push", &apply()).expect(0);
    assert_eq!(texts(&hosted)[0], "Shown here.");
}

#[test]
fn a_push_approves_its_own_post_and_no_other() {
    let hosted = channel();
    hosted.push(|project| project.put("b.md", "", "Pushed."));
    let job = hosted.on_main("push", &apply()).expect(0);
    assert_eq!((texts(&hosted)[1].as_str(), job.output("held")), ("Pushed.", "0"));
}

#[test]
fn with_approval_plan_a_push_is_held() {
    let hosted = Hosted::new(
        Project::new()
            .config("targets:\n  news:\n    chat: \"@sandbox\"\n    approval: plan\n")
            .post("a.md", "Alpha."),
    );
    let job = hosted.on_main("push", &apply()).expect(5).says("`approval: plan` asks for one");
    assert_eq!((texts(&hosted).len(), job.output("failure_reason")), (0, "plan_changed"));
    hosted.pull(7, |project| project.put("b.md", "", "Beta."));
    hosted.merge(7, Merge::Commit);
    // The plan of the pull request showed both: whoever merged it saw what is still to be sent.
    hosted.on_main("push", &apply()).expect(0);
    assert_eq!(texts(&hosted), ["Alpha.", "Beta."]);
}

#[test]
fn a_review_is_needed_where_it_is_asked_for() {
    let hosted = Hosted::new(
        Project::new()
            .config(
                "targets:\n  news:\n    chat: \"@sandbox\"\n    approval: plan\n    require_review: true\n",
            )
            .post("a.md", "---"),
    );
    let early = hosted.pull(7, |project| project.put("a.md", "", "Alpha."));
    hosted.hub.review(7, "APPROVED", &early);
    let head = hosted.push_to_pull(7, |project| project.put("a.md", "", "Alpha two."));
    hosted.merge(7, Merge::Squash);
    hosted.on_main("push", &apply()).expect(5).says("no approving review");
    assert_eq!(texts(&hosted).len(), 0);
    hosted.hub.review(7, "APPROVED", &head);
    hosted.on_main("push", &apply()).expect(0);
    assert_eq!(texts(&hosted), ["Alpha two."]);
}

#[test]
fn with_approval_none_everything_goes_under_the_guard() {
    let hosted = channel_with("    approval: none\n");
    hosted.hub.deny("read");
    hosted.push(|project| project.put("b.md", "", "Pushed."));
    hosted.on_main("push", &apply()).expect(0);
    assert_eq!(texts(&hosted)[1], "Pushed.");
}

#[test]
fn three_quick_merges_are_all_published_once_though_a_run_is_cancelled() {
    let hosted = channel();
    for number in [7, 8, 9] {
        hosted.pull(number, |project| project.put(&format!("p{number}.md"), "", &format!("Post {number}.")));
    }
    hosted.merge(7, Merge::Squash);
    hosted.on_main("push", &apply()).expect(0);
    // The second run never begins; the third finds both.
    hosted.merge(8, Merge::Commit);
    hosted.merge(9, Merge::Rebase);
    let job = hosted.on_main("push", &apply()).expect(0);
    assert_eq!(texts(&hosted), ["Alpha.", "Beta.", "Post 7.", "Post 8.", "Post 9."]);
    assert_eq!(job.output("done"), "2");
    hosted.on_main("schedule", &apply()).expect(0);
    assert_eq!(texts(&hosted).len(), 5);
}

#[test]
fn three_quick_merges_are_all_published_once_though_a_run_dies_in_the_middle() {
    let hosted = channel();
    for number in [7, 8, 9] {
        hosted.pull(number, |project| {
            project.put(&format!("p{number}.md"), "", &format!("Post {number}."));
            project.put(&format!("q{number}.md"), "", &format!("More {number}."));
        });
    }
    hosted.merge(7, Merge::Squash);
    hosted.on_main("push", &apply()).expect(0);
    hosted.merge(8, Merge::Squash);
    // Its first post is in the channel, and nobody was told; of its second nothing is known.
    hosted.cancelled_on_main(&apply(), 1);
    hosted.merge(9, Merge::Squash);
    // What came past approval is not let through by the mending.
    hosted.pull(10, |project| project.put("p10.md", "", "Shown."));
    hosted.merge(10, Merge::Squash);
    hosted.project.put("p10.md", "", "Never shown.");
    let more = hosted.project.commit("more");
    hosted.project.git_run(&["push", "--quiet", "origin", "main"]);
    hosted.hub.merged(10, &[more]);
    let job = hosted.on_main("push", &apply()).expect(5);
    let wanted = ["Alpha.", "Beta.", "Post 7.", "More 7.", "Post 8.", "Post 9.", "More 8.", "More 9."];
    assert_eq!(texts(&hosted), wanted, "{}", job.run.all());
    assert_eq!(job.output("held"), "1");
    hosted.on_main("schedule", &apply()).expect(5);
    assert_eq!(texts(&hosted), wanted);
}

#[test]
fn what_others_posted_is_deleted_by_a_person_s_word_alone() {
    let hosted = channel_with("    foreign: delete\n");
    hosted.project.server().human(json!({"do": "post", "chat_id": chat::CHANNEL, "text": "Mine."}));
    let looking = json!({"command": "apply", "refresh": "true"});
    let job = hosted.on_main("schedule", &looking).expect(5).says("it deletes what somebody else posted");
    assert_eq!((texts(&hosted).len(), job.output("failure_reason")), (3, "plan_changed"));
    let id = named(&job.says("and `refresh` to `true`").run.all());
    let approved = json!({"command": "apply", "refresh": "true", "expect-plan": id});
    hosted.on_main("workflow_dispatch", &approved).expect(0);
    assert_eq!(texts(&hosted), ["Alpha.", "Beta."]);
    hosted.on_main("schedule", &looking).expect(0);
}

/// The id of a plan that a job names as the step to take.
fn named(said: &str) -> String {
    let words = "`expect-plan` set to `";
    said.split(words).nth(1).and_then(|rest| rest.split('`').next()).unwrap().to_owned()
}

#[test]
fn a_post_that_waited_is_published_when_its_time_comes() {
    let hosted = channel();
    let now = hosted.project.server().now_ms();
    let at = jiff::Timestamp::from_millisecond(now + 600_000).unwrap();
    hosted.pull(7, |project| {
        project.put("c.md", &format!("publish_at: \"{at}\""), "Later.");
        project.put("a.md", "", "Now.");
    });
    hosted.merge(7, Merge::Squash);
    hosted.on_main("push", &apply()).expect(0);
    assert_eq!(texts(&hosted), ["Now.", "Beta."]);
    hosted.project.server().advance(700);
    let job = hosted.on_main("schedule", &apply()).expect(0);
    assert_eq!((texts(&hosted)[2].as_str(), job.output("held")), ("Later.", "0"));
}

#[test]
fn a_shallow_clone_can_not_tell_what_was_approved() {
    let hosted = channel();
    for number in 0..3 {
        hosted.push(|project| project.put("b.md", "", &format!("Pushed {number}.")));
    }
    let shallow = hosted.project.clone_of_remote("shallow", &["--depth=1"]);
    let job = hosted.run_in(shallow, 50, ("push", &json!({}), "refs/heads/main"), &apply());
    job.expect(5).says("fetch-depth: 0");
    assert_eq!(texts(&hosted)[1], "Beta.");
}
