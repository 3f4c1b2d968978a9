//! `apply --only-approved`: what was not approved is held, and everything else goes on.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::planning::Planning;
use super::{Failure, github_approve, plan};
use crate::cli::Apply;
use crate::github::Approvals;
use crate::ids::{ChangeId, Slug, TargetName};
use crate::lock::Lock;
use crate::plan::{Change, Plan, TargetPlan};
use crate::state;

/// Where `tgsync github run` finds what was approved, in the scratch folder.
pub(super) const FILE: &str = "approvals.json";

/// A post with a change that is not approved is held with all its changes: they were decided on together. Judged is the
/// very plan that would be carried out, from what the journals say and what was found in the chats.
pub(super) async fn hold_back(
    context: &Context,
    args: &Apply,
    planning: &mut Planning<'_>,
    lock: &Lock,
) -> Result<(), Failure> {
    if !args.only_approved {
        return Ok(());
    }
    let plan = planning.plan(context, lock)?;
    let approvals = github_approve::recompute(context, &args.selection, (planning, lock, &plan)).await;
    let approvals = approvals.map_err(Failure::early)?;
    state::write_text(&planning.project.scratch().join(FILE), &plan::pretty(&approvals))?;
    planning.withheld = withheld(&plan, &approvals);
    Ok(())
}

fn withheld(plan: &Plan, approvals: &Approvals) -> BTreeMap<TargetName, BTreeSet<Slug>> {
    let of = |target: &TargetPlan| {
        let approved: &BTreeSet<ChangeId> = approvals.targets.get(&target.target)?;
        let held = target.changes.iter().filter(|change| change.decides() && !approved.contains(&change.id));
        let slugs: BTreeSet<Slug> = held.map(slug).collect();
        Some((target.target.clone(), slugs))
    };
    plan.targets.iter().filter_map(of).collect()
}

fn slug(change: &Change) -> Slug {
    change.slug.clone()
}
