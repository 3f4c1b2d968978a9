//! The channel and the moment: ids that only grow, people, effects that come late, and what may go wrong next.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tgsync::apply::Rules;
use tgsync::ids::{MessageId, TargetName, Timestamp};
use tgsync::lease::Terms;
use tgsync::lock::{Lock, What};
use tgsync::ports::{CallError, ChatKind, Pages, Sent, Version};

use crate::chat::{Effect, Message, Update};
use crate::check;
use crate::disk::Disk;
use crate::history::start;
use crate::remote::Remote;
use crate::scope::Scope;
use crate::search::Memory;
use crate::source::{Draft, Source};
use crate::tape::Tape;
use crate::turn::GitRules;

/// How long a send or an edit may come late, as the library believes.
pub(crate) const LATE: Duration = Duration::from_mins(2);

/// One call to the platform, there and back.
const CALL: Duration = Duration::from_millis(40);

/// How an operation goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    /// The run ends before it.
    Die,
    /// It arrives after so many seconds, and the run ends at once.
    DieLate(u64),
    /// Neither it nor its answer arrives.
    Lost,
    /// It arrives, its answer does not: after so many seconds.
    Unanswered(u64),
    /// It is refused for now.
    Wait,
    /// It fails and has no effect.
    Fail,
    /// It ends half way, and so does the run.
    Half,
    /// The platform says of a message that is there that it is not.
    FalseMissing,
    /// The process stands still before it, and goes on when others have run.
    Pause,
    /// The same, behind it.
    PauseAfter,
    /// A process that stood still goes on before it.
    Yield,
}

/// Why a history does not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Halt {
    Died,
    Paused,
    Yields,
    /// Another history came to the very same point.
    Known,
    Broken(String),
}

/// What may still happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Budget {
    pub faults: usize,
    pub acts: usize,
}

/// What was counted, nothing twice that histories have in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub operations: u64,
    pub runs: u64,
    /// Where a run was killed.
    pub deaths: u64,
    pub faults: u64,
    pub acts: u64,
    pub questions: u64,
    pub pruned: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Self) {
        self.operations += other.operations;
        self.runs += other.runs;
        self.deaths += other.deaths;
        self.faults += other.faults;
        self.acts += other.acts;
        self.questions += other.questions;
        self.pruned += other.pruned;
    }
}

pub(crate) type Shared = Arc<Mutex<World>>;

/// Everything there is.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub scope: Scope,
    /// What runs go by; a mutant breaks one of them.
    pub rules: Rules,
    pub git: GitRules,
    pub tape: Tape,
    pub memory: Option<Arc<Mutex<Memory>>>,
    pub budget: Budget,
    /// What happened of that.
    pub spent: Budget,
    pub counts: Counts,
    pub halt: Option<Halt>,
    /// What happens is told.
    pub tells: bool,
    /// What happened, for people.
    pub told: Vec<String>,
    /// What the run that is under way has seen, as one number.
    pub seen: u64,
    /// When it began.
    pub began: Timestamp,
    /// Doubts that people were asked about.
    pub asked: BTreeSet<String>,

    pub now: Timestamp,
    pub messages: BTreeMap<i32, Message>,
    pub top: i32,
    pub late: Vec<(Timestamp, Effect)>,
    /// Updates that were not confirmed yet.
    pub updates: Vec<Update>,
    pub next_update: i64,
    pub kind: ChatKind,
    pub edit_others: bool,
    pub source: Source,
    /// Posts that authors added.
    pub written: usize,
    pub disk: Disk,
    pub remote: Remote,
    /// Pushes that are under way.
    pub late_pushes: Vec<(Timestamp, Option<Version>, Pages)>,
    /// Runs that are over.
    pub over: usize,
    /// The run that goes on.
    pub active: usize,
    /// There was no journal when a run came to stand still.
    pub unaware: Option<Timestamp>,
    /// A run stands still.
    pub sleeps: bool,
    /// The platform denies in this run that anything is there.
    pub blind: bool,
    /// Markers that were answered, each to its run.
    pub answered: BTreeSet<(usize, i32)>,
    /// Messages that the platform hid once.
    pub hidden: BTreeSet<i32>,
    /// What people answered, to be written down.
    pub answers: Vec<(TargetName, What)>,
    /// Calls of runs that have no lease any more.
    pub overdue: BTreeMap<usize, usize>,
    /// After how many operations each run began.
    pub runs: BTreeMap<usize, u64>,

    /// The newest version of each post that the bot ever showed.
    pub newest: BTreeMap<char, u32>,
    /// Posts of which a person deleted a message, or took one for another.
    pub meddled: Vec<char>,
    /// A person's word was wrong: what follows from it is no fault.
    pub misled: bool,
    /// Somebody removed the journal while it knew more than the branch.
    pub robbed: bool,
    /// There was no run for longer than updates are kept.
    pub was_deaf: bool,
}

pub(crate) fn guard(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap()
}

impl Trouble {
    /// What others do too, or nearly so, is left out.
    fn is_plain(self) -> bool {
        !matches!(self, Self::Fail | Self::Wait | Self::Pause | Self::Unanswered(1..=60))
    }
}

impl World {
    pub(crate) fn new(
        (scope, (rules, git)): (Scope, (Rules, GitRules)),
        tape: Tape,
        memory: Option<Arc<Mutex<Memory>>>,
    ) -> Self {
        let letters = ('A'..='Z').take(scope.posts).enumerate();
        let files = |letter: char| if Some(letter) == scope.album { 2 } else { 0 };
        Self {
            rules,
            git,
            tape,
            budget: Budget { faults: scope.faults, acts: scope.acts },
            spent: Budget { faults: 0, acts: 0 },
            counts: Counts::default(),
            halt: None,
            tells: memory.is_none(),
            told: Vec::new(),
            memory,
            seen: 0,
            began: Timestamp::UNIX_EPOCH,
            asked: BTreeSet::new(),
            now: "2026-11-20T10:00:00Z".parse().unwrap(),
            messages: BTreeMap::new(),
            top: 0,
            late: Vec::new(),
            updates: Vec::new(),
            next_update: 1,
            kind: if scope.group { ChatKind::Supergroup } else { ChatKind::Channel },
            edit_others: scope.edit_others,
            source: letters.map(|(n, letter)| Draft::new(letter, files(letter), n % scope.targets)).collect(),
            written: 0,
            disk: Disk::default(),
            remote: Remote::default(),
            late_pushes: Vec::new(),
            over: 0,
            active: 0,
            unaware: None,
            sleeps: false,
            blind: false,
            answered: BTreeSet::new(),
            hidden: BTreeSet::new(),
            answers: Vec::new(),
            overdue: BTreeMap::new(),
            runs: BTreeMap::new(),
            newest: BTreeMap::new(),
            meddled: Vec::new(),
            misled: false,
            robbed: false,
            was_deaf: false,
            scope,
        }
    }

    pub(crate) fn tell(&mut self, what: impl FnOnce() -> String) {
        if self.tells {
            let at = self.now.strftime("%d %T");
            self.told.push(format!("{at} {}", what()));
        }
    }

    pub(crate) fn broken(&mut self, what: impl Into<String>) {
        let what = what.into();
        self.tell(|| format!("BROKEN: {what}"));
        if !matches!(self.halt, Some(Halt::Broken(_))) {
            self.halt = Some(Halt::Broken(what));
        }
    }

    /// All that is written down of the chat.
    pub(crate) fn known(&mut self) -> Result<&Lock, String> {
        if self.scope.git { self.remote.known() } else { self.disk.known() }
    }

    /// What is written down, as text.
    pub(crate) fn written(&self) -> String {
        if self.scope.git { self.remote.text() } else { self.disk.text() }
    }

    /// An operation begins: what goes wrong with it, of what can. Before one that meets the chat, people may act.
    pub(crate) fn begin(&mut self, what: &str, meets_chat: bool, can: &[Trouble]) -> Trouble {
        self.count(|counts| &mut counts.operations);
        self.remote.moment += 1;
        self.prune(what);
        if meets_chat && self.let_people_act() && self.budget.acts == 0 {
            // The same as when they had acted before, and it made no difference.
            self.prune(what);
        }
        let trouble = self.trouble(can);
        self.tell(|| match trouble {
            Trouble::None => what.to_owned(),
            trouble => format!("{what}: {trouble:?}"),
        });
        match trouble {
            Trouble::Die if self.halt.is_none() => self.die(),
            Trouble::Pause => self.pause(),
            Trouble::Yield => (self.halt, self.sleeps) = (Some(Halt::Yields), false),
            _ => {}
        }
        trouble
    }

    /// Up to here another history was the same, and was checked. A person's word that is wrong is noted by the check too.
    pub(crate) fn is_known_to_hold(&self) -> bool {
        self.memory.is_some() && !self.tape.is_new() && !self.was_deaf
    }

    /// What was played before, and is again on the way to something new, does not count.
    pub(crate) fn count(&mut self, of: fn(&mut Counts) -> &mut u64) {
        if self.tape.is_new() {
            *of(&mut self.counts) += 1;
        }
    }

    /// Something goes wrong.
    pub(crate) fn spend_fault(&mut self) {
        self.budget.faults -= 1;
        self.spent.faults += 1;
        self.count(|counts| &mut counts.faults);
    }

    pub(crate) fn die(&mut self) {
        self.count(|counts| &mut counts.deaths);
        self.halt = Some(Halt::Died);
    }

    fn trouble(&mut self, can: &[Trouble]) -> Trouble {
        if self.budget.faults == 0 && !self.sleeps || self.halt.is_some() {
            return Trouble::None;
        }
        let can = if self.budget.faults == 0 { &[] } else { can };
        // One process can stand still at a time, and goes on at no cost. On one disk a second run does not even begin.
        let pauses = |trouble: &Trouble| matches!(trouble, Trouble::Pause | Trouble::PauseAfter);
        let may = |one: &Trouble| (self.may_pause() || !pauses(one)) && (!self.scope.plain || one.is_plain());
        let mut can: Vec<Trouble> = can.iter().copied().filter(may).collect();
        can.extend(self.sleeps.then_some(Trouble::Yield));
        match self.tape.pick_rarely(can.len() + 1, self.scope.rarity) {
            0 => Trouble::None,
            n if can[n - 1] == Trouble::Yield => Trouble::Yield,
            n => {
                self.spend_fault();
                can[n - 1]
            }
        }
    }

    pub(crate) fn pause(&mut self) {
        (self.halt, self.sleeps) = (Some(Halt::Paused), true);
        self.unaware = (!self.remote.has_journal()).then_some(self.now);
    }

    pub(crate) fn is_answered(&mut self, id: MessageId) {
        self.answered.insert((self.active, id.0));
    }

    /// Whoever began before there was a journal, and not long ago, can't miss it.
    pub(crate) fn is_missed(&self) -> bool {
        let unaware = self.unaware.filter(|_| self.sleeps);
        let until = |at: Timestamp| at.checked_add(Terms::TEXT.ttl.saturating_sub(Terms::TEXT.call)).unwrap();
        self.remote.has_known_journal() && unaware.is_none_or(|at| self.now > until(at))
    }

    fn may_pause(&self) -> bool {
        self.scope.git && !self.sleeps
    }

    /// Note what the run saw: two that saw the same go on in the same way.
    pub(crate) fn saw(&mut self, what: &impl Hash) {
        let mut hasher = DefaultHasher::new();
        (self.seen, what).hash(&mut hasher);
        self.seen = hasher.finish();
    }

    fn prune(&mut self, what: &str) {
        if self.memory.is_some() {
            let mut hasher = DefaultHasher::new();
            (what, self.seen, self.now.duration_since(self.began).as_millis()).hash(&mut hasher);
            self.hash_chat(&mut hasher);
            self.join(hasher.finish());
        }
    }

    /// The same between two runs: of one that stands still, what it saw.
    pub(crate) fn prune_between(&mut self) {
        if self.memory.is_some() {
            let mut hasher = DefaultHasher::new();
            let asleep = self.sleeps.then(|| (self.seen, self.now.duration_since(self.began).as_millis()));
            (asleep, start(self, self.over)).hash(&mut hasher);
            self.join(hasher.finish());
        }
    }

    /// A history that comes to the same point as another one goes on like that.
    fn join(&mut self, point: u64) {
        let Some(memory) = self.memory.clone() else { return };
        if self.halt.is_none() && !memory.lock().unwrap().is_first(point, &self.tape) {
            self.count(|counts| &mut counts.pruned);
            self.halt = Some(Halt::Known);
        }
    }

    /// Time goes by: what was late arrives.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now.checked_add(time).unwrap();
        while let Some(next) = self.next_late(until) {
            let (at, effect) = self.late.remove(next);
            self.now = self.now.max(at);
            self.tell(|| format!("late: {}", effect.name()));
            let _ = self.perform(&effect);
        }
        self.now = until;
        self.land_pushes();
        self.delete_old();
    }

    fn next_late(&self, until: Timestamp) -> Option<usize> {
        let due = self.late.iter().enumerate().filter(|(_, (at, _))| *at <= until);
        due.min_by_key(|(_, (at, _))| *at).map(|(index, _)| index)
    }

    /// All that is late has arrived.
    pub(crate) fn pass_late(&mut self) {
        let effects = self.late.iter().map(|(at, _)| *at);
        if let Some(last) = effects.chain(self.late_pushes.iter().map(|(at, ..)| *at)).max() {
            let wait = last.duration_since(self.now).try_into().unwrap_or_default();
            self.pass(wait);
        }
    }

    /// A call of a run that changes the chat.
    pub(crate) fn call(&mut self, effect: Effect, trouble: Trouble) -> Result<Vec<Sent>, CallError> {
        check::before_call(self, &effect);
        let unknown = || CallError::Unknown("the answer is lost".into());
        let answer = match trouble {
            Trouble::Lost => Err(unknown()),
            Trouble::Wait => Err(CallError::RetryAfter(Duration::from_secs(3))),
            Trouble::Unanswered(0) => {
                let _ = self.perform(&effect);
                Err(unknown())
            }
            Trouble::Unanswered(seconds) => {
                self.come_late(effect, seconds);
                Err(unknown())
            }
            Trouble::DieLate(seconds) => {
                self.come_late(effect, seconds);
                self.die();
                Err(unknown())
            }
            _ => self.perform(&effect),
        };
        self.pass(CALL);
        self.saw(&format!("{answer:?}"));
        answer
    }

    fn come_late(&mut self, effect: Effect, seconds: u64) {
        let at = self.now.checked_add(Duration::from_secs(seconds)).unwrap();
        self.late.push((at, effect));
    }

    /// A question that changes nothing takes its time too.
    pub(crate) fn asked(&mut self, answer: &impl std::fmt::Debug) {
        self.pass(CALL);
        self.saw(&format!("{answer:?}"));
    }
}
