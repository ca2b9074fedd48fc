//! A TURN server (RFC 8656) by UDP, TCP and TLS, over `turn-server-proto`.
//!
//! 1. A datagram to the server's port that is a Binding request is answered here; any other is the
//!    protocol's: Allocate with long-term credentials, CreatePermission, ChannelBind, Refresh, Send
//!    indications, channel data.
//! 2. A datagram to a relayed address goes to the client that has it, if it gave the sender a
//!    permission.
//! 3. The protocol asks for relayed addresses and gives them back; the ports are drawn from the
//!    server's stream.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use lapwing_engine::Framing;
use lapwing_engine::stream::StreamCodec;
use turn_server_proto::api::{
    SocketAllocateError, TcpConnectError, Transmit as Sent, TurnServerApi, TurnServerPollRet,
};
use turn_server_proto::server::TurnServer as Protocol;
use turn_server_proto::types::{AddressFamily, Instant, TransportType};

use crate::host::{Endpoint, HostCx};
use crate::net::MachineId;
use crate::packet::{self, Packet, PacketSpec};
use crate::random::Stream;
use crate::servers::binding::{PORT, TLS_PORT, answer};
use crate::servers::clients::{Clients, Heard};
use crate::servers::ports::bind_drawn;
use crate::sim::{Handle, Sim};
use crate::spec::LinkSpec;
use crate::tcp::TlsIdentity;
use crate::time::Time;

/// A TURN server's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnServerConfig {
    /// Where it listens by UDP and TCP, on all of its host's addresses.
    pub port: u16,
    /// Where it listens by TLS.
    pub tls_ports: Vec<u16>,
    /// Who it says it is there.
    pub identity: TlsIdentity,
    /// The realm of its credentials (RFC 8489 section 9.2).
    pub realm: String,
    /// Names and passwords.
    pub users: Vec<(String, String)>,
    /// Relayed addresses at one time; a request for another is refused with 508 (Insufficient
    /// Capacity).
    pub max_allocations: usize,
}

impl TurnServerConfig {
    /// Port 3478, and 5349 by TLS as `turn.lapwing.test`, the realm `lapwing.test`, one user, and
    /// at most 1,000 relayed addresses.
    pub fn new(user: &str, password: &str) -> Self {
        TurnServerConfig {
            port: PORT,
            tls_ports: vec![TLS_PORT],
            identity: TlsIdentity::new(["turn.lapwing.test"]),
            realm: "lapwing.test".to_owned(),
            users: vec![(user.to_owned(), password.to_owned())],
            max_allocations: 1_000,
        }
    }
}

/// A TURN server on a host.
///
/// Times, sizes and ports are those of the seed. The nonces and their hashes are not: the
/// protocol's library draws them from the generator of its thread. Runs repeat where the chain
/// leaves the content of payloads out ([`Sim::trace_packets_only`]), or where the system's
/// randomness is replaced.
///
/// What the library holds of a client ends with the allocation, but for a nonce of each address
/// that ever asked; therefore no more than a fixed number of addresses is served. Permissions end
/// after 5 minutes, channels after 10.
#[derive(Debug)]
pub struct TurnServer {
    config: TurnServerConfig,
    stream: Stream,
    /// One for each address of the host and each transport.
    listeners: Vec<Listener>,
    streams: Clients,
    /// Relayed addresses by their port, each with the listener whose client has it.
    relays: BTreeMap<u16, (SocketAddr, usize)>,
    clients: BTreeSet<SocketAddr>,
    refused: u64,
}

#[derive(Debug)]
struct Listener {
    transport: TransportType,
    address: SocketAddr,
    protocol: Protocol,
    wake: Time,
}

/// Clients' addresses that a server ever serves.
const MAX_CLIENTS: usize = 16_384;
/// Requests of the protocol to the host, one after the other, until it is taken to be broken.
const MAX_POLLS: usize = 100_000;

impl TurnServer {
    /// A server without clients. `stream` chooses the relayed ports, which must be those of no
    /// other program on the host.
    pub fn new(config: TurnServerConfig, stream: Stream) -> Self {
        TurnServer {
            config,
            stream,
            listeners: Vec::new(),
            streams: Clients::default(),
            relays: BTreeMap::new(),
            clients: BTreeSet::new(),
            refused: 0,
        }
    }

    /// Relayed addresses at present.
    pub fn allocations(&self) -> usize {
        self.relays.len()
    }

    /// Datagrams of addresses that came when the server had seen too many.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    fn listen(&mut self, transport: TransportType, address: SocketAddr) {
        let realm = self.config.realm.clone();
        let mut protocol = Protocol::new(transport, address, realm);
        for (user, password) in &self.config.users {
            protocol.add_user(user.clone(), password.clone());
        }
        self.listeners.push(Listener { transport, address, protocol, wake: Time::NEVER });
    }

    /// The listener that a datagram is for.
    fn listener_of(&mut self, from: SocketAddr, to: SocketAddr) -> Option<usize> {
        if to.port() != self.config.port {
            return self.relays.get(&to.port()).filter(|(relay, _)| *relay == to).map(|(_, i)| *i);
        }
        if self.serves(from) { self.listener(TransportType::Udp, to) } else { None }
    }

    /// Whether there is room for what the protocol keeps of a client.
    fn serves(&mut self, client: SocketAddr) -> bool {
        if self.clients.len() >= MAX_CLIENTS && !self.clients.contains(&client) {
            self.refused += 1;
            return false;
        }
        self.clients.insert(client);
        true
    }

    fn listener(&self, transport: TransportType, at: SocketAddr) -> Option<usize> {
        let is = |one: &Listener| one.transport == transport && one.address == at;
        self.listeners.iter().position(is)
    }

    /// What clients did that came by TCP or TLS.
    fn hear(&mut self, heard: Vec<Heard>, cx: &mut HostCx<'_>) {
        for one in heard {
            let (local, remote, contents) = match one {
                Heard::Datagram { local, remote, contents } => (local, remote, contents),
                // The protocol takes no bytes for the end.
                Heard::Gone { local, remote } => (local, remote, Vec::new()),
            };
            if let Some(response) = answer(&contents, remote) {
                self.streams.send((local, remote), &response, cx);
                continue;
            }
            if !self.serves(remote) {
                self.streams.close((local, remote), cx);
                continue;
            }
            let Some(index) = self.listener(TransportType::Tcp, local) else { continue };
            let mut framed = Vec::new();
            // The protocol takes a stream apart itself; it is given whole pieces of it.
            let framing = StreamCodec::new(Framing::Stun);
            if !contents.is_empty() && framing.write(&contents, &mut framed).is_err() {
                continue;
            }
            let datagram = Sent::new(framed, TransportType::Tcp, remote, local);
            self.take(index, datagram, cx);
        }
    }

    /// Gives a datagram to the protocol.
    fn take(&mut self, index: usize, datagram: Sent<Vec<u8>>, cx: &mut HostCx<'_>) {
        let forwarded = self.listeners[index].protocol.recv(datagram, instant(cx.now()));
        if let Some(forwarded) = forwarded.map(|forwarded| forwarded.build()) {
            self.send(forwarded, cx);
        }
        self.settle(index, cx);
    }

    fn send(&mut self, sent: Sent<Vec<u8>>, cx: &mut HostCx<'_>) {
        let Sent { data, transport, from, to } = sent;
        match transport {
            TransportType::Udp => cx.send(PacketSpec::udp(from, to, data)),
            TransportType::Tcp => self.streams.send((from, to), &data, cx),
        }
    }

    /// Does what the protocol asks for, until it waits.
    fn settle(&mut self, index: usize, cx: &mut HostCx<'_>) {
        let now = instant(cx.now());
        for _ in 0..MAX_POLLS {
            while let Some(sent) = self.listeners[index].protocol.poll_transmit(now) {
                self.send(sent, cx);
            }
            let protocol = &mut self.listeners[index].protocol;
            match protocol.poll(now) {
                TurnServerPollRet::WaitUntil(at) => {
                    // What ends at a moment is over right after it.
                    self.listeners[index].wake = time(at) + Duration::from_nanos(1);
                    return;
                }
                TurnServerPollRet::AllocateSocket {
                    transport,
                    listen_addr,
                    client_addr,
                    allocation_transport,
                    family,
                } => {
                    let relay = self.allocate(index, family, cx);
                    let protocol = &mut self.listeners[index].protocol;
                    protocol.allocated_socket(
                        transport,
                        listen_addr,
                        client_addr,
                        allocation_transport,
                        family,
                        relay,
                        now,
                    );
                }
                TurnServerPollRet::SocketClose { listen_addr, .. } => {
                    self.relays.remove(&listen_addr.port());
                    cx.unbind(packet::IpProtocol::Udp, listen_addr.port());
                }
                TurnServerPollRet::TcpConnect {
                    relayed_addr,
                    peer_addr,
                    listen_addr,
                    client_addr,
                } => {
                    let refused = Err(TcpConnectError::Forbidden);
                    protocol.tcp_connected(
                        relayed_addr,
                        peer_addr,
                        listen_addr,
                        client_addr,
                        refused,
                        now,
                    );
                }
                TurnServerPollRet::TcpClose { local_addr, remote_addr } => {
                    self.streams.close((local_addr, remote_addr), cx);
                }
            }
        }
        panic!("the TURN protocol does not come to rest at {}", cx.now());
    }

    fn allocate(
        &mut self,
        index: usize,
        family: AddressFamily,
        cx: &mut HostCx<'_>,
    ) -> Result<SocketAddr, SocketAllocateError> {
        let is_of_family = |address: &&IpAddr| address.is_ipv4() == (family == AddressFamily::IPV4);
        let own = self.listeners[index].address.ip();
        let others = cx.interfaces().iter().flat_map(|interface| &interface.addresses);
        let address = *std::iter::once(&own)
            .chain(others)
            .find(is_of_family)
            .ok_or(SocketAllocateError::AddressFamilyNotSupported)?;
        if self.relays.len() >= self.config.max_allocations {
            return Err(SocketAllocateError::InsufficientCapacity);
        }
        let may = |port| port != self.config.port && !self.relays.contains_key(&port);
        let port = bind_drawn(&mut self.stream, cx, may);
        let port = port.ok_or(SocketAllocateError::InsufficientCapacity)?;
        let relay = SocketAddr::new(address, port);
        self.relays.insert(port, (relay, index));
        Ok(relay)
    }

    fn ask_for_wake(&self, cx: &mut HostCx<'_>) {
        let wakes = self.listeners.iter().map(|listener| listener.wake);
        cx.wake_at(wakes.fold(self.streams.next_wake(), Time::min));
    }
}

impl Endpoint for TurnServer {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        self.config.port =
            cx.bind(packet::IpProtocol::Udp, self.config.port).expect("the port is free");
        let interfaces = cx.interfaces().iter();
        let addresses: Vec<_> =
            interfaces.flat_map(|interface| interface.addresses.clone()).collect();
        let config = self.config.clone();
        self.streams.listen(config.port, None, cx).expect("the port is free");
        for &port in &config.tls_ports {
            let identity = Some(config.identity.clone());
            self.streams.listen(port, identity, cx).expect("the port is free");
        }
        for &address in &addresses {
            self.listen(TransportType::Udp, SocketAddr::new(address, config.port));
        }
        for &port in std::iter::once(&config.port).chain(&config.tls_ports) {
            for &address in &addresses {
                self.listen(TransportType::Tcp, SocketAddr::new(address, port));
            }
        }
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        if packet.protocol() == packet::IpProtocol::Tcp {
            let heard = self.streams.receive(&packet, cx);
            self.hear(heard, cx);
            return self.ask_for_wake(cx);
        }
        if packet.protocol() != packet::IpProtocol::Udp {
            return;
        }
        let (from, to) = (packet.source(), packet.destination());
        if to.port() == self.config.port
            && let Some(response) = answer(packet.payload(), from)
        {
            return cx.send(PacketSpec::udp(to, from, response));
        }
        let Some(index) = self.listener_of(from, to) else {
            return;
        };
        let datagram = Sent::new(packet.into_payload(), TransportType::Udp, from, to);
        self.take(index, datagram, cx);
        self.ask_for_wake(cx);
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        let heard = self.streams.wake(cx);
        self.hear(heard, cx);
        for index in 0..self.listeners.len() {
            if self.listeners[index].wake <= cx.now() {
                self.settle(index, cx);
            }
        }
        self.ask_for_wake(cx);
    }
}

/// The protocol's time counts nanoseconds from anywhere.
fn instant(at: Time) -> Instant {
    Instant::from_nanos(i64::try_from(at.as_nanos()).unwrap_or(i64::MAX))
}

fn time(at: Instant) -> Time {
    Time::from_nanos(u64::try_from(at.as_nanos()).unwrap_or(0))
}

impl Sim {
    /// A host with a TURN server, joined to `parent` by `link` both ways. Its relayed ports are
    /// drawn from the stream `turn/NAME`.
    ///
    /// ```
    /// use lapwing_simnet::servers::TurnServerConfig;
    /// use lapwing_simnet::{LinkSpec, Sim, Time};
    /// let mut sim = Sim::new(1);
    /// let core = sim.router("core");
    /// let config = TurnServerConfig::new("ada", "secret");
    /// let address = "192.0.2.1".parse().unwrap();
    /// let server = sim.turn_server("turn", core, &[address], &LinkSpec::new(), config);
    /// sim.run_until(Time::from_secs(1));
    /// assert_eq!(sim.endpoint(server).allocations(), 0);
    /// ```
    pub fn turn_server(
        &mut self,
        name: &str,
        parent: MachineId,
        addresses: &[IpAddr],
        link: &LinkSpec,
        config: TurnServerConfig,
    ) -> Handle<TurnServer> {
        let host = self.host(name);
        self.connect(host, parent, addresses, link, link);
        let stream = self.seed().stream(&format!("turn/{name}"));
        self.attach(host, TurnServer::new(config, stream))
    }
}
