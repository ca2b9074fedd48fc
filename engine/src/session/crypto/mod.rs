//! Cryptography for the session: SRTP ciphers and hashes by OpenSSL, DTLS by dimpl with every
//! random draw taken from the connection's own seed.

mod certificate;
mod dtls;
mod hash;
mod keyexchange;
mod keylog;
mod provider;
mod scope;
mod sctp;
mod srtp;
mod streams;

pub(crate) use certificate::certificate;
pub(crate) use dtls::{DtlsGate, build_with_gate};
pub use provider::provider;
pub(crate) use scope::Scope;
pub use sctp::SctpIdentity;
