//! The stage: participants, a forwarder, and a network between them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lapwing_engine::{
    ChannelConfig, ChannelId, Codec, Config, Direction, EncodedFrame, Event, Input, MediaKind,
    MediaTime, Mid, NegotiationRole, ReceivedFrame, RemoteOutcome, Rid, Rtc,
    SdpType as EngineSdpType, SessionDescription as EngineDescription, SessionKind,
    TransceiverInit, Transmit, WriteOptions, drain,
};

use super::link::Link;
use super::outbound::Outbound;
use super::table::Table;
use crate::forward::Forwarder;
use crate::hub::{Command, Notice};
use crate::protocol::signalling::{
    Description, ParticipantId, SdpType, SessionDescription, Source, TrackLabel,
};

/// Rounds of "deliver everything, then wake whoever is due" that a scene may take.
const ROUNDS_MAX: usize = 20_000;

/// One participant: a bare connection and what it saw.
pub(super) struct Client {
    pub(super) id: ParticipantId,
    pub(super) rtc: Rtc,
    pub(super) wake_at: Instant,
    pub(super) out: Outbound,
    pub(super) labels: Vec<(String, TrackLabel)>,
    pub(super) sources: Vec<(String, TrackLabel)>,
    pub(super) refused: Vec<String>,
    /// What it does to its descriptions before it sends them.
    pub(super) describes: Box<dyn Fn(String) -> String>,
    /// Nothing of it arrives any more, nor anything for it.
    pub(super) cut_off: bool,
    /// The way to it, where it is not without delay.
    pub(super) link: Option<Link>,
}

impl Client {
    /// A paced one sends no more than it thinks that the network carries.
    pub(super) fn new(
        name: &str,
        number: u8,
        (session, codecs): (SessionKind, &[Codec]),
        now: Instant,
        paced: bool,
    ) -> Self {
        let address = SocketAddr::from(([192, 0, 2, number], 5000));
        let mut config = Config { session, ..Config::seeded(number.into()) }
            .with_codecs(codecs.iter().copied())
            .with_role(NegotiationRole::Polite)
            .with_shared_socket(address);
        config.initial_bitrate = config.initial_bitrate.filter(|_| paced);
        Client {
            id: ParticipantId(name.to_owned()),
            rtc: Rtc::new(config, now),
            wake_at: now,
            out: Outbound::default(),
            labels: Vec::new(),
            sources: Vec::new(),
            refused: Vec::new(),
            describes: Box::new(|sdp| sdp),
            cut_off: false,
            link: None,
        }
    }

    fn receive(&mut self, transmit: &Transmit, now: Instant) {
        self.rtc.handle_input(Input::Datagram(transmit.as_datagram()), now);
        self.drain();
    }

    pub(super) fn drain(&mut self) {
        self.wake_at = drain(&mut self.rtc, &mut self.out);
    }

    pub(super) fn frames(&self) -> impl Iterator<Item = &ReceivedFrame> {
        self.out.events.iter().filter_map(|event| match event {
            Event::Frame(frame) => Some(frame),
            _ => None,
        })
    }

    pub(super) fn channel(&self, label: &str) -> Option<ChannelId> {
        self.out.events.iter().find_map(|event| match event {
            Event::ChannelOpened(opened) if opened.label == label => Some(opened.id),
            _ => None,
        })
    }

    pub(super) fn texts(&self, label: &str) -> Vec<String> {
        let channel = self.channel(label);
        let texts = self.out.events.iter().filter_map(|event| match event {
            Event::ChannelMessage(message) if Some(message.id) == channel && !message.binary => {
                Some(String::from_utf8(message.data.to_vec()).expect("texts are UTF-8"))
            }
            _ => None,
        });
        texts.collect()
    }

    pub(super) fn chunks(&self) -> Vec<Vec<u8>> {
        let binary = self.out.events.iter().filter_map(|event| match event {
            Event::ChannelMessage(message) if message.binary => Some(message.data.to_vec()),
            _ => None,
        });
        binary.collect()
    }

    pub(super) fn write_text(&mut self, label: &str, text: &str) {
        let id = self.channel(label).expect("the channel is open");
        self.rtc.channel(id).expect("it is open").write_text(text).expect("it has room");
        self.drain();
    }
}

pub(super) struct Scene {
    pub(super) now: Instant,
    session: SessionKind,
    pub(super) forwarder: Forwarder<Table>,
    pub(super) clients: Vec<Client>,
    pub(super) presence: Vec<(ParticipantId, bool)>,
    pub(super) put_out: Vec<ParticipantId>,
}

impl Scene {
    /// With the session that everything is tested over.
    pub(super) fn new() -> Self {
        Scene::over(SessionKind::default())
    }

    /// With our own, for what the other one cannot do.
    pub(super) fn over_own() -> Self {
        Scene::over(SessionKind::Own)
    }

    fn over(session: SessionKind) -> Self {
        let now = Instant::now();
        let forwarder = Forwarder::new(Table::new(session, now), Vec::new());
        let (clients, presence, put_out) = (Vec::new(), Vec::new(), Vec::new());
        Scene { now, session, forwarder, clients, presence, put_out }
    }

    /// A participant joins, with channels and tracks of these kinds.
    pub(super) fn join(&mut self, name: &str, kinds: &[MediaKind]) -> usize {
        self.join_with(name, kinds, &[Codec::Opus, Codec::Vp8])
    }

    /// The same, with these codecs in this order.
    pub(super) fn join_with(&mut self, name: &str, kinds: &[MediaKind], codecs: &[Codec]) -> usize {
        self.join_in_layers(name, kinds, codecs, &[])
    }

    /// The same, with pictures in these layers, best first.
    pub(super) fn join_in_layers(
        &mut self,
        name: &str,
        kinds: &[MediaKind],
        codecs: &[Codec],
        layers: &[Rid],
    ) -> usize {
        let number = self.clients.len() as u8 + 1;
        let mut client =
            Client::new(name, number, (self.session, codecs), self.now, layers.is_empty());
        let join = Command::Join { room: "tea".to_owned(), id: client.id.clone() };
        self.forwarder.command(join, self.now);
        for label in ["chat", "echo", "file"] {
            client.rtc.create_channel(ChannelConfig::new(label)).expect("channels are few");
        }
        let mut negotiation = client.rtc.negotiation();
        for kind in kinds {
            let mut init = TransceiverInit::new(Direction::SendOnly);
            if *kind == MediaKind::Video {
                init.send_layers = layers.to_vec();
            }
            negotiation.add_transceiver(*kind, init);
        }
        client.drain();
        self.clients.push(client);
        self.clients.len() - 1
    }

    /// Does what there is to do at this moment; false when there was nothing.
    pub(super) fn deliver(&mut self) -> bool {
        let mut busy = false;
        for index in 0..self.clients.len() {
            busy |= self.negotiate(index);
            for transmit in std::mem::take(&mut self.clients[index].out.transmits) {
                busy = true;
                if !self.clients[index].cut_off {
                    self.forwarder.connections_mut().datagram(&transmit.as_datagram());
                }
            }
        }
        self.forwarder.connections_mut().settle_all();
        for (id, event) in std::mem::take(&mut self.forwarder.connections_mut().events) {
            busy = true;
            self.forwarder.event(&id, event, self.now);
        }
        while let Some(notice) = self.forwarder.poll() {
            busy = true;
            self.notice(notice);
        }
        self.forwarder.connections_mut().settle_all();
        for transmit in std::mem::take(&mut self.forwarder.connections_mut().transmits) {
            busy = true;
            let number = match transmit.destination {
                SocketAddr::V4(to) => to.ip().octets()[3],
                SocketAddr::V6(_) => panic!("all addresses are IPv4"),
            };
            let client = &mut self.clients[usize::from(number) - 1];
            if client.cut_off {
                continue;
            }
            match &mut client.link {
                Some(link) => link.push(transmit, self.now),
                None => client.receive(&transmit, self.now),
            }
        }
        for client in &mut self.clients {
            while let Some(transmit) = client.link.as_mut().and_then(|link| link.pop(self.now)) {
                busy = true;
                client.receive(&transmit, self.now);
            }
        }
        busy
    }

    /// Sends the client's offer when one is needed.
    pub(super) fn negotiate(&mut self, index: usize) -> bool {
        let client = &mut self.clients[index];
        let needed = |event: &Event| matches!(event, Event::NegotiationNeeded);
        let before = client.out.events.len();
        client.out.events.retain(|event| !needed(event));
        if client.out.events.len() == before {
            return false;
        }
        let mut negotiation = client.rtc.negotiation();
        let Ok(offer) = negotiation.create_offer() else { return false };
        negotiation.set_local(&offer).expect("it was just created");
        client.drain();
        self.describe(index, SdpType::Offer, offer.sdp);
        true
    }

    pub(super) fn describe(&mut self, index: usize, kind: SdpType, sdp: String) {
        let client = &self.clients[index];
        let description = Description {
            peer: client.id.clone(),
            description: SessionDescription { kind, sdp: (client.describes)(sdp) },
            tracks: client.sources.iter().cloned().collect(),
        };
        self.forwarder.command(Command::Description(description), self.now);
    }

    pub(super) fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Description(description) => self.description(description),
            Notice::Refused { id, message } => {
                let index = self.index(&id);
                self.clients[index].refused.push(message);
            }
            Notice::Failed { id } => self.put_out.push(id),
            Notice::Connection { id, well } => self.presence.push((id, well)),
            other => panic!("not expected: {other:?}"),
        }
    }

    pub(super) fn index(&self, id: &ParticipantId) -> usize {
        self.clients.iter().position(|client| client.id == *id).expect("a known participant")
    }

    pub(super) fn description(&mut self, description: Description) {
        let index = self.index(&description.peer);
        let client = &mut self.clients[index];
        client.labels = description.tracks.into_iter().collect();
        let is_offer = description.description.kind == SdpType::Offer;
        let kind = if is_offer { EngineSdpType::Offer } else { EngineSdpType::Answer };
        let sdp = description.description.sdp;
        let mut negotiation = client.rtc.negotiation();
        let outcome = negotiation.set_remote(&EngineDescription { kind, sdp });
        assert_ne!(outcome.expect("the server's descriptions are valid"), RemoteOutcome::Ignored);
        if is_offer {
            let answer = negotiation.create_answer().expect("an offer was applied");
            negotiation.set_local(&answer).expect("it was just created");
            client.drain();
            self.describe(index, SdpType::Answer, answer.sdp);
        } else {
            client.drain();
        }
    }

    /// From now on the participant's machine has no network.
    pub(super) fn cut_off(&mut self, index: usize) {
        self.clients[index].cut_off = true;
    }

    /// Goes on until `done`, or fails.
    pub(super) fn run_until(&mut self, what: &str, mut done: impl FnMut(&mut Scene) -> bool) {
        for _ in 0..ROUNDS_MAX {
            while self.deliver() {}
            if done(self) {
                return;
            }
            let clients = self.clients.iter().map(|client| client.wake_at).min();
            let server = self.forwarder.connections_mut().wake_at();
            let links = self.clients.iter().filter_map(|client| client.link.as_ref()?.next());
            let next =
                clients.into_iter().chain(server).chain(links).min().expect("somebody is there");
            // An engine may want to be woken at once, again and again; real clocks move on.
            self.now = next.max(self.now + Duration::from_millis(1));
            for client in self.clients.iter_mut().filter(|client| client.wake_at <= self.now) {
                client.rtc.handle_input(Input::Timeout, self.now);
                client.drain();
            }
            let now = self.now;
            self.forwarder.connections_mut().wake(now);
        }
        panic!("it never came to this: {what}");
    }

    pub(super) fn run_for(&mut self, span: Duration) {
        let end = self.now + span;
        self.run_until("the end of the span", |scene| scene.now >= end);
    }

    pub(super) fn open(&mut self) {
        self.run_until("open channels", |scene| {
            let open = |client: &Client| {
                ["chat", "echo", "file"].iter().all(|label| client.channel(label).is_some())
            };
            scene.clients.iter().all(open)
        });
    }

    /// The m-line on which `to` gets this source of `from`.
    pub(super) fn mid_of(&self, to: usize, from: usize, source: Source) -> Option<Mid> {
        let label = TrackLabel { participant: Some(self.clients[from].id.clone()), source };
        let found = self.clients[to].labels.iter().find(|(_, known)| *known == label);
        found.and_then(|(mid, _)| Mid::new(mid))
    }

    /// The m-line by which a participant sends such media.
    fn sending_mid(&mut self, from: usize, kind: MediaKind) -> Mid {
        let transceivers = self.clients[from].rtc.negotiation().transceivers();
        let own =
            |t: &&lapwing_engine::Transceiver| t.kind == kind && t.direction == Direction::SendOnly;
        transceivers.iter().find(own).and_then(|t| t.mid).expect("it is negotiated")
    }

    /// Sends a frame as it is.
    pub(super) fn write(&mut self, from: usize, rid: Option<Rid>, frame: &EncodedFrame) {
        self.write_with(from, frame, WriteOptions { rid, ..WriteOptions::default() });
    }

    pub(super) fn write_with(&mut self, from: usize, frame: &EncodedFrame, options: WriteOptions) {
        let mid = self.sending_mid(from, frame.codec.kind());
        let now = self.now;
        let client = &mut self.clients[from];
        let mut media = client.rtc.media(mid).expect("it is negotiated");
        media.write_with(frame, options, now).expect("the path is up");
        client.drain();
    }

    pub(super) fn send_frame(&mut self, from: usize, kind: MediaKind, time: u64, keyframe: bool) {
        let (codec, rate) = match kind {
            MediaKind::Audio => (Codec::Opus, MediaTime::OPUS_RATE),
            MediaKind::Video => (Codec::Vp8, MediaTime::VIDEO_RATE),
        };
        // A VP8 frame header says in its lowest bit whether it is a keyframe.
        let first = u8::from(!keyframe && kind == MediaKind::Video);
        let mut data = vec![first, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00];
        data.extend([7; 500]);
        let time = MediaTime::new(time, rate);
        let frame = EncodedFrame { codec, time, keyframe, data: data.into() };
        self.write(from, None, &frame);
    }
}
