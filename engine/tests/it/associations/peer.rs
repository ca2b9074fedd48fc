//! An association with data channels, whoever wrote it.

use std::time::Instant;

use lapwing_engine::ChannelConfig;

/// One end of an association, which is known by the streams of its channels.
pub(super) trait Peer {
    fn handle_packet(&mut self, packet: &[u8], now: Instant);

    fn handle_timeout(&mut self, now: Instant);

    fn next_timeout(&self) -> Option<Instant>;

    fn poll_packet(&mut self, now: Instant) -> Option<Vec<u8>>;

    fn poll_told(&mut self) -> Option<Told>;

    /// The stream of a new channel.
    fn open(&mut self, config: &ChannelConfig) -> u16;

    /// False where there is no room for it yet.
    fn write(&mut self, stream: u16, message: &Message) -> bool;

    fn close(&mut self, stream: u16);

    /// Delivers what was written and ends the association.
    fn shutdown(&mut self);

    /// Ends the association at once.
    fn abort(&mut self);
}

/// A message of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) binary: bool,
    pub(super) data: Vec<u8>,
}

/// What an end told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Established,
    Opened {
        stream: u16,
        /// As both agreed, or as the peer announced it.
        config: ChannelConfig,
        remote: bool,
    },
    Message {
        stream: u16,
        message: Message,
    },
    Closed(u16),
    Ended,
}
