//! Messages made from a seed, as the protocol says.

use sha2::{Digest, Sha256};

/// Bytes of a block.
const BLOCK: usize = 4096;

/// A message of this size.
pub fn message(text: bool, size: usize, seed: u32) -> Vec<u8> {
    let mut x = seed;
    let mut block = Vec::with_capacity(BLOCK);
    for _ in 0..BLOCK {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let byte = (x >> 24) as u8;
        block.push(if text { 97 + byte % 26 } else { byte });
    }
    let mut content = Vec::with_capacity(size + BLOCK);
    for number in 0..size.div_ceil(BLOCK) as u32 {
        let begin = content.len();
        content.extend_from_slice(&block);
        let head =
            if text { format!("{number:08x}").into_bytes() } else { number.to_be_bytes().to_vec() };
        content[begin..begin + head.len()].copy_from_slice(&head);
    }
    content.truncate(size);
    content
}

/// A hash in hexadecimal.
pub fn sha256(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_numbered() {
        let content = message(false, 5_000, 7);
        assert_eq!(content.len(), 5_000);
        assert_eq!(content[..4], [0, 0, 0, 0]);
        assert_eq!(content[4096..4100], [0, 0, 0, 1]);
        assert_eq!(content[4..904], content[4100..]);
        let text = message(true, 4_104, 7);
        assert_eq!(&text[..8], b"00000000");
        assert_eq!(&text[4096..], b"00000001");
        assert_eq!(message(false, 0, 1), Vec::<u8>::new());
    }

    #[test]
    fn hashes_are_those_of_the_standard() {
        assert!(sha256(b"abc").starts_with("ba7816bf8f01cfea"));
    }
}
