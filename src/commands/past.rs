//! What was sent, rendered again from the sources of then: what a plan shows as the text of before.

use std::cell::{OnceCell, RefCell};

use super::planning::Planning;
use crate::content::{self, Catalog, Post, Source};
use crate::ids::{BlobId, RelPath, Sha256Hex};
use crate::lock::{Recorded, TargetLock};
use crate::media::{Facts, Format};
use crate::plan::{Open, Policy};
use crate::render;

/// The posts of a target as its lock records them.
pub(super) struct Past<'a> {
    planning: &'a Planning<'a>,
    recorded: &'a TargetLock,
    /// The posts of now, and what was linked to and is gone or has moved since.
    catalog: OnceCell<RefCell<Catalog>>,
}

/// What stands for a file that is not there any more: it passes every check, and is no recorded file.
const STAND_IN: [(&[&str], Format); 4] = [
    (&["jpg", "jpeg", "png"], Format::Picture { mime: "image/jpeg", width: 1, height: 1 }),
    (&["gif"], Format::Picture { mime: "image/gif", width: 1, height: 1 }),
    (&["mp4"], Format::Other("video/mp4")),
    (&["mp3"], Format::Other("audio/mpeg")),
];

impl<'a> Past<'a> {
    pub(super) fn new(planning: &'a Planning<'a>, recorded: &'a TargetLock) -> Self {
        Self { planning, recorded, catalog: OnceCell::new() }
    }

    /// A recorded version of a post; `None` when its source can't be had.
    pub(super) fn parts(&self, record: &Recorded, policy: &Policy) -> Option<Vec<Open>> {
        let mut post = self.post(record)?;
        let catalog = self.catalog.get_or_init(|| RefCell::new(self.all()));
        add_files(&post, &mut catalog.borrow_mut());
        let catalog = catalog.borrow();
        content::resolve(&mut post, &catalog);
        let format = render::format_of(&record.rendered_as)?;
        let rendered = render::render(&post, format, &catalog, &self.planning.content.settings).0?;
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

/// Files that a post of then showed may be gone by now, and of those that are there and not shown any more nothing is
/// known.
fn add_files(post: &Post, catalog: &mut Catalog) {
    let absent = render::absent(post, catalog);
    if let Some(folder) = catalog.folders.get_mut(post.slug()) {
        folder.files.extend(absent);
    }
    for file in render::attached(post, catalog) {
        catalog.facts.entry(file.clone()).or_insert_with(|| stand_in(&file));
    }
}

fn stand_in(file: &RelPath) -> Facts {
    let ending = file.as_str().rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let known = STAND_IN.iter().find(|(endings, _)| endings.contains(&ending.as_str()));
    Facts {
        sha256: Sha256Hex::of(b""),
        size: 1,
        format: known.map_or(Format::Unknown, |(_, format)| *format),
    }
}

impl Planning<'_> {
    pub(super) fn source(&self, blob: &BlobId) -> Option<Vec<u8>> {
        let from_git = self.project.git.as_ref().and_then(|git| git.source(blob));
        from_git.or_else(|| self.project.state.scratch().source(blob).ok().flatten())
    }
}
