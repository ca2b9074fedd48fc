//! What NATs and firewalls do, found out by the host behind them (RFC 5780).

use std::net::IpAddr;
use std::time::Duration;

use lapwing_engine::turn::client::{NatBehaviour, NatFiltering, NatMapping};
use lapwing_engine::turn::server::TurnServerConfig;
use lapwing_engine::{ChannelConfig, Config, Diagnosis, Finding, IceServer, NatOutcome, Protocol};
use lapwing_simnet::middlebox::{Dependence, FirewallConfig, NatConfig};
use lapwing_simnet::servers::Relay;
use lapwing_simnet::{Clock, Inbox, LinkSpec, MachineId, RtcHost, Sim, Time};

use crate::fixtures::{ip, ms};

const TWO: [&str; 2] = ["192.0.2.1", "192.0.2.2"];
const PORTS: [u16; 2] = [3_478, 3_479];

/// More than silence takes to be given up in each stage, one after the other, in seconds.
const LONG: u64 = 30;

/// A network with servers of our own.
struct World {
    sim: Sim,
    core: MachineId,
    link: LinkSpec,
}

impl World {
    fn new() -> World {
        World::seeded(1)
    }

    fn seeded(seed: u64) -> World {
        let mut sim = Sim::new(seed);
        let core = sim.router("core");
        World { sim, core, link: LinkSpec::new().delay(ms(20)) }
    }

    fn server(&mut self, addresses: &[&str], ports: &[u16]) {
        let name = addresses[0];
        let machine = self.host(name, self.core, addresses);
        let stream = self.sim.seed().stream(name);
        let config = TurnServerConfig::new([7; 32], Duration::ZERO, "lapwing.test");
        self.sim.attach(
            machine,
            ports.iter().fold(Relay::closed(config, stream), |relay, port| {
                relay.with_port(Protocol::Udp, *port)
            }),
        );
    }

    fn host(&mut self, name: &str, above: MachineId, addresses: &[&str]) -> MachineId {
        let host = self.sim.host(name);
        let addresses: Vec<IpAddr> = addresses.iter().map(|it| ip(it)).collect();
        self.sim.connect(host, above, &addresses, &self.link, &self.link);
        host
    }

    fn nat(&mut self, config: NatConfig) -> MachineId {
        let outside = config.addresses.clone();
        let nat = self.sim.nat("nat", config);
        self.sim.connect(nat, self.core, &outside, &self.link, &self.link);
        nat
    }

    /// What a host there, with these addresses, finds out with these servers.
    fn diagnose(mut self, above: MachineId, addresses: &[&str], urls: &[&str]) -> Diagnosis {
        let machine = self.host("asking", above, addresses);
        let mut config = Config::seeded(1);
        config.probe_nat = true;
        config.ice_servers =
            urls.iter().map(|url| IceServer::new([*url], "", "").expect("a URL")).collect();
        let host = RtcHost::new(config, Clock::arbitrary(), Inbox::default());
        let host = self.sim.attach(machine, host);
        self.sim.with(host, |host, cx| {
            host.act(cx, |rtc, _, _| {
                rtc.create_channel(ChannelConfig::new("asking")).expect("room for one");
                let offer = rtc.negotiation().create_offer().expect("something to offer");
                rtc.negotiation().set_local(&offer).expect("just created");
            });
        });
        self.sim.run_until(Time::from_secs(LONG));
        self.sim.endpoint(host).rtc().expect("the run has begun").diagnose()
    }
}

fn told(mapping: NatMapping, filtering: NatFiltering) -> NatOutcome {
    NatOutcome::Told(NatBehaviour { mapping, filtering })
}

fn filtering_of(configured: Dependence) -> NatFiltering {
    match configured {
        Dependence::EndpointIndependent => NatFiltering::EndpointIndependent,
        Dependence::AddressDependent => NatFiltering::AddressDependent,
        Dependence::AddressAndPortDependent => NatFiltering::AddressAndPortDependent,
    }
}

fn mapping_of(configured: Dependence) -> NatMapping {
    match configured {
        Dependence::EndpointIndependent => NatMapping::EndpointIndependent,
        Dependence::AddressDependent => NatMapping::AddressDependent,
        Dependence::AddressAndPortDependent => NatMapping::AddressAndPortDependent,
    }
}

/// What came of each server.
fn outcomes(diagnosis: &Diagnosis) -> Vec<(String, NatOutcome)> {
    let reports = diagnosis.nat.iter();
    reports.map(|report| (report.url.to_string(), report.outcome.clone())).collect()
}

#[test]
fn each_nat_is_named_as_it_is() {
    for mapping in Dependence::ALL {
        for filtering in Dependence::ALL {
            let mut world = World::new();
            world.server(&TWO, &PORTS);
            let base = NatConfig::new([ip("198.51.100.1")]);
            let nat = world.nat(NatConfig { mapping, filtering, ..base });
            let diagnosis = world.diagnose(nat, &["10.0.0.2"], &["stun:192.0.2.1"]);
            let outcome = told(mapping_of(mapping), filtering_of(filtering));
            let wanted = [("stun:192.0.2.1".to_owned(), outcome)];
            assert_eq!(outcomes(&diagnosis), wanted, "{mapping:?}, {filtering:?}");
            let is_symmetric = mapping != Dependence::EndpointIndependent;
            let findings: &[Finding] =
                if is_symmetric { &[Finding::SymmetricNatWithoutRelay] } else { &[] };
            assert_eq!(diagnosis.findings, findings, "{mapping:?}, {filtering:?}");
        }
    }
}

#[test]
fn a_firewall_filters_and_translates_nothing() {
    for filtering in Dependence::ALL {
        let mut world = World::new();
        world.server(&TWO, &PORTS);
        let wall = FirewallConfig { filtering, ..FirewallConfig::default() };
        let wall = world.sim.firewall("wall", wall);
        world.sim.connect(wall, world.core, &[], &world.link, &world.link);
        let diagnosis = world.diagnose(wall, &["198.51.100.7"], &["stun:192.0.2.1"]);
        let outcome = told(NatMapping::NoTranslation, filtering_of(filtering));
        assert_eq!(outcomes(&diagnosis), [("stun:192.0.2.1".to_owned(), outcome)]);
        assert_eq!(diagnosis.findings, []);
    }
}

#[test]
fn loss_is_seldom_taken_for_a_filter() {
    let filtering = Dependence::AddressDependent;
    let is_named = |seed: u64| {
        let mut world = World::seeded(seed);
        world.server(&TWO, &PORTS);
        let nat = world.nat(NatConfig { filtering, ..NatConfig::new([ip("198.51.100.1")]) });
        world.link = world.link.loss(0.2);
        let diagnosis = world.diagnose(nat, &["10.0.0.2"], &["stun:192.0.2.1"]);
        let right = told(NatMapping::EndpointIndependent, filtering_of(filtering));
        diagnosis.nat.iter().all(|report| report.outcome == right)
    };
    let named = (0..200).filter(|seed| is_named(*seed)).count();
    assert!(named >= 190, "{named} of 200");
}

#[test]
fn an_open_host_is_told_so_by_each_family() {
    let mut world = World::new();
    let addresses = [TWO[0], TWO[1], "2001:db8::1", "2001:db8::2"];
    world.server(&addresses, &PORTS);
    world.sim.dns("stun.lapwing.test", &addresses.map(ip));
    let (core, own) = (world.core, ["198.51.100.7", "2001:db8:1::7"]);
    let diagnosis = world.diagnose(core, &own, &["stun:stun.lapwing.test"]);
    let open = told(NatMapping::NoTranslation, NatFiltering::EndpointIndependent);
    let from: Vec<(IpAddr, &NatOutcome)> =
        diagnosis.nat.iter().map(|report| (report.local.ip(), &report.outcome)).collect();
    assert_eq!(from, own.map(|own| (ip(own), &open)));
}

#[test]
fn servers_that_cannot_tell_are_passed_over() {
    let mut world = World::new();
    world.server(&["192.0.2.9"], &PORTS);
    world.server(&TWO, &PORTS);
    let core = world.core;
    let urls = ["stun:192.0.2.77", "stun:192.0.2.9", "stun:192.0.2.1", "stun:192.0.2.2"];
    let diagnosis = world.diagnose(core, &["198.51.100.7"], &urls);
    let said: Vec<(String, String)> =
        outcomes(&diagnosis).into_iter().map(|(url, outcome)| (url, outcome.to_string())).collect();
    let [(silent, no_answer), (alone, cannot), (able, can)] = &said[..] else {
        panic!("the fourth is not asked: {said:?}")
    };
    assert_eq!((silent.as_str(), no_answer.as_str()), (urls[0], "no answer"));
    assert_eq!(alone, urls[1]);
    assert!(cannot.starts_with("the server cannot tell"), "{cannot}");
    assert_eq!(able, urls[2]);
    assert_eq!(can, "no translation, endpoint-independent filtering");
}
