//! A connection that is being opened: asked for again, with ever longer waits.

use std::time::Duration;

use crate::time::Time;

/// Requests that are repeated with ever longer waits; then the waits stay.
const DOUBLINGS_MAX: u32 = 6;

/// The requests for a connection, up to the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    since: Time,
    timeout: Duration,
    requests: u32,
    due: Time,
}

impl Opening {
    /// The first request is due now; an answer is waited for so long before the next, and then
    /// twice that.
    pub(super) fn new(timeout: Duration, now: Time) -> Self {
        Opening { since: now, timeout, requests: 0, due: now }
    }

    /// When the next request is due.
    pub(super) fn due(&self) -> Time {
        self.due
    }

    /// A request leaves now.
    pub(super) fn ask(&mut self, now: Time) {
        self.due = now + self.timeout * (1 << self.requests.min(DOUBLINGS_MAX));
        self.requests += 1;
    }

    /// How long the answer that came now took; `None` where nobody knows to which request.
    pub(super) fn round_trip(&self, now: Time) -> Option<Duration> {
        (self.requests == 1).then(|| now.since(self.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_64_times_the_first() {
        let mut opening = Opening::new(Duration::from_secs(1), Time::ZERO);
        opening.ask(Time::ZERO);
        assert_eq!(opening.round_trip(Time::from_millis(40)), Some(Duration::from_millis(40)));
        let mut waits = Vec::new();
        for _ in 0..8 {
            let due = opening.due();
            opening.ask(due);
            waits.push(opening.due().since(due).as_secs());
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 64, 64, 64]);
        assert_eq!(opening.round_trip(opening.due()), None, "which request was answered?");
    }
}
