//! Messages that are not delivered.

use std::time::{Duration, Instant};

use super::body::Body;
use crate::sctp::message::Kind;

/// Messages for which there is room when none is there.
const KEPT_MAX: usize = 256;

/// How long a message is worth sending (RFC 3758, RFC 7496).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    None,
    /// A piece may be sent so often.
    Attempts(u32),
    /// Nothing of it is sent longer than this after it was written; it was a moment ago.
    For(Duration),
    /// Nothing of it is sent after this.
    Until(Instant),
}

impl Limit {
    /// A piece that was sent so often is not to be sent again at this time.
    pub(super) fn is_reached(self, attempts: u32, now: Instant) -> bool {
        match self {
            Limit::None | Limit::For(_) => false,
            Limit::Attempts(most) => attempts >= most,
            Limit::Until(end) => end <= now,
        }
    }
}

/// A message's place among those that are not delivered. It is used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MessageId(u32);

/// A message that is not delivered.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) stream: u16,
    pub(super) kind: Kind,
    pub(super) ordered: bool,
    pub(super) limit: Limit,
    pub(super) body: Body,
    /// Its number in the stream, once some of it was sent.
    pub(super) number: Option<u32>,
    /// Bytes of it that were sent.
    pub(super) cut: u64,
    /// Pieces that were sent.
    pub(super) pieces: u32,
    /// Of those, the ones that the peer does not have, nor needs.
    pub(super) open: u32,
    /// The numbers of its first piece and its last.
    pub(super) numbers: (u64, u64),
}

impl Outgoing {
    pub(super) fn new(stream: u16, kind: Kind, ordered: bool, limit: Limit, body: Body) -> Self {
        Outgoing {
            stream,
            kind,
            ordered,
            limit,
            body,
            number: None,
            cut: 0,
            pieces: 0,
            open: 0,
            numbers: (0, 0),
        }
    }

    /// Bytes that can be sent and were not.
    pub(super) fn unsent(&self) -> usize {
        // What is kept fits the memory.
        (self.body.ready() - self.cut) as usize
    }

    pub(super) fn is_cut(&self) -> bool {
        self.body.ends_at(self.cut)
    }
}

/// All of them, with places that are used again.
#[derive(Debug, Default)]
pub(super) struct Messages {
    places: Vec<Option<Outgoing>>,
    free: Vec<u32>,
}

impl Messages {
    pub(super) fn insert(&mut self, message: Outgoing) -> MessageId {
        if let Some(place) = self.free.pop() {
            self.places[place as usize] = Some(message);
            return MessageId(place);
        }
        let place = u32::try_from(self.places.len()).expect("messages take memory");
        self.places.push(Some(message));
        MessageId(place)
    }

    pub(super) fn get(&self, id: MessageId) -> &Outgoing {
        self.places[id.0 as usize].as_ref().expect("whoever has the name keeps the message")
    }

    pub(super) fn get_mut(&mut self, id: MessageId) -> &mut Outgoing {
        self.places[id.0 as usize].as_mut().expect("whoever has the name keeps the message")
    }

    /// The time of a message that was just written begins.
    pub(super) fn begin_time(&mut self, id: MessageId, now: Instant) {
        if let Some(Some(message)) = self.places.get_mut(id.0 as usize)
            && let Limit::For(time) = message.limit
        {
            message.limit = Limit::Until(now + time);
        }
    }

    pub(super) fn remove(&mut self, id: MessageId) {
        if self.places[id.0 as usize].take().is_some() {
            self.free.push(id.0);
        }
        if self.free.len() == self.places.len() && self.places.len() > KEPT_MAX {
            *self = Messages::default();
        }
    }
}
