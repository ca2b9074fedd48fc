//! Cryptography for the session: SRTP ciphers and hashes by OpenSSL, DTLS by dimpl with every
//! random draw taken from the connection's own seed.
//!
//! The way of a DTLS datagram in: `sieve` keeps out what is none, `fault` judges what looks like
//! the end, `rsa` translates for the library, in DTLS 1.3 from within its ciphers.

mod at_work;
mod certificate;
mod dtls;
mod fault;
mod gate;
mod hash;
mod hello;
mod keyexchange;
mod keylog;
mod offer;
mod parting;
mod prepared;
mod provider;
mod record;
mod rsa;
mod scope;
mod sctp;
mod sealed;
mod sieve;
mod signature;
mod srtp;
mod standin;
mod streams;
mod translation;

pub(crate) use gate::{DtlsGate, build_with_gate};
pub(crate) use prepared::certificate;
pub use provider::provider;
pub(crate) use scope::Scope;
pub(crate) use sctp::SctpIdentity;
