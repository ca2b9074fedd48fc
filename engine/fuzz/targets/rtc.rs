//! Two whole connections over the session of our own, with keys: the fuzzer changes what they send
//! before it is protected (RTP, RTCP, SCTP), and what is on its way after. Nothing panics, and all
//! comes to rest.
#![no_main]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lapwing_engine::{
    Bitrate, ChannelConfig, ChannelId, Codec, Config, ConnectionState, Datagram, Delivery,
    DtlsVersion, EncodedFrame, Event, Input, Interface, KeyframeRequestKind, MediaKind, MediaTime,
    NegotiationRole, OutgoingPacket, PayloadType, Protocol, Rtc, SessionKind, SocketReply,
    SocketRequest, TransceiverInit, Transmit, Unprotected, drain,
};
use libfuzzer_sys::fuzz_target;

use self::outbox::Outbox;
use self::plan::{Change, Plan};
use self::script::Script;

mod outbox;
mod plan;
#[expect(dead_code, reason = "shared with targets that use more of it")]
mod script;

const STEPS_MAX: usize = 48;
const UNDER_WAY_MAX: usize = 256;

/// Datagrams that one step brings to rest: what was sent, and what answers it.
const DELIVERIES_MAX: usize = 4 * UNDER_WAY_MAX;

/// A second of connecting in steps of 10 ms, and more.
const CONNECT_STEPS_MAX: usize = 300;

fuzz_target!(|bytes: &[u8]| {
    let mut script = Script::new(bytes);
    let mut play = Play::connected(script.byte());
    script.play(STEPS_MAX, |script| play.step(script));
});

struct End {
    rtc: Rtc,
    address: SocketAddr,
    channels: Vec<ChannelId>,
    inbox: VecDeque<Transmit>,
    plan: Arc<Mutex<Plan>>,
    written: u64,
}

struct Play {
    now: Instant,
    ends: [End; 2],
    /// What was delivered last, to be delivered again or damaged.
    last: VecDeque<Transmit>,
}

impl Play {
    fn connected(config: u8) -> Self {
        let now = Instant::now();
        let ends = [0, 1].map(|number: u8| {
            let role =
                if number == 1 { NegotiationRole::Polite } else { NegotiationRole::Impolite };
            let mut setup = Config::seeded(u64::from(number)).with_role(role);
            setup.session = SessionKind::Own;
            setup.initial_bitrate = setup.initial_bitrate.filter(|_| config & 1 == 0);
            setup.delivery = if config & 2 == 0 { Delivery::Frames } else { Delivery::Packets };
            // Shorter than a handshake of 1.3.
            setup.dtls = DtlsVersion::V1_2;
            let address = SocketAddr::from(([192, 0, 2, number + 1], 5000));
            let mut rtc = Rtc::new(setup, now);
            rtc.handle_input(Input::Interfaces(&[Interface::new("eth0", address.ip())]), now);
            let plan = Arc::new(Mutex::new(Plan::default()));
            let (channels, inbox) = (Vec::new(), VecDeque::new());
            End { rtc, address, channels, inbox, plan, written: 0 }
        });
        let mut play = Play { now, ends, last: VecDeque::new() };
        play.negotiate();
        for _ in 0..CONNECT_STEPS_MAX {
            play.settle();
            play.pass(10);
            let is_up = |end: &End| {
                end.rtc.connection_state() == ConnectionState::Connected && !end.channels.is_empty()
            };
            if play.ends.iter().all(is_up) {
                play.begin_to_meddle();
                return play;
            }
        }
        panic!("they do not connect");
    }

    fn negotiate(&mut self) {
        let [a, _] = &mut self.ends;
        for kind in [MediaKind::Audio, MediaKind::Video] {
            a.rtc.negotiation().add_transceiver(kind, TransceiverInit::default());
        }
        let channel = a.rtc.create_channel(ChannelConfig::new("x")).expect("the first");
        a.channels.push(channel);
        let offer = a.rtc.negotiation().create_offer().expect("something to offer");
        a.rtc.negotiation().set_local(&offer).expect("just made");
        self.drain(0);
        self.drain(1);
        let [a, b] = &mut self.ends;
        b.rtc.negotiation().set_remote(&offer).expect("a valid offer");
        let answer = b.rtc.negotiation().create_answer().expect("an offer waits");
        b.rtc.negotiation().set_local(&answer).expect("just made");
        a.rtc.negotiation().set_remote(&answer).expect("a valid answer");
        let line = |end: &End| {
            let (ip, port) = (end.address.ip(), end.address.port());
            format!("candidate:1 1 udp 2130706431 {ip} {port} typ host")
        };
        let (to_a, to_b) = (line(b), line(a));
        a.rtc.negotiation().add_ice_candidate(&to_a).expect("a valid candidate");
        b.rtc.negotiation().add_ice_candidate(&to_b).expect("a valid candidate");
        self.drain(0);
        self.drain(1);
    }

    fn begin_to_meddle(&mut self) {
        for end in &mut self.ends {
            let plan = Arc::clone(&end.plan);
            end.rtc.meddle(Box::new(move |kind, packet| {
                plan.lock().expect("nobody panics with it").apply(kind, packet);
            }));
        }
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let head = script.byte();
        let (who, other) = (usize::from(head >> 7), head & 0x40 != 0);
        match head & 0x0f {
            0..=4 => self.plan(who, script),
            5 | 6 => self.frame(who, other, script),
            7 => self.packet(who, script),
            8 => self.message(who, other, script),
            9 => self.channel(who, other, script),
            10 => self.raw(who, script),
            11 => self.again(script),
            12 => {
                let mid =
                    self.ends[who].mid(if other { MediaKind::Audio } else { MediaKind::Video });
                if let Some(mut media) = mid.and_then(|mid| self.ends[who].rtc.media(mid)) {
                    let _ = media.request_keyframe(None, KeyframeRequestKind::Fir);
                }
            }
            13 => {
                let rate = Bitrate::kbps(u64::from(script.byte()) * 10);
                self.ends[who].rtc.set_desired_bitrate(Bitrate::kbps(30), rate);
            }
            _ => self.pass(u64::from(script.byte()) * 8),
        }
        self.settle();
        for end in &mut self.ends {
            let _ = end.rtc.stats();
        }
    }

    /// The next packets of a kind are changed.
    fn plan(&mut self, who: usize, script: &mut Script<'_>) {
        let kind = [Unprotected::Rtp, Unprotected::Rtcp, Unprotected::Sctp][script.below(3)];
        let change = Change::read(script);
        self.ends[who].plan.lock().expect("nobody panics with it").add(kind, change);
    }

    fn frame(&mut self, who: usize, video: bool, script: &mut Script<'_>) {
        let (choice, size) = (script.byte(), usize::from(script.byte()));
        let (now, end) = (self.now, &mut self.ends[who]);
        let kind = if video { MediaKind::Video } else { MediaKind::Audio };
        let codecs: Vec<Codec> = Codec::ALL.into_iter().filter(|it| it.kind() == kind).collect();
        let codec = codecs[usize::from(choice) % codecs.len()];
        let rate = if video { 90_000 } else { 48_000 };
        end.written += 1;
        let time = MediaTime::new(end.written * 960, rate);
        let data = vec![choice; 1 + size * if video { 16 } else { 1 }].into();
        let frame = EncodedFrame { codec, time, keyframe: choice & 1 == 0, data };
        if let Some(mut media) = end.mid(kind).and_then(|mid| end.rtc.media(mid)) {
            let _ = media.write(&frame, now);
        }
    }

    fn packet(&mut self, who: usize, script: &mut Script<'_>) {
        let (choice, size) = (script.byte(), usize::from(script.byte()));
        let (now, end) = (self.now, &mut self.ends[who]);
        end.written += u64::from(choice & 3);
        let packet = OutgoingPacket {
            payload_type: PayloadType(script.byte() & 0x7f),
            sequence_number: end.written,
            timestamp: u32::from(script.byte()) << 8,
            marker: choice & 4 == 0,
            nackable: choice & 8 == 0,
            payload: (0..size).map(|_| script.byte()).collect::<Vec<u8>>().into(),
        };
        let kind = if choice & 16 == 0 { MediaKind::Video } else { MediaKind::Audio };
        if let Some(mut media) = end.mid(kind).and_then(|mid| end.rtc.media(mid)) {
            let _ = media.write_packet(None, packet, now);
        }
    }

    fn message(&mut self, who: usize, binary: bool, script: &mut Script<'_>) {
        let end = &mut self.ends[who];
        let (number, size) = (script.below(end.channels.len()), usize::from(script.byte()));
        let Some(id) = end.channels.get(number).copied() else { return };
        if let Some(mut channel) = end.rtc.channel(id) {
            let _ = channel.write(binary, &vec![b'a'; size * 32]);
        }
    }

    fn channel(&mut self, who: usize, close: bool, script: &mut Script<'_>) {
        let end = &mut self.ends[who];
        let choice = script.byte();
        if close {
            let number = usize::from(choice).checked_rem(end.channels.len()).unwrap_or(0);
            let id = end.channels.get(number).copied();
            if let Some(channel) = id.and_then(|id| end.rtc.channel(id)) {
                channel.close();
            }
            return;
        }
        let mut config = ChannelConfig::new("y".repeat(usize::from(choice & 15)));
        config.ordered = choice & 16 == 0;
        if let Ok(id) = end.rtc.create_channel(config) {
            end.channels.push(id);
        }
    }

    /// Any bytes come where the peer's datagrams come.
    fn raw(&mut self, to: usize, script: &mut Script<'_>) {
        let (source, destination) = (self.ends[1 - to].address, self.ends[to].address);
        let contents: Vec<u8> = (0..script.byte()).map(|_| script.byte()).collect();
        let transmit =
            Transmit { protocol: Protocol::Udp, source, destination, ecn: None, contents };
        self.arrive(&transmit);
    }

    /// A datagram comes again, as it was or damaged.
    fn again(&mut self, script: &mut Script<'_>) {
        let count = self.last.len();
        let Some(mut transmit) = self.last.get(script.below(count)).cloned() else { return };
        Change::read(script).apply(&mut transmit.contents);
        self.arrive(&transmit);
    }

    fn arrive(&mut self, transmit: &Transmit) {
        let to = usize::from(transmit.destination != self.ends[0].address);
        let Transmit { protocol, source, destination, ref contents, .. } = *transmit;
        let datagram = Datagram { protocol, source, destination, ecn: None, contents };
        self.ends[to].rtc.handle_input(Input::Datagram(datagram), self.now);
        self.drain(to);
    }

    /// Everything that is under way arrives.
    fn settle(&mut self) {
        self.drain(0);
        self.drain(1);
        for _ in 0..DELIVERIES_MAX {
            let Some(to) = [0, 1].into_iter().find(|to| !self.ends[*to].inbox.is_empty()) else {
                return;
            };
            if let Some(transmit) = self.ends[to].inbox.pop_front() {
                self.arrive(&transmit);
                self.last.push_front(transmit);
                self.last.truncate(16);
            }
        }
        // They answer each other for as long as they have something to say.
        self.ends.iter_mut().for_each(|end| end.inbox.clear());
    }

    fn pass(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
        for who in [0, 1] {
            self.ends[who].rtc.handle_input(Input::Timeout, self.now);
            self.drain(who);
        }
    }

    fn drain(&mut self, who: usize) {
        for _ in 0..8 {
            let mut outbox = Outbox::default();
            drain(&mut self.ends[who].rtc, &mut outbox);
            let Outbox { sent, events, sockets, .. } = outbox;
            let [end, peer] = match &mut self.ends {
                [a, b] if who == 0 => [a, b],
                [a, b] => [b, a],
            };
            let room = UNDER_WAY_MAX.saturating_sub(peer.inbox.len());
            peer.inbox.extend(sent.into_iter().take(room));
            for event in events {
                match event {
                    Event::ChannelOpened(opened) if !end.channels.contains(&opened.id) => {
                        end.channels.push(opened.id);
                    }
                    Event::ChannelClosed(id) => end.channels.retain(|known| *known != id),
                    _ => {}
                }
            }
            if sockets.is_empty() {
                return;
            }
            for request in sockets {
                if let SocketRequest::Bind { id, .. } = request {
                    let reply = SocketReply::Bound { id, local: end.address };
                    end.rtc.handle_input(Input::Socket(reply), self.now);
                }
            }
        }
        panic!("it does not come to rest");
    }
}

impl End {
    fn mid(&mut self, kind: MediaKind) -> Option<lapwing_engine::Mid> {
        let all = self.rtc.negotiation().transceivers();
        all.iter().find(|one| one.kind == kind).and_then(|one| one.mid)
    }
}
