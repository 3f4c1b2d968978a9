//! What a file is, told by its first bytes; where they say nothing, by its name.

use serde::{Deserialize, Serialize};

/// The formats that change what becomes of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::sandbox) enum Format {
    Jpeg,
    Gif,
    /// PNG, WebP, BMP and TIFF: pictures that are nothing else.
    Picture,
    Mp4,
    M4a,
    Mp3,
    Ogg,
    /// FLAC and WAV.
    Sound,
    #[default]
    Other,
}

impl Format {
    /// How many bytes of a file are looked at.
    pub(super) const HEAD: usize = 16;

    /// The format that the first bytes of a file tell.
    pub(super) fn of(head: &[u8]) -> Self {
        let at = |from: usize, what: &[u8]| head.get(from..from + what.len()) == Some(what);
        match head {
            _ if at(0, b"\xff\xd8\xff") => Self::Jpeg,
            _ if at(0, b"GIF8") => Self::Gif,
            _ if at(0, b"\x89PNG") || at(0, b"BM") || at(0, b"II*\0") || at(0, b"MM\0*") => Self::Picture,
            _ if at(0, b"RIFF") && at(8, b"WEBP") => Self::Picture,
            _ if at(0, b"RIFF") && at(8, b"WAVE") => Self::Sound,
            _ if at(0, b"fLaC") => Self::Sound,
            _ if at(0, b"OggS") => Self::Ogg,
            _ if at(0, b"ID3") => Self::Mp3,
            _ if at(4, b"ftypM4A") || at(4, b"ftypM4B") => Self::M4a,
            _ if at(4, b"ftypqt") || at(4, b"ftyphe") || at(4, b"ftypmif1") || at(4, b"ftypavi") => {
                Self::Other
            }
            _ if at(4, b"ftyp") => Self::Mp4,
            // A frame of MPEG audio, layer III.
            [0xff, second, ..] if second & 0xe6 == 0xe2 => Self::Mp3,
            _ => Self::Other,
        }
    }

    /// The format that the name of a film or a sound tells. Pictures are believed by their bytes alone.
    pub(super) fn named(name: &str) -> Self {
        match extension(name).as_str() {
            "mp4" | "m4v" => Self::Mp4,
            "m4a" | "m4b" => Self::M4a,
            "mp3" => Self::Mp3,
            "ogg" | "oga" | "opus" => Self::Ogg,
            "flac" | "wav" => Self::Sound,
            _ => Self::Other,
        }
    }

    pub(super) fn is_picture(self) -> bool {
        matches!(self, Self::Jpeg | Self::Gif | Self::Picture)
    }
}

/// What follows the last dot of a name, in small letters; empty without one.
pub(super) fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default()
}

/// The MIME type of a file of that name.
pub(super) fn mime(name: &str, format: Format) -> &'static str {
    match extension(name).as_str() {
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "json" => "application/json",
        "txt" | "log" => "text/plain",
        "md" => "text/markdown",
        "csv" => "text/csv",
        "html" | "htm" => "text/html",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "mov" => "video/quicktime",
        "webm" => "video/webm",
        "wav" => "audio/wav",
        "flac" => "audio/flac",
        _ => match format {
            Format::Jpeg => "image/jpeg",
            Format::Gif => "image/gif",
            Format::Mp4 => "video/mp4",
            Format::M4a => "audio/mp4",
            Format::Mp3 => "audio/mpeg",
            Format::Ogg => "audio/ogg",
            Format::Picture | Format::Sound | Format::Other => "application/octet-stream",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, extension, mime};

    #[test]
    fn bytes_tell_the_format() {
        for (head, expected) in [
            (&b"\xff\xd8\xff\xe0"[..], Format::Jpeg),
            (b"GIF89a", Format::Gif),
            (b"\x89PNG\r\n", Format::Picture),
            (b"RIFF....WEBP", Format::Picture),
            (b"RIFF....WAVE", Format::Sound),
            (b"\0\0\0\x18ftypisom", Format::Mp4),
            (b"\0\0\0\x18ftypM4A ", Format::M4a),
            (b"\0\0\0\x18ftypqt  ", Format::Other),
            (b"\xff\xfb\x90", Format::Mp3),
            (b"ID3", Format::Mp3),
            (b"OggS", Format::Ogg),
            (b"%PDF", Format::Other),
            (b"\xff", Format::Other),
            (b"", Format::Other),
        ] {
            assert_eq!(Format::of(head), expected, "{head:?}");
        }
    }

    #[test]
    fn names_tell_what_bytes_do_not() {
        assert_eq!(Format::named("a.b.MP4"), Format::Mp4);
        assert_eq!(Format::named("a.png"), Format::Other);
        assert_eq!(extension("noext"), "");
        for (name, format, expected) in [
            ("a.pdf", Format::Other, "application/pdf"),
            ("a.gif", Format::Gif, "image/gif"),
            ("a", Format::Other, "application/octet-stream"),
        ] {
            assert_eq!(mime(name, format), expected, "{name}");
        }
    }
}
