//! Running text: styles, links, code, formulas.

use std::ops::Range;

use pulldown_cmark::LinkType;

use super::block::{one_line, wrap};
use super::{Context, Lower};
use crate::render::codes;
use crate::render::link::{Resolved, short};
use crate::render::lower::{break_in_line, moment, visible};
use crate::render::markdown::{Element, Extra, Image, Kind, Node, Tag};
use crate::render::rich::tree::{Block, Inline, Link, Style, visible_inlines};

/// What a link comes to.
pub(super) enum Destination {
    Link(Link),
    /// No link, but an address that is worth showing.
    Address(String),
    Nowhere,
}

impl<'n> Lower<'n, '_, '_> {
    pub(super) fn inlines(&mut self, nodes: &'n [Node<'n>], cx: Context, out: &mut Vec<Inline>) {
        for node in nodes {
            if node.block && !out.is_empty() {
                out.push(Inline::Break);
            }
            self.inline(node, cx, out);
        }
    }

    /// As [`Self::inlines`], on its own.
    pub(super) fn content(&mut self, nodes: &'n [Node<'n>], cx: Context) -> Vec<Inline> {
        let mut content = Vec::new();
        self.inlines(nodes, cx, &mut content);
        content
    }

    /// As [`Self::content`], of nodes in several pieces.
    pub(super) fn content_of(&mut self, pieces: &[&'n [Node<'n>]], cx: Context) -> Vec<Inline> {
        pieces.iter().flat_map(|nodes| self.content(nodes, cx)).collect()
    }

    fn inline(&mut self, node: &'n Node<'n>, cx: Context, out: &mut Vec<Inline>) {
        match &node.kind {
            Kind::Text(text) => push_text(out, text),
            Kind::Code(code) => self.code(code, cx, out),
            Kind::Math(math) | Kind::DisplayMath(math) if cx.has(Style::Spoiler) => {
                push_text(out, &one_line(math));
            }
            Kind::Math(math) | Kind::DisplayMath(math) => out.push(Inline::Math(one_line(math))),
            Kind::NoteReference(label) => self.note_reference(label, cx, out),
            Kind::SoftBreak => push_text(out, " "),
            Kind::HardBreak | Kind::BlockBreak => out.push(Inline::Break),
            Kind::Rule => push_text(out, "———"),
            Kind::Task(_) => {}
            Kind::MessageBreak => break_in_line(self.scope, &node.range),
            Kind::Spoiler => self.style(Style::Spoiler, node.children, cx, out),
            Kind::Markdown(tag) => self.inline_markdown(tag, node, cx, out),
            Kind::Html(element) => self.inline_element(element, node, cx, out),
        }
    }

    fn inline_markdown(&mut self, tag: &'n Tag<'n>, node: &'n Node<'n>, cx: Context, out: &mut Vec<Inline>) {
        match tag {
            Tag::Emphasis => self.style(Style::Italic, node.children, cx, out),
            Tag::Strong => self.style(Style::Bold, node.children, cx, out),
            Tag::Strikethrough => self.style(Style::Strike, node.children, cx, out),
            Tag::Link { link_type, dest_url, .. } => {
                let to = self.destination(*link_type, dest_url, &node.range);
                self.link(to, node, cx, out);
            }
            Tag::Image(Image { link_type: LinkType::WikiLink { .. }, dest_url, .. }) => {
                self.file_picture(dest_url, node, cx, out);
            }
            Tag::Image(Image { dest_url, .. }) => self.picture(dest_url, node, cx, out),
            // The notes stand at the end.
            Tag::FootnoteDefinition(_) => {}
            _ => self.inlines(node.children, cx, out),
        }
    }

    fn inline_element(
        &mut self,
        element: &'n Element<'n>,
        node: &'n Node<'n>,
        cx: Context,
        out: &mut Vec<Inline>,
    ) {
        match element {
            Element::Style(style) => self.style((*style).into(), node.children, cx, out),
            Element::Sub => self.style(Style::Sub, node.children, cx, out),
            Element::Sup => self.style(Style::Sup, node.children, cx, out),
            Element::Extra(Extra::Mark) => self.style(Style::Mark, node.children, cx, out),
            Element::Code(_) => self.code(&visible(node.children), cx, out),
            Element::Link(to) => {
                let to = self.destination(LinkType::Inline, to, &node.range);
                self.link(to, node, cx, out);
            }
            Element::Emoji(id) => self.emoji(id, node, out),
            Element::Time { unix, format } => self.time(moment(unix, format), node, cx, out),
            Element::Pre => {
                self.block_in_line("pre", &node.range);
                self.code(visible(node.children).trim_matches('\n'), cx, out);
            }
            Element::Quote { .. } | Element::Details { .. } => {
                let name = if matches!(element, Element::Details { .. }) { "details" } else { "blockquote" };
                self.block_in_line(name, &node.range);
                self.inlines(node.children, cx, out);
            }
            Element::Around { before, after } => {
                out.push(Inline::Text((*before).to_owned()));
                self.inlines(node.children, cx, out);
                out.push(Inline::Text((*after).to_owned()));
            }
            Element::Summary | Element::Extra(_) | Element::Hidden | Element::Plain | Element::Unknown => {
                self.inlines(node.children, cx, out);
            }
        }
    }

    fn block_in_line(&mut self, name: &str, range: &Range<usize>) {
        let message = format!("`<{name}>` can't stand inside formatted text: its text is shown without it");
        self.scope.warn(codes::BLOCK_IN_LINE, message, range);
    }

    pub(super) fn style(&mut self, style: Style, nodes: &'n [Node<'n>], cx: Context, out: &mut Vec<Inline>) {
        if cx.has(style) {
            return self.inlines(nodes, cx, out);
        }
        let content = self.content(nodes, cx.with(style));
        out.push(Inline::Style(style, content));
    }

    /// Code as it is; a tab would become one space, a line end too. Whether a spoiler hides code is not known, so in one
    /// it is ordinary text.
    pub(super) fn code(&mut self, code: &str, cx: Context, out: &mut Vec<Inline>) {
        for (index, line) in code.replace('\t', "    ").split('\n').enumerate() {
            if index > 0 {
                out.push(Inline::Break);
            }
            if cx.has(Style::Spoiler) {
                push_text(out, line);
            } else {
                out.push(Inline::Code(line.to_owned()));
            }
        }
    }

    pub(super) fn destination(&mut self, link_type: LinkType, to: &str, range: &Range<usize>) -> Destination {
        if let Some(place) = to.strip_prefix('#') {
            return self.place(place, range);
        }
        let resolved = match link_type {
            LinkType::WikiLink { .. } => self.scope.resolve_wiki(to, range),
            // Telegram finds mail addresses itself.
            LinkType::Email => Resolved::Nowhere,
            _ => self.scope.resolve(to, range),
        };
        match resolved {
            Resolved::Url(url) => Destination::Link(Link::Url(url.into_owned())),
            Resolved::Post(slug) => Destination::Link(Link::Post(slug)),
            Resolved::Address(address) => Destination::Address(address.into_owned()),
            Resolved::Nowhere => Destination::Nowhere,
        }
    }

    fn place(&mut self, place: &str, range: &Range<usize>) -> Destination {
        if let Some(name) = self.places.find(place) {
            return Destination::Link(Link::Place(name));
        }
        let message = format!("`#{}` leads nowhere: no heading has this name", short(place));
        self.scope.warn(codes::ANCHOR_LINK, message, range);
        Destination::Nowhere
    }

    pub(super) fn link(&mut self, to: Destination, node: &'n Node<'n>, cx: Context, out: &mut Vec<Inline>) {
        let mut content = self.content(node.children, Context { linked: true, ..cx });
        let to = match to {
            Destination::Link(to) => to,
            Destination::Nowhere => return out.append(&mut content),
            Destination::Address(address) => {
                show_address(&mut content, &address);
                return out.append(&mut content);
            }
        };
        let name = match &to {
            Link::Url(url) => url.clone(),
            Link::Post(slug) => slug.to_string(),
            Link::Place(name) => format!("#{name}"),
        };
        if cx.linked {
            let message = format!("a link can't hold the link to `{}`: only its text is kept", short(&name));
            self.scope.warn(codes::NESTED_LINK, message, &node.range);
            return out.append(&mut content);
        }
        if text_of(&content).trim().is_empty() {
            content.push(Inline::Text(name));
        }
        out.push(Inline::Link { to, content });
    }

    /// A link around blocks.
    pub(super) fn linked(&mut self, to: &str, node: &'n Node<'n>, cx: Context, out: &mut Vec<Block>) {
        let to = match self.destination(LinkType::Inline, to, &node.range) {
            Destination::Link(to) => to,
            Destination::Nowhere => return self.blocks(node.children, cx, out),
            Destination::Address(address) => {
                self.blocks(node.children, cx, out);
                return out.push(Block::Paragraph(vec![Inline::Text(format!("({address})"))]));
            }
        };
        let mut blocks = self.inner(node.children, Context { linked: true, ..cx });
        wrap(&mut blocks, &|content| Inline::Link { to: to.clone(), content });
        out.append(&mut blocks);
    }
}

/// Puts an address behind a text that does not hold it.
fn show_address(content: &mut Vec<Inline>, address: &str) {
    let text = text_of(content);
    if text.trim().is_empty() {
        content.push(Inline::Text(address.to_owned()));
    } else if !text.contains(address) {
        content.push(Inline::Text(format!(" ({address})")));
    }
}

/// Adds text, to the text before it if there is some.
pub(super) fn push_text(out: &mut Vec<Inline>, text: &str) {
    match out.last_mut() {
        Some(Inline::Text(last)) => last.push_str(text),
        _ if text.is_empty() => {}
        _ => out.push(Inline::Text(text.to_owned())),
    }
}

pub(super) fn text_of(content: &[Inline]) -> String {
    let mut text = String::new();
    visible_inlines(content, &mut text);
    text
}
