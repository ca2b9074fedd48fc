//! Messages made from a seed, as every peer makes them, and their hashes.

use sha2::{Digest, Sha256};

/// Bytes after which a message repeats, but for the number of the block.
const BLOCK_BYTES: usize = 4096;

/// A message of this size; the same words in `conformance/peers/README.md`.
///
/// ```
/// use lapwing_conformance::wall::message;
/// assert_eq!(message(false, 4, 7), [0, 0, 0, 0]);
/// assert_eq!(message(true, 8, 7), b"00000000");
/// assert_eq!(message(false, 9000, 7)[4096..4100], [0, 0, 0, 1]);
/// ```
pub fn message(text: bool, size: usize, seed: u32) -> Vec<u8> {
    let mut x = seed;
    let block: Vec<u8> = (0..BLOCK_BYTES)
        .map(|_| {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let byte = (x >> 24) as u8;
            if text { b'a' + byte % 26 } else { byte }
        })
        .collect();
    let mut message = Vec::with_capacity(size + BLOCK_BYTES);
    for number in 0_u32.. {
        if message.len() >= size {
            break;
        }
        let head =
            if text { format!("{number:08x}").into_bytes() } else { number.to_be_bytes().to_vec() };
        message.extend_from_slice(&head);
        message.extend_from_slice(&block[head.len()..]);
    }
    message.truncate(size);
    message
}

/// SHA-256 in hexadecimal, lower case.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
