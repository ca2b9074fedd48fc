//! What a receiver misses, and when to ask for it (RFC 4585 section 6.2.1).
//!
//! 1. A packet comes with a number above all others: what lies between is missing.
//! 2. It may only be late: the first request waits as long as reordering was seen to last.
//! 3. A request is repeated when its answer had a round trip and a bit to come.
//! 4. The packet comes, or it is given up: too old, asked for too often, or of no use any more.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A round trip before one was measured.
const FIRST_ROUND_TRIP: Duration = Duration::from_millis(100);

/// What a repetition waits beyond the round trip at least: timers and queues of the peer.
const RETRY_MARGIN_MIN: Duration = Duration::from_millis(5);

/// Time between two messages: losses that are near each other share one, and a long list does not
/// become a burst.
const MESSAGE_INTERVAL: Duration = Duration::from_millis(5);

/// How long the first request waits for a packet that may only be late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReorderWait {
    /// Not at all.
    None,
    /// So long.
    Fixed(Duration),
    /// As long as packets were late so far, and not longer than this.
    Measured(Duration),
}

/// Limits of a [`NackList`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NackConfig {
    /// Packets missing at a time; the oldest are given up beyond it.
    pub entries_max: usize,
    /// How far behind the newest packet one is asked for, in packets.
    pub age_max: u64,
    /// How often a packet is asked for.
    pub requests_max: u32,
    /// How long the first request waits.
    pub reorder_wait: ReorderWait,
    /// How long after it was missed a packet is of use; without end where none is told.
    pub useful_for: Option<Duration>,
    /// Sequence numbers of one message.
    pub burst_max: usize,
}

impl Default for NackConfig {
    /// As libwebrtc: 1,000 packets, 10,000 behind, 100 requests; 250 numbers a message, which fit
    /// in one datagram whatever lies between them.
    fn default() -> Self {
        NackConfig {
            entries_max: 1_000,
            age_max: 10_000,
            requests_max: 100,
            reorder_wait: ReorderWait::Measured(Duration::from_millis(20)),
            useful_for: None,
            burst_max: 250,
        }
    }
}

/// Where a packet stands among those that came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketPlace {
    /// Its number is above all others.
    Newest,
    /// It was missing, and came without a request.
    Late,
    /// It was missing, and came after a request.
    Recovered,
    /// It was not missing: it came already, or was given up.
    NotMissing,
}

/// What became of packets that were missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NackCounters {
    /// Packets missed.
    pub missed: u64,
    /// Packets asked for.
    pub requested: u64,
    /// Requests for packets, repetitions among them.
    pub requests: u64,
    /// Packets that came after a request.
    pub recovered: u64,
    /// Packets that came without.
    pub late: u64,
    /// Packets given up.
    pub abandoned: u64,
}

#[derive(Clone, Copy, Debug)]
struct Missing {
    number: u64,
    missed_at: Instant,
    due_at: Instant,
    asked_at: Instant,
    requests: u32,
}

/// What is missing of one stream.
#[derive(Clone, Debug)]
pub struct NackList {
    config: NackConfig,
    /// The highest number that came.
    newest: Option<u64>,
    /// By number.
    missing: VecDeque<Missing>,
    round_trip: Duration,
    /// How long packets were late.
    lateness: Duration,
    /// Not later than the first that is due.
    due_at: Option<Instant>,
    message_at: Option<Instant>,
    counters: NackCounters,
}

impl NackList {
    /// A list for a stream of which nothing came yet.
    pub fn new(config: NackConfig) -> Self {
        NackList {
            config,
            newest: None,
            missing: VecDeque::new(),
            round_trip: FIRST_ROUND_TRIP,
            lateness: Duration::ZERO,
            due_at: None,
            message_at: None,
            counters: NackCounters::default(),
        }
    }

    /// The round trip as it was measured last.
    pub fn set_round_trip(&mut self, round_trip: Duration) {
        self.round_trip = round_trip;
    }

    /// A packet came: as it was sent first, or out of a retransmission. `number` is its extended
    /// sequence number.
    pub fn on_packet(&mut self, number: u64, now: Instant) -> PacketPlace {
        let Some(newest) = self.newest else {
            self.newest = Some(number);
            return PacketPlace::Newest;
        };
        if number > newest {
            self.newest = Some(number);
            if number - newest > 1 {
                self.miss(newest + 1, number, now);
            }
            return PacketPlace::Newest;
        }
        let Ok(index) = self.missing.binary_search_by_key(&number, |entry| entry.number) else {
            return PacketPlace::NotMissing;
        };
        let entry = self.missing.remove(index).expect("it was found there");
        if self.missing.is_empty() {
            self.due_at = None;
        }
        self.learn(&entry, now);
        if entry.requests == 0 {
            self.counters.late += 1;
            return PacketPlace::Late;
        }
        self.counters.recovered += 1;
        PacketPlace::Recovered
    }

    /// The packet is missing: it did not come, and was not given up.
    pub fn is_missing(&self, number: u64) -> bool {
        self.missing.binary_search_by_key(&number, |entry| entry.number).is_ok()
    }

    /// Packets before this number are of no use any more: a keyframe came, or they were skipped.
    pub fn forget_before(&mut self, number: u64) {
        if self.missing.is_empty() {
            return;
        }
        let kept = self.missing.partition_point(|entry| entry.number < number);
        self.abandon(kept);
    }

    /// When [`Self::poll`] has something to do.
    pub fn next_due(&self) -> Option<Instant> {
        let due_at = self.due_at?;
        Some(self.message_at.map_or(due_at, |sent| due_at.max(sent + MESSAGE_INTERVAL)))
    }

    /// Appends the sequence numbers to be asked for now, in ascending order.
    pub fn poll(&mut self, now: Instant, wanted: &mut Vec<u16>) {
        if self.next_due().is_none_or(|due_at| due_at > now) {
            return;
        }
        self.give_up_useless(now);
        let retry_after = self.round_trip + (self.round_trip / 8).max(RETRY_MARGIN_MIN);
        let (before, room) = (wanted.len(), self.config.burst_max.max(1));
        let mut due_at: Option<Instant> = None;
        for entry in &mut self.missing {
            if entry.due_at <= now && wanted.len() - before < room {
                wanted.push(entry.number as u16);
                self.counters.requested += u64::from(entry.requests == 0);
                self.counters.requests += 1;
                entry.requests += 1;
                entry.asked_at = now;
                entry.due_at = now + retry_after;
            }
            due_at = Some(due_at.map_or(entry.due_at, |due_at| due_at.min(entry.due_at)));
        }
        self.due_at = due_at;
        if wanted.len() > before {
            self.message_at = Some(now);
        }
    }

    /// What became of packets so far.
    pub fn counters(&self) -> NackCounters {
        self.counters
    }

    /// Packets that are missing at this time.
    pub fn missing(&self) -> usize {
        self.missing.len()
    }

    /// All from `first` to before `end` are missing.
    fn miss(&mut self, first: u64, end: u64, now: Instant) {
        self.counters.missed += end - first;
        let oldest = end.saturating_sub(self.config.age_max.min(self.config.entries_max as u64));
        let kept_first = first.max(oldest);
        self.counters.abandoned += kept_first - first;
        let too_old = end.saturating_sub(self.config.age_max);
        let old = self.missing.partition_point(|entry| entry.number < too_old);
        let room = self.config.entries_max - (end - kept_first) as usize;
        self.abandon(old.max(self.missing.len().saturating_sub(room)));
        let due_at = now + self.reorder_wait();
        let entry = |number| Missing { number, missed_at: now, due_at, asked_at: now, requests: 0 };
        self.missing.extend((kept_first..end).map(entry));
        if kept_first < end {
            self.due_at = Some(self.due_at.map_or(due_at, |earlier| earlier.min(due_at)));
        }
    }

    /// Gives up the first so many.
    fn abandon(&mut self, count: usize) {
        self.counters.abandoned += count as u64;
        self.missing.drain(..count);
        if self.missing.is_empty() {
            self.due_at = None;
        }
    }

    fn give_up_useless(&mut self, now: Instant) {
        let NackConfig { requests_max, useful_for, .. } = self.config;
        let before = self.missing.len();
        self.missing.retain(|entry| {
            let useful = useful_for.is_none_or(|span| entry.missed_at + span > now);
            // The last request may still be answered.
            useful && (entry.requests < requests_max || entry.due_at > now)
        });
        self.counters.abandoned += (before - self.missing.len()) as u64;
    }

    fn reorder_wait(&self) -> Duration {
        match self.config.reorder_wait {
            ReorderWait::None => Duration::ZERO,
            ReorderWait::Fixed(wait) => wait,
            ReorderWait::Measured(longest) => self.lateness.min(longest),
        }
    }

    /// What came of a gap: a packet that came before an answer could was only late. The wait grows
    /// at once to what would have been enough, and falls slowly while gaps are losses.
    fn learn(&mut self, entry: &Missing, now: Instant) {
        let late = now.saturating_duration_since(entry.missed_at);
        let since_request = now.saturating_duration_since(entry.asked_at);
        let answer_can_be = self.round_trip * 3 / 4;
        let unanswered = entry.requests == 0
            || (entry.requests == 1 && since_request < answer_can_be && !answer_can_be.is_zero());
        if unanswered {
            self.lateness = self.lateness.max(late + late / 4);
        } else {
            self.lateness = self.lateness * 15 / 16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    fn poll(list: &mut NackList, now: Instant) -> Vec<u16> {
        let mut wanted = Vec::new();
        list.poll(now, &mut wanted);
        wanted
    }

    #[test]
    fn requests_follow_the_round_trip_until_the_packet_comes() {
        let now = origin();
        let mut list = NackList::new(NackConfig::default());
        list.set_round_trip(80 * MS);
        assert_eq!(list.on_packet(65_534, now), PacketPlace::Newest);
        assert_eq!(list.next_due(), None);
        list.on_packet(65_537, now);
        assert_eq!(list.next_due(), Some(now));
        assert_eq!(poll(&mut list, now), [65_535, 0]);
        assert!(list.is_missing(65_535) && list.is_missing(65_536));
        assert!(!list.is_missing(65_534) && !list.is_missing(65_538));
        assert_eq!(list.next_due(), Some(now + 90 * MS));
        assert!(poll(&mut list, now + 89 * MS).is_empty());
        assert_eq!(list.on_packet(65_536, now + 82 * MS), PacketPlace::Recovered);
        assert_eq!(poll(&mut list, now + 90 * MS), [65_535]);
        assert_eq!(list.on_packet(65_535, now + 170 * MS), PacketPlace::Recovered);
        assert_eq!(list.on_packet(65_535, now + 171 * MS), PacketPlace::NotMissing);
        assert_eq!(list.next_due(), None);
        let counters = NackCounters {
            missed: 2,
            requested: 2,
            requests: 3,
            recovered: 2,
            ..Default::default()
        };
        assert_eq!(list.counters(), counters);
    }

    #[test]
    fn what_is_only_late_teaches_to_wait() {
        let mut now = origin();
        let mut list = NackList::new(NackConfig::default());
        list.on_packet(1, now);
        list.on_packet(3, now);
        assert_eq!(poll(&mut list, now), [2], "nothing was late yet");
        assert_eq!(list.on_packet(2, now + 8 * MS), PacketPlace::Recovered);
        now += 50 * MS;
        list.on_packet(5, now);
        assert_eq!(list.next_due(), Some(now + 10 * MS));
        assert_eq!(list.on_packet(4, now + 9 * MS), PacketPlace::Late);
        // Losses take the wait back.
        for number in 0..100 {
            now += 200 * MS;
            list.on_packet(7 + 2 * number, now);
            let due_at = list.next_due().unwrap();
            assert_eq!(poll(&mut list, due_at).len(), 1);
            list.on_packet(6 + 2 * number, now + 120 * MS);
        }
        now += 200 * MS;
        list.on_packet(1_000, now);
        assert!(list.next_due().unwrap() - now < MS);
    }

    #[test]
    fn limits_hold_and_what_they_cost_is_counted() {
        let now = origin();
        let mut list = NackList::new(NackConfig::default());
        list.on_packet(0, now);
        list.on_packet(600, now);
        list.on_packet(1_201, now);
        assert_eq!(list.missing(), 1_000);
        assert_eq!(list.counters().abandoned, 199);
        assert_eq!(poll(&mut list, now).len(), 250);
        assert_eq!(list.next_due(), Some(now + MESSAGE_INTERVAL));
        list.on_packet(5_000_000, now);
        assert_eq!(list.missing(), 1_000);
        let counters = list.counters();
        assert_eq!(counters.missed, counters.abandoned + 1_000);
        list.forget_before(4_999_990);
        assert_eq!(list.missing(), 10);
        assert_eq!(poll(&mut list, now + MESSAGE_INTERVAL).len(), 10);
    }

    #[test]
    fn old_packets_are_given_up() {
        let now = origin();
        let mut list = NackList::new(NackConfig::default());
        list.on_packet(0, now);
        list.on_packet(2, now);
        (3..10_001).for_each(|number| {
            list.on_packet(number, now);
        });
        assert_eq!(list.missing(), 1);
        list.on_packet(10_002, now);
        assert_eq!((list.missing(), list.counters().abandoned), (1, 1));
        assert_eq!(list.on_packet(1, now), PacketPlace::NotMissing);
    }

    #[test]
    fn useless_packets_are_given_up() {
        let now = origin();
        let useful_for = Some(300 * MS);
        let mut list = NackList::new(NackConfig { useful_for, ..Default::default() });
        list.on_packet(0, now);
        list.on_packet(2, now);
        let mut times = 0;
        while let Some(due_at) = list.next_due() {
            times += poll(&mut list, due_at).len();
        }
        assert_eq!((times, list.counters().abandoned), (3, 1), "after 0, 112.5 and 225 ms");

        let mut list = NackList::new(NackConfig { requests_max: 7, ..Default::default() });
        list.on_packet(0, now);
        list.on_packet(2, now);
        let mut times = 0;
        while let Some(due_at) = list.next_due() {
            times += poll(&mut list, due_at).len();
        }
        assert_eq!((times, list.counters().abandoned), (7, 1));
    }
}
