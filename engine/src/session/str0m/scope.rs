//! The identifiers of the connection at work on this thread.
//!
//! The session's crates draw them from a thread-local generator. So each entry into them happens
//! inside a [`Scope`], which seeds it: what a connection draws depends on its seed and on what was
//! asked of it, not on which other connections share the thread.

use rand_chacha::rand_core::RngCore;

use crate::entropy::{Purpose, stream};

/// The state of a SplitMix64 generator that seeds the identifiers of each call.
pub(super) struct Scope(u64);

impl Scope {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Scope(stream(seed, Purpose::Session).next_u64())
    }

    /// Runs `work` with this connection's identifiers in place.
    pub(super) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.enter();
        work()
    }

    /// Puts this connection's identifiers in place, until another's are. For work whose result is
    /// too large to be handed through a closure for each packet.
    #[inline]
    pub(super) fn enter(&mut self) {
        fastrand::seed(self.next());
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
