//! What data channels may send beside media of the same connection.
//!
//! 1. Feedback on media tells how long packets wait on the way; the association tells what it
//!    delivers.
//! 2. While hardly anything waits, the channels' rate grows. What waits longer than a target takes
//!    from it, and so do losses: channels yield before the controller of media does.
//! 3. It does not fall below the channels' part of the whole, so that a call does not starve a
//!    file: where that is too much, media yield.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::feedback::TransportFeedback;

/// What packets may wait on the way. The controller of media aims at 12 ms and more.
const WAIT_MS: f64 = 8.0;
/// A wait this much longer takes all of the rate.
const WAIT_SPAN_MS: f64 = 150.0;
/// The least that is left of what is delivered.
const LEFT_MIN: f64 = 0.3;
/// What is left of it after losses, and how many of a hundred packets are more than chance.
const LEFT_AFTER_LOSSES: f64 = 0.7;
const LOSSES_PERCENT: usize = 10;
const LOSSES_OF: usize = 20;
/// By how much it grows in a second, and by so many bits a second at least.
const GROWTH: f64 = 0.6;
const GROWTH_BPS: f64 = 300_000.0;
/// How far it may be above what is delivered, so that an unused rate does not grow.
const UNUSED: f64 = 1.5;
const UNUSED_BPS: f64 = 100_000.0;
/// Feedback that is further apart counts as if it was not.
const APART_MAX: Duration = Duration::from_millis(250);
/// The time over which deliveries are counted.
const DELIVERED_OVER: Duration = Duration::from_millis(300);
/// The least delay is that of the last one or two of these.
const LEAST_OVER: Duration = Duration::from_secs(30);

/// What the channels may send.
#[derive(Debug, Default)]
pub(super) struct Budget {
    waits: Waits,
    /// Bytes that the association had delivered at times.
    delivered: VecDeque<(Instant, u64)>,
    losses: (usize, usize),
    /// Bits of payload in a second, beside media, and when it was decided.
    rate: Option<(f64, Instant)>,
}

/// How long packets wait: their delay above the least, in milliseconds.
#[derive(Debug, Default)]
struct Waits {
    origin: Option<Instant>,
    since: Option<Instant>,
    before: Option<f64>,
    least: Option<f64>,
}

impl Waits {
    /// The least that a packet of the feedback waited.
    fn of(&mut self, feedback: &TransportFeedback) -> Option<f64> {
        let delays = feedback.results.iter().filter_map(|result| {
            let arrived = result.arrived_at()?.as_secs_f64();
            let origin = *self.origin.get_or_insert(result.sent.sent_at);
            let sent = result.sent.sent_at;
            let after = sent.saturating_duration_since(origin).as_secs_f64();
            let before = origin.saturating_duration_since(sent).as_secs_f64();
            Some((arrived - after + before) * 1e3)
        });
        let delay = delays.min_by(f64::total_cmp)?;
        let now = feedback.received_at;
        let since = *self.since.get_or_insert(now);
        if now.saturating_duration_since(since) >= LEAST_OVER {
            self.before = self.least.take();
            self.since = Some(now);
        }
        let least = self.least.map_or(delay, |least| least.min(delay));
        self.least = Some(least);
        Some(delay - self.before.map_or(least, |before| before.min(least)))
    }
}

impl Budget {
    /// Bytes in a second, where there are media.
    pub(super) fn rate(&self) -> Option<u64> {
        self.rate.map(|(bits, _)| (bits / 8.0) as u64)
    }

    /// Feedback on media came. The association delivered so many bytes so far; the channels' part
    /// is `least` bits a second.
    pub(super) fn on_feedback(&mut self, feedback: &TransportFeedback, delivered: u64, least: f64) {
        let now = feedback.received_at;
        let carried = self.carried(delivered, now);
        let (lost, all) = feedback.losses();
        self.losses = (self.losses.0 + lost, self.losses.1 + all);
        let wait = self.waits.of(feedback).unwrap_or(0.0);
        let (mut rate, at) = self.rate.unwrap_or((carried.max(least), now));
        let time = now.saturating_duration_since(at).min(APART_MAX).as_secs_f64();
        if wait > WAIT_MS {
            let left = (1.0 - (wait - WAIT_MS) / WAIT_SPAN_MS).max(LEFT_MIN);
            rate = rate.min(carried * left);
        } else {
            let room = 1.0 - wait.max(0.0) / WAIT_MS;
            let grown = rate + (rate * GROWTH).max(GROWTH_BPS) * time * room;
            rate = grown.min((carried * UNUSED + UNUSED_BPS).max(rate));
        }
        if self.losses.1 >= LOSSES_OF {
            let (lost, all) = std::mem::take(&mut self.losses);
            if lost * 100 > all * LOSSES_PERCENT {
                rate = rate.min(carried * LEFT_AFTER_LOSSES);
            }
        }
        self.rate = Some((rate.max(least), now));
    }

    /// Bits in a second that were delivered lately.
    fn carried(&mut self, delivered: u64, now: Instant) -> f64 {
        self.delivered.push_back((now, delivered));
        let is_old = |at: Instant| now.saturating_duration_since(at) >= DELIVERED_OVER;
        while self.delivered.get(1).is_some_and(|(at, _)| is_old(*at)) {
            self.delivered.pop_front();
        }
        let (since, before) = self.delivered[0];
        let time = now.saturating_duration_since(since).max(DELIVERED_OVER).as_secs_f64();
        delivered.saturating_sub(before) as f64 * 8.0 / time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feedback::{Arrival, FeedbackKind, PacketClass, PacketResult, SentPacket};
    use crate::ids::Ssrc;
    use crate::test_time::origin;

    const EVERY: Duration = Duration::from_millis(50);

    /// A path of 4 Mbit/s, and what is on it.
    struct Path {
        budget: Budget,
        now: Instant,
        /// Bits that wait.
        queue: f64,
        delivered: f64,
        /// What the channels could send at most.
        wanted: f64,
    }

    impl Path {
        fn new(wanted: f64) -> Self {
            let budget = Budget::default();
            Path { budget, now: origin(), queue: 0.0, delivered: 0.0, wanted }
        }

        /// Media of this rate beside the channels; gives the greatest wait in milliseconds.
        fn run(&mut self, media: f64, seconds: u32, lost_percent: u64) -> f64 {
            const CAPACITY: f64 = 4e6;
            let mut most = 0.0_f64;
            for number in 0..u64::from(seconds * 20) {
                let rate = self.budget.rate.map_or(0.0, |(rate, _)| rate).min(self.wanted);
                let time = EVERY.as_secs_f64();
                self.queue = (self.queue + (rate + media - CAPACITY) * time).max(0.0);
                let share = rate / (rate + media).max(CAPACITY);
                self.delivered += rate.min(CAPACITY * share) * time / 8.0;
                let wait = self.queue / CAPACITY;
                most = most.max(wait * 1e3);
                self.now += EVERY;
                let result = |packet: u64| PacketResult {
                    sent: SentPacket {
                        number: 10 * number + packet,
                        ssrc: Ssrc(1),
                        sequence: 0,
                        sent_at: self.now,
                        size: 1_200,
                        ecn: None,
                        class: PacketClass::Video,
                        probe: None,
                    },
                    arrival: match packet * 10 < lost_percent {
                        true => Arrival::Lost,
                        false => Arrival::Received {
                            at: self.now.saturating_duration_since(origin())
                                + Duration::from_secs_f64(3.0 + wait),
                            ecn: None,
                            after_loss: false,
                        },
                    },
                };
                let feedback = TransportFeedback {
                    kind: FeedbackKind::TransportWide,
                    results: (0..10).map(result).collect(),
                    ..TransportFeedback::empty(self.now)
                };
                self.budget.on_feedback(&feedback, self.delivered as u64, 300_000.0);
            }
            most
        }

        fn rate(&self) -> f64 {
            self.budget.rate.expect("feedback came").0
        }
    }

    #[test]
    fn channels_take_what_media_leave_and_yield_before_packets_wait() {
        let mut path = Path::new(f64::INFINITY);
        let grown = path.run(1.5e6, 20, 0);
        assert!((2.0e6..2.9e6).contains(&path.rate()), "{}", path.rate());
        assert!(grown < 40.0, "{grown} ms");
        let settled = path.run(1.5e6, 20, 0);
        assert!(settled < 20.0, "{settled} ms");
        // More media, less for the channels, and more again.
        path.run(3.0e6, 10, 0);
        assert!((0.6e6..1.3e6).contains(&path.rate()), "{}", path.rate());
        path.run(1.0e6, 20, 0);
        assert!((2.5e6..3.4e6).contains(&path.rate()), "{}", path.rate());
    }

    #[test]
    fn channels_keep_their_part_beside_media_that_take_all() {
        let mut path = Path::new(f64::INFINITY);
        path.run(5e6, 10, 0);
        assert_eq!(path.rate(), 300_000.0);
        assert_eq!(path.budget.rate(), Some(37_500));
    }

    #[test]
    fn what_is_not_used_does_not_grow() {
        let mut path = Path::new(400_000.0);
        path.run(1.0e6, 30, 0);
        assert!(path.rate() < 800_000.0, "{}", path.rate());
    }

    #[test]
    fn losses_without_a_queue_take_from_it() {
        let [none, many] = [0, 20].map(|lost| {
            let mut path = Path::new(f64::INFINITY);
            path.run(0.5e6, 10, lost);
            path.rate()
        });
        assert!(many < none / 2.0, "{many} {none}");
    }
}
