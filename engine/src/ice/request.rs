//! Checks of the peer's (RFC 8445 section 7.3):
//!
//! 1. it came to a candidate of ours,
//! 2. its name says which generation it belongs to,
//! 3. it is signed with that generation's password: only from here on is it believed,
//! 4. it holds nothing that must be understood and is not, else 420,
//! 5. roles differ, else 487 or ours changes,
//! 6. its source is learnt, or was known, and makes a pair: where there is no room, it is dropped,
//! 7. it is answered, to where it came from, and the pair is triggered,
//! 8. it may nominate that pair.

use std::time::Instant;

use stun_types::message::{IntegrityKey, Message, TransactionId};

use super::agent::{Agent, Arrival, Step};
use super::candidates::{AMPLIFICATION_MAX, LocalId};
use super::drop_reason::{DropReason, Handled};
use super::early::EarlyCheck;
use super::message::{self, CarriedAttribute, CheckRequest, RoleClaim};
use super::output::Output;
use super::pair::{Nomination, PairId, PairState, PeerNomination};

/// An answer with nothing in it but the address, signed.
const ANSWER_BYTES: usize = 84;

/// What a check is for.
enum Addressed {
    /// A generation that is agreed on.
    Generation(u32),
    /// One that is not yet.
    Early,
}

/// How two roles go together.
#[derive(Debug, PartialEq, Eq)]
enum Roles {
    Differ,
    /// The peer is to change its role.
    PeerChanges,
    /// Ours changes.
    WeChange,
}

impl Agent {
    pub(super) fn handle_request(
        &mut self,
        message: &Message<'_>,
        arrival: Arrival,
        now: Instant,
    ) -> Result<Handled, DropReason> {
        let local = arrival.require_known(&self.candidates)?;
        let (to_ufrag, from_ufrag) = message::username(message)?;
        let addressed = self.addressed(&to_ufrag, &from_ufrag).ok_or(DropReason::UnknownUfrag)?;
        let key = match addressed {
            Addressed::Generation(number) => self.generation(number).map(|g| g.local.key()),
            Addressed::Early => self.early_key(&to_ufrag),
        };
        let key = key.ok_or(DropReason::UnknownUfrag)?.clone();
        if !message::is_authentic(message, &key) {
            return Err(DropReason::NotAuthentic);
        }
        if self.is_over() && matches!(addressed, Addressed::Generation(_)) {
            return Err(DropReason::Over);
        }
        let transaction = message.transaction_id();
        let unknown = message::unknown_attributes(message);
        if !unknown.is_empty() {
            let answer = message::write_unknown(transaction, &unknown, &key);
            self.transmit(arrival, answer);
            return Ok(Handled::Refused);
        }
        let request = message::read_request(message);
        if let Addressed::Generation(number) = addressed
            && !self.settle_roles(number, request.role)
        {
            let answer = message::write_role_conflict(transaction, &key);
            self.transmit(arrival, answer);
            return Ok(Handled::Refused);
        }
        let handled = match addressed {
            Addressed::Generation(number) if number == self.current.number => {
                let pair = self.pair_of(local, arrival, &request, now);
                self.learn(pair.ok_or(DropReason::NoRoom)?, &request, now);
                Handled::Request
            }
            Addressed::Generation(number) => {
                self.note_request_of_old(number, arrival, now);
                Handled::Request
            }
            Addressed::Early => {
                if !self.early.remember(early_check(to_ufrag, from_ufrag, arrival, request)) {
                    return Err(DropReason::NoRoom);
                }
                Handled::EarlyRequest
            }
        };
        self.hand_up_carried(message, false);
        if self.defers() {
            self.deferred.push_back(Step::Answer { arrival, transaction, key });
        } else {
            self.answer(transaction, arrival, &key);
        }
        Ok(handled)
    }

    /// Which generation the fragments, ours and the peer's, belong to.
    fn addressed(&self, to_ufrag: &str, from_ufrag: &str) -> Option<Addressed> {
        let mut generations = std::iter::once(&self.current).chain(&self.previous);
        let agreed = generations.find(|generation| {
            generation.local.ufrag() == to_ufrag && generation.remote_ufrag() == Some(from_ufrag)
        });
        if let Some(agreed) = agreed {
            return Some(Addressed::Generation(agreed.number));
        }
        self.early_key(to_ufrag).map(|_| Addressed::Early)
    }

    /// What checks are signed with that come before the peer's description does.
    fn early_key(&self, to_ufrag: &str) -> Option<&IntegrityKey> {
        let first = Some(&self.current.local).filter(|_| self.current.remote.is_none());
        let mut awaited = first.into_iter().chain(&self.expected);
        awaited.find(|local| local.ufrag() == to_ufrag).map(|local| local.key())
    }

    /// RFC 8445 section 7.3.1.1. False where the peer is to change its role.
    fn settle_roles(&mut self, number: u32, claim: Option<RoleClaim>) -> bool {
        let Some(generation) = self.generation(number) else { return true };
        let ours = RoleClaim { controlling: generation.controlling, tie_breaker: self.tie_breaker };
        match resolve(ours, claim, self.lite) {
            Roles::Differ => true,
            Roles::PeerChanges => false,
            Roles::WeChange => {
                self.switch_role(number);
                true
            }
        }
    }

    /// Our role in a generation becomes the other one.
    pub(super) fn switch_role(&mut self, number: u32) {
        if self.current.number != number {
            if let Some(previous) = self.previous.as_mut().filter(|old| old.number == number) {
                previous.controlling = !previous.controlling;
            }
            return;
        }
        self.current.controlling = !self.current.controlling;
        for pair in self.checklist.pairs.iter_mut().filter(|pair| pair.generation == number) {
            pair.nomination = Nomination::None;
            pair.peer_nomination = None;
        }
        self.checklist.reprioritise(&self.candidates, self.role());
        tracing::debug!(controlling = self.current.controlling, "ICE role changed");
    }

    /// Takes what came early and belongs to the current generation.
    pub(super) fn take_early(&mut self, now: Instant) {
        let Some(remote) = self.current.remote_ufrag().map(str::to_owned) else { return };
        let local = self.current.local.ufrag().to_owned();
        for check in self.early.take(&local, &remote) {
            let arrival = Arrival {
                source: check.source,
                destination: check.destination,
                protocol: check.protocol,
                bytes: check.bytes,
            };
            let Ok(local) = arrival.require_known(&self.candidates) else { continue };
            // It is answered already; where the peer is to change its role, its next check tells.
            if self.settle_roles(self.current.number, check.request.role) {
                let Some(pair) = self.pair_of(local, arrival, &check.request, now) else {
                    continue;
                };
                self.note_answer_sent(arrival, check.bytes);
                self.learn(pair, &check.request, now);
            }
        }
    }

    /// Answers a check, with what is carried for others. An answer goes to an address of the
    /// current generation, where one is known.
    pub(super) fn answer(
        &mut self,
        transaction: TransactionId,
        arrival: Arrival,
        key: &IntegrityKey,
    ) {
        let carried = self.carried_in_answer(arrival);
        let answer = message::write_success(transaction, arrival.source, carried, key);
        self.note_answer_sent(arrival, answer.len());
        self.transmit(arrival, answer);
    }

    fn note_answer_sent(&mut self, arrival: Arrival, bytes: usize) {
        let number = self.current.number;
        let known = self.candidates.remote_at(number, arrival.source, arrival.protocol);
        let known = known.map(|known| known.id);
        if let Some(known) = known.and_then(|id| self.candidates.remote_mut(id)) {
            known.traffic.sent += bytes as u64;
        }
    }

    /// An authentic check came on a pair.
    fn learn(&mut self, id: PairId, request: &CheckRequest, now: Instant) {
        let lite = self.lite;
        let Some(pair) = self.checklist.get_mut(id) else { return };
        pair.heard = Some(now);
        pair.counters.requests_received += 1;
        pair.counters.responses_sent += 1;
        pair.counters.last_request_received = Some(now);
        if lite {
            // RFC 8445 section 7.3.2: the peer checks for both.
            pair.state = PairState::Succeeded;
            pair.answered = Some(now);
        } else {
            self.trigger_check(id, now);
        }
        if request.use_candidate && !self.current.controlling {
            self.note_peer_nomination(id, request.nomination.unwrap_or(0), now);
        }
    }

    /// The pair of an arrival: its remote candidate is learnt where none is known (RFC 8445 section
    /// 7.3.1.3).
    fn pair_of(
        &mut self,
        local: LocalId,
        arrival: Arrival,
        request: &CheckRequest,
        now: Instant,
    ) -> Option<PairId> {
        let number = self.current.number;
        let known = self.candidates.remote_at(number, arrival.source, arrival.protocol);
        let remote = match known.map(|known| known.id) {
            Some(known) => known,
            None if !self.make_room_for_address(now) => return None,
            None => {
                let priority = request.priority.unwrap_or(1);
                let (source, protocol) = (arrival.source, arrival.protocol);
                self.candidates.learn_remote(source, protocol, priority, number)
            }
        };
        let role = self.role();
        let candidate = self.candidates.remote_mut(remote)?;
        candidate.traffic.received += arrival.bytes as u64;
        let cost = request.network_cost.unwrap_or(candidate.cost);
        let changed = std::mem::replace(&mut candidate.cost, cost) != cost;
        if changed {
            self.checklist.reprioritise(&self.candidates, role);
        }
        let (source, destination) = (arrival.destination, arrival.source);
        let known = self.checklist.between(number, source, destination, arrival.protocol);
        if let Some(known) = known {
            return Some(known.id);
        }
        let local = self.candidates.local(local)?;
        let remote = self.candidates.remote(remote)?;
        self.checklist.pair_heard(local, remote, role, now)
    }

    /// RFC 8445 section 7.3.1.4.
    fn trigger_check(&mut self, id: PairId, now: Instant) {
        let Some(pair) = self.checklist.get_mut(id) else { return };
        if pair.is_valid() {
            return;
        }
        pair.state = PairState::Waiting;
        pair.failed_at = None;
        self.checks.cancel(id, now);
        self.checklist.trigger(id);
    }

    /// RFC 8445 section 7.3.1.5: it takes effect when, and if, our own check succeeds. An older one
    /// of a peer that counts does not.
    fn note_peer_nomination(&mut self, id: PairId, value: u32, now: Instant) {
        let Some(pair) = self.checklist.get_mut(id) else { return };
        let value = pair.peer_nomination.map_or(value, |known| known.value.max(value));
        pair.peer_nomination = Some(PeerNomination { value, at: now });
    }

    /// A check on the path that a restart keeps.
    fn note_request_of_old(&mut self, number: u32, arrival: Arrival, now: Instant) {
        let (source, destination) = (arrival.destination, arrival.source);
        let pair = self.checklist.between(number, source, destination, arrival.protocol);
        let Some(id) = pair.map(|pair| pair.id) else { return };
        let lite = self.lite;
        if let Some(pair) = self.checklist.get_mut(id) {
            pair.heard = Some(now);
            pair.counters.requests_received += 1;
            pair.counters.responses_sent += 1;
            pair.counters.last_request_received = Some(now);
            if lite {
                pair.answered = Some(now);
            }
        }
    }

    /// What an answer carries: only the first attribute where all would make it much longer than
    /// what came from an address that did not show yet that it is the peer's.
    pub(super) fn carried_in_answer(&self, arrival: Arrival) -> &[CarriedAttribute] {
        let number = self.current.number;
        let known = self.candidates.remote_at(number, arrival.source, arrival.protocol);
        let may_go = |bytes: usize| match known {
            Some(known) => known.may_take(bytes),
            None => bytes <= AMPLIFICATION_MAX as usize * arrival.bytes,
        };
        let mut bytes = ANSWER_BYTES;
        let has_room = |attribute: &&CarriedAttribute| {
            bytes += 8 + attribute.value.len();
            may_go(bytes)
        };
        let count = self.carried.iter().take_while(has_room).count();
        &self.carried[..count]
    }

    pub(super) fn hand_up_carried(&mut self, message: &Message<'_>, response: bool) {
        if self.carried_kinds.is_empty() {
            return;
        }
        let attributes = message::carried(message, &self.carried_kinds);
        self.output(Output::Carried { response, attributes });
    }
}

fn early_check(
    to_ufrag: String,
    from_ufrag: String,
    arrival: Arrival,
    request: CheckRequest,
) -> EarlyCheck {
    let Arrival { source, destination, protocol, bytes } = arrival;
    EarlyCheck { to_ufrag, from_ufrag, source, destination, protocol, bytes, request }
}

/// Who changes, where both claim the same role: the larger tie-breaker keeps, or gets, control. A
/// lite agent never controls.
fn resolve(ours: RoleClaim, theirs: Option<RoleClaim>, lite: bool) -> Roles {
    let Some(theirs) = theirs.filter(|theirs| theirs.controlling == ours.controlling) else {
        return Roles::Differ;
    };
    let we_control = ours.tie_breaker >= theirs.tie_breaker && !lite;
    if we_control == ours.controlling { Roles::PeerChanges } else { Roles::WeChange }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_tie_breaker_controls() {
        let claim = |controlling, tie_breaker| RoleClaim { controlling, tie_breaker };
        for (ours, theirs, lite, expected) in [
            (claim(true, 5), Some(claim(false, 9)), false, Roles::Differ),
            (claim(true, 5), None, false, Roles::Differ),
            (claim(true, 5), Some(claim(true, 4)), false, Roles::PeerChanges),
            (claim(true, 5), Some(claim(true, 5)), false, Roles::PeerChanges),
            (claim(true, 5), Some(claim(true, 6)), false, Roles::WeChange),
            (claim(false, 5), Some(claim(false, 4)), false, Roles::WeChange),
            (claim(false, 5), Some(claim(false, 6)), false, Roles::PeerChanges),
            (claim(false, 5), Some(claim(false, 4)), true, Roles::PeerChanges),
        ] {
            assert_eq!(resolve(ours, theirs, lite), expected, "{ours:?} {theirs:?}");
        }
    }
}
