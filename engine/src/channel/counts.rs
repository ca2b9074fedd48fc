//! Figures of a channel.

use crate::ids::ChannelId;
use crate::session::SessionChannel;
use crate::state::DataChannelState;

/// Messages of a channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MessageCounts {
    pub(crate) messages_sent: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) messages_received: u64,
    pub(crate) bytes_received: u64,
}

/// A channel that is not closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChannelFigures {
    pub(crate) id: ChannelId,
    pub(crate) label: String,
    pub(crate) protocol: String,
    pub(crate) session: Option<SessionChannel>,
    /// Its stream, where both applications agreed on one.
    pub(crate) negotiated: Option<u16>,
    pub(crate) state: DataChannelState,
    pub(crate) counts: MessageCounts,
}
