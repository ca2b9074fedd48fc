//! The connection at work on this thread.
//!
//! The session's crates take providers of static lifetime and draw from thread-local generators.
//! So each entry into them happens inside a [`Scope`]: it lends the connection's own random stream
//! to the DTLS provider and seeds the generator of identifiers, and takes the stream back at the
//! end. What a connection draws depends on its seed and on what was asked of it, not on which other
//! connections share the thread.

use std::cell::RefCell;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::RngCore;

use crate::entropy::{Purpose, stream};

thread_local! {
    static DTLS: RefCell<Option<Box<ChaCha20Rng>>> = const { RefCell::new(None) };
}

/// The random streams of one connection, to be lent for the time of one call.
pub(crate) struct Scope {
    dtls: Option<Box<ChaCha20Rng>>,
    /// State of a SplitMix64 generator that seeds the identifiers of each call.
    session: u64,
}

impl Scope {
    pub(crate) fn new(seed: [u8; 32]) -> Self {
        Scope {
            dtls: Some(Box::new(stream(seed, Purpose::Dtls))),
            session: stream(seed, Purpose::Session).next_u64(),
        }
    }

    /// Runs `work` with this connection's streams in place.
    pub(crate) fn run<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.enter();
        let result = work();
        self.leave();
        result
    }

    /// Puts this connection's streams in place, until [`Self::leave`]. For work whose result is
    /// too large to be handed through a closure for each packet.
    #[inline]
    pub(crate) fn enter(&mut self) {
        fastrand::seed(self.next_session_seed());
        self.swap();
    }

    /// Takes them back.
    #[inline]
    pub(crate) fn leave(&mut self) {
        self.swap();
    }

    fn swap(&mut self) {
        DTLS.with_borrow_mut(|lent| std::mem::swap(lent, &mut self.dtls));
    }

    fn next_session_seed(&mut self) -> u64 {
        self.session = self.session.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.session;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Draws from the stream of the connection at work on this thread.
///
/// # Panics
///
/// Outside of [`Scope::run`]: the session is entered only through it.
pub(super) fn draw<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// As [`draw`], for a length known only at run time.
pub(super) fn fill(bytes: &mut [u8]) {
    DTLS.with_borrow_mut(|lent| {
        lent.as_mut().expect("DTLS works only inside a scope").fill_bytes(bytes);
    });
}
