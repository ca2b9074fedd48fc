//! str0m as it comes, beside the engine that is built on it: what the engine adds is the ratio.
//!
//! It gets the engine's SRTP ciphers and hashes. DTLS is the same library with the same ciphers,
//! but without the engine's wrapper, which works only inside an engine.

mod certificate;
mod dtls;
mod peer;

pub(crate) use peer::Str0m;
