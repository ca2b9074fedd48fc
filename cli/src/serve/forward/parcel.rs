//! A message on its way to a participant's file channel, and the queue before that channel.

use std::collections::VecDeque;

use lapwing_engine::{ChannelId, Rtc};

use crate::protocol::data::FileMessage;
use crate::protocol::signalling::ParticipantId;

/// Bytes that one file channel may hold in the engine. Chat and echo share the engine's buffer of a
/// megabyte with it and must find room.
const BUFFERED_BYTES_MAX: usize = 256 * 1024;

/// Below this the queue is asked for more.
const BUFFERED_BYTES_LOW: usize = 128 * 1024;

/// What a message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// JSON.
    Text(String),
    /// A chunk.
    Binary(Vec<u8>),
}

/// A message and its addressee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parcel {
    /// Who gets it.
    pub(super) to: ParticipantId,
    /// The message.
    pub(super) content: Content,
}

impl Parcel {
    /// A message about a transfer.
    pub(super) fn file(to: ParticipantId, message: &FileMessage) -> Self {
        let text = serde_json::to_string(message).expect("messages are plain data");
        Parcel { to, content: Content::Text(text) }
    }
}

/// What waits for a file channel. Its length is bounded by the window of each transfer and their
/// number per participant: 16 MiB of chunks.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Content>,
}

impl Outbox {
    /// Queues a message behind the others.
    pub(super) fn push(&mut self, content: Content) {
        self.waiting.push_back(content);
    }

    /// Forgets everything: the channel is gone.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Writes while the channel has room.
    pub(super) fn pump(&mut self, rtc: &mut Rtc, channel: ChannelId) {
        while let (Some(content), Some(mut channel)) = (self.waiting.front(), rtc.channel(channel))
        {
            channel.set_buffered_amount_low_threshold(BUFFERED_BYTES_LOW);
            if channel.buffered_amount() > BUFFERED_BYTES_MAX {
                break;
            }
            let written = match content {
                Content::Text(text) => channel.write_text(text),
                Content::Binary(bytes) => channel.write_binary(bytes),
            };
            if written.is_err() {
                break;
            }
            self.waiting.pop_front();
        }
    }
}
