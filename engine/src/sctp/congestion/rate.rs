//! The rate of delivery (draft-ietf-ccwg-bbr section 4.5.2, after draft-cheng-iccrg-delivery-rate-
//! estimation): what was delivered between the sending of some data and its acknowledgement, by the
//! longer of the times that sending and acknowledging took.

use std::time::{Duration, Instant};

use super::controller::RateSample;

/// Less than this measures the clock: a shorter time counts as this.
const INTERVAL_MIN: Duration = Duration::from_micros(100);

/// How things stood when data was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snapshot {
    delivered: u64,
    delivered_at: Instant,
    first_sent_at: Instant,
    lost: u64,
    in_flight: usize,
    is_app_limited: bool,
}

impl Snapshot {
    /// Bytes that were on the way, the data itself among them.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }
}

/// Counts what is delivered.
#[derive(Debug)]
pub(crate) struct RateSampler {
    delivered: u64,
    delivered_at: Instant,
    first_sent_at: Instant,
    lost: u64,
    /// Until so much is delivered, samples show the application's rate.
    app_limited_until: u64,
    /// What the newest data of this acknowledgement was sent with, and when.
    newest: Option<(Snapshot, Instant)>,
}

impl RateSampler {
    pub(crate) fn new(now: Instant) -> Self {
        RateSampler {
            delivered: 0,
            delivered_at: now,
            first_sent_at: now,
            lost: 0,
            app_limited_until: 0,
            newest: None,
        }
    }

    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Data goes out; `in_flight` is what is on the way without it.
    pub(crate) fn on_sent(&mut self, bytes: usize, in_flight: usize, now: Instant) -> Snapshot {
        if in_flight == 0 {
            self.first_sent_at = now;
            self.delivered_at = now;
        }
        Snapshot {
            delivered: self.delivered,
            delivered_at: self.delivered_at,
            first_sent_at: self.first_sent_at,
            lost: self.lost,
            in_flight: in_flight + bytes,
            is_app_limited: self.delivered < self.app_limited_until,
        }
    }

    /// Data was acknowledged that was sent then.
    pub(crate) fn on_delivered(
        &mut self,
        bytes: usize,
        snapshot: Snapshot,
        sent_at: Instant,
        now: Instant,
    ) {
        self.delivered += bytes as u64;
        self.delivered_at = now;
        let is_newer = self.newest.is_none_or(|(newest, newest_at)| {
            (snapshot.delivered, sent_at) >= (newest.delivered, newest_at)
        });
        if is_newer {
            self.newest = Some((snapshot, sent_at));
            self.first_sent_at = sent_at;
        }
    }

    /// Data was lost. Gives what was since it was sent, it included.
    pub(crate) fn on_lost(&mut self, bytes: usize, snapshot: &Snapshot) -> u64 {
        self.lost += bytes as u64;
        self.lost - snapshot.lost
    }

    /// There is nothing to send, and more could be.
    pub(crate) fn on_app_limited(&mut self, in_flight: usize) {
        self.app_limited_until = (self.delivered + in_flight as u64).max(1);
    }

    pub(crate) fn is_app_limited(&self) -> bool {
        self.delivered < self.app_limited_until
    }

    /// What the acknowledgement shows, after all of it was told.
    pub(crate) fn sample(&mut self) -> Option<RateSample> {
        let (snapshot, sent_at) = self.newest.take()?;
        let sending = sent_at.saturating_duration_since(snapshot.first_sent_at);
        let acknowledging = self.delivered_at.saturating_duration_since(snapshot.delivered_at);
        let interval = sending.max(acknowledging).max(INTERVAL_MIN);
        let delivered = self.delivered - snapshot.delivered;
        let rate = u128::from(delivered) * 1_000_000_000 / interval.as_nanos();
        Some(RateSample {
            rate: u64::try_from(rate).unwrap_or(u64::MAX),
            delivered,
            delivered_before: snapshot.delivered,
            lost: self.lost - snapshot.lost,
            in_flight: snapshot.in_flight,
            is_app_limited: snapshot.is_app_limited,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn ten_packets_a_round_trip() {
        let start = origin();
        let mut sampler = RateSampler::new(start);
        let mut sent = Vec::new();
        for number in 0..10 {
            let at = start + MS * number;
            sent.push((sampler.on_sent(1_000, 1_000 * number as usize, at), at));
        }
        for (number, (snapshot, sent_at)) in sent.iter().enumerate() {
            let now = *sent_at + 50 * MS;
            sampler.on_delivered(1_000, *snapshot, *sent_at, now);
            let sample = sampler.sample().unwrap();
            let bytes = 1_000 * (number as u64 + 1);
            assert_eq!(sample.delivered, bytes);
            assert_eq!(sample.rate, bytes * 1_000 / (50 + number as u64));
            assert!(!sample.is_app_limited);
        }
        // In the next round trip the pipe is full: a packet each millisecond.
        let now = start + 60 * MS;
        let again = sampler.on_sent(1_000, 1_000, now);
        sampler.on_app_limited(1_000);
        let limited = sampler.on_sent(1_000, 2_000, now);
        sampler.on_delivered(1_000, again, now, now + 50 * MS);
        assert!(!sampler.sample().unwrap().is_app_limited);
        sampler.on_delivered(1_000, limited, now, now + 50 * MS);
        assert!(sampler.sample().unwrap().is_app_limited);
        assert_eq!(sampler.sample(), None, "nothing new");
    }

    #[test]
    fn what_is_lost_is_counted_since_the_sending() {
        let mut sampler = RateSampler::new(origin());
        let first = sampler.on_sent(1_000, 0, origin());
        assert_eq!(sampler.on_lost(1_000, &first), 1_000);
        let second = sampler.on_sent(500, 0, origin());
        assert_eq!(sampler.on_lost(500, &second), 500);
        assert_eq!(second.in_flight(), 500);
    }
}
