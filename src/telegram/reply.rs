//! Answers of the Bot API → what they say. Lenient: the server is newer than this program, and a proxy may answer in
//! its place.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::ids::{BotId, ChatId};
use crate::ports::{ChatKind, Rights};

/// What came back over HTTP. `body` may be cut; `broken` says why.
#[derive(Debug, Clone)]
pub(super) struct HttpAnswer {
    pub(super) status: u16,
    /// The `Retry-After` header, seconds.
    pub(super) retry_after: Option<i64>,
    pub(super) body: Vec<u8>,
    pub(super) broken: Option<String>,
    /// From the last of the request to the answer; `None`: the server answered before, and was never given the rest.
    pub(super) took: Option<Duration>,
}

/// An answer, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// `ok: true`. What was asked for is done, whether or not its result can be read.
    Yes,
    No(No),
    /// Not an answer of the Bot API; says what it is instead.
    Noise(String),
}

/// `ok: false`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct No {
    pub(super) code: i64,
    /// Verbatim, prefix included.
    pub(super) description: String,
    /// Seconds.
    pub(super) retry_after: Option<i64>,
    pub(super) migrate_to: Option<ChatId>,
}

/// The envelope without its result, which is skipped unread.
#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    error_code: Option<Value>,
    description: Option<Value>,
    parameters: Option<Value>,
}

#[derive(Deserialize)]
struct WithResult<T> {
    result: T,
}

/// Longest piece of a foreign answer that is quoted, in characters.
const MAX_QUOTE: usize = 80;

/// Read an answer.
pub(super) fn read(answer: &HttpAnswer) -> Reply {
    match serde_json::from_slice::<Envelope>(&answer.body) {
        Ok(envelope) if envelope.ok => Reply::Yes,
        Ok(envelope) => Reply::No(refusal(&envelope, answer)),
        Err(_) => foreign(answer),
    }
}

fn refusal(envelope: &Envelope, answer: &HttpAnswer) -> No {
    let parameter = |name: &str| envelope.parameters.as_ref().and_then(|p| p.get(name)).and_then(integer);
    let description = envelope.description.as_ref().and_then(Value::as_str).unwrap_or("no description");
    No {
        code: envelope.error_code.as_ref().and_then(integer).unwrap_or_else(|| answer.status.into()),
        description: description.to_owned(),
        retry_after: parameter("retry_after").or(answer.retry_after),
        migrate_to: parameter("migrate_to_chat_id").map(ChatId),
    }
}

/// No envelope. Two codes say by themselves that the call never reached a method; all others leave it open.
fn foreign(answer: &HttpAnswer) -> Reply {
    let refused = |description: &str| {
        let description = description.to_owned();
        Reply::No(No {
            code: answer.status.into(),
            description,
            retry_after: answer.retry_after,
            migrate_to: None,
        })
    };
    match (answer.status, &answer.broken) {
        (413, _) => refused("Request Entity Too Large"),
        (429, _) => refused("Too Many Requests"),
        (status, Some(broken)) => Reply::Noise(format!("HTTP {status}, and the answer broke off: {broken}")),
        (status, None) => Reply::Noise(format!("HTTP {status}, {}", quote(&answer.body))),
    }
}

fn quote(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_QUOTE * 8)]);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ").replace('`', "'");
    if line.is_empty() {
        return "an empty answer".to_owned();
    }
    let cut: String = line.chars().take(MAX_QUOTE).collect();
    let more = if cut.len() < line.len() { "…" } else { "" };
    format!("not an answer of the Bot API: `{cut}{more}`")
}

/// An integer, also when it is written as a float or a string.
fn integer(value: &Value) -> Option<i64> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`as` saturates, and both uses are clamped or compared"
    )]
    let from_float = || value.as_f64().map(|number| number.ceil() as i64);
    value.as_i64().or_else(from_float).or_else(|| value.as_str()?.trim().parse().ok())
}

/// The result of an answer; unknown fields are skipped. The error says where it can't be read.
pub(super) fn result<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice::<WithResult<T>>(body).map(|with| with.result).map_err(|error| error.to_string())
}

/// `User`, of a bot.
#[derive(Debug, Deserialize)]
pub(super) struct Me {
    pub(super) id: BotId,
    #[serde(default)]
    pub(super) username: String,
}

/// `ChatFullInfo`.
#[derive(Debug, Deserialize)]
pub(super) struct Chat {
    pub(super) id: ChatId,
    #[serde(rename = "type")]
    kind: String,
    title: Option<String>,
    pub(super) username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    permissions: Option<Permissions>,
    message_auto_delete_time: Option<Value>,
    linked_chat_id: Option<Value>,
}

/// `ChatPermissions`: what members who are no administrators may do.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Permissions {
    #[serde(default)]
    can_send_messages: bool,
    #[serde(default)]
    can_pin_messages: bool,
}

impl Chat {
    /// `None`: a kind of chat this program does not know.
    pub(super) fn kind(&self) -> Option<ChatKind> {
        match self.kind.as_str() {
            "private" => Some(ChatKind::Private),
            "group" => Some(ChatKind::Group),
            "supergroup" => Some(ChatKind::Supergroup),
            "channel" => Some(ChatKind::Channel),
            _ => None,
        }
    }

    /// As the server spells it, for messages.
    pub(super) fn kind_name(&self) -> &str {
        &self.kind
    }

    /// The title, or the name of the person.
    pub(super) fn title(&self) -> String {
        let person = || {
            let names = [&self.first_name, &self.last_name];
            names.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
        };
        self.title.clone().unwrap_or_else(person)
    }

    /// The discussion group of a channel.
    pub(super) fn linked(&self) -> Option<ChatId> {
        self.linked_chat_id.as_ref().and_then(integer).map(ChatId)
    }

    /// Seconds after which posts vanish by themselves.
    pub(super) fn auto_delete_s(&self) -> Option<u32> {
        let seconds = self.message_auto_delete_time.as_ref().and_then(integer)?;
        u32::try_from(seconds).ok().filter(|seconds| *seconds > 0)
    }
}

/// `ChatMember`, any kind of it; a right that is not named is not there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "the Bot API's own fields")]
pub(super) struct Member {
    status: String,
    #[serde(rename = "is_member")]
    still_in: bool,
    can_post_messages: bool,
    can_edit_messages: bool,
    can_delete_messages: bool,
    can_pin_messages: bool,
    can_send_messages: bool,
}

const ALL: Rights = Rights { post: true, edit_others: true, delete_others: true, pin: true };
const NONE: Rights = Rights { post: false, edit_others: false, delete_others: false, pin: false };

/// In a private chat there are no rights to ask for: a bot may write, pin and delete, and edits only its own.
pub(super) const PRIVATE: Rights = Rights { edit_others: false, ..ALL };

impl Member {
    /// What this member may do in that chat.
    pub(super) fn rights(&self, chat: &Chat) -> Rights {
        let channel = chat.kind() == Some(ChatKind::Channel);
        match (self.status.as_str(), channel) {
            ("creator", _) => Rights { edit_others: channel, ..ALL },
            ("administrator", true) => Rights {
                post: self.can_post_messages,
                edit_others: self.can_edit_messages,
                delete_others: self.can_delete_messages,
                pin: self.can_edit_messages,
            },
            ("administrator", false) => Rights {
                post: true,
                edit_others: false,
                delete_others: self.can_delete_messages,
                pin: self.can_pin_messages,
            },
            ("member", false) => {
                let open = Permissions { can_send_messages: true, can_pin_messages: false };
                let may = chat.permissions.unwrap_or(open);
                Rights { post: may.can_send_messages, pin: may.can_pin_messages, ..NONE }
            }
            ("restricted", false) if self.still_in => {
                Rights { post: self.can_send_messages, pin: self.can_pin_messages, ..NONE }
            }
            _ => NONE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> HttpAnswer {
        HttpAnswer {
            status,
            retry_after: None,
            body: body.as_bytes().to_vec(),
            broken: None,
            took: Some(Duration::ZERO),
        }
    }

    #[test]
    fn envelopes() {
        let no = |code, description: &str| No { code, description: description.to_owned(), ..No::default() };
        let cases = [
            (200, r#"{"ok":true,"result":{"message_id":1}}"#, Reply::Yes),
            (200, r#"{"ok":true,"new_field":[{}],"result":true}"#, Reply::Yes),
            (200, r#"{"ok":true}"#, Reply::Yes),
            (
                400,
                r#"{"ok":false,"error_code":400,"description":"Bad Request: x"}"#,
                Reply::No(no(400, "Bad Request: x")),
            ),
            (403, r#"{"ok":false,"error_code":null}"#, Reply::No(no(403, "no description"))),
            (400, r#"{"ok":false,"error_code":"401","description":7}"#, Reply::No(no(401, "no description"))),
            (
                400,
                r#"{"ok":false,"error_code":400,"description":"up","parameters":{"migrate_to_chat_id":-1001111111111}}"#,
                Reply::No(No { migrate_to: Some(ChatId(-1_001_111_111_111)), ..no(400, "up") }),
            ),
            (
                429,
                r#"{"ok":false,"error_code":429,"description":"later","parameters":{"retry_after":100000}}"#,
                Reply::No(No { retry_after: Some(100_000), ..no(429, "later") }),
            ),
            (
                429,
                r#"{"ok":false,"error_code":429,"description":"later","parameters":{"retry_after":2.5}}"#,
                Reply::No(No { retry_after: Some(3), ..no(429, "later") }),
            ),
            (413, "<html>nginx</html>", Reply::No(no(413, "Request Entity Too Large"))),
            (429, "", Reply::No(no(429, "Too Many Requests"))),
        ];
        for (status, body, reply) in cases {
            assert_eq!(read(&answer(status, body)), reply, "{body}");
        }
    }

    #[test]
    fn the_header_says_when_to_come_back_if_the_body_does_not() {
        let mut slow = answer(429, "<html>slow down</html>");
        slow.retry_after = Some(7);
        assert!(matches!(read(&slow), Reply::No(No { code: 429, retry_after: Some(7), .. })));
    }

    #[test]
    fn what_is_no_answer_is_quoted_in_one_short_line() {
        let long = format!("<html>\r\n<h1>502\u{7} `Bad`</h1>{}", "x".repeat(10_000));
        let cases = [
            (502, "", "HTTP 502, an empty answer"),
            (200, "{\"ok\":tr", "HTTP 200, not an answer of the Bot API: `{\"ok\":tr`"),
            (200, "[]", "HTTP 200, not an answer of the Bot API: `[]`"),
        ];
        for (status, body, text) in cases {
            assert_eq!(read(&answer(status, body)), Reply::Noise(text.to_owned()));
        }
        let Reply::Noise(text) = read(&answer(502, &long)) else { panic!("an answer") };
        assert!(text.starts_with("HTTP 502, not an answer of the Bot API: `<html> <h1>502 'Bad'</h1>xxx"));
        assert!(text.ends_with("x…`") && text.chars().count() < 140, "{text}");
        let cut = HttpAnswer { broken: Some("reset".to_owned()), ..answer(200, "{\"ok\":true,\"result\":{") };
        assert_eq!(read(&cut), Reply::Noise("HTTP 200, and the answer broke off: reset".to_owned()));
    }

    fn chat(json: &str) -> Chat {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn chats_of_every_kind() {
        let channel = chat(
            r#"{"id":-1001,"type":"channel","title":"T","message_auto_delete_time":86400,"linked_chat_id":-1002,"new":{}}"#,
        );
        assert_eq!((channel.kind(), channel.title()), (Some(ChatKind::Channel), "T".to_owned()));
        assert_eq!(channel.auto_delete_s(), Some(86_400));
        assert_eq!(channel.linked(), Some(ChatId(-1002)));
        let person = chat(r#"{"id":1000,"type":"private","first_name":"Ada","last_name":"L"}"#);
        assert_eq!((person.kind(), person.title()), (Some(ChatKind::Private), "Ada L".to_owned()));
        assert_eq!(chat(r#"{"id":1,"type":"hologram"}"#).kind(), None);
    }

    #[test]
    fn rights_depend_on_status_and_chat() {
        let channel = r#"{"id":-1001,"type":"channel"}"#;
        let group = r#"{"id":-1002,"type":"supergroup","permissions":{"can_send_messages":true}}"#;
        let open = r#"{"id":-1002,"type":"group"}"#;
        let cases = [
            (
                channel,
                r#"{"status":"administrator","can_post_messages":true,"can_edit_messages":true,"can_delete_messages":true}"#,
                "peda",
            ),
            (
                channel,
                r#"{"status":"administrator","can_post_messages":true,"can_delete_messages":true}"#,
                "p-d-",
            ),
            (channel, r#"{"status":"administrator","can_pin_messages":true}"#, "----"),
            (channel, r#"{"status":"creator"}"#, "peda"),
            (channel, r#"{"status":"member"}"#, "----"),
            (channel, r#"{"status":"left"}"#, "----"),
            (channel, r#"{"status":"overlord","can_post_messages":true}"#, "----"),
            (
                group,
                r#"{"status":"administrator","can_delete_messages":true,"can_pin_messages":true}"#,
                "p-da",
            ),
            (group, r#"{"status":"creator"}"#, "p-da"),
            (group, r#"{"status":"member"}"#, "p---"),
            (open, r#"{"status":"member"}"#, "p---"),
            (
                group,
                r#"{"status":"restricted","is_member":true,"can_send_messages":true,"can_pin_messages":true}"#,
                "p--a",
            ),
            (group, r#"{"status":"restricted","can_send_messages":true}"#, "----"),
            (group, r#"{"status":"kicked"}"#, "----"),
        ];
        for (in_chat, member, expected) in cases {
            let member: Member = serde_json::from_str(member).unwrap();
            let r = member.rights(&chat(in_chat));
            let letters = [(r.post, 'p'), (r.edit_others, 'e'), (r.delete_others, 'd'), (r.pin, 'a')];
            let shown: String = letters.map(|(has, letter)| if has { letter } else { '-' }).iter().collect();
            assert_eq!(shown, expected, "{member:?}");
        }
    }
}
