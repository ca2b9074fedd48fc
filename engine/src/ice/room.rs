//! Room for addresses of the peer's that only its checks told of, and for their pairs:
//!
//! 1. where there is room, nothing goes;
//! 2. else the address goes that was silent for longest, and for as long as consent lasts: a peer
//!    behind a NAT that forgets has another address every few minutes of a call. Never the one in
//!    use;
//! 3. where none was, the new one finds no room. Its check is not answered, so that the peer does
//!    not count on a pair that nobody here knows (RFC 8445 section 7.3.1.4 wants one for each check
//!    that is answered).

use std::time::Instant;

use super::agent::Agent;
use super::candidates::{LEARNT_CANDIDATES_MAX, RemoteCandidate};
use super::pair::CONSENT_EXPIRES;

impl Agent {
    /// Makes room for one more learnt address; false where there is none.
    pub(super) fn make_room_for_address(&mut self, now: Instant) -> bool {
        let learnt = self.candidates.remotes.iter().filter(|remote| remote.learnt);
        if learnt.count() < LEARNT_CANDIDATES_MAX {
            return true;
        }
        let learnt = self.candidates.remotes.iter().filter(|remote| remote.learnt);
        let silent = learnt.filter_map(|remote| {
            let heard = self.last_heard(remote);
            let is_silent = heard.is_none_or(|at| at + CONSENT_EXPIRES <= now);
            (is_silent && !self.is_in_use(remote)).then_some((heard, remote.id))
        });
        let Some((_, id)) = silent.min() else { return false };
        self.checklist.retain(|pair| pair.remote != id);
        let checklist = &self.checklist;
        self.checks.retain(|pair| checklist.get(pair).is_some());
        self.candidates.remotes.retain(|remote| remote.id != id);
        true
    }

    fn last_heard(&self, remote: &RemoteCandidate) -> Option<Instant> {
        let pairs = self.checklist.pairs.iter().filter(|pair| pair.remote == remote.id);
        pairs.filter_map(|pair| pair.heard).max()
    }

    fn is_in_use(&self, remote: &RemoteCandidate) -> bool {
        self.selected_pair().is_some_and(|pair| pair.remote == remote.id)
    }
}
