//! Losses, and what makes up for them, between two connections of our own session: packets that are
//! sent again, redundant sound, forward error correction.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use lapwing_engine::{
    AudioRedundancy, Bitrate, Codec, CodecPreference, Config, Delivery, EncodedFrame, Event,
    MediaKind, MediaTime, PacketKind, ReceivedPacket, SessionKind, TransceiverInit, Transmit,
    VideoFec,
};

use crate::media::mid_of;
use crate::pair::Pair;

/// A packet of media as the wire shows it: its payload type, source and number, and its bytes.
pub(crate) type OnWire = (u8, u32, u16, Vec<u8>);

/// What the link does to packets of media.
pub(crate) struct Link {
    /// Of a thousand, how many are lost each way.
    loss: u64,
    random: u64,
    /// No packet of this payload type arrives.
    cut: Option<u8>,
    /// Packets from `a`, and which of them were lost.
    pub(crate) sent: Vec<(OnWire, bool)>,
}

impl Link {
    fn is_lost(&mut self, payload_type: u8) -> bool {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % 1_000 < self.loss || self.cut == Some(payload_type)
    }

    pub(crate) fn pass(&mut self, to_b: bool, transmit: &mut Transmit) {
        let kind = PacketKind::of(&transmit.contents);
        if !matches!(kind, Some(PacketKind::Rtp | PacketKind::Rtcp)) {
            return;
        }
        let bytes = &transmit.contents;
        let (payload_type, number) = (bytes[1] & 0x7f, u16::from_be_bytes([bytes[2], bytes[3]]));
        let lost = self.is_lost(payload_type);
        if to_b && kind == Some(PacketKind::Rtp) {
            let ssrc = u32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]);
            self.sent.push(((payload_type, ssrc, number, bytes.clone()), lost));
        }
        if lost {
            // Nobody takes an empty datagram.
            transmit.contents.clear();
        }
    }
}

pub(crate) fn config(number: u64) -> Config {
    let config = Config::seeded(number).with_codecs([Codec::Opus, Codec::Vp8]);
    Config { session: SessionKind::Own, initial_bitrate: None, ..config }
}

/// A call that `a` offers, over a link with losses that begin when it is connected.
pub(crate) fn call(
    [a, b]: [Config; 2],
    kind: MediaKind,
    codecs: Vec<CodecPreference>,
    loss: u64,
) -> (Pair, Rc<RefCell<Link>>) {
    let mut pair = Pair::new(a, b);
    pair.delay = Duration::from_millis(50);
    pair.on_a(|rtc, _| {
        let id = rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
        rtc.negotiation().set_codec_preferences(id, codecs).expect("codecs that there are");
    });
    pair.negotiate(true);
    pair.connect();
    let link =
        Rc::new(RefCell::new(Link { loss, random: 0x9E37_79B9, cut: None, sent: Vec::new() }));
    let passed = Rc::clone(&link);
    pair.rewrite = Some(Box::new(move |to_b, transmit| passed.borrow_mut().pass(to_b, transmit)));
    (pair, link)
}

/// A frame of so many bytes, each of its packets told by the frame's number.
fn picture(number: u64, bytes: usize) -> EncodedFrame {
    let mut data = vec![number as u8; bytes];
    let start: &[u8] = match number {
        0 => &[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01],
        _ => &[0x11, 0, 0],
    };
    data[..start.len()].copy_from_slice(start);
    let time = MediaTime::new(number * 2_700, MediaTime::VIDEO_RATE);
    EncodedFrame { codec: Codec::Vp8, time, keyframe: number == 0, data: Arc::from(data) }
}

/// Frames of so many bytes, 30 ms apart, and what arrives of them.
fn send_pictures(pair: &mut Pair, frames: u64, bytes: usize) -> Vec<ReceivedPacket> {
    let mut received = Vec::new();
    let packets = |event: &Event| match event {
        Event::Packet(packet) => Some(packet.clone()),
        _ => None,
    };
    for number in 0..frames {
        pair.on_a(|rtc, now| {
            let mid = mid_of(rtc, MediaKind::Video);
            let frame = picture(number, bytes);
            rtc.media(mid).expect("it is negotiated").write(&frame, now).expect("there is room");
        });
        pair.run(Duration::from_millis(30));
        received.extend(pair.b.take(packets));
    }
    pair.run(Duration::from_secs(2));
    received.extend(pair.b.take(packets));
    received
}

/// What came of losses.
#[derive(Debug, PartialEq)]
struct Outcome {
    packets: usize,
    /// Lost when they were sent first.
    lost: usize,
    /// Of those, such that arrived after all.
    recovered: usize,
}

impl Outcome {
    /// Of packets with payload type 96, which each arrive once at most, whole.
    fn of(link: &Link, received: &[ReceivedPacket]) -> Self {
        let mut first = BTreeMap::new();
        for ((payload_type, _, number, _), lost) in &link.sent {
            if *payload_type == 96 {
                first.entry(*number).or_insert(*lost);
            }
        }
        let mut arrived = BTreeSet::new();
        for packet in received {
            let filled = &packet.payload[packet.payload.len() / 2..];
            assert!(filled.iter().all(|byte| *byte == filled[0]), "as it was sent");
            assert!(arrived.insert(packet.sequence_number as u16), "each comes once");
        }
        let lost: Vec<u16> =
            first.iter().filter(|(_, lost)| **lost).map(|(number, _)| *number).collect();
        let recovered = lost.iter().filter(|number| arrived.contains(number)).count();
        assert_eq!(arrived.len(), first.len() - (lost.len() - recovered), "what came is there");
        Outcome { packets: first.len(), lost: lost.len(), recovered }
    }

    fn share(&self) -> f64 {
        self.recovered as f64 / self.lost as f64
    }
}

fn preference(name: &str) -> CodecPreference {
    CodecPreference { name: name.to_owned(), clock_rate: 90_000, channels: None, parameters: None }
}

/// Pictures at 1,000 and at 4,000 packets a second over 100 ms of round trip, with 2 % loss each
/// way. `cargo test -p lapwing-engine --test it recovery::figures -- --nocapture` prints what came
/// of it.
#[test]
fn figures() {
    for (bytes, frames, codecs, at_least) in [
        (33_000, 600, vec![], 0.999),
        (132_000, 400, vec![], 0.99),
        (33_000, 600, vec![preference("VP8")], 0.999),
        (132_000, 400, vec![preference("VP8")], 0.99),
    ] {
        let repaired = if codecs.is_empty() { "RTX" } else { "as they were" };
        let b = config(2).with_delivery(Delivery::Packets);
        let (mut pair, link) = call([config(1), b], MediaKind::Video, codecs, 20);
        let received = send_pictures(&mut pair, frames, bytes);
        let outcome = Outcome::of(&link.borrow(), &received);
        let rate = outcome.packets as f64 / (frames as f64 * 0.03);
        println!("{rate:.0} packets/s, {repaired}: {outcome:?}, {:.4}", outcome.share());
        assert!(outcome.lost > 300, "there are losses: {outcome:?}");
        assert!(outcome.share() >= at_least, "{outcome:?}");
    }
}

/// What is sent again waits for its turn, within the estimate.
#[test]
fn losses_of_what_is_paced_are_repaired() {
    for codecs in [vec![], vec![preference("VP8")]] {
        let mut a = config(1);
        a.initial_bitrate = Some(Bitrate::mbps(8));
        let b = config(2).with_delivery(Delivery::Packets);
        let (mut pair, link) = call([a, b], MediaKind::Video, codecs, 20);
        let received = send_pictures(&mut pair, 200, 8_000);
        let outcome = Outcome::of(&link.borrow(), &received);
        assert!(outcome.lost > 15, "{outcome:?}");
        assert_eq!(outcome.recovered, outcome.lost, "{outcome:?}");
    }
}

#[test]
fn without_rtx_the_same_bytes_are_sent_again() {
    let b = config(2).with_delivery(Delivery::Packets);
    let codecs = vec![preference("VP8")];
    let (mut pair, link) = call([config(1), b], MediaKind::Video, codecs, 50);
    let received = send_pictures(&mut pair, 100, 10_000);
    let link = link.borrow();
    let mut known: BTreeMap<(u32, u16), &[u8]> = BTreeMap::new();
    let mut again = 0;
    for ((payload_type, ssrc, number, bytes), _) in &link.sent {
        assert_eq!(*payload_type, 96, "there is no other");
        if let Some(before) = known.insert((*ssrc, *number), bytes) {
            assert!(before == bytes, "one index protects one content");
            again += 1;
        }
    }
    let outcome = Outcome::of(&link, &received);
    assert!(outcome.lost > 20 && again >= outcome.lost, "{outcome:?}, {again} again");
    assert_eq!(outcome.recovered, outcome.lost);
}

/// Parity makes up for losses where nothing is sent again.
#[test]
fn parity_makes_up_for_losses() {
    for (video, payload_type, rtx, words) in [
        (VideoFec::FlexFec, 96, 97, ["a=rtpmap:49 flexfec-03/90000", "a=ssrc-group:FEC-FR "]),
        (VideoFec::Ulpfec, 116, 117, ["a=rtpmap:116 red/90000", "a=rtpmap:118 ulpfec/90000"]),
    ] {
        let config = |number| {
            let mut config = config(number);
            config.redundancy.video = video;
            config
        };
        let b = config(2).with_delivery(Delivery::Packets);
        let (mut pair, link) = call([config(1), b], MediaKind::Video, vec![], 40);
        let offer = pair.on_b(|rtc, _| rtc.negotiation().local_description().expect("answered"));
        for word in words {
            assert!(offer.sdp.contains(word), "{word} in {}", offer.sdp);
        }
        link.borrow_mut().cut = Some(rtx);
        let received = send_pictures(&mut pair, 500, 12_000);
        let link = link.borrow();
        let mut first = BTreeMap::new();
        for ((known, _, number, _), lost) in &link.sent {
            if *known == payload_type {
                first.entry(*number).or_insert(*lost);
            }
        }
        let arrived: BTreeSet<u16> =
            received.iter().map(|packet| packet.sequence_number as u16).collect();
        assert_eq!(arrived.len(), received.len(), "each comes once");
        for packet in &received {
            assert_eq!(packet.payload_type.0, 96);
            let filled = &packet.payload[packet.payload.len() / 2..];
            assert!(filled.iter().all(|byte| *byte == filled[0]), "as it was sent");
        }
        let lost = first.iter().filter(|(_, lost)| **lost);
        let lost: Vec<u16> = lost.map(|(number, _)| *number).collect();
        let made = lost.iter().filter(|number| arrived.contains(number)).count();
        println!("{video:?}: {made} of {} made", lost.len());
        assert!(lost.len() > 100 && made * 10 > lost.len() * 4, "{made} of {}", lost.len());
        let stats = pair.b.rtc.stats();
        let told = &stats.inbound_rtp[0];
        let [came, bytes, discarded, recovered] = [
            told.fec_packets_received,
            told.fec_bytes_received,
            told.fec_packets_discarded,
            told.fec_packets_recovered,
        ]
        .map(|count| count.expect("parity was agreed on"));
        assert!(recovered >= made as u64 && came > recovered, "{told:?}");
        assert!(discarded > 0 && discarded + recovered <= came && bytes > came * 100, "{told:?}");
        assert_eq!(told.fec_ssrc.is_some(), video == VideoFec::FlexFec);
        let sent = &pair.a.rtc.stats().outbound_rtp[0];
        let again = link.sent.iter().filter(|((known, ..), _)| *known == rtx).count() as u64;
        assert_eq!(sent.retransmitted_packets_sent, Some(again), "parity is not sent again");
    }
}

/// The other end has none of it, whatever the configuration says.
#[test]
fn redundancy_is_absent_where_a_session_has_none() {
    for sessions in [[SessionKind::Own, SessionKind::Str0m], [SessionKind::Str0m, SessionKind::Own]]
    {
        let config = |number, session| {
            let mut config = Config { session, ..config(number) };
            config.redundancy.video = VideoFec::Ulpfec;
            config.redundancy.audio = AudioRedundancy::Send { distance: 2 };
            config
        };
        let b = config(2, sessions[1]).with_delivery(Delivery::Packets);
        let configs = [config(1, sessions[0]), b];
        let (mut pair, link) = call(configs, MediaKind::Video, vec![], 0);
        let received = send_pictures(&mut pair, 10, 5_000);
        let link = link.borrow();
        assert_eq!(received.len(), 50, "{sessions:?}");
        assert!(link.sent.iter().all(|((payload_type, ..), _)| *payload_type == 96));
    }
}
