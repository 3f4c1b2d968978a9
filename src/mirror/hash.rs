//! What files hold: hashed on several threads, with a local cache by inode, size and times. A fresh clone hashes everything.
#![expect(clippy::disallowed_methods, reason = "an I/O room")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::ids::{Sha256Hex, Stamp};

/// More than there are cores: opening small files is waiting, not computing.
const THREADS: usize = 8;
/// A file that changed so recently may change again without its times showing it, in nanoseconds.
const UNSETTLED: i64 = 2_000_000_000;

/// A file and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hashed {
    pub sha256: Sha256Hex,
    #[serde(flatten)]
    pub stamp: Stamp,
    /// What the file was found to be, in words of the reader's own; goes with the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
}

/// A file as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub path: PathBuf,
    pub stamp: Stamp,
}

/// Hashes files, and remembers them between runs.
#[derive(Debug, Clone)]
pub struct Hasher {
    /// What was known before; by the path as the caller names it.
    known: BTreeMap<String, Hashed>,
    /// The file system's own time when hashing began: another clock's would prove nothing.
    now: Option<i64>,
}

impl Hasher {
    /// `cache` is what [`Self::cache`] gave the last time; anything else is as if there had been none. `now` is the time
    /// of change of a file that was just written in the same file system.
    pub fn new(cache: Option<&str>, now: Option<i64>) -> Self {
        let known = cache.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        Self { known, now }
    }

    /// What each of these files holds, in their order; an error names what is wrong with one.
    pub fn hash(&self, files: &[(String, Seen)]) -> Vec<io::Result<Hashed>> {
        let mut done: Vec<Option<io::Result<Hashed>>> =
            files.iter().map(|(name, seen)| self.recall(name, seen).map(Ok)).collect();
        let unread: Vec<usize> = (0..files.len()).filter(|at| done[*at].is_none()).collect();
        let (next, read) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(unread.len())));
        let work = || {
            while let Some(at) = unread.get(next.fetch_add(1, Ordering::Relaxed)) {
                let hashed = read_one(&files[*at].1.path);
                read.lock().unwrap_or_else(PoisonError::into_inner).push((*at, hashed));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..THREADS.min(unread.len()) {
                scope.spawn(work);
            }
        });
        for (at, hashed) in read.into_inner().unwrap_or_else(PoisonError::into_inner) {
            done[at] = Some(hashed);
        }
        let unlooked = || Err(io::Error::other("it was not looked at"));
        done.into_iter().map(|hashed| hashed.unwrap_or_else(unlooked)).collect()
    }

    /// What is known of a file without reading it; `None`: nothing.
    fn recall(&self, name: &str, seen: &Seen) -> Option<Hashed> {
        self.known.get(name).filter(|known| known.stamp == seen.stamp).cloned()
    }

    /// Whether a file's times were old enough when it was hashed to tell of every change since.
    pub fn is_settled(&self, hashed: &Hashed) -> bool {
        is_settled(&hashed.stamp, self.now)
    }

    /// What to keep for the next run: the files whose times can be trusted. `None`: nothing else than is known.
    pub fn cache<'h>(&self, files: impl IntoIterator<Item = (&'h str, &'h Hashed)>) -> Option<String> {
        let settled = |(_, hashed): &(&str, &Hashed)| self.is_settled(hashed);
        self.unless_known(&files.into_iter().filter(settled).collect())
    }

    /// The same with what was known of other files.
    pub fn cache_with_known<'h>(
        &'h self,
        files: impl IntoIterator<Item = (&'h str, &'h Hashed)>,
    ) -> Option<String> {
        let mut kept: BTreeMap<&str, &Hashed> = self.known().collect();
        for (name, hashed) in files {
            if self.is_settled(hashed) {
                kept.insert(name, hashed);
            } else {
                kept.remove(name);
            }
        }
        self.unless_known(&kept)
    }

    fn known(&self) -> impl Iterator<Item = (&str, &Hashed)> {
        self.known.iter().map(|(name, hashed)| (name.as_str(), hashed))
    }

    fn unless_known(&self, kept: &BTreeMap<&str, &Hashed>) -> Option<String> {
        let text = || serde_json::to_string(kept).expect("plain data with string keys");
        (!self.known().eq(kept.iter().map(|(name, hashed)| (*name, *hashed)))).then(text)
    }
}

fn is_settled(stamp: &Stamp, now: Option<i64>) -> bool {
    now.is_some_and(|now| now - stamp.latest() > UNSETTLED)
}

fn read_one(path: &Path) -> io::Result<Hashed> {
    let found = fs::metadata(path)?;
    if !found.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no ordinary file"));
    }
    Ok(Hashed { sha256: digest(path)?, stamp: Stamp::of(&found), format: None })
}

fn digest(path: &Path) -> io::Result<Sha256Hex> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Sha256Hex::from_digest(&hasher.finalize())),
            size => hasher.update(&buffer[..size]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(path: &Path) -> Seen {
        let stamp = fs::metadata(path).map(|found| Stamp::of(&found)).unwrap_or_default();
        Seen { path: path.to_owned(), stamp }
    }

    #[test]
    fn files_are_hashed_in_their_order() {
        let dir = tempfile::tempdir().unwrap();
        let names: Vec<String> = (0..100).map(|n| format!("f{n}")).collect();
        for name in &names[1..] {
            fs::write(dir.path().join(name), name).unwrap();
        }
        let files: Vec<(String, Seen)> =
            names.iter().map(|n| (n.clone(), seen(&dir.path().join(n)))).collect();
        let hashed = Hasher::new(None, None).hash(&files);
        assert_eq!(hashed[0].as_ref().unwrap_err().kind(), io::ErrorKind::NotFound);
        for (name, hashed) in names.iter().zip(&hashed).skip(1) {
            assert_eq!(hashed.as_ref().unwrap().sha256, Sha256Hex::of(name.as_bytes()));
        }
        assert!(Hasher::new(None, None).hash(&[]).is_empty());
        let folder = Hasher::new(None, None).hash(&[("d".into(), seen(dir.path()))]);
        assert!(folder[0].as_ref().unwrap_err().to_string().contains("no ordinary file"));
    }

    #[test]
    fn a_file_that_is_known_is_not_opened() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        fs::write(&path, "hello").unwrap();
        let stamp = seen(&path).stamp;
        let later = stamp.latest() + UNSETTLED + 1;
        // What was never read can only come from the cache.
        let told = Hashed { sha256: Sha256Hex::of(b"told"), stamp, format: None };
        let cache = Hasher::new(None, Some(later)).cache([("a", &told)]).unwrap();
        let hash = |cache: &str| {
            let files = [("a".to_owned(), seen(&path))];
            Hasher::new(Some(cache), None).hash(&files)[0].as_ref().unwrap().clone()
        };
        assert_eq!(hash(&cache), told);
        assert_eq!(Hasher::new(Some(&cache), Some(later)).cache([("a", &told)]), None, "nothing new");
        assert_eq!(Hasher::new(Some(&cache), Some(later)).cache([]).as_deref(), Some("{}"));
        assert_eq!(hash("{torn").sha256, Sha256Hex::of(b"hello"));
        fs::write(&path, "HELLO").unwrap();
        fs::File::open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(hash(&cache).sha256, Sha256Hex::of(b"HELLO"), "of the same size");
    }

    #[test]
    fn young_files_are_not_remembered() {
        let young = Hashed {
            sha256: Sha256Hex::of(b""),
            stamp: Stamp { changed: 5_000_000_000, ..Stamp::default() },
            format: None,
        };
        for (now, kept) in [(None, false), (Some(7_000_000_000), false), (Some(7_000_000_001), true)] {
            let cache = Hasher::new(None, now).cache([("a", &young)]);
            assert_eq!(cache.is_some(), kept, "{now:?}");
        }
    }
}
