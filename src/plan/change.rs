//! The plan as plain data: what would be done, why, and from what it starts. Nothing is left to decide but message ids.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Open, Touch};
use crate::diagnostic::Diagnostic;
use crate::ids::{ChangeId, Digest, MessageId, PlanId, RelPath, Slug, TargetName, Timestamp};
use crate::lock::Kind;

/// What would be done to all selected targets.
#[derive(Debug, Clone)]
pub struct Plan {
    pub id: PlanId,
    pub targets: Vec<TargetPlan>,
    /// Things to know that are no change.
    pub notes: Vec<Diagnostic>,
}

/// What would be done to one target, in the order in which it would be done.
#[derive(Debug, Clone)]
pub struct TargetPlan {
    pub target: TargetName,
    /// The chat as the config names it, else as the lock pins it.
    pub chat: String,
    pub id: PlanId,
    pub changes: Vec<Change>,
    pub unchanged: usize,
    pub guard: Vec<GuardHit>,
    pub notes: Vec<String>,
    /// What was read of messages before this was planned: an edit that finds nothing to change tells nothing.
    pub shown: BTreeMap<MessageId, Digest>,
}

/// Messages that one call deletes (Bot API `deleteMessages`, checked 2026-11-21).
const DELETED_AT_ONCE: usize = 100;

/// One item of a plan.
#[derive(Debug, Clone)]
pub struct Change {
    pub id: ChangeId,
    pub slug: Slug,
    pub verb: Verb,
    pub reasons: Vec<Reason>,
    pub title: String,
    pub file: RelPath,
    /// 1-based line of the body, 1 when there is no source.
    pub line: usize,
    /// The messages it starts from.
    pub messages: Vec<Message>,
    /// What subscribers see now; `None` when nothing is there or the old source can't be had.
    pub before: Option<String>,
    /// What they will see.
    pub after: Option<String>,
    pub how: Option<How>,
    pub notes: Vec<String>,
    /// Subscribers get a notification.
    pub notifies: bool,
    /// When it falls due, if it waits for its time.
    pub due: Option<Timestamp>,
    pub steps: Vec<Step>,
}

/// A message that is in the chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    pub id: MessageId,
    /// Of an album, the kind of this item.
    pub kind: Kind,
}

impl From<(MessageId, Kind)> for Message {
    fn from((id, kind): (MessageId, Kind)) -> Self {
        Self { id, kind }
    }
}

/// What a change does. Stable names in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    Send,
    Edit,
    Resend,
    Delete,
    Restore,
    Adopt,
    Forget,
    /// Waits for its `publish_at`.
    Scheduled,
    /// Will not be done now; the reason says what for.
    Blocked,
}

impl Verb {
    /// The sign in front of a change.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Send => "+",
            Self::Edit => "~",
            Self::Resend => "-/+",
            Self::Delete => "-",
            Self::Restore => "^",
            Self::Adopt => ">",
            Self::Forget => ".",
            Self::Scheduled => "@",
            Self::Blocked => "!",
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Edit => "edit",
            Self::Resend => "re-send",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Adopt => "adopt",
            Self::Forget => "forget",
            Self::Scheduled => "scheduled",
            Self::Blocked => "blocked",
        }
    }
}

/// Why. Stable names in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Never sent before.
    New,
    /// A classic message becomes a rich one, or the reverse: the same message, edited.
    Format,
    Text,
    /// Other files, other places of them, or how they look: thumbnail, spoiler.
    Media,
    Markup,
    /// Link preview, or the place of the caption.
    Options,
    Pin,
    /// Its doubt was decided by a person's word; the edit makes sure that the message says what it should.
    Unsure,
    /// A post it links to has another message id now, or has one at last.
    LinkTarget,
    /// Same source, newer renderer.
    Renderer,
    /// Somebody deleted it in Telegram.
    Missing,
    /// Somebody edited it in Telegram.
    Drift,
    /// Nobody can tell whether somebody edited it: it is made sure of.
    Reassert,
    SourceRemoved,
    /// Somebody else posted it.
    Foreign,
    Archived,
    Expired,
    Renamed,
    /// The source says `keep`, or no longer does: recorded, so that it holds when the source is gone.
    Keep,
    /// The source is back where a tombstone stands.
    Returned,
    /// A send of this post has an unknown fate.
    InDoubt,
    /// An earlier send to this chat is in doubt: order is a promise.
    BehindDoubt,
    /// Messages that a change of before left behind: what becomes of them was decided with it.
    Leftover,
    /// `tgsync hold`.
    Held,
    /// It is not what was approved.
    Unapproved,
    /// `publish_at` was missed by more than `max_late`.
    Late,
    /// It replies to a post that is not there yet.
    ReplyTarget,
}

impl Reason {
    /// Whether a change with this reason alone follows from others.
    fn follows(self) -> bool {
        self.blocks() || matches!(self, Self::LinkTarget | Self::Unsure | Self::Reassert | Self::Leftover)
    }

    /// Whether it tells why something is not done now.
    fn blocks(self) -> bool {
        matches!(
            self,
            Self::InDoubt
                | Self::BehindDoubt
                | Self::Held
                | Self::Unapproved
                | Self::Late
                | Self::ReplyTarget
        )
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Format => "format",
            Self::Text => "text",
            Self::Media => "media",
            Self::Markup => "buttons",
            Self::Options => "options",
            Self::Pin => "pin",
            Self::Unsure => "made sure of after a doubt",
            Self::LinkTarget => "link target",
            Self::Renderer => "renderer",
            Self::Missing => "missing in Telegram",
            Self::Drift => "edited in Telegram",
            Self::Reassert => "made sure of",
            Self::Foreign => "of somebody else",
            Self::SourceRemoved => "source removed",
            Self::Archived => "archived",
            Self::Expired => "expired",
            Self::Renamed => "renamed",
            Self::Keep => "keep",
            Self::Returned => "source is back",
            Self::InDoubt => "in doubt",
            Self::BehindDoubt => "behind a send in doubt",
            Self::Leftover => "left over",
            Self::Held => "held",
            Self::Unapproved => "not approved",
            Self::Late => "too late",
            Self::ReplyTarget => "waits for the post it replies to",
        }
    }
}

/// How a post leaves the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum How {
    Delete,
    /// Too old to be deleted: edited to the tombstone text.
    Tombstone,
    /// Too old to be deleted: left as it is, and reported.
    Keep,
}

/// One call, or one fact to record.
#[derive(Debug, Clone)]
pub enum Step {
    /// The record moves from another slug; Telegram untouched.
    Move { from: Slug },
    /// Record that the source says `keep`, or no longer does; Telegram untouched.
    Keep { keep: bool },
    /// The record goes; Telegram untouched.
    Forget,
    /// Send part `part`. The first part of a re-send takes the place of all that is there.
    Send { part: usize, message: Box<Open> },
    /// Edit part `part` of the post, whatever its ids are by then.
    Edit { part: usize, touch: Touch, message: Box<Open> },
    /// Pin or unpin the first message. `message` is what to send first should it be gone.
    Pin { pin: bool, message: Box<Open> },
    /// Delete a message of somebody else, which no record holds.
    Expel { id: MessageId },
    /// Messages are not in the chat any more; Telegram untouched.
    Gone { ids: Vec<MessageId> },
    /// The post has only `parts` messages now: the others are left over.
    Shrink { parts: usize },
    /// Remove all messages of the post, or bury them as `how` says.
    Remove { ids: Vec<MessageId>, how: How },
    /// Remove messages that are left over, or bury them as `how` says. Comes last, and decides nothing: a run that ends
    /// before leaves it to the next.
    Sweep { ids: Vec<MessageId>, how: How },
}

/// A limit of the guard that a plan is beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GuardHit {
    pub rule: GuardRule,
    pub limit: usize,
    pub value: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GuardRule {
    MaxSends,
    MaxDeletes,
    MaxDeletePercent,
    MaxResends,
}

impl GuardRule {
    /// The flag that lifts it once.
    pub fn lifted_by(self) -> Allow {
        match self {
            Self::MaxSends => Allow::Sends,
            Self::MaxDeletes | Self::MaxDeletePercent => Allow::Deletes,
            Self::MaxResends => Allow::Resends,
        }
    }

    /// Its key in the config.
    pub fn key(self) -> &'static str {
        match self {
            Self::MaxSends => "max_sends",
            Self::MaxDeletes => "max_deletes",
            Self::MaxDeletePercent => "max_delete_percent",
            Self::MaxResends => "max_resends",
        }
    }
}

/// `--allow`: which guards a run lifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Allow {
    Sends,
    Deletes,
    Resends,
}

impl Allow {
    pub fn word(self) -> &'static str {
        match self {
            Self::Sends => "sends",
            Self::Deletes => "deletes",
            Self::Resends => "resends",
        }
    }
}

/// How much a plan does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    pub send: usize,
    pub edit: usize,
    pub resend: usize,
    pub delete: usize,
    pub restore: usize,
    pub adopt: usize,
    pub forget: usize,
    pub scheduled: usize,
    pub blocked: usize,
    pub unchanged: usize,
    /// Calls that change something.
    pub calls: usize,
    /// At Telegram's pace.
    pub seconds: usize,
    pub notifications: usize,
}

impl std::ops::Add for Summary {
    type Output = Self;

    /// Several targets: counts add up, chats are served side by side.
    fn add(self, other: Self) -> Self {
        Self {
            send: self.send + other.send,
            edit: self.edit + other.edit,
            resend: self.resend + other.resend,
            delete: self.delete + other.delete,
            restore: self.restore + other.restore,
            adopt: self.adopt + other.adopt,
            forget: self.forget + other.forget,
            scheduled: self.scheduled + other.scheduled,
            blocked: self.blocked + other.blocked,
            unchanged: self.unchanged + other.unchanged,
            calls: self.calls + other.calls,
            seconds: self.seconds.max(other.seconds),
            notifications: self.notifications + other.notifications,
        }
    }
}

/// Writes per minute that a channel takes (official FAQ; edits count, checked 2026-11-20).
const WRITES_PER_MINUTE: usize = 20;

impl TargetPlan {
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { unchanged: self.unchanged, ..Summary::default() };
        let mut writes = 0;
        for change in &self.changes {
            *match change.verb {
                Verb::Send => &mut summary.send,
                Verb::Edit => &mut summary.edit,
                Verb::Resend => &mut summary.resend,
                Verb::Delete => &mut summary.delete,
                Verb::Restore => &mut summary.restore,
                Verb::Adopt => &mut summary.adopt,
                Verb::Forget => &mut summary.forget,
                Verb::Scheduled => &mut summary.scheduled,
                Verb::Blocked => &mut summary.blocked,
            } += 1;
            if change.is_due() {
                summary.calls += change.steps.iter().map(Step::calls).sum::<usize>();
                writes += change.steps.iter().map(Step::writes).sum::<usize>();
                summary.notifications += usize::from(change.notifies);
            }
        }
        summary.seconds = writes.max(writes.saturating_sub(1) / WRITES_PER_MINUTE * 60);
        summary
    }

    /// What the plan id digests: the changes that decide something.
    pub fn deciding(&self) -> impl Iterator<Item = &ChangeId> {
        self.changes.iter().filter(|change| change.decides()).map(|change| &change.id)
    }

    /// Changes that an apply would carry out now.
    pub fn due(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.is_due())
    }
}

impl Plan {
    pub fn summary(&self) -> Summary {
        self.targets.iter().map(TargetPlan::summary).fold(Summary::default(), std::ops::Add::add)
    }

    /// Whether an apply would do anything: the one place that decides it.
    pub fn is_empty(&self) -> bool {
        self.targets.iter().all(|target| target.due().next().is_none())
    }

    pub fn changes(&self) -> impl Iterator<Item = (&TargetPlan, &Change)> {
        self.targets.iter().flat_map(|target| target.changes.iter().map(move |change| (target, change)))
    }
}

impl Change {
    pub fn is_due(&self) -> bool {
        !matches!(self.verb, Verb::Scheduled | Verb::Blocked)
    }

    /// Whether it does more than follow from what was decided before: which links are still to be filled in, and which
    /// doubts are to be made sure of, depends on how far an apply came. An approval must not.
    pub fn decides(&self) -> bool {
        self.reasons.iter().any(|reason| !reason.follows())
    }
}

impl Step {
    fn calls(&self) -> usize {
        match self {
            Self::Move { .. }
            | Self::Keep { .. }
            | Self::Forget
            | Self::Gone { .. }
            | Self::Shrink { .. }
            | Self::Remove { how: How::Keep, .. }
            | Self::Sweep { how: How::Keep, .. } => 0,
            Self::Send { .. } | Self::Edit { .. } | Self::Pin { .. } | Self::Expel { .. } => 1,
            Self::Remove { ids, how: How::Delete } | Self::Sweep { ids, how: How::Delete } => {
                ids.len().div_ceil(DELETED_AT_ONCE)
            }
            Self::Remove { ids, .. } | Self::Sweep { ids, .. } => ids.len(),
        }
    }

    /// As Telegram's limits count: an album is as many messages as it has files.
    fn writes(&self) -> usize {
        match self {
            Self::Send { message, .. } => message.part.messages(),
            step => step.calls(),
        }
    }
}
