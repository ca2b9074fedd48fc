//! What an application does with its data channels, in any state, and what it hears of them.

use lapwing_engine::{ChannelId, ChannelMessage, ChannelWriteError, OpenedChannel, Rtc};

use super::caller::Caller;
use super::coverage::Aspect;
use super::injected::InjectedFault;
use super::invariant::Invariant;
use super::model::{Announced, Written};
use super::terms::{BULK_MESSAGES, Message, Terms};

/// Channels that clicks make at most.
const CHANNELS_MAX: usize = 6;

/// Of the messages on a channel without an order, a fault takes one of so many.
const FAULT_EVERY: u64 = 3;

/// Messages of bulks that an end owes at most.
const OWED_MAX: u32 = 2 * BULK_MESSAGES;

impl Caller {
    pub(super) fn open_channel(&mut self, terms: Terms, rtc: &mut Rtc) {
        if self.channels_made >= CHANNELS_MAX {
            return;
        }
        self.channels_made += 1;
        let label = self.fresh_name();
        self.create_channel(&label, terms, rtc);
    }

    pub(super) fn create_channel(&mut self, label: &str, terms: Terms, rtc: &mut Rtc) {
        let config = terms.config(label);
        match rtc.create_channel(config.clone()) {
            Ok(id) => {
                self.labels.insert(id, config.label.clone());
                self.kinds.insert(config.label.clone(), terms);
                self.ledger.asked(config);
                self.model.want_data(self.ledger.waits());
            }
            Err(error) => self.violate(Invariant::AsModel, format!("no channel: {error}")),
        }
    }

    pub(super) fn close_channel(&mut self, number: u32, rtc: &mut Rtc) {
        let kept = |label: &String| label != "chat";
        let ids: Vec<_> =
            self.labels.iter().filter(|(_, label)| kept(label)).map(|(id, _)| *id).collect();
        let Some(id) = pick(&ids, number) else { return };
        let label = self.labels[&id].clone();
        if self.fault != Some(InjectedFault::KeepsChannel)
            && let Some(channel) = rtc.channel(id)
        {
            channel.close();
            if let Some(mut channel) = rtc.channel(id)
                && channel.write_binary(b"late").is_ok()
            {
                let detail = format!("a message is taken on {label}, which is closed");
                self.violate(Invariant::InOrder, detail);
            }
        }
        self.ledger.closed_here(&label);
        self.model.want_data(self.ledger.waits());
    }

    /// A bulk is to go out on one of the channels that are open.
    pub(super) fn begin_bulk(&mut self, number: u32) {
        let open = self.ledger.open();
        if let Some(label) = pick(&open, number) {
            let owed = self.owed_bulk.entry(label).or_default();
            *owed = (*owed + BULK_MESSAGES).min(OWED_MAX);
        }
    }

    pub(super) fn send_messages(&mut self, rtc: &mut Rtc) {
        for label in self.ledger.open() {
            self.write(&label, false, rtc);
        }
    }

    /// What was promised of bulks, as far as there is room.
    pub(super) fn send_bulk(&mut self, rtc: &mut Rtc) {
        for label in self.ledger.open() {
            while self.owed_bulk.get(&label).is_some_and(|owed| *owed > 0)
                && self.write(&label, true, rtc)
            {
                self.owed_bulk.entry(label.clone()).and_modify(|owed| *owed -= 1);
            }
        }
    }

    /// Writes the next message, which may be refused. False where it was.
    fn write(&mut self, label: &str, is_bulk: bool, rtc: &mut Rtc) -> bool {
        let id = self.labels.iter().find(|(_, known)| *known == label).map(|(id, _)| *id);
        let Some(mut channel) = id.and_then(|id| rtc.channel(id)) else { return false };
        self.drawn += 1;
        let end = if self.calls { "a" } else { "b" };
        let message = Message::draw(label, end, self.drawn, is_bulk);
        match channel.write(message.binary, &message.data) {
            Ok(()) => {
                self.ledger.wrote(label, Written::of(message.binary, &message.data));
                return true;
            }
            // The peer may have closed it a moment ago.
            Err(ChannelWriteError::Full | ChannelWriteError::NotOpen) => {}
            Err(ChannelWriteError::Empty) if message.data.is_empty() => {}
            Err(error) => self.violate(Invariant::InOrder, format!("{label} refuses: {error}")),
        }
        false
    }

    pub(super) fn on_message(&mut self, message: &ChannelMessage) {
        if self.fault == Some(InjectedFault::LosesMessage) && self.tracks > 1 {
            self.fault = None;
            return;
        }
        let Some(label) = self.labels.get(&message.id).cloned() else {
            return self.violate(Invariant::InOrder, "on a channel that never opened".to_owned());
        };
        let (times, binary) = self.misheard(&label, message.binary);
        for _ in 0..times {
            let written = Written::of(binary, &message.data);
            if let Err(detail) = self.ledger.received(&label, written) {
                self.violate(Invariant::InOrder, detail);
            }
        }
    }

    /// How often a message is told, and as what: what faults make of it.
    fn misheard(&mut self, label: &str, binary: bool) -> (usize, bool) {
        let is_loose = self.ledger.is_ordered(label) == Some(false);
        self.loose += u64::from(is_loose);
        let is_hit = is_loose && self.loose.is_multiple_of(FAULT_EVERY);
        match self.fault {
            Some(InjectedFault::SwallowsMessage) if is_hit => (0, binary),
            Some(InjectedFault::DoublesMessage) if is_hit => (2, binary),
            Some(InjectedFault::TellsTextAsBytes) => (1, true),
            _ => (1, binary),
        }
    }

    pub(super) fn on_opened(&mut self, opened: OpenedChannel, rtc: &mut Rtc) {
        let terms = self.kinds.get(&opened.label).copied();
        if let Some(terms) = terms {
            self.reached.reach(Aspect::Channel, terms.word());
        }
        let stream = rtc.channel(opened.id).and_then(|mut channel| channel.stream());
        let OpenedChannel { id, label, protocol, ordered, remote } = opened;
        let ordered = ordered || self.fault == Some(InjectedFault::ForgetsOrder);
        let announced = Announced { protocol, ordered, remote, stream };
        if let Err(detail) = self.ledger.opened(&label, announced) {
            self.violate(Invariant::AsAsked, detail);
        }
        self.labels.insert(id, label);
    }

    pub(super) fn on_closed(&mut self, id: ChannelId) {
        let Some(label) = self.labels.get(&id) else {
            return self.violate(Invariant::Arrives, "an unknown channel closes".to_owned());
        };
        if let Err(detail) = self.ledger.closed(label) {
            self.violate(Invariant::Arrives, detail);
        }
    }
}

/// One of several, by a number.
fn pick<T: Clone>(of: &[T], number: u32) -> Option<T> {
    let count = u32::try_from(of.len()).ok()?;
    of.get(number.checked_rem(count)? as usize).cloned()
}
