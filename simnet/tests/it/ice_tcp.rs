//! Peers that have nothing but TCP between them.

use std::net::IpAddr;
use std::time::Duration;

use lapwing_engine::{CandidateKind, Config, Event, IceServer, Protocol, SelectedPair};
use lapwing_simnet::middlebox::{Allowed, Dependence, FirewallConfig, NatConfig};
use lapwing_simnet::servers::TurnServerConfig;
use lapwing_simnet::{Clock, Handle, Inbox, LinkSpec, MachineId, RtcHost, Sim};

use crate::fixtures::call;

const SERVER: &str = "192.0.2.1";
/// Each host, and the server, is this far from the middle.
const QUARTER: Duration = Duration::from_millis(25);

/// What a call by way of a relay over TCP may take; directly it is sooner.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a host is behind.
#[derive(Clone, Copy)]
enum Behind {
    /// Nothing passes but TCP, and nothing that nobody inside asked for.
    Wall,
    /// The same, with addresses translated.
    Nat(Dependence),
}

struct World {
    sim: Sim,
    peers: [Handle<RtcHost>; 2],
}

impl World {
    fn new(behind: [Behind; 2]) -> World {
        let mut sim = Sim::new(7);
        let (core, link) = (sim.router("core"), LinkSpec::new().delay(QUARTER));
        let server = SERVER.parse().expect("an address");
        sim.turn_server("stun", core, &[server], &link, TurnServerConfig::new("ada", "secret"));
        let peers = [1, 2].map(|number: u8| {
            let host = attach(&mut sim, (number, behind[usize::from(number) - 1]), core, &link);
            let mut config = Config::seeded(number.into());
            config.ice_tcp = true;
            let server = format!("stun:{SERVER}");
            config
                .ice_servers
                .push(IceServer::new([server.as_str()], "", "").expect("well-formed"));
            sim.attach(host, RtcHost::new(config, Clock::arbitrary(), Inbox::default()))
        });
        World { sim, peers }
    }

    /// The pair in use at each end, once both are connected.
    fn connect(&mut self) -> Option<[SelectedPair; 2]> {
        call(&mut self.sim, self.peers, 2 * QUARTER, PATIENCE)?;
        Some(self.peers.map(|peer| self.pair(peer)))
    }

    fn pair(&self, peer: Handle<RtcHost>) -> SelectedPair {
        let events = &self.sim.endpoint(peer).application().events;
        let mut pairs = events.iter().filter_map(|(_, event)| match event {
            Event::SelectedPairChanged(pair) => Some(*pair),
            _ => None,
        });
        pairs.next_back().expect("it is connected")
    }
}

fn attach(
    sim: &mut Sim,
    (number, behind): (u8, Behind),
    core: MachineId,
    link: &LinkSpec,
) -> MachineId {
    let (near, outside) = (LinkSpec::new(), IpAddr::from([198, 51, 100, number]));
    let wall = FirewallConfig { tcp: Allowed::All, ..FirewallConfig::udp_blocked() };
    let wall = sim.firewall(&format!("wall-{number}"), wall);
    sim.connect(wall, core, &[], link, link);
    let host = sim.host(&format!("peer-{number}"));
    match behind {
        Behind::Wall => sim.connect(host, wall, &[outside], &near, &near),
        Behind::Nat(mapping) => {
            let config = NatConfig { mapping, ..NatConfig::new([outside]) };
            let nat = sim.nat(&format!("nat-{number}"), config);
            sim.connect(nat, wall, &[outside], &near, &near);
            sim.connect(host, nat, &[IpAddr::from([10, 0, 0, number])], &near, &near)
        }
    };
    host
}

#[test]
fn walls_that_let_nobody_in_are_opened_from_both_sides_at_once() {
    let mut world = World::new([Behind::Wall; 2]);
    let pairs = world.connect().expect("both open their walls");
    for pair in pairs {
        assert_eq!((pair.protocol, pair.local_kind), (Protocol::Tcp, CandidateKind::Host));
        assert_ne!(pair.local.port(), 9, "no active candidate reaches through");
    }
    assert_eq!((pairs[0].local, pairs[0].remote), (pairs[1].remote, pairs[1].local));
}

#[test]
fn so_are_translators_whose_mappings_a_server_can_tell() {
    let easy = Behind::Nat(Dependence::EndpointIndependent);
    let mut world = World::new([easy; 2]);
    let pairs = world.connect().expect("both open their translators");
    assert!(pairs.iter().all(|pair| pair.protocol == Protocol::Tcp));
    let outside = |number| IpAddr::from([198, 51, 100, number]);
    assert_eq!(pairs.map(|pair| pair.remote.ip()), [outside(2), outside(1)]);
}

#[test]
fn translators_with_a_mapping_for_each_destination_stay_shut() {
    let hard = Behind::Nat(Dependence::AddressAndPortDependent);
    assert_eq!(World::new([hard; 2]).connect(), None);
}
