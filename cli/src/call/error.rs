//! Why a call came to nothing, or not to what it should.

use std::fmt;
use std::io;
use std::path::PathBuf;

use lapwing_devices::MediaError;
use lapwing_rooms::call::CallError;

use super::devices::Unusable;

/// Why `lapwing call` fails.
#[derive(Debug)]
pub enum CallFailure {
    /// No call came about.
    Call(CallError),
    /// A device cannot be used; as it was named.
    Device(String, MediaError),
    /// A folder cannot be used.
    Folder(PathBuf, io::Error),
    /// A file cannot be written.
    Unwritable(PathBuf, io::Error),
    /// It went on, and not as it should; what was wrong.
    Unmet(Vec<String>),
}

impl CallFailure {
    /// The machine gives no sockets, threads or randomness.
    pub(super) fn system(error: io::Error) -> Self {
        CallFailure::Call(CallError::System(error))
    }
}

impl From<Unusable> for CallFailure {
    fn from((name, error): Unusable) -> Self {
        CallFailure::Device(name, error)
    }
}

impl From<CallError> for CallFailure {
    fn from(error: CallError) -> Self {
        CallFailure::Call(error)
    }
}

impl fmt::Display for CallFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallFailure::Call(error) => error.fmt(f),
            CallFailure::Device(name, error) => {
                write!(f, "{name}: {error}; \"lapwing devices\" lists what there is")
            }
            CallFailure::Folder(path, _) => write!(f, "{} cannot be used", path.display()),
            CallFailure::Unwritable(path, _) => write!(f, "{} cannot be written", path.display()),
            CallFailure::Unmet(problems) => f.write_str(&problems.join("; ")),
        }
    }
}

impl std::error::Error for CallFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            CallFailure::Call(error) => error.source(),
            CallFailure::Device(_, error) => error.source(),
            CallFailure::Folder(_, error) | CallFailure::Unwritable(_, error) => Some(error),
            CallFailure::Unmet(_) => None,
        }
    }
}
