//! Messages that both sides can make.

use sha2::{Digest, Sha256};

/// Bytes made from a seed; a message is these again and again.
const BLOCK: usize = 4096;

/// The message of this seed and size, as the protocol says.
pub(super) fn message(text: bool, size: usize, seed: u32) -> Vec<u8> {
    let mut x = seed;
    let bytes = (0..BLOCK).map(|_| {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (x >> 24) as u8
    });
    let block: Vec<u8> =
        if text { bytes.map(|byte| b'a' + byte % 26).collect() } else { bytes.collect() };
    let mut message = Vec::with_capacity(size + BLOCK);
    for number in 0_u32.. {
        if message.len() >= size {
            break;
        }
        let head =
            if text { format!("{number:08x}").into_bytes() } else { number.to_be_bytes().to_vec() };
        message.extend(&head);
        message.extend(&block[head.len()..]);
    }
    message.truncate(size);
    message
}

/// SHA-256, in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
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
