//! Sound on its way out: source, resampling, encoder.

use std::time::{Duration, Instant};

use lapwing_engine::Codec;
use lapwing_media::sources::{AudioSource, Playback, Tone, open_audio};
use lapwing_media::{
    AudioEncoder, AudioSettings, Polled, Resampler, Samples, Source as _, audio_encoder,
};

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

/// Opens what is to be sent; `None` when nothing is.
pub(super) fn open(input: &AudioInput) -> Result<Option<Box<dyn AudioSource>>, CallError> {
    match input {
        AudioInput::None => Ok(None),
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

/// Plays, resamples and encodes.
pub(super) struct AudioMaker {
    source: Box<dyn AudioSource>,
    resampler: Resampler,
    encoder: Box<dyn AudioEncoder>,
    /// Samples for which no frame came out yet.
    level: LevelMeter,
}

impl AudioMaker {
    /// An encoder of `codec` behind a source.
    pub(super) fn new(source: Box<dyn AudioSource>, codec: Codec) -> Result<Self, CallError> {
        let settings = match codec {
            Codec::Pcmu | Codec::Pcma => AudioSettings::TELEPHONE,
            Codec::G722 => AudioSettings::WIDE_BAND,
            _ => AudioSettings::SPEECH,
        };
        let resampler = Resampler::new(source.rate(), settings.rate, settings.channels);
        let encoder = audio_encoder(codec, &settings);
        Ok(AudioMaker {
            source,
            resampler: resampler.map_err(|error| CallError::Media(error.to_string()))?,
            encoder: encoder.map_err(|error| CallError::Media(error.to_string()))?,
            level: LevelMeter::default(),
        })
    }

    fn encode(&mut self, samples: &Samples, now: Instant) -> Result<Vec<Made>, String> {
        let mono = samples.to_channels(1);
        let samples = self.resampler.push(&mono).map_err(|error| error.to_string())?;
        self.level.add(samples.data());
        let frames = self.encoder.encode(&samples).map_err(|error| error.to_string())?;
        if frames.is_empty() {
            return Ok(Vec::new());
        }
        let level = Some(std::mem::take(&mut self.level).dbov());
        let made = |frame| Made { frame, captured_at: now, level, size: None };
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

    fn order(&mut self, order: Order) {
        match order {
            Order::Bitrate(bps) => self.encoder.set_bitrate(bps),
            Order::Loss(percent) => self.encoder.set_expected_loss(percent),
            Order::Keyframe => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_becomes_fifty_frames_a_second_with_its_level() {
        for codec in [Codec::Opus, Codec::Pcmu] {
            let tone = Box::new(Tone::new(TONE_HZ, TONE_PEAK_DBFS, 16_000, 2).expect("a tone"));
            let mut maker = AudioMaker::new(tone, codec).expect("an encoder");
            let start = Instant::now();
            let mut made = Vec::new();
            for ms in 0..1000 {
                maker.make(start + Duration::from_millis(ms), &mut made).expect("no end");
            }
            // Some samples wait in the filter.
            assert!((48..=50).contains(&made.len()), "{codec}: {}", made.len());
            let level = made[10].level.expect("sound has a level");
            assert!((-24..=-22).contains(&level), "{codec}: {level}");
            assert_eq!(made[0].frame.codec, codec);
        }
    }
}
