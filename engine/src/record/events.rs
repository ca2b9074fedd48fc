//! Digests of events, field by field.

use std::time::Instant;

use super::digest::Digest;
use super::moment::nanos;
use crate::candidate::CandidateInit;
use crate::event::{CloseReason, CodecMismatch, Event, OpenedChannel, SelectedPair, Track};
use crate::frame::{ReceivedFrame, ReceivedPacket};
use crate::ids::{Mid, Rid};

/// Digests an event, and gives its size as
/// [`OutputSummary::size`](super::OutputSummary::size) defines it.
pub(super) fn on_event(event: &Event, started: Instant, content: &mut Digest) -> u64 {
    match event {
        Event::SignalingStateChanged(state) => return *state as u64,
        Event::IceGatheringStateChanged(state) => return *state as u64,
        Event::IceConnectionStateChanged(state) => return *state as u64,
        Event::ConnectionStateChanged(state) => return *state as u64,
        Event::Frame(frame) => return on_frame(frame, started, content),
        Event::Packet(packet) => return on_packet(packet, started, content),
        Event::Rtcp(packet) => {
            content.word(nanos(packet.received_at, started) as u64);
            content.bytes(&packet.bytes);
            return packet.bytes.len() as u64;
        }
        Event::ChannelMessage(message) => {
            content.word(u64::from(message.id.0) << 1 | u64::from(message.binary));
            content.bytes(&message.data);
            return message.data.len() as u64;
        }
        Event::NegotiationNeeded => {}
        Event::IceCandidate(signalled) => on_candidate(signalled, content),
        Event::IceCandidateError(fault) => {
            content.address(fault.local);
            content.text(&fault.url);
            content.word(fault.code.into());
            content.text(&fault.text);
        }
        Event::SelectedPairChanged(pair) => on_pair(pair, content),
        Event::TrackAdded(track) => on_track(track, content),
        Event::TrackRemoved { mid } => content.text(mid.as_str()),
        Event::TransceiverStopped { id, mid } => {
            content.word(id.0.into());
            optional(mid.as_ref().map(Mid::as_str), content);
        }
        Event::TrackChanged { mid, direction } => {
            content.text(mid.as_str());
            content.text(direction.name());
        }
        Event::NoCommonCodec(mismatch) => on_mismatch(mismatch, content),
        Event::KeyframeRequested { mid, rid, kind } => {
            layer(*mid, *rid, content);
            content.word(*kind as u64);
        }
        Event::TrackPaused { mid, rid, paused } => {
            layer(*mid, *rid, content);
            content.word(u64::from(*paused));
        }
        Event::BandwidthEstimated(rate) => content.word(rate.as_bps()),
        Event::ChannelOpened(opened) => on_opened(opened, content),
        Event::ChannelBufferedAmountLow(id)
        | Event::ChannelReadable(id)
        | Event::ChannelClosed(id) => content.word(id.0.into()),
        Event::Closed(reason) => on_closed(reason, content),
    }
    0
}

fn layer(mid: Mid, rid: Option<Rid>, content: &mut Digest) {
    content.text(mid.as_str());
    content.text(rid.as_ref().map_or("", |rid| rid.as_str()));
}

fn on_candidate(signalled: &CandidateInit, content: &mut Digest) {
    // The line that is signalled says all of the candidate.
    content.text(&signalled.line());
    optional(signalled.mid.as_deref(), content);
    content.word(signalled.index.map_or(0, |index| index as u64 + 1));
    optional(signalled.ufrag.as_deref(), content);
}

fn optional(text: Option<&str>, content: &mut Digest) {
    content.word(u64::from(text.is_some()));
    content.text(text.unwrap_or_default());
}

fn on_pair(pair: &SelectedPair, content: &mut Digest) {
    content.word(pair.protocol as u64);
    content.address(pair.local);
    content.word(pair.local_kind as u64);
    content.address(pair.remote);
}

fn on_track(track: &Track, content: &mut Digest) {
    content.text(track.mid.as_str());
    content.word(track.kind as u64);
    content.text(track.direction.name());
    optional(track.stream_id.as_deref(), content);
    optional(track.track_id.as_deref(), content);
    content.word(track.layers.len() as u64);
    track.layers.iter().for_each(|rid| content.text(rid.as_str()));
}

fn on_mismatch(mismatch: &CodecMismatch, content: &mut Digest) {
    content.text(mismatch.mid.as_str());
    content.word(mismatch.kind as u64);
    content.word(mismatch.offered.len() as u64);
    mismatch.offered.iter().for_each(|name| content.text(name));
    mismatch.known.iter().for_each(|codec| content.word(*codec as u64));
}

fn on_opened(opened: &OpenedChannel, content: &mut Digest) {
    content.word(u64::from(opened.id.0));
    content.text(&opened.label);
    content.text(&opened.protocol);
    content.word(u64::from(opened.ordered) << 1 | u64::from(opened.remote));
}

fn on_closed(reason: &CloseReason, content: &mut Digest) {
    match reason {
        CloseReason::Local => content.word(0),
        CloseReason::Remote => content.word(1),
        CloseReason::Disconnected => content.word(2),
        CloseReason::TooManyChannels => content.word(3),
        CloseReason::Dtls(fault) => {
            content.word(4);
            content.text(&fault.to_string());
        }
        CloseReason::Transport(fault) => {
            content.word(5);
            content.word(*fault as u64);
        }
    }
}

fn on_frame(received: &ReceivedFrame, started: Instant, content: &mut Digest) -> u64 {
    let frame = &received.frame;
    layer(received.mid, received.rid, content);
    content.word(u64::from(received.payload_type.0));
    content.word(u64::from(frame.keyframe) << 1 | u64::from(received.contiguous));
    content.word(nanos(received.received_at, started) as u64);
    content.word(received.audio_level.map_or(1 << 8, |level| level as u64));
    content.word(frame.codec as u64);
    content.word(frame.time.ticks());
    content.bytes(&frame.data);
    frame.data.len() as u64
}

fn on_packet(packet: &ReceivedPacket, started: Instant, content: &mut Digest) -> u64 {
    layer(packet.mid, packet.rid, content);
    content.word(u64::from(packet.ssrc.0) << 9 | u64::from(packet.payload_type.0) << 1);
    content.word(packet.sequence_number);
    content.word(packet.time.ticks() << 1 | u64::from(packet.marker));
    content.word(nanos(packet.received_at, started) as u64);
    content.bytes(&packet.payload);
    packet.payload.len() as u64
}
