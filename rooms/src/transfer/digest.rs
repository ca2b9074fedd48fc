//! SHA-256 digests of files.

use std::fmt;

/// A SHA-256 digest, written as 64 lower-case hexadecimal digits.
///
/// ```
/// use lapwing_rooms::transfer::Digest;
/// let digest = Digest::of(b"abc");
/// let text = digest.to_string();
/// assert!(text.starts_with("ba7816bf"));
/// assert_eq!(Digest::parse(&text), Some(digest));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these bytes.
    pub fn of(data: &[u8]) -> Self {
        Digest(openssl::sha::sha256(data))
    }

    /// Its 32 bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// `None` when it is not exactly 64 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let pairs: &[u8; 64] = text.as_bytes().try_into().ok()?;
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(pairs.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Digest(digest))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// Digests a file piece by piece.
#[derive(Clone, Default)]
pub struct Hasher(openssl::sha::Sha256);

impl Hasher {
    /// Takes the next bytes.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The digest of everything taken so far.
    pub fn digest(&self) -> Digest {
        Digest(self.0.clone().finish())
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lower_case_hexadecimal_of_the_right_length_is_a_digest() {
        let good = Digest::of(b"").to_string();
        assert_eq!(good.len(), 64);
        assert!(Digest::parse(&good).is_some());
        for bad in [&good[1..], &format!("{good}0"), &good.to_uppercase(), &good.replace('e', "g")]
        {
            assert_eq!(Digest::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn pieces_give_the_digest_of_the_whole() {
        let mut hasher = Hasher::default();
        hasher.update(b"a");
        let first = hasher.digest();
        hasher.update(b"bc");
        assert_eq!(first, Digest::of(b"a"));
        assert_eq!(hasher.digest(), Digest::of(b"abc"));
    }
}
