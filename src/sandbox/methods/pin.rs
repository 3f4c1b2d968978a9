//! `pinChatMessage`, `unpinChatMessage`, `unpinAllChatMessages`.

use super::target::Access;
use super::{Answer, Call};
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::rights::Right;
use crate::sandbox::world::{Author, Chat, ChatType, Message};

pub(super) fn pin(call: &mut Call<'_>) -> Answer {
    let (chat, message) = call.message(call.params.text("chat_id"), Access::Write, "message to pin")?;
    check_may_pin(chat, message)?;
    let (chat, id) = (chat.id, message.id);
    call.world.pin(chat, id, Author::Bot(call.bot));
    Ok(true.into())
}

/// Without an id the newest pin goes.
pub(super) fn unpin(call: &mut Call<'_>) -> Answer {
    let chat_id = call.params.text("chat_id");
    let (chat, message) = if call.params.message_id("message_id") == 0 {
        let chat = call.chat_of(chat_id, Access::Write)?;
        (chat, chat.newest_pin().ok_or_else(|| bad("message to unpin not found"))?)
    } else {
        call.message(chat_id, Access::Write, "message to unpin")?
    };
    check_may_pin(chat, message)?;
    let (chat, id) = (chat.id, message.id);
    call.world.unpin(chat, id);
    Ok(true.into())
}

pub(super) fn unpin_all(call: &mut Call<'_>) -> Answer {
    let chat = call.chat(Access::Write)?;
    check_rights(chat)?;
    let (chat, pinned) = (chat.id, chat.pinned.clone());
    for id in pinned {
        call.world.unpin(chat, id);
    }
    Ok(true.into())
}

fn check_may_pin(chat: &Chat, message: &Message) -> Result<(), Failure> {
    check_rights(chat)?;
    if message.content.is_service() {
        return Err(bad("service messages can't be pinned"));
    }
    Ok(())
}

fn check_rights(chat: &Chat) -> Result<(), Failure> {
    let may = match chat.kind {
        ChatType::Private => true,
        ChatType::Channel => chat.can(Right::Edit),
        ChatType::Group | ChatType::Supergroup => chat.can(Right::Pin),
    };
    if may { Ok(()) } else { Err(bad("not enough rights to manage pinned messages in the chat")) }
}
