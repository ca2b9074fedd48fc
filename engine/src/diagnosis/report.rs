//! What was tried, and what became of it.

use std::net::SocketAddr;
use std::time::Duration;

use super::finding::Finding;
use crate::candidate::IceCandidate;
use crate::ice::PairState;
use crate::ice_server::IceUrl;
use crate::socket::{Interface, SocketFault};
use crate::turn::client::{NatBehaviour, ServerFault};

/// What is known of how a connection is, or is not, reached.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// The interfaces that were told of.
    pub interfaces: Vec<Interface>,
    /// Each server, from each address that it was asked from.
    pub servers: Vec<ServerReport>,
    /// What the NAT does, where [`Config::probe_nat`](crate::Config::probe_nat) asks for it: the
    /// servers that were asked, of each address family up to the first that could tell.
    pub nat: Vec<NatReport>,
    /// Candidates of ours.
    pub local_candidates: Vec<IceCandidate>,
    /// Pairs of candidates; the best first.
    pub pairs: Vec<PairFate>,
    /// What is wrong, the gravest first; nothing where all is well.
    pub findings: Vec<Finding>,
}

/// A server, asked from one of our addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerReport {
    /// Its URL.
    pub url: IceUrl,
    /// The user name that it was asked with.
    pub username: String,
    /// From where.
    pub local: SocketAddr,
    /// Its address, or that of the proxy on the way to it; none while its name is not known.
    pub remote: Option<SocketAddr>,
    /// What came of it.
    pub outcome: ServerOutcome,
}

/// What came of asking a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerOutcome {
    /// It is being asked.
    Asking,
    /// Its name has no address.
    NameUnknown,
    /// No connection to it came about.
    Unreachable(SocketFault),
    /// It did not answer, or not with what was asked for.
    Failed(ServerFault),
    /// It tells that we are seen at this address.
    Mapped {
        /// Where we are seen.
        address: SocketAddr,
        /// The time there and back.
        round_trip: Option<Duration>,
    },
    /// It relays at these addresses.
    Allocated {
        /// Where peers send to.
        relayed: Vec<SocketAddr>,
        /// Where the relay sees us.
        mapped: Option<SocketAddr>,
    },
    /// Another server of the list is the same one.
    Duplicate,
}

impl ServerOutcome {
    /// The server answered with what was asked for.
    pub fn is_reached(&self) -> bool {
        matches!(self, ServerOutcome::Mapped { .. } | ServerOutcome::Allocated { .. })
    }

    /// The address that the server sees us at.
    pub fn mapped(&self) -> Option<SocketAddr> {
        match self {
            ServerOutcome::Mapped { address, .. } => Some(*address),
            ServerOutcome::Allocated { mapped, .. } => *mapped,
            _ => None,
        }
    }
}

/// What a NAT does, as one server shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatReport {
    /// The URL of the server.
    pub url: IceUrl,
    /// The address of ours, of whose interface a socket asked.
    pub local: SocketAddr,
    /// The address of the server.
    pub remote: SocketAddr,
    /// What came of it. In words, with what follows from it, by `Display`.
    pub outcome: NatOutcome,
}

/// What came of asking what a NAT does (RFC 5780).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NatOutcome {
    /// It is being asked.
    Asking,
    /// There is no socket to ask from.
    Unreachable(SocketFault),
    /// The server did not answer, or not with what was asked for.
    Failed(ServerFault),
    /// The server has no second address to answer from: it cannot tell.
    NotSupported,
    /// This is what it does.
    Told(NatBehaviour),
}

/// A pair of candidates, and what came of its checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairFate {
    /// Ours.
    pub local: IceCandidate,
    /// The peer's.
    pub remote: IceCandidate,
    /// Where its checks stand.
    pub state: PairState,
    /// It carries the traffic.
    pub selected: bool,
    /// Checks of ours, repetitions left out.
    pub requests_sent: u64,
    /// Answers to them.
    pub responses_received: u64,
    /// Checks of the peer's.
    pub requests_received: u64,
    /// The time there and back.
    pub round_trip: Option<Duration>,
}
