//! Blocks: paragraphs, headings, quotes, code, rules, definitions.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::BlockQuoteKind;

use super::callout::Callout;
use super::inline::{joined, push_text, untabbed, visible};
use super::{Context, INDENT, Lower, math, set_gap};
use crate::render::clean::{Edge, is_settled, look, trim_edge};
use crate::render::link::Resolved;
use crate::render::markdown::{Element, Kind, Node, Tag};
use crate::render::tree::{Block, Body, Gap, Inline, Link, Role, Style};
use crate::render::{codes, names};

const RULE: &str = "———";

impl<'n> Lower<'n, '_, '_> {
    /// Lowers siblings; neighbouring inline nodes make a paragraph.
    pub(super) fn blocks(&mut self, nodes: &'n [Node<'n>], cx: Context<'_>, out: &mut Vec<Block<'n>>) {
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
    pub(super) fn group(
        &mut self,
        nodes: &'n [Node<'n>],
        cx: Context<'_>,
        gap: Gap,
        out: &mut Vec<Block<'n>>,
    ) {
        let at = out.len();
        self.blocks(nodes, cx, out);
        set_gap(out, at, gap);
    }

    fn block(&mut self, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Block<'n>>) {
        match &node.kind {
            Kind::Markdown(tag) => self.markdown(tag, node, cx, out),
            Kind::Html(element) => self.element(element, node, cx, out),
            Kind::Spoiler => self.styled(Style::Spoiler, node, cx, out),
            Kind::Rule => self.line(vec![Inline::Text(RULE.into())], Role::Rule, cx, out),
            Kind::MessageBreak => self.message_break(&node.range),
            _ => {}
        }
    }

    fn markdown(&mut self, tag: &'n Tag<'n>, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Block<'n>>) {
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
        out: &mut Vec<Block<'n>>,
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
    fn paragraph(&mut self, nodes: &'n [Node<'n>], cx: Context<'_>, out: &mut Vec<Block<'n>>) {
        if let [Node { kind: Kind::DisplayMath(tex), .. }] = nodes
            && math::unicode(tex).is_none()
        {
            return self.pre(None, tex.trim_matches('\n').into(), cx, out);
        }
        let content = self.content(nodes, cx);
        self.line(content, Role::Plain, cx, out);
    }

    pub(super) fn bold_line(&mut self, nodes: &'n [Node<'n>], cx: Context<'_>, out: &mut Vec<Block<'n>>) {
        let mut content = Vec::new();
        self.style(Style::Bold, nodes, cx, &mut content);
        self.line(content, Role::Heading, cx, out);
    }

    /// A paragraph, behind the margin or the bullet that waits for it. Without text there is none.
    pub(super) fn line(
        &mut self,
        mut content: Vec<Inline<'n>>,
        role: Role,
        cx: Context<'_>,
        out: &mut Vec<Block<'n>>,
    ) {
        if trim_edge(&mut content, Edge::Start) || trim_edge(&mut content, Edge::End) {
            return;
        }
        let look = look(&content);
        self.settled &= look.settled;
        if look.names && !cx.is_codeless() {
            names::protect(&mut content);
        }
        let begin = if self.lead.is_empty() { cx.margin } else { &self.lead };
        match content.first_mut() {
            _ if begin.is_empty() => {}
            Some(Inline::Text(text)) => *text = joined(self.arena, [begin, text]),
            _ => content.insert(0, Inline::Text(joined(self.arena, [begin]))),
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
    pub(super) fn flush_lead(&mut self, gap: Gap, out: &mut Vec<Block<'n>>) -> Gap {
        if self.lead.is_empty() {
            return gap;
        }
        let gap = self.gap(gap);
        let bullet = Inline::Text(joined(self.arena, [self.lead.trim_end()]));
        self.lead.clear();
        out.push(Block::paragraph(gap, vec![bullet]).with(Role::Bullet));
        Gap::Line
    }

    pub(super) fn pre(
        &mut self,
        language: Option<&'n str>,
        mut code: Cow<'n, str>,
        cx: Context<'_>,
        out: &mut Vec<Block<'n>>,
    ) {
        drop_line_end(&mut code);
        code = untabbed(code);
        if code.trim().is_empty() {
            return;
        }
        if cx.is_codeless() {
            let line_end = format!("\n{}", cx.margin);
            return self.line(vec![Inline::Text(code.replace('\n', &line_end).into())], Role::Plain, cx, out);
        }
        self.settled &= is_settled(&code) && language.is_none_or(is_settled);
        let gap = self.flush_lead(cx.gap, out);
        let gap = self.gap(gap);
        out.push(Block::plain(gap, Body::Pre { language: language.map(Cow::Borrowed), code }));
    }

    fn quote(
        &mut self,
        title: Option<Vec<Inline<'n>>>,
        nodes: &'n [Node<'n>],
        cx: Context<'_>,
        out: &mut Vec<Block<'n>>,
    ) {
        self.quote_of(title, &[nodes], cx, out);
    }

    /// A quote of several runs of nodes.
    fn quote_of(
        &mut self,
        title: Option<Vec<Inline<'n>>>,
        runs: &[&'n [Node<'n>]],
        cx: Context<'_>,
        out: &mut Vec<Block<'n>>,
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
    fn callout(
        &mut self,
        callout: &Callout,
        nodes: &'n [Node<'n>],
        cx: Context<'_>,
        out: &mut Vec<Block<'n>>,
    ) {
        let Some((first, rest)) = nodes.split_first() else {
            return;
        };
        let mut title = Vec::new();
        push_text(&mut title, callout.begin.clone());
        self.inlines(&first.children[callout.title.clone()], cx.with(Style::Bold), &mut title);
        if title.is_empty() {
            push_text(&mut title, callout.kind.clone());
        }
        let text = first.children.get(callout.title.end + 1..).unwrap_or_default();
        let at = out.len();
        self.quote_of(Some(title), &[text, rest], cx, out);
        expand(&mut out[at..], callout.is_folded);
    }

    fn titled(
        &mut self,
        title: Option<Vec<Inline<'n>>>,
        runs: &[&'n [Node<'n>]],
        cx: Context<'_>,
        out: &mut Vec<Block<'n>>,
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
    fn details(&mut self, nodes: &'n [Node<'n>], cx: Context<'_>, out: &mut Vec<Block<'n>>) {
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

    fn styled(&mut self, style: Style, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Block<'n>>) {
        let at = out.len();
        self.blocks(node.children, cx.with(style), out);
        if !cx.has(style) {
            wrap(&mut out[at..], &|content| Inline::Style(style, content));
        }
    }

    fn linked(&mut self, to: Resolved<'n>, node: &'n Node<'n>, cx: Context<'_>, out: &mut Vec<Block<'n>>) {
        let to = match to {
            Resolved::Url(url) => Link::Url(url),
            Resolved::Post(slug) => Link::Post(slug),
            Resolved::Nowhere => return self.blocks(node.children, cx, out),
            Resolved::Address(address) => {
                self.blocks(node.children, cx, out);
                return self.line(vec![Inline::Text(format!("({address})").into())], Role::Inner, cx, out);
            }
        };
        let at = out.len();
        self.blocks(node.children, Context { linked: true, ..cx }, out);
        wrap(&mut out[at..], &|content| Inline::Link { to: to.clone(), content });
    }
}

/// Puts the text of every paragraph into one node.
fn wrap<'n>(blocks: &mut [Block<'n>], node: &dyn Fn(Vec<Inline<'n>>) -> Inline<'n>) {
    for block in blocks {
        match &mut block.body {
            Body::Paragraph(content) => *content = vec![node(std::mem::take(content))],
            Body::Quote { blocks, .. } => wrap(blocks, node),
            Body::Pre { .. } => {}
        }
    }
}

fn drop_line_end(code: &mut Cow<'_, str>) {
    match code {
        Cow::Borrowed(code) => *code = code.strip_suffix('\n').unwrap_or(code),
        Cow::Owned(code) if code.ends_with('\n') => code.truncate(code.len() - 1),
        Cow::Owned(_) => {}
    }
}

fn expand(blocks: &mut [Block<'_>], wanted: bool) {
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
pub(in crate::render) fn language_of(info: &str) -> Option<&str> {
    let end = info
        .find(|c: char| c.is_whitespace() || c.is_control() || c == ',' || c == '{')
        .unwrap_or(info.len());
    (end > 0).then(|| &info[..end])
}

/// Language and text of `<pre>`: a line break behind the opening tag is not part of it, and `<code>` may stand on the
/// next line.
pub(in crate::render) fn preformatted<'n>(children: &[Node<'n>]) -> (Option<&'n str>, Cow<'n, str>) {
    let mut inside = children.iter().filter(|node| !node.is_blank());
    let language = match (inside.next().map(|node| &node.kind), inside.next()) {
        (Some(Kind::Html(Element::Code(Some(language)))), None) => language_of(language),
        _ => None,
    };
    let code = visible(children);
    let begin = if code.starts_with("\r\n") { 2 } else { usize::from(code.starts_with('\n')) };
    let code = match code {
        Cow::Borrowed(code) => Cow::Borrowed(&code[begin..]),
        Cow::Owned(code) => Cow::Owned(code[begin..].to_owned()),
    };
    (language, code)
}
