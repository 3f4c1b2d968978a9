//! What testimony says of one message. Pure.

use std::fmt;

use super::Item;
use crate::ids::Digest;
use crate::lock::Kind;
use crate::ports::{Probe, Seen};

/// How a message is, beside what is recorded of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Deleted,
    Edited,
    /// Nobody can tell.
    Unknown,
    InSync,
}

/// How that is known, or why it is not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// It was read by way of the scratch chat.
    Read,
    /// A copy of it was read: it can't be forwarded, and a copy has no buttons.
    Copied,
    /// Telegram said twice that it is not there.
    NotFound,
    /// It was sent as a text and holds a file now.
    HoldsFile,
    /// It is there, and there is no scratch chat to read it with.
    There,
    /// It was read, and what it is to show was never told.
    Unrecorded,
    /// An edit was made that nobody saw the end of.
    Unsure,
    /// It is there, and the bot can't edit it.
    Locked,
    /// It is there and can be neither forwarded nor copied.
    Unreadable(String),
    /// Telegram says this, which tells nothing.
    Unclear(String),
    /// It was not looked at: the budget was used up.
    Budget,
    /// It was not looked at, and why.
    NotAsked(String),
}

/// What was found of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub item: Item,
    pub state: State,
    pub how: How,
    /// What kind of message it is now, where that was seen.
    pub kind: Option<Kind>,
    /// What subscribers see of it, where it was read.
    pub shown: Option<Digest>,
}

impl Finding {
    pub(super) fn new(item: &Item, state: State, how: How) -> Self {
        Self { item: item.clone(), state, how, kind: None, shown: None }
    }

    /// Whether an edit would make sure of it: it is there, and nothing speaks against that it can be edited.
    pub fn can_be_asserted(&self) -> bool {
        matches!(self.how, How::There | How::Unrecorded | How::Unsure | How::Unreadable(_))
    }

    /// Whether somebody looked at it, with whatever result.
    pub fn was_looked_at(&self) -> bool {
        !matches!(self.how, How::Budget | How::NotAsked(_))
    }
}

/// A message that was read.
pub(super) fn read(item: &Item, seen: &Seen) -> Finding {
    let by = if seen.copied { How::Copied } else { How::Read };
    let (state, how) = match &item.shown {
        _ if item.unsure => (State::Unknown, How::Unsure),
        Some(shown) if *shown == seen.shown => (State::InSync, by),
        Some(_) => (State::Edited, by),
        None if seen.kind.is_none_or(|kind| kind.has_file() != item.kind.has_file()) => (State::Edited, by),
        None => (State::Unknown, How::Unrecorded),
    };
    Finding { kind: seen.kind, shown: Some(seen.shown.clone()), ..Finding::new(item, state, how) }
}

/// A message that is there, as far as an edit that can't be done tells.
pub(super) fn probed(item: &Item, probe: &Probe) -> Finding {
    let (state, how) = match probe {
        Probe::There { holds_text: false } if !item.kind.has_file() => (State::Edited, How::HoldsFile),
        Probe::There { .. } if item.unsure => (State::Unknown, How::Unsure),
        Probe::There { .. } => (State::Unknown, How::There),
        Probe::Locked => (State::Unknown, How::Locked),
        Probe::Missing => (State::Unknown, How::Unclear("message to edit not found, once".to_owned())),
        Probe::Opaque(words) => (State::Unknown, How::Unclear(words.clone())),
    };
    Finding::new(item, state, how)
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            Self::InSync => "in sync",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
            Self::Unknown => "unknown",
        }
    }
}

impl How {
    /// Its name in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Copied => "copied",
            Self::NotFound => "not_found",
            Self::HoldsFile => "holds_file",
            Self::There => "there",
            Self::Unrecorded => "unrecorded",
            Self::Unsure => "unsure",
            Self::Locked => "locked",
            Self::Unreadable(_) => "unreadable",
            Self::Unclear(_) => "unclear",
            Self::Budget => "budget",
            Self::NotAsked(_) => "not_asked",
        }
    }
}

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read by way of the scratch chat",
            Self::Copied => "a copy was read by way of the scratch chat, which has no buttons",
            Self::NotFound => "Telegram says twice that it is not there",
            Self::HoldsFile => "it was sent as a text and holds a file now",
            Self::There => "it is there; what it says can't be read without a `scratch_chat`",
            Self::Unrecorded => "it was read; what it showed when it was sent is not recorded",
            Self::Unsure => "an edit of it was made that nobody saw the end of",
            Self::Locked => "it is there, and the bot can't edit it",
            Self::Unreadable(words) => {
                return write!(f, "it is there and can't be forwarded or copied: {words}");
            }
            Self::Unclear(words) => return write!(f, "Telegram says of it: {words}"),
            Self::Budget => "not looked at: the budget is used up",
            Self::NotAsked(why) => return write!(f, "not looked at: {why}"),
        })
    }
}
