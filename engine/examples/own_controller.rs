//! A congestion controller of one's own beside that of the engine, in two calls over the same link
//! in virtual time, and a table of what became of them.
//!
//! ```text
//! cargo run -p lapwing-engine --example own_controller
//! ```

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lapwing_engine::congestion::{CongestionController, ControllerFactory, Limits, Target};
use lapwing_engine::{
    Bitrate, Codec, Config, EncodedFrame, Event, Input, Interface, MediaKind, MediaTime, Mid,
    NegotiationRole, Output, Rtc, SentPacket, SessionKind, SocketReply, SocketRequest,
    TransceiverInit, Transmit, TransportFeedback,
};

/// The way there: what it carries, how long its queue may get, how long it takes itself.
const CAPACITY: Bitrate = Bitrate::kbps(1_500);
const QUEUE_MAX: Duration = Duration::from_millis(200);
const DELAY: Duration = Duration::from_millis(25);

const SECONDS: u32 = 30;
const FRAMES_PER_SECOND: u32 = 30;
const STEP: Duration = Duration::from_millis(1);

/// Additive increase, multiplicative decrease: up by a packet in a round trip, down by a third
/// where a packet is lost, once in a round trip.
#[derive(Debug)]
struct Aimd {
    rate: f64,
    limits: Limits,
    round_trip: Duration,
    heard_at: Option<Instant>,
    cut_at: Option<Instant>,
}

const PACKET_BITS: f64 = 1_200.0 * 8.0;

impl Aimd {
    fn new(start: Bitrate) -> Self {
        Aimd {
            rate: start.as_bps() as f64,
            limits: Limits::default(),
            round_trip: Duration::from_millis(100),
            heard_at: None,
            cut_at: None,
        }
    }
}

impl CongestionController for Aimd {
    fn on_sent(&mut self, _: &SentPacket) {}

    fn on_feedback(&mut self, feedback: &TransportFeedback) {
        let now = feedback.received_at;
        self.round_trip = feedback.round_trip().unwrap_or(self.round_trip);
        let since = |at: Option<Instant>| at.map(|at| now.saturating_duration_since(at));
        let (lost, _) = feedback.losses();
        if lost > 0 && since(self.cut_at).is_none_or(|passed| passed > self.round_trip) {
            self.rate *= 2.0 / 3.0;
            self.cut_at = Some(now);
        } else if let Some(passed) = since(self.heard_at) {
            let round_trip = self.round_trip.as_secs_f64().max(0.01);
            self.rate += PACKET_BITS / round_trip * (passed.as_secs_f64() / round_trip);
        }
        self.heard_at = Some(now);
    }

    fn set_limits(&mut self, limits: Limits, _: Instant) {
        self.limits = limits;
    }

    fn update(&mut self, _: Instant) -> Target {
        let rate = self.limits.clamp(Bitrate::bps(self.rate as u64));
        self.rate = rate.as_bps() as f64;
        Target { pacing: Bitrate::bps(rate.as_bps() * 3 / 2), ..Target::of_rate(rate) }
    }

    fn next_wakeup(&self) -> Option<Instant> {
        None
    }
}

/// One end.
struct End {
    rtc: Rtc,
    address: SocketAddr,
    wake: Instant,
    events: Vec<Event>,
}

impl End {
    fn new(config: Config, address: &str, now: Instant) -> End {
        let address: SocketAddr = address.parse().expect("an address");
        let mut rtc = Rtc::new(config, now);
        rtc.handle_input(Input::Interfaces(&[Interface::new("eth0", address.ip())]), now);
        End { rtc, address, wake: now, events: Vec::new() }
    }

    /// What it wants sent.
    fn drain(&mut self, now: Instant) -> Vec<Transmit> {
        let mut sent = Vec::new();
        loop {
            match self.rtc.poll_output() {
                Output::Transmit(transmit) => sent.push(transmit),
                Output::Event(event) => self.events.push(event),
                Output::Socket(SocketRequest::Bind { id, .. }) => {
                    let reply = SocketReply::Bound { id, local: self.address };
                    self.rtc.handle_input(Input::Socket(reply), now);
                }
                Output::Timeout { at, .. } => {
                    self.wake = at;
                    return sent;
                }
                _ => {}
            }
        }
    }
}

fn exchange_candidates(from: &End, to: &mut End) {
    for event in &from.events {
        if let Event::IceCandidate(candidate) = event {
            to.rtc.negotiation().add_candidate(candidate).expect("a valid candidate");
        }
    }
}

/// Two ends and the links between them.
struct Call {
    sender: End,
    receiver: End,
    now: Instant,
    /// When the queue there will be empty.
    busy_until: Instant,
    flight: VecDeque<(Instant, bool, Transmit)>,
    mid: Mid,
    target: Bitrate,
    written: u32,
    received_bytes: u64,
    dropped: u32,
}

impl Call {
    fn new(controller: Option<ControllerFactory>, now: Instant) -> Call {
        let config = |number| Config { session: SessionKind::Own, ..Config::seeded(number) };
        let mut sender = End::new(Config { controller, ..config(1) }, "192.0.2.1:5000", now);
        let polite = config(2).with_role(NegotiationRole::Polite);
        let mut receiver = End::new(polite, "192.0.2.2:5000", now);
        sender.drain(now);
        receiver.drain(now);
        sender.rtc.negotiation().add_transceiver(MediaKind::Video, TransceiverInit::default());
        let offer = sender.rtc.negotiation().create_offer().expect("there is video to offer");
        sender.rtc.negotiation().set_local(&offer).expect("it was just created");
        receiver.rtc.negotiation().set_remote(&offer).expect("a valid offer");
        let answer = receiver.rtc.negotiation().create_answer().expect("an offer waits");
        receiver.rtc.negotiation().set_local(&answer).expect("it was just created");
        sender.rtc.negotiation().set_remote(&answer).expect("a valid answer");
        let mid = sender.rtc.negotiation().transceivers()[0].mid.expect("it is negotiated");
        Call {
            sender,
            receiver,
            now,
            busy_until: now,
            flight: VecDeque::new(),
            mid,
            target: Bitrate::ZERO,
            written: 0,
            received_bytes: 0,
            dropped: 0,
        }
    }

    fn send(&mut self, to_receiver: bool, transmit: Transmit) {
        let arrives = match to_receiver {
            false => self.now + DELAY,
            true => {
                let begins = self.busy_until.max(self.now);
                if begins > self.now + QUEUE_MAX {
                    self.dropped += 1;
                    return;
                }
                let bytes = transmit.contents.len() as u64 + 28;
                self.busy_until = begins + CAPACITY.time_for(bytes).expect("it carries something");
                self.busy_until + DELAY
            }
        };
        self.flight.push_back((arrives, to_receiver, transmit));
    }

    /// Lets a millisecond pass.
    fn step(&mut self) {
        self.now += STEP;
        let now = self.now;
        let flight = std::mem::take(&mut self.flight).into_iter();
        let (due, later): (VecDeque<_>, VecDeque<_>) = flight.partition(|(at, ..)| *at <= now);
        self.flight = later;
        for (_, to_receiver, transmit) in due {
            let end = if to_receiver { &mut self.receiver } else { &mut self.sender };
            end.rtc.handle_input(Input::Datagram(transmit.as_datagram()), now);
        }
        for to_receiver in [true, false] {
            let end = if to_receiver { &mut self.sender } else { &mut self.receiver };
            if end.wake <= now {
                end.rtc.handle_input(Input::Timeout, now);
            }
            for transmit in end.drain(now) {
                self.send(to_receiver, transmit);
            }
        }
        exchange_candidates(&self.sender, &mut self.receiver);
        exchange_candidates(&self.receiver, &mut self.sender);
        for event in self.sender.events.drain(..) {
            if let Event::BandwidthEstimated(rate) = event {
                self.target = rate;
            }
        }
        for event in self.receiver.events.drain(..) {
            if let Event::Frame(frame) = event {
                self.received_bytes += frame.frame.data.len() as u64;
            }
        }
    }

    /// An encoder's frame, of nine tenths of the target.
    fn write(&mut self) {
        let number = self.written;
        self.written += 1;
        let bits = self.target.as_bps() * 9 / 10 / u64::from(FRAMES_PER_SECOND);
        let mut data = vec![0; (bits as usize / 8).max(20)];
        // How VP8 begins (RFC 6386 section 9.1): a picture of 640 by 480, or one after it.
        let keyframe = number.is_multiple_of(300);
        match keyframe {
            true => data[..10].copy_from_slice(&[0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1]),
            false => data[0] = 0x11,
        }
        let ticks = u64::from(number) * u64::from(MediaTime::VIDEO_RATE / FRAMES_PER_SECOND);
        let time = MediaTime::new(ticks, MediaTime::VIDEO_RATE);
        let frame = EncodedFrame { codec: Codec::Vp8, time, keyframe, data: Arc::from(data) };
        if let Some(mut media) = self.sender.rtc.media(self.mid) {
            // Refused while the pacer is full: the encoder leaves a frame out.
            let _ = media.write(&frame, self.now);
        }
    }

    /// A second of it: target, what arrived in kbit/s, packets dropped, the queue at its end.
    fn second(&mut self) -> [u64; 4] {
        (self.received_bytes, self.dropped) = (0, 0);
        for frame in 1..=FRAMES_PER_SECOND {
            if self.target > Bitrate::ZERO {
                self.write();
            }
            let steps = 1_000 * frame / FRAMES_PER_SECOND - 1_000 * (frame - 1) / FRAMES_PER_SECOND;
            (0..steps).for_each(|_| self.step());
        }
        let queue = self.busy_until.saturating_duration_since(self.now);
        [
            self.target.as_bps() / 1_000,
            self.received_bytes * 8 / 1_000,
            u64::from(self.dropped),
            queue.as_millis() as u64,
        ]
    }
}

#[expect(clippy::disallowed_methods, reason = "virtual time needs some instant to begin at")]
fn main() {
    let now = Instant::now();
    let aimd = ControllerFactory::new("aimd", |start, _| Box::new(Aimd::new(start)));
    let mut calls = [Call::new(Some(aimd), now), Call::new(None, now)];
    println!("{CAPACITY}, a queue of {QUEUE_MAX:?}\n");
    println!("         AIMD                           GoogCC");
    println!("second   target arrived dropped  queue   target arrived dropped  queue");
    for second in 1..=SECONDS {
        let [aimd, googcc] = calls.each_mut().map(Call::second);
        if second <= 5 || second % 5 == 0 {
            let row = |[target, arrived, dropped, queue]: [u64; 4]| {
                format!("{target:>6} {arrived:>7} {dropped:>7} {queue:>3} ms")
            };
            println!("{second:>6}   {}   {}", row(aimd), row(googcc));
        }
    }
}
