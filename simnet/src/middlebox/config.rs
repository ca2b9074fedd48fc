//! How a NAT behaves (RFC 4787 sections 4 to 6).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// What a mapping or a filter depends on, besides the inside address and port.
///
/// As mapping behaviour (RFC 4787 section 4.1): when two packets from the same inside endpoint get
/// the same outside endpoint. As filtering behaviour (section 5): who may send to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dependence {
    /// Nothing: one mapping for all remotes; everyone may send.
    EndpointIndependent,
    /// The remote's address: a mapping for each; only addresses that were sent to may send.
    AddressDependent,
    /// The remote's address and port.
    AddressAndPortDependent,
}

impl Dependence {
    /// All three.
    pub const ALL: [Dependence; 3] = [
        Dependence::EndpointIndependent,
        Dependence::AddressDependent,
        Dependence::AddressAndPortDependent,
    ];

    /// With their names in files.
    pub(crate) const WORDS: [(&'static str, Dependence); 3] = [
        ("endpoint-independent", Dependence::EndpointIndependent),
        ("address-dependent", Dependence::AddressDependent),
        ("address-and-port-dependent", Dependence::AddressAndPortDependent),
    ];

    /// The part of a remote's endpoint that counts.
    pub(crate) fn part(self, remote: SocketAddr) -> RemotePart {
        match self {
            Dependence::EndpointIndependent => RemotePart::Nothing,
            Dependence::AddressDependent => RemotePart::Address(remote.ip()),
            Dependence::AddressAndPortDependent => RemotePart::Endpoint(remote),
        }
    }
}

/// What is kept of a remote's endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum RemotePart {
    Nothing,
    Address(IpAddr),
    Endpoint(SocketAddr),
}

/// How outside ports are chosen (RFC 4787 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PortAssignment {
    /// The inside port, or the next free one if another mapping has it.
    Preserve,
    /// One after the other.
    Sequential,
    /// Any free one.
    Random,
    /// The inside port, whoever else has it: "port overloading", which section 4.2.1 forbids. What
    /// comes in goes to the mapping whose filter lets it pass, the newest first.
    Overload,
}

/// How one of several outside addresses is chosen (RFC 4787 section 4.1, "IP address pooling").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pooling {
    /// The same for all of an inside host.
    Paired,
    /// The next in turn for each mapping.
    Arbitrary,
}

/// What becomes of packets from inside to an outside address of the NAT itself (RFC 4787
/// section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hairpin {
    /// They are dropped.
    Refused,
    /// They come back in, from the sender's outside endpoint (REQ-9 a), through the same filters as
    /// all others.
    ExternalSource,
}

/// Which mappings a remote may send to that a filter lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FilterScope {
    /// That through which it was sent to.
    Mapping,
    /// All of the inside endpoint that sent to it. With a mapping that is independent of the
    /// remote, that is the same one.
    Endpoint,
}

/// Which packets keep a mapping alive (RFC 4787 section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refresh {
    /// Those that go out (REQ-6).
    Outbound,
    /// Those that come in.
    Inbound,
    /// Both.
    Both,
}

impl Refresh {
    pub(crate) fn by_outbound(self) -> bool {
        matches!(self, Refresh::Outbound | Refresh::Both)
    }

    pub(crate) fn by_inbound(self) -> bool {
        matches!(self, Refresh::Inbound | Refresh::Both)
    }
}

/// How long an unused mapping lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NatTimeouts {
    /// Of UDP: at least 2 minutes (RFC 4787 REQ-5); many boxes allow 30 s.
    pub udp: Duration,
    /// Of TCP: at least 2 hours and 4 minutes (RFC 5382 REQ-5).
    pub tcp: Duration,
}

impl Default for NatTimeouts {
    fn default() -> Self {
        NatTimeouts { udp: Duration::from_secs(120), tcp: Duration::from_secs(7_440) }
    }
}

/// A NAT's behaviour.
///
/// ```
/// use lapwing_simnet::middlebox::{Dependence, NatConfig, PortAssignment};
/// let carrier = NatConfig {
///     mapping: Dependence::AddressAndPortDependent,
///     filtering: Dependence::AddressAndPortDependent,
///     ports: PortAssignment::Random,
///     ..NatConfig::new(["198.51.100.1".parse().unwrap()])
/// };
/// assert_eq!(carrier.addresses.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatConfig {
    /// The outside addresses; the NAT's outside interface must have them too.
    pub addresses: Vec<IpAddr>,
    /// When two packets of an inside endpoint share an outside endpoint.
    pub mapping: Dependence,
    /// Who may send to an outside endpoint.
    pub filtering: Dependence,
    /// How far the permission of a remote goes.
    pub filter_scope: FilterScope,
    /// How outside ports are chosen.
    pub ports: PortAssignment,
    /// How outside addresses are chosen.
    pub pooling: Pooling,
    /// What keeps a mapping alive.
    pub refresh: Refresh,
    /// How long an unused one lives.
    pub timeouts: NatTimeouts,
    /// Whether inside hosts reach each other by their outside endpoints.
    pub hairpin: Hairpin,
    /// Mappings at one time.
    pub max_mappings: usize,
}

impl NatConfig {
    /// What RFC 4787 asks for: endpoint-independent mapping, address-dependent filtering (REQ-8),
    /// ports preserved, addresses paired, outbound refresh, hairpinning.
    pub fn new(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        NatConfig {
            addresses: addresses.into_iter().collect(),
            mapping: Dependence::EndpointIndependent,
            filtering: Dependence::AddressDependent,
            filter_scope: FilterScope::Mapping,
            ports: PortAssignment::Preserve,
            pooling: Pooling::Paired,
            refresh: Refresh::Outbound,
            timeouts: NatTimeouts::default(),
            hairpin: Hairpin::ExternalSource,
            max_mappings: DEFAULT_MAX_MAPPINGS,
        }
    }
}

/// Mappings of a home router's table: more than any scenario opens, few enough to bound a run that
/// leaks them.
const DEFAULT_MAX_MAPPINGS: usize = 16_384;
