//! Why the wall could not be run, or is not as expected.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use lapwing_conformance::nat::NatError;
use lapwing_conformance::peer::ManifestError;
use lapwing_conformance::wall::{BadExpectations, ResultsError, RunError};

/// Why the wall could not be run, or is not as expected.
#[derive(Debug)]
pub enum ConformanceError {
    /// Cells are not as expected: how many.
    Unexpected(usize),
    /// A column that cannot be read.
    Manifest(ManifestError),
    /// A stack or a case that there is not: its kind, its name, and what there is.
    Unknown(&'static str, String, Vec<String>),
    /// A stack that is not installed, and what is missing.
    NotInstalled(String, String),
    /// The list of known failures.
    Expectations(PathBuf, BadExpectations),
    /// Outcomes cannot be kept or read.
    Results(ResultsError),
    /// The run broke off.
    Run(RunError),
    /// There is no laboratory of NATs.
    Nat(NatError),
    /// A file that cannot be read or written.
    File(PathBuf, std::io::Error),
}

impl ConformanceError {
    /// 1 for a wall that is not as expected, 2 for one that could not be run.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            ConformanceError::Unexpected(_) => ExitCode::from(1),
            _ => ExitCode::from(2),
        }
    }
}

impl fmt::Display for ConformanceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConformanceError::Unexpected(1) => f.write_str("1 cell is not as expected"),
            ConformanceError::Unexpected(count) => write!(f, "{count} cells are not as expected"),
            ConformanceError::Manifest(error) => error.fmt(f),
            ConformanceError::Unknown(kind, name, there) => {
                write!(f, "there is no {kind} {name:?}; there are: {}", there.join(", "))
            }
            ConformanceError::NotInstalled(name, missing) => {
                write!(f, "{name} is not installed ({missing}): cargo xtask peers {name}")
            }
            ConformanceError::Expectations(path, error) => write!(f, "{}: {error}", path.display()),
            ConformanceError::Results(error) => error.fmt(f),
            ConformanceError::Run(error) => error.fmt(f),
            ConformanceError::Nat(error) => error.fmt(f),
            ConformanceError::File(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for ConformanceError {}
