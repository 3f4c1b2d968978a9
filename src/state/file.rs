//! The state of a checkout on disk: the lock, replaced atomically, and the journal, appended and synced.
#![expect(clippy::disallowed_methods, reason = "an I/O room")]

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use super::disk::{self, Found};
use super::scratch::Scratch;
use crate::lock::{self, Entry, Lock};
use crate::ports::{StateError, StateStore};

/// The lock file of a checkout and the journal in its scratch folder.
#[derive(Debug)]
pub struct LocalState {
    lock_path: PathBuf,
    scratch: Scratch,
    /// Open once something was appended; closed by an error, so that opening it again mends it.
    journal: Option<File>,
}

impl LocalState {
    /// `lock_path` is `state.lock.json`, `scratch_dir` is `.tgsync`. Neither has to exist.
    pub fn new(lock_path: impl Into<PathBuf>, scratch_dir: impl Into<PathBuf>) -> Self {
        Self { lock_path: lock_path.into(), scratch: Scratch::new(scratch_dir), journal: None }
    }

    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// The lock; `None` when there is no such file.
    pub fn read_lock(&self) -> Result<Option<Lock>, StateError> {
        self.check_kind()?;
        let name = self.lock_name();
        let Some(bytes) =
            disk::read(&self.lock_path).map_err(|e| disk::failed(&format!("can't read `{name}`"), &e))?
        else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes)
            .map_err(|_| StateError::new(format!("`{name}` can't be read: it is not UTF-8 text")))?;
        lock::parse(&text)
            .map(Some)
            .map_err(|error| StateError::new(format!("`{name}` can't be read: {error}")).hint(error.hint()))
    }

    /// What the journal holds; empty when there is none. A torn last line is left out.
    pub fn read_journal(&self) -> Result<Vec<Entry>, StateError> {
        let Some(text) = self.scratch.read_text(JOURNAL)? else { return Ok(Vec::new()) };
        lock::parse_journal(&text).map_err(|error| {
            StateError::new(format!("`{}` can't be read: {error}", self.scratch.name(JOURNAL))).hint(
                "it holds what was sent and is not recorded yet: mend or remove the line named, keep the others",
            )
        })
    }

    /// Whether results can be recorded here, asked before anything is sent.
    pub fn preflight(&self) -> Result<(), StateError> {
        self.check_place()?;
        let name = self.lock_name();
        disk::try_folder(disk::folder_of(&self.lock_path))
            .map_err(|error| disk::failed(&format!("`{name}` could not be written"), &error))?;
        self.open_journal().map(drop)
    }

    fn lock_name(&self) -> String {
        self.lock_path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Whether the lock may be replaced. A read-only one can still be read: a plan needs no more.
    fn check_place(&self) -> Result<(), StateError> {
        let name = self.lock_name();
        match self.check_kind()? {
            Found::File { read_only: true } => {
                Err(StateError::new(format!("`{name}` is read-only")).hint(format!("`chmod u+w {name}`")))
            }
            _ => Ok(()),
        }
    }

    /// Whether there is a file, or nothing yet.
    fn check_kind(&self) -> Result<Found, StateError> {
        let name = self.lock_name();
        match disk::look(&self.lock_path) {
            Ok(found @ (Found::Nothing | Found::File { .. })) => Ok(found),
            Ok(Found::Folder) => Err(StateError::new(format!("`{name}` is a folder")).hint(
                "the lock is a file: move the folder away, or name another file as `lock` in the config",
            )),
            Ok(Found::Link) => Err(StateError::new(format!("`{name}` is a symbolic link"))
                .hint("git would keep the link and not the lock: put the file itself there")),
            Err(error) => Err(disk::failed(&format!("can't look at `{name}`"), &error)),
        }
    }

    fn append_now(&mut self, entries: &[Entry]) -> Result<(), StateError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, entry).expect("an entry is plain data with string keys");
            lines.push(b'\n');
        }
        let file = match self.journal.take() {
            Some(file) => file,
            None => self.open_journal()?,
        };
        write_synced(&file, &lines).map_err(|error| {
            disk::failed(&format!("can't write `{}`", self.scratch.name(JOURNAL)), &error)
        })?;
        self.journal = Some(file);
        Ok(())
    }

    /// Open for appending. A line that a crash tore goes: the next one must not be glued to it.
    fn open_journal(&self) -> Result<File, StateError> {
        let path = self.scratch.place(JOURNAL)?;
        let open = || {
            let mut options = OpenOptions::new();
            options.read(true).append(true);
            match options.clone().create_new(true).open(&path) {
                Ok(file) => disk::sync_folder(disk::folder_of(&path)).map(|()| file),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    options.open(&path).and_then(|file| mend(&file).map(|()| file))
                }
                Err(error) => Err(error),
            }
        };
        open().map_err(|error| disk::failed(&format!("can't open `{}`", self.scratch.name(JOURNAL)), &error))
    }

    fn save_now(&mut self, lock: &Lock) -> Result<(), StateError> {
        self.check_place()?;
        disk::replace(&self.lock_path, lock::to_json(lock).as_bytes())
            .map_err(|error| disk::failed(&format!("can't write `{}`", self.lock_name()), &error))?;
        self.forget_journal()
    }

    /// Empty the journal. Dying before this is harmless: folding it in once more changes nothing.
    pub fn forget_journal(&mut self) -> Result<(), StateError> {
        if self.journal.is_none() && !self.scratch.has(JOURNAL) {
            return Ok(());
        }
        let file = match self.journal.take() {
            Some(file) => file,
            None => self.open_journal()?,
        };
        file.set_len(0).and_then(|()| file.sync_all()).map_err(|error| {
            disk::failed(&format!("can't empty `{}`", self.scratch.name(JOURNAL)), &error)
        })?;
        self.journal = Some(file);
        Ok(())
    }
}

const JOURNAL: &str = "journal.jsonl";

impl StateStore for LocalState {
    async fn append(&mut self, entries: &[Entry]) -> Result<(), StateError> {
        self.append_now(entries)
    }

    async fn save(&mut self, lock: &Lock) -> Result<(), StateError> {
        self.save_now(lock)
    }

    async fn tend(&mut self) -> Result<Option<Duration>, StateError> {
        Ok(None)
    }
}

/// Append in one write and sync. What a failed write left behind is taken back where that is possible: a call whose
/// intent was not recorded is not made.
fn write_synced(mut file: &File, lines: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    file.write_all(lines).and_then(|()| file.sync_all()).inspect_err(|_| {
        let _ = file.set_len(before);
    })
}

/// Cut off a last line without its end.
fn mend(mut file: &File) -> io::Result<()> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    if bytes.last().is_none_or(|last| *last == b'\n') {
        return Ok(());
    }
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    file.set_len(whole as u64)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ids::{BlobId, Digest, MessageId, RelPath};
    use crate::lock::{Event, Kind, Note, SentPart, What, replay};

    struct Place {
        dir: tempfile::TempDir,
    }

    impl Place {
        fn new() -> Self {
            Self { dir: tempfile::tempdir().unwrap() }
        }

        fn lock(&self) -> PathBuf {
            self.dir.path().join("state.lock.json")
        }

        fn journal(&self) -> PathBuf {
            self.dir.path().join(".tgsync/journal.jsonl")
        }

        fn state(&self) -> LocalState {
            LocalState::new(self.lock(), self.dir.path().join(".tgsync"))
        }

        fn files(&self) -> Vec<String> {
            let names = fs::read_dir(self.dir.path()).unwrap();
            let mut names: Vec<String> =
                names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    fn sent(slug: &str, id: i32) -> Entry {
        let record = SentPart {
            rendered_as: "html/1".into(),
            blob: BlobId::of(b"x"),
            file: RelPath::new(std::path::Path::new("content/x.md")).unwrap(),
            fixed: None,
            items: Vec::new(),
            keep: false,
            kind: Kind::Text,
            links: std::collections::BTreeMap::new(),
            markup: None,
            more: false,
            opts: Digest::of("o"),
            text: Digest::of("t"),
            topic: None,
        };
        let what = What::Sent {
            slug: slug.parse().unwrap(),
            part: 0,
            ids: vec![MessageId(id)],
            at: "2026-11-20T10:00:00Z".parse().unwrap(),
            record,
            files: Vec::new(),
            shown: Vec::new(),
            left: Vec::new(),
        };
        let event = Event { target: "news".parse().unwrap(), what };
        Entry { id: format!("01K{slug}"), what: Note::Outcome(event) }
    }

    fn new_lock() -> Lock {
        Lock::new("6f1c0a52e9b7".into())
    }

    #[tokio::test]
    async fn missing_files_are_facts() {
        let place = Place::new();
        assert_eq!(place.state().read_lock(), Ok(None));
        assert_eq!(place.state().read_journal(), Ok(Vec::new()));
        assert_eq!(place.files(), Vec::<String>::new(), "looking makes nothing");
    }

    #[tokio::test]
    async fn what_is_appended_and_saved_is_read_back() {
        let place = Place::new();
        let mut state = place.state();
        state.append(&[]).await.unwrap();
        state.append(&[sent("a", 1)]).await.unwrap();
        state.append(&[sent("b", 2), sent("c", 3)]).await.unwrap();
        let entries = place.state().read_journal().unwrap();
        assert_eq!(entries, [sent("a", 1), sent("b", 2), sent("c", 3)]);
        let mut lock = new_lock();
        replay(&mut lock, &entries).unwrap();
        state.save(&lock).await.unwrap();
        assert_eq!(place.state().read_lock(), Ok(Some(lock)));
        assert_eq!(place.state().read_journal(), Ok(Vec::new()));
        state.append(&[sent("d", 4)]).await.unwrap();
        assert_eq!(place.state().read_journal(), Ok(vec![sent("d", 4)]));
        assert_eq!(place.files(), [".tgsync", "state.lock.json"]);
    }

    #[tokio::test]
    async fn a_crash_between_saving_and_emptying_the_journal_is_harmless() {
        let place = Place::new();
        let mut state = place.state();
        let entries = [sent("a", 1), sent("b", 2)];
        state.append(&entries).await.unwrap();
        let journal = fs::read(place.journal()).unwrap();
        let mut lock = new_lock();
        replay(&mut lock, &entries).unwrap();
        state.save(&lock).await.unwrap();
        fs::write(place.journal(), journal).unwrap();
        let state = place.state();
        let mut again = state.read_lock().unwrap().unwrap();
        replay(&mut again, &state.read_journal().unwrap()).unwrap();
        assert_eq!(again, lock);
    }

    #[tokio::test]
    async fn a_torn_line_is_left_out_and_never_glued_to_the_next() {
        let place = Place::new();
        place.state().append(&[sent("a", 1)]).await.unwrap();
        let whole = fs::read(place.journal()).unwrap();
        for cut in 1..whole.len() {
            fs::write(place.journal(), [&whole[..], &whole[..cut]].concat()).unwrap();
            assert_eq!(place.state().read_journal(), Ok(vec![sent("a", 1)]), "cut at {cut}");
            place.state().append(&[sent("b", 2)]).await.unwrap();
            assert_eq!(place.state().read_journal(), Ok(vec![sent("a", 1), sent("b", 2)]));
        }
        fs::write(place.journal(), &whole[..5]).unwrap();
        place.state().append(&[sent("b", 2)]).await.unwrap();
        assert_eq!(place.state().read_journal(), Ok(vec![sent("b", 2)]));
    }

    #[test]
    fn a_line_that_is_no_entry_is_named() {
        let place = Place::new();
        place.state().preflight().unwrap();
        fs::write(place.journal(), "\n{\"id\":\"x\"}\n").unwrap();
        let error = place.state().read_journal().unwrap_err();
        assert!(error.what.starts_with("`.tgsync/journal.jsonl` can't be read: line 2 "), "{error}");
    }

    #[test]
    fn a_lock_that_can_not_be_read_is_explained() {
        let place = Place::new();
        for (bytes, expected) in [
            (&b"{\n\"lineage\":\"a\""[..], "it ends in the middle"),
            (b"{\"version\":99}", "it is format 99"),
            (b"<<<<<<< ours\n", "conflict markers (line 1)"),
            (b"\xff\xfe{", "not UTF-8"),
            (b"", "it ends in the middle"),
        ] {
            fs::write(place.lock(), bytes).unwrap();
            let error = place.state().read_lock().unwrap_err();
            assert!(error.what.starts_with("`state.lock.json` can't be read: "), "{error}");
            assert!(error.what.contains(expected), "{error}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_place_that_is_no_file_is_refused_and_the_journal_is_kept() {
        let place = Place::new();
        let mut state = place.state();
        state.append(&[sent("a", 1)]).await.unwrap();
        let elsewhere = place.dir.path().join("elsewhere.json");
        fs::write(&elsewhere, "precious").unwrap();
        let make: [(&str, &dyn Fn()); 3] = [
            ("a symbolic link", &|| std::os::unix::fs::symlink(&elsewhere, place.lock()).unwrap()),
            ("a folder", &|| fs::create_dir(place.lock()).unwrap()),
            ("read-only", &|| {
                fs::write(place.lock(), lock::to_json(&new_lock())).unwrap();
                let mut permissions = fs::metadata(place.lock()).unwrap().permissions();
                permissions.set_readonly(true);
                fs::set_permissions(place.lock(), permissions).unwrap();
            }),
        ];
        for (expected, make) in make {
            make();
            for error in [state.save(&new_lock()).await.unwrap_err(), state.preflight().unwrap_err()] {
                assert!(error.what.contains(expected), "{error}");
                assert!(error.hint.is_some());
            }
            assert_eq!(state.read_journal(), Ok(vec![sent("a", 1)]));
            let _ = fs::remove_dir(place.lock()).or_else(|_| fs::remove_file(place.lock()));
        }
        assert_eq!(fs::read_to_string(elsewhere).unwrap(), "precious");
        state.save(&new_lock()).await.unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn permissions_are_those_of_an_ordinary_file_and_stay() {
        use std::os::unix::fs::PermissionsExt as _;
        let place = Place::new();
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let ordinary = place.dir.path().join("ordinary");
        fs::write(&ordinary, "").unwrap();
        place.state().save(&new_lock()).await.unwrap();
        assert_eq!(mode(place.lock()), mode(ordinary));
        fs::set_permissions(place.lock(), fs::Permissions::from_mode(0o640)).unwrap();
        place.state().save(&new_lock()).await.unwrap();
        assert_eq!(mode(place.lock()), 0o640);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn links_in_the_scratch_folder_are_not_followed() {
        let place = Place::new();
        let victim = place.dir.path().join("victim");
        fs::write(&victim, "precious\n").unwrap();
        fs::create_dir(place.dir.path().join(".tgsync")).unwrap();
        std::os::unix::fs::symlink(&victim, place.journal()).unwrap();
        let error = place.state().append(&[sent("a", 1)]).await.unwrap_err();
        assert!(error.what.contains("`.tgsync/journal.jsonl` is a symbolic link"), "{error}");
        assert!(place.state().read_journal().is_err());
        assert_eq!(fs::read_to_string(victim).unwrap(), "precious\n");
    }

    /// `/dev/full` takes every byte and keeps none.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_said_and_explained() {
        let full = OpenOptions::new().append(true).open("/dev/full").unwrap();
        let error = write_synced(&full, b"line\n").unwrap_err();
        let error = disk::failed("can't write `.tgsync/journal.jsonl`", &error);
        assert_eq!(error.what, "can't write `.tgsync/journal.jsonl`: no space left on device");
        assert!(error.hint.unwrap().contains("free some space"));
    }
}
