//! The vocabulary of a rich message: exactly what Rich HTML can say, of what Markdown asks for.
//!
//! Between any two blocks of a sequence, two items, two rows and two lines of code a tree can be cut; what refers to a
//! place in the other half is undone by [`super::tidy`].

use std::collections::BTreeSet;

use crate::ids::Slug;
use crate::render::{part, tree};

/// A rich message to send. Links to other posts are holes, filled when their messages have ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rich {
    pub blocks: Vec<Block>,
}

/// A block; none is empty, because Telegram refuses a message with an empty one (`RICH_MESSAGE_CONTENT_REQUIRED`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Paragraph(Vec<Inline>),
    /// `level` is 1 to 6.
    Heading {
        level: u8,
        content: Vec<Inline>,
    },
    /// Monospace lines.
    Pre {
        language: Option<String>,
        code: String,
    },
    /// A formula in LaTeX.
    Math(String),
    Rule,
    List(List),
    Quote {
        blocks: Vec<Block>,
        /// Who is quoted; may be empty.
        credit: Vec<Inline>,
    },
    /// A quote that is folded until the reader opens it: running text only.
    Folded {
        content: Vec<Inline>,
        /// As of a quote.
        credit: Vec<Inline>,
    },
    /// A quote set apart in the middle of the page.
    Aside {
        content: Vec<Inline>,
        /// As of a quote.
        credit: Vec<Inline>,
    },
    /// Blocks behind a line that opens and closes them.
    Details {
        open: bool,
        summary: Vec<Inline>,
        blocks: Vec<Block>,
    },
    Table(Table),
    /// A picture on the web.
    Picture {
        /// In the form that Telegram stores.
        url: String,
        spoiler: bool,
        /// May be empty.
        caption: Vec<Inline>,
        /// Who made it; may be empty.
        credit: Vec<Inline>,
    },
    /// A file of the post, sent along with the message.
    File {
        /// What is said of it stands here, not in its own caption.
        item: Box<part::Item>,
        /// As of a picture.
        caption: Vec<Inline>,
        /// As of a picture.
        credit: Vec<Inline>,
    },
    Footer(Vec<Inline>),
    /// The author's own place for a new message, which begins with what follows. There is something to read before and
    /// after it; it stands neither first in a quote or details nor first in the first item of a list.
    Break {
        /// Where in the body it is written.
        at: usize,
    },
}

/// A list; never without items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The number of the first item of an ordered list.
    pub start: Option<u64>,
    pub items: Vec<Item>,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The box of a task, ticked or not.
    pub task: Option<bool>,
    /// None but perhaps a break for an item that says nothing.
    pub blocks: Vec<Block>,
}

/// A table; never without rows. Rows may be shorter than others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// One for each column.
    pub columns: Vec<Option<Align>>,
    /// Whether the first row names the columns.
    pub header: bool,
    pub rows: Vec<Vec<Vec<Inline>>>,
}

/// How the cells of a column are aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Center,
    Right,
}

/// A piece of running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    Text(String),
    /// The end of a line.
    Break,
    Style(Style, Vec<Inline>),
    Code(String),
    /// A formula in LaTeX.
    Math(String),
    /// Holds no other link.
    Link {
        to: Link,
        content: Vec<Inline>,
    },
    /// A place that links of the same message lead to; it has no text.
    Anchor(String),
    /// A note that links of the same message lead to.
    Reference {
        name: String,
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
    Mark,
    Sub,
    Sup,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Link {
    /// An address in the form that Telegram stores.
    Url(String),
    /// Another post; its `t.me` link once it has one.
    Post(Slug),
    /// An anchor or a reference of the same message; the top of it when the name is empty.
    Place(String),
}

impl From<tree::Style> for Style {
    fn from(style: tree::Style) -> Self {
        match style {
            tree::Style::Bold => Self::Bold,
            tree::Style::Italic => Self::Italic,
            tree::Style::Underline => Self::Underline,
            tree::Style::Strike => Self::Strike,
            tree::Style::Spoiler => Self::Spoiler,
        }
    }
}

impl Rich {
    /// The posts it links to.
    pub fn links(&self) -> BTreeSet<Slug> {
        let mut links = BTreeSet::new();
        each_inline(&self.blocks, &mut |inline| {
            if let Inline::Link { to: Link::Post(slug), .. } = inline {
                links.insert(slug.clone());
            }
        });
        links
    }

    /// The files that it shows, in the order in which they are written.
    pub fn files(&self) -> Vec<&part::Item> {
        let mut files = Vec::new();
        collect_files(&self.blocks, &mut files);
        files
    }

    /// Whether the author has set a break in it.
    pub fn has_breaks(&self) -> bool {
        has_breaks(&self.blocks)
    }

    /// The characters a reader sees, without any formatting, each block on lines of its own.
    pub fn visible(&self) -> String {
        let mut out = String::new();
        visible_blocks(&self.blocks, &mut out);
        out.truncate(out.trim_end_matches('\n').len());
        out
    }
}

impl Block {
    /// The running texts that it holds itself, not those of blocks within it.
    pub fn texts(&self) -> Vec<&Vec<Inline>> {
        match self {
            Self::Paragraph(content) | Self::Heading { content, .. } | Self::Footer(content) => vec![content],
            Self::Details { summary, .. } => vec![summary],
            Self::Quote { credit, .. } => vec![credit],
            Self::Folded { content, credit }
            | Self::Aside { content, credit }
            | Self::Picture { caption: content, credit, .. }
            | Self::File { caption: content, credit, .. } => vec![content, credit],
            Self::Table(table) => table.rows.iter().flatten().collect(),
            Self::Pre { .. } | Self::Math(_) | Self::Rule | Self::List(_) | Self::Break { .. } => Vec::new(),
        }
    }

    /// As [`Self::texts`].
    pub fn texts_mut(&mut self) -> Vec<&mut Vec<Inline>> {
        match self {
            Self::Paragraph(content) | Self::Heading { content, .. } | Self::Footer(content) => vec![content],
            Self::Details { summary, .. } => vec![summary],
            Self::Quote { credit, .. } => vec![credit],
            Self::Folded { content, credit }
            | Self::Aside { content, credit }
            | Self::Picture { caption: content, credit, .. }
            | Self::File { caption: content, credit, .. } => vec![content, credit],
            Self::Table(table) => table.rows.iter_mut().flatten().collect(),
            Self::Pre { .. } | Self::Math(_) | Self::Rule | Self::List(_) | Self::Break { .. } => Vec::new(),
        }
    }

    /// The sequences of blocks within it.
    pub fn inner(&self) -> Vec<&Vec<Block>> {
        match self {
            Self::Quote { blocks, .. } | Self::Details { blocks, .. } => vec![blocks],
            Self::List(list) => list.items.iter().map(|item| &item.blocks).collect(),
            _ => Vec::new(),
        }
    }

    /// As [`Self::inner`].
    pub fn inner_mut(&mut self) -> Vec<&mut Vec<Block>> {
        match self {
            Self::Quote { blocks, .. } | Self::Details { blocks, .. } => vec![blocks],
            Self::List(list) => list.items.iter_mut().map(|item| &mut item.blocks).collect(),
            _ => Vec::new(),
        }
    }
}

impl Item {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.blocks.iter().all(|block| matches!(block, Block::Break { .. }))
    }
}

impl Inline {
    /// The running text within it.
    pub fn content(&self) -> Option<&Vec<Inline>> {
        match self {
            Self::Style(_, content) | Self::Link { content, .. } | Self::Reference { content, .. } => {
                Some(content)
            }
            _ => None,
        }
    }

    /// As [`Self::content`].
    pub fn content_mut(&mut self) -> Option<&mut Vec<Inline>> {
        match self {
            Self::Style(_, content) | Self::Link { content, .. } | Self::Reference { content, .. } => {
                Some(content)
            }
            _ => None,
        }
    }

    /// Its own characters.
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text)
            | Self::Code(text)
            | Self::Math(text)
            | Self::Emoji { alt: text, .. }
            | Self::Time { text, .. } => text,
            Self::Break => "\n",
            _ => "",
        }
    }
}

/// Calls `visit` for every inline node of `blocks`, outer ones first.
pub(in crate::render) fn each_inline(blocks: &[Block], visit: &mut dyn FnMut(&Inline)) {
    fn walk(content: &[Inline], visit: &mut dyn FnMut(&Inline)) {
        for inline in content {
            visit(inline);
            walk(inline.content().map_or(&[], Vec::as_slice), visit);
        }
    }
    for block in blocks {
        block.texts().into_iter().for_each(|content| walk(content, visit));
        block.inner().into_iter().for_each(|blocks| each_inline(blocks, visit));
    }
}

fn collect_files<'r>(blocks: &'r [Block], files: &mut Vec<&'r part::Item>) {
    for block in blocks {
        if let Block::File { item, .. } = block {
            files.push(item);
        }
        block.inner().into_iter().for_each(|inner| collect_files(inner, files));
    }
}

fn has_breaks(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| {
        matches!(block, Block::Break { .. }) || block.inner().into_iter().any(|inner| has_breaks(inner))
    })
}

fn visible_blocks(blocks: &[Block], out: &mut String) {
    for block in blocks {
        match block {
            Block::Pre { code: text, .. } | Block::Math(text) => out.push_str(text),
            _ => {}
        }
        let credit_last = matches!(block, Block::Quote { .. });
        if credit_last {
            block.inner().into_iter().for_each(|blocks| visible_blocks(blocks, out));
        }
        for content in block.texts().into_iter().filter(|content| !content.is_empty()) {
            visible_inlines(content, out);
            out.push('\n');
        }
        if !credit_last {
            block.inner().into_iter().for_each(|blocks| visible_blocks(blocks, out));
        }
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
    }
}

/// Appends the characters of `content`.
pub(in crate::render) fn visible_inlines(content: &[Inline], out: &mut String) {
    for inline in content {
        out.push_str(inline.text());
        visible_inlines(inline.content().map_or(&[], Vec::as_slice), out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_see_stands_on_lines() {
        let words = |text: &str| vec![Inline::Text(text.into())];
        let link = Inline::Link { to: Link::Post("p".parse().unwrap()), content: words("x") };
        let rich = Rich {
            blocks: vec![
                Block::Heading { level: 1, content: words("a") },
                Block::Quote {
                    blocks: vec![
                        Block::Paragraph(words("b")),
                        Block::Pre { language: None, code: "c\nd".into() },
                    ],
                    credit: words("e"),
                },
                Block::Table(Table {
                    columns: vec![None; 2],
                    header: false,
                    rows: vec![vec![words("f"), vec![link]]],
                }),
                Block::Rule,
            ],
        };
        assert_eq!(rich.visible(), "a\nb\nc\nd\ne\nf\nx");
        assert_eq!(rich.links().len(), 1);
    }
}
