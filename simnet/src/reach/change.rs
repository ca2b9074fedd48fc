//! What happens to a call under way, and how long nothing is heard.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use lapwing_engine::{Config, IceConnectionState, IceServer};

use super::behind::Behind;
use super::cell::{QUARTER, SIGNALLING};
use super::help::USER;
use super::speaker::Speaker;
use crate::host::{RtcHost, connect_peers};
use crate::middlebox::{Dependence, Nat, NatConfig, NatTimeouts, Obstacle};
use crate::net::{Connection, MachineId};
use crate::servers::TurnServerConfig;
use crate::sim::{Handle, Sim};
use crate::spec::LinkSpec;
use crate::time::{Clock, Time};

/// When it happens.
const CHANGE_AT: Time = Time::from_secs(8);

/// How long is listened after.
const AFTER: Duration = Duration::from_secs(40);

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The NAT of one side restarts, and maps anew.
    Rebinding,
    /// One side has Wi-Fi and a cellular network, and the Wi-Fi goes.
    Handover,
    /// One side has Wi-Fi; it goes, and a cellular network comes. The side restarts ICE.
    HandoverByRestart,
    /// Both sides use a relay, which dies; there is another.
    RelayDies,
    /// Nobody speaks for two minutes, behind NATs that forget after 30 s.
    Silence,
    /// One side's machine sleeps for 30 s, as long as consent lasts. The side restarts ICE when it
    /// wakes up and finds the path gone.
    Sleep,
}

/// How long a machine sleeps.
const SLEEP: Duration = Duration::from_secs(30);

impl Change {
    /// All.
    pub const ALL: [Change; 6] = [
        Change::Rebinding,
        Change::Handover,
        Change::HandoverByRestart,
        Change::RelayDies,
        Change::Silence,
        Change::Sleep,
    ];

    /// The longest time that nothing may be heard, beyond the 20 ms between two frames.
    pub fn limit(self) -> Duration {
        match self {
            Change::Rebinding => Duration::from_secs(2),
            Change::Handover => Duration::from_secs(1),
            Change::HandoverByRestart => Duration::from_secs(5),
            Change::RelayDies => Duration::from_secs(10),
            // What is on its way when the first speaks again.
            Change::Silence => Duration::from_millis(150),
            Change::Sleep => SLEEP + Duration::from_secs(5),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Change::Rebinding => "NAT rebinding",
            Change::Handover => "Wi-Fi lost, cellular up",
            Change::HandoverByRestart => "Wi-Fi lost, then cellular, ICE restart",
            Change::RelayDies => "relay dies, another stands",
            Change::Silence => "two minutes of silence, NATs of 30 s",
            Change::Sleep => "one side sleeps for 30 s, ICE restart",
        })
    }
}

/// How a call came through a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// The longest time between two frames, of either side, from a second before the change on.
    pub longest: Duration,
    /// Frames come again at the end, both ways.
    pub recovered: bool,
    /// ICE had failed.
    pub failed: bool,
}

struct Call {
    clock: Clock,
    sim: Sim,
    peers: [Handle<RtcHost<Speaker>>; 2],
    nat: MachineId,
    first: Connection,
    second: Option<Connection>,
    servers: [Connection; 2],
}

/// The servers' addresses.
const SERVERS: [&str; 2] = ["192.0.2.1", "192.0.2.2"];

impl Change {
    /// Runs it. The same seed gives the same.
    pub fn run(self, seed: u64) -> Outage {
        let mut call = self.call(seed);
        match self {
            Change::Silence => return call.through_silence(),
            Change::Rebinding => {
                let nat = call.nat;
                call.sim.at(CHANGE_AT, move |sim| {
                    if let Some(nat) = sim.middlebox_mut::<Nat>(nat) {
                        nat.rebind();
                    }
                });
            }
            Change::Handover => {
                let wifi = call.first.interface;
                call.sim.at(CHANGE_AT, move |sim| sim.set_interface_up(wifi, false));
            }
            Change::HandoverByRestart => {
                let (wifi, cellular) = (call.first.interface, call.second.map(|it| it.interface));
                if let Some(cellular) = cellular {
                    call.sim.at(Time::ZERO, move |sim| sim.set_interface_up(cellular, false));
                    call.sim.at(CHANGE_AT, move |sim| {
                        sim.set_interface_up(wifi, false);
                        sim.set_interface_up(cellular, true);
                    });
                }
            }
            Change::Sleep => {
                let sleeper = call.peers[0];
                call.sim.run_until(CHANGE_AT);
                call.sim.with(sleeper, |host, _| host.sleep());
                call.sim.run_until(CHANGE_AT + SLEEP);
                call.sim.with(sleeper, |host, cx| host.wake_up(cx));
            }
            Change::RelayDies => {
                let links = [call.servers[0].up, call.servers[0].down];
                call.sim.at(CHANGE_AT, move |sim| {
                    links.into_iter().for_each(|link| sim.set_link_up(link, false));
                });
            }
        }
        call.sim.run_until(CHANGE_AT + AFTER);
        call.outage(CHANGE_AT)
    }

    fn behind(self) -> Behind {
        let [ei, _, apd] = Dependence::ALL;
        match self {
            Change::RelayDies => Behind::Nat(apd, apd),
            _ => Behind::Nat(ei, apd),
        }
    }

    fn servers(self) -> Vec<IceServer> {
        let scheme = if self == Change::RelayDies { "turn" } else { "stun" };
        let url = |host: &str| format!("{scheme}:{host}");
        let server = |host: &&str| IceServer::new([url(host).as_str()], USER.0, USER.1);
        SERVERS.iter().map(|host| server(host).expect("a URL of ours")).collect()
    }

    fn call(self, seed: u64) -> Call {
        let mut sim = Sim::new(seed);
        sim.trace_packets_only();
        let link = LinkSpec::new().delay(QUARTER);
        let core = sim.router("core");
        let servers = SERVERS.map(|address| {
            let host = sim.host(address);
            let address = address.parse().expect("an address of ours");
            let connection = sim.connect(host, core, &[address], &link, &link);
            let stream = sim.seed().stream(&format!("turn/{address}"));
            let config = TurnServerConfig::new(USER.0, USER.1);
            sim.attach(host, crate::servers::TurnServer::new(config, stream));
            connection
        });
        let two = matches!(self, Change::Handover | Change::HandoverByRestart);
        let (nat, first, second, a) = self.side(&mut sim, core, (1, two));
        let (.., b) = self.side(&mut sim, core, (4, false));
        let clock = Clock::arbitrary();
        let restarts = matches!(self, Change::HandoverByRestart | Change::Sleep);
        let peers = [(a, 1), (b, 2)].map(|(host, n)| {
            let mut config = Config::seeded(seed * 2 + n);
            config.ice_servers = self.servers();
            let speaker = Speaker::new(n == 1, restarts && n == 1);
            sim.attach(host, RtcHost::new(config, clock, speaker))
        });
        connect_peers(&mut sim, peers[0], peers[1], SIGNALLING);
        Call { clock, sim, peers, nat, first, second, servers }
    }

    /// A host behind a NAT, or behind one for each of its two networks.
    fn side(
        self,
        sim: &mut Sim,
        core: MachineId,
        (n, two): (u8, bool),
    ) -> (MachineId, Connection, Option<Connection>, MachineId) {
        let host = sim.host(&format!("host{n}"));
        let mut network = |n: u8| {
            let (far, near) = (LinkSpec::new().delay(QUARTER), LinkSpec::new());
            let outside = IpAddr::from([198, 51, 100, n]);
            let boxes = self.behind().obstacles(outside);
            let [Obstacle::Nat(config)] = &boxes[..] else { panic!("a NAT") };
            let udp = Duration::from_secs(30);
            let timeouts = NatTimeouts { udp, ..NatTimeouts::default() };
            let config = NatConfig { timeouts, ..config.clone() };
            let nat = sim.nat(&format!("nat{n}"), config);
            sim.connect(nat, core, &[outside], &far, &far);
            (nat, sim.connect(host, nat, &[IpAddr::from([10, 0, n, 2])], &near, &near))
        };
        let (nat, first) = network(n);
        let second = two.then(|| network(n + 1).1);
        (nat, first, second, host)
    }
}

impl Call {
    fn through_silence(&mut self) -> Outage {
        let silence = Duration::from_secs(120);
        self.sim.run_until(CHANGE_AT);
        for peer in self.peers {
            self.sim.with(peer, |host, _| host.application_mut().mute = true);
        }
        let end = CHANGE_AT + silence;
        self.sim.run_until(end);
        for peer in self.peers {
            self.sim.with(peer, |host, _| host.application_mut().mute = false);
        }
        self.sim.run_until(end + Duration::from_secs(2));
        self.outage(end)
    }

    fn outage(&self, changed: Time) -> Outage {
        let end = self.sim.now();
        let clock = self.clock;
        let from = Time::from_nanos(changed.as_nanos().saturating_sub(1_000_000_000));
        let sides = self.peers.map(|peer| {
            let speaker = self.sim.endpoint(peer).application();
            let times = speaker.heard.iter().map(|at| clock.time(*at)).filter(|at| *at >= from);
            let times: Vec<Time> = times.collect();
            // In silence, the first frame is waited for from when it is spoken on.
            let begins = if times.first().is_some_and(|at| *at > changed) { changed } else { from };
            let all: Vec<Time> = [begins].into_iter().chain(times).chain([end]).collect();
            let longest = all.windows(2).map(|pair| pair[1] - pair[0]).max();
            let last = all.get(all.len().saturating_sub(2)).copied().unwrap_or(from);
            let recovered = end - last < Duration::from_secs(1);
            let is_failed =
                |(_, state): &(_, IceConnectionState)| *state == IceConnectionState::Failed;
            (longest.unwrap_or_default(), recovered, speaker.states.iter().any(is_failed))
        });
        Outage {
            longest: sides.iter().map(|(longest, ..)| *longest).max().unwrap_or_default(),
            recovered: sides.iter().all(|(_, recovered, _)| *recovered),
            failed: sides.iter().any(|(.., failed)| *failed),
        }
    }
}
