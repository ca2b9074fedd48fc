//! Coming in: by a token, by an owner's secret, by the password, past the host.

use std::time::{Duration, Instant};

use super::checks::{error, too_many};
use super::connection::{ConnectionId, Place};
use super::effect::{Command, Effect, Note};
use super::newcomer::Newcomer;
use super::room::{Presence, Room, Seat};
use super::rooms::{CLOSE_POLICY, Hub, ROOMS_MAX};
use crate::protocol::signalling::{
    ErrorCode, ErrorMessage, IDLE_SECONDS, LeaveReason, Limits, MESSAGE_BYTES_MAX, MESSAGES_BURST,
    MESSAGES_PER_SECOND, Mode, PING_SECONDS, ParticipantId, RESUME_SECONDS, SDP_BYTES_MAX,
    ServerMessage, VERSION, Welcome,
};

/// Silence after which an owner is believed to be elsewhere: a ping's pong, and a second on the
/// way.
const OWNER_SILENCE: Duration = Duration::from_secs(PING_SECONDS as u64 + 1);

impl Hub {
    /// Gives the connection a seat: its old one for a good token, else a new one, when it may have
    /// one.
    pub(super) fn join(
        &mut self,
        id: ConnectionId,
        newcomer: Newcomer,
        now: Instant,
    ) -> Result<(), ErrorMessage> {
        let connection = self.connections.get(&id).expect("messages come from open connections");
        let (name, source) = (connection.room.clone(), connection.source);
        if !self.addresses.may_join(source, now) {
            return Err(too_many("Too many joins from your address.", "Wait a minute."));
        }
        let token = newcomer.resume.as_deref();
        if let Some(seat) =
            token.and_then(|token| self.seat_where(&name, |seat| is_same(&seat.token, token)))
        {
            self.resume(id, &name, &seat, now);
            return Ok(());
        }
        self.check_password(id, &name, newcomer.password.as_deref(), now)?;
        let own = newcomer.owner.as_deref().and_then(|owner| self.seat_of_owner(&name, owner, now));
        if let Some(own) = &own {
            self.take_over(own);
        } else if self.rooms.get(&name).is_some_and(|room| room.locked) {
            return self.wait(id, &name, newcomer, now);
        }
        self.make_place(&name, id, newcomer.password)?;
        let seat = self.entropy.participant_id();
        self.sit(id, &name, seat, newcomer.name, newcomer.owner);
        Ok(())
    }

    fn seat_where(&self, room: &str, is_it: impl Fn(&Seat) -> bool) -> Option<ParticipantId> {
        let room = self.rooms.get(room)?;
        room.seats.iter().find(|seat| is_it(seat)).map(|seat| seat.id.clone())
    }

    /// The seat of this owner whose socket is gone or silent.
    fn seat_of_owner(&self, room: &str, owner: &str, now: Instant) -> Option<ParticipantId> {
        let is_lost = |seat: &Seat| {
            let socket = seat.connection().and_then(|id| self.connections.get(&id));
            socket.is_none_or(|socket| now >= socket.heard_at + OWNER_SILENCE)
        };
        self.seat_where(room, |seat| {
            seat.owner.as_deref().is_some_and(|known| is_same(known, owner)) && is_lost(seat)
        })
    }

    fn check_password(
        &mut self,
        id: ConnectionId,
        room: &str,
        password: Option<&str>,
        now: Instant,
    ) -> Result<(), ErrorMessage> {
        let Some(wanted) = self.rooms.get(room).and_then(|room| room.password.as_deref()) else {
            return Ok(());
        };
        let Some(password) = password else {
            let hint = "Ask those who opened the room for it.";
            return Err(error(ErrorCode::PasswordRequired, "The room has a password.", hint));
        };
        let source = self.connections.get(&id).expect("messages come from open ones").source;
        // Whoever has guessed too often does not learn whether this one is right.
        if !self.addresses.may_guess(source, now) {
            let message = "Too many wrong passwords from your address.";
            return Err(error(ErrorCode::RateLimited, message, "Wait a minute, then try again."));
        }
        if is_same(wanted, password) {
            return Ok(());
        }
        self.addresses.guessed_wrong(source, now);
        let hint = "Ask those who opened the room for it.";
        Err(error(ErrorCode::WrongPassword, "This is not the room's password.", hint))
    }

    /// Gives a seat up for its owner, who has come anew.
    fn take_over(&mut self, seat: &ParticipantId) {
        let socket = self.connection_of(seat);
        if let Some(socket) = socket {
            let hint = "You are connected in another window.";
            self.tell(socket, error(ErrorCode::Replaced, "Its owner took this seat.", hint));
            self.forget_connection(socket);
            self.effects.push_back(Effect::Close(socket, CLOSE_POLICY));
        }
        // The room stays, with its password and its lock, though it may be empty for a moment.
        self.unseat(seat, LeaveReason::Lost);
    }

    /// Makes sure that the room is there and has a free place: who is away gives way to who is
    /// here.
    pub(super) fn make_place(
        &mut self,
        name: &str,
        id: ConnectionId,
        password: Option<String>,
    ) -> Result<(), ErrorMessage> {
        let connection = self.connections.get(&id).expect("messages come from open connections");
        let (mode, source) = (connection.mode, connection.source);
        let Some(room) = self.rooms.get(name) else {
            if self.rooms.len() >= ROOMS_MAX {
                let message = format!("The server has {ROOMS_MAX} rooms already.");
                return Err(error(ErrorCode::ServerFull, message, "Try again in a minute."));
            }
            let own = self.rooms.values().filter(|room| room.opened_by == source).count();
            if own >= self.addresses.rooms_max() {
                let message = format!("Your address has opened {own} rooms already.");
                return Err(too_many(&message, "Leave one of them first."));
            }
            let wanted = mode.unwrap_or(self.config.mode);
            let mode = if self.config.can_forward { wanted } else { Mode::Direct };
            self.rooms.insert(name.to_owned(), Room::new(mode, password, source));
            return Ok(());
        };
        if !room.is_full() {
            return Ok(());
        }
        let Some(away) = room.longest_away() else {
            let message = format!("The room holds {} and is full.", Room::capacity(room.mode));
            return Err(error(ErrorCode::RoomFull, message, "Open another room."));
        };
        self.unseat(&away, LeaveReason::Lost);
        Ok(())
    }

    /// Takes a new seat in a room that has a free place.
    pub(super) fn sit(
        &mut self,
        id: ConnectionId,
        name_of_room: &str,
        seat_id: ParticipantId,
        name: String,
        owner: Option<String>,
    ) {
        let connection = self.connections.get(&id).expect("messages come from open connections");
        let budget = connection.budget.clone();
        let room = self.rooms.get_mut(name_of_room).expect("a place was made in it");
        let seat = Seat {
            id: seat_id.clone(),
            name,
            token: String::new(),
            owner,
            polite: room.next_is_polite(),
            presence: Presence::Here(id),
            budget,
            media_well: true,
            told_present: true,
            begins_anew: false,
        };
        let participant = seat.participant();
        room.seats.push(seat);
        let (mode, participants) = (room.mode, room.seats.len());
        self.welcome(id, name_of_room, &seat_id, false);
        for other in self.others(name_of_room, &seat_id) {
            let participant = participant.clone();
            self.send(&other, ServerMessage::ParticipantJoined { participant });
        }
        self.tell_absences(name_of_room, &seat_id);
        if mode == Mode::Forward {
            let command = Command::Join { room: name_of_room.to_owned(), id: seat_id.clone() };
            self.effects.push_back(Effect::Forward(command));
        }
        let room = name_of_room.to_owned();
        self.effects.push_back(Effect::Note(Note::Joined {
            room,
            mode,
            id: seat_id,
            participants,
        }));
    }

    /// Puts the connection into an old seat, and whoever holds it out.
    fn resume(&mut self, id: ConnectionId, name: &str, seat_id: &ParticipantId, now: Instant) {
        if let Some(old) = self.connection_of(seat_id) {
            let hint = "You are connected in another window.";
            self.tell(old, error(ErrorCode::Replaced, "Another socket took this seat.", hint));
            self.forget_connection(old);
            self.effects.push_back(Effect::Close(old, CLOSE_POLICY));
        }
        let budget = self.connections.get(&id).map(|connection| connection.budget.clone());
        let room = self.rooms.get_mut(name).expect("the token was found in it");
        let seat = room.seat(seat_id).expect("the token was found on it");
        seat.budget = budget.expect("messages come from open connections");
        let before = std::mem::replace(&mut seat.presence, Presence::Here(id));
        self.welcome(id, name, seat_id, true);
        if let Presence::Away { mailbox, .. } = before {
            self.effects.extend(mailbox.empty().map(|message| Effect::Send(id, message)));
        }
        self.tell_absences(name, seat_id);
        self.update_presence(seat_id, now);
        let note = Note::Resumed { room: name.to_owned(), id: seat_id.clone() };
        self.effects.push_back(Effect::Note(note));
    }

    /// Notes where everyone is and welcomes the one who came, or came back, with a new token.
    pub(super) fn welcome(
        &mut self,
        id: ConnectionId,
        name: &str,
        seat_id: &ParticipantId,
        resumed: bool,
    ) {
        let connection = self.connections.get_mut(&id).expect("messages come from open ones");
        connection.place = Place::Seated(seat_id.clone());
        self.seated.insert(seat_id.clone(), name.to_owned());
        let token = self.entropy.token();
        let room = self.rooms.get_mut(name).expect("the seat is in it");
        let (mode, locked, host) = (room.mode, room.locked, room.host().cloned());
        let participants = room.others(seat_id);
        let seat = room.seat(seat_id).expect("the seat was taken");
        seat.token.clone_from(&token);
        let begins_anew = std::mem::take(&mut seat.begins_anew);
        let welcome = Welcome {
            version: VERSION,
            id: seat_id.clone(),
            room: name.to_owned(),
            mode,
            participants,
            polite: seat.polite,
            resumed: resumed && !begins_anew,
            resume: token,
            ice_servers: self.config.ice_servers.clone(),
            host,
            locked,
            limits: limits(mode),
        };
        self.effects.push_back(Effect::Send(id, ServerMessage::Welcome(welcome)));
    }
}

fn limits(mode: Mode) -> Limits {
    Limits {
        participants: Room::capacity(mode),
        message_bytes: MESSAGE_BYTES_MAX,
        sdp_bytes: SDP_BYTES_MAX,
        messages_per_second: MESSAGES_PER_SECOND,
        messages_burst: MESSAGES_BURST,
        idle_seconds: IDLE_SECONDS,
        resume_seconds: RESUME_SECONDS,
    }
}

/// Compares secrets in a time that says nothing of where they differ.
fn is_same(a: &str, b: &str) -> bool {
    a.len() == b.len() && openssl::memcmp::eq(a.as_bytes(), b.as_bytes())
}
