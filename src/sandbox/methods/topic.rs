//! `createForumTopic`. Its id is the id of the service message it leaves.

use serde_json::json;

use super::target::Access;
use super::{Answer, Call};
use crate::sandbox::entities;
use crate::sandbox::failure::bad;
use crate::sandbox::rights::Right;
use crate::sandbox::world::{Author, Content, Draft};

/// Most characters of a name; the rest is cut.
const NAME_LIMIT: usize = 128;

/// The colour of an icon when none is asked for.
const DEFAULT_COLOR: i64 = 7_322_096;

pub(super) fn create(call: &mut Call<'_>) -> Answer {
    let chat = call.chat(Access::Write)?;
    if !chat.is_forum {
        return Err(bad("the chat is not a forum"));
    }
    if !chat.can(Right::ManageTopics) {
        return Err(bad("not enough rights to create a topic"));
    }
    let name = topic_name(call.params.text("name"));
    if name.is_empty() {
        return Err(bad("name must be non-empty"));
    }
    let icon_color = call.params.number("icon_color");
    if !(0..=0x00ff_ffff).contains(&icon_color) {
        return Err(bad("invalid icon color specified"));
    }
    let icon_color = if icon_color == 0 { DEFAULT_COLOR } else { icon_color };
    let icon = call.params.number("icon_custom_emoji_id");
    let icon_custom_emoji_id = (icon != 0).then(|| icon.to_string());

    let chat = chat.id;
    call.spend(chat)?;
    let content = Content::TopicCreated {
        name: name.clone(),
        icon_color,
        icon_custom_emoji_id: icon_custom_emoji_id.clone(),
    };
    let id = call.world.send(chat, Draft::new(Author::Bot(call.bot), content));
    let mut topic = json!({"message_thread_id": id, "name": name, "icon_color": icon_color});
    if let Some(icon) = icon_custom_emoji_id {
        topic["icon_custom_emoji_id"] = icon.into();
    }
    Ok(topic)
}

/// Cut to length, blanks united.
fn topic_name(name: &str) -> String {
    let name: String = entities::clean(name).trim().chars().take(NAME_LIMIT).collect();
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}
