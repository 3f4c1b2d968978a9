//! Which marks a text is cut at: the fewest messages, at the best places, none of them full to the brim.
//!
//! Costs depend on the message and the cut alone and are added up, and what is best after a cut does not depend on what
//! is before it. So the rest of a half-done edit or send comes out as it did the first time.

use super::long::{Kind, Long, Tier};

/// How full a message is at most, in thousandths of its limits.
const FULL: usize = 1000;

/// Fuller than this, a message has no room for a later sentence, and the sentence would move on into its neighbours.
const ROOMY: usize = 900;

/// A post of this many messages may have one more where they would all be fuller than [`ROOMY`]; to a shorter one a
/// further message is too much.
const MANY: usize = 4;

/// Most marks that are tried for one cut. Between two messages a text has fewer paragraphs and sentences; single letters
/// there are thousands of.
pub(super) const TRIED: usize = 256;

/// The marks of a text with what limits the messages between them.
pub(super) struct Board<'l, L> {
    pub(super) long: &'l L,
    /// The last mark.
    pub(super) end: usize,
    /// By mark: the last break before it, else the first mark.
    since: Vec<usize>,
}

impl<'l, L: Long> Board<'l, L> {
    pub(super) fn new(long: &'l L) -> Self {
        let marks = long.marks();
        let mut latest = 0;
        let since = marks.iter().enumerate().map(|(mark, kind)| {
            let since = latest;
            if *kind == Kind::Break {
                latest = mark;
            }
            since
        });
        Self { since: since.collect(), end: marks.len() - 1, long }
    }

    /// Whether one message holds the stretch. Between two neighbours there is nothing to cut.
    pub(super) fn fits(&self, from: usize, to: usize) -> bool {
        from + 1 == to || (self.since[to] <= from && self.long.fullness(from, to) <= FULL)
    }

    /// The furthest mark up to `end` that a message from `from` on reaches.
    pub(super) fn furthest(&self, from: usize, end: usize) -> usize {
        let (mut reached, mut beyond) = (from + 1, end + 1);
        while reached + 1 < beyond {
            let middle = usize::midpoint(reached, beyond);
            if self.fits(from, middle) {
                reached = middle;
            } else {
                beyond = middle;
            }
        }
        reached
    }

    /// The fewest messages that hold a stretch.
    pub(super) fn least(&self, from: usize, to: usize) -> usize {
        let next = |at: &usize| (*at < to).then(|| self.furthest(*at, to));
        std::iter::successors(Some(from), next).count() - 1
    }

    /// The cuts of a text that is not in the chat yet, its end included.
    pub(super) fn fresh(&self) -> Vec<usize> {
        let least = self.least(0, self.end);
        let cuts = self.cuts(0, self.end, least).unwrap_or_default();
        let parts = std::iter::once(&0).chain(&cuts).zip(&cuts);
        let sum: usize = parts.map(|(from, to)| self.long.fullness(*from, *to)).sum();
        if least < MANY || sum <= least * ROOMY {
            return cuts;
        }
        self.cuts(0, self.end, least + 1).unwrap_or(cuts)
    }

    /// The best cuts of a stretch into this many messages, its end included. `None`: there are none.
    pub(super) fn cuts(&self, from: usize, to: usize, count: usize) -> Option<Vec<usize>> {
        if count == 0 {
            return (from == to).then(Vec::new);
        }
        [Tier::Blocks, Tier::Sentences, Tier::Words]
            .into_iter()
            .find_map(|tier| Search::new(self, from, to, tier).cuts(count))
    }

    pub(super) fn cost(&self, from: usize, to: usize) -> u64 {
        let place = if to == self.end { 0 } else { place_cost(self.long.marks()[to]) };
        place + fill_cost(self.long.fullness(from, to))
    }
}

/// Squares make messages of about the same size the cheapest, and those without room dear.
fn fill_cost(fullness: usize) -> u64 {
    let tight = fullness.saturating_sub(ROOMY);
    let cost = fullness.saturating_mul(fullness) / 1000 + tight.saturating_mul(tight) / 10;
    cost as u64
}

/// A step is as much as one message at nine tenths and one at six are more than two alike. Two messages with nothing
/// in common are never worth a cut of a worse tier.
fn place_cost(kind: Kind) -> u64 {
    const STEP: u64 = 100;
    const TIER: u64 = 1 << 24;
    match kind {
        Kind::Break | Kind::Section => 0,
        Kind::Block => STEP,
        Kind::Item => 2 * STEP,
        Kind::Close => 4 * STEP,
        Kind::Chunk => TIER,
        Kind::Line | Kind::CodeLine => TIER + STEP,
        Kind::Sentence => TIER + 2 * STEP,
        Kind::Tied => TIER + 4 * STEP,
        Kind::Word => TIER << 16,
        Kind::Orphan => (TIER << 16) + 2 * STEP,
        Kind::Inside(depth) => (TIER << 16) + (4 + u64::from(depth)) * STEP,
        Kind::Letter => (TIER << 16) + 800 * STEP,
    }
}

/// The search for the cheapest cuts of a stretch, at marks up to a tier.
struct Search<'b, 'l, L> {
    board: &'b Board<'l, L>,
    /// The beginning, the marks that may be cut at, the end.
    marks: Vec<usize>,
}

/// What it costs from a mark on, and the next cut.
type Best = Option<(u64, usize)>;

impl<'b, 'l, L: Long> Search<'b, 'l, L> {
    fn new(board: &'b Board<'l, L>, from: usize, to: usize, worst: Tier) -> Self {
        let kinds = board.long.marks();
        let inner = (from + 1..to).filter(|mark| kinds[*mark].tier() <= worst);
        let marks = std::iter::once(from).chain(inner).chain(std::iter::once(to).filter(|to| *to > from));
        Self { board, marks: marks.collect() }
    }

    fn fits(&self, from: usize, to: usize) -> bool {
        self.board.fits(self.marks[from], self.marks[to])
    }

    fn cuts(&self, count: usize) -> Option<Vec<usize>> {
        let earliest = self.earliest(count)?;
        let mut best: Vec<Vec<Best>> = vec![vec![Some((0, 0))]];
        for cut in (0..count).rev() {
            let after = best.last().map_or(&[][..], Vec::as_slice);
            let last = if cut == 0 { 0 } else { self.marks.len() - 1 - (count - cut) };
            let tried = earliest[cut]..=last.min(earliest[cut] + TRIED - 1);
            let row = tried.map(|from| self.best(from, earliest[cut + 1], after)).collect();
            best.push(row);
        }
        let mut cuts = Vec::with_capacity(count);
        let mut at = 0;
        for (cut, row) in best.iter().rev().take(count).enumerate() {
            at = row.get(at - earliest[cut]).copied().flatten()?.1;
            cuts.push(self.marks[at]);
        }
        Some(cuts)
    }

    /// The earliest place of each cut from which the rest still fits, the beginning first.
    fn earliest(&self, count: usize) -> Option<Vec<usize>> {
        let mut to = self.marks.len() - 1;
        let mut earliest = vec![to];
        for cut in (0..count).rev() {
            let (mut reached, mut beyond) = (to, cut);
            // The first mark from which a message reaches `to`; below it none does.
            while beyond < reached {
                let middle = usize::midpoint(beyond, reached);
                if self.fits(middle, to) {
                    reached = middle;
                } else {
                    beyond = middle + 1;
                }
            }
            if reached == to {
                return None;
            }
            to = reached;
            earliest.push(to);
        }
        earliest.reverse();
        (earliest[0] == 0).then_some(earliest)
    }

    /// The best way on from a mark; the next cuts that are known are `after`, the first of them at `first`.
    fn best(&self, from: usize, first: usize, after: &[Best]) -> Best {
        let mut best: Best = None;
        for (index, rest) in after.iter().enumerate().skip((from + 1).saturating_sub(first)) {
            let to = first + index;
            if !self.fits(from, to) {
                break;
            }
            let Some((rest, _)) = rest else { continue };
            let cost = rest + self.board.cost(self.marks[from], self.marks[to]);
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, to));
            }
        }
        best
    }
}
