//! Runs on paper: what goes wrong with a call, and runs that end anywhere.
#![expect(clippy::format_collect, reason = "test output is written plainly")]

mod media;
mod settling;

use std::collections::BTreeSet;

use super::testing::{Ended, Fault, Stage};
use super::{Item, List, Report, refused};
use crate::ids::ChangeId;
use crate::plan::testing::{Paper, policy, slug};
use crate::plan::{OnMissing, OnUndeletable};
use crate::ports::RefusalKind;

fn three() -> Paper {
    Paper::new().posts("a: A\nb: B\nc: C")
}

fn slugs(items: &[Item]) -> String {
    items.iter().map(|item| format!("{}{} ", item.verb.sign(), item.slug)).collect()
}

/// The lists of a report, those that hold something.
fn lists(report: &Report) -> String {
    [
        ("done", &report.done),
        ("skipped", &report.skipped),
        ("in doubt", &report.in_doubt),
        ("failed", &report.failed),
        ("held", &report.held),
    ]
    .into_iter()
    .filter(|(_, items)| !items.is_empty())
    .map(|(name, items)| format!("{name}: {}", slugs(items)))
    .collect()
}

/// Every planned change is in one list, and in no other.
fn check_lists(report: &Report, planned: &[ChangeId]) {
    let items = [&report.done, &report.skipped, &report.in_doubt, &report.failed, &report.held];
    let told: Vec<&ChangeId> = items.into_iter().flatten().map(|item| &item.change).collect();
    let once: BTreeSet<&ChangeId> = told.iter().copied().collect();
    assert_eq!(told.len(), once.len(), "{}", lists(report));
    assert!(planned.iter().all(|id| once.contains(id)), "{}", lists(report));
}

#[tokio::test]
async fn posts_are_sent_in_order_with_replies_links_and_pins() {
    let paper = Paper::new()
        .post("a", "date: 2026-01-01\npin: true", "[c](post:c) [a](post:a)")
        .post("b", "date: 2026-01-02\nreply_to: a", "[a](post:a)")
        .posts("c: C");
    let mut stage = Stage::new(paper);
    let report = stage.run(None).await.report();
    assert_eq!(lists(&report), "done: +a +b +c ~a ~a ");
    let link = |id: i32, text: &str| format!("<a href=\"https://t.me/c/1000000001/{id}\">{text}</a>");
    let a = format!("{} {}*", link(3, "c"), link(1, "a"));
    assert_eq!(stage.seen(), [a, format!("{}^1", link(1, "a")), "C".to_owned()]);
    assert_eq!(stage.rest(), "");
    stage.check_books();
    assert_eq!(stage.lock().serial, 1);
    let target = stage.lock().target(&stage.paper.target());
    assert_eq!((target.applying, target.applied.unwrap().commit.as_deref()), (None, Some("c0ffee")));
    assert_eq!(stage.chat().calls, ["send", "send", "send", "edit 1", "pin 1"]);
}

#[tokio::test]
async fn a_second_run_calls_nobody() {
    let mut stage = Stage::applied(three(), |paper| paper).await;
    let (calls, lock) = (stage.chat().calls.len(), stage.lock());
    assert_eq!(lists(&stage.run(None).await.report()), "");
    assert_eq!((stage.chat().calls.len(), stage.lock()), (calls, lock));
}

#[tokio::test]
async fn retry_after_is_waited_for_and_a_refusal_costs_one_post() {
    let mut stage = Stage::new(three());
    stage.fault("send", Fault::wait(35));
    stage.fault("send", Fault::Error(crate::ports::CallError::Unreachable("no route".into())));
    stage.fault("send", Fault::refuse(RefusalKind::Content));
    let report = stage.run(None).await.report();
    assert_eq!(lists(&report), "done: +b +c failed: +a ");
    assert_eq!(stage.seen(), ["B", "C"]);
    assert!(stage.clock.slept.lock().unwrap().starts_with(&[35, 1]), "{:?}", stage.clock.slept);
    assert_eq!(stage.rest(), "+ a: new [send0]\n");
    assert!(stage.lock().target(&stage.paper.target()).applying.is_some());
}

#[tokio::test]
async fn a_send_in_doubt_holds_back_later_sends_and_nothing_else() {
    let there = three().posts("d: D\ne: E");
    for fault in [Fault::lost(), Fault::LostAnswer] {
        let mut stage = Stage::applied(there.clone().without("b").without("c"), |paper| {
            paper.posts("a: A2\nb: B\nc: C").post("d", "status: archived", "D").post("e", "pin: true", "E")
        })
        .await
        .blind();
        stage.fault("send", fault);
        let report = stage.run(None).await.report();
        assert_eq!(lists(&report), "done: ~a ~e -d skipped: +c in doubt: +b ");
        assert!(report.behind_doubt);
        assert_eq!(stage.rest(), "! b: in doubt, new [send0]\n! c: behind a send in doubt, new [send0]\n");
        assert_eq!(stage.decide_doubts(), 1);
        stage.run(None).await.report();
        assert_eq!(stage.seen(), ["A2", "E*", "B", "C"]);
        assert_eq!(stage.rest(), "");
        stage.check_books();
    }
}

#[tokio::test]
async fn a_doubt_is_a_matter_of_its_chat() {
    let shared = policy("more", -1_001_000_000_001);
    let other = policy("other", -1_001_000_000_002);
    let mut stage =
        Stage::new(Paper::new().posts("a: A").with(|p| p.policies.extend([shared, other]))).blind();
    stage.fault("send", Fault::lost());
    let report = stage.run(None).await.report();
    let where_to = |items: &[Item]| items.iter().map(|item| item.target.to_string()).collect::<Vec<_>>();
    assert_eq!(where_to(&report.in_doubt), ["news"]);
    assert_eq!(where_to(&report.skipped), ["more"], "the same chat");
    assert_eq!(where_to(&report.done), ["other"]);
    assert_eq!(stage.seen_in(-1_001_000_000_002), ["A"]);
}

#[tokio::test]
async fn edits_are_repeated_until_they_are_known_to_be_done() {
    let change = |paper: Paper| paper.posts("a: A2");
    let mut stage = Stage::applied(three(), change).await;
    stage.fault("edit", Fault::LostAnswer);
    stage.fault("edit", Fault::lost());
    assert_eq!(lists(&stage.run(None).await.report()), "done: ~a ");
    assert_eq!((stage.seen()[0].as_str(), stage.rest()), ("A2", String::new()));
}

#[tokio::test]
async fn an_edit_nobody_saw_the_end_of_is_asserted_even_when_it_is_not_wanted_any_more() {
    let mut stage = Stage::applied(three(), |paper| paper.posts("a: A2")).await;
    stage.wake_up();
    let approved = stage.paper.id();
    for _ in 0..4 {
        stage.fault("edit", Fault::LostAnswer);
    }
    let report = stage.run(None).await.report();
    assert_eq!(lists(&report), "failed: ~a ");
    assert_eq!(stage.seen()[0], "A2");
    stage.wake_up();
    assert_eq!(stage.paper.id(), approved, "what was approved stays so");
    stage.change(|paper| paper.posts("a: A"));
    stage.run(None).await.report();
    assert_eq!((stage.seen()[0].as_str(), stage.rest()), ("A", String::new()));
}

#[tokio::test]
async fn what_people_deleted_is_sent_again_with_all_that_follows() {
    let paper = Paper::new().post("a", "pin: true", "A").posts("b: [a](post:a)\nc: C");
    let mut stage = Stage::applied(paper, |paper| paper.post("a", "pin: true", "A2")).await;
    stage.delete(1);
    let report = stage.run(None).await.report();
    assert_eq!(lists(&report), "done: ^a ~b ~a ");
    assert_eq!(stage.seen(), ["<a href=\"https://t.me/c/1000000001/4\">a</a>", "C", "A2*"]);
    assert_eq!(stage.rest(), "");
    stage.check_books();
}

#[tokio::test]
async fn restores_respect_the_config_and_the_guard() {
    let edited = |paper: Paper| paper.posts("a: A2\nb: B2");
    for (on_missing, allowed, max_sends, expected, seen) in [
        (OnMissing::Restore, false, 2, "done: ^a ^b ", vec!["C", "A2", "B2"]),
        (OnMissing::Restore, false, 1, "done: ^a failed: ~b ", vec!["C", "A2"]),
        (OnMissing::Restore, true, 1, "done: ^a ^b ", vec!["C", "A2", "B2"]),
        (OnMissing::Report, true, 9, "failed: ~a ~b ", vec!["C"]),
        (OnMissing::Forget, true, 9, "done: ~a ~b ", vec!["C"]),
    ] {
        let mut stage = Stage::applied(three(), edited).await;
        stage.paper.policy().on_missing = on_missing;
        stage.paper.policy().guard.max_sends = max_sends;
        stage.sends_allowed = allowed;
        stage.delete(1);
        stage.delete(2);
        assert_eq!(lists(&stage.run(None).await.report()), expected);
        assert_eq!(stage.seen(), seen);
    }
}

#[tokio::test]
async fn a_restore_in_doubt_is_decided_like_any_send() {
    for fault in [Fault::lost(), Fault::LostAnswer] {
        let mut stage = Stage::applied(three(), |paper| paper.posts("a: A2")).await.blind();
        let plan = {
            stage.wake_up();
            stage.paper.id()
        };
        stage.delete(1);
        stage.fault("edit", Fault::refuse(RefusalKind::Gone));
        stage.fault("send", fault);
        assert_eq!(lists(&stage.run(Some(&plan)).await.report()), "in doubt: ~a ");
        assert_eq!(stage.decide_doubts(), 1);
        stage.run(Some(&plan)).await.report();
        assert_eq!((stage.seen(), stage.rest()), (vec!["B".into(), "C".into(), "A2".into()], String::new()));
        stage.check_books();
    }
}

#[tokio::test]
async fn what_can_not_be_deleted_is_buried_or_kept_and_comes_back_in_place() {
    let archived = |paper: Paper| paper.post("a", "status: archived\npin: false", "A");
    for (policy, buried) in [(OnUndeletable::Tombstone, "removed"), (OnUndeletable::Keep, "A")] {
        // Planned as a removal, too old when its turn comes.
        let mut stage = Stage::applied(three(), archived).await;
        stage.paper.policy().on_undeletable = policy;
        stage.fault("delete", Fault::refuse(RefusalKind::NotDeletable));
        assert_eq!(lists(&stage.run(None).await.report()), "done: -a ");
        assert_eq!((stage.seen()[0].as_str(), stage.rest()), (buried, String::new()));
        // Known to be too old.
        let mut stage = Stage::applied(three(), archived).await;
        stage.paper.policy().on_undeletable = policy;
        stage.advance(48);
        assert_eq!(lists(&stage.run(None).await.report()), "done: -a ");
        assert_eq!((stage.seen()[0].as_str(), stage.rest()), (buried, String::new()));
        stage.change(|paper| paper.posts("a: A"));
        assert_eq!(lists(&stage.run(None).await.report()), "done: ~a ");
        assert_eq!((stage.seen()[0].as_str(), stage.rest()), ("A", String::new()));
        stage.change(archived);
        assert_eq!(lists(&stage.run(None).await.report()), "done: -a ", "and goes again");
        assert_eq!((stage.seen()[0].as_str(), stage.rest()), (buried, String::new()));
    }
}

#[tokio::test]
async fn messages_of_people_are_never_touched() {
    let mut stage = Stage::applied(three(), |paper| paper.posts("a: A2\nd: D").without("b")).await;
    stage.human();
    stage.paper.scope.prune = true;
    stage.run(None).await.report();
    assert_eq!(stage.seen(), ["A2", "C", "hello", "D"]);
    assert!(stage.chat().calls.iter().all(|call| !call.ends_with(" 4")));
    stage.check_books();
}

#[tokio::test]
async fn after_a_lost_right_nothing_more_is_tried() {
    let mut stage = Stage::new(three());
    stage.fault("send", Fault::refuse(RefusalKind::Access));
    let report = stage.run(None).await.report();
    assert_eq!(lists(&report), "skipped: +b +c failed: +a ");
    assert_eq!(report.skipped[0].why, "not tried after: Access");
    assert_eq!(stage.chat().calls, ["send"]);
}

#[tokio::test]
async fn a_wish_to_end_is_heard_between_calls_and_while_waiting() {
    for (from, fault, seen) in [(1, None, vec!["A"]), (600, Some(Fault::wait(600)), vec![])] {
        let mut stage = Stage::new(three());
        *stage.clock.stop.lock().unwrap() = Some((from, stage.stop.clone()));
        if let Some(fault) = fault {
            stage.fault("send", fault);
        }
        let report = stage.run(None).await.report();
        assert!(report.interrupted);
        assert_eq!(report.skipped.len() + report.done.len(), 3);
        assert_eq!(stage.seen(), seen);
        *stage.clock.stop.lock().unwrap() = None;
        stage.stop = super::Stop::default();
        stage.run(None).await.report();
        assert_eq!((stage.seen(), stage.rest()), (vec!["A".into(), "B".into(), "C".into()], String::new()));
    }
}

#[tokio::test]
async fn an_approval_of_several_targets_outlives_a_failure_in_one() {
    let several = |p: &mut Paper| p.policies.push(policy("other", -1_001_000_000_002));
    let mut stage =
        Stage::new(three().post("d", "publish_at: 2026-11-21T00:00:00Z\npin: true", "D").with(several));
    let approved = stage.paper.id();
    stage.fault("send", Fault::refuse(RefusalKind::Other));
    let report = stage.run(Some(&approved)).await.report();
    assert_eq!((report.failed.len(), report.done.len()), (1, 5));
    assert_eq!(stage.lock().targets.values().filter(|target| target.applied.is_some()).count(), 0);
    stage.run(Some(&approved)).await.report();
    assert!(stage.lock().targets.values().all(|target| target.applied.as_ref().unwrap().plan == approved));
    stage.advance(14);
    let report = stage.run(Some(&approved)).await.report();
    assert_eq!(lists(&report), "done: +d ~d +d ~d ", "what waited for its time was approved with the rest");
    assert!(stage.lock().targets.values().all(|target| target.applying.is_none()));
    stage.run(Some(&approved)).await.report();
    stage.change(|paper| paper.posts("a: A2"));
    stage.wake_up();
    assert!(!super::is_approved(&stage.paper.whole_plan(), &stage.lock(), &approved));
}

#[tokio::test]
async fn a_narrowed_run_does_not_claim_the_commit() {
    let mut stage = Stage::new(three());
    let only = globset::GlobSetBuilder::new().add(globset::Glob::new("a").unwrap()).build().unwrap();
    stage.paper.scope.only = Some(only);
    assert_eq!(lists(&stage.run(None).await.report()), "done: +a ");
    let target = stage.lock().target(&stage.paper.target());
    assert_eq!((target.applied, target.applying), (None, None));
}

#[test]
fn a_plan_that_is_refused_is_reported_whole() {
    let paper = three().post("d", "publish_at: 2027-01-01T00:00:00Z", "D");
    let report = refused(&paper.whole_plan(), List::Held, "not approved");
    assert_eq!(lists(&report), "skipped: @d held: +a +b +c ");
    assert_eq!(report.held[0].why, "not approved");
}

/// What is in the chat and what is to become of it: something for every kind of step.
async fn busy() -> Stage {
    let many = |lines: &[&str]| lines.join("\n\n~~~~\n\n");
    let before = Paper::new()
        .posts("edited: one\ngone: G\nlinked: [gone](post:gone)\nrenamed: R")
        .post("buried", "", &many(&["x", "y"]))
        .post("removed", "", &many(&["p", "q"]))
        .post("unpinned", "pin: true", "U")
        .post("shrinks", "", &many(&["1", "2", "3"]))
        .post("grows", "", "only");
    let mut stage = Stage::applied(before.clone().without("removed").without("shrinks"), |_| before).await;
    stage.advance(47);
    stage.run(None).await.report();
    stage.advance(2);
    stage.human();
    stage.change(|paper| {
        paper
            .posts("edited: two [new](post:new)\ngone: G2")
            .without("renamed")
            .post("moved", "renamed_from: renamed", "R2")
            .post("buried", "status: archived", "x")
            .post("removed", "status: archived", "p")
            .posts("unpinned: U")
            .post("shrinks", "", "1\n\n~~~~\n\nII")
            .post("grows", "", "only\n\n~~~~\n\nnot")
            .post("new", "pin: true", "N [later](post:zlast)\n\n~~~~\n\nN2")
            .post("reply", "reply_to: new", "Re")
            .posts("zlast: Z")
    });
    stage
}

#[tokio::test]
async fn every_kind_of_step_comes_to_its_end() {
    let mut stage = busy().await;
    stage.delete(3);
    let report = stage.run(None).await.report();
    assert_eq!(report.planned(), report.done.len(), "{}", lists(&report));
    assert_eq!(stage.rest(), "");
    stage.check_books();
}

/// Die at every step of a run, decide what is in doubt, run again: nothing is there twice, nothing is missing.
async fn die_everywhere(prepare: impl AsyncFn() -> Stage, same_approval: bool) {
    let mut whole = prepare().await;
    whole.wake_up();
    let approved = whole.paper.id();
    whole.run(None).await.report();
    let mut steps = 0;
    loop {
        let mut stage = prepare().await.blind();
        if !matches!(stage.run_until(steps).await, Ended::Died) {
            assert!(steps > 20, "a run has many steps");
            break;
        }
        let doubts = stage.decide_doubts();
        assert!(doubts <= 1, "step {steps}: {doubts} doubts");
        let report = stage.run(same_approval.then_some(&approved)).await.report();
        assert_eq!(report.planned(), report.done.len(), "step {steps}: {}", lists(&report));
        assert_eq!(stage.seen(), whole.seen(), "step {steps}");
        assert_eq!(stage.rest(), "", "step {steps}");
        stage.check_books();
        steps += 1;
    }
}

#[tokio::test]
async fn a_run_may_die_anywhere() {
    die_everywhere(busy, true).await;
}

#[tokio::test]
async fn the_very_first_run_may_die_anywhere() {
    let paper = Paper::new()
        .post("a", "date: 2026-01-01\npin: true", "[c](post:c)")
        .post("b", "reply_to: a", "B\n\n~~~~\n\nB2")
        .posts("c: [a](post:a)");
    die_everywhere(async || Stage::new(paper.clone()), true).await;
}

#[tokio::test]
async fn a_restore_may_die_anywhere() {
    let paper = Paper::new().post("a", "pin: true", "A").posts("b: [a](post:a)\nc: C");
    let deleted = async || {
        let mut stage =
            Stage::applied(paper.clone(), |paper| paper.post("a", "pin: true", "A2").posts("d: D")).await;
        stage.delete(1);
        stage.wake_up();
        stage
    };
    // Edited links and pins that a restore entails were in no plan: an approval of one may not hold.
    die_everywhere(deleted, false).await;
}

#[tokio::test]
async fn a_run_may_die_twice() {
    let first = async || Stage::new(three().post("a", "pin: true", "[c](post:c)"));
    let mut whole = first().await;
    whole.run(None).await.report();
    for one in 0.. {
        for two in 0.. {
            let mut stage = first().await.blind();
            if !matches!(stage.run_until(one).await, Ended::Died) {
                return assert!(one > 20);
            }
            stage.decide_doubts();
            let again = stage.run_until(two).await;
            stage.decide_doubts();
            stage.run(None).await.report();
            assert_eq!((stage.seen(), stage.rest()), (whole.seen(), String::new()), "{one}, then {two}");
            stage.check_books();
            if !matches!(again, Ended::Died) {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_disk_that_fails_costs_no_message_and_the_report_holds_every_change() {
    for all in [false, true] {
        for at in 0.. {
            let mut stage = busy().await.blind();
            stage.wake_up();
            let planned: Vec<ChangeId> =
                stage.paper.whole_plan().changes().map(|(_, change)| change.id.clone()).collect();
            let mut whole = busy().await;
            whole.run(None).await.report();
            stage.fail_from(at, all);
            let Ended::Result(report, result) = stage.run(None).await else { panic!("it lives") };
            check_lists(&report, &planned);
            stage.fail_never();
            let failed = result.is_err();
            assert!(stage.decide_doubts() <= 1);
            stage.run(None).await.report();
            assert_eq!((stage.seen(), stage.rest()), (whole.seen(), String::new()), "operation {at}");
            stage.check_books();
            if !failed {
                assert!(at > 20);
                break;
            }
        }
    }
}

#[tokio::test]
async fn the_slug_of_a_doubt_may_change() {
    let mut stage = Stage::new(three()).blind();
    stage.fault("send", Fault::LostAnswer);
    stage.run(None).await.report();
    stage.change(|paper| paper.without("a").post("z", "renamed_from: a", "A"));
    stage.wake_up();
    assert!(stage.rest().contains("! z: behind a send in doubt"), "{}", stage.rest());
    assert_eq!(stage.decide_doubts(), 1);
    stage.run(None).await.report();
    assert_eq!(stage.seen(), ["A", "B", "C"]);
    assert!(stage.lock().target(&stage.paper.target()).posts.contains_key(&slug("z")));
    assert_eq!(stage.rest(), "");
}
