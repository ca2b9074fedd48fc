//! The handle for one data channel.

use super::error::ChannelWriteError;
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

    /// Both sides can send.
    pub fn is_open(&self) -> bool {
        self.rtc.channels().is_open(self.id)
    }

    /// The SCTP stream that carries it (`RTCDataChannel.id`), once there is one.
    pub fn stream(&mut self) -> Option<u16> {
        self.rtc.channel_stream(self.id)
    }

    /// Largest message in bytes that the peer takes.
    pub fn message_bytes_max(&self) -> usize {
        self.rtc.channels().message_bytes()
    }

    /// Bytes written that were not sent yet.
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
