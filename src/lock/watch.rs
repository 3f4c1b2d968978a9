//! What is known of a chat beyond its posts: as long as a send may still have its effect, or did and nobody saw it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{TargetLock, What};
use crate::ids::{Digest, MessageId, Slug, Timestamp};

/// The chat as runs that looked at it left it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Doubts that no evidence settles: a person was asked, and the chat is not searched again for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<String>,
    /// How far updates were heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<Hearing>,
    /// Markers that are to be deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub markers: Vec<MessageId>,
    /// Messages of others, as far as something of ours may be among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<MessageId>,
    /// Copies that nobody needs: claimed, to be deleted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strays: Vec<MessageId>,
    /// Sends that may still have their effect.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tickets: Vec<Ticket>,
    /// The highest message id that was seen in the chat beside those of posts, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<Top>,
}

/// Updates that this bot was told, without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hearing {
    /// The update to go on from; 0 when none was told yet.
    pub next: i64,
    /// Everything that others posted between these moments was told.
    pub since: Timestamp,
    pub until: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Top {
    /// It was there by then, and nothing above it before.
    pub at: Timestamp,
    pub id: MessageId,
}

/// A send that was found to have had no effect so far, or a marker that nobody saw arrive. Should it arrive after all,
/// it is known by this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    /// Of the send.
    pub id: String,
    #[serde(default)]
    pub part: usize,
    /// What it says, as its readers see it; `None` for a marker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<Digest>,
    /// `None`: a marker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Slug>,
    /// It is a message of text, without a file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub text: bool,
    /// It was looked for when it could be expected to be there: only what is sent later may still find it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub looked: bool,
    /// Every message up to this one was looked at.
    pub top: MessageId,
    pub until: Timestamp,
}

impl Ticket {
    /// A marker that may be in the chat and that no run looked for yet.
    pub fn is_sought(&self) -> bool {
        self.slug.is_none() && !self.looked
    }
}

impl Watch {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every message that is accounted for here.
    pub fn ids(&self) -> impl Iterator<Item = MessageId> {
        self.markers.iter().chain(&self.others).chain(&self.strays).copied()
    }

    fn raise(&mut self, id: MessageId, at: Timestamp) {
        if self.top.is_none_or(|top| top.id < id) {
            self.top = Some(Top { at, id });
        }
    }

    fn ticket(&mut self, ticket: &Ticket) {
        self.tickets.retain(|known| known.id != ticket.id);
        self.tickets.push(ticket.clone());
        self.tickets.sort_by(|a, b| a.id.cmp(&b.id));
    }
}

impl TargetLock {
    /// Fold what concerns doubts and the watch; `false`: this event does not.
    pub(super) fn fold_watch(&mut self, what: &What) -> bool {
        match what {
            What::InDoubt { pending } => {
                if !self.doubt.iter().any(|known| known.id == pending.id) {
                    self.doubt.push((**pending).clone());
                    self.doubt.sort_by(|a, b| a.id.cmp(&b.id));
                }
            }
            What::NotSent { id } => {
                self.doubt.retain(|pending| pending.id != *id);
                self.answered(id);
            }
            What::WasSent { id, ids } => {
                self.was_sent(id, ids);
                self.answered(id);
            }
            What::Heard { next, since, until, posts } => {
                self.watch.heard = Some(Hearing { next: *next, since: *since, until: *until });
                self.heard(posts, *until);
            }
            What::Marking { ticket } | What::Awaited { ticket } => self.watch.ticket(ticket),
            What::NotMarked { id } => self.watch.tickets.retain(|ticket| ticket.id != *id),
            What::Marked { id, message, at } => {
                self.watch.tickets.retain(|ticket| ticket.id != *id);
                add(&mut self.watch.markers, *message);
                self.watch.raise(*message, *at);
            }
            What::Asked { id } => {
                if !self.watch.asked.contains(id) {
                    self.watch.asked.push(id.clone());
                    self.watch.asked.sort();
                }
            }
            What::Stray { message, .. } => add(&mut self.watch.strays, *message),
            What::Swept { message } => {
                self.watch.markers.retain(|id| id != message);
                self.watch.strays.retain(|id| id != message);
            }
            What::Looked { through, at } => {
                self.watch.tickets.retain(|ticket| ticket.until > *at);
                self.watch.tickets.iter_mut().for_each(|ticket| ticket.top = ticket.top.max(*through));
                self.forget_others();
            }
            _ => return false,
        }
        true
    }

    fn was_sent(&mut self, id: &str, ids: &[MessageId]) {
        let Some(index) = self.doubt.iter().position(|pending| pending.id == id) else { return };
        let pending = self.doubt.remove(index);
        let sent = pending.record.part(ids.to_vec(), pending.at, false);
        self.sent(&pending.slug, (pending.part, &pending.left), &pending.record, sent);
        let post = self.posts.get_mut(&pending.slug);
        if let Some(part) = post.and_then(|post| post.parts.iter_mut().find(|part| part.ids == ids)) {
            part.unsure = true;
        }
        if let Some(change) = &pending.completes {
            self.done(change);
        }
    }

    /// A doubt was decided, by whomever.
    fn answered(&mut self, id: &str) {
        self.watch.asked.retain(|asked| asked != id);
        self.forget_others();
    }

    fn heard(&mut self, posts: &[MessageId], at: Timestamp) {
        for id in posts {
            add(&mut self.watch.others, *id);
            self.watch.raise(*id, at);
        }
        self.forget_others();
    }

    /// Messages of others below everything that may be ours are of no further use.
    fn forget_others(&mut self) {
        let doubts = self.doubt.iter().map(|pending| pending.after);
        let from = doubts.chain(self.watch.tickets.iter().map(|ticket| ticket.top)).min();
        self.watch.others.retain(|id| from.is_some_and(|from| *id > from));
    }

    /// A moment at which nothing above this message was in the chat yet; `None`: nobody knows one. Ids only grow: before a
    /// message was sent, nothing above it was there.
    pub fn known_at(&self, id: MessageId) -> Option<Timestamp> {
        let parts = self.posts.values().flat_map(|post| &post.parts);
        let sent = parts.filter(|part| part.ids.iter().any(|own| *own <= id)).map(|part| part.sent);
        let top = self.watch.top.filter(|top| top.id <= id).map(|top| top.at);
        sent.chain(top).max()
    }
}

fn add(ids: &mut Vec<MessageId>, id: MessageId) {
    if let Err(place) = ids.binary_search(&id) {
        ids.insert(place, id);
    }
}

/// Two sides that went on from `base`: what either saw is there, what either got rid of is gone. Of updates the shorter
/// stretch that both can vouch for counts.
pub(super) fn merge(base: &Watch, ours: &Watch, theirs: &Watch) -> Watch {
    let ids = |of: fn(&Watch) -> &Vec<MessageId>| {
        let mut ids: Vec<MessageId> = of(ours).iter().chain(of(theirs)).copied().collect();
        ids.sort_unstable();
        ids.dedup();
        let gone =
            |id: &MessageId| of(base).contains(id) && !(of(ours).contains(id) && of(theirs).contains(id));
        ids.retain(|id| !gone(id));
        ids
    };
    let heard = match (ours.heard, theirs.heard) {
        (Some(ours), Some(theirs)) if ours != theirs => {
            let newer = if ours.until >= theirs.until { ours } else { theirs };
            Some(Hearing { since: ours.since.max(theirs.since), ..newer })
        }
        (ours, theirs) => ours.or(theirs),
    };
    let asked =
        |id: &&String| !base.asked.contains(id) || ours.asked.contains(id) && theirs.asked.contains(id);
    let mut asked: Vec<String> = ours.asked.iter().chain(&theirs.asked).filter(asked).cloned().collect();
    asked.sort();
    asked.dedup();
    let mut merged = Watch {
        asked,
        heard,
        markers: ids(|watch| &watch.markers),
        others: ids(|watch| &watch.others),
        strays: ids(|watch| &watch.strays),
        tickets: Vec::new(),
        top: ours.top.into_iter().chain(theirs.top).max_by_key(|top| top.id),
    };
    for ticket in ours.tickets.iter().chain(&theirs.tickets) {
        let of = |side: &Watch| side.tickets.iter().find(|known| known.id == ticket.id).cloned();
        let closed = of(base).is_some() && (of(ours).is_none() || of(theirs).is_none());
        if !closed {
            merged.ticket(ticket);
        }
    }
    merged
}
