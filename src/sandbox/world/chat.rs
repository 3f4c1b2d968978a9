//! A chat: what it is, what the bot may do there, its messages and pins.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::message::{Author, Content, Message};
use crate::sandbox::rights::{Right, Rights};

/// `type` of Bot API `Chat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChatType {
    Private,
    Group,
    Supergroup,
    Channel,
}

impl ChatType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Group => "group",
            Self::Supergroup => "supergroup",
            Self::Channel => "channel",
        }
    }
}

/// Whether the bot is in the chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Membership {
    Member,
    /// A member of a group who may not write.
    Restricted,
    Left,
    Kicked,
}

/// One chat.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Chat {
    pub id: i64,
    pub kind: ChatType,
    /// Title, or the first name of the person of a private chat.
    pub title: String,
    pub username: Option<String>,
    pub is_forum: bool,
    pub rights: Rights,
    pub membership: Membership,
    /// Discussion group of a channel, or channel of a discussion group.
    pub linked: Option<i64>,
    /// The supergroup that this group was upgraded to.
    pub migrated_to: Option<i64>,
    pub messages: BTreeMap<i64, Message>,
    pub pinned: BTreeSet<i64>,
    /// The highest id ever given; ids are never used twice.
    pub last_id: i64,
}

impl Chat {
    /// A fresh chat. Channels and supergroups begin with the service message of their creation.
    pub(crate) fn new(id: i64, kind: ChatType, title: String, username: Option<String>, now_s: i64) -> Self {
        let mut chat = Self {
            id,
            kind,
            title,
            username,
            is_forum: false,
            rights: Rights::new(),
            membership: Membership::Member,
            linked: None,
            migrated_to: None,
            messages: BTreeMap::new(),
            pinned: BTreeSet::new(),
            last_id: 0,
        };
        if matches!(kind, ChatType::Channel | ChatType::Supergroup) {
            let id = chat.next_id();
            chat.messages.insert(id, Message::new(id, now_s, Author::Person, Content::ChatCreated));
        }
        chat
    }

    pub(crate) fn can(&self, right: Right) -> bool {
        self.rights.contains(&right)
    }

    /// Whether the bot is told what happens here.
    pub(crate) fn is_joined(&self) -> bool {
        matches!(self.membership, Membership::Member | Membership::Restricted)
    }

    pub(crate) fn is_channel(&self) -> bool {
        self.kind == ChatType::Channel
    }

    /// Takes the next message id.
    pub(super) fn next_id(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    /// The newest pinned message, by the time it was sent.
    pub(crate) fn newest_pin(&self) -> Option<&Message> {
        self.pinned.iter().next_back().and_then(|id| self.messages.get(id))
    }

    /// Whether `thread` is a topic of this forum.
    pub(crate) fn has_topic(&self, thread: i64) -> bool {
        let topic = self.messages.get(&thread);
        self.is_forum && topic.is_some_and(|m| matches!(m.content, Content::TopicCreated { .. }))
    }
}

#[cfg(test)]
mod tests {
    use super::{Chat, ChatType};

    #[test]
    fn channels_begin_with_the_message_of_their_creation() {
        let channel = Chat::new(-1, ChatType::Channel, "c".into(), None, 5);
        assert_eq!(channel.last_id, 1);
        assert!(channel.messages[&1].content.is_service());
        assert_eq!(Chat::new(1, ChatType::Private, "p".into(), None, 5).last_id, 0);
    }
}
