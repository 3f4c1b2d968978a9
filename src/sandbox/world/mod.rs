//! Chats, messages and what happens to them: the state behind the Bot API, without its words.

mod chat;
mod effects;
mod message;
mod render;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(super) use chat::{Chat, ChatType, Membership};
pub(super) use effects::Draft;
pub(super) use message::{Author, Content, LinkPreview, Medium, Message, Quote, Reply};

pub(in crate::sandbox) use render::{bot as bot_json, person as person_json};

use super::clock::Clock;
use super::flood::Flood;
use super::media::Library;
use super::updates::Log;

/// The person who uses the sandbox beside the bot: the owner of its chats.
pub(super) const PERSON: i64 = 1000;

/// The account that forwards channel posts into the discussion group.
pub(super) const SERVICE_ACCOUNT: i64 = 777_000;

/// Everything that exists.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct World {
    pub clock: Clock,
    chats: BTreeMap<i64, Chat>,
    pub updates: Log,
    pub flood: Flood,
    #[serde(default)]
    pub files: Library,
    #[serde(default)]
    albums: i64,
    /// Where bots have their updates sent. Nothing is ever sent there; a bot that is asked for its updates has none.
    #[serde(default)]
    pub webhooks: BTreeMap<i64, String>,
}

impl World {
    pub(super) fn new(clock: Clock, chats: Vec<Chat>, first_update: i64) -> Self {
        let chats = chats.into_iter().map(|chat| (chat.id, chat)).collect();
        Self {
            clock,
            chats,
            updates: Log::starting_at(first_update),
            flood: Flood::default(),
            files: Library::default(),
            albums: 0,
            webhooks: BTreeMap::new(),
        }
    }

    pub(super) fn chats(&self) -> impl Iterator<Item = &Chat> {
        self.chats.values()
    }

    pub(super) fn chat(&self, id: i64) -> Option<&Chat> {
        self.chats.get(&id)
    }

    pub(super) fn chat_mut(&mut self, id: i64) -> Option<&mut Chat> {
        self.chats.get_mut(&id)
    }

    /// A chat by `@username`. People have none that a bot could use.
    pub(super) fn chat_named(&self, username: &str) -> Option<&Chat> {
        let matches =
            |chat: &&Chat| chat.username.as_deref().is_some_and(|u| u.eq_ignore_ascii_case(username));
        self.chats.values().filter(|chat| chat.kind != ChatType::Private).find(matches)
    }

    pub(super) fn message(&self, chat: i64, id: i64) -> Option<&Message> {
        self.chats.get(&chat)?.messages.get(&id)
    }
}
