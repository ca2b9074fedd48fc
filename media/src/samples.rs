//! Raw sound.

use std::fmt;
use std::time::Duration;

use lapwing_engine::MediaTime;

/// Sound: interleaved samples of one or more channels at a rate, with the time of the first.
///
/// Full scale is from -1.0 to 1.0. A *frame* is one sample of every channel.
///
/// ```
/// use lapwing_engine::MediaTime;
/// use lapwing_media::Samples;
///
/// let stereo = Samples::new(vec![0.5, -0.5, 0.25, -0.25], 48_000, 2, MediaTime::new(0, 48_000))?;
/// assert_eq!(stereo.frames(), 2);
/// assert_eq!(stereo.to_channels(1).data(), &[0.0, 0.0]);
/// # Ok::<(), lapwing_media::SamplesError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Samples {
    data: Vec<f32>,
    rate: u32,
    channels: u8,
    time: MediaTime,
}

/// Why these are no samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SamplesError {
    /// A rate outside [`Samples::RATES`].
    Rate(u32),
    /// No channel, or more than [`Samples::MAX_CHANNELS`].
    Channels(u8),
    /// The number of samples is no multiple of the number of channels.
    Ragged {
        /// How many samples there were.
        samples: usize,
        /// For how many channels.
        channels: u8,
    },
}

impl fmt::Display for SamplesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SamplesError::Rate(rate) => write!(f, "a sample rate of {rate} Hz is out of range"),
            SamplesError::Channels(channels) => write!(f, "{channels} channels are out of range"),
            SamplesError::Ragged { samples, channels } => {
                write!(f, "{samples} samples do not divide into {channels} channels")
            }
        }
    }
}

impl std::error::Error for SamplesError {}

impl Samples {
    /// Sample rates that may exist, in Hz: from the lowest of speech codecs' to studio gear's.
    pub const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;
    /// Most channels: 7.1 surround.
    pub const MAX_CHANNELS: u8 = 8;

    /// Interleaved samples, `data.len()` a multiple of `channels`, the first at `time`.
    ///
    /// # Errors
    /// When rate, channels or length are out of range.
    pub fn new(
        data: Vec<f32>,
        rate: u32,
        channels: u8,
        time: MediaTime,
    ) -> Result<Self, SamplesError> {
        if !Self::RATES.contains(&rate) {
            return Err(SamplesError::Rate(rate));
        }
        if channels == 0 || channels > Self::MAX_CHANNELS {
            return Err(SamplesError::Channels(channels));
        }
        if !data.len().is_multiple_of(usize::from(channels)) {
            return Err(SamplesError::Ragged { samples: data.len(), channels });
        }
        Ok(Samples { data, rate, channels, time })
    }

    /// As [`Samples::new`], from 16-bit integers.
    ///
    /// # Errors
    /// When rate, channels or length are out of range.
    pub fn from_i16(
        data: &[i16],
        rate: u32,
        channels: u8,
        time: MediaTime,
    ) -> Result<Self, SamplesError> {
        let data = data.iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
        Samples::new(data, rate, channels, time)
    }

    /// The samples as 16-bit integers, clipped.
    pub fn to_i16(&self) -> Vec<i16> {
        // The cast saturates, and turns what is not a number into silence.
        self.data.iter().map(|sample| (sample * 32_768.0).round() as i16).collect()
    }

    /// The interleaved samples.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// The interleaved samples, to be changed.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The interleaved samples, without the rest.
    pub fn into_data(self) -> Vec<f32> {
        self.data
    }

    /// Samples per second and channel.
    pub const fn rate(&self) -> u32 {
        self.rate
    }

    /// How many channels.
    pub const fn channels(&self) -> u8 {
        self.channels
    }

    /// When the first sample is heard.
    pub const fn time(&self) -> MediaTime {
        self.time
    }

    /// Says anew when the first sample is heard.
    pub fn set_time(&mut self, time: MediaTime) {
        self.time = time;
    }

    /// Samples per channel.
    pub fn frames(&self) -> usize {
        self.data.len() / usize::from(self.channels)
    }

    /// How long they last.
    pub fn duration(&self) -> Duration {
        MediaTime::new(self.frames() as u64, self.rate).as_duration()
    }

    /// One channel, from its first sample to its last.
    pub fn channel(&self, index: u8) -> impl Iterator<Item = f32> + '_ {
        self.data.iter().skip(usize::from(index)).step_by(usize::from(self.channels)).copied()
    }

    /// The same sound on another number of channels: down to one by the mean of all, up from one
    /// by copies; otherwise channels in excess are dropped and missing ones are silent.
    ///
    /// # Panics
    /// When `channels` is zero or above [`Samples::MAX_CHANNELS`].
    pub fn to_channels(&self, channels: u8) -> Samples {
        assert!((1..=Self::MAX_CHANNELS).contains(&channels), "{channels} channels");
        let (from, to) = (usize::from(self.channels), usize::from(channels));
        let frames = self.data.chunks_exact(from);
        let data = match (from, to) {
            _ if from == to => self.data.clone(),
            (_, 1) => frames.map(|frame| frame.iter().sum::<f32>() / from as f32).collect(),
            (1, _) => {
                self.data.iter().flat_map(|&sample| std::iter::repeat_n(sample, to)).collect()
            }
            _ => frames
                .flat_map(|frame| (0..to).map(|index| frame.get(index).copied().unwrap_or(0.0)))
                .collect(),
        };
        Samples { data, channels, ..*self }
    }
}

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Samples")
            .field("frames", &self.frames())
            .field("rate", &self.rate)
            .field("channels", &self.channels)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: MediaTime = MediaTime::new(0, 48_000);

    #[test]
    fn integers_survive_the_round_trip() {
        let integers: Vec<i16> = (i16::MIN..=i16::MAX).step_by(7).collect();
        let samples = Samples::from_i16(&integers, 48_000, 1, ZERO).unwrap();
        assert_eq!(samples.to_i16(), integers);
    }

    #[test]
    fn what_is_too_loud_is_clipped() {
        let samples = Samples::new(vec![2.0, -2.0, f32::NAN], 8_000, 1, ZERO).unwrap();
        assert_eq!(samples.to_i16(), [i16::MAX, i16::MIN, 0]);
    }

    #[test]
    fn shapes_are_checked() {
        assert_eq!(Samples::new(vec![], 0, 1, ZERO).unwrap_err(), SamplesError::Rate(0));
        assert_eq!(Samples::new(vec![], 8_000, 9, ZERO).unwrap_err(), SamplesError::Channels(9));
        let ragged = SamplesError::Ragged { samples: 3, channels: 2 };
        assert_eq!(Samples::new(vec![0.0; 3], 8_000, 2, ZERO).unwrap_err(), ragged);
    }

    #[test]
    fn channels_are_mixed_and_copied() {
        let stereo = Samples::new(vec![0.5, 0.25, -0.5, 0.0], 8_000, 2, ZERO).unwrap();
        assert_eq!(stereo.to_channels(1).data(), &[0.375, -0.25]);
        assert_eq!(stereo.to_channels(3).data(), &[0.5, 0.25, 0.0, -0.5, 0.0, 0.0]);
        let mono = stereo.to_channels(1);
        assert_eq!(mono.to_channels(2).data(), &[0.375, 0.375, -0.25, -0.25]);
        assert_eq!(stereo.channel(1).collect::<Vec<_>>(), [0.25, 0.0]);
        assert_eq!(mono.duration(), Duration::from_micros(250));
    }
}
