//! Sequences of commands, descriptions, candidates, datagrams and time over two connections:
//! no panic, what is refused changes nothing, and nothing outgrows its limit.
#![no_main]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use lapwing_engine::{
    Bitrate, CHANNELS_MAX, CandidateInit, ChannelConfig, ChannelId, Codec, Config, Datagram,
    DtlsVersion, EncodedFrame, Event, Input, Interface, KeyframeRequestKind, MediaKind, MediaTime,
    NegotiationError, NegotiationRole, OutgoingPacket, PayloadType, Rtc, SdpType, SendEncoding,
    SessionDescription, SessionKind, SignalingState, SocketReply, SocketRequest, Transceiver,
    TransceiverId, TransceiverInit, Transmit, drain,
};
use libfuzzer_sys::fuzz_target;

use self::outbox::Outbox;
use self::script::{Script, damaged, preference, way};

mod offers;
mod outbox;
mod script;

const STEPS_MAX: usize = 64;
const UNDER_WAY_MAX: usize = 64;
const LINES_MAX: usize = 256;

fuzz_target!(|bytes: &[u8]| {
    let mut script = Script::new(bytes);
    let mut play = Play::new(script.byte());
    script.play(STEPS_MAX, |script| play.step(script));
});

struct End {
    rtc: Rtc,
    wake: Instant,
    address: SocketAddr,
    asked: usize,
    channels: Vec<ChannelId>,
    created: Option<SessionDescription>,
    /// On their way to this end.
    mail: VecDeque<SessionDescription>,
    candidates: VecDeque<CandidateInit>,
    datagrams: VecDeque<Transmit>,
}

/// What a refusal must leave as it is.
#[derive(Debug, PartialEq)]
struct Seen {
    state: SignalingState,
    transceivers: Vec<Transceiver>,
    descriptions: [Option<SessionDescription>; 2],
}

impl End {
    fn seen(&mut self) -> Seen {
        let negotiation = self.rtc.negotiation();
        Seen {
            state: negotiation.state(),
            transceivers: negotiation.transceivers(),
            descriptions: [negotiation.local_description(), negotiation.remote_description()],
        }
    }

    fn unless_refused<T>(
        &mut self,
        step: impl FnOnce(&mut Rtc) -> Result<T, NegotiationError>,
    ) -> Option<T> {
        let before = self.seen();
        match step(&mut self.rtc) {
            Ok(done) => Some(done),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert_eq!(self.seen(), before, "refused, and changed all the same: {error}");
                None
            }
        }
    }

    fn pick(&mut self, script: &mut Script<'_>) -> Option<Transceiver> {
        let all = self.rtc.negotiation().transceivers();
        all.get(script.below(all.len())).cloned()
    }
}

struct Play {
    now: Instant,
    ends: [End; 2],
}

impl Play {
    fn new(config: u8) -> Self {
        let now = Instant::now();
        let ends = [0, 1].map(|number: u8| {
            let role = match number ^ (config & 1) {
                0 => NegotiationRole::Polite,
                _ => NegotiationRole::Impolite,
            };
            let mut setup = Config::seeded(u64::from(number)).with_role(role);
            setup.initial_bitrate = setup.initial_bitrate.filter(|_| config & 2 != 0);
            setup.ice_lite = config & 12 == 12 && number == 1;
            // Key shares of DTLS 1.3 are made at the start, and take longer than all the rest.
            setup.dtls = match config & 48 {
                48 => DtlsVersion::Auto,
                _ => DtlsVersion::V1_2,
            };
            // Over str0m a key is loaded at the start; ours begins its handshake with a path.
            setup.session = match config >> 6 {
                3 => SessionKind::Str0m,
                _ => SessionKind::Own,
            };
            let address = SocketAddr::from(([192, 0, 2, number + 1], 5000));
            let mut rtc = Rtc::new(setup, now);
            rtc.handle_input(Input::Interfaces(&[Interface::new("eth0", address.ip())]), now);
            End {
                rtc,
                wake: now,
                address,
                asked: 0,
                channels: Vec::new(),
                created: None,
                mail: VecDeque::new(),
                candidates: VecDeque::new(),
                datagrams: VecDeque::new(),
            }
        });
        let mut play = Play { now, ends };
        play.drain(0);
        play.drain(1);
        play
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let head = script.byte();
        let (who, other) = (usize::from(head >> 7), head & 0x40 != 0);
        match head & 0x1f {
            0..=2 => self.add(who, other, script),
            3..=6 => self.wish(who, head & 0x1f, script),
            7..=9 => self.create(who, SdpType::Offer, !other),
            10..=12 => self.create(who, SdpType::Answer, true),
            13 => self.create(who, SdpType::Pranswer, true),
            14 => self.roll_back(who, other),
            15..=18 => self.deliver(who, None),
            19 => self.deliver(who, Some(script)),
            20 => self.foreign(who, script),
            21 => self.channel(who, other, script),
            22 => self.write(who, script),
            23 | 24 => self.media(who, other, script),
            25 => self.candidates(who, script),
            26..=28 => self.datagrams(who, other, script),
            29 => self.pass(script),
            30 if script.byte() == 0xff => self.ends[who].rtc.close(self.now),
            30 => self.ends[who].rtc.negotiation().restart_ice(),
            _ => self.talk(),
        }
        self.drain(0);
        self.drain(1);
        for end in &mut self.ends {
            let most = 2 * LINES_MAX + end.asked;
            assert!(end.rtc.negotiation().transceivers().len() <= most);
            assert!(end.channels.len() <= 2 * CHANNELS_MAX);
        }
    }

    fn drain(&mut self, who: usize) {
        // Sockets and names are answered at once: a few rounds.
        for _ in 0..32 {
            let mut outbox = Outbox::default();
            self.ends[who].wake = drain(&mut self.ends[who].rtc, &mut outbox);
            let Outbox { sent, events, sockets, names } = outbox;
            let [end, peer] = match &mut self.ends {
                [a, b] if who == 0 => [a, b],
                [a, b] => [b, a],
            };
            let room = UNDER_WAY_MAX.saturating_sub(peer.datagrams.len());
            peer.datagrams.extend(sent.into_iter().take(room));
            for event in events {
                match event {
                    Event::IceCandidate(init) if peer.candidates.len() < UNDER_WAY_MAX => {
                        peer.candidates.push_back(init);
                    }
                    Event::ChannelOpened(opened) if !end.channels.contains(&opened.id) => {
                        end.channels.push(opened.id);
                    }
                    Event::ChannelClosed(id) => end.channels.retain(|known| *known != id),
                    _ => {}
                }
            }
            if sockets.is_empty() && names.is_empty() {
                return;
            }
            for request in sockets {
                if let SocketRequest::Bind { id, .. } = request {
                    let reply = SocketReply::Bound { id, local: end.address };
                    end.rtc.handle_input(Input::Socket(reply), self.now);
                }
            }
            for id in names {
                end.rtc.handle_input(Input::Resolved { id, addresses: &[] }, self.now);
            }
        }
        panic!("it does not come to rest");
    }

    fn add(&mut self, who: usize, track: bool, script: &mut Script<'_>) {
        let choice = script.byte();
        let kind = if choice & 1 == 0 { MediaKind::Audio } else { MediaKind::Video };
        let mut init = TransceiverInit::new(way(choice >> 1));
        if choice & 8 != 0 && kind == MediaKind::Video {
            init.send_layers =
                ["h", "l"].into_iter().filter_map(lapwing_engine::Rid::new).collect();
        }
        self.ends[who].asked += 1;
        let mut negotiation = self.ends[who].rtc.negotiation();
        match track {
            true => negotiation.add_track(kind, init),
            false => negotiation.add_transceiver(kind, init),
        };
    }

    fn wish(&mut self, who: usize, what: u8, script: &mut Script<'_>) {
        let picked = self.ends[who].pick(script).map(|one| one.id);
        let id: TransceiverId = match picked {
            Some(id) => id,
            None => return,
        };
        let (choice, count) = (script.byte(), script.below(3));
        self.ends[who].unless_refused(|rtc| {
            let mut negotiation = rtc.negotiation();
            match what {
                3 => negotiation.set_direction(id, way(choice)),
                4 => negotiation.stop(id),
                5 if choice & 1 == 0 => {
                    negotiation.set_streams(id, (0..count).map(|n| format!("s{n}")).collect())
                }
                5 => negotiation.set_parameters(id, vec![SendEncoding::new(None); count]),
                _ => {
                    let names = ["VP8", "VP9", "H264", "rtx", "opus", "PCMU"];
                    let list = (0..count).map(|n| preference(names[(usize::from(choice) + n) % 6]));
                    negotiation.set_codec_preferences(id, list.collect())
                }
            }
        });
    }

    fn create(&mut self, who: usize, kind: SdpType, set: bool) {
        let end = &mut self.ends[who];
        let made = end.unless_refused(|rtc| match kind {
            SdpType::Offer => rtc.negotiation().create_offer(),
            _ => rtc.negotiation().create_answer(),
        });
        let made = match made {
            Some(made) => SessionDescription { kind, ..made },
            // What was made before does not fit any more, or still does.
            None => match end.created.clone() {
                Some(made) => made,
                None => return,
            },
        };
        end.created = Some(made.clone());
        if set && end.unless_refused(|rtc| rtc.negotiation().set_local(&made)).is_some() {
            self.send(1 - who, made);
        }
    }

    fn send(&mut self, to: usize, said: SessionDescription) {
        let mail = &mut self.ends[to].mail;
        if mail.len() < UNDER_WAY_MAX {
            mail.push_back(said);
        }
    }

    fn roll_back(&mut self, who: usize, tell: bool) {
        let taken = self.ends[who].unless_refused(|rtc| rtc.negotiation().rollback());
        if taken.is_some() && tell {
            let said = SessionDescription { kind: SdpType::Rollback, sdp: String::new() };
            self.send(1 - who, said);
        }
    }

    fn deliver(&mut self, who: usize, damage: Option<&mut Script<'_>>) {
        let Some(mut said) = self.ends[who].mail.pop_front() else { return };
        if let Some(script) = damage {
            let (kind, again) = (script.byte(), script.byte());
            if again & 1 != 0 {
                self.ends[who].mail.push_back(said.clone());
            }
            if kind & 0x80 != 0 {
                said.kind = SdpType::ALL[usize::from(kind & 3)];
            }
            said.sdp = damaged(&said.sdp, script);
        }
        self.ends[who].unless_refused(|rtc| rtc.negotiation().set_remote(&said));
    }

    fn foreign(&mut self, who: usize, script: &mut Script<'_>) {
        let (kind, number) = (script.byte(), script.below(offers::FOREIGN.len()));
        let kind = SdpType::ALL[usize::from(kind % 3)];
        let said = SessionDescription { kind, sdp: offers::FOREIGN[number].to_owned() };
        self.ends[who].unless_refused(|rtc| rtc.negotiation().set_remote(&said));
    }

    fn channel(&mut self, who: usize, close: bool, script: &mut Script<'_>) {
        let end = &mut self.ends[who];
        let choice = script.byte();
        if close {
            let count = end.channels.len();
            let id = end.channels.get(usize::from(choice).checked_rem(count).unwrap_or(0)).copied();
            if let Some(channel) = id.and_then(|id| end.rtc.channel(id)) {
                channel.close();
            }
            return;
        }
        let mut config = ChannelConfig::new("x".repeat(usize::from(choice & 7)));
        config.ordered = choice & 8 == 0;
        config.negotiated = (choice & 16 != 0).then_some(u16::from(choice & 3));
        if end.channels.len() < CHANNELS_MAX
            && let Ok(id) = end.rtc.create_channel(config)
        {
            end.channels.push(id);
        }
    }

    fn write(&mut self, who: usize, script: &mut Script<'_>) {
        let end = &mut self.ends[who];
        let (number, size) = (script.below(end.channels.len()), script.byte());
        let Some(id) = end.channels.get(number).copied() else { return };
        if let Some(mut channel) = end.rtc.channel(id) {
            let _ = channel.write(size & 1 == 0, &vec![b'a'; usize::from(size) * 16]);
            channel.set_buffered_amount_low_threshold(usize::from(size));
            let (_, stream) = (channel.buffered_amount(), channel.stream());
            assert!(stream.is_none_or(|stream| stream < u16::MAX));
        }
    }

    fn media(&mut self, who: usize, packets: bool, script: &mut Script<'_>) {
        let (now, end) = (self.now, &mut self.ends[who]);
        let Some(mid) = end.pick(script).and_then(|one| one.mid) else { return };
        let choice = script.byte();
        end.rtc.set_desired_bitrate(Bitrate::kbps(30), Bitrate::kbps(u64::from(choice) * 10));
        let Some(mut media) = end.rtc.media(mid) else { return };
        let data = vec![0x10; 1 + usize::from(choice) * 8].into();
        let codec = if choice & 1 == 0 { Codec::Vp8 } else { Codec::Opus };
        let time = MediaTime::new(u64::from(choice) * 960, 48_000);
        let frame = EncodedFrame { codec, time, keyframe: choice & 2 == 0, data };
        let _ = media.write(&frame, now);
        if packets {
            let packet = OutgoingPacket {
                payload_type: PayloadType(choice & 0x7f),
                sequence_number: u64::from(choice),
                timestamp: 7,
                marker: choice & 4 == 0,
                nackable: choice & 8 == 0,
                payload: vec![0x10; 9].into(),
            };
            let _ = media.write_packet(None, packet, now);
            let _ = media.request_keyframe(None, KeyframeRequestKind::Pli);
            media.select_layer(None);
        }
    }

    fn candidates(&mut self, who: usize, script: &mut Script<'_>) {
        let choice = script.byte();
        let end = &mut self.ends[who];
        while let Some(mut init) = end.candidates.pop_front() {
            if choice & 1 != 0 {
                init.mid = Some((choice >> 4).to_string());
            }
            if choice & 2 != 0 {
                (init.mid, init.index) = (None, Some(usize::from(choice >> 4)));
            }
            if choice & 4 != 0 {
                init.ufrag = Some("abcd".to_owned());
            }
            end.unless_refused(|rtc| rtc.negotiation().add_candidate(&init));
        }
    }

    fn datagrams(&mut self, who: usize, damage: bool, script: &mut Script<'_>) {
        let now = self.now;
        let end = &mut self.ends[who];
        for _ in 0..end.datagrams.len().min(8) {
            let Some(mut transmit) = end.datagrams.pop_front() else { return };
            if damage {
                let (place, value) = (script.byte(), script.byte());
                let length = transmit.contents.len();
                if let Some(byte) = transmit.contents.get_mut(usize::from(place)) {
                    *byte ^= value;
                }
                if value & 1 != 0 {
                    transmit.contents.truncate(length / 2);
                }
            }
            let Transmit { protocol, source, destination, ref contents, .. } = transmit;
            let datagram = Datagram { protocol, source, destination, ecn: None, contents };
            end.rtc.handle_input(Input::Datagram(datagram), now);
            let mut outbox = Outbox::default();
            end.wake = drain(&mut end.rtc, &mut outbox);
            // Answers that cross are lost: the rest goes its way at the end of the step.
        }
    }

    /// Time passes: to the next wake-up, or further.
    fn pass(&mut self, script: &mut Script<'_>) {
        let wake = self.ends[0].wake.min(self.ends[1].wake);
        let span = Duration::from_millis(u64::from(script.byte()) * 20);
        self.now = self.now.max(wake.min(self.now + span));
        for who in [0, 1] {
            self.ends[who].rtc.handle_input(Input::Timeout, self.now);
            self.drain(who);
        }
    }

    /// Everything that is under way arrives, and a little time passes, some times over.
    fn talk(&mut self) {
        for _ in 0..20 {
            for who in [0, 1] {
                while let Some(transmit) = self.ends[who].datagrams.pop_front() {
                    let Transmit { protocol, source, destination, ref contents, .. } = transmit;
                    let datagram = Datagram { protocol, source, destination, ecn: None, contents };
                    self.ends[who].rtc.handle_input(Input::Datagram(datagram), self.now);
                    self.drain(who);
                }
            }
            self.now += Duration::from_millis(10);
            for who in [0, 1] {
                self.ends[who].rtc.handle_input(Input::Timeout, self.now);
                self.drain(who);
            }
        }
    }
}
