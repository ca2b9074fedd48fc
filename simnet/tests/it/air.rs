//! The shared medium: an approximation of Wi-Fi, with what it promises.

use std::time::Duration;

use lapwing_simnet::cross::{Cbr, CbrSink};
use lapwing_simnet::{
    Bitrate, Handle, Limit, LinkSpec, MediumConfig, PacketSpec, QueueSpec, Sim, Time,
};

use crate::fixtures::{PORT, Script, at, ms};

const CAPACITY: Bitrate = Bitrate::mbps(20);

/// Stations that each send a stream of this rate to the access point, and what arrives.
fn uplink(
    stations: u8,
    each: Bitrate,
    collisions: bool,
    bytes: u32,
) -> (Sim, Vec<Handle<CbrSink>>) {
    let mut sim = Sim::new(1);
    let access_delay = (Duration::ZERO, Duration::ZERO);
    let config = MediumConfig { capacity: CAPACITY, access_delay, collisions };
    let medium = sim.medium("wifi", config);
    let sender = LinkSpec::new().air(medium, QueueSpec::TailDrop(Limit::Packets(50)));
    let (air, ap, server) = (sim.router("air"), sim.router("ap"), sim.host("server"));
    let wire = LinkSpec::new();
    sim.connect(air, ap, &[], &wire, &sender);
    sim.connect(server, ap, &["10.1.0.1".parse().expect("an address")], &wire, &wire);
    let sinks = (1..=stations).map(|i| {
        let host = sim.host(&format!("station{i}"));
        let address = format!("10.0.0.{i}").parse().expect("an address");
        sim.connect(host, air, &[address], &sender, &wire);
        let mut to = at("10.1.0.1");
        to.set_port(PORT + u16::from(i));
        let times = (Time::ZERO, Time::from_secs(10));
        sim.attach(
            host,
            Cbr::new((std::net::SocketAddr::new(address, PORT), to), each, bytes, times),
        );
        sim.attach(server, CbrSink::new(to.port()))
    });
    let sinks = sinks.collect();
    sim.run_until(Time::from_secs(11));
    (sim, sinks)
}

fn rates(sim: &Sim, sinks: &[Handle<CbrSink>]) -> Vec<f64> {
    sinks.iter().map(|sink| sim.endpoint(*sink).bytes as f64 * 8.0 / 10.0).collect()
}

#[test]
fn stations_share_the_medium_evenly_and_fill_it() {
    let (sim, sinks) = uplink(8, Bitrate::mbps(5), false, 1_500);
    let rates = rates(&sim, &sinks);
    let total: f64 = rates.iter().sum();
    assert!((19.8e6..20.5e6).contains(&total), "{total:.0} bit/s in all");
    for rate in rates {
        assert!((2.3e6..2.7e6).contains(&rate), "{rate:.0} bit/s for one of eight");
    }
}

#[test]
fn a_light_load_passes_whole() {
    let (sim, sinks) = uplink(4, Bitrate::mbps(1), true, 1_500);
    for rate in rates(&sim, &sinks) {
        assert!((0.99e6..=1.0e6).contains(&rate), "{rate:.0} bit/s");
    }
}

#[test]
fn collisions_cost_more_with_more_stations() {
    let total = |stations| {
        let (sim, sinks) = uplink(stations, Bitrate::mbps(20), true, 1_500);
        rates(&sim, &sinks).iter().sum::<f64>()
    };
    let (one, four, sixteen) = (total(1), total(4), total(16));
    assert!(one > 19.5e6, "alone, nothing collides: {one:.0}");
    assert!(four < one * 0.9 && sixteen < four * 0.9, "{one:.0}, {four:.0}, {sixteen:.0}");
}

#[test]
fn one_packet_is_in_the_air_at_a_time_whatever_its_direction() {
    let mut sim = Sim::new(1);
    let access_delay = (ms(1), ms(1));
    let config = MediumConfig { capacity: Bitrate::mbps(1), access_delay, collisions: false };
    let medium = sim.medium("wifi", config);
    let sender = LinkSpec::new().air(medium, QueueSpec::TailDrop(Limit::Packets(50)));
    let (air, ap) = (sim.router("air"), sim.router("ap"));
    let (station, server) = (sim.host("station"), sim.host("server"));
    let wire = LinkSpec::new();
    sim.connect(air, ap, &[], &wire, &sender);
    sim.connect(station, air, &["10.0.0.1".parse().expect("an address")], &sender, &wire);
    sim.connect(server, ap, &["10.0.0.2".parse().expect("an address")], &wire, &wire);
    let (a, b) = (at("10.0.0.1"), at("10.0.0.2"));
    let one = |from, to| Script::new([(Time::ZERO, PacketSpec::udp(from, to, vec![0; 1_222]))]);
    let ends = [sim.attach(station, one(a, b)), sim.attach(server, one(b, a))];
    sim.run_until(Time::from_secs(1));
    let mut delays = ends.map(|end| sim.endpoint(end).delays()[0]);
    delays.sort();
    // 10 ms each, after 1 ms of access.
    assert_eq!(delays, [ms(11), ms(22)]);
}
