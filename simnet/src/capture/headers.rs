//! IP packets as they would be on the wire, with lengths and checksums (RFC 791, 8200, 768, 9293).

use std::net::{IpAddr, SocketAddr};

use crate::packet::{IpProtocol, Packet};

/// What a receiver's counter would show: the simulator does not tell where a packet is.
const HOP_LIMIT: u8 = 64;
const TCP_HEADER: usize = 20;
const UDP_HEADER: usize = 8;

/// The bytes of the packet that are stored. Data that is only counted ([`Packet::padding`]) is in
/// the lengths and, as zeros, in the checksums, not in the bytes.
pub(crate) fn wire(packet: &Packet) -> Vec<u8> {
    let (source, destination) = (packet.source(), packet.destination());
    let transport = transport(packet);
    let length = transport.len() + packet.padding() as usize;
    let mut bytes = match (source.ip(), destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let ends = [source.octets(), destination.octets()].concat();
            header_v4(packet, length + 20, &ends)
        }
        (source, destination) => {
            let ends = [six(source), six(destination)].concat();
            header_v6(packet, length, &ends)
        }
    };
    bytes.extend(transport);
    bytes
}

/// IPv4 in its place within IPv6 (RFC 4291 section 2.5.5.2); no network of ours mixes them.
fn six(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

fn number(packet: &Packet) -> u8 {
    match (packet.protocol(), packet.destination().is_ipv4()) {
        (IpProtocol::Udp, _) => 17,
        (IpProtocol::Tcp, _) => 6,
        (IpProtocol::Icmp, true) => 1,
        (IpProtocol::Icmp, false) => 58,
    }
}

fn header_v4(packet: &Packet, length: usize, ends: &[u8]) -> Vec<u8> {
    let mut header = vec![0x45, packet.ecn() as u8];
    header.extend(limited(length).to_be_bytes());
    header.extend((packet.id() as u16).to_be_bytes());
    // Do not fragment.
    header.extend([0x40, 0, HOP_LIMIT, number(packet), 0, 0]);
    header.extend(ends);
    let sum = checksum(&[&header]);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    header
}

fn header_v6(packet: &Packet, length: usize, ends: &[u8]) -> Vec<u8> {
    let mut header = vec![0x60, (packet.ecn() as u8) << 4, 0, 0];
    header.extend(limited(length).to_be_bytes());
    header.extend([number(packet), HOP_LIMIT]);
    header.extend(ends);
    header
}

/// Modelled segments may be longer than a length field says.
fn limited(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

fn transport(packet: &Packet) -> Vec<u8> {
    let (source, destination) = (packet.source(), packet.destination());
    let ports = [source.port().to_be_bytes(), destination.port().to_be_bytes()].concat();
    let (mut bytes, place) = match packet.protocol() {
        IpProtocol::Udp => {
            let length = UDP_HEADER + packet.payload().len() + packet.padding() as usize;
            ([&ports[..], &limited(length).to_be_bytes(), &[0, 0]].concat(), 6)
        }
        IpProtocol::Tcp => {
            let mut header = ports;
            header.extend([0; 8]);
            // Five words of header, acknowledgement, some window: the model's own fields are in the
            // payload.
            header.extend([0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0]);
            debug_assert_eq!(header.len(), TCP_HEADER);
            (header, 16)
        }
        // Destination unreachable, or packet too big.
        IpProtocol::Icmp if destination.is_ipv4() => (vec![3, 4, 0, 0, 0, 0, 0, 0], 2),
        IpProtocol::Icmp => (vec![2, 0, 0, 0, 0, 0, 0, 0], 2),
    };
    bytes.extend_from_slice(packet.payload());
    let sum = match packet.protocol() {
        IpProtocol::Icmp if destination.is_ipv4() => checksum(&[&bytes]),
        _ => checksum(&[&pseudo_header(packet, bytes.len(), source, destination), &bytes]),
    };
    // Of UDP, zero means that there is none (RFC 768).
    let sum = if sum == 0 && packet.protocol() == IpProtocol::Udp { u16::MAX } else { sum };
    bytes[place..place + 2].copy_from_slice(&sum.to_be_bytes());
    bytes
}

fn pseudo_header(
    packet: &Packet,
    stored: usize,
    source: SocketAddr,
    destination: SocketAddr,
) -> Vec<u8> {
    let length = (stored + packet.padding() as usize) as u32;
    let mut pseudo = match (source.ip(), destination.ip()) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            [source.octets(), destination.octets()].concat()
        }
        (source, destination) => [six(source), six(destination)].concat(),
    };
    pseudo.extend(length.to_be_bytes());
    pseudo.extend([0, 0, 0, number(packet)]);
    pseudo
}

/// The internet checksum over parts of which all but the last are of even length (RFC 1071).
pub(crate) fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0_u64;
    for part in parts {
        for pair in part.chunks(2) {
            sum += u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0));
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::{EcnField, PacketSpec};
    use crate::time::Time;

    fn packet(source: &str, destination: &str, payload: Vec<u8>, padding: u32) -> Packet {
        let mut transmit =
            PacketSpec::udp(source.parse().unwrap(), destination.parse().unwrap(), payload);
        transmit.padding = padding;
        transmit.ecn = EcnField::Ect1;
        Packet::new(7, Time::ZERO, transmit)
    }

    #[test]
    fn checksums_hold_for_both_families() {
        // The sum over what has a right checksum is zero.
        let bytes = wire(&packet("10.0.0.1:5000", "10.0.0.2:6000", b"odd".to_vec(), 0));
        assert_eq!(bytes.len(), 31);
        assert_eq!(checksum(&[&bytes[..20]]), 0);
        let pseudo = [&bytes[12..20], &11_u32.to_be_bytes(), &[0, 0, 0, 17]].concat();
        assert_eq!(checksum(&[&pseudo, &bytes[20..]]), 0);
        assert_eq!((bytes[1], &bytes[2..4]), (1, &[0, 31][..]));

        let bytes = wire(&packet("[2001:db8::1]:5000", "[2001:db8::2]:6000", vec![9; 100], 0));
        let pseudo = [&bytes[8..40], &108_u32.to_be_bytes(), &[0, 0, 0, 17]].concat();
        assert_eq!(checksum(&[&pseudo, &bytes[40..]]), 0);
        assert_eq!(&bytes[..8], &[0x60, 0x10, 0, 0, 0, 108, 17, 64]);
    }

    #[test]
    fn data_that_is_only_counted_is_in_the_lengths() {
        let packet = packet("10.0.0.1:5000", "10.0.0.2:6000", vec![1; 4], 1000);
        let bytes = wire(&packet);
        assert_eq!(bytes.len(), 32);
        assert_eq!(u64::from(u16::from_be_bytes([bytes[2], bytes[3]])), packet.wire_bytes());
        let whole = [&bytes[20..], &[0; 1000]].concat();
        let pseudo = [&bytes[12..20], &1012_u32.to_be_bytes(), &[0, 0, 0, 17]].concat();
        assert_eq!(checksum(&[&pseudo, &whole]), 0);
    }
}
