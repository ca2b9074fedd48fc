//! A generated tone.

use std::time::{Duration, Instant};

use lapwing_engine::MediaTime;

use crate::samples::{Samples, SamplesError};
use crate::sources::AudioSource;
use crate::stage::{Polled, Source};

/// Chunks a second: 20 ms each, the frame of telephony.
const CHUNKS_PER_SECOND: u32 = 50;

/// A sine, the same on every channel, in chunks of 20 ms. A chunk is due at the time of its
/// first sample.
#[derive(Debug)]
pub struct Tone {
    frequency_hz: f64,
    amplitude: f64,
    rate: u32,
    channels: u8,
    start: Option<Instant>,
    /// Samples of a channel given so far.
    position: u64,
}

impl Tone {
    /// A tone of this frequency in Hz and peak level in dBFS (0 is the loudest) at `rate` samples
    /// per second on `channels` channels.
    ///
    /// # Errors
    /// When there is no such rate or number of channels.
    pub fn new(
        frequency_hz: f64,
        peak_dbfs: f64,
        rate: u32,
        channels: u8,
    ) -> Result<Self, SamplesError> {
        Samples::new(Vec::new(), rate, channels, MediaTime::new(0, rate))?;
        let amplitude = 10_f64.powf(peak_dbfs.min(0.0) / 20.0);
        Ok(Tone { frequency_hz, amplitude, rate, channels, start: None, position: 0 })
    }

    /// The next chunk, whatever the time.
    pub fn chunk(&mut self) -> Samples {
        let frames = u64::from(self.rate / CHUNKS_PER_SECOND);
        let step = std::f64::consts::TAU * self.frequency_hz / f64::from(self.rate);
        let channels = usize::from(self.channels);
        let data = (self.position..self.position + frames)
            .map(|index| (self.amplitude * (step * index as f64).sin()) as f32)
            .flat_map(|sample| std::iter::repeat_n(sample, channels))
            .collect();
        let time = MediaTime::new(self.position, self.rate);
        self.position += frames;
        Samples::new(data, self.rate, self.channels, time).expect("checked at construction")
    }
}

impl Source for Tone {
    type Output = Samples;

    fn poll(&mut self, now: Instant) -> Polled<Samples> {
        let start = *self.start.get_or_insert(now);
        let nanos = u128::from(self.position) * 1_000_000_000 / u128::from(self.rate);
        let due = start + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        if due > now { Polled::Wait(due) } else { Polled::Item(self.chunk()) }
    }
}

impl AudioSource for Tone {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn channels(&self) -> u8 {
        self.channels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::level;

    #[test]
    fn the_level_is_as_asked() {
        let mut tone = Tone::new(1_000.0, -12.0, 48_000, 2).unwrap();
        let chunk = tone.chunk();
        assert_eq!((chunk.frames(), chunk.channels()), (960, 2));
        let level = level(&chunk);
        assert!((level.peak_dbfs + 12.0).abs() < 0.01, "{level:?}");
        // A sine's mean power is half of its peak's: 3 dB below.
        assert!((level.rms_dbfs + 15.01).abs() < 0.01, "{level:?}");
    }

    #[test]
    fn chunks_follow_without_a_step() {
        let mut tone = Tone::new(440.0, 0.0, 48_000, 1).unwrap();
        let (first, second) = (tone.chunk(), tone.chunk());
        let step = second.data()[0] - first.data()[959];
        // The slope of a sine is at most its angular frequency: 0.058 per sample.
        assert!(step.abs() < 0.058, "{step}");
        assert_eq!(second.time().ticks(), 960);
    }

    #[test]
    fn chunks_come_at_their_pace() {
        let mut tone = Tone::new(440.0, 0.0, 8_000, 1).unwrap();
        let start = Instant::now();
        assert_eq!(tone.poll(start).item().unwrap().frames(), 160);
        assert_eq!(tone.poll(start), Polled::Wait(start + Duration::from_millis(20)));
    }
}
