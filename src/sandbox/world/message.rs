//! A message: who wrote it, what it holds, what it answers, where it came from.

use serde::{Deserialize, Serialize};

use crate::sandbox::entities::{Entity, Formatted};
use crate::sandbox::markup::Keyboard;
use crate::sandbox::media::Asset;
use crate::sandbox::rich::RichMessage;

/// Who sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Author {
    /// The bot with this id.
    Bot(i64),
    /// A person: the owner of the chats.
    Person,
    /// Telegram itself, for automatic forwards.
    Service,
}

/// What a message holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Content {
    Text {
        text: Formatted,
        #[serde(default, skip_serializing_if = "LinkPreview::is_default")]
        preview: LinkPreview,
    },
    Rich(RichMessage),
    Media(Medium),
    /// The chat was created.
    ChatCreated,
    /// A message was pinned.
    Pinned {
        message_id: i64,
    },
    /// A forum topic was created; its id is the id of this message.
    TopicCreated {
        name: String,
        icon_color: i64,
        icon_custom_emoji_id: Option<String>,
    },
}

impl Content {
    /// Service messages are left out of listings; they can't be edited, pinned, forwarded or copied.
    pub(crate) fn is_service(&self) -> bool {
        matches!(self, Self::ChatCreated | Self::Pinned { .. } | Self::TopicCreated { .. })
    }

    /// Whether text or a rich message can take its place by an edit.
    pub(crate) fn is_textual(&self) -> bool {
        matches!(self, Self::Text { .. } | Self::Rich(_))
    }

    pub(crate) fn medium(&self) -> Option<&Medium> {
        match self {
            Self::Media(medium) => Some(medium),
            _ => None,
        }
    }

    /// The text, or the caption, that a quote must be found in. A rich message has none: how it is quoted is not documented.
    pub(crate) fn text(&self) -> Option<&Formatted> {
        match self {
            Self::Text { text, .. } => Some(text),
            Self::Media(medium) => Some(&medium.caption),
            _ => None,
        }
    }
}

/// A file and its caption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Medium {
    pub asset: Asset,
    pub caption: Formatted,
    /// Whether the caption stands above; false for what can't have it there.
    pub is_below_caption: bool,
    pub has_spoiler: bool,
}

/// `LinkPreviewOptions`.
#[expect(clippy::struct_excessive_bools, reason = "the fields of the Bot API object")]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct LinkPreview {
    #[serde(skip_serializing_if = "is_false")]
    pub is_disabled: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    #[serde(skip_serializing_if = "is_false")]
    pub prefer_small_media: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub prefer_large_media: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub show_above_text: bool,
}

impl LinkPreview {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What a message answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reply {
    /// Another chat; `None` for this one.
    pub chat_id: Option<i64>,
    pub message_id: i64,
    pub quote: Option<Quote>,
}

/// `TextQuote`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quote {
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// In UTF-16 code units of the quoted text.
    pub position: usize,
    pub is_manual: bool,
}

/// Where a forwarded message came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The channel and the post, for channel posts.
    pub post: Option<(i64, i64)>,
    /// The author, for everything else.
    pub author: Author,
    /// When the original was sent.
    pub date: i64,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    pub id: i64,
    /// Unix time, seconds.
    pub date: i64,
    pub edit_date: Option<i64>,
    pub author: Author,
    pub content: Content,
    pub keyboard: Option<Keyboard>,
    /// Sent with a keyboard other than an inline one, which forbids edits.
    pub has_reply_keyboard: bool,
    pub thread: Option<i64>,
    pub reply: Option<Reply>,
    pub origin: Option<Origin>,
    pub is_automatic_forward: bool,
    pub is_protected: bool,
    /// The album it is part of.
    #[serde(default)]
    pub album: Option<i64>,
}

impl Message {
    pub(crate) fn new(id: i64, date: i64, author: Author, content: Content) -> Self {
        Self {
            id,
            date,
            edit_date: None,
            author,
            content,
            keyboard: None,
            has_reply_keyboard: false,
            thread: None,
            reply: None,
            origin: None,
            is_automatic_forward: false,
            is_protected: false,
            album: None,
        }
    }

    /// Whether this bot sent it.
    pub(crate) fn is_by(&self, bot: i64) -> bool {
        self.author == Author::Bot(bot)
    }
}
