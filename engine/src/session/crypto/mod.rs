//! Cryptography for the session: SRTP ciphers and hashes by OpenSSL, DTLS by dimpl with every
//! random draw taken from the connection's own seed.

mod certificate;
mod dtls;
mod hash;
mod keyexchange;
mod scope;
mod srtp;

pub(crate) use certificate::certificate;
pub(crate) use dtls::{DtlsGate, build_with_gate};
pub(crate) use scope::Scope;

use str0m_proto::crypto::CryptoProvider;

/// The provider given to every session. It is stateless: what differs between connections reaches
/// it through [`Scope`] and [`build_with_gate`].
pub fn provider() -> CryptoProvider {
    CryptoProvider {
        srtp_provider: &srtp::Srtp,
        sha1_hmac_provider: &hash::Hashes,
        sha1_provider: &hash::Hashes,
        sha256_provider: &hash::Hashes,
        dtls_provider: &dtls::Dtls,
    }
}
