//! What files hold, asked once in a run: attached files and those of the mirror are often the same.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use super::project::Project;
use crate::content::{self, Catalog};
use crate::ids::RelPath;
use crate::media::Facts;
use crate::mirror::{Hashed, Hasher, Seen};
use crate::render;

/// Files that were hashed in this run, and what earlier runs knew.
#[derive(Debug, Clone)]
pub(super) struct Files {
    hasher: Hasher,
    hashed: BTreeMap<String, Hashed>,
}

impl Files {
    /// With what earlier runs left. It only saves time, so that a cache that can't be read is none.
    pub(super) fn open(project: &Project) -> Self {
        let scratch = project.state.scratch();
        let cache = scratch.read_media().ok().flatten();
        let hasher = Hasher::new(cache.as_deref(), scratch.time_of_files());
        Self { hasher, hashed: BTreeMap::new() }
    }

    /// Hashes the files that were not hashed before; the first one that can't be read is named.
    pub(super) fn hash(&mut self, files: BTreeMap<String, Seen>) -> Result<(), (String, io::Error)> {
        let mut failed = self.try_hash(files);
        match failed.pop_first() {
            Some(first) => Err(first),
            None => Ok(()),
        }
    }

    /// The same; answers those that can't be read.
    fn try_hash(&mut self, files: BTreeMap<String, Seen>) -> BTreeMap<String, io::Error> {
        let new = |(name, _): &(String, Seen)| !self.hashed.contains_key(name);
        let files: Vec<(String, Seen)> = files.into_iter().filter(new).collect();
        let hashed = tokio::task::block_in_place(|| self.hasher.hash(&files));
        let mut failed = BTreeMap::new();
        for ((name, _), hashed) in files.into_iter().zip(hashed) {
            match hashed {
                Ok(hashed) => {
                    self.hashed.insert(name, hashed);
                }
                Err(error) => {
                    failed.insert(name, error);
                }
            }
        }
        failed
    }

    /// What a file holds that was hashed before.
    pub(super) fn hashed(&self, name: &str) -> &Hashed {
        &self.hashed[name]
    }

    /// What is known of a file that was hashed before: it is opened only if its format isn't known.
    fn facts(&mut self, name: &str, path: &Path) -> io::Result<Facts> {
        let hashed = self.hashed.get_mut(name).ok_or(io::ErrorKind::NotFound)?;
        let known = hashed.format.as_deref().and_then(content::format_of_words);
        let format = match known {
            Some(format) => format,
            None => content::file_format(path)?,
        };
        hashed.format = Some(content::format_in_words(format));
        Ok(Facts { sha256: hashed.sha256.clone(), size: hashed.stamp.size, format })
    }

    pub(super) fn is_settled(&self, hashed: &Hashed) -> bool {
        self.hasher.is_settled(hashed)
    }

    /// Keep what the files of this run held for the next one; with `others`, also what was known of further ones.
    pub(super) fn keep(&self, project: &Project, others: bool) {
        let hashed = self.hashed.iter().map(|(name, hashed)| (name.as_str(), hashed));
        let cache = if others { self.hasher.cache_with_known(hashed) } else { self.hasher.cache(hashed) };
        if let Some(cache) = cache {
            let _ = project.state.scratch().save_media(&cache);
        }
    }
}

/// Puts the facts of all files that posts attach into the catalog. `None`: none does, and nothing was touched.
pub(super) fn find_facts(project: &Project, catalog: &mut Catalog) -> Option<Files> {
    let of = |post| render::attached(post, catalog);
    let attached: BTreeSet<RelPath> = catalog.posts.values().flat_map(of).collect();
    if attached.is_empty() {
        return None;
    }
    let mut files = Files::open(project);
    let path = |file: &RelPath| project.root.join(file.as_str());
    let seen = |file: &RelPath| Seen { path: path(file), stamp: catalog.media[file] };
    let failed = files.try_hash(attached.iter().map(|file| (file.to_string(), seen(file))).collect());
    for file in attached {
        let facts = match failed.get(file.as_str()) {
            Some(error) => Err(error.to_string()),
            None => files.facts(file.as_str(), &path(&file)).map_err(|error| error.to_string()),
        };
        match facts {
            Ok(facts) => {
                catalog.facts.insert(file, facts);
            }
            Err(reason) => {
                catalog.unreadable.insert(file, reason);
            }
        }
    }
    files.keep(project, true);
    Some(files)
}
