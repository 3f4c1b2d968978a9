//! What planning one target needs to know.

use std::collections::BTreeSet;

use globset::GlobSet;
use jiff::SignedDuration;

use super::{Found, Open, Policy};
use crate::content::{FrontMatter, Post, Status};
use crate::ids::{ChatId, ChatRef, MessageId, RelPath, Slug, Timestamp, TopicId};
use crate::lock::{Hold, KnownFiles, Recorded, RecordedItem, TargetLock};

/// Everything that goes into the plan of one target.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub policy: &'a Policy,
    pub lock: &'a TargetLock,
    pub hold: &'a Hold,
    /// Posts whose changes nobody approved.
    pub withheld: &'a BTreeSet<Slug>,
    /// What the bot of this target has in Telegram already.
    pub files: &'a KnownFiles<'a>,
    /// Posts that go to this target, whatever their status.
    pub wanted: &'a [Wanted<'a>],
    pub scope: &'a Scope,
    pub now: Timestamp,
    /// What somebody did in Telegram, as far as a look found it.
    pub found: &'a Found,
    /// Another target writes to the same chat and has a send in doubt.
    pub doubt_elsewhere: bool,
    /// The recorded version of a post, rendered again from its old source; `None` when that can't be had.
    pub old: &'a dyn Fn(&Slug, &Recorded) -> Option<Vec<Open>>,
}

impl Input<'_> {
    /// Whether a person or a missing approval keeps this post as it is.
    pub(super) fn holds(&self, slug: &Slug) -> bool {
        self.hold.covers(slug) || self.withheld.contains(slug)
    }

    pub(super) fn selects(&self, wanted: &Wanted<'_>) -> bool {
        self.scope.selects(wanted.post.slug(), wanted.post.file())
    }
}

impl std::fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("target", &self.policy.target).finish_non_exhaustive()
    }
}

/// A post and what it renders to for this target.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    pub post: &'a Post,
    pub parts: Vec<Open>,
}

/// Which changes a run is about.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// `--only`: slugs or globs over slugs and files; `None` selects all.
    pub only: Option<GlobSet>,
    /// `--prune`.
    pub prune: bool,
    /// `--rerender`.
    pub rerender: bool,
    /// All content was read and there is some: only then may anything be pruned.
    pub complete: bool,
}

impl Scope {
    pub fn selects(&self, slug: &Slug, file: &RelPath) -> bool {
        self.only.as_ref().is_none_or(|globs| globs.is_match(slug.as_str()) || globs.is_match(file.as_str()))
    }
}

/// Bots can't delete what is older (Bot API `deleteMessage`, checked 2026-11-20).
pub const DELETABLE_FOR: SignedDuration = SignedDuration::from_hours(48);

/// What a post asks for at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Publish,
    Wait(Timestamp),
    /// Its time was missed by more than `max_late`.
    Late,
    Archive,
    Expire,
    Leave,
}

/// Whether a post is to be in its chats at this moment: neither draft nor archived, and its time has come and is not over.
pub fn is_due(front: &FrontMatter, now: Timestamp, max_late: SignedDuration) -> bool {
    wish(front, now, max_late) == Wish::Publish
}

fn wish(front: &FrontMatter, now: Timestamp, max_late: SignedDuration) -> Wish {
    match front.status {
        Status::Draft => return Wish::Leave,
        Status::Archived => return Wish::Archive,
        Status::Published => {}
    }
    if front.expires_at.is_some_and(|at| at <= now) {
        return Wish::Expire;
    }
    match front.publish_at {
        Some(at) if at > now => Wish::Wait(at),
        Some(at) if now.duration_since(at) > max_late => Wish::Late,
        _ => Wish::Publish,
    }
}

impl Wanted<'_> {
    pub(super) fn wish(&self, input: &Input<'_>) -> Wish {
        wish(&self.post.front, input.now, input.policy.max_late)
    }

    /// Order of sending: dated ones first, then by slug.
    pub(super) fn order(&self) -> (bool, Option<Timestamp>, &Slug) {
        let date = self.post.front.date.or(self.post.front.publish_at);
        (date.is_none(), date, self.post.slug())
    }
}

/// A chat as links see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatLinks(Option<String>);

/// The id of a channel or supergroup is this less its bare id (Bot API, `Chat.id`; checked 2026-11-20).
const CHANNEL_IDS_BELOW: i64 = -1_000_000_000_000;

impl ChatLinks {
    /// `https://t.me/name` for a public chat, `https://t.me/c/ID` for a private channel or supergroup, nothing for
    /// other chats (Telegram link forms, checked 2026-11-20).
    pub fn of(chat: Option<&ChatRef>, pinned: Option<ChatId>) -> Self {
        let id = match chat {
            Some(ChatRef::Username(name)) => {
                return Self(Some(format!("https://t.me/{}", name.trim_start_matches('@'))));
            }
            Some(ChatRef::Id(id)) => Some(*id),
            None => pinned,
        };
        let bare = id.map(|id| CHANNEL_IDS_BELOW - id.0).filter(|bare| *bare > 0);
        Self(bare.map(|bare| format!("https://t.me/c/{bare}")))
    }

    pub fn linkable(&self) -> bool {
        self.0.is_some()
    }

    pub fn url(&self, id: MessageId) -> Option<String> {
        self.0.as_ref().map(|base| format!("{base}/{id}"))
    }

    /// The link to a message of a forum topic.
    fn url_in(&self, topic: TopicId, id: MessageId) -> Option<String> {
        self.0.as_ref().map(|base| format!("{base}/{topic}/{id}"))
    }
}

/// The lock as places of posts.
#[derive(Debug, Clone, Copy)]
pub struct LockPlaces<'a> {
    pub lock: &'a TargetLock,
    pub links: &'a ChatLinks,
    pub files: &'a KnownFiles<'a>,
}

impl super::Places for LockPlaces<'_> {
    fn id(&self, slug: &Slug) -> Option<MessageId> {
        self.lock.posts.get(slug).filter(|post| post.gone.is_none()).and_then(Recorded::first_id)
    }

    fn url(&self, slug: &Slug) -> Option<String> {
        let id = self.id(slug)?;
        let topic = self.lock.posts.get(slug).and_then(|post| post.parts.first()?.topic);
        topic.map_or_else(|| self.links.url(id), |topic| self.links.url_in(topic, id))
    }

    fn file(&self, item: &RecordedItem) -> Option<String> {
        self.files.find(item).map(|file| file.file_id.clone())
    }
}
