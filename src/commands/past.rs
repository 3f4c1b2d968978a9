//! What was sent, rendered again from the sources of then: what a plan shows as the text of before.

use std::cell::OnceCell;

use super::planning::Planning;
use crate::content::{self, Catalog, Post, Source};
use crate::ids::BlobId;
use crate::lock::{Recorded, TargetLock};
use crate::plan::{Open, Policy};
use crate::render;

/// The posts of a target as its lock records them.
pub(super) struct Past<'a> {
    planning: &'a Planning<'a>,
    recorded: &'a TargetLock,
    /// The posts of now, and what was linked to and is gone or has moved since.
    catalog: OnceCell<Catalog>,
}

impl<'a> Past<'a> {
    pub(super) fn new(planning: &'a Planning<'a>, recorded: &'a TargetLock) -> Self {
        Self { planning, recorded, catalog: OnceCell::new() }
    }

    /// A recorded version of a post; `None` when its source can't be had.
    pub(super) fn parts(&self, record: &Recorded, policy: &Policy) -> Option<Vec<Open>> {
        let mut post = self.post(record)?;
        let catalog = self.catalog.get_or_init(|| self.all());
        content::resolve(&mut post, catalog);
        let format = render::format_of(&record.rendered_as)?;
        let rendered = render::render(&post, format, catalog, &self.planning.content.settings).0?;
        Some(Open::parts(&post, &rendered, policy, &record.texts()))
    }

    fn post(&self, record: &Recorded) -> Option<Post> {
        let text = String::from_utf8(self.planning.source(&record.blob)?).ok()?;
        let source = Source { file: record.file.clone(), text, blob: record.blob.clone() };
        content::parse_one(source, &self.planning.project.config.settings).0
    }

    fn all(&self) -> Catalog {
        let mut catalog = self.planning.content.catalog.clone();
        for (slug, record) in &self.recorded.posts {
            catalog.by_file.entry(record.file.clone()).or_insert_with(|| slug.clone());
            if !catalog.posts.contains_key(slug)
                && let Some(post) = self.post(record)
            {
                catalog.posts.insert(slug.clone(), post);
            }
        }
        catalog
    }
}

impl Planning<'_> {
    pub(super) fn source(&self, blob: &BlobId) -> Option<Vec<u8>> {
        let from_git = self.project.git.as_ref().and_then(|git| git.source(blob));
        from_git.or_else(|| self.project.state.scratch().source(blob).ok().flatten())
    }
}
