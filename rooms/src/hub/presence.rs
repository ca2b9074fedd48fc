//! Who is well and who is lost for now, as the others are told.

use std::time::Instant;

use super::effect::{Command, Effect};
use super::rooms::{CLOSE_POLICY, Hub};
use crate::protocol::signalling::{Mode, ParticipantId, ServerMessage};

impl Hub {
    /// Tells the others when a participant was lost or is well again.
    pub(super) fn update_presence(&mut self, id: &ParticipantId, now: Instant) {
        let Some(name) = self.seated.get(id).cloned() else { return };
        let Some(seat) = self.rooms.get_mut(&name).and_then(|room| room.seat(id)) else { return };
        let socket = seat.connection().and_then(|connection| self.connections.get(&connection));
        let present = seat.media_well && socket.is_some_and(|socket| !socket.is_silent(now));
        if std::mem::replace(&mut seat.told_present, present) == present {
            return;
        }
        for other in self.others(&name, id) {
            let message = ServerMessage::ParticipantPresence { id: id.clone(), present };
            self.send(&other, message);
        }
    }

    /// The same for everyone, since silence makes no sound.
    pub(super) fn update_presences(&mut self, now: Instant) {
        for id in self.seated.keys().cloned().collect::<Vec<_>>() {
            self.update_presence(&id, now);
        }
    }

    /// Tells a newcomer who of the others is lost for now.
    pub(super) fn tell_absences(&mut self, room: &str, to: &ParticipantId) {
        let seats = self.rooms.get(room).map(|room| room.seats.as_slice()).unwrap_or_default();
        let lost = seats.iter().filter(|seat| seat.id != *to && !seat.told_present);
        let lost: Vec<ParticipantId> = lost.map(|seat| seat.id.clone()).collect();
        for id in lost {
            self.send(to, ServerMessage::ParticipantPresence { id, present: false });
        }
    }

    /// The connection of a participant to the forwarder was lost or is well again.
    pub(super) fn media(&mut self, id: &ParticipantId, well: bool, now: Instant) {
        let room = self.seated.get(id).and_then(|name| self.rooms.get_mut(name));
        if let Some(seat) = room.and_then(|room| room.seat(id)) {
            seat.media_well = well;
            self.update_presence(id, now);
        }
    }

    /// The forwarder lost all its connections: everyone in its rooms begins anew. Who brought it
    /// down is put out.
    pub(super) fn forwarder_restarted(&mut self, culprit: Option<&ParticipantId>) {
        if let Some(culprit) = culprit {
            self.remove(culprit, CLOSE_POLICY);
        }
        let forwarded =
            |name: &&String| self.rooms.get(*name).is_some_and(|room| room.mode == Mode::Forward);
        let names: Vec<String> = self.rooms.keys().filter(forwarded).cloned().collect();
        for name in names {
            let Some(room) = self.rooms.get_mut(&name) else { continue };
            let mut here = Vec::new();
            for seat in &mut room.seats {
                seat.media_well = true;
                seat.begins_anew = true;
                let join = Command::Join { room: name.clone(), id: seat.id.clone() };
                self.effects.push_back(Effect::Forward(join));
                here.extend(seat.connection().map(|connection| (connection, seat.id.clone())));
            }
            for (connection, id) in here {
                self.welcome(connection, &name, &id, true);
            }
        }
    }
}
