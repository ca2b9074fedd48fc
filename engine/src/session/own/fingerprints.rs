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

/// Whether the certificate is the one that all of them are of: of each hash function there is one
/// that is its own. A peer that has several certificates gives several of one function (RFC 8122
/// section 5.1).
pub(super) fn is_of(fingerprints: &[Fingerprint], certificate: &[u8]) -> bool {
    let matches = |fingerprint: &Fingerprint| {
        let found = digest(&fingerprint.function).and_then(|how| hash(how, certificate).ok());
        found.is_some_and(|found| *found == fingerprint.value[..])
    };
    let has_match = |function: &HashFunction| {
        fingerprints.iter().any(|other| other.function == *function && matches(other))
    };
    !fingerprints.is_empty() && fingerprints.iter().all(|one| has_match(&one.function))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(function: HashFunction, certificate: &[u8]) -> Fingerprint {
        let how = digest(&function).expect("it can be computed");
        let value = hash(how, certificate).expect("bytes").to_vec();
        Fingerprint { function, value }
    }

    #[test]
    fn every_function_has_to_match() {
        use HashFunction::{Sha256, Sha512};
        let (shown, other) = (b"shown", b"other");
        let one = |function, of: &[u8]| fingerprint(function, of);
        for (given, expected) in [
            (vec![one(Sha256, shown)], true),
            (vec![one(Sha256, other)], false),
            (vec![one(Sha256, shown), one(Sha512, shown)], true),
            (vec![one(Sha256, shown), one(Sha512, other)], false),
            (vec![one(Sha256, other), one(Sha512, shown)], false),
            (vec![one(Sha256, other), one(Sha256, shown)], true),
            (vec![], false),
        ] {
            assert_eq!(is_of(&given, shown), expected, "{given:?}");
        }
    }

    #[test]
    fn what_is_weak_unknown_or_cut_does_not_count() {
        let mut cut = fingerprint(HashFunction::Sha256, b"shown");
        cut.value.pop();
        let weak = Fingerprint { function: HashFunction::Sha1, value: vec![0; 20] };
        let whole = fingerprint(HashFunction::Sha384, b"shown");
        assert_eq!(usable(&[cut, weak, whole.clone()]), [whole]);
    }
}
