//! What a profile does to a packet once its index is known.

use openssl::error::ErrorStack;

use super::counter::Counter;
use super::cryptex::Parts;
use super::error::KeyError;
use super::galois::Galois;
use super::keys::SessionKeys;
use super::nonce::{Direction, Fault, Nonce};
use super::rtcp::{ENCRYPTED, INDEX_BYTES};

/// The cipher of one of RTP and RTCP in one direction. Its contexts live as long as the keys; a
/// packet only sets its initialisation vector.
pub(super) enum PacketCipher {
    Counter(Counter),
    Galois(Galois),
}

impl PacketCipher {
    /// The cipher with keys for RTP or RTCP, whose tags may differ in length.
    pub(super) fn new(
        keys: &SessionKeys,
        direction: Direction,
        tag_bytes: usize,
    ) -> Result<Self, KeyError> {
        let cipher = if keys.profile().is_aead() {
            Galois::new(keys, direction).map(PacketCipher::Galois)
        } else {
            Counter::new(keys, tag_bytes).map(PacketCipher::Counter)
        };
        cipher.map_err(|_| KeyError::Cipher(keys.profile()))
    }

    /// Encrypts the parts of `packet`, whose last bytes are room for the tag. A payload that is
    /// elsewhere is taken from there and goes to the place that stands before it; what `packet`
    /// holds there is not read.
    pub(super) fn seal_rtp(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &mut [u8],
        payload: Option<(usize, &[u8])>,
    ) -> Result<(), ErrorStack> {
        match self {
            PacketCipher::Counter(counter) => counter.seal_rtp(nonce, parts, packet, payload),
            PacketCipher::Galois(galois) => galois.seal_rtp(nonce, parts, packet, payload),
        }
    }

    /// Verifies and decrypts a packet. Its tag stays at its end.
    pub(super) fn open_rtp(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &mut [u8],
    ) -> Result<(), Fault> {
        match self {
            PacketCipher::Counter(counter) => counter.open_rtp(nonce, parts, packet),
            PacketCipher::Galois(galois) => galois.open_rtp(nonce, parts, packet),
        }
    }

    /// The same for a packet that stays as it is, into a place without room for its tag.
    pub(super) fn open_rtp_into(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &[u8],
        out: &mut [u8],
    ) -> Result<(), Fault> {
        out[..parts.text].copy_from_slice(&packet[..parts.text]);
        match self {
            PacketCipher::Counter(counter) => counter.open_rtp_into(nonce, parts, packet, out),
            PacketCipher::Galois(galois) => galois.open_rtp_into(nonce, parts, packet, out),
        }
    }

    /// Encrypts `packet`, whose last bytes are room for tag and index, and writes both.
    pub(super) fn seal_rtcp(&mut self, nonce: Nonce, packet: &mut [u8]) -> Result<(), ErrorStack> {
        let word = (nonce.index as u32 | ENCRYPTED).to_be_bytes();
        match self {
            PacketCipher::Counter(counter) => counter.seal_rtcp(nonce, word, packet),
            PacketCipher::Galois(galois) => galois.seal_rtcp(nonce, word, packet),
        }
    }

    /// Verifies and decrypts a packet. Tag and index stay at its end.
    pub(super) fn open_rtcp(&mut self, nonce: Nonce, packet: &mut [u8]) -> Result<(), Fault> {
        match self {
            PacketCipher::Counter(counter) => counter.open_rtcp(nonce, packet),
            PacketCipher::Galois(galois) => galois.open_rtcp(nonce, packet),
        }
    }

    /// The index of an SRTCP packet that is long enough, with the flag for encryption.
    pub(super) fn rtcp_word(&self, packet: &[u8]) -> u32 {
        let at = match self {
            PacketCipher::Counter(counter) => counter.index_at(packet.len()),
            PacketCipher::Galois(_) => packet.len() - INDEX_BYTES,
        };
        let word = packet[at..].first_chunk().expect("the packet is as long as tag and index");
        u32::from_be_bytes(*word)
    }
}
