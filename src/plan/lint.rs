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
        faults.extend(touches_what_it_must_not(change, &owned));
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

/// What a record holds is ours, and only that: all else is of others.
fn touches_what_it_must_not(change: &Change, owned: &BTreeSet<MessageId>) -> Vec<String> {
    let expels = |id: MessageId| {
        change.steps.iter().any(|step| matches!(step, Step::Expel { id: foreign } if *foreign == id))
    };
    let fault = |id: MessageId| match (owned.contains(&id), expels(id)) {
        (true, true) => Some(format!("`{}` would delete our message {id} as another's", change.slug)),
        (false, false) => {
            Some(format!("`{}` would touch message {id}, which the lock does not hold", change.slug))
        }
        _ => None,
    };
    touched(change).filter_map(fault).collect()
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
        Step::Remove { ids, .. } | Step::Sweep { ids, .. } | Step::Gone { ids } => ids.clone(),
        _ => Vec::new(),
    });
    change.messages.iter().map(|message| message.id).chain(removed)
}
