//! Posts with files: what an edit can do, and what it can't.

use crate::ids::MessageId;
use crate::lock::What;
use crate::plan::testing::{Paper, slug};
use crate::plan::{Change, OnUndeletable};

/// A post that is sent as `from` says and then is as `to` says; files, then the text, `-` for none.
fn becomes(from: (&[&str], &str), to: (&[&str], &str)) -> Paper {
    let post = |paper: Paper, (files, body): (&[&str], &str)| paper.post("p", "", body).attach("p", files);
    post(post(Paper::new(), from).sent("p"), to)
}

fn notes(paper: &Paper) -> Vec<String> {
    paper.plan().changes.into_iter().flat_map(|change: Change| change.notes).collect()
}

#[test]
fn one_message_with_a_file_becomes_another() {
    let photo: (&[&str], &str) = (&["a.jpg=1:x"], "-");
    for (from, to, expected) in [
        (photo, photo, ""),
        (photo, (&["renamed.jpg=1:x"], "-"), ""),
        (photo, (&["a.jpg=1:y"], "-"), "~ p: text #1 [caption0]\n"),
        (photo, (&["a.jpg=1"], "-"), "~ p: text #1 [caption0]\n"),
        (photo, (&["a.jpg=1:x ^"], "-"), "~ p: options #1 [caption0]\n"),
        (photo, (&["a.jpg=2:x"], "-"), "~ p: media #1 [edit0]\n"),
        (photo, (&["a.jpg=2:y"], "-"), "~ p: text, media #1 [edit0]\n"),
        (photo, (&["!a.jpg=1:x"], "-"), "~ p: media #1 [edit0]\n"),
        (photo, (&["a.pdf=1:x"], "-"), "~ p: media #1 [edit0]\n"),
        (photo, (&["a.gif=2:x"], "-"), "~ p: media #1 [edit0]\n"),
        ((&["a.mp3=1"], "-"), (&["a.mp3=1+9"], "-"), "~ p: media #1 [edit0]\n"),
        ((&["a.ogg=1:x"], "-"), (&["a.ogg=1:y"], "-"), "~ p: text #1 [caption0]\n"),
        // Text becomes a file, and the same words are its caption.
        ((&[], "x"), photo, "~ p: media #1 [edit0]\n"),
        ((&[], "y"), photo, "~ p: text, media #1 [edit0]\n"),
        ((&[], "x"), (&["a.jpg=1:x"], "more"), "~ p: text, media #1 [edit0 send1]\n"),
        // What follows at the end is a growth, what is missing there is a shrinkage.
        (photo, (&["a.jpg=1:x"], "more"), "~ p: text #1 [send1]\n"),
        (photo, (&["a.jpg=1:x", "b.jpg=2"], "-"), "~ p: media #1 [send1]\n"),
        (
            (&["a.jpg=1", "b.jpg=2"], "-"),
            (&["a.jpg=1"], "-"),
            "~ p: media #1 #2 [shrink-to-1 sweep-delete-1]\n",
        ),
    ] {
        assert_eq!(becomes(from, to).show(), expected, "{from:?} → {to:?}");
    }
}

#[test]
fn an_album_is_edited_item_by_item() {
    let three: (&[&str], &str) = (&["a.jpg=1:x b.jpg=2 c.mp4=3"], "-");
    for (to, expected) in [
        ("a.jpg=1:x b.jpg=2 c.mp4=3", ""),
        ("a.jpg=1:y b.jpg=2 c.mp4=3", "~ p: text #1 #2 #3 [caption0.0]\n"),
        ("a.jpg=1 b.jpg=2 c.mp4=3:x", "~ p: text #1 #2 #3 [caption0.0 caption0.2]\n"),
        ("a.jpg=1:x b.jpg=9 c.mp4=3", "~ p: media #1 #2 #3 [edit0.1]\n"),
        ("a.jpg=1:x c.mp4=3 b.jpg=2", "~ p: media #1 #2 #3 [edit0.1 edit0.2]\n"),
        ("b.jpg=2:x a.jpg=1 c.mp4=3", "~ p: media #1 #2 #3 [edit0.0 edit0.1]\n"),
        ("a.jpg=1:x b.jpg=2 c.mp4=3 ^", "~ p: options #1 #2 #3 [caption0.0 caption0.1 caption0.2]\n"),
    ] {
        assert_eq!(becomes(three, (&[to], "-")).show(), expected, "{to}");
    }
}

#[test]
fn what_no_edit_can_do_is_sent_anew() {
    let photo: &[&str] = &["a.jpg=1"];
    let two: &[&str] = &["a.jpg=1 b.jpg=2"];
    let text: &[&str] = &[];
    for (from, to, expected) in [
        ((photo, "-"), (text, "x"), "-/+ p: text, media #1 [send0 sweep-delete-1]\n"),
        ((photo, "-"), (&["a.ogg=1"], "-"), "-/+ p: media #1 [send0 sweep-delete-1]\n"),
        ((&["a.ogg=1"], "-"), (&["a.ogg=2"], "-"), "-/+ p: media #1 [send0 sweep-delete-1]\n"),
        ((&["a.ogg=1"], "-"), (photo, "-"), "-/+ p: media #1 [send0 sweep-delete-1]\n"),
        ((text, "x"), (&["a.ogg=1"], "-"), "-/+ p: text, media #1 [send0 sweep-delete-1]\n"),
        ((text, "x"), (two, "-"), "-/+ p: media #1 [send0 sweep-delete-1]\n"),
        ((photo, "-"), (two, "-"), "-/+ p: media #1 [send0 sweep-delete-1]\n"),
        ((two, "-"), (photo, "-"), "-/+ p: media #1 #2 [send0 sweep-delete-2]\n"),
        ((two, "-"), (&["a.jpg=1 b.jpg=2 c.jpg=3"], "-"), "-/+ p: media #1 #2 [send0 sweep-delete-2]\n"),
        ((two, "-"), (&["a.mp3=1 b.mp3=2"], "-"), "-/+ p: media #1 #2 [send0 sweep-delete-2]\n"),
        // Order within a post must hold: all of it goes.
        (
            (&["a.jpg=1", "b.jpg=2"], "x"),
            (photo, "x"),
            "-/+ p: text, media #1 #2 #3 [send0 send1 sweep-delete-3]\n",
        ),
        ((two, "x"), (text, "x"), "-/+ p: media #1 #2 #3 [send0 sweep-delete-3]\n"),
    ] {
        let paper = becomes(from, to);
        // Some of these also say something else; what counts is that they are sent anew, whole.
        let shown = paper.show();
        let steps = |line: &str| line.split_once('#').map(|(_, rest)| rest.to_owned());
        assert!(shown.starts_with("-/+ p: "), "{from:?} → {to:?}: {shown}");
        assert_eq!(steps(&shown), steps(expected), "{from:?} → {to:?}");
    }
}

#[test]
fn a_resend_says_what_it_costs() {
    let paper = becomes((&["a.jpg=1 b.jpg=2"], "-"), (&["a.jpg=1 b.jpg=2 c.jpg=3:new"], "-"));
    let replied = paper.clone().post("r", "reply_to: p", "R").sent("r");
    assert_eq!(
        notes(&replied),
        [
            "Telegram does not change how many files an album has (2 are there, 3 are wanted); so the post is sent anew, at the end of the chat",
            "views, reactions, comments and links from outside stay with the old message",
            "what replied to the old message does not follow: `r`",
            "2 old messages: deleted",
            "subscribers get a notification",
            "1 file is uploaded, 1.0 kB",
        ]
    );
    let old = paper.clone().at("2026-11-23T10:00:00Z");
    assert_eq!(old.show(), "-/+ p: text, media #1 #2 [send0 sweep-tombstone-2]\n".replace("text, ", ""));
    assert_eq!(
        notes(&old)[2],
        "2 old messages: older than 48 h, which bots can't delete: the caption becomes the tombstone text, the file an empty one (but a voice message, and music of an album)"
    );
    assert_eq!(old.id(), paper.id(), "too old to be deleted meanwhile");
    let keeps = old.clone().with(|p| p.policy().on_undeletable = OnUndeletable::Keep);
    assert!(keeps.show().ends_with("[send0 sweep-keep-2]\n"), "{}", keeps.show());
    let pinned =
        old.with(|p| p.fold(What::Pinned { slug: slug("p"), pin: true })).post("p", "pin: true", "-");
    assert_eq!(pinned.show(), "-/+ p: media #1 #2 [unpin send0 sweep-tombstone-2]\n~ p: pin #1 [pin]\n");
    let kept = paper.post("p", "keep: true", "-");
    assert!(
        kept.show().starts_with(
            "> p: keep #1 #2 [keep]\nnote: `p` could only be sent anew, but says `keep`: skipped."
        ),
        "{}",
        kept.show()
    );
}

#[test]
fn links_to_a_post_that_is_sent_anew_follow() {
    let paper = Paper::new()
        .post("p", "", "-")
        .attach("p", &["a.jpg=1"])
        .posts("l: [p](post:p)")
        .post("m", "", "-")
        .attach("m", &["a.jpg=1 b.jpg=2:@p", "c.jpg=3:@p"])
        .sent("p l m")
        .attach("p", &["a.jpg=1 b.jpg=2"]);
    assert_eq!(
        paper.show(),
        "-/+ p: media #1 [send0 sweep-delete-1]\n~ l: link target #2 [edit0]\n~ m: link target #3 #4 #5 [caption0.1 caption1]\n"
    );
}

#[test]
fn what_was_left_over_is_swept() {
    let paper = || becomes((&["a.jpg=1", "b.jpg=2"], "-"), (&["a.jpg=1", "b.jpg=2"], "-"));
    let left = |p: &mut Paper| p.fold(What::Shrunk { slug: slug("p"), parts: 1 });
    let rest = "- p: left over #2 [sweep-delete-1]\n";
    let short = paper().attach("p", &["a.jpg=1"]);
    assert_eq!(short.clone().with(left).show(), rest);
    assert_eq!(short.clone().with(left).id(), Paper::new().id(), "it was decided before");
    assert_eq!(
        short.clone().with(left).at("2026-11-23T10:00:00Z").show(),
        "- p: left over #2 [sweep-tombstone-1]\n"
    );
    let edited = short.clone().with(left).attach("p", &["a.jpg=3"]);
    assert_eq!(edited.show(), "~ p: media #1 #2 [edit0 sweep-delete-1]\n", "with what else is to be done");
    let stays = |p: &mut Paper| p.fold(What::Stays { slug: slug("p"), ids: vec![MessageId(2)] });
    assert_eq!(short.clone().with(left).with(stays).show(), "", "once");
    let archived = short.with(left).with(stays).post("p", "status: archived", "-");
    assert_eq!(archived.show(), "- p: archived #1 [delete-1]\n");
    let gone = archived.with(|p| p.fold(What::Removed { slug: slug("p"), ids: vec![MessageId(1)] }));
    assert_eq!(gone.show(), "", "what can't be deleted is all there is");
    assert_eq!(gone.post("p", "", "-").show(), "+ p: new [send0]\n");
}

#[test]
fn a_resend_that_ended_early_goes_on() {
    let whole = becomes((&["a.jpg=1 b.jpg=2"], "-"), (&["a.jpg=1 b.jpg=2 c.jpg=3"], "more"));
    let expected = "-/+ p: text, media #1 #2 [send0 send1 sweep-delete-2]\n";
    assert_eq!(whole.show(), expected);
    let half = whole.clone().with(|p| p.resend_first("p", &[10, 11, 12]));
    assert_eq!(half.show(), "-/+ p: media #10 #11 #12 #1 #2 [send1 sweep-delete-2]\n");
    assert_eq!(half.id(), whole.id(), "the same change goes on");
    let changed = half.attach("p", &["a.jpg=1 b.jpg=2 c.jpg=4"]).post("p", "", "other");
    assert_eq!(changed.show(), "~ p: text, media #10 #11 #12 #1 #2 [edit0.2 send1 sweep-delete-2]\n");
}

#[test]
fn approvals_know_files() {
    let id = |to: &[&str]| becomes((&["a.jpg=1 b.jpg=2"], "-"), (to, "-")).id();
    let ids = [
        id(&["a.jpg=1 b.jpg=3"]),
        id(&["a.jpg=1 b.jpg=4"]),
        id(&["a.jpg=1 !b.jpg=3"]),
        id(&["a.jpg=1 b.jpg=3+1"]),
        id(&["b.jpg=3 a.jpg=1"]),
        id(&["a.jpg=1 b.jpg=3:x"]),
        id(&["a.jpg=1 b.jpg=3 ^"]),
        id(&["a.jpg=1 b.jpg=3 c.jpg=4"]),
    ];
    for (index, id) in ids.iter().enumerate() {
        assert!(!ids[..index].contains(id), "{index}");
    }
    assert_eq!(id(&["a.jpg=1 b.jpg=3"]), id(&["renamed.jpg=1 b.jpg=3"]), "names are not sent");
    let from = |from: &str| becomes((&[from], "-"), (&["a.jpg=3"], "-")).id();
    assert_ne!(from("a.jpg=1"), from("a.jpg=2"));
}

#[test]
fn what_is_known_is_not_uploaded_again() {
    let sent = || Paper::new().post("a", "", "-").attach("a", &["a.jpg=1 b.jpg=2"]).sent("a");
    let note = |paper: &Paper, name: &str| {
        let change = paper.plan().changes.into_iter().find(|change| change.slug == slug(name)).unwrap();
        change.notes.into_iter().rfind(|note| note.contains("upload"))
    };
    for (files, expected) in [
        ("a.jpg=1", "nothing is uploaded"),
        ("x.jpg=2", "nothing is uploaded"),
        ("a.jpg=1 c.jpg=3 d.jpg=44", "2 files are uploaded, 3.0 kB"),
        ("c.jpg=3 d.jpg=3", "2 files are uploaded, 2.0 kB"),
        ("a.pdf=1", "1 file is uploaded, 1.0 kB"),
        ("a.jpg=1+7", "1 file is uploaded, 1.0 kB"),
        ("!a.jpg=1", "nothing is uploaded"),
    ] {
        assert_eq!(
            note(&sent().post("b", "", "-").attach("b", &[files]), "b").as_deref(),
            Some(expected),
            "{files}"
        );
    }
    let twice =
        sent().post("b", "", "-").attach("b", &["c.jpg=3"]).post("c", "", "-").attach("c", &["c.jpg=3"]);
    assert_eq!(note(&twice, "c").as_deref(), Some("nothing is uploaded"), "an earlier change does");
    let swapped = sent().attach("a", &["b.jpg=2 a.jpg=1"]);
    assert_eq!(note(&swapped, "a").as_deref(), Some("nothing is uploaded"));
    assert_eq!(
        note(&sent().attach("a", &["a.jpg=1:x b.jpg=2"]), "a").as_deref(),
        Some("nothing is uploaded")
    );
    assert_eq!(note(&sent().post("b", "", "text"), "b"), None);
}

#[test]
fn an_edit_says_which_files_change() {
    let paper = becomes((&["a.jpg=1 b.jpg=2", "c.jpg=3"], "-"), (&["a.jpg=1:x b.jpg=9", "c.jpg=3"], "-"));
    assert_eq!(notes(&paper)[0], "2 of its 3 pictures change: #1 a.jpg (its caption), #2 b.jpg");
    let mixed = becomes((&["a.jpg=1"], "x"), (&["a.jpg=2"], "x"));
    assert_eq!(notes(&mixed)[0], "1 of its 2 messages changes: #1 a.jpg");
    let change = &mixed.plan().changes[0];
    assert_eq!(change.after.as_deref(), Some("[photo a.jpg, 1200×800, 1.0 kB]\n\nx"));
}

#[test]
fn a_message_nobody_is_sure_of_is_asserted_with_its_file() {
    let unsure = |p: &mut Paper| p.fold(What::Unsure { slug: slug("p"), ids: vec![MessageId(2)], at: None });
    for (files, expected) in
        [(["a.jpg=1 b.jpg=2"], "edit0.0 edit0.1"), (["a.jpg=1 b.jpg=2:x"], "edit0.0 edit0.1")]
    {
        let paper = becomes((&["a.jpg=1 b.jpg=2"], "-"), (&files, "-")).with(unsure);
        assert!(paper.show().ends_with(&format!("#1 #2 [{expected}]\n")), "{}", paper.show());
    }
    let first = |p: &mut Paper| p.fold(What::Unsure { slug: slug("p"), ids: vec![MessageId(1)], at: None });
    let voice = becomes((&["a.ogg=1"], "-"), (&["a.ogg=1"], "-")).with(first);
    assert!(voice.show().ends_with("#1 [caption0]\n"), "{}", voice.show());
}

#[test]
fn an_album_counts_as_its_messages() {
    let paper = Paper::new().post("a", "", "-").attach("a", &["a.jpg=1 b.jpg=2 c.jpg=3"]).posts("b: B");
    let summary = paper.whole_plan().summary();
    assert_eq!((summary.send, summary.calls, summary.seconds, summary.notifications), (2, 2, 4, 2));
    let many = paper.with(|p| p.policy().guard.max_resends = 0).sent("a").attach("a", &["a.jpg=1"]);
    assert!(many.show().ends_with("guard: max_resends 1 > 0\n"), "{}", many.show());
}

#[test]
fn a_rich_message_is_edited_whole() {
    let rich: (&[&str], &str) = (&["# T a.jpg=1 b.jpg=2"], "-");
    let one: (&[&str], &str) = (&["# T a.jpg=1"], "-");
    for (from, to, expected) in [
        (rich, (&["# T renamed.jpg=1 b.jpg=2"] as &[&str], "-"), ""),
        (rich, (&["# U a.jpg=1 b.jpg=2"], "-"), "~ p: text #1 [edit0]\n"),
        (rich, (&["# T a.jpg=9 b.jpg=2"], "-"), "~ p: media #1 [edit0]\n"),
        (rich, (&["# T b.jpg=2 a.jpg=1"], "-"), "~ p: media #1 [edit0]\n"),
        (rich, (&["# T !a.jpg=1 b.jpg=2"], "-"), "~ p: text, media #1 [edit0]\n"),
        (rich, one, "~ p: text, media #1 [edit0]\n"),
        (rich, (&["# T"], "-"), "~ p: text, media #1 [edit0]\n"),
        (rich, (&["# T a.jpg=1 b.jpg=2", "# more c.jpg=3"], "-"), "~ p: text, media #1 [send1]\n"),
        // From and to what is no rich message.
        ((&[], "x"), one, "~ p: format, media #1 [edit0]\n"),
        (one, (&[], "x"), "~ p: format, media #1 [edit0]\n"),
        (one, (&["a.jpg=1"], "-"), "~ p: text, media #1 [edit0]\n"),
        ((&["a.jpg=1"], "-"), one, "-/+ p: text, media #1 [send0 sweep-delete-1]\n"),
        (rich, (&["a.jpg=1 b.jpg=2"], "-"), "-/+ p: text, media #1 [send0 sweep-delete-1]\n"),
    ] {
        assert_eq!(becomes(from, to).show(), expected, "{from:?} → {to:?}");
    }
}

#[test]
fn only_what_a_rich_message_shows_anew_is_uploaded() {
    let from: (&[&str], &str) = (&["# T a.jpg=1 b.jpg=2"], "-");
    for (to, expected) in [
        ("# U a.jpg=1 b.jpg=2", "nothing is uploaded"),
        ("# T b.jpg=2 a.jpg=1 a.jpg=1", "nothing is uploaded"),
        ("# T a.jpg=1 b.jpg=3", "1 file is uploaded, 1.0 kB"),
        // One call can't say that two of its files are one.
        ("# T a.jpg=1 b.jpg=3 b.jpg=3", "2 files are uploaded, 2.0 kB"),
    ] {
        assert_eq!(notes(&becomes(from, (&[to], "-"))), [expected], "{to}");
    }
}

#[test]
fn a_rich_message_is_read_with_its_files() {
    let change = becomes((&["# T a.jpg=1"], "-"), (&["# T a.jpg=22"], "-")).plan().changes.remove(0);
    assert_eq!(change.after.unwrap(), "T\n\n![](a.jpg)\n[photo a.jpg, 1200×800, 2.0 kB]");
}
