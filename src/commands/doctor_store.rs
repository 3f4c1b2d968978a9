//! Whether the object store answers and takes what is put there: one small object is, and goes again.

use sha2::{Digest as _, Sha256};

use super::context::Context;
use super::doctor::problem;
use super::mirroring::Mirroring;
use super::project::Project;
use crate::clock::AnyClock;
use crate::ids::{ObjectKey, Sha256Hex};
use crate::lock::Lock;
use crate::mirror::{Place, Settings};
use crate::ports::{Body, MediaStore as _, StoreError, StoreErrorKind, Upload};
use crate::report::doctor::Finding;
use crate::store::AnyStore;

/// The name of the object below `mirror.prefix`. No file of a post begins with a dot.
const PROBE: &str = ".tgsync-doctor";
const TEXT: &[u8] = b"tgsync doctor tried whether it may write here; this can be deleted\n";

pub(super) async fn examine(
    context: &Context,
    project: &Project,
    lock: &Lock,
    clock: &AnyClock,
) -> Vec<Finding> {
    let Some(mirroring) = Mirroring::open(project, lock) else { return Vec::new() };
    let store = match mirroring.connect(context, clock, true).await {
        Ok(store) => store,
        Err(failure) => return vec![problem("store", failure)],
    };
    let mut findings = vec![probe(&store, mirroring.settings, &mirroring.store).await];
    if lock.mirror.store.as_ref().is_some_and(|recorded| *recorded != mirroring.store) {
        let recorded = lock.mirror.store.as_deref().unwrap_or_default();
        findings.push(Finding::warning(
            "store",
            format!("the lock is about `{recorded}`, the config names `{}`", mirroring.store),
            "`tgsync mirror apply` fills the new one",
        ));
    }
    findings
}

async fn probe(store: &AnyStore<'_>, settings: &Settings, name: &str) -> Finding {
    let key = match settings.prefix.as_str() {
        "" => PROBE.to_owned(),
        prefix => format!("{prefix}/{PROBE}"),
    };
    let key = ObjectKey(key);
    let listed = match store.list(key.as_str()).await {
        Err(error) if error.kind == StoreErrorKind::NoBucket => return no_bucket(settings, &error),
        // A key that may only write is enough to mirror.
        Err(error) if !error.what.ends_with("access is denied") => return failed(error),
        listed => listed.map(drop),
    };
    if let Err(error) = put(store, &key).await {
        return failed(error);
    }
    let deleted = store.delete(&key).await;
    match (listed, deleted) {
        (Ok(()), Ok(())) => {
            Finding::ok("store", format!("`{name}` can be listed, written to and deleted from"))
        }
        (_, Err(error)) if settings.prune => failed(error),
        (_, Err(error)) => {
            let what =
                format!("`{name}` can be written to, not deleted from ({}); `{key}` stays there", error.what);
            Finding::warning(
                "store",
                what,
                "`mirror.prune` would need `s3:DeleteObject`; without it this is enough",
            )
        }
        (Err(_), Ok(())) => {
            let what = format!("`{name}` can be written to, not listed: `mirror verify` can't look");
            Finding::warning("store", what, "let the key do `s3:ListBucket` and `s3:GetObject` on the bucket")
        }
    }
}

async fn put(store: &AnyStore<'_>, key: &ObjectKey) -> Result<(), StoreError> {
    let sha256 = Sha256Hex::from_digest(&Sha256::digest(TEXT));
    let upload = Upload { body: Body::Bytes(TEXT), kind: "text/plain", sha256: &sha256, progress: &|_| () };
    store.put(key, &upload).await.map(drop)
}

fn no_bucket(settings: &Settings, error: &StoreError) -> Finding {
    let bucket = match &settings.place {
        Place::Bucket { bucket, .. } => bucket.as_str(),
        Place::Folder(folder) => folder.as_str(),
    };
    let fix = format!("the first apply makes it, where the key may; `mc mb ALIAS/{bucket}` makes it now");
    Finding::warning("store", &error.what, fix)
}

fn failed(error: StoreError) -> Finding {
    problem("store", error.into())
}
