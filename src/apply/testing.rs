//! A stage for the tests of applying: chats, a disk and a clock in memory, and a fuse that ends a run anywhere.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;

use super::settle::{Settlement, settle};
use super::{
    Aside, Item, Job, Ledger, List, Orders, Patience, Report, Rules, Site, Stop, apply, is_approved,
};
use crate::ids::{BotId, ChatId, Digest, MessageId, PlanId, Sha256Hex, Timestamp};
use crate::lock::{self, Attachment, Content, Entry, Event, Lock, Pending, What, parse_journal, replay};
use crate::media::{FileRef, Kind};
use crate::plan::ChatLinks;
use crate::plan::testing::{Paper, at, file_of, holds};
use crate::ports::{
    CallError, ChatKind, Clock, Description, Edited, Heard, HeardOf, Outgoing, Platform, Probe, Reading,
    Refusal, RefusalKind, Rights, Seen, Sent, StateError, StateStore, Witness,
};

/// A message as subscribers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    /// The text or the caption.
    pub html: String,
    file: Option<Held>,
    /// The files that it shows as a rich message.
    shows: Vec<Held>,
    /// The first message of its album.
    album: Option<MessageId>,
    pub reply_to: Option<MessageId>,
    pub pinned: bool,
    sent: Timestamp,
    /// The bot sent it.
    ours: bool,
}

/// A file as it was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    kind: Kind,
    sha256: Sha256Hex,
    thumbnail: Option<Sha256Hex>,
}

impl Held {
    fn to_telegram(&self) -> FileRef {
        file_of((&self.sha256, self.kind, self.thumbnail.as_ref()))
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone)]
pub(super) enum Fault {
    /// Not done, for this reason.
    Error(CallError),
    /// Done, and the answer is lost.
    LostAnswer,
    /// Done so many seconds later, and the connection is lost at once.
    Late(i64),
}

impl Fault {
    pub(super) fn refuse(kind: RefusalKind) -> Self {
        Self::Error(CallError::Refused(Refusal { kind, text: format!("{kind:?}") }))
    }

    pub(super) fn lost() -> Self {
        Self::Error(CallError::Unknown("connection closed".into()))
    }

    pub(super) fn wait(seconds: u64) -> Self {
        Self::Error(CallError::RetryAfter(Duration::from_secs(seconds)))
    }
}

#[derive(Debug, Default)]
pub(super) struct Chat {
    pub messages: BTreeMap<MessageId, Shown>,
    top: i32,
    /// Met by the next calls of this method, in order.
    faults: VecDeque<(&'static str, Fault)>,
    /// Method and message of every call.
    pub calls: Vec<String>,
    /// What was uploaded, in order, and is known by its `file_id`.
    pub uploads: Vec<String>,
    known: BTreeMap<String, Held>,
    /// Calls that take effect later.
    late: Vec<(Timestamp, Deed)>,
    pub edit_others: bool,
    /// Nothing can be learned of a message, and no marker be sent.
    pub blind: bool,
    /// What others posted, as updates tell it.
    updates: Vec<(i64, MessageId)>,
}

/// A call that has an effect.
#[derive(Debug, Clone)]
enum Deed {
    Send(Outgoing),
    Edit(MessageId, Outgoing),
}

impl Chat {
    /// What was to happen by now happens.
    fn land(&mut self, now: Timestamp) {
        self.late.sort_by_key(|(at, _)| *at);
        while self.late.first().is_some_and(|(at, _)| *at <= now) {
            let (at, deed) = self.late.remove(0);
            let _ = match deed {
                Deed::Send(message) => self.send(&message, at).map(drop),
                Deed::Edit(id, message) => self.edit(id, &message).map(drop),
            };
        }
    }

    /// The file of an attachment: by its id, or uploaded.
    fn take(&mut self, item: &Attachment) -> Result<Held, CallError> {
        if let Some(id) = &item.file_id {
            return self.known.get(id).cloned().ok_or_else(|| refused(RefusalKind::UnknownFile));
        }
        let thumbnail = item.thumbnail.as_ref().map(|thumbnail| thumbnail.sha256.clone());
        let held = Held { kind: item.kind, sha256: item.sha256.clone(), thumbnail };
        self.uploads.push(holds(&item.sha256));
        self.known.insert(held.to_telegram().file_id, held.clone());
        Ok(held)
    }

    /// The files of a rich message.
    fn shows(&mut self, content: &Content) -> Result<Vec<Held>, CallError> {
        match content {
            Content::Rich { items, .. } => items.iter().map(|item| self.take(item)).collect(),
            _ => Ok(Vec::new()),
        }
    }

    fn send(&mut self, message: &Outgoing, sent: Timestamp) -> Result<Vec<Sent>, CallError> {
        let payload = &message.payload;
        let said: Vec<(String, Option<Held>)> = match &payload.content {
            Content::Media { items, .. } => {
                let files: Result<Vec<Held>, CallError> = items.iter().map(|item| self.take(item)).collect();
                items.iter().map(|item| item.html.clone()).zip(files?.into_iter().map(Some)).collect()
            }
            content => vec![(content.html().to_owned(), None)],
        };
        let shows = self.shows(&payload.content)?;
        let album = (said.len() > 1).then_some(MessageId(self.top + 1));
        let mut out = Vec::new();
        for (html, file) in said {
            self.top += 1;
            let id = MessageId(self.top);
            let files = file.iter().chain(&shows).map(|held| Some(held.to_telegram())).collect();
            let seen = seen(&html, file.as_ref());
            out.push(Sent { id, files, shown: Some(seen) });
            let (shows, reply_to) = (shows.clone(), payload.reply_to);
            let shown = Shown { html, file, shows, album, reply_to, pinned: false, sent, ours: true };
            self.messages.insert(id, shown);
        }
        Ok(out)
    }

    fn edit(&mut self, id: MessageId, message: &Outgoing) -> Result<Edited, CallError> {
        let content = &message.payload.content;
        let there = self.messages.get(&id).ok_or_else(gone)?.clone();
        let file = match (content, &there.file) {
            (Content::Text { .. } | Content::Rich { .. }, None) => None,
            (Content::Caption { .. } | Content::Grave { .. }, Some(file)) => Some(file.clone()),
            (Content::Media { items, .. }, file) if items.len() == 1 => {
                let to = items[0].kind;
                let voice = to == Kind::Voice || file.as_ref().is_some_and(|file| file.kind == Kind::Voice);
                let other =
                    there.album.is_some() && file.as_ref().map(|file| file.kind.class()) != Some(to.class());
                if voice || other {
                    return Err(refused(RefusalKind::Content));
                }
                Some(self.take(&items[0])?)
            }
            _ => return Err(refused(RefusalKind::Content)),
        };
        let shows = self.shows(content)?;
        let now = file.iter().chain(&shows).map(|held| Some(held.to_telegram())).collect();
        let html = content.html().to_owned();
        let shown = Some(seen(&html, file.as_ref()));
        self.messages.insert(id, Shown { html, file, shows, ..there });
        Ok(Edited::Changed { files: now, shown })
    }
}

/// Digest of what is seen of a message.
fn seen(html: &str, file: Option<&Held>) -> Digest {
    Digest::of(&(html, file.map(|file| &file.sha256)))
}

/// Lets a run live for so many more steps.
#[derive(Debug, Clone, Default)]
pub(super) struct Fuse {
    left: Arc<Mutex<Option<usize>>>,
    blown: Arc<Notify>,
}

impl Fuse {
    async fn burn(&self) {
        let dead = match &mut *guard(&self.left) {
            None => false,
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
        };
        if dead {
            self.blown.notify_one();
            std::future::pending::<()>().await;
        }
    }

    fn set(&self, left: Option<usize>) {
        *guard(&self.left) = left;
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

/// Moves on when somebody sleeps.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    now: Arc<Mutex<Timestamp>>,
    pub slept: Arc<Mutex<Vec<u64>>>,
    /// Requested during the first sleep of at least this many seconds.
    pub stop: Arc<Mutex<Option<(u64, Stop)>>>,
}

impl Clock for Watch {
    async fn now(&self) -> Timestamp {
        *guard(&self.now)
    }

    async fn sleep(&self, duration: Duration) {
        let stop = guard(&self.stop).clone().filter(|(from, _)| duration.as_secs() >= *from);
        if let Some((_, stop)) = stop {
            stop.request();
            return std::future::pending().await;
        }
        guard(&self.slept).push(duration.as_secs());
        let mut now = guard(&self.now);
        *now = now.checked_add(duration).unwrap();
    }
}

#[derive(Debug, Clone)]
pub(super) struct Bot {
    chat: Arc<Mutex<Chat>>,
    clock: Watch,
    fuse: Fuse,
}

impl Bot {
    /// One call: what it does, with its faults and its two moments to die.
    async fn call<T>(
        &self,
        method: &'static str,
        (id, deed): (Option<MessageId>, Option<Deed>),
        act: impl FnOnce(&mut Chat, Timestamp) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let now = self.clock.now().await;
        self.fuse.burn().await;
        let result = {
            let mut chat = guard(&self.chat);
            chat.land(now);
            chat.calls.push(id.map_or_else(|| method.to_owned(), |id| format!("{method} {id}")));
            let meets = chat.faults.front().is_some_and(|(of, _)| *of == method || *of == "*");
            let fault = if meets { chat.faults.pop_front() } else { None };
            match fault.map(|(_, fault)| fault) {
                Some(Fault::Error(error)) => Err(error),
                Some(Fault::LostAnswer) => {
                    let _ = act(&mut chat, now);
                    Err(CallError::Unknown("the answer is lost".into()))
                }
                Some(Fault::Late(seconds)) => {
                    let at = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
                    chat.late.extend(deed.map(|deed| (at, deed)));
                    Err(CallError::Unknown("the connection is lost".into()))
                }
                None => act(&mut chat, now),
            }
        };
        self.fuse.burn().await;
        result
    }
}

fn refused(kind: RefusalKind) -> CallError {
    CallError::Refused(Refusal { kind, text: format!("{kind:?}") })
}

fn gone() -> CallError {
    CallError::Refused(Refusal { kind: RefusalKind::Gone, text: "message not found".into() })
}

impl Platform for Bot {
    async fn describe(&self) -> Result<Description, CallError> {
        Err(CallError::Unreachable("nobody asks here".into()))
    }

    async fn send(&self, message: &Outgoing) -> Result<Vec<Sent>, CallError> {
        self.call("send", (None, Some(Deed::Send(message.clone()))), |chat, sent| chat.send(message, sent))
            .await
    }

    async fn edit(&self, id: MessageId, message: &Outgoing) -> Result<Edited, CallError> {
        let caption = matches!(message.payload.content, Content::Caption { .. });
        let method = if caption { "caption" } else { "edit" };
        let deed = Deed::Edit(id, message.clone());
        self.call(method, (Some(id), Some(deed)), |chat, _| chat.edit(id, message)).await
    }

    async fn delete(&self, id: MessageId) -> Result<(), CallError> {
        let refusal = Refusal { kind: RefusalKind::NotDeletable, text: "message can't be deleted".into() };
        self.call("delete", (Some(id), None), |chat, now| {
            let too_old =
                |shown: &Shown| now.duration_since(shown.sent) >= jiff::SignedDuration::from_hours(48);
            if chat.messages.get(&id).is_some_and(too_old) {
                return Err(CallError::Refused(refusal));
            }
            chat.messages.remove(&id);
            Ok(())
        })
        .await
    }

    async fn set_pinned(&self, id: MessageId, pinned: bool) -> Result<(), CallError> {
        self.call(if pinned { "pin" } else { "unpin" }, (Some(id), None), |chat, _| {
            chat.messages.get_mut(&id).ok_or_else(gone)?.pinned = pinned;
            Ok(())
        })
        .await
    }
}

impl Chat {
    fn marker(&mut self, unlike: lock::Kind, sent: Timestamp) -> MessageId {
        self.top += 1;
        let id = MessageId(self.top);
        let file = (!unlike.has_file()).then(|| Held {
            kind: Kind::Document,
            sha256: Sha256Hex::of(b"marker"),
            thumbnail: None,
        });
        let html = "·".to_owned();
        let shows = Vec::new();
        let shown = Shown { html, file, shows, album: None, reply_to: None, pinned: false, sent, ours: true };
        self.messages.insert(id, shown);
        id
    }

    fn reading(&self, id: MessageId) -> Reading {
        let Some(shown) = self.messages.get(&id) else { return Reading::Missing };
        Reading::Seen(Box::new(Seen {
            kind: Some(shown.file.as_ref().map_or(lock::Kind::Text, |file| file.kind.into())),
            text: shown.html.clone(),
            file: None,
            date: Some(shown.sent),
            origin: None,
            shown: Digest::of(&shown.html),
            copied: false,
        }))
    }

    fn probed(&self, id: MessageId) -> Probe {
        match self.messages.get(&id) {
            _ if self.blind => Probe::Opaque("nobody knows".into()),
            None => Probe::Missing,
            Some(shown) if shown.ours || self.edit_others => {
                Probe::There { holds_text: shown.file.is_none() }
            }
            Some(_) => Probe::Locked,
        }
    }

    fn refuse_marker(&self) -> Result<(), CallError> {
        if self.blind { Err(refused(RefusalKind::Other)) } else { Ok(()) }
    }
}

impl Witness for Bot {
    async fn probe(&self, id: MessageId) -> Result<Probe, CallError> {
        self.call("probe", (Some(id), None), |chat, _| Ok(chat.probed(id))).await
    }

    async fn read(&self, id: MessageId, _: ChatId) -> Result<Reading, CallError> {
        self.call("read", (Some(id), None), |chat, _| Ok(chat.reading(id))).await
    }

    async fn hear(&self, from: Option<i64>) -> Result<Vec<Heard>, CallError> {
        self.call("hear", (None, None), |chat, _| {
            chat.updates.retain(|(update, _)| from.is_none_or(|from| *update >= from));
            let told = |(update, id): &(i64, MessageId)| Heard {
                update: *update,
                chat: ChatId(-1_001_000_000_001),
                what: HeardOf::Post(*id),
            };
            Ok(chat.updates.iter().take(2).map(told).collect())
        })
        .await
    }

    async fn mark(&self, unlike: lock::Kind) -> Result<MessageId, CallError> {
        self.call("mark", (None, None), |chat, now| {
            chat.refuse_marker()?;
            Ok(chat.marker(unlike, now))
        })
        .await
    }

    async fn quote(
        &self,
        id: MessageId,
        unlike: lock::Kind,
    ) -> Result<(Option<MessageId>, Reading), CallError> {
        self.call("quote", (Some(id), None), |chat, now| {
            chat.refuse_marker()?;
            let reading = chat.reading(id);
            let sent = (reading != Reading::Missing).then(|| chat.marker(unlike, now));
            Ok((sent, reading))
        })
        .await
    }
}

/// What a message says and holds.
fn said(shown: &Shown) -> (String, Option<Sha256Hex>) {
    (shown.html.clone(), shown.file.as_ref().map(|file| file.sha256.clone()))
}

/// What the messages of a payload say and hold.
fn expected(content: &Content) -> Vec<(String, Option<Sha256Hex>)> {
    match content {
        Content::Media { items, .. } => {
            items.iter().map(|item| (item.html.clone(), Some(item.sha256.clone()))).collect()
        }
        content => vec![(content.html().to_owned(), None)],
    }
}

/// The lock file and the journal.
#[derive(Debug, Default)]
pub(super) struct Disk {
    pub lock: Option<Lock>,
    pub journal: String,
    /// The append or save, counted from zero, that fails; with it all later ones if the second is set.
    pub fails: Option<(usize, bool)>,
    operations: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Store {
    disk: Arc<Mutex<Disk>>,
    fuse: Fuse,
}

impl Store {
    fn check(&self) -> Result<(), StateError> {
        let mut disk = guard(&self.disk);
        let operation = disk.operations;
        disk.operations += 1;
        match disk.fails {
            Some((at, all)) if operation == at || all && operation > at => {
                Err(StateError::new("no space left on device"))
            }
            _ => Ok(()),
        }
    }
}

impl StateStore for Store {
    async fn append(&mut self, entries: &[Entry]) -> Result<(), StateError> {
        self.fuse.burn().await;
        self.check()?;
        for entry in entries {
            guard(&self.disk).journal += &(serde_json::to_string(entry).unwrap() + "\n");
        }
        self.fuse.burn().await;
        Ok(())
    }

    async fn save(&mut self, lock: &Lock) -> Result<(), StateError> {
        self.fuse.burn().await;
        self.check()?;
        guard(&self.disk).lock = Some(crate::lock::parse(&crate::lock::to_json(lock)).unwrap());
        self.fuse.burn().await;
        guard(&self.disk).journal.clear();
        self.fuse.burn().await;
        Ok(())
    }

    async fn tend(&mut self) -> Result<Option<Duration>, StateError> {
        Ok(None)
    }
}

/// How a run ended.
pub(super) enum Ended {
    Died,
    Result(Report, Result<(), StateError>),
}

impl Ended {
    pub(super) fn report(self) -> Report {
        match self {
            Self::Result(report, result) => {
                result.unwrap();
                report
            }
            Self::Died => panic!("the run died"),
        }
    }
}

/// Posts, the chats they go to, and the machine that runs.
pub(super) struct Stage {
    pub paper: Paper,
    chats: BTreeMap<ChatId, Arc<Mutex<Chat>>>,
    pub disk: Arc<Mutex<Disk>>,
    pub clock: Watch,
    pub fuse: Fuse,
    pub stop: Stop,
    pub sends_allowed: bool,
    /// Ids of messages that people posted.
    pub foreign: BTreeSet<MessageId>,
    pub rules: Rules,
    /// There is a scratch chat.
    pub scratch: bool,
}

impl Stage {
    /// Empty chats, and what `paper` says.
    pub(super) fn new(paper: Paper) -> Self {
        let now = Arc::new(Mutex::new(at("2026-11-20T10:00:00Z")));
        Self {
            paper,
            chats: BTreeMap::new(),
            disk: Arc::default(),
            clock: Watch { now, slept: Arc::default(), stop: Arc::default() },
            fuse: Fuse::default(),
            stop: Stop::default(),
            sends_allowed: false,
            foreign: BTreeSet::new(),
            rules: Rules::default(),
            scratch: false,
        }
    }

    /// After `paper` was applied; then the posts change to what `change` makes of them.
    pub(super) async fn applied(paper: Paper, change: impl FnOnce(Paper) -> Paper) -> Self {
        let mut stage = Self::new(paper);
        let report = stage.run(None).await.report();
        assert_eq!(report.planned(), report.done.len(), "{report:?}");
        stage.paper = change(stage.paper.clone());
        stage
    }

    pub(super) fn change(&mut self, change: impl FnOnce(Paper) -> Paper) {
        self.paper = change(self.paper.clone());
    }

    pub(super) fn chat(&self) -> MutexGuard<'_, Chat> {
        guard(&self.chats[&ChatId(-1_001_000_000_001)])
    }

    pub(super) fn fault(&mut self, method: &'static str, fault: Fault) {
        let chat = self.chats.entry(ChatId(-1_001_000_000_001)).or_default();
        guard(chat).faults.push_back((method, fault));
    }

    pub(super) fn advance(&self, hours: i64) {
        let mut now = guard(&self.clock.now);
        *now = now.checked_add(jiff::SignedDuration::from_hours(hours)).unwrap();
    }

    /// A person deletes a message.
    pub(super) fn delete(&self, id: i32) {
        self.chat().messages.remove(&MessageId(id)).unwrap();
    }

    /// Nothing can be learned of any message: whoever wants to know has to ask.
    pub(super) fn blind(mut self) -> Self {
        guard(self.chats.entry(ChatId(-1_001_000_000_001)).or_default()).blind = true;
        self
    }

    /// The bot may edit what others post.
    pub(super) fn edits_others(mut self) -> Self {
        guard(self.chats.entry(ChatId(-1_001_000_000_001)).or_default()).edit_others = true;
        self
    }

    /// The same as seen, with places in the chat instead of ids.
    pub(super) fn places(&self) -> Vec<String> {
        let ids: Vec<MessageId> = self.chat().messages.keys().copied().collect();
        let place = |mut text: String| {
            for (place, id) in ids.iter().enumerate().rev() {
                text = text.replace(&format!("1/{id}\""), &format!("#{place}\""));
                if text.ends_with(&format!("^{id}")) {
                    text = text.replace(&format!("^{id}"), &format!("^#{place}"));
                }
            }
            text
        };
        self.seen().into_iter().map(place).collect()
    }

    /// A person posts something.
    pub(super) fn human(&mut self) {
        let mut chat = self.chat();
        chat.top += 1;
        let (id, sent) = (MessageId(chat.top), *guard(&self.clock.now));
        chat.messages.insert(
            id,
            Shown {
                html: "hello".into(),
                file: None,
                shows: Vec::new(),
                album: None,
                reply_to: None,
                pinned: false,
                sent,
                ours: false,
            },
        );
        let next = chat.updates.last().map_or(700, |(last, _)| last + 1);
        chat.updates.push((next, id));
        drop(chat);
        self.foreign.insert(id);
    }

    /// What subscribers see, in order: file, text, `^` and what it replies to, `*` where it is pinned.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen_in(-1_001_000_000_001)
    }

    pub(super) fn seen_in(&self, chat: i64) -> Vec<String> {
        let Some(chat) = self.chats.get(&ChatId(chat)) else { return Vec::new() };
        let show = |shown: &Shown| {
            let reply = shown.reply_to.map(|id| format!("^{id}")).unwrap_or_default();
            let file = |file: &Held| format!("[{} {}]", file.kind.word(), holds(&file.sha256));
            let files: String = shown.file.iter().chain(&shown.shows).map(file).collect();
            format!("{files}{}{reply}{}", shown.html, if shown.pinned { "*" } else { "" })
        };
        guard(chat).messages.values().map(show).collect()
    }

    pub(super) fn lock(&self) -> Lock {
        guard(&self.disk).lock.clone().unwrap_or_else(|| Lock::new("6f1c0a52e9b7".into()))
    }

    pub(super) fn store(&self) -> Store {
        Store { disk: Arc::clone(&self.disk), fuse: self.fuse.clone() }
    }

    /// Read the disk as a run does when it starts: the journal becomes part of the lock.
    pub(super) fn wake_up(&mut self) {
        self.fuse.set(None);
        let mut lock = self.lock();
        let mut disk = guard(&self.disk);
        let entries = parse_journal(&disk.journal).unwrap();
        replay(&mut lock, &entries).unwrap();
        if disk.lock.as_ref() != Some(&lock) && !entries.is_empty() {
            lock.serial += 1;
            disk.lock = Some(lock.clone());
        }
        disk.journal.clear();
        self.paper.lock = lock;
        self.paper.now = *guard(&self.clock.now);
    }

    /// Like `tgsync apply`: wake up, plan, apply, save. `approved`: `--expect-plan`.
    pub(super) async fn run(&mut self, approved: Option<&PlanId>) -> Ended {
        self.wake_up();
        self.fuse.set(None);
        self.settle().await;
        self.go_on(approved).await
    }

    /// The same, dying after so many steps.
    pub(super) async fn run_until(&mut self, steps: usize) -> Ended {
        self.wake_up();
        self.fuse.set(Some(steps));
        if self.settle().await.is_none() {
            return Ended::Died;
        }
        self.go_on(None).await
    }

    fn bot(&mut self, chat: ChatId) -> Bot {
        let place = Arc::clone(self.chats.entry(chat).or_default());
        Bot { chat: place, clock: self.clock.clone(), fuse: self.fuse.clone() }
    }

    fn rights(&mut self, chat: ChatId) -> Rights {
        let edit_others = guard(self.chats.entry(chat).or_default()).edit_others;
        Rights { post: true, edit_others, delete_others: true, pin: true }
    }

    fn orders(&self) -> Orders<'_> {
        Orders {
            stop: &self.stop,
            tell: &|_: List, _: &Item| {},
            aside: &|_: &Aside| {},
            patience: Patience::default(),
            quiet: None,
            batch: 1,
            ask_again: false,
            rules: self.rules,
            commit: Some("c0ffee".into()),
            narrowed: self.paper.scope.only.is_some(),
        }
    }

    /// What is in doubt is settled, and the lock saved. `None`: the run died.
    pub(super) async fn settle(&mut self) -> Option<Settlement> {
        let before = self.paper.lock.clone();
        let policies = self.paper.policies.clone();
        let mut places = Vec::new();
        for policy in &policies {
            let Some(crate::ids::ChatRef::Id(chat)) = policy.chat else { panic!("a chat by its id") };
            let links = ChatLinks::of(policy.chat.as_ref(), Some(chat));
            places.push((policy, chat, self.bot(chat), self.rights(chat), links));
        }
        let sites: Vec<Site<'_, Bot>> = places
            .iter()
            .filter(|(_, chat, ..)| super::settle::needs_settling(&before, *chat))
            .map(|(policy, chat, bot, rights, links)| Site {
                target: &policy.target,
                platform: bot,
                chat: *chat,
                bot: BotId(7),
                kind: ChatKind::Channel,
                rights: *rights,
                scratch: self.scratch.then_some(ChatId(1)),
                on_missing: policy.on_missing,
                links,
            })
            .collect();
        if sites.is_empty() {
            return Some(Settlement::default());
        }
        let ledger = tokio::sync::Mutex::new(Ledger::new(before.clone(), self.store()));
        let orders = self.orders();
        let settlement = tokio::select! {
            biased;
            (settlement, result) = settle(&sites, &ledger, &self.clock, &orders) => {
                let _ = result;
                settlement
            }
            () = self.fuse.blown.notified() => return None,
        };
        let (mut lock, mut store) = ledger.into_inner().into_parts();
        if lock == before {
            guard(&self.disk).journal.clear();
        } else {
            lock.serial += 1;
            tokio::select! {
                biased;
                _ = store.save(&lock) => {}
                () = self.fuse.blown.notified() => return None,
            }
        }
        self.paper.lock = lock;
        self.paper.now = *guard(&self.clock.now);
        Some(settlement)
    }

    async fn go_on(&mut self, approved: Option<&PlanId>) -> Ended {
        let before = self.paper.lock.clone();
        let plan = self.paper.whole_plan();
        if let Some(approved) = approved {
            assert!(is_approved(&plan, &before, approved), "{}", self.paper.show());
        }
        let policies = self.paper.policies.clone();
        let replans: Vec<_> = policies
            .iter()
            .map(|policy| {
                let paper = self.paper.clone();
                move |lock: &Lock| paper.clone().with(|paper| paper.lock = lock.clone()).plan_of(policy)
            })
            .collect();
        let mut jobs = Vec::new();
        for ((target, policy), replan) in plan.targets.iter().zip(&policies).zip(&replans) {
            let Some(crate::ids::ChatRef::Id(chat)) = policy.chat else { panic!("a chat by its id") };
            let (platform, rights) = (self.bot(chat), self.rights(chat));
            if target.due().next().is_none() {
                continue;
            }
            jobs.push(Job {
                plan: target,
                policy,
                platform,
                chat,
                bot: BotId(7),
                kind: ChatKind::Channel,
                rights,
                scratch: self.scratch.then_some(ChatId(1)),
                links: ChatLinks::of(policy.chat.as_ref(), Some(chat)),
                sends_allowed: self.sends_allowed,
                replan,
            });
        }
        let ledger = tokio::sync::Mutex::new(Ledger::new(before.clone(), self.store()));
        let orders = self.orders();
        let (report, result) = tokio::select! {
            biased;
            ended = apply((&plan, &jobs), &ledger, &self.clock, &orders) => ended,
            () = self.fuse.blown.notified() => return Ended::Died,
        };
        let (mut lock, mut store) = ledger.into_inner().into_parts();
        if lock == before {
            guard(&self.disk).journal.clear();
            return Ended::Result(report, result);
        }
        lock.serial += 1;
        tokio::select! {
            biased;
            saved = store.save(&lock) => Ended::Result(report, result.and(saved)),
            () = self.fuse.blown.notified() => Ended::Died,
        }
    }

    /// Decide every doubt as somebody who looks at the chat would; how many there were.
    pub(super) fn decide_doubts(&mut self) -> usize {
        self.wake_up();
        let mut lock = self.lock();
        let mut decided = 0;
        for (name, target) in lock.targets.clone() {
            let chat = guard(&self.chats[&target.chat.unwrap()]);
            let owned: BTreeSet<MessageId> =
                target.posts.values().flat_map(crate::lock::Recorded::ids).collect();
            for pending in &target.doubt {
                let after = |id: &MessageId| *id > pending.after && !owned.contains(id);
                let wanted = expected(&pending.payload.content);
                let found: Vec<MessageId> = chat
                    .messages
                    .iter()
                    .filter(|(id, shown)| after(id) && wanted.contains(&said(shown)))
                    .map(|(id, _)| *id)
                    .collect();
                let Pending { id, .. } = pending.clone();
                let what = match found.get(..wanted.len()) {
                    Some(ids) => What::WasSent { id, ids: ids.to_vec() },
                    None => What::NotSent { id },
                };
                lock.fold(&Event { target: name.clone(), what });
                decided += 1;
            }
        }
        guard(&self.disk).lock = Some(lock);
        decided
    }

    /// Every message of ours is in the lock, once, and every message of the lock is there.
    pub(super) fn check_books(&self) {
        for target in self.lock().targets.values() {
            let Some(chat) = target.chat.and_then(|chat| self.chats.get(&chat)) else { continue };
            let mut owned: Vec<MessageId> =
                target.posts.values().flat_map(crate::lock::Recorded::ids).collect();
            owned.sort_unstable();
            let there: Vec<MessageId> = guard(chat).messages.keys().copied().collect();
            let ours: Vec<MessageId> = there.into_iter().filter(|id| !self.foreign.contains(id)).collect();
            assert_eq!(owned, ours, "the lock and the chat");
        }
    }

    /// From this append or save on the disk is full: once, or for good.
    pub(super) fn fail_from(&self, at: usize, for_good: bool) {
        let mut disk = guard(&self.disk);
        disk.operations = 0;
        disk.fails = Some((at, for_good));
    }

    pub(super) fn fail_never(&self) {
        guard(&self.disk).fails = None;
    }

    /// What an apply would do now.
    pub(super) fn rest(&mut self) -> String {
        self.wake_up();
        self.paper.show()
    }
}
