//! Networks beyond one box for each peer.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use lapwing_engine::turn::server::{RelayFamilies, TurnServerConfig, Users};
use lapwing_engine::{ChannelConfig, Config, IceServer};

use super::cell::{QUARTER, Reached, SIGNALLING, wait};
use super::help::{USER, address};
use crate::host::{Inbox, RtcHost, connect_peers};
use crate::middlebox::{Dependence, Eater, Hairpin, NatConfig, dns64};
use crate::net::MachineId;
use crate::sim::Sim;
use crate::spec::LinkSpec;
use crate::time::Clock;

/// Two peers in a network that is more than one box for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Special {
    /// Each behind two NATs in a row that map independently.
    DoubleNat,
    /// Each behind a NAT of its own, and that behind a carrier's that maps each destination anew.
    CarrierGrade,
    /// Both behind the same carrier, whose NAT turns packets around.
    Hairpin,
    /// The same, and it does not.
    NoHairpin,
    /// One has IPv6 only and a NAT64; the other IPv4 only, behind a NAT.
    Nat64,
    /// One has IPv6 only, the other IPv4 only.
    SixWithFour,
    /// Both have both families, and IPv6 leads nowhere.
    SixBlackholed,
}

/// A server with both families.
const SERVER: [&str; 2] = ["192.0.2.1", "2001:db8:ffff::1"];
/// The first of the two.
const FOUR: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const NAME: &str = "relay.lapwing.test";

impl Special {
    /// All.
    pub const ALL: [Special; 7] = [
        Special::DoubleNat,
        Special::CarrierGrade,
        Special::Hairpin,
        Special::NoHairpin,
        Special::Nat64,
        Special::SixWithFour,
        Special::SixBlackholed,
    ];

    /// Whether the two reach each other without a relay.
    pub fn is_direct(self) -> bool {
        !matches!(self, Special::CarrierGrade | Special::NoHairpin | Special::SixWithFour)
    }

    /// Runs it, with a relay that is reached by UDP. The same seed gives the same.
    pub fn run(self, seed: u64) -> Reached {
        let mut sim = Sim::new(seed);
        sim.trace_packets_only();
        let link = LinkSpec::new().delay(QUARTER);
        let core = sim.router("core");
        let users = Users::default().with_user(USER.0, USER.1);
        let config = TurnServerConfig::new([7; 32], Duration::ZERO, "lapwing.test");
        let config = TurnServerConfig { users, families: RelayFamilies::Both, ..config };
        let [four, six] = SERVER.map(address);
        if self == Special::Nat64 {
            // The server has IPv4 only; who asks a DNS64 learns an address behind the NAT64.
            sim.relay("server", core, &[four], &link, config);
            sim.dns(NAME, &[four, dns64(FOUR).into()]);
        } else {
            sim.relay("server", core, &[four, six], &link, config);
            sim.dns(NAME, &[four, six]);
        }
        let hosts = self.hosts(&mut sim, core, &link);
        let peers = [0, 1].map(|side| {
            let mut config = Config::seeded(seed * 2 + side as u64);
            let url = format!("turn:{NAME}");
            let server = IceServer::new([url.as_str()], USER.0, USER.1).expect("a URL of ours");
            config.ice_servers.push(server);
            let host = RtcHost::new(config, Clock::arbitrary(), Inbox::default());
            let host = if self == Special::Nat64 && side == 0 { host.with_dns64() } else { host };
            sim.attach(hosts[side], host)
        });
        connect_peers(&mut sim, peers[0], peers[1], SIGNALLING);
        let channel = ChannelConfig::new("reach");
        let asked =
            sim.with(peers[0], |host, cx| host.act(cx, |rtc, _, _| rtc.create_channel(channel)));
        asked.expect("a channel can be asked for");
        wait(&mut sim, peers)
    }

    fn hosts(self, sim: &mut Sim, core: MachineId, link: &LinkSpec) -> [MachineId; 2] {
        let [ei, _, apd] = Dependence::ALL;
        let near = LinkSpec::new();
        match self {
            Special::DoubleNat | Special::CarrierGrade => [1, 2].map(|n| {
                let carrier = if self == Special::CarrierGrade { apd } else { ei };
                let outer = nat(sim, core, (n, carrier), IpAddr::from([198, 51, 100, n]), link);
                let inner = nat(sim, outer, (n + 10, ei), IpAddr::from([100, 64, n, 1]), &near);
                host(sim, inner, n, &[IpAddr::from([10, 0, n, 2])], &near)
            }),
            Special::Hairpin | Special::NoHairpin => {
                let outside = IpAddr::from([198, 51, 100, 1]);
                let hairpin = match self {
                    Special::Hairpin => Hairpin::ExternalSource,
                    _ => Hairpin::Refused,
                };
                let config = NatConfig { hairpin, ..NatConfig::new([outside]) };
                let carrier = sim.nat("carrier", config);
                sim.connect(carrier, core, &[outside], link, link);
                [1, 2].map(|n| {
                    let inner =
                        nat(sim, carrier, (n + 10, ei), IpAddr::from([100, 64, n, 1]), &near);
                    host(sim, inner, n, &[IpAddr::from([10, 0, n, 2])], &near)
                })
            }
            Special::Nat64 => {
                let outside = IpAddr::from([198, 51, 100, 1]);
                let six = sim.nat64("nat64", NatConfig::new([outside]));
                sim.connect(six, core, &[outside], link, link);
                let four = nat(sim, core, (2, ei), IpAddr::from([198, 51, 100, 2]), link);
                [
                    host(sim, six, 1, &[address("2001:db8:1::2")], &near),
                    host(sim, four, 2, &[IpAddr::from([10, 0, 2, 2])], &near),
                ]
            }
            Special::SixWithFour => [
                host(sim, core, 1, &[address("2001:db8:1::2")], link),
                host(sim, core, 2, &[IpAddr::from([198, 51, 100, 2])], link),
            ],
            Special::SixBlackholed => [1, 2].map(|n| {
                let text = format!("2001:db8:{n}::2");
                let outer = nat(sim, core, (n, ei), IpAddr::from([198, 51, 100, n]), link);
                let inner = sim.middlebox(&format!("eater{n}"), Eater::Six);
                sim.connect(inner, outer, &[], &near, &near);
                let both = [IpAddr::from([10, 0, n, 2]), address(&text)];
                host(sim, inner, n, &both, &near)
            }),
        }
    }
}

fn nat(
    sim: &mut Sim,
    above: MachineId,
    (n, mapping): (u8, Dependence),
    outside: IpAddr,
    link: &LinkSpec,
) -> MachineId {
    let filtering = Dependence::AddressAndPortDependent;
    let config = NatConfig { mapping, filtering, ..NatConfig::new([outside]) };
    let nat = sim.nat(&format!("nat{n}"), config);
    sim.connect(nat, above, &[outside], link, link);
    nat
}

fn host(sim: &mut Sim, above: MachineId, n: u8, all: &[IpAddr], link: &LinkSpec) -> MachineId {
    let host = sim.host(&format!("host{n}"));
    sim.connect(host, above, all, link, link);
    host
}

impl fmt::Display for Special {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Special::DoubleNat => "two NATs in a row on each side",
            Special::CarrierGrade => "a home's NAT behind a carrier's symmetric one, on each side",
            Special::Hairpin => "both behind one carrier's NAT that turns packets around",
            Special::NoHairpin => "both behind one carrier's NAT that does not",
            Special::Nat64 => "IPv6 behind a NAT64, with IPv4 behind a NAT",
            Special::SixWithFour => "IPv6 only, with IPv4 only",
            Special::SixBlackholed => "both families on each side, and IPv6 leads nowhere",
        })
    }
}
