//! Names in the place of host addresses (draft-ietf-mmusic-mdns-ice-candidates): ours, behind which
//! they hide, and those of the peer.
//!
//! 1. A host candidate is signalled by a name that is drawn for its address; whatever else is
//!    signalled does not say where we are. Those who hear multicast on its interface learn the
//!    address, nobody else.
//! 2. A candidate of the peer with a name waits until somebody on a link of ours answers for it.
//! 3. As long as we have names, or wait for an answer, there is a socket on each interface.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Instant;

use super::candidates::unspecified;
use super::phase::{Change, Phase};
use crate::candidate::{CandidateAddress, CandidateKind, IceCandidate, REMOTE_CANDIDATES_MAX};
use crate::config::{Config, MdnsPolicy};
use crate::datagram::{Datagram, Transmit};
use crate::entropy::{Draws, Purpose, stream};
use crate::mdns::{LINKS_MAX, LocalName, Mdns};
use crate::socket::{Interface, SocketId, SocketReply, SocketRequest};

/// Addresses that have a name, or had one: they keep it when they come back. The oldest that is
/// gone is forgotten; there are not as many candidates.
const NAMED_MAX: usize = 32;

/// Sockets for multicast have their numbers from here on, above those of candidates and of the ways
/// to servers.
const FIRST_SOCKET: u32 = 3 << 30;

/// Something that names want done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NameStep {
    /// Ask for a socket, or close one.
    Socket(SocketRequest),
    /// Ask, or answer.
    Transmit(Transmit),
    /// A candidate of the peer can be used: its name has an address.
    Found(IceCandidate),
}

/// A socket for multicast: one for each interface and family of addresses.
#[derive(Debug)]
struct NameSocket {
    id: SocketId,
    interface: String,
    local: IpAddr,
    phase: Phase,
}

/// One of our addresses and what stands for it.
#[derive(Debug)]
struct Named {
    address: IpAddr,
    name: LocalName,
    /// Candidates that are there.
    candidates: usize,
}

/// Names of one connection, as a pure machine.
#[derive(Debug)]
pub(crate) struct HostNames {
    policy: MdnsPolicy,
    include_loopback: bool,
    draws: Draws,
    interfaces: Vec<Interface>,
    sockets: Vec<NameSocket>,
    next_socket: u32,
    named: Vec<Named>,
    /// Candidates of the peer whose names are asked for.
    waiting: Vec<IceCandidate>,
    node: Mdns,
    steps: VecDeque<NameStep>,
}

impl HostNames {
    pub(crate) fn new(config: &Config) -> Self {
        // Sockets that are shared were there before, and their addresses known.
        let is_served = config.shared_sockets.is_empty();
        HostNames {
            policy: if is_served { config.mdns } else { MdnsPolicy::Off },
            include_loopback: config.include_loopback,
            draws: Draws::of(&stream(config.seed, Purpose::Mdns)),
            interfaces: Vec::new(),
            sockets: Vec::new(),
            next_socket: FIRST_SOCKET,
            named: Vec::new(),
            waiting: Vec::new(),
            node: Mdns::default(),
            steps: VecDeque::new(),
        }
    }

    pub(crate) fn set_interfaces(&mut self, interfaces: &[Interface]) {
        if self.policy == MdnsPolicy::Off {
            return;
        }
        self.interfaces = interfaces.to_vec();
        self.reconcile();
    }

    /// A candidate of ours is there: its address has a name from now on.
    pub(crate) fn add(&mut self, candidate: &IceCandidate, now: Instant) {
        let Some(address) = self.hidden(candidate) else { return };
        let Some(name) = self.name(address) else { return };
        let on_it = self.interfaces.iter().find(|interface| interface.address == address);
        if let Some(interface) = on_it {
            self.node.publish(&name, address, &interface.name, now);
        }
        self.advance();
    }

    /// A candidate of ours is there no more.
    pub(crate) fn remove(&mut self, candidate: &IceCandidate) {
        let Some(address) = self.hidden(candidate) else { return };
        if let Some(known) = self.named.iter_mut().find(|known| known.address == address) {
            known.candidates = known.candidates.saturating_sub(1);
            if known.candidates == 0 {
                self.node.withdraw(&known.name);
            }
        }
        self.advance();
    }

    /// A candidate of ours as others may see it; nothing where it says too much.
    pub(crate) fn shown(&self, candidate: IceCandidate) -> Option<IceCandidate> {
        if self.policy != MdnsPolicy::Hide {
            return Some(candidate);
        }
        let address = match (self.hidden(&candidate), &candidate.address) {
            (Some(ip), CandidateAddress::Address(address)) => {
                let known = self.named.iter().find(|known| known.address == ip)?;
                CandidateAddress::Name(known.name.as_str().to_owned(), address.port())
            }
            _ => candidate.address,
        };
        // A base, or what a server saw of one, is as telling.
        let related = candidate.related.map(unspecified);
        Some(IceCandidate { address, related, ..candidate })
    }

    /// Asks for the name of a candidate of the peer, where it is one of this link.
    pub(crate) fn ask(&mut self, candidate: &IceCandidate, now: Instant) {
        let CandidateAddress::Name(name, _) = &candidate.address else { return };
        let Some(name) = LocalName::parse(name) else { return };
        let has_room = self.waiting.len() < REMOTE_CANDIDATES_MAX;
        if self.policy == MdnsPolicy::Off || !has_room || !self.node.ask(&name, now) {
            return;
        }
        self.waiting.push(candidate.clone());
        self.advance();
    }

    /// Takes what became of a socket; false where it is not one of these.
    pub(crate) fn on_reply(&mut self, reply: SocketReply, now: Instant) -> bool {
        let (id, opened) = reply.opened();
        let Some(socket) = self.sockets.iter_mut().find(|socket| socket.id == id) else {
            return false;
        };
        match socket.phase.take(opened) {
            Some(Change::Opened(local)) => {
                self.node.open(local, &socket.interface, now);
            }
            Some(Change::Lost(local)) => self.node.close_link(local),
            None => {}
        }
        self.advance();
        true
    }

    /// Takes a datagram that came to one of these sockets; false for any other.
    pub(crate) fn receive(&mut self, datagram: &Datagram<'_>, now: Instant) -> bool {
        let is_ours = self.node.receive(datagram, now);
        if is_ours {
            self.advance();
        }
        is_ours
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.node.next_timeout()
    }

    pub(crate) fn timeout(&mut self, now: Instant) {
        if self.next_timeout().is_some_and(|at| at <= now) {
            self.node.timeout(now);
            self.advance();
        }
    }

    pub(crate) fn poll(&mut self) -> Option<NameStep> {
        self.steps.pop_front()
    }

    /// Takes our names back, and asks for nothing any more.
    pub(crate) fn close(&mut self) {
        self.node.close();
        self.waiting.clear();
        self.advance();
        self.policy = MdnsPolicy::Off;
    }

    /// The address of a candidate that is to be hidden.
    fn hidden(&self, candidate: &IceCandidate) -> Option<IpAddr> {
        let hides = self.policy == MdnsPolicy::Hide && candidate.kind == CandidateKind::Host;
        candidate.socket_addr().map(|address| address.ip()).filter(|_| hides)
    }

    /// The name that one more candidate of this address hides behind.
    fn name(&mut self, address: IpAddr) -> Option<LocalName> {
        use rand_chacha::rand_core::RngCore;
        if let Some(known) = self.named.iter_mut().find(|known| known.address == address) {
            known.candidates += 1;
            return Some(known.name.clone());
        }
        if self.named.len() == NAMED_MAX {
            let gone = self.named.iter().position(|known| known.candidates == 0)?;
            self.named.remove(gone);
        }
        let mut bytes = [0; 16];
        self.draws.with(|rng| rng.fill_bytes(&mut bytes));
        let name = LocalName::from_random(bytes);
        self.named.push(Named { address, name: name.clone(), candidates: 1 });
        Some(name)
    }

    /// Hands on what the node gives, and opens and closes sockets as it needs them.
    fn advance(&mut self) {
        while let Some(transmit) = self.node.poll_transmit() {
            self.steps.push_back(NameStep::Transmit(transmit));
        }
        while let Some((name, addresses)) = self.node.poll_found() {
            let is_it = |candidate: &mut IceCandidate| match &candidate.address {
                CandidateAddress::Name(text, _) => LocalName::parse(text).as_ref() == Some(&name),
                CandidateAddress::Address(_) => false,
            };
            let answered: Vec<IceCandidate> = self.waiting.extract_if(.., is_it).collect();
            let all = answered.iter().flat_map(|candidate| candidate.at(&addresses));
            self.steps.extend(all.map(NameStep::Found));
        }
        self.reconcile();
    }

    fn reconcile(&mut self) {
        let wanted = if self.node.needs_links() { self.wanted() } else { Vec::new() };
        let is_wanted = |socket: &NameSocket| {
            wanted.iter().any(|(name, ip)| (name, ip) == (&socket.interface, &socket.local))
        };
        let gone = self.sockets.extract_if(.., |socket| !is_wanted(socket)).collect::<Vec<_>>();
        for NameSocket { id, phase, .. } in gone {
            if let Some(local) = phase.bound() {
                self.node.close_link(local);
            }
            if phase != Phase::Failed {
                self.steps.push_back(NameStep::Socket(SocketRequest::Close { id }));
            }
        }
        for (interface, local) in wanted {
            let is_it = |known: &NameSocket| known.interface == interface && known.local == local;
            if self.sockets.iter().any(is_it) {
                continue;
            }
            let id = SocketId(self.next_socket);
            self.next_socket = self.next_socket.wrapping_add(1).max(FIRST_SOCKET);
            let request = SocketRequest::Mdns { id, interface: interface.clone(), local };
            self.steps.push_back(NameStep::Socket(request));
            self.sockets.push(NameSocket { id, interface, local, phase: Phase::Asked });
        }
    }

    /// Interfaces that speak to peers, each with its first address of a family.
    fn wanted(&self) -> Vec<(String, IpAddr)> {
        let mut wanted: Vec<(String, IpAddr)> = Vec::new();
        for Interface { name, address, .. } in self.interfaces.iter().filter(|one| one.is_usable())
        {
            let is_used = self.include_loopback || !address.is_loopback();
            let is_known =
                wanted.iter().any(|(known, ip)| known == name && ip.is_ipv4() == address.is_ipv4());
            if is_used && !is_known && wanted.len() < LINKS_MAX {
                wanted.push((name.clone(), *address));
            }
        }
        wanted
    }
}
