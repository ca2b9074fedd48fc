//! A peer that ends the association by an ABORT, as browsers do when they are closed (RFC 9260
//! section 9.1).
//!
//! The library below takes an ABORT without a word on why for a fault, and logs an error. With the
//! cause that says "the user wants it so" it does the same without one; so that is what it is
//! given.

use super::sctp_names::{HEADER, chunks, seal};

/// RFC 9260 section 3.3.7.
const ABORT: u8 = 6;

/// ABORT with one cause, "User-Initiated Abort" (RFC 9260 section 3.3.10.12). The second byte is
/// the chunk's flags.
const GOODBYE: [u8; 8] = [ABORT, 0, 0, 8, 0, 12, 0, 4];

/// The packet with its ABORT alone, as the library shall have it. `None` for a packet without one.
pub(super) fn goodbye(packet: &[u8]) -> Option<Vec<u8>> {
    let [_, flags, ..] = *chunks(packet).find(|chunk| chunk.first() == Some(&ABORT))? else {
        return None;
    };
    let mut goodbye = GOODBYE;
    goodbye[1] = flags;
    let mut packet = [&packet[..HEADER], &goodbye].concat();
    seal(&mut packet);
    Some(packet)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO_US: [u8; 8] = [0x13, 0x88, 0x13, 0x88, 1, 2, 3, 4];
    const SACK: [u8; 16] = [3, 0, 0, 16, 0, 0, 0, 9, 0, 0, 1, 0, 0, 0, 0, 0];

    fn packet(chunks: &[&[u8]]) -> Vec<u8> {
        let mut packet = TO_US.to_vec();
        packet.extend([0; 4]);
        chunks.iter().for_each(|chunk| packet.extend_from_slice(chunk));
        seal(&mut packet);
        packet
    }

    #[test]
    fn an_abort_becomes_a_goodbye() {
        let expected = packet(&[&[6, 1, 0, 8, 0, 12, 0, 4]]);
        let protocol_violation = [6, 1, 0, 12, 0, 13, 0, 8, b'o', b'd', b'd', b'!'];
        for chunk in [&[6, 1, 0, 4][..], &protocol_violation] {
            assert_eq!(goodbye(&packet(&[chunk])), Some(expected.clone()));
            assert_eq!(goodbye(&packet(&[&SACK, chunk])), Some(expected.clone()));
        }
    }

    #[test]
    fn nothing_else_does() {
        assert_eq!(goodbye(&packet(&[&SACK])), None);
        // In the data of another chunk.
        assert_eq!(
            goodbye(&packet(&[&[0, 3, 0, 20, 6, 0, 0, 4, 6, 0, 0, 4, 0, 0, 0, 0, 6, 0, 0, 4]])),
            None
        );
        let whole = packet(&[&SACK, &[6, 0, 0, 4]]);
        for length in 0..whole.len() - 1 {
            assert_eq!(goodbye(&whole[..length]), None, "{length} bytes");
        }
    }
}
