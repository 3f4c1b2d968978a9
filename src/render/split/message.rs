//! A classic message text as something to cut.

use std::ops::Range;

use super::fit::{self, Ruler};
use super::long::{Kind, Long, share};
use super::place::{Place, places};
use super::slice::{slice, starts};
use crate::ids::Digest;
use crate::render::canonical;
use crate::render::clean::tidy;
use crate::render::measure::{Measure, Scale};
use crate::render::tree::Text;

/// A text with its marks, and sizes up to each of them.
pub(super) struct Message<'t> {
    text: &'t Text<'t>,
    limits: Measure,
    /// Where its blocks begin.
    starts: Vec<usize>,
    kinds: Vec<Kind>,
    /// By mark: what is between the parts there.
    gaps: Vec<Range<usize>>,
    begun: Vec<Measure>,
    done: Vec<Measure>,
}

/// A text and what a message holds of it.
struct Within<'a> {
    scale: &'a Scale,
    limits: &'a Measure,
}

impl Ruler for Within<'_> {
    fn text(&self) -> &str {
        &self.scale.text
    }

    fn fits(&self, stretch: Range<usize>) -> bool {
        self.scale.size(stretch).fits(self.limits)
    }
}

impl<'t> Message<'t> {
    /// With all marks that cutting within `limits` may need.
    pub(super) fn new(text: &'t Text<'_>, limits: &Measure) -> Self {
        let scale = Scale::new(text);
        let limits = limits.max(fit::least(&scale));
        let ruler = Within { scale: &scale, limits: &limits };
        let places = fit::fitting(&ruler, &places(text, &scale.text));
        Self::with(text, &scale, places, limits)
    }

    /// With the author's breaks as its only marks.
    pub(super) fn at_breaks(text: &'t Text<'_>) -> Self {
        let scale = Scale::new(text);
        let mut places = places(text, &scale.text);
        places.retain(|place| place.kind == Kind::Break);
        Self::with(text, &scale, places, Measure::MESSAGE)
    }

    fn with(text: &'t Text<'_>, scale: &Scale, places: Vec<Place>, limits: Measure) -> Self {
        let edge = |at: usize| Place { gap: at..at, kind: Kind::Break };
        let end = scale.text.len();
        let places = std::iter::once(edge(0)).chain(places).chain([edge(end)]);
        let (gaps, kinds): (Vec<_>, Vec<_>) = places.map(|place| (place.gap, place.kind)).unzip();
        let begun = gaps.iter().map(|gap| scale.begun(gap.start)).collect();
        let done = gaps.iter().map(|gap| scale.done(gap.end)).collect();
        Self { text, limits, starts: starts(text), kinds, gaps, begun, done }
    }

    /// A stretch as a text of its own, tidied.
    pub(super) fn part(&self, from: usize, to: usize) -> Text<'t> {
        let mut part = slice(self.text, &self.starts, self.gaps[from].end..self.gaps[to].start);
        tidy(&mut part);
        part
    }
}

impl Long for Message<'_> {
    fn marks(&self) -> &[Kind] {
        &self.kinds
    }

    fn fullness(&self, from: usize, to: usize) -> usize {
        let size = self.begun[to] - self.done[from];
        share(size.chars, self.limits.chars)
            .max(share(size.entities, self.limits.entities))
            .max(share(size.bytes, self.limits.bytes))
            .max(share(size.entity_bytes, self.limits.entity_bytes))
    }

    fn digest(&self, from: usize, to: usize) -> Digest {
        Digest::of(&canonical(&self.part(from, to)))
    }
}
