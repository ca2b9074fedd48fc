//! Exchanges from begin to end.

use super::pair::{Peer, config, exchange};
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::jsep::{SdpType, SignalingState, TransceiverInit};

#[test]
fn one_of_sound_and_one_of_data() {
    let (mut a, mut b) = (Peer::new(config(1)), Peer::new(config(2)));
    assert!(!a.jsep.negotiation_needed());
    let id = a.jsep.add_transceiver(MediaKind::Audio, TransceiverInit::default());
    a.jsep.want_data_channels(true);
    assert!(a.jsep.negotiation_needed());
    let first = a.create_offer().expect("there is something to offer");
    assert_eq!(a.create_offer(), Ok(first.clone()), "making one has no effect");
    let made = exchange(&mut a, &mut b);
    assert_eq!(made.offer, first);
    assert_eq!(made.offer.media.len(), 2);
    assert_eq!(made.heard.state, Some(SignalingState::HaveRemoteOffer));
    assert_eq!(made.heard.added.len(), 1, "it is there before the answer");
    assert_eq!(made.heard.added[0].direction, Direction::SendRecv);
    assert!(made.said.gather && made.said.agreed.is_some());
    assert_eq!(made.done.added.len(), 1);
    let transceivers = (a.jsep.transceivers(), b.jsep.transceivers());
    assert_eq!(transceivers.0[0].id, id);
    assert_eq!(transceivers.0[0].mid, transceivers.1[0].mid);
    assert_eq!(transceivers.0[0].current_direction, Some(Direction::SendRecv));
    assert!(a.agreed().controlling && !a.agreed().dtls_client);
    assert_eq!(a.agreed().sctp.as_ref().map(|sctp| sctp.mid.as_str()), Some("1"));
    assert!(!a.jsep.negotiation_needed() && !b.jsep.negotiation_needed());
    assert_eq!((a.jsep.state(), b.jsep.state()), (SignalingState::Stable, SignalingState::Stable));
    let refused = b.set_local(SdpType::Answer, &made.answer);
    assert!(refused.is_err(), "nothing waits for it");
}
