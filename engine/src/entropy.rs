//! Seeded randomness: everything random in the engine is drawn here, from the seed that entered
//! by the configuration.

use std::fmt;

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
    /// Transaction identifiers towards STUN and TURN servers.
    Gather,
    /// Names that our addresses hide behind.
    Mdns,
}

/// Opens the stream for one purpose. ChaCha20 makes streams of one seed independent.
pub(crate) fn stream(seed: [u8; 32], purpose: Purpose) -> ChaCha20Rng {
    let mut rng = ChaCha20Rng::from_seed(seed);
    rng.set_stream(purpose as u64);
    rng
}

/// A stream of which something is drawn now and then. It draws what the stream itself would, and is
/// as large as its seed and place: that one keeps 256 bytes that it drew ahead.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Draws {
    seed: [u8; 32],
    stream: u64,
    /// In words of four bytes.
    place: u64,
}

impl Draws {
    /// What follows in this stream.
    pub(crate) fn of(rng: &ChaCha20Rng) -> Self {
        let (seed, stream) = (rng.get_seed(), rng.get_stream());
        Draws { seed, stream, place: rng.get_word_pos() as u64 }
    }

    /// The stream, where it stands.
    pub(crate) fn rng(&self) -> ChaCha20Rng {
        let mut rng = ChaCha20Rng::from_seed(self.seed);
        rng.set_stream(self.stream);
        rng.set_word_pos(self.place.into());
        rng
    }

    /// Draws as often as it takes: much cheaper than one by one.
    pub(crate) fn with<T>(&mut self, draw: impl FnOnce(&mut ChaCha20Rng) -> T) -> T {
        let mut rng = self.rng();
        let drawn = draw(&mut rng);
        self.place = rng.get_word_pos() as u64;
        drawn
    }

    /// Draws a word.
    pub(crate) fn next_u32(&mut self) -> u32 {
        self.with(ChaCha20Rng::next_u32)
    }
}

/// The seed is nobody's to see.
impl fmt::Debug for Draws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Draws").field("place", &self.place).finish_non_exhaustive()
    }
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
    fn draws_are_those_of_their_stream() {
        let mut rng = stream([9; 32], Purpose::Ice);
        rng.next_u32();
        let mut draws = Draws::of(&rng);
        for round in 0..200_usize {
            let mut bytes = [[0; 21]; 2];
            let len = round % 22;
            rng.fill_bytes(&mut bytes[0][..len]);
            draws.with(|rng| rng.fill_bytes(&mut bytes[1][..len]));
            assert_eq!(bytes[0], bytes[1]);
            assert_eq!(rng.next_u32(), draws.next_u32());
            assert_eq!(rng.next_u64(), draws.with(ChaCha20Rng::next_u64));
            assert_eq!(Draws::of(&rng), draws);
        }
        assert!(std::mem::size_of::<Draws>() <= 48);
    }

    #[test]
    fn a_seed_gives_the_same_text_and_purposes_differ() {
        let draw = |purpose| ice_text(&mut stream([7; 32], purpose), 24);
        assert_eq!(draw(Purpose::IceCredentials), draw(Purpose::IceCredentials));
        assert_ne!(draw(Purpose::IceCredentials), draw(Purpose::Dtls));
        assert_eq!(draw(Purpose::IceCredentials).len(), 24);
    }
}
