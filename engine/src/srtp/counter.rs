//! AES in counter mode with HMAC-SHA1 (RFC 3711 sections 4.1.1 and 4.2.1).

use openssl::cipher::Cipher;
use openssl::cipher_ctx::CipherCtx;
use openssl::error::ErrorStack;
use openssl::memcmp;
use zeroize::Zeroizing;

use super::cryptex::Parts;
use super::hmac::HmacSha1;
use super::index::roll_over;
use super::keys::SessionKeys;
use super::nonce::{Fault, Nonce};
use super::rtcp::{CLEAR_BYTES, INDEX_BYTES};

/// Both keys of one of RTP and RTCP.
pub(super) struct Counter {
    ctx: CipherCtx,
    hmac: HmacSha1,
    /// The salt, times 2^16.
    salt: Zeroizing<u128>,
    tag_bytes: usize,
}

impl Counter {
    pub(super) fn new(keys: &SessionKeys, tag_bytes: usize) -> Result<Self, ErrorStack> {
        let mut ctx = CipherCtx::new()?;
        // Decryption is the same.
        ctx.encrypt_init(Some(Cipher::aes_128_ctr()), Some(keys.key()), None)?;
        let mut salt = Zeroizing::new([0; 16]);
        salt[..keys.salt().len()].copy_from_slice(keys.salt());
        let salt = Zeroizing::new(u128::from_be_bytes(*salt));
        Ok(Counter { ctx, hmac: HmacSha1::new(keys.authentication()), salt, tag_bytes })
    }

    /// See [`PacketCipher::seal_rtp`](super::cipher::PacketCipher::seal_rtp).
    pub(super) fn seal_rtp(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &mut [u8],
        payload: Option<(usize, &[u8])>,
    ) -> Result<(), ErrorStack> {
        let (packet, tag) = packet.split_at_mut(packet.len() - self.tag_bytes);
        self.start(nonce)?;
        self.apply(&mut packet[parts.sources.clone()])?;
        match payload {
            None => self.apply(&mut packet[parts.text..])?,
            Some((at, payload)) => {
                self.apply(&mut packet[parts.text..at])?;
                self.apply_into(payload, &mut packet[at..])?;
            }
        }
        let hash = self.hmac.hash(packet, &roll_over(nonce.index).to_be_bytes());
        tag.copy_from_slice(&hash[..self.tag_bytes]);
        Ok(())
    }

    pub(super) fn open_rtp(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &mut [u8],
    ) -> Result<(), Fault> {
        let (packet, tag) = packet.split_at_mut(packet.len() - self.tag_bytes);
        let hash = self.hmac.hash(packet, &roll_over(nonce.index).to_be_bytes());
        if !memcmp::eq(tag, &hash[..self.tag_bytes]) {
            return Err(Fault);
        }
        self.start(nonce)?;
        self.apply(&mut packet[parts.sources.clone()])?;
        Ok(self.apply(&mut packet[parts.text..])?)
    }

    /// See [`PacketCipher::open_rtp_into`](super::cipher::PacketCipher::open_rtp_into).
    pub(super) fn open_rtp_into(
        &mut self,
        nonce: Nonce,
        parts: &Parts,
        packet: &[u8],
        out: &mut [u8],
    ) -> Result<(), Fault> {
        let (packet, tag) = packet.split_at(packet.len() - self.tag_bytes);
        let hash = self.hmac.hash(packet, &roll_over(nonce.index).to_be_bytes());
        if !memcmp::eq(tag, &hash[..self.tag_bytes]) {
            return Err(Fault);
        }
        self.start(nonce)?;
        self.apply(&mut out[parts.sources.clone()])?;
        Ok(self.apply_into(&packet[parts.text..], &mut out[parts.text..])?)
    }

    /// Index, then tag (RFC 3711 section 3.4).
    pub(super) fn seal_rtcp(
        &mut self,
        nonce: Nonce,
        word: [u8; INDEX_BYTES],
        packet: &mut [u8],
    ) -> Result<(), ErrorStack> {
        let (packet, tag) = packet.split_at_mut(packet.len() - self.tag_bytes);
        let text_end = packet.len() - INDEX_BYTES;
        self.start(nonce)?;
        self.apply(&mut packet[CLEAR_BYTES..text_end])?;
        packet[text_end..].copy_from_slice(&word);
        let hash = self.hmac.hash(packet, &[]);
        tag.copy_from_slice(&hash[..self.tag_bytes]);
        Ok(())
    }

    pub(super) fn open_rtcp(&mut self, nonce: Nonce, packet: &mut [u8]) -> Result<(), Fault> {
        let (packet, tag) = packet.split_at_mut(packet.len() - self.tag_bytes);
        if !memcmp::eq(tag, &self.hmac.hash(packet, &[])[..self.tag_bytes]) {
            return Err(Fault);
        }
        let text_end = packet.len() - INDEX_BYTES;
        self.start(nonce)?;
        Ok(self.apply(&mut packet[CLEAR_BYTES..text_end])?)
    }

    /// Where the word with the index is in an SRTCP packet of `len` bytes.
    pub(super) fn index_at(&self, len: usize) -> usize {
        len - self.tag_bytes - INDEX_BYTES
    }

    /// Begins the key stream of a packet: 2^16 blocks that no other packet has.
    fn start(&mut self, nonce: Nonce) -> Result<(), ErrorStack> {
        let iv = *self.salt ^ u128::from(nonce.ssrc) << 64 ^ u128::from(nonce.index) << 16;
        self.ctx.encrypt_init(None, None, Some(&iv.to_be_bytes()))
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
}
