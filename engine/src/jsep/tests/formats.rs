//! Codecs of m-lines: their order, their numbers, and what becomes of both.

use super::pair::{Peer, capability, config, exchange};
use crate::codec::{Codec, MediaKind};
use crate::config::CodecOrder;
use crate::ids::PayloadType;
use crate::jsep::{
    CodecPreference, DescriptionFault as Fault, JsepConfig, NegotiationError, SdpType,
    TransceiverInit,
};
use crate::sdp::Description;
use crate::session::agreed::CodecRole;

fn pair() -> (Peer, Peer) {
    (Peer::new(config(1)), Peer::new(config(2)))
}

fn names(description: &Description, line: usize) -> Vec<String> {
    let formats = description.media[line].formats.iter();
    formats.filter_map(|format| format.encoding.as_deref().map(str::to_owned)).collect()
}

fn numbers(description: &Description, line: usize) -> Vec<u8> {
    let formats = description.media[line].formats.iter();
    formats.filter_map(|format| format.payload_type()).map(|number| number.0).collect()
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
    let sent: Vec<_> = a.agreed().media[0].send.codecs.iter().map(|c| c.name.to_string()).collect();
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
    assert_eq!(prefer(&mut a, &["rtx"]), Err(NegotiationError::NoCodec));
    assert_eq!(prefer(&mut a, &["H263"]), Err(NegotiationError::NoCodec));
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
    a.capabilities.codecs.retain(|codec| &*codec.name != "VP8");
    let made = exchange(&mut a, &mut b);
    assert!(!names(&made.answer, 0).contains(&"VP8".to_owned()));
    // The number of what went is not given to what comes.
    a.capabilities.codecs.push(capability(MediaKind::Video, "H266", 96, Some(97), ""));
    b.capabilities.codecs.push(capability(MediaKind::Video, "H266", 96, Some(97), ""));
    let made = exchange(&mut a, &mut b);
    let place = names(&made.offer, 0).iter().position(|name| name == "H266").expect("it came");
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
        match &*codec.name {
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
        let named = codecs.iter().filter(|codec| *codec.name == *name);
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
        Some(NegotiationError::Description(Fault::PayloadType { line, payload_type }))
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
            "96" => format.encoding = Some("VP9".into()),
            "98" => format.encoding = Some("VP8".into()),
            _ => {}
        }
    }
    assert_eq!(b.set_remote(SdpType::Offer, later).err(), fault(0, 96));
}

/// RFC 3264 section 8.3.2 keeps the meaning of a number within its m-line.
#[test]
fn a_number_may_change_hands_between_m_lines() {
    for fixed_codecs in [false, true] {
        let (mut a, mut b) = pair();
        b.capabilities.fixed_codecs = fixed_codecs;
        a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
        a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
        exchange(&mut a, &mut b);
        let mut later = a.create_offer().expect("there is something to offer");
        // 96 was a codec of pictures.
        later.media[0].formats.retain(|format| !matches!(format.name.as_str(), "96" | "97"));
        later.media[1].formats[0].name = "96".to_owned();
        let refused = b.set_remote(SdpType::Offer, later).is_err();
        assert_eq!(refused, fixed_codecs);
        if !refused {
            let answer = b.create_answer().expect("the offer is set");
            assert!(numbers(&answer, 1).contains(&96), "{answer:?}");
        }
    }
}

/// Redundancy names what it is of, telephone events and comfort noise pass where both have them.
#[test]
fn helpers_of_codecs_pass_by_capability() {
    let (mut a, mut b) = pair();
    let audio = MediaKind::Audio;
    for peer in [&mut a, &mut b] {
        peer.capabilities.codecs.push(capability(audio, "red", 63, None, "111/111"));
    }
    a.capabilities.codecs.push(capability(audio, "CN", 13, None, ""));
    b.capabilities.codecs.iter_mut().filter(|codec| &*codec.name == "opus").for_each(|codec| {
        codec.payload_type = PayloadType(100);
    });
    a.jsep.add_transceiver(audio, TransceiverInit::default());
    let made = exchange(&mut a, &mut b);
    assert_eq!(names(&made.offer, 0), ["opus", "PCMU", "PCMA", "telephone-event", "red", "CN"]);
    assert_eq!(names(&made.answer, 0), ["opus", "PCMU", "PCMA", "telephone-event", "red"]);
    let red = |description: &Description| {
        let format = description.media[0].formats.iter().find(|f| f.name == "63").cloned();
        format.and_then(|format| format.parameters)
    };
    assert_eq!(red(&made.answer).as_deref(), Some("111/111"));
    // A side whose own number for Opus is another says so in its offers.
    let mut c = Peer::new(config(3));
    c.capabilities = b.capabilities.clone();
    c.jsep.add_transceiver(audio, TransceiverInit::default());
    c.capabilities.codecs.last_mut().expect("it is there").parameters = "100/100".into();
    let offer = c.create_offer().expect("there is something to offer");
    assert_eq!(red(&offer).as_deref(), Some("100/100"));
}

#[test]
fn levels_of_h264_are_answered_by_the_rules() {
    let (mut a, mut b) = pair();
    let h264 = |peer: &mut Peer, parameters: &str| {
        let found = peer.capabilities.codecs.iter_mut().find(|codec| &*codec.name == "H264");
        found.expect("it is there").parameters = parameters.into();
    };
    h264(&mut a, "packetization-mode=1;profile-level-id=42e034");
    h264(&mut b, "packetization-mode=1;profile-level-id=42e01f");
    a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    let made = exchange(&mut a, &mut b);
    let answered =
        made.answer.media[0].formats.iter().find(|f| f.encoding.as_deref() == Some("H264"));
    let parameters = answered.and_then(|format| format.parameters.clone());
    assert_eq!(parameters.as_deref(), Some("packetization-mode=1;profile-level-id=42e01f"));
    h264(&mut b, "packetization-mode=0;profile-level-id=42e01f");
    let made = exchange(&mut a, &mut b);
    assert!(!names(&made.answer, 0).contains(&"H264".to_owned()), "another packetisation");
}

#[test]
fn only_common_feedback_and_extensions_are_answered() {
    let (mut a, mut b) = pair();
    a.capabilities.codecs.iter_mut().for_each(|codec| {
        let others = codec.feedback.iter().filter(|feedback| feedback.kind() != "nack");
        codec.feedback = others.cloned().collect();
    });
    b.capabilities.extensions.retain(|extension| !extension.uri.ends_with("video-orientation"));
    b.capabilities.extensions.iter_mut().for_each(|extension| extension.id += 1);
    a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    let made = exchange(&mut a, &mut b);
    let text = made.answer.to_string();
    assert!(text.contains(" ccm fir\r\n") && !text.contains(" nack"), "{text}");
    let ids: Vec<u16> = made.answer.media[0].extensions.iter().map(|e| e.id).collect();
    assert_eq!(ids, [4, 10], "under the offer's numbers");
    let again = exchange(&mut b, &mut a);
    let ids: Vec<u16> = again.offer.media[0].extensions.iter().map(|e| e.id).collect();
    assert_eq!(ids, [4, 10], "and they stay");
}

/// As Firefox does: its own numbers in its own offers.
fn with_other_numbers(offer: &Description) -> Description {
    let mut other = offer.clone();
    let next = |number: &str| number.parse::<u8>().map(|old| (old + 12).to_string());
    for format in other.media.iter_mut().flat_map(|media| &mut media.formats) {
        format.name = next(&format.name).expect("a number");
        if let Some(apt) = format.parameters.as_ref().and_then(|text| text.strip_prefix("apt=")) {
            format.parameters = next(apt).ok().map(|number| format!("apt={number}").into());
        }
    }
    other
}

#[test]
fn a_codec_that_the_peer_renumbers_keeps_its_number_where_there_is_one_numbering() {
    for fixed_codecs in [true, false] {
        let codecs = vec![Codec::Opus, Codec::Vp8];
        let mut a = Peer::new(JsepConfig { fixed_codecs, codecs: codecs.clone(), ..config(1) });
        let mut b = Peer::new(JsepConfig { codecs, ..config(2) });
        a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
        exchange(&mut a, &mut b);
        b.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
        b.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
        let offer = with_other_numbers(&b.offer());
        assert_eq!(numbers(&offer, 0), [108, 109]);
        let (answer, ..) = a.answer(&offer);
        let video = if fixed_codecs { [96, 97] } else { [108, 109] };
        assert_eq!(numbers(&answer, 0), video);
        assert_eq!(numbers(&answer, 1)[0], 123, "sound has no number yet");
        assert_eq!(numbers(&answer, 2), video, "it is one for all m-lines");
        let agreed = a.agreed();
        for media in [&agreed.media[0], &agreed.media[2]] {
            assert_eq!(media.send.codecs, media.receive.codecs);
            assert_eq!(media.send.codecs[0].payload_type, PayloadType(video[0]));
            let repairs = CodecRole::Rtx { repairs: PayloadType(video[0]) };
            assert_eq!(media.send.codecs[1].role, repairs);
        }
    }
}

#[test]
fn a_codec_that_is_offered_twice_is_answered_once_where_there_is_one_numbering() {
    for fixed_codecs in [true, false] {
        let codecs = vec![Codec::Vp8];
        let mut a = Peer::new(JsepConfig { fixed_codecs, codecs: codecs.clone(), ..config(1) });
        let mut b = Peer::new(JsepConfig { codecs, ..config(2) });
        b.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
        let mut offer = b.create_offer().expect("there is something");
        let again = with_other_numbers(&offer).media.remove(0).formats;
        offer.media[0].formats.extend(again.iter().cloned());
        a.set_remote(SdpType::Offer, offer).expect("it is taken");
        let expected: &[u8] = if fixed_codecs { &[96, 97] } else { &[96, 97, 108, 109] };
        for kind in [SdpType::Pranswer, SdpType::Answer] {
            let answer = a.create_answer().expect("an offer waits");
            assert_eq!(numbers(&answer, 0), expected, "{kind:?}, fixed: {fixed_codecs}");
            a.set_local(kind, &answer).expect("it was just created");
        }
    }
}

#[test]
fn an_m_line_has_codecs_although_none_of_those_it_may_have_is_preferred() {
    let mut a = Peer::new(JsepConfig { fixed_codecs: true, ..config(1) });
    let mut b = Peer::new(JsepConfig { codecs: vec![Codec::Opus], ..config(2) });
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    exchange(&mut a, &mut b);
    let id = a.jsep.transceivers()[0].id;
    let others = ["PCMU", "telephone-event"].map(|name| CodecPreference {
        name: name.to_owned(),
        clock_rate: 8_000,
        channels: None,
        parameters: None,
    });
    let preferred = a.jsep.set_codec_preferences(id, others.to_vec(), &a.capabilities);
    preferred.expect("codecs that there are");
    let offer = a.create_offer().expect("there is something");
    assert_eq!(names(&offer, 0), ["opus", "telephone-event"]);
    let (answer, ..) = b.answer(&offer);
    assert_eq!(names(&answer, 0), ["opus", "telephone-event"]);
}

#[test]
fn an_m_line_keeps_to_the_codecs_it_began_with_where_those_are_fixed() {
    for fixed_codecs in [true, false] {
        let mut a = Peer::new(JsepConfig { fixed_codecs, ..config(1) });
        let mut b = Peer::new(JsepConfig { codecs: vec![Codec::Vp8], ..config(2) });
        a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
        exchange(&mut a, &mut b);
        let offer = a.create_offer().expect("there is something");
        let listed = names(&offer, 0);
        let began = listed.iter().all(|name| name == "VP8" || name == "rtx");
        assert_eq!(began, fixed_codecs, "{listed:?}");
        // A peer that offers more later is answered with those alone; another m-line has all.
        let mut c = Peer::new(config(3));
        c.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
        let more = c.offer();
        let mut again = b.offer();
        again.media[0].formats.clone_from(&more.media[0].formats);
        let (answer, ..) = a.answer(&again);
        assert_eq!(names(&answer, 0).iter().any(|name| name == "AV1"), !fixed_codecs);
        a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
        let offer = a.create_offer().expect("there is something");
        assert!(names(&offer, 1).iter().any(|name| name == "AV1"));
    }
}

#[test]
fn a_number_that_is_answered_in_another_form_means_what_was_offered() {
    let mut a = Peer::new(JsepConfig { codecs: vec![Codec::H264], ..config(1) });
    let mut b = Peer::new(JsepConfig { codecs: vec![Codec::H264], ..config(2) });
    a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    let offer = a.offer();
    let (mut answer, ..) = b.answer(&offer);
    let formats = &mut answer.media[0].formats;
    let first = formats.first_mut().expect("something is shared");
    let parameters = first.parameters.clone().expect("H.264 has some");
    let profile = parameters.find("profile-level-id=").expect("it has a profile") + 17;
    let other = format!("{}640c1f", &parameters[..profile]);
    assert_ne!(*parameters, *other);
    first.parameters = Some(other.into());
    a.set_remote(SdpType::Answer, answer).expect("the answer is taken");
    let agreed = a.agreed();
    let (sent, received) = (&agreed.media[0].send.codecs[0], &agreed.media[0].receive.codecs[0]);
    assert_eq!(sent.payload_type, received.payload_type);
    assert_eq!(sent.parameters, received.parameters);
}

/// An m-line without a format could not be written.
#[test]
fn a_kind_without_a_codec_cannot_be_offered() {
    let mut a = Peer::new(JsepConfig { codecs: vec![Codec::Vp8], ..config(1) });
    a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    assert_eq!(a.create_offer().err(), Some(NegotiationError::NoCodec));
    let sound = a.jsep.transceivers()[1].id;
    a.jsep.stop(sound).expect("it is there");
    let offer = a.create_offer().expect("there are pictures");
    assert_eq!(offer.media.len(), 1);
}
