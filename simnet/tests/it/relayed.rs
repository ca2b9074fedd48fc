//! Peers that reach each other by way of a relay only.

use std::net::IpAddr;
use std::time::Duration;

use lapwing_engine::turn::server::{TurnServerConfig, Users};
use lapwing_engine::{CloseReason, Config, Event, IceServer, IceTransportPolicy};
use lapwing_simnet::middlebox::{Dependence, NatConfig};
use lapwing_simnet::{Clock, Handle, Inbox, LinkSpec, MachineId, RtcHost, Sim};

use crate::fixtures::{call, ms};

/// Each of them, and the relay, is this far from the middle.
const QUARTER: Duration = Duration::from_millis(25);

struct World {
    sim: Sim,
    peers: [Handle<RtcHost>; 2],
}

fn relay(sim: &mut Sim, core: MachineId, number: u8, link: &LinkSpec) {
    let users = Users::default().with_user("ada", "secret");
    let config = TurnServerConfig::new([number; 32], Duration::ZERO, "lapwing.test");
    let config = TurnServerConfig { users, ..config };
    let address = IpAddr::from([192, 0, 2, number]);
    sim.relay(&format!("relay-{number}"), core, &[address], link, config);
}

fn server(url: &str) -> IceServer {
    IceServer::new([url], "ada", "secret").expect("well-formed")
}

impl World {
    /// Hosts without a wall, that tell nothing but relayed candidates.
    fn new(configure: impl Fn(&mut Config)) -> World {
        let mut sim = Sim::new(7);
        let (core, link) = (sim.router("core"), LinkSpec::new().delay(QUARTER));
        relay(&mut sim, core, 1, &link);
        let peers = [1, 2].map(|number| {
            let host = sim.host(&format!("peer-{number}"));
            let address = IpAddr::from([198, 51, 100, number]);
            sim.connect(host, core, &[address], &link, &link);
            let mut config = Config::seeded(number.into());
            config.ice_servers.push(server("turn:192.0.2.1"));
            config.ice_transport_policy = IceTransportPolicy::Relay;
            configure(&mut config);
            sim.attach(host, RtcHost::new(config, Clock::arbitrary(), Inbox::default()))
        });
        World { sim, peers }
    }

    /// How long it takes until both are connected.
    fn connect(&mut self) -> Duration {
        let took = call(&mut self.sim, self.peers, 2 * QUARTER, Duration::from_secs(10));
        took.expect("they are connected")
    }

    fn closed(&self, peer: usize) -> Vec<CloseReason> {
        let events = &self.sim.endpoint(self.peers[peer]).application().events;
        let closed = events.iter().filter_map(|(_, event)| match event {
            Event::Closed(reason) => Some(reason.clone()),
            _ => None,
        });
        closed.collect()
    }
}

#[test]
fn goodbyes_go_by_way_of_the_relay() {
    let mut world = World::new(|_| ());
    world.connect();
    let [a, _] = world.peers;
    world.sim.with(a, |host, cx| host.act(cx, |rtc, _, now| rtc.close(now)));
    world.sim.run_until(world.sim.now() + ms(110));
    assert_eq!(world.closed(0), [CloseReason::Local]);
    assert_eq!(world.closed(1), [CloseReason::Remote]);
}

/// An allocation takes two round trips; the other side's stands by the time the offer is there.
#[test]
fn with_a_pool_relays_stand_before_they_are_wanted() {
    let usual = World::new(|_| ()).connect();
    let mut prepared = World::new(|config| config.ice_candidate_pool_size = 1);
    prepared.sim.run_until(prepared.sim.now() + ms(500));
    let prepared = prepared.connect();
    assert!(prepared + ms(200) <= usual, "{prepared:?}, without a pool {usual:?}");
}
/// Every check comes from a port that is new, and is checked in turn: that goes on for ever, and
/// none of them is answered from where it was sent to.
#[test]
fn checks_that_make_others_leave_room_for_relays() {
    let mut sim = Sim::new(7);
    let (core, link) = (sim.router("core"), LinkSpec::new().delay(ms(5)));
    for number in 1..=2 {
        relay(&mut sim, core, number, &link);
    }
    let peers = [1, 2].map(|number| {
        let (address, near) = (IpAddr::from([198, 51, 100, number]), LinkSpec::new());
        let nat = NatConfig {
            mapping: Dependence::AddressAndPortDependent,
            filtering: Dependence::EndpointIndependent,
            ..NatConfig::new([address])
        };
        let nat = sim.nat(&format!("nat-{number}"), nat);
        sim.connect(nat, core, &[address], &link, &link);
        let host = sim.host(&format!("peer-{number}"));
        sim.connect(host, nat, &[IpAddr::from([10, 0, 0, number])], &near, &near);
        let mut config = Config::seeded(number.into());
        config.ice_servers = ["turn:192.0.2.1", "turn:192.0.2.2"].map(server).to_vec();
        sim.attach(host, RtcHost::new(config, Clock::arbitrary(), Inbox::default()))
    });
    let took = World { sim, peers }.connect();
    assert!(took <= Duration::from_secs(4), "{took:?}");
}
