//! The shape of a report. Serialised, field names are the W3C's
//! (<https://www.w3.org/TR/webrtc-stats/>); sizes are in bytes, spans in seconds, and moments in
//! seconds since the connection was made, where nothing else is said. What a session does not know
//! is `None`. Members that are left out are listed with their reason in the test
//! `stats::every_member_of_the_w3c_is_given_or_has_a_reason`.

use serde::Serialize;

use super::id::StatsId;
use super::streams::{
    CodecStats, InboundRtpStats, OutboundRtpStats, RemoteInboundRtpStats, RemoteOutboundRtpStats,
};
use super::transport::{CandidatePairStats, CertificateStats, IceCandidateStats, TransportStats};
use crate::state::{ConnectionState, DataChannelState};

/// Everything known of a connection at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    /// The moment, in seconds since the connection was made: that of all entries but those that
    /// have their own.
    pub timestamp: f64,
    /// The state of the connection.
    pub connection_state: ConnectionState,
    /// `RTCPeerConnectionStats`.
    pub peer_connection: PeerConnectionStats,
    /// `RTCTransportStats`.
    pub transport: TransportStats,
    /// `RTCIceCandidatePairStats` of the selected pair.
    pub candidate_pair: Option<CandidatePairStats>,
    /// `RTCIceCandidatePairStats` of all pairs, the best first. The session over str0m shows the
    /// selected one only.
    pub candidate_pairs: Vec<CandidatePairStats>,
    /// `RTCIceCandidateStats` of type `local-candidate`.
    pub local_candidates: Vec<IceCandidateStats>,
    /// `RTCIceCandidateStats` of type `remote-candidate`.
    pub remote_candidates: Vec<IceCandidateStats>,
    /// `RTCCertificateStats`: ours, and the peer's once it showed it.
    pub certificates: Vec<CertificateStats>,
    /// `RTCCodecStats` of what is sent and received.
    pub codecs: Vec<CodecStats>,
    /// `RTCInboundRtpStreamStats`, by m-line and layer.
    pub inbound_rtp: Vec<InboundRtpStats>,
    /// `RTCOutboundRtpStreamStats`, by m-line and layer.
    pub outbound_rtp: Vec<OutboundRtpStats>,
    /// `RTCRemoteInboundRtpStreamStats`: what the peer reports of what we send.
    pub remote_inbound_rtp: Vec<RemoteInboundRtpStats>,
    /// `RTCRemoteOutboundRtpStreamStats`: what the peer reports of what it sends.
    pub remote_outbound_rtp: Vec<RemoteOutboundRtpStats>,
    /// `RTCDataChannelStats`, summed over all channels that there were.
    pub data_channels: DataChannelTotals,
    /// `RTCDataChannelStats` of the channels that are not closed.
    pub open_data_channels: Vec<DataChannelStats>,
    /// Outputs that were lost and changes of interfaces that had to wait, because the program did
    /// not poll: 0 for one that polls after each input and each command.
    pub not_polled: u64,
}

/// `RTCPeerConnectionStats`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerConnectionStats {
    /// Its name.
    pub id: StatsId,
    /// Channels that opened.
    pub data_channels_opened: u64,
    /// Channels that closed after they had opened.
    pub data_channels_closed: u64,
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

/// `RTCDataChannelStats`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataChannelStats {
    /// Its name.
    pub id: StatsId,
    /// Its label.
    pub label: String,
    /// Its sub-protocol, often empty.
    pub protocol: String,
    /// The SCTP stream that carries it, once it is known.
    pub data_channel_identifier: Option<u16>,
    /// How far it is.
    pub state: DataChannelState,
    /// Messages taken for sending.
    pub messages_sent: u64,
    /// Bytes of them.
    pub bytes_sent: u64,
    /// Messages received.
    pub messages_received: u64,
    /// Bytes of them.
    pub bytes_received: u64,
}
