//! Any sequence of steps by two peers over an ordered wire ends with both agreed, and a refused step changes nothing.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::pair::{Peer, assert_agreed, config, through_text};
use crate::codec::MediaKind;
use crate::config::NegotiationRole;
use crate::event::Direction;
use crate::ids::{Rid, TransceiverId};
use crate::negotiate::{
    BundlePolicy, CodecPreference, JsepConfig, NegotiateError, PeerLines, RemoteOutcome, SdpType,
    SignalingState, Transceiver, TransceiverInit,
};
use crate::sdp::Description;

#[derive(Clone, Debug)]
enum Step {
    Add(MediaKind, Direction, bool),
    Track(MediaKind),
    Turn(usize, Direction),
    Stop(usize),
    Streams(usize, u8),
    Prefer(usize, Vec<&'static str>),
    Restart,
    Data,
    Offer,
    Rollback,
    Deliver,
    Provisional,
}

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(super::super::direction::ALL.to_vec())
}

fn kind() -> impl Strategy<Value = MediaKind> {
    prop::sample::select(vec![MediaKind::Audio, MediaKind::Video])
}

fn step() -> impl Strategy<Value = Step> {
    let index = 0..6_usize;
    let names = ["VP8", "AV1", "H264", "rtx", "opus", "PCMU", "nothing"];
    prop_oneof![
        3 => (kind(), direction(), any::<bool>()).prop_map(|(k, d, l)| Step::Add(k, d, l)),
        1 => kind().prop_map(Step::Track),
        2 => (index.clone(), direction()).prop_map(|(i, d)| Step::Turn(i, d)),
        2 => index.clone().prop_map(Step::Stop),
        1 => (index.clone(), 0..3_u8).prop_map(|(i, n)| Step::Streams(i, n)),
        1 => (index, prop::sample::subsequence(names.to_vec(), 1..4))
            .prop_map(|(i, names)| Step::Prefer(i, names)),
        1 => Just(Step::Restart),
        1 => Just(Step::Data),
        5 => Just(Step::Offer),
        1 => Just(Step::Rollback),
        8 => Just(Step::Deliver),
        1 => Just(Step::Provisional),
    ]
}

/// Two peers, and what is under way to each.
#[derive(Clone, Debug)]
struct World {
    peers: [Peer; 2],
    wires: [VecDeque<(SdpType, Description)>; 2],
    /// Offers that were ignored in favour of one that is still pending: its maker must stand by it.
    owed: [bool; 2],
}

impl World {
    fn new(bundle: BundlePolicy, peer_lines: PeerLines) -> Self {
        let base = |number| JsepConfig { bundle, peer_lines, ..config(number) };
        let polite = JsepConfig { role: NegotiationRole::Polite, ..base(1) };
        World {
            peers: [Peer::new(polite), Peer::new(base(2))],
            wires: Default::default(),
            owed: [false; 2],
        }
    }

    fn apply(&mut self, who: usize, step: &Step) {
        let peer = &mut self.peers[who];
        let before = peer.clone();
        let transceivers = peer.jsep.transceivers();
        let id = |index: usize| -> Option<TransceiverId> {
            transceivers.get(index).map(|transceiver| transceiver.id)
        };
        let done = match step {
            Step::Add(kind, direction, layers) => {
                let rids = ["h", "l"].into_iter().filter_map(Rid::new);
                let send_layers = rids.filter(|_| *layers && *kind == MediaKind::Video).collect();
                let init =
                    TransceiverInit { direction: *direction, send_layers, ..Default::default() };
                peer.jsep.add_transceiver(*kind, init);
                Ok(())
            }
            Step::Track(kind) => {
                peer.jsep.add_track(*kind, TransceiverInit::default());
                Ok(())
            }
            Step::Turn(index, direction) => {
                id(*index).map_or(Ok(()), |id| peer.jsep.set_direction(id, *direction))
            }
            Step::Stop(index) => id(*index).map_or(Ok(()), |id| peer.jsep.stop(id)),
            Step::Streams(index, count) => id(*index).map_or(Ok(()), |id| {
                peer.jsep.set_streams(id, (0..*count).map(|n| format!("s{n}")).collect())
            }),
            Step::Prefer(index, names) => id(*index).map_or(Ok(()), |id| prefer(peer, id, names)),
            Step::Restart => {
                peer.jsep.restart_ice();
                Ok(())
            }
            Step::Data => {
                peer.jsep.want_data_channels(true);
                Ok(())
            }
            Step::Offer => self.offer(who),
            Step::Rollback => self.roll_back(who),
            Step::Deliver => self.deliver(who, SdpType::Answer),
            Step::Provisional => self.deliver(who, SdpType::Pranswer),
        };
        if done.is_err() {
            assert_eq!(self.peers[who], before, "{step:?} was refused: {done:?}");
        }
    }

    fn offer(&mut self, who: usize) -> Result<(), NegotiateError> {
        let peer = &mut self.peers[who];
        // The wire has one offer of a side at a time, as in "perfect negotiation".
        if peer.jsep.state() != SignalingState::Stable {
            return Ok(());
        }
        if peer.jsep.restart_wanted() {
            peer.renew_credentials();
        }
        let offer = peer.create_offer()?;
        assert_eq!(peer.create_offer(), Ok(offer.clone()), "making one has no effect");
        peer.set_local(SdpType::Offer, &offer)?;
        self.owed[who] = false;
        self.wires[1 - who].push_back((SdpType::Offer, through_text(&offer)));
        Ok(())
    }

    /// Only what the peer has not seen is taken back.
    fn roll_back(&mut self, who: usize) -> Result<(), NegotiateError> {
        let under_way = matches!(self.wires[1 - who].back(), Some((SdpType::Offer, _)));
        let pending = self.peers[who].jsep.state() == SignalingState::HaveLocalOffer;
        if !pending || !under_way || self.owed[who] {
            return Ok(());
        }
        self.peers[who].jsep.rollback()?;
        self.wires[1 - who].pop_back();
        Ok(())
    }

    fn deliver(&mut self, who: usize, answered: SdpType) -> Result<(), NegotiateError> {
        let Some((kind, description)) = self.wires[who].pop_front() else { return Ok(()) };
        let peer = &mut self.peers[who];
        let (outcome, _) = match peer.set_remote(kind, description) {
            Ok(taken) => taken,
            // The offer that it answers was rolled back for one of the peer's.
            Err(error @ NegotiateError::WrongState(_)) => return Err(error),
            Err(error) => panic!("{kind:?} of a peer of our own is refused: {error}"),
        };
        if kind != SdpType::Offer {
            assert_agreed(&self.peers[0], &self.peers[1]);
            return Ok(());
        }
        if outcome == RemoteOutcome::Ignored {
            self.owed[who] = true;
            return Ok(());
        }
        if peer.jsep.answer_restarts() {
            peer.renew_credentials();
        }
        if answered == SdpType::Pranswer {
            let early = peer.create_answer()?;
            peer.set_local(SdpType::Pranswer, &early)?;
            self.wires[1 - who].push_back((SdpType::Pranswer, through_text(&early)));
        }
        let peer = &mut self.peers[who];
        let answer = peer.create_answer()?;
        peer.set_local(SdpType::Answer, &answer)?;
        self.wires[1 - who].push_back((SdpType::Answer, through_text(&answer)));
        Ok(())
    }

    /// Delivers all, and offers while a side says that it needs to.
    fn settle(&mut self) {
        for _ in 0..24 {
            while self.wires.iter().any(|wire| !wire.is_empty()) {
                for who in [0, 1] {
                    self.apply(who, &Step::Deliver);
                }
            }
            let needs = |peer: &Peer| peer.jsep.negotiation_needed();
            let Some(who) = self.peers.iter().position(needs) else { return };
            self.apply(who, &Step::Offer);
        }
        panic!("one side or the other needs an offer for ever");
    }

    fn check(&self) {
        let [a, b] = &self.peers;
        assert_eq!(a.jsep.state(), SignalingState::Stable);
        assert_eq!(b.jsep.state(), SignalingState::Stable);
        assert_agreed(a, b);
        assert_eq!(a.jsep.lines, b.jsep.lines);
        let (Some(ours), Some(theirs)) = (&a.jsep.current, &b.jsep.current) else {
            assert!(a.jsep.current.is_none() && b.jsep.current.is_none());
            return;
        };
        assert_eq!((&ours.local, &ours.remote), (&theirs.remote, &theirs.local));
        for line in &a.jsep.lines {
            let find = |peer: &Peer| -> Option<Transceiver> {
                let found = peer.jsep.transceivers();
                found.into_iter().find(|one| one.mid == Some(line.mid) && !one.stopped)
            };
            match (find(a), find(b)) {
                (Some(one), Some(other)) => {
                    assert!(!line.free && one.kind == other.kind);
                    let (one, other) = (one.current_direction, other.current_direction);
                    let reversed = other.map(super::super::direction::reversed);
                    assert_eq!(one, reversed);
                }
                (None, None) => {}
                found => panic!("{line:?} is one side's alone: {found:?}"),
            }
        }
    }
}

fn prefer(peer: &mut Peer, id: TransceiverId, names: &[&str]) -> Result<(), NegotiateError> {
    let preference = |name: &&str| {
        let clock_rate = match *name {
            "opus" => 48_000,
            "PCMU" => 8_000,
            _ => 90_000,
        };
        let channels = (*name == "opus").then_some(2);
        CodecPreference { name: (*name).to_owned(), clock_rate, channels, parameters: None }
    };
    let list = names.iter().map(preference).collect();
    let capabilities = peer.capabilities.clone();
    peer.jsep.set_codec_preferences(id, list, &capabilities)
}

fn policies() -> impl Strategy<Value = (BundlePolicy, PeerLines)> {
    let policies = [BundlePolicy::Balanced, BundlePolicy::MaxCompat, BundlePolicy::MaxBundle];
    let lines = [PeerLines::Receive, PeerLines::Mirror];
    (prop::sample::select(policies.to_vec()), prop::sample::select(lines.to_vec()))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_sequence_ends_with_both_agreed(
        (bundle, peer_lines) in policies(),
        steps in prop::collection::vec((0..2_usize, step()), 1..40),
    ) {
        let mut world = World::new(bundle, peer_lines);
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
        let mut world = World::new(BundlePolicy::Balanced, PeerLines::Mirror);
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
