//! RTCP of the application's, and what frames tell of their packets.

use std::time::Duration;

use lapwing_engine::rtcp::packet::{Compound, Packet};
use lapwing_engine::{
    Codec, Config, Event, FramePackets, MediaKind, ReceivedRtcp, RtcpEvents, RtcpWriteError,
    SessionKind, TransceiverInit,
};

use crate::media::{mid_of, opus, vp8};
use crate::pair::{Pair, Peer};

/// APP of subtype 1, named "ping" (RFC 3550 section 6.7).
const APP: [u8; 16] = [0x81, 204, 0, 3, 0, 0, 0, 7, b'p', b'i', b'n', b'g', 1, 2, 3, 4];

/// A type that nobody has assigned.
const UNASSIGNED: [u8; 8] = [0x85, 213, 0, 1, 9, 9, 9, 9];

/// Feedback of an application that nobody knows (RFC 4585 section 6.4).
const FEEDBACK: [u8; 16] = [0x8F, 206, 0, 3, 0, 0, 0, 7, 0, 0, 0, 8, b'a', b'b', b'c', b'd'];

/// An extended report with a block of type 99 (RFC 3611 section 3).
const EXTENDED: [u8; 12] = [0x80, 207, 0, 2, 0, 0, 0, 7, 99, 0, 0, 0];

/// A picture loss indication of a stream that nobody sends.
const PLI: [u8; 12] = [0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2];

fn call(kinds: [SessionKind; 2], events: RtcpEvents) -> Pair {
    let config = |number: u64| {
        let mut config = Config::seeded(number);
        config.session = kinds[number as usize - 1];
        config.rtcp_events = events;
        config
    };
    let mut pair = Pair::new(config(1), config(2));
    pair.on_a(|rtc, _| {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
        }
    });
    pair.negotiate(true);
    pair
}

fn told(peer: &mut Peer) -> Vec<ReceivedRtcp> {
    peer.take(|event| match event {
        Event::Rtcp(packet) => Some(packet.clone()),
        _ => None,
    })
}

fn packets(peer: &mut Peer, codec: Codec) -> Vec<Option<FramePackets>> {
    peer.take(|event| match event {
        Event::Frame(frame) if frame.frame.codec == codec => Some(frame.packets),
        _ => None,
    })
}

fn talk(pair: &mut Pair, rounds: u8) {
    for number in 0..rounds {
        pair.on_a(|rtc, now| {
            for frame in [opus(number), vp8(number, number == 0, 4_000)] {
                let mid = mid_of(rtc, frame.codec.kind());
                rtc.media(mid).expect("negotiated").write(&frame, now).expect("there is room");
            }
        });
        pair.run(Duration::from_millis(20));
    }
    pair.run(Duration::from_secs(1));
}

#[test]
fn unknown_packets_are_handed_over_with_their_bytes() {
    let mut pair = call([SessionKind::Own; 2], RtcpEvents::Unknown);
    let early = pair.on_a(|rtc, now| rtc.write_rtcp(&APP, now));
    assert_eq!(early, Err(RtcpWriteError::NotConnected));
    pair.connect();
    talk(&mut pair, 20);
    for packet in [&APP[..], &PLI, &UNASSIGNED, &FEEDBACK, &EXTENDED] {
        let taken = pair.on_a(|rtc, now| rtc.write_rtcp(packet, now));
        assert_eq!(taken, Ok(()));
    }
    pair.run(Duration::from_secs(1));
    let told = told(&mut pair.b);
    let seen: Vec<_> = told.iter().map(|it| (it.packet_type, it.count, &*it.bytes)).collect();
    let expected = [
        (204, 1, &APP[..]),
        (213, 5, &UNASSIGNED[..]),
        (206, 15, &FEEDBACK[..]),
        (207, 0, &EXTENDED[..]),
    ];
    assert_eq!(seen, expected);
    packets(&mut pair.b, Codec::Vp8);
    talk(&mut pair, 5);
    assert_eq!(packets(&mut pair.b, Codec::Vp8).len(), 5, "the call goes on");
    let reserved = pair.on_a(|rtc, now| rtc.write_rtcp(&[0x80, 203, 0, 0], now));
    assert_eq!(reserved, Err(RtcpWriteError::Reserved { packet_type: 203, count: 0 }));
}

#[test]
fn all_packets_are_handed_over_where_all_are_asked_for() {
    let mut pair = call([SessionKind::Own; 2], RtcpEvents::All);
    pair.connect();
    talk(&mut pair, 20);
    pair.on_a(|rtc, now| rtc.write_rtcp(&PLI, now)).expect("there are keys");
    pair.run(Duration::from_secs(6));
    let told = told(&mut pair.b);
    let is = |wanted: fn(&Packet<'_>) -> bool| {
        told.iter().any(|it| Compound::parse(&it.bytes).expect("whole").any(|it| wanted(&it)))
    };
    assert!(is(|packet| matches!(packet, Packet::SenderReport(_))));
    assert!(is(|packet| matches!(packet, Packet::SourceDescription(_))));
    assert!(told.iter().any(|it| *it.bytes == PLI));
    assert!(told.iter().all(|it| it.packet_type == it.bytes[1]));
}

#[test]
fn nothing_is_handed_over_unasked_or_by_the_other_session() {
    let mut pair = call([SessionKind::Own; 2], RtcpEvents::None);
    pair.connect();
    pair.on_a(|rtc, now| rtc.write_rtcp(&APP, now)).expect("there are keys");
    pair.run(Duration::from_secs(1));
    assert_eq!(told(&mut pair.b), []);

    let mut pair = call([SessionKind::Own, SessionKind::Str0m], RtcpEvents::All);
    pair.connect();
    pair.on_a(|rtc, now| rtc.write_rtcp(&APP, now)).expect("there are keys");
    talk(&mut pair, 5);
    assert_eq!(told(&mut pair.b), []);
    let refused = pair.on_b(|rtc, now| rtc.write_rtcp(&APP, now));
    assert_eq!(refused, Err(RtcpWriteError::Unsupported));
}

#[test]
fn frames_tell_their_packets_and_sound_what_was_lost_before_it() {
    let mut pair = call([SessionKind::Own; 2], RtcpEvents::None);
    pair.connect();
    // Every packet of sound alone, so that losses are those of sound.
    for number in 0..60 {
        pair.lose_every = (number == 30).then_some(1);
        pair.on_a(|rtc, now| {
            let mid = mid_of(rtc, MediaKind::Audio);
            rtc.media(mid).expect("negotiated").write(&opus(number), now).expect("room");
        });
        pair.run(Duration::from_millis(20));
    }
    pair.lose_every = None;
    pair.run(Duration::from_secs(1));
    let sound: Vec<FramePackets> =
        packets(&mut pair.b, Codec::Opus).into_iter().map(|it| it.expect("known")).collect();
    assert!(sound.iter().all(|it| it.first == it.last));
    let lost: u64 = sound.iter().filter_map(|it| it.lost_before).sum();
    let numbers = sound.last().expect("some came").last - sound[0].first + 1;
    assert!(lost >= 1, "one was cut");
    assert_eq!(sound.len() as u64 + lost, numbers);

    talk(&mut pair, 10);
    let pictures: Vec<FramePackets> =
        packets(&mut pair.b, Codec::Vp8).into_iter().map(|it| it.expect("known")).collect();
    assert_eq!(pictures.len(), 10);
    assert!(pictures.iter().all(|it| it.last - it.first == 3 && it.lost_before.is_none()));
    assert!(pictures.windows(2).all(|pair| pair[0].last < pair[1].first));
}

#[test]
fn the_other_session_knows_the_packets_too() {
    let mut pair = call([SessionKind::Own, SessionKind::Str0m], RtcpEvents::None);
    pair.connect();
    talk(&mut pair, 10);
    for codec in [Codec::Opus, Codec::Vp8] {
        let known = packets(&mut pair.b, codec);
        assert_eq!(known.len(), 10, "{codec}");
        let known: Vec<FramePackets> = known.into_iter().map(|it| it.expect("known")).collect();
        assert!(known.iter().all(|it| it.first <= it.last && it.lost_before.is_none()));
        assert!(known.windows(2).all(|pair| pair[0].last < pair[1].first), "{codec}");
    }
}
