//! Block and inline nodes: the vocabulary of a message, exactly what a Telegram text can say.

use std::collections::BTreeSet;

use crate::ids::Slug;

/// A text to send: blocks from top to bottom. Links to other posts are holes, filled when their messages have ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    pub blocks: Vec<Block>,
}

/// A piece of text that stands on lines of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What separates it from the block before it; of no effect on the first block of a text or quote.
    pub gap: Gap,
    pub role: Role,
    pub body: Body,
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
pub enum Body {
    /// Lines of running text; a line break is `\n` in a [`Inline::Text`].
    Paragraph(Vec<Inline>),
    /// Monospace lines; never empty.
    Pre { language: Option<String>, code: String },
    /// A block quote. Its blocks are never quotes: Telegram has no quotes in quotes.
    Quote { expandable: bool, blocks: Vec<Block> },
}

/// A piece of running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    Style(Style, Vec<Inline>),
    Code(String),
    /// Holds text and styles only.
    Link {
        to: Link,
        content: Vec<Inline>,
    },
    /// A custom emoji, with the ordinary emoji shown where it can't be.
    Emoji {
        id: i64,
        alt: String,
    },
    /// A moment shown in the reader's time zone, with the text shown where it can't be.
    Time {
        unix: i32,
        format: String,
        text: String,
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
pub enum Link {
    /// An address in the form that Telegram stores.
    Url(String),
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

impl Link {
    /// The address, or the slug.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Url(url) => url,
            Self::Post(slug) => slug.as_str(),
        }
    }
}

impl Text {
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

    /// The posts it links to.
    pub fn links(&self) -> BTreeSet<Slug> {
        let mut links = BTreeSet::new();
        for block in &self.blocks {
            block.links(&mut links);
        }
        links
    }
}

fn has_breaks(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| {
        block.gap == Gap::Break || matches!(&block.body, Body::Quote { blocks, .. } if has_breaks(blocks))
    })
}

impl Block {
    pub(super) fn paragraph(gap: Gap, content: Vec<Inline>) -> Self {
        Self::plain(gap, Body::Paragraph(content))
    }

    pub(super) fn plain(gap: Gap, body: Body) -> Self {
        Self { gap, role: Role::Plain, body }
    }

    #[must_use]
    pub(super) fn with(self, role: Role) -> Self {
        Self { role, ..self }
    }

    fn links(&self, links: &mut BTreeSet<Slug>) {
        match &self.body {
            Body::Paragraph(content) => inline_links(content, links),
            Body::Pre { .. } => {}
            Body::Quote { blocks, .. } => blocks.iter().for_each(|block| block.links(links)),
        }
    }
}

fn inline_links(content: &[Inline], links: &mut BTreeSet<Slug>) {
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

fn visible_blocks(blocks: &[Block], out: &mut String) {
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
pub(super) fn visible_inlines(content: &[Inline], out: &mut String) {
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
