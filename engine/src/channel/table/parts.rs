//! Messages in parts.

use super::{ChannelTable, Entry, State, Writing};
use crate::channel::error::{ChannelReadError, ChannelWriteError};
use crate::channel::parts::{ChannelReading, MessagePart};
use crate::ids::ChannelId;
use crate::session::{ChannelRefusal, Session, SessionChannel};

impl ChannelTable {
    pub(crate) fn begin_message(
        &mut self,
        id: ChannelId,
        binary: bool,
        length: Option<u64>,
        session: &mut impl Session,
    ) -> Result<(), ChannelWriteError> {
        let entry = self.entry(id).ok_or(ChannelWriteError::NotOpen)?;
        let channel = entry.writable().ok_or(ChannelWriteError::NotOpen)?;
        // What was written before goes first.
        if !entry.queue.is_empty() {
            self.refused.insert(id);
            return Err(ChannelWriteError::Full);
        }
        session.begin_message(channel, binary, length)?;
        entry.writing = Writing::Parts;
        Ok(())
    }

    /// Gives how many bytes were taken.
    pub(crate) fn write_part(
        &mut self,
        id: ChannelId,
        data: &[u8],
        session: &mut impl Session,
    ) -> Result<usize, ChannelWriteError> {
        let entry = self.entry(id).ok_or(ChannelWriteError::NotOpen)?;
        let channel = entry.writable().ok_or(ChannelWriteError::NotOpen)?;
        let taken = session.write_part(channel, data);
        if taken == Err(ChannelRefusal::Full) {
            self.refused.insert(id);
        }
        let taken = taken?;
        self.note_amount(id, session);
        Ok(taken)
    }

    pub(crate) fn end_message(
        &mut self,
        id: ChannelId,
        session: &mut impl Session,
    ) -> Result<(), ChannelWriteError> {
        let entry = self.entry(id).ok_or(ChannelWriteError::NotOpen)?;
        let channel = entry.writable().ok_or(ChannelWriteError::NotOpen)?;
        session.end_message(channel)?;
        entry.writing = Writing::Messages;
        self.note_amount(id, session);
        Ok(())
    }

    /// The session has room for more of a part that was not taken whole. Gives the channel's name.
    pub(crate) fn has_room(&mut self, channel: SessionChannel) -> Option<ChannelId> {
        let id = self.id_of(channel)?;
        if self.entry(id)?.writing != Writing::Parts {
            return None;
        }
        // It is told now, whatever its threshold.
        self.above.remove(&id);
        self.refused.remove(&id);
        Some(id)
    }

    pub(crate) fn set_reading(
        &mut self,
        id: ChannelId,
        reading: ChannelReading,
        session: &mut impl Session,
    ) -> Result<(), ChannelReadError> {
        let entry = self.entry(id).ok_or(ChannelReadError::NotOpen)?;
        let channel = entry.writable().ok_or(ChannelReadError::NotOpen)?;
        Ok(session.set_reading(channel, reading)?)
    }

    pub(crate) fn read(
        &mut self,
        id: ChannelId,
        bytes_max: usize,
        session: &mut impl Session,
    ) -> Option<MessagePart> {
        let channel = self.entry(id)?.session?;
        let part = session.read_part(channel, bytes_max)?;
        let counts = &mut self.entry(id)?.counts;
        counts.messages_received += u64::from(part.is_last);
        counts.bytes_received += part.data.len() as u64;
        Some(part)
    }
}

impl Entry {
    /// The session's name of a channel that is open and not being closed.
    pub(super) fn writable(&self) -> Option<SessionChannel> {
        let is_open = self.state == State::Open && self.writing != Writing::Closing;
        self.session.filter(|_| is_open)
    }
}

impl From<ChannelRefusal> for ChannelWriteError {
    fn from(refusal: ChannelRefusal) -> Self {
        match refusal {
            ChannelRefusal::NotOpen => ChannelWriteError::NotOpen,
            ChannelRefusal::Full => ChannelWriteError::Full,
            ChannelRefusal::TooLarge { max } => {
                ChannelWriteError::TooLarge { max: usize::try_from(max).unwrap_or(usize::MAX) }
            }
            ChannelRefusal::MessageOpen => ChannelWriteError::MessageOpen,
            ChannelRefusal::NoMessage => ChannelWriteError::NoMessage,
            ChannelRefusal::WrongLength => ChannelWriteError::WrongLength,
            ChannelRefusal::Unsupported => ChannelWriteError::Unsupported,
        }
    }
}

impl From<ChannelRefusal> for ChannelReadError {
    fn from(refusal: ChannelRefusal) -> Self {
        match refusal {
            ChannelRefusal::MessageOpen => ChannelReadError::MessageOpen,
            ChannelRefusal::Unsupported => ChannelReadError::Unsupported,
            _ => ChannelReadError::NotOpen,
        }
    }
}
