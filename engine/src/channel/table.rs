//! The channels of one connection.

use std::collections::HashMap;

use super::config::ChannelConfig;
use super::handle::{ChannelError, ChannelWriteError};
use super::queue::{Message, MessageQueue};
use crate::ids::ChannelId;
use crate::session::{ChannelPlan, Session, SessionChannel};

/// Channels of one connection that may be open or asked for. SCTP has 65,535 streams; a peer that
/// opens thousands means harm.
const CHANNELS_MAX: usize = 1024;

/// Longest label and sub-protocol in bytes (RFC 8832 section 5.1 gives them 16 bits of length;
/// nobody needs more than this).
const TEXT_BYTES_MAX: usize = 1024;

/// What the session may hold of our messages. It works through what is in flight at each packet,
/// so less is faster; but it must take the largest message whole.
pub(crate) const SESSION_BUFFER_BYTES: usize = 512 << 10;

/// The session asks for more when it holds no more than this.
const SESSION_LOW_BYTES: usize = SESSION_BUFFER_BYTES / 2;

/// Largest message in bytes when the peer does not say (RFC 8841 section 6.1).
const MESSAGE_BYTES_DEFAULT: usize = 65_536;

/// Largest message in bytes that is sent or taken at all, as in browsers.
const MESSAGE_BYTES_MAX: usize = 256 << 10;

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Waits for the transport to be negotiated.
    Queued,
    /// Known to the session, not open yet.
    Connecting,
    Open,
}

#[derive(Debug)]
struct Entry {
    id: ChannelId,
    config: ChannelConfig,
    session: Option<SessionChannel>,
    state: State,
    queue: MessageQueue,
    low_threshold: usize,
    /// The buffered amount is above the threshold; falling to it is news.
    above: bool,
    /// Close when the queue is empty.
    closing: bool,
}

/// All channels that are not closed.
#[derive(Debug)]
pub(crate) struct ChannelTable {
    entries: Vec<Entry>,
    by_session: HashMap<SessionChannel, ChannelId>,
    next: u32,
    buffer_bytes: usize,
    message_bytes: usize,
    /// Virtual time of the channel served last.
    served: u64,
}

impl ChannelTable {
    pub(crate) fn new(buffer_bytes: usize) -> Self {
        ChannelTable {
            entries: Vec::new(),
            by_session: HashMap::new(),
            next: 0,
            buffer_bytes,
            message_bytes: MESSAGE_BYTES_DEFAULT,
            served: 0,
        }
    }

    /// What the peer says it can take, 0 for "anything".
    pub(crate) fn set_remote_message_bytes(&mut self, bytes: Option<usize>) {
        self.message_bytes = match bytes {
            None => MESSAGE_BYTES_DEFAULT,
            Some(0) => MESSAGE_BYTES_MAX,
            Some(bytes) => bytes.min(MESSAGE_BYTES_MAX),
        };
    }

    /// Largest message in bytes that can be sent.
    pub(crate) fn message_bytes(&self) -> usize {
        self.message_bytes
    }

    pub(crate) fn create(&mut self, config: ChannelConfig) -> Result<ChannelId, ChannelError> {
        if self.entries.len() >= CHANNELS_MAX {
            return Err(ChannelError::TooMany);
        }
        if config.label.len() > TEXT_BYTES_MAX || config.protocol.len() > TEXT_BYTES_MAX {
            return Err(ChannelError::TextTooLong);
        }
        let stream = config.negotiated;
        if stream == Some(u16::MAX) {
            return Err(ChannelError::IdReserved);
        }
        if stream.is_some() && self.entries.iter().any(|entry| entry.config.negotiated == stream) {
            return Err(ChannelError::IdInUse);
        }
        Ok(self.insert(config, None, State::Queued))
    }

    fn insert(
        &mut self,
        config: ChannelConfig,
        session: Option<SessionChannel>,
        state: State,
    ) -> ChannelId {
        let id = ChannelId(self.next);
        self.next += 1;
        if let Some(session) = session {
            self.by_session.insert(session, id);
        }
        self.entries.push(Entry {
            id,
            config,
            session,
            state,
            queue: MessageQueue::default(),
            low_threshold: 0,
            above: false,
            closing: false,
        });
        id
    }

    fn entry(&mut self, id: ChannelId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }

    pub(crate) fn contains(&self, id: ChannelId) -> bool {
        self.entries.iter().any(|entry| entry.id == id)
    }

    pub(crate) fn is_open(&self, id: ChannelId) -> bool {
        self.entries.iter().any(|entry| entry.id == id && entry.state == State::Open)
    }

    /// Channels that wait for the transport.
    pub(crate) fn queued(&self) -> impl Iterator<Item = (ChannelId, &ChannelConfig)> {
        let queued = self.entries.iter().filter(|entry| entry.state == State::Queued);
        queued.map(|entry| (entry.id, &entry.config))
    }

    pub(crate) fn has_queued(&self) -> bool {
        self.queued().next().is_some()
    }

    /// The session knows this channel now.
    pub(crate) fn bind(&mut self, id: ChannelId, session: SessionChannel) {
        if let Some(entry) = self.entry(id) {
            entry.session = Some(session);
            entry.state = State::Connecting;
            self.by_session.insert(session, id);
        }
    }

    /// The session forgot this channel: it waits again.
    pub(crate) fn unbind(&mut self, id: ChannelId) {
        if let Some(entry) = self.entry(id) {
            entry.state = State::Queued;
            if let Some(session) = entry.session.take() {
                self.by_session.remove(&session);
            }
        }
    }

    /// Gives everything that waits to a session whose transport is negotiated.
    pub(crate) fn open_queued(&mut self, session: &mut Session) {
        let queued: Vec<ChannelId> = self.queued().map(|(id, _)| id).collect();
        for id in queued {
            let entry = self.entry(id).expect("it was just listed");
            let opened = session.open_channel(ChannelPlan(&entry.config));
            self.bind(id, opened);
        }
    }

    /// A channel is open. Gives its name, and whether the peer created it; `None` when there are
    /// too many, and the channel is to be closed.
    pub(crate) fn opened(
        &mut self,
        channel: SessionChannel,
        label: &str,
        protocol: &str,
        ordered: bool,
    ) -> Option<(ChannelId, bool)> {
        if let Some(id) = self.by_session.get(&channel).copied() {
            let entry = self.entry(id)?;
            entry.state = State::Open;
            return Some((id, false));
        }
        if self.entries.len() >= CHANNELS_MAX {
            return None;
        }
        let mut config = ChannelConfig::new(label);
        config.protocol = protocol.to_owned();
        config.ordered = ordered;
        Some((self.insert(config, Some(channel), State::Open), true))
    }

    pub(crate) fn id_of(&self, channel: SessionChannel) -> Option<ChannelId> {
        self.by_session.get(&channel).copied()
    }

    /// A channel is closed. Gives its name.
    pub(crate) fn closed(&mut self, channel: SessionChannel) -> Option<ChannelId> {
        let id = self.by_session.remove(&channel)?;
        self.entries.retain(|entry| entry.id != id);
        Some(id)
    }

    /// Every channel is gone with the transport. Gives the names.
    pub(crate) fn close_all(&mut self) -> Vec<ChannelId> {
        self.by_session.clear();
        self.entries.drain(..).map(|entry| entry.id).collect()
    }

    /// Closes a channel after what waits in it was sent. True when it was never known to the
    /// session and is gone at once.
    pub(crate) fn close(&mut self, id: ChannelId, session: &mut Session) -> bool {
        let Some(entry) = self.entry(id) else { return false };
        let Some(channel) = entry.session else {
            entry.queue.clear();
            self.entries.retain(|entry| entry.id != id);
            return true;
        };
        entry.closing = true;
        if entry.queue.is_empty() {
            session.close_channel(channel);
        }
        false
    }

    pub(crate) fn write(
        &mut self,
        id: ChannelId,
        binary: bool,
        data: &[u8],
        session: &mut Session,
    ) -> Result<(), ChannelWriteError> {
        let message_bytes = self.message_bytes;
        if data.len() > message_bytes {
            return Err(ChannelWriteError::TooLarge { max: message_bytes });
        }
        // It would use up a sequence number without being sent, and nothing would follow it.
        if data.is_empty() {
            return Err(ChannelWriteError::Empty);
        }
        let waiting: usize = self.entries.iter().map(|entry| entry.queue.bytes()).sum();
        let (buffer_bytes, served) = (self.buffer_bytes, self.served);
        let entry = self.entry(id).ok_or(ChannelWriteError::NotOpen)?;
        let (Some(channel), State::Open, false) = (entry.session, &entry.state, entry.closing)
        else {
            return Err(ChannelWriteError::NotOpen);
        };
        if waiting == 0 {
            match session.write_channel(channel, binary, data) {
                Some(true) => {
                    entry.queue.charge(data.len(), entry.config.priority);
                    self.note_amount(id, session);
                    return Ok(());
                }
                Some(false) => {}
                None => return Err(ChannelWriteError::NotOpen),
            }
        }
        // A lone message of any permitted size finds a place, also in a buffer smaller than it.
        if waiting > 0 && waiting + data.len() > buffer_bytes {
            return Err(ChannelWriteError::Full);
        }
        entry.queue.push(Message { binary, data: data.to_vec() }, served);
        session.set_channel_low_threshold(channel, SESSION_LOW_BYTES);
        self.note_amount(id, session);
        Ok(())
    }

    /// Remembers that a channel is above its threshold.
    fn note_amount(&mut self, id: ChannelId, session: &mut Session) {
        let amount = self.buffered_amount(id, session);
        if let Some(entry) = self.entry(id)
            && amount > entry.low_threshold
        {
            entry.above = true;
        }
    }

    /// Bytes of a channel that the peer's association has not taken yet.
    pub(crate) fn buffered_amount(&mut self, id: ChannelId, session: &mut Session) -> usize {
        let Some(entry) = self.entry(id) else { return 0 };
        let held = entry.session.map_or(0, |channel| session.channel_buffered_amount(channel));
        entry.queue.bytes() + held
    }

    pub(crate) fn set_low_threshold(&mut self, id: ChannelId, bytes: usize, session: &mut Session) {
        if let Some(entry) = self.entry(id) {
            entry.low_threshold = bytes;
            if let Some(channel) = entry.session {
                session.set_channel_low_threshold(channel, bytes.min(SESSION_LOW_BYTES));
            }
        }
        self.note_amount(id, session);
    }

    /// The session has room: sends what waits, fairest first, and gives the channels that fell to
    /// their threshold.
    pub(crate) fn pump(&mut self, session: &mut Session) -> Vec<ChannelId> {
        while let Some(entry) = self
            .entries
            .iter_mut()
            .filter(|entry| entry.state == State::Open && !entry.queue.is_empty())
            .min_by_key(|entry| (entry.queue.clock(), entry.id))
        {
            let channel = entry.session.expect("an open channel is known to the session");
            let message = entry.queue.front().expect("the queue is not empty");
            if session.write_channel(channel, message.binary, &message.data) != Some(true) {
                break;
            }
            entry.queue.pop(entry.config.priority);
            if entry.queue.is_empty() {
                let low = entry.low_threshold.min(SESSION_LOW_BYTES);
                session.set_channel_low_threshold(channel, low);
                if entry.closing {
                    session.close_channel(channel);
                }
            }
            self.served = entry.queue.clock();
        }
        self.fallen(session)
    }

    fn fallen(&mut self, session: &mut Session) -> Vec<ChannelId> {
        let above: Vec<ChannelId> =
            self.entries.iter().filter(|entry| entry.above).map(|entry| entry.id).collect();
        let mut fallen = Vec::new();
        for id in above {
            let amount = self.buffered_amount(id, session);
            let entry = self.entry(id).expect("it was just listed");
            if amount <= entry.low_threshold {
                entry.above = false;
                fallen.push(id);
            }
        }
        fallen
    }
}
