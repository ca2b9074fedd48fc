//! Descriptions that strangers send: what is legal works the whole way, all else is refused in our
//! own words, and what is refused changes nothing.

use std::time::Duration;

use lapwing_engine::sdp::{SdpError, SdpFault};
use lapwing_engine::{
    ChannelConfig, Config, ConnectionState, DescriptionFault, Event, MediaKind, NegotiationError,
    PacketKind, PayloadType, REMOTE_CANDIDATES_MAX, RemoteOutcome, Rtc, SECTION_LINES_MAX, SdpType,
    SessionDescription, Transmit,
};
use proptest::prelude::*;
use stun_types::attribute::{
    Attribute, AttributeStaticType, Fingerprint, MessageIntegrity, Username,
};
use stun_types::message::{
    IntegrityAlgorithm, Message, MessageClass, MessageIntegrityCredentials, MessageWriteVec,
    ShortTermCredentials,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};

use crate::pair::Pair;

/// An offer of sound, pictures and data.
fn offer() -> String {
    let mut pair = Pair::new(Config::seeded(3), Config::seeded(4));
    pair.on_a(|rtc, _| {
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
        let mut negotiation = rtc.negotiation();
        negotiation.add_transceiver(MediaKind::Audio, Default::default());
        negotiation.add_transceiver(MediaKind::Video, Default::default());
        negotiation.create_offer().expect("something to offer").sdp
    })
}

fn value<'a>(sdp: &'a str, name: &str) -> &'a str {
    let prefix = format!("a={name}:");
    sdp.lines().find_map(|line| line.strip_prefix(&prefix)).expect("it is there")
}

fn take(rtc: &mut Rtc, kind: SdpType, sdp: &str) -> Result<RemoteOutcome, NegotiationError> {
    rtc.negotiation().set_remote(&SessionDescription { kind, sdp: sdp.to_owned() })
}

/// What a connection that knows nothing yet has against an offer.
fn fault(sdp: &str) -> Option<DescriptionFault> {
    match refusal(sdp) {
        None => None,
        Some(NegotiationError::Description(fault)) => Some(fault),
        Some(other) => panic!("{other}"),
    }
}

/// Why it does not take it.
fn refusal(sdp: &str) -> Option<NegotiationError> {
    let mut pair = Pair::seeded();
    let rtc = &mut pair.b.rtc;
    let refusal = take(rtc, SdpType::Offer, sdp).err();
    assert_eq!(rtc.negotiation().remote_description().is_some(), refusal.is_none());
    refusal
}

/// Where a text breaks the grammar.
fn broken(sdp: &str) -> Option<(usize, &'static str, SdpFault)> {
    match refusal(sdp) {
        None => None,
        Some(NegotiationError::Text(SdpError { line, attribute, fault })) => {
            Some((line, attribute, fault))
        }
        Some(other) => panic!("{other}"),
    }
}

/// The line of an attribute, counted from one.
fn line_of(sdp: &str, start: &str) -> usize {
    sdp.lines().position(|line| line.starts_with(start)).expect("it is there") + 1
}

#[test]
fn every_legal_length_of_a_user_fragment_is_taken() {
    let offer = offer();
    let ours = value(&offer, "ice-ufrag");
    for length in [3, 4, 5, 22, 118, 119, 120, 121, 127, 128, 129, 200, 255, 256, 257] {
        let altered = offer.replace(
            &format!("a=ice-ufrag:{ours}\r\n"),
            &format!("a=ice-ufrag:{}\r\n", "u".repeat(length)),
        );
        let legal = (4..=256).contains(&length);
        let wrong = SdpFault::Length { found: length, min: 4, max: 256 };
        let at = (line_of(&offer, "a=ice-ufrag"), "a=ice-ufrag", wrong);
        assert_eq!(broken(&altered), (!legal).then_some(at), "{length} characters");
    }
    let password = value(&offer, "ice-pwd");
    for length in [21, 22, 256, 257] {
        let altered = offer.replace(password, &"p".repeat(length));
        let legal = (22..=256).contains(&length);
        let wrong = SdpFault::Length { found: length, min: 22, max: 256 };
        let at = (line_of(&offer, "a=ice-pwd"), "a=ice-pwd", wrong);
        assert_eq!(broken(&altered), (!legal).then_some(at), "{length} characters");
    }
}

/// The same check under another name, signed with `password`.
fn rename(contents: &[u8], password: &str, name: impl Fn(&str) -> String) -> Option<Vec<u8>> {
    let check = Message::from_bytes(contents).ok()?;
    if !check.has_class(MessageClass::Request) {
        return None;
    }
    let old = check.attribute::<Username>().ok()?;
    let new = name(old.username());
    let new = Username::new(&new).expect("a name within limits");
    let mut renamed =
        Message::builder(check.get_type(), check.transaction_id(), MessageWriteVec::new());
    for (_, attribute) in check.iter_attributes() {
        match attribute.get_type() {
            Username::TYPE => renamed.push_attribute_unchecked(&new),
            MessageIntegrity::TYPE | Fingerprint::TYPE => {}
            _ => renamed.push_attribute_unchecked(&attribute),
        }
    }
    let credentials = ShortTermCredentials::new(password.to_owned());
    let credentials = MessageIntegrityCredentials::ShortTerm(credentials);
    renamed.add_message_integrity(&credentials, IntegrityAlgorithm::Sha1).expect("a first code");
    renamed.add_fingerprint().expect("a first one");
    Some(renamed.finish())
}

/// A pair in which `b` takes `a` for a peer with a user fragment of this many characters: what
/// passes between them is renamed on its way.
fn connect_with_long_fragment(length: usize) {
    let mut pair = Pair::seeded();
    let offer = pair.on_a(|rtc, _| {
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
        let offer = rtc.negotiation().create_offer().expect("something to offer");
        rtc.negotiation().set_local(&offer).expect("it was just created");
        offer.sdp
    });
    let (short, of_a) =
        (value(&offer, "ice-ufrag").to_owned(), value(&offer, "ice-pwd").to_owned());
    let long = "L".repeat(length);
    let altered = offer
        .replace(&format!("a=ice-ufrag:{short}"), &format!("a=ice-ufrag:{long}"))
        .replace(&format!("ufrag {short}"), &format!("ufrag {long}"));
    pair.on_b(|rtc, _| take(rtc, SdpType::Offer, &altered)).expect("a legal length");
    let answer = pair.on_b(|rtc, _| {
        let answer = rtc.negotiation().create_answer().expect("an offer waits");
        rtc.negotiation().set_local(&answer).expect("it was just created");
        answer.sdp
    });
    let of_b = value(&answer, "ice-pwd").to_owned();
    pair.on_a(|rtc, _| take(rtc, SdpType::Answer, &answer)).expect("a valid answer");
    pair.rewrite = Some(Box::new(move |to_b, transmit: &mut Transmit| {
        let renamed = match to_b {
            true => rename(&transmit.contents, &of_b, |name| name.replace(&short, &long)),
            // A check that does not carry the whole fragment stays as it is, and `a` refuses it.
            false => rename(&transmit.contents, &of_a, |name| name.replace(&long, &short)),
        };
        transmit.contents = renamed.unwrap_or_else(|| transmit.contents.clone());
    }));
    // `a` names its candidates under its short fragment.
    let candidates = pair.a.take(|event| match event {
        Event::IceCandidate(signalled) => signalled.candidate.clone(),
        _ => None,
    });
    for mut candidate in candidates {
        candidate.ufrag = Some("L".repeat(length));
        let added = |rtc: &mut Rtc| rtc.negotiation().add_ice_candidate(&candidate.to_string());
        pair.on_b(|rtc, _| added(rtc)).expect("a valid candidate");
    }
    pair.trickle();
    pair.connect();
    pair.run(Duration::from_secs(40));
    assert_eq!(pair.b.rtc.connection_state(), ConnectionState::Connected, "{length}: consent");
}

#[test]
fn checks_are_exchanged_under_user_fragments_of_all_lengths() {
    for length in [4, 119, 120, 200, 256] {
        connect_with_long_fragment(length);
    }
}

#[test]
fn what_cannot_be_borne_is_refused_and_named() {
    use DescriptionFault as Fault;
    let offer = offer();
    assert_eq!(fault(&offer), None);
    let mid = value(&offer, "mid");
    let replaced = |from: &str, to: &str| fault(&offer.replace(from, to));
    let without = |prefix: &str| {
        let kept = offer.lines().filter(|line| !line.starts_with(prefix));
        fault(&kept.map(|line| format!("{line}\r\n")).collect::<String>())
    };
    let into_audio = |lines: &str| {
        let at = offer.find("m=video").expect("it is offered");
        fault(&format!("{}{lines}{}", &offer[..at], &offer[at..]))
    };
    const NAME: SdpFault = SdpFault::Characters("the name");
    let broken_with = |from: &str, to: &str| broken(&offer.replace(from, to)).map(|it| it.2);
    assert_eq!(broken_with("v=0", "v=1"), Some(SdpFault::NoVersion));
    assert_eq!(broken_with("a=mid", "a=\0mid"), Some(SdpFault::ControlCharacter));
    let missing = |what| Some(Fault::MissingIn { line: 0, what });
    assert_eq!(without("a=fingerprint"), missing("a=fingerprint of SHA-2"));
    assert_eq!(without("a=ice-ufrag"), missing("a=ice-ufrag and a=ice-pwd"));
    assert_eq!(without("a=ice-pwd"), missing("a=ice-ufrag and a=ice-pwd"));
    assert_eq!(without("a=rtcp-mux"), missing("a=rtcp-mux"));
    assert_eq!(without("a=mid"), missing("a=mid"));
    let named = |to: &str| replaced(&format!("a=mid:{mid}\r\n"), &format!("a=mid:{to}\r\n"));
    assert_eq!(broken_with(&format!("a=mid:{mid}\r\n"), "a=mid:a/b\r\n"), Some(NAME));
    assert_eq!(named(&"m".repeat(65)), Some(Fault::Mid(0)));
    assert_eq!(replaced("a=group:BUNDLE", "a=group:BUNDLE zz"), Some(Fault::Group));
    let rid = "abcdefghijklmnopq";
    let layer = into_audio(&format!("a=rid:{rid} send\r\na=simulcast:send {rid}\r\n"));
    assert_eq!(layer, Some(Fault::Rid(0)));
    let lines = "a=x:y\r\n".repeat(SECTION_LINES_MAX);
    let at = offer.find("m=video").expect("it is offered");
    let long = broken(&format!("{}{lines}{}", &offer[..at], &offer[at..]));
    assert!(matches!(long, Some((_, _, SdpFault::SectionTooLong))), "{long:?}");
    let candidate = |n: usize| {
        let (high, low) = (n / 256, n % 256);
        format!("a=candidate:1 1 udp 1 192.0.{high}.{low} 5000 typ host\r\n")
    };
    let lines: String = (0..=REMOTE_CANDIDATES_MAX).map(candidate).collect();
    assert_eq!(into_audio(&lines), Some(Fault::TooManyCandidates(REMOTE_CANDIDATES_MAX + 1)));
}

#[test]
fn a_payload_type_has_one_meaning() {
    let offer = offer();
    let video = &offer[offer.find("m=video").expect("offered")..];
    let number = value(video, "rtpmap").split(' ').next().expect("a number");
    let payload_type = PayloadType(number.parse().expect("a number"));
    // In two m-lines: sound has it too, for another codec.
    let (formats, mapped) = (format!("SAVPF {number} "), format!("a=rtpmap:{number} opus/48000/2"));
    let twice = offer.replacen("SAVPF ", &formats, 1).replacen(
        "a=rtpmap",
        &format!("{mapped}\r\na=rtpmap"),
        1,
    );
    let expected = DescriptionFault::PayloadType { line: 1, payload_type };
    assert_eq!(fault(&twice), Some(expected));
    // For a type that no m-line lists it is no conflict: nothing is taken for it.
    let unlisted = "a=rtpmap:77 VP8/90000\r\na=rtpmap:77 VP9/90000\r\nm=video";
    assert_eq!(fault(&offer.replace("m=video", unlisted)), None);
}

/// A connected pair with a channel, whose `a` has another offer out that `b` answered.
fn with_pending_offer() -> (Pair, SessionDescription) {
    let mut pair = Pair::seeded();
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    pair.negotiate(true);
    pair.connect();
    pair.on_a(|rtc, _| {
        rtc.negotiation().add_transceiver(MediaKind::Audio, Default::default());
        rtc.negotiation().restart_ice();
    });
    let offer = pair.on_a(|rtc, _| {
        let offer = rtc.negotiation().create_offer().expect("something to offer");
        rtc.negotiation().set_local(&offer).expect("it was just created");
        offer
    });
    pair.on_b(|rtc, _| rtc.negotiation().set_remote(&offer)).expect("a valid offer");
    let answer = pair.on_b(|rtc, _| {
        let answer = rtc.negotiation().create_answer().expect("an offer waits");
        rtc.negotiation().set_local(&answer).expect("it was just created");
        answer
    });
    (pair, answer)
}

#[test]
fn a_refused_answer_keeps_the_pending_offer() {
    let (mut pair, answer) = with_pending_offer();
    let audio = answer.sdp.find("m=audio").expect("it is answered");
    let wrong = [
        answer.sdp[..audio].to_owned(),
        answer.sdp.replace("a=ice-pwd", "a=ice-pwt"),
        answer.sdp.replace("a=setup:active", "a=setup:actpass"),
        answer.sdp.replace("a=setup:passive", "a=setup:actpass"),
        format!("{}m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:extra\r\na=sendrecv\r\n", answer.sdp),
        answer.sdp.replace("a=group:BUNDLE", "a=group:BUNDLE zz"),
    ];
    for sdp in wrong.iter().filter(|sdp| **sdp != answer.sdp) {
        let refused = pair.on_a(|rtc, _| take(rtc, SdpType::Answer, sdp));
        assert!(matches!(refused, Err(NegotiationError::Description(_))), "{refused:?}");
    }
    pair.on_a(|rtc, _| rtc.negotiation().set_remote(&answer)).expect("the right one");
    pair.trickle();
    pair.run(Duration::from_secs(40));
    assert_eq!(pair.a.rtc.connection_state(), ConnectionState::Connected);
    assert_eq!(pair.b.rtc.connection_state(), ConnectionState::Connected);
}

#[test]
fn a_refused_offer_leaves_a_running_call_alive() {
    let mut pair = Pair::seeded();
    pair.on_a(|rtc, _| {
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
        rtc.negotiation().add_transceiver(MediaKind::Audio, Default::default());
    });
    pair.negotiate(true);
    pair.connect();
    let right = pair.on_a(|rtc, _| {
        rtc.negotiation().restart_ice();
        rtc.negotiation().create_offer().expect("a restart").sdp
    });
    let audio = right.find("m=audio").expect("it is offered");
    let data = right.find("m=application").expect("it is offered");
    let (top, first, second) = match audio < data {
        true => (&right[..audio], &right[audio..data], &right[data..]),
        false => (&right[..data], &right[data..audio], &right[audio..]),
    };
    let before = pair.b.rtc.local_ufrag();
    // New credentials, but m-lines in another order, or fewer.
    for sdp in [format!("{top}{second}{first}"), format!("{top}{first}")] {
        let refused = pair.on_b(|rtc, _| take(rtc, SdpType::Offer, &sdp));
        assert!(matches!(refused, Err(NegotiationError::Description(_))), "{refused:?}");
    }
    assert_eq!(pair.b.rtc.local_ufrag(), before);
    pair.run(Duration::from_secs(40));
    assert_eq!(pair.b.rtc.connection_state(), ConnectionState::Connected);
    pair.on_b(|rtc, _| take(rtc, SdpType::Offer, &right)).expect("the right one");
}

#[test]
fn an_answerer_without_timers_of_its_own_begins_its_checks() {
    let mut config = Config::seeded(2);
    config.initial_bitrate = None;
    config.stats_interval = Duration::from_secs(7200);
    config.shared_sockets = vec!["192.0.2.2:5000".parse().expect("an address")];
    let mut pair = Pair::new(Config::seeded(1), config);
    let offer = pair.on_a(|rtc, _| {
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
        rtc.negotiation().create_offer().expect("something to offer").sdp
    });
    pair.on_b(|rtc, _| {
        take(rtc, SdpType::Offer, &offer).expect("a valid offer");
        let answer = rtc.negotiation().create_answer().expect("an offer waits");
        rtc.negotiation().set_local(&answer).expect("it was just created");
        let candidate = "candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host";
        rtc.negotiation().add_ice_candidate(candidate).expect("a valid candidate");
    });
    pair.run(Duration::from_secs(1));
    let checks = pair.trace.iter().filter(|sent| sent.kind == Some(PacketKind::Stun));
    assert!(checks.count() > 0, "nothing was sent in a second");
}

/// Replaces the n-th run of letters and digits.
fn with_token(sdp: &str, index: usize, token: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric();
    let starts: Vec<usize> = sdp
        .char_indices()
        .filter(|(at, c)| is_part(*c) && !sdp[..*at].ends_with(is_part))
        .map(|(at, _)| at)
        .collect();
    let start = starts[index % starts.len()];
    let length = sdp[start..].find(|c| !is_part(c)).unwrap_or(sdp.len() - start);
    format!("{}{token}{}", &sdp[..start], &sdp[start + length..])
}

/// No text of a library, and nothing of this process's memory.
fn assert_own_words(text: &str) {
    let foreign = ["0x", "PointerOffset", "Pos", "str0m", "combine", "dimpl", "sctp_proto", "is::"];
    for word in foreign {
        assert!(!text.contains(word), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tokens_of_any_length_never_stop_the_process(
        edits in prop::collection::vec((any::<usize>(), "[0-9]{1,20}|[a-zA-Z0-9]{0,300}|[ -~]{0,40}"), 1..3),
    ) {
        let mut sdp = offer();
        for (index, token) in &edits {
            sdp = with_token(&sdp, *index, token);
        }
        let mut pair = Pair::seeded();
        match pair.on_b(|rtc, _| take(rtc, SdpType::Offer, &sdp)) {
            Err(error) => assert_own_words(&error.to_string()),
            Ok(_) => {
                pair.on_b(|rtc, _| {
                    let answer = rtc.negotiation().create_answer().expect("an offer waits");
                    match rtc.negotiation().set_local(&answer) {
                        Ok(()) => {}
                        Err(error @ NegotiationError::Transport(_)) => {
                            assert_own_words(&error.to_string());
                        }
                        Err(error) => panic!("it was just created: {error}"),
                    }
                    let candidate = "candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host";
                    rtc.negotiation().add_ice_candidate(candidate).expect("a valid candidate");
                });
                pair.run(Duration::from_millis(500));
            }
        }
    }

    #[test]
    fn refusals_are_in_our_own_words(
        cut in 0_usize..6000,
        drop_line in 0_usize..120,
        flips in prop::collection::vec((0_usize..6000, 32_u8..127), 0..6),
    ) {
        let whole = offer();
        let kept = whole.lines().enumerate().filter(|(index, _)| *index != drop_line);
        let text: String = kept.map(|(_, line)| format!("{line}\r\n")).collect();
        let mut bytes = text.into_bytes();
        for (at, byte) in flips {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(cut.max(1));
        let sdp = String::from_utf8_lossy(&bytes).into_owned();
        let mut pair = Pair::seeded();
        for kind in [SdpType::Answer, SdpType::Offer] {
            if let Err(error) = take(&mut pair.b.rtc, kind, &sdp) {
                assert_own_words(&error.to_string());
                assert_own_words(&format!("{error:?}"));
            }
        }
    }
}
