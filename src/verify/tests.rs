//! What testimony means, and what is looked at first.

use super::judge::{probed, read};
use super::{Finding, How, Item, State, order};
use crate::ids::{Digest, MessageId, RelPath, Timestamp};
use crate::lock::Kind;
use crate::ports::{Probe, Seen};

fn item(id: i32, kind: Kind) -> Item {
    Item {
        slug: "a".parse().unwrap(),
        file: RelPath::new(std::path::Path::new("content/a.md")).unwrap(),
        part: 0,
        id: MessageId(id),
        kind,
        shown: Some(Digest::of("a")),
        unsure: false,
        checked: Timestamp::UNIX_EPOCH,
    }
}

fn seen(kind: Kind, shown: &str, copied: bool) -> Seen {
    Seen {
        kind: Some(kind),
        text: String::new(),
        file: None,
        date: None,
        origin: None,
        shown: Digest::of(shown),
        copied,
    }
}

fn said(finding: &Finding) -> (State, &'static str) {
    (finding.state, finding.how.name())
}

#[test]
fn what_was_read_is_held_against_what_was_told() {
    use Kind::{Photo, Text};
    let text = || item(1, Text);
    let unrecorded = || Item { shown: None, ..text() };
    for (item, seen, expected) in [
        (text(), seen(Text, "a", false), (State::InSync, "read")),
        (text(), seen(Text, "a", true), (State::InSync, "copied")),
        (text(), seen(Text, "b", false), (State::Edited, "read")),
        (Item { unsure: true, ..text() }, seen(Text, "b", false), (State::Unknown, "unsure")),
        (unrecorded(), seen(Text, "b", false), (State::Unknown, "unrecorded")),
        (unrecorded(), seen(Photo, "b", false), (State::Edited, "read")),
    ] {
        let finding = read(&item, &seen);
        assert_eq!(said(&finding), expected, "{item:?}");
        assert_eq!((finding.kind, finding.shown), (seen.kind, Some(seen.shown)));
    }
}

#[test]
fn a_probe_tells_little() {
    use Kind::{Photo, Rich, Text};
    let there = |holds_text| Probe::There { holds_text };
    let odd = || Probe::Opaque("hm".into());
    for (kind, probe, expected, asserted) in [
        (Text, there(true), (State::Unknown, "there"), true),
        (Rich, there(true), (State::Unknown, "there"), true),
        (Photo, there(false), (State::Unknown, "there"), true),
        (Text, there(false), (State::Edited, "holds_file"), false),
        (Rich, there(false), (State::Edited, "holds_file"), false),
        (Text, Probe::Locked, (State::Unknown, "locked"), false),
        // Somebody may have been wrong.
        (Text, Probe::Missing, (State::Unknown, "unclear"), false),
        (Text, odd(), (State::Unknown, "unclear"), false),
    ] {
        let finding = probed(&item(1, kind), &probe);
        assert_eq!(said(&finding), expected, "{kind:?} {probe:?}");
        assert_eq!(finding.can_be_asserted(), asserted, "{kind:?} {probe:?}");
        assert!(finding.was_looked_at());
    }
    assert!(!Finding::new(&item(1, Text), State::Unknown, How::Budget).was_looked_at());
}

#[test]
fn the_oldest_checked_first_and_from_another_place_where_nothing_is_remembered() {
    let at = |second| Timestamp::from_second(second).unwrap();
    let items = || -> Vec<Item> {
        let checked = [(4, 9), (3, 5), (2, 5), (1, 7)];
        checked.map(|(id, second)| Item { checked: at(second), ..item(id, Kind::Text) }).into()
    };
    for (turn, expected) in [(None, [2, 3, 1, 4]), (Some(0), [2, 3, 1, 4]), (Some(5), [3, 1, 4, 2])] {
        let mut items = items();
        order(&mut items, turn);
        assert_eq!(items.iter().map(|item| item.id.0).collect::<Vec<_>>(), expected, "{turn:?}");
    }
    order(&mut [], Some(3));
}
