//! Data channels by their names, and the association below them.

use std::collections::BTreeMap;

use super::budget::Budget;
use crate::channel::ChannelConfig;
use crate::sctp::{Association, ChannelNumber};
use crate::session::agreed::SctpParameters;
use crate::session::output::SessionChannel;

/// The association of the session.
#[derive(Debug, Default)]
pub(super) struct Channels {
    pub(super) agreed: Option<SctpParameters>,
    pub(super) association: Option<Association>,
    /// Channels that were opened before there was an association, by the names they were given.
    pub(super) waiting: Vec<(u32, ChannelConfig)>,
    /// Names of channels by those that the association gave, and the other way.
    pub(super) names: BTreeMap<ChannelNumber, u32>,
    numbers: BTreeMap<u32, ChannelNumber>,
    /// The next name.
    pub(super) next: u32,
    pub(super) budget: Budget,
}

impl Channels {
    pub(super) fn name(&mut self, number: ChannelNumber) -> SessionChannel {
        if let Some(name) = self.names.get(&number) {
            return SessionChannel(*name);
        }
        let name = self.next;
        self.next += 1;
        self.bind(number, name);
        SessionChannel(name)
    }

    /// The channel has this name.
    pub(super) fn bind(&mut self, number: ChannelNumber, name: u32) {
        self.names.insert(number, name);
        self.numbers.insert(name, number);
    }

    pub(super) fn number(&self, channel: SessionChannel) -> Option<ChannelNumber> {
        self.numbers.get(&channel.0).copied()
    }

    pub(super) fn forget(&mut self, number: ChannelNumber) {
        if let Some(name) = self.names.remove(&number) {
            self.numbers.remove(&name);
        }
    }
}
