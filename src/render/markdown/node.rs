//! What Markdown is made of. Nodes live in an arena with what they hold, so none is freed on its own.

use std::ops::Range;

use bumpalo::Bump;
use pulldown_cmark::{
    Alignment, BlockQuoteKind, CodeBlockKind, CowStr, HeadingLevel, LinkType, Tag as Parsed,
};

use super::Element;

/// A piece of Markdown.
#[derive(Debug, Clone)]
pub(in crate::render) struct Node<'a> {
    pub(in crate::render) kind: Kind<'a>,
    /// Byte range of the body.
    pub(in crate::render) range: Range<usize>,
    pub(in crate::render) children: &'a [Node<'a>],
    /// Stands on lines of its own, or holds something that does.
    pub(in crate::render) block: bool,
}

/// What a node is.
#[derive(Debug, Clone, Copy)]
pub(in crate::render) enum Kind<'a> {
    /// A Markdown element with children.
    Markdown(Tag<'a>),
    /// An HTML element, opened and closed.
    Html(&'a Element<'a>),
    /// `||…||`.
    Spoiler,
    Text(&'a str),
    Code(&'a str),
    /// A formula within the text.
    Math(&'a str),
    /// A formula on its own: `$$…$$`.
    DisplayMath(&'a str),
    NoteReference(&'a str),
    SoftBreak,
    HardBreak,
    /// The border of an HTML block that has no meaning of its own.
    BlockBreak,
    Rule,
    /// `<!-- tgsync:break -->`
    MessageBreak,
    /// The box of a task, ticked or not.
    Task(bool),
}

/// A Markdown element with children: the parser's, without what no message could show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::render) enum Tag<'a> {
    Paragraph,
    Heading(HeadingLevel),
    BlockQuote(Option<BlockQuoteKind>),
    /// With the info string of a fence.
    CodeBlock(Option<&'a str>),
    /// With the number of the first item of an ordered list.
    List(Option<u64>),
    Item,
    Table(&'a [Alignment]),
    TableHead,
    TableRow,
    TableCell,
    DefinitionList,
    DefinitionListTitle,
    DefinitionListDefinition,
    /// With its label.
    FootnoteDefinition(&'a str),
    Emphasis,
    Strong,
    Strikethrough,
    Link {
        link_type: LinkType,
        dest_url: &'a str,
    },
    Image(&'a Image<'a>),
    /// Nothing of its own: the content counts.
    Plain,
}

/// A picture; its children are its description.
#[derive(Debug, PartialEq)]
pub(in crate::render) struct Image<'a> {
    pub(in crate::render) link_type: LinkType,
    pub(in crate::render) dest_url: &'a str,
    pub(in crate::render) title: &'a str,
}

impl<'a> Node<'a> {
    pub(super) fn leaf(kind: Kind<'a>, range: Range<usize>) -> Self {
        let block = matches!(kind, Kind::Rule | Kind::BlockBreak | Kind::MessageBreak);
        Self { kind, range, children: &[], block }
    }

    pub(super) fn branch(kind: Kind<'a>, range: Range<usize>, children: &'a [Self]) -> Self {
        let block = match kind {
            Kind::Markdown(tag) => !tag.is_inline(),
            Kind::Html(element) if element.is_block() => true,
            _ => children.iter().any(|child| child.block),
        };
        Self { kind, range, children, block }
    }

    /// Whether it is nothing but what separates HTML elements.
    pub(in crate::render) fn is_blank(&self) -> bool {
        match self.kind {
            Kind::Text(text) => text.trim_start().is_empty(),
            Kind::BlockBreak | Kind::SoftBreak => true,
            _ => false,
        }
    }
}

impl<'a> Tag<'a> {
    pub(super) fn of(tag: Parsed<'a>, arena: &'a Bump) -> Self {
        match tag {
            Parsed::Paragraph => Self::Paragraph,
            Parsed::Heading { level, .. } => Self::Heading(level),
            Parsed::BlockQuote(kind) => Self::BlockQuote(kind),
            Parsed::CodeBlock(CodeBlockKind::Fenced(info)) => Self::CodeBlock(Some(kept(info, arena))),
            Parsed::CodeBlock(CodeBlockKind::Indented) => Self::CodeBlock(None),
            Parsed::List(start) => Self::List(start),
            Parsed::Item => Self::Item,
            Parsed::Table(alignments) => Self::Table(arena.alloc_slice_copy(&alignments)),
            Parsed::TableHead => Self::TableHead,
            Parsed::TableRow => Self::TableRow,
            Parsed::TableCell => Self::TableCell,
            Parsed::DefinitionList => Self::DefinitionList,
            Parsed::DefinitionListTitle => Self::DefinitionListTitle,
            Parsed::DefinitionListDefinition => Self::DefinitionListDefinition,
            Parsed::FootnoteDefinition(label) => Self::FootnoteDefinition(kept(label, arena)),
            Parsed::Emphasis => Self::Emphasis,
            Parsed::Strong => Self::Strong,
            Parsed::Strikethrough => Self::Strikethrough,
            Parsed::Link { link_type, dest_url, .. } => {
                Self::Link { link_type, dest_url: kept(dest_url, arena) }
            }
            Parsed::Image { link_type, dest_url, title, .. } => {
                let (dest_url, title) = (kept(dest_url, arena), kept(title, arena));
                Self::Image(arena.alloc(Image { link_type, dest_url, title }))
            }
            // Raw HTML is no tag here, the others are not among the options.
            Parsed::HtmlBlock | Parsed::Superscript | Parsed::Subscript | Parsed::MetadataBlock(_) => {
                Self::Plain
            }
        }
    }

    fn is_inline(self) -> bool {
        matches!(
            self,
            Self::Emphasis | Self::Strong | Self::Strikethrough | Self::Link { .. } | Self::Image(_)
        )
    }
}

/// A text of the parser, which most often is a piece of the body.
pub(super) fn kept<'a>(text: CowStr<'a>, arena: &'a Bump) -> &'a str {
    match text {
        CowStr::Borrowed(text) => text,
        text => arena.alloc_str(&text),
    }
}
