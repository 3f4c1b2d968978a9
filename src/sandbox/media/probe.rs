//! A file on disk, looked into: its format, its size in pixels, its length.
#![expect(clippy::disallowed_methods, reason = "received files are opened here")]

use std::io::{BufReader, Read as _, Seek as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::format::Format;
use super::mp4;

/// What the content of a file tells. Zero is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::sandbox) struct Facts {
    pub format: Format,
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// Seconds.
    pub duration: u32,
    /// Of a film whose tracks could be read.
    pub has_sound: Option<bool>,
}

impl Facts {
    /// Looks into a file of that name. What can't be read tells nothing.
    pub(super) fn of(path: &Path, name: &str, size: u64) -> Self {
        let Ok(file) = std::fs::File::open(path) else {
            return Self::default();
        };
        let mut file = BufReader::new(file);
        let mut head = Vec::new();
        let head_length = u64::try_from(Format::HEAD).unwrap_or_default();
        if (&mut file).take(head_length).read_to_end(&mut head).is_err() || file.rewind().is_err() {
            return Self::default();
        }
        let format = match Format::of(&head) {
            Format::Other => Format::named(name),
            format => format,
        };
        match format {
            Format::Jpeg | Format::Gif | Format::Picture => {
                let measured =
                    imagesize::reader_size(&mut file).unwrap_or(imagesize::ImageSize { width: 0, height: 0 });
                let pixels = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
                Self {
                    format,
                    width: pixels(measured.width),
                    height: pixels(measured.height),
                    ..Self::default()
                }
            }
            Format::Mp4 => {
                let film = mp4::read(&mut file, size).ok().flatten();
                let seen = film.unwrap_or_default();
                Self {
                    format,
                    width: seen.width,
                    height: seen.height,
                    duration: seen.duration,
                    has_sound: film.map(|film| film.has_sound),
                }
            }
            _ => Self { format, ..Self::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::{Facts, Format};
    use crate::sandbox::media::mp4::tests::film;

    fn facts(name: &str, bytes: &[u8]) -> Facts {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        Facts::of(file.path(), name, bytes.len() as u64)
    }

    #[test]
    fn files_are_measured() {
        let gif = facts("x.txt", b"GIF89a\x40\x01\xf0\0\0\0\0");
        assert_eq!((gif.format, gif.width, gif.height), (Format::Gif, 320, 240));
        let film = facts("x", &film(true));
        assert_eq!((film.format, film.width, film.has_sound), (Format::Mp4, 640, Some(true)));
        let junk = facts("x.mp4", b"junk");
        assert_eq!((junk.format, junk.has_sound), (Format::Mp4, None));
        assert_eq!(facts("x.jpg", b"\xff\xd8\xff").width, 0);
        assert_eq!(facts("x.png", b"").format, Format::Other);
    }
}
