//! UDP of a constant rate that may change at given times (RFC 8868 section 5.3).

use std::net::SocketAddr;
use std::time::Duration;

use crate::bitrate::RateSchedule;
use crate::host::{Endpoint, HostCx};
use crate::packet::{EcnField, IpProtocol, Packet, PacketSpec};
use crate::time::Time;

/// Sends packets of one size, spaced so that the rate is met.
///
/// The rate is taken over IP packets, headers included. It does not begin with a packet but with
/// the wait for one, so that a rate of zero sends nothing.
#[derive(Debug)]
pub struct Cbr {
    source: SocketAddr,
    destination: SocketAddr,
    rate: RateSchedule,
    packet_bytes: u32,
    start: Time,
    end: Time,
    next: Time,
    sent: u64,
}

impl Cbr {
    /// From `start` to `end`, packets of `packet_bytes` with headers. A source port of 0 takes any.
    pub fn new(
        (source, destination): (SocketAddr, SocketAddr),
        rate: impl Into<RateSchedule>,
        packet_bytes: u32,
        (start, end): (Time, Time),
    ) -> Self {
        let rate = rate.into();
        Cbr { source, destination, rate, packet_bytes, start, end, next: start, sent: 0 }
    }

    /// Packets sent so far.
    pub fn sent(&self) -> u64 {
        self.sent
    }

    fn plan(&mut self, from: Time, cx: &mut HostCx<'_>) {
        self.next = self.rate.finish(from, u64::from(self.packet_bytes));
        if self.next <= self.end {
            cx.wake_at(self.next);
        }
    }

    fn header_bytes(&self) -> u32 {
        let ip = if self.destination.is_ipv4() { 20 } else { 40 };
        ip + IpProtocol::Udp.header_bytes()
    }
}

impl Endpoint for Cbr {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        let port = cx.bind(IpProtocol::Udp, self.source.port());
        self.source.set_port(port.expect("the scenario gives each sender a port of its own"));
        self.plan(self.start.max(cx.now()), cx);
    }

    fn receive(&mut self, _: Packet, _: &mut HostCx<'_>) {}

    fn wake(&mut self, cx: &mut HostCx<'_>) {
        cx.send(PacketSpec {
            source: self.source,
            destination: self.destination,
            protocol: IpProtocol::Udp,
            ecn: EcnField::NotEct,
            payload: Vec::new(),
            padding: self.packet_bytes.saturating_sub(self.header_bytes()),
        });
        self.sent += 1;
        self.plan(self.next, cx);
    }
}

/// Takes packets and counts them.
#[derive(Clone, Debug)]
pub struct CbrSink {
    port: u16,
    /// Packets so far.
    pub packets: u64,
    /// Bytes so far, IP headers included.
    pub bytes: u64,
    /// Sum of the delays of all packets.
    pub delay: Duration,
}

impl CbrSink {
    /// Listens on a UDP port.
    pub fn new(port: u16) -> Self {
        CbrSink { port, packets: 0, bytes: 0, delay: Duration::ZERO }
    }
}

impl Endpoint for CbrSink {
    fn start(&mut self, cx: &mut HostCx<'_>) {
        let bound = cx.bind(IpProtocol::Udp, self.port);
        self.port = bound.expect("the scenario gives each sink a port of its own");
    }

    fn receive(&mut self, packet: Packet, cx: &mut HostCx<'_>) {
        self.packets += 1;
        self.bytes += packet.wire_bytes();
        self.delay += cx.now() - packet.sent_at();
    }
}
