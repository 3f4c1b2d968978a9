//! Which plan a run carries out: the one of this moment, or what is left of one that is under way.

use std::collections::BTreeSet;

use crate::ids::{ChangeId, PlanId};
use crate::lock::{Applying, Lock};
use crate::plan::{Plan, TargetPlan, plan_id};

/// Whether `plan` is what was approved as `approved`: the same, or what is left of it after a run that did not finish,
/// or nothing after one that did.
pub fn is_approved(plan: &Plan, lock: &Lock, approved: &PlanId) -> bool {
    let applied = |target: &TargetPlan| {
        let applied = lock.targets.get(&target.target).and_then(|target| target.applied.as_ref());
        applied.is_some_and(|applied| applied.plan == *approved)
    };
    let carried_out = plan.changes().next().is_none() && plan.targets.iter().any(applied);
    carried_out || plan.id == *approved || is_rest_of(plan, lock, approved)
}

/// The plan that `plan` goes on with, if it is the rest of one; else itself.
pub(super) fn under_way(plan: &Plan, lock: &Lock) -> PlanId {
    let begun: BTreeSet<&PlanId> = plan
        .targets
        .iter()
        .filter_map(|target| lock.targets.get(&target.target)?.applying.as_ref())
        .map(|applying| &applying.plan)
        .collect();
    let whole = begun.into_iter().find(|whole| is_rest_of(plan, lock, whole));
    whole.unwrap_or(&plan.id).clone()
}

/// What is left and what was done make up `whole`. A target that came to its end first still remembers its part.
fn is_rest_of(plan: &Plan, lock: &Lock, whole: &PlanId) -> bool {
    let begun: Vec<&Applying> = lock
        .targets
        .values()
        .filter_map(|target| target.applying.as_ref())
        .filter(|applying| applying.plan == *whole)
        .collect();
    let done: Vec<&ChangeId> = begun.iter().flat_map(|applying| &applying.done).collect();
    let left: Vec<&ChangeId> = plan.targets.iter().flat_map(TargetPlan::deciding).collect();
    !begun.is_empty() && plan_id(left.into_iter().chain(done)) == *whole
}
