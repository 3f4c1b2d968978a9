//! `deleteMessage` and `deleteMessages`: nothing older than 48 hours.

use serde_json::Value;

use super::target::Access;
use super::{Answer, Call};
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::rights::Right;
use crate::sandbox::world::{Chat, ChatType, Content, Message};

/// How long a bot may delete a message, in seconds.
const LIMIT_S: i64 = 48 * 60 * 60;

/// Most ids of one call.
const MAX_IDS: usize = 100;

pub(super) fn one(call: &mut Call<'_>) -> Answer {
    let chat_id = call.params.text("chat_id");
    if chat_id.is_empty() {
        return Err(bad("chat identifier is not specified"));
    }
    if call.params.message_id("message_id") == 0 {
        return Err(bad("message identifier is not specified"));
    }
    let (chat, message) = call.message(chat_id, Access::Write, "message to delete")?;
    call.check_may_delete(chat, message)?;
    let (chat, id) = (chat.id, message.id);
    call.world.delete(chat, id);
    Ok(true.into())
}

/// Unknown ids are skipped; one that can't be deleted fails all.
pub(super) fn many(call: &mut Call<'_>) -> Answer {
    let ids = message_ids(call.params.text("message_ids"))?;
    if ids.is_empty() {
        return Err(bad("message identifiers are not specified"));
    }
    let chat = call.chat(Access::Write)?;
    let found: Vec<&Message> = ids.iter().filter_map(|id| chat.messages.get(id)).collect();
    for message in &found {
        call.check_may_delete(chat, message)?;
    }
    let (chat, found) = (chat.id, found.into_iter().map(|m| m.id).collect::<Vec<_>>());
    for id in found {
        call.world.delete(chat, id);
    }
    Ok(true.into())
}

/// An array of message ids, at most 100.
pub(super) fn message_ids(text: &str) -> Result<Vec<i64>, Failure> {
    if text.is_empty() {
        return Err(bad("message identifiers are not specified"));
    }
    let value: Value = serde_json::from_str(text).map_err(|_| bad("can't parse message_ids JSON object"))?;
    let Value::Array(ids) = value else {
        return Err(bad("expected an Array of message identifiers"));
    };
    if ids.len() > MAX_IDS {
        return Err(bad("too many message identifiers specified"));
    }
    ids.iter().map(message_id).collect()
}

fn message_id(value: &Value) -> Result<i64, Failure> {
    let id = match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => return Err(bad("message identifier must be a Number")),
    };
    match id.filter(|id| i32::try_from(*id).is_ok()) {
        None => Err(bad("can't parse message identifier as a Number")),
        Some(id) if id <= 0 => Err(bad("invalid message identifier specified")),
        Some(id) => Ok(id),
    }
}

impl Call<'_> {
    fn check_may_delete(&self, chat: &Chat, message: &Message) -> Result<(), Failure> {
        let age = self.world.clock.now_s() - message.date;
        let is_own = message.is_by(self.bot);
        match chat.kind {
            ChatType::Private if age <= LIMIT_S => Ok(()),
            ChatType::Group if age <= LIMIT_S && (is_own || chat.can(Right::Delete)) => Ok(()),
            ChatType::Private | ChatType::Group => Err(bad("message can't be deleted for everyone")),
            ChatType::Channel | ChatType::Supergroup => {
                let is_lasting =
                    matches!(message.content, Content::ChatCreated | Content::TopicCreated { .. });
                let is_own = is_own && (!chat.is_channel() || chat.can(Right::Post));
                let allowed = chat.can(Right::Delete) || is_own;
                if age < LIMIT_S && !is_lasting && allowed {
                    Ok(())
                } else {
                    Err(bad("message can't be deleted"))
                }
            }
        }
    }
}
