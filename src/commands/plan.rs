//! `tgsync plan`: what an apply would do. No network, no secret.

use std::path::Path;

use super::context::Context;
use super::planning::Planning;
use super::project::Project;
use super::{Exit, Failure, Outcome};
use crate::cli::{PlanArgs, PlanFormat};
use crate::lock::Lock;
use crate::plan::Plan;
use crate::report::{self, json};
use crate::state;

pub(super) async fn run(context: &Context, args: &PlanArgs) -> Outcome {
    let project = Project::open(context)?;
    let clock = project.clock(context).await?;
    let lock = project.known_lock()?;
    let planning = Planning::gather(context, &project, &args.selection, &clock).await?;
    let plan = planning.plan(context, &lock)?;
    let view = view(&project, &plan, &lock);
    remember(&project, &view);
    if let Some(path) = &args.out {
        state::write_text(&context.path(path), &pretty(&view))?;
    }
    context.print(&match args.format {
        PlanFormat::Text => report::text::plan(&plan, context.paint),
        PlanFormat::Json => pretty(&view),
        PlanFormat::Markdown => report::markdown::plan(&plan),
        PlanFormat::Github => report::github::plan(&plan),
    });
    Ok(if args.detailed_exitcode && !plan.is_empty() { Exit::Changes } else { Exit::Done })
}

pub(super) fn view(project: &Project, plan: &Plan, lock: &Lock) -> json::PlanView {
    let lock = json::LockView { lineage: lock.lineage.clone(), serial: lock.serial };
    json::plan(plan, lock, project.head())
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
    let view: json::PlanView = serde_json::from_str(&text).map_err(|error| invalid(error.to_string()))?;
    if view.schema != json::PLAN_SCHEMA {
        return Err(invalid(format!(
            "its schema is `{}`, this program reads `{}`",
            view.schema,
            json::PLAN_SCHEMA
        )));
    }
    Ok(view)
}
