//! How an association ends in peace (RFC 9260 section 9.2):
//!
//! 1. Whoever ends it delivers what is written, then sends SHUTDOWN until it is answered.
//! 2. The other delivers what it has, then sends SHUTDOWN ACK until it is answered.
//! 3. SHUTDOWN COMPLETE ends it on both sides.

use std::time::{Duration, Instant};

use super::event::EndReason;
use super::wire::chunk;

/// Attempts before the peer is taken for gone; RFC 9260 section 16 has ten, of a minute at last.
const ATTEMPTS_MAX: u32 = 8;

/// The longest wait between two.
const INTERVAL_MAX: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Up,
    /// We end it, and what was written is not delivered yet.
    Delivering,
    Sent(Attempt),
    /// The peer ends it, and what we have is not delivered yet.
    Heard,
    Answered(Attempt),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Attempt {
    count: u32,
    due: Instant,
    interval: Duration,
}

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A chunk goes out: SHUTDOWN or SHUTDOWN ACK.
    Send(u8),
    End(EndReason),
}

/// The end of one association.
#[derive(Debug)]
pub(super) struct Teardown {
    state: State,
    is_ours: bool,
}

impl Teardown {
    pub(super) fn new() -> Self {
        Teardown { state: State::Up, is_ours: false }
    }

    /// Nothing can be written or opened any more.
    pub(super) fn has_begun(&self) -> bool {
        self.state != State::Up
    }

    pub(super) fn begin(&mut self) {
        if self.state == State::Up {
            self.state = State::Delivering;
            self.is_ours = true;
        }
    }

    pub(super) fn on_shutdown(&mut self, now: Instant) {
        match &mut self.state {
            State::Up | State::Delivering => self.state = State::Heard,
            State::Sent(attempt) => self.state = State::Answered(Attempt { due: now, ..*attempt }),
            State::Heard => {}
            State::Answered(attempt) => attempt.due = now,
        }
    }

    /// The reason when the association is over; SHUTDOWN COMPLETE is to be sent.
    pub(super) fn on_shutdown_ack(&self) -> Option<EndReason> {
        matches!(self.state, State::Sent(_) | State::Answered(_)).then(|| self.reason())
    }

    /// The reason when the association is over.
    pub(super) fn on_shutdown_complete(&self) -> Option<EndReason> {
        matches!(self.state, State::Answered(_)).then(|| self.reason())
    }

    fn reason(&self) -> EndReason {
        if self.is_ours { EndReason::Local } else { EndReason::Shutdown }
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Sent(attempt) | State::Answered(attempt) => Some(attempt.due),
            State::Up | State::Delivering | State::Heard => None,
        }
    }

    /// `is_delivered`: nothing of ours waits any more.
    pub(super) fn poll(
        &mut self,
        is_delivered: bool,
        interval: Duration,
        now: Instant,
    ) -> Option<Step> {
        let first = Attempt { count: 0, due: now, interval };
        match self.state {
            State::Delivering if is_delivered => self.state = State::Sent(first),
            State::Heard if is_delivered => self.state = State::Answered(first),
            _ => {}
        }
        let (kind, attempt) = match &mut self.state {
            State::Sent(attempt) => (chunk::SHUTDOWN, attempt),
            State::Answered(attempt) => (chunk::SHUTDOWN_ACK, attempt),
            State::Up | State::Delivering | State::Heard => return None,
        };
        if attempt.due > now {
            return None;
        }
        if attempt.count >= ATTEMPTS_MAX {
            return Some(Step::End(EndReason::NoAnswer));
        }
        attempt.count += 1;
        attempt.due = now + attempt.interval;
        attempt.interval = (attempt.interval * 2).min(INTERVAL_MAX);
        Some(Step::Send(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_time::origin;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn one_ladder() {
        let (mut a, mut b) = (Teardown::new(), Teardown::new());
        a.begin();
        assert_eq!(a.poll(false, SECOND, origin()), None);
        assert_eq!(a.poll(true, SECOND, origin()), Some(Step::Send(chunk::SHUTDOWN)));
        b.on_shutdown(origin());
        assert_eq!(b.poll(false, SECOND, origin()), None);
        assert!(b.has_begun());
        assert_eq!(b.poll(true, SECOND, origin()), Some(Step::Send(chunk::SHUTDOWN_ACK)));
        assert_eq!(a.on_shutdown_ack(), Some(EndReason::Local));
        assert_eq!(b.on_shutdown_complete(), Some(EndReason::Shutdown));
    }

    #[test]
    fn both_at_once() {
        let mut a = Teardown::new();
        a.begin();
        a.poll(true, SECOND, origin());
        a.on_shutdown(origin());
        assert_eq!(a.poll(true, SECOND, origin()), Some(Step::Send(chunk::SHUTDOWN_ACK)));
        assert_eq!(a.on_shutdown_ack(), Some(EndReason::Local));
    }

    #[test]
    fn a_peer_that_does_not_answer() {
        let mut a = Teardown::new();
        assert_eq!((a.on_shutdown_ack(), a.on_shutdown_complete()), (None, None));
        a.begin();
        let mut now = origin();
        for _ in 0..ATTEMPTS_MAX {
            assert_eq!(a.poll(true, SECOND, now), Some(Step::Send(chunk::SHUTDOWN)));
            now = a.next_timeout().unwrap();
        }
        assert_eq!(a.poll(true, SECOND, now), Some(Step::End(EndReason::NoAnswer)));
    }
}
