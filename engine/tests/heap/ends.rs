//! Two connections of one thread, joined without a network; a millisecond passes at each step.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use lapwing_engine::{
    ChannelConfig, ChannelId, Codec, Config, ConnectionState, Delivery, Event, Input, MediaKind,
    Mid, NegotiationRole, PayloadType, ReceivedPacket, ResolveId, Rtc, SessionKind, Sink,
    SocketRequest, TransceiverInit, Transmit, drain,
};

const STEP: Duration = Duration::from_millis(1);

/// Channels that either end takes.
const CHANNELS_MAX: usize = 12_000;

/// What an end said. All of it is used again.
#[derive(Default)]
struct Outbox {
    transmits: Vec<Transmit>,
    spare: Vec<Vec<u8>>,
    candidates: Vec<String>,
    packets: Vec<ReceivedPacket>,
    frames: u64,
    channels: Vec<ChannelId>,
    /// Channels that closed.
    closed: u64,
    messages: u64,
    /// There is room for more of a message.
    has_room: bool,
}

impl Sink for Outbox {
    fn transmit(&mut self, transmit: Transmit) {
        self.transmits.push(transmit);
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Packet(packet) => self.packets.push(packet),
            Event::Frame(_) => self.frames += 1,
            Event::ChannelOpened(opened) => self.channels.push(opened.id),
            Event::ChannelClosed(_) => self.closed += 1,
            Event::ChannelMessage(_) => self.messages += 1,
            Event::ChannelBufferedAmountLow(_) => self.has_room = true,
            Event::IceCandidate(signalled) if signalled.candidate.is_some() => {
                self.candidates.push(signalled.line());
            }
            _ => {}
        }
    }

    fn socket(&mut self, _request: SocketRequest) {}

    fn resolve(&mut self, _id: ResolveId, _name: String) {}

    fn spare_buffer(&mut self) -> Option<Vec<u8>> {
        self.spare.pop()
    }
}

/// One end.
pub(crate) struct End {
    pub(crate) rtc: Rtc,
    wake: Instant,
    outbox: Outbox,
}

impl End {
    fn new(number: u8, delivery: Delivery, now: Instant) -> Self {
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)), 5_000);
        let mut config = Config::seeded(u64::from(number)).with_shared_socket(address);
        // Nothing waits for its turn: what a packet costs is looked at.
        config.initial_bitrate = None;
        config.session = SessionKind::Own;
        config.delivery = delivery;
        config.message_bytes_max = None;
        config.channels_max = CHANNELS_MAX;
        if number.is_multiple_of(2) {
            config = config.with_role(NegotiationRole::Polite);
        }
        let mut end = End { rtc: Rtc::new(config, now), wake: now, outbox: Outbox::default() };
        end.drain();
        end
    }

    pub(crate) fn drain(&mut self) {
        self.wake = drain(&mut self.rtc, &mut self.outbox);
    }

    /// Takes what the other end sent, and gives its buffers back.
    fn take(&mut self, from: &mut End, now: Instant) {
        for transmit in from.outbox.transmits.drain(..) {
            self.rtc.handle_input(Input::Datagram(transmit.as_datagram()), now);
            self.drain();
            from.outbox.spare.push(transmit.contents);
        }
        if self.wake <= now {
            self.rtc.handle_input(Input::Timeout, now);
            self.drain();
        }
    }

    /// The packets that arrived.
    pub(crate) fn packets(&mut self) -> &mut Vec<ReceivedPacket> {
        &mut self.outbox.packets
    }

    /// How many frames arrived.
    pub(crate) fn frames(&self) -> u64 {
        self.outbox.frames
    }

    /// Channels that opened, in their order.
    pub(crate) fn channels(&self) -> &[ChannelId] {
        &self.outbox.channels
    }

    /// How many channels closed.
    pub(crate) fn closed(&self) -> u64 {
        self.outbox.closed
    }

    /// How many whole messages arrived.
    pub(crate) fn messages(&self) -> u64 {
        self.outbox.messages
    }

    /// There was news of room since the last time.
    pub(crate) fn has_room(&mut self) -> bool {
        std::mem::take(&mut self.outbox.has_room)
    }

    /// Forgets what was told of channels.
    pub(crate) fn forget_channels(&mut self) {
        self.outbox.channels = Vec::new();
        self.outbox.closed = 0;
    }

    /// The m-line of a kind, and the number of a codec.
    pub(crate) fn media(&mut self, codec: Codec) -> (Mid, PayloadType) {
        let transceivers = self.rtc.negotiation().transceivers();
        let found = transceivers.iter().find(|it| it.kind == codec.kind());
        let mid = found.and_then(|it| it.mid).expect("it is negotiated");
        let codecs = self.rtc.media(mid).expect("it is negotiated").codecs();
        let number = codecs.iter().find(|(_, known)| *known == codec).expect("both know it").0;
        (mid, number)
    }
}

/// Two ends and the time.
pub(crate) struct Pair {
    pub(crate) a: End,
    pub(crate) b: End,
    pub(crate) now: Instant,
}

impl Pair {
    /// Connected, with sound, pictures, and a channel.
    pub(crate) fn connected(delivery: Delivery, now: Instant) -> Self {
        let [a, b] = [1, 2].map(|number| End::new(number, delivery, now));
        let mut pair = Pair { a, b, now };
        pair.negotiate();
        for _ in 0..5_000 {
            pair.step();
            let up = |end: &End| end.rtc.connection_state() == ConnectionState::Connected;
            let opened = [&pair.a, &pair.b].map(|end| end.outbox.channels.len());
            if up(&pair.a) && up(&pair.b) && opened == [1, 1] {
                return pair;
            }
        }
        panic!("the ends do not connect");
    }

    fn negotiate(&mut self) {
        let Pair { a, b, .. } = self;
        for kind in [MediaKind::Audio, MediaKind::Video] {
            a.rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
        }
        a.rtc.create_channel(ChannelConfig::new("data")).expect("room for one");
        a.drain();
        let offer = a.rtc.negotiation().create_offer().expect("there is something to offer");
        a.rtc.negotiation().set_local(&offer).expect("it was just created");
        a.drain();
        b.rtc.negotiation().set_remote(&offer).expect("our own offer is valid");
        b.drain();
        let answer = b.rtc.negotiation().create_answer().expect("an offer waits");
        b.rtc.negotiation().set_local(&answer).expect("it was just created");
        b.drain();
        a.rtc.negotiation().set_remote(&answer).expect("our own answer is valid");
        a.drain();
        for to_b in [true, false] {
            let (from, to) = if to_b { (&mut *a, &mut *b) } else { (&mut *b, &mut *a) };
            for candidate in std::mem::take(&mut from.outbox.candidates) {
                to.rtc.negotiation().add_ice_candidate(&candidate).expect("it is valid");
                to.drain();
            }
        }
    }

    /// A millisecond passes.
    pub(crate) fn step(&mut self) {
        self.now += STEP;
        self.b.take(&mut self.a, self.now);
        self.a.take(&mut self.b, self.now);
    }
}

/// An instant to begin at.
#[expect(clippy::disallowed_methods, reason = "virtual time needs some instant to begin at")]
pub(crate) fn origin() -> Instant {
    Instant::now()
}
