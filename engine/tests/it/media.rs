//! Frames, packets, keyframe requests and renegotiation.

use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Codec, Config, Delivery, Direction, EncodedFrame, Event, KeyframeRequestKind, MediaKind,
    MediaTime, Mid, OutgoingPacket, ReceivedFrame, Rtc, SessionKind, TransceiverInit, WriteError,
};

use crate::pair::{Pair, Peer};

/// A VP8 frame by its first bytes (RFC 6386 section 9.1), filled up with its number.
pub(crate) fn vp8(number: u8, keyframe: bool, bytes: usize) -> EncodedFrame {
    let mut data = vec![number; bytes];
    let start: &[u8] = if keyframe {
        &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]
    } else {
        &[0x11, 0, 0]
    };
    data[..start.len()].copy_from_slice(start);
    let time = MediaTime::new(u64::from(number) * 3000, MediaTime::VIDEO_RATE);
    EncodedFrame { codec: Codec::Vp8, time, keyframe, data: Arc::from(data) }
}

pub(crate) fn opus(number: u8) -> EncodedFrame {
    let time = MediaTime::new(u64::from(number) * 960, MediaTime::OPUS_RATE);
    EncodedFrame { codec: Codec::Opus, time, keyframe: true, data: Arc::from([0x78, number, 3]) }
}

pub(crate) fn mid_of(rtc: &mut Rtc, kind: MediaKind) -> Mid {
    let transceivers = rtc.negotiation().transceivers();
    let found = transceivers.iter().find(|transceiver| transceiver.kind == kind);
    found.and_then(|transceiver| transceiver.mid).expect("it is negotiated")
}

fn frames(peer: &mut Peer) -> Vec<ReceivedFrame> {
    peer.take(|event| match event {
        Event::Frame(frame) => Some(frame.clone()),
        _ => None,
    })
}

fn call(a: Config, b: Config) -> Pair {
    let mut pair = Pair::new(a, b);
    pair.on_a(|rtc, _| {
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let init = TransceiverInit::default().with_stream("from-a");
            rtc.negotiation().add_transceiver(kind, init);
        }
    });
    pair.negotiate(true);
    pair.connect();
    pair
}

fn write(rtc: &mut Rtc, frame: &EncodedFrame, now: Instant) -> Result<(), WriteError> {
    let mid = mid_of(rtc, frame.codec.kind());
    rtc.media(mid).expect("it is negotiated").write(frame, now)
}

#[test]
fn a_pacer_that_is_written_to_faster_than_it_may_send_refuses() {
    let mut pair = call(Config::seeded(1), Config::seeded(2));
    // 120 Mbit/s where the first estimate is 0.6.
    let mut taken = 0;
    let refused = (0..100).find_map(|number| {
        let frame = vp8(number, number == 0, 500_000);
        let wrote = pair.on_a(|rtc, now| write(rtc, &frame, now));
        pair.run(Duration::from_millis(33));
        taken += usize::from(wrote.is_ok());
        wrote.err()
    });
    assert_eq!(refused, Some(WriteError::Full));
    assert!((1..6).contains(&taken), "{taken} frames of half a megabyte were taken");
    let sound = pair.on_a(|rtc, now| write(rtc, &opus(1), now));
    assert_eq!(sound, Ok(()), "sound is not paced");
    pair.run(Duration::from_secs(60));
    let later = pair.on_a(|rtc, now| write(rtc, &vp8(101, true, 1_000), now));
    assert_eq!(later, Ok(()), "what waited has left");
}

#[test]
fn frames_arrive_as_they_were_sent() {
    let mut pair = call(Config::seeded(1), Config::seeded(2));
    for number in 0..30 {
        let frame = vp8(number, number == 0, 4000);
        pair.on_a(|rtc, now| write(rtc, &frame, now)).expect("taken");
        pair.on_b(|rtc, now| write(rtc, &opus(number), now)).expect("taken");
        pair.run(Duration::from_millis(33));
    }
    pair.run(Duration::from_secs(1));
    let video = frames(&mut pair.b);
    assert_eq!(video.len(), 30);
    for (number, received) in (0..).zip(&video) {
        assert_eq!(received.frame.data, vp8(number, number == 0, 4000).data);
        assert_eq!(received.frame.keyframe, number == 0);
        assert!(received.contiguous);
    }
    let spacing = video[1].frame.time.ticks() - video[0].frame.time.ticks();
    assert_eq!(spacing, 3000);
    let audio = frames(&mut pair.a);
    assert_eq!(audio.len(), 30);
    assert_eq!(audio[7].frame.data, opus(7).data);
    let stats = pair.b.rtc.stats();
    assert_eq!(stats.inbound_rtp.iter().map(|stream| stream.frames_received).sum::<u64>(), 30);
    assert_eq!(stats.outbound_rtp[0].frames_sent, 30);
}

#[test]
fn lost_packets_are_repaired() {
    let mut pair = call(Config::seeded(1), Config::seeded(2));
    pair.lose_every = Some(10);
    for number in 0..60 {
        let frame = vp8(number, number == 0, 2400);
        pair.on_a(|rtc, now| write(rtc, &frame, now)).expect("taken");
        pair.run(Duration::from_millis(33));
    }
    // What is lost shows by what comes after it.
    pair.lose_every = None;
    pair.on_a(|rtc, now| write(rtc, &vp8(60, false, 2400), now)).expect("taken");
    pair.run(Duration::from_secs(1));
    assert_eq!(frames(&mut pair.b).len(), 61);
    pair.run(Duration::from_secs(2));
    assert!(pair.a.rtc.stats().outbound_rtp[0].nack_count > 0);
}

#[test]
fn a_keyframe_request_reaches_the_sender() {
    let mut pair = call(Config::seeded(1), Config::seeded(2));
    pair.on_a(|rtc, now| write(rtc, &vp8(0, true, 500), now)).expect("taken");
    pair.run(Duration::from_millis(200));
    pair.on_b(|rtc, _| {
        let mid = mid_of(rtc, MediaKind::Video);
        let mut media = rtc.media(mid).expect("it is negotiated");
        media.request_keyframe(None, KeyframeRequestKind::Pli).expect("something arrived");
    });
    pair.run(Duration::from_millis(200));
    let requests = pair.a.take(|event| match event {
        Event::KeyframeRequested { kind, .. } => Some(*kind),
        _ => None,
    });
    assert_eq!(requests, [KeyframeRequestKind::Pli]);
}

#[test]
fn tracks_say_whose_they_are_and_can_be_added_from_the_other_side() {
    let mut pair = call(Config::seeded(1), Config::seeded(2));
    let track = |event: &Event| match event {
        Event::TrackAdded(track) => Some((track.kind, track.stream_id.clone())),
        _ => None,
    };
    let stream = Some("from-a".to_owned());
    let seen = pair.b.take(track);
    assert_eq!(seen, [(MediaKind::Audio, stream.clone()), (MediaKind::Video, stream)]);
    assert_eq!(pair.a.take(track).len(), 2, "the answer makes both flow back, told once");
    let needed = |event: &Event| matches!(event, Event::NegotiationNeeded).then_some(());
    pair.b.take(needed);
    pair.on_b(|rtc, _| {
        let init = TransceiverInit::new(Direction::SendOnly).with_stream("from-b");
        rtc.negotiation().add_transceiver(MediaKind::Video, init)
    });
    assert_eq!(pair.b.take(needed).len(), 1);
    pair.negotiate(false);
    assert_eq!(pair.a.take(track), [(MediaKind::Video, Some("from-b".to_owned()))]);
}

#[test]
fn directions_change_and_tracks_stop() {
    let mut pair = call(Config::seeded(1), Config::seeded(2));
    let id = pair.a.rtc.negotiation().transceivers()[1].id;
    pair.on_a(|rtc, _| rtc.negotiation().set_direction(id, Direction::SendOnly)).expect("known");
    pair.negotiate(true);
    let mid = mid_of(&mut pair.b.rtc, MediaKind::Video);
    let direction = pair.b.rtc.media(mid).expect("negotiated").direction();
    assert_eq!(direction, Direction::RecvOnly);
    let refused = pair.on_b(|rtc, now| write(rtc, &vp8(0, true, 500), now));
    assert_eq!(refused, Err(WriteError::NotSending));
    pair.on_a(|rtc, _| rtc.negotiation().stop(id)).expect("known");
    pair.negotiate(true);
    assert!(pair.a.rtc.negotiation().transceivers()[1].stopped);
    assert!(pair.a.rtc.media(mid).is_none());
}

#[test]
fn only_common_codecs_are_taken() {
    let only = |number, codec| Config::seeded(number).with_codecs([Codec::Opus, codec]);
    let mut pair = call(only(1, Codec::Vp8), Config::seeded(2));
    let mid = mid_of(&mut pair.b.rtc, MediaKind::Video);
    let codecs = pair.b.rtc.media(mid).expect("negotiated").codecs();
    assert_eq!(codecs.iter().map(|(_, codec)| *codec).collect::<Vec<_>>(), [Codec::Vp8]);
    let av1 = EncodedFrame { codec: Codec::Av1, ..vp8(0, true, 500) };
    let refused = pair.on_b(|rtc, now| write(rtc, &av1, now));
    assert_eq!(refused, Err(WriteError::CodecNotNegotiated(Codec::Av1)));
}

/// A frame of H.265 in Annex B form: a large slice, behind parameter sets where decoding may begin.
fn h265(number: u8, keyframe: bool) -> EncodedFrame {
    let mut data = Vec::new();
    let units: &[u8] = if keyframe { &[32, 33, 34, 19] } else { &[1] };
    for &unit in units {
        data.extend([0, 0, 0, 1, unit << 1, 1]);
        let bytes = if unit < 32 { 5_000 } else { 20 };
        data.extend(std::iter::repeat_n(number | 0x80, bytes));
    }
    let time = MediaTime::new(u64::from(number) * 3000, MediaTime::VIDEO_RATE);
    EncodedFrame { codec: Codec::H265, time, keyframe, data: data.into() }
}

#[test]
fn what_is_offered_on_request_only_is_carried() {
    let config =
        |number| Config::seeded(number).with_codecs([Codec::G722, Codec::Pcmu, Codec::H265]);
    let mut pair = call(config(1), config(2));
    let sdp = pair.a.rtc.negotiation().local_description().expect("negotiated").sdp.clone();
    let str0m = config(1).session == SessionKind::Str0m;
    for line in ["a=rtpmap:9 G722/8000", "H265/90000", "profile-id=1"] {
        assert!(sdp.contains(line) || str0m, "{line} in {sdp}");
    }
    for number in 0..20 {
        let picture = h265(number, number == 0);
        pair.on_a(|rtc, now| write(rtc, &picture, now)).expect("taken");
        if !str0m {
            let time = MediaTime::new(u64::from(number) * 160, 8_000);
            let data = Arc::from([number; 160]);
            let sound = EncodedFrame { codec: Codec::G722, time, keyframe: true, data };
            pair.on_b(|rtc, now| write(rtc, &sound, now)).expect("taken");
        }
        pair.run(Duration::from_millis(33));
    }
    pair.run(Duration::from_secs(1));
    let video = frames(&mut pair.b);
    assert_eq!(video.len(), 20);
    for (number, received) in (0..).zip(&video) {
        assert_eq!(received.frame.data, h265(number, number == 0).data);
        assert_eq!(received.frame.keyframe, number == 0);
        assert!(received.contiguous);
    }
    let audio = frames(&mut pair.a);
    assert_eq!(audio.len(), if str0m { 0 } else { 20 });
    for (number, received) in (0..).zip(&audio) {
        assert_eq!(received.frame.data[..], [number; 160]);
    }
}

#[test]
fn a_forwarder_takes_and_gives_packets() {
    let packets = |number| Config::seeded(number).with_delivery(Delivery::Packets);
    let mut pair = call(packets(1), packets(2));
    let refused = pair.on_a(|rtc, now| write(rtc, &opus(0), now));
    assert_eq!(refused, Err(WriteError::WrongDelivery));
    let mid = mid_of(&mut pair.a.rtc, MediaKind::Audio);
    let payload_type = pair.a.rtc.media(mid).expect("negotiated").codecs()[0].0;
    for number in 0..10_u8 {
        let packet = OutgoingPacket {
            payload_type,
            sequence_number: 1000 + u64::from(number),
            timestamp: u32::from(number) * 960,
            marker: number == 0,
            nackable: false,
            payload: [0x78, number].into(),
        };
        pair.on_a(|rtc, now| rtc.media(mid).expect("there").write_packet(None, packet, now))
            .expect("taken");
        pair.run(Duration::from_millis(20));
    }
    pair.run(Duration::from_millis(100));
    let received = pair.b.take(|event| match event {
        Event::Packet(packet) => Some(packet.clone()),
        _ => None,
    });
    assert_eq!(received.len(), 10);
    assert_eq!(received[3].sequence_number, 1003);
    assert_eq!(received[3].payload[..], [0x78, 3]);
    assert_eq!(received[3].mid, mid);
}
