//! `tgsync plan`: what an apply would do. No network and no secret, unless it is asked to look at the chats first.

use std::path::Path;

use super::context::Context;
use super::mirror_first::First;
use super::planning::Planning;
use super::project::Project;
use super::{Exit, Failure, Outcome, refresh};
use crate::cli::{PlanArgs, PlanFormat, Refresh, Selection};
use crate::lock::Lock;
use crate::mirror::MirrorPlan;
use crate::plan::Plan;
use crate::report::style::Paint;
use crate::report::{self, json};
use crate::state;

pub(super) async fn run(context: &Context, args: &PlanArgs) -> Outcome {
    let project = Project::open(context)?;
    let (plan, mirror, view) = make(context, &project, (&args.selection, &args.refresh)).await?;
    let mirror = mirror.as_ref();
    remember(&project, &view);
    if let Some(path) = &args.out {
        state::write_text(&context.path(path), &pretty(&view))?;
    }
    context.print(&match args.format {
        PlanFormat::Text => text(&plan, mirror, context.paint),
        PlanFormat::Json => pretty(&view),
        PlanFormat::Markdown => {
            report::markdown::plan(&view) + &mirror.map(report::mirror::markdown).unwrap_or_default()
        }
        PlanFormat::Github => report::github::plan(&view),
    });
    let changes = !plan.is_empty() || mirror.is_some_and(|mirror| !mirror.is_empty());
    Ok(if args.detailed_exitcode && changes { Exit::Changes } else { Exit::Done })
}

/// What there is to do at this moment.
pub(super) async fn now(context: &Context, how: (&Selection, &Refresh)) -> Result<json::PlanView, Failure> {
    Ok(make(context, &Project::open(context)?, how).await?.2)
}

async fn make(
    context: &Context,
    project: &Project,
    (selection, looking): (&Selection, &Refresh),
) -> Result<(Plan, Option<MirrorPlan>, json::PlanView), Failure> {
    let live = looking.refresh;
    let clock = if live { project.live_clock(context).await? } else { project.clock(context).await? };
    let lock = project.known_lock()?;
    let mut planning = Planning::gather(context, project, selection, &clock).await?;
    refresh::refresh(context, &mut planning, (&lock, &clock), looking).await?;
    let plan = planning.plan(context, &lock)?;
    let mirror = First::gather(&planning, &lock).await?.map(|first| first.plan);
    let view = view(project, &plan, &lock, mirror.as_ref());
    Ok((plan, mirror, view))
}

pub(super) fn view(
    project: &Project,
    plan: &Plan,
    lock: &Lock,
    mirror: Option<&MirrorPlan>,
) -> json::PlanView {
    let lock = json::LockView { lineage: lock.lineage.clone(), serial: lock.serial };
    let view = json::plan(plan, lock, project.head());
    json::PlanView { mirror: mirror.map(report::mirror::PlanView::new), ..view }
}

/// The plan and what it mirrors, in words.
pub(super) fn text(plan: &Plan, mirror: Option<&MirrorPlan>, paint: Paint) -> String {
    let mirror = mirror.map(|mirror| report::mirror::plan(mirror, paint, true)).unwrap_or_default();
    report::text::plan(plan, paint) + &mirror
}

/// Keep the plan for `apply --expect-plan`, which can then show what became different. A plan that can't be kept is
/// still a plan.
pub(super) fn remember(project: &Project, view: &json::PlanView) {
    let _ = project.state.scratch().save_plan(&pretty(view));
}

pub(super) fn pretty(view: &impl serde::Serialize) -> String {
    let mut text = serde_json::to_string_pretty(view).expect("views are plain data with string keys");
    text.push('\n');
    text
}

/// Read a plan that `tgsync plan --out` wrote.
pub(super) fn read(path: &Path) -> Result<json::PlanView, Failure> {
    let invalid = |why: String| {
        Failure::new(Exit::Refused, format!("`{}` is not a saved plan: {why}", path.display()))
            .hint("write one with `tgsync plan --out FILE`")
    };
    let text = super::project::read_text(path).map_err(|error| invalid(error.to_string()))?;
    json::read_plan(&text).map_err(invalid)
}
