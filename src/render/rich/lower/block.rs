//! Blocks: paragraphs, headings, lists, quotes, code, definitions.

use pulldown_cmark::HeadingLevel;

use super::inline::text_of;
use super::{Context, Lower, runs};
use crate::render::codes;
use crate::render::lower::{Callout, alert_title, language_of, preformatted, task, visible};
use crate::render::markdown::{Element, Extra, Kind, Node, Tag};
use crate::render::rich::tree::{Block, Inline, Item, List, Style};

impl<'n> Lower<'n, '_, '_> {
    pub(super) fn blocks(&mut self, nodes: &'n [Node<'n>], cx: Context, out: &mut Vec<Block>) {
        for run in runs(nodes) {
            self.run(run, cx, out);
        }
    }

    /// As [`Self::blocks`], into a sequence of its own.
    pub(super) fn inner(&mut self, nodes: &'n [Node<'n>], cx: Context) -> Vec<Block> {
        let mut blocks = Vec::new();
        self.blocks(nodes, cx, &mut blocks);
        blocks
    }

    /// One block, or inline nodes that are a paragraph.
    pub(super) fn run(&mut self, run: &'n [Node<'n>], cx: Context, out: &mut Vec<Block>) {
        match run {
            [node] if node.block => self.block(node, cx, out),
            nodes => self.paragraph(nodes, cx, out),
        }
    }

    fn block(&mut self, node: &'n Node<'n>, cx: Context, out: &mut Vec<Block>) {
        match &node.kind {
            Kind::Markdown(tag) => self.markdown(tag, node, cx, out),
            Kind::Html(element) => self.element(element, node, cx, out),
            Kind::Spoiler => self.styled(Style::Spoiler, node, cx, out),
            Kind::Rule => out.push(Block::Rule),
            Kind::MessageBreak => {
                self.breaks.push(node.range.clone());
                out.push(Block::Break { at: node.range.start });
            }
            _ => {}
        }
    }

    fn markdown(&mut self, tag: &'n Tag<'n>, node: &'n Node<'n>, cx: Context, out: &mut Vec<Block>) {
        let children = node.children;
        match tag {
            Tag::Paragraph if !children.iter().any(|child| child.block) => self.paragraph(children, cx, out),
            Tag::Heading(level) => self.heading(level_of(*level), node, cx, out),
            Tag::BlockQuote(Some(alert)) => {
                let title = vec![Inline::Text(alert_title(*alert).into())];
                self.quote(vec![bold_paragraph(title)], &[children], cx, out);
            }
            Tag::BlockQuote(None) => match Callout::of(children) {
                Some(callout) => self.callout(&callout, children, cx, out),
                None => self.quote(Vec::new(), &[children], cx, out),
            },
            Tag::CodeBlock(info) => self.pre(info.and_then(language_of), &visible(children), cx, out),
            Tag::List(start) => {
                let items = children.iter().map(|item| self.item(item, cx)).collect();
                out.push(Block::List(List { start: *start, items }));
            }
            Tag::Table(alignments) => self.markdown_table(alignments, node, cx, out),
            Tag::DefinitionList => self.definitions(children, cx, out),
            // The notes stand at the end.
            Tag::FootnoteDefinition(_) => {}
            _ => self.blocks(children, cx, out),
        }
    }

    fn element(&mut self, element: &'n Element<'n>, node: &'n Node<'n>, cx: Context, out: &mut Vec<Block>) {
        match element {
            Element::Style(style) => self.styled((*style).into(), node, cx, out),
            Element::Sub => self.styled(Style::Sub, node, cx, out),
            Element::Sup => self.styled(Style::Sup, node, cx, out),
            Element::Link(to) if !cx.linked => self.linked(to, node, cx, out),
            Element::Pre => {
                let (language, code) = preformatted(node.children);
                self.pre(language, &code, cx, out);
            }
            Element::Quote { expandable: false } => self.quote(Vec::new(), &[node.children], cx, out),
            Element::Quote { expandable: true } => self.folded(node, cx, out),
            Element::Details { open } => self.details(*open, node.children, cx, out),
            Element::Summary => self.bold_line(node.children, cx, out),
            Element::Extra(extra) => self.extra(*extra, node, cx, out),
            _ => self.blocks(node.children, cx, out),
        }
    }

    /// Inline nodes as a paragraph; a formula alone is a block, and so are pictures.
    fn paragraph(&mut self, nodes: &'n [Node<'n>], cx: Context, out: &mut Vec<Block>) {
        match nodes {
            [Node { kind: Kind::DisplayMath(math), .. }] if !cx.needs_text() => {
                return out.push(Block::Math(one_line(math)));
            }
            _ => {}
        }
        if !self.pictures(nodes, cx, out) {
            out.push(Block::Paragraph(self.content(nodes, cx)));
        }
    }

    pub(super) fn bold_line(&mut self, nodes: &'n [Node<'n>], cx: Context, out: &mut Vec<Block>) {
        let mut content = Vec::new();
        self.style(Style::Bold, nodes, cx, &mut content);
        out.push(Block::Paragraph(content));
    }

    pub(super) fn heading(&mut self, level: u8, node: &'n Node<'n>, cx: Context, out: &mut Vec<Block>) {
        let mut content: Vec<Inline> = self.places.anchor(node).map(Inline::Anchor).into_iter().collect();
        self.inlines(node.children, cx, &mut content);
        out.push(Block::Heading { level, content });
    }

    pub(super) fn item(&mut self, item: &'n Node<'n>, cx: Context) -> Item {
        Item { task: task(item), blocks: self.inner(item.children, cx) }
    }

    /// A term is a bold line, its definitions are the items below it.
    fn definitions(&mut self, nodes: &'n [Node<'n>], cx: Context, out: &mut Vec<Block>) {
        let is_title = |node: &Node<'_>| matches!(node.kind, Kind::Markdown(Tag::DefinitionListTitle));
        for run in nodes.chunk_by(|one, next| is_title(one) == is_title(next)) {
            if is_title(&run[0]) {
                for title in run {
                    self.bold_line(title.children, cx, out);
                }
            } else {
                let items = run.iter().map(|definition| self.item(definition, cx)).collect();
                out.push(Block::List(List { start: None, items }));
            }
        }
    }

    fn pre(&mut self, language: Option<&str>, code: &str, cx: Context, out: &mut Vec<Block>) {
        let code = code.strip_suffix('\n').unwrap_or(code).replace('\t', "    ");
        if !cx.needs_text() {
            let language = language.map(str::to_owned);
            return out.push(Block::Pre { language, code });
        }
        let mut content = Vec::new();
        self.code(&code, cx, &mut content);
        out.push(Block::Paragraph(content));
    }

    /// A quote of several runs of nodes that begins with `blocks`; a `<cite>` at its end says who is quoted.
    fn quote(&mut self, mut blocks: Vec<Block>, runs: &[&'n [Node<'n>]], cx: Context, out: &mut Vec<Block>) {
        let mut credit = Vec::new();
        for run in runs {
            let (rest, whose) = self.credit(run, cx);
            for nodes in rest {
                self.blocks(nodes, cx, &mut blocks);
            }
            credit.extend(whose);
        }
        out.push(Block::Quote { blocks, credit });
    }

    /// A quote with a bold title; a folded one is details behind the title.
    fn callout(&mut self, callout: &Callout, nodes: &'n [Node<'n>], cx: Context, out: &mut Vec<Block>) {
        let Some((first, rest)) = nodes.split_first() else {
            return;
        };
        let mut title = vec![Inline::Text(callout.begin.clone())];
        self.inlines(&first.children[callout.title.clone()], cx, &mut title);
        if text_of(&title).trim().is_empty() {
            title = vec![Inline::Text(callout.kind.clone())];
        }
        let text = first.children.get(callout.title.end + 1..).unwrap_or_default();
        if !callout.is_folded {
            return self.quote(vec![bold_paragraph(title)], &[text, rest], cx, out);
        }
        let mut blocks = Vec::new();
        for nodes in [text, rest] {
            self.blocks(nodes, cx, &mut blocks);
        }
        out.push(Block::Details { open: false, summary: title, blocks });
    }

    /// The nodes around the `<cite>` among `nodes` or at the end of their last paragraph, and what it says.
    pub(super) fn credit(
        &mut self,
        nodes: &'n [Node<'n>],
        cx: Context,
    ) -> (Vec<&'n [Node<'n>]>, Vec<Inline>) {
        if let Some(at) = nodes.iter().rposition(is_cite) {
            let credit = self.content(nodes[at].children, cx);
            return (vec![&nodes[..at], &nodes[at + 1..]], credit);
        }
        match nodes.split_last() {
            Some((last, rest)) if last.children.last().is_some_and(is_cite) && is_paragraph(last) => {
                let (text, cite) = last.children.split_at(last.children.len() - 1);
                let credit = self.content(cite[0].children, cx);
                (vec![rest, text], credit)
            }
            _ => (vec![nodes], Vec::new()),
        }
    }

    /// `<blockquote expandable>`: Telegram has running text only in it.
    fn folded(&mut self, node: &'n Node<'n>, cx: Context, out: &mut Vec<Block>) {
        let mut quote = Vec::new();
        self.quote(Vec::new(), &[node.children], cx, &mut quote);
        for block in &mut quote {
            let Block::Quote { blocks, credit } = block else { continue };
            if let Some(folded) = folded_of(blocks, credit) {
                out.extend(folded);
                continue;
            }
            let message = "a quote that folds holds text only: it is shown unfolded";
            self.scope.warn(codes::UNFOLDED_QUOTE, message, &node.range);
            out.push(block.clone());
        }
    }

    fn details(&mut self, open: bool, nodes: &'n [Node<'n>], cx: Context, out: &mut Vec<Block>) {
        let is_summary = |node: &Node<'_>| matches!(node.kind, Kind::Html(Element::Summary));
        let begin = nodes.iter().position(is_summary).map_or(0, |at| at + 1);
        let mut blocks = Vec::new();
        let mut summary = Vec::new();
        for node in &nodes[..begin] {
            if is_summary(node) {
                self.inlines(node.children, cx, &mut summary);
            } else {
                self.blocks(std::slice::from_ref(node), cx, &mut blocks);
            }
        }
        if summary.is_empty() {
            summary.push(Inline::Text("Details".into()));
        }
        self.blocks(&nodes[begin..], cx, &mut blocks);
        out.push(Block::Details { open, summary, blocks });
    }

    pub(super) fn styled(&mut self, style: Style, node: &'n Node<'n>, cx: Context, out: &mut Vec<Block>) {
        let mut blocks = self.inner(node.children, cx.with(style));
        if !cx.has(style) {
            wrap(&mut blocks, &|content| Inline::Style(style, content));
        }
        out.append(&mut blocks);
    }
}

fn is_cite(node: &Node<'_>) -> bool {
    matches!(node.kind, Kind::Html(Element::Extra(Extra::Cite)))
}

fn is_paragraph(node: &Node<'_>) -> bool {
    matches!(node.kind, Kind::Markdown(Tag::Paragraph))
}

fn bold_paragraph(content: Vec<Inline>) -> Block {
    Block::Paragraph(vec![Inline::Style(Style::Bold, content)])
}

/// Puts the text of every block into one node.
pub(super) fn wrap(blocks: &mut [Block], node: &dyn Fn(Vec<Inline>) -> Inline) {
    for block in blocks {
        for content in block.texts_mut().into_iter().filter(|content| !content.is_empty()) {
            *content = vec![node(std::mem::take(content))];
        }
        block.inner_mut().into_iter().for_each(|blocks| wrap(blocks, node));
    }
}

fn credit_of(block: &mut Block) -> Option<&mut Vec<Inline>> {
    match block {
        Block::Folded { credit, .. } => Some(credit),
        _ => None,
    }
}

/// A quote that folds, one on each side of a break; `None` when there is something else than paragraphs.
fn folded_of(blocks: &[Block], credit: &[Inline]) -> Option<Vec<Block>> {
    let is_break = |block: &Block| matches!(block, Block::Break { .. });
    let runs = blocks.chunk_by(|one, next| !is_break(one) && !is_break(next));
    let fold = |run: &[Block]| match run {
        [Block::Break { at }] => Some(Block::Break { at: *at }),
        run => lines_of(run).map(|content| Block::Folded { content, credit: Vec::new() }),
    };
    let mut folded: Vec<Block> = runs.map(fold).collect::<Option<_>>()?;
    match folded.iter_mut().rev().find_map(credit_of) {
        Some(last) => *last = credit.to_vec(),
        None => folded.push(Block::Folded { content: credit.to_vec(), credit: Vec::new() }),
    }
    Some(folded)
}

/// Paragraphs as lines of one text; `None` when there are other blocks.
fn lines_of(blocks: &[Block]) -> Option<Vec<Inline>> {
    let mut content = Vec::new();
    for block in blocks {
        let Block::Paragraph(text) = block else {
            return None;
        };
        if !content.is_empty() {
            content.extend([Inline::Break, Inline::Break]);
        }
        content.extend(text.iter().cloned());
    }
    Some(content)
}

/// In LaTeX a line end is a space, and in Rich HTML it becomes one.
pub(super) fn one_line(math: &str) -> String {
    math.split('\n').map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
