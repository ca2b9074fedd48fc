//! Sound that came in, as it is heard: every 10 ms each track gives its part of it, whatever came
//! of its packets.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lapwing_engine::{MediaKind, MediaTime, Mid, ReceivedFrame};
use lapwing_media::{AudioReceiver, AudioReceiverStats, HearingSettings, Samples};

use super::capture::PlayedOut;
use super::meters::LevelMeter;
use super::together::Together;

/// What is played at a time, and how often.
const PULL: Duration = Duration::from_millis(10);
/// Samples of it.
const PULL_FRAMES: usize = 480;
/// See [`PULL_FRAMES`].
const RATE: u32 = 48_000;

/// Whoever is so late has a clock that jumped, or slept: what was to be heard meanwhile is passed
/// over.
const LATE_MAX: Duration = Duration::from_millis(500);

/// Pulls from one report on a track to the next.
const REPORT_EVERY: u32 = 10;

/// Plays the sound that comes in, on the thread that decodes it.
pub trait Loudspeaker: Send {
    /// The next 10 ms of all tracks together: one channel at 48 kHz, to be heard from `now` on.
    fn play(&mut self, sound: &Samples, now: Instant);
}

/// What is known of a track's sound since the last report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard {
    pub(super) mid: Mid,
    /// Since it began.
    pub(super) stats: AudioReceiverStats,
    /// Of what came out of packets since the last report.
    pub(super) level: LevelMeter,
}

struct Ear {
    receiver: AudioReceiver,
    level: LevelMeter,
}

/// The receivers of all tracks with sound.
pub(super) struct Ears {
    ears: BTreeMap<Mid, Ear>,
    /// And whoever has to know what it plays.
    loudspeaker: Option<(Box<dyn Loudspeaker>, PlayedOut)>,
    /// When the next 10 ms are to be heard; nothing while there is no track.
    due: Option<Instant>,
    /// Pulls so far.
    pulls: u32,
    /// Samples given to the loudspeaker so far.
    played: u64,
}

impl Ears {
    pub(super) fn new(loudspeaker: Option<(Box<dyn Loudspeaker>, PlayedOut)>) -> Self {
        Ears { ears: BTreeMap::new(), loudspeaker, due: None, pulls: 0, played: 0 }
    }

    /// When [`Self::hear`] has something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// A packet of a track came.
    pub(super) fn push(&mut self, received: ReceivedFrame, now: Instant) {
        let ear = self.ears.entry(received.mid).or_insert_with(|| Ear {
            receiver: AudioReceiver::new(HearingSettings::mono()),
            level: LevelMeter::default(),
        });
        ear.receiver.push(received, now);
        self.due.get_or_insert(now);
    }

    /// How far behind a track is to be heard.
    pub(super) fn target(&self, mid: Mid) -> Option<Duration> {
        self.ears.get(&mid).map(|ear| ear.receiver.target())
    }

    /// A track is to be heard at least so far behind, so that it is with its pictures.
    pub(super) fn set_delay(&mut self, mid: Mid, delay: Duration) {
        if let Some(ear) = self.ears.get_mut(&mid) {
            ear.receiver.set_hint(Some(delay).filter(|delay| !delay.is_zero()));
        }
    }

    /// A track ended; what is to be said of it last.
    pub(super) fn end(&mut self, mid: Mid) -> Option<Heard> {
        let mut ear = self.ears.remove(&mid)?;
        if self.ears.is_empty() {
            self.due = None;
        }
        Some(ear.report(mid))
    }

    /// The call ended; what is to be said last of all tracks.
    pub(super) fn end_all(&mut self) -> Vec<Heard> {
        let mids: Vec<Mid> = self.ears.keys().copied().collect();
        mids.into_iter().filter_map(|mid| self.end(mid)).collect()
    }

    /// Plays what is due by `now`; gives what is to be said of tracks.
    pub(super) fn hear(&mut self, now: Instant, together: &mut Together) -> Vec<Heard> {
        let mut heard = Vec::new();
        let Some(mut due) = self.due else { return heard };
        if now.saturating_duration_since(due) > LATE_MAX {
            due = now;
        }
        while due <= now {
            self.pull(due, together);
            due += PULL;
            self.pulls = self.pulls.wrapping_add(1);
            if self.pulls.is_multiple_of(REPORT_EVERY) {
                heard = self.ears.iter_mut().map(|(mid, ear)| ear.report(*mid)).collect();
            }
        }
        self.due = Some(due);
        heard
    }

    fn pull(&mut self, at: Instant, together: &mut Together) {
        let mut mix = [0.0_f32; PULL_FRAMES];
        for (mid, ear) in &mut self.ears {
            if let Some(time) = ear.receiver.playing() {
                together.played(*mid, MediaKind::Audio, time, at);
            }
            let before = ear.receiver.stats().jitter_buffer_emitted_count;
            let sound = ear.receiver.pull(at);
            mix.iter_mut().zip(sound.data()).for_each(|(sum, sample)| *sum += sample);
            let mut level = LevelMeter::default();
            level.add(sound.data());
            // Silence before the first packet, and what was made up, is not the track's level.
            if ear.receiver.stats().jitter_buffer_emitted_count > before {
                ear.level.merge(level);
            }
        }
        let Some((loudspeaker, played)) = &mut self.loudspeaker else { return };
        mix.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
        let time = MediaTime::new(self.played, RATE);
        self.played += PULL_FRAMES as u64;
        if let Ok(sound) = Samples::new(mix.to_vec(), RATE, 1, time) {
            played.tell(&sound);
            loudspeaker.play(&sound, at);
        }
    }
}

impl Ear {
    fn report(&mut self, mid: Mid) -> Heard {
        Heard { mid, stats: self.receiver.stats(), level: std::mem::take(&mut self.level) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use lapwing_engine::{Codec, EncodedFrame, FrameFacts, FramePackets, PayloadType};
    use lapwing_media::{AudioSettings, audio_encoder};

    use super::*;

    struct Tape(Arc<Mutex<Vec<f32>>>);

    impl Loudspeaker for Tape {
        fn play(&mut self, sound: &Samples, _: Instant) {
            self.0.lock().expect("nobody panics").extend_from_slice(sound.data());
        }
    }

    fn played_out() -> PlayedOut {
        crate::call::capture::played().0
    }

    /// A second of a tone of 440 Hz at half of full scale, as packets of 20 ms.
    fn tone() -> Vec<EncodedFrame> {
        let settings = AudioSettings::SPEECH;
        let mut encoder = audio_encoder(Codec::Opus, &settings).expect("it is built in");
        let sine = |n: u32| 0.5 * (n as f32 * 440.0 / 48_000.0 * std::f32::consts::TAU).sin();
        let data = (0..48_000).map(sine).collect();
        let time = MediaTime::new(0, settings.rate);
        let samples = Samples::new(data, settings.rate, 1, time).expect("a format");
        encoder.encode(&samples).expect("it encodes")
    }

    fn received(mid: &str, number: u64, frame: EncodedFrame, at: Instant) -> ReceivedFrame {
        ReceivedFrame {
            mid: Mid::new(mid).expect("a token"),
            rid: None,
            payload_type: PayloadType(111),
            frame,
            received_at: at,
            contiguous: true,
            audio_level: None,
            packets: Some(FramePackets { first: number, last: number, lost_before: Some(0) }),
            facts: FrameFacts::default(),
            layers: Vec::new(),
        }
    }

    /// Hears two tracks, of one of which some packets are lost; gives what was said last of each,
    /// and what was played.
    fn played(lost: &[u64]) -> ([AudioReceiverStats; 2], Vec<f32>) {
        let tape = Arc::new(Mutex::new(Vec::new()));
        let mut ears = Ears::new(Some((Box::new(Tape(tape.clone())), played_out())));
        let start = Instant::now();
        let mut last = [AudioReceiverStats::default(); 2];
        for (number, frame) in (0_u64..).zip(tone()) {
            for step in 0..4 {
                let now = start + Duration::from_millis(20 * number + 5 * step);
                if step == 0 {
                    ears.push(received("0", number, frame.clone(), now), now);
                    if !lost.contains(&number) {
                        ears.push(received("1", number, frame.clone(), now), now);
                    }
                }
                for heard in ears.hear(now, &mut Together::default()) {
                    last[usize::from(heard.mid.as_str() == "1")] = heard.stats;
                }
            }
        }
        let tape = tape.lock().expect("nobody panics").clone();
        (last, tape)
    }

    #[test]
    fn all_tracks_are_heard_together_and_what_is_lost_is_made_up() {
        let ([whole, torn], tape) = played(&[20, 21]);
        assert_eq!(tape.len() % PULL_FRAMES, 0);
        assert!((95..=100).contains(&(tape.len() / PULL_FRAMES)), "{}", tape.len());
        // Both tones together come to full scale.
        let loudest = tape[24_000..].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!(loudest > 0.8, "{loudest}");
        assert_eq!(whole.concealed_samples, 0, "{whole:?}");
        assert!((480..=1_920).contains(&torn.concealed_samples), "{torn:?}");
        assert_eq!(torn.concealment_events, 1, "{torn:?}");
    }

    #[test]
    fn a_track_that_ended_is_heard_no_more() {
        let mut ears = Ears::new(None);
        let now = Instant::now();
        let frame = tone().remove(0);
        ears.push(received("0", 0, frame, now), now);
        assert_eq!(ears.due(), Some(now));
        let mid = Mid::new("0").expect("a token");
        assert!(ears.end(mid).is_some() && ears.end(mid).is_none());
        assert_eq!(ears.due(), None);
        assert!(ears.hear(now + Duration::from_secs(1), &mut Together::default()).is_empty());
    }

    #[test]
    fn what_was_slept_through_is_passed_over() {
        let tape = Arc::new(Mutex::new(Vec::new()));
        let mut ears = Ears::new(Some((Box::new(Tape(tape.clone())), played_out())));
        let now = Instant::now();
        ears.push(received("0", 0, tone().remove(0), now), now);
        ears.hear(now + Duration::from_secs(3_600), &mut Together::default());
        assert_eq!(tape.lock().expect("nobody panics").len(), PULL_FRAMES);
    }
}
