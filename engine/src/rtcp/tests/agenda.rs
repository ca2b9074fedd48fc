//! A link in virtual time: what was sent, by the time at which it arrives.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::test_time::origin;

pub(super) const MS: Duration = Duration::from_millis(1);

/// What is due, in order.
pub(super) struct Agenda<T> {
    due: BTreeMap<(Instant, u64), T>,
    count: u64,
    rng: ChaCha20Rng,
}

impl<T> Agenda<T> {
    pub(super) fn new(seed: u8) -> Self {
        Agenda { due: BTreeMap::new(), count: 0, rng: ChaCha20Rng::from_seed([seed; 32]) }
    }

    pub(super) fn start() -> Instant {
        origin()
    }

    pub(super) fn at(&mut self, at: Instant, what: T) {
        self.due.insert((at, self.count), what);
        self.count += 1;
    }

    /// Sends it over a link that loses a share, and delays by something between two times.
    pub(super) fn send(&mut self, now: Instant, link: Link, what: T) {
        if !self.chance(link.loss) {
            let jitter = link.jitter.mul_f64(self.share());
            self.at(now + link.delay + jitter, what);
        }
    }

    pub(super) fn next(&mut self) -> Option<(Instant, T)> {
        self.due.pop_first().map(|((at, _), what)| (at, what))
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    fn share(&mut self) -> f64 {
        f64::from(self.rng.next_u32()) / f64::from(u32::MAX)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) loss: f64,
    pub(super) delay: Duration,
    pub(super) jitter: Duration,
}
