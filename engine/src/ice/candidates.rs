//! The candidates of both sides.

use std::net::{IpAddr, SocketAddr};

use super::priority::{TcpType, candidate_priority, local_preference, tcp_local_preference};
use crate::candidate::{
    CandidateAddress, CandidateError, CandidateKind, IceCandidate, REMOTE_CANDIDATES_MAX,
};
use crate::datagram::Protocol;

/// Candidates of ours, learnt ones among them. A machine with eight addresses has eight hosts, as
/// many reflexive ones and relays by UDP and TCP.
pub(super) const LOCAL_CANDIDATES_MAX: usize = 64;

/// Addresses of the peer's that only its checks told of. A NAT gives it one for each of our bases.
pub(super) const LEARNT_CANDIDATES_MAX: usize = 64;

/// Bytes that may go to an address which nobody signalled and no answer came from, for each byte
/// that came from there: the source of a check can be forged.
pub(super) const AMPLIFICATION_MAX: u64 = 3;

/// The component of everything: RTP, RTCP and data share it.
pub(super) const COMPONENT: u16 = 1;

/// The network behind a local candidate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// Tells networks apart; the peer is told.
    pub id: u16,
    /// What it costs to use: lower is better, and goes before priority (libwebrtc: 0 Ethernet, 10
    /// Wi-Fi, 900 cellular).
    pub cost: u16,
}

/// A candidate of ours, and where it is sent from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalCandidate {
    /// As it is to be signalled. Priority zero, or an empty foundation, has the agent find one.
    pub candidate: IceCandidate,
    /// The address that packets leave from (RFC 8445 section 4): the host's for a reflexive one,
    /// its own for host and relayed ones.
    pub base: SocketAddr,
    /// The network behind it.
    pub network: Network,
}

impl LocalCandidate {
    /// With the base that the candidate itself tells: the related address of a reflexive one, its
    /// own address else. `None` for a candidate by name.
    pub fn new(candidate: IceCandidate) -> Option<Self> {
        let address = candidate.socket_addr()?;
        let base = match candidate.kind {
            CandidateKind::ServerReflexive | CandidateKind::PeerReflexive => {
                candidate.related.filter(|related| related.port() != 0)?
            }
            CandidateKind::Host | CandidateKind::Relayed => address,
        };
        Some(LocalCandidate { candidate, base, network: Network::default() })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct LocalId(u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RemoteId(u32);

#[derive(Debug)]
pub(super) struct Local {
    pub(super) id: LocalId,
    pub(super) candidate: IceCandidate,
    pub(super) address: SocketAddr,
    pub(super) base: SocketAddr,
    pub(super) network: Network,
    pub(super) tcp_type: Option<TcpType>,
}

impl Local {
    pub(super) fn kind(&self) -> CandidateKind {
        self.candidate.kind
    }

    pub(super) fn protocol(&self) -> Protocol {
        self.candidate.protocol
    }

    /// The peer told of it, no description of ours.
    pub(super) fn is_learnt(&self) -> bool {
        self.kind() == CandidateKind::PeerReflexive
    }
}

#[derive(Debug)]
pub(super) struct RemoteCandidate {
    pub(super) id: RemoteId,
    pub(super) generation: u32,
    pub(super) candidate: IceCandidate,
    pub(super) address: SocketAddr,
    pub(super) tcp_type: Option<TcpType>,
    /// What the peer says its network costs.
    pub(super) cost: u16,
    /// A check told of it, no description.
    pub(super) learnt: bool,
    pub(super) traffic: Traffic,
}

/// Bytes to and from a remote address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes of STUN messages sent there.
    pub sent: u64,
    /// Bytes of authentic STUN messages received from there.
    pub received: u64,
    /// An answer came from there, so whoever is there wants to hear of us.
    pub validated: bool,
}

impl RemoteCandidate {
    /// Whether so many bytes more may go there.
    pub(super) fn may_take(&self, bytes: usize) -> bool {
        let limit = self.traffic.received.saturating_mul(AMPLIFICATION_MAX);
        !self.learnt || self.traffic.validated || self.traffic.sent + bytes as u64 <= limit
    }
}

#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub(super) locals: Vec<Local>,
    pub(super) remotes: Vec<RemoteCandidate>,
    next: u32,
}

impl Candidates {
    pub(super) fn local(&self, id: LocalId) -> Option<&Local> {
        self.locals.iter().find(|local| local.id == id)
    }

    pub(super) fn remote(&self, id: RemoteId) -> Option<&RemoteCandidate> {
        self.remotes.iter().find(|remote| remote.id == id)
    }

    pub(super) fn remote_mut(&mut self, id: RemoteId) -> Option<&mut RemoteCandidate> {
        self.remotes.iter_mut().find(|remote| remote.id == id)
    }

    /// The candidate that packets to this address reach: one that is its own base.
    pub(super) fn based_at(&self, base: SocketAddr, protocol: Protocol) -> Option<&Local> {
        let at_base = |local: &&Local| {
            same_address(local.base, base) && same_protocol(local.protocol(), protocol)
        };
        let mut found = self.locals.iter().filter(at_base);
        let first = found.next()?;
        if first.address == first.base {
            return Some(first);
        }
        Some(found.find(|local| local.address == local.base).unwrap_or(first))
    }

    pub(super) fn remote_at(
        &self,
        generation: u32,
        address: SocketAddr,
        protocol: Protocol,
    ) -> Option<&RemoteCandidate> {
        self.remotes.iter().find(|remote| {
            remote.generation == generation
                && same_address(remote.address, address)
                && same_protocol(remote.candidate.protocol, protocol)
        })
    }

    fn next_id(&mut self) -> u32 {
        self.next += 1;
        self.next
    }

    /// Adds a candidate of ours. `None` where nothing can be sent from it, it is known already or
    /// there are too many.
    pub(super) fn add_local(&mut self, added: LocalCandidate) -> Option<LocalId> {
        let LocalCandidate { mut candidate, base, network } = added;
        let address = candidate.socket_addr()?;
        let tcp_type = candidate.tcp_type.as_deref().and_then(TcpType::parse);
        if candidate.component != COMPONENT
            || candidate.protocol != Protocol::Udp && tcp_type.is_none()
        {
            return None;
        }
        let known = self.locals.iter().position(|local| {
            local.address == address
                && local.base == base
                && local.protocol() == candidate.protocol
                && local.tcp_type == tcp_type
        });
        let known_learnt = known.filter(|index| self.locals[*index].is_learnt());
        let is_full = self.locals.len() >= LOCAL_CANDIDATES_MAX;
        if known_learnt.is_none() && (known.is_some() || is_full) {
            return None;
        }
        if candidate.priority == 0 {
            candidate.priority = self.priority_for(&candidate, address, tcp_type);
        }
        let id = self.next_id();
        if candidate.foundation.is_empty() {
            candidate.foundation = id.to_string();
        }
        if let Some(learnt) = known_learnt.and_then(|index| self.locals.get_mut(index)) {
            learnt.candidate = candidate;
            return Some(learnt.id);
        }
        let id = LocalId(id);
        // Mostly it stays the only one.
        self.locals.reserve_exact(1);
        self.locals.push(Local { id, candidate, address, base, network, tcp_type });
        Some(id)
    }

    fn priority_for(
        &self,
        candidate: &IceCandidate,
        address: SocketAddr,
        tcp_type: Option<TcpType>,
    ) -> u32 {
        let same = self.locals.iter().filter(|local| {
            local.kind() == candidate.kind
                && local.address.is_ipv4() == address.is_ipv4()
                && local.protocol() == candidate.protocol
        });
        let preference = local_preference(address, same.count());
        let preference = match tcp_type {
            Some(tcp_type) => tcp_local_preference(candidate.kind, tcp_type, preference),
            None => preference,
        };
        candidate_priority(candidate.kind, candidate.protocol, preference)
    }

    /// Adds a candidate that a description told of, or says which learnt one it was all along (RFC
    /// 8838 section 11.4); the second value says so.
    pub(super) fn add_remote(
        &mut self,
        candidate: &IceCandidate,
        generation: u32,
    ) -> Result<(RemoteId, Addition), CandidateError> {
        let address = candidate.reachable()?;
        let tcp_type = candidate.tcp_type.as_deref().and_then(TcpType::parse);
        if candidate.protocol != Protocol::Udp && tcp_type.is_none() {
            return Err(CandidateError::Unusable);
        }
        let known = self.remotes.iter_mut().find(|remote| {
            remote.generation == generation
                && same_address(remote.address, address)
                && same_protocol(remote.candidate.protocol, candidate.protocol)
        });
        if let Some(known) = known {
            let better = known.learnt || known.candidate.priority < candidate.priority;
            if better {
                known.candidate = candidate.clone();
                known.tcp_type = tcp_type;
                known.learnt = false;
            }
            let addition = if better { Addition::Improved } else { Addition::Redundant };
            return Ok((known.id, addition));
        }
        let signalled =
            self.remotes.iter().filter(|one| !one.learnt && one.generation == generation);
        if signalled.count() >= REMOTE_CANDIDATES_MAX {
            return Err(CandidateError::TooMany);
        }
        let id = RemoteId(self.next_id());
        // As above.
        self.remotes.reserve_exact(1);
        self.remotes.push(RemoteCandidate {
            id,
            generation,
            candidate: candidate.clone(),
            address,
            tcp_type,
            cost: 0,
            learnt: false,
            traffic: Traffic::default(),
        });
        Ok((id, Addition::New))
    }

    /// A check came from an address that no description told of (RFC 8445 section 7.3.1.3), and
    /// there is room for it.
    pub(super) fn learn_remote(
        &mut self,
        address: SocketAddr,
        protocol: Protocol,
        priority: u32,
        generation: u32,
    ) -> RemoteId {
        let id = self.next_id();
        let candidate = peer_reflexive(address, None, protocol, priority, id);
        let id = RemoteId(id);
        self.remotes.push(RemoteCandidate {
            id,
            generation,
            candidate,
            address,
            tcp_type: None,
            cost: 0,
            learnt: true,
            traffic: Traffic::default(),
        });
        id
    }

    /// The peer saw a check from `base` come from `address` (RFC 8445 section 7.2.5.3.1). The
    /// candidate of that address, learnt where it is none that we know.
    pub(super) fn learn_local(
        &mut self,
        address: SocketAddr,
        base: LocalId,
        priority: u32,
    ) -> Option<LocalId> {
        let from = self.local(base)?;
        let (base, network, protocol) = (from.base, from.network, from.protocol());
        let known = self.locals.iter().find(|local| {
            same_address(local.address, address)
                && local.base == base
                && same_protocol(local.protocol(), protocol)
        });
        if let Some(known) = known {
            return Some(known.id);
        }
        if self.locals.len() >= LOCAL_CANDIDATES_MAX {
            return None;
        }
        let id = self.next_id();
        let candidate = peer_reflexive(address, Some(base), protocol, priority, id);
        let id = LocalId(id);
        self.locals.push(Local { id, candidate, address, base, network, tcp_type: None });
        Some(id)
    }
}

/// What adding a remote candidate came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Addition {
    New,
    /// It was known, and is better known now.
    Improved,
    Redundant,
}

fn peer_reflexive(
    address: SocketAddr,
    related: Option<SocketAddr>,
    protocol: Protocol,
    priority: u32,
    number: u32,
) -> IceCandidate {
    IceCandidate {
        foundation: format!("prflx{number}"),
        component: COMPONENT,
        protocol,
        priority,
        address: CandidateAddress::Address(address),
        kind: CandidateKind::PeerReflexive,
        related,
        tcp_type: None,
        ufrag: None,
    }
}

/// The same transport address. A link-local one without scope, as descriptions have it, is the same
/// as one with.
pub(super) fn same_address(a: SocketAddr, b: SocketAddr) -> bool {
    a.port() == b.port() && a.ip() == b.ip() && same_scope(a, b)
}

fn same_scope(a: SocketAddr, b: SocketAddr) -> bool {
    match (a, b) {
        (SocketAddr::V6(a), SocketAddr::V6(b)) => {
            a.scope_id() == b.scope_id() || a.scope_id() == 0 || b.scope_id() == 0
        }
        _ => true,
    }
}

/// Both are carried by UDP, or both by TCP.
pub(super) fn same_protocol(a: Protocol, b: Protocol) -> bool {
    (a == Protocol::Udp) == (b == Protocol::Udp)
}

/// Where a pair of the two would send to; `None` where they make no pair (RFC 8445 section 6.1.2.2,
/// RFC 6544 section 6.2). A link-local address gets the scope that it is reached through.
pub(super) fn paired(local: &Local, remote: &RemoteCandidate) -> Option<SocketAddr> {
    let (from, to) = (local.base, remote.address);
    let fits = same_protocol(local.protocol(), remote.candidate.protocol)
        && from.is_ipv4() == to.is_ipv4()
        && is_link_local(from) == is_link_local(to)
        && (!is_link_local(to) || same_scope(from, to));
    let connects = match (local.tcp_type, remote.tcp_type) {
        (None, None) => true,
        // A connection that the peer made: its check came over it.
        (Some(_), None) => remote.learnt,
        (Some(TcpType::Active), Some(TcpType::Passive)) => true,
        (Some(TcpType::SimultaneousOpen), Some(TcpType::SimultaneousOpen)) => true,
        _ => false,
    };
    (fits && connects).then(|| scoped(to, from))
}

fn is_link_local(address: SocketAddr) -> bool {
    match address.ip() {
        IpAddr::V4(_) => false,
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

fn scoped(mut to: SocketAddr, from: SocketAddr) -> SocketAddr {
    if let (SocketAddr::V6(to), SocketAddr::V6(from)) = (&mut to, from)
        && to.ip().is_unicast_link_local()
        && to.scope_id() == 0
    {
        to.set_scope_id(from.scope_id());
    }
    to
}
