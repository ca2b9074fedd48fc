//! The hub itself.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::checks::{self, error};
use super::connection::{Connection, ConnectionId};
use super::effect::{Effect, Note, Notice};
use super::entropy::Entropy;
use super::room::{Presence, Room};
use crate::protocol::signalling::{
    Candidate, ClientMessage, Description, ErrorCode, IDLE_SECONDS, IceServer, LeaveReason,
    MESSAGE_BYTES_MAX, MESSAGES_PER_SECOND, Mode, ParticipantId, RESUME_SECONDS, ServerMessage,
};

/// Rooms of one server. Each costs memory while somebody has a seat in it, and names are free.
pub const ROOMS_MAX: usize = 256;

/// Sockets of one server: each may hold a message of the largest size.
pub const CONNECTIONS_MAX: usize = 1024;

/// How long a socket may stay without a join.
pub const JOIN_SECONDS: u32 = 10;

/// Messages kept for a client that is away. A renegotiation with all its candidates fits.
pub const MAILBOX_MAX: usize = 128;

/// WebSocket close codes: normal, going away, and a policy of ours (RFC 6455 section 7.4.1).
pub(super) const CLOSE_NORMAL: u16 = 1000;
const CLOSE_AWAY: u16 = 1001;
pub(super) const CLOSE_POLICY: u16 = 1008;

/// What the person who runs the server chose.
#[derive(Clone, Debug)]
pub struct HubConfig {
    /// Mode of a room whose first participant asks for none.
    pub mode: Mode,
    /// Whether there is an engine to forward. Without one every room is direct.
    pub can_forward: bool,
    /// Handed to every client.
    pub ice_servers: Vec<IceServer>,
}

/// All rooms of a server. After each call, [`Hub::poll`] until it is empty.
#[derive(Debug)]
pub struct Hub {
    pub(super) config: HubConfig,
    pub(super) entropy: Entropy,
    pub(super) rooms: BTreeMap<String, Room>,
    /// Which room a participant sits in.
    pub(super) seated: BTreeMap<ParticipantId, String>,
    pub(super) connections: BTreeMap<ConnectionId, Connection>,
    connections_opened: u64,
    pub(super) effects: VecDeque<Effect>,
}

impl Hub {
    /// A hub without rooms.
    pub fn new(config: HubConfig, entropy: Entropy) -> Self {
        Hub {
            config,
            entropy,
            rooms: BTreeMap::new(),
            seated: BTreeMap::new(),
            connections: BTreeMap::new(),
            connections_opened: 0,
            effects: VecDeque::new(),
        }
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// A socket was opened on the path of `room`.
    pub fn open(&mut self, room: &str, mode: Option<Mode>, now: Instant) -> ConnectionId {
        self.connections_opened += 1;
        let id = ConnectionId(self.connections_opened);
        let full = self.connections.len() >= CONNECTIONS_MAX;
        self.connections.insert(id, Connection::new(room, mode, now));
        if full {
            let hint = "Try again in a minute.";
            self.refuse(id, error(ErrorCode::ServerFull, "The server is full.", hint));
        } else if let Err(error) = checks::room_name(room) {
            self.refuse(id, error);
        }
        id
    }

    /// Anything at all came from a socket.
    pub fn heard(&mut self, id: ConnectionId, now: Instant) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.heard_at = now;
        }
    }

    /// A text message came. Unknown connections are passed over: they were closed from here.
    pub fn text(&mut self, id: ConnectionId, text: &str, now: Instant) {
        if !self.admit(id, now) {
            return;
        }
        if text.len() > MESSAGE_BYTES_MAX {
            let message = format!("The message is over {MESSAGE_BYTES_MAX} bytes.");
            return self.refuse(id, error(ErrorCode::TooLarge, message, "Send less."));
        }
        match serde_json::from_str(text) {
            Ok(message) => self.message(id, message),
            Err(fault) => {
                let message = format!("The message was not understood: {fault}.");
                self.refuse(id, error(ErrorCode::BadMessage, message, "Reload the page."));
            }
        }
    }

    /// A binary message came, which this protocol has not.
    pub fn binary(&mut self, id: ConnectionId, now: Instant) {
        if self.admit(id, now) {
            let message = "A binary message was not understood.";
            self.refuse(id, error(ErrorCode::BadMessage, message, "Send JSON text."));
        }
    }

    /// Whether a message of this connection is looked at.
    fn admit(&mut self, id: ConnectionId, now: Instant) -> bool {
        let Some(connection) = self.connections.get_mut(&id) else { return false };
        connection.heard_at = now;
        let ok = connection.bucket.take(now);
        if !ok {
            let message = format!("More than {MESSAGES_PER_SECOND} messages per second.");
            self.refuse(id, error(ErrorCode::RateLimited, message, "Wait, then join again."));
        }
        ok
    }

    /// The socket is gone, without a word.
    pub fn closed(&mut self, id: ConnectionId, now: Instant) {
        let Some(connection) = self.connections.remove(&id) else { return };
        let Some(seat_id) = connection.seat else { return };
        let Some(room) = self.rooms.get_mut(&connection.room) else { return };
        let Some(seat) = room.seat(&seat_id) else { return };
        seat.presence = Presence::Away { since: now, mailbox: Vec::new() };
        self.effects.push_back(Effect::Note(Note::Away { room: connection.room, id: seat_id }));
    }

    /// Time passed: call about once per second.
    pub fn tick(&mut self, now: Instant) {
        let idle = Duration::from_secs(IDLE_SECONDS.into());
        let to_join = Duration::from_secs(JOIN_SECONDS.into());
        let late: Vec<(ConnectionId, bool)> = (self.connections.iter())
            .filter_map(|(id, c)| match &c.seat {
                Some(_) => (now >= c.heard_at + idle).then_some((*id, true)),
                None => (now >= c.opened_at + to_join).then_some((*id, false)),
            })
            .collect();
        for (id, joined) in late {
            let error = if joined {
                let message = format!("Nothing was heard for {IDLE_SECONDS} seconds.");
                error(ErrorCode::Idle, message, "Check the network; the page comes back itself.")
            } else {
                let message = format!("No join within {JOIN_SECONDS} seconds.");
                error(ErrorCode::NotJoined, message, "Reload the page.")
            };
            self.tell(id, error);
            self.closed(id, now);
            self.effects.push_back(Effect::Close(id, CLOSE_POLICY));
        }
        let kept = Duration::from_secs(RESUME_SECONDS.into());
        let lost: Vec<ParticipantId> = (self.rooms.values().flat_map(|room| &room.seats))
            .filter(|seat| seat.away_since().is_some_and(|since| now >= since + kept))
            .map(|seat| seat.id.clone())
            .collect();
        for id in lost {
            self.leave(&id, LeaveReason::Lost);
        }
    }

    /// The server goes down: everyone is told.
    pub fn shut_down(&mut self) {
        for id in self.connections.keys().copied().collect::<Vec<_>>() {
            let hint = "The page comes back by itself when the server does.";
            self.tell(id, error(ErrorCode::ShuttingDown, "The server goes down.", hint));
            self.effects.push_back(Effect::Close(id, CLOSE_AWAY));
        }
        self.connections.clear();
    }

    /// The forwarding engine has something for a participant.
    pub fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Description(description) => {
                let id = description.peer.clone();
                let from = ParticipantId::server();
                let message = Description { peer: from, ..description };
                self.send(&id, ServerMessage::Description(message));
            }
            Notice::Candidate(candidate) => {
                let id = candidate.peer.clone();
                let from = ParticipantId::server();
                let message = Candidate { peer: from, ..candidate };
                self.send(&id, ServerMessage::Candidate(message));
            }
            Notice::Refused { id, message } => {
                let hint = "The connection is tried again.";
                let error = error(ErrorCode::Negotiation, message, hint);
                self.send(&id, ServerMessage::Error(error));
            }
            Notice::Failed { id } => self.remove(&id, CLOSE_POLICY),
        }
    }

    fn message(&mut self, id: ConnectionId, message: ClientMessage) {
        let seat = self.connections.get(&id).and_then(|c| c.seat.clone());
        let done = match (message, seat) {
            (ClientMessage::Join { version, name, resume, .. }, None) => {
                checks::join(version, &name).and_then(|()| self.join(id, name, resume))
            }
            (ClientMessage::Join { .. }, Some(_)) => {
                let hint = "Open another socket for another participant.";
                Err(error(ErrorCode::AlreadyJoined, "This socket has joined already.", hint))
            }
            (_, None) => {
                Err(error(ErrorCode::NotJoined, "A join comes first.", "Reload the page."))
            }
            (ClientMessage::Description(d), Some(from)) => self.relay_description(from, d),
            (ClientMessage::Candidate(c), Some(from)) => self.relay_candidate(from, c),
            (ClientMessage::Lock { .. } | ClientMessage::Admit { .. }, Some(_)) => Ok(()),
            (ClientMessage::Ping { n }, Some(_)) => {
                self.effects.push_back(Effect::Send(id, ServerMessage::Pong { n }));
                Ok(())
            }
            (ClientMessage::Leave, Some(seat)) => {
                self.goodbye(id, &seat);
                Ok(())
            }
        };
        if let Err(error) = done {
            self.refuse(id, error);
        }
    }
}
