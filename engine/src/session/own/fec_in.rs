//! The decoder of forward error correction of one stream that arrives: packets are shown to it as
//! they were protected, out of their envelope and without what changes on the way.

use super::lines::{Line, is_flexfec, ulpfec_envelope};
use super::protected_form::{Envelope, write_protected};
use crate::codec::MediaKind;
use crate::fec::{FecDecoder, FecFault, FecScheme};
use crate::ids::Ssrc;
use crate::rtp::RtpPacket;
use crate::rtp::extension::ExtensionMap;
use crate::session::figures::{FecFigures, Volume};

/// The decoder of one stream.
pub(super) struct FecIn {
    pub(super) decoder: FecDecoder,
    /// Of ULPFEC.
    pub(super) envelope: Option<Envelope>,
    /// Where parity came from last, if it has a stream of its own.
    source: Option<Ssrc>,
    /// Bytes of parity that came.
    bytes: u64,
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
        Some(Box::new(FecIn {
            decoder: FecDecoder::new(scheme),
            envelope,
            source: None,
            bytes: 0,
            scratch: Vec::new(),
        }))
    }

    /// Parity came; `source` is its own, if it has a stream of its own.
    pub(super) fn on_parity(
        &mut self,
        source: Option<Ssrc>,
        payload: &[u8],
    ) -> Result<(), FecFault> {
        self.source = source.or(self.source);
        self.bytes += payload.len() as u64;
        self.decoder.on_fec(payload)
    }

    /// What it came to.
    pub(super) fn figures(&self) -> FecFigures {
        let counters = self.decoder.counters();
        FecFigures {
            ssrc: self.source,
            received: Volume { packets: counters.received, bytes: self.bytes },
            discarded: counters.discarded,
            recovered: counters.recovered,
        }
    }

    /// A packet of the stream came. True for one that was made of parity before.
    pub(super) fn on_media(&mut self, packet: &RtpPacket<'_>, extensions: &ExtensionMap) -> bool {
        write_protected(packet, self.envelope, extensions, &mut self.scratch)
            && self.decoder.on_media(&self.scratch)
    }
}
