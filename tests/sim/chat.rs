//! The chat as it is: messages whose ids only grow, and what calls do to them.

use std::hash::{DefaultHasher, Hash as _};
use std::time::Duration;

use tgsync::ids::{Digest, MessageId, Timestamp};
use tgsync::lock::{Content, Kind, Payload};
use tgsync::media::FileRef;
use tgsync::ports::{CallError, Edited, HeardOf, Outgoing, Probe, Reading, Refusal, RefusalKind, Seen, Sent};

use crate::check;
use crate::source::{CHAT, read_back};
use crate::world::World;

/// What a person writes.
pub(crate) const CHATTER: &str = "hello";

/// Updates are kept for so long.
const KEPT: Duration = Duration::from_hours(24);

/// An update comes so much later than what it tells of.
const LAG: Duration = Duration::from_secs(4);

/// A message as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub by: By,
    pub says: String,
    pub kind: Kind,
    pub file: Option<String>,
    /// The first of its album.
    pub album: Option<i32>,
    pub sent: Timestamp,
    /// A person forwarded it.
    pub forwarded: bool,
    /// The last change of it was a person's.
    pub meddled: bool,
}

/// Who sent a message: the truth, which no run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum By {
    /// The bot: a message of this post.
    Bot(char),
    Marker,
    Person,
}

/// What a call does when it arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    Send(Outgoing),
    Edit(MessageId, Outgoing),
    Delete(MessageId),
    Mark(Kind),
    /// A marker that answers a message.
    Quote(MessageId, Kind),
}

/// Something that updates tell of.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    pub number: i64,
    /// When it can be told at the earliest.
    pub at: Timestamp,
    pub what: HeardOf,
}

impl Message {
    pub(crate) fn new(by: By, says: impl Into<String>, kind: Kind, sent: Timestamp) -> Self {
        Self { by, says: says.into(), kind, file: None, album: None, sent, forwarded: false, meddled: false }
    }

    fn holds_text(&self) -> bool {
        !self.kind.has_file()
    }

    fn shown(&self) -> Digest {
        Digest::of(&self.says)
    }
}

impl World {
    /// The chat as it can matter from now on.
    pub(crate) fn hash_chat(&self, hasher: &mut DefaultHasher) {
        let age = |at: Timestamp| crate::history::age(self.now, at);
        // How many causes there were matters where questions are counted.
        let causes = if self.asked.is_empty() { 0 } else { self.spent.faults + self.spent.acts };
        (self.budget, self.asked.len(), causes, self.spent.acts > 0).hash(hasher);
        (self.misled, self.robbed, self.was_deaf, self.blind, &self.meddled, &self.hidden).hash(hasher);
        for (id, message) in &self.messages {
            (id, message.by, &message.says, message.kind as u8, message.album).hash(hasher);
            (message.meddled, message.forwarded, age(message.sent)).hash(hasher);
        }
        (self.top, self.next_update, self.edit_others, &self.source, &self.newest).hash(hasher);
        for (at, effect) in &self.late {
            (self.now.duration_since(*at).as_millis(), format!("{effect:?}")).hash(hasher);
        }
        for update in &self.updates {
            (update.number, age(update.at), format!("{:?}", update.what)).hash(hasher);
        }
        if self.scope.git {
            self.hash_pushes(hasher);
        }
    }

    pub(crate) fn perform(&mut self, effect: &Effect) -> Result<Vec<Sent>, CallError> {
        let result = match effect {
            Effect::Send(message) => Ok(self.send(&message.payload)),
            Effect::Quote(id, _) if !self.messages.contains_key(&id.0) => Err(refused(RefusalKind::Gone)),
            Effect::Mark(unlike) | Effect::Quote(_, unlike) => Ok(vec![self.mark(*unlike)]),
            Effect::Edit(id, message) => self.edit(*id, &message.payload),
            Effect::Delete(id) => self.delete(*id),
        };
        check::after_effect(self);
        result
    }

    fn send(&mut self, payload: &Payload) -> Vec<Sent> {
        let (letter, version) = read_back(payload.content.html()).unwrap();
        self.show(letter, version);
        let Content::Media { items, .. } = &payload.content else {
            let message = Message::new(By::Bot(letter), payload.content.html(), Kind::Text, self.now);
            return vec![self.post(message)];
        };
        let album = (items.len() > 1).then_some(self.top + 1);
        let mut sent = Vec::new();
        for item in items {
            let message = Message::new(By::Bot(letter), item.html.clone(), item.kind.into(), self.now);
            sent.push(self.post(Message { file: Some(item.sha256.as_str().to_owned()), album, ..message }));
        }
        sent
    }

    fn mark(&mut self, unlike: Kind) -> Sent {
        let kind = if unlike.has_file() { Kind::Text } else { Kind::Document };
        self.post(Message::new(By::Marker, "", kind, self.now))
    }

    /// A new message.
    pub(crate) fn post(&mut self, message: Message) -> Sent {
        self.top += 1;
        let id = MessageId(self.top);
        let held = |file: &String| Some(FileRef { file_id: format!("id-{file}"), unique: file.clone() });
        let sent = Sent { id, files: message.file.iter().map(held).collect(), shown: Some(message.shown()) };
        if message.by == By::Person {
            self.update(HeardOf::Post(id));
        } else if self.scope.receipts && message.by != By::Marker {
            self.update(HeardOf::Receipt { channel: CHAT, id });
        }
        self.messages.insert(self.top, message);
        sent
    }

    pub(crate) fn update(&mut self, what: HeardOf) {
        let at = self.now.checked_add(LAG).unwrap();
        self.updates.push(Update { number: self.next_update, at, what });
        self.next_update += 1;
    }

    fn edit(&mut self, id: MessageId, payload: &Payload) -> Result<Vec<Sent>, CallError> {
        let says = payload.content.html().to_owned();
        let may = |message: &Message| message.by != By::Person || self.edit_others;
        match self.messages.get(&id.0) {
            None => return Err(refused(RefusalKind::Gone)),
            Some(message) if !may(message) => return Err(refused(RefusalKind::NotEditable)),
            Some(_) => {}
        }
        if let Some((letter, version)) = read_back(&says) {
            self.show(letter, version);
        }
        let message = self.messages.get_mut(&id.0).unwrap();
        (message.says, message.meddled) = (says, false);
        Ok(vec![Sent { id, files: Vec::new(), shown: Some(message.shown()) }])
    }

    fn delete(&mut self, id: MessageId) -> Result<Vec<Sent>, CallError> {
        let old = |message: &Message| self.now.duration_since(message.sent).as_hours() >= 48;
        if self.messages.get(&id.0).is_some_and(old) {
            return Err(refused(RefusalKind::NotDeletable));
        }
        self.messages.remove(&id.0);
        Ok(Vec::new())
    }

    /// The bot shows this version of a post: never an older one than before.
    fn show(&mut self, letter: char, version: u32) {
        let newest = self.newest.entry(letter).or_default();
        if version < *newest {
            let newest = *newest;
            self.broken(format!("post {letter} goes back from version {newest} to {version}"));
        } else {
            *newest = version;
        }
    }

    /// What an edit that can't be done is refused with.
    pub(crate) fn probe(&self, id: MessageId) -> Probe {
        match self.messages.get(&id.0) {
            None => Probe::Missing,
            Some(_) if self.blind => Probe::Missing,
            Some(message) if message.by == By::Person && !self.edit_others => Probe::Locked,
            Some(message) => Probe::There { holds_text: message.holds_text() },
        }
    }

    /// What a message reads like in another chat.
    pub(crate) fn read(&self, id: MessageId) -> Reading {
        let Some(message) = self.messages.get(&id.0) else { return Reading::Missing };
        Reading::Seen(Box::new(Seen {
            kind: Some(message.kind),
            text: message.says.clone(),
            file: message.file.clone(),
            date: Some(message.sent),
            origin: Some(if message.forwarded { (CHAT, MessageId(1_000_000)) } else { (CHAT, id) }),
            shown: message.shown(),
            copied: false,
        }))
    }

    /// Updates from this one on; those before are forgotten, as are those that nobody asked for in a day.
    pub(crate) fn hear(&mut self, from: Option<i64>) -> Vec<(i64, HeardOf)> {
        let oldest = self.now.checked_sub(KEPT).unwrap();
        self.updates.retain(|update| from.is_none_or(|from| update.number >= from) && update.at >= oldest);
        let told = self.updates.iter().filter(|update| update.at <= self.now);
        told.map(|update| (update.number, update.what)).collect()
    }

    /// The chat deletes messages by itself after a while.
    pub(crate) fn delete_old(&mut self) {
        let Some(after) = self.scope.auto_delete else { return };
        let is_old = |message: &Message| message.sent.checked_add(after).unwrap() <= self.now;
        let old = self.messages.iter().filter(|(_, message)| is_old(message));
        for id in old.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.lose(id);
        }
    }

    /// Somebody else than the bot deletes a message.
    pub(crate) fn lose(&mut self, id: i32) {
        if let Some(Message { by: By::Bot(letter), .. }) = self.messages.remove(&id) {
            self.meddled.push(letter);
        }
    }
}

pub(crate) fn edited(sent: Vec<Sent>) -> Edited {
    let first = sent.into_iter().next();
    let (files, shown) = first.map(|sent| (sent.files, sent.shown)).unwrap_or_default();
    Edited::Changed { files, shown }
}

pub(crate) fn refused(kind: RefusalKind) -> CallError {
    CallError::Refused(Refusal { kind, text: format!("{kind:?}") })
}

impl Effect {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Send(message) => format!("send {}", message.payload.content.html()),
            Self::Edit(id, message) => format!("edit {id} to {}", message.payload.content.html()),
            Self::Delete(id) => format!("delete {id}"),
            Self::Mark(_) => "mark".to_owned(),
            Self::Quote(id, _) => format!("mark, as an answer to {id}"),
        }
    }
}
