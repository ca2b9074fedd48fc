//! What comes out of an association.

use std::fmt;

use crate::channel::{ChannelPriority, Reliability};

/// A channel's name within its association. No number is used twice; the stream below it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChannelNumber {
    number: u32,
    /// Where to look for it.
    stream: u16,
}

impl ChannelNumber {
    pub(super) fn new(number: u32, stream: u16) -> Self {
        ChannelNumber { number, stream }
    }

    pub(super) fn stream(self) -> u16 {
        self.stream
    }
}

impl fmt::Display for ChannelNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number.fmt(f)
    }
}

/// The next thing that an association wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A packet for the peer, of at most [`PACKET_BYTES_MAX`](super::PACKET_BYTES_MAX) bytes, to be
    /// sent as one DTLS record.
    Packet(Vec<u8>),
    /// Something happened.
    Event(Event),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Both ends have the association.
    Established,
    /// A channel can be used.
    Opened(OpenedChannel),
    /// A whole message came.
    Message {
        /// By which channel.
        channel: ChannelNumber,
        /// Bytes; else text, which nobody has checked to be UTF-8.
        binary: bool,
        /// Its content, often empty.
        data: Vec<u8>,
    },
    /// Something can be read of a channel that is read in parts. It is told once, and again when
    /// more came after [`Association::read`](super::Association::read) gave nothing.
    Readable(ChannelNumber),
    /// There is room again, where [`Association::write_part`](super::Association::write_part) did
    /// not take all of a part, or [`Association::write`](super::Association::write) refused a
    /// message.
    Room(ChannelNumber),
    /// The buffered amount of a channel fell to its threshold, or below it.
    Low(ChannelNumber),
    /// A channel is gone, and what it had not sent.
    Closed(ChannelNumber),
    /// The association is over. It comes once, after every channel is closed.
    Ended(EndReason),
}

/// A channel that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedChannel {
    /// Its name.
    pub channel: ChannelNumber,
    /// The peer announced it.
    pub remote: bool,
    /// What it is for; as announced, or as it was opened.
    pub label: String,
    /// The sub-protocol, likewise.
    pub protocol: String,
    /// Messages arrive in the order of sending.
    pub ordered: bool,
    /// How hard either side tries.
    pub reliability: Reliability,
    /// Who goes first.
    pub priority: ChannelPriority,
}

/// Why an association is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// We shut it down or aborted it.
    Local,
    /// The peer shut it down, with everything delivered (RFC 9260 section 9.2).
    Shutdown,
    /// The peer aborted it (RFC 9260 section 9.1).
    Aborted {
        /// The first cause that it gave (RFC 9260 section 3.3.10).
        cause: Option<u16>,
    },
    /// The peer forgot it and began another (RFC 9260 section 5.2).
    Restarted,
    /// The peer did not answer a shutdown.
    NoAnswer,
    /// The peer uses more streams than may be in use.
    TooManyStreams,
    /// The peer broke the protocol: a chunk without content, or one that the data transfer could
    /// not bear.
    Violation,
    /// A message does not fit the receive window, however long we wait.
    MessageTooLarge,
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EndReason::Local => f.write_str("ended here"),
            EndReason::Shutdown => f.write_str("shut down by the peer"),
            EndReason::Aborted { cause: None } => f.write_str("aborted by the peer"),
            EndReason::Aborted { cause: Some(cause) } => {
                write!(f, "aborted by the peer with cause {cause}")
            }
            EndReason::Restarted => f.write_str("begun anew by the peer"),
            EndReason::NoAnswer => f.write_str("the peer does not answer"),
            EndReason::TooManyStreams => f.write_str("the peer uses too many streams"),
            EndReason::Violation => f.write_str("the peer broke the protocol"),
            EndReason::MessageTooLarge => f.write_str("a message does not fit the window"),
        }
    }
}
