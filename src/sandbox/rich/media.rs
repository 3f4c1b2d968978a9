//! Pictures and other files of a rich message. The sandbox downloads nothing: a file that is named by an address is what
//! the address says.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::block::{About, Block};
use super::files::Source;
use crate::sandbox::entities;
use crate::sandbox::media::Asset;

/// `PhotoSize`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PhotoSize {
    file_id: String,
    file_unique_id: String,
    width: u32,
    height: u32,
    file_size: u64,
}

/// `Video`, `Animation`, `Audio`, `Document` or `Voice`. Of an address nothing but the numbers is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stored {
    file_id: String,
    file_unique_id: String,
    /// Pixels, of what can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    /// Seconds, of what has an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duration: Option<u32>,
    /// Bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file_size: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mime_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    performer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    thumbnail: Option<PhotoSize>,
}

/// The kind of a media block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Photo,
    Video,
    Animation,
    Audio,
    Document,
    VoiceNote,
}

impl Kind {
    /// The type of the block, which is also the name of its field.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Animation => "animation",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::VoiceNote => "voice_note",
        }
    }

    /// The kind of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let all = [Self::Photo, Self::Video, Self::Animation, Self::Audio, Self::Document, Self::VoiceNote];
        all.into_iter().find(|kind| kind.name() == name)
    }

    /// An error of the server about a file of this kind: `RICH_MESSAGE_PHOTO_INVALID`.
    pub(super) fn error(self, what: &str) -> String {
        format!("RICH_MESSAGE_{}_{what}", self.name().to_ascii_uppercase())
    }

    /// Which kinds a reference `tg://KIND?id=…` may lead to.
    pub(super) fn may_be(self, other: Self) -> bool {
        self == other
            || matches!((self, other), (Self::Video, Self::Animation) | (Self::Audio, Self::VoiceNote))
    }

    /// The block with that file, which was checked.
    pub(super) fn block(self, file: &Source, about: About) -> Block {
        let stored = || match file {
            Source::Web(url) => self.file(url),
            Source::Asset(asset) => received(asset),
        };
        match self {
            Self::Photo => {
                let photo = match file {
                    Source::Web(url) => sizes(url),
                    Source::Asset(asset) => received(asset),
                };
                Block::Photo { photo, about }
            }
            Self::Video => Block::Video { video: stored(), about },
            Self::Animation => Block::Animation { animation: stored(), about },
            Self::Audio => Block::Audio { audio: stored(), about },
            Self::Document => Block::Document { document: stored(), about },
            Self::VoiceNote => Block::VoiceNote { voice_note: stored(), about },
        }
    }

    fn file(self, url: &str) -> Stored {
        let (file_id, file_unique_id) = ids(url, self.name());
        let is_seen = matches!(self, Self::Video | Self::Animation);
        let is_played = self != Self::Document;
        Stored {
            file_id,
            file_unique_id,
            width: is_seen.then_some(640),
            height: is_seen.then_some(360),
            duration: is_played.then_some(1),
            file_size: None,
            file_name: None,
            mime_type: None,
            title: None,
            performer: None,
            thumbnail: None,
        }
    }
}

/// A file as the Bot API shows it, with the fields that a block keeps.
fn received<T: for<'de> Deserialize<'de>>(asset: &Asset) -> T {
    serde_json::from_value(asset.to_json()).expect("the fields of the same Bot API object")
}

/// Whether a file can be fetched from there: HTTP(S) with a host.
pub(super) fn is_web(url: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    let has_scheme = lower.starts_with("http://") || lower.starts_with("https://");
    has_scheme
        && !url.contains(|c: char| c.is_whitespace() || c.is_control())
        && entities::url::check(url).is_ok()
}

/// Two sizes, the larger one last, as the Bot API lists them.
fn sizes(url: &str) -> Vec<PhotoSize> {
    let size = |name: &str, width, height| {
        let (file_id, file_unique_id) = ids(url, name);
        PhotoSize { file_id, file_unique_id, width, height, file_size: u64::from(width * height / 4) }
    };
    vec![size("photo-s", 90, 60), size("photo-m", 900, 600)]
}

/// Ids that are always the same for the same address.
fn ids(url: &str, salt: &str) -> (String, String) {
    let digest = Sha256::new().chain_update(salt).chain_update([0]).chain_update(url).finalize();
    let digest = format!("{digest:x}");
    (format!("sandbox-{}", &digest[..40]), digest[..16].to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{About, Kind, Source, is_web};

    #[test]
    fn addresses_are_of_the_web() {
        for (url, expected) in [
            ("https://example.com/a.png", true),
            ("HTTP://EXAMPLE.COM", true),
            ("ftp://example.com/a", false),
            ("a.png", false),
            ("https://localhost/a", false),
            ("https://example.com/a b", false),
        ] {
            assert_eq!(is_web(url), expected, "{url}");
        }
    }

    #[test]
    fn the_same_address_is_the_same_file() {
        let web = |url: &str| Source::Web(url.into());
        let block = |url| json!(Kind::Photo.block(&web(url), About::default()));
        let photo = block("https://a.b/c");
        assert_eq!(photo, block("https://a.b/c"));
        assert_ne!(photo, block("https://a.b/d"));
        assert_eq!(photo["photo"][1]["width"], 900);
        let video = json!(Kind::Video.block(&web("https://a.b/c"), About::default()));
        assert_eq!((&video["type"], &video["video"]["duration"]), (&json!("video"), &json!(1)));
    }
}
