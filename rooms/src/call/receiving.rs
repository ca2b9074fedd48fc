//! The tracks of others: what is known of each, and the thread that decodes them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lapwing_engine::{Codec, MediaKind, Mid, ReceivedFrame};
use lapwing_media::{AudioReceiverStats, VideoReceiverStats};

use super::event::{CallEvent, Events};
use super::inbound::{Inbound, Job, Told};
use super::levels::{HeardLevel, Loudest};
use super::media_report::{PictureReport, SoundReport};
use super::meters::LevelMeter;
use super::report::TrackReport;
use super::together::Step;
use super::verdict::Seen;
use crate::client::{Peer, RemoteTrack};
use crate::protocol::signalling::ParticipantId;

/// A keyframe is asked for no more often than this: one takes a round trip to come.
const KEYFRAME_EVERY: Duration = Duration::from_millis(500);

/// What is known of a track that came in.
struct Track {
    track: RemoteTrack,
    participant: String,
    added: Instant,
    ended: Option<Instant>,
    codec: Option<Codec>,
    size: Option<(u32, u32)>,
    frames: u64,
    keyframes: u64,
    dropped: u64,
    decoded: u64,
    bytes: u64,
    first: Option<Instant>,
    last: Option<Instant>,
    keyframe_asked: Option<Instant>,
    /// What its receiver counted, of pictures, and the longest time between two.
    pictures: Option<VideoReceiverStats>,
    /// How well pictures are in step with their sound.
    step: Option<Step>,
    longest: Duration,
    level: LevelMeter,
    /// Of late, of sound.
    loudest: Loudest,
    /// What its receiver counted, of sound.
    sound: Option<AudioReceiverStats>,
}

/// All tracks that came in.
pub(super) struct Receiving {
    tracks: Vec<Track>,
    /// Where in `tracks` the one of an m-line is.
    current: BTreeMap<Mid, usize>,
    inbound: Inbound,
    recordings: Vec<PathBuf>,
    /// Those who left, or whose connection is lost.
    gone: BTreeSet<ParticipantId>,
}

impl Receiving {
    pub(super) fn new(inbound: Inbound) -> Self {
        Receiving {
            tracks: Vec::new(),
            current: BTreeMap::new(),
            inbound,
            recordings: Vec::new(),
            gone: BTreeSet::new(),
        }
    }

    /// A track began.
    pub(super) fn on_added(&mut self, track: RemoteTrack, name: String, now: Instant) {
        self.inbound.give(Job::Track { track: track.clone(), name: name.clone() });
        self.current.insert(track.mid, self.tracks.len());
        self.tracks.push(Track {
            track,
            participant: name,
            added: now,
            ended: None,
            codec: None,
            size: None,
            frames: 0,
            keyframes: 0,
            dropped: 0,
            decoded: 0,
            bytes: 0,
            first: None,
            last: None,
            keyframe_asked: None,
            pictures: None,
            step: None,
            longest: Duration::ZERO,
            level: LevelMeter::default(),
            loudest: Loudest::default(),
            sound: None,
        });
    }

    /// A track ended.
    pub(super) fn on_ended(&mut self, track: &RemoteTrack, now: Instant) {
        if let Some(index) = self.current.remove(&track.mid) {
            self.tracks[index].ended = Some(now);
            self.inbound.give(Job::Ended(track.mid));
        }
    }

    /// A participant is gone.
    pub(super) fn on_gone(&mut self, participant: ParticipantId) {
        self.gone.insert(participant.clone());
        self.inbound.give(Job::Gone(participant));
    }

    /// The connection of a participant is lost, or is well again.
    pub(super) fn on_presence(&mut self, participant: ParticipantId, present: bool) {
        match present {
            true => self.gone.remove(&participant),
            false => self.gone.insert(participant),
        };
    }

    /// A frame came.
    pub(super) fn on_frame(
        &mut self,
        frame: ReceivedFrame,
        peer: &mut Peer,
        events: &mut Events,
        now: Instant,
    ) {
        let Some(index) = self.current.get(&frame.mid) else { return };
        let track = &mut self.tracks[*index];
        let starts = track.frames == 0;
        if starts {
            let participant = track.participant.clone();
            let (source, codec) = (track.track.source, frame.frame.codec);
            events.push(CallEvent::TrackFlows { participant, source, codec });
        }
        track.codec = Some(frame.frame.codec);
        track.frames += 1;
        track.keyframes += u64::from(frame.frame.keyframe);
        track.bytes += frame.frame.data.len() as u64;
        track.first.get_or_insert(now);
        track.last = Some(now);
        let given = self
            .inbound
            .give(Job::Frame { participant: track.track.participant.clone(), received: frame });
        if !given {
            track.dropped += 1;
            track.ask_keyframe(peer, now);
        }
    }

    /// Takes in what the thread told.
    pub(super) fn step(&mut self, peer: &mut Peer, events: &mut Events, now: Instant) {
        while let Some(told) = self.inbound.poll() {
            if let Told::Seen(seen) = &told
                && seen.keyframe_wanted
                && let Some(index) = self.current.get(&seen.mid)
            {
                self.tracks[*index].ask_keyframe(peer, now);
            }
            self.on_told(told, events);
        }
    }

    fn on_told(&mut self, told: Told, events: &mut Events) {
        match told {
            Told::Seen(seen) => {
                if let Some(track) = self.last_at(seen.mid) {
                    track.decoded = seen.stats.frames_decoded;
                    track.size = seen.size.or(track.size);
                    track.longest = seen.longest;
                    track.pictures = Some(seen.stats);
                    track.step = seen.step.or(track.step);
                }
            }
            Told::Sound(heard) => {
                if let Some(track) = self.last_at(heard.mid) {
                    track.decoded = track.frames.saturating_sub(heard.stats.dropped.sum());
                    track.level.merge(heard.level);
                    track.loudest.add(heard.level.level());
                    track.sound = Some(heard.stats);
                }
            }
            Told::Recorded(path) => self.recordings.push(path),
            Told::Fault(fault) => events.push(CallEvent::Fault(fault)),
        }
    }

    /// The track of an m-line, also when it has ended while the thread was at work.
    fn last_at(&mut self, mid: Mid) -> Option<&mut Track> {
        self.tracks.iter_mut().rev().find(|track| track.track.mid == mid)
    }

    /// Pictures decoded and freezes counted so far.
    pub(super) fn pictures(&self) -> (u64, u32) {
        let video = self.tracks.iter().filter(|track| track.track.kind == MediaKind::Video);
        video.fold((0, 0), |(n, freezes), track| (n + track.decoded, freezes + track.freezes()))
    }

    /// How loud those are whose sound comes in, since this was last asked for.
    pub(super) fn levels(&mut self) -> Vec<HeardLevel> {
        let sound = self.tracks.iter_mut().filter(|track| {
            track.track.kind == MediaKind::Audio && track.ended.is_none() && track.frames > 0
        });
        let mut levels: Vec<HeardLevel> = Vec::new();
        for track in sound {
            let (name, level) = (&track.participant, track.loudest.take());
            match levels.iter_mut().find(|known| known.participant == *name) {
                Some(known) => known.level = known.level.max(level),
                None => levels.push(HeardLevel { participant: name.clone(), level }),
            }
        }
        levels
    }

    /// What the verdict wants to know.
    pub(super) fn seen(&self, now: Instant) -> Vec<Seen> {
        let seen = self.tracks.iter().map(|track| Seen {
            name: format!("{}'s {}", track.participant, track.track.source),
            decoded: track.decoded,
            received: track.frames,
            lasted: track.ended.unwrap_or(now).saturating_duration_since(track.added),
            gone: self.gone.contains(&track.track.participant),
        });
        seen.collect()
    }

    /// Waits until all is decoded and written, and gives the reports and the recordings.
    pub(super) fn finish(
        mut self,
        events: &mut Events,
        start: Option<Instant>,
        now: Instant,
    ) -> (Vec<TrackReport>, Vec<PathBuf>, Vec<Seen>) {
        for told in self.inbound.finish() {
            self.on_told(told, events);
        }
        let reports = self.tracks.iter().map(|track| track.report(start)).collect();
        let seen = self.seen(now);
        (reports, std::mem::take(&mut self.recordings), seen)
    }
}

impl Track {
    fn ask_keyframe(&mut self, peer: &mut Peer, now: Instant) {
        if self.keyframe_asked.is_none_or(|asked| now >= asked + KEYFRAME_EVERY) {
            self.keyframe_asked = Some(now);
            peer.request_keyframe(self.track.mid);
        }
    }

    fn freezes(&self) -> u32 {
        self.pictures.map_or(0, |stats| u32::try_from(stats.freeze_count).unwrap_or(u32::MAX))
    }

    fn report(&self, start: Option<Instant>) -> TrackReport {
        let span = self.first.zip(self.last).map_or(0.0, |(a, b)| (b - a).as_secs_f64());
        let per_second = |count: f64| if span > 0.0 { count / span } else { 0.0 };
        let video = self.track.kind == MediaKind::Video;
        let pictures = self.pictures.as_ref();
        let first_frame = self
            .first
            .zip(start)
            .map(|(first, start)| first.saturating_duration_since(start).as_secs_f64() * 1e3);
        TrackReport {
            direction: "inbound".to_owned(),
            participant_id: self.track.participant.to_string(),
            participant: self.participant.clone(),
            kind: self.track.kind.to_string(),
            source: self.track.source.to_string(),
            mid: self.track.mid.to_string(),
            codec: self.codec.map(|codec| codec.to_string()),
            frame_width: self.size.map(|size| size.0),
            frame_height: self.size.map(|size| size.1),
            frames_received: self.frames,
            frames_decoded: self.decoded,
            frames_dropped: self.dropped + pictures.map_or(0, |stats| stats.frames_dropped),
            key_frames: self.keyframes,
            frames_per_second: video.then(|| per_second(self.decoded.saturating_sub(1) as f64)),
            freeze_count: self.freezes(),
            total_freezes_duration: pictures
                .map_or(0.0, |stats| stats.total_freezes_duration.as_secs_f64()),
            longest_gap_ms: self.longest.as_secs_f64() * 1e3,
            bytes: self.bytes,
            bitrate: per_second(self.bytes as f64 * 8.0),
            audio_level_dbfs: self.level.dbfs(),
            first_frame_ms: first_frame,
            sound: self.sound.as_ref().map(SoundReport::new),
            pictures: pictures.map(|stats| PictureReport::new(stats, self.step)),
            ..TrackReport::default()
        }
    }
}
