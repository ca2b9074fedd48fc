//! Broken networks, and the one thing that is found in each.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use lapwing_engine::turn::server::{
    RelayFamilies, TurnLimits, TurnServerConfig, Users, timed_password,
};
use lapwing_engine::{ChannelConfig, Config, Diagnosis, Finding, HttpProxy, IceServer};
use lapwing_simnet::middlebox::{Dependence, Eater, FirewallConfig, NatConfig};
use lapwing_simnet::servers::{self, HttpProxyConfig};
use lapwing_simnet::tcp::TlsIdentity;
use lapwing_simnet::{
    Clock, Handle, Inbox, LinkSpec, MachineId, RtcHost, Sim, Time, connect_peers,
};

use crate::fixtures::{ip, ms};

const SERVER: &str = "192.0.2.1";
const SECRET: &str = "of servers and clients";
/// The wall clock of `Config::seeded`.
const UNIX_TIME: Duration = Duration::from_secs(1_780_000_000);

/// A network with a server of our own, and one over another library by TCP and TLS.
struct World {
    sim: Sim,
    core: MachineId,
    link: LinkSpec,
}

impl World {
    fn new() -> World {
        let mut sim = Sim::new(1);
        let core = sim.router("core");
        World { sim, core, link: LinkSpec::new().delay(ms(20)) }
    }

    /// A relay with the user ada, whose password is secret, and with the shared secret.
    fn relay(&mut self, addresses: &[&str], limits: TurnLimits) {
        let users = Users::default().with_user("ada", "secret").with_secret(SECRET);
        let config = TurnServerConfig::new([7; 32], UNIX_TIME, "lapwing.test");
        let config = TurnServerConfig { users, limits, families: RelayFamilies::Both, ..config };
        let addresses: Vec<IpAddr> = addresses.iter().map(|text| ip(text)).collect();
        self.sim.relay("relay", self.core, &addresses, &self.link, config);
    }

    /// A relay by UDP, TCP and TLS.
    fn relay_by_all(&mut self, names: &[&str]) {
        let config = servers::TurnServerConfig {
            identity: TlsIdentity::new(names.iter().copied()),
            ..servers::TurnServerConfig::new("ada", "secret")
        };
        let address = ip(SERVER);
        self.sim.turn_server("turn", self.core, &[address], &self.link, config);
    }

    fn host(&mut self, name: &str, above: MachineId, addresses: &[&str]) -> MachineId {
        let host = self.sim.host(name);
        let addresses: Vec<IpAddr> = addresses.iter().map(|text| ip(text)).collect();
        self.sim.connect(host, above, &addresses, &self.link, &self.link);
        host
    }

    fn attach(&mut self, host: MachineId, config: Config) -> Handle<RtcHost> {
        let host =
            self.sim.attach(host, RtcHost::new(config, Clock::arbitrary(), Inbox::default()));
        self.sim.with(host, |host, cx| {
            host.act(cx, |rtc, _, _| {
                rtc.create_channel(ChannelConfig::new("ill")).expect("room for one");
                let offer = rtc.negotiation().create_offer().expect("something to offer");
                rtc.negotiation().set_local(&offer).expect("just created");
            });
        });
        host
    }

    /// Runs, and asks what is wrong.
    fn diagnose(&mut self, host: Handle<RtcHost>, seconds: u64) -> Diagnosis {
        self.sim.run_until(Time::from_secs(seconds));
        self.sim.endpoint(host).rtc().expect("the run has begun").diagnose()
    }

    /// What is found of a host without a peer, right at the core.
    fn find(&mut self, config: Config) -> Vec<Finding> {
        let host = self.host("ill", self.core, &["198.51.100.7"]);
        let host = self.attach(host, config);
        self.diagnose(host, 60).findings
    }
}

fn config(urls: &[&str], username: &str, credential: &str) -> Config {
    let mut config = Config::seeded(1);
    for url in urls {
        config.ice_servers.push(IceServer::new([*url], username, credential).expect("a URL"));
    }
    config
}

fn ada(urls: &[&str]) -> Config {
    config(urls, "ada", "secret")
}

fn of(url: &str) -> String {
    url.to_owned()
}

#[test]
fn a_wrong_password() {
    let mut world = World::new();
    world.relay(&[SERVER], TurnLimits::default());
    let url = "turn:192.0.2.1";
    let found = world.find(config(&[url], "ada", "wrong"));
    assert_eq!(found, [Finding::WrongCredentials { url: of(url) }]);
}

#[test]
fn an_expired_credential() {
    let mut world = World::new();
    world.relay(&[SERVER], TurnLimits::default());
    let url = "turn:192.0.2.1";
    let until = UNIX_TIME.as_secs() - 100;
    let name = format!("{until}:ada");
    let found = world.find(config(&[url], &name, &timed_password(SECRET, &name)));
    let [Finding::CredentialsExpired { url: named, seconds }] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!((named.as_str(), *seconds), (url, 100));
    // The same name, were it not over, is taken.
    let mut world = World::new();
    world.relay(&[SERVER], TurnLimits::default());
    let name = format!("{}:ada", UNIX_TIME.as_secs() + 100);
    let found = world.find(config(&[url], &name, &timed_password(SECRET, &name)));
    assert_eq!(found, []);
}

#[test]
fn udp_blocked() {
    let mut world = World::new();
    world.relay_by_all(&[]);
    let wall = world.sim.firewall("wall", FirewallConfig::udp_blocked());
    world.sim.connect(wall, world.core, &[], &world.link, &world.link);
    let host = world.host("ill", wall, &["198.51.100.7"]);
    let host = world.attach(host, ada(&["turn:192.0.2.1", "turn:192.0.2.1?transport=tcp"]));
    assert_eq!(world.diagnose(host, 60).findings, [Finding::UdpBlocked]);
}

#[test]
fn no_name_resolution() {
    let mut world = World::new();
    world.relay(&[SERVER], TurnLimits::default());
    world.sim.dns("a.lapwing.test", &[ip(SERVER)]);
    world.sim.dns("b.lapwing.test", &[ip(SERVER)]);
    world.sim.set_dns_down(true);
    let found = world.find(ada(&["stun:a.lapwing.test", "turn:b.lapwing.test"]));
    assert_eq!(found, [Finding::NoNameResolution]);
}

#[test]
fn a_certificate_of_another_name() {
    let mut world = World::new();
    world.relay_by_all(&["elsewhere.test"]);
    world.sim.dns("turn.lapwing.test", &[ip(SERVER)]);
    let url = "turns:turn.lapwing.test";
    let found = world.find(ada(&[url, "stun:turn.lapwing.test"]));
    assert_eq!(found, [Finding::TlsName { url: of(url) }]);
}

#[test]
fn an_unreachable_server() {
    let mut world = World::new();
    world.relay(&[SERVER], TurnLimits::default());
    let gone = "turn:192.0.2.77";
    let found = world.find(ada(&["stun:192.0.2.1", gone]));
    assert_eq!(found, [Finding::ServerUnreachable { url: of(gone) }]);
}

#[test]
fn a_quota_that_is_reached() {
    let mut world = World::new();
    world.relay(&[SERVER], TurnLimits { allocations_per_user: 1, ..TurnLimits::default() });
    let other = world.host("other", world.core, &["198.51.100.8"]);
    let url = "turn:192.0.2.1";
    world.attach(other, ada(&[url]));
    world.sim.run_until(Time::from_secs(2));
    let found = world.find(ada(&[url]));
    assert_eq!(found, [Finding::QuotaReached { url: of(url) }]);
}

#[test]
fn ipv6_that_leads_nowhere() {
    let mut world = World::new();
    world.relay(&[SERVER, "2001:db8::1"], TurnLimits::default());
    let both = [ip(SERVER), ip("2001:db8::1")];
    world.sim.dns("turn.lapwing.test", &both);
    let eater = world.sim.middlebox("eater", Eater::Six);
    world.sim.connect(eater, world.core, &[], &world.link, &world.link);
    let host = world.host("ill", eater, &["198.51.100.7", "2001:db8:1::7"]);
    let host = world.attach(host, ada(&["turn:turn.lapwing.test"]));
    assert_eq!(world.diagnose(host, 60).findings, [Finding::Ipv6Blackhole]);
}

#[test]
fn a_proxy_that_refuses() {
    let mut world = World::new();
    world.relay_by_all(&[SERVER]);
    let credentials = Some(("ada".to_owned(), "secret".to_owned()));
    let proxy = HttpProxyConfig { credentials, ports: vec![5_349], ..HttpProxyConfig::default() };
    let address = ip("192.0.2.9");
    world.sim.http_proxy("proxy", world.core, &[address], &world.link, proxy);
    let mut config = ada(&["turns:192.0.2.1", "stun:192.0.2.1"]);
    let proxy = HttpProxy { host: of("192.0.2.9"), port: 3_128, credentials: None };
    config.http_proxy = Some(Arc::new(proxy));
    assert_eq!(world.find(config), [Finding::ProxyRefused { status: 407 }]);
}

/// Two peers behind these, who know the servers, and what the first finds after a minute.
fn of_call(
    mut world: World,
    behind: impl Fn(&mut World, u8) -> MachineId,
    urls: &[&str],
) -> Vec<Finding> {
    let hosts = [1, 2].map(|n| {
        let above = behind(&mut world, n);
        let address =
            if above == world.core { format!("198.51.100.{n}") } else { format!("10.0.{n}.2") };
        let host = world.host(&format!("host{n}"), above, &[&address]);
        let mut config = ada(urls);
        config.seed[0] = n;
        world.sim.attach(host, RtcHost::new(config, Clock::arbitrary(), Inbox::default()))
    });
    connect_peers(&mut world.sim, hosts[0], hosts[1], ms(20));
    world.sim.with(hosts[0], |host, cx| {
        host.act(cx, |rtc, _, _| rtc.create_channel(ChannelConfig::new("ill")))
            .expect("room for one");
    });
    world.diagnose(hosts[0], 60).findings
}

#[test]
fn symmetric_nats_without_a_relay() {
    let mut world = World::new();
    world.relay(&[SERVER, "192.0.2.2"], TurnLimits::default());
    let symmetric = |world: &mut World, n: u8| {
        let outside = IpAddr::from([198, 51, 100, n]);
        let dependence = Dependence::AddressAndPortDependent;
        let base = NatConfig::new([outside]);
        let config = NatConfig { mapping: dependence, filtering: dependence, ..base };
        let nat = world.sim.nat(&format!("nat{n}"), config);
        world.sim.connect(nat, world.core, &[outside], &world.link, &world.link);
        nat
    };
    let found = of_call(world, symmetric, &["stun:192.0.2.1", "stun:192.0.2.2"]);
    assert_eq!(found, [Finding::SymmetricNatWithoutRelay]);
}

#[test]
fn a_firewall_that_eats_answers() {
    let mut world = World::new();
    world.relay(&[SERVER], TurnLimits::default());
    let eater = |world: &mut World, n: u8| {
        if n == 2 {
            return world.core;
        }
        let outside = IpAddr::from([198, 51, 100, n]);
        let nat = world.sim.nat(&format!("nat{n}"), NatConfig::new([outside]));
        world.sim.connect(nat, world.core, &[outside], &world.link, &world.link);
        let eater = Eater::Answers { except_from: 3_478 };
        let eater = world.sim.middlebox("eater", eater);
        world.sim.connect(eater, nat, &[], &world.link, &world.link);
        eater
    };
    let found = of_call(world, eater, &["stun:192.0.2.1"]);
    assert_eq!(found, [Finding::AnswersDropped]);
}
