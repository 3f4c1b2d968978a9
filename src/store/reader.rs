//! Reads a local file once, and notices when it is not the one whose digest was taken.
#![expect(clippy::disallowed_methods, reason = "an I/O room")]

use std::fs::{self, File};
use std::io::Read as _;

use sha2::{Digest as _, Sha256};

use crate::ids::{Sha256Hex, Stamp};
use crate::ports::{LocalFile, StoreError, StoreErrorKind};

/// An open file, read from front to end.
pub(super) struct Reader {
    file: File,
    name: String,
    stamp: Stamp,
    left: u64,
    /// `None`: the stamp tells enough.
    hasher: Option<Sha256>,
}

impl Reader {
    pub(super) fn open(local: &LocalFile) -> Result<Self, StoreError> {
        // Looked at before it is opened: to open a pipe is to wait for its writer.
        let found = fs::metadata(&local.path).map_err(|error| unreadable(&local.name, &error))?;
        if !found.is_file() || Stamp::of(&found) != local.stamp {
            return Err(changed(&local.name));
        }
        let file = File::open(&local.path).map_err(|error| unreadable(&local.name, &error))?;
        Ok(Self {
            file,
            name: local.name.clone(),
            stamp: local.stamp,
            left: local.stamp.size,
            hasher: (!local.settled).then(Sha256::new),
        })
    }

    /// The next bytes, at most so many; none at the end.
    pub(super) fn next(&mut self, most: u64) -> Result<Vec<u8>, StoreError> {
        self.next_into(Vec::new(), most)
    }

    /// The same in a buffer that was used before.
    pub(super) fn next_into(&mut self, mut bytes: Vec<u8>, most: u64) -> Result<Vec<u8>, StoreError> {
        let size = self.left.min(most);
        bytes.resize(usize::try_from(size).unwrap_or(usize::MAX), 0);
        self.file.read_exact(&mut bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => changed(&self.name),
            _ => unreadable(&self.name, &error),
        })?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&bytes);
        }
        self.left -= size;
        Ok(bytes)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.left == 0
    }

    /// After the last byte: these were the bytes, and the file still has them.
    pub(super) fn check(&self, sha256: &Sha256Hex) -> Result<(), StoreError> {
        let now = self.file.metadata().map_err(|error| unreadable(&self.name, &error))?;
        let read = self.hasher.as_ref().map(|hasher| Sha256Hex::from_digest(&hasher.clone().finalize()));
        if Stamp::of(&now) == self.stamp && self.left == 0 && read.is_none_or(|read| read == *sha256) {
            Ok(())
        } else {
            Err(changed(&self.name))
        }
    }
}

fn changed(name: &str) -> StoreError {
    StoreError::new(StoreErrorKind::File, format!("`{name}` changed while it was read"))
        .hint("run again when nothing writes to it any more")
}

fn unreadable(name: &str, error: &std::io::Error) -> StoreError {
    StoreError::new(StoreErrorKind::File, format!("`{name}` can't be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_another_one_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let local = |text: &str| {
            fs::write(&path, text).unwrap();
            let stamp = Stamp::of(&fs::metadata(&path).unwrap());
            LocalFile { path: path.clone(), name: "a".into(), stamp, settled: false }
        };
        let refused = "`a` changed while it was read";

        let mut whole = Reader::open(&local("hello")).unwrap();
        assert_eq!((whole.next(3).unwrap(), whole.is_at_end()), (b"hel".to_vec(), false));
        assert_eq!(whole.check(&Sha256Hex::of(b"hello")).unwrap_err().what, refused, "read by half");
        assert_eq!((whole.next(3).unwrap(), whole.is_at_end()), (b"lo".to_vec(), true));
        whole.check(&Sha256Hex::of(b"hello")).unwrap();
        assert_eq!(whole.check(&Sha256Hex::of(b"other")).unwrap_err().what, refused);

        let mut settled = Reader::open(&LocalFile { settled: true, ..local("hello") }).unwrap();
        settled.next(9).unwrap();
        settled.check(&Sha256Hex::of(b"not looked at")).unwrap();

        let old = local("hello");
        fs::write(&path, "hello, world").unwrap();
        assert_eq!(Reader::open(&old).err().unwrap().what, refused);

        let mut shrunk = Reader::open(&local("hello")).unwrap();
        fs::write(&path, "he").unwrap();
        assert_eq!(shrunk.next(9).unwrap_err().what, refused);

        let mut grown = Reader::open(&local("hello")).unwrap();
        grown.next(9).unwrap();
        fs::write(&path, "hello!").unwrap();
        assert_eq!(grown.check(&Sha256Hex::of(b"hello")).unwrap_err().what, refused);

        fs::remove_file(&path).unwrap();
        assert!(Reader::open(&old).err().unwrap().what.starts_with("`a` can't be read"));
    }
}
