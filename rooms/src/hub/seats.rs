//! Giving seats up, and passing messages between them.

use std::time::Instant;

use super::checks::{self, error};
use super::connection::{Connection, ConnectionId, Place};
use super::effect::{Command, Effect, LeaveNote, Note};
use super::lobby::not_admitted;
use super::mail::Mailbox;
use super::room::Presence;
use super::rooms::{CLOSE_NORMAL, CLOSE_POLICY, Hub};
use crate::protocol::signalling::{
    Candidate, Description, ErrorCode, ErrorMessage, LeaveReason, Mode, ParticipantId,
    ServerMessage,
};

impl Hub {
    /// Gives a seat up, tells the others, and forgets an empty room.
    pub(super) fn leave(&mut self, id: &ParticipantId, reason: LeaveReason) {
        let Some(name) = self.unseat(id, reason) else { return };
        let Some(room) = self.rooms.get(&name) else { return };
        if !room.seats.is_empty() {
            return;
        }
        let waiting: Vec<ConnectionId> = room.waiting.iter().map(|one| one.connection).collect();
        self.rooms.remove(&name);
        for connection in waiting {
            self.refuse(connection, not_admitted("Everyone has left the room."));
        }
    }

    /// Gives a seat up and tells the others; the room stays. Gives its name.
    pub(super) fn unseat(&mut self, id: &ParticipantId, reason: LeaveReason) -> Option<String> {
        let name = self.seated.remove(id)?;
        let room = self.rooms.get_mut(&name)?;
        let was_host = room.host() == Some(id);
        room.seats.retain(|seat| seat.id != *id);
        let (mode, participants) = (room.mode, room.seats.len());
        for other in self.others(&name, id) {
            let message = ServerMessage::ParticipantLeft { id: id.clone(), reason };
            self.send(&other, message);
        }
        if was_host {
            self.tell_room(&name);
            self.knock_again(&name);
        }
        if mode == Mode::Forward {
            self.effects.push_back(Effect::Forward(Command::Leave { id: id.clone() }));
        }
        let note = LeaveNote { room: name.clone(), id: id.clone(), reason, participants };
        self.effects.push_back(Effect::Note(Note::Left(note)));
        Some(name)
    }

    /// Puts a participant out, with its socket if it has one.
    pub(super) fn remove(&mut self, id: &ParticipantId, close: u16) {
        let connection = self.connection_of(id);
        self.leave(id, LeaveReason::Removed);
        if let Some(connection) = connection {
            self.forget_connection(connection);
            self.effects.push_back(Effect::Close(connection, close));
        }
    }

    pub(super) fn connection_of(&mut self, id: &ParticipantId) -> Option<ConnectionId> {
        let room = self.rooms.get_mut(self.seated.get(id)?)?;
        room.seat(id)?.connection()
    }

    /// Takes a connection out of the table, and out of the lobby.
    pub(super) fn forget_connection(&mut self, id: ConnectionId) -> Option<Connection> {
        let connection = self.connections.remove(&id)?;
        self.addresses.close(connection.source);
        if let Place::Waiting(waiting) = &connection.place {
            self.take_waiting(&connection.room, waiting);
        }
        Some(connection)
    }

    /// The socket is gone, without a word.
    pub fn closed(&mut self, id: ConnectionId, now: Instant) {
        let Some(connection) = self.forget_connection(id) else { return };
        let Place::Seated(seat_id) = connection.place else { return };
        let Some(room) = self.rooms.get_mut(&connection.room) else { return };
        let Some(seat) = room.seat(&seat_id) else { return };
        seat.presence = Presence::Away { since: now, mailbox: Mailbox::default() };
        let note = Note::Away { room: connection.room, id: seat_id.clone() };
        self.effects.push_back(Effect::Note(note));
        self.update_presence(&seat_id, now);
    }

    pub(super) fn others(&self, room: &str, id: &ParticipantId) -> Vec<ParticipantId> {
        let seats = self.rooms.get(room).map(|room| room.seats.as_slice()).unwrap_or_default();
        seats.iter().map(|seat| seat.id.clone()).filter(|other| other != id).collect()
    }

    /// To a participant, or into its mailbox; one whose mailbox is full is given up.
    pub(super) fn send(&mut self, id: &ParticipantId, message: ServerMessage) {
        let Some(room) = self.seated.get(id).and_then(|name| self.rooms.get_mut(name)) else {
            return;
        };
        let Some(seat) = room.seat(id) else { return };
        match &mut seat.presence {
            Presence::Here(connection) => {
                self.effects.push_back(Effect::Send(*connection, message));
            }
            Presence::Away { mailbox, .. } => {
                if !mailbox.put(message, &seat.budget) {
                    self.leave(id, LeaveReason::Lost);
                }
            }
        }
    }

    pub(super) fn relay_description(
        &mut self,
        id: ConnectionId,
        from: ParticipantId,
        description: Description,
        now: Instant,
    ) -> Result<(), ErrorMessage> {
        checks::description(&description)?;
        let kib = u32::try_from(description.description.sdp.len().div_ceil(1024));
        let connection = self.connections.get_mut(&id).expect("messages come from open ones");
        if !connection.sdp.take_many(kib.expect("its size was checked"), now) {
            let message = "Too many bytes of descriptions within a short time.";
            return Err(error(ErrorCode::RateLimited, message, "Wait, then join again."));
        }
        let to = self.addressee(&from, &description.peer)?;
        let description = Description { peer: from, ..description };
        match to {
            Some(to) => self.send(&to, ServerMessage::Description(description)),
            None => self.effects.push_back(Effect::Forward(Command::Description(description))),
        }
        Ok(())
    }

    pub(super) fn relay_candidate(
        &mut self,
        from: ParticipantId,
        candidate: Candidate,
    ) -> Result<(), ErrorMessage> {
        checks::candidate(&candidate)?;
        let to = self.addressee(&from, &candidate.peer)?;
        let candidate = Candidate { peer: from, ..candidate };
        match to {
            Some(to) => self.send(&to, ServerMessage::Candidate(candidate)),
            None => self.effects.push_back(Effect::Forward(Command::Candidate(candidate))),
        }
        Ok(())
    }

    /// The participant meant, `None` for the server; an error when this room's mode has no such
    /// peer.
    fn addressee(
        &self,
        from: &ParticipantId,
        to: &ParticipantId,
    ) -> Result<Option<ParticipantId>, ErrorMessage> {
        let name = self.seated.get(from).map(String::as_str).unwrap_or_default();
        let mode = self.rooms.get(name).map(|room| room.mode);
        let ok = match mode {
            Some(Mode::Forward) => to.is_server(),
            Some(Mode::Direct) => self.others(name, from).contains(to),
            None => false,
        };
        let unknown = || {
            let hint = "It may have left a moment ago.";
            error(ErrorCode::UnknownParticipant, "There is no such peer here.", hint)
        };
        ok.then(|| (!to.is_server()).then(|| to.clone())).ok_or_else(unknown)
    }

    /// Tells a client what is wrong, and closes its socket when that is fatal.
    pub(super) fn refuse(&mut self, id: ConnectionId, error: ErrorMessage) {
        let fatal = error.fatal;
        self.tell(id, error);
        if fatal {
            let place = self.forget_connection(id).map(|connection| connection.place);
            if let Some(Place::Seated(seat)) = place {
                self.leave(&seat, LeaveReason::Removed);
            }
            self.effects.push_back(Effect::Close(id, CLOSE_POLICY));
        }
    }

    pub(super) fn tell(&mut self, id: ConnectionId, error: ErrorMessage) {
        let room = self.connections.get(&id).map(|c| c.room.clone()).unwrap_or_default();
        let note = Note::Refused { room, code: error.code };
        self.effects.push_back(Effect::Note(note));
        self.effects.push_back(Effect::Send(id, ServerMessage::Error(error)));
    }

    /// The client goes for good.
    pub(super) fn goodbye(&mut self, id: ConnectionId, seat: &ParticipantId) {
        self.forget_connection(id);
        self.leave(seat, LeaveReason::Left);
        self.effects.push_back(Effect::Close(id, CLOSE_NORMAL));
    }
}
