//! Problems found while rendering one post: bounded in number, because input is hostile and a place costs a scan.

use std::ops::Range;

use super::{codes, limits};
use crate::content::Post;
use crate::diagnostic::{Diagnostic, Place};

/// Where in a post a problem stands.
#[derive(Debug, Clone)]
pub(super) enum Spot<'a> {
    /// A byte range of the body.
    Body(Range<usize>),
    /// A front-matter key.
    Key(&'a str),
    /// The file as a whole.
    File,
}

impl From<&Range<usize>> for Spot<'_> {
    fn from(range: &Range<usize>) -> Self {
        Self::Body(range.clone())
    }
}

/// The problems so far.
#[derive(Debug)]
pub(super) struct Notes<'p> {
    pub(super) post: &'p Post,
    list: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
}

impl<'p> Notes<'p> {
    pub(super) fn new(post: &'p Post) -> Self {
        Self { post, list: Vec::new(), errors: 0, warnings: 0 }
    }

    pub(super) fn add<'a>(&mut self, diagnostic: Diagnostic, spot: impl Into<Spot<'a>>) {
        let count = if diagnostic.is_error() { &mut self.errors } else { &mut self.warnings };
        *count += 1;
        if *count > limits::REPORTED {
            return;
        }
        let place = match spot.into() {
            Spot::Body(range) => self.post.place_in_body(range),
            Spot::Key(key) => self.post.place_of_key(key),
            Spot::File => Place::file(self.post.file()),
        };
        self.list.push(diagnostic.at(place));
    }

    pub(super) fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Whether one more error or warning would still be shown; suggestions are worth their cost only then.
    pub(super) fn is_listening(&self) -> bool {
        self.errors.max(self.warnings) < limits::REPORTED
    }

    pub(super) fn into_list(mut self) -> Vec<Diagnostic> {
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
            self.list.push(note.at(Place::file(self.post.file())));
        }
        self.list
    }
}
