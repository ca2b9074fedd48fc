//! What happens in the room around a transfer.

use lapwing_rooms::client::PeerEvent;
use lapwing_rooms::transfer::TransferNote;

use crate::join::warning;

/// What a person wants to know of the room and the connection to it.
pub(super) fn note(event: &PeerEvent, room: &str) -> Option<TransferNote> {
    Some(match event {
        PeerEvent::Joined(joined) => TransferNote::Joined {
            room: room.to_owned(),
            mode: joined.mode.to_string(),
            participants: joined.participants.iter().map(|p| p.name.clone()).collect(),
        },
        PeerEvent::Connected(pair) => TransferNote::Connected {
            local: pair.local.to_string(),
            remote: pair.remote.to_string(),
        },
        PeerEvent::Disconnected => {
            TransferNote::Waiting { what: "the path to come back".to_owned() }
        }
        PeerEvent::SignallingLost { error, .. } => {
            TransferNote::Waiting { what: format!("the server: {error}") }
        }
        PeerEvent::Waiting => TransferNote::Waiting {
            what: "being let in: the room is locked, and its host is asked".to_owned(),
        },
        PeerEvent::Presence(who, false) => {
            TransferNote::Warning { what: format!("connection to {} lost", who.name) }
        }
        PeerEvent::Presence(who, true) => {
            TransferNote::Warning { what: format!("{} is back", who.name) }
        }
        PeerEvent::Knock(who) => TransferNote::Warning {
            what: format!(
                "{} wants to come in, which only a page or `lapwing call` can allow",
                who.name
            ),
        },
        other => TransferNote::Warning { what: warning(other)? },
    })
}
