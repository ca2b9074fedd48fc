//! Messages made from a seed, as every peer makes them, and their hashes: Lapwing's own peer sends
//! them, and the harness expects them.

use sha2::{Digest, Sha256};

/// Bytes after which a message repeats, but for the number of the block.
const BLOCK_BYTES: usize = 4096;

/// A message of this size; the same words in `conformance/peers/README.md`.
///
/// ```
/// use lapwing_conformance::messages::message;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_numbered() {
        let binary = message(false, 10_000, 1);
        assert_eq!((binary.len(), &binary[..4]), (10_000, &[0; 4][..]));
        assert_eq!(&binary[4_096..4_100], [0, 0, 0, 1]);
        assert_eq!(&binary[4_100..4_200], &binary[4..104]);
        let text = message(true, 4_110, 1);
        assert_eq!((&text[..8], &text[4_096..4_104]), (&b"00000000"[..], &b"00000001"[..]));
        assert!(text[8..4_096].iter().all(u8::is_ascii_lowercase));
        assert_eq!((message(true, 3, 7), message(false, 0, 7)), (b"000".to_vec(), Vec::new()));
    }

    #[test]
    fn a_message_is_the_same_everywhere() {
        // Made by the Python of another peer.
        let all = [message(true, 10_000, 1), message(false, 60_000, 9)].map(|m| sha256(&m));
        assert_eq!(all, EXPECTED);
    }

    const EXPECTED: [&str; 2] = [
        "24fd43346a3f502962f7a88ed54c44004068c154e98ae76e3c66167277965645",
        "8768dd26cf649045dae98e6986db7f7e7627b45beda246033f59f1a206134031",
    ];
}
