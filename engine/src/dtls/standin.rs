//! What the library is shown in place of an RSA certificate in DTLS 1.3, where it looks for a
//! curve.
//!
//! It takes the curve from the parameters of the key's algorithm (RFC 5480 section 2.1.1). There is
//! just room for a curve where the algorithm of an RSA key is named, so the stand-in differs from
//! the true certificate in that name only, is as long, and can be turned back. What it says is
//! never used: fingerprint, transcript and signature are those of the true certificate.

use super::record::Fragment;

/// The algorithm of an RSA key, with its parameters (RFC 3279 section 2.3.1).
const RSA: [u8; 15] =
    [0x30, 13, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0];

/// No algorithm (the arc 1.2), on the curve P-256.
const STAND_IN: [u8; 15] =
    [0x30, 13, 0x06, 1, 0x2a, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// Bytes that both begin with, and one more: a shorter end of a fragment reads the same.
const SAME: usize = 4;

/// Bytes before the first certificate in its message: an empty context, the length of the list, and
/// its own length (RFC 8446 section 4.4.2).
const CERTIFICATE_AT: usize = 7;

/// How far into the message it is looked for: what comes before it are names of a few dozen bytes.
const HEAD_MAX: usize = 4096;

/// The RSA key of a Certificate message, as it comes in fragments.
#[derive(Clone, Debug)]
pub(super) enum StandIn {
    /// So much of the message came, in order, and has none so far.
    Looking(Vec<u8>),
    /// Where its algorithm is named in the message.
    At(usize),
    /// There is none.
    Needless,
}

impl StandIn {
    /// Nothing came yet.
    pub(super) const NEW: StandIn = StandIn::Looking(Vec::new());

    /// The bytes of a part of the message that read differently; `None` where that cannot be known
    /// before what is missing came.
    pub(super) fn changes(&mut self, fragment: &Fragment<'_>) -> Option<Vec<(usize, u8)>> {
        if let StandIn::Looking(head) = self {
            let known = head.len().checked_sub(fragment.offset)?;
            head.extend_from_slice(fragment.body.get(known..).unwrap_or_default());
            let found = head.windows(RSA.len()).position(|bytes| bytes == RSA);
            if let Some(at) = found {
                *self = StandIn::At(at);
            } else if head.len() >= fragment.length.min(HEAD_MAX) {
                *self = StandIn::Needless;
            } else if (SAME..RSA.len()).any(|length| head.ends_with(&RSA[..length])) {
                return None;
            }
        }
        let StandIn::At(start) = *self else { return Some(Vec::new()) };
        let changed = |(at, (rsa, other)): (usize, (&u8, u8))| {
            let index = (start + at).checked_sub(fragment.offset)?;
            (fragment.body.get(index) == Some(rsa)).then_some((index, other))
        };
        Some(RSA.iter().zip(STAND_IN).enumerate().filter_map(changed).collect())
    }

    /// The true certificate; `None` where this is no stand-in.
    pub(super) fn turn_back(&self, certificate: &[u8]) -> Option<Vec<u8>> {
        let StandIn::At(start) = *self else { return None };
        turned_back(certificate, start.checked_sub(CERTIFICATE_AT)?)
    }

    /// The true message with the certificate; `None` where this has no stand-in.
    pub(super) fn turn_back_message(&self, body: &[u8]) -> Option<Vec<u8>> {
        let StandIn::At(start) = *self else { return None };
        turned_back(body, start)
    }
}

fn turned_back(bytes: &[u8], at: usize) -> Option<Vec<u8>> {
    let end = at + STAND_IN.len();
    (bytes.get(at..end)? == STAND_IN).then(|| [&bytes[..at], &RSA, &bytes[end..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(algorithm: &[u8]) -> Vec<u8> {
        // The algorithm of the signature begins as that of the key.
        let signature = [&RSA[..12], &[0x0b, 5, 0]].concat();
        let certificate = [&[0x30, 0x82, 1, 0], &signature[..], b"names", algorithm, b"key"];
        let certificate = certificate.concat();
        let size = certificate.len() as u8;
        [&[0, 0, 0, size + 5, 0, 0, size], &certificate[..], &[0, 0]].concat()
    }

    fn part(message: &[u8], from: usize, to: usize) -> Fragment<'_> {
        let body = &message[from..to];
        Fragment { kind: 11, length: message.len(), number: 3, offset: from, body }
    }

    /// What is read of a message that comes in these parts until none must come again, and the
    /// turns.
    fn read(message: &[u8], parts: &[(usize, usize)]) -> (Vec<u8>, usize) {
        let (mut stand_in, mut read) = (StandIn::NEW, vec![0xee; message.len()]);
        let mut missing = parts.to_vec();
        for turn in 0..9 {
            if missing.is_empty() {
                return (read, turn);
            }
            missing.retain(|&(from, to)| {
                let changes = stand_in.changes(&part(message, from, to));
                let Some(changes) = changes else { return true };
                read[from..to].copy_from_slice(&message[from..to]);
                changes.iter().for_each(|(index, byte)| read[from + index] = *byte);
                false
            });
        }
        panic!("it never came")
    }

    #[test]
    fn it_is_found_wherever_the_message_is_cut_and_turned_back() {
        let truly = message(&RSA);
        let end = truly.len();
        for cut in 1..end {
            for parts in [[(0, cut), (cut, end)], [(cut, end), (0, cut)]] {
                let (shown, turns) = read(&truly, &parts);
                assert_eq!(shown, message(&STAND_IN), "cut at {cut}");
                assert!(turns <= 2, "{turns} turns");
            }
        }
        let mut stand_in = StandIn::NEW;
        stand_in.changes(&part(&truly, 0, end)).expect("all is there");
        let shown = message(&STAND_IN);
        assert_eq!(stand_in.turn_back_message(&shown).as_ref(), Some(&truly));
        let inner = CERTIFICATE_AT..end - 2;
        assert_eq!(stand_in.turn_back(&shown[inner.clone()]).as_deref(), Some(&truly[inner]));
        assert_eq!(stand_in.turn_back_message(&truly), None);
    }

    #[test]
    fn other_certificates_are_left_alone() {
        for other in [message(&STAND_IN), message(b"nothing of the kind"), vec![0; 3 * HEAD_MAX]] {
            let (shown, _) = read(&other, &[(0, other.len() / 2), (other.len() / 2, other.len())]);
            assert_eq!(shown, other);
            let mut stand_in = StandIn::NEW;
            stand_in.changes(&part(&other, 0, other.len())).expect("all is there");
            assert!(matches!(stand_in, StandIn::Needless));
            assert_eq!(stand_in.turn_back_message(&other), None);
        }
    }
}
