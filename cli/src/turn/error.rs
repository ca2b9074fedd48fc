//! Why there is no TURN server.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a server does not start, or stops.
#[derive(Debug)]
pub enum TurnFailure {
    /// A file cannot be read, or says nothing.
    File(PathBuf, io::Error),
    /// The server cannot start.
    Start(io::Error),
    /// The system gives no signals or threads.
    System(io::Error),
    /// All of its threads ended by faults of ours.
    Broken,
}

impl fmt::Display for TurnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TurnFailure::File(path, _) => write!(f, "cannot use {}", path.display()),
            TurnFailure::Start(_) => f.write_str("the server cannot start"),
            TurnFailure::System(_) => f.write_str("the system does not let the server run"),
            TurnFailure::Broken => f.write_str("all threads of the server ended by faults"),
        }
    }
}

impl Error for TurnFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            TurnFailure::File(_, error)
            | TurnFailure::Start(error)
            | TurnFailure::System(error) => Some(error),
            TurnFailure::Broken => None,
        }
    }
}
