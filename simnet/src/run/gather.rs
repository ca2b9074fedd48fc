//! What a run gathered, as series and figures.

use std::time::Duration;

use lapwing_engine::{Bitrate, CandidateKind, MediaKind};

use crate::run::figures::{carried_by, flows_over, path};
use crate::run::{
    ChannelFigures, CrossSeries, Distribution, FlowFigures, FlowPeers, FlowSeries, Histogram, Line,
    LinkFigures, LinkSeries, Observer, PhaseFigures, Run, Series, Span,
};
use crate::scenario::{ChannelDirection, ChannelTraffic, Flow, Scenario, Wire};
use crate::time::Time;

impl Run {
    /// Series, and the figures that do not follow from them.
    pub(super) fn gather(&mut self) -> (Series, Vec<FlowFigures>, Vec<LinkFigures>) {
        let links: Vec<_> = (0..self.links.len()).map(|index| self.link_series(index)).collect();
        let flows: Vec<_> = (0..self.peers.len()).map(|index| self.flow_series(index)).collect();
        let observer = self.sim.watcher::<Observer>().expect("every run has its observer");
        let rows = observer.cross.iter().zip(&self.windows);
        let cross =
            self.cross.iter().zip(rows).map(|((link, kind), (bins, windows))| CrossSeries {
                link: link.clone(),
                kind: (*kind).to_owned(),
                received_bps: bins.rates(),
                window_segments: windows.window.means(),
                threshold_segments: windows.threshold.means(),
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
        let goodput_bps = self.sim.endpoint(peers.receiver).application().goodput.rates();
        let freezes = self.sim.endpoint(peers.receiver).application().freeze_spans.clone();
        let marks = self.sim.endpoint(peers.sender).application().marks.clone();
        let active = (0..self.bins).map(|bin| self.is_active(index, bin)).collect();
        let observer = self.sim.watcher::<Observer>().expect("every run has its observer");
        let meter = &observer.flows[index];
        FlowSeries {
            id: peers.id,
            path: path(&self.scenario.flows[index], &self.scenario),
            active,
            sent_bps: meter.sent.rates(),
            received_bps: meter.received.rates(),
            goodput_bps,
            estimate_bps: estimates.into_iter().map(|rate| rate.map(f64::round)).collect(),
            target_bps: target_bps.into_iter().map(|rate| rate.unwrap_or(0.0).round()).collect(),
            sent_packets: meter.sent.counts(),
            lost_packets: meter.lost.sums().to_vec(),
            queueing_delay_ms: meter.waited_ms.means(),
            one_way_delay_ms: meter.one_way_ms.means(),
            queueing_delay_cdf: Distribution::of(&meter.waited),
            one_way_delay_cdf: Distribution::of(&meter.one_way),
            frame_delay_ms,
            marks,
            freezes,
        }
    }

    /// True when the flow is to send in the whole of a bin.
    fn is_active(&self, index: usize, bin: usize) -> bool {
        let plan = &self.plans[index];
        let start = Time::ZERO + self.bin * bin as u32;
        let end = start + self.bin;
        let mut pauses = plan.pauses.iter();
        let is_paused = pauses.any(|(pause, resume)| start < *resume && end > *pause);
        start >= plan.start && end <= plan.end && !is_paused
    }

    fn link_series(&mut self, index: usize) -> LinkSeries {
        let queue = &self.queues[index];
        let span = |bin: usize| {
            let start = Time::ZERO + self.bin * bin as u32;
            (start, start + self.bin)
        };
        let row = |rate: &dyn Fn(Time, Time) -> Bitrate| -> Vec<f64> {
            let spans = (0..self.bins).map(span);
            spans.map(|(from, to)| rate(from, to).as_bps() as f64).collect()
        };
        let capacity_bps = row(&|from, to| queue.capacity(from, to));
        let available_bps = row(&|from, to| queue.available(from, to));
        let name = self.links[index].0.clone();
        let over = flows_over(&name, &self.scenario);
        let wanted = |bin: usize| -> f64 {
            let sending = over.iter().filter(|flow| self.is_active(**flow, bin));
            sending.map(|flow| most(&self.scenario.flows[*flow], &self.scenario)).sum()
        };
        let attainable_bps =
            available_bps.iter().enumerate().map(|(bin, rate)| rate.min(wanted(bin))).collect();
        let outages = outages(&name, &self.scenario);
        let queueing_delay_ms = queue.delay_ms.sums().to_vec();
        let goodput_bps = self.goodput_over(&carried_by(&name, &self.scenario));
        let observer = self.sim.watcher::<Observer>().expect("every run has its observer");
        let meter = &observer.links[index];
        LinkSeries {
            name,
            capacity_bps,
            available_bps,
            attainable_bps,
            media_bps: meter.media.rates(),
            goodput_bps,
            total_bps: meter.total.rates(),
            queueing_delay_ms,
            dropped_packets: meter.dropped.sums().to_vec(),
            outages,
        }
    }

    /// The sum of what these flows' receivers were handed, in bit/s.
    fn goodput_over(&self, flows: &[usize]) -> Vec<f64> {
        let mut sum = vec![0.0; self.bins];
        for flow in flows {
            let receiver = self.sim.endpoint(self.peers[*flow].receiver).application();
            sum.iter_mut().zip(receiver.goodput.rates()).for_each(|(sum, rate)| *sum += rate);
        }
        sum
    }

    fn flow_figures(&mut self, index: usize) -> FlowFigures {
        let (peers, plan) = (self.peers[index], self.plans[index].clone());
        let talker = self.sim.endpoint(peers.sender).application();
        let listener = self.sim.endpoint(peers.receiver).application();
        let mut figures = FlowFigures {
            id: peers.id,
            priority: self.scenario.flows[index].priority,
            connected_s: talker.connected().map(Time::as_secs_f64),
            connect_ms: talker.connected().map(|at| ms(at.since(plan.start))),
            pair: pair([talker.candidate, listener.candidate]).map(str::to_owned),
            outage_max_ms: listener.gaps.longest(plan.end.min(self.sim.now())).map(ms),
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

    /// The channels of all flows. What one end writes, the other measures.
    pub(super) fn channel_figures(&self) -> Vec<ChannelFigures> {
        let now = self.sim.now();
        let of = |peers: &FlowPeers| {
            let ours = self.sim.endpoint(peers.sender).application().channels.lines();
            let theirs = self.sim.endpoint(peers.receiver).application().channels.lines();
            let pairs = ours.iter().zip(theirs);
            pairs.map(|(one, other)| channel_figures(one, other, now)).collect::<Vec<_>>()
        };
        self.peers.iter().flat_map(of).collect()
    }

    fn link_figures(&self, index: usize) -> LinkFigures {
        let (name, id) = &self.links[index];
        let (stats, queue) = (self.sim.link_stats(*id), &self.queues[index]);
        let phase = |delay: &Histogram| PhaseFigures {
            queueing_delay_p95_ms: delay.percentile_ms(95.0),
            ..PhaseFigures::default()
        };
        LinkFigures {
            name: name.clone(),
            phases: queue.phases().into_iter().map(phase).collect(),
            queueing_delay_p50_ms: queue.delay.percentile_ms(50.0),
            queueing_delay_p95_ms: queue.delay.percentile_ms(95.0),
            dropped: stats.packets_dropped() as f64 / stats.packets_in.max(1) as f64,
            marked_packets: stats.marked_out,
            ..LinkFigures::default()
        }
    }
}

fn channel_figures(one: &Line, other: &Line, now: Time) -> ChannelFigures {
    let measuring = if one.measures() { one } else { other };
    let beginning = if one.begins() { one } else { other };
    let (traffic, meter) = (&measuring.traffic, &measuring.meter);
    ChannelFigures {
        name: measuring.label.clone(),
        flow: traffic.flow,
        kind: traffic.kind.name().to_owned(),
        goodput_bps: meter.goodput_bps(measuring.end.min(now)),
        completion_s: meter.completion().map(|time| time.as_secs_f64()),
        messages_sent: beginning.written,
        messages_received: meter.messages,
        messages_lost: meter.lost(),
        messages_refused: beginning.refused,
        latency_p50_ms: meter.latency.percentile_ms(50.0),
        latency_p95_ms: meter.latency.percentile_ms(95.0),
        latency_p99_ms: meter.latency.percentile_ms(99.0),
    }
}

fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

/// What carries a flow, of the candidates that its ends use.
fn pair(candidates: [Option<CandidateKind>; 2]) -> Option<&'static str> {
    let [Some(one), Some(other)] = candidates else { return None };
    let has = |kind| one == kind || other == kind;
    Some(if has(CandidateKind::Relayed) {
        "relay"
    } else if has(CandidateKind::ServerReflexive) || has(CandidateKind::PeerReflexive) {
        "srflx"
    } else {
        "host"
    })
}

/// When nothing passes a link.
pub(crate) fn outages(name: &str, scenario: &Scenario) -> Vec<Span> {
    let Some(index) = scenario.links.position(name) else { return Vec::new() };
    let windows = match &scenario.links[index].kind {
        Wire::Directed { outage: Some(outage), .. } => outage.windows.as_slice(),
        _ => &[],
    };
    let windows = windows.iter().map(|window| (window.from, window.until));
    let end = Time::ZERO + scenario.meta.duration;
    let span = |(from, until): (Time, Time)| Span {
        from_s: from.min(end).as_secs_f64(),
        until_s: until.min(end).as_secs_f64(),
    };
    windows.chain(scenario.cuts(index)).map(span).collect()
}

/// The most that a flow can send, in bit/s.
fn most(flow: &Flow, scenario: &Scenario) -> f64 {
    let rate = |kind: &MediaKind| scenario.most_of(flow, *kind).as_bps();
    let media = flow.media.iter().map(rate).sum::<u64>() as f64;
    let with_it = |channel: &&ChannelTraffic| {
        channel.flow == flow.id && channel.direction == ChannelDirection::WithFlow
    };
    let channels = scenario.channels.iter().filter(with_it).map(|channel| {
        let rate = channel.kind.rate().map_or(f64::INFINITY, |rate| rate.as_bps() as f64);
        rate * channel.count as f64
    });
    media + channels.sum::<f64>()
}
