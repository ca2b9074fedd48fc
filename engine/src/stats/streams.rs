//! Entries of streams and codecs.

use serde::Serialize;

use super::id::StatsId;
use crate::codec::MediaKind;
use crate::ids::{Mid, PayloadType, Rid, Ssrc};

/// `RTCCodecStats`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CodecStats {
    /// Its name.
    pub id: StatsId,
    /// The transport it is used on.
    pub transport_id: StatsId,
    /// The payload type.
    pub payload_type: PayloadType,
    /// Such as `video/VP8`.
    pub mime_type: String,
    /// Ticks of the RTP clock per second.
    pub clock_rate: u32,
    /// Channels of sound.
    pub channels: Option<u8>,
    /// Its parameters as `a=fmtp` has them.
    pub sdp_fmtp_line: Option<String>,
}

/// `RTCInboundRtpStreamStats`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundRtpStats {
    /// Its name.
    pub id: StatsId,
    /// The transport it comes by.
    pub transport_id: StatsId,
    /// The codec of its last packet.
    pub codec_id: Option<StatsId>,
    /// What the peer tells of it.
    pub remote_id: Option<StatsId>,
    /// Its source.
    pub ssrc: Option<Ssrc>,
    /// The source of its retransmissions, once one came.
    pub rtx_ssrc: Option<Ssrc>,
    /// The m-line.
    pub mid: Mid,
    /// The layer.
    pub rid: Option<Rid>,
    /// Audio or video.
    pub kind: MediaKind,
    /// RTP packets, retransmissions included.
    pub packets_received: u64,
    /// Those that were marked ECT(1).
    pub packets_received_with_ect1: Option<u64>,
    /// Those that were marked with congestion.
    pub packets_received_with_ce: Option<u64>,
    /// Packets that the peer was told not to have arrived (RFC 8888); `None` where it is not told
    /// of each.
    pub packets_reported_as_lost: Option<u64>,
    /// Those among them that arrived later.
    pub packets_reported_as_lost_but_recovered: Option<u64>,
    /// The source of forward error correction, once some came in a stream of its own.
    pub fec_ssrc: Option<Ssrc>,
    /// Packets of forward error correction; `None` where there is none.
    pub fec_packets_received: Option<u64>,
    /// Bytes of their payload.
    pub fec_bytes_received: Option<u64>,
    /// Those that were of no use: nothing that they protect was missing, or too much.
    pub fec_packets_discarded: Option<u64>,
    /// Lost packets that were made of it. Not a W3C figure.
    pub fec_packets_recovered: Option<u64>,
    /// Bytes of their payload, retransmissions included.
    pub bytes_received: u64,
    /// Bytes of their headers and padding.
    pub header_bytes_received: Option<u64>,
    /// When the last one came.
    pub last_packet_received_timestamp: Option<f64>,
    /// Packets that should have come and did not (RFC 3550 appendix A.3), retransmissions left out.
    pub packets_lost: Option<i64>,
    /// Packets that came twice, too late, or with frames that were never whole.
    pub packets_discarded: Option<u64>,
    /// Retransmissions.
    pub retransmitted_packets_received: Option<u64>,
    /// Bytes of their payload.
    pub retransmitted_bytes_received: Option<u64>,
    /// Whole frames handed out.
    pub frames_received: u64,
    /// Keyframes among them. Not a W3C figure.
    pub key_frames_received: u64,
    /// Gaps in the sequence of frames. Not a W3C figure.
    pub frames_lost: u64,
    /// Frames of which a packet came, and that were not handed out.
    pub frames_dropped: Option<u64>,
    /// Frames that came in more packets than one.
    pub frames_assembled_from_multiple_packets: Option<u64>,
    /// From the first packet of those to the moment that they were whole, together.
    pub total_assembly_time: Option<f64>,
    /// Interarrival jitter of RFC 3550 section 6.4.1, in seconds.
    pub jitter: f64,
    /// Retransmissions asked for.
    pub nack_count: u64,
    /// Picture loss indications sent.
    pub pli_count: u64,
    /// Full intra requests sent.
    pub fir_count: u64,
    /// Level of the last frame, 0 (silence) to 1, of RFC 6464.
    pub audio_level: Option<f64>,
    /// Share of packets lost on the way here, 0 to 1, of the last interval. Not a W3C figure.
    pub fraction_lost: Option<f64>,
}

/// `RTCOutboundRtpStreamStats`, with what the peer reports of the stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboundRtpStats {
    /// Its name.
    pub id: StatsId,
    /// The transport it goes by.
    pub transport_id: StatsId,
    /// The codec of its last packet.
    pub codec_id: Option<StatsId>,
    /// What the peer tells of it.
    pub remote_id: Option<StatsId>,
    /// Its source.
    pub ssrc: Option<Ssrc>,
    /// The source of its retransmissions.
    pub rtx_ssrc: Option<Ssrc>,
    /// The m-line.
    pub mid: Mid,
    /// The layer.
    pub rid: Option<Rid>,
    /// Its place among the layers of the m-line, from zero.
    pub encoding_index: Option<usize>,
    /// Audio or video.
    pub kind: MediaKind,
    /// The application wants it sent, and no description has it paused.
    pub active: bool,
    /// Such as `L1T3`, where the application told one.
    pub scalability_mode: Option<String>,
    /// RTP packets, retransmissions included.
    pub packets_sent: u64,
    /// Those that left marked ECT(1), retransmissions included.
    pub packets_sent_with_ect1: Option<u64>,
    /// Bytes of their payload, retransmissions included.
    pub bytes_sent: u64,
    /// Bytes of their headers.
    pub header_bytes_sent: Option<u64>,
    /// Retransmissions, those that probe the network among them.
    pub retransmitted_packets_sent: Option<u64>,
    /// Bytes of their payload.
    pub retransmitted_bytes_sent: Option<u64>,
    /// Time that packets waited for their turn, together.
    pub total_packet_send_delay: Option<f64>,
    /// Frames taken for sending.
    pub frames_sent: u64,
    /// Keyframes among them. Not a W3C figure.
    pub key_frames_sent: u64,
    /// Frames of at least 2.5 times the average size of those before.
    pub huge_frames_sent: u64,
    /// Retransmissions that the peer asked for.
    pub nack_count: u64,
    /// Picture loss indications received.
    pub pli_count: u64,
    /// Full intra requests received.
    pub fir_count: u64,
    /// Round trip by RTCP, in seconds (`RTCRemoteInboundRtpStreamStats.roundTripTime`).
    pub round_trip_time: Option<f64>,
    /// Share of packets lost on the way there, 0 to 1
    /// (`RTCRemoteInboundRtpStreamStats.fractionLost`).
    pub fraction_lost: Option<f64>,
    /// Packets lost on the way there (`RTCRemoteInboundRtpStreamStats.packetsLost`).
    pub packets_lost: Option<u64>,
}

/// `RTCRemoteInboundRtpStreamStats`: the peer's last report on a stream of ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoteInboundRtpStats {
    /// Its name.
    pub id: StatsId,
    /// When the report came.
    pub timestamp: Option<f64>,
    /// The source.
    pub ssrc: Option<Ssrc>,
    /// Audio or video.
    pub kind: MediaKind,
    /// The transport it goes by.
    pub transport_id: StatsId,
    /// The codec of its last packet.
    pub codec_id: Option<StatsId>,
    /// What is known of it here.
    pub local_id: StatsId,
    /// Packets that did not arrive; less than zero where some came twice.
    pub packets_lost: i64,
    /// Packets that arrived marked ECT(1); `None` where the peer does not tell of each (RFC 8888),
    /// and likewise below.
    pub packets_received_with_ect1: Option<u64>,
    /// Those that arrived marked with congestion.
    pub packets_received_with_ce: Option<u64>,
    /// Those that the peer told not to have arrived.
    pub packets_reported_as_lost: Option<u64>,
    /// Those among them that arrived later.
    pub packets_reported_as_lost_but_recovered: Option<u64>,
    /// Those that left marked ECT(1) and arrived without a mark.
    pub packets_with_bleached_ect1_marking: Option<u64>,
    /// Share of packets lost since the report before, 0 to 1.
    pub fraction_lost: f64,
    /// Interarrival jitter.
    pub jitter: f64,
    /// The last round trip that was measured.
    pub round_trip_time: Option<f64>,
    /// The sum of all.
    pub total_round_trip_time: f64,
    /// How many.
    pub round_trip_time_measurements: u64,
}

/// `RTCRemoteOutboundRtpStreamStats`: the peer's last report on a stream of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoteOutboundRtpStats {
    /// Its name.
    pub id: StatsId,
    /// When the report came.
    pub timestamp: Option<f64>,
    /// The source.
    pub ssrc: Option<Ssrc>,
    /// Audio or video.
    pub kind: MediaKind,
    /// The transport it comes by.
    pub transport_id: StatsId,
    /// The codec of its last packet.
    pub codec_id: Option<StatsId>,
    /// What is known of it here.
    pub local_id: StatsId,
    /// Packets sent, modulo 2^32.
    pub packets_sent: u32,
    /// Bytes of their payload, modulo 2^32.
    pub bytes_sent: u32,
    /// Reports that came.
    pub reports_sent: u64,
    /// The peer's wall clock when it reported, in seconds since 1 January 1970.
    pub remote_timestamp: Option<f64>,
    /// The last round trip by extended reports (RFC 3611 section 4.5).
    pub round_trip_time: Option<f64>,
    /// The sum of all.
    pub total_round_trip_time: f64,
    /// How many.
    pub round_trip_time_measurements: u64,
}
