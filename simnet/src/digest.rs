//! A fast 64-bit digest for traces. Not cryptographic: it finds accidents, not forgeries.

/// Constants without a pattern: the digits of pi.
const KEYS: [u64; 5] = [
    0x243f_6a88_85a3_08d3,
    0x1319_8a2e_0370_7345,
    0xa409_3822_299f_31d1,
    0x082e_fa98_ec4e_6c89,
    0x4528_21e6_38d0_1377,
];

/// A running digest of words and bytes, the same on every machine.
///
/// ```
/// use lapwing_simnet::Digest;
/// let mut a = Digest::new();
/// a.bytes(b"abc");
/// let mut b = Digest::new();
/// b.bytes(b"ab");
/// assert_ne!(a.finish(), b.finish());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Digest::new()
    }
}

impl Digest {
    /// The digest of nothing.
    pub const fn new() -> Self {
        Digest(KEYS[4])
    }

    /// A digest that goes on from an earlier value.
    pub const fn resume(value: u64) -> Self {
        Digest(value)
    }

    /// Takes in a word.
    pub const fn word(&mut self, word: u64) {
        self.0 = fold(self.0 ^ KEYS[0], word ^ KEYS[1]).rotate_left(23) ^ word;
    }

    /// Takes in bytes and their number.
    pub fn bytes(&mut self, bytes: &[u8]) {
        // Two lanes, so that the multiplications overlap.
        let mut lanes = [self.0 ^ KEYS[2], self.0 ^ KEYS[3]];
        let mut chunks = bytes.chunks_exact(32);
        for chunk in &mut chunks {
            lanes[0] = step(lanes[0], load(&chunk[..8]), load(&chunk[8..16]));
            lanes[1] = step(lanes[1], load(&chunk[16..24]), load(&chunk[24..]));
        }
        self.0 = lanes[0] ^ lanes[1].rotate_left(32);
        for part in chunks.remainder().chunks(8) {
            self.word(load(part));
        }
        self.word(bytes.len() as u64);
    }

    /// The value so far.
    pub const fn finish(self) -> u64 {
        self.0
    }
}

/// Mixes two words into a lane. Keeping the old value beside the product means that a factor of
/// zero loses nothing.
const fn step(lane: u64, a: u64, b: u64) -> u64 {
    lane.rotate_left(29) ^ fold(lane ^ a, b ^ KEYS[0])
}

/// Up to eight bytes, little-endian, the missing ones zero.
fn load(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

/// Both halves of the 128-bit product, mixed.
const fn fold(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn digest(bytes: &[u8]) -> u64 {
        let mut digest = Digest::new();
        digest.bytes(bytes);
        digest.finish()
    }

    #[test]
    fn every_bit_of_a_packet_counts() {
        let mut packet = vec![0u8; 1_203];
        let mut seen = BTreeSet::from([digest(&packet)]);
        for bit in 0..packet.len() * 8 {
            packet[bit / 8] ^= 1 << (bit % 8);
            assert!(seen.insert(digest(&packet)), "bit {bit} changes nothing");
            packet[bit / 8] ^= 1 << (bit % 8);
        }
        for length in 0..packet.len() {
            assert!(seen.insert(digest(&packet[..length])), "length {length} changes nothing");
        }
    }

    #[test]
    fn the_value_is_pinned() {
        // A change of this value makes all stored chains worthless.
        assert_eq!(digest(b"lapwing"), PINNED);
    }

    const PINNED: u64 = 15_948_956_402_024_150_590;
}
