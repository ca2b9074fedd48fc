//! The steps of an exchange, at the engine and at the model: what the peer signals, what is
//! signalled to it ("perfect negotiation" of the W3C's section 10.7, with rollbacks, late and
//! provisional answers).

use std::time::Instant;

use lapwing_engine::{
    Direction, MediaKind, NegotiationError, RemoteOutcome, Rtc, SdpType, SessionDescription,
    SignalingState,
};

use super::caller::{AnswerPlan, Caller, OfferPlan};
use super::click::Click;
use super::injected::InjectedFault;
use super::invariant::Invariant;
use super::model::{Heard, Said, Seen};
use crate::host::Signal;

impl Caller {
    /// The engine is as the model is.
    pub(super) fn check(&mut self, step: &str, rtc: &mut Rtc) {
        if self.has_closed(rtc) {
            return;
        }
        if let Err(detail) = self.model.compare(&Seen::of(rtc)) {
            self.violate(Invariant::AsModel, format!("after {step}, {detail}"));
        }
    }

    /// The connection is over, or the peer has ended it.
    fn has_closed(&mut self, rtc: &Rtc) -> bool {
        let closed = rtc.signaling_state() == SignalingState::Closed;
        if closed {
            self.model.close();
        }
        closed || self.closed.is_some()
    }

    /// At rest, an offer that is needed was made.
    pub(super) fn check_rest(&mut self, rtc: &mut Rtc) {
        self.check("a while", rtc);
        if !self.has_closed(rtc) && self.model.needs_offer() {
            self.violate(Invariant::AsModel, "an offer is needed, and nobody says so".to_owned());
        }
    }

    /// The engine says that an offer is needed.
    pub(super) fn on_needed(&mut self, rtc: &mut Rtc) {
        if self.has_closed(rtc) || self.model.state() != SignalingState::Stable {
            return;
        }
        if !self.model.needs_offer() {
            self.violate(Invariant::AsModel, "no offer is needed, as it says".to_owned());
        }
        self.offer(rtc);
    }

    /// Makes an offer, sets it, and signals it, unless it is planned otherwise.
    pub(super) fn offer(&mut self, rtc: &mut Rtc) {
        let plan = std::mem::take(&mut self.offers);
        let Some(mut offer) = self.set_offer(rtc) else { return };
        match plan {
            OfferPlan::Plain => {}
            OfferPlan::Twice => {
                self.click_more(rtc);
                let Some(second) = self.set_offer(rtc) else { return };
                offer = second;
            }
            OfferPlan::RollBack => {
                self.click_more(rtc);
                self.roll_back(rtc);
                return;
            }
        }
        self.outbox.push(Signal::Description(offer));
    }

    /// What a user does while an offer is on its way.
    fn click_more(&mut self, rtc: &mut Rtc) {
        let now = self.now;
        if let Some(now) = now {
            self.click(Click::Add(MediaKind::Audio, Direction::SendOnly), rtc, now);
            self.click(Click::Turn(0, Direction::SendRecv), rtc, now);
        }
    }

    fn set_offer(&mut self, rtc: &mut Rtc) -> Option<SessionDescription> {
        let mut negotiation = rtc.negotiation();
        let offer = match negotiation.create_offer() {
            Ok(offer) => offer,
            Err(NegotiationError::NothingToOffer) if !self.model.can_offer() => return None,
            Err(error) => return self.violated(format!("no offer is made: {error}")),
        };
        if negotiation.create_offer().as_ref() != Ok(&offer) {
            return self.violated("making an offer has an effect".to_owned());
        }
        let judged = Said::read(&offer).and_then(|said| {
            self.model.check_offer(&said)?;
            Ok(said)
        });
        let said = match judged {
            Ok(said) => said,
            Err(detail) => return self.violated(detail),
        };
        self.check("making an offer", rtc);
        if let Err(error) = rtc.negotiation().set_local(&offer) {
            return self.violated(format!("an offer of its own is refused: {error}"));
        }
        self.model.set_local(SdpType::Offer, &said);
        self.check("setting an offer", rtc);
        Some(offer)
    }

    fn violated<T>(&mut self, detail: String) -> Option<T> {
        self.violate(Invariant::AsModel, detail);
        None
    }

    fn roll_back(&mut self, rtc: &mut Rtc) {
        let first = rtc.negotiation().transceivers().first().map(|one| one.id);
        let done = rtc.negotiation().rollback();
        if done.is_ok() != self.model.roll_back() {
            let detail = format!("rollback in {}: {done:?}", self.model.state());
            self.violate(Invariant::AsModel, detail);
        }
        if self.fault == Some(InjectedFault::ForgetsDirection)
            && let Some(id) = first
        {
            let _ = rtc.negotiation().set_direction(id, Direction::Inactive);
        }
        self.check("a rollback", rtc);
    }

    /// The peer says something.
    pub(super) fn on_signal(&mut self, signal: Signal, rtc: &mut Rtc, now: Instant) {
        self.now = Some(now);
        if self.has_closed(rtc) {
            return;
        }
        match signal {
            // Those of an offer that was ignored fit nothing.
            Signal::Candidate(text) => drop(rtc.negotiation().add_ice_candidate(&text)),
            Signal::Description(said) if said.kind == SdpType::Rollback => {
                // Our offer was declined. It may have given way to the peer's before.
                if self.model.state() == SignalingState::HaveLocalOffer {
                    self.roll_back(rtc);
                }
            }
            Signal::Description(said) => self.hear(&said, rtc, now),
        }
    }

    fn hear(&mut self, heard: &SessionDescription, rtc: &mut Rtc, now: Instant) {
        let said = match Said::read(heard) {
            Ok(said) => said,
            Err(detail) => return self.violate(Invariant::AsModel, detail),
        };
        let outcome = self.model.set_remote(heard.kind, &said);
        let done = rtc.negotiation().set_remote(heard);
        let same = matches!(
            (&done, outcome),
            (Ok(RemoteOutcome::Applied), Heard::Applied)
                | (Ok(RemoteOutcome::RolledBack), Heard::RolledBack)
                | (Ok(RemoteOutcome::Ignored), Heard::Ignored)
                | (Err(NegotiationError::WrongState(_)), Heard::Refused)
        );
        if !same {
            let detail = format!("{}: {done:?} instead of {outcome:?}", heard.kind.name());
            return self.violate(Invariant::AsModel, detail);
        }
        self.check(&format!("the peer's {}", heard.kind.name()), rtc);
        if heard.kind == SdpType::Offer && outcome != Heard::Ignored {
            self.plan_answer(rtc, now);
        }
    }

    fn plan_answer(&mut self, rtc: &mut Rtc, now: Instant) {
        match std::mem::take(&mut self.answers) {
            AnswerPlan::Now => self.answer(SdpType::Answer, rtc),
            AnswerPlan::Late(span) => self.owed = Some(now + span),
            AnswerPlan::Provisional(span) => {
                self.answer(SdpType::Pranswer, rtc);
                self.owed = Some(now + span);
            }
            AnswerPlan::Decline => {
                self.roll_back(rtc);
                let sdp = String::new();
                let declined = SessionDescription { kind: SdpType::Rollback, sdp };
                self.outbox.push(Signal::Description(declined));
            }
        }
    }

    /// Makes an answer, sets it, and signals it.
    pub(super) fn answer(&mut self, kind: SdpType, rtc: &mut Rtc) {
        self.owed = None;
        if self.has_closed(rtc) {
            return;
        }
        let answer = match rtc.negotiation().create_answer() {
            Ok(answer) => SessionDescription { kind, ..answer },
            Err(error) => {
                return self.violate(Invariant::AsModel, format!("no answer is made: {error}"));
            }
        };
        let judged = Said::read(&answer).and_then(|said| {
            self.model.check_answer(&said)?;
            Ok(said)
        });
        let said = match judged {
            Ok(said) => said,
            Err(detail) => return self.violate(Invariant::AsModel, detail),
        };
        self.check("making an answer", rtc);
        if let Err(error) = rtc.negotiation().set_local(&answer) {
            let detail = format!("an answer of its own is refused: {error}");
            return self.violate(Invariant::AsModel, detail);
        }
        self.model.set_local(kind, &said);
        self.check("setting an answer", rtc);
        self.outbox.push(Signal::Description(answer));
    }
}
