//! Running text: styles, links, code, emoji, dates.

use std::borrow::Cow;
use std::ops::Range;

use bumpalo::Bump;
use bumpalo::collections::String as ArenaString;
use pulldown_cmark::LinkType;

use super::object::moment;
use super::{Context, Lower, math, script};
use crate::render::codes;
use crate::render::link::{Resolved, Scope, short};
use crate::render::markdown::{Element, Image, Kind, Node, Tag};
use crate::render::scan::find;
use crate::render::tree::{Inline, Link, Style, visible_inlines};

/// What running text comes to at most, most often: what stands side by side in it becomes one.
const PIECES: usize = 4;

impl<'n> Lower<'n, '_, '_> {
    pub(super) fn inlines(&mut self, nodes: &'n [Node<'n>], cx: Context<'_>, out: &mut Vec<Inline<'n>>) {
        let mut rest = nodes;
        while let Some(first) = rest.first() {
            let is_begun = matches!(out.last(), Some(Inline::Text(_)));
            let run = if is_begun { 0 } else { rest.iter().map_while(piece).count() };
            if run > 1 {
                push_text(out, self.run(&rest[..run]));
            } else {
                self.inline(first, cx, out);
            }
            rest = &rest[run.max(1)..];
        }
    }

    /// Running text in one piece.
    fn run(&self, nodes: &[Node<'n>]) -> Cow<'n, str> {
        let mut run = ArenaString::with_capacity_in(run_length(nodes), self.arena);
        for piece in nodes.iter().filter_map(piece) {
            run.push_str(behind(&run, piece));
        }
        Cow::Borrowed(run.into_bump_str())
    }

    /// As [`Self::inlines`], on its own.
    pub(super) fn content(&mut self, nodes: &'n [Node<'n>], cx: Context<'_>) -> Vec<Inline<'n>> {
        let mut content = Vec::with_capacity(nodes.len().min(PIECES));
        self.inlines(nodes, cx, &mut content);
        content
    }

    fn inline(&mut self, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Inline<'n>>) {
        match &node.kind {
            Kind::Text(text) => push_text(out, *text),
            Kind::Code(code) => push_code(out, *code, cx),
            Kind::Math(tex) | Kind::DisplayMath(tex) => push_formula(out, tex, cx),
            Kind::NoteReference(label) => {
                let number = self.footnotes.refer(label);
                push_text(out, script::superscript_number(number));
            }
            Kind::SoftBreak => push_text(out, " "),
            Kind::HardBreak | Kind::BlockBreak => push_line_end(out, cx.margin),
            Kind::Rule => push_text(out, "———"),
            Kind::Task(_) => {}
            Kind::MessageBreak => break_in_line(self.scope, &node.range),
            Kind::Spoiler => self.style(Style::Spoiler, node.children, cx, out),
            Kind::Markdown(tag) => self.inline_markdown(tag, node, cx, out),
            Kind::Html(element) => self.inline_element(element, node, cx, out),
        }
    }

    fn inline_markdown(
        &mut self,
        tag: &'n Tag<'n>,
        node: &'n Node<'n>,
        cx: Context<'_>,
        out: &mut Vec<Inline<'n>>,
    ) {
        match tag {
            Tag::Emphasis => self.style(Style::Italic, node.children, cx, out),
            Tag::Strong => self.style(Style::Bold, node.children, cx, out),
            Tag::Strikethrough => self.style(Style::Strike, node.children, cx, out),
            Tag::Link { link_type, dest_url, .. } => {
                let to = match link_type {
                    LinkType::WikiLink { .. } => self.scope.resolve_wiki(dest_url, &node.range),
                    // Telegram finds mail addresses itself.
                    LinkType::Email => Resolved::Nowhere,
                    _ => self.scope.resolve(dest_url, &node.range),
                };
                self.link(to, node, cx, out);
            }
            Tag::Image(Image { link_type: LinkType::WikiLink { .. }, dest_url, .. }) => {
                self.file_picture(dest_url, node, cx, out);
            }
            Tag::Image(Image { dest_url, .. }) => self.picture(dest_url, node, cx, out),
            Tag::List(start) => self.inline_list(*start, node, cx, out),
            // Blocks that HTML puts into a line stand on lines of their own.
            Tag::Paragraph
            | Tag::Item
            | Tag::TableRow
            | Tag::TableHead
            | Tag::TableCell
            | Tag::Heading(_)
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition => {
                start_line(out, cx.margin);
                self.inlines(node.children, cx, out);
                push_line_end(out, cx.margin);
            }
            _ => self.inlines(node.children, cx, out),
        }
    }

    /// A list within a line, a table's cell for one: a line for each item.
    fn inline_list(
        &mut self,
        start: Option<u64>,
        node: &'n Node<'n>,
        cx: Context<'_>,
        out: &mut Vec<Inline<'n>>,
    ) {
        for (index, item) in (0..).zip(node.children) {
            start_line(out, cx.margin);
            match start {
                Some(start) => push_text(out, format!("{}. ", start.saturating_add(index))),
                None => push_text(out, "• "),
            }
            self.inlines(item.children, cx, out);
        }
        push_line_end(out, cx.margin);
    }

    fn inline_element(
        &mut self,
        element: &'n Element<'n>,
        node: &'n Node<'n>,
        cx: Context<'_>,
        out: &mut Vec<Inline<'n>>,
    ) {
        match element {
            Element::Style(style) => self.style(*style, node.children, cx, out),
            Element::Code(_) => push_code(out, visible(node.children), cx),
            Element::Link(to) => {
                let to = self.scope.resolve(to, &node.range);
                self.link(to, node, cx, out);
            }
            Element::Emoji(id) => self.emoji(id, node, cx, out),
            Element::Time { unix, format } => self.time(moment(unix, format), node, cx, out),
            Element::Sub => self.script(script::subscript, node, cx, out),
            Element::Sup => self.script(script::superscript, node, cx, out),
            Element::Pre => {
                self.block_in_line("pre", &node.range);
                push_code(out, visible(node.children).trim_matches('\n').to_owned(), cx);
            }
            Element::Quote { .. } | Element::Details { .. } => {
                let name = if matches!(element, Element::Details { .. }) { "details" } else { "blockquote" };
                self.block_in_line(name, &node.range);
                self.inlines(node.children, cx, out);
            }
            Element::Around { before, after } => {
                push_text(out, *before);
                self.inlines(node.children, cx, out);
                push_text(out, *after);
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

    pub(super) fn style(
        &mut self,
        style: Style,
        nodes: &'n [Node<'n>],
        cx: Context<'_>,
        out: &mut Vec<Inline<'n>>,
    ) {
        if cx.has(style) {
            return self.inlines(nodes, cx, out);
        }
        let content = self.content(nodes, cx.with(style));
        if !content.is_empty() {
            out.push(Inline::Style(style, content));
        }
    }

    pub(super) fn link(
        &mut self,
        to: Resolved<'n>,
        node: &'n Node<'n>,
        cx: Context<'_>,
        out: &mut Vec<Inline<'n>>,
    ) {
        let mut content = self.content(node.children, Context { linked: true, ..cx });
        let has_text = has_text(&content);
        let link = match to {
            Resolved::Url(url) => Link::Url(url),
            Resolved::Post(slug) => Link::Post(slug),
            Resolved::Nowhere => return out.append(&mut content),
            Resolved::Address(address) => {
                if !has_text {
                    push_text(&mut content, address);
                } else if !text_of(&content).contains(address.as_ref()) {
                    push_text(&mut content, format!(" ({address})"));
                }
                return append(out, content);
            }
        };
        if cx.linked {
            let message =
                format!("a link can't hold the link to `{}`: only its text is kept", short(link.as_str()));
            self.scope.warn(codes::NESTED_LINK, message, &node.range);
            return append(out, content);
        }
        if !has_text {
            push_text(&mut content, joined(self.arena, [link.as_str()]));
        }
        out.push(Inline::Link { to: link, content });
    }

    fn script(
        &mut self,
        raise: fn(&str) -> Option<String>,
        node: &'n Node<'n>,
        cx: Context<'_>,
        out: &mut Vec<Inline<'n>>,
    ) {
        let content = self.content(node.children, cx);
        if let Some(raised) = exchanged(&content, raise) {
            return append(out, raised);
        }
        let message = "not all of these characters exist raised or lowered: they are shown as they are";
        self.scope.warn(codes::BAD_SCRIPT_DIGITS, message, &node.range);
        append(out, content);
    }
}

/// Bytes of the running text that `nodes` begin with.
fn run_length(nodes: &[Node<'_>]) -> usize {
    nodes.iter().map_while(piece).map(str::len).sum()
}

/// What a node is in running text.
fn piece<'n>(node: &Node<'n>) -> Option<&'n str> {
    match node.kind {
        Kind::Text(text) => Some(text),
        Kind::SoftBreak => Some(" "),
        _ => None,
    }
}

/// Raises or lowers all text of `content`; links and styles stay.
fn exchanged<'n>(content: &[Inline<'n>], raise: fn(&str) -> Option<String>) -> Option<Vec<Inline<'n>>> {
    let exchange = |inline: &Inline<'n>| {
        Some(match inline {
            Inline::Text(text) | Inline::Code(text) => Inline::Text(raise(text)?.into()),
            Inline::Style(style, content) => Inline::Style(*style, exchanged(content, raise)?),
            Inline::Link { to, content } => {
                Inline::Link { to: to.clone(), content: exchanged(content, raise)? }
            }
            Inline::Emoji { .. } | Inline::Time { .. } => return None,
        })
    };
    content.iter().map(exchange).collect()
}

/// Adds text, to the text before it if there is some. At the start of a line there are no blanks.
pub(super) fn push_text<'n>(out: &mut Vec<Inline<'n>>, text: impl Into<Cow<'n, str>>) {
    let text = text.into();
    match out.last_mut() {
        _ if text.is_empty() => {}
        Some(Inline::Text(last)) => {
            let text = behind(last, &text);
            last.to_mut().push_str(text);
        }
        _ => out.push(Inline::Text(text)),
    }
}

/// `text` as it follows `before`: at the start of a line there are no blanks.
fn behind<'t>(before: &str, text: &'t str) -> &'t str {
    let at_line_start = text.starts_with(' ') && before.trim_end_matches(' ').ends_with('\n');
    if at_line_start { text.trim_start_matches(' ') } else { text }
}

/// Pieces of text as one.
pub(super) fn joined<'n, const N: usize>(arena: &'n Bump, pieces: [&str; N]) -> Cow<'n, str> {
    let mut out = ArenaString::with_capacity_in(pieces.iter().map(|piece| piece.len()).sum(), arena);
    for piece in pieces {
        out.push_str(piece);
    }
    Cow::Borrowed(out.into_bump_str())
}

fn push_line_end(out: &mut Vec<Inline<'_>>, margin: &str) {
    match out.last_mut() {
        Some(Inline::Text(last)) => {
            let last = last.to_mut();
            last.truncate(last.trim_end_matches(' ').len());
            last.push('\n');
            last.push_str(margin);
        }
        _ => out.push(Inline::Text(format!("\n{margin}").into())),
    }
}

/// Ends the line, unless nothing is in it yet.
fn start_line(out: &mut Vec<Inline<'_>>, margin: &str) {
    let is_begun = match out.last() {
        Some(Inline::Text(text)) => !text.trim_end_matches(' ').ends_with('\n') && !text.trim().is_empty(),
        last => last.is_some(),
    };
    if is_begun {
        push_line_end(out, margin);
    }
}

fn push_code<'n>(out: &mut Vec<Inline<'n>>, code: impl Into<Cow<'n, str>>, cx: Context<'_>) {
    let code = code.into();
    if cx.is_codeless() {
        push_text(out, code);
    } else if !code.is_empty() {
        out.push(Inline::Code(untabbed(code)));
    }
}

/// `code` with blanks for tabs, which would become one blank each.
pub(super) fn untabbed(code: Cow<'_, str>) -> Cow<'_, str> {
    match find(&code, |byte| byte == b'\t') {
        Some(_) => Cow::Owned(code.replace('\t', "    ")),
        None => code,
    }
}

/// A formula: italic text where Unicode has all of it, else code.
fn push_formula<'n>(out: &mut Vec<Inline<'n>>, tex: &'n str, cx: Context<'_>) {
    let Some(text) = math::unicode(tex) else {
        return push_code(out, tex.trim_matches('\n'), cx);
    };
    if cx.has(Style::Italic) || !text.contains(char::is_alphabetic) {
        return push_text(out, text);
    }
    out.push(Inline::Style(Style::Italic, vec![Inline::Text(text.into())]));
}

/// Adds running text, joining text with text.
pub(super) fn append<'n>(out: &mut Vec<Inline<'n>>, content: Vec<Inline<'n>>) {
    for inline in content {
        match inline {
            Inline::Text(text) => push_text(out, text),
            other => out.push(other),
        }
    }
}

pub(super) fn text_of(content: &[Inline<'_>]) -> String {
    let mut text = String::new();
    visible_inlines(content, &mut text);
    text
}

/// Whether there is something to read in `content`.
pub(super) fn has_text(content: &[Inline<'_>]) -> bool {
    content.iter().any(|inline| match inline {
        Inline::Text(text)
        | Inline::Code(text)
        | Inline::Emoji { alt: text, .. }
        | Inline::Time { text, .. } => !text.trim_start().is_empty(),
        Inline::Style(_, content) | Inline::Link { content, .. } => has_text(content),
    })
}

/// The characters of nodes without their meaning.
pub(in crate::render) fn visible<'n>(nodes: &[Node<'n>]) -> Cow<'n, str> {
    fn collect(nodes: &[Node<'_>], out: &mut String) {
        for node in nodes {
            match &node.kind {
                Kind::Text(text) | Kind::Code(text) | Kind::Math(text) | Kind::DisplayMath(text) => {
                    out.push_str(text);
                }
                Kind::SoftBreak => out.push(' '),
                Kind::HardBreak | Kind::BlockBreak => out.push('\n'),
                _ => collect(node.children, out),
            }
        }
    }
    if let [Node { kind: Kind::Text(text), .. }] = nodes {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(run_length(nodes));
    collect(nodes, &mut out);
    Cow::Owned(out)
}

/// Notes a break where no message can begin.
pub(in crate::render) fn break_in_line(scope: &mut Scope<'_>, range: &Range<usize>) {
    let hint = "put it on a line of its own, between paragraphs";
    scope.error(codes::BREAK, "no message can begin within formatted text", hint, range);
}
