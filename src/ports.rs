//! The seams: the whole outside world on one page, in the words of the domain. Errors are categories a caller can act
//! on; throttling and retries live with the caller.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use url::{Host, Url};

use crate::ids::{BotId, ChatId, Digest, MessageId, ObjectKey, Sha256Hex, Stamp, Timestamp, TopicId};
use crate::lock::{Entry, Kind, Lock, Payload};
use crate::media::FileRef;

/// Messages that are removed as one, at most (Bot API `deleteMessages`, checked 2026-11-21).
pub const MAX_DELETED: usize = 100;

/// A messaging platform, bound to one chat.
pub trait Platform {
    /// Who is writing where, with which rights. Changes nothing.
    fn describe(&self) -> impl Future<Output = Result<Description, CallError>> + Send;
    /// Send one part; the messages it became, an album's item by item.
    fn send(&self, message: &Outgoing) -> impl Future<Output = Result<Vec<Sent>, CallError>> + Send;
    /// Make a message say this and nothing else: text or file with caption, preview and keyboard are all replaced. Of an
    /// album the payload holds the one item that this message is.
    fn edit(
        &self,
        id: MessageId,
        message: &Outgoing,
    ) -> impl Future<Output = Result<Edited, CallError>> + Send;
    /// Remove one message. One that is gone already counts as removed.
    fn delete(&self, id: MessageId) -> impl Future<Output = Result<(), CallError>> + Send;
    /// Remove up to [`MAX_DELETED`] messages. Those that are gone already count as removed; one that can't be removed has
    /// the others stay, where the platform takes them as one.
    fn delete_all(&self, ids: &[MessageId]) -> impl Future<Output = Result<(), CallError>> + Send
    where
        Self: Sync,
    {
        async move {
            for id in ids {
                self.delete(*id).await?;
            }
            Ok(())
        }
    }
    /// Pin without a notification, or unpin.
    fn set_pinned(&self, id: MessageId, pinned: bool) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// What can be learned of a chat without changing a message of it: the Bot API has no way to ask for one.
pub trait Witness {
    /// Whether a message is there, and whose it may be: an edit that can't be done is refused in words that tell
    /// (`editMessageText` with a blank text).
    fn probe(&self, id: MessageId) -> impl Future<Output = Result<Probe, CallError>> + Send;
    /// What a message says: it is forwarded to a chat that nobody minds, and the copy deleted.
    fn read(&self, id: MessageId, scratch: ChatId)
    -> impl Future<Output = Result<Reading, CallError>> + Send;
    /// What updates tell from `from` on, the oldest first; those before it are forgotten by the platform. What a bot does
    /// itself, it is not told. Empty: there is nothing more for now.
    fn hear(&self, from: Option<i64>) -> impl Future<Output = Result<Vec<Heard>, CallError>> + Send;
    /// A silent message of another kind than `unlike`, which ends the ids that can be in question. It is to be deleted.
    fn mark(&self, unlike: Kind) -> impl Future<Output = Result<MessageId, CallError>> + Send;
    /// What a message says, where no other chat is at hand: a marker that answers it comes back with what it answers. The
    /// marker, to be deleted, if one was sent.
    fn quote(
        &self,
        id: MessageId,
        unlike: Kind,
    ) -> impl Future<Output = Result<(Option<MessageId>, Reading), CallError>> + Send;
}

/// Where runs leave what happened.
pub trait StateStore {
    /// Append to the journal; durable when it returns.
    fn append(&mut self, entries: &[Entry]) -> impl Future<Output = Result<(), StateError>> + Send;
    /// Replace the lock atomically, then forget the journal that is folded into it.
    fn save(&mut self, lock: &Lock) -> impl Future<Output = Result<(), StateError>> + Send;
    /// Whether a call may still be made, asked right before each one and while a run waits. After how long to ask again
    /// at the latest; `None`: nothing runs out.
    fn tend(&mut self) -> impl Future<Output = Result<Option<Duration>, StateError>> + Send;
}

/// The one ref of a remote repository that holds the journal of a chat: the only memory that outlives a machine. Nobody
/// removes it.
pub trait JournalRef {
    /// How it is called in messages.
    fn name(&self) -> &str;
    /// What it holds; `None`: there is no such ref.
    fn read(&self) -> impl Future<Output = Result<Option<(Version, Pages)>, StateError>> + Send;
    /// Replace what it holds if that still is `from` (`None`: there is none yet).
    fn swap(
        &self,
        from: Option<&Version>,
        to: &Pages,
    ) -> impl Future<Output = Result<Version, SwapError>> + Send;
}

/// An object store: a bucket, or a folder that stands for one.
pub trait MediaStore {
    /// Make sure that it can be used; a bucket or folder that is missing is made.
    fn prepare(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// What is known of an object without reading it; `None`: there is none.
    fn head(&self, key: &ObjectKey) -> impl Future<Output = Result<Option<Held>, StoreError>> + Send;
    /// Put an object there, whole or not at all, whatever was there before. Its entity tag, when the store gives one.
    fn put(
        &self,
        key: &ObjectKey,
        upload: &Upload<'_>,
    ) -> impl Future<Output = Result<String, StoreError>> + Send;
    /// All objects whose key begins with `prefix`, by key.
    fn list(&self, prefix: &str) -> impl Future<Output = Result<Vec<(ObjectKey, Held)>, StoreError>> + Send;
    /// Remove an object. One that is gone already counts as removed.
    fn delete(&self, key: &ObjectKey) -> impl Future<Output = Result<(), StoreError>> + Send;
    /// Read an object to its end: how long it is and what it holds. `None`: there is none.
    fn digest(
        &self,
        key: &ObjectKey,
    ) -> impl Future<Output = Result<Option<(u64, Sha256Hex)>, StoreError>> + Send;
    /// Read a small object; `None`: there is none. One of more than `limit` bytes is an error.
    fn load(
        &self,
        key: &ObjectKey,
        limit: u64,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;
}

/// What a journal ref held at a moment: the id of its commit. Equal ones hold the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(pub String);

/// What a journal ref holds. The base changes once a run, the journal with every push: a push carries what is new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pages {
    /// `base.json`.
    pub base: String,
    /// `journal.jsonl`.
    pub journal: String,
}

/// Why a journal ref was not replaced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SwapError {
    /// It holds something else by now.
    #[error("somebody else was faster")]
    Lost,
    /// It may have been replaced, or be replaced yet.
    #[error("{0}")]
    Unknown(String),
    /// Certainly not.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A process, as others on the same machine can tell whether it has ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// This boot of this machine, and what keeps its containers apart.
    pub boot: String,
    pub pid: u32,
    /// When it was started, as the system counts: ids of processes come again.
    pub started: String,
}

/// Time, and waiting.
pub trait Clock {
    fn now(&self) -> impl Future<Output = Timestamp> + Send;
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;
    /// Wait for a moment. Several that wait side by side for the same one don't wait longer than one would, whoever moves
    /// the time.
    fn sleep_until(&self, moment: Timestamp) -> impl Future<Output = ()> + Send
    where
        Self: Sync,
    {
        async move {
            let left = moment.duration_since(self.now().await);
            self.sleep(left.try_into().unwrap_or_default()).await;
        }
    }
}

impl<C: Clock + Sync + Send> Clock for std::sync::Arc<C> {
    async fn now(&self) -> Timestamp {
        (**self).now().await
    }

    async fn sleep(&self, duration: Duration) {
        (**self).sleep(duration).await;
    }
}

/// A message to be sent or to be what another becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    pub payload: Payload,
    pub topic: Option<TopicId>,
}

/// A message that a send became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub id: MessageId,
    /// Its files: one, or those that a rich message shows in the order of its payload; `None` for one that the answer does
    /// not tell of. Empty: it has none.
    pub files: Vec<Option<FileRef>>,
    /// What subscribers see of it, as the platform told it; `None`: it did not tell.
    pub shown: Option<Digest>,
}

/// Whether an edit changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    Changed {
        /// The files that the message holds now, as in [`Sent::files`].
        files: Vec<Option<FileRef>>,
        /// As of a message that was [`Sent`].
        shown: Option<Digest>,
    },
    /// Telegram: `message is not modified`.
    AlreadySo,
}

/// What an edit that can't be done tells of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// It is there, and the bot could edit it: its own, or anybody's where it may edit posts of others.
    There { holds_text: bool },
    /// It is there, and the bot can't edit it: another's, or a service message.
    Locked,
    /// It is not there, as far as the platform says once.
    Missing,
    /// An answer that tells nothing.
    Opaque(String),
}

/// What became of reading a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    Seen(Box<Seen>),
    Missing,
    /// It is there and can't be copied out: protected content, a service message.
    Unreadable(String),
}

/// A message as it reads now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// `None`: a kind that tgsync never sends.
    pub kind: Option<Kind>,
    /// Text or caption, without its formatting.
    pub text: String,
    /// `file_unique_id` of its file.
    pub file: Option<String>,
    /// When it was sent; `None`: a copy does not tell.
    pub date: Option<Timestamp>,
    /// The channel and id that it was forwarded from; not those asked for if it is itself a forward. `None`: it is no
    /// post of a channel, or a copy, which does not tell.
    pub origin: Option<(ChatId, MessageId)>,
    /// Digest of what subscribers see of it; equal to that of the answer to its send as long as nobody edits it.
    pub shown: Digest,
    /// A copy of it was read, which has none of its buttons.
    pub copied: bool,
}

/// Something that an update tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// `update_id`.
    pub update: i64,
    /// 0 if the update is about no chat that it names.
    pub chat: ChatId,
    pub what: HeardOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeardOf {
    /// A message of somebody else.
    Post(MessageId),
    /// Somebody else's message, changed.
    Edit(MessageId),
    /// A service message, whoever is behind it: the bot is told of those about its own pins too.
    Service(MessageId),
    /// `chat` is the discussion group of a channel, which has got this message of it (`is_automatic_forward`).
    Receipt { channel: ChatId, id: MessageId },
    /// Nothing that concerns a post.
    Other,
}

/// Bot and chat as the platform describes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    pub bot: BotId,
    pub bot_username: String,
    pub chat: ChatId,
    pub title: String,
    /// Without the `@`.
    pub username: Option<String>,
    pub kind: ChatKind,
    pub rights: Rights,
    /// The discussion group of a channel (`linked_chat_id`).
    pub linked: Option<ChatId>,
    /// `message_auto_delete_time`, seconds: posts vanish by themselves.
    pub auto_delete_s: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChatKind {
    Private,
    Group,
    Supergroup,
    Channel,
}

/// What the bot may do in the chat (`getChatMember` for the bot itself).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    pub post: bool,
    /// In channels: edit posts of others, and pin.
    pub edit_others: bool,
    pub delete_others: bool,
    pub pin: bool,
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Certainly not done.
    #[error("{}", .0.text)]
    Refused(Refusal),
    /// Certainly not done; the platform says when to come back.
    #[error("told to wait {} s", .0.as_secs())]
    RetryAfter(Duration),
    /// Certainly not done: nothing of the request left this machine, or not the last of what it uploads.
    #[error("{0}")]
    Unreachable(String),
    /// May have been done.
    #[error("{0}")]
    Unknown(String),
}

/// A refusal with the platform's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RefusalKind,
    /// Verbatim description, without the token; or what is wrong with a file here.
    pub text: String,
}

/// What a caller can do about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The message is not there any more.
    Gone,
    /// Another's message, a service message, or a missing right.
    NotEditable,
    /// Older than 48 hours, or a missing right.
    NotDeletable,
    /// The payload itself is at fault.
    Content,
    /// The server does not know a `file_id`: the file has to be uploaded.
    UnknownFile,
    /// The server is older than what it is asked for.
    TooOld,
    /// Token, chat or right: nothing else will work for this target either.
    Access,
    /// The group became a supergroup with this id; old message ids are void there.
    Moved(ChatId),
    /// Updates go elsewhere: a webhook is set, or another program reads them.
    Elsewhere,
    Other,
}

/// What a store says of an object without reading it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    pub size: u64,
    /// `None`: this store has none to tell, or not in a list.
    pub etag: Option<String>,
    /// As it was recorded with the object; lists don't tell it.
    pub sha256: Option<Sha256Hex>,
}

/// Something to put into a store.
#[derive(Clone, Copy)]
pub struct Upload<'a> {
    pub body: Body<'a>,
    /// The media type to serve it as.
    pub kind: &'a str,
    /// What the body holds.
    pub sha256: &'a Sha256Hex,
    /// Told of every stretch of bytes that is through; may be told twice of one that had to be repeated.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    Bytes(&'a [u8]),
    File(&'a LocalFile),
}

/// A file as it was when its digest was taken. A store that finds another one there refuses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFile {
    pub path: PathBuf,
    /// As messages call it.
    pub name: String,
    pub stamp: Stamp,
    /// The stamp was old enough when the digest was taken: while it stays the same, so does the file. Of a file that had
    /// just been written, only what is read tells.
    pub settled: bool,
}

/// Why the store did not do something. A put that failed may have been done: it is repeated, not guessed about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct StoreError {
    pub kind: StoreErrorKind,
    pub what: String,
    pub hint: Option<String>,
}

/// What a caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// The same again may work: the network, a server that is busy.
    Retry,
    /// The bucket is not there.
    NoBucket,
    /// Keys, rights, clock: nothing else will work either.
    Denied,
    /// The file is not what it was when its digest was taken, or can't be read. Others may go on.
    File,
    /// Nothing that is known to help.
    Fatal,
}

impl std::fmt::Debug for Upload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("kind", &self.kind)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

impl StoreError {
    pub fn new(kind: StoreErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// The state could not be recorded or published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct StateError {
    pub what: String,
    pub hint: Option<String>,
}

impl StateError {
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Whether a server is on this very machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
