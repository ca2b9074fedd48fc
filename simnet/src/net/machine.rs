//! A machine: interfaces, routes, and what it does with packets of others.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::net::{EndpointId, LinkId};
use crate::nodes::DropReason;
use crate::packet::{IpProtocol, Packet};
use crate::time::Time;

/// A host, a router, or a box in between.
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) interfaces: Vec<MachineInterface>,
    /// The addresses of all interfaces, each with the first that has it. A router has many
    /// interfaces and few of these, and asks for them at every packet.
    owners: Vec<(IpAddr, usize)>,
    pub(crate) routes: Routes,
    pub(crate) listeners: BTreeMap<(IpProtocol, u16), EndpointId>,
    pub(crate) next_port: u16,
    /// Who takes what comes for no port that is bound.
    pub(crate) rest: Option<EndpointId>,
}

/// What a machine does with packets that are not for itself.
pub(crate) enum Role {
    /// Nothing: it is an end.
    Host,
    /// Sends them on.
    Router,
    /// Sends them on, changed, or refuses them.
    Middlebox(Box<dyn Middlebox>),
}

/// One end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineInterface {
    /// The name of the machine at the other end.
    pub name: String,
    /// The addresses it answers to.
    pub addresses: Vec<IpAddr>,
    /// False while it carries nothing.
    pub up: bool,
    pub(crate) out: LinkId,
    pub(crate) side: Side,
}

/// The two sides of a machine in a tree: its children are inside, its parents outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Towards the children: the private side of a NAT.
    Inside,
    /// Towards the parents: the public side of a NAT.
    Outside,
}

/// A box that changes or refuses packets between its sides: a NAT, a firewall.
pub trait Middlebox: std::any::Any {
    /// Decides on a packet that came in on side `from` and that the routes would send out on side
    /// `to`.
    ///
    /// After [`Verdict::Forward`] the routes are asked again with the packet as it is then.
    fn process(&mut self, packet: Box<Packet>, from: Side, to: Side, now: Time) -> Verdict;

    /// True when machines outside cannot route to this address inside: it is private to the box.
    fn hides(&self, inside: IpAddr) -> bool;
}

/// What a middlebox says of a packet.
#[derive(Debug)]
pub enum Verdict {
    /// Send it where the routes say.
    Forward(Box<Packet>),
    /// End it.
    Drop(Box<Packet>, DropReason),
}

/// Which interface leads to an address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routes {
    /// Single addresses: a core router has one for each host.
    hosts: BTreeMap<IpAddr, usize>,
    /// Interfaces that lead everywhere else, the best first.
    defaults: Vec<usize>,
}

impl Routes {
    pub(crate) fn add_host(&mut self, address: IpAddr, interface: usize) {
        self.hosts.insert(address, interface);
    }

    pub(crate) fn remove_host(&mut self, address: IpAddr) {
        self.hosts.remove(&address);
    }

    pub(crate) fn add_default(&mut self, interface: usize) {
        self.defaults.push(interface);
    }

    /// The interface for this destination among those that `usable` allows.
    pub(crate) fn find(
        &self,
        destination: IpAddr,
        usable: impl Fn(usize) -> bool,
    ) -> Option<usize> {
        if let Some(&interface) = self.hosts.get(&destination)
            && usable(interface)
        {
            return Some(interface);
        }
        self.defaults.iter().copied().find(|&interface| usable(interface))
    }
}

/// Ports a host gives to endpoints that name none (RFC 6335 section 6: dynamic ports).
pub(crate) const FIRST_DYNAMIC_PORT: u16 = 49_152;

impl Machine {
    pub(crate) fn new(name: &str, role: Role) -> Self {
        Machine {
            name: name.to_owned(),
            role,
            interfaces: Vec::new(),
            owners: Vec::new(),
            routes: Routes::default(),
            listeners: BTreeMap::new(),
            next_port: FIRST_DYNAMIC_PORT,
            rest: None,
        }
    }

    /// True when one of its interfaces has this address; loopback addresses are everyone's own.
    pub(crate) fn owns(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.owner(address).is_some()
    }

    /// The interface with this address.
    pub(crate) fn owner(&self, address: IpAddr) -> Option<usize> {
        self.owners.iter().find(|(own, _)| *own == address).map(|(_, interface)| *interface)
    }

    /// Adds an interface.
    pub(crate) fn add_interface(&mut self, interface: MachineInterface) {
        self.interfaces.push(interface);
        self.list_owners();
    }

    /// Gives an interface other addresses, and those that it had back.
    pub(crate) fn set_addresses(
        &mut self,
        interface: usize,
        addresses: Vec<IpAddr>,
    ) -> Vec<IpAddr> {
        let old = std::mem::replace(&mut self.interfaces[interface].addresses, addresses);
        self.list_owners();
        old
    }

    fn list_owners(&mut self) {
        self.owners.clear();
        for (index, interface) in self.interfaces.iter().enumerate() {
            for &address in &interface.addresses {
                if !self.owners.iter().any(|(own, _)| *own == address) {
                    self.owners.push((address, index));
                }
            }
        }
    }

    /// The interface by which a packet of its own leaves: that of the source address, if it leads
    /// to the destination (the strong host model, RFC 1122 section 3.3.4.2); with an unspecified
    /// source, the route's.
    pub(crate) fn egress_own(&self, source: IpAddr, destination: IpAddr) -> Option<usize> {
        let family = |i: usize| self.source_on(i, destination).is_some();
        if source.is_unspecified() {
            return self.routes.find(destination, |i| self.interfaces[i].up && family(i));
        }
        let owner = self.owner(source)?;
        self.routes.find(destination, |i| i == owner && self.interfaces[i].up)
    }

    /// The first address of an interface of the destination's family.
    pub(crate) fn source_on(&self, interface: usize, destination: IpAddr) -> Option<IpAddr> {
        let addresses = &self.interfaces[interface].addresses;
        addresses.iter().copied().find(|a| a.is_ipv4() == destination.is_ipv4())
    }

    /// Interfaces towards its parents.
    pub(crate) fn uplinks(&self) -> impl Iterator<Item = usize> {
        let outside = |i: &usize| self.interfaces[*i].side == Side::Outside;
        (0..self.interfaces.len()).filter(outside)
    }

    /// True when nobody above can route to this address below.
    pub(crate) fn hides(&self, address: IpAddr) -> bool {
        match &self.role {
            Role::Middlebox(middlebox) => middlebox.hides(address),
            Role::Host | Role::Router => false,
        }
    }

    /// The endpoint that a packet for this machine is for. An ICMP message carries the port that
    /// the packet it is about was sent from.
    pub(crate) fn listener(&self, packet: &Packet) -> Option<EndpointId> {
        let port = packet.destination().port();
        let protocols: &[IpProtocol] = match packet.protocol() {
            IpProtocol::Udp => &[IpProtocol::Udp],
            IpProtocol::Tcp => &[IpProtocol::Tcp],
            IpProtocol::Icmp => &[IpProtocol::Udp, IpProtocol::Tcp],
        };
        let bound = protocols.iter().find_map(|&protocol| self.listeners.get(&(protocol, port)));
        bound.copied().or(self.rest)
    }

    /// The interface by which a packet of others leaves.
    pub(crate) fn egress(&self, destination: IpAddr) -> Option<usize> {
        self.routes.find(destination, |i| self.interfaces[i].up)
    }
}

/// Why a port could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindError {
    /// Another endpoint of the host has it.
    InUse,
    /// All dynamic ports are taken.
    Exhausted,
}

impl std::fmt::Display for BindError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            BindError::InUse => "the port is in use",
            BindError::Exhausted => "no dynamic port is left",
        })
    }
}

impl std::error::Error for BindError {}

impl Machine {
    /// Gives a port to an endpoint; port 0 asks for any. Binding one's own port again is no error.
    pub(crate) fn bind(
        &mut self,
        protocol: IpProtocol,
        port: u16,
        endpoint: EndpointId,
    ) -> Result<u16, BindError> {
        if port == 0 {
            let port = self.free_port(protocol).ok_or(BindError::Exhausted)?;
            self.listeners.insert((protocol, port), endpoint);
            return Ok(port);
        }
        match *self.listeners.entry((protocol, port)).or_insert(endpoint) {
            owner if owner == endpoint => Ok(port),
            _ => Err(BindError::InUse),
        }
    }

    fn free_port(&mut self, protocol: IpProtocol) -> Option<u16> {
        for _ in FIRST_DYNAMIC_PORT..=u16::MAX {
            let port = self.next_port;
            self.next_port = port.checked_add(1).unwrap_or(FIRST_DYNAMIC_PORT);
            if !self.listeners.contains_key(&(protocol, port)) {
                return Some(port);
            }
        }
        None
    }
}
