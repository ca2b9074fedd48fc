//! Sound: at once, with its number, and with what is missing before it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::ids::PayloadType;
use crate::redundancy::CopyDistances;
use crate::rtp::assemble::{AudioAssembler, AudioPacket, AudioPushed};
use crate::rtp::format::{PayloadError, PayloadPlan, RedPacketizer};
use crate::test_time::origin;

fn packet(number: u64, payload: &[u8]) -> AudioPacket<'_> {
    AudioPacket {
        sequence_number: number,
        time: number * 960,
        payload_type: PayloadType(111),
        payload,
        received_at: origin(),
    }
}

/// What comes out of a packet: number, missing before it, late.
fn push(assembler: &mut AudioAssembler, number: u64) -> Vec<(u64, u64, bool)> {
    let mut out = Vec::new();
    assembler.push(packet(number, &[7]), |frame| {
        assert_eq!(
            (frame.data, frame.time, frame.recovered),
            (&[7][..], frame.sequence_number * 960, false)
        );
        out.push((frame.sequence_number, frame.lost_before, frame.late));
    });
    out
}

#[test]
fn frames_leave_at_once_and_tell_what_is_missing() {
    let mut assembler = AudioAssembler::default();
    assert_eq!(push(&mut assembler, 100), [(100, 0, false)]);
    assert_eq!(push(&mut assembler, 101), [(101, 0, false)]);
    assert_eq!(push(&mut assembler, 105), [(105, 3, false)]);
    assert_eq!(push(&mut assembler, 103), [(103, 0, true)]);
    assert_eq!(push(&mut assembler, 103), [], "twice");
    assert_eq!(push(&mut assembler, 105), [], "twice");
    assert_eq!(push(&mut assembler, 106), [(106, 0, false)]);
    assert_eq!(push(&mut assembler, 1_000), [(1_000, 893, false)]);
    assert_eq!(push(&mut assembler, 105), [], "too late");
    assert_eq!(assembler.push(packet(1_001, &[]), |_| panic!("padding")), AudioPushed::Padding);
    assert_eq!(push(&mut assembler, 1_002), [(1_002, 0, false)], "padding is not lost");
    assembler.restart();
    assert_eq!(push(&mut assembler, 5), [(5, 0, false)]);
}

fn red(packetizer: &mut RedPacketizer, number: u64) -> Vec<u8> {
    let (mut plan, mut out, frame) = (PayloadPlan::default(), Vec::new(), [number as u8; 20]);
    packetizer.plan(&frame, number as u32 * 960, 1_200, &mut plan).unwrap();
    plan.payload(0, &frame).write(&mut out);
    out
}

fn push_red(assembler: &mut AudioAssembler, number: u64, payload: &[u8]) -> Vec<(u64, u64, bool)> {
    let mut out = Vec::new();
    let pushed = assembler.push_red(packet(number, payload), |frame| {
        assert_eq!(frame.data, [frame.sequence_number as u8; 20]);
        assert_eq!(frame.time, frame.sequence_number * 960);
        out.push((frame.sequence_number, frame.lost_before, frame.recovered));
    });
    assert!(out.is_empty() || pushed == AudioPushed::Frames(out.len()));
    out
}

#[test]
fn redundancy_brings_back_what_was_lost() {
    let mut packetizer = RedPacketizer::new(PayloadType(111), CopyDistances::following(2));
    let sent: Vec<_> = (10..20).map(|number| red(&mut packetizer, number)).collect();
    let mut assembler = AudioAssembler::default();
    let mut push = |number: u64| push_red(&mut assembler, number, &sent[number as usize - 10]);
    assert_eq!(push(11), [(11, 0, false)], "what was before the first is not wanted");
    assert_eq!(push(12), [(12, 0, false)]);
    assert_eq!(push(14), [(13, 0, true), (14, 0, false)]);
    assert_eq!(push(13), []);
    assert_eq!(push(19), [(17, 2, true), (18, 0, true), (19, 0, false)]);
    assert_eq!(push(16), [(15, 0, true), (16, 0, false)], "late, and with one before it");
}

/// A packet of redundant sound by hand: offsets and their frames, the oldest first, and its own.
fn red_of(copies: &[(u32, u8)], own: u8) -> Vec<u8> {
    let mut payload = Vec::new();
    for (offset, _) in copies {
        let [_, a, b, c] = (offset << 10 | 1).to_be_bytes();
        payload.extend([0x80 | 111, a, b, c]);
    }
    payload.push(111);
    payload.extend(copies.iter().map(|(_, frame)| *frame));
    payload.push(own);
    payload
}

/// What comes out of a packet: number, time, content, whether it came back.
fn push_at(
    assembler: &mut AudioAssembler,
    (number, time): (u64, u64),
    payload: &[u8],
) -> Vec<(u64, u64, u8, bool)> {
    let mut out = Vec::new();
    let packet = AudioPacket { time, ..packet(number, payload) };
    assembler.push_red(packet, |frame| {
        out.push((frame.sequence_number, frame.time, frame.data[0], frame.recovered));
    });
    out
}

#[test]
fn copies_have_numbers_by_their_time() {
    let mut assembler = AudioAssembler::default();
    let mut push = |number: u64, copies: &[(u32, u8)]| {
        push_at(&mut assembler, (number, number * 960), &red_of(copies, number as u8))
    };
    assert_eq!(push(10, &[(3_840, 6), (1_920, 8)]).len(), 1, "nothing before the first");
    assert_eq!(push(11, &[(3_840, 7), (1_920, 9)]).len(), 1);
    // 12 to 14 are lost.
    let got = push(15, &[(3_840, 11), (1_920, 13)]);
    assert_eq!(got, [(13, 12_480, 13, true), (15, 14_400, 15, false)]);
    let got = push(16, &[(3_840, 12), (1_920, 14)]);
    assert_eq!(got, [(12, 11_520, 12, true), (14, 13_440, 14, true), (16, 15_360, 16, false)]);
    assert_eq!(push(13, &[(3_840, 9), (1_920, 11)]), [], "it came back before");
}

#[test]
fn copies_across_a_pause_have_their_numbers() {
    let mut assembler = AudioAssembler::default();
    let mut push = |number: u64, time: u64, copies: &[(u32, u8)]| {
        push_at(&mut assembler, (number, time), &red_of(copies, number as u8))
    };
    push(10, 96_000, &[]);
    push(11, 96_960, &[]);
    // 12 is the last before a pause of 200 ms; it and 13 are lost.
    let got = push(14, 108_480, &[(10_560, 12)]);
    assert_eq!(got[0], (12, 97_920, 12, true));
    let got = push(15, 109_440, &[(12_480, 11), (1_920, 13)]);
    assert_eq!(got[0], (13, 107_520, 13, true));
}

#[test]
fn what_came_back_under_a_wrong_number_comes_once() {
    let mut assembler = AudioAssembler::default();
    let mut push = |number: u64, time: u64, copies: &[(u32, u8)]| {
        push_at(&mut assembler, (number, time), &red_of(copies, number as u8))
    };
    push(0, 0, &[]);
    push(1, 960, &[]);
    // 2 to 6 are missing, and a pause of five frames is before 7: the copy of 6 may be any of them.
    let got = push(7, 10_560, &[(4_800, 6)]);
    assert_eq!(got.len(), 2);
    // 5 was late, and says that it was not 2.
    assert_eq!(push(5, 4_800, &[]), [(5, 4_800, 5, false)]);
    let got = push(15, 18_240, &[(12_480, 6), (7_680, 7)]);
    assert_eq!(got, [(15, 18_240, 15, false)], "6 and 7 were there");
}

#[test]
fn offsets_that_cannot_be_are_dropped() {
    let mut assembler = AudioAssembler::default();
    let mut push = |number: u64, copies: &[(u32, u8)]| {
        push_at(&mut assembler, (number, 96_000 + number * 960), &red_of(copies, 0))
    };
    push(10, &[]);
    push(11, &[]);
    assert_eq!(push(12, &[(7, 1), (961, 2), (16_383, 3), (0, 4)]).len(), 1, "no number is free");
    let got = push(14, &[(1_919, 1), (1_000, 2), (960, 3), (960, 4), (1_500, 5), (1, 6)]);
    assert_eq!(got.len(), 2, "one number is free: {got:?}");
    let got = push(1_000_000, &[(960, 1), (960, 2), (480, 3)]);
    assert_eq!(got.len(), 2, "frames are not shorter than they were: {got:?}");
}

#[test]
fn damaged_redundancy_takes_no_number() {
    let mut assembler = AudioAssembler::default();
    let pushed = assembler.push_red(packet(5, &[0xef, 0]), |_| panic!("nothing is in it"));
    assert_eq!(pushed, AudioPushed::Malformed(PayloadError::Truncated));
    assert_eq!(push(&mut assembler, 5), [(5, 0, false)]);
}

proptest! {
    #[test]
    fn each_number_comes_out_once(numbers in prop::collection::vec(1_000..1_200_u64, 1..300)) {
        let mut assembler = AudioAssembler::default();
        let (mut seen, mut missing) = (BTreeSet::new(), 0);
        for number in numbers {
            for (number, lost, late) in push(&mut assembler, number) {
                prop_assert!(seen.insert(number), "{} twice", number);
                prop_assert_eq!(late, seen.last() != Some(&number));
                missing += lost;
            }
        }
        let (first, last) = (seen.first().unwrap(), seen.last().unwrap());
        prop_assert!(missing <= last - first + 1);
    }

    /// Pauses, losses and overtaking, with any copies.
    #[test]
    fn what_comes_back_is_what_was_sent_and_in_order(
        frames in prop::collection::vec((0..40_u64, 0..10_u8, 0..5_i64), 10..60),
        distances in prop::collection::btree_set(1..=8_u8, 0..=4),
        pauses in any::<bool>(),
    ) {
        let distances: Vec<u8> = distances.into_iter().collect();
        let mut packetizer =
            RedPacketizer::new(PayloadType(111), CopyDistances::new(&distances).unwrap());
        let (mut plan, mut time, mut sent) = (PayloadPlan::default(), 50_000, Vec::new());
        for (place, (pause, loss, late)) in frames.iter().enumerate() {
            // The first tell how long frames are.
            let has_pause = pauses && place > 1 && *pause < 3;
            time += 960 * if has_pause { 2 + pause * 3 } else { 1 };
            let mut payload = Vec::new();
            let frame = [place as u8; 3];
            packetizer.plan(&frame, time as u32, 1_200, &mut plan).unwrap();
            plan.payload(0, &frame).write(&mut payload);
            sent.push((place as i64 + late, place > 1 && *loss < 4, 100 + place as u64, time, payload));
        }
        let truth: Vec<(u64, u64)> = sent.iter().map(|packet| (packet.2, packet.3)).collect();
        sent.sort_by_key(|packet| packet.0);
        let mut assembler = AudioAssembler::default();
        let (mut numbers, mut times) = (BTreeMap::new(), BTreeSet::new());
        for (_, lost, number, time, payload) in &sent {
            if *lost {
                continue;
            }
            for (number, time, content, recovered) in push_at(&mut assembler, (*number, *time), payload) {
                let own = truth[usize::from(content)];
                prop_assert_eq!(time, own.1, "content and time belong together");
                prop_assert!(times.insert(time), "{} twice", time);
                prop_assert!(numbers.insert(number, time).is_none(), "number {} twice", number);
                if !pauses || !recovered {
                    prop_assert_eq!(number, own.0);
                }
            }
        }
        // Two pauses among the lost leave room for more than one answer.
        prop_assert!(pauses || numbers.values().is_sorted(), "{:?}", numbers);
    }

    #[test]
    fn any_bytes_are_taken_or_not(payloads in prop::collection::vec((0..200_u64, prop::collection::vec(any::<u8>(), 0..40)), 0..60)) {
        let mut assembler = AudioAssembler::default();
        for (number, payload) in &payloads {
            assembler.push_red(packet(*number, payload), |frame| assert!(!frame.data.is_empty()));
        }
    }
}
