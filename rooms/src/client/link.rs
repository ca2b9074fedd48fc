//! One connection to one other side: the engine, its negotiation, its channels, its tracks.

use std::collections::VecDeque;
use std::time::Instant;

use lapwing_engine::{
    CandidateInit, ChannelMessage, CloseReason, ConnectionState, Event, Mid, OpenedChannel, Rtc,
    SelectedPair,
};

use super::channels::Channels;
use super::config::PeerConfig;
use super::echo::EchoMeter;
use super::event::{Label, NoPath, PeerError, PeerEvent};
use super::negotiation::{Negotiator, Say};
use super::path::{PathAction, PathWatch};
use super::tracks::{TrackChange, TrackTable};
use crate::candidates;
use crate::protocol::data::{
    CHAT_BYTES_MAX, ChatMessage, ECHO_BYTES_MAX, FileMessage, TEXT_BYTES_MAX,
};
use crate::protocol::signalling::{
    self as wire, Candidate, ClientMessage, Description, ParticipantId, Source,
};

/// Candidates of ours that are remembered: more than any machine has addresses.
const CANDIDATES_MAX: usize = 32;

/// Addresses of each side named in an error.
const ADDRESSES_MAX: usize = 8;

/// A connection, or the readiness for one.
pub(super) struct Link {
    pub(super) rtc: Rtc,
    pub(super) remote: Option<ParticipantId>,
    pub(super) negotiator: Negotiator,
    pub(super) channels: Channels,
    pub(super) opener: bool,
    echo: EchoMeter,
    tracks: TrackTable,
    tracks_changed: bool,
    pub(super) path: PathWatch,
    pair: Option<SelectedPair>,
    connected: bool,
    pub(super) closed: bool,
    /// Our candidates as they were said, to be said again when the socket was lost.
    candidates: Vec<Option<wire::IceCandidate>>,
    /// Addresses of candidates, ours and theirs, to be named when none of them leads anywhere.
    addresses: [Vec<String>; 2],
    pub(super) events: VecDeque<PeerEvent>,
    pub(super) outbox: VecDeque<ClientMessage>,
}

impl Link {
    /// A connection to `remote`; `opener` opens the channels and makes the first offer.
    pub(super) fn new(
        mut rtc: Rtc,
        remote: Option<ParticipantId>,
        opener: bool,
        config: &PeerConfig,
    ) -> Self {
        let forwarded = remote.as_ref().is_some_and(ParticipantId::is_server);
        // Between two, the other side takes one stream.
        let layers = if forwarded { &config.layers[..] } else { &[] };
        let negotiator = Negotiator::new(&config.sources, forwarded, config.receives);
        let mut negotiator = negotiator.with_layers(layers);
        if opener {
            Channels::create(&mut rtc);
            negotiator.open(&mut rtc);
        }
        Link {
            rtc,
            remote,
            negotiator,
            channels: Channels::default(),
            opener,
            echo: EchoMeter::default(),
            tracks: TrackTable::default(),
            tracks_changed: false,
            path: PathWatch::default(),
            pair: None,
            connected: false,
            closed: false,
            candidates: Vec::new(),
            addresses: [Vec::new(), Vec::new()],
            events: VecDeque::new(),
            outbox: VecDeque::new(),
        }
    }

    /// Media and data can flow.
    pub(super) fn is_connected(&self) -> bool {
        self.connected
    }

    pub(super) fn on_description(&mut self, message: &Description, now: Instant) {
        match self.negotiator.on_description(&mut self.rtc, &message.description) {
            Ok(true) => {
                self.tracks.on_labels(&message.tracks);
                self.tracks_changed = true;
                self.path.begin(now);
            }
            Ok(false) => {}
            // What is refused changes nothing, so what there is goes on; and somebody who cannot be
            // talked to may leave for another.
            Err(PeerError::Negotiation(why)) if self.connected || !self.is_forwarded() => {
                self.events.push_back(PeerEvent::DescriptionRefused(why));
            }
            Err(error) => self.events.push_back(PeerEvent::Failed(error)),
        }
    }

    fn is_forwarded(&self) -> bool {
        self.remote.as_ref().is_some_and(ParticipantId::is_server)
    }

    pub(super) fn on_candidate(&mut self, candidate: Option<&wire::IceCandidate>) {
        let text = candidate.map_or("", |candidate| candidate.candidate.as_str());
        note_address(&mut self.addresses[1], text);
        match candidates::received(candidate) {
            Ok(signalled) => self.negotiator.on_candidate(&mut self.rtc, signalled),
            Err(error) => tracing::debug!(%error, "candidate passed over"),
        }
    }

    /// The signalling socket is there again, and the seat is the same. What may have been lost with
    /// the old one is said again.
    pub(super) fn resumed(&mut self) {
        if let Some(say) = self.negotiator.say_again(&mut self.rtc) {
            self.say(say);
        }
        if !self.path.was_up() {
            for candidate in self.candidates.clone() {
                self.say_candidate(candidate);
            }
        } else if self.rtc.connection_state() != ConnectionState::Connected {
            self.rtc.negotiation().restart_ice();
        }
    }

    /// Something of the engine's.
    pub(super) fn on_engine(&mut self, event: Event, now: Instant) {
        match event {
            Event::NegotiationNeeded => self.negotiator.on_needed(),
            Event::IceCandidate(signalled) => self.send_candidate(signalled),
            Event::ConnectionStateChanged(state) => self.on_state(state, now),
            Event::SelectedPairChanged(pair) => {
                self.pair = Some(pair);
                self.tell_connected();
            }
            Event::TrackAdded(track) => {
                self.tracks.on_track(&track);
                self.tracks_changed = true;
            }
            Event::TrackChanged { .. }
            | Event::TrackRemoved { .. }
            | Event::SignalingStateChanged(_) => {
                self.tracks_changed = true;
            }
            Event::Frame(frame) => {
                if self.tracks.on_frame(frame.mid) {
                    self.update_tracks();
                }
                self.events.push_back(PeerEvent::Frame(frame));
            }
            Event::KeyframeRequested { mid, rid, .. } => {
                if let Some(source) = self.negotiator.source_at(&mut self.rtc, mid) {
                    self.events.push_back(PeerEvent::KeyframeRequested(source, rid));
                }
            }
            Event::BandwidthEstimated(rate) => {
                self.events.push_back(PeerEvent::BandwidthEstimated(rate));
            }
            Event::ChannelOpened(opened) => self.on_channel_open(&opened, now),
            Event::ChannelMessage(message) => self.on_channel_message(message, now),
            Event::ChannelClosed(id) if self.channels.on_close(id) == Some(Label::Echo) => {
                self.echo.stop();
            }
            Event::Closed(reason) => self.on_closed(reason),
            _ => {}
        }
    }

    fn on_state(&mut self, state: ConnectionState, now: Instant) {
        self.path.on_state(state, now);
        match state {
            ConnectionState::Connected => self.tell_connected(),
            ConnectionState::Disconnected | ConnectionState::Failed if self.connected => {
                self.connected = false;
                self.events.push_back(PeerEvent::Disconnected);
            }
            _ => {}
        }
    }

    /// Connected is what has a path and is told to have it.
    fn tell_connected(&mut self) {
        let up = self.rtc.connection_state() == ConnectionState::Connected;
        if let Some(pair) = self.pair.filter(|_| up && !self.connected) {
            self.connected = true;
            self.events.push_back(PeerEvent::Connected(pair));
        }
    }

    fn on_closed(&mut self, reason: CloseReason) {
        self.end_tracks();
        self.echo.stop();
        self.closed = true;
        self.connected = false;
        let failure = match reason {
            CloseReason::Dtls(fault) => Some(PeerError::Transport(format!("DTLS failed: {fault}"))),
            CloseReason::Transport(fault) => Some(PeerError::Transport(fault.to_string())),
            CloseReason::TooManyChannels => {
                Some(PeerError::Transport("the peer opened too many data channels".to_owned()))
            }
            CloseReason::Disconnected => {
                Some(PeerError::Transport("the path died and did not come back".to_owned()))
            }
            _ => None,
        };
        self.events.push_back(failure.map_or(PeerEvent::LinkClosed, PeerEvent::Failed));
    }

    /// Tells that every track is gone.
    pub(super) fn end_tracks(&mut self) {
        let ended = self.tracks.clear();
        self.tell_tracks(ended);
    }

    fn on_channel_open(&mut self, opened: &OpenedChannel, now: Instant) {
        let Some(label) = self.channels.on_open(&mut self.rtc, opened) else { return };
        if label == Label::Echo && self.opener {
            self.echo.start(now);
        }
        self.events.push_back(PeerEvent::ChannelOpened(label));
    }

    fn on_channel_message(&mut self, message: ChannelMessage, now: Instant) {
        let Some(remote) = self.remote.clone() else { return };
        let event = match self.channels.label_of(message.id) {
            Some(Label::Echo) if self.opener => {
                self.echo.on_message(&message.data, now).map(PeerEvent::Echo)
            }
            Some(Label::Echo) => {
                self.send_back(&message);
                None
            }
            Some(Label::Chat) => Some(chat(&message, remote)),
            Some(Label::File) if message.binary => Some(PeerEvent::FileChunk(message.data)),
            Some(Label::File) => Some(match text::<FileMessage>(&message) {
                Some(read) => PeerEvent::File(remote, read),
                None => PeerEvent::Dropped("a file message"),
            }),
            None => None,
        };
        self.events.extend(event);
    }

    /// An echo. A full channel loses it, which the other side counts as lost.
    fn send_back(&mut self, message: &ChannelMessage) {
        if message.data.len() > ECHO_BYTES_MAX {
            return;
        }
        if let Some(mut channel) = self.rtc.channel(message.id) {
            let sent = match (message.binary, std::str::from_utf8(&message.data)) {
                (false, Ok(text)) => channel.write_text(text),
                _ => channel.write_binary(&message.data),
            };
            if let Err(error) = sent {
                tracing::debug!(%error, "an echo was not sent");
            }
        }
    }

    fn send_candidate(&mut self, signalled: CandidateInit) {
        let candidate = candidates::found(signalled);
        if let Some(candidate) = &candidate {
            note_address(&mut self.addresses[0], &candidate.candidate);
        }
        if self.candidates.len() < CANDIDATES_MAX {
            self.candidates.push(candidate.clone());
        }
        self.say_candidate(candidate);
    }

    fn say_candidate(&mut self, candidate: Option<wire::IceCandidate>) {
        let Some(peer) = self.remote.clone() else { return };
        self.outbox.push_back(ClientMessage::Candidate(Candidate { peer, candidate }));
    }

    fn say(&mut self, say: Say) {
        let Some(peer) = self.remote.clone() else { return };
        let Say { description, tracks } = say;
        let message = Description { peer, description, tracks };
        self.outbox.push_back(ClientMessage::Description(message));
    }

    /// Does what is due. Call it after the engine was drained.
    pub(super) fn step(&mut self, now: Instant) {
        if self.closed || self.remote.is_none() {
            return;
        }
        match self.negotiator.step(&mut self.rtc) {
            Ok(Some(say)) => {
                self.say(say);
                self.tracks_changed = true;
            }
            Ok(None) => {}
            Err(error) => self.events.push_back(PeerEvent::Failed(error)),
        }
        if std::mem::take(&mut self.tracks_changed) {
            self.update_tracks();
        }
        self.channels.flush(&mut self.rtc);
        if let Some(text) = self.echo.message(now) {
            self.channels.send_text(&mut self.rtc, Label::Echo, text);
        }
        match self.path.poll(now) {
            Some(PathAction::Restart) => self.rtc.negotiation().restart_ice(),
            Some(PathAction::TellNoAnswer) => self.events.push_back(PeerEvent::NoAnswer),
            Some(PathAction::TellNoPath) => {
                let [local, remote] = self.addresses.clone();
                let forwarded = self.is_forwarded();
                self.events.push_back(PeerEvent::NoPath(NoPath { local, remote, forwarded }));
            }
            Some(PathAction::GiveUp) => {
                let [local, remote] = std::mem::take(&mut self.addresses);
                let forwarded = self.is_forwarded();
                let error = PeerError::NoPath(NoPath { local, remote, forwarded });
                self.events.push_back(PeerEvent::Failed(error));
            }
            None => {}
        }
    }

    /// When [`Self::step`] has something to do by itself.
    pub(super) fn next(&self) -> Option<Instant> {
        [self.path.next(), self.echo.next()].into_iter().flatten().min()
    }

    fn update_tracks(&mut self) {
        let Some(remote) = self.remote.clone().filter(|_| self.negotiator.receives()) else {
            return;
        };
        let transceivers = self.rtc.negotiation().transceivers();
        let mut receiving = Vec::new();
        for transceiver in transceivers.iter().filter(|transceiver| !transceiver.stopped) {
            let Some(mid) = transceiver.mid else { continue };
            let direction = self.rtc.media(mid).map(|media| media.direction());
            if direction.is_some_and(lapwing_engine::Direction::receives) {
                receiving.push((mid, transceiver.kind));
            }
        }
        let changes = self.tracks.update(&receiving, &remote);
        self.tell_tracks(changes);
    }

    fn tell_tracks(&mut self, changes: Vec<TrackChange>) {
        self.events.extend(changes.into_iter().map(|change| match change {
            TrackChange::Added(track) => PeerEvent::TrackAdded(track),
            TrackChange::Ended(track) => PeerEvent::TrackEnded(track),
        }));
    }

    /// The m-line of a source of ours on which frames can be sent.
    pub(super) fn sending_mid(&mut self, source: Source) -> Option<Mid> {
        let mid = self.negotiator.mid_of(&mut self.rtc, source)?;
        let direction = self.rtc.media(mid)?.direction();
        direction.sends().then_some(mid)
    }
}

/// Remembers the address of a candidate line.
fn note_address(addresses: &mut Vec<String>, line: &str) {
    let mut fields = line.split(' ').skip(4);
    if let (Some(ip), Some(port)) = (fields.next(), fields.next())
        && addresses.len() < ADDRESSES_MAX
    {
        addresses.push(format!("{ip}:{port}"));
    }
}

/// A text message of the right size as JSON.
fn text<T: serde::de::DeserializeOwned>(message: &ChannelMessage) -> Option<T> {
    if message.binary || message.data.len() > TEXT_BYTES_MAX {
        return None;
    }
    serde_json::from_slice(&message.data).ok()
}

fn chat(message: &ChannelMessage, remote: ParticipantId) -> PeerEvent {
    let read = text::<ChatMessage>(message).filter(|read| match read {
        ChatMessage::Message { text, .. } => text.len() <= CHAT_BYTES_MAX,
        ChatMessage::State { .. } => true,
    });
    let Some(read) = read else { return PeerEvent::Dropped("a chat message") };
    let (ChatMessage::Message { from, .. } | ChatMessage::State { from, .. }) = &read;
    // Only a server may speak for others.
    let from = from.clone().filter(|_| remote.is_server()).unwrap_or(remote);
    PeerEvent::Chat(from, read)
}
