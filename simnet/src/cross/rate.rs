//! How fast segments arrive (draft-cheng-iccrg-delivery-rate-estimation-02).
//!
//! 1. Each segment is sent with a stamp: how many had arrived by then, and when.
//! 2. An acknowledgement takes the stamp of the latest sent of those that it tells of. What arrived
//!    since is divided by the longer of the times it took to send and to acknowledge it: neither
//!    bursts of segments nor of acknowledgements make a rate that the path does not have.

use std::time::Duration;

use crate::cross::control::{LostSegment, RateSample};
use crate::time::Time;

/// What was known when a segment was sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stamp {
    delivered: u64,
    delivered_at: Time,
    first_sent: Time,
    in_flight: u32,
    lost: u64,
    app_limited: bool,
}

/// Arrivals of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct RateSampler {
    delivered: u64,
    delivered_at: Time,
    /// When the segments that the next sample is of began to be sent.
    first_sent: Time,
    lost: u64,
    /// Samples are limited by the application until so many have arrived.
    app_limited_until: Option<u64>,
    latest: Option<(Time, Stamp)>,
    /// How many must have arrived when a segment is sent, for its arrival to end the round trip.
    round_end: u64,
    /// The least round-trip time: what took less is no rate of the path.
    least_rtt: Option<Duration>,
}

/// What an acknowledgement says of the rate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sampled {
    pub(crate) rate: Option<RateSample>,
    pub(crate) prior_delivered: Option<u64>,
    pub(crate) round_ended: bool,
}

impl RateSampler {
    /// Segments that have arrived.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// A segment is sent while `pipe` others are on their way.
    pub(crate) fn on_send(&mut self, pipe: u32, now: Time) -> Stamp {
        if pipe == 0 {
            (self.first_sent, self.delivered_at) = (now, now);
        }
        Stamp {
            delivered: self.delivered,
            delivered_at: self.delivered_at,
            first_sent: self.first_sent,
            in_flight: pipe + 1,
            lost: self.lost,
            app_limited: self.app_limited_until.is_some(),
        }
    }

    /// There is nothing more to send while `pipe` segments are on their way.
    pub(crate) fn limit_by_application(&mut self, pipe: u32) {
        self.app_limited_until = Some((self.delivered + u64::from(pipe)).max(1));
    }

    /// A segment that was sent then has arrived.
    pub(crate) fn on_delivered(&mut self, stamp: Stamp, sent_at: Time, now: Time) {
        self.delivered += 1;
        self.delivered_at = now;
        let key = |(at, stamp): &(Time, Stamp)| (stamp.delivered, *at);
        let this = (sent_at, stamp);
        if self.latest.as_ref().is_none_or(|latest| key(&this) >= key(latest)) {
            self.latest = Some(this);
        }
    }

    /// A segment is taken for lost.
    pub(crate) fn on_lost(&mut self, stamp: Stamp, now: Time) -> LostSegment {
        self.lost += 1;
        LostSegment {
            now,
            tx_in_flight: f64::from(stamp.in_flight),
            lost: (self.lost - stamp.lost) as f64,
            app_limited: stamp.app_limited,
            delivered: self.delivered,
        }
    }

    /// The round-trip time of a segment that was sent once.
    pub(crate) fn on_rtt(&mut self, rtt: Duration) {
        self.least_rtt = Some(self.least_rtt.map_or(rtt, |least| least.min(rtt)));
    }

    /// The sample of the arrivals that were told of since the last one.
    pub(crate) fn sample(&mut self) -> Sampled {
        if self.app_limited_until.is_some_and(|until| self.delivered > until) {
            self.app_limited_until = None;
        }
        let Some((sent_at, stamp)) = self.latest.take() else {
            return Sampled::default();
        };
        self.first_sent = sent_at;
        let round_ended = stamp.delivered >= self.round_end;
        if round_ended {
            self.round_end = self.delivered;
        }
        let sending = sent_at.since(stamp.first_sent);
        let interval = sending.max(self.delivered_at.since(stamp.delivered_at));
        let delivered = (self.delivered - stamp.delivered) as f64;
        let valid = !interval.is_zero() && self.least_rtt.is_none_or(|least| interval >= least);
        let rate = valid.then(|| RateSample {
            rate: delivered / interval.as_secs_f64(),
            delivered,
            interval,
            app_limited: stamp.app_limited,
            tx_in_flight: f64::from(stamp.in_flight),
            lost: (self.lost - stamp.lost) as f64,
        });
        Sampled { rate, prior_delivered: Some(stamp.delivered), round_ended }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten segments are sent within `sending_ms`, and acknowledged 100 ms later within `acking_ms`;
    /// the last sample.
    fn rate(sending_ms: u64, acking_ms: u64) -> f64 {
        let mut sampler = RateSampler::default();
        let mut last = None;
        // The first round has no arrival before it, the second is measured.
        for start in [0, 1_000] {
            let at = |number: u64| Time::from_millis(start + number * sending_ms / 10);
            let stamps: Vec<_> =
                (0..10).map(|number| sampler.on_send(number as u32, at(number))).collect();
            for (number, stamp) in (0..).zip(stamps) {
                let now = Time::from_millis(start + 100 + number * acking_ms / 10);
                sampler.on_delivered(stamp, at(number), now);
                last = sampler.sample().rate;
            }
        }
        last.expect("it took time").rate
    }

    #[test]
    fn the_slower_of_sending_and_acknowledging_counts() {
        // From the sending of the first to the last acknowledgement ten arrive in 190 ms.
        assert!((rate(100, 100) - 10.0 / 0.19).abs() < 1.0, "{}", rate(100, 100));
        assert!(rate(100, 500) < 10.0 / 0.5, "{}", rate(100, 500));
    }

    #[test]
    fn a_round_trip_ends_when_what_was_sent_in_it_arrives() {
        let mut sampler = RateSampler::default();
        let now = Time::from_millis(1);
        let first = [0, 1].map(|pipe| sampler.on_send(pipe, Time::ZERO));
        sampler.on_delivered(first[0], Time::ZERO, now);
        assert!(sampler.sample().round_ended);
        let second = sampler.on_send(1, now);
        sampler.on_delivered(first[1], Time::ZERO, now);
        assert!(!sampler.sample().round_ended, "it was sent in the round before");
        sampler.on_delivered(second, now, now);
        assert!(sampler.sample().round_ended);
    }

    #[test]
    fn samples_know_of_the_application_and_of_losses() {
        let mut sampler = RateSampler::default();
        sampler.limit_by_application(0);
        let stamps = [0, 1, 2].map(|pipe| sampler.on_send(pipe, Time::ZERO));
        let lost = sampler.on_lost(stamps[0], Time::ZERO);
        assert_eq!((lost.tx_in_flight, lost.lost, lost.app_limited), (1.0, 1.0, true));
        sampler.on_delivered(stamps[1], Time::ZERO, Time::from_millis(10));
        let rate = sampler.sample().rate.expect("it took time");
        assert_eq!((rate.tx_in_flight, rate.lost, rate.app_limited), (2.0, 1.0, true));
        sampler.on_delivered(stamps[2], Time::ZERO, Time::from_millis(20));
        sampler.sample();
        assert!(!sampler.on_send(0, Time::from_millis(20)).app_limited, "what was limited is past");
    }
}
