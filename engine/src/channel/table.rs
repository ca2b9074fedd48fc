//! The channels of one connection.

mod figures;
mod parts;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::config::{CHANNEL_TEXT_BYTES_MAX, ChannelConfig};
use super::counts::MessageCounts;
use super::error::{ChannelError, ChannelWriteError};
use super::queue::{Message, MessageQueue};
use crate::ids::ChannelId;
use crate::session::{ChannelRefusal, Session, SessionChannel};

/// Bytes of the labels and sub-protocols of all channels together: a kilobyte for each of as many
/// as may be open.
const TEXTS_BYTES_MAX: usize = 1 << 20;

/// Channels of the peer that may be turned away, for their names or for want of room for those,
/// before it counts as harm.
const REFUSED_MAX: usize = 64;

/// What the session may hold of our messages. It works through what is in flight at each packet,
/// so less is faster; but it must take the largest message whole.
pub(crate) const SESSION_BUFFER_BYTES: usize = 512 << 10;

/// The session asks for more when it holds no more than this.
const SESSION_LOW_BYTES: usize = SESSION_BUFFER_BYTES / 2;

/// Largest message in bytes when the peer does not say (RFC 8841 section 6.1).
const MESSAGE_BYTES_DEFAULT: usize = 65_536;

#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Waits for the transport to be negotiated.
    Queued,
    /// Known to the session, not open yet.
    Connecting,
    Open,
}

/// What can be written to a channel that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Writing {
    Messages,
    /// Parts of the message that was begun.
    Parts,
    /// Nothing: it closes when its queue is empty.
    Closing,
}

#[derive(Debug)]
struct Entry {
    config: ChannelConfig,
    session: Option<SessionChannel>,
    state: State,
    queue: MessageQueue,
    low_threshold: usize,
    writing: Writing,
    counts: MessageCounts,
}

/// What becomes of a channel that the session opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// It can be used under this name; whether the peer created it.
    As(ChannelId, bool),
    /// It is to be closed.
    Refused,
    /// The peer means harm: the connection is to end.
    TooMany,
}

/// All channels that are not closed.
#[derive(Debug)]
pub(crate) struct ChannelTable {
    /// In boxes: a node of the map has room for eleven, and most connections have one.
    entries: BTreeMap<ChannelId, Box<Entry>>,
    by_session: HashMap<SessionChannel, ChannelId>,
    /// Channels that wait for the transport.
    queued: BTreeSet<ChannelId>,
    /// Channels whose buffered amount is above their threshold; falling to it is news.
    above: BTreeSet<ChannelId>,
    /// Channels that were refused room and are told when there is some.
    refused: BTreeSet<ChannelId>,
    next: u32,
    channels_max: usize,
    buffer_bytes: usize,
    message_bytes: usize,
    /// Bytes that wait in all queues.
    waiting: usize,
    /// Bytes of all labels and sub-protocols.
    texts: usize,
    /// Channels of the peer that were turned away.
    turned_away: usize,
    /// Channels that have something to send, by the clock of their queue.
    busy: BTreeSet<(u64, ChannelId)>,
    /// Virtual time of the channel served last.
    served: u64,
}

impl ChannelTable {
    pub(crate) fn new(channels_max: usize, buffer_bytes: usize) -> Self {
        ChannelTable {
            entries: BTreeMap::new(),
            by_session: HashMap::new(),
            queued: BTreeSet::new(),
            above: BTreeSet::new(),
            refused: BTreeSet::new(),
            next: 0,
            channels_max,
            buffer_bytes,
            message_bytes: MESSAGE_BYTES_DEFAULT,
            waiting: 0,
            texts: 0,
            turned_away: 0,
            busy: BTreeSet::new(),
            served: 0,
        }
    }

    /// What the peer says it can take, none for any size; and what the session sends at most.
    pub(crate) fn set_remote_message_bytes(&mut self, bytes: Option<u64>, most: usize) {
        let told = bytes.and_then(|bytes| usize::try_from(bytes).ok());
        self.message_bytes = told.unwrap_or(most).min(most);
    }

    /// Largest message in bytes that can be sent.
    pub(crate) fn message_bytes(&self) -> usize {
        self.message_bytes
    }

    /// A channel that waits for the transport.
    pub(crate) fn create(
        &mut self,
        config: ChannelConfig,
        session: &mut impl Session,
    ) -> Result<ChannelId, ChannelError> {
        if self.entries.len() >= self.channels_max {
            return Err(ChannelError::TooMany);
        }
        if !self.has_room_for(&config.label, &config.protocol) {
            return Err(ChannelError::TextTooLong);
        }
        if let Some(stream) = config.negotiated {
            if stream == u16::MAX {
                return Err(ChannelError::IdReserved);
            }
            let mut others = self.entries.values();
            if others.any(|entry| entry.config.negotiated == Some(stream))
                || session.is_stream_taken(stream)
            {
                return Err(ChannelError::IdInUse);
            }
        }
        Ok(self.insert(config, None, State::Queued))
    }

    fn has_room_for(&self, label: &str, protocol: &str) -> bool {
        let bytes = label.len() + protocol.len();
        bytes <= CHANNEL_TEXT_BYTES_MAX && self.texts + bytes <= TEXTS_BYTES_MAX
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
        if state == State::Queued {
            self.queued.insert(id);
        }
        self.texts += config.label.len() + config.protocol.len();
        let entry = Entry {
            config,
            session,
            state,
            queue: MessageQueue::default(),
            low_threshold: 0,
            writing: Writing::Messages,
            counts: MessageCounts::default(),
        };
        self.entries.insert(id, Box::new(entry));
        id
    }

    /// Forgets a channel and what waits in it.
    fn forget(&mut self, id: ChannelId) {
        let Some(entry) = self.entries.remove(&id) else { return };
        self.texts -= entry.config.label.len() + entry.config.protocol.len();
        self.waiting -= entry.queue.bytes();
        self.busy.remove(&(entry.queue.clock(), id));
        self.queued.remove(&id);
        self.above.remove(&id);
        self.refused.remove(&id);
        if let Some(session) = entry.session {
            self.by_session.remove(&session);
        }
    }

    fn entry(&mut self, id: ChannelId) -> Option<&mut Entry> {
        self.entries.get_mut(&id).map(|entry| &mut **entry)
    }

    pub(crate) fn contains(&self, id: ChannelId) -> bool {
        self.entries.contains_key(&id)
    }

    pub(crate) fn is_open(&self, id: ChannelId) -> bool {
        self.entries.get(&id).is_some_and(|entry| entry.state == State::Open)
    }

    /// Channels that wait for the transport; first those whose stream is agreed on, so that none of
    /// the others is given it.
    pub(crate) fn queued(&self) -> impl Iterator<Item = (ChannelId, &ChannelConfig)> {
        let queued = |agreed: bool| {
            let all =
                self.queued.iter().filter_map(|id| Some((*id, &self.entries.get(id)?.config)));
            all.filter(move |(_, config)| config.negotiated.is_some() == agreed)
        };
        queued(true).chain(queued(false))
    }

    pub(crate) fn has_queued(&self) -> bool {
        !self.queued.is_empty()
    }

    /// Forgets channels whose agreed stream went to another one while they waited. Gives their
    /// names.
    pub(crate) fn drop_taken(&mut self, session: &mut impl Session) -> Vec<ChannelId> {
        let taken = self.queued().filter(|(_, config)| {
            config.negotiated.is_some_and(|stream| session.is_stream_taken(stream))
        });
        let taken: Vec<ChannelId> = taken.map(|(id, _)| id).collect();
        taken.iter().for_each(|id| self.forget(*id));
        taken
    }

    /// The session knows this channel now.
    pub(crate) fn bind(&mut self, id: ChannelId, session: SessionChannel) {
        if let Some(entry) = self.entry(id) {
            entry.session = Some(session);
            entry.state = State::Connecting;
            self.queued.remove(&id);
            self.by_session.insert(session, id);
        }
    }

    /// Gives everything that waits to a session whose transport is negotiated.
    pub(crate) fn open_queued(&mut self, session: &mut impl Session) {
        let queued: Vec<ChannelId> = self.queued().map(|(id, _)| id).collect();
        for id in queued {
            let entry = self.entry(id).expect("it was just listed");
            let opened = session.open_channel(&entry.config);
            self.bind(id, opened);
        }
    }

    /// The session opened a channel.
    pub(crate) fn opened(
        &mut self,
        channel: SessionChannel,
        label: &str,
        protocol: &str,
        ordered: bool,
    ) -> Opened {
        if let Some(id) = self.by_session.get(&channel).copied() {
            let Some(entry) = self.entry(id) else { return Opened::Refused };
            entry.state = State::Open;
            return Opened::As(id, false);
        }
        if self.entries.len() >= self.channels_max {
            return Opened::TooMany;
        }
        if !self.has_room_for(label, protocol) {
            self.turned_away += 1;
            return if self.turned_away > REFUSED_MAX { Opened::TooMany } else { Opened::Refused };
        }
        let mut config = ChannelConfig::new(label);
        config.protocol = protocol.to_owned();
        config.ordered = ordered;
        Opened::As(self.insert(config, Some(channel), State::Open), true)
    }

    pub(crate) fn id_of(&self, channel: SessionChannel) -> Option<ChannelId> {
        self.by_session.get(&channel).copied()
    }

    /// A channel is closed. Gives its name.
    pub(crate) fn closed(&mut self, channel: SessionChannel) -> Option<ChannelId> {
        let id = self.id_of(channel)?;
        self.forget(id);
        Some(id)
    }

    /// Every channel is gone with the transport. Gives the names.
    pub(crate) fn close_all(&mut self) -> Vec<ChannelId> {
        let all: Vec<ChannelId> = self.entries.keys().copied().collect();
        all.iter().for_each(|id| self.forget(*id));
        all
    }

    /// Both sides agreed on no channels: all of them end, and their streams are free. Gives the
    /// names.
    pub(crate) fn end_all(&mut self, session: &mut impl Session) -> Vec<ChannelId> {
        let known = self.entries.values().filter_map(|entry| entry.session);
        known.for_each(|channel| session.close_channel(channel));
        self.close_all()
    }

    /// Closes a channel after what waits in it was sent. True when it was never known to the
    /// session and is gone at once.
    pub(crate) fn close(&mut self, id: ChannelId, session: &mut impl Session) -> bool {
        let Some(entry) = self.entry(id) else { return false };
        let Some(channel) = entry.session else {
            self.forget(id);
            return true;
        };
        entry.writing = Writing::Closing;
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
        session: &mut impl Session,
    ) -> Result<(), ChannelWriteError> {
        let message_bytes = self.message_bytes;
        if data.len() > message_bytes {
            return Err(ChannelWriteError::TooLarge { max: message_bytes });
        }
        // Of a session that cannot mark it, it would use up a sequence number without being sent,
        // and nothing would follow it.
        if data.is_empty() && !session.capabilities().empty_messages {
            return Err(ChannelWriteError::Empty);
        }
        let (waiting, buffer_bytes, served) = (self.waiting, self.buffer_bytes, self.served);
        let entry = self.entry(id).ok_or(ChannelWriteError::NotOpen)?;
        let channel = entry.writable().ok_or(ChannelWriteError::NotOpen)?;
        if entry.writing == Writing::Parts {
            return Err(ChannelWriteError::MessageOpen);
        }
        if waiting == 0 {
            match session.write_channel(channel, binary, data) {
                Ok(()) => {
                    entry.queue.charge(data.len(), entry.config.priority);
                    self.note_amount(id, session);
                    return Ok(());
                }
                Err(ChannelRefusal::Full) => {}
                Err(refusal) => return Err(refusal.into()),
            }
        }
        // A lone message of any permitted size finds a place, also in a buffer smaller than it.
        if waiting > 0 && waiting + data.len() > buffer_bytes {
            self.refused.insert(id);
            return Err(ChannelWriteError::Full);
        }
        let was_empty = entry.queue.is_empty();
        entry.queue.push(Message { binary, data: data.to_vec() }, served);
        if was_empty {
            let turn = (entry.queue.clock(), id);
            self.busy.insert(turn);
        }
        self.waiting += data.len();
        // A session that holds less never rises above that.
        session.set_channel_low_threshold(channel, SESSION_LOW_BYTES.min(buffer_bytes / 2));
        self.note_amount(id, session);
        Ok(())
    }

    /// Remembers that a channel is above its threshold.
    fn note_amount(&mut self, id: ChannelId, session: &mut impl Session) {
        let amount = self.buffered_amount(id, session);
        if self.entries.get(&id).is_some_and(|entry| amount > entry.low_threshold) {
            self.above.insert(id);
        }
    }

    /// Bytes of a channel that the peer's association has not taken yet.
    pub(crate) fn buffered_amount(&mut self, id: ChannelId, session: &mut impl Session) -> usize {
        let Some(entry) = self.entry(id) else { return 0 };
        let held = entry.session.map_or(0, |channel| session.channel_buffered_amount(channel));
        entry.queue.bytes() + held
    }

    /// The stream of a channel; `None` while it has none.
    pub(crate) fn stream(&mut self, id: ChannelId, session: &mut impl Session) -> Option<u16> {
        let channel = self.entry(id)?.session?;
        session.stream_of(channel)
    }

    /// True where the channel is to be told at once that there is room: it was refused some, and no
    /// longer waits for its amount to fall.
    pub(crate) fn set_low_threshold(
        &mut self,
        id: ChannelId,
        bytes: usize,
        session: &mut impl Session,
    ) -> bool {
        if let Some(entry) = self.entry(id) {
            entry.low_threshold = bytes;
            if let Some(channel) = entry.session {
                session.set_channel_low_threshold(channel, bytes.min(SESSION_LOW_BYTES));
            }
        }
        self.note_amount(id, session);
        let has_room = self.waiting == 0 && self.buffered_amount(id, session) <= bytes;
        let is_news = has_room && self.refused.remove(&id);
        if is_news {
            self.above.remove(&id);
        }
        is_news
    }

    /// The session has room: sends what waits, fairest first, and gives the channels that fell to
    /// their threshold, or were refused and have room.
    pub(crate) fn pump(&mut self, session: &mut impl Session) -> Vec<ChannelId> {
        while let Some((clock, id)) = self.busy.first().copied() {
            let Some(entry) = self.entries.get_mut(&id) else { break };
            let channel = entry.session.expect("an open channel is known to the session");
            let message = entry.queue.front().expect("the queue is not empty");
            let bytes = message.data.len();
            if session.write_channel(channel, message.binary, &message.data).is_err() {
                break;
            }
            entry.queue.pop(entry.config.priority);
            self.waiting -= bytes;
            self.busy.remove(&(clock, id));
            self.served = entry.queue.clock();
            if entry.queue.is_empty() {
                let low = entry.low_threshold.min(SESSION_LOW_BYTES);
                session.set_channel_low_threshold(channel, low);
                if entry.writing == Writing::Closing {
                    session.close_channel(channel);
                }
            } else {
                self.busy.insert((self.served, id));
            }
        }
        let mut told = self.fallen(session);
        told.iter().for_each(|id| {
            self.refused.remove(id);
        });
        // Whatever is written now is taken. Who is above its threshold hears later.
        if self.waiting == 0 {
            let above = &self.above;
            told.extend(self.refused.extract_if(.., |id| !above.contains(id)));
        }
        told
    }

    fn fallen(&mut self, session: &mut impl Session) -> Vec<ChannelId> {
        let above: Vec<ChannelId> = self.above.iter().copied().collect();
        let mut fallen = Vec::new();
        for id in above {
            let amount = self.buffered_amount(id, session);
            let threshold = self.entries.get(&id).map_or(0, |entry| entry.low_threshold);
            if amount <= threshold {
                self.above.remove(&id);
                fallen.push(id);
            }
        }
        fallen
    }
}
