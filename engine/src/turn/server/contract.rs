//! What enters the server and what it asks for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use super::config::ListenerId;

/// A family of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family of an address.
    pub fn of(address: SocketAddr) -> Self {
        if address.is_ipv4() { Family::V4 } else { Family::V6 }
    }
}

/// Where a client is: the listener that it came to, and its address. A connection is known by the
/// same two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Client {
    /// The listener.
    pub listener: ListenerId,
    /// The client's address.
    pub address: SocketAddr,
}

/// A relayed address that the server asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RelayId {
    pub(super) slot: u32,
    pub(super) generation: u32,
    pub(super) family: Family,
}

impl RelayId {
    /// Small and dense: the place of its allocation among all, twice, and its family. It is given
    /// to another relay only after this one was closed.
    pub fn index(self) -> usize {
        2 * self.slot as usize + usize::from(self.family == Family::V6)
    }
}

/// What happens to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnInput<'a> {
    /// A client sent a datagram, or a whole message or channel data over its connection.
    Client {
        /// Which one.
        client: Client,
        /// The bytes.
        contents: &'a [u8],
    },
    /// A datagram came to a relayed address.
    Peer {
        /// Which one.
        relay: RelayId,
        /// Whose it is.
        peer: SocketAddr,
        /// The bytes.
        contents: &'a [u8],
    },
    /// The socket of a relayed address is open.
    RelayOpened {
        /// Which one.
        relay: RelayId,
        /// The address by which peers reach it.
        address: SocketAddr,
    },
    /// It could not be opened, or broke.
    RelayFailed {
        /// Which one.
        relay: RelayId,
        /// Why.
        fault: RelayFault,
    },
    /// A client's connection is gone.
    ClientClosed(Client),
    /// Time has passed.
    Timeout,
}

/// Why there is no relayed address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelayFault {
    /// No port is free, or the system gives no socket.
    Capacity,
    /// The user has enough of them already, in all threads together.
    Quota,
}

/// What the server asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TurnOutput {
    /// Send this to a client, from its listener.
    Transmit {
        /// To whom.
        client: Client,
        /// The bytes.
        contents: Vec<u8>,
    },
    /// Open a UDP socket whose address peers can reach. Answered by [`TurnInput::RelayOpened`] or
    /// [`TurnInput::RelayFailed`].
    OpenRelay {
        /// Its name from now on.
        relay: RelayId,
        /// Of which family.
        family: Family,
        /// Its port is to be even.
        even: bool,
        /// For whom.
        owner: Arc<str>,
    },
    /// Close it. No answer is expected.
    CloseRelay {
        /// Which one.
        relay: RelayId,
    },
    /// Nothing more until something happens, or until then.
    Timeout {
        /// When to come back, if something is waited for.
        at: Option<Instant>,
    },
}

/// Longest header: that of a Data indication from a peer of IPv6.
pub const FORWARD_HEADER_BYTES_MAX: usize = 20 + 24 + 4;

/// A payload to be sent on, and where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forward<'a> {
    /// Where to.
    pub route: Route,
    /// What stands before the payload.
    pub header: Header,
    /// The payload, where it is.
    pub payload: &'a [u8],
    /// Zeros behind it: 0 to 3.
    pub padding: u8,
}

impl Forward<'_> {
    /// Bytes in all.
    pub fn len(&self) -> usize {
        self.header.as_slice().len() + self.payload.len() + usize::from(self.padding)
    }

    /// Whether there is nothing to send but an empty datagram.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends header, payload and padding.
    pub fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.header.as_slice());
        to.extend_from_slice(self.payload);
        to.resize(to.len() + usize::from(self.padding), 0);
    }
}

/// Where a payload goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// To a peer, from a relayed address.
    Peer {
        /// From which.
        relay: RelayId,
        /// To whom.
        peer: SocketAddr,
    },
    /// To a client, from its listener.
    Client(Client),
}

/// Bytes before a payload: none, those of channel data, or those of a Data indication.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Header {
    bytes: [u8; FORWARD_HEADER_BYTES_MAX],
    length: u8,
}

impl Header {
    pub(super) const NONE: Header = Header { bytes: [0; FORWARD_HEADER_BYTES_MAX], length: 0 };

    pub(super) fn push(&mut self, bytes: &[u8]) {
        let at = usize::from(self.length);
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len() as u8;
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_slice().fmt(f)
    }
}
