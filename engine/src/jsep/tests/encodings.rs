//! What is sent of an m-line: layers that are paused or not taken, limits, and codecs of one's own.

use super::pair::{Peer, config, exchange};
use super::world::preference;
use crate::bitrate::Bitrate;
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::ids::{Mid, Rid, TransceiverId};
use crate::jsep::{
    CodecPreference, NegotiationError, SdpType, SendEncoding, SentEncoding, TransceiverInit,
};
use crate::sdp::Description;

fn layered(peer: &mut Peer) -> TransceiverId {
    let send_layers = ["h", "m", "l"].into_iter().filter_map(Rid::new).collect();
    let init = TransceiverInit { send_layers, ..TransceiverInit::default() };
    peer.jsep.add_transceiver(MediaKind::Video, init)
}

fn pair() -> (Peer, Peer) {
    (Peer::new(config(1)), Peer::new(config(2)))
}

fn mid(peer: &Peer) -> Mid {
    peer.agreed().media[0].mid
}

/// `h` for a layer that is sent, `~h` for one that is not; `-` for one without a name.
fn told(sent: &[SentEncoding]) -> Vec<String> {
    let name = |rid: Option<Rid>| rid.map_or("-".to_owned(), |rid| rid.as_str().to_owned());
    let mark = |active| if active { "" } else { "~" };
    sent.iter().map(|layer| format!("{}{}", mark(layer.active), name(layer.rid))).collect()
}

fn altered(description: &Description, from: &str, to: &str) -> Description {
    let text = description.to_string();
    assert!(text.contains(from), "{text}");
    Description::parse(&text.replace(from, to)).expect("its grammar is right")
}

/// A tilde in the peer's answer or offer stops a layer; without it the layer is sent again (RFC
/// 8853 section 5.2).
#[test]
fn layers_that_the_peer_pauses_are_not_sent_until_it_takes_them_again() {
    let (mut a, mut b) = pair();
    let id = layered(&mut a);
    for (takes, expected) in [
        ("recv h;m;l", &["h", "m", "l"][..]),
        ("recv h;~m;~l", &["h", "~m", "~l"]),
        ("recv ~h;~m;~l", &["~h", "~m", "~l"]),
        ("recv ~h;l", &["~h", "l"]),
        ("recv h;m;l", &["h", "m", "l"]),
    ] {
        let offer = a.offer();
        let (answer, ..) = b.answer(&offer);
        let answer = altered(&answer, "recv h;m;l", takes);
        a.set_remote(SdpType::Answer, answer).expect("it is taken");
        let agreed = &a.agreed().media[0].send.encodings;
        let paused: Vec<bool> = agreed.iter().map(|encoding| encoding.paused).collect();
        let expected_paused: Vec<bool> = expected.iter().map(|it| it.starts_with('~')).collect();
        assert_eq!(paused, expected_paused, "{takes}");
        assert_eq!(told(&a.jsep.sent_encodings(mid(&a))), expected, "{takes}");
    }
    // The application's own pause stays through all that the peer says.
    let mut encodings = a.jsep.parameters(id).expect("it is there").to_vec();
    encodings[0].active = false;
    a.jsep.set_parameters(id, encodings).expect("the same layers");
    assert_eq!(told(&a.jsep.sent_encodings(mid(&a))), ["~h", "m", "l"], "without an exchange");
    exchange(&mut a, &mut b);
    assert_eq!(told(&a.jsep.sent_encodings(mid(&a))), ["~h", "m", "l"]);
}

#[test]
fn layers_that_an_offer_pauses_are_not_expected_and_those_it_asks_for_paused_not_sent() {
    let (mut a, mut b) = pair();
    layered(&mut a);
    let offer = altered(&a.offer(), "send h;m;l", "send h;m;~l");
    b.answer(&offer);
    let receive = &b.agreed().media[0].receive.encodings;
    let paused: Vec<bool> = receive.iter().map(|encoding| encoding.paused).collect();
    assert_eq!(paused, [false, false, true]);
    // The peer offers to receive layers, some of them later.
    let (mut c, mut d) = pair();
    c.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    exchange(&mut c, &mut d);
    let rids = "a=rid:x recv\r\na=rid:y recv\r\na=simulcast:recv ~x;y\r\na=sendrecv\r\n";
    let offer = d.create_offer().expect("there is something to offer");
    let offer = altered(&offer, "a=sendrecv\r\n", rids);
    c.answer(&offer);
    assert_eq!(told(&c.jsep.sent_encodings(mid(&c))), ["~x", "y"]);
    let again = altered(&offer, "~x", "x");
    c.answer(&again);
    assert_eq!(told(&c.jsep.sent_encodings(mid(&c))), ["x", "y"]);
}

#[test]
fn limits_are_in_force_at_once_and_a_peer_without_layers_gets_the_best() {
    let (mut a, mut b) = pair();
    let id = layered(&mut a);
    let mut encodings = a.jsep.parameters(id).expect("it is there").to_vec();
    encodings[0] = SendEncoding {
        max_bitrate: Some(Bitrate::kbps(900)),
        max_framerate: Some(30.0),
        scale_resolution_down_by: Some(1.0),
        scalability_mode: Some("L1T3".to_owned()),
        ..encodings[0].clone()
    };
    a.jsep.set_parameters(id, encodings).expect("the same layers");
    let offer = a.offer();
    let (mut answer, ..) = b.answer(&offer);
    answer.media[0].simulcast = None;
    answer.media[0].rids.clear();
    a.set_remote(SdpType::Answer, answer).expect("it is taken");
    let sent = a.jsep.sent_encodings(mid(&a));
    let expected = SentEncoding {
        rid: None,
        active: true,
        max_bitrate: Some(Bitrate::kbps(900)),
        max_framerate: Some(30.0),
        scale_resolution_down_by: Some(1.0),
        scalability_mode: Some("L1T3".to_owned()),
        payload_type: None,
    };
    assert_eq!(sent, [expected]);
    a.jsep.set_direction(id, Direction::RecvOnly).expect("it lives");
    exchange(&mut a, &mut b);
    assert_eq!(a.jsep.sent_encodings(mid(&a)), [], "it does not send");
    assert_eq!(a.jsep.sent_encodings(Mid::new("none").expect("a token")), []);
}

fn with_codec(
    peer: &mut Peer,
    id: TransceiverId,
    codec: &CodecPreference,
) -> Result<(), NegotiationError> {
    let mut encodings = peer.jsep.parameters(id).expect("it is there").to_vec();
    encodings[0].codec = Some(codec.clone());
    peer.jsep.set_parameters(id, encodings)
}

#[test]
fn a_codec_of_an_encoding_is_one_that_was_agreed_on_or_is_preferred() {
    let (mut a, mut b) = pair();
    let id = a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    let refused = Err(NegotiationError::EncodingCodec);
    let form = |parameters: &str| CodecPreference {
        parameters: Some(parameters.to_owned()),
        ..preference("H264")
    };
    let before = a.clone();
    // Nothing was agreed on: those of the configuration, of this kind.
    for name in ["rtx", "H263", "opus", "red"] {
        assert_eq!(with_codec(&mut a, id, &preference(name)), refused, "{name}");
        assert_eq!(a, before, "a refused step changes nothing");
    }
    with_codec(&mut a, id, &preference("av1")).expect("in any case");
    // Then those that are preferred.
    let capabilities = a.capabilities.clone();
    let list = vec![preference("VP8"), preference("rtx"), form("packetization-mode=1")];
    a.jsep.set_codec_preferences(id, list, &capabilities).expect("they are there");
    assert_eq!(with_codec(&mut a, id, &preference("AV1")), refused);
    assert_eq!(with_codec(&mut a, id, &preference("rtx")), refused, "it is no media");
    assert_eq!(with_codec(&mut a, id, &form("packetization-mode=0")), refused);
    with_codec(&mut a, id, &form("packetization-mode=1")).expect("it is preferred");
    // Then those that were agreed on.
    a.jsep.set_codec_preferences(id, Vec::new(), &capabilities).expect("none is all");
    b.capabilities.codecs.retain(|codec| &*codec.name != "AV1");
    exchange(&mut a, &mut b);
    let number = |a: &Peer| a.jsep.sent_encodings(mid(a))[0].payload_type.map(|number| number.0);
    assert_eq!(number(&a), Some(108));
    assert_eq!(with_codec(&mut a, id, &preference("AV1")), refused, "the peer has none");
    with_codec(&mut a, id, &preference("VP9")).expect("both have it");
    assert_eq!(number(&a), Some(98), "without an exchange");
    // What a later exchange does not have is asked for no more.
    b.capabilities.codecs.retain(|codec| &*codec.name != "VP9");
    exchange(&mut a, &mut b);
    assert_eq!(number(&a), None);
    assert_eq!(a.jsep.parameters(id).expect("it is there")[0].codec, None);
}

#[test]
fn codecs_of_sound_are_told_apart_by_their_channels() {
    let mut a = Peer::new(config(1));
    let id = a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let mono = CodecPreference { channels: None, ..preference("opus") };
    assert_eq!(with_codec(&mut a, id, &mono), Err(NegotiationError::EncodingCodec));
    with_codec(&mut a, id, &preference("opus")).expect("it is configured");
    with_codec(&mut a, id, &preference("PCMU")).expect("it is configured");
}
