//! Protecting what leaves (RFC 3711 section 3.3, the sender's steps):
//!
//! 1. Find the source's index: its roll-over counter and the packet's sequence number.
//! 2. Refuse an index that was used, and sources beyond the limit.
//! 3. Mark what Cryptex encrypts, make room for the tag.
//! 4. Encrypt and authenticate.

use std::collections::BTreeMap;
use std::fmt;

use super::cipher::PacketCipher;
use super::cryptex::Mark;
use super::error::{KeyError, ProtectError};
use super::header::{HeaderFault, RtpHeader};
use super::index::guess;
use super::keys::MasterKey;
use super::nonce::{Direction, Nonce};
use super::options::Options;
use super::profile::ProtectionProfile;
use super::replay::{Stale, Window};
use super::rtcp;

/// The context that protects what one side sends.
pub struct Outbound {
    profile: ProtectionProfile,
    options: Options,
    rtp: PacketCipher,
    rtcp: PacketCipher,
    sources: BTreeMap<u32, Source>,
}

/// What is known of a source of ours. It is kept as long as the keys: its indices are used up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// The indices that were used for RTP.
    pub(super) rtp: Window,
    /// The next index for RTCP.
    pub(super) rtcp_next: u32,
}

impl Outbound {
    /// A context for what the owner of `key` sends.
    pub fn new(key: &MasterKey, options: Options) -> Result<Self, KeyError> {
        let profile = key.profile();
        let rtcp_tag = profile.rtcp_overhead() - rtcp::INDEX_BYTES;
        let outbound = Direction::Outbound;
        Ok(Outbound {
            profile,
            options,
            rtp: PacketCipher::new(&key.rtp()?, outbound, profile.rtp_overhead())?,
            rtcp: PacketCipher::new(&key.rtcp()?, outbound, rtcp_tag)?,
            sources: BTreeMap::new(),
        })
    }

    /// The profile of its keys.
    pub fn profile(&self) -> ProtectionProfile {
        self.profile
    }

    /// Encrypts header extensions and contributing sources from here on, or no longer: that is
    /// agreed on by descriptions, which may come after the keys.
    pub fn set_cryptex(&mut self, is_on: bool) {
        self.options.cryptex = is_on;
    }

    /// Protects an RTP packet in place: encrypts it and appends the tag, for which it is well to
    /// have [`ProtectionProfile::rtp_overhead`] bytes of room. With Cryptex, a packet with
    /// contributing sources and no header extension gains an empty one, 4 bytes.
    ///
    /// Sequence numbers may come in any order, each once. A packet is sent again by sending the
    /// bytes again that came out here. A packet that is refused is left as it was.
    pub fn protect_rtp(&mut self, packet: &mut Vec<u8>) -> Result<(), ProtectError> {
        let header = RtpHeader::parse(packet)?;
        let mark = self.mark(&header)?;
        let nonce = self.spend(&header)?;
        let parts = mark.apply(packet, &header);
        packet.resize(packet.len() + self.profile.rtp_overhead(), 0);
        Ok(self.rtp.seal_rtp(nonce, &parts, packet, None)?)
    }

    /// Protects an RTP packet that consists of a whole header, with contributing sources and
    /// extension, and a payload, padding included. `out` is overwritten; as long as it has room,
    /// nothing is allocated. The payload is read once, from where it is: a forwarder keeps one for
    /// all receivers. Else as [`Outbound::protect_rtp`].
    pub fn protect_rtp_into(
        &mut self,
        header: &[u8],
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), ProtectError> {
        let view = RtpHeader::parse(header)?;
        if view.len != header.len() {
            return Err(ProtectError::Header);
        }
        let mark = self.mark(&view)?;
        let nonce = self.spend(&view)?;
        let payload_at = header.len() + mark.growth();
        out.resize(payload_at + payload.len() + self.profile.rtp_overhead(), 0);
        out[..header.len()].copy_from_slice(header);
        let parts = mark.apply_to_header(out, &view);
        Ok(self.rtp.seal_rtp(nonce, &parts, out, Some((payload_at, payload)))?)
    }

    /// Protects an RTCP packet, compound or of reduced size, in place: encrypts it and appends tag
    /// and index, [`ProtectionProfile::rtcp_overhead`] bytes.
    pub fn protect_rtcp(&mut self, packet: &mut Vec<u8>) -> Result<(), ProtectError> {
        let ssrc = rtcp::source(packet)?;
        let source = source(&mut self.sources, &self.options, ssrc)?;
        let index = source.rtcp_next;
        if index >= rtcp::INDEX_END {
            return Err(ProtectError::Exhausted);
        }
        source.rtcp_next += 1;
        packet.resize(packet.len() + self.profile.rtcp_overhead(), 0);
        Ok(self.rtcp.seal_rtcp(Nonce { ssrc, index: index.into() }, packet)?)
    }

    /// Takes the index of a packet. From here on it is used, whatever becomes of the packet.
    fn spend(&mut self, header: &RtpHeader) -> Result<Nonce, ProtectError> {
        let source = source(&mut self.sources, &self.options, header.ssrc)?;
        let index = guess(source.rtp.highest(), header.sequence).ok_or(ProtectError::Exhausted)?;
        source.rtp.check(index)?;
        source.rtp.record(index);
        Ok(Nonce { ssrc: header.ssrc, index })
    }

    fn mark(&self, header: &RtpHeader) -> Result<Mark, ProtectError> {
        if self.options.cryptex { Mark::find(header) } else { Mark::none(header) }
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

/// The source with this number, known from here on.
fn source<'a>(
    sources: &'a mut BTreeMap<u32, Source>,
    options: &Options,
    ssrc: u32,
) -> Result<&'a mut Source, ProtectError> {
    use std::collections::btree_map::Entry;
    let count = sources.len();
    match sources.entry(ssrc) {
        Entry::Occupied(entry) => Ok(entry.into_mut()),
        Entry::Vacant(_) if count >= options.sources_max => Err(ProtectError::TooManySources),
        Entry::Vacant(entry) => {
            Ok(entry.insert(Source { rtp: Window::new(options.replay_window), rtcp_next: 0 }))
        }
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Outbound");
        debug.field("profile", &self.profile).field("options", &self.options);
        debug.field("sources", &self.sources.len()).finish_non_exhaustive()
    }
}

impl From<HeaderFault> for ProtectError {
    fn from(_: HeaderFault) -> Self {
        ProtectError::Header
    }
}

impl From<Stale> for ProtectError {
    fn from(stale: Stale) -> Self {
        match stale {
            Stale::Seen => ProtectError::Reused,
            Stale::Below => ProtectError::TooOld,
        }
    }
}

impl From<openssl::error::ErrorStack> for ProtectError {
    fn from(_: openssl::error::ErrorStack) -> Self {
        ProtectError::Cipher
    }
}
