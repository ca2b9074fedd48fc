//! Sound on its way out: source, processing, resampling, encoder.

use std::time::{Duration, Instant};

use lapwing_engine::Codec;
use lapwing_media::processing::ProcessorStats;
use lapwing_media::sources::{AudioSource, Playback, Tone, open_audio};
use lapwing_media::{
    AudioEncoder, AudioSettings, Polled, Resampler, Samples, Source as _, audio_encoder,
};

use super::capture::{Capture, Spoken};
use super::error::CallError;
use super::input::AudioInput;
use super::meters::LevelMeter;
use super::worker::{Made, Maker, Order, with_skipped};

/// The generated tone: concert pitch, at the level of speech.
const TONE_HZ: f64 = 440.0;
/// See [`TONE_HZ`].
const TONE_PEAK_DBFS: f64 = -20.0;

/// Chunks taken in one go: a source that is so far behind has a clock that jumped.
const CHUNKS_MAX: u32 = 1000;

/// Opens what is to be sent; `None` when nothing is. A microphone is there already.
pub(super) fn open(
    input: &AudioInput,
    microphone: Option<Box<dyn AudioSource>>,
) -> Result<Option<Box<dyn AudioSource>>, CallError> {
    match input {
        AudioInput::None => Ok(None),
        AudioInput::Microphone => Ok(microphone),
        AudioInput::Tone => {
            let tone = Tone::new(TONE_HZ, TONE_PEAK_DBFS, AudioSettings::SPEECH.rate, 1);
            Ok(Some(Box::new(tone.map_err(|error| CallError::Media(error.to_string()))?)))
        }
        AudioInput::File(path) => match open_audio(path, Playback::Loop) {
            Ok(source) => Ok(Some(source)),
            Err(error) => Err(CallError::Media(error.to_string())),
        },
    }
}

/// Frames from one word on the processing to the next: a second.
const TELL_EVERY: u32 = 50;

/// Plays, processes, resamples and encodes.
pub(super) struct AudioMaker {
    source: Box<dyn AudioSource>,
    capture: Option<Capture>,
    resampler: Resampler,
    encoder: Box<dyn AudioEncoder>,
    /// Samples for which no frame came out yet.
    level: LevelMeter,
    /// Frames since the last word on the processing.
    untold: u32,
}

impl AudioMaker {
    /// An encoder of `codec` behind a source, with the processing between them, if there is any.
    pub(super) fn new(
        source: Box<dyn AudioSource>,
        codec: Codec,
        capture: Option<Capture>,
    ) -> Result<Self, CallError> {
        let settings = match codec {
            Codec::Pcmu | Codec::Pcma => AudioSettings::TELEPHONE,
            Codec::G722 => AudioSettings::WIDE_BAND,
            _ => AudioSettings::SPEECH,
        };
        let rate = if capture.is_some() { Capture::RATE } else { source.rate() };
        let resampler = Resampler::new(rate, settings.rate, settings.channels);
        let encoder = audio_encoder(codec, &settings);
        Ok(AudioMaker {
            source,
            capture,
            resampler: resampler.map_err(|error| CallError::Media(error.to_string()))?,
            encoder: encoder.map_err(|error| CallError::Media(error.to_string()))?,
            level: LevelMeter::default(),
            untold: 0,
        })
    }

    fn encode(&mut self, samples: &Samples, now: Instant) -> Result<Vec<Made>, String> {
        let mut mono = samples.to_channels(1);
        if let Some(capture) = &mut self.capture {
            mono = capture.process(&mono)?;
        }
        let samples = self.resampler.push(&mono).map_err(|error| error.to_string())?;
        self.level.add(samples.data());
        let frames = self.encoder.encode(&samples).map_err(|error| error.to_string())?;
        if frames.is_empty() {
            return Ok(Vec::new());
        }
        let level = std::mem::take(&mut self.level).dbov();
        let spoken = Some(match &self.capture {
            Some(capture) => Spoken { level, voice: capture.has_voice() },
            None => Spoken::by_level(level),
        });
        self.untold += frames.len() as u32;
        let made =
            |frame| Made { frame, rid: None, captured_at: now, spoken, size: None, layer: None };
        Ok(frames.into_iter().map(made).collect())
    }
}

impl Maker for AudioMaker {
    fn make(&mut self, now: Instant, made: &mut Vec<Made>) -> Result<Instant, String> {
        for _ in 0..CHUNKS_MAX {
            match self.source.poll(now) {
                Polled::Item(samples) => made.extend(self.encode(&samples, now)?),
                Polled::Wait(at) => return Ok(at),
                Polled::Empty => {
                    let fault = self.source.fault().map(ToString::to_string);
                    let why = fault.unwrap_or_else(|| "the sound has ended".to_owned());
                    return Err(with_skipped(why, self.source.skipped()));
                }
            }
        }
        Ok(now + Duration::from_millis(1))
    }

    fn order(&mut self, order: Order, _: Instant) {
        match order {
            Order::Sound(chosen) => {
                self.encoder.set_bitrate(chosen.bitrate_bps);
                self.encoder.set_expected_loss(chosen.expected_loss_percent);
                self.encoder.set_complexity(chosen.complexity);
            }
            Order::Keyframe(_) | Order::Bitrate(_) | Order::SendDelay(_) => {}
        }
    }

    fn processed(&mut self) -> Option<ProcessorStats> {
        let capture = self.capture.as_ref().filter(|_| self.untold >= TELL_EVERY)?;
        self.untold = 0;
        Some(capture.stats())
    }
}

#[cfg(test)]
mod tests {
    use lapwing_media::processing::ProcessorSettings;

    use super::*;

    #[test]
    fn a_tone_becomes_fifty_frames_a_second_with_its_level() {
        for codec in [Codec::Opus, Codec::Pcmu] {
            let tone = Box::new(Tone::new(TONE_HZ, TONE_PEAK_DBFS, 16_000, 2).expect("a tone"));
            let mut maker = AudioMaker::new(tone, codec, None).expect("an encoder");
            let start = Instant::now();
            let mut made = Vec::new();
            for ms in 0..1000 {
                maker.make(start + Duration::from_millis(ms), &mut made).expect("no end");
            }
            // Some samples wait in the filter.
            assert!((48..=50).contains(&made.len()), "{codec}: {}", made.len());
            let level = made[10].spoken.expect("sound has a level").level;
            assert!((-24..=-22).contains(&level), "{codec}: {level}");
            assert_eq!(made[0].frame.codec, codec);
        }
    }
    #[test]
    fn processed_sound_is_sent_and_its_processing_told_of() {
        let tone = Box::new(Tone::new(TONE_HZ, TONE_PEAK_DBFS, 16_000, 1).expect("a tone"));
        let capture = Capture::new(ProcessorSettings::ALL, None);
        let mut maker = AudioMaker::new(tone, Codec::Opus, Some(capture)).expect("an encoder");
        let start = Instant::now();
        let (mut made, mut told) = (Vec::new(), Vec::new());
        for ms in 0..2_500 {
            maker.make(start + Duration::from_millis(ms), &mut made).expect("no end");
            told.extend(maker.processed());
        }
        assert!((120..=125).contains(&made.len()), "{}", made.len());
        assert_eq!(told.len(), 2);
        assert!(told[1].captured_blocks >= 190, "{told:?}");
        // A tone is taken for noise after a while.
        let last = made[made.len() - 1].spoken.expect("sound has a level");
        assert!(last.level < -30, "{last:?}");
    }
}
