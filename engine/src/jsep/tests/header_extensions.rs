//! Header extensions that an application stops or sends one way only.

use super::cases::{case, read};
use super::pair::{Peer, config, exchange};
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::ids::TransceiverId;
use crate::jsep::{HeaderExtension, NegotiationError, SdpType, TransceiverInit};

const LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
const ORIENTATION: &str = "urn:3gpp:video-orientation";

fn set(
    peer: &mut Peer,
    id: TransceiverId,
    uri: &str,
    direction: Option<Direction>,
) -> Result<(), NegotiationError> {
    let capabilities = peer.capabilities.clone();
    let mut list = peer.jsep.header_extensions(id, &capabilities).expect("it is there");
    for extension in list.iter_mut().filter(|extension| extension.uri == uri) {
        extension.direction = direction;
    }
    peer.jsep.set_header_extensions(id, list, &capabilities)
}

/// What was agreed on, without what is stopped: `uri's last word: direction`.
fn negotiated(peer: &Peer, id: TransceiverId) -> Vec<String> {
    let list = peer.jsep.negotiated_header_extensions(id, &peer.capabilities);
    let told = |extension: HeaderExtension| {
        let name = extension.uri.rsplit(':').next().unwrap_or_default().to_owned();
        extension.direction.map(|direction| format!("{name}: {}", direction.name()))
    };
    list.expect("it is there").into_iter().filter_map(told).collect()
}

fn pair(kind: MediaKind) -> (Peer, Peer, TransceiverId) {
    let (mut a, b) = (Peer::new(config(1)), Peer::new(config(2)));
    let id = a.jsep.add_transceiver(kind, TransceiverInit::default());
    (a, b, id)
}

#[test]
fn all_of_the_kind_go_both_ways_unless_it_is_said() {
    let (a, _, id) = pair(MediaKind::Video);
    let list = a.jsep.header_extensions(id, &a.capabilities).expect("it is there");
    let expected = [MID, RID, ORIENTATION]
        .map(|uri| HeaderExtension { uri: uri.to_owned(), direction: Some(Direction::SendRecv) });
    assert_eq!(list, expected);
    assert_eq!(negotiated(&a, id), Vec::<String>::new());
    assert_eq!(a.jsep.header_extensions(TransceiverId(7), &a.capabilities), None);
}

#[test]
fn what_is_stopped_is_neither_offered_nor_answered() {
    let (mut a, mut b, id) = pair(MediaKind::Video);
    set(&mut a, id, ORIENTATION, None).expect("it may be stopped");
    assert!(a.jsep.negotiation_needed());
    let made = exchange(&mut a, &mut b);
    let uris = |media: &crate::sdp::MediaDescription| -> Vec<String> {
        media.extensions.iter().map(|extension| extension.uri.to_string()).collect()
    };
    assert_eq!(uris(&made.offer.media[0]), [MID, RID]);
    assert_eq!(uris(&made.answer.media[0]), [MID, RID]);
    assert_eq!(negotiated(&a, id), ["mid: sendrecv", "rtp-stream-id: sendrecv"]);
    // The other side offers it, and the answer leaves it out.
    let made = exchange(&mut b, &mut a);
    assert_eq!(uris(&made.offer.media[0]), [MID, RID, ORIENTATION]);
    assert_eq!(uris(&made.answer.media[0]), [MID, RID]);
    // It comes back under the number that it has.
    set(&mut a, id, ORIENTATION, Some(Direction::SendRecv)).expect("it may be started");
    assert!(!a.jsep.negotiation_needed(), "the next exchange has it, none is asked for");
    let made = exchange(&mut a, &mut b);
    let ids: Vec<u16> = made.offer.media[0].extensions.iter().map(|it| it.id).collect();
    assert_eq!((uris(&made.answer.media[0]).len(), ids), (3, vec![4, 10, 13]));
    assert_eq!(negotiated(&a, id)[2], "video-orientation: sendrecv");
}

/// 4 x 4: what each side wants of an extension. What flows is what both want, as each sees it.
#[test]
fn every_direction_against_every_other() {
    let all = super::super::direction::ALL;
    for ours in all {
        for theirs in all {
            let (mut a, mut b, id) = pair(MediaKind::Audio);
            set(&mut a, id, LEVEL, Some(ours)).expect("it may go so");
            let offer = a.offer();
            b.set_remote(crate::jsep::SdpType::Offer, offer).expect("it is taken");
            let other = b.jsep.transceivers()[0].id;
            set(&mut b, other, LEVEL, Some(theirs)).expect("it may go so");
            let answer = b.create_answer().expect("an offer waits");
            b.set_local(crate::jsep::SdpType::Answer, &answer).expect("just created");
            a.set_remote(crate::jsep::SdpType::Answer, answer).expect("it is taken");
            super::pair::assert_agreed(&a, &b);
            let sends = ours.sends() && theirs.receives();
            let receives = ours.receives() && theirs.sends();
            let flows = super::super::direction::from_parts(sends, receives);
            let told = |list: Vec<String>| {
                list.into_iter()
                    .find_map(|text| text.strip_prefix("ssrc-audio-level: ").map(str::to_owned))
            };
            let expected = |direction: Direction| {
                (direction != Direction::Inactive).then(|| direction.name().to_owned())
            };
            assert_eq!(told(negotiated(&a, id)), expected(flows), "{ours:?} {theirs:?}");
            let reversed = super::super::direction::reversed(flows);
            assert_eq!(told(negotiated(&b, other)), expected(reversed), "{ours:?} {theirs:?}");
        }
    }
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let (mut a, _, id) = pair(MediaKind::Video);
    let capabilities = a.capabilities.clone();
    let before = a.clone();
    let refused = Err(NegotiationError::MandatoryExtension);
    assert_eq!(set(&mut a, id, MID, None), refused);
    for direction in [Direction::SendOnly, Direction::RecvOnly, Direction::Inactive] {
        assert_eq!(set(&mut a, id, MID, Some(direction)), refused);
    }
    let list = a.jsep.header_extensions(id, &capabilities).expect("it is there");
    let mut other = list.clone();
    other[1].uri = LEVEL.to_owned();
    let turned: Vec<_> = list.iter().rev().cloned().collect();
    let twice: Vec<_> = list.iter().chain(&list[..1]).cloned().collect();
    for list in [Vec::new(), list[..2].to_vec(), turned, twice, other] {
        let set = a.jsep.set_header_extensions(id, list, &capabilities);
        assert_eq!(set, Err(NegotiationError::HeaderExtensions));
    }
    let unknown = a.jsep.set_header_extensions(TransceiverId(7), list.clone(), &capabilities);
    assert_eq!(unknown, Err(NegotiationError::UnknownTransceiver));
    assert_eq!(a, before);
    assert!(a.jsep.set_header_extensions(id, list, &capabilities).is_ok());
    a.jsep.close();
    assert!(matches!(set(&mut a, id, RID, None), Err(NegotiationError::WrongState(_))));
}

#[test]
fn what_an_ended_transceiver_had_is_stopped() {
    let (mut a, mut b, id) = pair(MediaKind::Audio);
    exchange(&mut a, &mut b);
    assert_eq!(negotiated(&a, id).len(), 3);
    a.jsep.stop(id).expect("it lives");
    exchange(&mut a, &mut b);
    assert_eq!(negotiated(&a, id), Vec::<String>::new());
    assert_eq!(set(&mut a, id, LEVEL, None), Err(NegotiationError::Stopped));
}

#[test]
fn both_forms_of_extensions_are_agreed_on_where_both_sides_allow_it() {
    for allowed in [true, false] {
        let mut peer = Peer::new(config(7));
        let mut offer = read(case!("16-extmap-two-byte-offer"));
        offer.extmap_allow_mixed &= allowed;
        offer.media.iter_mut().for_each(|media| media.extmap_allow_mixed &= allowed);
        peer.set_remote(SdpType::Offer, offer).expect("it is taken");
        let answer = peer.create_answer().expect("an offer waits");
        peer.set_local(SdpType::Answer, &answer).expect("it was just created");
        let agreed: Vec<bool> =
            peer.agreed().media.iter().map(|media| media.mixed_extensions).collect();
        assert!(!agreed.is_empty() && agreed.iter().all(|mixed| *mixed == allowed), "{agreed:?}");
    }
}
