//! A tone that is sent.

use std::time::{Duration, Instant};

use lapwing_engine::{Codec, EncodedFrame, MediaTime};
use lapwing_media::sources::Tone;
use lapwing_media::{AudioEncoder, AudioSettings, audio_encoder};

use super::fault::Fault;

/// Chunks of sound come by so much.
const CHUNK: Duration = Duration::from_millis(20);

/// -20 dBFS of a sine are an amplitude of 0.1414.
const AMPLITUDE: f64 = 0.1414;

/// A tone and its encoder.
pub(super) struct Sound {
    hz: f64,
    coding: Option<(Tone, Box<dyn AudioEncoder>)>,
}

impl Sound {
    pub(super) fn new(hz: f64) -> Self {
        Sound { hz, coding: None }
    }

    /// The time between two chunks.
    pub(super) fn interval(&self) -> Duration {
        CHUNK
    }

    /// The frames of the chunk that is due `at` after the track's start.
    pub(super) fn frames(
        &mut self,
        codec: Codec,
        at: Duration,
    ) -> Result<Vec<EncodedFrame>, Fault> {
        let coding = self.coding.take().filter(|(_, encoder)| encoder.codec() == codec);
        let (mut tone, mut encoder) = match coding {
            Some(coding) => coding,
            None => start(self.hz, codec)?,
        };
        let mut chunk = tone.chunk();
        chunk.set_time(MediaTime::from_duration(at, chunk.rate()));
        let frames = encoder.encode(&chunk).map_err(Fault::failed);
        self.coding = Some((tone, encoder));
        frames
    }
}

fn start(hz: f64, codec: Codec) -> Result<(Tone, Box<dyn AudioEncoder>), Fault> {
    let settings = match codec {
        Codec::Opus => AudioSettings::SPEECH,
        Codec::G722 => AudioSettings::WIDE_BAND,
        _ => AudioSettings::TELEPHONE,
    };
    let peak = 20.0 * AMPLITUDE.log10();
    let tone = Tone::new(hz, peak, settings.rate, settings.channels).map_err(Fault::failed)?;
    Ok((tone, audio_encoder(codec, &settings).map_err(Fault::failed)?))
}

/// `now` is some time after `start`: the number of the last interval that has begun.
pub(super) fn slot(start: Instant, now: Instant, interval: Duration) -> u64 {
    let passed = now.saturating_duration_since(start).as_nanos();
    u64::try_from(passed / interval.as_nanos().max(1)).unwrap_or(u64::MAX)
}
