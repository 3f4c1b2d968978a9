//! The guard: a plan that is too large or too destructive needs a word more.

use super::{Change, Guard, GuardHit, GuardRule, Reason, Verb};

/// Percentages mean little in a small channel.
const PERCENT_FROM_POSTS: usize = 10;

/// Limits that these changes are beyond, in a target with `published` posts.
pub(super) fn hits(guard: &Guard, changes: &[Change], published: usize) -> Vec<GuardHit> {
    let count = |verbs: &[Verb]| changes.iter().filter(|change| verbs.contains(&change.verb)).count();
    // What is left over was counted when it was decided.
    let deletes = changes.iter().filter(|change| change.verb == Verb::Delete && change.decides()).count();
    let foreign = changes.iter().filter(|change| change.reasons.contains(&Reason::Foreign)).count();
    let own = deletes.saturating_sub(foreign);
    let percent = if published < PERCENT_FROM_POSTS { 0 } else { (own * 100).div_ceil(published) };
    [
        (GuardRule::MaxSends, guard.max_sends, count(&[Verb::Send, Verb::Restore])),
        (GuardRule::MaxDeletes, guard.max_deletes, deletes),
        (GuardRule::MaxDeletePercent, guard.max_delete_percent, percent),
        (GuardRule::MaxResends, guard.max_resends, count(&[Verb::Resend])),
    ]
    .into_iter()
    .filter(|(_, limit, value)| value > limit)
    .map(|(rule, limit, value)| GuardHit { rule, limit, value })
    .collect()
}
