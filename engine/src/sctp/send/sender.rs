//! The sending half of an association.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::flight::{Flight, Sent, State};
use super::messages::{Limit, MessageId, Messages, Outgoing};
use super::pacer::Pacer;
use super::queues::Queues;
use super::recovery::Recovery;
use super::round_trip::RoundTrip;
use super::timers::Timers;
use crate::channel::{ChannelPriority, Reliability};
use crate::sctp::config::{Config, PACKET_BYTES_MAX};
use crate::sctp::congestion::{Controller, RateSampler, build};
use crate::sctp::data::{Format, Piece};
use crate::sctp::init::Init;
use crate::sctp::message::Kind;
use crate::sctp::tsn::Numbering;
use crate::sctp::wire::{CHUNK_HEADER, HEADER, PacketWriter};

/// What is left of a packet that a message's piece is cut to fit; into less, only what is whole
/// goes.
const CUT_MIN: usize = PACKET_BYTES_MAX / 2;

/// Pieces above the one that the peer misses first: what fills the largest window that anybody
/// announces. A peer that misses one for ever and has all others gets no more.
const PIECES_MAX: usize = 32_768;

/// All that goes out, and what became of it.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(super) numbering: Numbering,
    pub(super) format: Format,
    /// The peer can be told that something is given up (RFC 3758).
    pub(super) can_abandon: bool,
    pub(super) messages: Messages,
    pub(super) queues: Queues,
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
}

impl Sender {
    pub(crate) fn new(
        config: &Config,
        local: &Init,
        peer: &Init,
        format: Format,
        now: Instant,
    ) -> Self {
        let payload = PACKET_BYTES_MAX - HEADER - CHUNK_HEADER - format.fixed();
        Sender {
            numbering: Numbering::new(local.first_tsn),
            format,
            can_abandon: peer.forward_tsn,
            messages: Messages::default(),
            queues: Queues::default(),
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
    pub(crate) fn write(&mut self, stream: u16, kind: Kind, data: &[u8], now: Instant) -> bool {
        let Some(queue) = self.queues.get(stream) else { return false };
        let limit = match queue.reliability {
            _ if !self.can_abandon => Limit::None,
            Reliability::Reliable => Limit::None,
            Reliability::MaxRetransmits { count } => Limit::Attempts(u32::from(count) + 1),
            Reliability::MaxLifetime { ms } => {
                Limit::Until(now + Duration::from_millis(u64::from(ms)))
            }
        };
        let message = self.messages.insert(Outgoing {
            stream,
            kind,
            ordered: queue.ordered,
            limit,
            data: data.to_vec(),
            number: None,
            cut: 0,
            pieces: 0,
            open: 0,
            numbers: (0, 0),
        });
        self.queues.push(stream, message, data.len())
    }

    /// Bytes of a stream that were not sent yet.
    pub(crate) fn buffered(&self, stream: u16) -> usize {
        self.queues.get(stream).map_or(0, |queue| queue.unsent)
    }

    /// Bytes of all streams that were not sent yet.
    pub(crate) fn unsent(&self) -> usize {
        self.queues.unsent()
    }

    /// Streams of which less waits than when this was asked for last.
    pub(crate) fn take_fallen(&mut self) -> BTreeSet<u16> {
        self.queues.take_fallen()
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
            let bytes = self.messages.get(message).data.len();
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

    /// Something could go out now.
    pub(crate) fn has_something(&mut self, now: Instant) -> bool {
        self.skip_expired(now);
        let has_data = !self.flight.lost.is_empty() || self.queues.next().is_some();
        self.forward.is_some() || (has_data && self.may_send(now))
    }

    /// Congestion control, pace and the peer's window allow another piece.
    fn may_send(&self, now: Instant) -> bool {
        if self.may_probe {
            return true;
        }
        let is_again = !self.flight.lost.is_empty();
        let on_the_way = self.flight.bytes();
        let has_room = on_the_way < self.controller.window();
        // One piece may be on the way to a peer without a window (RFC 9260 section 6.1 rule A).
        let is_wanted = is_again || on_the_way == 0 || on_the_way < self.window;
        has_room && is_wanted && self.pacer.may_send(now)
    }

    /// Adds what goes out now to a packet, as far as there is room.
    pub(crate) fn fill(&mut self, packet: &mut PacketWriter, now: Instant) {
        self.write_forward(packet, now);
        while self.may_send(now) {
            let room = PACKET_BYTES_MAX.saturating_sub(packet.len() + CHUNK_HEADER);
            let Some(room) = room.checked_sub(self.format.fixed()).filter(|room| *room > 0) else {
                return;
            };
            let went = match self.flight.lost.first().copied() {
                Some(number) => self.send_again(number, room, packet, now),
                None => self.send_new(room, packet, now),
            };
            if !went {
                break;
            }
            self.may_probe = false;
        }
        let is_idle = self.flight.lost.is_empty() && self.queues.next().is_none();
        if is_idle && self.flight.bytes() < self.controller.window() {
            self.sampler.on_app_limited(self.flight.bytes());
        }
    }

    /// A piece that was lost. False where there is no room for it.
    pub(super) fn send_again(
        &mut self,
        number: u64,
        room: usize,
        packet: &mut PacketWriter,
        now: Instant,
    ) -> bool {
        let Some(sent) = self.flight.get(number) else { return false };
        let (message, attempts, bytes) = (sent.message, sent.attempts, sent.bytes);
        if self.messages.get(message).limit.is_reached(attempts, now) {
            self.abandon(message);
            self.write_forward(packet, now);
            return true;
        }
        if bytes > room {
            return false;
        }
        let snapshot = self.sampler.on_sent(bytes, self.flight.bytes(), now);
        let transmission = self.recovery.on_sent(number, true);
        self.flight.set(number, State::OnTheWay);
        let sent = self.flight.get_mut(number).expect("it was just found");
        sent.attempts += 1;
        sent.sent_at = now;
        sent.transmission = transmission;
        sent.snapshot = snapshot;
        self.write_piece(number, packet);
        self.on_sent(bytes, now);
        true
    }

    /// A piece of the message whose turn it is. False where none fits.
    fn send_new(&mut self, room: usize, packet: &mut PacketWriter, now: Instant) -> bool {
        self.skip_expired(now);
        if self.flight.len() >= PIECES_MAX {
            return false;
        }
        let Some((stream, id)) = self.begun.or_else(|| self.queues.next()) else { return false };
        let message = self.messages.get(id);
        let left = message.data.len() - message.cut;
        if left > room && room < CUT_MIN {
            return false;
        }
        let bytes = left.min(room);
        // Less than the window has room for is not sent, unless nothing is on the way.
        let on_the_way = self.flight.bytes();
        if on_the_way > 0 && on_the_way + bytes > self.window && !self.may_probe {
            return false;
        }
        let number = self.cut(stream, id, bytes, now);
        self.write_piece(number, packet);
        self.on_sent(bytes, now);
        true
    }

    /// Takes the next bytes of a message as a piece that is on the way.
    fn cut(&mut self, stream: u16, id: MessageId, bytes: usize, now: Instant) -> u64 {
        let message_number = self.message_number(id);
        let snapshot = self.sampler.on_sent(bytes, self.flight.bytes(), now);
        let number = self.flight.highest() + 1;
        let transmission = self.recovery.on_sent(number, false);
        let message = self.messages.get_mut(id);
        self.flight.push(Sent {
            state: State::OnTheWay,
            message: id,
            at: message.cut,
            bytes,
            place: message.pieces,
            stream,
            ordered: message.ordered,
            message_number,
            attempts: 1,
            sent_at: now,
            transmission,
            snapshot,
        });
        if message.cut == 0 {
            message.numbers.0 = number;
        }
        message.numbers.1 = number;
        message.cut += bytes;
        message.pieces += 1;
        message.open += 1;
        let is_cut = message.is_cut();
        self.queues.advance(stream, bytes, is_cut);
        if let Some(queue) = self.queues.get_mut(stream) {
            queue.last = number;
        }
        self.begun = (self.format == Format::Data && !is_cut).then_some((stream, id));
        number
    }

    /// The message's number in its stream: given when its first piece goes out.
    fn message_number(&mut self, id: MessageId) -> u32 {
        let message = self.messages.get_mut(id);
        if let Some(number) = message.number {
            return number;
        }
        let next = self.queues.get_mut(message.stream).map(|queue| match message.ordered {
            true => &mut queue.next_ordered,
            false => &mut queue.next_unordered,
        });
        let number = next.map_or(0, |next| {
            let number = *next;
            *next = number.wrapping_add(1);
            number
        });
        message.number = Some(number);
        number
    }

    fn write_piece(&self, number: u64, packet: &mut PacketWriter) {
        let sent = self.flight.get(number).expect("it is on the way");
        let message = self.messages.get(sent.message);
        let end = sent.at + sent.bytes;
        let is_last = end == message.data.len();
        // A message's end with nothing behind it: its answer is waited for.
        let immediate = is_last && self.queues.next().is_none();
        let piece = Piece {
            tsn: self.numbering.on_the_wire(number),
            stream: sent.stream,
            ordered: sent.ordered,
            is_first: sent.at == 0,
            is_last,
            immediate,
            message: sent.message_number,
            place: sent.place,
            identifier: message.kind.identifier(),
            payload: &message.data[sent.at..end],
        };
        piece.write(self.format, packet);
    }

    fn on_sent(&mut self, bytes: usize, now: Instant) {
        let mut rate = self.controller.rate();
        if let Some(most) = self.rate_max.filter(|most| rate.is_none_or(|rate| rate > *most)) {
            rate = Some(most);
            // What is delivered shows that bound, not the path.
            self.sampler.on_app_limited(self.flight.bytes());
        }
        self.pacer.on_sent(bytes, rate, now);
        self.arm(now);
    }
}
