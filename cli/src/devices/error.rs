//! Why there is nothing to show.

use std::fmt;

use lapwing_devices::{EndReason, MediaError};

/// Why a command about devices fails.
#[derive(Debug)]
#[non_exhaustive]
pub enum DevicesError {
    /// No device has this id, or this in its label.
    NoneFits(String),
    /// It takes sound, and gives none.
    Speaker,
    /// It does not open.
    Open(MediaError),
    /// It opened, and gave nothing before it ended, or for too long.
    Nothing(Option<EndReason>),
}

impl fmt::Display for DevicesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DevicesError::NoneFits(text) => write!(f, "no device is, or is called, {text:?}"),
            DevicesError::Speaker => f.write_str("a speaker gives nothing to try"),
            DevicesError::Open(error) => write!(f, "{}: {error}", error.name()),
            DevicesError::Nothing(None) => f.write_str("it opened and gave nothing"),
            DevicesError::Nothing(Some(reason)) => write!(f, "it gave nothing: {reason}"),
        }
    }
}

impl std::error::Error for DevicesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            DevicesError::Open(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}
