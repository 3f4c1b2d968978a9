//! Markdown → a tree of what the author wrote: `CommonMark`, GFM and our extensions, each node with its place in the body.

mod build;
mod element;
mod extra;
mod structure;
mod tag;

use std::ops::Range;

use pulldown_cmark::{CowStr, Options, Parser, Tag};

pub(super) use element::Element;
pub(super) use extra::Extra;

use super::notes::Notes;
use crate::content::Format;

/// A piece of Markdown.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) kind: Kind<'a>,
    /// Byte range of the body.
    pub(super) range: Range<usize>,
    pub(super) children: Vec<Node<'a>>,
    /// Stands on lines of its own, or holds something that does.
    pub(super) block: bool,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    /// A Markdown element with children.
    Markdown(Tag<'a>),
    /// An HTML element, opened and closed.
    Html(Element),
    /// `||…||`.
    Spoiler,
    Text(CowStr<'a>),
    Code(CowStr<'a>),
    /// A formula within the text.
    Math(CowStr<'a>),
    /// A formula on its own: `$$…$$`.
    DisplayMath(CowStr<'a>),
    NoteReference(CowStr<'a>),
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

/// The top nodes of `body`, read for a message of this format. `None` when it is nested too deeply, which is noted.
pub(super) fn parse<'a>(body: &'a str, notes: &mut Notes<'_>, format: Format) -> Option<Vec<Node<'a>>> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_WIKILINKS
        | Options::ENABLE_MATH
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut builder = build::Builder::new(body, notes, format);
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        builder.event(event, range)?;
    }
    Some(builder.finish())
}
