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
    Text { wording: Wording<'static>, preview: LinkPreview },
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
    /// Empty if there is none, and in a rich message, which has captions of its own.
    pub caption: Text<'static>,
    pub thumbnail: Option<(RelPath, Facts)>,
}

impl Item {
    /// The name of the file without its folder.
    pub fn name(&self) -> &str {
        self.file.as_str().rsplit('/').next().unwrap_or_default()
    }
}

impl Part {
    /// Whether it is several messages in one, which have no buttons.
    pub fn is_album(&self) -> bool {
        matches!(&self.body, Body::Media { items, .. } if items.len() > 1)
    }

    /// How many messages it becomes.
    pub fn messages(&self) -> usize {
        match &self.body {
            Body::Text { .. } => 1,
            Body::Media { items, .. } => items.len(),
        }
    }

    /// What a text message says; `None` for media.
    pub fn wording(&self) -> Option<&Wording<'static>> {
        match &self.body {
            Body::Text { wording, .. } => Some(wording),
            Body::Media { .. } => None,
        }
    }

    /// The files that go along with it, in their order.
    pub fn files(&self) -> Vec<&Item> {
        match &self.body {
            Body::Text { wording: Wording::Rich(rich), .. } => rich.files(),
            Body::Text { wording: Wording::Html(_), .. } => Vec::new(),
            Body::Media { items, .. } => items.iter().collect(),
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
