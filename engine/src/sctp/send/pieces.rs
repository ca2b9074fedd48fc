//! Pieces that go out: which, when, and how they are cut.

use std::time::Instant;

use super::flight::{Sent, State};
use super::messages::MessageId;
use super::sender::Sender;
use crate::sctp::config::PACKET_BYTES_BASE;
use crate::sctp::data::{Format, Piece};
use crate::sctp::path_mtu::Probe;
use crate::sctp::wire::{CHUNK_HEADER, PacketWriter};

/// What is left of a packet that a message's piece is cut to fit; into less, only what is whole
/// goes.
const CUT_MIN: usize = PACKET_BYTES_BASE / 2;

/// The same beside a piece of the largest size, where the path carries more than that.
const CUT_BESIDE_MIN: usize = 128;

/// Pieces above the one that the peer misses first: what fills the largest window that anybody
/// announces, by pieces of 700 bytes, of which the largest packets hold two. A peer that misses one
/// for ever and has all others gets no more.
const PIECES_MAX: usize = 48 << 10;

impl Sender {
    /// The probe of the path that is due.
    pub(crate) fn path_probe(&mut self, now: Instant) -> Option<Probe> {
        self.path.poll(self.trip.timeout(), now)
    }

    /// A probe of the path was answered.
    pub(crate) fn on_path_answer(&mut self, probe: Probe, now: Instant) {
        self.path.on_answer(probe, now);
    }

    /// Packets take another way from here on.
    pub(crate) fn on_path_changed(&mut self, now: Instant) {
        self.path.on_path_changed(now);
    }

    /// Something could go out now.
    pub(crate) fn has_something(&mut self, now: Instant) -> bool {
        for id in std::mem::take(&mut self.fresh) {
            self.messages.begin_time(id, now);
        }
        self.skip_expired(now);
        let has_data = !self.flight.lost.is_empty() || self.turn().is_some();
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
        // What goes out again has to come.
        let is_again = !self.flight.lost.is_empty();
        let size = if is_again { self.path.base() } else { self.path.size() };
        let before = self.flight.highest();
        let is_full = !self.add_pieces(size, packet, now);
        if packet.len() > self.path.base() {
            self.flight.note_large(before);
        }
        let is_idle = !is_full && self.flight.lost.is_empty() && self.turn().is_none();
        if is_idle && self.flight.bytes() < self.controller.window() {
            self.sampler.on_app_limited(self.flight.bytes());
        }
    }

    /// Pieces up to this size of the packet. False where it is full.
    fn add_pieces(&mut self, size: usize, packet: &mut PacketWriter, now: Instant) -> bool {
        while self.may_send(now) {
            let room = size.saturating_sub(packet.len() + CHUNK_HEADER);
            let Some(room) = room.checked_sub(self.format.fixed()).filter(|room| *room > 0) else {
                return false;
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
        true
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
            self.abandon(message, now);
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
        let was_large = std::mem::take(&mut sent.is_large);
        sent.sent_at = now;
        sent.transmission = transmission;
        sent.snapshot = snapshot;
        if was_large {
            self.path.on_large_lost(now);
        }
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
        let Some((stream, id)) = self.turn() else { return false };
        let left = self.messages.get(id).unsent();
        let cut_min = if self.path.size() > self.path.base() { CUT_BESIDE_MIN } else { CUT_MIN };
        if left > room && room < cut_min {
            return false;
        }
        let bytes = left.min(room).min(self.piece_max);
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
            is_large: false,
        });
        if message.cut == 0 {
            message.numbers.0 = number;
        }
        message.numbers.1 = number;
        message.cut += bytes as u64;
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
        let is_last = message.body.ends_at(sent.at + sent.bytes as u64);
        // A message's end with nothing behind it: its answer is waited for.
        let immediate = is_last && self.turn().is_none();
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
            payload: &[],
        };
        piece.write(self.format, message.body.slices(sent.at, sent.bytes), packet);
    }

    fn on_sent(&mut self, bytes: usize, now: Instant) {
        let mut rate = self.controller.rate();
        if let Some(most) = self.rate_max.filter(|most| rate.is_none_or(|rate| rate > *most)) {
            rate = Some(most);
            // What is delivered shows that bound, not the path.
            self.sampler.on_app_limited(self.flight.bytes());
        }
        self.pacer.on_sent(bytes, rate, now);
        self.path.on_sent(bytes, now);
        self.arm(now);
    }
}
