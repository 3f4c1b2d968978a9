//! `forwardMessage` and `copyMessage`.

use serde_json::json;

use super::send::{Options, check_may_send, name_of};
use super::target::Access;
use super::{Answer, Call};
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::markup::Keyboard;
use crate::sandbox::world::{Draft, Message};

pub(super) fn forward(call: &mut Call<'_>) -> Answer {
    let (from, message) = call.original("message to forward")?;
    let (reply, markup, is_protected) = Options::read(call.params)?.into_parts();
    let (chat, draft) = call.draft(reply, is_protected)?;
    markup.check_for_sending(chat.kind)?;
    check_may_send(chat, name_of(&message.content))?;
    if message.content.is_service() || message.is_protected {
        return Err(bad("the message can't be forwarded"));
    }
    let draft = Draft {
        content: message.content.clone(),
        keyboard: message.keyboard.clone().filter(Keyboard::survives_forward),
        origin: Some(call.world.origin_of(from, message)),
        // A forwarded message is no answer.
        reply: None,
        ..draft
    };
    let chat = chat.id;
    call.spend(chat)?;
    let id = call.world.send(chat, draft);
    Ok(call.world.message_json(chat, id))
}

/// A copy has no link to its original and only the keyboard given with the call. Bots may copy protected messages.
pub(super) fn copy(call: &mut Call<'_>) -> Answer {
    let (_, message) = call.original("message to copy")?;
    let (reply, markup, is_protected) = Options::read(call.params)?.into_parts();
    let (chat, draft) = call.draft(reply, is_protected)?;
    let (keyboard, has_reply_keyboard) = markup.check_for_sending(chat.kind)?;
    check_may_send(chat, name_of(&message.content))?;
    if message.content.is_service() {
        return Err(bad("the message can't be copied"));
    }
    if let Some(keyboard) = &keyboard {
        keyboard.check_by_backend(chat.kind)?;
    }
    let draft = Draft { content: message.content.clone(), keyboard, has_reply_keyboard, ..draft };
    let chat = chat.id;
    call.spend(chat)?;
    let id = call.world.send(chat, draft);
    Ok(json!({"message_id": id}))
}

impl Call<'_> {
    /// The message of `from_chat_id`, and that chat's id.
    fn original(&self, what: &str) -> Result<(i64, &Message), Failure> {
        let from = self.params.required("from_chat_id")?;
        let (chat, message) = self.message(from, Access::Read, what)?;
        Ok((chat.id, message))
    }
}
