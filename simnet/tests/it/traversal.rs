//! The oracle against the model: hosts that punch holes as ICE does, behind random boxes.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use lapwing_simnet::middlebox::{
    Allowed, Dependence, FilterScope, FirewallConfig, Hairpin, NatConfig, Obstacle, PortAssignment,
    direct_path_possible, dns64,
};
use lapwing_simnet::{
    Endpoint, Handle, HostCx, IpProtocol, LinkSpec, MachineId, Packet, PacketSpec, Sim, Time,
};
use proptest::prelude::*;

use crate::fixtures::ms;

const STUN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const STUN_PORT: u16 = 3_478;

/// Tells everyone where they seem to be.
struct Mirror;

impl Endpoint for Mirror {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(IpProtocol::Udp, STUN_PORT).unwrap();
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        let seen = packet.source().to_string().into_bytes();
        cx.send(PacketSpec::udp(packet.destination(), packet.source(), seen));
    }
}

/// Sends checks to all the addresses of its peer that it was told or has seen, and answers those of
/// its peer.
struct Puncher {
    port: u16,
    /// The host has IPv6 only, behind a NAT64.
    six: bool,
    reflexive: Option<SocketAddr>,
    targets: BTreeSet<SocketAddr>,
    rounds: u32,
    /// A check to this address was answered from this address.
    connected: Option<SocketAddr>,
}

/// Enough for three packets each way after the first, which is as far as any rule looks, with room.
const ROUNDS: u32 = 12;
/// A check says where it was sent to, and its answer repeats that: only an answer from there proves
/// a path.
const CHECK: &str = "check ";
const ANSWER: &str = "answer ";

impl Puncher {
    fn new(port: u16, six: bool) -> Self {
        Puncher { port, six, reflexive: None, targets: BTreeSet::new(), rounds: 0, connected: None }
    }

    fn say(&self, to: SocketAddr, what: String, cx: &mut HostCx<'_>) {
        let from = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), self.port);
        cx.send(PacketSpec::udp(from, to, what.into_bytes()));
    }

    /// An address as this host reaches it.
    fn reaches(&self, address: SocketAddr) -> SocketAddr {
        match address.ip() {
            IpAddr::V4(v4) if self.six => SocketAddr::new(dns64(v4).into(), address.port()),
            _ => address,
        }
    }

    fn known_as(&self, host: IpAddr) -> Vec<SocketAddr> {
        let own = SocketAddr::new(host, self.port);
        [Some(own), self.reflexive].into_iter().flatten().collect()
    }
}

impl Endpoint for Puncher {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        cx.bind(IpProtocol::Udp, self.port).unwrap();
        let stun = self.reaches(SocketAddr::new(STUN.into(), STUN_PORT));
        self.say(stun, "where am I?".to_owned(), cx);
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        let from = packet.source();
        let text = String::from_utf8(packet.into_payload()).unwrap();
        if let Some(target) = text.strip_prefix(CHECK) {
            self.targets.insert(from);
            self.say(from, format!("{ANSWER}{target}"), cx);
        } else if let Some(target) = text.strip_prefix(ANSWER) {
            if target == from.to_string() {
                self.connected = Some(from);
            }
        } else {
            self.reflexive = text.parse().ok();
        }
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        for target in self.targets.clone() {
            self.say(target, format!("{CHECK}{target}"), cx);
        }
        self.rounds += 1;
        if self.rounds < ROUNDS {
            cx.wake_at(cx.now() + ms(50));
        }
    }
}

/// Two hosts behind their boxes.
struct World {
    sim: Sim,
    ends: [(Handle<Puncher>, IpAddr); 2],
}

/// Puts boxes, given from the inside outwards, below `above`; returns the innermost machine.
fn place(
    sim: &mut Sim,
    name: &str,
    obstacles: &[Obstacle],
    mut above: MachineId,
    realm: &mut u8,
) -> MachineId {
    let link = LinkSpec::new().delay(ms(3));
    for (i, obstacle) in obstacles.iter().enumerate().rev() {
        let name = format!("{name}{i}");
        above = match obstacle {
            Obstacle::Nat(config) => {
                *realm += 1;
                let address = IpAddr::V4(Ipv4Addr::new(198, 51, 100, *realm));
                let config = NatConfig { addresses: vec![address], ..config.clone() };
                let nat = sim.nat(&name, config);
                sim.connect(nat, above, &[address], &link, &link);
                nat
            }
            Obstacle::Nat64(config) => {
                *realm += 1;
                let address = IpAddr::V4(Ipv4Addr::new(198, 51, 100, *realm));
                let config = NatConfig { addresses: vec![address], ..config.clone() };
                let nat = sim.nat64(&name, config);
                sim.connect(nat, above, &[address], &link, &link);
                nat
            }
            Obstacle::Firewall(config) => {
                let wall = sim.firewall(&name, config.clone());
                sim.connect(wall, above, &[], &link, &link);
                wall
            }
        };
    }
    above
}

fn world(a: &[Obstacle], b: &[Obstacle], shared: &[Obstacle]) -> World {
    let mut sim = Sim::new(1);
    let link = LinkSpec::new().delay(ms(3));
    let (core, stun, mut realm) = (sim.router("core"), sim.host("stun"), 0);
    sim.connect(stun, core, &[STUN.into()], &link, &link);
    sim.attach(stun, Mirror);
    let meeting = place(&mut sim, "shared", shared, core, &mut realm);
    let ends = [("a", a, 1, 5_000), ("b", b, 2, 6_000)].map(|(name, boxes, number, port)| {
        let above = place(&mut sim, name, boxes, meeting, &mut realm);
        let host = sim.host(name);
        let six = [boxes, shared].iter().any(|way| way.iter().any(is_nat64));
        let address: IpAddr = if six {
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number.into()).into()
        } else {
            Ipv4Addr::new(10, 0, 0, number).into()
        };
        sim.connect(host, above, &[address], &link, &link);
        (sim.attach(host, Puncher::new(port, six)), address)
    });
    World { sim, ends }
}

/// True when both hosts got an answer to a check.
fn punch(a: &[Obstacle], b: &[Obstacle], shared: &[Obstacle]) -> bool {
    let World { mut sim, ends } = world(a, b, shared);
    sim.run_until(Time::from_millis(500));
    let known = ends.map(|(end, address)| sim.endpoint(end).known_as(address));
    for (i, (end, _)) in ends.into_iter().enumerate() {
        let peer = known[1 - i].clone();
        sim.with(end, |puncher, cx| {
            let targets: Vec<_> = peer.into_iter().map(|target| puncher.reaches(target)).collect();
            puncher.targets.extend(targets);
            puncher.wake(cx);
        });
    }
    sim.run_until(Time::from_secs(3));
    ends.iter().all(|(end, _)| sim.endpoint(*end).connected.is_some())
}

fn is_nat64(obstacle: &Obstacle) -> bool {
    matches!(obstacle, Obstacle::Nat64(_))
}

fn nat(mapping: Dependence, filtering: Dependence) -> [Obstacle; 1] {
    let base = NatConfig::new([Ipv4Addr::LOCALHOST.into()]);
    [Obstacle::Nat(NatConfig { mapping, filtering, ..base })]
}

#[test]
fn the_oracle_is_right_for_all_pairs_of_nats() {
    let kinds: Vec<_> = Dependence::ALL
        .iter()
        .flat_map(|mapping| Dependence::ALL.map(|filtering| nat(*mapping, filtering)))
        .collect();
    let mut possible = 0;
    for a in &kinds {
        for b in &kinds {
            let expected = direct_path_possible(a, b, &[]);
            assert_eq!(punch(a, b, &[]), expected, "{a:#?} against {b:#?}");
            possible += u32::from(expected);
        }
    }
    // Both sides of the rule occur.
    assert_eq!((possible, kinds.len()), (POSSIBLE_PAIRS, 9));
}

/// Of 81 ordered pairs: 9 with both mappings independent; 36 with one dependent, of which the
/// other's filter refuses 12; 36 with both, of which 9 are hopeless and of the other 27, by the
/// filters, 3 of 9 work.
const POSSIBLE_PAIRS: u32 = 9 + 24 + 9;

#[test]
fn the_oracle_is_right_for_hosts_behind_a_nat64() {
    let kinds: Vec<_> = Dependence::ALL
        .iter()
        .flat_map(|mapping| Dependence::ALL.map(|filtering| nat(*mapping, filtering)))
        .collect();
    let six = |[obstacle]: &[Obstacle; 1]| match obstacle {
        Obstacle::Nat(config) => [Obstacle::Nat64(config.clone())],
        other => [other.clone()],
    };
    let mut possible = 0;
    for a in &kinds {
        for b in &kinds {
            let expected = direct_path_possible(&six(a), b, &[]);
            assert_eq!(expected, direct_path_possible(a, b, &[]), "a NAT like others");
            assert_eq!(punch(&six(a), b, &[]), expected, "{a:#?} against {b:#?}");
            possible += u32::from(expected);
        }
        // Without a box of its own; and natively, whatever the boxes do to IPv4.
        assert_eq!(punch(&six(a), &[], &[]), direct_path_possible(&six(a), &[], &[]));
        assert!(punch(&six(a), &six(&kinds[8]), &[]));
        assert!(direct_path_possible(&six(a), &six(&kinds[8]), &[]));
    }
    assert_eq!(possible, POSSIBLE_PAIRS);
}

fn dependence() -> impl Strategy<Value = Dependence> {
    prop::sample::select(Dependence::ALL.to_vec())
}

/// Port overloading, which the oracle takes to confuse nobody, may not occur where two hosts share
/// a box.
const EXCLUSIVE: [PortAssignment; 3] =
    [PortAssignment::Preserve, PortAssignment::Sequential, PortAssignment::Random];
const EVERY: [PortAssignment; 4] = [
    PortAssignment::Preserve,
    PortAssignment::Sequential,
    PortAssignment::Random,
    PortAssignment::Overload,
];

fn obstacle(ports: &[PortAssignment]) -> impl Strategy<Value = Obstacle> + use<> {
    let ports = prop::sample::select(ports.to_vec());
    let hairpin = prop::sample::select(vec![Hairpin::Refused, Hairpin::ExternalSource]);
    let scope = prop::sample::select(vec![FilterScope::Mapping, FilterScope::Endpoint]);
    let nat = (dependence(), dependence(), scope, ports, hairpin).prop_map(
        |(mapping, filtering, filter_scope, ports, hairpin)| {
            let base = NatConfig::new([Ipv4Addr::LOCALHOST.into()]);
            Obstacle::Nat(NatConfig { mapping, filtering, filter_scope, ports, hairpin, ..base })
        },
    );
    let wall = (dependence(), prop::bool::weighted(0.1)).prop_map(|(filtering, blocked)| {
        let udp = if blocked { Allowed::Nothing } else { Allowed::All };
        Obstacle::Firewall(FirewallConfig { filtering, udp, ..FirewallConfig::default() })
    });
    prop_oneof![4 => nat, 1 => wall]
}

fn way(ports: &[PortAssignment]) -> impl Strategy<Value = Vec<Obstacle>> + use<> {
    prop::collection::vec(obstacle(ports), 0..=2)
}

/// A way with a NAT64 somewhere on it.
fn way_with_nat64() -> impl Strategy<Value = Vec<Obstacle>> {
    let nat64 = (dependence(), dependence()).prop_map(|(mapping, filtering)| {
        let base = NatConfig::new([Ipv4Addr::LOCALHOST.into()]);
        Obstacle::Nat64(NatConfig { mapping, filtering, ..base })
    });
    (way(&EVERY), nat64, 0..=2_usize).prop_map(|(mut way, nat64, at)| {
        way.insert(at.min(way.len()), nat64);
        way
    })
}

fn maybe_with_nat64() -> impl Strategy<Value = Vec<Obstacle>> {
    prop_oneof![way(&EVERY), way_with_nat64()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn the_oracle_agrees_with_the_model_of_a_nat64(
        a in way_with_nat64(), b in maybe_with_nat64(), shared in way(&EXCLUSIVE)
    ) {
        prop_assert_eq!(punch(&a, &b, &shared), direct_path_possible(&a, &b, &shared));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_oracle_agrees_with_the_model(a in way(&EVERY), b in way(&EVERY), shared in way(&EXCLUSIVE)) {
        prop_assert_eq!(punch(&a, &b, &shared), direct_path_possible(&a, &b, &shared));
    }
}
