//! The pictures of a body: all of them, and those that can be shown beside the text.

use std::ops::Range;

use pulldown_cmark::LinkType;

use crate::render::link::path_of;
use crate::render::markdown::{Element, Image, Kind, Node, Tag};
use crate::render::tree::Style;

/// `![…](to "title")` or `![[to]]`.
#[derive(Debug)]
pub(super) struct Found<'n> {
    to: &'n str,
    is_wiki: bool,
    pub(super) title: &'n str,
    pub(super) spoiler: bool,
    /// Of the body, in bytes.
    pub(super) range: &'n Range<usize>,
}

impl Found<'_> {
    /// The path it names.
    pub(super) fn path(&self) -> String {
        if self.is_wiki { self.to.to_owned() } else { path_of(self.to) }
    }
}

/// The path that a picture names; empty for anything else.
pub(in crate::render) fn path(node: &Node<'_>) -> String {
    picture(node).map(|picture| picture.path()).unwrap_or_default()
}

/// Every picture, wherever it stands.
pub(super) fn all<'n>(nodes: &'n [Node<'n>]) -> Vec<Found<'n>> {
    let mut found = Vec::new();
    for node in nodes {
        match picture(node) {
            Some(picture) => found.push(picture),
            None => found.extend(all(node.children)),
        }
    }
    found
}

/// The pictures of paragraphs that hold nothing else, at the top of the body: in quotes, lists and tables they belong
/// to what is around them.
pub(super) fn alone<'n>(nodes: &'n [Node<'n>]) -> Vec<Found<'n>> {
    let mut found = Vec::new();
    for run in nodes.chunk_by(|one, next| !one.block && !next.block) {
        match run {
            [Node { kind: Kind::Markdown(Tag::Paragraph), children, .. }] => {
                found.extend(only_pictures(children, false));
            }
            [node] if node.block => {}
            nodes => found.extend(only_pictures(nodes, false)),
        }
    }
    found
}

/// The pictures among `nodes`; none if there is anything else.
fn only_pictures<'n>(nodes: &'n [Node<'n>], spoiler: bool) -> Vec<Found<'n>> {
    let mut found = Vec::new();
    for node in nodes {
        let inner = match &node.kind {
            Kind::Spoiler | Kind::Html(Element::Style(Style::Spoiler)) => only_pictures(node.children, true),
            _ => picture(node).into_iter().collect(),
        };
        if inner.is_empty() && !is_blank(node) {
            return Vec::new();
        }
        found.extend(
            inner.into_iter().map(|picture| Found { spoiler: picture.spoiler || spoiler, ..picture }),
        );
    }
    found
}

fn picture<'n>(node: &'n Node<'n>) -> Option<Found<'n>> {
    let Kind::Markdown(Tag::Image(Image { link_type, dest_url, title })) = &node.kind else { return None };
    let is_wiki = matches!(link_type, LinkType::WikiLink { .. });
    Some(Found { to: dest_url, is_wiki, title, spoiler: false, range: &node.range })
}

fn is_blank(node: &Node<'_>) -> bool {
    match &node.kind {
        Kind::Text(text) => text.trim().is_empty(),
        Kind::SoftBreak | Kind::HardBreak | Kind::BlockBreak => true,
        _ => false,
    }
}
