//! The peer's descriptions are set (RFC 9429 sections 5.10 and 5.11).
//!
//! 1. The step is allowed: an offer that collides with ours is ignored, or ours is rolled back.
//! 2. The description is judged ([`check`], [`order`], [`transport`]); all that follows happens to
//!    a copy.
//! 3. M-lines of an offer are given to transceivers; those of an answer say what flows.
//! 4. What follows for the session and the application is told as [`Effects`].

use std::sync::Arc;

use super::answer::Taking;
use super::check;
use super::effects::Effects;
use super::error::{DescriptionFault as Fault, NegotiationError, RemoteOutcome};
use super::line::{self, LineKind};
use super::settle::offered_flow;
use super::signaling::{SdpType, Side, transition};
use super::state::{Jsep, Pending, Transport};
use super::transport::{self, Found};
use super::{bundle, order};
use crate::config::NegotiationRole;
use crate::sdp::Description;
use crate::session::agreed::Capabilities;
use crate::state::SignalingState;

impl Jsep {
    /// Sets a description of the peer's. A refused one changes nothing.
    pub(crate) fn set_remote(
        &mut self,
        kind: SdpType,
        description: Description,
        capabilities: &Capabilities,
    ) -> Result<(RemoteOutcome, Effects), NegotiationError> {
        let (mut next, mut effects) = (self.clone(), Effects::default());
        let collision = kind == SdpType::Offer && self.state == SignalingState::HaveLocalOffer;
        if collision && self.config.role == NegotiationRole::Impolite {
            return Ok((RemoteOutcome::Ignored, effects));
        }
        if collision {
            next.take_back(&mut effects);
            next.state = SignalingState::Stable;
        }
        let refused = NegotiationError::WrongState(self.state);
        let state = transition(next.state, Side::Remote, kind).ok_or(refused)?;
        match kind {
            SdpType::Offer => {
                let description = shared(description, self.current_of(Side::Remote));
                next.apply_offer(description, capabilities, &mut effects)?;
            }
            SdpType::Pranswer | SdpType::Answer => {
                let description = shared(description, self.local_description());
                next.apply_answer(kind, description, capabilities, &mut effects)?;
            }
            SdpType::Rollback => next.take_back(&mut effects),
        }
        next.enter(state, &mut effects);
        effects.ice_restarted = effects.agreed.is_some() && self.is_restarted_in(&next);
        *self = next;
        Ok((if collision { RemoteOutcome::RolledBack } else { RemoteOutcome::Applied }, effects))
    }

    fn apply_offer(
        &mut self,
        offer: Arc<Description>,
        capabilities: &Capabilities,
        effects: &mut Effects,
    ) -> Result<(), Fault> {
        check::shape(&offer, true, capabilities)?;
        order::check_offer(&offer, self.settled_lines())?;
        if offer.ice_lite && self.config.ice_lite {
            return Err(Fault::BothIceLite);
        }
        // An offer that takes the place of the one before finds what was settled.
        let before = match self.pending.take() {
            Some(pending) => {
                self.restore(&pending.before);
                pending.before
            }
            None => self.snapshot(),
        };
        self.pending = Some(Pending {
            offerer: Side::Remote,
            offer: Arc::clone(&offer),
            provisional: None,
            before,
        });
        self.associate(&offer, effects);
        let taking = self.taking(&offer, capabilities)?;
        let before = self.current_of(Side::Remote).map(|before| &**before);
        check::payload_types(&offer, &taking.taken, capabilities, before, &self.numbers)?;
        if let Some((found, _)) = &taking.transport {
            transport::check_certificate(found, self.settled_transport())?;
        }
        Arc::make_mut(&mut self.numbers).learn(Side::Remote, &offer);
        self.tell_offer(&offer, &taking, effects);
        self.learn_candidates(&offer)
    }

    fn tell_offer(&mut self, offer: &Description, taking: &Taking, effects: &mut Effects) {
        for (index, media) in offer.media.iter().enumerate() {
            if line::is_rejected(media, true) || line::media_kind(media).is_none() {
                continue;
            }
            let mid = self.lines[index].mid;
            let mismatched = taking.formats[index].is_empty();
            self.tell_mismatch(mid, media, mismatched, effects);
            if !mismatched && taking.taken[index] {
                self.tell_track(mid, (offer, media), offered_flow(offer, media), true, effects);
            }
        }
    }

    fn apply_answer(
        &mut self,
        kind: SdpType,
        answer: Arc<Description>,
        capabilities: &Capabilities,
        effects: &mut Effects,
    ) -> Result<(), NegotiationError> {
        let refused = || NegotiationError::WrongState(self.state);
        let offer = Arc::clone(&self.pending.as_ref().ok_or_else(refused)?.offer);
        order::check_answer(&answer, &offer)?;
        check::shape(&answer, false, capabilities)?;
        bundle::check_answer(&answer)?;
        if answer.ice_lite && offer.ice_lite {
            return Err(Fault::BothIceLite.into());
        }
        let taken: Vec<bool> =
            answer.media.iter().map(|media| !line::is_rejected(media, false)).collect();
        let before = self.current_of(Side::Remote).map(|before| &**before);
        check::payload_types(&answer, &taken, capabilities, before, &self.numbers)?;
        if let Some(found) = transport::find(&answer, &taken)? {
            self.transport = Some(self.answered_transport(&offer, &answer, found)?);
        }
        Arc::make_mut(&mut self.numbers).learn(Side::Remote, &answer);
        self.learn_candidates(&answer)?;
        let refused = NegotiationError::WrongState(self.state);
        let exchange = self.exchange(&answer).ok_or(refused)?;
        let sides = exchange.sides();
        for (index, media) in answer.media.iter().enumerate().filter(|(index, _)| taken[*index]) {
            let LineKind::Media(_) = self.lines[index].kind else { continue };
            let formats = sides.formats(index);
            let (mid, flows) = (self.lines[index].mid, sides.direction(index, &formats));
            self.tell_mismatch(mid, media, formats.is_empty(), effects);
            self.tell_track(mid, (&answer, media), flows, false, effects);
        }
        match kind {
            SdpType::Answer => self.settle(exchange, effects),
            _ => {
                self.provide(&exchange, effects);
                if let Some(pending) = &mut self.pending {
                    pending.provisional = Some(answer);
                }
            }
        }
        Ok(())
    }

    fn answered_transport(
        &self,
        offer: &Description,
        answer: &Description,
        found: Found,
    ) -> Result<Transport, NegotiationError> {
        let settled = self.settled_transport();
        let Some(ours) = transport::credentials(offer) else {
            return Err(NegotiationError::NotCreatedHere);
        };
        let is_unasked = settled.is_some_and(|settled| {
            settled.local == ours && settled.remote.credentials != found.remote.credentials
        });
        if is_unasked {
            return Err(Fault::UnaskedRestart.into());
        }
        transport::check_certificate(&found, settled)?;
        let began = settled.map(|settled| settled.dtls_client);
        Ok(Transport {
            local: ours,
            dtls_client: transport::client_by_answer(found.setup, began, found.line)?,
            controlling: self.controls(Side::Local, offer.ice_lite, answer.ice_lite),
            remote: found.remote,
        })
    }
}

/// A description whose long lists are those of another one, where they say the same.
fn shared(mut description: Description, other: Option<&Arc<Description>>) -> Arc<Description> {
    let others = other.into_iter().flat_map(|other| &other.media);
    for (media, other) in description.media.iter_mut().zip(others) {
        media.formats.share_with(&other.formats);
        media.extensions.share_with(&other.extensions);
    }
    Arc::new(description)
}
