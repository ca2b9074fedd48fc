//! Loss of chosen packets: for tests that need the third one gone.

use crate::nodes::{DropReason, Node, NodeCx};
use crate::packet::Packet;

/// Loses packets by their number on the link.
///
/// ```
/// use lapwing_simnet::nodes::PatternLoss;
/// let third_and_fourth = PatternLoss::numbers([2, 3]);
/// let every_tenth = PatternLoss::repeat("---------x").unwrap();
/// assert_eq!(PatternLoss::repeat("..x"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternLoss {
    seen: u64,
    lost: Lost,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Lost {
    /// Sorted.
    Numbers(Vec<u64>),
    /// Never empty.
    Repeat(Vec<bool>),
}

impl PatternLoss {
    /// Loses the packets with these numbers, counted from zero.
    pub fn numbers(numbers: impl IntoIterator<Item = u64>) -> Self {
        let mut numbers: Vec<_> = numbers.into_iter().collect();
        numbers.sort_unstable();
        PatternLoss { seen: 0, lost: Lost::Numbers(numbers) }
    }

    /// Repeats a pattern of `-` (passes) and `x` (lost); `None` when it has other characters or
    /// none.
    pub fn repeat(pattern: &str) -> Option<Self> {
        let lost: Vec<bool> = pattern
            .chars()
            .map(|c| match c {
                '-' => Some(false),
                'x' => Some(true),
                _ => None,
            })
            .collect::<Option<_>>()?;
        (!lost.is_empty()).then_some(PatternLoss { seen: 0, lost: Lost::Repeat(lost) })
    }
}

impl Node for PatternLoss {
    fn accept(&mut self, packet: Box<Packet>, cx: &mut NodeCx<'_>) {
        let number = self.seen;
        self.seen += 1;
        let lost = match &self.lost {
            Lost::Numbers(numbers) => numbers.binary_search(&number).is_ok(),
            Lost::Repeat(pattern) => pattern[(number % pattern.len() as u64) as usize],
        };
        if lost {
            cx.drop(packet, DropReason::Loss);
        } else {
            cx.pass(packet);
        }
    }
}
