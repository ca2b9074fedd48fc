//! What goes wrong with devices.

use std::fmt;
use std::io;

use lapwing_media::files::FileError;

use crate::constraints::OverconstrainedError;

/// Why there is no track. The variants are those of `getUserMedia()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaError {
    /// `NotAllowedError`: the permission hook said no.
    NotAllowed,
    /// `NotFoundError`: there is no such device.
    NotFound,
    /// `NotReadableError`: the device does not open.
    NotReadable(DeviceError),
    /// `OverconstrainedError`: no device can do what is demanded.
    Overconstrained(OverconstrainedError),
    /// `InvalidStateError`: the track has ended.
    InvalidState,
    /// `TypeError`: what is asked for makes no sense; why.
    Type(&'static str),
}

impl MediaError {
    /// The name that W3C gives it.
    pub const fn name(&self) -> &'static str {
        match self {
            MediaError::NotAllowed => "NotAllowedError",
            MediaError::NotFound => "NotFoundError",
            MediaError::NotReadable(_) => "NotReadableError",
            MediaError::Overconstrained(_) => "OverconstrainedError",
            MediaError::InvalidState => "InvalidStateError",
            MediaError::Type(_) => "TypeError",
        }
    }
}

impl fmt::Display for MediaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MediaError::NotAllowed => f.write_str("the use of the device is not permitted"),
            MediaError::NotFound => f.write_str("there is no such device"),
            MediaError::NotReadable(_) => f.write_str("the device cannot be used"),
            MediaError::Overconstrained(error) => error.fmt(f),
            MediaError::InvalidState => f.write_str("the track has ended"),
            MediaError::Type(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for MediaError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            MediaError::NotReadable(error) => Some(error),
            _ => None,
        }
    }
}

impl From<OverconstrainedError> for MediaError {
    fn from(error: OverconstrainedError) -> Self {
        MediaError::Overconstrained(error)
    }
}

impl From<DeviceError> for MediaError {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::NotFound => MediaError::NotFound,
            error => MediaError::NotReadable(error),
        }
    }
}

/// Why a backend gives no device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceError {
    /// It is not there, or no more.
    NotFound,
    /// Another program has it.
    Busy,
    /// The system refuses it to this user.
    NoAccess,
    /// It speaks a format that is not known here; which.
    Unsupported(String),
    /// The system's words.
    System(String),
}

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeviceError::NotFound => f.write_str("it is not there"),
            DeviceError::Busy => f.write_str("another program uses it"),
            DeviceError::NoAccess => f.write_str("the system refuses it to this user"),
            DeviceError::Unsupported(what) => write!(f, "{what} is not supported"),
            DeviceError::System(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for DeviceError {}

impl From<io::Error> for DeviceError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => DeviceError::NotFound,
            io::ErrorKind::PermissionDenied => DeviceError::NoAccess,
            io::ErrorKind::ResourceBusy => DeviceError::Busy,
            _ => DeviceError::System(error.to_string()),
        }
    }
}

/// Why a track has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The application stopped it.
    Stopped,
    /// The device vanished: unplugged, closed, or its server gone.
    DeviceGone,
    /// A file was played to its end.
    Finished,
    /// The device fails; why.
    Failed(DeviceError),
    /// The thread that serves the device broke down; its last words.
    WorkerDied(String),
}

impl EndReason {
    /// As the fault of a source, for those who know files alone.
    pub(crate) fn to_fault(&self) -> FileError {
        FileError::Io(io::Error::other(self.to_string()))
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EndReason::Stopped => f.write_str("the track was stopped"),
            EndReason::DeviceGone => f.write_str("the device is gone"),
            EndReason::Finished => f.write_str("the file has ended"),
            EndReason::Failed(error) => write!(f, "the device fails: {error}"),
            EndReason::WorkerDied(text) => write!(f, "the thread of the device died: {text}"),
        }
    }
}
