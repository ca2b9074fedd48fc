//! What descriptions say of codecs and candidates, and what follows from it.

use std::net::IpAddr;
use std::time::Duration;

use lapwing_engine::{
    ChannelConfig, Codec, CodecOrder, CodecPreference, Config, ConnectionState, Delivery,
    Direction, EncodedFrame, Event, IceGatheringState, Input, MediaKind, MediaTime, PayloadType,
    Rtc, SdpType, SessionDescription, SessionKind, TransceiverInit, WriteError,
};

use crate::pair::Pair;

fn with(number: u64, codecs: &[Codec]) -> Config {
    Config::seeded(number).with_codecs(codecs.iter().copied())
}

fn add_video(rtc: &mut Rtc) {
    rtc.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default());
}

fn offer_of(pair: &mut Pair) -> SessionDescription {
    pair.on_a(|rtc, _| {
        let offer = rtc.negotiation().create_offer().expect("something to offer");
        rtc.negotiation().set_local(&offer).expect("it was just created");
        offer
    })
}

fn answer_of(pair: &mut Pair, offer: &SessionDescription) -> SessionDescription {
    pair.on_b(|rtc, _| {
        rtc.negotiation().set_remote(offer).expect("a valid offer");
        let answer = rtc.negotiation().create_answer().expect("an offer waits");
        rtc.negotiation().set_local(&answer).expect("it was just created");
        answer
    })
}

/// Encodings of the m-line of a kind, in order, without retransmissions and redundancy.
fn listed(sdp: &str, kind: &str) -> Vec<String> {
    let sections = sdp.split("m=").find(|section| section.starts_with(kind));
    let section = sections.expect("an m-line of that kind");
    let numbers = section.lines().next().expect("a line").split(' ').skip(3);
    let name = |number: &str| {
        let start = format!("a=rtpmap:{number} ");
        let name = section.lines().find_map(|line| line.strip_prefix(&start)).expect("a name");
        name.split('/').next().expect("a word").to_owned()
    };
    let is_media = |name: &String| !["rtx", "red"].contains(&&**name);
    let mut names: Vec<String> = numbers.map(name).filter(is_media).collect();
    names.dedup();
    names
}

fn codecs_of(rtc: &mut Rtc) -> Vec<Codec> {
    let transceivers = rtc.negotiation().transceivers();
    let mid = transceivers[0].mid.expect("it has an m-line");
    let codecs = rtc.media(mid).expect("it is negotiated").codecs();
    let mut codecs: Vec<_> = codecs.into_iter().map(|(_, codec)| codec).collect();
    codecs.dedup();
    codecs
}

#[test]
fn offers_have_the_order_of_the_configuration() {
    let wanted = [Codec::H264, Codec::Pcma, Codec::Vp8, Codec::Opus, Codec::Vp8, Codec::Av1];
    let mut pair = Pair::new(with(1, &wanted), Config::seeded(2));
    pair.on_a(|rtc, _| {
        rtc.negotiation().add_transceiver(MediaKind::Audio, TransceiverInit::default());
        add_video(rtc);
    });
    let offer = offer_of(&mut pair);
    assert_eq!(listed(&offer.sdp, "audio"), ["PCMA", "opus"]);
    assert_eq!(listed(&offer.sdp, "video"), ["H264", "VP8", "AV1"]);
}

#[test]
fn answers_follow_the_offer_and_what_is_sent_follows_them() {
    let (theirs, ours) = ([Codec::Vp9, Codec::Vp8, Codec::Av1], [Codec::Av1, Codec::Vp8]);
    for (order, expected) in [
        (CodecOrder::Offered, [Codec::Vp8, Codec::Av1]),
        (CodecOrder::Own, [Codec::Av1, Codec::Vp8]),
    ] {
        let mut answerer = with(2, &ours);
        answerer.codec_order = order;
        let mut pair = Pair::new(with(1, &theirs), answerer);
        pair.on_a(|rtc, _| add_video(rtc));
        let offer = offer_of(&mut pair);
        assert_eq!(listed(&offer.sdp, "video"), ["VP9", "VP8", "AV1"]);
        let answer = answer_of(&mut pair, &offer);
        assert_eq!(listed(&answer.sdp, "video"), expected.map(Codec::name));
        pair.on_a(|rtc, _| rtc.negotiation().set_remote(&answer)).expect("a valid answer");
        pair.trickle();
        pair.connect();
        assert_eq!(codecs_of(&mut pair.a.rtc), expected);
        assert_eq!(codecs_of(&mut pair.b.rtc), expected);
    }
}

/// Two forms of H.264 have a number each: frames go out under the one that the answer prefers.
#[test]
fn frames_carry_the_payload_type_that_the_answer_prefers() {
    let mut pair = Pair::new(with(1, &[Codec::H264]), with(2, &[Codec::H264]));
    pair.on_a(|rtc, _| add_video(rtc));
    let offer = offer_of(&mut pair);
    let answer = answer_of(&mut pair, &offer);
    let line = answer.sdp.lines().find(|line| line.starts_with("m=video")).expect("an m-line");
    let mut fields: Vec<&str> = line.split(' ').collect();
    // The third, with its retransmissions, before all others.
    fields[3..].rotate_left(4);
    let preferred: u8 = fields[3].parse().expect("a payload type");
    assert_ne!(line.split(' ').nth(3), Some(fields[3]));
    let sdp = answer.sdp.replace(line, &fields.join(" "));
    let answer = SessionDescription { kind: SdpType::Answer, sdp };
    pair.on_a(|rtc, _| rtc.negotiation().set_remote(&answer)).expect("a valid answer");
    pair.trickle();
    pair.connect();

    let mid = pair.a.rtc.negotiation().transceivers()[0].mid.expect("negotiated");
    let first = pair.a.rtc.media(mid).expect("negotiated").codecs()[0].0;
    assert_eq!(first.0, preferred);
    let frame = EncodedFrame {
        codec: Codec::H264,
        time: MediaTime::new(0, MediaTime::VIDEO_RATE),
        keyframe: true,
        // A keyframe is taken with its parameters.
        data: [0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 0, 1, 0x68, 1, 0, 0, 0, 1, 0x65, 1, 2, 3].into(),
    };
    pair.on_a(|rtc, now| rtc.media(mid).expect("negotiated").write(&frame, now)).expect("taken");
    pair.run(Duration::from_secs(1));
    let numbers = pair.b.take(|event| match event {
        Event::Frame(frame) => Some(frame.payload_type.0),
        _ => None,
    });
    assert_eq!(numbers, [preferred]);
}

fn mismatches(peer: &mut crate::pair::Peer) -> Vec<lapwing_engine::CodecMismatch> {
    peer.take(|event| match event {
        Event::NoCommonCodec(mismatch) => Some(mismatch.clone()),
        _ => None,
    })
}

fn tracks(peer: &mut crate::pair::Peer) -> Vec<MediaKind> {
    peer.take(|event| match event {
        Event::TrackAdded(track) => Some(track.kind),
        _ => None,
    })
}

#[test]
fn a_line_without_a_common_codec_is_told_and_the_rest_lives() {
    let ours = [Codec::Opus, Codec::Vp8, Codec::Vp9];
    let mut pair = Pair::new(with(1, &[Codec::Opus, Codec::H264]), with(2, &ours));
    pair.on_a(|rtc, _| {
        add_video(rtc);
        rtc.negotiation().add_transceiver(MediaKind::Audio, TransceiverInit::default());
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
    });
    pair.negotiate(true);
    let told = mismatches(&mut pair.b);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind, &told[0].known[..]), (MediaKind::Video, &ours[1..]));
    assert_eq!(told[0].offered[0], "H264/90000");
    assert_eq!(pair.a.rtc.negotiation().transceivers()[0].mid, Some(told[0].mid));
    let answer = pair.b.rtc.negotiation().local_description().expect("it answered");
    assert!(answer.sdp.contains("\r\nm=video 0 "), "{}", answer.sdp);
    pair.connect();
    pair.run(Duration::from_secs(1));
    for peer in [&mut pair.a, &mut pair.b] {
        assert_eq!(tracks(peer), [MediaKind::Audio]);
        assert_eq!(peer.rtc.connection_state(), ConnectionState::Connected);
    }
    // The next exchange has no news of it.
    pair.on_a(|rtc, _| rtc.negotiation().restart_ice());
    pair.negotiate(true);
    assert!(mismatches(&mut pair.b).is_empty());
}

#[test]
fn a_number_of_an_unknown_codec_may_be_that_of_a_known_one_elsewhere() {
    let mut pair =
        Pair::new(with(1, &[Codec::Opus, Codec::Vp8]), with(2, &[Codec::Opus, Codec::Vp8]));
    pair.on_a(|rtc, _| {
        add_video(rtc);
        rtc.negotiation().add_transceiver(MediaKind::Audio, TransceiverInit::default());
    });
    let mut offer = offer_of(&mut pair);
    let number = |name: &str| {
        let found = offer.sdp.lines().find_map(|line| {
            let (number, mapped) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
            (mapped == name).then(|| number.to_owned())
        });
        found.expect("it is offered")
    };
    let (video, audio) = (number("VP8/90000"), number("opus/48000/2"));
    let lines = offer.sdp.lines().filter(|line| !line.starts_with(&format!("a=fmtp:{audio} ")));
    let line = |line: &str| match line {
        line if line.starts_with("m=audio ") => format!("m=audio 9 UDP/TLS/RTP/SAVPF {video}\r\n"),
        line if *line == format!("a=rtpmap:{audio} opus/48000/2") => {
            format!("a=rtpmap:{video} L16/44100/2\r\n")
        }
        line => format!("{line}\r\n"),
    };
    offer.sdp = lines.map(line).collect();
    answer_of(&mut pair, &offer);
    let told = mismatches(&mut pair.b);
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].kind, &told[0].offered[..]),
        (MediaKind::Audio, &["L16/44100/2".to_owned()][..])
    );
}

#[test]
fn an_answer_that_takes_nothing_of_ours_is_told_too() {
    let mut pair =
        Pair::new(with(1, &[Codec::Opus, Codec::H264]), with(2, &[Codec::Opus, Codec::H264]));
    pair.on_a(|rtc, _| {
        rtc.negotiation().add_transceiver(MediaKind::Audio, TransceiverInit::default());
        add_video(rtc);
    });
    let offer = offer_of(&mut pair);
    let mut answer = answer_of(&mut pair, &offer);
    answer.sdp = answer.sdp.replace("H264/90000", "H266/90000");
    pair.on_a(|rtc, _| rtc.negotiation().set_remote(&answer)).expect("a valid answer");
    let told = mismatches(&mut pair.a);
    assert_eq!(told.iter().map(|told| told.kind).collect::<Vec<_>>(), [MediaKind::Video]);
    assert_eq!(tracks(&mut pair.a), [MediaKind::Audio]);
    let mid = told[0].mid;
    let direction = pair.a.rtc.media(mid).map(|media| media.direction());
    assert!(direction.is_none_or(|direction| direction != Direction::RecvOnly));
}

#[test]
fn descriptions_hold_the_candidates_and_nothing_has_to_be_trickled() {
    let mut pair = Pair::seeded();
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    assert_eq!(pair.a.rtc.negotiation().local_description(), None);
    let created = offer_of(&mut pair);
    assert!(!created.sdp.contains("a=candidate:"));
    assert_eq!(pair.a.rtc.ice_gathering_state(), IceGatheringState::Complete);
    let offer = pair.a.rtc.negotiation().local_description().expect("it was set");
    assert_eq!(offer.sdp.matches("a=candidate:").count(), 1);
    assert_eq!(offer.sdp.matches("a=end-of-candidates").count(), 1);
    answer_of(&mut pair, &offer);
    let answer = pair.b.rtc.negotiation().local_description().expect("it was set");
    pair.on_a(|rtc, _| rtc.negotiation().set_remote(&answer)).expect("a valid answer");
    pair.connect();
}

#[test]
fn a_restart_offers_candidates_under_its_own_user_fragment() {
    let mut pair = Pair::seeded();
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    pair.negotiate(true);
    pair.connect();
    let before = pair.a.rtc.negotiation().local_description();
    pair.on_a(|rtc, _| rtc.negotiation().restart_ice());
    offer_of(&mut pair);
    let offer = pair.a.rtc.negotiation().local_description().expect("it was set");
    let ufrag = offer.sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
    let ufrag = ufrag.expect("every description has one");
    assert_ne!(ufrag, pair.a.rtc.local_ufrag());
    assert!(offer.sdp.contains(&format!(" typ host ufrag {ufrag}\r\n")), "{}", offer.sdp);
    pair.on_a(|rtc, _| rtc.negotiation().rollback()).expect("an offer is pending");
    assert_eq!(pair.a.rtc.negotiation().local_description(), before, "as before the offer");
}

#[test]
fn a_direction_that_is_taken_back_is_as_before_and_can_be_offered_again() {
    let mut pair = Pair::seeded();
    pair.on_a(|rtc, _| add_video(rtc));
    pair.negotiate(true);
    pair.connect();
    let transceiver = pair.a.rtc.negotiation().transceivers()[0].clone();
    let (id, mid) = (transceiver.id, transceiver.mid.expect("it was negotiated"));
    let direction = |pair: &mut Pair| pair.a.rtc.media(mid).expect("it lives").direction();
    for _ in 0..2 {
        pair.on_a(|rtc, _| rtc.negotiation().set_direction(id, Direction::RecvOnly))
            .expect("it can be changed");
        assert!(offer_of(&mut pair).sdp.contains("a=recvonly"));
        pair.on_a(|rtc, _| rtc.negotiation().rollback()).expect("an offer is pending");
        assert_eq!(direction(&mut pair), Direction::SendRecv);
    }
    pair.exchange(true);
    assert_eq!(direction(&mut pair), Direction::RecvOnly);
}

/// The data m-line of an offer with one candidate line more.
fn offer_with(line: &str) -> SessionDescription {
    let mut pair = Pair::seeded();
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    let mut offer = offer_of(&mut pair);
    offer.sdp.push_str(&format!("a=candidate:{line}\r\na=end-of-candidates\r\n"));
    offer
}

#[test]
fn candidates_in_descriptions_are_used_as_trickled_ones() {
    for line in [
        "1 1 udp 2113937151 192.0.2.1 5000 typ host",
        "1 1 udp 2113937151 192.0.2.1 5000 typ host ",
        "1 1 udp 2113937151 192.0.2.1 5000 typ host x-colour blue",
        "8421 1 udp 2122260223 192.0.2.1 5000 typ host generation 0 network-id 1 network-cost 10",
        "8421 1 UDP 2122260223 192.0.2.1 5000 typ host network-cost 10 generation 0 network-id 1",
    ] {
        let mut pair = Pair::seeded();
        answer_of(&mut pair, &offer_with(line));
        pair.run(Duration::from_secs(1));
        let to: IpAddr = "192.0.2.1".parse().expect("an address");
        let checks = pair.trace.iter().filter(|sent| sent.path.1.ip() == to).count();
        assert!(checks > 0, "nothing is sent to {line}");
    }
}

#[test]
fn names_in_descriptions_are_asked_for() {
    let name = "8b3fe0a1-6a2f-4c44-9d6e-2e8d6f3b3b0c.local";
    let mut pair = Pair::seeded();
    let line = format!("1 1 udp 2113937151 {name} 5000 typ host generation 0 network-cost 999");
    answer_of(&mut pair, &offer_with(&line));
    let asked = std::mem::take(&mut pair.b.questions);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].1, name);

    let mut config = Config::seeded(2);
    config.resolve_names = false;
    let mut discreet = Pair::new(Config::seeded(1), config);
    answer_of(&mut discreet, &offer_with(&line));
    assert!(discreet.b.questions.is_empty(), "nobody says what a server looks up");

    let addresses = ["192.0.2.1".parse().expect("an address")];
    let input = Input::Resolved { id: asked[0].0, addresses: &addresses };
    pair.on_b(|rtc, now| rtc.handle_input(input, now));
    pair.run(Duration::from_secs(1));
    assert!(!pair.trace.is_empty(), "it is checked");
}

/// Who takes a unit in each packet only is sent so (RFC 6184 section 6.2), in a call where the
/// other side has all modes; a unit that does not fit is refused.
#[test]
fn h264_of_packetization_mode_0_has_a_unit_in_each_packet() {
    let with = |number, delivery| Config {
        session: SessionKind::Own,
        delivery,
        ..Config::seeded(number).with_codecs([Codec::H264])
    };
    let mut pair = Pair::new(with(1, Delivery::Frames), with(2, Delivery::Packets));
    let preferred = |name: &str, parameters: Option<&str>| CodecPreference {
        name: name.to_owned(),
        clock_rate: 90_000,
        channels: None,
        parameters: parameters.map(str::to_owned),
    };
    pair.on_a(|rtc, _| {
        let mut negotiation = rtc.negotiation();
        let id = negotiation.add_transceiver(MediaKind::Video, TransceiverInit::default());
        let single = "packetization-mode=0;profile-level-id=42e01f";
        let list = vec![preferred("H264", Some(single)), preferred("rtx", None)];
        negotiation.set_codec_preferences(id, list).expect("it is among what there is");
    });
    pair.negotiate(true);
    pair.connect();
    let write = |pair: &mut Pair, slice: usize| {
        let mut data = vec![0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3];
        for _ in 0..2 {
            data.extend([0, 0, 0, 1, 0x65, 0x80]);
            data.extend(vec![7; slice]);
        }
        let time = MediaTime::new(0, MediaTime::VIDEO_RATE);
        let frame = EncodedFrame { codec: Codec::H264, time, keyframe: true, data: data.into() };
        pair.on_a(|rtc, now| {
            let mid = rtc.negotiation().transceivers()[0].mid.expect("it is negotiated");
            let mut media = rtc.media(mid).expect("it is negotiated");
            let (number, _) = media.codecs()[0];
            let parameters = media.parameters(number).expect("it was agreed on");
            assert!(parameters.contains("packetization-mode=0"), "{parameters}");
            assert_eq!(media.parameters(PayloadType(1)), None);
            media.write(&frame, now)
        })
    };
    assert_eq!(write(&mut pair, 2_000), Err(WriteError::Refused));
    assert_eq!(write(&mut pair, 900), Ok(()));
    pair.run(Duration::from_secs(1));
    let units = pair.b.take(|event| match event {
        Event::Packet(packet) => Some(packet.payload[0] & 0x1f),
        _ => None,
    });
    assert_eq!(units, [7, 8, 5, 5], "no aggregate and no fragment");
}
