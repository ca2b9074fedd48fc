//! Channels that were refused room, and when there is some.

use std::collections::BTreeSet;

use crate::sctp::event::ChannelNumber;

/// Those that wait for room in the buffer.
#[derive(Debug, Default)]
pub(super) struct Hunger {
    channels: BTreeSet<ChannelNumber>,
    /// With no more bytes than this in the buffer, there is room for each.
    room_at: usize,
}

impl Hunger {
    /// This one was refused. It has room once no more than so many bytes wait.
    pub(super) fn add(&mut self, channel: ChannelNumber, room_at: usize) {
        self.room_at = match self.channels.is_empty() {
            true => room_at,
            false => self.room_at.min(room_at),
        };
        self.channels.insert(channel);
    }

    /// All of them have room, where so many bytes wait.
    pub(super) fn is_over(&self, waiting: usize) -> bool {
        !self.channels.is_empty() && waiting <= self.room_at
    }

    pub(super) fn take(&mut self) -> BTreeSet<ChannelNumber> {
        std::mem::take(&mut self.channels)
    }
}
