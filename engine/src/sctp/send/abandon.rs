//! Messages that are given up (RFC 3758): after so many attempts, or after a time.
//!
//! 1. All pieces of the message are given up, and what of it was not sent goes.
//! 2. Where nothing but such pieces is between what the peer has and some number, it is told to
//!    wait for none of them: FORWARD-TSN, with the last such message of each stream.
//! 3. It is told again after a round trip, until it answers that it waits no longer.

use std::collections::BTreeMap;
use std::time::Instant;

use super::flight::{Sent, State};
use super::messages::MessageId;
use super::sender::Sender;
use crate::sctp::config::PACKET_BYTES_BASE;
use crate::sctp::data::Format;
use crate::sctp::forward::{self, Skipped, skipped_max};
use crate::sctp::wire::{CHUNK_HEADER, PacketWriter};

impl Sender {
    /// Messages whose time is over before any of them was sent are left out.
    pub(super) fn skip_expired(&mut self, now: Instant) {
        while self.begun.is_none()
            && let Some((stream, id)) = self.queues.next()
            && self.messages.get(id).cut == 0
            && self.messages.get(id).limit.is_reached(0, now)
        {
            let bytes = self.messages.get(id).unsent();
            self.queues.advance(stream, bytes, true);
            self.forget_open(stream, id);
            self.messages.remove(id);
        }
    }

    /// Gives up a message of which pieces were sent.
    pub(super) fn abandon(&mut self, id: MessageId, now: Instant) {
        if !self.messages.get(id).is_cut() && !self.cut_short(id, now) {
            return;
        }
        let (first, last) = self.messages.get(id).numbers;
        for number in first.max(self.flight.cumulative() + 1)..=last {
            let of_it = self.flight.get(number).is_some_and(|piece| piece.message == id);
            if of_it {
                self.flight.set(number, State::Abandoned);
            }
        }
        self.note_forward();
    }

    /// The message is not written to any more.
    fn forget_open(&mut self, stream: u16, id: MessageId) {
        if let Some(queue) = self.queues.get_mut(stream) {
            queue.open.take_if(|open| *open == id);
        }
    }

    /// Nothing more of a message goes out. False where nothing of it is on the way, so that it is
    /// gone. A peer that cannot be told keeps what came, for the rest of the stream's life.
    pub(super) fn cut_short(&mut self, id: MessageId, now: Instant) -> bool {
        let message = self.messages.get_mut(id);
        let (stream, cut, unsent) = (message.stream, message.cut, message.unsent());
        message.body.end_at(cut);
        // One that is begun is in front of its stream. Else it is being written, and the last.
        match cut {
            0 => self.queues.withdraw(stream, unsent),
            _ => self.queues.advance(stream, unsent, true),
        }
        self.forget_open(stream, id);
        self.begun.take_if(|(_, begun)| *begun == id);
        if self.can_abandon && cut > 0 {
            self.stand_in(id, now);
        }
        let is_there = self.messages.get(id).open > 0;
        if !is_there {
            self.messages.remove(id);
        }
        is_there
    }

    /// A number for all of a message that was not sent, given up with the rest: the peer may have
    /// everything that was, and could not be told of a message that ends before its last piece.
    fn stand_in(&mut self, id: MessageId, now: Instant) {
        let snapshot = self.sampler.on_sent(0, self.flight.bytes(), now);
        let message = self.messages.get_mut(id);
        let number = self.flight.push(Sent {
            state: State::OnTheWay,
            message: id,
            at: message.cut,
            bytes: 0,
            place: message.pieces,
            stream: message.stream,
            ordered: message.ordered,
            message_number: message.number.unwrap_or_default(),
            attempts: 1,
            sent_at: now,
            transmission: 0,
            snapshot,
            is_large: false,
        });
        message.numbers.1 = number;
        message.pieces += 1;
        message.open += 1;
        if let Some(queue) = self.queues.get_mut(message.stream) {
            queue.last = number;
        }
    }

    /// Gives up all that was lost and is not to be sent again.
    pub(super) fn abandon_reached(&mut self, now: Instant) {
        let lost: Vec<u64> = self.flight.lost.iter().copied().collect();
        for number in lost {
            // With the first piece of a message, its others are gone.
            let Some(piece) = self.flight.get(number).filter(|it| it.state == State::Lost) else {
                continue;
            };
            let (id, attempts) = (piece.message, piece.attempts);
            if self.messages.get(id).limit.is_reached(attempts, now) {
                self.abandon(id, now);
            }
        }
    }

    fn note_forward(&mut self) {
        let to = self.flight.forward_to();
        if to > self.flight.cumulative() {
            self.forward = Some(to);
        }
    }

    /// The peer answered: whether it is to be told of more, or again since what it was told is
    /// lost.
    pub(super) fn look_forward(&mut self, cumulative: u64, before: u64, now: Instant) {
        self.forward.take_if(|to| *to <= cumulative);
        let round_trip = self.trip.smoothed().unwrap_or_default();
        let is_old = self
            .forwarded_at
            .is_some_and(|at| now.saturating_duration_since(at) > round_trip + round_trip / 4);
        if cumulative > before || is_old {
            self.note_forward();
        }
    }

    /// Tells the peer what it is not to wait for.
    pub(super) fn write_forward(&mut self, packet: &mut PacketWriter, now: Instant) {
        let Some(to) = self.forward.map(|_| self.flight.forward_to()) else { return };
        let mut skipped: BTreeMap<(u16, bool), u32> = BTreeMap::new();
        let mut reached = self.flight.cumulative();
        let entries_max = skipped_max(self.format);
        for number in self.flight.cumulative() + 1..=to {
            let Some(piece) = self.flight.get(number) else { break };
            if piece.ordered || self.format == Format::Interleaved {
                let key = (piece.stream, piece.ordered);
                if skipped.len() == entries_max && !skipped.contains_key(&key) {
                    break;
                }
                skipped.insert(key, piece.message_number);
            }
            reached = number;
        }
        let skipped: Vec<Skipped> = skipped
            .into_iter()
            .map(|((stream, ordered), message)| Skipped { stream, ordered, message })
            .collect();
        let bytes = CHUNK_HEADER + 4 + 8 * skipped.len();
        if packet.len() + bytes > PACKET_BYTES_BASE && !packet.is_empty() {
            return;
        }
        self.forward = None;
        self.forwarded_at = Some(now);
        if reached > self.flight.cumulative() {
            forward::write(packet, self.format, self.numbering.on_the_wire(reached), &skipped);
        }
    }
}
