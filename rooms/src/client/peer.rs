//! One participant of a room: its seat, its connection, and what goes over it. It does no input
//! and output itself: a loop carries signalling messages and the engine's events in and out.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_engine::{
    AudioRedundancy, Bitrate, ChannelWriteError, Codec, Config, EncodedFrame, Event, IceServer,
    KeyframeRequestKind, Mid, NegotiationRole, Rid, Rtc, Stats, WriteError, WriteOptions,
};

use super::config::PeerConfig;
use super::error::ClientError;
use super::event::{Joined, Label, PeerError, PeerEvent};
use super::ice_servers::usable;
use super::link::Link;
use super::lobby::Lobby;
use super::signalling::SignallingEvent;
use crate::protocol::data::{ChatMessage, FileMessage};
use crate::protocol::signalling::{
    ClientMessage, ErrorCode, ErrorMessage, Mode, Participant, ParticipantId, ServerMessage,
    Source, Welcome,
};
use crate::text::line;

/// Our own seat.
#[derive(Clone, Debug)]
struct Seat {
    id: ParticipantId,
    mode: Mode,
    polite: bool,
}

/// A participant.
///
/// The loop that drives it does in each turn: hand in signalling events and engine events, call
/// [`Peer::step`], take events and messages out, and let the driver turn [`Peer::rtc`]. When
/// [`Peer::generation`] has changed there is a new connection, which wants a new driver.
pub struct Peer {
    config: PeerConfig,
    /// As the server last told them.
    ice_servers: Vec<IceServer>,
    seat: Option<Seat>,
    participants: BTreeMap<ParticipantId, Participant>,
    lobby: Lobby,
    link: Link,
    retired: Option<Rtc>,
    /// The end of the recording of a connection that was over.
    recorded: Vec<u8>,
    generation: u32,
    events: VecDeque<PeerEvent>,
    outbox: VecDeque<ClientMessage>,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("seat", &self.seat)
            .field("remote", &self.link.remote)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

impl Peer {
    /// A participant without a seat yet.
    pub fn new(config: PeerConfig, now: Instant) -> Self {
        let rtc = new_rtc(&config, &[], 0, true, now);
        Peer {
            link: Link::new(rtc, None, false, &config),
            config,
            ice_servers: Vec::new(),
            seat: None,
            participants: BTreeMap::new(),
            lobby: Lobby::default(),
            retired: None,
            recorded: Vec::new(),
            generation: 0,
            events: VecDeque::new(),
            outbox: VecDeque::new(),
        }
    }

    /// The connection, for the driver.
    pub fn rtc(&mut self) -> &mut Rtc {
        &mut self.link.rtc
    }

    /// Counts connections.
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The connection before this one, which still has its goodbye to say.
    pub fn take_retired(&mut self) -> Option<Rtc> {
        self.retired.take()
    }

    /// What was left of the recording of the connection before this one, when that was over.
    pub fn take_recorded(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.recorded)
    }

    /// Something of the signalling socket's.
    pub fn on_signalling(&mut self, event: SignallingEvent, now: Instant) {
        match event {
            SignallingEvent::Message(message) => self.on_message(*message, now),
            SignallingEvent::Lost { error, retry } => {
                self.events.push_back(PeerEvent::SignallingLost { error, retry });
            }
            SignallingEvent::Closed(ClientError::Ended) => {}
            SignallingEvent::Closed(error) => self.fail(PeerError::Client(error)),
        }
    }

    fn on_message(&mut self, message: ServerMessage, now: Instant) {
        match message {
            ServerMessage::Welcome(welcome) => self.on_welcome(welcome, now),
            ServerMessage::ParticipantJoined { participant } => {
                let participant = harmless(participant);
                self.participants.insert(participant.id.clone(), participant.clone());
                self.events.push_back(PeerEvent::ParticipantJoined(participant.clone()));
                if self.mode() == Some(Mode::Direct) {
                    self.connect(participant.id, now);
                }
            }
            ServerMessage::ParticipantLeft { id, reason } => {
                if let Some(participant) = self.participants.remove(&id) {
                    self.events.push_back(PeerEvent::ParticipantLeft(participant, reason));
                }
                if self.link.remote.as_ref() == Some(&id) {
                    self.replace_link(None, false, now);
                }
            }
            ServerMessage::Description(message) => {
                // The other side may have begun again with the same seat.
                if self.link.closed && self.link.remote.as_ref() == Some(&message.peer) {
                    self.replace_link(Some(message.peer.clone()), self.link.opener, now);
                }
                if self.link.remote.as_ref() == Some(&message.peer) {
                    self.link.on_description(&message, now);
                }
            }
            ServerMessage::Candidate(message) => {
                if self.link.remote.as_ref() == Some(&message.peer) {
                    self.link.on_candidate(message.candidate.as_ref());
                }
            }
            ServerMessage::Pong { .. } => {}
            ServerMessage::Error(error) => self.on_error(error),
            ServerMessage::ParticipantPresence { .. }
            | ServerMessage::Room { .. }
            | ServerMessage::Waiting { .. }
            | ServerMessage::Knock { .. }
            | ServerMessage::KnockEnded { .. } => self.on_door(message),
        }
    }

    fn on_door(&mut self, message: ServerMessage) {
        let event = match message {
            ServerMessage::ParticipantPresence { id, present } => {
                let participant = self.participants.get(&id).cloned();
                participant.map(|participant| PeerEvent::Presence(participant, present))
            }
            ServerMessage::Room { host, locked } => {
                let me = self.seat.as_ref().map(|seat| &seat.id);
                self.lobby.on_room(Some(host), locked, me)
            }
            ServerMessage::Waiting { .. } => Some(PeerEvent::Waiting),
            ServerMessage::Knock { id, name } => self.lobby.on_knock(id, &name),
            ServerMessage::KnockEnded { id } => self.lobby.on_knock_ended(&id),
            _ => None,
        };
        self.events.extend(event);
    }

    /// Lets newcomers wait for our word, or not any more. The server heeds only the host.
    pub fn lock(&mut self, locked: bool) {
        self.outbox.push_back(ClientMessage::Lock { locked });
    }

    /// Lets somebody in who waits, by name or id, or sends them away. False when nobody of that
    /// name waits, or several do.
    pub fn admit(&mut self, who: &str, admit: bool) -> bool {
        let found = self.lobby.find(who);
        let [id] = found.as_slice() else { return false };
        self.outbox.push_back(ClientMessage::Admit { id: id.clone(), admit });
        true
    }

    fn on_error(&mut self, error: ErrorMessage) {
        match error.code {
            // Whoever was meant has just left.
            ErrorCode::UnknownParticipant => {}
            ErrorCode::Negotiation => self.fail(PeerError::Client(ClientError::Server(error))),
            _ => self.events.push_back(PeerEvent::Refused(error)),
        }
    }

    fn on_welcome(&mut self, welcome: Welcome, now: Instant) {
        self.ice_servers = usable(&welcome.ice_servers);
        let Welcome { id, mode, participants, polite, resumed, host, locked, .. } = welcome;
        let participants: Vec<Participant> = participants.into_iter().map(harmless).collect();
        self.seat = Some(Seat { id: id.clone(), mode, polite });
        self.participants = participants.iter().map(|p| (p.id.clone(), p.clone())).collect();
        self.events.push_back(PeerEvent::Joined(Joined {
            id,
            mode,
            participants: participants.clone(),
            resumed,
        }));
        let me = self.seat.as_ref().map(|seat| &seat.id);
        self.events.extend(self.lobby.on_room(host, locked, me).filter(|_| locked));
        let remote = match mode {
            Mode::Forward => Some(ParticipantId::server()),
            Mode::Direct => participants.first().map(|participant| participant.id.clone()),
        };
        if resumed && self.link.remote == remote {
            self.link.resumed();
        } else {
            match remote {
                Some(remote) => self.connect(remote, now),
                None => self.replace_link(None, false, now),
            }
        }
    }

    fn connect(&mut self, remote: ParticipantId, now: Instant) {
        let Some(seat) = &self.seat else { return };
        let opener = remote.is_server() || !seat.polite;
        self.replace_link(Some(remote), opener, now);
    }

    fn replace_link(&mut self, remote: Option<ParticipantId>, opener: bool, now: Instant) {
        let polite = self.seat.as_ref().is_none_or(|seat| seat.polite);
        self.generation += 1;
        let rtc = new_rtc(&self.config, &self.ice_servers, self.generation, polite, now);
        let mut link = Link::new(rtc, remote, opener, &self.config);
        if link.remote.is_some() {
            link.path.expect(now);
        }
        let mut old = std::mem::replace(&mut self.link, link);
        old.end_tracks();
        self.events.extend(old.events);
        self.outbox.extend(old.outbox);
        if old.remote.is_some() && !old.closed {
            self.events.push_back(PeerEvent::LinkClosed);
            old.rtc.close(now);
            self.retired = Some(old.rtc);
        } else if old.remote.is_some() {
            self.recorded = old.rtc.finish_recording();
        }
    }

    fn fail(&mut self, error: PeerError) {
        self.events.push_back(PeerEvent::Failed(error));
    }

    /// Something of the engine's.
    pub fn on_engine(&mut self, event: Event, now: Instant) {
        self.link.on_engine(event, now);
    }

    /// Does what is due; call it after events were handed in. Gives when it wants to be called
    /// again at the latest.
    pub fn step(&mut self, now: Instant) -> Option<Instant> {
        self.link.step(now);
        self.link.next()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<PeerEvent> {
        self.events.pop_front().or_else(|| self.link.events.pop_front())
    }

    /// The next message for the signalling socket.
    pub fn poll_message(&mut self) -> Option<ClientMessage> {
        self.outbox.pop_front().or_else(|| self.link.outbox.pop_front())
    }

    /// Closes the connection.
    pub fn close(&mut self, now: Instant) {
        self.link.end_tracks();
        self.link.closed = true;
        self.link.rtc.close(now);
    }

    /// What the server does in our room, once we have a seat.
    pub fn mode(&self) -> Option<Mode> {
        self.seat.as_ref().map(|seat| seat.mode)
    }

    /// Our own id, once we have a seat.
    pub fn id(&self) -> Option<&ParticipantId> {
        self.seat.as_ref().map(|seat| &seat.id)
    }

    /// The others in the room, by id.
    pub fn participants(&self) -> impl Iterator<Item = &Participant> {
        self.participants.values()
    }

    /// The name of a participant, or its id when it is gone.
    pub fn name_of(&self, id: &ParticipantId) -> String {
        let name = self.participants.get(id).map(|participant| participant.name.clone());
        name.unwrap_or_else(|| line(&id.to_string()))
    }

    /// Who is at the other end of the connection.
    pub fn remote(&self) -> Option<&ParticipantId> {
        self.link.remote.as_ref()
    }

    /// Media and data can flow.
    pub fn is_connected(&self) -> bool {
        self.link.is_connected()
    }

    /// Statistics of the connection.
    pub fn stats(&mut self) -> Stats {
        self.link.rtc.stats()
    }

    /// The m-line of a source of ours, once there is one.
    pub fn mid_of(&mut self, source: Source) -> Option<Mid> {
        self.link.negotiator.mid_of(&mut self.link.rtc, source)
    }

    /// Codecs that the other side takes for a source of ours; none until it can be sent.
    pub fn send_codecs(&mut self, source: Source) -> Vec<Codec> {
        let Some(mid) = self.link.sending_mid(source) else { return Vec::new() };
        let codecs = self.link.rtc.media(mid).map(|media| media.codecs());
        codecs.unwrap_or_default().into_iter().map(|(_, codec)| codec).collect()
    }

    /// The layers in which a source of ours is to be sent, best first; none for a single stream.
    pub fn send_layers(&mut self, source: Source) -> Vec<Rid> {
        let Some(mid) = self.link.sending_mid(source) else { return Vec::new() };
        let encodings = self.link.rtc.media(mid).map(|media| media.encodings());
        encodings.unwrap_or_default().into_iter().filter_map(|encoding| encoding.rid).collect()
    }

    /// The format parameters that the other side has for a codec of a source of ours, as `a=fmtp`
    /// has them.
    pub fn send_parameters(&mut self, source: Source, codec: Codec) -> Option<Arc<str>> {
        let mid = self.link.sending_mid(source)?;
        let media = self.link.rtc.media(mid)?;
        let (number, _) = media.codecs().into_iter().find(|(_, known)| *known == codec)?;
        media.parameters(number)
    }

    /// Sends a frame of a source of ours.
    ///
    /// # Errors
    /// [`WriteError::NotSending`] while there is no m-line for it, and the engine's own.
    pub fn send_frame(
        &mut self,
        source: Source,
        frame: &EncodedFrame,
        options: WriteOptions,
        now: Instant,
    ) -> Result<(), WriteError> {
        let mid = self.link.sending_mid(source).ok_or(WriteError::NotSending)?;
        let mut media = self.link.rtc.media(mid).ok_or(WriteError::UnknownMid)?;
        media.write_with(frame, options, now)
    }

    /// How long what was sent and has not left yet takes to leave.
    pub fn send_delay(&self) -> Duration {
        self.link.rtc.send_delay()
    }

    /// Asks for a keyframe of a track that comes in.
    pub fn request_keyframe(&mut self, mid: Mid) {
        if let Some(mut media) = self.link.rtc.media(mid)
            && let Err(error) = media.request_keyframe(None, KeyframeRequestKind::Pli)
        {
            tracing::debug!(%error, %mid, "no keyframe asked for");
        }
    }

    /// Rates for the bandwidth estimator.
    pub fn set_desired_bitrate(&mut self, minimum: Bitrate, desired: Bitrate) {
        self.link.rtc.set_desired_bitrate(minimum, desired);
    }

    /// Whether a data channel can be used.
    pub fn is_open(&self, label: Label) -> bool {
        self.link.channels.is_open(label)
    }

    /// Says something on the chat channel. False when nobody can hear it.
    pub fn send_chat(&mut self, message: &ChatMessage) -> bool {
        let text = serde_json::to_string(message).expect("a chat message can be written as JSON");
        self.link.channels.send_text(&mut self.link.rtc, Label::Chat, text)
    }

    /// Sends a control message on the file channel. False when it is not open.
    pub fn send_file_message(&mut self, message: &FileMessage) -> bool {
        let text = serde_json::to_string(message).expect("a file message can be written as JSON");
        self.link.channels.send_text(&mut self.link.rtc, Label::File, text)
    }

    /// Sends a chunk on the file channel; false when there is no room at the moment.
    ///
    /// # Errors
    /// The engine's, when the channel is not open.
    pub fn send_chunk(&mut self, chunk: &[u8]) -> Result<bool, ChannelWriteError> {
        self.link.channels.send_binary(&mut self.link.rtc, Label::File, chunk)
    }

    /// Closes the file channel once the other side has all that was said on it, which is when
    /// [`Peer::is_open`] gives false.
    pub fn close_files(&mut self) {
        self.link.channels.close(&mut self.link.rtc, Label::File);
    }

    /// Bytes that wait in the file channel.
    pub fn file_buffered(&mut self) -> usize {
        self.link.channels.buffered(&mut self.link.rtc, Label::File)
    }
}

/// A participant whose name can be shown on a terminal.
fn harmless(participant: Participant) -> Participant {
    Participant { name: line(&participant.name), ..participant }
}

/// A connection with a seed of its own, drawn from the participant's.
fn new_rtc(
    config: &PeerConfig,
    ice_servers: &[IceServer],
    number: u32,
    polite: bool,
    now: Instant,
) -> Rtc {
    let mut hasher = openssl::sha::Sha256::new();
    hasher.update(&config.seed);
    hasher.update(&number.to_be_bytes());
    let mut engine = Config::new(hasher.finish(), config.unix_time);
    engine.codecs.clone_from(&config.codecs);
    engine.include_loopback = config.loopback;
    engine.initial_bitrate = config.initial_bitrate;
    engine.redundancy.audio = AudioRedundancy::Adaptive;
    engine.record = config.record;
    engine.ice_servers = config.ice_servers.iter().chain(ice_servers).cloned().collect();
    engine.ice_transport_policy = config.ice_transport_policy;
    engine.role = if polite { NegotiationRole::Polite } else { NegotiationRole::Impolite };
    Rtc::new(engine, now)
}

#[cfg(test)]
mod tests;
