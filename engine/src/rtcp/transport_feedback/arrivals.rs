//! Packets that arrived, by their numbers: those to be told of, and those told of a short while
//! ago.
//!
//! A packet may come after a message told it to be missing. The next message then goes back to it,
//! and has to tell of all packets from there on again: so what was told is kept for as long as
//! reordering may last.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::datagram::Ecn;

/// How long packets that were told of are kept.
const KEPT_FOR: Duration = Duration::from_millis(500);

/// A packet that arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived {
    pub(super) number: u64,
    pub(super) at: Instant,
    pub(super) ecn: Option<Ecn>,
}

#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    /// By number.
    entries: VecDeque<Arrived>,
    /// The first number that the next message tells of.
    start: Option<u64>,
    /// What comes below this is not told any more.
    forgotten: u64,
    packets_max: usize,
}

impl Arrivals {
    pub(super) fn new(packets_max: usize) -> Self {
        Arrivals { entries: VecDeque::new(), start: None, forgotten: 0, packets_max }
    }

    /// A packet arrived. False where it is told of already, or too late for that.
    pub(super) fn add(&mut self, arrived: Arrived) -> bool {
        let number = arrived.number;
        if number < self.forgotten {
            return false;
        }
        // Nearly always it is the newest.
        let is_newest = self.entries.back().is_none_or(|newest| newest.number < number);
        if is_newest && self.entries.len() < self.packets_max {
            self.entries.push_back(arrived);
            self.start = Some(self.start.map_or(number, |start| start.min(number)));
            return true;
        }
        let index = self.entries.partition_point(|entry| entry.number < number);
        if let Some(known) = self.entries.get_mut(index).filter(|entry| entry.number == number) {
            // The worst mark of all copies counts (RFC 8888 section 3.1).
            if arrived.ecn == Some(Ecn::Ce) {
                known.ecn = arrived.ecn;
            }
            return false;
        }
        if self.entries.len() == self.packets_max {
            let gone = self.entries.pop_front().expect("there is room for some");
            self.forgotten = gone.number + 1;
            self.start = self.start.map(|start| start.max(self.forgotten));
            return self.add(arrived);
        }
        self.entries.insert(index, arrived);
        self.start = Some(self.start.map_or(number, |start| start.min(number)));
        true
    }

    /// The first number to be told of, and the packets from there on that arrived.
    pub(super) fn pending(&self) -> Option<(u64, impl ExactSizeIterator<Item = &Arrived>)> {
        let start = self.start?;
        let first = self.entries.partition_point(|entry| entry.number < start);
        let entries = self.entries.range(first..);
        (entries.len() > 0).then_some((start, entries))
    }

    /// All packets before this number were told of.
    pub(super) fn told(&mut self, end: u64, now: Instant) {
        self.start = Some(end);
        while let Some(first) = self.entries.front() {
            if first.number >= end || first.at + KEPT_FOR > now {
                break;
            }
            self.forgotten = first.number + 1;
            self.entries.pop_front();
        }
    }

    /// The highest number that arrived.
    pub(super) fn newest(&self) -> Option<u64> {
        self.entries.back().map(|entry| entry.number)
    }

    /// When the last packet that is kept arrived.
    pub(super) fn newest_at(&self) -> Option<Instant> {
        self.entries.back().map(|entry| entry.at)
    }
}
