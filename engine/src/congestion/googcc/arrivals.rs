//! Groups of packets that were sent together, and how the time between groups changes on the way
//! (draft-ietf-rmcat-gcc-02 section 5.2).

use std::time::{Duration, Instant};

use super::math::{millis_between, millis_from};

/// Packets sent within this time of the first one are a group.
const GROUP_MS: f64 = 5.0;

/// Packets that arrive so close after each other, closer than they were sent, had waited together:
/// they belong to the group too.
const BURST_MS: f64 = 5.0;

/// But a group grows no longer than this at its arrival.
const BURST_MS_MAX: f64 = 100.0;

/// When the peer's clock runs away from ours by so much, it was set anew.
const OFFSET_MS_MAX: f64 = 3_000.0;

/// After so many groups in the wrong order, all is begun anew.
const REORDERED_MAX: u32 = 3;

/// Time between two groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Delta {
    /// As they were sent, in milliseconds.
    pub(super) sent: f64,
    /// As they arrived, in milliseconds.
    pub(super) arrived: f64,
}

#[derive(Clone, Copy, Debug)]
struct Group {
    first_sent: Instant,
    last_sent: Instant,
    first_arrived: Duration,
    last_arrived: Duration,
    /// When we were told of its last packet.
    told_at: Instant,
}

impl Group {
    fn of(sent: Instant, arrived: Duration, told_at: Instant) -> Self {
        Group {
            first_sent: sent,
            last_sent: sent,
            first_arrived: arrived,
            last_arrived: arrived,
            told_at,
        }
    }

    fn takes(&self, sent: Instant, arrived: Duration) -> bool {
        if millis_between(self.first_sent, sent) <= GROUP_MS {
            return true;
        }
        let arrival = millis_from(self.last_arrived, arrived);
        let sending = millis_between(self.last_sent, sent);
        arrival - sending < 0.0
            && (0.0..=BURST_MS).contains(&arrival)
            && millis_from(self.first_arrived, arrived) < BURST_MS_MAX
    }
}

/// Puts packets into groups, as they arrive.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    previous: Option<Group>,
    current: Option<Group>,
    reordered: u32,
}

impl Arrivals {
    /// A packet arrived. Gives the time between the last two groups when it begins another.
    pub(super) fn on_packet(
        &mut self,
        sent: Instant,
        arrived: Duration,
        told_at: Instant,
    ) -> Option<Delta> {
        let Some(current) = &mut self.current else {
            self.current = Some(Group::of(sent, arrived, told_at));
            return None;
        };
        if sent < current.first_sent {
            return None;
        }
        if current.takes(sent, arrived) {
            current.last_sent = current.last_sent.max(sent);
            current.last_arrived = current.last_arrived.max(arrived);
            current.told_at = told_at;
            return None;
        }
        let complete = *current;
        self.current = Some(Group::of(sent, arrived, told_at));
        let previous = self.previous.replace(complete)?;
        let delta = Delta {
            sent: millis_between(previous.last_sent, complete.last_sent),
            arrived: millis_from(previous.last_arrived, complete.last_arrived),
        };
        let told = millis_between(previous.told_at, complete.told_at);
        if delta.arrived - told >= OFFSET_MS_MAX {
            *self = Arrivals::default();
            return None;
        }
        if delta.arrived < 0.0 {
            self.reordered += 1;
            self.previous = Some(previous);
            if self.reordered >= REORDERED_MAX {
                *self = Arrivals::default();
            }
            return None;
        }
        self.reordered = 0;
        Some(delta)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    /// Deltas of packets given as sent and arrived, in milliseconds; told of at once.
    fn deltas(packets: &[(u64, u64)]) -> Vec<(f64, f64)> {
        let mut arrivals = Arrivals::default();
        let start = origin();
        let one = |&(sent, arrived): &(u64, u64)| {
            let told_at = start + ms(arrived.min(1_000_000));
            let delta = arrivals.on_packet(start + ms(sent), ms(arrived), told_at)?;
            Some((delta.sent, delta.arrived))
        };
        packets.iter().filter_map(one).collect()
    }

    #[test]
    fn packets_of_five_milliseconds_are_a_group() {
        let found = deltas(&[(0, 50), (5, 58), (30, 80), (34, 90), (60, 110)]);
        assert_eq!(found, [(29.0, 32.0)], "the last group is not complete");
    }

    #[test]
    fn what_waited_together_is_a_group() {
        let found = deltas(&[(0, 100), (10, 101), (20, 102), (40, 140), (60, 160)]);
        assert_eq!(found, [(20.0, 38.0)]);
    }

    #[test]
    fn a_packet_of_an_older_group_does_not_count() {
        let found = deltas(&[(0, 50), (20, 70), (10, 75), (40, 90), (60, 110)]);
        assert_eq!(found, [(20.0, 20.0), (20.0, 20.0)]);
    }

    #[test]
    fn a_clock_that_leaps_or_runs_back_begins_anew() {
        let leap = deltas(&[(0, 50), (20, 70), (40, 5_000_000), (60, 5_000_020), (80, 5_000_040)]);
        assert_eq!(leap, [(20.0, 20.0)], "the leap is no delay");
        let back = [(0, 900), (20, 920), (40, 10), (60, 30), (80, 50), (100, 70), (120, 90)];
        let later = [(140, 110), (160, 130)];
        let found = deltas(&[&back[..], &later[..]].concat());
        assert!(found.iter().all(|delta| *delta == (20.0, 20.0)), "{found:?}");
        assert!(found.len() >= 2, "{found:?}");
    }
}
