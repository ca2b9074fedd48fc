//! Datagrams of RTCP, taken apart and joined again: nothing panics, every packet and every fault is
//! accounted for, what is written is read again as it was, and what is kept of a peer has its
//! limits.
#![no_main]

use std::sync::LazyLock;
use std::time::Instant;

use lapwing_engine::Ssrc;
use lapwing_engine::rtcp::ReferenceTimes;
use lapwing_engine::rtcp::packet::{
    App, Compound, CompoundContents, DueReport, ExtendedReport, Packet, RawPacket, RtcpMode,
    XrBlock, write_app, write_bye, write_dlrr, write_fir, write_nack, write_pli,
    write_receiver_report, write_remb, write_rrtr, write_sender_report,
};
use libfuzzer_sys::fuzz_target;

/// Any moment does: nothing here measures time.
static EPOCH: LazyLock<Instant> = LazyLock::new(Instant::now);

/// What is joined is as large as a session's datagrams.
const DATAGRAM_BYTES_MAX: usize = 1_100;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut compound) = Compound::parse(bytes) else {
        assert!(RawPacket::split_first(bytes).is_err());
        return;
    };
    let packets: Vec<Packet<'_>> = compound.by_ref().collect();
    let whole = whole_packets(bytes);
    assert!(packets.len() + compound.faults().count as usize >= whole);
    assert!(packets.len() <= whole, "none is made up");
    let mut times = ReferenceTimes::new();
    for packet in &packets {
        look(packet, &mut times);
        rewrite(packet);
    }
    for mode in [RtcpMode::Compound, RtcpMode::ReducedSize] {
        join(bytes, mode, whole);
    }
});

/// Packets whose headers can be followed.
fn whole_packets(bytes: &[u8]) -> usize {
    let (mut rest, mut count) = (bytes, 0);
    while let Ok((_, after)) = RawPacket::split_first(rest) {
        (rest, count) = (after, count + 1);
    }
    count
}

/// Walks through all that a packet has.
fn look(packet: &Packet<'_>, times: &mut ReferenceTimes) {
    match packet {
        Packet::SenderReport(report) => assert!(report.blocks.iter().count() <= 31),
        Packet::ReceiverReport(report) => assert!(report.blocks.iter().count() <= 31),
        Packet::SourceDescription(description) => {
            for chunk in description.chunks() {
                chunk.items().for_each(|item| assert!(item.text.len() <= 255));
            }
        }
        Packet::Goodbye(goodbye) => assert!(goodbye.sources().len() <= 31),
        Packet::Nack(nack) => assert!(nack.sequences().count() <= 17 * (1 << 16)),
        Packet::TransportCc(told) => {
            assert!(told.statuses().take(1 << 17).count() <= 1 << 16);
        }
        Packet::Ccfb(told) => {
            for block in told.blocks() {
                assert!(block.reports().len() <= 1 << 16);
            }
        }
        Packet::Fir(fir) => assert!(fir.entries().count() <= 1 << 16),
        Packet::Remb(remb) => assert!(remb.ssrcs().count() <= 255),
        Packet::ExtendedReport(report) => {
            for block in report.blocks() {
                if let XrBlock::ReceiverReferenceTime(time) = block {
                    times.on_reference_time(report.ssrc, time, *EPOCH);
                }
            }
            let mut answers = Vec::new();
            times.clone().answers(*EPOCH, &mut answers);
            assert!(answers.len() <= 64);
        }
        _ => {}
    }
}

/// Writes what was read, and reads it again.
fn rewrite(packet: &Packet<'_>) {
    let mut bytes = Vec::new();
    match packet {
        Packet::SenderReport(report) => {
            let blocks: Vec<_> = report.blocks.iter().collect();
            write_sender_report(&mut bytes, report.ssrc, &report.info, &blocks);
            let read = one(&bytes);
            let Packet::SenderReport(read) = read else { panic!("a report: {read:?}") };
            assert_eq!((read.ssrc, read.info), (report.ssrc, report.info));
            assert!(read.blocks.iter().eq(blocks));
        }
        Packet::ReceiverReport(report) => {
            let blocks: Vec<_> = report.blocks.iter().collect();
            write_receiver_report(&mut bytes, report.ssrc, &blocks);
            let read = one(&bytes);
            let Packet::ReceiverReport(read) = read else { panic!("a report: {read:?}") };
            assert_eq!(read.ssrc, report.ssrc);
            assert!(read.blocks.iter().eq(blocks));
        }
        Packet::Goodbye(goodbye) => {
            let sources: Vec<Ssrc> = goodbye.sources().collect();
            write_bye(&mut bytes, &sources, None);
            let read = one(&bytes);
            let Packet::Goodbye(read) = read else { panic!("a goodbye: {read:?}") };
            assert!(read.sources().eq(goodbye.sources()));
        }
        Packet::App(app) if app.data.len() <= 1_000 && app.data.len().is_multiple_of(4) => {
            assert!(write_app(&mut bytes, &App { ..*app }));
            assert_eq!(one(&bytes), *packet);
        }
        Packet::Pli(pli) => {
            write_pli(&mut bytes, *pli);
            assert_eq!(one(&bytes), *packet);
        }
        Packet::Fir(fir) if fir.entries().len() > 0 => {
            let entries: Vec<_> = fir.entries().collect();
            write_fir(&mut bytes, fir.sender, &entries);
            let read = one(&bytes);
            let Packet::Fir(read) = read else { panic!("a request: {read:?}") };
            assert!(read.entries().zip(fir.entries()).all(|(a, b)| a == b));
        }
        Packet::Nack(nack) => rewrite_nack(nack.sender, nack.media_ssrc, nack.sequences()),
        Packet::ExtendedReport(report) => rewrite_extended(report),
        Packet::Remb(remb) => {
            let ssrcs: Vec<Ssrc> = remb.ssrcs().collect();
            write_remb(&mut bytes, remb.sender, remb.bitrate, &ssrcs);
            let read = one(&bytes);
            let Packet::Remb(read) = read else { panic!("an estimate: {read:?}") };
            assert!(read.ssrcs().eq(remb.ssrcs()));
        }
        _ => {}
    }
}

fn rewrite_extended(report: &ExtendedReport<'_>) {
    for block in report.blocks() {
        let mut bytes = Vec::new();
        match block {
            XrBlock::ReceiverReferenceTime(time) => write_rrtr(&mut bytes, report.ssrc, time),
            XrBlock::Dlrr(blocks) => {
                let answers: Vec<_> = blocks.iter().collect();
                write_dlrr(&mut bytes, report.ssrc, &answers);
            }
            XrBlock::Other { .. } => continue,
        }
        if bytes.is_empty() {
            continue;
        }
        let read = one(&bytes);
        let Packet::ExtendedReport(read) = read else { panic!("a report: {read:?}") };
        assert_eq!((read.ssrc, read.blocks().count()), (report.ssrc, 1));
    }
}

fn rewrite_nack(sender: Ssrc, media: Ssrc, sequences: impl Iterator<Item = u16>) {
    let mut wanted: Vec<u16> = sequences.take(500).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut bytes = Vec::new();
    write_nack(&mut bytes, sender, media, &wanted, DATAGRAM_BYTES_MAX);
    let Ok(compound) = Compound::parse(&bytes) else {
        assert!(wanted.is_empty());
        return;
    };
    let mut read: Vec<u16> = Vec::new();
    for packet in compound {
        let Packet::Nack(nack) = packet else { panic!("a request: {packet:?}") };
        read.extend(nack.sequences());
    }
    assert_eq!(read, wanted);
}

fn one(bytes: &[u8]) -> Packet<'_> {
    let mut compound = Compound::parse(bytes).expect("it was just written");
    let packet = compound.next().expect("whole");
    assert!(compound.next().is_none() && compound.faults().count == 0);
    packet
}

/// Packets as they came, joined to datagrams: none is lost.
fn join(packets: &[u8], mode: RtcpMode, whole: usize) {
    let contents = CompoundContents {
        sender: Ssrc(1),
        cname: "fuzz",
        report: DueReport::None,
        blocks: &[],
        packets,
    };
    let mut count = 0;
    contents.write(mode, DATAGRAM_BYTES_MAX, |datagram| {
        let joined = whole_packets(datagram);
        // A full datagram begins with a report and a name.
        count += joined - if mode == RtcpMode::Compound { 2 } else { 0 };
    });
    assert_eq!(count, whole);
}
