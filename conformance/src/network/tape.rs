//! The capture of a case.

use crate::wall::Side;
use lapwing_simnet::capture::{LINKTYPE_RAW, PcapngWriter};
use lapwing_simnet::nodes::DropReason;
use lapwing_simnet::{LinkStats, Time};
use std::time::Duration;

/// From here on only headers are kept.
const BYTES_MAX: usize = 48 << 20;
/// From here on nothing.
const BYTES_IN_ALL_MAX: usize = 64 << 20;
/// Enough for the headers of IP, TCP and RTP with its extensions.
const HEADERS: usize = 96;

/// A capture that is being made.
#[derive(Debug)]
pub(super) struct Tape {
    writer: PcapngWriter,
    /// The section and its interfaces: secrets come after them and before the packets.
    head: Vec<u8>,
    sides: [u32; 2],
    drops: u32,
    /// The wall clock at time zero counts in whole seconds there; this is the rest.
    offset: Duration,
    pub(super) cut: u64,
    pub(super) left_out: u64,
}

impl Tape {
    /// Begins a capture whose time zero is `origin`, since the Unix epoch.
    pub(super) fn new(origin: Duration) -> Self {
        let mut writer = PcapngWriter::new(concat!("lapwing ", env!("CARGO_PKG_VERSION")));
        let mut interface = |name: &str| writer.interface(name, LINKTYPE_RAW, origin);
        let sides = Side::BOTH.map(|side| interface(&side.to_string()));
        let drops = interface("drops");
        let head = writer.take();
        let offset = Duration::from_nanos(u64::from(origin.subsec_nanos()));
        Self { writer, head, sides, drops, offset, cut: 0, left_out: 0 }
    }

    /// A packet that the side sent or received.
    pub(super) fn packet(&mut self, side: usize, at: Time, bytes: &[u8]) {
        self.add(self.sides[side], at, bytes, None);
    }

    /// A packet that the link dropped. `stats` are those of the link, which this packet is in.
    pub(super) fn drop(
        &mut self,
        reason: DropReason,
        from: Side,
        at: Time,
        bytes: &[u8],
        stats: &LinkStats,
    ) {
        let count = stats.packets_dropped();
        let comment = format!(
            "dropped: {reason:?} from {from} to {}, the {count}. on that way",
            from.other()
        );
        self.add(self.drops, at, bytes, Some(&comment));
    }

    fn add(&mut self, interface: u32, at: Time, bytes: &[u8], comment: Option<&str>) {
        let waiting = self.writer.waiting();
        if waiting >= BYTES_IN_ALL_MAX {
            self.left_out += 1;
            return;
        }
        let kept = if waiting >= BYTES_MAX { bytes.len().min(HEADERS) } else { bytes.len() };
        self.cut += u64::from(kept < bytes.len());
        let length = bytes.len() as u64;
        self.writer.packet(interface, at + self.offset, &bytes[..kept], length, comment);
    }

    /// The file, with these keys in it.
    pub(super) fn finish(&mut self, key_logs: &[String]) -> Vec<u8> {
        let packets = self.writer.take();
        for keys in key_logs.iter().filter(|keys| !keys.trim().is_empty()) {
            self.writer.secrets(keys);
        }
        let secrets = self.writer.take();
        [std::mem::take(&mut self.head), secrets, packets].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES_MAX, HEADERS, Tape};
    use lapwing_simnet::Time;
    use lapwing_simnet::capture::{Block, PcapngReader};
    use std::time::Duration;

    #[test]
    fn secrets_stand_before_packets_and_times_are_those_of_the_wall_clock() {
        let mut tape = Tape::new(Duration::from_millis(1_700_000_000_250));
        tape.packet(1, Time::from_millis(500), &[0x45; 40]);
        let file = tape.finish(&["CLIENT_RANDOM 00 11\n".to_owned(), String::new()]);
        let blocks: Vec<_> = PcapngReader::new(&file).unwrap().map(Result::unwrap).collect();
        let packet = blocks.iter().position(|block| matches!(block, Block::Packet { .. }));
        let secrets = blocks.iter().position(|block| matches!(block, Block::Secrets { .. }));
        assert!(secrets.unwrap() < packet.unwrap(), "{blocks:?}");
        assert!(
            matches!(blocks[packet.unwrap()], Block::Packet { at_ns, .. } if at_ns % 1_000_000_000 == 750_000_000)
        );
    }

    #[test]
    fn a_long_capture_keeps_headers_and_then_nothing() {
        let mut tape = Tape::new(Duration::ZERO);
        let packet = [0x45; 1_500];
        for _ in 0..BYTES_MAX / 1_500 {
            tape.packet(0, Time::ZERO, &packet);
        }
        assert!(tape.cut < 2_000, "{}", tape.cut);
        while tape.left_out == 0 && tape.cut < 1 << 20 {
            tape.packet(0, Time::ZERO, &packet);
        }
        assert!(tape.cut > 0);
        assert_eq!(tape.left_out, 1);
        assert!(tape.finish(&[]).len() < (64 << 20) + 2 * 1_500 + HEADERS + 400);
    }
}
