//! Connections of an engine through firewalls and proxies to servers of the laboratory.

use std::net::IpAddr;

use lapwing_engine::{TlsRequest, TlsTrust, Tunnel};
use turn_client_proto::api::{Transmit as Sent, TurnConfig, TurnEvent, TurnRecvRet};
use turn_client_proto::prelude::*;
use turn_client_proto::tcp::TurnClientTcp;
use turn_client_proto::types::{Instant, TransportType, TurnCredentials};

use super::*;
use crate::host::Endpoint;
use crate::middlebox::{Allowed, FirewallConfig};
use crate::packet::{IpProtocol, PacketSpec};
use crate::servers::{HttpProxyConfig, TurnServerConfig};
use crate::sim::{Handle, Sim};
use crate::spec::LinkSpec;

const ID: SocketId = SocketId::new(3);
const TURN: &str = "192.0.2.1";
const PROXY: &str = "192.0.2.2";
const PEER: &str = "192.0.2.3:9";
const HOST: &str = "198.51.100.1";
const NAME: &str = "turn.lapwing.test";

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// What stands in for an engine: it asks for one connection, and uses TURN over it.
#[derive(Default)]
struct Program {
    streams: Streams,
    request: Option<ConnectRequest>,
    listens: bool,
    replies: Vec<(Duration, SocketReply)>,
    came: Vec<Vec<u8>>,
    turn: Option<TurnClientTcp>,
    relayed: Option<SocketAddr>,
    heard: Vec<Vec<u8>>,
}

impl Program {
    fn settle(&mut self, cx: &mut HostCx<'_>) {
        while let Some(pending) = self.streams.next() {
            match pending {
                Pending::Reply(reply) => {
                    self.replies.push((cx.now().since(Time::ZERO), reply));
                    if let (SocketReply::Connected { local, .. }, Some(request)) =
                        (reply, &self.request)
                    {
                        let ada = TurnConfig::new(TurnCredentials::new("ada", "secret"));
                        self.turn = Some(TurnClientTcp::allocate(local, request.remote, ada));
                    }
                }
                Pending::Datagram { path: (_, local, remote), contents } => {
                    let mut framed = Vec::new();
                    let codec = lapwing_engine::stream::StreamCodec::new(Framing::Stun);
                    if let Some(turn) = &mut self.turn
                        && codec.write(&contents, &mut framed).is_ok()
                    {
                        let sent = Sent::new(framed, TransportType::Tcp, remote, local);
                        if let TurnRecvRet::PeerData(data) = turn.recv(sent, instant(cx)) {
                            self.heard.push(data.data().to_vec());
                        }
                    }
                    self.came.push(contents);
                }
            }
        }
        self.pump(cx);
        cx.wake_at(self.streams.next_wake());
    }

    fn pump(&mut self, cx: &mut HostCx<'_>) {
        let Some(turn) = &mut self.turn else { return };
        let protocol = self.request.as_ref().map_or(Protocol::Tcp, ConnectRequest::protocol);
        turn.poll(instant(cx));
        while let Some(sent) = turn.poll_transmit(instant(cx)) {
            let (source, destination) = (sent.from, sent.to);
            let contents = sent.data.as_ref().to_vec();
            let transmit = Transmit { protocol, source, destination, ecn: None, contents };
            assert!(self.streams.send(&transmit, cx));
        }
        while let Some(event) = turn.poll_event() {
            let peer = PEER.parse().unwrap();
            match event {
                TurnEvent::AllocationCreated(_, relayed) => {
                    self.relayed = Some(relayed);
                    turn.bind_channel(TransportType::Udp, peer, instant(cx)).unwrap();
                    return self.pump(cx);
                }
                TurnEvent::ChannelCreated(..) => {
                    let data = b"hello".to_vec();
                    let sent = turn.send_to(TransportType::Udp, peer, data, instant(cx)).unwrap();
                    let Sent { data: contents, from: source, to: destination, .. } =
                        sent.expect("it goes at once").build();
                    let transmit = Transmit { protocol, source, destination, ecn: None, contents };
                    assert!(self.streams.send(&transmit, cx));
                }
                _ => {}
            }
        }
    }
}

fn instant(cx: &HostCx<'_>) -> Instant {
    Instant::from_nanos(cx.now().as_nanos() as i64)
}

impl Endpoint for Program {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        if self.listens {
            let local = SocketAddr::new(cx.address().unwrap(), 5_000);
            assert_eq!(self.streams.listen(ID, local, cx), Ok(local));
        }
        if let Some(request) = &self.request {
            self.streams.connect(request, cx);
        }
        self.settle(cx);
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        self.streams.receive(&packet, cx);
        self.settle(cx);
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.streams.wake(cx);
        self.settle(cx);
    }
}

/// Sends back what comes by UDP.
struct Echo;

impl Endpoint for Echo {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(IpProtocol::Udp, 9).unwrap();
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        cx.send(PacketSpec::udp(packet.destination(), packet.source(), packet.into_payload()));
    }
}

/// Servers 10 ms from a host behind a firewall that asks for a connection.
fn world(request: ConnectRequest, firewall: FirewallConfig) -> (Sim, Handle<Program>) {
    let (mut sim, wire, link) = (Sim::new(1), LinkSpec::new(), LinkSpec::new());
    let (core, link) = (sim.router("core"), link.delay(Duration::from_millis(5)));
    let config =
        TurnServerConfig { tls_ports: vec![5_349, 443], ..TurnServerConfig::new("ada", "secret") };
    sim.turn_server("turn", core, &[ip(TURN)], &link, config);
    let credentials = Some(("eve".to_owned(), "word".to_owned()));
    let config = HttpProxyConfig { credentials, ..HttpProxyConfig::default() };
    sim.http_proxy("proxy", core, &[ip(PROXY)], &link, config);
    let peer: SocketAddr = PEER.parse().unwrap();
    let host = sim.host("peer");
    sim.connect(host, core, &[peer.ip()], &link, &link);
    sim.attach(host, Echo);
    sim.dns(NAME, &[ip(TURN)]);
    let wall = sim.firewall("firewall", firewall);
    sim.connect(wall, core, &[ip("198.51.100.254")], &wire, &wire);
    let host = sim.host("host");
    sim.connect(host, wall, &[ip(HOST)], &link, &link);
    let program = sim.attach(host, Program { request: Some(request), ..Program::default() });
    (sim, program)
}

fn to(server: &str, tls: Option<&str>, tunnel: Option<(&str, bool)>) -> ConnectRequest {
    let tls = tls.map(|name| TlsRequest { server_name: name.to_owned(), trust: TlsTrust::System });
    let tunnel = tunnel.map(|(authority, known)| Tunnel {
        authority: authority.to_owned(),
        credentials: known.then(|| ("eve".to_owned(), "word".to_owned())),
    });
    let local = SocketAddr::new(ip(HOST), 0);
    let (remote, framing) = (server.parse().unwrap(), Framing::Stun);
    ConnectRequest { id: ID, local, remote, framing, tunnel, tls }
}

/// What becomes of a request in 20 seconds: when it was answered, and how.
fn outcome(request: ConnectRequest, firewall: FirewallConfig) -> (u128, Result<(), SocketFault>) {
    let (mut sim, program) = world(request, firewall);
    sim.run_until(Time::from_secs(20));
    let program = sim.endpoint(program);
    let (at, reply) = program.replies[0];
    let outcome = match reply {
        SocketReply::Connected { id: ID, local } => {
            assert_eq!(local.ip(), ip(HOST));
            let relayed = program.relayed.expect("a relay can be had over it");
            assert_eq!(relayed.ip(), ip(TURN));
            assert_eq!(program.heard, [b"hello"]);
            Ok(())
        }
        SocketReply::Failed { id: ID, fault } => {
            assert_eq!(program.streams.stack.connections(), 0);
            Err(fault)
        }
        other => panic!("{other:?}"),
    };
    (at.as_millis(), outcome)
}

#[test]
fn a_relay_is_had_over_tcp_tls_and_a_proxy_in_as_many_round_trips_as_that_takes() {
    let open = FirewallConfig::default;
    let proxy = format!("{PROXY}:3128");
    for (request, firewall, millis) in [
        (to("192.0.2.1:3478", None, None), open(), 20),
        (to("192.0.2.1:3478", None, None), FirewallConfig::udp_blocked(), 20),
        (to("192.0.2.1:5349", Some(NAME), None), open(), 40),
        (to("192.0.2.1:443", Some(NAME), None), FirewallConfig::web_only(), 40),
        // To the proxy and back twice, from there to the server once, then TLS through both.
        (
            to(&proxy, Some(NAME), Some(("turn.lapwing.test:443", true))),
            FirewallConfig::proxy_only(proxy.parse().unwrap()),
            20 + 20 + 20 + 40,
        ),
        (to(&proxy, Some(NAME), Some(("192.0.2.1:443", true))), open(), 100),
    ] {
        assert_eq!(outcome(request.clone(), firewall), (millis, Ok(())), "{request:?}");
    }
}

#[test]
fn what_fails_says_why() {
    use SocketFault::{ProxyRefused, Refused, TimedOut, TlsName};
    let proxy = format!("{PROXY}:3128");
    let open = FirewallConfig::default;
    let nowhere = FirewallConfig { tcp: Allowed::Nothing, ..open() };
    for (request, firewall, expected) in [
        (to("192.0.2.1:3478", None, None), FirewallConfig::web_only(), (10_000, TimedOut)),
        (to("192.0.2.1:443", None, None), nowhere, (10_000, TimedOut)),
        (to("192.0.2.1:1", None, None), open(), (20, Refused)),
        (to("192.0.2.1:443", Some("other.test"), None), open(), (40, TlsName)),
        (to("192.0.2.1:3478", Some(NAME), None), open(), (40, SocketFault::Closed)),
        (to(&proxy, Some(NAME), Some(("192.0.2.1:443", false))), open(), (40, ProxyRefused(407))),
        (to(&proxy, None, Some(("192.0.2.1:80", true))), open(), (40, ProxyRefused(403))),
        (to(&proxy, None, Some(("unknown.test:443", true))), open(), (40, ProxyRefused(502))),
        (to(&proxy, None, Some(("192.0.2.3:443", true))), open(), (60, ProxyRefused(502))),
        // A server that takes the request for the begin of long channel data, and waits.
        (to("192.0.2.1:3478", None, Some(("a:1", true))), open(), (10_000, TimedOut)),
    ] {
        let (millis, fault) = expected;
        assert_eq!(outcome(request.clone(), firewall), (millis, Err(fault)), "{request:?}");
    }
}

#[test]
fn names_have_the_addresses_that_they_were_given() {
    let (mut sim, program) = world(to("192.0.2.1:1", None, None), FirewallConfig::default());
    let ask = |sim: &mut Sim, name: &str| sim.with(program, |_, cx| cx.resolve(name));
    assert_eq!(ask(&mut sim, "TURN.lapwing.test"), [ip(TURN)]);
    assert!(ask(&mut sim, "lapwing.test").is_empty());
    sim.set_dns_down(true);
    assert!(ask(&mut sim, NAME).is_empty());
}

#[test]
fn peers_reach_a_listener_and_are_cut_with_it() {
    let (mut sim, link) = (Sim::new(1), LinkSpec::new().delay(Duration::from_millis(5)));
    let core = sim.router("core");
    let [listener, peer] = ["192.0.2.1", "192.0.2.2"].map(|address| {
        let host = sim.host(address);
        sim.connect(host, core, &[ip(address)], &link, &link);
        host
    });
    let listener = sim.attach(listener, Program { listens: true, ..Program::default() });
    let peer = sim.attach(peer, Program::default());
    sim.run_until(Time::from_millis(1));
    let at: SocketAddr = "192.0.2.1:5000".parse().unwrap();
    sim.with(peer, |peer, cx| {
        let local = SocketAddr::new(ip("192.0.2.2"), 0);
        let (remote, framing) = (at, Framing::Rfc4571);
        let request = ConnectRequest { local, remote, framing, ..to("192.0.2.1:5000", None, None) };
        peer.streams.connect(&request, cx);
        peer.settle(cx);
    });
    sim.run_until(Time::from_millis(100));
    let (_, reply) = sim.endpoint(peer).replies[0];
    let SocketReply::Connected { local, .. } = reply else { panic!("{reply:?}") };
    let say = |source, destination, text: &[u8]| {
        let (protocol, contents) = (Protocol::Tcp, text.to_vec());
        Transmit { protocol, source, destination, ecn: None, contents }
    };
    sim.with(peer, |peer, cx| {
        assert!(peer.streams.send(&say(local, at, b"question"), cx));
        assert!(!peer.streams.send(&say(local, local, b"nowhere"), cx));
        cx.wake_at(peer.streams.next_wake());
    });
    sim.run_until(Time::from_millis(200));
    assert_eq!(sim.endpoint(listener).came, [b"question"]);
    sim.with(listener, |listener, cx| {
        assert!(listener.streams.send(&say(at, local, b"answer"), cx));
        cx.wake_at(listener.streams.next_wake());
    });
    sim.run_until(Time::from_millis(300));
    assert_eq!(sim.endpoint(peer).came, [b"answer"]);
    sim.with(listener, |listener, cx| {
        listener.streams.close(ID, cx);
        listener.settle(cx);
    });
    sim.run_until(Time::from_secs(5));
    let failed = SocketReply::Failed { id: ID, fault: SocketFault::Closed };
    assert_eq!(sim.endpoint(peer).replies[1].1, failed);
    for end in [listener, peer] {
        assert_eq!(sim.endpoint(end).streams.stack.connections(), 0);
    }
}
