//! A last look at a finished plan, before it is trusted: what must hold of every plan, whatever made it.

use std::collections::BTreeSet;

use super::{Change, Step, TargetPlan, Verb};
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
        let again = matches!(change.verb, Verb::Restore | Verb::Resend);
        let there = lock.posts.get(&change.slug).is_some_and(|post| !post.parts.is_empty());
        if sends && change.is_due() && !again && there {
            faults.push(format!("`{}` would be sent again though the lock has it", change.slug));
        }
    }
    faults.extend(plan.changes.iter().filter_map(sweeps_too_early));
    faults
}

/// Nothing is removed before all that takes its place is there.
fn sweeps_too_early(change: &Change) -> Option<String> {
    let mut rest = change.steps.iter().skip_while(|step| !matches!(step, Step::Sweep { .. }));
    let fault = || format!("`{}` would lose messages before all of it is there", change.slug);
    let moves = |step: &Step| !matches!(step, Step::Sweep { .. } | Step::Remove { .. });
    rest.any(moves).then(fault)
}

fn touched(change: &Change) -> impl Iterator<Item = MessageId> {
    let removed = change.steps.iter().flat_map(|step| match step {
        Step::Remove { ids, .. } | Step::Sweep { ids, .. } => ids.clone(),
        _ => Vec::new(),
    });
    change.messages.iter().map(|message| message.id).chain(removed)
}
