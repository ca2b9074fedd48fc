//! SHA-1, SHA-256 and HMAC-SHA1 by OpenSSL's one-shot contexts, which need no lookup per call.

use openssl::sha::{sha1, sha256};
use str0m_proto::crypto::{Sha1HmacProvider, Sha1Provider, Sha256Provider};

use crate::hmac;

/// All hashes of the session.
#[derive(Debug)]
pub(super) struct Hashes;

impl Sha1Provider for Hashes {
    fn sha1(&self, data: &[u8]) -> [u8; 20] {
        sha1(data)
    }
}

impl Sha256Provider for Hashes {
    fn sha256(&self, data: &[u8]) -> [u8; 32] {
        sha256(data)
    }
}

impl Sha1HmacProvider for Hashes {
    fn sha1_hmac(&self, key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
        hmac::sha1(key, payloads)
    }
}
