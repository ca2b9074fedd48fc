//! A TCP receiver: what arrived, and what it says of it.

use std::time::Duration;

use crate::cross::SackBlocks;
use crate::cross::ranges::Ranges;
use crate::cross::segment::MAX_SACK;
use crate::time::Time;

/// A lone segment is acknowledged after this (RFC 5681 section 4.2 allows half a second; stacks
/// take 40 ms).
const DELAYED_ACK: Duration = Duration::from_millis(40);

/// The receiving half of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Receiver {
    next: u64,
    /// Beyond a gap.
    beyond: Ranges,
    /// Where the latest arrivals beyond a gap begin, the latest first.
    latest: Vec<u64>,
    unacknowledged: u32,
    deadline: Option<Time>,
}

impl Receiver {
    /// Bytes that arrived with all before them.
    pub(crate) fn received(&self) -> u64 {
        self.next
    }

    /// Data arrived; true when it is to be acknowledged at once (RFC 5681 section 4.2).
    pub(crate) fn on_data(&mut self, sequence: u64, length: u32, now: Time) -> bool {
        let end = sequence + u64::from(length);
        let gap_before = !self.beyond.is_empty();
        if sequence > self.next {
            self.insert(sequence, end);
            return true;
        }
        if end <= self.next {
            return true;
        }
        self.next = end;
        while let Some((start, stop)) = self.beyond.first() {
            if start > self.next {
                break;
            }
            self.next = self.next.max(stop);
            self.beyond.pop_first();
        }
        self.unacknowledged += 1;
        if gap_before || self.unacknowledged >= 2 {
            return true;
        }
        self.deadline = Some(now + DELAYED_ACK);
        false
    }

    fn insert(&mut self, start: u64, end: u64) {
        self.latest.retain(|latest| *latest != start);
        self.latest.insert(0, start);
        self.latest.truncate(MAX_SACK * 2);
        self.beyond.insert(start, end);
    }

    /// When an acknowledgement is due at the latest.
    pub(crate) fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    /// The acknowledgement of now: the next byte expected, and blocks beyond it, that of the latest
    /// arrival first.
    pub(crate) fn acknowledge(&mut self) -> (u64, SackBlocks) {
        self.unacknowledged = 0;
        self.deadline = None;
        let next = self.next;
        self.latest.retain(|start| *start > next);
        let mut blocks = SackBlocks::new();
        for start in &self.latest {
            if let Some(block) = self.beyond.at_or_below(*start)
                && !blocks.contains(&block)
            {
                blocks.push(block);
            }
        }
        blocks.truncate(MAX_SACK);
        (next, blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_segment_is_acknowledged() {
        let mut receiver = Receiver::default();
        let now = Time::ZERO;
        assert!(!receiver.on_data(0, 100, now));
        assert_eq!(receiver.deadline(), Some(Time::ZERO + DELAYED_ACK));
        assert!(receiver.on_data(100, 100, now));
        assert_eq!(receiver.acknowledge(), (200, vec![]));
        assert_eq!(receiver.deadline(), None);
    }

    #[test]
    fn gaps_are_told_the_latest_first() {
        let mut receiver = Receiver::default();
        let now = Time::ZERO;
        for start in [200, 400, 600, 800, 500] {
            assert!(receiver.on_data(start, 100, now), "beyond a gap: at once");
        }
        assert_eq!(receiver.acknowledge(), (0, vec![(400, 700), (800, 900), (200, 300)]));
        assert!(receiver.on_data(0, 100, now));
        assert!(receiver.on_data(100, 100, now), "fills a gap: at once");
        assert_eq!(receiver.acknowledge(), (300, vec![(400, 700), (800, 900)]));
        assert!(receiver.on_data(0, 100, now), "came before: at once");
        assert_eq!(receiver.received(), 300);
    }
}
