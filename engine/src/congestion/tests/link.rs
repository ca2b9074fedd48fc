//! A link: a queue of bytes that drops what does not fit, a rate that changes, delay and loss.

use std::collections::VecDeque;
use std::time::Duration;

/// Random numbers of a seed (Steele et al., SplitMix64).
#[derive(Clone, Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    /// From zero to one.
    pub(super) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The distance from the mean of a normal distribution of deviation one: of twelve numbers.
    fn half_normal(&mut self) -> f64 {
        ((0..12).map(|_| self.unit()).sum::<f64>() - 6.0).abs()
    }
}

/// What a link is.
#[derive(Clone, Debug)]
pub(super) struct LinkSpec {
    /// Seconds and bits per second, the first one at zero.
    pub(super) capacity: Vec<(f64, f64)>,
    /// What waits is dropped above so much time at the capacity of the moment.
    pub(super) queue: Duration,
    /// One way, after the queue; feedback takes as long.
    pub(super) delay: Duration,
    /// Delay varies by the half of a normal distribution of this deviation, at most by three of
    /// them, and keeps the order (NR-BPDV, RFC 8868 section 4.5.2).
    pub(super) jitter: Duration,
    /// The share of packets that is lost before the queue.
    pub(super) loss: f64,
    /// Packets that find a longer queue are marked.
    pub(super) marks_above: Option<Duration>,
}

impl LinkSpec {
    pub(super) fn new(bps: f64) -> Self {
        LinkSpec {
            capacity: vec![(0.0, bps)],
            queue: Duration::from_millis(300),
            delay: Duration::from_millis(50),
            jitter: Duration::ZERO,
            loss: 0.0,
            marks_above: None,
        }
    }

    /// The capacity from `at` on, in seconds.
    pub(super) fn then(mut self, at: f64, bps: f64) -> Self {
        self.capacity.push((at, bps));
        self
    }
}

/// A packet that gets through.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passage {
    pub(super) waits: Duration,
    pub(super) arrives: Duration,
    pub(super) marked: bool,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) spec: LinkSpec,
    random: Random,
    free_at: f64,
    arrived: Duration,
    waiting: VecDeque<(f64, u32)>,
    waiting_bytes: f64,
}

impl Link {
    pub(super) fn new(spec: LinkSpec, seed: u64) -> Self {
        Link {
            spec,
            random: Random(seed),
            free_at: 0.0,
            arrived: Duration::ZERO,
            waiting: VecDeque::new(),
            waiting_bytes: 0.0,
        }
    }

    pub(super) fn bps_at(&self, at: f64) -> f64 {
        let steps = self.spec.capacity.iter().rev();
        steps.copied().find(|step| step.0 <= at).map_or(0.0, |step| step.1)
    }

    /// A packet enters; `None` when it is lost.
    pub(super) fn enter(&mut self, size: u32, now: Duration) -> Option<Passage> {
        let now = now.as_secs_f64();
        while self.waiting.front().is_some_and(|waiting| waiting.0 <= now) {
            let (_, size) = self.waiting.pop_front()?;
            self.waiting_bytes -= f64::from(size);
        }
        if self.random.unit() < self.spec.loss {
            return None;
        }
        let limit = self.bps_at(now) * self.spec.queue.as_secs_f64() / 8.0;
        if self.waiting_bytes + f64::from(size) > limit {
            return None;
        }
        let begins = self.free_at.max(now);
        self.free_at = self.finish(begins, f64::from(size) * 8.0);
        self.waiting.push_back((self.free_at, size));
        self.waiting_bytes += f64::from(size);
        let waits = Duration::from_secs_f64(begins - now);
        let jitter = self.spec.jitter.mul_f64(self.random.half_normal().min(3.0));
        let arrives = Duration::from_secs_f64(self.free_at) + self.spec.delay + jitter;
        let arrives = arrives.max(self.arrived);
        self.arrived = arrives;
        Some(Passage { waits, arrives, marked: self.spec.marks_above.is_some_and(|at| waits > at) })
    }

    /// When so many bits have left that begin at a time, with all changes of the capacity.
    fn finish(&self, mut at: f64, mut bits: f64) -> f64 {
        loop {
            let bps = self.bps_at(at);
            let next = self.spec.capacity.iter().map(|step| step.0).find(|change| *change > at);
            let ends = if bps > 0.0 { at + bits / bps } else { f64::INFINITY };
            match next {
                Some(change) if ends > change => {
                    bits -= (change - at) * bps;
                    at = change;
                }
                _ => return ends,
            }
        }
    }
}
