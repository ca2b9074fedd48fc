//! Why a call came to nothing.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use lapwing_rooms::client::PeerError;

/// Why a call came to nothing.
#[derive(Debug)]
pub enum CallError {
    /// A clip or codec cannot be used; the library's words.
    Media(String),
    /// A folder cannot be used.
    Folder(PathBuf, io::Error),
    /// The machine gives no sockets, threads or randomness.
    System(io::Error),
    /// No way into the room or to the other side.
    Peer(PeerError),
    /// Nobody was reached in that time.
    Nobody(Duration),
    /// It went on, and not as it should; what was wrong.
    Unmet(Vec<String>),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Media(text) => f.write_str(text),
            CallError::Folder(path, _) => write!(f, "{} cannot be used", path.display()),
            CallError::System(_) => f.write_str("the system does not give what is needed"),
            CallError::Peer(error) => error.fmt(f),
            CallError::Nobody(span) => {
                write!(f, "nobody was reached in {} s", span.as_secs())
            }
            CallError::Unmet(problems) => f.write_str(&problems.join("; ")),
        }
    }
}

impl std::error::Error for CallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CallError::Folder(_, error) | CallError::System(error) => Some(error),
            CallError::Peer(error) => error.source(),
            _ => None,
        }
    }
}
