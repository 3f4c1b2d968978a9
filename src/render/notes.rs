//! Problems found while rendering one post: bounded in number, because input is hostile; what costs a scan, their places
//! and "did you mean", is left until they are reported.

use std::ops::Range;

use super::{codes, limits};
use crate::content::{Catalog, Post};
use crate::diagnostic::{Diagnostic, Place, nearest};
use crate::ids::{RelPath, Slug};

/// Where in a post a problem stands.
#[derive(Debug, Clone)]
pub(super) enum Spot {
    /// A byte range of the body.
    Body(Range<usize>),
    /// A front-matter key.
    Key(&'static str),
    /// A byte range of the file, in its front matter.
    Front(Range<usize>),
    /// The file as a whole.
    File,
}

impl From<&Range<usize>> for Spot {
    fn from(range: &Range<usize>) -> Self {
        Self::Body(range.clone())
    }
}

/// What was looked for in vain; something like it is suggested.
#[derive(Debug)]
pub(super) enum Missing {
    Slug(String),
    File(String),
    /// A file of the post's media folder.
    Media(String),
}

#[derive(Debug)]
struct Note {
    diagnostic: Diagnostic,
    spot: Spot,
    missing: Option<Missing>,
}

/// The problems so far.
#[derive(Debug)]
pub(super) struct Notes<'p> {
    pub(super) post: &'p Post,
    list: Vec<Note>,
    errors: usize,
    warnings: usize,
}

impl<'p> Notes<'p> {
    pub(super) fn new(post: &'p Post) -> Self {
        Self { post, list: Vec::new(), errors: 0, warnings: 0 }
    }

    pub(super) fn add(&mut self, diagnostic: Diagnostic, spot: impl Into<Spot>) {
        self.push(Note { diagnostic, spot: spot.into(), missing: None });
    }

    /// Adds a problem whose hint is what is nearest to `missing`, if something is near.
    pub(super) fn add_missing(&mut self, diagnostic: Diagnostic, missing: Missing, spot: impl Into<Spot>) {
        let missing = self.is_listening().then_some(missing);
        self.push(Note { diagnostic, spot: spot.into(), missing });
    }

    fn push(&mut self, note: Note) {
        let count = if note.diagnostic.is_error() { &mut self.errors } else { &mut self.warnings };
        *count += 1;
        if *count <= limits::REPORTED {
            self.list.push(note);
        }
    }

    /// Takes up the problems of a text that stands at `spot`.
    pub(super) fn absorb(&mut self, other: Self, spot: &Spot) {
        for note in other.list {
            self.push(Note { spot: spot.clone(), ..note });
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether one more error or warning would still be shown; suggestions are worth their cost only then.
    pub(super) fn is_listening(&self) -> bool {
        self.errors.max(self.warnings) < limits::REPORTED
    }

    pub(super) fn into_list(self, catalog: &Catalog) -> Vec<Diagnostic> {
        let post = self.post;
        let mut list: Vec<Diagnostic> =
            self.list.into_iter().map(|note| note.into_diagnostic(post, catalog)).collect();
        let kinds = [(self.errors, "errors"), (self.warnings, "warnings")];
        for (count, what) in kinds {
            let Some(hidden) = count.checked_sub(limits::REPORTED + 1) else {
                continue;
            };
            let message = format!("{} more {what} in this file are not shown", hidden + 1);
            let note = if what == "errors" {
                Diagnostic::error(codes::MORE, message)
            } else {
                Diagnostic::warning(codes::MORE, message)
            };
            list.push(note.at(Place::file(post.file())));
        }
        list
    }
}

impl Note {
    fn into_diagnostic(self, post: &Post, catalog: &Catalog) -> Diagnostic {
        let near = self.missing.and_then(|missing| missing.nearest(post, catalog));
        let diagnostic = match near {
            Some(name) => self.diagnostic.hint(format!("did you mean `{name}`?")),
            None => self.diagnostic,
        };
        diagnostic.at(match self.spot {
            Spot::Body(range) => post.place_in_body(range),
            Spot::Front(range) => post.place_in_file(range),
            Spot::Key(key) => post.place_of_key(key),
            Spot::File => Place::file(post.file()),
        })
    }
}

impl Missing {
    fn nearest<'c>(&self, post: &Post, catalog: &'c Catalog) -> Option<&'c str> {
        match self {
            Self::Slug(slug) => nearest(slug, catalog.posts.keys().map(Slug::as_str)),
            Self::File(file) => nearest(file, catalog.by_file.keys().map(RelPath::as_str)),
            Self::Media(name) => {
                let folder = catalog.folders.get(post.slug())?;
                let below = |file: &'c RelPath| file.as_str()[folder.path.len()..].trim_start_matches('/');
                nearest(name, folder.files.iter().map(below))
            }
        }
    }
}
