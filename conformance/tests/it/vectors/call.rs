//! A call of the engine whose other end is played by the test: it answers connectivity checks as an
//! ICE-lite peer does, and hands out and takes what else passes, for others to speak DTLS and SRTP.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Codec, Config, Datagram, DtlsVersion, EncodedFrame, Event, Input, Interface, MediaKind,
    MediaTime, PacketKind, Protocol, ResolveId, Rtc, SdpType, SessionDescription, Sink,
    SocketReply, SocketRequest, SrtpCipher, TransceiverInit, Transmit, drain,
};
use stun_types::attribute::XorMappedAddress;
use stun_types::message::{
    IntegrityAlgorithm, Message, MessageClass, MessageWriteVec, ShortTermCredentials,
};
use stun_types::prelude::{MessageWrite, MessageWriteExt};

const LOCAL: &str = "192.0.2.1:5000";
const REMOTE: &str = "192.0.2.2:6000";
const UFRAG: &str = "played";
const PASSWORD: &str = "apasswordofmanyletters";

/// How long one turn of the engine is.
const TURN: Duration = Duration::from_millis(5);

/// The engine's side, and what it sent that nobody took yet.
pub(super) struct Call {
    pub(super) rtc: Rtc,
    pub(super) events: Vec<Event>,
    pub(super) dtls: VecDeque<Vec<u8>>,
    pub(super) rtp: VecDeque<Vec<u8>>,
    pub(super) rtcp: VecDeque<Vec<u8>>,
    /// The answer that it was given.
    answer: String,
    now: Instant,
    local: SocketAddr,
    remote: SocketAddr,
}

#[derive(Default)]
struct Outbox {
    sent: Vec<Transmit>,
    events: Vec<Event>,
    requests: Vec<SocketRequest>,
}

impl Sink for Outbox {
    fn transmit(&mut self, transmit: Transmit) {
        self.sent.push(transmit);
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn socket(&mut self, request: SocketRequest) {
        self.requests.push(request);
    }

    fn resolve(&mut self, _: ResolveId, name: String) {
        panic!("no description named {name}");
    }
}

impl Call {
    /// A call with one line of VP8 to a peer with this certificate, which begins the handshake or
    /// waits for it, with a path that works.
    pub(super) fn new(fingerprint: &str, peer_begins: bool) -> Self {
        let mut config = Config::seeded(1).with_codecs([Codec::Vp8]);
        // Frames alone, and no probes among them.
        config.initial_bitrate = None;
        config.dtls = DtlsVersion::V1_2;
        let now = Instant::now();
        let local: SocketAddr = LOCAL.parse().expect("an address");
        let mut call = Call {
            rtc: Rtc::new(config, now),
            events: Vec::new(),
            dtls: VecDeque::new(),
            rtp: VecDeque::new(),
            rtcp: VecDeque::new(),
            answer: String::new(),
            now,
            local,
            remote: REMOTE.parse().expect("an address"),
        };
        call.rtc.handle_input(Input::Interfaces(&[Interface::new("eth0", local.ip())]), now);
        call.drain();
        let mut negotiation = call.rtc.negotiation();
        negotiation.add_transceiver(MediaKind::Video, TransceiverInit::default());
        let offer = negotiation.create_offer().expect("a line to offer");
        negotiation.set_local(&offer).expect("it was just created");
        let sdp = answer_to(&offer, fingerprint, peer_begins, now);
        let answer = SessionDescription { kind: SdpType::Answer, sdp };
        call.rtc.negotiation().set_remote(&answer).expect("a valid answer");
        let candidate = format!(
            "candidate:1 1 udp 2113929471 {} {} typ host",
            call.remote.ip(),
            call.remote.port()
        );
        call.rtc.negotiation().add_ice_candidate(&candidate).expect("a valid candidate");
        call.answer = answer.sdp;
        call.drain();
        call
    }

    /// Lets a little time pass.
    pub(super) fn turn(&mut self) {
        self.now += TURN;
        self.rtc.handle_input(Input::Timeout, self.now);
        self.drain();
    }

    /// Something comes from the peer.
    pub(super) fn deliver(&mut self, contents: &[u8]) {
        let datagram = Datagram {
            protocol: Protocol::Udp,
            source: self.remote,
            destination: self.local,
            ecn: None,
            contents,
        };
        self.rtc.handle_input(Input::Datagram(datagram), self.now);
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            let mut outbox = Outbox::default();
            drain(&mut self.rtc, &mut outbox);
            self.events.append(&mut outbox.events);
            if outbox.requests.is_empty() && outbox.sent.is_empty() {
                return;
            }
            for request in outbox.requests {
                if let SocketRequest::Bind { id, .. } = request {
                    let bound = SocketReply::Bound { id, local: self.local };
                    self.rtc.handle_input(Input::Socket(bound), self.now);
                }
            }
            for Transmit { contents, .. } in outbox.sent {
                match PacketKind::of(&contents) {
                    Some(PacketKind::Stun) => self.answer_check(&contents),
                    Some(PacketKind::Dtls) => self.dtls.push_back(contents),
                    Some(PacketKind::Rtp) => self.rtp.push_back(contents),
                    Some(PacketKind::Rtcp) => self.rtcp.push_back(contents),
                    other => panic!("the engine sent {other:?}"),
                }
            }
        }
    }

    fn answer_check(&mut self, contents: &[u8]) {
        let check = Message::from_bytes(contents).expect("a message with a good checksum");
        if !check.has_class(MessageClass::Request) {
            return;
        }
        let credentials = ShortTermCredentials::new(PASSWORD.to_owned()).into();
        check.validate_integrity(&credentials).expect("under the peer's password");
        let mut answer = Message::builder_success(&check, MessageWriteVec::new());
        let mapped = XorMappedAddress::new(self.local, check.transaction_id());
        answer.add_attribute(&mapped).expect("room for it");
        answer.add_message_integrity(&credentials, IntegrityAlgorithm::Sha1).expect("the first");
        answer.add_fingerprint().expect("the first");
        let answer = answer.finish();
        let datagram = Datagram {
            protocol: Protocol::Udp,
            source: self.remote,
            destination: self.local,
            ecn: None,
            contents: &answer,
        };
        self.rtc.handle_input(Input::Datagram(datagram), self.now);
    }

    /// What DTLS agreed on for media.
    pub(super) fn srtp_cipher(&mut self) -> Option<SrtpCipher> {
        self.rtc.stats().transport.srtp_cipher
    }

    /// Sends a keyframe of some bytes.
    pub(super) fn write(&mut self, number: u8) {
        let transceivers = self.rtc.negotiation().transceivers();
        let mid = transceivers[0].mid.expect("it is agreed on");
        let time = MediaTime::new(u64::from(number) * 3000, MediaTime::VIDEO_RATE);
        let data = Arc::from(vp8(number));
        let frame = EncodedFrame { codec: Codec::Vp8, time, keyframe: true, data };
        let now = self.now;
        self.rtc.media(mid).expect("it is agreed on").write(&frame, now).expect("room for it");
        self.drain();
    }

    /// A packet of the peer's: a whole keyframe under its header and the name of its line.
    pub(super) fn packet_of_peer(&self, number: u8) -> Vec<u8> {
        let mid = self.value("a=mid:").as_bytes();
        let format = self.number_before(" VP8/90000", "a=rtpmap:");
        let name = self.number_before(" urn:ietf:params:rtp-hdrext:sdes:mid", "a=extmap:");
        let mut packet = vec![0x90, 0x80 | format, 0, number];
        packet.extend((u32::from(number) * 3000).to_be_bytes());
        packet.extend(self.ssrc_of_peer().to_be_bytes());
        let mut extension = vec![name << 4 | u8::try_from(mid.len() - 1).expect("short")];
        extension.extend(mid);
        extension.resize(extension.len().next_multiple_of(4), 0);
        packet.extend([0xbe, 0xde, 0, u8::try_from(extension.len() / 4).expect("short")]);
        packet.extend(extension);
        packet.push(0x10);
        packet.extend(vp8(number));
        packet
    }

    /// A request of the peer's for a keyframe of this stream (RFC 4585 section 6.3.1).
    pub(super) fn picture_loss(&self, ssrc: u32) -> Vec<u8> {
        let mut packet = vec![0x81, 206, 0, 2];
        packet.extend(self.ssrc_of_peer().to_be_bytes());
        packet.extend(ssrc.to_be_bytes());
        packet
    }

    fn ssrc_of_peer(&self) -> u32 {
        let text = self.value("a=ssrc:");
        text.split(' ').next().and_then(|number| number.parse().ok()).expect("a number")
    }

    fn value(&self, start: &str) -> &str {
        self.answer.lines().find_map(|line| line.strip_prefix(start)).expect("it is there")
    }

    fn number_before(&self, end: &str, start: &str) -> u8 {
        let lines = self.answer.lines();
        let text = lines.filter_map(|line| line.strip_suffix(end)?.strip_prefix(start)).next();
        text.and_then(|number| number.parse().ok()).expect("it is there")
    }
}

/// A VP8 keyframe by its first bytes (RFC 6386 section 9.1).
pub(super) fn vp8(number: u8) -> Vec<u8> {
    let mut data = vec![number; 300];
    data[..10].copy_from_slice(&[0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
    data
}

/// What a second engine answers, altered to speak for the peer that the test plays.
fn answer_to(
    offer: &SessionDescription,
    fingerprint: &str,
    peer_begins: bool,
    now: Instant,
) -> String {
    let mut other = Rtc::new(Config::seeded(2).with_codecs([Codec::Vp8]), now);
    drain(&mut other, &mut Outbox::default());
    let mut negotiation = other.negotiation();
    negotiation.set_remote(offer).expect("a valid offer");
    let answer = negotiation.create_answer().expect("an offer waits");
    let setup = if peer_begins { "active" } else { "passive" };
    let line = |line: &str| match line.split_once(':').map_or(line, |(name, _)| name) {
        "t=0 0" => "t=0 0\r\na=ice-lite\r\n".to_owned(),
        "a=fingerprint" => format!("a=fingerprint:sha-256 {fingerprint}\r\n"),
        "a=setup" => format!("a=setup:{setup}\r\n"),
        "a=ice-ufrag" => format!("a=ice-ufrag:{UFRAG}\r\n"),
        "a=ice-pwd" => format!("a=ice-pwd:{PASSWORD}\r\n"),
        _ => format!("{line}\r\n"),
    };
    answer.sdp.lines().map(line).collect()
}
