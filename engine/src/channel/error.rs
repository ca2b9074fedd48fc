//! What can go wrong with a data channel.

use std::fmt;

/// Why a channel cannot be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelError {
    /// The connection has as many channels as it may have.
    TooMany,
    /// Label and sub-protocol together are longer than
    /// [`CHANNEL_TEXT_BYTES_MAX`](crate::CHANNEL_TEXT_BYTES_MAX), or those of all channels take
    /// more room than a connection has for them.
    TextTooLong,
    /// Another channel has the negotiated stream number, be it negotiated or announced in band.
    IdInUse,
    /// Stream 65,535 cannot be used (RFC 8831 section 6.5).
    IdReserved,
    /// The connection is closed.
    Closed,
}

impl fmt::Display for ChannelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChannelError::TooMany => "too many data channels",
            ChannelError::TextTooLong => "label and protocol are too long",
            ChannelError::IdInUse => "the negotiated stream number is in use",
            ChannelError::IdReserved => "stream number 65535 is reserved",
            ChannelError::Closed => "the connection is closed",
        })
    }
}

impl std::error::Error for ChannelError {}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelWriteError {
    /// The channel is not open, or is closing.
    NotOpen,
    /// The buffer is full: wait for
    /// [`Event::ChannelBufferedAmountLow`](crate::Event::ChannelBufferedAmountLow).
    Full,
    /// The peer takes no message of this size.
    TooLarge {
        /// What it takes, in bytes.
        max: usize,
    },
    /// The message is empty. RFC 8831 section 6.6 sends a byte in its place, which the association
    /// of [`SessionKind::Str0m`](crate::SessionKind::Str0m) cannot mark.
    Empty,
    /// A message is being written in parts, and was not ended.
    MessageOpen,
    /// A part of a message that was not begun.
    NoMessage,
    /// The parts are more or less than the length that was told.
    WrongLength,
    /// The association of [`SessionKind::Str0m`](crate::SessionKind::Str0m) takes whole messages
    /// only.
    Unsupported,
}

impl fmt::Display for ChannelWriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChannelWriteError::NotOpen => f.write_str("the channel is not open"),
            ChannelWriteError::Full => f.write_str("the channel's buffer is full"),
            ChannelWriteError::TooLarge { max } => {
                write!(f, "the message is larger than the {max} bytes that the peer takes")
            }
            ChannelWriteError::Empty => f.write_str("an empty message cannot be sent"),
            ChannelWriteError::MessageOpen => f.write_str("a message is being written in parts"),
            ChannelWriteError::NoMessage => f.write_str("no message was begun"),
            ChannelWriteError::WrongLength => {
                f.write_str("the message has another length than was told")
            }
            ChannelWriteError::Unsupported => f.write_str("messages in parts are not supported"),
        }
    }
}

impl std::error::Error for ChannelWriteError {}

/// Why a channel is not read in another way. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelReadError {
    /// The channel is not open, or is closing.
    NotOpen,
    /// A part of a message was read: the rest of it is to be read first.
    MessageOpen,
    /// The association of [`SessionKind::Str0m`](crate::SessionKind::Str0m) gives whole messages
    /// only, and at once.
    Unsupported,
}

impl fmt::Display for ChannelReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChannelReadError::NotOpen => "the channel is not open",
            ChannelReadError::MessageOpen => "a message was read in part",
            ChannelReadError::Unsupported => "the channel is read by whole messages only",
        })
    }
}

impl std::error::Error for ChannelReadError {}
