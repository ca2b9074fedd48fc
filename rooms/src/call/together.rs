//! What keeps the sound and the pictures of each participant in step: of the microphone and the
//! camera, which are one stream (RFC 8830); a screen is another.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lapwing_engine::{MediaKind, MediaTime, Mid, ReceivedFrame};
use lapwing_media::Synchronizer;

use crate::protocol::signalling::{ParticipantId, Source};

/// How far pictures are behind their sound, in ms; negative where they are sooner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    /// In the last second.
    pub(super) behind_ms: f64,
    /// The largest so far of any second, either way.
    pub(super) worst_ms: f64,
}

/// A track is to be played at least so far behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) kind: MediaKind,
    pub(super) mid: Mid,
    pub(super) delay: Duration,
}

/// A stream of a participant.
#[derive(Default)]
struct Stream {
    sound: Option<Mid>,
    pictures: Option<Mid>,
    synchronizer: Synchronizer,
}

impl Stream {
    /// What its tracks are to be played with.
    fn wishes(&self) -> Vec<Wish> {
        let delays = self.synchronizer.delays();
        let sound = self.sound.map(|mid| Wish { kind: MediaKind::Audio, mid, delay: delays.audio });
        let pictures =
            self.pictures.map(|mid| Wish { kind: MediaKind::Video, mid, delay: delays.video });
        sound.into_iter().chain(pictures).collect()
    }
}

/// All participants' streams.
#[derive(Default)]
pub(super) struct Together {
    streams: BTreeMap<ParticipantId, Stream>,
    /// Whose a track is.
    owners: BTreeMap<Mid, ParticipantId>,
}

impl Together {
    /// A track began.
    pub(super) fn began(&mut self, mid: Mid, participant: &ParticipantId, source: Source) {
        if source == Source::Screen {
            return;
        }
        let stream = self.streams.entry(participant.clone()).or_default();
        match source {
            Source::Microphone => stream.sound = Some(mid),
            Source::Camera | Source::Screen => stream.pictures = Some(mid),
        }
        stream.synchronizer = Synchronizer::new();
        self.owners.insert(mid, participant.clone());
    }

    /// A track ended: the other of its stream waits for it no more.
    pub(super) fn ended(&mut self, mid: Mid) -> Vec<Wish> {
        let Some(owner) = self.owners.remove(&mid) else { return Vec::new() };
        let Some(stream) = self.streams.get_mut(&owner) else { return Vec::new() };
        for place in [&mut stream.sound, &mut stream.pictures] {
            place.take_if(|held| *held == mid);
        }
        stream.synchronizer = Synchronizer::new();
        let wishes = stream.wishes();
        if wishes.is_empty() {
            self.streams.remove(&owner);
        }
        wishes
    }

    /// A frame came.
    pub(super) fn arrived(&mut self, received: &ReceivedFrame) {
        if let Some(stream) = self.stream(received.mid) {
            stream.synchronizer.arrived(received);
        }
    }

    /// What has this media time is heard or seen at `at`.
    pub(super) fn played(&mut self, mid: Mid, kind: MediaKind, time: MediaTime, at: Instant) {
        if let Some(stream) = self.stream(mid) {
            stream.synchronizer.played(kind, time, at);
        }
    }

    /// Which tracks are to be played otherwise from now on, where that is due; by how far behind
    /// the receiver of each would play it now.
    pub(super) fn step(
        &mut self,
        target: impl Fn(MediaKind, Mid) -> Option<Duration>,
        now: Instant,
    ) -> Vec<Wish> {
        let mut wishes = Vec::new();
        for stream in self.streams.values_mut() {
            let Some((sound, pictures)) = stream.sound.zip(stream.pictures) else { continue };
            let (heard, seen) =
                (target(MediaKind::Audio, sound), target(MediaKind::Video, pictures));
            let Some((heard, seen)) = heard.zip(seen) else { continue };
            if stream.synchronizer.update(heard, seen, now) {
                wishes.extend(stream.wishes());
            }
        }
        wishes
    }

    /// How well a track with pictures is in step; nothing where that is not known.
    pub(super) fn seen(&self, mid: Mid) -> Option<Step> {
        let synchronizer = &self.streams.get(self.owners.get(&mid)?)?.synchronizer;
        let behind = synchronizer.video_behind_audio()?;
        let worst = synchronizer.video_behind_audio_worst();
        Some(Step { behind_ms: behind * 1e3, worst_ms: worst * 1e3 })
    }

    fn stream(&mut self, mid: Mid) -> Option<&mut Stream> {
        self.streams.get_mut(self.owners.get(&mid)?)
    }
}
