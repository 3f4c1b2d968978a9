//! Our messages → requests of the Bot API. Every request carries the full state of what it touches, because an edit
//! drops whatever it leaves out (Bot API 10.3, checked 2026-11-20).

use serde_json::{Value, json};

use crate::ids::{BotId, ChatRef, MessageId, TopicId};
use crate::lock::{Attachment, Content, Payload, Preview, UrlButton};
use crate::media::Kind;
use crate::ports::Outgoing;

/// The General topic: named when it is read, left out when it is written to (`message thread not found` otherwise).
const GENERAL: TopicId = TopicId(1);

/// What a call is for: the same words of the server mean different things to different calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Changes nothing.
    Ask,
    /// The only kind that must not be repeated blindly.
    Send,
    Edit,
    Delete,
    Pin,
    Unpin,
}

/// One call, ready to be posted as JSON.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) purpose: Purpose,
    pub(super) body: Value,
}

impl Request {
    fn new(method: &'static str, purpose: Purpose, body: Value) -> Self {
        Self { method, purpose, body }
    }
}

/// `getMe`: who the token belongs to.
pub(super) fn get_me() -> Request {
    Request::new("getMe", Purpose::Ask, json!({}))
}

/// `getChat`: what the chat is.
pub(super) fn get_chat(chat: &ChatRef) -> Request {
    Request::new("getChat", Purpose::Ask, json!({ "chat_id": chat }))
}

/// `getChatMember` for the bot itself: its rights.
pub(super) fn get_chat_member(chat: &ChatRef, bot: BotId) -> Request {
    Request::new("getChatMember", Purpose::Ask, json!({ "chat_id": chat, "user_id": bot }))
}

/// `sendMessage` or `sendRichMessage`.
pub(super) fn send(chat: &ChatRef, message: &Outgoing) -> Request {
    let payload = &message.payload;
    let mut body = content(chat, payload);
    body["disable_notification"] = payload.silent.into();
    body["protect_content"] = payload.protect.into();
    if !payload.buttons.is_empty() {
        body["reply_markup"] = keyboard(&payload.buttons);
    }
    if let Some(topic) = message.topic.filter(|topic| *topic != GENERAL) {
        body["message_thread_id"] = json!(topic);
    }
    if let Some(target) = payload.reply_to {
        body["reply_parameters"] = json!({ "message_id": target, "allow_sending_without_reply": false });
    }
    Request::new(send_method(&payload.content), Purpose::Send, body)
}

/// `editMessageText`, which makes a text of a rich message and the reverse. What an edit can't change (silent,
/// protected, topic, reply) is not sent.
pub(super) fn edit(chat: &ChatRef, id: MessageId, message: &Outgoing) -> Request {
    let mut body = content(chat, &message.payload);
    body["message_id"] = json!(id);
    body["reply_markup"] = keyboard(&message.payload.buttons);
    Request::new("editMessageText", Purpose::Edit, body)
}

/// `deleteMessage`.
pub(super) fn delete(chat: &ChatRef, id: MessageId) -> Request {
    Request::new("deleteMessage", Purpose::Delete, json!({ "chat_id": chat, "message_id": id }))
}

/// `pinChatMessage` without a notification.
pub(super) fn pin(chat: &ChatRef, id: MessageId) -> Request {
    let body = json!({ "chat_id": chat, "message_id": id, "disable_notification": true });
    Request::new("pinChatMessage", Purpose::Pin, body)
}

/// `unpinChatMessage` of one message; without an id the server would unpin the newest pin, whoever set it.
pub(super) fn unpin(chat: &ChatRef, id: MessageId) -> Request {
    let body = json!({ "chat_id": chat, "message_id": id });
    Request::new("unpinChatMessage", Purpose::Unpin, body)
}

fn send_method(content: &Content) -> &'static str {
    match content {
        Content::Text { .. } | Content::Caption { .. } => "sendMessage",
        Content::Rich { .. } => "sendRichMessage",
        Content::Media { items, .. } => match items.as_slice() {
            [Attachment { kind: Kind::Photo, .. }] => "sendPhoto",
            [Attachment { kind: Kind::Video, .. }] => "sendVideo",
            [Attachment { kind: Kind::Animation, .. }] => "sendAnimation",
            [Attachment { kind: Kind::Audio, .. }] => "sendAudio",
            [Attachment { kind: Kind::Voice, .. }] => "sendVoice",
            [Attachment { kind: Kind::Document, .. }] => "sendDocument",
            _ => "sendMediaGroup",
        },
    }
}

fn content(chat: &ChatRef, payload: &Payload) -> Value {
    match &payload.content {
        Content::Text { html } => json!({
            "chat_id": chat,
            "text": html,
            "parse_mode": "HTML",
            "link_preview_options": preview(&payload.preview),
        }),
        Content::Rich { html } => json!({ "chat_id": chat, "rich_message": { "html": html } }),
        Content::Media { .. } => json!({ "chat_id": chat }),
        Content::Caption { html, above } => json!({
            "chat_id": chat,
            "caption": html,
            "parse_mode": "HTML",
            "show_caption_above_media": above,
        }),
    }
}

fn preview(preview: &Preview) -> Value {
    let mut options = json!({
        "is_disabled": preview.off,
        "prefer_small_media": preview.small,
        "prefer_large_media": preview.large,
        "show_above_text": preview.above,
    });
    if let Some(url) = &preview.url {
        options["url"] = url.as_str().into();
    }
    options
}

fn keyboard(rows: &[Vec<UrlButton>]) -> Value {
    json!({ "inline_keyboard": rows })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ChatId;

    fn message() -> Outgoing {
        let payload = Payload {
            content: Content::Text { html: "<b>Hi</b> &amp; \u{1f600}\u{0}".to_owned() },
            buttons: Vec::new(),
            preview: Preview::default(),
            protect: false,
            reply_to: None,
            silent: false,
        };
        Outgoing { payload, topic: None }
    }

    fn full() -> Outgoing {
        let mut message = message();
        let button = UrlButton { text: "Docs".to_owned(), url: "https://example.com/".to_owned() };
        message.payload.buttons = vec![vec![button]];
        message.payload.preview = Preview {
            above: true,
            large: true,
            off: false,
            small: false,
            url: Some("https://example.com/x".to_owned()),
        };
        message.payload.protect = true;
        message.payload.silent = true;
        message.payload.reply_to = Some(MessageId(17));
        message.topic = Some(TopicId(42));
        message
    }

    fn chat() -> ChatRef {
        ChatRef::Id(ChatId(-1_001_234_567_890))
    }

    #[test]
    fn a_plain_send_states_every_default() {
        let request = send(&ChatRef::Username("@news".to_owned()), &message());
        assert_eq!((request.method, request.purpose), ("sendMessage", Purpose::Send));
        let expected = json!({
            "chat_id": "@news", "text": "<b>Hi</b> &amp; \u{1f600}\u{0}", "parse_mode": "HTML",
            "link_preview_options": {
                "is_disabled": false, "prefer_small_media": false, "prefer_large_media": false,
                "show_above_text": false
            },
            "disable_notification": false, "protect_content": false
        });
        assert_eq!(request.body, expected);
    }

    #[test]
    fn a_full_send_carries_everything() {
        let expected = json!({
            "chat_id": -1_001_234_567_890_i64, "text": "<b>Hi</b> &amp; \u{1f600}\u{0}", "parse_mode": "HTML",
            "link_preview_options": {
                "is_disabled": false, "prefer_small_media": false, "prefer_large_media": true,
                "show_above_text": true, "url": "https://example.com/x"
            },
            "disable_notification": true, "protect_content": true, "message_thread_id": 42,
            "reply_parameters": { "message_id": 17, "allow_sending_without_reply": false },
            "reply_markup": { "inline_keyboard": [[{ "text": "Docs", "url": "https://example.com/" }]] }
        });
        assert_eq!(send(&chat(), &full()).body, expected);
    }

    #[test]
    fn the_general_topic_is_left_out() {
        let mut message = message();
        message.topic = Some(TopicId(1));
        assert_eq!(send(&chat(), &message).body.get("message_thread_id"), None);
    }

    #[test]
    fn an_edit_replaces_text_preview_and_keyboard_and_nothing_else() {
        let request = edit(&chat(), MessageId(118), &full());
        assert_eq!((request.method, request.purpose), ("editMessageText", Purpose::Edit));
        let mut keys: Vec<_> = request.body.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        let expected =
            ["chat_id", "link_preview_options", "message_id", "parse_mode", "reply_markup", "text"];
        assert_eq!(keys, expected);
        let plain = edit(&chat(), MessageId(118), &message());
        assert_eq!(plain.body["reply_markup"], json!({ "inline_keyboard": [] }));
    }

    #[test]
    fn a_rich_message_has_neither_parse_mode_nor_preview() {
        let mut message = full();
        message.payload.content = Content::Rich { html: "<p>Hi</p>".to_owned() };
        let sent = send(&chat(), &message);
        assert_eq!((sent.method, sent.purpose), ("sendRichMessage", Purpose::Send));
        let expected = json!({
            "chat_id": -1_001_234_567_890_i64, "rich_message": { "html": "<p>Hi</p>" },
            "disable_notification": true, "protect_content": true, "message_thread_id": 42,
            "reply_parameters": { "message_id": 17, "allow_sending_without_reply": false },
            "reply_markup": { "inline_keyboard": [[{ "text": "Docs", "url": "https://example.com/" }]] }
        });
        assert_eq!(sent.body, expected);
        let edited = edit(&chat(), MessageId(118), &message);
        assert_eq!((edited.method, edited.purpose), ("editMessageText", Purpose::Edit));
        let expected = json!({
            "chat_id": -1_001_234_567_890_i64, "message_id": 118, "rich_message": { "html": "<p>Hi</p>" },
            "reply_markup": { "inline_keyboard": [[{ "text": "Docs", "url": "https://example.com/" }]] }
        });
        assert_eq!(edited.body, expected);
    }

    #[test]
    fn small_calls() {
        let id = -1_001_234_567_890_i64;
        let cases = [
            (get_me(), "getMe", json!({})),
            (get_chat(&chat()), "getChat", json!({ "chat_id": id })),
            (get_chat_member(&chat(), BotId(7)), "getChatMember", json!({ "chat_id": id, "user_id": 7 })),
            (delete(&chat(), MessageId(5)), "deleteMessage", json!({ "chat_id": id, "message_id": 5 })),
            (
                pin(&chat(), MessageId(5)),
                "pinChatMessage",
                json!({ "chat_id": id, "message_id": 5, "disable_notification": true }),
            ),
            (unpin(&chat(), MessageId(5)), "unpinChatMessage", json!({ "chat_id": id, "message_id": 5 })),
        ];
        for (request, method, body) in cases {
            assert_eq!((request.method, &request.body), (method, &body));
        }
    }
}
