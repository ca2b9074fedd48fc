//! HEARTBEAT (RFC 9260 section 3.3.5) of our own: a probe of the path, filled up by PAD (RFC 4820).

use super::path_mtu::Probe;
use super::wire::{CHUNK_HEADER, PacketWriter, chunk, number, parameters, push_parameter};

/// The parameter "heartbeat info".
const INFO: u16 = 1;

/// Writes one that makes the packet as large as it is to be.
pub(super) fn write(packet: &mut PacketWriter, probe: Probe) {
    let size = u32::try_from(probe.size).expect("a packet is small");
    let mut info = Vec::with_capacity(16);
    push_parameter(
        &mut info,
        INFO,
        &[&size.to_be_bytes()[..], &probe.token.to_be_bytes()].concat(),
    );
    packet.push(chunk::HEARTBEAT, 0, &info);
    if let Some(padding) = probe.size.checked_sub(packet.len() + CHUNK_HEADER) {
        packet.push(chunk::PAD, 0, &vec![0; padding]);
    }
}

/// What comes back in the answer; `None` for what we did not write.
pub(super) fn parse(value: &[u8]) -> Option<Probe> {
    let (_, info) = parameters(value).find(|(kind, _)| *kind == INFO)?;
    let size = usize::try_from(number(info, 0)?).ok()?;
    let token = info.get(4..)?.first_chunk().copied().map(u64::from_be_bytes)?;
    Some(Probe { size, token })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sctp::wire::PacketView;

    #[test]
    fn a_probe_is_as_large_as_it_is_to_be_and_comes_back() {
        for size in (56..1_500).step_by(4) {
            let probe = Probe { size, token: 0x0102_0304_0506_0708 };
            let mut packet = PacketWriter::new((1, 2), 3);
            write(&mut packet, probe);
            let packet = packet.finish();
            assert_eq!(packet.len(), size);
            let chunks: Vec<_> = PacketView::parse(&packet).unwrap().chunks().collect();
            let kinds: Vec<u8> = chunks.iter().map(|chunk| chunk.kind).collect();
            assert_eq!(kinds, [chunk::HEARTBEAT, chunk::PAD]);
            assert_eq!(parse(chunks[0].value), Some(probe));
            for length in 0..chunks[0].value.len() {
                assert_eq!(parse(&chunks[0].value[..length]), None);
            }
        }
    }
}
