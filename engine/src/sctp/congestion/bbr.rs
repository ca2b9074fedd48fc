//! A controller with a model of the path, after BBRv3 (draft-ietf-ccwg-bbr): the most that it
//! delivers and the least round trip that it has. What is sent keeps to their product, whatever is
//! lost by chance; it probes for more every few seconds, and gives way where probing loses packets.
//!
//! 1. Each acknowledgement brings a sample of the rate and of the round trip (`bbr_model.rs`).
//! 2. The phase says what is done with it: begin, drain, cruise, probe (`bbr_phases.rs`).
//! 3. Rate and window follow from both.
//!
//! Numbers are those of the draft, unless said otherwise.

use std::time::{Duration, Instant};

use super::bbr_model::Model;
use super::bbr_phases::{Phase, Phases};
use super::controller::{Ack, Controller, Loss};
use super::reno::WINDOW_INITIAL;

/// Packets that may be on the way at least.
const WINDOW_MIN_PACKETS: usize = 4;

/// Of a measured rate, what is sent (in percent), so that queues drain.
const PACE_PERCENT: u64 = 99;

/// Packets in a round trip by which growth goes beyond its part, a quarter of what fills the path
/// at most: those who have little catch up with those who have much.
const MORE_PACKETS: usize = 8;

/// The rate before anything is known: the initial window in a round trip of this at least.
const ROUND_TRIP_MIN: Duration = Duration::from_millis(1);

/// The controller.
#[derive(Clone, Debug)]
pub struct Bbr {
    packet: usize,
    model: Model,
    phases: Phases,
    window: usize,
    rate: Option<u64>,
}

impl Bbr {
    /// With packets of this many bytes, begun now.
    pub fn new(packet: usize, now: Instant) -> Self {
        Bbr {
            packet,
            model: Model::default(),
            phases: Phases::new(now),
            window: WINDOW_INITIAL * packet,
            rate: None,
        }
    }

    fn set_rate(&mut self, ack: &Ack) {
        let gain = self.phases.rate_gain();
        let paced = |rate: u64| rate.saturating_mul(gain) / 100;
        let trip = ack.smoothed.max(ROUND_TRIP_MIN);
        let in_a_round_trip = |packets: usize| {
            let bytes = (packets * self.packet) as u128;
            u64::try_from(bytes * 1_000_000_000 / trip.as_nanos()).unwrap_or(u64::MAX)
        };
        // The least window may always be on the way.
        let least = in_a_round_trip(WINDOW_MIN_PACKETS);
        let more = in_a_round_trip(self.more_packets());
        let rate = (paced(self.model.rate() * PACE_PERCENT / 100) + more).max(least);
        if self.phases.phase() != Phase::Startup {
            self.rate = Some(rate);
            return;
        }
        // In the begin a lower rate is of a short moment, or of an application with little to send.
        let known = self.rate.unwrap_or_else(|| paced(in_a_round_trip(WINDOW_INITIAL)));
        self.rate = Some(rate.max(known));
    }

    fn more_packets(&self) -> usize {
        let quarter = self.model.product() / 4 / self.packet.max(1);
        if self.phases.phase() == Phase::Up { MORE_PACKETS.min(quarter) } else { 0 }
    }

    fn set_window(&mut self, ack: &Ack) {
        let least = WINDOW_MIN_PACKETS * self.packet;
        let gain = self.phases.window_gain();
        let product = self.model.product() as u64 * gain / 100;
        // What goes out in a burst, at either end.
        let burst = self.rate.map_or(0, |rate| rate / 1_000).max(2 * self.packet as u64) * 3;
        let target = usize::try_from(product + burst).unwrap_or(usize::MAX).max(least)
            + self.more_packets() * self.packet;
        self.window = if self.phases.phase() == Phase::Startup {
            let grown = self.window + ack.bytes;
            if self.window < target { grown } else { self.window.max(target) }
        } else {
            (self.window + ack.bytes).min(target)
        };
        let bounds = [
            self.phases.bound(&self.model),
            self.model.in_flight_low.filter(|_| !self.phases.is_probing()),
        ];
        for bound in bounds.into_iter().flatten() {
            self.window = self.window.min(bound.max(least));
        }
    }
}

impl Controller for Bbr {
    fn on_ack(&mut self, ack: &Ack) {
        let is_round = self.model.update(ack, self.phases.is_probing());
        self.phases.on_ack(&mut self.model, ack, is_round, self.packet);
        if is_round {
            self.model.begin_round();
        }
        self.set_rate(ack);
        self.set_window(ack);
    }

    fn on_loss(&mut self, loss: &Loss) {
        self.model.lost_of_round += loss.bytes as u64;
        self.model.losses_of_round += 1;
        self.phases.on_loss();
        if self.model.is_too_much(loss.lost_since, loss.in_flight_sent) {
            self.phases.on_too_much(&mut self.model, loss);
        }
    }

    fn on_timeout(&mut self, in_flight: usize) {
        // What is on the way is doubted, the model is not.
        self.window = (in_flight + self.packet).min(self.window).max(self.packet);
    }

    fn on_spurious_loss(&mut self) {
        self.model.forget_bounds();
        self.phases.on_spurious_loss(&mut self.model);
    }

    fn window(&self) -> usize {
        self.window
    }

    fn rate(&self) -> Option<u64> {
        self.rate
    }
}
