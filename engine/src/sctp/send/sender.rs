//! The sending half of an association.

use std::time::{Duration, Instant};

use super::body::Body;
use super::flight::Flight;
use super::messages::{Limit, MessageId, Messages, Outgoing};
use super::pacer::Pacer;
use super::queues::Queues;
use super::recovery::Recovery;
use super::round_trip::RoundTrip;
use super::timers::Timers;
use crate::channel::{ChannelPriority, Reliability};
use crate::sctp::config::{Config, PACKET_BYTES_BASE};
use crate::sctp::congestion::{Controller, RateSampler, build};
use crate::sctp::data::Format;
use crate::sctp::init::Init;
use crate::sctp::message::Kind;
use crate::sctp::path_mtu::PathMtu;
use crate::sctp::tsn::Numbering;
use crate::sctp::wire::{CHUNK_HEADER, HEADER};

/// All that goes out, and what became of it.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(super) numbering: Numbering,
    pub(super) format: Format,
    /// The peer can be told that something is given up (RFC 3758).
    pub(super) can_abandon: bool,
    pub(super) messages: Messages,
    pub(super) queues: Queues,
    /// Messages whose time begins with the next call that has one.
    pub(super) fresh: Vec<MessageId>,
    /// A message of DATA that is begun: nothing else may come between its pieces.
    pub(super) begun: Option<(u16, MessageId)>,
    pub(super) flight: Flight,
    pub(super) recovery: Recovery,
    pub(super) trip: RoundTrip,
    pub(super) timers: Timers,
    pub(super) pacer: Pacer,
    pub(super) controller: Box<dyn Controller>,
    pub(super) sampler: RateSampler,
    /// Bytes in a second that go out at most, whatever the path bears.
    pub(super) rate_max: Option<u64>,
    /// Bytes that may be on the way to the peer.
    pub(super) window: usize,
    /// The number that the peer is to be told to wait no longer for.
    pub(super) forward: Option<u64>,
    /// When it was told of one.
    pub(super) forwarded_at: Option<Instant>,
    /// The next piece goes out whatever the windows say: to provoke an answer.
    pub(super) may_probe: bool,
    pub(super) path: PathMtu,
    /// Bytes of the largest piece: it fits a packet that every path carries, so that none has to
    /// wait for a wide one to go out again.
    pub(super) piece_max: usize,
}

impl Sender {
    pub(crate) fn new(
        config: &Config,
        local: &Init,
        peer: &Init,
        format: Format,
        now: Instant,
    ) -> Self {
        let payload = PACKET_BYTES_BASE - HEADER - CHUNK_HEADER - format.fixed();
        let largest = if peer.skips_unknown() { config.packet_bytes_max } else { 0 };
        Sender {
            numbering: Numbering::new(local.first_tsn),
            format,
            can_abandon: peer.forward_tsn,
            messages: Messages::default(),
            queues: Queues::default(),
            fresh: Vec::new(),
            begun: None,
            flight: Flight::default(),
            recovery: Recovery::new(),
            trip: RoundTrip::new(config.round_trip),
            timers: Timers::default(),
            pacer: Pacer::new(now),
            controller: build(config.congestion, payload, now),
            sampler: RateSampler::new(now),
            rate_max: None,
            window: peer.window as usize,
            forward: None,
            forwarded_at: None,
            may_probe: false,
            path: PathMtu::new(PACKET_BYTES_BASE, largest),
            piece_max: payload,
        }
    }

    /// Has a stream ready for messages.
    pub(crate) fn open(&mut self, stream: u16, priority: ChannelPriority) {
        self.queues.open(stream, priority);
    }

    /// How messages are sent that are written from here on.
    pub(crate) fn set_reliability(&mut self, stream: u16, ordered: bool, reliability: Reliability) {
        if let Some(queue) = self.queues.get_mut(stream) {
            queue.ordered = ordered;
            queue.reliability = reliability;
        }
    }

    /// Queues a message, which is not empty. False where there is no such stream.
    pub(crate) fn write(&mut self, stream: u16, kind: Kind, data: &[u8]) -> bool {
        let Some(id) = self.queue(stream, kind, Body::whole(data)) else { return false };
        self.queues.push(stream, id, data.len())
    }

    /// A message for a stream, by what is wanted of that now.
    pub(super) fn queue(&mut self, stream: u16, kind: Kind, body: Body) -> Option<MessageId> {
        let queue = self.queues.get(stream)?;
        let limit = match queue.reliability {
            _ if !self.can_abandon => Limit::None,
            Reliability::Reliable => Limit::None,
            Reliability::MaxRetransmits { count } => Limit::Attempts(u32::from(count) + 1),
            Reliability::MaxLifetime { ms } => Limit::For(Duration::from_millis(u64::from(ms))),
        };
        let message = Outgoing::new(stream, kind, queue.ordered, limit, body);
        let id = self.messages.insert(message);
        if matches!(limit, Limit::For(_)) {
            self.fresh.push(id);
        }
        Some(id)
    }

    /// The stream whose turn it is, and its message: the one that is begun, where nothing may come
    /// between its pieces.
    pub(super) fn turn(&self) -> Option<(u16, MessageId)> {
        match self.begun {
            Some((_, id)) if self.messages.get(id).unsent() == 0 => None,
            Some(begun) => Some(begun),
            None => self.queues.next(),
        }
    }

    /// Bytes of a stream that were not sent yet.
    pub(crate) fn buffered(&self, stream: u16) -> usize {
        self.queues.get(stream).map_or(0, |queue| queue.unsent)
    }

    /// Bytes of all streams that were not sent yet.
    pub(crate) fn unsent(&self) -> usize {
        self.queues.unsent()
    }

    /// Streams of which less waits than when this was asked for last, by their numbers, in place
    /// of what `streams` held.
    pub(crate) fn take_fallen(&mut self, streams: &mut Vec<u16>) {
        self.queues.take_fallen(streams);
    }

    /// The last number that was used on a stream of which nothing waits.
    pub(crate) fn last_of(&self, stream: u16) -> Option<u64> {
        match self.queues.get(stream) {
            Some(queue) => queue.waiting.is_empty().then_some(queue.last),
            None => Some(0),
        }
    }

    /// The peer has all numbers up to this, or needs them no more.
    pub(crate) fn has_acknowledged(&self, number: u64) -> bool {
        number <= self.flight.cumulative()
    }

    /// The peer has all that was sent on a stream, and all that was sent before it.
    pub(crate) fn is_stream_acknowledged(&self, stream: u16) -> bool {
        self.queues
            .get(stream)
            .is_none_or(|queue| queue.waiting.is_empty() && queue.last <= self.flight.cumulative())
    }

    /// Messages that nothing was sent of yet go.
    pub(crate) fn discard(&mut self, stream: u16) {
        let front = self.queues.front(stream);
        let is_begun = front.is_some_and(|front| self.messages.get(front).cut > 0);
        for message in self.queues.drain(stream, is_begun) {
            let bytes = self.messages.get(message).unsent();
            self.queues.reduce(stream, bytes);
            self.messages.remove(message);
        }
    }

    /// A stream begins anew. Nothing of it waits or is on the way.
    pub(crate) fn forget(&mut self, stream: u16) {
        if let Some(queue) = self.queues.remove(stream) {
            queue.waiting.into_iter().for_each(|message| self.messages.remove(message));
        }
    }

    /// The peer has all numbers up to this, as it stands on the wire.
    pub(crate) fn acknowledged(&self) -> u32 {
        self.numbering.on_the_wire(self.flight.cumulative())
    }

    /// Nothing waits or is on the way.
    pub(crate) fn is_idle(&self) -> bool {
        self.flight.is_empty() && self.queues.unsent() == 0
    }

    pub(crate) fn set_rate_max(&mut self, bytes: Option<u64>) {
        self.rate_max = bytes;
    }

    /// Bytes that the peer acknowledged.
    pub(crate) fn delivered(&self) -> u64 {
        self.sampler.delivered()
    }

    pub(crate) fn retransmission_timeout(&self) -> Duration {
        self.trip.timeout()
    }

    /// The mean of round trips, where one was measured or is known from elsewhere.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.trip.smoothed()
    }
}
