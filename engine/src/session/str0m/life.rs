//! How far a session is on its way to its end.

use std::time::{Duration, Instant};

/// How long a goodbye may take. A peer that cannot be reached answers none, and checks would go on
/// for ever.
const GOODBYE: Duration = Duration::from_secs(2);

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Running,
    /// A goodbye is said until then; silence after.
    Leaving {
        until: Instant,
    },
    /// The last words are being polled; silence after.
    LastWords,
    Over,
}

impl Life {
    /// The goodbye begins now.
    pub(super) fn leaving_from(now: Instant) -> Self {
        Life::Leaving { until: now + GOODBYE }
    }

    pub(super) fn is_running(self) -> bool {
        self == Life::Running
    }

    /// When it ends by itself.
    pub(super) fn until(self) -> Option<Instant> {
        match self {
            Life::Leaving { until } => Some(until),
            _ => None,
        }
    }
}
