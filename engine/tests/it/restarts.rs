//! Credentials of ICE restarts, as offers and answers are made, set and made again.

use lapwing_engine::{
    Direction, MediaKind, Rtc, SdpType, SessionDescription, SignalingState, TransceiverInit,
};

use crate::pair::Pair;

/// Two that have agreed on a video m-line.
fn agreed() -> [Rtc; 2] {
    let pair = Pair::seeded();
    let mut ends = [pair.a.rtc, pair.b.rtc];
    ends[0].negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default());
    exchange(&mut ends);
    ends
}

fn exchange([a, b]: &mut [Rtc; 2]) {
    let offer = offered(a);
    b.negotiation().set_remote(&offer).expect("a valid offer");
    let answer = b.negotiation().create_answer().expect("an offer waits");
    b.negotiation().set_local(&answer).expect("it was just created");
    a.negotiation().set_remote(&answer).expect("a valid answer");
}

fn offered(rtc: &mut Rtc) -> SessionDescription {
    let offer = rtc.negotiation().create_offer().expect("there is something to offer");
    rtc.negotiation().set_local(&offer).expect("it was just created");
    offer
}

fn ufrag(said: &SessionDescription) -> &str {
    let found = said.sdp.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:"));
    found.expect("every description of ours has one")
}

/// What answered for the time being answers for good: RFC 9429 section 5.3.2.
#[test]
fn the_last_answer_has_the_credentials_of_the_one_before_it() {
    let [mut a, mut b] = agreed();
    let before = b.negotiation().local_description().expect("an answer");
    a.negotiation().restart_ice();
    let offer = offered(&mut a);
    b.negotiation().set_remote(&offer).expect("a valid offer");
    let early = b.negotiation().create_answer().expect("an offer waits").provisional();
    b.negotiation().set_local(&early).expect("it was just created");
    assert_ne!(ufrag(&early), ufrag(&before), "ICE restarts");
    a.negotiation().set_remote(&early).expect("a valid answer");
    let answer = b.negotiation().create_answer().expect("an offer waits");
    assert_eq!(ufrag(&answer), ufrag(&early));
    b.negotiation().set_local(&answer).expect("nothing but the name of it is another");
    a.negotiation().set_remote(&answer).expect("likewise");
    assert_eq!(
        (a.signaling_state(), b.signaling_state()),
        (SignalingState::Stable, SignalingState::Stable)
    );

    a.negotiation().restart_ice();
    let again = offered(&mut a);
    assert_ne!(ufrag(&again), ufrag(&offer), "each restart has its own");
}

/// W3C `restartIce`: credentials of the pending description are to be replaced too.
#[test]
fn a_restart_of_a_restart_that_is_pending_has_other_credentials() {
    let [mut a, _] = agreed();
    a.negotiation().restart_ice();
    let first = offered(&mut a);
    let same = a.negotiation().create_offer().expect("it can be made again");
    assert_eq!(ufrag(&same), ufrag(&first));
    a.negotiation().restart_ice();
    let second = offered(&mut a);
    assert_ne!(ufrag(&second), ufrag(&first));
    assert_eq!(second.kind, SdpType::Offer);
}

/// W3C `addTrack`: a transceiver that was ever used to send is not taken.
#[test]
fn a_track_takes_no_transceiver_that_has_sent() {
    let mut ends = agreed();
    let first = ends[0].negotiation().transceivers()[0].id;
    ends[0].negotiation().set_direction(first, Direction::RecvOnly).expect("it lives");
    exchange(&mut ends);
    let [a, b] = &mut ends;
    assert_eq!(a.negotiation().transceivers()[0].current_direction, Some(Direction::RecvOnly));
    let track = a.negotiation().add_track(MediaKind::Video, TransceiverInit::default());
    assert_ne!(track, first);
    let theirs = b.negotiation().transceivers()[0].id;
    b.negotiation().set_direction(theirs, Direction::Inactive).expect("it lives");
    let track = b.negotiation().add_track(MediaKind::Video, TransceiverInit::default());
    assert_ne!(track, theirs, "its own has sent too");
}
