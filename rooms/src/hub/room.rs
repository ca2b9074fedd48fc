//! One room and its seats.

use std::time::Instant;

use super::addresses::Source;
use super::connection::ConnectionId;
use super::mail::Mailbox;
use crate::limits::Budget;
use crate::protocol::signalling::{Mode, Participant, ParticipantId};

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
    /// What its owner shows to get it back with its connections.
    pub(super) token: String,
    /// What its owner shows to get its place back when it comes anew.
    pub(super) owner: Option<String>,
    /// Its role in perfect negotiation.
    pub(super) polite: bool,
    /// Where its owner is.
    pub(super) presence: Presence,
    /// Its part of the memory for what waits.
    pub(super) budget: Budget,
    /// Whether its connection to the forwarder is well, or it has none.
    pub(super) media_well: bool,
    /// Whether the others were last told that it is well.
    pub(super) told_present: bool,
    /// Its connections are of no use any more: it begins anew when it comes back.
    pub(super) begins_anew: bool,
}

/// Whether a seat's owner can be reached.
#[derive(Debug)]
pub(super) enum Presence {
    /// By this socket.
    Here(ConnectionId),
    /// Not now: since when, and what is to be handed over.
    Away { since: Instant, mailbox: Mailbox },
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

    /// Its socket, when it has one.
    pub(super) fn connection(&self) -> Option<ConnectionId> {
        match self.presence {
            Presence::Here(connection) => Some(connection),
            Presence::Away { .. } => None,
        }
    }
}

/// One who waits for the host's word.
#[derive(Debug)]
pub(super) struct Waiting {
    /// The id that its seat will have.
    pub(super) id: ParticipantId,
    /// Its socket.
    pub(super) connection: ConnectionId,
    /// Its name.
    pub(super) name: String,
    /// Its secret.
    pub(super) owner: Option<String>,
    /// Since when it waits.
    pub(super) since: Instant,
}

/// A room that somebody has a seat in.
#[derive(Debug)]
pub(super) struct Room {
    /// What the server does in it.
    pub(super) mode: Mode,
    /// In the order they came.
    pub(super) seats: Vec<Seat>,
    /// What every join must bring.
    pub(super) password: Option<String>,
    /// Whether newcomers wait for the host's word.
    pub(super) locked: bool,
    /// Those who do, in the order they came.
    pub(super) waiting: Vec<Waiting>,
    /// In whose account it is.
    pub(super) opened_by: Source,
}

impl Room {
    pub(super) fn new(mode: Mode, password: Option<String>, opened_by: Source) -> Self {
        let (seats, waiting) = (Vec::new(), Vec::new());
        Room { mode, seats, password, locked: false, waiting, opened_by }
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

    /// The one who may lock and admit: whoever is there longest.
    pub(super) fn host(&self) -> Option<&ParticipantId> {
        self.seats.first().map(|seat| &seat.id)
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
