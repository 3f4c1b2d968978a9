//! The tree as Rich HTML, the `html` of an `InputRichMessage`.
//!
//! Rich HTML takes every run of line ends for one space, so a line end is `<br>` everywhere but in `<pre>`; between the
//! blocks of the message there is one for people who read the source.

use std::fmt::Write as _;

use super::tree::{Align, Block, Inline, Link, List, Rich, Style, Table};
use crate::ids::Slug;
use crate::media::{self, Kind};
use crate::render::Item;
use crate::render::html::push_escaped;

/// What stands in an item that says nothing: Telegram refuses an empty one. A word joiner is no blank, and not seen.
pub(super) const NOTHING: &str = "\u{2060}";

/// The `html` of `sendRichMessage`. A post without a URL is plain text.
pub fn html(rich: &Rich, url_of: &dyn Fn(&Slug) -> Option<String>) -> String {
    let mut writer = Writer::new(url_of);
    for block in rich.blocks.iter().filter(|block| !matches!(block, Block::Break { .. })) {
        writer.out.push_str(if writer.out.is_empty() { "" } else { "\n" });
        writer.block(block);
    }
    writer.out
}

/// One block of it.
pub(super) fn block_html(block: &Block, url_of: &dyn Fn(&Slug) -> Option<String>) -> String {
    let mut writer = Writer::new(url_of);
    writer.block(block);
    writer.out
}

/// The form that is digested: links to posts stay `post:SLUG`, so that it does not depend on message ids.
pub fn canonical(rich: &Rich) -> String {
    html(rich, &|slug| Some(format!("post:{slug}")))
}

struct Writer<'a> {
    out: String,
    url_of: &'a dyn Fn(&Slug) -> Option<String>,
    /// How many were written.
    files: usize,
}

impl<'a> Writer<'a> {
    fn new(url_of: &'a dyn Fn(&Slug) -> Option<String>) -> Self {
        Self { out: String::with_capacity(256), url_of, files: 0 }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(content) => self.tagged("p", content),
            Block::Heading { level, content } => self.tagged(&format!("h{level}"), content),
            Block::Pre { language, code } => self.pre(language.as_deref(), code),
            Block::Math(math) => self.verbatim("tg-math-block", math),
            Block::Rule => self.out.push_str("<hr/>"),
            Block::List(list) => self.list(list),
            Block::Quote { blocks, credit } => {
                self.out.push_str("<blockquote>");
                self.sole_or_blocks(blocks);
                self.credit(credit);
                self.out.push_str("</blockquote>");
            }
            Block::Folded { content, credit } => self.credited("blockquote", " expandable", content, credit),
            Block::Aside { content, credit } => self.credited("aside", "", content, credit),
            Block::Details { open, summary, blocks } => {
                self.out.push_str(if *open { "<details open>" } else { "<details>" });
                self.tagged("summary", summary);
                self.blocks(blocks);
                self.out.push_str("</details>");
            }
            Block::Table(table) => self.table(table),
            Block::Picture { url, spoiler, caption, credit } => {
                self.figure(caption, credit, |writer| writer.medium("img", url, *spoiler));
            }
            Block::File { item, caption, credit } => {
                self.figure(caption, credit, |writer| writer.file(item));
            }
            Block::Footer(content) => self.tagged("footer", content),
            Block::Break { .. } => {}
        }
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn tagged(&mut self, tag: &str, content: &[Inline]) {
        let _ = write!(self.out, "<{tag}>");
        self.inlines(content);
        let _ = write!(self.out, "</{tag}>");
    }

    fn verbatim(&mut self, tag: &str, text: &str) {
        let _ = write!(self.out, "<{tag}>");
        push_escaped(text, false, &mut self.out);
        let _ = write!(self.out, "</{tag}>");
    }

    /// A line end right behind `<pre>` would not count, so code that begins with one is in a `<code>`.
    fn pre(&mut self, language: Option<&str>, code: &str) {
        let (begin, end) = match language {
            Some(_) => ("<pre><code class=\"language-", "</code></pre>"),
            None if code.starts_with('\n') => ("<pre><code>", "</code></pre>"),
            None => ("<pre>", "</pre>"),
        };
        self.out.push_str(begin);
        if let Some(language) = language {
            push_escaped(language, true, &mut self.out);
            self.out.push_str("\">");
        }
        push_escaped(code, false, &mut self.out);
        self.out.push_str(end);
    }

    fn credit(&mut self, credit: &[Inline]) {
        if !credit.is_empty() {
            self.tagged("cite", credit);
        }
    }

    fn credited(&mut self, tag: &str, attribute: &str, content: &[Inline], credit: &[Inline]) {
        let _ = write!(self.out, "<{tag}{attribute}>");
        self.inlines(content);
        self.credit(credit);
        let _ = write!(self.out, "</{tag}>");
    }

    /// A paragraph that is alone in its item or quote needs no tag.
    fn sole_or_blocks(&mut self, blocks: &[Block]) {
        match blocks {
            [Block::Paragraph(content)] => self.inlines(content),
            _ => self.blocks(blocks),
        }
    }

    fn list(&mut self, list: &List) {
        let tag = if list.start.is_some() { "ol" } else { "ul" };
        let _ = write!(self.out, "<{tag}");
        if let Some(start) = list.start.filter(|start| *start != 1) {
            let _ = write!(self.out, " start=\"{start}\"");
        }
        self.out.push('>');
        for item in &list.items {
            self.out.push_str("<li>");
            self.out.push_str(match item.task {
                Some(true) => "<input type=\"checkbox\" checked>",
                Some(false) => "<input type=\"checkbox\">",
                None => "",
            });
            self.out.push_str(if item.is_empty() { NOTHING } else { "" });
            self.sole_or_blocks(&item.blocks);
            self.out.push_str("</li>");
        }
        let _ = write!(self.out, "</{tag}>");
    }

    fn table(&mut self, table: &Table) {
        self.out.push_str("<table bordered>");
        for (index, row) in table.rows.iter().enumerate() {
            self.out.push_str("<tr>");
            let tag = if table.header && index == 0 { "th" } else { "td" };
            for (column, cell) in row.iter().enumerate() {
                let align = match table.columns.get(column).copied().flatten() {
                    Some(Align::Left) => " align=\"left\"",
                    Some(Align::Center) => " align=\"center\"",
                    Some(Align::Right) => " align=\"right\"",
                    None => "",
                };
                let _ = write!(self.out, "<{tag}{align}>");
                self.inlines(cell);
                let _ = write!(self.out, "</{tag}>");
            }
            self.out.push_str("</tr>");
        }
        self.out.push_str("</table>");
    }

    /// What `shown` writes, with what is said of it.
    fn figure(&mut self, caption: &[Inline], credit: &[Inline], shown: impl FnOnce(&mut Self)) {
        if caption.is_empty() && credit.is_empty() {
            return shown(self);
        }
        self.out.push_str("<figure>");
        shown(self);
        self.credited("figcaption", "", caption, credit);
        self.out.push_str("</figure>");
    }

    /// A file is named by its number in the message: what says the same stays the same when the file changes.
    fn file(&mut self, item: &Item) {
        let (tag, scheme) = match item.kind {
            Kind::Photo => ("img", "photo"),
            Kind::Video | Kind::Animation => ("video", "video"),
            Kind::Audio | Kind::Voice => ("audio", "audio"),
            Kind::Document => ("tg-document", "document"),
        };
        let url = format!("tg://{scheme}?id={}", media::rich_id(self.files));
        self.files += 1;
        self.medium(tag, &url, item.spoiler);
    }

    fn medium(&mut self, tag: &str, url: &str, spoiler: bool) {
        let _ = write!(self.out, "<{tag} src=\"");
        push_escaped(url, true, &mut self.out);
        self.out.push_str(if spoiler { "\" tg-spoiler" } else { "\"" });
        if tag == "img" {
            self.out.push_str("/>");
        } else {
            let _ = write!(self.out, "></{tag}>");
        }
    }

    fn inlines(&mut self, content: &[Inline]) {
        for inline in content {
            match inline {
                Inline::Text(text) => push_escaped(text, false, &mut self.out),
                Inline::Break => self.out.push_str("<br>"),
                Inline::Style(style, content) => self.tagged(tag_of(*style), content),
                Inline::Code(code) => self.verbatim("code", code),
                Inline::Math(math) => self.verbatim("tg-math", math),
                Inline::Link { to, content } => self.link(to, content),
                Inline::Anchor(name) => self.opened("a name", name, "</a>", &[]),
                Inline::Reference { name, content } => {
                    self.opened("tg-reference name", name, "</tg-reference>", content);
                }
                Inline::Emoji { id, alt } => {
                    let alt = [Inline::Text(alt.clone())];
                    self.opened("tg-emoji emoji-id", &id.to_string(), "</tg-emoji>", &alt);
                }
                Inline::Time { unix, format, text } => self.time(*unix, format, text),
            }
        }
    }

    /// `<begin="value">content` and the end tag.
    fn opened(&mut self, begin: &str, value: &str, end: &str, content: &[Inline]) {
        let _ = write!(self.out, "<{begin}=\"");
        push_escaped(value, true, &mut self.out);
        self.out.push_str("\">");
        self.inlines(content);
        self.out.push_str(end);
    }

    fn link(&mut self, to: &Link, content: &[Inline]) {
        let url = match to {
            Link::Url(url) => Some(url.clone()),
            Link::Post(slug) => (self.url_of)(slug),
            Link::Place(name) => Some(format!("#{name}")),
        };
        match url {
            Some(url) => self.opened("a href", &url, "</a>", content),
            None => self.inlines(content),
        }
    }

    fn time(&mut self, unix: i32, format: &str, text: &str) {
        let _ = write!(self.out, "<tg-time unix=\"{unix}\"");
        if !format.is_empty() {
            let _ = write!(self.out, " format=\"{format}\"");
        }
        self.out.push('>');
        push_escaped(text, false, &mut self.out);
        self.out.push_str("</tg-time>");
    }
}

fn tag_of(style: Style) -> &'static str {
    match style {
        Style::Bold => "b",
        Style::Italic => "i",
        Style::Underline => "u",
        Style::Strike => "s",
        Style::Spoiler => "tg-spoiler",
        Style::Mark => "mark",
        Style::Sub => "sub",
        Style::Sup => "sup",
    }
}
