//! Formats of sound beside codecs.

use crate::ids::PayloadType;
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
    let mut packetizer = RedPacketizer::new(PayloadType(111), 2);
    assert_eq!(red(&mut packetizer, b"a", 0, 100), [111, b'a']);
    assert_eq!(red(&mut packetizer, b"bb", 960, 100), [0xef, 0x0f, 0, 1, 111, b'a', b'b', b'b']);
    let third = red(&mut packetizer, b"c", 1_920, 100);
    let expected: [(u8, u32, &[u8]); 3] = [(111, 1_920, b"a"), (111, 960, b"bb"), (111, 0, b"c")];
    assert_eq!(blocks(&third), expected);
    let fourth = red(&mut packetizer, b"d", 2_880, 100);
    assert_eq!(blocks(&fourth)[0], (111, 1_920, &b"bb"[..]), "two frames and no more");
}

#[test]
fn what_has_no_room_is_left_out() {
    let mut packetizer = RedPacketizer::new(PayloadType(111), 3);
    red(&mut packetizer, &[1; 40], 0, 100);
    red(&mut packetizer, &[2; 40], 960, 100);
    let third = red(&mut packetizer, &[3; 40], 1_920, 100);
    assert_eq!(blocks(&third).len(), 2, "only the latest before it");
    // Frames too long or too old for the fields of the header, and whatever came before them.
    red(&mut packetizer, &[4; 1_100], 2_880, 1_200);
    assert_eq!(blocks(&red(&mut packetizer, &[5; 4], 3_840, 1_200)).len(), 1);
    assert_eq!(blocks(&red(&mut packetizer, &[6; 4], 20_000, 1_200)).len(), 2);
    assert_eq!(blocks(&red(&mut packetizer, &[7; 4], 40_000, 1_200)).len(), 1);
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
