//! HMAC-SHA1 (RFC 2104) with its key taken in once.

use std::hint::black_box;

use openssl::sha::Sha1;
use zeroize::Zeroizing;

/// Bytes of the key in SRTP (RFC 3711 section 8.2).
pub(super) const KEY_BYTES: usize = 20;

/// Bytes that come out, of which tags are the first.
const HASH_BYTES: usize = 20;

/// Bytes that SHA-1 takes in at once.
const BLOCK_BYTES: usize = 64;

/// The two states of SHA-1 after the key. Copying them costs less than any other way to a keyed
/// hash that OpenSSL has.
pub(super) struct HmacSha1 {
    inner: Sha1,
    outer: Sha1,
}

impl HmacSha1 {
    pub(super) fn new(key: &[u8; KEY_BYTES]) -> Self {
        HmacSha1 { inner: keyed(key, 0x36), outer: keyed(key, 0x5C) }
    }

    /// The hash of `data` and, after it, `more`.
    pub(super) fn hash(&self, data: &[u8], more: &[u8]) -> [u8; HASH_BYTES] {
        let mut inner = self.inner.clone();
        inner.update(data);
        inner.update(more);
        let mut outer = self.outer.clone();
        outer.update(&inner.finish());
        outer.finish()
    }
}

impl Drop for HmacSha1 {
    fn drop(&mut self) {
        self.inner = Sha1::new();
        self.outer = Sha1::new();
        // Else the compiler sees that nobody reads what was written.
        black_box(&self.inner);
        black_box(&self.outer);
    }
}

fn keyed(key: &[u8; KEY_BYTES], pad: u8) -> Sha1 {
    let mut block = Zeroizing::new([pad; BLOCK_BYTES]);
    block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
    let mut sha1 = Sha1::new();
    sha1.update(&*block);
    sha1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202 section 3, the first test case: the one with a key of 20 bytes.
    #[test]
    fn rfc_2202() {
        let hmac = HmacSha1::new(&[0x0B; KEY_BYTES]);
        let expected = [
            0xB6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xE2, 0x8B, 0xC0, 0xB6, 0xFB, 0x37,
            0x8C, 0x8E, 0xF1, 0x46, 0xBE, 0x00,
        ];
        assert_eq!(hmac.hash(b"Hi There", b""), expected);
        assert_eq!(hmac.hash(b"Hi", b" There"), expected, "the state is as it was");
        assert_ne!(hmac.hash(b"Hi there", b""), expected);
    }
}
