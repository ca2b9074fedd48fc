//! Coming to a connection.

use std::time::Duration;

use super::deal::{Deal, DealLine};
use super::wire::{Wire, host};
use crate::candidate::{CandidateKind, IceCandidate};
use crate::codec::MediaKind;
use crate::config::Config;
use crate::sdp::HashFunction;
use crate::session::output::SessionEvent;
use crate::session::seam::Session;
use crate::state::IceConnectionState;

/// ICE has a path.
pub(super) fn is_up(state: Option<IceConnectionState>) -> bool {
    matches!(state, Some(IceConnectionState::Connected | IceConnectionState::Completed))
}

pub(super) fn connects_with_either_end_as_client<S: Session>() {
    for (a_is_client, a_controls) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut wire = Wire::<S>::seeded();
        let audio = DealLine::new("0", MediaKind::Audio, &["opus"], &wire.a.session.capabilities());
        let deal = Deal { a_is_client, a_controls, ..Deal::with([audio]) };
        deal.strike(&mut wire);
        wire.connect();
        for side in wire.sides() {
            assert!(side.session.srtp_cipher().is_some());
            assert!(side.events.iter().any(|event| matches!(event, SessionEvent::DtlsConnected)));
            let state = side.ice_states().last().copied();
            assert!(is_up(state), "{state:?}");
        }
    }
}

pub(super) fn tells_its_parameters<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let (a, b) = (wire.a.session.local_transport(), wire.b.session.local_transport());
    assert_ne!(a.credentials, b.credentials, "from the seed");
    assert!(a.credentials.ufrag.len() >= 4 && a.credentials.password.len() >= 22);
    let fingerprint = &a.fingerprints[0];
    assert_eq!((&fingerprint.function, fingerprint.value.len()), (&HashFunction::Sha256, 32));
    let drawn = wire.a.session.draw_credentials();
    assert_ne!(drawn, a.credentials);
    assert_eq!(wire.a.session.local_transport(), a, "drawing changes nothing");
    let capabilities = wire.a.session.capabilities();
    let names: Vec<_> = capabilities.codecs.iter().map(|codec| &*codec.name).collect();
    assert!(names.contains(&"opus") && names.contains(&"VP8"), "{names:?}");
    assert!(capabilities.mid_bytes_max >= 1 && capabilities.message_bytes_max >= 65_536);
}

pub(super) fn nothing_is_told_before_both_agreed<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    let credentials = wire.a.session.local_transport().credentials;
    wire.a.session.expect_checks(&credentials, true);
    wire.a.drain();
    let deal = Deal::data();
    let to_b = deal.for_side(&wire, true);
    wire.b.session.agree(&to_b).expect("it can be taken");
    wire.b.session.add_remote_candidate(&host(wire.a.address)).expect("a candidate");
    wire.run(Duration::from_secs(2));
    assert!(wire.a.ice_states().is_empty(), "{:?}", wire.a.events);
    assert_eq!(wire.b.ice_states()[0], IceConnectionState::Checking);
    deal.strike(&mut wire);
    wire.connect();
    assert_eq!(wire.a.ice_states()[0], IceConnectionState::Checking);
}

/// Data only, no bandwidth estimate: nothing else would wake it.
pub(super) fn an_end_without_traffic_begins_its_checks<S: Session>() {
    let mut config = Config::seeded(1);
    config.initial_bitrate = None;
    let mut wire = Wire::<S>::new(&config, &Config::seeded(2));
    let to_a = Deal::data().for_side(&wire, false);
    wire.a.session.agree(&to_a).expect("it can be taken");
    wire.a.session.add_remote_candidate(&host(wire.b.address)).expect("a candidate");
    wire.a.drain();
    let asked = wire.a.wake.saturating_duration_since(wire.now);
    let begun = !wire.a.sent.is_empty() || asked <= Duration::from_millis(100);
    assert!(begun, "it has not begun, and asks to be woken in {asked:?}");
    wire.run(Duration::from_secs(1));
    assert!(!wire.a.sent.is_empty(), "checks");
}

pub(super) fn the_pair_in_use_is_told<S: Session>() {
    let mut wire = Wire::<S>::seeded();
    assert_eq!(wire.a.session.selected_pair(), None);
    let deal = Deal::data();
    let (to_a, to_b) = (deal.for_side(&wire, false), deal.for_side(&wire, true));
    wire.a.session.agree(&to_a).expect("it can be taken");
    wire.b.session.agree(&to_b).expect("it can be taken");
    // `a` says that it is behind a relay, `b` says nothing of itself.
    let relayed = IceCandidate { kind: CandidateKind::Relayed, ..host(wire.a.address) };
    wire.b.session.add_remote_candidate(&relayed).expect("a candidate");
    wire.connect();
    let (a, b) = (wire.a.address, wire.b.address);
    let pair = wire.a.session.selected_pair().expect("a pair carries the handshake");
    assert_eq!((pair.local, pair.remote), (a, b));
    assert_eq!(pair.local_kind, CandidateKind::Host);
    assert_eq!(pair.remote_kind, CandidateKind::PeerReflexive, "nothing was signalled");
    let pair = wire.b.session.selected_pair().expect("a pair carries the handshake");
    assert_eq!((pair.local, pair.remote), (b, a));
    assert_eq!(pair.remote_kind, CandidateKind::Relayed, "as it was signalled");
}

/// RFC 8839 section 5.4: up to 256 characters.
pub(super) fn a_long_user_fragment_is_borne<S: Session>() {
    for chars in [4, 119, 120, 256] {
        let mut wire = Wire::<S>::seeded();
        let mut to_a = Deal::data().for_side(&wire, false);
        to_a.remote.credentials.ufrag = "x".repeat(chars);
        wire.a.session.agree(&to_a).expect("it can be taken");
        wire.a.session.add_remote_candidate(&host(wire.b.address)).expect("a candidate");
        wire.run(Duration::from_secs(1));
        let name = format!("{}:{}", to_a.remote.credentials.ufrag, to_a.local.ufrag);
        let is_named =
            |check: &Vec<u8>| check.windows(name.len()).any(|window| window == name.as_bytes());
        assert!(wire.a.sent.iter().any(is_named), "checks carry {chars} characters");
    }
}
