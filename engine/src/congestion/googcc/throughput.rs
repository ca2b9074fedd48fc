//! What arrives: bits per second over a window that has enough packets to mean something
//! (libwebrtc's robust throughput estimator).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::math::{bps, millis_between, millis_from};

/// A window holds at least so many packets where it can, and so much time.
const WINDOW_PACKETS: usize = 20;
const WINDOW_MS: f64 = 1_000.0;
/// It holds at most so many packets, and so much time.
const PACKETS_MAX: usize = 500;
const WINDOW_MS_MAX: f64 = 5_000.0;
/// The last moments are these.
const RECENT_MS: f64 = 400.0;
/// Fewer packets say nothing.
const PACKETS_MIN: usize = 10;

#[derive(Clone, Copy, Debug)]
struct Arrived {
    sent_at: Instant,
    at: Duration,
    bytes: f64,
    /// Nothing is known of packets that were sent before it.
    after_hole: bool,
}

/// Packets that arrived lately, by their arrival.
#[derive(Debug)]
pub(super) struct Throughput {
    window: VecDeque<Arrived>,
}

impl Throughput {
    pub(super) fn new() -> Self {
        Throughput { window: VecDeque::new() }
    }

    /// A packet arrived. `after_hole`: what was sent just before it was in feedback that is lost,
    /// so that the time before it counts no more than its bytes.
    pub(super) fn on_packet(
        &mut self,
        sent_at: Instant,
        at: Duration,
        size: u32,
        after_hole: bool,
    ) {
        let later = self.window.iter().rev().take_while(|packet| packet.at > at).count();
        // A clock that runs back by more than the window has is another clock.
        if later == self.window.len() {
            self.window.clear();
        }
        let place = self.window.len().saturating_sub(later);
        self.window.insert(place, Arrived { sent_at, at, bytes: f64::from(size), after_hole });
        while self.is_oldest_outside() {
            self.window.pop_front();
        }
    }

    fn is_oldest_outside(&self) -> bool {
        let (Some(first), Some(last)) = (self.window.front(), self.window.back()) else {
            return false;
        };
        let span = millis_from(first.at, last.at);
        self.window.len() > PACKETS_MAX
            || span > WINDOW_MS_MAX
            || (self.window.len() > WINDOW_PACKETS && span > WINDOW_MS)
    }

    /// In bits per second: the smaller one of what was sent and what arrived in the window. The
    /// longest gap between arrivals does not count: it is more often a pause than the path's.
    pub(super) fn bps(&self) -> Option<f64> {
        self.bps_from(0)
    }

    /// The same over the last moments, which follows a change at once and is less exact.
    pub(super) fn recent_bps(&self) -> Option<f64> {
        self.bps_from(self.recent_place()?)
    }

    /// What arrived in the last moments, however it was sent: while packets wait on the way, that
    /// is what the path carries.
    pub(super) fn carried_bps(&self) -> Option<f64> {
        self.rates_from(self.recent_place()?).map(|(arrived, _)| arrived)
    }

    /// Where the last moments begin in the window.
    fn recent_place(&self) -> Option<usize> {
        let last = self.window.back()?.at;
        let recent = |packet: &&Arrived| millis_from(packet.at, last) <= RECENT_MS;
        let packets = self.window.iter().rev().take_while(recent).count().max(PACKETS_MIN);
        Some(self.window.len().saturating_sub(packets))
    }

    fn bps_from(&self, place: usize) -> Option<f64> {
        self.rates_from(place).map(|(arrived, sent)| arrived.min(sent))
    }

    /// What arrived and what was sent in the window from a place on, in bits per second.
    fn rates_from(&self, place: usize) -> Option<(f64, f64)> {
        if self.window.len() < place + PACKETS_MIN {
            return None;
        }
        let (first, last) = (self.window.get(place)?, self.window.back()?);
        let (mut longest, mut second) = (0.0_f64, 0.0_f64);
        let (mut bytes, mut unknown_ms, mut unknown_sent_ms) = (first.bytes, 0.0, 0.0);
        let (mut first_sent, mut last_sent) = (first, first);
        for (before, packet) in
            self.window.iter().skip(place).zip(self.window.iter().skip(place + 1))
        {
            let gap = millis_from(before.at, packet.at);
            if packet.after_hole {
                unknown_ms += gap;
                unknown_sent_ms += millis_between(before.sent_at, packet.sent_at).max(0.0);
            } else if gap > longest {
                (longest, second) = (gap, longest);
            } else {
                second = second.max(gap);
            }
            bytes += if packet.after_hole { 0.0 } else { packet.bytes };
            if packet.sent_at < first_sent.sent_at {
                first_sent = packet;
            }
            if packet.sent_at >= last_sent.sent_at {
                last_sent = packet;
            }
        }
        // The first arrival and the last sending belong to intervals outside of the window.
        let arrival = millis_from(first.at, last.at) - unknown_ms - longest + second;
        let sending = millis_between(first_sent.sent_at, last_sent.sent_at) - unknown_sent_ms;
        let arrived = bps(bytes - first.bytes, arrival.max(1.0));
        let sent = bps((bytes - last_sent.bytes).max(0.0), sending.max(1.0));
        Some((arrived, sent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn it_is_what_arrives() {
        let start = origin();
        let mut throughput = Throughput::new();
        for n in 0..9 {
            throughput.on_packet(start + ms(10 * n), ms(50 + 10 * n), 1_250, false);
        }
        assert_eq!(throughput.bps(), None);
        for n in 9..400 {
            throughput.on_packet(start + ms(10 * n), ms(50 + 10 * n), 1_250, false);
        }
        assert!((throughput.bps().unwrap() - 1e6).abs() < 1.0);
        assert!(throughput.window.len() <= 102, "a second");
        for n in 0..400 {
            throughput.on_packet(start + ms(4_000 + 10 * n), ms(4_050 + 20 * n), 1_250, false);
        }
        assert!((throughput.bps().unwrap() - 5e5).abs() < 1.0, "less arrives than is sent");
    }

    #[test]
    fn what_is_carried_does_not_depend_on_how_it_was_sent() {
        let start = origin();
        let mut throughput = Throughput::new();
        for n in 0..400 {
            // Sent slowly after a queue has grown, it leaves that as fast as before.
            throughput.on_packet(start + ms(20 * n), ms(8_000 + 10 * n), 1_250, false);
        }
        assert!((throughput.recent_bps().unwrap() - 5e5).abs() < 1.0);
        assert!((throughput.carried_bps().unwrap() - 1e6).abs() < 1.0);
    }

    #[test]
    fn a_pause_is_no_low_rate_and_reordering_changes_nothing() {
        let start = origin();
        let mut throughput = Throughput::new();
        for n in 0..30 {
            let n = if n % 2 == 0 { n + 1 } else { n - 1 };
            throughput.on_packet(start + ms(10 * n), ms(10 * n), 1_250, false);
        }
        throughput.on_packet(start + ms(900), ms(900), 1_250, false);
        let rate = throughput.bps().unwrap();
        assert!((250_000.0..450_000.0).contains(&rate), "it was sent at that: {rate}");
        assert!(throughput.window.iter().is_sorted_by_key(|packet| packet.at));
    }

    #[test]
    fn packets_in_lost_feedback_are_no_low_rate() {
        let start = origin();
        let mut throughput = Throughput::new();
        for n in (0..100).filter(|n| n % 20 < 12) {
            throughput.on_packet(start + ms(10 * n), ms(10 * n), 1_250, n % 20 == 0);
        }
        assert!((throughput.bps().unwrap() - 1e6).abs() < 50_000.0, "{:?}", throughput.bps());
    }

    #[test]
    fn it_holds_no_more_than_it_may() {
        let start = origin();
        let mut throughput = Throughput::new();
        for n in 0..10_000 {
            throughput.on_packet(start, ms(0), n, false);
        }
        assert!(throughput.window.capacity() <= 2 * PACKETS_MAX);
        assert_eq!(throughput.window.len(), PACKETS_MAX);
        assert!(throughput.bps().unwrap().is_finite());
        throughput.on_packet(start, ms(0), 1, false);
        throughput.on_packet(start, Duration::MAX, 1, false);
        assert!(throughput.window.len() <= 21);
    }
}
