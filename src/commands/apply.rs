//! `tgsync apply`: carry the plan out, record what happened, commit and push the lock.

use std::collections::BTreeSet;
use std::rc::Rc;

use tokio::sync::Mutex;

use super::context::Context;
use super::mirror_first::First;
use super::planning::Planning;
use super::preflight::{self, Ready};
use super::project::Project;
use super::story::{self, Story};
use super::{Exit, Failure, Outcome, logging, plan, publish};
use crate::apply::{self, Item, Job, Ledger, List, Report, Stop};
use crate::cli::Apply;
use crate::clock::AnyClock;
use crate::ids::{PlanId, TargetName};
use crate::lock::Lock;
use crate::plan::{Allow, ChatLinks, Plan, TargetPlan, Verb};
use crate::ports::{StateError, StateStore as _};
use crate::report::json::{FailureReason, PlanView, SavedView};
use crate::report::text;
use crate::state::{self, LocalState, RunGuard};

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
    let clock = project.live_clock(context).await?;
    let saving = publish::Saving::choose(context, &project, &args.save)?;
    let upstream = publish::fetch(context, &project, &saving)?;
    let lock = fold_journal(&mut project, upstream.as_slice()).await?;
    let planning = Planning::gather(context, &project, &args.selection, &clock).await?;
    warn_of_uncommitted(context, &project)?;
    let the_plan = Rc::new(planning.plan(context, &lock)?);
    story.plan = Some(Rc::clone(&the_plan));
    story.saved.serial = lock.serial;
    check_approval(context, args, &project, &the_plan, &lock)?;
    let mut first = First::gather(&planning, &lock).await?;
    let mirror_plan = first.as_ref().map(|first| &first.plan);
    plan::remember(&project, &plan::view(&project, &the_plan, &lock, mirror_plan));
    logging::planned(&the_plan);
    context.show_text(&plan::text(&the_plan, mirror_plan, context.talk));
    check_guard(&the_plan, args)?;
    if let Some(first) = &first {
        first.check(context, args, the_plan.is_empty())?;
    }
    let mirrored =
        Mirrored { context, project: &project, planning: &planning, clock: &clock, saving: &saving };
    if the_plan.is_empty() {
        let lock = mirrored.carry_out(&mut first, lock, story).await?;
        return nothing_to_do(context, &project, (&the_plan, &saving), (&lock, &upstream, &clock), story)
            .await;
    }
    if !args.yes && !context.ask("Apply this? Only `yes` is taken for yes:")? {
        return Err(Failure::new(Exit::Refused, "declined: 0 applied"));
    }
    let ready = prepare(context, &project, &the_plan, &lock).await?;
    publish::preflight(context, &project, &saving)?;
    let lock = mirrored.carry_out(&mut first, lock, story).await?;
    keep_sources(&project, &planning);
    let run = Run { context, project: &project, planning: &planning, args, clock: &clock };
    let (report, lock, result) = run.execute(&the_plan, ready, lock).await;
    context.say(&text::outcome(&report));
    let (saved, published) = publish::publish(context, &project, &saving, &message(&report), &clock).await;
    story.saved = SavedView { serial: lock.serial, ..saved };
    let exit = story::exit(&report);
    story.report = Some(report);
    result.map_err(|error| {
        let failure = Failure::from(error).reason(FailureReason::ApplyFailed);
        Failure { exit: Exit::Partly, ..failure }
    })?;
    published?;
    Ok(exit)
}

/// What mirroring before an apply needs.
struct Mirrored<'a> {
    context: &'a Context,
    project: &'a Project,
    planning: &'a Planning<'a>,
    clock: &'a AnyClock,
    saving: &'a publish::Saving,
}

impl Mirrored<'_> {
    /// The lock afterwards. What was recorded until an error is committed all the same.
    async fn carry_out(
        &self,
        first: &mut Option<First<'_>>,
        lock: Lock,
        story: &mut Story,
    ) -> Result<Lock, Failure> {
        let Some(first) = first else { return Ok(lock) };
        let (lock, outcome) = first.carry_out(self.context, self.planning, self.clock, lock).await;
        story.saved.serial = lock.serial;
        match outcome {
            Ok(mirror) => {
                story.mirror = mirror;
                Ok(lock)
            }
            Err(failure) => {
                let (saved, _) =
                    publish::catch_up(self.context, self.project, self.saving, (&lock, &[]), self.clock)
                        .await;
                story.saved = SavedView { serial: lock.serial, ..saved };
                Err(failure)
            }
        }
    }
}

/// What an earlier run left in the journal becomes part of the lock before anything else happens.
async fn fold_journal(project: &mut Project, upstream: &[state::KnownLock]) -> Result<Lock, Failure> {
    let saved = project.saved_lock(upstream)?;
    let mut lock = project.replayed(saved.clone())?;
    let on_disk = saved.unwrap_or_else(|| Lock::new(lock.lineage.clone()));
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

async fn nothing_to_do(
    context: &Context,
    project: &Project,
    (plan, saving): (&Plan, &publish::Saving),
    (lock, upstream, clock): (&Lock, &[state::KnownLock], &AnyClock),
    story: &mut Story,
) -> Outcome {
    let report = apply::untouched(plan);
    tell_set_aside(context, &report);
    let exit = story::exit(&report);
    story.report = Some(report);
    let (saved, published) = publish::catch_up(context, project, saving, (lock, upstream), clock).await;
    story.saved = SavedView { serial: lock.serial, ..saved };
    published.map(|()| exit)
}

/// What is blocked, and what unblocks it. What waits for its time needs no word: the plan shows it.
fn tell_set_aside(context: &Context, report: &Report) {
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
        Some(text::guard(target, hit))
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

/// What carrying a plan out needs.
struct Run<'a> {
    context: &'a Context,
    project: &'a Project,
    planning: &'a Planning<'a>,
    args: &'a Apply,
    clock: &'a AnyClock,
}

impl Run<'_> {
    async fn execute(
        &self,
        plan: &Plan,
        ready: Vec<Option<Ready>>,
        before: Lock,
    ) -> (Report, Lock, Result<(), StateError>) {
        let replans: Vec<_> = plan.targets.iter().map(|target| self.replan(target.target.clone())).collect();
        tell_set_aside(self.context, &apply::untouched(plan));
        let targets = plan.targets.iter().zip(ready).zip(&replans);
        let jobs: Vec<_> =
            targets.filter_map(|((plan, ready), replan)| Some(self.job(plan, ready?, replan))).collect();
        let state = LocalState::new(
            self.project.root.join(self.project.config.lock.as_str()),
            self.project.scratch(),
        );
        let ledger = Mutex::new(Ledger::new(before.clone(), state));
        let progress = self.context.progress(jobs.iter().map(|job| job.plan.due().count()).sum());
        let tell = |list: List, item: &Item| {
            self.context.show_change(list, item);
            progress.inc(1);
        };
        let orders = apply::Orders {
            stop: self.context.stop(),
            tell: &tell,
            commit: self.project.head(),
            narrowed: self.planning.scope.only.is_some(),
        };
        let (report, result) = apply::apply((plan, &jobs), &ledger, self.clock, &orders).await;
        progress.finish_and_clear();
        let (mut lock, mut state) = ledger.into_inner().into_parts();
        let saved = if lock == before {
            state.forget_journal()
        } else {
            lock.serial += 1;
            let saved = state.save(&lock).await;
            let _ = state.scratch().remember(&lock.lineage, lock.serial);
            saved
        };
        (report, lock, result.and(saved))
    }

    fn replan(&self, target: TargetName) -> impl Fn(&Lock) -> TargetPlan {
        let planning = self.planning;
        move |lock| planning.plan_target(&target, lock, &BTreeSet::new())
    }

    fn job<'j>(
        &'j self,
        plan: &'j TargetPlan,
        ready: Ready,
        replan: &'j dyn Fn(&Lock) -> TargetPlan,
    ) -> Job<'j, crate::telegram::BotApi> {
        let policy = self.planning.policy(&plan.target);
        Job {
            links: ChatLinks::of(policy.chat.as_ref(), Some(ready.description.chat)),
            policy,
            platform: ready.api,
            chat: ready.description.chat,
            bot: ready.description.bot,
            sends_allowed: self.args.allow.contains(&crate::cli::AllowArg::Sends),
            replan,
            plan,
        }
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
    if shown.is_empty() {
        "tgsync: record the state".to_owned()
    } else {
        format!("tgsync: {}{more}", shown.join(", "))
    }
}
