//! How long a text is and how many entities it has, as Telegram counts them; of a whole text and of any stretch of it.

use std::ops::{Add, Range, Sub};

use super::html::{block_tag_bytes, inline_tag_bytes, text_bytes};
use super::limits;
use super::tree::{Block, Body, Inline, Link, Style, Text};

/// The size of a text in each unit that Telegram bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measure {
    /// Code points after parsing; at most [`limits::TEXT_CHARS`].
    pub chars: usize,
    /// Bytes of the HTML with the longest possible links to posts; at most [`limits::RAW_BYTES`].
    pub bytes: usize,
    /// Entities without custom emoji; beyond [`limits::ENTITIES`] formatting is lost.
    pub entities: usize,
    /// Estimate of the size of all entities; see [`limits::ENTITY_BYTES`].
    pub entity_bytes: usize,
}

/// Measures `text`, which must be tidied.
pub fn measure(text: &Text<'_>) -> Measure {
    let mut walk = Walk::default();
    walk.blocks(&text.blocks);
    let pieces = walk.pieces();
    let tags = walk.tags.iter().map(|(_, weight)| *weight);
    let styles = walk.styles.iter().flatten().map(|_| Measure::entity(0));
    let whole = tags.chain(styles).chain(pieces.iter().map(|(_, weight)| *weight));
    whole.fold(walk.plain, Measure::add)
}

/// What no single character of `text` exceeds with all that is around it: an upper bound that costs no [`Scale`].
pub(super) fn heaviest(text: &Text<'_>) -> Measure {
    heaviest_block(&text.blocks, Measure::default())
}

/// A character with the longest HTML: `&amp;`.
const CHARACTER: Measure = Measure { chars: 1, bytes: 5, entities: 0, entity_bytes: 0 };

fn heaviest_block(blocks: &[Block<'_>], around: Measure) -> Measure {
    let of = |block: &Block<'_>| {
        let around = around + block_weight(&block.body);
        match &block.body {
            Body::Paragraph(content) => heaviest_inline(content, around),
            Body::Pre { .. } => around + CHARACTER,
            Body::Quote { blocks, .. } => heaviest_block(blocks, around),
        }
    };
    blocks.iter().map(of).fold(Measure::default(), Measure::max)
}

fn heaviest_inline(content: &[Inline<'_>], around: Measure) -> Measure {
    let of = |inline: &Inline<'_>| match inline {
        Inline::Text(_) => around + CHARACTER,
        Inline::Style(_, content) => {
            heaviest_inline(content, around + inline_weight(inline) + Measure::entity(0))
        }
        Inline::Link { content, .. } => heaviest_inline(content, around + inline_weight(inline)),
        Inline::Code(_) | Inline::Emoji { .. } | Inline::Time { .. } => {
            around + inline_weight(inline) + CHARACTER
        }
    };
    content.iter().map(of).fold(Measure::default(), Measure::max)
}

/// What the tag of a block takes, and its entity.
fn block_weight(body: &Body<'_>) -> Measure {
    let entity = match body {
        Body::Paragraph(_) => return Measure::default(),
        Body::Pre { language, .. } => Measure::entity(language.as_ref().map_or(0, |language| language.len())),
        Body::Quote { .. } => Measure::entity(0),
    };
    entity + Measure::tags(block_tag_bytes(body))
}

/// As [`block_weight`], for an inline node. The entities of styles are counted apart: they are united and cut.
fn inline_weight(inline: &Inline<'_>) -> Measure {
    let entity = match inline {
        Inline::Text(_) => return Measure::default(),
        Inline::Emoji { .. } | Inline::Style(..) => Measure::default(),
        Inline::Code(_) | Inline::Time { .. } => Measure::entity(0),
        Inline::Link { to, .. } => Measure::entity(match to {
            Link::Url(url) => url.len(),
            Link::Post(_) => limits::POST_LINK_BYTES,
        }),
    };
    entity + Measure::tags(inline_tag_bytes(inline))
}

impl Measure {
    /// What a message holds.
    pub const MESSAGE: Self = Self {
        chars: limits::TEXT_CHARS,
        bytes: limits::RAW_BYTES,
        entities: limits::ENTITIES,
        entity_bytes: limits::ENTITY_BYTES,
    };

    /// What a caption holds.
    pub const CAPTION: Self = Self { chars: limits::CAPTION_CHARS, ..Self::MESSAGE };

    /// Whether no unit is beyond that of `limits`.
    pub fn fits(&self, limits: &Self) -> bool {
        self.chars <= limits.chars
            && self.bytes <= limits.bytes
            && self.entities <= limits.entities
            && self.entity_bytes <= limits.entity_bytes
    }

    /// The larger of both in each unit.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            chars: self.chars.max(other.chars),
            bytes: self.bytes.max(other.bytes),
            entities: self.entities.max(other.entities),
            entity_bytes: self.entity_bytes.max(other.entity_bytes),
        }
    }

    fn tags(bytes: usize) -> Self {
        Self { bytes, ..Self::default() }
    }

    fn entity(data: usize) -> Self {
        Self { entities: 1, entity_bytes: limits::ENTITY_OVERHEAD + data, ..Self::default() }
    }
}

impl Add for Measure {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            chars: self.chars + other.chars,
            bytes: self.bytes + other.bytes,
            entities: self.entities + other.entities,
            entity_bytes: self.entity_bytes + other.entity_bytes,
        }
    }
}

impl Sub for Measure {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            chars: self.chars - other.chars,
            bytes: self.bytes - other.bytes,
            entities: self.entities - other.entities,
            entity_bytes: self.entity_bytes - other.entity_bytes,
        }
    }
}

/// A text on the scale: what any stretch of it would measure as a message of its own, tags reopened.
#[derive(Debug)]
pub(super) struct Scale {
    /// The visible characters; places are byte offsets in it.
    pub(super) text: String,
    /// What the characters themselves take, by place: code points and bytes.
    plain: Vec<(usize, usize)>,
    /// What tags and entities take, by the place where they begin.
    begins: Curve<Measure>,
    /// The same by the place where they end.
    ends: Curve<Measure>,
    /// Further pieces: a running style is cut where another one starts.
    pieces: Curve<Measure>,
}

impl Scale {
    pub(super) fn new(text: &Text<'_>) -> Self {
        let mut walk = Walk::default();
        walk.blocks(&text.blocks);
        let pieces = walk.pieces();
        let ranges = walk.styles.into_iter().flatten().map(|range| (range, Measure::entity(0)));
        walk.tags.extend(ranges);
        let visible = text.visible();
        Self {
            plain: plain(&visible, |c| (1, char_bytes(c))),
            begins: Curve::new(walk.tags.iter().map(|(range, weight)| (range.start, *weight)).collect()),
            ends: Curve::new(walk.tags.iter().map(|(range, weight)| (range.end, *weight)).collect()),
            pieces: Curve::new(pieces),
            text: visible,
        }
    }

    /// The size of a stretch.
    pub(super) fn size(&self, range: Range<usize>) -> Measure {
        if range.is_empty() {
            return Measure::default();
        }
        self.begun(range.end) - self.done(range.start)
    }

    /// All that begins before `at`. Less [`Self::done`] of a place before, it is the size of the stretch between.
    pub(super) fn begun(&self, at: usize) -> Measure {
        self.plain(at) + self.begins.below(at) + self.pieces.below(at)
    }

    /// All that is over at `at`.
    pub(super) fn done(&self, at: usize) -> Measure {
        self.plain(at) + self.ends.below(at + 1) + self.pieces.below(at + 1)
    }

    fn plain(&self, at: usize) -> Measure {
        let (chars, bytes) = self.plain[at];
        Measure { chars, bytes, ..Measure::default() }
    }

    /// The places where a tag or entity begins.
    pub(super) fn beginnings(&self) -> impl Iterator<Item = usize> {
        self.begins.steps.iter().map(|(at, _)| *at)
    }
}

/// Code points and bytes of HTML before each byte of `text`, and in all of it; `of` says what a character takes.
pub(super) fn plain(text: &str, of: impl Fn(char) -> (usize, usize)) -> Vec<(usize, usize)> {
    let mut sums = Vec::with_capacity(text.len() + 1);
    let mut sum = (0, 0);
    for c in text.chars() {
        sums.extend(std::iter::repeat_n(sum, c.len_utf8()));
        let (chars, bytes) = of(c);
        sum = (sum.0 + chars, sum.1 + bytes);
    }
    sums.push(sum);
    sums
}

/// What a character takes in HTML.
pub(super) fn char_bytes(c: char) -> usize {
    text_bytes(c.encode_utf8(&mut [0; 4]))
}

/// Sums of what stands at places, in order.
#[derive(Debug)]
pub(super) struct Curve<M> {
    steps: Vec<(usize, M)>,
}

impl<M: Copy + Default + Add<Output = M>> Curve<M> {
    pub(super) fn new(mut steps: Vec<(usize, M)>) -> Self {
        steps.sort_by_key(|(at, _)| *at);
        let mut sum = M::default();
        for (_, weight) in &mut steps {
            sum = sum + *weight;
            *weight = sum;
        }
        Self { steps }
    }

    /// The sum of what stands before `at`.
    pub(super) fn below(&self, at: usize) -> M {
        let count = self.steps.partition_point(|(place, _)| *place < at);
        count.checked_sub(1).map(|last| self.steps[last].1).unwrap_or_default()
    }
}

#[derive(Default)]
struct Walk {
    /// Bytes so far.
    at: usize,
    /// What the characters themselves take.
    plain: Measure,
    /// Tags and the entities that are never cut, with their ranges.
    tags: Vec<(Range<usize>, Measure)>,
    /// The styles around the current place.
    active: [bool; 5],
    /// Ranges of each style, touching ones united.
    styles: [Vec<Range<usize>>; 5],
}

impl Walk {
    fn blocks(&mut self, blocks: &[Block<'_>]) {
        for (index, block) in blocks.iter().enumerate() {
            if index > 0 {
                self.pass(block.gap.as_str());
            }
            let begin = self.at;
            match &block.body {
                Body::Paragraph(content) => {
                    self.inlines(content);
                    continue;
                }
                Body::Pre { code, .. } => self.pass(code),
                Body::Quote { blocks, .. } => self.blocks(blocks),
            }
            self.tags.push((begin..self.at, block_weight(&block.body)));
        }
    }

    fn inlines(&mut self, content: &[Inline<'_>]) {
        for inline in content {
            let begin = self.at;
            match inline {
                Inline::Text(text) => {
                    self.styled(text);
                    continue;
                }
                Inline::Emoji { alt, .. } => self.styled(alt),
                Inline::Style(style, content) => {
                    let before = std::mem::replace(&mut self.active[*style as usize], true);
                    self.inlines(content);
                    self.active[*style as usize] = before;
                }
                // Styles don't reach into code and dates.
                Inline::Code(text) | Inline::Time { text, .. } => self.pass(text),
                Inline::Link { content, .. } => self.inlines(content),
            }
            self.tags.push((begin..self.at, inline_weight(inline)));
        }
    }

    fn styled(&mut self, text: &str) {
        let end = self.at + text.len();
        for (active, ranges) in self.active.iter().zip(&mut self.styles) {
            match ranges.last_mut() {
                _ if !active => {}
                Some(last) if last.end == self.at => last.end = end,
                _ => ranges.push(self.at..end),
            }
        }
        self.pass(text);
    }

    fn pass(&mut self, text: &str) {
        self.at += text.len();
        self.plain.chars += text.chars().count();
        self.plain.bytes += text_bytes(text);
    }

    /// One for each style that runs where another one starts.
    fn pieces(&self) -> Vec<(usize, Measure)> {
        let mut starts: Vec<usize> = self.styles.iter().flatten().map(|range| range.start).collect();
        starts.sort_unstable();
        starts.dedup();
        let inside = |range: &Range<usize>| {
            let from = starts.partition_point(|start| *start <= range.start);
            let to = starts.partition_point(|start| *start < range.end);
            starts[from..to.max(from)].iter().map(|start| (*start, Measure::entity(0)))
        };
        self.styles.iter().flatten().flat_map(inside).collect()
    }
}

const _: () = assert!(Style::Spoiler as usize == 4, "`Walk` has a place for each style");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tree::Gap;

    fn sizes(content: Vec<Inline<'_>>) -> (usize, usize) {
        let text = Text { blocks: vec![Block::paragraph(Gap::Blank, content)] };
        let measure = measure(&text);
        (measure.chars, measure.entities)
    }

    #[test]
    fn fragments_are_counted_as_telegram_cuts_them() {
        let text = |text: &'static str| Inline::Text(text.into());
        let bold = |content: Vec<Inline<'static>>| Inline::Style(Style::Bold, content);
        let italic = |content: Vec<Inline<'static>>| Inline::Style(Style::Italic, content);
        let code = || Inline::Code("c".into());
        let emoji = Inline::Emoji { id: 1, alt: "😀".into() };
        let table = [
            (vec![text("é😀")], (2, 0)),
            (vec![bold(vec![text("a")]), bold(vec![text("b")])], (2, 1)),
            (vec![bold(vec![text("a")]), text(" "), bold(vec![text("b")])], (3, 2)),
            (vec![bold(vec![text("1"), italic(vec![text("2")]), text("3")])], (3, 3)),
            (vec![bold(vec![italic(vec![text("2")])])], (1, 2)),
            (vec![bold(vec![text("1"), code(), text("3")])], (3, 3)),
            (vec![bold(vec![emoji])], (1, 1)),
            (vec![bold(vec![bold(vec![text("a")]), text("b")])], (2, 1)),
        ];
        for (content, expected) in table {
            let shown = format!("{content:?}");
            assert_eq!(sizes(content), expected, "{shown}");
        }
    }

    #[test]
    fn the_bound_of_a_character_is_never_too_low() {
        let deep = |inner: Inline<'static>| {
            let styles = [Style::Bold, Style::Italic, Style::Bold, Style::Spoiler];
            let styled = styles.into_iter().fold(inner, |inner, style| Inline::Style(style, vec![inner]));
            let link = Link::Url("https://a.b/?x&y".into());
            let paragraph =
                Block::paragraph(Gap::Blank, vec![Inline::Link { to: link, content: vec![styled] }]);
            let quote = Body::Quote { expandable: true, blocks: vec![paragraph] };
            Text { blocks: vec![Block::plain(Gap::Blank, quote)] }
        };
        let time = Inline::Time { unix: 1, format: "wdt".into(), text: "&".into() };
        for inner in [Inline::Text("\"".into()), Inline::Code("<".into()), time] {
            let text = deep(inner);
            let bound = heaviest(&text);
            assert!(measure(&text).fits(&bound), "{:?} {bound:?}", measure(&text));
        }
    }

    #[test]
    fn links_to_posts_count_with_their_longest_form() {
        let link =
            Inline::Link { to: Link::Post("a".parse().unwrap()), content: vec![Inline::Text("x".into())] };
        let text = Text { blocks: vec![Block::paragraph(Gap::Blank, vec![link])] };
        assert_eq!(measure(&text).bytes, "<a href=\"\">x</a>".len() + limits::POST_LINK_BYTES);
    }
}
