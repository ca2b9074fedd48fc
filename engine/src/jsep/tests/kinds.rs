//! Kinds of odd descriptions, each in many forms: lines that say nothing here, profiles, names,
//! groups, m-lines of other kinds, roles in the handshake, identities.

use super::cases::{read, shape};
use super::pair::{Peer, config, exchange};
use crate::codec::MediaKind;
use crate::jsep::{DescriptionFault as Fault, NegotiationError, SdpType, TransceiverInit};
use crate::sdp::Description;

/// Sound, pictures and data channels under the names `a`, `v` and `d`.
fn offer() -> String {
    let mut peer = Peer::new(config(3));
    for kind in [MediaKind::Audio, MediaKind::Video] {
        peer.jsep.add_transceiver(kind, TransceiverInit::default());
    }
    peer.jsep.want_data_channels(true);
    let mut offer = peer.create_offer().expect("there is something to offer");
    for (media, mid) in offer.media.iter_mut().zip(["a", "v", "d"]) {
        media.mid = Some(mid.to_owned());
    }
    offer.groups[0].mids = ["a", "v", "d"].map(str::to_owned).to_vec();
    offer.to_string()
}

fn answer(text: &str) -> Result<Description, NegotiationError> {
    let mut peer = Peer::new(config(7));
    let before = peer.clone();
    if let Err(error) = peer.set_remote(SdpType::Offer, read(text)) {
        assert_eq!(peer, before, "a refused description changes nothing");
        return Err(error);
    }
    let answer = peer.create_answer().expect("an offer waits");
    peer.set_local(SdpType::Answer, &answer).expect("it was just created");
    Ok(answer)
}

fn answered(text: &str) -> String {
    shape(&answer(text).unwrap_or_else(|error| panic!("{error}\n{text}")))
}

fn replaced(from: &str, to: &str) -> String {
    let offer = offer();
    assert!(offer.contains(from), "{offer}");
    offer.replace(from, to)
}

/// Each of them after each line of an offer (RFC 8866 sections 5 and 9). The answer is the same to
/// the letter.
#[test]
fn lines_that_say_nothing_here_change_nothing_wherever_they_stand() {
    let offer = offer();
    let expected = answer(&offer).expect("it is taken").to_string();
    let lines: Vec<&str> = offer.lines().collect();
    let odd = [
        "b=AS:1",
        "b=RS:0\r\nb=RR:0\r\nb=TIAS:99999999999",
        "b=X-YZ:128",
        "i=a title",
        "k=clear:secret",
        "t=2873397496 2873404696",
        "r=7d 1h 0 25h",
        "z=2882844526 -1h 2898848070 0",
        "u=https://example.org",
        "e=a@example.org",
        "p=+1 617 555-6011",
        "y=of no RFC",
        "a=x-unknown",
        "a=x-unknown:with a value",
        "a=identity:eyJpZHAiOnsiZG9tYWluIjoiZXhhbXBsZS5vcmcifX0=",
        "a=rtcp-fb:77 nack",
        "a=fmtp:77 x=1",
    ];
    for after in 1..lines.len() {
        let odd = odd[after % odd.len()..].iter().chain(&odd[..after % odd.len()]).take(6);
        for odd in odd {
            let (head, tail) = lines.split_at(after + 1);
            let text = format!("{}\r\n{odd}\r\n{}", head.join("\r\n"), tail.join("\r\n"));
            let text = format!("{}\r\n", text.trim_end());
            let found = answer(&text).unwrap_or_else(|error| panic!("{odd}: {error}\n{text}"));
            assert_eq!(found.to_string(), expected, "{odd} after {}", lines[after]);
        }
    }
}

#[test]
fn the_profile_that_is_offered_is_answered() {
    for profile in [
        "UDP/TLS/RTP/SAVPF",
        "UDP/TLS/RTP/SAVP",
        "TCP/TLS/RTP/SAVPF",
        "TCP/DTLS/RTP/SAVPF",
        "RTP/SAVPF",
        "RTP/SAVP",
        "RTP/AVP",
        "RTP/AVPF",
    ] {
        let found = answered(&replaced("UDP/TLS/RTP/SAVPF", profile));
        let expected = format!("audio 9 {profile} a sendrecv\nvideo 9 {profile} v sendrecv");
        assert!(found.contains(&expected), "{found}");
    }
    for profile in ["UDP/DTLS/SCTP", "TCP/DTLS/SCTP"] {
        let found = answered(&replaced("UDP/DTLS/SCTP", profile));
        assert!(found.ends_with(&format!("application 9 {profile} d")), "{found}");
    }
    let found = answered(&replaced("UDP/TLS/RTP/SAVPF", "udptl"));
    let rejected = "BUNDLE d\naudio 0 udptl a\nvideo 0 udptl v\napplication 9 UDP/DTLS/SCTP d";
    assert_eq!(found, rejected, "others are rejected alone");
}

#[test]
fn names_of_any_token_are_repeated() {
    for mid in ["0", "a.b", "audio-0", "x!y", "~$&*", "+_'`^", "{|}%#", &"m".repeat(64)] {
        let text = offer().replace("a=mid:a\r\n", &format!("a=mid:{mid}\r\n"));
        let text = text.replace("BUNDLE a v d", &format!("BUNDLE {mid} v d"));
        let found = answered(&text);
        let expected = format!("BUNDLE {mid} v d\naudio 9 UDP/TLS/RTP/SAVPF {mid} sendrecv\n");
        assert!(found.starts_with(&expected), "{found}");
    }
}

#[test]
fn groups_may_stand_in_any_order_and_name_lines_in_any_order() {
    for order in ["a v d", "a d v", "v a d", "v d a", "d a v", "d v a"] {
        for groups in
            [&["BUNDLE"][..], &["LS", "BUNDLE"], &["BUNDLE", "LS"], &["FID", "X-Y", "BUNDLE", "LS"]]
        {
            let lines = groups.iter().map(|semantics| match *semantics {
                "BUNDLE" => format!("a=group:BUNDLE {order}\r\n"),
                other => format!("a=group:{other} a v\r\n"),
            });
            let text = replaced("a=group:BUNDLE a v d\r\n", &lines.collect::<String>());
            let found = answered(&text);
            assert!(found.starts_with(&format!("BUNDLE {order}\naudio 9 ")), "{found}");
            assert_eq!(found.lines().count(), 4, "no other group is answered: {found}");
        }
    }
    // A part of the m-lines: what is outside would need a transport of its own.
    let found = answered(&replaced("BUNDLE a v d", "BUNDLE a d"));
    let expected = "BUNDLE a d\naudio 9 UDP/TLS/RTP/SAVPF a sendrecv\n\
        video 0 UDP/TLS/RTP/SAVPF v inactive\napplication 9 UDP/DTLS/SCTP d";
    assert_eq!(found, expected);
}

/// At each place among the others; what follows it is answered as ever.
#[test]
fn lines_of_other_kinds_are_rejected_in_their_place() {
    let foreign = [
        "m=text 9 UDP/TLS/RTP/SAVPF 98\r\na=rtpmap:98 t140/1000\r\na=mid:x\r\n",
        "m=image 9 udptl t38\r\na=mid:x\r\n",
        "m=message 9 TCP/MSRP *\r\na=mid:x\r\n",
        "m=application 9 UDP/DTLS/SCTP something-else\r\na=mid:x\r\n",
        "m=application 9 UDP/BFCP *\r\na=mid:x\r\n",
        "m=audio 9 UDP/TLS/RTP/SAVPF 99\r\na=rtpmap:99 L16/44100/2\r\na=rtcp-mux\r\na=mid:x\r\n",
        "m=video 9 UDP/TLS/RTP/SAVPF 99\r\na=rtpmap:99 H263/90000\r\na=rtcp-mux\r\na=mid:x\r\n",
        "m=video 9 UDP/TLS/RTP/SAVPF 99\r\na=rtcp-mux\r\na=mid:x\r\n",
        "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n",
        "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\na=mid:x\r\n",
    ];
    let whole = offer();
    let parts: Vec<String> = whole.split("m=").skip(1).map(|part| format!("m={part}")).collect();
    let head = whole.split("m=").next().expect("a head").to_owned();
    for foreign in foreign {
        for place in 0..=parts.len() {
            let (before, after) = parts.split_at(place);
            let in_group = foreign.contains("a=mid") && !foreign.contains(" 0 ");
            let group = if in_group { "BUNDLE x a v d" } else { "BUNDLE a v d" };
            let head = head.replace("BUNDLE a v d", group);
            let text = format!("{head}{}{foreign}{}", before.concat(), after.concat());
            let found = answered(&text);
            let lines: Vec<&str> = found.lines().collect();
            assert_eq!(lines[0], "BUNDLE a v d", "{text}");
            let kind = &foreign[2..foreign.find(' ').expect("a port")];
            assert!(lines[1 + place].starts_with(&format!("{kind} 0 ")), "{found}");
            assert_eq!(lines.iter().filter(|line| line.contains(" 9 ")).count(), 3, "{found}");
        }
    }
}

#[test]
fn every_setup_of_an_answer() {
    let setup = "a=setup:active\r\n";
    for (line, expected) in [
        (setup, Ok(())),
        ("a=setup:passive\r\n", Ok(())),
        ("", Ok(())),
        ("a=setup:actpass\r\n", Err(Fault::Setup(0))),
        ("a=setup:holdconn\r\n", Err(Fault::Setup(0))),
    ] {
        let mut peer = Peer::new(config(1));
        peer.jsep.want_data_channels(true);
        let offer = peer.offer();
        let (good, ..) = Peer::new(config(2)).answer(&offer);
        let text = good.to_string().replace(setup, line);
        let before = peer.clone();
        let taken = peer.set_remote(SdpType::Answer, read(&text)).map(|_| ());
        assert_eq!(taken, expected.map_err(NegotiationError::Description), "{line}");
        match expected {
            Ok(()) => assert_eq!(peer.agreed().dtls_client, line == "a=setup:passive\r\n"),
            Err(_) => {
                assert_eq!(peer, before, "a refused description changes nothing");
                peer.set_remote(SdpType::Answer, good).expect("the right one");
            }
        }
    }
}

/// Assertions of an identity (RFC 8827 section 7) are neither checked nor answered.
#[test]
fn identities_are_passed_over() {
    let identity = "a=identity:eyJpZHAiOnsiZG9tYWluIjoiZXhhbXBsZS5vcmcifX0=\r\n";
    let text = replaced("t=0 0\r\n", &format!("t=0 0\r\n{identity}"));
    let answer = answer(&text).expect("it is taken").to_string();
    assert_eq!(answer, self::answer(&offer()).expect("it is taken").to_string());
    assert!(!answer.contains("identity"), "{answer}");
}

#[test]
fn rtcp_shares_the_port_or_the_description_is_refused() {
    let missing = |line| Err(Fault::MissingIn { line, what: "a=rtcp-mux" }.into());
    let without =
        |text: &str| text.replace("a=rtcp-mux\r\n", "").replace("a=rtcp-mux-only\r\n", "");
    let none = answer(&without(&offer())).map(|_| ());
    assert_eq!(none, missing(0));
    let only = answer(&replaced("a=rtcp-mux\r\n", "")).map(|_| ());
    assert_eq!(only, Ok(()), "a=rtcp-mux-only says it too (RFC 8858)");
    // An answer that would have a port of its own for RTCP.
    let mut peer = Peer::new(config(1));
    peer.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let offer = peer.offer();
    let (answer, ..) = Peer::new(config(2)).answer(&offer);
    let before = peer.clone();
    let refused = peer.set_remote(SdpType::Answer, read(&without(&answer.to_string())));
    assert_eq!(refused.map(|_| ()), missing(0));
    assert_eq!(peer, before);
}

#[test]
fn plan_b_is_refused_in_answers_and_later_offers_too() {
    let sources = "a=ssrc:1 msid:s a\r\na=ssrc:2 msid:s b\r\n";
    let (mut a, mut b) = (Peer::new(config(1)), Peer::new(config(2)));
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let offer = a.offer();
    let (answer, ..) = b.clone().answer(&offer);
    let before = a.clone();
    let refused = a.set_remote(SdpType::Answer, read(&format!("{answer}{sources}")));
    assert_eq!(refused.map(|_| ()), Err(Fault::PlanB(0).into()));
    assert_eq!(a, before);
    a.jsep.rollback().expect("an offer is pending");
    exchange(&mut a, &mut b);
    let later = b.create_offer().expect("there is something to offer");
    let before = a.clone();
    let refused = a.set_remote(SdpType::Offer, read(&format!("{later}{sources}")));
    assert_eq!(refused.map(|_| ()), Err(Fault::PlanB(0).into()));
    assert_eq!(a, before);
}

/// A running call goes on: nothing of what is refused remains, in either role.
#[test]
fn a_call_goes_on_after_every_refusal() {
    let (mut a, mut b) = (Peer::new(config(1)), Peer::new(config(2)));
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    a.jsep.want_data_channels(true);
    exchange(&mut a, &mut b);
    let good = b.create_offer().expect("there is something to offer").to_string();
    let ufrag = b.local.credentials.ufrag.clone();
    for (from, to) in [
        ("a=mid:0\r\n", "a=mid:9\r\n"),
        ("BUNDLE 0 1", "BUNDLE 0 2"),
        ("a=setup:actpass", "a=setup:holdconn"),
        ("a=fingerprint:sha-256 02", "a=fingerprint:sha-256 03"),
        ("a=ice-ufrag", "a=x-ufrag"),
        ("a=rtcp-mux", "a=x-mux"),
        (ufrag.as_str(), "abc"),
        ("m=application", "m=video"),
    ] {
        assert!(good.contains(from), "{from}: {good}");
        let before = a.clone();
        let refused = match Description::parse(&good.replace(from, to)) {
            Ok(read) => a.set_remote(SdpType::Offer, read).map(|_| ()),
            Err(_) => continue,
        };
        assert!(matches!(refused, Err(NegotiationError::Description(_))), "{from}: {refused:?}");
        assert_eq!(a, before, "{from}");
    }
    let made = exchange(&mut b, &mut a);
    assert!(!made.done.ice_restarted && !made.said.ice_restarted);
}

/// Every file of the corpus is one that is judged here, as an offer and as an answer: nothing
/// panics, and what is refused changes nothing.
#[test]
fn every_case_as_anything() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/sdp/corpus/cases");
    let mut count = 0;
    for file in std::fs::read_dir(folder).expect("the corpus is there") {
        let path = file.expect("it can be listed").path();
        let text = std::fs::read_to_string(&path).expect("it is text");
        count += 1;
        let Ok(description) = Description::parse(&text) else { continue };
        let mut offerer = Peer::new(config(1));
        offerer.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
        offerer.offer();
        for (peer, kind) in [
            (Peer::new(config(2)), SdpType::Offer),
            (Peer::new(config(2)), SdpType::Answer),
            (offerer.clone(), SdpType::Answer),
            (offerer.clone(), SdpType::Pranswer),
            (offerer, SdpType::Offer),
        ] {
            let mut after = peer.clone();
            if after.set_remote(kind, description.clone()).is_err() {
                assert_eq!(after, peer, "{}", path.display());
            }
        }
    }
    assert!(count >= 47, "{count}");
}
