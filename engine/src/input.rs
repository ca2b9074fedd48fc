//! Everything that enters the engine besides commands.

use std::net::IpAddr;

use crate::datagram::Datagram;
use crate::socket::{Interface, ResolveId, SocketReply};

/// Something that happened outside. Bytes from the network never give an error: noise is counted
/// and dropped.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Time passed. Always welcome, also before the time that was asked for.
    Timeout,
    /// A datagram arrived.
    Datagram(Datagram<'a>),
    /// A socket was opened, or failed.
    Socket(SocketReply),
    /// A name was resolved. An empty list means that it has no address.
    Resolved {
        /// The question.
        id: ResolveId,
        /// The answers.
        addresses: &'a [IpAddr],
    },
    /// The usable interfaces: the whole list, at the start and after each change.
    Interfaces(&'a [Interface]),
}
