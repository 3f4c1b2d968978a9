//! `sendMessage` and `sendRichMessage`, and what every sending method shares.

use serde_json::Value;

use super::reply::Wanted;
use super::target::Access;
use super::{Answer, Call};
use crate::sandbox::entities::{self, Finish, Formatted, Raw, TEXT_LIMIT};
use crate::sandbox::failure::{Failure, bad};
use crate::sandbox::markup::Markup;
use crate::sandbox::params::{Fields, Params};
use crate::sandbox::rich;
use crate::sandbox::rights::Right;
use crate::sandbox::world::{Author, Chat, Content, Draft, LinkPreview, Membership, PERSON};

/// What the server calls the kinds of content when the right to send them is missing.
const TEXT: &str = "text messages";
const RICH: &str = "the rich message";

/// What all sending methods take beside their content: well-formed, nothing looked up.
pub(super) struct Options {
    reply: Wanted,
    pub(super) markup: Markup,
    pub(super) is_protected: bool,
}

impl Options {
    pub(super) fn read(params: &Params) -> Result<Self, Failure> {
        let reply = Wanted::read(params)?;
        let markup = Markup::read(params)?;
        Ok(Self { reply, markup, is_protected: params.flag("protect_content") })
    }
}

pub(super) fn message(call: &mut Call<'_>) -> Answer {
    let preview = link_preview(call.params)?;
    let text = read_text(call.params)?;
    let options = Options::read(call.params)?;
    let (chat, draft) = call.draft(options.reply, options.is_protected)?;
    check_may_send(chat, TEXT)?;
    let (keyboard, has_reply_keyboard) = options.markup.check_for_sending(chat.kind)?;
    let text = finish_text(text, call.bot)?;
    if let Some(keyboard) = &keyboard {
        keyboard.check_by_backend(chat.kind)?;
    }
    let chat = chat.id;
    call.spend(chat)?;
    let content = Content::Text { text, preview };
    let id = call.world.send(chat, Draft { content, keyboard, has_reply_keyboard, ..draft });
    Ok(call.world.message_json(chat, id))
}

/// Accepts what is documented for Bot API 10.3. Business connections, direct messages, effects, paid broadcasts and
/// suggested posts are beyond the sandbox; their parameters change nothing.
pub(super) fn rich_message(call: &mut Call<'_>) -> Answer {
    let input = rich::Input::read(call.request())?.ok_or_else(|| bad(rich::NOTHING))?;
    let options = Options::read(call.params)?;
    let (chat, draft) = call.draft(options.reply, options.is_protected)?;
    check_may_send(chat, RICH)?;
    let (keyboard, has_reply_keyboard) = options.markup.check_for_sending(chat.kind)?;
    let message = input.finish(call.place(chat))?;
    if let Some(keyboard) = &keyboard {
        keyboard.check_by_backend(chat.kind)?;
    }
    let chat = chat.id;
    call.spend(chat)?;
    let content = Content::Rich(message);
    let id = call.world.send(chat, Draft { content, keyboard, has_reply_keyboard, ..draft });
    Ok(call.world.message_json(chat, id))
}

impl Call<'_> {
    /// What files of a rich message are looked up in.
    pub(super) fn request(&self) -> rich::Request<'_> {
        rich::Request { params: self.params, files: &self.world.files, bot: self.bot }
    }

    /// What the content of a rich message depends on.
    pub(super) fn place(&self, chat: &Chat) -> rich::Place {
        rich::Place { kind: chat.kind, now_s: self.world.clock.now_s(), known: [PERSON, self.bot] }
    }

    /// The chat to send to, and a draft that knows its topic and what it answers. Its content is filled in later.
    pub(super) fn draft(&self, wanted: Wanted, is_protected: bool) -> Result<(&Chat, Draft), Failure> {
        let chat = self.chat(Access::Write)?;
        let thread = self.thread(chat)?;
        let reply = self.reply(chat, wanted)?;
        // An answer without a topic goes to the topic of what it answers.
        let target =
            reply.as_ref().filter(|r| r.chat_id.is_none()).and_then(|r| chat.messages.get(&r.message_id));
        let thread = thread.or(target.and_then(|m| m.thread));
        let draft = Draft::new(Author::Bot(self.bot), Content::ChatCreated);
        Ok((chat, Draft { thread, reply, is_protected, ..draft }))
    }
}

impl Options {
    /// Splits off what must be looked up in the chat.
    pub(super) fn into_parts(self) -> (Wanted, Markup, bool) {
        (self.reply, self.markup, self.is_protected)
    }
}

/// What the right to forward or copy a message is called by.
pub(super) fn name_of(content: &Content) -> &'static str {
    match content {
        Content::Rich(_) => RICH,
        Content::Media(medium) => medium.asset.kind.right(),
        _ => TEXT,
    }
}

/// The right to send something like `content` there.
pub(super) fn check_may_send(chat: &Chat, content: &str) -> Result<(), Failure> {
    if chat.membership == Membership::Restricted {
        return Err(bad(format!("not enough rights to send {content} to the chat")));
    }
    if chat.is_channel() && !chat.can(Right::Post) {
        return Err(bad("need administrator rights in the channel chat"));
    }
    Ok(())
}

/// `text` with its `parse_mode` or `entities`.
pub(super) fn read_text(params: &Params) -> Result<Raw, Failure> {
    let text = params.text("text");
    if text.is_empty() {
        return Err(bad("message text is empty"));
    }
    let entities = serde_json::from_str(params.text("entities")).ok();
    entities::read(text, params.text("parse_mode"), entities.as_ref()).map_err(bad)
}

/// The text of a message to be sent.
fn finish_text(raw: Raw, bot: i64) -> Result<Formatted, Failure> {
    raw.knowing(&[PERSON, bot])
        .finish(Finish { limit: TEXT_LIMIT, allow_empty: false, detect: true })
        .map_err(bad)
}

/// `link_preview_options`, or the older `disable_web_page_preview`.
pub(super) fn link_preview(params: &Params) -> Result<LinkPreview, Failure> {
    let Some(value) = params.json("link_preview_options", "link preview options")? else {
        let is_disabled = params.flag("disable_web_page_preview");
        return Ok(LinkPreview { is_disabled, ..LinkPreview::default() });
    };
    let Value::Object(object) = &value else {
        return Err(bad("object expected as link preview options"));
    };
    let read = |fields: &Fields<'_>| -> Result<LinkPreview, String> {
        Ok(LinkPreview {
            is_disabled: fields.flag("is_disabled")?,
            url: fields.text("url")?,
            prefer_small_media: fields.flag("prefer_small_media")?,
            prefer_large_media: fields.flag("prefer_large_media")?,
            show_above_text: fields.flag("show_above_text")?,
        })
    };
    let preview = read(&Fields(object)).map_err(bad)?;
    // A disabled preview has no other property.
    Ok(if preview.is_disabled {
        LinkPreview { is_disabled: true, ..LinkPreview::default() }
    } else {
        preview
    })
}
