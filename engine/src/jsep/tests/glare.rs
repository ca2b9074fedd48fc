//! Offers that collide, and offers that are taken back.

use super::pair::{Peer, config, exchange};
use crate::codec::MediaKind;
use crate::config::NegotiationRole;
use crate::event::Direction;
use crate::jsep::{JsepConfig, PeerLines, RemoteOutcome, SdpType, SignalingState, TransceiverInit};

fn polite(number: u8) -> JsepConfig {
    JsepConfig { role: NegotiationRole::Polite, ..config(number) }
}

#[test]
fn the_polite_side_gives_way_and_offers_again() {
    let (mut polite, mut other) = (Peer::new(polite(1)), Peer::new(config(2)));
    let mine = polite.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    polite.jsep.want_data_channels(true);
    other.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let (ours, theirs) = (polite.offer(), other.offer());
    let before = other.clone();
    let (outcome, effects) =
        other.set_remote(SdpType::Offer, ours).expect("it is ignored, not refused");
    assert_eq!((outcome, effects), (RemoteOutcome::Ignored, Default::default()));
    assert_eq!(other, before);
    let (outcome, effects) = polite.set_remote(SdpType::Offer, theirs).expect("it gives way");
    assert_eq!(outcome, RemoteOutcome::RolledBack);
    assert_eq!(effects.state, Some(SignalingState::HaveRemoteOffer));
    assert_eq!(effects.added.len(), 1);
    let waiting = polite.jsep.transceivers().into_iter().find(|t| t.id == mine);
    assert_eq!(waiting.expect("it stays").mid, None);
    let answer = polite.create_answer().expect("an offer waits");
    polite.set_local(SdpType::Answer, &answer).expect("it was just created");
    other.set_remote(SdpType::Answer, answer).expect("it is taken");
    assert!(polite.jsep.negotiation_needed());
    let made = exchange(&mut polite, &mut other);
    assert_eq!(made.offer.media.len(), 3);
    let mids: Vec<_> = made.offer.media.iter().filter_map(|media| media.mid.clone()).collect();
    assert_eq!(mids.len(), 3);
    assert!(mids[0] != mids[1] && mids[1] != mids[2] && mids[0] != mids[2], "{mids:?}");
    assert!(!polite.jsep.negotiation_needed() && !other.jsep.negotiation_needed());
}

#[test]
fn a_local_offer_that_is_taken_back_is_as_if_never_made() {
    let (mut a, mut b) = (Peer::new(config(1)), Peer::new(config(2)));
    let id = a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    exchange(&mut a, &mut b);
    a.jsep.set_direction(id, Direction::RecvOnly).expect("it lives");
    a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    a.jsep.restart_ice();
    let asked = a.jsep.transceivers();
    let described = a.jsep.local_description().cloned();
    for _ in 0..3 {
        let offer = a.offer();
        assert_eq!(offer.media.len(), 2);
        assert_eq!(offer.media[0].direction, Some(Direction::RecvOnly));
        let effects = a.jsep.rollback().expect("an offer is pending");
        assert_eq!(effects.state, Some(SignalingState::Stable));
        assert_eq!(a.jsep.transceivers(), asked);
        assert_eq!(a.jsep.local_description().cloned(), described);
        assert!(a.jsep.negotiation_needed() && a.jsep.restart_wanted());
    }
    let made = exchange(&mut a, &mut b);
    assert!(made.done.ice_restarted && made.said.ice_restarted);
    assert!(!a.jsep.negotiation_needed());
    assert_eq!(b.agreed().media[0].direction, Direction::SendOnly);
}

#[test]
fn versions_grow_with_what_is_said_and_only_then() {
    let (mut a, mut b) = (Peer::new(config(1)), Peer::new(config(2)));
    let id = a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let version = |peer: &Peer| {
        let offer = peer.create_offer().expect("there is something to offer");
        (offer.origin.session_id, offer.origin.session_version)
    };
    let (session, first) = version(&a);
    assert!(session < 1 << 62);
    assert_eq!(version(&a).1, first);
    a.offer();
    assert_eq!(version(&a), (session, first), "nothing differs");
    a.jsep.set_direction(id, Direction::SendOnly).expect("it lives");
    assert_eq!(version(&a), (session, first + 1));
    assert_eq!(version(&a), (session, first + 1), "making one is nothing");
    a.jsep.rollback().expect("an offer is pending");
    a.offer();
    a.jsep.rollback().expect("an offer is pending");
    a.jsep.set_direction(id, Direction::SendRecv).expect("it lives");
    assert_eq!(version(&a), (session, first + 2), "what was taken back was said");
    exchange(&mut a, &mut b);
}

#[test]
fn what_an_offer_of_the_peer_made_vanishes_with_it_unless_it_is_used() {
    for (claim, mirror) in [(false, true), (true, true), (true, false)] {
        let peer_lines = if mirror { PeerLines::Mirror } else { PeerLines::Receive };
        let mut a = Peer::new(JsepConfig { peer_lines, ..config(1) });
        let mut b = Peer::new(config(2));
        b.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
        let offer = b.offer();
        let (_, effects) = a.set_remote(SdpType::Offer, offer).expect("it is taken");
        let made = a.jsep.transceivers();
        assert_eq!((made.len(), effects.added.len()), (1, 1));
        let expected = if mirror { Direction::SendRecv } else { Direction::RecvOnly };
        assert_eq!(made[0].direction, expected);
        if claim {
            let used = a.jsep.add_track(MediaKind::Audio, TransceiverInit::default());
            assert_eq!(used == made[0].id, !mirror, "one that would send already is not taken");
            if mirror {
                a.jsep.set_streams(made[0].id, vec!["s".to_owned()]).expect("it lives");
            }
        }
        let effects = a.set_remote(SdpType::Rollback, Default::default()).expect("allowed").1;
        assert_eq!(effects.muted.len(), 1, "its track is gone in any case");
        let left = a.jsep.transceivers();
        let survives = left.iter().any(|transceiver| transceiver.id == made[0].id);
        assert_eq!(survives, claim);
        assert_eq!(effects.vanished.len(), usize::from(!claim));
        assert!(left.iter().all(|transceiver| transceiver.mid.is_none()));
        assert_eq!(a.jsep.negotiation_needed(), claim);
    }
}

#[test]
fn an_offer_may_be_replaced_before_it_is_answered() {
    let (mut a, mut b) = (Peer::new(config(1)), Peer::new(config(2)));
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let first = a.offer();
    let second_line = a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    let second = a.offer();
    assert_eq!((first.media.len(), second.media.len()), (1, 2));
    b.set_remote(SdpType::Offer, second.clone()).expect("it is taken");
    let before = b.jsep.transceivers();
    let (_, effects) = b.set_remote(SdpType::Offer, first).expect("it takes its place");
    assert_eq!(effects.vanished, [before[1].id]);
    assert_eq!(b.jsep.transceivers(), before[..1]);
    let (_, effects) = b.set_remote(SdpType::Offer, second).expect("it takes its place");
    assert_eq!(effects.added.len(), 1, "the first is known");
    let answer = b.create_answer().expect("an offer waits");
    b.set_local(SdpType::Answer, &answer).expect("it was just created");
    a.set_remote(SdpType::Answer, answer).expect("it is taken");
    super::pair::assert_agreed(&a, &b);
    let mids: Vec<_> = a.jsep.transceivers().iter().map(|transceiver| transceiver.mid).collect();
    assert!(mids.iter().all(Option::is_some));
    assert_eq!(a.jsep.transceivers()[1].id, second_line);
}

#[test]
fn two_offers_made_before_one_is_set() {
    let (mut a, mut b) = (Peer::new(config(1)), Peer::new(config(2)));
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let first = a.create_offer().expect("there is something to offer");
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let second = a.create_offer().expect("there is something to offer");
    assert_eq!((first.media.len(), second.media.len()), (1, 2));
    assert!(a.jsep.transceivers().iter().all(|transceiver| transceiver.mid.is_none()));
    let mut stale = a.clone();
    stale.set_local(SdpType::Offer, &first).expect("it holds what it held");
    assert_eq!(stale.jsep.transceivers()[1].mid, None);
    a.set_local(SdpType::Offer, &second).expect("it was just created");
    let (answer, ..) = b.answer(&second);
    a.set_remote(SdpType::Answer, answer).expect("it is taken");
    assert!(!a.jsep.negotiation_needed());
}

#[test]
fn an_offer_of_what_is_gone_is_not_set() {
    let mut a = Peer::new(config(1));
    let gone = a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let offer = a.create_offer().expect("there is something to offer");
    a.jsep.stop(gone).expect("it lives");
    let before = a.clone();
    let refused = a.set_local(SdpType::Offer, &offer);
    assert_eq!(refused, Err(crate::jsep::NegotiationError::NotCreatedHere));
    assert_eq!(a, before);
}

#[test]
fn a_restart_of_what_was_only_offered_goes_with_the_offer() {
    let mut a = Peer::new(config(1));
    let id = a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    a.offer();
    a.jsep.restart_ice();
    assert!(a.jsep.restart_wanted());
    a.jsep.stop(id).expect("it lives");
    a.jsep.rollback().expect("an offer is pending");
    assert!(!a.jsep.restart_wanted() && !a.jsep.negotiation_needed(), "there is nothing left");
    assert_eq!(a.create_offer(), Err(crate::jsep::NegotiationError::NothingToOffer));
}
