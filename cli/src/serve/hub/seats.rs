//! Taking seats, giving them up, and passing messages between them.

use super::checks::{self, error};
use super::connection::ConnectionId;
use super::effect::{Command, Effect, LeaveNote, Note};
use super::room::{Presence, Room, Seat};
use super::rooms::{CLOSE_NORMAL, CLOSE_POLICY, Hub, MAILBOX_MAX, ROOMS_MAX};
use crate::protocol::signalling::{
    Candidate, Description, ErrorCode, ErrorMessage, IDLE_SECONDS, LeaveReason, Limits,
    MESSAGE_BYTES_MAX, MESSAGES_BURST, MESSAGES_PER_SECOND, Mode, ParticipantId, RESUME_SECONDS,
    SDP_BYTES_MAX, ServerMessage, VERSION, Welcome,
};

impl Hub {
    /// Gives the connection a seat: its old one for a good token, else a new one.
    pub(super) fn join(
        &mut self,
        id: ConnectionId,
        name: String,
        resume: Option<String>,
    ) -> Result<(), ErrorMessage> {
        let connection = self.connections.get(&id).expect("messages come from open connections");
        let (name_of_room, mode) = (connection.room.clone(), connection.mode);
        if let Some(seat) = resume.and_then(|token| self.seat_of_token(&name_of_room, &token)) {
            self.resume(id, &name_of_room, &seat);
            return Ok(());
        }
        self.make_place(&name_of_room, mode)?;
        let seat_id = self.entropy.participant_id();
        let token = self.entropy.token();
        let room = self.rooms.get_mut(&name_of_room).expect("a place was made in it");
        let polite = room.next_is_polite();
        let presence = Presence::Here(id);
        let seat = Seat { id: seat_id.clone(), name, token, polite, presence };
        let participant = seat.participant();
        room.seats.push(seat);
        let (mode, participants) = (room.mode, room.seats.len());
        self.take_seat(id, &name_of_room, &seat_id, false);
        for other in self.others(&name_of_room, &seat_id) {
            let participant = participant.clone();
            self.send(&other, ServerMessage::ParticipantJoined { participant });
        }
        if mode == Mode::Forward {
            let command = Command::Join { room: name_of_room.clone(), id: seat_id.clone() };
            self.effects.push_back(Effect::Forward(command));
        }
        let note = Note::Joined { room: name_of_room, mode, id: seat_id, participants };
        self.effects.push_back(Effect::Note(note));
        Ok(())
    }

    fn seat_of_token(&self, room: &str, token: &str) -> Option<ParticipantId> {
        let same = |a: &str, b: &str| {
            a.len() == b.len() && openssl::memcmp::eq(a.as_bytes(), b.as_bytes())
        };
        let room = self.rooms.get(room)?;
        room.seats.iter().find(|seat| same(&seat.token, token)).map(|seat| seat.id.clone())
    }

    /// Makes sure that the room is there and has a free place: who is away gives way to who is here.
    fn make_place(&mut self, name: &str, mode: Option<Mode>) -> Result<(), ErrorMessage> {
        let Some(room) = self.rooms.get(name) else {
            if self.rooms.len() >= ROOMS_MAX {
                let message = format!("The server has {ROOMS_MAX} rooms already.");
                return Err(error(ErrorCode::ServerFull, message, "Try again in a minute."));
            }
            let wanted = mode.unwrap_or(self.config.mode);
            let mode = if self.config.can_forward { wanted } else { Mode::Direct };
            self.rooms.insert(name.to_owned(), Room::new(mode));
            return Ok(());
        };
        if !room.is_full() {
            return Ok(());
        }
        let Some(away) = room.longest_away() else {
            let message = format!("The room holds {} and is full.", Room::capacity(room.mode));
            return Err(error(ErrorCode::RoomFull, message, "Open another room."));
        };
        let mode = room.mode;
        self.leave(&away, LeaveReason::Lost);
        self.rooms.entry(name.to_owned()).or_insert_with(|| Room::new(mode));
        Ok(())
    }

    /// Puts the connection into an old seat, and whoever holds it out.
    fn resume(&mut self, id: ConnectionId, room_name: &str, seat_id: &ParticipantId) {
        let token = self.entropy.token();
        let room = self.rooms.get_mut(room_name).expect("the token was found in it");
        let seat = room.seat(seat_id).expect("the token was found on it");
        seat.token = token;
        let before = std::mem::replace(&mut seat.presence, Presence::Here(id));
        if let Presence::Here(old) = before {
            let hint = "You are connected in another window.";
            self.tell(old, error(ErrorCode::Replaced, "Another socket took this seat.", hint));
            self.connections.remove(&old);
            self.effects.push_back(Effect::Close(old, CLOSE_POLICY));
        }
        self.take_seat(id, room_name, seat_id, true);
        if let Presence::Away { mailbox, .. } = before {
            self.effects.extend(mailbox.into_iter().map(|message| Effect::Send(id, message)));
        }
        let note = Note::Resumed { room: room_name.to_owned(), id: seat_id.clone() };
        self.effects.push_back(Effect::Note(note));
    }

    /// Notes where everyone is and welcomes the newcomer.
    fn take_seat(&mut self, id: ConnectionId, name: &str, seat_id: &ParticipantId, resumed: bool) {
        let connection = self.connections.get_mut(&id).expect("messages come from open ones");
        connection.seat = Some(seat_id.clone());
        self.seated.insert(seat_id.clone(), name.to_owned());
        let room = self.rooms.get_mut(name).expect("the seat is in it");
        let (mode, participants) = (room.mode, room.others(seat_id));
        let seat = room.seat(seat_id).expect("the seat was taken");
        let limits = Limits {
            participants: Room::capacity(mode),
            message_bytes: MESSAGE_BYTES_MAX,
            sdp_bytes: SDP_BYTES_MAX,
            messages_per_second: MESSAGES_PER_SECOND,
            messages_burst: MESSAGES_BURST,
            idle_seconds: IDLE_SECONDS,
            resume_seconds: RESUME_SECONDS,
        };
        let welcome = Welcome {
            version: VERSION,
            id: seat_id.clone(),
            room: name.to_owned(),
            mode,
            participants,
            polite: seat.polite,
            resumed,
            resume: seat.token.clone(),
            ice_servers: self.config.ice_servers.clone(),
            host: None,
            locked: false,
            limits,
        };
        self.effects.push_back(Effect::Send(id, ServerMessage::Welcome(welcome)));
    }

    /// Gives a seat up, tells the others, and forgets an empty room.
    pub(super) fn leave(&mut self, id: &ParticipantId, reason: LeaveReason) {
        let Some(name) = self.seated.remove(id) else { return };
        let Some(room) = self.rooms.get_mut(&name) else { return };
        room.seats.retain(|seat| seat.id != *id);
        let (mode, participants) = (room.mode, room.seats.len());
        if participants == 0 {
            self.rooms.remove(&name);
        }
        for other in self.others(&name, id) {
            let message = ServerMessage::ParticipantLeft { id: id.clone(), reason };
            self.send(&other, message);
        }
        if mode == Mode::Forward {
            self.effects.push_back(Effect::Forward(Command::Leave { id: id.clone() }));
        }
        let note = LeaveNote { room: name, id: id.clone(), reason, participants };
        self.effects.push_back(Effect::Note(Note::Left(note)));
    }

    /// Puts a participant out, with its socket if it has one.
    pub(super) fn remove(&mut self, id: &ParticipantId, close: u16) {
        let connection = self.connection_of(id);
        self.leave(id, LeaveReason::Removed);
        if let Some(connection) = connection {
            self.connections.remove(&connection);
            self.effects.push_back(Effect::Close(connection, close));
        }
    }

    fn connection_of(&mut self, id: &ParticipantId) -> Option<ConnectionId> {
        let room = self.rooms.get_mut(self.seated.get(id)?)?;
        match room.seat(id)?.presence {
            Presence::Here(connection) => Some(connection),
            Presence::Away { .. } => None,
        }
    }

    fn others(&self, room: &str, id: &ParticipantId) -> Vec<ParticipantId> {
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
            Presence::Away { mailbox, .. } if mailbox.len() < MAILBOX_MAX => mailbox.push(message),
            Presence::Away { .. } => self.leave(id, LeaveReason::Lost),
        }
    }

    pub(super) fn relay_description(
        &mut self,
        from: ParticipantId,
        description: Description,
    ) -> Result<(), ErrorMessage> {
        checks::description(&description)?;
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

    /// The participant meant, `None` for the server; an error when this room's mode has no such peer.
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
            let seat = self.connections.remove(&id).and_then(|connection| connection.seat);
            if let Some(seat) = seat {
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
        self.connections.remove(&id);
        self.leave(seat, LeaveReason::Left);
        self.effects.push_back(Effect::Close(id, CLOSE_NORMAL));
    }
}
