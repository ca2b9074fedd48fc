//! Messages in parts, and how a channel is read.

use serde::Serialize;

/// How what comes on a channel reaches the application.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelReading {
    /// Every message as an event, as soon as it is whole and has its turn.
    #[default]
    Messages,
    /// Not at all. What comes stays below, in the receive window; when that is full, the peer has
    /// to wait. The window is that of all channels of the connection.
    Paused,
    /// In parts, as the application asks for them. What it does not read stays below likewise.
    Parts,
}

/// A part of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePart {
    /// Bytes rather than UTF-8 text. A part of text may end within a character.
    pub binary: bool,
    /// The bytes. Empty only where the message is.
    pub data: Vec<u8>,
    /// The message begins with it. After a part that was not the last, this says that the peer gave
    /// up the message before.
    pub is_first: bool,
    /// The message ends with it.
    pub is_last: bool,
}
