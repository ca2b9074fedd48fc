//! HMAC (RFC 2104) with any key. Where one key signs many packets, see `srtp/hmac.rs`.

use openssl::sha::{Sha1, Sha256};

const BLOCK: usize = 64;

macro_rules! hmac {
    ($(#[$doc:meta])* $name:ident, $context:ident, $bytes:literal) => {
        $(#[$doc])*
        pub(crate) fn $name(key: &[u8], parts: &[&[u8]]) -> [u8; $bytes] {
            let hashed = (key.len() > BLOCK).then(|| openssl::sha::$name(key));
            let key = hashed.as_ref().map_or(key, |hashed| hashed);
            let mut inner = $context::new();
            inner.update(&pad(key, 0x36));
            parts.iter().for_each(|part| inner.update(part));
            let mut outer = $context::new();
            outer.update(&pad(key, 0x5c));
            outer.update(&inner.finish());
            outer.finish()
        }
    };
}

hmac! {
    /// HMAC-SHA256 of the parts one behind the other. A key longer than a block counts by its hash.
    sha256, Sha256, 32
}

hmac! {
    /// HMAC-SHA1, likewise.
    sha1, Sha1, 20
}

fn pad(key: &[u8], with: u8) -> [u8; BLOCK] {
    let mut block = [with; BLOCK];
    block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_vectors_of_rfc_4231() {
        let cases: [(&[u8], &[u8], &str); 2] = [
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, text, mac) in cases {
            assert_eq!(hex(&sha256(key, &[text])), mac);
            let (begin, end) = text.split_at(7);
            assert_eq!(hex(&sha256(key, &[begin, end])), mac);
        }
    }

    /// Cases 1, 2 and 6.
    #[test]
    fn the_vectors_of_rfc_2202() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&[0x0b; 20], b"Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
            (b"Jefe", b"what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                &[0xaa; 80],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112",
            ),
        ];
        for (key, text, mac) in cases {
            let (begin, end) = text.split_at(3);
            assert_eq!(hex(&sha1(key, &[begin, end])), mac);
        }
    }
}
