//! Descriptions are set (W3C section 4.4.1.5, RFC 9429 sections 5.9 to 5.11).

use lapwing_engine::{Direction, MediaKind, Mid, SdpType, SignalingState};

use super::peer::{Before, Exchange, Heard, Model, Negotiated, Origin, Pending, Place};
use super::said::{Kind, Line, Said, both, reversed};

/// The state after a description (RFC 9429 section 3.2), `None` where it may not be set.
pub(super) fn after(state: SignalingState, ours: bool, kind: SdpType) -> Option<SignalingState> {
    use SignalingState::{
        HaveLocalOffer, HaveLocalPranswer, HaveRemoteOffer, HaveRemotePranswer, Stable,
    };
    let (offered, answering, provisional) = match ours {
        true => (HaveLocalOffer, HaveRemoteOffer, HaveLocalPranswer),
        false => (HaveRemoteOffer, HaveLocalOffer, HaveRemotePranswer),
    };
    match kind {
        SdpType::Offer => (state == Stable || state == offered).then_some(offered),
        SdpType::Pranswer => (state == answering || state == provisional).then_some(provisional),
        SdpType::Answer => (state == answering || state == provisional).then_some(Stable),
        SdpType::Rollback => (state == offered).then_some(Stable),
    }
}

impl Model {
    /// A description of ours is set. False where it may not be.
    pub(in crate::explore) fn set_local(&mut self, kind: SdpType, said: &Said) -> bool {
        let Some(state) = after(self.state, true, kind) else { return false };
        match kind {
            SdpType::Offer => self.take_own_offer(said),
            SdpType::Rollback => self.take_back(),
            SdpType::Pranswer | SdpType::Answer => self.take_answer(kind, said, true),
        }
        self.state = state;
        true
    }

    /// A description of the peer's is set.
    pub(in crate::explore) fn set_remote(&mut self, kind: SdpType, said: &Said) -> Heard {
        let collides = kind == SdpType::Offer && self.state == SignalingState::HaveLocalOffer;
        if collides && !self.polite {
            return Heard::Ignored;
        }
        if collides {
            self.take_back();
            self.state = SignalingState::Stable;
        }
        let Some(state) = after(self.state, false, kind) else { return Heard::Refused };
        match kind {
            SdpType::Offer => self.take_offer(said),
            SdpType::Rollback => self.take_back(),
            SdpType::Pranswer | SdpType::Answer => self.take_answer(kind, said, false),
        }
        self.state = state;
        if collides { Heard::RolledBack } else { Heard::Applied }
    }

    /// The pending offer is taken back, whosever it is. False where there is none, or it is
    /// answered for the time being.
    pub(in crate::explore) fn roll_back(&mut self) -> bool {
        let pending = [SignalingState::HaveLocalOffer, SignalingState::HaveRemoteOffer];
        if !pending.contains(&self.state) {
            return false;
        }
        self.take_back();
        self.state = SignalingState::Stable;
        true
    }

    fn before(&mut self) -> Before {
        if let Some(pending) = self.pending.take() {
            return pending.before;
        }
        let transceivers = self.transceivers.iter();
        Before {
            places: self.places.clone(),
            transceivers: transceivers
                .map(|one| (one.key, one.negotiated.clone(), one.direction))
                .collect(),
        }
    }

    /// Transceivers that wait have their m-lines, in the order of creation.
    fn take_own_offer(&mut self, said: &Said) {
        let before = self.before();
        for (index, line) in said.lines.iter().enumerate() {
            let known = self.places.get(index).filter(|place| place.mid == line.mid);
            if known.is_some() {
                continue;
            }
            let next = self
                .transceivers
                .iter_mut()
                .find(|one| one.waits() && Kind::Media(one.kind) == line.kind);
            if let Some(one) = next {
                one.negotiated.mid = Some(line.mid);
            }
            self.put(index, line);
        }
        self.pending = Some(Pending { ours: true, offer: said.clone(), provisional: None, before });
    }

    fn put(&mut self, index: usize, line: &Line) {
        let place = Place { mid: line.mid, kind: line.kind, free: line.rejected };
        match self.places.get_mut(index) {
            Some(known) => *known = place,
            None => self.places.push(place),
        }
    }

    fn take_offer(&mut self, said: &Said) {
        if self.pending.is_some() {
            self.take_back();
        }
        let before = self.before();
        for (index, line) in said.lines.iter().enumerate() {
            if let Kind::Media(kind) = line.kind {
                match line.rejected {
                    true => self.end(line.mid),
                    false => self.associate(line, kind),
                }
            }
            self.put(index, line);
        }
        self.pending =
            Some(Pending { ours: false, offer: said.clone(), provisional: None, before });
    }

    /// The m-line's transceiver: the one that it has, a track that waits to be sent, or another.
    fn associate(&mut self, line: &Line, kind: MediaKind) {
        let known = self.transceivers.iter().position(|one| one.is_at(line.mid));
        let track = || {
            let waits = self
                .transceivers
                .iter()
                .position(|one| one.origin == Origin::Track && one.kind == kind && one.waits());
            waits.filter(|_| line.direction.receives())
        };
        let index = known.or_else(track).unwrap_or_else(|| {
            self.push(None, kind, Origin::Peer, Direction::RecvOnly, None);
            self.transceivers.len() - 1
        });
        let one = &mut self.transceivers[index];
        one.negotiated.mid = Some(line.mid);
        // `PeerLines::Mirror`: what the peer offers is taken as it is, until the user says.
        if one.origin == Origin::Peer {
            one.direction = reversed(line.direction);
        }
    }

    fn end(&mut self, mid: Mid) {
        for one in self.transceivers.iter_mut().filter(|one| one.is_at(mid)) {
            one.negotiated.stopped = true;
            one.negotiated.current = None;
        }
    }

    fn take_answer(&mut self, kind: SdpType, answer: &Said, ours: bool) {
        let Some(pending) = &mut self.pending else { return };
        pending.provisional = Some(answer.clone());
        let offer = pending.offer.clone();
        let (local, remote) = match ours {
            true => (answer.clone(), offer.clone()),
            false => (offer.clone(), answer.clone()),
        };
        for (said, heard) in local.lines.iter().zip(&remote.lines) {
            let flows = both(said.direction, reversed(heard.direction));
            for one in self.transceivers.iter_mut().filter(|one| one.is_at(said.mid)) {
                one.negotiated.current = Some(flows);
                one.negotiated.sent |= flows.sends();
                if one.streams.is_none() && !said.streams.is_empty() {
                    one.streams = Some(said.streams.clone());
                }
            }
        }
        if kind == SdpType::Answer {
            self.settle(&offer, answer);
            let kept = |ufrag: &String| self.replace.contains(ufrag);
            if !local.ufrag.as_ref().is_some_and(kept) {
                self.replace.clear();
            }
            self.current = Some(Exchange { ours: !ours, local, remote });
        }
    }

    fn settle(&mut self, offer: &Said, answer: &Said) {
        for (index, (offered, answered)) in offer.lines.iter().zip(&answer.lines).enumerate() {
            let rejected = offered.rejected || answered.rejected;
            self.places[index].free = rejected;
            if rejected {
                self.end(offered.mid);
            }
        }
        self.pending = None;
        self.transceivers.retain(|one| !one.negotiated.stopped);
    }

    /// What the pending offer made is gone, what was asked for stays.
    fn take_back(&mut self) {
        let Some(Pending { before, .. }) = self.pending.take() else { return };
        self.places = before.places;
        let find = |key: u32| before.transceivers.iter().find(|(known, ..)| *known == key);
        self.transceivers.retain(|one| one.origin != Origin::Peer || find(one.key).is_some());
        for one in &mut self.transceivers {
            match find(one.key) {
                Some((_, negotiated, direction)) => {
                    one.negotiated = negotiated.clone();
                    if one.origin == Origin::Peer {
                        one.direction = *direction;
                    }
                }
                None => {
                    one.negotiated = Negotiated::default();
                    if one.origin == Origin::Claimed {
                        one.origin = Origin::Added;
                    }
                }
            }
        }
        self.transceivers.retain(|one| !one.stopping || one.negotiated.mid.is_some());
    }
}
