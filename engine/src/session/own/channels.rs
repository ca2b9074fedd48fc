//! Data channels by their names, and the association below them.

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
    /// Names of channels by those that the association gave, and the next name.
    pub(super) names: Vec<(ChannelNumber, u32)>,
    pub(super) next: u32,
    pub(super) budget: Budget,
}

impl Channels {
    pub(super) fn name(&mut self, number: ChannelNumber) -> SessionChannel {
        if let Some((_, name)) = self.names.iter().find(|(known, _)| *known == number) {
            return SessionChannel(*name);
        }
        let name = self.next;
        self.next += 1;
        self.names.push((number, name));
        SessionChannel(name)
    }

    pub(super) fn number(&self, channel: SessionChannel) -> Option<ChannelNumber> {
        let found = self.names.iter().find(|(_, name)| *name == channel.0);
        found.map(|(number, _)| *number)
    }

    pub(super) fn forget(&mut self, number: ChannelNumber) {
        self.names.retain(|(known, _)| *known != number);
    }
}
