//! Events and what they do to the lock. Folding is pure, total and idempotent: replaying a journal over a lock that
//! already holds it changes nothing.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Applied, Applying, Gone, JournalPin, Kind, Lock, MirrorEvent, Pending, Recorded, RecordedItem,
    RecordedPart, TargetLock, Ticket, album_text,
};
use crate::ids::{
    BlobId, BotId, ChangeId, ChatId, ChatRef, Digest, MessageId, PlanId, RelPath, Slug, TargetName,
    Timestamp, TopicId,
};
use crate::media::FileRef;

/// Something that happened to one target, in Telegram or in the user's hands.
// Not `deny_unknown_fields`: together with `flatten` it would refuse every event that was ever written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    pub target: TargetName,
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// Chat and bot answered for the first time, or were replaced by `state rebind`.
    Bound {
        chat: ChatId,
        bot: BotId,
        /// How the config names the chat, unless by its id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chat_as: Option<String>,
    },
    /// The journal, which was in a checkout, is in git from now on.
    JournalMoved,
    /// A plan is being carried out.
    Started {
        plan: PlanId,
    },
    /// One change of it is complete, though its last call did not say so.
    Done {
        change: ChangeId,
    },
    /// All of it is complete, but for what waits for its time.
    Applied {
        commit: Option<String>,
        plan: PlanId,
    },
    /// Nothing of it is left, in no target.
    Settled,
    /// A part was sent, for the first time or anew; ids it had before are gone.
    Sent {
        slug: Slug,
        part: usize,
        ids: Vec<MessageId>,
        at: Timestamp,
        record: SentPart,
        /// Its files as Telegram has them, in the order of its items.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Option<FileRef>>,
        /// What subscribers see of its messages, in the order of `ids`; empty if that is not known of all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        shown: Vec<Digest>,
        /// Messages that the part had before, are still in the chat and have to go.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left: Vec<MessageId>,
    },
    /// A part was edited in place, or one item of an album.
    Edited {
        slug: Slug,
        part: usize,
        record: SentPart,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<usize>,
        /// The files that the message holds now: one, or those that a rich message shows.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Option<FileRef>>,
        /// What subscribers see of it now, where the answer told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Digest>,
    },
    /// The source says or no longer says `keep`.
    Keep {
        slug: Slug,
        keep: bool,
    },
    /// A post has fewer messages than before; the others still have to go.
    Shrunk {
        slug: Slug,
        parts: usize,
    },
    /// Messages that had to go can't be deleted: they stay, as tombstones or as they are.
    Stays {
        slug: Slug,
        ids: Vec<MessageId>,
    },
    Pinned {
        slug: Slug,
        pin: bool,
    },
    /// Nobody knows what these messages say now, or whether they are still there.
    Unsure {
        slug: Slug,
        ids: Vec<MessageId>,
        /// When the edit was made that nobody saw the end of.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// Messages are not in the chat any more.
    Removed {
        slug: Slug,
        ids: Vec<MessageId>,
    },
    /// The post could not be deleted; this is what stands there now. `text` is the tombstone's digest.
    Buried {
        slug: Slug,
        gone: Gone,
        text: Option<Digest>,
    },
    Renamed {
        from: Slug,
        to: Slug,
    },
    /// Not tracked any more; Telegram untouched.
    Forgotten {
        slug: Slug,
    },
    /// A send whose fate is unknown.
    InDoubt {
        pending: Box<Pending>,
    },
    /// A doubt was decided: nothing was sent.
    NotSent {
        id: String,
    },
    /// A doubt was decided: it was sent, with these ids.
    WasSent {
        id: String,
        ids: Vec<MessageId>,
    },
    /// Updates told which messages are of others; it is written down before the platform forgets them.
    Heard {
        /// The update to go on from.
        next: i64,
        /// Everything between these moments was told.
        since: Timestamp,
        until: Timestamp,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        posts: Vec<MessageId>,
    },
    /// A marker is about to be sent.
    Marking {
        ticket: Ticket,
    },
    /// It was not.
    NotMarked {
        id: String,
    },
    /// It is this message, to be deleted.
    Marked {
        id: String,
        message: MessageId,
        at: Timestamp,
    },
    /// A send that was decided to have had no effect may still have it.
    Awaited {
        ticket: Ticket,
    },
    /// No evidence settles this doubt: a person is asked.
    Asked {
        id: String,
    },
    /// A copy of this post that nobody needs was found: it is going to be deleted.
    Stray {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        slug: Option<Slug>,
        message: MessageId,
    },
    /// A marker or a copy is gone.
    Swept {
        message: MessageId,
    },
    /// Everything up to this message was looked at.
    Looked {
        through: MessageId,
        at: Timestamp,
    },
}

/// What to record of a part: everything but the ids, known before the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SentPart {
    #[serde(rename = "as")]
    pub rendered_as: String,
    pub blob: BlobId,
    pub file: RelPath,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Digest>,
    /// Its files, not yet as Telegram has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<RecordedItem>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep: bool,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "super::json::unique")]
    pub links: BTreeMap<Slug, MessageId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub markup: Option<Digest>,
    /// Further messages of the same send follow.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    pub opts: Digest,
    pub text: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicId>,
}

impl What {
    /// A chat and a bot that answered, and how the config names the chat.
    pub fn bound(chat: ChatId, bot: BotId, named: Option<&ChatRef>) -> Self {
        let name = named.map(ToString::to_string).filter(|name| *name != chat.to_string());
        Self::Bound { chat, bot, chat_as: name }
    }
}

impl Lock {
    /// The lock after `event`. An event that does not fit (a post nobody knows) changes nothing.
    pub fn fold(&mut self, event: &Event) {
        self.targets.entry(event.target.clone()).or_default().fold(&event.what);
    }

    pub fn fold_mirror(&mut self, event: &MirrorEvent) {
        self.mirror.fold(event);
    }
}

impl TargetLock {
    fn fold(&mut self, what: &What) {
        if self.fold_watch(what) {
            return;
        }
        match what {
            What::Bound { chat, bot, chat_as } => self.bound(*chat, *bot, chat_as.as_ref()),
            What::JournalMoved => self.journal = Some(JournalPin::git(0, 0)),
            What::Started { plan } => self.started(plan),
            What::Done { change } => self.done(change),
            What::Applied { commit, plan } => {
                self.applied = Some(Applied { commit: commit.clone(), plan: plan.clone() });
            }
            What::Settled => {
                self.applying = None;
                self.posts.values_mut().for_each(|post| post.spare.clear());
            }
            What::Sent { slug, part, ids, at, record, files, shown, left } => {
                let mut sent = record.part(ids.clone(), *at, false);
                sent.take_files(files);
                sent.take_shown(shown);
                self.sent(slug, (*part, left), record, sent);
            }
            What::Edited { slug, part, record, item, files, shown } => {
                self.shows(slug, (*part, *item), record, shown.as_ref());
                match item {
                    None => self.edited(slug, *part, record, files),
                    Some(item) => self.edited_item(slug, (*part, *item), record, files),
                }
            }
            What::Keep { slug, keep } => {
                if let Some(post) = self.posts.get_mut(slug) {
                    post.keep = *keep;
                }
            }
            What::Shrunk { slug, parts } => self.shrunk(slug, *parts),
            What::Stays { slug, ids } => {
                let old = self.posts.get_mut(slug).map(|post| post.old.iter_mut()).into_iter().flatten();
                old.filter(|left| ids.contains(&left.id)).for_each(|left| left.stays = true);
            }
            What::Pinned { slug, pin } => {
                if let Some(part) = self.posts.get_mut(slug).and_then(|post| post.parts.first_mut()) {
                    part.pin = *pin;
                }
            }
            What::Unsure { slug, ids, at } => self.unsure(slug, ids, *at),
            What::Removed { slug, ids } => self.removed(slug, ids),
            What::Buried { slug, gone, text } => self.buried(slug, *gone, text.as_ref()),
            What::Renamed { from, to } => {
                // A record never takes the place of another: that one's messages would be lost.
                if !self.posts.contains_key(to)
                    && let Some(post) = self.posts.remove(from)
                {
                    self.posts.insert(to.clone(), post);
                }
                self.doubt
                    .iter_mut()
                    .filter(|pending| pending.slug == *from)
                    .for_each(|pending| pending.slug = to.clone());
            }
            What::Forgotten { slug } => {
                self.posts.remove(slug);
            }
            // What is in doubt and what was seen in the chat is folded above.
            _ => {}
        }
    }

    /// `left` are messages that it takes the place of and that are still there.
    pub(super) fn sent(
        &mut self,
        slug: &Slug,
        (index, left): (usize, &[MessageId]),
        record: &SentPart,
        sent: RecordedPart,
    ) {
        let post = self.posts.entry(slug.clone()).or_insert_with(|| Recorded::empty(record));
        let goes = |part: &RecordedPart| part.ids.iter().all(|id| left.contains(id));
        // With all its messages a part goes, and the next one would stand in its place.
        let vacated = post.parts.get(index).is_some_and(goes);
        let index = index - post.parts.iter().take(index).filter(|part| goes(part)).count();
        post.set_aside(left);
        // A replay finds the part by its ids, wherever it has moved since.
        let known = post.parts.iter().position(|part| part.ids == sent.ids);
        let mut replaced = Vec::new();
        match post.parts.get_mut(known.unwrap_or(index)) {
            Some(place) if known.is_some() || !vacated => {
                replaced = std::mem::replace(place, sent).items;
            }
            _ => post.parts.insert(index.min(post.parts.len()), sent),
        }
        post.describe(record);
        post.spare(replaced);
    }

    fn bound(&mut self, chat: ChatId, bot: BotId, chat_as: Option<&String>) {
        if self.bot.is_some_and(|known| known != bot) {
            self.forget_files();
        }
        let moved =
            self.bot.is_some_and(|known| known != bot) || self.chat.is_some_and(|known| known != chat);
        if let Some(pin) = self.journal.as_mut().filter(|_| moved) {
            // Another chat or bot has a ref of its own, which nobody has held yet.
            *pin = JournalPin { epoch: 0, watermark: 0, ..*pin };
        }
        self.chat = Some(chat);
        self.chat_as = chat_as.cloned();
        self.bot = Some(bot);
        self.journal.get_or_insert(JournalPin::LOCAL);
    }

    fn shrunk(&mut self, slug: &Slug, parts: usize) {
        let Some(post) = self.posts.get_mut(slug) else { return };
        let ids: Vec<MessageId> = post.parts.iter().skip(parts).flat_map(|part| part.ids.clone()).collect();
        post.set_aside(&ids);
    }

    fn edited(&mut self, slug: &Slug, index: usize, record: &SentPart, files: &[Option<FileRef>]) {
        let Some(post) = self.posts.get_mut(slug) else { return };
        let Some(part) = post.parts.get_mut(index) else { return };
        // What can't be changed by an edit stays as it was sent.
        let (fixed, topic, there) = (part.fixed.take(), part.topic, std::mem::take(&mut part.items));
        let shown = std::mem::take(&mut part.shown);
        let edited = record.part(std::mem::take(&mut part.ids), part.sent, part.pin);
        *part = RecordedPart { fixed, shown, topic, ..edited };
        part.take_files(files);
        // What is known now goes before what was known, or a replay would find the one where the first fold found the other.
        let told = part.items.clone();
        part.items.iter_mut().for_each(|item| item.keep_file(&told));
        part.items.iter_mut().for_each(|item| item.keep_file(&there));
        post.spare(there);
        post.describe(record);
    }

    /// What an edit's answer told. An edit that changed nothing told nothing, and leaves what is known if it was to say
    /// what is recorded anyway.
    fn shows(
        &mut self,
        slug: &Slug,
        (index, item): (usize, Option<usize>),
        record: &SentPart,
        shown: Option<&Digest>,
    ) {
        let Some(post) = self.posts.get_mut(slug) else { return };
        let same_links = post.links == record.links;
        let Some(part) = post.parts.get_mut(index) else { return };
        match shown {
            Some(shown) => part.show(item.unwrap_or_default(), shown),
            None if same_links && part.says(record) => {}
            None => part.shown.clear(),
        }
    }

    /// One message of an album; what the album says follows from its items.
    fn edited_item(
        &mut self,
        slug: &Slug,
        (index, item): (usize, usize),
        record: &SentPart,
        files: &[Option<FileRef>],
    ) {
        let Some(post) = self.posts.get_mut(slug) else { return };
        let Some(part) = post.parts.get_mut(index) else { return };
        let last = item + 1 == part.items.len();
        let (Some(there), Some(now)) = (part.items.get_mut(item), record.items.get(item)) else { return };
        let mut edited = now.clone();
        edited.keep_file(std::slice::from_ref(there));
        edited.file = files.first().cloned().flatten().or(edited.file);
        let there = std::mem::replace(there, edited);
        part.text = album_text(&part.items);
        // Where the place of the captions changes, or nobody knows what an album shows, all its items are edited, in
        // their order.
        if last {
            part.opts.clone_from(&record.opts);
            part.unsure = false;
            part.late = None;
        }
        post.spare(vec![there]);
        post.describe(record);
    }

    /// Another bot can't use them.
    fn forget_files(&mut self) {
        for post in self.posts.values_mut() {
            post.spare.clear();
            post.parts.iter_mut().flat_map(|part| &mut part.items).for_each(|item| item.file = None);
        }
    }

    fn unsure(&mut self, slug: &Slug, ids: &[MessageId], at: Option<Timestamp>) {
        let parts = self.posts.get_mut(slug).map(|post| post.parts.iter_mut()).into_iter().flatten();
        for part in parts.filter(|part| part.ids.iter().any(|id| ids.contains(id))) {
            part.unsure = true;
            part.late = part.late.max(at);
        }
    }

    fn removed(&mut self, slug: &Slug, ids: &[MessageId]) {
        let Some(post) = self.posts.get_mut(slug) else { return };
        post.old.retain(|left| !ids.contains(&left.id));
        post.take_out(ids);
        if post.ids().next().is_none() {
            self.posts.remove(slug);
        } else if post.parts.is_empty() && post.leftovers().next().is_none() {
            // What could not be deleted is all there is of it.
            post.gone.get_or_insert(Gone::Kept);
        }
    }

    fn buried(&mut self, slug: &Slug, gone: Gone, text: Option<&Digest>) {
        let Some(post) = self.posts.get_mut(slug) else { return };
        post.gone = Some(gone);
        post.old.iter_mut().for_each(|left| left.stays = true);
        if let Some(text) = text {
            post.parts.iter_mut().for_each(|part| part.bury(text));
            post.links.clear();
        }
    }

    fn started(&mut self, plan: &PlanId) {
        if self.applying.as_ref().is_none_or(|applying| applying.plan != *plan) {
            self.applying = Some(Applying { plan: plan.clone(), done: std::collections::BTreeSet::new() });
        }
    }

    pub(super) fn done(&mut self, change: &ChangeId) {
        if let Some(applying) = &mut self.applying {
            applying.done.insert(change.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::testing::{digest, ids_of, record, sent, target};

    fn event(what: What) -> Event {
        Event { target: target(), what }
    }

    fn folded(events: &[Event]) -> Lock {
        let mut lock = Lock::new("6f1c0a52e9b7".into());
        for event in events {
            lock.fold(event);
        }
        lock
    }

    fn slug(name: &str) -> Slug {
        name.parse().unwrap()
    }

    #[test]
    fn every_event_survives_its_line_in_the_journal() {
        let pending = crate::lock::testing::pending("01K", "a");
        for what in [
            What::bound(ChatId(-1001), BotId(7), None),
            What::Started { plan: PlanId::of("p") },
            What::Done { change: ChangeId::of("c") },
            What::Applied { commit: None, plan: PlanId::of("p") },
            What::Settled,
            What::Unsure { slug: slug("a"), ids: vec![MessageId(1)], at: None },
            sent("a", 0, &[1, 2]).what,
            What::Edited {
                slug: slug("a"),
                part: 0,
                record: record("a", "new"),
                item: None,
                files: Vec::new(),
                shown: Some(digest("shown")),
            },
            What::Pinned { slug: slug("a"), pin: true },
            What::Removed { slug: slug("a"), ids: vec![MessageId(1)] },
            What::Shrunk { slug: slug("a"), parts: 1 },
            What::Stays { slug: slug("a"), ids: vec![MessageId(1)] },
            What::Buried { slug: slug("a"), gone: Gone::Tombstone, text: Some(digest("gone")) },
            What::Renamed { from: slug("a"), to: slug("b") },
            What::Forgotten { slug: slug("a") },
            What::InDoubt { pending: Box::new(pending) },
            What::Stray { slug: Some(slug("a")), message: MessageId(4) },
            What::NotSent { id: "01K".into() },
            What::WasSent { id: "01K".into(), ids: vec![MessageId(3)] },
        ] {
            let event = event(what);
            let json = serde_json::to_string(&event).unwrap();
            assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event, "{json}");
        }
    }

    #[test]
    fn a_post_is_sent_edited_pinned_and_removed() {
        let mut lock = folded(&[sent("a", 0, &[1]), sent("a", 1, &[2])]);
        lock.fold(&event(What::Pinned { slug: slug("a"), pin: true }));
        lock.fold(&event(What::Edited {
            slug: slug("a"),
            part: 0,
            record: record("a", "new"),
            item: None,
            files: Vec::new(),
            shown: None,
        }));
        let post = &lock.targets[&target()].posts[&slug("a")];
        assert!(post.parts[0].pin && post.parts[0].text == digest("new"));
        assert_eq!(ids_of(&lock, "a"), [1, 2]);
        lock.fold(&event(What::Removed { slug: slug("a"), ids: vec![MessageId(1)] }));
        assert_eq!(ids_of(&lock, "a"), [2]);
        lock.fold(&event(What::Removed { slug: slug("a"), ids: vec![MessageId(2)] }));
        assert!(lock.targets[&target()].posts.is_empty());
    }

    #[test]
    fn events_about_nobody_change_nothing() {
        let before = folded(&[sent("a", 0, &[1])]);
        for what in [
            What::Edited {
                slug: slug("b"),
                part: 0,
                record: record("b", "x"),
                item: None,
                files: Vec::new(),
                shown: None,
            },
            What::Edited {
                slug: slug("a"),
                part: 5,
                record: record("b", "x"),
                item: None,
                files: Vec::new(),
                shown: Some(digest("shown")),
            },
            What::Pinned { slug: slug("b"), pin: true },
            What::Unsure { slug: slug("a"), ids: vec![MessageId(9)], at: None },
            What::Unsure { slug: slug("b"), ids: vec![MessageId(1)], at: None },
            What::Removed { slug: slug("a"), ids: vec![MessageId(9)] },
            What::Buried { slug: slug("b"), gone: Gone::Kept, text: None },
            What::Renamed { from: slug("b"), to: slug("a") },
            What::Forgotten { slug: slug("b") },
            What::Done { change: ChangeId::of("c") },
            What::NotSent { id: "x".into() },
            What::WasSent { id: "x".into(), ids: vec![MessageId(1)] },
        ] {
            let mut lock = before.clone();
            lock.fold(&event(what.clone()));
            assert_eq!(lock, before, "{what:?}");
        }
    }

    #[test]
    fn folding_twice_is_folding_once() {
        let doubt = What::InDoubt { pending: Box::new(crate::lock::testing::pending("01K", "c")) };
        let histories: [&[Event]; 5] = [
            &[
                sent("a", 0, &[1]),
                event(What::Renamed { from: slug("a"), to: slug("b") }),
                sent("a", 0, &[2]),
            ],
            &[
                sent("a", 0, &[1]),
                sent("a", 1, &[2]),
                event(What::Removed { slug: slug("a"), ids: vec![MessageId(1)] }),
            ],
            &[sent("a", 1, &[2])],
            &[event(doubt.clone()), event(What::WasSent { id: "01K".into(), ids: vec![MessageId(5)] })],
            &[event(doubt), event(What::NotSent { id: "01K".into() })],
        ];
        for history in histories {
            let once = folded(history);
            let mut twice = once.clone();
            for event in history {
                twice.fold(event);
            }
            assert_eq!(twice, once);
        }
    }

    #[test]
    fn links_of_a_post_are_those_of_all_its_messages() {
        let linked = |part: usize, to: &str, ids: &[i32]| {
            let Event { target, what } = sent("a", part, ids);
            let What::Sent { slug, part, ids, at, record, files, shown, left } = what else { panic!() };
            let record = SentPart { links: [(self::slug(to), MessageId(9))].into(), ..record };
            Event { target, what: What::Sent { slug, part, ids, at, record, files, shown, left } }
        };
        let links = |lock: &Lock| -> Vec<String> {
            lock.targets[&target()].posts[&slug("a")].links.keys().map(ToString::to_string).collect()
        };
        let mut lock = folded(&[linked(0, "x", &[1]), linked(1, "y", &[2])]);
        assert_eq!(links(&lock), ["x", "y"]);
        lock.fold(&linked(0, "z", &[3]));
        assert_eq!(links(&lock), ["x", "y", "z"], "one of two was sent anew");
        assert_eq!(links(&folded(&[linked(0, "x", &[1]), linked(0, "z", &[2])])), ["z"]);
    }

    #[test]
    fn a_plan_under_way_is_remembered_until_it_is_done() {
        let (plan, change) = (PlanId::of("p"), ChangeId::of("c"));
        let started = event(What::Started { plan: plan.clone() });
        let mut lock = folded(&[started.clone(), event(What::Done { change: change.clone() })]);
        lock.fold(&started);
        assert!(lock.target(&target()).applying.unwrap().done.contains(&change), "a second run goes on");
        lock.fold(&event(What::Started { plan: PlanId::of("q") }));
        assert!(lock.target(&target()).applying.unwrap().done.is_empty(), "another plan begins anew");
        lock.fold(&event(What::Applied { commit: Some("0d3c".into()), plan }));
        assert!(lock.target(&target()).applying.is_some(), "something of it may wait for its time");
        lock.fold(&event(What::Settled));
        assert_eq!(lock.target(&target()).applying, None);
    }

    #[test]
    fn a_call_of_unknown_fate_leaves_a_mark_until_the_next_success() {
        let unsure = |id| event(What::Unsure { slug: slug("a"), ids: vec![MessageId(id)], at: None });
        let marks = |lock: &Lock| -> Vec<bool> {
            lock.target(&target()).posts[&slug("a")].parts.iter().map(|part| part.unsure).collect()
        };
        let mut lock = folded(&[sent("a", 0, &[1]), sent("a", 1, &[2]), unsure(2)]);
        assert_eq!(marks(&lock), [false, true]);
        lock.fold(&event(What::Edited {
            slug: slug("a"),
            part: 1,
            record: record("a", "a"),
            item: None,
            files: Vec::new(),
            shown: None,
        }));
        assert_eq!(marks(&lock), [false, false]);
        lock.fold(&unsure(1));
        let text = Some(digest("gone"));
        lock.fold(&event(What::Buried { slug: slug("a"), gone: Gone::Tombstone, text }));
        assert_eq!(marks(&lock), [false, false]);
    }

    #[test]
    fn a_rename_never_costs_a_record() {
        let mut lock = folded(&[sent("a", 0, &[1]), sent("b", 0, &[2])]);
        let before = lock.clone();
        lock.fold(&event(What::Renamed { from: slug("a"), to: slug("b") }));
        assert_eq!(lock, before);
    }
}
