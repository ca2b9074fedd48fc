//! Why a replay fails.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use lapwing_engine::{Divergence, ReadError};

/// Largest log that is read, in bytes: an hour of 4 Mbit/s.
pub(super) const LOG_BYTES_MAX: u64 = 2 << 30;

/// Why a replay fails.
#[derive(Debug)]
#[non_exhaustive]
pub enum ReplayFailure {
    /// The file cannot be read.
    File(PathBuf, io::Error),
    /// The file is larger than any that is read; its size in bytes.
    TooLarge(PathBuf, u64),
    /// The file is no log, or is damaged or cut. What comes before the fault was replayed.
    Log(PathBuf, ReadError),
    /// Something else came out than then.
    Diverged(Divergence),
}

impl ReplayFailure {
    /// The program's status.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            ReplayFailure::Diverged(_) => ExitCode::from(1),
            _ => ExitCode::from(2),
        }
    }
}

impl fmt::Display for ReplayFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayFailure::File(path, _) => write!(f, "{} cannot be read", path.display()),
            ReplayFailure::TooLarge(path, bytes) => write!(
                f,
                "{} has {bytes} bytes; at most {} are read",
                path.display(),
                LOG_BYTES_MAX
            ),
            ReplayFailure::Log(path, error) => write!(f, "{}: {error}", path.display()),
            ReplayFailure::Diverged(divergence) => {
                write!(f, "the replay is not what the call was, first at {divergence}")
            }
        }
    }
}

impl std::error::Error for ReplayFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ReplayFailure::File(_, error) => Some(error),
            _ => None,
        }
    }
}
