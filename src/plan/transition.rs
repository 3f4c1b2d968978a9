//! From what a message is to what it should be: which edits do it, and what no edit can do (Bot API `editMessageText`,
//! `editMessageMedia`, `editMessageCaption`, checked 2026-11-20).

use super::Facets;
use crate::lock::{Kind, RecordedItem, RecordedPart};

/// One edit of a part: of which of its messages, and of what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Touch {
    /// The message of an album.
    pub item: Option<usize>,
    /// Its file stays.
    pub caption: bool,
}

impl Touch {
    /// All that a message says and shows.
    pub(super) const WHOLE: Self = Self { item: None, caption: false };
    /// What a message with a file says.
    pub(super) const CAPTION: Self = Self { item: None, caption: true };
}

/// What is edited although the records agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    Nothing,
    /// A tombstone stands there: every text and caption.
    Words,
    /// Nobody knows what is there.
    Everything,
}

/// Why a message can't become what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Barrier {
    /// A file is to become a text.
    Text,
    /// Something else is to become an album, or an album something else.
    Album,
    /// An album of so many files is to have so many.
    Count(usize, usize),
    /// This file of an album, counted from zero, is to be one of another class.
    Class(usize),
    /// A voice message is to have another file, or something is to become one.
    Voice,
}

impl Barrier {
    pub(super) fn words(self) -> String {
        match self {
            Self::Text => "Telegram does not make a text of a message with a file".to_owned(),
            Self::Album => "Telegram makes no album of a message, and no message of an album".to_owned(),
            Self::Count(from, to) => {
                format!(
                    "Telegram does not change how many files an album has ({from} are there, {to} are wanted)"
                )
            }
            Self::Class(item) => format!(
                "Telegram does not put another kind of file into an album (number {} is to be one)",
                item + 1
            ),
            Self::Voice => {
                "Telegram neither replaces a voice message nor makes one of another message".to_owned()
            }
        }
    }
}

/// The edits that make `sent` what it should be, in the order of its messages.
pub(super) fn touches(sent: &RecordedPart, now: &Facets, again: Again) -> Result<Vec<Touch>, Barrier> {
    match (sent.kind == Kind::Album, now.kind == Kind::Album) {
        (true, true) => of_album(sent, now, again),
        (false, false) => of_one(sent, now, again).map(|touch| touch.into_iter().collect()),
        _ => Err(Barrier::Album),
    }
}

fn of_one(sent: &RecordedPart, now: &Facets, again: Again) -> Result<Option<Touch>, Barrier> {
    let words = sent.text != now.text || sent.markup != now.markup || sent.opts != now.opts;
    let voice = sent.kind == Kind::Voice || now.kind == Kind::Voice;
    let file = |kind: Kind, items: &'_ [RecordedItem]| items.first().filter(|_| kind.has_file()).cloned();
    match (file(sent.kind, &sent.items), file(now.kind, &now.items)) {
        (None, None) => {
            let shows = sent.items.len() == now.items.len()
                && sent.items.iter().zip(&now.items).all(|(there, item)| there.shows(item));
            let differs = words || sent.kind != now.kind || !shows || again != Again::Nothing;
            Ok(differs.then_some(Touch::WHOLE))
        }
        (Some(_), None) => Err(Barrier::Text),
        (Some(there), Some(item)) if there.shows(&item) => Ok(match again {
            Again::Everything if !voice => Some(Touch::WHOLE),
            Again::Nothing if !words => None,
            _ => Some(Touch::CAPTION),
        }),
        _ if voice => Err(Barrier::Voice),
        _ => Ok(Some(Touch::WHOLE)),
    }
}

fn of_album(sent: &RecordedPart, now: &Facets, again: Again) -> Result<Vec<Touch>, Barrier> {
    if sent.items.len() != now.items.len() {
        return Err(Barrier::Count(sent.items.len(), now.items.len()));
    }
    let mut pairs = sent.items.iter().zip(&now.items);
    if let Some(item) = pairs.clone().position(|(there, item)| there.kind.class() != item.kind.class()) {
        return Err(Barrier::Class(item));
    }
    // Of an album that somebody cut, nobody knows which messages are left; the first edit finds out.
    let moved = sent.opts != now.opts;
    let touch = |(index, (there, item)): (usize, (&RecordedItem, &RecordedItem))| {
        let caption = there.shows(item) && again != Again::Everything;
        let differs = !there.is_like(item) || moved || again != Again::Nothing;
        differs.then_some(Touch { item: Some(index), caption })
    };
    Ok(pairs.by_ref().enumerate().filter_map(touch).collect())
}
