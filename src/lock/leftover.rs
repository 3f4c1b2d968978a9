//! Messages that a post does not need any more: a re-send, a split that shrank, an album that was restored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Kind;
use crate::ids::{MessageId, Timestamp};

/// A message that is still in the chat and has to go, or has to stay because bots can't delete it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Form", into = "Form")]
pub struct Leftover {
    pub id: MessageId,
    /// Of an album, the kind of this item.
    pub kind: Kind,
    /// `None`: not known.
    pub sent: Option<Timestamp>,
    /// Too old to be deleted: it is a tombstone or as it was, for good.
    pub stays: bool,
}

impl Leftover {
    /// A message nothing else is known of.
    pub(super) fn of(id: MessageId) -> Self {
        Self { id, kind: Kind::Text, sent: None, stays: false }
    }
}

/// How it is written: an id, or an id with what is known.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Form {
    Id(MessageId),
    Known(Known),
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    id: MessageId,
    kind: Kind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    stays: bool,
}

impl From<Form> for Leftover {
    fn from(form: Form) -> Self {
        match form {
            Form::Id(id) => Self::of(id),
            Form::Known(Known { id, kind, sent, stays }) => Self { id, kind, sent, stays },
        }
    }
}

impl From<Leftover> for Form {
    fn from(left: Leftover) -> Self {
        if left == Leftover::of(left.id) {
            return Self::Id(left.id);
        }
        let Leftover { id, kind, sent, stays } = left;
        Self::Known(Known { id, kind, sent, stays })
    }
}
