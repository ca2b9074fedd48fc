//! ICE candidates as they are signalled (RFC 8839 section 5.1).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::datagram::Protocol;

/// Longest candidate line taken, in bytes. The longest that browsers send is about 200.
pub const CANDIDATE_BYTES_MAX: usize = 1024;

/// Different candidates that a description may hold, and that may wait for one. A browser with many
/// interfaces and relays sends some thirty.
pub const REMOTE_CANDIDATES_MAX: usize = 256;

/// Most name-value pairs read after the type; RFC 8839 defines four.
const EXTENSIONS_MAX: usize = 16;

/// What a candidate's address is (RFC 8445 section 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CandidateKind {
    /// An address of an own interface.
    #[serde(rename = "host")]
    Host,
    /// An address that a STUN server saw.
    #[serde(rename = "srflx")]
    ServerReflexive,
    /// An address that the peer saw.
    #[serde(rename = "prflx")]
    PeerReflexive,
    /// An address of a relay.
    #[serde(rename = "relay")]
    Relayed,
}

impl CandidateKind {
    const ALL: [CandidateKind; 4] = [
        CandidateKind::Host,
        CandidateKind::ServerReflexive,
        CandidateKind::PeerReflexive,
        CandidateKind::Relayed,
    ];

    /// The token of the `typ` field.
    pub const fn name(self) -> &'static str {
        match self {
            CandidateKind::Host => "host",
            CandidateKind::ServerReflexive => "srflx",
            CandidateKind::PeerReflexive => "prflx",
            CandidateKind::Relayed => "relay",
        }
    }
}

impl fmt::Display for CandidateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a candidate is: by address, or by a name that hides it (RFC 9429's mDNS names).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CandidateAddress {
    /// A transport address.
    Address(SocketAddr),
    /// A name to be resolved, and a port.
    Name(String, u16),
}

/// An ICE candidate.
///
/// ```
/// use lapwing_engine::{CandidateKind, IceCandidate};
/// let line = "candidate:1 1 udp 2113937151 192.0.2.7 50000 typ host";
/// let candidate = IceCandidate::parse(line).unwrap();
/// assert_eq!(candidate.kind, CandidateKind::Host);
/// assert_eq!(candidate.to_string(), line);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IceCandidate {
    /// Equal for candidates that share their fate.
    pub foundation: String,
    /// 1 for RTP and everything that is multiplexed with it.
    pub component: u16,
    /// What carries the datagrams.
    pub protocol: Protocol,
    /// Higher is preferred.
    pub priority: u32,
    /// Where it is.
    pub address: CandidateAddress,
    /// What it is.
    pub kind: CandidateKind,
    /// The base of a reflexive or relayed candidate.
    pub related: Option<SocketAddr>,
    /// `active`, `passive` or `so`, for TCP (RFC 6544 section 4.5).
    pub tcp_type: Option<String>,
    /// The user fragment of the ICE generation it belongs to.
    pub ufrag: Option<String>,
}

/// Why a line is no candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CandidateError {
    /// Longer than [`CANDIDATE_BYTES_MAX`].
    TooLong(usize),
    /// It does not begin with `candidate:`.
    NoPrefix,
    /// A field is missing; its name.
    Missing(&'static str),
    /// A field cannot be read; its name and text.
    Invalid(&'static str, String),
    /// Nothing can be sent there: no port, no address of a single machine, or no name.
    Unreachable,
    /// It is of a kind that cannot be used.
    Unusable,
    /// The peer named as many as are taken before ICE restarts.
    TooMany,
}

impl fmt::Display for CandidateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CandidateError::TooLong(bytes) => {
                write!(f, "candidate of {bytes} bytes; at most {CANDIDATE_BYTES_MAX} are taken")
            }
            CandidateError::NoPrefix => f.write_str("a candidate begins with \"candidate:\""),
            CandidateError::Missing(field) => write!(f, "candidate without {field}"),
            CandidateError::Invalid(field, text) => write!(f, "candidate with {field} {text:?}"),
            CandidateError::Unreachable => {
                f.write_str("candidate with an address that nothing can be sent to")
            }
            CandidateError::Unusable => f.write_str("candidate of a kind that cannot be used"),
            CandidateError::TooMany => f.write_str("more candidates than are taken"),
        }
    }
}

impl std::error::Error for CandidateError {}

/// A candidate as it is signalled (W3C `RTCIceCandidateInit`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CandidateInit {
    /// None: there are no more.
    pub candidate: Option<IceCandidate>,
    /// The m-line by its name (`sdpMid`).
    pub mid: Option<String>,
    /// The m-line by its place, from zero (`sdpMLineIndex`); the name goes before.
    pub index: Option<usize>,
    /// The user fragment of its generation (`usernameFragment`), where the candidate has none.
    pub ufrag: Option<String>,
}

impl CandidateInit {
    /// The text of the candidate's attribute; empty where there are no more.
    pub fn line(&self) -> String {
        self.candidate.as_ref().map(ToString::to_string).unwrap_or_default()
    }
}

impl IceCandidate {
    /// Reads the attribute, with or without the leading `a=`.
    pub fn parse(line: &str) -> Result<Self, CandidateError> {
        if line.len() > CANDIDATE_BYTES_MAX {
            return Err(CandidateError::TooLong(line.len()));
        }
        let line = line.trim_ascii();
        let line = line.strip_prefix("a=").unwrap_or(line);
        let fields = line.strip_prefix("candidate:").ok_or(CandidateError::NoPrefix)?;
        let mut fields = fields.split_ascii_whitespace();
        let mut next = |name| fields.next().ok_or(CandidateError::Missing(name));

        let foundation = next("foundation")?.to_owned();
        let component = number(next("component")?, "component")?;
        let protocol = protocol(next("transport")?)?;
        let priority = number(next("priority")?, "priority")?;
        let host = next("address")?;
        let port = number(next("port")?, "port")?;
        next("typ")?;
        let kind = kind(next("type")?)?;
        let mut candidate = IceCandidate {
            foundation,
            component,
            protocol,
            priority,
            address: address(host, port)?,
            kind,
            related: None,
            tcp_type: None,
            ufrag: None,
        };
        candidate.read_extensions(fields)?;
        Ok(candidate)
    }

    fn read_extensions<'a>(
        &mut self,
        mut fields: impl Iterator<Item = &'a str>,
    ) -> Result<(), CandidateError> {
        let mut related = (None, None);
        for _ in 0..EXTENSIONS_MAX {
            let (Some(name), Some(value)) = (fields.next(), fields.next()) else { break };
            match name {
                "raddr" => related.0 = value.parse::<IpAddr>().ok(),
                "rport" => related.1 = Some(number(value, "rport")?),
                "tcptype" => self.tcp_type = Some(value.to_owned()),
                "ufrag" => self.ufrag = Some(value.to_owned()),
                _ => {}
            }
        }
        if let (Some(ip), Some(port)) = related {
            self.related = Some(SocketAddr::new(ip, port));
        }
        Ok(())
    }

    /// The transport address, if it is one that a single machine can have.
    pub(crate) fn reachable(&self) -> Result<SocketAddr, CandidateError> {
        let address = self.socket_addr().ok_or(CandidateError::Unreachable)?;
        let to_many = match address.ip() {
            IpAddr::V4(ip) => ip.is_multicast() || ip.is_broadcast(),
            IpAddr::V6(ip) => ip.is_multicast(),
        };
        if to_many || address.ip().is_unspecified() || address.port() == 0 {
            return Err(CandidateError::Unreachable);
        }
        Ok(address)
    }

    /// The same at each of these addresses, which its name stands for.
    pub(crate) fn at(&self, addresses: &[IpAddr]) -> impl Iterator<Item = IceCandidate> {
        let port = match self.address {
            CandidateAddress::Address(address) => address.port(),
            CandidateAddress::Name(_, port) => port,
        };
        addresses.iter().map(move |ip| IceCandidate {
            address: CandidateAddress::Address(SocketAddr::new(*ip, port)),
            ..self.clone()
        })
    }

    /// The transport address, unless it hides behind a name.
    pub fn socket_addr(&self) -> Option<SocketAddr> {
        match &self.address {
            CandidateAddress::Address(address) => Some(*address),
            CandidateAddress::Name(..) => None,
        }
    }
}

fn number<T: std::str::FromStr>(text: &str, field: &'static str) -> Result<T, CandidateError> {
    text.parse().map_err(|_| CandidateError::Invalid(field, text.to_owned()))
}

fn protocol(text: &str) -> Result<Protocol, CandidateError> {
    match text {
        _ if text.eq_ignore_ascii_case("udp") => Ok(Protocol::Udp),
        _ if text.eq_ignore_ascii_case("tcp") => Ok(Protocol::Tcp),
        _ => Err(CandidateError::Invalid("transport", text.to_owned())),
    }
}

fn kind(text: &str) -> Result<CandidateKind, CandidateError> {
    let known = CandidateKind::ALL.into_iter().find(|kind| kind.name() == text);
    known.ok_or_else(|| CandidateError::Invalid("type", text.to_owned()))
}

/// An address, or a name of letters, digits, dots and hyphens.
fn address(host: &str, port: u16) -> Result<CandidateAddress, CandidateError> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Ok(CandidateAddress::Address(SocketAddr::new(ip, port)));
    }
    let is_name = host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-')
        && host.bytes().any(|b| b.is_ascii_alphabetic());
    if !is_name {
        return Err(CandidateError::Invalid("address", host.to_owned()));
    }
    Ok(CandidateAddress::Name(host.to_owned(), port))
}

impl fmt::Display for IceCandidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (foundation, component) = (&self.foundation, self.component);
        let protocol = match self.protocol {
            Protocol::Udp => "udp",
            Protocol::Tcp | Protocol::Tls => "tcp",
        };
        write!(f, "candidate:{foundation} {component} {protocol} {} ", self.priority)?;
        match &self.address {
            CandidateAddress::Address(at) => write!(f, "{} {}", at.ip(), at.port())?,
            CandidateAddress::Name(name, port) => write!(f, "{name} {port}")?,
        }
        write!(f, " typ {}", self.kind)?;
        if let Some(related) = self.related {
            write!(f, " raddr {} rport {}", related.ip(), related.port())?;
        }
        if let Some(tcp_type) = &self.tcp_type {
            write!(f, " tcptype {tcp_type}")?;
        }
        if let Some(ufrag) = &self.ufrag {
            write!(f, " ufrag {ufrag}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_browsers_survive() {
        for line in [
            "candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host ufrag 4ZcD",
            "candidate:435653019 2 tcp 1845501695 192.168.0.196 9 typ host tcptype active",
            "candidate:1 1 udp 1685987071 203.0.113.4 61665 typ srflx raddr 192.168.0.196 rport 46243",
            "candidate:2 1 udp 2113937151 8b3fe0a1-6a2f-4c44-9d6e-2e8d6f3b3b0c.local 5000 typ host",
            "candidate:3 1 udp 2113937151 2001:db8::7 5000 typ host",
        ] {
            let candidate = IceCandidate::parse(line).expect("a valid line");
            assert_eq!(candidate.to_string(), line);
        }
    }

    #[test]
    fn faults_are_named() {
        let parse = |line: &str| IceCandidate::parse(line).expect_err("an invalid line");
        assert_eq!(parse("hello"), CandidateError::NoPrefix);
        assert_eq!(parse("candidate:1 1 udp"), CandidateError::Missing("priority"));
        let bad_port = "candidate:1 1 udp 1 10.0.0.1 70000 typ host";
        assert_eq!(parse(bad_port), CandidateError::Invalid("port", "70000".to_owned()));
        let bad_address = "candidate:1 1 udp 1 10.0.0.999 7 typ host";
        assert_eq!(parse(bad_address), CandidateError::Invalid("address", "10.0.0.999".to_owned()));
        assert_eq!(parse(&"x".repeat(5000)), CandidateError::TooLong(5000));
    }
}
