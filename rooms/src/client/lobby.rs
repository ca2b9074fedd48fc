//! The door of a room: who decides, and who waits.

use std::collections::BTreeMap;

use super::event::PeerEvent;
use crate::protocol::signalling::{Participant, ParticipantId, WAITING_MAX};
use crate::text::line;

/// What is known of the door.
#[derive(Clone, Debug, Default)]
pub(super) struct Lobby {
    host: Option<ParticipantId>,
    locked: bool,
    waiting: BTreeMap<ParticipantId, Participant>,
}

impl Lobby {
    /// Something that the server says at a welcome or later. Gives what is worth telling.
    pub(super) fn on_room(
        &mut self,
        host: Option<ParticipantId>,
        locked: bool,
        me: Option<&ParticipantId>,
    ) -> Option<PeerEvent> {
        let was = (self.is_host(me), self.locked);
        (self.host, self.locked) = (host, locked);
        if !self.is_host(me) {
            self.waiting.clear();
        }
        let is = (self.is_host(me), self.locked);
        (was != is).then_some(PeerEvent::Room { host: is.0, locked: is.1 })
    }

    fn is_host(&self, me: Option<&ParticipantId>) -> bool {
        me.is_some() && self.host.as_ref() == me
    }

    /// Somebody wants to come in.
    pub(super) fn on_knock(&mut self, id: ParticipantId, name: &str) -> Option<PeerEvent> {
        if self.waiting.len() >= WAITING_MAX && !self.waiting.contains_key(&id) {
            return None;
        }
        let participant = Participant { id: id.clone(), name: line(name) };
        self.waiting.insert(id, participant.clone());
        Some(PeerEvent::Knock(participant))
    }

    /// Somebody wants to come in no more.
    pub(super) fn on_knock_ended(&mut self, id: &ParticipantId) -> Option<PeerEvent> {
        self.waiting.remove(id).map(PeerEvent::KnockEnded)
    }

    /// Those who wait and have this name, or this id.
    pub(super) fn find(&self, who: &str) -> Vec<ParticipantId> {
        let fits = |participant: &&Participant| participant.name == who || participant.id.0 == who;
        self.waiting.values().filter(fits).map(|participant| participant.id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ParticipantId {
        ParticipantId(name.to_owned())
    }

    #[test]
    fn who_waits_is_known_to_the_host_up_to_a_limit() {
        let me = id("me");
        let mut lobby = Lobby::default();
        assert!(lobby.on_room(Some(id("other")), false, Some(&me)).is_none());
        let told = lobby.on_room(Some(me.clone()), true, Some(&me));
        assert!(matches!(told, Some(PeerEvent::Room { host: true, locked: true })));
        for number in 0..20 {
            lobby.on_knock(id(&number.to_string()), "Bob\u{1b}");
        }
        assert_eq!(lobby.find("Bob\\u{1b}").len(), WAITING_MAX);
        assert_eq!(lobby.find("3"), [id("3")]);
        assert!(matches!(lobby.on_knock_ended(&id("3")), Some(PeerEvent::KnockEnded(_))));
        assert!(lobby.on_knock_ended(&id("3")).is_none());
        lobby.on_room(Some(id("other")), true, Some(&me));
        assert!(lobby.find("4").is_empty());
    }
}
