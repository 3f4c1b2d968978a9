//! The journal: an intent before every call, an outcome after it. What it holds beyond the lock is folded in at the
//! next start, so a run may die anywhere.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::json::audit;
use super::{Event, Lock, MirrorEvent, Payload, Pending, SentPart, TargetLock, What};
use crate::ids::{ChangeId, MessageId, Slug, TargetName, Timestamp, TopicId};

/// One line of `.tgsync/journal.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Unique and time-ordered; an outcome carries the id of its intent.
    pub id: String,
    #[serde(flatten)]
    pub what: Note,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// A run begins, on a lock of this lineage.
    Run {
        lineage: String,
        /// Its journal is a ref of the remote, and this is its lease: what stands here is a copy.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        epoch: Option<u64>,
    },
    /// A call is about to be made.
    Intent(Box<Intent>),
    /// The call took effect.
    Outcome(Event),
    /// The call certainly had no effect.
    Refused { error: String },
    /// The call may have had its effect.
    Unknown { error: String },
    /// The call was never made.
    NotAttempted(bool),
    /// Something to remember that no call stands behind.
    Fact(Event),
    /// What the platform answered to a send of a run that had lost its lease by then. `id` is that of its intent.
    Late(Event),
    /// Something happened to the object store.
    Mirror(MirrorEvent),
}

/// A call, as written down before it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intent {
    pub target: TargetName,
    pub slug: Slug,
    pub part: usize,
    pub verb: IntentVerb,
    pub at: Timestamp,
    /// The highest message id known in that chat at this moment.
    pub after: MessageId,
    /// Messages that the call touches, or that a send replaces.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<MessageId>,
    /// Of those that a send replaces: what is still in the chat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Payload>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<SentPart>,
    /// The change that is complete once this call took effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completes: Option<ChangeId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntentVerb {
    Send,
    Edit,
    Delete,
    Pin,
    Unpin,
}

impl Intent {
    /// What this call leaves when nobody saw its end: a send is in doubt, what an edit or a delete touched is unsure.
    /// `None` for pins: the next plan asserts them as they are.
    pub fn unseen(&self, id: &str) -> Option<Event> {
        let what = match self.verb {
            IntentVerb::Send => What::InDoubt { pending: Box::new(self.pending(id)?) },
            IntentVerb::Edit | IntentVerb::Delete => {
                let at = (self.verb == IntentVerb::Edit).then_some(self.at);
                What::Unsure { slug: self.slug.clone(), ids: self.ids.clone(), at }
            }
            IntentVerb::Pin | IntentVerb::Unpin => return None,
        };
        Some(Event { target: self.target.clone(), what })
    }

    fn pending(&self, id: &str) -> Option<Pending> {
        let record = self.record.clone()?;
        Some(Pending {
            after: self.after,
            at: self.at,
            blob: record.blob.clone(),
            id: id.to_owned(),
            left: self.left.clone(),
            part: self.part,
            payload: self.payload.clone()?,
            slug: self.slug.clone(),
            topic: self.topic,
            record,
            completes: self.completes.clone(),
        })
    }

    /// That the change it completes is done.
    pub fn completion(&self) -> Option<Event> {
        let what = What::Done { change: self.completes.clone()? };
        Some(Event { target: self.target.clone(), what })
    }
}

/// Why a journal can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    #[error("line {line} is not a journal entry: {error}")]
    Syntax { line: usize, error: String },
    #[error("it belongs to a lock of lineage `{journal}`, this lock is `{lock}`")]
    Lineage { journal: String, lock: String },
    #[error(
        "it says that `{slug}` of target `{target}` was sent as message {journal}, the lock says message {lock}: two runs sent it"
    )]
    Twice { target: TargetName, slug: Slug, journal: MessageId, lock: MessageId },
    /// Lock and journal are whole, both together are not: one message in two posts.
    #[error("together with this lock it makes none: {0}")]
    Unfit(String),
}

/// Read the lines of a journal. A last line without its end was torn by a crash and is ignored.
pub fn parse(text: &str) -> Result<Vec<Entry>, JournalError> {
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty())
        .map(|(index, line)| {
            serde_json::from_str(line)
                .map_err(|error| JournalError::Syntax { line: index + 1, error: error.to_string() })
        })
        .collect()
}

/// The lineage of the lock that a journal belongs to; `None` for an empty one.
pub fn lineage_of(entries: &[Entry]) -> Option<&str> {
    entries.iter().find_map(|entry| match &entry.what {
        Note::Run { lineage, .. } => Some(lineage.as_str()),
        _ => None,
    })
}

/// Fold everything the journal knows into the lock; calls without an end leave what they leave. What the lock holds already,
/// because it was saved and the journal outlived that, is not folded again: names may have changed hands since.
pub fn replay(lock: &mut Lock, entries: &[Entry]) -> Result<(), JournalError> {
    refuse_other_lineage(lock, entries)?;
    let own = ids_sent(entries);
    let (folded, rest) = entries.split_at(folded(lock, entries));
    let mut open = left_open(lock, folded);
    forget_doubts(lock, &open, rest);
    for entry in rest {
        let id = entry.id.as_str();
        match &entry.what {
            // What an earlier run left open was over before this one began.
            Note::Run { .. } => leave(lock, std::mem::take(&mut open)),
            Note::Intent(intent) => {
                open.insert(id, intent);
            }
            Note::Outcome(event) => {
                let intent = open.remove(id);
                refuse_second_copy(lock, event, intent, &own)?;
                lock.fold(event);
                intent.and_then(Intent::completion).iter().for_each(|done| lock.fold(done));
            }
            Note::Refused { .. } | Note::NotAttempted(_) => {
                open.remove(id);
            }
            Note::Unknown { .. } => leave(lock, open.remove_entry(id)),
            Note::Fact(event) => {
                // A doubt that was decided: the intent behind it may stand in this very journal.
                leave(lock, settled(event).and_then(|id| open.remove_entry(id)));
                lock.fold(event);
            }
            // It came from another run, which knew nothing of what stands before it.
            Note::Late(_) => {}
            Note::Mirror(event) => lock.fold_mirror(event),
        }
    }
    leave(lock, open);
    fold_late(lock, rest);
    audit(lock).map_err(|error| JournalError::Unfit(error.to_string()))
}

/// Fold the evidence among these entries, once everything else is: what runs were answered that had lost their lease.
pub fn fold_late(lock: &mut Lock, entries: &[Entry]) {
    for entry in entries {
        let Note::Late(event) = &entry.what else { continue };
        for what in late(&lock.target(&event.target), &entry.id, &event.what) {
            lock.fold(&Event { target: event.target.clone(), what });
        }
    }
}

/// It decides the doubt that the send became, adds nothing to what is known, or is a copy that somebody else's verdict made
/// one too many.
fn late(target: &TargetLock, id: &str, what: &What) -> Vec<What> {
    let What::Sent { slug, part, ids, .. } = what else { return Vec::new() };
    if target.doubt.iter().any(|pending| pending.id == id) {
        return vec![What::WasSent { id: id.to_owned(), ids: ids.clone() }];
    }
    let known = |id: &&MessageId| target.posts.values().any(|post| post.ids().any(|known| known == **id));
    let is_there = target.posts.get(slug).is_some_and(|post| post.parts.len() > *part);
    let unknown: Vec<MessageId> = ids.iter().filter(|id| !known(id)).copied().collect();
    match (unknown.is_empty(), is_there) {
        (true, _) => Vec::new(),
        (false, false) => vec![what.clone()],
        (false, true) => {
            let stray = |message| What::Stray { slug: Some(slug.clone()), message };
            unknown.into_iter().map(stray).collect()
        }
    }
}

fn refuse_other_lineage(lock: &Lock, entries: &[Entry]) -> Result<(), JournalError> {
    let lineages = entries.iter().filter_map(|entry| match &entry.what {
        Note::Run { lineage, .. } => Some(lineage),
        _ => None,
    });
    match lineages.into_iter().find(|lineage| **lineage != lock.lineage) {
        Some(other) => Err(JournalError::Lineage { journal: other.clone(), lock: lock.lineage.clone() }),
        None => Ok(()),
    }
}

/// How many entries the lock certainly holds: they are folded in their order, so all up to the last one that sent a message
/// which the lock records.
fn folded(lock: &Lock, entries: &[Entry]) -> usize {
    let recorded: BTreeSet<(&TargetName, MessageId)> = lock
        .targets
        .iter()
        .flat_map(|(name, target)| {
            target.posts.values().flat_map(move |post| post.ids().map(move |id| (name, id)))
        })
        .collect();
    let is_there = |entry: &Entry| sent_by(entry).any(|message| recorded.contains(&message));
    entries.iter().rposition(is_there).map_or(0, |last| last + 1)
}

/// Calls that are under way behind these entries. What they say of plans is folded again, or what follows would be said of a
/// plan that began later.
fn left_open<'e>(lock: &mut Lock, entries: &'e [Entry]) -> BTreeMap<&'e str, &'e Intent> {
    let (mut begun, mut open) = (BTreeMap::new(), BTreeSet::new());
    for entry in entries {
        let id = entry.id.as_str();
        let (over, done) = match &entry.what {
            Note::Run { .. } => {
                open.clear();
                continue;
            }
            Note::Intent(intent) => {
                begun.insert(id, &**intent);
                open.insert(id);
                continue;
            }
            Note::Outcome(_) => (id, true),
            Note::Fact(event) => {
                if is_of_a_plan(&event.what) {
                    lock.fold(event);
                }
                (settled(event).unwrap_or(id), matches!(event.what, What::WasSent { .. }))
            }
            _ => (id, false),
        };
        open.remove(over);
        let completed = begun.get(over).filter(|_| done).and_then(|intent| intent.completion());
        if let Some(event) = completed {
            lock.fold(&event);
        }
    }
    begun.retain(|id, _| open.contains(id));
    begun
}

fn is_of_a_plan(what: &What) -> bool {
    matches!(what, What::Started { .. } | What::Done { .. } | What::Applied { .. } | What::Settled)
}

fn leave<'e>(lock: &mut Lock, open: impl IntoIterator<Item = (&'e str, &'e Intent)>) {
    for (id, intent) in open {
        intent.unseen(id).iter().for_each(|event| lock.fold(event));
    }
}

/// Messages that sends of this journal became.
fn ids_sent(entries: &[Entry]) -> BTreeSet<(&TargetName, MessageId)> {
    entries.iter().flat_map(sent_by).collect()
}

/// Messages that a send became, as the platform or a person said.
fn sent_by(entry: &Entry) -> impl Iterator<Item = (&TargetName, MessageId)> {
    let sent = match &entry.what {
        Note::Outcome(event) | Note::Fact(event) => match &event.what {
            What::Sent { ids, .. } | What::WasSent { ids, .. } => Some((&event.target, ids)),
            _ => None,
        },
        _ => None,
    };
    sent.into_iter().flat_map(|(target, ids)| ids.iter().map(move |id| (target, *id)))
}

/// Doubts that this very journal leaves: it says them again, each under the name that it had at that moment.
fn forget_doubts(lock: &mut Lock, open: &BTreeMap<&str, &Intent>, rest: &[Entry]) {
    let begun =
        rest.iter().filter(|entry| matches!(entry.what, Note::Intent(_))).map(|entry| entry.id.as_str());
    let own: BTreeSet<&str> = begun.chain(open.keys().copied()).collect();
    for target in lock.targets.values_mut() {
        target.doubt.retain(|pending| !own.contains(pending.id.as_str()));
    }
}

/// The lock was pulled meanwhile, and another run had sent the same post: folding would lose track of that message.
fn refuse_second_copy(
    lock: &Lock,
    event: &Event,
    intent: Option<&Intent>,
    own: &BTreeSet<(&TargetName, MessageId)>,
) -> Result<(), JournalError> {
    let What::Sent { slug, part, ids, .. } = &event.what else { return Ok(()) };
    let recorded = lock.targets.get(&event.target).and_then(|target| target.posts.get(slug));
    let there = recorded.and_then(|post| post.parts.get(*part)).map(|part| part.ids.as_slice());
    let replaced = intent.map(|intent| intent.ids.as_slice()).unwrap_or_default();
    let explained = |id: &MessageId| replaced.contains(id) || own.contains(&(&event.target, *id));
    let other = there.unwrap_or_default().iter().find(|id| !explained(id));
    match (ids.first(), other) {
        (Some(journal), Some(lock)) => Err(JournalError::Twice {
            target: event.target.clone(),
            slug: slug.clone(),
            journal: *journal,
            lock: *lock,
        }),
        _ => Ok(()),
    }
}

/// The doubt that an event decides.
fn settled(event: &Event) -> Option<&str> {
    match &event.what {
        What::NotSent { id } | What::WasSent { id, .. } => Some(id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::testing::{intent, sent, target};

    fn entry(id: &str, what: Note) -> Entry {
        Entry { id: id.to_owned(), what }
    }

    fn new_lock() -> Lock {
        Lock::new("6f1c0a52e9b7".into())
    }

    /// The lock after the journal, having been written out, read and replayed twice.
    fn replayed(entries: &[Entry]) -> Lock {
        let text: String = entries.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n").collect();
        let read = parse(&text).unwrap();
        assert_eq!(read, entries);
        let mut lock = new_lock();
        replay(&mut lock, &read).unwrap();
        let once = lock.clone();
        replay(&mut lock, &read).unwrap();
        assert_eq!(lock, once, "a second replay changes nothing");
        lock
    }

    fn state(lock: &Lock) -> (Vec<String>, Vec<String>) {
        let target = lock.target(&target());
        let posts = target.posts.keys().map(ToString::to_string).collect();
        (posts, target.doubt.iter().map(|pending| pending.id.clone()).collect())
    }

    #[test]
    fn an_intent_without_an_end_is_a_doubt() {
        let begun = |id: &str, slug: &str| entry(id, Note::Intent(Box::new(intent(slug))));
        let lock = replayed(&[
            entry("0", Note::Run { lineage: "6f1c0a52e9b7".into(), epoch: None }),
            begun("1", "a"),
            entry("1", Note::Outcome(sent("a", 0, &[1]))),
            begun("2", "b"),
            entry("2", Note::Refused { error: "no".into() }),
            begun("3", "c"),
            entry("3", Note::Unknown { error: "hm".into() }),
            begun("4", "d"),
            entry("4", Note::NotAttempted(true)),
            begun("5", "e"),
        ]);
        assert_eq!(state(&lock), (vec!["a".into()], vec!["3".into(), "5".into()]));
    }

    #[test]
    fn calls_that_can_be_repeated_leave_no_doubt() {
        for verb in [IntentVerb::Edit, IntentVerb::Delete, IntentVerb::Pin, IntentVerb::Unpin] {
            let call = Intent { verb, ids: vec![MessageId(1)], payload: None, record: None, ..intent("a") };
            assert_eq!(state(&replayed(&[entry("1", Note::Intent(Box::new(call)))])), (vec![], vec![]));
        }
    }

    #[test]
    fn a_doubt_that_was_decided_stays_decided() {
        let fact = |what| entry("9", Note::Fact(Event { target: target(), what }));
        let begun = entry("1", Note::Intent(Box::new(intent("a"))));
        let found = What::WasSent { id: "1".into(), ids: vec![MessageId(7)] };
        let lock = replayed(&[begun.clone(), fact(found)]);
        assert_eq!(state(&lock), (vec!["a".into()], vec![]));
        let unknown = entry("1", Note::Unknown { error: "hm".into() });
        let lock = replayed(&[begun, unknown, fact(What::NotSent { id: "1".into() })]);
        assert_eq!(state(&lock), (vec![], vec![]));
    }

    #[test]
    fn a_name_that_changed_hands_is_not_taken_back() {
        let renamed = |id: &str, from: &str, to: &str| {
            let what = What::Renamed { from: from.parse().unwrap(), to: to.parse().unwrap() };
            entry(id, Note::Fact(Event { target: target(), what }))
        };
        let sends = |id: &str, part: usize, message: i32| {
            let intent = Note::Intent(Box::new(Intent { part, ..intent("a") }));
            [entry(id, intent), entry(id, Note::Outcome(sent("a", part, &[message])))]
        };
        let lock = replayed(
            &[
                &sends("1", 0, 1)[..],
                &[renamed("2", "a", "b")],
                &sends("3", 0, 3),
                &[renamed("4", "b", "c")],
                &sends("5", 1, 5),
            ]
            .concat(),
        );
        assert_eq!(state(&lock), (vec!["a".into(), "c".into()], vec![]));
    }

    #[test]
    fn a_doubt_belongs_to_the_post_that_was_sent() {
        let renamed = What::Renamed { from: "a".parse().unwrap(), to: "b".parse().unwrap() };
        let lock = replayed(&[
            entry("1", Note::Intent(Box::new(intent("a")))),
            entry("1", Note::Outcome(sent("a", 0, &[1]))),
            entry("2", Note::Fact(Event { target: target(), what: renamed })),
            entry("3", Note::Intent(Box::new(intent("a")))),
        ]);
        assert_eq!(lock.target(&target()).doubt[0].slug.as_str(), "a", "another post took the name");
    }

    #[test]
    fn a_restored_message_that_a_person_found_is_no_second_copy() {
        let restored = Intent { ids: vec![MessageId(1)], ..intent("a") };
        let found = What::WasSent { id: "2".into(), ids: vec![MessageId(7)] };
        let lock = replayed(&[
            entry("1", Note::Intent(Box::new(intent("a")))),
            entry("1", Note::Outcome(sent("a", 0, &[1]))),
            entry("2", Note::Intent(Box::new(restored))),
            entry("2", Note::Unknown { error: "hm".into() }),
            entry("9", Note::Fact(Event { target: target(), what: found })),
        ]);
        assert_eq!(crate::lock::testing::ids_of(&lock, "a"), [7]);
    }

    #[test]
    fn a_call_that_took_effect_completes_its_change() {
        let change: crate::ids::ChangeId = "c1-0123456789abcdef".parse().unwrap();
        let plan = "p1-0123456789abcdef".parse().unwrap();
        let started = entry("0", Note::Fact(Event { target: target(), what: What::Started { plan } }));
        let call = Intent { completes: Some(change.clone()), ..intent("a") };
        let begun = entry("1", Note::Intent(Box::new(call)));
        let done = |entries: &[Entry]| replayed(entries).target(&target()).applying.unwrap().done;
        let outcome = entry("1", Note::Outcome(sent("a", 0, &[7])));
        assert!(done(&[started.clone(), begun.clone(), outcome]).contains(&change));
        assert!(done(&[started.clone(), begun.clone()]).is_empty(), "in doubt");
        let found = What::WasSent { id: "1".into(), ids: vec![MessageId(7)] };
        let found = entry("9", Note::Fact(Event { target: target(), what: found }));
        assert!(done(&[started, begun, found]).contains(&change));
    }

    #[test]
    fn an_edit_or_delete_without_an_end_leaves_its_message_unsure() {
        for (verb, expected) in [
            (IntentVerb::Edit, true),
            (IntentVerb::Delete, true),
            (IntentVerb::Pin, false),
            (IntentVerb::Unpin, false),
        ] {
            let sends = [
                entry("1", Note::Intent(Box::new(intent("a")))),
                entry("1", Note::Outcome(sent("a", 0, &[1]))),
            ];
            let call = Note::Intent(Box::new(Intent { verb, ids: vec![MessageId(1)], ..intent("a") }));
            let unsure = |rest: &[Entry]| {
                let lock = replayed(&[&sends[..], rest].concat());
                lock.target(&target()).posts.into_values().next().unwrap().parts[0].unsure
            };
            assert_eq!(unsure(&[entry("2", call.clone())]), expected, "{verb:?} cut off");
            let unknown = entry("2", Note::Unknown { error: "hm".into() });
            assert_eq!(unsure(&[entry("2", call.clone()), unknown.clone()]), expected, "{verb:?} unknown");
            assert!(!unsure(&[entry("2", call), unknown, edited("3")]), "{verb:?} repeated");
        }
    }

    fn edited(id: &str) -> Entry {
        let call = intent("a");
        let what = What::Edited {
            slug: call.slug,
            part: 0,
            record: call.record.unwrap(),
            item: None,
            files: Vec::new(),
            shown: None,
        };
        entry(id, Note::Outcome(Event { target: target(), what }))
    }

    #[test]
    fn what_a_run_left_open_was_over_before_the_next_began() {
        let edit = Intent { verb: IntentVerb::Edit, ids: vec![MessageId(1)], ..intent("a") };
        let lock = replayed(&[
            entry("1", Note::Intent(Box::new(intent("a")))),
            entry("1", Note::Outcome(sent("a", 0, &[1]))),
            entry("2", Note::Intent(Box::new(edit))),
            entry("3", Note::Run { lineage: "6f1c0a52e9b7".into(), epoch: None }),
            edited("4"),
        ]);
        let post = lock.target(&target()).posts.into_values().next().unwrap();
        assert!(!post.parts[0].unsure, "the later edit has the last word");
    }

    #[test]
    fn a_post_that_another_run_sent_too_is_refused_by_name() {
        let mut pulled = new_lock();
        pulled.fold(&sent("a", 0, &[7]));
        let sends = |replaced: &[i32], id: i32| {
            let ids = replaced.iter().copied().map(MessageId).collect();
            let intent = Note::Intent(Box::new(Intent { ids, ..intent("a") }));
            vec![entry("1", intent), entry("1", Note::Outcome(sent("a", 0, &[id])))]
        };
        let error = replay(&mut pulled.clone(), &sends(&[], 5)).unwrap_err().to_string();
        assert_eq!(
            error,
            "it says that `a` of target `news` was sent as message 5, the lock says message 7: two runs sent it"
        );
        for (entries, last, why) in [
            (sends(&[], 7), 7, "the lock holds this very message"),
            (sends(&[7], 9), 9, "it replaced the message"),
            ([sends(&[], 5), sends(&[5], 7)].concat(), 7, "the lock holds the end of this journal already"),
        ] {
            let mut lock = pulled.clone();
            replay(&mut lock, &entries).unwrap();
            assert_eq!(crate::lock::testing::ids_of(&lock, "a"), [last], "{why}");
        }
    }

    #[test]
    fn a_journal_that_makes_no_lock_is_refused() {
        let outcomes = |ids: [&[i32]; 2]| {
            let sent = |slug: &str, ids: &[i32]| entry(slug, Note::Outcome(sent(slug, 0, ids)));
            replay(&mut new_lock(), &[sent("a", ids[0]), sent("b", ids[1])])
                .map_err(|error| error.to_string())
        };
        assert_eq!(outcomes([&[1], &[2]]), Ok(()));
        let why = "together with this lock it makes none: ";
        assert_eq!(
            outcomes([&[1], &[1]]),
            Err(format!("{why}message 1 of target `news` belongs to both `a` and `b`"))
        );
        assert_eq!(outcomes([&[1], &[]]), Err(format!("{why}post `b` of target `news` has no message")));
    }

    #[test]
    fn a_journal_of_another_lineage_is_refused() {
        let error =
            replay(&mut new_lock(), &[entry("0", Note::Run { lineage: "other".into(), epoch: None })])
                .unwrap_err();
        assert_eq!(error.to_string(), "it belongs to a lock of lineage `other`, this lock is `6f1c0a52e9b7`");
    }

    #[test]
    fn torn_and_broken_lines() {
        let line = serde_json::to_string(&entry("1", Note::NotAttempted(true))).unwrap();
        assert_eq!(parse("").unwrap(), []);
        assert_eq!(parse(&line).unwrap(), [], "without its end it is torn, whole as it looks");
        assert_eq!(parse(&format!("{line}\n{}", &line[..9])).unwrap().len(), 1);
        assert_eq!(parse(&format!("{line}\n\n{line}\n")).unwrap().len(), 2);
        let error = parse(&format!("{line}\n{}\n{line}\n", &line[..9])).unwrap_err();
        assert!(matches!(error, JournalError::Syntax { line: 2, .. }), "{error}");
        assert!(parse("{\"id\":\"1\",\"no_such_note\":true}\n").is_err());
    }
}
