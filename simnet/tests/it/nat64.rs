//! NAT64: hosts with IPv6 only, and the IPv4 hosts that they reach.

use std::net::SocketAddr;

use lapwing_engine::{ChannelConfig, Config};
use lapwing_simnet::middlebox::{Nat64, NatConfig, dns64};
use lapwing_simnet::nodes::{DropReason, PacketTooBig};
use lapwing_simnet::{
    Clock, Handle, Inbox, LinkSpec, MachineId, PacketSpec, RtcHost, Sim, Time, connect_peers,
};

use crate::fixtures::{PORT, Script, at, ip, ms};

const OUTSIDE: &str = "198.51.100.1";
const SERVER: &str = "192.0.2.1";
const HOST: &str = "2001:db8::1";
const OTHER: &str = "2001:db8::2";

/// The server, as hosts with IPv6 only reach an IPv4 address.
fn behind(v4: &str, port: u16) -> SocketAddr {
    SocketAddr::new(dns64(v4.parse().unwrap()).into(), port)
}

fn datagram(from: SocketAddr, to: SocketAddr, bytes: usize) -> (Time, PacketSpec) {
    (Time::ZERO, PacketSpec::udp(from, to, vec![7; bytes]))
}

/// A server with IPv4, and two hosts with IPv6 behind a NAT64, with these links to the box and from
/// it to the first host.
struct World {
    sim: Sim,
    core: MachineId,
    server: Handle<Script>,
    hosts: [Handle<Script>; 2],
}

fn world(up: &LinkSpec, down: &LinkSpec, config: NatConfig, scripts: [Script; 2]) -> World {
    let (mut sim, wire) = (Sim::new(1), LinkSpec::new());
    let (core, server) = (sim.router("core"), sim.host("server"));
    sim.connect(server, core, &[ip(SERVER)], &wire, &wire);
    let nat = sim.nat64("nat64", config);
    sim.connect(nat, core, &[ip(OUTSIDE)], up, &wire);
    let [first, second] = scripts;
    let hosts = [(HOST, first, down), (OTHER, second, &wire)].map(|(address, script, down)| {
        let host = sim.host(address);
        sim.connect(host, nat, &[ip(address)], &wire, down);
        sim.attach(host, script)
    });
    let server = sim.attach(server, Script::default());
    World { sim, core, server, hosts }
}

fn usual() -> NatConfig {
    Nat64::config([ip(OUTSIDE)])
}

/// Addresses and wire size of what arrived.
fn arrived(sim: &Sim, end: Handle<Script>) -> Vec<(SocketAddr, SocketAddr, u64)> {
    let all = sim.endpoint(end).arrived.iter().map(|(_, packet)| packet);
    all.map(|packet| (packet.source(), packet.destination(), packet.wire_bytes())).collect()
}

#[test]
fn packets_are_translated_both_ways_and_change_their_size() {
    let wire = LinkSpec::new();
    let script = Script::new([datagram(at(HOST), behind(SERVER, PORT), 1_000)]);
    let mut world = world(&wire, &wire, usual(), [script, Script::default()]);
    world.sim.run_until(Time::from_millis(1));
    assert_eq!(arrived(&world.sim, world.server), [(at(OUTSIDE), at(SERVER), 1_028)]);
    let answer = PacketSpec::udp(at(SERVER), at(OUTSIDE), vec![0; 500]);
    world.sim.with(world.server, |_, cx| cx.send(answer));
    let expected = (behind(SERVER, PORT), at(HOST), 548);
    assert_eq!(arrived(&world.sim, world.hosts[0]), [expected]);
}

#[test]
fn reports_of_packets_too_big_are_translated_with_their_mtu() {
    // Up: 1,300 bytes of IPv6 are 1,280 of IPv4.
    let (narrow, wire) = (LinkSpec::new().mtu(1_280, true), LinkSpec::new());
    let plan = [1_252, 1_253].map(|bytes| datagram(at(HOST), behind(SERVER, PORT), bytes));
    let mut up = world(&narrow, &wire, usual(), [Script::new(plan), Script::default()]);
    up.sim.run_until(Time::from_millis(1));
    assert_eq!(arrived(&up.sim, up.server).len(), 1);
    let report =
        |sim: &Sim, end: Handle<Script>| PacketTooBig::parse(&sim.endpoint(end).arrived[0].1);
    let expected = PacketTooBig { mtu: 1_300, destination: behind(SERVER, PORT) };
    assert_eq!(report(&up.sim, up.hosts[0]), Some(expected));
    // Down: 1,280 bytes of IPv6 are 1,260 of IPv4.
    let plan = [datagram(at(HOST), behind(SERVER, PORT), 10)];
    let mut down = world(&wire, &narrow, usual(), [Script::new(plan), Script::default()]);
    down.sim.run_until(Time::from_millis(1));
    let answers = [1_232, 1_233].map(|bytes| datagram(at(SERVER), at(OUTSIDE), bytes).1);
    down.sim.with(down.server, |server, cx| {
        server.arrived.clear();
        answers.into_iter().for_each(|answer| cx.send(answer));
    });
    let sizes: Vec<_> = arrived(&down.sim, down.hosts[0]).iter().map(|(.., size)| *size).collect();
    assert_eq!(sizes, [1_280]);
    let expected = PacketTooBig { mtu: 1_260, destination: at(OUTSIDE) };
    assert_eq!(report(&down.sim, down.server), Some(expected));
}

#[test]
fn native_packets_pass_as_they_are() {
    let wire = LinkSpec::new();
    let between = Script::new([datagram(at(HOST), at(OTHER), 10)]);
    let mut world = world(&wire, &wire, usual(), [between, Script::default()]);
    let native = world.sim.host("native");
    world.sim.connect(native, world.core, &[ip("2001:db8:1::1")], &wire, &wire);
    let from_outside = [datagram(at("2001:db8:1::1"), at(HOST), 10)];
    world.sim.attach(native, Script::new(from_outside));
    world.sim.run_until(Time::from_millis(1));
    assert_eq!(arrived(&world.sim, world.hosts[1]), [(at(HOST), at(OTHER), 58)]);
    let expected = (at("2001:db8:1::1"), at(HOST), 58);
    assert_eq!(arrived(&world.sim, world.hosts[0]), [expected]);
}

#[test]
fn hosts_behind_it_meet_at_its_outside_unless_it_refuses() {
    let wire = LinkSpec::new();
    let first = datagram(at(OTHER), behind(SERVER, PORT), 10);
    let hairpin = (Time::from_millis(5), PacketSpec::udp(at(HOST), behind(OUTSIDE, PORT), vec![0]));
    let config = |hairpin| NatConfig {
        hairpin,
        filtering: lapwing_simnet::middlebox::Dependence::EndpointIndependent,
        ..usual()
    };
    for (hairpin_config, met) in [
        (lapwing_simnet::middlebox::Hairpin::ExternalSource, 1),
        (lapwing_simnet::middlebox::Hairpin::Refused, 0),
    ] {
        let scripts = [Script::new([hairpin.clone()]), Script::new([first.clone()])];
        let mut world = world(&wire, &wire, config(hairpin_config), scripts);
        world.sim.run_until(Time::from_millis(10));
        let found = arrived(&world.sim, world.hosts[1]);
        assert_eq!(found.len(), met, "{found:?}");
        // The other host has the port; the first one gets the next.
        let from_outside = |(source, ..): &(SocketAddr, _, _)| *source == behind(OUTSIDE, PORT + 1);
        assert!(found.iter().all(from_outside), "{found:?}");
    }
}

#[test]
fn what_makes_no_sense_is_dropped() {
    use lapwing_simnet::{Middlebox, Packet, Seed, Side, Verdict};
    let mut nat = Nat64::new(usual(), Seed(1).stream("nat64"));
    let mut pass = |from: SocketAddr, to: SocketAddr, side| {
        let packet = Box::new(Packet::new(0, Time::ZERO, PacketSpec::udp(from, to, vec![0; 9])));
        match nat.process(packet, side, Side::Outside, Time::ZERO) {
            Verdict::Forward(_) => None,
            Verdict::Drop(_, reason) => Some(reason),
        }
    };
    let cases = [
        (at(HOST), behind(SERVER, 1), Side::Inside, None),
        // From an address of the prefix, into the prefix: it would go round.
        (behind(SERVER, 1), behind(SERVER, 1), Side::Inside, Some(DropReason::Filtered)),
        (at("2001:db8:1::1"), behind(SERVER, 1), Side::Outside, Some(DropReason::NoRoute)),
        (at("10.0.0.1"), at(SERVER), Side::Inside, Some(DropReason::NoRoute)),
        (at(SERVER), "198.51.100.1:9".parse().unwrap(), Side::Outside, Some(DropReason::NoMapping)),
    ];
    for (from, to, side, expected) in cases {
        assert_eq!(pass(from, to, side), expected, "{from} > {to}");
    }
}

#[test]
fn a_peer_with_ipv6_only_calls_one_with_ipv4() {
    let (mut sim, clock) = (Sim::new(1), Clock::arbitrary());
    let link = LinkSpec::new().delay(ms(10)).loss(0.02);
    let core = sim.router("core");
    let nat = sim.nat64("nat64", usual());
    sim.connect(nat, core, &[ip(OUTSIDE)], &link, &link);
    let peers = [(HOST, nat, 1), (SERVER, core, 2)].map(|(address, parent, seed)| {
        let host = sim.host(address);
        sim.connect(host, parent, &[ip(address)], &link, &link);
        let peer = RtcHost::new(Config::seeded(seed), clock, Inbox::default());
        sim.attach(host, if parent == nat { peer.with_dns64() } else { peer })
    });
    connect_peers(&mut sim, peers[0], peers[1], ms(40));
    let chat = ChannelConfig::new("chat");
    sim.with(peers[0], |a, cx| a.act(cx, |rtc, _, _| rtc.create_channel(chat))).unwrap();
    sim.run_until(Time::from_secs(15));
    assert!(sim.endpoint(peers[1]).application().opened("chat"));
}
