//! Two connections of one thread, joined without a network; a millisecond passes at each step.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use lapwing_engine::{
    ChannelConfig, Codec, Config, ConnectionState, Delivery, Event, Input, MediaKind, Mid,
    NegotiationRole, PayloadType, ReceivedPacket, ResolveId, Rtc, SessionKind, Sink, SocketRequest,
    TransceiverInit, Transmit, drain,
};

const STEP: Duration = Duration::from_millis(1);

/// What an end said. All of it is used again.
#[derive(Default)]
struct Outbox {
    transmits: Vec<Transmit>,
    spare: Vec<Vec<u8>>,
    candidates: Vec<String>,
    packets: Vec<ReceivedPacket>,
    frames: u64,
    channels: u64,
}

impl Sink for Outbox {
    fn transmit(&mut self, transmit: Transmit) {
        self.transmits.push(transmit);
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Packet(packet) => self.packets.push(packet),
            Event::Frame(_) => self.frames += 1,
            Event::ChannelOpened(_) => self.channels += 1,
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
            if up(&pair.a) && up(&pair.b) && pair.a.outbox.channels + pair.b.outbox.channels == 2 {
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
