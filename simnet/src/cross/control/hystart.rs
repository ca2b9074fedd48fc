//! HyStart++: slow start ends before the queue overflows (RFC 9406).
//!
//! 1. In each round trip the least round-trip time is kept. When it is well above that of the round
//!    trip before, conservative slow start begins: growth is a quarter.
//! 2. A least round-trip time below what it was then brings slow start back.
//! 3. After five rounds of conservative slow start it is over.

use std::time::Duration;

use crate::cross::control::controller::Ack;

/// Section 4.3.
const MIN_RTT_THRESH: Duration = Duration::from_millis(4);
const MAX_RTT_THRESH: Duration = Duration::from_millis(16);
const MIN_RTT_DIVISOR: u32 = 8;
const N_RTT_SAMPLE: u32 = 8;
const CSS_GROWTH_DIVISOR: f64 = 4.0;
const CSS_ROUNDS: u32 = 5;
/// L: the most segments by which an acknowledgement lets the window grow, without pacing.
const BURST_SEGMENTS: f64 = 8.0;

/// Slow start as it stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HyStart {
    last_round: Option<Duration>,
    this_round: Option<Duration>,
    samples: u32,
    conservative: Option<Conservative>,
}

#[derive(Clone, Copy, Debug)]
struct Conservative {
    /// The least round-trip time of the round in which it began.
    baseline: Duration,
    rounds: u32,
}

/// What an acknowledgement means to the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Growth {
    /// It grows by so many segments.
    By(f64),
    /// Slow start is over: the threshold is where the window is.
    Over,
}

impl HyStart {
    pub(super) fn on_ack(&mut self, ack: &Ack) -> Growth {
        if ack.round_ended && self.end_round() {
            return Growth::Over;
        }
        if let Some(rtt) = ack.rtt {
            self.this_round = Some(self.this_round.map_or(rtt, |least| least.min(rtt)));
            self.samples += 1;
            self.judge();
        }
        let most = ack.acked.min(BURST_SEGMENTS);
        Growth::By(if self.conservative.is_some() { most / CSS_GROWTH_DIVISOR } else { most })
    }

    /// A round trip is over; true when slow start is, too.
    fn end_round(&mut self) -> bool {
        self.last_round = self.this_round.take();
        self.samples = 0;
        let Some(conservative) = &mut self.conservative else { return false };
        conservative.rounds += 1;
        conservative.rounds >= CSS_ROUNDS
    }

    fn judge(&mut self) {
        if self.samples < N_RTT_SAMPLE {
            return;
        }
        let (Some(this), Some(last)) = (self.this_round, self.last_round) else { return };
        match self.conservative {
            Some(Conservative { baseline, .. }) if this < baseline => self.conservative = None,
            Some(_) => {}
            None => {
                let thresh = (last / MIN_RTT_DIVISOR).clamp(MIN_RTT_THRESH, MAX_RTT_THRESH);
                if this >= last + thresh {
                    self.conservative = Some(Conservative { baseline: this, rounds: 0 });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cross::control::controller::tests::ack;
    use crate::time::Time;

    /// A round trip with nine acknowledgements of a segment each; the window's growth in it.
    fn round(hystart: &mut HyStart, rtt_ms: u64) -> Option<f64> {
        let rtt = Some(Duration::from_millis(rtt_ms));
        let mut grown = 0.0;
        for number in 0..9 {
            let ack = Ack { rtt, round_ended: number == 0, ..ack(1.0, Time::ZERO) };
            match hystart.on_ack(&ack) {
                Growth::By(segments) => grown += segments,
                Growth::Over => return None,
            }
        }
        Some(grown)
    }

    #[test]
    fn a_rising_round_trip_slows_it_down_and_then_ends_it() {
        let mut hystart = HyStart::default();
        assert_eq!(round(&mut hystart, 40), Some(9.0));
        assert_eq!(round(&mut hystart, 44), Some(9.0), "less than an eighth above");
        // Seen at the eighth sample: seven whole segments, two quarters.
        assert_eq!(round(&mut hystart, 50), Some(7.5));
        for _ in 0..4 {
            assert_eq!(round(&mut hystart, 50), Some(2.25));
        }
        assert_eq!(round(&mut hystart, 50), None);
    }

    #[test]
    fn a_round_trip_that_falls_again_was_jitter() {
        let mut hystart = HyStart::default();
        round(&mut hystart, 40);
        round(&mut hystart, 60);
        assert_eq!(round(&mut hystart, 41), Some(7.0 / 4.0 + 2.0));
        assert_eq!(round(&mut hystart, 41), Some(9.0));
    }

    #[test]
    fn an_acknowledgement_of_many_does_not_make_a_burst() {
        assert_eq!(HyStart::default().on_ack(&ack(100.0, Time::ZERO)), Growth::By(8.0));
    }
}
