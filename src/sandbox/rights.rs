//! What the bot may do in a chat.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::world::ChatType;

/// An administrator right, named as in Bot API `ChatMemberAdministrator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Right {
    #[serde(rename = "can_post_messages")]
    Post,
    #[serde(rename = "can_edit_messages")]
    Edit,
    #[serde(rename = "can_delete_messages")]
    Delete,
    #[serde(rename = "can_pin_messages")]
    Pin,
    #[serde(rename = "can_manage_topics")]
    ManageTopics,
}

/// The rights of the bot in one chat. Without any it is an ordinary member.
pub(super) type Rights = BTreeSet<Right>;

impl Right {
    pub(super) const ALL: [Self; 5] = [Self::Post, Self::Edit, Self::Delete, Self::Pin, Self::ManageTopics];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Post => "can_post_messages",
            Self::Edit => "can_edit_messages",
            Self::Delete => "can_delete_messages",
            Self::Pin => "can_pin_messages",
            Self::ManageTopics => "can_manage_topics",
        }
    }

    /// Reads `can_post_messages` or, shorter, `post`.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let is_named = |right: &Self| {
            right.name() == name
                || matches!(
                    (right, name),
                    (Self::Post, "post")
                        | (Self::Edit, "edit")
                        | (Self::Delete, "delete")
                        | (Self::Pin, "pin")
                        | (Self::ManageTopics, "topics")
                )
        };
        Self::ALL.into_iter().find(is_named)
    }

    /// Whether the right exists in chats of this type.
    pub(super) fn applies_to(self, kind: ChatType) -> bool {
        match self {
            Self::Post | Self::Edit => kind == ChatType::Channel,
            Self::Delete => kind != ChatType::Private,
            Self::Pin => matches!(kind, ChatType::Group | ChatType::Supergroup),
            Self::ManageTopics => kind == ChatType::Supergroup,
        }
    }
}

/// The rights of an administrator who may do everything in such a chat.
pub(super) fn all(kind: ChatType) -> Rights {
    Right::ALL.into_iter().filter(|right| right.applies_to(kind)).collect()
}

/// `{"can_post_messages": true, …}` for the rights such a chat knows.
pub(super) fn to_json(rights: &Rights, kind: ChatType) -> Map<String, Value> {
    let known = Right::ALL.into_iter().filter(|right| right.applies_to(kind));
    known.map(|right| (right.name().to_owned(), rights.contains(&right).into())).collect()
}

#[cfg(test)]
mod tests {
    use super::{ChatType, Right, all, to_json};

    #[test]
    fn short_and_long_names_are_read() {
        assert_eq!(Right::parse("post"), Some(Right::Post));
        assert_eq!(Right::parse("can_manage_topics"), Some(Right::ManageTopics));
        assert_eq!(Right::parse("fly"), None);
    }

    #[test]
    fn a_chat_knows_only_its_rights() {
        assert!(all(ChatType::Private).is_empty());
        let channel = to_json(&all(ChatType::Channel), ChatType::Channel);
        assert_eq!(
            channel.keys().collect::<Vec<_>>(),
            ["can_delete_messages", "can_edit_messages", "can_post_messages"]
        );
    }
}
