//! Participants and the forwarder in virtual time, joined by a network without delay.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lapwing_engine::{
    ChannelConfig, ChannelId, Codec, Config, Direction, EncodedFrame, Event, Input, MediaKind,
    MediaTime, Mid, NegotiationRole, ReceivedFrame, RemoteOutcome, Rtc, SdpType as EngineSdpType,
    SessionDescription as EngineDescription, Sink, TransceiverInit, Transmit, drain,
};

use super::*;
use crate::protocol::data::{ChatMessage, ChunkHeader, FileMessage, FileOffer};
use crate::protocol::signalling::{
    Candidate, Description, ParticipantId, SdpType, SessionDescription, Source, TrackLabel,
};
use crate::serve::hub::{Command, Entropy, Notice};

/// Rounds of "deliver everything, then wake whoever is due" that a scene may take.
const ROUNDS_MAX: usize = 20_000;

/// One participant: a bare connection and what it saw.
struct Client {
    id: ParticipantId,
    rtc: Rtc,
    wake_at: Instant,
    out: Outbound,
    labels: Vec<(String, TrackLabel)>,
    sources: Vec<(String, TrackLabel)>,
    refused: Vec<String>,
}

#[derive(Default)]
struct Outbound {
    transmits: Vec<Transmit>,
    events: Vec<Event>,
}

impl Sink for Outbound {
    fn transmit(&mut self, transmit: Transmit) {
        self.transmits.push(transmit);
    }
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }
    fn socket(&mut self, request: lapwing_engine::SocketRequest) {
        panic!("no socket is wanted: {request:?}");
    }
    fn resolve(&mut self, _: lapwing_engine::ResolveId, _: String) {}
}

impl Client {
    fn new(name: &str, number: u8, now: Instant) -> Self {
        let address = SocketAddr::from(([192, 0, 2, number], 5000));
        let config = Config::seeded(number.into())
            .with_codecs([Codec::Opus, Codec::Vp8])
            .with_role(NegotiationRole::Polite)
            .with_shared_socket(address);
        Client {
            id: ParticipantId(name.to_owned()),
            rtc: Rtc::new(config, now),
            wake_at: now,
            out: Outbound::default(),
            labels: Vec::new(),
            sources: Vec::new(),
            refused: Vec::new(),
        }
    }

    fn drain(&mut self) {
        self.wake_at = drain(&mut self.rtc, &mut self.out);
    }

    fn frames(&self) -> impl Iterator<Item = &ReceivedFrame> {
        self.out.events.iter().filter_map(|event| match event {
            Event::Frame(frame) => Some(frame),
            _ => None,
        })
    }

    fn channel(&self, label: &str) -> Option<ChannelId> {
        self.out.events.iter().find_map(|event| match event {
            Event::ChannelOpened(opened) if opened.label == label => Some(opened.id),
            _ => None,
        })
    }

    fn texts(&self, label: &str) -> Vec<String> {
        let channel = self.channel(label);
        let texts = self.out.events.iter().filter_map(|event| match event {
            Event::ChannelMessage(message) if Some(message.id) == channel && !message.binary => {
                Some(String::from_utf8(message.data.to_vec()).expect("texts are UTF-8"))
            }
            _ => None,
        });
        texts.collect()
    }

    fn chunks(&self) -> Vec<Vec<u8>> {
        let binary = self.out.events.iter().filter_map(|event| match event {
            Event::ChannelMessage(message) if message.binary => Some(message.data.to_vec()),
            _ => None,
        });
        binary.collect()
    }

    fn write_text(&mut self, label: &str, text: &str) {
        let id = self.channel(label).expect("the channel is open");
        self.rtc.channel(id).expect("it is open").write_text(text).expect("it has room");
        self.drain();
    }
}

struct Scene {
    now: Instant,
    forwarder: Forwarder,
    clients: Vec<Client>,
}

impl Scene {
    fn new() -> Self {
        let now = Instant::now();
        let mut seed = 0u8;
        let entropy = Entropy::new(move |bytes| {
            seed += 1;
            bytes.fill(seed);
        });
        let forwarder = Forwarder::new(ForwarderConfig {
            sockets: vec!["198.51.100.1:3478".parse().expect("an address")],
            advertised: Vec::new(),
            entropy,
            unix_time: Duration::from_secs(1_780_000_000),
            started: now,
        });
        Scene { now, forwarder, clients: Vec::new() }
    }

    /// A participant joins, with channels and tracks of these kinds.
    fn join(&mut self, name: &str, kinds: &[MediaKind]) -> usize {
        let number = self.clients.len() as u8 + 1;
        let mut client = Client::new(name, number, self.now);
        let join = Command::Join { room: "tea".to_owned(), id: client.id.clone() };
        self.forwarder.command(join, self.now);
        for label in ["chat", "echo", "file"] {
            client.rtc.create_channel(ChannelConfig::new(label)).expect("channels are few");
        }
        let mut negotiation = client.rtc.negotiation();
        for kind in kinds {
            let init = TransceiverInit::new(Direction::SendOnly);
            negotiation.add_transceiver(*kind, init);
        }
        client.drain();
        self.clients.push(client);
        self.clients.len() - 1
    }

    /// Does what there is to do at this moment; false when there was nothing.
    fn deliver(&mut self) -> bool {
        let mut busy = false;
        for index in 0..self.clients.len() {
            busy |= self.negotiate(index);
            for transmit in std::mem::take(&mut self.clients[index].out.transmits) {
                busy = true;
                self.forwarder.datagram(&transmit.as_datagram(), self.now);
            }
        }
        while let Some(output) = self.forwarder.poll() {
            busy = true;
            match output {
                ForwarderOutput::Transmit(transmit) => {
                    let number = match transmit.destination {
                        SocketAddr::V4(to) => to.ip().octets()[3],
                        SocketAddr::V6(_) => panic!("all addresses are IPv4"),
                    };
                    let client = &mut self.clients[usize::from(number) - 1];
                    client.rtc.handle_input(Input::Datagram(transmit.as_datagram()), self.now);
                    client.drain();
                }
                ForwarderOutput::Notice(notice) => self.notice(notice),
            }
        }
        busy
    }

    /// Sends the client's offer when one is needed.
    fn negotiate(&mut self, index: usize) -> bool {
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

    fn describe(&mut self, index: usize, kind: SdpType, sdp: String) {
        let client = &self.clients[index];
        let description = Description {
            peer: client.id.clone(),
            description: SessionDescription { kind, sdp },
            tracks: client.sources.iter().cloned().collect(),
        };
        self.forwarder.command(Command::Description(description), self.now);
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Description(description) => self.description(description),
            Notice::Refused { id, message } => {
                let index = self.index(&id);
                self.clients[index].refused.push(message);
            }
            other => panic!("not expected: {other:?}"),
        }
    }

    fn index(&self, id: &ParticipantId) -> usize {
        self.clients.iter().position(|client| client.id == *id).expect("a known participant")
    }

    fn description(&mut self, description: Description) {
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

    /// Goes on until `done`, or fails.
    fn run_until(&mut self, what: &str, mut done: impl FnMut(&mut Scene) -> bool) {
        for _ in 0..ROUNDS_MAX {
            while self.deliver() {}
            if done(self) {
                return;
            }
            let clients = self.clients.iter().map(|client| client.wake_at).min();
            let next = self.forwarder.wake_at(self.now).min(clients.expect("somebody is there"));
            self.now = next.max(self.now + Duration::from_micros(1));
            for client in self.clients.iter_mut().filter(|client| client.wake_at <= self.now) {
                client.rtc.handle_input(Input::Timeout, self.now);
                client.drain();
            }
            self.forwarder.timeout(self.now);
        }
        panic!("it never came to this: {what}");
    }

    fn run_for(&mut self, span: Duration) {
        let end = self.now + span;
        self.run_until("the end of the span", |scene| scene.now >= end);
    }

    fn open(&mut self) {
        self.run_until("open channels", |scene| {
            let open = |client: &Client| {
                ["chat", "echo", "file"].iter().all(|label| client.channel(label).is_some())
            };
            scene.clients.iter().all(open)
        });
    }

    /// The m-line on which `to` gets this source of `from`.
    fn mid_of(&self, to: usize, from: usize, source: Source) -> Option<Mid> {
        let label = TrackLabel { participant: Some(self.clients[from].id.clone()), source };
        let found = self.clients[to].labels.iter().find(|(_, known)| *known == label);
        found.and_then(|(mid, _)| Mid::new(mid))
    }

    fn send_frame(&mut self, from: usize, kind: MediaKind, time: u64, keyframe: bool) {
        let now = self.now;
        let client = &mut self.clients[from];
        let transceivers = client.rtc.negotiation().transceivers();
        let own =
            |t: &&lapwing_engine::Transceiver| t.kind == kind && t.direction == Direction::SendOnly;
        let mid = transceivers.iter().find(own).and_then(|t| t.mid).expect("it is negotiated");
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
        let mut media = client.rtc.media(mid).expect("it is negotiated");
        media.write(&frame, now).expect("the path is up");
        client.drain();
    }
}

#[test]
fn frames_reach_all_others_with_names_on_their_tracks() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[MediaKind::Audio, MediaKind::Video]);
    let bob = scene.join("bob", &[]);
    let eve = scene.join("eve", &[]);
    scene.open();
    scene.run_until("labels", |scene| {
        [bob, eve].iter().all(|to| scene.mid_of(*to, ada, Source::Camera).is_some())
    });
    let server = scene.clients[bob].rtc.negotiation().remote_description().cloned();
    let sdp = server.expect("the server described itself").sdp;
    assert!(sdp.contains("a=msid:ada "), "the stream is named after its participant");
    for n in 0..20 {
        scene.send_frame(ada, MediaKind::Video, n * 3_000, n == 0);
        scene.send_frame(ada, MediaKind::Audio, n * 960, true);
        scene.run_for(Duration::from_millis(20));
    }
    for to in [bob, eve] {
        for (source, kind) in
            [(Source::Camera, MediaKind::Video), (Source::Microphone, MediaKind::Audio)]
        {
            let mid = scene.mid_of(to, ada, source).expect("it is labelled");
            let frames = scene.clients[to].frames().filter(|frame| frame.mid == mid);
            let frames: Vec<_> = frames.filter(|f| f.frame.codec.kind() == kind).collect();
            assert_eq!(frames.len(), 20, "{source:?} at {to}");
            assert_eq!(frames[0].frame.data.len(), 510);
        }
    }
    assert_eq!(scene.clients[ada].frames().count(), 0);
}

#[test]
fn a_latecomer_waits_for_a_keyframe_which_is_asked_for() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[MediaKind::Video]);
    scene.open();
    scene.send_frame(ada, MediaKind::Video, 0, true);
    scene.run_for(Duration::from_millis(100));
    let bob = scene.join("bob", &[]);
    scene.open();
    scene.run_until("labels", |scene| scene.mid_of(bob, ada, Source::Camera).is_some());
    scene.run_for(Duration::from_millis(100));
    for n in 1..5 {
        scene.send_frame(ada, MediaKind::Video, n * 3_000, false);
        scene.run_for(Duration::from_millis(33));
    }
    assert_eq!(scene.clients[bob].frames().count(), 0);
    let asked = |event: &Event| matches!(event, Event::KeyframeRequested { .. });
    assert!(scene.clients[ada].out.events.iter().any(asked));
    scene.send_frame(ada, MediaKind::Video, 15_000, true);
    scene.send_frame(ada, MediaKind::Video, 18_000, false);
    scene.run_for(Duration::from_millis(100));
    let keyframes: Vec<bool> = scene.clients[bob].frames().map(|f| f.frame.keyframe).collect();
    assert_eq!(keyframes, [true, false]);
}

#[test]
fn who_leaves_is_taken_off_and_the_next_uses_a_line_of_its_own() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[MediaKind::Video]);
    let bob = scene.join("bob", &[MediaKind::Video]);
    scene.open();
    scene.run_until("labels", |scene| scene.mid_of(bob, ada, Source::Camera).is_some());
    let leave = Command::Leave { id: scene.clients[ada].id.clone() };
    let now = scene.now;
    scene.forwarder.command(leave, now);
    scene.run_until("no label", |scene| scene.mid_of(bob, ada, Source::Camera).is_none());
    let eve = scene.join("eve", &[MediaKind::Video]);
    scene.run_until("labels", |scene| {
        scene.mid_of(bob, eve, Source::Camera).is_some()
            && scene.mid_of(eve, bob, Source::Camera).is_some()
    });
}

#[test]
fn a_screen_is_labelled_as_its_owner_says() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[MediaKind::Video]);
    let label = TrackLabel { participant: None, source: Source::Screen };
    let mids = (0..4).map(|n| (n.to_string(), label.clone()));
    // The engine names the m-line as it likes: all the names it may choose are labelled.
    scene.clients[ada].sources = mids.collect();
    let bob = scene.join("bob", &[]);
    scene.open();
    let offered = scene.clients[ada].rtc.negotiation().transceivers()[0].mid;
    let mid = offered.expect("it is negotiated").to_string();
    scene.clients[ada].sources = vec![(mid, label)];
    let mut negotiation = scene.clients[ada].rtc.negotiation();
    negotiation.restart_ice();
    scene.clients[ada].drain();
    scene.run_until("labels", |scene| scene.mid_of(bob, ada, Source::Screen).is_some());
    let sdp = scene.clients[bob].rtc.negotiation().remote_description().cloned();
    assert!(sdp.expect("it was described").sdp.contains("a=msid:ada.screen "));
}

#[test]
fn chat_is_stamped_and_sent_to_all_others() {
    let mut scene = Scene::new();
    let all: Vec<usize> = ["ada", "bob", "eve"].iter().map(|n| scene.join(n, &[])).collect();
    scene.open();
    scene.clients[0].write_text("chat", r#"{"type":"message","from":"eve","text":"hi"}"#);
    scene.clients[0].write_text("chat", "garbage");
    let long = "x".repeat(5_000);
    scene.clients[0].write_text("chat", &format!(r#"{{"type":"message","text":"{long}"}}"#));
    scene.run_for(Duration::from_millis(200));
    let ada = Some(ParticipantId("ada".to_owned()));
    let expected = ChatMessage::Message { from: ada, text: "hi".to_owned() };
    for to in &all[1..] {
        let texts = scene.clients[*to].texts("chat");
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert_eq!(serde_json::from_str::<ChatMessage>(&texts[0]).expect("chat"), expected);
    }
    assert_eq!(scene.clients[0].texts("chat").len(), 0);
}

#[test]
fn a_chat_flood_is_cut_to_its_rate() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[]);
    let bob = scene.join("bob", &[]);
    scene.open();
    for _ in 0..100 {
        scene.clients[ada].write_text("chat", r#"{"type":"message","text":"hi"}"#);
    }
    scene.run_for(Duration::from_millis(50));
    assert_eq!(scene.clients[bob].texts("chat").len(), 40);
}

#[test]
fn an_echo_comes_back_as_it_was() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[]);
    scene.open();
    scene.clients[ada].write_text("echo", "what is the time?");
    scene.run_for(Duration::from_millis(100));
    assert_eq!(scene.clients[ada].texts("echo"), ["what is the time?"]);
}

#[test]
fn a_file_goes_to_its_receiver_only() {
    let mut scene = Scene::new();
    let all: Vec<usize> = ["ada", "bob", "eve"].iter().map(|n| scene.join(n, &[])).collect();
    scene.open();
    let offer = FileMessage::Offer(FileOffer {
        id: 7,
        to: Some(ParticipantId("bob".to_owned())),
        from: None,
        name: "a.bin".to_owned(),
        size: 600_000,
        sha256: "0".repeat(64),
    });
    let text = |message: &FileMessage| serde_json::to_string(message).expect("plain data");
    scene.clients[0].write_text("file", &text(&offer));
    scene.run_for(Duration::from_millis(100));
    assert_eq!(scene.clients[1].texts("file").len(), 1);
    scene.clients[1].write_text("file", &text(&FileMessage::Accept { id: 7, offset: 0 }));
    scene.run_for(Duration::from_millis(100));
    assert_eq!(scene.clients[0].texts("file").len(), 1);
    let file = scene.clients[0].channel("file").expect("it is open");
    for offset in (0..600_000u64).step_by(30_000) {
        let chunk = ChunkHeader { id: 7, offset }.with_data(&[1; 30_000]);
        let client = &mut scene.clients[0];
        client.rtc.channel(file).expect("open").write_binary(&chunk).expect("it has room");
        client.drain();
    }
    scene.run_until("all chunks", |scene| scene.clients[1].chunks().len() == 20);
    let offsets = scene.clients[1]
        .chunks()
        .into_iter()
        .map(|chunk| ChunkHeader::split(&chunk).expect("it is a chunk").0.offset);
    assert!(offsets.eq((0..600_000).step_by(30_000)));
    assert_eq!(scene.clients[all[2]].texts("file").len() + scene.clients[2].chunks().len(), 0);
    scene.clients[1].write_text("file", &text(&FileMessage::Ack { id: 7, received: 600_000 }));
    scene.run_for(Duration::from_millis(100));
    assert_eq!(scene.clients[0].texts("file").len(), 2);
}

#[test]
fn descriptions_that_make_no_sense_are_refused() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[]);
    scene.describe(ada, SdpType::Answer, "v=0".to_owned());
    scene.describe(ada, SdpType::Pranswer, "v=0".to_owned());
    scene.describe(ada, SdpType::Offer, "nonsense".to_owned());
    let candidate = Candidate { peer: scene.clients[ada].id.clone(), candidate: None };
    let now = scene.now;
    scene.forwarder.command(Command::Candidate(candidate), now);
    // Its own offer is still taken afterwards.
    scene.open();
    assert_eq!(scene.clients[ada].refused.len(), 3);
}

#[test]
fn datagrams_of_strangers_are_passed_over() {
    let mut scene = Scene::new();
    let ada = scene.join("ada", &[]);
    scene.open();
    for contents in [&b""[..], b"hello", &[0x80; 40], &[0x16; 400], &[0, 1, 0, 0]] {
        let datagram = lapwing_engine::Datagram {
            protocol: lapwing_engine::Protocol::Udp,
            source: "203.0.113.9:9".parse().expect("an address"),
            destination: "198.51.100.1:3478".parse().expect("an address"),
            ecn: None,
            contents,
        };
        let now = scene.now;
        scene.forwarder.datagram(&datagram, now);
    }
    assert!(scene.forwarder.poll().is_none());
    scene.clients[ada].write_text("echo", "still there?");
    scene.run_for(Duration::from_millis(100));
    assert_eq!(scene.clients[ada].texts("echo"), ["still there?"]);
}
