//! What a post is once its file has been read: the front matter as typed values, the body as text with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::attachment::{Attachment, CaptionPosition};
use crate::diagnostic::Place;
use crate::ids::{BlobId, RelPath, Slug, Stamp, TargetName, Timestamp, TopicId};
use crate::media::Facts;

/// A file as read from disk, nothing decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub file: RelPath,
    /// UTF-8; a byte order mark and CRLF are still in it, so that offsets and the blob id are the file's own.
    pub text: String,
    pub blob: BlobId,
}

/// One Markdown file with valid front matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Front matter `title`, else the first heading, else the slug. For people; never sent.
    pub title: String,
    pub front: FrontMatter,
    pub source: Source,
    /// Byte range of the body within `source.text`.
    pub body: Range<usize>,
    /// Where each front-matter key stands in `source.text` (byte range of the key), for problems found later.
    pub keys: BTreeMap<String, Range<usize>>,
}

impl Post {
    pub fn slug(&self) -> &Slug {
        &self.front.slug
    }

    pub fn file(&self) -> &RelPath {
        &self.source.file
    }

    pub fn body(&self) -> &str {
        &self.source.text[self.body.clone()]
    }

    /// The place of byte range `range` of the body.
    pub fn place_in_body(&self, range: Range<usize>) -> Place {
        let start = self.body.start;
        Place::at(&self.source.file, &self.source.text, start + range.start..start + range.end)
    }

    /// The place of byte range `range` of the file.
    pub fn place_in_file(&self, range: Range<usize>) -> Place {
        Place::at(&self.source.file, &self.source.text, range)
    }

    /// The place of front-matter key `key`, or of the top of the file when a config default set it.
    pub fn place_of_key(&self, key: &str) -> Place {
        let range = self.keys.get(key).cloned().unwrap_or(0..0);
        Place::at(&self.source.file, &self.source.text, range)
    }
}

/// The front matter, defaults of the config merged in (`product.md` §2.1 names the keys).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrontMatter {
    pub slug: Slug,
    pub title: Option<String>,
    /// Empty: the config's default targets.
    pub targets: Vec<TargetName>,
    /// Order of sending among new posts; never a delay.
    pub date: Option<Timestamp>,
    pub status: Status,
    pub publish_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    /// `None`: as the target says.
    pub format: Option<Format>,
    pub buttons: Vec<Vec<Button>>,
    pub link_preview: LinkPreview,
    /// `None`: as the target says.
    pub silent: Option<bool>,
    /// `None`: as the target says.
    pub protect_content: Option<bool>,
    pub pin: bool,
    pub topic: Option<TopicRef>,
    pub reply_to: Option<Slug>,
    /// Without `#`; rendered as hashtags on the last line.
    pub tags: Vec<String>,
    pub renamed_from: Vec<Slug>,
    pub keep: bool,
    /// The media folder, relative to the file; `None`: its own folder, or the one named like it.
    pub media_dir: Option<String>,
    pub overflow: Overflow,
    /// The files that the message shows, in their order; `None`: the pictures of the body.
    pub media: Option<Vec<Attachment>>,
    pub caption_position: CaptionPosition,
    /// `None`: as the target says.
    pub on_drift: Option<OnDrift>,
}

impl FrontMatter {
    /// A post with this slug and every other key at its default.
    pub fn new(slug: Slug) -> Self {
        Self {
            slug,
            title: None,
            targets: Vec::new(),
            date: None,
            status: Status::Published,
            publish_at: None,
            expires_at: None,
            format: None,
            buttons: Vec::new(),
            link_preview: LinkPreview::Default,
            silent: None,
            protect_content: None,
            pin: false,
            topic: None,
            reply_to: None,
            tags: Vec::new(),
            renamed_from: Vec::new(),
            keep: false,
            media_dir: None,
            overflow: Overflow::Split,
            media: None,
            caption_position: CaptionPosition::Below,
            on_drift: None,
        }
    }
}

/// The kind of message a post becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Format {
    /// A classic message: every client shows it.
    #[default]
    Html,
    /// A rich message (Bot API 10.1): headings, tables and lists of its own; old clients can't show it.
    Rich,
}

/// Whether a post is in the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    #[default]
    Published,
    /// Never sent; if it was sent before, it stays and is reported.
    Draft,
    /// Removed from the channel: an explicit wish that needs no prune.
    Archived,
}

/// What becomes of a message that somebody edited in Telegram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDrift {
    /// It says again what the source says.
    #[default]
    Overwrite,
    /// It stays as it is, until the source changes.
    Keep,
    /// It stays as it is, and the run fails.
    Fail,
}

/// What becomes of a text that is too long for one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Overflow {
    /// As many messages as it takes.
    #[default]
    Split,
    /// It is not sent.
    Error,
}

/// One inline-keyboard button that opens a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    pub text: String,
    pub url: ButtonUrl,
}

/// Where a button leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ButtonUrl {
    Web(String),
    /// `post:slug`: the `t.me` link of that post in the same target.
    Post(Slug),
}

/// `LinkPreviewOptions` of the Bot API, as a post may set them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum LinkPreview {
    /// Telegram's own choice: the first link of the text.
    #[default]
    Default,
    Off,
    Of {
        /// `None`: the first link of the text.
        url: Option<String>,
        size: Option<PreviewSize>,
        above: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviewSize {
    Small,
    Large,
}

/// A forum topic, by its name in the config or by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicRef {
    Name(String),
    Id(TopicId),
}

/// All posts of a repository, as rules and links need them.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    pub posts: BTreeMap<Slug, Post>,
    /// Which post a file is: relative `.md` links are resolved with it.
    pub by_file: BTreeMap<RelPath, Slug>,
    /// Files that are there but failed to parse: nothing of them may be pruned while they can't be read.
    pub broken: Vec<RelPath>,
    /// The files that are no posts.
    pub media: BTreeMap<RelPath, Stamp>,
    /// The media folders of posts, each with the files that are that post's.
    pub folders: BTreeMap<Slug, MediaFolder>,
    /// What is in the files that posts attach.
    pub facts: BTreeMap<RelPath, Facts>,
    /// Files that posts attach and that can't be read, with the reason.
    pub unreadable: BTreeMap<RelPath, String>,
}

/// Where the media of a post is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaFolder {
    /// As a [`RelPath`]; the folder need not be there.
    pub path: String,
    pub files: BTreeSet<RelPath>,
}
