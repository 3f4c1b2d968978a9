//! A bucket through the `minio` crate 0.4.0, which has no timeouts, no retries and words of its own for errors: every
//! request goes through [`MinioStore::ask`], which has.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::StreamExt as _;
use hyper::body::Bytes;
use minio::s3::client::{ConnectionPoolConfig, MinioClient, MinioClientBuilder};
use minio::s3::creds::StaticProvider;
use minio::s3::error::{Error, S3ServerError, ValidationErr};
use minio::s3::http::BaseUrl;
use minio::s3::minio_error_response::MinioErrorCode;
use minio::s3::multimap_ext::{Multimap, MultimapExt as _};
use minio::s3::response_traits::HasEtagFromHeaders as _;
use minio::s3::types::{Region, S3Api as _, ToStream as _};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::classify::classify;
use super::credentials::Credentials;
use super::pool::Pool;
use super::reader::Reader;
use super::unended::Notes;
use crate::ids::{ObjectKey, Sha256Hex};
use crate::ports::{Body, Clock, Held, LocalFile, MediaStore, StoreError, StoreErrorKind as Kind, Upload};

/// Files up to this size go in one request, larger ones in parts of it.
pub(super) const PART: u64 = 6 * MIB;
/// Most bytes of files that are in memory at once, whatever number of files and parts is under way.
const BUDGET: u64 = 18 * MIB;
const MIB: u64 = 1024 * KIB;
/// What the budget is counted in.
const KIB: u64 = 1024;
/// Tries of one request.
const MAX_TRIES: u32 = 4;
/// Where the digest travels with the object.
const SHA256_HEADER: &str = "x-amz-meta-sha256";

/// Where a bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// `http://` or `https://`, a host, perhaps a port.
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
}

/// How long a request may take before it counts as lost.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the answer.
    pub base: Duration,
    /// More for every mebibyte that travels.
    pub per_mib: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { base: Duration::from_mins(1), per_mib: Duration::from_secs(20) }
    }
}

/// One bucket.
pub struct MinioStore<'c, C> {
    pub(super) client: MinioClient,
    pub(super) address: Address,
    keys: Credentials,
    patience: Patience,
    budget: Semaphore,
    pub(super) pool: Pool,
    pub(super) notes: Notes,
    clock: &'c C,
}

impl<C> fmt::Debug for MinioStore<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MinioStore").field("address", &self.address).finish_non_exhaustive()
    }
}

impl<'c, C: Clock + Sync> MinioStore<'c, C> {
    /// A client for the bucket; makes no request yet.
    pub fn new(
        address: Address,
        keys: Credentials,
        patience: Patience,
        clock: &'c C,
    ) -> Result<Self, StoreError> {
        let unusable = |error: String| {
            StoreError::new(Kind::Fatal, format!("`{}` can't be used: {error}", address.endpoint))
        };
        let mut base: BaseUrl =
            address.endpoint.parse().map_err(|error: ValidationErr| unusable(error.to_string()))?;
        // With a region given here the crate asks the server for none.
        base.region = Region::new(&address.region).map_err(|error| unusable(error.to_string()))?;
        let (access, secret) = keys.expose();
        let client = MinioClientBuilder::new(base)
            .provider(Some(StaticProvider::new(access, secret, None)))
            .app_info(Some(("tgsync".to_owned(), env!("CARGO_PKG_VERSION").to_owned())))
            .connection_pool_config(ConnectionPoolConfig::default().max_idle_per_host(32))
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        let budget = Semaphore::new(usize::try_from(BUDGET / KIB).expect("a small number"));
        Ok(Self {
            client,
            address,
            keys,
            patience,
            budget,
            pool: Pool::default(),
            notes: Notes::default(),
            clock,
        })
    }

    /// Note uploads under way in a local file, so that what a run leaves when it is killed is ended by the next one.
    #[must_use]
    pub fn noting(self, file: PathBuf) -> Self {
        Self { notes: Notes::in_file(file), ..self }
    }

    /// Make a request that moves `bytes`, again if that may help.
    pub(super) async fn ask<T, F>(
        &self,
        bytes: u64,
        request: impl Fn() -> F + Send + Sync,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, Error>> + Send,
    {
        let mebibytes = u32::try_from(bytes.div_ceil(MIB)).unwrap_or(u32::MAX);
        let patience = self.patience.base + self.patience.per_mib.saturating_mul(mebibytes);
        let mut tries = 0;
        loop {
            tries += 1;
            let error = match tokio::time::timeout(patience, request()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => classify(&error),
                Err(_) => StoreError::new(Kind::Retry, format!("no answer in {} s", patience.as_secs()))
                    .hint("check `mirror.endpoint` and the network"),
            };
            if error.kind != Kind::Retry || tries >= MAX_TRIES {
                return Err(self.worded(error));
            }
            tracing::debug!(error = error.what, tries, "the object store is asked again");
            self.clock.sleep(backoff(tries)).await;
        }
    }

    /// With the address in front, and without the keys.
    fn worded(&self, error: StoreError) -> StoreError {
        let Address { endpoint, bucket, .. } = &self.address;
        let what = format!("bucket `{bucket}` at {endpoint}: {}", self.keys.scrub(&error.what));
        StoreError { what, ..error }
    }

    /// Room in memory for a part; waits until others are through.
    pub(super) async fn room(&self, bytes: u64) -> SemaphorePermit<'_> {
        let kibibytes = bytes.clamp(1, BUDGET).div_ceil(KIB);
        let permits = u32::try_from(kibibytes).expect("within the budget");
        self.budget.acquire_many(permits).await.expect("the budget is never closed")
    }

    async fn put_whole(
        &self,
        key: &ObjectKey,
        bytes: Bytes,
        upload: &Upload<'_>,
    ) -> Result<String, StoreError> {
        let size = bytes.len() as u64;
        let put = || async {
            let content =
                self.client.put_object_content(&self.address.bucket, key.as_str(), bytes.clone())?;
            content
                .content_type(upload.kind.to_owned())
                .user_metadata(Some(metadata(upload.sha256)))
                .build()
                .send()
                .await
        };
        let answer = self.ask(size, put).await?;
        (upload.progress)(size);
        match answer.etag() {
            Ok(etag) => Ok(etag.to_string()),
            Err(_) => self.etag(key, size).await,
        }
    }

    /// What the store says of an object that was just put there.
    pub(super) async fn etag(&self, key: &ObjectKey, size: u64) -> Result<String, StoreError> {
        let held = self.head(key).await?;
        let held = held.filter(|held| held.size == size).ok_or_else(|| {
            self.worded(StoreError::new(Kind::Fatal, format!("`{key}` is not there after it was put there")))
        })?;
        Ok(held.etag.unwrap_or_default())
    }

    async fn put_small_file(
        &self,
        key: &ObjectKey,
        file: &LocalFile,
        upload: &Upload<'_>,
    ) -> Result<String, StoreError> {
        let _room = self.room(file.stamp.size).await;
        let (local, sha256) = (file.clone(), upload.sha256.clone());
        let bytes = on_a_thread(move || {
            let mut reader = Reader::open(&local)?;
            let bytes = reader.next(PART)?;
            reader.check(&sha256)?;
            Ok(bytes)
        });
        self.put_whole(key, bytes.await?.into(), upload).await
    }

    /// The stream of an object's bytes is read to its end by `take`; `false` from it stops.
    async fn read(
        &self,
        key: &ObjectKey,
        mut take: impl FnMut(&[u8]) -> bool + Send,
    ) -> Result<Option<()>, StoreError> {
        let get = || async {
            match self.client.get_object(&self.address.bucket, key.as_str())?.build().send().await {
                Err(error) if is_no_such_key(&error) => Ok(None),
                other => Ok(Some(other?.into_boxed_stream()?.0)),
            }
        };
        let Some(mut stream) = self.ask(0, get).await? else { return Ok(None) };
        let lost =
            |why: String| self.worded(StoreError::new(Kind::Retry, format!("`{key}` was cut off: {why}")));
        loop {
            match tokio::time::timeout(self.patience.base, stream.next()).await {
                Ok(Some(Ok(bytes))) if take(&bytes) => {}
                Ok(Some(Ok(_)) | None) => return Ok(Some(())),
                Ok(Some(Err(error))) => return Err(lost(error.to_string())),
                Err(_) => return Err(lost("nothing more came".to_owned())),
            }
        }
    }
}

impl<C: Clock + Sync> MediaStore for MinioStore<'_, C> {
    async fn prepare(&self) -> Result<(), StoreError> {
        // A list says why it is refused; the answer to `HEAD` has no words.
        let look = || async {
            let list = self.client.list_objects(&self.address.bucket)?.max_keys(Some(1)).build();
            list.to_stream().await.next().await.transpose().map(|_| ())
        };
        match self.ask(0, look).await {
            Err(error) if error.kind == Kind::NoBucket => {
                let create = || async {
                    match self.client.create_bucket(&self.address.bucket)?.build().send().await {
                        Err(error) if is_taken(&error) => Ok(()),
                        other => other.map(|_| ()),
                    }
                };
                self.ask(0, create).await.map_err(|error| {
                    let what = format!("{}; the bucket is not there and could not be made", error.what);
                    StoreError { what, ..error }
                        .hint(format!("make it: `mc mb ALIAS/{}`", self.address.bucket))
                })
            }
            // A key that may only write is enough to mirror.
            Err(error) if error.what.ends_with("access is denied") => Ok(()),
            other => other,
        }?;
        self.abort_noted().await;
        Ok(())
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<Held>, StoreError> {
        let stat = || async {
            match self.client.stat_object(&self.address.bucket, key.as_str())?.build().send().await {
                Err(error) if is_no_such_key(&error) => Ok(None),
                other => Ok(Some(other?)),
            }
        };
        let Some(found) = self.ask(0, stat).await? else { return Ok(None) };
        let wrong = |error: ValidationErr| self.worded(classify(&Error::from(error)));
        let sha256 =
            found.user_metadata().map_err(wrong)?.get("sha256").and_then(|text| Sha256Hex::parse(text));
        let etag = found.etag().ok().map(|etag| etag.to_string());
        Ok(Some(Held { size: found.size().map_err(wrong)?, etag, sha256 }))
    }

    async fn put(&self, key: &ObjectKey, upload: &Upload<'_>) -> Result<String, StoreError> {
        match upload.body {
            Body::Bytes(bytes) => self.put_whole(key, Bytes::copy_from_slice(bytes), upload).await,
            Body::File(file) if file.stamp.size <= PART => self.put_small_file(key, file, upload).await,
            Body::File(file) => self.put_parts(key, file, upload).await,
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<(ObjectKey, Held)>, StoreError> {
        let list = || async {
            let request = self.client.list_objects(&self.address.bucket)?;
            let request = request.prefix(prefix.to_owned()).recursive(true).build();
            let mut pages = request.to_stream().await;
            let mut found = Vec::new();
            while let Some(page) = pages.next().await {
                found.extend(page?.contents);
            }
            Ok(found)
        };
        let found = self.ask(0, list).await?;
        let held = |entry: minio::s3::types::ListEntry| {
            let etag = entry.etag.map(|etag| etag.trim_matches('"').to_owned());
            (ObjectKey(entry.name), Held { size: entry.size.unwrap_or_default(), etag, sha256: None })
        };
        let mut held: Vec<(ObjectKey, Held)> = found.into_iter().map(held).collect();
        held.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(held)
    }

    /// One request for each: the crate writes the keys of a batch unescaped into its XML, so that a key can name others.
    async fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        let delete = || async {
            match self.client.delete_object(&self.address.bucket, key.as_str())?.build().send().await {
                Err(error) if is_no_such_key(&error) => Ok(()),
                other => other.map(|_| ()),
            }
        };
        self.ask(0, delete).await
    }

    async fn digest(&self, key: &ObjectKey) -> Result<Option<(u64, Sha256Hex)>, StoreError> {
        let (mut size, mut hasher) = (0, Sha256::new());
        let take = |bytes: &[u8]| {
            size += bytes.len() as u64;
            hasher.update(bytes);
            true
        };
        let found = self.read(key, take).await?;
        Ok(found.map(|()| (size, Sha256Hex::from_digest(&hasher.finalize()))))
    }

    async fn load(&self, key: &ObjectKey, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let mut all = Vec::new();
        let take = |bytes: &[u8]| {
            all.extend_from_slice(bytes);
            all.len() as u64 <= limit
        };
        let found = self.read(key, take).await?;
        if all.len() as u64 > limit {
            let what = format!("`{key}` has more than {limit} bytes");
            return Err(self.worded(StoreError::new(Kind::Fatal, what)));
        }
        Ok(found.map(|()| all))
    }
}

pub(super) fn metadata(sha256: &Sha256Hex) -> Multimap {
    let mut metadata = Multimap::new();
    metadata.add(SHA256_HEADER, sha256.as_str());
    metadata
}

/// Work that reads the disk, away from the threads that move bytes.
pub(super) async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended
        .unwrap_or_else(|_| Err(StoreError::new(Kind::Fatal, "reading ended early: the program is stopping")))
}

/// 1, 2, 4 … seconds, and up to a quarter more, so that many do not come back at once.
fn backoff(tries: u32) -> Duration {
    let base = 1000 << (tries.saturating_sub(1)).min(6);
    let more = u64::try_from(ulid::Ulid::new().random() % 1000).unwrap_or_default();
    Duration::from_millis(base + base * more / 4000)
}

fn code(error: &Error) -> Option<MinioErrorCode> {
    match error {
        Error::S3Server(S3ServerError::S3Error(answer)) => Some(answer.code()),
        _ => None,
    }
}

fn is_no_such_key(error: &Error) -> bool {
    code(error) == Some(MinioErrorCode::NoSuchKey)
}

fn is_taken(error: &Error) -> bool {
    // Made by another run between our look and our wish.
    code(error) == Some(MinioErrorCode::BucketAlreadyOwnedByYou)
}
