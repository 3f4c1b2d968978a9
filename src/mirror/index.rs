//! `index.json`: what is below a prefix, for programs that go on from there; for sources it is also our memory.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::plan::slug_of;
use crate::content::public_url;
use crate::ids::{ObjectKey, RelPath, Sha256Hex};
use crate::lock::StoredObject;

const SCHEMA: &str = "tgsync.index/1";

/// `tgsync.index/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Index {
    pub schema: String,
    /// By key.
    pub objects: Vec<IndexEntry>,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IndexEntry {
    pub key: ObjectKey,
    /// The post it belongs to; absent for files of `mirror.sources`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Relative to the repository, or to the folder of the source.
    pub file: String,
    pub size: u64,
    pub sha256: Sha256Hex,
    pub etag: String,
    /// Absent where the store has no public address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `mirror.on_uploaded` has not been told of it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub untold: bool,
}

impl Index {
    pub fn new(mut objects: Vec<IndexEntry>) -> Self {
        objects.sort_by(|a, b| a.key.cmp(&b.key));
        Self { schema: SCHEMA.to_owned(), objects }
    }

    /// The objects of posts, as the lock has them. Whether somebody was told of them is between us and the lock.
    pub fn of_posts<'o>(
        objects: impl IntoIterator<Item = (&'o ObjectKey, &'o StoredObject)>,
        prefix: &str,
        base: Option<&str>,
    ) -> Self {
        let entry = |(key, object): (&ObjectKey, &StoredObject)| {
            Some(IndexEntry {
                slug: slug_of(prefix, key).map(|slug| slug.to_string()),
                file: object.file.as_ref()?.to_string(),
                size: object.size,
                sha256: object.sha256.clone(),
                etag: object.etag.clone(),
                url: base.map(|base| public_url(base, key)),
                untold: false,
                key: key.clone(),
            })
        };
        Self::new(objects.into_iter().filter_map(entry).collect())
    }

    /// The objects of a source, as this list itself remembers them.
    pub fn of_source<'o>(
        objects: impl IntoIterator<Item = (&'o ObjectKey, &'o StoredObject)>,
        base: Option<&str>,
    ) -> Self {
        let entry = |(key, object): (&ObjectKey, &StoredObject)| {
            Some(IndexEntry {
                slug: None,
                file: object.file.as_ref()?.to_string(),
                size: object.size,
                sha256: object.sha256.clone(),
                etag: object.etag.clone(),
                url: base.map(|base| public_url(base, key)),
                untold: object.untold,
                key: key.clone(),
            })
        };
        Self::new(objects.into_iter().filter_map(entry).collect())
    }

    /// What this list remembers of a source. A list is written by who can write to the store: paths that lead out of
    /// the folder, or keys of another prefix, are left out.
    pub fn remembered(&self, prefix: &str) -> BTreeMap<ObjectKey, StoredObject> {
        let object = |entry: &IndexEntry| {
            let file = RelPath::new(std::path::Path::new(&entry.file)).ok()?;
            entry.key.as_str().strip_prefix(prefix)?.strip_prefix('/')?;
            let sha256 = Sha256Hex::parse(entry.sha256.as_str())?;
            let etag = entry.etag.clone();
            Some((
                entry.key.clone(),
                StoredObject { etag, file: Some(file), sha256, size: entry.size, untold: entry.untold },
            ))
        };
        self.objects.iter().filter_map(object).collect()
    }

    /// The same objects are the same bytes.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("plain data with string keys");
        text.push('\n');
        text
    }

    /// Read one back. What can't be understood is not there: it is written anew.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok().filter(|index: &Self| index.schema == SCHEMA)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lists_what_posts_have() {
        let object = |file: Option<&str>| StoredObject {
            etag: "e1".into(),
            file: file.map(|file| RelPath::new(std::path::Path::new(file)).unwrap()),
            sha256: Sha256Hex::of(b"x"),
            size: 1,
            untold: true,
        };
        let objects = [
            (ObjectKey("m/trip/b c.pdf".into()), object(Some("content/trip/b c.pdf"))),
            (ObjectKey("m/a/1.jpg".into()), object(Some("content/a/1.jpg"))),
            (ObjectKey("m/index.json".into()), object(None)),
        ];
        let objects = objects.iter().map(|(key, object)| (key, object));
        let index = Index::of_posts(objects, "m", Some("https://cdn.example.org"));
        let keys: Vec<&str> = index.objects.iter().map(|object| object.key.as_str()).collect();
        assert_eq!(keys, ["m/a/1.jpg", "m/trip/b c.pdf"]);
        assert_eq!(index.objects[1].slug.as_deref(), Some("trip"));
        assert_eq!(index.objects[1].url.as_deref(), Some("https://cdn.example.org/m/trip/b%20c.pdf"));
        assert_eq!(Index::read(index.to_json().as_bytes()), Some(index.clone()));
        let remembered = index.remembered("m");
        assert_eq!(remembered.len(), 2);
        assert!(index.remembered("n").is_empty(), "another prefix");
        for other in ["", "{}", "[]", r#"{"schema":"tgsync.index/2","objects":[]}"#] {
            assert_eq!(Index::read(other.as_bytes()), None, "{other}");
        }
    }
}
