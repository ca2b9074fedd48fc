//! Makes a scenario's network, with its cross traffic, ready for the flows' endpoints.
//!
//! 1. Each place becomes a router, each pair of places with links between a connection; a missing
//!    direction is a perfect wire. Nothing can fail: the network was checked when it was read.
//! 2. Each flow gets a host at either end of its path; the sender's access link carries the delay
//!    that the flow has beyond its path.
//! 3. NATs and firewalls stand between the hosts of flows at their place and the place itself;
//!    servers stand at theirs, before all of them.
//! 4. Cross traffic gets hosts at either end of the link it crosses.
//!
//! With a shared medium, the place where the first link begins is its access point: flows that
//! begin or end there do so at stations of the medium, each with a queue of its own, and the access
//! point is a station too.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::cross::{
    Arrivals, Cbr, CbrSink, QuicSink, QuicSource, TcpSink, TcpSource, TcpSwarm, TcpSwarmSink,
    Workload,
};
use crate::net::{LinkId, MachineId, MediumConfig};
use crate::parts::{ApplicationPlan, Parts};
use crate::queues::{Basis, CodelConfig, DualPi2Config, FqCodelConfig, Limit, PieConfig};
use crate::scenario::links::Joint;
use crate::scenario::{
    Built, Cross, CrossEnds, CrossKind, Flow, FlowDirection, FlowEnds, JitterModel, Link, Links,
    LossModel, Queue, QueueKind, Raised, Scenario, SharedMedium, Wire, crossing,
};
use crate::sim::Sim;
use crate::spec::{LinkSpec, QueueSpec};
use crate::time::Time;

/// Buffer of a wireless station, at its share of the medium: the queue of the bottleneck in RFC
/// 8869 section 3.2.2.
const STATION_BUFFER: Duration = Duration::from_millis(300);

/// First port of cross traffic; each has one of its own.
const FIRST_CROSS_PORT: u16 = 20_000;

impl Scenario {
    /// Builds the network of a run.
    pub fn build(&self, seed: u64) -> Built {
        let drawn = self.drawn(seed);
        let mut builder = Builder::over(&drawn, Sim::new(seed));
        builder.join_places(self.air_senders());
        let places = builder.places.iter().enumerate();
        let places = places.filter_map(|(place, machine)| {
            Some((drawn.links.places()[place].clone(), (*machine)?))
        });
        builder.raised = Raised::new(&mut builder.sim, &places.collect(), self);
        let flows = self.flows.iter().map(|flow| builder.flow(flow)).collect();
        let mut cross = Vec::new();
        for each in &self.cross {
            for number in 0..each.count {
                cross.push(builder.cross(each, number));
            }
        }
        let named = drawn.links.iter().zip(&builder.made);
        let links = named.filter_map(|(link, made)| Some((link.name.clone(), (*made)?))).collect();
        let Builder { sim, raised, .. } = builder;
        Built { sim, links, raised, flows, cross }
    }

    /// The stations that send more than feedback over the shared medium, the access point among
    /// them.
    fn air_senders(&self) -> u64 {
        let shared = |name: &str| {
            let link = self.links.iter().find(|link| link.name == name);
            link.is_some_and(|link| matches!(link.kind, Wire::Shared(_)))
        };
        let flows = self.flows.iter().map(|flow| (flow.direction, 1));
        let cross = self.cross.iter().filter(|cross| shared(&cross.link));
        let cross = cross.map(|cross| (cross.direction, cross.count));
        let (up, down): (Vec<_>, Vec<_>) =
            flows.chain(cross).partition(|(direction, _)| *direction == FlowDirection::Forward);
        let stations: u64 = up.iter().map(|(_, count)| count).sum();
        (stations + u64::from(!down.is_empty())).max(1)
    }
}

struct Builder<'l> {
    sim: Sim,
    links: &'l Links,
    parts: &'l Parts,
    /// The routers of places.
    places: Vec<Option<MachineId>>,
    /// The links of the run.
    made: Vec<Option<LinkId>>,
    air: Option<Air>,
    hosts: u32,
    cross: u16,
    raised: Raised,
}

/// The scenario's shared medium.
#[derive(Clone)]
struct Air {
    link: usize,
    access_point: usize,
    /// What stations are connected to, on the far side of the access point's own sender.
    machine: MachineId,
    sender: LinkSpec,
}

impl<'l> Builder<'l> {
    fn over(scenario: &'l Scenario, sim: Sim) -> Self {
        let links = &scenario.links;
        Builder {
            sim,
            links,
            parts: &scenario.parts,
            places: vec![None; links.places().len()],
            made: vec![None; links.len()],
            air: None,
            hosts: 0,
            cross: 0,
            raised: Raised::default(),
        }
    }

    fn join_places(&mut self, air_senders: u64) {
        let Some(root) = self.links.root() else { return };
        self.router(root);
        if let Some((link, access_point)) = self.links.medium()
            && let Wire::Shared(medium) = &self.links[link].kind
        {
            self.share(link, medium, access_point, air_senders);
        }
        for joint in self.links.joints() {
            self.join(*joint);
        }
    }

    /// The router of a place.
    fn router(&mut self, place: usize) -> MachineId {
        let name = &self.links.places()[place];
        *self.places[place].get_or_insert_with(|| self.sim.router(name))
    }

    /// Puts the medium below its access point.
    fn share(&mut self, link: usize, medium: &SharedMedium, place: usize, senders: u64) {
        let config = MediumConfig {
            capacity: medium.capacity,
            access_delay: medium.access_delay.unwrap_or_default(),
            collisions: medium.collisions,
        };
        let name = &self.links[link].name;
        let id = self.sim.medium(name, config);
        let share = Bitrate::bps(medium.capacity.as_bps() / senders);
        let basis = Basis::Reference(share);
        let queue = QueueSpec::TailDrop(Limit::Time(STATION_BUFFER, basis));
        let sender = LinkSpec::new().air(id, queue);
        let machine = self.sim.router(name);
        let root = self.router(place);
        let made = self.sim.connect(machine, root, &[], &LinkSpec::new(), &sender);
        self.made[link] = Some(made.down);
        self.air = Some(Air { link, access_point: place, machine, sender });
    }

    fn join(&mut self, joint: Joint) {
        let Joint { link, back, parent, child } = joint;
        let there = spec(&self.links[link], self.parts);
        let back_spec = back.map_or_else(LinkSpec::new, |back| spec(&self.links[back], self.parts));
        let (parent, router) = (self.router(parent), self.router(child));
        let leads_up = self.links.ends(link).is_some_and(|(from, _)| from == child);
        let (up, down) = if leads_up { (&there, &back_spec) } else { (&back_spec, &there) };
        let made = self.sim.connect(router, parent, &[], up, down);
        let ids = if leads_up { (made.up, made.down) } else { (made.down, made.up) };
        self.made[link] = Some(ids.0);
        if let Some(back) = back {
            self.made[back] = Some(ids.1);
        }
    }

    /// A host below a place, with these delays up and down.
    fn host(&mut self, name: &str, place: usize, delays: [Duration; 2]) -> (MachineId, IpAddr) {
        let [up, down] = delays.map(|delay| LinkSpec::new().delay(delay));
        let router = self.router(place);
        self.connect_host(name, router, &up, &down)
    }

    /// A host behind the boxes of a place, or a station of the medium if the place is its access
    /// point.
    fn station(&mut self, name: &str, place: usize, delays: [Duration; 2]) -> (MachineId, IpAddr) {
        if let Some(innermost) = self.raised.innermost.get(&self.links.places()[place]).copied() {
            let [up, down] = delays.map(|delay| LinkSpec::new().delay(delay));
            return self.connect_host(name, innermost, &up, &down);
        }
        let Some(air) = self.air.clone().filter(|air| air.access_point == place) else {
            return self.host(name, place, delays);
        };
        let [up, down] = delays.map(|delay| LinkSpec::new().delay(delay));
        self.connect_host(name, air.machine, &up.then(&air.sender), &down)
    }

    fn connect_host(
        &mut self,
        name: &str,
        parent: MachineId,
        up: &LinkSpec,
        down: &LinkSpec,
    ) -> (MachineId, IpAddr) {
        self.hosts += 1;
        let address = IpAddr::V4(Ipv4Addr::from_bits(FIRST_HOST + self.hosts));
        let host = self.sim.host(name);
        self.sim.connect(host, parent, &[address], up, down);
        (host, address)
    }

    fn flow(&mut self, flow: &Flow) -> FlowEnds {
        let ends = |link: &usize| self.links.ends(*link);
        let first = flow.path.first().and_then(ends).map_or(0, |(from, _)| from);
        let last = flow.path.last().and_then(ends).map_or(0, |(_, to)| to);
        let delay_back = |link: &usize| {
            self.links.back_of(*link).map_or(Duration::ZERO, |back| delay_of(&self.links[back]))
        };
        let there: Duration = flow.path.iter().map(|link| delay_of(&self.links[*link])).sum();
        let back: Duration = flow.path.iter().map(delay_back).sum();
        let beyond = |links: Duration| match flow.one_way_delay {
            Some(own) => own.saturating_sub(links),
            None => Duration::ZERO,
        };
        let delays = [beyond(there), beyond(back)];
        let id = flow.id;
        let mut stream = self.sim.seed().stream(&format!("flow/{id}"));
        let mut draw = |(low, high): (Duration, Duration)| {
            Time::ZERO + low + (high - low).mul_f64(stream.unit())
        };
        let (start, end) = (draw(flow.start), draw(flow.end));
        FlowEnds {
            id,
            sender: self.station(&format!("S{id}"), first, delays),
            receiver: self.station(&format!("R{id}"), last, [Duration::ZERO; 2]),
            outside: self.raised.outside.get(&self.links.places()[first]).copied(),
            start,
            end,
        }
    }

    /// The hosts of cross traffic: at either end of a link, or a station and the access point.
    fn cross_hosts(
        &mut self,
        cross: &Cross,
        name: &str,
    ) -> ((MachineId, IpAddr), (MachineId, IpAddr)) {
        let (source, sink) = (format!("X{name}"), format!("Y{name}"));
        let none = [Duration::ZERO; 2];
        let link = self.links.position(&cross.link);
        let air = self.air.as_ref().filter(|air| Some(air.link) == link);
        match air.map(|air| air.access_point) {
            None => {
                let (from, to) = link.and_then(|link| self.links.ends(link)).unwrap_or_default();
                (self.host(&source, from, none), self.host(&sink, to, none))
            }
            Some(place) if cross.direction == FlowDirection::Forward => {
                (self.station(&source, place, none), self.host(&sink, place, none))
            }
            Some(place) => (self.host(&source, place, none), self.station(&sink, place, none)),
        }
    }

    fn cross(&mut self, cross: &Cross, number: u64) -> CrossEnds {
        let name = format!("{}/{}", cross.link, self.cross);
        let port = FIRST_CROSS_PORT + self.cross;
        self.cross += 1;
        let ((source_host, source), (sink_host, sink)) = self.cross_hosts(cross, &name);
        let ends = (SocketAddr::new(source, port), SocketAddr::new(sink, port));
        let times = (Time::ZERO + cross.start, Time::ZERO + cross.end);
        let stream = self.sim.seed().stream(&format!("cross/{name}"));
        let own = self.sim.seed().stream(&format!("cross/{name}/controller"));
        let (controller, workload) = match &cross.kind {
            CrossKind::UdpCbr { rate, packet_bytes } => {
                let source = Cbr::new(ends, rate.clone(), *packet_bytes, times);
                return CrossEnds::Udp(
                    self.sim.attach(source_host, source),
                    self.sim.attach(sink_host, CbrSink::new(port)),
                );
            }
            CrossKind::TcpPoisson(controller, files) => {
                let controller = crossing::controller(controller, self.parts, own);
                let arrivals = Arrivals::new(files.rate, files.sizes, stream);
                let source = TcpSwarm::new(ends, controller, arrivals, times);
                return CrossEnds::Swarm(
                    self.sim.attach(source_host, source),
                    self.sim.attach(sink_host, TcpSwarmSink::new(ends.1)),
                );
            }
            CrossKind::QuicLong(controller) => {
                let controller = crossing::controller(controller, self.parts, own);
                return CrossEnds::Quic(
                    self.sim.attach(source_host, QuicSource::new(ends, controller, times)),
                    self.sim.attach(sink_host, QuicSink::new(ends.1)),
                );
            }
            CrossKind::Application(part) => {
                let plan = ApplicationPlan { ends, start: times.0, end: times.1 };
                let [near, far] = self.parts.application_of(part, plan, stream);
                self.sim.attach_boxed(source_host, near);
                return CrossEnds::Application(self.sim.attach_boxed(sink_host, far));
            }
            CrossKind::TcpLong(controller) => (controller, Workload::Endless),
            CrossKind::TcpShort(controller, files) => {
                (controller, crossing::downloads(files, number, stream))
            }
            CrossKind::Dash(controller, media) => (controller, crossing::streaming(media)),
        };
        let controller = crossing::controller(controller, self.parts, own);
        let source = TcpSource::new(ends, controller, workload, times);
        CrossEnds::Tcp(
            self.sim.attach(source_host, source),
            self.sim.attach(sink_host, TcpSink::new(ends.1)),
        )
    }
}

/// Hosts have the addresses that follow 10.0.0.0.
const FIRST_HOST: u32 = 0x0a00_0000;

fn delay_of(link: &Link) -> Duration {
    match &link.kind {
        Wire::Directed { delay, .. } => *delay,
        Wire::Shared(_) => Duration::ZERO,
    }
}

/// The effects of a link in the order in which packets meet them; of a shared medium there are none
/// here.
pub(crate) fn spec(link: &Link, parts: &Parts) -> LinkSpec {
    let Wire::Directed {
        queue,
        delay,
        delays,
        jitter,
        loss,
        mtu,
        duplicate,
        reorder,
        outage,
        policer,
        nodes,
        ..
    } = &link.kind
    else {
        return LinkSpec::new();
    };
    let mut spec = LinkSpec::new();
    if let Some(policer) = policer {
        spec = spec.policer(policer.rate, policer.burst_bytes);
    }
    if let Some((bytes, report)) = mtu {
        spec = spec.mtu(*bytes, *report);
    }
    if let Some(queue) = queue {
        spec = spec.rate(queue.capacity.clone(), discipline(queue, parts));
    }
    for node in nodes {
        spec = spec.node(&node.name, parts.node_of(node));
    }
    if let Some(outage) = outage {
        spec = spec.outage(outage.mode, outage.windows.iter().copied());
    }
    spec = match loss {
        LossModel::None => spec,
        LossModel::Bernoulli(p) => spec.loss(*p),
        LossModel::GilbertElliott([to_bad, to_good, good, bad]) => {
            spec.gilbert_elliott(*to_bad, *to_good, *good, *bad)
        }
        LossModel::Pattern(pattern) => spec.pattern(pattern.clone()),
        LossModel::Class(loss) => spec.class_loss(loss.clone()),
    };
    if *duplicate > 0.0 {
        spec = spec.duplicate(*duplicate, Duration::ZERO);
    }
    spec = match jitter {
        JitterModel::Normal { std, correlation } => spec.normal_delay(*delay, *std, *correlation),
        _ => spec.delay(*delay),
    };
    for delays in delays {
        spec = spec.traced_delay(delays.clone());
    }
    spec = match jitter {
        JitterModel::NrBpdv(config) => spec.jitter(*config),
        JitterModel::Rbpdv(config) => spec.reordering_jitter(*config),
        JitterModel::None | JitterModel::Normal { .. } => spec,
    };
    match reorder {
        Some(reorder) => spec.reorder(reorder.probability, reorder.hold),
        None => spec,
    }
}

fn discipline(queue: &Queue, parts: &Parts) -> QueueSpec {
    let limit = queue.limit;
    match &queue.kind {
        QueueKind::TailDrop => QueueSpec::TailDrop(limit),
        QueueKind::HeadDrop => QueueSpec::HeadDrop(limit),
        QueueKind::Codel => QueueSpec::Codel(CodelConfig::default(), limit),
        QueueKind::CodelEcn => {
            QueueSpec::Codel(CodelConfig { ecn: true, ..CodelConfig::default() }, limit)
        }
        QueueKind::FqCodel => QueueSpec::FqCodel(FqCodelConfig::default(), limit),
        QueueKind::Pie => QueueSpec::Pie(PieConfig { ecn: true, ..PieConfig::default() }, limit),
        QueueKind::DualPi2 => QueueSpec::DualPi2(DualPi2Config::default(), limit),
        QueueKind::Own(part) => QueueSpec::own(&part.name, parts.queue_of(part, limit)),
    }
}
