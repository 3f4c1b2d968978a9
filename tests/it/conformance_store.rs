//! What mirroring relies on, whatever store it writes to. Every implementation of `MediaStore` passes all of it: give it
//! a `Venue` and a line at the end of this file.
#![expect(clippy::disallowed_methods, reason = "tests set up files by hand")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use tgsync::clock::{FixedClock, SystemClock};
use tgsync::ids::{ObjectKey, Sha256Hex, Stamp};
use tgsync::ports::{Body, LocalFile, MediaStore, StoreErrorKind, Upload};
use tgsync::store::{FolderStore, MinioStore, Patience};

use crate::support::minio;

trait Venue: Sized {
    type Store: MediaStore + Sync;

    /// A place of its own; `None`: there is none on this machine.
    fn open() -> Option<Self>;
    fn store(&self) -> &Self::Store;
}

struct Bucket(MinioStore<'static, SystemClock>);

impl Venue for Bucket {
    type Store = MinioStore<'static, SystemClock>;

    fn open() -> Option<Self> {
        let address = minio::new_bucket(&minio::endpoint()?);
        Some(Self(MinioStore::new(address, minio::keys(), Patience::default(), &SystemClock).unwrap()))
    }

    fn store(&self) -> &Self::Store {
        &self.0
    }
}

struct Folder {
    store: FolderStore,
    _dir: tempfile::TempDir,
}

impl Venue for Folder {
    type Store = FolderStore;

    fn open() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        Some(Self { store: FolderStore::new(dir.path().join("deep/mirror"), "mirror"), _dir: dir })
    }

    fn store(&self) -> &FolderStore {
        &self.store
    }
}

fn key(text: &str) -> ObjectKey {
    ObjectKey(text.to_owned())
}

async fn put(store: &impl MediaStore, name: &str, bytes: &[u8]) -> String {
    let upload = Upload {
        body: Body::Bytes(bytes),
        kind: "text/plain",
        sha256: &Sha256Hex::of(bytes),
        progress: &|_| {},
    };
    store.put(&key(name), &upload).await.unwrap()
}

fn local(path: &Path) -> LocalFile {
    let stamp = Stamp::of(&fs::metadata(path).unwrap());
    LocalFile { path: path.to_owned(), name: "file".to_owned(), stamp, settled: false }
}

async fn names(store: &impl MediaStore, prefix: &str) -> Vec<String> {
    store.list(prefix).await.unwrap().into_iter().map(|(key, _)| key.0).collect()
}

async fn what_is_put_is_there(store: &impl MediaStore) {
    let etag = put(store, "trip/a.txt", b"hello").await;
    let sha256 = Sha256Hex::of(b"hello");
    let held = store.head(&key("trip/a.txt")).await.unwrap().unwrap();
    assert_eq!((held.size, held.etag, held.sha256), (5, Some(etag), Some(sha256.clone())));
    assert_eq!(store.digest(&key("trip/a.txt")).await.unwrap(), Some((5, sha256)));
    assert_eq!(store.load(&key("trip/a.txt"), 5).await.unwrap(), Some(b"hello".to_vec()));
    assert!(store.load(&key("trip/a.txt"), 4).await.unwrap_err().what.contains("more than 4 bytes"));
    let old = store.head(&key("trip/a.txt")).await.unwrap();
    put(store, "trip/a.txt", b"HELLO").await;
    let new = store.head(&key("trip/a.txt")).await.unwrap();
    assert_ne!(old, new, "of the same size, and still told apart");
}

async fn what_is_not_there_is_said_to_be(store: &impl MediaStore) {
    assert_eq!(store.head(&key("no/such")).await.unwrap(), None);
    assert_eq!(store.digest(&key("no/such")).await.unwrap(), None);
    assert_eq!(store.load(&key("no/such"), 9).await.unwrap(), None);
    store.delete(&key("no/such")).await.unwrap();
    put(store, "plain", b"x").await;
    assert_eq!(store.head(&key("plain/below")).await.unwrap(), None);
    store.delete(&key("plain/below")).await.unwrap();
    assert_eq!(names(store, "").await, ["plain"]);
    store.prepare().await.unwrap();
}

/// Names that break what is not escaped, among them one that would have the crate's batch delete remove another object.
const HOSTILE: [&str; 12] = [
    "h/a&b.txt",
    "h/x</Key></Object><Object><Key>victim",
    "h/quote\"'`.txt",
    "h/per%20cent%.txt",
    "h/plus+plus.txt",
    "h/hash#mark?query=1&x.txt",
    "h/star*[1]{2}|.txt",
    "h/semi;colon,at@eq=.txt",
    "h/~tilde!$().txt",
    "h/caf\u{e9}-\u{65e5}\u{672c}-\u{1f600}.txt",
    "h/-dash",
    "h/a:b^c.txt",
];

async fn hostile_names_are_names(store: &impl MediaStore) {
    put(store, "victim", b"alive").await;
    for name in HOSTILE {
        put(store, name, name.as_bytes()).await;
    }
    let mut expected: Vec<String> = HOSTILE.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(names(store, "h/").await, expected);
    for name in HOSTILE {
        let bytes = store.load(&key(name), 1000).await.unwrap();
        assert_eq!(bytes.as_deref(), Some(name.as_bytes()), "{name}");
        store.delete(&key(name)).await.unwrap();
        assert_eq!(store.head(&key(name)).await.unwrap(), None, "{name}");
    }
    assert_eq!(names(store, "").await, ["victim"]);
}

async fn empty_and_long_are_fine(store: &impl MediaStore) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("empty");
    fs::write(&path, "").unwrap();
    let (file, sha256) = (local(&path), Sha256Hex::of(b""));
    let upload = Upload { body: Body::File(&file), kind: "text/plain", sha256: &sha256, progress: &|_| {} };
    store.put(&key("empty"), &upload).await.unwrap();
    assert_eq!(store.digest(&key("empty")).await.unwrap(), Some((0, Sha256Hex::of(b""))));
    let long = format!("{}/{}", "d".repeat(255), "f".repeat(240));
    put(store, &long, b"x").await;
    assert_eq!(names(store, "ddd").await, [long]);
}

async fn large_files_travel_in_parts(store: &impl MediaStore) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large");
    for size in [8 << 20, (8 << 20) + 1, 24 << 20] {
        let bytes: Vec<u8> = (0..size).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        fs::write(&path, &bytes).unwrap();
        let (file, sha256) = (local(&path), Sha256Hex::of(&bytes));
        let through = AtomicU64::new(0);
        let progress = |bytes| _ = through.fetch_add(bytes, Ordering::Relaxed);
        let upload =
            Upload { body: Body::File(&file), kind: "application/pdf", sha256: &sha256, progress: &progress };
        let etag = store.put(&key("large"), &upload).await.unwrap();
        let held = store.head(&key("large")).await.unwrap().unwrap();
        assert_eq!((held.size, held.etag, held.sha256), (u64::from(size), Some(etag), Some(sha256.clone())));
        assert_eq!(store.digest(&key("large")).await.unwrap(), Some((u64::from(size), sha256)));
        assert_eq!(through.into_inner(), u64::from(size));
    }
}

async fn a_file_that_changed_is_not_put(store: &impl MediaStore) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    for size in [5, 17 << 20] {
        fs::write(&path, vec![b'x'; size]).unwrap();
        let file = local(&path);
        let wrong = Sha256Hex::of(b"what it was");
        let upload =
            Upload { body: Body::File(&file), kind: "text/plain", sha256: &wrong, progress: &|_| {} };
        let error = store.put(&key("file"), &upload).await.unwrap_err();
        assert_eq!(
            (error.kind, error.what.as_str()),
            (StoreErrorKind::File, "`file` changed while it was read")
        );
        assert_eq!(names(store, "").await, [""; 0], "nothing of it is there");
    }
}

async fn thousands_are_listed(store: &impl MediaStore) {
    let all: Vec<String> = (0..1203).map(|n| format!("many/{n:05}")).collect();
    let puts = stream::iter(&all).map(|name| put(store, name, name.as_bytes())).buffer_unordered(16);
    assert_eq!(puts.count().await, all.len());
    put(store, "many.txt", b"not below").await;
    assert_eq!(names(store, "many/").await, all);
    assert_eq!(names(store, "").await.len(), all.len() + 1);
    let sizes = store.list("many/").await.unwrap();
    assert!(sizes.iter().all(|(_, held)| held.size == 10));
}

/// A bucket at an address where nobody keeps to the protocol.
fn at(endpoint: &str) -> MinioStore<'static, FixedClock> {
    const CLOCK: FixedClock = FixedClock(tgsync::ids::Timestamp::UNIX_EPOCH);
    let patience = Patience { base: Duration::from_millis(30), per_mib: Duration::ZERO };
    MinioStore::new(minio::new_bucket(endpoint), minio::keys(), patience, &CLOCK).unwrap()
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let error = at(&endpoint).prepare().await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Retry);
    assert!(error.what.contains(&endpoint) && error.what.ends_with("no answer in 0 s"), "{error}");
    drop(silent);
    let error = at(&endpoint).prepare().await.unwrap_err();
    assert!(error.what.ends_with("connection refused"), "{error}");
}

#[tokio::test]
async fn a_server_of_another_kind_is_told_apart() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let page = "<html>not what you are looking for</html>";
            let head = "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nConnection: close";
            let _ = client.read(&mut [0; 4096]);
            let _ = write!(client, "{head}\r\nContent-Length: {}\r\n\r\n{page}", page.len());
        }
    });
    let error = at(&endpoint).prepare().await.unwrap_err();
    assert!(error.what.contains("HTTP 404, which is no answer of an object store"), "{error}");
    assert!(error.hint.unwrap().contains("mirror.endpoint"));
}

macro_rules! conformance {
    ($module:ident, $venue:ty: $($check:ident)*) => {
        mod $module {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $check() {
                    let Some(venue) = <$venue>::open() else { return };
                    venue.store().prepare().await.unwrap();
                    super::$check(venue.store()).await;
                }
            )*
        }
    };
}

macro_rules! stores {
    ($($module:ident: $venue:ty),*) => {
        $(conformance!($module, $venue:
            what_is_put_is_there
            what_is_not_there_is_said_to_be
            hostile_names_are_names
            empty_and_long_are_fine
            large_files_travel_in_parts
            a_file_that_changed_is_not_put
            thousands_are_listed
        );)*
    };
}

stores!(bucket: Bucket, folder: Folder);
