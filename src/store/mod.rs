//! Object stores: a bucket behind the S3 protocol, or a folder that stands for one. They implement the seam and know no plan.

mod classify;
mod credentials;
mod folder;
mod kind;
mod minio;
mod multipart;
mod pool;
mod reader;
mod unended;

use crate::clock::AnyClock;
use crate::ids::{ObjectKey, Sha256Hex};
use crate::ports::{Held, MediaStore, StoreError, Upload};

pub use credentials::{BadKeys, Credentials};
pub use folder::FolderStore;
pub use kind::kind_of;
pub use minio::{Address, MinioStore, Patience};

/// The store that the config names.
#[derive(Debug)]
pub enum AnyStore<'c> {
    Minio(Box<MinioStore<'c, AnyClock>>),
    Folder(FolderStore),
}

impl MediaStore for AnyStore<'_> {
    async fn prepare(&self) -> Result<(), StoreError> {
        match self {
            Self::Minio(store) => store.prepare().await,
            Self::Folder(store) => store.prepare().await,
        }
    }

    async fn head(&self, key: &ObjectKey) -> Result<Option<Held>, StoreError> {
        match self {
            Self::Minio(store) => store.head(key).await,
            Self::Folder(store) => store.head(key).await,
        }
    }

    async fn put(&self, key: &ObjectKey, upload: &Upload<'_>) -> Result<String, StoreError> {
        match self {
            Self::Minio(store) => store.put(key, upload).await,
            Self::Folder(store) => store.put(key, upload).await,
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<(ObjectKey, Held)>, StoreError> {
        match self {
            Self::Minio(store) => store.list(prefix).await,
            Self::Folder(store) => store.list(prefix).await,
        }
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), StoreError> {
        match self {
            Self::Minio(store) => store.delete(key).await,
            Self::Folder(store) => store.delete(key).await,
        }
    }

    async fn digest(&self, key: &ObjectKey) -> Result<Option<(u64, Sha256Hex)>, StoreError> {
        match self {
            Self::Minio(store) => store.digest(key).await,
            Self::Folder(store) => store.digest(key).await,
        }
    }

    async fn load(&self, key: &ObjectKey, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        match self {
            Self::Minio(store) => store.load(key, limit).await,
            Self::Folder(store) => store.load(key, limit).await,
        }
    }
}
