//! The provider given to every session.

use str0m_proto::crypto::CryptoProvider;

use super::ciphers::Srtp;
use super::hash::Hashes;
use super::held::Dtls;

/// It is stateless: what differs between connections reaches it through `build_with_gate`.
pub fn provider() -> CryptoProvider {
    CryptoProvider {
        srtp_provider: &Srtp,
        sha1_hmac_provider: &Hashes,
        sha1_provider: &Hashes,
        sha256_provider: &Hashes,
        dtls_provider: &Dtls,
    }
}
