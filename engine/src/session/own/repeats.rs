//! What the peer asks for again (RFC 4585 section 6.2.1), and how it leaves.
//!
//! 1. A packet that leaves is kept: its payload, where the peer takes retransmissions in a stream
//!    of their own (RFC 4588), else the packet as it was protected, where the peer asks for it at
//!    all.
//! 2. It is asked for: within the budget, and a round trip after it was sent again the last time.
//! 3. It waits for its turn, before pictures that are sent first.
//!
//! What was protected is never protected again with the same index: of two contents under one key
//! stream both can be read (RFC 3711 section 9.1). So a packet leaves with the bytes that it had,
//! those of extensions that tell of its first sending among them.

use std::time::Instant;

use super::beside::Beside;
use super::kept::Kept;
use super::lines::Line;
use super::paced::Queued;
use super::resent::Repeated;
use super::session::OwnSession;
use super::stream_out::{SentPayload, StreamOut};
use crate::bitrate::Bitrate;
use crate::feedback::PacketClass;
use crate::ids::{PayloadType, Ssrc};
use crate::session::agreed::RtpCodec;

impl OwnSession {
    /// A packet leaves with these bytes. It may be asked for again where its payload type is given.
    pub(super) fn keep_repeat(
        &mut self,
        place: usize,
        payload_type: Option<PayloadType>,
        number: u64,
        protected: &[u8],
    ) {
        let (now, size) = (self.now, protected.len());
        let stream = &mut self.streams_out.streams[place];
        if payload_type.is_some_and(|number| stream.repeated.contains(&number))
            && let Some(repeats) = &mut stream.repeats
        {
            repeats.insert(number, size, protected.to_vec(), now);
        }
    }

    /// The peer asks for a packet again.
    pub(super) fn send_again(&mut self, place: usize, sequence: u16) {
        let now = self.now;
        let stream = &mut self.streams_out.streams[place];
        let queued = if let Ok((number, sent)) = stream.history.request(sequence, now) {
            let Repeated { payload_type, marker, timestamp, payload, beside } =
                Repeated::of(number, sent);
            let ssrc = stream.rtx.unwrap_or(stream.ssrc);
            let sent = SentPayload { payload_type, marker, timestamp, payload, beside };
            waiting(ssrc, number, sent, now)
        } else if let Some(Ok((number, protected))) =
            stream.repeats.as_deref_mut().map(|repeats| repeats.request(sequence, now))
        {
            let payload_type = PayloadType(protected.get(1).map_or(0, |byte| byte & 0x7f));
            let payload = Kept::Written(protected.clone());
            let beside = Beside::default();
            let sent = SentPayload { payload_type, marker: false, timestamp: 0, payload, beside };
            waiting(stream.ssrc, number, sent, now)
        } else {
            return;
        };
        self.queue(queued);
    }

    /// The turn of a packet that is sent again has come.
    pub(super) fn send_repeat(&mut self, queued: Queued, probe: Option<u32>) {
        let Queued { ssrc, sent, class, .. } = queued;
        let streams = &self.streams_out.streams;
        if let Some(place) = streams.iter().position(|stream| stream.rtx == Some(ssrc)) {
            let SentPayload { payload_type, marker, timestamp, payload, beside } = sent;
            let repeated = Repeated { payload_type, marker, timestamp, payload, beside };
            self.send_repeated(place, &repeated, class, probe);
        } else if streams.iter().any(|stream| stream.ssrc == ssrc) {
            self.transmit(sent.payload.into_vec());
        }
    }

    /// As much may be sent again as the path carries.
    pub(super) fn limit_repeats(&mut self, rate: Bitrate) {
        let now = self.now;
        for stream in &mut self.streams_out.streams {
            stream.history.set_budget(Some(rate), now);
            if let Some(repeats) = &mut stream.repeats {
                repeats.set_budget(Some(rate), now);
            }
        }
    }
}

impl StreamOut {
    /// What was agreed on of sending again.
    pub(super) fn agree_repeats(&mut self, line: &Line) {
        let asked = |codec: &&RtpCodec| codec.feedback.iter().any(|it| it.is_nack());
        let codecs = line.media.send.codecs.iter().filter(asked).map(|codec| codec.payload_type);
        self.nacked = codecs.clone().next().is_some();
        let has_rtx =
            |number: &PayloadType| self.rtx.is_some() && line.repairs_sent(*number).is_some();
        self.repeated = codecs.filter(|number| !has_rtx(number)).collect();
        if !self.repeated.is_empty() && self.repeats.is_none() {
            self.repeats = Some(Box::new(self.history.beside()));
        }
    }

    /// Packets of this type are sent again in a stream of their own.
    pub(super) fn is_repaired(&self, payload_type: PayloadType) -> bool {
        self.rtx.is_some() && !self.repeated.contains(&payload_type)
    }
}

fn waiting(ssrc: Ssrc, number: u64, sent: SentPayload, at: Instant) -> Queued {
    let class = PacketClass::Retransmission;
    Queued { ssrc, number, sent, level: None, nackable: false, class, at }
}
