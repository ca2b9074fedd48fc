//! What was sent before and goes again in a stream of its own (RFC 4588): because it is asked for,
//! or as padding.

use super::beside::Beside;
use super::kept::Kept;
use super::outgoing::Outgoing;
use super::session::OwnSession;
use super::stream_out::{SentPayload, StreamOut};
use crate::feedback::PacketClass;
use crate::ids::PayloadType;
use crate::rtcp::{RTX_HEADER_BYTES, write_rtx_payload};

/// A packet that was sent, in the payload of a retransmission (RFC 4588 section 4).
pub(super) struct Repeated {
    pub(super) payload_type: PayloadType,
    pub(super) marker: bool,
    pub(super) timestamp: u32,
    pub(super) payload: Kept,
    pub(super) beside: Beside,
}

impl Repeated {
    pub(super) fn of(number: u64, sent: &SentPayload) -> Self {
        let mut payload = Vec::with_capacity(sent.payload.len() + RTX_HEADER_BYTES);
        write_rtx_payload(&mut payload, number as u16, &[]);
        sent.payload.append_to(&mut payload);
        let SentPayload { payload_type, marker, timestamp, ref beside, .. } = *sent;
        let (payload, beside) = (Kept::Written(payload), beside.clone());
        Repeated { payload_type, marker, timestamp, payload, beside }
    }
}

impl OwnSession {
    /// Sends something that was sent before, as padding; how many bytes that were.
    pub(super) fn send_padding(&mut self, bytes: u32, probe: Option<u32>) -> u32 {
        let repairs =
            |stream: &StreamOut| stream.rtx.is_some() && stream.history.newest().is_some();
        let Some(place) = self.streams_out.streams.iter().position(repairs) else { return 0 };
        let mut sent = 0;
        while sent < bytes {
            let Some((number, kept)) = self.streams_out.streams[place].history.newest() else {
                return sent;
            };
            let repeated = Repeated::of(number, kept);
            match self.send_repeated(place, &repeated, PacketClass::Padding, probe) {
                0 => return sent,
                more => sent += more,
            }
        }
        sent
    }

    /// Sends a packet in a retransmission; how many bytes that were.
    pub(super) fn send_repeated(
        &mut self,
        place: usize,
        repeated: &Repeated,
        class: PacketClass,
        probe: Option<u32>,
    ) -> u32 {
        let stream = &mut self.streams_out.streams[place];
        let Some(line) = self.lines.sending_at(stream.line) else { return 0 };
        let rtx = line.repairs_sent(repeated.payload_type);
        let (Some(ssrc), Some(payload_type)) = (stream.rtx, rtx) else { return 0 };
        let number = stream.rtx_next;
        stream.rtx_next += 1;
        let outgoing = Outgoing {
            payload_type,
            ssrc,
            number,
            timestamp: repeated.timestamp,
            marker: repeated.marker,
            payload: &repeated.payload,
            level: None,
            class,
            probe,
            nackable: false,
            beside: &repeated.beside,
        };
        self.send_written(place, &outgoing)
    }
}
