//! The engine as a [`Peer`].

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use lapwing_engine::{
    Bitrate, ChannelConfig, ChannelId, Codec, Config, ConnectionState, Delivery, DtlsVersion,
    EncodedFrame, Event, Input, MediaKind, MediaTime, Mid, NegotiationRole, OutgoingPacket,
    PayloadType, ResolveId, Rtc, Sink, SocketRequest, TransceiverInit, Transmit, WriteError, drain,
};

use super::peer::{Kind, Load, Peer, Version, frame};

/// Ticks of a 90 kHz clock in a millisecond, the time between two items.
const TICKS_PER_ITEM: u64 = 90;

/// Where the estimator begins: above what the workload sends, so that nothing waits.
const START: Bitrate = Bitrate::mbps(20);

/// Where the engine's outputs go.
#[derive(Debug, Default)]
struct Outbox {
    transmits: Vec<Transmit>,
    candidates: Vec<String>,
    delivered: u64,
    channel: Option<ChannelId>,
}

impl Sink for Outbox {
    fn transmit(&mut self, transmit: Transmit) {
        self.transmits.push(transmit);
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Frame(_) | Event::Packet(_) | Event::ChannelMessage(_) => self.delivered += 1,
            Event::ChannelOpened(channel) => self.channel = Some(channel.id),
            Event::IceCandidate(Some(candidate)) => self.candidates.push(candidate.to_string()),
            _ => {}
        }
    }

    fn socket(&mut self, _request: SocketRequest) {}

    fn resolve(&mut self, _id: ResolveId, _name: String) {}
}

/// One end that runs on the engine.
pub struct Lapwing {
    rtc: Rtc,
    load: Load,
    outbox: Outbox,
    mid: Option<Mid>,
    payload_type: PayloadType,
    keyframe: Arc<[u8]>,
    data: Arc<[u8]>,
}

impl Lapwing {
    fn new(config: Config, load: Load, now: Instant) -> Self {
        let mut rtc = Rtc::new(config, now);
        rtc.handle_input(Input::Timeout, now);
        let mut outbox = Outbox::default();
        drain(&mut rtc, &mut outbox);
        Lapwing {
            rtc,
            load,
            outbox,
            mid: None,
            payload_type: PayloadType(0),
            keyframe: frame(load.bytes, true),
            data: frame(load.bytes, false),
        }
    }

    fn settle(&mut self) {
        drain(&mut self.rtc, &mut self.outbox);
    }

    fn hear(&mut self, candidates: &[String]) {
        for candidate in candidates {
            let added = self.rtc.negotiation().add_ice_candidate(candidate);
            added.expect("the other end's candidate is valid");
            self.settle();
        }
    }

    /// Remembers what was negotiated.
    fn negotiated(&mut self) {
        let transceivers = self.rtc.negotiation().transceivers();
        let video = transceivers.iter().find(|transceiver| transceiver.kind == MediaKind::Video);
        self.mid = video.and_then(|transceiver| transceiver.mid);
        if let Some(mut media) = self.mid.and_then(|mid| self.rtc.media(mid)) {
            let codecs = media.codecs();
            let vp8 = codecs.iter().find(|(_, codec)| *codec == Codec::Vp8);
            self.payload_type = vp8.expect("both sides know VP8").0;
        }
    }

    fn write_media(&mut self, number: u64, now: Instant) -> Result<(), WriteError> {
        let mid = self.mid.expect("video is negotiated");
        let mut media = self.rtc.media(mid).expect("video is negotiated");
        if self.load.kind == Kind::Packets {
            let packet = OutgoingPacket {
                payload_type: self.payload_type,
                sequence_number: 1000 + number,
                timestamp: (number * TICKS_PER_ITEM) as u32,
                marker: true,
                nackable: true,
                payload: Arc::clone(&self.data),
            };
            return media.write_packet(None, packet, now);
        }
        let data = Arc::clone(if number == 0 { &self.keyframe } else { &self.data });
        let time = MediaTime::new(number * TICKS_PER_ITEM, MediaTime::VIDEO_RATE);
        let frame = EncodedFrame { codec: Codec::Vp8, time, keyframe: number == 0, data };
        media.write(&frame, now)
    }
}

impl Peer for Lapwing {
    type Packet = Transmit;

    fn negotiate(load: Load, version: Version, now: Instant) -> (Self, Self) {
        let mut a = Lapwing::new(config(1, load, version), load, now);
        let polite = config(2, load, version).with_role(NegotiationRole::Polite);
        let mut b = Lapwing::new(polite, load, now);
        if load.kind == Kind::Messages {
            a.rtc
                .create_channel(ChannelConfig::new("load"))
                .expect("a first channel can be created");
        } else {
            a.rtc.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default());
        }
        a.settle();
        let offer = a.rtc.negotiation().create_offer().expect("there is something to offer");
        a.rtc.negotiation().set_local(&offer).expect("it was just created");
        a.settle();
        b.rtc.negotiation().set_remote(&offer).expect("our own offer is valid");
        b.settle();
        let answer = b.rtc.negotiation().create_answer().expect("an offer waits");
        b.rtc.negotiation().set_local(&answer).expect("it was just created");
        b.settle();
        a.rtc.negotiation().set_remote(&answer).expect("our own answer is valid");
        a.settle();
        a.hear(&std::mem::take(&mut b.outbox.candidates));
        b.hear(&std::mem::take(&mut a.outbox.candidates));
        a.negotiated();
        b.negotiated();
        (a, b)
    }

    fn write(&mut self, number: u64, now: Instant) -> bool {
        if self.load.kind == Kind::Messages {
            let id = self.outbox.channel.expect("the channel is open");
            let mut channel = self.rtc.channel(id).expect("the channel is open");
            return channel.write_binary(&self.data).is_ok();
        }
        self.write_media(number, now).expect("media is taken");
        true
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

    fn delivered(&self) -> u64 {
        self.outbox.delivered
    }

    fn ready(&self) -> bool {
        let open = self.load.kind != Kind::Messages || self.outbox.channel.is_some();
        open && self.rtc.connection_state() == ConnectionState::Connected
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
