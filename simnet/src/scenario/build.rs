//! Makes a scenario's network, with its cross traffic, ready for the flows' endpoints.
//!
//! 1. Each place becomes a router, each pair of places with links between a connection; a missing
//!    direction is a perfect wire.
//! 2. Each flow gets a host at either end of its path; the sender's access link carries the delay
//!    that the flow has beyond its path.
//! 3. NATs and firewalls stand between the hosts of flows at their place and the place itself;
//!    servers stand at theirs, before all of them.
//! 4. Cross traffic gets hosts at either end of the link it crosses.
//!
//! With a shared medium, the place where the first link begins is its access point: flows that
//! begin or end there do so at stations of the medium, each with a queue of its own, and the access
//! point is a station too.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use lapwing_engine::Bitrate;

use crate::cross::{
    Arrivals, Cbr, CbrSink, Controllers, TcpSink, TcpSource, TcpSwarm, TcpSwarmSink, Workload,
};
use crate::net::{LinkId, MachineId, MediumConfig};
use crate::queues::{Basis, CodelConfig, DualPi2Config, FqCodelConfig, Limit, PieConfig};
use crate::scenario::{
    BuildError, Built, Cross, CrossEnds, CrossKind, Flow, FlowDirection, FlowEnds, JitterModel,
    Link, LossModel, Queue, QueueKind, Raised, Scenario, SharedMedium, Wire, crossing,
    default_path,
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
    ///
    /// # Errors
    /// Why it cannot be built.
    pub fn build(&self, seed: u64) -> Result<Built, BuildError> {
        self.build_with(seed, &Controllers::default())
    }

    /// The same where cross traffic may have congestion controllers of one's own.
    ///
    /// # Errors
    /// Why it cannot be built.
    pub fn build_with(&self, seed: u64, controllers: &Controllers) -> Result<Built, BuildError> {
        let mut builder =
            Builder { sim: Sim::new(seed), air_senders: self.air_senders(), ..Builder::default() };
        let drawn = self.drawn(seed);
        builder.join_places(&drawn.links)?;
        builder.raised = Raised::new(&mut builder.sim, &builder.places, self);
        let flows = self.flows.iter().map(|flow| builder.flow(flow, &drawn.links)).collect();
        let mut cross = Vec::new();
        for each in &self.cross {
            for number in 0..each.count {
                cross.push(builder.cross(each, number, controllers)?);
            }
        }
        let Builder { sim, links, raised, .. } = builder;
        Ok(Built { sim, links, raised, flows, cross })
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

struct Builder {
    sim: Sim,
    places: BTreeMap<String, MachineId>,
    links: BTreeMap<String, LinkId>,
    /// The two places of each link.
    ends: BTreeMap<String, (String, String)>,
    air: Option<Air>,
    air_senders: u64,
    hosts: u32,
    cross: u16,
    raised: Raised,
}

/// The scenario's shared medium.
#[derive(Clone)]
struct Air {
    link: String,
    access_point: String,
    /// What stations are connected to, on the far side of the access point's own sender.
    machine: MachineId,
    sender: LinkSpec,
}

impl Default for Builder {
    fn default() -> Self {
        Builder {
            sim: Sim::new(0),
            places: BTreeMap::new(),
            links: BTreeMap::new(),
            ends: BTreeMap::new(),
            air: None,
            air_senders: 1,
            hosts: 0,
            cross: 0,
            raised: Raised::default(),
        }
    }
}

/// A link between two places.
struct Directed<'s> {
    name: &'s str,
    from: &'s str,
    to: &'s str,
    spec: LinkSpec,
}

impl Builder {
    fn join_places(&mut self, links: &[Link]) -> Result<(), BuildError> {
        let mut open = Vec::new();
        let mut shared = Vec::new();
        for link in links {
            match (&link.kind, spec(link)) {
                (Wire::Directed { from, to, .. }, Some(spec)) => {
                    open.push(Directed { name: &link.name, from, to, spec });
                }
                (Wire::Shared(medium), _) => shared.push((&link.name, medium)),
                (Wire::Directed { .. }, None) => unreachable!("a directed link has a spec"),
            }
        }
        let Some(first) = open.first() else {
            return match shared.first() {
                Some((name, _)) => Err(BuildError::NoAccessPoint((*name).clone())),
                None => Ok(()),
            };
        };
        let root = self.sim.router(first.from);
        self.places.insert(first.from.to_owned(), root);
        match shared[..] {
            [] => {}
            [(name, medium)] => self.share(name, medium, first.from, root),
            [_, (name, _), ..] => return Err(BuildError::SecondMedium(name.clone())),
        }
        // Each turn joins one place to those that are joined already.
        while !open.is_empty() {
            let touches = |link: &Directed<'_>| {
                self.places.contains_key(link.from) || self.places.contains_key(link.to)
            };
            let Some(next) = open.iter().position(touches) else {
                return Err(BuildError::Apart(open[0].name.to_owned()));
            };
            let link = open.remove(next);
            let back = open.iter().position(|l| (l.from, l.to) == (link.to, link.from));
            let back = back.map(|i| open.remove(i));
            self.join(link, back)?;
        }
        Ok(())
    }

    /// Puts the medium below its access point.
    fn share(&mut self, name: &str, medium: &SharedMedium, place: &str, root: MachineId) {
        let config = MediumConfig {
            capacity: medium.capacity,
            access_delay: medium.access_delay.unwrap_or_default(),
            collisions: medium.collisions,
        };
        let id = self.sim.medium(name, config);
        let share = Bitrate::bps(medium.capacity.as_bps() / self.air_senders);
        let basis = Basis::Reference(share);
        let queue = QueueSpec::TailDrop(Limit::Time(STATION_BUFFER, basis));
        let sender = LinkSpec::new().air(id, queue);
        let machine = self.sim.router(name);
        let made = self.sim.connect(machine, root, &[], &LinkSpec::new(), &sender);
        self.links.insert(name.to_owned(), made.down);
        let (link, access_point) = (name.to_owned(), place.to_owned());
        self.air = Some(Air { link, access_point, machine, sender });
    }

    fn join(&mut self, link: Directed<'_>, back: Option<Directed<'_>>) -> Result<(), BuildError> {
        if self.ends.values().any(|(from, to)| from == link.from && to == link.to) {
            return Err(BuildError::Parallel(link.name.to_owned()));
        }
        let (from, to) = (self.places.get(link.from), self.places.get(link.to));
        let wire = LinkSpec::new();
        let back_spec = back.as_ref().map_or(&wire, |back| &back.spec);
        let (there, here) = match (from, to) {
            (Some(_), Some(_)) => return Err(BuildError::Ring(link.name.to_owned())),
            (Some(&parent), None) => {
                let child = self.sim.router(link.to);
                self.places.insert(link.to.to_owned(), child);
                let made = self.sim.connect(child, parent, &[], back_spec, &link.spec);
                (made.down, made.up)
            }
            (None, Some(&parent)) => {
                let child = self.sim.router(link.from);
                self.places.insert(link.from.to_owned(), child);
                let made = self.sim.connect(child, parent, &[], &link.spec, back_spec);
                (made.up, made.down)
            }
            (None, None) => return Err(BuildError::Apart(link.name.to_owned())),
        };
        for (link, id) in [(Some(link), there), (back, here)] {
            if let Some(Directed { name, from, to, .. }) = link {
                self.links.insert(name.to_owned(), id);
                self.ends.insert(name.to_owned(), (from.to_owned(), to.to_owned()));
            }
        }
        Ok(())
    }

    /// A host below a place, with these delays up and down.
    fn host(&mut self, name: &str, place: &str, delays: [Duration; 2]) -> (MachineId, IpAddr) {
        let [up, down] = delays.map(|delay| LinkSpec::new().delay(delay));
        self.connect_host(name, self.places[place], &up, &down)
    }

    /// A host behind the boxes of a place, or a station of the medium if the place is its access
    /// point.
    fn station(&mut self, name: &str, place: &str, delays: [Duration; 2]) -> (MachineId, IpAddr) {
        if let Some(innermost) = self.raised.innermost.get(place).copied() {
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

    fn flow(&mut self, flow: &Flow, links: &[Link]) -> FlowEnds {
        let path: Vec<&Link> = if flow.path.is_empty() {
            default_path(flow.direction, links)
        } else {
            let named = |name: &String| links.iter().find(|link| link.name == *name);
            flow.path.iter().filter_map(named).collect()
        };
        let first = &self.ends[&path[0].name].0.clone();
        let last = &self.ends[&path[path.len() - 1].name].1.clone();
        let there: Duration = path.iter().map(|link| delay_of(link)).sum();
        let back: Duration = path.iter().map(|link| self.delay_back(&link.name, links)).sum();
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
            outside: self.raised.outside.get(first).copied(),
            start,
            end,
        }
    }

    /// The delay of the link that leads back between a link's places.
    fn delay_back(&self, name: &str, links: &[Link]) -> Duration {
        let (from, to) = &self.ends[name];
        let leads_back =
            |link: &&Link| self.ends.get(&link.name).is_some_and(|(f, t)| (f, t) == (to, from));
        links.iter().find(leads_back).map_or(Duration::ZERO, delay_of)
    }

    /// The hosts of cross traffic: at either end of a link, or a station and the access point.
    fn cross_hosts(
        &mut self,
        cross: &Cross,
        name: &str,
    ) -> ((MachineId, IpAddr), (MachineId, IpAddr)) {
        let (source, sink) = (format!("X{name}"), format!("Y{name}"));
        let none = [Duration::ZERO; 2];
        let air = self.air.as_ref().filter(|air| air.link == cross.link);
        match air.map(|air| air.access_point.clone()) {
            None => {
                let (from, to) = self.ends[&cross.link].clone();
                (self.host(&source, &from, none), self.host(&sink, &to, none))
            }
            Some(place) if cross.direction == FlowDirection::Forward => {
                (self.station(&source, &place, none), self.host(&sink, &place, none))
            }
            Some(place) => (self.host(&source, &place, none), self.station(&sink, &place, none)),
        }
    }

    fn cross(
        &mut self,
        cross: &Cross,
        number: u64,
        controllers: &Controllers,
    ) -> Result<CrossEnds, BuildError> {
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
                return Ok(CrossEnds::Udp(
                    self.sim.attach(source_host, source),
                    self.sim.attach(sink_host, CbrSink::new(port)),
                ));
            }
            CrossKind::TcpPoisson(controller, files) => {
                let controller = crossing::controller(controller, controllers, own)?;
                let arrivals = Arrivals::new(files.rate, files.sizes, stream);
                let source = TcpSwarm::new(ends, controller, arrivals, times);
                return Ok(CrossEnds::Swarm(
                    self.sim.attach(source_host, source),
                    self.sim.attach(sink_host, TcpSwarmSink::new(ends.1)),
                ));
            }
            CrossKind::TcpLong(controller) => (controller, Workload::Endless),
            CrossKind::TcpShort(controller, files) => {
                (controller, crossing::downloads(files, number, stream))
            }
            CrossKind::Dash(controller, media) => (controller, crossing::streaming(media)),
        };
        let controller = crossing::controller(controller, controllers, own)?;
        let source = TcpSource::new(ends, controller, workload, times);
        Ok(CrossEnds::Tcp(
            self.sim.attach(source_host, source),
            self.sim.attach(sink_host, TcpSink::new(ends.1)),
        ))
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

/// The effects of a link in the order in which packets meet them; `None` for a shared medium.
fn spec(link: &Link) -> Option<LinkSpec> {
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
        ..
    } = &link.kind
    else {
        return None;
    };
    let mut spec = LinkSpec::new();
    if let Some(policer) = policer {
        spec = spec.policer(policer.rate, policer.burst_bytes);
    }
    if let Some((bytes, report)) = mtu {
        spec = spec.mtu(*bytes, *report);
    }
    if let Some(queue) = queue {
        spec = spec.rate(queue.capacity.clone(), discipline(queue));
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
        JitterModel::NrBpdv(config) => {
            spec.jitter(*config, queue.as_ref().map(|queue| queue.capacity.clone()))
        }
        JitterModel::Rbpdv(config) => spec.reordering_jitter(*config),
        JitterModel::None | JitterModel::Normal { .. } => spec,
    };
    Some(match reorder {
        Some(reorder) => spec.reorder(reorder.probability, reorder.hold),
        None => spec,
    })
}

fn discipline(queue: &Queue) -> QueueSpec {
    let limit = queue.limit;
    match queue.kind {
        QueueKind::TailDrop => QueueSpec::TailDrop(limit),
        QueueKind::HeadDrop => QueueSpec::HeadDrop(limit),
        QueueKind::Codel => QueueSpec::Codel(CodelConfig::default(), limit),
        QueueKind::CodelEcn => {
            QueueSpec::Codel(CodelConfig { ecn: true, ..CodelConfig::default() }, limit)
        }
        QueueKind::FqCodel => QueueSpec::FqCodel(FqCodelConfig::default(), limit),
        QueueKind::Pie => QueueSpec::Pie(PieConfig { ecn: true, ..PieConfig::default() }, limit),
        QueueKind::DualPi2 => QueueSpec::DualPi2(DualPi2Config::default(), limit),
    }
}
