//! Media.

use std::sync::Arc;
use std::time::Duration;

use super::deal::{Deal, DealLine, mid, rtx_of};
use super::wire::{Side, Wire};
use crate::codec::{Codec, MediaKind};
use crate::config::{Config, Delivery};
use crate::event::{Direction, KeyframeRequestKind};
use crate::frame::{EncodedFrame, OutgoingPacket};
use crate::ids::{Mid, PayloadType, Rid, Ssrc};
use crate::media::{KeyframeError, WriteError, WriteOptions};
use crate::session::agreed::Capabilities;
use crate::session::output::SessionEvent;
use crate::session::seam::Session;
use crate::time::MediaTime;

/// An Opus frame that says its number.
pub(super) fn opus(number: u8) -> EncodedFrame {
    let time = MediaTime::new(u64::from(number) * 960, MediaTime::OPUS_RATE);
    EncodedFrame { codec: Codec::Opus, time, keyframe: true, data: Arc::from([0x78, number, 3]) }
}

/// A VP8 keyframe by its first bytes (RFC 6386 section 9.1), filled up with its number.
pub(super) fn vp8(number: u8) -> EncodedFrame {
    let mut data = vec![number; 300];
    data[..10].copy_from_slice(&[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
    let time = MediaTime::new(u64::from(number) * 3000, MediaTime::VIDEO_RATE);
    EncodedFrame { codec: Codec::Vp8, time, keyframe: true, data: Arc::from(data) }
}

pub(super) fn audio<S: Session>(wire: &Wire<S>, name: &str) -> DealLine {
    DealLine::new(name, MediaKind::Audio, &["opus"], &wire.a.session.capabilities())
}

pub(super) fn video<S: Session>(wire: &Wire<S>, name: &str) -> DealLine {
    DealLine::new(name, MediaKind::Video, &["VP8"], &wire.a.session.capabilities())
}

/// Writes a frame, and gives it time to be sent.
pub(super) fn send<S: Session>(
    wire: &mut Wire<S>,
    from_b: bool,
    to: Mid,
    rid: Option<Rid>,
    frame: &EncodedFrame,
) -> Result<(), WriteError> {
    let now = wire.now;
    let side = if from_b { &mut wire.b } else { &mut wire.a };
    let options = WriteOptions { rid, ..WriteOptions::default() };
    let written = side.session.write_frame(to, frame, options, now);
    side.drain();
    wire.run(Duration::from_millis(40));
    written
}

fn data_of<S: Session>(side: &mut Side<S>) -> Vec<(Mid, Arc<[u8]>)> {
    let frames = side.take_frames().into_iter();
    frames.map(|received| (received.mid, received.frame.data)).collect()
}

/// One frame each way on each of these m-lines arrives on the same.
pub(super) fn exchange<S: Session>(wire: &mut Wire<S>, lines: &[(Mid, EncodedFrame)]) {
    for from_b in [false, true] {
        for (to, frame) in lines {
            // The first of a stream is held until the next one shows that nothing comes before it.
            send(wire, from_b, *to, None, frame).expect("it may be sent");
        }
        wire.run(Duration::from_millis(300));
        let side = if from_b { &mut wire.a } else { &mut wire.b };
        let mut got = data_of(side);
        got.sort();
        let mut sent: Vec<_> = lines.iter().map(|(to, it)| (*to, Arc::clone(&it.data))).collect();
        sent.sort();
        assert_eq!(got, sent, "from b: {from_b}");
    }
}

pub(super) fn frames_pass_both_ways<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    Deal::with([audio(&wire, "0"), video(&wire, "1")]).strike(&mut wire);
    wire.connect();
    exchange(&mut wire, &[(mid("0"), opus(1)), (mid("1"), vp8(1))]);
    exchange(&mut wire, &[(mid("0"), opus(2)), (mid("1"), vp8(2))]);
    let sound = vp8(3);
    let refused = send(&mut wire, false, mid("0"), None, &sound);
    assert_eq!(refused, Err(WriteError::CodecNotNegotiated(Codec::Vp8)));
    assert_eq!(send(&mut wire, false, mid("7"), None, &sound), Err(WriteError::UnknownMid));
}

fn packet<S: Session>(side: &Side<S>, number: u64) -> OutgoingPacket {
    let capabilities = side.session.capabilities();
    let opus =
        capabilities.codecs.iter().find(|codec| &*codec.name == "opus").expect("it is known");
    OutgoingPacket {
        payload_type: opus.payload_type,
        sequence_number: 1000 + number,
        timestamp: 960 * number as u32,
        marker: number == 0,
        nackable: false,
        payload: [0x78, number as u8].into(),
    }
}

pub(super) fn packets_pass_both_ways<S: Session>() {
    let config = |seed| {
        let mut config = Config::seeded(seed);
        config.delivery = Delivery::Packets;
        config
    };
    let mut wire = Wire::<S>::new(&config(1), &config(2));
    let line = DealLine { delivery: Delivery::Packets, ..audio(&wire, "0") };
    Deal::with([line]).strike(&mut wire);
    wire.connect();
    for number in 0..3 {
        let now = wire.now;
        for side in wire.sides() {
            let packet = packet(side, number);
            side.session.write_packet(mid("0"), None, packet, now).expect("it may be sent");
            side.drain();
        }
        wire.run(Duration::from_millis(20));
    }
    wire.run(Duration::from_millis(100));
    for side in wire.sides() {
        let got = side.take_packets();
        let told: Vec<_> = got.iter().map(|it| (it.sequence_number, it.payload[1])).collect();
        assert_eq!(told, [(1000, 0), (1001, 1), (1002, 2)]);
        assert!(got[0].marker && !got[1].marker && got.iter().all(|it| it.mid == mid("0")));
    }
}

pub(super) fn layers_are_told_apart<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let line = video(&wire, "0").layered(&["lo", "hi"]).directed(Direction::SendOnly);
    Deal::with([line]).strike(&mut wire);
    wire.connect();
    for (number, rid) in [(1, "lo"), (2, "hi")] {
        send(&mut wire, false, mid("0"), Rid::new(rid), &vp8(number)).expect("a layer of it");
    }
    let unknown = Rid::new("mid").expect("a token");
    let refused = send(&mut wire, false, mid("0"), Some(unknown), &vp8(3));
    assert_eq!(refused, Err(WriteError::UnknownRid(unknown)));
    wire.run(Duration::from_millis(300));
    let got = wire.b.take_frames();
    let told: Vec<_> =
        got.iter().map(|it| (it.rid.map(|rid| rid.to_string()), it.frame.data[20])).collect();
    assert_eq!(told, [(Some("lo".to_owned()), 1), (Some("hi".to_owned()), 2)]);
}

pub(super) fn the_order_of_codecs_is_obeyed<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let capabilities = wire.a.session.capabilities();
    let h264 = capabilities.codecs.iter().filter(|codec| &*codec.name == "H264");
    let numbers: Vec<_> = h264.map(|codec| codec.payload_type).collect();
    let mut line = DealLine::new("0", MediaKind::Video, &["VP8"], &capabilities);
    for known in capabilities.codecs.iter().filter(|codec| &*codec.name == "H264").rev() {
        let mut one = Capabilities::clone(&capabilities);
        one.codecs.retain(|codec| codec.payload_type == known.payload_type);
        line.codecs.extend(super::deal::codec(&one, "H264"));
    }
    Deal::with([line]).strike(&mut wire);
    wire.connect();
    // Both parameter sets, and a slice.
    let units = [[0x67, 0x42, 0xe0, 0x1f], [0x68, 0xce, 0x3c, 0x80], [0x65, 0x88, 1, 2]];
    let data: Vec<u8> = units.iter().flat_map(|unit| [&[0, 0, 0, 1], &unit[..]].concat()).collect();
    let nal = |number: u8| EncodedFrame {
        codec: Codec::H264,
        data: Arc::from(data.as_slice()),
        ..vp8(number)
    };
    send(&mut wire, false, mid("0"), None, &nal(1)).expect("it may be sent");
    wire.run(Duration::from_millis(300));
    let got = wire.b.take_frames();
    assert_eq!(got.first().map(|it| it.payload_type), numbers.last().copied());
}

/// Payload types and header extensions with other numbers than ours, some of them ours for
/// something else.
pub(super) fn other_numbers_are_used<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let (mut sound, mut pictures) = (audio(&wire, "0"), video(&wire, "1"));
    sound.codecs[0].payload_type = PayloadType(96);
    pictures.codecs.truncate(1);
    pictures.codecs[0].payload_type = PayloadType(111);
    let rtx = rtx_of(&pictures.codecs[0], PayloadType(127));
    pictures.codecs.push(rtx);
    for line in [&mut sound, &mut pictures] {
        for extension in &mut line.extensions {
            extension.id = 14 - extension.id;
        }
    }
    Deal::with([sound, pictures]).strike(&mut wire);
    wire.connect();
    let frames = [(mid("0"), opus(1)), (mid("1"), vp8(1))];
    for from_b in [false, true] {
        for (to, frame) in &frames {
            send(&mut wire, from_b, *to, None, frame).expect("it may be sent");
        }
    }
    wire.run(Duration::from_millis(300));
    for side in wire.sides() {
        let got = side.take_frames();
        let mut told: Vec<_> = got.iter().map(|it| (it.mid, it.payload_type)).collect();
        told.sort();
        assert_eq!(told, [(mid("0"), PayloadType(96)), (mid("1"), PayloadType(111))]);
    }
}

pub(super) fn named_sources_are_used<S: Session>() {
    let config = |seed| {
        let mut config = Config::seeded(seed);
        config.delivery = Delivery::Packets;
        config
    };
    let mut wire = Wire::<S>::new(&config(1), &config(2));
    let line = audio(&wire, "0").named_sources(0x1000, 0x2000).without_extension("sdes:mid");
    Deal::with([DealLine { delivery: Delivery::Packets, ..line }]).strike(&mut wire);
    wire.connect();
    let now = wire.now;
    for side in wire.sides() {
        let packet = packet(side, 0);
        side.session.write_packet(mid("0"), None, packet, now).expect("it may be sent");
        side.drain();
    }
    wire.run(Duration::from_millis(100));
    let ssrcs =
        |side: &mut Side<S>| side.take_packets().iter().map(|it| it.ssrc).collect::<Vec<_>>();
    assert_eq!(ssrcs(&mut wire.b), [Ssrc(0x1000)]);
    assert_eq!(ssrcs(&mut wire.a), [Ssrc(0x2000)]);
}

pub(super) fn a_layered_line_receives_plainly<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    Deal::with([video(&wire, "0").layered(&["lo", "hi"])]).strike(&mut wire);
    wire.connect();
    send(&mut wire, false, mid("0"), Rid::new("hi"), &vp8(1)).expect("a layer of it");
    send(&mut wire, true, mid("0"), None, &vp8(2)).expect("it may be sent");
    wire.run(Duration::from_millis(300));
    let got = |side: &mut Side<S>| {
        let frames = side.take_frames().into_iter();
        frames.map(|it| (it.rid.map(|rid| rid.to_string()), it.frame.data[20])).collect::<Vec<_>>()
    };
    assert_eq!(got(&mut wire.b), [(Some("hi".to_owned()), 1)]);
    assert_eq!(got(&mut wire.a), [(None, 2)]);
}

/// Neither sources nor the header extension, and payload types that differ (RFC 9143 section 9.2).
pub(super) fn packets_are_told_by_payload_type<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let lines = [audio(&wire, "0"), video(&wire, "1")];
    Deal::with(lines.map(|line| line.without_extension("sdes:mid"))).strike(&mut wire);
    wire.connect();
    exchange(&mut wire, &[(mid("0"), opus(1)), (mid("1"), vp8(1))]);
}

pub(super) fn keyframes_are_asked_for<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    Deal::with([video(&wire, "0")]).strike(&mut wire);
    wire.connect();
    let ask = |side: &mut Side<S>| {
        let asked = side.session.request_keyframe(mid("0"), None, KeyframeRequestKind::Pli);
        side.drain();
        asked
    };
    assert_eq!(ask(&mut wire.b), Err(KeyframeError::NothingReceived));
    send(&mut wire, false, mid("0"), None, &vp8(1)).expect("it may be sent");
    wire.run(Duration::from_millis(100));
    assert_eq!(ask(&mut wire.b), Ok(()));
    // The encoder, which has just made one, may be spared a while.
    wire.run(Duration::from_millis(500));
    let asked = wire.a.take(|event| match event {
        SessionEvent::KeyframeRequested { mid, kind, .. } => Some((*mid, *kind)),
        _ => None,
    });
    assert_eq!(asked.first(), Some(&(mid("0"), KeyframeRequestKind::Pli)));
    send(&mut wire, false, mid("0"), None, &vp8(2)).expect("it may be sent");
    wire.a.events.clear();
    wire.run(Duration::from_secs(5));
    let asked = |event: &SessionEvent| matches!(event, SessionEvent::KeyframeRequested { .. });
    assert!(!wire.a.events.iter().any(asked), "it came");
}

pub(super) fn figures_are_told<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    Deal::with([audio(&wire, "0")]).strike(&mut wire);
    wire.connect();
    assert!(wire.b.session.figures().inbound.is_empty(), "nothing came yet");
    for number in 0..150 {
        send(&mut wire, false, mid("0"), None, &opus(number)).expect("it may be sent");
    }
    let (sent, got) = (wire.a.session.figures(), wire.b.session.figures());
    let outbound = sent.outbound.iter().find(|it| it.mid == mid("0")).expect("it sends");
    let inbound = got.inbound.iter().find(|it| it.mid == mid("0")).expect("it receives");
    assert!(outbound.packets > 20 && inbound.packets > 20, "{outbound:?} {inbound:?}");
    let round_trip = sent.transport.round_trip.expect("checks are answered");
    assert!(round_trip >= 2 * wire.delay && round_trip < 4 * wire.delay, "{round_trip:?}");
    assert_eq!(sent.outbound.len(), 1, "one stream");
    assert_eq!(wire.a.session.figures().outbound.len(), 1, "a look changes nothing");
}
