//! Any sequence of steps by two peers over an ordered wire ends with both agreed, and a refused
//! step changes nothing.

use proptest::prelude::*;

use super::pair::through_text;
use super::world::{Step, World};
use crate::codec::MediaKind;
use crate::event::Direction;
use crate::jsep::{BundlePolicy, PeerLines, SdpType, SignalingState};
use crate::sdp::Description;

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(super::super::direction::ALL.to_vec())
}

fn kind() -> impl Strategy<Value = MediaKind> {
    prop::sample::select(vec![MediaKind::Audio, MediaKind::Video])
}

fn step() -> impl Strategy<Value = Step> {
    let index = || 0..6_usize;
    let names = ["VP8", "AV1", "H264", "rtx", "opus", "PCMU", "nothing"];
    let codec = || prop::option::of(prop::sample::select(names.to_vec()));
    let asked = prop_oneof![
        6 => (kind(), direction(), any::<bool>()).prop_map(|(k, d, l)| Step::Add(k, d, l)),
        2 => kind().prop_map(Step::Track),
        4 => (index(), direction()).prop_map(|(i, d)| Step::Turn(i, d)),
        4 => index().prop_map(Step::Stop),
        2 => (index(), 0..3_u8).prop_map(|(i, n)| Step::Streams(i, n)),
        2 => (index(), prop::sample::subsequence(names.to_vec(), 0..4))
            .prop_map(|(i, names)| Step::Prefer(i, names)),
        2 => (index(), any::<bool>(), codec()).prop_map(|(i, active, c)| Step::Send(i, active, c)),
        2 => (index(), 0..4_usize, prop::option::of(direction()))
            .prop_map(|(i, place, d)| Step::Extend(i, place, d)),
        2 => Just(Step::Restart),
        2 => any::<bool>().prop_map(Step::Data),
        2 => (1..9_u16).prop_map(Step::Candidate),
    ];
    let exchanged = prop_oneof![
        5 => Just(Step::Offer),
        1 => Just(Step::Rollback),
        1 => Just(Step::Withdraw),
        6 => Just(Step::Deliver),
        3 => Just(Step::Hear),
        2 => Just(Step::Answer),
        1 => Just(Step::Provisional),
    ];
    prop_oneof![asked, exchanged]
}

fn policies() -> impl Strategy<Value = (BundlePolicy, PeerLines, usize)> {
    let policies = [BundlePolicy::Balanced, BundlePolicy::MaxCompat, BundlePolicy::MaxBundle];
    let lines = [PeerLines::Receive, PeerLines::Mirror];
    (prop::sample::select(policies.to_vec()), prop::sample::select(lines.to_vec()), 0..2_usize)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_sequence_ends_with_both_agreed(
        (bundle, peer_lines, polite) in policies(),
        steps in prop::collection::vec((0..2_usize, step()), 1..48),
    ) {
        let mut world = World::new(bundle, peer_lines, polite);
        for (who, step) in &steps {
            world.apply(*who, step);
        }
        world.settle();
        world.check();
    }

    /// What a peer of any kind sends: descriptions of ours, altered, at any time.
    #[test]
    fn a_description_is_taken_whole_or_changes_nothing(
        steps in prop::collection::vec((0..2_usize, step()), 1..20),
        kind in prop::sample::select(vec![SdpType::Offer, SdpType::Pranswer, SdpType::Answer]),
        line in 0..4_usize,
        change in 0..12_u8,
    ) {
        let mut world = World::new(BundlePolicy::Balanced, PeerLines::Mirror, 0);
        for (who, step) in &steps {
            world.apply(*who, step);
        }
        let source = world.peers[1].clone();
        let made = source.create_offer().or_else(|_| source.create_answer());
        let Ok(mut description) = made else { return Ok(()) };
        alter(&mut description, line, change);
        let mut peer = world.peers[0].clone();
        let before = peer.clone();
        if peer.set_remote(kind, description).is_err() {
            prop_assert_eq!(peer, before);
        } else if peer.jsep.state() == SignalingState::HaveRemoteOffer {
            let answer = peer.create_answer().expect("what is taken can be answered");
            peer.set_local(SdpType::Answer, &answer).expect("it was just created");
            through_text(&answer);
        }
    }
}

/// Both want channels, and the offer that says so is taken back.
#[test]
fn an_offer_of_channels_is_taken_back_while_the_peer_wants_them_too() {
    for polite in [0, 1] {
        let mut world = World::new(BundlePolicy::Balanced, PeerLines::Receive, polite);
        let steps = [
            (1, Step::Data(true)),
            (1, Step::Offer),
            (0, Step::Hear),
            (0, Step::Data(true)),
            (1, Step::Withdraw),
        ];
        for (who, step) in &steps {
            world.apply(*who, step);
        }
        world.settle();
        world.check();
    }
}

fn alter(description: &mut Description, line: usize, change: u8) {
    let count = description.media.len();
    let media = &mut description.media[line % count];
    match change {
        0 => media.port = 0,
        1 => media.mid = None,
        2 => media.mid = Some("other".to_owned()),
        3 => media.transport = Default::default(),
        4 => media.formats.reverse(),
        5 => media.formats.truncate(1),
        6 => media.rtcp_mux = false,
        7 => media.bundle_only = true,
        8 => description.groups.clear(),
        9 => {
            description.media.swap(0, count - 1);
        }
        10 => {
            description.media.pop();
        }
        _ => {
            let again = media.clone();
            description.media.push(again);
        }
    }
}
