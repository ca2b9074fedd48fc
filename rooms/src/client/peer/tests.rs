//! Two participants in virtual time: a server that only signals, and a network without delay
//! worth speaking of.

mod faults;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use lapwing_engine::{
    IceTransportPolicy, Input, Interface, MediaKind, MediaTime, ResolveId, Sink, SocketReply,
    SocketRequest, Transmit, drain,
};

use super::*;
use crate::client::RemoteTrack;
use crate::protocol::signalling::{Candidate, Description, LeaveReason, Limits, SdpType};

/// One participant with its network.
struct End {
    peer: Peer,
    address: IpAddr,
    generation: u32,
    port: u16,
    wake: Instant,
    said: Vec<ClientMessage>,
    events: Vec<PeerEvent>,
    sent: Vec<Transmit>,
}

#[derive(Default)]
struct Outputs {
    sent: Vec<Transmit>,
    events: Vec<Event>,
    requests: Vec<SocketRequest>,
}

impl Sink for Outputs {
    fn transmit(&mut self, transmit: Transmit) {
        self.sent.push(transmit);
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn socket(&mut self, request: SocketRequest) {
        self.requests.push(request);
    }

    fn resolve(&mut self, _id: ResolveId, name: String) {
        panic!("nothing hides behind a name here: {name}");
    }
}

fn config(number: u8, sources: &[Source], receives: bool) -> PeerConfig {
    PeerConfig {
        seed: [number; 32],
        unix_time: Duration::from_secs(1_780_000_000),
        codecs: vec![Codec::Opus, Codec::Vp8],
        loopback: false,
        sources: sources.to_vec(),
        receives,
        layers: Vec::new(),
        initial_bitrate: None,
        ice_servers: Vec::new(),
        ice_transport_policy: IceTransportPolicy::All,
        record: None,
    }
}

impl End {
    fn new(config: PeerConfig, address: &str, now: Instant) -> Self {
        End {
            peer: Peer::new(config, now),
            address: address.parse().expect("an address"),
            generation: u32::MAX,
            port: 4000,
            wake: now,
            said: Vec::new(),
            events: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// As the loop of a driver does it, but for the wait. True when anything moved.
    fn turn(&mut self, now: Instant) -> bool {
        let before = (self.said.len(), self.events.len(), self.sent.len());
        if self.peer.generation() != self.generation {
            self.generation = self.peer.generation();
            self.peer.take_retired();
            let interfaces = [Interface::new("eth0", self.address)];
            self.peer.rtc().handle_input(Input::Interfaces(&interfaces), now);
        }
        if self.wake <= now {
            self.peer.rtc().handle_input(Input::Timeout, now);
        }
        loop {
            let mut outputs = Outputs::default();
            self.wake = drain(self.peer.rtc(), &mut outputs);
            self.sent.append(&mut outputs.sent);
            let quiet = outputs.events.is_empty() && outputs.requests.is_empty();
            for event in outputs.events {
                self.peer.on_engine(event, now);
            }
            for request in outputs.requests {
                if let SocketRequest::Bind { id, .. } = request {
                    self.port += 1;
                    let local = SocketAddr::new(self.address, self.port);
                    let reply = SocketReply::Bound { id, local };
                    self.peer.rtc().handle_input(Input::Socket(reply), now);
                }
            }
            if quiet {
                break;
            }
        }
        if let Some(at) = self.peer.step(now) {
            self.wake = self.wake.min(at);
        }
        self.said.extend(std::iter::from_fn(|| self.peer.poll_message()));
        self.events.extend(std::iter::from_fn(|| self.peer.poll_event()));
        before != (self.said.len(), self.events.len(), self.sent.len())
    }

    fn take<T>(&mut self, mut pick: impl FnMut(&PeerEvent) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::new();
        self.events.retain(|event| match pick(event) {
            Some(value) => {
                taken.push(value);
                false
            }
            None => true,
        });
        taken
    }

    fn tracks(&mut self) -> Vec<RemoteTrack> {
        self.take(|event| match event {
            PeerEvent::TrackAdded(track) => Some(track.clone()),
            _ => None,
        })
    }

    fn hear(&mut self, message: ServerMessage, now: Instant) {
        self.peer.on_signalling(SignallingEvent::Message(Box::new(message)), now);
    }
}

fn id(name: &str) -> ParticipantId {
    ParticipantId(name.to_owned())
}

fn who(name: &str) -> Participant {
    Participant { id: id(name), name: name.to_uppercase() }
}

fn welcome(me: &str, others: &[&str], polite: bool, resumed: bool) -> ServerMessage {
    ServerMessage::Welcome(Welcome {
        version: 1,
        id: id(me),
        room: "tea".to_owned(),
        mode: Mode::Direct,
        participants: others.iter().map(|name| who(name)).collect(),
        polite,
        resumed,
        resume: "token".to_owned(),
        ice_servers: Vec::new(),
        host: None,
        locked: false,
        limits: Limits {
            participants: 2,
            message_bytes: 1,
            sdp_bytes: 1,
            messages_per_second: 1,
            messages_burst: 1,
            idle_seconds: 1,
            resume_seconds: 1,
        },
    })
}

/// Ada, who was first and is impolite, and Bob.
struct Room {
    ada: End,
    bob: End,
    now: Instant,
    /// Signalling messages from Ada to Bob, and back, are lost while set.
    deaf: bool,
    /// Datagrams are lost while set.
    cut: bool,
}

impl Room {
    fn new(ada: PeerConfig, bob: PeerConfig) -> Self {
        let now = Instant::now();
        let ada = End::new(ada, "192.0.2.1", now);
        let bob = End::new(bob, "192.0.2.2", now);
        Room { ada, bob, now, deaf: false, cut: false }
    }

    fn join(&mut self) {
        self.ada.hear(welcome("ada", &[], false, false), self.now);
        self.ada.hear(ServerMessage::ParticipantJoined { participant: who("bob") }, self.now);
        self.bob.hear(welcome("bob", &["ada"], true, false), self.now);
    }

    /// Hands signalling messages and datagrams on.
    fn exchange(&mut self) {
        let Room { ada, bob, now, deaf, cut } = self;
        if *cut {
            ada.sent.clear();
            bob.sent.clear();
        }
        hand_on(ada, bob, "ada", *deaf, *now);
        hand_on(bob, ada, "bob", *deaf, *now);
    }

    /// Lets time pass until something holds; false when it does not within a minute.
    fn run_until(&mut self, mut holds: impl FnMut(&mut Room) -> bool) -> bool {
        let end = self.now + Duration::from_secs(60);
        while self.now < end {
            let moved = self.ada.turn(self.now) | self.bob.turn(self.now);
            self.exchange();
            if holds(self) {
                return true;
            }
            if !moved {
                let wake = self.ada.wake.min(self.bob.wake);
                self.now = wake.max(self.now + Duration::from_millis(1));
            }
        }
        false
    }

    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        self.run_until(|room| room.now >= end);
    }

    fn connect(&mut self) {
        let connected = |room: &mut Room| {
            let ends = [&room.ada, &room.bob];
            ends.iter().all(|end| end.peer.is_connected() && end.peer.is_open(Label::File))
        };
        assert!(self.run_until(connected), "connected within a minute");
    }
}

const BOTH: [Source; 2] = [Source::Microphone, Source::Camera];

#[test]
fn the_first_offers_and_the_second_answers_with_its_own_tracks() {
    let mut room = Room::new(config(1, &BOTH, true), config(2, &BOTH, true));
    room.join();
    room.connect();
    for (end, other) in [(&mut room.ada, "bob"), (&mut room.bob, "ada")] {
        let tracks = end.tracks();
        let seen: Vec<_> =
            tracks.iter().map(|t| (t.kind, t.source, t.participant.0.as_str())).collect();
        let expected = [
            (MediaKind::Audio, Source::Microphone, other),
            (MediaKind::Video, Source::Camera, other),
        ];
        assert_eq!(seen, expected);
        assert_eq!(end.peer.rtc().negotiation().transceivers().len(), 2, "one line for each");
        assert!(end.peer.send_codecs(Source::Camera).contains(&Codec::Vp8));
    }
}

#[test]
fn tracks_of_the_second_alone_take_an_offer_of_its_own() {
    let mut room = Room::new(config(1, &[], true), config(2, &BOTH, true));
    room.join();
    room.connect();
    room.run(Duration::from_secs(2));
    assert_eq!(room.ada.tracks().len(), 2);
    assert_eq!(room.bob.tracks().len(), 0);
    assert!(!room.bob.peer.send_codecs(Source::Microphone).is_empty());
}

#[test]
fn who_wants_no_media_is_sent_none() {
    let mut room = Room::new(config(1, &BOTH, true), config(2, &[], false));
    room.join();
    room.connect();
    room.run(Duration::from_secs(1));
    assert!(room.ada.peer.send_codecs(Source::Camera).is_empty());
    assert_eq!((room.ada.tracks().len(), room.bob.tracks().len()), (0, 0));
}

#[test]
fn frames_chat_files_and_echoes_go_over() {
    let mut room = Room::new(config(1, &BOTH, true), config(2, &BOTH, true));
    room.join();
    room.connect();
    let frame = EncodedFrame {
        codec: Codec::Opus,
        time: MediaTime::new(960, 48_000),
        keyframe: true,
        data: vec![0xf8, 0xff, 0xfe].into(),
    };
    let now = room.now;
    let sent = room.ada.peer.send_frame(Source::Microphone, &frame, WriteOptions::default(), now);
    assert_eq!(sent, Ok(()));
    let chat = ChatMessage::Message { from: Some(id("eve")), text: "hello".to_owned() };
    assert!(room.bob.peer.send_chat(&chat));
    let cancel = FileMessage::Cancel { id: 7, reason: crate::protocol::data::CancelReason::Io };
    assert!(room.bob.peer.send_file_message(&cancel));
    assert_eq!(room.bob.peer.send_chunk(&[0; 20]), Ok(true));
    room.run(Duration::from_secs(3));
    let frames = room.bob.take(|event| matches!(event, PeerEvent::Frame(_)).then_some(()));
    assert_eq!(frames.len(), 1);
    let heard = room.ada.take(|event| match event {
        PeerEvent::Chat(from, message) => Some((from.clone(), message.clone())),
        _ => None,
    });
    assert_eq!(heard, [(id("bob"), chat)], "only a server speaks for others");
    let files = room.ada.take(|event| match event {
        PeerEvent::File(_, message) => Some(message.id()),
        PeerEvent::FileChunk(chunk) => Some(chunk.len() as u64),
        _ => None,
    });
    assert_eq!(files, [7, 20]);
    let echoes = |end: &mut End| end.take(|e| matches!(e, PeerEvent::Echo(_)).then_some(())).len();
    assert!(echoes(&mut room.ada) >= 2, "the side that opens measures, each second");
    assert_eq!(echoes(&mut room.bob), 0);
}

#[test]
fn garbage_on_a_channel_is_told_and_dropped() {
    let mut room = Room::new(config(1, &[], true), config(2, &[], true));
    room.join();
    room.connect();
    let link = &mut room.ada.peer.link;
    for text in ["{", "[]", "{\"type\":\"offer\"}", "{\"type\":\"fly\",\"id\":1}"] {
        for label in [Label::Chat, Label::File] {
            assert!(link.channels.send_text(&mut link.rtc, label, text.to_owned()));
        }
    }
    room.run(Duration::from_secs(1));
    let dropped = room.bob.take(|event| match event {
        PeerEvent::Dropped(what) => Some(*what),
        _ => None,
    });
    assert_eq!(dropped.len(), 8);
}

#[test]
fn an_offer_lost_with_the_socket_is_said_again() {
    let mut room = Room::new(config(1, &BOTH, true), config(2, &BOTH, true));
    room.deaf = true;
    room.join();
    room.run(Duration::from_secs(2));
    room.deaf = false;
    room.ada.hear(welcome("ada", &["bob"], false, true), room.now);
    room.bob.hear(welcome("bob", &["ada"], true, true), room.now);
    room.connect();
    assert_eq!(room.ada.tracks().len(), 2);
}

#[test]
fn who_leaves_and_comes_back_is_connected_anew() {
    let mut room = Room::new(config(1, &BOTH, true), config(2, &BOTH, true));
    room.join();
    room.connect();
    room.ada.tracks();
    let left = ServerMessage::ParticipantLeft { id: id("bob"), reason: LeaveReason::Lost };
    room.ada.hear(left, room.now);
    room.run(Duration::from_secs(1));
    let ended = |event: &PeerEvent| matches!(event, PeerEvent::TrackEnded(_)).then_some(());
    assert_eq!(room.ada.take(ended).len(), 2);
    assert!(!room.ada.peer.is_connected());
    room.ada.hear(ServerMessage::ParticipantJoined { participant: who("bob") }, room.now);
    room.bob.hear(welcome("bob", &["ada"], true, false), room.now);
    room.connect();
    assert_eq!(room.ada.tracks().len(), 2);
}

#[test]
fn a_room_that_is_full_is_the_end() {
    let now = Instant::now();
    let mut ada = End::new(config(1, &[], true), "192.0.2.1", now);
    let error = ErrorMessage {
        code: ErrorCode::RoomFull,
        message: "Two are in the room.".to_owned(),
        hint: "Take another.".to_owned(),
        fatal: true,
    };
    let closed = SignallingEvent::Closed(ClientError::Server(error));
    ada.peer.on_signalling(closed, now);
    ada.turn(now);
    let failed = ada.take(|event| match event {
        PeerEvent::Failed(error) => Some(error.to_string()),
        _ => None,
    });
    assert_eq!(failed, ["the server says: Two are in the room. Take another."]);
}

/// What one end said and sent reaches the other.
fn hand_on(from: &mut End, to: &mut End, name: &str, deaf: bool, now: Instant) {
    for message in from.said.drain(..).filter(|_| !deaf) {
        let relayed = match message {
            ClientMessage::Description(said) => {
                ServerMessage::Description(Description { peer: id(name), ..said })
            }
            ClientMessage::Candidate(said) => {
                ServerMessage::Candidate(Candidate { peer: id(name), ..said })
            }
            other => panic!("a peer says descriptions and candidates, not {other:?}"),
        };
        to.hear(relayed, now);
    }
    for transmit in from.sent.drain(..) {
        to.peer.rtc().handle_input(Input::Datagram(transmit.as_datagram()), now);
    }
}
