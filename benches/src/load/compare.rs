//! Two stacks under the same workload.

use super::pair::{Cost, Pair};
use super::peer::{Load, Peer};
use crate::measure::{Comparison, paired};

/// Cost of a datagram in nanoseconds at each end, for two stacks.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    /// At the end that sends.
    pub sender: Comparison,
    /// At the end that receives.
    pub receiver: Comparison,
}

/// Runs a workload on both, in turns of `items` items, after one turn that does not count.
///
/// # Panics
///
/// Without a single turn.
pub fn compare<Base: Peer, Other: Peer>(load: Load, turns: usize, items: u64) -> Compared {
    let (mut base, mut other) = (Pair::<Base>::connected(load), Pair::<Other>::connected(load));
    base.batch(items);
    other.batch(items);
    let costs = paired(turns, || base.batch(items), || other.batch(items));
    let figures = |figure: fn(&Cost) -> f64| {
        Comparison::of(costs.iter().map(|(base, other)| (figure(base), figure(other))))
    };
    Compared { sender: figures(Cost::sender_ns), receiver: figures(Cost::receiver_ns) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{Kind, Lapwing};

    #[test]
    fn a_stack_costs_something_at_both_ends() {
        let found = compare::<Lapwing, Lapwing>(Load::new(Kind::Frames, 500), 3, 20);
        assert!(found.sender.base > 0.0 && found.receiver.other > 0.0);
    }
}
