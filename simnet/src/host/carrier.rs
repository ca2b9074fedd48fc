//! What moves between an engine and its host, for every endpoint that has one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use lapwing_engine as engine;
use lapwing_engine::{
    Datagram, Event, Input, ResolveId, Rtc, Sink, SocketFault, SocketId, SocketReply, SocketRequest,
};

use crate::host::HostCx;
use crate::host::streams::Streams;
use crate::net::BindError;
use crate::packet::{EcnField, IpProtocol, Packet, PacketSpec};
use crate::time::Time;

/// Carries out what an engine gives: its datagrams become packets, its sockets ports of the host.
///
/// An endpoint of one's own that has an engine drains it with [`Self::drain`] after each input and
/// each command. [`RtcHost`](crate::RtcHost) is such an endpoint, and enough where a connection
/// lasts as long as its host.
#[derive(Debug)]
pub struct Carrier {
    ports: BTreeMap<SocketId, u16>,
    streams: Streams,
    ecn: EcnField,
}

/// What came of a drain.
#[derive(Debug)]
pub struct Drained {
    /// When the engine wants to be woken.
    pub wake: Instant,
    /// What it said.
    pub events: Vec<Event>,
    /// It was given something, so it has to be drained again.
    pub again: bool,
}

/// What a drain leaves to be done.
#[derive(Default)]
struct Outbox {
    transmits: Vec<engine::Transmit>,
    events: Vec<Event>,
    sockets: Vec<SocketRequest>,
    names: Vec<(ResolveId, String)>,
}

impl Sink for Outbox {
    fn transmit(&mut self, transmit: engine::Transmit) {
        self.transmits.push(transmit);
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn socket(&mut self, request: SocketRequest) {
        self.sockets.push(request);
    }

    fn resolve(&mut self, id: ResolveId, name: String) {
        self.names.push((id, name));
    }
}

impl Default for Carrier {
    fn default() -> Self {
        Carrier { ports: BTreeMap::new(), streams: Streams::default(), ecn: EcnField::NotEct }
    }
}

impl Carrier {
    /// With these ECN bits on all datagrams of which the engine says nothing.
    pub fn set_ecn(&mut self, ecn: EcnField) {
        self.ecn = ecn;
    }

    /// Drains the engine once and carries out what it gives, but for the events.
    pub fn drain(&mut self, rtc: &mut Rtc, now: Instant, cx: &mut HostCx<'_>) -> Drained {
        let mut outbox = Outbox::default();
        let wake = engine::drain(rtc, &mut outbox);
        let Outbox { transmits, events, sockets, names } = outbox;
        let mut again = !(events.is_empty() && sockets.is_empty() && names.is_empty());
        for transmit in transmits {
            if transmit.protocol == engine::Protocol::Udp {
                send(cx, transmit, self.ecn);
            } else {
                // What finds no connection, or no room in it, is lost.
                self.streams.send(&transmit, cx);
            }
        }
        for request in sockets {
            if let Some(reply) = self.carry_out(request, cx) {
                rtc.handle_input(Input::Socket(reply), now);
            }
        }
        for (id, name) in names {
            rtc.handle_input(Input::Resolved { id, addresses: &cx.resolve(&name) }, now);
        }
        // One at a time: an engine is drained after each.
        if !again && let Some(pending) = self.streams.next() {
            rtc.handle_input(pending.input(), now);
            again = true;
        }
        Drained { wake, events, again }
    }

    /// Takes a packet of TCP; what it brings is told to the engine with the next drains. Datagrams
    /// of UDP are given to the engine by [`Self::datagram`].
    pub fn receive(&mut self, packet: &Packet, cx: &mut HostCx<'_>) {
        self.streams.receive(packet, cx);
    }

    /// Time has passed for connections of TCP.
    pub fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.streams.wake(cx);
    }

    /// When to call [`Self::wake`] next, and to drain the engine then.
    pub fn next_wake(&self) -> Time {
        self.streams.next_wake()
    }

    /// Opens or closes a port or a connection.
    fn carry_out(&mut self, request: SocketRequest, cx: &mut HostCx<'_>) -> Option<SocketReply> {
        match request {
            SocketRequest::Bind { id, protocol: engine::Protocol::Udp, local } => {
                let bound = cx.bind(IpProtocol::Udp, local.port());
                if let Ok(port) = bound {
                    self.ports.insert(id, port);
                }
                Some(bound_reply(id, bound.map(|port| SocketAddr::new(local.ip(), port))))
            }
            SocketRequest::Bind { id, protocol: engine::Protocol::Tcp, local } => {
                Some(bound_reply(id, self.streams.listen(id, local, cx)))
            }
            SocketRequest::Bind { id, protocol: engine::Protocol::Tls, .. }
            | SocketRequest::Mdns { id, .. } => {
                Some(SocketReply::Failed { id, fault: SocketFault::Unsupported })
            }
            SocketRequest::Connect(request) => {
                self.streams.connect(&request, cx);
                None
            }
            SocketRequest::Close { id } => {
                self.streams.close(id, cx);
                if let Some(port) = self.ports.remove(&id)
                    && !self.ports.values().any(|other| *other == port)
                {
                    cx.unbind(IpProtocol::Udp, port);
                }
                None
            }
        }
    }

    /// The engine is gone without closing its sockets: the host has their ports back.
    pub fn release(&mut self, cx: &mut HostCx<'_>) {
        self.streams.release(cx);
        for port in std::mem::take(&mut self.ports).into_values() {
            cx.unbind(IpProtocol::Udp, port);
        }
    }

    /// A packet as an engine takes it; `None` for one that is no datagram of UDP.
    pub fn datagram(packet: &Packet) -> Option<Datagram<'_>> {
        if packet.protocol() != IpProtocol::Udp {
            return None;
        }
        Some(Datagram {
            protocol: engine::Protocol::Udp,
            source: packet.source(),
            destination: packet.destination(),
            ecn: engine::Ecn::from_bits(packet.ecn() as u8),
            contents: packet.payload(),
        })
    }

    /// The interfaces of a host that are up, as an engine takes them.
    pub fn interfaces(cx: &HostCx<'_>) -> Vec<engine::Interface> {
        let up = cx.interfaces().iter().filter(|interface| interface.up);
        let each = up.flat_map(|interface| {
            let name = &interface.name;
            interface.addresses.iter().map(|ip| engine::Interface::new(name.clone(), *ip))
        });
        each.collect()
    }
}

fn bound_reply(id: SocketId, bound: Result<SocketAddr, BindError>) -> SocketReply {
    match bound {
        Ok(local) => SocketReply::Bound { id, local },
        Err(_) => SocketReply::Failed { id, fault: SocketFault::AddressUnavailable },
    }
}

fn send(cx: &mut HostCx<'_>, transmit: engine::Transmit, ecn_otherwise: EcnField) {
    let ecn = match transmit.ecn {
        None => ecn_otherwise,
        Some(engine::Ecn::Ect1) => EcnField::Ect1,
        Some(engine::Ecn::Ect0) => EcnField::Ect0,
        Some(engine::Ecn::Ce) => EcnField::Ce,
    };
    let engine::Transmit { source, destination, contents, .. } = transmit;
    cx.send(PacketSpec { ecn, ..PacketSpec::udp(source, destination, contents) });
}
