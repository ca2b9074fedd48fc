//! What statistics tell of channels.

use super::{ChannelTable, State, Writing};
use crate::channel::counts::ChannelFigures;
use crate::ids::ChannelId;
use crate::state::DataChannelState;

impl ChannelTable {
    /// Bytes were taken for sending, and with them so many messages came to their end.
    pub(crate) fn count_sent(&mut self, id: ChannelId, messages: u64, bytes: usize) {
        if let Some(entry) = self.entry(id) {
            entry.counts.messages_sent += messages;
            entry.counts.bytes_sent += bytes as u64;
        }
    }

    /// A message came.
    pub(crate) fn count_received(&mut self, id: ChannelId, bytes: usize) {
        if let Some(entry) = self.entry(id) {
            entry.counts.messages_received += 1;
            entry.counts.bytes_received += bytes as u64;
        }
    }

    /// All of them, by their names.
    pub(crate) fn figures(&self) -> Vec<ChannelFigures> {
        let all = self.entries.iter().map(|(id, entry)| ChannelFigures {
            id: *id,
            label: entry.config.label.clone(),
            protocol: entry.config.protocol.clone(),
            session: entry.session,
            negotiated: entry.config.negotiated,
            state: match entry.state {
                _ if entry.writing == Writing::Closing => DataChannelState::Closing,
                State::Queued | State::Connecting => DataChannelState::Connecting,
                State::Open => DataChannelState::Open,
            },
            counts: entry.counts,
        });
        all.collect()
    }
}
