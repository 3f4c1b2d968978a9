//! A message with holes: everything is decided but the ids of other messages. A pure `fill` closes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use super::{Policy, files};
use crate::content::{Button, ButtonUrl, Format, LinkPreview, Post, PreviewSize, TopicRef};
use crate::ids::{BlobId, Digest, MessageId, RelPath, Slug, TopicId};
use crate::lock::{Content, Kind, Payload, Preview, RecordedItem, SentPart, UrlButton};
use crate::render::{self, Body, Part, Rendered};

/// One part of a post as it would be sent to one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub part: Part,
    pub fixed: Fixed,
    pub blob: BlobId,
    pub file: RelPath,
    pub keep: bool,
    pub links: BTreeSet<Slug>,
}

/// What is decided when a message is sent and can't be changed after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Fixed {
    pub silent: bool,
    pub protect: bool,
    pub topic: Option<TopicId>,
    pub reply_to: Option<Slug>,
}

/// Digest per facet, in the form the lock records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Facets {
    pub kind: Kind,
    pub text: Digest,
    pub opts: Digest,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<RecordedItem>,
    pub markup: Option<Digest>,
    pub fixed: Option<Digest>,
}

/// Where messages of this target are, and which files Telegram has, as far as that is known.
pub trait Places {
    fn id(&self, slug: &Slug) -> Option<MessageId>;
    /// `https://t.me/…`; `None` for chats whose messages have no link.
    fn url(&self, slug: &Slug) -> Option<String>;
    /// The `file_id` of what is the same file to Telegram.
    fn file(&self, item: &RecordedItem) -> Option<String>;
}

/// Everything filled in: what to call with, and what to record if it succeeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    pub payload: Payload,
    pub topic: Option<TopicId>,
    pub record: SentPart,
}

impl Open {
    /// The parts of `post` for a target with this policy; `sent` are the digests of the texts it has there now.
    pub fn parts(post: &Post, rendered: &Rendered, policy: &Policy, sent: &[Digest]) -> Vec<Self> {
        let fixed = Fixed {
            silent: post.front.silent.unwrap_or(policy.silent),
            protect: post.front.protect_content.unwrap_or(policy.protect_content),
            topic: post.front.topic.as_ref().and_then(|topic| match topic {
                TopicRef::Id(id) => Some(*id),
                TopicRef::Name(name) => policy.topics.get(name).copied(),
            }),
            reply_to: post.front.reply_to.clone(),
        };
        let open = |(index, part): (usize, Part)| {
            // One post, one notification, one reply: parts after the first follow silently.
            let fixed = if index == 0 {
                fixed.clone()
            } else {
                Fixed { silent: true, reply_to: None, ..fixed.clone() }
            };
            Self {
                links: part.links(),
                part,
                fixed,
                blob: post.source.blob.clone(),
                file: post.source.file.clone(),
                keep: post.front.keep,
            }
        };
        rendered.parts(sent).into_iter().enumerate().map(open).collect()
    }

    /// Digests of what would be sent, links to posts by slug: independent of any message id.
    pub fn facets(&self) -> Facets {
        let buttons = self.buttons(&|slug| Some(format!("post:{slug}")));
        let (kind, text, opts, items) = match &self.part.body {
            Body::Text { wording, preview: of } => {
                let kind = if wording.format() == Format::Rich { Kind::Rich } else { Kind::Text };
                let items = self.part.files().into_iter().map(files::recorded).collect();
                (kind, Digest::of(&wording.canonical()), Digest::of(&preview(of)), items)
            }
            Body::Media { items, above } => {
                let (kind, text, items) = files::facets(items);
                (kind, text, Digest::of(above), items)
            }
        };
        Facets {
            kind,
            text,
            opts,
            items,
            markup: (!buttons.is_empty()).then(|| Digest::of(&buttons)),
            fixed: (self.fixed != Fixed::default()).then(|| Digest::of(&self.fixed)),
        }
    }

    /// Close the holes. A post without a place yet is plain text, and its button is left out.
    pub fn fill(&self, places: &dyn Places) -> Filled {
        let url = |slug: &Slug| places.url(slug);
        let linkable = |slug: &&Slug| places.url(slug).is_some();
        let links: BTreeMap<Slug, MessageId> = self
            .links
            .iter()
            .filter(linkable)
            .filter_map(|slug| places.id(slug).map(|id| (slug.clone(), id)))
            .collect();
        let facets = self.facets();
        let payload = Payload {
            content: self.content(&url, places),
            buttons: self.buttons(&url),
            preview: match &self.part.body {
                Body::Text { preview: of, .. } => preview(of),
                Body::Media { .. } => Preview::default(),
            },
            protect: self.fixed.protect,
            reply_to: self.fixed.reply_to.as_ref().and_then(|slug| places.id(slug)),
            silent: self.fixed.silent,
        };
        let record = SentPart {
            rendered_as: render::version(self.format()).to_owned(),
            blob: self.blob.clone(),
            file: self.file.clone(),
            keep: self.keep,
            fixed: facets.fixed,
            items: facets.items,
            kind: facets.kind,
            links,
            markup: facets.markup,
            more: false,
            opts: facets.opts,
            text: facets.text,
            topic: self.fixed.topic,
        };
        Filled { payload, topic: self.fixed.topic, record }
    }

    fn format(&self) -> Format {
        self.part.wording().map_or(Format::Html, render::Wording::format)
    }

    fn content(&self, url: &dyn Fn(&Slug) -> Option<String>, places: &dyn Places) -> Content {
        let items = || {
            let files = self.part.files().into_iter();
            files.map(|item| files::attachment(item, url, places)).collect()
        };
        match &self.part.body {
            Body::Text { wording, .. } => match wording.format() {
                Format::Html => Content::Text { html: wording.html(url) },
                Format::Rich => Content::Rich { html: wording.html(url), items: items() },
            },
            Body::Media { above, .. } => Content::Media { items: items(), above: *above },
        }
    }

    /// An album has none (Bot API `sendMediaGroup`, checked 2026-11-20).
    fn buttons(&self, url_of: &dyn Fn(&Slug) -> Option<String>) -> Vec<Vec<UrlButton>> {
        match &self.part.body {
            Body::Media { items, .. } if items.len() > 1 => Vec::new(),
            _ => buttons(&self.part.buttons, url_of),
        }
    }

    /// What subscribers read: the text, then buttons and preview settings where there are any.
    pub fn readable(&self) -> String {
        self.readable_as(&self.facets().items)
    }

    /// The same of a message that was sent with these files: of one that is another file now only the name is known.
    pub(super) fn readable_as(&self, sent: &[RecordedItem]) -> String {
        let said = self.part.wording().map(render::Wording::plain);
        let files = self.part.files().into_iter().enumerate();
        let shown = files.map(|(index, item)| files::readable(item, sent.get(index)));
        let mut out = said.into_iter().chain(shown).collect::<Vec<_>>().join("\n");
        for row in self.buttons(&|slug| Some(format!("post:{slug}"))) {
            let row: Vec<String> = row.iter().map(|b| format!("[ {} → {} ]", b.text, b.url)).collect();
            out.push('\n');
            out.push_str(&row.join(" "));
        }
        let Body::Text { preview, .. } = &self.part.body else { return out };
        match preview {
            LinkPreview::Default => {}
            LinkPreview::Off => out.push_str("\n(no link preview)"),
            LinkPreview::Of { url, size, above } => {
                let url = url.as_deref().unwrap_or("first link");
                let size = size.map_or("", |size| match size {
                    PreviewSize::Small => ", small",
                    PreviewSize::Large => ", large",
                });
                let above = if *above { ", above the text" } else { "" };
                let _ = write!(out, "\n(link preview: {url}{size}{above})");
            }
        }
        out
    }
}

fn buttons(rows: &[Vec<Button>], url_of: &dyn Fn(&Slug) -> Option<String>) -> Vec<Vec<UrlButton>> {
    let button = |button: &Button| {
        let url = match &button.url {
            ButtonUrl::Web(url) => Some(url.clone()),
            ButtonUrl::Post(slug) => url_of(slug),
        };
        url.map(|url| UrlButton { text: button.text.clone(), url })
    };
    let rows = rows.iter().map(|row| row.iter().filter_map(button).collect::<Vec<_>>());
    rows.filter(|row| !row.is_empty()).collect()
}

fn preview(preview: &LinkPreview) -> Preview {
    match preview {
        LinkPreview::Default => Preview::default(),
        LinkPreview::Off => Preview { off: true, ..Preview::default() },
        LinkPreview::Of { url, size, above } => Preview {
            above: *above,
            large: *size == Some(PreviewSize::Large),
            off: false,
            small: *size == Some(PreviewSize::Small),
            url: url.clone(),
        },
    }
}
