//! What the engine asks of sockets, interfaces and resolvers, and what it is told of them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::datagram::Protocol;

/// A socket that the engine asked for, by the order of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub(crate) u32);

/// A question to a name resolver, by the order of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResolveId(pub(crate) u32);

/// Something to do with a socket. Answered by an [`Input::Socket`](crate::Input::Socket).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketRequest {
    /// Open a socket on `local`; port 0 lets the system choose.
    Bind {
        /// The name of the socket from now on.
        id: SocketId,
        /// UDP, or TCP to listen.
        protocol: Protocol,
        /// Where to open it.
        local: SocketAddr,
    },
    /// Close a socket. No answer is expected.
    Close {
        /// Which one.
        id: SocketId,
    },
}

/// What became of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketReply {
    /// It is open, and datagrams that reach it have `local` as their destination.
    Bound {
        /// Which one.
        id: SocketId,
        /// Its address, with the port the system chose.
        local: SocketAddr,
    },
    /// It could not be opened, or it broke.
    Failed {
        /// Which one.
        id: SocketId,
        /// Why.
        kind: std::io::ErrorKind,
    },
}

/// An address of a network interface that is up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Interface {
    /// The system's name for it, such as `eth0`.
    pub name: String,
    /// One of its addresses.
    pub address: IpAddr,
    /// What its network costs to use; 0 where that is not known. A pair of less cost goes before
    /// one of higher priority, and the peer is told (draft-thatcher-ice-network-cost).
    pub cost: u16,
}

impl Interface {
    /// Cost of a cable, and of what is not known.
    pub const COST_WIRED: u16 = 0;
    /// Cost of Wi-Fi, as libwebrtc has it.
    pub const COST_WIFI: u16 = 10;
    /// Cost of a cellular network, as libwebrtc has it.
    pub const COST_CELLULAR: u16 = 900;

    /// An interface by name and address, whose use costs nothing.
    pub fn new(name: impl Into<String>, address: IpAddr) -> Self {
        Interface { name: name.into(), address, cost: Interface::COST_WIRED }
    }

    /// The same with another cost.
    ///
    /// ```
    /// use lapwing_engine::Interface;
    /// let address = "192.0.2.7".parse().unwrap();
    /// let interface = Interface::new("wlan0", address).with_cost(Interface::COST_WIFI);
    /// assert_eq!(interface.cost, 10);
    /// ```
    pub fn with_cost(self, cost: u16) -> Self {
        Interface { cost, ..self }
    }

    /// Whether the address can be used by peers outside: neither unspecified nor link-local.
    pub fn is_usable(&self) -> bool {
        match self.address {
            IpAddr::V4(v4) => !v4.is_unspecified() && !v4.is_link_local(),
            IpAddr::V6(v6) => !v6.is_unspecified() && !v6.is_unicast_link_local(),
        }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%{}", self.address, self.name)
    }
}
