//! AES in Galois/counter mode (RFC 7714).

use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;
use openssl::error::ErrorStack;
use zeroize::Zeroizing;

use super::cryptex::Parts;
use super::header::EXTENSION_BYTES;
use super::keys::SessionKeys;
use super::nonce::{Direction, Fault, Nonce};
use super::profile::ProtectionProfile;
use super::rtcp::{CLEAR_BYTES, INDEX_BYTES};

/// Bytes of the tag (RFC 7714 section 12).
const TAG_BYTES: usize = 16;

/// Bytes of the initialisation vector.
const IV_BYTES: usize = 12;

/// The key of one of RTP and RTCP, in one direction.
pub(super) struct Galois {
    ctx: CipherCtx,
    direction: Direction,
    /// The salt, as a number of 96 bits.
    salt: Zeroizing<u128>,
}

impl Galois {
    pub(super) fn new(keys: &SessionKeys, direction: Direction) -> Result<Self, ErrorStack> {
        let cipher = match keys.profile() {
            ProtectionProfile::AeadAes256Gcm => Cipher::aes_256_gcm(),
            _ => Cipher::aes_128_gcm(),
        };
        let mut ctx = CipherCtx::new()?;
        match direction {
            Direction::Outbound => ctx.encrypt_init(Some(cipher), Some(keys.key()), None)?,
            Direction::Inbound => ctx.decrypt_init(Some(cipher), Some(keys.key()), None)?,
        }
        let mut salt = Zeroizing::new([0; 16]);
        salt[16 - IV_BYTES..].copy_from_slice(keys.salt());
        let salt = Zeroizing::new(u128::from_be_bytes(*salt));
        Ok(Galois { ctx, direction, salt })
    }

    /// See [`PacketCipher::seal_rtp`](super::cipher::PacketCipher::seal_rtp).
    pub(super) fn seal_rtp(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &mut [u8],
        payload: Option<(usize, &[u8])>,
    ) -> Result<(), ErrorStack> {
        let (packet, tag) = packet.split_at_mut(packet.len() - TAG_BYTES);
        self.start(nonce)?;
        self.associate_rtp(parts, packet)?;
        self.apply(&mut packet[parts.sources.clone()])?;
        match payload {
            None => self.apply(&mut packet[parts.text..])?,
            Some((at, payload)) => {
                self.apply(&mut packet[parts.text..at])?;
                self.apply_into(payload, &mut packet[at..])?;
            }
        }
        self.tag(tag)
    }

    pub(super) fn open_rtp(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &mut [u8],
    ) -> Result<(), Fault> {
        let (packet, tag) = packet.split_at_mut(packet.len() - TAG_BYTES);
        self.start(nonce)?;
        self.associate_rtp(parts, packet)?;
        self.apply(&mut packet[parts.sources.clone()])?;
        self.apply(&mut packet[parts.text..])?;
        self.verify(tag)
    }

    /// See [`PacketCipher::open_rtp_into`](super::cipher::PacketCipher::open_rtp_into).
    pub(super) fn open_rtp_into(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &[u8],
        out: &mut [u8],
    ) -> Result<(), Fault> {
        let (packet, tag) = packet.split_at(packet.len() - TAG_BYTES);
        self.start(nonce)?;
        self.associate_rtp(parts, packet)?;
        self.apply(&mut out[parts.sources.clone()])?;
        self.apply_into(&packet[parts.text..], &mut out[parts.text..])?;
        self.verify(tag)
    }

    /// Tag, then index (RFC 7714 section 9.2).
    pub(super) fn seal_rtcp(
        &mut self,
        nonce: Nonce,
        word: [u8; INDEX_BYTES],
        packet: &mut [u8],
    ) -> Result<(), ErrorStack> {
        let (packet, index) = packet.split_at_mut(packet.len() - INDEX_BYTES);
        let (packet, tag) = packet.split_at_mut(packet.len() - TAG_BYTES);
        index.copy_from_slice(&word);
        self.start(nonce)?;
        self.associate(&packet[..CLEAR_BYTES])?;
        self.associate(&word)?;
        self.apply(&mut packet[CLEAR_BYTES..])?;
        self.tag(tag)
    }

    pub(super) fn open_rtcp(&mut self, nonce: Nonce, packet: &mut [u8]) -> Result<(), Fault> {
        let (packet, word) = packet.split_at_mut(packet.len() - INDEX_BYTES);
        let (packet, tag) = packet.split_at_mut(packet.len() - TAG_BYTES);
        self.start(nonce)?;
        self.associate(&packet[..CLEAR_BYTES])?;
        self.associate(word)?;
        self.apply(&mut packet[CLEAR_BYTES..])?;
        self.verify(tag)
    }

    /// Begins a packet (RFC 7714 sections 8.1 and 9.1).
    fn start(&mut self, nonce: Nonce) -> Result<(), ErrorStack> {
        let iv = *self.salt ^ u128::from(nonce.ssrc) << 48 ^ u128::from(nonce.index);
        let iv = iv.to_be_bytes();
        let iv = Some(&iv[16 - IV_BYTES..]);
        match self.direction {
            Direction::Outbound => self.ctx.encrypt_init(None, None, iv),
            Direction::Inbound => self.ctx.decrypt_init(None, None, iv),
        }
    }

    /// The parts in the clear: all before the text, but for contributing sources that are
    /// encrypted (RFC 7714 section 8.2, RFC 9335 section 6.1).
    fn associate_rtp(&mut self, parts: &Parts, packet: &[u8]) -> Result<(), ErrorStack> {
        self.associate(&packet[..parts.sources.start])?;
        if parts.sources.start < parts.text {
            self.associate(&packet[parts.text - EXTENSION_BYTES..parts.text])?;
        }
        Ok(())
    }

    fn associate(&mut self, part: &[u8]) -> Result<(), ErrorStack> {
        self.ctx.cipher_update(part, None).map(drop)
    }

    fn apply(&mut self, part: &mut [u8]) -> Result<(), ErrorStack> {
        if part.is_empty() {
            return Ok(());
        }
        self.ctx.cipher_update_inplace(part, part.len()).map(drop)
    }

    fn apply_into(&mut self, part: &[u8], out: &mut [u8]) -> Result<(), ErrorStack> {
        if part.is_empty() {
            return Ok(());
        }
        self.ctx.cipher_update(part, Some(out)).map(drop)
    }

    fn tag(&mut self, tag: &mut [u8]) -> Result<(), ErrorStack> {
        self.ctx.cipher_final(&mut [])?;
        self.ctx.tag(tag)
    }

    fn verify(&mut self, tag: &[u8]) -> Result<(), Fault> {
        self.ctx.set_tag(tag)?;
        self.ctx.cipher_final(&mut [])?;
        Ok(())
    }
}
