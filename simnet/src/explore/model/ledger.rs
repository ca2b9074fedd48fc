//! Data channels and their messages at one end: what was asked for, and what came of it.

use std::collections::BTreeMap;

use lapwing_engine::{ChannelConfig, Reliability};

use crate::digest::Digest;

/// A message as far as it matters: what it is, its length, and its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::explore) struct Written {
    binary: bool,
    bytes: usize,
    digest: u64,
}

impl Written {
    pub(in crate::explore) fn of(binary: bool, data: &[u8]) -> Self {
        let mut digest = Digest::new();
        digest.bytes(data);
        Written { binary, bytes: data.len(), digest: digest.finish() }
    }
}

/// What an end was told of a channel that opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::explore) struct Announced {
    pub(in crate::explore) protocol: String,
    pub(in crate::explore) ordered: bool,
    /// The peer created it.
    pub(in crate::explore) remote: bool,
    /// Its stream, where the engine says.
    pub(in crate::explore) stream: Option<u16>,
}

/// A channel at one end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// What was asked for, where it was created here.
    pub(super) asked: Option<ChannelConfig>,
    pub(super) opened: Option<Announced>,
    pub(super) closed_here: bool,
    /// It was told that it is closed.
    pub(super) closed: bool,
    /// Messages in the order of writing, and in that of arrival.
    pub(super) sent: Vec<Written>,
    pub(super) received: Vec<Written>,
}

impl Entry {
    pub(super) fn is_open(&self) -> bool {
        self.opened.is_some() && !self.closed && !self.closed_here
    }
}

/// The channels of one end, by their labels: no two have the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::explore) struct Ledger {
    pub(super) channels: BTreeMap<String, Entry>,
}

impl Ledger {
    fn entry(&mut self, label: &str) -> &mut Entry {
        self.channels.entry(label.to_owned()).or_default()
    }

    /// It was created here.
    pub(in crate::explore) fn asked(&mut self, config: ChannelConfig) {
        let label = config.label.clone();
        self.entry(&label).asked = Some(config);
    }

    /// `Err`: it was told twice, or after its end, or the stream is another channel's (RFC 8831
    /// section 6.7: it can be used again once both sides are closed).
    pub(in crate::explore) fn opened(
        &mut self,
        label: &str,
        announced: Announced,
    ) -> Result<(), String> {
        let is_same = |of: &Option<Announced>| {
            announced.stream.is_some() && of.as_ref().and_then(|of| of.stream) == announced.stream
        };
        let user = self
            .channels
            .iter()
            .find(|(other, entry)| *other != label && !entry.closed && is_same(&entry.opened));
        if let (Some((other, _)), Some(stream)) = (user, announced.stream) {
            return Err(format!("{label} opens on stream {stream}, which {other} has"));
        }
        let entry = self.entry(label);
        if entry.closed || entry.opened.replace(announced).is_some() {
            return Err(format!("{label} opens again"));
        }
        Ok(())
    }

    pub(in crate::explore) fn closed_here(&mut self, label: &str) {
        self.entry(label).closed_here = true;
    }

    /// `Err`: it was told twice.
    pub(in crate::explore) fn closed(&mut self, label: &str) -> Result<(), String> {
        match std::mem::replace(&mut self.entry(label).closed, true) {
            true => Err(format!("{label} closes again")),
            false => Ok(()),
        }
    }

    /// The next message was taken.
    pub(in crate::explore) fn wrote(&mut self, label: &str, message: Written) {
        self.entry(label).sent.push(message);
    }

    /// `Err`: nothing can come. Whether it may be this message, both ends' ledgers tell.
    pub(in crate::explore) fn received(
        &mut self,
        label: &str,
        message: Written,
    ) -> Result<(), String> {
        let entry = self.entry(label);
        if !entry.is_open() {
            return Err(format!("a message on {label}, which is not open"));
        }
        entry.received.push(message);
        Ok(())
    }

    /// Whether messages keep their order; `None` of one that did not open.
    pub(in crate::explore) fn is_ordered(&self, label: &str) -> Option<bool> {
        Some(self.channels.get(label)?.opened.as_ref()?.ordered)
    }

    /// Channels that are open.
    pub(in crate::explore) fn open(&self) -> Vec<String> {
        let open = self.channels.iter().filter(|(_, entry)| entry.is_open());
        open.map(|(label, _)| label.clone()).collect()
    }

    /// One that was asked for waits to be opened.
    pub(in crate::explore) fn waits(&self) -> bool {
        self.channels
            .values()
            .any(|entry| entry.opened.is_none() && !entry.closed_here && !entry.closed)
    }
}

/// What is asked of messages on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) ordered: bool,
    pub(super) reliable: bool,
}

impl Service {
    pub(super) fn of(config: &ChannelConfig) -> Self {
        let reliable = config.reliability == Reliability::Reliable;
        Service { ordered: config.ordered, reliable }
    }
}
