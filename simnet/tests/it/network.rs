//! Hosts, routers, routes and interfaces.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use lapwing_simnet::{
    BindError, Connection, Endpoint, HostCx, IpProtocol, LinkSpec, Packet, PacketSpec, Sim, Time,
};

use crate::fixtures::{PORT, Script, at, ip, ms};

/// `count` hosts 10.0.0.1, 10.0.0.2, ... around one router, 10 ms from it.
fn star(count: u8) -> (Sim, Vec<(lapwing_simnet::MachineId, Connection)>) {
    let mut sim = Sim::new(1);
    let core = sim.router("core");
    let link = LinkSpec::new().delay(ms(10));
    let hosts = (1..=count)
        .map(|i| {
            let host = sim.host(&format!("h{i}"));
            let address = IpAddr::V4(Ipv4Addr::new(10, 0, 0, i));
            (host, sim.connect(host, core, &[address], &link, &link))
        })
        .collect();
    (sim, hosts)
}

#[test]
fn packets_cross_a_tree_of_routers_both_families() {
    let mut sim = Sim::new(1);
    let (core, left, right) = (sim.router("core"), sim.router("left"), sim.router("right"));
    let link = LinkSpec::new().delay(ms(1));
    sim.connect(left, core, &[], &link, &link);
    sim.connect(right, core, &[], &link, &link);
    let (a, b) = (sim.host("a"), sim.host("b"));
    sim.connect(a, left, &[ip("10.1.0.1"), ip("2001:db8:1::1")], &link, &link);
    sim.connect(b, right, &[ip("10.2.0.1"), ip("2001:db8:2::1")], &link, &link);
    let four = PacketSpec::udp(at("10.1.0.1"), at("10.2.0.1"), vec![4]);
    let six = PacketSpec::udp(at("2001:db8:1::1"), at("2001:db8:2::1"), vec![6]);
    sim.attach(a, Script::new([(Time::ZERO, four), (Time::ZERO, six)]));
    let b = sim.attach(b, Script::default());
    sim.run_until(Time::from_secs(1));
    assert_eq!(sim.endpoint(b).delays(), [ms(4), ms(4)]);
    assert_eq!(sim.endpoint(b).arrived[1].1.source(), at("2001:db8:1::1"));
}

#[test]
fn unknown_destinations_and_deaf_ports_end_in_the_trace() {
    let (mut sim, hosts) = star(2);
    let nowhere = PacketSpec::udp(at("10.0.0.1"), at("10.9.9.9"), vec![1]);
    let deaf = PacketSpec::udp(at("10.0.0.1"), SocketAddr::new(ip("10.0.0.2"), 9), vec![2]);
    let foreign = PacketSpec::udp(at("10.0.0.7"), at("10.0.0.2"), vec![3]);
    sim.attach(hosts[0].0, Script::new([nowhere, deaf, foreign].map(|t| (Time::ZERO, t))));
    sim.watch(lapwing_simnet::Transcript::new(0..100));
    sim.run_until(Time::from_secs(1));
    let lines = &sim.watcher::<lapwing_simnet::Transcript>().unwrap().lines;
    let drops: Vec<_> = lines.iter().filter(|line| line.contains("Dropped")).collect();
    assert!(drops[0].contains("Dropped(NoRoute) Machine"), "a foreign source: {}", drops[0]);
    assert!(drops[1].contains("10.9.9.9") && drops[1].contains("NoRoute"), "{}", drops[1]);
    assert!(drops[2].contains("NoListener"), "{}", drops[2]);
    assert_eq!(drops.len(), 3);
}

#[test]
fn a_host_reaches_itself_without_a_link() {
    let (mut sim, hosts) = star(1);
    let unspecified = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), PORT);
    let transmit = PacketSpec::udp(unspecified, at("10.0.0.1"), vec![1]);
    let script = sim.attach(hosts[0].0, Script::new([(Time::ZERO, transmit)]));
    sim.run_until(Time::ZERO);
    assert_eq!(sim.endpoint(script).arrived[0].1.source(), at("10.0.0.1"));
    assert_eq!(sim.link_stats(hosts[0].1.up).packets_in, 0);
}

#[test]
fn the_source_address_chooses_the_interface() {
    let mut sim = Sim::new(1);
    let (wifi, cell, core) = (sim.router("wifi"), sim.router("cell"), sim.router("core"));
    let wire = LinkSpec::new();
    for router in [wifi, cell] {
        sim.connect(router, core, &[], &wire, &wire);
    }
    let (a, b) = (sim.host("a"), sim.host("b"));
    let by_wifi = sim.connect(a, wifi, &[ip("10.1.0.1")], &wire, &wire);
    let by_cell = sim.connect(a, cell, &[ip("10.2.0.1")], &wire, &wire);
    sim.connect(b, core, &[ip("10.3.0.1")], &wire, &wire);
    let from = |source: &str, ms| {
        (Time::from_millis(ms), PacketSpec::udp(at(source), at("10.3.0.1"), vec![0]))
    };
    let plan = [from("10.2.0.1", 0), from("10.1.0.1", 1), from("0.0.0.0", 2), from("0.0.0.0", 4)];
    let a = sim.attach(a, Script::new(plan));
    let b = sim.attach(b, Script::default());
    sim.at(Time::from_millis(3), move |sim| sim.set_interface_up(by_wifi.interface, false));
    sim.run_until(Time::from_secs(1));
    let sources: Vec<_> = sim.endpoint(b).arrived.iter().map(|(_, p)| p.source().ip()).collect();
    assert_eq!(sources, ["10.2.0.1", "10.1.0.1", "10.1.0.1", "10.2.0.1"].map(ip));
    assert_eq!(sim.link_stats(by_cell.up).packets_in, 2);
    assert_eq!(sim.endpoint(a).interface_changes, 1);
}

#[test]
fn a_host_that_moves_is_found_at_its_new_address_only() {
    let (mut sim, hosts) = star(2);
    let to = |address: &str, ms| {
        (Time::from_millis(ms), PacketSpec::udp(at("10.0.0.1"), at(address), vec![0]))
    };
    let plan = [to("10.0.0.2", 0), to("10.0.0.2", 100), to("10.0.0.77", 101)];
    sim.attach(hosts[0].0, Script::new(plan));
    let b = sim.attach(hosts[1].0, Script::default());
    let interface = hosts[1].1.interface;
    sim.at(Time::from_millis(50), move |sim| sim.set_addresses(interface, &[ip("10.0.0.77")]));
    sim.run_until(Time::from_secs(1));
    assert_eq!(sim.endpoint(b).ids(), [0, 2]);
    assert_eq!(sim.interfaces(hosts[1].0)[0].addresses, [ip("10.0.0.77")]);
}

#[test]
fn a_cut_link_loses_what_is_on_it() {
    let (mut sim, hosts) = star(2);
    let (a, b) = (at("10.0.0.1"), at("10.0.0.2"));
    let script = Script::steady(a, b, 100, ms(1), 100);
    sim.attach(hosts[0].0, script);
    let b = sim.attach(hosts[1].0, Script::default());
    let up = hosts[0].1.up;
    sim.at(Time::from_nanos(50_500_000), move |sim| sim.set_link_up(up, false));
    sim.at(Time::from_nanos(70_500_000), move |sim| sim.set_link_up(up, true));
    sim.run_until(Time::from_secs(1));
    // On the wire at the cut: 41 to 50; sent into it: 51 to 70, of which those from 61 on would
    // arrive after it is mended, but a cut link takes nothing in.
    let expected: Vec<u64> = (0..=40).chain(71..100).collect();
    assert_eq!(sim.endpoint(b).ids(), expected);
}

#[test]
fn a_changed_link_keeps_what_has_entered_it() {
    let (mut sim, hosts) = star(2);
    let script = Script::steady(at("10.0.0.1"), at("10.0.0.2"), 100, ms(1), 100);
    sim.attach(hosts[0].0, script);
    let b = sim.attach(hosts[1].0, Script::default());
    let up = hosts[0].1.up;
    let change = |at, spec: LinkSpec| (Time::from_nanos(at), spec);
    let faster = change(50_500_000, LinkSpec::new().delay(ms(2)));
    let lossy = change(80_500_000, LinkSpec::new().loss(1.0));
    for (at, spec) in [faster, lossy] {
        sim.at(at, move |sim| sim.set_link(up, &spec));
    }
    sim.run_until(Time::from_secs(1));
    let mut delays: Vec<_> =
        sim.endpoint(b).ids().into_iter().zip(sim.endpoint(b).delays()).collect();
    delays.sort_unstable();
    let before = (0..=50).map(|id| (id, ms(20)));
    let after = (51..=80).map(|id| (id, ms(12)));
    assert_eq!(delays, before.chain(after).collect::<Vec<_>>());
}

/// Takes the port it is told to.
struct Binder(u16, Option<Result<u16, BindError>>);

impl Endpoint for Binder {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        self.1 = Some(cx.bind(IpProtocol::Udp, self.0));
    }

    fn receive(&mut self, _: Packet, _: &mut HostCx<'_>) {}
}

#[test]
fn a_port_has_one_owner() {
    let (mut sim, hosts) = star(1);
    let host = hosts[0].0;
    let ends = [700, 700, 0, 0].map(|port| sim.attach(host, Binder(port, None)));
    sim.run_until(Time::ZERO);
    let got = ends.map(|end| sim.endpoint(end).1.unwrap());
    assert_eq!(got, [Ok(700), Err(BindError::InUse), Ok(49_152), Ok(49_153)]);
    sim.with(ends[1], |_, cx| cx.unbind(IpProtocol::Udp, 700));
    assert_eq!(sim.with(ends[1], |_, cx| cx.bind(IpProtocol::Udp, 700)), Err(BindError::InUse));
    sim.with(ends[0], |_, cx| cx.unbind(IpProtocol::Udp, 700));
    assert_eq!(sim.with(ends[1], |_, cx| cx.bind(IpProtocol::Udp, 700)), Ok(700));
}

/// Asks for a wake-up twice, the second time later or earlier, and notes when it comes.
struct Alarms(Vec<Time>);

impl Endpoint for Alarms {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.wake_at(Time::from_millis(5));
        cx.wake_at(Time::from_millis(9));
    }

    fn receive(&mut self, _: Packet, _: &mut HostCx<'_>) {}

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.0.push(cx.now());
        if self.0.len() == 1 {
            cx.wake_at(Time::from_millis(50));
            cx.wake_at(Time::from_millis(20));
        }
    }
}

#[test]
fn the_last_wake_up_asked_for_counts() {
    let (mut sim, hosts) = star(1);
    let alarms = sim.attach(hosts[0].0, Alarms(Vec::new()));
    sim.run_until(Time::from_secs(1));
    assert_eq!(sim.endpoint(alarms).0, [Time::from_millis(9), Time::from_millis(20)]);
    assert_eq!(sim.pending(), 0);
}

#[test]
fn a_routing_loop_ends() {
    let mut sim = Sim::new(1);
    let (left, right, a) = (sim.router("left"), sim.router("right"), sim.host("a"));
    let wire = LinkSpec::new();
    sim.connect(left, right, &[], &wire, &wire);
    sim.connect(right, left, &[], &wire, &wire);
    sim.connect(a, left, &[ip("10.0.0.1")], &wire, &wire);
    let lost = PacketSpec::udp(at("10.0.0.1"), at("10.9.9.9"), vec![0]);
    sim.attach(a, Script::new([(Time::ZERO, lost)]));
    sim.watch(lapwing_simnet::Transcript::new(0..1_000));
    sim.run_until(Time::from_secs(1));
    let lines = &sim.watcher::<lapwing_simnet::Transcript>().unwrap().lines;
    assert!(lines.last().unwrap().contains("HopLimit"), "{lines:?}");
}
