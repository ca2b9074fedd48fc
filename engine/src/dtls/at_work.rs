//! What a handshake lends to the library's provider, and the library's own provider.
//!
//! The library takes one provider of static lifetime for all connections, and tells it nothing of
//! the one that it works for. So each entry into the library happens inside [`Loan::lend`]: for so
//! long the connection's random stream, its translation and its secrets are at hand on this thread.
//! Nothing else of the engine is found by the thread it runs on.

use std::cell::RefCell;
use std::sync::OnceLock;

use dimpl::crypto::CryptoProvider;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::RngCore;

use super::secrets::Secrets;
use super::signed::Signed;
use super::translation::Translation;
use crate::entropy::Draws;

thread_local! {
    /// Of the handshake at work.
    static AT_WORK: RefCell<Option<Box<AtWork>>> = const { RefCell::new(None) };
}

/// What the provider needs of the connection that it works for.
pub(super) struct AtWork {
    entropy: Draws,
    /// How an RSA peer is understood.
    pub(super) translation: Translation,
    /// What the handshake derives, where that is wanted.
    pub(super) secrets: Option<Secrets>,
    /// What our key signs.
    pub(super) signed: Signed,
}

/// The same, when it is not lent.
pub(super) struct Loan(Option<Box<AtWork>>);

impl Loan {
    pub(super) fn new(entropy: ChaCha20Rng, key_log: bool) -> Self {
        let secrets = key_log.then(Secrets::default);
        let (translation, signed) = (Translation::NONE, Signed::default());
        let entropy = Draws::of(&entropy);
        Loan(Some(Box::new(AtWork { entropy, translation, secrets, signed })))
    }

    /// Runs a step of the library with all of it at hand.
    pub(super) fn lend<T>(&mut self, step: impl FnOnce() -> T) -> T {
        AT_WORK.with_borrow_mut(|at_work| std::mem::swap(at_work, &mut self.0));
        let done = step();
        AT_WORK.with_borrow_mut(|at_work| std::mem::swap(at_work, &mut self.0));
        done
    }

    pub(super) fn get(&mut self) -> &mut AtWork {
        self.0.as_mut().expect("it is lent for the time of one call")
    }

    /// The stream as it stands.
    pub(super) fn entropy(&self) -> ChaCha20Rng {
        self.peek().entropy.rng()
    }

    pub(super) fn peek(&self) -> &AtWork {
        self.0.as_ref().expect("it is lent for the time of one call")
    }

    /// Draws from the connection's stream.
    pub(super) fn draw<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.get().entropy.with(|rng| rng.fill_bytes(&mut bytes));
        bytes
    }
}

/// Looks at what the handshake at work has lent.
///
/// # Panics
/// Outside of [`Loan::lend`]: the library is entered only through it.
pub(super) fn at_work<T>(look: impl FnOnce(&mut AtWork) -> T) -> T {
    AT_WORK.with_borrow_mut(|lent| look(lent.as_mut().expect("a step of the library has a loan")))
}

/// Asks how the handshake at work is translated, or translates more of it.
pub(super) fn translate<T>(step: impl FnOnce(&mut Translation) -> T) -> T {
    at_work(|lent| step(&mut lent.translation))
}

/// Draws from the stream of the connection at work.
pub(super) fn draw<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

/// As [`draw`], for a length known only at run time.
pub(super) fn fill(bytes: &mut [u8]) {
    at_work(|lent| lent.entropy.with(|rng| rng.fill_bytes(bytes)));
}

/// The provider that ours stands in front of.
pub(super) fn own() -> &'static CryptoProvider {
    static OWN: OnceLock<CryptoProvider> = OnceLock::new();
    OWN.get_or_init(dimpl::crypto::rust_crypto::default_provider)
}
