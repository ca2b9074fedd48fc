//! PIE (RFC 8033): drops arrivals with a probability that a PI controller steers by the queueing
//! delay.
//!
//! Of the optional elements, ECN (section 5.1) and the cap on the adjustment (section 5.5) are
//! here. The delay is the backlog over the link's rate, which the link knows; rate estimation
//! (section 5.2) is for those who do not.

use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::nodes::DropReason;
use crate::packet::Packet;
use crate::queues::{Fifo, Limit, Queue, QueueCx};
use crate::random::Stream;
use crate::time::Time;

/// PIE's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PieConfig {
    /// QDELAY_REF: the delay steered for.
    pub target: Duration,
    /// T_UPDATE: the controller's period.
    pub update: Duration,
    /// Integral gain in Hz.
    pub alpha: f64,
    /// Proportional gain in Hz.
    pub beta: f64,
    /// MAX_BURST: the burst that is let through after a calm.
    pub max_burst: Duration,
    /// Marks packets that can be marked while the probability is below a tenth.
    pub ecn: bool,
}

impl Default for PieConfig {
    /// RFC 8033 section 4: 15 ms, 15 ms, 1/8 Hz, 1.25 Hz, 150 ms, no ECN.
    fn default() -> Self {
        PieConfig {
            target: Duration::from_millis(15),
            update: Duration::from_millis(15),
            alpha: 0.125,
            beta: 1.25,
            max_burst: Duration::from_millis(150),
            ecn: false,
        }
    }
}

/// mark_ecnth (RFC 8033 section 5.1): above it, even packets that can be marked are dropped.
const MARK_BELOW: f64 = 0.1;
/// Two packets of the mean size: a backlog that is never punished (RFC 8033 appendix A).
const SPARED_BYTES: u64 = 2 * 1_024;
/// Section 5.5: an adjustment is at most this once the probability is a tenth.
const MAX_STEP: f64 = 0.02;
/// Section 4.2: what remains of the probability after a period without delay.
const DECAY: f64 = 0.98;
/// The controller gets smoother as the probability gets smaller: below the bound, the step is
/// divided (section 4.2).
const AUTO_TUNE: [(f64, f64); 6] =
    [(1e-6, 2_048.0), (1e-5, 512.0), (1e-4, 128.0), (1e-3, 32.0), (1e-2, 8.0), (1e-1, 2.0)];

/// A FIFO with PIE.
#[derive(Debug)]
pub struct Pie {
    config: PieConfig,
    limit: Limit,
    stream: Stream,
    fifo: Fifo,
    probability: f64,
    old_delay: Duration,
    burst_left: Duration,
    next_update: Time,
}

impl Pie {
    /// An empty queue; `limit` bounds it as tail drop does.
    pub fn new(config: PieConfig, limit: Limit, stream: Stream) -> Self {
        Pie {
            config,
            limit,
            stream,
            fifo: Fifo::default(),
            probability: 0.0,
            old_delay: Duration::ZERO,
            burst_left: config.max_burst,
            next_update: Time::ZERO + config.update,
        }
    }

    /// The present drop probability.
    pub fn probability(&self) -> f64 {
        self.probability
    }

    /// Runs the controller for the periods that have ended. Between two calls the backlog did not
    /// change.
    fn catch_up(&mut self, now: Time, rate: Bitrate) {
        let update = self.config.update.max(Duration::from_nanos(1));
        while self.next_update <= now {
            let delay = self.delay(self.next_update, rate);
            if delay.is_zero() && self.old_delay.is_zero() && self.probability == 0.0 {
                // Calm: nothing changes any more, however long it lasts.
                self.burst_left = self.config.max_burst;
                let missed = now.since(self.next_update).as_nanos() / update.as_nanos() + 1;
                let missed = u64::try_from(missed * update.as_nanos()).unwrap_or(u64::MAX);
                self.next_update += Duration::from_nanos(missed);
                return;
            }
            self.steer(delay);
            self.next_update += update;
        }
    }

    fn delay(&self, at: Time, rate: Bitrate) -> Duration {
        rate.time_for(self.fifo.bytes()).unwrap_or_else(|| self.fifo.head_wait(at))
    }

    /// One period of the controller (RFC 8033 section 4.2).
    fn steer(&mut self, delay: Duration) {
        let (now, old) = (delay.as_secs_f64(), self.old_delay.as_secs_f64());
        let target = self.config.target.as_secs_f64();
        let mut step = self.config.alpha * (now - target) + self.config.beta * (now - old);
        let tune = AUTO_TUNE.iter().find(|(below, _)| self.probability < *below);
        step /= tune.map_or(1.0, |(_, divisor)| *divisor);
        if self.probability >= 0.1 {
            step = step.min(MAX_STEP);
        }
        self.probability += step;
        if delay.is_zero() && self.old_delay.is_zero() {
            self.probability *= DECAY;
        }
        self.probability = self.probability.clamp(0.0, 1.0);
        if self.probability < NEGLIGIBLE {
            self.probability = 0.0;
        }
        self.old_delay = delay;
        self.burst_left = self.burst_left.saturating_sub(self.config.update);
    }

    /// True when the arrival is to be punished (RFC 8033 appendix A, `drop_early`).
    fn early(&mut self, delay: Duration) -> bool {
        let half = self.config.target / 2;
        if self.probability == 0.0 && delay < half && self.old_delay < half {
            self.burst_left = self.config.max_burst;
        }
        let calm = self.old_delay < half && self.probability < 0.2;
        let spared = !self.burst_left.is_zero() || calm || self.fifo.bytes() <= SPARED_BYTES;
        !spared && self.stream.chance(self.probability)
    }
}

/// A probability too small to drop a packet in years; taking it for zero lets calm be recognised.
const NEGLIGIBLE: f64 = 1e-12;

impl Queue for Pie {
    fn push(&mut self, packet: Box<Packet>, cx: &mut QueueCx<'_, '_>) {
        self.catch_up(cx.now(), cx.rate());
        let (packets, bytes) = (self.fifo.packets(), self.fifo.bytes());
        if !self.limit.admits(packets, bytes, packet.wire_bytes(), cx.rate()) {
            return cx.drop(packet, DropReason::QueueFull);
        }
        let delay = self.delay(cx.now(), cx.rate());
        let kept = match self.early(delay) {
            true => cx.signal(packet, self.config.ecn && self.probability < MARK_BELOW),
            false => Some(packet),
        };
        if let Some(packet) = kept {
            self.fifo.push(cx.now(), packet);
        }
    }

    fn pop(&mut self, cx: &mut QueueCx<'_, '_>) -> Option<Box<Packet>> {
        self.catch_up(cx.now(), cx.rate());
        self.fifo.pop().map(|(_, packet)| packet)
    }

    fn bytes(&self) -> u64 {
        self.fifo.bytes()
    }

    fn packets(&self) -> usize {
        self.fifo.packets()
    }
}
