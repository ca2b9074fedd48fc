//! The end of a flow that sends: encoders by model, led by the engine's bandwidth estimate.

use std::time::{Duration, Instant};

use lapwing_engine as engine;
use lapwing_engine::{
    Bitrate, CandidateKind, Codec, ConnectionState, Direction, EncodedFrame, Event, MediaTime, Mid,
    Rtc, TransceiverInit, WriteOptions,
};

use crate::host::Application;
use crate::net::EndpointId;
use crate::run::{ChannelEnd, Forwarded, Mark, MarkKind, Stamp, Tail, Video};
use crate::scenario::AudioModel;
use crate::time::{Clock, Time};

/// When a flow does what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// It calls.
    pub start: Time,
    /// It hangs up.
    pub end: Time,
    /// It sends nothing between these.
    pub pause: Option<(Time, Time)>,
    /// All times in which it sends none, of which its own pause is one and others are actions'.
    pub pauses: Vec<(Time, Time)>,
}

/// Why media are held, beside a pause of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// All are.
    Flow,
    /// Those of a kind are.
    Kind(engine::MediaKind),
}

/// Sends modelled video and audio to its peer.
#[derive(Debug)]
pub struct Talker {
    clock: Clock,
    plan: Plan,
    video: Option<Video>,
    audio: Option<Audio>,
    /// What it sends on of another flow, in place of media of its own.
    forwarded: Option<Forwarded>,
    estimate: Option<Bitrate>,
    connected: Option<Time>,
    paused: bool,
    holds: Vec<Hold>,
    /// A hold is over: there is something to do.
    released: Option<Time>,
    ended: bool,
    /// When the first picture was written.
    pub(crate) first_picture: Option<Time>,
    /// Frames that the engine refused.
    pub refused: u64,
    /// What happened to the connection, for plots.
    pub marks: Vec<Mark>,
    /// What the engine said.
    pub(crate) said: Tail,
    /// What goes over data channels.
    pub(crate) channels: ChannelEnd,
    /// Where the path is lost, ICE is restarted.
    pub(crate) restarts: bool,
    restarted: Option<Time>,
    /// What its candidate in use is.
    pub(crate) candidate: Option<CandidateKind>,
}

#[derive(Debug)]
struct Audio {
    rate: Bitrate,
    interval: Duration,
    mid: Option<Mid>,
    next: Time,
    number: u64,
}

/// Between two looks at whether the connection stands.
const CONNECT_CHECK: Duration = Duration::from_millis(20);
/// What is left of the estimate for RTP, UDP and IP headers, feedback and retransmissions.
const MEDIA_SHARE: f64 = 0.95;
/// Video begins so long after audio: a camera and a microphone know nothing of each other. What two
/// tracks write in the same nanosecond, the library below the engine sends in an order that differs
/// from run to run.
const VIDEO_AFTER_AUDIO: Duration = Duration::from_micros(3_141);
/// Between two restarts of ICE while there is no path.
const RESTART_INTERVAL: Duration = Duration::from_secs(5);
/// More marks than a run needs; a connection that flaps gives no more.
const MARKS_MAX: usize = 200;

impl Talker {
    /// A flow that sends nothing yet.
    pub(crate) fn new(clock: Clock, plan: Plan) -> Self {
        Talker {
            clock,
            plan,
            video: None,
            audio: None,
            forwarded: None,
            estimate: None,
            connected: None,
            paused: false,
            holds: Vec::new(),
            released: None,
            ended: false,
            first_picture: None,
            refused: 0,
            marks: Vec::new(),
            said: Tail::default(),
            channels: ChannelEnd::default(),
            restarts: false,
            restarted: None,
            candidate: None,
        }
    }

    /// The engine's last estimate of what the network carries.
    pub fn estimate(&self) -> Option<Bitrate> {
        self.estimate
    }

    /// These media are made here.
    pub(crate) fn with_media(mut self, video: Option<Video>, audio: Option<&AudioModel>) -> Self {
        self.video = video;
        self.audio = audio.map(Audio::new);
        self
    }

    /// What arrives at a forwarder goes on here, in place of media of its own.
    pub(crate) fn forwarding(mut self, forwarded: Forwarded) -> Self {
        self.forwarded = Some(forwarded);
        self
    }

    /// The rate that video is encoded at or, of what is forwarded, sent on; zero while none is.
    pub fn target(&self) -> Bitrate {
        let sends = self.connected.is_some() && !self.paused && !self.ended;
        if let Some(forwarded) = self.forwarded.as_ref().filter(|_| sends) {
            return forwarded.target();
        }
        let video = self.video.as_ref().filter(|_| sends && self.flows(engine::MediaKind::Video));
        video.map_or(Bitrate::ZERO, |video| video.target())
    }

    /// True unless media of a kind are held.
    fn flows(&self, kind: engine::MediaKind) -> bool {
        !self.holds.iter().any(|hold| matches!(hold, Hold::Flow) || *hold == Hold::Kind(kind))
    }

    /// Media are held from now on.
    pub(crate) fn hold(&mut self, rtc: &mut Rtc, hold: Hold) {
        if !self.holds.contains(&hold) {
            self.holds.push(hold);
        }
        if self.connected.is_some() {
            self.set_rates(rtc, !self.paused);
        }
    }

    /// They are no longer held for this reason.
    pub(crate) fn release(&mut self, rtc: &mut Rtc, hold: Hold, now: Time) {
        let before = [engine::MediaKind::Video, engine::MediaKind::Audio].map(|k| self.flows(k));
        self.holds.retain(|one| *one != hold);
        if self.connected.is_none() || self.paused {
            return;
        }
        self.set_rates(rtc, true);
        if let Some(video) = &mut self.video
            && !before[0]
        {
            video.next = now + VIDEO_AFTER_AUDIO;
            video.intra();
        }
        if let Some(audio) = &mut self.audio
            && !before[1]
        {
            audio.next = now;
        }
        self.released = Some(now);
    }

    /// When the connection first stood.
    pub fn connected(&self) -> Option<Time> {
        self.connected
    }

    /// Video frames written so far.
    pub fn frames(&self) -> u64 {
        let forwarded = self.forwarded.as_ref().map_or(0, |forwarded| forwarded.frames);
        self.video.as_ref().map_or(forwarded, |video| video.number)
    }

    fn mark(&mut self, at: Time, kind: MarkKind, text: String) {
        if self.marks.len() < MARKS_MAX {
            self.marks.push(Mark { at_s: at.as_secs_f64(), kind, text });
        }
    }

    /// Asks for a connection with a track of each kind, and channels.
    fn call(&mut self, rtc: &mut Rtc) {
        let forwarded = |kind| self.forwarded.as_ref().is_some_and(|forwarded| forwarded.has(kind));
        let init = || TransceiverInit { direction: Direction::SendOnly, ..Default::default() };
        if self.video.is_some() || forwarded(engine::MediaKind::Video) {
            let send_layers = self.video.as_ref().map(Video::layers).unwrap_or_default();
            let init = TransceiverInit { send_layers, ..init() };
            rtc.negotiation().add_transceiver(engine::MediaKind::Video, init);
        }
        if self.audio.is_some() || forwarded(engine::MediaKind::Audio) {
            rtc.negotiation().add_transceiver(engine::MediaKind::Audio, init());
        }
        if self.channels.are_to_be_asked_for() {
            self.channels.ask(rtc);
        }
    }

    /// Tells the estimator what is sent in any case and what would be sent at best: nothing in a
    /// pause.
    fn set_rates(&self, rtc: &mut Rtc, sends: bool) {
        let has = |kind| sends && self.flows(kind);
        let video = self.video.as_ref().filter(|_| has(engine::MediaKind::Video));
        let audio = self.audio.as_ref().filter(|_| has(engine::MediaKind::Audio));
        let (mut bounds, mut audio) =
            (video.map(|video| [video.min, video.max]), audio.map(|a| a.rate));
        if let Some(forwarded) = &self.forwarded {
            let rates = forwarded.rates();
            bounds = has(engine::MediaKind::Video).then_some(rates.video);
            audio = has(engine::MediaKind::Audio).then_some(rates.sound);
        }
        let audio = audio.map_or(0, Bitrate::as_bps);
        let [least, most] = bounds
            .map_or([0, 0], |bounds| bounds.map(Bitrate::as_bps))
            .map(|video| engine::Bitrate::bps(((video + audio) as f64 / MEDIA_SHARE) as u64));
        rtc.set_desired_bitrate(least, most);
    }

    /// The connection stands for the first time.
    fn begin(&mut self, rtc: &mut Rtc, now: Time) {
        self.connected = Some(now);
        for transceiver in rtc.negotiation().transceivers() {
            if let Some(forwarded) = &mut self.forwarded {
                let place = usize::from(transceiver.kind == engine::MediaKind::Audio);
                forwarded.mids[place] = transceiver.mid;
            }
            match (transceiver.kind, &mut self.video, &mut self.audio) {
                (engine::MediaKind::Video, Some(video), _) => video.mid = transceiver.mid,
                (engine::MediaKind::Audio, _, Some(audio)) => audio.mid = transceiver.mid,
                _ => {}
            }
        }
        self.go_on(rtc, now);
    }

    /// Media flow from now on.
    fn go_on(&mut self, rtc: &mut Rtc, now: Time) {
        self.set_rates(rtc, true);
        if let Some(video) = &mut self.video {
            video.next = now + VIDEO_AFTER_AUDIO;
            video.intra();
        }
        if let Some(audio) = &mut self.audio {
            audio.next = now;
        }
    }

    fn write(&mut self, rtc: &mut Rtc, now: Time, instant: Instant) {
        let mut frames = Vec::new();
        let [sees, hears] =
            [engine::MediaKind::Video, engine::MediaKind::Audio].map(|kind| self.flows(kind));
        if let Some(video) = self.video.as_mut().filter(|video| sees && video.next <= now) {
            let mid = video.mid;
            frames.extend(video.frames(now).into_iter().map(|(rid, frame)| (mid, rid, frame)));
            self.first_picture.get_or_insert(now);
        }
        if let Some(audio) = self.audio.as_mut().filter(|audio| hears && audio.next <= now) {
            frames.push((audio.mid, None, audio.frame(now)));
        }
        for (mid, rid, frame) in frames {
            let media = mid.and_then(|mid| rtc.media(mid));
            let options = WriteOptions { rid, ..WriteOptions::default() };
            let written =
                media.is_some_and(|mut media| media.write_with(&frame, options, instant).is_ok());
            self.refused += u64::from(!written);
        }
    }

    /// Sends on what a forwarder hands over.
    fn send_on(&mut self, mail: &[u8], rtc: &mut Rtc, instant: Instant) {
        let now = self.clock.time(instant);
        let sends = self.connected.is_some() && !self.ended && !self.paused;
        let [sees, hears] =
            [engine::MediaKind::Video, engine::MediaKind::Audio].map(|kind| self.flows(kind));
        let Some(forwarded) = &mut self.forwarded else { return };
        let budget = self.estimate.map(|rate| rate.as_bps() as f64 * MEDIA_SHARE);
        let taken = forwarded.take(mail, budget, now);
        if !(sends && sees) {
            forwarded.interrupt();
        }
        let Some((mid, frame)) = taken else { return };
        let is_picture = frame.codec.kind() == engine::MediaKind::Video;
        if !(sends && if is_picture { sees } else { hears }) {
            return;
        }
        let written = rtc.media(mid).is_some_and(|mut media| media.write(&frame, instant).is_ok());
        self.refused += u64::from(!written);
        if is_picture {
            forwarded.written(written);
        }
    }

    /// When to be called next, while media flow.
    fn next(&self) -> Time {
        let video = self.video.as_ref().filter(|_| self.flows(engine::MediaKind::Video));
        let audio = self.audio.as_ref().filter(|_| self.flows(engine::MediaKind::Audio));
        let media = [video.map(|video| video.next), audio.map(|audio| audio.next)];
        let next = media.into_iter().flatten().min().unwrap_or(Time::NEVER);
        let pause = self.plan.pause.filter(|_| !self.paused).map_or(Time::NEVER, |(at, _)| at);
        next.min(pause).min(self.plan.end)
    }

    /// Asks for new paths where there is none, and no more often than is of use.
    fn restart_if_lost(&mut self, rtc: &mut Rtc, now: Time) {
        let state = rtc.connection_state();
        let is_lost = matches!(state, ConnectionState::Disconnected | ConnectionState::Failed);
        let is_recent = self.restarted.is_some_and(|at| now < at + RESTART_INTERVAL);
        if self.restarts && is_lost && !is_recent {
            self.restarted = Some(now);
            rtc.negotiation().restart_ice();
        }
    }

    /// What is due at `now`; gives the time of the next call.
    fn proceed(&mut self, rtc: &mut Rtc, now: Time, instant: Instant) -> Option<Time> {
        if now < self.plan.start {
            return Some(self.plan.start);
        }
        if now >= self.plan.end {
            if !std::mem::replace(&mut self.ended, true) {
                rtc.close(instant);
            }
            return None;
        }
        let wants_media = self.video.is_some() || self.audio.is_some() || self.forwarded.is_some();
        if (wants_media && rtc.negotiation().transceivers().is_empty())
            || self.channels.are_to_be_asked_for()
        {
            self.call(rtc);
        }
        self.restart_if_lost(rtc, now);
        if self.connected.is_none() {
            if rtc.connection_state() != ConnectionState::Connected {
                return Some(now + CONNECT_CHECK);
            }
            self.begin(rtc, now);
        }
        if let Some((pause, resume)) = self.plan.pause
            && (pause..resume).contains(&now)
        {
            if !std::mem::replace(&mut self.paused, true) {
                self.set_rates(rtc, false);
            }
            return Some(resume.min(self.plan.end));
        }
        if std::mem::take(&mut self.paused) {
            self.plan.pause = None;
            self.go_on(rtc, now);
        }
        self.write(rtc, now, instant);
        Some(self.next())
    }
}

impl Audio {
    fn new(model: &AudioModel) -> Self {
        let (rate, interval) = (model.rate, model.packet_time);
        Audio { rate, interval, mid: None, next: Time::NEVER, number: 0 }
    }

    fn frame(&mut self, now: Time) -> EncodedFrame {
        let stamp = Stamp { number: self.number, written: now };
        let data = stamp.audio(self.rate.bytes_in(self.interval) as usize);
        let since_start = Duration::from_nanos(now.as_nanos());
        let time = MediaTime::from_duration(since_start, MediaTime::OPUS_RATE);
        self.number += 1;
        self.next += self.interval;
        EncodedFrame { codec: Codec::Opus, time, keyframe: true, data }
    }
}

impl Application for Talker {
    fn event(&mut self, event: Event, rtc: &mut Rtc, now: Instant) {
        let now = self.clock.time(now);
        self.said.note(now, &event);
        self.channels.event(&event, rtc, now);
        match event {
            Event::BandwidthEstimated(rate) => {
                self.estimate = Some(Bitrate::bps(rate.as_bps()));
                let audio = self.audio.as_ref().map_or(0, |audio| audio.rate.as_bps());
                let media = (rate.as_bps() as f64 * MEDIA_SHARE) as u64;
                if let Some(video) = &mut self.video {
                    video.request(Bitrate::bps(media.saturating_sub(audio)), now);
                }
            }
            Event::KeyframeRequested { rid, .. } => {
                if let Some(video) = &mut self.video {
                    video.intra_of(rid);
                }
                if let Some(forwarded) = &mut self.forwarded {
                    forwarded.keyframe_requested();
                }
            }
            Event::ConnectionStateChanged(state) => {
                self.mark(now, MarkKind::ConnectionState, state.to_string());
            }
            Event::SelectedPairChanged(pair) => {
                let text = format!("{} {} > {}", pair.protocol, pair.local, pair.remote);
                self.mark(now, MarkKind::SelectedPair, text);
                self.candidate = Some(pair.local_kind);
            }
            Event::Closed(reason) => self.mark(now, MarkKind::Closed, format!("{reason:?}")),
            _ => {}
        }
    }

    fn wake(&mut self, rtc: &mut Rtc, now: Instant) -> Option<Instant> {
        let time = self.clock.time(now);
        self.released = None;
        let next = self.proceed(rtc, time, now);
        self.channels.proceed(rtc, time);
        next.map(|next| self.clock.instant(next))
    }

    fn mail(&mut self, mail: &[u8], rtc: &mut Rtc, now: Instant) {
        self.send_on(mail, rtc, now);
    }

    fn post(&mut self) -> Option<(EndpointId, Vec<u8>)> {
        self.forwarded.as_mut()?.post()
    }

    fn due(&self) -> Option<Instant> {
        let due = [self.channels.due(), self.released].into_iter().flatten().min();
        due.map(|at| self.clock.instant(at))
    }
}
