//! Posts that no edit makes what they should be: sent anew, whole, because the order within a post must hold. The new
//! messages come first, then the old ones go; in between the lock knows both.

use super::leftovers::fates;
use super::planner::{Planner, count, messages};
use super::transition::{Again, Barrier, Touch, touches};
use super::{Facets, How, Message, Open, Reason, Step, Verb, Wanted};
use crate::ids::Slug;
use crate::lock::Recorded;

impl<'a> Planner<'a> {
    pub(super) fn resend(
        &mut self,
        wanted: &'a Wanted<'a>,
        record: &Recorded,
        (reasons, barrier): (Vec<Reason>, Barrier),
    ) {
        let slug = wanted.post.slug();
        if wanted.post.front.keep {
            self.notes.push(format!(
                "`{slug}` could only be sent anew, but says `keep`: skipped. {}",
                barrier.words()
            ));
            return;
        }
        let there = messages(record);
        let before = self.before(slug, record);
        let sweep = self.sweep(&record.parts, record);
        let mut notes = vec![
            format!("{}; so the post is sent anew, at the end of the chat", barrier.words()),
            "views, reactions, comments and links from outside stay with the old message".to_owned(),
        ];
        notes.extend(self.replies(slug));
        notes.extend(fates(&sweep, &there));
        self.send(wanted, Verb::Resend, &there);
        let Some(sending) = self.phases.sends.last_mut() else { return };
        let change = &mut sending.change;
        change.reasons = reasons;
        change.before = before;
        let says = if change.notifies { "subscribers get a notification" } else { "without a notification" };
        notes.push(says.to_owned());
        change.notes.splice(0..0, notes);
        if let Some(unpin) = unpin(wanted, record, &sweep) {
            change.steps.insert(0, unpin);
        }
        change.steps.extend(sweep);
    }

    /// Replies are fixed when they are sent.
    fn replies(&self, slug: &Slug) -> Option<String> {
        let replies = self.input.wanted.iter().filter(|wanted| {
            wanted.post.front.reply_to.as_ref() == Some(slug) && self.posts.contains_key(wanted.post.slug())
        });
        let names: Vec<String> = replies.map(|wanted| format!("`{}`", wanted.post.slug())).collect();
        (!names.is_empty())
            .then(|| format!("what replied to the old message does not follow: {}", names.join(", ")))
    }

    /// Only its first messages were sent before a run ended: the same send goes on, under the same change id.
    pub(super) fn send_rest(&mut self, wanted: &'a Wanted<'a>, record: &Recorded, facets: &[Facets]) {
        let there = record.parts.len();
        let again = record.leftovers().next().is_some();
        self.send(wanted, if again { Verb::Resend } else { Verb::Send }, &messages(record));
        let sweep = self.sweep(&[], record);
        let Some(sending) = self.phases.sends.last_mut() else { return };
        let change = &mut sending.change;
        change.steps.drain(..there);
        for (part, open) in wanted.parts.iter().enumerate().take(there).rev() {
            if record.parts[part].unsure {
                let edits = edits(part, open, &record_touches(record, part, &facets[part]));
                change.steps.splice(0..0, edits);
            }
        }
        let left: Vec<Message> =
            record.leftovers().map(|left| Message { id: left.id, kind: left.kind }).collect();
        change.notifies = false;
        change.notes.push(format!("{} there already", count(there, "message is", "messages are")));
        change.notes.extend(fates(&sweep, &left));
        change.steps.extend(sweep);
    }
}

fn record_touches(record: &Recorded, part: usize, now: &Facets) -> Vec<Touch> {
    // What is there is what is wanted: no edit is forbidden.
    touches(&record.parts[part], now, Again::Everything).unwrap_or_default()
}

/// Steps that edit a part.
pub(super) fn edits(part: usize, open: &Open, touches: &[Touch]) -> Vec<Step> {
    let step = |touch: &Touch| Step::Edit { part, touch: *touch, message: Box::new(open.clone()) };
    touches.iter().map(step).collect()
}

/// What stays in the chat for good does not stay pinned.
fn unpin(wanted: &Wanted<'_>, record: &Recorded, sweep: &[Step]) -> Option<Step> {
    let pinned = record.parts.first().is_some_and(|part| part.pin);
    let stays = |step: &Step| matches!(step, Step::Sweep { how: How::Tombstone | How::Keep, .. });
    let message = wanted.parts.first().filter(|_| pinned && sweep.iter().any(stays))?;
    Some(Step::Pin { pin: false, message: Box::new(message.clone()) })
}
