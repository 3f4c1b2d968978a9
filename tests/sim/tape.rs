//! Decisions, one after another: given, drawn, or the first of each. A tape that was recorded replays its history.

use std::fmt;

/// Digits of a tape as it is printed.
const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Where decisions come from, and what they were.
#[derive(Debug, Clone)]
pub(crate) struct Tape {
    given: Vec<usize>,
    /// Draws what is not given; else it is 0.
    dice: Option<Dice>,
    /// What was decided, of how many.
    made: Vec<(usize, usize)>,
}

impl Tape {
    /// These decisions, then the first one of each.
    pub(crate) fn given(given: Vec<usize>) -> Self {
        Self { given, dice: None, made: Vec::new() }
    }

    pub(crate) fn drawn(seed: u64) -> Self {
        Self { given: Vec::new(), dice: Some(Dice(seed)), made: Vec::new() }
    }

    /// Go on with these decisions, of which the first are those that were made.
    pub(crate) fn follow(&mut self, given: Vec<usize>) {
        self.given = given;
    }

    /// Whether what was made is how these begin.
    pub(crate) fn leads_to(&self, given: &[usize]) -> bool {
        self.made.len() < given.len()
    }

    /// One of `of`.
    pub(crate) fn pick(&mut self, of: usize) -> usize {
        self.decide(of, |dice| dice.below(of))
    }

    /// One of `of`, of which the first is what goes on as usual: another one is drawn once in `rarity`.
    pub(crate) fn pick_rarely(&mut self, of: usize, rarity: usize) -> usize {
        self.decide(of, |dice| if dice.below(rarity) == 0 { 1 + dice.below(of - 1) } else { 0 })
    }

    fn decide(&mut self, of: usize, draw: impl FnOnce(&mut Dice) -> usize) -> usize {
        if of < 2 {
            return 0;
        }
        let given = self.given.get(self.made.len()).copied();
        let drawn = given.or_else(|| self.dice.as_mut().map(draw)).unwrap_or(0).min(of - 1);
        self.made.push((drawn, of));
        drawn
    }

    /// Whether only decisions are left that were not given.
    pub(crate) fn is_new(&self) -> bool {
        self.made.len() >= self.given.len()
    }

    /// The decisions of the history that comes after this one when all are enumerated.
    pub(crate) fn next(&self) -> Option<Vec<usize>> {
        let last = self.made.iter().rposition(|(made, of)| made + 1 < *of)?;
        let mut next: Vec<usize> = self.made[..=last].iter().map(|(made, _)| *made).collect();
        next[last] += 1;
        Some(next)
    }

    /// Read what [`Tape`] prints.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digit = |byte: u8| DIGITS.iter().position(|digit| *digit == byte);
        text.bytes().map(digit).collect::<Option<Vec<usize>>>().map(Self::given)
    }
}

impl fmt::Display for Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.made.iter().rposition(|(made, _)| *made > 0).map_or(0, |last| last + 1);
        self.made[..end].iter().try_for_each(|(made, _)| write!(f, "{}", char::from(DIGITS[*made])))
    }
}

/// Numbers that follow from a seed (`SplitMix64`).
#[derive(Debug, Clone)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, of: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % of as u64).unwrap()
    }
}

#[test]
fn a_tape_replays_what_it_recorded() {
    let mut drawn = Tape::drawn(7);
    let of = [3, 1, 36, 2, 5, 1, 9];
    let picks: Vec<usize> = of.iter().map(|of| drawn.pick(*of)).collect();
    let mut replayed = Tape::parse(&drawn.to_string()).unwrap();
    assert_eq!(of.iter().map(|of| replayed.pick(*of)).collect::<Vec<_>>(), picks);
}

#[test]
fn every_tape_is_enumerated_once() {
    let (mut given, mut seen) = (Some(Vec::new()), Vec::new());
    while let Some(next) = given {
        let mut tape = Tape::given(next);
        let first = tape.pick(2);
        seen.push((first, tape.pick(if first == 0 { 3 } else { 1 }), tape.pick(2)));
        given = tape.next();
    }
    let expected = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 2, 0), (0, 2, 1), (1, 0, 0), (1, 0, 1)];
    assert_eq!(seen, expected);
}
