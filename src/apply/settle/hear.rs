//! The ledger of updates: what others post is told, what the bot does itself is not. It is written down before the
//! platform is told to forget it.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{Case, Halt, Settler};
use crate::ids::{ChatId, MessageId, TargetName, Timestamp};
use crate::lock::{Hearing, What};
use crate::ports::{Clock, Heard, HeardOf, Platform, StateStore, Witness};

/// Updates are kept for a day (Bot API, `getUpdates`, checked 2026-11-21); less counts, so that none is on the edge.
const KEPT: SignedDuration = SignedDuration::from_hours(23);

/// A target that updates are written down for.
#[derive(Debug)]
struct Listener {
    target: TargetName,
    chat: ChatId,
    heard: Option<Hearing>,
}

impl<P, S, C> Settler<'_, P, S, C>
where
    P: Platform + Witness + Sync,
    S: StateStore + Send,
    C: Clock + Sync,
{
    /// Hear everything that there is to hear. Of use only where a probe does not tell whose a message is.
    pub(super) async fn listen(&self, case: &mut Case) -> Result<(), Halt> {
        if !self.site.rights.edit_others {
            return Ok(());
        }
        let listeners = self.listeners().await;
        let mut from = listeners
            .iter()
            .filter_map(|one| one.heard)
            .map(|heard| heard.next)
            .max()
            .filter(|next| *next > 0);
        let mut first = true;
        let mut unwritten = Vec::new();
        loop {
            let heard = match self.ask(0, || self.site.platform.hear(from)).await? {
                Ok(heard) => heard,
                Err(error) => {
                    note(case, &format!("updates can't be heard: {error}"));
                    case.heard = None;
                    return Ok(());
                }
            };
            let next = heard.iter().map(|heard| heard.update.saturating_add(1)).max().or(from).unwrap_or(0);
            let torn =
                first && heard.iter().map(|heard| heard.update).min().zip(from).is_some_and(|(a, b)| a > b);
            let done = heard.is_empty();
            unwritten.extend(heard);
            if self.orders.rules.hear_before_forget || done {
                self.write_heard(case, &std::mem::take(&mut unwritten), (from, next, torn)).await?;
            }
            if done {
                return Ok(());
            }
            (from, first) = (Some(next), false);
        }
    }

    /// All targets of this bot: updates are for the bot, not for a chat.
    async fn listeners(&self) -> Vec<Listener> {
        let ledger = self.ledger.lock().await;
        let targets = ledger.lock().targets.iter().filter(|(_, lock)| lock.bot == Some(self.site.bot));
        let listener = |(target, lock): (&TargetName, &crate::lock::TargetLock)| {
            Some(Listener { target: target.clone(), chat: lock.chat?, heard: lock.watch.heard })
        };
        targets.filter_map(listener).collect()
    }

    async fn write_heard(
        &self,
        case: &mut Case,
        heard: &[Heard],
        (from, next, torn): (Option<i64>, i64, bool),
    ) -> Result<(), Halt> {
        let now = self.clock.now().await;
        let mut posts: BTreeMap<ChatId, Vec<MessageId>> = BTreeMap::new();
        for one in heard {
            match one.what {
                HeardOf::Post(id) | HeardOf::Edit(id) | HeardOf::Service(id) => {
                    posts.entry(one.chat).or_default().push(id);
                }
                HeardOf::Receipt { channel, id } if channel == self.site.chat => {
                    case.receipts.insert(id);
                }
                HeardOf::Receipt { .. } | HeardOf::Other => {}
            }
        }
        for listener in self.listeners().await {
            // What was told when this target was not among those that listened is forgotten.
            let told = listener.heard.map_or(0, |heard| heard.next);
            let since =
                if from.is_some_and(|from| told < from) { now } else { since(listener.heard, torn, now) };
            if listener.chat == self.site.chat {
                case.heard = Some(since);
            }
            let posts = posts.get(&listener.chat).cloned().unwrap_or_default();
            let fact = What::Heard { next, since, until: now, posts };
            self.ledger.lock().await.facts(now, &listener.target, [fact]).await?;
        }
        Ok(())
    }
}

/// From when on all that others posted was told. `torn`: updates are gone that nobody here was told.
fn since(before: Option<Hearing>, torn: bool, now: Timestamp) -> Timestamp {
    let oldest = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    match before {
        Some(before) if before.until >= oldest && !torn => before.since,
        Some(before) if before.until >= oldest => now,
        _ => oldest,
    }
}

fn note(case: &mut Case, what: &str) {
    if !case.notes.iter().any(|known| known == what) {
        case.notes.push(what.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_reaches_back_a_day_and_further_only_without_a_gap() {
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        let heard = |since, until| Some(Hearing { next: 5, since: at(since), until: at(until) });
        for (before, torn, now, expected) in [
            (None, false, 100, 77),
            (None, true, 100, 77),
            (heard(10, 90), false, 100, 10),
            (heard(10, 90), true, 100, 100),
            (heard(10, 70), false, 100, 77),
            (heard(10, 70), true, 100, 77),
        ] {
            assert_eq!(since(before, torn, at(now)), at(expected), "{before:?} {torn}");
        }
    }
}
