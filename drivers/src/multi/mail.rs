//! What drivers that share a port tell each other. The kernel gives a peer's datagrams to one of
//! their sockets by a hash of the addresses, which need not be the one whose driver carries the
//! connection.

use std::net::SocketAddr;

use lapwing_engine::{Datagram, Ecn, Protocol, RouteNews};

use super::entries::Slot;

/// Who carries a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// This driver.
    Here(Slot),
    /// Another one.
    There { shard: usize, slot: Slot },
}

/// News of a driver's connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Announcement {
    /// Checks for this fragment are for this connection.
    Known(Slot, String),
    /// What the connection's router learned of a path.
    Route(Slot, RouteNews),
    /// The connection was removed.
    Gone(Slot),
}

/// A datagram on its way to the driver that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handoff {
    /// Whose it is.
    pub(crate) shard: usize,
    pub(crate) slot: Slot,
    protocol: Protocol,
    source: SocketAddr,
    destination: SocketAddr,
    ecn: Option<Ecn>,
    contents: Vec<u8>,
}

impl Handoff {
    pub(crate) fn new(shard: usize, slot: Slot, datagram: &Datagram<'_>) -> Self {
        let Datagram { protocol, source, destination, ecn, contents } = *datagram;
        Handoff { shard, slot, protocol, source, destination, ecn, contents: contents.to_vec() }
    }

    pub(crate) fn datagram(&self) -> Datagram<'_> {
        Datagram {
            protocol: self.protocol,
            source: self.source,
            destination: self.destination,
            ecn: self.ecn,
            contents: &self.contents,
        }
    }
}
