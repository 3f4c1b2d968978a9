//! One call: intent, pace, call, outcome; again as the retry policy says.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::Mutex;

use super::{Ledger, Orders, Pace, Stop, retry};
use crate::ids::{ChatId, Digest, MessageId, Timestamp};
use crate::lock::{Intent, IntentVerb, What};
use crate::ports::{
    CallError, Clock, Edited, Outgoing, Platform, Refusal, RefusalKind, Sent, StateError, StateStore,
};

/// A lease is looked after at most so often.
const SHORTEST_NAP: Duration = Duration::from_secs(1);

/// What to ask the platform for.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Send(Outgoing),
    Edit(MessageId, Outgoing),
    Delete(MessageId),
    DeleteAll(Vec<MessageId>),
    Pin(MessageId, bool),
}

impl Op {
    /// How many messages of the chat it makes or changes, as Telegram's limits count.
    fn messages(&self) -> usize {
        match self {
            Self::Send(message) => message.payload.content.messages(),
            Self::Edit(..) | Self::Pin(..) => 1,
            Self::Delete(_) | Self::DeleteAll(_) => 0,
        }
    }
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// It took effect; the messages it made or touched.
    Done(Vec<Sent>),
    Refused(Refusal),
    /// A send nobody knows the fate of; it is in the lock's doubts now.
    InDoubt(String),
    /// Certainly or probably not done after all tries; nothing else will get through either.
    Down(String),
    /// The run was asked to end before the call was made.
    Stopped,
}

/// What a call needs around it.
#[derive(Debug)]
pub(super) struct Line<'a, P, S, C> {
    pub platform: &'a P,
    pub ledger: &'a Mutex<Ledger<S>>,
    pub pace: &'a Mutex<Pace>,
    pub clock: &'a C,
    pub orders: &'a Orders<'a>,
    pub chat: ChatId,
    /// What was read of messages before.
    pub shown: &'a BTreeMap<MessageId, Digest>,
}

impl<P: Platform + Sync, S: StateStore + Send, C: Clock + Sync> Line<'_, P, S, C> {
    /// Make the call that `intent` describes. `what` turns the messages of a success into the event to fold.
    pub(super) async fn call(
        &self,
        mut intent: Intent,
        mut op: Op,
        what: impl Fn(&Intent, &[Sent]) -> What,
    ) -> Result<End, StateError> {
        let (mut tries, mut appointments) = (0, 0);
        let mut wait = Duration::ZERO;
        loop {
            self.pause(wait).await?;
            self.wait_for_turn(&op).await?;
            if self.orders.stop.is_requested() {
                return Ok(End::Stopped);
            }
            intent.at = whole_seconds(self.clock.now().await);
            let id = self.ledger.lock().await.intend(&intent).await?;
            self.fence(&id).await?;
            let answer = self.perform(&op).await;
            let now = self.clock.now().await;
            self.pace.lock().await.answered(now, self.chat, op.messages());
            let error = match answer {
                Ok(messages) => {
                    let what = what(&intent, &messages);
                    self.ledger.lock().await.outcome(&id, &intent, what).await?;
                    return Ok(End::Done(messages));
                }
                Err(error) => error,
            };
            match &error {
                CallError::RetryAfter(_) => appointments += 1,
                _ => tries += 1,
            }
            let next = retry::next(&error, (intent.verb, self.late(&intent)), tries, appointments);
            let mut ledger = self.ledger.lock().await;
            match &error {
                CallError::Unknown(text) => ledger.unknown(&id, &intent, text.clone()).await?,
                certain => ledger.refused(&id, certain.to_string()).await?,
            }
            drop(ledger);
            if upload_instead(&error, &mut op, &mut intent) {
                wait = Duration::ZERO;
                continue;
            }
            match (next, error) {
                (retry::Next::Again(after), _) => wait = after,
                (retry::Next::InDoubt, error) => return Ok(End::InDoubt(error.to_string())),
                (retry::Next::Failed, CallError::Refused(refusal)) => return Ok(End::Refused(refusal)),
                (retry::Next::Failed, error) => return Ok(End::Down(error.to_string())),
            }
        }
    }

    /// How long a call like this one can still have its effect when nobody saw its end; nothing where that does no harm.
    fn late(&self, intent: &Intent) -> Duration {
        let edits = intent.verb == IntentVerb::Edit && self.orders.rules.edit_waits;
        let payload = intent.payload.as_ref().filter(|_| edits);
        payload.map_or(Duration::ZERO, |payload| self.orders.patience.of(payload).late)
    }

    async fn wait_for_turn(&self, op: &Op) -> Result<(), StateError> {
        let now = self.clock.now().await;
        let wait = self.pace.lock().await.reserve(now, self.chat, op.messages());
        rest(self.ledger, self.clock, self.orders.stop, (now, wait)).await
    }

    /// Wait, but not longer than the run may go on, and not without keeping its lease.
    async fn pause(&self, wait: Duration) -> Result<(), StateError> {
        let now = self.clock.now().await;
        rest(self.ledger, self.clock, self.orders.stop, (now, wait)).await
    }

    /// The last thing before a call: whoever may have taken our place must be sure that we don't make it.
    async fn fence(&self, id: &str) -> Result<(), StateError> {
        let mut ledger = self.ledger.lock().await;
        let may = ledger.tend().await;
        if may.is_err() {
            // The reason to end is the lease, whatever becomes of this note.
            let _ = ledger.not_attempted(id).await;
        }
        may.map(drop)
    }

    async fn perform(&self, op: &Op) -> Result<Vec<Sent>, CallError> {
        let touched = |id: &MessageId, files, shown| vec![Sent { id: *id, files, shown }];
        Ok(match op {
            Op::Send(message) => self.platform.send(message).await?,
            Op::Edit(id, message) => match self.platform.edit(*id, message).await? {
                Edited::Changed { files, shown } => touched(id, files, shown),
                // What was read of it before is what it is to show.
                Edited::AlreadySo => touched(id, Vec::new(), self.shown.get(id).cloned()),
            },
            Op::Delete(id) => {
                self.platform.delete(*id).await?;
                touched(id, Vec::new(), None)
            }
            Op::DeleteAll(ids) => {
                self.platform.delete_all(ids).await?;
                ids.iter().map(|id| Sent { id: *id, files: Vec::new(), shown: None }).collect()
            }
            Op::Pin(id, pinned) => {
                self.platform.set_pinned(*id, *pinned).await?;
                touched(id, Vec::new(), None)
            }
        })
    }
}

/// Wait for so long from that moment on, as long as nobody asks the run to end, and look after its lease meanwhile.
pub(super) async fn rest<S: StateStore, C: Clock + Sync>(
    ledger: &Mutex<Ledger<S>>,
    clock: &C,
    stop: &Stop,
    (from, wait): (Timestamp, Duration),
) -> Result<(), StateError> {
    let mut left = wait;
    while left > Duration::ZERO && !stop.is_requested() {
        let next = ledger.lock().await.tend().await?;
        let nap = next.map_or(left, |next| next.max(SHORTEST_NAP).min(left));
        left = left.saturating_sub(nap);
        let turn = from.checked_add(wait.saturating_sub(left)).unwrap_or(Timestamp::MAX);
        tokio::select! {
            () = clock.sleep_until(turn) => {}
            () = stop.requested() => {}
        }
    }
    Ok(())
}

/// The server does not know a file any more: certainly nothing was done, and the same call with the bytes will do.
fn upload_instead(error: &CallError, op: &mut Op, intent: &mut Intent) -> bool {
    let (Op::Send(message) | Op::Edit(_, message)) = op else { return false };
    let unknown = matches!(error, CallError::Refused(refusal) if refusal.kind == RefusalKind::UnknownFile);
    let uploads = unknown && message.payload.content.forget_files();
    if uploads {
        intent.payload = Some(message.payload.clone());
    }
    uploads
}

/// Telegram's own dates have whole seconds; so have those in the lock. Rounded down: never younger than it is.
fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
