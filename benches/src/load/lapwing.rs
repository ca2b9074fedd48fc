//! The engine as a [`Peer`].

use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use lapwing_engine::{
    Bitrate, Config, ConnectionState, Delivery, DtlsVersion, Event, Input, NegotiationRole,
    ResolveId, Rtc, SessionKind, Sink, SocketRequest, Transmit, drain,
};

use super::peer::{Kind, Load, Peer, Version};
use super::writer::{Carried, Writer, exchange};

/// Where the estimator begins: above what the workload sends, so that nothing waits.
const START: Bitrate = Bitrate::mbps(20);

/// Which session an end of the engine runs on.
pub trait Below {
    /// The session.
    const SESSION: SessionKind;
}

/// The session over str0m.
pub struct OverStr0m;

/// The session of the engine's own.
pub struct OfOurOwn;

impl Below for OverStr0m {
    const SESSION: SessionKind = SessionKind::Str0m;
}

impl Below for OfOurOwn {
    const SESSION: SessionKind = SessionKind::Own;
}

/// One end that runs on the engine.
pub struct Lapwing<S = OfOurOwn> {
    rtc: Rtc,
    outbox: Outbox,
    session: PhantomData<S>,
}

/// Where the engine's outputs go.
struct Outbox {
    transmits: Vec<Transmit>,
    candidates: Vec<String>,
    writer: Writer,
}

impl Sink for Outbox {
    fn transmit(&mut self, transmit: Transmit) {
        self.transmits.push(transmit);
    }

    fn event(&mut self, event: Event) {
        self.writer.on_event(&event);
        if let Event::IceCandidate(signalled) = event
            && signalled.candidate.is_some()
        {
            self.candidates.push(signalled.line());
        }
    }

    fn socket(&mut self, _request: SocketRequest) {}

    fn resolve(&mut self, _id: ResolveId, _name: String) {}
}

impl<S: Below> Lapwing<S> {
    fn new(mut config: Config, load: Load, now: Instant) -> Self {
        config.session = S::SESSION;
        let writer = Writer::new(load);
        let outbox = Outbox { transmits: Vec::new(), candidates: Vec::new(), writer };
        let mut peer = Lapwing { rtc: Rtc::new(config, now), outbox, session: PhantomData };
        peer.settle();
        peer
    }
}

impl<S: Below> Carried for Lapwing<S> {
    fn rtc(&mut self) -> &mut Rtc {
        &mut self.rtc
    }

    fn settle(&mut self) {
        drain(&mut self.rtc, &mut self.outbox);
    }

    fn candidates(&mut self) -> Vec<String> {
        std::mem::take(&mut self.outbox.candidates)
    }
}

impl<S: Below> Peer for Lapwing<S> {
    type Packet = Transmit;

    fn negotiate(load: Load, version: Version, now: Instant) -> (Self, Self) {
        let mut a = Lapwing::new(config(1, load, version), load, now);
        let polite = config(2, load, version).with_role(NegotiationRole::Polite);
        let mut b = Lapwing::new(polite, load, now);
        exchange(load, &mut a, &mut b);
        (a, b)
    }

    fn write(&mut self, number: u64, now: Instant) -> bool {
        self.outbox.writer.write(&mut self.rtc, number, now)
    }

    fn receive(&mut self, packet: &Transmit, now: Instant) {
        self.rtc.handle_input(Input::Datagram(packet.as_datagram()), now);
    }

    fn timeout(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout, now);
    }

    fn drain(&mut self, sent: &mut Vec<Transmit>) -> Instant {
        let wake = drain(&mut self.rtc, &mut self.outbox);
        sent.append(&mut self.outbox.transmits);
        wake
    }

    fn give_back(&mut self, packet: Transmit) {
        self.rtc.give_back(packet.contents);
    }

    fn delivered(&self) -> u64 {
        self.outbox.writer.delivered()
    }

    fn ready(&self) -> bool {
        let connected = self.rtc.connection_state() == ConnectionState::Connected;
        connected && self.outbox.writer.is_open()
    }

    fn size(packet: &Transmit) -> usize {
        packet.contents.len()
    }
}

fn config(number: u8, load: Load, version: Version) -> Config {
    let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)), 5000);
    let delivery = if load.kind == Kind::Packets { Delivery::Packets } else { Delivery::Frames };
    let mut config = Config::seeded(u64::from(number)).with_shared_socket(local);
    config.delivery = delivery;
    config.initial_bitrate = load.estimate.then_some(START);
    config.dtls = match version {
        Version::V1_2 => DtlsVersion::V1_2,
        Version::V1_3 => DtlsVersion::V1_3,
    };
    config
}
