//! CoDel (RFC 8289): drops from the head when even the shortest wait of an interval was too long.

use std::time::Duration;

use crate::packet::Packet;
use crate::queues::{Fifo, Limit, Queue, QueueCx};
use crate::time::Time;

/// CoDel's two constants (RFC 8289 section 4.2 to 4.4), and what a signal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodelConfig {
    /// The wait that is acceptable for ever.
    pub target: Duration,
    /// The worst round-trip time of the flows: how long a wait above target is taken for a burst.
    pub interval: Duration,
    /// Marks packets that can be marked instead of dropping them.
    pub ecn: bool,
}

impl Default for CodelConfig {
    /// 5 ms, 100 ms, no ECN.
    fn default() -> Self {
        let (target, interval) = (Duration::from_millis(5), Duration::from_millis(100));
        CodelConfig { target, interval, ecn: false }
    }
}

/// Backlog that no wait condemns: one packet of a full MTU (RFC 8289 section 5.6).
const MAX_PACKET_BYTES: u64 = 1_500;

/// A pause between two drop states of up to so many intervals goes on with the earlier drop rate
/// (RFC 8289 section 5.5).
const MEMORY_INTERVALS: u32 = 16;

/// The control law over one FIFO: CoDel has one, FQ-CoDel one for each flow.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Control {
    /// When the wait will have been above target for an interval.
    first_above: Option<Time>,
    dropping: bool,
    drop_next: Time,
    /// Signals in this drop state.
    count: u32,
    /// Signals with which this drop state began.
    last_count: u32,
}

impl Control {
    /// Takes the next packet that survives (RFC 8289 section 5.5).
    pub(crate) fn pop(
        &mut self,
        fifo: &mut Fifo,
        config: &CodelConfig,
        cx: &mut QueueCx<'_, '_>,
    ) -> Option<Box<Packet>> {
        let now = cx.now();
        let (mut packet, mut late) = self.take(fifo, config, now)?;
        if !self.dropping {
            if !late {
                return Some(packet);
            }
            self.enter(config, now);
            if let Some(marked) = cx.signal(packet, config.ecn) {
                return Some(marked);
            }
            return self.take(fifo, config, now).map(|(packet, _)| packet);
        }
        self.dropping = late;
        while self.dropping && now >= self.drop_next {
            self.count = self.count.saturating_add(1);
            let marked = cx.signal(packet, config.ecn);
            if marked.is_some() {
                self.drop_next = control_law(self.drop_next, config.interval, self.count);
                return marked;
            }
            (packet, late) = match self.take(fifo, config, now) {
                Some(next) => next,
                None => {
                    self.dropping = false;
                    return None;
                }
            };
            self.dropping = late;
            if late {
                self.drop_next = control_law(self.drop_next, config.interval, self.count);
            }
        }
        Some(packet)
    }

    /// Begins to drop, at the rate of the last drop state if that is not long over.
    fn enter(&mut self, config: &CodelConfig, now: Time) {
        let delta = self.count.saturating_sub(self.last_count);
        let recent = now.since(self.drop_next) < config.interval * MEMORY_INTERVALS;
        self.dropping = true;
        self.count = if delta > 1 && recent { delta } else { 1 };
        self.drop_next = control_law(now, config.interval, self.count);
        self.last_count = self.count;
    }

    /// The first packet, and whether the wait has been above target for an interval (RFC 8289
    /// section 5.6).
    fn take(
        &mut self,
        fifo: &mut Fifo,
        config: &CodelConfig,
        now: Time,
    ) -> Option<(Box<Packet>, bool)> {
        let Some((since, packet)) = fifo.pop() else {
            self.first_above = None;
            return None;
        };
        if now.since(since) < config.target || fifo.bytes() <= MAX_PACKET_BYTES {
            self.first_above = None;
            return Some((packet, false));
        }
        let due = *self.first_above.get_or_insert(now + config.interval);
        Some((packet, now >= due))
    }
}

/// The next signal comes `interval / sqrt(count)` after the last: TCP's rate follows the inverse
/// root of the loss.
fn control_law(last: Time, interval: Duration, count: u32) -> Time {
    last + interval.div_f64(f64::from(count.max(1)).sqrt())
}

/// A FIFO with CoDel.
#[derive(Debug)]
pub struct Codel {
    config: CodelConfig,
    limit: Limit,
    control: Control,
    fifo: Fifo,
}

impl Codel {
    /// An empty queue; `limit` bounds it as tail drop does.
    pub fn new(config: CodelConfig, limit: Limit) -> Self {
        Codel { config, limit, control: Control::default(), fifo: Fifo::default() }
    }
}

impl Queue for Codel {
    fn push(&mut self, packet: Box<Packet>, cx: &mut QueueCx<'_, '_>) {
        self.fifo.push_within(self.limit, packet, cx);
    }

    fn pop(&mut self, cx: &mut QueueCx<'_, '_>) -> Option<Box<Packet>> {
        self.control.pop(&mut self.fifo, &self.config, cx)
    }

    fn bytes(&self) -> u64 {
        self.fifo.bytes()
    }

    fn packets(&self) -> usize {
        self.fifo.packets()
    }
}
