//! One call: intent, pace, call, outcome; again as the retry policy says.

use std::time::Duration;

use tokio::sync::Mutex;

use super::{Ledger, Pace, Stop, retry};
use crate::ids::{ChatId, MessageId, Timestamp};
use crate::lock::{Intent, What};
use crate::ports::{
    CallError, Clock, Edited, Outgoing, Platform, Refusal, RefusalKind, Sent, StateError, StateStore,
};

/// What to ask the platform for.
#[derive(Debug, Clone)]
pub(super) enum Op {
    Send(Outgoing),
    Edit(MessageId, Outgoing),
    Delete(MessageId),
    Pin(MessageId, bool),
}

impl Op {
    /// How many messages of the chat it makes or changes, as Telegram's limits count.
    fn messages(&self) -> usize {
        match self {
            Self::Send(message) => message.payload.content.messages(),
            Self::Edit(..) | Self::Pin(..) => 1,
            Self::Delete(_) => 0,
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
    pub stop: &'a Stop,
    pub chat: ChatId,
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
            self.pause(wait).await;
            self.wait_for_turn(&op).await;
            if self.stop.is_requested() {
                return Ok(End::Stopped);
            }
            intent.at = whole_seconds(self.clock.now().await);
            let id = self.ledger.lock().await.intend(&intent).await?;
            let error = match self.perform(&op).await {
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
            let next = retry::next(&error, intent.verb, tries, appointments);
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

    async fn wait_for_turn(&self, op: &Op) {
        let now = self.clock.now().await;
        let wait = self.pace.lock().await.reserve(now, self.chat, op.messages());
        self.pause(wait).await;
    }

    /// Wait, but not longer than the run may go on.
    async fn pause(&self, wait: Duration) {
        if wait > Duration::ZERO && !self.stop.is_requested() {
            tokio::select! {
                () = self.clock.sleep(wait) => {}
                () = self.stop.requested() => {}
            }
        }
    }

    async fn perform(&self, op: &Op) -> Result<Vec<Sent>, CallError> {
        let touched = |id: &MessageId, files| vec![Sent { id: *id, files }];
        Ok(match op {
            Op::Send(message) => self.platform.send(message).await?,
            Op::Edit(id, message) => match self.platform.edit(*id, message).await? {
                Edited::Changed(files) => touched(id, files),
                Edited::AlreadySo => touched(id, Vec::new()),
            },
            Op::Delete(id) => {
                self.platform.delete(*id).await?;
                touched(id, Vec::new())
            }
            Op::Pin(id, pinned) => {
                self.platform.set_pinned(*id, *pinned).await?;
                touched(id, Vec::new())
            }
        })
    }
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
