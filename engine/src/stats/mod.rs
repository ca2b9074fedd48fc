//! Statistics by the names of the W3C's webrtc-stats.

mod collect;
mod id;
mod join;
mod known;
mod report;
mod streams;
mod transport;

pub(crate) use collect::StatsCollector;
pub use id::StatsId;
pub(crate) use join::{StreamContext, remote_inbound, remote_outbound};
pub(crate) use known::{
    certificates, channels, local_candidates, pairs, peer_connection, remote_candidates,
    transport_id,
};
pub use report::{DataChannelStats, DataChannelTotals, PeerConnectionStats, Stats};
pub use streams::{
    CodecStats, InboundRtpStats, OutboundRtpStats, RemoteInboundRtpStats, RemoteOutboundRtpStats,
};
pub use transport::{CandidatePairStats, CertificateStats, IceCandidateStats, TransportStats};
