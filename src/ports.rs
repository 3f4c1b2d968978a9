//! The seams: the whole outside world on one page, in the words of the domain. Errors are categories a caller can act
//! on; throttling and retries live with the caller.

use std::future::Future;
use std::time::Duration;

use url::{Host, Url};

use crate::ids::{BotId, ChatId, MessageId, Timestamp, TopicId};
use crate::lock::{Entry, Lock, Payload};

/// A messaging platform, bound to one chat.
pub trait Platform {
    /// Who is writing where, with which rights. Changes nothing.
    fn describe(&self) -> impl Future<Output = Result<Description, CallError>> + Send;
    /// Send one part; the ids it got, an album's item by item.
    fn send(&self, message: &Outgoing) -> impl Future<Output = Result<Vec<MessageId>, CallError>> + Send;
    /// Make a message say this and nothing else: text, preview and keyboard are all replaced.
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

/// Whether an edit changed anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    Changed,
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
    /// Certainly not done: no byte of the request left this machine.
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
    /// Verbatim description, without the token.
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
    /// The server is older than what it is asked for.
    TooOld,
    /// Token, chat or right: nothing else will work for this target either.
    Access,
    /// The group became a supergroup with this id; old message ids are void there.
    Moved(ChatId),
    Other,
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
