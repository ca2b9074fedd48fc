//! By what a peer signed, where a message says it (RFC 5246 section 7.4.1.4.1, RFC 8446 section
//! 4.2.3).

use super::record::Fragment;

/// In DTLS 1.2 the first byte of each is the hash; RSA-PSS has none of its own.
const SHA256: u8 = 4;
const PSS_HASH: u8 = 8;
const PKCS1: u8 = 1;
const ECDSA: u8 = 3;
const PSS: u8 = 4;

/// Bits of the least RSA key that is taken: less is not safe (RFC 9325 section 4.5).
pub(super) const RSA_BITS_MIN: u32 = 2048;

/// Bytes of a signature by it. Those by ECDSA, as ours, are shorter.
pub(super) const RSA_BYTES_MIN: usize = RSA_BITS_MIN as usize / 8;

/// By what the peer signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    Pkcs1,
    Pss,
    /// What the library may judge itself.
    Other,
}

impl Signature {
    /// The bytes of a fragment that say, there in its message, by what the peer signed, where they
    /// read differently. What was judged before counts.
    pub(super) fn changes(
        fragment: &Fragment<'_>,
        at: usize,
        judged: &mut Option<Signature>,
    ) -> Vec<(usize, u8)> {
        let index = |at: usize| {
            at.checked_sub(fragment.offset).filter(|index| *index < fragment.body.len())
        };
        let (hash, kind) = (index(at), index(at + 1));
        let read = match [hash, kind].map(|index| index.map(|index| fragment.body[index])) {
            // One of the two may be in another fragment.
            [Some(PSS_HASH), Some(PSS) | None] | [None, Some(PSS)] => Signature::Pss,
            [_, Some(PKCS1)] => Signature::Pkcs1,
            [_, Some(_)] => Signature::Other,
            [_, None] => return Vec::new(),
        };
        let hash = hash.map(|index| (index, SHA256));
        let kind = kind.map(|index| (index, ECDSA));
        match *judged.get_or_insert(read) == read {
            true if read == Signature::Pss => hash.into_iter().chain(kind).collect(),
            true if read == Signature::Pkcs1 => Vec::from_iter(kind),
            _ => Vec::new(),
        }
    }

    /// A message that says, there, by what it was truly signed.
    pub(super) fn turn_back(self, body: &[u8], at: usize) -> Option<Vec<u8>> {
        let [hash, _] = *body.get(at..)?.first_chunk()?;
        let truly = match self {
            Signature::Pkcs1 => [hash, PKCS1],
            Signature::Pss => [PSS_HASH, PSS],
            Signature::Other => return None,
        };
        Some([&body[..at], &truly, &body[at + 2..]].concat())
    }
}
