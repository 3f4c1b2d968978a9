//! The order of sends: by date, then slug; a reply after the post it replies to.

use std::collections::BTreeMap;

use super::planner::Sending;
use crate::ids::Slug;

/// Sort sends. A cycle of replies is left in date order; the planner blocks what replies to nothing.
pub(super) fn sort(sends: &mut Vec<Sending<'_>>) {
    sends.sort_by(|a, b| a.wanted.order().cmp(&b.wanted.order()));
    let index: BTreeMap<Slug, usize> =
        sends.iter().enumerate().map(|(index, sending)| (sending.change.slug.clone(), index)).collect();
    let mut slots: Vec<Option<Sending<'_>>> = sends.drain(..).map(Some).collect();
    let mut walked = vec![false; slots.len()];
    for start in 0..slots.len() {
        // Walk up the chain of replies that are still to be placed, then place it from its root down.
        let mut chain = Vec::new();
        let mut next = Some(start);
        while let Some(at) = next.filter(|at| !walked[*at]) {
            let Some(sending) = &slots[at] else { break };
            walked[at] = true;
            chain.push(at);
            next = sending.wanted.post.front.reply_to.as_ref().and_then(|to| index.get(to)).copied();
        }
        sends.extend(chain.into_iter().rev().filter_map(|at| slots[at].take()));
    }
}
