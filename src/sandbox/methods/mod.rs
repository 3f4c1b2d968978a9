//! Bot API methods: parameters in, JSON or a failure out, checks in the server's order.
//!
//! The order: JSON and text of the parameters → the chat and the bot's access to it → topic and reply target →
//! the message in question → rights and shape → keyboard and text → what only the backend knows.

mod album;
mod caption;
mod delete;
mod edit;
mod edit_media;
mod forward;
mod info;
mod media;
mod pin;
mod reply;
mod send;
mod target;
mod topic;
mod updates;

pub(super) use info::rights_json;
use serde_json::Value;
pub(super) use target::resolve;

use super::failure::Failure;
use super::params::Params;
use super::world::World;

/// What a method answers: `result`, or why not.
pub(super) type Answer = Result<Value, Failure>;

/// One call of one bot.
pub(super) struct Call<'a> {
    pub world: &'a mut World,
    /// The bot's own user id.
    pub bot: i64,
    pub params: &'a Params,
}

/// A method: reads the parameters of a call and carries it out.
pub(super) type Method = fn(&mut Call<'_>) -> Answer;

impl Call<'_> {
    /// The last check before anything is sent or edited: the flood limits.
    fn spend(&mut self, chat: i64) -> Result<(), Failure> {
        self.spend_for(chat, 1)
    }

    /// As [`Self::spend`], for so many messages at once.
    fn spend_for(&mut self, chat: i64, messages: usize) -> Result<(), Failure> {
        let now = self.world.clock.now_ms();
        self.world.flood.spend(chat, now, messages)
    }
}

/// Every method the sandbox knows.
const METHODS: [(&str, Method); 31] = [
    ("copyMessage", forward::copy),
    ("copyMessages", forward::copy_many),
    ("createForumTopic", topic::create),
    ("deleteMessage", delete::one),
    ("deleteMessages", delete::many),
    ("deleteWebhook", updates::delete_webhook),
    ("editMessageCaption", edit_media::caption),
    ("editMessageMedia", edit_media::media),
    ("editMessageReplyMarkup", edit::reply_markup),
    ("editMessageText", edit::text),
    ("forwardMessage", forward::forward),
    ("forwardMessages", forward::forward_many),
    ("getChat", info::chat),
    ("getChatMember", info::chat_member),
    ("getFile", media::file),
    ("getMe", info::me),
    ("getUpdates", updates::get),
    ("getWebhookInfo", updates::webhook),
    ("pinChatMessage", pin::pin),
    ("sendAnimation", media::animation),
    ("sendAudio", media::audio),
    ("sendDocument", media::document),
    ("sendMediaGroup", album::send),
    ("sendMessage", send::message),
    ("sendPhoto", media::photo),
    ("sendRichMessage", send::rich_message),
    ("sendVideo", media::video),
    ("sendVoice", media::voice),
    ("setWebhook", updates::set_webhook),
    ("unpinAllChatMessages", pin::unpin_all),
    ("unpinChatMessage", pin::unpin),
];

fn entry(name: &str) -> Option<(&'static str, Method)> {
    METHODS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
}

/// The method of that name, in any capitals.
pub(super) fn find(name: &str) -> Option<Method> {
    entry(name).map(|(_, method)| method)
}

/// The name as the documentation spells it; unknown names as they are.
pub(super) fn proper_name(name: &str) -> &str {
    entry(name).map_or(name, |(known, _)| known)
}
