//! `getMe`, `getChat`, `getChatMember`, and the webhook that never is.

use serde_json::{Value, json};

use super::target::Access;
use super::{Answer, Call};
use crate::sandbox::failure::bad;
use crate::sandbox::rights::{self, Right};
use crate::sandbox::world::{Chat, ChatType, Membership, PERSON, bot_json, person_json};

#[expect(clippy::unnecessary_wraps, reason = "the signature of a method")]
pub(super) fn me(call: &mut Call<'_>) -> Answer {
    let mut me = bot_json(call.bot);
    let no = [
        "can_read_all_group_messages",
        "supports_inline_queries",
        "supports_guest_queries",
        "can_connect_to_business",
        "has_main_web_app",
        "has_topics_enabled",
        "allows_users_to_create_topics",
        "can_manage_bots",
    ];
    me["can_join_groups"] = true.into();
    for ability in no {
        me[ability] = false.into();
    }
    Ok(me)
}

pub(super) fn chat(call: &mut Call<'_>) -> Answer {
    let chat = call.chat(Access::Read)?;
    let mut json = chat.to_json();
    if let Some(username) = &chat.username {
        json.insert("active_usernames".into(), json!([username]));
    }
    if let Some(linked) = chat.linked {
        json.insert("linked_chat_id".into(), linked.into());
    }
    if matches!(chat.kind, ChatType::Group | ChatType::Supergroup) {
        json.insert("permissions".into(), permissions());
    }
    json.insert("accepted_gift_types".into(), gift_types());
    if let Some(pinned) = chat.newest_pin() {
        json.insert("pinned_message".into(), call.world.message_json(chat.id, pinned.id));
    }
    json.insert("max_reaction_count".into(), 11.into());
    json.insert("accent_color_id".into(), 0.into());
    Ok(json.into())
}

/// `ChatMemberRestricted` without any permission.
fn restricted(user: &Value) -> Value {
    let mut member = json!({"user": user, "status": "restricted", "is_member": true, "until_date": 0});
    for permission in PERMISSIONS {
        member[permission] = false.into();
    }
    member
}

const PERMISSIONS: [&str; 16] = [
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_react_to_messages",
    "can_edit_tag",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
];

fn permissions() -> Value {
    PERMISSIONS
        .into_iter()
        .map(|name| (name.to_owned(), Value::from(true)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn gift_types() -> Value {
    json!({
        "unlimited_gifts": false,
        "limited_gifts": false,
        "unique_gifts": false,
        "premium_subscription": false,
        "gifts_from_channels": false,
    })
}

pub(super) fn chat_member(call: &mut Call<'_>) -> Answer {
    let user = call.params.number("user_id");
    if user <= 0 {
        return Err(bad("invalid user_id specified"));
    }
    let chat = call.chat(Access::Read)?;
    if user == call.bot {
        return Ok(own_membership(chat, call.bot));
    }
    if user != PERSON {
        return Err(bad("PARTICIPANT_ID_INVALID"));
    }
    let status = if chat.kind == ChatType::Private { "member" } else { "creator" };
    let mut member = json!({"user": person_json(user), "status": status});
    if status == "creator" {
        member["is_anonymous"] = false.into();
    }
    Ok(member)
}

fn own_membership(chat: &Chat, bot: i64) -> Value {
    let user = bot_json(bot);
    match chat.membership {
        Membership::Kicked => json!({"user": user, "status": "kicked", "until_date": 0}),
        Membership::Left => json!({"user": user, "status": "left"}),
        Membership::Restricted => restricted(&user),
        Membership::Member if chat.rights.is_empty() => json!({"user": user, "status": "member"}),
        Membership::Member => {
            let mut member = json!({"user": user, "status": "administrator", "can_be_edited": false});
            for (name, value) in administrator_rights(chat) {
                member[name] = value.into();
            }
            member
        }
    }
}

/// All fields of an administrator; those the sandbox does not act on are false.
fn administrator_rights(chat: &Chat) -> Vec<(&'static str, bool)> {
    let idle = [
        "can_change_info",
        "can_invite_users",
        "can_restrict_members",
        "can_promote_members",
        "can_manage_video_chats",
        "can_manage_voice_chats",
        "can_post_stories",
        "can_edit_stories",
        "can_delete_stories",
        "can_send_welcome_messages",
        "is_anonymous",
    ];
    let own_to_kind = if chat.is_channel() { "can_manage_direct_messages" } else { "can_manage_tags" };
    let idle = idle.into_iter().chain([own_to_kind]).map(|name| (name, false));
    let known = Right::ALL.into_iter().filter(|right| right.applies_to(chat.kind));
    let known = known.map(|right| (right.name(), chat.can(right)));
    idle.chain(known).chain([("can_manage_chat", true)]).collect()
}

/// The rights of a chat as `/_sandbox/chats` shows them.
pub(crate) fn rights_json(chat: &Chat) -> Value {
    rights::to_json(&chat.rights, chat.kind).into()
}
