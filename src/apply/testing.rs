//! A stage for the tests of applying: chats, a disk and a clock in memory, and a fuse that ends a run anywhere.

mod bot;
mod chat;
mod machine;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use self::bot::Bot;
pub(super) use self::chat::Fault;
use self::chat::{Chat, Held, Shown, expected, said};
use self::machine::{Disk, Fuse, Store, Watch, guard};
use super::settle::{Settlement, settle};
use super::{
    Aside, Item, Job, Ledger, List, Orders, Patience, Report, Rules, Site, Stop, apply, is_approved,
};
use crate::ids::{BotId, ChatId, MessageId, PlanId};
use crate::lock::{Event, Lock, Pending, What, parse_journal, replay};
use crate::plan::ChatLinks;
use crate::plan::testing::{Paper, at, holds};
use crate::ports::{ChatKind, Rights, StateError, StateStore};

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
