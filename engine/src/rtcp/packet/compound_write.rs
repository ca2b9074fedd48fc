//! Packets joined to datagrams of a bounded size.
//!
//! 1. A full datagram begins with a report and the sender's canonical name (RFC 3550 section 6.1).
//!    Each of our streams that sends has a report of its own; the first has the blocks.
//! 2. Blocks that do not fit in it go on in further reports of the same datagram, or of the next.
//! 3. Other packets follow in their order; one that does not fit begins a datagram, which in the
//!    full form has an empty receiver report and the name before it.
//! 4. Of reduced size (RFC 5506), a datagram without a report has neither.

use super::raw::RawPacket;
use super::report::{
    BLOCK_BYTES, BLOCKS_MAX, ReportBlock, SenderInfo, write_receiver_report, write_sender_report,
};
use super::sdes::{SdesItem, SdesKind, TEXT_BYTES_MAX, write_sdes};
use crate::ids::Ssrc;

/// Header and SSRC of a receiver report, and what a sender report has more.
const RECEIVER_HEAD_BYTES: usize = 8;
const SENDER_HEAD_BYTES: usize = 28;
/// Header of a source description, SSRC of a chunk, head of an item and its end.
const SDES_HEAD_BYTES: usize = 4;
const CHUNK_HEAD_BYTES: usize = 4 + 2 + 1;
/// Sources that one description names.
const NAMES_MAX: usize = 31;

/// Which datagrams both sides agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpMode {
    /// Each begins with a report and a name.
    Compound,
    /// Feedback may go without (RFC 5506, `a=rtcp-rsize`).
    ReducedSize,
}

/// The report that is due.
#[derive(Clone, Copy, Debug)]
pub enum DueReport<'a> {
    /// None is.
    None,
    /// That of one that only receives.
    Receiver,
    /// Those of our streams that send; the same as [`DueReport::Receiver`] where there are none.
    Senders(&'a [(Ssrc, SenderInfo)]),
}

/// What one side has to say at one moment.
#[derive(Clone, Copy, Debug)]
pub struct CompoundContents<'a> {
    /// Who reports what was received.
    pub sender: Ssrc,
    /// The canonical name of all our streams.
    pub cname: &'a str,
    /// The report that is due.
    pub report: DueReport<'a>,
    /// What was received. Not sent where no report is due.
    pub blocks: &'a [ReportBlock],
    /// Other packets, each as its writer made it, one after the other.
    pub packets: &'a [u8],
}

impl CompoundContents<'_> {
    /// Hands out each datagram. None is larger than `bytes_max`, but where one packet of `packets`
    /// is that large by itself, or the name leaves no room.
    pub fn write(&self, mode: RtcpMode, bytes_max: usize, mut each: impl FnMut(&[u8])) {
        let mut datagram = Datagram {
            contents: self,
            bytes_max,
            bytes: Vec::with_capacity(bytes_max),
            unnamed: Vec::new(),
            says: false,
        };
        match self.report {
            DueReport::None => {}
            DueReport::Receiver | DueReport::Senders([]) => datagram.reports(&[], &mut each),
            DueReport::Senders(senders) => datagram.reports(senders, &mut each),
        }
        let mut rest = self.packets;
        while let Ok((packet, after)) = RawPacket::split_first(rest) {
            rest = after;
            datagram.packet(packet.bytes(), mode, &mut each);
        }
        datagram.flush(&mut each);
    }
}

struct Datagram<'a> {
    contents: &'a CompoundContents<'a>,
    bytes_max: usize,
    bytes: Vec<u8>,
    /// Sources that reported in it, and have no name there yet.
    unnamed: Vec<Ssrc>,
    /// It is more than a beginning.
    says: bool,
}

impl Datagram<'_> {
    /// Writes the senders' reports, and further ones of a receiver while there are blocks.
    fn reports(&mut self, senders: &[(Ssrc, SenderInfo)], each: &mut impl FnMut(&[u8])) {
        let mut blocks = self.contents.blocks;
        let mut senders = senders.iter();
        let mut next = senders.next();
        loop {
            let (ssrc, head) = match next {
                Some((ssrc, _)) => (*ssrc, SENDER_HEAD_BYTES),
                None => (self.contents.sender, RECEIVER_HEAD_BYTES),
            };
            let Some(count) = self.room_for(ssrc, head, blocks.len()) else {
                self.flush(each);
                continue;
            };
            let (some, rest) = blocks.split_at(count);
            match next {
                Some((_, info)) => write_sender_report(&mut self.bytes, ssrc, info, some),
                None => write_receiver_report(&mut self.bytes, ssrc, some),
            }
            if !self.unnamed.contains(&ssrc) {
                self.unnamed.push(ssrc);
            }
            self.says = true;
            blocks = rest;
            next = senders.next();
            if blocks.is_empty() && next.is_none() {
                break;
            }
        }
        self.name();
    }

    /// How many blocks a report may have here; `None` where it has to go into the next datagram.
    /// One that begins takes something in any case, so that there is an end.
    fn room_for(&self, ssrc: Ssrc, head: usize, blocks: usize) -> Option<usize> {
        let begins = self.bytes.is_empty();
        let named = self.unnamed.contains(&ssrc);
        let names = self.unnamed.len() + usize::from(!named);
        let text = self.contents.cname.len().min(TEXT_BYTES_MAX);
        let name_bytes = (CHUNK_HEAD_BYTES + text).next_multiple_of(4) * names;
        let used = self.bytes.len() + head + SDES_HEAD_BYTES + name_bytes;
        let wanted = blocks.min(BLOCKS_MAX);
        if begins {
            return Some(wanted.min((self.bytes_max.saturating_sub(used) / BLOCK_BYTES).max(1)));
        }
        let room = self.bytes_max.checked_sub(used)? / BLOCK_BYTES;
        // A report without a block would say nothing where there are some.
        let says = wanted == 0 || room > 0 || head == SENDER_HEAD_BYTES;
        (says && names <= NAMES_MAX).then_some(wanted.min(room))
    }

    fn packet(&mut self, packet: &[u8], mode: RtcpMode, each: &mut impl FnMut(&[u8])) {
        if self.says && self.bytes.len() + packet.len() > self.bytes_max {
            self.flush(each);
        }
        if self.bytes.is_empty() && mode == RtcpMode::Compound {
            write_receiver_report(&mut self.bytes, self.contents.sender, &[]);
            self.unnamed.push(self.contents.sender);
            self.name();
        }
        self.bytes.extend(packet);
        self.says = true;
    }

    /// Names the sources that reported.
    fn name(&mut self) {
        let item = [SdesItem { kind: SdesKind::Cname, text: self.contents.cname.as_bytes() }];
        let chunks: Vec<_> = self.unnamed.drain(..).map(|ssrc| (ssrc, &item[..])).collect();
        if !chunks.is_empty() {
            write_sdes(&mut self.bytes, &chunks);
        }
    }

    fn flush(&mut self, each: &mut impl FnMut(&[u8])) {
        self.name();
        if self.says {
            each(&self.bytes);
        }
        self.bytes.clear();
        self.says = false;
    }
}

#[cfg(test)]
mod tests {
    use super::super::compound::Compound;
    use super::super::kind::Packet;
    use super::super::pli::{Pli, write_pli};
    use super::super::sdes::SdesKind;
    use super::*;
    use crate::rtcp::ntp::NtpTime;

    const INFO: SenderInfo = SenderInfo {
        ntp: NtpTime::from_bits(1 << 32),
        rtp_timestamp: 2,
        packet_count: 3,
        octet_count: 4,
    };

    fn blocks(count: u32) -> Vec<ReportBlock> {
        let block = |ssrc| ReportBlock {
            ssrc: Ssrc(ssrc),
            fraction_lost: 0,
            cumulative_lost: 0,
            highest_sequence: 0,
            jitter: 0,
            last_sr: 0,
            delay_since_last_sr: 0,
        };
        (0..count).map(block).collect()
    }

    fn datagrams(contents: &CompoundContents<'_>, mode: RtcpMode, max: usize) -> Vec<Vec<u8>> {
        let mut all = Vec::new();
        contents.write(mode, max, |datagram| all.push(datagram.to_vec()));
        all
    }

    /// Streams reported, and PLIs, each with the check that the datagram obeys its form: it begins
    /// with a report, and who reports is named.
    fn told(datagrams: &[Vec<u8>], full: bool) -> (Vec<u32>, Vec<u32>) {
        let (mut reported, mut indicated) = (Vec::new(), Vec::new());
        for datagram in datagrams {
            let mut compound = Compound::parse(datagram).unwrap();
            assert_eq!(compound.is_full(), full);
            let (mut reporters, mut named) = (Vec::new(), Vec::new());
            for packet in compound.by_ref() {
                let (ssrc, blocks) = match packet {
                    Packet::SenderReport(report) => {
                        assert_eq!(report.info, INFO);
                        (report.ssrc, report.blocks)
                    }
                    Packet::ReceiverReport(report) => (report.ssrc, report.blocks),
                    Packet::SourceDescription(description) => {
                        for chunk in description.chunks() {
                            assert_eq!(chunk.item(SdesKind::Cname), Some(&b"me"[..]));
                            named.push(chunk.ssrc);
                        }
                        continue;
                    }
                    Packet::Pli(pli) => {
                        indicated.push(pli.media_ssrc.0);
                        continue;
                    }
                    other => panic!("{other:?}"),
                };
                reporters.push(ssrc);
                reported.extend(blocks.iter().map(|block| block.ssrc.0));
            }
            named.sort_unstable();
            reporters.sort_unstable();
            reporters.dedup();
            assert_eq!(named, reporters);
            assert_eq!(compound.faults().count, 0);
        }
        (reported, indicated)
    }

    fn plis(count: u32) -> Vec<u8> {
        let mut out = Vec::new();
        (0..count).for_each(|ssrc| {
            write_pli(&mut out, Pli { sender: Ssrc(9), media_ssrc: Ssrc(ssrc) });
        });
        out
    }

    #[test]
    fn everything_is_told_in_datagrams_that_fit() {
        let (blocks, packets) = (blocks(100), plis(300));
        let senders = [(Ssrc(9), INFO), (Ssrc(10), INFO), (Ssrc(11), INFO)];
        for report in [DueReport::Senders(&senders), DueReport::Receiver] {
            for max in [88, 200, 500, 1_200] {
                let contents = CompoundContents {
                    sender: Ssrc(9),
                    cname: "me",
                    report,
                    blocks: &blocks,
                    packets: &packets,
                };
                let all = datagrams(&contents, RtcpMode::Compound, max);
                assert!(all.iter().all(|datagram| datagram.len() <= max), "{max}");
                let (reported, indicated) = told(&all, true);
                assert!(reported.into_iter().eq(0..100));
                assert!(indicated.into_iter().eq(0..300));
            }
        }
    }

    #[test]
    fn each_of_many_streams_has_its_report() {
        let senders: Vec<_> = (0..200).map(|ssrc| (Ssrc(ssrc), INFO)).collect();
        let blocks = blocks(3);
        let contents = CompoundContents {
            sender: Ssrc(9),
            cname: "me",
            report: DueReport::Senders(&senders),
            blocks: &blocks,
            packets: &[],
        };
        for max in [1_200, 60_000] {
            let all = datagrams(&contents, RtcpMode::ReducedSize, max);
            assert!(all.iter().all(|datagram| datagram.len() <= max));
            assert_eq!(told(&all, true).0, [0, 1, 2]);
            let is_report = |packet: &Packet<'_>| matches!(packet, Packet::SenderReport(_));
            let count =
                |datagram: &Vec<u8>| Compound::parse(datagram).unwrap().filter(is_report).count();
            assert_eq!(all.iter().map(count).sum::<usize>(), 200);
        }
    }

    #[test]
    fn reduced_size_leaves_out_what_says_nothing() {
        let packets = plis(3);
        let mut contents = CompoundContents {
            sender: Ssrc(9),
            cname: "me",
            report: DueReport::None,
            blocks: &[],
            packets: &packets,
        };
        let all = datagrams(&contents, RtcpMode::ReducedSize, 1_200);
        assert_eq!(all, std::slice::from_ref(&packets));
        assert_eq!(told(&all, false).1, [0, 1, 2]);
        contents.report = DueReport::Receiver;
        let all = datagrams(&contents, RtcpMode::ReducedSize, 1_200);
        assert_eq!(all.len(), 1);
        assert_eq!(told(&all, true).1, [0, 1, 2]);
    }

    #[test]
    fn nothing_to_say_is_no_datagram() {
        let contents = CompoundContents {
            sender: Ssrc(9),
            cname: "me",
            report: DueReport::None,
            blocks: &[],
            packets: &[],
        };
        assert!(datagrams(&contents, RtcpMode::Compound, 1_200).is_empty());
    }
}
