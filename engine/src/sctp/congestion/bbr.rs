//! A controller with a model of the path, after BBRv3 (draft-ietf-ccwg-bbr): the most that it
//! delivers and the least round trip that it has. What is sent keeps to their product, whatever is
//! lost by chance; it probes for more every few seconds, and gives way where probing loses packets.
//!
//! 1. Each acknowledgement brings a sample of the rate and of the round trip (`model` here).
//! 2. The phase says what is done with it: begin, drain, cruise, probe (`bbr_phases.rs`).
//! 3. Rate and window follow from both.
//!
//! Numbers are those of the draft, unless said otherwise.

use std::time::{Duration, Instant};

use super::bbr_phases::{Phase, Phases};
use super::reno::WINDOW_INITIAL;
use super::{Ack, Controller, Loss, RateSample};

/// Packets that may be on the way at least.
const WINDOW_MIN_PACKETS: usize = 4;

/// Of a measured rate, what is sent (in percent), so that queues drain.
const PACE_PERCENT: u64 = 99;

/// What is left of a bound after a round with losses.
const BETA_PERCENT: u64 = 70;

/// Of what is on the way, the part whose loss means that it is too much (in thousandths). Where
/// round trips do not grow with it, losses come from elsewhere, and more of them are borne.
const LOSS_THRESHOLD: u64 = 20;
const LOSS_THRESHOLD_WITHOUT_QUEUE: u64 = 100;

/// A round trip this much above the least shows a queue (in percent), and so much at least.
const QUEUE_PERCENT: u32 = 110;
const QUEUE_MIN: Duration = Duration::from_millis(2);

/// Round trips that grow and shrink: how long the least of them is believed.
const ROUND_TRIP_KEPT: Duration = Duration::from_secs(10);

/// The rate before anything is known: the initial window in a round trip of this at least.
const ROUND_TRIP_MIN: Duration = Duration::from_millis(1);

/// What is known of the path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model {
    /// The most that was delivered, in bytes a second, in the last cycle of probing and this one.
    rates: [u64; 2],
    /// Bounds by losses since the last probe.
    rate_low: Option<u64>,
    in_flight_low: Option<usize>,
    /// What was safe to have on the way while probing.
    pub(super) in_flight_high: Option<usize>,
    round_trip: Option<(Duration, Instant)>,
    /// Of this round of round trips: samples and losses.
    rate_of_round: u64,
    delivered_of_round: u64,
    round_trip_of_round: Option<Duration>,
    /// Bytes that were lost, and in how many packets.
    pub(super) lost_of_round: u64,
    pub(super) losses_of_round: u32,
    round_end: u64,
}

impl Model {
    /// Bytes a second.
    pub(super) fn rate(&self) -> u64 {
        let most = self.rates[0].max(self.rates[1]);
        self.rate_low.map_or(most, |low| most.min(low))
    }

    /// The most, without what losses took from it.
    pub(super) fn rate_max(&self) -> u64 {
        self.rates[0].max(self.rates[1])
    }

    /// The least round trip.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.round_trip.map(|(least, _)| least)
    }

    /// Bytes that fill the path.
    pub(super) fn product(&self) -> usize {
        let Some(least) = self.round_trip() else { return 0 };
        let bytes = u128::from(self.rate()) * least.as_nanos() / 1_000_000_000;
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// A cycle of probing is over: what it measured is what counts, with the next.
    pub(super) fn end_cycle(&mut self) {
        if self.rates[1] > 0 {
            self.rates = [self.rates[1], 0];
        }
    }

    /// Probing begins: bounds by losses before it hold no longer.
    pub(super) fn forget_bounds(&mut self) {
        self.rate_low = None;
        self.in_flight_low = None;
    }

    /// Round trips show that packets wait on the way.
    fn has_queue(&self) -> bool {
        let (Some(least), Some(now)) = (self.round_trip(), self.round_trip_of_round) else {
            return true;
        };
        now > (least * QUEUE_PERCENT / 100).max(least + QUEUE_MIN)
    }

    /// So many bytes lost of so many are more than chance.
    pub(super) fn is_too_much(&self, lost: u64, in_flight: usize) -> bool {
        let queue = self.has_queue();
        let threshold = if queue { LOSS_THRESHOLD } else { LOSS_THRESHOLD_WITHOUT_QUEUE };
        lost * 1_000 > in_flight as u64 * threshold
    }

    /// True when a round ended with it.
    fn update(&mut self, ack: &Ack, is_probing: bool) -> bool {
        if let Some(round_trip) = ack.round_trip {
            let is_less = self.round_trip.is_none_or(|(least, at)| {
                round_trip <= least || ack.now.saturating_duration_since(at) > ROUND_TRIP_KEPT
            });
            if is_less {
                self.round_trip = Some((round_trip, ack.now));
            }
            let of_round = self.round_trip_of_round;
            self.round_trip_of_round =
                Some(of_round.map_or(round_trip, |least| least.min(round_trip)));
        }
        let Some(sample) = ack.sample else { return false };
        self.rate_of_round = self.rate_of_round.max(sample.rate);
        self.delivered_of_round = self.delivered_of_round.max(sample.delivered);
        if !sample.is_app_limited || sample.rate > self.rate_max() {
            self.rates[1] = self.rates[1].max(sample.rate);
        }
        let is_round = sample.delivered_before >= self.round_end;
        if is_round {
            self.round_end = ack.delivered;
            if self.losses_of_round > 0 && !is_probing {
                self.lower_bounds(ack.in_flight_before);
            }
        }
        is_round
    }

    fn lower_bounds(&mut self, in_flight: usize) {
        let rate = self.rate_low.unwrap_or_else(|| self.rate_max());
        self.rate_low = Some(self.rate_of_round.max(rate * BETA_PERCENT / 100));
        if !self.has_queue() {
            return;
        }
        let before = self.in_flight_low.unwrap_or(in_flight) as u64;
        let low = self.delivered_of_round.max(before * BETA_PERCENT / 100);
        self.in_flight_low = Some(usize::try_from(low).unwrap_or(usize::MAX));
    }

    fn begin_round(&mut self) {
        self.rate_of_round = 0;
        self.delivered_of_round = 0;
        self.round_trip_of_round = None;
        self.lost_of_round = 0;
        self.losses_of_round = 0;
    }
}

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
            model: Model {
                rates: [0; 2],
                rate_low: None,
                in_flight_low: None,
                in_flight_high: None,
                round_trip: None,
                rate_of_round: 0,
                delivered_of_round: 0,
                round_trip_of_round: None,
                lost_of_round: 0,
                losses_of_round: 0,
                round_end: 0,
            },
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
        let rate = paced(self.model.rate() * PACE_PERCENT / 100).max(least);
        if self.phases.phase() != Phase::Startup {
            self.rate = Some(rate);
            return;
        }
        // In the begin a lower rate is of a short moment, or of an application with little to send.
        let known = self.rate.unwrap_or_else(|| paced(in_a_round_trip(WINDOW_INITIAL)));
        self.rate = Some(rate.max(known));
    }

    fn set_window(&mut self, ack: &Ack) {
        let least = WINDOW_MIN_PACKETS * self.packet;
        let gain = self.phases.window_gain();
        let product = self.model.product() as u64 * gain / 100;
        // What goes out in a burst, at either end.
        let burst = self.rate.map_or(0, |rate| rate / 1_000).max(2 * self.packet as u64) * 3;
        let target = usize::try_from(product + burst).unwrap_or(usize::MAX).max(least);
        self.window = if self.phases.phase() == Phase::Startup {
            let grown = self.window + ack.bytes;
            if self.window < target { grown } else { self.window.max(target) }
        } else {
            (self.window + ack.bytes).min(target)
        };
        let bounds = [
            self.model.in_flight_high.map(|high| self.phases.within(high)),
            self.model.in_flight_low.filter(|_| !self.phases.is_probing()),
            self.phases.is_probing_round_trip().then(|| self.model.product() / 2),
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
    }

    fn window(&self) -> usize {
        self.window
    }

    fn rate(&self) -> Option<u64> {
        self.rate
    }
}

/// What a sample says of a round that is over.
pub(super) fn is_limited(sample: Option<RateSample>) -> bool {
    sample.is_none_or(|sample| sample.is_app_limited)
}
