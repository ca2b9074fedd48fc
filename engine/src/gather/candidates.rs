//! Candidates as they are signalled: foundation and priority (RFC 8445 section 5.1.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::candidate::{CandidateAddress, CandidateKind, IceCandidate};
use crate::datagram::Protocol;
use crate::ice::{
    LOCAL_PREFERENCE_MAX, Network, TcpType, candidate_priority, tcp_local_preference,
};

/// How much less candidates by way of one server are preferred than those of the server before it.
const SERVER_STEP: u32 = 1_000;

/// One of our addresses that servers are asked from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) local: SocketAddr,
    /// Its place in the order of preference.
    pub(super) rank: u32,
    pub(super) network: Network,
}

fn candidate(
    foundation: String,
    kind: CandidateKind,
    (protocol, preference): (Protocol, u32),
    (address, related): (SocketAddr, Option<SocketAddr>),
) -> IceCandidate {
    let preference = u32::from(LOCAL_PREFERENCE_MAX).saturating_sub(preference) as u16;
    IceCandidate {
        foundation,
        component: 1,
        protocol: Protocol::Udp,
        priority: candidate_priority(kind, protocol, preference),
        address: CandidateAddress::Address(address),
        kind,
        related,
        tcp_type: None,
        ufrag: None,
    }
}

/// A socket on one of our addresses.
pub(super) fn host_candidate(local: SocketAddr, rank: u32) -> IceCandidate {
    candidate(format!("h{rank}"), CandidateKind::Host, (Protocol::Udp, rank), (local, None))
}

/// The place of a host candidate in the order of preference.
pub(super) fn rank_of(candidate: &IceCandidate) -> u32 {
    u32::from(LOCAL_PREFERENCE_MAX) - (candidate.priority >> 8 & 0xffff)
}

/// An address that peers connect to, or that we connect from (RFC 6544 section 4.5).
pub(super) fn tcp_candidate(base: Base, tcp_type: TcpType, address: SocketAddr) -> IceCandidate {
    let other = LOCAL_PREFERENCE_MAX.saturating_sub(base.rank.min(u16::MAX.into()) as u16);
    let preference = tcp_local_preference(CandidateKind::Host, tcp_type, other);
    IceCandidate {
        foundation: format!("t{}{}", base.rank, tcp_type.name()),
        component: 1,
        protocol: Protocol::Tcp,
        priority: candidate_priority(CandidateKind::Host, Protocol::Tcp, preference),
        address: CandidateAddress::Address(address),
        kind: CandidateKind::Host,
        related: None,
        tcp_type: Some(tcp_type.name().to_owned()),
        ufrag: None,
    }
}

/// What server number `server` sees of a simultaneous-open candidate of ours.
pub(super) fn reflexive_tcp_candidate(
    base: Base,
    server: usize,
    (mapped, local): (SocketAddr, SocketAddr),
) -> IceCandidate {
    let (kind, tcp_type) = (CandidateKind::ServerReflexive, TcpType::SimultaneousOpen);
    let step = base.rank + SERVER_STEP * server as u32;
    let other = LOCAL_PREFERENCE_MAX.saturating_sub(step.min(u16::MAX.into()) as u16);
    let preference = tcp_local_preference(kind, tcp_type, other);
    IceCandidate {
        foundation: format!("u{}n{server}", base.rank),
        priority: candidate_priority(kind, Protocol::Tcp, preference),
        kind,
        related: Some(local),
        ..tcp_candidate(base, tcp_type, mapped)
    }
}

/// What server number `server` sees of an address of ours.
pub(super) fn reflexive_candidate(base: Base, server: usize, mapped: SocketAddr) -> IceCandidate {
    let preference = base.rank + SERVER_STEP * server as u32;
    let foundation = format!("s{}n{server}", base.rank);
    let addresses = (mapped, Some(base.local));
    candidate(foundation, CandidateKind::ServerReflexive, (Protocol::Udp, preference), addresses)
}

/// An address at a relay, which is reached by `protocol`. `related` says where we are; nothing
/// where that is nobody's to know.
pub(super) fn relayed_candidate(
    base: Base,
    (server, protocol): (usize, Protocol),
    relayed: SocketAddr,
    related: Option<SocketAddr>,
) -> IceCandidate {
    let preference = base.rank + SERVER_STEP * server as u32;
    let foundation = format!("r{}n{server}{}", base.rank, protocol as u8);
    let related = related.unwrap_or_else(|| unspecified(relayed));
    candidate(foundation, CandidateKind::Relayed, (protocol, preference), (relayed, Some(related)))
}

/// No address, of the same family: what stands for one that is hidden.
pub(super) fn unspecified(like: SocketAddr) -> SocketAddr {
    let ip = match like {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    SocketAddr::new(ip, 0)
}
