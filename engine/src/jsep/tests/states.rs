//! Every step in every state: what it comes to, and that a refused one changes nothing.

use super::pair::{Peer, config};
use crate::codec::MediaKind;
use crate::jsep::{NegotiationError, SdpType, SignalingState, TransceiverInit};
use crate::sdp::Description;

/// A peer in a state, with descriptions that would fit: our offer, the peer's, our answer and the
/// peer's.
pub(super) struct Stage {
    pub(super) peer: Peer,
    ours: Description,
    theirs: Description,
    our_answer: Description,
    their_answer: Description,
}

pub(super) fn stage(state: SignalingState) -> Stage {
    let mut peer = Peer::new(config(1));
    let mut other = Peer::new(config(2));
    for side in [&mut peer, &mut other] {
        side.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    }
    let ours = peer.create_offer().expect("there is something to offer");
    let theirs = other.create_offer().expect("there is something to offer");
    let (their_answer, ..) = other.clone().answer(&ours);
    let (our_answer, ..) = peer.clone().answer(&theirs);
    let set = |peer: &mut Peer, kind, description: &Description| {
        peer.set_local(kind, description).expect("it is allowed");
    };
    let hear = |peer: &mut Peer, kind, description: &Description| {
        peer.set_remote(kind, description.clone()).expect("it is allowed");
    };
    match state {
        SignalingState::Stable => {}
        SignalingState::HaveLocalOffer => set(&mut peer, SdpType::Offer, &ours),
        SignalingState::HaveRemoteOffer => hear(&mut peer, SdpType::Offer, &theirs),
        SignalingState::HaveLocalPranswer => {
            hear(&mut peer, SdpType::Offer, &theirs);
            set(&mut peer, SdpType::Pranswer, &our_answer);
        }
        SignalingState::HaveRemotePranswer => {
            set(&mut peer, SdpType::Offer, &ours);
            hear(&mut peer, SdpType::Pranswer, &their_answer);
        }
        SignalingState::Closed => assert!(peer.jsep.close()),
    }
    assert_eq!(peer.jsep.state(), state);
    Stage { peer, ours, theirs, our_answer, their_answer }
}

const KINDS: [SdpType; 4] = [SdpType::Offer, SdpType::Pranswer, SdpType::Answer, SdpType::Rollback];

#[test]
fn every_description_in_every_state() {
    let mut rows = Vec::new();
    for &state in SignalingState::ALL {
        let Stage { peer, ours, theirs, our_answer, their_answer } = stage(state);
        let mut cells = Vec::new();
        for kind in KINDS {
            let description = if kind == SdpType::Offer { &ours } else { &our_answer };
            let mut peer = peer.clone();
            let before = peer.clone();
            let result = peer.set_local(kind, description);
            cells.push(cell(&before, &peer, result.err()));
        }
        for kind in KINDS {
            let description = if kind == SdpType::Offer { &theirs } else { &their_answer };
            let mut peer = peer.clone();
            let before = peer.clone();
            let result = peer.set_remote(kind, description.clone());
            cells.push(cell(&before, &peer, result.err()));
        }
        rows.push(format!("{state}: {}", cells.join(" ")));
    }
    // Ours: offer, pranswer, answer, rollback; the peer's: the same. An impolite side ignores a
    // colliding offer.
    let expected = [
        "stable: have-local-offer - - - have-remote-offer - - -",
        "have-local-offer: have-local-offer - - stable have-local-offer \
         have-remote-pranswer stable -",
        "have-remote-offer: - have-local-pranswer stable - have-remote-offer - - stable",
        "have-local-pranswer: - have-local-pranswer stable - - - - -",
        "have-remote-pranswer: - - - - - have-remote-pranswer stable -",
        "closed: - - - - - - - -",
    ];
    assert_eq!(rows, expected);
}

fn cell(before: &Peer, after: &Peer, error: Option<NegotiationError>) -> &'static str {
    match error {
        None => after.jsep.state().name(),
        Some(error) => {
            assert_eq!(error, NegotiationError::WrongState(before.jsep.state()));
            assert_eq!(before, after, "a refused step changes nothing");
            "-"
        }
    }
}

#[test]
fn what_can_be_made_in_every_state() {
    for &state in SignalingState::ALL {
        let Stage { peer, .. } = stage(state);
        let offers = matches!(state, SignalingState::Stable | SignalingState::HaveLocalOffer);
        let answers = [SignalingState::HaveRemoteOffer, SignalingState::HaveLocalPranswer];
        let refused = Some(NegotiationError::WrongState(state));
        assert_eq!(peer.create_offer().err(), refused.clone().filter(|_| !offers), "{state}");
        let answers = answers.contains(&state);
        assert_eq!(peer.create_answer().err(), refused.clone().filter(|_| !answers), "{state}");
        let mut peer = peer;
        let takes_back =
            matches!(state, SignalingState::HaveLocalOffer | SignalingState::HaveRemoteOffer);
        assert_eq!(peer.jsep.rollback().err(), refused.filter(|_| !takes_back), "{state}");
        let wants = state == SignalingState::Stable;
        assert_eq!(peer.jsep.negotiation_needed(), wants || takes_back, "{state}");
    }
}

#[test]
fn a_closed_negotiation_closes_once() {
    let mut peer = Peer::new(config(1));
    assert!(peer.jsep.close());
    assert!(!peer.jsep.close());
}

#[test]
fn answers_for_the_time_being_flow_and_can_be_replaced() {
    let (mut a, mut b) = (Peer::new(config(1)), Peer::new(config(2)));
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let offer = a.offer();
    b.set_remote(SdpType::Offer, offer).expect("it is taken");
    let early = b.create_answer().expect("an offer waits");
    let effects = b.set_local(SdpType::Pranswer, &early).expect("it is allowed");
    assert!(effects.agreed.is_some() && effects.gather);
    let (_, effects) = a.set_remote(SdpType::Pranswer, early).expect("it is allowed");
    assert!(effects.agreed.is_some());
    assert_eq!(effects.state, Some(SignalingState::HaveRemotePranswer));
    let id = b.jsep.transceivers()[0].id;
    b.jsep.set_direction(id, crate::event::Direction::RecvOnly).expect("it lives");
    let last = b.create_answer().expect("it still waits");
    b.set_local(SdpType::Answer, &last).expect("it is allowed");
    let (_, effects) = a.set_remote(SdpType::Answer, last).expect("it is allowed");
    assert_eq!(effects.directions.len(), 1);
    assert_eq!(effects.directions[0].1, crate::event::Direction::SendOnly);
    super::pair::assert_agreed(&a, &b);
}
