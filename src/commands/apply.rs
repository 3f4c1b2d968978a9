//! `tgsync apply`: carry the plan out, record what happened, commit and push the lock.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use super::context::Context;
use super::ending::{self, Ending};
use super::leasing::{Begun, Me, Search, Store};
use super::mirror_first::First;
use super::planning::Planning;
use super::preflight::{self, Ready};
use super::project::Project;
use super::settling::Settling;
use super::story::{self, Story};
use super::{Exit, Failure, Outcome, approvals, logging, plan, publish, refresh};
use crate::apply::{self, Item, Ledger, List, Report, Stop};
use crate::cli::Apply;
use crate::clock::AnyClock;
use crate::ids::{PlanId, TargetName, Timestamp};
use crate::lock::Lock;
use crate::plan::{Allow, Plan, TargetPlan, Verb};
use crate::ports::{Clock as _, StateError, StateStore as _};
use crate::report::json::{FailureReason, PlanView, SavedView};
use crate::report::text;
use crate::state::{self, RunGuard};

pub(super) async fn run(context: &Context, args: &Apply) -> Outcome {
    run_told(context, args, &mut Story::default()).await
}

/// The same for those who want to know what was planned and done.
pub(super) async fn run_told(context: &Context, args: &Apply, story: &mut Story) -> Outcome {
    let outcome = carry_out(context, args, story).await;
    story.write(context, args, &outcome);
    outcome
}

async fn carry_out(context: &Context, args: &Apply, story: &mut Story) -> Outcome {
    let mut project = Project::open(context)?;
    let locked = |error: StateError| Failure::from(error).reason(FailureReason::Locked);
    let _guard = RunGuard::take(project.scratch())
        .map_err(|error| Failure { exit: Exit::Refused, ..locked(error) })?;
    let clock = Arc::new(project.live_clock(context).await?);
    let saving = publish::Saving::choose(context, &project, &args.save)?;
    let keeping = &args.keeping;
    let search = Search { context, project: &project, keeping, saving: &saving, clock: &clock };
    let Begun { lock, seats, upstream } = search.begin().await.map_err(Failure::early)?;
    let lock = if seats.is_local() { fold_journal(&mut project, lock).await? } else { lock };
    let planning = Planning::gather(context, &project, &args.selection, &clock).await?;
    warn_of_uncommitted(context, &project)?;
    let terms = project.config.patience.terms(planning.content.files.is_some());
    let me = Me::new(context, terms);
    let (quiet, lost) = (seats.quiet(), seats.lost());
    let store = seats.store(project.local_state(), &lock, (Arc::clone(&clock), &me));
    let mut desk = Desk { context, args, project: &project, planning, clock: &clock, saving: &saving, quiet };
    let (mut lock, store, settled) = desk.settle((lock, store), &lost, story).await;
    let decided = match settled {
        Ok(()) => desk.refresh_and_decide(&mut lock, store.owes(), story).await,
        Err(failure) => Err(failure),
    };
    match decided {
        Ok(Some(decided)) => desk.execute(decided, (lock, store), story).await,
        Ok(None) => desk.nothing_to_do((lock, store), &upstream, story).await,
        Err(failure) => Err(desk.give_back((lock, store), failure, story).await),
    }
}

/// What a run of apply has at hand.
pub(super) struct Desk<'a> {
    pub context: &'a Context,
    pub args: &'a Apply,
    pub project: &'a Project,
    pub planning: Planning<'a>,
    pub clock: &'a Arc<AnyClock>,
    pub saving: &'a publish::Saving,
    /// When the calls of the run before had ended at the latest, where it did not say so.
    pub quiet: Option<Timestamp>,
}

/// A plan that is to be carried out, and who answers in each target's chat.
pub(super) struct Decided {
    pub plan: Rc<Plan>,
    pub ready: Vec<Option<Ready>>,
}

impl Desk<'_> {
    /// Settle what is in doubt; where the journal is lost, that is everything that would be sent.
    async fn settle(
        &self,
        (lock, store): (Lock, Store),
        lost: &BTreeSet<TargetName>,
        story: &mut Story,
    ) -> (Lock, Store, Result<(), Failure>) {
        let before = lock.clone();
        let mut ledger = Ledger::new(lock, store);
        let suspected = self.suspect(&mut ledger, lost).await;
        let Self { context, project, clock, quiet, .. } = *self;
        let settling = Settling { context, project, clock, quiet, again: false };
        let (ledger, settled) = match suspected {
            Ok(()) => settling.settle(&self.planning.targets, ledger).await,
            Err(failure) => (ledger, Err(failure)),
        };
        let (mut lock, mut store) = ledger.into_parts();
        // A journal in git has it already.
        let saved =
            if store.is_local() { ending::save(&mut lock, &mut store, &before).await } else { Ok(()) };
        let settled = settled.map(|settlement| story.settled = settlement.settled);
        (lock, store, settled.and(saved.map_err(Failure::from)))
    }

    async fn suspect(&self, ledger: &mut Ledger<Store>, lost: &BTreeSet<TargetName>) -> Result<(), Failure> {
        if lost.is_empty() {
            return Ok(());
        }
        let plan = self.planning.plan(self.context, ledger.lock())?;
        let now = self.clock.now().await;
        for target in plan.targets.iter().filter(|target| lost.contains(&target.target)) {
            apply::suspect(ledger, target, self.planning.policy(&target.target).chat.as_ref(), now).await?;
        }
        Ok(())
    }

    /// Look at what is in the chats, where that was asked for, and plan from it.
    async fn refresh_and_decide(
        &mut self,
        lock: &mut Lock,
        owes: bool,
        story: &mut Story,
    ) -> Result<Option<Decided>, Failure> {
        refresh::refresh(self.context, &mut self.planning, (lock, self.clock), &self.args.refresh).await?;
        approvals::hold_back(self.context, self.args, &mut self.planning, lock).await?;
        self.decide(lock, owes, story).await
    }

    /// What is to be carried out, if anything is. `owes`: something is to be written even if nothing is to be done.
    async fn decide(
        &self,
        lock: &mut Lock,
        owes: bool,
        story: &mut Story,
    ) -> Result<Option<Decided>, Failure> {
        let Self { context, args, project, ref planning, .. } = *self;
        let plan = Rc::new(planning.plan(context, lock)?);
        story.plan = Some(Rc::clone(&plan));
        story.saved.serial = lock.serial;
        check_approval(context, args, project, &plan, lock)?;
        let mut first = First::gather(planning, lock).await?;
        let mirror_plan = first.as_ref().map(|first| &first.plan);
        plan::remember(project, &plan::view(project, &plan, lock, mirror_plan));
        logging::planned(&plan);
        context.show_text(&plan::text(&plan, mirror_plan, context.talk));
        check_guard(&plan, args)?;
        if let Some(first) = &first {
            first.check(context, args, plan.is_empty())?;
        }
        if plan.is_empty() && !owes {
            self.mirror(&mut first, lock, story).await?;
            return Ok(None);
        }
        if !args.yes && !plan.is_empty() && !context.ask("Apply this? Only `yes` is taken for yes:")? {
            return Err(Failure::new(Exit::Refused, "declined: 0 applied"));
        }
        let ready = prepare(context, project, &plan, lock).await?;
        publish::preflight(context, project, self.saving)?;
        self.mirror(&mut first, lock, story).await?;
        keep_sources(project, planning);
        Ok(Some(Decided { plan, ready }))
    }

    /// Mirror before anything is sent. What was recorded until an error is committed all the same.
    async fn mirror(
        &self,
        first: &mut Option<First<'_>>,
        lock: &mut Lock,
        story: &mut Story,
    ) -> Result<(), Failure> {
        let Some(first) = first else { return Ok(()) };
        let (after, outcome) = first.carry_out(self.context, &self.planning, self.clock, lock.clone()).await;
        *lock = after;
        story.saved.serial = lock.serial;
        match outcome {
            Ok(mirror) => {
                story.mirror = mirror;
                Ok(())
            }
            Err(failure) => {
                let (saved, _) =
                    publish::catch_up(self.context, self.project, self.saving, (lock, &[]), self.clock).await;
                story.saved = SavedView { serial: lock.serial, ..saved };
                Err(failure)
            }
        }
    }

    async fn execute(&self, decided: Decided, (lock, store): (Lock, Store), story: &mut Story) -> Outcome {
        let (report, ended, result) = self.press(&decided.plan, decided.ready, (lock, store)).await;
        self.context.say(&text::outcome(&report));
        let message = message(&report);
        let published = self.finish(ended, &message, story).await;
        let exit = story::exit(&report);
        story.report = Some(report);
        result.map_err(|error| {
            let failure = Failure::from(error).reason(FailureReason::ApplyFailed);
            Failure { exit: Exit::Partly, ..failure }
        })?;
        published?;
        Ok(exit)
    }

    async fn finish(&self, ended: (Lock, Store), message: &str, story: &mut Story) -> Result<(), Failure> {
        let Self { context, project, saving, clock, .. } = *self;
        let before = project.lock_on_disk()?.unwrap_or_else(|| Lock::new(ended.0.lineage.clone()));
        let ending = Ending { context, project, saving, clock, message };
        let (lock, saved, published) = ending.finish(ended, &before).await;
        story.saved = SavedView { serial: lock.serial, ..saved };
        published
    }

    /// The run ends before its plan was carried out; what was found out on the way is kept.
    async fn give_back(&self, ended: (Lock, Store), failure: Failure, story: &mut Story) -> Failure {
        let holds = ended.1.is_used() && ended.1.deposed().is_none();
        if holds && let Err(failure) = self.finish(ended, RECORD, story).await {
            self.context.tell_failure(&failure);
        }
        failure
    }

    async fn nothing_to_do(
        &self,
        (lock, store): (Lock, Store),
        upstream: &[state::KnownLock],
        story: &mut Story,
    ) -> Outcome {
        let Self { context, project, saving, clock, .. } = *self;
        let report = story.plan.as_deref().map(apply::untouched).unwrap_or_default();
        tell_set_aside(context, &report);
        let exit = story::exit(&report);
        story.report = Some(report);
        if !store.is_local() && project.lock_on_disk()?.as_ref() != Some(&lock) {
            // The branch does not have yet what the journal says.
            return self.finish((lock, store), RECORD, story).await.map(|()| exit);
        }
        let (saved, published) = publish::catch_up(context, project, saving, (&lock, upstream), clock).await;
        story.saved = SavedView { serial: lock.serial, ..saved };
        published.map(|()| exit)
    }
}

/// The message of a commit that no post changed with.
const RECORD: &str = "tgsync: record the state";

/// What an earlier run left in the journal becomes part of the lock before anything else happens.
async fn fold_journal(project: &mut Project, mut lock: Lock) -> Result<Lock, Failure> {
    let on_disk = project.lock_on_disk()?.unwrap_or_else(|| Lock::new(lock.lineage.clone()));
    if on_disk == lock {
        // It holds nothing new. Left where it is, it would be folded into a newer lock one day, and undo what that says.
        project.state.forget_journal()?;
    } else {
        lock.serial += 1;
        project.state.save(&lock).await?;
        project.state.scratch().remember(&lock.lineage, lock.serial)?;
    }
    Ok(lock)
}

fn warn_of_uncommitted(context: &Context, project: &Project) -> Result<(), Failure> {
    let Some(git) = &project.git else { return Ok(()) };
    let dirty = git.dirty(&project.config.settings.content)?;
    let Some(first) = dirty.first() else { return Ok(()) };
    let (what, they) = match dirty.len() {
        1 => (format!("`{first}` is not committed"), "it is"),
        n => (format!("`{first}` and {} more are not committed", n - 1), "they are"),
    };
    if project.config.git.require_clean {
        return Err(Failure::new(Exit::Refused, what).hint("`git.require_clean` asks for a commit first"));
    }
    context.say(&format!("{} {what}; {they} applied as on disk", context.talk.warning("warning:")));
    Ok(())
}

/// An approved plan is the only one that is carried out.
fn check_approval(
    context: &Context,
    args: &Apply,
    project: &Project,
    now: &Plan,
    lock: &Lock,
) -> Result<(), Failure> {
    let saved = args.plan.as_ref().map(|path| plan::read(&context.path(path))).transpose()?;
    let approved = saved.as_ref().map(|view| view.plan_id.clone()).or_else(|| args.expect_plan.clone());
    let Some(approved) = approved else { return Ok(()) };
    if apply::is_approved(now, lock, &approved) {
        return Ok(());
    }
    let before = saved.or_else(|| remembered(project, &approved));
    context.tell(text::changed(before.as_ref(), now, context.talk).trim_end());
    Err(Failure::new(
        Exit::Refused,
        format!("the plan is {} now, {approved} was approved; nothing was sent", now.id),
    )
    .hint(format!("look at it with `tgsync plan`; `--expect-plan {}` approves it", now.id))
    .reason(FailureReason::PlanChanged))
}

fn remembered(project: &Project, approved: &PlanId) -> Option<PlanView> {
    let text = project.state.scratch().read_plan().ok()??;
    serde_json::from_str(&text).ok().filter(|view: &PlanView| view.plan_id == *approved)
}

/// What is blocked, and what unblocks it. What waits for its time needs no word: the plan shows it.
pub(super) fn tell_set_aside(context: &Context, report: &Report) {
    let waits = |item: &&Item| item.verb != Verb::Scheduled;
    for (list, items) in
        [(List::InDoubt, &report.in_doubt), (List::Held, &report.held), (List::Skipped, &report.skipped)]
    {
        for item in items.iter().filter(waits) {
            context.show_change(list, item);
        }
    }
}

fn check_guard(plan: &Plan, args: &Apply) -> Result<(), Failure> {
    let allowed: Vec<Allow> = args.allow.iter().map(|allow| (*allow).into()).collect();
    let beyond = |target: &TargetPlan| {
        let hit = target.guard.iter().find(|hit| !allowed.contains(&hit.rule.lifted_by()))?;
        Some(text::guard(&target.target, hit))
    };
    match plan.targets.iter().find_map(beyond) {
        None => Ok(()),
        Some(hit) => {
            Err(Failure::new(Exit::Refused, hit).hint("nothing was sent").reason(FailureReason::Guard))
        }
    }
}

/// Every target that has something due: connected, checked.
async fn prepare(
    context: &Context,
    project: &Project,
    plan: &Plan,
    lock: &Lock,
) -> Result<Vec<Option<Ready>>, Failure> {
    let mut all = Vec::new();
    for target in &plan.targets {
        if target.due().next().is_none() {
            all.push(None);
            continue;
        }
        let config = (&target.target, &project.config.targets[&target.target]);
        let ready = preflight::connect(context, project, config, &lock.target(&target.target)).await?;
        preflight::check_rights(target, &ready.description)?;
        if let Some(seconds) = ready.description.auto_delete_s {
            context.say(&format!(
                "{} target `{}`: the chat deletes messages after {seconds} s by itself",
                context.talk.warning("warning:"),
                target.target
            ));
        }
        all.push(Some(ready));
    }
    Ok(all)
}

/// The sources of this run, so that the next plan can show what was there before. Without them it just can't.
fn keep_sources(project: &Project, planning: &Planning<'_>) {
    for post in planning.content.catalog.posts.values() {
        let bytes = post.source.text.as_bytes();
        let _ = match &project.git {
            Some(git) if git.source(&post.source.blob).is_some() => continue,
            Some(git) => git.keep_source(bytes),
            None => project.state.scratch().keep_source(bytes),
        };
    }
}

/// Ctrl-C and SIGTERM end the run after the call that is under way; what is left is reported as skipped.
pub(super) fn stop_on_signal() -> Stop {
    let stop = Stop::default();
    let asked = stop.clone();
    tokio::spawn(async move {
        let _ = end_signal().await;
        asked.request();
    });
    stop
}

/// Waits until somebody wants the program to end.
#[cfg(unix)]
pub(super) async fn end_signal() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        end = tokio::signal::ctrl_c() => end,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
pub(super) async fn end_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn message(report: &Report) -> String {
    let slugs: Vec<&str> = report.done.iter().map(|item| item.slug.as_str()).collect();
    let names: BTreeSet<&str> = slugs.into_iter().collect();
    let shown: Vec<&str> = names.iter().copied().take(3).collect();
    let more = names.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    if shown.is_empty() { RECORD.to_owned() } else { format!("tgsync: {}{more}", shown.join(", ")) }
}
