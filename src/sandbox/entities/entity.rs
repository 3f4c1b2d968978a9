//! An entity: a kind and a range of UTF-16 code units, in Bot API form.

use serde::{Deserialize, Serialize};

/// What a range of text is; names and fields as in Bot API `MessageEntity`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Kind {
    Mention,
    Hashtag,
    Cashtag,
    BotCommand,
    Url,
    Email,
    BankCardNumber,
    Bold,
    Italic,
    Underline,
    Strikethrough,
    Spoiler,
    Code,
    Pre {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
    },
    TextLink {
        url: String,
    },
    TextMention {
        user: User,
    },
    Blockquote,
    ExpandableBlockquote,
    CustomEmoji {
        custom_emoji_id: String,
    },
    DateTime {
        unix_time: i32,
        date_time_format: String,
    },
}

/// The person of a text mention. The sandbox knows nobody by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: i64,
    pub is_bot: bool,
    pub first_name: String,
}

impl User {
    pub(in crate::sandbox) fn person(id: i64) -> Self {
        Self { id, is_bot: false, first_name: format!("User {id}") }
    }
}

/// A kind over `offset..offset + length`, in UTF-16 code units of the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    pub offset: usize,
    pub length: usize,
    #[serde(flatten)]
    pub kind: Kind,
}

/// How entities of a kind behave when they meet others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Styles that are cut and united; the number is the style's place among the five.
    Style(usize),
    /// Block quotes: never nested, may hold anything.
    Quote,
    /// Code, pre and dates: nothing inside.
    Opaque,
    /// Links, mentions, emoji and what is found in the text: styles inside, nothing else.
    Whole,
}

/// The five styles in the order in which equal ranges are listed.
pub(super) const STYLES: [Kind; 5] =
    [Kind::Bold, Kind::Italic, Kind::Underline, Kind::Strikethrough, Kind::Spoiler];

impl Kind {
    pub(super) fn class(&self) -> Class {
        match self {
            Self::Bold => Class::Style(0),
            Self::Italic => Class::Style(1),
            Self::Underline => Class::Style(2),
            Self::Strikethrough => Class::Style(3),
            Self::Spoiler => Class::Style(4),
            Self::Blockquote | Self::ExpandableBlockquote => Class::Quote,
            Self::Code | Self::Pre { .. } | Self::DateTime { .. } => Class::Opaque,
            _ => Class::Whole,
        }
    }

    /// Place among entities of the same range: the outer one first.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Blockquote | Self::ExpandableBlockquote => 0,
            Self::Pre { language: Some(_) } => 10,
            Self::Pre { language: None } => 11,
            Self::Code => 20,
            Self::DateTime { .. } => 30,
            Self::TextLink { .. } | Self::TextMention { .. } => 49,
            Self::Bold => 90,
            Self::Italic => 91,
            Self::Underline => 92,
            Self::Strikethrough => 93,
            Self::Spoiler => 94,
            Self::CustomEmoji { .. } => 99,
            _ => 50,
        }
    }

    /// Whether the server finds this kind in plain text by itself.
    pub(super) fn is_found(&self) -> bool {
        self.rank() == 50
    }
}

impl Entity {
    pub(super) fn new(kind: Kind, offset: usize, end: usize) -> Self {
        Self { offset, length: end - offset, kind }
    }

    /// First code unit after the entity.
    pub fn end(&self) -> usize {
        self.offset + self.length
    }
}
