//! Restarts of ICE (RFC 8445 section 9): what the old generation leaves to the next.
//!
//! 1. An offer is out: checks with its fragment are answered and remembered.
//! 2. Both sides agreed: a generation begins, with our candidates and none of the peer's. The pair
//!    in use goes on, with its own credentials.
//! 3. A pair of the current generation works: it takes over, and of the old generation nothing is
//!    left but that its checks are answered.

use std::time::Instant;

use super::agent::Agent;
use super::credentials::{Credentials, Generation, Remote};
use super::phase::Phase;

impl Agent {
    /// An offer with these credentials of ours is out: checks that carry them may come before the
    /// answer does.
    pub fn expect_credentials(&mut self, local: Credentials) {
        if self.current.local != local {
            self.expected = Some(local);
        }
    }

    /// That offer was taken back.
    pub fn forget_credentials(&mut self) {
        if let Some(expected) = self.expected.take() {
            self.early.forget(expected.ufrag());
        }
    }

    /// Both sides agreed on new credentials. The path in use goes on until another works. Of the
    /// same credentials it changes nothing but what the peer can do.
    pub fn restart(&mut self, local: Credentials, remote: Remote, controlling: bool, now: Instant) {
        let agreed = self.current.remote.as_ref().map(|remote| &remote.credentials);
        if self.current.local == local && agreed == Some(&remote.credentials) {
            self.current.remote = Some(remote);
            return;
        }
        let number = self.current.number + 1;
        let controlling = (controlling || remote.lite) && !self.lite;
        let next = Generation { number, local, remote: Some(remote), controlling };
        let old = std::mem::replace(&mut self.current, next);
        self.expected = None;
        let kept = self.selected_pair().map(|pair| (pair.id, pair.generation));
        match kept {
            Some((_, generation)) if generation == old.number => self.previous = Some(old),
            Some(_) => {}
            None => self.previous = None,
        }
        self.keep_pair_in_use();
        self.remote_done = false;
        self.prospect_at = None;
        self.next_check = now;
        self.phase = Phase::Checking { since: now };
        self.take_early(now);
        self.advance(now);
    }

    /// Everything that is not of the pair in use goes, but candidates of ours that descriptions
    /// tell of.
    fn keep_pair_in_use(&mut self) {
        let kept = self.selected;
        self.checklist.retain(|pair| Some(pair.id) == kept);
        self.checklist.forget_triggers();
        self.checks.retain(|pair| Some(pair) == kept);
        let pairs = &self.checklist.pairs;
        self.candidates.remotes.retain(|remote| pairs.iter().any(|pair| pair.remote == remote.id));
        self.candidates.locals.retain(|local| {
            let is_used =
                pairs.iter().any(|pair| pair.local == local.id || pair.mapped == Some(local.id));
            is_used || !local.is_learnt()
        });
    }

    /// The path of the old generation is not needed any more. Its checks are still answered: the
    /// peer may use it until an answer of ours reaches it.
    pub(super) fn drop_old_path(&mut self) {
        let number = self.current.number;
        self.checklist.retain(|pair| pair.generation == number);
        let checklist = &self.checklist;
        self.checks.retain(|pair| checklist.get(pair).is_some());
        self.candidates.remotes.retain(|remote| remote.generation == number);
    }
}
