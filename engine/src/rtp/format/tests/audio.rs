//! Formats of sound beside codecs.

use crate::ids::PayloadType;
use crate::redundancy::CopyDistances;
use crate::rtp::format::*;

fn red(packetizer: &mut RedPacketizer, frame: &[u8], timestamp: u32, budget: usize) -> Vec<u8> {
    let (mut plan, mut out) = (PayloadPlan::default(), Vec::new());
    packetizer.plan(frame, timestamp, budget, &mut plan).unwrap();
    assert_eq!(plan.len(), 1);
    plan.payload(0, frame).write(&mut out);
    out
}

fn blocks(payload: &[u8]) -> Vec<(u8, u32, &[u8])> {
    let blocks = RedBlocks::read(payload).unwrap();
    blocks.iter().map(|block| (block.payload_type.0, block.timestamp_offset, block.data)).collect()
}

#[test]
fn redundancy_byte_by_byte() {
    let mut packetizer = RedPacketizer::new(PayloadType(111), CopyDistances::following(2));
    assert_eq!(red(&mut packetizer, b"a", 0, 100), [111, b'a']);
    assert_eq!(red(&mut packetizer, b"bb", 960, 100), [0xef, 0x0f, 0, 1, 111, b'a', b'b', b'b']);
    let third = red(&mut packetizer, b"c", 1_920, 100);
    let expected: [(u8, u32, &[u8]); 3] = [(111, 1_920, b"a"), (111, 960, b"bb"), (111, 0, b"c")];
    assert_eq!(blocks(&third), expected);
    let fourth = red(&mut packetizer, b"d", 2_880, 100);
    assert_eq!(blocks(&fourth)[0], (111, 1_920, &b"bb"[..]), "two frames and no more");
}

#[test]
fn copies_with_frames_between_byte_by_byte() {
    let mut packetizer = RedPacketizer::new(PayloadType(111), CopyDistances::SPREAD);
    let frames: [&[u8]; 6] = [b"a", b"b", b"c", b"d", b"e", b"f"];
    let sent: Vec<Vec<u8>> =
        (0..6).map(|at| red(&mut packetizer, frames[at as usize], at * 960, 100)).collect();
    assert_eq!(sent[1], [111, b'b'], "none is two before it");
    assert_eq!(sent[2], [0xef, 0x1e, 0, 1, 111, b'a', b'c']);
    let expected: [(u8, u32, &[u8]); 3] = [(111, 3_840, b"b"), (111, 1_920, b"d"), (111, 0, b"f")];
    assert_eq!(blocks(&sent[5]), expected);
}

#[test]
fn copies_begin_and_end_with_the_next_frame() {
    let mut packetizer = RedPacketizer::new(PayloadType(111), CopyDistances::SPREAD);
    packetizer.set_copies(CopyDistances::NONE);
    for at in 0..9 {
        assert_eq!(red(&mut packetizer, &[at], u32::from(at) * 960, 100), [111, at]);
    }
    packetizer.remember(&[9], 9 * 960);
    packetizer.set_copies(CopyDistances::SPREAD);
    let at_once = red(&mut packetizer, &[10], 10 * 960, 100);
    let expected: [(u8, u32, &[u8]); 3] = [(111, 3_840, &[6]), (111, 1_920, &[8]), (111, 0, &[10])];
    assert_eq!(blocks(&at_once), expected);
    packetizer.set_copies(CopyDistances::NEXT);
    assert_eq!(blocks(&red(&mut packetizer, &[11], 11 * 960, 100))[0], (111, 960, &[10_u8][..]));
}

#[test]
fn what_has_no_room_is_left_out() {
    let mut packetizer = RedPacketizer::new(PayloadType(111), CopyDistances::following(3));
    red(&mut packetizer, &[1; 40], 0, 100);
    red(&mut packetizer, &[2; 40], 960, 100);
    let third = red(&mut packetizer, &[3; 40], 1_920, 100);
    assert_eq!(blocks(&third)[0], (111, 1_920, &[1; 40][..]), "the farthest");
    assert_eq!(blocks(&third).len(), 2);
    // Frames too long or too old for the fields of the header.
    red(&mut packetizer, &[4; 1_024], 2_880, 1_200);
    assert_eq!(blocks(&red(&mut packetizer, &[5; 4], 3_840, 1_200)).len(), 3);
    assert_eq!(blocks(&red(&mut packetizer, &[6; 4], 20_223, 1_200)).len(), 2, "16,383 ticks");
    assert_eq!(blocks(&red(&mut packetizer, &[7; 4], 40_000, 1_200)).len(), 1);
    let mut packetizer = RedPacketizer::new(PayloadType(111), CopyDistances::NEXT);
    red(&mut packetizer, &[1; 1_023], 0, 1_200);
    let longest = red(&mut packetizer, &[2; 4], 16_383, 1_200);
    assert_eq!(blocks(&longest)[0], (111, 16_383, &[1; 1_023][..]));
    assert_eq!(blocks(&red(&mut packetizer, &[3; 4], 16_383 + 16_384, 1_200)).len(), 1);
    let mut plan = PayloadPlan::default();
    let planned = packetizer.plan(&[1; 100], 50_000, 100, &mut plan);
    assert_eq!(planned, Err(PacketizeError::TooLarge));
}

#[test]
fn damaged_redundancy_is_refused() {
    assert_eq!(RedBlocks::read(&[]).unwrap_err(), PayloadError::Truncated);
    assert_eq!(RedBlocks::read(&[0xef, 0, 0]).unwrap_err(), PayloadError::Truncated);
    assert_eq!(RedBlocks::read(&[0xef, 0, 0, 3, 111, 1, 2]).unwrap_err(), PayloadError::Truncated);
    let many = [0xef, 0, 0, 0].repeat(RED_BLOCKS_MAX);
    assert_eq!(RedBlocks::read(&many).unwrap_err(), PayloadError::Unsupported);
}

#[test]
fn events_byte_by_byte() {
    let event = TelephoneEvent { event: 11, end: true, volume: 10, duration: 400 };
    assert_eq!(event.write(), [11, 0x8a, 0x01, 0x90]);
    assert_eq!(TelephoneEvent::read(&event.write()).collect::<Vec<_>>(), [event]);
    assert_eq!(TelephoneEvent::of_key('d'), Some(15));
    assert_eq!(TelephoneEvent::of_key('x'), None);
}

#[test]
fn a_short_event_ends_at_once() {
    let packets: Vec<_> = EventPackets::new(1, 0, 100, 400).collect();
    assert_eq!(packets.len(), 3);
    assert!(packets.iter().all(|packet| packet.event.end && packet.event.duration == 100));
    let markers: Vec<bool> = packets.iter().map(|packet| packet.marker).collect();
    assert_eq!(markers, [true, false, false]);
}

#[test]
fn a_long_event_has_segments() {
    let packets: Vec<_> = EventPackets::new(1, 0, 150_000, 20_000).collect();
    let told: Vec<(u32, u16)> =
        packets.iter().map(|packet| (packet.timestamp_offset, packet.event.duration)).collect();
    let first = [(0, 20_000), (0, 40_000), (0, 60_000), (0, 65_535)];
    assert_eq!(told[..4], first);
    assert_eq!(told[4], (65_535, 20_000));
    assert_eq!(told.last(), Some(&(131_070, 18_930)));
    assert_eq!(packets.iter().filter(|packet| packet.event.end).count(), 3);
    assert_eq!(packets.iter().filter(|packet| packet.marker).count(), 1);
}

#[test]
fn noise_byte_by_byte() {
    let noise = ComfortNoise { level: -60, reflection: &[127, 3] };
    let mut out = Vec::new();
    noise.write(&mut out);
    assert_eq!(out, [60, 127, 3]);
    assert_eq!(ComfortNoise::read(&out), Some(noise));
    assert_eq!(ComfortNoise::read(&[60; 99]).map(|noise| noise.reflection.len()), Some(32));
}
