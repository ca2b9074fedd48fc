//! One room and its seats.

use std::time::Instant;

use super::connection::ConnectionId;
use crate::protocol::signalling::{Mode, Participant, ParticipantId, ServerMessage};

/// Participants of a room in direct mode: a connection has two ends.
const DIRECT_PARTICIPANTS: usize = 2;

/// Participants of a room in forward mode. Each gets up to three tracks of each other, so the work
/// grows with the square: twelve are 396 tracks.
const FORWARD_PARTICIPANTS: usize = 12;

/// A place in a room, which outlives the socket.
#[derive(Debug)]
pub(super) struct Seat {
    /// Whose it is.
    pub(super) id: ParticipantId,
    /// The name shown to the others.
    pub(super) name: String,
    /// What its owner shows to get it back.
    pub(super) token: String,
    /// Its role in perfect negotiation.
    pub(super) polite: bool,
    /// Where its owner is.
    pub(super) presence: Presence,
}

/// Whether a seat's owner can be reached.
#[derive(Debug)]
pub(super) enum Presence {
    /// By this socket.
    Here(ConnectionId),
    /// Not now: since when, and what is to be handed over.
    Away { since: Instant, mailbox: Vec<ServerMessage> },
}

impl Seat {
    /// As the others see it.
    pub(super) fn participant(&self) -> Participant {
        Participant { id: self.id.clone(), name: self.name.clone() }
    }

    /// Since when its owner is away.
    pub(super) fn away_since(&self) -> Option<Instant> {
        match self.presence {
            Presence::Here(_) => None,
            Presence::Away { since, .. } => Some(since),
        }
    }
}

/// A room that somebody has a seat in.
#[derive(Debug)]
pub(super) struct Room {
    /// What the server does in it.
    pub(super) mode: Mode,
    /// In the order they came.
    pub(super) seats: Vec<Seat>,
}

impl Room {
    pub(super) fn new(mode: Mode) -> Self {
        Room { mode, seats: Vec::new() }
    }

    /// How many a room of this mode holds.
    pub(super) fn capacity(mode: Mode) -> usize {
        match mode {
            Mode::Direct => DIRECT_PARTICIPANTS,
            Mode::Forward => FORWARD_PARTICIPANTS,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.seats.len() >= Room::capacity(self.mode)
    }

    /// The role of the next one to come: everyone is polite towards the server; of two, one is.
    pub(super) fn next_is_polite(&self) -> bool {
        match self.mode {
            Mode::Forward => true,
            Mode::Direct => self.seats.first().is_some_and(|other| !other.polite),
        }
    }

    pub(super) fn seat(&mut self, id: &ParticipantId) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.id == *id)
    }

    /// The seat whose owner has been away longest.
    pub(super) fn longest_away(&self) -> Option<ParticipantId> {
        let away = self.seats.iter().filter_map(|seat| Some((seat.away_since()?, &seat.id)));
        away.min_by_key(|(since, _)| *since).map(|(_, id)| id.clone())
    }

    /// Everyone but `id`, for a welcome.
    pub(super) fn others(&self, id: &ParticipantId) -> Vec<Participant> {
        self.seats.iter().filter(|seat| seat.id != *id).map(Seat::participant).collect()
    }
}
