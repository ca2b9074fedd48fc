//! Opening what arrives (RFC 3711 section 3.3, the receiver's steps):
//!
//! 1. Read what is in the clear: source, sequence number or index, and which parts are encrypted.
//! 2. Find the index, and whether it was seen.
//! 3. Verify the tag and decrypt.
//! 4. Only then learn: the source, the index, the roll-over counter.

use std::collections::BTreeMap;
use std::fmt;

use super::cipher::PacketCipher;
use super::cryptex::{Parts, find, set_profile};
use super::error::{Discard, KeyError};
use super::header::{HeaderFault, RtpHeader};
use super::index::guess;
use super::keys::MasterKey;
use super::nonce::{Direction, Fault, Nonce};
use super::options::Options;
use super::profile::ProtectionProfile;
use super::replay::{Stale, Window};
use super::rtcp;

/// The context that opens what one side receives.
pub struct Inbound {
    profile: ProtectionProfile,
    options: Options,
    rtp: PacketCipher,
    rtcp: PacketCipher,
    sources: BTreeMap<u32, Source>,
}

/// What is known of a source of the peer's. It is kept as long as the keys: its packets could be
/// replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) rtp: Window,
    pub(super) rtcp: Window,
}

/// A packet that was opened.
struct Opened {
    /// How long the RTP packet is.
    bytes: usize,
    /// What its header extension is defined by in the clear, where Cryptex marked it.
    profile: Option<u16>,
}

impl Source {
    fn new(options: &Options) -> Self {
        let window = Window::new(options.replay_window);
        Source { rtp: window.clone(), rtcp: window }
    }
}

impl Inbound {
    /// A context for what the owner of `key` sends to us.
    pub fn new(key: &MasterKey, options: Options) -> Result<Self, KeyError> {
        let profile = key.profile();
        let rtcp_tag = profile.rtcp_overhead() - rtcp::INDEX_BYTES;
        let inbound = Direction::Inbound;
        Ok(Inbound {
            profile,
            options,
            rtp: PacketCipher::new(&key.rtp()?, inbound, profile.rtp_overhead())?,
            rtcp: PacketCipher::new(&key.rtcp()?, inbound, rtcp_tag)?,
            sources: BTreeMap::new(),
        })
    }

    /// The profile of its keys.
    pub fn profile(&self) -> ProtectionProfile {
        self.profile
    }

    /// Takes encrypted header extensions from here on, or no longer: that is agreed on by
    /// descriptions, which may come after the keys.
    pub fn set_cryptex(&mut self, is_on: bool) {
        self.options.cryptex = is_on;
    }

    /// Opens an SRTP packet in place and tells how long the RTP packet is that `packet` begins
    /// with. What Cryptex encrypted has the marks of RFC 8285 again.
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, Discard> {
        let header = RtpHeader::parse(packet)?;
        let len = packet.len();
        let open =
            |cipher: &mut PacketCipher, nonce, parts: &Parts| cipher.open_rtp(nonce, parts, packet);
        let opened = self.open(&header, len, open)?;
        if let Some(profile) = opened.profile {
            set_profile(packet, &header, profile);
        }
        Ok(opened.bytes)
    }

    /// The same for a packet that stays as it is: `out` is the RTP packet then, and nothing of it
    /// is of use where it is discarded. As long as it has room, nothing is allocated.
    pub fn unprotect_rtp_into(&mut self, packet: &[u8], out: &mut Vec<u8>) -> Result<(), Discard> {
        let header = RtpHeader::parse(packet)?;
        out.resize(packet.len().saturating_sub(self.profile.rtp_overhead()), 0);
        let open = |cipher: &mut PacketCipher, nonce, parts: &Parts| {
            cipher.open_rtp_into(nonce, parts, packet, out)
        };
        let opened = self.open(&header, packet.len(), open)?;
        if let Some(profile) = opened.profile {
            set_profile(out, &header, profile);
        }
        Ok(())
    }

    /// The receiver's steps, but for where the packet lies.
    fn open(
        &mut self,
        header: &RtpHeader,
        len: usize,
        open: impl FnOnce(&mut PacketCipher, Nonce, &Parts) -> Result<(), Fault>,
    ) -> Result<Opened, Discard> {
        let bytes = len.saturating_sub(self.profile.rtp_overhead());
        if bytes < header.len {
            return Err(Discard::Truncated);
        }
        let (parts, profile) = find(header, self.options.cryptex)?;
        let is_full = self.sources.len() >= self.options.sources_max;
        let known = self.sources.get_mut(&header.ssrc);
        let highest = match &known {
            None if is_full => return Err(Discard::TooManySources),
            None => None,
            Some(source) => source.rtp.highest(),
        };
        let index = guess(highest, header.sequence).ok_or(Discard::Exhausted)?;
        if let Some(source) = &known {
            source.rtp.check(index)?;
        }
        open(&mut self.rtp, Nonce { ssrc: header.ssrc, index }, &parts)?;
        let source = match known {
            Some(source) => source,
            None => self.sources.entry(header.ssrc).or_insert(Source::new(&self.options)),
        };
        source.rtp.record(index);
        Ok(Opened { bytes, profile })
    }

    /// Opens an SRTCP packet in place and tells how long the RTCP packet is that `packet` begins
    /// with.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, Discard> {
        let ssrc = rtcp::source(packet)?;
        let plain_bytes = packet.len().saturating_sub(self.profile.rtcp_overhead());
        if plain_bytes < rtcp::CLEAR_BYTES {
            return Err(Discard::Truncated);
        }
        let word = self.rtcp.rtcp_word(packet);
        if word & rtcp::ENCRYPTED == 0 {
            return Err(Discard::Clear);
        }
        let index = u64::from(word & !rtcp::ENCRYPTED);
        let is_full = self.sources.len() >= self.options.sources_max;
        let known = self.sources.get_mut(&ssrc);
        match &known {
            None if is_full => return Err(Discard::TooManySources),
            None => {}
            Some(source) => source.rtcp.check(index)?,
        }
        self.rtcp.open_rtcp(Nonce { ssrc, index }, packet)?;
        let source = match known {
            Some(source) => source,
            None => self.sources.entry(ssrc).or_insert(Source::new(&self.options)),
        };
        source.rtcp.record(index);
        Ok(plain_bytes)
    }

    #[cfg(test)]
    pub(super) fn sources(&mut self) -> &mut BTreeMap<u32, Source> {
        &mut self.sources
    }

    /// With session keys as they are, for vectors that tell no master key.
    #[cfg(test)]
    pub(super) fn with_ciphers(mut self, rtp: PacketCipher, rtcp: PacketCipher) -> Self {
        (self.rtp, self.rtcp) = (rtp, rtcp);
        self
    }
}

impl fmt::Debug for Inbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Inbound");
        debug.field("profile", &self.profile).field("options", &self.options);
        debug.field("sources", &self.sources.len()).finish_non_exhaustive()
    }
}

impl From<HeaderFault> for Discard {
    fn from(fault: HeaderFault) -> Self {
        match fault {
            HeaderFault::Truncated => Discard::Truncated,
            HeaderFault::Version => Discard::Version,
        }
    }
}

impl From<Stale> for Discard {
    fn from(stale: Stale) -> Self {
        match stale {
            Stale::Seen => Discard::Replayed,
            Stale::Below => Discard::TooOld,
        }
    }
}

impl From<Fault> for Discard {
    fn from(_: Fault) -> Self {
        Discard::Authentication
    }
}
