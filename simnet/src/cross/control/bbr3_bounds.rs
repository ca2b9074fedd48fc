//! What losses and the latest round trip say of how much may be sent (sections 5.5.9 and 5.5.10).

use crate::cross::control::controller::Ack;

/// BBR.Beta: what is left of a bound at a round trip with losses.
pub(super) const BETA: f64 = 0.7;

/// Bounds until the next probe, learnt from losses while not probing.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShortTerm {
    /// Segments per second.
    pub(super) bandwidth: f64,
    /// Segments on their way.
    pub(super) inflight: f64,
}

impl Default for ShortTerm {
    fn default() -> Self {
        ShortTerm { bandwidth: f64::INFINITY, inflight: f64::INFINITY }
    }
}

impl ShortTerm {
    /// A round trip with losses ended, in which so much was delivered.
    pub(super) fn shrink(&mut self, latest: &Latest, max_bandwidth: f64, window: f64) {
        if self.bandwidth == f64::INFINITY {
            self.bandwidth = max_bandwidth;
        }
        if self.inflight == f64::INFINITY {
            self.inflight = window;
        }
        self.bandwidth = latest.bandwidth.max(BETA * self.bandwidth);
        self.inflight = latest.inflight.max(BETA * self.inflight);
    }
}

/// What was delivered in the present round trip, and lost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Latest {
    pub(super) bandwidth: f64,
    pub(super) inflight: f64,
    pub(super) lost: f64,
    /// The round trip ends when so many have arrived.
    round_delivered: u64,
    /// Whether it ended with this acknowledgement.
    pub(super) ended: bool,
}

impl Latest {
    pub(super) fn on_ack(&mut self, ack: &Ack) {
        self.ended = false;
        if let Some(sample) = ack.rate {
            self.bandwidth = self.bandwidth.max(sample.rate);
            self.inflight = self.inflight.max(sample.delivered);
        }
        if ack.prior_delivered.is_some_and(|prior| prior >= self.round_delivered) {
            self.round_delivered = ack.delivered;
            self.ended = true;
        }
    }

    /// A segment was lost after so many had arrived; the first loss begins a round trip.
    pub(super) fn on_lost(&mut self, delivered: u64) {
        if self.lost == 0.0 {
            self.round_delivered = delivered;
        }
        self.lost += 1.0;
    }

    /// What was learnt has been used.
    pub(super) fn advance(&mut self, ack: &Ack) {
        if !self.ended {
            return;
        }
        self.lost = 0.0;
        if let Some(sample) = ack.rate {
            (self.bandwidth, self.inflight) = (sample.rate, sample.delivered);
        }
    }

    /// Forgets it, but not where the round trip ends.
    pub(super) fn reset(&mut self) {
        (self.bandwidth, self.inflight, self.lost) = (0.0, 0.0, 0.0);
    }
}
