//! A local folder in the place of a bucket: the same objects as files.
#![expect(clippy::disallowed_methods, reason = "an I/O room")]

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use super::reader::Reader;
use crate::ids::{ObjectKey, Sha256Hex};
use crate::ports::{Body, Held, LocalFile, MediaStore, StoreError, StoreErrorKind as Kind, Upload};

/// Bytes that are copied at once.
const CHUNK: u64 = 1024 * 1024;
/// Files that begin so are on their way and no objects.
const PARTIAL: &str = ".tgsync-";

/// One folder.
#[derive(Debug, Clone)]
pub struct FolderStore {
    root: PathBuf,
    /// As messages call it.
    name: String,
}

impl FolderStore {
    pub fn new(root: impl Into<PathBuf>, name: impl Into<String>) -> Self {
        Self { root: root.into(), name: name.into() }
    }

    /// The file of an object, if the way there does not lead out of the folder.
    fn place(&self, key: &ObjectKey) -> Result<PathBuf, StoreError> {
        let mut path = self.root.clone();
        for part in key.as_str().split('/') {
            if fs::symlink_metadata(&path).is_ok_and(|found| found.is_symlink()) {
                return Err(StoreError::new(
                    Kind::Denied,
                    format!("`{}`: the way to `{key}` is a symbolic link", self.name),
                )
                .hint("replace the link by a folder"));
            }
            path.push(part);
        }
        Ok(path)
    }

    fn failed(&self, what: &str, error: &io::Error) -> StoreError {
        let said = error.to_string();
        let said = said.split(" (os error").next().unwrap_or_default().to_lowercase();
        let failed = StoreError::new(Kind::Denied, format!("folder `{}`: {what}: {said}", self.name));
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                failed.hint("free some space and run again")
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                failed.hint("let this user write there")
            }
            _ => failed,
        }
    }

    fn put_now(&self, key: &ObjectKey, upload: &Upload<'_>) -> Result<String, StoreError> {
        let path = self.place(key)?;
        let folder = path.parent().unwrap_or(&self.root);
        let failed = |error: io::Error| self.failed(&format!("`{key}` can't be written"), &error);
        fs::create_dir_all(folder).map_err(failed)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(PARTIAL);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut temp = builder.tempfile_in(folder).map_err(failed)?;
        match upload.body {
            Body::Bytes(bytes) => temp.write_all(bytes).map_err(failed)?,
            Body::File(file) => self.copy(key, file, &mut temp, upload)?,
        }
        temp.as_file().sync_all().map_err(failed)?;
        temp.persist(&path).map_err(|error| failed(error.error))?;
        Ok(etag(upload.sha256))
    }

    fn copy(
        &self,
        key: &ObjectKey,
        file: &LocalFile,
        to: &mut impl io::Write,
        upload: &Upload<'_>,
    ) -> Result<(), StoreError> {
        let mut reader = Reader::open(file)?;
        while !reader.is_at_end() {
            let bytes = reader.next(CHUNK)?;
            to.write_all(&bytes)
                .map_err(|error| self.failed(&format!("`{key}` can't be written"), &error))?;
            (upload.progress)(bytes.len() as u64);
        }
        reader.check(upload.sha256)
    }

    /// An object's file, opened; `None`: there is none.
    fn open(&self, key: &ObjectKey) -> Result<Option<File>, StoreError> {
        let path = self.place(key)?;
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() => File::open(&path)
                .map(Some)
                .map_err(|error| self.failed(&format!("`{key}` can't be read"), &error)),
            Err(error) if !is_absent(&error) => Err(self.failed(&format!("`{key}` can't be read"), &error)),
            _ => Ok(None),
        }
    }

    fn list_now(&self, prefix: &str) -> Result<Vec<(ObjectKey, Held)>, StoreError> {
        let mut found = Vec::new();
        if !self.root.exists() {
            return Ok(found);
        }
        for entry in WalkDir::new(&self.root).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                StoreError::new(Kind::Denied, format!("folder `{}` can't be listed: {error}", self.name))
            })?;
            let below = entry.path().strip_prefix(&self.root).unwrap_or(Path::new(""));
            let Some(key) = below.to_str().filter(|_| entry.file_type().is_file()) else { continue };
            if !key.starts_with(prefix) || entry.file_name().to_string_lossy().starts_with(PARTIAL) {
                continue;
            }
            let size = entry.metadata().map(|data| data.len()).unwrap_or_default();
            found.push((ObjectKey(key.replace('\\', "/")), Held { size, etag: None, sha256: None }));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    fn delete_now(&self, key: &ObjectKey) -> Result<(), StoreError> {
        let path = self.place(key)?;
        match fs::remove_file(&path) {
            Err(error) if !is_absent(&error) => {
                Err(self.failed(&format!("`{key}` can't be removed"), &error))
            }
            _ => {
                // A bucket has no empty folders either. The first that is not empty ends it.
                let mut folder = path.parent();
                while let Some(empty) = folder.filter(|folder| *folder != self.root) {
                    if fs::remove_dir(empty).is_err() {
                        break;
                    }
                    folder = empty.parent();
                }
                Ok(())
            }
        }
    }

    fn digest_now(&self, key: &ObjectKey) -> Result<Option<(u64, Sha256Hex)>, StoreError> {
        let Some(mut file) = self.open(key)? else { return Ok(None) };
        let mut hasher = Sha256::new();
        let size = io::copy(&mut file, &mut hasher)
            .map_err(|error| self.failed(&format!("`{key}` can't be read"), &error))?;
        Ok(Some((size, Sha256Hex::from_digest(&hasher.finalize()))))
    }

    fn load_now(&self, key: &ObjectKey, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(file) = self.open(key)? else { return Ok(None) };
        let mut bytes = Vec::new();
        file.take(limit + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| self.failed(&format!("`{key}` can't be read"), &error))?;
        if bytes.len() as u64 > limit {
            let what = format!("folder `{}`: `{key}` has more than {limit} bytes", self.name);
            return Err(StoreError::new(Kind::Fatal, what));
        }
        Ok(Some(bytes))
    }
}

impl MediaStore for FolderStore {
    async fn prepare(&self) -> Result<(), StoreError> {
        let made = fs::create_dir_all(&self.root);
        made.map_err(|error| self.failed("it can't be made", &error))
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<Held>, StoreError> {
        let found = tokio::task::block_in_place(|| self.digest_now(key))?;
        Ok(found.map(|(size, sha256)| Held { size, etag: Some(etag(&sha256)), sha256: Some(sha256) }))
    }

    async fn put(&self, key: &ObjectKey, upload: &Upload<'_>) -> Result<String, StoreError> {
        tokio::task::block_in_place(|| self.put_now(key, upload))
    }

    async fn list(&self, prefix: &str) -> Result<Vec<(ObjectKey, Held)>, StoreError> {
        tokio::task::block_in_place(|| self.list_now(prefix))
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        tokio::task::block_in_place(|| self.delete_now(key))
    }

    async fn digest(&self, key: &ObjectKey) -> Result<Option<(u64, Sha256Hex)>, StoreError> {
        tokio::task::block_in_place(|| self.digest_now(key))
    }

    async fn load(&self, key: &ObjectKey, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        tokio::task::block_in_place(|| self.load_now(key, limit))
    }
}

/// A file has no entity tag; half of what it holds does as well.
fn etag(sha256: &Sha256Hex) -> String {
    sha256.as_str()[..32].to_owned()
}

/// Not there, or below a file, where nothing can be.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
