//! NATs and firewalls, rule by rule of RFC 4787.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use lapwing_simnet::middlebox::{
    Allowed, Dependence, FilterScope, FirewallConfig, Hairpin, Nat, NatConfig, NatTimeouts,
    OneToOne, Pooling, PortAssignment, Refresh,
};
use lapwing_simnet::nodes::{DropReason, PacketTooBig};
use lapwing_simnet::{IpProtocol, LinkSpec, MachineId, PacketSpec, Seed, Sim, Time};

use crate::fixtures::{Script, at, ip, ms};

use Dependence::{AddressAndPortDependent, AddressDependent, EndpointIndependent};

fn end(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

const OUTSIDE: &str = "198.51.100.1";

fn config(mapping: Dependence, filtering: Dependence) -> NatConfig {
    NatConfig { mapping, filtering, ..NatConfig::new([ip(OUTSIDE)]) }
}

fn nat(config: NatConfig) -> Nat {
    Nat::new(config, Seed(1).stream("nat"))
}

const SECOND: Time = Time::from_secs(1);

fn out(nat: &mut Nat, inside: &str, remote: &str) -> SocketAddr {
    nat.outbound(IpProtocol::Udp, end(inside), end(remote), SECOND).unwrap()
}

#[test]
fn a_mapping_depends_on_what_it_says() {
    let remotes = ["192.0.2.1:80", "192.0.2.1:81", "192.0.2.2:80"];
    let distinct = |mapping| {
        let mut nat = nat(config(mapping, EndpointIndependent));
        let outside = remotes.map(|remote| out(&mut nat, "10.0.0.1:5000", remote));
        (outside[0] == outside[1], outside[0] == outside[2])
    };
    assert_eq!(distinct(EndpointIndependent), (true, true));
    assert_eq!(distinct(AddressDependent), (true, false));
    assert_eq!(distinct(AddressAndPortDependent), (false, false));
}

#[test]
fn a_host_can_lose_its_mappings_alone() {
    let mut nat = nat(NatConfig {
        ports: PortAssignment::Sequential,
        ..config(EndpointIndependent, EndpointIndependent)
    });
    let mapped = |nat: &mut Nat| {
        ["10.0.0.1:5000", "10.0.0.1:5001", "10.0.0.2:5000"]
            .map(|inside| out(nat, inside, "192.0.2.1:80"))
    };
    let before = mapped(&mut nat);
    assert_eq!(nat.lose_mappings_of(ip("10.0.0.1")), 2);
    let lost = nat.inbound(IpProtocol::Udp, end("192.0.2.1:80"), before[0], SECOND);
    assert_eq!(lost, Err(DropReason::NoMapping));
    let after = mapped(&mut nat);
    assert!(before[0] != after[0] && before[1] != after[1] && before[2] == after[2]);
    assert_eq!(nat.lose_mappings_of(ip("10.0.0.3")), 0);
}

#[test]
fn a_filter_depends_on_what_it_says() {
    let admitted = |filtering| {
        let mut nat = nat(config(EndpointIndependent, filtering));
        let outside = out(&mut nat, "10.0.0.1:5000", "192.0.2.1:80");
        ["192.0.2.1:80", "192.0.2.1:81", "192.0.2.2:80"]
            .map(|remote| nat.inbound(IpProtocol::Udp, end(remote), outside, SECOND).is_ok())
    };
    assert_eq!(admitted(EndpointIndependent), [true, true, true]);
    assert_eq!(admitted(AddressDependent), [true, true, false]);
    assert_eq!(admitted(AddressAndPortDependent), [true, false, false]);
}

#[test]
fn a_permission_goes_as_far_as_told() {
    let lets_in = |filter_scope| {
        let port = Dependence::AddressAndPortDependent;
        let mut nat = nat(NatConfig { filter_scope, ..config(port, port) });
        let first = out(&mut nat, "10.0.0.2:1000", "192.0.2.1:5000");
        let second = out(&mut nat, "10.0.0.2:1000", "192.0.2.2:6000");
        assert_ne!(first, second, "each remote has a mapping of its own");
        nat.inbound(IpProtocol::Udp, end("192.0.2.2:6000"), first, SECOND)
    };
    assert_eq!(lets_in(FilterScope::Mapping), Err(DropReason::Filtered));
    assert_eq!(lets_in(FilterScope::Endpoint), Ok(end("10.0.0.2:1000")));
}

#[test]
fn refusals_say_why() {
    let mut nat = nat(config(EndpointIndependent, AddressDependent));
    let outside = out(&mut nat, "10.0.0.1:5000", "192.0.2.1:80");
    let mut ask = |protocol, outside| nat.inbound(protocol, end("192.0.2.9:80"), outside, SECOND);
    assert_eq!(ask(IpProtocol::Udp, outside), Err(DropReason::Filtered));
    assert_eq!(ask(IpProtocol::Tcp, outside), Err(DropReason::NoMapping));
    assert_eq!(ask(IpProtocol::Udp, end("198.51.100.1:1")), Err(DropReason::NoMapping));
}

#[test]
fn ports_are_assigned_as_told() {
    let ports = |assignment| {
        let mut nat = nat(NatConfig {
            ports: assignment,
            ..config(EndpointIndependent, EndpointIndependent)
        });
        ["10.0.0.1:5000", "10.0.0.2:5000", "10.0.0.3:7000"]
            .map(|inside| out(&mut nat, inside, "192.0.2.1:80").port())
    };
    assert_eq!(ports(PortAssignment::Preserve), [5_000, 5_001, 7_000]);
    assert_eq!(ports(PortAssignment::Sequential), [1_024, 1_025, 1_026]);
    assert_eq!(ports(PortAssignment::Overload), [5_000, 5_000, 7_000]);
    let random = ports(PortAssignment::Random);
    assert!(random.iter().all(|port| *port >= 1_024), "{random:?}");
    assert!(random[0] != random[1] && random[1] != random[2], "{random:?}");
}

#[test]
fn an_overloaded_port_is_shared_by_remotes() {
    let mut nat = nat(NatConfig {
        ports: PortAssignment::Overload,
        ..config(EndpointIndependent, AddressAndPortDependent)
    });
    let outside = out(&mut nat, "10.0.0.1:5000", "192.0.2.1:80");
    assert_eq!(out(&mut nat, "10.0.0.2:5000", "192.0.2.2:80"), outside);
    let mut inbound = |remote| nat.inbound(IpProtocol::Udp, end(remote), outside, SECOND);
    assert_eq!(inbound("192.0.2.1:80"), Ok(end("10.0.0.1:5000")));
    assert_eq!(inbound("192.0.2.2:80"), Ok(end("10.0.0.2:5000")));
}

#[test]
fn pooling_pairs_or_takes_turns() {
    let addresses = |pooling| {
        let pool = ["198.51.100.1", "198.51.100.2"].map(ip);
        let config =
            NatConfig { pooling, mapping: AddressAndPortDependent, ..NatConfig::new(pool) };
        let mut nat = nat(config);
        ["192.0.2.1:80", "192.0.2.2:80", "192.0.2.3:80"]
            .map(|remote| out(&mut nat, "10.0.0.1:5000", remote).ip())
    };
    let [one, two] = ["198.51.100.1", "198.51.100.2"].map(ip);
    assert_eq!(addresses(Pooling::Paired), [one, one, one]);
    assert_eq!(addresses(Pooling::Arbitrary), [one, two, one]);
}

/// Whether a mapping of 30 s made at 0 s is there at 40 s after a packet one way or the other at 20
/// s.
fn survives(refresh: Refresh, outbound: bool) -> bool {
    let timeouts = NatTimeouts { udp: Duration::from_secs(30), ..NatTimeouts::default() };
    let base = config(EndpointIndependent, EndpointIndependent);
    let mut nat = nat(NatConfig { refresh, timeouts, ..base });
    let (inside, remote) = (end("10.0.0.1:5000"), end("192.0.2.1:80"));
    let outside = nat.outbound(IpProtocol::Udp, inside, remote, Time::ZERO).unwrap();
    let later = Time::from_secs(20);
    if outbound {
        nat.outbound(IpProtocol::Udp, inside, remote, later).unwrap();
    } else {
        nat.inbound(IpProtocol::Udp, remote, outside, later).unwrap();
    }
    nat.inbound(IpProtocol::Udp, remote, outside, Time::from_secs(40)).is_ok()
}

#[test]
fn mappings_are_refreshed_by_the_chosen_direction() {
    assert!(survives(Refresh::Outbound, true) && !survives(Refresh::Outbound, false));
    assert!(!survives(Refresh::Inbound, true) && survives(Refresh::Inbound, false));
    assert!(survives(Refresh::Both, true) && survives(Refresh::Both, false));
}

#[test]
fn a_mapping_ends_with_its_time() {
    let mut nat = nat(config(EndpointIndependent, EndpointIndependent));
    let outside = out(&mut nat, "10.0.0.1:5000", "192.0.2.1:80");
    let mut at =
        |secs| nat.inbound(IpProtocol::Udp, end("192.0.2.1:80"), outside, Time::from_secs(secs));
    assert!(at(120).is_ok());
    assert_eq!(at(121), Err(DropReason::NoMapping));
}

#[test]
fn a_full_table_refuses_until_mappings_end() {
    let base = config(EndpointIndependent, EndpointIndependent);
    let mut nat = nat(NatConfig { max_mappings: 2, ..base });
    let mut open = |port, secs| {
        let inside = SocketAddr::new(ip("10.0.0.1"), port);
        nat.outbound(IpProtocol::Udp, inside, end("192.0.2.1:80"), Time::from_secs(secs))
    };
    assert!(open(1, 0).is_ok() && open(2, 60).is_ok());
    assert_eq!(open(3, 61), Err(DropReason::NatExhausted));
    assert!(open(2, 62).is_ok(), "a mapping that is there needs no room");
    assert!(open(3, 121).is_ok());
    assert_eq!(nat.mappings(), 2);
}

#[test]
fn a_forgetful_nat_maps_anew_and_a_rebinding_one_elsewhere() {
    let mut nat = nat(config(EndpointIndependent, EndpointIndependent));
    let first = out(&mut nat, "10.0.0.1:5000", "192.0.2.1:80");
    nat.forget();
    let remote = end("192.0.2.1:80");
    let refused = nat.inbound(IpProtocol::Udp, remote, first, SECOND);
    assert_eq!(refused, Err(DropReason::NoMapping));
    assert_eq!(out(&mut nat, "10.0.0.1:5000", "192.0.2.1:80"), first);
    nat.rebind();
    assert_ne!(out(&mut nat, "10.0.0.1:5000", "192.0.2.1:80"), first);
}

/// Two hosts, 10.0.0.1 and 10.0.0.2, behind one box; a server, 192.0.2.9, outside.
fn behind(place: impl FnOnce(&mut Sim) -> (MachineId, Vec<IpAddr>)) -> (Sim, [MachineId; 3]) {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let (middlebox, addresses) = place(&mut sim);
    let link = LinkSpec::new().delay(ms(1));
    sim.connect(middlebox, core, &addresses, &link, &link);
    let hosts = [("h1", "10.0.0.1", middlebox), ("h2", "10.0.0.2", middlebox), ("s", SERVER, core)];
    let hosts = hosts.map(|(name, address, parent)| {
        let host = sim.host(name);
        sim.connect(host, parent, &[ip(address)], &link, &link);
        host
    });
    (sim, hosts)
}

const SERVER: &str = "192.0.2.9";

/// A datagram from the fixture's port at a millisecond.
fn say(from: &str, to: SocketAddr, ms: u64) -> (Time, PacketSpec) {
    (Time::from_millis(ms), PacketSpec::udp(at(from), to, vec![0; 100]))
}

/// Sources of what a script received.
fn sources(script: &Script) -> Vec<SocketAddr> {
    script.arrived.iter().map(|(_, packet)| packet.source()).collect()
}

#[test]
fn a_hairpin_shows_the_outside_source() {
    let heard = |hairpin| {
        let base = config(EndpointIndependent, EndpointIndependent);
        let config = NatConfig { hairpin, ..base };
        let (mut sim, hosts) = behind(|sim| (sim.nat("nat", config), vec![ip(OUTSIDE)]));
        let outside = SocketAddr::new(ip(OUTSIDE), 5_001);
        // h1 gets 5000 and h2 5001, both by talking to the server first.
        let one = [say("10.0.0.1", at(SERVER), 0), say("10.0.0.1", outside, 10)];
        sim.attach(hosts[0], Script::new(one));
        let two = sim.attach(hosts[1], Script::new([say("10.0.0.2", at(SERVER), 1)]));
        sim.run_until(SECOND);
        sources(sim.endpoint(two))
    };
    assert_eq!(heard(Hairpin::ExternalSource), [SocketAddr::new(ip(OUTSIDE), 5_000)]);
    assert_eq!(heard(Hairpin::Refused), []);
}

#[test]
fn neighbours_inside_talk_past_the_nat() {
    let base = config(AddressAndPortDependent, AddressAndPortDependent);
    let (mut sim, hosts) = behind(|sim| (sim.nat("nat", base), vec![ip(OUTSIDE)]));
    sim.attach(hosts[0], Script::new([say("10.0.0.1", at("10.0.0.2"), 0)]));
    let two = sim.attach(hosts[1], Script::default());
    sim.run_until(SECOND);
    assert_eq!(sources(sim.endpoint(two)), [at("10.0.0.1")]);
}

#[test]
fn inside_addresses_mean_nothing_outside() {
    let base = config(EndpointIndependent, EndpointIndependent);
    let (mut sim, hosts) = behind(|sim| (sim.nat("nat", base), vec![ip(OUTSIDE)]));
    let one = sim.attach(hosts[0], Script::default());
    sim.attach(hosts[2], Script::new([say(SERVER, at("10.0.0.1"), 0)]));
    sim.run_until(SECOND);
    assert_eq!(sim.endpoint(one).arrived.len(), 0);
}

#[test]
fn one_to_one_keeps_ports_and_hairpins() {
    let pairs = [("10.0.0.1", "198.51.100.1"), ("10.0.0.2", "198.51.100.2")];
    let pairs = pairs.map(|(inside, outside)| (ip(inside), ip(outside)));
    let outside = pairs.map(|(_, outside)| outside).to_vec();
    let (mut sim, hosts) =
        behind(|sim| (sim.middlebox("nat", OneToOne::new(pairs)), outside.clone()));
    let one = sim.attach(hosts[0], Script::new([say("10.0.0.1", at("198.51.100.2"), 0)]));
    let two = sim.attach(hosts[1], Script::new([say("10.0.0.2", at(SERVER), 0)]));
    let server = sim.attach(hosts[2], Script::new([say(SERVER, at("198.51.100.1"), 0)]));
    sim.run_until(SECOND);
    assert_eq!(sources(sim.endpoint(one)), [at(SERVER)]);
    assert_eq!(sources(sim.endpoint(two)), [at("198.51.100.1")]);
    assert_eq!(sources(sim.endpoint(server)), [at("198.51.100.2")]);
}

#[test]
fn a_firewall_lets_answers_in_and_nothing_else() {
    let place = |sim: &mut Sim| (sim.firewall("wall", FirewallConfig::default()), vec![]);
    let (mut sim, hosts) = behind(place);
    let one = sim.attach(hosts[0], Script::new([say("10.0.0.1", at(SERVER), 10)]));
    let knocks = [say(SERVER, at("10.0.0.1"), 0), say(SERVER, at("10.0.0.1"), 20)];
    sim.attach(hosts[2], Script::new(knocks));
    sim.run_until(SECOND);
    assert_eq!(
        sim.endpoint(one).ids(),
        [2],
        "only the second knock comes after a word from inside"
    );
}

#[test]
fn a_firewall_keeps_protocols_and_ports() {
    let config = FirewallConfig {
        udp: Allowed::Nothing,
        tcp: Allowed::Ports(vec![443]),
        ..FirewallConfig::default()
    };
    let (mut sim, hosts) = behind(|sim| (sim.firewall("wall", config), vec![]));
    let tcp = |port: u16| {
        let mut transmit = say("10.0.0.1", SocketAddr::new(ip(SERVER), port), 0).1;
        transmit.protocol = IpProtocol::Tcp;
        (Time::ZERO, transmit)
    };
    sim.attach(hosts[0], Script::new([say("10.0.0.1", at(SERVER), 0), tcp(80), tcp(443)]));
    sim.watch(lapwing_simnet::Transcript::new(0..100));
    sim.run_until(SECOND);
    let lines = &sim.watcher::<lapwing_simnet::Transcript>().unwrap().lines;
    let reached: Vec<_> = lines.iter().filter(|line| line.contains("NoListener")).collect();
    assert_eq!(reached.len(), 1, "{lines:#?}");
    assert!(reached[0].contains("192.0.2.9:443"), "nobody listens there, but it came through");
}

#[test]
fn reports_of_large_packets_find_their_way_back_through_a_nat() {
    let mut sim = Sim::new(1);
    let (core, host, server) = (sim.router("core"), sim.host("h"), sim.host("s"));
    let box_config = config(AddressAndPortDependent, AddressAndPortDependent);
    let nat = sim.nat("nat", box_config);
    let wire = LinkSpec::new();
    sim.connect(nat, core, &[ip(OUTSIDE)], &wire, &wire);
    sim.connect(host, nat, &[ip("10.0.0.1")], &wire, &wire);
    sim.connect(server, core, &[ip(SERVER)], &wire, &LinkSpec::new().mtu(100, true));
    let script = sim.attach(host, Script::new([say("10.0.0.1", at(SERVER), 0)]));
    sim.run_until(SECOND);
    let arrived = &sim.endpoint(script).arrived;
    let report = PacketTooBig::parse(&arrived[0].1);
    assert_eq!(report, Some(PacketTooBig { mtu: 100, destination: at(SERVER) }));
}
