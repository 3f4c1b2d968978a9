//! Markdown → a tree of what the author wrote: `CommonMark`, GFM and our extensions, each node with its place in the body.

mod build;
mod element;
mod extra;
mod mark;
mod node;
mod raw;
mod structure;
mod tag;

use bumpalo::Bump;
use pulldown_cmark::{Options, Parser};

pub(super) use element::Element;
pub(super) use extra::Extra;
pub(super) use node::{Image, Kind, Node, Tag};

use super::notes::Notes;
use crate::content::Format;

/// The top nodes of `body`, read for a message of this format. `None` when it is nested too deeply, which is noted.
pub(super) fn parse<'a>(
    body: &'a str,
    arena: &'a Bump,
    notes: &mut Notes<'_>,
    format: Format,
) -> Option<&'a [Node<'a>]> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_WIKILINKS
        | Options::ENABLE_MATH
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let mut builder = build::Builder::new(body, arena, notes, format);
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        builder.event(event, range)?;
    }
    Some(builder.finish())
}
