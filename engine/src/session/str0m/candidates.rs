//! Candidates in and out of the session.

use str0m::Candidate;

use super::session::Str0mSession;
use crate::candidate::{CandidateError, IceCandidate};
use crate::datagram::Protocol;

impl Str0mSession {
    /// Adds a candidate of ours and gives it back as it is to be signalled.
    pub(super) fn add_local_candidate(&mut self, candidate: &IceCandidate) -> Option<IceCandidate> {
        // The library knows candidates by TCP and not what to do with them.
        if candidate.protocol != Protocol::Udp {
            return None;
        }
        let parsed = Candidate::from_sdp_string(&candidate.to_string()).ok()?;
        let added = self.mutate(|rtc| rtc.add_local_candidate(parsed).cloned())?;
        let line = added.to_sdp_string();
        self.local.push(added);
        let mut candidate = IceCandidate::parse(&line).ok()?;
        // While a restart is offered, what is found belongs to it: the peer may know the old user
        // fragment no more.
        if let Some(awaited) = &self.awaited {
            candidate.ufrag = Some(awaited.ufrag.clone());
        }
        Some(candidate)
    }

    /// A candidate of ours cannot be used any more. If it is the one in use, the connection counts
    /// as disconnected at once, whatever else may be tried: the peer would stay with the old path
    /// until its checks fail, and a restart of ICE spares that time.
    pub(super) fn remove_local_candidate(&mut self, candidate: &IceCandidate) {
        let Some(address) = candidate.socket_addr() else { return };
        // What was said before it went still goes out.
        self.drain_library();
        if self.path().is_some_and(|(local, _)| local == address) {
            self.lose_path();
        }
        let (gone, kept) = self.local.drain(..).partition(|known| known.addr() == address);
        self.local = kept;
        let gone: Vec<Candidate> = gone;
        for candidate in gone {
            self.mutate(|rtc| rtc.direct_api().invalidate_candidate(&candidate));
        }
    }

    /// Adds a candidate of the peer's. One of another ICE generation is left out.
    pub(super) fn add_remote_candidate(
        &mut self,
        candidate: &IceCandidate,
    ) -> Result<(), CandidateError> {
        if self.peer.is_foreign(candidate) {
            return Ok(());
        }
        let candidate = IceCandidate { ufrag: None, ..candidate.clone() };
        let address = candidate.reachable()?;
        let parsed = Candidate::from_sdp_string(&candidate.to_string())
            .map_err(|_| CandidateError::Unusable)?;
        self.peer.note_candidate(address, candidate.kind)?;
        self.mutate(|rtc| rtc.add_remote_candidate(parsed));
        Ok(())
    }

    /// Candidates of ours that can be used, as they are to be signalled.
    pub(super) fn local_candidates(&self) -> Vec<IceCandidate> {
        let known = self.local.iter().map(|candidate| candidate.to_sdp_string());
        known.filter_map(|line| IceCandidate::parse(&line).ok()).collect()
    }
}
