//! From a telephone's rate to the receiver's, without the delay and the memory of a resampler for
//! any two rates: a polyphase filter, a sinc under a Hann window.

use super::settings::RATE;

/// Coefficients of each phase. Half of them look ahead: 1 ms at 8 kHz.
const TAPS: usize = 16;

/// Multiplies a rate by a whole number.
#[derive(Debug)]
pub(super) struct Upsampler {
    /// [`TAPS`] for each phase, the newest sample's first.
    phases: Vec<[f32; TAPS]>,
    /// The last samples, the newest first.
    last: [f32; TAPS],
}

impl Upsampler {
    /// From `rate` in Hz, of which the receiver's is a multiple.
    pub(super) fn new(rate: u32) -> Self {
        let factor = (RATE / rate.max(1)).max(1) as usize;
        let phases = (0..factor).map(|phase| coefficients(phase as f64 / factor as f64)).collect();
        Upsampler { phases, last: [0.0; TAPS] }
    }

    /// Puts what becomes of one channel behind the samples in `into`, on `channels` channels.
    pub(super) fn push(&mut self, samples: &[f32], channels: usize, into: &mut Vec<f32>) {
        for &sample in samples {
            self.last.copy_within(..TAPS - 1, 1);
            self.last[0] = sample;
            for phase in &self.phases {
                let sum: f32 = phase.iter().zip(&self.last).map(|(a, b)| a * b).sum();
                into.extend(std::iter::repeat_n(sum, channels));
            }
        }
    }
}

/// The filter at a place between two samples, made to keep the level of a steady signal.
fn coefficients(place: f64) -> [f32; TAPS] {
    let half = TAPS as f64 / 2.0;
    let values: [f64; TAPS] = std::array::from_fn(|index| {
        let x = (index as f64 - half + place) * std::f64::consts::PI;
        let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
        sinc * (0.5 + 0.5 * (x / half).cos())
    });
    let sum: f64 = values.iter().sum();
    values.map(|value| (value / sum) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_keeps_its_level_and_has_no_images() {
        for rate in [8_000_u32, 16_000] {
            let wave = |place: f64| (place * std::f64::consts::TAU * 1_000.0).sin() as f32 * 0.5;
            let tone: Vec<f32> =
                (0..rate / 4).map(|index| wave(f64::from(index) / f64::from(rate))).collect();
            let mut up = Vec::new();
            Upsampler::new(rate).push(&tone, 1, &mut up);
            assert_eq!(up.len(), 12_000);
            let delay = TAPS as f64 / 2.0 / f64::from(rate);
            for (index, sample) in up.iter().enumerate().skip(1_000) {
                let expected = wave(index as f64 / f64::from(RATE) - delay);
                assert!((sample - expected).abs() < 0.01, "{index}: {sample} for {expected}");
            }
        }
    }

    #[test]
    fn channels_are_equal() {
        let mut up = Vec::new();
        Upsampler::new(8_000).push(&[0.25, -0.5, 0.125], 2, &mut up);
        assert_eq!(up.len(), 36);
        assert!(up.chunks(2).all(|frame| frame[0] == frame[1]));
    }
}
