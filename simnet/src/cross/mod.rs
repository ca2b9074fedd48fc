//! Traffic that is not under test: UDP of a given rate, TCP and QUIC.
//!
//! The TCP here is a model of ours: sequence numbers, SACK, retransmission and congestion control
//! as the RFCs have them, over packets whose data is only counted. It is validated against the
//! Mathis formula and CUBIC's response function. QUIC is likewise a model, with the same
//! controllers.

mod arrivals;
mod cbr;
mod control;
mod dash;
mod downloads;
mod opening;
mod pace;
mod quic;
mod ranges;
mod rate;
mod receiver;
mod rtt;
mod scoreboard;
mod segment;
mod sender;
mod swarm;
mod tcp;

pub use arrivals::{Arrivals, Sizes};
pub use cbr::{Cbr, CbrSink};
pub use control::{
    Ack, Bbr1, Bbr3, CongestionControl, Cubic, INITIAL_WINDOW, LostSegment, Phase, Prague,
    RateSample, Reno, Timeout,
};
pub use dash::{Dash, LADDER_RATES_MAX, Playback};
pub use downloads::{Downloads, Workload};
pub use quic::{QuicSink, QuicSource};
pub(crate) use receiver::Receiver;
pub(crate) use rtt::RttEstimator;
pub(crate) use scoreboard::Scoreboard;
pub(crate) use segment::{SackBlocks, Segment};
pub(crate) use sender::Sender;
pub use sender::SenderStats;
pub use swarm::{SWARM_CONNECTIONS_MAX, SwarmStats, TcpSwarm, TcpSwarmSink};
pub use tcp::{TcpSink, TcpSource};
