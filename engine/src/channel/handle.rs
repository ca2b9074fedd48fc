//! The handle for one data channel.

use super::error::{ChannelReadError, ChannelWriteError};
use super::parts::{ChannelReading, MessagePart};
use crate::command::{Blob, Command};
use crate::ids::ChannelId;
use crate::rtc::Rtc;

/// One data channel of a connection. Short-lived: get it from [`Rtc::channel`](crate::Rtc::channel)
/// for each use, and drain after.
///
/// ```
/// use lapwing_engine::{ChannelWriteError, Event, Rtc};
///
/// /// Sends every message back as it came.
/// fn echo(rtc: &mut Rtc, event: &Event) -> Result<(), ChannelWriteError> {
///     let Event::ChannelMessage(message) = event else { return Ok(()) };
///     let channel = rtc.channel(message.id);
///     channel.map_or(Ok(()), |mut channel| channel.write(message.binary, &message.data))
/// }
/// ```
pub struct Channel<'a> {
    rtc: &'a mut Rtc,
    id: ChannelId,
}

impl<'a> Channel<'a> {
    pub(crate) fn new(rtc: &'a mut Rtc, id: ChannelId) -> Self {
        Channel { rtc, id }
    }

    /// Sends bytes, or text where they are not `binary`, just as
    /// [`ChannelMessage`](crate::ChannelMessage) brings them. Text is UTF-8, and up to the caller.
    ///
    /// After [`ChannelWriteError::Full`],
    /// [`Event::ChannelBufferedAmountLow`](crate::Event::ChannelBufferedAmountLow) always follows
    /// once there is room, also where the channel's own amount is below its threshold and others
    /// fill the buffer, or outputs were not polled; unless the channel closes before. Several that
    /// were refused are told together, so the last of them may be refused again, and are then told
    /// again.
    pub fn write(&mut self, binary: bool, data: &[u8]) -> Result<(), ChannelWriteError> {
        self.rtc.ask(&Command::WriteChannel { id: self.id, binary, data: Blob::Whole(data) })
    }

    /// Sends text.
    pub fn write_text(&mut self, text: &str) -> Result<(), ChannelWriteError> {
        self.write(false, text.as_bytes())
    }

    /// Sends bytes.
    pub fn write_binary(&mut self, data: &[u8]) -> Result<(), ChannelWriteError> {
        self.write(true, data)
    }

    /// Begins a message that is written in parts, of any size that the peer takes: the whole is
    /// never held. With its length in bytes, where that is known, a message that is too large is
    /// refused at once. Nothing else can be written to the channel before [`Self::end_message`].
    ///
    /// A peer without I-DATA (RFC 8260), such as Chromium, takes one message after the other, of
    /// whatever channel: until the message ends, other channels send nothing.
    ///
    /// ```
    /// use lapwing_engine::{Channel, ChannelWriteError};
    ///
    /// /// Sends what is left of a file, as far as there is room. True when it is done.
    /// fn send(file: &mut &[u8], channel: &mut Channel<'_>) -> Result<bool, ChannelWriteError> {
    ///     while !file.is_empty() {
    ///         match channel.write_part(&file[..file.len().min(65_536)])? {
    ///             // Until `Event::ChannelBufferedAmountLow`.
    ///             0 => return Ok(false),
    ///             taken => *file = &file[taken..],
    ///         }
    ///     }
    ///     channel.end_message().map(|()| true)
    /// }
    /// ```
    pub fn begin_message(
        &mut self,
        binary: bool,
        length: Option<u64>,
    ) -> Result<(), ChannelWriteError> {
        self.rtc.ask(&Command::BeginMessage { id: self.id, binary, length })
    }

    /// Adds to the message that was begun. Gives how many bytes were taken: as many as
    /// [`Config::channel_buffer`](crate::Config::channel_buffer) has room for. Where that is not
    /// all, [`Event::ChannelBufferedAmountLow`](crate::Event::ChannelBufferedAmountLow) tells when
    /// there is room again.
    pub fn write_part(&mut self, data: &[u8]) -> Result<usize, ChannelWriteError> {
        self.rtc.ask(&Command::WritePart { id: self.id, data: Blob::Whole(data) })
    }

    /// Ends the message that was begun. Where its length was told, it has to be that long. A
    /// channel that closes before gives up the message.
    pub fn end_message(&mut self) -> Result<(), ChannelWriteError> {
        self.rtc.ask(&Command::EndMessage { id: self.id })
    }

    /// How what comes reaches the application, from here on: what came before was told already.
    pub fn set_reading(&mut self, reading: ChannelReading) -> Result<(), ChannelReadError> {
        self.rtc.ask(&Command::SetReading { id: self.id, reading })
    }

    /// Stops taking what comes: [`ChannelReading::Paused`]. When the window is full, the peer
    /// waits.
    pub fn pause(&mut self) -> Result<(), ChannelReadError> {
        self.set_reading(ChannelReading::Paused)
    }

    /// Takes messages again, first those that came meanwhile: [`ChannelReading::Messages`].
    pub fn resume(&mut self) -> Result<(), ChannelReadError> {
        self.set_reading(ChannelReading::Messages)
    }

    /// The next part of what came on a channel that is read in [`ChannelReading::Parts`], of at
    /// most so many bytes, and one at the least. `None` until
    /// [`Event::ChannelReadable`](crate::Event::ChannelReadable) tells of more.
    pub fn read(&mut self, bytes_max: usize) -> Option<MessagePart> {
        self.rtc.ask(&Command::ReadChannel { id: self.id, bytes_max })
    }

    /// Both sides can send.
    pub fn is_open(&self) -> bool {
        self.rtc.channels().is_open(self.id)
    }

    /// The SCTP stream that carries it (`RTCDataChannel.id`), once there is one.
    pub fn stream(&mut self) -> Option<u16> {
        self.rtc.channel_stream(self.id)
    }

    /// Largest message in bytes that the peer takes, and that can be written whole.
    pub fn message_bytes_max(&self) -> usize {
        self.rtc.channels().message_bytes()
    }

    /// Bytes written that were not sent yet. The last one of a message that is written in parts
    /// does not count while it waits for what follows.
    pub fn buffered_amount(&mut self) -> usize {
        self.rtc.ask(&Command::BufferedAmount { id: self.id })
    }

    /// When the buffered amount falls to this many bytes, it is told. Zero at first.
    pub fn set_buffered_amount_low_threshold(&mut self, bytes: usize) {
        self.rtc.ask(&Command::SetLowThreshold { id: self.id, bytes })
    }

    /// Closes the channel after what was written is sent.
    pub fn close(self) {
        self.rtc.ask(&Command::CloseChannel { id: self.id })
    }
}
