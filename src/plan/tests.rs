//! Posts and a lock in, a plan as text out.

#![expect(clippy::format_collect, reason = "test output is written plainly")]

mod found;
mod media;

use super::testing::{Paper, policy, slug};
use super::{OnMissing, OnUndeletable, Summary};
use crate::ids::MessageId;
use crate::lock::{Hold, What};

fn three() -> Paper {
    Paper::new().posts("a: A\nb: B\nc: C")
}

fn hold(paper: &mut Paper, names: &[&str]) {
    paper.lock.hold = Hold { all: names.is_empty(), slugs: names.iter().map(|name| slug(name)).collect() };
}

#[test]
fn verbs_and_reasons() {
    let sent = || three().sent("a b c");
    for (paper, expected) in [
        (three(), "+ a: new [send0]\n+ b: new [send0]\n+ c: new [send0]\n"),
        (sent(), ""),
        (sent().post("b", "", "B2"), "~ b: text #2 [edit0]\n"),
        (sent().post("b", "buttons: [[{text: T, url: 'https://t.me'}]]", "B"), "~ b: buttons #2 [edit0]\n"),
        (sent().post("b", "link_preview: false", "B"), "~ b: options #2 [edit0]\n"),
        (sent().post("b", "pin: true", "B2"), "~ b: text #2 [edit0]\n~ b: pin #2 [pin]\n"),
        (sent().post("b", "title: other", "B"), ""),
        (sent().post("b", "status: archived", "B"), "- b: archived #2 [delete-1]\n"),
        (sent().post("b", "expires_at: 2026-11-20T10:00:00Z", "B"), "- b: expired #2 [delete-1]\n"),
        (sent().post("b", "expires_at: 2026-11-20T10:00:01Z", "B"), ""),
        (sent().post("d", "status: draft", "D"), ""),
        (sent().post("d", "status: archived", "D"), ""),
        (sent().post("d", "expires_at: 2026-11-20T10:00:00Z", "D"), ""),
        (
            sent().without("b").post("b2", "renamed_from: b", "B2"),
            "> b2: renamed #2 [move-b]\n~ b2: text #2 [edit0]\n",
        ),
        (
            sent().post("b", "status: draft", "B"),
            "note: `b` is a draft now; it was sent before and stays as it is\n",
        ),
        (
            sent().post("b", "status: archived\nkeep: true", "B"),
            "note: `b` is to be removed (archived) but says `keep`: skipped\n",
        ),
        (
            sent().post("b", "silent: true", "B"),
            "note: `b`: `silent`, `protect_content`, `topic` and `reply_to` are fixed when a message is sent; the new values have no effect on it\n",
        ),
    ] {
        assert_eq!(paper.show(), expected);
    }
}

#[test]
fn sends_are_ordered_by_date_then_slug_and_replies_come_after() {
    let order = |paper: &Paper| -> String {
        paper.plan().changes.iter().map(|change| format!("{}{} ", change.verb.sign(), change.slug)).collect()
    };
    let reply = |to: &str| format!("reply_to: {to}");
    for (paper, expected) in [
        (three().post("b", "date: 2026-01-02", "B").post("c", "date: 2026-01-01", "C"), "+c +b +a "),
        (
            three().post("a", "publish_at: 2026-11-19T00:00:00Z", "A").post("b", "date: 2026-01-01", "B"),
            "+b +a +c ",
        ),
        (three().post("a", &reply("c"), "A"), "+c +a +b "),
        (three().post("a", &reply("b"), "A").post("b", &reply("c"), "B"), "+c +b +a "),
        (
            three().post("a", &reply("b"), "A").post("b", "date: 2030-01-01", "B").post(
                "c",
                "date: 2026-01-01",
                "C",
            ),
            "+c +b +a ",
        ),
        // A cycle is an error of the content; a plan of it sends nothing that has no place to go.
        (three().post("a", &reply("b"), "A").post("b", &reply("a"), "B"), "!b !a +c "),
        (three().post("a", &reply("a"), "A"), "!a +b +c "),
    ] {
        assert_eq!(order(&paper), expected);
    }
}

#[test]
fn a_reply_waits_for_a_post_that_is_not_there() {
    let reply = three().post("b", "reply_to: a", "B");
    let blocked = "! b: waits for the post it replies to, new [send0]\n";
    for (paper, expected) in [
        (reply.clone(), "+ a: new [send0]\n+ b: new [send0]\n"),
        (
            reply.clone().post("a", "publish_at: 2027-01-01T00:00:00Z", "A"),
            "@ a: new [send0]\n! b: waits for the post it replies to, new [send0]\n",
        ),
        (
            reply.clone().with(|p| hold(p, &["a"])),
            "! a: held, new [send0]\n! b: waits for the post it replies to, new [send0]\n",
        ),
        (reply.clone().post("a", "status: draft", "A"), blocked),
    ] {
        assert_eq!(paper.without("c").show(), expected);
    }
    let buried = |paper: &mut Paper| {
        let what = What::Buried { slug: slug("a"), gone: crate::lock::Gone::Tombstone, text: None };
        paper.fold(what);
    };
    let paper = three().sent("a").without("c").post("a", "status: archived", "A").with(buried);
    assert_eq!(paper.post("b", "reply_to: a", "B").show(), blocked, "a tombstone is no post");
}

#[test]
fn links_are_filled_in_when_their_post_is_there() {
    let links = Paper::new().posts("a: [b](post:b)\nb: B");
    for (paper, expected) in [
        (links.clone(), "+ a: new [send0]\n+ b: new [send0]\n~ a: link target [edit0]\n"),
        (links.clone().post("b", "date: 2026-01-01", "B"), "+ b: new [send0]\n+ a: new [send0]\n"),
        (
            links.clone().post("b", "publish_at: 2027-01-01T00:00:00Z", "B"),
            "@ b: new [send0]\n+ a: new [send0]\n",
        ),
        (links.clone().with(|p| hold(p, &["b"])), "+ a: new [send0]\n! b: held, new [send0]\n"),
        (links.clone().with(|p| hold(p, &["a"])), "! a: held, new [send0]\n+ b: new [send0]\n"),
        (links.clone().sent("a"), "+ b: new [send0]\n~ a: link target #1 [edit0]\n"),
        (
            links.clone().sent("a").post("a", "", "A [b](post:b)"),
            "+ b: new [send0]\n~ a: text, link target #1 [edit0]\n",
        ),
        (links.clone().sent("a b"), "~ a: link target #1 [edit0]\n"),
        (links.clone().sent("b a"), ""),
        (
            links.clone().sent("b a").with(|p| p.fold(What::Forgotten { slug: slug("b") })),
            "+ b: new [send0]\n~ a: link target #2 [edit0]\n",
        ),
        (Paper::new().posts("a: [me](post:a)"), "+ a: new [send0]\n~ a: link target [edit0]\n"),
        (Paper::new().posts("a: [me](post:a)").sent("a"), "~ a: link target #1 [edit0]\n"),
        (
            Paper::new().post("a", "buttons: [[{text: B, url: 'post:b'}]]", "A").posts("b: B").sent("a"),
            "+ b: new [send0]\n~ a: link target #1 [edit0]\n",
        ),
    ] {
        assert_eq!(paper.show(), expected);
    }
    let private =
        |paper: &mut Paper| paper.policy().chat = Some(crate::ids::ChatRef::Id(crate::ids::ChatId(1000)));
    assert_eq!(
        links.with(private).show(),
        "+ a: new [send0]\n+ b: new [send0]\n",
        "no message there has a link"
    );
}

#[test]
fn what_is_in_doubt_is_shown_and_holds_back_later_sends() {
    let paper = three().sent("a").post("a", "", "A2").with(|p| p.doubt("b"));
    assert_eq!(
        paper.show(),
        "~ a: text #1 [edit0]\n! b: in doubt, new [send0]\n! c: behind a send in doubt, new [send0]\n"
    );
    assert_eq!(
        paper.clone().without("b").show(),
        "~ a: text #1 [edit0]\n! c: behind a send in doubt, new [send0]\n! b: in doubt []\n"
    );
    let renamed = paper.without("b").post("b2", "renamed_from: b", "B");
    assert_eq!(
        renamed.show(),
        "~ a: text #1 [edit0]\n! b2: behind a send in doubt, new [send0]\n! c: behind a send in doubt, new [send0]\n! b: in doubt []\n",
        "under its new name it is not sent either"
    );
}

#[test]
fn a_hold_keeps_everything_as_it_is() {
    let paper = three().sent("a b").post("a", "pin: true", "A2").post("b", "status: archived", "B");
    assert_eq!(
        paper.clone().with(|p| hold(p, &[])).show(),
        "! a: held, text #1 [edit0]\n! c: held, new [send0]\n! a: held, pin #1 [pin]\n! b: held, archived #2 [delete-1]\n"
    );
    assert_eq!(
        paper.with(|p| hold(p, &["a"])).show(),
        "! a: held, text #1 [edit0]\n+ c: new [send0]\n! a: held, pin #1 [pin]\n- b: archived #2 [delete-1]\n"
    );
}

#[test]
fn pruning_needs_a_wish_and_all_of_the_content() {
    let gone = || three().sent("a b c").without("b");
    let note = |why: &str| format!("note: 1 post is in the channel without a source: `b`; {why}\n");
    let pruned = "- b: source removed #2 [delete-1]\n";
    for (paper, expected) in [
        (gone(), note("`--prune` removes what has no source")),
        (gone().with(|p| p.scope.prune = true), pruned.to_owned()),
        (gone().with(|p| p.policy().prune = true), pruned.to_owned()),
        (
            gone().with(|p| (p.scope.prune, p.scope.complete) = (true, false)),
            note("nothing is pruned while content is missing or can't be read"),
        ),
        (
            gone().with(|p| {
                p.scope.prune = true;
                p.scope.only = Some(
                    globset::GlobSetBuilder::new().add(globset::Glob::new("*").unwrap()).build().unwrap(),
                );
            }),
            String::new(),
        ),
        (gone().post("b", "targets: [other]", "B").with(|p| p.scope.prune = true), pruned.to_owned()),
    ] {
        assert_eq!(paper.show(), expected);
    }
}

#[test]
fn a_narrowed_run_leaves_the_others_alone_renames_too() {
    let paper = three().sent("a b").without("b").post("b2", "renamed_from: b", "B").post("a", "", "A2");
    let only = |glob: &str| {
        let set = globset::GlobSetBuilder::new().add(globset::Glob::new(glob).unwrap()).build().unwrap();
        paper.clone().with(|p| p.scope.only = Some(set)).show()
    };
    assert_eq!(only("a"), "~ a: text #1 [edit0]\n");
    assert_eq!(only("b*"), "> b2: renamed #2 [move-b]\n");
    assert_eq!(only("c.md"), "+ c: new [send0]\n");
}

#[test]
fn what_is_too_old_to_be_deleted_is_buried_or_kept() {
    let old = || three().sent("a b c").post("b", "status: archived", "B");
    for (time, expected) in [("2026-11-22T09:59:59Z", "delete-1"), ("2026-11-22T10:00:00Z", "tombstone-1")] {
        assert_eq!(old().at(time).show(), format!("- b: archived #2 [{expected}]\n"));
    }
    let keeps = |p: &mut Paper| p.policy().on_undeletable = OnUndeletable::Keep;
    let later = "2026-11-23T10:00:00Z";
    assert_eq!(old().with(keeps).at(later).show(), "- b: archived #2 [keep-1]\n");
    for gone in [crate::lock::Gone::Tombstone, crate::lock::Gone::Kept] {
        let buried = |p: &mut Paper| {
            p.fold(What::Buried { slug: slug("b"), gone, text: Some(crate::ids::Digest::of("x")) });
        };
        assert_eq!(old().with(buried).at(later).show(), "", "once");
        let back = old().with(buried).at(later).post("b", "", "B");
        assert!(back.show().starts_with("~ b: source is back"), "{}", back.show());
        assert!(back.show().ends_with(" #2 [edit0]\n"), "{}", back.show());
    }
}

#[test]
fn what_people_deleted_is_restored_reported_or_forgotten() {
    let missing = |on_missing| {
        three().sent("a b c").with(|p| {
            p.found.missing.insert(MessageId(2));
            p.policy().on_missing = on_missing;
        })
    };
    assert_eq!(missing(OnMissing::Restore).show(), "^ b: missing in Telegram #2 [send0]\n");
    assert_eq!(missing(OnMissing::Forget).show(), ". b: missing in Telegram #2 [forget]\n");
    assert_eq!(
        missing(OnMissing::Report).show(),
        "note: `b` was deleted in Telegram; `on_missing: report` leaves it so\n"
    );
    let linked = missing(OnMissing::Restore).post("a", "", "[b](post:b)");
    assert_eq!(linked.show(), "^ b: missing in Telegram #2 [send0]\n~ a: text, link target #1 [edit0]\n");
}

#[test]
fn a_post_of_several_messages_grows_shrinks_and_goes_on() {
    let body = |parts: &[&str]| parts.join("\n\n~~~~\n\n");
    let two = Paper::new().post("a", "", &body(&["one", "two"]));
    assert_eq!(two.show(), "+ a: new [send0 send1]\n");
    let sent = two.clone().sent("a");
    assert_eq!(sent.show(), "");
    for (parts, expected) in [
        (&["one", "2"][..], "~ a: text #1 #2 [edit1]\n"),
        (&["one", "two", "three"], "~ a: text #1 #2 [send2]\n"),
        (&["one"], "~ a: text #1 #2 [shrink-to-1 sweep-delete-1]\n"),
        (&["1"], "~ a: text #1 #2 [edit0 shrink-to-1 sweep-delete-1]\n"),
    ] {
        assert_eq!(sent.clone().post("a", "", &body(parts)).show(), expected);
    }
    let half = two.clone().sent_partly("a");
    assert_eq!(half.show(), "+ a: new #1 [send1]\n");
    assert_eq!(half.id(), two.id(), "the same send goes on");
    let unsure = half.with(|p| p.fold(What::Unsure { slug: slug("a"), ids: vec![MessageId(1)], at: None }));
    assert_eq!(unsure.show(), "+ a: new #1 [edit0 send1]\n");
    assert_eq!(unsure.id(), two.id(), "with a doubt decided on the way too");
}

#[test]
fn a_link_to_a_post_that_is_half_there_needs_no_second_pass() {
    let body = "one\n\n~~~~\n\ntwo";
    let half = Paper::new().post("a", "", body).posts("b: [a](post:a)").sent_partly("a").sent("b");
    assert_eq!(half.show(), "+ a: new #1 [send1]\n");
}

#[test]
fn a_message_nobody_is_sure_of_is_asserted_whatever_its_source_says() {
    let unsure = |p: &mut Paper| p.fold(What::Unsure { slug: slug("a"), ids: vec![MessageId(1)], at: None });
    let paper = Paper::new().posts("a: A").sent("a").with(unsure);
    assert!(paper.show().ends_with(" #1 [edit0]\n"), "{}", paper.show());
    assert_eq!(paper.id(), Paper::new().id(), "nothing that needs an approval");
    let edited = |paper: &Paper| paper.clone().post("a", "", "A2").id();
    assert_eq!(
        edited(&paper),
        edited(&Paper::new().posts("a: A").sent("a")),
        "an approved edit stays approved"
    );
}

#[test]
fn the_guard_counts_what_is_due() {
    let many = |n: usize| (0..n).fold(Paper::new(), |p, i| p.post(&format!("p{i:02}"), "", "P"));
    assert!(!many(10).show().contains("guard"));
    assert!(many(11).show().ends_with("guard: max_sends 11 > 10\n"));
    assert!(!many(11).with(|p| hold(p, &["p00"])).show().contains("guard"));
    let names = |n: usize| (0..n).map(|i| format!("p{i:02}")).collect::<Vec<_>>().join(" ");
    let pruned = |sent: usize, left: usize| {
        let paper = many(sent).sent(&names(sent)).with(|p| p.scope.prune = true);
        (left..sent).fold(paper, |p, i| p.without(&format!("p{i:02}"))).show()
    };
    assert!(!pruned(10, 7).contains("guard"), "30 % of ten");
    assert!(pruned(10, 6).ends_with("guard: max_delete_percent 40 > 30\n"));
    assert!(!pruned(9, 1).contains("guard"), "percentages mean little in a small channel");
    assert!(pruned(40, 29).ends_with("guard: max_deletes 11 > 10\n"));
    let with_tombstones = many(12).sent(&names(12)).with(|p| {
        p.scope.prune = true;
        for name in ["p00", "p01"] {
            p.fold(What::Buried { slug: slug(name), gone: crate::lock::Gone::Tombstone, text: None });
        }
    });
    let left = with_tombstones
        .without("p00")
        .without("p01")
        .without("p11")
        .without("p10")
        .without("p09")
        .without("p08");
    assert!(left.show().ends_with("guard: max_delete_percent 40 > 30\n"), "a tombstone is no published post");
}

#[test]
fn ids_outlive_time_wording_names_and_progress() {
    let new =
        || Paper::new().post("a", "publish_at: 2026-11-21T00:00:00Z\npin: true", "[b](post:b)").posts("b: B");
    let id = new().id();
    for (same, why) in [
        (new().at("2026-11-21T00:00:00Z"), "the due date"),
        (new().with(|p| hold(p, &[])), "a hold"),
        (new().with(|p| p.doubt("b")), "a doubt"),
        (new().post("b", "title: t\ndate: 2020-01-01", "B"), "title and order"),
        (new().post("b", "", "B\n\n\n"), "form"),
    ] {
        assert_eq!(same.id(), id, "{why}");
    }
    let old = || three().sent("a b c").post("b", "status: archived", "B");
    assert_eq!(old().id(), old().at("2027-01-01T00:00:00Z").id(), "too old to be deleted meanwhile");
    let long = |p: Paper| p.post("b", "", "1\n\n~~~~\n\n2\n\n~~~~\n\n3");
    let edit = |p: Paper| p.post("b", "", "x\n\n~~~~\n\ny");
    let edited = edit(long(three()).sent("a b c"));
    let half = edited.clone().with(|p| p.fold(What::Removed { slug: slug("b"), ids: vec![MessageId(4)] }));
    assert_eq!(edited.id(), half.id(), "an edit of several messages that is half done");
    let removed = long(three()).sent("a b c").post("b", "status: archived", "B");
    let half = removed.clone().with(|p| p.fold(What::Removed { slug: slug("b"), ids: vec![MessageId(4)] }));
    assert_eq!(removed.id(), half.id(), "a removal that is half done");
}

#[test]
fn ids_die_with_what_subscribers_see_or_what_it_starts_from() {
    let base = || three().sent("a").post("b", "status: archived", "B").post("a", "", "A2");
    let tombstone = || three().sent("a b").post("b", "status: archived", "B");
    let mut ids = vec![base().id()];
    for paper in [
        base().post("a", "", "A3"),
        base().post("c", "", "C2"),
        base().post("c", "silent: true", "C"),
        base().post("c", "protect_content: true", "C"),
        base().post("c", "topic: 7", "C"),
        base().post("c", "reply_to: a", "C"),
        base().post("c", "pin: true", "C"),
        base().post("c", "link_preview: false", "C"),
        base().post("c", "publish_at: 2026-11-19T00:00:00Z", "C"),
        base().post("c", "buttons: [[{text: T, url: 'https://t.me'}]]", "C"),
        three().posts("a: other").sent("a").post("b", "status: archived", "B").post("a", "", "A2"),
        base().with(|p| p.policies = vec![policy("other", -1_001_000_000_001)]),
        base().with(|p| p.policies = vec![policy("news", -1_001_000_000_002)]),
        tombstone(),
        tombstone().with(|p| p.policy().tombstone_text = "gone for good".into()),
        tombstone().with(|p| p.policy().on_undeletable = OnUndeletable::Keep),
    ] {
        let id = paper.id();
        assert!(!ids.contains(&id), "{}", paper.show());
        ids.push(id);
    }
}

#[test]
fn the_summary_counts_what_an_apply_would_do() {
    let paper = three()
        .sent("a b")
        .post("a", "pin: true", "A2")
        .post("b", "status: archived", "B")
        .post("d", "publish_at: 2027-01-01T00:00:00Z", "D")
        .post("e", "silent: true", "E");
    let summary = paper.whole_plan().summary();
    let expected = Summary {
        send: 2,
        edit: 2,
        delete: 1,
        scheduled: 1,
        calls: 5,
        seconds: 5,
        notifications: 1,
        ..Summary::default()
    };
    assert_eq!(summary, expected);
    let twice = paper.with(|p| p.policies.push(policy("other", -1_001_000_000_002)));
    assert_eq!(twice.whole_plan().changes().count(), 6 + 5, "each target for itself");
}

#[test]
fn a_chain_of_thousands_of_replies_is_planned_from_its_root() {
    const POSTS: usize = 4_000;
    let post = |paper: Paper, i: usize| {
        let reply = if i + 1 < POSTS { format!("reply_to: p{:04}", i + 1) } else { String::new() };
        paper.post(&format!("p{i:04}"), &format!("pin: true\n{reply}"), "[last](post:p3999)")
    };
    let plan = (0..POSTS).fold(Paper::new(), post).plan();
    let sends: Vec<&str> = plan.changes.iter().take(POSTS).map(|change| change.slug.as_str()).collect();
    assert!(sends.is_sorted_by(|a, b| a > b), "the root is the last one by name");
    assert_eq!(plan.changes.len(), POSTS + 1 + POSTS, "sends, one link of the root to itself, pins");
}
