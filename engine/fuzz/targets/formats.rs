//! Payloads of every format: taken to frames, alone and by the assemblers, and frames to payloads
//! and back. Nothing panics, and what waits stays within its limits.
#![no_main]

use std::time::{Duration, Instant};

use lapwing_engine::rtp::assemble::{
    AudioAssembler, AudioFrame, AudioPacket, PACKETS_MAX as PLACES_MAX, VideoAssembler,
    VideoPacket, WAITING_BYTES_MAX,
};
use lapwing_engine::rtp::extension::{ExtensionKind, ExtensionMap};
use lapwing_engine::rtp::format::{
    ComfortNoise, Depacketizer, FrameInfo, Packetizer, PayloadFormat, PayloadPlan, RedBlocks,
    RedPacketizer, TelephoneEvent,
};
use lapwing_engine::rtp::{RtpPacket, clear_mutable};
use lapwing_engine::{CopyDistances, MediaKind, PayloadType};
use libfuzzer_sys::fuzz_target;

/// Packets of one run.
const PACKETS_MAX: usize = 512;

fuzz_target!(|bytes: &[u8]| {
    let Some((&[choice, way], rest)) = bytes.split_first_chunk() else { return };
    let format = PayloadFormat::ALL[usize::from(choice) % PayloadFormat::ALL.len()];
    match way % 4 {
        0 => payloads(format, rest),
        1 if format.kind() == MediaKind::Video => video(format, rest),
        1 => audio(rest),
        2 => there_and_back(format, way, rest),
        _ => others(rest),
    }
});

/// Parts of the input: a head of four bytes, and as many as the third says.
fn parts(mut rest: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (&head, after) = rest.split_first_chunk::<4>()?;
        let (part, after) = after.split_at(usize::from(head[2]).min(after.len()));
        rest = after;
        Some((head, part))
    })
    .take(PACKETS_MAX)
}

fn payloads(format: PayloadFormat, rest: &[u8]) {
    let mut depacketizer = Depacketizer::new(format);
    let mut frame = Vec::new();
    for ([ends, ..], payload) in parts(rest) {
        let inspected = depacketizer.inspect(payload);
        if inspected.is_ok() {
            let _ = depacketizer.append(payload, &mut frame);
        }
        if ends & 1 == 1 {
            let _ = depacketizer.finish(&frame);
            frame.clear();
        }
    }
}

fn video(format: PayloadFormat, rest: &[u8]) {
    let now = Instant::now();
    let mut assembler = VideoAssembler::new(format);
    let (mut number, mut time) = (1_000u64, 0u64);
    for ([step, flags, _, wait], payload) in parts(rest) {
        number = number.saturating_add_signed(i64::from(step as i8));
        time += u64::from(flags >> 4);
        let received_at = now + Duration::from_millis(wait.into());
        if flags & 2 == 2 {
            assembler.push_no_frame(number, received_at);
        } else {
            assembler.push(VideoPacket {
                sequence_number: number,
                time,
                payload_type: PayloadType(96),
                marker: flags & 1 == 1,
                buffer: payload.to_vec(),
                payload: 0..payload.len(),
                descriptor: (flags & 4 == 4).then_some(0..payload.len()),
                received_at,
            });
        }
        if flags & 8 == 8 {
            assembler.restart(format);
        }
        while let Some(frame) = assembler.poll(received_at) {
            assert!(frame.packets.0 <= frame.packets.1);
        }
        let (packets, bytes) = assembler.waiting();
        assert!(packets <= PLACES_MAX && bytes <= WAITING_BYTES_MAX);
    }
}

fn audio(rest: &[u8]) {
    let now = Instant::now();
    let mut assembler = AudioAssembler::default();
    let mut number = 1_000u64;
    for ([step, flags, ..], payload) in parts(rest) {
        number = number.saturating_add_signed(i64::from(step as i8));
        let packet = AudioPacket {
            sequence_number: number,
            time: number * 960,
            payload_type: PayloadType(111),
            payload,
            received_at: now,
        };
        let mut last = None;
        let emit = |frame: AudioFrame<'_>| {
            assert!(frame.sequence_number <= number && last < Some(frame.sequence_number));
            last = Some(frame.sequence_number);
        };
        match flags % 8 {
            0 => assembler.restart(),
            1..4 => {
                assembler.push(packet, emit);
            }
            _ => {
                assembler.push_red(packet, emit);
            }
        }
    }
}

/// A frame, as far as it can be sent, is received as it was, where its format keeps its bytes.
fn there_and_back(format: PayloadFormat, way: u8, frame: &[u8]) {
    let info = FrameInfo { keyframe: way & 4 == 4, ..FrameInfo::default() };
    let mut packetizer = Packetizer::new(format, way.into());
    let mut plan = PayloadPlan::default();
    let budget = 40 + 5 * usize::from(way);
    if packetizer.plan(frame, &info, budget, &mut plan).is_err() {
        assert!(plan.is_empty());
        return;
    }
    let mut depacketizer = Depacketizer::new(format);
    let (mut received, mut payload) = (Vec::new(), Vec::new());
    let mut taken = true;
    for planned in plan.payloads(frame) {
        payload.clear();
        planned.write(&mut payload);
        assert!(!payload.is_empty() && payload.len() <= budget && payload.len() == planned.len());
        taken &= depacketizer.append(&payload, &mut received).is_ok();
    }
    let taken = taken && depacketizer.finish(&received).is_ok();
    let keeps = matches!(
        format,
        PayloadFormat::Vp8 | PayloadFormat::Vp9 | PayloadFormat::Opus | PayloadFormat::Pcmu
    );
    if keeps {
        assert!(taken && received == frame);
    }
}

fn others(rest: &[u8]) {
    let mut written = Vec::new();
    if let Some(noise) = ComfortNoise::read(rest) {
        noise.write(&mut written);
        assert!(written.len() <= rest.len());
    }
    for event in TelephoneEvent::read(rest) {
        let again = TelephoneEvent::read(&event.write()).next();
        assert_eq!(again, Some(event));
    }
    if let Ok(blocks) = RedBlocks::read(rest) {
        let bytes: usize = blocks.iter().map(|block| block.data.len()).sum();
        assert!(blocks.iter().count() == blocks.len() && bytes < rest.len());
    }
    redundancy(rest);
    let uris = [ExtensionKind::AbsSendTime, ExtensionKind::VideoTiming, ExtensionKind::Mid];
    let map = ExtensionMap::new((1..).zip(uris.map(ExtensionKind::uri))).expect("three of them");
    let mut packet = rest.to_vec();
    match clear_mutable(&mut packet, &map) {
        Ok(()) => {
            let view = RtpPacket::parse(&packet).expect("only values change");
            let before = RtpPacket::parse(rest).expect("it was cleared");
            assert_eq!(view.payload(), before.payload());
            assert!(view.elements().map(|it| it.0).eq(before.elements().map(|it| it.0)));
        }
        Err(error) => assert_eq!(RtpPacket::parse(rest).err(), Some(error)),
    }
}

/// What is sent again is what was sent.
fn redundancy(rest: &[u8]) {
    // The first byte is a set of distances from 1 to 8.
    let (bits, rest) = rest.split_first().map_or((0, rest), |(first, rest)| (*first, rest));
    let distances: Vec<u8> = (1..=8).filter(|it| bits >> (it - 1) & 1 == 1).collect();
    let copies = CopyDistances::new(&distances).unwrap_or(CopyDistances::following(3));
    let mut packetizer = RedPacketizer::new(PayloadType(111), copies);
    let mut plan = PayloadPlan::default();
    let mut before: Vec<(u32, &[u8])> = Vec::new();
    let mut timestamp = 0u32;
    for ([step, ..], frame) in parts(rest) {
        timestamp = timestamp.wrapping_add(u32::from(step) * 120);
        if packetizer.plan(frame, timestamp, 1_100, &mut plan).is_err() {
            continue;
        }
        let mut payload = Vec::new();
        plan.payload(0, frame).write(&mut payload);
        let blocks = RedBlocks::read(&payload).expect("it was just written");
        before.push((timestamp, frame));
        assert!(blocks.len() <= copies.len() + 1);
        for block in blocks.iter() {
            let at = timestamp.wrapping_sub(block.timestamp_offset);
            assert!(before.iter().rev().any(|sent| *sent == (at, block.data)));
        }
    }
}
