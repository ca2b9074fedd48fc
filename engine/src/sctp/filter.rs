//! What the data transfer sends, on its way to the peer:
//!
//! - its requests of resets stay here: it makes one whenever the peer reset a stream, whether we
//!   did before or not (see `resets.rs`);
//! - SACK announces the window that is left, and is no longer than a packet;
//! - streams in FORWARD-TSN come in the order of their numbers, and not as a hash map has them;
//! - packets are no longer than may be.

use super::config::PACKET_BYTES_MAX;
use super::received::Received;
use super::requests::PeerRequests;
use super::resets::{parameter, parse_request};
use super::sent::Sent;
use super::wire::{CHUNK_HEADER, Chunk, HEADER, PacketView, PacketWriter, Ports};
use super::wire::{chunk, number, parameters, push_parameter, short};

/// Bytes of a SACK before its blocks (RFC 9260 section 3.3.4).
const SACK_FIXED: usize = 12;

/// Blocks of four bytes that a SACK has room for.
const BLOCKS_MAX: usize = (PACKET_BYTES_MAX - HEADER - CHUNK_HEADER - SACK_FIXED) / 4;

/// A request of a reset that stays here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Withheld {
    /// As the data transfer counts them.
    pub(super) number: u32,
    /// None for all that the peer has reset.
    pub(super) streams: Vec<u16>,
}

/// What is known of both directions.
pub(super) struct Filter<'a> {
    pub(super) ports: Ports,
    pub(super) sent: &'a mut Sent,
    pub(super) received: &'a Received,
    pub(super) requests: &'a PeerRequests,
    pub(super) packets: &'a mut Vec<Vec<u8>>,
    pub(super) withheld: &'a mut Vec<Withheld>,
}

/// What goes out of a chunk.
enum Passed {
    AsItIs,
    Instead(Vec<u8>),
    Nothing,
}

impl Filter<'_> {
    /// A packet of the data transfer.
    pub(super) fn pass(&mut self, packet: Vec<u8>) {
        let Some(view) = PacketView::trusted(&packet) else { return };
        let mut passed = Vec::with_capacity(2);
        for chunk in view.chunks() {
            passed.push((chunk, self.judge(&chunk)));
        }
        let is_whole = packet.len() <= PACKET_BYTES_MAX
            && passed.iter().all(|(_, passed)| matches!(passed, Passed::AsItIs));
        if is_whole {
            drop(passed);
            self.packets.push(packet);
            return;
        }
        let mut writer = PacketWriter::new(self.ports, view.tag());
        for (chunk, passed) in &passed {
            let value = match passed {
                Passed::AsItIs => chunk.value,
                Passed::Instead(value) => value,
                Passed::Nothing => continue,
            };
            let length = (CHUNK_HEADER + value.len()).next_multiple_of(4);
            if !writer.is_empty() && writer.len() + length > PACKET_BYTES_MAX {
                let full = PacketWriter::new(self.ports, view.tag());
                self.packets.push(std::mem::replace(&mut writer, full).finish());
            }
            writer.push(chunk.kind, chunk.flags, value);
        }
        if !writer.is_empty() {
            self.packets.push(writer.finish());
        }
    }

    fn judge(&mut self, chunk: &Chunk<'_>) -> Passed {
        match chunk.kind {
            chunk::DATA => {
                if let (Some(tsn), Some(stream)) = (number(chunk.value, 0), short(chunk.value, 4)) {
                    self.sent.note_data(tsn, stream);
                }
                Passed::AsItIs
            }
            chunk::SACK => self.sack(chunk.value),
            chunk::FORWARD_TSN => {
                if let Some(tsn) = number(chunk.value, 0) {
                    self.sent.note(tsn);
                }
                forward_tsn(chunk.value)
            }
            chunk::RE_CONFIG => self.re_config(chunk.value),
            _ => Passed::AsItIs,
        }
    }

    fn sack(&self, value: &[u8]) -> Passed {
        let (Some(window), Some(blocks)) = (number(value, 4), short(value, 8)) else {
            return Passed::AsItIs;
        };
        let left = u32::try_from(self.received.window_left()).unwrap_or(u32::MAX);
        if left >= window && value.len() <= SACK_FIXED + 4 * BLOCKS_MAX {
            return Passed::AsItIs;
        }
        let blocks = usize::from(blocks).min(BLOCKS_MAX);
        let mut value = value[..SACK_FIXED + 4 * blocks].to_vec();
        value[4..8].copy_from_slice(&left.min(window).to_be_bytes());
        value[8..10].copy_from_slice(&(blocks as u16).to_be_bytes());
        // Numbers that came twice: they tell a sender nothing that it has to know.
        value[10..12].fill(0);
        Passed::Instead(value)
    }

    fn re_config(&mut self, value: &[u8]) -> Passed {
        let mut rest = Vec::new();
        for (kind, value) in parameters(value) {
            match (kind, parse_request(value), number(value, 0)) {
                (parameter::OUTGOING_RESET, Some((number, streams)), _) => {
                    self.withheld.push(Withheld { number, streams });
                }
                (parameter::RESPONSE, _, Some(number)) => {
                    let mut value = value.to_vec();
                    value[..4].copy_from_slice(&self.requests.restore(number).to_be_bytes());
                    push_parameter(&mut rest, kind, &value);
                }
                _ => {}
            }
        }
        if rest.is_empty() { Passed::Nothing } else { Passed::Instead(rest) }
    }
}

fn forward_tsn(value: &[u8]) -> Passed {
    let Some((tsn, streams)) = value.split_at_checked(4) else { return Passed::AsItIs };
    let mut entries: Vec<&[u8]> = streams.chunks_exact(4).collect();
    if entries.is_sorted() {
        return Passed::AsItIs;
    }
    entries.sort_unstable();
    Passed::Instead([tsn, &entries.concat()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sctp::resets::{request_value, response_value};

    fn filtered(packet: PacketWriter) -> (Vec<Vec<u8>>, Vec<Withheld>) {
        let (mut packets, mut withheld) = (Vec::new(), Vec::new());
        let mut received = Received::new(1, 10_000);
        received.admit(5, 0, 3, 4_000);
        let mut filter = Filter {
            ports: (1, 2),
            sent: &mut Sent::new(1),
            received: &received,
            requests: &PeerRequests::new(1),
            packets: &mut packets,
            withheld: &mut withheld,
        };
        filter.pass(packet.finish());
        (packets, withheld)
    }

    fn writer() -> PacketWriter {
        PacketWriter::new((1, 2), 7)
    }

    fn sack(window: u32, blocks: u16) -> Vec<u8> {
        let mut value = vec![0, 0, 0, 0];
        value.extend(window.to_be_bytes());
        value.extend(blocks.to_be_bytes());
        value.extend([0, 1]);
        value.extend((0..blocks).flat_map(|block| (2 * block + 2).to_be_bytes().repeat(2)));
        value.extend([0, 0, 0, 9]);
        value
    }

    #[test]
    fn a_sack_announces_what_is_left() {
        let (packets, _) = filtered(writer().chunk(chunk::SACK, 0, &sack(10_000, 1)));
        let mut expected = sack(6_000, 1);
        expected[11] = 0;
        expected.truncate(16);
        assert_eq!(packets, [writer().chunk(chunk::SACK, 0, &expected).finish()]);
        let small = writer().chunk(chunk::SACK, 0, &sack(6_000, 1)).finish();
        assert_eq!(filtered(writer().chunk(chunk::SACK, 0, &sack(6_000, 1))).0, [small]);
    }

    #[test]
    fn a_sack_fits_a_packet() {
        let (packets, _) = filtered(writer().chunk(chunk::SACK, 0, &sack(5, 1_000)));
        assert_eq!(packets[0].len(), PACKET_BYTES_MAX);
        let view = PacketView::parse(&packets[0]).unwrap();
        let chunk = view.chunks().next().unwrap();
        assert_eq!(short(chunk.value, 8), Some(BLOCKS_MAX as u16));
        assert_eq!(number(chunk.value, 4), Some(5));
    }

    #[test]
    fn requests_stay_here_and_responses_go() {
        let request = request_value(8, 9, 10, &[3, 4]);
        let (packets, withheld) = filtered(writer().chunk(chunk::RE_CONFIG, 0, &request));
        assert_eq!(packets, [[0; 0]; 0]);
        assert_eq!(withheld, [Withheld { number: 8, streams: vec![3, 4] }]);
        let mut both = response_value(1, 1);
        both.extend(&request);
        let (packets, withheld) = filtered(writer().chunk(chunk::RE_CONFIG, 0, &both));
        assert_eq!(packets, [writer().chunk(chunk::RE_CONFIG, 0, &response_value(1, 1)).finish()]);
        assert_eq!(withheld.len(), 1);
    }

    #[test]
    fn streams_that_are_given_up_are_in_order() {
        let value = |streams: &[[u8; 4]]| [&[0, 0, 0, 9][..], &streams.concat()].concat();
        let (high, low) = ([0, 9, 0, 1], [0, 2, 0, 7]);
        let (packets, _) = filtered(writer().chunk(chunk::FORWARD_TSN, 0, &value(&[high, low])));
        assert_eq!(packets, [writer().chunk(chunk::FORWARD_TSN, 0, &value(&[low, high])).finish()]);
    }

    #[test]
    fn long_packets_are_divided() {
        let mut long = writer();
        (0..100).for_each(|tsn: u8| {
            long.push(chunk::DATA, 3, &[0, 0, 0, tsn, 0, 0, 0, 0, 0, 0, 0, 53, 1])
        });
        let (packets, _) = filtered(long);
        assert_eq!(packets.len(), 2);
        let count = |packet: &Vec<u8>| PacketView::parse(packet).unwrap().chunks().count();
        assert_eq!(packets.iter().map(count).sum::<usize>(), 100);
        assert!(packets.iter().all(|packet| packet.len() <= PACKET_BYTES_MAX));
    }
}
