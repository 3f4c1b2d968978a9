//! A chat in memory: what calls make of it, and what they may meet.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::ids::{Digest, MessageId, Sha256Hex, Timestamp};
use crate::lock::{self, Attachment, Content};
use crate::media::{FileRef, Kind};
use crate::plan::testing::{file_of, holds};
use crate::ports::{CallError, Edited, Outgoing, Probe, Reading, Refusal, RefusalKind, Seen, Sent};

/// A message as subscribers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::apply) struct Shown {
    /// The text or the caption.
    pub html: String,
    pub(super) file: Option<Held>,
    /// The files that it shows as a rich message.
    pub(super) shows: Vec<Held>,
    /// The first message of its album.
    pub(super) album: Option<MessageId>,
    pub reply_to: Option<MessageId>,
    pub pinned: bool,
    pub(super) sent: Timestamp,
    /// The bot sent it.
    pub(super) ours: bool,
}

/// A file as it was uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) kind: Kind,
    pub(super) sha256: Sha256Hex,
    pub(super) thumbnail: Option<Sha256Hex>,
}

impl Held {
    pub(super) fn to_telegram(&self) -> FileRef {
        file_of((&self.sha256, self.kind, self.thumbnail.as_ref()))
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone)]
pub(in crate::apply) enum Fault {
    /// Not done, for this reason.
    Error(CallError),
    /// Done, and the answer is lost.
    LostAnswer,
    /// Done so many seconds later, and the connection is lost at once.
    Late(i64),
}

impl Fault {
    pub(in crate::apply) fn refuse(kind: RefusalKind) -> Self {
        Self::Error(CallError::Refused(Refusal { kind, text: format!("{kind:?}") }))
    }

    pub(in crate::apply) fn lost() -> Self {
        Self::Error(CallError::Unknown("connection closed".into()))
    }

    pub(in crate::apply) fn wait(seconds: u64) -> Self {
        Self::Error(CallError::RetryAfter(Duration::from_secs(seconds)))
    }
}

#[derive(Debug, Default)]
pub(in crate::apply) struct Chat {
    pub messages: BTreeMap<MessageId, Shown>,
    pub(super) top: i32,
    /// Met by the next calls of this method, in order.
    pub(super) faults: VecDeque<(&'static str, Fault)>,
    /// Method and message of every call.
    pub calls: Vec<String>,
    /// What was uploaded, in order, and is known by its `file_id`.
    pub uploads: Vec<String>,
    pub(super) known: BTreeMap<String, Held>,
    /// Calls that take effect later.
    pub(super) late: Vec<(Timestamp, Deed)>,
    pub edit_others: bool,
    /// Nothing can be learned of a message, and no marker be sent.
    pub blind: bool,
    /// What others posted, as updates tell it.
    pub(super) updates: Vec<(i64, MessageId)>,
}

/// A call that has an effect.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Send(Outgoing),
    Edit(MessageId, Outgoing),
}

impl Chat {
    /// What was to happen by now happens.
    pub(super) fn land(&mut self, now: Timestamp) {
        self.late.sort_by_key(|(at, _)| *at);
        while self.late.first().is_some_and(|(at, _)| *at <= now) {
            let (at, deed) = self.late.remove(0);
            let _ = match deed {
                Deed::Send(message) => self.send(&message, at).map(drop),
                Deed::Edit(id, message) => self.edit(id, &message).map(drop),
            };
        }
    }

    /// The file of an attachment: by its id, or uploaded.
    pub(super) fn take(&mut self, item: &Attachment) -> Result<Held, CallError> {
        if let Some(id) = &item.file_id {
            return self.known.get(id).cloned().ok_or_else(|| refused(RefusalKind::UnknownFile));
        }
        let thumbnail = item.thumbnail.as_ref().map(|thumbnail| thumbnail.sha256.clone());
        let held = Held { kind: item.kind, sha256: item.sha256.clone(), thumbnail };
        self.uploads.push(holds(&item.sha256));
        self.known.insert(held.to_telegram().file_id, held.clone());
        Ok(held)
    }

    /// The files of a rich message.
    pub(super) fn shows(&mut self, content: &Content) -> Result<Vec<Held>, CallError> {
        match content {
            Content::Rich { items, .. } => items.iter().map(|item| self.take(item)).collect(),
            _ => Ok(Vec::new()),
        }
    }

    pub(super) fn send(&mut self, message: &Outgoing, sent: Timestamp) -> Result<Vec<Sent>, CallError> {
        let payload = &message.payload;
        let said: Vec<(String, Option<Held>)> = match &payload.content {
            Content::Media { items, .. } => {
                let files: Result<Vec<Held>, CallError> = items.iter().map(|item| self.take(item)).collect();
                items.iter().map(|item| item.html.clone()).zip(files?.into_iter().map(Some)).collect()
            }
            content => vec![(content.html().to_owned(), None)],
        };
        let shows = self.shows(&payload.content)?;
        let album = (said.len() > 1).then_some(MessageId(self.top + 1));
        let mut out = Vec::new();
        for (html, file) in said {
            self.top += 1;
            let id = MessageId(self.top);
            let files = file.iter().chain(&shows).map(|held| Some(held.to_telegram())).collect();
            let seen = seen(&html, file.as_ref());
            out.push(Sent { id, files, shown: Some(seen) });
            let (shows, reply_to) = (shows.clone(), payload.reply_to);
            let shown = Shown { html, file, shows, album, reply_to, pinned: false, sent, ours: true };
            self.messages.insert(id, shown);
        }
        Ok(out)
    }

    pub(super) fn edit(&mut self, id: MessageId, message: &Outgoing) -> Result<Edited, CallError> {
        let content = &message.payload.content;
        let there = self.messages.get(&id).ok_or_else(gone)?.clone();
        let file = match (content, &there.file) {
            (Content::Text { .. } | Content::Rich { .. }, None) => None,
            (Content::Caption { .. } | Content::Grave { .. }, Some(file)) => Some(file.clone()),
            (Content::Media { items, .. }, file) if items.len() == 1 => {
                let to = items[0].kind;
                let voice = to == Kind::Voice || file.as_ref().is_some_and(|file| file.kind == Kind::Voice);
                let other =
                    there.album.is_some() && file.as_ref().map(|file| file.kind.class()) != Some(to.class());
                if voice || other {
                    return Err(refused(RefusalKind::Content));
                }
                Some(self.take(&items[0])?)
            }
            _ => return Err(refused(RefusalKind::Content)),
        };
        let shows = self.shows(content)?;
        let now = file.iter().chain(&shows).map(|held| Some(held.to_telegram())).collect();
        let html = content.html().to_owned();
        let shown = Some(seen(&html, file.as_ref()));
        self.messages.insert(id, Shown { html, file, shows, ..there });
        Ok(Edited::Changed { files: now, shown })
    }
}

/// Digest of what is seen of a message.
pub(super) fn seen(html: &str, file: Option<&Held>) -> Digest {
    Digest::of(&(html, file.map(|file| &file.sha256)))
}

pub(super) fn refused(kind: RefusalKind) -> CallError {
    CallError::Refused(Refusal { kind, text: format!("{kind:?}") })
}

pub(super) fn gone() -> CallError {
    CallError::Refused(Refusal { kind: RefusalKind::Gone, text: "message not found".into() })
}

impl Chat {
    pub(super) fn marker(&mut self, unlike: lock::Kind, sent: Timestamp) -> MessageId {
        self.top += 1;
        let id = MessageId(self.top);
        let file = (!unlike.has_file()).then(|| Held {
            kind: Kind::Document,
            sha256: Sha256Hex::of(b"marker"),
            thumbnail: None,
        });
        let html = "·".to_owned();
        let shows = Vec::new();
        let shown = Shown { html, file, shows, album: None, reply_to: None, pinned: false, sent, ours: true };
        self.messages.insert(id, shown);
        id
    }

    pub(super) fn reading(&self, id: MessageId) -> Reading {
        let Some(shown) = self.messages.get(&id) else { return Reading::Missing };
        Reading::Seen(Box::new(Seen {
            kind: Some(shown.file.as_ref().map_or(lock::Kind::Text, |file| file.kind.into())),
            text: shown.html.clone(),
            file: None,
            date: Some(shown.sent),
            origin: None,
            shown: Digest::of(&shown.html),
            copied: false,
        }))
    }

    pub(super) fn probed(&self, id: MessageId) -> Probe {
        match self.messages.get(&id) {
            _ if self.blind => Probe::Opaque("nobody knows".into()),
            None => Probe::Missing,
            Some(shown) if shown.ours || self.edit_others => {
                Probe::There { holds_text: shown.file.is_none() }
            }
            Some(_) => Probe::Locked,
        }
    }

    pub(super) fn refuse_marker(&self) -> Result<(), CallError> {
        if self.blind { Err(refused(RefusalKind::Other)) } else { Ok(()) }
    }
}

/// What a message says and holds.
pub(super) fn said(shown: &Shown) -> (String, Option<Sha256Hex>) {
    (shown.html.clone(), shown.file.as_ref().map(|file| file.sha256.clone()))
}

/// What the messages of a payload say and hold.
pub(super) fn expected(content: &Content) -> Vec<(String, Option<Sha256Hex>)> {
    match content {
        Content::Media { items, .. } => {
            items.iter().map(|item| (item.html.clone(), Some(item.sha256.clone()))).collect()
        }
        content => vec![(content.html().to_owned(), None)],
    }
}
