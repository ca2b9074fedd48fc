//! The wire between two associations.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// The type of a chunk that begins an association (RFC 9260 section 3.3.2), and where the first one
/// of a packet has its type.
const INIT: u8 = 1;
const FIRST_CHUNK: usize = 12;

/// What a wire does to packets.
#[derive(Clone, Copy)]
pub(super) struct Path {
    /// One way.
    pub(super) delay: Duration,
    /// A random share of this is added, so packets overtake each other.
    pub(super) jitter: Duration,
    /// Of a thousand packets, so many are lost.
    pub(super) loss: u32,
    /// And so many come twice.
    pub(super) twice: u32,
}

/// Nothing happens to a packet but that it takes 20 ms.
pub(super) const CLEAN: Path =
    Path { delay: Duration::from_millis(20), jitter: Duration::ZERO, loss: 0, twice: 0 };

/// Of a thousand packets so many are lost, others come twice, and they overtake each other.
pub(super) const fn rough(loss: u32) -> Path {
    Path { jitter: Duration::from_millis(6), loss, twice: 10, ..CLEAN }
}

pub(super) struct Wire {
    pub(super) path: Path,
    /// From this end no INIT goes through.
    pub(super) mute: Option<usize>,
    on_the_way: BTreeMap<(Instant, u64), (usize, Vec<u8>)>,
    count: u64,
    rng: ChaCha20Rng,
}

impl Wire {
    pub(super) fn new(path: Path, mute: Option<usize>, seed: u64) -> Self {
        let rng = ChaCha20Rng::seed_from_u64(seed);
        Wire { path, mute, on_the_way: BTreeMap::new(), count: 0, rng }
    }

    fn chance(&mut self, of_a_thousand: u32) -> bool {
        of_a_thousand > 0 && self.rng.next_u32() % 1_000 < of_a_thousand
    }

    pub(super) fn carry(&mut self, from: usize, packet: &[u8], now: Instant) {
        if self.mute == Some(from) && packet.get(FIRST_CHUNK) == Some(&INIT) {
            return;
        }
        let copies = if self.chance(self.path.twice) { 2 } else { 1 };
        for _ in 0..copies {
            if self.chance(self.path.loss) {
                continue;
            }
            let jitter = self.path.jitter.as_micros() as u64;
            let extra = if jitter == 0 { 0 } else { self.rng.next_u64() % jitter };
            let at = now + self.path.delay + Duration::from_micros(extra);
            self.on_the_way.insert((at, self.count), (1 - from, packet.to_vec()));
            self.count += 1;
        }
    }

    /// When the next packet arrives.
    pub(super) fn next(&self) -> Option<Instant> {
        self.on_the_way.keys().next().map(|(at, _)| *at)
    }

    /// A packet that has arrived, and at which end.
    pub(super) fn arrive(&mut self, now: Instant) -> Option<(usize, Vec<u8>)> {
        self.next().filter(|at| *at <= now)?;
        self.on_the_way.pop_first().map(|(_, arrived)| arrived)
    }
}
