//! SHA-1, SHA-256 and HMAC-SHA1 by OpenSSL's one-shot contexts, which need no lookup per call.

use openssl::sha::{Sha1, sha1, sha256};
use str0m_proto::crypto::{Sha1HmacProvider, Sha1Provider, Sha256Provider};

/// Block size of SHA-1 in bytes, the pad length of HMAC (RFC 2104 section 2).
const SHA1_BLOCK_BYTES: usize = 64;

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
        hmac_sha1(key, payloads)
    }
}

/// HMAC-SHA1 over the concatenation of `payloads` (RFC 2104).
fn hmac_sha1(key: &[u8], payloads: &[&[u8]]) -> [u8; 20] {
    let mut block = [0; SHA1_BLOCK_BYTES];
    if key.len() > SHA1_BLOCK_BYTES {
        block[..20].copy_from_slice(&sha1(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let mut inner = Sha1::new();
    inner.update(&block.map(|byte| byte ^ 0x36));
    payloads.iter().for_each(|part| inner.update(part));
    let mut outer = Sha1::new();
    outer.update(&block.map(|byte| byte ^ 0x5c));
    outer.update(&inner.finish());
    outer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202 section 3, cases 1, 2 and 6.
    #[test]
    fn rfc_2202_vectors() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&[0x0b; 20], b"Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
            (b"Jefe", b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                &[0xaa; 80],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112",
            ),
        ];
        for (key, data, digest) in cases {
            let (head, tail) = data.split_at(3);
            let hex: String =
                hmac_sha1(key, &[head, tail]).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, digest);
        }
    }
}
