//! Odd but legal descriptions, and some that must be refused: what is answered, line for line.

use super::pair::{Peer, config};
use crate::codec::MediaKind;
use crate::ids::PayloadType;
use crate::jsep::{DescriptionFault as Fault, NegotiationError, SdpType};
use crate::sdp::Description;

/// A description by the name of its file.
macro_rules! case {
    ($name:literal) => {
        include_str!(concat!("../../../tests/it/sdp/corpus/cases/", $name, ".sdp"))
    };
}

pub(super) use case;

pub(super) fn read(text: &str) -> Description {
    Description::parse(text).expect("its grammar is right")
}

/// Group, and of each m-line its kind, port, profile, name and direction.
pub(super) fn shape(description: &Description) -> String {
    let text = description.to_string();
    let groups = text.lines().filter_map(|line| line.strip_prefix("a=group:"));
    let lines = description.media.iter().map(|media| {
        let head = [media.name.name(), &media.port.to_string(), media.profile.name()].join(" ");
        let mid = media.mid.as_deref().unwrap_or("-");
        let direction = media.direction.map_or("", |direction| direction.name());
        format!("{head} {mid} {direction}").trim_end().to_owned()
    });
    groups.map(str::to_owned).chain(lines).collect::<Vec<_>>().join("\n")
}

fn answer_to(text: &str) -> Result<Description, NegotiationError> {
    let mut peer = Peer::new(config(7));
    let before = peer.clone();
    let taken = peer.set_remote(SdpType::Offer, read(text));
    if let Err(error) = taken {
        assert_eq!(peer, before, "a refused description changes nothing");
        return Err(error);
    }
    let answer = peer.create_answer().expect("an offer waits");
    peer.set_local(SdpType::Answer, &answer).expect("it was just created");
    Ok(answer)
}

/// What is answered to each, line for line.
const OFFERS: &[(&str, &str, &[&str])] = &[
    (
        "02-one-b-offer",
        case!("02-one-b-offer"),
        &[
            "BUNDLE sty 447",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "video 9 UDP/TLS/RTP/SAVPF 447 sendrecv",
        ],
    ),
    (
        "02-rs-rr-offer",
        case!("02-rs-rr-offer"),
        &[
            "BUNDLE sty 447",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "video 9 UDP/TLS/RTP/SAVPF 447 sendrecv",
        ],
    ),
    (
        "02-session-two-b-offer",
        case!("02-session-two-b-offer"),
        &[
            "BUNDLE sty 447",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "video 9 UDP/TLS/RTP/SAVPF 447 sendrecv",
        ],
    ),
    (
        "02-two-b-offer",
        case!("02-two-b-offer"),
        &[
            "BUNDLE sty 447",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "video 9 UDP/TLS/RTP/SAVPF 447 sendrecv",
        ],
    ),
    (
        "03-no-group-audio-offer",
        case!("03-no-group-audio-offer"),
        &["audio 9 UDP/TLS/RTP/SAVPF sty sendrecv"],
    ),
    (
        "03-no-group-data-offer",
        case!("03-no-group-data-offer"),
        &["application 9 UDP/DTLS/SCTP sty"],
    ),
    (
        "04-legacy-offer-offer",
        case!("04-legacy-offer-offer"),
        &["BUNDLE sty", "application 9 DTLS/SCTP sty"],
    ),
    (
        "04-tcp-proto-offer",
        case!("04-tcp-proto-offer"),
        &["BUNDLE sty", "application 9 TCP/DTLS/SCTP sty"],
    ),
    (
        "05-offer-no-direction-offer",
        case!("05-offer-no-direction-offer"),
        &[
            "BUNDLE sty 447",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "video 9 UDP/TLS/RTP/SAVPF 447 sendrecv",
        ],
    ),
    (
        "05-session-sendonly-offer",
        case!("05-session-sendonly-offer"),
        &[
            "BUNDLE sty 447",
            "audio 9 UDP/TLS/RTP/SAVPF sty recvonly",
            "video 9 UDP/TLS/RTP/SAVPF 447 recvonly",
        ],
    ),
    (
        "06-reject-first-offer",
        case!("06-reject-first-offer"),
        &[
            "BUNDLE sty",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "application 0 UDP/DTLS/SCTP 447",
        ],
    ),
    (
        "06-reject-offer",
        case!("06-reject-offer"),
        &[
            "BUNDLE sty 7OM",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "application 0 UDP/DTLS/SCTP 447",
            "video 9 UDP/TLS/RTP/SAVPF 7OM sendrecv",
        ],
    ),
    (
        "07-bundle-order-offer",
        case!("07-bundle-order-offer"),
        &[
            "BUNDLE 7u2 447 sty",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "video 9 UDP/TLS/RTP/SAVPF 447 sendrecv",
            "application 9 UDP/DTLS/SCTP 7u2",
        ],
    ),
    (
        "07-ls-before-offer",
        case!("07-ls-before-offer"),
        &[
            "BUNDLE sty 447 7u2",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "video 9 UDP/TLS/RTP/SAVPF 447 sendrecv",
            "application 9 UDP/DTLS/SCTP 7u2",
        ],
    ),
    (
        "08-rejected-bare-offer",
        case!("08-rejected-bare-offer"),
        &[
            "BUNDLE sty 7u2",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "video 0 UDP/TLS/RTP/SAVPF 447 inactive",
            "application 9 UDP/DTLS/SCTP 7u2",
        ],
    ),
    (
        "08-rejected-no-mid-offer",
        case!("08-rejected-no-mid-offer"),
        &[
            "BUNDLE sty 7u2",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "video 0 UDP/TLS/RTP/SAVPF - inactive",
            "application 9 UDP/DTLS/SCTP 7u2",
        ],
    ),
    (
        "09-image-line-offer",
        case!("09-image-line-offer"),
        &["BUNDLE sty", "application 9 UDP/DTLS/SCTP sty", "image 0 udptl fax"],
    ),
    (
        "09-no-common-codec-offer",
        case!("09-no-common-codec-offer"),
        &[
            "BUNDLE 447 7u2",
            "audio 0 UDP/TLS/RTP/SAVPF sty inactive",
            "video 9 UDP/TLS/RTP/SAVPF 447 sendrecv",
            "application 9 UDP/DTLS/SCTP 7u2",
        ],
    ),
    (
        "09-text-line-offer",
        case!("09-text-line-offer"),
        &["BUNDLE sty", "application 9 UDP/DTLS/SCTP sty", "text 0 UDP/TLS/RTP/SAVPF rtt"],
    ),
    (
        "16-extmap-two-byte-offer",
        case!("16-extmap-two-byte-offer"),
        &[
            "BUNDLE sty 447",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "video 9 UDP/TLS/RTP/SAVPF 447 sendrecv",
        ],
    ),
    (
        "23-rids-hi-offer",
        case!("23-rids-hi-offer"),
        &[
            "BUNDLE sty 447",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "video 9 UDP/TLS/RTP/SAVPF 447 recvonly",
        ],
    ),
    (
        "forward-data-only-offer",
        case!("forward-data-only-offer"),
        &["BUNDLE 7u2", "application 9 UDP/DTLS/SCTP 7u2"],
    ),
    (
        "q01-image-middle-offer",
        case!("q01-image-middle-offer"),
        &[
            "BUNDLE sty 447",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "image 0 udptl fax",
            "application 9 UDP/DTLS/SCTP 447",
        ],
    ),
    (
        "q01-text-middle-offer",
        case!("q01-text-middle-offer"),
        &[
            "BUNDLE sty 447",
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv",
            "text 0 UDP/TLS/RTP/SAVPF rtt",
            "application 9 UDP/DTLS/SCTP 447",
        ],
    ),
    (
        "q01-savpf-proto-offer",
        case!("q01-savpf-proto-offer"),
        &["BUNDLE sty 447", "audio 9 RTP/SAVPF sty sendrecv", "video 9 RTP/SAVPF 447 sendrecv"],
    ),
    (
        "q02-mids-a.b-offer",
        case!("q02-mids-a.b-offer"),
        &[
            "BUNDLE a.b c+d",
            "audio 9 UDP/TLS/RTP/SAVPF a.b sendrecv",
            "video 9 UDP/TLS/RTP/SAVPF c+d sendrecv",
        ],
    ),
    (
        "q10-ufrag-119-offer",
        case!("q10-ufrag-119-offer"),
        &["BUNDLE sty", "application 9 UDP/DTLS/SCTP sty"],
    ),
    (
        "q10-ufrag-120-offer",
        case!("q10-ufrag-120-offer"),
        &["BUNDLE sty", "application 9 UDP/DTLS/SCTP sty"],
    ),
    (
        "q10-ufrag-256-offer",
        case!("q10-ufrag-256-offer"),
        &["BUNDLE sty", "application 9 UDP/DTLS/SCTP sty"],
    ),
];

#[test]
fn offers_are_answered_in_kind() {
    for (name, text, expected) in OFFERS {
        let answer = answer_to(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(shape(&answer), expected.join("\n"), "{name}");
    }
}

#[test]
fn long_and_odd_names_are_repeated() {
    for text in
        [case!("10-long-mids-offer"), case!("10-odd-mids-offer"), case!("av-ufrag-200-offer")]
    {
        let (offer, answer) = (read(text), answer_to(text).expect("it is taken"));
        let mids = |description: &Description| -> Vec<_> {
            description.media.iter().map(|media| media.mid.clone()).collect()
        };
        assert_eq!(mids(&answer), mids(&offer));
        assert_eq!(answer.groups, offer.groups);
        assert!(answer.media.iter().all(|media| media.port == 9));
    }
}

#[test]
fn offers_that_cannot_come_about_are_refused() {
    let missing = |what| NegotiationError::Description(Fault::MissingIn { line: 0, what });
    for (text, expected) in [
        (case!("17-offer-no-fingerprint"), missing("a=fingerprint of SHA-2")),
        (case!("17-answer-no-ice"), missing("a=ice-ufrag and a=ice-pwd")),
    ] {
        assert_eq!(answer_to(text), Err(expected));
    }
    // RTP could not carry such a name where a session says so, and it is not cut.
    let mut peer = Peer::new(config(7));
    let offer = read(case!("23-rids-abcdefghijklmnop-offer"));
    peer.capabilities.mid_bytes_max = 8;
    let refused = peer.set_remote(SdpType::Offer, offer.clone());
    assert_eq!(refused.err(), Some(NegotiationError::Description(Fault::Rid(1))));
    peer.capabilities.mid_bytes_max = 16;
    let (_, effects) = peer.set_remote(SdpType::Offer, offer).expect("it can be carried");
    let layers: Vec<&str> = effects.added[1].layers.iter().map(|rid| rid.as_str()).collect();
    assert_eq!(layers, ["abcdefghijklmnop", "q"]);
    let answer = peer.create_answer().expect("an offer waits");
    let text = answer.to_string();
    assert!(text.contains("a=simulcast:recv abcdefghijklmnop;q\r\n"), "{text}");
}

/// The candidates of a description are told when the session can use them, with their m-line.
#[test]
fn candidates_of_offers_come_with_the_answer() {
    for (text, address) in [
        (case!("11-plain-offer"), "192.0.2.1 5000"),
        (case!("11-trailing-space-offer"), "192.0.2.1 5000"),
        (case!("11-unknown-ext-offer"), "192.0.2.1 5000"),
        (case!("11-mdns-offer"), "8b3fe0a1-6a2f-4c44-9d6e-2e8d6f3b3b0c.local 5000"),
    ] {
        let mut peer = Peer::new(config(7));
        let (_, early) = peer.set_remote(SdpType::Offer, read(text)).expect("it is taken");
        assert_eq!(early.candidates, []);
        let answer = peer.create_answer().expect("an offer waits");
        let effects = peer.set_local(SdpType::Answer, &answer).expect("it was just created");
        let [first, end] = &effects.candidates[..] else { panic!("{:?}", effects.candidates) };
        assert_eq!((first.mid.as_str(), end.mid.as_str()), ("sty", "sty"));
        let line = first.candidate.as_ref().map(ToString::to_string).unwrap_or_default();
        assert!(line.contains(address), "{line}");
        assert_eq!(end.candidate, None);
    }
    // This one is of another generation than its description: "ufrag abcd".
    let mut peer = Peer::new(config(7));
    let offer = read(case!("11-chrome-trickle-order-offer"));
    peer.set_remote(SdpType::Offer, offer).expect("it is taken");
    let answer = peer.create_answer().expect("an offer waits");
    let effects = peer.set_local(SdpType::Answer, &answer).expect("it was just created");
    assert!(effects.candidates.iter().all(|candidate| candidate.candidate.is_none()));
}

#[test]
fn two_byte_extensions_are_answered_under_their_numbers_where_the_session_has_such() {
    for (id_max, expected) in [(255, &[24, 210, 213][..]), (14, &[]), (210, &[24, 210])] {
        let mut peer = Peer::new(config(7));
        peer.capabilities.extension_id_max = id_max;
        let offer = read(case!("16-extmap-two-byte-offer"));
        peer.set_remote(SdpType::Offer, offer).expect("it is taken");
        let answer = peer.create_answer().expect("an offer waits");
        let ids = answer.media[1].extensions.iter().map(|extension| extension.id);
        assert_eq!(ids.collect::<Vec<u16>>(), expected, "up to {id_max}");
        assert!(answer.extmap_allow_mixed);
    }
}

#[test]
fn a_legacy_association_is_agreed_on() {
    let mut peer = Peer::new(config(7));
    peer.set_remote(SdpType::Offer, read(case!("04-legacy-offer-offer"))).expect("it is taken");
    let answer = peer.create_answer().expect("an offer waits");
    peer.set_local(SdpType::Answer, &answer).expect("it was just created");
    let sctp = peer.agreed().sctp.clone().expect("data channels");
    assert_eq!((sctp.local_port, sctp.remote_port), (5000, 5000));
    assert_eq!(sctp.remote_message_bytes_max, Some(65_536), "it does not say");
    let text = answer.to_string();
    assert!(text.contains("m=application 9 DTLS/SCTP 5000\r\n"), "{text}");
    assert!(text.contains("a=sctpmap:5000 webrtc-datachannel 1024\r\n"), "{text}");
}

#[test]
fn an_offer_with_another_order_is_refused_and_the_call_goes_on() {
    let mut peer = Peer::new(config(7));
    let first = case!("17-reoffer-new-ice-broken-order").replace("zz", "sty");
    let first = first.replace("nnnnnnnnnnnnnnnnnnnnnnnn", "pppppppppppppppppppppppp");
    peer.set_remote(SdpType::Offer, read(&first.replace("nnnn", "qqqq"))).expect("it is taken");
    let answer = peer.create_answer().expect("an offer waits");
    peer.set_local(SdpType::Answer, &answer).expect("it was just created");
    let before = peer.clone();
    let broken = read(case!("17-reoffer-new-ice-broken-order"));
    let refused = peer.set_remote(SdpType::Offer, broken);
    assert_eq!(refused.err(), Some(NegotiationError::Description(Fault::Order(0))));
    assert_eq!(peer, before);
    let right = case!("17-reoffer-new-ice-broken-order").replace("zz", "sty");
    peer.set_remote(SdpType::Offer, read(&right)).expect("the right one");
    assert!(peer.jsep.answer_restarts());
}

#[test]
fn an_unknown_codec_is_told_with_its_name() {
    let mut peer = Peer::new(config(7));
    let offer = read(case!("09-no-common-codec-offer"));
    let (_, effects) = peer.set_remote(SdpType::Offer, offer).expect("it is taken");
    let [mismatch] = &effects.no_common_codec[..] else { panic!("{effects:?}") };
    assert_eq!((mismatch.mid.as_str(), mismatch.kind), ("sty", MediaKind::Audio));
    assert_eq!(mismatch.offered.len(), 1);
    assert_eq!(mismatch.known.len(), 3);
    let added: Vec<&str> = effects.added.iter().map(|track| track.mid.as_str()).collect();
    assert_eq!(added, ["447"]);
    let answer = peer.create_answer().expect("an offer waits");
    let effects = peer.set_local(SdpType::Answer, &answer).expect("it was just created");
    assert_eq!(effects.stopped.len(), 1);
    let number = answer.media[1].formats[0].payload_type();
    assert_eq!(number, Some(PayloadType(45)), "the offer's order and numbers");
}
