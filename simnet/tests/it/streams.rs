//! Streams of bytes over TCP: what is sent arrives, in order and once, whatever links do.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use lapwing_engine::SocketFault;
use lapwing_simnet::nodes::{Corruption, JitterConfig};
use lapwing_simnet::tcp::{ConnectionId, Stack, StackEvent};
use lapwing_simnet::{
    Connection, Endpoint, Handle, HostCx, IpProtocol, LinkSpec, MachineId, Packet, PacketSpec, Sim,
    Time,
};

use crate::fixtures::ms;

const SERVER: &str = "192.0.2.1";
const PORT: u16 = 80;

/// Bytes that tell their place.
fn pattern(place: usize) -> u8 {
    (place / 251 + place) as u8
}

/// Says so many bytes to a server, and that it is done.
struct Client {
    stack: Stack,
    server: SocketAddr,
    left: std::ops::Range<usize>,
    connection: Option<ConnectionId>,
    opened_at: Option<Time>,
    over: Option<(Time, Option<SocketFault>)>,
}

impl Client {
    fn new(bytes: usize) -> Self {
        let server = SocketAddr::new(SERVER.parse().unwrap(), PORT);
        let (stack, left) = (Stack::default(), 0..bytes);
        Client { stack, server, left, connection: None, opened_at: None, over: None }
    }

    fn proceed(&mut self, cx: &mut HostCx<'_>) {
        while let Some(event) = self.stack.poll() {
            match event {
                StackEvent::Opened(_) => self.opened_at = Some(cx.now()),
                StackEvent::Ended(_) => self.over = Some((cx.now(), None)),
                StackEvent::Broken(_, fault) => self.over = Some((cx.now(), Some(fault))),
                other => panic!("{other:?}"),
            }
        }
        let Some(connection) = self.connection.filter(|_| self.opened_at.is_some()) else {
            return cx.wake_at(self.stack.next_wake());
        };
        while !self.left.is_empty() {
            let end = self.left.end.min(self.left.start + 10_000);
            let bytes: Vec<u8> = (self.left.start..end).map(pattern).collect();
            if !self.stack.write(connection, &bytes, cx) {
                break;
            }
            self.left.start = end;
        }
        if self.left.is_empty() {
            self.stack.close(connection, cx);
        }
        cx.wake_at(self.stack.next_wake());
    }
}

impl Endpoint for Client {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        let local = SocketAddr::new(cx.address().unwrap(), 0);
        let (connection, local) = self.stack.connect(local, self.server, cx).unwrap();
        assert_ne!(local.port(), 0);
        self.connection = Some(connection);
        self.proceed(cx);
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        self.stack.receive(&packet, cx);
        self.proceed(cx);
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.stack.wake(cx);
        self.proceed(cx);
    }
}

/// Takes what clients say.
#[derive(Default)]
struct Server {
    stack: Stack,
    from: Option<SocketAddr>,
    heard: usize,
    ended: usize,
    cuts: bool,
}

impl Server {
    fn proceed(&mut self, cx: &mut HostCx<'_>) {
        while let Some(event) = self.stack.poll() {
            match event {
                StackEvent::Accepted { remote, .. } => self.from = Some(remote),
                StackEvent::Data(id, bytes) => {
                    for byte in bytes {
                        assert_eq!(byte, pattern(self.heard));
                        self.heard += 1;
                    }
                    if self.cuts {
                        self.stack.abort(id, cx);
                    }
                }
                StackEvent::Ended(_) => self.ended += 1,
                other => panic!("{other:?}"),
            }
        }
        cx.wake_at(self.stack.next_wake());
    }
}

impl Endpoint for Server {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        self.stack.listen(PORT, cx).unwrap();
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        self.stack.receive(&packet, cx);
        self.proceed(cx);
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.stack.wake(cx);
        self.proceed(cx);
    }
}

struct World {
    sim: Sim,
    core: MachineId,
    client: Handle<Client>,
    server: Handle<Server>,
    /// Of the client, where it has no NAT.
    link: Option<Connection>,
}

/// A client behind a NAT, where it has one, and a server, over a link.
fn world(seed: u64, bytes: usize, link: &LinkSpec, nat: bool) -> World {
    let (mut sim, wire) = (Sim::new(seed), LinkSpec::new());
    let core = sim.router("core");
    let [client, server] = ["198.51.100.1", SERVER].map(|text| text.parse::<IpAddr>().unwrap());
    let host = sim.host("server");
    sim.connect(host, core, &[server], &wire, &wire);
    let server = sim.attach(host, Server::default());
    let (host, link) = if nat {
        (sim.home(core, client, link), None)
    } else {
        let host = sim.host("client");
        (host, Some(sim.connect(host, core, &[client], link, link)))
    };
    let client = sim.attach(host, Client::new(bytes));
    World { sim, core, client, server, link }
}

#[test]
fn all_arrives_in_order_over_any_link() {
    const BYTES: usize = 1_000_000;
    let link = || LinkSpec::new().delay(ms(20));
    for (name, link) in [
        ("lossless", link()),
        ("loss", link().loss(0.1)),
        ("narrow", link().mtu(1_280, false).loss(0.01)),
        ("damage", link().corrupt(Corruption::BitFlip, 0.05)),
        ("disorder", link().duplicate(0.05, ms(3)).reordering_jitter(JitterConfig::default())),
        ("all", link().loss(0.05).duplicate(0.05, ms(3)).corrupt(Corruption::Truncate, 0.01)),
    ] {
        for (seed, nat) in [(1, false), (2, true)] {
            let World { mut sim, client, server, .. } = world(seed, BYTES, &link, nat);
            sim.run_until(Time::from_secs(600));
            let (heard, ended) = (sim.endpoint(server).heard, sim.endpoint(server).ended);
            assert_eq!((heard, ended), (BYTES, 1), "{name}, NAT: {nat}");
            assert_eq!(sim.endpoint(client).over.map(|(_, fault)| fault), Some(None), "{name}");
            let from = sim.endpoint(server).from.unwrap();
            assert_eq!(from.ip().to_string(), "198.51.100.1");
            // Nothing is kept of what is over.
            assert_eq!(sim.endpoint(server).stack.connections(), 0, "{name}");
            assert_eq!(sim.endpoint(client).stack.connections(), 0, "{name}");
            assert_eq!(sim.pending(), 0);
        }
    }
}

#[test]
fn opening_takes_a_round_trip_and_a_megabyte_a_dozen() {
    let World { mut sim, client, server, .. } =
        world(1, 1_000_000, &LinkSpec::new().delay(ms(50)), false);
    sim.run_until(Time::from_secs(60));
    let client = sim.endpoint(client);
    assert_eq!(client.opened_at, Some(Time::from_millis(100)));
    // Slow start from ten segments of 1,208 bytes: 7 round trips, and the handshake, the end, and
    // what the sender may keep ahead of acknowledgements.
    let (over, _) = client.over.unwrap();
    let over = over.since(Time::ZERO);
    assert!((ms(800)..ms(1_300)).contains(&over), "{over:?}");
    assert_eq!(sim.endpoint(server).heard, 1_000_000);
}

#[test]
fn a_closed_port_refuses_in_a_round_trip() {
    let (mut sim, link) = (Sim::new(1), LinkSpec::new().delay(ms(10)));
    let core = sim.router("core");
    for (name, address) in [("server", SERVER), ("other", "192.0.2.9")] {
        let host = sim.host(name);
        sim.connect(host, core, &[address.parse().unwrap()], &link, &link);
        if name == "other" {
            // Its own port is bound, and nobody listens there.
            sim.attach(host, Client::new(0));
        }
    }
    for (address, public) in [(SERVER, "198.51.100.1"), ("192.0.2.9", "198.51.100.2")] {
        let host = sim.home(core, public.parse().unwrap(), &link);
        let server = SocketAddr::new(address.parse().unwrap(), PORT);
        let client = sim.attach(host, Client { server, ..Client::new(0) });
        sim.run_for(Duration::from_millis(40));
        let (_, fault) = sim.endpoint(client).over.expect("it is over");
        assert_eq!(fault, Some(SocketFault::Refused));
    }
}

#[test]
fn where_nobody_answers_is_given_up() {
    let World { mut sim, client, server, .. } = world(1, 10, &LinkSpec::new().loss(1.0), false);
    sim.run_until(Time::from_secs(62));
    assert_eq!(sim.endpoint(client).over, None);
    sim.run_until(Time::from_secs(200));
    let expected = Some((Time::from_secs(63), Some(SocketFault::TimedOut)));
    assert_eq!(sim.endpoint(client).over, expected);
    assert_eq!(sim.endpoint(server).heard, 0);
    assert_eq!(sim.pending(), 0);
}

#[test]
fn who_is_cut_knows_at_once_and_who_goes_silent_after_minutes() {
    let link = LinkSpec::new().delay(ms(10));
    let World { mut sim, client, server, .. } = world(1, 1_000_000, &link, true);
    sim.with(server, |server, _| server.cuts = true);
    sim.run_until(Time::from_secs(1));
    assert_eq!(sim.endpoint(client).over.unwrap().1, Some(SocketFault::Closed));
    assert_eq!(sim.endpoint(client).stack.connections(), 0);

    let World { mut sim, client, link, .. } = world(1, 100_000_000, &link, false);
    sim.run_until(Time::from_millis(500));
    assert!(sim.endpoint(client).opened_at.is_some());
    sim.set_link_up(link.unwrap().up, false);
    sim.run_until(Time::from_secs(600));
    let (at, fault) = sim.endpoint(client).over.expect("it is given up");
    assert_eq!(fault, Some(SocketFault::TimedOut));
    assert!(at > Time::from_secs(100), "{at}");
}

#[test]
fn the_same_seed_gives_the_same_events() {
    let link = LinkSpec::new().delay(ms(20)).loss(0.1).duplicate(0.01, ms(1));
    let chain = |seed| {
        let World { mut sim, .. } = world(seed, 300_000, &link, true);
        sim.run_until(Time::from_secs(100));
        (sim.chain(), sim.events())
    };
    assert_eq!(chain(7), chain(7));
    assert_ne!(chain(7), chain(8));
}

/// Segments that nobody sent: bytes of chance to an open port.
struct Noise(u64);

impl Endpoint for Noise {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(IpProtocol::Tcp, 9).unwrap();
        cx.wake_at(Time::from_millis(1));
    }

    fn receive(&mut self, _: Packet, _: &mut HostCx<'_>) {}

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        let source = SocketAddr::new(cx.address().unwrap(), 9);
        let destination = SocketAddr::new(SERVER.parse().unwrap(), PORT);
        let payload = self.0.to_be_bytes().repeat((self.0 % 9) as usize);
        let mut packet = PacketSpec::udp(source, destination, payload);
        packet.protocol = IpProtocol::Tcp;
        cx.send(packet);
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        cx.wake_at(cx.now() + ms(1));
    }
}

#[test]
fn noise_opens_nothing() {
    let World { mut sim, core, server, .. } = world(1, 1_000, &LinkSpec::new(), false);
    let host = sim.host("noise");
    sim.connect(host, core, &["203.0.113.9".parse().unwrap()], &LinkSpec::new(), &LinkSpec::new());
    sim.attach(host, Noise(3));
    sim.run_until(Time::from_secs(5));
    assert_eq!(sim.endpoint(server).heard, 1_000);
    assert_eq!(sim.endpoint(server).stack.connections(), 0);
}
