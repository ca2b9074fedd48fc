//! What follows from what servers say, and from what becomes of the ways to them.

use std::net::SocketAddr;
use std::time::Instant;

use super::candidates::Base;
use super::gatherer::Gatherer;
use super::reflexive::ReflexiveNews;
use super::relayed::RelayedNews;
use super::step::GatherStep;
use super::task::Work;
use crate::candidate::{CandidateKind, IceCandidate};
use crate::diagnosis::ServerOutcome;
use crate::event::IceCandidateFault;
use crate::ice_server::IceTransportPolicy;
use crate::socket::SocketFault;
use crate::turn::client::ServerFault;

impl Gatherer {
    /// What servers told.
    pub(super) fn follow(&mut self, now: Instant) {
        for index in 0..self.tasks.len() {
            loop {
                let task = &mut self.tasks[index];
                match &mut task.work {
                    Work::Reflexive(work) => match work.poll() {
                        None => break,
                        Some(ReflexiveNews::Seen(candidate)) => {
                            task.outcome = work.outcome();
                            self.found(index, candidate.into_iter().collect());
                        }
                        Some(ReflexiveNews::Failed(fault)) => self.failed(index, fault, now),
                    },
                    Work::Relayed(work) => match work.poll() {
                        None => break,
                        Some(RelayedNews::Allocated(candidates)) => {
                            task.outcome = work.outcome();
                            self.found(index, candidates);
                        }
                        Some(RelayedNews::Failed(fault)) => self.failed(index, fault, now),
                        Some(RelayedNews::Lost(fault)) => self.lost(index, &fault, now),
                    },
                    Work::Opening | Work::Ended { .. } => break,
                }
            }
        }
    }

    fn found(&mut self, index: usize, candidates: Vec<IceCandidate>) {
        self.tasks[index].is_settled = true;
        for candidate in candidates {
            let is_relayed = candidate.kind == CandidateKind::Relayed;
            let told = self.tasks.iter().flat_map(|task| &task.found).any(|known| {
                known.address == candidate.address && known.related == candidate.related
            });
            let wanted = is_relayed || self.policy == IceTransportPolicy::All;
            if told || !wanted {
                continue;
            }
            self.tasks[index].found.push(candidate.clone());
            let network = self.tasks[index].base.network;
            self.steps.push_back(GatherStep::Found(candidate, network));
        }
    }

    /// The server is of no use at this address.
    fn failed(&mut self, index: usize, fault: ServerFault, now: Instant) {
        let redirected = match fault {
            ServerFault::Redirected(to) => Some(to),
            _ => None,
        };
        let elsewhere = redirected.is_some() || fault == ServerFault::TimedOut;
        self.tasks[index].outcome = ServerOutcome::Failed(fault.clone());
        self.turn_away(index, redirected, elsewhere, (fault.code(), &fault.to_string()), now);
    }

    /// The way to the server could not be opened, or broke.
    pub(super) fn broke(&mut self, index: usize, fault: SocketFault, now: Instant) {
        let task = &mut self.tasks[index];
        task.way.is_open = false;
        task.outcome = ServerOutcome::Unreachable(fault);
        let stood = task.found.iter().any(|found| found.kind == CandidateKind::Relayed);
        if stood {
            let found = std::mem::take(&mut task.found);
            task.lost(now);
            self.lose_found(&found);
            return;
        }
        self.turn_away(index, None, true, (ServerFault::UNREACHABLE, &fault.to_string()), now);
    }

    /// Tries the next address, or gives the server up.
    fn turn_away(
        &mut self,
        index: usize,
        redirected: Option<SocketAddr>,
        elsewhere: bool,
        (code, text): (u16, &str),
        now: Instant,
    ) {
        let task = &mut self.tasks[index];
        if elsewhere && let Some(remote) = task.next_remote(redirected) {
            let (base, server, way) = (task.base, task.server, task.way);
            self.release(way);
            self.tasks[index].way = self.way(base, server, remote);
            return self.open(index, now);
        }
        let (base, server, way) = (task.base, task.server, task.way);
        task.work = Work::Ended { retry_at: None };
        task.way.socket = None;
        task.is_settled = true;
        self.release(way);
        self.tell_fault(base, server, code, text);
    }

    /// A relay that stood is gone; it is asked again later.
    fn lost(&mut self, index: usize, fault: &ServerFault, now: Instant) {
        let task = &mut self.tasks[index];
        let found = std::mem::take(&mut task.found);
        let (base, server) = (task.base, task.server);
        task.outcome = ServerOutcome::Failed(fault.clone());
        task.lost(now);
        self.lose_found(&found);
        self.tell_fault(base, server, fault.code(), &fault.to_string());
    }

    /// Relayed candidates are told to be lost; reflexive ones go with their host.
    pub(super) fn lose_found(&mut self, found: &[IceCandidate]) {
        let relayed = found.iter().filter(|one| one.kind == CandidateKind::Relayed);
        self.steps.extend(relayed.cloned().map(GatherStep::Lost));
    }

    pub(super) fn tell_fault(&mut self, base: Base, server: usize, code: u16, text: &str) {
        let Some(known) = self.servers.get(server) else { return };
        self.steps.push_back(GatherStep::Fault(IceCandidateFault {
            local: base.local,
            url: known.url.to_string(),
            code,
            text: text.to_owned(),
        }));
    }
}
