//! Between str0m's words and the engine's.

use std::sync::Arc;
use std::time::SystemTime;

use str0m::format::{Codec as StrCodec, CodecExtra};
use str0m::media::{self, MediaData};
use str0m::net as strnet;
use str0m::rtp::RtpPacket;
use str0m::{IceConnectionState as StrIce, PacerReason, Reason};

use crate::candidate::CandidateKind;
use crate::codec::{Codec, MediaKind};
use crate::datagram::{Protocol, Transmit};
use crate::event::{Direction, KeyframeRequestKind};
use crate::frame::{
    CaptureSource, CaptureTime, EncodedFrame, FrameFacts, FramePackets, ReceivedFrame,
    ReceivedPacket,
};
use crate::ids::{Mid, PayloadType, Rid, Ssrc};
use crate::output::TimeoutReason;
use crate::rtcp::NtpTime;
use crate::rtp::format::{FrameInfo, PictureId};
use crate::state::IceConnectionState;
use crate::time::MediaTime;

pub(super) fn mid(mid: media::Mid) -> Mid {
    Mid::new(&mid).expect("a mid of the session is a short token")
}

/// `None` for an empty one, which a header extension of two-byte form can carry (RFC 8285 section
/// 4.3).
pub(super) fn rid(rid: media::Rid) -> Option<Rid> {
    Rid::new(&rid)
}

pub(super) fn to_mid(mid: Mid) -> media::Mid {
    media::Mid::from_array(padded(mid.as_str()))
}

pub(super) fn to_rid(rid: Rid) -> media::Rid {
    media::Rid::from_array(padded(rid.as_str()))
}

/// An identifier as the library keeps it. Its own conversion allocates, and this is done for each
/// packet.
fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut array = [b' '; N];
    for (place, byte) in array.iter_mut().zip(text.bytes()) {
        *place = if byte.is_ascii_alphanumeric() { byte } else { b'_' };
    }
    array
}

pub(super) fn kind(kind: media::MediaKind) -> MediaKind {
    if kind.is_audio() { MediaKind::Audio } else { MediaKind::Video }
}

pub(super) fn direction(direction: media::Direction) -> Direction {
    match direction {
        media::Direction::SendRecv => Direction::SendRecv,
        media::Direction::SendOnly => Direction::SendOnly,
        media::Direction::RecvOnly => Direction::RecvOnly,
        media::Direction::Inactive => Direction::Inactive,
    }
}

/// `None` for what only RTP knows: retransmission, redundancy, comfort noise.
pub(super) fn codec(codec: StrCodec) -> Option<Codec> {
    Some(match codec {
        StrCodec::Opus => Codec::Opus,
        StrCodec::PCMU => Codec::Pcmu,
        StrCodec::PCMA => Codec::Pcma,
        StrCodec::Vp8 => Codec::Vp8,
        StrCodec::Vp9 => Codec::Vp9,
        StrCodec::H264 => Codec::H264,
        StrCodec::H265 => Codec::H265,
        StrCodec::Av1 => Codec::Av1,
        _ => return None,
    })
}

pub(super) fn ice_state(state: StrIce) -> IceConnectionState {
    match state {
        StrIce::New => IceConnectionState::New,
        StrIce::Checking => IceConnectionState::Checking,
        StrIce::Connected => IceConnectionState::Connected,
        StrIce::Completed => IceConnectionState::Completed,
        StrIce::Disconnected => IceConnectionState::Disconnected,
    }
}

pub(super) fn keyframe_kind(kind: media::KeyframeRequestKind) -> KeyframeRequestKind {
    match kind {
        media::KeyframeRequestKind::Pli => KeyframeRequestKind::Pli,
        media::KeyframeRequestKind::Fir => KeyframeRequestKind::Fir,
    }
}

pub(super) fn to_keyframe_kind(kind: KeyframeRequestKind) -> media::KeyframeRequestKind {
    match kind {
        KeyframeRequestKind::Pli => media::KeyframeRequestKind::Pli,
        KeyframeRequestKind::Fir => media::KeyframeRequestKind::Fir,
    }
}

pub(super) fn candidate_kind(kind: str0m::CandidateKind) -> CandidateKind {
    match kind {
        str0m::CandidateKind::Host => CandidateKind::Host,
        str0m::CandidateKind::ServerReflexive => CandidateKind::ServerReflexive,
        str0m::CandidateKind::PeerReflexive => CandidateKind::PeerReflexive,
        str0m::CandidateKind::Relayed => CandidateKind::Relayed,
    }
}

pub(super) fn to_protocol(protocol: Protocol) -> strnet::Protocol {
    match protocol {
        Protocol::Udp => strnet::Protocol::Udp,
        Protocol::Tcp => strnet::Protocol::Tcp,
        Protocol::Tls => strnet::Protocol::Tls,
    }
}

pub(super) fn transmit(transmit: strnet::Transmit) -> Transmit {
    let protocol = match transmit.proto {
        strnet::Protocol::Udp => Protocol::Udp,
        strnet::Protocol::Tcp | strnet::Protocol::SslTcp => Protocol::Tcp,
        strnet::Protocol::Tls => Protocol::Tls,
    };
    Transmit {
        protocol,
        source: transmit.source,
        destination: transmit.destination,
        ecn: None,
        contents: transmit.contents.into(),
    }
}

pub(super) fn reason(reason: Reason) -> TimeoutReason {
    match reason {
        Reason::NotHappening => TimeoutReason::Idle,
        Reason::DTLS => TimeoutReason::Dtls,
        Reason::Ice => TimeoutReason::Ice,
        Reason::Sctp | Reason::Channel => TimeoutReason::Sctp,
        Reason::Stats => TimeoutReason::Stats,
        Reason::Feedback | Reason::Nack | Reason::Twcc => TimeoutReason::Rtcp,
        Reason::Pacer(PacerReason::Handle) => TimeoutReason::Media,
        Reason::BweDelayControl | Reason::BweProbeControl | Reason::BweProbeEstimator => {
            TimeoutReason::Bandwidth
        }
        _ => TimeoutReason::Media,
    }
}

/// The library wants to be woken for its own sake: no packet waits for it.
pub(super) fn is_housekeeping(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::BweDelayControl
            | Reason::BweProbeControl
            | Reason::BweProbeEstimator
            | Reason::Pacer(PacerReason::Handle | PacerReason::FirstEver | PacerReason::Immediate)
    )
}

fn media_time(time: media::MediaTime) -> MediaTime {
    MediaTime::new(time.numer(), time.frequency().get())
}

/// `None` for a payload that carries no codec of ours, and for one without bytes: a packet of sound
/// that is padding alone, as congestion control sends it, is no frame.
pub(super) fn frame(data: &MediaData, mid: Mid) -> Option<ReceivedFrame> {
    if data.data.is_empty() {
        return None;
    }
    let codec = codec(data.params.spec().codec)?;
    Some(ReceivedFrame {
        mid,
        rid: data.rid.and_then(rid),
        payload_type: PayloadType(*data.pt),
        received_at: data.network_time,
        contiguous: data.contiguous,
        audio_level: data.ext_vals.audio_level,
        packets: Some(FramePackets {
            first: **data.seq_range.start(),
            last: **data.seq_range.end(),
            lost_before: None,
        }),
        facts: FrameFacts { captured: captured(data), ..facts(&data.codec_extra) },
        layers: Vec::new(),
        frame: EncodedFrame {
            codec,
            time: media_time(data.time),
            keyframe: codec.kind() == MediaKind::Audio || data.is_keyframe(),
            data: Arc::clone(&data.data),
        },
    })
}

/// What the library tells of a picture. Of VP9 it does not tell whether a layer begins, without
/// which a layer that lost something would never go on.
fn facts(extra: &CodecExtra) -> FrameFacts {
    let (info, number) = match extra {
        CodecExtra::Vp8(vp8) => {
            let info = FrameInfo {
                keyframe: vp8.is_keyframe,
                temporal: vp8.layer_index,
                layer_sync: vp8.sync,
                discardable: vp8.discardable,
                ..FrameInfo::default()
            };
            (Some(info), vp8.picture_id)
        }
        CodecExtra::Vp9(vp9) => (None, vp9.picture_id),
        _ => (None, None),
    };
    let picture_id = number.map(|number| PictureId { number: number as u16 & 0x7fff, long: true });
    FrameFacts { info, picture_id, ..FrameFacts::default() }
}

/// By the sender report that was the latest when the first packet of the frame came.
fn captured(data: &MediaData) -> Option<CaptureTime> {
    let report = data.last_sender_info.as_ref()?;
    let unix = report.ntp_time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let ahead = (data.time.numer() as u32).wrapping_sub(report.rtp_time.numer() as u32);
    let span = (i64::from(ahead.cast_signed()) << 32) / i64::from(data.time.frequency().get());
    let at = NtpTime::from_unix(unix).bits().wrapping_add_signed(span);
    Some(CaptureTime { at: NtpTime::from_bits(at), source: CaptureSource::SenderReport })
}

/// The names of the stream come from the session, which knows them also for packets that carry
/// no identification.
pub(super) fn packet(packet: &RtpPacket, mid: Mid, rid: Option<Rid>) -> ReceivedPacket {
    ReceivedPacket {
        mid,
        rid,
        ssrc: Ssrc(*packet.header.ssrc),
        payload_type: PayloadType(*packet.header.payload_type),
        sequence_number: *packet.seq_no,
        time: media_time(packet.time),
        marker: packet.header.marker,
        received_at: packet.timestamp,
        payload: Arc::clone(&packet.payload).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_padded_as_the_library_pads_them() {
        for text in ["0", "aB3", "a-b", "sixteen-bytes_16"] {
            let ours = Mid::new(text).expect("a token");
            assert_eq!(to_mid(ours), media::Mid::from(text));
        }
        let ours = Rid::new("h1").expect("a token");
        assert_eq!(to_rid(ours), media::Rid::from("h1"));
    }
}
