//! The hub itself.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::addresses::{Addresses, Source};
use super::checks::{self, error, too_many};
use super::connection::{Connection, ConnectionId, Place};
use super::effect::{Effect, Notice};
use super::entropy::Entropy;
use super::newcomer::Newcomer;
use super::room::Room;
use crate::limits::{Budget, QUEUED_BYTES_MAX};
use crate::protocol::signalling::{
    Candidate, ClientMessage, Description, ErrorCode, ErrorMessage, IDLE_SECONDS, IceServer,
    LeaveReason, MESSAGE_BYTES_MAX, MESSAGES_PER_SECOND, Mode, ParticipantId, RESUME_SECONDS,
    ServerMessage,
};

/// Rooms of one server. Each costs memory while somebody has a seat in it, and names are free.
pub const ROOMS_MAX: usize = 256;

/// Sockets of one server: each may hold a message of the largest size.
pub const CONNECTIONS_MAX: usize = 1024;

/// How long a socket may stay without a join.
pub const JOIN_SECONDS: u32 = 10;

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
    /// Sockets that one address may have at the same time.
    pub sockets_per_address: usize,
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
    pub(super) addresses: Addresses,
    budget: Budget,
    connections_opened: u64,
    pub(super) effects: VecDeque<Effect>,
}

impl Hub {
    /// A hub without rooms.
    pub fn new(config: HubConfig, entropy: Entropy) -> Self {
        Hub {
            addresses: Addresses::new(config.sockets_per_address),
            budget: Budget::new(QUEUED_BYTES_MAX),
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

    /// A socket was opened on the path of `room` from an address. Gives its name, and the memory
    /// for what waits on its behalf.
    pub fn open(
        &mut self,
        room: &str,
        mode: Option<Mode>,
        from: IpAddr,
        now: Instant,
    ) -> (ConnectionId, Budget) {
        self.connections_opened += 1;
        let id = ConnectionId(self.connections_opened);
        let full = self.connections.len() >= CONNECTIONS_MAX;
        let source = Source::of(from);
        let (budget, few) = self.addresses.open(source, &self.budget, now);
        let connection = Connection::new(room, mode, source, &budget, now);
        let budget = connection.budget.clone();
        self.connections.insert(id, connection);
        if !few {
            let hint = "Close other windows, or ask whoever runs the server for more.";
            self.refuse(id, too_many("Too many sockets from your address.", hint));
        } else if full {
            let hint = "Try again in a minute.";
            self.refuse(id, error(ErrorCode::ServerFull, "The server is full.", hint));
        } else if let Err(error) = checks::room_name(room) {
            self.refuse(id, error);
        }
        (id, budget)
    }

    /// The memory for what waits on behalf of a participant.
    pub fn budget_of(&mut self, id: &ParticipantId) -> Option<Budget> {
        let room = self.rooms.get_mut(self.seated.get(id)?)?;
        room.seat(id).map(|seat| seat.budget.clone())
    }

    /// More waits on behalf of a participant than may: it is put out.
    pub fn overwhelmed(&mut self, id: &ParticipantId) {
        let message = "More waits to be done for you than may wait.";
        let error = error(ErrorCode::RateLimited, message, "Wait, then join again.");
        match self.connection_of(id) {
            Some(connection) => self.refuse(connection, error),
            None => self.leave(id, LeaveReason::Removed),
        }
    }

    /// Anything at all came from a socket.
    pub fn heard(&mut self, id: ConnectionId, now: Instant) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.heard_at = now;
        if let Place::Seated(seat) = connection.place.clone() {
            self.update_presence(&seat, now);
        }
    }

    /// A text message came. Unknown connections are passed over: they were closed from here.
    pub fn text(&mut self, id: ConnectionId, text: &str, now: Instant) {
        if !self.counts(id, now) {
            return;
        }
        if text.len() > MESSAGE_BYTES_MAX {
            let message = format!("The message is over {MESSAGE_BYTES_MAX} bytes.");
            return self.refuse(id, error(ErrorCode::TooLarge, message, "Send less."));
        }
        match serde_json::from_str(text) {
            Ok(message) => self.message(id, message, now),
            Err(fault) => {
                let message = format!("The message was not understood: {fault}.");
                self.refuse(id, error(ErrorCode::BadMessage, message, "Reload the page."));
            }
        }
    }

    /// A binary message came, which this protocol has not.
    pub fn binary(&mut self, id: ConnectionId, now: Instant) {
        if self.counts(id, now) {
            let message = "A binary message was not understood.";
            self.refuse(id, error(ErrorCode::BadMessage, message, "Send JSON text."));
        }
    }

    /// Whether a message of this connection is looked at.
    fn counts(&mut self, id: ConnectionId, now: Instant) -> bool {
        self.heard(id, now);
        let Some(connection) = self.connections.get_mut(&id) else { return false };
        let ok = connection.bucket.take(now);
        if !ok {
            let message = format!("More than {MESSAGES_PER_SECOND} messages per second.");
            self.refuse(id, error(ErrorCode::RateLimited, message, "Wait, then join again."));
        }
        ok
    }

    /// Time passed: call about once per second.
    pub fn tick(&mut self, now: Instant) {
        let idle = Duration::from_secs(IDLE_SECONDS.into());
        let to_join = Duration::from_secs(JOIN_SECONDS.into());
        let late: Vec<(ConnectionId, bool)> = (self.connections.iter())
            .filter_map(|(id, c)| match &c.place {
                Place::New => (now >= c.opened_at + to_join).then_some((*id, false)),
                Place::Waiting(_) | Place::Seated(_) => {
                    (now >= c.heard_at + idle).then_some((*id, true))
                }
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
        self.end_waiting(now);
        self.update_presences(now);
        self.addresses.tick(now);
    }

    /// The server goes down: everyone is told.
    pub fn shut_down(&mut self) {
        for id in self.connections.keys().copied().collect::<Vec<_>>() {
            let hint = "The page comes back by itself when the server does.";
            self.tell(id, error(ErrorCode::ShuttingDown, "The server goes down.", hint));
            self.effects.push_back(Effect::Close(id, CLOSE_AWAY));
        }
        self.connections.clear();
        self.rooms.clear();
        self.seated.clear();
    }

    /// The forwarding engine has something for a participant.
    pub fn notice(&mut self, notice: Notice, now: Instant) {
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
            Notice::Connection { id, well } => self.media(&id, well, now),
            Notice::Failed { id } => self.remove(&id, CLOSE_POLICY),
            Notice::Restarted { culprit } => self.forwarder_restarted(culprit.as_ref()),
        }
    }

    fn message(&mut self, id: ConnectionId, message: ClientMessage, now: Instant) {
        let Some(connection) = self.connections.get(&id) else { return };
        let place = connection.place.clone();
        let done = match (message, place) {
            (ClientMessage::Join { version, name, resume, password, owner }, Place::New) => {
                let newcomer = Newcomer { name, resume, password, owner };
                checks::join(version, &newcomer).and_then(|()| self.join(id, newcomer, now))
            }
            (ClientMessage::Join { .. }, _) => {
                let hint = "Open another socket for another participant.";
                Err(error(ErrorCode::AlreadyJoined, "This socket has joined already.", hint))
            }
            (ClientMessage::Ping { n }, Place::Waiting(_) | Place::Seated(_)) => {
                self.effects.push_back(Effect::Send(id, ServerMessage::Pong { n }));
                Ok(())
            }
            (ClientMessage::Leave, Place::Waiting(_)) => {
                self.forget_connection(id);
                self.effects.push_back(Effect::Close(id, CLOSE_NORMAL));
                Ok(())
            }
            (_, Place::New | Place::Waiting(_)) => {
                Err(error(ErrorCode::NotJoined, "A join comes first.", "Reload the page."))
            }
            (message, Place::Seated(seat)) => self.said(id, &seat, message, now),
        };
        if let Err(error) = done {
            self.refuse(id, error);
        }
    }

    /// A message of one who has a seat.
    fn said(
        &mut self,
        id: ConnectionId,
        seat: &ParticipantId,
        message: ClientMessage,
        now: Instant,
    ) -> Result<(), ErrorMessage> {
        match message {
            ClientMessage::Description(d) => self.relay_description(id, seat.clone(), d, now),
            ClientMessage::Candidate(c) => self.relay_candidate(seat.clone(), c),
            ClientMessage::Lock { locked } => self.lock(seat, locked),
            ClientMessage::Admit { id, admit } => self.admit(seat, &id, admit),
            ClientMessage::Leave => {
                self.goodbye(id, seat);
                Ok(())
            }
            ClientMessage::Join { .. } | ClientMessage::Ping { .. } => Ok(()),
        }
    }
}
