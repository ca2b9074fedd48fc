//! ULPFEC that is sent (RFC 5109): parity within the stream that it protects.
//!
//! 1. A frame is written: each of its packets goes into an envelope, and gets its number.
//! 2. Where a group is complete, so many numbers are kept for its parity, which waits for its turn
//!    behind the group.
//! 3. Its turn has come: parity is made of the packets of the group as they left.
//!
//! Parity may be asked for again as other packets are: who misses its number cannot know that it
//! was no picture.

use super::beside::Beside;
use super::kept::Kept;
use super::paced::Queued;
use super::session::OwnSession;
use super::stream_out::SentPayload;
use crate::fec::FecGroup;
use crate::feedback::PacketClass;
use crate::ids::PayloadType;

impl OwnSession {
    /// The envelope in which frames of a stream are sent, where there is one.
    pub(super) fn envelope_of(&self, place: usize) -> Option<PayloadType> {
        let fec = self.streams_out.streams[place].fec_out.as_ref()?;
        fec.envelope.map(|envelope| envelope.red)
    }

    /// A packet of a frame waits for its turn: so does the parity of a group that is complete.
    pub(super) fn reserve_parity(&mut self, place: usize, size: usize, frame_ends: bool) {
        let stream = &mut self.streams_out.streams[place];
        let (ssrc, timestamp) = (stream.ssrc, stream.last.map_or(0, |(timestamp, ..)| timestamp));
        let Some(fec) = &mut stream.fec_out else { return };
        let Some(envelope) = fec.envelope else { return };
        let Some(group) = fec.reserve(frame_ends) else { return };
        for turn in 0..group.parities {
            // Filled when its turn comes; as long as it will be, for the pacer's sake.
            let mut payload = vec![0; size.max(RESERVED_BYTES)];
            payload[..RESERVED_BYTES].copy_from_slice(&reservation(group, turn));
            let (payload_type, payload) = (envelope.parity, Kept::Written(payload));
            let beside = Beside::default();
            let sent = SentPayload { payload_type, marker: false, timestamp, payload, beside };
            let stream = &mut self.streams_out.streams[place];
            let number = stream.next;
            stream.next += 1;
            let class = PacketClass::Video;
            let at = self.now;
            self.queue(Queued { ssrc, number, sent, level: None, nackable: true, class, at });
        }
    }

    /// The turn of a packet has come: where it was kept for parity, it gets that. One of which no
    /// parity can be made any more carries nothing.
    pub(super) fn fill_reserved(&mut self, place: usize, queued: &mut Queued) {
        let Some(fec) = &mut self.streams_out.streams[place].fec_out else { return };
        let Some(envelope) = fec.envelope else { return };
        if queued.sent.payload_type != envelope.parity {
            return;
        }
        let told: Option<[u8; RESERVED_BYTES]> =
            queued.sent.payload.whole().and_then(|it| it.first_chunk().copied());
        let mut payload = Vec::new();
        queued.sent.payload_type = envelope.red;
        queued.class = PacketClass::Fec;
        if let Some([packets, parities, turn]) = told {
            let group = FecGroup { packets: packets.into(), parities: parities.into() };
            fec.fill(envelope, (group, turn.into()), &mut payload);
        }
        queued.sent.payload = Kept::Written(payload);
    }
}

/// Bytes that a reservation needs.
const RESERVED_BYTES: usize = 3;

/// Groups have no more than 48 packets, and no more parity.
fn reservation(group: FecGroup, turn: usize) -> [u8; RESERVED_BYTES] {
    [group.packets as u8, group.parities as u8, turn as u8]
}
