//! Properties of all packets: what is written reads the same, and no bytes harm.

use std::time::Duration;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;
use crate::bitrate::Bitrate;
use crate::datagram::Ecn;
use crate::ids::Ssrc;
use crate::rtcp::ntp::NtpTime;

/// Looks at everything that a packet has.
fn look(packet: &Packet<'_>) -> usize {
    match packet {
        Packet::SenderReport(report) => report.blocks.iter().count(),
        Packet::ReceiverReport(report) => report.blocks.iter().count(),
        Packet::SourceDescription(description) => {
            description.chunks().map(|chunk| chunk.items().count()).sum()
        }
        Packet::Goodbye(bye) => bye.sources().count() + bye.reason.map_or(0, <[u8]>::len),
        Packet::App(app) => app.data.len(),
        Packet::Nack(nack) => nack.sequences().count(),
        Packet::TransportCc(told) => {
            let count = told.statuses().count();
            assert_eq!(count, usize::from(told.count));
            count
        }
        Packet::Ccfb(told) => told.blocks().map(|block| block.reports().count()).sum(),
        Packet::Pli(_) => 0,
        Packet::Fir(fir) => fir.entries().count(),
        Packet::Remb(remb) => remb.ssrcs().count(),
        Packet::ExtendedReport(report) => report
            .blocks()
            .map(|block| match block {
                XrBlock::Dlrr(answers) => answers.iter().count(),
                XrBlock::Other { data, .. } => data.len(),
                XrBlock::ReceiverReferenceTime(_) => 1,
            })
            .sum(),
        Packet::Unknown(raw) => raw.body().len(),
    }
}

/// Bytes with a right header before them, so that contents are reached.
fn headed() -> impl Strategy<Value = Vec<u8>> {
    let types = prop_oneof![
        Just(200u8),
        Just(201),
        Just(202),
        Just(203),
        Just(204),
        Just(205),
        Just(205),
        Just(206),
        Just(207),
        any::<u8>()
    ];
    let counts = prop_oneof![Just(1u8), Just(15), Just(11), Just(4), any::<u8>()];
    (types, counts, any::<bool>(), vec(any::<u32>(), 0..40)).prop_map(
        |(kind, count, pad, words)| {
            let padded = if pad { 0x20 } else { 0 };
            let mut bytes = vec![0x80 | padded | (count & 0x1F), kind];
            bytes.extend((words.len() as u16).to_be_bytes());
            words.iter().for_each(|word| bytes.extend(word.to_be_bytes()));
            bytes
        },
    )
}

fn block() -> impl Strategy<Value = ReportBlock> {
    let lost = -0x80_0000..0x7F_FFFFi32;
    (any::<u32>(), any::<u8>(), lost, any::<u32>(), any::<[u32; 3]>()).prop_map(
        |(ssrc, fraction_lost, cumulative_lost, highest_sequence, [jitter, last_sr, delay])| {
            ReportBlock {
                ssrc: Ssrc(ssrc),
                fraction_lost,
                cumulative_lost,
                highest_sequence,
                jitter,
                last_sr,
                delay_since_last_sr: delay,
            }
        },
    )
}

fn only(bytes: &[u8]) -> Packet<'_> {
    let mut compound = Compound::parse(bytes).unwrap();
    let packet = compound.next().unwrap();
    assert!(compound.next().is_none());
    assert_eq!(compound.faults().count, 0);
    packet
}

proptest! {
    #[test]
    fn no_bytes_harm(bytes in vec(any::<u8>(), 0..200), packets in vec(headed(), 1..6)) {
        let joined = packets.concat();
        for bytes in [bytes, joined] {
            let Ok(mut compound) = Compound::parse(&bytes) else { continue };
            let seen: usize = compound.by_ref().map(|packet| look(&packet)).sum();
            prop_assert!(seen <= 65_536 * (1 + bytes.len() / 16));
        }
    }

    #[test]
    fn damage_in_the_middle_leaves_what_came_before(
        before in 1u32..10, after in 1u32..10, cut in 1usize..12,
    ) {
        let mut bytes = Vec::new();
        let plis = |bytes: &mut Vec<u8>, count| (0..count).for_each(|ssrc| {
            write_pli(bytes, Pli { sender: Ssrc(1), media_ssrc: Ssrc(ssrc) });
        });
        plis(&mut bytes, before);
        // A packet whose contents are damaged costs only itself, one whose length lies all after.
        let mut damaged = bytes.clone();
        damaged.extend([0x81, 205, 0, 1, 0, 0, 0, 1]);
        plis(&mut damaged, after);
        let mut compound = Compound::parse(&damaged).unwrap();
        prop_assert_eq!(compound.by_ref().count() as u32, before + after);
        let fault = RtcpFault::Body { packet_type: 205, count: 1 };
        prop_assert_eq!(compound.faults(), RtcpFaults { count: 1, first: Some(fault) });

        plis(&mut bytes, after);
        bytes.truncate(bytes.len() - cut);
        let mut compound = Compound::parse(&bytes).unwrap();
        prop_assert_eq!(compound.by_ref().count() as u32, before + after - 1);
        // Twelve bytes are a whole packet.
        prop_assert_eq!(compound.faults().count, u32::from(cut != 12));
    }

    #[test]
    fn reports_round_trip(
        ssrc: u32, ntp: u64, words: [u32; 3], blocks in vec(block(), 0..32),
    ) {
        let info = SenderInfo {
            ntp: NtpTime::from_bits(ntp),
            rtp_timestamp: words[0],
            packet_count: words[1],
            octet_count: words[2],
        };
        let mut out = Vec::new();
        write_sender_report(&mut out, Ssrc(ssrc), &info, &blocks);
        let Packet::SenderReport(report) = only(&out) else { panic!() };
        prop_assert_eq!((report.ssrc, report.info), (Ssrc(ssrc), info));
        prop_assert!(report.blocks.iter().eq(blocks.iter().copied().take(BLOCKS_MAX)));
        out.clear();
        write_receiver_report(&mut out, Ssrc(ssrc), &blocks);
        let Packet::ReceiverReport(report) = only(&out) else { panic!() };
        prop_assert!(report.blocks.iter().eq(blocks.iter().copied().take(BLOCKS_MAX)));
    }

    #[test]
    fn requests_round_trip(mut wanted in vec(any::<u16>(), 1..400), bytes_max in 16usize..1_500) {
        wanted.sort_unstable();
        wanted.dedup();
        let mut out = Vec::new();
        let written = write_nack(&mut out, Ssrc(1), Ssrc(2), &wanted, bytes_max);
        let Packet::Nack(nack) = only(&out) else { panic!() };
        prop_assert!(nack.sequences().eq(wanted.iter().copied().take(written)));
        prop_assert!(out.len() <= bytes_max);
        prop_assert!(written == wanted.len() || out.len() + 4 > bytes_max);
    }

    #[test]
    fn other_packets_round_trip(
        ssrcs in vec(any::<u32>().prop_map(Ssrc), 1..31),
        text in "[ -~]{0,60}",
        bits: u64,
    ) {
        let mut out = Vec::new();
        write_bye(&mut out, &ssrcs, Some(&text));
        let Packet::Goodbye(bye) = only(&out) else { panic!() };
        prop_assert!(bye.sources().eq(ssrcs.iter().copied()));
        prop_assert_eq!(bye.reason, Some(text.as_bytes()));

        out.clear();
        let item = [SdesItem { kind: SdesKind::Cname, text: text.as_bytes() }];
        let chunks: Vec<_> = ssrcs.iter().map(|ssrc| (*ssrc, &item[..])).collect();
        write_sdes(&mut out, &chunks);
        let Packet::SourceDescription(description) = only(&out) else { panic!() };
        prop_assert!(description.chunks().map(|chunk| chunk.ssrc).eq(ssrcs.iter().copied()));
        for chunk in description.chunks() {
            prop_assert_eq!(chunk.item(SdesKind::Cname), Some(text.as_bytes()));
        }

        out.clear();
        write_remb(&mut out, Ssrc(1), Bitrate::bps(bits), &ssrcs);
        let Packet::Remb(remb) = only(&out) else { panic!() };
        prop_assert!(remb.ssrcs().eq(ssrcs.iter().copied()));

        out.clear();
        let answers: Vec<_> = ssrcs
            .iter()
            .map(|ssrc| DlrrBlock {
                ssrc: *ssrc,
                last_rr: bits as u32,
                delay_since_last_rr: ssrc.0,
            })
            .collect();
        write_dlrr(&mut out, Ssrc(1), &answers);
        let Packet::ExtendedReport(report) = only(&out) else { panic!() };
        let Some(XrBlock::Dlrr(told)) = report.blocks().next() else { panic!() };
        prop_assert!(told.iter().eq(answers.iter().copied()));
    }

    /// Arrivals with gaps of any length and times in any order, in as many messages as it takes.
    #[test]
    fn transport_wide_feedback_round_trips(
        base in 0u64..200_000,
        steps in vec(
            (prop_oneof![4 => Just(1u64), 3 => 2u64..20, 1 => 20u64..9_000], 0i64..9_000),
            1..300,
        ),
        bytes_max in 60usize..1_300,
    ) {
        let mut number = base;
        let arrivals: Vec<(u64, i64)> = steps
            .iter()
            .map(|(step, ticks)| {
                number += step;
                (number, (number - base) as i64 / 4 + ticks + 256)
            })
            .collect();
        let mut writer = TransportCcWriter::new();
        let mut out = Vec::new();
        let (mut end, mut messages, mut last) = (base, 0u8, 0);
        for (number, ticks) in &arrivals {
            let at = DELTA_TICK * *ticks as u32;
            if writer.is_empty() {
                writer.begin(end, at);
            }
            if !writer.push(*number, at, bytes_max) {
                prop_assert!(!writer.is_empty(), "one packet fits after any gap here");
                writer.finish(&mut out, Ssrc(1), Ssrc(2), messages);
                prop_assert!(out.len() - last <= bytes_max);
                last = out.len();
                messages = messages.wrapping_add(1);
                writer.begin(end, at);
                prop_assert!(writer.push(*number, at, bytes_max));
            }
            end = number + 1;
        }
        writer.finish(&mut out, Ssrc(1), Ssrc(2), messages);

        let mut told = Vec::new();
        let mut next = base;
        for packet in Compound::parse(&out).unwrap() {
            let Packet::TransportCc(message) = packet else { panic!() };
            prop_assert_eq!(message.base, next as u16, "messages follow each other without gaps");
            let mut ticks = i64::from(message.reference_time) * 256;
            for (sequence, status) in message.statuses() {
                prop_assert_eq!(sequence, next as u16);
                if let TransportCcStatus::Received { delta } = status {
                    ticks += i64::from(delta);
                    told.push((next, ticks));
                }
                next += 1;
            }
        }
        prop_assert_eq!(told, arrivals);
    }

    #[test]
    fn ccfb_round_trips(
        streams in btree_map(
            any::<u32>(),
            (any::<u16>(), vec(any::<Option<(u8, u16)>>(), 1..80)),
            1..6,
        ),
        timestamp: u32,
    ) {
        let arrival = |told: &Option<(u8, u16)>| match told {
            None => CcfbArrival::NotReceived,
            Some((ecn, millis)) => CcfbArrival::Received {
                ecn: Ecn::from_bits(*ecn),
                offset: ArrivalOffset::new(Duration::from_millis(u64::from(*millis))),
            },
        };
        let mut out = Vec::new();
        let mut writer = CcfbWriter::begin(&mut out, Ssrc(1), 1_400);
        for (ssrc, (begin, told)) in &streams {
            prop_assert!(writer.block(Ssrc(*ssrc), *begin, told.iter().map(arrival)));
        }
        writer.finish(timestamp);
        let Packet::Ccfb(feedback) = only(&out) else { panic!() };
        prop_assert_eq!(feedback.report_timestamp, timestamp);
        let blocks: Vec<_> = feedback.blocks().collect();
        prop_assert_eq!(blocks.len(), streams.len());
        for (block, (ssrc, (begin, told))) in blocks.iter().zip(&streams) {
            prop_assert_eq!((block.ssrc, block.begin), (Ssrc(*ssrc), *begin));
            prop_assert!(block.reports().map(|(_, arrival)| arrival).eq(told.iter().map(arrival)));
        }
    }
}
