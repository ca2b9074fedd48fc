//! Steps of a negotiation that are not allowed, and descriptions that nobody asked for.

use std::time::Duration;

use lapwing_engine::{
    ChannelConfig, Config, DescriptionFault, Event, KeyframeRequestKind, MediaKind,
    NegotiationError, Rtc, SdpType, SessionDescription, SignalingState, TransceiverInit,
};

use crate::media::{mid_of, vp8};
use crate::pair::Pair;

fn with_channel() -> Pair {
    let mut pair = Pair::seeded();
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    pair
}

fn offered(rtc: &mut Rtc) -> SessionDescription {
    let offer = rtc.negotiation().create_offer().expect("there is something to offer");
    rtc.negotiation().set_local(&offer).expect("it was just created");
    offer
}

/// RFC 9429 section 5.4.
#[test]
fn what_was_created_is_set_as_it_is() {
    let mut pair = with_channel();
    pair.on_a(|rtc, _| {
        let mut offer = rtc.negotiation().create_offer().expect("there is something to offer");
        let created = offer.clone();
        offer.sdp += "a=x-mine\r\n";
        let refused = rtc.negotiation().set_local(&offer);
        assert_eq!(refused, Err(NegotiationError::NotCreatedHere));
        assert_eq!(rtc.signaling_state(), SignalingState::Stable);
        rtc.negotiation().set_local(&created).expect("as it was created");
    });
}

/// RFC 9429 section 4.1.19.
#[test]
fn candidates_come_after_the_description() {
    let mut pair = with_channel();
    let early = "candidate:1 1 udp 2113929471 192.0.2.9 5000 typ host";
    let refused = pair.on_a(|rtc, _| rtc.negotiation().add_ice_candidate(early));
    assert_eq!(refused, Err(NegotiationError::NoRemoteDescription));
}

/// RFC 8839 section 4.4.1.
#[test]
fn an_answer_restarts_only_when_asked() {
    let mut pair = with_channel();
    pair.negotiate(true);
    pair.connect();
    let answer = {
        pair.on_a(|rtc, _| {
            rtc.negotiation().add_transceiver(MediaKind::Audio, TransceiverInit::default());
        });
        let offer = pair.on_a(|rtc, _| offered(rtc));
        pair.on_b(|rtc, _| {
            rtc.negotiation().set_remote(&offer).expect("a valid offer");
            rtc.negotiation().create_answer().expect("an offer waits")
        })
    };
    let line = |line: &str| match line.split_once(':') {
        Some(("a=ice-ufrag", _)) => "a=ice-ufrag:another\r\n".to_owned(),
        Some(("a=ice-pwd", _)) => "a=ice-pwd:anotherpasswordofmanyletters\r\n".to_owned(),
        _ => format!("{line}\r\n"),
    };
    let sdp = answer.sdp.lines().map(line).collect();
    let altered = SessionDescription { kind: SdpType::Answer, sdp };
    let refused = pair.on_a(|rtc, _| rtc.negotiation().set_remote(&altered));
    assert_eq!(refused, Err(NegotiationError::Description(DescriptionFault::UnaskedRestart)));
    pair.on_a(|rtc, _| rtc.negotiation().set_remote(&answer)).expect("the right one");
}

/// RFC 8445 section 6.1.1: it would be allowed, and leads nowhere.
#[test]
fn two_lite_agents_refuse_each_other() {
    let lite = |seed| {
        let mut config = Config::seeded(seed);
        config.ice_lite = true;
        config
    };
    let mut pair = Pair::new(lite(1), lite(2));
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("chat")).expect("room for one"));
    let offer = pair.on_a(|rtc, _| offered(rtc));
    assert!(offer.sdp.contains("a=ice-lite\r\n"), "RFC 8839 section 4.2.1.4");
    let refused = pair.on_b(|rtc, _| rtc.negotiation().set_remote(&offer));
    assert_eq!(refused, Err(NegotiationError::Description(DescriptionFault::BothIceLite)));
}

/// RFC 5104 section 4.3.1.
#[test]
fn a_full_intra_request_reaches_the_sender() {
    let mut pair = Pair::seeded();
    pair.on_a(|rtc, _| {
        rtc.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default());
    });
    pair.negotiate(true);
    pair.connect();
    pair.on_a(|rtc, now| {
        let mid = mid_of(rtc, MediaKind::Video);
        rtc.media(mid).expect("it is negotiated").write(&vp8(0, true, 500), now)
    })
    .expect("taken");
    pair.run(Duration::from_millis(200));
    pair.on_b(|rtc, _| {
        let mid = mid_of(rtc, MediaKind::Video);
        let mut media = rtc.media(mid).expect("it is negotiated");
        media.request_keyframe(None, KeyframeRequestKind::Fir).expect("something arrived");
    });
    pair.run(Duration::from_millis(200));
    let requests = pair.a.take(|event| match event {
        Event::KeyframeRequested { kind, .. } => Some(*kind),
        _ => None,
    });
    assert_eq!(requests, [KeyframeRequestKind::Fir]);
}
