//! The lobby of a locked room: who waits there, and what the host says.

use std::time::{Duration, Instant};

use super::checks::error;
use super::connection::{ConnectionId, Place};
use super::effect::Effect;
use super::newcomer::Newcomer;
use super::room::Waiting;
use super::rooms::Hub;
use crate::protocol::signalling::{
    ErrorCode, ErrorMessage, ParticipantId, ServerMessage, WAITING_MAX, WAITING_SECONDS,
};

impl Hub {
    /// Lets a newcomer wait for the host's word.
    pub(super) fn wait(
        &mut self,
        connection: ConnectionId,
        name_of_room: &str,
        newcomer: Newcomer,
        now: Instant,
    ) -> Result<(), ErrorMessage> {
        let room = self.rooms.get_mut(name_of_room).expect("it was found locked");
        if room.waiting.len() >= WAITING_MAX {
            return Err(not_admitted("Too many wait before this room already."));
        }
        let id = self.entropy.participant_id();
        let Newcomer { name, owner, .. } = newcomer;
        let waiting = Waiting { id: id.clone(), connection, name, owner, since: now };
        let knock = ServerMessage::Knock { id: id.clone(), name: waiting.name.clone() };
        room.waiting.push(waiting);
        let host = room.host().cloned();
        let found = self.connections.get_mut(&connection).expect("messages come from open ones");
        found.place = Place::Waiting(id.clone());
        self.effects.push_back(Effect::Send(connection, ServerMessage::Waiting { id }));
        if let Some(host) = host {
            self.send(&host, knock);
        }
        Ok(())
    }

    /// The host locks the room, or lets in whoever comes and whoever waits.
    pub(super) fn lock(&mut self, by: &ParticipantId, locked: bool) -> Result<(), ErrorMessage> {
        let name = self.room_of_host(by)?;
        let room = self.rooms.get_mut(&name).expect("its host was found in it");
        if std::mem::replace(&mut room.locked, locked) == locked {
            return Ok(());
        }
        let waiting: Vec<ParticipantId> = room.waiting.iter().map(|one| one.id.clone()).collect();
        self.tell_room(&name);
        if !locked {
            for id in waiting {
                self.decide(&name, &id, Ok(()));
            }
        }
        Ok(())
    }

    /// The host's word about one who waits. One who has gone meanwhile is passed over.
    pub(super) fn admit(
        &mut self,
        by: &ParticipantId,
        id: &ParticipantId,
        admit: bool,
    ) -> Result<(), ErrorMessage> {
        let name = self.room_of_host(by)?;
        let no = || not_admitted("The host did not let you in.");
        self.decide(&name, id, if admit { Ok(()) } else { Err(no()) });
        Ok(())
    }

    fn room_of_host(&self, id: &ParticipantId) -> Result<String, ErrorMessage> {
        let name = self.seated.get(id).map(String::as_str).unwrap_or_default();
        let host = self.rooms.get(name).and_then(|room| room.host());
        (host == Some(id)).then(|| name.to_owned()).ok_or_else(|| {
            let hint = "Ask whoever has been in the room longest.";
            error(ErrorCode::BadMessage, "Only the host of the room may do that.", hint)
        })
    }

    fn decide(&mut self, name: &str, id: &ParticipantId, word: Result<(), ErrorMessage>) {
        let Some(waiting) = self.take_waiting(name, id) else { return };
        let Waiting { id, connection, name: name_of_person, owner, .. } = waiting;
        let done = word.and_then(|()| self.make_place(name, connection, None)).map(|()| {
            self.sit(connection, name, id, name_of_person, owner);
        });
        if let Err(error) = done {
            self.refuse(connection, error);
        }
    }

    /// Takes one out of the lobby, and tells the host.
    pub(super) fn take_waiting(&mut self, name: &str, id: &ParticipantId) -> Option<Waiting> {
        let room = self.rooms.get_mut(name)?;
        let index = room.waiting.iter().position(|one| one.id == *id)?;
        let waiting = room.waiting.remove(index);
        let host = room.host().cloned();
        if let Some(connection) = self.connections.get_mut(&waiting.connection) {
            connection.place = Place::New;
        }
        if let Some(host) = host {
            self.send(&host, ServerMessage::KnockEnded { id: id.clone() });
        }
        Some(waiting)
    }

    /// Sends those away for whom nobody opened.
    pub(super) fn end_waiting(&mut self, now: Instant) {
        let patience = Duration::from_secs(WAITING_SECONDS.into());
        let late: Vec<(String, ParticipantId)> = (self.rooms.iter())
            .flat_map(|(name, room)| room.waiting.iter().map(move |one| (name, one)))
            .filter(|(_, one)| now >= one.since + patience)
            .map(|(name, one)| (name.clone(), one.id.clone()))
            .collect();
        for (name, id) in late {
            self.decide(&name, &id, Err(not_admitted("Nobody opened for you.")));
        }
    }

    /// Tells everyone in a room who its host is and whether it is locked.
    pub(super) fn tell_room(&mut self, name: &str) {
        let Some(room) = self.rooms.get(name) else { return };
        let Some(host) = room.host().cloned() else { return };
        let locked = room.locked;
        for id in room.seats.iter().map(|seat| seat.id.clone()).collect::<Vec<_>>() {
            self.send(&id, ServerMessage::Room { host: host.clone(), locked });
        }
    }

    /// Asks a new host about those who wait.
    pub(super) fn knock_again(&mut self, name: &str) {
        let Some(room) = self.rooms.get(name) else { return };
        let Some(host) = room.host().cloned() else { return };
        let knocks: Vec<ServerMessage> = (room.waiting.iter())
            .map(|one| ServerMessage::Knock { id: one.id.clone(), name: one.name.clone() })
            .collect();
        for knock in knocks {
            self.send(&host, knock);
        }
    }
}

/// The answer to one who does not come in.
pub(super) fn not_admitted(message: &str) -> ErrorMessage {
    error(ErrorCode::NotAdmitted, message, "Ask those in the room, then join again.")
}
