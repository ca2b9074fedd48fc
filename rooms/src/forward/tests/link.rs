//! The way to one participant, with a rate and a queue.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use lapwing_engine::Transmit;

/// What the way takes when nothing waits.
const DELAY: Duration = Duration::from_millis(20);

/// What would wait longer is dropped.
const QUEUE_MAX: Duration = Duration::from_millis(300);

/// Carries datagrams one after the other.
pub(super) struct Link {
    pub(super) bps: u64,
    free_at: Instant,
    under_way: VecDeque<(Instant, Transmit)>,
}

impl Link {
    pub(super) fn new(bps: u64, now: Instant) -> Self {
        Link { bps, free_at: now, under_way: VecDeque::new() }
    }

    pub(super) fn push(&mut self, transmit: Transmit, now: Instant) {
        let begins = self.free_at.max(now);
        if begins - now > QUEUE_MAX {
            return;
        }
        let bits = 8.0 * (transmit.contents.len() + 28) as f64;
        self.free_at = begins + Duration::from_secs_f64(bits / self.bps as f64);
        self.under_way.push_back((self.free_at + DELAY, transmit));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.under_way.front().map(|(at, _)| *at)
    }

    pub(super) fn pop(&mut self, now: Instant) -> Option<Transmit> {
        self.next().filter(|at| *at <= now)?;
        self.under_way.pop_front().map(|(_, transmit)| transmit)
    }
}
