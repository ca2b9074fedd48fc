//! The network without its endpoints: packets from machine to machine.

use std::collections::VecDeque;
use std::net::IpAddr;

use crate::net::agenda::{Agenda, Due};
use crate::net::link::{Link, LinkStats, Row, RowCx};
use crate::net::machine::{Machine, MachineInterface, Role, Routes, Side, Verdict};
use crate::net::names::Names;
use crate::net::{EndpointId, InterfaceId, LinkId, MachineId, Medium, Station};
use crate::nodes::{DropReason, Effect, Node};
use crate::packet::{Packet, PacketSpec};
use crate::tcp::refusal;
use crate::time::Time;
use crate::trace::{Kind, Place, Trace};

/// Machines and links, and the packets between them.
#[derive(Default)]
pub(crate) struct Network {
    pub(crate) now: Time,
    pub(crate) agenda: Agenda,
    pub(crate) machines: Vec<Machine>,
    pub(crate) links: Vec<Link>,
    pub(crate) media: Vec<Medium>,
    pub(crate) trace: Trace,
    pub(crate) names: Names,
    /// Packets at their destination, not yet taken by their endpoint.
    pub(crate) inbox: VecDeque<(EndpointId, Box<Packet>)>,
    packets: u64,
    effects: Vec<Effect>,
    /// What happens next, at once: it keeps long ways from becoming deep recursion.
    moving: VecDeque<Step>,
}

/// A packet's next step.
enum Step {
    Arrive { machine: MachineId, interface: usize, packet: Box<Packet> },
    Enter { link: LinkId, packet: Box<Packet> },
}

impl Network {
    /// An endpoint of a host sends.
    pub(crate) fn send(&mut self, from: MachineId, by: EndpointId, transmit: PacketSpec) {
        self.dispatch(from, Place::Endpoint(by), transmit);
    }

    /// An endpoint of a host passes on a packet of a real network, with the addresses that it has;
    /// false where the bytes are none. It leaves as packets of others do.
    pub(crate) fn forward(&mut self, from: MachineId, by: EndpointId, bytes: &[u8]) -> bool {
        let Some(packet) = Packet::from_wire(self.packets, self.now, bytes) else { return false };
        self.packets += 1;
        self.trace.note(self.now, Kind::Sent, Place::Endpoint(by), Some(&packet));
        self.route(from, Box::new(packet));
        true
    }

    fn dispatch(&mut self, from: MachineId, by: Place, mut transmit: PacketSpec) {
        let machine = &self.machines[from.index()];
        let (source, destination) = (transmit.source.ip(), transmit.destination.ip());
        let local = machine.owns(destination);
        let egress = machine.egress_own(source, destination);
        if source.is_unspecified() {
            let route = egress.and_then(|i| machine.source_on(i, destination));
            if let Some(address) = if local { Some(destination) } else { route } {
                transmit.source.set_ip(address);
            }
        }
        let out = egress.map(|i| machine.interfaces[i].out);
        let packet = Box::new(Packet::new(self.packets, self.now, transmit));
        self.packets += 1;
        self.trace.note(self.now, Kind::Sent, by, Some(&packet));
        match out {
            _ if local => self.deliver(from, packet),
            Some(link) => self.moving.push_back(Step::Enter { link, packet }),
            None => self.drop_at(from, packet, DropReason::NoRoute),
        }
    }

    /// A packet is due at a node of a link.
    pub(crate) fn resume(&mut self, link: LinkId, stage: u16, packet: Box<Packet>) {
        let mut effects = std::mem::take(&mut self.effects);
        let cx = RowCx { now: self.now, link, media: &mut self.media, out: &mut effects };
        self.links[link.index()].row.accept(stage, packet, cx);
        self.apply(link, effects);
    }

    /// A node of a link is woken.
    pub(crate) fn wake_node(&mut self, link: LinkId, stage: u16) {
        let mut effects = std::mem::take(&mut self.effects);
        let cx = RowCx { now: self.now, link, media: &mut self.media, out: &mut effects };
        self.links[link.index()].row.wake(stage, cx);
        self.apply(link, effects);
    }

    /// Moves packets until all wait for time to pass or for their endpoints.
    pub(crate) fn settle(&mut self) {
        while let Some(step) = self.moving.pop_front() {
            match step {
                Step::Arrive { machine, interface, packet } => {
                    self.arrive(machine, interface, packet);
                }
                Step::Enter { link, packet } => self.enter(link, packet),
            }
        }
    }

    fn enter(&mut self, id: LinkId, packet: Box<Packet>) {
        let link = &mut self.links[id.index()];
        link.stats.entered(&packet);
        self.trace.note(self.now, Kind::Entered, Place::Link(id), Some(&packet));
        if !link.up {
            return self.drop_on(id, packet, DropReason::Outage);
        }
        let begin = link.row.begin();
        self.resume(id, begin, packet);
    }

    fn apply(&mut self, id: LinkId, mut effects: Vec<Effect>) {
        for effect in effects.drain(..) {
            match effect {
                Effect::Exit(packet) => self.leave(id, packet),
                Effect::Later { at, stage, packet } => {
                    self.agenda.push(at, Due::Stage { link: id, stage, packet });
                }
                Effect::Wake { at, stage } => {
                    self.agenda.push(at, Due::Node { link: id, stage });
                }
                Effect::WakeStation { at, station: Station { link, stage } } => {
                    self.agenda.push(at, Due::Node { link, stage });
                }
                Effect::Dropped(packet, reason) => self.drop_on(id, packet, reason),
                Effect::Reply(packet) => self.reply(id, packet),
            }
        }
        self.effects = effects;
    }

    /// A node of a link sends a packet back. It goes through the box that the link starts from, as
    /// if it had come in over the link.
    fn reply(&mut self, id: LinkId, packet: Box<Packet>) {
        let from = self.links[id.index()].from;
        let machine = &self.machines[from.index()];
        let interface = machine.interfaces.iter().position(|interface| interface.out == id);
        match (&machine.role, interface) {
            (Role::Middlebox(_), Some(interface)) => self.pass_box(from, interface, packet),
            _ => self.route(from, packet),
        }
    }

    fn leave(&mut self, id: LinkId, packet: Box<Packet>) {
        let link = &mut self.links[id.index()];
        if !link.up {
            return self.drop_on(id, packet, DropReason::Outage);
        }
        link.stats.left(&packet);
        let (machine, interface) = (link.to, link.to_interface);
        self.trace.note(self.now, Kind::Left, Place::Link(id), Some(&packet));
        self.moving.push_back(Step::Arrive { machine, interface, packet });
    }

    fn arrive(&mut self, id: MachineId, interface: usize, mut packet: Box<Packet>) {
        let machine = &mut self.machines[id.index()];
        if !machine.interfaces[interface].up {
            return self.drop_at(id, packet, DropReason::Interface);
        }
        if !packet.hop() {
            return self.drop_at(id, packet, DropReason::HopLimit);
        }
        let destination = packet.destination().ip();
        match &machine.role {
            Role::Host if !machine.owns(destination) => {
                self.drop_at(id, packet, DropReason::NoRoute);
            }
            Role::Host | Role::Router => self.route(id, packet),
            Role::Middlebox(_) => self.pass_box(id, interface, packet),
        }
    }

    fn pass_box(&mut self, id: MachineId, interface: usize, packet: Box<Packet>) {
        let machine = &mut self.machines[id.index()];
        let from = machine.interfaces[interface].side;
        let destination = packet.destination().ip();
        let to = match machine.egress(destination) {
            _ if machine.owns(destination) => Some(Side::Outside),
            egress => egress.map(|i| machine.interfaces[i].side),
        };
        let (Some(to), Role::Middlebox(middlebox)) = (to, &mut machine.role) else {
            return self.drop_at(id, packet, DropReason::NoRoute);
        };
        match middlebox.process(packet, from, to, self.now) {
            Verdict::Forward(packet) => self.route(id, packet),
            Verdict::Drop(packet, reason) => self.drop_at(id, packet, reason),
        }
    }

    /// Sends a packet on from a machine, or to an endpoint of the machine itself.
    fn route(&mut self, id: MachineId, packet: Box<Packet>) {
        let machine = &self.machines[id.index()];
        let destination = packet.destination().ip();
        if machine.owns(destination) {
            return self.deliver(id, packet);
        }
        match machine.egress(destination).map(|i| machine.interfaces[i].out) {
            Some(link) => self.moving.push_back(Step::Enter { link, packet }),
            None => self.drop_at(id, packet, DropReason::NoRoute),
        }
    }

    fn deliver(&mut self, id: MachineId, packet: Box<Packet>) {
        match self.machines[id.index()].listener(&packet) {
            Some(endpoint) => {
                let place = Place::Endpoint(endpoint);
                self.trace.note(self.now, Kind::Delivered, place, Some(&packet));
                self.inbox.push_back((endpoint, packet));
            }
            None => {
                let refusal = refusal(&packet);
                self.drop_at(id, packet, DropReason::NoListener);
                if let Some(refusal) = refusal {
                    self.dispatch(id, Place::Machine(id), refusal);
                }
            }
        }
    }

    fn drop_on(&mut self, id: LinkId, packet: Box<Packet>, reason: DropReason) {
        self.links[id.index()].stats.lost(reason);
        self.trace.note(self.now, Kind::Dropped(reason), Place::Link(id), Some(&packet));
    }

    fn drop_at(&mut self, id: MachineId, packet: Box<Packet>, reason: DropReason) {
        self.trace.note(self.now, Kind::Dropped(reason), Place::Machine(id), Some(&packet));
    }
}

/// Building the network.
impl Network {
    pub(crate) fn add_machine(&mut self, name: &str, role: Role) -> MachineId {
        let id = MachineId(self.machines.len() as u32);
        self.machines.push(Machine::new(name, role));
        id
    }

    pub(crate) fn machine(&self, id: MachineId) -> &Machine {
        &self.machines[id.index()]
    }

    pub(crate) fn machine_mut(&mut self, id: MachineId) -> &mut Machine {
        &mut self.machines[id.index()]
    }

    /// Joins a child to a parent by two links, up and down. The child's default route leads up; the
    /// parents, as far up as no box hides the addresses, learn the way down.
    pub(crate) fn connect(
        &mut self,
        child: MachineId,
        parent: MachineId,
        addresses: &[IpAddr],
        [(up_name, up), (down_name, down)]: [(String, Vec<Box<dyn Node>>); 2],
    ) -> Connection {
        let below = self.machine(child).interfaces.len();
        let above = self.machine(parent).interfaces.len();
        let up = self.add_link(up_name, (child, parent), above, up);
        let down = self.add_link(down_name, (parent, child), below, down);
        let names = [child, parent].map(|id| self.machine(id).name.clone());
        let [child_name, parent_name] = names;
        let machine = self.machine_mut(child);
        machine.add_interface(MachineInterface {
            name: parent_name,
            addresses: addresses.to_vec(),
            up: true,
            out: up,
            side: Side::Outside,
        });
        machine.routes.add_default(below);
        self.machine_mut(parent).add_interface(MachineInterface {
            name: child_name,
            addresses: Vec::new(),
            up: true,
            out: down,
            side: Side::Inside,
        });
        let interface = InterfaceId { machine: child, index: below };
        for &address in addresses {
            self.announce(interface, address);
        }
        Connection { interface, up, down }
    }

    fn add_link(
        &mut self,
        name: String,
        (from, to): (MachineId, MachineId),
        to_interface: usize,
        nodes: Vec<Box<dyn Node>>,
    ) -> LinkId {
        let id = LinkId(self.links.len() as u32);
        let (row, stats) = (Row::new(nodes), LinkStats::default());
        self.links.push(Link { name, from, to, to_interface, row, stats, up: true });
        id
    }

    /// Teaches all machines above an interface the way down to an address of it.
    pub(crate) fn announce(&mut self, interface: InterfaceId, address: IpAddr) {
        self.climb(interface, address, |routes, down| routes.add_host(address, down));
    }

    /// Takes the way back.
    pub(crate) fn withdraw(&mut self, interface: InterfaceId, address: IpAddr) {
        self.climb(interface, address, |routes, _| routes.remove_host(address));
    }

    fn climb(
        &mut self,
        interface: InterfaceId,
        address: IpAddr,
        mut act: impl FnMut(&mut Routes, usize),
    ) {
        let mut below = vec![(interface.machine, interface.index)];
        // A tree of machines is at most as deep as it has machines; a ring ends there too.
        for _ in 0..self.machines.len() {
            let mut above = Vec::new();
            for (machine, index) in std::mem::take(&mut below) {
                let up = &self.links[self.machine(machine).interfaces[index].out.index()];
                let (parent, down) = (up.to, up.to_interface);
                let parent_machine = self.machine_mut(parent);
                act(&mut parent_machine.routes, down);
                if !parent_machine.hides(address) {
                    above.extend(parent_machine.uplinks().map(|i| (parent, i)));
                }
            }
            below = above;
        }
    }
}

/// What [`crate::Sim::connect`] made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The child's new interface.
    pub interface: InterfaceId,
    /// The link from child to parent.
    pub up: LinkId,
    /// The link from parent to child.
    pub down: LinkId,
}
