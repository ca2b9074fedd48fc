//! Two runs in step: the first event in which they differ.

use std::collections::VecDeque;
use std::fmt;

use crate::sim::Sim;
use crate::time::Time;
use crate::trace::{Record, Watch};

/// The first event in which two runs differ, as each of them saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainDivergence {
    /// Its number, counted from zero.
    pub index: u64,
    /// What happened in the first run; `None` if that had ended.
    pub first: Option<String>,
    /// What happened in the second run; `None` if that had ended.
    pub second: Option<String>,
}

impl fmt::Display for ChainDivergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        let (first, second) = (text(&self.first), text(&self.second));
        write!(f, "event {} differs:\n  first  {first}\n  second {second}", self.index)
    }
}

/// The events of the latest steps: the chain after each, and what it was.
#[derive(Default)]
struct Latest {
    events: VecDeque<(u64, String)>,
}

impl Watch for Latest {
    fn event(&mut self, record: &Record<'_>, chain: u64) {
        self.events.push_back((chain, record.to_string()));
    }
}

/// Runs two simulations side by side up to and at `end`, and names the first event in which they
/// differ.
///
/// Memory does not grow with the length of the runs. Events before the call are not compared.
pub fn first_divergence(mut first: Sim, mut second: Sim, end: Time) -> Option<ChainDivergence> {
    let mut index = first.events();
    first.watch(Latest::default());
    second.watch(Latest::default());
    loop {
        let (a, b) = (next(&mut first, end), next(&mut second, end));
        let chain = |event: &Option<(u64, String)>| event.as_ref().map(|(chain, _)| *chain);
        if chain(&a) != chain(&b) {
            let [first, second] = [a, b].map(|event| event.map(|(_, text)| text));
            return Some(ChainDivergence { index, first, second });
        }
        a?;
        index += 1;
    }
}

/// The next event up to `end`.
fn next(sim: &mut Sim, end: Time) -> Option<(u64, String)> {
    loop {
        let event = sim.watcher::<Latest>().and_then(|latest| latest.events.pop_front());
        if event.is_some() || sim.next_at().is_none_or(|at| at > end) || !sim.step() {
            return event;
        }
    }
}
