//! A frame that is sent.
//!
//! 1. Its m-line sends, the peer takes the codec, and the layer exists.
//! 2. It is cut into payloads, each with a number of its stream.
//! 3. Each is written with its header extensions, protected, and sent.
//! 4. It is kept for as long as the peer may ask for it again.

use std::time::Instant;

use super::paced::Queued;
use super::session::OwnSession;
use super::stream_out::{SentPayload, StreamOut};
use crate::codec::MediaKind;
use crate::feedback::{PacketClass, SentPacket};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ids::{Mid, PayloadType, Rid, Ssrc};
use crate::media::{WriteError, WriteOptions};
use crate::rtcp::{RTX_HEADER_BYTES, write_rtx_payload};
use crate::rtp::extension::{
    AbsSendTime, AudioLevel, HeaderExtension, MidExtension, RepairedRtpStreamId, RtpStreamId,
    TransportSequenceNumber,
};
use crate::rtp::format::{FrameInfo, PayloadFormat, PayloadPlan};
use crate::rtp::{PacketWriter, RtpHeader};

/// Bytes of payload in a packet: a datagram of 1,200 less header, extensions and tag.
const PAYLOAD_BYTES_MAX: usize = 1_100;

/// A packet that is to be written.
struct Outgoing<'p> {
    payload_type: PayloadType,
    ssrc: Ssrc,
    number: u64,
    timestamp: u32,
    marker: bool,
    payload: &'p [u8],
    level: Option<AudioLevel>,
    class: PacketClass,
    probe: Option<u32>,
}

/// A packet that was sent, in the payload of a retransmission (RFC 4588 section 4).
struct Repeated {
    payload_type: PayloadType,
    marker: bool,
    timestamp: u32,
    payload: Vec<u8>,
}

impl Repeated {
    fn of(number: u64, sent: &SentPayload) -> Self {
        let mut payload = Vec::with_capacity(sent.payload.len() + RTX_HEADER_BYTES);
        write_rtx_payload(&mut payload, number as u16, &sent.payload);
        let SentPayload { payload_type, marker, timestamp, .. } = *sent;
        Repeated { payload_type, marker, timestamp, payload }
    }
}

impl OwnSession {
    pub(super) fn send_frame(
        &mut self,
        mid: Mid,
        frame: &EncodedFrame,
        options: WriteOptions,
        now: Instant,
    ) -> Result<(), WriteError> {
        self.now = self.now.max(now);
        let line = self.lines.sending(mid)?;
        let codec =
            line.payload_type(frame.codec).ok_or(WriteError::CodecNotNegotiated(frame.codec))?;
        if !line.media.direction.sends() {
            return Err(WriteError::NotSending);
        }
        line.check_layer(options.rid)?;
        let number = codec.payload_type;
        let format = PayloadFormat::of(&codec.name).ok_or(WriteError::Refused)?;
        self.check_room(frame.data.len())?;
        let place = self.streams_out.position(mid, options.rid).ok_or(WriteError::NotSending)?;
        let stream = &mut self.streams_out.streams[place];
        let info = FrameInfo { keyframe: frame.keyframe, ..FrameInfo::default() };
        let mut plan = PayloadPlan::default();
        stream
            .packetizer(number, format)
            .plan(&frame.data, &info, PAYLOAD_BYTES_MAX, &mut plan)
            .map_err(|_| WriteError::Refused)?;
        let ticks = frame.time.rebase(frame.codec.clock_rate()).ticks();
        let timestamp = (ticks as u32).wrapping_add(stream.time_offset);
        let captured = options.captured_at.unwrap_or(now);
        stream.last = Some((timestamp, captured, frame.codec.clock_rate()));
        if frame.keyframe {
            stream.demand.on_keyframe_sent(now);
        }
        let level =
            options.audio_level.map(|level| AudioLevel { level, voice: options.voice_activity });
        for payload in plan.payloads(&frame.data) {
            let mut bytes = Vec::with_capacity(payload.len());
            payload.write(&mut bytes);
            let sent = SentPayload {
                payload_type: number,
                marker: payload.marker(),
                timestamp,
                payload: bytes,
            };
            let next = self.streams_out.streams[place].next;
            self.send_first(place, next, sent, level, true);
        }
        self.settle();
        Ok(())
    }

    pub(super) fn send_packet(
        &mut self,
        mid: Mid,
        rid: Option<Rid>,
        packet: OutgoingPacket,
        now: Instant,
    ) -> Result<(), WriteError> {
        self.now = self.now.max(now);
        let line = self.lines.sending(mid)?;
        let codec = line
            .sent_codec(packet.payload_type)
            .ok_or(WriteError::UnknownPayloadType(packet.payload_type))?;
        if !line.media.direction.sends() {
            return Err(WriteError::NotSending);
        }
        let rate = codec.clock_rate;
        line.check_layer(rid)?;
        self.check_room(packet.payload.len())?;
        let place = self.streams_out.position(mid, rid).ok_or(WriteError::NotSending)?;
        self.streams_out.streams[place].last = Some((packet.timestamp, now, rate));
        let sent = SentPayload {
            payload_type: packet.payload_type,
            marker: packet.marker,
            timestamp: packet.timestamp,
            payload: packet.payload.to_vec(),
        };
        self.send_first(place, packet.sequence_number, sent, None, packet.nackable);
        self.settle();
        Ok(())
    }

    fn check_room(&self, bytes: usize) -> Result<(), WriteError> {
        match () {
            () if !self.life.is_running() => Err(WriteError::NotSending),
            () if self.outputs.is_full() => Err(WriteError::NotDrained),
            () => self.check_pacer(bytes),
        }
    }

    /// A packet has its number, and waits for its turn.
    fn send_first(
        &mut self,
        place: usize,
        number: u64,
        sent: SentPayload,
        level: Option<AudioLevel>,
        nackable: bool,
    ) {
        let stream = &mut self.streams_out.streams[place];
        stream.next = number + 1;
        let class = match stream.kind {
            MediaKind::Audio => PacketClass::Audio,
            MediaKind::Video => PacketClass::Video,
        };
        let ssrc = stream.ssrc;
        self.queue(Queued { ssrc, number, sent, level, nackable, class });
    }

    /// Its turn has come.
    pub(super) fn send_queued(&mut self, queued: Queued, probe: Option<u32>) {
        let Queued { ssrc, number, sent, level, nackable, class } = queued;
        let found = self.streams_out.streams.iter().position(|stream| stream.ssrc == ssrc);
        let Some(place) = found else { return };
        let stream = &mut self.streams_out.streams[place];
        stream.packets += 1;
        stream.octets += sent.payload.len() as u64;
        let outgoing = Outgoing {
            payload_type: sent.payload_type,
            ssrc,
            number,
            timestamp: sent.timestamp,
            marker: sent.marker,
            payload: &sent.payload,
            level,
            class,
            probe,
        };
        self.send_written(place, &outgoing);
        if nackable {
            let (size, now) = (sent.payload.len(), self.now);
            self.streams_out.streams[place].history.insert(number, size, sent, now);
        }
    }

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

    /// The peer asks for a packet again.
    pub(super) fn send_again(&mut self, place: usize, sequence: u16) {
        let now = self.now;
        let stream = &mut self.streams_out.streams[place];
        let Ok((number, sent)) = stream.history.request(sequence, now) else { return };
        let repeated = Repeated::of(number, sent);
        self.send_repeated(place, &repeated, PacketClass::Retransmission, None);
    }

    /// Sends a packet in a retransmission; how many bytes that were.
    fn send_repeated(
        &mut self,
        place: usize,
        repeated: &Repeated,
        class: PacketClass,
        probe: Option<u32>,
    ) -> u32 {
        let stream = &mut self.streams_out.streams[place];
        let Ok(line) = self.lines.sending(stream.mid) else { return 0 };
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
        };
        self.send_written(place, &outgoing)
    }

    fn send_written(&mut self, place: usize, outgoing: &Outgoing<'_>) -> u32 {
        let stream = &mut self.streams_out.streams[place];
        // The receiver reports on the media; what repairs it has other numbers.
        let repairs = outgoing.ssrc != stream.ssrc;
        let newest = if repairs { stream.next } else { outgoing.number };
        let named = stream.names.on_sent(newest as u32);
        let Some(secured) = &mut self.secured else { return 0 };
        let Ok(line) = self.lines.sending(stream.mid) else { return 0 };
        let extensions = &line.sent;
        let header = RtpHeader {
            marker: outgoing.marker,
            payload_type: outgoing.payload_type,
            sequence_number: outgoing.number as u16,
            timestamp: outgoing.timestamp,
            ssrc: outgoing.ssrc,
        };
        let mut buffer = Vec::with_capacity(outgoing.payload.len() + 64);
        let mut writer = PacketWriter::begin(&mut buffer, &header, &[], extensions.form(false));
        if named {
            if let Some(id) = extensions.id(MidExtension::KIND) {
                writer.extension(id, &MidExtension(stream.mid));
            }
            if let Some(rid) = stream.rid {
                if let Some(id) = extensions.id(RepairedRtpStreamId::KIND).filter(|_| repairs) {
                    writer.extension(id, &RepairedRtpStreamId(rid));
                }
                if let Some(id) = extensions.id(RtpStreamId::KIND).filter(|_| !repairs) {
                    writer.extension(id, &RtpStreamId(rid));
                }
            }
        }
        if let (Some(id), Some(level)) = (extensions.id(AudioLevel::KIND), outgoing.level) {
            writer.extension(id, &level);
        }
        if let Some(id) = extensions.id(AbsSendTime::KIND) {
            writer.extension(id, &AbsSendTime::new(self.control.unix(self.now)));
        }
        let transport = extensions.id(TransportSequenceNumber::KIND);
        if let Some(id) = transport {
            let number = self.streams_out.transport_next as u16;
            writer.extension(id, &TransportSequenceNumber(number));
        }
        writer.payload().extend_from_slice(outgoing.payload);
        if secured.outbound.protect_rtp(&mut buffer).is_err() {
            tracing::debug!("a packet cannot be protected");
            return 0;
        }
        let size = buffer.len() as u32;
        if transport.is_some() {
            let number = self.streams_out.transport_next;
            self.streams_out.transport_next += 1;
            let sent = SentPacket {
                number,
                ssrc: outgoing.ssrc,
                sequence: outgoing.number as u16,
                sent_at: self.now,
                size,
                ecn: None,
                class: outgoing.class,
                probe: outgoing.probe,
            };
            self.feedback.sent.on_sent(sent);
            self.note_sent(&sent);
        }
        self.transmit(buffer);
        size
    }
}
