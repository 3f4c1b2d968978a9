//! A journal that is gone took with it what was under way: everything that is to be sent may have been sent.

use super::Ledger;
use super::step::is_followed;
use crate::ids::{ChatRef, MessageId, Timestamp};
use crate::lock::{KnownFiles, Lock, Pending, What};
use crate::plan::{Change, ChatLinks, LockPlaces, Step, TargetPlan, Verb};
use crate::ports::{StateError, StateStore};

/// Put every send that is planned in doubt.
pub async fn suspect<S: StateStore>(
    ledger: &mut Ledger<S>,
    plan: &TargetPlan,
    chat: Option<&ChatRef>,
    now: Timestamp,
) -> Result<(), StateError> {
    let mut pending = sends(ledger.lock(), plan, chat);
    for one in &mut pending {
        one.id = ledger.new_id(now);
    }
    let doubts = pending.into_iter().map(|pending| What::InDoubt { pending: Box::new(pending) });
    ledger.facts(now, &plan.target, doubts).await
}

fn sends(lock: &Lock, plan: &TargetPlan, chat: Option<&ChatRef>) -> Vec<Pending> {
    let own = lock.target(&plan.target);
    let (links, files) = (ChatLinks::of(chat, own.chat), KnownFiles::of(lock, own.bot));
    let places = LockPlaces { lock: &own, links: &links, files: &files };
    let after = own.chat.map_or(MessageId(0), |chat| lock.top(chat));
    let at = own.known_at(after).unwrap_or(Timestamp::UNIX_EPOCH);
    let steps = plan.due().flat_map(|change| change.steps.iter().map(move |step| (change, step)));
    let pending = |(change, step): (&Change, &Step)| {
        let Step::Send { part, message } = step else { return None };
        let mut filled = message.fill(&places);
        filled.record.more = is_followed(change, *part);
        let resent = own.posts.get(&change.slug).filter(|_| change.verb == Verb::Resend && *part == 0);
        Some(Pending {
            after,
            at,
            blob: filled.record.blob.clone(),
            id: String::new(),
            left: resent
                .map(|post| post.parts.iter().flat_map(|part| part.ids.clone()).collect())
                .unwrap_or_default(),
            part: *part,
            payload: filled.payload,
            slug: change.slug.clone(),
            topic: filled.topic,
            record: filled.record,
            completes: None,
        })
    };
    steps.filter_map(pending).collect()
}
