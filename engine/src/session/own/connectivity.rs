//! Candidates in, and what follows from what the agent finds.

use super::checks::{RENOMINATION, to_credentials};
use super::session::OwnSession;
use crate::candidate::{CandidateError, IceCandidate};
use crate::ice::{LocalCandidate, Network, Output, Remote};
use crate::session::agreed::Agreed;
use crate::session::output::SessionEvent;
use crate::state::IceConnectionState;

impl OwnSession {
    pub(super) fn agree_checks(&mut self, agreed: &Agreed) {
        let remote = Remote {
            lite: agreed.remote.ice_lite,
            renomination: agreed.remote.ice_options.iter().any(|option| option == RENOMINATION),
            ..Remote::new(to_credentials(&agreed.remote.credentials))
        };
        let (agent, now) = (&mut self.checks.agent, self.now);
        let ours = to_credentials(&agreed.local);
        if *agent.local_credentials() == ours {
            agent.set_remote(remote, agreed.controlling, now);
        } else {
            agent.restart(ours, remote, agreed.controlling, now);
        }
    }

    pub(super) fn add_local(
        &mut self,
        candidate: &IceCandidate,
        network: Network,
    ) -> Option<IceCandidate> {
        if !self.life.is_running() {
            return None;
        }
        let local = LocalCandidate { network, ..LocalCandidate::new(candidate.clone())? };
        let added = self.checks.agent.add_local(local, self.now);
        self.settle();
        added
    }

    pub(super) fn remove_local(&mut self, candidate: &IceCandidate) {
        let Some(address) = candidate.socket_addr() else { return };
        self.checks.agent.remove_local(address, candidate.protocol, self.now);
        self.settle();
    }

    pub(super) fn add_remote(&mut self, candidate: &IceCandidate) -> Result<(), CandidateError> {
        if !self.life.is_running() {
            return Ok(());
        }
        let added = self.checks.agent.add_remote(candidate, self.now);
        self.settle();
        added
    }

    /// What the agent has to say.
    pub(super) fn follow_checks(&mut self) {
        while let Some(output) = self.checks.agent.poll() {
            match output {
                Output::Transmit(transmit) => {
                    self.outputs.send(transmit);
                    self.carry_next();
                }
                Output::State(state) => {
                    self.checks.state = state;
                    let patience = self.config.closed_after_failed;
                    let failed = state == IceConnectionState::Failed;
                    self.over_at = patience
                        .filter(|_| failed)
                        .and_then(|patience| self.now.checked_add(patience));
                    self.outputs.tell(SessionEvent::Ice(state));
                }
                Output::Selected(_) => {
                    self.resume_handshake();
                    self.begin_handshake();
                    self.begin_channels();
                    self.move_channels();
                    self.follow_path();
                }
                Output::Overdue => self.outputs.tell(SessionEvent::PathOverdue),
                Output::Carried { attributes, .. } => self.on_carried(&attributes),
                _ => {}
            }
        }
        self.carry_next();
    }
}
