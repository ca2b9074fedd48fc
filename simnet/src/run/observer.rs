//! Watches the packets of a run: whose they are, how long they wait, and which are lost.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::net::{EndpointId, LinkId};
use crate::packet::Packet;
use crate::run::{Asked, Bins, Histogram};
use crate::scenario::{FlowEnd, FlowEnds, Metric, Scenario, Subject};
use crate::time::Time;
use crate::trace::{Kind, Place, Record, Watch};

/// What packets tell of a flow's media direction.
#[derive(Debug)]
pub(crate) struct FlowMeter {
    /// Bytes sent, IP headers included.
    pub(crate) sent: Bins,
    /// Bytes that arrived.
    pub(crate) received: Bins,
    /// Packets lost on the way.
    pub(crate) lost: Bins,
    /// Milliseconds that packets waited in queues.
    pub(crate) waited_ms: Bins,
    pub(crate) waited: Histogram,
    /// Milliseconds from sending to arrival.
    pub(crate) one_way_ms: Bins,
    /// From sending to arrival.
    pub(crate) one_way: Histogram,
    pub(crate) packets_sent: u64,
    pub(crate) packets_lost: u64,
    /// What statements ask of waits and of the whole way.
    pub(crate) asked_waits: Asked,
    pub(crate) asked_one_way: Asked,
}

/// What packets tell of a link.
#[derive(Debug)]
pub(crate) struct LinkMeter {
    /// Bytes of media that left at the far end.
    pub(crate) media: Bins,
    /// All bytes that did.
    pub(crate) total: Bins,
    /// Packets dropped on the way.
    pub(crate) dropped: Bins,
}

/// Attributes every packet.
#[derive(Debug)]
pub(crate) struct Observer {
    /// By the sender's address: media come from there.
    media: BTreeMap<IpAddr, usize>,
    /// By the address that the sender has behind its NATs, where no other flow's has the same.
    outside: BTreeMap<IpAddr, usize>,
    /// By the receiver's address, which media have by whatever way they come.
    receivers: BTreeMap<IpAddr, usize>,
    pub(crate) flows: Vec<FlowMeter>,
    link_of: BTreeMap<LinkId, usize>,
    pub(crate) links: Vec<LinkMeter>,
    sink_of: BTreeMap<EndpointId, usize>,
    /// Bytes that arrived at the sinks of cross traffic.
    pub(crate) cross: Vec<Bins>,
}

impl Observer {
    /// For these flows, links and sinks; `bins` is an empty row of bins.
    pub(crate) fn new(
        flows: &[FlowEnds],
        links: &[LinkId],
        sinks: &[EndpointId],
        bins: &Bins,
    ) -> Self {
        let flow = |_: &FlowEnds| FlowMeter {
            sent: bins.clone(),
            received: bins.clone(),
            lost: bins.clone(),
            waited_ms: bins.clone(),
            waited: Histogram::default(),
            one_way_ms: bins.clone(),
            one_way: Histogram::default(),
            packets_sent: 0,
            packets_lost: 0,
            asked_waits: Asked::default(),
            asked_one_way: Asked::default(),
        };
        let link = |_: &LinkId| LinkMeter {
            media: bins.clone(),
            total: bins.clone(),
            dropped: bins.clone(),
        };
        let media = flows.iter().enumerate().map(|(index, flow)| (flow.sender.1, index));
        let is_alone =
            |ip: &IpAddr| flows.iter().filter(|flow| flow.outside == Some(*ip)).count() == 1;
        let outside = flows
            .iter()
            .enumerate()
            .filter_map(|(index, flow)| Some((flow.outside.filter(is_alone)?, index)));
        let receivers = flows.iter().enumerate().map(|(index, flow)| (flow.receiver.1, index));
        Observer {
            media: media.collect(),
            outside: outside.collect(),
            receivers: receivers.collect(),
            flows: flows.iter().map(flow).collect(),
            link_of: links.iter().enumerate().map(|(index, link)| (*link, index)).collect(),
            links: links.iter().map(link).collect(),
            sink_of: sinks.iter().enumerate().map(|(index, sink)| (*sink, index)).collect(),
            cross: vec![bins.clone(); sinks.len()],
        }
    }

    /// Keeps what the scenario's statements ask for.
    pub(crate) fn ask(&mut self, scenario: &Scenario, empty: &Bins) {
        for (index, flow) in self.flows.iter_mut().enumerate() {
            let asked = |metric| Asked::of(scenario, metric, Subject::Flow(index), empty);
            flow.asked_waits = asked(Metric::QueueingDelay);
            flow.asked_one_way = asked(Metric::OneWayDelay);
        }
    }

    /// An end of a flow will have this address too.
    pub(crate) fn expect(&mut self, address: IpAddr, flow: usize, end: FlowEnd) {
        match end {
            FlowEnd::Sender => self.media.insert(address, flow),
            FlowEnd::Receiver => self.receivers.insert(address, flow),
        };
    }

    /// The flow whose sender a packet comes from, translated or not.
    fn source(&self, packet: &Packet) -> Option<usize> {
        let source = packet.source().ip();
        self.media.get(&source).or_else(|| self.outside.get(&source)).copied()
    }

    fn left(&mut self, link: LinkId, packet: &Packet, at: Time) {
        let Some(&index) = self.link_of.get(&link) else {
            return;
        };
        let bytes = packet.wire_bytes() as f64;
        self.links[index].total.add(at, bytes);
        if self.source(packet).is_some() {
            self.links[index].media.add(at, bytes);
        }
    }

    fn delivered(&mut self, to: EndpointId, packet: &Packet, at: Time) {
        let bytes = packet.wire_bytes() as f64;
        if let Some(&flow) = self.receivers.get(&packet.destination().ip()) {
            let flow = &mut self.flows[flow];
            flow.received.add(at, bytes);
            flow.waited.add(packet.waited());
            flow.waited_ms.add(at, packet.waited().as_secs_f64() * 1e3);
            let one_way = at.since(packet.sent_at());
            flow.one_way.add(one_way);
            flow.one_way_ms.add(at, one_way.as_secs_f64() * 1e3);
            flow.asked_waits.add(at, packet.waited());
            flow.asked_one_way.add(at, one_way);
        } else if let Some(&sink) = self.sink_of.get(&to) {
            self.cross[sink].add(at, bytes);
        }
    }
}

impl Watch for Observer {
    fn event(&mut self, record: &Record<'_>, _: u64) {
        let Some(packet) = record.packet else {
            return;
        };
        let at = record.at;
        match (record.kind, record.place) {
            (Kind::Left, Place::Link(link)) => self.left(link, packet, at),
            (Kind::Delivered, Place::Endpoint(to)) => self.delivered(to, packet, at),
            (Kind::Sent, _) => {
                if let Some(&flow) = self.media.get(&packet.source().ip()) {
                    let flow = &mut self.flows[flow];
                    flow.sent.add(at, packet.wire_bytes() as f64);
                    flow.packets_sent += 1;
                }
            }
            (Kind::Dropped(_), place) => {
                if let Place::Link(link) = place
                    && let Some(&index) = self.link_of.get(&link)
                {
                    self.links[index].dropped.add(at, 1.0);
                }
                if let Some(flow) = self.source(packet) {
                    let flow = &mut self.flows[flow];
                    flow.lost.add(at, 1.0);
                    flow.packets_lost += 1;
                }
            }
            _ => {}
        }
    }
}
