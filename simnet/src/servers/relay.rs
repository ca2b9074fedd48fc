//! A STUN and TURN server over the machine of our own, by UDP, and by TCP and TLS where it is to.
//!
//! Unlike [`TurnServer`](super::TurnServer) it repeats byte for byte: all that it draws comes from
//! the seed.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use lapwing_engine::Protocol;
use lapwing_engine::turn::server::{
    Client, Family, Forward, Listener, ListenerId, RelayFault, RelayId, Route, TurnInput,
    TurnOutput, TurnServer as Machine, TurnServerConfig as MachineConfig,
};

use crate::host::{Endpoint, HostCx};
use crate::net::MachineId;
use crate::packet::{IpProtocol, Packet, PacketSpec};
use crate::random::Stream;
use crate::servers::binding::PORT;
use crate::servers::clients::{Clients, Heard};
use crate::servers::ports::bind_drawn;
use crate::sim::{Handle, Sim};
use crate::spec::LinkSpec;
use crate::tcp::TlsIdentity;
use crate::time::{Clock, Time};

/// Outputs one after the other, until the machine is taken to be broken.
const OUTPUTS_MAX: usize = 100_000;

/// A port on which clients are listened to.
#[derive(Clone, Debug)]
struct Door {
    protocol: Protocol,
    port: u16,
    /// Who the server says it is there, by TLS.
    identity: Option<TlsIdentity>,
}

/// A STUN and TURN server on a host, on all of its addresses.
pub struct Relay {
    config: MachineConfig,
    machine: Option<Machine>,
    clock: Clock,
    stream: Stream,
    relays: BTreeMap<RelayId, SocketAddr>,
    by_port: BTreeMap<u16, RelayId>,
    doors: Vec<Door>,
    streams: Clients,
}

impl Relay {
    /// A server with these settings, by UDP on port 3478 of all addresses of its host. `stream`
    /// chooses relayed ports.
    pub fn new(config: MachineConfig, stream: Stream) -> Self {
        let door = Door { protocol: Protocol::Udp, port: PORT, identity: None };
        Relay { doors: vec![door], ..Relay::closed(config, stream) }
    }

    /// A server that listens nowhere yet.
    pub fn closed(config: MachineConfig, stream: Stream) -> Self {
        Relay {
            config,
            machine: None,
            clock: Clock::arbitrary(),
            stream,
            relays: BTreeMap::new(),
            by_port: BTreeMap::new(),
            doors: Vec::new(),
            streams: Clients::default(),
        }
    }

    /// It listens on this port too, by UDP or TCP, on all addresses of its host. With two ports of
    /// UDP and two addresses of a family it tells clients what their NAT does (RFC 5780).
    #[must_use]
    pub fn with_port(mut self, protocol: Protocol, port: u16) -> Self {
        self.doors.push(Door { protocol, port, identity: None });
        self
    }

    /// It listens on this port too, by TLS.
    #[must_use]
    pub fn with_tls(mut self, port: u16, identity: TlsIdentity) -> Self {
        self.doors.push(Door { protocol: Protocol::Tls, port, identity: Some(identity) });
        self
    }

    /// Relayed addresses at present.
    pub fn allocations(&self) -> usize {
        self.relays.len()
    }

    fn input(&mut self, input: TurnInput<'_>, cx: &mut HostCx<'_>) {
        let now = self.clock.instant(cx.now());
        let Some(machine) = &mut self.machine else { return };
        if let Some(forward) = machine.handle_input(input, now) {
            let mut contents = Vec::with_capacity(forward.len());
            forward.write(&mut contents);
            let Forward { route, .. } = forward;
            self.send_on(route, contents, cx);
        }
        self.settle(cx);
    }

    fn send_on(&mut self, route: Route, contents: Vec<u8>, cx: &mut HostCx<'_>) {
        let (protocol, from, to) = match route {
            Route::Peer { relay, peer } => {
                let Some(from) = self.relays.get(&relay) else { return };
                (Protocol::Udp, *from, peer)
            }
            Route::Client(client) => {
                let listeners = &self.config.listeners;
                let Some(listener) = listeners.get(usize::from(client.listener.0)) else { return };
                (listener.protocol, listener.local, client.address)
            }
        };
        match protocol {
            Protocol::Udp => cx.send(PacketSpec::udp(from, to, contents)),
            Protocol::Tcp | Protocol::Tls => self.streams.send((from, to), &contents, cx),
        }
    }

    /// A client that came to this address, if that is listened on.
    fn client(&self, is_stream: bool, local: SocketAddr, address: SocketAddr) -> Option<Client> {
        let is =
            |one: &Listener| one.local == local && is_stream == (one.protocol != Protocol::Udp);
        let listener = u16::try_from(self.config.listeners.iter().position(is)?).ok()?;
        Some(Client { listener: ListenerId(listener), address })
    }

    /// What clients did that came by TCP or TLS.
    fn hear(&mut self, heard: Vec<Heard>, cx: &mut HostCx<'_>) {
        for one in heard {
            match one {
                Heard::Datagram { local, remote, contents } => {
                    let Some(client) = self.client(true, local, remote) else { continue };
                    self.input(TurnInput::Client { client, contents: &contents }, cx);
                }
                Heard::Gone { local, remote } => {
                    let Some(client) = self.client(true, local, remote) else { continue };
                    self.input(TurnInput::ClientClosed(client), cx);
                }
            }
        }
        self.settle(cx);
    }

    /// Does what the machine asks for, until it waits.
    fn settle(&mut self, cx: &mut HostCx<'_>) {
        for _ in 0..OUTPUTS_MAX {
            let Some(machine) = &mut self.machine else { return };
            match machine.poll_output() {
                TurnOutput::Transmit { client, contents } => {
                    self.send_on(Route::Client(client), contents, cx);
                }
                TurnOutput::OpenRelay { relay, family, even, .. } => {
                    self.open(relay, family, even, cx);
                }
                TurnOutput::CloseRelay { relay } => {
                    if let Some(address) = self.relays.remove(&relay) {
                        self.by_port.remove(&address.port());
                        cx.unbind(IpProtocol::Udp, address.port());
                    }
                }
                TurnOutput::Timeout { at } => {
                    let at = at.map_or(Time::NEVER, |at| self.clock.time(at));
                    return cx.wake_at(at.min(self.streams.next_wake()));
                }
            }
        }
        panic!("the server does not come to rest at {}", cx.now());
    }

    fn open(&mut self, relay: RelayId, family: Family, even: bool, cx: &mut HostCx<'_>) {
        let now = self.clock.instant(cx.now());
        let of_family = |ip: &IpAddr| ip.is_ipv4() == (family == Family::V4);
        let own = cx.interfaces().iter().flat_map(|interface| &interface.addresses);
        let ip = own.copied().find(of_family);
        let may = |port: u16| !(self.by_port.contains_key(&port) || even && port % 2 == 1);
        let address = ip.and_then(|ip| {
            let port = bind_drawn(&mut self.stream, cx, may)?;
            Some(SocketAddr::new(ip, port))
        });
        let Some(machine) = &mut self.machine else { return };
        match address {
            Some(address) => {
                self.relays.insert(relay, address);
                self.by_port.insert(address.port(), relay);
                machine.handle_input(TurnInput::RelayOpened { relay, address }, now);
            }
            None => {
                let fault = RelayFault::Capacity;
                machine.handle_input(TurnInput::RelayFailed { relay, fault }, now);
            }
        }
    }
}

impl Endpoint for Relay {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        let interfaces = cx.interfaces().iter();
        let all: Vec<IpAddr> = interfaces.flat_map(|one| one.addresses.clone()).collect();
        self.config.listeners.clear();
        for Door { protocol, port, identity } in self.doors.clone() {
            match protocol {
                Protocol::Udp => {
                    cx.bind(IpProtocol::Udp, port).expect("the port is free");
                }
                Protocol::Tcp | Protocol::Tls => {
                    self.streams.listen(port, identity, cx).expect("the port is free");
                }
            }
            let listener = |ip: &IpAddr| Listener::new(SocketAddr::new(*ip, port), protocol);
            self.config.listeners.extend(all.iter().map(listener));
        }
        let now = self.clock.instant(cx.now());
        self.machine = Some(Machine::new(self.config.clone(), now));
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        if packet.protocol() == IpProtocol::Tcp {
            let heard = self.streams.receive(&packet, cx);
            return self.hear(heard, cx);
        }
        if packet.protocol() != IpProtocol::Udp {
            return;
        }
        let (from, to) = (packet.source(), packet.destination());
        let contents = packet.into_payload();
        if let Some(relay) = self.by_port.get(&to.port()).copied() {
            return self.input(TurnInput::Peer { relay, peer: from, contents: &contents }, cx);
        }
        let Some(client) = self.client(false, to, from) else { return };
        self.input(TurnInput::Client { client, contents: &contents }, cx);
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        if self.streams.next_wake() <= cx.now() {
            let heard = self.streams.wake(cx);
            self.hear(heard, cx);
        }
        self.input(TurnInput::Timeout, cx);
    }
}

impl Sim {
    /// A host with a STUN and TURN server of our own, joined to `parent` by `link` both ways.
    ///
    /// ```
    /// use std::time::Duration;
    /// use lapwing_engine::turn::server::{TurnServerConfig, Users};
    /// use lapwing_simnet::{LinkSpec, Sim, Time};
    /// let mut sim = Sim::new(1);
    /// let core = sim.router("core");
    /// let mut config = TurnServerConfig::new([7; 32], Duration::ZERO, "example.org");
    /// config.users = Users::default().with_user("ada", "secret");
    /// let address = "192.0.2.1".parse().unwrap();
    /// let relay = sim.relay("relay", core, &[address], &LinkSpec::new(), config);
    /// sim.run_until(Time::from_secs(1));
    /// assert_eq!(sim.endpoint(relay).allocations(), 0);
    /// ```
    pub fn relay(
        &mut self,
        name: &str,
        parent: MachineId,
        addresses: &[IpAddr],
        link: &LinkSpec,
        config: MachineConfig,
    ) -> Handle<Relay> {
        let host = self.host(name);
        self.connect(host, parent, addresses, link, link);
        let stream = self.seed().stream(&format!("relay/{name}"));
        self.attach(host, Relay::new(config, stream))
    }
}
