//! A text that may be too long for one message, as far as cutting it is concerned.

use crate::ids::Digest;

/// A text with marks, from 0: its beginning, the places where it may be cut, its end.
///
/// A *stretch* goes from one mark to a later one and is a message of its own: what it cuts through is reopened, blanks
/// at its ends are gone. A longer stretch is never less full than one within it.
pub(in crate::render) trait Long {
    /// What each mark is; of no meaning for the first and the last.
    fn marks(&self) -> &[Kind];

    /// How full a message with this stretch is, in thousandths of the limit that is nearest; beyond 1000 Telegram
    /// refuses it or loses something of it.
    fn fullness(&self, from: usize, to: usize) -> usize;

    /// The digest that the lock holds of a message with this stretch.
    fn digest(&self, from: usize, to: usize) -> Digest;
}

/// An amount in thousandths of its limit.
pub(super) fn share(amount: usize, limit: usize) -> usize {
    amount.saturating_mul(1000).div_ceil(limit.max(1))
}

/// What a place is, from the best to cut at to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::render) enum Kind {
    /// The author's own: no message goes beyond it.
    Break,
    /// Before a heading or rule.
    Section,
    /// Between blocks.
    Block,
    /// Between items of a list.
    Item,
    /// Between what is close: the paragraphs of an item or quote.
    Close,
    /// Between blank-separated pieces of code.
    Chunk,
    /// Between lines of a paragraph.
    Line,
    /// Between lines of code.
    CodeLine,
    /// After a sentence.
    Sentence,
    /// Between an introduction and what it announces, or before the hashtags.
    Tied,
    /// Between words.
    Word,
    /// After a heading or bullet; only where nothing else is left.
    Orphan,
    /// Within this many entities; only where nothing else is left.
    Inside(u8),
    /// Within a word; only where nothing else is left.
    Letter,
}

/// How much is cut through; a cut of a lower tier is always better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Blocks,
    Sentences,
    Words,
}

impl Kind {
    pub(super) fn tier(self) -> Tier {
        match self {
            Self::Break | Self::Section | Self::Block | Self::Item | Self::Close => Tier::Blocks,
            Self::Chunk | Self::Line | Self::CodeLine | Self::Sentence | Self::Tied => Tier::Sentences,
            Self::Word | Self::Orphan | Self::Inside(_) | Self::Letter => Tier::Words,
        }
    }
}
