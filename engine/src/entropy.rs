//! Seeded randomness: everything random in the engine is drawn here, from the seed that entered
//! by the configuration.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What randomness is drawn for. Each purpose has a stream of its own, so that drawing more for
/// one does not disturb another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// ICE user fragments and passwords (RFC 8445 section 5.3).
    IceCredentials,
    /// The certificate's key and serial number.
    Certificate,
    /// Ephemeral keys and everything else that DTLS draws.
    Dtls,
    /// Identifiers that need to be different, not secret.
    Session,
    /// What descriptions name: the session, sources, streams, tracks and the canonical name.
    Descriptions,
    /// Tag, first sequence number and cookies of the SCTP association (RFC 9260 section 5.3.1).
    Sctp,
    /// Sources, first numbers and timestamps of RTP.
    Rtp,
    /// Times of reports, and who makes them.
    Rtcp,
    /// Transaction identifiers and the tie-breaker of ICE.
    Ice,
}

/// Opens the stream for one purpose. ChaCha20 makes streams of one seed independent.
pub(crate) fn stream(seed: [u8; 32], purpose: Purpose) -> ChaCha20Rng {
    let mut rng = ChaCha20Rng::from_seed(seed);
    rng.set_stream(purpose as u64);
    rng
}

/// Text of `len` characters from the 64 that ICE allows (RFC 8839 section 5.4, `ice-char`): six
/// bits of randomness each.
pub(crate) fn ice_text(rng: &mut ChaCha20Rng, len: usize) -> String {
    const ICE_CHARS: &[u8; 64] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(len);
    for _ in 0..len {
        let index = rng.next_u32() as usize % ICE_CHARS.len();
        text.push(char::from(ICE_CHARS[index]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_text_and_purposes_differ() {
        let draw = |purpose| ice_text(&mut stream([7; 32], purpose), 24);
        assert_eq!(draw(Purpose::IceCredentials), draw(Purpose::IceCredentials));
        assert_ne!(draw(Purpose::IceCredentials), draw(Purpose::Dtls));
        assert_eq!(draw(Purpose::IceCredentials).len(), 24);
    }
}
