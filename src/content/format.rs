//! What a file is by its first bytes, whatever it is called.
#![expect(clippy::disallowed_methods, reason = "this is the room that reads content")]

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Seek};
use std::path::Path;

use crate::media::Format;

/// As many bytes tell of most formats what they are.
const BEGINNING: u64 = 8 * 1024;

/// The format of a file; only its header is read.
pub fn file_format(path: &Path) -> io::Result<Format> {
    format(BufReader::new(File::open(path)?))
}

fn format(mut file: impl BufRead + Seek) -> io::Result<Format> {
    let mut bytes = Vec::new();
    file.by_ref().take(BEGINNING).read_to_end(&mut bytes)?;
    let Some(mime) = mime(&bytes) else { return Ok(Format::Unknown) };
    if !mime.starts_with("image/") {
        return Ok(Format::Other(mime));
    }
    // The size of a JPEG stands behind all that a camera has to say.
    file.rewind()?;
    let pixels = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    Ok(imagesize::reader_size(file).map_or(Format::Other(mime), |size| Format::Picture {
        mime,
        width: pixels(size.width),
        height: pixels(size.height),
    }))
}

fn mime(bytes: &[u8]) -> Option<&'static str> {
    let known = infer::get(bytes).map(|found| found.mime_type());
    // A brand of MP4 that is newer than the list of brands.
    known.or_else(|| bytes.get(4..8).filter(|brand| brand == b"ftyp").map(|_| "video/mp4"))
}

/// The MIME types that rules know; a file of another one is looked at again each time.
const KNOWN: [&str; 18] = [
    "application/gzip",
    "application/pdf",
    "application/zip",
    "audio/m4a",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/x-flac",
    "image/bmp",
    "image/gif",
    "image/heif",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/webp",
    "video/mp4",
    "video/quicktime",
    "video/x-m4v",
];

/// A format as one line, to be remembered.
pub fn format_in_words(format: Format) -> String {
    match format {
        Format::Picture { mime, width, height } => format!("{mime} {width} {height}"),
        Format::Other(mime) => mime.to_owned(),
        Format::Unknown => "unknown".to_owned(),
    }
}

/// The format that [`format_in_words`] put so; `None`: it is not certain.
pub fn format_of_words(words: &str) -> Option<Format> {
    let mut words = words.split(' ');
    let first = words.next()?;
    if first == "unknown" {
        return Some(Format::Unknown);
    }
    let mime = KNOWN.into_iter().find(|mime| *mime == first)?;
    match (words.next(), words.next()) {
        (None, _) => Some(Format::Other(mime)),
        (Some(width), Some(height)) => {
            Some(Format::Picture { mime, width: width.parse().ok()?, height: height.parse().ok()? })
        }
        (Some(_), None) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// The header of a PNG of this size.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        bytes.extend(b"\x08\x02\0\0\0");
        bytes
    }

    /// A JPEG of 5 × 3 pixels behind segments of other things, up to its size.
    fn jpeg(segments: usize) -> Vec<u8> {
        let mut bytes = b"\xff\xd8".to_vec();
        for _ in 0..segments {
            bytes.extend(b"\xff\xe1\xff\xff");
            bytes.extend(vec![0; 65_533]);
        }
        bytes.extend(b"\xff\xc0\0\x0b\x08\0\x03\0\x05\x01\x01\x11\0");
        bytes
    }

    #[test]
    fn formats_are_told_by_content() {
        let table: &[(Vec<u8>, Format)] = &[
            (png(640, 480), Format::Picture { mime: "image/png", width: 640, height: 480 }),
            (jpeg(1), Format::Picture { mime: "image/jpeg", width: 5, height: 3 }),
            (jpeg(40), Format::Picture { mime: "image/jpeg", width: 5, height: 3 }),
            (
                b"GIF89a\x07\0\x02\0\0\0\0".to_vec(),
                Format::Picture { mime: "image/gif", width: 7, height: 2 },
            ),
            (b"\x89PNG\r\n\x1a\n".to_vec(), Format::Other("image/png")),
            (b"\0\0\0\x20ftypisom\0\0\0\0".to_vec(), Format::Other("video/mp4")),
            (b"\0\0\0\x20ftypzzzz\0\0\0\0".to_vec(), Format::Other("video/mp4")),
            (b"ID3\x03\0".to_vec(), Format::Other("audio/mpeg")),
            (b"<!DOCTYPE html><p>not found".to_vec(), Format::Other("text/html")),
            (b"%PDF-1.7".to_vec(), Format::Other("application/pdf")),
            (b"just words".to_vec(), Format::Unknown),
            (Vec::new(), Format::Unknown),
        ];
        for (bytes, expected) in table {
            assert_eq!(format(Cursor::new(bytes)).unwrap(), *expected);
        }
    }

    #[test]
    fn formats_are_remembered_as_they_were() {
        let picture = Format::Picture { mime: "image/png", width: 640, height: 480 };
        for format in [picture, Format::Other("video/mp4"), Format::Unknown] {
            assert_eq!(format_of_words(&format_in_words(format)), Some(format));
        }
        for words in ["", "text/html", "image/png 1", "image/png x 1", "image/png 1 -1"] {
            assert_eq!(format_of_words(words), None, "{words:?}");
        }
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(start in 0_usize..7, rest in prop::collection::vec(any::<u8>(), 0..200)) {
            let magic: [&[u8]; 7] =
                [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"\0\0\0\x20ftypheic", b"RIFF\0\0\0\0WEBP"];
            let bytes = [magic[start], &rest].concat();
            prop_assert!(format(Cursor::new(bytes)).is_ok());
        }
    }
}
