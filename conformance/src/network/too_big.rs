//! What a kernel is told of a packet that was too big for a link.

/// Of a packet that was too big, so much is sent back with the report (RFC 1812 section 4.3.2.3,
/// well within RFC 4443's).
const REPORTED: usize = 540;

/// "Fragmentation needed" (RFC 1191) or "packet too big" (RFC 4443 section 3.2), as if from where
/// the packet should have gone.
pub(crate) fn too_big(mtu: u32, packet: &[u8]) -> Option<Vec<u8>> {
    let reported = &packet[..packet.len().min(REPORTED)];
    let mut message;
    let mut bytes;
    let place;
    if packet.first()? >> 4 == 4 {
        let (source, destination) = (packet.get(12..16)?, packet.get(16..20)?);
        let mtu = u16::try_from(mtu).unwrap_or(u16::MAX).to_be_bytes();
        message = [&[3, 4, 0, 0, 0, 0][..], &mtu, reported].concat();
        place = sum(&[&message]);
        let total = (20 + message.len() as u16).to_be_bytes();
        bytes = vec![0x45, 0, total[0], total[1], 0, 0, 0x40, 0, 64, 1, 0, 0];
        bytes.extend([destination, source].concat());
        let header = sum(&[&bytes]);
        bytes[10..12].copy_from_slice(&header);
    } else {
        let (source, destination) = (packet.get(8..24)?, packet.get(24..40)?);
        message = [&[2, 0, 0, 0][..], &mtu.to_be_bytes(), reported].concat();
        let length = (message.len() as u16).to_be_bytes();
        let pseudo = [destination, source, &[0, 0], &length, &[0, 0, 0, 58]].concat();
        place = sum(&[&pseudo, &message]);
        bytes = vec![0x60, 0, 0, 0, length[0], length[1], 58, 64];
        bytes.extend([destination, source].concat());
    }
    message[2..4].copy_from_slice(&place);
    bytes.extend(message);
    Some(bytes)
}

/// The internet checksum over parts of which all but the last are of even length (RFC 1071).
fn sum(parts: &[&[u8]]) -> [u8; 2] {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let total: u64 = words
        .map(|pair| u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0)))
        .sum();
    let folded = (total & 0xffff) + (total >> 16);
    let folded = (folded & 0xffff) + (folded >> 16);
    (!(folded as u16)).to_be_bytes()
}
