//! Datagrams at the engine's edge, and how they are marked.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// What carries a datagram between two transport addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// UDP, RFC 768.
    Udp,
    /// TCP with the framing of RFC 4571; drivers frame, the engine sees datagrams.
    Tcp,
    /// TLS over TCP, to a relay.
    Tls,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protocol::Udp => "udp",
            Protocol::Tcp => "tcp",
            Protocol::Tls => "tls",
        })
    }
}

/// Explicit congestion notification codepoint of an IP packet (RFC 3168 section 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Ecn {
    /// ECN-capable, codepoint 01: L4S traffic (RFC 9331).
    Ect1 = 1,
    /// ECN-capable, codepoint 10.
    Ect0 = 2,
    /// Congestion experienced, codepoint 11.
    Ce = 3,
}

impl Ecn {
    /// The codepoint in the two low bits, `None` for "not ECN-capable".
    pub const fn from_bits(bits: u8) -> Option<Ecn> {
        match bits & 0b11 {
            1 => Some(Ecn::Ect1),
            2 => Some(Ecn::Ect0),
            3 => Some(Ecn::Ce),
            _ => None,
        }
    }
}

/// A datagram that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// What carried it.
    pub protocol: Protocol,
    /// The remote transport address it came from.
    pub source: SocketAddr,
    /// The local transport address it came to: the address of one of our candidates.
    pub destination: SocketAddr,
    /// How the network marked it, where the driver can tell.
    pub ecn: Option<Ecn>,
    /// The bytes.
    pub contents: &'a [u8],
}

/// A datagram to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// What is to carry it.
    pub protocol: Protocol,
    /// The local transport address to send from.
    pub source: SocketAddr,
    /// The remote transport address to send to.
    pub destination: SocketAddr,
    /// How to mark it.
    pub ecn: Option<Ecn>,
    /// The bytes.
    pub contents: Vec<u8>,
}

impl Transmit {
    /// The same datagram as its receiver sees it, when nothing translates addresses on the way.
    pub fn as_datagram(&self) -> Datagram<'_> {
        Datagram {
            protocol: self.protocol,
            source: self.source,
            destination: self.destination,
            ecn: self.ecn,
            contents: &self.contents,
        }
    }
}
