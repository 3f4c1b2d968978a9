//! What the config says about mirroring.

use crate::ids::{ObjectKey, RelPath};

/// `mirror:` of the config, every value at its default or as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub place: Place,
    /// Before every key of a post's file; without slashes around it.
    pub prefix: String,
    /// Where objects are to be had; `None`: at the store's own address.
    pub public_url: Option<String>,
    /// Remove objects whose file is gone.
    pub prune: bool,
    pub sources: Vec<Folder>,
    pub on_uploaded: Option<Notify>,
}

/// Which store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Bucket {
        /// `None`: as `MINIO_ENDPOINT` says.
        endpoint: Option<String>,
        bucket: String,
        region: String,
    },
    Folder(RelPath),
}

/// An extra folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// As written: relative to the repository, or absolute; it may lie outside.
    pub path: String,
    pub prefix: String,
}

impl Folder {
    /// Whether an object is one of this folder.
    pub fn holds(&self, key: &ObjectKey) -> bool {
        key.as_str().strip_prefix(&self.prefix).is_some_and(|rest| rest.starts_with('/'))
    }
}

/// Who is told of new objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notify {
    /// Run by the shell, the list on its standard input.
    Command(String),
    /// The list is posted there.
    Url(String),
}

impl Settings {
    /// The name of the store in the lock: another name is another store. `None`: its address is not known here.
    pub fn store(&self) -> Option<String> {
        match &self.place {
            Place::Bucket { endpoint, bucket, .. } => {
                Some(format!("{}/{bucket}/", endpoint.as_ref()?.trim_end_matches('/')))
            }
            Place::Folder(folder) => Some(format!("{folder}/")),
        }
    }

    /// Where objects of this store are to be had.
    pub fn public_base(&self, store: &str) -> Option<String> {
        match (&self.public_url, &self.place) {
            (Some(url), _) => Some(url.clone()),
            (None, Place::Bucket { .. }) => Some(store.to_owned()),
            (None, Place::Folder(_)) => None,
        }
    }

    /// The prefixes of sources: no file of a post may come to be there.
    pub fn source_prefixes(&self) -> Vec<&str> {
        self.sources.iter().map(|source| source.prefix.as_str()).collect()
    }
}
