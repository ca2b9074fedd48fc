//! Everything that an application can ask for, in every state, and every step of an exchange seen
//! from both sides.

use super::pair::{Peer, config};
use super::states::stage;
use super::world::preference;
use crate::codec::MediaKind;
use crate::config::NegotiationRole;
use crate::event::Direction;
use crate::jsep::{
    JsepConfig, NegotiationError, RemoteOutcome, SdpType, SignalingState, TransceiverInit,
};
use crate::sdp::Description;

type Wish = (&'static str, fn(&mut Peer) -> Result<(), NegotiationError>);

fn first(peer: &Peer) -> crate::ids::TransceiverId {
    peer.jsep.transceivers()[0].id
}

/// All that is asked of a transceiver.
const WISHES: [Wish; 6] = [
    ("set_direction", |peer| peer.jsep.set_direction(first(peer), Direction::SendOnly)),
    ("set_streams", |peer| peer.jsep.set_streams(first(peer), vec!["s".to_owned()])),
    ("set_codec_preferences", |peer| {
        let capabilities = peer.capabilities.clone();
        let list = vec![preference("PCMU")];
        peer.jsep.set_codec_preferences(first(peer), list, &capabilities)
    }),
    ("set_header_extensions", |peer| {
        let (id, capabilities) = (first(peer), peer.capabilities.clone());
        let mut list = peer.jsep.header_extensions(id, &capabilities).expect("it is there");
        list[0].direction = None;
        peer.jsep.set_header_extensions(id, list, &capabilities)
    }),
    ("set_parameters", |peer| {
        let mut encodings = peer.jsep.parameters(first(peer)).expect("it is there").to_vec();
        encodings[0].active = false;
        peer.jsep.set_parameters(first(peer), encodings)
    }),
    ("stop", |peer| peer.jsep.stop(first(peer))),
];

/// Wishes change no state and no description, wait for the next exchange, and are refused after the
/// end.
#[test]
fn every_wish_in_every_state() {
    for &state in SignalingState::ALL {
        for (name, wish) in WISHES {
            let mut peer = stage(state).peer;
            let before = peer.clone();
            let done = wish(&mut peer);
            if state == SignalingState::Closed {
                assert_eq!(done, Err(NegotiationError::WrongState(state)), "{name}");
                assert_eq!(peer, before, "{name}: a refused step changes nothing");
                continue;
            }
            assert_eq!(done, Ok(()), "{name} in {state}");
            assert_ne!(peer, before, "{name} in {state}");
            unmoved(&before, &peer);
        }
        // What cannot be refused.
        let mut peer = stage(state).peer;
        let before = peer.clone();
        peer.jsep.add_transceiver(MediaKind::Video, TransceiverInit::default());
        peer.jsep.add_track(MediaKind::Audio, TransceiverInit::default());
        peer.jsep.want_data_channels(true);
        peer.jsep.restart_ice();
        unmoved(&before, &peer);
        assert_eq!(peer.jsep.negotiation_needed(), state == SignalingState::Stable, "{state}");
    }
}

fn unmoved(before: &Peer, after: &Peer) {
    assert_eq!(before.jsep.state(), after.jsep.state());
    assert_eq!(before.jsep.local_description(), after.jsep.local_description());
    assert_eq!(before.jsep.remote_description(), after.jsep.remote_description());
    assert_eq!(before.agreed, after.agreed);
}

/// How far an exchange of two has come: what `a` did, and `b` heard of it or not.
const STAGES: [&str; 6] = [
    "nothing",
    "offer under way",
    "offer heard",
    "offers of both",
    "pranswer under way",
    "pranswer heard",
];

fn two(stage: &str, polite: bool) -> [Peer; 2] {
    let role = if polite { NegotiationRole::Polite } else { NegotiationRole::Impolite };
    let mut a = Peer::new(config(1));
    let mut b = Peer::new(JsepConfig { role, ..config(2) });
    for peer in [&mut a, &mut b] {
        peer.jsep.add_track(MediaKind::Audio, TransceiverInit::default());
    }
    if stage == "nothing" {
        return [a, b];
    }
    let offer = a.offer();
    match stage {
        "offer under way" => return [a, b],
        "offers of both" => {
            b.offer();
            return [a, b];
        }
        _ => b.set_remote(SdpType::Offer, offer).expect("it is taken"),
    };
    if stage == "offer heard" {
        return [a, b];
    }
    let early = b.create_answer().expect("an offer waits");
    b.set_local(SdpType::Pranswer, &early).expect("it is allowed");
    if stage == "pranswer heard" {
        a.set_remote(SdpType::Pranswer, early).expect("it is allowed");
    }
    [a, b]
}

const KINDS: [SdpType; 4] = [SdpType::Offer, SdpType::Pranswer, SdpType::Answer, SdpType::Rollback];

/// One side sets a description and the other hears of it: the states of `a` and `b` after, `-`
/// where the step is refused, `!` where the other side refuses it. What is refused changes nothing.
fn step(sides: &[Peer; 2], who: usize, kind: SdpType) -> String {
    let mut sides = sides.clone();
    let made = match kind {
        SdpType::Offer => sides[who].create_offer(),
        SdpType::Pranswer | SdpType::Answer => sides[who].create_answer(),
        SdpType::Rollback => Ok(Description::default()),
    };
    let before = sides.clone();
    let said = made.and_then(|made| sides[who].set_local(kind, &made).map(|_| made));
    let Ok(said) = said else {
        assert_eq!(sides, before);
        return "-".to_owned();
    };
    let before = sides[1 - who].clone();
    let mark = match sides[1 - who].set_remote(kind, said) {
        Ok((RemoteOutcome::Applied, _)) => "",
        Ok((RemoteOutcome::RolledBack, _)) => " (gives way)",
        Ok((RemoteOutcome::Ignored, _)) => {
            assert_eq!(sides[1 - who], before);
            " (ignores)"
        }
        Err(error) => {
            assert_eq!(error, NegotiationError::WrongState(before.jsep.state()));
            assert_eq!(sides[1 - who], before);
            " !"
        }
    };
    let [a, b] = &sides;
    if [a, b].map(|peer| peer.jsep.state()) == [SignalingState::Stable; 2] {
        super::pair::assert_agreed(a, b);
    }
    format!("{}/{}{mark}", short(a), short(b))
}

/// The first letters of each word of the state's name.
fn short(peer: &Peer) -> &'static str {
    match peer.jsep.state() {
        SignalingState::Stable => "s",
        SignalingState::HaveLocalOffer => "hlo",
        SignalingState::HaveRemoteOffer => "hro",
        SignalingState::HaveLocalPranswer => "hlp",
        SignalingState::HaveRemotePranswer => "hrp",
        SignalingState::Closed => "c",
    }
}

/// Stage x who x kind of description x role of `b`: what it comes to on both sides.
#[test]
fn every_step_of_an_exchange_on_both_sides() {
    let mut rows = Vec::new();
    for stage in STAGES {
        for who in [0, 1] {
            let cells = KINDS.map(|kind| {
                let [one, other] = [true, false].map(|polite| step(&two(stage, polite), who, kind));
                if one == other { one } else { format!("{one} or {other}") }
            });
            let name = ["a", "b"][who];
            rows.push(format!("{stage}, {name}: {}", cells.join(" | ")));
        }
    }
    // Offer, pranswer, answer, rollback; where it matters, `b` is polite or impolite.
    let expected = [
        "nothing, a: hlo/hro | - | - | -",
        "nothing, b: hro/hlo | - | - | -",
        "offer under way, a: hlo/hro | - | - | s/s !",
        "offer under way, b: hlo/hlo (ignores) | - | - | -",
        "offer heard, a: hlo/hro | - | - | s/s",
        "offer heard, b: - | hrp/hlp | s/s | -",
        "offers of both, a: hlo/hro (gives way) or hlo/hlo (ignores) | - | - | s/hlo !",
        "offers of both, b: hlo/hlo (ignores) | - | - | hlo/s !",
        "pranswer under way, a: hlo/hlp ! | - | - | s/hlp !",
        "pranswer under way, b: - | hrp/hlp | s/s | -",
        "pranswer heard, a: - | - | - | -",
        "pranswer heard, b: - | hrp/hlp | s/s | -",
    ];
    assert_eq!(rows, expected);
}
