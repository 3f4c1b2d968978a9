//! The seams: the whole outside world on one page, in the words of the domain. Errors are categories a caller can act
//! on; throttling and retries live with the caller.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use url::{Host, Url};

use crate::ids::{BotId, ChatId, MessageId, ObjectKey, Sha256Hex, Stamp, Timestamp, TopicId};
use crate::lock::{Entry, Lock, Payload};
use crate::media::FileRef;

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
    /// Pin without a notification, or unpin.
    fn set_pinned(&self, id: MessageId, pinned: bool) -> impl Future<Output = Result<(), CallError>> + Send;
}

/// Where runs leave what happened.
pub trait StateStore {
    /// Append to the journal; durable when it returns.
    fn append(&mut self, entries: &[Entry]) -> impl Future<Output = Result<(), StateError>> + Send;
    /// Replace the lock atomically, then forget the journal that is folded into it.
    fn save(&mut self, lock: &Lock) -> impl Future<Output = Result<(), StateError>> + Send;
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

/// Time, and waiting.
pub trait Clock {
    fn now(&self) -> impl Future<Output = Timestamp> + Send;
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()> + Send;
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
}

/// Whether an edit changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edited {
    /// And the files that the message holds now, as in [`Sent::files`].
    Changed(Vec<Option<FileRef>>),
    /// Telegram: `message is not modified`.
    AlreadySo,
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
