//! The press: the one imperative loop. A plan goes in; calls are made in its order; what happened is in the ledger
//! before the next call is made.

mod announce;
mod approval;
mod call;
mod end;
mod ledger;
mod pace;
mod removal;
mod report;
mod retry;
mod rules;
pub mod settle;
mod step;
mod stop;
mod suspect;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod worker;

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::Mutex;

use crate::ids::{BotId, ChatId, PlanId, Timestamp};
use crate::lock::{Lock, What};
use crate::plan::{ChatLinks, Plan, Policy, TargetPlan, Verb};
use crate::ports::{ChatKind, Clock, Platform, Rights, StateError, StateStore, Witness};

pub use approval::is_approved;
pub use ledger::Ledger;
pub use pace::Pace;
pub use report::{Item, List, Message, Report};
pub use rules::Rules;
pub use settle::{Aside, Patience, Settled, Site};
pub use step::moved;
pub use stop::Stop;
pub use suspect::suspect;

/// One target to be served.
pub struct Job<'a, P> {
    pub plan: &'a TargetPlan,
    pub policy: &'a Policy,
    pub platform: P,
    pub chat: ChatId,
    pub bot: BotId,
    pub kind: ChatKind,
    pub rights: Rights,
    /// A chat that nobody minds, for reading messages.
    pub scratch: Option<ChatId>,
    pub links: ChatLinks,
    /// `--allow sends`: restores nobody planned are not counted.
    pub sends_allowed: bool,
    /// Plan this target again on another lock: what a restore entails is decided by the planner, not here.
    pub replan: &'a dyn Fn(&Lock) -> TargetPlan,
}

impl<P> std::fmt::Debug for Job<'_, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("target", &self.plan.target).finish_non_exhaustive()
    }
}

impl<P> Job<'_, P> {
    /// Where its sends are settled.
    pub fn site(&self) -> Site<'_, P> {
        Site {
            target: &self.plan.target,
            platform: &self.platform,
            chat: self.chat,
            bot: self.bot,
            kind: self.kind,
            rights: self.rights,
            scratch: self.scratch,
            on_missing: self.policy.on_missing,
            links: &self.links,
        }
    }
}

/// Called with every finished change and the list it is in, as it happens.
pub type Tell<'a> = &'a dyn Fn(List, &Item);

/// How a run goes.
pub struct Orders<'a> {
    pub stop: &'a Stop,
    pub tell: Tell<'a>,
    /// Called with what is found out on the way.
    pub aside: &'a dyn Fn(&Aside),
    /// How long calls can still have their effect.
    pub patience: Patience,
    /// When the calls of the run before had ended at the latest; `None`: it wrote down when they were made.
    pub quiet: Option<Timestamp>,
    /// How many sends are announced at once where content can be read back. With each of them the journal is pushed.
    pub batch: usize,
    /// Look for what a person was asked about already.
    pub ask_again: bool,
    /// What the simulation breaks.
    pub rules: Rules,
    /// `HEAD`, recorded when the plan was carried out completely.
    pub commit: Option<String>,
    /// The plan leaves posts out (`--only`): carrying it out does not carry out the commit.
    pub narrowed: bool,
}

impl std::fmt::Debug for Orders<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Orders").field("commit", &self.commit).finish_non_exhaustive()
    }
}

/// What becomes of a plan that has nothing due: its scheduled and blocked changes, set aside.
pub fn untouched(plan: &Plan) -> Report {
    let mut report = Report::default();
    for target in &plan.targets {
        report.merge(untouched_target(target));
    }
    report
}

/// The same for one target.
pub fn untouched_target(plan: &TargetPlan) -> Report {
    let mut report = Report::default();
    for change in plan.changes.iter().filter(|change| !change.is_due()) {
        report.set_aside(&plan.target, change);
    }
    report
}

/// What becomes of a plan that is not carried out: what is due goes to `list` and says why.
pub fn refused(plan: &Plan, list: List, why: &str) -> Report {
    let mut report = untouched(plan);
    for (target, change) in plan.changes().filter(|(_, change)| change.is_due()) {
        report.list(list).push(Item::of(&target.target, change).because(why));
    }
    report
}

/// What all workers of a run share.
struct Shared<'a, S, C> {
    ledger: &'a Mutex<Ledger<S>>,
    pace: Mutex<Pace>,
    clock: &'a C,
    orders: &'a Orders<'a>,
    /// The plan that is carried out, or gone on with.
    under_way: PlanId,
    /// Why nothing is tried at all.
    down: Option<String>,
}

/// Carry out a plan: one worker per chat, chats side by side. `jobs` are the targets that have something due. What
/// happened is in the ledger even when this fails, and every change of every job is in the report.
pub async fn apply<P, S, C>(
    (plan, jobs): (&Plan, &[Job<'_, P>]),
    ledger: &Mutex<Ledger<S>>,
    clock: &C,
    orders: &Orders<'_>,
) -> (Report, Result<(), StateError>)
where
    P: Platform + Witness + Sync,
    S: StateStore + Send,
    C: Clock + Sync,
{
    let now = clock.now().await;
    let mut result = ledger.lock().await.begin(now).await;
    let shared = Shared {
        ledger,
        pace: Mutex::new(Pace::default()),
        clock,
        orders,
        under_way: approval::under_way(plan, ledger.lock().await.lock()),
        down: result.as_ref().err().map(|error| worker::not_tried_after(&error.what)),
    };
    let mut chats: BTreeMap<ChatId, Vec<&Job<'_, P>>> = BTreeMap::new();
    for job in jobs {
        chats.entry(job.chat).or_default().push(job);
    }
    let mut report = untouched_rest(plan, jobs);
    let workers = chats.into_values().map(|jobs| serve(jobs, &shared));
    for (part, end) in futures_util::future::join_all(workers).await {
        report.merge(part);
        result = result.and(end);
    }
    if result.is_ok() {
        result = conclude(plan, &shared, &report).await;
    }
    (report, result)
}

/// Targets without a job: nothing of theirs is due.
fn untouched_rest<P>(plan: &Plan, jobs: &[Job<'_, P>]) -> Report {
    let mut report = Report::default();
    let idle = |target: &&TargetPlan| jobs.iter().all(|job| job.plan.target != target.target);
    for target in plan.targets.iter().filter(idle) {
        report.merge(untouched_target(target));
    }
    report
}

/// One chat: its targets one after another.
async fn serve<P, S, C>(jobs: Vec<&Job<'_, P>>, shared: &Shared<'_, S, C>) -> (Report, Result<(), StateError>)
where
    P: Platform + Witness + Sync,
    S: StateStore + Send,
    C: Clock + Sync,
{
    let mut report = Report::default();
    let mut result = Ok(());
    let mut down = shared.down.clone();
    for job in jobs {
        let mut worker = worker(job, shared, down.clone()).await;
        let end = worker.run(&shared.under_way).await;
        report.merge(worker.report);
        if let Err(error) = &end {
            down = Some(worker::not_tried_after(&error.what));
        }
        result = result.and(end);
    }
    (report, result)
}

async fn worker<'a, P, S, C>(
    job: &'a Job<'_, P>,
    shared: &'a Shared<'_, S, C>,
    down: Option<String>,
) -> worker::Worker<'a, P, S, C>
where
    S: StateStore,
{
    let planned = job.plan.due().filter(|change| matches!(change.verb, Verb::Send | Verb::Restore)).count();
    let left = job.policy.guard.max_sends.saturating_sub(planned);
    let line = call::Line {
        platform: &job.platform,
        ledger: shared.ledger,
        pace: &shared.pace,
        clock: shared.clock,
        orders: shared.orders,
        chat: job.chat,
        shown: &job.plan.shown,
    };
    worker::Worker {
        job,
        line,
        ledger: shared.ledger,
        tell: shared.orders.tell,
        report: Report::default(),
        down,
        restored: BTreeSet::new(),
        adopted: BTreeSet::new(),
        completes: None,
        restores_left: if job.sends_allowed { usize::MAX } else { left },
        top: shared.ledger.lock().await.lock().top(job.chat),
    }
}

/// Write down that the plan was carried out: all of it, but for what waits for its time. Until then every target
/// remembers what was done of it, the ones that have come to their end too: the approval is of the whole plan.
async fn conclude<S: StateStore, C: Clock>(
    plan: &Plan,
    shared: &Shared<'_, S, C>,
    report: &Report,
) -> Result<(), StateError> {
    let waiting = plan.changes().filter(|(_, change)| change.verb == Verb::Scheduled).count();
    if report.planned() - report.done.len() != waiting {
        return Ok(());
    }
    let now = shared.clock.now().await;
    let mut ledger = shared.ledger.lock().await;
    for target in plan.targets.iter().map(|target| &target.target) {
        let Some(lock) = ledger.lock().targets.get(target) else { continue };
        if lock.applying.as_ref().is_none_or(|applying| applying.plan != shared.under_way) {
            continue;
        }
        let applied = What::Applied { commit: shared.orders.commit.clone(), plan: shared.under_way.clone() };
        let facts = [(!shared.orders.narrowed).then_some(applied), (waiting == 0).then_some(What::Settled)];
        ledger.facts(now, target, facts.into_iter().flatten()).await?;
    }
    Ok(())
}
