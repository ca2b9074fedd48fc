//! A frame that is sent.
//!
//! 1. Its m-line sends, the peer takes the codec, and the layer exists.
//! 2. It is cut into payloads, each with a number of its stream.
//! 3. Each is written with its header extensions, protected, and sent.
//! 4. It is kept for as long as the peer may ask for it again.

use std::time::Instant;

use super::beside::Beside;
use super::header_form::{HeaderFields, HeaderKind};
use super::kept::Kept;
use super::meddler::Unprotected;
use super::outgoing::{Outgoing, padded};
use super::paced::Queued;
use super::session::OwnSession;
use super::stream_out::{PAYLOAD_BYTES_MAX, SentPayload, StreamOut};
use super::telling::Sent;
use crate::codec::MediaKind;
use crate::feedback::{PacketClass, SentPacket};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ids::{Mid, Rid};
use crate::media::{WriteError, WriteOptions};
use crate::rtp::extension::AudioLevel;
use crate::rtp::format::FrameInfo;

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
        let form = *line
            .sent_forms
            .carrying(frame.codec)
            .ok_or(WriteError::CodecNotNegotiated(frame.codec))?;
        if !line.media.direction.sends() {
            return Err(WriteError::NotSending);
        }
        line.check_layer(options.rid)?;
        self.check_room(frame.data.len())?;
        let place = self.streams_out.position(mid, options.rid).ok_or(WriteError::NotSending)?;
        let layer = options.layer.unwrap_or_default();
        let info = FrameInfo { keyframe: frame.keyframe, ..layer };
        let mut plan = std::mem::take(&mut self.streams_out.plan);
        let stream = &mut self.streams_out.streams[place];
        let packetizer = stream.packetizer(&form);
        if frame.keyframe && options.layer.is_some() {
            packetizer.tell_layers();
        }
        packetizer
            .plan(&frame.data, &info, PAYLOAD_BYTES_MAX, &mut plan)
            .map_err(|_| WriteError::Refused)?;
        let ticks = frame.time.rebase(frame.codec.clock_rate()).ticks();
        let timestamp = (ticks as u32).wrapping_add(stream.time_offset);
        let (number, clock) = (stream.next, self.control.clock);
        let (options, info, format, now) = (&options, &info, form.format, self.now);
        let sent = Sent { frame, options, info, format, timestamp, number, clock, now };
        let told = stream.telling.frame(sent, line);
        let captured = options.captured_at.unwrap_or(now);
        stream.last = Some((timestamp, captured, frame.codec.clock_rate()));
        if frame.keyframe && info.spatial == 0 {
            stream.demand.on_keyframe_sent(now);
        }
        let level =
            options.audio_level.map(|level| AudioLevel { level, voice: options.voice_activity });
        let number = self.add_copies(place, form.payload_type, (&frame.data, timestamp), &mut plan);
        let envelope = self.envelope_of(place);
        let count = plan.len();
        for (index, payload) in plan.payloads(&frame.data).enumerate() {
            let stream = &mut self.streams_out.streams[place];
            let next = stream.next;
            let cut = match envelope {
                None => Kept::cut(&payload, &frame.data),
                Some(_) => None,
            };
            let kept = cut.unwrap_or_else(|| {
                let mut bytes = stream.payload_buffer(now);
                bytes.reserve_exact(payload.len() + 1);
                bytes.extend(envelope.map(|_| number.0));
                payload.write(&mut bytes);
                Kept::Written(bytes)
            });
            let (payload_type, size) = (envelope.unwrap_or(number), kept.len());
            let (marker, beside) = (payload.marker(), stream.telling.beside(&told, index, count));
            let sent = SentPayload { payload_type, marker, timestamp, payload: kept, beside };
            self.send_first(place, next, sent, level, true);
            self.reserve_parity(place, size, index + 1 == count);
        }
        self.streams_out.plan = plan;
        self.settle_media();
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
            payload: Kept::Shared(packet.payload),
            beside: Beside::default(),
        };
        self.send_first(place, packet.sequence_number, sent, None, packet.nackable);
        self.settle_media();
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
        let at = self.now;
        self.queue(Queued { ssrc, number, sent, level, nackable, class, at });
    }

    /// Its turn has come.
    pub(super) fn send_queued(&mut self, mut queued: Queued, probe: Option<u32>) {
        match queued.class {
            PacketClass::Retransmission => return self.send_repeat(queued, probe),
            PacketClass::Fec => return self.send_parity(&queued, probe),
            _ => {}
        }
        let is_it = |stream: &StreamOut| stream.ssrc == queued.ssrc;
        let Some(place) = self.streams_out.streams.iter().position(is_it) else { return };
        self.fill_reserved(place, &mut queued);
        let Queued { ssrc, number, sent, level, nackable, class, at } = queued;
        let stream = &mut self.streams_out.streams[place];
        stream.packets += 1;
        if at < self.now {
            stream.counts.send_delay += self.now - at;
        }
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
            nackable,
            beside: &sent.beside,
        };
        self.send_written(place, &outgoing);
        if nackable && self.streams_out.streams[place].is_repaired(sent.payload_type) {
            let (size, now) = (sent.payload.len(), self.now);
            self.streams_out.streams[place].history.insert(number, size, sent, now);
        } else {
            self.streams_out.streams[place].discard(sent);
        }
    }

    /// The turn of a packet of parity has come.
    fn send_parity(&mut self, queued: &Queued, probe: Option<u32>) {
        let Some((place, number)) = self.next_parity(queued.ssrc) else { return };
        let outgoing = Outgoing {
            payload_type: queued.sent.payload_type,
            ssrc: queued.ssrc,
            number,
            timestamp: queued.sent.timestamp,
            marker: false,
            payload: &queued.sent.payload,
            level: None,
            class: queued.class,
            probe,
            nackable: false,
            beside: &queued.sent.beside,
        };
        self.send_written(place, &outgoing);
    }

    pub(super) fn send_written(&mut self, place: usize, outgoing: &Outgoing<'_>) -> u32 {
        let stream = &mut self.streams_out.streams[place];
        // The receiver reports on the media; what repairs it has other numbers.
        let repairs = outgoing.ssrc != stream.ssrc;
        let newest = if repairs { stream.next } else { outgoing.number };
        let named = stream.names.on_sent(newest as u32);
        let Some(secured) = &mut self.secured else { return 0 };
        let Some(line) = self.lines.sending_at(stream.line) else { return 0 };
        let kind = HeaderKind {
            ssrc: outgoing.ssrc,
            payload_type: outgoing.payload_type,
            named,
            has_level: outgoing.level.is_some(),
            numbered: self.feedback.is_numbered(),
        };
        let form = stream.header_form(kind, line);
        let is_numbered = form.has_number();
        let fields = HeaderFields {
            marker: outgoing.marker,
            sequence: outgoing.number as u16,
            timestamp: outgoing.timestamp,
            level: outgoing.level,
            sent_at: self.control.abs_send_time(self.now),
            number: self.streams_out.transport_next as u16,
        };
        let header = &mut self.streams_out.header;
        form.write(&fields, header);
        form.add(outgoing.beside, line, header);
        let padded = padded(outgoing, header);
        let payload = padded.as_ref().unwrap_or(outgoing.payload);
        stream.protect(outgoing.ssrc, (header, payload), &line.sent, outgoing.marker);
        // Parity with a source of its own is no packet of this stream.
        if !(repairs && outgoing.class == PacketClass::Fec) {
            stream.counts.on_sent(outgoing.payload_type, repairs, payload.len(), header.len());
        }
        let mut buffer = self.buffers.spare();
        let protected = match payload.whole().filter(|_| !self.meddler.meddles()) {
            Some(payload) => secured.outbound.protect_rtp_into(header, payload, &mut buffer),
            None => {
                buffer.clear();
                buffer.extend_from_slice(header);
                payload.append_to(&mut buffer);
                self.meddler.change(Unprotected::Rtp, &mut buffer);
                secured.outbound.protect_rtp(&mut buffer)
            }
        };
        if protected.is_err() {
            tracing::debug!("a packet cannot be protected");
            return 0;
        }
        self.send_protected(place, outgoing, buffer, is_numbered)
    }

    /// A packet that is protected leaves; how many bytes that are.
    fn send_protected(
        &mut self,
        place: usize,
        outgoing: &Outgoing<'_>,
        buffer: Vec<u8>,
        is_numbered: bool,
    ) -> u32 {
        let size = buffer.len() as u32;
        let ecn = self.feedback.marking.mark();
        if ecn.is_some() {
            self.streams_out.streams[place].counts.on_mark(ecn);
        }
        if is_numbered || self.feedback.tells_all() {
            let number = self.streams_out.transport_next;
            self.streams_out.transport_next += 1;
            let sent = SentPacket {
                number,
                ssrc: outgoing.ssrc,
                sequence: outgoing.number as u16,
                sent_at: self.now,
                size,
                ecn,
                class: outgoing.class,
                probe: outgoing.probe,
            };
            self.feedback.sent.on_sent(sent);
            self.note_sent(&sent);
        }
        let repeatable = outgoing.nackable.then_some(outgoing.payload_type);
        self.keep_repeat(place, repeatable, outgoing.number, &buffer);
        self.transmit_marked(buffer, ecn);
        self.wait_with_parity(place, outgoing.timestamp);
        size
    }
}
