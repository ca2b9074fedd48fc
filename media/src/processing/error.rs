//! Why sound was not processed.

use std::fmt;

use crate::resampler::ResampleError;

/// Why sound was not processed. The processor stays usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessError {
    /// It could not be brought to 48 kHz.
    Resample(ResampleError),
    /// The library refused.
    Library(String),
}

impl fmt::Display for ProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProcessError::Resample(error) => error.fmt(f),
            ProcessError::Library(message) => write!(f, "processing of sound: {message}"),
        }
    }
}

impl std::error::Error for ProcessError {}

impl From<ResampleError> for ProcessError {
    fn from(error: ResampleError) -> Self {
        ProcessError::Resample(error)
    }
}
