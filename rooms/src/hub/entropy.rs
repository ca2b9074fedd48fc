//! Ids and tokens that cannot be guessed.

use crate::protocol::signalling::ParticipantId;

/// Characters of a participant's id: 50 bits, enough that no two ever meet in one room.
const ID_CHARS: usize = 10;

/// Bytes of a resume token: whoever guesses it takes the seat.
const TOKEN_BYTES: usize = 16;

/// Where random bytes come from: the system in a server, a counter in a test.
pub struct Entropy(Box<Fill>);

type Fill = dyn FnMut(&mut [u8]) + Send;

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy")
    }
}

impl Entropy {
    /// Fills buffers by `fill`.
    pub fn new(fill: impl FnMut(&mut [u8]) + Send + 'static) -> Self {
        Entropy(Box::new(fill))
    }

    /// OpenSSL's generator.
    pub fn system() -> Self {
        Entropy::new(|bytes| {
            openssl::rand::rand_bytes(bytes).expect("the system has a source of randomness");
        })
    }

    /// A seed for a connection.
    pub fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        (self.0)(&mut seed);
        seed
    }

    /// A new id of `[a-z0-9]`, without the letters that look like digits.
    pub(super) fn participant_id(&mut self) -> ParticipantId {
        const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
        let mut bytes = [0; ID_CHARS];
        (self.0)(&mut bytes);
        ParticipantId(bytes.iter().map(|b| char::from(ALPHABET[usize::from(b & 31)])).collect())
    }

    /// A new resume token, in hexadecimal.
    pub(super) fn token(&mut self) -> String {
        let mut bytes = [0; TOKEN_BYTES];
        (self.0)(&mut bytes);
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }
}
