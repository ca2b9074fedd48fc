//! Answers that wait for what they are to carry: what a check carried is handed up first, and
//! whoever reads it says what goes back ([`Agent::carry`](super::Agent::carry)). So an answer has
//! the reply to its check, and so have the checks that follow from it.

use super::agent::{Agent, Step};

/// What waits to be polled. Each message makes two entries, and is polled before the next one.
const DEFERRED_MAX: usize = 16;

impl Agent {
    /// Whether there is somebody to be waited for.
    pub(super) fn defers(&self) -> bool {
        !self.carried_kinds.is_empty() && self.deferred.len() < DEFERRED_MAX
    }

    pub(super) fn take_step(&mut self, step: Step) {
        match step {
            Step::Advance(now) => self.advance(now),
            Step::Answer { arrival, transaction, key } => {
                self.answer(transaction, arrival, &key);
            }
        }
    }
}
