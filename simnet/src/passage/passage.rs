//! Packets of a real network in a scenario's network.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use super::addresses::Addresses;
use super::between::{Between, NoPassage};
use super::gate::{Gate, Losses};
use super::measured::{Meters, Way};
use crate::net::InterfaceId;
use crate::nodes::{DropReason, PacketTooBig};
use crate::packet::Packet;
use crate::run::Outcome;
use crate::scenario::{CrossEnds, Flow, FlowDirection, IcePlan, Scenario};
use crate::sim::{Handle, Sim};
use crate::time::Time;

/// Packets that may be under way: with more, those that come are refused.
const UNDER_WAY_MAX: u64 = 1 << 17;

/// A packet's way has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// When, however late it is asked for.
    pub at: Time,
    /// The side that it came from: 0 or 1.
    pub from: usize,
    /// Where it is.
    pub exit: Exit,
    /// Its bytes as they are now; of a report, those of the packet that it is about.
    pub bytes: Vec<u8>,
}

/// Where a packet is after its passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// At the other side.
    Arrived,
    /// Nowhere.
    Dropped(DropReason),
    /// Back at the side that it came from, as the report that it is longer than this.
    TooBig(u32),
}

/// A scenario's network between two gates.
///
/// Time goes on when it is told. What is due by then happens at its own moment, cross traffic too:
/// the same packets at the same times leave at the same times, whatever clock they are brought by.
///
/// ```
/// use lapwing_simnet::passage::{Addresses, Between, Exit, Passage};
/// use lapwing_simnet::scenario::{Scenario, built_in};
/// use lapwing_simnet::{Packet, PacketSpec, Time};
///
/// let found = built_in("rfc8867-5.1-owd50").unwrap();
/// let scenario = Scenario::parse(found.name, found.text).unwrap();
/// let v6 = |n| [0xfd77, 0, 0, 0, 0, 0, 0, n].into();
/// let side = |n: u8| Addresses { v4: [10, 77, 0, n].into(), v6: v6(n.into()) };
/// let mut passage = Passage::new(&scenario, &Between::Way, [side(1), side(2)], 1).unwrap();
/// let ends = ("10.77.0.1:5".parse().unwrap(), "10.77.0.2:5".parse().unwrap());
/// let hello = PacketSpec::udp(ends.0, ends.1, b"hello".to_vec());
/// passage.enter(0, &Packet::new(0, Time::ZERO, hello).to_wire(), Time::from_millis(3));
/// passage.advance(Time::from_secs(1));
/// let departure = passage.pop().unwrap();
/// assert!(departure.at >= Time::from_millis(53) && departure.exit == Exit::Arrived);
/// ```
pub struct Passage {
    scenario: Scenario,
    seed: u64,
    sim: Sim,
    gates: [Handle<Gate>; 2],
    addresses: [Addresses; 2],
    meters: Meters,
    out: VecDeque<Departure>,
    under_way: u64,
    /// Packets that were refused, and those between other addresses.
    refused: u64,
    elsewhere: u64,
}

impl Passage {
    /// The network of a scenario, without its flows and all that is theirs: see
    /// [`left_out`](super::left_out). `addresses` are those of the two sides.
    ///
    /// # Errors
    /// [`NoPassage`].
    pub fn new(
        scenario: &Scenario,
        between: &Between,
        addresses: [Addresses; 2],
        seed: u64,
    ) -> Result<Passage, NoPassage> {
        let path = between.path(&scenario.links)?;
        let mut scenario = bare(&scenario.drawn(seed));
        scenario.flows = vec![stand_in(path.links, scenario.meta.duration)];
        let built = scenario.build(seed);
        scenario.flows.clear();
        let mut sim = built.sim;
        let ends = built.flows.first().expect("its one flow was built");
        let mut hosts = [ends.sender.0, ends.receiver.0];
        if path.leads_back {
            hosts.reverse();
        }
        for (machine, addresses) in hosts.into_iter().zip(addresses) {
            sim.set_addresses(InterfaceId { machine, index: 0 }, &addresses.both());
        }
        let gates = hosts.map(|host| sim.attach(host, Gate::default()));
        let sinks: Vec<_> = built.cross.iter().map(CrossEnds::sink).collect();
        let (meters, observer) = Meters::new(&scenario, &built.links, &sinks, (hosts, &addresses));
        sim.watch(observer);
        sim.watch(Losses::default());
        Ok(Passage {
            scenario,
            seed,
            sim,
            gates,
            addresses,
            meters,
            out: VecDeque::new(),
            under_way: 0,
            refused: 0,
            elsewhere: 0,
        })
    }

    /// A side sends a packet, after all that is due by `now`. It passes if it is one from an
    /// address of this side to one of the other.
    pub fn enter(&mut self, side: usize, bytes: &[u8], now: Time) {
        self.advance(now);
        let ends =
            Packet::from_wire(0, now, bytes).map(|p| (p.source().ip(), p.destination().ip()));
        let [ours, theirs] = [side, 1 - side].map(|side| self.addresses[side].both());
        if !ends.is_some_and(|(from, to)| ours.contains(&from) && theirs.contains(&to)) {
            self.elsewhere += 1;
            return;
        }
        if self.under_way >= UNDER_WAY_MAX {
            self.refused += 1;
            return;
        }
        self.under_way += 1;
        let counts = &mut self.meters.ways[side].counts;
        counts.packets_in += 1;
        counts.bytes_in += bytes.len() as u64;
        self.sim.with(self.gates[side], |_, cx| cx.forward(bytes));
        self.collect();
    }

    /// Does all that is due by `now`, each thing at its own moment. Time never goes back.
    pub fn advance(&mut self, now: Time) {
        while self.meters.next_look() <= now {
            let at = self.meters.next_look();
            self.sim.run_until(at);
            self.meters.look(&self.sim);
        }
        if now > self.sim.now() {
            self.sim.run_until(now);
        }
        self.collect();
    }

    /// When something is due next: not always something that leaves.
    pub fn next_at(&mut self) -> Option<Time> {
        self.sim.next_at()
    }

    /// The next packet whose way has ended.
    pub fn pop(&mut self) -> Option<Departure> {
        self.out.pop_front()
    }

    /// How far it is.
    pub fn now(&self) -> Time {
        self.sim.now()
    }

    /// Packets that were refused because too many were under way.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Packets that were not from one side to the other: what kernels tell all their neighbours,
    /// and such for addresses that nobody has.
    pub fn elsewhere(&self) -> u64 {
        self.elsewhere
    }

    /// What became of the packets from the first side to the second, and of those back.
    pub fn ways(&self) -> [Way; 2] {
        self.meters.ways.each_ref().map(|meter| meter.way())
    }

    /// What was measured so far, as a run has it. It has no flows and no verdicts; what the
    /// programs send counts as media of the links.
    pub fn outcome(&mut self) -> Outcome {
        let measured = self.meters.finish(&self.scenario, &mut self.sim);
        Outcome::of(&self.scenario, self.seed, &self.sim, measured, Vec::new())
    }

    fn collect(&mut self) {
        let mut ended: Vec<Departure> = Vec::new();
        let losses = self.sim.watcher::<Losses>().expect("every passage watches losses");
        for (at, packet, reason) in losses.lost.drain(..) {
            let from = usize::from(!self.addresses[0].both().contains(&packet.source().ip()));
            self.meters.ways[from].counts.packets_dropped += 1;
            let (exit, bytes) = (Exit::Dropped(reason), packet.to_wire());
            ended.push(Departure { at, from, exit, bytes });
        }
        for side in 0..2 {
            let gate = self.sim.endpoint_mut(self.gates[side]);
            for (at, packet) in std::mem::take(&mut gate.arrived) {
                if let Some(report) = PacketTooBig::parse(&packet) {
                    let losses = self.sim.watcher::<Losses>();
                    let about = losses.and_then(|losses| losses.reported(packet.id()));
                    let exit = Exit::TooBig(report.mtu);
                    ended.extend(about.map(|bytes| Departure { at, from: side, exit, bytes }));
                } else if packet.headers().is_some() {
                    ended.push(self.arrived(1 - side, at, &packet));
                }
            }
        }
        ended.sort_by_key(|departure| departure.at);
        let over = ended.iter().filter(|one| !matches!(one.exit, Exit::TooBig(_))).count();
        self.under_way = self.under_way.saturating_sub(over as u64);
        self.out.extend(ended);
    }

    fn arrived(&mut self, from: usize, at: Time, packet: &Packet) -> Departure {
        let bytes = packet.to_wire();
        let meter = &mut self.meters.ways[from];
        meter.counts.packets_out += 1;
        meter.counts.bytes_out += bytes.len() as u64;
        meter.one_way.add(at.since(packet.sent_at()));
        meter.waited.add(packet.waited());
        Departure { at, from, exit: Exit::Arrived, bytes }
    }
}

impl fmt::Debug for Passage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passage").field("sim", &self.sim).finish()
    }
}

/// The links of a scenario and what crosses them.
fn bare(scenario: &Scenario) -> Scenario {
    let mut bare = scenario.clone();
    bare.flows.clear();
    bare.channels.clear();
    bare.barriers.clear();
    bare.helpers.clear();
    bare.actions.clear();
    bare.expect.clear();
    bare.assertions.clear();
    bare
}

/// A flow whose ends give the gates their places.
fn stand_in(path: Vec<usize>, duration: Duration) -> Flow {
    Flow {
        id: 0,
        direction: FlowDirection::Forward,
        start: (Duration::ZERO, Duration::ZERO),
        end: (duration, duration),
        pause: None,
        media: Vec::new(),
        priority: 1.0,
        one_way_delay: None,
        path,
        ice: IcePlan::default(),
        controller: None,
        layers: Vec::new(),
        forwards: None,
    }
}
