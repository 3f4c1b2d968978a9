//! A file to send, for the tests of this room.

use std::path::Path;

use crate::ids::{RelPath, Sha256Hex};
use crate::lock::Attachment;
use crate::media::Kind;

/// One byte that Telegram has never seen, and that says nothing.
pub(super) fn attachment(kind: Kind) -> Attachment {
    Attachment {
        file: RelPath::new(Path::new("content/a/x.bin")).unwrap(),
        file_id: None,
        html: String::new(),
        kind,
        sha256: Sha256Hex::of(b"x"),
        size: 1,
        spoiler: false,
        thumbnail: None,
    }
}
