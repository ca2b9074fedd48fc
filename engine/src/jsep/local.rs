//! Our descriptions are set (RFC 9429 section 5.9).

use std::sync::Arc;

use super::effects::Effects;
use super::error::NegotiationError;
use super::line::{self, LineKind};
use super::order;
use super::signaling::{SdpType, Side, transition};
use super::state::{Jsep, Line, Pending, Transport};
use super::transport;
use crate::ids::Mid;
use crate::sdp::{Description, MediaDescription, Setup};
use crate::state::SignalingState;

impl Jsep {
    /// Sets a description of ours that was created for the present state. A refused one changes
    /// nothing.
    pub(crate) fn set_local(
        &mut self,
        kind: SdpType,
        description: Arc<Description>,
    ) -> Result<Effects, NegotiationError> {
        let refused = NegotiationError::WrongState(self.state);
        let state = transition(self.state, Side::Local, kind).ok_or(refused)?;
        let (mut next, mut effects) = (self.clone(), Effects::default());
        match kind {
            SdpType::Offer => next.apply_local_offer(&description)?,
            SdpType::Pranswer | SdpType::Answer => {
                next.apply_local_answer(kind, &description, &mut effects)?;
            }
            SdpType::Rollback => next.take_back(&mut effects),
        }
        next.enter(state, &mut effects);
        let takes = |media: &MediaDescription| media.port != 0 || media.bundle_only;
        effects.gather = kind != SdpType::Rollback && description.media.iter().any(takes);
        effects.ice_restarted = effects.agreed.is_some() && self.is_restarted_in(&next);
        *self = next;
        Ok(effects)
    }

    fn apply_local_offer(&mut self, offer: &Arc<Description>) -> Result<(), NegotiationError> {
        if offer.media.len() < self.lines.len() || offer.media.is_empty() {
            return Err(NegotiationError::NotCreatedHere);
        }
        let before = match self.pending.take() {
            Some(pending) => pending.before,
            None => self.snapshot(),
        };
        self.pending = Some(Pending {
            offerer: Side::Local,
            offer: Arc::clone(offer),
            provisional: None,
            before,
        });
        for (index, media) in offer.media.iter().enumerate() {
            self.bind(index, media).ok_or(NegotiationError::NotCreatedHere)?;
        }
        self.note_local(offer);
        Ok(())
    }

    /// Gives an m-line of our offer to what it was made for. `None` where that is not there any
    /// more.
    fn bind(&mut self, index: usize, media: &MediaDescription) -> Option<()> {
        let mid = match &media.mid {
            Some(mid) => Some(Mid::new(mid)?),
            None => None,
        };
        let rejected = line::is_rejected(media, true);
        if let Some(known) = self.lines.get_mut(index)
            && (mid == Some(known.mid) || mid.is_none())
            && (rejected || (!known.free && line::kind(media) == known.kind))
        {
            known.named |= mid.is_some();
            return Some(());
        }
        let mid = mid?;
        if self.lines.get(index).is_some_and(|line| !line.free) {
            return None;
        }
        let kind = line::kind(media);
        match kind {
            LineKind::Media(kind) => {
                let fits = |entry: &&mut super::transceiver::Entry| {
                    entry.is_waiting() && entry.reserved == mid && entry.kind == kind
                };
                self.entries.iter_mut().find(fits)?.negotiated.mid = Some(mid);
            }
            LineKind::Data if self.wanted_data() == Some(mid) => {}
            LineKind::Data | LineKind::Foreign => return None,
        }
        let line = Line { mid, named: true, kind, free: false };
        match self.lines.get_mut(index) {
            Some(place) => *place = line,
            None => self.lines.push(line),
        }
        Some(())
    }

    fn apply_local_answer(
        &mut self,
        kind: SdpType,
        answer: &Arc<Description>,
        effects: &mut Effects,
    ) -> Result<(), NegotiationError> {
        let refused = || NegotiationError::WrongState(self.state);
        let offer = Arc::clone(&self.pending.as_ref().ok_or_else(refused)?.offer);
        order::check_answer(answer, &offer).map_err(|_| NegotiationError::NotCreatedHere)?;
        let taken: Vec<bool> =
            answer.media.iter().map(|media| !line::is_rejected(media, false)).collect();
        if let Some(found) = transport::find(&offer, &taken)? {
            let first = taken.iter().position(|taken| *taken).unwrap_or_default();
            let ours = transport::credentials(answer);
            let setup = answer.media[first].transport.setup;
            let (Some(ours), Some(setup)) = (ours, setup) else {
                return Err(NegotiationError::NotCreatedHere);
            };
            self.transport = Some(Transport {
                local: ours,
                controlling: self.controls(Side::Remote, answer.ice_lite, found.remote.ice_lite),
                dtls_client: setup == Setup::Active,
                remote: found.remote,
            });
        }
        let refused = NegotiationError::WrongState(self.state);
        let exchange = self.exchange(answer).ok_or(refused)?;
        self.note_local(answer);
        match kind {
            SdpType::Answer => self.settle(exchange, effects),
            _ => {
                self.provide(&exchange, effects);
                if let Some(pending) = &mut self.pending {
                    pending.provisional = Some(Arc::clone(answer));
                }
            }
        }
        Ok(())
    }

    fn note_local(&mut self, description: &Arc<Description>) {
        Arc::make_mut(&mut self.numbers).learn(Side::Local, description);
        self.last_local = Some(Arc::clone(description));
    }

    /// Whoever offered first controls, unless one side is lite (RFC 8445 section 6.1.1).
    pub(super) fn controls(&self, offerer: Side, lite: bool, peer_lite: bool) -> bool {
        match self.settled_transport() {
            _ if lite => false,
            _ if peer_lite => true,
            Some(settled) => settled.controlling,
            None => offerer == Side::Local,
        }
    }

    /// Takes the pending offer back, whosever it is.
    pub(crate) fn rollback(&mut self) -> Result<Effects, NegotiationError> {
        match self.state {
            SignalingState::HaveLocalOffer | SignalingState::HaveRemoteOffer => {
                let mut effects = Effects::default();
                self.take_back(&mut effects);
                self.enter(SignalingState::Stable, &mut effects);
                Ok(effects)
            }
            state => Err(NegotiationError::WrongState(state)),
        }
    }
}
