//! How a server is reached: by a socket that is there, by one of its own, by a connection.

use std::net::SocketAddr;

use crate::datagram::{Protocol, Transmit};
use crate::socket::SocketId;

/// The way to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) protocol: Protocol,
    /// Our end; port 0 until the socket is open.
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    /// The socket that was asked for; none where one is used that is there.
    pub(super) socket: Option<SocketId>,
    pub(super) is_open: bool,
}

impl Way {
    /// Whether a datagram came this way.
    pub(super) fn brought(
        &self,
        protocol: Protocol,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> bool {
        self.is_open
            && self.remote == source
            && self.local == destination
            && self.protocol == protocol
    }

    pub(super) fn transmit(&self, contents: Vec<u8>) -> Transmit {
        let Way { protocol, local: source, remote: destination, .. } = *self;
        Transmit { protocol, source, destination, ecn: None, contents }
    }
}
