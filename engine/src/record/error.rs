//! Why a recording cannot be read, or not replayed.

use std::fmt;

use super::format::RECORDING_VERSION;
use super::options::RecordOptions;

/// Why a recording cannot be read, or not on from here. Entries before the fault are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// It does not begin as a recording does.
    NotARecording,
    /// It is of another version; which.
    Version(u16),
    /// It ends before the entry that says so: the program was stopped, or the file cut.
    Truncated {
        /// Where it ends, in bytes from the beginning.
        offset: usize,
    },
    /// The bytes are not those that were written.
    Corrupt {
        /// Where the entry begins, in bytes from the beginning.
        offset: usize,
        /// What was found.
        what: &'static str,
    },
    /// The program that made it did not store it in time; what followed is missing.
    Overrun {
        /// Where it ends, in bytes from the beginning.
        offset: usize,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::NotARecording => {
                f.write_str("no recording: it does not begin with \"LAPWREC\"")
            }
            ReadError::Version(version) => write!(
                f,
                "a recording of version {version}, and only version {RECORDING_VERSION} is read: use the \
                 program that made it, or record again"
            ),
            ReadError::Truncated { offset } => {
                write!(f, "the recording ends too early, at byte {offset}")
            }
            ReadError::Corrupt { offset, what } => {
                write!(f, "the recording is damaged at byte {offset}: {what}")
            }
            ReadError::Overrun { offset } => write!(
                f,
                "the recording ends at byte {offset}: the program did not store it in time"
            ),
        }
    }
}

impl std::error::Error for ReadError {}

/// Why a recording cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplayError {
    /// It cannot be read.
    Read(ReadError),
    /// Keys or payload were left out of it; it can only be looked at.
    LeftOut(RecordOptions),
    /// The congestion controller was the application's own
    /// ([`Config::controller`](crate::Config::controller)), of this name, which is not the one
    /// given to [`Replayer::with_controller`](crate::Replayer::with_controller).
    Controller(String),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::Read(error) => error.fmt(f),
            ReplayError::Controller(name) => {
                let name = name.escape_debug();
                write!(f, "it needs the application's own congestion controller \"{name}\"")
            }
            ReplayError::LeftOut(options) => {
                let what = match (options.keys, options.payload) {
                    (false, false) => "keys and payload were",
                    (false, true) => "keys were",
                    _ => "payload was",
                };
                write!(f, "{what} left out of the recording: it can be looked at, not replayed")
            }
        }
    }
}

impl std::error::Error for ReplayError {}

impl From<ReadError> for ReplayError {
    fn from(error: ReadError) -> Self {
        ReplayError::Read(error)
    }
}
