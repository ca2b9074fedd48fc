//! What gathering wants done.

use crate::candidate::IceCandidate;
use crate::datagram::Transmit;
use crate::event::IceCandidateFault;
use crate::ice::Network;
use crate::socket::SocketRequest;
use crate::state::IceGatheringState;

use super::servers::ServerId;

/// Something that gathering wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GatherStep {
    /// Ask for a socket, or close one.
    Socket(SocketRequest),
    /// Send something to a server.
    Transmit(Transmit),
    /// Find the addresses of a server's name.
    Resolve(ServerId, String),
    /// A candidate was found, with the network behind it.
    Found(IceCandidate, Network),
    /// A candidate cannot be used any more.
    Lost(IceCandidate),
    /// A server was of no use.
    Fault(IceCandidateFault),
    /// The gathering state moved.
    State(IceGatheringState),
}
