//! Runs a scenario.
//!
//! 1. The scenario's network is built; each flow becomes a call between two engines on its hosts.
//! 2. The run goes on in steps of ten milliseconds; between steps the queues and the estimates are looked at.
//! 3. What was gathered becomes series, the series figures, and the figures are held against the expectations.

use std::time::Duration;

use lapwing_engine::{Codec, Config, NegotiationRole};

use crate::bitrate::RateSchedule;
use crate::host::{RtcHost, connect_peers};
use crate::net::LinkId;
use crate::random::Seed;
use crate::run::figures::flows_over;
use crate::run::reference::sink_id;
use crate::run::{
    Bins, CrossSeries, FlowFigures, FlowSeries, LinkFigures, LinkSeries, Listener, Observer,
    Outcome, Plan, QueueMeter, References, Series, Talker, figures, judge,
};
use crate::scenario::{BuildError, CrossKind, Flow, FlowEnds, MediaKind, Scenario, Wire};
use crate::sim::{Handle, Sim};
use crate::time::{Clock, Time};

/// Runs a scenario from start to end.
///
/// ```
/// use lapwing_simnet::run::run;
/// use lapwing_simnet::scenario::Scenario;
///
/// let text = "
/// [meta]
/// name = 'short'
/// duration_s = 5
/// seeds = [1]
/// schema = 1
/// [media.audio]
/// model = 'cbr'
/// bps = 20000
/// ptime_ms = 20
/// [[link]]
/// name = 'fwd'
/// from = 'A'
/// to = 'B'
/// capacity_bps = 1000000
/// delay_ms = 20
/// queue = { type = 'tail-drop', size_ms = 300 }
/// [[flow]]
/// id = 1
/// direction = 'forward'
/// start_s = 0
/// end_s = 5
/// media = ['audio']
/// [expect]
/// loss_max = 0.0
/// ";
/// let outcome = run(&Scenario::parse("short.toml", text).unwrap(), 1).unwrap();
/// assert!(outcome.passed());
/// assert!(outcome.figures.flows[0].connected_s.is_some_and(|at| at < 2.0));
/// ```
pub fn run(scenario: &Scenario, seed: u64) -> Result<Outcome, BuildError> {
    let mut run = Run::new(scenario, seed, Clock::arbitrary())?;
    while run.step() {}
    run.outcome()
}

/// The two peers of a flow.
#[derive(Clone, Copy, Debug)]
pub struct FlowPeers {
    /// The flow's number.
    pub id: u64,
    /// The peer that sends.
    pub sender: Handle<RtcHost<Talker>>,
    /// The peer that receives.
    pub receiver: Handle<RtcHost<Listener>>,
}

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
    scenario: Scenario,
    seed: u64,
    sim: Sim,
    peers: Vec<FlowPeers>,
    plans: Vec<Plan>,
    links: Vec<(String, LinkId)>,
    queues: Vec<QueueMeter>,
    estimates: Vec<Bins>,
    targets: Vec<Bins>,
    cross: Vec<(String, &'static str)>,
    bin: Duration,
    bins: usize,
    end: Time,
}

/// Between two looks at queues and estimates.
const STEP: Duration = Duration::from_millis(10);
/// The finest bin.
const BIN: Duration = Duration::from_millis(100);
/// Bins of a run: longer runs have wider ones, so that memory does not grow with time.
const BINS_MAX: u64 = 5_000;
/// What an offer or a candidate takes to the peer.
const SIGNALLING_DELAY: Duration = Duration::from_millis(50);

impl Run {
    /// Builds the scenario's network with its calls. The engines see the run's time through `clock`.
    pub fn new(scenario: &Scenario, seed: u64, clock: Clock) -> Result<Run, BuildError> {
        let scenario = &scenario.drawn(seed);
        let built = scenario.build(seed)?;
        let wide = scenario.meta.duration.as_nanos().div_ceil(BIN.as_nanos()).max(1) as u64;
        let bin = BIN * u32::try_from(wide.div_ceil(BINS_MAX)).unwrap_or(u32::MAX);
        let bins = scenario.meta.duration.as_nanos().div_ceil(bin.as_nanos()).max(1) as usize;
        let empty = Bins::new(bin, bins);
        let mut sim = built.sim;
        sim.trace_packets_only();
        let queues = queues(scenario, &built.links, &empty);
        let ids: Vec<LinkId> = queues.iter().map(|((_, id), _)| *id).collect();
        let sinks: Vec<_> = built.cross.iter().map(sink_id).collect();
        sim.watch(Observer::new(&built.flows, &ids, &sinks, &empty));
        let calls: Vec<_> = scenario
            .flows
            .iter()
            .zip(&built.flows)
            .map(|(flow, ends)| place(&mut sim, scenario, flow, ends, clock, &empty))
            .collect();
        let (peers, plans): (Vec<_>, Vec<_>) = calls.into_iter().unzip();
        let (links, queues) = queues.into_iter().unzip();
        Ok(Run {
            seed,
            estimates: vec![empty.clone(); peers.len()],
            targets: vec![empty; peers.len()],
            cross: cross_names(scenario),
            end: Time::ZERO + scenario.meta.duration,
            scenario: scenario.clone(),
            sim,
            peers,
            plans,
            links,
            queues,
            bin,
            bins,
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
        for (index, peers) in self.peers.iter().enumerate() {
            let talker = self.sim.endpoint(peers.sender).application();
            if let Some(estimate) = talker.estimate() {
                self.estimates[index].add(now, estimate.as_bps() as f64);
            }
            self.targets[index].add(now, talker.target().as_bps() as f64);
        }
        true
    }

    /// What the run came to so far. The runs that it is compared with are made here, where the scenario asks for any.
    pub fn outcome(&mut self) -> Result<Outcome, BuildError> {
        let references = References::gather(&self.scenario, self.seed)?;
        let (series, flows, links) = self.gather();
        let mut figures = figures(&self.scenario, &series, flows, links);
        let drains = self.queues.iter().filter_map(|queue| queue.drain);
        figures.convergence_down_s = drains.max().map(|drain| drain.as_secs_f64());
        Ok(Outcome {
            scenario: self.scenario.meta.name.clone(),
            reference: self.scenario.meta.reference.clone(),
            seed: self.seed,
            duration_s: self.sim.now().as_secs_f64(),
            events: self.sim.events(),
            chain: self.sim.chain(),
            verdicts: judge(&self.scenario, &figures, &series, &references),
            figures,
            series,
        })
    }
}

/// Gathering.
impl Run {
    fn gather(&mut self) -> (Series, Vec<FlowFigures>, Vec<LinkFigures>) {
        let links: Vec<_> = (0..self.links.len()).map(|index| self.link_series(index)).collect();
        let flows: Vec<_> = (0..self.peers.len()).map(|index| self.flow_series(index)).collect();
        let observer = self.sim.watcher::<Observer>().expect("every run has its observer");
        let cross = self.cross.iter().zip(&observer.cross).map(|((link, kind), bins)| {
            let (link, kind) = (link.clone(), (*kind).to_owned());
            CrossSeries { link, kind, received_bps: bins.rates() }
        });
        let cross = cross.collect();
        let series = Series { bin_s: self.bin.as_secs_f64(), flows, links, cross };
        let flows = (0..self.peers.len()).map(|index| self.flow_figures(index)).collect();
        let links = (0..self.links.len()).map(|index| self.link_figures(index)).collect();
        (series, flows, links)
    }

    fn flow_series(&mut self, index: usize) -> FlowSeries {
        let peers = self.peers[index];
        let estimates = self.estimates[index].means();
        let target_bps = self.targets[index].means();
        let frame_delay_ms =
            self.sim.endpoint(peers.receiver).application().frame_delay_bins.means();
        let marks = self.sim.endpoint(peers.sender).application().marks.clone();
        let active = (0..self.bins).map(|bin| self.is_active(index, bin)).collect();
        let observer = self.sim.watcher::<Observer>().expect("every run has its observer");
        let meter = &observer.flows[index];
        FlowSeries {
            id: peers.id,
            active,
            sent_bps: meter.sent.rates(),
            received_bps: meter.received.rates(),
            estimate_bps: estimates.into_iter().map(|rate| rate.map(f64::round)).collect(),
            target_bps: target_bps.into_iter().map(|rate| rate.unwrap_or(0.0).round()).collect(),
            lost_packets: meter.lost.sums().to_vec(),
            queueing_delay_ms: meter.waited_ms.means(),
            frame_delay_ms,
            marks,
        }
    }

    /// True when the flow is to send in the whole of a bin.
    fn is_active(&self, index: usize, bin: usize) -> bool {
        let plan = self.plans[index];
        let start = Time::ZERO + self.bin * bin as u32;
        let end = start + self.bin;
        let pauses = plan.pause.is_some_and(|(pause, resume)| start < resume && end > pause);
        start >= plan.start && end <= plan.end && !pauses
    }

    fn link_series(&mut self, index: usize) -> LinkSeries {
        let queue = &self.queues[index];
        let start = |bin: usize| Time::ZERO + self.bin * bin as u32;
        let row = |rate: &dyn Fn(Time) -> f64| (0..self.bins).map(|bin| rate(start(bin))).collect();
        let capacity_bps: Vec<f64> = row(&|at| queue.capacity(at).as_bps() as f64);
        let available_bps: Vec<f64> = row(&|at| queue.available(at).as_bps() as f64);
        let name = self.links[index].0.clone();
        let over = flows_over(&name, &self.scenario);
        let wanted = |bin: usize| -> f64 {
            let sending = over.iter().filter(|flow| self.is_active(**flow, bin));
            sending.map(|flow| most(&self.scenario.flows[*flow], &self.scenario)).sum()
        };
        let attainable_bps =
            available_bps.iter().enumerate().map(|(bin, rate)| rate.min(wanted(bin))).collect();
        let queueing_delay_ms = queue.delay_ms.sums().to_vec();
        let observer = self.sim.watcher::<Observer>().expect("every run has its observer");
        let meter = &observer.links[index];
        LinkSeries {
            name,
            capacity_bps,
            available_bps,
            attainable_bps,
            media_bps: meter.media.rates(),
            total_bps: meter.total.rates(),
            queueing_delay_ms,
        }
    }

    fn flow_figures(&mut self, index: usize) -> FlowFigures {
        let peers = self.peers[index];
        let talker = self.sim.endpoint(peers.sender).application();
        let listener = self.sim.endpoint(peers.receiver).application();
        let mut figures = FlowFigures {
            id: peers.id,
            priority: self.scenario.flows[index].priority,
            connected_s: talker.connected().map(Time::as_secs_f64),
            frames_sent: talker.frames(),
            frames_refused: talker.refused,
            frames_received: listener.frames,
            frame_delay_p50_ms: listener.frame_delay.percentile_ms(50.0),
            frame_delay_p95_ms: listener.frame_delay.percentile_ms(95.0),
            freezes: listener.freezes,
            freeze_s: listener.frozen.as_secs_f64(),
            ..FlowFigures::default()
        };
        let observer = self.sim.watcher::<Observer>().expect("every run has its observer");
        let meter = &observer.flows[index];
        figures.packets_sent = meter.packets_sent;
        figures.packets_lost = meter.packets_lost;
        figures.loss = meter.packets_lost as f64 / meter.packets_sent.max(1) as f64;
        figures.queueing_delay_p50_ms = meter.waited.percentile_ms(50.0);
        figures.queueing_delay_p95_ms = meter.waited.percentile_ms(95.0);
        figures.one_way_delay_p50_ms = meter.one_way.percentile_ms(50.0);
        figures.one_way_delay_p95_ms = meter.one_way.percentile_ms(95.0);
        figures
    }

    fn link_figures(&self, index: usize) -> LinkFigures {
        let (name, id) = &self.links[index];
        let (stats, queue) = (self.sim.link_stats(*id), &self.queues[index]);
        LinkFigures {
            name: name.clone(),
            queueing_delay_p50_ms: queue.delay.percentile_ms(50.0),
            queueing_delay_p95_ms: queue.delay.percentile_ms(95.0),
            dropped: stats.packets_dropped() as f64 / stats.packets_in.max(1) as f64,
            marked_packets: stats.marked_out,
            ..LinkFigures::default()
        }
    }
}

/// The most that a flow can send, in bit/s.
fn most(flow: &Flow, scenario: &Scenario) -> f64 {
    let rate = |kind: &MediaKind| match kind {
        MediaKind::Video => scenario.video.as_ref().map_or(0, |video| video.max.as_bps()),
        MediaKind::Audio => scenario.audio.as_ref().map_or(0, |audio| audio.rate.as_bps()),
    };
    flow.media.iter().map(rate).sum::<u64>() as f64
}

/// A meter for each link that has a capacity.
fn queues(
    scenario: &Scenario,
    ids: &std::collections::BTreeMap<String, LinkId>,
    empty: &Bins,
) -> Vec<((String, LinkId), QueueMeter)> {
    let links = scenario.links.iter().filter_map(|link| {
        let capacity = match &link.kind {
            Wire::Directed { queue, .. } => queue.as_ref()?.capacity.clone(),
            Wire::Shared(medium) => RateSchedule::constant(medium.capacity),
        };
        let crosses = scenario.cross.iter().filter(|cross| cross.link == link.name);
        let cbr = crosses.flat_map(|cross| {
            let rate = match &cross.kind {
                CrossKind::UdpCbr { rate, .. } => Some(rate.clone()),
                CrossKind::TcpLong(_) | CrossKind::TcpShort(..) => None,
            };
            let times = (Time::ZERO + cross.start, Time::ZERO + cross.end);
            let each = rate.into_iter().map(move |rate| (rate, times.0, times.1));
            each.flat_map(|one| std::iter::repeat_n(one, cross.count as usize))
        });
        let id = *ids.get(&link.name)?;
        let meter = QueueMeter::new(capacity, cbr.collect(), empty.clone());
        Some(((link.name.clone(), id), meter))
    });
    links.collect()
}

/// Link and kind of each connection of cross traffic.
fn cross_names(scenario: &Scenario) -> Vec<(String, &'static str)> {
    let each = scenario.cross.iter().flat_map(|cross| {
        let kind = match cross.kind {
            CrossKind::UdpCbr { .. } => "udp-cbr",
            CrossKind::TcpLong(_) => "tcp-long",
            CrossKind::TcpShort(..) => "tcp-short",
        };
        (0..cross.count).map(move |_| (cross.link.clone(), kind))
    });
    each.collect()
}

/// Puts the two peers of a flow on their hosts.
fn place(
    sim: &mut Sim,
    scenario: &Scenario,
    flow: &Flow,
    ends: &FlowEnds,
    clock: Clock,
    empty: &Bins,
) -> (FlowPeers, Plan) {
    let id = flow.id;
    let has = |kind| flow.media.contains(&kind);
    let video = scenario.video.as_ref().filter(|_| has(MediaKind::Video));
    let audio = scenario.audio.as_ref().filter(|_| has(MediaKind::Audio));
    let pause = flow.pause.map(|(pause, resume)| (Time::ZERO + pause, Time::ZERO + resume));
    let plan = Plan { start: ends.start, end: ends.end, pause };
    let stream = sim.seed().stream(&format!("flow/{id}/encoder"));
    let talker = Talker::new(clock, plan, video, audio, stream);
    let fps = video.map_or(30.0, |video| video.fps);
    let listener = Listener::new(clock, fps, empty.clone());
    let start = video.map(|video| lapwing_engine::Bitrate::bps(video.start.as_bps()));
    let config = |side: &str, role| {
        let mut config = config(sim.seed(), &format!("flow/{id}/{side}")).with_role(role);
        // Audio of a constant rate has nothing to adapt.
        config.initial_bitrate = start;
        config
    };
    let sending = config("sender", NegotiationRole::Impolite);
    let receiving = config("receiver", NegotiationRole::Polite);
    let ecn = scenario.options.ecn;
    let sender = RtcHost::new(sending, clock, talker).with_ecn(ecn);
    let sender = sim.attach(ends.sender.0, sender);
    let receiver = sim.attach(ends.receiver.0, RtcHost::new(receiving, clock, listener));
    connect_peers(sim, sender, receiver, SIGNALLING_DELAY);
    (FlowPeers { id, sender, receiver }, plan)
}

/// An engine's configuration whose secrets come from the run's seed.
fn config(seed: Seed, purpose: &str) -> Config {
    let mut secret = [0; 32];
    seed.stream(purpose).fill(&mut secret);
    let codecs = [Codec::Vp8, Codec::Opus];
    Config { seed: secret, ..Config::seeded(0) }.with_codecs(codecs)
}
