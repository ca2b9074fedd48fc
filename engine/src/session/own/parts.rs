//! Messages in parts, out and in.

use super::session::OwnSession;
use crate::channel::{ChannelReading, MessagePart};
use crate::sctp::{Association, ReadError, WriteError};
use crate::session::output::SessionChannel;
use crate::session::seam::ChannelRefusal;

impl OwnSession {
    pub(super) fn begin_parts(
        &mut self,
        channel: SessionChannel,
        binary: bool,
        length: Option<u64>,
    ) -> Result<(), ChannelRefusal> {
        self.with_channel(channel, |it, number| it.begin_message(number, binary, length))
    }

    pub(super) fn add_part(
        &mut self,
        channel: SessionChannel,
        data: &[u8],
    ) -> Result<usize, ChannelRefusal> {
        if !self.outputs.admit_channel() {
            return Err(ChannelRefusal::Full);
        }
        self.with_channel(channel, |it, number| it.write_part(number, data))
    }

    pub(super) fn end_parts(&mut self, channel: SessionChannel) -> Result<(), ChannelRefusal> {
        self.with_channel(channel, |it, number| it.end_message(number))
    }

    pub(super) fn read_as(
        &mut self,
        channel: SessionChannel,
        reading: ChannelReading,
    ) -> Result<(), ChannelRefusal> {
        self.with_channel(channel, |it, number| it.set_reading(number, reading))
    }

    pub(super) fn next_part(
        &mut self,
        channel: SessionChannel,
        bytes_max: usize,
    ) -> Option<MessagePart> {
        let part = |it: &mut Association, number| Ok::<_, ReadError>(it.read(number, bytes_max));
        self.with_channel(channel, part).ok().flatten()
    }
}

impl From<WriteError> for ChannelRefusal {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::NotOpen => ChannelRefusal::NotOpen,
            WriteError::Full => ChannelRefusal::Full,
            WriteError::TooLarge { max } => ChannelRefusal::TooLarge { max },
            WriteError::MessageOpen => ChannelRefusal::MessageOpen,
            WriteError::NoMessage => ChannelRefusal::NoMessage,
            WriteError::WrongLength => ChannelRefusal::WrongLength,
        }
    }
}

impl From<ReadError> for ChannelRefusal {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotOpen => ChannelRefusal::NotOpen,
            ReadError::MessageOpen => ChannelRefusal::MessageOpen,
        }
    }
}
