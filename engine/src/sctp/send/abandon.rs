//! Messages that are given up (RFC 3758): after so many attempts, or after a time.
//!
//! 1. All pieces of the message are given up, and what of it was not sent goes.
//! 2. Where nothing but such pieces is between what the peer has and some number, it is told to
//!    wait for none of them: FORWARD-TSN, with the last such message of each stream.
//! 3. It is told again after a round trip, until it answers that it waits no longer.

use std::collections::BTreeMap;
use std::time::Instant;

use super::flight::State;
use super::messages::MessageId;
use super::sender::Sender;
use crate::sctp::config::PACKET_BYTES_MAX;
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
            let bytes = self.messages.get(id).data.len();
            self.queues.advance(stream, bytes, true);
            self.messages.remove(id);
        }
    }

    /// Gives up a message of which pieces were sent.
    pub(super) fn abandon(&mut self, id: MessageId) {
        let message = self.messages.get_mut(id);
        let (stream, (first, last)) = (message.stream, message.numbers);
        let unsent = message.data.len() - message.cut;
        message.data.truncate(message.cut);
        if unsent > 0 {
            self.queues.advance(stream, unsent, true);
            self.begun.take_if(|(_, begun)| *begun == id);
        }
        for number in first.max(self.flight.cumulative() + 1)..=last {
            let of_it = self.flight.get(number).is_some_and(|piece| piece.message == id);
            if of_it {
                self.flight.set(number, State::Abandoned);
            }
        }
        self.note_forward();
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
                self.abandon(id);
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
        if packet.len() + bytes > PACKET_BYTES_MAX && !packet.is_empty() {
            return;
        }
        self.forward = None;
        self.forwarded_at = Some(now);
        if reached > self.flight.cumulative() {
            forward::write(packet, self.format, self.numbering.on_the_wire(reached), &skipped);
        }
    }
}
