//! Bot API methods: parameters in, JSON or a failure out, checks in the server's order.
//!
//! The order: JSON and text of the parameters → the chat and the bot's access to it → topic and reply target →
//! the message in question → rights and shape → keyboard and text → what only the backend knows.

mod delete;
mod edit;
mod forward;
mod info;
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
        let now = self.world.clock.now_ms();
        self.world.flood.spend(chat, now)
    }
}

/// Every method the sandbox knows.
const METHODS: [(&str, Method); 18] = [
    ("copyMessage", forward::copy),
    ("createForumTopic", topic::create),
    ("deleteMessage", delete::one),
    ("deleteMessages", delete::many),
    ("deleteWebhook", info::delete_webhook),
    ("editMessageReplyMarkup", edit::reply_markup),
    ("editMessageText", edit::text),
    ("forwardMessage", forward::forward),
    ("getChat", info::chat),
    ("getChatMember", info::chat_member),
    ("getMe", info::me),
    ("getUpdates", updates::get),
    ("getWebhookInfo", info::webhook),
    ("pinChatMessage", pin::pin),
    ("sendMessage", send::message),
    ("sendRichMessage", send::rich_message),
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
