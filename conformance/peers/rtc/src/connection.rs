//! One peer connection: the sockets, the stack between them, and what it tells.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use lapwing_peer::{Datagram, Fault, Input, Sockets, say};
use rtc::interceptor::{Registry, Slot};
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::interceptor_registry::register_default_interceptors;
use rtc::peer_connection::event::{RTCPeerConnectionEvent, RTCTrackEvent};
use rtc::peer_connection::message::RTCMessage;
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtp_transceiver::{RTCRtpReceiverId, RTCRtpSenderId, RTCRtpTransceiverId};
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use serde_json::{Value, json};

use crate::channels::Channels;
use crate::facts;
use crate::media::{self, Seen, Wanted};
use crate::options::Options;
use crate::reports::{self, KeyframeRequests};

/// How soon a `send` that waits for room looks again.
const ROOM_EVERY: Duration = Duration::from_millis(5);

/// A connection without anything to do looks up this often.
const IDLE: Duration = Duration::from_secs(1);

pub(crate) struct Connection {
    pub(crate) options: Options,
    pub(crate) sockets: Sockets,
    pub(crate) pc: RTCPeerConnection,
    pub(crate) wanted: Vec<Wanted>,
    /// Those that send back.
    pub(crate) echoes: BTreeSet<RTCRtpTransceiverId>,
    pub(crate) channels: Channels,
    pub(crate) gathered: bool,
    /// The other side's user fragment of ICE: a new one is a restart.
    pub(crate) remote_fragment: Option<String>,
    receivers: BTreeMap<String, RTCRtpReceiverId>,
    /// Who sends to a transceiver.
    sources: BTreeMap<RTCRtpTransceiverId, u32>,
    seen: Seen,
    tracks: usize,
    requests: Requests,
}

/// Requests for key frames. The stack's own statistics miss those that it lets through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Requests {
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

impl Connection {
    pub(crate) fn open(options: Options, inbox: &SyncSender<Input>) -> Result<Self, Fault> {
        let mut engine = media::engine()?;
        let registry = Registry::new().with(Slot::from(reports::SLOT), KeyframeRequests::default());
        let registry =
            register_default_interceptors(registry, &mut engine).map_err(Fault::failed)?;
        let pc = RTCPeerConnectionBuilder::new()
            .with_configuration(RTCConfigurationBuilder::new().build())
            .with_setting_engine(options.settings())
            .with_media_engine(engine)
            .with_interceptor_registry(registry)
            .build(Instant::now())
            .map_err(Fault::failed)?;
        Ok(Connection {
            options,
            sockets: Sockets::open(inbox).map_err(Fault::failed)?,
            pc,
            wanted: Vec::new(),
            echoes: BTreeSet::new(),
            channels: Channels::default(),
            gathered: false,
            remote_fragment: None,
            receivers: BTreeMap::new(),
            sources: BTreeMap::new(),
            seen: Seen::default(),
            tracks: 0,
            requests: Requests::default(),
        })
    }

    pub(crate) fn request(
        &mut self,
        id: u64,
        name: &str,
        request: &Value,
    ) -> Result<Option<Value>, Fault> {
        let text = |name: &str| request[name].as_str().unwrap_or("");
        match name {
            "media" => self.wanted.push(Wanted::parse(request)?),
            "channel" => self.channels.add(&mut self.pc, request)?,
            "offer" => return self.offer(request["restart"] == true).map(Some),
            "answer" => return self.answer(text("sdp")).map(Some),
            "accept" => self.accept(text("sdp"))?,
            "rollback" => self.rollback()?,
            "candidate" => self.candidate(request)?,
            "send" => {
                self.channels.send(id, request)?;
                return Ok(None);
            }
            "received" => return Ok(Some(self.channels.received(text("channel")))),
            "seen" => return Ok(Some(self.seen.told())),
            "stats" => return Ok(Some(facts::told(&mut self.pc, self.requests))),
            "direction" => {
                let direction = media::direction(text("direction"))?;
                let id = self.transceiver_or_fault(text("mid"))?;
                if let Some(mut transceiver) = self.pc.rtp_transceiver(id) {
                    transceiver.set_direction(direction);
                }
            }
            "stop" => {
                let id = self.transceiver_or_fault(text("mid"))?;
                if let Some(mut transceiver) = self.pc.rtp_transceiver(id) {
                    transceiver.stop().map_err(Fault::refused)?;
                }
            }
            "close_channel" => self.channels.close(&mut self.pc, text("channel"))?,
            "keyframe" => {
                let id = self.transceiver_or_fault(text("mid"))?;
                self.ask_keyframe(id)?;
            }
            "layer" => return Err(Fault::unsupported("it sends back and chooses no layers")),
            _ => return Err(Fault::unsupported(name)),
        }
        Ok(Some(json!({})))
    }

    pub(crate) fn next_track(&mut self) -> usize {
        self.tracks += 1;
        self.tracks
    }

    /// The transceiver of an m-line.
    pub(crate) fn transceiver(&mut self, mid: &str) -> Option<RTCRtpTransceiverId> {
        let all: Vec<RTCRtpTransceiverId> = self.pc.get_transceivers().collect();
        all.into_iter().find(|id| {
            let transceiver = self.pc.rtp_transceiver(*id);
            transceiver.is_some_and(|it| it.mid().as_deref() == Some(mid))
        })
    }

    fn transceiver_or_fault(&mut self, mid: &str) -> Result<RTCRtpTransceiverId, Fault> {
        self.transceiver(mid).ok_or_else(|| Fault::refused(format!("no m-line {mid}")))
    }

    pub(crate) fn datagram(&mut self, datagram: &Datagram) {
        if datagram.sockets != self.sockets.number {
            return;
        }
        let handled = self.pc.handle_read(TaggedBytesMut {
            now: datagram.at,
            transport: TransportContext {
                local_addr: datagram.local,
                peer_addr: datagram.remote,
                ecn: None,
                transport_protocol: TransportProtocol::UDP,
            },
            message: BytesMut::from(datagram.bytes.as_slice()),
        });
        if let Err(error) = handled {
            eprintln!("{} bytes of {}: {error}", datagram.bytes.len(), datagram.remote);
        }
    }

    /// Lets the stack do what there is to do; when it wants to be woken.
    pub(crate) fn turn(&mut self) -> Instant {
        let now = Instant::now();
        if self.pc.poll_timeout().is_some_and(|at| at <= now)
            && let Err(error) = self.pc.handle_timeout(now)
        {
            eprintln!("a timeout: {error}");
        }
        self.channels.push(&mut self.pc);
        self.drain();
        let idle = now + if self.channels.waits() { ROOM_EVERY } else { IDLE };
        self.pc.poll_timeout().map_or(idle, |at| at.min(idle))
    }

    fn drain(&mut self) {
        let mut more = true;
        while more {
            more = false;
            while let Some(event) = self.pc.poll_event() {
                self.event(event);
                more = true;
            }
            while let Some(tagged) = self.pc.poll_read() {
                self.message(tagged.message);
                more = true;
            }
            while let Some(it) = self.pc.poll_write() {
                self.sockets.send(it.transport.local_addr, it.transport.peer_addr, &it.message);
                more = true;
            }
        }
    }

    fn event(&mut self, event: RTCPeerConnectionEvent) {
        match event {
            RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) => {
                say("connection", json!({ "state": state.to_string() }));
            }
            RTCPeerConnectionEvent::OnIceConnectionStateChangeEvent(state) => {
                say("ice", json!({ "state": state.to_string() }));
            }
            RTCPeerConnectionEvent::OnDataChannel(event) => {
                self.channels.event(&mut self.pc, &event);
            }
            RTCPeerConnectionEvent::OnTrack(RTCTrackEvent::OnOpen(init)) => {
                self.sources.insert(RTCRtpTransceiverId::from(init.receiver_id), init.ssrc);
                self.receivers.insert(init.track_id, init.receiver_id);
                self.tell_media(init.receiver_id, false);
            }
            RTCPeerConnectionEvent::OnTrack(RTCTrackEvent::OnClose(track)) => {
                if let Some(receiver) = self.receivers.remove(&track) {
                    self.tell_media(receiver, true);
                }
            }
            _ => {}
        }
    }

    fn tell_media(&mut self, receiver: RTCRtpReceiverId, stopped: bool) {
        let kind = self.pc.rtp_receiver(receiver).map(|it| it.track().kind().to_string());
        let id = RTCRtpTransceiverId::from(receiver);
        let Some(transceiver) = self.pc.rtp_transceiver(id) else { return };
        say(
            "media",
            json!({
                "mid": transceiver.mid(), "kind": kind,
                "direction": transceiver.current_direction().to_string(), "stopped": stopped,
            }),
        );
    }

    fn message(&mut self, message: RTCMessage) {
        match message {
            RTCMessage::DataChannelMessage(id, message) => self.channels.arrived(id, &message),
            RTCMessage::RtpPacket(track, packet) => self.send_back(&track, packet),
            RTCMessage::RtcpPacket(_, packets) => {
                // They come under the track that the first of them is about: the request may be about another.
                for packet in &packets {
                    let request = packet.as_any();
                    if request.is::<PictureLossIndication>() || request.is::<FullIntraRequest>() {
                        packet.destination_ssrc().into_iter().for_each(|it| self.pass_on(it));
                    }
                }
            }
            _ => {}
        }
    }

    /// A packet goes back where it came from, with this side's source and payload type.
    fn send_back(&mut self, track: &str, mut packet: rtc::rtp::Packet) {
        let Some(receiver_id) = self.receivers.get(track).copied() else { return };
        let id = RTCRtpTransceiverId::from(receiver_id);
        let Some(mut receiver) = self.pc.rtp_receiver(receiver_id) else { return };
        let kind = receiver.track().kind();
        let codecs = &receiver.get_parameters().rtp_parameters.codecs;
        let codec = codecs.iter().find(|it| it.payload_type == packet.header.payload_type);
        let Some(codec) = codec.map(|it| it.rtp_codec.clone()) else { return };
        let Some(transceiver) = self.pc.rtp_transceiver(id) else { return };
        let mid = transceiver.mid().clone().unwrap_or_default();
        let sends = transceiver.current_direction().has_send();
        self.sources.insert(id, packet.header.ssrc);
        self.seen.count(&mid, kind, &codec.mime_type);
        if !sends || !self.echoes.contains(&id) {
            return;
        }
        let Some(mut sender) = self.pc.rtp_sender(RTCRtpSenderId::from(id)) else { return };
        let codecs = &sender.get_parameters().rtp_parameters.codecs;
        let same = codecs.iter().find(|it| {
            it.rtp_codec.mime_type.eq_ignore_ascii_case(&codec.mime_type)
                && it.rtp_codec.sdp_fmtp_line == codec.sdp_fmtp_line
        });
        let alike = || {
            codecs.iter().find(|it| it.rtp_codec.mime_type.eq_ignore_ascii_case(&codec.mime_type))
        };
        let Some(payload_type) = same.or_else(alike).map(|it| it.payload_type) else { return };
        let Some(ssrc) = sender.track().ssrcs().last() else { return };
        packet.header.payload_type = payload_type;
        packet.header.ssrc = ssrc;
        packet.header.extension = false;
        packet.header.extensions.clear();
        if let Err(error) = sender.write_rtp(Instant::now(), packet) {
            eprintln!("{mid}: {error}");
        }
    }

    /// Who gets pictures back asks for a key frame: so their source is asked.
    fn pass_on(&mut self, ssrc: u32) {
        self.requests.received += 1;
        let all: Vec<RTCRtpTransceiverId> = self.pc.get_transceivers().collect();
        let asked = all.into_iter().find(|id| {
            let sender = self.pc.rtp_sender(RTCRtpSenderId::from(*id));
            sender.is_some_and(|it| it.track().ssrcs().any(|own| own == ssrc))
        });
        match asked.map(|id| self.ask_keyframe(id)) {
            Some(Ok(())) => {}
            other => eprintln!("a request for a key frame of {ssrc} goes no further: {other:?}"),
        }
    }

    fn ask_keyframe(&mut self, id: RTCRtpTransceiverId) -> Result<(), Fault> {
        let source = self.sources.get(&id).copied();
        let media_ssrc = source.ok_or_else(|| Fault::refused("nothing arrives on the m-line"))?;
        let receiver = self.pc.rtp_receiver(RTCRtpReceiverId::from(id));
        let mut receiver = receiver.ok_or_else(|| Fault::refused("it does not receive"))?;
        self.requests.sent += 1;
        let request = PictureLossIndication { sender_ssrc: 0, media_ssrc };
        receiver.write_rtcp(Instant::now(), vec![Box::new(request)]).map_err(Fault::refused)
    }

    /// Says goodbye.
    pub(crate) fn close(&mut self) {
        if let Err(error) = self.pc.close() {
            eprintln!("close: {error}");
        }
        while let Some(it) = self.pc.poll_write() {
            self.sockets.send(it.transport.local_addr, it.transport.peer_addr, &it.message);
        }
    }
}
