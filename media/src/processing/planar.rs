//! One block with its channels apart, as the library takes it.

use lapwing_engine::MediaTime;

use crate::samples::Samples;

/// The rate of every block, in Hz.
pub(super) const RATE: u32 = 48_000;

/// Samples of one channel in a block: 10 ms.
pub(super) const FRAMES: usize = 480;

/// 10 ms of sound at 48 kHz, one or two channels.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) channels: Vec<[f32; FRAMES]>,
    pub(super) time: MediaTime,
}

impl Block {
    /// A block out of interleaved samples: `FRAMES` of each channel.
    pub(super) fn new(data: &[f32], channels: u8, time: MediaTime) -> Self {
        let channels = usize::from(channels);
        let mut planes = vec![[0.0; FRAMES]; channels];
        for (index, frame) in data.chunks_exact(channels).take(FRAMES).enumerate() {
            for (plane, sample) in planes.iter_mut().zip(frame) {
                plane[index] = *sample;
            }
        }
        Block { channels: planes, time }
    }

    /// Silence at no time in particular.
    pub(super) fn silent(channels: usize) -> Self {
        Block { channels: vec![[0.0; FRAMES]; channels], time: MediaTime::new(0, RATE) }
    }

    /// The samples, interleaved, behind those in `data`.
    pub(super) fn interleave(&self, data: &mut Vec<f32>) {
        for index in 0..FRAMES {
            data.extend(self.channels.iter().map(|plane| plane[index]));
        }
    }

    /// The mean of all channels.
    pub(super) fn mono(&self) -> [f32; FRAMES] {
        let share = 1.0 / self.channels.len().max(1) as f32;
        let mut mono = [0.0; FRAMES];
        for plane in &self.channels {
            mono.iter_mut().zip(plane).for_each(|(sum, sample)| *sum += sample * share);
        }
        mono
    }

    /// Every sample times `factor`.
    pub(super) fn scale(&mut self, factor: f32) {
        self.channels.iter_mut().flatten().for_each(|sample| *sample *= factor);
    }

    /// The channels, to be changed in place by the library.
    pub(super) fn planes_mut(&mut self) -> Vec<&mut [f32]> {
        self.channels.iter_mut().map(|plane| plane.as_mut_slice()).collect()
    }

    /// The channels.
    pub(super) fn planes(&self) -> Vec<&[f32]> {
        self.channels.iter().map(|plane| plane.as_slice()).collect()
    }

    /// The block as samples.
    pub(super) fn to_samples(&self) -> Samples {
        let mut data = Vec::with_capacity(FRAMES * self.channels.len());
        self.interleave(&mut data);
        let channels = u8::try_from(self.channels.len()).unwrap_or(u8::MAX);
        Samples::new(data, RATE, channels, self.time).expect("a block has one or two channels")
    }
}
