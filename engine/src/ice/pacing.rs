//! Sending checks: one new one every Ta (RFC 8445 sections 6.1.4.2 and 14.2), repetitions when they
//! are due.

use std::time::{Duration, Instant};

use super::agent::{Agent, TA_MIN};
use super::check::{Check, Due, NewCheck, Purpose, repeat_after};
use super::message::{self, Outgoing, RoleClaim};
use super::pair::{Nomination, PairId, PairState};
use super::priority::as_peer_reflexive;

impl Agent {
    /// Repeats what is due, and gives up what was repeated enough.
    pub(super) fn run_checks(&mut self, now: Instant) {
        while let Some((check, due)) = self.checks.due(now) {
            let (transaction, pair) = (check.transaction, check.pair);
            if due == Due::GiveUp {
                if let Some(check) = self.checks.take(transaction) {
                    self.give_up(&check, now);
                }
                continue;
            }
            check.repeat(now);
            let contents = check.contents.clone();
            self.send_to_pair(pair, contents);
        }
    }

    /// A check was repeated enough (RFC 8445 section 7.2.5.2.3).
    fn give_up(&mut self, check: &Check, now: Instant) {
        if check.purpose != Purpose::Connectivity {
            return;
        }
        let Some(pair) = self.checklist.get_mut(check.pair) else { return };
        if pair.answered.is_some_and(|at| at >= check.first_sent) {
            // Another check was answered meanwhile, so it works; it is nominated again.
            pair.nomination = Nomination::None;
            return;
        }
        self.fail_pair(check.pair, now);
    }

    /// Sends the check whose turn it is.
    pub(super) fn send_next_check(&mut self, now: Instant) {
        if !self.sends_checks() || now < self.next_check {
            return;
        }
        let number = self.current.number;
        if !self.is_up() {
            self.checklist.retry_failed(number, now);
        }
        if let Some(id) = self.checklist.take_next(number) {
            self.send_check(id, Purpose::Connectivity, now);
            self.next_check = now + self.pace(number);
        }
    }

    /// The time between two checks of a generation.
    fn pace(&self, generation: u32) -> Duration {
        let busy = u32::try_from(self.checklist.busy(generation)).unwrap_or(u32::MAX);
        let whole = self.list_within.and_then(|whole| whole.checked_div(busy));
        whole.map_or(self.ta, |pace| pace.clamp(TA_MIN, self.ta))
    }

    pub(super) fn next_paced_check(&self) -> Option<Instant> {
        if !self.sends_checks() {
            return None;
        }
        let number = self.current.number;
        if self.checklist.has_next(number) {
            return Some(self.next_check);
        }
        let retry = self.checklist.next_retry(number).filter(|_| !self.is_up());
        retry.map(|at| at.max(self.next_check))
    }

    fn sends_checks(&self) -> bool {
        !self.lite && !self.is_over() && self.current.remote.is_some()
    }

    /// Writes and sends a check on a pair.
    pub(super) fn send_check(&mut self, id: PairId, purpose: Purpose, now: Instant) {
        let transaction = self.draw_transaction();
        let Some(check) = self.make_check(id, purpose, transaction) else { return };
        let contents = check.contents.clone();
        let busy = self.checklist.busy(check.generation);
        let pace = self.pace(check.generation);
        let Some(pair) = self.checklist.get_mut(id) else { return };
        pair.note_request_sent(now);
        match purpose {
            Purpose::Consent => pair.counters.consent_requests_sent += 1,
            Purpose::Connectivity | Purpose::Cancelled => {}
        }
        if !pair.is_valid() && purpose == Purpose::Connectivity {
            pair.state = PairState::InProgress;
        }
        let rto = repeat_after(pair.round_trip(), pair.heard.is_some(), pace, busy);
        self.checks.begin(check, rto, now);
        self.send_to_pair(id, contents);
    }

    fn make_check(
        &self,
        id: PairId,
        purpose: Purpose,
        transaction: stun_types::message::TransactionId,
    ) -> Option<NewCheck> {
        let pair = self.checklist.get(id)?;
        let generation = self.generation(pair.generation)?;
        let remote = generation.remote.as_ref()?;
        let local = self.candidates.local(pair.local)?;
        let controlling = generation.controlling;
        let nominates = controlling && pair.nomination == Nomination::Asked;
        let priority = as_peer_reflexive(local.candidate.priority, local.protocol());
        let has_network = local.network != super::candidates::Network::default();
        let contents = message::write_request(&Outgoing {
            transaction,
            to_ufrag: remote.credentials.ufrag(),
            from_ufrag: generation.local.ufrag(),
            key: remote.credentials.key(),
            priority,
            role: RoleClaim { controlling, tie_breaker: self.tie_breaker },
            use_candidate: nominates,
            nomination: (nominates && generation.renominates()).then_some(self.nominations),
            network: has_network.then_some((local.network.id, local.network.cost)),
            carried: &self.carried,
        });
        Some(NewCheck {
            transaction,
            pair: id,
            generation: pair.generation,
            purpose,
            controlling,
            nominates,
            priority,
            contents,
        })
    }

    /// Sends, unless the remote address is one that must not be flooded: then it is as if it was
    /// lost on the way.
    fn send_to_pair(&mut self, id: PairId, contents: Vec<u8>) {
        let Some(pair) = self.checklist.get(id) else { return };
        let way = Self::way(pair);
        let Some(remote) = self.candidates.remote_mut(pair.remote) else { return };
        if !remote.may_take(contents.len()) {
            tracing::debug!("a check is held back from an address that did not answer");
            return;
        }
        remote.traffic.sent += contents.len() as u64;
        self.transmit(way, contents);
    }
}
