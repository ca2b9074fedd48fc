//! What is measured of links and of packets that pass.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::addresses::Addresses;
use crate::net::{EndpointId, LinkId, MachineId};
use crate::run::{
    Bins, CrossSeries, Distribution, Figures, Histogram, LinkFigures, LinkSeries, Observer,
    PhaseFigures, QueueMeter, Series, figures, outages, queues,
};
use crate::scenario::{FlowEnds, Scenario};
use crate::sim::Sim;
use crate::time::Time;

/// Between two looks at queues, as in a run.
const LOOK: Duration = Duration::from_millis(10);
/// The finest bin.
const BIN: Duration = Duration::from_millis(100);
/// Bins: longer passages have wider ones, so that memory does not grow with time.
const BINS_MAX: u64 = 5_000;

/// Programs take their time to end when that of the scenario is over: so much has bins too.
const SLACK: Duration = Duration::from_secs(10);

/// What became of the packets of one direction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Way {
    /// Packets that entered.
    pub packets_in: u64,
    /// Their bytes, IP headers included.
    pub bytes_in: u64,
    /// Packets that left at the far end, copies included.
    pub packets_out: u64,
    /// Their bytes.
    pub bytes_out: u64,
    /// Packets that links dropped.
    pub packets_dropped: u64,
    /// From entering to leaving.
    pub one_way_delay: Distribution,
    /// Time in queues.
    pub queueing_delay: Distribution,
}

/// Meters of one direction.
#[derive(Debug, Default)]
pub(super) struct WayMeter {
    pub(super) counts: Way,
    pub(super) one_way: Histogram,
    pub(super) waited: Histogram,
}

impl WayMeter {
    pub(super) fn way(&self) -> Way {
        Way {
            one_way_delay: Distribution::of(&self.one_way),
            queueing_delay: Distribution::of(&self.waited),
            ..self.counts.clone()
        }
    }
}

/// The meters of a passage.
pub(super) struct Meters {
    links: Vec<(String, LinkId)>,
    queues: Vec<QueueMeter>,
    empty: Bins,
    bins: usize,
    next_look: Time,
    pub(super) ways: [WayMeter; 2],
}

impl Meters {
    /// For the links of a scenario without flows; the observer belongs to its run.
    pub(super) fn new(
        scenario: &Scenario,
        ids: &BTreeMap<String, LinkId>,
        sinks: &[EndpointId],
        (hosts, addresses): ([MachineId; 2], &[Addresses; 2]),
    ) -> (Meters, Observer) {
        let duration = scenario.meta.duration + SLACK;
        let wide = duration.as_nanos().div_ceil(BIN.as_nanos()).max(1) as u64;
        let bin = BIN * u32::try_from(wide.div_ceil(BINS_MAX)).unwrap_or(u32::MAX);
        let bins = duration.as_nanos().div_ceil(bin.as_nanos()).max(1) as usize;
        let empty = Bins::new(bin, bins);
        let (links, meters): (Vec<_>, Vec<_>) = queues(scenario, ids, &empty).into_iter().unzip();
        let made: Vec<LinkId> = links.iter().map(|(_, id)| *id).collect();
        // What the programs send is what a run calls media.
        let ends = [(0, 1), (1, 0)].into_iter().flat_map(|(one, other)| {
            let [from, to] = [one, other].map(|side: usize| addresses[side].both());
            let pairs = from.into_iter().zip(to);
            pairs.map(move |(from, to)| FlowEnds {
                id: one as u64,
                sender: (hosts[one], from),
                receiver: (hosts[other], to),
                outside: None,
                start: Time::ZERO,
                end: Time::NEVER,
            })
        });
        let observer = Observer::new(&ends.collect::<Vec<_>>(), &made, sinks, &empty);
        let ways = [WayMeter::default(), WayMeter::default()];
        (Meters { links, queues: meters, empty, bins, next_look: Time::ZERO, ways }, observer)
    }

    /// When queues are to be looked at next.
    pub(super) fn next_look(&self) -> Time {
        self.next_look
    }

    /// Looks at queues.
    pub(super) fn look(&mut self, sim: &Sim) {
        let now = sim.now();
        for ((_, link), queue) in self.links.iter().zip(&mut self.queues) {
            queue.look(now, sim.backlog(*link));
        }
        self.next_look = now + LOOK;
    }

    /// What was measured until now.
    pub(super) fn finish(&self, scenario: &Scenario, sim: &mut Sim) -> (Figures, Series) {
        let width = self.empty.width();
        let passed = sim.now().as_nanos().div_ceil(width.as_nanos().max(1) as u64).max(1);
        let bins = self.bins.min(passed as usize);
        let stats: Vec<LinkFigures> = self
            .links
            .iter()
            .zip(&self.queues)
            .map(|(link, queue)| figure(link, queue, sim))
            .collect();
        let observer = sim.watcher::<Observer>().expect("every passage has its observer");
        let cut = |row: Vec<f64>| row.into_iter().take(bins).collect::<Vec<f64>>();
        let mut series = Series { bin_s: width.as_secs_f64(), ..Series::default() };
        for (index, ((name, _), queue)) in self.links.iter().zip(&self.queues).enumerate() {
            let meter = &observer.links[index];
            let spans = (0..bins).map(|bin| Time::ZERO + width * bin as u32);
            let over = |at: Time| (at, at + width);
            let rate = |(from, to)| queue.capacity(from, to).as_bps() as f64;
            let capacity_bps = spans.clone().map(over).map(rate).collect();
            let left = |(from, to)| queue.available(from, to).as_bps() as f64;
            series.links.push(LinkSeries {
                name: name.clone(),
                capacity_bps,
                available_bps: spans.map(over).map(left).collect(),
                attainable_bps: vec![0.0; bins],
                media_bps: cut(meter.media.rates()),
                goodput_bps: vec![0.0; bins],
                total_bps: cut(meter.total.rates()),
                queueing_delay_ms: cut(queue.delay_ms.sums().to_vec()),
                dropped_packets: cut(meter.dropped.sums().to_vec()),
                outages: outages(name, scenario),
            });
        }
        series.cross = cross(scenario, observer, bins);
        let figures = figures(scenario, &series, Vec::new(), stats);
        (figures, series)
    }
}

fn figure((name, id): &(String, LinkId), queue: &QueueMeter, sim: &Sim) -> LinkFigures {
    let stats = sim.link_stats(*id);
    let phases = queue.phases().into_iter().map(|delay| PhaseFigures {
        queueing_delay_p95_ms: delay.percentile_ms(95.0),
        ..PhaseFigures::default()
    });
    LinkFigures {
        name: name.clone(),
        phases: phases.collect(),
        queueing_delay_p50_ms: queue.delay.percentile_ms(50.0),
        queueing_delay_p95_ms: queue.delay.percentile_ms(95.0),
        dropped: stats.packets_dropped() as f64 / stats.packets_in.max(1) as f64,
        marked_packets: stats.marked_out,
        ..LinkFigures::default()
    }
}

fn cross(scenario: &Scenario, observer: &Observer, bins: usize) -> Vec<CrossSeries> {
    let each = scenario.cross.iter().flat_map(|cross| (0..cross.count).map(move |_| cross));
    let series = each.zip(&observer.cross).map(|(cross, received)| {
        let kind = cross.kind.name();
        CrossSeries {
            link: cross.link.clone(),
            kind: kind.to_owned(),
            received_bps: received.rates().into_iter().take(bins).collect(),
            window_segments: vec![None; bins],
            threshold_segments: vec![None; bins],
        }
    });
    series.collect()
}
