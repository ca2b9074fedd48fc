//! What can be seen of an agent: pairs and candidates for statistics.

use std::net::SocketAddr;

use super::agent::Agent;
use super::pair::{Pair, PairCounters, PairId, PairState};
use crate::candidate::IceCandidate;
use crate::datagram::Protocol;

/// A candidate pair as `RTCIceCandidatePairStats` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairReport {
    /// Its name.
    pub id: PairId,
    /// Our candidate, as the peer sees it where that is known.
    pub local: IceCandidate,
    /// The peer's.
    pub remote: IceCandidate,
    /// The address that checks leave from.
    pub source: SocketAddr,
    /// The address that they go to.
    pub destination: SocketAddr,
    /// What carries them.
    pub protocol: Protocol,
    /// What is known of it.
    pub state: PairState,
    /// Both sides agreed to use it.
    pub nominated: bool,
    /// It carries the traffic.
    pub selected: bool,
    /// RFC 8445 section 6.1.2.3.
    pub priority: u64,
    /// What both networks cost.
    pub cost: u32,
    /// Counters and measures.
    pub counters: PairCounters,
}

impl Agent {
    /// All pairs, the best first.
    pub fn pairs(&self) -> Vec<PairReport> {
        let mut reports: Vec<PairReport> =
            self.checklist.pairs.iter().filter_map(|pair| self.report(pair)).collect();
        reports.sort_by_key(|report| (std::cmp::Reverse(report.priority), report.id));
        reports
    }

    /// One pair.
    pub fn pair(&self, id: PairId) -> Option<PairReport> {
        self.report(self.checklist.get(id)?)
    }

    fn report(&self, pair: &Pair) -> Option<PairReport> {
        let local = self.candidates.local(pair.mapped.unwrap_or(pair.local))?;
        let remote = self.candidates.remote(pair.remote)?;
        Some(PairReport {
            id: pair.id,
            local: local.candidate.clone(),
            remote: remote.candidate.clone(),
            source: pair.source,
            destination: pair.destination,
            protocol: pair.protocol,
            state: pair.state,
            nominated: pair.is_nominated(),
            selected: self.selected == Some(pair.id),
            priority: pair.priority,
            cost: pair.cost,
            counters: pair.counters,
        })
    }

    /// The peer's candidates, peer-reflexive ones among them.
    pub fn remote_candidates(&self) -> Vec<IceCandidate> {
        self.candidates.remotes.iter().map(|remote| remote.candidate.clone()).collect()
    }
}
