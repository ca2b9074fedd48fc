//! Odd but legal descriptions, and some that must be refused: what is answered, line for line.

use super::pair::{Peer, config};
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::ids::PayloadType;
use crate::negotiate::{DescriptionFault as Fault, NegotiateError, SdpType, TransceiverInit};
use crate::sdp::Description;

macro_rules! case {
    ($name:literal) => {
        include_str!(concat!("../../../tests/it/sdp/corpus/cases/", $name, ".sdp"))
    };
}

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

fn answer_to(text: &str) -> Result<Description, NegotiateError> {
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

const AV: &str = "BUNDLE sty 447\naudio 9 UDP/TLS/RTP/SAVPF sty sendrecv\n\
    video 9 UDP/TLS/RTP/SAVPF 447 sendrecv";

#[test]
fn offers_are_answered_in_kind() {
    let data = "application 9 UDP/DTLS/SCTP";
    for (name, text, expected) in [
        ("02-one-b", case!("02-one-b-offer"), AV.to_owned()),
        ("02-rs-rr", case!("02-rs-rr-offer"), AV.to_owned()),
        ("02-session-two-b", case!("02-session-two-b-offer"), AV.to_owned()),
        ("02-two-b", case!("02-two-b-offer"), AV.to_owned()),
        (
            "03-no-group-audio",
            case!("03-no-group-audio-offer"),
            "audio 9 UDP/TLS/RTP/SAVPF sty sendrecv".to_owned(),
        ),
        ("03-no-group-data", case!("03-no-group-data-offer"), format!("{data} sty")),
        (
            "04-legacy",
            case!("04-legacy-offer-offer"),
            "BUNDLE sty\napplication 9 DTLS/SCTP sty".to_owned(),
        ),
        (
            "04-tcp",
            case!("04-tcp-proto-offer"),
            "BUNDLE sty\napplication 9 TCP/DTLS/SCTP sty".to_owned(),
        ),
        ("05-no-direction", case!("05-offer-no-direction-offer"), AV.to_owned()),
        (
            "05-session-sendonly",
            case!("05-session-sendonly-offer"),
            AV.replace("sendrecv", "recvonly"),
        ),
        (
            "06-reject-first",
            case!("06-reject-first-offer"),
            "BUNDLE sty\naudio 9 UDP/TLS/RTP/SAVPF sty sendrecv\n\
             application 0 UDP/DTLS/SCTP 447"
                .to_owned(),
        ),
        (
            "06-reject",
            case!("06-reject-offer"),
            "BUNDLE sty 7OM\naudio 9 UDP/TLS/RTP/SAVPF sty sendrecv\n\
             application 0 UDP/DTLS/SCTP 447\nvideo 9 UDP/TLS/RTP/SAVPF 7OM sendrecv"
                .to_owned(),
        ),
        (
            "07-bundle-order",
            case!("07-bundle-order-offer"),
            format!("{}\n{data} 7u2", AV.replace("BUNDLE sty 447", "BUNDLE 7u2 447 sty")),
        ),
        (
            "07-ls-before",
            case!("07-ls-before-offer"),
            format!("{}\n{data} 7u2", AV.replace("BUNDLE sty 447", "BUNDLE sty 447 7u2")),
        ),
        (
            "08-rejected-bare",
            case!("08-rejected-bare-offer"),
            format!(
                "BUNDLE sty 7u2\naudio 9 UDP/TLS/RTP/SAVPF sty sendrecv\n\
                 video 0 UDP/TLS/RTP/SAVPF 447 inactive\n{data} 7u2"
            ),
        ),
        (
            "08-rejected-no-mid",
            case!("08-rejected-no-mid-offer"),
            format!(
                "BUNDLE sty 7u2\naudio 9 UDP/TLS/RTP/SAVPF sty sendrecv\n\
                 video 0 UDP/TLS/RTP/SAVPF - inactive\n{data} 7u2"
            ),
        ),
        (
            "09-image-line",
            case!("09-image-line-offer"),
            format!("BUNDLE sty\n{data} sty\nimage 0 udptl fax"),
        ),
        (
            "09-no-common-codec",
            case!("09-no-common-codec-offer"),
            format!(
                "BUNDLE 447 7u2\naudio 0 UDP/TLS/RTP/SAVPF sty inactive\n\
                 video 9 UDP/TLS/RTP/SAVPF 447 sendrecv\n{data} 7u2"
            ),
        ),
        (
            "09-text-line",
            case!("09-text-line-offer"),
            format!("BUNDLE sty\n{data} sty\ntext 0 UDP/TLS/RTP/SAVPF rtt"),
        ),
        ("16-extmap-two-byte", case!("16-extmap-two-byte-offer"), AV.to_owned()),
        ("23-rids-hi", case!("23-rids-hi-offer"), AV.replace("447 sendrecv", "447 recvonly")),
        ("forward-data-only", case!("forward-data-only-offer"), format!("BUNDLE 7u2\n{data} 7u2")),
        (
            "q01-image-middle",
            case!("q01-image-middle-offer"),
            format!(
                "BUNDLE sty 447\naudio 9 UDP/TLS/RTP/SAVPF sty sendrecv\nimage 0 udptl fax\n\
                 {data} 447"
            ),
        ),
        (
            "q01-text-middle",
            case!("q01-text-middle-offer"),
            format!(
                "BUNDLE sty 447\naudio 9 UDP/TLS/RTP/SAVPF sty sendrecv\n\
                 text 0 UDP/TLS/RTP/SAVPF rtt\n{data} 447"
            ),
        ),
        (
            "q01-savpf-proto",
            case!("q01-savpf-proto-offer"),
            AV.replace("UDP/TLS/RTP/SAVPF", "RTP/SAVPF"),
        ),
        (
            "q02-mids-a.b",
            case!("q02-mids-a.b-offer"),
            AV.replace("sty", "a.b").replace("447", "c+d"),
        ),
        ("q10-ufrag-119", case!("q10-ufrag-119-offer"), format!("BUNDLE sty\n{data} sty")),
        ("q10-ufrag-120", case!("q10-ufrag-120-offer"), format!("BUNDLE sty\n{data} sty")),
        ("q10-ufrag-256", case!("q10-ufrag-256-offer"), format!("BUNDLE sty\n{data} sty")),
    ] {
        let answer = answer_to(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(shape(&answer), expected, "{name}");
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
    let missing = |what| NegotiateError::Description(Fault::MissingIn { line: 0, what });
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
    assert_eq!(refused.err(), Some(NegotiateError::Description(Fault::Rid(1))));
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
fn two_byte_extensions_are_answered_under_their_numbers() {
    let answer = answer_to(case!("16-extmap-two-byte-offer")).expect("it is taken");
    let ids: Vec<u16> = answer.media[1].extensions.iter().map(|extension| extension.id).collect();
    assert_eq!(ids, [24, 210, 213]);
    assert!(answer.extmap_allow_mixed);
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

/// A peer whose offer has these m-lines, and an answer that has them under other names, renamed.
pub(super) fn offerer(
    kinds: &[MediaKind],
    data: bool,
    names: &[&str],
    text: &str,
) -> (Peer, Description) {
    let mut peer = Peer::new(config(7));
    for kind in kinds {
        peer.jsep.add_transceiver(*kind, TransceiverInit::default());
    }
    peer.jsep.want_data_channels(data);
    let mids: Vec<String> = peer.offer().media.into_iter().filter_map(|media| media.mid).collect();
    let mut answer = read(text);
    let renamed = |name: &String| match names.iter().position(|known| known == name) {
        Some(index) => mids[index].clone(),
        None => name.clone(),
    };
    for media in &mut answer.media {
        media.mid = media.mid.as_ref().map(renamed);
    }
    for group in &mut answer.groups {
        group.mids = group.mids.iter().map(renamed).collect();
    }
    (peer, answer)
}

const NAMES: [&str; 3] = ["sty", "447", "7u2"];

#[test]
fn answers_are_taken_or_refused_whole() {
    let (audio, video) = (MediaKind::Audio, MediaKind::Video);
    let missing = |what| Fault::MissingIn { line: 0, what };
    for (name, kinds, data, text, expected) in [
        ("03", &[][..], true, case!("03-answer-no-group-answer"), Ok(())),
        ("05", &[audio, video], false, case!("05-answer-no-direction-answer"), Ok(())),
        ("06", &[audio], true, case!("06-answer-rejects-answer"), Ok(())),
        ("08", &[audio, video], true, case!("08-answer-rejects-no-mid-answer"), Ok(())),
        (
            "17-extra",
            &[],
            true,
            case!("17-answer-extra"),
            Err(Fault::LineCount { expected: 1, found: 2 }),
        ),
        (
            "17-no-fingerprint",
            &[],
            true,
            case!("17-answer-no-fingerprint"),
            Err(missing("a=fingerprint of SHA-2")),
        ),
        (
            "17-no-ice",
            &[],
            true,
            case!("17-answer-no-ice"),
            Err(missing("a=ice-ufrag and a=ice-pwd")),
        ),
        ("q06", &[], true, case!("q06-answer"), Err(Fault::Setup(0))),
    ] {
        let (mut peer, answer) = offerer(kinds, data, &NAMES, text);
        let before = peer.clone();
        let taken = peer.set_remote(SdpType::Answer, answer).map(|_| ());
        assert_eq!(taken, expected.map_err(NegotiateError::Description), "{name}");
        if expected.is_err() {
            assert_eq!(peer, before, "{name}: a refused description changes nothing");
            // The right one afterwards works.
            let (_, right) = offerer(kinds, data, &NAMES, case!("03-answer-no-group-answer"));
            peer.set_remote(SdpType::Answer, right).expect("the right one");
        }
    }
}

#[test]
fn rejections_in_answers_are_told() {
    let (mut peer, answer) =
        offerer(&[MediaKind::Audio], true, &NAMES, case!("06-answer-rejects-answer"));
    let (_, effects) = peer.set_remote(SdpType::Answer, answer).expect("it is taken");
    assert!(effects.close_channels);
    assert_eq!(peer.agreed().sctp, None);
    assert!(!peer.jsep.negotiation_needed());
    peer.jsep.want_data_channels(true);
    assert!(peer.jsep.negotiation_needed());
    let again = peer.create_offer().expect("there is something to offer");
    assert_eq!(again.media.len(), 2, "its place is used again");
    assert_eq!((again.media[1].port, &again.media[1].mid), (9, &Some("2".to_owned())));

    let kinds = [MediaKind::Audio, MediaKind::Video];
    let (mut peer, answer) =
        offerer(&kinds, true, &NAMES, case!("08-answer-rejects-no-mid-answer"));
    let (_, effects) = peer.set_remote(SdpType::Answer, answer).expect("it is taken");
    let transceivers = peer.jsep.transceivers();
    assert_eq!(effects.stopped, [transceivers[1].id]);
    assert!(transceivers[1].stopped && !transceivers[0].stopped);
    let refused = peer.jsep.set_direction(transceivers[1].id, Direction::RecvOnly);
    assert_eq!(refused, Err(NegotiateError::Stopped));
    let media = &peer.agreed().media;
    assert!(media[1].stopped && media[1].direction == Direction::Inactive);
    assert!(peer.agreed().sctp.is_some());
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
    assert_eq!(refused.err(), Some(NegotiateError::Description(Fault::Order(0))));
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
