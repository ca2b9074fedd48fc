//! Statistics by the names of the W3C's webrtc-stats.

mod collect;
mod report;

pub(crate) use collect::StatsCollector;
pub use report::{
    CandidatePairStats, DataChannelTotals, InboundRtpStats, OutboundRtpStats, Stats, TransportStats,
};
