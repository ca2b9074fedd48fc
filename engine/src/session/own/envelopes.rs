//! Packets in an envelope of RED (RFC 2198): frames of sound with those before them, and what
//! ULPFEC protects with its parity.
//!
//! 1. Sound: each frame that did not come before is handed over, the oldest first.
//! 2. Parity goes to where it may make up for a loss (`fec_in.rs`), and is no frame.
//! 3. Anything else goes on as if it had come by itself.

use std::sync::Arc;

use super::arrival::Arrived;
use super::frame_facts::facts_of_sound;
use super::frame_packets::packets_of_sound;
use super::session::OwnSession;
use super::stream_in::{Assembly, StreamIn, codec_of};
use crate::codec::MediaKind;
use crate::fec::Red;
use crate::frame::{EncodedFrame, ReceivedFrame, ReceivedPacket};
use crate::ids::{PayloadType, Ssrc};
use crate::rtp::assemble::{AudioFrame, AudioPacket, AudioPushed};
use crate::session::agreed::{CodecRole, RtpCodec};
use crate::session::output::SessionEvent;
use crate::shared_bytes::SharedBytes;
use crate::time::MediaTime;

impl OwnSession {
    /// Hands over a packet of a stream with redundancy, and those that can be made of it.
    pub(super) fn open_envelope(&mut self, ssrc: Ssrc, arrived: Arrived, buffer: SharedBytes) {
        self.hand_over_opened(ssrc, arrived, buffer);
        self.take_recovered(ssrc);
    }

    /// Hands over a packet, out of its envelope where it has one.
    pub(super) fn hand_over_opened(
        &mut self,
        ssrc: Ssrc,
        mut arrived: Arrived,
        buffer: SharedBytes,
    ) {
        let Some(stream) = self.streams_in.streams.get_mut(&ssrc) else { return };
        let Some(line) = self.lines.at(arrived.line) else { return };
        let Some(codec) = line.received_codec(arrived.payload_type) else { return };
        match (codec.role, line.media.kind) {
            (CodecRole::Red, MediaKind::Audio) => self.open_sound(ssrc, &arrived, &buffer),
            (CodecRole::Red, MediaKind::Video) => {
                let Some(red) = Red::view(&buffer[arrived.payload.clone()]) else {
                    return self.pass_over(ssrc, arrived.number);
                };
                let role = line.received_codec(red.payload_type).map(|codec| codec.role);
                match role {
                    Some(CodecRole::Fec) => {
                        stream.take_parity(None, red.payload);
                        self.pass_over(ssrc, arrived.number);
                    }
                    Some(CodecRole::Media) => {
                        arrived.payload_type = red.payload_type;
                        arrived.payload.start += 1;
                        self.hand_over(ssrc, arrived, buffer);
                    }
                    _ => self.pass_over(ssrc, arrived.number),
                }
            }
            _ if stream.is_known_sound(&arrived, self.now) => {}
            _ => self.hand_over(ssrc, arrived, buffer),
        }
    }

    /// A packet of the stream that carries no frame.
    fn pass_over(&mut self, ssrc: Ssrc, number: u64) {
        let now = self.now;
        let Some(stream) = self.streams_in.streams.get_mut(&ssrc) else { return };
        if let Assembly::Video(video) = &mut stream.assembly {
            video.push_no_frame(number, now);
            self.hand_over_pictures(ssrc);
        }
    }

    fn open_sound(&mut self, ssrc: Ssrc, arrived: &Arrived, buffer: &[u8]) {
        let now = self.now;
        let Some(stream) = self.streams_in.streams.get_mut(&ssrc) else { return };
        let Some(line) = self.lines.at(arrived.line) else { return };
        let packet = AudioPacket {
            sequence_number: arrived.number,
            time: stream.times.on_packet(arrived.timestamp),
            payload_type: arrived.payload_type,
            payload: &buffer[arrived.payload.clone()],
            received_at: now,
        };
        let StreamIn { assembly, sounds, mid, rid, clock_rate, told, .. } = stream;
        let (mid, rid, clock_rate, told) = (*mid, *rid, *clock_rate, *told);
        let outputs = &mut self.outputs;
        let whole = |frame: &AudioFrame<'_>| {
            // What came by itself has the level that its packet tells.
            let audio_level = arrived.audio_level.filter(|_| !frame.recovered);
            let codec = line.received_codec(frame.payload_type).filter(is_media)?;
            Some(SessionEvent::Frame(ReceivedFrame {
                mid,
                rid,
                payload_type: frame.payload_type,
                frame: EncodedFrame {
                    codec: codec_of(&codec.name)?,
                    time: MediaTime::new(frame.time, clock_rate),
                    keyframe: true,
                    data: Arc::from(frame.data),
                },
                received_at: frame.received_at,
                contiguous: frame.lost_before == 0,
                audio_level,
                packets: Some(packets_of_sound(frame)),
                facts: facts_of_sound(frame, &told, clock_rate),
                layers: Vec::new(),
            }))
        };
        let single = |frame: &AudioFrame<'_>| {
            line.received_codec(frame.payload_type).filter(is_media)?;
            Some(SessionEvent::Packet(ReceivedPacket {
                mid,
                rid,
                ssrc,
                payload_type: frame.payload_type,
                sequence_number: frame.sequence_number,
                time: MediaTime::new(frame.time, clock_rate),
                marker: arrived.marker && !frame.recovered,
                payload: SharedBytes::from(frame.data),
                received_at: frame.received_at,
            }))
        };
        let pushed = match assembly {
            Assembly::Audio(audio) => audio.push_red(packet, |frame| {
                whole(&frame).into_iter().for_each(|event| outputs.tell(event));
            }),
            Assembly::Packets => sounds.push_red(packet, |frame| {
                single(&frame).into_iter().for_each(|event| outputs.tell(event));
            }),
            Assembly::Video(_) => return,
        };
        if let AudioPushed::Malformed(error) = pushed {
            tracing::debug!(%error, "redundant sound");
        }
    }
}

fn is_media(codec: &&RtpCodec) -> bool {
    codec.role == CodecRole::Media
}

impl StreamIn {
    /// A packet of sound that is handed over as it is, and that redundancy brought back before.
    fn is_known_sound(&mut self, arrived: &Arrived, now: std::time::Instant) -> bool {
        let as_packets = matches!(self.assembly, Assembly::Packets);
        if !self.has_envelopes || !as_packets || arrived.payload.is_empty() {
            return false;
        }
        let packet = AudioPacket {
            sequence_number: arrived.number,
            time: self.times.on_packet(arrived.timestamp),
            payload_type: PayloadType(0),
            // Its frame is of no interest here, but there is one.
            payload: &[0],
            received_at: now,
        };
        self.sounds.push(packet, |_| {}) == AudioPushed::Duplicate
    }
}
