//! What became of a send that nobody saw the end of: found out by evidence, in the order of `docs/recovery.md`. Nothing
//! of the chat is changed but by a marker, which goes again, and by deleting copies that were claimed in the journal.

mod evidence;
mod hear;
mod look;
mod marker;
mod patience;
mod says;
mod stray;
mod told;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::Mutex;

use super::call::rest;
use super::{Ledger, Orders, Pace};
use crate::ids::{BotId, ChatId, MessageId, TargetName, Timestamp};
use crate::lock::{Lock, Payload, Pending, Ticket, Watch, What};
use crate::plan::{ChatLinks, OnMissing};
use crate::ports::{CallError, ChatKind, Clock, Platform, Rights, StateError, StateStore, Witness};

pub use evidence::{Bench, Coverage, Evidence, ForeignBy, OwnBy, Testimony, classify};
pub use patience::{Patience, Spans};
pub use says::first_line;
pub use told::{Aside, Settled, StrayCopy};
pub use verdict::{Candidate, Verdict, decide};

use patience::later;

/// How long a send that was found absent is looked for: bots can delete a message for so long.
const TICKET: Duration = Duration::from_hours(48);

/// When it is looked whether the send in doubt is there already, in seconds from the first look.
const GLANCES: [u64; 3] = [0, 5, 25];

/// A chat, as one target writes to it.
#[derive(Debug)]
pub struct Site<'a, P> {
    pub target: &'a TargetName,
    pub platform: &'a P,
    pub chat: ChatId,
    pub bot: BotId,
    pub kind: ChatKind,
    pub rights: Rights,
    /// A chat that nobody minds, for reading messages.
    pub scratch: Option<ChatId>,
    pub on_missing: OnMissing,
    pub links: &'a ChatLinks,
}

// Derived, they would ask the same of the platform.
impl<P> Clone for Site<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Site<'_, P> {}

/// Finds out about the sends of one chat.
#[derive(Debug)]
pub(super) struct Settler<'a, P, S, C> {
    pub site: Site<'a, P>,
    pub ledger: &'a Mutex<Ledger<S>>,
    pub pace: &'a Mutex<Pace>,
    pub clock: &'a C,
    pub orders: &'a Orders<'a>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Settlement {
    pub settled: Vec<Settled>,
    /// The run was asked to end before anything could be told.
    pub stopped: bool,
}

/// Why it ends before its end.
#[derive(Debug)]
enum Halt {
    State(StateError),
    Stopped,
    /// Nothing can be told at all, and why.
    Ask(String),
    /// Nothing can be told now, and why.
    Later(String),
}

impl From<StateError> for Halt {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// A send in doubt.
#[derive(Debug, Clone)]
struct Doubt {
    target: TargetName,
    pending: Pending,
}

/// The sends in question and what is known so far.
#[derive(Debug)]
struct Case {
    open: Vec<Doubt>,
    /// Nothing of them can have its effect after this, as far as is believed.
    over: Timestamp,
    told: BTreeMap<MessageId, Testimony>,
    /// When each message was first found to be there.
    found: BTreeMap<MessageId, Timestamp>,
    receipts: BTreeSet<MessageId>,
    /// Updates are heard, and since when; `None`: they are not.
    heard: Option<Timestamp>,
    /// The last id that is in question, exclusive.
    through: Option<MessageId>,
    notes: Vec<String>,
    /// What was looked at, and what it was found to be.
    evidence: Vec<(MessageId, String)>,
}

impl Case {
    /// Nothing was looked at yet.
    fn new(open: Vec<Doubt>, over: Timestamp) -> Self {
        Self {
            open,
            over,
            told: BTreeMap::new(),
            found: BTreeMap::new(),
            receipts: BTreeSet::new(),
            heard: None,
            through: None,
            notes: Vec::new(),
            evidence: Vec::new(),
        }
    }

    fn payloads(&self) -> Vec<&Payload> {
        self.open.iter().map(|doubt| &doubt.pending.payload).collect()
    }

    /// Ids in question are above this one.
    fn after(&self) -> MessageId {
        self.open.iter().map(|doubt| doubt.pending.after).min().unwrap_or(MessageId(0))
    }

    /// When the first of the sends was made.
    fn from(&self) -> Timestamp {
        self.open.iter().map(|doubt| doubt.pending.at).min().unwrap_or(Timestamp::MIN)
    }
}

/// Settle what is in doubt in these chats and remove what was claimed, before anything is planned. Chats without a doubt are
/// left alone.
pub async fn settle<P, S, C>(
    sites: &[Site<'_, P>],
    ledger: &Mutex<Ledger<S>>,
    clock: &C,
    orders: &Orders<'_>,
) -> (Settlement, Result<(), StateError>)
where
    P: Platform + Witness + Sync,
    S: StateStore + Send,
    C: Clock + Sync,
{
    let mut all = Settlement::default();
    let pace = Mutex::new(Pace::default());
    let now = clock.now().await;
    let mut result = ledger.lock().await.begin(now).await;
    for site in sites {
        if result.is_err() || all.stopped {
            break;
        }
        let settler = Settler { site: *site, ledger, pace: &pace, clock, orders };
        match settler.start().await {
            Ok(settlement) => all.merge(settlement),
            Err(error) => result = Err(error),
        }
    }
    (all, result)
}

/// Whether a run has to look at this chat before it plans.
pub fn needs_settling(lock: &Lock, chat: ChatId) -> bool {
    let left = |watch: &Watch| {
        let sought = watch.tickets.iter().any(Ticket::is_sought);
        sought || !watch.markers.is_empty() || !watch.strays.is_empty()
    };
    is_in_doubt(lock, chat) || lock.of_chat(chat).any(|target| left(&target.watch))
}

/// A send is in doubt that nobody was asked about.
fn is_in_doubt(lock: &Lock, chat: ChatId) -> bool {
    lock.of_chat(chat).any(|target| {
        let asked = |pending: &Pending| target.watch.asked.contains(&pending.id);
        !target.doubt.iter().all(asked)
    })
}

impl Settlement {
    fn merge(&mut self, other: Self) {
        self.settled.extend(other.settled);
        self.stopped |= other.stopped;
    }
}

impl<P, S, C> Settler<'_, P, S, C>
where
    P: Platform + Witness + Sync,
    S: StateStore + Send,
    C: Clock + Sync,
{
    async fn start(&self) -> Result<Settlement, StateError> {
        self.sweep_claimed().await?;
        let in_doubt = is_in_doubt(self.ledger.lock().await.lock(), self.site.chat);
        if in_doubt || self.orders.ask_again {
            return self.settle(&BTreeSet::new()).await;
        }
        self.seek_markers().await?;
        Ok(Settlement::default())
    }

    /// Settle all sends in doubt of this bot in this chat. Those whose ids are `fresh` were made by this very run, so that
    /// they were over when they were found to be in doubt: now.
    pub(super) async fn settle(&self, fresh: &BTreeSet<String>) -> Result<Settlement, StateError> {
        let Some(mut case) = self.case(fresh).await else { return Ok(Settlement::default()) };
        let end = self.work(&mut case).await;
        self.sweep_claimed().await?;
        let verdicts = match end {
            Ok(verdicts) => verdicts,
            Err(Halt::State(error)) => return Err(error),
            Err(Halt::Stopped) => return Ok(Settlement { stopped: true, ..Settlement::default() }),
            Err(Halt::Ask(why)) => vec![Verdict::Ask(why); case.open.len()],
            Err(Halt::Later(why)) => vec![Verdict::Later(why); case.open.len()],
        };
        case.evidence = self.evidence(&case).await;
        self.write(&case, &verdicts).await?;
        let told = case.open.iter().zip(verdicts).map(|(doubt, verdict)| self.told(doubt, &case, verdict));
        let settled: Vec<Settled> = told.collect();
        for one in &settled {
            (self.orders.aside)(&Aside::Settled(one.clone()));
        }
        Ok(Settlement { settled, stopped: false })
    }

    async fn case(&self, fresh: &BTreeSet<String>) -> Option<Case> {
        let now = self.clock.now().await;
        let ledger = self.ledger.lock().await;
        let of_chat = ledger.lock().targets.iter().filter(|(_, lock)| self.is_ours(lock));
        let open: Vec<Doubt> = of_chat
            .flat_map(|(name, lock)| {
                let doubt = |pending: &Pending| Doubt { target: name.clone(), pending: pending.clone() };
                lock.doubt.iter().map(doubt).collect::<Vec<_>>()
            })
            .filter(|doubt| !ledger.lock().hold.covers(&doubt.pending.slug))
            .collect();
        let over = open.iter().map(|doubt| self.over(&doubt.pending, now, fresh)).max()?;
        Some(Case::new(open, over))
    }

    fn is_ours(&self, lock: &crate::lock::TargetLock) -> bool {
        lock.chat == Some(self.site.chat) && lock.bot == Some(self.site.bot)
    }

    fn over(&self, pending: &Pending, now: Timestamp, fresh: &BTreeSet<String>) -> Timestamp {
        let spans = self.orders.patience.of(&pending.payload);
        if fresh.contains(&pending.id) {
            return later(now, spans.late);
        }
        self.over_at(spans, pending.at, now)
    }

    /// When a call is over that a run of before made.
    fn over_at(&self, spans: Spans, made: Timestamp, now: Timestamp) -> Timestamp {
        // A clock that was ahead when it was made must not keep us waiting for longer than a call of this moment.
        let over = Patience::over(spans, made.min(now));
        self.orders.quiet.map_or(over, |quiet| over.max(later(quiet, spans.late)))
    }

    async fn work(&self, case: &mut Case) -> Result<Vec<Verdict>, Halt> {
        if let Some(ids) = self.glance(case).await? {
            return Ok(vec![Verdict::Adopt(ids)]);
        }
        if self.orders.rules.absent_waits {
            self.wait_until(case.over).await?;
        }
        let top = self.mark(case).await?;
        case.through = Some(top);
        let result = self.judge(case, top).await;
        self.sweep(top).await?;
        result
    }

    async fn judge(&self, case: &mut Case, top: MessageId) -> Result<Vec<Verdict>, Halt> {
        if self.orders.rules.calibrated {
            self.calibrate(top).await?;
        }
        let window = self.window(case, top).await?;
        let window = self.without_strays(case, window).await?;
        let restore = self.site.on_missing == OnMissing::Restore;
        let verdicts = decide(&case.payloads(), &window, restore, &self.orders.rules);
        let unread =
            window.iter().filter(|one| matches!(one.evidence, Evidence::Own(_)) && one.seen.is_none());
        if unread.clone().next().is_none()
            || !verdicts.iter().any(|verdict| matches!(verdict, Verdict::Ask(_)))
        {
            return Ok(verdicts);
        }
        // What is there says which is which, where it can be read.
        let unread: Vec<MessageId> = unread.map(|one| one.id).collect();
        self.read_all(case, &unread).await?;
        let window = self.candidates(case, top).await;
        let window = self.without_strays(case, window).await?;
        Ok(decide(&case.payloads(), &window, restore, &self.orders.rules))
    }

    /// Write the verdicts down, all of them in one stroke for each target.
    async fn write(&self, case: &Case, verdicts: &[Verdict]) -> Result<(), StateError> {
        let now = self.clock.now().await;
        let mut facts: BTreeMap<&TargetName, Vec<What>> = BTreeMap::new();
        for (doubt, verdict) in case.open.iter().zip(verdicts) {
            let id = doubt.pending.id.clone();
            let these = facts.entry(&doubt.target).or_default();
            match verdict {
                Verdict::Adopt(ids) => these.push(What::WasSent { id, ids: ids.clone() }),
                Verdict::Absent => {
                    // First the ticket: what others posted is remembered as long as there is a doubt or a ticket.
                    let top = case.through.unwrap_or(doubt.pending.after);
                    these.push(What::Awaited { ticket: ticket(&doubt.pending, top, now) });
                    these.push(What::NotSent { id });
                }
                Verdict::Ask(_) => these.push(What::Asked { id }),
                Verdict::Later(_) => {}
            }
        }
        let mut ledger = self.ledger.lock().await;
        for (target, facts) in facts.into_iter().filter(|(_, facts)| !facts.is_empty()) {
            ledger.facts(now, target, facts).await?;
        }
        Ok(())
    }

    /// Wait until an edit that was made then can't have its effect any more; `false`: the run is to end.
    pub(super) async fn outwait(&self, edited: Timestamp, file: bool) -> Result<bool, StateError> {
        let patience = &self.orders.patience;
        let spans = if file { patience.media } else { patience.text };
        let now = self.clock.now().await;
        match self.wait_until(self.over_at(spans, edited, now)).await {
            Err(Halt::State(error)) => Err(error),
            Err(_) => Ok(false),
            Ok(()) => Ok(true),
        }
    }

    /// Wait for a moment, and say so.
    async fn wait_until(&self, moment: Timestamp) -> Result<(), Halt> {
        let now = self.clock.now().await;
        let Ok(wait) = Duration::try_from(moment.duration_since(now)) else { return Ok(()) };
        if wait > Duration::ZERO {
            (self.orders.aside)(&Aside::Waiting { target: self.site.target.clone(), until: moment, wait });
        }
        self.pause(wait).await
    }

    async fn pause(&self, wait: Duration) -> Result<(), Halt> {
        let now = self.clock.now().await;
        rest(self.ledger, self.clock, self.orders.stop, (now, wait)).await?;
        if self.orders.stop.is_requested() { Err(Halt::Stopped) } else { Ok(()) }
    }

    /// Ask the platform, at its pace, and again when that may help. A refusal is an answer. `messages`: what it makes or
    /// touches, as Telegram's limits count.
    async fn ask<T, F>(&self, messages: usize, question: impl Fn() -> F) -> Result<Result<T, CallError>, Halt>
    where
        F: Future<Output = Result<T, CallError>>,
    {
        let mut tries = 0;
        loop {
            let now = self.clock.now().await;
            let wait = self.pace.lock().await.reserve(now, self.site.chat, messages);
            self.pause(wait).await?;
            let error = match question().await {
                Ok(answer) => return Ok(Ok(answer)),
                Err(error) => error,
            };
            tries += 1;
            let wait = match &error {
                CallError::RetryAfter(wait) if tries < 10 => *wait,
                CallError::Unreachable(_) | CallError::Unknown(_) if tries < 4 => {
                    Duration::from_secs(1 << tries)
                }
                CallError::Refused(_) => return Ok(Err(error)),
                _ => return Err(Halt::Later(format!("the platform can't be asked: {error}"))),
            };
            self.pause(wait).await?;
        }
    }
}

/// That a send may still have its effect, though none was found.
fn ticket(pending: &Pending, top: MessageId, now: Timestamp) -> Ticket {
    Ticket {
        id: pending.id.clone(),
        part: pending.part,
        says: says::digest(&pending.payload),
        slug: Some(pending.slug.clone()),
        text: verdict::is_text(&pending.payload),
        looked: false,
        top,
        until: later(whole_seconds(now), TICKET),
    }
}

fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
