//! From what is known of every message that may be one to what became of the sends in doubt. Pure.

use super::evidence::Evidence;
use super::says::says;
use crate::apply::Rules;
use crate::ids::MessageId;
use crate::lock::{Content, Payload};
use crate::ports::Seen;

/// A message that no record explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub id: MessageId,
    pub evidence: Evidence,
    /// It is text, and no file; `None`: nobody knows.
    pub holds_text: Option<bool>,
    /// What it says, if it was read.
    pub seen: Option<Seen>,
}

/// What became of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is these messages. What they say by now is another matter: the next plan asserts it by an edit.
    Adopt(Vec<MessageId>),
    /// It had no effect, or a person took it away: it is sent again.
    Absent,
    /// Only a person can tell, and why.
    Ask(String),
    /// It could not be looked at, and why: the next run does.
    Later(String),
}

/// Decide on the sends `open`, in the order in which they were made, from all that is in the window and not explained.
/// `restore`: what is missing is sent again.
pub fn decide(open: &[&Payload], window: &[Candidate], restore: bool, rules: &Rules) -> Vec<Verdict> {
    match open {
        [one] => vec![decide_one(one, window, restore, rules)],
        several => decide_several(several, window, restore, rules),
    }
}

fn decide_one(payload: &Payload, window: &[Candidate], restore: bool, rules: &Rules) -> Verdict {
    let fits = |candidate: &&Candidate| {
        is_of_kind(payload, candidate)
            && (rules.ownership_decides || reads(payload, candidate) != Some(false))
    };
    let own: Vec<&Candidate> = owned(window).filter(fits).collect();
    let wanted = payload.content.messages();
    if own.is_empty() {
        return nothing(payload, window, restore);
    }
    if own.len() > wanted {
        let same: Vec<&Candidate> =
            own.into_iter().filter(|candidate| reads(payload, candidate) == Some(true)).collect();
        if same.len() != wanted {
            return Verdict::Ask(format!(
                "more messages of the bot are there than it was sent as ({wanted})"
            ));
        }
        return Verdict::Adopt(ids(&same));
    }
    complete(&ids(&own), wanted, window)
}

/// Messages of the bot, whatever they are.
fn owned(window: &[Candidate]) -> impl Iterator<Item = &Candidate> {
    window.iter().filter(|candidate| matches!(candidate.evidence, Evidence::Own(_)))
}

fn ids(candidates: &[&Candidate]) -> Vec<MessageId> {
    candidates.iter().map(|candidate| candidate.id).collect()
}

fn reads(payload: &Payload, candidate: &Candidate) -> Option<bool> {
    candidate.seen.as_ref().and_then(|seen| says(payload, seen))
}

/// Text stays text, and a file a file, whoever edits it.
fn is_of_kind(payload: &Payload, candidate: &Candidate) -> bool {
    candidate.holds_text.is_none_or(|text| text == is_text(payload))
}

/// A send of it becomes a message of text.
pub(super) fn is_text(payload: &Payload) -> bool {
    matches!(payload.content, Content::Text { .. } | Content::Rich { .. })
}

/// No message is it.
fn nothing(payload: &Payload, window: &[Candidate], restore: bool) -> Verdict {
    if let Some(odd) = owned(window).find(|candidate| !is_of_kind(payload, candidate)) {
        return Verdict::Ask(format!("message {} is the bot's own, but of another kind", odd.id));
    }
    let opaque = window.iter().find_map(|candidate| match &candidate.evidence {
        Evidence::Opaque(why) => Some((candidate.id, why)),
        _ => None,
    });
    if let Some((id, why)) = opaque {
        return Verdict::Ask(format!("message {id} may be it: {why}"));
    }
    let missing = window.iter().any(|candidate| candidate.evidence == Evidence::Missing);
    if missing && !restore {
        let why = "a message is missing: it was never sent, or a person deleted it";
        return Verdict::Ask(why.to_owned());
    }
    Verdict::Absent
}

/// An album of which messages are gone is adopted with the ids they had: albums have consecutive ones. What is missing is
/// found by the edit that asserts it.
fn complete(own: &[MessageId], wanted: usize, window: &[Candidate]) -> Verdict {
    if own.len() == wanted {
        return Verdict::Adopt(own.to_vec());
    }
    let is_there_or_missing = |id: &MessageId| {
        own.contains(id)
            || window.iter().any(|candidate| candidate.id == *id && candidate.evidence == Evidence::Missing)
    };
    let (Some(first), Some(last)) = (own.first(), own.last()) else { return Verdict::Absent };
    let length = i32::try_from(wanted).unwrap_or(i32::MAX);
    let earliest = last.0.saturating_sub(length - 1).max(1);
    let album =
        |from: i32| -> Vec<MessageId> { (from..from.saturating_add(length)).map(MessageId).collect() };
    let fits = (earliest..=first.0).rev().map(album).find(|ids| ids.iter().all(is_there_or_missing));
    match fits {
        Some(ids) => Verdict::Adopt(ids),
        None => Verdict::Ask(format!("{} of its {wanted} messages are there", own.len())),
    }
}

fn decide_several(open: &[&Payload], window: &[Candidate], restore: bool, rules: &Rules) -> Vec<Verdict> {
    if let Some(read) = by_content(open, window) {
        let each = open.iter().zip(read).map(|(payload, own)| match own.len() {
            0 => nothing(payload, &without_own(window), restore),
            n if n > payload.content.messages() => {
                Verdict::Ask("more than one message says what was sent".to_owned())
            }
            _ => complete(&own, payload.content.messages(), window),
        });
        return each.collect();
    }
    in_order(open, window, restore, rules)
}

fn without_own(window: &[Candidate]) -> Vec<Candidate> {
    let others = window.iter().filter(|candidate| !matches!(candidate.evidence, Evidence::Own(_)));
    others.cloned().collect()
}

/// Which messages are which send, where every one of the bot's messages says what exactly one of them said.
fn by_content(open: &[&Payload], window: &[Candidate]) -> Option<Vec<Vec<MessageId>>> {
    let mut found = vec![Vec::new(); open.len()];
    for candidate in owned(window) {
        let mut says = (0..open.len()).filter(|index| reads(open[*index], candidate) == Some(true));
        let (one, another) = (says.next()?, says.next());
        if another.is_some() {
            return None;
        }
        found[one].push(candidate.id);
    }
    Some(found)
}

/// They can't be read: sends are made one after another, so they are there in order, as far as all are there or nobody
/// took any away.
fn in_order(open: &[&Payload], window: &[Candidate], restore: bool, rules: &Rules) -> Vec<Verdict> {
    let owned: Vec<&Candidate> = owned(window).collect();
    let own = ids(&owned);
    if own.is_empty() {
        return open.iter().map(|payload| nothing(payload, window, restore)).collect();
    }
    let total: usize = open.iter().map(|payload| payload.content.messages()).sum();
    let missing = window.iter().any(|candidate| candidate.evidence == Evidence::Missing);
    let opaque = window.iter().any(|candidate| matches!(candidate.evidence, Evidence::Opaque(_)));
    // One of another kind is none of them: a marker that was forgotten, say.
    let odd = owned.iter().any(|one| !open.iter().any(|payload| is_of_kind(payload, one)));
    let unclear = own.len() < total && rules.order_needs_all && (missing || opaque);
    if odd || own.len() > total || unclear {
        let why = "several sends are in doubt, and which of them is there can't be read";
        return vec![Verdict::Ask(why.to_owned()); open.len()];
    }
    let mut left = own.as_slice();
    let take = |payload: &&Payload| {
        let (these, rest) = left.split_at(payload.content.messages().min(left.len()));
        left = rest;
        match these {
            [] => Verdict::Absent,
            these => complete(these, payload.content.messages(), window),
        }
    };
    open.iter().map(take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apply::settle::evidence::{ForeignBy, OwnBy};
    use crate::ids::{Digest, RelPath, Sha256Hex};
    use crate::lock::testing::payload;
    use crate::lock::{Attachment, Kind};

    fn text(says: &str) -> Payload {
        payload(Content::Text { html: says.into() })
    }

    fn album(files: usize) -> Payload {
        let item = |n: usize| Attachment {
            file: RelPath::new(std::path::Path::new(&format!("{n}.jpg"))).unwrap(),
            file_id: None,
            html: String::new(),
            kind: crate::media::Kind::Photo,
            sha256: Sha256Hex::of(b"x"),
            size: 1,
            spoiler: false,
            thumbnail: None,
        };
        payload(Content::Media { items: (0..files).map(item).collect(), above: false })
    }

    /// `7o` own text, `7m` own media, `7f` foreign, `7-` missing, `7?` opaque, `7o=A` own text that reads so.
    fn window(text: &str) -> Vec<Candidate> {
        let one = |word: &str| {
            let (head, says) = word.split_once('=').unwrap_or((word, ""));
            let (id, kind) = head.split_at(head.len() - 1);
            let evidence = match kind {
                "o" | "m" => Evidence::Own(OwnBy::Editable),
                "f" => Evidence::Foreign(ForeignBy::Locked),
                "-" => Evidence::Missing,
                _ => Evidence::Opaque("hm".into()),
            };
            let seen = (!says.is_empty()).then(|| Seen {
                kind: Some(Kind::Text),
                text: says.into(),
                file: None,
                date: None,
                origin: None,
                shown: Digest::of("x"),
                copied: false,
            });
            let holds_text = matches!(kind, "o" | "m").then_some(kind == "o");
            Candidate { id: MessageId(id.parse().unwrap()), evidence, holds_text, seen }
        };
        text.split_whitespace().map(one).collect()
    }

    fn show(verdicts: &[Verdict]) -> String {
        let one = |verdict: &Verdict| match verdict {
            Verdict::Adopt(ids) => ids.iter().map(ToString::to_string).collect::<Vec<_>>().join("+"),
            Verdict::Absent => "absent".into(),
            Verdict::Ask(_) | Verdict::Later(_) => "ask".into(),
        };
        verdicts.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn one_send() {
        for (payload, seen, restore, expected) in [
            (text("A"), "", true, "absent"),
            (text("A"), "6f 7f", true, "absent"),
            (text("A"), "6f 7o 8f", true, "7"),
            (text("A"), "6- 7o 8?", true, "7"),
            (text("A"), "6-", true, "absent"),
            (text("A"), "6-", false, "ask"),
            (text("A"), "6- 7?", true, "ask"),
            (text("A"), "6o 7o", true, "ask"),
            (text("A"), "6o=B 7o=A", true, "7"),
            (text("A"), "6o=A 7o=A", true, "ask"),
            (text("A"), "6o=B", true, "6"),
            (text("A"), "6m", true, "ask"),
            (text("A"), "6m 7o", true, "7"),
            (album(3), "6m 7m 8m", true, "6+7+8"),
            (album(3), "6m 7- 8m", true, "6+7+8"),
            (album(3), "5- 6- 7m 8-", true, "6+7+8"),
            (album(3), "6- 7m", true, "ask"),
            (album(3), "5- 6- 7m", true, "5+6+7"),
            (album(3), "6m 9m", true, "ask"),
            (album(3), "6m 7m 8m 9m", true, "ask"),
            (album(3), "6- 7- 8-", true, "absent"),
            (album(3), "6o", true, "ask"),
        ] {
            let verdicts = decide(&[&payload], &window(seen), restore, &Rules::default());
            assert_eq!(show(&verdicts), expected, "{seen}");
        }
    }

    #[test]
    fn several_sends() {
        let (a, b) = (text("A"), text("B"));
        for (seen, restore, expected) in [
            ("", true, "absent absent"),
            ("6o 7o", true, "6 7"),
            ("6o", true, "6 absent"),
            ("6- 7o", true, "ask ask"),
            ("6?", true, "ask ask"),
            ("6- 7-", true, "absent absent"),
            ("6- 7-", false, "ask ask"),
            ("6- 7o=B", true, "absent 7"),
            ("6o=B 7o=A", true, "7 6"),
            ("6o=B 7o=B", true, "absent ask"),
            ("6o=B 7o", true, "6 7"),
            ("6o 7o 8o", true, "ask ask"),
            ("6m", true, "ask ask"),
        ] {
            let verdicts = decide(&[&a, &b], &window(seen), restore, &Rules::default());
            assert_eq!(show(&verdicts), expected, "{seen}");
        }
        let guesses = Rules { order_needs_all: false, ..Rules::default() };
        assert_eq!(show(&decide(&[&a, &b], &window("6- 7o"), true, &guesses)), "7 absent");
        let twins = decide(&[&a, &a], &window("6o=A 7o=A"), true, &Rules::default());
        assert_eq!(show(&twins), "6 7", "the same twice: in their order");
    }

    #[test]
    fn an_edited_post_is_taken_for_another_where_content_decides() {
        let content = Rules { ownership_decides: false, ..Rules::default() };
        assert_eq!(show(&decide(&[&text("A")], &window("6o=B"), true, &content)), "absent");
    }
}
