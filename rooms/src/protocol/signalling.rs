//! Signalling: JSON text messages over the WebSocket at `/ws/ROOM`.
//!
//! The flow, which `docs/signalling.md` tells in full:
//!
//! 1. the client opens the socket and sends [`ClientMessage::Join`];
//! 2. the server answers [`ServerMessage::Welcome`] or a fatal [`ServerMessage::Error`];
//! 3. both sides send descriptions and candidates as WebRTC's negotiation asks;
//! 4. the server tells who comes and goes;
//! 5. in a locked room, [`ServerMessage::Waiting`] comes first and the host decides;
//! 6. a lost socket is replaced within [`RESUME_SECONDS`] by a join with the resume token.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Version of this protocol; a client with another one is refused.
pub const VERSION: u32 = 1;

/// The peer id of the forwarding server. No participant is ever given it.
pub const SERVER_ID: &str = "server";

/// Largest WebSocket message, in bytes: a description of the largest size, escaped as JSON, and
/// room for what is around it.
pub const MESSAGE_BYTES_MAX: usize = 192 * 1024;

/// Largest SDP, in bytes. A room of twelve with three tracks each makes about 70 KiB.
pub const SDP_BYTES_MAX: usize = 128 * 1024;

/// Largest candidate line, in bytes. Real ones stay under 250, with long mDNS names.
pub const CANDIDATE_BYTES_MAX: usize = 1024;

/// Longest name of a participant, in characters: fits under a tile on a telephone.
pub const NAME_CHARS_MAX: usize = 40;

/// Longest name of a room, in bytes: it is part of a link that people read aloud.
pub const ROOM_NAME_BYTES_MAX: usize = 64;

/// Messages a client may send per second in the long run.
pub const MESSAGES_PER_SECOND: u32 = 20;

/// Messages a client may send at once: descriptions and candidates of a few peers come in bursts.
pub const MESSAGES_BURST: u32 = 120;

/// A client of which nothing was heard for so long is taken for gone. WebSocket pongs count.
pub const IDLE_SECONDS: u32 = 45;

/// How often the server pings each client.
pub const PING_SECONDS: u32 = 5;

/// A client whose pong is missing for so long is taken for absent: its seat may be taken over by
/// its owner, and the others are told that its connection is lost.
pub const SILENT_SECONDS: u32 = 10;

/// Longest password of a room, in bytes.
pub const PASSWORD_BYTES_MAX: usize = 128;

/// Shortest and longest owner's secret, in bytes of `A-Z a-z 0-9 _ -`: below the first it could be
/// guessed.
pub const OWNER_BYTES_MIN: usize = 16;
/// See [`OWNER_BYTES_MIN`].
pub const OWNER_BYTES_MAX: usize = 64;

/// Newcomers that may wait for the host of a locked room: each makes the host's page ask.
pub const WAITING_MAX: usize = 8;

/// How long a newcomer waits for the host's word before it is sent away.
pub const WAITING_SECONDS: u32 = 60;

/// How long the seat of a lost client is kept for it to come back with its resume token.
pub const RESUME_SECONDS: u32 = 30;

/// Most entries in [`Description::tracks`]: three sources of each of twelve participants fit.
pub const TRACKS_MAX: usize = 64;

/// Names a participant of one room: ten characters of `[a-z0-9]` given by the server, or
/// [`SERVER_ID`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ParticipantId(pub String);

impl ParticipantId {
    /// The peer which a forwarding server is.
    pub fn server() -> Self {
        ParticipantId(SERVER_ID.to_owned())
    }

    /// Whether this is [`SERVER_ID`].
    pub fn is_server(&self) -> bool {
        self.0 == SERVER_ID
    }
}

impl fmt::Display for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the server does in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Two participants talk to each other; the server only signals.
    Direct,
    /// Everyone talks to the server, which forwards media, chat and files.
    Forward,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Direct => "direct",
            Mode::Forward => "forward",
        })
    }
}

/// The kind of a session description, as in the browser's `RTCSdpType`. Rollback is local and is
/// never sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SdpType {
    /// An offer.
    Offer,
    /// A provisional answer.
    Pranswer,
    /// An answer.
    Answer,
}

/// The browser's `RTCSessionDescriptionInit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionDescription {
    /// Offer or answer.
    #[serde(rename = "type")]
    pub kind: SdpType,
    /// The SDP, at most [`SDP_BYTES_MAX`] bytes.
    pub sdp: String,
}

/// The browser's `RTCIceCandidateInit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IceCandidate {
    /// `candidate:..`, at most [`CANDIDATE_BYTES_MAX`] bytes. An empty text ends one generation.
    pub candidate: String,
    /// The `a=mid` of its m-line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<String>,
    /// The index of its m-line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_m_line_index: Option<u16>,
    /// The ICE user fragment of its generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<String>,
}

/// What a track shows or carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A voice.
    Microphone,
    /// A face.
    Camera,
    /// A shared screen or window.
    Screen,
}

/// As it is written in messages.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Source::Microphone => "microphone",
            Source::Camera => "camera",
            Source::Screen => "screen",
        })
    }
}

/// Says whose track an m-line carries towards the receiver of the message, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackLabel {
    /// Whose it is; absent when it is the sender's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participant: Option<ParticipantId>,
    /// What it is.
    pub source: Source,
}

/// One who is in the room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Its id.
    pub id: ParticipantId,
    /// Its name, for people.
    pub name: String,
}

/// The browser's `RTCIceServer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceServer {
    /// `stun:` and `turn:` URLs.
    pub urls: Vec<String>,
    /// TURN user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// TURN password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// The limits the server holds its clients to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
    /// Participants in this room.
    pub participants: usize,
    /// Bytes of a WebSocket message.
    pub message_bytes: usize,
    /// Bytes of an SDP.
    pub sdp_bytes: usize,
    /// Messages per second in the long run.
    pub messages_per_second: u32,
    /// Messages at once.
    pub messages_burst: u32,
    /// Seconds of silence after which a client is taken for gone.
    pub idle_seconds: u32,
    /// Seconds for which a lost client's seat is kept.
    pub resume_seconds: u32,
}

/// Client to server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ClientMessage {
    /// First message on every socket.
    Join {
        /// [`VERSION`].
        version: u32,
        /// Up to [`NAME_CHARS_MAX`] characters.
        name: String,
        /// From the welcome before the socket was lost.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<String>,
        /// The room's password, 1 to [`PASSWORD_BYTES_MAX`] bytes. The first join of a room sets
        /// it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<String>,
        /// A secret of the client's, [`OWNER_BYTES_MIN`] to [`OWNER_BYTES_MAX`] bytes, by which it
        /// gets back a seat whose socket is gone or silent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
    },
    /// A session description for a peer.
    Description(Description),
    /// A candidate for a peer.
    Candidate(Candidate),
    /// From the host only: whether newcomers wait for its word.
    Lock {
        /// Whether they do.
        locked: bool,
    },
    /// From the host only: its word about one who waits.
    Admit {
        /// Who, as named by [`ServerMessage::Knock`].
        id: ParticipantId,
        /// Whether it comes in.
        admit: bool,
    },
    /// Answered by a pong with the same number.
    Ping {
        /// Any number.
        n: u64,
    },
    /// The client goes for good; its seat is freed at once.
    Leave,
}

/// A session description on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The other peer: the addressee on the way to the server, the origin on the way from it.
    pub peer: ParticipantId,
    /// The description.
    pub description: SessionDescription,
    /// By mid, what the sender's tracks are. Mids not named are unknown or carry nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tracks: BTreeMap<String, TrackLabel>,
}

/// A candidate on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The other peer: the addressee on the way to the server, the origin on the way from it.
    pub peer: ParticipantId,
    /// The candidate; `null` says that there are no more (RFC 8838 section 13).
    pub candidate: Option<IceCandidate>,
}

/// Server to client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum ServerMessage {
    /// The client is in the room.
    Welcome(Welcome),
    /// Somebody came.
    ParticipantJoined {
        /// Who.
        participant: Participant,
    },
    /// Somebody went.
    ParticipantLeft {
        /// Who.
        id: ParticipantId,
        /// Why.
        reason: LeaveReason,
    },
    /// The connection of somebody is lost for now, or is well again.
    ParticipantPresence {
        /// Whose.
        id: ParticipantId,
        /// Whether it is well.
        present: bool,
    },
    /// The host, or whether the room is locked, has changed.
    Room {
        /// Who may lock and admit.
        host: ParticipantId,
        /// Whether newcomers wait for the host's word.
        locked: bool,
    },
    /// The room is locked: the host is asked. A welcome or a fatal error follows.
    Waiting {
        /// How the host names this client; its participant's id once it is in.
        id: ParticipantId,
    },
    /// To the host: somebody waits.
    Knock {
        /// Who.
        id: ParticipantId,
        /// Its name, for people.
        name: String,
    },
    /// To the host: one who waited was decided on, or is gone.
    KnockEnded {
        /// Who.
        id: ParticipantId,
    },
    /// A description from a peer.
    Description(Description),
    /// A candidate from a peer.
    Candidate(Candidate),
    /// Answer to a ping.
    Pong {
        /// The number of the ping.
        n: u64,
    },
    /// Something is wrong with what the client sent or with the room.
    Error(ErrorMessage),
}

/// The answer to a join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Welcome {
    /// [`VERSION`].
    pub version: u32,
    /// The client's own id.
    pub id: ParticipantId,
    /// The room's name.
    pub room: String,
    /// What the server does in it.
    pub mode: Mode,
    /// The others, in the order they came.
    pub participants: Vec<Participant>,
    /// The client's role in perfect negotiation: a polite peer gives way when offers collide.
    pub polite: bool,
    /// True when the token was good: same id as before, connections go on.
    pub resumed: bool,
    /// Token for a join after a lost socket.
    pub resume: String,
    /// For the client's ICE agent.
    pub ice_servers: Vec<IceServer>,
    /// Who may lock the room and admit newcomers: the one who is there longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<ParticipantId>,
    /// Whether newcomers wait for the host's word.
    #[serde(default)]
    pub locked: bool,
    /// What the server holds the client to.
    pub limits: Limits,
}

/// Why somebody is no longer in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaveReason {
    /// It said so.
    Left,
    /// Its socket was lost and it did not come back in time.
    Lost,
    /// The server put it out, for abuse or because its connection failed.
    Removed,
}

/// What is wrong, for the program and for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorMessage {
    /// For the program.
    pub code: ErrorCode,
    /// What happened, in words.
    pub message: String,
    /// What to do about it, in words.
    pub hint: String,
    /// The server closes the socket after this message.
    pub fatal: bool,
}

/// Kinds of error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    /// Not JSON, not text, or not a message of this protocol.
    BadMessage,
    /// Another version of the protocol.
    BadVersion,
    /// A room name with characters outside `[A-Za-z0-9._-]`, empty or too long.
    BadRoom,
    /// An empty or too long name.
    BadName,
    /// A message before the join.
    NotJoined,
    /// A second join on one socket.
    AlreadyJoined,
    /// The room holds no more.
    RoomFull,
    /// The server holds no more rooms or sockets.
    ServerFull,
    /// The addressee is not in the room, or cannot be talked to in this mode.
    UnknownParticipant,
    /// A part of the message is over its limit.
    TooLarge,
    /// More messages than the limit.
    RateLimited,
    /// Nothing heard for too long.
    Idle,
    /// Another socket took the seat with the resume token.
    Replaced,
    /// A description or candidate that the server's engine refuses.
    Negotiation,
    /// The room has a password and the join brought none.
    PasswordRequired,
    /// The room has another password.
    WrongPassword,
    /// The host said no, nobody answered, or too many wait already.
    NotAdmitted,
    /// More sockets, joins or rooms from this address than the limit.
    TooManyConnections,
    /// The server goes down.
    ShuttingDown,
}

#[cfg(test)]
mod tests;
