//! Sound at other rates, by `rubato`.

use std::fmt;

use lapwing_engine::MediaTime;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _};

use crate::samples::{Samples, SamplesError};

/// About this many samples go through the filter at a time: 10 ms at 48 kHz.
const CHUNK: usize = 480;

/// Why samples were not converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResampleError {
    /// There is no such rate or number of channels.
    Format(SamplesError),
    /// The samples have another rate or another number of channels than the resampler takes.
    Mismatch {
        /// Rate in Hz and channels of the resampler.
        expected: (u32, u8),
        /// Rate in Hz and channels of the samples.
        got: (u32, u8),
    },
    /// The library refused.
    Library(String),
}

impl fmt::Display for ResampleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResampleError::Format(error) => error.fmt(f),
            ResampleError::Mismatch { expected, got } => write!(
                f,
                "samples of {} Hz and {} channels for a resampler of {} Hz and {} channels",
                got.0, got.1, expected.0, expected.1
            ),
            ResampleError::Library(message) => write!(f, "resampler: {message}"),
        }
    }
}

impl std::error::Error for ResampleError {}

/// Converts a stream of samples from one rate to another, chunk by chunk.
///
/// What comes out is delayed by the filter (5 to 10 ms); its times are corrected for that.
pub struct Resampler {
    from: u32,
    to: u32,
    channels: u8,
    /// `None` when the rates are equal.
    filter: Option<Fft<f32>>,
    /// Samples that do not fill a chunk yet, interleaved.
    waiting: Vec<f32>,
    /// Time of the first sample out, once known, and how many came out since then.
    start: Option<MediaTime>,
    given: u64,
    /// Samples of a channel still to be dropped: the filter's delay.
    skip: usize,
}

impl Resampler {
    /// A resampler from one rate in Hz to another.
    ///
    /// # Errors
    /// When a rate or the number of channels is out of range.
    pub fn new(from: u32, to: u32, channels: u8) -> Result<Self, ResampleError> {
        for rate in [from, to] {
            Samples::new(Vec::new(), rate, channels, MediaTime::new(0, rate))
                .map_err(ResampleError::Format)?;
        }
        let filter = (from != to).then(|| {
            let (from, to, channels) = (from as usize, to as usize, usize::from(channels));
            Fft::new(from, to, CHUNK, channels, FixedSync::Both)
        });
        let filter = filter.transpose().map_err(|error| library(&error))?;
        let skip = filter.as_ref().map_or(0, |filter| filter.output_delay());
        let (start, waiting) = (None, Vec::new());
        Ok(Resampler { from, to, channels, filter, waiting, start, given: 0, skip })
    }

    /// Takes samples and gives what is ready, which may be none.
    ///
    /// # Errors
    /// When they are of another rate or number of channels.
    pub fn push(&mut self, samples: &Samples) -> Result<Samples, ResampleError> {
        let (expected, got) = ((self.from, self.channels), (samples.rate(), samples.channels()));
        if expected != got {
            return Err(ResampleError::Mismatch { expected, got });
        }
        if self.filter.is_none() {
            return Ok(samples.clone());
        }
        self.start.get_or_insert(samples.time().rebase(self.to));
        self.waiting.extend_from_slice(samples.data());
        let data = self.run()?;
        Ok(self.give(data))
    }

    /// Gives what is still in the filter. The next push starts a new stream.
    ///
    /// # Errors
    /// When the library fails.
    pub fn flush(&mut self) -> Result<Samples, ResampleError> {
        let channels = usize::from(self.channels);
        let mut data = Vec::new();
        if let Some(filter) = &self.filter {
            let wanted = self.waiting.len() / channels * self.to as usize / self.from as usize
                + filter.output_delay();
            let wanted = wanted * channels;
            while data.len() < wanted {
                let filter = self.filter.as_ref().map_or(0, |filter| filter.input_frames_next());
                self.waiting.resize(filter * channels, 0.0);
                data.append(&mut self.run()?);
            }
            data.truncate(wanted);
        }
        let samples = self.give(data);
        *self = Resampler::new(self.from, self.to, self.channels)?;
        Ok(samples)
    }

    /// Runs every whole chunk through the filter.
    fn run(&mut self) -> Result<Vec<f32>, ResampleError> {
        let channels = usize::from(self.channels);
        let mut data = Vec::new();
        let Some(filter) = &mut self.filter else { return Ok(data) };
        let mut used = 0;
        loop {
            let frames = filter.input_frames_next();
            let Some(chunk) = self.waiting.get(used..used + frames * channels) else { break };
            let chunk =
                InterleavedSlice::new(chunk, channels, frames).map_err(|error| library(&error))?;
            let output = filter.process(&chunk, None).map_err(|error| library(&error))?;
            data.extend(output.take_data());
            used += frames * channels;
        }
        self.waiting.drain(..used);
        Ok(data)
    }

    /// `data` without what only filled the filter, with its time.
    fn give(&mut self, mut data: Vec<f32>) -> Samples {
        let channels = usize::from(self.channels);
        let skipped = self.skip.min(data.len() / channels);
        self.skip -= skipped;
        data.drain(..skipped * channels);
        let start = self.start.map_or(0, MediaTime::ticks);
        let time = MediaTime::new(start.saturating_add(self.given), self.to);
        self.given += (data.len() / channels) as u64;
        Samples::new(data, self.to, self.channels, time).expect("checked at construction")
    }
}

impl fmt::Debug for Resampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resampler")
            .field("from", &self.from)
            .field("to", &self.to)
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}

fn library(error: &dyn fmt::Display) -> ResampleError {
    ResampleError::Library(error.to_string())
}

/// All of `samples` at another rate, for sound that is there as a whole.
///
/// # Errors
/// When the rate is out of range.
///
/// ```
/// use lapwing_engine::MediaTime;
/// use lapwing_media::{Samples, resample};
///
/// let phone = Samples::new(vec![0.25; 800], 8_000, 1, MediaTime::new(0, 8_000))?;
/// let wide = resample(&phone, 48_000)?;
/// assert_eq!((wide.frames(), wide.rate()), (4_800, 48_000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn resample(samples: &Samples, rate: u32) -> Result<Samples, ResampleError> {
    let mut resampler = Resampler::new(samples.rate(), rate, samples.channels())?;
    let start = resampler.push(samples)?;
    if samples.rate() == rate {
        return Ok(start);
    }
    let time = start.time();
    let mut data = start.into_data();
    data.extend(resampler.flush()?.into_data());
    let frames = samples.frames() as u64 * u64::from(rate) / u64::from(samples.rate());
    data.resize(frames as usize * usize::from(samples.channels()), 0.0);
    Samples::new(data, rate, samples.channels(), time).map_err(ResampleError::Format)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::{correlation, level};
    use crate::sources::Tone;

    fn tone(rate: u32, chunks: usize) -> Samples {
        let mut tone = Tone::new(440.0, -6.0, rate, 1).unwrap();
        let data = (0..chunks).flat_map(|_| tone.chunk().into_data()).collect();
        Samples::new(data, rate, 1, MediaTime::new(u64::from(rate), rate)).unwrap()
    }

    #[test]
    fn a_tone_stays_where_it_is() {
        for (from, to) in [(16_000, 48_000), (48_000, 16_000), (44_100, 48_000), (48_000, 8_000)] {
            let (before, expected) = (tone(from, 25), tone(to, 25));
            let after = resample(&before, to).unwrap();
            assert_eq!(after.frames(), expected.frames(), "{from} to {to}");
            assert_eq!(after.time(), expected.time());
            let (lag, coefficient) = correlation(expected.data(), after.data(), 4);
            assert_eq!(lag, 0, "{from} to {to}");
            assert!(coefficient > 0.999, "{from} to {to}: {coefficient}");
            let difference = level(&after).rms_dbfs - level(&expected).rms_dbfs;
            assert!(difference.abs() < 0.1, "{from} to {to}: {difference} dB");
        }
    }

    #[test]
    fn a_stream_gives_what_the_whole_gives() {
        let samples = tone(16_000, 25);
        let whole = resample(&samples, 48_000).unwrap();
        let mut resampler = Resampler::new(16_000, 48_000, 1).unwrap();
        let mut data = Vec::new();
        for (index, chunk) in samples.data().chunks(320).enumerate() {
            let time = MediaTime::new(16_000 + 320 * index as u64, 16_000);
            let chunk = Samples::new(chunk.to_vec(), 16_000, 1, time).unwrap();
            let ready = resampler.push(&chunk).unwrap();
            assert_eq!(ready.time().ticks(), 48_000 + data.len() as u64);
            data.extend(ready.into_data());
        }
        data.extend(resampler.flush().unwrap().into_data());
        assert_eq!(data[..whole.frames()], *whole.data());
    }

    #[test]
    fn formats_are_checked() {
        let error = ResampleError::Format(SamplesError::Rate(1));
        assert_eq!(Resampler::new(48_000, 1, 1).unwrap_err(), error);
        let mut resampler = Resampler::new(48_000, 16_000, 2).unwrap();
        let error = ResampleError::Mismatch { expected: (48_000, 2), got: (16_000, 1) };
        assert_eq!(resampler.push(&tone(16_000, 1)).unwrap_err(), error);
    }

    #[test]
    fn equal_rates_change_nothing() {
        let samples = tone(48_000, 2);
        assert_eq!(resample(&samples, 48_000).unwrap(), samples);
    }
}
