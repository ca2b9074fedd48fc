//! str0m as a [`Peer`].

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_benches::load::{Kind, Load, Peer, Version, frame};
use str0m::bwe::Bitrate;
use str0m::channel::ChannelId;
use str0m::config::DtlsVersion;
use str0m::crypto::CryptoProvider;
use str0m::format::Codec;
use str0m::media::{Direction, Frequency, MediaKind, MediaTime, Mid, Pt};
use str0m::net::{Protocol, Receive, Transmit};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

use super::certificate::certificate;
use super::dtls::Dtls;

/// Ticks of a 90 kHz clock in a millisecond, the time between two items.
const TICKS_PER_ITEM: u64 = 90;

/// The engine's settings that cost something: statistics each second, and where its estimator
/// begins in the same workload.
const STATS_INTERVAL: Duration = Duration::from_secs(1);
const START: Bitrate = Bitrate::mbps(20);

/// Bytes that data channels may hold back, as the engine sets it by default.
const CHANNEL_BUFFER_BYTES: usize = 512 << 10;

/// One end that runs on str0m alone.
pub(crate) struct Str0m {
    rtc: Rtc,
    load: Load,
    mid: Option<Mid>,
    payload_type: Option<Pt>,
    channel: Option<ChannelId>,
    connected: bool,
    delivered: u64,
    keyframe: Arc<[u8]>,
    data: Arc<[u8]>,
}

impl Str0m {
    fn new(load: Load, version: Version, local: SocketAddr, now: Instant) -> Self {
        let version = match version {
            Version::V1_2 => DtlsVersion::Dtls12,
            Version::V1_3 => DtlsVersion::Dtls13,
        };
        let provider = CryptoProvider { dtls_provider: &Dtls, ..lapwing_engine::crypto_provider() };
        let mut rtc = RtcConfig::new()
            .set_crypto_provider(Arc::new(provider))
            .set_dtls_cert(certificate())
            .set_dtls_version(version)
            .set_rtp_mode(load.kind == Kind::Packets)
            .set_sctp_max_buffered_amount(CHANNEL_BUFFER_BYTES)
            .set_stats_interval(Some(STATS_INTERVAL))
            .enable_bwe(load.estimate.then_some(START))
            .clear_codecs()
            .enable_opus(true, false)
            .enable_pcmu(true, false)
            .enable_pcma(true, false)
            .enable_av1(true)
            .enable_vp8(true)
            .enable_vp9(true)
            .enable_h264(true)
            .build(now);
        let candidate = Candidate::host(local, "udp").expect("an address makes a candidate");
        rtc.add_local_candidate(candidate);
        Str0m {
            rtc,
            load,
            mid: None,
            payload_type: None,
            channel: None,
            connected: false,
            delivered: 0,
            keyframe: frame(load.bytes, true),
            data: frame(load.bytes, false),
        }
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Connected => self.connected = true,
            Event::ChannelOpen(id, _) => self.channel = Some(id),
            Event::MediaData(_) | Event::RtpPacket(_) | Event::ChannelData(_) => {
                self.delivered += 1;
            }
            Event::MediaAdded(media) => self.mid = Some(media.mid),
            _ => {}
        }
    }

    /// Everything out; used while nothing can be sent yet.
    fn settle(&mut self) {
        self.drain(&mut Vec::new());
    }

    fn negotiated(&mut self) {
        let params = self.rtc.codec_config().params().iter();
        let vp8 = params.filter(|params| params.spec().codec == Codec::Vp8);
        self.payload_type = vp8.map(|params| params.pt()).next();
    }

    fn write_packet(&mut self, number: u64, now: Instant) {
        let payload_type = self.payload_type.expect("video is negotiated");
        let mid = self.mid.expect("video is negotiated");
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).expect("video is negotiated");
        let time = (number * TICKS_PER_ITEM) as u32;
        let payload = Arc::clone(&self.data);
        let write = RtpWrite::new(payload_type, (1000 + number).into(), time, now, payload);
        stream.write_rtp(write.marker(true).nackable(true));
    }

    fn write_frame(&mut self, number: u64, now: Instant) {
        let payload_type = self.payload_type.expect("video is negotiated");
        let data = Arc::clone(if number == 0 { &self.keyframe } else { &self.data });
        let time = MediaTime::new(number * TICKS_PER_ITEM, Frequency::NINETY_KHZ);
        let mid = self.mid.expect("video is negotiated");
        let writer = self.rtc.writer(mid).expect("video is negotiated");
        writer.write(payload_type, now, time, data).expect("media is taken");
    }
}

impl Peer for Str0m {
    type Packet = Transmit;

    fn negotiate(load: Load, version: Version, now: Instant) -> (Self, Self) {
        let local = |number| SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, number)), 5000);
        let mut a = Str0m::new(load, version, local(1), now);
        let mut b = Str0m::new(load, version, local(2), now);
        let mut video = None;
        let mut changes = a.rtc.sdp_api();
        if load.kind == Kind::Messages {
            changes.add_channel("load".to_owned());
        } else {
            let mid = changes.add_media(MediaKind::Video, Direction::SendRecv, None, None, None);
            video = Some(mid);
        }
        let (offer, pending) = changes.apply().expect("there is something to offer");
        a.settle();
        let answer = b.rtc.sdp_api().accept_offer(offer).expect("str0m made it");
        b.settle();
        a.rtc.sdp_api().accept_answer(pending, answer).expect("str0m made it");
        a.settle();
        a.mid = video;
        a.negotiated();
        b.negotiated();
        (a, b)
    }

    fn write(&mut self, number: u64, now: Instant) -> bool {
        match self.load.kind {
            Kind::Frames => self.write_frame(number, now),
            Kind::Packets => self.write_packet(number, now),
            Kind::Messages => {
                let id = self.channel.expect("the channel is open");
                let mut channel = self.rtc.channel(id).expect("the channel is open");
                return channel.write(true, &self.data).expect("the channel takes messages");
            }
        }
        true
    }

    fn receive(&mut self, packet: &Transmit, now: Instant) {
        let receive =
            Receive::new(Protocol::Udp, packet.source, packet.destination, &packet.contents);
        let receive = receive.expect("str0m made it");
        self.rtc.handle_input(Input::Receive(now, receive)).expect("str0m made it");
    }

    fn timeout(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout(now)).expect("time passes");
    }

    fn drain(&mut self, sent: &mut Vec<Transmit>) -> Instant {
        loop {
            match self.rtc.poll_output().expect("nothing breaks here") {
                Output::Transmit(transmit) => sent.push(transmit),
                Output::Event(event) => self.on_event(event),
                Output::Timeout(at) => return at,
            }
        }
    }

    fn delivered(&self) -> u64 {
        self.delivered
    }

    fn ready(&self) -> bool {
        self.connected && (self.load.kind != Kind::Messages || self.channel.is_some())
    }

    fn size(packet: &Transmit) -> usize {
        packet.contents.len()
    }
}
