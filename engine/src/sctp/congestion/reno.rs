//! A window after RFC 9260 section 7.2: it doubles in a round trip up to a threshold, grows by a
//! packet after, and halves at a loss.

use super::{Ack, Controller, Loss};

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
