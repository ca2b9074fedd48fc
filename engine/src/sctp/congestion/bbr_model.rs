//! What a sender learns of its path: the most that it delivers, the least round trip, and what was
//! too much for it.

use std::time::{Duration, Instant};

use super::controller::{Ack, RateSample};

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

/// What is known of the path.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Model {
    /// The most that was delivered, in bytes a second, in the last cycle of probing and this one.
    rates: [u64; 2],
    /// Bounds by losses since the last probe.
    rate_low: Option<u64>,
    pub(super) in_flight_low: Option<usize>,
    /// What was safe to have on the way while probing.
    pub(super) in_flight_high: Option<usize>,
    round_trip: Option<(Duration, Instant)>,
    /// Of this round of round trips: samples and losses.
    rate_of_round: u64,
    delivered_of_round: u64,
    round_trip_of_round: Option<Duration>,
    /// The least of the round before, until this one has its own.
    round_trip_before: Option<Duration>,
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
    pub(super) fn has_queue(&self) -> bool {
        let now = self.round_trip_of_round.or(self.round_trip_before);
        let (Some(least), Some(now)) = (self.round_trip(), now) else { return true };
        now > (least * QUEUE_PERCENT / 100).max(least + QUEUE_MIN)
    }

    /// So many bytes lost of so many are more than chance.
    pub(super) fn is_too_much(&self, lost: u64, in_flight: usize) -> bool {
        let queue = self.has_queue();
        let threshold = if queue { LOSS_THRESHOLD } else { LOSS_THRESHOLD_WITHOUT_QUEUE };
        lost * 1_000 > in_flight as u64 * threshold
    }

    /// True when a round ended with it.
    pub(super) fn update(&mut self, ack: &Ack, is_probing: bool) -> bool {
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

    pub(super) fn begin_round(&mut self) {
        self.rate_of_round = 0;
        self.delivered_of_round = 0;
        self.round_trip_before = self.round_trip_of_round.take().or(self.round_trip_before);
        self.lost_of_round = 0;
        self.losses_of_round = 0;
    }
}

/// What a sample says of a round that is over.
pub(super) fn is_limited(sample: Option<RateSample>) -> bool {
    sample.is_none_or(|sample| sample.is_app_limited)
}
