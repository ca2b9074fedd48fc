//! Why a peer did not do what it was asked for.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

/// Why there is no reply, or not the one that was hoped for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerError {
    /// The stack cannot do that: its program's words.
    Unsupported(String),
    /// The stack refused: its own words.
    Refused(String),
    /// The stack or its program broke: its words.
    Failed(String),
    /// No reply came in time.
    Silent {
        /// What was asked for.
        request: String,
        /// How long was waited.
        waited: Duration,
    },
    /// The program is not there any more: how it ended, and its last words.
    Gone(String),
}

impl PeerError {
    /// Reads the `error` of a reply.
    pub(crate) fn of_reply(error: &Value) -> PeerError {
        let text = error["text"].as_str().unwrap_or("no text").to_owned();
        match error["kind"].as_str() {
            Some("unsupported") => PeerError::Unsupported(text),
            Some("refused") => PeerError::Refused(text),
            _ => PeerError::Failed(text),
        }
    }
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PeerError::Unsupported(text) => write!(f, "unsupported: {text}"),
            PeerError::Refused(text) => write!(f, "refused: {text}"),
            PeerError::Failed(text) => write!(f, "failed: {text}"),
            PeerError::Silent { request, waited } => {
                write!(f, "no reply to {request} in {} s", waited.as_secs())
            }
            PeerError::Gone(how) => write!(f, "the program ended: {how}"),
        }
    }
}

impl std::error::Error for PeerError {}
