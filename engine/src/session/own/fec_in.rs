//! The decoder of forward error correction of one stream that arrives: packets are shown to it as
//! they were protected, out of their envelope and without what changes on the way.

use super::lines::{Line, is_flexfec, ulpfec_envelope};
use super::protected_form::{Envelope, write_protected};
use crate::codec::MediaKind;
use crate::fec::{FecDecoder, FecScheme};
use crate::ids::Ssrc;
use crate::rtp::RtpPacket;
use crate::rtp::extension::ExtensionMap;

/// The decoder of one stream.
pub(super) struct FecIn {
    pub(super) decoder: FecDecoder,
    /// Of ULPFEC.
    pub(super) envelope: Option<Envelope>,
    /// A packet as it was protected.
    scratch: Vec<u8>,
}

impl FecIn {
    /// `None` where the m-line has none.
    pub(super) fn new(line: &Line, ssrc: Ssrc) -> Option<Box<Self>> {
        if line.media.kind != MediaKind::Video {
            return None;
        }
        let codecs = &line.media.receive.codecs;
        let (scheme, envelope) = match codecs.iter().any(is_flexfec) {
            true => (FecScheme::FlexFec { media_ssrc: ssrc }, None),
            false => (FecScheme::Ulpfec { media_ssrc: ssrc }, Some(ulpfec_envelope(codecs)?)),
        };
        Some(Box::new(FecIn { decoder: FecDecoder::new(scheme), envelope, scratch: Vec::new() }))
    }

    /// A packet of the stream came. True for one that was made of parity before.
    pub(super) fn on_media(&mut self, packet: &RtpPacket<'_>, extensions: &ExtensionMap) -> bool {
        write_protected(packet, self.envelope, extensions, &mut self.scratch)
            && self.decoder.on_media(&self.scratch)
    }
}
