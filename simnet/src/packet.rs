//! What moves through the network.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::digest::Digest;
use crate::time::Time;
use crate::wire::Headers;

/// The protocol above IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpProtocol {
    /// A datagram.
    Udp,
    /// A segment.
    Tcp,
    /// An error message about an earlier packet.
    Icmp,
}

impl IpProtocol {
    /// Bytes of its header without options.
    pub const fn header_bytes(self) -> u32 {
        match self {
            IpProtocol::Udp | IpProtocol::Icmp => 8,
            IpProtocol::Tcp => 20,
        }
    }
}

/// The two ECN bits of the IP header (RFC 3168 section 5, RFC 9331).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EcnField {
    /// 00: congestion is told by loss.
    #[default]
    NotEct = 0,
    /// 01: ECN-capable, low-latency service.
    Ect1 = 1,
    /// 10: ECN-capable, classic.
    Ect0 = 2,
    /// 11: congestion experienced.
    Ce = 3,
}

impl EcnField {
    /// True when congestion may be told by a mark.
    pub const fn is_capable(self) -> bool {
        !matches!(self, EcnField::NotEct)
    }
}

/// What an endpoint hands to its host for sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketSpec {
    /// The sender's address. With an unspecified IP address the host fills in that of the interface
    /// the route takes.
    pub source: SocketAddr,
    /// Where to.
    pub destination: SocketAddr,
    /// The protocol above IP.
    pub protocol: IpProtocol,
    /// The ECN bits asked for.
    pub ecn: EcnField,
    /// The bytes after the UDP or TCP header.
    pub payload: Vec<u8>,
    /// Further bytes that count on the wire and are not stored: the data of modelled traffic.
    pub padding: u32,
}

impl PacketSpec {
    /// A UDP datagram without ECN.
    pub fn udp(source: SocketAddr, destination: SocketAddr, payload: Vec<u8>) -> Self {
        let (protocol, ecn) = (IpProtocol::Udp, EcnField::NotEct);
        PacketSpec { source, destination, protocol, ecn, payload, padding: 0 }
    }
}

/// A packet on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet {
    id: u64,
    sent_at: Time,
    source: SocketAddr,
    destination: SocketAddr,
    protocol: IpProtocol,
    ecn: EcnField,
    hops_left: u8,
    padding: u32,
    payload: Vec<u8>,
    /// Since when it waits in a queue.
    waits_since: Option<Time>,
    /// Time spent in queues so far.
    waited: Duration,
    /// How long its last sender took to send it.
    sending: Duration,
    /// Of `payload`, so that a packet is read once however many hops it makes.
    payload_digest: u64,
    /// Of everything but the hops left, the content of the payload and the times.
    shape: u64,
    /// Of everything but the hops left and the times.
    digest: u64,
    /// As they were on a real network, in no digest; nothing for packets of the simulator.
    headers: Option<Box<Headers>>,
}

/// Hops until a packet is taken to be in a routing loop (the usual initial TTL).
const MAX_HOPS: u8 = 64;

impl Packet {
    /// The packet with number `id` of a run, sent at `sent_at`.
    pub fn new(id: u64, sent_at: Time, transmit: PacketSpec) -> Self {
        let PacketSpec { source, destination, protocol, ecn, payload, padding } = transmit;
        let payload_digest = digest(&payload);
        let hops_left = MAX_HOPS;
        let mut packet = Packet {
            id,
            sent_at,
            source,
            destination,
            protocol,
            ecn,
            hops_left,
            padding,
            payload,
            waits_since: None,
            waited: Duration::ZERO,
            sending: Duration::ZERO,
            payload_digest,
            shape: 0,
            digest: 0,
            headers: None,
        };
        packet.note_change();
        packet
    }

    /// Counts the packets of a run from zero. A duplicate has the number of its original.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// When its endpoint sent it.
    pub fn sent_at(&self) -> Time {
        self.sent_at
    }

    /// How long it has waited in queues so far, its own sending not included.
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// It joins a queue.
    pub(crate) fn begin_to_wait(&mut self, now: Time) {
        self.waits_since = Some(now);
    }

    /// Its queue sends it.
    pub(crate) fn end_to_wait(&mut self, now: Time) {
        self.waited += self.waits_since.take().map_or(Duration::ZERO, |since| now.since(since));
    }

    /// The last sender with a rate takes so long to send it.
    pub(crate) fn set_sending(&mut self, sending: Duration) {
        self.sending = sending;
    }

    /// How long the last sender with a rate took to send it; nothing before there was one.
    pub(crate) fn sending(&self) -> Duration {
        self.sending
    }

    /// Where it says it comes from.
    pub fn source(&self) -> SocketAddr {
        self.source
    }

    /// Where it goes.
    pub fn destination(&self) -> SocketAddr {
        self.destination
    }

    /// The protocol above IP.
    pub fn protocol(&self) -> IpProtocol {
        self.protocol
    }

    /// The ECN bits.
    pub fn ecn(&self) -> EcnField {
        self.ecn
    }

    /// The bytes after the UDP or TCP header.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Gives the payload away.
    pub fn into_payload(self) -> Vec<u8> {
        self.payload
    }

    pub(crate) fn headers(&self) -> Option<&Headers> {
        self.headers.as_deref()
    }

    pub(crate) fn set_headers(&mut self, headers: Headers) {
        self.headers = Some(Box::new(headers));
    }

    /// Of the payload as it is now.
    pub(crate) fn payload_digest(&self) -> u64 {
        self.payload_digest
    }

    /// Bytes of modelled data that are not stored.
    pub fn padding(&self) -> u32 {
        self.padding
    }

    /// Size of the IP packet in bytes, headers included.
    pub fn wire_bytes(&self) -> u64 {
        if let Some(headers) = &self.headers {
            return (headers.len() + self.payload.len()) as u64;
        }
        let ip: u32 = if self.destination.is_ipv4() { 20 } else { 40 };
        u64::from(ip + self.protocol.header_bytes())
            + self.payload.len() as u64
            + u64::from(self.padding)
    }

    /// Changes the ECN bits.
    pub fn set_ecn(&mut self, ecn: EcnField) {
        self.ecn = ecn;
        self.note_change();
    }

    /// Rewrites the source, as a NAT does on the way out.
    pub fn set_source(&mut self, source: SocketAddr) {
        self.source = source;
        self.note_change();
    }

    /// Rewrites the destination, as a NAT does on the way in.
    pub fn set_destination(&mut self, destination: SocketAddr) {
        self.destination = destination;
        self.note_change();
    }

    /// Changes the payload, as a faulty link does.
    pub fn edit_payload(&mut self, edit: impl FnOnce(&mut Vec<u8>)) {
        edit(&mut self.payload);
        self.payload_digest = digest(&self.payload);
        self.note_change();
    }

    /// Counts one more router; false when the packet has met too many.
    pub(crate) fn hop(&mut self) -> bool {
        self.hops_left = self.hops_left.saturating_sub(1);
        self.hops_left > 0
    }

    /// Everything a receiver or an observer can see of the packet, as one number.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// As [`Self::digest`], but of the payload only its length.
    pub fn shape_digest(&self) -> u64 {
        self.shape
    }

    fn note_change(&mut self) {
        let mut digest = Digest::new();
        digest.word(self.flow_digest());
        digest.word(u64::from(self.padding) << 32 | self.ecn as u64);
        digest.word(self.id);
        digest.word(self.payload.len() as u64);
        self.shape = digest.finish();
        let mut digest = Digest::resume(self.payload_digest);
        digest.word(self.shape);
        self.digest = digest.finish();
    }

    /// The five-tuple as one number, equal for all packets of a flow.
    pub fn flow_digest(&self) -> u64 {
        let mut digest = Digest::new();
        for address in [self.source, self.destination] {
            let bits = match address.ip() {
                IpAddr::V4(ip) => u128::from(ip.to_bits()),
                IpAddr::V6(ip) => ip.to_bits(),
            };
            digest.word(bits as u64 ^ (bits >> 64) as u64);
            digest.word(u64::from(address.port()));
        }
        digest.word(self.protocol as u64);
        digest.finish()
    }
}

fn digest(payload: &[u8]) -> u64 {
    let mut digest = Digest::new();
    digest.bytes(payload);
    digest.finish()
}

impl fmt::Display for Packet {
    /// `#17 Udp 10.0.0.1:5000 > 10.0.0.2:6000 1228 bytes Ect0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Packet { id, protocol, source, destination, ecn, .. } = self;
        let bytes = self.wire_bytes();
        write!(f, "#{id} {protocol:?} {source} > {destination} {bytes} bytes {ecn:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet() -> Packet {
        let a = "10.0.0.1:5000".parse().unwrap();
        let b = "10.0.0.2:6000".parse().unwrap();
        Packet::new(17, Time::ZERO, PacketSpec::udp(a, b, vec![7; 1_200]))
    }

    #[test]
    fn the_wire_size_counts_headers() {
        assert_eq!(packet().wire_bytes(), 1_228);
        let mut six = packet();
        six.set_destination("[2001:db8::1]:6000".parse().unwrap());
        assert_eq!(six.wire_bytes(), 1_248);
        assert_eq!(packet().to_string(), "#17 Udp 10.0.0.1:5000 > 10.0.0.2:6000 1228 bytes NotEct");
    }

    #[test]
    fn the_shape_is_all_but_the_content() {
        let mut other = packet();
        other.edit_payload(|bytes| bytes[600] ^= 1);
        assert_eq!(other.shape_digest(), packet().shape_digest());
        other.edit_payload(|bytes| bytes.push(0));
        assert_ne!(other.shape_digest(), packet().shape_digest());
    }

    #[test]
    fn every_visible_change_changes_the_digest() {
        let before = packet().digest();
        let changes: [fn(&mut Packet); 4] = [
            |p| p.set_ecn(EcnField::Ce),
            |p| p.set_source("10.0.0.1:5001".parse().unwrap()),
            |p| p.set_destination("10.0.0.3:6000".parse().unwrap()),
            |p| p.edit_payload(|bytes| bytes[600] ^= 1),
        ];
        for change in changes {
            let mut changed = packet();
            change(&mut changed);
            assert_ne!(changed.digest(), before, "{changed}");
        }
        assert_eq!(packet().digest(), before);
    }
}
