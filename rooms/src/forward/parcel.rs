//! A message on its way to a participant's file channel, and the queue before that channel.

use std::collections::VecDeque;

use lapwing_engine::{ChannelId, Rtc};

use crate::limits::{Budget, Share};
use crate::protocol::data::{ChunkHeader, FileMessage, TRANSFERS_MAX, UNACKED_BYTES_MAX};
use crate::protocol::signalling::ParticipantId;

/// Bytes that one file channel may hold in the engine. Chat and echo share the engine's buffer of a
/// megabyte with it and must find room.
const BUFFERED_BYTES_MAX: usize = 256 * 1024;

/// Below this the queue is asked for more.
const BUFFERED_BYTES_LOW: usize = 128 * 1024;

/// Bytes that may wait for the file channels of all participants of a server together.
pub const PARCELS_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Those that may wait for one of them: the windows of as many transfers as it may have, and what
/// is said about them.
pub(super) const OUTBOX_BYTES_MAX: usize = TRANSFERS_MAX * UNACKED_BYTES_MAX as usize + 512 * 1024;

/// What a message takes beside its contents, in bytes.
const PARCEL_BYTES: usize = 64;

/// What a message holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// JSON.
    Text(String),
    /// A chunk.
    Binary(Vec<u8>),
}

impl Content {
    /// The transfer that a chunk belongs to.
    pub(super) fn transfer(&self) -> Option<u64> {
        match self {
            Content::Text(_) => None,
            Content::Binary(bytes) => ChunkHeader::split(bytes).map(|(header, _)| header.id),
        }
    }
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

/// What waits for a file channel, in memory that is lent for it.
#[derive(Debug)]
pub(super) struct Outbox {
    budget: Budget,
    waiting: VecDeque<(Content, Share)>,
}

impl Outbox {
    /// Takes its memory from a budget.
    pub(super) fn new(budget: Budget) -> Self {
        Outbox { budget, waiting: VecDeque::new() }
    }

    /// Queues a message behind the others; false when there is no memory for it.
    pub(super) fn push(&mut self, content: Content) -> bool {
        let bytes = match &content {
            Content::Text(text) => text.len(),
            Content::Binary(bytes) => bytes.len(),
        };
        let Some(share) = self.budget.lend(bytes + PARCEL_BYTES) else { return false };
        self.waiting.push_back((content, share));
        true
    }

    /// Forgets everything: the channel is gone.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Writes while the channel has room.
    pub(super) fn pump(&mut self, rtc: &mut Rtc, channel: ChannelId) {
        while let (Some((content, _)), Some(mut channel)) =
            (self.waiting.front(), rtc.channel(channel))
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
