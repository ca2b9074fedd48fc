//! A window after RFC 9260 section 7.2: it doubles in a round trip up to a threshold, grows by a
//! packet after, and halves at a loss.

use super::controller::{Ack, Controller, Loss};

/// Packets of the initial window (RFC 6928).
pub(super) const WINDOW_INITIAL: usize = 10;

/// The least, in packets.
pub(super) const WINDOW_MIN: usize = 2;

/// A pace above the window's rate, so that it is the window that limits (in percent).
pub(super) const PACE: u64 = 120;
pub(super) const PACE_SLOW_START: u64 = 200;

/// The controller.
#[derive(Clone, Debug)]
pub struct Reno {
    packet: usize,
    window: usize,
    threshold: usize,
    /// Bytes acknowledged towards the next packet.
    counted: usize,
    rate: Option<u64>,
    /// Window and threshold before the last loss.
    before: Option<(usize, usize)>,
}

impl Reno {
    /// With packets of this many bytes.
    pub fn new(packet: usize) -> Self {
        Reno {
            packet,
            window: WINDOW_INITIAL * packet,
            threshold: usize::MAX,
            counted: 0,
            rate: None,
            before: None,
        }
    }

    fn reduce(&mut self) {
        self.before = Some((self.window, self.threshold));
        self.threshold = (self.window / 2).max(WINDOW_MIN * self.packet);
    }
}

/// Bytes in a second by which a window goes out a little faster than in a round trip.
pub(super) fn pace(window: usize, ack: &Ack, percent: u64) -> Option<u64> {
    let micros = u64::try_from(ack.smoothed.as_micros()).ok().filter(|micros| *micros > 0)?;
    Some((window as u64 * 10_000 / micros).saturating_mul(percent))
}

impl Controller for Reno {
    fn on_ack(&mut self, ack: &Ack) {
        let is_slow_start = self.window < self.threshold;
        let is_used = ack.in_flight_before + 3 * self.packet >= self.window;
        if is_used && !ack.in_recovery {
            if is_slow_start {
                self.window += ack.bytes;
            } else {
                self.counted += ack.bytes;
                if self.counted >= self.window {
                    self.counted -= self.window;
                    self.window += self.packet;
                }
            }
        }
        let percent = if is_slow_start { PACE_SLOW_START } else { PACE };
        self.rate = pace(self.window, ack, percent);
    }

    fn on_loss(&mut self, loss: &Loss) {
        if loss.is_new {
            self.reduce();
            self.window = self.threshold;
            self.counted = 0;
        }
    }

    fn on_timeout(&mut self, _in_flight: usize) {
        if self.window > self.packet {
            self.reduce();
        }
        self.window = self.packet;
        self.counted = 0;
    }

    fn on_spurious_loss(&mut self) {
        if let Some((window, threshold)) = self.before.take() {
            self.window = self.window.max(window);
            self.threshold = threshold;
        }
    }

    fn window(&self) -> usize {
        self.window
    }

    fn rate(&self) -> Option<u64> {
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;
    use std::time::Duration;

    const PACKET: usize = 1_000;

    fn ack(reno: &Reno, in_recovery: bool) -> Ack {
        Ack {
            now: origin(),
            bytes: PACKET,
            in_flight: reno.window(),
            in_flight_before: reno.window(),
            delivered: 0,
            round_trip: None,
            smoothed: Duration::from_millis(100),
            sample: None,
            in_recovery,
            is_app_limited: false,
        }
    }

    #[test]
    fn it_doubles_then_grows_by_a_packet_and_halves() {
        let mut reno = Reno::new(PACKET);
        for _ in 0..10 {
            reno.on_ack(&ack(&reno, false));
        }
        assert_eq!(reno.window(), 20 * PACKET);
        assert_eq!(reno.rate(), Some(2 * 20 * PACKET as u64 * 10), "twice in a round trip");
        let in_flight = reno.window();
        let loss = Loss {
            now: origin(),
            bytes: PACKET,
            in_flight,
            in_flight_sent: in_flight,
            lost_since: 0,
            is_new: true,
        };
        reno.on_loss(&loss);
        assert_eq!(reno.window(), 10 * PACKET);
        reno.on_ack(&ack(&reno, true));
        assert_eq!(reno.window(), 10 * PACKET, "not while losses are made up for");
        for _ in 0..10 {
            reno.on_ack(&ack(&reno, false));
        }
        assert_eq!(reno.window(), 11 * PACKET);
        let idle = Ack { in_flight_before: PACKET, ..ack(&reno, false) };
        (0..100).for_each(|_| reno.on_ack(&idle));
        assert_eq!(reno.window(), 11 * PACKET, "what is not used does not grow");
        reno.on_timeout(0);
        assert_eq!(reno.window(), PACKET);
        reno.on_spurious_loss();
        assert_eq!(reno.window(), 11 * PACKET);
    }
}
