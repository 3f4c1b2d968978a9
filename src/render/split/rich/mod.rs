//! A rich message as something to cut: `script` lays it out on one line, `slice` takes a stretch of that.

mod script;
mod slice;
#[cfg(test)]
mod tests;

use std::ops::{Range, Sub as _};

use super::fit::{self, Ruler as _};
use super::long::{Kind, Long};
use super::place::Place;
use super::sticky;
use crate::content::Overflow;
use crate::ids::Digest;
use crate::render::rich::tree::{Rich, Table};
use crate::render::rich::{Measure, canonical, measure, says_something, tidy};
use script::{Script, fullness};

/// Stands in a script for the beginning of a block, item or row, and for a piece that stays with what is around it.
/// No text has it: control characters are gone by then.
const BEGIN: char = '\0';

/// Stands for a formula, custom emoji or date in running text.
const SOLID: char = '\u{1}';

/// Whether the first row stands above every part of the table.
fn has_running_header(table: &Table) -> bool {
    table.header && table.rows.len() > 1
}

/// Cuts `rich`, which must be tidied, into messages: at every break that the author set, and elsewhere where needed.
///
/// `sent` are the digests of [`canonical`] of the messages that it has in the chat now, in their order; as many of them
/// as possible stay as they are.
pub fn split(rich: &Rich, sent: &[Digest]) -> Vec<Rich> {
    split_within(rich, sent, &Measure::MESSAGE)
}

fn split_within(rich: &Rich, sent: &[Digest], limits: &Measure) -> Vec<Rich> {
    if !rich.has_breaks() && measure(rich).fits(limits) {
        return vec![rich.clone()];
    }
    let message = Message::new(rich, limits, Overflow::Split);
    message.parts(&sticky::cuts(&message, sent))
}

/// Cuts `rich` only where the author says so.
pub fn at_breaks(rich: &Rich) -> Vec<Rich> {
    if !rich.has_breaks() {
        return vec![rich.clone()];
    }
    let message = Message::new(rich, &Measure::MESSAGE, Overflow::Error);
    let cuts: Vec<usize> = (1..message.kinds.len()).collect();
    message.parts(&cuts)
}

/// A stretch of a message that is too large and can't be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// Which message it is, from 0, of those between the author's breaks; `None` where cuts are made as needed.
    pub message: Option<usize>,
    pub size: Measure,
    /// The block of the whole where it goes beyond a limit.
    pub block: usize,
}

/// What stays too large for a message however `rich` is cut, and with [`Overflow::Error`] between breaks.
pub fn excesses(rich: &Rich, overflow: Overflow) -> Vec<Excess> {
    if measure(rich).fits(&Measure::MESSAGE) {
        return Vec::new();
    }
    Message::new(rich, &Measure::MESSAGE, overflow).excesses(overflow)
}

/// A rich message with its marks, and sizes up to each of them.
struct Message<'r> {
    rich: &'r Rich,
    script: Script,
    limits: Measure,
    kinds: Vec<Kind>,
    /// By mark: what is between the parts there.
    gaps: Vec<Range<usize>>,
    begun: Vec<Measure>,
    done: Vec<Measure>,
}

impl<'r> Message<'r> {
    fn new(rich: &'r Rich, limits: &Measure, overflow: Overflow) -> Self {
        let mut script = Script::new(rich, limits);
        let mut places = std::mem::take(&mut script.places);
        match overflow {
            Overflow::Split => places = fit::fitting(&script, &places),
            Overflow::Error => places.retain(|place| place.kind == Kind::Break),
        }
        let edge = |at: usize| Place { gap: at..at, kind: Kind::Break };
        let end = script.text().len();
        let places = std::iter::once(edge(0)).chain(places).chain([edge(end)]);
        let (gaps, kinds): (Vec<_>, Vec<_>) = places.map(|place| (place.gap, place.kind)).unzip();
        let begun = gaps.iter().map(|gap| script.begun(gap.start)).collect();
        let done = gaps.iter().map(|gap| script.done(gap.end)).collect();
        Self { rich, script, limits: *limits, kinds, gaps, begun, done }
    }

    fn stretch(&self, from: usize, to: usize) -> Range<usize> {
        self.gaps[from].end..self.gaps[to].start
    }

    /// A stretch as a message of its own, tidied.
    fn part(&self, from: usize, to: usize) -> Rich {
        let mut part = slice::slice(self.rich, &self.script.starts, self.stretch(from, to));
        tidy(&mut part);
        part
    }

    /// What says nothing makes no message.
    fn parts(&self, cuts: &[usize]) -> Vec<Rich> {
        let froms = std::iter::once(&0).chain(cuts);
        let parts = froms.zip(cuts).map(|(from, to)| self.part(*from, *to));
        parts.filter(|part| part.blocks.iter().any(says_something)).collect()
    }

    fn excesses(&self, overflow: Overflow) -> Vec<Excess> {
        let excess = |from: usize| {
            let stretch = self.stretch(from, from + 1);
            (!self.script.fits(stretch.clone())).then(|| Excess {
                message: (overflow == Overflow::Error && self.kinds.len() > 2).then_some(from),
                size: self.script.size(stretch.clone()),
                block: self.beyond(&stretch),
            })
        };
        (0..self.kinds.len() - 1).filter_map(excess).collect()
    }

    /// The first block with which a stretch is too large.
    fn beyond(&self, stretch: &Range<usize>) -> usize {
        let starts = &self.script.starts;
        let first = starts.partition_point(|start| *start <= stretch.start).saturating_sub(1);
        let ends = &starts[first + 1..];
        first + ends.partition_point(|end| self.script.fits(stretch.start..*end.min(&stretch.end)))
    }
}

impl Long for Message<'_> {
    fn marks(&self) -> &[Kind] {
        &self.kinds
    }

    fn fullness(&self, from: usize, to: usize) -> usize {
        fullness(&self.begun[to].sub(self.done[from]), &self.limits)
    }

    fn digest(&self, from: usize, to: usize) -> Digest {
        Digest::of(&canonical(&self.part(from, to)))
    }
}
