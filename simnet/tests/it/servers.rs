//! STUN and TURN servers, and clients that ask them from behind NATs.

use std::net::SocketAddr;
use std::time::Duration;

use lapwing_simnet::middlebox::{
    Dependence, NatConfig, NatTimeouts, Obstacle, PortAssignment, direct_path_possible,
};
use lapwing_simnet::servers::{StunServer, TurnServer, TurnServerConfig};
use lapwing_simnet::{
    Endpoint, Handle, HostCx, IpProtocol, LinkSpec, MachineId, Packet, PacketSpec, Sim, Time,
};
use stun_types::attribute::XorMappedAddress;
use stun_types::message::{
    BINDING, Message, MessageClass, MessageWrite, MessageWriteExt, MessageWriteVec,
};
use turn_client_proto::api::{Transmit as Sent, TurnConfig, TurnEvent, TurnPollRet, TurnRecvRet};
use turn_client_proto::prelude::*;
use turn_client_proto::types::{Instant, TransportType, TurnCredentials};
use turn_client_proto::udp::TurnClientUdp;

use crate::fixtures::{PORT, at, ip, ms};

const SERVER: &str = "192.0.2.1";
const UDP: TransportType = TransportType::Udp;

fn server() -> SocketAddr {
    SocketAddr::new(ip(SERVER), 3_478)
}

/// Asks a STUN server once, and keeps what it says.
struct Asker {
    six: bool,
    mapped: Option<SocketAddr>,
}

impl Endpoint for Asker {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(IpProtocol::Udp, PORT).unwrap();
        let mut request = Message::builder_request(BINDING, MessageWriteVec::new());
        request.add_fingerprint().unwrap();
        let source = SocketAddr::new(cx.address().unwrap(), PORT);
        let server = if self.six { "[2001:db8::53]:3478".parse().unwrap() } else { server() };
        cx.send(PacketSpec::udp(source, server, request.finish()));
        cx.send(PacketSpec::udp(source, server, b"noise".to_vec()));
    }

    fn receive(&mut self, packet: Packet, _: &mut HostCx<'_>) {
        let message = Message::from_bytes(packet.payload()).unwrap();
        assert!(message.has_method(BINDING) && message.has_class(MessageClass::Success));
        let mapped: XorMappedAddress = message.attribute().unwrap();
        self.mapped = Some(mapped.addr(message.transaction_id()));
    }
}

/// A NAT whose mappings and filters depend on everything, with random ports. Its mappings outlive
/// all pauses here: a TURN client whose mapping ends has lost its allocation, so real ones send
/// often enough.
fn symmetric(address: &str) -> NatConfig {
    NatConfig {
        mapping: Dependence::AddressAndPortDependent,
        filtering: Dependence::AddressAndPortDependent,
        ports: PortAssignment::Random,
        timeouts: NatTimeouts { udp: Duration::from_secs(7_200), ..NatTimeouts::default() },
        ..NatConfig::new([ip(address)])
    }
}

#[test]
fn a_host_behind_a_nat_learns_its_reflexive_address() {
    let (mut sim, wire) = (Sim::new(1), LinkSpec::new().delay(ms(5)));
    let core = sim.router("core");
    let addresses = [ip(SERVER), ip("2001:db8::53")];
    let stun = sim.stun_server("stun", core, &addresses, &wire);
    let nat = sim.nat("nat", symmetric("198.51.100.1"));
    sim.connect(nat, core, &[ip("198.51.100.1")], &wire, &wire);
    let hosts = [("10.0.0.1", nat, false), ("2001:db8::1", core, true)];
    let askers = hosts.map(|(address, parent, six)| {
        let host = sim.host(address);
        sim.connect(host, parent, &[ip(address)], &wire, &wire);
        sim.attach(host, Asker { six, mapped: None })
    });
    sim.run_until(Time::from_secs(1));
    let mapped = askers.map(|asker| sim.endpoint(asker).mapped.expect("it was told"));
    assert_eq!(mapped[0].ip(), ip("198.51.100.1"));
    assert_ne!(mapped[0].port(), PORT, "the NAT gives random ports");
    assert_eq!(mapped[1], at("2001:db8::1"));
    assert_eq!(sim.endpoint(stun).answered(), 2);
}

/// A client of the TURN server: allocates, and does what the test tells it.
struct Caller {
    password: &'static str,
    client: Option<TurnClientUdp>,
    relayed: Option<SocketAddr>,
    refused: bool,
    channels: Vec<SocketAddr>,
    heard: Vec<(SocketAddr, Vec<u8>)>,
    /// It says nothing any more, as after a crash.
    silent: bool,
}

impl Caller {
    fn new(password: &'static str) -> Self {
        Caller {
            password,
            client: None,
            relayed: None,
            refused: false,
            channels: Vec::new(),
            heard: Vec::new(),
            silent: false,
        }
    }

    fn pump(&mut self, cx: &mut HostCx<'_>) {
        let (Some(client), false) = (&mut self.client, self.silent) else {
            return;
        };
        let now = instant(cx);
        let wait = client.poll(now);
        while let Some(transmit) = client.poll_transmit(now) {
            cx.send(PacketSpec::udp(transmit.from, transmit.to, transmit.data.as_ref().to_vec()));
        }
        while let Some(event) = client.poll_event() {
            match event {
                TurnEvent::AllocationCreated(_, relayed) => self.relayed = Some(relayed),
                TurnEvent::AllocationCreateFailed(_) => self.refused = true,
                TurnEvent::ChannelCreated(_, peer) => self.channels.push(peer),
                _ => {}
            }
        }
        if let TurnPollRet::WaitUntil(at) = wait {
            let at = Time::from_nanos(at.as_nanos() as u64);
            cx.wake_at(at.max(cx.now() + ms(1)));
        }
    }

    /// Opens a way to a peer, by permission or channel.
    fn open(&mut self, peer: SocketAddr, channel: bool, cx: &mut HostCx<'_>) {
        let (client, now) = (self.client.as_mut().unwrap(), instant(cx));
        if channel {
            client.bind_channel(UDP, peer, now).unwrap();
        } else {
            client.create_permission(UDP, peer.ip(), now).unwrap();
        }
        self.pump(cx);
    }

    fn say(&mut self, peer: SocketAddr, what: &str, cx: &mut HostCx<'_>) {
        let (client, now) = (self.client.as_mut().unwrap(), instant(cx));
        let sent = client.send_to(UDP, peer, what.as_bytes().to_vec(), now).unwrap();
        let sent = sent.expect("it goes at once").build();
        cx.send(PacketSpec::udp(sent.from, sent.to, sent.data));
        self.pump(cx);
    }
}

fn instant(cx: &HostCx<'_>) -> Instant {
    Instant::from_nanos(cx.now().as_nanos() as i64)
}

impl Endpoint for Caller {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(IpProtocol::Udp, PORT).unwrap();
        let own = SocketAddr::new(cx.address().unwrap(), PORT);
        let config = TurnConfig::new(TurnCredentials::new("ada", self.password));
        self.client = Some(TurnClientUdp::allocate(own, server(), config));
        self.pump(cx);
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        let (from, to, now) = (packet.source(), packet.destination(), instant(cx));
        let client = self.client.as_mut().unwrap();
        let datagram = Sent::new(packet.into_payload(), UDP, from, to);
        if let TurnRecvRet::PeerData(data) = client.recv(datagram, now) {
            self.heard.push((data.peer, data.data().to_vec()));
        }
        self.pump(cx);
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.pump(cx);
    }
}

/// A TURN server and two clients, each behind a symmetric NAT.
struct World {
    sim: Sim,
    core: MachineId,
    turn: Handle<TurnServer>,
    callers: [Handle<Caller>; 2],
}

fn world(seed: u64, config: TurnServerConfig, passwords: [&'static str; 2]) -> World {
    let (mut sim, wire) = (Sim::new(seed), LinkSpec::new().delay(ms(5)));
    sim.trace_packets_only();
    let core = sim.router("core");
    let turn = sim.turn_server("turn", core, &[ip(SERVER)], &wire, config);
    let homes = ["198.51.100.1", "203.0.113.1"];
    let callers = [0, 1].map(|i| {
        let nat = sim.nat(homes[i], symmetric(homes[i]));
        sim.connect(nat, core, &[ip(homes[i])], &wire, &wire);
        let host = sim.host(&format!("caller {i}"));
        sim.connect(host, nat, &[ip("10.0.0.1")], &wire, &wire);
        sim.attach(host, Caller::new(passwords[i]))
    });
    sim.run_until(Time::from_secs(2));
    World { sim, core, turn, callers }
}

fn usual() -> TurnServerConfig {
    TurnServerConfig::new("ada", "secret")
}

/// Both relayed addresses, and a way opened from each to the other.
fn opened(world: &mut World, channel: bool) -> [SocketAddr; 2] {
    let relayed = world.callers.map(|caller| world.sim.endpoint(caller).relayed.unwrap());
    for (i, caller) in world.callers.into_iter().enumerate() {
        world.sim.with(caller, |caller, cx| caller.open(relayed[1 - i], channel, cx));
    }
    world.sim.run_for(ms(500));
    relayed
}

fn said(world: &mut World, from: usize, peer: SocketAddr, what: &str) {
    world.sim.with(world.callers[from], |caller, cx| caller.say(peer, what, cx));
    world.sim.run_for(ms(500));
}

#[test]
fn two_hosts_behind_symmetric_nats_talk_through_the_relay() {
    let boxes = ["198.51.100.1", "203.0.113.1"].map(|home| [Obstacle::Nat(symmetric(home))]);
    assert!(!direct_path_possible(&boxes[0], &boxes[1], &[]));
    for channel in [false, true] {
        let mut world = world(1, usual(), ["secret"; 2]);
        let relayed = opened(&mut world, channel);
        assert!(relayed.iter().all(|relay| relay.ip() == ip(SERVER) && relay.port() >= 49_152));
        said(&mut world, 0, relayed[1], "ping");
        said(&mut world, 1, relayed[0], "pong");
        let heard = world.callers.map(|caller| world.sim.endpoint(caller).heard.clone());
        assert_eq!(heard[1], [(relayed[0], b"ping".to_vec())]);
        assert_eq!(heard[0], [(relayed[1], b"pong".to_vec())]);
        let channels = world.callers.map(|caller| world.sim.endpoint(caller).channels.len());
        assert_eq!(channels, [usize::from(channel); 2]);
        assert_eq!(world.sim.endpoint(world.turn).allocations(), 2);
    }
}

#[test]
fn nothing_passes_without_a_permission() {
    let mut world = world(1, usual(), ["secret"; 2]);
    let relayed = world.sim.endpoint(world.callers[0]).relayed.unwrap();
    let stranger = world.sim.host("stranger");
    let wire = LinkSpec::new();
    world.sim.connect(stranger, world.core, &[ip("192.0.2.9")], &wire, &wire);
    let hello = (world.sim.now(), PacketSpec::udp(at("192.0.2.9"), relayed, b"hello".to_vec()));
    world.sim.attach(stranger, crate::fixtures::Script::new([hello]));
    world.sim.run_for(ms(500));
    assert_eq!(world.sim.endpoint(world.callers[0]).heard, []);
}

#[test]
fn an_allocation_lives_as_long_as_it_is_refreshed() {
    let mut world = world(1, usual(), ["secret"; 2]);
    let relayed = opened(&mut world, false);
    world.sim.with(world.callers[1], |caller, _| caller.silent = true);
    // The client asks for half an hour, and renews a minute before that.
    world.sim.run_until(Time::from_secs(1_700));
    assert_eq!(world.sim.endpoint(world.turn).allocations(), 2);
    world.sim.run_until(Time::from_secs(2_500));
    assert_eq!(world.sim.endpoint(world.turn).allocations(), 1);
    // The permission for the server's own address, which is renewed every five minutes, lasts as
    // well.
    said(&mut world, 0, relayed[0], "to myself");
    let heard = &world.sim.endpoint(world.callers[0]).heard;
    assert_eq!(*heard, [(relayed[0], b"to myself".to_vec())]);
}

#[test]
fn the_server_refuses_strangers_and_more_than_it_can_hold() {
    let wrong = world(1, usual(), ["secret", "guess"]);
    let [ada, eve] = wrong.callers.map(|caller| wrong.sim.endpoint(caller).relayed);
    assert!(ada.is_some() && eve.is_none());
    let full = world(1, TurnServerConfig { max_allocations: 1, ..usual() }, ["secret"; 2]);
    let refused = full.callers.map(|caller| full.sim.endpoint(caller).refused);
    assert_eq!(refused.into_iter().filter(|refused| *refused).count(), 1);
    assert_eq!(full.sim.endpoint(full.turn).allocations(), 1);
    assert_eq!(full.sim.endpoint(full.turn).refused(), 0);
}

#[test]
fn the_same_seed_gives_the_same_ports_times_and_sizes() {
    let run = |seed| {
        let mut world = world(seed, usual(), ["secret"; 2]);
        let relayed = opened(&mut world, true);
        said(&mut world, 0, relayed[1], "ping");
        (relayed, world.sim.chain())
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).0, run(2).0);
}

#[test]
fn a_turn_server_answers_binding_requests_too() {
    let (mut sim, wire) = (Sim::new(1), LinkSpec::new());
    let core = sim.router("core");
    sim.turn_server("turn", core, &[ip(SERVER)], &wire, usual());
    let host = sim.host("host");
    sim.connect(host, core, &[ip("10.0.0.1")], &wire, &wire);
    let asker = sim.attach(host, Asker { six: false, mapped: None });
    sim.attach(host, StunServer::new(9));
    sim.run_until(Time::from_secs(1));
    assert_eq!(sim.endpoint(asker).mapped, Some(at("10.0.0.1")));
}
