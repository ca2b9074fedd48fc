//! Why a file was not opened.

use std::fmt;
use std::path::PathBuf;

use crate::codecs::CodecError;
use crate::files::FileError;

/// A file cannot be played.
#[derive(Debug)]
pub struct OpenError {
    /// Which file.
    pub path: PathBuf,
    /// Why not.
    pub reason: OpenReason,
}

/// Why a file cannot be played.
#[derive(Debug)]
pub enum OpenReason {
    /// It cannot be read, or its header is broken.
    File(FileError),
    /// Its first bytes are none that are known.
    Unknown {
        /// The formats that are.
        supported: &'static str,
    },
    /// It needs a decoder that is not there.
    Codec(CodecError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.path.display())?;
        match &self.reason {
            OpenReason::File(error) => error.fmt(f),
            OpenReason::Unknown { supported } => {
                write!(f, "not a format known here; known are {supported}")
            }
            OpenReason::Codec(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            OpenReason::File(error) => Some(error),
            OpenReason::Codec(error) => Some(error),
            OpenReason::Unknown { .. } => None,
        }
    }
}

impl From<FileError> for OpenReason {
    fn from(error: FileError) -> Self {
        OpenReason::File(error)
    }
}

impl From<std::io::Error> for OpenReason {
    fn from(error: std::io::Error) -> Self {
        OpenReason::File(error.into())
    }
}

impl From<CodecError> for OpenReason {
    fn from(error: CodecError) -> Self {
        OpenReason::Codec(error)
    }
}
