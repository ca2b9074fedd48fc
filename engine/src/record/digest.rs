//! A fast digest of bytes, to tell outputs apart. It keeps no secret and withstands no forger.

use std::net::{IpAddr, SocketAddr};

/// A running 64-bit digest: multiply and fold, eight bytes at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digest(u64);

const START: u64 = 0x243f_6a88_85a3_08d3;
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

impl Digest {
    pub(super) const fn new() -> Self {
        Digest(START)
    }

    pub(super) const fn word(&mut self, word: u64) {
        let product = (self.0 ^ word) as u128 * FACTOR as u128;
        let folded = (product as u64) ^ ((product >> 64) as u64);
        // The old value beside the product: a product of zero loses nothing.
        self.0 = self.0.rotate_left(23).wrapping_add(folded);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            self.word(u64::from_le_bytes(chunk.try_into().expect("chunks of eight")));
        }
        let mut last = [0; 8];
        let rest = chunks.remainder();
        last[..rest.len()].copy_from_slice(rest);
        self.word(u64::from_le_bytes(last));
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(super) fn address(&mut self, address: SocketAddr) {
        match address.ip() {
            IpAddr::V4(ip) => self.bytes(&ip.octets()),
            IpAddr::V6(ip) => self.bytes(&ip.octets()),
        }
        self.word(address.port().into());
    }

    pub(super) const fn finish(self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    pub(super) const fn short(self) -> u32 {
        self.finish() as u32
    }
}

/// The digest of some bytes.
pub(super) fn digest(bytes: &[u8]) -> u64 {
    let mut digest = Digest::new();
    digest.bytes(bytes);
    digest.finish()
}

/// The low half of the digest of some bytes.
pub(super) fn short_digest(bytes: &[u8]) -> u32 {
    digest(bytes) as u32
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn every_bit_and_the_length_count() {
        let mut bytes = vec![0_u8; 41];
        let mut seen = std::collections::BTreeSet::from([digest(&bytes)]);
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(seen.insert(digest(&bytes)), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        for length in 0..bytes.len() {
            assert!(seen.insert(digest(&bytes[..length])), "length {length}");
        }
    }

    #[test]
    fn the_value_is_pinned() {
        // A change of it makes stored recordings unreadable: it needs a new version.
        assert_eq!(digest(b"lapwing"), 4_868_815_560_601_280_806);
    }
}
