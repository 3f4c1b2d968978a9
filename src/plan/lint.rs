//! A last look at a finished plan, before it is trusted: what must hold of every plan, whatever made it.

use std::collections::BTreeSet;

use super::{Change, Step, TargetPlan};
use crate::ids::{MessageId, Slug};
use crate::lock::TargetLock;

/// What is wrong with a plan; nothing, unless the planner has a fault.
pub fn lint(plan: &TargetPlan, lock: &TargetLock) -> Vec<String> {
    let owned: BTreeSet<MessageId> = lock.posts.values().flat_map(crate::lock::Recorded::ids).collect();
    let mut faults = Vec::new();
    let mut sent: BTreeSet<&Slug> = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for change in &plan.changes {
        if !ids.insert(&change.id) {
            faults.push(format!("change {} appears twice", change.id));
        }
        for id in touched(change).filter(|id| !owned.contains(id)) {
            faults.push(format!("`{}` would touch message {id}, which the lock does not hold", change.slug));
        }
        let sends = change.steps.iter().any(|step| matches!(step, Step::Send { part: 0, .. }));
        if sends && change.is_due() && !sent.insert(&change.slug) {
            faults.push(format!("`{}` would be sent twice", change.slug));
        }
        let restores = change.verb == super::Verb::Restore;
        if sends && change.is_due() && !restores && lock.posts.contains_key(&change.slug) {
            faults.push(format!("`{}` would be sent again though the lock has it", change.slug));
        }
    }
    faults
}

fn touched(change: &Change) -> impl Iterator<Item = MessageId> {
    let removed = change.steps.iter().flat_map(|step| match step {
        Step::Remove { ids, .. } | Step::Shrink { ids, .. } => ids.clone(),
        _ => Vec::new(),
    });
    change.messages.iter().copied().chain(removed)
}
