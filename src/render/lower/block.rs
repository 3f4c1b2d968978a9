//! Blocks: paragraphs, headings, quotes, code, rules, definitions.

use std::ops::Range;

use pulldown_cmark::BlockQuoteKind;

use super::callout::Callout;
use super::inline::{push_text, visible};
use super::{Context, INDENT, Lower, math, set_gap};
use crate::render::clean::{Edge, trim_edge};
use crate::render::codes;
use crate::render::link::Resolved;
use crate::render::markdown::{Element, Kind, Node, Tag};
use crate::render::tree::{Block, Body, Gap, Inline, Link, Role, Style};

const RULE: &str = "———";

impl<'n> Lower<'n, '_, '_> {
    /// Lowers siblings; neighbouring inline nodes make a paragraph.
    pub(super) fn blocks(&mut self, nodes: &'n [Node<'n>], cx: Context<'_>, out: &mut Vec<Block>) {
        let mut rest = nodes;
        while let Some(first) = rest.first() {
            let inline = rest.iter().position(|node| node.block).unwrap_or(rest.len());
            if inline == 0 {
                self.block(first, cx, out);
            } else {
                self.paragraph(&rest[..inline], cx, out);
            }
            rest = &rest[inline.max(1)..];
        }
    }

    /// As [`Self::blocks`], with another gap before the first block.
    pub(super) fn group(&mut self, nodes: &'n [Node<'n>], cx: Context<'_>, gap: Gap, out: &mut Vec<Block>) {
        let at = out.len();
        self.blocks(nodes, cx, out);
        set_gap(out, at, gap);
    }

    fn block(&mut self, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Block>) {
        match &node.kind {
            Kind::Markdown(tag) => self.markdown(tag, node, cx, out),
            Kind::Html(element) => self.element(element, node, cx, out),
            Kind::Spoiler => self.styled(Style::Spoiler, node, cx, out),
            Kind::Rule => self.line(vec![Inline::Text(RULE.into())], Role::Rule, cx, out),
            Kind::MessageBreak => self.message_break(&node.range),
            _ => {}
        }
    }

    fn markdown(&mut self, tag: &'n Tag<'n>, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Block>) {
        let children = node.children;
        match tag {
            Tag::Paragraph if children.iter().any(|child| child.block) => {
                self.group(children, Context { gap: Gap::Line, ..cx }, cx.gap, out);
            }
            Tag::Paragraph => self.paragraph(children, cx, out),
            Tag::Heading(_) | Tag::DefinitionListTitle => self.bold_line(children, cx, out),
            Tag::BlockQuote(Some(alert)) => {
                let title = vec![Inline::Text(alert_title(*alert).into())];
                self.quote(Some(title), children, cx, out);
            }
            Tag::BlockQuote(None) => match Callout::of(children) {
                Some(callout) => self.callout(&callout, children, cx, out),
                None => self.quote(None, children, cx, out),
            },
            Tag::CodeBlock(info) => self.pre(info.and_then(language_of), visible(children), cx, out),
            Tag::List(start) => self.list(*start, children, cx, out),
            Tag::Table(alignments) => self.table(alignments, children, cx, out),
            Tag::FootnoteDefinition(label) => self.footnotes.define(label, node),
            Tag::DefinitionListDefinition => {
                let margin = format!("{}{INDENT}", cx.margin);
                self.group(children, Context { margin: &margin, ..cx }, Gap::Line, out);
            }
            _ => self.blocks(children, cx, out),
        }
    }

    fn element(
        &mut self,
        element: &'n Element<'n>,
        node: &'n Node<'n>,
        cx: Context<'_>,
        out: &mut Vec<Block>,
    ) {
        match element {
            Element::Style(style) => self.styled(*style, node, cx, out),
            Element::Link(to) if !cx.linked => {
                let to = self.scope.resolve(to, &node.range);
                self.linked(to, node, cx, out);
            }
            Element::Pre => {
                let (language, code) = preformatted(node.children);
                self.pre(language, code, cx, out);
            }
            Element::Quote { expandable } => {
                let at = out.len();
                self.quote(None, node.children, cx, out);
                expand(&mut out[at..], *expandable);
            }
            Element::Details { .. } => self.details(node.children, cx, out),
            Element::Summary => self.bold_line(node.children, cx, out),
            _ => self.blocks(node.children, cx, out),
        }
    }

    /// Inline nodes as a paragraph; a formula that stays TeX is a block when it is alone.
    fn paragraph(&mut self, nodes: &'n [Node<'n>], cx: Context<'_>, out: &mut Vec<Block>) {
        if let [Node { kind: Kind::DisplayMath(tex), .. }] = nodes
            && math::unicode(tex).is_none()
        {
            return self.pre(None, tex.trim_matches('\n').to_owned(), cx, out);
        }
        let content = self.content(nodes, cx);
        self.line(content, Role::Plain, cx, out);
    }

    pub(super) fn bold_line(&mut self, nodes: &'n [Node<'n>], cx: Context<'_>, out: &mut Vec<Block>) {
        let mut content = Vec::new();
        self.style(Style::Bold, nodes, cx, &mut content);
        self.line(content, Role::Heading, cx, out);
    }

    /// A paragraph, behind the margin or the bullet that waits for it. Without text there is none.
    pub(super) fn line(
        &mut self,
        mut content: Vec<Inline>,
        role: Role,
        cx: Context<'_>,
        out: &mut Vec<Block>,
    ) {
        if trim_edge(&mut content, Edge::Start) || trim_edge(&mut content, Edge::End) {
            return;
        }
        let begin = if self.lead.is_empty() { cx.margin } else { &self.lead };
        match content.first_mut() {
            _ if begin.is_empty() => {}
            Some(Inline::Text(text)) => text.insert_str(0, begin),
            _ => content.insert(0, Inline::Text(begin.to_owned())),
        }
        self.lead.clear();
        let gap = self.gap(cx.gap);
        out.push(Block::paragraph(gap, content).with(role));
    }

    /// The gap of the next block: `wanted`, unless a new message begins with it.
    fn gap(&mut self, wanted: Gap) -> Gap {
        self.begun = true;
        if self.breaks.take().is_some() { Gap::Break } else { wanted }
    }

    fn message_break(&mut self, range: &Range<usize>) {
        self.idle_break();
        if self.begun {
            self.breaks = Some(range.clone());
        } else {
            self.scope.warn(codes::BREAK, "nothing stands before this break: it is left out", range);
        }
    }

    /// Notes a break that nothing has followed so far.
    pub(super) fn idle_break(&mut self) {
        if let Some(range) = self.breaks.take() {
            self.scope.warn(
                codes::BREAK,
                "nothing stands between this break and the next or the end: it is left out",
                &range,
            );
        }
    }

    /// Writes a waiting bullet on a line of its own, because what follows can't stand behind it. Answers the gap that
    /// is left for what follows.
    pub(super) fn flush_lead(&mut self, gap: Gap, out: &mut Vec<Block>) -> Gap {
        if self.lead.is_empty() {
            return gap;
        }
        let gap = self.gap(gap);
        let bullet = Inline::Text(self.lead.trim_end().to_owned());
        self.lead.clear();
        out.push(Block::paragraph(gap, vec![bullet]).with(Role::Bullet));
        Gap::Line
    }

    pub(super) fn pre(
        &mut self,
        language: Option<String>,
        mut code: String,
        cx: Context<'_>,
        out: &mut Vec<Block>,
    ) {
        if code.ends_with('\n') {
            code.pop();
        }
        if code.contains('\t') {
            code = code.replace('\t', "    ");
        }
        if code.trim().is_empty() {
            return;
        }
        if cx.is_codeless() {
            let line_end = format!("\n{}", cx.margin);
            return self.line(vec![Inline::Text(code.replace('\n', &line_end))], Role::Plain, cx, out);
        }
        let gap = self.flush_lead(cx.gap, out);
        let gap = self.gap(gap);
        out.push(Block::plain(gap, Body::Pre { language, code }));
    }

    fn quote(
        &mut self,
        title: Option<Vec<Inline>>,
        nodes: &'n [Node<'n>],
        cx: Context<'_>,
        out: &mut Vec<Block>,
    ) {
        self.quote_of(title, &[nodes], cx, out);
    }

    /// A quote of several runs of nodes.
    fn quote_of(
        &mut self,
        title: Option<Vec<Inline>>,
        runs: &[&'n [Node<'n>]],
        cx: Context<'_>,
        out: &mut Vec<Block>,
    ) {
        if cx.quoted {
            // There are no quotes in quotes: the inner one is marked as in e-mails.
            let margin = format!("{}> ", cx.margin);
            if !self.lead.is_empty() {
                self.lead.push_str("> ");
            }
            return self.titled(title, runs, Context { margin: &margin, ..cx }, out);
        }
        let gap = self.flush_lead(cx.gap, out);
        let mut blocks = Vec::new();
        let inner = Context { margin: "", gap: Gap::Blank, lists: 0, quoted: true, ..cx };
        self.titled(title, runs, inner, &mut blocks);
        if let Some(first) = blocks.first() {
            // What begins a message with the first words of a quote begins it with the quote.
            let gap = if first.gap == Gap::Break { Gap::Break } else { gap };
            out.push(Block::plain(gap, Body::Quote { expandable: false, blocks }));
        }
    }

    /// A quote with a title; what follows the title in the first paragraph is a paragraph of its own.
    fn callout(&mut self, callout: &Callout, nodes: &'n [Node<'n>], cx: Context<'_>, out: &mut Vec<Block>) {
        let Some((first, rest)) = nodes.split_first() else {
            return;
        };
        let mut title = Vec::new();
        push_text(&mut title, &callout.begin);
        self.inlines(&first.children[callout.title.clone()], cx.with(Style::Bold), &mut title);
        if title.is_empty() {
            push_text(&mut title, &callout.kind);
        }
        let text = first.children.get(callout.title.end + 1..).unwrap_or_default();
        let at = out.len();
        self.quote_of(Some(title), &[text, rest], cx, out);
        expand(&mut out[at..], callout.is_folded);
    }

    fn titled(
        &mut self,
        title: Option<Vec<Inline>>,
        runs: &[&'n [Node<'n>]],
        cx: Context<'_>,
        out: &mut Vec<Block>,
    ) {
        let mut gap = cx.gap;
        if let Some(title) = title {
            let title = if cx.has(Style::Bold) { title } else { vec![Inline::Style(Style::Bold, title)] };
            self.line(title, Role::Heading, cx, out);
            gap = Gap::Line;
        }
        for nodes in runs.iter().filter(|nodes| !nodes.is_empty()) {
            self.group(nodes, cx, gap, out);
            gap = cx.gap;
        }
    }

    /// An expandable quote; the summary is its bold first line, unless something stands before it.
    fn details(&mut self, nodes: &'n [Node<'n>], cx: Context<'_>, out: &mut Vec<Block>) {
        let is_summary = |node: &Node<'_>| matches!(node.kind, Kind::Html(Element::Summary));
        let begin = nodes.iter().position(|node| !node.is_blank()).unwrap_or(nodes.len());
        let at = out.len();
        match nodes.get(begin) {
            Some(summary) if is_summary(summary) => {
                let title = self.content(summary.children, cx.with(Style::Bold));
                self.quote(Some(title), &nodes[begin + 1..], cx, out);
            }
            _ if nodes.iter().any(is_summary) => self.quote(None, nodes, cx, out),
            _ => self.quote(Some(vec![Inline::Text("Details".into())]), nodes, cx, out),
        }
        expand(&mut out[at..], true);
    }

    fn styled(&mut self, style: Style, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Block>) {
        let at = out.len();
        self.blocks(node.children, cx.with(style), out);
        if !cx.has(style) {
            wrap(&mut out[at..], &|content| Inline::Style(style, content));
        }
    }

    fn linked(&mut self, to: Resolved, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Block>) {
        let to = match to {
            Resolved::Url(url) => Link::Url(url),
            Resolved::Post(slug) => Link::Post(slug),
            Resolved::Nowhere => return self.blocks(node.children, cx, out),
            Resolved::Address(address) => {
                self.blocks(node.children, cx, out);
                return self.line(vec![Inline::Text(format!("({address})"))], Role::Inner, cx, out);
            }
        };
        let at = out.len();
        self.blocks(node.children, Context { linked: true, ..cx }, out);
        wrap(&mut out[at..], &|content| Inline::Link { to: to.clone(), content });
    }
}

/// Puts the text of every paragraph into one node.
fn wrap(blocks: &mut [Block], node: &dyn Fn(Vec<Inline>) -> Inline) {
    for block in blocks {
        match &mut block.body {
            Body::Paragraph(content) => *content = vec![node(std::mem::take(content))],
            Body::Quote { blocks, .. } => wrap(blocks, node),
            Body::Pre { .. } => {}
        }
    }
}

fn expand(blocks: &mut [Block], wanted: bool) {
    for block in blocks {
        if let Body::Quote { expandable, .. } = &mut block.body {
            *expandable |= wanted;
        }
    }
}

pub(in crate::render) fn alert_title(alert: BlockQuoteKind) -> &'static str {
    match alert {
        BlockQuoteKind::Note => "Note",
        BlockQuoteKind::Tip => "Tip",
        BlockQuoteKind::Important => "Important",
        BlockQuoteKind::Warning => "Warning",
        BlockQuoteKind::Caution => "Caution",
    }
}

/// The first word of an info string; what other tools add to it (`rust,ignore`, `js {1,3}`) is not part of it.
pub(in crate::render) fn language_of(info: &str) -> Option<String> {
    let end = info
        .find(|c: char| c.is_whitespace() || c.is_control() || c == ',' || c == '{')
        .unwrap_or(info.len());
    (end > 0).then(|| info[..end].to_owned())
}

/// Language and text of `<pre>`: a line break behind the opening tag is not part of it, and `<code>` may stand on the
/// next line.
pub(in crate::render) fn preformatted(children: &[Node<'_>]) -> (Option<String>, String) {
    let mut inside = children.iter().filter(|node| !node.is_blank());
    let language = match (inside.next().map(|node| &node.kind), inside.next()) {
        (Some(Kind::Html(Element::Code(Some(language)))), None) => language_of(language),
        _ => None,
    };
    let code = visible(children);
    let code = code.strip_prefix("\r\n").or_else(|| code.strip_prefix('\n')).unwrap_or(&code);
    (language, code.to_owned())
}
