//! What statistics tell of channels.

use super::{ChannelTable, State};
use crate::channel::counts::ChannelFigures;
use crate::ids::ChannelId;
use crate::state::DataChannelState;

impl ChannelTable {
    /// A message was taken for sending.
    pub(crate) fn count_sent(&mut self, id: ChannelId, bytes: usize) {
        if let Some(entry) = self.entry(id) {
            entry.counts.messages_sent += 1;
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
                _ if entry.closing => DataChannelState::Closing,
                State::Queued | State::Connecting => DataChannelState::Connecting,
                State::Open => DataChannelState::Open,
            },
            counts: entry.counts,
        });
        all.collect()
    }
}
