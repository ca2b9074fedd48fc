//! A packet of media that arrives.
//!
//! 1. Its tag was verified (`inbound.rs`). Nothing is learnt before.
//! 2. It names its m-line and layer, or its source does (RFC 9143 section 9.2). One that says the
//!    same as the one before it from its source goes the same way.
//! 3. Its arrival is noted for the sender's congestion control.
//! 4. Of a retransmission, the packet that it repeats takes its place.
//! 5. It has a place in its stream: what is missing before it is asked for.
//! 6. It leaves its envelope (`envelopes.rs`), and makes up for others (`fec_in.rs`).
//! 7. Frames are put together, or it is handed over as it is.

use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use super::feedback::Arrival;
use super::forms::Form;
use super::frame_facts::{facts_of_picture, facts_of_sound};
use super::frame_packets::{packets_of_picture, packets_of_sound};
use super::session::OwnSession;
use super::stream_in::{Assembly, SPARE_WAIT, StreamIn, Way};
use super::told::Told;
use crate::codec::Codec;
use crate::frame::{EncodedFrame, FrameFacts, ReceivedFrame, ReceivedPacket};
use crate::ids::{PayloadType, Ssrc};
use crate::rtcp::{PacketPlace, RtxPayload};
use crate::rtp::assemble::{AudioPacket, VideoFrame, VideoPacket};
use crate::rtp::extension::{AudioLevel, ExtensionKind, HeaderExtension};
use crate::rtp::format::PayloadFormat;
use crate::rtp::{Heading, Placed, Route, RtpPacket, StreamRole};
use crate::session::agreed::CodecRole;
use crate::session::output::SessionEvent;
use crate::session::seam::Discarded;
use crate::shared_bytes::SharedBytes;
use crate::time::MediaTime;

/// What of a packet is needed once it is where it belongs.
pub(super) struct Arrived {
    /// The place of its m-line.
    pub(super) line: usize,
    pub(super) payload_type: PayloadType,
    pub(super) number: u64,
    pub(super) timestamp: u32,
    pub(super) marker: bool,
    pub(super) payload: Range<usize>,
    /// Where its dependency descriptor lies.
    pub(super) descriptor: Option<Range<usize>>,
    pub(super) audio_level: Option<i8>,
    /// Redundancy comes with its stream: it may be in an envelope, and make up for others.
    pub(super) redundant: bool,
}

impl OwnSession {
    /// A packet whose tag holds.
    pub(super) fn on_rtp(&mut self, buffer: SharedBytes) -> Result<(), Discarded> {
        let packet = RtpPacket::parse(&buffer).map_err(|_| Discarded::Malformed)?;
        let heading = Heading::read(&packet, &self.streams_in.heading_ids);
        let route = match self.streams_in.goes_on(&heading) {
            true => None,
            false => Some(self.route(&heading)?),
        };
        let arrival = Arrival {
            ssrc: heading.ssrc,
            sequence: packet.sequence_number(),
            marker: packet.marker(),
            number: heading.transport_sequence.map(|it| it.0),
            bytes: buffer.len(),
        };
        self.feedback.on_arrival(&arrival, self.now);
        let arrived = match &route {
            None => self.on_media(&packet),
            Some(route) => match route.role {
                StreamRole::Media => {
                    self.begin_way(route, &heading).and_then(|()| self.on_media(&packet))
                }
                StreamRole::Repair => self.on_repair(route, &packet),
                StreamRole::Fec => {
                    self.on_parity(route, &packet);
                    None
                }
            },
        };
        if let Some((ssrc, arrived)) = arrived {
            match arrived.redundant {
                true => self.open_envelope(ssrc, arrived, buffer),
                false => self.hand_over(ssrc, arrived, buffer),
            }
            self.streams_in.touch(ssrc);
        }
        Ok(())
    }

    /// Where a packet belongs that says something else than the one before it.
    fn route(&mut self, heading: &Heading<'_>) -> Result<Route, Discarded> {
        let table = &mut self.streams_in.table;
        let route = table.find(&heading.names()).map_err(|_| Discarded::Refused)?;
        table.learn(heading.ssrc, &route);
        Ok(route)
    }

    /// Remembers the way of a source's packets, whose stream begins with the first.
    fn begin_way(&mut self, route: &Route, heading: &Heading<'_>) -> Option<()> {
        let line = self.lines.at(route.line)?;
        let codec = line.received_codec(heading.payload_type)?;
        let (rate, ssrc) = (codec.clock_rate, heading.ssrc);
        let changes = self.streams_in.table.changes();
        let stream = self.streams_in.stream(ssrc, || StreamIn::new(line, route.rid, ssrc, rate))?;
        stream.rid = route.rid;
        stream.clock_rate = rate;
        stream.reception.set_clock_rate(rate);
        let redundant = stream.is_redundant(codec.role);
        stream.way = Some(Way { changes, names: heading.names(), line: route.line, redundant });
        Some(())
    }

    /// A packet of media whose way is known.
    fn on_media(&mut self, packet: &RtpPacket<'_>) -> Option<(Ssrc, Arrived)> {
        let (ssrc, now) = (packet.ssrc(), self.now);
        let stream = self.streams_in.streams.get_mut(&ssrc)?;
        let &Way { line: place, redundant, .. } = stream.way.as_ref()?;
        let line = self.lines.at(place)?;
        let placed = stream.place(packet.sequence_number());
        stream.reception.on_packet(packet, placed, now);
        stream.counts.on_media(packet.payload_type(), self.feedback.mark);
        let number = placed.number()?;
        if matches!(placed, Placed::Restarted(_)) {
            stream.begin_anew(number);
        }
        // Both are to know of it.
        if stream.is_repeated(placed, now) | stream.is_recovered(packet, &line.received) {
            return None;
        }
        stream.told.on_packet(packet, &line.received);
        let level = || line.received.read::<AudioLevel>(packet.elements()).map(|it| it.level);
        Some((
            ssrc,
            Arrived {
                line: place,
                payload_type: packet.payload_type(),
                number,
                timestamp: packet.timestamp(),
                marker: packet.marker(),
                payload: packet.payload_range(),
                descriptor: line.received.place(ExtensionKind::DependencyDescriptor, packet),
                audio_level: line.received.id(AudioLevel::KIND).and_then(|_| level()),
                redundant,
            },
        ))
    }

    fn on_repair(&mut self, route: &Route, packet: &RtpPacket<'_>) -> Option<(Ssrc, Arrived)> {
        let line = self.lines.at(route.line)?;
        let CodecRole::Rtx { repairs } = line.received_codec(packet.payload_type())?.role else {
            return None;
        };
        let ssrc = self.streams_in.table.source(route.line, route.encoding?, StreamRole::Media)?;
        let stream = self.streams_in.streams.get_mut(&ssrc)?;
        let rtx = RtxPayload::view(packet.payload()).filter(|rtx| !rtx.payload.is_empty())?;
        stream.counts.on_repair(packet.ssrc(), rtx.payload.len());
        let number = stream.tracker.place(rtx.original_sequence)?;
        if let Some(nack) = &mut stream.nack
            && nack.on_packet(number, self.now) == PacketPlace::NotMissing
        {
            return None;
        }
        let range = packet.payload_range();
        Some((
            ssrc,
            Arrived {
                line: route.line,
                payload_type: repairs,
                number,
                timestamp: packet.timestamp(),
                marker: packet.marker(),
                payload: range.end - rtx.payload.len()..range.end,
                descriptor: line.received.place(ExtensionKind::DependencyDescriptor, packet),
                audio_level: None,
                redundant: stream.has_envelopes || stream.fec.is_some(),
            },
        ))
    }

    pub(super) fn hand_over(&mut self, ssrc: Ssrc, arrived: Arrived, buffer: SharedBytes) {
        let now = self.now;
        let Some(stream) = self.streams_in.streams.get_mut(&ssrc) else { return };
        let line = self.lines.at(arrived.line);
        let form = line.and_then(|line| line.received_forms.of(arrived.payload_type));
        let Some(&Form { format, codec, .. }) = form else { return };
        let time = stream.times.on_packet(arrived.timestamp);
        let (mid, rid, rate, told) = (stream.mid, stream.rid, stream.clock_rate, stream.told);
        match &mut stream.assembly {
            Assembly::Packets if arrived.payload.is_empty() => {}
            Assembly::Packets => {
                let packet = packet(stream, ssrc, &arrived, time, &buffer, now);
                self.outputs.tell(SessionEvent::Packet(packet));
            }
            Assembly::Audio(audio) => {
                let packet = AudioPacket {
                    sequence_number: arrived.number,
                    time,
                    payload_type: arrived.payload_type,
                    payload: &buffer[arrived.payload],
                    received_at: now,
                };
                let outputs = &mut self.outputs;
                let Some(codec) = codec else { return };
                audio.push(packet, |frame| {
                    outputs.tell(SessionEvent::Frame(ReceivedFrame {
                        mid,
                        rid,
                        payload_type: frame.payload_type,
                        frame: EncodedFrame {
                            codec,
                            time: MediaTime::new(frame.time, rate),
                            keyframe: true,
                            data: Arc::from(frame.data),
                        },
                        received_at: frame.received_at,
                        contiguous: frame.lost_before == 0,
                        audio_level: arrived.audio_level,
                        packets: Some(packets_of_sound(&frame)),
                        facts: facts_of_sound(&frame, &told, rate),
                        layers: Vec::new(),
                    }));
                });
            }
            Assembly::Video(video) => {
                if video.format() != format {
                    video.restart(format);
                }
                video.push(VideoPacket {
                    sequence_number: arrived.number,
                    time,
                    payload_type: arrived.payload_type,
                    marker: arrived.marker,
                    payload: arrived.payload,
                    buffer,
                    descriptor: arrived.descriptor,
                    received_at: now,
                });
                self.hand_over_pictures(ssrc);
            }
        }
    }

    /// Pictures that are whole, or that need not wait any more.
    pub(super) fn hand_over_pictures(&mut self, ssrc: Ssrc) {
        let now = self.now;
        let Some(stream) = self.streams_in.streams.get_mut(&ssrc) else { return };
        let given_up = now.checked_sub(stream.patience());
        let Assembly::Video(video) = &mut stream.assembly else { return };
        // A clock that cannot go so far back has missed nothing for so long.
        let Some(given_up) = given_up else { return };
        let spared = now.checked_sub(SPARE_WAIT);
        loop {
            let Some(frame) = video.poll(given_up) else {
                match spared.is_some_and(|spared| video.pass_over(spared)) {
                    true => continue,
                    false => return,
                }
            };
            if frame.keyframe {
                stream.keyframes.satisfied();
            }
            if let Some(nack) = &mut stream.nack {
                nack.forget_before(frame.packets.0);
            }
            stream.counts.on_picture(&frame, now);
            let (mid, rid, rate) = (stream.mid, stream.rid, stream.clock_rate);
            let Some(codec) = codec_in(video.format()) else { return };
            let facts = facts_of_picture(&frame, &stream.told, rate);
            self.outputs.tell(picture(frame, codec, (mid, rid), rate, facts));
        }
    }

    pub(super) fn hand_over_all_pictures(&mut self, now: Instant) {
        if !self.streams_in.due.is_now(now) {
            return;
        }
        let is_due = |stream: &mut StreamIn| stream.picture_due().is_some_and(|at| at <= now);
        let streams = self.streams_in.streams.iter_mut();
        let due: Vec<Ssrc> =
            streams.filter_map(|(ssrc, stream)| is_due(stream).then_some(*ssrc)).collect();
        for ssrc in due {
            self.hand_over_pictures(ssrc);
        }
    }
}

/// The codec of pictures that come in a format.
fn codec_in(format: PayloadFormat) -> Option<Codec> {
    match format {
        PayloadFormat::Vp8 => Some(Codec::Vp8),
        PayloadFormat::Vp9 => Some(Codec::Vp9),
        PayloadFormat::H264 => Some(Codec::H264),
        PayloadFormat::H265 => Some(Codec::H265),
        PayloadFormat::Av1 => Some(Codec::Av1),
        PayloadFormat::Opus
        | PayloadFormat::Pcmu
        | PayloadFormat::Pcma
        | PayloadFormat::G722
        | PayloadFormat::TelephoneEvent
        | PayloadFormat::ComfortNoise
        | PayloadFormat::Red => None,
    }
}

/// A packet as it is handed over.
fn packet(
    stream: &StreamIn,
    ssrc: Ssrc,
    arrived: &Arrived,
    time: u64,
    buffer: &SharedBytes,
    received_at: Instant,
) -> ReceivedPacket {
    ReceivedPacket {
        mid: stream.mid,
        rid: stream.rid,
        ssrc,
        payload_type: arrived.payload_type,
        sequence_number: arrived.number,
        time: MediaTime::new(time, stream.clock_rate),
        marker: arrived.marker,
        payload: buffer.slice(arrived.payload.clone()),
        received_at,
    }
}

fn picture(
    frame: VideoFrame,
    codec: Codec,
    (mid, rid): (crate::ids::Mid, Option<crate::ids::Rid>),
    rate: u32,
    facts: FrameFacts,
) -> SessionEvent {
    SessionEvent::Frame(ReceivedFrame {
        mid,
        rid,
        packets: Some(packets_of_picture(&frame)),
        payload_type: frame.payload_type,
        frame: EncodedFrame {
            codec,
            time: MediaTime::new(frame.time, rate),
            keyframe: frame.keyframe,
            data: frame.data,
        },
        received_at: frame.received_at,
        contiguous: frame.contiguous,
        audio_level: None,
        facts,
        layers: frame.layers,
    })
}

impl StreamIn {
    /// The sender began its numbers anew.
    fn begin_anew(&mut self, number: u64) {
        if let Some(nack) = &mut self.nack {
            nack.forget_before(number);
        }
        self.told = Told::default();
        match &mut self.assembly {
            Assembly::Packets => self.sounds.restart(),
            Assembly::Audio(audio) => audio.restart(),
            Assembly::Video(video) => video.restart(video.format()),
        }
    }
}
