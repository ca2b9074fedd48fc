//! Fingerprints of certificates (RFC 8122 section 5).

use openssl::hash::{MessageDigest, hash};

use crate::sdp::{Fingerprint, HashFunction};

/// Fingerprints that can be compared.
pub(super) fn usable(fingerprints: &[Fingerprint]) -> Vec<Fingerprint> {
    let is_whole = |one: &&Fingerprint| {
        digest(&one.function).is_some() && one.function.bytes() == Some(one.value.len())
    };
    fingerprints.iter().filter(is_whole).cloned().collect()
}

pub(super) fn is_of(fingerprints: &[Fingerprint], certificate: &[u8]) -> bool {
    fingerprints.iter().any(|fingerprint| {
        let found = digest(&fingerprint.function).and_then(|how| hash(how, certificate).ok());
        found.is_some_and(|found| *found == fingerprint.value[..])
    })
}

/// Those of SHA-2: others are too weak, or unknown (RFC 8122 section 5).
fn digest(function: &HashFunction) -> Option<MessageDigest> {
    Some(match function {
        HashFunction::Sha224 => MessageDigest::sha224(),
        HashFunction::Sha256 => MessageDigest::sha256(),
        HashFunction::Sha384 => MessageDigest::sha384(),
        HashFunction::Sha512 => MessageDigest::sha512(),
        _ => return None,
    })
}
