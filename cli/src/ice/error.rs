//! Why servers cannot be asked, or were of no use.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use lapwing_engine::IceServerError;

/// Why a command that asks servers fails.
#[derive(Debug)]
#[non_exhaustive]
pub enum IceError {
    /// What is given is no server; the text.
    Server(String, IceServerError),
    /// The file of authorities cannot be read.
    Roots(PathBuf, io::Error),
    /// What is given is no proxy; the text.
    Proxy(String),
    /// The system gives no sockets, or no randomness.
    System(io::Error),
    /// So many servers were of no use.
    Useless(usize),
    /// So many things are wrong.
    Findings(usize),
}

impl IceError {
    /// The program's status.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            IceError::Useless(_) | IceError::Findings(_) | IceError::System(_) => ExitCode::from(1),
            _ => ExitCode::from(2),
        }
    }
}

impl fmt::Display for IceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IceError::Server(text, _) => write!(f, "{text:?} is no server that can be asked"),
            IceError::Roots(path, _) => write!(f, "{} cannot be read", path.display()),
            IceError::Proxy(text) => write!(f, "{text:?} is no proxy: give HOST:PORT"),
            IceError::System(_) => f.write_str("the system does not play along"),
            IceError::Useless(1) => f.write_str("a server was of no use"),
            IceError::Useless(count) => write!(f, "{count} servers were of no use"),
            IceError::Findings(1) => f.write_str("something is wrong"),
            IceError::Findings(count) => write!(f, "{count} things are wrong"),
        }
    }
}

impl std::error::Error for IceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            IceError::Server(_, error) => Some(error),
            IceError::Roots(_, error) | IceError::System(error) => Some(error),
            _ => None,
        }
    }
}
