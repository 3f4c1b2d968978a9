//! `media:`: the files that a post's message shows, and where its text stands beside them.

use std::ops::Range;

use crate::diagnostic::codes::front_matter as codes;
use crate::media::Kind;
use crate::yaml::Node;

/// An item of `media:`, nothing looked up yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// As written: a name in the media folder, or a path relative to the post's file.
    pub file: String,
    /// `None`: as the name suggests.
    pub kind: Option<Kind>,
    pub spoiler: bool,
    /// Markdown.
    pub caption: Option<String>,
    /// As `file`.
    pub thumbnail: Option<String>,
    /// Where it stands in the post's file, in bytes.
    pub range: Range<usize>,
}

impl Attachment {
    /// A file of which nothing more is said.
    pub fn new(file: impl Into<String>, range: Range<usize>) -> Self {
        Self { file: file.into(), kind: None, spoiler: false, caption: None, thumbnail: None, range }
    }
}

/// Where the text of a photo, video or animation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaptionPosition {
    #[default]
    Below,
    Above,
}

/// `media:`, which [`Node::check`] has seen.
pub(super) fn attachments(node: &Node<'_>) -> Vec<Attachment> {
    node.items_or_one().iter().filter_map(attachment).collect()
}

fn attachment(node: &Node<'_>) -> Option<Attachment> {
    if let Some(name) = node.text() {
        return Some(Attachment::new(named(name, node)?, node.range()));
    }
    if node.entries().is_empty() {
        return None;
    }
    let Some(file) = node.get("file") else {
        node.error(codes::BAD_MEDIA, format!("`{}` names no file", node.name()), "add `file: NAME`");
        return None;
    };
    Some(Attachment {
        kind: node.get("kind").and_then(|kind| kind_of(&kind)),
        spoiler: node.get("spoiler").and_then(|spoiler| spoiler.flag()).unwrap_or_default(),
        caption: node.get("caption").and_then(|caption| caption.text()),
        thumbnail: node.get("thumbnail").and_then(|name| named(name.text()?, &name)),
        ..Attachment::new(named(file.text()?, &file)?, file.range())
    })
}

/// A name that can be that of a file of the repository.
fn named(name: String, node: &Node<'_>) -> Option<String> {
    let message = if name.trim().is_empty() {
        format!("`{}` is empty", node.name())
    } else if name.starts_with('/') || name.contains("://") {
        format!("`{}` is `{name}`, which is no file of the media folder", node.name())
    } else {
        return Some(name);
    };
    let hint = "write the name of a file in the post's media folder";
    node.error(codes::BAD_MEDIA, message, hint);
    None
}

fn kind_of(node: &Node<'_>) -> Option<Kind> {
    let word = node.text()?;
    Kind::ALL.into_iter().find(|kind| kind.word() == word)
}

/// `caption_position:`, whose words [`Node::check`] has seen.
pub(super) fn caption_position(node: &Node<'_>) -> Option<CaptionPosition> {
    match node.text()?.as_str() {
        "below" => Some(CaptionPosition::Below),
        "above" => Some(CaptionPosition::Above),
        _ => None,
    }
}
