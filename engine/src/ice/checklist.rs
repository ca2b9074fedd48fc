//! The check list (RFC 8445 section 6.1.2): pairs, and the queues that say which is checked next.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::candidates::{
    Candidates, Local, LocalId, RemoteCandidate, RemoteId, paired, same_address, same_protocol,
};
use super::pair::{CONSENT_EXPIRES, Nomination, Pair, PairCounters, PairId, PairState};
use super::priority::pair_priority;
use crate::datagram::Protocol;

/// RFC 8445 section 6.1.2.5: pairs of lower priority than these are left out.
pub(super) const PAIRS_MAX: usize = 100;

/// How long a failed pair rests before it is tried again while there is no path.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(3);

/// Triggered checks in a row while others wait. Between NATs that map each destination anew, each
/// of them makes the peer trigger another, for ever.
const TRIGGERED_IN_A_ROW: u32 = 2;

#[derive(Debug, Default)]
pub(super) struct Checklist {
    pub(super) pairs: Vec<Pair>,
    /// Pairs to be checked before all others; each once, so no more than there are pairs.
    triggered: VecDeque<PairId>,
    /// How many of those were taken, one after the other.
    in_a_row: u32,
    /// The one that is used, or was last.
    in_use: Option<PairId>,
    next: u32,
}

/// What a new pair may take the place of.
#[derive(Clone, Copy, Debug)]
enum Worth {
    /// Candidates make it, with this priority.
    Signalled(u64),
    /// A check came on it.
    Heard,
}

impl Worth {
    /// Whether a pair on which nothing was heard goes for it.
    fn displaces(self, pair: &Pair) -> bool {
        match self {
            Worth::Signalled(priority) => {
                pair.state == PairState::Waiting && pair.priority < priority
            }
            Worth::Heard => matches!(pair.state, PairState::Waiting | PairState::InProgress),
        }
    }
}

impl Checklist {
    pub(super) fn get(&self, id: PairId) -> Option<&Pair> {
        self.pairs.iter().find(|pair| pair.id == id)
    }

    pub(super) fn get_mut(&mut self, id: PairId) -> Option<&mut Pair> {
        self.pairs.iter_mut().find(|pair| pair.id == id)
    }

    /// The pair of the two addresses in a generation.
    pub(super) fn between(
        &self,
        generation: u32,
        source: SocketAddr,
        destination: SocketAddr,
        protocol: Protocol,
    ) -> Option<&Pair> {
        self.pairs.iter().find(|pair| {
            pair.generation == generation
                && same_address(pair.source, source)
                && same_address(pair.destination, destination)
                && same_protocol(pair.protocol, protocol)
        })
    }

    /// Pairs a candidate of ours with all of the peer's.
    pub(super) fn pair_local(
        &mut self,
        candidates: &Candidates,
        id: LocalId,
        role: Role,
        now: Instant,
    ) {
        let Some(local) = candidates.local(id) else { return };
        for remote in &candidates.remotes {
            self.pair(local, remote, role, now);
        }
    }

    /// Pairs a candidate of the peer's with all of ours.
    pub(super) fn pair_remote(
        &mut self,
        candidates: &Candidates,
        id: RemoteId,
        role: Role,
        now: Instant,
    ) {
        let Some(remote) = candidates.remote(id) else { return };
        for local in &candidates.locals {
            self.pair(local, remote, role, now);
        }
    }

    /// Forms a pair, unless a better one of the same way is there (RFC 8445 section 6.1.2.4):
    /// checks of a reflexive candidate leave from its base.
    fn pair(
        &mut self,
        local: &Local,
        remote: &RemoteCandidate,
        role: Role,
        now: Instant,
    ) -> Option<PairId> {
        let priority = role.pair_priority(local.candidate.priority, remote.candidate.priority);
        self.form(local, remote, role, Worth::Signalled(priority), now)
    }

    /// The pair that a check of the peer's came on (RFC 8445 section 7.3.1.4): it goes before all
    /// that nothing was heard on.
    pub(super) fn pair_heard(
        &mut self,
        local: &Local,
        remote: &RemoteCandidate,
        role: Role,
        now: Instant,
    ) -> Option<PairId> {
        self.form(local, remote, role, Worth::Heard, now)
    }

    fn form(
        &mut self,
        local: &Local,
        remote: &RemoteCandidate,
        role: Role,
        worth: Worth,
        now: Instant,
    ) -> Option<PairId> {
        if remote.generation != role.generation {
            return None;
        }
        let destination = paired(local, remote)?;
        let priority = role.pair_priority(local.candidate.priority, remote.candidate.priority);
        let known = self.between(role.generation, local.base, destination, local.protocol());
        if let Some(id) = known.map(|known| known.id) {
            let known = self.get_mut(id)?;
            if known.priority < priority {
                known.priority = priority;
                known.local = local.id;
            }
            return Some(id);
        }
        if !self.make_room(worth, now) {
            return None;
        }
        self.next += 1;
        let id = PairId(self.next);
        // Mostly it stays the only one.
        self.pairs.reserve_exact(1);
        self.pairs.push(Pair {
            id,
            generation: role.generation,
            local: local.id,
            remote: remote.id,
            protocol: local.protocol(),
            source: local.base,
            destination,
            priority,
            cost: u32::from(local.network.cost) + u32::from(remote.cost),
            state: PairState::Waiting,
            mapped: None,
            nomination: Nomination::None,
            peer_nomination: None,
            heard: None,
            answered: None,
            round_trip_at_most: None,
            silence: None,
            stable_at: now,
            refresh_at: now,
            failed_at: None,
            counters: PairCounters::default(),
        });
        Some(id)
    }

    /// Room for a pair: one that failed goes, else the last that waits and is worth less, else the
    /// one that nothing was heard on for as long as consent lasts. Never the one in use.
    fn make_room(&mut self, worth: Worth, now: Instant) -> bool {
        if self.pairs.len() < PAIRS_MAX {
            return true;
        }
        let in_use = self.in_use;
        let others = || self.pairs.iter().filter(move |pair| Some(pair.id) != in_use);
        let failed = others().filter(|pair| pair.state == PairState::Failed);
        let unheard = others().filter(|pair| pair.heard.is_none() && worth.displaces(pair));
        let silent = others().filter(|pair| {
            pair.is_valid() && pair.heard.is_none_or(|at| at + CONSENT_EXPIRES <= now)
        });
        let least = failed.min_by_key(|pair| pair.priority);
        let least = least.or_else(|| unheard.min_by_key(|pair| pair.priority));
        let least = least.or_else(|| silent.min_by_key(|pair| pair.heard));
        let Some(least) = least.map(|pair| pair.id) else { return false };
        self.remove(least);
        true
    }

    /// The pair is found first from now on: it is asked for with every packet.
    pub(super) fn bring_to_front(&mut self, id: PairId) {
        self.in_use = Some(id);
        if let Some(index) = self.pairs.iter().position(|pair| pair.id == id) {
            self.pairs.swap(0, index);
        }
    }

    fn remove(&mut self, id: PairId) {
        self.pairs.retain(|pair| pair.id != id);
        self.triggered.retain(|triggered| *triggered != id);
    }

    /// Keeps the pairs that pass.
    pub(super) fn retain(&mut self, keep: impl FnMut(&Pair) -> bool) {
        self.pairs.retain(keep);
        let pairs = &self.pairs;
        self.triggered.retain(|id| pairs.iter().any(|pair| pair.id == *id));
    }

    /// All pairs of a generation have the priorities of a role.
    pub(super) fn reprioritise(&mut self, candidates: &Candidates, role: Role) {
        for pair in self.pairs.iter_mut().filter(|pair| pair.generation == role.generation) {
            let local = candidates.local(pair.mapped.unwrap_or(pair.local));
            let Some((local, remote)) = local.zip(candidates.remote(pair.remote)) else { continue };
            pair.priority = role.pair_priority(local.candidate.priority, remote.candidate.priority);
            pair.cost = u32::from(local.network.cost) + u32::from(remote.cost);
        }
    }

    /// Puts a pair before all that wait (RFC 8445 section 7.3.1.4).
    pub(super) fn trigger(&mut self, id: PairId) {
        if !self.triggered.contains(&id) {
            self.triggered.push_back(id);
        }
    }

    pub(super) fn forget_triggers(&mut self) {
        self.triggered.clear();
    }

    /// The pair to be checked next (RFC 8445 section 6.1.4.2): one that is triggered, but not for
    /// ever.
    pub(super) fn take_next(&mut self, generation: u32) -> Option<PairId> {
        if self.in_a_row < TRIGGERED_IN_A_ROW
            && let Some(id) = self.triggered.pop_front()
        {
            self.in_a_row += 1;
            return Some(id);
        }
        self.in_a_row = 0;
        self.first_waiting(generation).or_else(|| self.triggered.pop_front())
    }

    /// The best of those that were checked least.
    fn first_waiting(&self, generation: u32) -> Option<PairId> {
        let waiting = self
            .pairs
            .iter()
            .filter(|pair| pair.generation == generation && pair.state == PairState::Waiting);
        let order = |pair: &&Pair| (Reverse(pair.counters.requests_sent), pair.priority);
        waiting.max_by_key(order).map(|pair| pair.id)
    }

    /// Some pair is to be checked.
    pub(super) fn has_next(&self, generation: u32) -> bool {
        !self.triggered.is_empty() || self.first_waiting(generation).is_some()
    }

    /// Pairs that are being checked, or will be.
    pub(super) fn busy(&self, generation: u32) -> usize {
        let busy = |pair: &&Pair| {
            pair.generation == generation
                && matches!(pair.state, PairState::Waiting | PairState::InProgress)
        };
        self.pairs.iter().filter(busy).count()
    }

    /// Pairs that failed and have rested wait again.
    pub(super) fn retry_failed(&mut self, generation: u32, now: Instant) {
        for pair in self.pairs.iter_mut().filter(|pair| pair.generation == generation) {
            let rested = pair.failed_at.is_none_or(|at| at + RETRY_AFTER <= now);
            if pair.state == PairState::Failed && rested {
                pair.state = PairState::Waiting;
            }
        }
    }

    /// When the first of them has rested.
    pub(super) fn next_retry(&self, generation: u32) -> Option<Instant> {
        let failed = self
            .pairs
            .iter()
            .filter(|pair| pair.generation == generation && pair.state == PairState::Failed);
        failed.filter_map(|pair| pair.failed_at).map(|at| at + RETRY_AFTER).min()
    }
}

/// Our role in a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) generation: u32,
    pub(super) controlling: bool,
}

impl Role {
    fn pair_priority(self, local: u32, remote: u32) -> u64 {
        if self.controlling { pair_priority(local, remote) } else { pair_priority(remote, local) }
    }
}
