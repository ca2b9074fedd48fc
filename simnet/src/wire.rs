//! Packets of a real network: read from their bytes, and written again after what nodes did to
//! them.

mod headers;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub(crate) use headers::Headers;

use crate::capture::{checksum, wire};
use crate::packet::{EcnField, IpProtocol, Packet, PacketSpec};
use crate::time::Time;

const TCP: u8 = 6;
const UDP: u8 = 17;
const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const UDP_HEADER: usize = 8;
const TCP_HEADER: usize = 20;

/// Packets with bytes of a real network.
impl Packet {
    /// Reads an IPv4 or IPv6 packet; `None` where the bytes are none.
    ///
    /// What is neither UDP nor TCP, and fragments, count as [`IpProtocol::Icmp`] with ports of
    /// zero: all nodes treat them as packets of their size. Nodes may change the ECN bits and the
    /// payload; addresses stay as they were read.
    pub fn from_wire(id: u64, sent_at: Time, bytes: &[u8]) -> Option<Self> {
        let ip = match bytes.first()? >> 4 {
            4 => Ip::v4(bytes)?,
            6 => Ip::v6(bytes)?,
            _ => return None,
        };
        let bytes = bytes.get(..ip.total)?;
        let transport = bytes.get(ip.header..)?;
        let (protocol, header, ports) = match ip.protocol {
            Some(UDP) if transport.len() >= UDP_HEADER => {
                (IpProtocol::Udp, UDP_HEADER, ports(transport))
            }
            Some(TCP) if transport.len() >= TCP_HEADER => {
                let length = usize::from(transport[12] >> 4) * 4;
                if length < TCP_HEADER || length > transport.len() {
                    return None;
                }
                (IpProtocol::Tcp, length, ports(transport))
            }
            _ => (IpProtocol::Icmp, 0, [0, 0]),
        };
        let (headers, payload) = bytes.split_at(ip.header + header);
        let transmit = PacketSpec {
            source: SocketAddr::new(ip.source, ports[0]),
            destination: SocketAddr::new(ip.destination, ports[1]),
            protocol,
            ecn: ip.ecn,
            payload: payload.to_vec(),
            padding: 0,
        };
        let mut packet = Packet::new(id, sent_at, transmit);
        let payload_digest = packet.payload_digest();
        packet.set_headers(Headers { bytes: headers.to_vec(), ip: ip.header, payload_digest });
        Some(packet)
    }

    /// The bytes of the packet: those that were read, with right lengths and checksums where a node
    /// changed something, or those that a packet of the simulator would have. Damage done by a node
    /// is not told by the checksum, as in the simulator.
    pub fn to_wire(&self) -> Vec<u8> {
        let Some(headers) = self.headers() else { return wire(self) };
        let mut bytes = Vec::with_capacity(headers.len() + self.payload().len());
        bytes.extend_from_slice(&headers.bytes);
        bytes.extend_from_slice(self.payload());
        let edited = self.payload_digest() != headers.payload_digest;
        mark(&mut bytes, headers, self.ecn());
        if edited {
            mend_lengths(&mut bytes, headers, self.protocol());
            mend_transport(&mut bytes, headers, self.protocol());
        }
        bytes
    }
}

/// What an IP header says.
struct Ip {
    header: usize,
    total: usize,
    source: IpAddr,
    destination: IpAddr,
    ecn: EcnField,
    /// Of a whole packet.
    protocol: Option<u8>,
}

impl Ip {
    fn v4(bytes: &[u8]) -> Option<Self> {
        let fixed: &[u8; IPV4_HEADER] = bytes.first_chunk()?;
        let header = usize::from(fixed[0] & 0x0f) * 4;
        let total = usize::from(u16::from_be_bytes([fixed[2], fixed[3]]));
        if header < IPV4_HEADER || total < header {
            return None;
        }
        // More fragments, or an offset.
        let fragment = u16::from_be_bytes([fixed[6], fixed[7]]) & 0x3fff != 0;
        let address =
            |at: usize| Ipv4Addr::new(fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]);
        Some(Ip {
            header,
            total,
            source: address(12).into(),
            destination: address(16).into(),
            ecn: ecn(fixed[1]),
            protocol: (!fragment).then_some(fixed[9]),
        })
    }

    fn v6(bytes: &[u8]) -> Option<Self> {
        let fixed: &[u8; IPV6_HEADER] = bytes.first_chunk()?;
        let address = |at: usize| -> Option<Ipv6Addr> {
            fixed.get(at..)?.first_chunk::<16>().map(|octets| Ipv6Addr::from(*octets))
        };
        Some(Ip {
            header: IPV6_HEADER,
            total: IPV6_HEADER + usize::from(u16::from_be_bytes([fixed[4], fixed[5]])),
            source: address(8)?.into(),
            destination: address(24)?.into(),
            ecn: ecn(fixed[1] >> 4),
            // With an extension header in between the number is that one's, and the packet counts
            // as neither UDP nor TCP.
            protocol: Some(fixed[6]),
        })
    }
}

fn ecn(traffic_class: u8) -> EcnField {
    match traffic_class & 3 {
        0 => EcnField::NotEct,
        1 => EcnField::Ect1,
        2 => EcnField::Ect0,
        _ => EcnField::Ce,
    }
}

fn ports(transport: &[u8]) -> [u16; 2] {
    [0, 2].map(|at| u16::from_be_bytes([transport[at], transport[at + 1]]))
}

/// Writes the ECN bits, if they are others.
fn mark(bytes: &mut [u8], headers: &Headers, ecn: EcnField) {
    let shift = if headers.is_v4() { 0 } else { 4 };
    let marked = bytes[1] & !(3 << shift) | (ecn as u8) << shift;
    if marked != bytes[1] {
        bytes[1] = marked;
        mend_ip(bytes, headers);
    }
}

fn mend_ip(bytes: &mut [u8], headers: &Headers) {
    if headers.is_v4() {
        bytes[10..12].fill(0);
        let sum = checksum(&[&bytes[..headers.ip]]);
        bytes[10..12].copy_from_slice(&sum.to_be_bytes());
    }
}

/// A payload only gets shorter, so lengths have room.
fn mend_lengths(bytes: &mut [u8], headers: &Headers, protocol: IpProtocol) {
    let (total, transport) = (bytes.len() as u16, (bytes.len() - headers.ip) as u16);
    if headers.is_v4() {
        bytes[2..4].copy_from_slice(&total.to_be_bytes());
        mend_ip(bytes, headers);
    } else {
        bytes[4..6].copy_from_slice(&transport.to_be_bytes());
    }
    if protocol == IpProtocol::Udp {
        bytes[headers.ip + 4..headers.ip + 6].copy_from_slice(&transport.to_be_bytes());
    }
}

fn mend_transport(bytes: &mut [u8], headers: &Headers, protocol: IpProtocol) {
    let (number, place) = match protocol {
        IpProtocol::Udp => (UDP, headers.ip + 6),
        IpProtocol::Tcp => (TCP, headers.ip + 16),
        // Whose checksum that is nobody here knows; its receiver drops it.
        IpProtocol::Icmp => return,
    };
    bytes[place..place + 2].fill(0);
    let (ip, transport) = bytes.split_at(headers.ip);
    let ends = if headers.is_v4() { &ip[12..20] } else { &ip[8..40] };
    let length = (transport.len() as u32).to_be_bytes();
    let sum = checksum(&[ends, &length, &[0, 0, 0, number], transport]);
    // Of UDP, zero means that there is none (RFC 768).
    let sum = if sum == 0 && protocol == IpProtocol::Udp { u16::MAX } else { sum };
    bytes[place..place + 2].copy_from_slice(&sum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the simulator would write is a real packet.
    fn real(source: &str, destination: &str, protocol: IpProtocol) -> Vec<u8> {
        let mut transmit = PacketSpec::udp(
            source.parse().unwrap(),
            destination.parse().unwrap(),
            b"a payload of odd length".to_vec(),
        );
        (transmit.protocol, transmit.ecn) = (protocol, EcnField::Ect0);
        wire(&Packet::new(7, Time::ZERO, transmit))
    }

    const ENDS: [[&str; 2]; 2] =
        [["10.77.0.1:5000", "10.77.0.2:6000"], ["[fd77::1]:5000", "[fd77::2]:6000"]];

    fn sums(bytes: &[u8], number: u8) -> [u16; 2] {
        let v4 = bytes[0] >> 4 == 4;
        let (ip, ends) = if v4 { (20, &bytes[12..20]) } else { (40, &bytes[8..40]) };
        let length = ((bytes.len() - ip) as u32).to_be_bytes();
        let header = if v4 { checksum(&[&bytes[..20]]) } else { 0 };
        [header, checksum(&[ends, &length, &[0, 0, 0, number], &bytes[ip..]])]
    }

    #[test]
    fn what_was_read_is_written_again() {
        for [source, destination] in ENDS {
            for protocol in [IpProtocol::Udp, IpProtocol::Tcp, IpProtocol::Icmp] {
                let bytes = real(source, destination, protocol);
                let packet = Packet::from_wire(1, Time::ZERO, &bytes).unwrap();
                assert_eq!(packet.protocol(), protocol);
                assert_eq!(
                    (packet.wire_bytes(), packet.ecn()),
                    (bytes.len() as u64, EcnField::Ect0)
                );
                assert_eq!(packet.to_wire(), bytes);
                if protocol != IpProtocol::Icmp {
                    assert_eq!(packet.source(), source.parse().unwrap());
                    assert_eq!(packet.destination(), destination.parse().unwrap());
                    assert_eq!(packet.payload(), b"a payload of odd length");
                }
            }
        }
    }

    #[test]
    fn what_nodes_change_has_right_lengths_and_checksums() {
        for [source, destination] in ENDS {
            for (protocol, number) in [(IpProtocol::Udp, UDP), (IpProtocol::Tcp, TCP)] {
                let bytes = real(source, destination, protocol);
                let mut packet = Packet::from_wire(1, Time::ZERO, &bytes).unwrap();
                packet.set_ecn(EcnField::Ce);
                assert_eq!(sums(&packet.to_wire(), number), [0, 0]);
                packet.edit_payload(|payload| payload.truncate(4));
                let written = packet.to_wire();
                assert_eq!(written.len(), bytes.len() - 19);
                assert_eq!(sums(&written, number), [0, 0]);
                let again = Packet::from_wire(1, Time::ZERO, &written).unwrap();
                assert_eq!((again.payload(), again.ecn()), (&b"a pa"[..], EcnField::Ce));
            }
        }
    }

    #[test]
    fn what_is_cut_off_is_no_packet() {
        for [source, destination] in ENDS {
            let bytes = real(source, destination, IpProtocol::Tcp);
            for length in 0..bytes.len() {
                assert_eq!(Packet::from_wire(1, Time::ZERO, &bytes[..length]), None, "{length}");
            }
        }
        assert_eq!(Packet::from_wire(1, Time::ZERO, &[0x20; 60]), None);
    }
}
