//! A NAT (RFC 4787).
//!
//! 1. A packet from inside finds or makes its mapping, and leaves from the mapping's outside
//!    endpoint.
//! 2. A packet from outside goes to the inside endpoint of the mapping with its destination, if the
//!    filter lets it pass.
//! 3. A packet from inside to an outside endpoint of the NAT does both in turn: a hairpin.
//!
//! A NAT has addresses of one family; packets of the other pass unchanged.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::middlebox::{
    FilterScope, Hairpin, Mapping, NatConfig, Permissions, Pooling, Ports, Table,
};
use crate::net::{Middlebox, Side, Verdict};
use crate::nodes::DropReason;
use crate::packet::{IpProtocol, Packet};
use crate::random::Stream;
use crate::time::Time;

/// A NAT and its mappings.
#[derive(Debug)]
pub struct Nat {
    config: NatConfig,
    table: Table,
    ports: Ports,
    next_address: usize,
    next_sweep: Time,
    /// Outside endpoints of before the last rebinding, which are not given out again.
    burnt: BTreeSet<(IpProtocol, SocketAddr)>,
}

/// Mappings whose time is over are forgotten at such intervals, and when the table is full.
const SWEEP_INTERVAL: Duration = Duration::from_secs(10);

impl Nat {
    /// A NAT without mappings. `stream` chooses random ports.
    ///
    /// # Panics
    /// Without an outside address, or with addresses of both families.
    pub fn new(config: NatConfig, stream: Stream) -> Self {
        let mut families = config.addresses.iter().map(IpAddr::is_ipv4);
        let first = families.next().expect("a NAT has an outside address");
        assert!(families.all(|family| family == first), "a NAT's addresses are of one family");
        let ports = Ports::new(config.ports, stream);
        Nat {
            config,
            table: Table::default(),
            ports,
            next_address: 0,
            next_sweep: Time::ZERO,
            burnt: BTreeSet::new(),
        }
    }

    /// The number of mappings, those whose time is over and that are not yet forgotten included.
    pub fn mappings(&self) -> usize {
        self.table.len()
    }

    /// Forgets all mappings, as after a restart. New ones may look like the old ones.
    pub fn forget(&mut self) {
        self.table.clear();
    }

    /// Loses the mappings of one inside host, as a box under memory pressure does, and tells how
    /// many. The others stay.
    pub fn lose_mappings_of(&mut self, inside: IpAddr) -> usize {
        self.table.forget_inside(inside)
    }

    /// Forgets all mappings; new ones look different from outside, whatever the port assignment.
    pub fn rebind(&mut self) {
        self.burnt = self.table.iter().map(|m| (m.protocol, m.outside)).collect();
        self.table.clear();
    }

    /// The outside endpoint of a packet from `inside` to `remote`; makes the mapping and lets the
    /// remote in.
    pub fn outbound(
        &mut self,
        protocol: IpProtocol,
        inside: SocketAddr,
        remote: SocketAddr,
        now: Time,
    ) -> Result<SocketAddr, DropReason> {
        let until = now + self.timeout(protocol);
        let part = self.config.mapping.part(remote);
        if self.table.find(protocol, inside, part, now).is_none() {
            self.make_room(now)?;
            let outside = self.allocate(protocol, inside, now)?;
            let permissions = Permissions::default();
            let mapping = Mapping { protocol, inside, outside, remote: part, permissions, until };
            self.table.add(mapping);
        }
        let (filtering, refresh) = (self.config.filtering, self.config.refresh);
        let mapping = self.table.find(protocol, inside, part, now).expect("it was just made");
        if refresh.by_outbound() {
            mapping.until = until;
        }
        mapping.permissions.grant(filtering, remote, now, until);
        Ok(mapping.outside)
    }

    /// The inside endpoint of a packet from `remote` to `outside`.
    pub fn inbound(
        &mut self,
        protocol: IpProtocol,
        remote: SocketAddr,
        outside: SocketAddr,
        now: Time,
    ) -> Result<SocketAddr, DropReason> {
        let filtering = self.config.filtering;
        let mut refusal = DropReason::NoMapping;
        let found = self.table.outside(protocol, outside, now).find(|(_, mapping)| {
            refusal = DropReason::Filtered;
            mapping.permissions.allow(filtering, remote, now)
                || self.config.filter_scope == FilterScope::Endpoint
                    && self.lets_in(protocol, mapping.inside, remote, now)
        });
        let id = found.map(|(id, _)| id).ok_or(refusal)?;
        let (until, refresh) = (now + self.timeout(protocol), self.config.refresh);
        let mapping = self.table.get_mut(id).expect("it was just found");
        if refresh.by_inbound() {
            mapping.until = until;
            mapping.permissions.grant(filtering, remote, now, until);
        }
        Ok(mapping.inside)
    }

    /// Whether any mapping of an inside endpoint lets the remote in.
    fn lets_in(
        &self,
        protocol: IpProtocol,
        inside: SocketAddr,
        remote: SocketAddr,
        now: Time,
    ) -> bool {
        let own = |mapping: &&Mapping| mapping.protocol == protocol && mapping.inside == inside;
        let mut own = self.table.iter().filter(own);
        own.any(|mapping| mapping.permissions.allow(self.config.filtering, remote, now))
    }

    fn timeout(&self, protocol: IpProtocol) -> Duration {
        match protocol {
            IpProtocol::Tcp => self.config.timeouts.tcp,
            IpProtocol::Udp | IpProtocol::Icmp => self.config.timeouts.udp,
        }
    }

    fn make_room(&mut self, now: Time) -> Result<(), DropReason> {
        if now >= self.next_sweep || self.table.len() >= self.config.max_mappings {
            self.table.sweep(now);
            self.next_sweep = now + SWEEP_INTERVAL;
        }
        if self.table.len() >= self.config.max_mappings {
            return Err(DropReason::NatExhausted);
        }
        Ok(())
    }

    fn allocate(
        &mut self,
        protocol: IpProtocol,
        inside: SocketAddr,
        now: Time,
    ) -> Result<SocketAddr, DropReason> {
        let address = self.address_for(inside.ip(), now);
        let Nat { table, burnt, ports, .. } = self;
        let free = |port| {
            let outside = SocketAddr::new(address, port);
            table.outside(protocol, outside, now).next().is_none()
                && !burnt.contains(&(protocol, outside))
        };
        let port = ports.choose(inside.port(), free).ok_or(DropReason::NatExhausted)?;
        Ok(SocketAddr::new(address, port))
    }

    fn address_for(&mut self, inside: IpAddr, now: Time) -> IpAddr {
        if self.config.pooling == Pooling::Paired {
            let mut live = self.table.iter().filter(|mapping| mapping.until > now);
            if let Some(sibling) = live.find(|mapping| mapping.inside.ip() == inside) {
                return sibling.outside.ip();
            }
        }
        let address = self.config.addresses[self.next_address];
        self.next_address = (self.next_address + 1) % self.config.addresses.len();
        address
    }

    fn owns(&self, address: IpAddr) -> bool {
        self.config.addresses.contains(&address)
    }

    fn translates(&self, packet: &Packet) -> bool {
        self.config.addresses[0].is_ipv4() == packet.destination().is_ipv4()
    }

    pub(crate) fn go_out(&mut self, packet: &mut Packet, now: Time) -> Result<(), DropReason> {
        let (inside, remote) = (packet.source(), packet.destination());
        let outside = match packet.protocol() {
            // A report about a packet that came in: it speaks for an endpoint that has a mapping
            // already.
            IpProtocol::Icmp => {
                let mapping = self.table.any_of(inside, now).ok_or(DropReason::NoMapping)?;
                mapping.outside
            }
            protocol => self.outbound(protocol, inside, remote, now)?,
        };
        packet.set_source(outside);
        Ok(())
    }

    pub(crate) fn come_in(&mut self, packet: &mut Packet, now: Time) -> Result<(), DropReason> {
        let (remote, outside) = (packet.source(), packet.destination());
        let inside = match packet.protocol() {
            // A report about a packet that went out; it does not refresh (RFC 4787 REQ-10).
            IpProtocol::Icmp => {
                let of = |protocol| self.table.outside(protocol, outside, now).next();
                let found = of(IpProtocol::Udp).or_else(|| of(IpProtocol::Tcp));
                found.ok_or(DropReason::NoMapping)?.1.inside
            }
            protocol => self.inbound(protocol, remote, outside, now)?,
        };
        packet.set_destination(inside);
        Ok(())
    }

    fn translate(
        &mut self,
        packet: &mut Packet,
        from: Side,
        to: Side,
        now: Time,
    ) -> Result<(), DropReason> {
        let hairpin = from == Side::Inside && self.owns(packet.destination().ip());
        match (from, to) {
            _ if hairpin && self.config.hairpin == Hairpin::Refused => Err(DropReason::Filtered),
            _ if hairpin => {
                self.go_out(packet, now)?;
                self.come_in(packet, now)
            }
            (Side::Inside, Side::Outside) => self.go_out(packet, now),
            (Side::Inside, Side::Inside) => Ok(()),
            // A packet for an inside address itself: such addresses mean nothing out here.
            (Side::Outside, _) if !self.owns(packet.destination().ip()) => {
                Err(DropReason::NoMapping)
            }
            (Side::Outside, _) => self.come_in(packet, now),
        }
    }
}

impl Middlebox for Nat {
    fn process(&mut self, mut packet: Box<Packet>, from: Side, to: Side, now: Time) -> Verdict {
        if !self.translates(&packet) {
            return Verdict::Forward(packet);
        }
        match self.translate(&mut packet, from, to, now) {
            Ok(()) => Verdict::Forward(packet),
            Err(reason) => Verdict::Drop(packet, reason),
        }
    }

    fn hides(&self, inside: IpAddr) -> bool {
        inside.is_ipv4() == self.config.addresses[0].is_ipv4()
    }
}
