//! `editMessageText` and `editMessageReplyMarkup`: each replaces all that it touches.

use super::send::{link_preview, read_text};
use super::target::Access;
use super::{Answer, Call};
use crate::sandbox::entities::{Finish, TEXT_LIMIT};
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::markup::{Keyboard, Markup};
use crate::sandbox::rich;
use crate::sandbox::rights::Right;
use crate::sandbox::world::{Chat, ChatType, Content, Message, PERSON};

const NOT_MODIFIED: &str = "message is not modified: specified new message content and reply markup are exactly the \
                            same as a current content and reply markup of the message";

/// Replaces text or a rich message by either of them. What the server answers to both at once, or to neither, is only
/// known for text, which is missing then.
pub(super) fn text(call: &mut Call<'_>) -> Answer {
    match rich::Input::read(call.request())? {
        None => to_text(call),
        Some(_) if !call.params.text("text").is_empty() => {
            Err(bad("exactly one of `text` and `rich_message` must be specified"))
        }
        Some(input) => to_rich(call, input),
    }
}

fn to_rich(call: &mut Call<'_>, input: rich::Input) -> Answer {
    let markup = Markup::read(call.params)?;
    let (chat, message) = call.message_to_edit()?;
    if !message.content.is_textual() {
        return Err(bad("there is no text in the message to edit"));
    }
    let keyboard = markup.check_for_editing(chat.kind)?;
    let message = input.finish(call.place(chat))?;
    call.edit(Content::Rich(message), keyboard)
}

fn to_text(call: &mut Call<'_>) -> Answer {
    let preview = link_preview(call.params)?;
    let text = read_text(call.params)?;
    let markup = Markup::read(call.params)?;
    let (chat, message) = call.message_to_edit()?;
    if !message.content.is_textual() {
        return Err(bad("there is no text in the message to edit"));
    }
    let keyboard = markup.check_for_editing(chat.kind)?;
    let rules = Finish { limit: TEXT_LIMIT, allow_empty: false, detect: true };
    let text = text.knowing(&[PERSON, call.bot]).fix(rules).map_err(bad)?;
    // An edit is measured by the backend, in its own words.
    if text.text.chars().count() > TEXT_LIMIT {
        return Err(bad("MESSAGE_TOO_LONG"));
    }
    let content = Content::Text { text: text.into_received(true), preview };
    call.edit(content, keyboard)
}

pub(super) fn reply_markup(call: &mut Call<'_>) -> Answer {
    let markup = Markup::read(call.params)?;
    let (chat, message) = call.message_to_edit()?;
    let keyboard = markup.check_for_editing(chat.kind)?;
    let content = message.content.clone();
    call.edit(content, keyboard)
}

impl Call<'_> {
    /// The message of an edit, if this bot may edit it.
    pub(super) fn message_to_edit(&self) -> Result<(&Chat, &Message), Failure> {
        let (chat, message) = self.message_named_for_edit()?;
        if self.may_edit(chat, message) { Ok((chat, message)) } else { Err(bad("message can't be edited")) }
    }

    /// The message of an edit.
    pub(super) fn message_named_for_edit(&self) -> Result<(&Chat, &Message), Failure> {
        let chat_id = self.params.text("chat_id");
        if chat_id.is_empty() && self.params.message_id("message_id") == 0 {
            let is_inline = !self.params.text("inline_message_id").is_empty();
            return Err(bad(if is_inline {
                "MESSAGE_ID_INVALID"
            } else {
                "message identifier is not specified"
            }));
        }
        self.message(chat_id, Access::Edit, "message to edit")
    }

    /// A bot edits its own messages for ever; other administrators' posts need the right.
    pub(super) fn may_edit(&self, chat: &Chat, message: &Message) -> bool {
        if message.content.is_service() || message.origin.is_some() || message.has_reply_keyboard {
            return false;
        }
        let is_own = message.is_by(self.bot);
        match chat.kind {
            ChatType::Channel => chat.can(Right::Edit) || (chat.can(Right::Post) && is_own),
            _ => is_own,
        }
    }

    fn edit(&mut self, content: Content, keyboard: Option<Keyboard>) -> Answer {
        self.replace(content, keyboard, false)
    }

    /// Puts content and keyboard in the place of what is there. `is_new`: the content is another, however alike.
    pub(super) fn replace(&mut self, content: Content, keyboard: Option<Keyboard>, is_new: bool) -> Answer {
        let (chat, message) = self.message_to_edit()?;
        let (chat_id, id) = (chat.id, message.id);
        if let Some(keyboard) = &keyboard {
            keyboard.check_by_backend(chat.kind)?;
        }
        let is_same = !is_new && message.content == content && message.keyboard == keyboard;
        self.spend(chat_id)?;
        if is_same {
            return Err(bad(NOT_MODIFIED));
        }
        self.world.edit(chat_id, id, content, keyboard);
        Ok(self.world.message_json(chat_id, id))
    }
}
