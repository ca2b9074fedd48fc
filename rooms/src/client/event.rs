//! What a participant learns of its room and its connection.

use std::fmt;
use std::time::Duration;

use lapwing_engine::{Bitrate, MediaKind, Mid, ReceivedFrame, Rid, SelectedPair};

use super::error::ClientError;
use crate::protocol::data::{ChatMessage, FileMessage};
use crate::protocol::signalling::{
    ErrorMessage, LeaveReason, Mode, Participant, ParticipantId, Source,
};
use crate::text::line;

/// Something that happened.
#[derive(Debug)]
pub enum PeerEvent {
    /// A seat in the room. Told again, with `resumed`, after a lost socket.
    Joined(Joined),
    /// Somebody came.
    ParticipantJoined(Participant),
    /// Somebody went.
    ParticipantLeft(Participant, LeaveReason),
    /// The signalling socket was lost; media go on meanwhile.
    SignallingLost {
        /// Why.
        error: ClientError,
        /// When the next attempt comes.
        retry: Duration,
    },
    /// Media and data can flow. Told again when they can after a break.
    Connected(SelectedPair),
    /// The path gives no answer; it may come back, and other paths are tried.
    Disconnected,
    /// The connection is over, because one of the two left or began again.
    LinkClosed,
    /// A track comes in.
    TrackAdded(RemoteTrack),
    /// A track comes in no more.
    TrackEnded(RemoteTrack),
    /// A frame of a track.
    Frame(ReceivedFrame),
    /// The other side wants a keyframe of this source of ours, of one layer or of all.
    KeyframeRequested(Source, Option<Rid>),
    /// What the network towards the other side is thought to carry.
    BandwidthEstimated(Bitrate),
    /// One of the data channels opened.
    ChannelOpened(Label),
    /// A message on the chat channel, with who sent it.
    Chat(ParticipantId, ChatMessage),
    /// An answer on the echo channel, with the time it took.
    Echo(Duration),
    /// A control message on the file channel, and the peer it came from.
    File(ParticipantId, FileMessage),
    /// A chunk on the file channel.
    FileChunk(std::sync::Arc<[u8]>),
    /// The other side has not answered for long; it is waited for.
    NoAnswer,
    /// There is no path to the other side yet; the search goes on.
    NoPath(NoPath),
    /// A description of the other side's was refused, which changed nothing; why.
    DescriptionRefused(String),
    /// The connection of a participant is lost for now, or is well again.
    Presence(Participant, bool),
    /// The room is locked, and its host is asked whether we may come in.
    Waiting,
    /// We are the host, and somebody wants to come in.
    Knock(Participant),
    /// Somebody wants to come in no more, or was decided on.
    KnockEnded(Participant),
    /// Who decides, or whether newcomers wait, has changed.
    Room {
        /// We are the host.
        host: bool,
        /// Newcomers wait for the host's word.
        locked: bool,
    },
    /// A message that breaks the protocol of its channel came; what it was about.
    Dropped(&'static str),
    /// The server could not do what was asked for; the rest goes on.
    Refused(ErrorMessage),
    /// Nothing more can be done here.
    Failed(PeerError),
}

/// A seat in the room.
#[derive(Clone, Debug)]
pub struct Joined {
    /// Our own id.
    pub id: ParticipantId,
    /// What the server does.
    pub mode: Mode,
    /// The others.
    pub participants: Vec<Participant>,
    /// The seat is the one we had before; connections go on.
    pub resumed: bool,
}

/// The data channels of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// Chat and what is switched on.
    Chat,
    /// Sends everything back.
    Echo,
    /// Files.
    File,
}

impl Label {
    /// All three.
    pub const ALL: [Label; 3] = [Label::Chat, Label::Echo, Label::File];

    /// As it is said in band.
    pub const fn name(self) -> &'static str {
        match self {
            Label::Chat => crate::protocol::data::CHAT_LABEL,
            Label::Echo => crate::protocol::data::ECHO_LABEL,
            Label::File => crate::protocol::data::FILE_LABEL,
        }
    }
}

/// A track that comes in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteTrack {
    /// Its m-line.
    pub mid: Mid,
    /// Audio or video.
    pub kind: MediaKind,
    /// Whose it is.
    pub participant: ParticipantId,
    /// What it is.
    pub source: Source,
}

/// Addresses between which there is no path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoPath {
    /// Addresses here.
    pub local: Vec<String>,
    /// Addresses there.
    pub remote: Vec<String>,
    /// The other side is the server, which forwards.
    pub forwarded: bool,
}

impl fmt::Display for NoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the other side cannot be reached over UDP, from here ({}) to there ({}): a firewall or \
             the network may block it; try another network, or have UDP let through",
            list(&self.local),
            list(&self.remote)
        )?;
        f.write_str(match self.forwarded {
            true => "; whoever runs the server can see whether its UDP port is open",
            false => "; in a room without ?mode=direct, media go through the server",
        })
    }
}

/// Why a participant gives up.
#[derive(Debug)]
pub enum PeerError {
    /// There is no server, or it says no.
    Client(ClientError),
    /// The other side's description cannot be taken.
    Negotiation(String),
    /// No pair of addresses gave a path in time, or the path died and none was found again.
    NoPath(NoPath),
    /// The DTLS handshake or the transport failed.
    Transport(String),
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PeerError::Client(error) => error.fmt(f),
            PeerError::Negotiation(text) => {
                write!(f, "the other side's description cannot be taken: {}", line(text))
            }
            PeerError::NoPath(no_path) => write!(f, "ICE failed: {no_path}"),
            PeerError::Transport(text) => write!(f, "the connection broke: {}", line(text)),
        }
    }
}

fn list(addresses: &[String]) -> String {
    if addresses.is_empty() { "no address".to_owned() } else { line(&addresses.join(", ")) }
}

impl std::error::Error for PeerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            PeerError::Client(error) => error.source(),
            _ => None,
        }
    }
}
