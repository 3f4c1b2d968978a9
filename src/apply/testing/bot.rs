//! A bot in a chat in memory, as the seams see it.

use std::sync::{Arc, Mutex};

use super::chat::{Chat, Deed, Fault, Shown, gone};
use super::machine::{Fuse, Watch, guard};
use crate::ids::{ChatId, MessageId, Timestamp};
use crate::lock::{self, Content};
use crate::ports::{
    CallError, Clock, Description, Edited, Heard, HeardOf, Outgoing, Platform, Probe, Reading, Refusal,
    RefusalKind, Sent, Witness,
};

#[derive(Debug, Clone)]
pub(in crate::apply) struct Bot {
    pub(super) chat: Arc<Mutex<Chat>>,
    pub(super) clock: Watch,
    pub(super) fuse: Fuse,
}

impl Bot {
    /// One call: what it does, with its faults and its two moments to die.
    pub(super) async fn call<T>(
        &self,
        method: &'static str,
        (id, deed): (Option<MessageId>, Option<Deed>),
        act: impl FnOnce(&mut Chat, Timestamp) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let now = self.clock.now().await;
        self.fuse.burn().await;
        let result = {
            let mut chat = guard(&self.chat);
            chat.land(now);
            chat.calls.push(id.map_or_else(|| method.to_owned(), |id| format!("{method} {id}")));
            let meets = chat.faults.front().is_some_and(|(of, _)| *of == method || *of == "*");
            let fault = if meets { chat.faults.pop_front() } else { None };
            match fault.map(|(_, fault)| fault) {
                Some(Fault::Error(error)) => Err(error),
                Some(Fault::LostAnswer) => {
                    let _ = act(&mut chat, now);
                    Err(CallError::Unknown("the answer is lost".into()))
                }
                Some(Fault::Late(seconds)) => {
                    let at = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
                    chat.late.extend(deed.map(|deed| (at, deed)));
                    Err(CallError::Unknown("the connection is lost".into()))
                }
                None => act(&mut chat, now),
            }
        };
        self.fuse.burn().await;
        result
    }
}

impl Platform for Bot {
    async fn describe(&self) -> Result<Description, CallError> {
        Err(CallError::Unreachable("nobody asks here".into()))
    }

    async fn send(&self, message: &Outgoing) -> Result<Vec<Sent>, CallError> {
        self.call("send", (None, Some(Deed::Send(message.clone()))), |chat, sent| chat.send(message, sent))
            .await
    }

    async fn edit(&self, id: MessageId, message: &Outgoing) -> Result<Edited, CallError> {
        let caption = matches!(message.payload.content, Content::Caption { .. });
        let method = if caption { "caption" } else { "edit" };
        let deed = Deed::Edit(id, message.clone());
        self.call(method, (Some(id), Some(deed)), |chat, _| chat.edit(id, message)).await
    }

    async fn delete(&self, id: MessageId) -> Result<(), CallError> {
        let refusal = Refusal { kind: RefusalKind::NotDeletable, text: "message can't be deleted".into() };
        self.call("delete", (Some(id), None), |chat, now| {
            let too_old =
                |shown: &Shown| now.duration_since(shown.sent) >= jiff::SignedDuration::from_hours(48);
            if chat.messages.get(&id).is_some_and(too_old) {
                return Err(CallError::Refused(refusal));
            }
            chat.messages.remove(&id);
            Ok(())
        })
        .await
    }

    async fn set_pinned(&self, id: MessageId, pinned: bool) -> Result<(), CallError> {
        self.call(if pinned { "pin" } else { "unpin" }, (Some(id), None), |chat, _| {
            chat.messages.get_mut(&id).ok_or_else(gone)?.pinned = pinned;
            Ok(())
        })
        .await
    }
}

impl Witness for Bot {
    async fn probe(&self, id: MessageId) -> Result<Probe, CallError> {
        self.call("probe", (Some(id), None), |chat, _| Ok(chat.probed(id))).await
    }

    async fn read(&self, id: MessageId, _: ChatId) -> Result<Reading, CallError> {
        self.call("read", (Some(id), None), |chat, _| Ok(chat.reading(id))).await
    }

    async fn hear(&self, from: Option<i64>) -> Result<Vec<Heard>, CallError> {
        self.call("hear", (None, None), |chat, _| {
            chat.updates.retain(|(update, _)| from.is_none_or(|from| *update >= from));
            let told = |(update, id): &(i64, MessageId)| Heard {
                update: *update,
                chat: ChatId(-1_001_000_000_001),
                what: HeardOf::Post(*id),
            };
            Ok(chat.updates.iter().take(2).map(told).collect())
        })
        .await
    }

    async fn mark(&self, unlike: lock::Kind) -> Result<MessageId, CallError> {
        self.call("mark", (None, None), |chat, now| {
            chat.refuse_marker()?;
            Ok(chat.marker(unlike, now))
        })
        .await
    }

    async fn quote(
        &self,
        id: MessageId,
        unlike: lock::Kind,
    ) -> Result<(Option<MessageId>, Reading), CallError> {
        self.call("quote", (Some(id), None), |chat, now| {
            chat.refuse_marker()?;
            let reading = chat.reading(id);
            let sent = (reading != Reading::Missing).then(|| chat.marker(unlike, now));
            Ok((sent, reading))
        })
        .await
    }
}
