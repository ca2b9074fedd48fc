//! What can go wrong with a file.

use std::fmt;
use std::io;

use crate::codecs::DecodeError;

/// Why a file cannot be read or written.
#[derive(Debug)]
pub enum FileError {
    /// The system said no.
    Io(io::Error),
    /// The file ends within something.
    Truncated {
        /// Where that starts, in bytes.
        offset: u64,
        /// What it is.
        what: &'static str,
    },
    /// The file breaks the rules of its format.
    Malformed {
        /// About where, in bytes.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The file keeps the rules, and this reader or writer does not know what it uses.
    Unsupported {
        /// What it uses.
        what: String,
    },
    /// A frame in the file cannot be decoded.
    Decode(DecodeError),
    /// A writer was given what does not belong into its file.
    Rejected {
        /// Why not.
        what: &'static str,
    },
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::Io(error) => error.fmt(f),
            FileError::Truncated { offset, what } => {
                write!(f, "the file ends within {what} at byte {offset}")
            }
            FileError::Malformed { offset, what } => write!(f, "{what}, at byte {offset}"),
            FileError::Unsupported { what } => write!(f, "{what} is not supported"),
            FileError::Decode(error) => error.fmt(f),
            FileError::Rejected { what } => f.write_str(what),
        }
    }
}

impl std::error::Error for FileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            FileError::Io(error) => Some(error),
            FileError::Decode(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        FileError::Io(error)
    }
}
