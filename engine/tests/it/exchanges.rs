//! Exchanges of two connections: what is made and not set has no effect, what is stopped makes
//! room, and what goes wrong on the way leaves a call that runs.

use std::time::Duration;

use lapwing_engine::{
    AgreeError, ChannelConfig, Config, ConnectionState, DescriptionFault, Direction, Event,
    IceConnectionState, MediaKind, Mid, NegotiationError, Rtc, SdpType, SessionDescription,
    SessionKind, SignalingState, Transceiver, TransceiverId, TransceiverInit, WriteError,
};

use crate::pair::Pair;

fn add(rtc: &mut Rtc, kind: MediaKind) -> TransceiverId {
    rtc.negotiation().add_transceiver(kind, TransceiverInit::default())
}

fn transceivers(rtc: &mut Rtc) -> Vec<Transceiver> {
    rtc.negotiation().transceivers()
}

/// A call with sound from the first side.
fn call() -> Pair {
    let mut pair = Pair::seeded();
    pair.on_a(|rtc, _| add(rtc, MediaKind::Audio));
    pair.negotiate(true);
    pair.connect();
    pair
}

fn m_lines(sdp: &str) -> usize {
    sdp.lines().filter(|line| line.starts_with("m=")).count()
}

#[test]
fn an_offer_that_is_not_set_has_no_effect() {
    let mut pair = Pair::seeded();
    let rtc = &mut pair.a.rtc;
    add(rtc, MediaKind::Audio);
    let first = rtc.negotiation().create_offer().expect("something to offer");
    assert_eq!(rtc.negotiation().create_offer().as_ref(), Ok(&first), "as often as one likes");
    assert!(transceivers(rtc).iter().all(|one| one.mid.is_none()), "nothing is bound");
    add(rtc, MediaKind::Video);
    let second = rtc.negotiation().create_offer().expect("something to offer");
    assert_eq!((m_lines(&first.sdp), m_lines(&second.sdp)), (1, 2));
    let old = rtc.negotiation().set_local(&first);
    assert_eq!(old, Err(NegotiationError::NotCreatedHere), "it is not the last one");
    assert_eq!(rtc.negotiation().set_local(&second), Ok(()));
    let mids: Vec<_> = transceivers(rtc).iter().map(|one| one.mid).collect();
    assert!(mids.iter().all(Option::is_some) && mids[0] != mids[1], "{mids:?}");
}

#[test]
fn a_restart_can_be_offered_again_and_again() {
    let mut pair = call();
    pair.on_a(|rtc, _| rtc.negotiation().restart_ice());
    let offers = [(); 3].map(|()| pair.on_a(|rtc, _| rtc.negotiation().create_offer()));
    assert!(offers[0].is_ok() && offers.iter().all(|offer| *offer == offers[0]));
}

#[test]
fn the_peers_lines_are_there_before_the_answer() {
    let mut pair = Pair::seeded();
    let offer = pair.on_a(|rtc, _| {
        add(rtc, MediaKind::Audio);
        rtc.negotiation().create_offer().expect("something to offer")
    });
    pair.on_b(|rtc, _| rtc.negotiation().set_remote(&offer)).expect("a valid offer");
    let [there] = &transceivers(&mut pair.b.rtc)[..] else { panic!("one transceiver") };
    assert_eq!((there.current_direction, there.stopped), (None, false));
    let added = |event: &Event| match event {
        Event::TrackAdded(track) => Some(track.mid),
        _ => None,
    };
    assert_eq!(pair.b.take(added), [there.mid.expect("it has an m-line")]);
    let ice = |event: &Event| matches!(event, Event::IceConnectionStateChanged(_)).then_some(());
    assert_eq!(pair.b.take(ice).len(), 0, "nothing is checked before there is an answer");
    assert_eq!(pair.b.rtc.ice_connection_state(), IceConnectionState::New);
    assert_eq!(pair.b.rtc.connection_state(), ConnectionState::New);
}

#[test]
fn lines_that_are_stopped_are_used_again() {
    let mut pair = call();
    let mut longest = 0;
    for round in 0..200 {
        let id = pair.on_a(|rtc, _| add(rtc, MediaKind::Video));
        pair.exchange(true);
        let sdp = pair.a.rtc.negotiation().local_description().expect("it was set").sdp;
        assert_eq!(m_lines(&sdp), 2, "round {round}");
        longest = longest.max(sdp.len());
        assert!(longest < sdp.len() + 100, "it does not grow");
        pair.on_a(|rtc, _| rtc.negotiation().stop(id)).expect("it is in use");
        pair.exchange(true);
        assert!(transceivers(&mut pair.b.rtc).iter().filter(|one| !one.stopped).count() == 1);
    }
    pair.run(Duration::from_secs(1));
    assert_eq!(pair.a.rtc.connection_state(), ConnectionState::Connected);
}

#[test]
fn what_the_peer_stops_is_stopped_here() {
    let mut pair = call();
    let [ours] = &transceivers(&mut pair.a.rtc)[..] else { panic!("one transceiver") };
    let theirs = transceivers(&mut pair.b.rtc)[0].id;
    pair.on_b(|rtc, _| rtc.negotiation().stop(theirs)).expect("it is in use");
    pair.exchange(false);
    let stopped = |event: &Event| match event {
        Event::TransceiverStopped { id, mid } => Some((*id, *mid)),
        _ => None,
    };
    assert_eq!(pair.a.take(stopped), [(ours.id, ours.mid)]);
    assert!(transceivers(&mut pair.a.rtc)[0].stopped);
    let turned = pair.on_a(|rtc, _| rtc.negotiation().set_direction(ours.id, Direction::SendOnly));
    assert_eq!(turned, Err(NegotiationError::Stopped));
}

#[test]
fn a_rejected_line_of_channels_ends_them_and_is_offered_again() {
    let mut pair = Pair::seeded();
    let first = pair.on_a(|rtc, _| {
        add(rtc, MediaKind::Audio);
        rtc.create_channel(ChannelConfig::new("first")).expect("room for one")
    });
    let reject = |description: &mut SessionDescription| {
        if description.kind == SdpType::Answer {
            description.sdp = description.sdp.replace("m=application 9", "m=application 0");
        }
    };
    pair.exchange_altered(true, reject);
    let closed = |event: &Event| match event {
        Event::ChannelClosed(id) => Some(*id),
        _ => None,
    };
    assert_eq!(pair.a.take(closed), [first]);
    let wanted = |event: &Event| matches!(event, Event::NegotiationNeeded).then_some(());
    pair.a.take(wanted);
    pair.on_a(|rtc, _| rtc.create_channel(ChannelConfig::new("again"))).expect("room for one");
    assert_eq!(pair.a.take(wanted).len(), 1, "an offer is needed for it");
    let offer = pair.on_a(|rtc, _| rtc.negotiation().create_offer()).expect("there is a channel");
    assert_eq!(m_lines(&offer.sdp), 2, "the place is used again");
    assert!(offer.sdp.contains("m=application 9 "), "{}", offer.sdp);
}

#[test]
fn an_answer_for_the_time_being_lets_media_flow_and_another_one_ends_it() {
    let mut pair = Pair::seeded();
    let offer = pair.on_a(|rtc, _| {
        rtc.create_channel(ChannelConfig::new("chat")).expect("room for one");
        let offer = rtc.negotiation().create_offer().expect("something to offer");
        rtc.negotiation().set_local(&offer).expect("it was just created");
        offer
    });
    let provisional = pair.on_b(|rtc, _| {
        rtc.negotiation().set_remote(&offer).expect("a valid offer");
        let answer = rtc.negotiation().create_answer().expect("an offer waits").provisional();
        rtc.negotiation().set_local(&answer).expect("it was just created");
        answer
    });
    pair.on_a(|rtc, _| rtc.negotiation().set_remote(&provisional)).expect("it may come first");
    assert_eq!(pair.a.rtc.signaling_state(), SignalingState::HaveRemotePranswer);
    assert_eq!(pair.b.rtc.signaling_state(), SignalingState::HaveLocalPranswer);
    pair.trickle();
    pair.connect();
    let answer = pair.on_b(|rtc, _| {
        let answer = rtc.negotiation().create_answer().expect("the offer still waits");
        rtc.negotiation().set_local(&answer).expect("it was just created");
        answer
    });
    pair.on_a(|rtc, _| rtc.negotiation().set_remote(&answer)).expect("a valid answer");
    assert_eq!(pair.a.rtc.signaling_state(), SignalingState::Stable);
    assert_eq!(pair.b.rtc.signaling_state(), SignalingState::Stable);
    pair.run(Duration::from_secs(1));
    assert_eq!(pair.a.rtc.connection_state(), ConnectionState::Connected);
}

#[test]
fn the_peers_offer_can_be_taken_back() {
    let mut pair = call();
    let offer = pair.on_a(|rtc, _| {
        add(rtc, MediaKind::Video);
        let offer = rtc.negotiation().create_offer().expect("something to offer");
        rtc.negotiation().set_local(&offer).expect("it was just created");
        offer
    });
    let before = transceivers(&mut pair.b.rtc);
    pair.on_b(|rtc, _| rtc.negotiation().set_remote(&offer)).expect("a valid offer");
    assert_eq!(transceivers(&mut pair.b.rtc).len(), before.len() + 1);
    let back = SessionDescription { kind: SdpType::Rollback, sdp: String::new() };
    pair.on_b(|rtc, _| rtc.negotiation().set_remote(&back)).expect("an offer waits");
    assert_eq!(transceivers(&mut pair.b.rtc), before);
    pair.on_a(|rtc, _| rtc.negotiation().set_local(&back)).expect("an offer waits");
    pair.exchange(true);
    assert_eq!(transceivers(&mut pair.b.rtc).len(), before.len() + 1);
    pair.run(Duration::from_secs(1));
    assert_eq!(pair.b.rtc.connection_state(), ConnectionState::Connected);
}

#[test]
fn another_certificate_is_refused_and_the_call_goes_on() {
    let mut pair = call();
    let mut offer = pair.on_a(|rtc, _| {
        rtc.negotiation().restart_ice();
        rtc.negotiation().create_offer().expect("something to offer")
    });
    let at = offer.sdp.find("a=fingerprint:sha-256 ").expect("it has one") + 22;
    let other = if offer.sdp[at..].starts_with('0') { "1" } else { "0" };
    let whole: String = offer.sdp[at..].lines().next().expect("a line").to_owned();
    offer.sdp = offer.sdp.replace(&whole, &format!("{other}{}", &whole[1..]));
    let refused = pair.on_b(|rtc, _| rtc.negotiation().set_remote(&offer));
    let expected = NegotiationError::Description(DescriptionFault::FingerprintChanged(0));
    assert_eq!(refused, Err(expected));
    pair.run(Duration::from_secs(40));
    assert_eq!(pair.b.rtc.connection_state(), ConnectionState::Connected);
}

/// The name of an m-line that the transport cannot carry is refused with its reason, and the offer
/// can be rolled back.
#[test]
fn what_the_transport_cannot_do_is_said_and_nothing_changes() {
    let config = |number| Config { session: SessionKind::Str0m, ..Config::seeded(number) };
    let mut pair = Pair::new(config(1), config(2));
    let mut offer = pair.on_a(|rtc, _| {
        add(rtc, MediaKind::Audio);
        rtc.negotiation().create_offer().expect("something to offer")
    });
    let mid = transceivers(&mut pair.a.rtc).len();
    assert_eq!(mid, 1);
    offer.sdp = offer.sdp.replace("a=mid:0", "a=mid:sound-0").replace("BUNDLE 0", "BUNDLE sound-0");
    let rtc = &mut pair.b.rtc;
    rtc.negotiation().set_remote(&offer).expect("a legal name");
    let answer = rtc.negotiation().create_answer().expect("an offer waits");
    let name = Mid::new("sound-0").expect("a token");
    let refused = rtc.negotiation().set_local(&answer);
    assert_eq!(refused, Err(NegotiationError::Transport(AgreeError::MidTooLong(name))));
    assert_eq!(rtc.signaling_state(), SignalingState::HaveRemoteOffer);
    assert_eq!(rtc.negotiation().rollback(), Ok(()));
    assert_eq!(rtc.negotiation().transceivers(), []);
}

#[test]
fn an_encoding_that_is_not_active_is_not_sent() {
    let mut pair = Pair::seeded();
    let id = pair.on_a(|rtc, _| add(rtc, MediaKind::Video));
    pair.negotiate(true);
    pair.connect();
    let mid = transceivers(&mut pair.a.rtc)[0].mid.expect("it is negotiated");
    let frame = crate::media::vp8(0, true, 100);
    let mut encodings = pair.a.rtc.negotiation().parameters(id).expect("it is there").to_vec();
    encodings[0].active = false;
    pair.on_a(|rtc, _| rtc.negotiation().set_parameters(id, encodings.clone())).expect("the same");
    let now = pair.now;
    let media = |rtc: &mut Rtc| rtc.media(mid).expect("it is negotiated").write(&frame, now);
    assert_eq!(pair.on_a(|rtc, _| media(rtc)), Err(WriteError::NotSending));
    assert!(!pair.a.rtc.media(mid).expect("it is negotiated").encodings()[0].active);
    encodings[0].active = true;
    pair.on_a(|rtc, _| rtc.negotiation().set_parameters(id, encodings)).expect("the same");
    assert_eq!(pair.on_a(|rtc, _| media(rtc)), Ok(()));
}
