//! Everything that leaves the engine.

use std::time::Instant;

use crate::datagram::Transmit;
use crate::event::Event;
use crate::socket::{ResolveId, SocketRequest};

/// Something to be done, or to be known. Poll until [`Output::Timeout`].
#[derive(Debug)]
pub enum Output {
    /// Send this datagram.
    Transmit(Transmit),
    /// Open or close a socket.
    Socket(SocketRequest),
    /// Find the addresses of a name; answer with [`Input::Resolved`](crate::Input::Resolved).
    Resolve {
        /// Quote this in the answer.
        id: ResolveId,
        /// The name, such as `1b9d6bcd.local`.
        name: String,
    },
    /// Something happened that the application may want to know.
    Event(Event),
    /// Nothing more for now: come back with an input, or with
    /// [`Input::Timeout`](crate::Input::Timeout) at this time.
    Timeout {
        /// When.
        at: Instant,
        /// What the wake-up is for.
        reason: TimeoutReason,
    },
}

/// What a wake-up is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimeoutReason {
    /// Nothing is due; the time given is far away.
    Idle,
    /// Connectivity checks and keep-alives.
    Ice,
    /// Servers that are asked for addresses, and relays that are kept.
    Gathering,
    /// Liveness of the selected path (RFC 7675).
    Consent,
    /// DTLS handshake retransmission.
    Dtls,
    /// SCTP retransmission, and data channels that wait for it.
    Sctp,
    /// RTCP reports and feedback.
    Rtcp,
    /// Paced sending, packetisation, reordering of received packets.
    Media,
    /// Bandwidth estimation and probing.
    Bandwidth,
    /// Statistics.
    Stats,
}
