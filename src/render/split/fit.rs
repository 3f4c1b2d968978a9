//! Further places, where those that the rules allow are too far apart: within entities, after headings, within words.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

use super::long::Kind;
use super::place::Place;
use crate::render::measure::{Measure, Scale};

/// How far apart places within words are at first, in characters, and then, where even that is too much.
const LETTERS: [usize; 3] = [64, 8, 1];

/// What the heaviest single character takes with all that is around it: no cut gets below that.
pub(super) fn least(scale: &Scale) -> Measure {
    let places = std::iter::once(0).chain(scale.beginnings());
    let size = |at: usize| {
        let first = scale.text[at..].chars().next()?;
        Some(scale.size(at..at + first.len_utf8()))
    };
    places.filter_map(size).fold(Measure::default(), Measure::max)
}

/// A text on the scale.
pub(super) trait Ruler {
    /// Its characters.
    fn text(&self) -> &str;

    /// Whether a message holds the stretch.
    fn fits(&self, stretch: Range<usize>) -> bool;

    /// Whether a cut between two characters would leave both of them whole.
    fn may_cut(&self, _at: usize) -> bool {
        true
    }
}

/// The places to choose from: what is between two neighbours fits, unless nothing can cut it.
pub(super) fn fitting(ruler: &impl Ruler, places: &[Place]) -> Vec<Place> {
    let mut fit = Fit { ruler, out: Vec::new() };
    fit.between(places, 0..ruler.text().len(), Kind::Word);
    fit.out
}

struct Fit<'a, R> {
    ruler: &'a R,
    out: Vec<Place>,
}

impl<R: Ruler> Fit<'_, R> {
    /// Adds the places up to `worst`, and worse ones between them where they are needed.
    fn between(&mut self, places: &[Place], stretch: Range<usize>, worst: Kind) {
        let mut begin = stretch.start;
        let mut from = 0;
        let taken = places.iter().enumerate().filter(|(_, place)| place.kind <= worst);
        for (index, place) in taken {
            self.worse(&places[from..index], begin..place.gap.start);
            self.out.push(place.clone());
            (begin, from) = (place.gap.end, index + 1);
        }
        self.worse(&places[from..], begin..stretch.end);
    }

    fn worse(&mut self, places: &[Place], stretch: Range<usize>) {
        if self.ruler.fits(stretch.clone()) {
            return;
        }
        match places.iter().map(|place| place.kind).min() {
            Some(best) => self.between(places, stretch, best),
            None => self.letters(stretch, &LETTERS),
        }
    }

    fn letters(&mut self, stretch: Range<usize>, steps: &[usize]) {
        let Some((step, finer)) = steps.split_first() else {
            return;
        };
        let mut begin = stretch.start;
        let mut count = 0;
        for (at, c) in self.ruler.text()[stretch.clone()].char_indices() {
            let at = stretch.start + at;
            // What belongs to the character before it stays with it, within reason.
            let is_apart = c.width() != Some(0) || count >= 2 * step;
            if count >= *step && is_apart && self.ruler.may_cut(at) {
                self.finer(begin..at, finer);
                self.out.push(Place { gap: at..at, kind: Kind::Letter });
                (begin, count) = (at, 0);
            }
            count += 1;
        }
        self.finer(begin..stretch.end, finer);
    }

    fn finer(&mut self, stretch: Range<usize>, steps: &[usize]) {
        if !self.ruler.fits(stretch.clone()) {
            self.letters(stretch, steps);
        }
    }
}
