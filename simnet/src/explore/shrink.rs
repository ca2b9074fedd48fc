//! From a failure to its cause: smaller tapes, then simpler universes, as long as they fail.

use super::universe::{Action, Effects, Peer, Timed, Topology, Universe};
use crate::sessions::Sessions;

/// Makes a tape that fails shorter and smaller. `fails` is asked at most `runs` times; what it took
/// is subtracted.
///
/// ```
/// use lapwing_simnet::explore::shrink_tape;
/// let mut runs = 1_000;
/// let shrunk = shrink_tape(vec![9; 40], |tape| tape.len() > 3 && tape[2] > 4, &mut runs);
/// assert_eq!(shrunk, [0, 0, 5, 0]);
/// ```
pub fn shrink_tape(
    mut tape: Vec<u8>,
    mut fails: impl FnMut(&[u8]) -> bool,
    runs: &mut u32,
) -> Vec<u8> {
    let mut try_tape = |candidate: &[u8], runs: &mut u32| {
        *runs = runs.saturating_sub(1);
        *runs > 0 && fails(candidate)
    };
    loop {
        let before = tape.clone();
        let mut width = tape.len();
        while width > 0 {
            let mut start = 0;
            while start < tape.len() {
                let end = (start + width).min(tape.len());
                let shorter = [&tape[..start], &tape[end..]].concat();
                if try_tape(&shorter, runs) {
                    tape = shorter;
                } else {
                    start += width;
                }
            }
            width /= 2;
        }
        for place in 0..tape.len() {
            while tape[place] > 0 {
                let old = tape[place];
                let smaller = [0, old / 2, old - 1].into_iter().find(|smaller| {
                    tape[place] = *smaller;
                    try_tape(&tape, runs)
                });
                match smaller {
                    Some(smaller) => tape[place] = smaller,
                    None => {
                        tape[place] = old;
                        break;
                    }
                }
            }
        }
        if tape == before || *runs == 0 {
            return tape;
        }
    }
}

/// Makes a universe that fails simpler, as [`shrink_tape`] does with tapes.
pub fn shrink_universe(
    mut universe: Universe,
    mut fails: impl FnMut(&Universe) -> bool,
    runs: &mut u32,
) -> Universe {
    loop {
        let simpler = simpler(&universe).into_iter().find(|candidate| {
            *runs = runs.saturating_sub(1);
            *runs > 0 && fails(candidate)
        });
        match simpler {
            Some(simpler) => universe = simpler,
            None => return universe,
        }
    }
}

/// Universes that are simpler by one step, the greatest steps first.
fn simpler(universe: &Universe) -> Vec<Universe> {
    let mut found = Vec::new();
    let mut with = |change: &dyn Fn(&mut Universe)| {
        let mut changed = universe.clone();
        change(&mut changed);
        if changed != *universe {
            found.push(changed);
        }
    };
    for index in 0..universe.actions.len() {
        with(&|universe| {
            universe.actions.remove(index);
        });
    }
    with(&|universe| universe.topology = Topology::Direct);
    if let Topology::Helped(helped) = universe.topology {
        for simpler in helped.simpler() {
            with(&|universe| universe.topology = Topology::Helped(simpler));
        }
    }
    with(&|universe| universe.link = simple_link());
    with(&|universe| universe.link.loss_pct = 0);
    with(&|universe| universe.link.duplicate_pct = 0);
    with(&|universe| universe.link.reorder_pct = 0);
    with(&|universe| universe.link.delay_ms = simple_link().delay_ms);
    with(&|universe| universe.seed = 0);
    with(&|universe| universe.sessions = Sessions::default());
    for index in 0..universe.actions.len() {
        let Timed { at_ms, action } = universe.actions[index];
        for at_ms in
            [at_ms / 1_000 * 1_000, at_ms / 2_000 * 1_000].into_iter().filter(|at| *at >= 3_000)
        {
            with(&|universe| {
                universe.actions[index].at_ms = at_ms;
                universe.actions.sort_by_key(|timed| timed.at_ms);
            });
        }
        let span = |ms: u32| [ms / 2_000 * 1_000, ms / 1_000 * 1_000];
        let spans: Vec<Action> = match action {
            Action::Pause(peer, ms) => span(ms).map(|ms| Action::Pause(peer, ms)).into(),
            Action::Outage(peer, ms) => span(ms).map(|ms| Action::Outage(peer, ms)).into(),
            Action::InterfaceDown(peer, interface, ms) => {
                span(ms).map(|ms| Action::InterfaceDown(peer, interface, ms)).into()
            }
            Action::Click(peer, click) => {
                click.simpler().into_iter().map(|click| Action::Click(peer, click)).collect()
            }
            Action::Both(a, b) => {
                let parts = [Action::Click(Peer::A, a), Action::Click(Peer::B, b)];
                let first = a.simpler().into_iter().map(|a| Action::Both(a, b));
                let second = b.simpler().into_iter().map(|b| Action::Both(a, b));
                parts.into_iter().chain(first).chain(second).collect()
            }
            _ => Vec::new(),
        };
        for action in spans {
            with(&|universe| universe.actions[index].action = action);
        }
    }
    found
}

const fn simple_link() -> Effects {
    Effects { delay_ms: 10, loss_pct: 0, duplicate_pct: 0, reorder_pct: 0 }
}
