//! Two engines, and the way between them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Bitrate, Codec, Config, ConnectionState, Direction, Event, Input, Interface, MediaKind, Mid,
    NegotiationRole, PacketKind, ResolveId, Rtc, Sink, SocketId, SocketReply, SocketRequest,
    TransceiverInit, Transmit, drain,
};

/// One end, with what it said and wants sent.
pub(super) struct End {
    pub(super) rtc: Rtc,
    pub(super) outputs: Outputs,
    wake: Instant,
}

#[derive(Default)]
pub(super) struct Outputs {
    pub(super) events: Vec<Event>,
    sent: Vec<Transmit>,
    bound: Vec<(SocketId, std::net::SocketAddr)>,
}

impl Sink for Outputs {
    fn transmit(&mut self, transmit: Transmit) {
        self.sent.push(transmit);
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn socket(&mut self, request: SocketRequest) {
        if let SocketRequest::Bind { id, mut local, .. } = request {
            local.set_port(5_000);
            self.bound.push((id, local));
        }
    }

    fn resolve(&mut self, _: ResolveId, _: String) {}
}

impl End {
    fn new(config: Config, address: &str, now: Instant) -> Self {
        let mut rtc = Rtc::new(config, now);
        let interface = Interface::new("eth0".to_owned(), address.parse().unwrap());
        rtc.handle_input(Input::Interfaces(&[interface]), now);
        let mut end = End { rtc, outputs: Outputs::default(), wake: now };
        end.drain(now);
        end
    }

    pub(super) fn drain(&mut self, now: Instant) {
        loop {
            self.wake = drain(&mut self.rtc, &mut self.outputs);
            let bound = std::mem::take(&mut self.outputs.bound);
            if bound.is_empty() {
                return;
            }
            for (id, local) in bound {
                self.rtc.handle_input(Input::Socket(SocketReply::Bound { id, local }), now);
            }
        }
    }

    pub(super) fn mid(&mut self, kind: MediaKind) -> Mid {
        let transceivers = self.rtc.negotiation().transceivers();
        transceivers.iter().find(|it| it.kind == kind).unwrap().mid.unwrap()
    }
}

/// What a datagram carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Load {
    Sound,
    /// Pictures, or what is sent again of them, with this RTP timestamp.
    Pictures(u32),
    Other,
}

impl Load {
    fn of(contents: &[u8]) -> Self {
        if PacketKind::of(contents) != Some(PacketKind::Rtp) {
            return Load::Other;
        }
        match contents[1] & 0x7f {
            111 => Load::Sound,
            _ => Load::Pictures(u32::from_be_bytes(contents[4..8].try_into().unwrap())),
        }
    }

    /// Datagrams of one class stay in their order.
    fn class(self) -> u8 {
        match self {
            Load::Sound => 0,
            Load::Pictures(_) => 1,
            Load::Other => 2,
        }
    }
}

/// How long a datagram takes; `None` for one that is lost.
type Carrier = Box<dyn FnMut(Load) -> Option<Duration>>;

/// Two ends and the time. The first sends sound and pictures of one stream.
pub(super) struct Way {
    pub(super) a: End,
    pub(super) b: End,
    pub(super) now: Instant,
    carrier: Carrier,
    flight: BTreeMap<(Instant, u64), (bool, Transmit)>,
    /// When the last of each class arrives, in each direction.
    last: BTreeMap<(bool, u8), Instant>,
    count: u64,
}

impl Way {
    /// Two that are connected.
    pub(super) fn connected(codec: Codec, carrier: Carrier) -> Self {
        let now = Instant::now();
        let config = |seed| Config::seeded(seed).with_codecs([Codec::Opus, codec]);
        let mut a = End::new(config(1), "192.0.2.1", now);
        let mut b = End::new(config(2).with_role(NegotiationRole::Polite), "192.0.2.2", now);
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let init = TransceiverInit::new(Direction::SendOnly).with_stream("a");
            a.rtc.negotiation().add_transceiver(kind, init);
        }
        let offer = a.rtc.negotiation().create_offer().unwrap();
        a.rtc.negotiation().set_local(&offer).unwrap();
        a.drain(now);
        b.rtc.negotiation().set_remote(&offer).unwrap();
        let answer = b.rtc.negotiation().create_answer().unwrap();
        b.rtc.negotiation().set_local(&answer).unwrap();
        b.drain(now);
        a.rtc.negotiation().set_remote(&answer).unwrap();
        a.drain(now);
        trickle(&a, &mut b, now);
        trickle(&b, &mut a, now);
        // Streams that are as far apart as these may be taken for a link that is full.
        let least = Bitrate::kbps(1_000);
        a.rtc.set_desired_bitrate(least, least);
        a.drain(now);
        let (flight, last) = (BTreeMap::new(), BTreeMap::new());
        let mut way = Way { a, b, now, carrier, flight, last, count: 0 };
        while [&way.a, &way.b]
            .iter()
            .any(|end| end.rtc.connection_state() != ConnectionState::Connected)
        {
            assert!(way.now < now + Duration::from_secs(10), "connected within ten seconds");
            way.run_until(way.now + Duration::from_millis(10));
        }
        way
    }

    /// Lets time pass.
    pub(super) fn run_until(&mut self, end: Instant) {
        loop {
            self.collect();
            let arrival = self.flight.keys().next().map(|(at, _)| *at);
            let next = [Some(self.a.wake), Some(self.b.wake), arrival].into_iter().flatten().min();
            let next = next.unwrap().max(self.now);
            if next > end {
                self.now = end;
                return;
            }
            self.now = next;
            if let Some(entry) = self.flight.first_entry().filter(|it| it.key().0 <= next) {
                let (to_b, transmit) = entry.remove();
                let end = if to_b { &mut self.b } else { &mut self.a };
                end.rtc.handle_input(Input::Datagram(transmit.as_datagram()), next);
                end.drain(next);
                continue;
            }
            for end in [&mut self.a, &mut self.b] {
                if end.wake <= next {
                    end.rtc.handle_input(Input::Timeout, next);
                    end.drain(next);
                }
            }
        }
    }

    fn collect(&mut self) {
        let Way { a, b, carrier, flight, last, count, now } = self;
        for (from, to_b) in [(a, true), (b, false)] {
            for transmit in from.outputs.sent.drain(..) {
                let load = Load::of(&transmit.contents);
                let Some(takes) = carrier(load) else { continue };
                let before = last.entry((to_b, load.class())).or_insert(*now);
                *before = (*before).max(*now + takes);
                *count += 1;
                flight.insert((*before, *count), (to_b, transmit));
            }
        }
    }
}

/// Carries candidates over.
fn trickle(from: &End, to: &mut End, now: Instant) {
    for event in &from.outputs.events {
        if let Event::IceCandidate(candidate) = event {
            to.rtc.negotiation().add_candidate(candidate).unwrap();
            to.drain(now);
        }
    }
}
