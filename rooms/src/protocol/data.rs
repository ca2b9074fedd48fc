//! Data channels: chat, echo and files, the same between two browsers, a browser and a native
//! peer, and through a forwarding server. `docs/data-channel-protocol.md` tells the flow.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::blocks::BlockRange;
use super::signalling::ParticipantId;

/// Label of the channel for [`ChatMessage`]s: reliable, ordered, JSON text.
pub const CHAT_LABEL: &str = "chat";

/// Label of the channel on which the side that did not open it sends every message back unchanged.
pub const ECHO_LABEL: &str = "echo";

/// Label of the channel for [`FileMessage`]s (text) and chunks (binary): reliable, ordered.
pub const FILE_LABEL: &str = "file";

/// Longest chat text, in bytes of UTF-8.
pub const CHAT_BYTES_MAX: usize = 4096;

/// Longest JSON text message on any channel, in bytes: a chat text of the largest size, every
/// character of it escaped.
pub const TEXT_BYTES_MAX: usize = 28 * 1024;

/// Longest message which the echo sends back, in bytes.
pub const ECHO_BYTES_MAX: usize = 64 * 1024;

/// Longest file name, in bytes: the limit of common file systems.
pub const FILE_NAME_BYTES_MAX: usize = 255;

/// Longest proposed folder of a file, in bytes.
pub const FILE_FOLDER_BYTES_MAX: usize = 1_024;

/// Largest file, in bytes: JavaScript counts exactly so far.
pub const FILE_BYTES_MAX: u64 = (1 << 53) - 1;

/// Largest transfer id: JavaScript counts exactly so far.
pub const TRANSFER_ID_MAX: u64 = (1 << 53) - 1;

/// Most data in one chunk, in bytes. With the header it stays under 64 KiB, the largest message of
/// a peer that names no `a=max-message-size` (RFC 8841 section 6.1).
pub const CHUNK_BYTES_MAX: usize = 60 * 1024;

/// Data in one chunk as our senders make them, in bytes: small enough that chat and echo on the
/// same association wait little behind it.
pub const CHUNK_BYTES: usize = 32 * 1024;

/// The receiver acknowledges at least every so many bytes.
pub const ACK_EVERY_BYTES: u64 = 256 * 1024;

/// Most bytes that our senders let wait in the channel, so that chat and echo do not wait long
/// behind them.
pub const BUFFERED_BYTES_MAX: usize = 1024 * 1024;

/// Most bytes a sender has under way without an acknowledgement. This alone bounds what a relay
/// has to hold for one transfer; at 100 ms of round trip it allows 40 MB/s.
pub const UNACKED_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Transfers one participant has under way at the same time, as sender or as receiver. The
/// forwarding server refuses more.
pub const TRANSFERS_MAX: usize = 4;

/// Length of the header before a chunk's data: transfer id and offset.
pub const CHUNK_HEADER_BYTES: usize = 16;

/// A message on the channel [`CHAT_LABEL`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ChatMessage {
    /// Something said, for all in the room.
    Message {
        /// Who said it. A forwarding server sets it; between two it may be absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<ParticipantId>,
        /// Up to [`CHAT_BYTES_MAX`] bytes.
        text: String,
    },
    /// What the participant has switched on, sent when the channel opens, when it changes, and when
    /// somebody joins.
    State {
        /// Whose state. A forwarding server sets it; between two it may be absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<ParticipantId>,
        /// The microphone is on.
        microphone: bool,
        /// The camera is on.
        camera: bool,
        /// A screen is shared.
        screen: bool,
    },
}

/// A text message on the channel [`FILE_LABEL`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum FileMessage {
    /// Sender to receiver: a file is at hand.
    Offer(FileOffer),
    /// Receiver to sender: send from `offset` on.
    Accept {
        /// The transfer.
        id: u64,
        /// What the receiver has already of a file with this digest and size.
        offset: u64,
    },
    /// Receiver to sender: not wanted.
    Reject {
        /// The transfer.
        id: u64,
        /// Why.
        reason: RejectReason,
    },
    /// Receiver to sender: send the list of blocks that the offer names.
    List {
        /// The transfer.
        id: u64,
    },
    /// Receiver to sender: send these blocks, the others are here.
    Want {
        /// The transfer.
        id: u64,
        /// In rising order, without overlap; none when nothing is missing.
        ranges: Vec<BlockRange>,
    },
    /// Receiver to sender: so much of the file is here.
    Ack {
        /// The transfer.
        id: u64,
        /// Bytes of the file, with those that were there before.
        received: u64,
    },
    /// Receiver to sender, after the last byte: the end of the transfer.
    Done {
        /// The transfer.
        id: u64,
        /// Whether the digest of what arrived is the one offered.
        ok: bool,
        /// Digest of what arrived, 64 lower-case hexadecimal digits.
        sha256: String,
    },
    /// Either side: the transfer ends here. The receiver may keep what it has for a resume.
    Cancel {
        /// The transfer.
        id: u64,
        /// Why.
        reason: CancelReason,
    },
}

impl FileMessage {
    /// The transfer it speaks of.
    pub fn id(&self) -> u64 {
        match self {
            FileMessage::Offer(offer) => offer.id,
            FileMessage::Accept { id, .. }
            | FileMessage::Reject { id, .. }
            | FileMessage::List { id }
            | FileMessage::Want { id, .. }
            | FileMessage::Ack { id, .. }
            | FileMessage::Done { id, .. }
            | FileMessage::Cancel { id, .. } => *id,
        }
    }
}

/// A file, its receiver and its sender.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOffer {
    /// Drawn at random by the sender from 1 to [`TRANSFER_ID_MAX`].
    pub id: u64,
    /// Who shall have it. Between two it may be absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ParticipantId>,
    /// Who sends it. A forwarding server sets it; between two it may be absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ParticipantId>,
    /// Its name, up to [`FILE_NAME_BYTES_MAX`] bytes. A receiver takes it for a proposal by a
    /// stranger: no path, no control characters.
    pub name: String,
    /// The folder it is in, such as `photos/2026`, up to [`FILE_FOLDER_BYTES_MAX`] bytes; empty for
    /// a file by itself. A proposal as well, of which each part is judged as a name is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// Files that the sender is going to offer after this one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: u64,
    /// Its size in bytes, up to [`FILE_BYTES_MAX`].
    pub size: u64,
    /// SHA-256 of the whole file, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Bytes of its blocks, of which the sender has a [list](crate::protocol::blocks); 0 when it
    /// has none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub block: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Why an offer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RejectReason {
    /// The person said no.
    Declined,
    /// Larger than the receiver can keep.
    TooLarge,
    /// A limit on transfers under way.
    Busy,
    /// The addressee is not in the room or has no file channel.
    NoReceiver,
    /// The offer breaks a limit or uses an id that is taken.
    BadOffer,
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RejectReason::Declined => "the receiver declined the file",
            RejectReason::TooLarge => "the file is too large for the receiver",
            RejectReason::Busy => "too many transfers are under way",
            RejectReason::NoReceiver => "the receiver has no file channel yet",
            RejectReason::BadOffer => "the offer breaks the protocol's limits",
        })
    }
}

/// Why a transfer is broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CancelReason {
    /// A person broke it off.
    Stopped,
    /// The other side is gone.
    PeerLeft,
    /// A chunk is not where it should be, or too much is under way.
    Protocol,
    /// Reading or writing failed.
    Io,
}

/// What stands before the data of a chunk: two big-endian 64-bit numbers.
///
/// ```
/// use lapwing_rooms::protocol::data::ChunkHeader;
/// let header = ChunkHeader { id: 7, offset: 65_536 };
/// let message = header.with_data(b"abc");
/// assert_eq!(message.len(), 19);
/// assert_eq!(ChunkHeader::split(&message), Some((header, &b"abc"[..])));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkHeader {
    /// The transfer.
    pub id: u64,
    /// Where in the file the data begin.
    pub offset: u64,
}

impl ChunkHeader {
    /// The message: header, then `data`.
    pub fn with_data(self, data: &[u8]) -> Vec<u8> {
        let mut message = Vec::with_capacity(CHUNK_HEADER_BYTES + data.len());
        message.extend_from_slice(&self.id.to_be_bytes());
        message.extend_from_slice(&self.offset.to_be_bytes());
        message.extend_from_slice(data);
        message
    }

    /// Header and data of a message; `None` when it is too short, holds no data or too much.
    pub fn split(message: &[u8]) -> Option<(ChunkHeader, &[u8])> {
        let (id, rest) = message.split_first_chunk::<8>()?;
        let (offset, data) = rest.split_first_chunk::<8>()?;
        let header =
            ChunkHeader { id: u64::from_be_bytes(*id), offset: u64::from_be_bytes(*offset) };
        let ok = !data.is_empty()
            && data.len() <= CHUNK_BYTES_MAX
            && header.offset <= FILE_BYTES_MAX
            && header.id <= TRANSFER_ID_MAX;
        ok.then_some((header, data))
    }
}

#[cfg(test)]
mod tests;
