//! Nothing is allocated for a packet once a call has run for a while.

use std::sync::Arc;

use lapwing_engine::{Codec, Delivery, EncodedFrame, MediaTime, OutgoingPacket, SharedBytes};

use crate::counter::allocations;
use crate::ends::{Pair, origin};

/// Packets until buffers and tables have the size that they keep: more than the second of them
/// that is kept for retransmission.
const WARM_UP: u64 = 4_000;

/// Packets that are counted, two seconds of them.
const COUNTED: u64 = 2_000;

/// What messages of RTCP may allocate in that time, twenty of them a second in each direction: two
/// for each.
const CONTROL_ALLOCATIONS_MAX: u64 = 200;

/// Sends one packet a millisecond from `a` to `b`; what arrived is handed to `then`.
fn send(pair: &mut Pair, numbers: std::ops::Range<u64>, mut then: impl FnMut(&mut Pair)) {
    let (mid, payload_type) = pair.a.media(Codec::Vp8);
    let payload = SharedBytes::from(vec![0x10; 1_100]);
    for number in numbers {
        let packet = OutgoingPacket {
            payload_type,
            sequence_number: 1_000 + number,
            timestamp: (90 * number) as u32,
            marker: true,
            nackable: true,
            payload: payload.clone(),
        };
        let now = pair.now;
        let mut media = pair.a.rtc.media(mid).expect("it is negotiated");
        media.write_packet(None, packet, now).expect("there is room");
        pair.a.drain();
        pair.step();
        then(pair);
    }
}

#[test]
fn packets_out_and_in() {
    let mut pair = Pair::connected(Delivery::Packets, origin());
    let mut arrived = 0;
    let mut count = |pair: &mut Pair| arrived += pair.b.packets().drain(..).count();
    send(&mut pair, 0..WARM_UP, &mut count);
    let found = allocations(|| send(&mut pair, WARM_UP..WARM_UP + COUNTED, &mut count));
    println!("{found} allocations for {COUNTED} packets out and in");
    assert!(arrived as u64 >= WARM_UP + COUNTED - 2, "{arrived} arrived");
    assert!(found <= CONTROL_ALLOCATIONS_MAX, "{found} allocations");
}

#[test]
fn packets_forwarded() {
    let now = origin();
    let mut first = Pair::connected(Delivery::Packets, now);
    let mut second = Pair::connected(Delivery::Packets, now);
    let (mid, payload_type) = second.a.media(Codec::Vp8);
    let mut arrived = 0;
    let mut pass_on = |pair: &mut Pair| {
        for packet in pair.b.packets().drain(..) {
            let outgoing = OutgoingPacket {
                payload_type,
                sequence_number: packet.sequence_number,
                timestamp: packet.time.ticks() as u32,
                marker: packet.marker,
                nackable: true,
                payload: packet.payload,
            };
            let now = second.now;
            let mut media = second.a.rtc.media(mid).expect("it is negotiated");
            media.write_packet(None, outgoing, now).expect("there is room");
            second.a.drain();
        }
        second.step();
        arrived += second.b.packets().drain(..).count();
    };
    send(&mut first, 0..WARM_UP, &mut pass_on);
    let found = allocations(|| send(&mut first, WARM_UP..WARM_UP + COUNTED, &mut pass_on));
    println!("{found} allocations for {COUNTED} packets forwarded");
    assert!(arrived as u64 >= WARM_UP + COUNTED - 2, "{arrived} arrived");
    // What is kept for a retransmission is held for as long: its buffers come from the first
    // connection, which knows fewer of them than a second's packets.
    assert!(found <= 2 * CONTROL_ALLOCATIONS_MAX, "{found} allocations");
}

/// A frame is handed out as one piece of memory, which is the application's: that is allocated, and
/// nothing else.
#[test]
fn frames_out_and_in() {
    let mut pair = Pair::connected(Delivery::Frames, origin());
    let (mid, _) = pair.a.media(Codec::Vp8);
    let mut data = vec![0x11; 5_300];
    data[..10].copy_from_slice(&[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
    let data: Arc<[u8]> = Arc::from(data);
    let mut send = |numbers: std::ops::Range<u64>| {
        for number in numbers {
            let time = MediaTime::new(90 * number, MediaTime::VIDEO_RATE);
            let data = Arc::clone(&data);
            let frame = EncodedFrame { codec: Codec::Vp8, time, keyframe: true, data };
            let now = pair.now;
            let mut media = pair.a.rtc.media(mid).expect("it is negotiated");
            media.write(&frame, now).expect("there is room");
            pair.a.drain();
            (0..5).for_each(|_| pair.step());
        }
        pair.b.frames()
    };
    let frames = COUNTED / 5;
    send(0..frames);
    let mut arrived = 0;
    let found = allocations(|| arrived = send(frames..2 * frames));
    println!("{found} allocations for {frames} frames of five packets");
    assert!(arrived >= 2 * frames - 2, "{arrived} arrived");
    assert!(found <= frames + CONTROL_ALLOCATIONS_MAX, "{found} allocations");
}
