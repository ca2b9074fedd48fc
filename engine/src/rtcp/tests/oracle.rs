//! Packets against another reader of them, the crate `rtcp-types`.

use std::time::Duration;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use rtcp_types as oracle;

use crate::ids::Ssrc;
use crate::rtcp::ntp::NtpTime;
use crate::rtcp::packet::{
    Compound, DlrrBlock, FirEntry, Packet, ReportBlock, SdesItem, SdesKind, SenderInfo,
    TransportCcStatus, TransportCcWriter, write_bye, write_dlrr, write_fir, write_nack, write_pli,
    write_sdes, write_sender_report,
};
use crate::rtcp::packet::{Pli, write_rrtr};

/// The only packet in the bytes, as the oracle reads it.
fn read(bytes: &[u8]) -> oracle::Packet<'_> {
    let mut packets = oracle::Compound::parse(bytes).unwrap();
    let packet = packets.next().unwrap().unwrap();
    assert!(packets.next().is_none());
    packet
}

#[test]
fn reports_are_understood() {
    let block = ReportBlock {
        ssrc: Ssrc(0x0102_0304),
        fraction_lost: 5,
        cumulative_lost: 0x06_0708,
        highest_sequence: 0x090A_0B0C,
        jitter: 0x0D0E_0F10,
        last_sr: 0x1112_1314,
        delay_since_last_sr: 0x1516_1718,
    };
    let info = SenderInfo {
        ntp: NtpTime::from_bits(0x191A_1B1C_1D1E_1F20),
        rtp_timestamp: 0x2122_2324,
        packet_count: 0x2526_2728,
        octet_count: 0x292A_2B2C,
    };
    let mut out = Vec::new();
    write_sender_report(&mut out, Ssrc(7), &info, &[block, block]);
    let oracle::Packet::Sr(report) = read(&out) else { panic!() };
    assert_eq!((report.ssrc(), report.ntp_timestamp()), (7, info.ntp.bits()));
    assert_eq!(report.rtp_timestamp(), info.rtp_timestamp);
    assert_eq!(
        (report.packet_count(), report.octet_count()),
        (info.packet_count, info.octet_count)
    );
    assert_eq!(report.report_blocks().count(), 2);
    for read in report.report_blocks() {
        assert_eq!((read.ssrc(), read.fraction_lost()), (0x0102_0304, 5));
        assert_eq!(read.cumulative_lost(), 0x06_0708);
        assert_eq!(read.extended_sequence_number(), block.highest_sequence);
        assert_eq!(read.interarrival_jitter(), block.jitter);
        assert_eq!(read.last_sender_report_timestamp(), block.last_sr);
        assert_eq!(read.delay_since_last_sender_report_timestamp(), block.delay_since_last_sr);
    }
}

#[test]
fn names_goodbyes_and_extended_reports_are_understood() {
    let items = [
        SdesItem { kind: SdesKind::Cname, text: b"name" },
        SdesItem { kind: SdesKind::Mid, text: b"0" },
    ];
    let mut out = Vec::new();
    // The oracle takes zeros at the begin of the next source for the end of the one before.
    let sources = [Ssrc(0x0102_0304), Ssrc(0x0506_0708)];
    write_sdes(&mut out, &[(sources[0], &items), (sources[1], &items[..1])]);
    let oracle::Packet::Sdes(sdes) = read(&out) else { panic!() };
    let chunks: Vec<Vec<(u8, Vec<u8>)>> = sdes
        .chunks()
        .map(|chunk| chunk.items().map(|item| (item.type_(), item.value().to_vec())).collect())
        .collect();
    let name = (1, b"name".to_vec());
    assert_eq!(chunks, [vec![name.clone(), (15, b"0".to_vec())], vec![name]]);

    out.clear();
    write_bye(&mut out, &[Ssrc(1), Ssrc(2)], Some("done"));
    let oracle::Packet::Bye(bye) = read(&out) else { panic!() };
    assert!(bye.ssrcs().eq([1, 2]));
    assert_eq!(bye.reason(), Some(&b"done"[..]));

    out.clear();
    write_rrtr(&mut out, Ssrc(1), NtpTime::from_bits(0x0102_0304_0506_0708));
    let oracle::Packet::Xr(report) = read(&out) else { panic!() };
    let block = report.block_iter().next().unwrap();
    let time = block.parse_into::<oracle::ReceiverReferenceTime<'_>>().unwrap();
    assert_eq!(time.ntp_timestamp(), 0x0102_0304_0506_0708);

    out.clear();
    let answer = DlrrBlock { ssrc: Ssrc(1), last_rr: 2, delay_since_last_rr: 3 };
    // The oracle refuses a block of two.
    write_dlrr(&mut out, Ssrc(1), &[answer]);
    let oracle::Packet::Xr(report) = read(&out) else { panic!() };
    let block = report.block_iter().next().unwrap();
    let answers = block.parse_into::<oracle::DelaySinceLastReceiverReport<'_>>().unwrap();
    let told: Vec<_> = answers
        .block_iter()
        .map(|block| {
            let delay = block.delay_since_last_receiver_report_timestamp();
            (block.ssrc(), block.last_receiver_report(), delay)
        })
        .collect();
    assert_eq!(told, [(1, 2, 3)]);
}

#[test]
fn keyframe_requests_are_understood() {
    let mut out = Vec::new();
    write_pli(&mut out, Pli { sender: Ssrc(1), media_ssrc: Ssrc(2) });
    let oracle::Packet::PayloadFeedback(feedback) = read(&out) else { panic!() };
    assert_eq!((feedback.sender_ssrc(), feedback.media_ssrc()), (1, 2));
    feedback.parse_fci::<oracle::Pli<'_>>().unwrap();

    out.clear();
    write_fir(&mut out, Ssrc(1), &[FirEntry { media_ssrc: Ssrc(2), sequence: 250 }]);
    let oracle::Packet::PayloadFeedback(feedback) = read(&out) else { panic!() };
    let fir = feedback.parse_fci::<oracle::Fir<'_>>().unwrap();
    let entries: Vec<_> = fir.entries().map(|entry| (entry.ssrc(), entry.sequence())).collect();
    assert_eq!(entries, [(2, 250)]);
}

/// What the oracle reads of transport-wide feedback; `None` where it is at a loss.
fn statuses(bytes: &[u8]) -> Option<Vec<(u16, Option<i16>)>> {
    let packet = oracle::Compound::parse(bytes).ok()?.next()?.ok()?;
    let oracle::Packet::TransportFeedback(feedback) = packet else { return None };
    let twcc = feedback.parse_fci::<oracle::Twcc<'_>>().ok()?;
    let statuses = twcc.packets().map(|packet| {
        let (sequence, status) = packet.ok()?;
        Some(match status {
            oracle::TwccPacketStatus::NotReceived => (sequence, None),
            oracle::TwccPacketStatus::Received { delta } => (sequence, Some(delta)),
        })
    });
    statuses.collect()
}

fn ours(bytes: &[u8]) -> Option<Vec<(u16, Option<i16>)>> {
    let Packet::TransportCc(told) = Compound::parse(bytes).ok()?.next()? else { return None };
    let statuses = told.statuses().map(|(sequence, status)| match status {
        TransportCcStatus::NotReceived => (sequence, None),
        TransportCcStatus::Received { delta } => (sequence, Some(delta)),
    });
    Some(statuses.collect())
}

proptest! {
    #[test]
    fn requests_are_understood(mut wanted in vec(any::<u16>(), 1..200)) {
        wanted.sort_unstable();
        wanted.dedup();
        let mut out = Vec::new();
        write_nack(&mut out, Ssrc(1), Ssrc(2), &wanted, 1_200);
        let oracle::Packet::TransportFeedback(feedback) = read(&out) else { panic!() };
        let nack = feedback.parse_fci::<oracle::Nack<'_>>().unwrap();
        prop_assert!(nack.entries().eq(wanted.iter().copied()));
    }

    #[test]
    fn transport_wide_feedback_is_understood(
        arrivals in btree_map(0u64..2_000, 0u64..20_000, 1..200),
    ) {
        let mut writer = TransportCcWriter::new();
        let at = |ticks: &u64| Duration::from_micros(250 * (ticks + 256));
        let first = arrivals.iter().next().unwrap();
        writer.begin(*first.0, at(first.1));
        for (number, ticks) in &arrivals {
            prop_assert!(writer.push(*number, at(ticks), 60_000));
        }
        let mut out = Vec::new();
        writer.finish(&mut out, Ssrc(1), Ssrc(2), 0);
        let told = statuses(&out);
        prop_assert_eq!(&told, &ours(&out));
        let received: Vec<u16> = told
            .unwrap()
            .iter()
            .filter_map(|(sequence, delta)| delta.map(|_| *sequence))
            .collect();
        prop_assert!(received.into_iter().eq(arrivals.keys().map(|number| *number as u16)));
    }

    /// Of any bytes both read the same, where both read something.
    #[test]
    fn any_transport_wide_feedback_reads_the_same(
        count in 0u16..60, body in vec(any::<u8>(), 4..80),
    ) {
        let mut bytes = vec![0x8F, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0xFF, 0xF0];
        bytes.extend(count.to_be_bytes());
        bytes.extend(&body);
        bytes.truncate(bytes.len() / 4 * 4);
        let words = bytes.len() / 4 - 1;
        bytes[3] = words as u8;
        match (ours(&bytes), statuses(&bytes)) {
            (Some(ours), Some(theirs)) => prop_assert_eq!(ours, theirs),
            // Theirs gives no status for a packet whose chunk is missing.
            (None, Some(theirs)) => prop_assert!(theirs.len() < usize::from(count)),
            (Some(_), None) => prop_assert!(false, "theirs is at a loss where ours is not"),
            (None, None) => {}
        }
    }
}
