//! The kinds of media: what each is called where, and what becomes of a file that is sent as one.

use serde::{Deserialize, Serialize};

use super::format::Format;
use super::probe::Facts;

/// What a file is sent as, and what a message holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Kind {
    Photo,
    Video,
    Animation,
    Audio,
    Document,
    Voice,
}

impl Kind {
    pub(in crate::sandbox) const ALL: [Self; 6] =
        [Self::Photo, Self::Video, Self::Animation, Self::Audio, Self::Document, Self::Voice];

    /// The parameter of the sending method, the `type` of `InputMedia…`, and the field of `Message`.
    pub(in crate::sandbox) fn name(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Animation => "animation",
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Voice => "voice",
        }
    }

    /// The kind of an `InputMedia…`; a voice message is none.
    pub(in crate::sandbox) fn of_input_media(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name && *kind != Self::Voice)
    }

    /// What the right to send it is about: `not enough rights to send photos to the chat`.
    pub(in crate::sandbox) fn right(self) -> &'static str {
        match self {
            Self::Photo => "photos",
            Self::Video => "videos",
            Self::Animation => "animations",
            Self::Audio => "music",
            Self::Document => "documents",
            Self::Voice => "voice notes",
        }
    }

    /// How the server names the kind in errors.
    pub(in crate::sandbox) fn title(self) -> &'static str {
        match self {
            Self::Photo => "Photo",
            Self::Video => "Video",
            Self::Animation => "Animation",
            Self::Audio => "Audio",
            Self::Document => "Document",
            Self::Voice => "VoiceNote",
        }
    }

    /// The folder of a `file_path`.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Photo => "photos",
            Self::Video => "videos",
            Self::Animation => "animations",
            Self::Audio => "music",
            Self::Document => "documents",
            Self::Voice => "voice",
        }
    }

    /// How the ids of such files begin.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Photo => "AgAC",
            Self::Video => "BAAC",
            Self::Animation => "CgAC",
            Self::Audio => "CQAC",
            Self::Document => "BQAC",
            Self::Voice => "AwAC",
        }
    }

    /// Whether a caption can stand above it.
    pub(in crate::sandbox) fn may_be_below_caption(self) -> bool {
        self.may_be_hidden()
    }

    /// Whether it can be covered by a spoiler.
    pub(in crate::sandbox) fn may_be_hidden(self) -> bool {
        matches!(self, Self::Photo | Self::Video | Self::Animation)
    }

    pub(in crate::sandbox) fn may_be_in_album(self) -> bool {
        matches!(self, Self::Photo | Self::Video | Self::Audio | Self::Document)
    }

    /// Whether an album that has it has nothing else.
    pub(in crate::sandbox) fn is_alone_in_album(self) -> bool {
        matches!(self, Self::Audio | Self::Document)
    }

    /// What an uploaded file becomes when it is sent as this kind. `detect`: whether a document may become what its
    /// content is.
    pub(super) fn received(self, facts: &Facts, detect: bool) -> Self {
        let is_music = matches!(facts.format, Format::Mp3 | Format::M4a);
        let is_sound = is_music || matches!(facts.format, Format::Ogg | Format::Sound);
        match (self, facts.format) {
            (Self::Photo, _) => Self::Photo,
            (Self::Document, _) if !detect => Self::Document,
            (Self::Video | Self::Animation | Self::Document, Format::Gif) => Self::Animation,
            (Self::Animation, Format::Mp4) if facts.has_sound != Some(true) => Self::Animation,
            (Self::Document, Format::Mp4) if facts.has_sound == Some(false) => Self::Animation,
            (Self::Video | Self::Animation | Self::Document, Format::Mp4) => Self::Video,
            (Self::Voice, Format::Ogg) => Self::Voice,
            (Self::Voice, _) if is_music => Self::Voice,
            (Self::Audio | Self::Voice, _) if is_sound => Self::Audio,
            (Self::Document, _) if is_music => Self::Audio,
            _ => Self::Document,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, Format, Kind};

    #[test]
    fn files_become_what_their_content_is() {
        use Kind::{Animation, Audio, Document, Photo, Video, Voice};
        let silent = Facts { format: Format::Mp4, has_sound: Some(false), ..Facts::default() };
        let loud = Facts { has_sound: Some(true), ..silent };
        let unclear = Facts { has_sound: None, ..silent };
        let of = |format| Facts { format, ..Facts::default() };
        for (kind, facts, expected) in [
            (Video, silent, Video),
            (Video, loud, Video),
            (Video, of(Format::Gif), Animation),
            (Video, of(Format::Other), Document),
            (Animation, silent, Animation),
            (Animation, unclear, Animation),
            (Animation, loud, Video),
            (Animation, of(Format::Gif), Animation),
            (Animation, of(Format::Jpeg), Document),
            (Audio, of(Format::Mp3), Audio),
            (Audio, of(Format::Sound), Audio),
            (Audio, of(Format::Other), Document),
            (Voice, of(Format::Ogg), Voice),
            (Voice, of(Format::M4a), Voice),
            (Voice, of(Format::Sound), Audio),
            (Voice, of(Format::Other), Document),
            (Document, silent, Animation),
            (Document, unclear, Video),
            (Document, loud, Video),
            (Document, of(Format::Gif), Animation),
            (Document, of(Format::Mp3), Audio),
            (Document, of(Format::Ogg), Document),
            (Document, of(Format::Jpeg), Document),
            (Photo, of(Format::Jpeg), Photo),
        ] {
            assert_eq!(kind.received(&facts, true), expected, "{kind:?} {facts:?}");
        }
        assert_eq!(Document.received(&silent, false), Document);
    }

    #[test]
    fn a_voice_message_is_no_input_media() {
        assert_eq!(Kind::of_input_media("animation"), Some(Kind::Animation));
        assert_eq!(Kind::of_input_media("voice"), None);
    }
}
