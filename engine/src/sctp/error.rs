//! What an association refuses.

use std::fmt;

/// Why a channel cannot be opened. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// There are as many channels as there may be.
    TooMany,
    /// Label or sub-protocol is longer than the 65,535 bytes that RFC 8832 has room for.
    TextTooLong,
    /// Another channel has the negotiated stream, or it is still being closed.
    StreamInUse,
    /// Stream 65,535 cannot be used (RFC 8831 section 6.2), nor one that the peer does not have.
    NoSuchStream,
    /// The association is over, or ends.
    Ended,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OpenError::TooMany => "too many data channels",
            OpenError::TextTooLong => "label or protocol is longer than 65535 bytes",
            OpenError::StreamInUse => "the negotiated stream is in use",
            OpenError::NoSuchStream => "the stream does not exist",
            OpenError::Ended => "the association is over",
        })
    }
}

impl std::error::Error for OpenError {}

/// Why a message was not taken. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// The channel is not open, or is closing.
    NotOpen,
    /// As much waits as may.
    Full,
    /// The peer takes no message of this size.
    TooLarge {
        /// What it takes, in bytes.
        max: u64,
    },
    /// A message is being written in parts, and was not ended.
    MessageOpen,
    /// No message was begun.
    NoMessage,
    /// The parts are more or less than the length that was told.
    WrongLength,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::NotOpen => f.write_str("the channel is not open"),
            WriteError::Full => f.write_str("as much waits as may"),
            WriteError::TooLarge { max } => {
                write!(f, "the message is larger than the {max} bytes that the peer takes")
            }
            WriteError::MessageOpen => f.write_str("a message is being written in parts"),
            WriteError::NoMessage => f.write_str("no message was begun"),
            WriteError::WrongLength => f.write_str("the message has another length than was told"),
        }
    }
}

impl std::error::Error for WriteError {}

/// Why a channel is not read in another way. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// The channel is not open, or is closing.
    NotOpen,
    /// A part of a message was read: the rest of it is to be read first.
    MessageOpen,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ReadError::NotOpen => "the channel is not open",
            ReadError::MessageOpen => "a message was read in part",
        })
    }
}

impl std::error::Error for ReadError {}
