//! Files written so that a crash leaves either the old or the new one, and errors that name the file.
#![expect(clippy::disallowed_methods, reason = "an I/O room")]

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use crate::ports::StateError;

/// What is at a path, symbolic links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    File { read_only: bool },
    Folder,
    Link,
}

pub(super) fn look(path: &Path) -> io::Result<Found> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(error),
        Ok(meta) if meta.is_symlink() => Ok(Found::Link),
        Ok(meta) if meta.is_dir() => Ok(Found::Folder),
        Ok(meta) => Ok(Found::File { read_only: meta.permissions().readonly() }),
    }
}

/// Put `bytes` at `path`: a temporary file beside it, synced, renamed, the folder synced.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let mut temp = new_file_in(folder)?;
    temp.write_all(bytes)?;
    if let Ok(old) = fs::metadata(path) {
        temp.as_file().set_permissions(old.permissions())?;
    }
    temp.as_file().sync_all()?;
    temp.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Write a file that nobody waits for, and the folders it lies in.
pub(super) fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder_of(path))?;
    fs::write(path, bytes)
}

/// Whether a file could be replaced in this folder.
pub(super) fn try_folder(folder: &Path) -> io::Result<()> {
    new_file_in(folder).and_then(tempfile::NamedTempFile::close)
}

/// A temporary file with the permissions that an ordinary new file gets.
fn new_file_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tgsync-");
    #[cfg(unix)]
    let ordinary = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    #[cfg(unix)]
    builder.permissions(ordinary);
    builder.tempfile_in(folder)
}

/// The folder of a file; a bare name is in the current one.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Make a rename or a new file in this folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The text of a file; a missing one is a fact.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// An error that names what was tried, with the way on where one is known. Paths are shown by their name alone.
pub(super) fn failed(what: &str, error: &io::Error) -> StateError {
    let state = StateError::new(format!("{what}: {}", plain(error)));
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            state.hint("free some space and run again; what is recorded so far is intact")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            state.hint("let this user write there, then run again; what is recorded so far is intact")
        }
        _ => state,
    }
}

/// The system's words without its error number, lower case.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}
