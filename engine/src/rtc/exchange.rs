//! Descriptions on their way: text from and to the application, decisions from `jsep`, and what
//! both sides agreed on down to the session. What the session refuses, nobody has done.

use std::sync::Arc;

use super::Rtc;
use super::drafts::Draft;
use crate::candidate::{CandidateAddress, CandidateInit, IceCandidate};
use crate::event::Event;
use crate::jsep::{
    CandidateFault, Effects, Jsep, NegotiationError, RemoteOutcome, SdpType, SessionDescription,
    Side, with_candidates,
};
use crate::output::Output;
use crate::resolve::Asked;
use crate::sdp::Description;
use crate::session::Session;
use crate::session::agreed::{Agreed, IceCredentials, LocalTransport};
use crate::state::{IceGatheringState, SignalingState};

impl Rtc {
    pub(super) fn make_offer(&mut self) -> Result<SessionDescription, NegotiationError> {
        self.drop_taken_channels();
        let is_stale = |drawn: &IceCredentials| self.jsep.is_to_replace(drawn);
        if self.drafts.credentials.as_ref().is_some_and(is_stale) {
            self.drafts.credentials = None;
        }
        let local = self.local_transport(self.jsep.restart_wanted());
        let offer = self.jsep.create_offer(&local, &self.capabilities)?;
        Ok(self.draft(SdpType::Offer, offer))
    }

    pub(super) fn make_answer(&mut self) -> Result<SessionDescription, NegotiationError> {
        let local = self.local_transport(self.jsep.answer_restarts());
        let answer = self.jsep.create_answer(&local, &self.capabilities)?;
        Ok(self.draft(SdpType::Answer, answer))
    }

    fn local_transport(&mut self, restarts: bool) -> LocalTransport {
        let mut local = self.session.local_transport();
        if restarts {
            let Rtc { drafts, session, .. } = self;
            let drawn = drafts.credentials.get_or_insert_with(|| session.draw_credentials());
            local.credentials.clone_from(drawn);
        }
        local
    }

    fn draft(&mut self, kind: SdpType, description: Description) -> SessionDescription {
        let sdp = self.with_gathered(&description).to_string();
        let said = SessionDescription { kind, sdp };
        let description = Arc::new(description);
        self.drafts.created = Some(Draft { said: said.clone(), description });
        said
    }

    fn with_gathered(&self, description: &Description) -> Description {
        let complete = self.gathering == IceGatheringState::Complete;
        let known = self.session.local_candidates().into_iter();
        let shown: Vec<_> = known.filter_map(|candidate| self.names.shown(candidate)).collect();
        with_candidates(description, &shown, complete)
    }

    pub(crate) fn local_description(&self) -> Option<SessionDescription> {
        let kind = self.jsep.kind_of_description(Side::Local)?;
        let sdp = self.with_gathered(self.jsep.local_description()?).to_string();
        Some(SessionDescription { kind, sdp })
    }

    pub(crate) fn remote_description(&self) -> Option<SessionDescription> {
        let kind = self.jsep.kind_of_description(Side::Remote)?;
        let sdp = self.jsep.remote_description()?.to_string();
        Some(SessionDescription { kind, sdp })
    }

    pub(super) fn apply_local(
        &mut self,
        said: &SessionDescription,
    ) -> Result<(), NegotiationError> {
        let description = match &self.drafts.created {
            _ if said.kind == SdpType::Rollback => Arc::default(),
            Some(draft) if draft.is(said) => Arc::clone(&draft.description),
            _ => return Err(NegotiationError::NotCreatedHere),
        };
        let mut next = self.jsep.clone();
        let effects = next.set_local(said.kind, description)?;
        self.adopt(next, effects)?;
        match said.kind {
            SdpType::Offer => self.expect_checks(),
            SdpType::Rollback => self.session.forget_checks(),
            SdpType::Pranswer | SdpType::Answer => {}
        }
        Ok(())
    }

    /// The peer may check our candidates before its answer is here.
    fn expect_checks(&mut self) {
        let offer = self.jsep.local_description();
        if let Some(credentials) = offer.and_then(|offer| crate::jsep::credentials(offer)) {
            self.session.expect_checks(&credentials, !self.config.ice_lite);
        }
    }

    pub(super) fn apply_remote(
        &mut self,
        said: &SessionDescription,
    ) -> Result<RemoteOutcome, NegotiationError> {
        if self.is_over() {
            return Err(NegotiationError::WrongState(SignalingState::Closed));
        }
        let description = match said.kind {
            SdpType::Rollback => Description::default(),
            _ => Description::parse(&said.sdp)?,
        };
        let mut next = self.jsep.clone();
        let (outcome, effects) = next.set_remote(said.kind, description, &self.capabilities)?;
        if outcome != RemoteOutcome::Ignored {
            self.adopt(next, effects)?;
        }
        if outcome == RemoteOutcome::RolledBack {
            self.session.forget_checks();
        }
        Ok(outcome)
    }

    /// Takes back the offer that is pending.
    pub(super) fn take_back(&mut self) -> Result<(), NegotiationError> {
        let mut next = self.jsep.clone();
        let effects = next.rollback()?;
        self.adopt(next, effects)?;
        self.session.forget_checks();
        Ok(())
    }

    /// Takes a step of the negotiation, unless the session cannot.
    fn adopt(&mut self, next: Jsep, mut effects: Effects) -> Result<(), NegotiationError> {
        let agreed = effects.agreed.take();
        if let Some(agreed) = &agreed {
            self.session.agree(agreed)?;
        }
        self.jsep = next;
        self.drafts.created = None;
        if agreed.is_some() && self.jsep.state() == SignalingState::Stable {
            self.drafts.credentials = None;
        }
        if let Some(agreed) = agreed {
            self.on_agreed(agreed);
        }
        self.follow(effects);
        Ok(())
    }

    fn on_agreed(&mut self, agreed: Agreed) {
        if let Some(sctp) = &agreed.sctp {
            let most = self.capabilities.sent_message_bytes_max;
            self.channels.set_remote_message_bytes(sctp.remote_message_bytes_max, most);
            self.drop_taken_channels();
            self.channels.open_queued(&mut self.session);
        }
        self.agreed = agreed.media;
    }

    /// Does and tells what follows from a step, in the order of W3C section 4.4.1.5.
    fn follow(&mut self, effects: Effects) {
        for remote in effects.candidates {
            if let Some(candidate) = remote.candidate {
                // One that cannot be used is passed over, others may do.
                let _ = self.add_remote_candidate(candidate);
            }
        }
        if let Some(state) = effects.state {
            self.push_event(Event::SignalingStateChanged(state));
        }
        if effects.close_channels {
            for id in self.channels.end_all(&mut self.session) {
                self.push_event(Event::ChannelClosed(id));
            }
        }
        for mid in effects.muted {
            self.push_event(Event::TrackRemoved { mid });
        }
        for track in effects.added {
            self.push_event(Event::TrackAdded(track));
        }
        for (mid, direction) in effects.directions {
            self.push_event(Event::TrackChanged { mid, direction });
        }
        for mismatch in effects.no_common_codec {
            self.push_event(Event::NoCommonCodec(mismatch));
        }
        for id in effects.stopped.into_iter().chain(effects.vanished) {
            let mid = self.jsep.mid_of(id);
            self.push_event(Event::TransceiverStopped { id, mid });
        }
        let (jsep, layers) = (&self.jsep, &mut self.layers);
        layers.retain(|mid, _| jsep.kind_of(*mid).is_some());
        self.check_negotiation_needed();
        if effects.gather {
            self.gatherer.start(self.now);
        }
    }

    /// Tells once when an offer becomes necessary.
    pub(super) fn check_negotiation_needed(&mut self) {
        self.jsep.want_data_channels(self.channels.has_queued());
        if self.jsep.update_negotiation_needed() {
            self.push_event(Event::NegotiationNeeded);
        }
    }

    /// Tells of channels whose agreed stream went to another one while they waited.
    fn drop_taken_channels(&mut self) {
        for id in self.channels.drop_taken(&mut self.session) {
            self.push_event(Event::ChannelClosed(id));
        }
    }

    pub(super) fn take_candidate(
        &mut self,
        line: &str,
        signalled: CandidateInit,
    ) -> Result<(), NegotiationError> {
        if self.jsep.remote_description().is_none() {
            return Err(NegotiationError::NoRemoteDescription);
        }
        let candidate = match line {
            "" => None,
            line => Some(IceCandidate::parse(line)?),
        };
        match self.jsep.add_ice_candidate(CandidateInit { candidate, ..signalled }) {
            Ok(Some(remote)) => match remote.candidate {
                Some(candidate) => self.add_remote_candidate(candidate),
                None => Ok(()),
            },
            Ok(None) => Ok(()),
            Err(CandidateFault::UnknownLine) => Err(NegotiationError::UnknownMediaLine),
            Err(CandidateFault::TooMany) => Err(NegotiationError::TooManyCandidates),
        }
    }

    fn add_remote_candidate(&mut self, candidate: IceCandidate) -> Result<(), NegotiationError> {
        if let CandidateAddress::Name(name, _) = &candidate.address {
            if !self.config.resolve_names {
                return Ok(());
            }
            let name = name.clone();
            self.names.ask(&candidate, self.now);
            if let Some(id) = self.resolver.ask(Asked::Candidate(candidate)) {
                self.outputs.push(Output::Resolve { id, name });
            }
            return Ok(());
        }
        Ok(self.session.add_remote_candidate(&candidate)?)
    }

    pub(super) fn add_resolved_candidate(&mut self, candidate: &IceCandidate) {
        if let Err(error) = self.session.add_remote_candidate(candidate) {
            tracing::debug!(%error, "resolved candidate not usable");
        }
    }
}
