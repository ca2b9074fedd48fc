//! DualPI2 (RFC 9332 appendix A): a shallow queue for L4S and a classic one, coupled so that both
//! get fair rates.
//!
//! 1. Arrivals with ECT(1) or CE go to the L queue, all others to the C queue.
//! 2. A PI controller steers the base probability p' by the longer of the two queues' delays.
//! 3. Classic packets are dropped or marked with p'^2, L4S packets are marked with the greater of k
//!    p' and a ramp over the L queue's own delay.
//! 4. When p'^2 reaches its greatest value, marking has failed: both queues drop.
//!
//! Beyond the pseudocode of the RFC, as its reference implementation: with less than two packets of
//! backlog nothing is signalled by the controller, and the scheduler's credit changes only while
//! both queues hold packets.

use std::time::Duration;

use crate::nodes::DropReason;
use crate::packet::{EcnField, Packet};
use crate::queues::{Fifo, Limit, Queue, QueueCx};
use crate::time::Time;

/// DualPI2's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DualPi2Config {
    /// The delay steered for in the classic queue.
    pub target: Duration,
    /// The controller's period.
    pub update: Duration,
    /// Integral gain in Hz.
    pub alpha: f64,
    /// Proportional gain in Hz.
    pub beta: f64,
    /// k: L4S is marked with this times the base probability.
    pub coupling: f64,
    /// Delay in the L queue at which its own marking begins.
    pub ramp_from: Duration,
    /// Delay beyond that over which its own marking rises to certainty.
    pub ramp_width: Duration,
    /// The classic queue's share when both are busy, in percent.
    pub classic_percent: u32,
}

impl Default for DualPi2Config {
    /// RFC 9332 appendix A.1, figure 2, with its rounded gains.
    fn default() -> Self {
        DualPi2Config {
            target: Duration::from_millis(15),
            update: Duration::from_millis(16),
            alpha: 0.16,
            beta: 3.2,
            coupling: 2.0,
            ramp_from: Duration::from_micros(800),
            ramp_width: Duration::from_micros(400),
            classic_percent: 10,
        }
    }
}

/// Th_len: with at most so many packets in the L queue, its ramp does not mark.
const RAMP_SPARES_PACKETS: usize = 1;
/// Backlog below which the controller signals nothing: two packets of a full MTU.
const SPARED_BYTES: u64 = 2 * 1_500;
/// The credit with which the L queue starts after an idle time: it goes first.
const L_FIRST: i64 = -1;

/// Two queues, one link.
#[derive(Debug)]
pub struct DualPi2 {
    config: DualPi2Config,
    limit: Limit,
    low: Lane,
    classic: Lane,
    base: f64,
    old_delay: f64,
    next_update: Time,
    /// Below zero the L queue goes first, from zero on the classic one.
    credit: i64,
}

#[derive(Debug, Default)]
struct Lane {
    fifo: Fifo,
    /// What is left of earlier likelihoods: signals come evenly instead of at random.
    count: f64,
}

impl Lane {
    /// True for this share of calls, evenly (RFC 9332 figure 4, `recur`).
    fn recur(&mut self, likelihood: f64) -> bool {
        self.count += likelihood;
        let due = self.count > 1.0;
        if due {
            self.count -= 1.0;
        }
        due
    }
}

impl DualPi2 {
    /// Empty queues; `limit` bounds both together.
    pub fn new(config: DualPi2Config, limit: Limit) -> Self {
        DualPi2 {
            config,
            limit,
            low: Lane::default(),
            classic: Lane::default(),
            base: 0.0,
            old_delay: 0.0,
            next_update: Time::ZERO + config.update,
            credit: L_FIRST,
        }
    }

    /// The base probability p'.
    pub fn base_probability(&self) -> f64 {
        self.base
    }

    /// Runs the controller for the periods that have ended (figure 8). Between two calls the queues
    /// did not change, so the waits of their heads then are known now.
    fn catch_up(&mut self, now: Time) {
        let update = self.config.update.max(Duration::from_nanos(1));
        while self.next_update <= now {
            let at = self.next_update;
            let wait = self.classic.fifo.head_wait(at).max(self.low.fifo.head_wait(at));
            let wait = wait.as_secs_f64();
            let error = wait - self.config.target.as_secs_f64();
            let growth = wait - self.old_delay;
            let step = self.config.alpha * error + self.config.beta * growth;
            self.base = (self.base + step).clamp(0.0, 1.0);
            self.old_delay = wait;
            self.next_update += update;
            if wait == 0.0 && self.base == 0.0 && self.next_update <= now {
                // Idle: nothing changes any more, however long it lasts.
                let missed = now.since(self.next_update).as_nanos() / update.as_nanos() + 1;
                let missed = u64::try_from(missed * update.as_nanos()).unwrap_or(u64::MAX);
                self.next_update += Duration::from_nanos(missed);
            }
        }
    }

    /// True when the L queue goes next: weighted round robin by bytes.
    fn low_is_next(&mut self) -> bool {
        let heads = (self.low.fifo.head_bytes(), self.classic.fifo.head_bytes());
        match heads {
            (Some(low), Some(classic)) => {
                let share = i64::from(self.config.classic_percent.min(100));
                let low_is_next = self.credit < 0;
                self.credit += match low_is_next {
                    true => low as i64 * share,
                    false => -(classic as i64 * (100 - share)),
                };
                low_is_next
            }
            (low, _) => {
                self.credit = L_FIRST;
                low.is_some()
            }
        }
    }

    /// The L queue's own marking (figure 5).
    fn ramp(&self, delay: Duration) -> f64 {
        let over = delay.saturating_sub(self.config.ramp_from);
        if over >= self.config.ramp_width {
            return f64::from(delay >= self.config.ramp_from);
        }
        over.as_secs_f64() / self.config.ramp_width.as_secs_f64()
    }

    /// A packet of the L queue survives, marked or not, or is dropped in overload (figure 7, lines
    /// 4a to 8j).
    fn pop_low(&mut self, cx: &mut QueueCx<'_, '_>, spared: bool) -> Option<Box<Packet>> {
        let own = match self.low.fifo.packets() > RAMP_SPARES_PACKETS {
            true => self.ramp(self.low.fifo.head_wait(cx.now())),
            false => 0.0,
        };
        let (_, mut packet) = self.low.fifo.pop()?;
        let coupled = if spared { 0.0 } else { self.config.coupling * self.base };
        if coupled >= 1.0 && self.low.recur(self.base * self.base) {
            cx.drop(packet, DropReason::QueueManagement);
            return None;
        }
        if self.low.recur(own.max(coupled).min(1.0)) {
            packet.set_ecn(EcnField::Ce);
        }
        Some(packet)
    }

    /// A packet of the classic queue survives, marked or not, or is dropped (figure 7, lines 10
    /// to 17).
    fn pop_classic(&mut self, cx: &mut QueueCx<'_, '_>, spared: bool) -> Option<Box<Packet>> {
        let (_, packet) = self.classic.fifo.pop()?;
        let likelihood = if spared { 0.0 } else { self.base * self.base };
        if !self.classic.recur(likelihood) {
            return Some(packet);
        }
        let overload = likelihood >= (1.0 / (self.config.coupling * self.config.coupling)).min(1.0);
        cx.signal(packet, !overload)
    }
}

impl Queue for DualPi2 {
    fn push(&mut self, packet: Box<Packet>, cx: &mut QueueCx<'_, '_>) {
        self.catch_up(cx.now());
        let (packets, bytes) = (self.packets(), self.bytes());
        if !self.limit.admits(packets, bytes, packet.wire_bytes(), cx.rate()) {
            return cx.drop(packet, DropReason::QueueFull);
        }
        let lane = match packet.ecn() {
            EcnField::Ect1 | EcnField::Ce => &mut self.low,
            EcnField::NotEct | EcnField::Ect0 => &mut self.classic,
        };
        lane.fifo.push(cx.now(), packet);
    }

    fn pop(&mut self, cx: &mut QueueCx<'_, '_>) -> Option<Box<Packet>> {
        self.catch_up(cx.now());
        while self.packets() > 0 {
            let spared = self.bytes() < SPARED_BYTES;
            let survivor = match self.low_is_next() {
                true => self.pop_low(cx, spared),
                false => self.pop_classic(cx, spared),
            };
            if survivor.is_some() {
                return survivor;
            }
        }
        None
    }

    fn bytes(&self) -> u64 {
        self.low.fifo.bytes() + self.classic.fifo.bytes()
    }

    fn packets(&self) -> usize {
        self.low.fifo.packets() + self.classic.fifo.packets()
    }
}
