//! Channels: opened by either side, written to, heard from (RFC 8831 section 6, RFC 8832).

use super::Association;
use super::table::{Channel, Phase};
use crate::channel::{ChannelConfig, Reliability};
use crate::sctp::config::{EARLY_BYTES_MAX, STREAMS_MAX};
use crate::sctp::dcep::Dcep;
use crate::sctp::error::{OpenError, WriteError};
use crate::sctp::event::{ChannelNumber, Event, OpenedChannel};
use crate::sctp::message::{Kind, Message};
use crate::sctp::streams::User;

/// Longest label, and longest sub-protocol, in bytes (RFC 8832 section 5.1).
const TEXT_BYTES_MAX: usize = 65_535;

impl Association {
    pub(super) fn open_channel(
        &mut self,
        config: &ChannelConfig,
    ) -> Result<ChannelNumber, OpenError> {
        if self.channels.len() >= self.config.channels_max {
            return Err(OpenError::TooMany);
        }
        if config.label.len().max(config.protocol.len()) > TEXT_BYTES_MAX {
            return Err(OpenError::TextTooLong);
        }
        let limit = self.stream_limit();
        let stream = match config.negotiated {
            Some(stream) if stream >= limit => return Err(OpenError::NoSuchStream),
            Some(stream) if self.is_taken(stream) => return Err(OpenError::StreamInUse),
            Some(stream) => stream,
            None => {
                self.streams.free(!self.config.dtls_client, limit).ok_or(OpenError::NoSuchStream)?
            }
        };
        if self.streams.is_full() && !self.streams.contains(stream) {
            return Err(OpenError::TooMany);
        }
        let number = self.name(stream);
        let early = self.streams.take(number);
        self.channels.insert(Channel::new(number, config.clone(), Phase::Waiting));
        if self.transfer.is_some() {
            self.start(number);
            early.into_iter().for_each(|message| self.deliver(message));
        }
        Ok(number)
    }

    /// Streams that both sides have.
    fn stream_limit(&self) -> u16 {
        let peer = self.transfer.as_ref().map(|transfer| transfer.peer().inbound_streams);
        peer.unwrap_or(STREAMS_MAX)
    }

    pub(super) fn is_taken(&self, stream: u16) -> bool {
        self.streams.get(stream).is_some_and(|slot| !matches!(slot.user, User::Early(_)))
    }

    fn name(&mut self, stream: u16) -> ChannelNumber {
        let number = self.next_number;
        self.next_number = number.checked_add(1).expect("nobody opens 4 billion channels");
        ChannelNumber::new(number, stream)
    }

    /// The association is established: channels that were asked for before are opened.
    pub(super) fn start_waiting(&mut self) {
        let limit = self.stream_limit();
        for number in self.channels.numbers() {
            if number.stream() < limit {
                self.start(number);
            } else {
                self.drop_channel(number);
            }
        }
    }

    /// Announces a channel, unless it is negotiated, and tells that it can be used.
    fn start(&mut self, number: ChannelNumber) {
        let (Some(channel), Some(transfer)) = (self.channels.get_mut(number), &mut self.transfer)
        else {
            return;
        };
        let (sender, stream) = (transfer.sender(), number.stream());
        let (ordered, reliability) = (channel.config.ordered, channel.config.reliability);
        sender.open(stream, channel.config.priority);
        if channel.is_negotiated {
            channel.phase = Phase::Open;
            sender.set_reliability(stream, ordered, reliability);
        } else {
            channel.phase = Phase::Announced;
            let open = Dcep::Open(channel.config.clone()).to_bytes();
            sender.set_reliability(stream, true, Reliability::Reliable);
            sender.write(stream, Kind::Dcep, &open);
            channel.control_bytes = open.len();
            sender.set_reliability(stream, true, reliability);
        }
        self.is_urgent = true;
        self.tell_opened(number, false);
    }

    fn tell_opened(&mut self, number: ChannelNumber, remote: bool) {
        let Some(channel) = self.channels.get_mut(number) else { return };
        let opened = OpenedChannel {
            channel: number,
            remote,
            label: std::mem::take(&mut channel.config.label),
            protocol: std::mem::take(&mut channel.config.protocol),
            ordered: channel.config.ordered,
            reliability: channel.reliability(),
            priority: channel.config.priority,
        };
        self.tell(Event::Opened(opened));
    }

    pub(super) fn write_message(
        &mut self,
        number: ChannelNumber,
        stream: u16,
        binary: bool,
        data: &[u8],
    ) -> Result<(), WriteError> {
        self.check_size(data.len() as u64)?;
        let (Some(channel), Some(transfer)) = (self.channels.get_mut(number), &mut self.transfer)
        else {
            return Err(WriteError::NotOpen);
        };
        let kind = if binary { Kind::Binary } else { Kind::Text };
        // An empty one is a byte of no meaning (RFC 8831 section 6.6).
        let (kind, data) = if data.is_empty() { (kind.empty(), &[0][..]) } else { (kind, data) };
        let sender = transfer.sender();
        let waiting = sender.unsent();
        let most = self.config.buffer_bytes_max;
        if waiting > 0 && waiting + data.len() > most {
            self.hungry.add(number, most.saturating_sub(data.len()).min(most / 4));
            return Err(WriteError::Full);
        }
        if !sender.write(stream, kind, data) {
            return Err(WriteError::NotOpen);
        }
        channel.amount += data.len();
        channel.is_above |= channel.amount > channel.low_threshold;
        self.is_urgent = true;
        Ok(())
    }

    /// A message came.
    pub(super) fn deliver(&mut self, message: Message) {
        let stream = message.stream;
        if self.is_of_the_next_life(stream) {
            if !self.streams.keep(message, EARLY_BYTES_MAX) {
                self.streams.refuse_next(stream);
            }
            return;
        }
        let slot = self.streams.note(stream);
        match (&slot.user, message.kind) {
            (_, Kind::Unknown) | (User::Nobody, _) => {}
            (User::Channel(number), _) => {
                let number = *number;
                self.hear_channel(number, message);
            }
            (User::Early(_), Kind::Dcep) => match Dcep::parse(&message.data) {
                Some(Dcep::Open(config)) => self.accept(stream, config),
                Some(Dcep::Ack) => {}
                None => self.refuse(stream),
            },
            (User::Early(_), _) => {
                if !self.streams.keep(message, EARLY_BYTES_MAX) {
                    self.refuse(stream);
                }
            }
        }
    }

    fn hear_channel(&mut self, number: ChannelNumber, message: Message) {
        let Some(channel) = self.channels.get_mut(number) else { return };
        if channel.phase == Phase::Closing {
            return;
        }
        if message.kind == Kind::Dcep {
            return self.hear_announcement(number, &message.data);
        }
        let binary = message.kind.is_binary();
        let data = message.kind.content(message.data);
        // More than we announced to take.
        if data.len() > self.config.message_bytes_max {
            self.close_channel(number);
            return;
        }
        self.tell(Event::Message { channel: number, binary, data });
    }

    /// An announcement on a channel that is there. The peer knows ours, or it is out of its mind:
    /// two channels on one stream would mix up their messages.
    fn hear_announcement(&mut self, number: ChannelNumber, data: &[u8]) {
        let (Some(channel), Some(transfer)) = (self.channels.get_mut(number), &mut self.transfer)
        else {
            return;
        };
        match Dcep::parse(data) {
            Some(Dcep::Ack) if channel.phase == Phase::Announced => {
                channel.phase = Phase::Open;
                channel.control_bytes = 0;
                let (ordered, reliability) = (channel.config.ordered, channel.reliability());
                transfer.sender().set_reliability(number.stream(), ordered, reliability);
            }
            Some(Dcep::Ack) => {}
            Some(Dcep::Open(_)) | None => self.close_channel(number),
        }
    }

    /// The peer announces a channel on a stream that nobody has.
    fn accept(&mut self, stream: u16, config: ChannelConfig) {
        if self.channels.len() >= self.config.channels_max || self.teardown.has_begun() {
            self.refuse(stream);
            return;
        }
        let number = self.name(stream);
        let Some(transfer) = &mut self.transfer else { return };
        let mut channel = Channel::new(number, config, Phase::Open);
        let sender = transfer.sender();
        sender.open(stream, channel.config.priority);
        sender.set_reliability(stream, true, Reliability::Reliable);
        sender.write(stream, Kind::Dcep, &Dcep::Ack.to_bytes());
        channel.control_bytes = 1;
        sender.set_reliability(stream, channel.config.ordered, channel.config.reliability);
        self.channels.insert(channel);
        let early = self.streams.take(number);
        self.tell_opened(number, true);
        early.into_iter().for_each(|message| self.deliver(message));
    }

    /// The peer's stream gets no channel: it is reset.
    pub(super) fn refuse(&mut self, stream: u16) {
        self.streams.abandon(stream);
        self.reset_when_drained(stream);
    }
}
