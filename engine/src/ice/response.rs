//! Answers to our checks (RFC 8445 section 7.2.5):
//!
//! 1. it answers a check that is awaited,
//! 2. it is signed with the peer's password,
//! 3. it came the way that the check went,
//! 4. an error: of roles, ours changes and the pair is checked again; any other fails the pair,
//! 5. success: the pair is valid, its local candidate is the one that the peer saw,
//! 6. and nominated, where the check did that.

use std::net::SocketAddr;
use std::time::Instant;

use stun_types::attribute::ErrorCode;
use stun_types::message::{Message, MessageClass};

use super::agent::{Agent, Arrival};
use super::candidates::{same_address, same_protocol};
use super::check::Check;
use super::drop_reason::{DropReason, Handled};
use super::message;
use super::pair::{Nomination, PairState};

impl Agent {
    pub(super) fn handle_response(
        &mut self,
        message: &Message<'_>,
        arrival: Arrival,
        now: Instant,
    ) -> Result<Handled, DropReason> {
        let transaction = message.transaction_id();
        let check = self.checks.find(transaction).ok_or(DropReason::UnknownTransaction)?;
        let generation = self.generation(check.generation);
        let remote = generation.and_then(|generation| generation.remote.as_ref());
        let remote = remote.ok_or(DropReason::UnknownTransaction)?;
        if !message::is_authentic(message, remote.credentials.key()) {
            return Err(DropReason::NotAuthentic);
        }
        let pair = self.checklist.get(check.pair).ok_or(DropReason::UnknownTransaction)?;
        let same_way = same_address(pair.destination, arrival.source)
            && same_address(pair.source, arrival.destination)
            && same_protocol(pair.protocol, arrival.protocol);
        if !same_way {
            return Err(DropReason::AnotherPath);
        }
        if message.has_class(MessageClass::Error) {
            let code = message::error_code(message).ok_or(DropReason::Incomplete)?;
            let check = self.checks.take(transaction).ok_or(DropReason::UnknownTransaction)?;
            self.take_error(&check, code, now);
            return Ok(Handled::Response);
        }
        let mapped = message::mapped_address(message).ok_or(DropReason::Incomplete)?;
        let check = self.checks.take(transaction).ok_or(DropReason::UnknownTransaction)?;
        self.hand_up_carried(message, true);
        self.take_success(&check, mapped, arrival, now);
        Ok(Handled::Response)
    }

    /// RFC 8445 sections 7.2.5.1 and 7.2.5.2.4.
    fn take_error(&mut self, check: &Check, code: u16, now: Instant) {
        tracing::debug!(code, "a check was answered with an error");
        if code != ErrorCode::ROLE_CONFLICT {
            self.fail_pair(check.pair, now);
            return;
        }
        let role = self.generation(check.generation).map(|generation| generation.controlling);
        // An answer to a check of the role that we had before tells nothing new.
        if role == Some(check.controlling) && !self.lite {
            self.switch_role(check.generation);
        }
        if let Some(pair) = self.checklist.get_mut(check.pair)
            && pair.generation == self.current.number
        {
            if !pair.is_valid() {
                pair.state = PairState::Waiting;
            }
            self.checklist.trigger(check.pair);
        }
    }

    /// RFC 8445 section 7.2.5.3.
    fn take_success(&mut self, check: &Check, mapped: SocketAddr, arrival: Arrival, now: Instant) {
        let refresh = [self.draw_consent_interval(), self.draw_keepalive_interval()];
        let is_selected = self.selected == Some(check.pair);
        let Some(pair) = self.checklist.get_mut(check.pair) else { return };
        pair.note_answer(check.round_trip(now), check.first_sent, now);
        pair.refresh_at = now + if is_selected { refresh[0] } else { refresh[1] };
        if !pair.is_valid() {
            pair.state = PairState::Succeeded;
            pair.stable_at = pair.stable_at.max(now);
        }
        if check.nominates && check.controlling && pair.nomination == Nomination::Asked {
            pair.nomination = Nomination::Agreed;
        }
        let (local, remote) = (pair.local, pair.remote);
        if let Some(remote) = self.candidates.remote_mut(remote) {
            remote.traffic.validated = true;
            remote.traffic.received += arrival.bytes as u64;
        }
        // What works needs no second answer.
        if !check.nominates && !self.checks.is_nominating(check.pair) {
            self.checks.cancel(check.pair, now);
        }
        if check.generation != self.current.number {
            return;
        }
        let mapped = self.candidates.learn_local(mapped, local, check.priority);
        let Some(pair) = self.checklist.get_mut(check.pair) else { return };
        if pair.mapped != mapped {
            pair.mapped = mapped;
            self.checklist.reprioritise(&self.candidates, self.role());
        }
    }
}
