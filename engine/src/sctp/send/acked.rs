//! What a SACK tells (RFC 9260 section 6.2.1).

use std::time::Instant;

use super::flight::{Sent, State};
use super::sender::Sender;
use crate::sctp::congestion::{Ack, Loss};
use crate::sctp::sack::SackView;

/// What one SACK brought.
#[derive(Debug, Default)]
struct Found {
    bytes: usize,
    /// Of the newest piece that was sent once.
    newest: Option<(u64, Instant)>,
    /// A piece that was taken for lost came by its first transmission.
    was_not_lost: bool,
    has_progress: bool,
}

impl Sender {
    /// What the peer has. One that is old, or speaks of what was never sent, is passed over.
    pub(crate) fn on_sack(&mut self, sack: &SackView<'_>, now: Instant) {
        let before = self.flight.cumulative();
        let read = self.numbering.read(sack.cumulative, before);
        let Some(cumulative) = read.filter(|it| (before..=self.flight.highest()).contains(it))
        else {
            return;
        };
        let above = |distance: u16| cumulative + u64::from(distance);
        let blocks: Vec<_> = sack.blocks().map(|(from, to)| (above(from), above(to))).collect();
        if blocks.last().is_some_and(|(_, last)| *last > self.flight.highest()) {
            return;
        }
        let in_flight_before = self.flight.bytes();
        let mut found = Found { has_progress: cumulative > before, ..Found::default() };
        self.pass(cumulative, now, &mut found);
        self.mark(&blocks, now, &mut found);
        let was_closed = self.window == 0;
        self.window = sack.window as usize;
        if was_closed && self.window > 0 && !found.has_progress {
            self.ask_again();
        }
        self.hear_repeated(sack, &mut found);
        if found.bytes > 0 {
            self.trip.on_progress();
        }
        if let Some((_, sent_at)) = found.newest {
            self.trip.measure(now.saturating_duration_since(sent_at), now);
        }
        self.detect_losses(now);
        if found.was_not_lost {
            self.controller.on_spurious_loss();
        }
        self.tell_controller(&found, in_flight_before, now);
        self.look_forward(cumulative, before, now);
        self.rearm(found.has_progress || found.bytes > 0, now);
    }

    /// The peer has all up to this.
    fn pass(&mut self, cumulative: u64, now: Instant, found: &mut Found) {
        self.flight.acknowledged.pass(cumulative);
        while self.flight.cumulative() < cumulative {
            let number = self.flight.cumulative() + 1;
            self.acknowledge(number, now, found);
            let Some(piece) = self.flight.pop() else { return };
            self.close(&piece);
        }
    }

    /// The window opened, and what is on the way had no room: it goes out again, and is no sign of
    /// congestion.
    fn ask_again(&mut self) {
        for number in self.flight.numbers() {
            let state = self.flight.get(number).map(|piece| piece.state);
            if state == Some(State::OnTheWay) {
                self.flight.set(number, State::Lost);
            }
        }
    }

    /// It has these above.
    fn mark(&mut self, blocks: &[(u64, u64)], now: Instant, found: &mut Found) {
        let mut acknowledged = std::mem::take(&mut self.flight.acknowledged);
        acknowledged.merge(blocks, |first, last| {
            (first..=last).for_each(|number| self.acknowledge(number, now, found));
        });
        self.flight.acknowledged = acknowledged;
    }

    /// The peer has a piece, and perhaps had it before.
    fn acknowledge(&mut self, number: u64, now: Instant, found: &mut Found) {
        let Some(piece) = self.flight.get(number) else { return };
        match piece.state {
            // What was given up stays so: the peer is told of it as a whole.
            State::Acknowledged | State::Abandoned => return,
            State::Lost => found.was_not_lost |= piece.attempts == 1,
            State::OnTheWay => {}
        }
        let piece = piece.clone();
        self.flight.set(number, State::Acknowledged);
        found.bytes += piece.bytes;
        if piece.attempts == 1 && found.newest.is_none_or(|(newest, _)| number > newest) {
            found.newest = Some((number, piece.sent_at));
        }
        if piece.is_large {
            self.path.on_large_delivered();
        }
        self.sampler.on_delivered(piece.bytes, piece.snapshot, piece.sent_at, now);
        self.recovery.on_acknowledged(number, &piece, &self.trip, now);
    }

    /// A piece is over: with the last one of a message, it is.
    pub(super) fn close(&mut self, piece: &Sent) {
        let message = self.messages.get_mut(piece.message);
        message.body.release(piece.at + piece.bytes as u64);
        message.open -= 1;
        if message.open == 0 && message.is_cut() {
            self.messages.remove(piece.message);
        }
    }

    fn hear_repeated(&mut self, sack: &SackView<'_>, found: &mut Found) {
        for _ in sack.repeated() {
            found.was_not_lost |= self.recovery.on_repeated(&self.flight);
        }
    }

    /// What is lost at this time goes out again.
    pub(super) fn detect_losses(&mut self, now: Instant) {
        let mut lost = Vec::new();
        self.timers.reorder = self.recovery.detect(&self.flight, &self.trip, now, &mut lost);
        for number in lost {
            self.lose(number, now);
        }
    }

    fn lose(&mut self, number: u64, now: Instant) {
        let in_flight = self.flight.bytes();
        let Some(piece) = self.flight.get(number) else { return };
        let (id, attempts, bytes) = (piece.message, piece.attempts, piece.bytes);
        let (snapshot, is_new) = (piece.snapshot, self.recovery.on_lost(number, &self.flight));
        self.flight.set(number, State::Lost);
        let lost_since = self.sampler.on_lost(bytes, &snapshot);
        self.controller.on_loss(&Loss {
            now,
            bytes,
            in_flight,
            in_flight_sent: snapshot.in_flight(),
            lost_since,
            is_new,
        });
        if self.messages.get(id).limit.is_reached(attempts, now) {
            self.abandon(id, now);
        }
    }

    fn tell_controller(&mut self, found: &Found, in_flight_before: usize, now: Instant) {
        if found.bytes == 0 {
            return;
        }
        self.controller.on_ack(&Ack {
            now,
            bytes: found.bytes,
            in_flight: self.flight.bytes(),
            in_flight_before,
            delivered: self.sampler.delivered(),
            round_trip: found.newest.map(|(_, at)| now.saturating_duration_since(at)),
            smoothed: self.trip.smoothed().unwrap_or_default(),
            sample: self.sampler.sample(),
            in_recovery: self.recovery.is_recovering(&self.flight),
            is_app_limited: self.sampler.is_app_limited(),
        });
    }
}
