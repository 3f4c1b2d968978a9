//! Events of the parser → nodes: HTML tags balanced, spoilers paired, private notes found.

use std::ops::Range;

use bumpalo::Bump;
use pulldown_cmark::{CowStr, Event, LinkType, Tag as Parsed, TagEnd};

use super::element::{Class, classify};
use super::mark::{is_marked, pairs};
use super::node::kept;
use super::raw::RawHtml;
use super::structure::{braces_of, complete, implied_ends, lost_attributes};
use super::tag::{self, Token, in_arena};
use super::{Element, Image, Kind, Node, Tag};
use crate::content::Format;
use crate::diagnostic::Diagnostic;
use crate::render::notes::Notes;
use crate::render::scan::find;
use crate::render::{codes, limits};

/// A node whose end has not come yet.
struct Frame<'a> {
    kind: Kind<'a>,
    range: Range<usize>,
    origin: Origin<'a>,
    /// Where its children begin among the nodes so far.
    children: usize,
}

#[derive(Clone, Copy)]
enum Origin<'a> {
    Markdown,
    /// The name in lower case.
    Html(&'a str),
    Spoiler,
}

/// Bytes of the body for one node that waits for its parent, roughly.
const BYTES_PER_NODE: usize = 64;

pub(super) struct Builder<'a, 'n, 'p> {
    body: &'a str,
    arena: &'a Bump,
    notes: &'n mut Notes<'p>,
    /// Which HTML can be expressed.
    format: Format,
    stack: Vec<Frame<'a>>,
    /// The top nodes so far, then the children so far of each open node, from the outermost to the innermost.
    nodes: Vec<Node<'a>>,
    html: Option<RawHtml>,
    in_code: bool,
    /// Whether marks of spoilers or private notes stand anywhere in the body.
    has_marks: bool,
    /// Where `%%` stands.
    percents: Vec<Range<usize>>,
}

impl<'a, 'n, 'p> Builder<'a, 'n, 'p> {
    pub(super) fn new(body: &'a str, arena: &'a Bump, notes: &'n mut Notes<'p>, format: Format) -> Self {
        Self {
            body,
            arena,
            notes,
            format,
            stack: Vec::new(),
            nodes: Vec::with_capacity(body.len() / BYTES_PER_NODE),
            html: None,
            in_code: false,
            has_marks: is_marked(body),
            percents: Vec::new(),
        }
    }

    /// Takes the next event; `None` when it nests too deeply.
    pub(super) fn event(&mut self, event: Event<'a>, range: Range<usize>) -> Option<()> {
        match event {
            Event::Start(Parsed::HtmlBlock) => self.html = Some(RawHtml::default()),
            Event::Start(tag) => {
                self.in_code = matches!(tag, Parsed::CodeBlock(_));
                self.open(Kind::Markdown(Tag::of(tag, self.arena)), range, Origin::Markdown)?;
            }
            Event::End(TagEnd::HtmlBlock) => {
                let html = self.html.take().unwrap_or_default();
                let text = html.text(self.body).unwrap_or_else(|lines| self.arena.alloc_str(lines));
                self.raw_html(text, &|at| html.place(at), false)?;
            }
            Event::End(TagEnd::Heading(_)) => {
                self.braces(&range);
                self.end_markdown();
            }
            Event::End(_) => {
                self.in_code = false;
                self.end_markdown();
            }
            Event::Text(text) => self.text(text, range)?,
            Event::Code(code) => self.leaf(Kind::Code(self.kept(code)), range),
            Event::InlineMath(math) => self.formula(math, range),
            Event::DisplayMath(math) => self.leaf(Kind::DisplayMath(self.kept(math)), range),
            Event::Html(line) => match &mut self.html {
                Some(html) => html.push(&line, range, self.body),
                None => self.raw_html(self.kept(line), &|at| range.start + at, true)?,
            },
            Event::InlineHtml(html) => self.raw_html(self.kept(html), &|at| range.start + at, true)?,
            Event::FootnoteReference(label) => self.leaf(Kind::NoteReference(self.kept(label)), range),
            Event::SoftBreak => self.leaf(Kind::SoftBreak, range),
            Event::HardBreak => self.leaf(Kind::HardBreak, range),
            Event::Rule => self.leaf(Kind::Rule, range),
            Event::TaskListMarker(done) => self.leaf(Kind::Task(done), range),
        }
        Some(())
    }

    /// A `$` behind a digit or letter opens no formula, one before a digit closes none: `5$ or 6$` and `$5 or $6` are
    /// about money.
    fn formula(&mut self, math: CowStr<'a>, range: Range<usize>) {
        let is_money = self.body[..range.start].ends_with(char::is_alphanumeric)
            || self.body[range.end..].starts_with(|c: char| c.is_ascii_digit());
        let kind = if is_money {
            Kind::Text(self.arena.alloc_str(&format!("${}$", math.replace('\n', " "))))
        } else {
            Kind::Math(self.kept(math))
        };
        self.leaf(kind, range);
    }

    fn kept(&self, text: CowStr<'a>) -> &'a str {
        kept(text, self.arena)
    }

    pub(super) fn finish(mut self) -> &'a [Node<'a>] {
        while !self.stack.is_empty() {
            self.dissolve();
        }
        for pair in self.percents.chunks(2) {
            let range = pair[0].start..pair[pair.len() - 1].end;
            let message = if pair.len() == 2 {
                "the private note `%%…%%` would be published"
            } else {
                "`%%` begins a private note, which would be published"
            };
            let hint = "remove the note; write `\\%%` for two percent signs";
            self.notes.add(Diagnostic::error(codes::PRIVATE_NOTE, message).hint(hint), &range);
        }
        self.arena.alloc_slice_fill_iter(self.nodes)
    }

    fn open(&mut self, kind: Kind<'a>, range: Range<usize>, origin: Origin<'a>) -> Option<()> {
        if self.stack.len() >= limits::NESTING {
            let message = format!("nested more than {} levels deep", limits::NESTING);
            self.notes.add(
                Diagnostic::error(codes::TOO_DEEP, message).hint("put literal text in a code block"),
                &range,
            );
            return None;
        }
        self.stack.push(Frame { kind, range, origin, children: self.nodes.len() });
        Some(())
    }

    fn leaf(&mut self, kind: Kind<'a>, range: Range<usize>) {
        self.nodes.push(Node::leaf(kind, range));
    }

    /// Gives a heading back what the parser took for attributes and is neither `#id` nor `.class`: words in braces.
    fn braces(&mut self, range: &Range<usize>) {
        let Some(braces) = braces_of(&self.body[range.clone()]) else {
            return;
        };
        let at = range.start + braces.start..range.start + braces.end;
        let begin = self.stack.last().map_or(0, |frame| frame.children);
        if self.nodes[begin..].last().is_none_or(|last| last.range.end <= at.start) {
            let text = self.arena.alloc_str(&format!(" {}", &self.body[at.clone()]));
            self.leaf(Kind::Text(text), at);
        }
    }

    /// Ends the innermost Markdown element; what is open inside it was never closed.
    fn end_markdown(&mut self) {
        while self.stack.last().is_some_and(|frame| !matches!(frame.origin, Origin::Markdown)) {
            self.dissolve();
        }
        self.close();
    }

    /// Closes the top of the stack properly.
    fn close(&mut self) {
        let Some(Frame { kind, range, origin, children }) = self.stack.pop() else {
            return;
        };
        if let (Kind::Html(Element::Hidden), Origin::Html(name)) = (kind, origin) {
            self.nodes.truncate(children);
            let message = format!("`<{name}>` holds no text for readers: it is left out with its content");
            return self.notes.add(Diagnostic::warning(codes::SCRIPT, message), &range);
        }
        let begin = children;
        let children = self.arena.alloc_slice_clone(&self.nodes[begin..]);
        self.nodes.truncate(begin);
        let node = match origin {
            Origin::Html(_) => {
                let (before, node) = complete(kind, range, children, self.arena);
                self.nodes.extend(before);
                node
            }
            Origin::Markdown | Origin::Spoiler => Node::branch(kind, range, children),
        };
        self.nodes.push(node);
    }

    /// Takes the top of the stack back: its content stays, it does not.
    fn dissolve(&mut self) {
        let may_end = |frame: &Frame<'_>| matches!(frame.origin, Origin::Html(name) if !implied_ends(name).0.is_empty());
        if self.stack.last().is_some_and(may_end) {
            return self.close();
        }
        let Some(Frame { kind, range, origin, children }) = self.stack.pop() else {
            return;
        };
        match origin {
            Origin::Markdown => {}
            Origin::Spoiler => self.nodes.insert(children, Node::leaf(Kind::Text("||"), range)),
            Origin::Html(_) if matches!(kind, Kind::Html(Element::Unknown | Element::Plain)) => {}
            Origin::Html(name) if matches!(kind, Kind::Html(Element::Hidden)) => {
                let message = format!("`<{name}>` is not closed: its content would be published as text");
                let hint = format!("add `</{name}>`, or remove it");
                self.notes.add(Diagnostic::error(codes::SCRIPT, message).hint(hint), &range);
            }
            Origin::Html(name) => {
                let message = format!("`<{name}>` is not closed where it was opened");
                let hint = format!("add `</{name}>` in the same paragraph, quote or item");
                self.notes.add(Diagnostic::warning(codes::UNBALANCED_TAG, message).hint(hint), &range);
            }
        }
    }

    fn text(&mut self, text: CowStr<'a>, range: Range<usize>) -> Option<()> {
        let is_verbatim = text.len() == range.len();
        if !self.has_marks || self.in_code || !is_verbatim || !is_marked(&text) {
            self.leaf(Kind::Text(self.kept(text)), range);
            return Some(());
        }
        let source = &self.body[range.clone()];
        let follows_backslash = self.body[..range.start].ends_with('\\');
        let escaped =
            usize::from(follows_backslash && source.starts_with(|c: char| c.is_ascii_punctuation()));
        self.percents(&source[escaped..], range.start + escaped);

        let mut done = range.start;
        for at in pairs(source, escaped).map(|at| range.start + at) {
            let Some(opens) = self.spoiler_at(at) else {
                continue;
            };
            if done < at {
                self.leaf(Kind::Text(&self.body[done..at]), done..at);
            }
            done = at + 2;
            if opens {
                self.open(Kind::Spoiler, at..done, Origin::Spoiler)?;
            } else {
                self.end_spoiler(done);
            }
        }
        if done < range.end {
            self.leaf(Kind::Text(&self.body[done..range.end]), done..range.end);
        }
        Some(())
    }

    /// Whether the `||` at `at` opens or closes a spoiler: inside it no blank stands next to the marks.
    fn spoiler_at(&self, at: usize) -> Option<bool> {
        let before = self.body[..at].chars().next_back();
        let after = self.body[at + 2..].chars().next();
        let is_open = matches!(self.stack.last(), Some(Frame { origin: Origin::Spoiler, .. }));
        if is_open {
            return before.is_some_and(|c| !c.is_whitespace()).then_some(false);
        }
        after.is_some_and(|c| !c.is_whitespace()).then_some(true)
    }

    fn end_spoiler(&mut self, end: usize) {
        if let Some(frame) = self.stack.last_mut() {
            frame.range.end = end;
        }
        self.close();
    }

    fn percents(&mut self, text: &str, start: usize) {
        if find(text, |byte| byte == b'%').is_some() {
            let found = text.match_indices("%%").map(|(at, mark)| start + at..start + at + mark.len());
            self.percents.extend(found);
        }
    }

    /// Raw HTML, inline or of a block. `place` turns its offsets into those of the body.
    fn raw_html(&mut self, html: &'a str, place: &dyn Fn(usize) -> usize, inline: bool) -> Option<()> {
        for (at, token) in tag::tokens(html) {
            let start = place(at.start);
            let range = start..(start + at.len()).min(self.body.len());
            match token {
                Token::Text(text) => self.html_text(text, range),
                Token::Comment(text) if text.trim() == "tgsync:break" => self.leaf(Kind::MessageBreak, range),
                Token::Comment(_) => {}
                Token::Open(tag) => self.open_tag(tag, &html[at], range)?,
                Token::Close(name) => self.close_tag(name, range, inline),
                Token::Other => self.unknown("this HTML declaration is left out", &range),
            }
        }
        Some(())
    }

    fn html_text(&mut self, text: &'a str, range: Range<usize>) {
        self.percents(text, range.start);
        let decoded = in_arena(tag::decode(text), self.arena);
        let is_pre = |frame: &Frame<'_>| matches!(frame.kind, Kind::Html(Element::Pre));
        let text = if self.stack.iter().any(is_pre) {
            decoded
        } else {
            in_arena(tag::collapse(decoded), self.arena)
        };
        self.leaf(Kind::Text(text), range);
    }

    fn unknown(&mut self, message: impl Into<String>, range: &Range<usize>) {
        self.notes.add(Diagnostic::warning(codes::UNKNOWN_TAG, message), range);
    }

    fn open_tag(&mut self, tag: tag::Tag<'a>, source: &'a str, range: Range<usize>) -> Option<()> {
        let name = self.lowercase(tag.name);
        for lost in lost_attributes(name).iter().filter(|lost| tag.has(lost)) {
            self.unknown(format!("`{lost}` of `<{name}>` can't be expressed: it is left out"), &range);
        }
        match classify(name, tag, self.format, self.arena) {
            Class::Element(element) => {
                if element == Element::Unknown {
                    self.unknown(
                        format!("`<{name}>` can't be expressed: it is left out, its text kept"),
                        &range,
                    );
                }
                self.open(Kind::Html(self.arena.alloc(element)), range, Origin::Html(name))?;
            }
            Class::Markdown(tag) => {
                self.end_implied(name);
                self.open(Kind::Markdown(tag), range, Origin::Html(name))?;
            }
            Class::Break => self.leaf(Kind::HardBreak, range),
            Class::Rule => self.leaf(Kind::Rule, range),
            Class::Picture => self.picture(tag, range)?,
            Class::Division => self.leaf(Kind::BlockBreak, range),
            Class::Block => {
                self.unknown(format!("`<{name}>` can't be expressed: it is left out, its text kept"), &range);
                self.leaf(Kind::BlockBreak, range);
            }
            Class::Void => self.unknown(format!("`<{name}>` can't be expressed: it is left out"), &range),
            Class::Script => {
                self.open(Kind::Html(&Element::Hidden), range, Origin::Html(name))?;
            }
            Class::Literal => self.literal(source, range),
        }
        Some(())
    }

    fn lowercase(&self, name: &'a str) -> &'a str {
        let has_capitals = name.bytes().any(|b| b.is_ascii_uppercase());
        if has_capitals { self.arena.alloc_str(&name.to_ascii_lowercase()) } else { name }
    }

    /// Ends the sibling before an element whose end tag may be left out.
    fn end_implied(&mut self, name: &str) {
        let (siblings, parents) = implied_ends(name);
        let of_html = self.stack.iter().rev().map_while(|frame| match frame.origin {
            Origin::Html(open) if !parents.contains(&open) => Some(open),
            _ => None,
        });
        let outermost = of_html.enumerate().filter(|(_, open)| siblings.contains(open)).last();
        let count = outermost.map_or(0, |(depth, _)| depth + 1);
        for _ in 0..count {
            self.dissolve();
        }
    }

    /// What looks like a tag and is none: `<name>`, `Vec<T>`.
    fn literal(&mut self, source: &'a str, range: Range<usize>) {
        let shown: String = source.chars().take(40).collect();
        let warning = Diagnostic::warning(
            codes::UNKNOWN_TAG,
            format!("`{shown}` is no HTML tag: it is shown as written"),
        );
        self.notes.add(warning.hint("put it in backticks"), &range);
        self.leaf(Kind::Text(source), range);
    }

    fn picture(&mut self, tag: tag::Tag<'a>, range: Range<usize>) -> Option<()> {
        let value = |attribute: &str| tag.attribute(attribute, self.arena).unwrap_or_default();
        let image = Image { link_type: LinkType::Inline, dest_url: value("src"), title: "" };
        let alt = Kind::Text(value("alt"));
        self.open(Kind::Markdown(Tag::Image(self.arena.alloc(image))), range.clone(), Origin::Markdown)?;
        self.leaf(alt, range);
        self.close();
        Some(())
    }

    fn close_tag(&mut self, written: &'a str, range: Range<usize>, inline: bool) {
        let name = self.lowercase(written);
        let of_html = self.stack.iter().rev().take_while(|frame| !matches!(frame.origin, Origin::Markdown));
        let depth =
            of_html.into_iter().position(|frame| matches!(frame.origin, Origin::Html(open) if open == name));
        if let Some(depth) = depth {
            for _ in 0..depth {
                self.dissolve();
            }
            return self.close();
        }
        match classify(name, tag::Tag::named(written), self.format, self.arena) {
            Class::Block | Class::Division => self.leaf(Kind::BlockBreak, range),
            Class::Markdown(_) if !implied_ends(name).0.is_empty() => {}
            Class::Literal => self.literal(self.arena.alloc_str(&format!("</{written}>")), range),
            Class::Element(Element::Unknown | Element::Plain) if name != "a" => {}
            Class::Break | Class::Rule | Class::Picture | Class::Void => {}
            _ => {
                let where_to = if inline { "in this paragraph" } else { "here" };
                let message = format!("`</{name}>` closes nothing {where_to}: it is left out");
                self.notes.add(Diagnostic::warning(codes::UNBALANCED_TAG, message), &range);
            }
        }
    }
}
