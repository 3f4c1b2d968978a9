//! What is shown and not done: doubts, holds, and sends that wait for another.

use std::collections::{BTreeMap, BTreeSet};

use super::id::What;
use super::planner::Planner;
use super::{Change, Reason, Verb, order};
use crate::ids::Slug;

/// What becomes of a doubt that nobody was asked about.
pub const FOUND_OUT: &str = "the next `apply` finds out what became of it";

impl Planner<'_> {
    /// Doubts and holds: what they cover is shown and not done.
    pub(super) fn sends_block_each_other(&mut self) {
        let doubtful: BTreeSet<&Slug> = self.input.lock.doubt.iter().map(|pending| &pending.slug).collect();
        let any_doubt = self.input.doubt_elsewhere || !doubtful.is_empty();
        order::sort(&mut self.phases.sends);
        let mut there: BTreeSet<Slug> =
            self.posts.iter().filter(|(_, post)| post.gone.is_none()).map(|(slug, _)| slug.clone()).collect();
        for sending in &mut self.phases.sends {
            let change = &mut sending.change;
            let reply = sending.wanted.post.front.reply_to.as_ref();
            if !change.is_due() {
                continue;
            }
            if any_doubt && !doubtful.contains(&change.slug) {
                block(change, Reason::BehindDoubt);
            } else if reply.is_some_and(|to| !there.contains(to)) {
                block(change, Reason::ReplyTarget);
            }
            let blocked = doubtful.contains(&change.slug) || self.input.holds(&change.slug);
            if change.is_due() && !blocked {
                there.insert(change.slug.clone());
            }
        }
        let waiting = self.phases.sends.iter().map(|sending| &sending.change).filter(|send| !send.is_due());
        let waiting: BTreeMap<&Slug, &Change> = waiting.map(|send| (&send.slug, send)).collect();
        for pin in &mut self.phases.pins {
            if let Some(send) = waiting.get(&pin.slug) {
                wait_for(pin, send);
            }
        }
    }

    pub(super) fn hold_back(&self, changes: &mut [Change]) {
        for change in changes.iter_mut() {
            if self.input.lock.doubt.iter().any(|pending| pending.slug == change.slug) {
                let entailed =
                    |reason: &Reason| matches!(reason, Reason::Pin | Reason::LinkTarget | Reason::Leftover);
                let entailed = change.reasons.iter().all(entailed);
                block(change, if entailed { Reason::BehindDoubt } else { Reason::InDoubt });
            } else if self.input.hold.covers(&change.slug) && change.is_due() {
                block(change, Reason::Held);
            } else if self.input.withheld.contains(&change.slug) && change.verb != Verb::Blocked {
                // One that waits for its time too: else it would count as approved when its time comes.
                block(change, Reason::Unapproved);
            }
        }
    }

    /// A doubt is shown even when nothing else is wanted of its post.
    pub(super) fn show_doubts(&self, changes: &mut Vec<Change>) {
        for pending in &self.input.lock.doubt {
            let fate = pending.fate();
            let hint = if self.input.lock.watch.asked.contains(&pending.id) {
                format!(
                    "look for it in the chat, then `tgsync resolve {} --sent-as ID` or `--not-sent`",
                    pending.slug
                )
            } else {
                FOUND_OUT.to_owned()
            };
            if let Some(change) = changes.iter_mut().find(|change| change.slug == pending.slug) {
                change.notes.splice(0..0, [fate, hint]);
                continue;
            }
            let id = self.id(&pending.slug, Verb::Blocked, None, What::Doubt { pending: vec![&pending.id] });
            changes.push(Change {
                id,
                slug: pending.slug.clone(),
                verb: Verb::Blocked,
                reasons: vec![Reason::InDoubt],
                title: pending.slug.to_string(),
                file: pending.record.file.clone(),
                line: 1,
                messages: Vec::new(),
                before: None,
                after: None,
                how: None,
                notes: vec![fate, hint],
                notifies: false,
                due: None,
                steps: Vec::new(),
            });
        }
    }
}

/// A pin is not done before the post it pins is there: it waits as its send does.
fn wait_for(pin: &mut Change, send: &Change) {
    pin.verb = send.verb;
    pin.due = send.due;
    if let (Verb::Blocked, Some(reason)) = (send.verb, send.reasons.first()) {
        pin.reasons.insert(0, *reason);
    }
}

/// A change that is shown and not done. Its id stays that of what is blocked, so that an approval survives the block.
pub(super) fn block(change: &mut Change, reason: Reason) {
    change.verb = Verb::Blocked;
    change.reasons.insert(0, reason);
}
