//! A rich message as one line of characters, with what stands where: what any stretch of it measures, and where it may
//! be cut.

use std::ops::{Range, Sub as _};

use super::super::fit::Ruler;
use super::super::long::{Kind, share};
use super::super::place::Place;
use super::super::words::{lines, within};
use super::{BEGIN, SOLID, has_running_header};
use crate::render::measure::{Curve, char_bytes, plain};
use crate::render::rich::tree::{Block, Inline, Item, List, Rich, Table};
use crate::render::rich::{Measure, measure_block};

/// What is opened again in each part takes at most this much of it, in thousandths; what would take more is not cut.
const REOPENED: usize = 250;

/// A message on the scale.
pub(super) struct Script {
    /// The characters that can be cut between, [`BEGIN`] for each block, item and row, [`SOLID`] for what is whole.
    text: String,
    /// The places where it may be cut, those within words aside.
    pub(super) places: Vec<Place>,
    /// Where the blocks of the message begin, and its end.
    pub(super) starts: Vec<usize>,
    limits: Measure,
    plain: Vec<(usize, usize)>,
    begins: Curve<Measure>,
    ends: Curve<Measure>,
    /// Ranges that are never cut, in order.
    solid: Vec<Range<usize>>,
}

impl Script {
    pub(super) fn new(rich: &Rich, limits: &Measure) -> Self {
        let mut walk = Walk { limits: *limits, ..Walk::default() };
        let mut starts = Vec::with_capacity(rich.blocks.len() + 1);
        walk.top(&rich.blocks, &mut starts);
        starts.push(walk.text.len());
        let take = |c: char| if matches!(c, BEGIN | SOLID) { (0, 0) } else { (1, char_bytes(c)) };
        let at = |place: fn(&Range<usize>) -> usize| {
            Curve::new(walk.tags.iter().map(|(range, size)| (place(range), *size)).collect())
        };
        Self {
            plain: plain(&walk.text, take),
            begins: at(|range| range.start),
            ends: at(|range| range.end),
            text: walk.text,
            places: walk.places,
            starts,
            limits: *limits,
            solid: walk.solid,
        }
    }

    /// All that begins before `at`. Less [`Self::done`] of a place before, it is the size of the stretch between.
    pub(super) fn begun(&self, at: usize) -> Measure {
        self.plain(at) + self.begins.below(at)
    }

    /// All that is over at `at`.
    pub(super) fn done(&self, at: usize) -> Measure {
        self.plain(at) + self.ends.below(at + 1)
    }

    /// How large a message with the stretch is, all that is cut through reopened.
    pub(super) fn size(&self, range: Range<usize>) -> Measure {
        if range.is_empty() { Measure::default() } else { self.begun(range.end).sub(self.done(range.start)) }
    }

    fn plain(&self, at: usize) -> Measure {
        let (chars, bytes) = self.plain[at];
        Measure { chars, bytes, ..Measure::default() }
    }
}

impl Ruler for Script {
    fn text(&self) -> &str {
        &self.text
    }

    fn fits(&self, stretch: Range<usize>) -> bool {
        fullness(&self.size(stretch), &self.limits) <= 1000
    }

    fn may_cut(&self, at: usize) -> bool {
        let next = self.solid.partition_point(|solid| solid.end <= at);
        let is_solid = self.solid.get(next).is_some_and(|solid| solid.start < at);
        !is_solid && !self.text[..at].ends_with(BEGIN) && !self.text[at..].starts_with(BEGIN)
    }
}

/// How much of the limits that count along a message is taken, in thousandths of the nearest.
pub(super) fn fullness(size: &Measure, limits: &Measure) -> usize {
    share(size.chars, limits.chars)
        .max(share(size.bytes, limits.bytes))
        .max(share(size.blocks, limits.blocks))
        .max(share(size.media, limits.media))
}

#[derive(Default)]
struct Walk {
    text: String,
    limits: Measure,
    places: Vec<Place>,
    /// What tags, repeated and whole pieces take, with their ranges.
    tags: Vec<(Range<usize>, Measure)>,
    solid: Vec<Range<usize>>,
    /// What has to be opened again where the current place is cut.
    around: Measure,
    /// Within how many pieces that are never cut the current place is.
    whole: usize,
    /// Whether a break waits for the next place.
    breaks: bool,
    /// Within how many quotes, details and items the current place is.
    nested: usize,
}

impl Walk {
    fn top(&mut self, blocks: &[Block], starts: &mut Vec<usize>) {
        let last = blocks.len().saturating_sub(1);
        for (index, block) in blocks.iter().enumerate() {
            if index > 0 {
                let is_tags = index == last && is_hashtags(block);
                self.between(&blocks[..index], block, is_tags);
            }
            starts.push(self.text.len());
            self.block(block, false);
            // The line end before it.
            let at = *starts.last().unwrap_or(&0);
            if at < self.text.len() {
                self.tags.push((at..self.text.len(), Measure { bytes: 1, ..Measure::default() }));
            }
        }
    }

    /// The blocks of a quote, details or item.
    fn blocks(&mut self, blocks: &[Block], may_be_bare: bool) {
        let is_sole = may_be_bare && matches!(blocks, [Block::Paragraph(_)]);
        self.nested += 1;
        for (index, block) in blocks.iter().enumerate() {
            self.between(&blocks[..index], block, false);
            self.block(block, is_sole);
        }
        self.nested -= 1;
    }

    /// The place before a block, behind others of its sequence.
    fn between(&mut self, before: &[Block], after: &Block, is_tags: bool) {
        let Some(before) = before.iter().rfind(|block| !is_break(block)) else {
            return;
        };
        if is_break(after) {
            self.breaks = true;
            return;
        }
        let kind = if is_title(before) && !is_title(after) {
            Kind::Orphan
        } else if is_tags || self.text.ends_with(':') {
            Kind::Tied
        } else if self.nested > 0 {
            Kind::Close
        } else if matches!(after, Block::Heading { .. } | Block::Rule) {
            Kind::Section
        } else {
            Kind::Block
        };
        self.place(kind);
    }

    fn place(&mut self, kind: Kind) {
        if self.whole > 0 {
            return;
        }
        let kind = if std::mem::take(&mut self.breaks) { Kind::Break } else { kind };
        let at = self.text.len();
        self.places.push(Place { gap: at..at, kind });
    }

    fn block(&mut self, block: &Block, is_bare: bool) {
        match block {
            Block::Break { .. } => {}
            Block::Rule | Block::Math(_) | Block::Picture { .. } | Block::File { .. } => {
                self.piece(BEGIN, block_size(block));
            }
            Block::Paragraph(content) if is_bare => {
                self.around(Measure { blocks: 1, ..Measure::default() }, |walk| walk.running(content));
            }
            Block::Paragraph(content) | Block::Heading { content, .. } | Block::Footer(content) => {
                self.around(block_size(&shell(block)), |walk| walk.running(content));
            }
            Block::Pre { code, .. } => self.around(block_size(&shell(block)), |walk| walk.code(code)),
            Block::Folded { content, credit } | Block::Aside { content, credit } => {
                self.around(block_size(&shell(block)), |walk| {
                    walk.nested += 1;
                    walk.running(content);
                    walk.nested -= 1;
                    walk.credit(credit);
                });
            }
            Block::Quote { blocks, credit } => self.around(block_size(&shell(block)), |walk| {
                walk.blocks(blocks, true);
                walk.credit(credit);
            }),
            Block::Details { blocks, .. } => {
                self.around(block_size(&shell(block)), |walk| walk.blocks(blocks, false));
            }
            Block::List(list) => self.around(block_size(&shell(block)), |walk| walk.items(list)),
            Block::Table(table) => self.around(block_size(&shell(block)), |walk| walk.rows(table)),
        }
    }

    fn items(&mut self, list: &List) {
        for (index, item) in list.items.iter().enumerate() {
            if index > 0 {
                self.breaks |= item.blocks.first().is_some_and(is_break);
                self.place(Kind::Item);
            }
            self.around(item_size(item), |walk| walk.blocks(&item.blocks, true));
        }
    }

    fn rows(&mut self, table: &Table) {
        let header = usize::from(has_running_header(table));
        for (index, row) in table.rows.iter().enumerate().skip(header) {
            if index > header {
                self.place(Kind::Item);
            }
            let row = Table { columns: table.columns.clone(), header: false, rows: vec![row.clone()] };
            let empty = Table { rows: Vec::new(), ..row.clone() };
            let size = block_size(&Block::Table(row)).sub(block_size(&Block::Table(empty)));
            self.piece(BEGIN, size);
        }
    }

    fn code(&mut self, code: &str) {
        let begin = self.text.len();
        self.text.push_str(code);
        if self.whole == 0 {
            self.places.extend(lines(code, begin));
        }
    }

    /// Who is quoted; it stays with the end of the quote.
    fn credit(&mut self, credit: &[Inline]) {
        if !credit.is_empty() {
            let with = Block::Quote { blocks: Vec::new(), credit: credit.to_vec() };
            let without = Block::Quote { blocks: Vec::new(), credit: Vec::new() };
            self.piece(BEGIN, block_size(&with).sub(block_size(&without)));
        }
    }

    /// A piece that is never cut.
    fn piece(&mut self, sign: char, size: Measure) {
        let begin = self.text.len();
        self.text.push(sign);
        self.tags.push((begin..self.text.len(), size));
    }

    /// A block, item or quote with what is in it.
    fn around(&mut self, shell: Measure, inside: impl FnOnce(&mut Self)) {
        let begin = self.text.len();
        self.text.push(BEGIN);
        self.wrapped(begin, shell, inside);
    }

    /// What `inside` writes, in what has to be opened again where it is cut.
    fn wrapped(&mut self, begin: usize, shell: Measure, inside: impl FnOnce(&mut Self)) {
        let outer = self.around;
        self.around = outer + shell;
        let is_whole = self.whole == 0 && fullness(&self.around, &self.limits) > REOPENED;
        self.whole += usize::from(is_whole);
        inside(self);
        self.whole -= usize::from(is_whole);
        self.around = outer;
        if is_whole {
            self.solid.push(begin..self.text.len());
        }
        self.tags.push((begin..self.text.len(), shell));
    }

    fn running(&mut self, content: &[Inline]) {
        let begin = self.text.len();
        let mut ranges = Vec::new();
        self.inlines(content, &mut ranges);
        if self.whole == 0 {
            let solid = self.solid.partition_point(|solid| solid.end <= begin);
            let may_cut = |place: &Place| {
                let inside =
                    |solid: &Range<usize>| solid.start < place.gap.end && place.gap.start < solid.end;
                let next = self.solid[solid..].partition_point(|solid| solid.end <= place.gap.start);
                !self.solid[solid + next..].first().is_some_and(inside)
            };
            let places = within(&self.text[begin..], begin, &ranges, self.nested > 0);
            let places: Vec<Place> = places.into_iter().filter(may_cut).collect();
            self.places.extend(places);
        }
    }

    fn inlines(&mut self, content: &[Inline], ranges: &mut Vec<Range<usize>>) {
        for inline in content {
            let begin = self.text.len();
            match inline {
                Inline::Text(text) => {
                    self.text.push_str(text);
                    continue;
                }
                Inline::Break => {
                    self.text.push('\n');
                    let more = Measure { bytes: "<br>".len() - 1, ..Measure::default() };
                    self.tags.push((begin..self.text.len(), more));
                    continue;
                }
                Inline::Anchor(_) => {
                    self.piece(BEGIN, inline_size(inline.clone()));
                    continue;
                }
                Inline::Math(_) | Inline::Emoji { .. } | Inline::Time { .. } => {
                    self.piece(SOLID, inline_size(inline.clone()));
                    continue;
                }
                Inline::Code(code) => {
                    let shell = inline_size(Inline::Code(String::new()));
                    self.wrapped(begin, shell, |walk| walk.text.push_str(code));
                }
                Inline::Style(style, content) => {
                    let shell = inline_size(Inline::Style(*style, Vec::new()));
                    self.wrapped(begin, shell, |walk| walk.inlines(content, ranges));
                }
                Inline::Link { to, content } => {
                    let shell = inline_size(Inline::Link { to: to.clone(), content: Vec::new() });
                    self.wrapped(begin, shell, |walk| walk.inlines(content, ranges));
                }
                Inline::Reference { name, content } => {
                    let shell = inline_size(Inline::Reference { name: name.clone(), content: Vec::new() });
                    // A note is no formatting.
                    self.wrapped(begin, shell, |walk| walk.inlines(content, ranges));
                    continue;
                }
            }
            ranges.push(begin..self.text.len());
        }
    }
}

/// A block without what can be cut: what every part of it has.
fn shell(block: &Block) -> Block {
    match block {
        Block::Paragraph(_) => Block::Paragraph(Vec::new()),
        Block::Heading { level, .. } => Block::Heading { level: *level, content: Vec::new() },
        Block::Footer(_) => Block::Footer(Vec::new()),
        Block::Pre { language, code } => {
            let code = if code.starts_with('\n') { "\n" } else { "" };
            Block::Pre { language: language.clone(), code: code.to_owned() }
        }
        Block::Folded { .. } => Block::Folded { content: Vec::new(), credit: Vec::new() },
        Block::Aside { .. } => Block::Aside { content: Vec::new(), credit: Vec::new() },
        Block::Quote { .. } => Block::Quote { blocks: Vec::new(), credit: Vec::new() },
        Block::Details { open, summary, .. } => {
            Block::Details { open: *open, summary: summary.clone(), blocks: Vec::new() }
        }
        Block::List(list) => {
            let last = list.items.len().saturating_sub(1) as u64;
            let start = list.start.map(|start| start.saturating_add(last));
            Block::List(List { start, items: Vec::new() })
        }
        Block::Table(table) => {
            let header = usize::from(has_running_header(table));
            Block::Table(Table { rows: table.rows[..header].to_vec(), ..table.clone() })
        }
        Block::Rule | Block::Math(_) | Block::Picture { .. } | Block::File { .. } | Block::Break { .. } => {
            block.clone()
        }
    }
}

/// The size of a block without the line end before it.
fn block_size(block: &Block) -> Measure {
    let size = measure_block(block);
    Measure { bytes: size.bytes.saturating_sub(1), ..size }
}

fn item_size(item: &Item) -> Measure {
    let list = |items: Vec<Item>| block_size(&Block::List(List { start: None, items }));
    let inside = if item.is_empty() { Vec::new() } else { vec![Block::Rule] };
    let rule = if item.is_empty() { Measure::default() } else { block_size(&Block::Rule) };
    list(vec![Item { task: item.task, blocks: inside }]).sub(list(Vec::new())).sub(rule)
}

fn inline_size(inline: Inline) -> Measure {
    let paragraph = |content: Vec<Inline>| block_size(&Block::Paragraph(content));
    paragraph(vec![inline]).sub(paragraph(Vec::new()))
}

fn is_break(block: &Block) -> bool {
    matches!(block, Block::Break { .. })
}

/// A heading, or a bold line that stands for one.
fn is_title(block: &Block) -> bool {
    use crate::render::rich::tree::Style;
    match block {
        Block::Heading { .. } => true,
        Block::Paragraph(content) => matches!(content.as_slice(), [Inline::Style(Style::Bold, _)]),
        _ => false,
    }
}

/// Whether a block is nothing but hashtags, as the post's tags are.
fn is_hashtags(block: &Block) -> bool {
    match block {
        Block::Paragraph(content) => match content.as_slice() {
            [Inline::Text(text)] => text.split(' ').all(|word| word.starts_with('#')),
            _ => false,
        },
        _ => false,
    }
}
