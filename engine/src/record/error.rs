//! Why a recording cannot be read.

use std::fmt;

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
                "a recording of version {version}; only version {} can be read",
                super::RECORDING_VERSION
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
