//! Forward error correction that is sent.
//!
//! 1. The peer reports what it lost: so much is protected (`fec/policy.rs`), and so much less is
//!    left for media.
//! 2. A packet leaves for the first time: the encoder takes it, without what changes on the way.
//! 3. Parity of a group that is complete waits for its turn, after pictures.
//! 4. It leaves in a stream of its own (FlexFEC). That of ULPFEC leaves in the stream that it
//!    protects, whose numbers are given when a frame is written: `ulpfec_out.rs`.

use std::time::{Duration, Instant};

use super::beside::Beside;
use super::fec_out::FecOut;
use super::kept::Kept;
use super::lines::{Line, is_flexfec, ulpfec_envelope};
use super::paced::Queued;
use super::session::OwnSession;
use super::stream_out::{SentPayload, StreamOut};
use crate::bitrate::Bitrate;
use crate::codec::MediaKind;
use crate::feedback::PacketClass;
use crate::ids::Ssrc;
use crate::rtp::extension::ExtensionMap;
use crate::session::agreed::Encoding;

/// The unit of protection.
const WHOLE: u64 = 256;

impl StreamOut {
    /// The peer reported what it lost of this stream.
    pub(super) fn follow_loss(&mut self, round_trip: Option<Duration>, now: Instant) {
        let loss = self.remote.fraction_lost;
        if let Some(fec) = &mut self.fec_out {
            fec.policy.on_report(loss, now);
            // Before a round trip is known there is none that is short.
            let within = round_trip.filter(|_| self.nacked);
            let protection = fec.policy.protection(within);
            fec.protect(protection);
        }
    }

    /// A packet of this source leaves: of the stream itself, for the first time.
    pub(super) fn protect(
        &mut self,
        source: Ssrc,
        (header, payload): (&[u8], &Kept),
        extensions: &ExtensionMap,
        frame_ends: bool,
    ) {
        if let Some(fec) = self.fec_out.as_mut().filter(|_| source == self.ssrc) {
            fec.push(header, payload, extensions, frame_ends);
        }
    }

    /// What was agreed on of parity. `first` gives the first number of a stream.
    pub(super) fn agree_parity(
        &mut self,
        line: &Line,
        encoding: &Encoding,
        first: impl FnOnce() -> u64,
    ) {
        let codecs = &line.media.send.codecs;
        let number = codecs.iter().find(|codec| is_flexfec(codec)).map(|it| it.payload_type);
        let envelope = ulpfec_envelope(codecs).filter(|_| self.kind == MediaKind::Video);
        match (encoding.fec, number, envelope) {
            _ if self.fec_out.is_some() => {}
            (Some(ssrc), Some(_), _) => {
                self.fec_out = Some(Box::new(FecOut::flexfec(self.ssrc, ssrc, first())));
            }
            (.., Some(_)) => self.fec_out = Some(Box::new(FecOut::ulpfec(self.ssrc))),
            _ => {}
        }
        if let Some(fec) = &mut self.fec_out {
            let own_stream = fec.ssrc != self.ssrc;
            fec.payload_type = number.filter(|_| own_stream);
            fec.envelope = envelope.filter(|_| !own_stream);
            let protection = fec.protection;
            fec.protect(protection);
        }
    }
}

impl OwnSession {
    /// Parity that is complete waits for its turn.
    pub(super) fn wait_with_parity(&mut self, place: usize, timestamp: u32) {
        let Some(fec) = &mut self.streams_out.streams[place].fec_out else { return };
        if fec.ready.is_empty() {
            return;
        }
        let ready = std::mem::take(&mut fec.ready);
        let (ssrc, Some(payload_type)) = (fec.ssrc, fec.payload_type) else { return };
        for payload in ready {
            let payload = Kept::Written(payload);
            let beside = Beside::default();
            let sent = SentPayload { payload_type, marker: false, timestamp, payload, beside };
            let class = PacketClass::Fec;
            let at = self.now;
            self.queue(Queued { ssrc, number: 0, sent, level: None, nackable: false, class, at });
        }
    }

    /// The turn of a packet of parity has come: its stream, its number and its payload.
    pub(super) fn next_parity(&mut self, ssrc: Ssrc) -> Option<(usize, u64)> {
        let streams = &mut self.streams_out.streams;
        let is_it = |it: &StreamOut| it.fec_out.as_ref().is_some_and(|fec| fec.ssrc == ssrc);
        let place = streams.iter().position(is_it)?;
        let fec = streams[place].fec_out.as_mut()?;
        let number = fec.next;
        fec.next += 1;
        Some((place, number))
    }

    /// What is left of a rate for media, once parity has its share.
    pub(super) fn media_share(&self, rate: Bitrate) -> Bitrate {
        let streams = self.streams_out.streams.iter();
        let highest = streams.filter_map(|stream| Some(stream.fec_out.as_ref()?.protection)).max();
        let parity = u64::from(highest.unwrap_or(0));
        // Rates are far from the end of the range.
        Bitrate::bps(rate.as_bps().saturating_mul(WHOLE) / (WHOLE + parity))
    }
}
