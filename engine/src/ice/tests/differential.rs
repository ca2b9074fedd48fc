//! The crate `is` as the peer, and in our place, in the same network: all combinations end with the
//! same kind of pair.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use is::{Candidate, IceAgent, IceAgentEvent, IceCreds};

use super::world::{Nat, Ours, Packet, Side, World, credentials};
use crate::ice::Credentials;

const LIMIT: Duration = Duration::from_secs(10);

pub(super) struct Theirs {
    agent: IceAgent,
    credentials: Credentials,
    path: Option<(SocketAddr, SocketAddr)>,
}

fn creds(credentials: &Credentials) -> IceCreds {
    IceCreds { ufrag: credentials.ufrag().to_owned(), pass: credentials.password().to_owned() }
}

impl Theirs {
    pub(super) fn new(number: u64) -> Self {
        let credentials = credentials(number);
        let mut agent = IceAgent::new(creds(&credentials));
        agent.set_control_tie_breaker(number);
        Theirs { agent, credentials, path: None }
    }
}

impl Side for Theirs {
    fn credentials(&self) -> Credentials {
        self.credentials.clone()
    }

    fn begin(&mut self, remote: Credentials, controlling: bool, now: Instant) {
        self.agent.set_remote_credentials(creds(&remote));
        self.agent.set_controlling(controlling);
        self.agent.handle_timeout(now);
    }

    fn add_host(&mut self, address: SocketAddr, _now: Instant) {
        self.agent.add_local_candidate(Candidate::host(address, "udp").unwrap()).unwrap();
    }

    fn add_reflexive(&mut self, address: SocketAddr, base: SocketAddr, _now: Instant) {
        let candidate = Candidate::server_reflexive(address, base, "udp").unwrap();
        self.agent.add_local_candidate(candidate).unwrap();
    }

    fn candidates(&self) -> Vec<String> {
        self.agent.local_candidates().map(|candidate| candidate.to_sdp_string()).collect()
    }

    fn add_remote(&mut self, line: &str, _now: Instant) {
        self.agent.add_remote_candidate(Candidate::from_sdp_string(line).unwrap());
    }

    fn deliver(&mut self, packet: &Packet, now: Instant) {
        let Ok(message) = is::stun::StunMessage::parse(&packet.contents) else { return };
        let packet = is::stun::StunPacket {
            proto: is::Protocol::Udp,
            source: packet.source,
            destination: packet.destination,
            message,
        };
        self.agent.handle_packet(now, packet);
        // It reads the clock with its timeouts only.
        self.agent.handle_timeout(now);
    }

    fn timeout(&mut self, now: Instant) {
        if self.agent.poll_timeout().is_some_and(|at| at <= now) {
            self.agent.handle_timeout(now);
        }
    }

    fn next_timeout(&mut self) -> Option<Instant> {
        self.agent.poll_timeout()
    }

    fn drain(&mut self, _now: Instant) -> Vec<Packet> {
        let mut sent = Vec::new();
        while let Some(transmit) = self.agent.poll_transmit() {
            sent.push(Packet {
                source: transmit.source,
                destination: transmit.destination,
                contents: transmit.contents.to_vec(),
            });
        }
        while let Some(event) = self.agent.poll_event() {
            if let IceAgentEvent::NominatedSend { source, destination, .. } = event {
                self.path = Some((source, destination));
            }
        }
        sent
    }

    fn agreed_path(&self) -> Option<(SocketAddr, SocketAddr)> {
        self.path.filter(|_| self.agent.state().is_connected())
    }
}

/// What two sides are to find each other in.
#[derive(Clone, Copy, Debug)]
enum Scene {
    Hosts,
    ManyHosts,
    BothFamilies,
    OneNat,
    OneNatByDestination,
    BothNats,
    Trickled,
    Lossy,
}

const SCENES: [Scene; 8] = [
    Scene::Hosts,
    Scene::ManyHosts,
    Scene::BothFamilies,
    Scene::OneNat,
    Scene::OneNatByDestination,
    Scene::BothNats,
    Scene::Trickled,
    Scene::Lossy,
];

/// What a path is, seen from outside: family, and whether each side is reached through a NAT.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    v6: bool,
    a_translated: bool,
    b_translated: bool,
}

const A4: &str = "10.0.0.1:1";
const B4: &str = "192.0.2.2:2";

fn prepare<A: Side, B: Side>(world: &mut World<A, B>, scene: Scene) {
    let nat = |external| Some(Nat::new(external, false));
    let (a, b): (&[&str], &[&str]) = match scene {
        Scene::Hosts | Scene::Lossy | Scene::Trickled => (&["192.0.2.1:1"], &[B4]),
        Scene::ManyHosts => {
            (&["192.0.2.1:1", "192.0.2.3:1", "192.0.2.5:1"], &[B4, "192.0.2.4:2", "192.0.2.6:2"])
        }
        Scene::BothFamilies => {
            (&["[2001:db8::1]:1", "192.0.2.1:1"], &["[2001:db8::2]:2", "192.0.2.2:2"])
        }
        Scene::OneNat => {
            world.nats[0] = nat("203.0.113.1");
            (&[A4], &[B4])
        }
        Scene::OneNatByDestination => {
            world.nats[0] = Some(Nat::new("203.0.113.1", true));
            (&[A4], &[B4])
        }
        Scene::BothNats => {
            world.nats = [nat("203.0.113.1"), nat("203.0.113.2")];
            (&[A4], &["10.9.0.2:2"])
        }
    };
    world.loss = if matches!(scene, Scene::Lossy) { 200 } else { 0 };
    world.add_hosts(a, b);
    world.add_reflexive(a, b);
}

fn run<A: Side, B: Side>(a: A, b: B, scene: Scene, a_controls: bool) -> Kind {
    let mut world = World::new(a, b, 5);
    prepare(&mut world, scene);
    world.exchange_credentials(a_controls, !a_controls);
    if let Scene::Trickled = scene {
        for line in world.a.candidates() {
            world.b.add_remote(&line, world.now);
        }
        world.run_for(Duration::from_millis(700));
    }
    world.exchange_candidates();
    world.run_until_agreed(LIMIT).unwrap_or_else(|| panic!("{scene:?} {a_controls}"));
    // What is better takes over.
    world.run_for(Duration::from_secs(5));
    Kind::of(&world)
}

impl Kind {
    /// Of the path that both agreed on.
    pub(super) fn of<A: Side, B: Side>(world: &World<A, B>) -> Kind {
        let (of_a, of_b) = (world.a.agreed_path().unwrap(), world.b.agreed_path().unwrap());
        let is_external = |at: SocketAddr| at.ip().to_string().starts_with("203.0.113.");
        Kind {
            v6: of_a.1.is_ipv6(),
            a_translated: is_external(of_b.1),
            b_translated: is_external(of_a.1),
        }
    }
}

#[test]
fn all_combinations_end_with_the_same_kind_of_pair() {
    for scene in SCENES {
        for a_controls in [true, false] {
            let alone = run(Theirs::new(1), Theirs::new(2), scene, a_controls);
            let ours = run(Ours::new(1), Ours::new(2), scene, a_controls);
            assert_eq!(ours, alone, "{scene:?} {a_controls}");
            let first = run(Ours::new(1), Theirs::new(2), scene, a_controls);
            assert_eq!(first, alone, "{scene:?} {a_controls}");
            let second = run(Theirs::new(1), Ours::new(2), scene, a_controls);
            assert_eq!(second, alone, "{scene:?} {a_controls}");
        }
    }
}

#[test]
fn conflicts_of_roles_with_it_end() {
    for (controlling, number) in [(true, 1), (false, 1), (true, u64::MAX), (false, u64::MAX)] {
        let mut theirs = Theirs::new(2);
        theirs.agent.set_control_tie_breaker(number);
        let mut world = World::new(Ours::new(1), theirs, 5);
        world.add_hosts(&["192.0.2.1:1"], &[B4]);
        world.exchange_credentials(controlling, controlling);
        world.exchange_candidates();
        world.run_until_agreed(LIMIT).expect("they connect");
        assert_ne!(world.a.agent.is_controlling(), world.b.agent.controlling());
    }
}

#[test]
fn a_call_with_it_lasts() {
    let mut world = World::new(Ours::new(1), Theirs::new(2), 5);
    world.add_hosts(&["192.0.2.1:1", "192.0.2.3:3"], &[B4]);
    world.join();
    world.run_until_agreed(LIMIT).expect("they connect");
    world.run_for(Duration::from_secs(120));
    assert!(world.a.is_up() && world.b.agent.state().is_connected());
    assert!(world.a.agent.may_send(world.now));
    let used = world.a.agent.selected().unwrap();
    world.cut(&used.source.ip().to_string(), "192.0.2.2");
    world.run_for(Duration::from_secs(15));
    let moved = world.a.agent.selected().unwrap();
    assert_ne!(moved.source, used.source);
    assert!(world.a.is_up());
}
