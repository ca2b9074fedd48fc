//! One direction of the path.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The bottleneck.
pub(super) const CAPACITY_BITS: u64 = 600_000_000;

const QUEUE: Duration = Duration::from_millis(100);

/// What a packet has besides SCTP: IP, UDP and the record of DTLS.
const OVERHEAD_BYTES: usize = 28 + 37;

pub(super) struct Link {
    capacity: Option<u64>,
    delay: Duration,
    /// In percent.
    loss: f64,
    free_at: Instant,
    on_the_way: VecDeque<(Instant, Vec<u8>)>,
    random: u64,
}

impl Link {
    pub(super) fn new(
        capacity: Option<u64>,
        delay: Duration,
        loss: f64,
        seed: u64,
        now: Instant,
    ) -> Self {
        Link { capacity, delay, loss, free_at: now, on_the_way: VecDeque::new(), random: seed }
    }

    pub(super) fn carry(&mut self, packet: Vec<u8>, now: Instant) {
        let mut at = now;
        if let Some(capacity) = self.capacity {
            let begin = self.free_at.max(now);
            if begin - now > QUEUE {
                return;
            }
            let bits = 8 * (packet.len() + OVERHEAD_BYTES) as u64;
            at = begin + Duration::from_nanos(bits * 1_000_000_000 / capacity);
            self.free_at = at;
        }
        // A linear congruential generator (Knuth, MMIX).
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let chance = (self.random >> 11) as f64 / (1u64 << 53) as f64;
        if chance * 100.0 >= self.loss {
            self.on_the_way.push_back((at + self.delay, packet));
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.on_the_way.front().map(|(at, _)| *at)
    }

    /// What has arrived.
    pub(super) fn take(&mut self, now: Instant) -> Option<Vec<u8>> {
        let is_here = self.next().is_some_and(|at| at <= now);
        if is_here { self.on_the_way.pop_front().map(|(_, packet)| packet) } else { None }
    }
}
