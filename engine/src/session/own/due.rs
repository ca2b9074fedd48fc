//! When the first of many has something to do.

use std::time::Instant;

/// The earlier of two times, where there are any.
pub(super) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}

/// The earliest of many times. It may be too early, and is never too late: what changes one of the
/// many tells [`Self::no_later_than`], and a look at all of them tells the time itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Due(Option<Instant>);

impl Due {
    pub(super) fn at(self) -> Option<Instant> {
        self.0
    }

    pub(super) fn is_now(self, now: Instant) -> bool {
        self.0.is_some_and(|at| at <= now)
    }

    /// One of them has something to do then.
    pub(super) fn no_later_than(&mut self, at: Option<Instant>) {
        self.0 = earlier(self.0, at);
    }

    /// All were looked at.
    pub(super) fn set(&mut self, at: Option<Instant>) {
        self.0 = at;
    }
}
