//! What changes while a call goes on.

use super::pair::{Peer, config, exchange};
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::ids::Rid;
use crate::jsep::{
    BundlePolicy, DescriptionFault as Fault, JsepConfig, NegotiationError, SdpType, TransceiverInit,
};
use crate::sdp::{Description, Setup};

fn pair() -> (Peer, Peer) {
    (Peer::new(config(1)), Peer::new(config(2)))
}

#[test]
fn two_hundred_rounds_do_not_grow_the_offer() {
    let (mut a, mut b) = pair();
    a.jsep.want_data_channels(true);
    exchange(&mut a, &mut b);
    let mut lengths = std::collections::BTreeSet::new();
    for round in 0..200 {
        let kind = if round % 2 == 0 { MediaKind::Audio } else { MediaKind::Video };
        let id = a.jsep.add_transceiver(kind, TransceiverInit::default());
        let made = exchange(&mut a, &mut b);
        assert_eq!(made.offer.media.len(), 2, "round {round}");
        assert_eq!(made.heard.added.len(), 1);
        a.jsep.stop(id).expect("it lives");
        assert!(a.jsep.negotiation_needed());
        let made = exchange(&mut a, &mut b);
        assert_eq!(made.offer.media[1].port, 0);
        assert_eq!((made.done.stopped.len(), made.heard.stopped.len()), (1, 1));
        assert!(!a.jsep.negotiation_needed());
        lengths.insert(made.offer.to_string().len() / 16);
        assert!(a.jsep.transceivers().len() <= 1 && b.jsep.transceivers().len() <= 1);
    }
    // Of sound and of pictures, by the digits of their names.
    assert!(lengths.len() <= 6, "{lengths:?}");
}

#[test]
fn either_side_may_stop_and_its_place_is_used_again_by_the_other() {
    let (mut a, mut b) = pair();
    for _ in 0..2 {
        a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    }
    exchange(&mut a, &mut b);
    let theirs = b.jsep.transceivers();
    b.jsep.stop(theirs[0].id).expect("it lives");
    let made = exchange(&mut b, &mut a);
    assert_eq!(made.offer.media[0].port, 0);
    assert_eq!(made.heard.muted.len(), 1);
    let ours = a.jsep.transceivers();
    assert!(ours[0].stopped && !ours[1].stopped);
    assert_eq!(
        a.jsep.set_direction(ours[0].id, Direction::SendOnly),
        Err(NegotiationError::Stopped)
    );
    assert_eq!(a.jsep.stop(ours[0].id), Err(NegotiationError::Stopped));
    b.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    let made = exchange(&mut b, &mut a);
    assert_eq!(made.offer.media.len(), 2);
    assert_eq!(made.offer.media[0].name.name(), "video");
    assert_eq!(
        a.jsep.set_direction(ours[0].id, Direction::SendOnly),
        Err(NegotiationError::UnknownTransceiver)
    );
    let kinds: Vec<_> = a.agreed().media.iter().map(|media| (media.kind, media.stopped)).collect();
    assert_eq!(kinds, [(MediaKind::Video, false), (MediaKind::Audio, false)]);
}

/// A transceiver that is stopped while the peer's offer waits is rejected in the answer.
#[test]
fn a_stop_between_offer_and_answer_rejects() {
    let (mut a, mut b) = pair();
    for _ in 0..2 {
        a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    }
    let offer = a.offer();
    b.set_remote(SdpType::Offer, offer).expect("it is taken");
    let first = b.jsep.transceivers()[0].id;
    b.jsep.stop(first).expect("it lives");
    let answer = b.create_answer().expect("an offer waits");
    assert_eq!((answer.media[0].port, answer.media[1].port), (0, 9));
    let effects = b.set_local(SdpType::Answer, &answer).expect("it was just created");
    assert_eq!(effects.stopped, [first]);
    let (_, effects) = a.set_remote(SdpType::Answer, answer).expect("it is taken");
    assert_eq!(effects.stopped.len(), 1);
    super::pair::assert_agreed(&a, &b);
    assert!(!a.jsep.negotiation_needed() && !b.jsep.negotiation_needed());
}

#[test]
fn directions_follow_what_both_want() {
    let (mut a, mut b) = pair();
    let id = a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    exchange(&mut a, &mut b);
    for (wanted, ours, theirs, muted) in [
        (Direction::SendOnly, Direction::SendOnly, Direction::RecvOnly, (true, false)),
        (Direction::Inactive, Direction::Inactive, Direction::Inactive, (false, true)),
        (Direction::RecvOnly, Direction::RecvOnly, Direction::SendOnly, (false, false)),
        (Direction::SendRecv, Direction::SendRecv, Direction::SendRecv, (false, false)),
    ] {
        a.jsep.set_direction(id, wanted).expect("it lives");
        assert!(a.jsep.negotiation_needed());
        let made = exchange(&mut a, &mut b);
        assert_eq!(a.agreed().media[0].direction, ours);
        assert_eq!(b.agreed().media[0].direction, theirs);
        let told = (!made.done.muted.is_empty(), !made.heard.muted.is_empty());
        assert_eq!(told, muted, "{wanted:?}");
    }
    assert_eq!(a.agreed().media[0].send.encodings.len(), 1);
}

#[test]
fn the_role_of_the_handshake_stays_and_may_not_change() {
    let (mut a, mut b) = pair();
    a.jsep.want_data_channels(true);
    exchange(&mut a, &mut b);
    assert!(b.agreed().dtls_client);
    b.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let made = exchange(&mut b, &mut a);
    assert_eq!(made.offer.media[0].transport.setup, Some(Setup::ActPass));
    assert_eq!(made.answer.media[0].transport.setup, Some(Setup::Passive));
    assert!(a.agreed().controlling, "as before, whoever offers");
    let mut offer = a.create_offer().expect("there is something to offer");
    offer.media[0].transport.setup = Some(Setup::Active);
    let refused = b.set_remote(SdpType::Offer, offer.clone()).err();
    assert_eq!(refused, Some(Fault::DtlsRoleChanged(0).into()));
    offer.media[0].transport.setup = Some(Setup::Passive);
    b.set_remote(SdpType::Offer, offer).expect("it is as it was");
    b.jsep.rollback().expect("an offer waits");
    let mut offer = a.create_offer().expect("there is something to offer");
    for media in &mut offer.media {
        media.transport.fingerprints[0].value[3] ^= 1;
    }
    let refused = b.set_remote(SdpType::Offer, offer).err();
    assert_eq!(refused, Some(Fault::FingerprintChanged(0).into()));
}

#[test]
fn lite_sides() {
    let lite = |number| JsepConfig { ice_lite: true, ..config(number) };
    let (mut a, mut b) = (Peer::new(lite(1)), Peer::new(config(2)));
    a.jsep.want_data_channels(true);
    let made = exchange(&mut a, &mut b);
    assert!(made.offer.to_string().contains("\r\na=ice-lite\r\n"));
    assert!(b.agreed().controlling && b.agreed().remote.ice_lite, "a lite side does not control");
    let mut c = Peer::new(lite(3));
    let refused = c.set_remote(SdpType::Offer, made.offer).err();
    assert_eq!(refused, Some(Fault::BothIceLite.into()));
}

#[test]
fn an_answer_restarts_only_when_asked() {
    let (mut a, mut b) = pair();
    a.jsep.want_data_channels(true);
    exchange(&mut a, &mut b);
    let offer = a.offer();
    b.set_remote(SdpType::Offer, offer).expect("it is taken");
    b.renew_credentials();
    let mut answer = b.create_answer().expect("an offer waits");
    let kept = answer.media[0].transport.ice_ufrag.clone();
    assert_eq!(kept.as_ref(), Some(&a.agreed().remote.credentials.ufrag), "nobody asked for it");
    answer.media[0].transport.ice_ufrag = Some("another".to_owned());
    let refused = a.set_remote(SdpType::Answer, answer).err();
    assert_eq!(refused, Some(Fault::UnaskedRestart.into()));
}

#[test]
fn bundle_policies_offer_some_lines_in_the_bundle_only() {
    for (policy, ports) in [
        (BundlePolicy::MaxCompat, [9, 9, 9, 9]),
        (BundlePolicy::Balanced, [9, 0, 9, 9]),
        (BundlePolicy::MaxBundle, [9, 0, 0, 0]),
    ] {
        let mut a = Peer::new(JsepConfig { bundle: policy, ..config(1) });
        let mut b = Peer::new(config(2));
        for kind in [MediaKind::Audio, MediaKind::Audio, MediaKind::Video] {
            a.jsep.add_transceiver(kind, TransceiverInit::default());
        }
        a.jsep.want_data_channels(true);
        let made = exchange(&mut a, &mut b);
        let found: Vec<u16> = made.offer.media.iter().map(|media| media.port).collect();
        assert_eq!(found, ports, "{policy:?}");
        assert!(made.offer.media.iter().all(|media| media.bundle_only == (media.port == 0)));
        assert!(made.answer.media.iter().all(|media| media.port == 9 && !media.bundle_only));
        let later = a.create_offer().expect("there is something to offer");
        assert!(later.media.iter().all(|media| media.port == 9), "they are in the bundle");
    }
}

#[test]
fn what_rests_keeps_its_sources() {
    let (mut a, mut b) = pair();
    let id = a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    let begun = exchange(&mut a, &mut b);
    for direction in [Direction::Inactive, Direction::RecvOnly, Direction::SendRecv] {
        a.jsep.set_direction(id, direction).expect("it lives");
        let made = exchange(&mut a, &mut b);
        assert_eq!(made.offer.media[0].direction, Some(direction));
        assert_eq!(made.offer.media[0].ssrcs, begun.offer.media[0].ssrcs, "{direction:?}");
        assert_eq!(made.answer.media[0].ssrcs, begun.answer.media[0].ssrcs, "{direction:?}");
        assert_eq!(made.offer.media[0].msids, begun.offer.media[0].msids, "one track, not two");
    }
    let (mut a, mut b) = pair();
    a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::new(Direction::RecvOnly));
    let made = exchange(&mut a, &mut b);
    assert!(made.offer.media[0].ssrcs.is_empty(), "it has never sent");
}

#[test]
fn layers_are_sent_as_the_answer_takes_them() {
    let (mut a, mut b) = pair();
    let rids: Vec<Rid> = ["h", "m", "l"].into_iter().filter_map(Rid::new).collect();
    let init = TransceiverInit { send_layers: rids.clone(), ..TransceiverInit::default() };
    let id = a.jsep.add_transceiver(MediaKind::Video, init);
    let made = exchange(&mut a, &mut b);
    assert!(made.offer.media[0].ssrcs.is_empty());
    assert_eq!(made.heard.added[0].layers, rids);
    let sent: Vec<_> = a.agreed().media[0].send.encodings.iter().map(|e| e.rid).collect();
    assert_eq!(sent, rids.iter().copied().map(Some).collect::<Vec<_>>());
    let encodings = a.jsep.parameters(id).expect("it is there").to_vec();
    let fewer = encodings[..2].to_vec();
    assert_eq!(a.jsep.set_parameters(id, fewer), Err(NegotiationError::Encodings));
    let mut paused = encodings;
    paused[2].active = false;
    a.jsep.set_parameters(id, paused.clone()).expect("the same layers");
    assert_eq!(a.jsep.parameters(id), Some(&paused[..]));
    // A peer that takes one layer less, and one that takes none.
    let offer = a.offer();
    let (answer, ..) = b.answer(&offer);
    let text = answer.to_string().replace("recv h;m;l", "recv h;l");
    let mut fewer = Description::parse(&text).expect("its grammar is right");
    let mut clone = a.clone();
    clone.set_remote(SdpType::Answer, fewer.clone()).expect("it is taken");
    assert_eq!(clone.agreed().media[0].send.encodings.len(), 2);
    fewer.media[0].simulcast = None;
    a.set_remote(SdpType::Answer, fewer).expect("it is taken");
    assert_eq!(a.agreed().media[0].send.encodings, [Default::default()]);
}

#[test]
fn streams_are_said_and_changes_of_them_are_needed() {
    let (mut a, mut b) = pair();
    let init = TransceiverInit {
        stream_id: Some("camera".to_owned()),
        track_id: Some("t".to_owned()),
        ..TransceiverInit::default()
    };
    let id = a.jsep.add_transceiver(MediaKind::Audio, init);
    let made = exchange(&mut a, &mut b);
    let track = &made.heard.added[0];
    let told = (track.stream_id.as_deref(), track.track_id.as_deref());
    assert_eq!(told, (Some("camera"), Some("t")));
    let two = vec!["one".to_owned(), "two".to_owned()];
    a.jsep.set_streams(id, two).expect("it lives");
    assert!(a.jsep.negotiation_needed());
    let made = exchange(&mut a, &mut b);
    assert_eq!(made.offer.media[0].msids.len(), 2);
    assert!(!a.jsep.negotiation_needed());
    a.jsep.set_streams(id, Vec::new()).expect("it lives");
    let made = exchange(&mut a, &mut b);
    assert_eq!(made.offer.media[0].msids[0].stream, "-");
    assert!(!a.jsep.negotiation_needed());
}

#[test]
fn data_channels_that_the_peer_rejects_end_and_can_be_offered_again() {
    let (mut a, mut b) = pair();
    a.jsep.want_data_channels(true);
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    exchange(&mut a, &mut b);
    let place = a.agreed().sctp.as_ref().map(|sctp| sctp.mid);
    let mut offer = b.create_offer().expect("there is something to offer");
    let data = offer.media.iter().position(|media| media.mid.as_deref() == Some("0"));
    let data = data.expect("it was offered first");
    offer.media[data].port = 0;
    offer.groups[0].mids.retain(|mid| mid != "0");
    let (answer, ..) = a.answer(&offer);
    assert_eq!(answer.media[data].port, 0);
    assert_eq!(answer.groups[0].mids, ["1"]);
    assert_eq!(
        (a.agreed().sctp.as_ref(), place.map(|mid| mid.as_str() == "0")),
        (None, Some(true))
    );
    assert!(!a.jsep.negotiation_needed(), "they ended, and nobody wants others");
    a.jsep.want_data_channels(true);
    assert!(a.jsep.negotiation_needed());
    let again = a.create_offer().expect("there is something to offer");
    assert_eq!(again.media.len(), 2);
    assert_eq!(again.media[data].port, 9);
    assert_ne!(again.media[data].mid.as_deref(), Some("0"), "another m-line in its place");
    let before = a.clone();
    let (_, _, said) = before.clone().answer(&offer_with_data(&offer, data));
    assert!(said.agreed.is_some_and(|agreed| agreed.sctp.is_some()), "or the same, from the peer");
}

/// The offer with its data channels not rejected.
fn offer_with_data(offer: &Description, data: usize) -> Description {
    let mut offer = offer.clone();
    offer.media[data].port = 9;
    offer.groups[0].mids.push("0".to_owned());
    offer
}

#[test]
fn tracks_wait_for_an_m_line_of_the_peer_and_transceivers_do_not() {
    let (mut a, mut b) = pair();
    let added = b.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let track = b.jsep.add_track(MediaKind::Audio, TransceiverInit::default());
    a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    let made = exchange(&mut a, &mut b);
    assert_eq!(made.answer.media[0].direction, Some(Direction::SendRecv));
    let mid = |id| b.jsep.transceivers().into_iter().find(|t| t.id == id).and_then(|t| t.mid);
    assert_eq!((mid(added).is_some(), mid(track).is_some()), (false, true));
    assert!(b.jsep.negotiation_needed());
    let made = exchange(&mut b, &mut a);
    assert_eq!(made.offer.media.len(), 2);
}

#[test]
fn too_many_m_lines_are_not_offered() {
    let mut a = Peer::new(config(1));
    assert_eq!(a.create_offer(), Err(NegotiationError::NothingToOffer));
    for _ in 0..257 {
        a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    }
    assert_eq!(a.create_offer(), Err(NegotiationError::TooManyMediaLines(257)));
}

#[test]
fn layers_that_an_offer_asked_for_go_with_it() {
    let (mut a, mut b) = pair();
    let asked = a.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
    exchange(&mut a, &mut b);
    let mut offer = b.create_offer().expect("there is something to offer");
    let rid = |id: &str| crate::sdp::RidLine {
        id: id.to_owned(),
        sends: false,
        payload_types: Vec::new(),
        restrictions: Vec::new(),
    };
    offer.media[0].rids = vec![rid("x"), rid("y")];
    let stream = |id: &str| vec![crate::sdp::SimulcastRid { id: id.to_owned(), paused: false }];
    offer.media[0].simulcast =
        Some(crate::sdp::Simulcast { send: Vec::new(), receive: vec![stream("x"), stream("y")] });
    a.set_remote(SdpType::Offer, offer.clone()).expect("it is taken");
    assert_eq!(a.jsep.parameters(asked).map(<[_]>::len), Some(2));
    a.jsep.rollback().expect("an offer waits");
    assert_eq!(a.jsep.parameters(asked).map(<[_]>::len), Some(1));
    let (answer, ..) = a.answer(&offer);
    assert!(answer.to_string().contains("a=simulcast:send x;y\r\n"));
    assert_eq!(a.agreed().media[0].send.encodings.len(), 2);
}
