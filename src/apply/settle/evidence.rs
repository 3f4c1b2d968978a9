//! What is known of one message, and what follows for whose it is. Pure.

use std::fmt;

use crate::apply::Rules;
use crate::ids::{ChatId, MessageId, Timestamp};
use crate::lock::Payload;
use crate::ports::{Probe, Reading, Seen};

use super::says::says;

/// All that witnesses said of one message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Testimony {
    /// In the order in which they were asked for.
    pub probes: Vec<Probe>,
    /// An update told that it is of somebody else.
    pub heard: bool,
    /// The discussion group got it as a post of the channel.
    pub receipt: bool,
    pub reading: Option<Reading>,
}

/// What testimony is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Bench<'a> {
    pub chat: ChatId,
    /// The bot may edit posts of others here: that it could edit one says nothing about whose it is.
    pub edit_others: bool,
    pub ledger: Coverage,
    /// When the sends in question can have had their effect.
    pub span: (Timestamp, Timestamp),
    pub wanted: &'a [&'a Payload],
    pub rules: &'a Rules,
}

/// What of the messages of others was told by updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coverage {
    /// Something may be missing.
    Torn,
    /// Everything of this moment and later, by the date of the message.
    Since(Timestamp),
    /// Everything above the last message that was known before them.
    Whole,
}

/// Whose a message is, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    Own(OwnBy),
    Foreign(ForeignBy),
    Missing,
    /// Why it can't be told.
    Opaque(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnBy {
    Receipt,
    /// The bot could edit it, and can't edit posts of others.
    Editable,
    /// It is there, and no update told of it: a bot is not told of what it does itself.
    NotHeard,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignBy {
    Heard,
    /// The bot can't edit it.
    Locked,
    /// It is of another time than the send.
    Dated,
    Forwarded,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own(OwnBy::Receipt) => "ours: the discussion group got it as a post of the channel",
            Self::Own(OwnBy::Editable) => "ours: the bot can edit it, and nothing of others",
            Self::Own(OwnBy::NotHeard) => "ours: no update told of it, as of all that others post",
            Self::Foreign(ForeignBy::Heard) => "of somebody else: an update told of it",
            Self::Foreign(ForeignBy::Locked) => "of somebody else: the bot can't edit it",
            Self::Foreign(ForeignBy::Dated) => "of somebody else: it is of another time",
            Self::Foreign(ForeignBy::Forwarded) => "of somebody else: it was forwarded",
            Self::Missing => "not there",
            Self::Opaque(why) => return write!(f, "can't be told: {why}"),
        })
    }
}

/// Clocks differ; a date tells something only when it is off by more.
pub(super) const CLOCKS_DIFFER: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

/// Judge what is known of one message.
pub fn classify(id: MessageId, told: &Testimony, bench: &Bench<'_>) -> Evidence {
    if told.heard {
        return Evidence::Foreign(ForeignBy::Heard);
    }
    let there = told.probes.iter().any(|probe| matches!(probe, Probe::There { .. }));
    if told.probes.contains(&Probe::Locked) && !there {
        return Evidence::Foreign(ForeignBy::Locked);
    }
    if !there {
        return not_there(told, bench.rules);
    }
    if told.receipt {
        return Evidence::Own(OwnBy::Receipt);
    }
    if !bench.edit_others || !bench.rules.ownership_needs_witness {
        return Evidence::Own(OwnBy::Editable);
    }
    witnessed(id, told, bench)
}

fn not_there(told: &Testimony, rules: &Rules) -> Evidence {
    let missing = told.probes.iter().filter(|probe| **probe == Probe::Missing).count();
    let enough = if rules.missing_twice { 2 } else { 1 };
    if missing >= enough && missing == told.probes.len() {
        return Evidence::Missing;
    }
    let odd = told.probes.iter().find_map(|probe| match probe {
        Probe::Opaque(why) => Some(why.clone()),
        _ => None,
    });
    Evidence::Opaque(odd.unwrap_or_else(|| "it was looked for too few times".to_owned()))
}

/// It is there, and the bot could edit it whoever's it is.
fn witnessed(id: MessageId, told: &Testimony, bench: &Bench<'_>) -> Evidence {
    let seen = match &told.reading {
        Some(Reading::Seen(seen)) => Some(&**seen),
        _ => None,
    };
    if let Some(by) = seen.and_then(|seen| foreign(id, seen, bench)) {
        return Evidence::Foreign(by);
    }
    let since = if bench.rules.ledger_is_whole { bench.ledger } else { Coverage::Whole };
    match (since, seen) {
        (Coverage::Whole, _) => Evidence::Own(OwnBy::NotHeard),
        (Coverage::Since(moment), Some(seen)) if seen.date.is_some_and(|date| date >= moment) => {
            Evidence::Own(OwnBy::NotHeard)
        }
        // A person's copy says the same.
        (_, Some(seen)) if bench.wanted.iter().any(|wanted| says(wanted, seen) == Some(true)) => {
            Evidence::Opaque("it says what was sent, and so would a copy that a person made".to_owned())
        }
        (_, Some(_)) => Evidence::Opaque("it is of that time and says something else".to_owned()),
        (_, None) => {
            Evidence::Opaque("the bot may edit posts of others here, and nobody saw whose it is".to_owned())
        }
    }
}

fn foreign(id: MessageId, seen: &Seen, bench: &Bench<'_>) -> Option<ForeignBy> {
    let (from, to) = bench.span;
    let earliest = from.checked_sub(CLOCKS_DIFFER).unwrap_or(Timestamp::MIN);
    let latest = to.checked_add(CLOCKS_DIFFER).unwrap_or(Timestamp::MAX);
    if seen.date.is_some_and(|date| !(earliest..=latest).contains(&date)) {
        return Some(ForeignBy::Dated);
    }
    seen.origin.is_some_and(|origin| origin != (bench.chat, id)).then_some(ForeignBy::Forwarded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Digest;
    use crate::lock::{Content, Kind, Preview};

    const CHAT: ChatId = ChatId(-1_001_000_000_001);
    const THERE: Probe = Probe::There { holds_text: true };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn read(text: &str, second: i64, origin: i64) -> Reading {
        Reading::Seen(Box::new(Seen {
            kind: Some(Kind::Text),
            text: text.into(),
            file: None,
            date: Some(at(second)),
            origin: Some((ChatId(origin), MessageId(7))),
            shown: Digest::of("x"),
            copied: false,
        }))
    }

    fn judge(told: &Testimony, edit_others: bool, ledger: Coverage, rules: &Rules) -> String {
        let payload = Payload {
            content: Content::Text { html: "A".into() },
            buttons: Vec::new(),
            preview: Preview::default(),
            protect: false,
            reply_to: None,
            silent: false,
        };
        let wanted = [&payload];
        let span = (at(1000), at(1300));
        let bench = Bench { chat: CHAT, edit_others, ledger, span, wanted: &wanted, rules };
        match classify(MessageId(7), told, &bench) {
            Evidence::Own(by) => format!("own {by:?}"),
            Evidence::Foreign(by) => format!("foreign {by:?}"),
            Evidence::Missing => "missing".into(),
            Evidence::Opaque(_) => "opaque".into(),
        }
    }

    #[test]
    fn where_only_its_own_can_be_edited_a_probe_tells() {
        let opaque = || Probe::Opaque("hm".into());
        for (probes, expected) in [
            (vec![THERE], "own Editable"),
            (vec![Probe::Missing, THERE], "own Editable"),
            (vec![Probe::Locked], "foreign Locked"),
            (vec![Probe::Missing], "opaque"),
            (vec![Probe::Missing, Probe::Missing], "missing"),
            (vec![Probe::Missing, opaque()], "opaque"),
            (vec![opaque()], "opaque"),
            (vec![], "opaque"),
        ] {
            let told = Testimony { probes, ..Testimony::default() };
            assert_eq!(judge(&told, false, Coverage::Torn, &Rules::default()), expected, "{told:?}");
        }
        let once = Testimony { probes: vec![Probe::Missing], ..Testimony::default() };
        let rules = Rules { missing_twice: false, ..Rules::default() };
        assert_eq!(judge(&once, false, Coverage::Torn, &rules), "missing");
    }

    #[test]
    fn where_others_can_be_edited_a_witness_tells() {
        use Coverage::{Since, Torn, Whole};
        let told = |reading| Testimony { probes: vec![THERE], reading, ..Testimony::default() };
        let (own, since) = (CHAT.0, Since(at(1000)));
        for (told, ledger, expected) in [
            (told(None), Torn, "opaque"),
            (told(None), since, "opaque"),
            (told(None), Whole, "own NotHeard"),
            (Testimony { heard: true, ..told(None) }, Whole, "foreign Heard"),
            (Testimony { receipt: true, ..told(None) }, Torn, "own Receipt"),
            (told(Some(read("A", 1010, own))), Torn, "opaque"),
            (told(Some(read("B", 1010, own))), Torn, "opaque"),
            (told(Some(read("B", 1010, own))), since, "own NotHeard"),
            (told(Some(read("A", 1010, own))), Since(at(1011)), "opaque"),
            (told(Some(read("A", 900, own))), since, "foreign Dated"),
            (told(Some(read("A", 1400, own))), Whole, "foreign Dated"),
            (told(Some(read("A", 1010, -5))), Whole, "foreign Forwarded"),
            (told(Some(Reading::Unreadable("protected".into()))), since, "opaque"),
        ] {
            assert_eq!(judge(&told, true, ledger, &Rules::default()), expected, "{told:?} {ledger:?}");
        }
        let careless = Rules { ownership_needs_witness: false, ..Rules::default() };
        assert_eq!(judge(&told(None), true, Torn, &careless), "own Editable");
        let trusting = Rules { ledger_is_whole: false, ..Rules::default() };
        assert_eq!(judge(&told(None), true, Torn, &trusting), "own NotHeard");
    }
}
