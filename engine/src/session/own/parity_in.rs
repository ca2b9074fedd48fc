//! What arrives of forward error correction, and what is made of it.
//!
//! 1. Packets of a protected stream are shown to its decoder (`fec_in.rs`).
//! 2. Parity comes: in a stream of its own (FlexFEC), or in an envelope (ULPFEC, `envelopes.rs`).
//! 3. A packet that can be made is taken as if it had come, unless it did.

use super::arrival::Arrived;
use super::fec_in::FecIn;
use super::lines::Line;
use super::session::OwnSession;
use super::stream_in::StreamIn;
use crate::ids::Ssrc;
use crate::rtcp::PacketPlace;
use crate::rtp::extension::{ExtensionKind, ExtensionMap};
use crate::rtp::{Route, RtpPacket, StreamRole};

impl StreamIn {
    /// What was agreed on of redundancy, later than the stream began.
    pub(super) fn agree_redundancy(&mut self, line: &Line, ssrc: Ssrc) {
        self.has_envelopes = line.has_envelopes();
        let known = self.fec.take();
        let fresh = FecIn::new(line, ssrc);
        let same = |envelope| fresh.as_ref().is_some_and(|fresh| fresh.envelope == envelope);
        self.fec = known.filter(|known| same(known.envelope)).or(fresh);
    }

    /// Shows a packet to the decoder. True for one that was made of parity before.
    pub(super) fn is_recovered(
        &mut self,
        packet: &RtpPacket<'_>,
        extensions: &ExtensionMap,
    ) -> bool {
        self.fec.as_mut().is_some_and(|fec| fec.on_media(packet, extensions))
    }

    /// Parity came for this stream; `source` is its own, if it has a stream of its own.
    pub(super) fn take_parity(&mut self, source: Option<Ssrc>, payload: &[u8]) {
        if let Some(fec) = &mut self.fec
            && let Err(fault) = fec.on_parity(source, payload)
        {
            tracing::trace!(%fault, "parity");
        }
    }

    fn next_recovered(&mut self) -> Option<Vec<u8>> {
        self.fec.as_mut()?.decoder.next_recovered()
    }
}

impl OwnSession {
    /// A packet of parity in a stream of its own.
    pub(super) fn on_parity(&mut self, route: &Route, packet: &RtpPacket<'_>) {
        let encoding = route.encoding;
        let protected = encoding.and_then(|encoding| {
            self.streams_in.table.source(route.line, encoding, StreamRole::Media)
        });
        let Some(ssrc) = protected else { return };
        if let Some(stream) = self.streams_in.streams.get_mut(&ssrc) {
            stream.take_parity(Some(packet.ssrc()), packet.payload());
            self.take_recovered(ssrc);
        }
    }

    /// Packets that were made of parity go the way of those that came.
    pub(super) fn take_recovered(&mut self, ssrc: Ssrc) {
        let now = self.now;
        while let Some(stream) = self.streams_in.streams.get_mut(&ssrc)
            && let Some(bytes) = stream.next_recovered()
        {
            let Ok(packet) = RtpPacket::parse(&bytes) else { continue };
            let Some(number) = stream.tracker.place(packet.sequence_number()) else { continue };
            let place = stream.nack.as_mut().map(|nack| nack.on_packet(number, now));
            if place == Some(PacketPlace::NotMissing) {
                continue;
            }
            let mut lines = self.lines.all().iter().enumerate();
            let Some((place, line)) = lines.find(|(_, line)| line.media.mid == stream.mid) else {
                return;
            };
            let arrived = Arrived {
                line: place,
                payload_type: packet.payload_type(),
                number,
                timestamp: packet.timestamp(),
                marker: packet.marker(),
                payload: packet.payload_range(),
                descriptor: line.received.place(ExtensionKind::DependencyDescriptor, &packet),
                audio_level: None,
                redundant: true,
            };
            self.hand_over_opened(ssrc, arrived, bytes.into());
        }
    }
}
