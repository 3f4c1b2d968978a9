//! One target of the config.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::fill::{is_unset, is_variable};
use super::{Approval, Target};
use crate::content::{format, on_drift};
use crate::diagnostic::codes::config as codes;
use crate::ids::{ChatId, ChatRef, TargetName, TopicId};
use crate::plan::{Foreign, Guard, OnMissing, OnUndeletable, Policy};
use crate::yaml::{Node, Tree};

const TOKEN_ENV: &str = "TELEGRAM_BOT_TOKEN";
const TOMBSTONE_TEXT: &str = "This post was removed.";

/// Longest text of a message, in characters (Bot API, `sendMessage`; checked 2026-11-20).
const MAX_MESSAGE_CHARS: usize = 4096;

/// What all targets share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shared {
    pub guard: Guard,
    pub max_late: SignedDuration,
    /// Whether there is but one target.
    pub single: bool,
}

/// Reads a target whose kinds of values have been checked; what else is wrong is reported, with a value that does no harm.
pub(super) fn read(name: TargetName, node: &Node<'_>, shared: Shared) -> Target {
    let flag = |key| node.get(key).and_then(|value| value.flag()).unwrap_or_default();
    let policy = Policy {
        target: name,
        place: (node.place().file, node.place().line),
        chat: chat(node),
        format: node.get("format").and_then(|value| format(&value)).unwrap_or_default(),
        prune: flag("prune"),
        on_missing: node.get("on_missing").map(|value| on_missing(&value)).unwrap_or_default(),
        on_drift: node.get("on_drift").and_then(|value| on_drift(&value)).unwrap_or_default(),
        foreign: node.get("foreign").map(|value| foreign(&value)).unwrap_or_default(),
        scratch_chat: scratch_chat(node),
        on_undeletable: node.get("on_undeletable").map(|value| on_undeletable(&value)).unwrap_or_default(),
        tombstone_text: tombstone_text(node),
        topics: topics(node),
        silent: flag("silent"),
        protect_content: flag("protect_content"),
        default: flag("default") || shared.single,
        guard: shared.guard,
        max_late: shared.max_late,
    };
    let approval = node.get("approval").map(|value| approval(&value)).unwrap_or_default();
    Target { policy, token_env: token_env(node), approval, require_review: flag("require_review") }
}

fn approval(node: &Node<'_>) -> Approval {
    match node.text().as_deref() {
        Some("plan") => Approval::Plan,
        Some("none") => Approval::None,
        _ => Approval::Auto,
    }
}

fn on_missing(node: &Node<'_>) -> OnMissing {
    match node.text().as_deref() {
        Some("report") => OnMissing::Report,
        Some("forget") => OnMissing::Forget,
        _ => OnMissing::Restore,
    }
}

fn foreign(node: &Node<'_>) -> Foreign {
    match node.text().as_deref() {
        Some("report") => Foreign::Report,
        Some("delete") => Foreign::Delete,
        _ => Foreign::Ignore,
    }
}

/// A person's chat with a bot has the id of the person and no name that a bot could use (Bot API, `Chat.id`; checked
/// 2026-11-21).
fn scratch_chat(node: &Node<'_>) -> Option<ChatId> {
    let value = node.get("scratch_chat")?;
    let text = value.text()?;
    if is_unset(&text) {
        return None;
    }
    let id = text.trim().parse::<i64>().ok().filter(|id| *id != 0);
    if id.is_none() {
        let hint = "send any message to the bot from your own account: the id is that of your account; or make a private channel for it, whose id begins with -100";
        value.error(codes::BAD_CHAT, format!("`{}` is not the id of a chat", value.name()), hint);
    }
    id.map(ChatId)
}

fn on_undeletable(node: &Node<'_>) -> OnUndeletable {
    match node.text().as_deref() {
        Some("keep") => OnUndeletable::Keep,
        _ => OnUndeletable::Tombstone,
    }
}

fn topics(node: &Node<'_>) -> BTreeMap<String, TopicId> {
    let Some(topics) = node.get("topics") else {
        return BTreeMap::new();
    };
    let topics = topics.entries().into_iter();
    topics
        .filter_map(|(name, id)| {
            let id = i32::try_from(id.int()?).ok()?;
            Some((name.to_owned(), TopicId(id)))
        })
        .collect()
}

fn tombstone_text(node: &Node<'_>) -> String {
    let Some(value) = node.get("tombstone_text") else {
        return TOMBSTONE_TEXT.to_owned();
    };
    let text = value.text().unwrap_or_default();
    let chars = text.chars().count();
    if value.text().is_some() && (text.trim().is_empty() || chars > MAX_MESSAGE_CHARS) {
        let message =
            format!("`{}` has {chars} characters, 1 to {MAX_MESSAGE_CHARS} are allowed", value.name());
        value.error(codes::WRONG_VALUE, message, format!("write a short text, such as `{TOMBSTONE_TEXT}`"));
    }
    text
}

fn token_env(node: &Node<'_>) -> String {
    let Some(value) = node.get("token_env") else {
        return TOKEN_ENV.to_owned();
    };
    let name = value.text().unwrap_or_default();
    if value.text().is_some() && !is_variable(&name) {
        let message = format!("`{}` should be the name of an environment variable", value.name());
        value.error(
            codes::BAD_NAME,
            message,
            format!("write a name such as `{TOKEN_ENV}`, and put the token into that variable"),
        );
    }
    name
}

fn chat(node: &Node<'_>) -> Option<ChatRef> {
    let Some(value) = node.get("chat") else {
        if !matches!(node.tree(), Tree::Map(_) | Tree::Null) {
            return None;
        }
        let message = format!("`{}` has no `chat`", node.name());
        node.key_error(codes::MISSING_KEY, message, "add the channel: `chat: \"@my_channel\"`");
        return None;
    };
    let text = value.text()?;
    if is_unset(&text) {
        return None;
    }
    let found = parse_chat(text.trim());
    if let Err(hint) = &found {
        let message = format!("`{}` is neither `@username` nor a `-100…` id", value.name());
        value.error(codes::BAD_CHAT, message, hint);
    }
    found.ok()
}

/// `Err`: how to spell it.
fn parse_chat(text: &str) -> Result<ChatRef, String> {
    if let Ok(id) = text.parse::<i64>() {
        // Channels, supergroups and basic groups have negative ids, persons positive ones (Bot API, `Chat.id`).
        return if id < 0 {
            Ok(ChatRef::Id(ChatId(id)))
        } else {
            Err(format!("the id of a channel or supergroup begins with -100: `-100{id}`"))
        };
    }
    if let Some(name) = text.strip_prefix('@') {
        return if is_username(name) {
            Ok(ChatRef::Username(text.to_owned()))
        } else {
            Err("a username has 4 to 32 letters, digits and `_`, and begins with a letter".to_owned())
        };
    }
    Err(spelling_of_link(text))
}

fn is_username(name: &str) -> bool {
    (4..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The right spelling of what people copy from Telegram.
fn spelling_of_link(text: &str) -> String {
    let bare = text.trim_start_matches("https://").trim_start_matches("http://");
    let link = ["t.me/", "telegram.me/", "www.t.me/"].iter().find_map(|host| bare.strip_prefix(host));
    let mut parts = link.unwrap_or(bare).split(['/', '?']);
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match (link.is_some(), first) {
        (true, "c") if is_number(second) => format!("write the id: `-100{second}`"),
        (true, "s") if is_username(second) => format!("write `\"@{second}\"`"),
        (_, name) if is_username(name) && name != "joinchat" => format!("write `\"@{name}\"`"),
        (true, _) => "an invite link doesn't tell the chat: write its id, which begins with -100".to_owned(),
        _ => "write `\"@my_channel\"`, or the id, which begins with -100".to_owned(),
    }
}
