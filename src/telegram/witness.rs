//! What can be learned of a chat without changing a message of it (Bot API 10.3, checked 2026-11-21). No method reads a
//! message: what there is to know comes from refusals, from copies in another chat, and from updates.

use serde::Deserialize;
use serde_json::Value;

use super::method::{self, Request};
use super::sent::{self, Told};
use super::{Answer, BotApi, reply, shown};
use crate::ids::{ChatId, ChatRef, MessageId, Timestamp};
use crate::lock;
use crate::ports::{
    CallError, Heard, HeardOf, Platform as _, Probe, Reading, Refusal, RefusalKind, Seen, Witness,
};

/// What an edit to a blank text is refused with, in the order in which the server looks: at the message, at whose it is,
/// at what it holds, and only then at the text.
const PROBED: [(&str, Probe); 5] = [
    ("message to edit not found", Probe::Missing),
    ("message not found", Probe::Missing),
    ("message can't be edited", Probe::Locked),
    ("there is no text in the message to edit", Probe::There { holds_text: false }),
    ("text must be non-empty", Probe::There { holds_text: true }),
];

/// Why a message can't be forwarded or copied: protected content, service messages, and what only its sender has.
const CLOSED: [&str; 3] =
    ["message can't be forwarded", "message can't be copied", "message has protected content"];

/// Fields of a `Message` that make it a service message, as far as channels and groups have them.
const SERVICE: [&str; 22] = [
    "new_chat_members",
    "left_chat_member",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "pinned_message",
    "boost_added",
    "chat_background_set",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "giveaway_created",
];

/// A `MessageId`.
#[derive(Deserialize)]
struct Copied {
    message_id: MessageId,
}

impl Witness for BotApi {
    async fn probe(&self, id: MessageId) -> Result<Probe, CallError> {
        match self.call(&method::probe(&self.chat, id)).await {
            Ok(_) => Ok(Probe::Opaque("the server took a blank text".to_owned())),
            Err(CallError::Refused(no)) if !ends_all(no.kind) => Ok(probed(&no)),
            Err(error) => Err(error),
        }
    }

    async fn read(&self, id: MessageId, scratch: ChatId) -> Result<Reading, CallError> {
        if self.chat == ChatRef::Id(scratch) {
            let text = "the scratch chat is the chat itself".to_owned();
            return Err(CallError::Refused(Refusal { kind: RefusalKind::Other, text }));
        }
        match self.message(method::forward(scratch, &self.chat, id)).await {
            Ok(message) => {
                let reading = seen(&message, false);
                self.discard(scratch, &message).await;
                Ok(reading)
            }
            Err(CallError::Refused(no)) if no.kind == RefusalKind::Gone => Ok(Reading::Missing),
            Err(CallError::Refused(no)) if is_closed(&no) => self.read_copy(id, scratch).await,
            Err(error) => Err(error),
        }
    }

    async fn hear(&self, from: Option<i64>) -> Result<Vec<Heard>, CallError> {
        let updates: Vec<Value> = self.ask(method::get_updates(from)).await?;
        Ok(updates.iter().filter_map(heard).collect())
    }

    async fn mark(&self, unlike: lock::Kind) -> Result<MessageId, CallError> {
        Ok(self.marked(&method::mark(&self.chat, unlike)).await?.0)
    }

    async fn quote(
        &self,
        id: MessageId,
        unlike: lock::Kind,
    ) -> Result<(Option<MessageId>, Reading), CallError> {
        match self.marked(&method::quote(&self.chat, id, unlike)).await {
            Ok((marker, message)) => {
                let quoted = message.get("reply_to_message");
                let nothing = || Reading::Unreadable("the answer does not show what it answers".to_owned());
                Ok((Some(marker), quoted.map_or_else(nothing, in_its_place)))
            }
            Err(CallError::Refused(no)) if is_not_there(&no) => Ok((None, Reading::Missing)),
            Err(error) => Err(error),
        }
    }
}

impl BotApi {
    /// A marker that was sent: its id, and all of it.
    async fn marked(&self, request: &Request) -> Result<(MessageId, Value), CallError> {
        let unknown = |text: &str| Err(CallError::Unknown(text.to_owned()));
        let Answer::Done(answer) = self.call(request).await? else {
            return unknown("the server says that nothing had to be sent");
        };
        match sent::message(&answer.body) {
            Told::Known(messages) if messages.len() == 1 => {
                Ok((messages[0].id, reply::result(&answer.body).unwrap_or_default()))
            }
            _ => unknown("sent, but the id can't be read from the answer"),
        }
    }

    async fn message(&self, request: Request) -> Result<Value, CallError> {
        self.ask(request).await
    }

    /// Bots may copy what can't be forwarded. The copy tells neither where it came from nor when that was sent.
    async fn read_copy(&self, id: MessageId, scratch: ChatId) -> Result<Reading, CallError> {
        let copy: Copied = match self.ask(method::copy(scratch, &self.chat, id)).await {
            Ok(copy) => copy,
            Err(CallError::Refused(no)) if no.kind == RefusalKind::Gone => return Ok(Reading::Missing),
            Err(CallError::Refused(no)) if is_closed(&no) => return Ok(Reading::Unreadable(no.text)),
            Err(error) => return Err(error),
        };
        let message = self.message(method::label(scratch, copy.message_id)).await;
        self.remove(scratch, copy.message_id).await;
        Ok(seen(&message?, true))
    }

    /// What can't be deleted is left behind: nobody minds.
    async fn discard(&self, scratch: ChatId, message: &Value) {
        let id = message.get("message_id").and_then(Value::as_i64).and_then(|id| i32::try_from(id).ok());
        if let Some(id) = id {
            self.remove(scratch, MessageId(id)).await;
        }
    }

    async fn remove(&self, scratch: ChatId, id: MessageId) {
        let there = self.clone().bind(scratch);
        if let Err(error) = there.delete(id).await {
            tracing::warn!(chat = %scratch, message = %id, %error, "a copy stays in the scratch chat");
        }
    }
}

/// Refusals that tell of the chat, the token or the server instead of one message.
fn ends_all(kind: RefusalKind) -> bool {
    matches!(kind, RefusalKind::Access | RefusalKind::Moved(_) | RefusalKind::TooOld)
}

fn probed(no: &Refusal) -> Probe {
    let words = no.text.to_lowercase();
    let known = PROBED.into_iter().find(|(piece, _)| words.contains(piece));
    known.map_or_else(|| Probe::Opaque(no.text.clone()), |(_, probe)| probe)
}

fn is_closed(no: &Refusal) -> bool {
    let words = no.text.to_lowercase();
    CLOSED.iter().any(|piece| words.contains(piece))
}

/// A message in the scratch chat → what it was made of.
fn seen(message: &Value, copied: bool) -> Reading {
    let Some(shown) = shown::digest(message, copied) else {
        return Reading::Unreadable("it holds nothing that this program knows".to_owned());
    };
    let origin = message.get("forward_origin").filter(|_| !copied);
    let date = origin.and_then(|origin| origin.get("date")).and_then(Value::as_i64);
    Reading::Seen(Box::new(Seen {
        kind: shown::kind(message),
        text: shown::text(message),
        file: shown::unique(message),
        date: date.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        origin: origin.and_then(post_of),
        shown,
        copied,
    }))
}

/// A message where it was sent; its origin is that of a forward, if it is one.
fn in_its_place(message: &Value) -> Reading {
    let date = message.get("date").and_then(Value::as_i64);
    let date = date.and_then(|seconds| Timestamp::from_second(seconds).ok());
    match seen(message, false) {
        Reading::Seen(seen) => Reading::Seen(Box::new(Seen { date, ..*seen })),
        other => other,
    }
}

/// What an answer to a message that is not there is refused with.
fn is_not_there(no: &Refusal) -> bool {
    no.text.to_lowercase().contains("message to be replied not found")
}

/// The post of a channel that a `MessageOriginChannel` names.
fn post_of(origin: &Value) -> Option<(ChatId, MessageId)> {
    let chat = origin.get("chat")?.get("id")?.as_i64()?;
    Some((ChatId(chat), id_of(origin)?))
}

fn id_of(message: &Value) -> Option<MessageId> {
    let id = message.get("message_id")?.as_i64()?;
    i32::try_from(id).ok().filter(|id| *id > 0).map(MessageId)
}

/// An `Update`; `None`: it has no id, so it can't be forgotten either.
fn heard(update: &Value) -> Option<Heard> {
    let number = update.get("update_id")?.as_i64()?;
    let told = |names: [&str; 2]| names.into_iter().find_map(|name| update.get(name));
    let (message, is_edit) = match told(["message", "channel_post"]) {
        Some(message) => (Some(message), false),
        None => (told(["edited_message", "edited_channel_post"]), true),
    };
    let chat = message.and_then(|message| message.get("chat")?.get("id")?.as_i64()).unwrap_or_default();
    let what = message.and_then(|message| heard_of(message, is_edit)).unwrap_or(HeardOf::Other);
    Some(Heard { update: number, chat: ChatId(chat), what })
}

fn heard_of(message: &Value, is_edit: bool) -> Option<HeardOf> {
    let id = id_of(message)?;
    if SERVICE.iter().any(|name| message.get(*name).is_some()) {
        return Some(HeardOf::Service(id));
    }
    if is_automatic(message) {
        let (channel, id) = post_of(message.get("forward_origin")?)?;
        return Some(HeardOf::Receipt { channel, id });
    }
    Some(if is_edit { HeardOf::Edit(id) } else { HeardOf::Post(id) })
}

fn is_automatic(message: &Value) -> bool {
    message.get("is_automatic_forward").and_then(Value::as_bool).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CHANNEL: ChatId = ChatId(-1001);
    const GROUP: ChatId = ChatId(-1002);

    #[test]
    fn words_of_a_refused_probe() {
        let cases = [
            ("Bad Request: message to edit not found", Probe::Missing),
            ("Bad Request: message can't be edited", Probe::Locked),
            ("Bad Request: there is no text in the message to edit", Probe::There { holds_text: false }),
            ("Bad Request: text must be non-empty", Probe::There { holds_text: true }),
            // Said of the call, before the message was looked for.
            (
                "Bad Request: message text is empty",
                Probe::Opaque("Bad Request: message text is empty".to_owned()),
            ),
            ("Bad Request: MESSAGE_ID_INVALID", Probe::Opaque("Bad Request: MESSAGE_ID_INVALID".to_owned())),
        ];
        for (text, expected) in cases {
            let no = Refusal { kind: RefusalKind::Other, text: text.to_owned() };
            assert_eq!(probed(&no), expected, "{text}");
        }
    }

    #[test]
    fn updates_of_every_kind() {
        let message = |chat: ChatId| json!({ "message_id": 7, "chat": { "id": chat }, "text": "hi" });
        let with = |chat: ChatId, name: &str, value: Value| {
            let mut message = message(chat);
            message[name] = value;
            message
        };
        let origin = json!({ "type": "channel", "chat": { "id": CHANNEL }, "message_id": 9, "date": 1 });
        let mut receipt = with(GROUP, "forward_origin", origin.clone());
        receipt["is_automatic_forward"] = true.into();
        let own = HeardOf::Receipt { channel: CHANNEL, id: MessageId(9) };
        let seven = MessageId(7);
        let cases = [
            ("channel_post", message(CHANNEL), CHANNEL, HeardOf::Post(seven)),
            ("edited_channel_post", message(CHANNEL), CHANNEL, HeardOf::Edit(seven)),
            ("message", message(GROUP), GROUP, HeardOf::Post(seven)),
            ("edited_message", message(GROUP), GROUP, HeardOf::Edit(seven)),
            ("message", receipt.clone(), GROUP, own),
            ("edited_message", receipt, GROUP, own),
            // Forwarded by a person.
            ("message", with(GROUP, "forward_origin", origin), GROUP, HeardOf::Post(seven)),
            ("channel_post", with(CHANNEL, "pinned_message", json!({})), CHANNEL, HeardOf::Service(seven)),
            ("channel_post", with(CHANNEL, "message_id", json!("x")), CHANNEL, HeardOf::Other),
            ("poll", json!({ "id": "3" }), ChatId(0), HeardOf::Other),
        ];
        for (kind, body, chat, what) in cases {
            let update = json!({ "update_id": 5, kind: body });
            assert_eq!(heard(&update), Some(Heard { update: 5, chat, what }), "{update}");
        }
        assert_eq!(heard(&json!({ "message": message(GROUP) })), None);
    }
}
