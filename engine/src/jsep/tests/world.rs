//! Two peers, an ordered wire each way, and all that an application can do to them.

use std::collections::VecDeque;

use super::pair::{Peer, assert_agreed, config, through_text};
use crate::candidate::IceCandidate;
use crate::codec::MediaKind;
use crate::config::NegotiationRole;
use crate::event::Direction;
use crate::ids::{Rid, TransceiverId};
use crate::jsep::{
    BundlePolicy, CandidateInit, CodecPreference, Effects, JsepConfig, NegotiationError, PeerLines,
    RemoteOutcome, SdpType, SignalingState, Transceiver, TransceiverInit,
};
use crate::sdp::Description;

/// What a side does. Indices are places in its list of transceivers.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Add(MediaKind, Direction, bool),
    Track(MediaKind),
    Turn(usize, Direction),
    Stop(usize),
    Streams(usize, u8),
    Prefer(usize, Vec<&'static str>),
    Send(usize, bool, Option<&'static str>),
    Extend(usize, usize, Option<Direction>),
    Restart,
    Data(bool),
    Candidate(u16),
    Offer,
    /// Takes back an offer that is still under way.
    Rollback,
    /// Takes back an offer that the peer has, and tells it.
    Withdraw,
    /// Takes what comes next; an offer is answered at once.
    Deliver,
    /// Takes what comes next; an offer waits.
    Hear,
    Answer,
    Provisional,
}

#[derive(Clone, Debug)]
enum Message {
    Description(SdpType, Box<Description>),
    Candidate(Box<CandidateInit>),
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) peers: [Peer; 2],
    wires: [VecDeque<Message>; 2],
    /// Offers that were ignored in favour of one that is still pending: its maker must stand by it.
    owed: [bool; 2],
}

impl World {
    /// `polite` is the side that gives way.
    pub(super) fn new(bundle: BundlePolicy, peer_lines: PeerLines, polite: usize) -> Self {
        let base = |number: u8| {
            let role = match polite == usize::from(number - 1) {
                true => NegotiationRole::Polite,
                false => NegotiationRole::Impolite,
            };
            Peer::new(JsepConfig { bundle, peer_lines, role, ..config(number) })
        };
        World { peers: [base(1), base(2)], wires: Default::default(), owed: [false; 2] }
    }

    /// What is refused changes nothing.
    pub(super) fn apply(&mut self, who: usize, step: &Step) {
        let before = self.peers[who].clone();
        let done = match step {
            Step::Offer => self.offer(who),
            Step::Rollback => self.roll_back(who),
            Step::Withdraw => self.withdraw(who),
            Step::Deliver => self.hear(who).and_then(|()| self.answer(who, SdpType::Answer)),
            Step::Hear => self.hear(who),
            Step::Answer => self.answer(who, SdpType::Answer),
            Step::Provisional => self.answer(who, SdpType::Pranswer),
            Step::Candidate(port) => {
                self.find_candidate(who, *port);
                Ok(())
            }
            wish => ask(&mut self.peers[who], wish),
        };
        if done.is_err() {
            assert_eq!(self.peers[who], before, "{step:?} was refused: {done:?}");
        }
    }

    fn say(&mut self, who: usize, kind: SdpType, description: &Description) {
        let message = Message::Description(kind, Box::new(through_text(description)));
        self.wires[1 - who].push_back(message);
    }

    fn offer(&mut self, who: usize) -> Result<(), NegotiationError> {
        let peer = &mut self.peers[who];
        // The wire has one offer of a side at a time, as in "perfect negotiation".
        if peer.jsep.state() != SignalingState::Stable {
            return Ok(());
        }
        let offer = peer.create_offer()?;
        assert_eq!(peer.create_offer(), Ok(offer), "making one has no effect");
        if peer.jsep.restart_wanted() {
            peer.renew_credentials();
        }
        let offer = peer.create_offer()?;
        peer.set_local(SdpType::Offer, &offer)?;
        self.owed[who] = false;
        self.say(who, SdpType::Offer, &offer);
        Ok(())
    }

    fn roll_back(&mut self, who: usize) -> Result<(), NegotiationError> {
        let last = self.wires[1 - who].back();
        let under_way = matches!(last, Some(Message::Description(SdpType::Offer, _)));
        let pending = self.peers[who].jsep.state() == SignalingState::HaveLocalOffer;
        if !pending || !under_way || self.owed[who] {
            return Ok(());
        }
        self.peers[who].jsep.rollback()?;
        self.wires[1 - who].pop_back();
        Ok(())
    }

    fn withdraw(&mut self, who: usize) -> Result<(), NegotiationError> {
        let states = [&self.peers[who], &self.peers[1 - who]].map(|peer| peer.jsep.state());
        // An offer that the peer gave up for this one is to be heard, and ignored, first.
        let is_offer =
            |message: &Message| matches!(message, Message::Description(SdpType::Offer, _));
        if states != [SignalingState::HaveLocalOffer, SignalingState::HaveRemoteOffer]
            || self.wires[who].iter().any(is_offer)
        {
            return Ok(());
        }
        self.peers[who].set_local(SdpType::Rollback, &Description::default())?;
        let told = self.peers[1 - who].set_remote(SdpType::Rollback, Description::default());
        told.expect("its offer is pending there");
        self.owed[who] = false;
        let stable = [SignalingState::Stable; 2];
        assert_eq!([0, 1].map(|side: usize| self.peers[side].jsep.state()), stable);
        Ok(())
    }

    fn hear(&mut self, who: usize) -> Result<(), NegotiationError> {
        let (kind, description) = match self.wires[who].pop_front() {
            Some(Message::Description(kind, description)) => (kind, description),
            Some(Message::Candidate(init)) => {
                let before = self.peers[who].clone();
                if self.peers[who].jsep.add_ice_candidate(*init).is_err() {
                    assert_eq!(self.peers[who], before, "a refused candidate changes nothing");
                }
                return Ok(());
            }
            None => return Ok(()),
        };
        let (outcome, effects) = match self.peers[who].set_remote(kind, *description) {
            Ok(taken) => taken,
            // The offer that it answers was rolled back for one of the peer's.
            Err(error @ NegotiationError::WrongState(_)) => return Err(error),
            Err(error) => panic!("{kind:?} of a peer of our own is refused: {error}"),
        };
        self.owed[who] |= outcome == RemoteOutcome::Ignored;
        check_candidates(&self.peers[who], &effects);
        if kind == SdpType::Answer {
            assert_agreed(&self.peers[0], &self.peers[1]);
        }
        Ok(())
    }

    fn answer(&mut self, who: usize, kind: SdpType) -> Result<(), NegotiationError> {
        let peer = &mut self.peers[who];
        match peer.jsep.state() {
            // What was answered for the time being has its credentials.
            SignalingState::HaveRemoteOffer if peer.jsep.answer_restarts() => {
                peer.renew_credentials();
            }
            SignalingState::HaveRemoteOffer | SignalingState::HaveLocalPranswer => {}
            _ => return Ok(()),
        }
        let answer = peer.create_answer()?;
        assert_eq!(peer.create_answer(), Ok(answer.clone()), "making one has no effect");
        let effects = peer.set_local(kind, &answer)?;
        check_candidates(&self.peers[who], &effects);
        self.say(who, kind, &answer);
        Ok(())
    }

    /// A candidate of the description that is in force, for its first m-line that is used.
    fn find_candidate(&mut self, who: usize, port: u16) {
        let Some(described) = self.peers[who].jsep.local_description() else { return };
        let Some(media) = described.media.iter().find(|media| media.port != 0) else { return };
        let line = format!("candidate:1 1 udp 2113937151 192.0.2.1 {port} typ host");
        let init = CandidateInit {
            candidate: Some(IceCandidate::parse(&line).expect("a valid line")),
            mid: media.mid.clone(),
            index: None,
            ufrag: media.transport.ice_ufrag.clone(),
        };
        self.wires[1 - who].push_back(Message::Candidate(Box::new(init)));
    }

    fn is_busy(&self) -> bool {
        let owes = |peer: &Peer| {
            let states = [SignalingState::HaveRemoteOffer, SignalingState::HaveLocalPranswer];
            states.contains(&peer.jsep.state())
        };
        self.wires.iter().any(|wire| !wire.is_empty()) || self.peers.iter().any(owes)
    }

    /// Delivers all, and offers while a side says that it needs to.
    pub(super) fn settle(&mut self) {
        for _ in 0..24 {
            while self.is_busy() {
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

    /// Both have the same m-lines, directions and codecs.
    pub(super) fn check(&mut self) {
        let [a, b] = &mut self.peers;
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
            for peer in [&*a, &*b] {
                check_encodings(peer, line.mid);
            }
        }
    }
}

/// Candidates that are told are of the credentials that are in use, and for an m-line that is
/// there.
fn check_candidates(peer: &Peer, effects: &Effects) {
    for told in &effects.candidates {
        let Some(candidate) = &told.candidate else { continue };
        let in_use = &peer.agreed().remote.credentials.ufrag;
        assert_eq!(candidate.ufrag.as_ref(), Some(in_use));
        assert!(peer.jsep.lines.iter().any(|line| line.mid == told.mid));
    }
}

/// What is sent is what was agreed on, in codecs that were.
fn check_encodings(peer: &Peer, mid: crate::ids::Mid) {
    let sent = peer.jsep.sent_encodings(mid);
    // Where every m-line was rejected there is nothing to agree on.
    let mut media = peer.agreed.iter().flat_map(|agreed| &agreed.media);
    let Some(agreed) = media.find(|media| media.mid == mid) else {
        assert_eq!(sent, []);
        return;
    };
    let sent_rids: Vec<_> = sent.iter().map(|encoding| encoding.rid).collect();
    let agreed_rids: Vec<_> = agreed.send.encodings.iter().map(|e| e.rid).collect();
    assert_eq!(sent_rids, agreed_rids, "{mid}");
    for number in sent.iter().filter_map(|encoding| encoding.payload_type) {
        assert!(agreed.send.codecs.iter().any(|codec| codec.payload_type == number));
    }
}

/// What needs no wire.
fn ask(peer: &mut Peer, wish: &Step) -> Result<(), NegotiationError> {
    let transceivers = peer.jsep.transceivers();
    let id = |index: &usize| -> Option<TransceiverId> {
        transceivers.get(*index).map(|transceiver| transceiver.id)
    };
    match wish {
        Step::Add(kind, direction, layers) => {
            let rids = ["h", "l"].into_iter().filter_map(Rid::new);
            let send_layers = rids.filter(|_| *layers && *kind == MediaKind::Video).collect();
            let init = TransceiverInit { direction: *direction, send_layers, ..Default::default() };
            peer.jsep.add_transceiver(*kind, init);
            Ok(())
        }
        Step::Track(kind) => {
            peer.jsep.add_track(*kind, TransceiverInit::default());
            Ok(())
        }
        Step::Turn(index, direction) => {
            id(index).map_or(Ok(()), |id| peer.jsep.set_direction(id, *direction))
        }
        Step::Stop(index) => id(index).map_or(Ok(()), |id| peer.jsep.stop(id)),
        Step::Streams(index, count) => id(index).map_or(Ok(()), |id| {
            peer.jsep.set_streams(id, (0..*count).map(|n| format!("s{n}")).collect())
        }),
        Step::Prefer(index, names) => id(index).map_or(Ok(()), |id| {
            let capabilities = peer.capabilities.clone();
            let list = names.iter().map(|name| preference(name)).collect();
            peer.jsep.set_codec_preferences(id, list, &capabilities)
        }),
        Step::Send(index, active, codec) => id(index).map_or(Ok(()), |id| {
            let mut encodings = peer.jsep.parameters(id).expect("it is there").to_vec();
            for encoding in &mut encodings {
                encoding.active = *active;
                encoding.codec = codec.map(preference);
            }
            peer.jsep.set_parameters(id, encodings)
        }),
        Step::Extend(index, place, direction) => id(index).map_or(Ok(()), |id| {
            let capabilities = peer.capabilities.clone();
            let mut list = peer.jsep.header_extensions(id, &capabilities).expect("it is there");
            let count = list.len();
            list[place % count].direction = *direction;
            peer.jsep.set_header_extensions(id, list, &capabilities)
        }),
        Step::Restart => {
            peer.jsep.restart_ice();
            Ok(())
        }
        Step::Data(wanted) => {
            peer.jsep.want_data_channels(*wanted);
            Ok(())
        }
        other => unreachable!("{other:?} needs a wire"),
    }
}

/// A codec in all its forms.
pub(super) fn preference(name: &str) -> CodecPreference {
    let clock_rate = match name {
        "opus" => 48_000,
        "PCMU" => 8_000,
        _ => 90_000,
    };
    let channels = (name == "opus").then_some(2);
    CodecPreference { name: name.to_owned(), clock_rate, channels, parameters: None }
}
