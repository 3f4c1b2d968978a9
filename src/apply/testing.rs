//! A stage for the tests of applying: chats, a disk and a clock in memory, and a fuse that ends a run anywhere.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;

use super::{Item, Job, Ledger, List, Orders, Report, Stop, apply, is_approved};
use crate::ids::{BotId, ChatId, MessageId, PlanId, Sha256Hex, Timestamp};
use crate::lock::{Attachment, Content, Entry, Event, Lock, Pending, What, parse_journal, replay};
use crate::media::{FileRef, Kind};
use crate::plan::ChatLinks;
use crate::plan::testing::{Paper, at, file_of, holds};
use crate::ports::{
    CallError, Clock, Description, Edited, Outgoing, Platform, Refusal, RefusalKind, Sent, StateError,
    StateStore,
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
}

impl Chat {
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
            out.push(Sent { id, files });
            let (shows, reply_to) = (shows.clone(), payload.reply_to);
            let shown = Shown { html, file, shows, album, reply_to, pinned: false, sent };
            self.messages.insert(id, shown);
        }
        Ok(out)
    }

    fn edit(&mut self, id: MessageId, message: &Outgoing) -> Result<Edited, CallError> {
        let content = &message.payload.content;
        let there = self.messages.get(&id).ok_or_else(gone)?.clone();
        let file = match (content, &there.file) {
            (Content::Text { .. } | Content::Rich { .. }, None) => None,
            (Content::Caption { .. }, Some(file)) => Some(file.clone()),
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
        self.messages.insert(id, Shown { html, file, shows, ..there });
        Ok(Edited::Changed(now))
    }
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
        id: Option<MessageId>,
        act: impl FnOnce(&mut Chat, Timestamp) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let now = self.clock.now().await;
        self.fuse.burn().await;
        let result = {
            let mut chat = guard(&self.chat);
            chat.calls.push(id.map_or_else(|| method.to_owned(), |id| format!("{method} {id}")));
            let meets = chat.faults.front().is_some_and(|(of, _)| *of == method || *of == "*");
            let fault = if meets { chat.faults.pop_front() } else { None };
            match fault.map(|(_, fault)| fault) {
                Some(Fault::Error(error)) => Err(error),
                Some(Fault::LostAnswer) => {
                    let _ = act(&mut chat, now);
                    Err(CallError::Unknown("the answer is lost".into()))
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
        self.call("send", None, |chat, sent| chat.send(message, sent)).await
    }

    async fn edit(&self, id: MessageId, message: &Outgoing) -> Result<Edited, CallError> {
        let caption = matches!(message.payload.content, Content::Caption { .. });
        let method = if caption { "caption" } else { "edit" };
        self.call(method, Some(id), |chat, _| chat.edit(id, message)).await
    }

    async fn delete(&self, id: MessageId) -> Result<(), CallError> {
        let refusal = Refusal { kind: RefusalKind::NotDeletable, text: "message can't be deleted".into() };
        self.call("delete", Some(id), |chat, now| {
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
        self.call(if pinned { "pin" } else { "unpin" }, Some(id), |chat, _| {
            chat.messages.get_mut(&id).ok_or_else(gone)?.pinned = pinned;
            Ok(())
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
            },
        );
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
        self.go_on(approved, None).await
    }

    /// The same, dying after so many steps.
    pub(super) async fn run_until(&mut self, steps: usize) -> Ended {
        self.wake_up();
        self.go_on(None, Some(steps)).await
    }

    async fn go_on(&mut self, approved: Option<&PlanId>, steps: Option<usize>) -> Ended {
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
            let place = Arc::clone(self.chats.entry(chat).or_default());
            if target.due().next().is_none() {
                continue;
            }
            jobs.push(Job {
                plan: target,
                policy,
                platform: Bot { chat: place, clock: self.clock.clone(), fuse: self.fuse.clone() },
                chat,
                bot: BotId(7),
                links: ChatLinks::of(policy.chat.as_ref(), Some(chat)),
                sends_allowed: self.sends_allowed,
                replan,
            });
        }
        let ledger = tokio::sync::Mutex::new(Ledger::new(before.clone(), self.store()));
        let orders = Orders {
            stop: &self.stop,
            tell: &|_: List, _: &Item| {},
            commit: Some("c0ffee".into()),
            narrowed: self.paper.scope.only.is_some(),
        };
        self.fuse.set(steps);
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
