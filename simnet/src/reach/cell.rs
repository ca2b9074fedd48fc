//! One pair of peers, run.

use std::net::IpAddr;
use std::time::Duration;

use lapwing_engine::turn::server::{TurnServerConfig, Users};
use lapwing_engine::{
    CandidateKind, ChannelConfig, Config, ConnectionState, Event, IceConnectionState,
};

use super::behind::Behind;
use super::help::{Help, PROXY, SERVER, USER, address};
use crate::host::{Inbox, RtcHost, connect_peers};
use crate::middlebox::{FirewallConfig, Obstacle, direct_path_possible};
use crate::net::MachineId;
use crate::servers::{self, HttpProxyConfig};
use crate::sim::{Handle, Sim};
use crate::spec::LinkSpec;
use crate::tcp::TlsIdentity;
use crate::time::{Clock, Time};

/// One way between a peer, or the server, and the middle: a quarter of the round trip of 100 ms.
pub(super) const QUARTER: Duration = Duration::from_millis(25);

/// How long signalling takes, each way: half a round trip.
pub(super) const SIGNALLING: Duration = Duration::from_millis(50);

/// When a run ends that does not connect: a little after ICE gives up.
const PATIENCE: Duration = Duration::from_secs(40);

/// Two peers, each behind something, with help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    /// What the offering side is behind.
    pub a: Behind,
    /// What the answering side is behind.
    pub b: Behind,
    /// The servers that both know.
    pub help: Help,
}

/// How far two peers came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// When both were connected, DTLS included, counted from the offer.
    pub connected: Option<Duration>,
    /// What each side's candidate in use is.
    pub kinds: Option<[CandidateKind; 2]>,
    /// When the offering side had failed.
    pub failed: Option<Duration>,
    /// Packets that the offering side sent until then.
    pub sent: u64,
}

impl Cell {
    /// Whether a direct path exists, by the oracle.
    pub fn is_direct(&self) -> bool {
        let boxes = [(self.a, 1), (self.b, 2)].map(|(behind, n)| behind.obstacles(outside(n)));
        let [a, b] = boxes;
        direct_path_possible(&a, &b, &[])
    }

    /// Runs it. The same cell and seed give the same.
    pub fn run(&self, seed: u64) -> Reached {
        self.run_with_loss(seed, 0.0)
    }

    /// Runs it where this part of the packets between the peers is lost, each way: half of it on
    /// either link to the middle.
    pub fn run_with_loss(&self, seed: u64, loss: f64) -> Reached {
        let mut sim = Sim::new(seed);
        sim.trace_packets_only();
        let link = LinkSpec::new().delay(QUARTER);
        let far =
            if loss > 0.0 { link.clone().loss(1.0 - (1.0 - loss).sqrt()) } else { link.clone() };
        let core = sim.router("core");
        serve(&mut sim, core, &link, self.help);
        let walls = self.help.walls();
        let sides = [("a", self.a, 1), ("b", self.b, 2)];
        let peers = sides.map(|(name, behind, n)| {
            let wall = walls[usize::from(n) - 1].as_ref();
            let inside = attach(&mut sim, (name, behind, n), wall, core, &far);
            let mut config = Config::seeded(seed * 2 + u64::from(n));
            self.help.tell(&mut config);
            sim.attach(inside, RtcHost::new(config, Clock::arbitrary(), Inbox::default()))
        });
        let [a, b] = peers;
        connect_peers(&mut sim, a, b, SIGNALLING);
        let channel = ChannelConfig::new("reach");
        let asked = sim.with(a, |host, cx| host.act(cx, |rtc, _, _| rtc.create_channel(channel)));
        asked.expect("a channel can be asked for");
        wait(&mut sim, [a, b])
    }
}

/// The servers, each a quarter of the round trip from the middle.
fn serve(sim: &mut Sim, core: MachineId, link: &LinkSpec, help: Help) {
    let server = [address(SERVER)];
    if help.has_udp() {
        let users = Users::default().with_user(USER.0, USER.1);
        let config = TurnServerConfig::new([7; 32], Duration::ZERO, "lapwing.test");
        sim.relay("server", core, &server, link, TurnServerConfig { users, ..config });
        return;
    }
    let config = servers::TurnServerConfig {
        tls_ports: vec![443],
        identity: TlsIdentity::new([SERVER]),
        ..servers::TurnServerConfig::new(USER.0, USER.1)
    };
    sim.turn_server("server", core, &server, link, config);
    sim.http_proxy("proxy", core, &[address(PROXY)], link, HttpProxyConfig::default());
}

fn outside(n: u8) -> IpAddr {
    IpAddr::from([198, 51, 100, n])
}

/// A host behind its boxes, whose last link is the long one.
fn attach(
    sim: &mut Sim,
    (name, behind, n): (&str, Behind, u8),
    wall: Option<&FirewallConfig>,
    core: MachineId,
    far: &LinkSpec,
) -> MachineId {
    let near = LinkSpec::new();
    let (core, far) = match wall {
        None => (core, far),
        Some(config) => {
            let wall = sim.firewall(&format!("{name}-border"), config.clone());
            sim.connect(wall, core, &[], far, far);
            (wall, &near)
        }
    };
    let host = sim.host(name);
    let boxes = behind.obstacles(outside(n));
    match boxes.first() {
        None => sim.connect(host, core, &[outside(n)], far, far),
        Some(Obstacle::Firewall(config)) => {
            let wall = sim.firewall(&format!("{name}-wall"), config.clone());
            sim.connect(wall, core, &[], far, far);
            sim.connect(host, wall, &[outside(n)], &near, &near)
        }
        Some(Obstacle::Nat(config) | Obstacle::Nat64(config)) => {
            let nat = sim.nat(&format!("{name}-nat"), config.clone());
            sim.connect(nat, core, &[outside(n)], far, far);
            sim.connect(host, nat, &[IpAddr::from([10, 0, 0, n])], &near, &near)
        }
    };
    host
}

/// Runs until both are connected, or ICE has failed.
pub(super) fn wait(sim: &mut Sim, peers: [Handle<RtcHost>; 2]) -> Reached {
    let mut failed = None;
    let step = Duration::from_millis(1);
    while sim.now() < Time::ZERO + PATIENCE {
        sim.run_until(sim.now() + step);
        let rtcs = peers.map(|peer| {
            let rtc = sim.endpoint(peer).rtc()?;
            Some((rtc.connection_state(), rtc.ice_connection_state()))
        });
        if rtcs.iter().flatten().filter(|(all, _)| *all == ConnectionState::Connected).count() == 2
        {
            let kinds = peers.map(|peer| kind(sim, peer));
            let kinds = if let [Some(a), Some(b)] = kinds { Some([a, b]) } else { None };
            let connected = Some(sim.now() - Time::ZERO);
            return Reached { connected, kinds, failed, sent: sent(sim, peers[0]) };
        }
        let gave_up = rtcs[0].is_some_and(|(_, ice)| ice == IceConnectionState::Failed);
        if gave_up && failed.is_none() {
            failed = Some(sim.now() - Time::ZERO);
        }
    }
    Reached { connected: None, kinds: None, failed, sent: sent(sim, peers[0]) }
}

fn sent(sim: &Sim, peer: Handle<RtcHost>) -> u64 {
    sim.endpoint(peer).rtc().map_or(0, |rtc| rtc.stats().transport.packets_sent)
}

/// What the candidate in use is.
fn kind(sim: &Sim, peer: Handle<RtcHost>) -> Option<CandidateKind> {
    let events = &sim.endpoint(peer).application().events;
    let mut pairs = events.iter().filter_map(|(_, event)| match event {
        Event::SelectedPairChanged(pair) => Some(pair.local_kind),
        _ => None,
    });
    pairs.next_back()
}
