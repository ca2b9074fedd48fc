//! The forwarder: connections of all participants, and what passes between them.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use lapwing_engine::{
    Codec, Config, Datagram, Event, Input, NegotiationRole, ResolveId, Router, Rtc, Sink,
    SocketRequest, Transmit, drain,
};

use super::peer::Peer;
use super::transfers::Transfers;
use crate::protocol::signalling::ParticipantId;
use crate::serve::hub::{Command, Entropy, Notice};

/// When no connection wants to be woken, look again after this.
const IDLE: Duration = Duration::from_secs(60);

/// What every browser can send and receive. H.264 is left out: one participant without it would
/// see nothing of one who prefers it, and frames are not transcoded.
const CODECS: [Codec; 4] = [Codec::Opus, Codec::Vp8, Codec::Vp9, Codec::Av1];

/// How the forwarder is set up.
#[derive(Debug)]
pub struct ForwarderConfig {
    /// Addresses of the sockets that datagrams are sent from and come to.
    pub sockets: Vec<SocketAddr>,
    /// Addresses by which the sockets are reached from outside, where a translator maps them one
    /// to one.
    pub advertised: Vec<IpAddr>,
    /// Seeds of connections.
    pub entropy: Entropy,
    /// The wall clock at `started`, since the Unix epoch.
    pub unix_time: Duration,
    /// When the forwarder begins.
    pub started: Instant,
}

/// What is to be done for the forwarder.
#[derive(Debug)]
pub enum ForwarderOutput {
    /// Send a datagram.
    Transmit(Transmit),
    /// Tell the rooms.
    Notice(Notice),
}

/// Forwards frames, chat and files among the participants of each room. It reads no clock and opens
/// no socket: feed it, then [`Forwarder::poll`] until it is empty.
pub struct Forwarder {
    pub(super) config: ForwarderConfig,
    pub(super) members: BTreeMap<ParticipantId, Member>,
    pub(super) transfers: BTreeMap<String, Transfers>,
    pub(super) router: Router<ParticipantId>,
    pub(super) outputs: VecDeque<ForwarderOutput>,
    pub(super) events: VecDeque<(ParticipantId, Event)>,
    /// Frames that could not be handed on, by reason of codec or a full queue.
    pub(super) frames_dropped: u64,
}

/// A participant with its seat's room; the connection comes with its first offer.
pub(super) struct Member {
    pub(super) room: String,
    pub(super) peer: Option<Peer>,
}

impl Forwarder {
    /// Nobody is there yet.
    pub fn new(config: ForwarderConfig) -> Self {
        Forwarder {
            config,
            members: BTreeMap::new(),
            transfers: BTreeMap::new(),
            router: Router::new(),
            outputs: VecDeque::new(),
            events: VecDeque::new(),
            frames_dropped: 0,
        }
    }

    /// Something from the rooms.
    pub fn command(&mut self, command: Command, now: Instant) {
        match command {
            Command::Join { room, id } => {
                self.transfers.entry(room.clone()).or_default();
                self.members.insert(id, Member { room, peer: None });
            }
            Command::Leave { id } => {
                self.drop_peer(&id, now);
                self.forget(&id);
            }
            Command::Description(description) => self.description(description, now),
            Command::Candidate(candidate) => self.candidate(candidate, now),
        }
        self.settle(now);
    }

    /// A datagram came to one of the sockets.
    pub fn datagram(&mut self, datagram: &Datagram<'_>, now: Instant) {
        let Some(id) = self.router.route(datagram) else { return };
        self.with_rtc(&id, now, |rtc| rtc.handle_input(Input::Datagram(*datagram), now));
        self.settle(now);
    }

    /// Time passed.
    pub fn timeout(&mut self, now: Instant) {
        let due = |member: &Member| member.peer.as_ref().is_some_and(|peer| peer.wake_at <= now);
        let due: Vec<ParticipantId> = (self.members.iter())
            .filter(|(_, member)| due(member))
            .map(|(id, _)| id.clone())
            .collect();
        for id in due {
            self.with_rtc(&id, now, |rtc| rtc.handle_input(Input::Timeout, now));
        }
        self.settle(now);
    }

    /// When [`Self::timeout`] is to be called next, at the latest.
    pub fn wake_at(&self, now: Instant) -> Instant {
        let peers = self.members.values().filter_map(|member| member.peer.as_ref());
        peers.map(|peer| peer.wake_at).min().unwrap_or(now + IDLE)
    }

    /// What is to be done next.
    pub fn poll(&mut self) -> Option<ForwarderOutput> {
        self.outputs.pop_front()
    }

    /// Says goodbye to everyone.
    pub fn close(&mut self, now: Instant) {
        for id in self.members.keys().cloned().collect::<Vec<_>>() {
            self.with_rtc(&id, now, |rtc| rtc.close(now));
        }
        self.events.clear();
    }

    /// Frames that could not be handed on.
    pub fn frames_dropped(&self) -> u64 {
        self.frames_dropped
    }

    pub(super) fn peer(&mut self, id: &ParticipantId) -> Option<&mut Peer> {
        self.members.get_mut(id)?.peer.as_mut()
    }

    pub(super) fn room_of(&self, id: &ParticipantId) -> Option<&str> {
        self.members.get(id).map(|member| member.room.as_str())
    }

    /// Everyone else in the room of `id`.
    pub(super) fn others(&self, id: &ParticipantId) -> Vec<ParticipantId> {
        let room = self.room_of(id);
        (self.members.iter())
            .filter(|(other, member)| *other != id && Some(member.room.as_str()) == room)
            .map(|(other, _)| other.clone())
            .collect()
    }

    /// A connection for the participant, in place of any it had.
    pub(super) fn connect(&mut self, id: &ParticipantId, now: Instant) {
        let elapsed = now.saturating_duration_since(self.config.started);
        let mut config = Config::new(self.config.entropy.seed(), self.config.unix_time + elapsed)
            .with_codecs(CODECS)
            .with_role(NegotiationRole::Impolite);
        config.shared_sockets.clone_from(&self.config.sockets);
        config.include_loopback = true;
        let peer = Peer::new(Rtc::new(config, now), now);
        if let Some(member) = self.members.get_mut(id) {
            member.peer = Some(peer);
        }
    }

    /// Does something with a connection and drains it, as the engine's contract asks.
    pub(super) fn with_rtc<R>(
        &mut self,
        id: &ParticipantId,
        now: Instant,
        act: impl FnOnce(&mut Rtc) -> R,
    ) -> Option<R> {
        let Forwarder { members, outputs, events, .. } = self;
        let peer = members.get_mut(id)?.peer.as_mut()?;
        let done = act(&mut peer.rtc);
        let mut collector = Collector { id, outputs, events, questions: Vec::new() };
        peer.wake_at = drain(&mut peer.rtc, &mut collector);
        // Names of mDNS are not looked up: the participant's checks show where it is.
        while let Some(question) = collector.questions.pop() {
            let answer = Input::Resolved { id: question, addresses: &[] };
            peer.rtc.handle_input(answer, now);
            peer.wake_at = drain(&mut peer.rtc, &mut collector);
        }
        Some(done)
    }

    /// Handles what connections reported, which may make others report.
    fn settle(&mut self, now: Instant) {
        while let Some((id, event)) = self.events.pop_front() {
            self.on_event(&id, event, now);
        }
    }

    /// The participant's connection is over.
    pub(super) fn drop_peer(&mut self, id: &ParticipantId, now: Instant) {
        self.with_rtc(id, now, |rtc| rtc.close(now));
        let Some(member) = self.members.get_mut(id) else { return };
        if member.peer.take().is_none() {
            return;
        }
        self.events.retain(|(of, _)| of != id);
        self.router.remove(id);
        self.files_gone(id, now);
        self.sync_room(id, now);
    }

    fn forget(&mut self, id: &ParticipantId) {
        let Some(member) = self.members.remove(id) else { return };
        if !self.members.values().any(|other| other.room == member.room) {
            self.transfers.remove(&member.room);
        }
    }
}

/// Takes a connection's outputs to where they belong.
struct Collector<'a> {
    id: &'a ParticipantId,
    outputs: &'a mut VecDeque<ForwarderOutput>,
    events: &'a mut VecDeque<(ParticipantId, Event)>,
    questions: Vec<ResolveId>,
}

impl Sink for Collector<'_> {
    fn transmit(&mut self, transmit: Transmit) {
        self.outputs.push_back(ForwarderOutput::Transmit(transmit));
    }

    fn event(&mut self, event: Event) {
        self.events.push_back((self.id.clone(), event));
    }

    fn socket(&mut self, _: SocketRequest) {
        // With shared sockets the engine asks for none.
    }

    fn resolve(&mut self, id: ResolveId, _: String) {
        self.questions.push(id);
    }
}
