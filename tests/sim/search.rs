//! Many histories: enumerated, drawn, replayed.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use tgsync::apply::Rules;

use crate::history::play;
use crate::scope::{SCOPES, Scope, scope};
use crate::tape::Tape;
use crate::turn::GitRules;
use crate::world::{Counts, Halt, World};

/// Points that enumerated histories came to: from the same point the same follows.
#[derive(Debug, Default)]
pub(crate) struct Memory(HashSet<u64>);

impl Memory {
    pub(crate) fn is_first(&mut self, point: u64, tape: &Tape) -> bool {
        !tape.is_new() || self.0.insert(point)
    }
}

/// What many histories came to.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub histories: u64,
    pub states: usize,
    pub counts: Counts,
}

/// A history that must not be.
#[derive(Debug)]
pub(crate) struct Broken {
    pub what: String,
    pub tape: String,
    told: Vec<String>,
}

/// Every history of this scope, as far as they differ: depth first, each from where it parts from the one before.
pub(crate) fn exhaust(scope: (Scope, (Rules, GitRules)), most: u64) -> Result<Totals, Box<Broken>> {
    let memory = Arc::new(Mutex::new(Memory::default()));
    let mut totals = Totals::default();
    let first = World::new(scope, Tape::given(Vec::new()), Some(Arc::clone(&memory)));
    let mut kept = vec![first.clone()];
    let mut given = Some(Vec::new());
    while let Some(next) = given {
        kept.retain(|world| world.tape.leads_to(&next));
        let mut world = kept.last().unwrap_or(&first).clone();
        world.counts = Counts::default();
        world.tape.follow(next);
        let world = play(world, |world| kept.push(world.clone()));
        given = world.tape.next();
        totals.count(&world)?;
        if totals.histories >= most {
            break;
        }
    }
    totals.states = memory.lock().unwrap().0.len();
    Ok(totals)
}

fn from_seed(scope: (Scope, (Rules, GitRules)), seed: u64) -> World {
    play(World::new(scope, Tape::drawn(seed), None), |_| ())
}

/// A history for each seed.
fn draw(scope: (Scope, (Rules, GitRules)), seeds: std::ops::Range<u64>) -> Result<Totals, Box<Broken>> {
    let mut totals = Totals::default();
    for seed in seeds {
        totals.count(&from_seed(scope, seed)).inspect_err(|_| eprintln!("seed {seed}"))?;
    }
    Ok(totals)
}

/// Histories until one fails, and that one.
pub(crate) fn draw_until(scope: (Scope, (Rules, GitRules)), most: u64) -> Option<(u64, Box<Broken>)> {
    let mut totals = Totals::default();
    (1..=most).find_map(|seed| {
        let broken = totals.count(&from_seed(scope, seed)).err()?;
        Some((totals.histories, broken))
    })
}

/// The history that a tape tells.
pub(crate) fn replayed(scope: (Scope, (Rules, GitRules)), tape: &str) -> World {
    play(World::new(scope, Tape::parse(tape).unwrap(), None), |_| ())
}

impl Totals {
    fn count(&mut self, world: &World) -> Result<(), Box<Broken>> {
        self.histories += 1;
        self.counts.add(world.counts);
        match &world.halt {
            Some(Halt::Broken(what)) => {
                let tape = format!("{}:{}", world.scope.name, world.tape);
                Err(Box::new(Broken { what: what.clone(), tape, told: world.told.clone() }))
            }
            _ => Ok(()),
        }
    }
}

impl std::fmt::Display for Totals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts { operations, runs, deaths, faults, acts, questions, pruned } = self.counts;
        write!(
            f,
            "{} histories ({pruned} joined an earlier one), {} states, {runs} runs, {operations} operations, killed at {deaths} points, {faults} faults, {acts} acts of people, {questions} questions",
            self.histories, self.states
        )
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for line in &self.told {
            writeln!(f, "  {line}")?;
        }
        writeln!(f, "{}", self.what)?;
        writeln!(f, "replay: TGSYNC_SIM={} cargo test --test sim replay -- --nocapture", self.tape)?;
        write!(f, "once it is mended: echo '{}' >>tests/sim/regressions/histories", self.tape)
    }
}

/// Run through a scope to its end, and say what came of it.
fn enumerated(name: &str) {
    let most = number("TGSYNC_SIM_HISTORIES", u64::MAX);
    match exhaust((scope(name), Default::default()), most) {
        Ok(totals) if totals.histories >= most => println!("{name}, not to its end: {totals}"),
        Ok(totals) => println!("{name}, all of it: {totals}"),
        Err(broken) => panic!("{name}:\n{broken}"),
    }
}

fn drawn(name: &str) {
    let first = number("TGSYNC_SIM_FIRST_SEED", 1);
    let scopes = named("drawn").len() + named("dense").len();
    let seeds = first..first + number("TGSYNC_SIM_SEEDS", 2000).div_ceil(scopes as u64);
    match draw((scope(name), Default::default()), seeds.clone()) {
        Ok(totals) => println!("{name}, seeds {seeds:?}: {totals}"),
        Err(broken) => panic!("{name}:\n{broken}"),
    }
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |number| number.parse().unwrap())
}

/// The scopes whose names begin like this, or those that `TGSYNC_SIM_SCOPE` names.
fn named(begin: &str) -> Vec<&'static str> {
    let wanted = std::env::var("TGSYNC_SIM_SCOPE").ok();
    let is_meant = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);
    let names = SCOPES.iter().map(|scope| scope.name);
    names.filter(|name| name.starts_with(begin) && is_meant(name)).collect()
}

/// Two posts, two runs, two faults, one act of people.
#[test]
fn every_history() {
    named("small").into_iter().for_each(enumerated);
}

/// Other chats, and the journal in git: the same with one fault.
#[test]
fn every_history_of_other_chats() {
    named("narrow").into_iter().for_each(enumerated);
}

/// More than that.
#[test]
#[ignore = "it takes long: `cargo test --test sim -- --ignored`"]
fn every_wide_history() {
    named("wide").into_iter().for_each(enumerated);
}

/// What was found once: `tests/sim/regressions/histories`.
#[test]
fn regressions() {
    let lines = include_str!("regressions/histories").lines();
    let histories = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    for line in histories {
        let world = play_named(line);
        assert_eq!(world.halt, None, "{line}\n{}", world.told.join("\n"));
    }
}

#[test]
fn large() {
    named("drawn").into_iter().chain(named("dense")).for_each(drawn);
}

/// The history that `TGSYNC_SIM` names, step by step.
#[test]
fn replay() {
    let Ok(named) = std::env::var("TGSYNC_SIM") else { return };
    let world = play_named(&named);
    world.told.iter().for_each(|line| println!("  {line}"));
    assert_eq!(world.halt, None);
}

fn play_named(named: &str) -> World {
    let (name, tape) = named.split_once(':').unwrap();
    replayed((scope(name), Default::default()), tape)
}
