//! Short flows by TCP: each file is a connection of its own, and many are under way at once.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::cross::opening::Opening;
use crate::cross::tcp::{OPEN_TIMEOUT, transmit};
use crate::cross::{Arrivals, CongestionControl, Receiver, Segment, Sender, SenderStats};
use crate::host::{Endpoint, HostCx};
use crate::packet::{EcnField, IpProtocol, Packet};
use crate::time::Time;

/// Connections of a source that are under way at once. A file that arrives beyond is refused, and
/// counted.
pub const SWARM_CONNECTIONS_MAX: usize = 128;

/// Sends files as they arrive.
#[derive(Debug)]
pub struct TcpSwarm {
    ends: (SocketAddr, SocketAddr),
    congestion: Box<dyn CongestionControl>,
    arrivals: Arrivals,
    next: Time,
    end: Time,
    opened: u32,
    flows: BTreeMap<u32, Flow>,
    done: SwarmStats,
}

/// What a swarm has done.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SwarmStats {
    /// Files that arrived and were sent whole.
    pub completed: u64,
    /// Files for which there was no connection left.
    pub refused: u64,
    /// Seconds from arrival to the last acknowledgement, over all that were sent whole.
    pub seconds: f64,
    /// Of the connections that are over.
    pub senders: SenderStats,
}

#[derive(Debug)]
struct Flow {
    arrived: Time,
    bytes: u64,
    /// Nothing once the connection is open.
    opening: Option<Opening>,
    sender: Sender,
}

impl TcpSwarm {
    /// Files arrive from `start` to `end`; each has a fresh controller of this kind.
    pub fn new(
        ends: (SocketAddr, SocketAddr),
        congestion: impl CongestionControl,
        mut arrivals: Arrivals,
        (start, end): (Time, Time),
    ) -> Self {
        let (next, congestion) = (arrivals.next(start), Box::new(congestion));
        let (flows, done) = (BTreeMap::new(), SwarmStats::default());
        TcpSwarm { ends, congestion, arrivals, next, end, opened: 0, flows, done }
    }

    /// What it has done so far.
    pub fn stats(&self) -> SwarmStats {
        self.done
    }

    /// Connections that are under way.
    pub fn connections(&self) -> usize {
        self.flows.len()
    }

    fn proceed(&mut self, cx: &mut HostCx<'_>) {
        let now = cx.now();
        while self.next <= now && self.next < self.end {
            self.arrive(now);
        }
        let mut wake = if self.next < self.end { self.next } else { Time::NEVER };
        let ends = self.ends;
        for (connection, flow) in &mut self.flows {
            wake = wake.min(flow.proceed(ends, *connection, cx));
        }
        let over = self.flows.iter().filter(|(_, flow)| flow.is_done());
        let over: Vec<u32> = over.map(|(connection, _)| *connection).collect();
        for connection in over {
            if let Some(flow) = self.flows.remove(&connection) {
                self.done.completed += 1;
                self.done.seconds += now.since(flow.arrived).as_secs_f64();
                self.done.senders.add(flow.sender.stats);
            }
        }
        cx.wake_at(wake);
    }

    fn arrive(&mut self, now: Time) {
        let (arrived, bytes) = (self.next, self.arrivals.size());
        self.next = self.arrivals.next(self.next);
        if self.flows.len() >= SWARM_CONNECTIONS_MAX {
            self.done.refused += 1;
            return;
        }
        self.opened += 1;
        let opening = Some(Opening::new(OPEN_TIMEOUT, now));
        let sender = Sender::new(self.congestion.fresh());
        self.flows.insert(self.opened, Flow { arrived, bytes, opening, sender });
    }
}

impl Flow {
    fn is_done(&self) -> bool {
        self.opening.is_none() && self.sender.is_done()
    }

    /// Sends what may be sent; when to come again.
    fn proceed(
        &mut self,
        ends: (SocketAddr, SocketAddr),
        connection: u32,
        cx: &mut HostCx<'_>,
    ) -> Time {
        let now = cx.now();
        if let Some(opening) = &mut self.opening {
            if opening.due() <= now {
                opening.ask(now);
                cx.send(transmit(ends, &Segment::Open { connection }, EcnField::NotEct));
            }
            return opening.due();
        }
        self.sender.on_time(now);
        while let Some((sequence, length)) = self.sender.poll(now) {
            let segment = Segment::Data { connection, sequence, length };
            cx.send(transmit(ends, &segment, self.sender.ecn()));
        }
        self.sender.deadline().unwrap_or(Time::NEVER)
    }
}

impl Endpoint for TcpSwarm {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        let port = cx.bind(IpProtocol::Tcp, self.ends.0.port());
        self.ends.0.set_port(port.expect("the scenario gives each source a port of its own"));
        self.proceed(cx);
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        let now = cx.now();
        match Segment::decode(&packet) {
            Some(Segment::Opened { connection }) => {
                let Some(flow) = self.flows.get_mut(&connection) else { return };
                let Some(opening) = flow.opening.take() else { return };
                flow.sender.restart(flow.bytes, opening.round_trip(now), now);
            }
            Some(Segment::Ack { connection, next, sacked, marks }) => {
                let Some(flow) = self.flows.get_mut(&connection) else { return };
                if flow.opening.is_none() {
                    flow.sender.on_ack(next, &sacked, marks, now);
                }
            }
            _ => return,
        }
        self.proceed(cx);
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.proceed(cx);
    }
}

/// Takes files from one swarm.
#[derive(Debug)]
pub struct TcpSwarmSink {
    local: SocketAddr,
    remote: Option<SocketAddr>,
    connections: BTreeMap<u32, Connection>,
    earlier: u64,
}

#[derive(Debug, Default)]
struct Connection {
    receiver: Receiver,
    marks: u32,
    last: Time,
}

/// Connections that are remembered: the source does not tell when one is over.
const REMEMBERED_MAX: usize = 2 * SWARM_CONNECTIONS_MAX;

impl TcpSwarmSink {
    /// Listens on a TCP port.
    pub fn new(local: SocketAddr) -> Self {
        TcpSwarmSink { local, remote: None, connections: BTreeMap::new(), earlier: 0 }
    }

    /// Bytes of data received in order, over all connections.
    pub fn received(&self) -> u64 {
        let of = |connection: &Connection| connection.receiver.received();
        self.earlier + self.connections.values().map(of).sum::<u64>()
    }

    fn open(&mut self, connection: u32, now: Time) {
        if self.connections.contains_key(&connection) {
            return;
        }
        if self.connections.len() >= REMEMBERED_MAX {
            let longest = self.connections.iter().min_by_key(|(_, one)| one.last);
            let longest = longest.map(|(connection, _)| *connection);
            let forgotten = longest.and_then(|connection| self.connections.remove(&connection));
            self.earlier += forgotten.map_or(0, |one| one.receiver.received());
        }
        let fresh = Connection { last: now, ..Connection::default() };
        self.connections.insert(connection, fresh);
    }

    /// Acknowledges what is due of one connection, or of all whose time has come.
    fn acknowledge(&mut self, at_once: Option<u32>, cx: &mut HostCx<'_>) {
        let Some(remote) = self.remote else { return };
        let (ends, now) = ((self.local, remote), cx.now());
        let mut wake = Time::NEVER;
        for (&connection, one) in &mut self.connections {
            let due = one.receiver.deadline().is_some_and(|at| at <= now);
            if due || at_once == Some(connection) {
                let (next, sacked) = one.receiver.acknowledge();
                let marks = one.marks;
                let segment = Segment::Ack { connection, next, sacked, marks };
                cx.send(transmit(ends, &segment, EcnField::NotEct));
            }
            wake = wake.min(one.receiver.deadline().unwrap_or(Time::NEVER));
        }
        cx.wake_at(wake);
    }
}

impl Endpoint for TcpSwarmSink {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        let bound = cx.bind(IpProtocol::Tcp, self.local.port());
        self.local.set_port(bound.expect("the scenario gives each sink a port of its own"));
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        let now = cx.now();
        match Segment::decode(&packet) {
            Some(Segment::Open { connection }) => {
                self.remote = Some(packet.source());
                self.open(connection, now);
                let ends = (self.local, packet.source());
                cx.send(transmit(ends, &Segment::Opened { connection }, EcnField::NotEct));
            }
            Some(Segment::Data { connection, sequence, length }) => {
                let Some(one) = self.connections.get_mut(&connection) else { return };
                let marked = packet.ecn() == EcnField::Ce;
                one.marks += u32::from(marked);
                one.last = now;
                let due = one.receiver.on_data(sequence, length, now) || marked;
                self.acknowledge(due.then_some(connection), cx);
            }
            _ => {}
        }
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.acknowledge(None, cx);
    }
}
