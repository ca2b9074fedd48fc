//! What changes while a call goes on.

use super::pair::{Peer, capability, config, exchange};
use crate::codec::{Codec, MediaKind};
use crate::config::CodecOrder;
use crate::event::Direction;
use crate::ids::{PayloadType, Rid};
use crate::negotiate::{
    BundlePolicy, CodecPreference, DescriptionFault as Fault, JsepConfig, NegotiateError, SdpType,
    TransceiverInit,
};
use crate::sdp::{Description, Setup};

fn pair() -> (Peer, Peer) {
    (Peer::new(config(1)), Peer::new(config(2)))
}

fn names(description: &Description, line: usize) -> Vec<String> {
    let formats = description.media[line].formats.iter();
    formats.filter_map(|format| format.encoding.clone()).collect()
}

fn numbers(description: &Description, line: usize) -> Vec<u8> {
    let formats = description.media[line].formats.iter();
    formats.filter_map(|format| format.payload_type()).map(|number| number.0).collect()
}

#[test]
fn two_hundred_rounds_do_not_grow_the_offer() {
    let (mut a, mut b) = pair();
    a.jsep.want_data_channels(true);
    exchange(&mut a, &mut b);
    let mut lengths = std::collections::BTreeSet::new();
    for round in 0..200 {
        let kind = if round % 2 == 0 { MediaKind::Audio } else { MediaKind::Video };
        let id = a.jsep.add_transceiver(kind, TransceiverInit::default());
        let (offerer, answerer) = if round % 3 == 0 { (&mut a, &mut b) } else { (&mut a, &mut b) };
        let made = exchange(offerer, answerer);
        assert_eq!(made.offer.media.len(), 2, "round {round}");
        assert_eq!(made.heard.added.len(), 1);
        a.jsep.stop(id).expect("it lives");
        assert!(a.jsep.negotiation_needed());
        let made = exchange(&mut a, &mut b);
        assert_eq!(made.offer.media[1].port, 0);
        assert_eq!((made.done.stopped.len(), made.heard.stopped.len()), (1, 1));
        assert!(!a.jsep.negotiation_needed());
        lengths.insert(made.offer.to_string().len() / 16);
        assert!(a.jsep.transceivers().len() <= 1 && b.jsep.transceivers().len() <= 1);
    }
    assert!(lengths.len() <= 2, "{lengths:?}");
}

#[test]
fn either_side_may_stop_and_its_place_is_used_again_by_the_other() {
    let (mut a, mut b) = pair();
    for _ in 0..2 {
        a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    }
    exchange(&mut a, &mut b);
    let theirs = b.jsep.transceivers();
    b.jsep.stop(theirs[0].id).expect("it lives");
    let made = exchange(&mut b, &mut a);
    assert_eq!(made.offer.media[0].port, 0);
    assert_eq!(made.heard.muted.len(), 1);
    let ours = a.jsep.transceivers();
    assert!(ours[0].stopped && !ours[1].stopped);
    assert_eq!(a.jsep.set_direction(ours[0].id, Direction::SendOnly), Err(NegotiateError::Stopped));
    assert_eq!(a.jsep.stop(ours[0].id), Err(NegotiateError::Stopped));
    b.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    let made = exchange(&mut b, &mut a);
    assert_eq!(made.offer.media.len(), 2);
    assert_eq!(made.offer.media[0].name.name(), "video");
    assert_eq!(
        a.jsep.set_direction(ours[0].id, Direction::SendOnly),
        Err(NegotiateError::UnknownTransceiver)
    );
    let kinds: Vec<_> = a.agreed().media.iter().map(|media| (media.kind, media.stopped)).collect();
    assert_eq!(kinds, [(MediaKind::Video, false), (MediaKind::Audio, false)]);
}

/// A transceiver that is stopped while the peer's offer waits is rejected in the answer.
#[test]
fn a_stop_between_offer_and_answer_rejects() {
    let (mut a, mut b) = pair();
    for _ in 0..2 {
        a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    }
    let offer = a.offer();
    b.set_remote(SdpType::Offer, offer).expect("it is taken");
    let first = b.jsep.transceivers()[0].id;
    b.jsep.stop(first).expect("it lives");
    let answer = b.create_answer().expect("an offer waits");
    assert_eq!((answer.media[0].port, answer.media[1].port), (0, 9));
    let effects = b.set_local(SdpType::Answer, &answer).expect("it was just created");
    assert_eq!(effects.stopped, [first]);
    let (_, effects) = a.set_remote(SdpType::Answer, answer).expect("it is taken");
    assert_eq!(effects.stopped.len(), 1);
    super::pair::assert_agreed(&a, &b);
    assert!(!a.jsep.negotiation_needed() && !b.jsep.negotiation_needed());
}

#[test]
fn directions_follow_what_both_want() {
    let (mut a, mut b) = pair();
    let id = a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    exchange(&mut a, &mut b);
    for (wanted, ours, theirs, muted) in [
        (Direction::SendOnly, Direction::SendOnly, Direction::RecvOnly, (true, false)),
        (Direction::Inactive, Direction::Inactive, Direction::Inactive, (false, true)),
        (Direction::RecvOnly, Direction::RecvOnly, Direction::SendOnly, (false, false)),
        (Direction::SendRecv, Direction::SendRecv, Direction::SendRecv, (false, false)),
    ] {
        a.jsep.set_direction(id, wanted).expect("it lives");
        assert!(a.jsep.negotiation_needed());
        let made = exchange(&mut a, &mut b);
        assert_eq!(a.agreed().media[0].direction, ours);
        assert_eq!(b.agreed().media[0].direction, theirs);
        let told = (!made.done.muted.is_empty(), !made.heard.muted.is_empty());
        assert_eq!(told, muted, "{wanted:?}");
    }
    assert_eq!(a.agreed().media[0].send.encodings.len(), 1);
}

#[test]
fn the_configuration_orders_offers_and_the_offer_orders_answers() {
    let order = vec![Codec::Vp9, Codec::H264, Codec::Vp8, Codec::Opus];
    let mut a = Peer::new(JsepConfig { codecs: order, ..config(1) });
    let mut b = Peer::new(config(2));
    a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let made = exchange(&mut a, &mut b);
    assert_eq!(names(&made.offer, 0), ["VP9", "rtx", "H264", "rtx", "VP8", "rtx"]);
    assert_eq!(names(&made.offer, 1), ["opus", "telephone-event"]);
    assert_eq!(numbers(&made.offer, 0), [98, 99, 108, 109, 96, 97]);
    assert_eq!(names(&made.answer, 0), names(&made.offer, 0));
    let sent: Vec<_> = a.agreed().media[0].send.codecs.iter().map(|c| c.name.clone()).collect();
    assert_eq!(sent, names(&made.answer, 0));

    let own = JsepConfig { codec_order: CodecOrder::Own, ..config(3) };
    let mut c = Peer::new(own);
    let (answer, ..) = c.answer(&made.offer);
    assert_eq!(names(&answer, 0), ["VP8", "rtx", "VP9", "rtx", "H264", "rtx"]);
    assert_eq!(numbers(&answer, 0), [96, 97, 98, 99, 108, 109]);
    // Who answered so offers in its own order too; who left it to the offer keeps that.
    let again = |peer: &Peer| names(&peer.create_offer().expect("something to offer"), 0);
    assert_eq!(again(&c)[..3], ["AV1", "rtx", "VP8"]);
    assert_eq!(again(&b)[..3], ["VP9", "rtx", "H264"]);
}

#[test]
fn preferences_order_filter_and_are_refused_when_nothing_is_left() {
    let (mut a, mut b) = pair();
    let id = a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    let named = |name: &str| CodecPreference {
        name: name.to_owned(),
        clock_rate: 90_000,
        channels: None,
        parameters: None,
    };
    let capabilities = a.capabilities.clone();
    let prefer = |a: &mut Peer, list: &[&str]| {
        let list = list.iter().map(|name| named(name)).collect();
        a.jsep.set_codec_preferences(id, list, &capabilities)
    };
    assert_eq!(prefer(&mut a, &["rtx"]), Err(NegotiateError::NoCodec));
    assert_eq!(prefer(&mut a, &["H263"]), Err(NegotiateError::NoCodec));
    prefer(&mut a, &["vp9", "VP8", "VP9"]).expect("they are there");
    let made = exchange(&mut a, &mut b);
    assert_eq!(names(&made.offer, 0), ["VP9", "VP8"], "no retransmissions were listed");
    prefer(&mut a, &["VP8", "AV1", "rtx"]).expect("they are there");
    let made = exchange(&mut a, &mut b);
    assert_eq!(names(&made.offer, 0), ["VP8", "rtx", "AV1", "rtx"]);
    assert_eq!(numbers(&made.offer, 0), [96, 97, 45, 46], "numbers keep their meaning");
    // In answers they go before the offer's order.
    let made = exchange(&mut b, &mut a);
    assert_eq!(names(&made.offer, 0)[..2], ["VP8", "rtx"]);
    assert_eq!(names(&made.answer, 0), ["VP8", "rtx", "AV1", "rtx"]);
    prefer(&mut a, &[]).expect("none is all");
    assert_eq!(names(&exchange(&mut a, &mut b).offer, 0).len(), 8);
}

#[test]
fn codecs_come_and_go_with_the_capabilities() {
    let (mut a, mut b) = pair();
    a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    exchange(&mut a, &mut b);
    a.capabilities.codecs.retain(|codec| codec.name != "VP8");
    let made = exchange(&mut a, &mut b);
    assert!(!names(&made.answer, 0).contains(&"VP8".to_owned()));
    // The number of what went is not given to what comes.
    a.capabilities.codecs.push(capability(MediaKind::Video, "H265", 96, Some(97), ""));
    b.capabilities.codecs.push(capability(MediaKind::Video, "H265", 96, Some(97), ""));
    let made = exchange(&mut a, &mut b);
    let place = names(&made.offer, 0).iter().position(|name| name == "H265").expect("it came");
    assert!(!matches!(numbers(&made.offer, 0)[place], 96 | 97));
    a.capabilities.codecs.push(capability(MediaKind::Video, "VP8", 120, Some(121), ""));
    let made = exchange(&mut a, &mut b);
    let place = names(&made.offer, 0).iter().position(|name| name == "VP8").expect("it is back");
    assert_eq!(numbers(&made.offer, 0)[place], 96, "under its number");
}

#[test]
fn answers_take_the_numbers_of_the_offer_and_offers_keep_them() {
    let (mut a, mut b) = pair();
    for codec in &mut a.capabilities.codecs {
        match codec.name.as_str() {
            "VP8" => (codec.payload_type, codec.rtx) = (PayloadType(120), Some(PayloadType(121))),
            "opus" => codec.payload_type = PayloadType(96),
            _ => {}
        }
    }
    a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    exchange(&mut a, &mut b);
    b.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let made = exchange(&mut b, &mut a);
    let video: Vec<_> = names(&made.offer, 0).into_iter().zip(numbers(&made.offer, 0)).collect();
    assert!(video.contains(&("VP8".to_owned(), 120)), "{video:?}");
    let all: Vec<u8> = (0..2).flat_map(|line| numbers(&made.offer, line)).collect();
    let unique: std::collections::BTreeSet<u8> = all.iter().copied().collect();
    assert_eq!(all.len(), unique.len(), "one meaning in the bundle: {all:?}");
}

#[test]
fn numbers_may_differ_by_direction() {
    let (mut a, mut b) = pair();
    a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    let offer = a.offer();
    let (answer, ..) = b.answer(&offer);
    let text = answer.to_string();
    let text = text.replace("SAVPF 45 46 96 97", "SAVPF 45 46 100 101");
    let text = text.replace(":96 ", ":100 ").replace(":97 ", ":101 ").replace("apt=96", "apt=100");
    let altered = Description::parse(&text).expect("its grammar is right");
    a.set_remote(SdpType::Answer, altered).expect("it is taken");
    let media = &a.agreed().media[0];
    let numbers = |codecs: &[crate::session::agreed::RtpCodec], name: &str| -> Vec<_> {
        let named = codecs.iter().filter(|codec| codec.name == name);
        named.map(|codec| (codec.payload_type.0, codec.role)).collect()
    };
    use crate::session::agreed::CodecRole::{Media, Rtx};
    assert_eq!(numbers(&media.send.codecs, "VP8"), [(100, Media)]);
    assert_eq!(numbers(&media.receive.codecs, "VP8"), [(96, Media)]);
    let repairs = |number| Rtx { repairs: PayloadType(number) };
    assert!(numbers(&media.send.codecs, "rtx").contains(&(101, repairs(100))));
    assert!(numbers(&media.receive.codecs, "rtx").contains(&(97, repairs(96))));
}

#[test]
fn a_number_with_two_meanings_is_refused() {
    let (mut a, mut b) = pair();
    a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let offer = a.create_offer().expect("there is something to offer");
    let fault = |line, number| {
        let payload_type = PayloadType(number);
        Some(NegotiateError::Description(Fault::PayloadType { line, payload_type }))
    };
    let before = b.clone();
    let mut two = offer.clone();
    two.media[1].formats[0].name = "96".to_owned();
    assert_eq!(b.set_remote(SdpType::Offer, two).err(), fault(1, 96));
    assert_eq!(b, before);
    let mut twice = offer.clone();
    let again = twice.media[0].formats[0].clone();
    twice.media[0].formats.push(again);
    assert_eq!(b.set_remote(SdpType::Offer, twice).err(), fault(0, 45));
    // In a later offer a number that was another codec's is refused too.
    exchange(&mut a, &mut b);
    let mut later = a.create_offer().expect("there is something to offer");
    for format in &mut later.media[0].formats {
        match format.name.as_str() {
            "96" => format.encoding = Some("VP9".to_owned()),
            "98" => format.encoding = Some("VP8".to_owned()),
            _ => {}
        }
    }
    assert_eq!(b.set_remote(SdpType::Offer, later).err(), fault(0, 96));
}

#[test]
fn the_role_of_the_handshake_stays_and_may_not_change() {
    let (mut a, mut b) = pair();
    a.jsep.want_data_channels(true);
    exchange(&mut a, &mut b);
    assert!(b.agreed().dtls_client);
    b.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let made = exchange(&mut b, &mut a);
    assert_eq!(made.offer.media[0].transport.setup, Some(Setup::ActPass));
    assert_eq!(made.answer.media[0].transport.setup, Some(Setup::Passive));
    assert!(a.agreed().controlling, "as before, whoever offers");
    let mut offer = a.create_offer().expect("there is something to offer");
    offer.media[0].transport.setup = Some(Setup::Active);
    let refused = b.set_remote(SdpType::Offer, offer.clone()).err();
    assert_eq!(refused, Some(Fault::DtlsRoleChanged(0).into()));
    offer.media[0].transport.setup = Some(Setup::Passive);
    b.set_remote(SdpType::Offer, offer).expect("it is as it was");
    b.jsep.rollback().expect("an offer waits");
    let mut offer = a.create_offer().expect("there is something to offer");
    for media in &mut offer.media {
        media.transport.fingerprints[0].value[3] ^= 1;
    }
    let refused = b.set_remote(SdpType::Offer, offer).err();
    assert_eq!(refused, Some(Fault::FingerprintChanged(0).into()));
}

#[test]
fn lite_sides() {
    let lite = |number| JsepConfig { ice_lite: true, ..config(number) };
    let (mut a, mut b) = (Peer::new(lite(1)), Peer::new(config(2)));
    a.jsep.want_data_channels(true);
    let made = exchange(&mut a, &mut b);
    assert!(made.offer.to_string().contains("\r\na=ice-lite\r\n"));
    assert!(b.agreed().controlling && b.agreed().remote.ice_lite, "a lite side does not control");
    let mut c = Peer::new(lite(3));
    let refused = c.set_remote(SdpType::Offer, made.offer).err();
    assert_eq!(refused, Some(Fault::BothIceLite.into()));
}

#[test]
fn an_answer_restarts_only_when_asked() {
    let (mut a, mut b) = pair();
    a.jsep.want_data_channels(true);
    exchange(&mut a, &mut b);
    let offer = a.offer();
    b.set_remote(SdpType::Offer, offer).expect("it is taken");
    b.renew_credentials();
    let mut answer = b.create_answer().expect("an offer waits");
    let kept = answer.media[0].transport.ice_ufrag.clone();
    assert_eq!(kept.as_ref(), Some(&a.agreed().remote.credentials.ufrag), "nobody asked for it");
    answer.media[0].transport.ice_ufrag = Some("another".to_owned());
    let refused = a.set_remote(SdpType::Answer, answer).err();
    assert_eq!(refused, Some(Fault::UnaskedRestart.into()));
}

#[test]
fn bundle_policies_offer_some_lines_in_the_bundle_only() {
    for (policy, ports) in [
        (BundlePolicy::MaxCompat, [9, 9, 9, 9]),
        (BundlePolicy::Balanced, [9, 0, 9, 9]),
        (BundlePolicy::MaxBundle, [9, 0, 0, 0]),
    ] {
        let mut a = Peer::new(JsepConfig { bundle: policy, ..config(1) });
        let mut b = Peer::new(config(2));
        for kind in [MediaKind::Audio, MediaKind::Audio, MediaKind::Video] {
            a.jsep.add_transceiver(kind, TransceiverInit::default());
        }
        a.jsep.want_data_channels(true);
        let made = exchange(&mut a, &mut b);
        let found: Vec<u16> = made.offer.media.iter().map(|media| media.port).collect();
        assert_eq!(found, ports, "{policy:?}");
        assert!(made.offer.media.iter().all(|media| media.bundle_only == (media.port == 0)));
        assert!(made.answer.media.iter().all(|media| media.port == 9 && !media.bundle_only));
        let later = a.create_offer().expect("there is something to offer");
        assert!(later.media.iter().all(|media| media.port == 9), "they are in the bundle");
    }
}

#[test]
fn layers_are_sent_as_the_answer_takes_them() {
    let (mut a, mut b) = pair();
    let rids: Vec<Rid> = ["h", "m", "l"].into_iter().filter_map(Rid::new).collect();
    let init = TransceiverInit { send_layers: rids.clone(), ..TransceiverInit::default() };
    let id = a.jsep.add_transceiver(MediaKind::Video, init);
    let made = exchange(&mut a, &mut b);
    assert!(made.offer.media[0].ssrcs.is_empty());
    assert_eq!(made.heard.added[0].layers, rids);
    let sent: Vec<_> = a.agreed().media[0].send.encodings.iter().map(|e| e.rid).collect();
    assert_eq!(sent, rids.iter().copied().map(Some).collect::<Vec<_>>());
    let encodings = a.jsep.parameters(id).expect("it is there").to_vec();
    let fewer = encodings[..2].to_vec();
    assert_eq!(a.jsep.set_parameters(id, fewer), Err(NegotiateError::Encodings));
    let mut paused = encodings;
    paused[2].active = false;
    a.jsep.set_parameters(id, paused.clone()).expect("the same layers");
    assert_eq!(a.jsep.parameters(id), Some(&paused[..]));
    // A peer that takes one layer less, and one that takes none.
    let offer = a.offer();
    let (answer, ..) = b.answer(&offer);
    let text = answer.to_string().replace("recv h;m;l", "recv h;l");
    let mut fewer = Description::parse(&text).expect("its grammar is right");
    let mut clone = a.clone();
    clone.set_remote(SdpType::Answer, fewer.clone()).expect("it is taken");
    assert_eq!(clone.agreed().media[0].send.encodings.len(), 2);
    fewer.media[0].simulcast = None;
    a.set_remote(SdpType::Answer, fewer).expect("it is taken");
    assert_eq!(a.agreed().media[0].send.encodings, [Default::default()]);
}

#[test]
fn streams_are_said_and_changes_of_them_are_needed() {
    let (mut a, mut b) = pair();
    let init = TransceiverInit {
        stream_id: Some("camera".to_owned()),
        track_id: Some("t".to_owned()),
        ..TransceiverInit::default()
    };
    let id = a.jsep.add_transceiver(MediaKind::Audio, init);
    let made = exchange(&mut a, &mut b);
    let track = &made.heard.added[0];
    let told = (track.stream_id.as_deref(), track.track_id.as_deref());
    assert_eq!(told, (Some("camera"), Some("t")));
    let two = vec!["one".to_owned(), "two".to_owned()];
    a.jsep.set_streams(id, two).expect("it lives");
    assert!(a.jsep.negotiation_needed());
    let made = exchange(&mut a, &mut b);
    assert_eq!(made.offer.media[0].msids.len(), 2);
    assert!(!a.jsep.negotiation_needed());
    a.jsep.set_streams(id, Vec::new()).expect("it lives");
    let made = exchange(&mut a, &mut b);
    assert_eq!(made.offer.media[0].msids[0].stream, "-");
    assert!(!a.jsep.negotiation_needed());
}
