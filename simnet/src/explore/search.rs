//! Many universes, and what is left of those that fail.

use std::ops::Range;

use super::invariant::Violation;
use super::shrink::{shrink_tape, shrink_universe};
use super::tape::Tape;
use super::universe::Universe;
use super::world::Outcome;
use crate::random::Seed;

/// Bytes of a tape: enough for the largest universe.
const TAPE_BYTES: usize = 128;

/// What universes are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Those without servers: [`Universe::draw`].
    #[default]
    Alone,
    /// Those with boxes and servers: [`Universe::draw_helped`].
    Helped,
}

impl Kind {
    /// Reads a universe of this kind from a tape.
    pub fn draw(self, tape: &mut Tape<'_>) -> Universe {
        match self {
            Kind::Alone => Universe::draw(tape),
            Kind::Helped => Universe::draw_helped(tape),
        }
    }
}

/// What to look for, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    /// Universes follow from it.
    pub seed: u64,
    /// The number of the first universe.
    pub first: u64,
    /// How many universes.
    pub universes: u64,
    /// Runs that may be spent on shrinking each failure.
    pub shrink_runs: u32,
    /// What universes.
    pub kind: Kind,
}

impl Search {
    /// The tape of one universe.
    pub fn tape(&self, number: u64) -> Vec<u8> {
        let mut tape = vec![0; TAPE_BYTES];
        Seed(self.seed).stream(&format!("explore/{number}")).fill(&mut tape);
        tape
    }
}

/// A universe that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its number.
    pub number: u64,
    /// What was seen first, before shrinking.
    pub first_seen: Violation,
    /// The tape that was left.
    pub tape: Vec<u8>,
    /// The universe that was left.
    pub universe: Universe,
    /// What is seen in it.
    pub violation: Violation,
    /// Runs that it took.
    pub runs: u32,
}

/// One universe of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// Its number.
    pub number: u64,
    /// What it came to.
    pub outcome: Outcome,
    /// What was left of it where it failed.
    pub failure: Option<Failure>,
}

impl Search {
    /// The numbers of its universes.
    pub fn numbers(&self) -> Range<u64> {
        self.first..self.first.saturating_add(self.universes)
    }

    /// Plays one universe, and shrinks it where it fails. `judge` plays one, usually by
    /// [`run`](super::run).
    pub fn play(&self, number: u64, mut judge: impl FnMut(&Universe) -> Outcome) -> Played {
        let tape = self.tape(number);
        let outcome = judge(&self.kind.draw(&mut Tape::new(&tape)));
        let violation = outcome.violation.clone();
        let failure = violation.map(|violation| shrink(self, number, tape, violation, &mut judge));
        Played { number, outcome, failure }
    }
}

/// Plays universes one after the other, and shrinks those that fail; `progress` is told of each.
pub fn search(
    search: &Search,
    mut judge: impl FnMut(&Universe) -> Outcome,
    mut progress: impl FnMut(&Played),
) -> Vec<Failure> {
    let mut failures = Vec::new();
    for number in search.numbers() {
        let played = search.play(number, &mut judge);
        progress(&played);
        failures.extend(played.failure);
    }
    failures
}

fn shrink(
    search: &Search,
    number: u64,
    tape: Vec<u8>,
    first_seen: Violation,
    judge: &mut impl FnMut(&Universe) -> Outcome,
) -> Failure {
    let Search { shrink_runs: budget, kind, .. } = *search;
    let mut runs = budget;
    let wanted = first_seen.invariant;
    let mut violation = first_seen.clone();
    let mut fails = |universe: &Universe| match judge(universe).violation {
        Some(found) if found.invariant == wanted => {
            violation = found;
            true
        }
        _ => false,
    };
    // Half for the tape: it takes away most, and what it cannot is done by hand.
    let mut half = budget / 2;
    let tape = shrink_tape(tape, |tape| fails(&kind.draw(&mut Tape::new(tape))), &mut half);
    runs -= budget / 2 - half;
    let universe = kind.draw(&mut Tape::new(&tape));
    let universe = shrink_universe(universe, &mut fails, &mut runs);
    Failure { number, first_seen, tape, universe, violation, runs: budget - runs }
}
