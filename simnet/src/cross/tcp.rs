//! The two ends of TCP cross traffic.
//!
//! 1. The source opens a connection, and again until the sink agrees.
//! 2. It sends what its window allows; the sink acknowledges.
//! 3. When all data of a connection is acknowledged, the workload says when the next opens.

use std::net::SocketAddr;
use std::time::Duration;

use crate::cross::downloads::Following;
use crate::cross::opening::Opening;
use crate::cross::{CongestionControl, Playback, Receiver, Segment, Sender, SenderStats, Workload};
use crate::host::{Endpoint, HostCx};
use crate::packet::{EcnField, IpProtocol, Packet, PacketSpec};
use crate::time::Time;

/// Wait for the sink's agreement before the opening is repeated; it doubles (RFC 6298 section 2.1).
pub(super) const OPEN_TIMEOUT: Duration = Duration::from_secs(1);

pub(super) fn transmit(
    (source, destination): (SocketAddr, SocketAddr),
    segment: &Segment,
    ecn: EcnField,
) -> PacketSpec {
    let (payload, padding) = segment.encode();
    let protocol = IpProtocol::Tcp;
    PacketSpec { source, destination, protocol, ecn, payload, padding }
}

/// Sends data by TCP.
#[derive(Debug)]
pub struct TcpSource {
    source: SocketAddr,
    destination: SocketAddr,
    workload: Workload,
    end: Time,
    state: State,
    connection: u32,
    sender: Sender,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Nothing to send until then.
    Idle { until: Time },
    /// The connection is being opened.
    Opening(Opening),
    /// Data flows.
    Open,
    /// The connection is open, and there is nothing to send until then.
    Resting { until: Time },
    /// No connection will follow.
    Done,
}

impl TcpSource {
    /// Sends from `start` to `end`, with a congestion controller of the given kind. A source port
    /// of 0 takes any.
    pub fn new(
        (source, destination): (SocketAddr, SocketAddr),
        congestion: impl CongestionControl,
        mut workload: Workload,
        (start, end): (Time, Time),
    ) -> Self {
        let state = State::Idle { until: workload.first(start) };
        let sender = Sender::new(Box::new(congestion));
        TcpSource { source, destination, workload, end, state, connection: 0, sender }
    }

    /// What it has done so far.
    pub fn stats(&self) -> SenderStats {
        self.sender.stats
    }

    /// The congestion window, in segments.
    pub fn window(&self) -> f64 {
        self.sender.window()
    }

    /// The slow-start threshold, in segments; `None` where its controller has none yet.
    pub fn threshold(&self) -> Option<f64> {
        self.sender.threshold()
    }

    /// The smoothed round-trip time, once there is one.
    pub fn smoothed_rtt(&self) -> Option<Duration> {
        self.sender.smoothed_rtt()
    }

    /// What a streaming workload's player has seen.
    pub fn playback(&self) -> Option<Playback> {
        match &self.workload {
            Workload::Dash(dash) => Some(dash.playback()),
            Workload::Endless | Workload::Files(_) => None,
        }
    }

    /// Connections opened so far.
    pub fn connections(&self) -> u32 {
        self.connection
    }

    fn open(&mut self, mut opening: Opening, cx: &mut HostCx<'_>) {
        opening.ask(cx.now());
        self.state = State::Opening(opening);
        let segment = Segment::Open { connection: self.connection };
        cx.send(transmit((self.source, self.destination), &segment, EcnField::NotEct));
    }

    fn proceed(&mut self, cx: &mut HostCx<'_>) {
        let now = cx.now();
        match self.state {
            State::Idle { until } if until >= self.end => self.state = State::Done,
            State::Idle { until } if until <= now => {
                self.connection += 1;
                self.open(Opening::new(OPEN_TIMEOUT, now), cx);
            }
            State::Opening(opening) if opening.due() <= now => self.open(opening, cx),
            State::Resting { until } if until >= self.end => self.state = State::Done,
            State::Resting { until } if until <= now => {
                let bytes = self.workload.bytes(now);
                self.sender.extend(bytes);
                self.state = State::Open;
                self.flow(cx);
            }
            State::Open => self.flow(cx),
            State::Resting { .. } | State::Idle { .. } | State::Opening(_) | State::Done => {}
        }
        let wake = match self.state {
            State::Idle { until } | State::Resting { until } => Some(until),
            State::Opening(opening) => Some(opening.due()),
            State::Open => {
                let end = (now < self.end).then_some(self.end);
                [self.sender.deadline(), end].into_iter().flatten().min()
            }
            State::Done => None,
        };
        cx.wake_at(wake.unwrap_or(Time::NEVER));
    }

    fn flow(&mut self, cx: &mut HostCx<'_>) {
        let now = cx.now();
        self.sender.on_time(now);
        if now >= self.end {
            self.sender.stop();
        }
        while let Some((sequence, length)) = self.sender.poll(now) {
            let segment = Segment::Data { connection: self.connection, sequence, length };
            cx.send(transmit((self.source, self.destination), &segment, self.sender.ecn()));
        }
        if self.sender.is_done() {
            self.state = match self.workload.following(now).filter(|_| now < self.end) {
                Some(Following::Connection(until)) => State::Idle { until },
                Some(Following::Data(until)) => State::Resting { until },
                None => State::Done,
            };
        }
    }
}

impl Endpoint for TcpSource {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        let port = cx.bind(IpProtocol::Tcp, self.source.port());
        self.source.set_port(port.expect("the scenario gives each source a port of its own"));
        self.proceed(cx);
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        match (Segment::decode(&packet), self.state) {
            (Some(Segment::Opened { connection }), State::Opening(opening))
                if connection == self.connection =>
            {
                let bytes = self.workload.bytes(cx.now());
                self.sender.restart(bytes, opening.round_trip(cx.now()), cx.now());
                self.state = State::Open;
            }
            (Some(Segment::Ack { connection, next, sacked, marks }), State::Open)
                if connection == self.connection =>
            {
                self.sender.on_ack(next, &sacked, marks, cx.now());
            }
            _ => return,
        }
        self.proceed(cx);
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.proceed(cx);
    }
}

/// Takes data by TCP, from one source.
#[derive(Debug)]
pub struct TcpSink {
    local: SocketAddr,
    remote: Option<SocketAddr>,
    connection: u32,
    receiver: Receiver,
    /// Packets of the connection that came with a mark.
    marks: u32,
    earlier: u64,
}

impl TcpSink {
    /// Listens on a TCP port.
    pub fn new(local: SocketAddr) -> Self {
        let receiver = Receiver::default();
        TcpSink { local, remote: None, connection: 0, receiver, marks: 0, earlier: 0 }
    }

    /// Bytes of data received in order, over all connections.
    pub fn received(&self) -> u64 {
        self.earlier + self.receiver.received()
    }

    fn acknowledge(&mut self, cx: &mut HostCx<'_>) {
        let Some(remote) = self.remote else {
            return;
        };
        let (next, sacked) = self.receiver.acknowledge();
        let (connection, marks) = (self.connection, self.marks);
        let segment = Segment::Ack { connection, next, sacked, marks };
        cx.send(transmit((self.local, remote), &segment, EcnField::NotEct));
    }
}

impl Endpoint for TcpSink {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        let bound = cx.bind(IpProtocol::Tcp, self.local.port());
        self.local.set_port(bound.expect("the scenario gives each sink a port of its own"));
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        match Segment::decode(&packet) {
            Some(Segment::Open { connection }) => {
                self.remote = Some(packet.source());
                if connection > self.connection {
                    self.earlier += self.receiver.received();
                    (self.connection, self.receiver) = (connection, Receiver::default());
                    self.marks = 0;
                }
                let ends = (self.local, packet.source());
                cx.send(transmit(ends, &Segment::Opened { connection }, EcnField::NotEct));
            }
            Some(Segment::Data { connection, sequence, length })
                if connection == self.connection =>
            {
                let marked = packet.ecn() == EcnField::Ce;
                self.marks += u32::from(marked);
                if self.receiver.on_data(sequence, length, cx.now()) || marked {
                    self.acknowledge(cx);
                }
            }
            _ => {}
        }
        cx.wake_at(self.receiver.deadline().unwrap_or(Time::NEVER));
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        if self.receiver.deadline().is_some_and(|at| at <= cx.now()) {
            self.acknowledge(cx);
        }
    }
}
