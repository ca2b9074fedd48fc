//! Our tracks: a worker for each, started when the other side has said what it takes.

use std::time::{Duration, Instant};

use lapwing_engine::sdp::parameters::H264Parameters;
use lapwing_engine::{Bitrate, Codec, MediaKind, Rid, WriteError, WriteOptions};
use lapwing_media::processing::ProcessorStats;
use lapwing_media::sending::{AudioChoice, audio_choice, layer_names};
use lapwing_media::sources::{AudioSource, VideoSource};

use super::audio::{self, AudioMaker};
use super::capture::{Capture, PlayedIn};
use super::error::CallError;
use super::event::{CallEvent, Events};
use super::input::{Opened, SendConfig, VideoInput};
use super::levels::Loudest;
use super::media_report::ProcessingReport;
use super::report::TrackReport;
use super::video::{self, SentForm, VideoMaker};
use super::worker::{Change, Made, Order, Said, Worker};
use crate::client::{Bell, Peer, kind_of};
use crate::protocol::signalling::Source;

/// Video codecs there are encoders for.
const VIDEO_CODECS: [Codec; 4] = [Codec::Vp8, Codec::Vp9, Codec::H264, Codec::Av1];

/// The video codec that a busy machine falls to.
const CHEAPEST: Codec = Codec::Vp8;

/// Sound codecs there are encoders for.
const AUDIO_CODECS: [Codec; 4] = [Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma];

/// Kept free of what the estimate allows, beside the sound itself: its overhead, and the video's.
const RESERVE_BPS: u64 = 28_000;

/// Least that video is made with: below it there is nothing to be seen.
const VIDEO_BPS_MIN: u64 = 80_000;

/// A change of the target by less is not told to the encoder.
const TARGET_STEP_PERCENT: u64 = 5;

/// What waits to leave is told in steps of this.
const SEND_DELAY_STEP: Duration = Duration::from_millis(25);

/// One of our tracks.
struct Track {
    source: Source,
    /// Its media, until the worker has them.
    input: Option<Input>,
    worker: Option<Worker>,
    codec: Option<Codec>,
    /// What was sent: of one stream, or of each layer.
    sent: Vec<Sent>,
    dropped: u64,
    /// Of late, of sound.
    loudest: Loudest,
    /// What its processing came to, of sound that is processed.
    processed: Option<ProcessorStats>,
}

/// What was sent of a stream.
struct Sent {
    rid: Option<Rid>,
    size: Option<(u32, u32)>,
    frames: u64,
    keyframes: u64,
    bytes: u64,
    first: Instant,
    last: Instant,
}

impl Sent {
    fn begins(rid: Option<Rid>, now: Instant) -> Self {
        Sent { rid, size: None, frames: 0, keyframes: 0, bytes: 0, first: now, last: now }
    }
}

enum Input {
    Video(Box<dyn VideoSource>),
    Audio(Box<dyn AudioSource>),
}

/// All our tracks.
pub(super) struct Sending {
    tracks: Vec<Track>,
    config: SendConfig,
    /// What goes to the loudspeaker, until a microphone takes it.
    played: Option<PlayedIn>,
    bell: Bell,
    max_bps: u64,
    target_bps: Option<u64>,
    estimate_bps: Option<u64>,
    sound: AudioChoice,
    /// What encoders of pictures heard of [`Peer::send_delay`].
    send_delay: Duration,
}

impl Sending {
    /// Opens what is to be sent.
    /// `played` is what goes to the loudspeaker, for a microphone beside it.
    pub(super) fn open(
        config: SendConfig,
        opened: Opened,
        played: Option<PlayedIn>,
        bell: Bell,
    ) -> Result<Self, CallError> {
        let audio = audio::open(&config.audio, opened.audio)?
            .map(|audio| (Source::Microphone, Input::Audio(audio)));
        let shown =
            if config.video == VideoInput::Screen { Source::Screen } else { Source::Camera };
        let video = video::open(&config, opened.video)?.map(|video| (shown, Input::Video(video)));
        let tracks = audio.into_iter().chain(video).map(|(source, input)| Track {
            source,
            input: Some(input),
            worker: None,
            codec: None,
            sent: Vec::new(),
            dropped: 0,
            loudest: Loudest::default(),
            processed: None,
        });
        let max_bps = u64::from(config.max_bps);
        let tracks = tracks.collect();
        Ok(Sending {
            tracks,
            config,
            played,
            bell,
            max_bps,
            target_bps: None,
            estimate_bps: None,
            sound: AudioChoice::default(),
            send_delay: Duration::ZERO,
        })
    }

    /// What is sent.
    pub(super) fn sources(&self) -> Vec<Source> {
        self.tracks.iter().map(|track| track.source).collect()
    }

    /// A connection is there: begins with a keyframe.
    pub(super) fn on_connected(&mut self, peer: &mut Peer) {
        let sound = u64::from(AudioChoice::BITRATE_MAX);
        let desired = Bitrate::bps(self.max_bps + RESERVE_BPS + sound);
        peer.set_desired_bitrate(Bitrate::bps(VIDEO_BPS_MIN), desired);
        self.order_pictures(Order::Keyframe(None));
    }

    /// The layers in which pictures are offered, best first; none for a single stream.
    pub(super) fn layers(&self) -> Vec<Rid> {
        let several = self.config.layers > 1;
        layer_names(self.config.layers).filter(|_| several).collect()
    }

    /// The other side wants a keyframe, of one layer or of all.
    pub(super) fn on_keyframe_requested(&mut self, source: Source, rid: Option<Rid>) {
        self.order(source, Order::Keyframe(rid));
    }

    /// The network carries so much.
    pub(super) fn on_estimate(&mut self, estimate: Bitrate) {
        self.estimate_bps = Some(estimate.as_bps());
        let reserve = RESERVE_BPS + u64::from(self.sound.bitrate_bps);
        let rate = estimate.as_bps().saturating_sub(reserve);
        let target = rate.clamp(VIDEO_BPS_MIN.min(self.max_bps), self.max_bps);
        let near = self
            .target_bps
            .is_some_and(|before| target.abs_diff(before) * 100 < before * TARGET_STEP_PERCENT);
        if !near {
            self.target_bps = Some(target);
            self.order_pictures(Order::Bitrate(u32::try_from(target).unwrap_or(u32::MAX)));
        }
    }

    /// A second passed; so many packets of our sound are lost, 0 to 1, where that is known.
    pub(super) fn on_second(&mut self, loss: Option<f64>) {
        let chosen = audio_choice(loss, self.estimate_bps, self.sound);
        if chosen != std::mem::replace(&mut self.sound, chosen) {
            self.order(Source::Microphone, Order::Sound(chosen));
        }
    }

    /// Tells encoders of pictures how much waits, where that has changed.
    fn follow_send_delay(&mut self, peer: &Peer) {
        let steps = peer.send_delay().div_duration_f64(SEND_DELAY_STEP) as u32;
        let delay = SEND_DELAY_STEP * steps;
        if delay != self.send_delay {
            self.send_delay = delay;
            self.order_pictures(Order::SendDelay(delay));
        }
    }

    fn order_pictures(&mut self, order: Order) {
        for source in [Source::Camera, Source::Screen] {
            self.order(source, order);
        }
    }

    fn order(&mut self, source: Source, order: Order) {
        let tracks = self.tracks.iter().filter(|track| track.source == source);
        tracks.filter_map(|track| track.worker.as_ref()).for_each(|worker| worker.order(order));
    }

    /// What video is to be made with, in bits per second.
    pub(super) fn target_bps(&self) -> Option<u64> {
        self.target_bps
    }

    /// What the network is thought to carry, in bits per second.
    pub(super) fn estimate_bps(&self) -> Option<u64> {
        self.estimate_bps
    }

    /// How loud our sound was since this was last asked for.
    pub(super) fn level(&mut self) -> Option<i8> {
        self.tracks.iter_mut().filter_map(|track| track.loudest.take()).max()
    }

    /// Pictures handed to the engine so far, whatever the layers.
    pub(super) fn pictures(&self) -> u64 {
        let video = self.tracks.iter().filter(|track| track.source != Source::Microphone);
        let pictures =
            |track: &Track| track.sent.iter().map(|sent| sent.frames).max().unwrap_or_default();
        video.map(pictures).sum()
    }

    /// Starts workers that can start, and hands on what they made.
    pub(super) fn step(
        &mut self,
        peer: &mut Peer,
        events: &mut Events,
        now: Instant,
    ) -> Result<(), CallError> {
        self.follow_send_delay(peer);
        for track in &mut self.tracks {
            if track.input.is_some() && peer.is_connected() {
                let taken = peer.send_codecs(track.source);
                if !taken.is_empty() {
                    let form = form(peer, track.source, &self.config);
                    let played = &mut self.played;
                    track.start((&self.config, form), played, &taken, &self.bell, events)?;
                    track.choose(self.sound);
                }
            }
            track.hand_on(peer, events, now);
        }
        Ok(())
    }

    /// The reports of all tracks; rates are over the time in which frames were sent.
    pub(super) fn reports(&self, peer: &mut Peer, name: &str) -> Vec<TrackReport> {
        let id = peer.id().map(ToString::to_string).unwrap_or_default();
        let mut reports = Vec::new();
        for track in &self.tracks {
            let mid = peer.mid_of(track.source).map(|mid| mid.to_string()).unwrap_or_default();
            let each = track.reports(&id, name).into_iter();
            reports.extend(each.map(|report| TrackReport { mid: mid.clone(), ..report }));
        }
        reports
    }
}

/// How the other side takes pictures of this source.
fn form(peer: &mut Peer, source: Source, config: &SendConfig) -> SentForm {
    let layered = !peer.send_layers(source).is_empty();
    let parameters = peer.send_parameters(source, Codec::H264);
    let h264 = parameters.and_then(|text| H264Parameters::parse(Some(&text)));
    SentForm {
        layers: if layered { config.layers } else { 1 },
        single: h264.is_some_and(|h264| h264.packetization_mode == 0),
    }
}

impl Track {
    fn start(
        &mut self,
        (config, form): (&SendConfig, SentForm),
        played: &mut Option<PlayedIn>,
        taken: &[Codec],
        bell: &Bell,
        events: &mut Events,
    ) -> Result<(), CallError> {
        let Some(input) = self.input.take() else { return Ok(()) };
        let first = |known: &[Codec]| taken.iter().copied().find(|codec| known.contains(codec));
        let (name, codec) = match &input {
            Input::Video(_) => {
                ("video", config.codec.filter(|c| taken.contains(c)).or(first(&VIDEO_CODECS)))
            }
            Input::Audio(_) => ("audio", first(&AUDIO_CODECS)),
        };
        let Some(codec) = codec else {
            events.push(CallEvent::NotSent { kind: kind_of(self.source), taken: taken.to_vec() });
            return Ok(());
        };
        let worker = match input {
            Input::Video(source) => {
                let cheaper = (codec != CHEAPEST && taken.contains(&CHEAPEST)).then_some(CHEAPEST);
                let maker = VideoMaker::new(source, codec, config, form)?.with_cheaper(cheaper);
                Worker::start(name, maker, bell.clone())
            }
            Input::Audio(source) => {
                let wanted = config.sound_processing();
                let capture = wanted.map(|wanted| Capture::new(wanted, played.take()));
                Worker::start(name, AudioMaker::new(source, codec, capture)?, bell.clone())
            }
        };
        self.worker = Some(worker.map_err(CallError::System)?);
        events.push(CallEvent::Sending { source: self.source, codec });
        Ok(())
    }

    /// An encoder of sound begins with what was chosen before it.
    fn choose(&self, sound: AudioChoice) {
        if let Some(worker) = self.worker.as_ref().filter(|_| self.source == Source::Microphone) {
            worker.order(Order::Sound(sound));
        }
    }

    fn hand_on(&mut self, peer: &mut Peer, events: &mut Events, now: Instant) {
        while let Some(said) = self.worker.as_ref().and_then(Worker::poll) {
            match said {
                Said::Made(made) => self.send(&made, peer, now),
                Said::Changed(Change { too_slow: codec, instead }) => {
                    events.push(CallEvent::TooSlow { codec, instead });
                }
                Said::Processed(stats) => self.processed = Some(stats),
                Said::Ended(why) => {
                    events.push(CallEvent::SourceEnded { source: self.source, why });
                    self.worker = None;
                }
            }
        }
    }

    fn send(&mut self, made: &Made, peer: &mut Peer, now: Instant) {
        let frame = &made.frame;
        self.loudest.add(made.spoken.map(|spoken| spoken.level));
        let options = WriteOptions {
            rid: made.rid,
            audio_level: made.spoken.map(|spoken| spoken.level),
            voice_activity: made.spoken.is_some_and(|spoken| spoken.voice),
            captured_at: Some(made.captured_at),
            layer: made.layer,
            ..WriteOptions::default()
        };
        let sent = match peer.is_connected() {
            true => peer.send_frame(self.source, frame, options, now),
            false => Err(WriteError::NotSending),
        };
        if let Err(error) = sent {
            tracing::debug!(%error, "frame not sent");
            self.dropped += 1;
            // What follows builds upon it.
            if let (WriteError::Full, Some(worker)) = (error, &self.worker) {
                worker.order(Order::Keyframe(made.rid));
            }
            return;
        }
        self.codec = Some(frame.codec);
        let known = self.sent.iter().position(|sent| sent.rid == made.rid);
        let place = known.unwrap_or_else(|| {
            self.sent.push(Sent::begins(made.rid, now));
            self.sent.len() - 1
        });
        let sent = &mut self.sent[place];
        sent.size = made.size.or(sent.size);
        sent.frames += 1;
        sent.keyframes += u64::from(frame.keyframe);
        sent.bytes += frame.data.len() as u64;
        sent.last = now;
    }

    /// One for each layer that was sent, and one where nothing was.
    fn reports(&self, id: &str, name: &str) -> Vec<TrackReport> {
        let nothing = TrackReport { frames_dropped: self.dropped, ..self.report(id, name) };
        let mut reports: Vec<TrackReport> =
            self.sent.iter().map(|sent| self.report_of(sent, id, name)).collect();
        match reports.first_mut() {
            // What was dropped is not told apart.
            Some(first) => first.frames_dropped = self.dropped,
            None => reports.push(nothing),
        }
        reports
    }

    fn report_of(&self, sent: &Sent, id: &str, name: &str) -> TrackReport {
        let span = (sent.last - sent.first).as_secs_f64();
        let video = kind_of(self.source) == MediaKind::Video;
        let per_second = |count: f64| if span > 0.0 { count / span } else { 0.0 };
        TrackReport {
            rid: sent.rid.map(|rid| rid.to_string()),
            frame_width: sent.size.map(|size| size.0),
            frame_height: sent.size.map(|size| size.1),
            frames_sent: sent.frames,
            key_frames: sent.keyframes,
            frames_per_second: video.then(|| per_second(sent.frames.saturating_sub(1) as f64)),
            bytes: sent.bytes,
            bitrate: per_second(sent.bytes as f64 * 8.0),
            ..self.report(id, name)
        }
    }

    /// Whose it is, and what.
    fn report(&self, id: &str, name: &str) -> TrackReport {
        let video = kind_of(self.source) == MediaKind::Video;
        TrackReport {
            direction: "outbound".to_owned(),
            participant_id: id.to_owned(),
            participant: name.to_owned(),
            kind: kind_of(self.source).to_string(),
            source: self.source.to_string(),
            codec: self.codec.map(|codec| codec.to_string()),
            frames_per_second: video.then_some(0.0),
            processing: self.processed.as_ref().map(ProcessingReport::new),
            ..TrackReport::default()
        }
    }
}
