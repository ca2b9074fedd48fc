//! Sound: at once, with its number, and with what is missing before it.

use proptest::prelude::*;

use crate::ids::PayloadType;
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
    let mut packetizer = RedPacketizer::new(PayloadType(111), 2);
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
        let (mut seen, mut missing) = (std::collections::BTreeSet::new(), 0);
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

    #[test]
    fn any_bytes_are_taken_or_not(payloads in prop::collection::vec((0..200_u64, prop::collection::vec(any::<u8>(), 0..40)), 0..60)) {
        let mut assembler = AudioAssembler::default();
        for (number, payload) in &payloads {
            assembler.push_red(packet(*number, payload), |frame| assert!(!frame.data.is_empty()));
        }
    }
}
