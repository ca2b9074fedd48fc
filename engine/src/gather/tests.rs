//! Gathering from servers that are played.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use stun_types::attribute::{ErrorCode, XorMappedAddress};
use stun_types::message::{Message, MessageWriteVec};
use stun_types::prelude::{MessageWrite, MessageWriteExt};

use super::gatherer::Gatherer;
use super::routes::Incoming;
use super::servers::ServerId;
use super::step::GatherStep;
use crate::candidate::{CandidateKind, IceCandidate};
use crate::config::Config;
use crate::datagram::{Protocol, Transmit};
use crate::diagnosis::NatOutcome;
use crate::ice_server::{HttpProxy, IceServer, IceTransportPolicy};
use crate::socket::{
    ConnectRequest, Framing, Interface, SocketFault, SocketId, SocketReply, SocketRequest, Tunnel,
};
use crate::state::IceGatheringState;
use crate::test_time::origin;

const MAPPED: &str = "198.51.100.7:6000";

/// A gatherer on a host with one address, whose sockets open, and what it did.
struct World {
    gatherer: Gatherer,
    now: Instant,
    sent: Vec<Transmit>,
    asked: Vec<(ServerId, String)>,
    connects: Vec<ConnectRequest>,
    /// Addresses of UDP sockets that are open.
    open: BTreeMap<SocketId, SocketAddr>,
    found: Vec<IceCandidate>,
    lost: Vec<IceCandidate>,
    faults: Vec<(String, u16, String)>,
    states: Vec<IceGatheringState>,
}

fn config(servers: &[&str]) -> Config {
    let mut config = Config::seeded(1);
    config.ice_servers =
        servers.iter().map(|url| IceServer::new([*url], "ada", "secret").unwrap()).collect();
    config
}

impl World {
    fn new(config: &Config) -> World {
        let mut world = World {
            gatherer: Gatherer::new(config),
            now: origin(),
            sent: Vec::new(),
            asked: Vec::new(),
            connects: Vec::new(),
            open: BTreeMap::new(),
            found: Vec::new(),
            lost: Vec::new(),
            faults: Vec::new(),
            states: Vec::new(),
        };
        let interface = Interface::new("eth0", "10.0.0.2".parse().unwrap());
        world.gatherer.set_interfaces(&[interface]);
        world
    }

    fn started(config: &Config) -> World {
        let mut world = World::new(config);
        world.start();
        world
    }

    fn start(&mut self) {
        self.gatherer.start(self.now);
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(step) = self.gatherer.poll(self.now) {
            match step {
                GatherStep::Socket(SocketRequest::Bind { id, local, .. }) => {
                    let local = SocketAddr::new(local.ip(), port_of(id));
                    self.open.insert(id, local);
                    self.gatherer.on_reply(SocketReply::Bound { id, local }, self.now);
                }
                GatherStep::Socket(SocketRequest::Connect(request)) => self.connects.push(request),
                GatherStep::Socket(SocketRequest::Close { id }) => {
                    self.open.remove(&id);
                }
                GatherStep::Socket(SocketRequest::Mdns { .. }) => {}
                GatherStep::Transmit(transmit) => self.sent.push(transmit),
                GatherStep::Resolve(id, name) => self.asked.push((id, name)),
                GatherStep::Found(candidate, _) => self.found.push(candidate),
                GatherStep::Lost(candidate) => self.lost.push(candidate),
                GatherStep::Fault(fault) => self.faults.push((fault.url, fault.code, fault.text)),
                GatherStep::State(state) => self.states.push(state),
            }
        }
    }

    /// The server answers a Binding request.
    fn answer(&mut self, asked: &Transmit, write: impl FnOnce(&Message<'_>) -> Vec<u8>) {
        let request = Message::from_bytes(&asked.contents).unwrap();
        let contents = write(&request);
        let answer = Transmit {
            source: asked.destination,
            destination: asked.source,
            contents,
            ..asked.clone()
        };
        let taken = self.gatherer.incoming(answer.as_datagram(), self.now);
        assert_eq!(taken, Incoming::Taken);
        self.settle();
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.gatherer.next_timeout().filter(|at| *at <= end) {
            self.now = at;
            self.gatherer.timeout(at);
            self.settle();
        }
        self.now = end;
    }

    fn kinds(&self) -> Vec<CandidateKind> {
        self.found.iter().map(|candidate| candidate.kind).collect()
    }

    fn is_complete(&self) -> bool {
        self.states.last() == Some(&IceGatheringState::Complete)
    }
}

/// Of sockets on the way to servers each has another; they have the upper half of the names.
fn port_of(id: SocketId) -> u16 {
    if id.0 < 1 << 31 { 5_000 } else { 6_000 + (id.0 & 0xff) as u16 }
}

fn mapped(request: &Message<'_>) -> Vec<u8> {
    let mut written = Message::builder_success(request, MessageWriteVec::new());
    let mapped = XorMappedAddress::new(MAPPED.parse().unwrap(), request.transaction_id());
    written.add_attribute(&mapped).unwrap();
    written.finish()
}

#[test]
fn a_server_reflexive_candidate_has_its_base_and_comes_after_the_host() {
    let mut world = World::started(&config(&["stun:192.0.2.1"]));
    assert_eq!((world.sent.len(), world.is_complete()), (1, false));
    let asked = world.sent[0].clone();
    assert_eq!(asked.source, "10.0.0.2:5000".parse().unwrap());
    world.answer(&asked, mapped);
    let lines: Vec<String> = world.found.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "candidate:h0 1 udp 2130706431 10.0.0.2 5000 typ host",
            "candidate:s0n0 1 udp 1694498815 198.51.100.7 6000 typ srflx raddr 10.0.0.2 rport 5000",
        ]
    );
    assert!(world.is_complete());
    // The mapping is kept up, and no candidate told twice.
    world.pass(Duration::from_secs(21));
    let again = world.sent.last().cloned().unwrap();
    world.answer(&again, mapped);
    assert!(world.sent.len() > 1 && world.found.len() == 2);
}

#[test]
fn each_server_is_asked_of_the_nat_from_a_socket_of_its_own() {
    let servers = ["stun:192.0.2.1", "turn:192.0.2.9?transport=tcp", "stun:192.0.2.2"];
    let mut world = World::started(&Config { probe_nat: true, ..config(&servers) });
    let from_host: SocketAddr = "10.0.0.2:5000".parse().unwrap();
    let probes = |world: &World| -> Vec<Transmit> {
        world.sent.iter().filter(|sent| sent.source != from_host).cloned().collect()
    };
    // None of them has another address; and one is not asked by UDP.
    for (asked, server) in ["192.0.2.1:3478", "192.0.2.2:3478"].into_iter().enumerate() {
        let all = probes(&world);
        assert_eq!(all.len(), asked + 1, "{all:?}");
        assert_eq!(all[asked].destination, server.parse().unwrap());
        assert_eq!(world.gatherer.nat_reports()[asked].outcome, NatOutcome::Asking);
        world.answer(&all[asked], mapped);
        assert_eq!(world.gatherer.nat_reports()[asked].outcome, NatOutcome::NotSupported);
        // Its socket is closed: what comes there now is nobody's.
        let is_open = world.open.values().any(|open| *open == all[asked].source);
        assert!(!is_open, "{:?}", world.open);
    }
    let all = probes(&world);
    assert_ne!(all[0].source, all[1].source);
    assert_eq!((all.len(), world.gatherer.nat_reports().len()), (2, 2));
    assert!(world.found.iter().all(|found| found.socket_addr() == Some(from_host)));
}

#[test]
fn what_is_asked_of_the_nat_goes_with_its_address() {
    let config = Config { probe_nat: true, ..config(&["stun:192.0.2.1"]) };
    let mut world = World::started(&config);
    assert_eq!((world.open.len(), world.gatherer.nat_reports().len()), (2, 1));
    let noise = world.sent.iter().find(|sent| sent.source.port() != 5_000).unwrap();
    let noise = Transmit { source: noise.destination, destination: noise.source, ..noise.clone() };
    assert_eq!(world.gatherer.incoming(noise.as_datagram(), world.now), Incoming::Noise);
    world.gatherer.set_interfaces(&[Interface::new("eth1", "10.0.1.2".parse().unwrap())]);
    world.settle();
    let reports = world.gatherer.nat_reports();
    assert_eq!((world.open.len(), reports.len()), (2, 1));
    assert_eq!(reports[0].local.ip(), "10.0.1.2".parse::<IpAddr>().unwrap());
    world.gatherer.close(world.now);
    world.settle();
    assert_eq!((world.open.len(), world.gatherer.nat_reports().len()), (0, 0));
}

#[test]
fn a_silent_server_is_given_up_and_told_of() {
    let mut world = World::started(&config(&["stun:192.0.2.1"]));
    world.pass(Duration::from_secs(9));
    assert!(world.faults.is_empty() && !world.is_complete());
    world.pass(Duration::from_secs(1));
    let fault = ("stun:192.0.2.1".to_owned(), 701, "no answer".to_owned());
    assert_eq!((&world.faults[..], world.sent.len()), (&[fault][..], 7));
    assert!(world.is_complete() && world.kinds() == [CandidateKind::Host]);
}

#[test]
fn names_are_looked_up_and_their_addresses_tried_in_turn() {
    let mut world = World::started(&config(&["stun:stun.example.org"]));
    assert_eq!(world.asked, [(ServerId::Server(0), "stun.example.org".to_owned())]);
    assert!(world.sent.is_empty() && !world.is_complete());
    let all: [IpAddr; 3] = ["2001:db8::1", "192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().unwrap());
    world.gatherer.resolved(ServerId::Server(0), &all, world.now);
    world.settle();
    world.pass(Duration::from_secs(12));
    let to: Vec<String> = world.sent.iter().map(|sent| sent.destination.ip().to_string()).collect();
    assert!(to.contains(&"192.0.2.1".to_owned()) && to.last().unwrap() == "192.0.2.2", "{to:?}");
    let last = world.sent.last().cloned().unwrap();
    world.answer(&last, mapped);
    assert!(world.is_complete() && world.faults.is_empty());
}

#[test]
fn a_name_without_an_address_is_a_fault() {
    let mut world = World::started(&config(&["turn:nowhere.example.org"]));
    world.gatherer.resolved(ServerId::Server(0), &[], world.now);
    world.settle();
    let url = "turn:nowhere.example.org".to_owned();
    assert_eq!(world.faults, [(url, 701, "the name has no address".to_owned())]);
    assert!(world.is_complete());
}

#[test]
fn with_the_relay_policy_nothing_else_is_told() {
    let mut config = config(&["stun:192.0.2.1", "turn:192.0.2.1"]);
    config.ice_transport_policy = IceTransportPolicy::Relay;
    let mut world = World::started(&config);
    let asked = world.sent[0].clone();
    world.answer(&asked, mapped);
    assert!(world.found.is_empty(), "{:?}", world.found);
}

#[test]
fn a_refusal_has_its_code() {
    let mut world = World::started(&config(&["turn:192.0.2.1"]));
    let asked = world.sent[0].clone();
    world.answer(&asked, |request| {
        let mut written = Message::builder_error(request, MessageWriteVec::new());
        written.add_attribute(&ErrorCode::new(486, "Allocation Quota Reached").unwrap()).unwrap();
        written.finish()
    });
    let url = "turn:192.0.2.1".to_owned();
    assert_eq!(world.faults, [(url, 486, "486 Allocation Quota Reached".to_owned())]);
    assert!(world.is_complete());
}

#[test]
fn connections_go_through_the_proxy_and_name_the_server() {
    let mut config = config(&["turns:relay.example.org", "turn:192.0.2.9?transport=tcp"]);
    let proxy = HttpProxy { host: "192.0.2.3".to_owned(), port: 3_128, credentials: None };
    config.http_proxy = Some(std::sync::Arc::new(proxy));
    let mut world = World::started(&config);
    assert!(world.asked.is_empty(), "the proxy looks names up");
    let [tls, tcp] = &world.connects[..] else { panic!("two: {:?}", world.connects) };
    let tunnel = |to: &str| Some(Tunnel { authority: to.to_owned(), credentials: None });
    assert_eq!(tls.tunnel, tunnel("relay.example.org:5349"));
    assert_eq!(tls.tls.as_ref().map(|tls| tls.server_name.as_str()), Some("relay.example.org"));
    assert_eq!((&tcp.tunnel, &tcp.tls), (&tunnel("192.0.2.9:3478"), &None));
    for request in [tls, tcp] {
        assert_eq!(
            (request.remote, request.framing),
            ("192.0.2.3:3128".parse().unwrap(), Framing::Stun)
        );
    }
    let (ids, local) = ([tls.id, tcp.id], "10.0.0.2:7000".parse().unwrap());
    world.gatherer.on_reply(SocketReply::Connected { id: ids[0], local }, world.now);
    let fault = SocketFault::ProxyRefused(407);
    world.gatherer.on_reply(SocketReply::Failed { id: ids[1], fault }, world.now);
    world.settle();
    let [asked] = &world.sent[..] else { panic!("one: {:?}", world.sent) };
    assert_eq!((asked.protocol, asked.source), (Protocol::Tls, local));
    let (url, code) = ("turn:192.0.2.9?transport=tcp".to_owned(), 701);
    assert_eq!(world.faults, [(url, code, "the proxy gave no tunnel: 407".to_owned())]);
}

#[test]
fn a_server_s_noise_over_a_connection_is_nobody_s() {
    let mut world = World::started(&config(&["turn:192.0.2.9?transport=tcp"]));
    let (id, remote) = (world.connects[0].id, world.connects[0].remote);
    let local = "10.0.0.2:7000".parse().unwrap();
    world.gatherer.on_reply(SocketReply::Connected { id, local }, world.now);
    world.settle();
    let asked = world.sent[0].clone();
    let noise = Transmit { source: remote, destination: local, contents: vec![7; 30], ..asked };
    assert_eq!(world.gatherer.incoming(noise.as_datagram(), world.now), Incoming::Noise);
    // The same by UDP may be a peer's.
    let by_udp = Transmit { protocol: Protocol::Udp, ..noise };
    let incoming = world.gatherer.incoming(by_udp.as_datagram(), world.now);
    assert_eq!(incoming, Incoming::Session(by_udp.as_datagram()));
}

#[test]
fn what_is_gathered_early_is_told_when_it_is_wanted() {
    let mut world = World::new(&config(&["stun:192.0.2.1", "stun:192.0.2.2"]));
    world.gatherer.start_early(world.now);
    world.settle();
    assert_eq!(world.sent.len(), 2, "servers are asked at once");
    let asked = world.sent[0].clone();
    world.answer(&asked, mapped);
    world.pass(Duration::from_secs(10));
    assert!(world.found.is_empty() && world.faults.is_empty() && world.states.is_empty());
    world.start();
    assert_eq!(world.kinds(), [CandidateKind::Host, CandidateKind::ServerReflexive]);
    assert_eq!((world.faults.len(), world.is_complete()), (1, true));
    world.start();
    assert_eq!(world.found.len(), 2, "each is told once");
}

#[test]
fn what_is_lost_before_it_is_wanted_is_not_told() {
    let mut world = World::new(&config(&[]));
    world.gatherer.start_early(world.now);
    world.settle();
    let other = Interface::new("wlan0", "10.0.0.3".parse().unwrap());
    world.gatherer.set_interfaces(&[other]);
    world.settle();
    world.start();
    let lines: Vec<String> = world.found.iter().map(ToString::to_string).collect();
    assert_eq!(lines, ["candidate:h1 1 udp 2130706175 10.0.0.3 5000 typ host"]);
    assert!(world.lost.is_empty() && world.is_complete());
}

/// A gatherer with candidates by TCP, and the address of its simultaneous-open candidate.
fn by_tcp(servers: &[&str]) -> (World, SocketAddr) {
    let world = World::started(&Config { ice_tcp: true, ..config(servers) });
    let so = world.found.iter().find(|one| one.tcp_type.as_deref() == Some("so"));
    let at = so.and_then(IceCandidate::socket_addr).expect("a candidate that opens at once");
    (world, at)
}

#[test]
fn servers_are_asked_by_tcp_from_the_port_that_peers_connect_to() {
    let (mut world, so) = by_tcp(&["stun:192.0.2.1"]);
    let [asked] = &world.connects[..] else { panic!("one: {:?}", world.connects) };
    assert_eq!((asked.local, asked.remote), (so, "192.0.2.1:3478".parse().unwrap()));
    let connected = SocketReply::Connected { id: asked.id, local: so };
    world.gatherer.on_reply(connected, world.now);
    world.settle();
    let asked = world.sent.iter().find(|sent| sent.protocol == Protocol::Tcp).cloned().unwrap();
    world.answer(&asked, mapped);
    let seen = world.found.last().unwrap();
    assert_eq!((seen.kind, seen.protocol), (CandidateKind::ServerReflexive, Protocol::Tcp));
    assert_eq!((seen.tcp_type.as_deref(), seen.related), (Some("so"), Some(so)));
    assert_eq!(seen.socket_addr(), Some(MAPPED.parse().unwrap()));
}

#[test]
fn whoever_connects_first_of_two_that_open_at_once() {
    let (mut world, so) = by_tcp(&[]);
    let remote = "203.0.113.9:4000".parse().unwrap();
    let out = |contents: &[u8]| Transmit {
        protocol: Protocol::Tcp,
        source: so,
        destination: remote,
        ecn: None,
        contents: contents.to_vec(),
    };
    assert_eq!(world.gatherer.outgoing(out(b"a"), world.now), None, "it waits");
    world.settle();
    let [asked] = &world.connects[..] else { panic!("one: {:?}", world.connects) };
    assert_eq!((asked.local, asked.remote), (so, remote));
    // The peer was there first: our own connection cannot be opened, and is not needed.
    let id = asked.id;
    let came = Transmit { source: remote, destination: so, ..out(b"b") };
    let incoming = world.gatherer.incoming(came.as_datagram(), world.now);
    assert_eq!(incoming, Incoming::Session(came.as_datagram()));
    let fault = SocketFault::AddressUnavailable;
    world.gatherer.on_reply(SocketReply::Failed { id, fault }, world.now);
    assert_eq!(world.gatherer.outgoing(out(b"c"), world.now), Some(out(b"c")));
}
