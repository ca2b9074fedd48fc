//! Why a case ends before its end.

use std::fmt;

use super::Side;
use crate::peer::PeerError;

/// What a case comes to when it stops early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// One of the stacks cannot do what the case is about: who, and what.
    NotApplicable(String),
    /// Something is not as it must be.
    Fault(String),
}

/// What a case comes to.
pub type Played = Result<(), Stop>;

impl Stop {
    /// A fault in words.
    pub fn fault(text: impl Into<String>) -> Stop {
        Stop::Fault(text.into())
    }

    /// What `error` of an end makes of the case.
    pub(super) fn of(side: Side, who: &str, request: &str, error: PeerError) -> Stop {
        match error {
            PeerError::Unsupported(text) => Stop::NotApplicable(format!("{who}: {text}")),
            error => Stop::Fault(format!("{side} ({who}), {request}: {error}")),
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::NotApplicable(text) | Stop::Fault(text) => f.write_str(text),
        }
    }
}

/// Stops the case unless something holds.
///
/// # Errors
/// The text as a fault.
pub fn must(holds: bool, text: impl FnOnce() -> String) -> Played {
    if holds { Ok(()) } else { Err(Stop::Fault(text())) }
}
