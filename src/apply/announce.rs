//! Sends that are written down together: where the journal is pushed, each push takes a while and counts.

use super::step::{Replaced, is_followed};
use super::worker::{Worker, completed_by};
use crate::lock::{Intent, IntentVerb};
use crate::plan::{Change, Open, Step, Touch, Verb};
use crate::ports::{Clock, Outgoing, Platform, StateError, StateStore, Witness};

impl<P: Platform + Witness + Sync, S: StateStore + Send, C: Clock + Sync> Worker<'_, P, S, C> {
    /// Write down this send and those that follow it, as many as are announced at once. Several sends in doubt can be told
    /// from one another only where their content can be read back.
    pub(super) async fn announce(&self, change: &Change, first: &Intent) -> Result<(), StateError> {
        let batch = if self.job.scratch.is_some() { self.line.orders.batch } else { 1 };
        if batch < 2 || self.ledger.lock().await.is_announced(first) {
            return Ok(());
        }
        let mut intents = vec![first.clone()];
        for (change, index) in self.coming(change, first.part) {
            let Step::Send { part, message } = &change.steps[index] else { break };
            let replaced = if *part == 0 && change.verb == Verb::Resend {
                self.replaced(change, *part).await
            } else {
                Replaced::default()
            };
            let Some((mut intent, _)) = self.sending(change, (*part, message), &replaced).await else {
                break;
            };
            intent.completes = completed_by(change, index);
            intents.push(intent);
            if intents.len() == batch {
                break;
            }
        }
        if intents.len() < 2 {
            return Ok(());
        }
        let mut ledger = self.ledger.lock().await;
        ledger.withdraw(&first.target).await?;
        ledger.announce(intents).await
    }

    /// A send, as it is written down and as it is made. `None`: the post it replies to was not sent.
    pub(super) async fn sending(
        &self,
        change: &Change,
        (part, message): (usize, &Open),
        replaced: &Replaced,
    ) -> Option<(Intent, Outgoing)> {
        let filled = self.fill(message).await;
        if message.fixed.reply_to.is_some() && filled.payload.reply_to.is_none() {
            return None;
        }
        let mut intent = self.intent(&change.slug, part, IntentVerb::Send).await;
        intent.ids.clone_from(&replaced.ids);
        intent.left.clone_from(&replaced.left);
        let mut record = filled.record;
        record.links = self.links_after(change, (part, Touch::default()), record.links).await;
        record.more = is_followed(change, part);
        intent.payload = Some(filled.payload.clone());
        intent.topic = filled.topic;
        intent.record = Some(record);
        Some((intent, Outgoing { payload: filled.payload, topic: filled.topic }))
    }

    /// The steps behind the send of this part.
    fn coming(&self, change: &Change, part: usize) -> impl Iterator<Item = (&Change, usize)> {
        let changes = &self.job.plan.changes;
        let here = changes.iter().position(|planned| planned.id == change.id).unwrap_or(changes.len());
        let is_it = move |step: &Step| matches!(step, Step::Send { part: sent, .. } if *sent == part);
        let done = changes.get(here).and_then(|change| change.steps.iter().position(is_it));
        let due = changes.iter().enumerate().skip(here).filter(|(_, change)| change.is_due());
        due.flat_map(move |(place, change)| {
            let from = if place == here { done.map_or(change.steps.len(), |done| done + 1) } else { 0 };
            (from..change.steps.len()).map(move |step| (change, step))
        })
    }
}
