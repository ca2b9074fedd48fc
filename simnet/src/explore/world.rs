//! Playing a universe.

use std::any::Any;
use std::time::Duration;

use lapwing_engine::{Config, Direction, MediaKind, NegotiationRole};

use super::audit::Audit;
use super::caller::Caller;
use super::click::Click;
use super::coverage::{Aspect, Coverage, kebab};
use super::injected::InjectedFault;
use super::invariant::{Invariant, Violation};
use super::model::Judged;
use super::network::{Above, Servers, above, address};
use super::subject::Subject;
use super::terms::Terms;
use super::universe::{Action, Effects, Peer, Timed, Topology, Universe};
use crate::host::Overdue;
use crate::middlebox::{Eater, Nat};
use crate::net::{Connection, MachineId};
use crate::sim::{Handle, Sim};
use crate::spec::LinkSpec;
use crate::time::{Clock, Time};

/// Violations are looked for in steps of this.
pub(super) const STEP: Duration = Duration::from_millis(100);

/// Packets and wake-ups under way at once, more than any universe needs.
const PENDING_MAX: usize = 100_000;

/// What a run came to; by default, of one in which nothing happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What went wrong first.
    pub violation: Option<Violation>,
    /// When the run ended.
    pub ended: Time,
    /// Its events.
    pub events: u64,
    /// Bytes of the largest datagram that either end sent.
    pub largest: usize,
    /// Wake-ups of one end, in the second that had most, after which it sent nothing.
    pub idle_wakes: u32,
    /// What was reached.
    pub coverage: Coverage,
}

impl Outcome {
    /// Of a run that panicked, with what the panic said.
    pub fn panicked(panic: &(dyn Any + Send)) -> Self {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
        let detail = words.unwrap_or("without words").to_owned();
        let violation = Violation { at: Time::ZERO, invariant: Invariant::NoPanic, detail };
        Outcome { violation: Some(violation), ..Outcome::default() }
    }
}

pub(super) struct World {
    pub(super) sim: Sim,
    pub(super) peers: [Handle<Subject>; 2],
    ends: [End; 2],
    servers: Servers,
    /// Addresses given so far.
    addresses: u8,
    fault: Option<InjectedFault>,
    /// Messages that need not be judged again.
    pub(super) judged: Judged,
}

struct End {
    connections: Vec<Connection>,
    nat: Option<MachineId>,
    /// What may come to block UDP.
    wall: Option<MachineId>,
}

/// Plays a universe, with a fault in both hosts where one is asked for.
///
/// ```
/// use lapwing_simnet::explore::{Tape, Universe, run};
/// let universe = Universe::draw(&mut Tape::new(&[]));
/// assert_eq!(run(&universe, None).violation, None);
/// ```
pub fn run(universe: &Universe, fault: Option<InjectedFault>) -> Outcome {
    let mut world = World::new(universe, fault);
    for (index, timed) in universe.actions.iter().enumerate() {
        world.schedule(timed.at_ms, timed.action, index as u8);
    }
    let violation = world.play(universe);
    let coverage = world.coverage(universe);
    let (ended, events) = (world.sim.now(), world.sim.events());
    let audit = audit(&mut world.sim);
    let (largest, idle_wakes) = (audit.largest(), audit.idle_wakes());
    Outcome { violation, ended, events, largest, idle_wakes, coverage }
}

fn index(peer: Peer) -> usize {
    match peer {
        Peer::A => 0,
        Peer::B => 1,
    }
}

fn link_of(effects: Effects) -> LinkSpec {
    let share = |percent: u32| f64::from(percent) / 100.0;
    let ms = |ms: u32| Duration::from_millis(u64::from(ms));
    let mut link = LinkSpec::new();
    if effects.loss_pct > 0 {
        link = link.loss(share(effects.loss_pct));
    }
    if effects.duplicate_pct > 0 {
        link = link.duplicate(share(effects.duplicate_pct), ms(5));
    }
    if effects.reorder_pct > 0 {
        link = link.reorder(share(effects.reorder_pct), ms(20));
    }
    link.delay(ms(effects.delay_ms))
}

impl World {
    fn new(universe: &Universe, fault: Option<InjectedFault>) -> World {
        let mut sim = Sim::new(universe.seed);
        let core = sim.router("core");
        let link = link_of(universe.link);
        let clock = Clock::arbitrary();
        let servers = match universe.topology {
            Topology::Helped(helped) => Servers::raise(&mut sim, (core, &link), universe, helped),
            _ => Servers::default(),
        };
        let mut machines = Vec::new();
        let mut made = [(0_u8, "a"), (1, "b")].map(|(number, name)| {
            let Above { machine, nat, wall } = above(&mut sim, core, universe.topology, number);
            let host = sim.host(name);
            let interfaces = if universe.topology == Topology::TwoInterfaces { 2 } else { 1 };
            let connections = (0..interfaces)
                .map(|i| sim.connect(host, machine, &[address(number, 1 + i)], &link, &link))
                .collect();
            machines.push(host);
            let role = [NegotiationRole::Impolite, NegotiationRole::Polite][usize::from(number)];
            let mut config = Config::seeded(universe.seed * 2 + u64::from(number)).with_role(role);
            config.session = universe.sessions.0[usize::from(number)];
            config.initial_bitrate = config.initial_bitrate.filter(|_| universe.seed % 2 == 1);
            servers.tell(&mut config, fault);
            let caller = Caller::new(number == 0, Terms::of_seed(universe.seed), fault);
            let peer = sim.attach(host, Subject::new(config, clock, caller, fault));
            (peer, Some(End { connections, nat, wall }))
        });
        let peers = [made[0].0, made[1].0];
        let ends = [0, 1].map(|i| made[i].1.take().expect("each is taken once"));
        let watched = [0, 1].map(|i| (peers[i].id(), machines[i], universe.sessions.0[i]));
        sim.watch(Audit::new(watched, &servers.relays()));
        let delay = universe.delay() * 2 + Duration::from_millis(20);
        for (one, other) in [(0, 1), (1, 0)] {
            let peer = peers[other].id();
            sim.with(peers[one], |subject, _| subject.set_peer(peer, delay));
        }
        World { sim, peers, ends, servers, addresses: 10, fault, judged: Judged::default() }
    }

    /// Enters an action into the run's agenda.
    fn schedule(&mut self, at_ms: u32, action: Action, number: u8) {
        let at = Time::from_millis(u64::from(at_ms));
        let after = |ms: u32| at + Duration::from_millis(u64::from(ms));
        match action {
            Action::Roam(peer) => {
                let end = index(peer);
                let interface = self.ends[end].connections[0].interface;
                let new = address(end as u8, self.addresses + number);
                self.sim.at(at, move |sim| {
                    audit(sim).changes(end, at);
                    sim.set_addresses(interface, &[new]);
                });
            }
            Action::InterfaceDown(peer, interface, ms) => {
                let end = index(peer);
                let connections = &self.ends[end].connections;
                let interface = connections[interface as usize % connections.len()].interface;
                for (at, up) in [(at, false), (after(ms), true)] {
                    self.sim.at(at, move |sim| {
                        audit(sim).changes(end, at);
                        sim.set_interface_up(interface, up);
                    });
                }
            }
            Action::Outage(peer, ms) => {
                let connections = &self.ends[index(peer)].connections;
                for link in connections.iter().flat_map(|each| [each.up, each.down]) {
                    for (at, up) in [(at, false), (after(ms), true)] {
                        self.sim.at(at, move |sim| sim.set_link_up(link, up));
                    }
                }
            }
            Action::Rebind(peer) => self.rebind(peer, at),
            Action::RelayLost(number) => {
                for link in self.servers.links_of(number).into_iter().flatten() {
                    self.sim.at(at, move |sim| sim.set_link_up(link, false));
                }
            }
            // It comes by itself: names and passwords hold until then.
            Action::CredentialsExpire => {}
            Action::BlockUdp(peer) => self.block_udp(peer, at),
            Action::Pause(peer, ms) => {
                for (at, paused) in [(at, true), (after(ms), false)] {
                    self.command(peer, at, move |_, caller, _| caller.paused = paused);
                }
            }
            Action::Renegotiate(peer) => {
                self.click(peer, at, Click::Add(MediaKind::Audio, Direction::SendRecv));
            }
            Action::RestartIce(peer) => {
                self.command(peer, at, |rtc, caller, _| caller.restart_ice(rtc));
            }
            Action::Close(peer) => {
                let end = index(peer);
                self.sim.at(at, move |sim| audit(sim).closes(end, at));
                self.command(peer, at, |rtc, _, now| rtc.close(now));
            }
            Action::Crash(peer) => {
                let handle = self.peers[index(peer)];
                self.sim.at(at, move |sim| sim.with(handle, |subject, _| subject.crash()));
            }
            Action::Click(peer, click) => self.click(peer, at, click),
            Action::Both(one, other) => {
                self.click(Peer::A, at, one);
                self.click(Peer::B, at, other);
            }
        }
    }

    /// What has been reached so far.
    fn coverage(&mut self, universe: &Universe) -> Coverage {
        let mut coverage = Coverage::default();
        coverage.reach(Aspect::Topology, universe.topology.word());
        let now = self.sim.now();
        for Timed { at_ms, action } in &universe.actions {
            let done = match action {
                Action::Rebind(peer) => self.ends[index(*peer)].nat.is_some(),
                Action::BlockUdp(peer) => self.ends[index(*peer)].wall.is_some(),
                // An end notes what it clicks.
                Action::Click(..) => false,
                _ => true,
            };
            if done && Time::from_millis(u64::from(*at_ms)) <= now {
                coverage.reach(Aspect::Action, action.word());
            }
        }
        for peer in self.peers {
            coverage.join(&self.sim.endpoint(peer).caller().reached);
        }
        for reason in audit(&mut self.sim).drops() {
            coverage.reach(Aspect::Drop, &kebab(&format!("{reason:?}")));
        }
        coverage
    }

    /// Packets other than STUN that were lost in the network so far.
    pub(super) fn lost(&mut self) -> u64 {
        audit(&mut self.sim).lost()
    }

    fn rebind(&mut self, peer: Peer, at: Time) {
        let Some(nat) = self.ends[index(peer)].nat else { return };
        self.sim.at(at, move |sim| {
            if let Some(nat) = sim.middlebox_mut::<Nat>(nat) {
                nat.rebind();
            }
        });
    }

    fn block_udp(&mut self, peer: Peer, at: Time) {
        let wall = self.ends[index(peer)].wall;
        let Some(wall) = wall.filter(|_| self.fault != Some(InjectedFault::LetsUdpPass)) else {
            return;
        };
        self.sim.at(at, move |sim| {
            if let Some(wall) = sim.middlebox_mut::<Eater>(wall) {
                *wall = Eater::Udp;
            }
        });
    }

    fn click(&mut self, peer: Peer, at: Time, click: Click) {
        self.command(peer, at, move |rtc, caller, now| caller.click(click, rtc, now));
    }

    fn command(
        &mut self,
        peer: Peer,
        at: Time,
        command: impl FnOnce(&mut lapwing_engine::Rtc, &mut Caller, std::time::Instant) + 'static,
    ) {
        let handle = self.peers[index(peer)];
        self.sim.at(at, move |sim| {
            sim.with(handle, |subject, cx| subject.act(cx, command));
        });
    }

    /// Runs on, and stops at the first violation.
    pub(super) fn run_to(&mut self, end: Time) -> Option<Violation> {
        while self.sim.now() < end {
            let next = (self.sim.now() + STEP).min(end);
            // Step by step: an engine that lets no time pass would never come back.
            while self.sim.next_at().is_some_and(|at| at <= next) {
                self.sim.step();
                if let Some(violation) = audit(&mut self.sim).violation() {
                    return Some(violation.clone());
                }
            }
            self.sim.run_until(next);
            for peer in self.peers {
                if let Some((invariant, detail)) = &self.sim.endpoint(peer).caller().violation {
                    return self.violation(*invariant, detail.clone());
                }
                if self.is_overdue(peer) {
                    return self.violation(Invariant::WakesAhead, "it was earlier".to_owned());
                }
            }
            if let Some(violation) = self.check_channels() {
                return Some(violation);
            }
            if self.sim.pending() > PENDING_MAX {
                let detail = format!("{} packets and wake-ups", self.sim.pending());
                return self.violation(Invariant::TimePasses, detail);
            }
        }
        None
    }

    fn is_overdue(&self, peer: Handle<Subject>) -> bool {
        match self.sim.endpoint(peer).overdue() {
            Some(Overdue::InWhole) => true,
            // With servers, not all of an engine hears of each datagram.
            Some(Overdue::InPart) => !self.servers.are_there(),
            None => false,
        }
    }

    pub(super) fn violation(&self, invariant: Invariant, detail: String) -> Option<Violation> {
        Some(Violation { at: self.sim.now(), invariant, detail })
    }
}

fn audit(sim: &mut Sim) -> &mut Audit {
    sim.watcher::<Audit>().expect("every world has one")
}
