//! AES in Galois/counter mode (RFC 7714).

use openssl::cipher::Cipher;
use openssl::error::ErrorStack;
use zeroize::Zeroizing;

use super::cryptex::Parts;
use super::evp::{Gcm, IV_BYTES, TAG_BYTES};
use super::header::EXTENSION_BYTES;
use super::keys::SessionKeys;
use super::nonce::{Direction, Fault, Nonce};
use super::profile::ProtectionProfile;
use super::rtcp::{CLEAR_BYTES, INDEX_BYTES};

/// The key of one of RTP and RTCP, in one direction.
pub(super) struct Galois {
    gcm: Gcm,
    /// The salt, as a number of 96 bits.
    salt: Zeroizing<u128>,
}

impl Galois {
    pub(super) fn new(keys: &SessionKeys, direction: Direction) -> Result<Self, ErrorStack> {
        let cipher = match keys.profile() {
            ProtectionProfile::AeadAes256Gcm => Cipher::aes_256_gcm(),
            _ => Cipher::aes_128_gcm(),
        };
        let mut salt = Zeroizing::new([0; 16]);
        salt[16 - IV_BYTES..].copy_from_slice(keys.salt());
        let salt = Zeroizing::new(u128::from_be_bytes(*salt));
        Ok(Galois { gcm: Gcm::new(cipher, keys.key(), direction)?, salt })
    }

    /// See [`PacketCipher::seal_rtp`](super::cipher::PacketCipher::seal_rtp).
    pub(super) fn seal_rtp(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &mut [u8],
        payload: Option<(usize, &[u8])>,
    ) -> Result<(), ErrorStack> {
        let (packet, tag) = split_mut(packet)?;
        self.start(nonce)?;
        self.associate_rtp(parts, packet)?;
        self.gcm.apply(&mut packet[parts.sources.clone()])?;
        match payload {
            None => self.gcm.apply(&mut packet[parts.text..])?,
            Some((at, payload)) => {
                self.gcm.apply(&mut packet[parts.text..at])?;
                self.gcm.apply_into(payload, &mut packet[at..])?;
            }
        }
        self.gcm.tag(tag)
    }

    pub(super) fn open_rtp(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &mut [u8],
    ) -> Result<(), Fault> {
        let (packet, tag) = split_mut(packet)?;
        self.start(nonce)?;
        self.associate_rtp(parts, packet)?;
        self.gcm.apply(&mut packet[parts.sources.clone()])?;
        self.gcm.apply(&mut packet[parts.text..])?;
        Ok(self.gcm.verify(tag)?)
    }

    /// See [`PacketCipher::open_rtp_into`](super::cipher::PacketCipher::open_rtp_into).
    pub(super) fn open_rtp_into(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &[u8],
        out: &mut [u8],
    ) -> Result<(), Fault> {
        let (packet, tag) = packet.split_last_chunk().ok_or_else(ErrorStack::get)?;
        self.start(nonce)?;
        self.associate_rtp(parts, packet)?;
        self.gcm.apply(&mut out[parts.sources.clone()])?;
        self.gcm.apply_into(&packet[parts.text..], &mut out[parts.text..])?;
        Ok(self.gcm.verify(tag)?)
    }

    /// Tag, then index (RFC 7714 section 9.2).
    pub(super) fn seal_rtcp(
        &mut self,
        nonce: Nonce,
        word: [u8; INDEX_BYTES],
        packet: &mut [u8],
    ) -> Result<(), ErrorStack> {
        let (packet, index) = packet.split_at_mut(packet.len() - INDEX_BYTES);
        let (packet, tag) = split_mut(packet)?;
        index.copy_from_slice(&word);
        self.start(nonce)?;
        self.gcm.associate(&packet[..CLEAR_BYTES])?;
        self.gcm.associate(&word)?;
        self.gcm.apply(&mut packet[CLEAR_BYTES..])?;
        self.gcm.tag(tag)
    }

    pub(super) fn open_rtcp(&mut self, nonce: Nonce, packet: &mut [u8]) -> Result<(), Fault> {
        let (packet, word) = packet.split_at_mut(packet.len() - INDEX_BYTES);
        let (packet, tag) = split_mut(packet)?;
        self.start(nonce)?;
        self.gcm.associate(&packet[..CLEAR_BYTES])?;
        self.gcm.associate(word)?;
        self.gcm.apply(&mut packet[CLEAR_BYTES..])?;
        Ok(self.gcm.verify(tag)?)
    }

    /// Begins a packet (RFC 7714 sections 8.1 and 9.1).
    fn start(&mut self, nonce: Nonce) -> Result<(), ErrorStack> {
        let iv = *self.salt ^ u128::from(nonce.ssrc) << 48 ^ u128::from(nonce.index);
        let iv = iv.to_be_bytes();
        self.gcm.start(iv.last_chunk().expect("a vector is shorter than the number"))
    }

    /// The parts in the clear: all before the text, but for contributing sources that are
    /// encrypted (RFC 7714 section 8.2, RFC 9335 section 6.1).
    fn associate_rtp(&mut self, parts: &Parts, packet: &[u8]) -> Result<(), ErrorStack> {
        self.gcm.associate(&packet[..parts.sources.start])?;
        if parts.sources.start < parts.text {
            self.gcm.associate(&packet[parts.text - EXTENSION_BYTES..parts.text])?;
        }
        Ok(())
    }
}

/// A packet, and the tag at its end.
fn split_mut(packet: &mut [u8]) -> Result<(&mut [u8], &mut [u8; TAG_BYTES]), ErrorStack> {
    packet.split_last_chunk_mut().ok_or_else(ErrorStack::get)
}
