//! Chats and messages as Bot API objects.

use serde_json::{Map, Value, json};

use super::message::{Author, Content, Medium, Message, Origin, Reply};
use super::{Chat, ChatType, PERSON, SERVICE_ACCOUNT, World};
use crate::sandbox::media::Kind;

/// The `User` of a bot.
pub(in crate::sandbox) fn bot(id: i64) -> Value {
    user(id, true)
}

/// The `User` of a person.
pub(in crate::sandbox) fn person(id: i64) -> Value {
    user(id, false)
}

fn user(id: i64, is_bot: bool) -> Value {
    let (first_name, username) = match (id, is_bot) {
        (SERVICE_ACCOUNT, _) => ("Telegram".to_owned(), None),
        (PERSON, _) => ("Sam".to_owned(), None),
        (_, true) => ("Sandbox bot".to_owned(), Some(bot_username(id))),
        (_, false) => (format!("User {id}"), None),
    };
    let mut user = json!({"id": id, "is_bot": is_bot, "first_name": first_name});
    if let Some(username) = username {
        user["username"] = username.into();
    }
    user
}

/// The name a bot goes by; told from its id, because any token is taken.
fn bot_username(id: i64) -> String {
    format!("sandbox_{id}_bot")
}

fn author(author: Author) -> Value {
    match author {
        Author::Bot(id) => bot(id),
        Author::Person => person(PERSON),
        Author::Service => person(SERVICE_ACCOUNT),
    }
}

impl Chat {
    /// A Bot API `Chat`.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        let mut chat = Map::new();
        chat.insert("id".into(), self.id.into());
        let name = if self.kind == ChatType::Private { "first_name" } else { "title" };
        chat.insert(name.into(), self.title.clone().into());
        if let Some(username) = &self.username {
            chat.insert("username".into(), username.clone().into());
        }
        if self.is_forum {
            chat.insert("is_forum".into(), true.into());
        }
        chat.insert("type".into(), self.kind.name().into());
        chat
    }
}

impl Medium {
    fn render(&self, json: &mut Map<String, Value>) {
        json.insert(self.asset.kind.name().into(), self.asset.to_json());
        if self.asset.kind == Kind::Animation {
            json.insert("document".into(), self.asset.as_document());
        }
        if !self.caption.text.is_empty() {
            json.insert("caption".into(), self.caption.text.clone().into());
            if !self.caption.entities.is_empty() {
                json.insert("caption_entities".into(), json!(self.caption.entities));
            }
            if self.is_below_caption {
                json.insert("show_caption_above_media".into(), true.into());
            }
        }
        if self.has_spoiler {
            json.insert("has_media_spoiler".into(), true.into());
        }
    }
}

impl World {
    /// A Bot API `Message`; `null` when there is none.
    pub(crate) fn message_json(&self, chat_id: i64, id: i64) -> Value {
        self.render(chat_id, id, true)
    }

    /// `nested` leaves out what the message answers, as in `reply_to_message`.
    fn render(&self, chat_id: i64, id: i64, with_reply: bool) -> Value {
        let Some(chat) = self.chat(chat_id) else {
            return Value::Null;
        };
        let Some(message) = chat.messages.get(&id) else {
            return Value::Null;
        };
        let mut json = Map::new();
        json.insert("message_id".into(), id.into());
        self.render_sender(chat, message, &mut json);
        json.insert("chat".into(), chat.to_json().into());
        json.insert("date".into(), message.date.into());
        if let Some(date) = message.edit_date {
            json.insert("edit_date".into(), date.into());
        }
        if let Some(thread) = message.thread {
            json.insert("message_thread_id".into(), thread.into());
            json.insert("is_topic_message".into(), true.into());
        }
        if let Some(origin) = &message.origin {
            self.render_origin(origin, &mut json);
        }
        if message.is_automatic_forward {
            json.insert("is_automatic_forward".into(), true.into());
        }
        if with_reply {
            self.render_reply(chat_id, message, &mut json);
        }
        if message.is_protected {
            json.insert("has_protected_content".into(), true.into());
        }
        if let Some(album) = message.album {
            json.insert("media_group_id".into(), album.to_string().into());
        }
        self.render_content(chat_id, &message.content, &mut json);
        if let Some(keyboard) = &message.keyboard {
            json.insert("reply_markup".into(), keyboard.to_json());
        }
        json.into()
    }

    fn render_sender(&self, chat: &Chat, message: &Message, json: &mut Map<String, Value>) {
        if chat.is_channel() {
            json.insert("sender_chat".into(), chat.to_json().into());
            return;
        }
        json.insert("from".into(), author(message.author));
        let channel = message.origin.as_ref().filter(|_| message.is_automatic_forward).and_then(|o| o.post);
        if let Some(channel) = channel.and_then(|(channel, _)| self.chat(channel)) {
            json.insert("sender_chat".into(), channel.to_json().into());
        }
    }

    fn origin_json(&self, origin: &Origin) -> Value {
        match origin.post.and_then(|(chat, id)| Some((self.chat(chat)?, id))) {
            Some((chat, id)) => {
                json!({"type": "channel", "chat": chat.to_json(), "message_id": id, "date": origin.date})
            }
            None => {
                json!({"type": "user", "sender_user": author(origin.author), "date": origin.date})
            }
        }
    }

    /// `forward_origin` and the older fields that say the same.
    fn render_origin(&self, origin: &Origin, json: &mut Map<String, Value>) {
        json.insert("forward_origin".into(), self.origin_json(origin));
        match origin.post.and_then(|(chat, id)| Some((self.chat(chat)?, id))) {
            Some((chat, id)) => {
                json.insert("forward_from_chat".into(), chat.to_json().into());
                json.insert("forward_from_message_id".into(), id.into());
            }
            None => {
                json.insert("forward_from".into(), author(origin.author));
            }
        }
        json.insert("forward_date".into(), origin.date.into());
    }

    fn render_reply(&self, chat_id: i64, message: &Message, json: &mut Map<String, Value>) {
        let Some(Reply { chat_id: other, message_id, quote }) = &message.reply else {
            // A message in a topic answers the message that created the topic.
            let root = message.thread.filter(|thread| *thread != message.id);
            let root = root.map(|thread| self.render(chat_id, thread, false)).filter(|root| !root.is_null());
            json.extend(root.map(|root| ("reply_to_message".to_owned(), root)));
            return;
        };
        match other {
            None => {
                let target =
                    Some(self.render(chat_id, *message_id, false)).filter(|target| !target.is_null());
                json.extend(target.map(|target| ("reply_to_message".to_owned(), target)));
            }
            Some(other) => {
                if let Some((chat, target)) = self.chat(*other).zip(self.message(*other, *message_id)) {
                    let origin = self.origin_json(&self.origin_of(*other, target));
                    let external =
                        json!({"origin": origin, "chat": chat.to_json(), "message_id": message_id});
                    json.insert("external_reply".into(), external);
                }
            }
        }
        if let Some(quote) = quote {
            let mut value = json!({"text": quote.text, "position": quote.position});
            if !quote.entities.is_empty() {
                value["entities"] = json!(quote.entities);
            }
            if quote.is_manual {
                value["is_manual"] = true.into();
            }
            json.insert("quote".into(), value);
        }
    }

    fn render_content(&self, chat_id: i64, content: &Content, json: &mut Map<String, Value>) {
        match content {
            Content::Text { text, preview } => {
                json.insert("text".into(), text.text.clone().into());
                if !text.entities.is_empty() {
                    json.insert("entities".into(), json!(text.entities));
                }
                if !preview.is_default() {
                    json.insert("link_preview_options".into(), json!(preview));
                }
            }
            Content::Rich(message) => {
                json.insert("rich_message".into(), json!(message));
            }
            Content::Media(medium) => medium.render(json),
            Content::ChatCreated => {
                let kind =
                    if self.chat(chat_id).is_some_and(Chat::is_channel) { "channel" } else { "supergroup" };
                json.insert(format!("{kind}_chat_created"), true.into());
            }
            Content::Pinned { message_id } => {
                let pinned = self.render(chat_id, *message_id, false);
                let gone = || json!({"chat": self.chat(chat_id).map(Chat::to_json), "message_id": message_id, "date": 0});
                json.insert("pinned_message".into(), if pinned.is_null() { gone() } else { pinned });
            }
            Content::TopicCreated { name, icon_color, icon_custom_emoji_id } => {
                let mut topic = json!({"name": name, "icon_color": icon_color});
                if let Some(emoji) = icon_custom_emoji_id {
                    topic["icon_custom_emoji_id"] = emoji.clone().into();
                }
                json.insert("forum_topic_created".into(), topic);
            }
        }
    }
}
