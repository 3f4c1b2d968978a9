//! Uploads in parts that began and did not end: their parts take room in a store, unseen. Those of this checkout are noted
//! in a local file, so that the next run ends them; those of runs elsewhere are ended when they are too old to be going on.
#![expect(clippy::disallowed_methods, reason = "an I/O room")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use minio::s3::error::{Error, ValidationErr};
use minio::s3::multimap_ext::{Multimap, MultimapExt as _};
use minio::s3::types::{BucketName, S3Api as _, S3Request};
use serde::{Deserialize, Serialize};
use xmltree::Element;

use super::classify::{NO_UPLOAD, classify};
use super::minio::MinioStore;
use crate::ids::ObjectKey;
use crate::ports::{Clock, StoreError, StoreErrorKind as Kind};

/// No upload of another run takes so long without being given up by its own patience.
const OLD: SignedDuration = SignedDuration::from_hours(24);
/// How long ending one may take: it is a courtesy.
const PATIENCE: Duration = Duration::from_secs(10);

/// An upload that began.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Unended {
    /// Server and bucket.
    store: String,
    pub(super) key: ObjectKey,
    pub(super) id: String,
}

/// The local file of those that began here.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// `None`: nothing is kept.
    path: Option<PathBuf>,
    known: Mutex<BTreeSet<Unended>>,
}

impl Notes {
    /// What the last run left; a file that can't be read is as if there were none.
    pub(super) fn in_file(path: PathBuf) -> Self {
        let known = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { path: Some(path), known: Mutex::new(known.unwrap_or_default()) }
    }

    fn add(&self, upload: &Unended) {
        self.change(|known| known.insert(upload.clone()));
    }

    fn remove(&self, upload: &Unended) {
        self.change(|known| known.remove(upload));
    }

    /// A note that can't be written costs room in the store, not an object.
    fn change(&self, change: impl FnOnce(&mut BTreeSet<Unended>) -> bool) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let (true, Some(path)) = (change(&mut known), &self.path)
            && let Err(error) = keep(path, &known)
        {
            tracing::debug!(%error, "uploads under way can't be noted");
        }
    }

    fn of(&self, store: &str) -> Vec<Unended> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().filter(|upload| upload.store == store).cloned().collect()
    }
}

fn keep(path: &Path, known: &BTreeSet<Unended>) -> io::Result<()> {
    if known.is_empty() {
        return fs::remove_file(path);
    }
    let json = serde_json::to_vec(known).expect("plain data");
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(&json)?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}

impl<C: Clock + Sync> MinioStore<'_, C> {
    /// Note that an upload began, before its first part is sent.
    pub(super) fn began(&self, key: &ObjectKey, id: &str) -> Unended {
        let store = format!("{}/{}", self.address.endpoint, self.address.bucket);
        let upload = Unended { store, key: key.clone(), id: id.to_owned() };
        self.notes.add(&upload);
        upload
    }

    /// Note that it is completed.
    pub(super) fn ended(&self, upload: &Unended) {
        self.notes.remove(upload);
    }

    /// End an upload and free what its parts take. One that can't be ended now is the next run's.
    pub(super) async fn abort(&self, upload: &Unended) {
        let (bucket, key) = (&self.address.bucket, upload.key.as_str());
        let abort = async {
            self.client.abort_multipart_upload(bucket, key, upload.id.as_str())?.build().send().await
        };
        let is_over = match tokio::time::timeout(PATIENCE, abort).await {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => {
                let error = classify(&error);
                is_unknown(&error) || error.kind == Kind::NoBucket
            }
            Err(_) => false,
        };
        if is_over {
            self.notes.remove(upload);
        }
    }

    /// End what runs of this checkout left when they were killed.
    pub(super) async fn abort_noted(&self) {
        let store = format!("{}/{}", self.address.endpoint, self.address.bucket);
        for upload in self.notes.of(&store) {
            self.abort(&upload).await;
        }
    }

    /// End what a run elsewhere left of this key long ago. Looked for by the whole key, because `MinIO` lists no other
    /// way (RELEASE.2026-02-12); a server that can't list them, or does not let us, keeps them.
    pub(super) async fn abort_old(&self, key: &ObjectKey) {
        let list = || async {
            let mut query = Multimap::new();
            query.add("uploads", "");
            query.add("prefix", key.as_str());
            let bucket = BucketName::try_from(self.address.bucket.as_str())?;
            let request = S3Request::builder().client(self.client.clone()).method(reqwest::Method::GET);
            let answer = request.bucket(bucket).query_params(query).build().execute().await?;
            let now = answer.headers().get("date").and_then(|date| date.to_str().ok()).and_then(time);
            let body = answer.bytes().await.map_err(ValidationErr::from)?;
            Ok::<_, Error>(now.map(|now| old(&body, key, now)).unwrap_or_default())
        };
        let Ok(Ok(found)) = tokio::time::timeout(PATIENCE, list()).await else { return };
        for id in found {
            self.abort(&self.began(key, &id)).await;
        }
    }
}

/// Whether the store knows nothing of an upload: it was completed, or ended.
pub(super) fn is_unknown(error: &StoreError) -> bool {
    error.kind == Kind::Fatal && error.what.ends_with(NO_UPLOAD)
}

/// As in `Date` headers.
fn time(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp())
}

/// Ids of uploads of this very key in a `ListMultipartUploadsResult` that began long before `now`, the server's own time.
fn old(xml: &[u8], key: &ObjectKey, now: Timestamp) -> Vec<String> {
    let Ok(root) = Element::parse(xml) else { return Vec::new() };
    let text =
        |upload: &Element, name: &str| upload.get_child(name)?.get_text().map(std::borrow::Cow::into_owned);
    let is_old = |upload: &Element| {
        let began = text(upload, "Initiated").and_then(|began| began.parse::<Timestamp>().ok());
        text(upload, "Key").as_deref() == Some(key.as_str())
            && began.is_some_and(|began| now.duration_since(began) > OLD)
    };
    let uploads =
        root.children.iter().filter_map(|node| node.as_element()).filter(|node| node.name == "Upload");
    uploads.filter(|upload| is_old(upload)).filter_map(|upload| text(upload, "UploadId")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_uploads_of_the_very_key_are_ended() {
        let upload = |key: &str, id: &str, began: &str| {
            format!(
                "<Upload><Key>{key}</Key><UploadId>{id}</UploadId><Initiated>{began}</Initiated></Upload>"
            )
        };
        let xml = format!(
            "<?xml version=\"1.0\"?><ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <Bucket>media</Bucket>{}{}{}{}{}</ListMultipartUploadsResult>",
            upload("m/a&amp;b.mp4", "old", "2026-11-19T08:00:00.000Z"),
            upload("m/a&amp;b.mp4", "young", "2026-11-20T11:59:00.000Z"),
            upload("m/a&amp;b.mp4.part", "other", "2026-11-01T08:00:00.000Z"),
            upload("m/a&amp;b.mp4", "undated", "yesterday"),
            upload("m/a&amp;b.mp4", "older", "2026-11-18T08:00:00Z"),
        );
        let now = time("Fri, 20 Nov 2026 12:00:00 GMT").unwrap();
        let key = ObjectKey("m/a&b.mp4".into());
        assert_eq!(old(xml.as_bytes(), &key, now), ["old", "older"]);
        for other in ["", "<html>", "<ListMultipartUploadsResult/>", "{}"] {
            assert_eq!(old(other.as_bytes(), &key, now), [""; 0], "{other}");
        }
    }

    #[test]
    fn what_began_is_known_until_it_ended() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("uploads.json");
        let upload = |store: &str, id: &str| Unended {
            store: store.into(),
            key: ObjectKey("k".into()),
            id: id.into(),
        };
        let notes = Notes::in_file(path.clone());
        notes.add(&upload("s", "1"));
        notes.add(&upload("t", "2"));
        let next = Notes::in_file(path.clone());
        assert_eq!(next.of("s"), [upload("s", "1")]);
        next.remove(&upload("s", "1"));
        assert_eq!((next.of("s").len(), Notes::in_file(path.clone()).of("t").len()), (0, 1));
        next.remove(&upload("t", "2"));
        assert!(!path.exists(), "no file of nothing");
        fs::write(&path, "{torn").unwrap();
        assert!(Notes::in_file(path).of("s").is_empty());
    }
}
