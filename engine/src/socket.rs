//! What the engine asks of sockets, interfaces and resolvers, and what it is told of them.

use std::fmt;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};

use crate::datagram::Protocol;
use crate::ice_server::{TlsTrust, shown};

/// A socket that the engine asked for, by the order of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub(crate) u32);

impl SocketId {
    /// For what asks a driver beside an [`Rtc`](crate::Rtc), which numbers its own.
    pub const fn new(number: u32) -> Self {
        SocketId(number)
    }
}

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
        /// UDP; or TCP to listen, for peers whose datagrams are framed as RFC 4571 has it.
        /// Connections that a peer makes need no answer: they are known by their addresses.
        protocol: Protocol,
        /// Where to open it.
        local: SocketAddr,
    },
    /// Open a UDP socket for multicast DNS on one interface (RFC 6762): on port 5353 of the group
    /// of its family, 224.0.0.251 or ff02::fb, which it joins, and which other programs of the
    /// machine may have open too. What it sends goes out on that interface, with 255 as its time
    /// to live, and comes back to this machine. `local` with port 5353 is its address in replies
    /// and datagrams.
    Mdns {
        /// The name of the socket from now on.
        id: SocketId,
        /// The system's name of the interface.
        interface: String,
        /// Its address that the socket speaks for.
        local: IpAddr,
    },
    /// Open a connection.
    Connect(ConnectRequest),
    /// Close a socket, a connection, or a listener with all that it accepted. No answer is
    /// expected.
    Close {
        /// Which one.
        id: SocketId,
    },
}

/// A connection to be opened. Once it is, datagrams that go from its local to its remote address by
/// its protocol go over it, in the order in which they were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectRequest {
    /// The name of the connection from now on.
    pub id: SocketId,
    /// Where to open it from; port 0 lets the system choose.
    pub local: SocketAddr,
    /// Where to open it to: the server or the peer, or the proxy.
    pub remote: SocketAddr,
    /// How datagrams are told apart in the stream.
    pub framing: Framing,
    /// Ask the other end for a tunnel first.
    pub tunnel: Option<Tunnel>,
    /// Speak TLS over it, or through the tunnel.
    pub tls: Option<TlsRequest>,
}

impl ConnectRequest {
    /// What datagrams over it are said to be carried by.
    pub fn protocol(&self) -> Protocol {
        if self.tls.is_some() { Protocol::Tls } else { Protocol::Tcp }
    }
}

/// How datagrams are told apart in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Framing {
    /// Each is preceded by its length (RFC 4571): between peers (RFC 6544).
    Rfc4571,
    /// They are STUN messages and channel data, which tell their length; channel data is padded to
    /// a multiple of four (RFC 8656 section 12.5): towards servers.
    Stun,
}

/// What to ask an HTTP proxy for (`CONNECT`, RFC 9110 section 9.3.6).
#[derive(Clone, PartialEq, Eq)]
pub struct Tunnel {
    /// Where the tunnel is to end: `host:port`.
    pub authority: String,
    /// A user name and a password (RFC 7617).
    pub credentials: Option<(String, String)>,
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tunnel { authority, credentials } = self;
        f.debug_struct("Tunnel")
            .field("authority", authority)
            .field("credentials", &shown(credentials.as_ref()))
            .finish()
    }
}

/// How to speak TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsRequest {
    /// Whom the server's certificate must name: a host name, or an address.
    pub server_name: String,
    /// Whose certificates are believed.
    pub trust: TlsTrust,
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
    /// The connection is open: TLS and tunnel too, where they were asked for.
    Connected {
        /// Which one.
        id: SocketId,
        /// Its address on our side.
        local: SocketAddr,
    },
    /// It could not be opened, or it broke, or the other end closed it.
    Failed {
        /// Which one.
        id: SocketId,
        /// Why.
        fault: SocketFault,
    },
}

impl SocketReply {
    /// Which socket it is, and its address on our side where it is open.
    pub(crate) fn opened(self) -> (SocketId, Result<SocketAddr, SocketFault>) {
        match self {
            SocketReply::Bound { id, local } | SocketReply::Connected { id, local } => {
                (id, Ok(local))
            }
            SocketReply::Failed { id, fault } => (id, Err(fault)),
        }
    }
}

/// Why a socket could not be opened, or is open no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SocketFault {
    /// The other end refused the connection.
    Refused,
    /// Nothing came back in time.
    TimedOut,
    /// There is no way to there, or the system may not take it.
    Unreachable,
    /// The address is not ours, or somebody else has it.
    AddressUnavailable,
    /// The other end closed the connection, or it broke.
    Closed,
    /// The server's certificate names somebody else.
    TlsName,
    /// The server's certificate is not by an authority that is trusted.
    TlsUntrusted,
    /// The server's certificate is expired, or not valid yet.
    TlsExpired,
    /// The two do not agree on TLS, or the other end speaks none.
    TlsHandshake,
    /// The proxy gave no tunnel but this status code of HTTP.
    ProxyRefused(u16),
    /// The proxy answered with something else than HTTP.
    ProxyAnswer,
    /// The driver, or the system, cannot do this.
    Unsupported,
    /// Something else, which the driver logs.
    Other,
}

impl From<ErrorKind> for SocketFault {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::ConnectionRefused => SocketFault::Refused,
            ErrorKind::TimedOut => SocketFault::TimedOut,
            ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::PermissionDenied => SocketFault::Unreachable,
            ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable => SocketFault::AddressUnavailable,
            ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::BrokenPipe
            | ErrorKind::NotConnected
            | ErrorKind::UnexpectedEof => SocketFault::Closed,
            ErrorKind::Unsupported => SocketFault::Unsupported,
            _ => SocketFault::Other,
        }
    }
}

impl fmt::Display for SocketFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            SocketFault::Refused => "connection refused",
            SocketFault::TimedOut => "timed out",
            SocketFault::Unreachable => "no way to there",
            SocketFault::AddressUnavailable => "address not available",
            SocketFault::Closed => "connection closed",
            SocketFault::TlsName => "the certificate names somebody else",
            SocketFault::TlsUntrusted => "the certificate is not trusted",
            SocketFault::TlsExpired => "the certificate is not valid at this time",
            SocketFault::TlsHandshake => "no agreement on TLS",
            SocketFault::ProxyRefused(status) => {
                return write!(f, "the proxy gave no tunnel: {status}");
            }
            SocketFault::ProxyAnswer => "the proxy did not answer with HTTP",
            SocketFault::Unsupported => "not supported",
            SocketFault::Other => "socket error",
        };
        f.write_str(text)
    }
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
