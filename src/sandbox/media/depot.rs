//! The folder of received files: written while they arrive, named by their content, read while they are served.
#![expect(clippy::disallowed_methods, reason = "files are received and served here")]

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use futures_util::stream::{self, Stream};
use hyper::body::{Bytes, Frame};
use sha2::{Digest, Sha256};
use tempfile::{NamedTempFile, TempDir};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::probe::Facts;
use crate::sandbox::params::File;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;

/// Where files are kept.
#[derive(Debug)]
pub(in crate::sandbox) struct Depot {
    /// The folder of files that last.
    kept: Option<PathBuf>,
    /// Otherwise one that ends with the sandbox, made when the first file arrives.
    temporary: Mutex<Option<TempDir>>,
}

/// Something to be sent to a client: a file of the depot and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sandbox) struct Served {
    pub sha256: String,
    /// Bytes, the trailer included.
    pub size: u64,
    pub trailer: String,
}

/// A file that is arriving.
#[derive(Debug)]
pub(in crate::sandbox) struct Incoming {
    file: tokio::fs::File,
    /// Removed from the disk unless it is kept.
    place: NamedTempFile,
    digest: Sha256,
    size: u64,
}

impl Depot {
    /// Files that last: in a folder beside the state file.
    pub(in crate::sandbox) fn beside(state: &Path) -> io::Result<Self> {
        let mut folder = state.as_os_str().to_owned();
        folder.push(".files");
        let folder = PathBuf::from(folder);
        std::fs::create_dir_all(&folder)?;
        Ok(Self { kept: Some(folder), temporary: Mutex::default() })
    }

    /// Files that end with the sandbox.
    pub(in crate::sandbox) fn temporary() -> Self {
        Self { kept: None, temporary: Mutex::default() }
    }

    fn folder(&self) -> io::Result<PathBuf> {
        if let Some(kept) = &self.kept {
            return Ok(kept.clone());
        }
        let mut temporary = self.temporary.lock().unwrap_or_else(PoisonError::into_inner);
        if temporary.is_none() {
            *temporary = Some(tempfile::Builder::new().prefix("tgsync-sandbox-").tempdir()?);
        }
        let folder = temporary.as_ref().map(|folder| folder.path().to_owned());
        folder.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Begins to receive a file.
    pub(in crate::sandbox) fn receive(&self) -> io::Result<Incoming> {
        let place = NamedTempFile::new_in(self.folder()?)?;
        let file = tokio::fs::File::from_std(place.reopen()?);
        Ok(Incoming { file, place, digest: Sha256::new(), size: 0 })
    }

    /// The bytes of something to be sent, read while they are sent.
    pub(in crate::sandbox) async fn open(
        &self,
        served: &Served,
    ) -> io::Result<impl Stream<Item = io::Result<Frame<Bytes>>> + Send + use<>> {
        let file = tokio::fs::File::open(self.folder()?.join(&served.sha256)).await?;
        let trailer = Some(Bytes::from(served.trailer.clone())).filter(|trailer| !trailer.is_empty());
        Ok(stream::try_unfold((file, trailer), |(mut file, mut trailer)| async move {
            let mut chunk = Vec::with_capacity(CHUNK);
            if file.read_buf(&mut chunk).await? > 0 {
                return Ok(Some((Frame::data(chunk.into()), (file, trailer))));
            }
            Ok(trailer.take().map(|last| (Frame::data(last), (file, None))))
        }))
    }
}

impl Incoming {
    pub(in crate::sandbox) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.size += bytes.len() as u64;
        self.file.write_all(bytes).await
    }

    /// Keeps what arrived, under the name of its content, and tells what it is.
    pub(in crate::sandbox) async fn keep(mut self, depot: &Depot, name: String) -> io::Result<File> {
        self.file.flush().await?;
        drop(self.file);
        let sha256 = format!("{:x}", self.digest.finalize());
        let (path, size) = (depot.folder()?.join(&sha256), self.size);
        let place = self.place;
        let kept = tokio::task::spawn_blocking(move || -> io::Result<File> {
            let facts = Facts::of(place.path(), &name, size);
            place.persist(path)?;
            Ok(File { name, size, sha256, facts })
        });
        kept.await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt as _;

    use super::{Depot, Served};

    #[tokio::test]
    async fn files_are_kept_by_content_and_served_with_what_follows() {
        let depot = Depot::temporary();
        assert!(depot.temporary.lock().unwrap().is_none(), "no file, no folder");
        let mut incoming = depot.receive().unwrap();
        incoming.write(b"ab").await.unwrap();
        incoming.write(b"c").await.unwrap();
        let file = incoming.keep(&depot, "x.txt".into()).await.unwrap();
        assert_eq!((file.size, &file.sha256[..8]), (3, "ba7816bf"));
        let served = Served { sha256: file.sha256, size: 4, trailer: "!".into() };
        let frames: Vec<_> = depot.open(&served).await.unwrap().try_collect().await.unwrap();
        let bytes: Vec<u8> = frames.into_iter().flat_map(|frame| frame.into_data().unwrap()).collect();
        assert_eq!(bytes, b"abc!");
        let folder = depot.folder().unwrap();
        drop(depot.receive().unwrap());
        assert_eq!(folder.read_dir().unwrap().count(), 1, "what was given up is gone");
        drop(depot);
        assert!(!folder.exists());
    }
}
