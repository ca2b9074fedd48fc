//! Why a call came to nothing.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::client::PeerError;

/// Why a call came to nothing.
#[derive(Debug)]
pub enum CallError {
    /// A clip or codec cannot be used; the library's words.
    Media(String),
    /// The machine gives no sockets, threads or randomness.
    System(io::Error),
    /// No way into the room or to the other side.
    Peer(PeerError),
    /// Nobody was reached in that time.
    Nobody(Duration),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Media(text) => f.write_str(text),
            CallError::System(_) => f.write_str("the system does not give what is needed"),
            CallError::Peer(error) => error.fmt(f),
            CallError::Nobody(span) => {
                write!(f, "nobody was reached in {} s", span.as_secs())
            }
        }
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CallError::System(error) => Some(error),
            CallError::Peer(error) => error.source(),
            CallError::Media(_) | CallError::Nobody(_) => None,
        }
    }
}
