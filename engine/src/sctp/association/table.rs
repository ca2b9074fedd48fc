//! The channels of an association by their names.

use crate::channel::{ChannelConfig, Reliability};
use crate::sctp::by_stream::ByStream;
use crate::sctp::event::ChannelNumber;

/// A message that a channel is writing in parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writing {
    /// Its length, where that was told.
    pub(super) length: Option<u64>,
    pub(super) written: u64,
}

/// Where a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// For the association.
    Waiting,
    /// It can be used, and what is sent is ordered until the peer knows that it need not be
    /// (RFC 8832 section 6).
    Announced,
    Open,
    Closing,
}

/// A channel that is not closed.
#[derive(Debug)]
pub(super) struct Channel {
    pub(super) number: ChannelNumber,
    pub(super) phase: Phase,
    /// Label and protocol are left out once they were told.
    pub(super) config: ChannelConfig,
    pub(super) is_negotiated: bool,
    pub(super) low_threshold: usize,
    /// The buffered amount is above the threshold; falling to it is news.
    pub(super) is_above: bool,
    /// Bytes that were not sent yet, as of the last look.
    pub(super) amount: usize,
    /// Bytes of announcements among those that wait.
    pub(super) control_bytes: usize,
    /// The message that is written in parts.
    pub(super) writing: Option<Writing>,
}

/// All channels that are not closed. No two have one stream.
#[derive(Debug, Default)]
pub(super) struct Channels {
    channels: ByStream<Channel>,
}

impl Channels {
    pub(super) fn len(&self) -> usize {
        self.channels.len()
    }

    pub(super) fn get(&self, number: ChannelNumber) -> Option<&Channel> {
        self.channels.get(number.stream()).filter(|channel| channel.number == number)
    }

    pub(super) fn get_mut(&mut self, number: ChannelNumber) -> Option<&mut Channel> {
        self.on_stream(number.stream()).filter(|channel| channel.number == number)
    }

    /// The channel that has this stream.
    pub(super) fn on_stream(&mut self, stream: u16) -> Option<&mut Channel> {
        self.channels.get_mut(stream)
    }

    /// Its stream is free.
    pub(super) fn insert(&mut self, channel: Channel) {
        self.channels.get_or_insert_with(channel.number.stream(), || channel);
    }

    /// True where it was there.
    pub(super) fn remove(&mut self, number: ChannelNumber) -> bool {
        self.get(number).is_some() && self.channels.remove(number.stream()).is_some()
    }

    /// All names, as they were given.
    pub(super) fn numbers(&self) -> Vec<ChannelNumber> {
        let mut numbers: Vec<_> = self.channels.iter().map(|(_, channel)| channel.number).collect();
        numbers.sort_unstable();
        numbers
    }
}

impl Channel {
    pub(super) fn new(number: ChannelNumber, config: ChannelConfig, phase: Phase) -> Self {
        Channel {
            number,
            phase,
            is_negotiated: config.negotiated.is_some(),
            config,
            low_threshold: 0,
            is_above: false,
            amount: 0,
            control_bytes: 0,
            writing: None,
        }
    }

    pub(super) fn reliability(&self) -> Reliability {
        self.config.reliability
    }

    /// Messages can be written and read.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Announced | Phase::Open)
    }
}
