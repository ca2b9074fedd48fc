//! Packets that were sent and may be sent again.
//!
//! 1. What is sent is kept for a second or three round trips, whichever is longer, within limits of
//!    packets and bytes.
//! 2. A request names a sequence number. It is refused where the packet is gone, where it was sent
//!    again less than a round trip ago (another request for the same loss; the least round trip of
//!    late counts), and where the budget is used up.
//! 3. What is granted is sent by the caller, as it was or as a retransmission (RFC 4588).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::bitrate::Bitrate;

/// How long the budget may be saved up: an outage of this length can be repaired at once.
const BUDGET_DEPTH: Duration = Duration::from_secs(1);

/// A round trip before one was measured.
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(100);

/// Limits of a [`SendHistory`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryConfig {
    /// Packets kept.
    pub packets_max: usize,
    /// Bytes of them.
    pub bytes_max: usize,
    /// How long a packet is kept at least where the other limits allow.
    pub age: Duration,
}

impl Default for HistoryConfig {
    /// A second at 16,384 packets a second; 16 MiB, which is 134 Mbit/s for that time.
    fn default() -> Self {
        HistoryConfig { packets_max: 16_384, bytes_max: 16 << 20, age: Duration::from_secs(1) }
    }
}

/// Why a packet is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResendRefusal {
    /// It was not sent, or is gone.
    Unknown,
    /// It was sent again less than a round trip ago.
    TooSoon,
    /// So many bytes were sent again that there is no room for it.
    OverBudget,
}

/// What became of requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendHistoryCounters {
    /// Packets granted.
    pub resent: u64,
    /// Bytes of them.
    pub resent_bytes: u64,
    /// Requests for what was not sent, or is gone.
    pub unknown: u64,
    /// Requests that came too soon.
    pub too_soon: u64,
    /// Requests beyond the budget.
    pub over_budget: u64,
}

#[derive(Clone, Debug)]
struct Slot<P> {
    packet: P,
    size: usize,
    sent_at: Instant,
    resent_at: Option<Instant>,
}

/// What one stream sent. `P` is what the caller needs to send a packet again.
#[derive(Clone, Debug)]
pub struct SendHistory<P> {
    config: HistoryConfig,
    /// By number, from `first` on; empty where a number was skipped.
    slots: VecDeque<Option<Slot<P>>>,
    first: u64,
    bytes: usize,
    /// When old packets were dropped last.
    dropped_at: Option<Instant>,
    round_trip: Duration,
    /// The least of late.
    least_round_trip: Option<Duration>,
    /// How long a packet is kept.
    kept_for: Duration,
    budget: Option<Budget>,
    counters: SendHistoryCounters,
}

impl<P> SendHistory<P> {
    /// An empty history, without a budget.
    pub fn new(config: HistoryConfig) -> Self {
        SendHistory {
            kept_for: config.age.max(3 * FIRST_ROUND_TRIP),
            config,
            slots: VecDeque::new(),
            first: 0,
            bytes: 0,
            dropped_at: None,
            round_trip: FIRST_ROUND_TRIP,
            least_round_trip: None,
            budget: None,
            counters: SendHistoryCounters::default(),
        }
    }

    /// An empty history of other packets, with the limits, round trip and budget of this one.
    pub fn beside<Q>(&self) -> SendHistory<Q> {
        SendHistory {
            kept_for: self.kept_for,
            round_trip: self.round_trip,
            least_round_trip: self.least_round_trip,
            budget: self.budget,
            ..SendHistory::new(self.config)
        }
    }

    /// The round trip as it was measured last.
    pub fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = round_trip;
        self.kept_for = self.config.age.max(3 * round_trip);
        self.dropped_at = None;
    }

    /// The least round trip of late. Where it is less than the one that was measured, a queue has
    /// gone: a packet that was lost again can be asked for sooner.
    pub fn set_least_round_trip(&mut self, least: Duration) {
        self.least_round_trip = Some(least);
    }

    /// How much may be sent again; without a limit for `None`.
    pub fn set_budget(&mut self, rate: Option<Bitrate>, now: Instant) {
        self.budget = match (rate, self.budget) {
            (None, _) => None,
            (Some(rate), None) => Some(Budget::full(rate, now)),
            (Some(rate), Some(budget)) => Some(budget.at_rate(rate, now)),
        };
    }

    /// Keeps a packet that is sent. `number` is its extended sequence number, `size` what it costs
    /// in memory and budget. Numbers may be skipped and come late; one that is kept stays.
    pub fn insert(&mut self, number: u64, size: usize, packet: P, now: Instant) {
        // Packets of one picture leave at one time.
        if self.dropped_at != Some(now) {
            self.drop_old(now);
            self.dropped_at = Some(now);
        }
        let end = self.first + self.slots.len() as u64;
        if self.slots.is_empty() || number >= end + self.config.packets_max as u64 {
            self.clear();
            self.first = number;
        }
        let Some(index) = number.checked_sub(self.first).map(|index| index as usize) else {
            return;
        };
        if index >= self.slots.len() {
            self.slots.resize_with(index + 1, || None);
        }
        if self.slots[index].is_none() {
            self.bytes += size;
            self.slots[index] = Some(Slot { packet, size, sent_at: now, resent_at: None });
        }
        while self.slots.len() > self.config.packets_max || self.bytes > self.config.bytes_max {
            self.drop_first();
        }
    }

    /// Takes out a packet that is too old to be asked for, so that its memory can be used for
    /// another one; [`Self::insert`] drops those that are left.
    pub fn expire(&mut self, now: Instant) -> Option<P> {
        while let Some(first) = self.slots.front() {
            if first.as_ref().is_some_and(|slot| slot.sent_at + self.kept_for > now) {
                return None;
            }
            let expired = self.slots.pop_front().flatten();
            self.first += 1;
            if let Some(slot) = expired {
                self.bytes -= slot.size;
                return Some(slot.packet);
            }
        }
        None
    }

    /// A request for the packet with this sequence number. What is granted is to be sent; its
    /// number comes with it.
    pub fn request(&mut self, sequence: u16, now: Instant) -> Result<(u64, &P), ResendRefusal> {
        self.drop_old(now);
        match self.check(sequence, now) {
            Ok(index) => {
                let slot = self.slots[index].as_mut().expect("the check found it");
                slot.resent_at = Some(now);
                if let Some(budget) = &mut self.budget {
                    budget.bytes -= slot.size as u64;
                }
                self.counters.resent += 1;
                self.counters.resent_bytes += slot.size as u64;
                Ok((self.first + index as u64, &slot.packet))
            }
            Err(refusal) => {
                *match refusal {
                    ResendRefusal::Unknown => &mut self.counters.unknown,
                    ResendRefusal::TooSoon => &mut self.counters.too_soon,
                    ResendRefusal::OverBudget => &mut self.counters.over_budget,
                } += 1;
                Err(refusal)
            }
        }
    }

    /// The packet that was sent last: what a probe can carry in place of padding.
    pub fn newest(&self) -> Option<(u64, &P)> {
        let index = self.slots.iter().rposition(Option::is_some)?;
        let slot = self.slots[index].as_ref().expect("its place was found");
        Some((self.first + index as u64, &slot.packet))
    }

    /// What became of requests so far.
    pub fn counters(&self) -> SendHistoryCounters {
        self.counters
    }

    /// Bytes that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn check(&mut self, sequence: u16, now: Instant) -> Result<usize, ResendRefusal> {
        let newest = (self.first + self.slots.len() as u64).checked_sub(1);
        let newest = newest.ok_or(ResendRefusal::Unknown)?;
        let behind = u64::from((newest as u16).wrapping_sub(sequence));
        let number = newest.checked_sub(behind).ok_or(ResendRefusal::Unknown)?;
        let index = number.checked_sub(self.first).ok_or(ResendRefusal::Unknown)? as usize;
        let slot = self.slots.get(index).and_then(Option::as_ref).ok_or(ResendRefusal::Unknown)?;
        let answer = self.least_round_trip.unwrap_or(self.round_trip).min(self.round_trip);
        if slot.resent_at.is_some_and(|resent| now < resent + answer) {
            return Err(ResendRefusal::TooSoon);
        }
        if let Some(budget) = &mut self.budget {
            *budget = budget.at_rate(budget.rate, now);
            if budget.bytes < slot.size as u64 {
                return Err(ResendRefusal::OverBudget);
            }
        }
        Ok(index)
    }

    fn drop_old(&mut self, now: Instant) {
        while let Some(first) = self.slots.front() {
            if first.as_ref().is_some_and(|slot| slot.sent_at + self.kept_for > now) {
                break;
            }
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        if let Some(slot) = self.slots.pop_front() {
            self.bytes -= slot.map_or(0, |slot| slot.size);
            self.first += 1;
        }
    }

    fn clear(&mut self) {
        self.slots.clear();
        self.bytes = 0;
    }
}

/// Bytes that may be sent again: they come at a rate, and are saved up to a depth.
#[derive(Clone, Copy, Debug)]
struct Budget {
    rate: Bitrate,
    bytes: u64,
    at: Instant,
}

impl Budget {
    fn full(rate: Bitrate, now: Instant) -> Self {
        Budget { rate, bytes: rate.bytes_in(BUDGET_DEPTH), at: now }
    }

    /// Adds what came until now, and goes on at a rate.
    fn at_rate(self, rate: Bitrate, now: Instant) -> Self {
        let came = self.rate.bytes_in(now.saturating_duration_since(self.at));
        let bytes = (self.bytes + came).min(rate.bytes_in(BUDGET_DEPTH));
        // Less than a byte is not lost: it counts from the time before.
        let at = if came == 0 { self.at } else { now };
        Budget { rate, bytes, at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    fn history(packets_max: usize, bytes_max: usize) -> SendHistory<u64> {
        SendHistory::new(HistoryConfig { packets_max, bytes_max, age: 1_000 * MS })
    }

    #[test]
    fn a_packet_is_sent_again_once_a_round_trip() {
        let now = origin();
        let mut history = history(100, 100_000);
        history.set_round_trip(50 * MS);
        (65_530..65_545).for_each(|number| history.insert(number, 100, number, now));
        assert_eq!(history.request(65_535, now + 60 * MS), Ok((65_535, &65_535)));
        assert_eq!(history.request(2, now + 60 * MS), Ok((65_538, &65_538)));
        assert_eq!(history.request(2, now + 109 * MS), Err(ResendRefusal::TooSoon));
        assert!(history.request(2, now + 110 * MS).is_ok());
        assert_eq!(history.request(9, now), Err(ResendRefusal::Unknown), "it is not sent yet");
        assert_eq!(history.request(65_529, now), Err(ResendRefusal::Unknown));
        let counters = history.counters();
        assert_eq!((counters.resent, counters.resent_bytes), (3, 300));
        assert_eq!((counters.unknown, counters.too_soon), (2, 1));
        assert_eq!(history.newest(), Some((65_544, &65_544)));
    }

    #[test]
    fn a_packet_is_sent_again_as_soon_as_the_path_answers() {
        let now = origin();
        let mut history = history(100, 100_000);
        history.set_round_trip(150 * MS);
        history.set_least_round_trip(100 * MS);
        history.insert(1, 100, 1, now);
        assert!(history.request(1, now).is_ok());
        assert_eq!(history.request(1, now + 99 * MS), Err(ResendRefusal::TooSoon));
        assert!(history.request(1, now + 100 * MS).is_ok());
        // What is measured later and is less counts.
        history.set_round_trip(80 * MS);
        assert!(history.request(1, now + 180 * MS).is_ok());
    }

    #[test]
    fn packets_are_kept_for_a_second_or_three_round_trips() {
        let now = origin();
        let mut history = history(100, 100_000);
        history.insert(1, 100, 1, now);
        assert!(history.request(1, now + 999 * MS).is_ok());
        assert_eq!(history.request(1, now + 1_000 * MS), Err(ResendRefusal::Unknown));
        history.set_round_trip(500 * MS);
        history.insert(2, 100, 2, now);
        assert!(history.request(2, now + 1_499 * MS).is_ok());
        assert_eq!(history.request(2, now + 1_500 * MS), Err(ResendRefusal::Unknown));
        assert_eq!(history.bytes(), 0);
    }

    #[test]
    fn limits_of_packets_and_bytes_hold() {
        let now = origin();
        let mut few = history(10, 100_000);
        (0..50).for_each(|number| few.insert(number, 100, number, now));
        assert_eq!(few.request(39, now), Err(ResendRefusal::Unknown));
        assert!(few.request(40, now).is_ok());
        let mut small = history(100, 1_000);
        (0..50).for_each(|number| small.insert(number, 300, number, now));
        assert_eq!(small.bytes(), 900);
        small.insert(1_000_000, 300, 1_000_000, now);
        assert_eq!((small.bytes(), small.slots.len()), (300, 1));
    }

    #[test]
    fn numbers_may_be_skipped_and_come_late() {
        let now = origin();
        let mut history = history(100, 100_000);
        history.insert(10, 100, 10, now);
        history.insert(14, 100, 14, now);
        assert_eq!(history.request(12, now), Err(ResendRefusal::Unknown));
        history.insert(12, 100, 12, now);
        history.insert(14, 100, 99, now);
        history.insert(9, 100, 9, now);
        assert_eq!(history.request(12, now), Ok((12, &12)));
        assert_eq!(history.request(14, now), Ok((14, &14)));
        assert_eq!(history.request(9, now), Err(ResendRefusal::Unknown));
    }

    #[test]
    fn the_budget_is_used_up_and_comes_back() {
        let now = origin();
        let mut history = history(100, 100_000);
        (0..20).for_each(|number| history.insert(number, 100, number, now));
        history.set_budget(Some(Bitrate::bps(8_000)), now);
        let granted = (0..20).filter(|sequence| history.request(*sequence, now).is_ok()).count();
        assert_eq!((granted, history.counters().over_budget), (10, 10));
        assert!(history.request(11, now + 100 * MS).is_ok(), "100 bytes came");
        assert_eq!(history.request(12, now + 199 * MS), Err(ResendRefusal::OverBudget));
        history.set_budget(None, now);
        assert!(history.request(12, now + 199 * MS).is_ok());
    }
}
