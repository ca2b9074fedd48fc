//! Sound of any rate, size and number of channels, cut into blocks of 10 ms at 48 kHz.

use lapwing_engine::MediaTime;

use super::planar::{Block, FRAMES, RATE};
use crate::resampler::{ResampleError, Resampler};
use crate::samples::Samples;

/// A stream of sound that becomes blocks.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    stream: Option<Stream>,
    /// Jumps in time and changes of format so far.
    pub(super) restarts: u64,
    /// Samples that were no numbers so far.
    pub(super) invalid: u64,
}

/// One format without a gap.
#[derive(Debug)]
struct Stream {
    format: (u32, u8),
    resampler: Resampler,
    /// Time that the next samples should have, in ticks of their own rate.
    expected: u64,
    /// At 48 kHz, interleaved, less than a block between pushes.
    waiting: Vec<f32>,
    /// Time of the first waiting sample at 48 kHz, once one came out of the resampler.
    start: Option<u64>,
}

impl Blocks {
    /// Takes samples and gives the blocks that are whole. More than two channels are mixed to one.
    pub(super) fn push(&mut self, samples: &Samples) -> Result<Vec<Block>, ResampleError> {
        let samples = self.sane(samples);
        let mut stream = self.follow(&samples)?;
        let blocks = stream.push(&samples);
        self.stream = Some(stream);
        blocks
    }

    /// When the next block begins that comes out.
    pub(super) fn next_time(&self) -> Option<MediaTime> {
        let stream = self.stream.as_ref()?;
        stream.start.map(|start| MediaTime::new(start, RATE))
    }

    /// Samples within full scale on one or two channels.
    fn sane(&mut self, samples: &Samples) -> Samples {
        let channels = if samples.channels() > 2 { 1 } else { samples.channels() };
        let mut samples = samples.clone();
        for sample in samples.data_mut() {
            if sample.is_nan() {
                *sample = 0.0;
                self.invalid += 1;
            }
            *sample = sample.clamp(-1.0, 1.0);
        }
        samples.to_channels(channels)
    }

    /// The stream that these samples continue: the one there was, when they follow on it within
    /// a block. A smaller difference is rounding, or a clock that drifts.
    fn follow(&mut self, samples: &Samples) -> Result<Stream, ResampleError> {
        let format = (samples.rate(), samples.channels());
        let time = samples.time().rebase(samples.rate()).ticks();
        let before = self.stream.take();
        let was = before.is_some();
        let continues = |stream: &Stream| {
            let block = u64::from(samples.rate()) / 100;
            stream.format == format && stream.expected.abs_diff(time) < block.max(1)
        };
        if let Some(stream) = before.filter(continues) {
            return Ok(stream);
        }
        self.restarts += u64::from(was);
        Ok(Stream {
            format,
            resampler: Resampler::new(format.0, RATE, format.1)?,
            expected: time,
            waiting: Vec::new(),
            start: None,
        })
    }
}

impl Stream {
    fn push(&mut self, samples: &Samples) -> Result<Vec<Block>, ResampleError> {
        self.expected = self.expected.saturating_add(samples.frames() as u64);
        let ready = self.resampler.push(samples)?;
        if ready.frames() > 0 {
            self.start.get_or_insert(ready.time().rebase(RATE).ticks());
        }
        self.waiting.extend_from_slice(ready.data());
        let channels = self.format.1;
        let length = FRAMES * usize::from(channels);
        let start = self.start.get_or_insert(ready.time().rebase(RATE).ticks());
        let whole = self.waiting.chunks_exact(length).map(|data| {
            let time = MediaTime::new(*start, RATE);
            *start = start.saturating_add(FRAMES as u64);
            Block::new(data, channels, time)
        });
        let blocks: Vec<Block> = whole.collect();
        self.waiting.drain(..blocks.len() * length);
        Ok(blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(frames: usize, rate: u32, channels: u8, time: u64) -> Samples {
        let data = vec![0.25; frames * usize::from(channels)];
        Samples::new(data, rate, channels, MediaTime::new(time, rate)).unwrap()
    }

    fn times(blocks: &mut Blocks, samples: &Samples) -> Vec<u64> {
        let ready = blocks.push(samples).unwrap();
        ready.iter().map(|block| block.time.ticks()).collect()
    }

    #[test]
    fn any_size_gives_whole_blocks() {
        let mut blocks = Blocks::default();
        assert_eq!(times(&mut blocks, &samples(1, 48_000, 2, 96_000)), []);
        assert_eq!(times(&mut blocks, &samples(0, 48_000, 2, 96_001)), []);
        assert_eq!(times(&mut blocks, &samples(960, 48_000, 2, 96_001)), [96_000, 96_480]);
        assert_eq!(blocks.next_time(), Some(MediaTime::new(96_960, 48_000)));
        assert_eq!(blocks.restarts, 0);
    }

    #[test]
    fn a_gap_and_another_format_begin_anew() {
        let mut blocks = Blocks::default();
        assert_eq!(times(&mut blocks, &samples(700, 48_000, 1, 0)), [0]);
        assert_eq!(times(&mut blocks, &samples(480, 48_000, 1, 9_000)), [9_000]);
        assert_eq!(times(&mut blocks, &samples(480, 48_000, 2, 9_480)), [9_480]);
        assert_eq!(blocks.restarts, 2);
    }

    #[test]
    fn other_rates_keep_their_time() {
        let mut blocks = Blocks::default();
        let mut found = Vec::new();
        for index in 0..50 {
            found.extend(times(&mut blocks, &samples(160, 16_000, 1, 16_000 + 160 * index)));
        }
        let expected: Vec<u64> = (0..found.len() as u64).map(|i| 48_000 + 480 * i).collect();
        assert_eq!(found, expected);
        assert!(found.len() >= 45, "{}", found.len());
    }

    #[test]
    fn no_number_and_too_loud_are_mended() {
        let mut blocks = Blocks::default();
        let mut wild = samples(480, 48_000, 6, 0);
        wild.data_mut()[..6].fill(f32::NAN);
        wild.data_mut()[6..12].fill(f32::INFINITY);
        let block = blocks.push(&wild).unwrap().remove(0);
        assert_eq!(block.channels.len(), 1);
        assert_eq!(block.channels[0][..3], [0.0, 1.0, 0.25]);
        assert_eq!(blocks.invalid, 6);
    }
}
