//! Streams that are in use, and by whom. A stream belongs to a channel in both directions; it has a
//! life from its first use until both sides have reset it (RFC 8831 section 6.7), and another
//! after.

use super::by_stream::ByStream;
use super::event::ChannelNumber;
use super::message::Message;

/// Who has a stream.
#[derive(Debug)]
pub(super) enum User {
    /// A channel of this number.
    Channel(ChannelNumber),
    /// The peer sent on it, and no channel is there yet: it is negotiated, and ours comes later.
    Early(Vec<Message>),
    /// A channel that was refused, or went; until both sides have reset it.
    Nobody,
}

/// What we send on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outgoing {
    Open,
    /// To be reset once the peer has all of it.
    Draining,
    /// A reset of it waits for its turn.
    Queued,
    /// A request to reset it is on its way, or was answered with "no": then nobody knows.
    Requested,
    Reset,
    Unknown,
}

/// What the peer sends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    Open,
    Reset,
}

/// What is known of the life of a stream that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextLife {
    /// Nothing but what the peer sent in it.
    Open,
    /// The peer has reset that too.
    Reset,
    /// What the peer sends in it found no room.
    Refused,
}

/// A stream in use.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) user: User,
    pub(super) outgoing: Outgoing,
    pub(super) incoming: Incoming,
    /// What the peer sent in the stream's next life, which this one is in the way of.
    pub(super) next: Vec<Message>,
    pub(super) after: NextLife,
}

impl Slot {
    fn new(user: User) -> Self {
        Slot {
            user,
            outgoing: Outgoing::Open,
            incoming: Incoming::Open,
            next: Vec::new(),
            after: NextLife::Open,
        }
    }

    pub(super) fn channel(&self) -> Option<ChannelNumber> {
        match self.user {
            User::Channel(channel) => Some(channel),
            User::Early(_) | User::Nobody => None,
        }
    }
}

/// All streams in use.
#[derive(Debug)]
pub(super) struct Streams {
    slots: ByStream<Slot>,
    in_use_max: usize,
    /// Bytes that wait in all of them.
    early_bytes: usize,
    /// Per parity, no stream below this is free.
    first_free: [u16; 2],
}

impl Streams {
    pub(super) fn new(in_use_max: usize) -> Self {
        Streams { slots: ByStream::default(), in_use_max, early_bytes: 0, first_free: [0, 1] }
    }

    pub(super) fn contains(&self, stream: u16) -> bool {
        self.slots.contains(stream)
    }

    pub(super) fn is_full(&self) -> bool {
        self.slots.len() >= self.in_use_max
    }

    pub(super) fn get(&self, stream: u16) -> Option<&Slot> {
        self.slots.get(stream)
    }

    pub(super) fn get_mut(&mut self, stream: u16) -> Option<&mut Slot> {
        self.slots.get_mut(stream)
    }

    /// The lowest stream of this parity that is free and below `limit`.
    pub(super) fn free(&mut self, is_odd: bool, limit: u16) -> Option<u16> {
        let first = &mut self.first_free[usize::from(is_odd)];
        while *first < limit {
            if !self.slots.contains(*first) {
                return Some(*first);
            }
            *first = first.checked_add(2)?;
        }
        None
    }

    /// A channel takes a stream. Gives what came early.
    pub(super) fn take(&mut self, channel: ChannelNumber) -> Vec<Message> {
        let stream = channel.stream();
        let user = User::Channel(channel);
        match self.slots.get_mut(stream) {
            Some(slot) => match std::mem::replace(&mut slot.user, user) {
                User::Early(messages) => {
                    self.early_bytes -= bytes(&messages);
                    messages
                }
                User::Channel(_) | User::Nobody => Vec::new(),
            },
            None => {
                self.slots.get_or_insert_with(stream, || Slot::new(user));
                Vec::new()
            }
        }
    }

    /// The peer sends on a stream.
    pub(super) fn note(&mut self, stream: u16) -> &mut Slot {
        self.slots.get_or_insert_with(stream, || Slot::new(User::Early(Vec::new())))
    }

    /// Keeps a message for a channel that is not there yet. False where there is no more room.
    pub(super) fn keep(&mut self, message: Message, bytes_max: usize) -> bool {
        // An empty message takes room too.
        let bytes = self.early_bytes + room(&message);
        let Some(slot) = self.slots.get_mut(message.stream) else { return false };
        if bytes > bytes_max {
            return false;
        }
        match &mut slot.user {
            _ if slot.after != NextLife::Open => return true,
            _ if slot.incoming != Incoming::Open => slot.next.push(message),
            User::Early(messages) => messages.push(message),
            User::Channel(_) | User::Nobody => return true,
        }
        self.early_bytes = bytes;
        true
    }

    /// The next life of a stream is not wanted.
    pub(super) fn refuse_next(&mut self, stream: u16) {
        let Some(slot) = self.slots.get_mut(stream) else { return };
        slot.after = NextLife::Refused;
        self.early_bytes -= bytes(&std::mem::take(&mut slot.next));
    }

    /// Nobody has the stream any more; what came early goes.
    pub(super) fn abandon(&mut self, stream: u16) {
        let Some(slot) = self.slots.get_mut(stream) else { return };
        if let User::Early(messages) = std::mem::replace(&mut slot.user, User::Nobody) {
            self.early_bytes -= bytes(&messages);
        }
    }

    /// The stream is free.
    pub(super) fn remove(&mut self, stream: u16) -> Option<Box<Slot>> {
        let slot = self.slots.remove(stream)?;
        if let User::Early(messages) = &slot.user {
            self.early_bytes -= bytes(messages);
        }
        self.early_bytes -= bytes(&slot.next);
        let first = &mut self.first_free[usize::from(stream % 2)];
        *first = stream.min(*first);
        Some(slot)
    }
}

/// Bytes that a message counts for: its own, and what keeping it takes.
fn room(message: &Message) -> usize {
    message.data.len() + size_of::<Message>()
}

fn bytes(messages: &[Message]) -> usize {
    messages.iter().map(room).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sctp::message::Kind;

    fn message(stream: u16, bytes: usize) -> Message {
        Message { stream, kind: Kind::Binary, data: vec![0; bytes] }
    }

    #[test]
    fn the_lowest_free_stream_is_given() {
        let mut streams = Streams::new(10);
        streams.take(ChannelNumber::new(1, 0));
        streams.take(ChannelNumber::new(2, 4));
        streams.note(2);
        assert_eq!(streams.free(false, 100), Some(6));
        assert_eq!(streams.free(true, 100), Some(1));
        assert_eq!(streams.free(false, 6), None);
        streams.remove(2);
        assert_eq!(streams.free(false, 6), Some(2));
        assert_eq!(Streams::new(1).free(true, u16::MAX), Some(1));
    }

    #[test]
    fn what_comes_early_is_bounded() {
        let mut streams = Streams::new(10);
        streams.note(3);
        let max = 1_000;
        let mut kept = 0;
        while streams.keep(message(3, 100), max) {
            kept += 1;
        }
        assert!((4..=10).contains(&kept), "{kept}");
        streams.note(5);
        assert!(!streams.keep(message(5, 100), max), "of all streams together");
        assert_eq!(streams.take(ChannelNumber::new(7, 3)).len(), kept);
        assert!(streams.keep(message(5, 100), max));
        streams.abandon(5);
        streams.remove(5);
        streams.remove(3);
        assert_eq!(streams.early_bytes, 0);
    }
}
