//! What somebody did in Telegram: restored, left, or said again.

use crate::content::OnDrift;
use crate::ids::MessageId;
use crate::lock::Kind;
use crate::plan::testing::Paper;
use crate::plan::{Foreign, OnMissing};

fn three() -> Paper {
    Paper::new().posts("a: A\nb: B\nc: C").sent("a b c")
}

fn missing(paper: Paper, ids: &[i32]) -> Paper {
    paper.with(|p| p.found.missing.extend(ids.iter().copied().map(MessageId)))
}

fn edited(paper: Paper, ids: &[i32]) -> Paper {
    paper.with(|p| p.found.edited.extend(ids.iter().map(|id| (MessageId(*id), None))))
}

fn unknown(paper: Paper, ids: &[i32]) -> Paper {
    paper.with(|p| p.found.unknown.extend(ids.iter().copied().map(MessageId)))
}

fn on_drift(paper: Paper, what: OnDrift) -> Paper {
    paper.with(|p| p.policy().on_drift = what)
}

/// `b` has three messages, #2 to #4, and `a` links to it.
fn long() -> Paper {
    let body = "one\n\n<!-- tgsync:break -->\n\ntwo\n\n<!-- tgsync:break -->\n\nthree";
    Paper::new().post("a", "", "[b](post:b)").post("b", "", body).sent("b a").posts("c: C").sent("c")
}

#[test]
fn what_is_left_of_a_post_moves_up() {
    for (gone, expected) in [
        (&[2][..], ". b: missing in Telegram #2 [gone-1]\n~ b: text #3 #4 [edit0 edit1 send2]\n"),
        (&[3], ". b: missing in Telegram #3 [gone-1]\n~ b: text #2 #4 [edit1 send2]\n"),
        (&[4], ". b: missing in Telegram #4 [gone-1]\n~ b: text #2 #3 [send2]\n"),
        (&[2, 4], ". b: missing in Telegram #2 #4 [gone-2]\n~ b: text #3 [edit0 send1 send2]\n"),
    ] {
        let body = "one\n\n<!-- tgsync:break -->\n\ntwo\n\n<!-- tgsync:break -->\n\nthree";
        let paper = Paper::new().posts("a: A").sent("a").post("b", "", body).sent("b");
        // What comes first now was sent as the silent second one: a note says so.
        let shown = missing(paper, gone).show();
        assert!(shown.starts_with(expected), "{shown}");
    }
    let all = missing(long(), &[1, 2, 3]).show();
    assert!(all.starts_with("^ b: missing in Telegram #1 #2 #3 [send0 send1 send2]\n"), "{all}");
    assert!(all.contains("~ a: link target #4 [edit0]\n"), "{all}");
}

#[test]
fn referrers_follow_the_message_that_is_the_first_now() {
    let shown = missing(long(), &[1]).show();
    assert!(shown.contains("~ a: link target #4 [edit0]\n"), "{shown}");
    let shown = missing(long(), &[2]).show();
    assert!(!shown.contains("link target"), "{shown}");
}

#[test]
fn an_album_that_lost_a_file_is_sent_anew() {
    let album = Paper::new().post("p", "", "-").attach("p", &["a.jpg=1:x b.jpg=2 c.jpg=3"]).sent("p");
    let expected = ". p: missing in Telegram #2 [gone-1]\n-/+ p: text, media #1 #3 [send0 sweep-delete-2]\n";
    let shown = missing(album, &[2]).show();
    assert!(shown.starts_with(". p: missing in Telegram #2 [gone-1]\n-/+ p: "), "{shown} {expected}");
    assert!(shown.contains("#1 #3 [send0 sweep-delete-2]\n"), "{shown}");
}

#[test]
fn what_is_gone_is_reported_or_forgotten_as_a_whole() {
    for (what, expected) in [
        (OnMissing::Report, "note: `b` was deleted in Telegram; `on_missing: report` leaves it so\n"),
        (OnMissing::Forget, ". b: missing in Telegram #1 #2 #3 [forget]\n"),
    ] {
        let paper = missing(long(), &[2]).with(|p| p.policy().on_missing = what);
        assert!(paper.show().starts_with(expected), "{}", paper.show());
    }
}

#[test]
fn edits_of_people_are_overwritten_kept_or_refused() {
    let by_hand = || edited(three(), &[2]);
    for (paper, expected) in [
        (by_hand(), "~ b: edited in Telegram #2 [edit0]\n"),
        (by_hand().post("b", "", "B2"), "~ b: text, edited in Telegram #2 [edit0]\n"),
        (
            on_drift(by_hand(), OnDrift::Keep),
            "note: `b` was edited in Telegram (#2); `on_drift: keep` leaves it so\n",
        ),
        (
            by_hand().post("b", "on_drift: keep", "B"),
            "note: `b` was edited in Telegram (#2); `on_drift: keep` leaves it so\n",
        ),
        (
            on_drift(by_hand(), OnDrift::Keep).post("b", "", "B2"),
            "~ b: text #2 [edit0]\nnote: `b` was edited in Telegram (#2); the new source replaces that\n",
        ),
        (
            on_drift(by_hand(), OnDrift::Keep).post("b", "on_drift: overwrite", "B"),
            "~ b: edited in Telegram #2 [edit0]\n",
        ),
        (on_drift(by_hand(), OnDrift::Fail), "! b: edited in Telegram #2 []\n"),
    ] {
        assert_eq!(paper.show(), expected);
    }
    assert!(on_drift(by_hand(), OnDrift::Fail).plan().due().next().is_none());
}

#[test]
fn what_nobody_can_read_is_made_sure_of_unless_edits_are_kept() {
    let paper = unknown(three(), &[1, 3]);
    assert_eq!(paper.show(), "~ a: made sure of #1 [edit0]\n~ c: made sure of #3 [edit0]\n");
    assert_eq!(paper.id(), three().id(), "it decides nothing");
    for what in [OnDrift::Keep, OnDrift::Fail] {
        assert_eq!(on_drift(paper.clone(), what).show(), "");
    }
}

#[test]
fn only_what_was_edited_of_an_album_is_edited_back() {
    let album = || Paper::new().post("p", "", "-").attach("p", &["a.jpg=1:x b.jpg=2 c.jpg=3"]).sent("p");
    assert_eq!(edited(album(), &[2]).show(), "~ p: edited in Telegram #1 #2 #3 [edit0.1]\n");
    let captioned = edited(album(), &[3]).attach("p", &["a.jpg=1:y b.jpg=2 c.jpg=3"]);
    assert_eq!(captioned.show(), "~ p: text, edited in Telegram #1 #2 #3 [caption0.0 edit0.2]\n");
}

#[test]
fn a_text_that_holds_a_file_now_is_sent_anew() {
    let paper = three().with(|p| p.found.edited.extend([(MessageId(2), Some(Kind::Photo))]));
    assert_eq!(paper.show(), "-/+ b: edited in Telegram #2 [send0 sweep-delete-1]\n");
}

#[test]
fn what_is_not_written_any_more_and_gone_is_forgotten() {
    let gone = || missing(three(), &[1, 2]).without("a").post("b", "status: draft", "B");
    let forgotten = ". b: missing in Telegram #2 [gone-1]\n. a: missing in Telegram #1 [gone-1]\n";
    assert_eq!(gone().show(), forgotten);
    let noted = "note: `b` was deleted in Telegram; `on_missing: report` leaves it so\n\
                 note: `a` was deleted in Telegram; `on_missing: report` leaves it so\n";
    assert_eq!(gone().with(|p| p.policy().on_missing = OnMissing::Report).show(), noted);
    assert!(gone().with(|p| p.scope.prune = true).show().ends_with("- a: source removed #1 [delete-1]\n"));
}

#[test]
fn nothing_else_is_done_about_what_is_to_go() {
    let paper = edited(missing(three(), &[1]), &[2]).post("a", "status: archived", "A").without("b");
    assert_eq!(
        paper.show(),
        "- a: archived #1 [delete-1]\nnote: 1 post is in the channel without a source: `b`; `--prune` removes what has no source\n"
    );
}

#[test]
fn posts_of_others_are_nobodys_business_named_or_deleted() {
    let heard = |what| {
        three().with(|p| {
            p.found.foreign.extend([MessageId(8), MessageId(7)]);
            p.policy().foreign = what;
        })
    };
    assert_eq!(heard(Foreign::Ignore).show(), "");
    assert_eq!(heard(Foreign::Report).show(), "note: 2 posts of others: #7, #8\n");
    let deleted = heard(Foreign::Delete);
    assert_eq!(
        deleted.show(),
        "- foreign-7: of somebody else #7 [expel]\n- foreign-8: of somebody else #8 [expel]\n"
    );
    assert_ne!(deleted.id(), three().id(), "it needs an approval");
    let guarded = deleted.with(|p| p.policy().guard.max_deletes = 1);
    assert!(guarded.show().contains("guard"), "{}", guarded.show());
}
