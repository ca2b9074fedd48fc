//! What the translation of RSA handshakes stands between: the handshake at work on this thread, and
//! the library's own provider.

use std::cell::RefCell;
use std::sync::OnceLock;

use dimpl::crypto::CryptoProvider;

use super::translation::Translation;

thread_local! {
    /// How the handshake at work on this thread is translated.
    static AT_WORK: RefCell<Translation> = const { RefCell::new(Translation::NONE) };
}

/// Runs a step of the library, whose provider then knows how messages are translated.
pub(super) fn at_work<T>(translation: &mut Translation, step: impl FnOnce() -> T) -> T {
    AT_WORK.set(std::mem::replace(translation, Translation::NONE));
    let done = step();
    *translation = AT_WORK.replace(Translation::NONE);
    done
}

/// Asks how the handshake at work is translated, or translates more of it.
pub(super) fn translate<T>(step: impl FnOnce(&mut Translation) -> T) -> T {
    AT_WORK.with_borrow_mut(step)
}

/// The provider that the translation stands in front of.
pub(super) fn own() -> &'static CryptoProvider {
    static OWN: OnceLock<CryptoProvider> = OnceLock::new();
    OWN.get_or_init(dimpl::crypto::rust_crypto::default_provider)
}
