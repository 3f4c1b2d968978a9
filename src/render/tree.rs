//! Block and inline nodes: the vocabulary of a message, exactly what a Telegram text can say.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::ids::Slug;

/// A text to send: blocks from top to bottom. Links to other posts are holes, filled when their messages have ids.
///
/// Its strings are borrowed from what it is made of, a post or a longer text, as far as they stand there as they are;
/// a text that is kept owns them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text<'a> {
    pub blocks: Vec<Block<'a>>,
}

/// A piece of text that stands on lines of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// What separates it from the block before it; of no effect on the first block of a text or quote.
    pub gap: Gap,
    pub role: Role,
    pub body: Body<'a>,
}

/// What a block is to the blocks around it: readers don't see it, but it decides where a long text is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    #[default]
    Plain,
    /// A heading or title: it never stands last in a message.
    Heading,
    Rule,
    /// Begins an item of a list, or a note.
    Item,
    /// As [`Role::Item`], but only its bullet: what it belongs to follows.
    Bullet,
    /// Belongs to the item before it: a further paragraph, an inner list.
    Inner,
    /// The line of hashtags.
    Tags,
}

/// The space between two blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// The block begins on the next line.
    Line,
    /// A blank line stands between the blocks.
    Blank,
    /// A new message begins here; as long as the text is in one piece, a blank line stands for it.
    Break,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body<'a> {
    /// Lines of running text; a line break is `\n` in a [`Inline::Text`].
    Paragraph(Vec<Inline<'a>>),
    /// Monospace lines; never empty.
    Pre { language: Option<Cow<'a, str>>, code: Cow<'a, str> },
    /// A block quote. Its blocks are never quotes: Telegram has no quotes in quotes.
    Quote { expandable: bool, blocks: Vec<Block<'a>> },
}

/// A piece of running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline<'a> {
    Text(Cow<'a, str>),
    Style(Style, Vec<Inline<'a>>),
    Code(Cow<'a, str>),
    /// Holds text and styles only.
    Link {
        to: Link<'a>,
        content: Vec<Inline<'a>>,
    },
    /// A custom emoji, with the ordinary emoji shown where it can't be.
    Emoji {
        id: i64,
        alt: Cow<'a, str>,
    },
    /// A moment shown in the reader's time zone, with the text shown where it can't be.
    Time {
        unix: i32,
        format: Cow<'a, str>,
        text: Cow<'a, str>,
    },
}

/// The styles that may lie over each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Style {
    Bold,
    Italic,
    Underline,
    Strike,
    Spoiler,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Link<'a> {
    /// An address in the form that Telegram stores.
    Url(Cow<'a, str>),
    /// Another post; its `t.me` link once it has one.
    Post(Slug),
}

impl Gap {
    /// The line breaks that make it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Line => "\n",
            Self::Blank | Self::Break => "\n\n",
        }
    }
}

impl Link<'_> {
    fn into_owned(self) -> Link<'static> {
        match self {
            Self::Url(url) => Link::Url(owned(url)),
            Self::Post(slug) => Link::Post(slug),
        }
    }

    /// The same, as long as this one is there.
    pub(super) fn borrowed(&self) -> Link<'_> {
        match self {
            Self::Url(url) => Link::Url(Cow::Borrowed(url)),
            Self::Post(slug) => Link::Post(slug.clone()),
        }
    }

    /// The address, or the slug.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Url(url) => url,
            Self::Post(slug) => slug.as_str(),
        }
    }
}

impl Text<'_> {
    /// The characters a reader sees, without any formatting; what Telegram answers as `Message.text`.
    pub fn visible(&self) -> String {
        let mut out = String::new();
        visible_blocks(&self.blocks, &mut out);
        out
    }

    /// Whether the author divides it into several messages.
    pub fn has_breaks(&self) -> bool {
        has_breaks(&self.blocks)
    }

    /// The same, to be kept.
    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        Text { blocks: all_owned(self.blocks, Block::into_owned) }
    }

    /// The posts it links to.
    pub fn links(&self) -> BTreeSet<Slug> {
        let mut links = BTreeSet::new();
        for block in &self.blocks {
            block.links(&mut links);
        }
        links
    }
}

fn has_breaks(blocks: &[Block<'_>]) -> bool {
    blocks.iter().any(|block| {
        block.gap == Gap::Break || matches!(&block.body, Body::Quote { blocks, .. } if has_breaks(blocks))
    })
}

impl<'a> Block<'a> {
    pub(super) fn paragraph(gap: Gap, content: Vec<Inline<'a>>) -> Self {
        Self::plain(gap, Body::Paragraph(content))
    }

    pub(super) fn plain(gap: Gap, body: Body<'a>) -> Self {
        Self { gap, role: Role::Plain, body }
    }

    #[must_use]
    pub(super) fn with(self, role: Role) -> Self {
        Self { role, ..self }
    }

    fn into_owned(self) -> Block<'static> {
        let body = match self.body {
            Body::Paragraph(content) => Body::Paragraph(all_owned(content, Inline::into_owned)),
            Body::Pre { language, code } => Body::Pre { language: language.map(owned), code: owned(code) },
            Body::Quote { expandable, blocks } => {
                Body::Quote { expandable, blocks: all_owned(blocks, Block::into_owned) }
            }
        };
        Block { gap: self.gap, role: self.role, body }
    }

    fn links(&self, links: &mut BTreeSet<Slug>) {
        match &self.body {
            Body::Paragraph(content) => inline_links(content, links),
            Body::Pre { .. } => {}
            Body::Quote { blocks, .. } => blocks.iter().for_each(|block| block.links(links)),
        }
    }
}

impl Inline<'_> {
    fn into_owned(self) -> Inline<'static> {
        match self {
            Self::Text(text) => Inline::Text(owned(text)),
            Self::Style(style, content) => Inline::Style(style, all_owned(content, Inline::into_owned)),
            Self::Code(code) => Inline::Code(owned(code)),
            Self::Link { to, content } => {
                Inline::Link { to: to.into_owned(), content: all_owned(content, Inline::into_owned) }
            }
            Self::Emoji { id, alt } => Inline::Emoji { id, alt: owned(alt) },
            Self::Time { unix, format, text } => {
                Inline::Time { unix, format: owned(format), text: owned(text) }
            }
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
}

fn all_owned<A, B>(items: Vec<A>, owned: fn(A) -> B) -> Vec<B> {
    items.into_iter().map(owned).collect()
}

fn inline_links(content: &[Inline<'_>], links: &mut BTreeSet<Slug>) {
    for inline in content {
        match inline {
            Inline::Link { to: Link::Post(slug), .. } => {
                links.insert(slug.clone());
            }
            Inline::Style(_, content) => inline_links(content, links),
            _ => {}
        }
    }
}

fn visible_blocks(blocks: &[Block<'_>], out: &mut String) {
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            out.push_str(block.gap.as_str());
        }
        match &block.body {
            Body::Paragraph(content) => visible_inlines(content, out),
            Body::Pre { code, .. } => out.push_str(code),
            Body::Quote { blocks, .. } => visible_blocks(blocks, out),
        }
    }
}

/// Appends the characters of `content`.
pub(super) fn visible_inlines(content: &[Inline<'_>], out: &mut String) {
    for inline in content {
        match inline {
            Inline::Text(text)
            | Inline::Code(text)
            | Inline::Emoji { alt: text, .. }
            | Inline::Time { text, .. } => out.push_str(text),
            Inline::Style(_, content) | Inline::Link { content, .. } => {
                visible_inlines(content, out);
            }
        }
    }
}
