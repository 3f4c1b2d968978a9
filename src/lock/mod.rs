//! The memory: what is in each chat, as the lock records it. It changes only by folding events.

mod enclosed;
mod files;
mod fold;
mod journal;
mod json;
mod leftover;
mod merge;
mod mirror;
mod record;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod watch;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{
    BlobId, BotId, ChangeId, ChatId, Digest, MessageId, PlanId, RelPath, Sha256Hex, Slug, TargetName,
    Timestamp, TopicId,
};
use crate::media;

pub use enclosed::{Attachment, Preview, Thumbnail, UrlButton};
pub use files::KnownFiles;
pub use fold::{Event, SentPart, What};
pub use journal::{
    Entry, Intent, IntentVerb, JournalError, Note, fold_late, lineage_of, parse as parse_journal, replay,
};
pub use json::{LockError, VERSION, parse, sniff, to_json};
pub use leftover::Leftover;
pub use merge::{Conflict, Conflicts, MergeError, merge};
pub use mirror::{MirrorEvent, MirrorLock, StoredObject};
pub use watch::{Hearing, Ticket, Top, Watch};

/// `state.lock.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    pub version: u32,
    /// 12 hex digits drawn when the lock was made: locks of different lineage never mix.
    pub lineage: String,
    /// Grows by one with every saved change.
    pub serial: u64,
    /// `hold`: apply changes nothing (`all`), or not these posts.
    #[serde(default, skip_serializing_if = "Hold::is_empty")]
    pub hold: Hold,
    #[serde(default, skip_serializing_if = "MirrorLock::is_empty")]
    pub mirror: MirrorLock,
    #[serde(default, deserialize_with = "json::unique")]
    pub targets: BTreeMap<TargetName, TargetLock>,
}

/// The incident switch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub slugs: BTreeSet<Slug>,
}

impl Hold {
    pub fn is_empty(&self) -> bool {
        !self.all && self.slugs.is_empty()
    }

    pub fn covers(&self, slug: &Slug) -> bool {
        self.all || self.slugs.contains(slug)
    }
}

/// What is recorded of one target.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetLock {
    /// The last commit and plan that were carried out completely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<Applied>,
    /// The plan that is under way: an approved plan carried out half way stays approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applying: Option<Applying>,
    /// The bot whose messages these are; another token is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bot: Option<BotId>,
    /// The chat these ids belong to; another chat is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat: Option<ChatId>,
    /// How the config named it then, unless by its id: ids of changes are made with it, before and after it was pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_as: Option<String>,
    /// Sends whose fate is unknown, by time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubt: Vec<Pending>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<JournalPin>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "json::unique")]
    pub posts: BTreeMap<Slug, Recorded>,
    #[serde(default, skip_serializing_if = "Watch::is_empty")]
    pub watch: Watch,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// `None` outside git.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    pub plan: PlanId,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Applying {
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub done: BTreeSet<ChangeId>,
    pub plan: PlanId,
}

/// Which kind of journal guards this target; pinned, so that two kinds never run side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JournalPin {
    /// `git`: which lease on the ref this section was written under.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub epoch: u64,
    pub kind: JournalKind,
    /// `git`: how many entries of that epoch it holds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub watermark: u64,
}

impl JournalPin {
    /// `.tgsync/journal.jsonl` of one checkout.
    pub const LOCAL: Self = Self { epoch: 0, kind: JournalKind::Local, watermark: 0 };

    /// A ref of the remote, as far as this lease and so many of its entries.
    pub fn git(epoch: u64, watermark: u64) -> Self {
        Self { epoch, kind: JournalKind::Git, watermark }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum JournalKind {
    Local,
    Git,
}

/// One post as it is in Telegram.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Format and renderer version, `html/1`.
    #[serde(rename = "as")]
    pub rendered_as: String,
    /// The source file that was applied.
    pub blob: BlobId,
    pub file: RelPath,
    /// The message could not be deleted; what is there instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Gone>,
    /// Never pruned, even when its source, which says so, is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep: bool,
    /// Ids of the posts it links to, as they were rendered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "json::unique")]
    pub links: BTreeMap<Slug, MessageId>,
    /// Further messages of the same send are still to come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// Messages that it does not need any more, in the order of their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<leftover::Form>")]
    pub old: Vec<Leftover>,
    pub parts: Vec<RecordedPart>,
    /// Files that Telegram has and that no part holds right now: while a plan is under way they may be wanted again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spare: Vec<RecordedItem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gone {
    Tombstone,
    Kept,
}

/// One part as it was sent: ids and a digest per facet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordedPart {
    /// What can't be changed once sent (silent, protected, topic, reply); absent when all are off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Digest>,
    pub ids: Vec<MessageId>,
    /// Its files: of an album in the order of `ids`, of a rich message in the order in which it shows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<RecordedItem>,
    pub kind: Kind,
    /// When an edit was made that nobody saw the end of, and that may still have its effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Timestamp>,
    /// Inline keyboard; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub markup: Option<Digest>,
    /// Link preview, or the place of the caption.
    pub opts: Digest,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pin: bool,
    pub sent: Timestamp,
    /// What subscribers see of its messages, in the order of `ids`, as Telegram told it when it was sent or edited last;
    /// empty if it did not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<Digest>,
    /// The rendered text or caption, links to posts written as `post:slug`; of an album, [`album_text`].
    pub text: Digest,
    /// The forum topic it was sent to: links to the message name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<TopicId>,
    /// A doubt about it was decided, or nobody saw the end of an edit: the next plan makes sure of it by an edit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsure: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Text,
    Rich,
    Photo,
    Video,
    Animation,
    Audio,
    Voice,
    Document,
    /// Two to ten files.
    Album,
}

impl Kind {
    /// It is a file, and what it says is a caption; a rich message may show files and is none.
    pub fn has_file(self) -> bool {
        !matches!(self, Self::Text | Self::Rich)
    }
}

impl From<media::Kind> for Kind {
    fn from(kind: media::Kind) -> Self {
        match kind {
            media::Kind::Photo => Self::Photo,
            media::Kind::Video => Self::Video,
            media::Kind::Animation => Self::Animation,
            media::Kind::Audio => Self::Audio,
            media::Kind::Voice => Self::Voice,
            media::Kind::Document => Self::Document,
        }
    }
}

/// A file of a part, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordedItem {
    /// In an album: the item's own caption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<Digest>,
    /// As Telegram has it; `None` when it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<media::FileRef>,
    pub kind: media::Kind,
    pub sha256: Sha256Hex,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spoiler: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Sha256Hex>,
}

impl RecordedItem {
    /// Both show the same, whatever they say: no file has to be replaced.
    pub fn shows(&self, other: &Self) -> bool {
        self.upload() == other.upload() && self.spoiler == other.spoiler
    }

    /// Both show and say the same.
    pub fn is_like(&self, other: &Self) -> bool {
        self.shows(other) && self.caption == other.caption
    }

    /// What Telegram was given: with the same, it has the same file. A thumbnail comes with the bytes and can't be
    /// changed without them (Bot API, `thumbnail`, checked 2026-11-20).
    pub fn upload(&self) -> (&Sha256Hex, media::Kind, Option<&Sha256Hex>) {
        (&self.sha256, self.kind, self.thumbnail.as_ref())
    }
}

/// What an album says: the captions of its items.
pub fn album_text(items: &[RecordedItem]) -> Digest {
    let captions: Vec<_> = items.iter().map(|item| item.caption.as_ref()).collect();
    Digest::of(&captions)
}

/// A send whose fate is unknown, whole payload included: what can't be rebuilt can't be recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The highest message id known in that chat when the call was made; 0 when none was.
    pub after: MessageId,
    pub at: Timestamp,
    pub blob: BlobId,
    pub id: String,
    /// Messages that it takes the place of and that are still in the chat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<MessageId>,
    pub part: usize,
    pub payload: Payload,
    pub slug: Slug,
    pub topic: Option<TopicId>,
    /// What to record once it is known to have been sent.
    pub record: SentPart,
    /// The change that is complete then: an approval of its plan holds on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completes: Option<ChangeId>,
}

/// What one call carries, every id filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payload {
    #[serde(flatten)]
    pub content: Content,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<Vec<UrlButton>>,
    #[serde(default, skip_serializing_if = "Preview::is_default")]
    pub preview: Preview,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub protect: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silent: bool,
}

/// The kind of message and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Content {
    /// `sendMessage` with `parse_mode=HTML`.
    Text { html: String },
    /// `sendRichMessage` with Rich HTML, which calls the files `media::rich_id`, in their order. They have no captions.
    Rich {
        html: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<Attachment>,
    },
    /// One file with a caption (`sendPhoto` and its like), or an album (`sendMediaGroup`); in an edit, the one file that the
    /// message is to hold (`editMessageMedia`).
    Media {
        items: Vec<Attachment>,
        /// Captions stand above the media.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        above: bool,
    },
    /// An edit that leaves the file as it is (`editMessageCaption`).
    Caption {
        html: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        above: bool,
    },
    /// An edit that puts an empty file in the place of one of this kind, with a caption (`editMessageMedia`).
    Grave { html: String, of: Kind },
}

impl Content {
    /// The text or the first caption, to recognise it by; empty if there is none.
    pub fn html(&self) -> &str {
        match self {
            Self::Text { html }
            | Self::Rich { html, .. }
            | Self::Caption { html, .. }
            | Self::Grave { html, .. } => html,
            Self::Media { items, .. } => {
                items.iter().map(|item| item.html.as_str()).find(|html| !html.is_empty()).unwrap_or_default()
            }
        }
    }

    /// What of it an edit carries that makes one message say it: of an album the `item`, and without its file where only
    /// the caption changes.
    #[must_use]
    pub fn edit(self, item: Option<usize>, caption: bool) -> Self {
        let Self::Media { mut items, above } = self else { return self };
        let at = item.unwrap_or_default();
        match items.get(at) {
            Some(one) if caption => Self::Caption { html: one.html.clone(), above },
            Some(_) => Self::Media { items: vec![items.swap_remove(at)], above },
            None => Self::Media { items, above },
        }
    }

    /// How many messages a send of it makes.
    pub fn messages(&self) -> usize {
        match self {
            Self::Media { items, .. } => items.len(),
            _ => 1,
        }
    }

    /// The files that go along.
    pub fn items(&self) -> &[Attachment] {
        match self {
            Self::Media { items, .. } | Self::Rich { items, .. } => items,
            Self::Text { .. } | Self::Caption { .. } | Self::Grave { .. } => &[],
        }
    }

    /// Have all files uploaded; whether any was not.
    pub fn forget_files(&mut self) -> bool {
        let (Self::Media { items, .. } | Self::Rich { items, .. }) = self else { return false };
        items.iter_mut().filter_map(|item| item.file_id.take()).count() > 0
    }
}

impl Lock {
    /// An empty lock of a new lineage.
    pub fn new(lineage: String) -> Self {
        Self {
            version: VERSION,
            lineage,
            serial: 0,
            hold: Hold::default(),
            mirror: MirrorLock::default(),
            targets: BTreeMap::new(),
        }
    }

    pub fn target(&self, name: &TargetName) -> TargetLock {
        self.targets.get(name).cloned().unwrap_or_default()
    }

    /// The highest message id that any target knows of in this chat: recorded, waiting to go, or seen before a
    /// doubtful send.
    pub fn top(&self, chat: ChatId) -> MessageId {
        let known = self.of_chat(chat).flat_map(|target| {
            let seen = target.watch.top.map(|top| top.id);
            target.ids().chain(target.doubt.iter().map(|pending| pending.after)).chain(seen)
        });
        known.max().unwrap_or(MessageId(0))
    }

    /// Every message of this chat that is accounted for.
    pub fn explained(&self, chat: ChatId) -> BTreeSet<MessageId> {
        self.of_chat(chat).flat_map(TargetLock::ids).collect()
    }

    /// Every message of this chat that is the bot's own.
    pub fn own(&self, chat: ChatId) -> BTreeSet<MessageId> {
        let of = |target: &TargetLock| {
            let watch = &target.watch;
            let beside = watch.markers.iter().chain(&watch.strays).copied().collect::<Vec<_>>();
            target.posts.values().flat_map(Recorded::ids).chain(beside).collect::<Vec<_>>()
        };
        self.of_chat(chat).flat_map(of).collect()
    }

    /// What is recorded of this chat.
    pub fn of_chat(&self, chat: ChatId) -> impl Iterator<Item = &TargetLock> {
        self.targets.values().filter(move |target| target.chat == Some(chat))
    }
}

impl TargetLock {
    /// Every message that is accounted for: of posts, and beside them.
    pub fn ids(&self) -> impl Iterator<Item = MessageId> {
        self.posts.values().flat_map(Recorded::ids).chain(self.watch.ids())
    }
}

impl Pending {
    /// What is known of it, in words.
    pub fn fate(&self) -> String {
        match self.after {
            MessageId(0) => format!("sent at {} with unknown fate", self.at),
            after => format!("sent at {} with unknown fate, after message {after}", self.at),
        }
    }
}

impl Recorded {
    /// Every message of the post, those it does not need any more included.
    pub fn messages(&self) -> impl Iterator<Item = (MessageId, Kind)> {
        let old = self.old.iter().map(|left| (left.id, left.kind));
        self.parts.iter().flat_map(RecordedPart::messages).chain(old)
    }

    /// The ids of these messages.
    pub fn ids(&self) -> impl Iterator<Item = MessageId> {
        self.messages().map(|(id, _)| id)
    }

    /// Messages that still have to go.
    pub fn leftovers(&self) -> impl Iterator<Item = &Leftover> {
        self.old.iter().filter(|left| !left.stays)
    }

    /// What its text messages say now, as digests.
    pub fn texts(&self) -> Vec<Digest> {
        self.parts.iter().filter(|part| !part.kind.has_file()).map(|part| part.text.clone()).collect()
    }

    /// The id that links to this post point at: its first message.
    pub fn first_id(&self) -> Option<MessageId> {
        self.parts.first().and_then(|part| part.ids.first()).copied()
    }
}

impl RecordedPart {
    /// Its messages, each with its own kind.
    pub fn messages(&self) -> impl Iterator<Item = (MessageId, Kind)> {
        let kind = |index: usize| match (self.kind, self.items.get(index)) {
            (Kind::Album, Some(item)) => item.kind.into(),
            (kind, _) => kind,
        };
        self.ids.iter().enumerate().map(move |(index, id)| (*id, kind(index)))
    }
}
