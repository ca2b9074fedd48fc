//! Runs a scenario.
//!
//! 1. The scenario's network is built; each flow becomes a call between two engines on its hosts.
//! 2. The run goes on in steps of ten milliseconds; between steps the queues and the estimates are
//!    looked at.
//! 3. What was gathered becomes series, and the series figures.

use std::collections::BTreeMap;
use std::time::Duration;

use lapwing_engine::{RecordOptions, Rtc};

use crate::capture::EventLine;
use crate::net::LinkId;
use crate::run::placing::{Setting, place};
use crate::run::{
    Asked, Bins, Clips, Figures, FlowPeers, Observer, Plan, QueueMeter, Series, Windows, figures,
    traversal,
};
use crate::scenario::{BuildError, CrossEnds, CrossKind, Metric, Scenario, Subject};
use crate::sim::Sim;
use crate::time::{Clock, Time};

/// A scenario under way.
///
/// ```
/// use lapwing_simnet::{ChainLog, Clock, run::Run};
/// use lapwing_simnet::scenario::{Scenario, built_in};
///
/// let found = built_in("rfc8867-5.1-owd50").unwrap();
/// let mut scenario = Scenario::parse(found.name, found.text).unwrap();
/// scenario.meta.duration = std::time::Duration::from_secs(2);
/// let mut run = Run::new(&scenario, 1, Clock::arbitrary()).unwrap();
/// run.sim().watch(ChainLog::default());
/// while run.step() {}
/// let events = run.sim().watcher::<ChainLog>().unwrap().links.len() as u64;
/// assert_eq!(run.outcome().unwrap().events, events);
/// ```
#[derive(Debug)]
pub struct Run {
    pub(super) scenario: Scenario,
    pub(super) seed: u64,
    pub(super) sim: Sim,
    pub(super) peers: Vec<FlowPeers>,
    pub(super) plans: Vec<Plan>,
    pub(super) links: Vec<(String, LinkId)>,
    pub(super) queues: Vec<QueueMeter>,
    pub(super) estimates: Vec<Bins>,
    pub(super) targets: Vec<Bins>,
    /// The scenario's links, those without a capacity too.
    pub(super) link_ids: BTreeMap<String, LinkId>,
    pub(super) cross: Vec<(String, &'static str)>,
    pub(super) windows: Vec<Windows>,
    pub(super) bin: Duration,
    pub(super) bins: usize,
    end: Time,
    /// Lines of each peer's [`Tail`](crate::run::Tail) that were handed out.
    said: Vec<u64>,
}

/// Between two looks at queues and estimates.
const STEP: Duration = Duration::from_millis(10);
/// The finest bin.
const BIN: Duration = Duration::from_millis(100);
/// Bins of a run: longer runs have wider ones, so that memory does not grow with time.
const BINS_MAX: u64 = 5_000;

/// What a run is made with, beside its scenario.
#[derive(Default)]
pub struct RunOptions<'a> {
    /// The encoders of clips.
    pub clips: Option<Clips<'a>>,
    /// Record what enters each engine, for [`Run::take_recordings`].
    pub record: Option<RecordOptions>,
    /// What libraries ask the operating system for is the same in every process that makes this
    /// run, so that the chain covers wake-ups and every byte, whatever carries the calls. Without,
    /// it does so for calls of our own only.
    pub system_repeats: bool,
}

impl Run {
    /// Builds the scenario's network with its calls. The engines see the run's time through
    /// `clock`.
    ///
    /// # Errors
    /// [`BuildError`], also where video is of a clip.
    pub fn new(scenario: &Scenario, seed: u64, clock: Clock) -> Result<Run, BuildError> {
        Run::with_options(scenario, seed, clock, RunOptions::default())
    }

    /// As [`Run::new`], with more.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn with_options(
        scenario: &Scenario,
        seed: u64,
        clock: Clock,
        options: RunOptions<'_>,
    ) -> Result<Run, BuildError> {
        let RunOptions { mut clips, record, system_repeats } = options;
        let scenario = &scenario.drawn(seed);
        let built = scenario.build(seed);
        let wide = scenario.meta.duration.as_nanos().div_ceil(BIN.as_nanos()).max(1) as u64;
        let bin = BIN * u32::try_from(wide.div_ceil(BINS_MAX)).unwrap_or(u32::MAX);
        let bins = scenario.meta.duration.as_nanos().div_ceil(bin.as_nanos()).max(1) as usize;
        let empty = Bins::new(bin, bins);
        let mut sim = built.sim;
        if !scenario.options.sessions.ask_nothing() && !system_repeats {
            sim.trace_packets_only();
        }
        let queues = queues(scenario, &built.links, &empty);
        let ids: Vec<LinkId> = queues.iter().map(|((_, id), _)| *id).collect();
        let sinks: Vec<_> = built.cross.iter().map(CrossEnds::sink).collect();
        let windows = built.cross.iter().map(|ends| Windows::new(ends, &empty)).collect();
        let mut observer = Observer::new(&built.flows, &ids, &sinks, &empty);
        observer.ask(scenario, &empty);
        sim.watch(observer);
        traversal::schedule(&mut sim, &scenario.actions, &built.raised);
        let setting = Setting { scenario, clock, empty: &empty, record, raised: &built.raised };
        let (mut peers, mut plans): (Vec<FlowPeers>, _) = (Vec::new(), Vec::new());
        for one in scenario.flows.iter().zip(&built.flows) {
            // Not `as_deref_mut`, which keeps the lifetime of what the closure can do.
            let clips: Option<Clips<'_>> = match &mut clips {
                Some(clips) => Some(&mut **clips),
                None => None,
            };
            let (placed, plan) = place(&mut sim, &setting, &peers, one, clips)?;
            peers.push(placed);
            plans.push(plan);
        }
        let both: Vec<_> = peers.iter().map(|peers| (peers.sender, peers.receiver)).collect();
        traversal::schedule_calls(&mut sim, scenario, &built.flows, &both);
        traversal::schedule_links(&mut sim, scenario, &built.links);
        let (links, queues) = queues.into_iter().unzip();
        let said = vec![0; 2 * peers.len()];
        Ok(Run {
            seed,
            estimates: vec![empty.clone(); peers.len()],
            targets: vec![empty; peers.len()],
            cross: cross_names(scenario),
            link_ids: built.links,
            windows,
            end: Time::ZERO + scenario.meta.duration,
            scenario: scenario.clone(),
            sim,
            peers,
            plans,
            links,
            queues,
            bin,
            bins,
            said,
        })
    }

    /// The simulator, for watchers and actions.
    pub fn sim(&mut self) -> &mut Sim {
        &mut self.sim
    }

    /// The flows' peers, in the order of the scenario.
    pub fn peers(&self) -> &[FlowPeers] {
        &self.peers
    }

    /// The secrets of all handshakes so far as an NSS key log, which opens captures of the run in
    /// Wireshark.
    pub fn key_log(&self) -> String {
        let senders = self.peers.iter().filter_map(|peers| self.sim.endpoint(peers.sender).rtc());
        senders.filter_map(|rtc| rtc.key_log()).collect()
    }

    /// What the peers' engines said since the last time, by time; frames and packets are not told.
    /// The name of a host is `flow-1-sender` or `flow-1-receiver`. Asked for after each step, it is
    /// complete.
    ///
    /// ```
    /// use lapwing_simnet::{Clock, capture::EventLine, run::Run};
    /// use lapwing_simnet::scenario::{Scenario, built_in};
    ///
    /// let found = built_in("rfc8867-5.1-owd50").unwrap();
    /// let scenario = Scenario::parse(found.name, found.text).unwrap();
    /// let mut run = Run::new(&scenario, 1, Clock::arbitrary()).unwrap();
    /// let mut said: Vec<EventLine> = Vec::new();
    /// while !said.iter().any(|line| line.detail == "connected") {
    ///     assert!(run.step());
    ///     said.extend(run.take_events());
    /// }
    /// assert!(said.iter().any(|line| line.host == "flow-1-receiver"));
    /// ```
    pub fn take_events(&mut self) -> Vec<EventLine> {
        let mut lines = Vec::new();
        for (peers, said) in self.peers.iter().zip(self.said.chunks_exact_mut(2)) {
            let sender = &self.sim.endpoint(peers.sender).application().said;
            let receiver = &self.sim.endpoint(peers.receiver).application().said;
            for (tail, from) in [sender, receiver].into_iter().zip(said) {
                lines.extend(tail.since(*from).cloned());
                *from = tail.count();
            }
        }
        lines.sort_by_key(|line| line.at);
        lines
    }

    /// What entered the engines since the last time, as a recording goes on: of each flow the
    /// sender's and the receiver's. Empty without [`RunOptions::record`].
    pub fn take_recordings(&mut self) -> Vec<Vec<u8>> {
        self.recordings(Rtc::take_recording)
    }

    /// Ends all recordings, and gives their last parts in the order of [`Run::take_recordings`].
    pub fn finish_recordings(&mut self) -> Vec<Vec<u8>> {
        self.recordings(Rtc::finish_recording)
    }

    fn recordings(&mut self, part: fn(&mut Rtc) -> Vec<u8>) -> Vec<Vec<u8>> {
        let Run { sim, peers, .. } = self;
        let of = |peers: &FlowPeers| {
            let sender = sim.endpoint_mut(peers.sender).recording(part);
            [sender, sim.endpoint_mut(peers.receiver).recording(part)]
        };
        peers.iter().flat_map(of).collect()
    }

    /// The share of the run that is done.
    pub fn progress(&self) -> f64 {
        self.sim.now().as_secs_f64() / self.end.as_secs_f64().max(1e-9)
    }

    /// Goes on by ten milliseconds; false at the end.
    pub fn step(&mut self) -> bool {
        let now = self.sim.now();
        if now >= self.end {
            return false;
        }
        self.sim.run_until((now + STEP).min(self.end));
        let now = self.sim.now();
        for ((_, link), queue) in self.links.iter().zip(&mut self.queues) {
            queue.look(now, self.sim.backlog(*link));
        }
        self.windows.iter_mut().for_each(|windows| windows.look(&self.sim, now));
        for (index, peers) in self.peers.iter().enumerate() {
            let talker = self.sim.endpoint(peers.sender).application();
            if let Some(estimate) = talker.estimate() {
                self.estimates[index].add(now, estimate.as_bps() as f64);
            }
            self.targets[index].add(now, talker.target().as_bps() as f64);
            let begun = talker.first_picture;
            self.sim.endpoint_mut(peers.receiver).application_mut().begun = begun;
        }
        true
    }

    /// What was measured so far.
    pub(super) fn measured(&mut self) -> (Figures, Series) {
        let (series, flows, links) = self.gather();
        let mut figures = figures(&self.scenario, &series, flows, links);
        let drains = self.queues.iter().filter_map(|queue| queue.drain);
        figures.channels = self.channel_figures();
        figures.convergence_down_s = drains.max().map(|drain| drain.as_secs_f64());
        (figures, series)
    }
}

/// A meter for each link that has a capacity.
pub(crate) fn queues(
    scenario: &Scenario,
    ids: &BTreeMap<String, LinkId>,
    empty: &Bins,
) -> Vec<((String, LinkId), QueueMeter)> {
    let links = scenario.links.iter().enumerate().filter_map(|(index, link)| {
        let capacity = scenario.capacity(index)?;
        let crosses = scenario.cross.iter().filter(|cross| cross.link == link.name);
        let cbr = crosses.flat_map(|cross| {
            let rate = match &cross.kind {
                CrossKind::UdpCbr { rate, .. } => Some(rate.clone()),
                _ => None,
            };
            let times = (Time::ZERO + cross.start, Time::ZERO + cross.end);
            let each = rate.into_iter().map(move |rate| (rate, times.0, times.1));
            each.flat_map(|one| std::iter::repeat_n(one, cross.count as usize))
        });
        let id = *ids.get(&link.name)?;
        let mut meter = QueueMeter::new(capacity, cbr.collect(), empty.clone());
        meter.asked = Asked::of(scenario, Metric::QueueingDelay, Subject::Link(index), empty);
        Some(((link.name.clone(), id), meter))
    });
    links.collect()
}

/// Link and kind of each connection of cross traffic.
fn cross_names(scenario: &Scenario) -> Vec<(String, &'static str)> {
    let each = scenario.cross.iter().flat_map(|cross| {
        let kind = cross.kind.name();
        (0..cross.count).map(move |_| (cross.link.clone(), kind))
    });
    each.collect()
}
