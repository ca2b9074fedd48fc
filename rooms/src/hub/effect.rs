//! What a [`Hub`](super::Hub) wants done.

use std::fmt;

use serde::Serialize;

use super::connection::ConnectionId;
use crate::protocol::signalling::{
    Candidate, Description, ErrorCode, LeaveReason, Mode, ParticipantId, ServerMessage,
};

/// One thing to be done by whoever drives the hub, in the order they are handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send this to a client.
    Send(ConnectionId, ServerMessage),
    /// Close the socket with this WebSocket close code (RFC 6455 section 7.4). The hub has
    /// forgotten the connection.
    Close(ConnectionId, u16),
    /// For the forwarding engine.
    Forward(Command),
    /// For the log.
    Note(Note),
}

/// From the rooms to the forwarding engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A participant has a seat in a forwarding room.
    Join {
        /// The room.
        room: String,
        /// Who.
        id: ParticipantId,
    },
    /// A participant's seat is given up.
    Leave {
        /// Who.
        id: ParticipantId,
    },
    /// A participant's description for the server. `peer` is the participant.
    Description(Description),
    /// A participant's candidate for the server. `peer` is the participant.
    Candidate(Candidate),
}

impl Command {
    /// Whom it is about.
    pub fn participant(&self) -> &ParticipantId {
        match self {
            Command::Join { id, .. } | Command::Leave { id } => id,
            Command::Description(description) => &description.peer,
            Command::Candidate(candidate) => &candidate.peer,
        }
    }
}

/// From the forwarding engine to the rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The server's description for the participant `peer`.
    Description(Description),
    /// The server's candidate for the participant `peer`.
    Candidate(Candidate),
    /// The engine refused a description or candidate of this participant.
    Refused {
        /// Whose.
        id: ParticipantId,
        /// Why, in words.
        message: String,
    },
    /// The participant's connection was lost for now, or works.
    Connection {
        /// Whose.
        id: ParticipantId,
        /// Whether it works.
        well: bool,
    },
    /// The engine broke down and was started anew without any connection.
    Restarted {
        /// Whom it worked for when it broke.
        culprit: Option<ParticipantId>,
    },
    /// The participant's connection has failed and it did not restart it.
    Failed {
        /// Whose.
        id: ParticipantId,
    },
}

/// A line for the log: what a person who runs the server wants to know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Note {
    /// Somebody came.
    Joined {
        /// The room.
        room: String,
        /// Its mode.
        mode: Mode,
        /// Who.
        id: ParticipantId,
        /// How many are there now.
        participants: usize,
    },
    /// A lost client came back with its token.
    Resumed {
        /// The room.
        room: String,
        /// Who.
        id: ParticipantId,
    },
    /// A client's socket is gone; its seat is kept for a while.
    Away {
        /// The room.
        room: String,
        /// Who.
        id: ParticipantId,
    },
    /// Somebody went.
    Left(LeaveNote),
    /// A client was told of an error.
    Refused {
        /// The room it asked for.
        room: String,
        /// What was wrong.
        code: ErrorCode,
    },
}

/// Somebody went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeaveNote {
    /// The room.
    pub room: String,
    /// Who.
    pub id: ParticipantId,
    /// Why.
    pub reason: LeaveReason,
    /// How many are left.
    pub participants: usize,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Joined { room, mode, id, participants } => {
                write!(f, "room {room} ({mode}): {id} joined, {participants} there")
            }
            Note::Resumed { room, id } => write!(f, "room {room}: {id} is back"),
            Note::Away { room, id } => write!(f, "room {room}: {id} lost its socket"),
            Note::Left(LeaveNote { room, id, reason, participants }) => {
                let how = match reason {
                    LeaveReason::Left => "left",
                    LeaveReason::Lost => "was lost",
                    LeaveReason::Removed => "was removed",
                };
                write!(f, "room {room}: {id} {how}, {participants} there")
            }
            Note::Refused { room, code } => write!(f, "room {room}: refused, {code:?}"),
        }
    }
}
