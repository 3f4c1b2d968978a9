//! Our messages → requests of the Bot API. Every request carries the full state of what it touches, because an edit
//! drops whatever it leaves out (Bot API 10.3, checked 2026-11-20).

use serde_json::{Value, json};

use super::media::{self, Enclosure};
use crate::ids::{BotId, ChatId, ChatRef, MessageId, TopicId};
use crate::lock::{self, Attachment, Content, Payload, Preview, UrlButton};
use crate::media::Kind;
use crate::ports::Outgoing;

/// The General topic: named when it is read, left out when it is written to (`message thread not found` otherwise).
const GENERAL: TopicId = TopicId(1);

/// What a marker says.
const MARK: &str = "·";
const MARK_FILE: &str = "This marks a place for a moment. It is about to be deleted.\n";

/// Most updates of one answer (Bot API, `getUpdates`, checked 2026-11-21).
pub(super) const UPDATES: usize = 100;

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

/// One call, ready to be posted: as JSON, or as a form when files go along.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) purpose: Purpose,
    /// An object.
    pub(super) body: Value,
    pub(super) files: Vec<Enclosure>,
    /// It names files that the server should have.
    pub(super) reuses: bool,
}

impl Request {
    fn new(method: &'static str, purpose: Purpose, body: Value) -> Self {
        Self { method, purpose, body, files: Vec::new(), reuses: false }
    }

    /// Take over what the content says and uploads.
    fn with(mut self, (content, files): (Value, Vec<Enclosure>), payload: &Payload) -> Self {
        if let (Value::Object(body), Value::Object(content)) = (&mut self.body, content) {
            body.extend(content);
        }
        Self { files, reuses: payload.content.items().iter().any(|item| item.file_id.is_some()), ..self }
    }

    /// Bytes of all files that go along.
    pub(super) fn upload(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.size))
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

/// `sendMessage`, `sendRichMessage`, `sendPhoto` and its like, or `sendMediaGroup`.
pub(super) fn send(chat: &ChatRef, message: &Outgoing) -> Request {
    let payload = &message.payload;
    let (method, content) = match &payload.content {
        Content::Media { items, above } => match items.as_slice() {
            [item] => {
                let (parameters, files) = media::single(item, *above);
                (send_method(item.kind), (Value::Object(parameters), files))
            }
            items => {
                let (inputs, files) = media::inputs(items, *above);
                ("sendMediaGroup", (json!({ "media": inputs }), files))
            }
        },
        Content::Rich { html, items } => ("sendRichMessage", rich(html, items)),
        Content::Text { .. } | Content::Caption { .. } | Content::Grave { .. } => {
            ("sendMessage", (said(payload), Vec::new()))
        }
    };
    let mut body = json!({
        "chat_id": chat,
        "disable_notification": payload.silent,
        "protect_content": payload.protect,
    });
    // An album has none.
    if !payload.buttons.is_empty() && method != "sendMediaGroup" {
        body["reply_markup"] = keyboard(&payload.buttons);
    }
    if let Some(topic) = message.topic.filter(|topic| *topic != GENERAL) {
        body["message_thread_id"] = json!(topic);
    }
    if let Some(target) = payload.reply_to {
        body["reply_parameters"] = json!({ "message_id": target, "allow_sending_without_reply": false });
    }
    Request::new(method, Purpose::Send, body).with(content, payload)
}

/// `editMessageText`, which makes a text of a rich message and the reverse, `editMessageMedia`, which makes one file of
/// them or of another, or `editMessageCaption`. What an edit can't change (silent, protected, topic, reply) is not
/// sent. `None`: a message can't hold so many files.
pub(super) fn edit(chat: &ChatRef, id: MessageId, message: &Outgoing) -> Option<Request> {
    let payload = &message.payload;
    let (method, content) = match &payload.content {
        Content::Media { items, above } => {
            let (inputs, files) = media::inputs(items, *above);
            let [input] = <[Value; 1]>::try_from(inputs).ok()?;
            ("editMessageMedia", (json!({ "media": input }), files))
        }
        Content::Caption { .. } => ("editMessageCaption", (said(payload), Vec::new())),
        Content::Rich { html, items } => ("editMessageText", rich(html, items)),
        Content::Grave { html, of } => {
            let (input, file) = media::grave(html, *of);
            ("editMessageMedia", (json!({ "media": input }), vec![file]))
        }
        Content::Text { .. } => ("editMessageText", (said(payload), Vec::new())),
    };
    let body = json!({ "chat_id": chat, "message_id": id, "reply_markup": keyboard(&payload.buttons) });
    Some(Request::new(method, Purpose::Edit, body).with(content, payload))
}

/// `deleteMessages`: all of them or, if one is too old, none.
pub(super) fn delete_all(chat: &ChatRef, ids: &[MessageId]) -> Request {
    Request::new("deleteMessages", Purpose::Delete, json!({ "chat_id": chat, "message_ids": ids }))
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

/// `editMessageText` with a text of nothing: it can't be done, and is refused in words that tell of the message.
pub(super) fn probe(chat: &ChatRef, id: MessageId) -> Request {
    Request::new("editMessageText", Purpose::Ask, json!({ "chat_id": chat, "message_id": id, "text": " " }))
}

/// `forwardMessage` to a chat that nobody minds.
pub(super) fn forward(to: ChatId, from: &ChatRef, id: MessageId) -> Request {
    Request::new("forwardMessage", Purpose::Ask, of_another_chat(to, from, id))
}

/// `copyMessage` to such a chat.
pub(super) fn copy(to: ChatId, from: &ChatRef, id: MessageId) -> Request {
    Request::new("copyMessage", Purpose::Ask, of_another_chat(to, from, id))
}

fn of_another_chat(to: ChatId, from: &ChatRef, id: MessageId) -> Value {
    json!({ "chat_id": to, "from_chat_id": from, "message_id": id, "disable_notification": true })
}

/// `editMessageReplyMarkup`, of a copy: its answer is the whole message.
pub(super) fn label(chat: ChatId, id: MessageId) -> Request {
    let button = UrlButton { text: MARK.to_owned(), url: "https://telegram.org/".to_owned() };
    let body = json!({ "chat_id": chat, "message_id": id, "reply_markup": keyboard(&[vec![button]]) });
    Request::new("editMessageReplyMarkup", Purpose::Ask, body)
}

/// `getUpdates` of what concerns messages, at once.
pub(super) fn get_updates(from: Option<i64>) -> Request {
    let mut body = json!({
        "limit": UPDATES,
        "timeout": 0,
        "allowed_updates": ["message", "edited_message", "channel_post", "edited_channel_post"],
    });
    if let Some(from) = from {
        body["offset"] = from.into();
    }
    Request::new("getUpdates", Purpose::Ask, body)
}

/// A silent message that says next to nothing: a text, or a file where it is to be told from a text.
pub(super) fn mark(chat: &ChatRef, unlike: lock::Kind) -> Request {
    let body = json!({ "chat_id": chat, "disable_notification": true });
    let mut request = Request::new("sendMessage", Purpose::Send, body);
    if unlike.has_file() {
        request.body["text"] = MARK.into();
        return request;
    }
    request.body["disable_content_type_detection"] = true.into();
    Request { method: "sendDocument", files: vec![media::marker("document", MARK_FILE)], ..request }
}

/// The same, as an answer to a message.
pub(super) fn quote(chat: &ChatRef, id: MessageId, unlike: lock::Kind) -> Request {
    let mut request = mark(chat, unlike);
    request.body["reply_parameters"] = json!({ "message_id": id, "allow_sending_without_reply": false });
    request
}

fn send_method(kind: Kind) -> &'static str {
    match kind {
        Kind::Photo => "sendPhoto",
        Kind::Video => "sendVideo",
        Kind::Animation => "sendAnimation",
        Kind::Audio => "sendAudio",
        Kind::Voice => "sendVoice",
        Kind::Document => "sendDocument",
    }
}

/// What is said in words; files are apart.
fn said(payload: &Payload) -> Value {
    match &payload.content {
        Content::Text { html } => json!({
            "text": html,
            "parse_mode": "HTML",
            "link_preview_options": preview(&payload.preview),
        }),
        Content::Caption { html, above } => Value::Object(media::caption(html, Some(*above))),
        Content::Grave { html, .. } => Value::Object(media::caption(html, None)),
        Content::Rich { .. } | Content::Media { .. } => json!({}),
    }
}

/// `InputRichMessage` with all files that its HTML names: an edit has to name them again.
fn rich(html: &str, items: &[Attachment]) -> (Value, Vec<Enclosure>) {
    let (list, files) = media::shown(items);
    let mut message = json!({ "html": html });
    if !list.is_empty() {
        message["media"] = list.into();
    }
    (json!({ "rich_message": message }), files)
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
    use crate::telegram::testing;

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
        let request = edit(&chat(), MessageId(118), &full()).unwrap();
        assert_eq!((request.method, request.purpose), ("editMessageText", Purpose::Edit));
        let mut keys: Vec<_> = request.body.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        let expected =
            ["chat_id", "link_preview_options", "message_id", "parse_mode", "reply_markup", "text"];
        assert_eq!(keys, expected);
        let plain = edit(&chat(), MessageId(118), &message()).unwrap();
        assert_eq!(plain.body["reply_markup"], json!({ "inline_keyboard": [] }));
    }

    #[test]
    fn a_rich_message_has_neither_parse_mode_nor_preview() {
        let mut message = full();
        message.payload.content = Content::Rich { html: "<p>Hi</p>".to_owned(), items: Vec::new() };
        let sent = send(&chat(), &message);
        assert_eq!((sent.method, sent.purpose), ("sendRichMessage", Purpose::Send));
        let expected = json!({
            "chat_id": -1_001_234_567_890_i64, "rich_message": { "html": "<p>Hi</p>" },
            "disable_notification": true, "protect_content": true, "message_thread_id": 42,
            "reply_parameters": { "message_id": 17, "allow_sending_without_reply": false },
            "reply_markup": { "inline_keyboard": [[{ "text": "Docs", "url": "https://example.com/" }]] }
        });
        assert_eq!(sent.body, expected);
        let edited = edit(&chat(), MessageId(118), &message).unwrap();
        assert_eq!((edited.method, edited.purpose), ("editMessageText", Purpose::Edit));
        let expected = json!({
            "chat_id": -1_001_234_567_890_i64, "message_id": 118, "rich_message": { "html": "<p>Hi</p>" },
            "reply_markup": { "inline_keyboard": [[{ "text": "Docs", "url": "https://example.com/" }]] }
        });
        assert_eq!(edited.body, expected);
    }

    fn attachment(kind: Kind, file_id: Option<&str>) -> Attachment {
        let (file_id, html) = (file_id.map(str::to_owned), "<b>c</b>".to_owned());
        Attachment { file_id, html, size: 7, ..testing::attachment(kind) }
    }

    #[test]
    fn a_rich_message_names_each_of_its_files() {
        let mut message = message();
        let items = vec![
            Attachment { html: String::new(), ..attachment(Kind::Photo, None) },
            attachment(Kind::Document, Some("BQAC")),
            attachment(Kind::Voice, Some("AwAC")),
        ];
        let html = "<img src=\"tg://photo?id=f01\"/>".to_owned();
        message.payload.content = Content::Rich { html: html.clone(), items };
        let expected = json!({ "html": html, "media": [
            { "id": "f01", "media": { "type": "photo", "media": "attach://file0", "has_spoiler": false } },
            { "id": "f02", "media": { "type": "document", "media": "BQAC", "disable_content_type_detection": true } },
            { "id": "f03", "media": { "type": "voice_note", "media": "AwAC" } },
        ] });
        let sent = send(&chat(), &message);
        assert_eq!((sent.method, &sent.body["rich_message"]), ("sendRichMessage", &expected));
        assert_eq!((sent.upload(), sent.files[0].field.as_str(), sent.reuses), (7, "file0", true));
        let edited = edit(&chat(), MessageId(118), &message).unwrap();
        assert_eq!((edited.method, &edited.body["rich_message"]), ("editMessageText", &expected));
        assert_eq!((edited.files, edited.reuses), (sent.files, true));
    }

    fn holding(items: Vec<Attachment>) -> Outgoing {
        let mut message = full();
        message.payload.content = Content::Media { items, above: true };
        message
    }

    #[test]
    fn one_file_is_sent_by_the_method_of_its_kind() {
        let cases = [
            (Kind::Photo, "sendPhoto"),
            (Kind::Video, "sendVideo"),
            (Kind::Animation, "sendAnimation"),
            (Kind::Audio, "sendAudio"),
            (Kind::Voice, "sendVoice"),
            (Kind::Document, "sendDocument"),
        ];
        for (kind, method) in cases {
            let sent = send(&chat(), &holding(vec![attachment(kind, None)]));
            assert_eq!((sent.method, sent.purpose, sent.reuses), (method, Purpose::Send, false));
            assert_eq!((sent.upload(), sent.files.len(), sent.files[0].field.as_str()), (7, 1, kind.word()));
            assert_eq!(sent.body.get(kind.word()), None);
        }
    }

    #[test]
    fn a_file_that_telegram_has_is_sent_with_everything_else() {
        let sent = send(&chat(), &holding(vec![attachment(Kind::Audio, Some("CQAC"))]));
        let expected = json!({
            "chat_id": -1_001_234_567_890_i64, "audio": "CQAC", "caption": "<b>c</b>", "parse_mode": "HTML",
            "disable_notification": true, "protect_content": true, "message_thread_id": 42,
            "reply_parameters": { "message_id": 17, "allow_sending_without_reply": false },
            "reply_markup": { "inline_keyboard": [[{ "text": "Docs", "url": "https://example.com/" }]] }
        });
        assert_eq!((sent.method, &sent.body, sent.reuses, sent.upload()), ("sendAudio", &expected, true, 0));
    }

    #[test]
    fn an_album_has_no_buttons() {
        let items = vec![attachment(Kind::Document, None), attachment(Kind::Document, Some("BQAC"))];
        let sent = send(&chat(), &holding(items));
        let item = |media: &str| {
            json!({
                "type": "document", "media": media, "caption": "<b>c</b>", "parse_mode": "HTML",
                "disable_content_type_detection": true
            })
        };
        let expected = json!({
            "chat_id": -1_001_234_567_890_i64, "media": [item("attach://file0"), item("BQAC")],
            "disable_notification": true, "protect_content": true, "message_thread_id": 42,
            "reply_parameters": { "message_id": 17, "allow_sending_without_reply": false }
        });
        assert_eq!(
            (sent.method, &sent.body, sent.reuses, sent.upload()),
            ("sendMediaGroup", &expected, true, 7)
        );
    }

    #[test]
    fn an_edit_puts_one_file_into_a_message() {
        let edited = edit(&chat(), MessageId(118), &holding(vec![attachment(Kind::Photo, None)])).unwrap();
        let expected = json!({
            "chat_id": -1_001_234_567_890_i64, "message_id": 118,
            "media": {
                "type": "photo", "media": "attach://file0", "caption": "<b>c</b>", "parse_mode": "HTML",
                "show_caption_above_media": true, "has_spoiler": false
            },
            "reply_markup": { "inline_keyboard": [[{ "text": "Docs", "url": "https://example.com/" }]] }
        });
        assert_eq!(
            (edited.method, edited.purpose, &edited.body),
            ("editMessageMedia", Purpose::Edit, &expected)
        );
        assert_eq!((edited.upload(), edited.files[0].field.as_str()), (7, "file0"));
        for count in [0, 2] {
            let items = vec![attachment(Kind::Photo, None); count];
            assert_eq!(edit(&chat(), MessageId(118), &holding(items)), None);
        }
    }

    #[test]
    fn a_caption_is_edited_without_its_file() {
        for (html, above) in [("<b>c</b>", true), ("", false)] {
            let mut message = message();
            message.payload.content = Content::Caption { html: html.to_owned(), above };
            let edited = edit(&chat(), MessageId(118), &message).unwrap();
            let expected = json!({
                "chat_id": -1_001_234_567_890_i64, "message_id": 118, "caption": html, "parse_mode": "HTML",
                "show_caption_above_media": above, "reply_markup": { "inline_keyboard": [] }
            });
            assert_eq!((edited.method, edited.body), ("editMessageCaption", expected));
        }
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
                delete_all(&chat(), &[MessageId(5), MessageId(7)]),
                "deleteMessages",
                json!({ "chat_id": id, "message_ids": [5, 7] }),
            ),
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
