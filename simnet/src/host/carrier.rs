//! What moves between an engine and its host, for every endpoint that has one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use lapwing_engine as engine;
use lapwing_engine::{
    ConnectRequest, Datagram, Event, Input, ResolveId, Rtc, Sink, SocketFault, SocketId,
    SocketReply, SocketRequest,
};

use crate::host::HostCx;
use crate::packet::{EcnField, IpProtocol, Packet, PacketSpec};

/// Carries out what an engine gives: its datagrams become packets, its sockets ports of the host.
///
/// An endpoint of one's own that has an engine drains it with [`Self::drain`] after each input and
/// each command. [`RtcHost`](crate::RtcHost) is such an endpoint, and enough where a connection
/// lasts as long as its host.
#[derive(Debug)]
pub struct Carrier {
    ports: BTreeMap<SocketId, (IpProtocol, u16)>,
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
    names: Vec<ResolveId>,
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

    fn resolve(&mut self, id: ResolveId, _: String) {
        self.names.push(id);
    }
}

impl Default for Carrier {
    fn default() -> Self {
        Carrier { ports: BTreeMap::new(), ecn: EcnField::NotEct }
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
        let again = !(events.is_empty() && sockets.is_empty() && names.is_empty());
        for transmit in transmits {
            send(cx, transmit, self.ecn);
        }
        for request in sockets {
            if let Some(reply) = self.carry_out(request, cx) {
                rtc.handle_input(Input::Socket(reply), now);
            }
        }
        for id in names {
            // No name is known here: mDNS and DNS are not simulated.
            rtc.handle_input(Input::Resolved { id, addresses: &[] }, now);
        }
        Drained { wake, events, again }
    }

    /// Opens or closes a port. Only UDP can be had: simulated hosts have no TCP for engines yet.
    fn carry_out(&mut self, request: SocketRequest, cx: &mut HostCx<'_>) -> Option<SocketReply> {
        match request {
            SocketRequest::Bind { id, protocol: engine::Protocol::Udp, local } => {
                Some(match cx.bind(IpProtocol::Udp, local.port()) {
                    Ok(port) => {
                        self.ports.insert(id, (IpProtocol::Udp, port));
                        SocketReply::Bound { id, local: SocketAddr::new(local.ip(), port) }
                    }
                    Err(_) => SocketReply::Failed { id, fault: SocketFault::AddressUnavailable },
                })
            }
            SocketRequest::Bind { id, .. }
            | SocketRequest::Mdns { id, .. }
            | SocketRequest::Connect(ConnectRequest { id, .. }) => {
                Some(SocketReply::Failed { id, fault: SocketFault::Unsupported })
            }
            SocketRequest::Close { id } => {
                if let Some((protocol, port)) = self.ports.remove(&id)
                    && !self.ports.values().any(|other| *other == (protocol, port))
                {
                    cx.unbind(protocol, port);
                }
                None
            }
        }
    }

    /// The engine is gone without closing its sockets: the host has their ports back.
    pub fn release(&mut self, cx: &mut HostCx<'_>) {
        for (protocol, port) in std::mem::take(&mut self.ports).into_values() {
            cx.unbind(protocol, port);
        }
    }

    /// A packet as an engine takes it; `None` for one that is no datagram.
    pub fn datagram(packet: &Packet) -> Option<Datagram<'_>> {
        let protocol = match packet.protocol() {
            IpProtocol::Udp => engine::Protocol::Udp,
            IpProtocol::Tcp => engine::Protocol::Tcp,
            IpProtocol::Icmp => return None,
        };
        Some(Datagram {
            protocol,
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

fn send(cx: &mut HostCx<'_>, transmit: engine::Transmit, ecn_otherwise: EcnField) {
    let protocol = match transmit.protocol {
        engine::Protocol::Udp => IpProtocol::Udp,
        engine::Protocol::Tcp | engine::Protocol::Tls => IpProtocol::Tcp,
    };
    let ecn = match transmit.ecn {
        None => ecn_otherwise,
        Some(engine::Ecn::Ect1) => EcnField::Ect1,
        Some(engine::Ecn::Ect0) => EcnField::Ect0,
        Some(engine::Ecn::Ce) => EcnField::Ce,
    };
    let engine::Transmit { source, destination, contents, .. } = transmit;
    cx.send(PacketSpec { source, destination, protocol, ecn, payload: contents, padding: 0 });
}
