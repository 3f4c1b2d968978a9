//! A file that is uploaded: opened before anything is sent, read once, and never handed over whole unless it is the one
//! that was planned.
#![expect(clippy::disallowed_methods, reason = "an I/O room")]

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::media::Enclosure;
use crate::ids::{RelPath, Sha256Hex};

/// Bytes that are read at once, and all that is held in memory of a file.
const PIECE: u64 = 128 << 10;

/// An open file, read from front to end. Errors are sentences that name it.
pub(super) struct Source {
    file: Box<dyn io::Read + Send>,
    name: RelPath,
    planned: Sha256Hex,
    size: u64,
    left: u64,
    hasher: Sha256,
}

impl Source {
    /// Open a file of the repository at `root`.
    pub(super) fn open(root: &Path, wanted: &Enclosure) -> Result<Self, String> {
        let name = wanted.file.clone();
        if let Some(made) = wanted.made {
            return Ok(Self::reading(wanted, made));
        }
        let unreadable = |error: io::Error| unreadable(&name, &error);
        let real = fs::canonicalize(root.join(name.as_str())).map_err(unreadable)?;
        if !real.starts_with(fs::canonicalize(root).map_err(unreadable)?) {
            return Err(format!("`{name}` leads out of the repository"));
        }
        // Looked at before it is opened: to open a pipe is to wait for its writer.
        let found = fs::metadata(&real).map_err(unreadable)?;
        if !found.is_file() {
            return Err(format!("`{name}` is no ordinary file"));
        }
        if found.len() != wanted.size {
            return Err(changed(&name));
        }
        let file = File::open(&real).map_err(unreadable)?;
        Ok(Self::reading(wanted, file))
    }

    fn reading(wanted: &Enclosure, from: impl io::Read + Send + 'static) -> Self {
        Self {
            file: Box::new(from),
            name: wanted.file.clone(),
            planned: wanted.sha256.clone(),
            size: wanted.size,
            left: wanted.size,
            hasher: Sha256::new(),
        }
    }

    /// Bytes of the whole file.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The name to give it elsewhere.
    pub(super) fn base_name(&self) -> String {
        base_name(&self.name)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.left == 0
    }

    /// The next bytes; none at the end. The last ones come only when all of them were as planned.
    pub(super) fn next(&mut self) -> Result<Vec<u8>, String> {
        let size = self.left.min(PIECE);
        let mut piece = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
        self.file.read_exact(&mut piece).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => changed(&self.name),
            _ => unreadable(&self.name, &error),
        })?;
        self.hasher.update(&piece);
        self.left -= size;
        if self.left == 0 {
            self.check()?;
        }
        Ok(piece)
    }

    /// After the last byte: there are no more, and these were the planned ones.
    fn check(&mut self) -> Result<(), String> {
        let more = self.file.read(&mut [0]).map_err(|error| unreadable(&self.name, &error))?;
        let read = Sha256Hex::from_digest(&self.hasher.clone().finalize());
        if more == 0 && read == self.planned { Ok(()) } else { Err(changed(&self.name)) }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).field("left", &self.left).finish_non_exhaustive()
    }
}

/// The Bot API server's reader of forms ends a file name at a `;`, knows no escapes and no `filename*`, and takes UTF-8
/// as it is (`HttpReader` of its source, checked 2026-11-20).
fn base_name(file: &RelPath) -> String {
    let name = file.as_str().rsplit('/').next().unwrap_or_default();
    let bad = |c: char| matches!(c, '"' | '\\' | ';') || c.is_control();
    name.chars().map(|c| if bad(c) { '_' } else { c }).collect()
}

fn changed(name: &RelPath) -> String {
    format!("`{name}` changed while it was read")
}

fn unreadable(name: &RelPath, error: &io::Error) -> String {
    format!("`{name}` can't be read: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(content: &[u8]) -> Enclosure {
        Enclosure {
            field: "photo".to_owned(),
            file: RelPath::new(Path::new("a/x.jpg")).unwrap(),
            sha256: Sha256Hex::of(content),
            size: content.len() as u64,
            made: None,
        }
    }

    /// A repository with one file in it.
    fn repository(content: &[u8]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("a")).unwrap();
        fs::write(root.path().join("a/x.jpg"), content).unwrap();
        root
    }

    fn read(source: &mut Source) -> Result<Vec<u8>, String> {
        let mut all = Vec::new();
        while !source.is_at_end() {
            all.extend(source.next()?);
        }
        Ok(all)
    }

    const CHANGED: &str = "`a/x.jpg` changed while it was read";

    #[test]
    fn what_was_planned_is_read_in_pieces() {
        let piece = usize::try_from(PIECE).unwrap();
        for size in [1, piece - 1, piece, piece + 1, 3 * piece] {
            let content: Vec<u8> = (0_u8..=255).cycle().take(size).collect();
            let root = repository(&content);
            let mut source = Source::open(root.path(), &wanted(&content)).unwrap();
            assert_eq!((source.size(), source.base_name().as_str()), (size as u64, "x.jpg"));
            assert_eq!(read(&mut source).unwrap(), content, "{size}");
            assert_eq!(source.next(), Ok(Vec::new()));
        }
        let root = repository(b"");
        assert_eq!(Source::open(root.path(), &wanted(b"")).unwrap().next(), Ok(Vec::new()));
    }

    #[test]
    fn the_last_piece_of_another_file_is_held_back() {
        let content = vec![7; usize::try_from(2 * PIECE).unwrap()];
        let mut other = content.clone();
        other[5] = 8;
        let root = repository(&other);
        let mut source = Source::open(root.path(), &wanted(&content)).unwrap();
        source.next().unwrap();
        assert_eq!(source.next(), Err(CHANGED.to_owned()));
    }

    #[test]
    fn a_file_of_another_size_is_not_even_begun() {
        let root = repository(b"hello");
        for other in [&b"hell"[..], b"hello!", b""] {
            assert_eq!(Source::open(root.path(), &wanted(other)).err(), Some(CHANGED.to_owned()));
        }
    }

    #[test]
    fn a_file_that_changes_after_it_was_opened_is_noticed() {
        let changes: [&[u8]; 4] = [b"hel", b"hello!", b"HELLO", b""];
        for change in changes {
            let root = repository(b"hello");
            let mut source = Source::open(root.path(), &wanted(b"hello")).unwrap();
            fs::write(root.path().join("a/x.jpg"), change).unwrap();
            assert_eq!(read(&mut source), Err(CHANGED.to_owned()), "{change:?}");
        }
        let root = repository(b"hello");
        let mut source = Source::open(root.path(), &wanted(b"hello")).unwrap();
        fs::remove_file(root.path().join("a/x.jpg")).unwrap();
        assert_eq!(read(&mut source).unwrap(), b"hello", "what is open stays");
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let missing = Source::open(root.path(), &wanted(b"x")).unwrap_err();
        assert!(missing.starts_with("`a/x.jpg` can't be read: "), "{missing}");
        fs::create_dir_all(root.path().join("a/x.jpg")).unwrap();
        let folder = Source::open(root.path(), &wanted(b"x")).unwrap_err();
        assert_eq!(folder, "`a/x.jpg` is no ordinary file");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_as_far_as_the_repository_goes() {
        let root = repository(b"hello");
        let link = root.path().join("a/y.jpg");
        let linked = Enclosure { file: RelPath::new(Path::new("a/y.jpg")).unwrap(), ..wanted(b"hello") };
        std::os::unix::fs::symlink("x.jpg", &link).unwrap();
        assert_eq!(read(&mut Source::open(root.path(), &linked).unwrap()).unwrap(), b"hello");
        let outside = repository(b"hello");
        fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(outside.path().join("a/x.jpg"), &link).unwrap();
        let refused = Source::open(root.path(), &linked).unwrap_err();
        assert_eq!(refused, "`a/y.jpg` leads out of the repository");
    }

    #[test]
    fn names_fit_into_a_header() {
        for (name, sent) in [
            ("plan.pdf", "plan.pdf"),
            ("my plan (1).pdf", "my plan (1).pdf"),
            ("Київ — план.pdf", "Київ — план.pdf"),
            ("a\"b;c\r\nd\u{85}.pdf", "a_b_c__d_.pdf"),
        ] {
            assert_eq!(base_name(&RelPath::new(Path::new("content")).unwrap().below(name)), sent);
        }
    }
}
