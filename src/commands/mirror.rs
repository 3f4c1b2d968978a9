//! `tgsync mirror plan|apply|verify|list`: media into the object store, and what is there.

use std::collections::BTreeMap;

use super::context::Context;
use super::mirror_run::Run;
use super::mirroring::Mirroring;
use super::planning::Planning;
use super::project::Project;
use super::surgery::Surgery;
use super::{Exit, Failure, Outcome, mirror_verify};
use crate::cli::{AllowArg, DataFormat, MirrorApply, MirrorCommand, MirrorData, Selection};
use crate::clock::AnyClock;
use crate::lock::Lock;
use crate::mirror::{Index, MirrorPlan, Report, Shelf};
use crate::report::mirror as report;

pub(super) async fn run(context: &Context, command: &MirrorCommand) -> Outcome {
    match command {
        MirrorCommand::Plan(args) => plan(context, args).await,
        MirrorCommand::Apply(args) => carry_out(context, args).await,
        MirrorCommand::Verify(args) => mirror_verify::run(context, args).await,
        MirrorCommand::List(args) => list(context, args).await,
    }
}

fn gather<'a>(planning: &Planning<'a>, lock: &Lock) -> Result<Mirroring<'a>, Failure> {
    Mirroring::gather(planning, lock)?.ok_or_else(no_mirror)
}

pub(super) fn no_mirror() -> Failure {
    Failure::new(Exit::Invalid, "the config has no `mirror`").hint(
        "`mirror: {folder: mirror}` copies media to a folder, `endpoint` and `bucket` to an object store",
    )
}

async fn plan(context: &Context, args: &MirrorData) -> Outcome {
    let project = Project::open(context)?;
    let clock = project.clock(context).await?;
    let lock = project.known_lock()?;
    let planning = Planning::gather(context, &project, &Selection::default(), &clock).await?;
    let mut mirroring = gather(&planning, &lock)?;
    let mut plans = vec![mirroring.plan(false).await?];
    if !mirroring.settings.sources.is_empty() {
        let store = mirroring.connect(context, &clock, true).await?;
        for source in &mirroring.settings.sources {
            let mut shelf = mirroring.source(source)?;
            shelf.remember(&store).await?;
            let there = mirroring.there(&shelf).await?;
            plans.push(shelf.plan(there.as_ref(), false));
        }
    }
    mirroring.keep_cache();
    let plan = report::joined(plans);
    context.print(&match args.format {
        DataFormat::Text => report::plan(&plan, context.paint, true),
        DataFormat::Json => super::plan::pretty(&report::PlanView::new(&plan)),
    });
    Ok(Exit::Done)
}

async fn carry_out(context: &Context, args: &MirrorApply) -> Outcome {
    let (store, report) = mirror(context, args).await?;
    context.print(&match args.format {
        DataFormat::Text => report::outcome(&report),
        DataFormat::Json => super::plan::pretty(&report::ReportView::new(&store, &report)),
    });
    Ok(exit(&report))
}

/// Mirror everything; the store's name and what was done. What failed is told.
pub(super) async fn mirror(context: &Context, args: &MirrorApply) -> Result<(String, Report), Failure> {
    let mut surgery = Surgery::begin(context, &args.save, None).await?;
    let project = std::rc::Rc::clone(&surgery.project);
    let clock = project.live_clock(context).await?;
    let planning = Planning::gather(context, &project, &Selection::default(), &clock).await?;
    let lock = surgery.lock().clone();
    let mut mirroring = gather(&planning, &lock)?;
    let outcome = shelves(context, args, (&mut mirroring, &clock), &mut surgery).await;
    mirroring.keep_cache();
    let message = format!("tgsync: mirror to {}", mirroring.store);
    // What is there is recorded, whatever became of the rest.
    let saved = surgery.finish(context, &message).await;
    let report = outcome?;
    saved?;
    for failed in &report.failed {
        context.tell(&report::failed(failed, context.talk));
    }
    Ok((mirroring.store, report))
}

/// The exit status of a mirror that came to its end.
pub(super) fn exit(report: &Report) -> Exit {
    match () {
        () if report.is_good() => Exit::Done,
        () if report.did_anything() => Exit::Partly,
        () => Exit::Failed,
    }
}

async fn shelves(
    context: &Context,
    args: &MirrorApply,
    (mirroring, clock): (&mut Mirroring<'_>, &AnyClock),
    surgery: &mut Surgery,
) -> Result<Report, Failure> {
    let sources = mirroring.settings.sources.clone();
    let has_sources = !sources.is_empty();
    let mut report = Report::default();
    let quiet = mirroring.plan(args.force).await?.is_empty() && mirroring.posts.notice().is_none();
    if quiet && !has_sources && !args.refresh {
        report.unchanged = mirroring.posts.wants.len();
        return Ok(report);
    }
    let store = mirroring.connect(context, clock, false).await?;
    let mut run = Run {
        context,
        clock,
        store: &store,
        ledger: surgery.ledger(),
        stop: context.stop(),
        on_uploaded: mirroring.settings.on_uploaded.as_ref(),
        secrets: mirroring.secrets(),
    };
    let mut prepared = Vec::new();
    for source in &sources {
        prepared.push(mirroring.source(source)?);
    }
    let mut looked = Vec::new();
    for shelf in std::iter::once(&mut mirroring.posts).chain(&mut prepared) {
        looked.push(run.look(shelf, args.refresh).await?);
    }
    let mut plans: Vec<MirrorPlan> = Vec::new();
    for (shelf, looked) in std::iter::once(&mirroring.posts).chain(&prepared).zip(looked) {
        let there = mirroring.there(shelf).await?;
        let mut plan = shelf.plan(there.as_ref(), args.force);
        plan.index |= looked.found + looked.lost > 0;
        check_guard(mirroring, shelf, &plan, &args.allow)?;
        plans.push(plan);
        report.found += looked.found;
    }
    ask(context, &plans, args)?;
    for (shelf, plan) in std::iter::once(&mut mirroring.posts).chain(&mut prepared).zip(&plans) {
        report.add(run.carry_out(shelf, plan).await?);
        report.told += run.tell(shelf).await?;
    }
    Ok(report)
}

/// Most of what is there would go: more often a folder that is not there than a wish.
pub(super) fn check_guard(
    mirroring: &Mirroring<'_>,
    shelf: &Shelf,
    plan: &MirrorPlan,
    allow: &[AllowArg],
) -> Result<(), Failure> {
    let limit = mirroring.max_delete_percent();
    let percent = plan.delete_percent(&shelf.known);
    if percent <= limit || allow.contains(&AllowArg::Deletes) {
        return Ok(());
    }
    let message = format!(
        "{} of the objects below `{}` would be removed, {percent} %; `guard.max_delete_percent` is {limit}",
        plan.deletes().count(),
        shelf.prefix
    );
    Err(Failure::new(Exit::Refused, message)
        .hint("`--allow deletes` lifts this guard once; nothing was done"))
}

fn ask(context: &Context, plans: &[MirrorPlan], args: &MirrorApply) -> Result<(), Failure> {
    let plan = report::joined(plans.to_vec());
    if plan.deletes().next().is_none() || args.yes {
        return Ok(());
    }
    context.say(&report::plan(&plan, context.talk, true));
    if context.ask("Remove these objects? Only `yes` is taken for yes:")? {
        Ok(())
    } else {
        Err(Failure::new(Exit::Refused, "declined: nothing was uploaded or removed"))
    }
}

async fn list(context: &Context, args: &MirrorData) -> Outcome {
    let project = Project::open(context)?;
    let clock = project.live_clock(context).await?;
    let lock = project.known_lock()?;
    let mirroring = Mirroring::open(&project, &lock).ok_or_else(no_mirror)?;
    let posts = &mirroring.posts;
    let mut objects: BTreeMap<_, _> =
        Index::of_posts(&posts.known.objects, &posts.prefix, posts.base.as_deref())
            .objects
            .into_iter()
            .map(|entry| (entry.key.clone(), entry))
            .collect();
    if !mirroring.settings.sources.is_empty() {
        let store = mirroring.connect(context, &clock, true).await?;
        for source in &mirroring.settings.sources {
            let mut shelf = mirroring.bare_source(source);
            shelf.remember(&store).await?;
            let known = Index::of_source(&shelf.known.objects, shelf.base.as_deref()).objects;
            objects.extend(known.into_iter().map(|entry| (entry.key.clone(), entry)));
        }
    }
    let index = Index::new(objects.into_values().collect());
    context.print(&match args.format {
        DataFormat::Text => report::list(&index),
        DataFormat::Json => index.to_json(),
    });
    Ok(Exit::Done)
}
