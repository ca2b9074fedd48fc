//! The two ends of QUIC cross traffic.
//!
//! 1. The source sends an Initial packet, and again until the sink answers.
//! 2. It sends what its window and its pacing allow; the sink acknowledges.
//! 3. At its end it repairs what it sent, and is done.

use std::net::SocketAddr;
use std::time::Duration;

use crate::cross::opening::Opening;
use crate::cross::quic::packet::QuicPacket;
use crate::cross::quic::receiver::QuicReceiver;
use crate::cross::quic::sender::QuicSender;
use crate::cross::{CongestionControl, SenderStats};
use crate::host::{Endpoint, HostCx};
use crate::packet::{EcnField, IpProtocol, Packet, PacketSpec};
use crate::time::Time;

/// Wait for an answer to the Initial packet: the probe timeout of the initial round-trip time, 333
/// ms (RFC 9002 section 6.2.2). It doubles.
const OPEN_TIMEOUT: Duration = Duration::from_millis(999);

fn datagram(
    (source, destination): (SocketAddr, SocketAddr),
    packet: &QuicPacket,
    ecn: EcnField,
) -> PacketSpec {
    let (payload, padding) = packet.encode();
    PacketSpec { ecn, padding, ..PacketSpec::udp(source, destination, payload) }
}

/// Sends data by QUIC, on one stream that never ends.
#[derive(Debug)]
pub struct QuicSource {
    ends: (SocketAddr, SocketAddr),
    state: State,
    end: Time,
    sender: QuicSender,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// It begins then.
    Idle { until: Time },
    /// An Initial packet is sent.
    Opening(Opening),
    /// Data flows.
    Open,
    /// Everything arrived.
    Done,
}

impl QuicSource {
    /// Sends from `start` to `end`, with this congestion controller. A source port of 0 takes any.
    pub fn new(
        ends: (SocketAddr, SocketAddr),
        congestion: impl CongestionControl,
        (start, end): (Time, Time),
    ) -> Self {
        let sender = QuicSender::new(Box::new(congestion));
        QuicSource { ends, state: State::Idle { until: start }, end, sender }
    }

    /// What it has done so far. Segments are packets with data, timeouts are probe timeouts.
    pub fn stats(&self) -> SenderStats {
        self.sender.stats
    }

    /// The congestion window, in packets.
    pub fn window(&self) -> f64 {
        self.sender.window()
    }

    /// The slow-start threshold, in packets; `None` where its controller has none yet.
    pub fn threshold(&self) -> Option<f64> {
        self.sender.threshold()
    }

    /// The smoothed round-trip time, once there is one.
    pub fn smoothed_rtt(&self) -> Option<Duration> {
        self.sender.smoothed_rtt()
    }

    fn open(&mut self, mut opening: Opening, cx: &mut HostCx<'_>) {
        opening.ask(cx.now());
        self.state = State::Opening(opening);
        cx.send(datagram(self.ends, &QuicPacket::Initial, EcnField::NotEct));
    }

    fn proceed(&mut self, cx: &mut HostCx<'_>) {
        let now = cx.now();
        match self.state {
            State::Idle { .. } | State::Opening(_) if now >= self.end => {
                self.state = State::Done;
            }
            State::Idle { until } if until <= now => {
                self.open(Opening::new(OPEN_TIMEOUT, now), cx);
            }
            State::Opening(opening) if opening.due() <= now => self.open(opening, cx),
            State::Open => self.flow(cx),
            State::Idle { .. } | State::Opening(_) | State::Done => {}
        }
        let wake = match self.state {
            State::Idle { until } => Some(until),
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
        while let Some(packet) = self.sender.poll(now) {
            cx.send(datagram(self.ends, &packet, self.sender.ecn()));
        }
        if self.sender.is_done() {
            self.state = State::Done;
        }
    }
}

impl Endpoint for QuicSource {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        let port = cx.bind(IpProtocol::Udp, self.ends.0.port());
        self.ends.0.set_port(port.expect("the scenario gives each source a port of its own"));
        self.proceed(cx);
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        match (QuicPacket::decode(&packet), self.state) {
            (Some(QuicPacket::Handshake), State::Opening(opening)) => {
                self.sender.open(opening.round_trip(cx.now()), cx.now());
                self.state = State::Open;
            }
            (Some(QuicPacket::Ack(frame)), State::Open) => self.sender.on_ack(&frame, cx.now()),
            _ => return,
        }
        self.proceed(cx);
    }

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        self.proceed(cx);
    }
}

/// Takes data by QUIC, from one source.
#[derive(Debug)]
pub struct QuicSink {
    local: SocketAddr,
    remote: Option<SocketAddr>,
    receiver: QuicReceiver,
    acknowledgements: u64,
}

impl QuicSink {
    /// Listens on a UDP port.
    pub fn new(local: SocketAddr) -> Self {
        let receiver = QuicReceiver::default();
        QuicSink { local, remote: None, receiver, acknowledgements: 0 }
    }

    /// Bytes of data received in order.
    pub fn received(&self) -> u64 {
        self.receiver.received()
    }

    /// Acknowledgements sent.
    pub fn acknowledgements(&self) -> u64 {
        self.acknowledgements
    }

    fn acknowledge(&mut self, cx: &mut HostCx<'_>) {
        let Some(remote) = self.remote else { return };
        let frame = self.receiver.acknowledge(cx.now());
        self.acknowledgements += 1;
        let packet = QuicPacket::Ack(frame);
        cx.send(datagram((self.local, remote), &packet, EcnField::NotEct));
    }
}

impl Endpoint for QuicSink {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        let bound = cx.bind(IpProtocol::Udp, self.local.port());
        self.local.set_port(bound.expect("the scenario gives each sink a port of its own"));
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        match QuicPacket::decode(&packet) {
            Some(QuicPacket::Initial) => {
                self.remote = Some(packet.source());
                let ends = (self.local, packet.source());
                cx.send(datagram(ends, &QuicPacket::Handshake, EcnField::NotEct));
            }
            Some(QuicPacket::Data { number, offset, length }) if self.remote.is_some() => {
                let marked = packet.ecn() == EcnField::Ce;
                if self.receiver.on_packet(number, (offset, length), marked, cx.now()) {
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
