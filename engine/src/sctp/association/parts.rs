//! Messages in parts, out and in, and channels that the application reads at its own pace.
//!
//! Out: a message is begun, parts are taken as far as there is room, and it is ended. Who was
//! refused room hears when there is some.
//!
//! In: what a channel that is not read keeps stays in the window of the association, and with it
//! the peer waits.

use super::Association;
use super::table::{Channel, Writing};
use crate::channel::{ChannelReading, MessagePart};
use crate::sctp::config::PACKET_BYTES_BASE;
use crate::sctp::error::{ReadError, WriteError};
use crate::sctp::event::{ChannelNumber, Event};
use crate::sctp::message::Kind;
use crate::sctp::receive::Mode;

impl Association {
    /// Begins a message that is written in parts, with its length in bytes where that is known.
    /// Nothing else can be written to the channel before [`Self::end_message`].
    ///
    /// Where the peer does not take messages in turns (I-DATA, RFC 8260), nothing of other channels
    /// goes out between the parts of a message that was begun.
    pub fn begin_message(
        &mut self,
        channel: ChannelNumber,
        binary: bool,
        length: Option<u64>,
    ) -> Result<(), WriteError> {
        let stream = self.writable(channel)?;
        self.check_size(length.unwrap_or_default())?;
        let Some(transfer) = &mut self.transfer else { return Err(WriteError::NotOpen) };
        let kind = if binary { Kind::Binary } else { Kind::Text };
        if !transfer.sender().begin(stream, kind, length) {
            return Err(WriteError::NotOpen);
        }
        if let Some(channel) = self.channels.get_mut(channel) {
            channel.writing = Some(Writing { length, written: 0 });
        }
        Ok(())
    }

    /// Adds to the message that was begun, and gives how many bytes were taken: as many as the
    /// buffer has room for. Where that is not all, [`Event::Room`] tells when to go on.
    pub fn write_part(&mut self, channel: ChannelNumber, data: &[u8]) -> Result<usize, WriteError> {
        let (stream, writing) = self.writing(channel)?;
        let after = writing.written + data.len() as u64;
        if writing.length.is_some_and(|length| after > length) {
            return Err(WriteError::WrongLength);
        }
        self.check_size(after)?;
        let Some(transfer) = &mut self.transfer else { return Err(WriteError::NotOpen) };
        let waiting = transfer.outgoing().unsent();
        // Into an empty buffer a packet goes, however small it is.
        let least = if waiting == 0 { PACKET_BYTES_BASE } else { 0 };
        let room = self.config.buffer_bytes_max.saturating_sub(waiting).max(least);
        let taken = data.len().min(room);
        transfer.sender().extend(stream, &data[..taken]);
        if taken < data.len() {
            self.hungry.add(channel, self.config.buffer_bytes_max / 2);
        }
        if let Some(channel) = self.channels.get_mut(channel) {
            channel.writing = Some(Writing { written: writing.written + taken as u64, ..writing });
        }
        self.note_amount(channel);
        Ok(taken)
    }

    /// Ends the message that was begun. One of which the peer was told a length has to have it.
    pub fn end_message(&mut self, channel: ChannelNumber) -> Result<(), WriteError> {
        let (stream, writing) = self.writing(channel)?;
        if writing.length.is_some_and(|length| writing.written != length) {
            return Err(WriteError::WrongLength);
        }
        let Some(transfer) = &mut self.transfer else { return Err(WriteError::NotOpen) };
        transfer.sender().finish(stream);
        if let Some(channel) = self.channels.get_mut(channel) {
            channel.writing = None;
        }
        self.note_amount(channel);
        Ok(())
    }

    /// How a channel that is open is read from here on. What came before was told already.
    pub fn set_reading(
        &mut self,
        channel: ChannelNumber,
        reading: ChannelReading,
    ) -> Result<(), ReadError> {
        let mode = match reading {
            ChannelReading::Messages => Mode::Deliver,
            ChannelReading::Paused => Mode::Keep,
            ChannelReading::Parts => Mode::Read { is_told: false },
        };
        let open = self.channels.get(channel).filter(|channel| channel.is_open());
        let Some(stream) = open.map(|channel| channel.number.stream()) else {
            return Err(ReadError::NotOpen);
        };
        if self.set_mode(stream, mode) { Ok(()) } else { Err(ReadError::MessageOpen) }
    }

    /// The next part of what came on a channel that is read in parts, of at most so many bytes, and
    /// one at the least; `None` until [`Event::Readable`] tells of more.
    pub fn read(&mut self, channel: ChannelNumber, bytes_max: usize) -> Option<MessagePart> {
        let open = self.channels.get(channel).filter(|channel| channel.is_open());
        let stream = open?.number.stream();
        let transfer = self.transfer.as_mut()?;
        let mut news = Vec::new();
        let part = transfer.receiver().read(stream, bytes_max, &mut news);
        let taken = part.as_ref().map_or(0, |part| part.data.len());
        self.on_taken(taken);
        self.hear(news);
        part.map(|part| MessagePart {
            binary: part.kind.is_binary(),
            data: part.data,
            is_first: part.is_first,
            is_last: part.is_last,
        })
    }

    /// What of a channel that is being closed is under way: a message that was not ended is given
    /// up, and what comes is dropped.
    pub(super) fn leave(&mut self, stream: u16) {
        if let Some(transfer) = &mut self.transfer {
            transfer.sender().give_up_open(stream, self.now);
        }
        self.set_mode(stream, Mode::Drop);
    }

    /// Tells those that wait for room, once there is: half of the buffer for parts, and more for
    /// whole messages.
    pub(super) fn feed(&mut self) {
        let Some(transfer) = &self.transfer else { return };
        if !self.hungry.is_over(transfer.outgoing().unsent()) {
            return;
        }
        for number in self.hungry.take() {
            if self.channels.get(number).is_some_and(Channel::is_open) {
                self.tell(Event::Room(number));
            }
        }
    }

    /// Gives the stream of a channel that a message can be written to.
    pub(super) fn writable(&self, channel: ChannelNumber) -> Result<u16, WriteError> {
        if self.is_ended || self.teardown.has_begun() {
            return Err(WriteError::NotOpen);
        }
        let open = self.channels.get(channel).filter(|channel| channel.is_open());
        let channel = open.ok_or(WriteError::NotOpen)?;
        match channel.writing {
            Some(_) => Err(WriteError::MessageOpen),
            None => Ok(channel.number.stream()),
        }
    }

    fn writing(&self, channel: ChannelNumber) -> Result<(u16, Writing), WriteError> {
        match self.writable(channel) {
            Ok(_) => Err(WriteError::NoMessage),
            Err(WriteError::MessageOpen) => {
                let channel = self.channels.get(channel).ok_or(WriteError::NotOpen)?;
                let writing = channel.writing.ok_or(WriteError::NoMessage)?;
                Ok((channel.number.stream(), writing))
            }
            Err(other) => Err(other),
        }
    }

    pub(super) fn check_size(&self, bytes: u64) -> Result<(), WriteError> {
        match self.config.remote_message_bytes_max {
            Some(max) if bytes > max => Err(WriteError::TooLarge { max }),
            _ => Ok(()),
        }
    }

    fn note_amount(&mut self, channel: ChannelNumber) {
        let Some(channel) = self.channels.get_mut(channel) else { return };
        let Some(transfer) = &self.transfer else { return };
        let held = transfer.outgoing().buffered(channel.number.stream());
        channel.amount = held.saturating_sub(channel.control_bytes);
        channel.is_above |= channel.amount > channel.low_threshold;
        self.is_urgent = true;
    }

    fn set_mode(&mut self, stream: u16, mode: Mode) -> bool {
        let Some(transfer) = &mut self.transfer else { return false };
        let mut news = Vec::new();
        let is_set = transfer.receiver().set_mode(stream, mode, &mut news);
        let bytes = news.iter().map(|news| news.bytes()).sum();
        self.on_taken(bytes);
        self.hear(news);
        is_set
    }

    /// The application took bytes, and the peer may send more.
    fn on_taken(&mut self, bytes: usize) {
        let now = self.now;
        if let Some(transfer) = &mut self.transfer {
            self.is_urgent |= transfer.on_taken(bytes, now);
        }
    }
}
