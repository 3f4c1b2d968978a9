//! `.tgsync/`: what one checkout keeps for itself. Git ignores it, and losing it loses no message.
#![expect(clippy::disallowed_methods, reason = "an I/O room")]

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::disk::{self, Found};
use crate::ids::{BlobId, Stamp};
use crate::ports::StateError;

const LAST_PLAN: &str = "last-plan.json";
const REPORT: &str = "report.json";
const SEEN: &str = "seen.json";
const RUN: &str = "run.lock";
const BLOBS: &str = "blobs";
const MEDIA: &str = "media.json";
const UPLOADS: &str = "uploads.json";
const CHECKED: &str = "checked.json";

/// The scratch folder; made when something is first put there.
#[derive(Debug, Clone)]
pub struct Scratch {
    dir: PathBuf,
}

/// The newest lock this checkout has seen.
#[derive(Serialize, Deserialize)]
struct Seen {
    lineage: String,
    serial: u64,
}

impl Scratch {
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// Remember that a lock of this lineage and serial was here, so that its loss is noticed even outside git.
    pub fn remember(&self, lineage: &str, serial: u64) -> Result<(), StateError> {
        let known = self.remembered()?.filter(|(known, _)| known == lineage).map_or(0, |(_, serial)| serial);
        let seen = Seen { lineage: lineage.to_owned(), serial: serial.max(known) };
        let text = serde_json::to_string(&seen).expect("two plain fields");
        self.write_text(SEEN, &(text + "\n"))
    }

    /// Lineage and serial of the newest lock that was here; `None` when there was none, or the note is unreadable.
    pub fn remembered(&self) -> Result<Option<(String, u64)>, StateError> {
        let text = self.read_text(SEEN)?.unwrap_or_default();
        Ok(serde_json::from_str::<Seen>(&text).ok().map(|seen| (seen.lineage, seen.serial)))
    }

    /// Keep the last plan for `apply` and for comparison.
    pub fn save_plan(&self, json: &str) -> Result<(), StateError> {
        self.write_text(LAST_PLAN, json)
    }

    pub fn read_plan(&self) -> Result<Option<String>, StateError> {
        self.read_text(LAST_PLAN)
    }

    /// `report.json`: what the last apply did.
    pub fn save_report(&self, json: &str) -> Result<(), StateError> {
        self.write_text(REPORT, json)
    }

    /// What media files held the last time, so that they need not be read again. Losing it costs time and nothing else.
    pub fn save_media(&self, json: &str) -> Result<(), StateError> {
        self.write_text(MEDIA, json)
    }

    pub fn read_media(&self) -> Result<Option<String>, StateError> {
        self.read_text(MEDIA)
    }

    /// When messages were looked at. Losing it makes the next look begin elsewhere, and costs nothing else.
    pub fn save_checked(&self, json: &str) -> Result<(), StateError> {
        self.write_text(CHECKED, json)
    }

    pub fn read_checked(&self) -> Result<Option<String>, StateError> {
        self.read_text(CHECKED)
    }

    /// The file of uploads under way, for the store that writes it.
    pub fn uploads(&self) -> Result<PathBuf, StateError> {
        self.place(UPLOADS)
    }

    /// The time of this file system, in nanoseconds since 1970: when a file that is written now says that it was.
    pub fn time_of_files(&self) -> Option<i64> {
        let folder = self.place("").ok()?;
        let file = tempfile::tempfile_in(folder).ok()?;
        (&file).write_all(b".").ok()?;
        Some(Stamp::of(&file.metadata().ok()?).latest())
    }

    /// Keep a source file by its git object id, for a checkout without git.
    pub fn keep_source(&self, bytes: &[u8]) -> Result<BlobId, StateError> {
        let blob = BlobId::of(bytes);
        self.place(BLOBS)?;
        let path = self.dir.join(BLOBS).join(&blob.0);
        let keep = || {
            fs::create_dir_all(self.dir.join(BLOBS))?;
            if path.exists() { Ok(()) } else { disk::replace(&path, bytes) }
        };
        keep().map_err(|error| disk::failed(&format!("can't write to `{}`", self.name(BLOBS)), &error))?;
        Ok(blob)
    }

    /// A source file that was kept; `None` when it was not, or is damaged.
    pub fn source(&self, blob: &BlobId) -> Result<Option<Vec<u8>>, StateError> {
        if !is_object_id(blob) {
            return Ok(None);
        }
        let bytes = disk::read(&self.dir.join(BLOBS).join(&blob.0))
            .map_err(|error| disk::failed(&format!("can't read from `{}`", self.name(BLOBS)), &error))?;
        Ok(bytes.filter(|bytes| BlobId::of(bytes) == *blob))
    }

    /// Where a file of this folder is, the folder made and checked first.
    pub(super) fn place(&self, file: &str) -> Result<PathBuf, StateError> {
        check(&self.dir, &self.name(""))?;
        self.make().map_err(|error| disk::failed(&format!("can't make `{}`", self.name("")), &error))?;
        let path = self.dir.join(file);
        check(&path, &self.name(file))?;
        Ok(path)
    }

    fn make(&self) -> io::Result<()> {
        if self.dir.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(&self.dir)?;
        fs::write(self.dir.join(".gitignore"), "*\n")?;
        disk::sync_folder(disk::folder_of(&self.dir))
    }

    /// How a file of this folder is called in messages: `.tgsync/journal.jsonl`.
    pub(super) fn name(&self, file: &str) -> String {
        let dir = self.dir.file_name().unwrap_or_default().to_string_lossy();
        if file.is_empty() { dir.into_owned() } else { format!("{dir}/{file}") }
    }

    pub(super) fn has(&self, file: &str) -> bool {
        self.dir.join(file).exists()
    }

    pub(super) fn read_text(&self, file: &str) -> Result<Option<String>, StateError> {
        let path = self.dir.join(file);
        check(&self.dir, &self.name(""))?;
        check(&path, &self.name(file))?;
        let bytes = disk::read(&path)
            .map_err(|error| disk::failed(&format!("can't read `{}`", self.name(file)), &error))?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn write_text(&self, file: &str, text: &str) -> Result<(), StateError> {
        write_text(&self.place(file)?, text)
    }
}

/// A link could lead out of the repository, and what is here may have come with a pull request.
fn check(path: &Path, name: &str) -> Result<(), StateError> {
    match disk::look(path) {
        Ok(Found::Link) => {
            Err(StateError::new(format!("`{name}` is a symbolic link")).hint("remove the link"))
        }
        Ok(_) => Ok(()),
        Err(error) => Err(disk::failed(&format!("can't look at `{name}`"), &error)),
    }
}

/// Write a text file atomically: a report at a path the user chose, a plan.
pub fn write_text(path: &Path, text: &str) -> Result<(), StateError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    disk::replace(path, text.as_bytes())
        .map_err(|error| disk::failed(&format!("can't write `{name}`"), &error))
}

/// 40 hex digits: ids come from a lock that anybody may have edited, and become file names.
fn is_object_id(blob: &BlobId) -> bool {
    blob.0.len() == 40 && blob.0.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Held while a run writes; two runs in one checkout never overlap. The system ends it with the process.
#[derive(Debug)]
pub struct RunGuard {
    _file: File,
}

impl RunGuard {
    /// Take it, or say who has it.
    pub fn take(scratch_dir: impl Into<PathBuf>) -> Result<Self, StateError> {
        let scratch = Scratch::new(scratch_dir);
        let path = scratch.place(RUN)?;
        let trouble = |error: &io::Error| disk::failed(&format!("can't lock `{}`", scratch.name(RUN)), error);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| trouble(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(busy(&mut file)),
            Err(TryLockError::Error(error)) => return Err(trouble(&error)),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()))
            .map_err(|error| trouble(&error))?;
        Ok(Self { _file: file })
    }
}

fn busy(file: &mut File) -> StateError {
    let mut text = String::new();
    let _ = file.take(20).read_to_string(&mut text);
    let who = text.trim().parse::<u32>().map(|pid| format!(" (process {pid})")).unwrap_or_default();
    StateError::new(format!("another run is going on in this checkout{who}"))
        .hint("wait until it has ended; the lock goes away with the process")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch() -> (tempfile::TempDir, Scratch) {
        let dir = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(dir.path().join(".tgsync"));
        (dir, scratch)
    }

    #[test]
    fn the_newest_lock_is_remembered() {
        let (_dir, scratch) = scratch();
        assert_eq!(scratch.remembered(), Ok(None));
        scratch.remember("one", 5).unwrap();
        scratch.remember("one", 4).unwrap();
        assert_eq!(scratch.remembered(), Ok(Some(("one".into(), 5))));
        scratch.remember("two", 1).unwrap();
        assert_eq!(scratch.remembered(), Ok(Some(("two".into(), 1))));
        fs::write(scratch.place(SEEN).unwrap(), "{torn").unwrap();
        assert_eq!(scratch.remembered(), Ok(None));
    }

    #[test]
    fn plans_and_reports_are_replaced_whole() {
        let (_dir, scratch) = scratch();
        assert_eq!(scratch.read_plan(), Ok(None));
        scratch.save_plan("{\"a\":1}\n").unwrap();
        scratch.save_plan("{}\n").unwrap();
        assert_eq!(scratch.read_plan(), Ok(Some("{}\n".into())));
        scratch.save_report("{}\n").unwrap();
        assert!(scratch.has(REPORT));
        assert_eq!(fs::read_to_string(scratch.dir.join(".gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn sources_are_kept_by_their_object_id() {
        let (dir, scratch) = scratch();
        let blob = scratch.keep_source(b"text\n").unwrap();
        assert_eq!(scratch.keep_source(b"text\n"), Ok(blob.clone()));
        assert_eq!(scratch.source(&blob), Ok(Some(b"text\n".to_vec())));
        assert_eq!(scratch.source(&BlobId::of(b"other")), Ok(None));
        fs::write(scratch.dir.join(BLOBS).join(&blob.0), "damaged").unwrap();
        assert_eq!(scratch.source(&blob), Ok(None));
        fs::write(dir.path().join("secret"), "s").unwrap();
        for hostile in ["../../secret", "", "/etc/passwd"] {
            assert_eq!(scratch.source(&BlobId(hostile.into())), Ok(None), "{hostile}");
        }
    }

    #[test]
    fn two_runs_never_overlap() {
        let (_dir, scratch) = scratch();
        let first = RunGuard::take(&scratch.dir).unwrap();
        let error = RunGuard::take(&scratch.dir).unwrap_err();
        let expected = format!("another run is going on in this checkout (process {})", std::process::id());
        assert_eq!(error.what, expected);
        drop(first);
        RunGuard::take(&scratch.dir).unwrap();
    }

    #[test]
    fn a_folder_that_can_not_be_made_is_said() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "").unwrap();
        let error = RunGuard::take(dir.path().join("file/.tgsync")).unwrap_err();
        assert!(error.what.contains("`.tgsync`"), "{error}");
        let error = write_text(&dir.path().join("missing/report.json"), "{}").unwrap_err();
        assert!(error.what.starts_with("can't write `report.json`: no such file"), "{error}");
    }
}
