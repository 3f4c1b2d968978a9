//! One run of the tool, as `src/commands/apply.rs` goes about it.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tgsync::apply::settle::{self, Patience};
use tgsync::apply::{Aside, Item, Job, Ledger, List, Orders, Site, Stop, apply, suspect};
use tgsync::ids::{ChatId, TargetName, Timestamp};
use tgsync::lock::{Lock, What};
use tgsync::plan::{ChatLinks, Plan, Policy, TargetPlan, plan_id};
use tgsync::ports::{Platform as _, StateError};
use tokio::sync::Mutex;

use crate::bot::{BOT, Bot, Watch};
use crate::source::{CHAT, Content, policy, target_name};
use crate::turn::{self, Begun, Journal};
use crate::world::{Halt, Shared, World, guard};

/// A run that is under way.
pub(crate) struct Run {
    number: usize,
    goes_on: Pin<Box<dyn Future<Output = Result<(), StateError>>>>,
}

/// Why a run does not go on for now, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Over,
    Paused,
    /// One that is paused goes on before it.
    Yields,
}

impl Run {
    pub(crate) fn new(world: &Shared, number: usize) -> Self {
        {
            let mut world = guard(world);
            world.count(|counts| &mut counts.runs);
            let began = world.now;
            world.began = began;
            world.go_blind();
        }
        Self { number, goes_on: Box::pin(carry_out(Shared::clone(world))) }
    }

    /// A person's word is written down, as `tgsync resolve` does it.
    pub(crate) fn resolve(world: &Shared, number: usize, target: TargetName, what: What) -> Self {
        Self { number, goes_on: Box::pin(resolve(Shared::clone(world), target, what)) }
    }

    /// Until it ends, one way or another, or stands still.
    pub(crate) fn go_on(&mut self, world: &Shared) -> End {
        {
            let mut world = guard(world);
            world.active = self.number;
            let moment = world.remote.moment;
            world.runs.entry(self.number).or_insert(moment);
        }
        let polled = self.goes_on.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let mut world = guard(world);
        match polled {
            Poll::Ready(Ok(())) => world.tell(|| "the run ends".into()),
            Poll::Ready(Err(error)) => world.tell(|| format!("the run fails: {error}")),
            Poll::Pending => return world.stand_still(),
        }
        End::Over
    }
}

impl World {
    /// Now and then the platform knows nothing of its messages.
    fn go_blind(&mut self) {
        let may = self.scope.blind && self.budget.faults > 0;
        self.blind = may && self.tape.pick_rarely(2, 3) == 1;
        if self.blind {
            self.spend_fault();
            self.tell(|| "from here on the platform finds nothing".into());
        }
    }

    fn stand_still(&mut self) -> End {
        let end = match self.halt {
            Some(Halt::Died) => {
                self.tell(|| "the run is killed".into());
                End::Over
            }
            Some(Halt::Paused) => End::Paused,
            Some(Halt::Yields) => End::Yields,
            None => {
                self.broken("the run waits for ever");
                return End::Over;
            }
            Some(_) => return End::Over,
        };
        self.halt = None;
        end
    }
}

async fn resolve(world: Shared, target: TargetName, what: What) -> Result<(), StateError> {
    let Some(begun) = turn::begin(&world).await? else { return Ok(()) };
    let Begun { lock, before, store, .. } = begun;
    let mut ledger = Ledger::new(lock, store);
    let now = guard(&world).now;
    ledger.facts(now, &target, [what]).await?;
    let (lock, store) = ledger.into_parts();
    turn::finish(&world, lock, store, &before).await.map(drop)
}

async fn carry_out(world: Shared) -> Result<(), StateError> {
    let Some(begun) = turn::begin(&world).await? else { return Ok(()) };
    let Begun { lock, content, before, quiet, lost, store } = begun;
    let policies = guard(&world).policies();
    let mut ledger = Ledger::new(lock, store);
    let now = guard(&world).now;
    let suspects = lost && guard(&world).git.loss_is_doubt;
    for policy in policies.iter().filter(|_| suspects) {
        let plan = content.plan(ledger.lock(), policy, now);
        suspect(&mut ledger, &plan, policy.chat.as_ref(), now).await?;
    }
    let (ledger, settled) = find_out(&world, ledger, quiet).await;
    let (mut lock, mut store) = ledger.into_parts();
    if store.is_local() {
        turn::save(&mut lock, &mut store, &before).await?;
    }
    settled?;
    let now = guard(&world).now;
    let targets = policies.iter().map(|policy| content.plan(&lock, policy, now)).collect::<Vec<_>>();
    let id = plan_id(targets.iter().flat_map(TargetPlan::deciding));
    let plan = Plan { id, targets, notes: Vec::new() };
    let idle = plan.targets.iter().all(|target| target.due().next().is_none());
    if idle && !store.owes() {
        ask(&world, &lock);
        return Ok(());
    }
    let saved = if store.is_local() { lock.clone() } else { before };
    let ledger = Ledger::new(lock, store);
    let (ledger, result) = press(&world, &plan, (&content, &policies, now), (ledger, quiet)).await;
    let (lock, store) = ledger.into_parts();
    let lock = turn::finish(&world, lock, store, &saved).await?;
    ask(&world, &lock);
    result
}

/// As `src/commands/settling.rs` goes about what is in doubt.
async fn find_out(
    world: &Shared,
    ledger: Ledger<Journal>,
    quiet: Option<Timestamp>,
) -> (Ledger<Journal>, Result<(), StateError>) {
    if !settle::needs_settling(ledger.lock(), CHAT) {
        return (ledger, Ok(()));
    }
    let policies = guard(world).policies();
    let (bot, name) = (Bot(Shared::clone(world)), target_name(0));
    let links = ChatLinks::of(policies[0].chat.as_ref(), Some(CHAT));
    let description = bot.describe().await.expect("it always answers");
    let site = Site {
        target: &name,
        platform: &bot,
        chat: CHAT,
        bot: BOT,
        kind: description.kind,
        rights: description.rights,
        scratch: guard(world).scratch(),
        on_missing: policies[0].on_missing,
        links: &links,
    };
    let ledger = Mutex::new(ledger);
    let (stop, aside) = (Stop::default(), aside(world));
    let orders = orders(world, (&stop, &aside), quiet);
    let (_, result) = settle::settle(&[site], &ledger, &Watch(Shared::clone(world)), &orders).await;
    (ledger.into_inner(), result)
}

async fn press(
    world: &Shared,
    plan: &Plan,
    (content, policies, now): (&Content, &[Policy], Timestamp),
    (ledger, quiet): (Ledger<Journal>, Option<Timestamp>),
) -> (Ledger<Journal>, Result<(), StateError>) {
    let bot = Bot(Shared::clone(world));
    let description = bot.describe().await.expect("it always answers");
    let replans: Vec<_> =
        policies.iter().map(|policy| move |lock: &Lock| content.plan(lock, policy, now)).collect();
    let job = |((plan, policy), replan)| Job {
        plan,
        policy,
        platform: bot.clone(),
        chat: CHAT,
        bot: BOT,
        kind: description.kind,
        rights: description.rights,
        scratch: guard(world).scratch(),
        links: ChatLinks::of(policy.chat.as_ref(), Some(CHAT)),
        sends_allowed: true,
        replan,
    };
    let due = |((plan, _), _): &((&TargetPlan, &Policy), &_)| plan.due().next().is_some();
    let replans = replans.iter().map(|replan| replan as &dyn Fn(&Lock) -> TargetPlan);
    let jobs: Vec<Job<'_, Bot>> =
        plan.targets.iter().zip(policies).zip(replans).filter(due).map(job).collect();
    let ledger = Mutex::new(ledger);
    let (stop, aside) = (Stop::default(), aside(world));
    let orders = orders(world, (&stop, &aside), quiet);
    let (_, result) = apply((plan, &jobs), &ledger, &Watch(Shared::clone(world)), &orders).await;
    (ledger.into_inner(), result)
}

/// What a run tells while it goes on is told in its history.
fn aside(world: &Shared) -> impl Fn(&Aside) {
    let world = Shared::clone(world);
    move |aside| {
        guard(&world).tell(|| match aside {
            Aside::Waiting { wait, .. } => format!("waits {} s", wait.as_secs()),
            Aside::Settled(settled) => {
                format!("{} is {:?}, for {:?}", settled.slug, settled.verdict, settled.evidence)
            }
            Aside::Stray(stray) => format!("{} is a copy, deleted: {}", stray.id, stray.deleted),
        });
    }
}

fn orders<'a>(
    world: &Shared,
    (stop, aside): (&'a Stop, &'a dyn Fn(&Aside)),
    quiet: Option<Timestamp>,
) -> Orders<'a> {
    let world = guard(world);
    Orders {
        stop,
        tell: &|_: List, _: &Item| {},
        aside,
        patience: Patience::default(),
        quiet: quiet.filter(|_| world.git.takeover_waits),
        batch: world.scope.batch,
        ask_again: false,
        rules: world.rules,
        commit: None,
        narrowed: false,
    }
}

/// What no evidence settles is a question.
fn ask(world: &Shared, lock: &Lock) {
    let mut world = guard(world);
    for pending in lock.of_chat(CHAT).flat_map(|target| target.watch.asked.clone()) {
        if world.asked.insert(pending) {
            world.count(|counts| &mut counts.questions);
            world.tell(|| "a person is asked".into());
        }
    }
}

impl World {
    fn policies(&self) -> Vec<Policy> {
        (0..self.scope.targets).map(policy).collect()
    }

    /// A chat that nobody minds.
    fn scratch(&self) -> Option<ChatId> {
        self.scope.scratch.then_some(ChatId(1))
    }
}
