//! Markdown as a sequence of what has to be seen: events of the parser, one after the other, without a tree.

mod links;
mod notes;
mod tags;

use std::ops::Range;

use pulldown_cmark::{
    Alignment, BlockQuoteKind, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd,
};
use tgsync::content::Format;
use unicode_normalization::UnicodeNormalization as _;

use super::html::{self, Piece};
use super::{At, Code, Glyph, Look, Place, Placed, Style, Table, Want};
pub(super) use links::heading_name;
use links::{Open, has_scheme, heading_names};

/// What a body says.
pub(super) struct Read {
    pub wants: Vec<Placed>,
    /// The line, from 0, where something is shown in a poorer way, and the code of the warning that says so.
    pub degraded: Vec<(usize, &'static str)>,
}

/// The columns that a table of a rich message may have.
const COLUMNS: usize = 20;

#[derive(Default)]
struct Source {
    is_rich: bool,
    out: Vec<Placed>,
    degraded: Vec<(usize, &'static str)>,
    gap: bool,
    /// How often each style is around.
    styles: [usize; 8],
    /// The addresses around; one that can't be linked is none.
    links: Vec<Option<String>>,
    link_starts: Vec<Open>,
    code: Option<Code>,
    /// The number of the next item of each list around.
    lists: Vec<Option<u64>>,
    /// The lists around each quote or note, which begins lists of its own.
    outer_lists: Vec<Vec<Option<u64>>>,
    /// How far lists are indented by what is around them.
    indents: Vec<usize>,
    place: Place,
    /// Where each `<details>` began, and whether it has a summary.
    details: Vec<(usize, bool)>,
    table: Table,
    /// The line where it begins.
    table_line: usize,
    /// Whether a table of HTML has one.
    has_header: bool,
    /// What was read before the note, cell or summary that is being read.
    outer: Vec<Vec<Placed>>,
    notes: Vec<(String, Vec<Placed>)>,
    label: String,
    /// The title of the picture that is being read.
    title: String,
    /// Whether the paragraph is nothing but pictures of the web.
    is_gallery: bool,
    is_paragraph: bool,
    /// Whether the picture that is being read is alone in its block.
    is_alone: bool,
    /// The names of all headings.
    headings: Vec<String>,
    /// Whether HTML formatting counts.
    is_balanced: bool,
    /// Whether a line end that comes next is not part of `<pre>`.
    begins_code: bool,
    /// The name of the element whose content is for machines.
    script: Option<String>,
    /// The HTML block that is being read.
    html: String,
    /// The line, from 0, of what is being read.
    line: usize,
}

/// What `body` says. Tags that are not in balance format nothing.
pub(super) fn read(body: &str, format: Format, is_balanced: bool) -> Read {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_WIKILINKS
        | Options::ENABLE_MATH
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let events: Vec<(Event<'_>, Range<usize>)> = Parser::new_ext(body, options).into_offset_iter().collect();
    let headings = heading_names(&headings(&events));
    let is_rich = format == Format::Rich;
    let mut source =
        Source { is_rich, gap: true, is_balanced, headings, indents: vec![0], ..Source::default() };
    let (mut counted, mut lines) = (0, 0);
    for (index, (event, range)) in events.iter().enumerate() {
        if range.start > counted {
            lines += body[counted..range.start].matches('\n').count();
            counted = range.start;
        }
        source.line = lines - body[range.start..counted].matches('\n').count();
        // A `$` before a digit or behind a word is money, no formula.
        let is_money = body[range.end..].starts_with(|c: char| c.is_ascii_digit())
            || body[..range.start].ends_with(char::is_alphanumeric);
        match event {
            Event::InlineMath(math) if is_money => source.text(&format!("${math}$")),
            Event::Start(Tag::Paragraph) => {
                source.gap = true;
                source.is_gallery = is_gallery(&events[index + 1..]);
                source.is_paragraph = true;
            }
            event => source.event(event.clone()),
        }
    }
    source.finish()
}

/// The text of each heading.
fn headings(events: &[(Event<'_>, Range<usize>)]) -> Vec<String> {
    let mut headings: Vec<String> = Vec::new();
    let mut is_inside = false;
    for (event, _) in events {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                is_inside = true;
                headings.push(String::new());
            }
            Event::End(TagEnd::Heading(_)) => is_inside = false,
            Event::Text(text) | Event::Code(text) if is_inside => {
                headings.last_mut().unwrap().push_str(text);
            }
            _ => {}
        }
    }
    headings
}

/// Whether a paragraph that begins here is nothing but pictures of the web.
fn is_gallery(events: &[(Event<'_>, Range<usize>)]) -> bool {
    let mut inside = false;
    let paragraph = events.iter().take_while(|(event, _)| !matches!(event, Event::End(TagEnd::Paragraph)));
    let mut seen = 0;
    for (event, _) in paragraph {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) if dest_url.starts_with("http") => {
                inside = true;
                seen += 1;
            }
            Event::End(TagEnd::Image) => inside = false,
            Event::InlineHtml(html) if html.starts_with("<img") && html.contains("src=\"http") => seen += 1,
            Event::SoftBreak | Event::HardBreak => {}
            _ if inside => {}
            _ => return false,
        }
    }
    seen > 0
}

/// Whether a picture is meant to be a file.
fn is_file_of(to: &str) -> bool {
    to.starts_with("data:") || !(has_scheme(to) || to.starts_with("//"))
}

impl Source {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) => self.text(&text),
            Event::Code(code) => self.span(&code),
            Event::InlineMath(math) | Event::DisplayMath(math) if self.is_rich => self.formula(&math),
            Event::InlineMath(math) | Event::DisplayMath(math) => self.span(math.trim_matches('\n')),
            Event::Html(html) => self.html.push_str(&html),
            Event::InlineHtml(html) => self.html(&html),
            Event::FootnoteReference(label) => {
                self.push(Want::Note { label: label.to_string(), gap: self.gap });
                self.gap = false;
            }
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.text("\n"),
            Event::Rule => self.rule(),
            Event::TaskListMarker(done) => self.task(done),
        }
    }

    fn push(&mut self, want: Want) {
        let lists = if self.is_rich { self.lists.len() } else { 0 };
        self.out.push(Placed { want, place: Place { lists, ..self.place } });
    }

    fn look(&self) -> Look {
        let url = self.links.iter().find_map(Clone::clone);
        let is_plain = match self.code {
            None => false,
            Some(Code::Block(_)) => true,
            Some(Code::Span | Code::Formula) => !self.is_rich,
        };
        let styles = if is_plain { [false; 8] } else { self.styles.map(|depth| depth > 0) };
        Look { url, code: self.code.clone(), styles, is_found: false }
    }

    fn text(&mut self, text: &str) {
        for c in text.nfc() {
            if matches!(c, '\u{2028}'..='\u{202e}' | '\u{30a}' | '\u{333}' | '\u{33f}' | '\r') {
                continue;
            }
            let is_blank = matches!(c, '\0'..=' ');
            if is_blank && matches!(self.code, None | Some(Code::Formula)) {
                self.gap |= self.code.is_none();
                continue;
            }
            for c in std::iter::repeat_n(if c == '\t' { ' ' } else { c }, if c == '\t' { 4 } else { 1 }) {
                let glyph = Glyph { c, gap: self.gap, look: self.look() };
                self.push(Want::Glyph(glyph));
                self.gap = false;
            }
        }
    }

    /// Text on a line of its own.
    fn line(&mut self, text: &str) {
        self.gap = true;
        self.text(text);
        self.gap = true;
    }

    /// Whether code is text here: where a spoiler is, in a classic message also where a link or deletion is.
    fn is_code_text(&self) -> bool {
        let is_marked = !self.links.is_empty() || self.styles[Style::Struck as usize] > 0;
        self.styles[Style::Hidden as usize] > 0 || (is_marked && !self.is_rich)
    }

    fn span(&mut self, code: &str) {
        let before = self.code.clone();
        self.code = (before.is_some() || !self.is_code_text()).then(|| before.clone().unwrap_or(Code::Span));
        self.text(code);
        self.code = before;
    }

    fn formula(&mut self, math: &str) {
        self.code = Some(Code::Formula);
        self.text(math);
        self.code = None;
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Emphasis => self.styles[Style::Italic as usize] += 1,
            Tag::Strong => self.styles[Style::Bold as usize] += 1,
            Tag::Strikethrough => self.styles[Style::Struck as usize] += 1,
            Tag::Link { link_type: LinkType::Email, .. } => self.no_link(),
            Tag::Link { dest_url, .. } => self.link(&dest_url),
            Tag::Image { dest_url, title, .. } => self.picture(&dest_url, &title, self.is_gallery),
            block => {
                self.gap = true;
                self.start_block(block);
            }
        }
    }

    fn start_block(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.open_heading(level as u8),
            Tag::DefinitionListTitle => self.styles[Style::Bold as usize] += 1,
            Tag::BlockQuote(kind) => {
                self.open_quote();
                self.alert(kind);
            }
            Tag::CodeBlock(kind) => {
                let info = match &kind {
                    CodeBlockKind::Fenced(info) => info.as_ref(),
                    CodeBlockKind::Indented => "",
                };
                let language = info.split([' ', '\t', ',', '{']).next().unwrap_or_default();
                self.code = Some(Code::Block(language.to_owned()));
            }
            Tag::List(number) => self.lists.push(number),
            Tag::Item => self.item(),
            Tag::DefinitionListDefinition if self.is_rich => {
                self.lists.push(None);
                self.item();
            }
            Tag::DefinitionListDefinition => self.indents.push(4),
            Tag::FootnoteDefinition(label) => {
                self.label = label.to_string();
                self.outer.push(std::mem::take(&mut self.out));
                let lists = if self.is_rich { vec![None] } else { Vec::new() };
                self.outer_lists.push(std::mem::replace(&mut self.lists, lists));
                self.indents.push(4);
            }
            Tag::Table(aligns) => {
                self.table = Table { aligns, ..Table::default() };
                self.table_line = self.line;
            }
            Tag::TableHead | Tag::TableRow => self.table.rows.push(Vec::new()),
            Tag::TableCell => self.outer.push(std::mem::take(&mut self.out)),
            _ => {}
        }
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Emphasis => self.styles[Style::Italic as usize] -= 1,
            TagEnd::Strong => self.styles[Style::Bold as usize] -= 1,
            TagEnd::Strikethrough => self.styles[Style::Struck as usize] -= 1,
            TagEnd::Link => self.close_link(),
            TagEnd::Image => self.end_picture(),
            TagEnd::HtmlBlock => {
                let html = std::mem::take(&mut self.html);
                self.html(&html);
                self.gap = true;
            }
            block => {
                self.end_block(block);
                self.gap = true;
            }
        }
    }

    fn end_block(&mut self, end: TagEnd) {
        match end {
            TagEnd::Heading(_) => self.close_heading(),
            TagEnd::DefinitionListTitle => self.styles[Style::Bold as usize] -= 1,
            TagEnd::BlockQuote(_) => self.close_quote(),
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::DefinitionListDefinition if self.is_rich => {
                self.lists.pop();
            }
            TagEnd::DefinitionListDefinition => {
                self.indents.pop();
            }
            TagEnd::FootnoteDefinition => {
                let outer = self.outer.pop().unwrap();
                let note = std::mem::replace(&mut self.out, outer);
                self.notes.push((self.label.clone(), note));
                self.lists = self.outer_lists.pop().unwrap();
                self.indents.pop();
            }
            TagEnd::TableCell => self.end_cell(),
            TagEnd::Table => self.end_table(),
            TagEnd::Paragraph => (self.is_gallery, self.is_paragraph) = (false, false),
            _ => {}
        }
    }

    fn open_heading(&mut self, level: u8) {
        if self.is_rich {
            self.place.heading = level;
        } else {
            self.styles[Style::Bold as usize] += 1;
        }
    }

    fn close_heading(&mut self) {
        if self.is_rich {
            self.place.heading = 0;
        } else {
            self.styles[Style::Bold as usize] -= 1;
        }
    }

    /// A quote of a classic message stands between the lines of a list; inner ones are marks before lines.
    fn open_quote(&mut self) {
        self.gap = true;
        self.place.quotes += 1;
        let begins_lists = !self.is_rich && self.place.quotes == 1;
        let lists = if begins_lists { Vec::new() } else { self.lists.clone() };
        self.outer_lists.push(std::mem::replace(&mut self.lists, lists));
    }

    fn close_quote(&mut self) {
        self.place.quotes -= 1;
        self.lists = self.outer_lists.pop().unwrap();
    }

    fn open_details(&mut self) {
        if !self.is_rich {
            return self.open_quote();
        }
        self.gap = true;
        self.place.details += 1;
        self.details.push((self.out.len(), false));
    }

    /// Every `<details>` of a rich message has a summary.
    fn close_details(&mut self) {
        if !self.is_rich {
            return self.close_quote();
        }
        if let Some((_, false)) = self.details.last() {
            self.open_summary();
            self.text("Details");
            self.close_summary();
        }
        let (start, _) = self.details.pop().unwrap();
        self.place.details -= 1;
        // Where nothing folds, the summary is a paragraph.
        if self.out[start..].iter().all(|placed| placed.place.is_summary) {
            let outside = self.place;
            self.out[start..].iter_mut().for_each(|placed| {
                placed.place.is_summary = false;
                placed.place.details = outside.details;
            });
        }
    }

    fn open_summary(&mut self) {
        self.gap = true;
        if self.is_rich {
            self.place.is_summary = true;
            self.outer.push(std::mem::take(&mut self.out));
        } else {
            self.styles[Style::Bold as usize] += 1;
        }
    }

    /// The summary of a rich message stands before what it sums up.
    fn close_summary(&mut self) {
        if !self.is_rich {
            return self.styles[Style::Bold as usize] -= 1;
        }
        let outer = self.outer.pop().unwrap();
        let summary = std::mem::replace(&mut self.out, outer);
        self.place.is_summary = false;
        if let Some((start, has_summary)) = self.details.last_mut() {
            self.out.splice(*start..*start, summary);
            *has_summary = true;
        }
    }

    fn end_cell(&mut self) {
        let outer = self.outer.pop().unwrap();
        let cell = std::mem::replace(&mut self.out, outer);
        self.table.rows.last_mut().unwrap().push(cell);
    }

    fn end_table(&mut self) {
        let table = std::mem::take(&mut self.table);
        if !self.is_rich {
            return self.push(Want::Table(table));
        }
        if table.rows.iter().any(|row| row.len() > COLUMNS) {
            return self.wide_table(&table);
        }
        for (index, row) in table.rows.into_iter().enumerate() {
            if index == 0 && row.iter().all(Vec::is_empty) {
                continue;
            }
            self.push(Want::Row);
            for (column, cell) in row.into_iter().enumerate() {
                let align = match table.aligns.get(column) {
                    Some(Alignment::Right) => "right",
                    Some(Alignment::Center) => "center",
                    _ => "left",
                };
                let at = At { column, is_header: index == 0, align };
                self.out.extend(cell.into_iter().map(|placed| {
                    let place = Place { cell: Some(at), ..placed.place };
                    Placed { place, ..placed }
                }));
            }
        }
    }

    /// A table of too many columns is a list of its rows: each cell behind its header.
    fn wide_table(&mut self, table: &Table) {
        self.degraded.push((self.table_line, "TG0463"));
        self.lists.push(None);
        let (header, rows) = table.rows.split_first().unwrap();
        for row in rows {
            self.item();
            for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                self.gap = true;
                if let Some(name) = header.get(column).filter(|name| !name.is_empty()) {
                    self.again(name, true);
                    self.text(": ");
                }
                self.again(cell, false);
            }
        }
        self.lists.pop();
    }

    /// Things that were read before, here.
    fn again(&mut self, things: &[Placed], is_bold: bool) {
        for placed in things {
            let mut want = placed.want.clone();
            if let Want::Glyph(glyph) = &mut want {
                glyph.look.styles[Style::Bold as usize] |= is_bold;
            }
            self.push(want);
            self.gap = false;
        }
    }

    /// The line end before the end of a block is not part of it.
    fn end_code(&mut self) {
        let ends_line = |placed: &mut Placed| matches!(&placed.want, Want::Glyph(glyph) if glyph.c == '\n');
        self.out.pop_if(ends_line);
        self.code = None;
    }

    fn alert(&mut self, kind: Option<BlockQuoteKind>) {
        let title = match kind {
            None => return,
            Some(BlockQuoteKind::Note) => "Note",
            Some(BlockQuoteKind::Tip) => "Tip",
            Some(BlockQuoteKind::Important) => "Important",
            Some(BlockQuoteKind::Warning) => "Warning",
            Some(BlockQuoteKind::Caution) => "Caution",
        };
        self.styles[Style::Bold as usize] += 1;
        self.line(title);
        self.styles[Style::Bold as usize] -= 1;
    }

    fn item(&mut self) {
        let depth = self.lists.len() - 1;
        let sign = if self.is_rich { "•" } else { ["•", "◦", "▪"][depth.min(2)] };
        let number = self.lists.last_mut().unwrap();
        let text = number.map_or_else(|| sign.into(), |number| format!("{number}."));
        *number = number.map(|number| number + 1);
        let indent = if self.is_rich { depth + 1 } else { 4 * depth + self.indents.iter().sum::<usize>() };
        self.push(Want::Marker { text, indent });
    }

    fn task(&mut self, done: bool) {
        let tick = if done { "☑" } else { "☐" };
        if let Some(Placed { want: Want::Marker { text, .. }, .. }) = self.out.last_mut() {
            *text = if text.ends_with('.') { format!("{text}{tick}") } else { tick.into() };
        }
        self.gap = true;
    }
}
