//! A native peer that sends everything it receives back where it came from.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use lapwing_conformance::netns::ADDRESS;
use lapwing_engine::{
    Bitrate, Config, Datagram, Event, Input, KeyframeRequestKind, Protocol, ReceivedFrame,
    ResolveId, Rtc, Sink, SocketRequest, Transmit, drain,
};

/// The peer, its socket and what it saw.
pub(crate) struct Loopback {
    pub(crate) rtc: Rtc,
    pub(crate) events: Vec<Event>,
    pub(crate) frames: Vec<ReceivedFrame>,
    socket: UdpSocket,
    local: SocketAddr,
    wake: Instant,
}

struct Outbox<'a> {
    socket: &'a UdpSocket,
    events: Vec<Event>,
}

impl Sink for Outbox<'_> {
    fn transmit(&mut self, transmit: Transmit) {
        // What cannot be sent is lost, as on any network.
        let _ = self.socket.send_to(&transmit.contents, transmit.destination);
    }

    fn event(&mut self, event: Event) {
        self.events.push(event);
    }

    fn socket(&mut self, request: SocketRequest) {
        panic!("the socket is shared: {request:?}");
    }

    fn resolve(&mut self, _id: ResolveId, name: String) {
        panic!("the browser was told to show its addresses: {name}");
    }
}

impl Loopback {
    pub(crate) fn new(config: Config) -> std::io::Result<Self> {
        let socket = UdpSocket::bind((ADDRESS, 0)).or_else(|_| UdpSocket::bind("127.0.0.1:0"))?;
        let local = socket.local_addr()?;
        let mut rtc = Rtc::new(config.with_shared_socket(local), Instant::now());
        rtc.set_desired_bitrate(Bitrate::bps(0), Bitrate::mbps(3));
        let (events, frames) = (Vec::new(), Vec::new());
        let mut peer = Loopback { rtc, events, frames, socket, local, wake: Instant::now() };
        peer.drain();
        Ok(peer)
    }

    /// Works for a while.
    pub(crate) fn run(&mut self, span: Duration) {
        let end = Instant::now() + span;
        let mut buffer = [0; 2048];
        while Instant::now() < end {
            let wait = self.wake.min(end).saturating_duration_since(Instant::now());
            let wait = wait.max(Duration::from_millis(1));
            self.socket.set_read_timeout(Some(wait)).expect("a time that is not zero");
            let now = Instant::now();
            match self.socket.recv_from(&mut buffer) {
                Ok((length, source)) => {
                    let contents = &buffer[..length];
                    let (protocol, destination) = (Protocol::Udp, self.local);
                    let datagram = Datagram { protocol, source, destination, ecn: None, contents };
                    self.rtc.handle_input(Input::Datagram(datagram), Instant::now());
                }
                Err(_) => self.rtc.handle_input(Input::Timeout, now.max(self.wake)),
            }
            self.drain();
        }
    }

    pub(crate) fn drain(&mut self) {
        loop {
            let mut outbox = Outbox { socket: &self.socket, events: Vec::new() };
            self.wake = drain(&mut self.rtc, &mut outbox);
            if outbox.events.is_empty() {
                return;
            }
            for event in outbox.events {
                self.on_event(event);
            }
        }
    }

    fn on_event(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::Frame(received) => {
                if let Some(mut media) = self.rtc.media(received.mid) {
                    // Before the answer is settled there is nobody to send to.
                    let _ = media.write(&received.frame, now);
                }
                self.frames.push(received);
            }
            Event::KeyframeRequested { mid, .. } => {
                if let Some(mut media) = self.rtc.media(mid) {
                    let _ = media.request_keyframe(None, KeyframeRequestKind::Pli);
                }
            }
            Event::ChannelMessage(message) => {
                if let Some(mut channel) = self.rtc.channel(message.id) {
                    let text = String::from_utf8_lossy(&message.data);
                    channel.write_text(&text).expect("an echo finds room");
                }
            }
            other => self.events.push(other),
        }
    }
}
