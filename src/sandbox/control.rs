//! The calls under `/_sandbox/`: look, advance time, queue faults, act as a person.

use serde::Deserialize;
use serde_json::{Value, json};

use super::entities::{self, CAPTION_LIMIT, Finish, Formatted, TEXT_LIMIT};
use super::faults::Rule;
use super::machine::Machine;
use super::media::{self, Library};
use super::methods::rights_json;
use super::world::{Author, Chat, Content, Draft, LinkPreview, Medium, Message};

/// A request that was refused: HTTP status and what is wrong.
type Refused = (u16, String);

/// What a person does. A file is one that a bot has sent before.
#[derive(Deserialize)]
struct Human {
    #[serde(rename = "do")]
    action: Action,
    chat_id: Value,
    message_id: Option<i64>,
    text: Option<String>,
    file_id: Option<String>,
    caption: Option<String>,
    message_thread_id: Option<i64>,
    /// Where a message is copied or forwarded from, if not within the chat.
    from_chat_id: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Post,
    /// Post what a message says, under one's own name.
    Copy,
    Forward,
    Edit,
    Delete,
    Pin,
    Unpin,
}

/// How time is moved on: by so much, or to a moment unless it is over.
#[derive(Deserialize)]
#[serde(untagged)]
enum Advance {
    By { advance_s: f64 },
    Until { until_ms: i64 },
}

/// Answers one call; `path` is what follows `/_sandbox/`.
pub(super) fn handle(machine: &mut Machine, method: &str, path: &str, body: &[u8]) -> (u16, Value) {
    let answer = match (method, path.trim_end_matches('/').split('/').collect::<Vec<_>>().as_slice()) {
        ("GET", ["chats"]) => Ok(machine.world.chats().map(chat_json).collect()),
        ("GET", ["chats", id, "messages"]) => messages(machine, id),
        ("GET", ["requests"]) => Ok(machine.requests()),
        ("GET", ["clock"]) => Ok(clock(machine)),
        ("POST", ["clock"]) => read(body).and_then(|advance| advance_clock(machine, &advance)),
        ("POST", ["faults"]) => read(body).map(|rule: Rule| {
            machine.faults.push(rule);
            json!({"pending": machine.faults.pending()})
        }),
        ("POST", ["human"]) => read(body).and_then(|human| act(machine, &human)),
        _ => Err((404, format!("there is no `{method} /_sandbox/{path}`"))),
    };
    match answer {
        Ok(value) => (200, value),
        Err((status, error)) => (status, json!({"error": error})),
    }
}

fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Refused> {
    serde_json::from_slice(body).map_err(|error| (400, error.to_string()))
}

fn clock(machine: &Machine) -> Value {
    json!({"now_ms": machine.world.clock.now_ms()})
}

fn advance_clock(machine: &mut Machine, advance: &Advance) -> Result<Value, Refused> {
    let now_ms = machine.world.clock.now_ms();
    let ms = match advance {
        Advance::Until { until_ms } => until_ms.saturating_sub(now_ms).max(0),
        Advance::By { advance_s } if (0.0..1e12).contains(advance_s) => {
            #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
            let ms = (advance_s * 1000.0).round() as i64;
            ms
        }
        Advance::By { .. } => {
            return Err((400, "`advance_s` must be a number of seconds that is not negative".into()));
        }
    };
    machine.advance_ms(ms);
    Ok(clock(machine))
}

fn chat_json(chat: &Chat) -> Value {
    let mut json = json!({
        "id": chat.id,
        "type": chat.kind.name(),
        "title": chat.title,
        "username": chat.username,
        "rights": rights_json(chat),
    });
    if chat.is_forum {
        json["is_forum"] = true.into();
    }
    if let Some(linked) = chat.linked {
        json["linked_chat_id"] = linked.into();
    }
    json
}

fn find<'a>(machine: &'a Machine, id: &str) -> Result<&'a Chat, Refused> {
    super::methods::resolve(&machine.world, id).ok_or_else(|| (404, format!("there is no chat `{id}`")))
}

fn messages(machine: &Machine, id: &str) -> Result<Value, Refused> {
    let chat = find(machine, id)?;
    let shown = chat.messages.values().filter(|m| !m.content.is_service());
    let shown: Vec<Value> = shown.map(|m| shown_to_author(machine, chat.id, m.id)).collect();
    Ok(json!({"messages": shown, "pinned": chat.pinned}))
}

/// A message with the file ids of the bot that sent it.
fn shown_to_author(machine: &Machine, chat: i64, id: i64) -> Value {
    let mut message = machine.world.message_json(chat, id);
    let bot = match machine.world.message(chat, id).map(|message| message.author) {
        Some(Author::Bot(bot)) => bot,
        _ => 0,
    };
    media::localize(&mut message, bot);
    message
}

fn act(machine: &mut Machine, human: &Human) -> Result<Value, Refused> {
    let chat = named(machine, &human.chat_id)?;
    let chat_id = chat.id;
    if let Action::Post = human.action {
        let thread = human.message_thread_id.filter(|thread| chat.has_topic(*thread));
        let draft =
            Draft { thread, ..Draft::new(Author::Person, content(human, &machine.world.files, None)?) };
        let id = machine.world.send(chat_id, draft);
        return Ok(shown_to_author(machine, chat_id, id));
    }
    if let Action::Copy | Action::Forward = human.action {
        let draft = spread(machine, human)?;
        let id = machine.world.send(chat_id, draft);
        return Ok(shown_to_author(machine, chat_id, id));
    }
    let message = live(chat, human.message_id)?;
    let id = message.id;
    let keyboard = message.keyboard.clone();
    let old = message.content.clone();
    let before = shown_to_author(machine, chat_id, id);
    match human.action {
        Action::Edit => {
            let content = content(human, &machine.world.files, Some(&old))?;
            machine.world.edit(chat_id, id, content, keyboard);
        }
        Action::Pin => machine.world.pin(chat_id, id, Author::Person),
        Action::Unpin => machine.world.unpin(chat_id, id),
        Action::Delete => {
            machine.world.delete(chat_id, id);
            return Ok(before);
        }
        Action::Post | Action::Copy | Action::Forward => {}
    }
    Ok(shown_to_author(machine, chat_id, id))
}

fn named<'a>(machine: &'a Machine, chat: &Value) -> Result<&'a Chat, Refused> {
    match chat {
        Value::String(id) => find(machine, id),
        id => find(machine, &id.to_string()),
    }
}

/// A message that a person makes of another one.
fn spread(machine: &Machine, human: &Human) -> Result<Draft, Refused> {
    let from = named(machine, human.from_chat_id.as_ref().unwrap_or(&human.chat_id))?;
    let message = live(from, human.message_id)?;
    let draft = Draft::new(Author::Person, message.content.clone());
    if let Action::Copy = human.action {
        return Ok(draft);
    }
    if message.is_protected {
        return Err((400, format!("message `{}` has protected content", message.id)));
    }
    Ok(Draft { origin: Some(machine.world.origin_of(from.id, message)), ..draft })
}

fn live(chat: &Chat, id: Option<i64>) -> Result<&Message, Refused> {
    let id = id.ok_or_else(|| (400, "`message_id` is missing".to_owned()))?;
    let message = chat.messages.get(&id).filter(|m| !m.content.is_service());
    message.ok_or_else(|| (404, format!("there is no message `{id}` in chat `{}`", chat.id)))
}

/// What a person posts, or makes of `old`: a file with a caption, another caption, or text.
fn content(human: &Human, files: &Library, old: Option<&Content>) -> Result<Content, Refused> {
    let caption = || written(human.caption.as_deref().unwrap_or_default(), CAPTION_LIMIT);
    match (&human.file_id, old) {
        (Some(id), _) => {
            let unknown = || (404, format!("no bot has sent a file `{id}`"));
            let asset = files.of_any_bot(id).ok_or_else(unknown)?.clone();
            let medium = Medium { asset, caption: caption()?, is_below_caption: false, has_spoiler: false };
            Ok(Content::Media(medium))
        }
        (None, Some(Content::Media(medium))) if human.caption.is_some() => {
            Ok(Content::Media(Medium { caption: caption()?, ..medium.clone() }))
        }
        (None, Some(Content::Media(_))) => Err((400, "`caption` or `file_id` is missing".to_owned())),
        (None, _) => {
            let text = human.text.as_deref().ok_or_else(|| (400, "`text` is missing".to_owned()))?;
            Ok(Content::Text { text: written(text, TEXT_LIMIT)?, preview: LinkPreview::default() })
        }
    }
}

/// People write plain text; links and the like are found in it.
fn written(text: &str, limit: usize) -> Result<Formatted, Refused> {
    let rules = Finish { limit, allow_empty: limit == CAPTION_LIMIT, detect: true };
    entities::read(text, "", None).and_then(|raw| raw.finish(rules)).map_err(|why| (400, why))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Machine, handle};
    use crate::sandbox::chats;
    use crate::sandbox::clock::Clock;
    use crate::sandbox::world::World;

    fn machine() -> Machine {
        let chats = chats::build(chats::defaults(), &[], 0).unwrap();
        Machine::new(World::new(Clock::starting_at(0), chats, 1))
    }

    fn post(machine: &mut Machine, path: &str, body: &Value) -> (u16, Value) {
        handle(machine, "POST", path, body.to_string().as_bytes())
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let mut machine = machine();
        let table = [
            ("clock", json!({"advance_s": -1}), 400),
            ("clock", json!({}), 400),
            ("faults", json!({"kind": "meteor"}), 400),
            ("human", json!({"do": "post", "chat_id": 5, "text": "x"}), 404),
            ("human", json!({"do": "post", "chat_id": "@sandbox"}), 400),
            ("human", json!({"do": "edit", "chat_id": "@sandbox", "message_id": 1, "text": "x"}), 404),
            ("human", json!({"do": "dance", "chat_id": "@sandbox"}), 400),
            ("nowhere", json!({}), 404),
        ];
        for (path, body, expected) in table {
            let (status, answer) = post(&mut machine, path, &body);
            assert_eq!(status, expected, "{path} {body}");
            assert!(answer["error"].is_string());
        }
    }

    #[test]
    fn a_person_posts_edits_pins_and_deletes() {
        let mut machine = machine();
        let mut act = |action: &str| {
            let body = json!({"do": action, "chat_id": "@sandbox", "message_id": 2, "text": action});
            let (status, message) = post(&mut machine, "human", &body);
            assert_eq!((status, &message["message_id"]), (200, &json!(2)), "{action}");
            message["text"].clone()
        };
        for (action, text) in
            [("post", "post"), ("edit", "edit"), ("pin", "edit"), ("unpin", "edit"), ("delete", "edit")]
        {
            assert_eq!(act(action), text);
        }
        let left = handle(&mut machine, "GET", "chats/@sandbox/messages", b"").1;
        assert_eq!(left, json!({"messages": [], "pinned": []}));
    }

    #[test]
    fn fractions_of_seconds_pass() {
        let mut machine = machine();
        post(&mut machine, "clock", &json!({"advance_s": 1.5}));
        assert_eq!(handle(&mut machine, "GET", "clock", b"").1, json!({"now_ms": 1500}));
        for (until, now) in [(1200, 1500), (1700, 1700)] {
            let told = post(&mut machine, "clock", &json!({"until_ms": until}));
            assert_eq!(told, (200, json!({"now_ms": now})));
        }
    }
}
