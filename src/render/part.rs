//! One sendable unit of a post: a text, or files with captions.

use std::collections::BTreeSet;

use super::Wording;
use super::tree::Text;
use crate::content::{Button, ButtonUrl, LinkPreview};
use crate::ids::{RelPath, Slug};
use crate::media::{Facts, Kind};

/// One sendable unit, ids still open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub body: Body,
    pub buttons: Vec<Vec<Button>>,
}

/// What it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A text message, classic or rich.
    Text { wording: Wording, preview: LinkPreview },
    /// One file, or an album of two to ten.
    Media {
        items: Vec<Item>,
        /// Captions stand above the media.
        above: bool,
    },
}

/// A file as it is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub kind: Kind,
    pub file: RelPath,
    pub facts: Facts,
    pub spoiler: bool,
    /// Empty if there is none.
    pub caption: Text,
    pub thumbnail: Option<(RelPath, Facts)>,
}

impl Part {
    /// Whether it is several messages in one, which have no buttons.
    pub fn is_album(&self) -> bool {
        matches!(&self.body, Body::Media { items, .. } if items.len() > 1)
    }

    /// What a text message says; `None` for media.
    pub fn wording(&self) -> Option<&Wording> {
        match &self.body {
            Body::Text { wording, .. } => Some(wording),
            Body::Media { .. } => None,
        }
    }

    /// Posts that its text, captions or buttons link to.
    pub fn links(&self) -> BTreeSet<Slug> {
        let to = |button: &Button| match &button.url {
            ButtonUrl::Post(slug) => Some(slug.clone()),
            ButtonUrl::Web(_) => None,
        };
        let mut links = match &self.body {
            Body::Text { wording, .. } => wording.links(),
            Body::Media { items, .. } => items.iter().flat_map(|item| item.caption.links()).collect(),
        };
        links.extend(self.buttons.iter().flatten().filter_map(to));
        links
    }
}
