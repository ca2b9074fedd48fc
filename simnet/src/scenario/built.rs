//! What a scenario is built into.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use crate::cross::{
    Cbr, CbrSink, QuicSink, QuicSource, TcpSink, TcpSource, TcpSwarm, TcpSwarmSink,
};
use crate::net::{EndpointId, LinkId, MachineId};
use crate::scenario::Raised;
use crate::sim::{Handle, Sim};
use crate::time::Time;

/// A network made from a scenario.
#[derive(Debug)]
pub struct Built {
    /// The run, not yet begun.
    pub sim: Sim,
    /// The scenario's links.
    pub links: BTreeMap<String, LinkId>,
    /// The scenario's boxes and servers.
    pub raised: Raised,
    /// Where the endpoints of the flows belong, in the order of the scenario.
    pub flows: Vec<FlowEnds>,
    /// The cross traffic, in the order of the scenario; one for each of a count.
    pub cross: Vec<CrossEnds>,
}

/// The two ends of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowEnds {
    /// The flow's number.
    pub id: u64,
    /// The host that sends media, and its address.
    pub sender: (MachineId, IpAddr),
    /// The host that receives it, and its address.
    pub receiver: (MachineId, IpAddr),
    /// The sender's address outside, where it is behind a NAT.
    pub outside: Option<IpAddr>,
    /// When the flow begins.
    pub start: Time,
    /// When it ends.
    pub end: Time,
}

/// The two ends of cross traffic.
#[derive(Clone, Copy, Debug)]
pub enum CrossEnds {
    /// UDP.
    Udp(Handle<Cbr>, Handle<CbrSink>),
    /// TCP.
    Tcp(Handle<TcpSource>, Handle<TcpSink>),
    /// Many short flows by TCP.
    Swarm(Handle<TcpSwarm>, Handle<TcpSwarmSink>),
    /// QUIC.
    Quic(Handle<QuicSource>, Handle<QuicSink>),
    /// An application of one's own: its far end.
    Application(EndpointId),
}

impl CrossEnds {
    /// The end that receives.
    pub(crate) fn sink(&self) -> EndpointId {
        match self {
            CrossEnds::Tcp(_, sink) => sink.id(),
            CrossEnds::Udp(_, sink) => sink.id(),
            CrossEnds::Swarm(_, sink) => sink.id(),
            CrossEnds::Quic(_, sink) => sink.id(),
            CrossEnds::Application(far) => *far,
        }
    }
}

/// Why a scenario that is right cannot be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildError {
    /// Video is of a clip that nobody brings.
    NoClip(String),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::NoClip(clip) => write!(f, "there is no clip {clip:?}"),
        }
    }
}

impl std::error::Error for BuildError {}
