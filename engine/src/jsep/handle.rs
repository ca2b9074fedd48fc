//! The negotiation handle: what an application or its signalling calls.

use std::borrow::Cow;

use super::candidates::{candidates, with_candidates};
use super::description::{SdpType, SessionDescription, summarise, with_direction};
use super::error::{NegotiationError, RemoteOutcome};
use super::formats::{in_order_of, preferences};
use super::signaling::SignalingOp;
use super::transceiver::{Phase, Transceiver, TransceiverInit};
use crate::candidate::IceCandidate;
use crate::codec::MediaKind;
use crate::command::Command;
use crate::config::{CodecOrder, NegotiationRole};
use crate::event::{Direction, Event};
use crate::ids::{Mid, TransceiverId};
use crate::rtc::Rtc;
use crate::session::{ChannelPlan, MediaPlan, OfferPlan};
use crate::state::{IceGatheringState, SignalingState};

/// The offer/answer exchange of a connection. Short-lived: get it from
/// [`Rtc::negotiation`](crate::Rtc::negotiation) for each use, and drain after.
///
/// ```
/// use std::time::Instant;
/// use lapwing_engine::{Config, MediaKind, Rtc, SdpType, TransceiverInit};
///
/// let mut rtc = Rtc::new(Config::seeded(1), Instant::now());
/// let mut negotiation = rtc.negotiation();
/// negotiation.add_transceiver(MediaKind::Audio, TransceiverInit::default());
/// let offer = negotiation.create_offer().unwrap();
/// negotiation.set_local(&offer).unwrap();
/// assert_eq!(offer.kind, SdpType::Offer);
/// assert!(offer.sdp.contains("m=audio"));
/// ```
pub struct Negotiation<'a> {
    pub(super) rtc: &'a mut Rtc,
}

impl<'a> Negotiation<'a> {
    pub(crate) fn new(rtc: &'a mut Rtc) -> Self {
        Negotiation { rtc }
    }

    /// Where the exchange stands.
    pub fn state(&self) -> SignalingState {
        self.rtc.jsep().state
    }

    /// Every transceiver, in the order of creation.
    pub fn transceivers(&self) -> Vec<Transceiver> {
        self.rtc.jsep().transceivers.iter().map(|entry| entry.view()).collect()
    }

    /// Asks for another m-line, to be offered next.
    pub fn add_transceiver(&mut self, kind: MediaKind, init: TransceiverInit) -> TransceiverId {
        self.rtc.ask(&Command::AddTransceiver { kind, init: Cow::Owned(init) })
    }

    pub(crate) fn make_transceiver(
        &mut self,
        kind: MediaKind,
        init: TransceiverInit,
    ) -> TransceiverId {
        let id = self.rtc.jsep_mut().add(kind, init, Phase::Wanted);
        self.rtc.check_negotiation_needed();
        id
    }

    /// Changes which way media flows. While an offer of the peer waits for our answer, the answer
    /// says it; else it needs an offer.
    pub fn set_direction(
        &mut self,
        id: TransceiverId,
        direction: Direction,
    ) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::SetDirection { id, direction })
    }

    pub(crate) fn change_direction(
        &mut self,
        id: TransceiverId,
        direction: Direction,
    ) -> Result<(), NegotiationError> {
        let state = self.rtc.jsep().state;
        let entry = self.rtc.jsep_mut().entry(id).filter(|entry| !entry.stopping);
        let entry = entry.ok_or(NegotiationError::UnknownTransceiver)?;
        if entry.init.direction == direction {
            return Ok(());
        }
        entry.init.direction = direction;
        match entry.phase {
            Phase::Negotiated(mid) if state == SignalingState::HaveRemoteOffer => {
                self.answer_direction(mid, direction);
            }
            Phase::Negotiated(_) => entry.dirty = true,
            _ => {}
        }
        self.rtc.check_negotiation_needed();
        Ok(())
    }

    fn answer_direction(&mut self, mid: Mid, direction: Direction) {
        let (jsep, session, _) = self.rtc.negotiation_parts();
        session.set_direction(mid, direction);
        if let Some(answer) = &mut jsep.created {
            answer.sdp = with_direction(&answer.sdp, mid, direction);
        }
    }

    /// Ends an m-line for good.
    pub fn stop(&mut self, id: TransceiverId) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::Stop { id })
    }

    pub(crate) fn stop_transceiver(&mut self, id: TransceiverId) -> Result<(), NegotiationError> {
        let jsep = self.rtc.jsep_mut();
        let entry = jsep.entry(id).filter(|entry| !entry.stopping);
        let entry = entry.ok_or(NegotiationError::UnknownTransceiver)?;
        entry.stopping = true;
        entry.dirty = true;
        // What was never said needs no end.
        jsep.transceivers.retain(|entry| !(entry.stopping && entry.phase == Phase::Wanted));
        self.rtc.check_negotiation_needed();
        Ok(())
    }

    /// Asks for new ICE credentials and paths with the next offer.
    pub fn restart_ice(&mut self) {
        self.rtc.ask(&Command::RestartIce)
    }

    pub(crate) fn want_restart(&mut self) {
        self.rtc.jsep_mut().restart_ice = true;
        self.rtc.check_negotiation_needed();
    }

    /// Makes an offer of everything that was asked for. It has no effect until
    /// [`Self::set_local`].
    pub fn create_offer(&mut self) -> Result<SessionDescription, NegotiationError> {
        self.rtc.ask(&Command::CreateOffer)
    }

    pub(crate) fn make_offer(&mut self) -> Result<SessionDescription, NegotiationError> {
        self.rtc.drop_taken_channels();
        let order = self.rtc.codec_order();
        let (jsep, session, channels) = self.rtc.negotiation_parts();
        if jsep.state != SignalingState::Stable {
            return Err(NegotiationError::WrongState(jsep.state));
        }
        let wanted =
            |entry: &&mut super::transceiver::TransceiverEntry| entry.phase == Phase::Wanted;
        let mut plan = OfferPlan { restart_ice: jsep.restart_ice, ..OfferPlan::default() };
        for entry in &jsep.transceivers {
            match entry.phase {
                Phase::Wanted => plan.add.push(MediaPlan {
                    kind: entry.kind,
                    direction: entry.init.direction,
                    stream_id: entry.init.stream_id.as_deref(),
                    track_id: entry.init.track_id.as_deref(),
                    send_layers: &entry.init.send_layers,
                }),
                Phase::Negotiated(mid) if entry.stopping => plan.stop.push(mid),
                Phase::Negotiated(mid) if entry.dirty => {
                    plan.directions.push((mid, entry.init.direction));
                }
                _ => {}
            }
        }
        let mut offered_channels = Vec::new();
        if !jsep.data_negotiated {
            for (id, config) in channels.queued() {
                offered_channels.push(id);
                plan.channels.push(ChannelPlan(config));
            }
        }
        let offer = session.create_offer(&plan).ok_or(NegotiationError::NothingToOffer)?;
        for (entry, mid) in jsep.transceivers.iter_mut().filter(wanted).zip(&offer.mids) {
            entry.phase = Phase::Offered(*mid);
        }
        for (id, channel) in offered_channels.iter().zip(offer.channels) {
            channels.bind(*id, channel);
        }
        jsep.offered_channels = offered_channels;
        for entry in &mut jsep.transceivers {
            entry.offered = std::mem::take(&mut entry.dirty);
        }
        jsep.restart_offered = std::mem::take(&mut jsep.restart_ice);
        let sdp = match (&jsep.remote, order) {
            // Browsers send by the last description of their peer: an agreed order stays (RFC 9429 section 5.2.2).
            (Some(remote), CodecOrder::Offered) => in_order_of(&remote.sdp, &offer.sdp),
            _ => offer.sdp,
        };
        let offer = SessionDescription { kind: SdpType::Offer, sdp };
        jsep.created = Some(offer.clone());
        Ok(offer)
    }

    /// The answer to the peer's offer. It has no effect until [`Self::set_local`].
    pub fn create_answer(&mut self) -> Result<SessionDescription, NegotiationError> {
        let jsep = self.rtc.jsep();
        match (&jsep.created, jsep.state) {
            (Some(answer), SignalingState::HaveRemoteOffer) => Ok(answer.clone()),
            _ => Err(NegotiationError::WrongState(jsep.state)),
        }
    }

    /// Applies the description that was created last, and begins to gather candidates.
    pub fn set_local(&mut self, description: &SessionDescription) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::SetLocal { description: Cow::Borrowed(description) })
    }

    pub(crate) fn apply_local(
        &mut self,
        description: &SessionDescription,
    ) -> Result<(), NegotiationError> {
        let jsep = self.rtc.jsep_mut();
        if jsep.created.as_ref() != Some(description) {
            return Err(NegotiationError::NotCreatedHere);
        }
        match description.kind {
            SdpType::Offer => {
                jsep.apply(SignalingOp::LocalOffer)?;
            }
            SdpType::Answer => {
                jsep.apply(SignalingOp::LocalAnswer)?;
            }
        }
        jsep.local = Some(description.clone());
        if description.kind == SdpType::Answer {
            jsep.settle();
            self.rtc.session_mut().exchange_complete();
        }
        self.rtc.signaling_changed();
        self.rtc.start_gathering();
        Ok(())
    }

    /// Applies what the peer sent.
    pub fn set_remote(
        &mut self,
        description: &SessionDescription,
    ) -> Result<RemoteOutcome, NegotiationError> {
        self.rtc.ask(&Command::SetRemote { description: Cow::Borrowed(description) })
    }

    pub(crate) fn apply_remote(
        &mut self,
        description: &SessionDescription,
    ) -> Result<RemoteOutcome, NegotiationError> {
        let mut media = summarise(&description.sdp)?;
        let outcome = match description.kind {
            SdpType::Offer => self.accept_offer(&description.sdp)?,
            SdpType::Answer => self.accept_answer(&description.sdp)?,
        };
        if outcome == RemoteOutcome::Ignored {
            return Ok(outcome);
        }
        self.rtc.drop_taken_channels();
        let (jsep, session, channels) = self.rtc.negotiation_parts();
        jsep.remote = Some(description.clone());
        if let Some(data) = media.iter().find(|media| media.is_data && !media.rejected) {
            jsep.data_negotiated = true;
            channels.set_remote_message_bytes(data.max_message_bytes);
            channels.open_queued(session);
        }
        let mismatches = self.find_mismatches(&description.sdp, &mut media);
        self.rtc.jsep_mut().remote_media = media;
        if description.kind == SdpType::Answer {
            self.rtc.session_mut().exchange_complete();
            self.announce_answered_tracks();
        }
        for mismatch in mismatches {
            self.rtc.push_event(Event::NoCommonCodec(mismatch));
        }
        for candidate in candidates(&description.sdp) {
            // One that cannot be used is passed over, others may do.
            let _ = self.rtc.add_remote_candidate(candidate);
        }
        self.rtc.signaling_changed();
        Ok(outcome)
    }

    fn accept_offer(&mut self, sdp: &str) -> Result<RemoteOutcome, NegotiationError> {
        let (jsep, session, _) = self.rtc.negotiation_parts();
        let collision = jsep.state == SignalingState::HaveLocalOffer;
        match jsep.state {
            SignalingState::HaveLocalOffer if jsep.role == NegotiationRole::Impolite => {
                return Ok(RemoteOutcome::Ignored);
            }
            SignalingState::Closed => return Err(NegotiationError::WrongState(jsep.state)),
            _ => {}
        }
        // Before anything changes.
        let offer = session.read_offer(sdp).map_err(NegotiationError::Invalid)?;
        // An offer that was created but never set is dropped as well.
        if collision || jsep.created.as_ref().is_some_and(|made| made.kind == SdpType::Offer) {
            self.rollback_offer();
        }
        let order = self.rtc.codec_order();
        let (jsep, session, _) = self.rtc.negotiation_parts();
        if collision {
            jsep.apply(SignalingOp::Rollback)?;
        }
        let answer = session.accept_offer(offer).map_err(NegotiationError::Invalid)?;
        let answer = match order {
            CodecOrder::Offered => in_order_of(sdp, &answer),
            CodecOrder::Own => answer,
        };
        session.prefer(preferences(&answer));
        jsep.apply(SignalingOp::RemoteOffer)?;
        jsep.created = Some(SessionDescription { kind: SdpType::Answer, sdp: answer });
        Ok(if collision { RemoteOutcome::RolledBack } else { RemoteOutcome::Applied })
    }

    fn accept_answer(&mut self, sdp: &str) -> Result<RemoteOutcome, NegotiationError> {
        let (jsep, session, _) = self.rtc.negotiation_parts();
        if jsep.state != SignalingState::HaveLocalOffer {
            return Err(NegotiationError::WrongState(jsep.state));
        }
        let answer = session.read_answer(sdp).map_err(NegotiationError::Invalid)?;
        session.accept_answer(answer).map_err(NegotiationError::Invalid)?;
        session.prefer(preferences(sdp));
        jsep.apply(SignalingOp::RemoteAnswer)?;
        Ok(RemoteOutcome::Applied)
    }

    /// Tracks that the answer makes flow towards us on m-lines of our own.
    fn announce_answered_tracks(&mut self) {
        let (jsep, session, _) = self.rtc.negotiation_parts();
        let fresh = jsep.transceivers.iter().filter_map(|entry| match entry.phase {
            Phase::Offered(mid) => Some((mid, entry.kind)),
            _ => None,
        });
        let fresh: Vec<_> = fresh.collect();
        jsep.settle();
        let mut tracks = Vec::new();
        for (mid, kind) in fresh {
            let direction = session.direction(mid).unwrap_or(Direction::Inactive);
            if direction.receives() && !jsep.is_mismatched(mid) {
                tracks.push(jsep.remote_track(mid, kind, direction, Vec::new()));
            }
        }
        for track in tracks {
            self.rtc.push_event(Event::TrackAdded(track));
        }
    }

    /// Takes our offer back.
    pub fn rollback(&mut self) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::Rollback)
    }

    pub(crate) fn take_back(&mut self) -> Result<(), NegotiationError> {
        let jsep = self.rtc.jsep_mut();
        if jsep.state != SignalingState::HaveLocalOffer {
            return Err(NegotiationError::WrongState(jsep.state));
        }
        jsep.apply(SignalingOp::Rollback)?;
        self.rollback_offer();
        self.rtc.signaling_changed();
        Ok(())
    }

    fn rollback_offer(&mut self) {
        let (jsep, session, channels) = self.rtc.negotiation_parts();
        session.rollback(!jsep.negotiated);
        jsep.roll_back();
        for id in std::mem::take(&mut jsep.offered_channels) {
            channels.unbind(id);
        }
    }

    /// Takes a candidate of the peer's: the attribute's text, empty at the end of candidates.
    pub fn add_ice_candidate(&mut self, candidate: &str) -> Result<(), NegotiationError> {
        self.rtc.ask(&Command::AddIceCandidate { candidate })
    }

    pub(crate) fn take_candidate(&mut self, candidate: &str) -> Result<(), NegotiationError> {
        if self.rtc.jsep().remote.is_none() {
            return Err(NegotiationError::NoRemoteDescription);
        }
        if candidate.is_empty() {
            return Ok(());
        }
        let candidate = IceCandidate::parse(candidate).map_err(NegotiationError::Candidate)?;
        self.rtc.add_remote_candidate(candidate)
    }

    /// The description that we set last, with the candidates gathered so far, and with `a=end-of-candidates` when
    /// there are no more (RFC 9429 sections 5.2.1 and 5.3.1). An offer that was rolled back counts as never set.
    ///
    /// Where candidates cannot be sent one by one, set the description, drain until gathering is complete, and send
    /// this one:
    ///
    /// ```
    /// use std::net::SocketAddr;
    /// use std::time::Instant;
    /// use lapwing_engine::{
    ///     ChannelConfig, Config, IceGatheringState, Input, Interface, Output, Rtc, SocketReply, SocketRequest,
    /// };
    ///
    /// let now = Instant::now();
    /// let mut rtc = Rtc::new(Config::seeded(1), now);
    /// let interface = Interface::new("eth0", "192.0.2.7".parse().unwrap());
    /// rtc.handle_input(Input::Interfaces(&[interface]), now);
    /// rtc.create_channel(ChannelConfig::new("chat")).unwrap();
    /// let offer = rtc.negotiation().create_offer().unwrap();
    /// rtc.negotiation().set_local(&offer).unwrap();
    /// while rtc.ice_gathering_state() != IceGatheringState::Complete {
    ///     match rtc.poll_output() {
    ///         // A real loop opens a socket here, and waits for input at `Output::Timeout`.
    ///         Output::Socket(SocketRequest::Bind { id, local, .. }) => {
    ///             let local = SocketAddr::new(local.ip(), 5000);
    ///             rtc.handle_input(Input::Socket(SocketReply::Bound { id, local }), now);
    ///         }
    ///         _ => {}
    ///     }
    /// }
    /// let complete = rtc.negotiation().local_description().unwrap();
    /// assert!(complete.sdp.contains(" 192.0.2.7 5000 typ host"));
    /// assert!(complete.sdp.contains("a=end-of-candidates"));
    /// ```
    pub fn local_description(&self) -> Option<SessionDescription> {
        let SessionDescription { kind, sdp } = self.rtc.jsep().local.as_ref()?;
        let candidates = self.rtc.session().local_candidates();
        let complete = self.rtc.ice_gathering_state() == IceGatheringState::Complete;
        Some(SessionDescription { kind: *kind, sdp: with_candidates(sdp, &candidates, complete) })
    }

    /// The description that the peer sent last.
    pub fn remote_description(&self) -> Option<&SessionDescription> {
        self.rtc.jsep().remote.as_ref()
    }
}
