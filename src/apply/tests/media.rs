//! Runs with files: albums, re-sends, files that Telegram has already.

use super::super::testing::{Fault, Stage};
use super::{die_everywhere, lists};
use crate::plan::OnUndeletable;
use crate::plan::testing::Paper;
use crate::ports::RefusalKind;

fn album(files: &str) -> Paper {
    Paper::new().post("p", "", "-").attach("p", &[files]).posts("q: Q")
}

async fn applied(from: &str, to: &str) -> Stage {
    Stage::applied(album(from), |paper| paper.attach("p", &[to])).await
}

#[tokio::test]
async fn an_album_is_one_call_and_its_edits_are_single() {
    let mut stage = applied("a.jpg=1:x b.jpg=2 c.jpg=3", "a.jpg=1:x b.jpg=4 c.jpg=3:y").await;
    assert_eq!(stage.seen(), ["[photo 1]x", "[photo 2]", "[photo 3]", "Q"]);
    assert_eq!(lists(&stage.run(None).await.report()), "done: ~p ");
    assert_eq!(stage.seen(), ["[photo 1]x", "[photo 4]", "[photo 3]y", "Q"]);
    assert_eq!(stage.chat().calls, ["send", "send", "edit 2", "caption 3"]);
    assert_eq!(stage.chat().uploads, ["1", "2", "3", "4"]);
    assert_eq!(stage.rest(), "");
    stage.check_books();
}

#[tokio::test]
async fn nothing_is_uploaded_twice() {
    let mut stage = applied("a.jpg=1:x b.jpg=2 c.jpg=3", "c.jpg=3 a.jpg=1 b.jpg=2:x").await;
    stage.run(None).await.report();
    assert_eq!(stage.seen()[..3], ["[photo 3]", "[photo 1]", "[photo 2]x"], "moved");
    stage
        .change(|paper| paper.attach("p", &["a.jpg=1 b.jpg=2"]).post("r", "", "-").attach("r", &["x.jpg=3"]));
    stage.run(None).await.report();
    assert_eq!(
        stage.seen(),
        ["Q", "[photo 1]", "[photo 2]", "[photo 3]"],
        "sent anew, and with another post"
    );
    stage.delete(5);
    stage.change(|paper| paper.attach("p", &["a.jpg=1:back b.jpg=2"]));
    stage.run(None).await.report();
    assert_eq!(stage.seen(), ["Q", "[photo 3]", "[photo 1]back", "[photo 2]"], "restored");
    assert_eq!(stage.chat().uploads, ["1", "2", "3"]);
    assert_eq!(stage.rest(), "");
    stage.check_books();
}

#[tokio::test]
async fn a_file_the_server_forgot_is_uploaded_in_the_same_step() {
    for (method, to, seen) in [
        ("edit", "b.jpg=2 a.jpg=1", ["[photo 2]", "[photo 1]", "Q"].as_slice()),
        ("send", "a.jpg=1 b.jpg=2 c.jpg=3", &["Q", "[photo 1]", "[photo 2]", "[photo 3]"]),
    ] {
        let mut stage = applied("a.jpg=1 b.jpg=2", to).await;
        stage.fault(method, Fault::refuse(RefusalKind::UnknownFile));
        stage.run(None).await.report();
        assert_eq!(
            (stage.seen(), stage.rest()),
            (seen.iter().map(ToString::to_string).collect(), String::new())
        );
        stage.check_books();
        let mut refused = applied("a.jpg=1 b.jpg=2", "a.jpg=3 b.jpg=2").await;
        refused.fault("edit", Fault::refuse(RefusalKind::UnknownFile));
        assert_eq!(lists(&refused.run(None).await.report()), "failed: ~p ", "nothing to upload instead");
    }
}

#[tokio::test]
async fn an_album_somebody_cut_is_sent_anew_whole() {
    let mut stage = applied("a.jpg=1 b.jpg=2 c.jpg=3", "a.jpg=1:x b.jpg=2:y c.jpg=3:z").await;
    stage.delete(2);
    let report = stage.run(None).await.report();
    assert_eq!(lists(&report), "done: ^p -p ");
    assert_eq!(stage.seen(), ["Q", "[photo 1]x", "[photo 2]y", "[photo 3]z"]);
    assert_eq!(stage.chat().uploads.len(), 3);
    assert_eq!(stage.rest(), "");
    stage.check_books();
}

#[tokio::test]
async fn an_album_in_doubt_is_decided_as_one() {
    for (fault, seen) in [
        (Fault::LostAnswer, ["[photo 1]", "[photo 2]", "Q"]),
        (Fault::lost(), ["[photo 1]", "[photo 2]", "Q"]),
    ] {
        let mut stage = Stage::new(album("a.jpg=1 b.jpg=2")).blind();
        stage.fault("send", fault);
        assert_eq!(lists(&stage.run(None).await.report()), "skipped: +q in doubt: +p ");
        assert_eq!(stage.decide_doubts(), 1);
        stage.run(None).await.report();
        assert_eq!((stage.seen(), stage.rest()), (seen.map(str::to_owned).to_vec(), String::new()));
        stage.check_books();
    }
}

#[tokio::test]
async fn a_resend_in_doubt_loses_nothing() {
    for fault in [Fault::LostAnswer, Fault::lost()] {
        let mut stage = applied("a.jpg=1 b.jpg=2", "a.jpg=1 b.jpg=2 c.jpg=3").await.blind();
        stage.wake_up();
        let approved = stage.paper.id();
        stage.fault("send", fault);
        assert_eq!(lists(&stage.run(Some(&approved)).await.report()), "in doubt: -/+p ");
        assert_eq!(stage.seen()[..2], ["[photo 1]", "[photo 2]"], "the old ones are still there");
        stage.decide_doubts();
        stage.run(Some(&approved)).await.report();
        assert_eq!(stage.seen(), ["Q", "[photo 1]", "[photo 2]", "[photo 3]"]);
        assert_eq!(stage.rest(), "");
        stage.check_books();
    }
}

#[tokio::test]
async fn old_messages_that_can_not_be_deleted_stay_and_are_known() {
    for (policy, seen) in [
        (OnUndeletable::Tombstone, ["[photo 1]removed*", "[photo 2]removed", "Q", "[photo 1]"]),
        (OnUndeletable::Keep, ["[photo 1]x*", "[photo 2]", "Q", "[photo 1]"]),
    ] {
        for known in [true, false] {
            let pinned = album("a.jpg=1:x b.jpg=2").post("p", "pin: true", "-");
            let mut stage = Stage::applied(pinned, |paper| paper.attach("p", &["a.jpg=1"])).await;
            stage.paper.policy().on_undeletable = policy;
            if known {
                stage.advance(48);
            } else {
                // Both at once, then each.
                for _ in 0..3 {
                    stage.fault("delete", Fault::refuse(RefusalKind::NotDeletable));
                }
            }
            stage.run(None).await.report();
            let mut expected = seen.map(str::to_owned).to_vec();
            // Whoever knows beforehand that a message stays takes its pin away first.
            if known {
                expected[0].pop();
            }
            expected[3].push('*');
            assert_eq!(stage.seen(), expected);
            assert_eq!(stage.rest(), "", "once");
            stage.check_books();
            stage.change(|paper| paper.post("p", "status: archived", "-"));
            assert_eq!(lists(&stage.run(None).await.report()), "done: -p ");
            assert_eq!(stage.seen().len(), 3, "the new one is gone, what stays stays");
            assert_eq!(stage.rest(), "");
            stage.check_books();
            stage.change(|paper| paper.post("p", "", "-"));
            stage.run(None).await.report();
            assert_eq!((stage.seen().len(), stage.rest()), (4, String::new()), "and comes back");
            stage.check_books();
        }
    }
}

#[tokio::test]
async fn files_are_buried_under_their_caption_and_come_back() {
    let mut stage = applied("a.jpg=1:x b.jpg=2:y", "a.jpg=1:x b.jpg=2:y").await;
    stage.change(|paper| paper.post("p", "status: archived", "-"));
    stage.advance(48);
    stage.run(None).await.report();
    assert_eq!(stage.seen(), ["[photo 1]removed", "[photo 2]", "Q"]);
    stage.change(|paper| paper.post("p", "", "-"));
    stage.run(None).await.report();
    assert_eq!(
        (stage.seen(), stage.rest()),
        (vec!["[photo 1]x".into(), "[photo 2]y".into(), "Q".into()], String::new())
    );
    assert_eq!(stage.chat().uploads.len(), 2);
    stage.check_books();
}

/// Everything that can happen to files, at once.
async fn busy() -> Stage {
    let post =
        |paper: Paper, name: &str, files: &[&str], body: &str| paper.post(name, "", body).attach(name, files);
    let mut paper = Paper::new().posts("links: [anew](post:anew)\nreply: R");
    paper = post(paper, "anew", &["a.jpg=1 b.jpg=2", "v.ogg=3"], "words").post("anew", "pin: true", "words");
    paper = post(paper, "items", &["a.jpg=1:x b.jpg=4 c.jpg=5"], "-");
    paper = post(paper, "one", &["d.pdf=6:@anew"], "-");
    paper = post(paper, "text", &[], "T");
    paper = post(paper, "shrinks", &["e.jpg=7", "f.jpg=8 g.jpg=9"], "-");
    paper = post(paper, "goes", &["h.jpg=10 i.jpg=11"], "-");
    let mut stage = Stage::applied(paper, |paper| paper).await;
    stage.human();
    stage.change(|paper| {
        paper
            .attach("anew", &["a.jpg=1 b.jpg=2 j.jpg=12", "v.ogg=3"])
            .attach("items", &["b.jpg=4 a.jpg=1:y c.jpg=13"])
            .attach("one", &["d.pdf=14:@anew"])
            .attach("text", &["k.jpg=15:T"])
            .attach("shrinks", &["e.jpg=7:x"])
            .post("goes", "status: archived", "-")
            .post("new", "", "-")
            .attach("new", &["l.mp3=16 m.mp3=17"])
    });
    stage
}

#[tokio::test]
async fn everything_comes_to_its_end() {
    let mut stage = busy().await;
    let report = stage.run(None).await.report();
    assert_eq!(report.planned(), report.done.len(), "{}", lists(&report));
    assert_eq!(stage.rest(), "");
    stage.check_books();
    let uploads = &stage.chat().uploads;
    assert_eq!(uploads.len(), 17, "each file once: {uploads:?}");
}

#[tokio::test]
async fn a_run_with_files_may_die_anywhere() {
    die_everywhere(busy, true).await;
}

#[tokio::test]
async fn a_resend_that_stays_may_die_anywhere() {
    let old = async || {
        let pinned = album("a.jpg=1:x b.jpg=2").post("p", "pin: true", "-");
        let stage = Stage::applied(pinned, |paper| paper.attach("p", &["a.jpg=1", "c.jpg=3"])).await;
        stage.advance(48);
        stage
    };
    die_everywhere(old, true).await;
}

#[tokio::test]
async fn restoring_an_album_may_die_anywhere() {
    let cut = async || {
        let stage = applied("a.jpg=1 b.jpg=2 c.jpg=3", "a.jpg=1:x b.jpg=2 c.jpg=4").await;
        stage.delete(2);
        stage.delete(3);
        stage
    };
    die_everywhere(cut, false).await;
}

#[tokio::test]
async fn a_rich_message_names_all_its_files_and_uploads_the_new_ones() {
    let mut stage = applied("# T a.jpg=1 b.jpg=2", "# T a.jpg=1 c.jpg=3 b.jpg=2").await;
    stage.run(None).await.report();
    assert_eq!(stage.chat().calls, ["send", "send", "edit 1"]);
    assert_eq!(stage.chat().uploads, ["1", "2", "3"]);
    assert!(stage.seen()[0].starts_with("[photo 1][photo 3][photo 2]"), "{:?}", stage.seen());
    stage.fault("edit", Fault::refuse(RefusalKind::UnknownFile));
    stage.change(|paper| paper.attach("p", &["# U a.jpg=1 c.jpg=3 b.jpg=2"]));
    stage.run(None).await.report();
    assert_eq!(stage.chat().uploads, ["1", "2", "3", "1", "3", "2"], "forgotten, and given again");
    stage.delete(1);
    stage.change(|paper| paper.attach("p", &["# V b.jpg=2 a.jpg=1"]));
    stage.run(None).await.report();
    assert!(stage.seen()[1].starts_with("[photo 2][photo 1]"), "restored: {:?}", stage.seen());
    stage.change(|paper| paper.attach("p", &["b.jpg=2 a.jpg=1"]));
    stage.run(None).await.report();
    assert_eq!(stage.seen(), ["Q", "[photo 2]", "[photo 1]"], "sent anew as an album");
    assert_eq!(stage.chat().uploads.len(), 6);
    assert_eq!(stage.rest(), "");
    stage.check_books();
}

#[tokio::test]
async fn a_run_with_rich_messages_may_die_anywhere() {
    let pages = async || {
        let paper = album("# T a.jpg=1 b.jpg=2").post("album", "", "-").attach("album", &["a.jpg=1 d.jpg=4"]);
        let stage = Stage::applied(paper, |paper| {
            let paper = paper.attach("p", &["# U b.jpg=2 c.jpg=3 a.jpg=1"]).attach("album", &["# T d.jpg=4"]);
            paper.post("new", "", "-").attach("new", &["# N e.jpg=5", "# M a.jpg=1"])
        });
        stage.await
    };
    die_everywhere(pages, true).await;
}
