//! Whole histories: what happens between runs, and when all comes to rest.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tgsync::ids::Timestamp;

use crate::check;
use crate::run::{End, Run};
use crate::source::{CHAT, Draft};
use crate::world::{Budget, Shared, World, guard};

/// Breaks between runs: most of the time a run follows at once, or when all that was late has arrived.
const BREAKS: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_hours(1), Duration::from_hours(30), Duration::from_hours(72)];

/// The post that is written when all is quiet.
const ANOTHER: char = 'Z';

/// Play a history to its end from where this world stands, between two runs or before the first. `keeps` sees the world
/// whenever nothing is under way in it.
pub(crate) fn play(world: World, mut keeps: impl FnMut(&World)) -> World {
    let world: Shared = Arc::new(Mutex::new(world));
    let mut stage = Stage { world: Shared::clone(&world), sleeper: None };
    while stage.goes_on(&mut keeps) {}
    drop(stage);
    let world = Arc::into_inner(world).unwrap();
    world.into_inner().unwrap()
}

/// A history that goes on.
struct Stage {
    world: Shared,
    /// A run that stands still.
    sleeper: Option<Run>,
}

impl Stage {
    /// One run more, or none: then all comes to rest. `false`: this was the last.
    fn goes_on(&mut self, keeps: &mut impl FnMut(&World)) -> bool {
        let (run, runs) = {
            let mut world = guard(&self.world);
            world.prune_between();
            if world.halt.is_some() {
                return false;
            }
            if self.sleeper.is_none() {
                keeps(&world);
            }
            (world.over, world.scope.runs)
        };
        if run == runs {
            self.come_to_rest();
            return false;
        }
        if run > 0 {
            self.between(run);
        }
        self.one_run(run);
        let mut world = guard(&self.world);
        world.over += 1;
        world.halt.is_none()
    }

    fn between(&mut self, run: usize) {
        {
            let mut world = guard(&self.world);
            world.let_people_answer(false);
            world.let_authors_act();
            world.follow_script(run);
            let breaks = if world.scope.breaks { 4 } else { 2 };
            let wait = BREAKS[world.tape.pick(breaks)];
            world.tell(|| format!("a break of {} s", wait.as_secs()));
            world.was_deaf |= wait > Duration::from_hours(20);
            world.pass(wait);
        }
        self.write_answers(run);
    }

    fn one_run(&mut self, number: usize) {
        {
            let mut world = guard(&self.world);
            world.tell(|| format!("run {number}"));
            // What one that stands still has seen matters too.
            let before = world.seen;
            world.seen = start(&world, number);
            if self.sleeper.is_some() {
                world.saw(&before);
            }
        }
        let run = Run::new(&self.world, number);
        self.go_on(run);
    }

    /// What people answered is written down, where that takes a lease.
    fn write_answers(&mut self, run: usize) {
        let answers = std::mem::take(&mut guard(&self.world).answers);
        for (number, (target, what)) in answers.into_iter().enumerate() {
            let run = Run::resolve(&self.world, 1000 + 10 * run + number, target, what);
            self.go_on(run);
        }
    }

    fn go_on(&mut self, mut run: Run) {
        loop {
            match run.go_on(&self.world) {
                End::Over => return,
                End::Paused => {
                    self.sleeper = Some(run);
                    return;
                }
                End::Yields => self.wake(),
            }
        }
    }

    /// Whoever stood still goes on to its end.
    fn wake(&mut self) {
        let Some(mut sleeper) = self.sleeper.take() else { return };
        guard(&self.world).tell(|| "one that stood still goes on".into());
        while sleeper.go_on(&self.world) != End::Over {}
    }

    /// Faults and people are over: one run puts all in order, or one more once its questions are answered. What is late
    /// arrives, and the next post finds it.
    fn come_to_rest(&mut self) {
        {
            let mut world = guard(&self.world);
            world.tell(|| "from here on nothing goes wrong".into());
            world.budget = Budget { faults: 0, acts: 0 };
            world.sleeps = false;
            world.pass(BREAKS[0]);
        }
        self.wake();
        for number in [100, 101, 102] {
            self.one_run(number);
            let mut world = guard(&self.world);
            if world.halt.is_some() {
                return;
            }
            world.pass_late();
            if world.held_back() {
                world.let_people_answer(true);
            } else if number < 102 && world.has_late_copies() && !world.has_another() {
                world.write_another();
            } else {
                break;
            }
            drop(world);
            self.write_answers(number);
        }
        check::at_the_end(&mut guard(&self.world));
    }
}

impl World {
    fn held_back(&mut self) -> bool {
        self.known().is_ok_and(|lock| lock.of_chat(CHAT).any(|target| !target.doubt.is_empty()))
    }

    /// A ticket may still be used.
    fn has_late_copies(&mut self) -> bool {
        self.known().is_ok_and(|lock| lock.of_chat(CHAT).any(|target| !target.watch.tickets.is_empty()))
    }

    fn has_another(&self) -> bool {
        self.source.iter().any(|draft| draft.letter == ANOTHER)
    }

    fn write_another(&mut self) {
        self.source.push(Draft::new(ANOTHER, 0, 0));
    }
}

/// The state that a run starts from, as one number.
pub(crate) fn start(world: &World, number: usize) -> u64 {
    let mut hasher = DefaultHasher::new();
    number.hash(&mut hasher);
    world.hash_chat(&mut hasher);
    canonical(&world.written(), world.now).hash(&mut hasher);
    hasher.finish()
}

/// How old something is, as far as it matters: what is waited for, what is forgotten, what can't be deleted any more.
pub(crate) fn age(now: Timestamp, at: Timestamp) -> usize {
    const BOUNDS: [i64; 9] = [0, 30, 90, 120, 210, 900, 1200, 23 * 3600, 48 * 3600];
    let seconds = now.duration_since(at).as_secs();
    BOUNDS.iter().filter(|bound| seconds >= **bound).count()
}

/// Lock and journal without what differs between runs that know the same: drawn ids, and times but for their order and age.
pub(crate) fn canonical(text: &str, now: Timestamp) -> String {
    let is_time = |word: &str| word.len() >= 20 && word.ends_with('Z') && word.starts_with("20");
    let is_drawn = |word: &str| word.len() == 26 && word.starts_with('0');
    let words: Vec<&str> = text.split('"').collect();
    let mut times: Vec<&str> = words.iter().copied().filter(|word| is_time(word)).collect();
    times.sort_unstable();
    times.dedup();
    let mut drawn: Vec<&str> = Vec::new();
    let mut out = String::with_capacity(text.len());
    for word in words {
        if is_time(word) {
            let rank = times.binary_search(&word).unwrap();
            write!(out, "@{rank}/{}", age(now, word.parse().unwrap())).unwrap();
        } else if is_drawn(word) {
            let known = drawn.iter().position(|known| *known == word);
            write!(out, "#{}", known.unwrap_or(drawn.len())).unwrap();
            if known.is_none() {
                drawn.push(word);
            }
        } else {
            out += word;
        }
        out.push('"');
    }
    out
}
