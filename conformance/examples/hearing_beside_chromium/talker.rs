//! A connection that sends speech in real time over a link that loses and delays its packets.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lapwing_engine::{
    AudioRedundancy, Codec, Config, ConnectionState, CopyDistances, Datagram, Direction,
    EncodedFrame, Event, Input, MediaKind, Mid, Output, PacketKind, Protocol, Rtc, SdpType,
    SessionDescription, SessionKind, TransceiverInit, Transmit,
};

/// Longest wait for a datagram: packets leave as exactly as this.
const STEP: Duration = Duration::from_millis(1);

/// What a datagram may have.
const DATAGRAM_BYTES: usize = 2_048;

/// Packets that wait for their time: those of half a second, held up by an outage, twice.
const HELD_MAX: usize = 64;

/// For each packet how long it takes in ms, or that it is lost.
pub(crate) type Delays = Box<dyn FnMut(usize) -> Option<f64>>;

/// One end of a call.
pub(crate) struct Talker {
    rtc: Rtc,
    socket: UdpSocket,
    local: SocketAddr,
    delays: Option<Delays>,
    /// When the first frame began to be said.
    start: Instant,
    /// For each packet of sound when it left, counted from then; `None` for one that is lost.
    pub(crate) left: Vec<Option<Duration>>,
    /// Packets that wait for their time, by their place.
    held: Vec<(Instant, usize, Transmit)>,
    connected: bool,
    /// By how much a packet left later than it should.
    pub(crate) late: Duration,
}

impl Talker {
    pub(crate) fn new(copies: CopyDistances) -> io::Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_read_timeout(Some(STEP))?;
        let local = socket.local_addr()?;
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        let mut config =
            Config::new([7; 32], unix).with_codecs([Codec::Opus]).with_shared_socket(local);
        config.session = SessionKind::Own;
        config.include_loopback = true;
        config.initial_bitrate = None;
        config.redundancy.audio = match copies.is_empty() {
            true => AudioRedundancy::Receive,
            false => AudioRedundancy::Spread(copies),
        };
        let rtc = Rtc::new(config, Instant::now());
        Ok(Talker {
            rtc,
            socket,
            local,
            delays: None,
            start: Instant::now(),
            left: Vec::new(),
            held: Vec::with_capacity(HELD_MAX),
            connected: false,
            late: Duration::ZERO,
        })
    }

    /// The offer of a track, with its candidate.
    pub(crate) fn offer(&mut self) -> String {
        let init = TransceiverInit { direction: Direction::SendOnly, ..TransceiverInit::default() };
        self.rtc.negotiation().add_transceiver(MediaKind::Audio, init);
        let offer = self.rtc.negotiation().create_offer().expect("nothing is negotiated");
        self.rtc.negotiation().set_local(&offer).expect("it was just made");
        self.drain();
        let whole = self.rtc.negotiation().local_description().expect("it was set");
        whole.sdp.clone()
    }

    pub(crate) fn accept(&mut self, answer: String) -> Result<(), String> {
        let answer = SessionDescription { kind: SdpType::Answer, sdp: answer };
        let taken = self.rtc.negotiation().set_remote(&answer);
        self.drain();
        taken.map(drop).map_err(|error| error.to_string())
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connected
    }

    /// Says frames, one every 20 ms. From the first on the link does as `delays` says.
    pub(crate) fn say(&mut self, frames: &[EncodedFrame], delays: Delays) -> Result<(), String> {
        (self.delays, self.late) = (Some(delays), Duration::ZERO);
        let mid = self.mid().ok_or("no m-line was agreed on")?;
        let start = Instant::now();
        self.start = start;
        for frame in frames {
            self.run(start + frame.time.as_duration() + Duration::from_millis(20));
            let mut media = self.rtc.media(mid).ok_or("the m-line is gone")?;
            media.write(frame, Instant::now()).map_err(|error| error.to_string())?;
            self.drain();
        }
        self.run(Instant::now() + Duration::from_millis(300));
        Ok(())
    }

    fn mid(&mut self) -> Option<Mid> {
        self.rtc.negotiation().transceivers().first().and_then(|it| it.mid)
    }

    /// Carries datagrams until then.
    pub(crate) fn run(&mut self, until: Instant) {
        let mut bytes = [0; DATAGRAM_BYTES];
        loop {
            self.drain();
            let now = Instant::now();
            if now >= until {
                return;
            }
            self.release(now);
            // Silence is an error here, and of no interest.
            if let Ok((len, source)) = self.socket.recv_from(&mut bytes) {
                let datagram = Datagram {
                    protocol: Protocol::Udp,
                    source,
                    destination: self.local,
                    ecn: None,
                    contents: &bytes[..len],
                };
                self.rtc.handle_input(Input::Datagram(datagram), Instant::now());
            } else {
                self.rtc.handle_input(Input::Timeout, Instant::now());
            }
        }
    }

    fn release(&mut self, now: Instant) {
        let held = std::mem::take(&mut self.held);
        for (at, place, transmit) in held {
            match at <= now {
                true => {
                    self.late = self.late.max(now - at);
                    self.left[place] = Some(now.saturating_duration_since(self.start));
                    self.send(&transmit);
                }
                false => self.held.push((at, place, transmit)),
            }
        }
    }

    fn send(&self, transmit: &Transmit) {
        // What cannot be sent is lost, as on any network.
        let _ = self.socket.send_to(&transmit.contents, transmit.destination);
    }

    fn drain(&mut self) {
        loop {
            match self.rtc.poll_output() {
                Output::Transmit(transmit) => self.pass(transmit),
                Output::Event(Event::ConnectionStateChanged(state)) => {
                    self.connected = state == ConnectionState::Connected;
                }
                Output::Event(_) | Output::Socket(_) | Output::Resolve { .. } => {}
                Output::Timeout { .. } => return,
            }
        }
    }

    fn pass(&mut self, transmit: Transmit) {
        let is_sound = PacketKind::of(&transmit.contents) == Some(PacketKind::Rtp);
        let Some(delays) = self.delays.as_mut().filter(|_| is_sound) else {
            return self.send(&transmit);
        };
        let place = self.left.len();
        self.left.push(None);
        if let Some(ms) = delays(place).filter(|_| self.held.len() < HELD_MAX) {
            let at = Instant::now() + Duration::from_secs_f64(ms / 1_000.0);
            self.held.push((at, place, transmit));
        }
    }
}
