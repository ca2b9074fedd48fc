//! What the path is like when nobody queues: the least round-trip time, and how acknowledgements
//! bunch.

use std::time::Duration;

use crate::cross::control::controller::Ack;
use crate::cross::control::filters::{MaxFilter, Rounds};
use crate::time::Time;

/// BBR.MinRTTFilterLen.
const LIFE: Duration = Duration::from_secs(10);
/// BBR.ProbeRTTInterval.
const PROBE_INTERVAL: Duration = Duration::from_secs(5);
/// BBR.ExtraAckedFilterLen.
const EXTRA_ACKED_ROUNDS: u64 = 10;

/// Two filters: the least of ten seconds, and what says when to look for it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LeastRtt {
    pub(super) least: Option<Duration>,
    at: Time,
    probe: Option<Duration>,
    pub(super) probe_at: Time,
    /// It is time to look for it.
    pub(super) expired: bool,
}

impl LeastRtt {
    /// As a handshake found it.
    pub(super) fn new(rtt: Option<Duration>, now: Time) -> Self {
        LeastRtt { least: rtt, at: now, probe: rtt, probe_at: now, expired: false }
    }

    pub(super) fn on_ack(&mut self, ack: &Ack) {
        self.expired = self.probe.is_some() && ack.now.since(self.probe_at) > PROBE_INTERVAL;
        if let Some(sample) = ack.rtt
            && (self.expired || self.probe.is_none_or(|least| sample < least))
        {
            (self.probe, self.probe_at) = (Some(sample), ack.now);
        }
        let lower = self.least.is_none() || self.probe < self.least;
        if self.probe.is_some() && (lower || ack.now.since(self.at) > LIFE) {
            (self.least, self.at) = (self.probe, self.probe_at);
        }
    }
}

/// How many more segments arrive than the rate explains (section 5.5.9).
#[derive(Clone, Debug)]
pub(super) struct ExtraAcked {
    since: Time,
    delivered: f64,
    filter: MaxFilter,
}

impl Default for ExtraAcked {
    fn default() -> Self {
        let filter = MaxFilter::new(EXTRA_ACKED_ROUNDS);
        ExtraAcked { since: Time::ZERO, delivered: 0.0, filter }
    }
}

impl ExtraAcked {
    /// Begins to count.
    pub(super) fn restart(&mut self, now: Time) {
        self.since = now;
    }

    pub(super) fn max(&self) -> f64 {
        self.filter.max()
    }

    /// `bandwidth` is expected, and more than `most` is not believed. Until the pipe is full only
    /// the present round trip counts.
    pub(super) fn on_ack(
        &mut self,
        ack: &Ack,
        bandwidth: f64,
        most: f64,
        rounds: Rounds,
        is_full: bool,
    ) {
        let mut expected = bandwidth * ack.now.since(self.since).as_secs_f64();
        if self.delivered <= expected {
            (self.delivered, self.since, expected) = (0.0, ack.now, 0.0);
        }
        self.delivered += ack.acked;
        if !is_full && rounds.started {
            self.filter = MaxFilter::new(EXTRA_ACKED_ROUNDS);
        }
        self.filter.update(rounds.count, (self.delivered - expected).min(most));
    }
}
