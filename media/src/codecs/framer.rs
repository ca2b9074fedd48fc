//! Cuts samples into frames of one length.

use std::time::Duration;

#[cfg(any(feature = "g711", feature = "g722"))]
use lapwing_engine::Codec;
use lapwing_engine::MediaTime;

#[cfg(any(feature = "g711", feature = "g722"))]
use crate::codecs::CodecError;
use crate::codecs::EncodeError;
use crate::samples::Samples;

/// Takes samples of any number and gives frames of one length, each with the time of its first
/// sample.
#[derive(Debug)]
pub(crate) struct Framer {
    rate: u32,
    channels: u8,
    /// Samples of one frame, over all channels.
    length: usize,
    waiting: Vec<f32>,
    /// Time of the first waiting sample in ticks of `rate`, known with the first samples.
    time: Option<u64>,
}

impl Framer {
    pub(crate) fn new(rate: u32, channels: u8, frame: Duration) -> Self {
        let per_channel = MediaTime::from_duration(frame, rate).ticks() as usize;
        let length = per_channel.max(1) * usize::from(channels);
        Framer { rate, channels, length, waiting: Vec::new(), time: None }
    }

    /// Of one channel, in frames of 1 to 60 whole milliseconds, as telephones' codecs have them.
    #[cfg(any(feature = "g711", feature = "g722"))]
    pub(crate) fn of_milliseconds(
        codec: Codec,
        rate: u32,
        frame: Duration,
    ) -> Result<Self, CodecError> {
        let is_whole = frame.subsec_nanos().is_multiple_of(1_000_000);
        if !is_whole || !(1..=60).contains(&frame.as_millis()) {
            let expected = "a frame is 1 to 60 whole milliseconds";
            return Err(CodecError::Setting { codec, expected });
        }
        Ok(Framer::new(rate, 1, frame))
    }

    /// Takes samples. What waits is dropped when they do not follow on it within one frame: a
    /// smaller difference is rounding or a clock that drifts, and has no gap to be heard.
    pub(crate) fn push(&mut self, samples: &Samples) -> Result<(), EncodeError> {
        let (expected, got) = ((self.rate, self.channels), (samples.rate(), samples.channels()));
        if expected != got {
            return Err(EncodeError::Format { expected, got });
        }
        let time = samples.time().rebase(self.rate).ticks();
        let channels = usize::from(self.channels);
        let end = self.time.map(|time| time + (self.waiting.len() / channels) as u64);
        if end.is_none_or(|end| time.abs_diff(end) >= (self.length / channels) as u64) {
            self.waiting.clear();
            self.time = Some(time);
        }
        self.waiting.extend_from_slice(samples.data());
        Ok(())
    }

    /// The next whole frame.
    pub(crate) fn next(&mut self) -> Option<Samples> {
        if self.waiting.len() < self.length {
            return None;
        }
        let data: Vec<f32> = self.waiting.drain(..self.length).collect();
        let start = self.time?;
        let time = MediaTime::new(start, self.rate);
        self.time = Some(start + (self.length / usize::from(self.channels)) as u64);
        Some(Samples::new(data, self.rate, self.channels, time).expect("checked when pushed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(length: usize, time: u64) -> Samples {
        Samples::new(vec![0.0; length], 8_000, 1, MediaTime::new(time, 8_000)).unwrap()
    }

    fn times(framer: &mut Framer) -> Vec<u64> {
        std::iter::from_fn(|| framer.next()).map(|frame| frame.time().ticks()).collect()
    }

    #[test]
    fn any_number_of_samples_gives_whole_frames() {
        let mut framer = Framer::new(8_000, 1, Duration::from_millis(20));
        framer.push(&samples(100, 500)).unwrap();
        assert_eq!(times(&mut framer), []);
        framer.push(&samples(400, 600)).unwrap();
        assert_eq!(times(&mut framer), [500, 660, 820]);
        framer.push(&samples(140, 1_001)).unwrap();
        assert_eq!(times(&mut framer), [980]);
    }

    #[test]
    fn a_gap_drops_what_waits() {
        let mut framer = Framer::new(8_000, 1, Duration::from_millis(20));
        framer.push(&samples(100, 0)).unwrap();
        framer.push(&samples(160, 9_000)).unwrap();
        assert_eq!(times(&mut framer), [9_000]);
    }

    #[test]
    fn the_first_frame_has_the_time_of_the_first_sample() {
        let mut framer = Framer::new(8_000, 1, Duration::from_millis(20));
        framer.push(&samples(160, 7)).unwrap();
        assert_eq!(times(&mut framer), [7]);
    }

    #[test]
    fn other_formats_are_refused() {
        let mut framer = Framer::new(48_000, 1, Duration::from_millis(20));
        let error = framer.push(&samples(1, 0)).unwrap_err();
        assert_eq!(error, EncodeError::Format { expected: (48_000, 1), got: (8_000, 1) });
    }
}
