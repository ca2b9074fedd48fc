//! What a server's datagram is.

use std::net::SocketAddr;

/// What a server's datagram was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// Something between the server and us.
    Taken,
    /// A peer's datagram.
    Peer {
        /// Who sent it.
        peer: SocketAddr,
        /// The relayed address that it was sent to.
        relayed: SocketAddr,
        /// Its bytes.
        contents: &'a [u8],
    },
    /// Nothing that was waited for.
    Ignored,
}
