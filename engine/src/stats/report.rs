//! The shape of a report. Serialised, field names are the W3C's
//! (<https://www.w3.org/TR/webrtc-stats/>); times are in seconds, sizes in bytes.

use serde::Serialize;

use crate::bitrate::Bitrate;
use crate::codec::MediaKind;
use crate::config::SrtpCipher;
use crate::event::SelectedPair;
use crate::ids::{Mid, Rid};
use crate::state::{ConnectionState, DtlsState, IceConnectionState};

/// Everything known of a connection at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// The moment, in seconds since the connection was made.
    pub timestamp: f64,
    /// The state of the connection.
    pub connection_state: ConnectionState,
    /// `RTCTransportStats`.
    pub transport: TransportStats,
    /// `RTCIceCandidatePairStats` of the selected pair.
    pub candidate_pair: Option<CandidatePairStats>,
    /// `RTCInboundRtpStreamStats`, by m-line and layer.
    pub inbound_rtp: Vec<InboundRtpStats>,
    /// `RTCOutboundRtpStreamStats`, by m-line and layer.
    pub outbound_rtp: Vec<OutboundRtpStats>,
    /// `RTCDataChannelStats`, summed over all channels.
    pub data_channels: DataChannelTotals,
    /// Outputs that were lost and changes of interfaces that had to wait, because the program did
    /// not poll: 0 for one that polls after each input and each command.
    pub not_polled: u64,
}

/// `RTCTransportStats`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransportStats {
    /// Bytes of all datagrams sent.
    pub bytes_sent: u64,
    /// Bytes of all datagrams received.
    pub bytes_received: u64,
    /// Datagrams sent.
    pub packets_sent: u64,
    /// Datagrams received.
    pub packets_received: u64,
    /// Datagrams that were no packets of ours, and dropped. Not a W3C figure.
    pub packets_discarded: u64,
    /// Where ICE stands.
    pub ice_state: IceConnectionState,
    /// Where DTLS stands.
    pub dtls_state: DtlsState,
    /// Four hexadecimal digits, such as `FEFC` for DTLS 1.3.
    pub tls_version: Option<&'static str>,
    /// The cipher of media.
    pub srtp_cipher: Option<SrtpCipher>,
    /// Times that another pair was selected.
    pub selected_candidate_pair_changes: u32,
}

/// `RTCIceCandidatePairStats`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CandidatePairStats {
    /// Its two ends.
    #[serde(flatten)]
    pub pair: SelectedPair,
    /// Round trip of the last check.
    pub current_round_trip_time: Option<f64>,
    /// Sum of all round trips.
    pub total_round_trip_time: f64,
    /// Answers to checks.
    pub responses_received: u64,
    /// What the estimator thinks can be sent, in bits per second.
    pub available_outgoing_bitrate: Option<Bitrate>,
}

/// `RTCInboundRtpStreamStats`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundRtpStats {
    /// The m-line.
    pub mid: Mid,
    /// The layer.
    pub rid: Option<Rid>,
    /// Audio or video.
    pub kind: MediaKind,
    /// RTP packets, retransmissions included.
    pub packets_received: u64,
    /// Bytes of their payload, retransmissions included.
    pub bytes_received: u64,
    /// Whole frames handed out.
    pub frames_received: u64,
    /// Keyframes among them.
    pub key_frames_received: u64,
    /// Gaps in the sequence of frames.
    pub frames_lost: u64,
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
    /// Share of packets lost on the way here, 0 to 1, of the last interval.
    pub fraction_lost: Option<f64>,
}

/// `RTCOutboundRtpStreamStats`, with what the peer reports of the stream.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutboundRtpStats {
    /// The m-line.
    pub mid: Mid,
    /// The layer.
    pub rid: Option<Rid>,
    /// Audio or video.
    pub kind: MediaKind,
    /// RTP packets, retransmissions included.
    pub packets_sent: u64,
    /// Bytes of their payload, retransmissions included.
    pub bytes_sent: u64,
    /// Frames taken for sending.
    pub frames_sent: u64,
    /// Keyframes among them.
    pub key_frames_sent: u64,
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

/// `RTCDataChannelStats`, summed over all channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataChannelTotals {
    /// Channels that opened.
    pub data_channels_opened: u64,
    /// Channels that closed.
    pub data_channels_closed: u64,
    /// Messages taken for sending.
    pub messages_sent: u64,
    /// Bytes of them.
    pub bytes_sent: u64,
    /// Messages received.
    pub messages_received: u64,
    /// Bytes of them.
    pub bytes_received: u64,
}
