//! What a target's config allows a plan to do.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::content::{Format, OnDrift};
use crate::ids::{ChatId, ChatRef, RelPath, TargetName, TopicId};

/// Settings of one target that planning needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub target: TargetName,
    /// Where the config speaks of it: file and line.
    pub place: (RelPath, usize),
    /// `None`: its environment variable is not set; the chat that the lock pins is used.
    pub chat: Option<ChatRef>,
    /// What posts become that don't say it themselves.
    pub format: Format,
    pub prune: bool,
    pub on_missing: OnMissing,
    /// Of posts that don't say it themselves.
    pub on_drift: OnDrift,
    pub foreign: Foreign,
    /// A chat that nobody minds, through which posts are read back.
    pub scratch_chat: Option<ChatId>,
    pub on_undeletable: OnUndeletable,
    pub tombstone_text: String,
    pub topics: BTreeMap<String, TopicId>,
    pub silent: bool,
    pub protect_content: bool,
    /// Posts without `targets:` go here.
    pub default: bool,
    pub guard: Guard,
    /// A `publish_at` missed by more is held and reported.
    pub max_late: SignedDuration,
}

/// What to do when Telegram says that a message is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnMissing {
    /// Send it again: new id, new place.
    #[default]
    Restore,
    /// Leave it, say so.
    Report,
    /// Stop tracking it.
    Forget,
}

/// What to do about posts of others in a channel, as far as updates tell of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Foreign {
    #[default]
    Ignore,
    /// Name them.
    Report,
    /// Delete them, as far as the guard lets it.
    Delete,
}

/// What becomes of a message older than 48 hours that should go: bots can't delete it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnUndeletable {
    /// Edit it to `tombstone_text`.
    #[default]
    Tombstone,
    /// Leave it and report it.
    Keep,
}

/// How much a plan may change before it needs a word more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    pub max_sends: usize,
    pub max_deletes: usize,
    /// Of the published posts of a target; counts from ten published posts up.
    pub max_delete_percent: usize,
    pub max_resends: usize,
}

impl Default for Guard {
    fn default() -> Self {
        Self { max_sends: 10, max_deletes: 10, max_delete_percent: 30, max_resends: 3 }
    }
}
