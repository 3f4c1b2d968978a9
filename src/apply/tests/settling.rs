//! Sends that nobody saw the end of: what became of them is found out, whatever happens meanwhile.

use super::super::Rules;
use super::super::settle::Verdict;
use super::super::testing::{Ended, Fault, Stage};
use super::{busy, lists, three};
use crate::plan::testing::Paper;

/// What a run settled: ids, `absent`, `ask`.
fn settled(report: &super::Report) -> String {
    let one = |verdict: &Verdict| match verdict {
        Verdict::Adopt(ids) => ids.iter().map(|id| format!("{id} ")).collect::<String>(),
        Verdict::Absent => "absent ".to_owned(),
        Verdict::Ask(_) => "ask ".to_owned(),
        Verdict::Later(_) => "later ".to_owned(),
    };
    report.settled.iter().map(|settled| one(&settled.verdict)).collect()
}

async fn converges(stage: &mut Stage, seen: &[&str], context: &str) {
    let report = stage.run(None).await.report();
    assert_eq!(report.in_doubt.len(), 0, "{context}");
    stage.run(None).await.report();
    assert_eq!(
        (stage.seen(), stage.rest()),
        (seen.iter().map(ToString::to_string).collect(), String::new()),
        "{context}"
    );
    stage.check_books();
    let watch = stage.lock().target(&stage.paper.target()).watch;
    assert!(watch.markers.is_empty() && watch.strays.is_empty(), "{context}: {watch:?}");
}

#[tokio::test]
async fn a_send_without_an_answer_is_settled_on_the_spot() {
    for (edits_others, fault, expected) in [
        (false, Fault::LostAnswer, "2 "),
        (false, Fault::lost(), "absent "),
        (false, Fault::Late(20), "2 "),
        (false, Fault::Late(100), "2 "),
        (true, Fault::LostAnswer, "2 "),
        (true, Fault::lost(), "absent "),
        (true, Fault::Late(100), "2 "),
    ] {
        let context = format!("{edits_others} {fault:?}");
        let mut stage = Stage::applied(Paper::new().posts("a: A"), |_| three()).await;
        if edits_others {
            stage = stage.edits_others();
        }
        stage.fault("send", fault);
        let report = stage.run(None).await.report();
        assert_eq!(
            (lists(&report).as_str(), settled(&report).as_str()),
            (if expected == "2 " { "done: +b +c ~b " } else { "done: +b +c " }, expected),
            "{context}"
        );
        converges(&mut stage, &["A", "B", "C"], &context).await;
    }
}

#[tokio::test]
async fn the_first_send_of_all_is_settled_too() {
    for edits_others in [false, true] {
        for fault in [Fault::LostAnswer, Fault::lost(), Fault::Late(100)] {
            let mut stage = Stage::new(three());
            let is_there = !matches!(fault, Fault::Error(_));
            stage.fault("send", fault);
            if edits_others {
                stage = stage.edits_others();
            }
            let report = stage.run(None).await.report();
            // What was found there is made sure of.
            let made_sure = if is_there { "~a " } else { "" };
            assert_eq!(lists(&report), format!("done: +a +b +c {made_sure}"));
            converges(&mut stage, &["A", "B", "C"], "first").await;
        }
    }
}

#[tokio::test]
async fn what_arrives_after_any_wait_is_found_and_removed() {
    // Updates, which tell whose it is where the bot may edit posts of others, are kept for a day.
    for (edits_others, hours) in [(false, 28), (true, 20)] {
        let mut stage = Stage::new(three());
        if edits_others {
            stage = stage.edits_others();
        }
        stage.fault("send", Fault::Late((hours - 1) * 3600));
        let report = stage.run(None).await.report();
        assert_eq!((lists(&report).as_str(), settled(&report).as_str()), ("done: +a +b +c ", "absent "));
        stage.advance(hours);
        stage.change(|paper| paper.posts("d: D"));
        stage.run(None).await.report();
        // It landed before the next send, and was found by it.
        assert_eq!(stage.seen(), ["A", "B", "C", "D"]);
        converges(&mut stage, &["A", "B", "C", "D"], "late").await;
    }
}

#[tokio::test]
async fn people_in_the_window_change_nothing() {
    for edits_others in [false, true] {
        for fault in [Fault::LostAnswer, Fault::lost()] {
            let mut stage = Stage::applied(Paper::new().posts("a: A"), |_| three()).await;
            if edits_others {
                stage = stage.edits_others();
            }
            for _ in 0..3 {
                stage.human();
            }
            stage.delete(3);
            stage.foreign.retain(|id| id.0 != 3);
            stage.fault("send", fault);
            stage.run(None).await.report();
            assert_eq!(stage.seen(), ["A", "hello", "hello", "B", "C"]);
            converges(&mut stage, &["A", "hello", "hello", "B", "C"], "people").await;
        }
    }
}

#[tokio::test]
async fn an_album_is_settled_as_one() {
    for fault in [Fault::LostAnswer, Fault::lost(), Fault::Late(600), Fault::Late(20)] {
        let album = Paper::new().post("p", "", "-").attach("p", &["a.jpg=1:x b.jpg=2 c.jpg=3"]).posts("q: Q");
        let mut stage = Stage::new(album);
        let is_there = !matches!(fault, Fault::Error(_));
        stage.fault("send", fault);
        let report = stage.run(None).await.report();
        assert_eq!(lists(&report), format!("done: +p +q {}", if is_there { "~p " } else { "" }));
        converges(&mut stage, &["[photo 1]x", "[photo 2]", "[photo 3]", "Q"], "album").await;
    }
}

#[tokio::test]
async fn an_edit_that_arrives_late_has_not_the_last_word() {
    let mut stage = Stage::applied(three(), |paper| paper.posts("a: A2")).await;
    for _ in 0..4 {
        stage.fault("edit", Fault::Late(100));
    }
    stage.run(None).await.report();
    stage.change(|paper| paper.posts("a: A3"));
    stage.run(None).await.report();
    stage.advance(1);
    stage.run(None).await.report();
    assert_eq!(stage.seen()[0], "A3");
    // Without the wait it does.
    let mut stage = Stage::applied(three(), |paper| paper.posts("a: A2")).await;
    stage.rules = Rules { edit_waits: false, ..Rules::default() };
    for _ in 0..4 {
        stage.fault("edit", Fault::Late(100));
    }
    stage.run(None).await.report();
    stage.change(|paper| paper.posts("a: A3"));
    stage.run(None).await.report();
    stage.advance(1);
    stage.change(|paper| paper.posts("z: Z"));
    stage.run(None).await.report();
    assert_eq!((stage.seen()[0].as_str(), stage.rest().as_str()), ("A2", ""));
}

#[tokio::test]
async fn what_can_not_be_told_is_asked_once() {
    let mut stage = Stage::new(three()).blind();
    stage.fault("send", Fault::LostAnswer);
    assert_eq!(lists(&stage.run(None).await.report()), "skipped: +b +c in doubt: +a ");
    assert_eq!(stage.seen(), ["A"], "no marker stays");
    stage.chat().blind = false;
    let report = stage.run(None).await.report();
    assert_eq!(lists(&report), "done: ~a +b +c ", "it could not be asked then, and now it can");
    converges(&mut stage, &["A", "B", "C"], "asked").await;
}

/// Die at every step of a run in which a send has no answer, and run again: each post is there once, without a question.
async fn die_everywhere(prepare: impl AsyncFn() -> Stage, fault: Option<Fault>) {
    let mut whole = prepare().await;
    whole.run(None).await.report();
    whole.run(None).await.report();
    let mut steps = 0;
    loop {
        let context = format!("step {steps}, {fault:?}");
        let mut stage = prepare().await;
        if let Some(fault) = &fault {
            stage.fault("send", fault.clone());
        }
        let ended = stage.run_until(steps).await;
        let report = stage.run(None).await.report();
        assert_eq!(report.planned(), report.done.len(), "{context}: {}", lists(&report));
        stage.run(None).await.report();
        assert_eq!(stage.places(), whole.places(), "{context}");
        assert_eq!(stage.rest(), "", "{context}");
        stage.check_books();
        if !matches!(ended, Ended::Died) {
            return assert!(steps > 20);
        }
        steps += 1;
    }
}

fn linked() -> Paper {
    Paper::new()
        .post("a", "date: 2026-01-01\npin: true", "[c](post:c)")
        .post("b", "reply_to: a", "B\n\n~~~~\n\nB2")
        .posts("c: [a](post:a)")
}

#[tokio::test]
async fn a_run_may_die_anywhere_and_nothing_is_asked() {
    for edits_others in [false, true] {
        let first = async || {
            let mut stage = Stage::new(linked());
            if edits_others {
                stage = stage.edits_others();
            }
            stage
        };
        for fault in [None, Some(Fault::LostAnswer), Some(Fault::Late(50)), Some(Fault::lost())] {
            die_everywhere(first, fault).await;
        }
    }
}

#[tokio::test]
async fn a_busy_run_may_die_anywhere_and_nothing_is_asked() {
    die_everywhere(busy, None).await;
    die_everywhere(busy, Some(Fault::Late(50))).await;
    die_everywhere(async || busy().await.edits_others(), Some(Fault::LostAnswer)).await;
}
