//! Large files in parts: read in order, a few on their way at once, within one budget of memory for all files.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hyper::body::Bytes;
use minio::s3::response_traits::HasEtagFromHeaders as _;
use minio::s3::segmented_bytes::SegmentedBytes;
use minio::s3::types::{PartInfo, S3Api as _, UploadId};
use tokio::sync::SemaphorePermit;

use super::minio::{MinioStore, PART, metadata, on_a_thread};
use super::reader::Reader;
use super::unended::is_unknown;
use crate::ids::ObjectKey;
use crate::ports::{Clock, LocalFile, StoreError, Upload};

/// Most parts of one object (S3; checked 2026-11-20). Files beyond 10,000 parts of the usual size have larger ones.
const MAX_PARTS: u64 = 10_000;
/// Parts of one file that are on their way at once: more need memory and gain little.
const AT_ONCE: usize = 3;

/// An upload under way.
struct Begun<'a> {
    key: &'a ObjectKey,
    id: UploadId,
    upload: &'a Upload<'a>,
    part: u64,
}

impl<C: Clock + Sync> MinioStore<'_, C> {
    /// The object appears with the last request, whole; what was there until then stays until then.
    pub(super) async fn put_parts(
        &self,
        key: &ObjectKey,
        file: &LocalFile,
        upload: &Upload<'_>,
    ) -> Result<String, StoreError> {
        let size = file.stamp.size;
        self.abort_old(key).await;
        let create = || async {
            let create = self.client.create_multipart_upload(&self.address.bucket, key.as_str())?;
            let create = create.user_metadata(Some(metadata(upload.sha256)));
            let answer = create.content_type(upload.kind.to_owned()).build().send().await?;
            Ok(answer.upload_id().await?)
        };
        let id: UploadId = self.ask(0, create).await?;
        let note = self.began(key, id.as_str());
        let part = PART.max(size.div_ceil(MAX_PARTS).next_multiple_of(1024 * 1024));
        let begun = Begun { key, id, upload, part };
        match self.send_parts(&begun, file).await {
            Ok(parts) => self.complete(&begun, parts).await?,
            Err(error) => {
                self.abort(&note).await;
                return Err(error);
            }
        }
        self.ended(&note);
        // The end of an upload may come with an error behind a good status: the store is asked what it has.
        self.etag(key, size).await
    }

    async fn send_parts(&self, begun: &Begun<'_>, file: &LocalFile) -> Result<Vec<PartInfo>, StoreError> {
        let local = file.clone();
        let mut reader = on_a_thread(move || Reader::open(&local)).await?;
        let (mut under_way, mut parts) = (FuturesUnordered::new(), Vec::new());
        let mut number = 0;
        while !reader.is_at_end() || !under_way.is_empty() {
            let has_more = !reader.is_at_end() && under_way.len() < AT_ONCE;
            // Parts that have room move on while the next one waits for it, so no file waits for its like.
            tokio::select! {
                room = self.room(begun.part), if has_more => {
                    let bytes;
                    (reader, bytes) = self.next_part(reader, begun).await?;
                    number += 1;
                    under_way.push(self.send_part(begun, (number, bytes), room));
                }
                Some(part) = under_way.next() => parts.push(part?),
            }
        }
        parts.sort_by_key(|part: &PartInfo| part.number);
        Ok(parts)
    }

    /// The last part is given out only if the file is still the one whose digest was taken.
    async fn next_part(&self, mut reader: Reader, begun: &Begun<'_>) -> Result<(Reader, Bytes), StoreError> {
        let (part, sha256, pool) = (begun.part, begun.upload.sha256.clone(), self.pool.clone());
        on_a_thread(move || {
            let bytes = pool.lend(reader.next_into(pool.take(), part)?);
            if reader.is_at_end() {
                reader.check(&sha256)?;
            }
            Ok((reader, bytes))
        })
        .await
    }

    async fn send_part(
        &self,
        begun: &Begun<'_>,
        (number, bytes): (u16, Bytes),
        _room: SemaphorePermit<'_>,
    ) -> Result<PartInfo, StoreError> {
        let size = bytes.len() as u64;
        let send = || async {
            let data = SegmentedBytes::from(bytes.clone());
            let bucket = &self.address.bucket;
            let part = self.client.upload_part(bucket, begun.key.as_str(), begun.id.clone(), number, data)?;
            Ok(part.build().send().await?.etag()?)
        };
        let etag = self.ask(size, send).await?;
        (begun.upload.progress)(size);
        Ok(PartInfo::new(number, etag, size, None))
    }

    async fn complete(&self, begun: &Begun<'_>, parts: Vec<PartInfo>) -> Result<(), StoreError> {
        let complete = || async {
            let (bucket, key) = (&self.address.bucket, begun.key.as_str());
            let request =
                self.client.complete_multipart_upload(bucket, key, begun.id.clone(), parts.clone())?;
            request.build().send().await.map(|_| ())
        };
        match self.ask(0, complete).await {
            // An answer that was lost: the upload is over, and asked for again it is unknown. The caller looks.
            Err(error) if is_unknown(&error) => Ok(()),
            other => other,
        }
    }
}
