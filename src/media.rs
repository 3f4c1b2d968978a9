//! What a file is to Telegram: the kind of message it makes, which of them share an album, and what was found in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::Sha256Hex;

/// How a file is sent: `sendPhoto`, `sendVideo` and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Photo,
    Video,
    /// A GIF, or a video without sound.
    Animation,
    Audio,
    Voice,
    /// The file as it is.
    Document,
}

/// Which kinds an album mixes (Bot API `sendMediaGroup`, checked 2026-11-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Visual,
    Audio,
    Document,
}

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Photo, Self::Video, Self::Animation, Self::Audio, Self::Voice, Self::Document];

    /// `None`: it is never a part of an album.
    pub fn class(self) -> Option<Class> {
        match self {
            Self::Photo | Self::Video => Some(Class::Visual),
            Self::Audio => Some(Class::Audio),
            Self::Document => Some(Class::Document),
            Self::Animation | Self::Voice => None,
        }
    }

    /// Whether `editMessageMedia` replaces it (Bot API, checked 2026-11-20).
    pub fn is_replaceable(self) -> bool {
        self != Self::Voice
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Animation => "animation",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::Document => "document",
        }
    }
}

/// What is known of a file that a post attaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    pub sha256: Sha256Hex,
    /// Bytes.
    pub size: u64,
    pub format: Format,
}

/// What a file's first bytes say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A picture, with its MIME type and its size in pixels.
    Picture {
        mime: &'static str,
        width: u32,
        height: u32,
    },
    /// Anything else whose MIME type is known.
    Other(&'static str),
    Unknown,
}

/// What a rich message calls its file number `index`, counted from 0: `id` of `InputRichMessageMedia` (1 to 64 of
/// `A-Z a-z 0-9 _ -`, checked 2026-11-21).
pub fn rich_id(index: usize) -> String {
    format!("f{:02}", index + 1)
}

/// A file as Telegram has it (`file_id`, `file_unique_id`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileRef {
    /// Sends the same file again without its bytes; good for one bot, for ever.
    pub file_id: String,
    /// The same for all bots; sends nothing.
    pub unique: String,
}

/// `812 B`, `31.5 MB`: decimal, as the providers of stores count.
pub fn bytes(n: u64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut divisor = 1_u64;
    while n / divisor >= 1000 && unit < units.len() - 1 {
        divisor *= 1000;
        unit += 1;
    }
    if unit == 0 {
        return format!("{n} B");
    }
    let tenths = n / (divisor / 10);
    format!("{}.{} {}", tenths / 10, tenths % 10, units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_readable() {
        for (n, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (31_457_280, "31.4 MB"),
            (1_073_741_824, "1.0 GB"),
            (u64::MAX, "18446744.0 TB"),
        ] {
            assert_eq!(bytes(n), expected);
        }
    }
}
