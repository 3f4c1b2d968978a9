//! Change ids and plan ids: digests of what would be done and what it starts from. Never time, wording, file names or
//! order, so that an approval survives all that and dies with any change of what subscribers would see.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Facets, Input, Verb};
use crate::ids::{ChangeId, Digest, MessageId, PlanId, Sha256Hex, Slug, Timestamp};
use crate::lock::{Recorded, RecordedPart};

/// What a change id digests.
#[derive(Debug, Serialize)]
pub(super) struct Material<'a> {
    target: &'a str,
    chat: &'a str,
    slug: &'a Slug,
    verb: Verb,
    what: What<'a>,
    publish_at: Option<Timestamp>,
}

/// What it starts from and what it leads to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What<'a> {
    Send {
        to: Vec<Facets>,
    },
    Restore {
        from: Vec<MessageId>,
        to: Vec<Facets>,
    },
    /// `from`: the oldest message, which goes last.
    Resend {
        from: Option<MessageId>,
        to: Vec<Facets>,
    },
    Edit {
        from: From<'a>,
        to: Vec<Facets>,
    },
    /// Filling links alone: the message may not have its own id yet when this is planned.
    Link {
        text: Vec<Digest>,
        from: BTreeMap<Slug, Option<MessageId>>,
    },
    Pin {
        pin: bool,
    },
    /// `tombstone`: what would stand there if it can't be deleted. One id whichever it comes to.
    Delete {
        from: Option<MessageId>,
        tombstone: Option<&'a str>,
    },
    Rename {
        from: &'a Slug,
    },
    Keep {
        keep: bool,
    },
    Forget {
        from: Vec<MessageId>,
    },
    Foreign {
        id: MessageId,
    },
    Leftovers {
        ids: Vec<MessageId>,
    },
    Doubt {
        pending: Vec<&'a str>,
    },
}

/// What an edit starts from. Of several messages only the first one's id: it stays what it is while an edit of them all
/// is half done.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum From<'a> {
    One {
        ids: &'a [MessageId],
        text: &'a Digest,
        opts: &'a Digest,
        markup: Option<&'a Digest>,
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<&'a Sha256Hex>,
        /// Those that a rich message shows.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        shows: Vec<&'a Sha256Hex>,
    },
    Several {
        first: Option<MessageId>,
    },
}

pub(super) fn from<'a>(post: &'a Recorded, to: &[Facets]) -> From<'a> {
    match post.parts.as_slice() {
        [RecordedPart { ids, text, opts, markup, items, kind, .. }] if to.len() == 1 && ids.len() == 1 => {
            let mut files = items.iter().map(|item| &item.sha256);
            From::One {
                ids,
                text,
                opts,
                markup: markup.as_ref(),
                file: if kind.has_file() { files.next() } else { None },
                shows: files.collect(),
            }
        }
        _ => From::Several { first: post.first_id() },
    }
}

/// What an edit leads to: facets that an edit can't change do not count.
pub(super) fn editable(parts: &[Facets]) -> Vec<Facets> {
    parts.iter().map(|facets| Facets { fixed: None, ..facets.clone() }).collect()
}

pub(super) fn change_id(
    input: &Input<'_>,
    chat: &str,
    (slug, verb): (&Slug, Verb),
    publish_at: Option<Timestamp>,
    what: What<'_>,
) -> ChangeId {
    ChangeId::of(&Material { target: input.policy.target.as_str(), chat, slug, verb, what, publish_at })
}

/// The chat as ids digest it: the name under which it was pinned, also before that and where the config's variable is
/// not set. So the id of the very first plan does not change when its own apply pins the chat half way.
pub(super) fn chat_key(input: &Input<'_>) -> String {
    let pinned = input.lock.chat.map(|id| id.to_string());
    let known = input.lock.chat_as.clone().or_else(|| pinned.clone());
    match input.policy.chat.as_ref().map(ToString::to_string) {
        Some(named) if Some(&named) != pinned.as_ref() => named,
        _ => known.unwrap_or_default(),
    }
}

/// The id of a plan with these changes.
pub fn plan_id<'a>(changes: impl IntoIterator<Item = &'a ChangeId>) -> PlanId {
    let sorted: BTreeSet<&ChangeId> = changes.into_iter().collect();
    PlanId::of(&sorted)
}
