//! HyStart++ (RFC 9406): slow start ends when round trips grow, before packets are lost.

use std::time::Duration;

use super::controller::Ack;

/// Bounds of the growth that tells (RFC 9406 section 4.3).
const RISE_MIN: Duration = Duration::from_millis(4);
const RISE_MAX: Duration = Duration::from_millis(16);

/// Of the round trip before, the part that tells.
const RISE_DIVISOR: u32 = 8;

/// Round trips in a round before it tells.
const SAMPLES: u32 = 8;

/// How much slower conservative slow start grows, and how many rounds it lasts.
pub(super) const GROWTH_DIVISOR: usize = 4;
const CONSERVATIVE_ROUNDS: u32 = 5;

/// Where slow start is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Standard,
    Conservative {
        /// The round trip that led here.
        base: Duration,
        rounds: u32,
    },
    Over,
}

/// What is measured in slow start.
#[derive(Clone, Debug)]
pub(super) struct HyStart {
    phase: Phase,
    /// Least round trips of the last round and of this one.
    last: Option<Duration>,
    current: Option<Duration>,
    samples: u32,
    /// When so much is delivered, the round is over.
    round_end: u64,
}

impl HyStart {
    pub(super) fn new() -> Self {
        HyStart { phase: Phase::Standard, last: None, current: None, samples: 0, round_end: 0 }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    /// Slow start goes on with what an acknowledgement tells.
    pub(super) fn on_ack(&mut self, ack: &Ack) {
        if ack.delivered >= self.round_end {
            self.round_end = ack.delivered + ack.in_flight as u64;
            self.last = self.current.take().or(self.last);
            self.samples = 0;
            self.end_round();
        }
        let Some(round_trip) = ack.round_trip else { return };
        self.current = Some(self.current.map_or(round_trip, |least| least.min(round_trip)));
        self.samples += 1;
        let (Some(current), true) = (self.current, self.samples >= SAMPLES) else { return };
        match (self.phase, self.last) {
            (Phase::Standard, Some(last)) => {
                let rise = (last / RISE_DIVISOR).clamp(RISE_MIN, RISE_MAX);
                if current >= last + rise {
                    self.phase = Phase::Conservative { base: current, rounds: 0 };
                }
            }
            // It was a passing queue.
            (Phase::Conservative { base, .. }, _) if current < base => {
                self.phase = Phase::Standard;
            }
            _ => {}
        }
    }

    fn end_round(&mut self) {
        if let Phase::Conservative { base, rounds } = self.phase {
            self.phase = match rounds + 1 {
                CONSERVATIVE_ROUNDS.. => Phase::Over,
                rounds => Phase::Conservative { base, rounds },
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    /// Rounds of ten acknowledgements, each with a round trip of its own.
    fn rounds(hystart: &mut HyStart, delivered: &mut u64, trips_ms: &[u64]) {
        for trip in trips_ms {
            for _ in 0..10 {
                *delivered += 1_000;
                hystart.on_ack(&Ack {
                    now: origin(),
                    bytes: 1_000,
                    in_flight: 10_000,
                    in_flight_before: 10_000,
                    delivered: *delivered,
                    round_trip: Some(Duration::from_millis(*trip)),
                    smoothed: Duration::from_millis(*trip),
                    sample: None,
                    in_recovery: false,
                    is_app_limited: false,
                });
            }
        }
    }

    #[test]
    fn growing_round_trips_end_slow_start() {
        let (mut hystart, mut delivered) = (HyStart::new(), 0);
        rounds(&mut hystart, &mut delivered, &[50, 51, 53]);
        assert_eq!(hystart.phase(), Phase::Standard);
        rounds(&mut hystart, &mut delivered, &[62]);
        assert!(matches!(hystart.phase(), Phase::Conservative { .. }));
        rounds(&mut hystart, &mut delivered, &[65, 70, 75, 80, 85]);
        assert_eq!(hystart.phase(), Phase::Over);
    }

    #[test]
    fn a_queue_that_passes_does_not() {
        let (mut hystart, mut delivered) = (HyStart::new(), 0);
        rounds(&mut hystart, &mut delivered, &[50, 62]);
        assert!(matches!(hystart.phase(), Phase::Conservative { .. }));
        rounds(&mut hystart, &mut delivered, &[50]);
        assert_eq!(hystart.phase(), Phase::Standard);
    }
}
