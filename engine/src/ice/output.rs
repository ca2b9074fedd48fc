//! What comes out of an agent.

use std::net::SocketAddr;

use super::message::CarriedAttribute;
use super::pair::PairId;
use crate::candidate::CandidateKind;
use crate::datagram::{Protocol, Transmit};
use crate::state::IceConnectionState;

/// What comes out of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Output {
    /// A check or an answer is to be sent.
    Transmit(Transmit),
    /// The state changed.
    State(IceConnectionState),
    /// Traffic takes this path from now on.
    Selected(Path),
    /// There is no path any more, and none in sight.
    Lost,
    /// An answer on the path in use is overdue: it may be that our address is another one now.
    Overdue,
    /// What an authentic message carried for somebody else; nothing, where it carried nothing.
    Carried {
        /// The message was the answer to a check of ours.
        response: bool,
        /// The attributes that [`carry`](super::Agent::carry) named, in their order.
        attributes: Vec<CarriedAttribute>,
    },
}

/// The way that traffic takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// The pair.
    pub pair: PairId,
    /// What carries it.
    pub protocol: Protocol,
    /// The address to send from.
    pub source: SocketAddr,
    /// The address to send to.
    pub destination: SocketAddr,
    /// What our candidate is, as the peer sees it.
    pub local_kind: CandidateKind,
    /// What the peer's is; peer reflexive where no description told of it.
    pub remote_kind: CandidateKind,
}
